"use strict";
// Tables sort by the heading that is pressed; a second press turns the order round.
nanyi.tables = function () {
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
