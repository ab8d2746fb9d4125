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

  // Opens a page on a map; resolves when everything on it has been read.
  nanyi.open = function (map, page) {
    nanyi.start(map, page);
    for (const record of page.records) place(map, record);
    return new Promise((resolve) => {
      const finish = () => nanyi.finish(page).then(() => { nanyi.readAhead(); resolve(); });
      if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", finish);
      else finish();
    });
  };

  // Opens the page that the document holds under an id.
  nanyi.begin = (map, id) => nanyi.open(map, nanyi.read(id));
})();
