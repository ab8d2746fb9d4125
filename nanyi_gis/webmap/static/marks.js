"use strict";
// Points at one and the same place: one mark with their number, which opens the list of them.
(function () {
  const el = nanyi.element;
  const spots = new Map(); // by place
  const shared = []; // places with more than one point
  const RADIUS = 11;
  let drawn = null;
  let words = null;
  let covered = new Set(); // points that stand under a mark
  nanyi.fresh.push(() => { spots.clear(); shared.length = 0; covered = new Set(); words = null; });
  const comma = () => (document.documentElement.lang.startsWith("zh") ? "、" : ", ");

  // Remembers a point of a layer; what is drawn at its place is decided by nanyi.stackMarks.
  nanyi.addMark = function (item, part, label, style) {
    const at = item.getLatLng();
    const key = `${at.lat.toFixed(5)} ${at.lng.toFixed(5)}`;
    if (!spots.has(key)) spots.set(key, { at, members: [], mark: null });
    const spot = spots.get(key);
    const times = spot.members.filter((other) => other.part === part && other.label === label).length;
    spot.members.push({ item, part, label, style, name: `${label}\u0001${times}` });
    if (spot.members.length === 2) shared.push(spot);
  };

  // A place that stands in several layers is one entry with several symbols.
  function entries(members) {
    const found = new Map();
    for (const member of members) {
      if (!found.has(member.name)) found.set(member.name, []);
      found.get(member.name).push(member);
    }
    return [...found.values()];
  }

  function open(spot, member) {
    member.item.openPopup();
    const box = member.item.getPopup().getElement();
    const close = box && box.querySelector(".leaflet-popup-close-button");
    if (!close) return;
    close.focus({ preventScroll: true });
    member.item.once("popupclose", () => back(spot, box));
  }

  // The focus goes back to the mark, unless the reader has put it elsewhere.
  function back(spot, box) {
    const node = spot.mark && spot.mark.getElement();
    if (node && (box.contains(document.activeElement) || document.activeElement === document.body)) {
      node.focus({ preventScroll: true });
    }
  }

  function listOf(spot, found) {
    const list = el("ul", { class: "ny-shared" });
    for (const members of found) {
      const text = [
        ...members.map((member) => nanyi.symbol(member.style, "points", 22, 18)), el("span", {}, members[0].label),
        el("small", {}, [...new Set(members.map((member) => member.part.meta.name))].join(" · ")),
      ];
      const told = members.find((member) => member.item.getPopup());
      list.append(el("li", {}, told
        ? el("button", { type: "button", onclick: () => open(spot, told) }, ...text)
        : el("span", { class: "ny-plain" }, ...text)));
    }
    const title = words.shared.replace("{}", found.length);
    return el("div", {
      class: "ny-popup", onkeydown: (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        nanyi.map.closePopup();
      },
    }, el("h3", {}, title), list);
  }

  function draw(spot, found) {
    const fills = new Set(found.flat().map((member) => member.style.fill));
    const number = el("span", { class: "ny-count" }, String(found.length));
    if (fills.size === 1) number.style.borderColor = [...fills][0];
    const label = `${words.shared.replace("{}", found.length)}: ${found.map(([member]) => member.label).join(comma())}`;
    const icon = L.divIcon({
      html: number, iconSize: [2 * RADIUS, 2 * RADIUS], className: "ny-mark", popupAnchor: [0, -RADIUS],
    });
    spot.mark = L.marker(spot.at, { icon, pane: "ny-marks", alt: label, keyboard: true, riseOnHover: false });
    spot.mark.bindTooltip(() => el("span", {}, found.map(([member]) => member.label).join(comma())), { direction: "top" });
    nanyi.bindPopup(spot.mark, () => listOf(spot, found));
    spot.mark.on("popupopen", (event) => {
      const box = event.popup.getElement();
      const first = box.querySelector("button");
      if (first) first.focus({ preventScroll: true });
      spot.mark.once("popupclose", () => back(spot, box));
    });
    drawn.addLayer(spot.mark);
    spot.mark.getElement().setAttribute("aria-label", label);
  }

  // Brings the marks in line with the layers that are on.
  nanyi.stackMarks = function () {
    if (!shared.length || !words) return;
    covered = new Set();
    for (const spot of shared) {
      const on = spot.members.filter((member) => nanyi.map.hasLayer(member.part.group));
      const found = entries(on);
      const state = found.length > 1 ? found.flat().map((member) => `${member.part.id} ${member.name}`).join("\u0001") : "";
      for (const member of on) {
        const node = member.item.getElement();
        if (node) node.classList.toggle("ny-under", found.length > 1);
        if (found.length > 1) covered.add(member.item);
      }
      if (state === spot.state) continue;
      spot.state = state;
      if (spot.mark) spot.mark.remove();
      spot.mark = null;
      if (state) draw(spot, found);
    }
    if (nanyi.stackKey) nanyi.stackKey.hidden = !shared.some((spot) => spot.mark);
  };

  // Half the width of what is drawn for a point.
  nanyi.reach = (item, radius) => (covered.has(item) ? RADIUS : radius);

  // The legend's line on the marks.
  nanyi.markKey = function (page) {
    words = page.words;
    nanyi.stackKey = el("div", { class: "ny-legend-block", hidden: true },
      el("div", { class: "ny-entry" }, el("b", { class: "ny-count", "aria-hidden": "true" }, "2"), el("span", {}, words.shared_key)));
    return nanyi.stackKey;
  };

  nanyi.startMarks = function () {
    const pane = nanyi.map.getPane("ny-marks") || nanyi.map.createPane("ny-marks");
    pane.style.zIndex = 630;
    drawn = L.layerGroup().addTo(nanyi.map);
  };
})();
