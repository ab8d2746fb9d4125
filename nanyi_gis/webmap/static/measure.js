"use strict";
// Distances and areas on the ellipsoid. A press near a symbol takes its place; one on the first point closes an area.
(function () {
  const el = nanyi.element;
  const NEAR = 14; // pixels within which a press means a symbol
  const RADIUS = 6367000; // metres, of curvature at these latitudes
  const RED = "#b4002d";

  function length(list) {
    let total = 0;
    for (let i = 1; i < list.length; i++) {
      const meridian = list[i - 1].lng; // about the start, so that no zone stretches the distance
      const [e0, n0] = nanyi.gaussKrueger(list[i - 1].lng, list[i - 1].lat, meridian);
      const [e1, n1] = nanyi.gaussKrueger(list[i].lng, list[i].lat, meridian);
      total += Math.hypot(e1 - e0, n1 - n0);
    }
    return total;
  }

  // Square metres inside a ring, on the grid about its middle: the grid's area element is too large by x²/R², so
  // what is summed along each edge is the mean of x - x³/3R².
  function area(list) {
    const meridian = list.reduce((sum, at) => sum + at.lng, 0) / list.length;
    const xy = list.map((at) => nanyi.gaussKrueger(at.lng, at.lat, meridian, 0));
    let sum = 0;
    xy.forEach(([x, y], i) => {
      const [x1, y1] = xy[(i + 1) % xy.length];
      sum += (y1 - y) * ((x + x1) / 2 - (x ** 3 + x * x * x1 + x * x1 * x1 + x1 ** 3) / (12 * RADIUS ** 2));
    });
    return Math.abs(sum);
  }

  const lengthText = (metres) => (metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(2)} km`);
  function areaText(square, words) {
    const mu = (square * 3) / 2000;
    const km = square / 1e6;
    const first = km < 0.1 ? `${Math.round(square)} m²` : `${km.toFixed(km < 10 ? 3 : 2)} km²`;
    return `${first} (${mu < 10000 ? `${Math.round(mu)} ${words.mu}` : `${(mu / 10000).toFixed(2)} ${words.wanmu}`})`;
  }

  // The place of the symbol under the pointer, else the pointer's own.
  function snapped(map, latlng, points) {
    const at = map.latLngToContainerPoint(latlng);
    let best = null;
    const offer = (place, index) => {
      const away = map.latLngToContainerPoint(place).distanceTo(at);
      if (away <= NEAR && (!best || away < best.away)) best = { away, place, index };
    };
    if (points.length) offer(points[0], 0);
    for (const part of Object.values(nanyi.parts)) {
      if (part.meta.kind !== "points" || !map.hasLayer(part.group)) continue;
      for (const item of part.items) if (item.getLatLng) offer(item.getLatLng(), -1);
    }
    return best || { place: latlng, index: -1 };
  }

  nanyi.measure = function (page, button) {
    const map = nanyi.map;
    let points = null;
    let closed = false;
    const drawn = L.layerGroup();
    const output = el("output", { class: "ny-measure", hidden: true });
    function draw(extra) {
      drawn.clearLayers();
      const list = extra ? [...points, extra] : points;
      const line = { color: RED, weight: 3, dashArray: "6 5", interactive: false };
      drawn.addLayer(closed ? L.polygon(points, { ...line, fillOpacity: 0.12 }) : L.polyline(list, line));
      for (const at of points) drawn.addLayer(L.circleMarker(at, { radius: 4, color: RED, weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }));
      const told = [];
      if (list.length > 1) told.push(closed ? `${page.words.perimeter} ${lengthText(length([...points, points[0]]))}` : lengthText(length(list)));
      if (closed || list.length > 2) told.push(`${closed ? page.words.area : page.words.area_closed} ${areaText(area(list), page.words)}`);
      output.textContent = told.length ? told.join(" · ") : page.words.measure_hint;
    }
    function add(event) {
      const { place, index } = snapped(map, event.latlng, points);
      if (index === 0 && points.length > 2) { closed = true; finish(); return; }
      const last = points[points.length - 1];
      if (last && map.latLngToContainerPoint(last).distanceTo(map.latLngToContainerPoint(place)) < 2) return; // the second of a double press
      points.push(L.latLng(place));
      draw();
    }
    const hover = (event) => { if (points.length) draw(snapped(map, event.latlng, points).place); };
    // The first Escape ends and keeps the figure, the next one clears it.
    function key(event) {
      if (event.key !== "Escape" || event.defaultPrevented || nanyi.isIn(event, "input, dialog, .leaflet-popup")) return;
      if (points && points.length > 1) finish();
      else clear();
    }
    function listen(on) {
      map[on ? "on" : "off"]("click", add)[on ? "on" : "off"]("mousemove", hover)[on ? "on" : "off"]("dblclick", finish);
      map.getContainer().classList.toggle("ny-measuring", on);
      button.setAttribute("aria-pressed", on ? "true" : "false");
      if (on) map.doubleClickZoom.disable();
      else map.doubleClickZoom.enable();
    }
    function finish() {
      draw();
      listen(false);
      points = null;
    }
    function clear() {
      if (points) listen(false);
      points = null;
      drawn.remove();
      output.hidden = true;
      document.removeEventListener("keydown", key);
    }
    button.addEventListener("click", () => {
      if (points) { clear(); return; }
      clear();
      points = [];
      closed = false;
      drawn.clearLayers();
      drawn.addTo(map);
      output.hidden = false;
      output.textContent = page.words.measure_hint;
      map.closePopup();
      listen(true);
      document.addEventListener("keydown", key);
    });
    nanyi.lasting.push(() => document.removeEventListener("keydown", key));
    return output;
  };
  nanyi.measured = { length, area };
})();
