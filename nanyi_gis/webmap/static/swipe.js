"use strict";
// Two layers beside each other: a divider that is drawn over the map, or the map of their difference.
// In the address: swipe=2022|complete@0.5, swipe=class|suitability_plum.class@difference; a dot names another theme.
(function () {
  const el = nanyi.element;
  const ADDRESS = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)?)\|([a-z0-9_-]+(?:\.[a-z0-9_-]+)?)@(0(?:\.\d{1,4})?|1|difference)$/;
  const STEP = 0.02;
  let now = null; // what is compared: ids, rows, share, whether as a difference
  let stopping = false;
  let page = null;
  let turn = 0;

  const rows = () => [...nanyi.rows.values()];
  const rowOf = (key) => rows().find((row) => row.parts.some((part) => part.meta.key === key));
  const shared = (row) => row.parts.some((part) => part.pane === "ny-canvas");
  const language = () => document.documentElement.lang.slice(0, 2);

  // This page's own row in place of another theme's.
  const home = (row) => (row.foreign ? rowOf(row.key.split(".")[1]) : row);

  // What can be compared on this page: layers of which one shows at a time, and their like in other themes of a book.
  function choices() {
    const own = rows().filter((row) => row.exclusive && !row.foreign && !shared(row)
      && rows().some((other) => other !== row && other.exclusive && other.group === row.group));
    const found = own.map((row) => ({ id: row.key, label: row.name, group: row.group }));
    const others = nanyi.book ? nanyi.book.contents.compare[language()] : {};
    for (const [theme, list] of Object.entries(others || {})) {
      if (theme === page.key) continue;
      for (const [key, label, title] of list) {
        if (own.some((row) => row.key === key)) found.push({ id: `${theme}.${key}`, label: `${title} · ${label}`, group: title });
      }
    }
    return found;
  }

  // The row of an id; that of another theme is read from the book.
  async function load(id) {
    const [theme, key] = id.includes(".") ? id.split(".") : [null, id];
    const here = rowOf(id);
    if (here) return here.exclusive || here.foreign ? here : null;
    const choice = choices().find((one) => one.id === id);
    if (!theme || !choice) return null;
    const spec = await nanyi.unpackTexts(nanyi.read(`t-${theme}-${language()}`));
    const wanted = [key, `${key}_grid`];
    for (const record of spec.records) if (record.meta.key === key && record.meta.of) wanted.push(record.meta.of); // it is painted from
    const before = nanyi.pending.length;
    for (const record of spec.records) {
      if (!wanted.includes(record.meta.key)) continue;
      const name = `ny-${theme}-${record.meta.key}`;
      const layer = record.reader === "layer";
      const meta = { ...record.meta, key: `${theme}.${record.meta.key}`, shown: false, exclusive: false };
      if (layer) Object.assign(meta, { name: choice.label, legendTitle: choice.label, group: "", order: `${theme}-${record.meta.order}`, level: record.meta.order });
      else Object.assign(meta, { name: choice.label, follows: choice.label });
      nanyi.known.set(name, { ...record, meta });
      if (layer) nanyi.layer(nanyi.map, name);
      else nanyi.grid(name);
    }
    await Promise.all(nanyi.pending.slice(before)); // this comparison itself may be pending
    const row = rowOf(id);
    if (row) row.foreign = true;
    const body = document.querySelector(".ny-legend-body");
    if (body) body.replaceWith(nanyi.legend(page));
    return row || null;
  }

  // Cuts the panes of a row to one side of the divider; null gives them back whole.
  function cut(row, left, share) {
    const map = nanyi.map;
    const size = map.getSize();
    const corner = map.containerPointToLayerPoint([0, 0]);
    const x = corner.x + size.x * share;
    const [from, to] = left ? [corner.x, x] : [x, corner.x + size.x];
    const box = `polygon(${[[from, corner.y], [to, corner.y], [to, corner.y + size.y], [from, corner.y + size.y]]
      .map((point) => point.map((value) => `${value.toFixed(1)}px`).join(" ")).join(",")})`;
    for (const part of row.parts) {
      const node = part.pane && map.getPane(part.pane);
      if (node) node.style.clipPath = share === null ? "" : box;
    }
  }

  function refresh() {
    if (!now || now.difference) return;
    cut(now.left, true, now.share);
    cut(now.right, false, now.share);
    const line = document.querySelector(".ny-divider");
    if (!line) return;
    line.style.left = `${(now.share * 100).toFixed(2)}%`;
    line.setAttribute("aria-valuenow", String(Math.round(now.share * 100)));
  }

  function put(row, on) {
    for (const part of row.parts) {
      if (on) part.group.addTo(nanyi.map);
      else part.group.remove();
    }
  }

  // The divider: drawn by the pointer, or moved with the arrow keys.
  function divider(words) {
    const line = el("div", {
      class: "ny-divider", role: "slider", tabindex: "0", "aria-label": words.divider, "aria-orientation": "horizontal",
      "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "50",
    }, el("span", { class: "ny-divider-left" }, now.names[0]), el("span", { class: "ny-divider-grip", "aria-hidden": "true" }, "◂▸"),
    el("span", { class: "ny-divider-right" }, now.names[1]));
    const move = (share) => { now.share = Math.min(1, Math.max(0, share)); refresh(); nanyi.state.note(); };
    line.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      line.focus({ preventScroll: true });
      line.setPointerCapture(event.pointerId);
      const box = nanyi.map.getContainer().getBoundingClientRect();
      const drag = (to) => move((to.clientX - box.left) / box.width);
      line.addEventListener("pointermove", drag);
      const drop = () => line.removeEventListener("pointermove", drag);
      line.addEventListener("pointerup", drop, { once: true });
      line.addEventListener("pointercancel", drop, { once: true });
    });
    line.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -STEP, ArrowRight: STEP, PageDown: -0.1, PageUp: 0.1, Home: -1, End: 1 };
      if (event.key === "Escape") stop(true);
      else if (event.key in steps) move(now.share + steps[event.key]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    for (const kind of ["click", "dblclick", "mousedown", "touchstart"]) L.DomEvent.on(line, kind, L.DomEvent.stopPropagation);
    return line;
  }

  function clear() {
    if (!now) return;
    const { left, right, overlay } = now;
    now = null;
    for (const row of [left, right]) cut(row, true, null);
    for (const row of [left, right]) if (row.foreign) put(row, false);
    if (overlay) overlay.remove();
    for (const node of document.querySelectorAll(".ny-divider, .ny-difference")) node.remove();
  }

  // Ends the comparison; `back` shows the left layer alone again.
  function stop(back) {
    turn += 1;
    if (now && !stopping) {
      stopping = true;
      const { left, right } = now;
      clear();
      if (back) {
        put(right, false);
        nanyi.show(home(left), true);
      }
      stopping = false;
      nanyi.state.note();
    }
    const bar = document.querySelector(".ny-compare");
    if (bar) bar.remove();
    const button = document.querySelector(".ny-tools [data-tool='compare']");
    if (button) button.setAttribute("aria-pressed", "false");
  }

  // Compares two layers by their ids; nothing happens where this page has not both.
  async function start(first, second, { share = 0.5, difference = false } = {}) {
    turn += 1;
    const mine = turn;
    const found = [await load(first), await load(second)];
    if (mine !== turn || !found[0] || !found[1] || found[0] === found[1]) return false;
    stopping = true;
    const before = now;
    clear();
    if (before) for (const row of [before.left, before.right]) if (!found.includes(row)) put(row, false);
    const [left, right] = found;
    const groups = found.map((row) => home(row).group);
    for (const row of rows()) if (row.exclusive && groups.includes(row.group)) put(row, false);
    const words = page.words;
    now = { ids: [first, second], left, right, share, difference: difference && nanyi.canDiffer(left, right), names: [left.name, right.name], overlay: null };
    if (now.difference) {
      const drawn = nanyi.difference(page, left, right);
      now.overlay = drawn.overlay.addTo(nanyi.map);
      const box = document.querySelector(".ny-legend-body");
      if (box) box.prepend(drawn.legend);
    } else {
      for (const row of found) put(row, true);
      nanyi.map.getContainer().append(divider(words));
      refresh();
    }
    stopping = false;
    nanyi.quietly(() => nanyi.follow());
    bar();
    nanyi.state.note();
    return true;
  }

  // What is compared, above the map.
  function bar() {
    const words = page.words;
    const options = choices();
    const old = document.querySelector(".ny-compare");
    const select = (value, label, change) => {
      const node = el("select", { "aria-label": label, onchange: (event) => change(event.target.value) });
      for (const choice of options) node.append(el("option", { value: choice.id, selected: choice.id === value }, choice.label));
      return node;
    };
    const [a, b] = now.ids;
    const again = (ids, more) => start(...ids, { share: now ? now.share : 0.5, difference: now ? now.difference : false, ...more });
    const mode = (difference, text) => el("label", {},
      el("input", {
        type: "radio", name: "ny-compare", checked: now.difference === difference,
        disabled: difference && !nanyi.canDiffer(now.left, now.right), onchange: () => again(now.ids, { difference }),
      }), el("span", {}, text));
    const node = el("div", { class: "ny-compare ny-scenario", role: "group", "aria-label": words.compare },
      el("span", { class: "ny-scenario-title" }, words.compare),
      select(a, words.left, (id) => again([id, now.ids[1]])), el("span", { "aria-hidden": "true" }, "↔"),
      select(b, words.right, (id) => again([now.ids[0], id])),
      mode(false, words.swipe), mode(true, words.difference),
      el("button", { type: "button", class: "ny-close", onclick: () => stop(true) }, words.close));
    if (old) old.replaceWith(node);
    else document.querySelector(".ny-map-top").append(node);
    const button = document.querySelector(".ny-tools [data-tool='compare']");
    if (button) button.setAttribute("aria-pressed", "true");
  }

  // The pair that is offered first: what shows now, and the next of its like.
  function pair() {
    const options = choices();
    const switched = page.switches.length ? page.switches[0].name : null;
    const shown = options.filter((one) => !one.id.includes(".") && nanyi.isOn(rowOf(one.id)));
    const first = shown.find((one) => one.group === switched) || shown[0] || options[0];
    const like = options.find((one) => one.id.endsWith(`.${first.id}`));
    const group = options.filter((one) => one.group === first.group);
    const next = group[(group.indexOf(first) + 1) % group.length];
    return first.group === switched || !like ? [first.id, next.id] : [first.id, like.id];
  }

  // Readies the button of the toolbar; it is hidden where there is nothing to compare.
  nanyi.compare = function (opened, button) {
    page = opened;
    button.dataset.tool = "compare";
    button.setAttribute("aria-pressed", "false");
    button.hidden = choices().length < 2;
    button.addEventListener("click", () => { if (now) stop(true); else start(...pair()); });
    nanyi.map.on("move zoom resize moveend", refresh);
    nanyi.map.on("layerremove", ({ layer }) => {
      if (now && !now.difference && !stopping && [now.left, now.right].some((row) => row.parts.some((part) => part.group === layer))) stop(false);
    });
    nanyi.map.on("layeradd", ({ layer }) => {
      if (!now || !now.difference || stopping) return;
      const row = rows().find((one) => one.parts.some((part) => part.group === layer));
      if (row && row.exclusive && row.group === now.left.group) stop(false);
    });
  };
  nanyi.fresh.push(() => { now = null; page = null; turn += 1; });

  const said = () => (now ? `${now.ids.join("|")}@${now.difference ? "difference" : Number(now.share.toFixed(3))}` : null);

  nanyi.swipe = {
    start, said,
    left: () => now && now.left,
    // Ends what an address no longer says, before its layers are shown; and starts what it says, after them.
    end(wanted) { if (now && wanted !== said()) stop(true); },
    follow(wanted) {
      const given = ADDRESS.exec(wanted || "");
      if (!given || wanted === said()) return;
      const difference = given[3] === "difference";
      nanyi.pending.push(start(given[1], given[2], { share: difference ? 0.5 : Number(given[3]), difference }));
    },
  };
})();
