"use strict";
// Tables sort by the heading that is pressed; a second press turns the order round.
nanyi.tables = function (words) {
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

// Above each table: show it large, and save it as CSV for a spreadsheet.
nanyi.tableTools = function (box, words) {
  const el = nanyi.element;
  const panel = box.closest("details");
  const title = panel ? panel.querySelector("summary").textContent : document.title;
  const place = document.createComment("");
  const large = () => {
    const close = el("button", { type: "button", onclick: () => dialog.close() }, words.close);
    const dialog = el("dialog", { class: "ny-dialog", "aria-label": title }, el("header", {}, el("h2", {}, title), close));
    box.replaceWith(place);
    dialog.append(box);
    dialog.addEventListener("close", () => { place.replaceWith(box); dialog.remove(); });
    document.body.append(dialog);
    dialog.showModal();
  };
  const save = () => {
    const quoted = (text) => `"${text.replace(/"/g, '""')}"`;
    const cell = (node) => {
      if (node.dataset.v !== undefined) return node.dataset.v === "NaN" ? "" : node.dataset.v;
      const text = node.textContent;
      return quoted(/^[=+\-@\t]/.test(text) ? `'${text}` : text); // a spreadsheet must not take a name for a formula
    };
    const lines = [...box.querySelectorAll("tr")].map((row) => [...row.cells].map(cell).join(","));
    const address = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    const name = title.replace(/[\\/:*?"<>|\s]+/g, "_").slice(0, 60);
    el("a", { href: address, download: `${name}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
  box.before(el("div", { class: "ny-table-tools" },
    window.HTMLDialogElement ? el("button", { type: "button", onclick: large }, words.enlarge) : null,
    el("button", { type: "button", onclick: save }, words.csv)));
};
