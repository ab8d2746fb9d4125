"use strict";
// Opens a page: its map, then every layer, grid and profile in order, then what stands around them.
(function () {
  function place(map, [id, reader]) {
    if (reader !== "layer") {
      nanyi[reader](id);
      return;
    }
    const group = nanyi.layer(map, id);
    if (nanyi.parts[id].meta.shown) group.addTo(map);
  }

  // Opens the page that the document holds under an id, on a map that is there.
  nanyi.begin = function (map, id) {
    const page = nanyi.read(id);
    nanyi.start(map, page);
    for (const record of page.records) place(map, record);
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => nanyi.finish(page));
    else nanyi.finish(page);
  };
})();
