"use strict";
// Search, read-out, labels, distance, full screen and print.
(function () {
  const el = nanyi.element;

  nanyi.search = function (page) {
    const list = el("ul", { class: "ny-found", id: "ny-found", role: "listbox", hidden: true });
    const input = el("input", {
      type: "search", placeholder: page.words.search, "aria-label": page.words.search, role: "combobox",
      "aria-controls": "ny-found", "aria-expanded": "false", autocomplete: "off", spellcheck: "false",
    });
    let found = [];
    let chosen = -1;

    function go(place) {
      close();
      input.value = place.label;
      const row = [...nanyi.rows.values()].find((entry) => entry.parts.includes(place.part));
      if (!nanyi.map.hasLayer(place.part.group)) nanyi.show(row, true);
      if (place.item.getBounds && !place.item.getRadius) nanyi.map.fitBounds(place.item.getBounds(), { maxZoom: 13, padding: [30, 30] });
      else nanyi.map.setView(place.item.getLatLng(), Math.max(nanyi.map.getZoom(), 12));
      if (place.item.getPopup()) place.item.openPopup();
    }
    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      chosen = -1;
    }
    function choose(index) {
      chosen = index;
      [...list.children].forEach((node, i) => node.setAttribute("aria-selected", i === index ? "true" : "false"));
      if (index >= 0) {
        input.setAttribute("aria-activedescendant", `ny-found-${index}`);
        list.children[index].scrollIntoView({ block: "nearest" });
      }
    }
    function update() {
      const wanted = input.value.trim().toLowerCase();
      list.replaceChildren();
      chosen = -1;
      if (!wanted) return close();
      const plain = wanted.replace(/[\s'-]/g, "");
      const rank = (place) => Math.min(...place.words.map((word) => {
        const at = Math.max(word.indexOf(wanted), plain ? word.replace(/[\s'-]/g, "").indexOf(plain) : -1);
        return at < 0 ? Infinity : at + word.length / 1000;
      }));
      const seen = new Set();
      found = nanyi.places.map((place) => [rank(place), place]).filter(([score]) => score < Infinity)
        .sort((a, b) => a[0] - b[0]).map(([, place]) => place)
        .filter((place) => { const key = `${place.label}\u0001${place.part.meta.name}`; return seen.has(key) ? false : seen.add(key); })
        .slice(0, 12);
      found.forEach((place, i) => list.append(el("li", {
        role: "option", id: `ny-found-${i}`, "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); go(place); },
      }, el("span", {}, place.label), el("small", {}, place.part.meta.name))));
      if (!found.length) list.append(el("li", { class: "ny-none" }, page.words.nothing));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    }
    input.addEventListener("input", update);
    input.addEventListener("focus", () => { if (input.value) update(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { input.value = ""; close(); }
      if (list.hidden || !found.length) return;
      if (event.key === "ArrowDown") { event.preventDefault(); choose((chosen + 1) % found.length); }
      if (event.key === "ArrowUp") { event.preventDefault(); choose((chosen + found.length - 1) % found.length); }
      if (event.key === "Enter") { event.preventDefault(); go(found[Math.max(chosen, 0)]); }
    });
    return el("div", { class: "ny-search" }, input, list);
  };

  nanyi.readout = function (page) {
    const values = el("div", { class: "ny-values" });
    const place = el("div", { class: "ny-place" });
    const box = el("div", { class: "ny-readout", role: "status", "aria-live": "off" }, values, place);
    let at = null;
    nanyi.refreshReadout = function () {
      if (!at) {
        place.textContent = page.words.move;
        return;
      }
      const spaced = (metres) => Math.round(metres).toString().replace(/\B(?=(\d{3})+$)/g, "\u2009");
      place.replaceChildren(el("span", {}, `${at.lng.toFixed(5)}°E  ${at.lat.toFixed(5)}°N`));
      if (page.grid) {
        const [east, north] = nanyi.gaussKrueger(at.lng, at.lat, page.grid.meridian, page.grid.easting);
        place.append(el("span", { class: "ny-grid", title: page.grid.name }, `E ${spaced(east)}  N ${spaced(north)} m`));
      }
      values.replaceChildren();
      for (const grid of nanyi.grids) {
        if (grid.meta.follows && !nanyi.on.has(grid.meta.follows)) continue;
        const text = nanyi.valueText(grid, at);
        const line = el("div", { class: "ny-value" }, el("span", {}, grid.meta.name), el("b", {}, text === null ? "–" : text));
        values.append(line);
        if (text !== null && grid.meta.reasons) {
          const reason = grid.meta.reasons[Math.round(nanyi.valueAt(grid, at))];
          if (reason) values.append(el("div", { class: "ny-reason" }, reason));
        }
      }
    };
    let waiting = false;
    const move = (event) => {
      at = event.latlng;
      if (!waiting) {
        waiting = true;
        requestAnimationFrame(() => { waiting = false; nanyi.refreshReadout(); });
      }
    };
    nanyi.map.on("mousemove click", move);
    nanyi.refreshReadout();
    return box;
  };

  // Names that stay on the map; later ones give way where they would overlap.
  const labels = [];
  nanyi.fresh.push(() => { labels.length = 0; });
  nanyi.addLabels = function (part, names) {
    part.items.forEach((item, i) => {
      if (!names[i]) return;
      const text = el("span", { class: part.meta.kind === "polygons" ? "ny-label ny-area" : "ny-label" }, names[i]);
      const style = part.meta.kind === "points" ? part.meta.classes[0].radius : 0;
      const at = item.getLatLng ? item.getLatLng() : item.getCenter ? null : item.getBounds().getCenter();
      labels.push({ part, text, item, at, gap: style });
    });
  };
  nanyi.declutter = function () {
    const map = nanyi.map;
    let holder = map.getPane("ny-labels");
    if (!holder) {
      holder = map.createPane("ny-labels");
      holder.style.zIndex = 640;
      holder.style.pointerEvents = "none";
      map.on("zoomend moveend resize", nanyi.declutter);
      map.on("zoomstart", () => { holder.hidden = true; });
    }
    holder.hidden = false;
    holder.replaceChildren();
    const size = map.getSize();
    const taken = [];
    const zoom = map.getZoom();
    const wanted = labels.filter((label) => map.hasLayer(label.part.group) && zoom >= (label.part.meta.labelZoom || 0));
    wanted.sort((a, b) => a.part.meta.labelRank - b.part.meta.labelRank);
    const reach = (label) => (label.gap ? nanyi.reach(label.item, label.gap) : 0);
    const symbol = (label) => {
      const { x, y } = map.latLngToLayerPoint(label.at);
      const half = reach(label);
      return [x - half, y - half, x + half, y + half];
    };
    const symbols = wanted.filter((label) => label.gap).map((label) => [label, symbol(label)]);
    const meets = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
    for (const label of wanted) {
      const at = label.at || label.item.getCenter();
      const point = map.latLngToLayerPoint(at);
      const seen = map.layerPointToContainerPoint(point);
      if (seen.x < 0 || seen.y < 0 || seen.x > size.x || seen.y > size.y) continue;
      holder.append(label.text);
      const width = label.text.offsetWidth;
      const height = label.text.offsetHeight;
      const gap = reach(label);
      const tries = gap
        ? [[gap + 3, -height / 2], [-gap - 3 - width, -height / 2], [-width / 2, -gap - 2 - height], [-width / 2, gap + 2]]
        : [[-width / 2, -height / 2]];
      let placed = false;
      for (const [dx, dy] of tries) {
        const box = [point.x + dx, point.y + dy, point.x + dx + width, point.y + dy + height];
        if (taken.some((other) => meets(box, other))) continue;
        if (label.gap && symbols.some(([other, spot]) => other !== label && meets(box, spot))) continue;
        taken.push(box);
        label.text.style.transform = `translate(${Math.round(box[0])}px,${Math.round(box[1])}px)`;
        placed = true;
        break;
      }
      if (!placed) label.text.remove();
    }
  };

  nanyi.measure = function (page, button) {
    const map = nanyi.map;
    let points = null;
    const drawn = L.layerGroup();
    const output = el("output", { class: "ny-measure", hidden: true });
    const length = (list) => {
      let total = 0;
      for (let i = 1; i < list.length; i++) {
        const meridian = list[i - 1].lng; // about the start, so that no zone stretches the distance
        const [e0, n0] = nanyi.gaussKrueger(list[i - 1].lng, list[i - 1].lat, meridian);
        const [e1, n1] = nanyi.gaussKrueger(list[i].lng, list[i].lat, meridian);
        total += Math.hypot(e1 - e0, n1 - n0);
      }
      return total;
    };
    const text = (metres) => (metres < 1000 ? `${Math.round(metres)} m` : `${(metres / 1000).toFixed(2)} km`);
    function draw(extra) {
      drawn.clearLayers();
      const list = extra ? [...points, extra] : points;
      drawn.addLayer(L.polyline(list, { color: "#b4002d", weight: 3, dashArray: "6 5", interactive: false }));
      for (const at of points) drawn.addLayer(L.circleMarker(at, { radius: 4, color: "#b4002d", weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }));
      output.textContent = list.length > 1 ? text(length(list)) : page.words.measure_hint;
    }
    const add = (event) => { points.push(event.latlng); draw(); };
    const hover = (event) => { if (points.length) draw(event.latlng); };
    const key = (event) => { if (event.key === "Escape") stop(false); };
    function finish() { draw(); stop(true); }
    function stop(keep) {
      map.off("click", add).off("mousemove", hover).off("dblclick", finish);
      document.removeEventListener("keydown", key);
      map.doubleClickZoom.enable();
      map.getContainer().classList.remove("ny-measuring");
      button.setAttribute("aria-pressed", "false");
      points = null;
      if (!keep) { drawn.remove(); output.hidden = true; }
    }
    button.addEventListener("click", () => {
      if (points) { stop(false); return; }
      if (!output.hidden) { drawn.remove(); output.hidden = true; }
      points = [];
      drawn.clearLayers();
      drawn.addTo(map);
      output.hidden = false;
      output.textContent = page.words.measure_hint;
      map.closePopup();
      map.doubleClickZoom.disable();
      map.getContainer().classList.add("ny-measuring");
      button.setAttribute("aria-pressed", "true");
      map.on("click", add).on("mousemove", hover).on("dblclick", finish);
      document.addEventListener("keydown", key);
    });
    return output;
  };

  nanyi.fullscreen = function (button) {
    if (!document.fullscreenEnabled) { button.hidden = true; return; }
    button.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
    nanyi.listen(document, "fullscreenchange", () => {
      button.setAttribute("aria-pressed", document.fullscreenElement ? "true" : "false");
      setTimeout(() => nanyi.map.invalidateSize(), 100);
    });
  };

  // The map takes the sheet's size before it is printed and its own again afterwards.
  nanyi.printing = function () {
    let before = null;
    nanyi.listen(window, "beforeprint", () => {
      if (before) return;
      before = nanyi.map.getBounds();
      document.documentElement.classList.add("ny-print");
      nanyi.quietly(() => {
        nanyi.map.invalidateSize({ animate: false });
        nanyi.map.fitBounds(before, { animate: false });
      });
      nanyi.declutter();
    });
    nanyi.listen(window, "afterprint", () => {
      document.documentElement.classList.remove("ny-print");
      nanyi.quietly(() => {
        nanyi.map.invalidateSize({ animate: false });
        if (before) nanyi.map.fitBounds(before, { animate: false });
      });
      before = null;
    });
  };
})();
