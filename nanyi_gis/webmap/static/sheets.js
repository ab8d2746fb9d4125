"use strict";
// A panel of sheets of which one shows: that of the feature chosen in the list, on the map, in a table, in the address.
(function () {
  const PREFIX = "sheet:";
  let box = null;
  let shown = "";
  let drawn = null; // marks on the map
  let asked = false; // by the reader, so the map goes there
  nanyi.fresh.push(() => { box = null; shown = ""; drawn = null; asked = false; });

  const sheetOf = (key) => [...box.querySelectorAll(".ny-leaf")].find((sheet) => sheet.dataset.sheet === key);
  const layers = () => box.dataset.layers.split(" ");

  // What the map has of a sheet: its dot, its area.
  function features(sheet) {
    const ids = [sheet.dataset.sheet, sheet.dataset.area];
    return Object.values(nanyi.parts).filter((part) => part.ids && layers().includes(part.meta.key)).flatMap((part) => {
      const i = ids.map((id) => part.ids.indexOf(id)).find((at) => at >= 0);
      return i === undefined || !part.items[i] ? [] : [part.items[i]];
    });
  }

  function mark(sheet, fly) {
    if (drawn) drawn.remove();
    drawn = null;
    const found = sheet ? features(sheet) : [];
    if (!found.length) return;
    drawn = L.layerGroup().addTo(nanyi.map);
    const bounds = L.latLngBounds([]);
    for (const item of found) {
      if (item.getLatLngs) {
        const style = { pane: nanyi.pane(nanyi.map, "ny-leaf-area", 388, true), interactive: false, fill: false, lineJoin: "round" };
        drawn.addLayer(L.polygon(item.getLatLngs(), { ...style, color: "#ffffff", weight: 8, opacity: 0.85 }));
        drawn.addLayer(L.polygon(item.getLatLngs(), { ...style, color: "#b0005a", weight: 4 }));
        bounds.extend(item.getBounds());
      } else {
        const style = { pane: nanyi.pane(nanyi.map, "ny-leaf-dot", 640, true), interactive: false, fill: false, radius: 13 };
        drawn.addLayer(L.circleMarker(item.getLatLng(), { ...style, color: "#ffffff", weight: 7, opacity: 0.9 }));
        drawn.addLayer(L.circleMarker(item.getLatLng(), { ...style, color: "#b0005a", weight: 3.5 }));
        bounds.extend(item.getLatLng());
      }
    }
    if (!fly || !bounds.isValid()) return;
    nanyi.moved = true;
    nanyi.map.fitBounds(bounds, { maxZoom: 12, padding: [50, 50], animate: !nanyi.still() });
  }

  function show(key, fly) {
    const sheet = key ? sheetOf(key) : null;
    if (key && !sheet) return false;
    for (const other of box.querySelectorAll(".ny-leaf")) other.hidden = other !== sheet;
    box.querySelector(".ny-hint").hidden = Boolean(sheet);
    box.querySelector(".ny-print-leaf").hidden = !sheet;
    box.querySelector("select").value = sheet ? key : "";
    document.body.classList.toggle("ny-leaf-open", Boolean(sheet));
    for (const row of document.querySelectorAll("tr.ny-chosen-row")) row.classList.remove("ny-chosen-row");
    const handle = sheet && [...document.querySelectorAll("[data-choose]")].find((one) => one.dataset.choose === key);
    if (handle) handle.closest("tr").classList.add("ny-chosen-row");
    if (shown !== key || fly) mark(sheet, fly);
    shown = key;
    return true;
  }

  function choose(key) {
    const panel = box.closest("details");
    if (panel) panel.open = true;
    if (key) {
      asked = true;
      nanyi.state.set({ card: PREFIX + key }, { push: true });
      asked = false;
    } else {
      show("", false);
      nanyi.state.card(null);
    }
  }

  nanyi.sheets = function (page) {
    box = document.querySelector(".ny-leaves");
    if (!box) return;
    const made = nanyi.element("p", { class: "ny-leaf-made" });
    box.prepend(made);
    nanyi.listen(window, "beforeprint", () => {
      made.textContent = [page.series, page.dated, page.words.made.replace("{}", nanyi.today())].filter(Boolean).join(" · ");
    });
    const panel = box.closest("details");
    if (panel) panel.classList.add("ny-has-leaves");
    box.querySelector("select").addEventListener("change", (event) => choose(event.target.value));
    box.querySelector(".ny-print-leaf").addEventListener("click", () => window.print());
    nanyi.listen(document, "click", (event) => {
      const handle = event.target.closest && event.target.closest("[data-choose]");
      if (!handle) return;
      const dialog = handle.closest("dialog");
      if (dialog) dialog.close();
      choose(handle.dataset.choose);
      box.scrollIntoView({ block: "nearest" });
    });
  };

  nanyi.state.openers.push((value) => {
    if (!box || !value.startsWith(PREFIX)) return false;
    nanyi.map.closePopup();
    return show(value.slice(PREFIX.length), asked || !nanyi.moved);
  });

  // A popup of a dot or an area brings its sheet as well.
  nanyi.state.subscribe(({ card }) => {
    if (!box || !card) return;
    const cut = card.indexOf(":");
    if (cut < 0 || !layers().includes(card.slice(0, cut))) return;
    const key = card.slice(cut + 1);
    if (key !== shown) show(key, false);
  });
})();
