"use strict";
// The elevation profile under the map: the pointer on it moves a mark on the road, a press on the road moves the profile.
(function () {
  const el = nanyi.element;
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = window.innerHeight < 760 ? 112 : 148;
  const EDGE = { left: 52, right: 14, top: 24, bottom: 24 };
  const REACH = 16; // pixels from the road within which a press means it

  function shape(tag, attributes, text) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function ticks(low, high, wanted) {
    const raw = (high - low || 1) / wanted;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((value) => value >= raw * 0.999);
    const out = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(i * step);
    return out;
  }

  // The stations of each branch: metres, height (m), place, and what is told of the way on.
  function branchesOf(meta, data) {
    const vertices = nanyi.vertices(data.xy);
    const read = (list, i, scale) => (list && list[i] !== null ? list[i] / scale : null);
    let row = 0;
    return meta.branches.map(([name, count], number) => {
      const stations = vertices(count).map((at) => {
        const i = row++;
        return {
          at, m: data.m[i], z: read(data.h, i, 10), grade: read(data.grade, i, 10), over: Boolean(data.over && data.over[i]),
          span: data.span && data.span[i] >= 0 ? data.spans[data.span[i]] : "",
        };
      });
      const own = (list) => list.filter(([branch]) => branch === number);
      return { name, stations, marks: own(meta.marks), stretches: own(meta.stretches) };
    });
  }

  // Runs of neighbouring stations that share what `of` says, each with the station that ends it.
  function runs(stations, of) {
    const out = [];
    stations.forEach((station, i) => {
      const value = of(station);
      const last = out[out.length - 1];
      if (last && last.value === value) last.stations.push(station);
      else {
        if (last) last.stations.push(station);
        out.push({ value, stations: [station] });
      }
    });
    return out.filter((run) => run.value && run.stations.length > 1);
  }

  nanyi.profile = function (id) {
    const { meta, texts, data } = nanyi.record(id);
    if ((data.z || texts.z) && !window.DecompressionStream) nanyi.tooOld = true;
    else nanyi.pending.push(Promise.all([nanyi.unpack(data), nanyi.unpackTexts(texts)]).then(([d, t]) => build(meta, { ...d, ...t })));
  };

  function build(meta, data) {
    const words = nanyi.words;
    const map = nanyi.map;
    const box = document.querySelector(".ny-profile");
    const holder = box.querySelector(".ny-profile-chart");
    const said = box.querySelector(".ny-profile-said");
    const branches = branchesOf(meta, data);
    const km = (metres) => (metres / 1000).toFixed(1);
    let branch = 0;
    let station = 0;
    let chart = null; // what the drawing of the branch offers
    let mark = null;

    const select = el("select", {
      "aria-label": words.profile_branch, onchange: () => { show(Number(select.value), 0); },
    });
    branches.forEach(({ name, stations }, i) => select.append(
      el("option", { value: i }, `${name} · ${km(stations[stations.length - 1].m - stations[0].m)} km`)));
    if (branches.length > 1) said.before(select);
    if (data.over && data.over.some(Boolean)) said.after(el("span", { class: "ny-profile-key" }, words.profile_over));

    function told({ m, z, grade, span }) {
      const parts = [`${km(m)} km`, z === null ? words.no_height : `${Math.round(z)} m`];
      if (grade !== null) parts.push(words.profile_grade.replace("{}", grade.toFixed(1)));
      if (span) parts.push(span);
      const { stretches } = branches[branch];
      for (const [, from, to, name] of stretches) if (m >= from && m <= to) parts.push(name);
      return parts.join(" · ");
    }

    function draw() {
      const { stations, marks, stretches } = branches[branch];
      const width = Math.max(260, holder.clientWidth);
      const svg = shape("svg", {
        viewBox: `0 0 ${width} ${HEIGHT}`, height: HEIGHT, tabindex: 0, role: "slider", "aria-label": words.profile_place,
        "aria-valuemin": stations[0].m, "aria-valuemax": stations[stations.length - 1].m, "aria-valuenow": stations[0].m,
      });
      const heights = stations.map(({ z }) => z).filter((z) => z !== null);
      const low = heights.length ? Math.min(...heights) : 0;
      const high = Math.max(low + 20, ...heights);
      const [first, last] = [stations[0].m, Math.max(stations[stations.length - 1].m, stations[0].m + 1)];
      const bottom = HEIGHT - EDGE.bottom;
      const x = (m) => EDGE.left + ((m - first) / (last - first)) * (width - EDGE.left - EDGE.right);
      const y = (z) => bottom - ((z - low) / (high - low)) * (bottom - EDGE.top);
      const text = (at, height, what, anchor) => shape("text", { x: at.toFixed(1), y: height, "text-anchor": anchor || "middle" }, what);

      for (const [, from, to, name] of stretches) {
        const band = shape("rect", {
          class: "ny-stretch", x: x(from).toFixed(1), y: EDGE.top, width: Math.max(1, x(to) - x(from)).toFixed(1), height: bottom - EDGE.top,
        });
        band.append(shape("title", {}, name));
        svg.append(band);
      }
      for (const z of ticks(low, high, 4)) {
        svg.append(shape("line", { class: "ny-rule", x1: EDGE.left, x2: width - EDGE.right, y1: y(z).toFixed(1), y2: y(z).toFixed(1) }));
        svg.append(text(EDGE.left - 6, (y(z) + 4).toFixed(1), String(Math.round(z)), "end"));
      }
      const steps = ticks(first / 1000, last / 1000, Math.max(2, Math.floor(width / 110)));
      for (const at of steps) {
        if (x(at * 1000) < width - 36) svg.append(text(x(at * 1000), HEIGHT - 8, String(Number(at.toFixed(2)))));
      }
      svg.append(text(4, 12, "m", "start"), text(width - 2, HEIGHT - 8, "km", "end"));
      const known = runs(stations, ({ z }) => z !== null).map(({ stations: list }) => list.filter(({ z }) => z !== null));
      const points = (list) => list.map(({ m, z }) => `${x(m).toFixed(1)},${y(z).toFixed(1)}`).join(" ");
      for (const list of known) {
        svg.append(shape("polygon", {
          class: "ny-ground", points: `${x(list[0].m).toFixed(1)},${bottom} ${points(list)} ${x(list[list.length - 1].m).toFixed(1)},${bottom}`,
        }));
        svg.append(shape("polyline", { class: "ny-height", points: points(list) }));
        for (const run of runs(list, ({ over }) => over)) svg.append(shape("polyline", { class: "ny-over", points: points(run.stations) }));
      }
      for (const { value, stations: list } of runs(stations, ({ span }) => span)) {
        const line = shape("line", { class: "ny-span-mark", x1: x(list[0].m).toFixed(1), x2: x(list[list.length - 1].m).toFixed(1), y1: bottom - 2, y2: bottom - 2 });
        line.append(shape("title", {}, value));
        svg.append(line);
      }
      svg.append(shape("line", { class: "ny-axis", x1: EDGE.left, x2: width - EDGE.right, y1: bottom, y2: bottom }));
      const cursor = shape("g", { class: "ny-cursor", visibility: "hidden" }); // until it stands somewhere
      const stem = shape("line", { y1: EDGE.top - 4, y2: bottom });
      const dot = shape("circle", { r: 4.5 });
      cursor.append(stem, dot);
      holder.textContent = "";
      holder.append(svg);

      let taken = -Infinity; // names of places give way to the one before them
      for (const [, m, name] of [...marks].sort((a, b) => a[1] - b[1])) {
        const line = shape("line", { class: "ny-tick", x1: x(m).toFixed(1), x2: x(m).toFixed(1), y1: EDGE.top - 5, y2: bottom });
        line.append(shape("title", {}, name));
        svg.append(line);
        const label = text(x(m), EDGE.top - 9, name);
        svg.append(label);
        const half = label.getComputedTextLength() / 2;
        const middle = Math.min(Math.max(x(m), EDGE.left + half), width - 2 - half);
        label.setAttribute("x", middle.toFixed(1));
        if (middle - half < taken + 6) label.remove();
        else taken = middle + half;
      }
      svg.append(cursor);
      chart = {
        svg, width,
        move(chosen) {
          cursor.removeAttribute("visibility");
          stem.setAttribute("x1", x(chosen.m).toFixed(1));
          stem.setAttribute("x2", x(chosen.m).toFixed(1));
          dot.setAttribute("cx", x(chosen.m).toFixed(1));
          dot.setAttribute("cy", y(chosen.z === null ? low : chosen.z).toFixed(1));
          svg.setAttribute("aria-valuenow", chosen.m);
          svg.setAttribute("aria-valuetext", told(chosen));
        },
        nearest(event) {
          const area = svg.getBoundingClientRect();
          const share = ((event.clientX - area.left) * (width / area.width) - EDGE.left) / (width - EDGE.left - EDGE.right);
          return stationAt(first + share * (last - first));
        },
      };
      svg.addEventListener("pointermove", (event) => go(chart.nearest(event)));
      svg.addEventListener("click", (event) => { go(chart.nearest(event)); reveal(); });
      svg.addEventListener("keydown", key);
    }

    // The station nearest to a chainage of the branch.
    function stationAt(metres) {
      const { stations } = branches[branch];
      let from = 0;
      let to = stations.length - 1;
      while (to - from > 1) {
        const middle = (from + to) >> 1;
        if (stations[middle].m > metres) to = middle;
        else from = middle;
      }
      return Math.abs(stations[from].m - metres) <= Math.abs(stations[to].m - metres) ? from : to;
    }

    function go(index) {
      station = index;
      const chosen = branches[branch].stations[station];
      chart.move(chosen);
      said.textContent = told(chosen);
      if (!mark) {
        mark = L.circleMarker(chosen.at, {
          pane: "ny-marks", radius: 7, color: "#20313f", weight: 2.5, fillColor: "#ffd23f", fillOpacity: 1, interactive: false,
          className: "ny-profile-mark",
        }).addTo(map);
      }
      mark.setLatLng(chosen.at);
    }

    // Moves the map to the place where it lies outside, or nearer on demand.
    function reveal(closer) {
      const { at } = branches[branch].stations[station];
      if (closer) map.setView(at, Math.max(map.getZoom(), 13));
      else if (!map.getBounds().pad(-0.1).contains(at)) map.panTo(at);
    }

    function key(event) {
      const count = branches[branch].stations.length;
      const far = Math.max(2, Math.round(count / 20));
      const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: far, PageDown: -far, Home: -count, End: count };
      if (event.key === "Enter") reveal(true);
      else if (event.key in steps) {
        go(Math.min(Math.max(station + steps[event.key], 0), count - 1));
        reveal();
      } else return;
      event.preventDefault();
    }

    function show(number, index) {
      branch = number;
      select.value = String(number);
      draw();
      go(index);
    }

    // A press on the map near the road: preclick comes first, whatever layer is pressed.
    map.on("preclick", ({ latlng }) => {
      if (map.getContainer().classList.contains("ny-measuring")) return;
      const wanted = map.latLngToLayerPoint(latlng);
      let best = null;
      branches.forEach(({ stations }, number) => stations.forEach(({ at }, index) => {
        const away = map.latLngToLayerPoint(at).distanceTo(wanted) - (number === branch ? 1 : 0); // of two on one road, the branch shown
        if (away <= REACH && (!best || away < best.away)) best = { away, number, index };
      }));
      if (!best) return;
      box.open = true;
      if (best.number === branch) go(best.index);
      else show(best.number, best.index);
    });

    nanyi.profileState = () => ({ branch, station, ...branches[branch].stations[station] });
    draw();
    new ResizeObserver(() => {
      if (!holder.clientWidth || Math.abs(holder.clientWidth - chart.width) < 2) return;
      const focused = document.activeElement === chart.svg;
      draw();
      if (mark) chart.move(branches[branch].stations[station]);
      if (focused) chart.svg.focus({ preventScroll: true });
    }).observe(holder);
  }
})();
