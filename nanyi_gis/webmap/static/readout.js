"use strict";
// The read-out: coordinates and values under the pointer, at the middle of the map for the keyboard, and at a pin.
(function () {
  const el = nanyi.element;
  const spaced = (metres) => Math.round(metres).toString().replace(/\B(?=(\d{3})+$)/g, "\u2009");

  function coordinateLines(at, page) {
    const lines = [el("span", {}, nanyi.placeText(at))];
    if (page.grid) {
      const [east, north] = nanyi.gaussKrueger(at.lng, at.lat, page.grid.meridian, page.grid.easting);
      lines.push(el("span", { class: "ny-grid", title: page.grid.name }, `E ${spaced(east)}  N ${spaced(north)} m`));
    }
    return lines;
  }

  // Why a value is what it is: its own reason, or what another grid has there, in the grid's sentence.
  function reasonOf(grid, at) {
    const value = nanyi.valueAt(grid, at);
    if (value === null) return null;
    if (grid.meta.reasons) return grid.meta.reasons[Math.round(value)] || null;
    if (!grid.meta.because) return null;
    const [name, sentence] = grid.meta.because;
    const other = nanyi.grids.find((one) => one.meta.name === name);
    const text = other ? nanyi.valueText(other, at) : null;
    return text === null ? null : sentence.replace("{}", text);
  }

  function valueLines(at) {
    const lines = [];
    for (const grid of nanyi.grids) {
      if (grid.meta.follows && !nanyi.on.has(grid.meta.follows)) continue;
      const text = nanyi.valueText(grid, at);
      lines.push(el("div", { class: "ny-value" }, el("span", {}, grid.meta.name), el("b", {}, text === null ? "–" : text)));
      const reason = text === null ? null : reasonOf(grid, at);
      if (reason) lines.push(el("div", { class: "ny-reason" }, reason));
    }
    return lines;
  }

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
      place.textContent = "";
      place.append(...coordinateLines(at, page));
      values.textContent = "";
      values.append(...valueLines(at));
    };
    let waiting = false;
    const move = (latlng, spoken) => {
      at = latlng;
      box.setAttribute("aria-live", spoken ? "polite" : "off");
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; nanyi.refreshReadout(); });
    };
    nanyi.map.on("mousemove click", (event) => move(event.latlng, false));
    // Who moves the map with the arrow keys reads its middle, which is marked while the map has the focus.
    const middle = () => { if (nanyi.keyed && document.activeElement === nanyi.map.getContainer()) move(nanyi.map.getCenter(), true); };
    nanyi.map.on("moveend", middle);
    nanyi.map.getContainer().addEventListener("focus", middle);
    nanyi.refreshReadout();
    return box;
  };

  // Marks a place until its popup is closed, and says what is there.
  nanyi.pin = function (at, { label = "", other = "", note = "", page }) {
    const icon = L.divIcon({ className: "ny-pin", iconSize: [22, 30], iconAnchor: [11, 29], popupAnchor: [0, -24] });
    const title = label || page.words.coordinates;
    const pin = L.marker(at, { icon, alt: title, keyboard: true }).addTo(nanyi.map);
    nanyi.bindPopup(pin, () => el("div", { class: "ny-popup" },
      el("h3", {}, title), other || note ? el("p", {}, [other, note].filter(Boolean).join(" · ")) : null,
      el("div", { class: "ny-place" }, ...coordinateLines(at, page)), el("div", { class: "ny-values" }, ...valueLines(at))));
    pin.on("popupclose", () => pin.remove());
    nanyi.map.setView(at, Math.max(nanyi.map.getZoom(), 12), { animate: false });
    pin.openPopup();
  };
})();
