"use strict";
// One file with every theme in both languages: they are opened one after the other in the same document.
(function () {
  let contents = null;
  let library = null; // what the scripts put into nanyi before any page was open
  let now = null;
  let last = null; // the view of the map that was open last
  let year = null; // the year chosen last; not every theme has years
  let turning = Promise.resolve();

  const body = () => document.body;

  function close() {
    for (const undo of nanyi.lasting.splice(0)) undo();
    nanyi.state.forget();
    if (nanyi.map) {
      nanyi.map._animatingZoom = false; // Leaflet would end a running zoom on a map that is gone
      nanyi.map.remove();
    }
    for (const clear of nanyi.fresh) clear();
    for (const key of Object.keys(nanyi)) if (!(key in library)) delete nanyi[key];
    Object.assign(nanyi, library, { parts: {}, rows: new Map(), grids: [], places: [], pending: [], known: new Map(), map: null });
    body().textContent = "";
    body().removeAttribute("class");
    body().removeAttribute("style");
    delete body().dataset.ready;
  }

  function put(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    body().append(holder.content);
  }

  // Links to the other pages become addresses of this document.
  function relink() {
    for (const link of document.querySelectorAll("a[href]")) {
      const [, file, rest] = /^([^#/:]+\.html)(?:#(.*))?$/.exec(link.getAttribute("href")) || [];
      if (!file) continue;
      if (file === contents.file) link.setAttribute("href", `#${rest || ""}`);
      else if (file in contents.themes) link.setAttribute("href", `#theme=${contents.themes[file]}&lang=${now.lang}${rest ? `&${rest}` : ""}`);
    }
    for (const picture of document.querySelectorAll("img[data-blob]")) picture.src = nanyi.blob(picture.dataset.blob);
  }

  async function open(theme, lang) {
    const spec = await nanyi.unpackTexts(nanyi.read(`t-${theme}-${lang}`));
    close();
    now = { theme, lang, cover: Boolean(spec.cover) };
    document.documentElement.lang = contents.langs[lang];
    document.title = spec.title;
    document.getElementById("ny-css").media = now.cover ? "not all" : "all";
    document.getElementById("ny-cover-css").media = now.cover ? "all" : "not all";
    if (now.cover) {
      put(spec.cover);
      relink();
      nanyi.tables();
      body().dataset.ready = "1";
      return;
    }
    window.scrollTo(0, 0);
    put(`${spec.before}<div class="folium-map" id="ny-map"></div>${spec.after}`); // between them stands the main part
    const holder = document.getElementById("ny-map");
    relink();
    const records = spec.records.map((record, i) => [`ny${i + 1}`, record]);
    for (const [id, record] of records) nanyi.known.set(id, record);
    const page = { ...spec.page, words: nanyi.blob(spec.page.words), records: records.map(([id, record]) => [id, record.reader]) };
    const middle = L.latLngBounds(page.bounds).getCenter();
    await nanyi.open(L.map(holder, contents.map).setView(middle, 9), page);
  }

  function remember() {
    if (!now || now.cover) return;
    last = nanyi.state.get();
    year = last.year || year;
  }

  // Opens what the address names, or brings the open page to it.
  function visit() {
    const turn = async () => {
      const given = new URLSearchParams(nanyi.state.address().slice(1, 400));
      const known = (list, value) => (list.includes(value) ? value : null);
      const theme = known(contents.order, given.get("theme")) || (now ? now.theme : contents.order[0]);
      const lang = known(Object.keys(contents.langs), given.get("lang")) || (now ? now.lang : contents.lang);
      if (now && theme === now.theme && lang === now.lang) {
        if (!now.cover) nanyi.state.restore();
        return;
      }
      remember();
      const first = now === null;
      await open(theme, lang);
      if (first) {
        if (!given.has("theme")) nanyi.state.write({ theme, lang }, false);
        return;
      }
      const title = document.querySelector("h1");
      title.tabIndex = -1;
      title.focus({ preventScroll: true });
    };
    turning = turning.then(turn, turn); // a page that failed does not hold up the next
    return turning;
  }

  // Goes to another theme or language; the map stays where the reader has put it, and so does the year.
  function go(view) {
    if (now && !now.cover) nanyi.state.settle();
    remember();
    const theme = view.theme || now.theme;
    const kept = {};
    if (last && last.moved) Object.assign(kept, { moved: true, map: last.map });
    if (year) kept.year = year;
    if (last && last.theme === theme) Object.assign(kept, last);
    const wanted = { ...kept, ...view, theme, lang: view.lang || now.lang };
    if (view.map) wanted.moved = true;
    nanyi.state.write(wanted, true);
    return visit();
  }

  nanyi.startBook = function (id) {
    contents = nanyi.read(id);
    if (!window.DecompressionStream) {
      for (const text of contents.old) body().append(nanyi.element("p", { role: "alert" }, text));
      return;
    }
    nanyi.book = { visit, go, get theme() { return now && now.theme; }, contents };
    library = { ...nanyi };
    document.addEventListener("click", (event) => {
      const link = event.target.closest && event.target.closest("a[href^='#theme=']");
      if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const view = {};
      for (const [name, value] of new URLSearchParams(link.getAttribute("href").slice(1))) {
        if (name === "map") continue;
        view[name] = name === "on" ? value.split(".") : value;
      }
      go(view);
    });
    visit();
  };
})();
