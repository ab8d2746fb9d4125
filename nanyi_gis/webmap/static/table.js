"use strict";
// Tables sort by the heading that is pressed; a second press turns the order round.
nanyi.tables = function (given) {
  const told = document.querySelector("[data-words]"); // a page without a map has its words there
  const words = given || (told ? JSON.parse(told.dataset.words) : null);
  if (words) document.querySelectorAll(".ny-table").forEach((box) => nanyi.tableTools(box, words));
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  for (const table of document.querySelectorAll("table.ny-sortable")) {
    const body = table.tBodies[0];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const falling = head.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", falling ? "descending" : "ascending");
        const value = (row) => {
          const cell = row.cells[column];
          return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
        };
        const rows = [...body.rows].map((row, i) => [value(row), i, row]);
        rows.sort(([a, i], [b, j]) => {
          const missing = (a === "") - (b === "") || Number.isNaN(a) - Number.isNaN(b);
          if (missing) return missing;
          const order = typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
          return (falling ? -order : order) || i - j;
        });
        body.append(...rows.map(([, , row]) => row));
      });
    });
  }
};

// A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay. As io/formulas.py.
nanyi.isFormula = function (text) {
  if (text.startsWith("'") || /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text)) return false;
  const unseen = /["'`\u00b4\u2018-\u201f\u00ab\u00bb\u2032\u2033\uff02\uff07\u115f\u1160\u2800\u3164\uffa0\p{C}\p{Mn}\p{Me}\p{Z}\s]/u;
  const first = [...text].find((letter) => !unseen.test(letter)) || "";
  return /^[\t\r\n]/.test(text) || /^[=+\-@\u2212]/.test(first.normalize("NFKC"));
};

// What follows a semicolon, a tab or a line break would begin a cell where these part the cells.
nanyi.disarmed = function (text) {
  const [first, ...others] = text.replace(/\r\n?/g, "\n").split(/([;\t\n])/);
  const marked = others.map((part) => (!/^[;\t\n]$/.test(part) && nanyi.isFormula(part) ? `'${part}` : part));
  return (nanyi.isFormula(text) ? `'${first}` : first) + marked.join("");
};

// Above each table: show it large, and save it as CSV for a spreadsheet.
nanyi.tableTools = function (box, words) {
  const el = nanyi.element;
  const panel = box.closest("details");
  const title = panel ? panel.querySelector("summary").textContent : document.title;
  const place = document.createComment("");
  const filter = nanyi.tableFilter ? nanyi.tableFilter(box, words) : null;
  const large = () => {
    const close = el("button", { type: "button", onclick: () => dialog.close() }, words.close);
    const dialog = el("dialog", { class: "ny-dialog", "aria-label": title }, el("header", {}, el("h2", {}, title), close));
    box.replaceWith(place);
    if (filter) dialog.append(filter);
    dialog.append(box);
    dialog.addEventListener("close", () => {
      place.replaceWith(box);
      if (filter) box.before(filter);
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
  };
  const save = () => {
    const quoted = (text) => `"${text.replace(/"/g, '""')}"`;
    const cell = (node) => {
      const number = node.dataset.v;
      if (number !== undefined && Number.isFinite(Number(number))) {
        const { digits } = node.closest("table").tHead.rows[0].cells[node.cellIndex].dataset;
        return digits === undefined || Number.isInteger(Number(number)) ? number : Number(number).toFixed(Number(digits));
      }
      if (number === "NaN") return "";
      return quoted(nanyi.disarmed(node.textContent));
    };
    const lines = [...box.querySelectorAll("tr")].filter((row) => !row.hidden).map((row) => [...row.cells].map(cell).join(","));
    const address = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    const name = title.replace(/[\\/:*?"<>|\s]+/g, "_").slice(0, 60);
    el("a", { href: address, download: `${name}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
  box.before(el("div", { class: "ny-table-tools" },
    window.HTMLDialogElement ? el("button", { type: "button", onclick: large }, words.enlarge) : null,
    el("button", { type: "button", onclick: save }, words.csv)));
  if (filter) box.before(filter);
};

// A press on the first cell of a row that has a place brings the map there.
nanyi.zooms = function () {
  nanyi.listen(document, "click", (event) => {
    const button = event.target.closest && event.target.closest("[data-zoom]");
    if (!button) return;
    const [west, south, east, north] = button.dataset.zoom.split(",").map(Number);
    const dialog = button.closest("dialog");
    if (dialog) dialog.close();
    nanyi.map.fitBounds([[south, west], [north, east]], { maxZoom: 13, padding: [30, 30] });
    nanyi.map.getContainer().scrollIntoView({ block: "nearest" });
  });
};
