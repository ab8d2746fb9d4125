"use strict";
// Names that stay on the map. The counties of the page come first, then their places; names around them are grey and
// keep outside. A name that would overlap another, or stands there already, gives way.
(function () {
  const el = nanyi.element;
  const labels = [];
  let placed = ""; // the view and the names that stand there
  nanyi.fresh.push(() => { labels.length = 0; placed = ""; });
  const STYLES = { major: "ny-label ny-area ny-major", muted: "ny-label ny-area ny-muted" };

  nanyi.addLabels = function (part, names) {
    const area = part.meta.kind === "polygons";
    part.items.forEach((item, i) => {
      if (!names[i]) return;
      const text = el("span", { class: STYLES[part.meta.labelStyle] || (area ? "ny-label ny-area" : "ny-label") }, names[i]);
      const gap = part.meta.kind === "points" ? part.meta.classes[0].radius : 0;
      const at = item.getLatLng ? item.getLatLng() : area || item.getCenter ? null : item.getBounds().getCenter();
      labels.push({ part, text, item, at, gap, area, plain: plainName(names[i]) });
    });
  };

  // What is compared to find a name twice: "Chishui City (Guizhou)" is Chishui.
  const plainName = (name) => name.replace(/\s*[(（].*$/, "").replace(/\s+(City|Town|County|Township)$/i, "").trim().toLowerCase();
  const meets = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

  // ---- the best place for a name in an area ------------------------------------------------------

  function ringsOf(map, item) {
    const rings = [];
    const take = (list) => {
      if (!list.length) return;
      if (Array.isArray(list[0])) list.forEach(take);
      else rings.push(list.map((at) => map.latLngToLayerPoint(at)));
    };
    take(item.getLatLngs());
    return rings;
  }

  // Where the line at height y runs inside the rings, from left to right.
  function inside(rings, y) {
    const cuts = [];
    for (const ring of rings) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const [a, b] = [ring[i], ring[j]];
        if (a.y > y !== b.y > y) cuts.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x));
      }
    }
    cuts.sort((p, q) => p - q);
    const spans = [];
    for (let i = 0; i + 1 < cuts.length; i += 2) spans.push([cuts[i], cuts[i + 1]]);
    return spans;
  }

  function common(one, other) {
    const spans = [];
    for (const [a, b] of one) for (const [c, d] of other) if (Math.max(a, c) < Math.min(b, d)) spans.push([Math.max(a, c), Math.min(b, d)]);
    return spans;
  }

  function without(spans, holes) {
    let left = spans;
    for (const [c, d] of holes) {
      left = left.flatMap(([a, b]) => (d <= a || c >= b ? [[a, b]] : [[a, Math.min(b, c)], [Math.max(a, d), b]].filter(([p, q]) => q > p)));
    }
    return left;
  }

  // The box in which a name stands whole inside what is seen of its area; null where it has no room.
  function spotIn(rings, holesAt, view, [width, height], taken, symbols) {
    const step = height / 2 + 1;
    const rows = [];
    for (let y = view[1] + 2; y < view[3]; y += step) {
      const spans = common(inside(rings, y), [[view[0], view[2]]]);
      rows.push([y, spans.length ? without(spans, holesAt(y)) : spans]);
    }
    const all = rows.filter(([, spans]) => spans.length);
    if (!all.length) return null;
    const middle = [(Math.min(...all.map(([, s]) => s[0][0])) + Math.max(...all.map(([, s]) => s[s.length - 1][1]))) / 2, (all[0][0] + all[all.length - 1][0]) / 2];
    let best = null;
    for (let i = 0; i + 2 < rows.length; i++) {
      const spans = common(common(rows[i][1], rows[i + 1][1]), rows[i + 2][1]).filter(([a, b]) => b - a >= width + 6);
      for (const [a, b] of spans) {
        for (const share of [0.5, 0.15, 0.85]) {
          const x = a + 3 + (b - a - 6 - width) * share;
          const box = [x, rows[i][0] + 1, x + width, rows[i][0] + 1 + height];
          if (taken.some((other) => meets(box, other))) continue;
          const under = symbols.filter((spot) => meets(box, spot)).length;
          const away = Math.hypot(x + width / 2 - middle[0], box[1] + height / 2 - middle[1]);
          const cost = away + 60 * under - Math.min(b - a - width, 80) / 2;
          if (!best || cost < best.cost) best = { cost, box };
        }
      }
    }
    return best && best.box;
  }

  // ---- placing ---------------------------------------------------------------------------------------

  function holderOf(map) {
    let holder = map.getPane("ny-labels");
    if (!holder) {
      holder = map.createPane("ny-labels");
      holder.style.zIndex = 640;
      holder.style.pointerEvents = "none";
      holder.setAttribute("aria-hidden", "true"); // each name is that of a symbol, which is read instead
      map.on("zoomend moveend resize", nanyi.declutter);
      map.on("zoomstart", () => { holder.hidden = true; });
    }
    return holder;
  }

  const RANK = { major: -2, muted: 3 };
  // The larger a symbol, the sooner its name is placed.
  const rankOf = ({ part, gap }) => (RANK[part.meta.labelStyle] || part.meta.labelRank) - gap / 100;

  // The boxes at the edges of the map, under which no name stands.
  function boxes(map, corner) {
    const holder = map.getContainer();
    const frame = holder.getBoundingClientRect();
    const names = [".ny-search input", ".ny-tools", ".ny-layers", ".ny-legend", ".ny-north", ".leaflet-control-scale", ".ny-readout"];
    const shown = names.map((name) => holder.querySelector(name));
    return shown.filter((node) => node && node.offsetWidth).map((node) => {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      const [x, y] = [corner.x - frame.left, corner.y - frame.top];
      return [left + x, top + y, right + x, bottom + y];
    });
  }

  // Places the names; under the boxes as well where the map is wanted without them.
  nanyi.declutter = function ({ boxless = false } = {}) {
    const map = nanyi.map;
    const holder = holderOf(map);
    holder.hidden = false;
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint([0, 0]);
    const view = [corner.x, corner.y, corner.x + size.x, corner.y + size.y];
    const zoom = map.getZoom();
    const wanted = labels.filter((label) => map.hasLayer(label.part.group) && zoom >= (label.part.meta.labelZoom || 0));
    wanted.sort((a, b) => rankOf(a) - rankOf(b));
    const reach = (label) => (label.gap ? nanyi.reach(label.item, label.gap) : 0);
    const symbol = (label) => {
      const { x, y } = map.latLngToLayerPoint(label.at);
      const half = reach(label);
      return [x - half, y - half, x + half, y + half];
    };
    const symbols = wanted.filter((label) => label.gap).map((label) => [label, symbol(label)]);
    const look = document.documentElement.className; // names on paper have another size
    const taken = boxless ? [] : boxes(map, corner);
    const now = [zoom, view, look, taken, wanted.map((label) => labels.indexOf(label)), symbols.map(([, spot]) => spot)].join(" ");
    if (now === placed) return;
    placed = now;
    holder.textContent = "";
    measure(holder, wanted.filter((label) => label.area || near(map, label, view)), look);
    const spots = symbols.map(([, spot]) => spot);
    const counties = wanted.filter((label) => label.part.meta.labelStyle === "major").map((label) => ringsOf(map, label.item));
    const cuts = new Map();
    const inCounties = (y) => {
      if (!cuts.has(y)) cuts.set(y, counties.flatMap((rings) => inside(rings, y)));
      return cuts.get(y);
    };
    const names = new Map(); // the layer that shows a name already
    const put = (label, box) => {
      taken.push(box);
      names.set(label.plain, label.part);
      label.text.style.transform = `translate(${Math.round(box[0])}px,${Math.round(box[1])}px)`;
    };
    for (const label of wanted) {
      const shown = names.get(label.plain);
      if (shown && shown !== label.part) continue;
      if (!label.area && !near(map, label, view)) continue;
      const box = label.area
        ? spotIn(ringsOf(map, label.item), label.part.meta.labelStyle === "muted" ? inCounties : () => [], view, label.size, taken, spots)
        : beside(map, label, { view, gap: reach(label), taken, symbols });
      if (!box) continue;
      put(label, box);
      holder.append(label.text);
    }
  };

  // The sizes of names, all read at once, so that the page is laid out but once.
  function measure(holder, wanted, look) {
    const fresh = wanted.filter((label) => label.look !== look);
    for (const label of fresh) holder.append(label.text);
    for (const label of fresh) {
      label.size = [label.text.offsetWidth, label.text.offsetHeight];
      label.look = look;
    }
    for (const label of fresh) label.text.remove();
  }

  function near(map, label, [left, top, right, bottom]) {
    const { x, y } = map.latLngToLayerPoint(label.at || label.item.getCenter());
    return x >= left && x <= right && y >= top && y <= bottom;
  }

  // The box of a name beside its symbol, whole within the view; null where it has no room.
  function beside(map, label, { view, gap, taken, symbols }) {
    const [width, height] = label.size;
    const point = map.latLngToLayerPoint(label.at || label.item.getCenter());
    const tries = gap
      ? [[gap + 3, -height / 2], [-gap - 3 - width, -height / 2], [-width / 2, -gap - 2 - height], [-width / 2, gap + 2]]
      : [[-width / 2, -height / 2]];
    for (const [dx, dy] of tries) {
      const box = [point.x + dx, point.y + dy, point.x + dx + width, point.y + dy + height];
      if (box[0] < view[0] || box[1] < view[1] || box[2] > view[2] || box[3] > view[3]) continue;
      if (taken.some((other) => meets(box, other))) continue;
      if (label.gap && symbols.some(([other, spot]) => other !== label && meets(box, spot))) continue;
      return box;
    }
    return null;
  }
})();
