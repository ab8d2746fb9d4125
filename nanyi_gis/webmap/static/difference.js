"use strict";
// The difference of two layers of classes, painted from their grids of values or from their areas.
(function () {
  const el = nanyi.element;
  const WIDTH = 640; // cells
  const COLOURS = { "-2": "#00064c", "-1": "#95b8ff", 0: "#f7f7f5", 1: "#ffa026", 2: "#731b00", gained: "#0f7362", lost: "#8d00f2" };

  const gridOf = (row) => nanyi.grids.find((grid) => grid.meta.classes && row.parts.some((part) => grid.meta.key === `${part.meta.key}_grid`));
  const areasOf = (row) => row.parts.find((part) => part.meta.kind === "polygons" && part.meta.rank);

  function frame(page) {
    const [[south, west], [north, east]] = page.bounds;
    const low = L.CRS.EPSG3857.project(L.latLng(south, west));
    const high = L.CRS.EPSG3857.project(L.latLng(north, east));
    const height = Math.max(1, Math.round((WIDTH * (high.y - low.y)) / (high.x - low.x)));
    return { low, high, width: WIDTH, height, bounds: [[south, west], [north, east]] };
  }

  // Class of each cell by its place on the ladder, -1 where there is none.
  function fromGrid(grid, { low, high, width, height }, ladder) {
    const cells = new Int16Array(width * height).fill(-1);
    const order = new Map(Object.entries(grid.meta.classes).map(([code, name]) => [Number(code), ladder.indexOf(name)]));
    for (let row = 0; row < height; row++) {
      const y = high.y - ((row + 0.5) / height) * (high.y - low.y);
      for (let column = 0; column < width; column++) {
        const x = low.x + ((column + 0.5) / width) * (high.x - low.x);
        const value = nanyi.valueAt(grid, L.CRS.EPSG3857.unproject(L.point(x, y)));
        if (value !== null && order.has(Math.round(value))) cells[row * width + column] = order.get(Math.round(value));
      }
    }
    return cells;
  }

  // Fills areas row by row: between each two crossings of a row's middle with the outline lies the inside.
  function fromAreas(part, { low, high, width, height }, ladder) {
    const cells = new Int16Array(width * height).fill(ladder.length); // beyond the last class
    const place = part.meta.classes.map((style) => ladder.indexOf(style.label));
    part.items.forEach((item, i) => {
      const crossings = Array.from({ length: height }, () => []);
      for (const ring of item.getLatLngs().flat(1)) {
        const spots = ring.map((at) => L.CRS.EPSG3857.project(at))
          .map(({ x, y }) => [((x - low.x) / (high.x - low.x)) * width, ((high.y - y) / (high.y - low.y)) * height]);
        spots.forEach(([x0, y0], k) => {
          const [x1, y1] = spots[(k + 1) % spots.length];
          const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
          for (let row = Math.max(0, Math.ceil(top - 0.5)); row < Math.min(height, Math.ceil(bottom - 0.5)); row++) {
            crossings[row].push(x0 + ((row + 0.5 - y0) / (y1 - y0)) * (x1 - x0));
          }
        });
      }
      crossings.forEach((list, row) => {
        list.sort((a, b) => a - b);
        for (let k = 0; k + 1 < list.length; k += 2) {
          const from = Math.max(0, Math.ceil(list[k] - 0.5));
          const to = Math.min(width, Math.ceil(list[k + 1] - 0.5));
          for (let column = from; column < to; column++) cells[row * width + column] = Math.min(cells[row * width + column], place[part.codes[i]]);
        }
      });
    });
    return cells;
  }

  const cellsOf = (row, ...more) => (gridOf(row) ? fromGrid(gridOf(row), ...more) : fromAreas(areasOf(row), ...more));
  const rankOf = (row) => (row.parts.find((part) => part.meta.rank) || { meta: {} }).meta.rank || "";
  const names = (row) => (gridOf(row) ? Object.entries(gridOf(row).meta.classes).sort(([a], [b]) => a - b).map(([, name]) => name)
    : areasOf(row).meta.classes.map((style) => style.label));

  // The classes of both in their order; where the order means something, one must have all that the other has.
  function ladderOf(a, b) {
    const [long, short] = [names(a), names(b)].sort((one, other) => other.length - one.length);
    if (!rankOf(a)) return [...new Set([...long, ...short])];
    return short.every((name) => long.includes(name)) ? long : null;
  }

  nanyi.canDiffer = (a, b) => {
    const kind = (row) => (gridOf(row) ? "grid" : areasOf(row) ? "areas" : null);
    return kind(a) !== null && kind(a) === kind(b) && rankOf(a) === rankOf(b) && ladderOf(a, b) !== null;
  };

  // Returns for each cell the steps from the left to the right layer: -2 to 2, or null where either has nothing.
  nanyi.differences = function (page, left, right) {
    const shape = frame(page);
    const ladder = ladderOf(left, right);
    const [a, b] = [left, right].map((row) => cellsOf(row, shape, ladder));
    const ranked = Boolean(rankOf(left));
    const last = gridOf(left) ? -1 : ladder.length;
    const steps = Array.from(a, (from, i) => {
      const to = b[i];
      if (from < 0 || to < 0 || (from === last && to === last)) return null;
      if (!ranked) return from === to ? 0 : 1;
      if (from !== to && from === last) return "gained";
      if (from !== to && to === last) return "lost";
      return Math.max(-2, Math.min(2, to - from));
    });
    return { shape, steps, ranked, last: ladder[ladder.length - 1] };
  };

  nanyi.difference = function (page, left, right) {
    const { shape, steps, ranked, last } = nanyi.differences(page, left, right);
    const canvas = el("canvas", { width: shape.width, height: shape.height });
    const pen = canvas.getContext("2d");
    const image = pen.createImageData(shape.width, shape.height);
    steps.forEach((step, i) => {
      if (step === null) return;
      const colour = parseInt(COLOURS[step].slice(1), 16);
      image.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], i * 4);
    });
    pen.putImageData(image, 0, 0);
    const overlay = L.imageOverlay(canvas.toDataURL(), shape.bounds, { opacity: 0.85, className: "ny-crisp", alt: page.words.difference });
    const rank = page.ranks[rankOf(left)] || page.ranks[""];
    const block = el("div", { class: "ny-legend-block ny-difference" }, el("h3", {}, `${left.name} → ${right.name}`));
    const kinds = ranked ? ["gained", -2, -1, 0, 1, 2, "lost"] : [0, 1];
    for (const kind of kinds) {
      if (!steps.includes(kind)) continue;
      block.append(el("div", { class: "ny-entry" },
        nanyi.symbol({ fill: COLOURS[kind], fillOpacity: 0.85, color: "#0003", weight: 1 }, "raster", 22, 14), el("span", {}, rank[kind].replace("{}", last))));
    }
    return { overlay, legend: block };
  };
})();
