"use strict";
// Popups keep clear of the boxes on the map, as far as the map has room for both.
(function () {
  const LEAST = 320; // pixels that a popup may need across
  const TOP_LEFT = L.point(5, 5);
  const BOTTOM_RIGHT = L.point(5, 5); // Leaflet reads both each time a popup opens

  function keepClear(popup) {
    const map = nanyi.map;
    const holder = map.getContainer();
    const frame = holder.getBoundingClientRect();
    const box = (name) => {
      const node = holder.querySelector(name);
      return node && !node.hidden && node.offsetWidth ? node.getBoundingClientRect() : null;
    };
    const open = (name) => { const node = holder.querySelector(name); return node && node.open ? box(name) : null; };
    const [search, tools, layers, legend, readout] = [box(".ny-search"), box(".ny-tools"), open(".ny-layers"), open(".ny-legend"), box(".ny-readout")];
    let left = Math.max(5, legend ? legend.right - frame.left + 6 : 0);
    let right = Math.max(5, layers ? frame.right - layers.left + 6 : 0);
    const top = Math.max(5, search ? search.bottom - frame.top + 6 : 0, tools ? tools.bottom - frame.top + 6 : 0);
    if (frame.width - left - right < LEAST) left = 5;
    if (frame.width - left - right < LEAST) right = 5;
    if (frame.width - left - right < LEAST) left = 5;
    let bottom = readout && right < frame.right - readout.left ? frame.bottom - readout.top + 6 : 5;
    if (frame.height - top - bottom < 200) bottom = 5;
    TOP_LEFT.x = left;
    TOP_LEFT.y = top;
    BOTTOM_RIGHT.x = right;
    BOTTOM_RIGHT.y = bottom;
    if (popup) popup.options.maxHeight = Math.max(120, Math.min(320, frame.height - top - bottom - 40));
  }

  // Gives a layer a popup whose content is made when it opens.
  nanyi.bindPopup = function (item, content) {
    item.bindPopup(() => {
      keepClear(item.getPopup());
      return content();
    }, { maxWidth: 300, maxHeight: 320, autoPanPaddingTopLeft: TOP_LEFT, autoPanPaddingBottomRight: BOTTOM_RIGHT });
    return item;
  };
})();
