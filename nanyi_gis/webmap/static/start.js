"use strict";
// Puts the controls on the map once every layer has been registered.
(function () {
  const el = nanyi.element;
  const ICONS = {
    in: "M8 3v10M3 8h10", out: "M3 8h10", extent: "M2.5 7.5L8 3l5.5 4.5M4 7v6h8V7",
    fullscreen: "M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3", measure: "M2.5 11.5l9-9 2 2-9 9zM5 9l1.5 1.5M7 7l1.5 1.5M9 5l1.5 1.5",
    compare: "M2.5 3h11v10h-11zM8 1.5v13M5.5 6.5L4 8l1.5 1.5M10.5 6.5L12 8l-1.5 1.5",
    picture: "M2.5 3.5h11v9h-11zM3 11l3-3 2.5 2.5L10.5 8.5l2.5 2.5M5.5 6.2h.1",
    print: "M4.5 6V2.5h7V6M4.5 11.5H3V6h10v5.5h-1.5M4.5 9.5h7v4h-7z",
  };

  function button(icon, label, action) {
    const node = el("button", { type: "button", title: label, "aria-label": label, onclick: action });
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ICONS[icon]);
    svg.append(path);
    node.append(svg);
    return node;
  }

  function control(position, node) {
    const item = L.control({ position });
    item.onAdd = () => {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
      return node;
    };
    item.addTo(nanyi.map);
    node.classList.add("leaflet-control");
    return node;
  }

  function folding(className, title, body, open) {
    const ontoggle = ({ target }) => {
      if (!target.isConnected) return;
      const holder = nanyi.map.getContainer();
      if (target.open && holder.classList.contains("ny-stacked")) { // a narrow map has no room for two
        for (const other of holder.querySelectorAll(".ny-box[open]")) if (other !== target) other.open = false;
      }
      nanyi.declutter(); // names keep clear of what is open
    };
    return el("details", { class: `ny-box ${className}`, open, ontoggle }, el("summary", {}, el("h2", {}, title)), body);
  }

  // Keeps the view clear of the boxes at the sides, as far as that costs no more than half a zoom level.
  function room(map, bounds) {
    const width = (name) => {
      const box = map.getContainer().querySelector(name);
      return box && box.open && !box.hidden ? box.offsetWidth + 10 : 0;
    };
    const padding = (share) => ({
      paddingTopLeft: L.point(8 + share * width(".ny-legend"), map.getContainer().classList.contains("ny-stacked") ? 92 : 48),
      paddingBottomRight: L.point(8 + share * width(".ny-layers"), 8),
    });
    const zoom = ({ paddingTopLeft, paddingBottomRight }) =>
      map.getBoundsZoom(bounds, false, paddingTopLeft.add(paddingBottomRight));
    const full = padding(0);
    // Leaflet zooms in without end where the padding leaves nothing of the map.
    const left = ({ paddingTopLeft, paddingBottomRight }) => map.getSize().x - paddingTopLeft.x - paddingBottomRight.x;
    const most = zoom(full);
    const fits = (option) => left(option) >= 120 && Number.isFinite(zoom(option)) && zoom(option) <= most && zoom(option) >= most - 0.5;
    return [1, 0.5].map(padding).find(fits) || (Number.isFinite(most) ? full : {});
  }

  const SNUG = 752; // pixels that search, tools and the open layers need side by side
  const STACKED = 570; // the same with the layers folded

  // The boxes on the map are no larger than it leaves them, and stand as its own width allows: see page.css.
  function sized(map) {
    const { classList, style, offsetHeight, offsetWidth } = map.getContainer();
    style.setProperty("--tall", `${offsetHeight}px`);
    style.setProperty("--wide", `${offsetWidth}px`);
    classList.toggle("ny-stacked", offsetWidth < STACKED);
    classList.toggle("ny-snug", offsetWidth >= STACKED && offsetWidth < SNUG);
  }

  // A map without a size (in a hidden frame) is fitted once it gets one.
  function fit(map, bounds) {
    const size = map.getSize();
    if (size.x < 40 || size.y < 40) {
      map.once("resize", () => fit(map, bounds));
      return;
    }
    map.setMinZoom(0);
    map.fitBounds(bounds, { ...room(map, L.latLngBounds(bounds)), animate: false });
    map.setMinZoom(Math.max(0, map.getZoom() - 2));
  }

  function finish(page) {
    const map = nanyi.map;
    const words = page.words;
    const shown = map.getContainer().offsetWidth; // 0 in a hidden frame; boxes at both sides need about 600 pixels
    const narrow = window.matchMedia("(max-width: 760px)").matches || (shown > 0 && shown < 600);
    const snug = narrow || (shown > 0 && shown < SNUG);
    const home = () => {
      nanyi.quietly(() => fit(map, page.bounds));
      nanyi.moved = false; // from here on it is fitted to each size anew
      nanyi.state.note();
    };

    control("topleft", nanyi.search(page));
    const measureButton = button("measure", words.measure);
    measureButton.setAttribute("aria-pressed", "false");
    const compareButton = button("compare", words.compare);
    const screenButton = button("fullscreen", words.fullscreen);
    control("topleft", el("div", { class: "ny-tools", role: "toolbar", "aria-label": words.map },
      button("in", words.zoom_in, () => map.zoomIn(1)), button("out", words.zoom_out, () => map.zoomOut(1)),
      button("extent", words.extent, home), measureButton, compareButton, screenButton, button("print", words.print, () => window.print()),
      button("picture", words.picture, () => nanyi.savePicture(page))));
    nanyi.fullscreen(screenButton);
    nanyi.compare(page, compareButton);
    const output = nanyi.measure(page, measureButton);
    control("topleft", output);

    for (const entry of page.switches) document.querySelector(".ny-map-top").append(nanyi.scenarioSwitch(entry));
    const rows = nanyi.layerSwitch(page);
    if (rows.children.length) control("topright", folding("ny-layers", words.layers, rows, !snug));

    const scale = L.control.scale({ position: "bottomleft", imperial: false, maxWidth: narrow ? 80 : 130 });
    scale.addTo(map);
    const north = el("div", { class: "ny-north", title: words.north_title, role: "img", "aria-label": words.north_title },
      el("span", {}, words.north));
    const arrow = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    arrow.setAttribute("viewBox", "0 0 20 30");
    for (const [d, fill] of [["M10 0L18 29L10 22Z", "#fff"], ["M10 0L2 29L10 22Z", "#20313f"]]) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", d);
      path.setAttribute("fill", fill);
      arrow.append(path);
    }
    north.append(arrow);
    control("bottomleft", north);
    control("bottomleft", folding("ny-legend", words.legend, nanyi.legend(page), page.legendOpen && !narrow));
    control("bottomright", nanyi.readout(page));
    nanyi.printing(page);
    nanyi.keyboard(page);
    nanyi.tables(words);
    nanyi.cardTables();
    nanyi.sheets(page);
    nanyi.zooms();
    nanyi.ages(words);
    nanyi.follow();
    nanyi.quietly(() => {
      sized(map);
      map.invalidateSize({ pan: false }); // what has been put around the map has changed its size
      fit(map, page.bounds);
    });
    const fitted = map.getSize();

    nanyi.menus();
    const aside = document.querySelector(".ny-side");
    const toggle = document.querySelector(".ny-side-toggle");
    if (aside && toggle) {
      toggle.addEventListener("click", () => {
        const hidden = document.body.classList.toggle("ny-side-closed");
        toggle.setAttribute("aria-expanded", hidden ? "false" : "true");
      });
    }
    // Until the reader has moved the map, it is fitted anew to every size that it gets; on paper see nanyi.printing.
    const seen = new ResizeObserver(() => nanyi.quietly(() => {
      const before = map.getSize();
      sized(map);
      map.invalidateSize(nanyi.moved ? { animate: false } : { pan: false }); // what the reader looks at stays in the middle
      const paper = document.documentElement.classList.contains("ny-print");
      if (!nanyi.moved && !paper && !before.equals(map.getSize())) fit(map, page.bounds);
    }));
    seen.observe(map.getContainer());
    nanyi.lasting.push(() => seen.disconnect());
    nanyi.state.watch(page);
    const other = document.querySelector(".ny-other");
    if (other && !nanyi.book) { // the page in the other language opens with this view
      const address = other.getAttribute("href");
      other.addEventListener("click", () => other.setAttribute("href", `${address}&${nanyi.state.hash().slice(1)}`));
    }

    return Promise.all(nanyi.pending).then(() => {
      if (nanyi.tooOld) control("topleft", el("p", { class: "ny-old", role: "alert" }, words.old));
      nanyi.follow();
      nanyi.quietly(() => {
        map.invalidateSize({ pan: false });
        if (!nanyi.moved && !map.getSize().equals(fitted)) fit(map, page.bounds); // what came late, as a profile, took some of its room
      });
      nanyi.state.restore();
      return Promise.all(nanyi.pending); // what an address compares may have to be read
    }).then(() => {
      document.body.dataset.ready = "1";
    });
  }

  // Prepares the map for the layers that follow.
  nanyi.start = function (map, page) {
    nanyi.map = map;
    nanyi.words = page.words;
    nanyi.startMarks();
    nanyi.startCards(page);
    nanyi.on = new Set();
    if (map.attributionControl) map.attributionControl.setPrefix(false);
    fit(map, page.bounds);
    map.getContainer().setAttribute("aria-label", page.words.map);
    map.getContainer().setAttribute("role", "region");
  };
  nanyi.finish = finish;
})();
