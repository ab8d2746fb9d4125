"use strict";
// Cards: what is known of one thing, opened from a popup, a row of a table or the address, with its marks on the map.
(function () {
  const el = nanyi.element;
  const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
  let index = null; // the page of the cards, and the names that this page shows
  let record = null; // the cards, once they have been read
  let reading = null;
  let box = null;
  let shown = null; // key of the open card
  let from = null; // what had the focus before
  let drawn = null; // marks on the map
  nanyi.fresh.push(() => { index = record = reading = box = shown = from = drawn = null; });

  const nameOf = (key) => (record && record.names[key]) || (index && index.names[key]) || key;
  const theme = () => (nanyi.book && index ? nanyi.book.contents.themes[index.file] : undefined);
  const able = () => Boolean(record || reading || theme());

  // Keys come from addresses: of a card called constructor there is none.
  const bare = (given) => Object.assign(Object.create(null), given);
  const known = (given) => Object.fromEntries(Object.entries(given).map(([name, own]) => [name, bare(own)]));

  // The record of this page's own cards.
  nanyi.cards = function (id) {
    const { texts, data } = nanyi.record(id);
    if (texts.z && !window.DecompressionStream) {
      nanyi.tooOld = true;
      return;
    }
    reading = nanyi.unpackTexts(texts).then((words) => { record = known({ ...words, ...data }); return record; });
    nanyi.pending.push(reading);
  };

  // The cards; a book has them with the theme that shows them.
  function read() {
    if (record) return Promise.resolve(record);
    if (!reading && theme()) {
      const lang = document.documentElement.lang.slice(0, 2);
      reading = nanyi.unpackTexts(nanyi.read(`t-${theme()}-${lang}`)).then(async (spec) => {
        const found = spec.records.find((one) => one.reader === "cards");
        record = known({ ...await nanyi.unpackTexts(nanyi.blob(found.texts)), ...nanyi.blob(found.data) });
        return record;
      });
    }
    return reading || Promise.resolve(null);
  }

  function address(key) {
    if (theme()) return `#theme=${theme()}&lang=${document.documentElement.lang.slice(0, 2)}&card=${key}`;
    return `${index.file}#card=${key}`;
  }

  function link(key) {
    const known = index && (key in index.names || (record && key in record.names));
    return known ? el("a", { class: "ny-item", href: address(key), "data-card": key }, nameOf(key)) : el("span", {}, nameOf(key));
  }

  // What a popup says at its foot: the cards of its feature.
  nanyi.itemLinks = function (keys) {
    const list = el("ul", { class: "ny-items" });
    for (const key of keys.split(";")) list.append(el("li", {}, link(key)));
    return el("div", { class: "ny-of" }, el("p", {}, nanyi.words.items_of), list);
  };

  // ---- marks on the map

  const featuresOf = (keys) => Object.values(nanyi.parts).flatMap((part) => (part.of || []).flatMap((own, i) =>
    (own && part.items[i] && own.split(";").some((key) => keys.includes(key)) ? [{ part, item: part.items[i] }] : [])));

  function unmark() {
    if (drawn) drawn.remove();
    drawn = null;
  }

  function ring(at) {
    const style = { pane: "ny-ring", fill: false, interactive: false, radius: 17 };
    drawn.addLayer(L.circleMarker(at, { ...style, color: "#ffffff", weight: 8, opacity: 0.9 }));
    drawn.addLayer(L.circleMarker(at, { ...style, color: "#b0005a", weight: 4 }));
  }

  function outline(item) {
    const weight = item.options.weight || 1;
    const style = { pane: "ny-halo", interactive: false, fill: false, lineJoin: "round" };
    const draw = item instanceof L.Polygon ? L.polygon : L.polyline;
    drawn.addLayer(draw(item.getLatLngs(), { ...style, color: "#20313f", weight: weight + 11, opacity: 0.75 }));
    drawn.addLayer(draw(item.getLatLngs(), { ...style, color: "#ffe14d", weight: weight + 7, opacity: 1 }));
  }

  // Marks features and places; brings the map there if asked.
  function mark(features, spots, fly) {
    unmark();
    if (!features.length && !spots.length) return;
    nanyi.pane(nanyi.map, "ny-halo", 385, true);
    nanyi.pane(nanyi.map, "ny-ring", 640, true);
    drawn = L.layerGroup().addTo(nanyi.map);
    if (features.length && !features.some(({ part }) => nanyi.map.hasLayer(part.group))) {
      for (const row of nanyi.rows.values()) {
        if (!nanyi.isOn(row) && row.parts.some((part) => features.some((one) => one.part === part))) nanyi.show(row, true);
      }
    }
    const bounds = L.latLngBounds([]);
    for (const { item } of features) {
      const line = item.getLatLngs !== undefined;
      if (line) outline(item);
      else ring(item.getLatLng());
      bounds.extend(line ? item.getBounds() : item.getLatLng());
    }
    for (const spot of spots) {
      ring(spot);
      bounds.extend(spot);
    }
    if (!fly) return;
    nanyi.moved = true;
    nanyi.map.fitBounds(bounds, { maxZoom: Math.max(11, Math.min(nanyi.map.getZoom(), 13)), padding: [45, 45], animate: !nanyi.still() });
  }

  function spotOf(place) {
    const at = record && record.at[place];
    return at ? L.latLng(at[1], at[0]) : null;
  }

  function markCard(key, fly) {
    const card = record.cards[key];
    const features = featuresOf([key, ...(card.marks || [])]);
    const named = (card.links || []).flatMap(([, targets]) => targets.filter(([kind]) => kind === "place").map(([, place]) => place));
    mark(features, features.length ? [] : named.map(spotOf).filter(Boolean), fly);
  }

  // ---- the card itself

  function targetOf([kind, to, label]) {
    if (kind === "card") return link(to);
    if (kind === "page") {
      const [file, rest] = to.split("#");
      const own = nanyi.book && nanyi.book.contents.themes[file];
      const lang = document.documentElement.lang.slice(0, 2);
      return el("a", { href: own ? `#theme=${own}&lang=${lang}${rest ? `&${rest}` : ""}` : to }, label);
    }
    const spot = spotOf(to);
    const name = record.places[to] || to;
    if (!spot) return el("span", {}, name);
    return el("button", { type: "button", class: "ny-zoom", onclick: () => mark([], [spot], true) }, name);
  }

  function draw(key) {
    const card = record.cards[key];
    const words = nanyi.words;
    const close = el("button", { type: "button", class: "ny-card-close", "aria-label": words.close, title: words.close, onclick: () => leave() }, "×");
    const title = el("h2", { tabindex: "-1" }, card.title);
    const body = el("div", { class: "ny-card-body" });
    if (card.quote) body.append(el("blockquote", { lang: "zh", title: words.quote }, card.quote));
    if (card.facts) {
      const list = el("dl");
      for (const [label, value] of card.facts) list.append(el("dt", {}, label), el("dd", {}, value));
      body.append(list);
    }
    if (card.head) {
      const line = (cells, tag) => el("tr", {}, ...cells.map((cell) => el(tag, tag === "th" ? { scope: "col" } : {}, cell)));
      body.append(el("div", { class: "ny-card-table" }, el("table", {}, el("thead", {}, line(card.head, "th")),
        el("tbody", {}, ...card.rows.map((row) => line(row, "td"))))));
    }
    for (const [label, targets] of card.links || []) {
      const list = el("ul", {});
      for (const target of targets) list.append(el("li", {}, targetOf(target)));
      body.append(el("div", { class: "ny-card-links" }, el("h3", {}, label), list));
    }
    if (card.note) body.append(el("p", { class: "ny-note" }, card.note));
    return el("section", {
      class: "ny-card", role: "region", "aria-label": card.title, onkeydown: (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        leave();
      },
    }, el("header", {}, el("div", {}, card.over ? el("p", { class: "ny-over" }, card.over) : null, title,
      card.state ? el("span", { class: "ny-badge" }, card.state) : null), close), body);
  }

  const side = () => document.querySelector(".ny-side");

  function hide() {
    if (box) box.remove();
    box = shown = null;
    if (side()) side().style.removeProperty("--card");
    unmark();
    rows([]);
  }

  // The reader closes the card: the focus goes back to where it came from.
  function leave() {
    const back = from;
    from = null;
    hide();
    nanyi.state.card(null);
    if (back && back.isConnected) back.focus({ preventScroll: true });
  }

  function put(key, { fly, focus }) {
    hide();
    shown = key;
    box = draw(key);
    const aside = side();
    if (aside && document.body.classList.contains("ny-side-closed")) document.querySelector(".ny-side-toggle").click();
    if (aside) aside.prepend(box);
    else document.body.append(box);
    if (aside) aside.style.setProperty("--card", `${box.offsetHeight}px`);
    if (focus) box.querySelector("h2").focus({ preventScroll: true });
    markCard(key, fly);
    rows([key]);
  }

  // Opens the card of a thing, as the reader asks.
  nanyi.card = async function (key) {
    const cards = await read();
    if (!cards || !cards.cards[key]) return false;
    const focus = document.activeElement;
    const dialog = focus && focus.closest && focus.closest("dialog");
    if (dialog) dialog.close();
    from = focus && !focus.closest(".ny-card") ? focus : from;
    nanyi.state.card(key);
    put(key, { fly: true, focus: true });
    return true;
  };

  // ---- rows of tables

  // Marks the rows of these cards and brings the first into view.
  function rows(keys) {
    for (const row of document.querySelectorAll("tr.ny-marked")) {
      row.classList.remove("ny-marked");
      row.removeAttribute("aria-current");
    }
    if (!keys.length) return;
    const found = [...document.querySelectorAll("tr[data-card]")].filter((row) => keys.includes(row.dataset.card));
    for (const row of found) {
      row.classList.add("ny-marked");
      row.setAttribute("aria-current", "true");
    }
    const first = found.find((row) => !row.hidden && row.offsetParent);
    if (first) first.scrollIntoView({ block: "nearest" });
  }

  // Up, down, Home and End go from row to row; one row at a time is a stop of the tab key.
  function roving(table) {
    const handles = () => [...table.tBodies[0].rows].filter((row) => !row.hidden).map((row) => row.querySelector("[data-card]")).filter(Boolean);
    const only = (chosen) => { for (const one of table.querySelectorAll("tr[data-card] > :first-child [data-card]")) one.tabIndex = one === chosen ? 0 : -1; };
    only(handles()[0]);
    table.addEventListener("focusin", (event) => {
      if (event.target.matches("tr[data-card] > :first-child [data-card]")) only(event.target);
    });
    table.addEventListener("keydown", (event) => {
      const list = handles();
      const at = list.indexOf(event.target);
      if (at < 0) return;
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1 }[event.key];
      if (to === undefined || !list[to]) return;
      event.preventDefault();
      list[to].focus();
    });
    table.nanyiRoving = () => { const list = handles(); if (!list.some((one) => one.tabIndex === 0)) only(list[0]); };
  }

  function pressed(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    const hit = event.target.closest && event.target.closest("a, button, input, select, summary, label, [data-card]");
    if (!hit || !hit.dataset.card || !able()) return;
    if (hit.matches("tr") && String(window.getSelection())) return; // the reader marks text
    event.preventDefault();
    if (hit.matches("tr")) hit.querySelector("[data-card]").focus({ preventScroll: true });
    nanyi.card(hit.dataset.card);
  }

  nanyi.startCards = function (page) {
    index = page.cards ? { ...page.cards, names: bare(page.cards.names) } : null;
    if (!index) return;
    document.addEventListener("click", pressed, true);
    nanyi.lasting.push(() => document.removeEventListener("click", pressed, true));
    nanyi.map.on("popupopen", ({ popup }) => {
      const own = popup._source && popup._source.nanyi;
      const keys = own && own.part.of && own.part.of[own.i];
      if (keys) rows(keys.split(";"));
    });
  };
  nanyi.cardTables = () => document.querySelectorAll("table[data-cards]").forEach(roving);

  // A card that the address names; read later where a book holds it with another theme.
  nanyi.state.openers.push((key) => {
    if (!index || !KEY.test(key) || !able()) return false;
    if (record) {
      if (!record.cards[key]) return false;
      put(key, { fly: false, focus: false });
      return true;
    }
    read().then((cards) => {
      if (cards && cards.cards[key] && nanyi.state.get().card === key) put(key, { fly: false, focus: false });
      else if (cards && !cards.cards[key]) nanyi.state.card(null);
    });
    return true;
  });
  nanyi.goToCard = (key) => { if (record && record.cards[key]) markCard(key, true); };
  nanyi.state.subscribe((view) => { if (shown && view.card !== shown) hide(); });
})();
