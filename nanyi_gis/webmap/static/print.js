"use strict";
// The sheet that is printed: the map fills it with the counties, or with what the reader has chosen; beside it stand the
// legend, the scale and the dates; along its edges the degrees. It is laid out for A4 across and enlarged for A3.
(function () {
  const el = nanyi.element;
  const PIXEL_M = 0.0254 / 96; // of a pixel of the page on paper
  const A3 = 0.7; // the scale's number on A3, where all is 1/0.7 as large: see page.css
  const ROUND = [
    1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.2, 3.5, 3.8, 4, 4.2, 4.5, 4.8, 5, 5.2, 5.5, 5.8, 6, 6.5, 7, 7.5, 8, 8.5,
    9, 9.5, 10,
  ];
  const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300]; // minutes between the lines of degrees

  const groundMetres = (map) => {
    const { lat } = map.getCenter();
    return (40075016.686 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
  };
  const numberOf = (map) => groundMetres(map) / PIXEL_M;

  // The next number of a scale, at or above the given one, that people use.
  function rounded(number) {
    const power = 10 ** Math.floor(Math.log10(number));
    return ROUND.map((step) => step * power).find((step) => step >= number - 1e-6);
  }
  const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");

  // Today by the reader's clock, as 2026-11-27.
  nanyi.today = function () {
    const now = new Date();
    return `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  };

  function degreeText(minutes) {
    const whole = Math.abs(Math.round(minutes));
    return `${Math.floor(whole / 60)}°${String(whole % 60).padStart(2, "0")}′`;
  }

  // Figures of longitude and latitude with a tick along the edges of the map.
  function frame(map) {
    const { x: width, y: height } = map.getSize();
    const bounds = map.getBounds();
    const box = el("div", { class: "ny-frame" });
    const across = (bounds.getEast() - bounds.getWest()) * 60;
    const step = STEPS.find((minutes) => across / minutes <= 9) || 600;
    for (let m = Math.ceil((bounds.getWest() * 60) / step) * step; m < bounds.getEast() * 60; m += step) {
      const { x } = map.latLngToContainerPoint([bounds.getCenter().lat, m / 60]);
      if (x < 30 || x > width - 30) continue;
      for (const side of ["top", "bottom"]) box.append(el("span", { class: `ny-tick-${side}`, style: `left:${x.toFixed(1)}px` }, `${degreeText(m)}${m < 0 ? "W" : "E"}`));
    }
    for (let m = Math.ceil((bounds.getSouth() * 60) / step) * step; m < bounds.getNorth() * 60; m += step) {
      const { y } = map.latLngToContainerPoint([m / 60, bounds.getCenter().lng]);
      if (y < 24 || y > height - 24) continue;
      for (const side of ["left", "right"]) box.append(el("span", { class: `ny-tick-${side}`, style: `top:${y.toFixed(1)}px` }, `${degreeText(m)}${m < 0 ? "S" : "N"}`));
    }
    return box;
  }

  // What stands beside the map on paper.
  function column(page, number, legend) {
    const line = (text) => (text ? el("p", {}, text) : null);
    const scale = (className, value) => el("span", { class: className }, `1:${grouped(value)}`);
    return el("div", { class: "ny-sheet" }, legend,
      el("div", { class: "ny-sheet-notes" },
        el("p", { class: "ny-number-scale" }, `${page.words.scale} `, scale("ny-a4", number), scale("ny-a3", number * A3)),
        line(page.series), line(page.dated), line(page.words.made.replace("{}", nanyi.today())), line(page.grid ? page.words.degrees : "")));
  }

  // The middle of the reader's view stays, or the page's extent is shown whole; the scale becomes a round number.
  function fill(map, page, view) {
    map.options.zoomSnap = 0;
    map.setMinZoom(0);
    const bounds = view.moved ? view.bounds : L.latLngBounds(page.bounds);
    const room = L.point(view.moved ? [0, 0] : [24, 24]);
    const zoom = map.getBoundsZoom(bounds, false, room);
    map.setView(view.moved ? view.center : bounds.getCenter(), Number.isFinite(zoom) ? zoom : map.getZoom(), { animate: false });
    const now = numberOf(map);
    const wanted = rounded(now);
    map.setZoom(map.getZoom() - Math.log2(wanted / now), { animate: false });
    return wanted;
  }

  nanyi.printing = function (page) {
    const map = nanyi.map;
    let before = null;
    nanyi.listen(window, "beforeprint", () => {
      if (before) return;
      const legend = map.getContainer().querySelector(".ny-legend");
      before = {
        moved: nanyi.moved, center: map.getCenter(), bounds: map.getBounds(), zoom: map.getZoom(), legend,
        place: document.createComment(""), open: legend && legend.open, snap: map.options.zoomSnap, least: map.getMinZoom(),
      };
      map.closePopup();
      const profile = document.getElementById("ny-profile");
      document.documentElement.classList.add("ny-print", ...(profile && profile.open ? ["ny-print-profile"] : []));
      nanyi.quietly(() => {
        map.invalidateSize({ animate: false });
        before.number = fill(map, page, before);
      });
      if (legend) {
        legend.replaceWith(before.place);
        legend.open = true;
      }
      before.column = column(page, before.number, legend);
      before.frame = frame(map);
      map.getContainer().after(before.column);
      map.getContainer().append(before.frame);
      nanyi.declutter();
    });
    nanyi.listen(window, "afterprint", () => {
      if (!before) return;
      const { legend, place, open, column: aside, frame: edge, center, zoom, snap, least } = before;
      document.documentElement.classList.remove("ny-print", "ny-print-profile");
      if (legend) {
        place.replaceWith(legend);
        legend.open = open;
      }
      aside.remove();
      edge.remove();
      nanyi.quietly(() => {
        map.options.zoomSnap = snap;
        map.invalidateSize({ animate: false });
        map.setView(center, zoom, { animate: false });
        map.setMinZoom(least);
      });
      before = null;
      nanyi.declutter();
    });
  };
})();
