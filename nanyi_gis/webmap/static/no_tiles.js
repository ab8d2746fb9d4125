"use strict";
// In place of a tile layer: one without tiles, which the layer control does not list.
window.nanyiNoTiles = () => Object.assign(L.layerGroup(), { nanyiNone: true });
L.Map.mergeOptions({ maxZoom: 18 });
L.Control.Layers.include({
  _addLayer: (function (add) {
    return function (layer, name, overlay) {
      if (!layer.nanyiNone) add.call(this, layer, name, overlay);
    };
  })(L.Control.Layers.prototype._addLayer),
});
