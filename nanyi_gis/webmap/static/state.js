"use strict";
// The view of a page, and the address that restores it: #map=12/28.14/106.04&on=relief.counties&year=2022&card=seats:3
// An address is compared with what the page has; what it does not know, is left out. Nothing of it is evaluated.
(function () {
  const LONGEST = 4000; // letters of an address
  const WAIT = 300; // milliseconds after the last move of the map
  const MAP = /^(\d{1,2}(?:\.\d{1,6})?)\/(-?\d{1,3}(?:\.\d{1,8})?)\/(-?\d{1,3}(?:\.\d{1,8})?)$/;
  const listeners = [];
  const openers = []; // of cards that are no popup of a feature
  let page = null;
  let card = null;
  let quiet = 0;
  let waiting = null;
  let written = null;
  let kept = null; // the address, where the browser keeps none

  // Moves of the map inside are not the reader's.
  nanyi.quietly = function (action) {
    quiet += 1;
    try { action(); } finally { quiet -= 1; }
  };

  const rows = () => [...nanyi.rows.values()];
  const isChoice = (row) => Boolean(page.switches.length) && row.group === page.switches[0].name && row.exclusive;
  const rowOf = (key) => rows().find((row) => row.parts.some((part) => part.meta.key === key));
  const cardOf = ({ part, i }) => `${part.meta.key}:${part.ids ? part.ids[i] : i}`;

  function get() {
    const { lat, lng } = nanyi.map.getCenter();
    const left = nanyi.swipe ? nanyi.swipe.left() : null; // of two years side by side, the left one
    const year = left && isChoice(left) ? left : rows().find((row) => isChoice(row) && nanyi.isOn(row));
    return {
      theme: page.key, lang: document.documentElement.lang.slice(0, 2), moved: nanyi.moved, map: [nanyi.map.getZoom(), lat, lng],
      on: rows().filter((row) => !isChoice(row) && !row.foreign && nanyi.isOn(row)).map((row) => row.key), year: year ? year.key : null, card,
      swipe: nanyi.swipe ? nanyi.swipe.said() : null,
    };
  }

  const plain = (value, digits) => String(Number(value.toFixed(digits)));

  function hash(view = get()) {
    const parts = [];
    const put = (name, value) => parts.push(`${name}=${encodeURIComponent(value).replace(/%(3A|2F|7C|40|2C)/g, decodeURIComponent)}`);
    if (nanyi.book) { put("theme", view.theme); put("lang", view.lang); }
    if (view.moved && view.map) put("map", `${plain(view.map[0], 2)}/${plain(view.map[1], 5)}/${plain(view.map[2], 5)}`);
    if (view.on) put("on", view.on.join("."));
    if (view.year) put("year", view.year);
    if (view.swipe) put("swipe", view.swipe);
    if (view.card) put("card", view.card);
    return `#${parts.join("&")}`;
  }

  function parse(text) {
    const view = {};
    if (text.length < 2 || text.length > LONGEST) return view;
    const given = new URLSearchParams(text.slice(1));
    const at = MAP.exec(given.get("map") || "");
    if (at) {
      const [zoom, lat, lng] = at.slice(1).map(Number);
      const near = L.latLngBounds(page.bounds).pad(1);
      if (zoom <= nanyi.map.getMaxZoom() && near.contains([lat, lng])) view.map = [zoom, lat, lng];
    }
    if (given.has("on")) {
      const named = given.get("on").split(".").filter(Boolean);
      const known = named.filter((key) => rowOf(key));
      if (known.length || !named.length) view.on = known;
    }
    const year = rowOf(given.get("year") || "");
    if (year && isChoice(year)) view.year = year.key;
    for (const name of ["theme", "lang", "card", "swipe"]) {
      const value = given.get(name);
      if (value && value.length <= 120) view[name] = value;
    }
    return view;
  }

  // The feature that a card names, if this page has it.
  function featureOf(value) {
    const cut = value.indexOf(":");
    const key = value.slice(0, cut);
    const id = value.slice(cut + 1);
    const part = cut > 0 ? Object.values(nanyi.parts).find((one) => one.meta.key === key) : null;
    if (!part) return null;
    const i = part.ids ? part.ids.indexOf(id) : /^\d{1,7}$/.test(id) ? Number(id) : -1;
    return part.items[i] ? { part, item: part.items[i] } : null;
  }

  function openCard(value) {
    const found = featureOf(value);
    if (!found) return openers.some((open) => open(value) === true);
    const { part, item } = found;
    const popup = item.getPopup();
    if (!popup) return false;
    if (!nanyi.map.hasLayer(part.group)) nanyi.show(rowOf(part.meta.key), true);
    const pan = popup.options.autoPan;
    popup.options.autoPan = false;
    item.openPopup();
    popup.options.autoPan = pan;
    return nanyi.map.hasLayer(popup);
  }

  function show(view) {
    const wanted = (row, keys) => row.parts.some((part) => keys.includes(part.meta.key));
    if (view.on) {
      for (const row of rows()) {
        if (isChoice(row)) continue;
        const on = wanted(row, view.on);
        const others = row.exclusive && rows().some((other) => other.exclusive && other.group === row.group && wanted(other, view.on));
        if (on !== nanyi.isOn(row) && (on || !row.exclusive || others)) nanyi.show(row, on);
      }
    }
    const year = view.year && rowOf(view.year);
    if (year && isChoice(year)) nanyi.show(year, true);
  }

  // Brings the page to a view; what the view does not say stays, but for the card.
  function apply(view) {
    nanyi.quietly(() => {
      if (nanyi.swipe) nanyi.swipe.end(view.swipe);
      show(view);
      if (nanyi.swipe) nanyi.swipe.follow(view.swipe);
      if (view.map) {
        nanyi.moved = true;
        nanyi.map.setView([view.map[1], view.map[2]], view.map[0], { animate: false });
      }
      const before = card;
      if (!view.card) { nanyi.map.closePopup(); card = null; }
      else if (view.card !== card) card = openCard(view.card) ? view.card : null;
      if (view.card && card && !view.map && before !== card) goTo(card);
    });
    tell();
  }

  // A card without a place of the map's own brings the map to its feature.
  function goTo(value) {
    const found = featureOf(value);
    if (!found) {
      if (nanyi.goToCard) nanyi.goToCard(value);
      return;
    }
    nanyi.moved = true;
    nanyi.bringTo(found.item, 11);
  }

  function tell() {
    const view = get();
    for (const listener of listeners) listener(view);
  }

  const address = () => (kept === null ? window.location.hash : kept);

  function writeView(view, push) {
    const next = hash(view);
    if (next === written) return;
    written = next;
    try {
      window.history[push ? "pushState" : "replaceState"](null, "", next);
      kept = null;
    } catch (error) {
      kept = next; // a frame or a browser that keeps no addresses
    }
  }

  function write(push) {
    clearTimeout(waiting);
    waiting = null;
    if (!page) return;
    writeView(get(), push);
    tell();
  }

  // Something of the view has changed: the address follows once it rests.
  function note() {
    if (quiet || !page || !page.watched) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => write(false), WAIT);
  }

  // A card has been opened, or closed (null).
  function setCard(value) {
    if (quiet || value === card) return;
    const opened = value !== null;
    if (opened) write(false); // the view before stays in the history
    card = value;
    write(opened);
  }

  function watchCards() {
    let next;
    const later = (value) => {
      if (quiet) return;
      if (next === undefined) Promise.resolve().then(() => { const last = next; next = undefined; setCard(last); });
      next = value;
    };
    nanyi.map.on("popupopen", ({ popup }) => { if (popup._source && popup._source.nanyi) later(cardOf(popup._source.nanyi)); });
    nanyi.map.on("popupclose", ({ popup }) => { if (popup._source && popup._source.nanyi && card === cardOf(popup._source.nanyi)) later(null); });
  }

  function moved() {
    if (quiet) return;
    nanyi.moved = true;
    note();
  }

  function restore() {
    const text = address();
    const view = parse(text);
    page.watched = true;
    if (text.length > 1 && !Object.keys(view).length) return;
    written = null;
    apply(view);
  }

  nanyi.state = {
    get, hash, note, openers, address, write: writeView,
    settle: () => write(false),
    // Changes the view as an address would; `push` makes it a step of the history.
    set(view, { push = false } = {}) {
      if (nanyi.book && (!page || (view.theme && view.theme !== page.key) || (view.lang && view.lang !== get().lang))) {
        nanyi.book.go(view);
        return;
      }
      if (push) write(false);
      apply({ card, swipe: get().swipe, ...view });
      write(push);
    },
    subscribe(listener) {
      listeners.push(listener);
      return () => listeners.splice(listeners.indexOf(listener), 1);
    },
    card: setCard,
    watch(opened) {
      page = opened;
      card = null;
      nanyi.moved = false;
      nanyi.map.on("moveend", moved);
      watchCards();
    },
    restore,
    forget() { clearTimeout(waiting); page = null; card = null; },
  };
  window.addEventListener("popstate", () => {
    if (window.location.hash === written) return;
    clearTimeout(waiting);
    kept = null;
    written = null;
    if (nanyi.book) nanyi.book.visit();
    else if (page && page.watched) restore();
  });
})();
