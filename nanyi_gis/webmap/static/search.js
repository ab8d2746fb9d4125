"use strict";
// The search field: places of the gazetteer and of the layers by name, pinyin and initials; items of the plan by
// number, clause and title; coordinates.
(function () {
  const el = nanyi.element;
  const MOST = 12; // results shown
  const LATIN = /^[a-z\s'’-]+$/;
  const ENDS = /(苗族|彝族|布依族|土家族|回族|侗族|壮族|自治)*(县|市|区|镇|乡|街道)$/;

  // Small letters without tones, brackets in one form: what is compared.
  function folded(text) {
    return String(text).normalize("NFKC").toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").trim();
  }
  // The same without what parts the syllables; of what is typed, tones by number as well: tai4ping2.
  const joined = (text) => text.replace(/[\s'’·-]/g, "");
  const untoned = (text) => (/^([a-z]+[1-5])+[a-z]*$/.test(text) ? text.replace(/[1-5]/g, "") : text);

  // First letters of the pinyin of a Chinese name by the browser's own order of characters; "" where it has none.
  const collator = new Intl.Collator("zh-CN-u-co-pinyin");
  const LETTERS = "abcdefghjklmnopqrstwxyz";
  const FIRST = [..."阿八嚓咑妸发旮哈丌咔垃妈拿喔趴七然仨他挖夕丫匝"];
  const knows = collator.compare("啊", "八") < 0 && collator.compare("做", "八") > 0 && collator.compare("龙", "马") < 0;
  const letters = new Map(); // of the characters met so far
  function letterOf(sign) {
    if (!/[\u4e00-\u9fff]/.test(sign)) return /[a-z0-9]/.test(sign) ? sign : "";
    if (!letters.has(sign)) {
      let i = FIRST.length - 1;
      while (i > 0 && collator.compare(sign, FIRST[i]) < 0) i -= 1;
      letters.set(sign, LETTERS[i]);
    }
    return letters.get(sign);
  }
  const initialsOf = (name) => (knows ? [...folded(name)].map(letterOf).join("") : "");

  // How well a text answers what is typed: 0 it is it, 1 it begins so, 2 a word of it does, 3 it is in it.
  function quality(word, typed) {
    if (word === typed || word.replace(ENDS, "") === typed) return 0;
    const at = word.indexOf(typed);
    if (at < 0) return Infinity;
    if (at === 0) return 1;
    return /[\s(·、/-]/.test(word[at - 1]) ? 2 : 3;
  }

  function score(entry, typed, plain) {
    let best = Infinity;
    for (const word of entry.words) best = Math.min(best, quality(word, typed), plain ? quality(joined(word), plain) + 0.1 : Infinity);
    if (plain.length > 1 && LATIN.test(typed)) {
      for (const letters of entry.initials) if (letters.startsWith(plain)) best = Math.min(best, letters === plain ? 0.2 : 1.2);
    }
    return best;
  }

  // ---- what is found -----------------------------------------------------------------------------

  function goTo(place) {
    const row = [...nanyi.rows.values()].find((entry) => entry.parts.includes(place.part));
    if (!nanyi.map.hasLayer(place.part.group)) nanyi.show(row, true);
    nanyi.bringTo(place.item, 12); // at once: the popup finds its room where the map stands
    if (place.item.getPopup()) place.item.openPopup();
  }

  const entryOf = (place) => ({
    label: place.label, note: place.part.meta.name, rank: 3, place, items: [],
    words: place.words.map(folded), initials: [initialsOf(place.label)].filter(Boolean), go: () => goTo(place),
  });

  // Whether a feature of a layer is the place that the gazetteer has under the same name.
  function isAt(item, at) {
    if (item.getBounds && !item.getRadius) return item.getBounds().pad(0.1).contains(at);
    return item.getLatLng && nanyi.map.distance(item.getLatLng(), at) < 400;
  }

  function gazetteer(record, page) {
    const english = document.documentElement.lang.startsWith("en");
    const known = new Map();
    for (const place of nanyi.places) {
      const name = folded(place.label);
      if (!known.has(name)) known.set(name, []);
      known.get(name).push(place);
    }
    const taken = new Set();
    const found = record.places.map(([key, zh, en, pinyin, initials, rank, lon, lat, items]) => {
      const label = english && en ? en : zh;
      const at = L.latLng(lat, lon);
      const same = [zh, en].filter(Boolean).flatMap((name) => known.get(folded(name)) || []).filter(({ item }) => isAt(item, at));
      for (const place of same) taken.add(place);
      const shown = () => same.find(({ part }) => nanyi.map.hasLayer(part.group)) || same[0]; // as the layers are by then
      const names = [zh, ...zh.split(/[·/()（）]/), en, pinyin].filter(Boolean);
      return {
        key, label, rank, items: items || [], words: [...new Set(names.map(folded))], at,
        initials: [initials, initialsOf(zh)].filter(Boolean),
        note: same.length ? shown().part.meta.legendTitle || shown().part.meta.name : record.kinds[rank][english ? 1 : 0],
        go: () => (same.length ? goTo(shown()) : nanyi.pin(at, { label, other: english ? zh : en, note: record.kinds[rank][english ? 1 : 0], page })),
      };
    });
    return { found, taken };
  }

  // Items of the plan: their card, here or on the page that has it; else their places.
  function itemEntries(items, places, page) {
    return items.map(([id, clauses, title]) => {
      const own = places.filter((place) => place.items.includes(id));
      if (!own.length && !page.cards) return null;
      const fly = () => {
        if (own.length === 1) own[0].go();
        else if (own.length) nanyi.map.fitBounds(L.latLngBounds(own.map(({ at }) => at)), { maxZoom: 13, padding: [60, 60] });
      };
      const go = async () => {
        if (nanyi.card && await nanyi.card(id)) return;
        if (page.cards) window.location.assign(`${page.cards.file}#card=${encodeURIComponent(id)}`);
        else fly();
      };
      const words = [id, ...clauses.split("、"), title].filter(Boolean).map(folded);
      return { label: title, note: `${clauses} · ${id}`, rank: 4, items: [], initials: [], words, go };
    }).filter(Boolean);
  }

  function makeIndex(page) {
    const record = page.known;
    if (!record) return nanyi.places.map(entryOf);
    const { found, taken } = gazetteer(record, page);
    const others = nanyi.places.filter((place) => !taken.has(place)).map(entryOf);
    return [...found, ...others, ...itemEntries(page.listed || [], found, page)];
  }

  function answers(index, page, text) {
    const typed = folded(text);
    if (!typed) return [];
    const spot = nanyi.coordinates(text, page);
    const first = spot
      ? [{ label: nanyi.placeText(spot), note: page.words.coordinates, go: () => nanyi.pin(spot, { page }) }] : [];
    const plain = untoned(joined(typed));
    const found = [];
    for (const entry of index) {
      const worth = score(entry, typed, plain);
      if (worth < Infinity) found.push([Math.floor(worth), entry.rank, worth, entry.label.length, entry]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
    const seen = new Set();
    const distinct = found.map(([, , , , entry]) => entry).filter((entry) => {
      const key = `${entry.label}\u0001${entry.note}`;
      return seen.has(key) ? false : seen.add(key);
    });
    return [...first, ...distinct].slice(0, MOST);
  }

  // ---- the field ---------------------------------------------------------------------------------

  nanyi.search = function (page) {
    const list = el("ul", { class: "ny-found", id: "ny-found", role: "listbox", "aria-label": page.words.search, hidden: true });
    const input = el("input", {
      type: "search", placeholder: page.words.search, "aria-label": page.words.search, title: page.words.search_hint, role: "combobox",
      "aria-autocomplete": "list", "aria-controls": "ny-found", "aria-expanded": "false", autocomplete: "off", spellcheck: "false",
    });
    let found = [];
    let chosen = -1;
    let index = null;
    if (page.gazetteer) {
      const parts = [page.gazetteer, page.items].map((part) => nanyi.unpackTexts(nanyi.blob(part)));
      nanyi.pending.push(Promise.all(parts).then(([record, { items }]) => {
        page.known = record;
        page.listed = items;
        index = null;
      }, () => { nanyi.tooOld = true; }));
    }

    function go(entry) {
      close();
      input.value = entry.label;
      entry.go();
    }
    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      chosen = -1;
    }
    function choose(number) {
      chosen = number;
      [...list.children].forEach((node, i) => node.setAttribute("aria-selected", i === number ? "true" : "false"));
      if (number >= 0) {
        input.setAttribute("aria-activedescendant", `ny-found-${number}`);
        list.children[number].scrollIntoView({ block: "nearest" });
      }
    }
    function update() {
      list.textContent = "";
      chosen = -1;
      if (!input.value.trim()) return close();
      if (!index || index.size !== nanyi.places.length) {
        index = makeIndex(page);
        index.size = nanyi.places.length;
      }
      found = answers(index, page, input.value);
      found.forEach((entry, i) => list.append(el("li", {
        role: "option", id: `ny-found-${i}`, "aria-selected": "false",
        onmousedown: (event) => event.preventDefault(), // the field keeps the focus, and the list stays, until the press is over:
        onclick: () => go(entry), // one that ended on the map would be a press on the map, which closes popups
      }, el("span", {}, entry.label), el("small", {}, entry.note))));
      if (!found.length) list.append(el("li", { class: "ny-none", role: "option", "aria-disabled": "true" }, page.words.nothing));
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    }
    input.addEventListener("input", update);
    input.addEventListener("focus", () => { if (input.value) update(); });
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.stopPropagation(); input.value = ""; close(); }
      if (list.hidden || !found.length) return;
      if (event.key === "ArrowDown") { event.preventDefault(); choose((chosen + 1) % found.length); }
      if (event.key === "ArrowUp") { event.preventDefault(); choose((chosen + found.length - 1) % found.length); }
      if (event.key === "Enter") { event.preventDefault(); go(found[Math.max(chosen, 0)]); }
    });
    return el("div", { class: "ny-search" }, input, list);
  };
  nanyi.initialsOf = initialsOf;
})();
