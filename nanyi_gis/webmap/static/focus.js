"use strict";
// The map by keyboard: its controls come before its symbols; the symbols are one stop, and the arrow keys go from one to
// the next; Escape closes what was opened, and the focus goes back to where it was.
(function () {
  nanyi.keyed = false; // whether the reader's last move was by the keyboard
  let stop = null; // the symbol at which the tab key stops
  nanyi.fresh.push(() => { stop = null; });
  const NEXT = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  // What of a selector a key or a press was in.
  nanyi.isIn = (event, selector) => (event.target.closest ? event.target.closest(selector) : null);

  const symbols = () => [...nanyi.map.getPanes().mapPane.querySelectorAll(".leaflet-marker-icon")];

  function seen(node, frame) {
    const box = node.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return box.width > 0 && x >= frame.left && x <= frame.right && y >= frame.top && y <= frame.bottom;
  }

  // One of the symbols in view takes the tab key; called when layers or the view change.
  nanyi.rove = function () {
    const frame = nanyi.map.getContainer().getBoundingClientRect();
    const all = symbols();
    const shown = all.filter((node) => seen(node, frame));
    if (!shown.includes(stop)) stop = shown.includes(document.activeElement) ? document.activeElement : shown[0] || null;
    for (const node of all) node.tabIndex = node === stop ? 0 : -1;
    for (const path of nanyi.map.getPanes().mapPane.querySelectorAll("path.leaflet-interactive")) path.setAttribute("tabindex", "-1");
  };

  function go(node) {
    stop = node;
    nanyi.rove();
    node.focus({ preventScroll: true });
  }

  // The nearest symbol on that side, by how far it is along and, more, across.
  function next(from, [dx, dy]) {
    const frame = nanyi.map.getContainer().getBoundingClientRect();
    const middle = (node) => { const box = node.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; };
    const [x, y] = middle(from);
    let best = null;
    for (const node of symbols()) {
      if (node === from || !seen(node, frame)) continue;
      const [p, q] = middle(node);
      const along = (p - x) * dx + (q - y) * dy;
      if (along <= 0) continue;
      const cost = along + 2 * Math.abs((p - x) * dy + (q - y) * dx);
      if (!best || cost < best.cost) best = { cost, node };
    }
    return best && best.node;
  }

  function watchSymbols(map) {
    map.getPanes().mapPane.addEventListener("keydown", (event) => {
      const node = event.target.closest(".leaflet-marker-icon");
      if (!node || !(event.key in NEXT || event.key === "Home" || event.key === "End")) return;
      event.preventDefault();
      event.stopPropagation();
      const frame = map.getContainer().getBoundingClientRect();
      const shown = symbols().filter((one) => seen(one, frame));
      const to = event.key === "Home" ? shown[0] : event.key === "End" ? shown[shown.length - 1] : next(node, NEXT[event.key]);
      if (to) go(to);
    });
    map.on("moveend zoomend layeradd", () => {
      clearTimeout(map.nyRoving);
      map.nyRoving = setTimeout(() => { if (nanyi.map === map) nanyi.rove(); }, 60);
    });
  }

  // A popup opened by keyboard takes the focus and gives it back; that of a mark has a list, which takes it itself.
  function watchPopups(map, words) {
    map.on("popupopen", ({ popup }) => {
      const box = popup.getElement();
      const button = box && box.querySelector(".leaflet-popup-close-button");
      if (!button) return;
      button.setAttribute("aria-label", words.close);
      button.title = words.close;
      if (!nanyi.keyed || box.contains(document.activeElement)) return;
      const from = document.activeElement;
      button.focus({ preventScroll: true });
      map.once("popupclose", () => {
        const lost = !document.activeElement || document.activeElement === document.body || box.contains(document.activeElement);
        if (lost && from && from.isConnected) from.focus({ preventScroll: true });
      });
    });
    nanyi.listen(document, "keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || nanyi.isIn(event, "dialog, .ny-search")) return;
      if (map.getContainer().querySelector(".leaflet-popup")) {
        event.preventDefault(); // nothing else is closed by the same press
        map.closePopup();
        return;
      }
      const box = nanyi.isIn(event, ".ny-box[open], .ny-provenance details[open]");
      if (!box) return;
      box.open = false;
      box.querySelector("summary").focus();
    });
  }

  nanyi.keyboard = function (page) {
    const map = nanyi.map;
    const container = map.getContainer();
    container.prepend(container.querySelector(".leaflet-control-container"));
    for (const kind of ["keydown", "pointerdown"]) { // before anyone acts on it
      const note = () => { nanyi.keyed = kind === "keydown"; };
      document.addEventListener(kind, note, true);
      nanyi.lasting.push(() => document.removeEventListener(kind, note, true));
    }
    watchSymbols(map);
    watchPopups(map, page.words);
    const skip = document.querySelector(".ny-skip");
    if (skip) {
      skip.addEventListener("click", (event) => {
        event.preventDefault(); // the address holds the view
        container.focus();
      });
    }
  };
})();
