"use strict";
// Above a table that asks for it: a search, a choice for each column named, and how many rows are left.
(function () {
  const el = nanyi.element;
  const FEW = 12; // choices that keep the order of the table; more are sorted

  const listed = (cell) => (cell.dataset.f === undefined ? cell.textContent : cell.dataset.f).split("\n").map((text) => text.trim()).filter(Boolean);

  function chooser(table, column, update) {
    const counts = new Map();
    for (const row of table.tBodies[0].rows) {
      for (const value of new Set(listed(row.cells[column]))) counts.set(value, (counts.get(value) || 0) + 1);
    }
    const values = [...counts.keys()];
    if (values.length > FEW) values.sort(new Intl.Collator(document.documentElement.lang, { numeric: true }).compare);
    const name = table.tHead.rows[0].cells[column].textContent;
    const select = el("select", { "aria-label": name, onchange: update }, el("option", { value: "" }, name),
      ...values.map((value) => el("option", { value }, `${value} (${counts.get(value)})`)));
    return { column, select };
  }

  nanyi.tableFilter = function (box, words) {
    const table = box.querySelector("table");
    if (!table || (table.dataset.filter === undefined && table.dataset.search === undefined)) return null;
    const all = [...table.tBodies[0].rows];
    const texts = new Map(all.map((row) => [row, [...row.cells].map((cell) => `${cell.textContent}\n${cell.dataset.f || ""}`).join("\n").toLowerCase()]));
    const count = el("output", { class: "ny-shown" });
    let wait = null;

    function update() {
      const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = choosers.filter(({ select }) => select.value);
      let left = 0;
      for (const row of all) {
        const fits = chosen.every(({ column, select }) => listed(row.cells[column]).includes(select.value))
          && wanted.every((word) => texts.get(row).includes(word));
        row.hidden = !fits;
        left += fits;
      }
      for (const { select } of choosers) select.classList.toggle("ny-chosen", Boolean(select.value));
      count.textContent = words.rows_shown.replace("{}", left).replace("{}", all.length);
      reset.hidden = left === all.length;
      none.hidden = left > 0;
      if (table.nanyiRoving) table.nanyiRoving();
    }
    function clear() {
      search.value = "";
      for (const { select } of choosers) select.value = "";
      update();
    }

    const search = el("input", {
      type: "search", placeholder: words.search_table, "aria-label": words.search_table, autocomplete: "off", spellcheck: "false",
      oninput: () => { clearTimeout(wait); wait = setTimeout(update, 120); },
    });
    const columns = (table.dataset.filter || "").split(",").filter(Boolean).map(Number);
    const choosers = columns.map((column) => chooser(table, column, update));
    const reset = el("button", { type: "button", hidden: true, onclick: () => { clear(); search.focus(); } }, words.all_rows);
    const none = el("p", { class: "ny-none-left", role: "status", hidden: true }, words.nothing);
    const bar = el("div", { class: "ny-filter", role: "search", "aria-label": words.search_table }, search, ...choosers.map(({ select }) => select), count, reset, none);
    update();
    return bar;
  };
})();
