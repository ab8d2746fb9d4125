"use strict";
// Says how old the day of a page's facts is by the reader's clock; the page itself holds the day alone, so that equal
// input gives equal bytes. A day ahead of the clock is left as it is.
nanyi.ages = function (words) {
  for (const node of document.querySelectorAll(".ny-age")) {
    const days = Math.floor((Date.now() - Date.parse(node.dataset.day)) / 86400000);
    if (!(days >= 0)) continue;
    const old = days > 365;
    node.append(nanyi.element("strong", { class: old ? "ny-stale" : null }, (old ? words.stale : words.age).replace("{}", days)));
  }
};
