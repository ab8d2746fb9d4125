"use strict";
// Layers of very many points or lines: drawn on one canvas each, one path a class, and looked up under the pointer.
(function () {
  const el = nanyi.element;
  const NEAR = 4; // pixels beside a symbol or a line that still mean it
  const CHUNK = 20000; // vertices of one path
  const LABELS = 250; // names on one view
  const OVER = ".leaflet-marker-icon, .leaflet-popup, .leaflet-control, .ny-divider";
  const MOST = 16e6; // dots of a canvas

  // Dots of the canvas a pixel: more on paper and on fine screens, as far as there is room.
  function dots({ x, y }) {
    const wanted = document.documentElement.classList.contains("ny-print") ? 3 : window.devicePixelRatio > 1 ? 2 : 1;
    return Math.max(1, Math.min(wanted, Math.floor(Math.sqrt(MOST / (x * y)))));
  }

  // Longitude and latitude as shares of the Web Mercator square, from differences in 1e-5 degrees.
  function places(xy) {
    const count = xy.length / 2;
    const x = new Float64Array(count);
    const y = new Float64Array(count);
    let east = 0;
    let north = 0;
    for (let i = 0; i < count; i++) {
      east += xy[2 * i];
      north += xy[2 * i + 1];
      x[i] = east / 36e6 + 0.5;
      const sine = Math.sin((north * Math.PI) / 18e6);
      y[i] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    }
    return { x, y };
  }

  // First vertex of each line and first line of each feature, with an end.
  function sums(counts) {
    const first = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) first[i + 1] = first[i] + counts[i];
    return first;
  }

  function boxes({ x, y, lines, owners }) {
    const box = new Float64Array(4 * (owners.length - 1));
    for (let i = 0; i + 1 < owners.length; i++) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let k = lines[owners[i]]; k < lines[owners[i + 1]]; k++) {
        if (x[k] < left) left = x[k];
        if (x[k] > right) right = x[k];
        if (y[k] < top) top = y[k];
        if (y[k] > bottom) bottom = y[k];
      }
      box[4 * i] = left;
      box[4 * i + 1] = top;
      box[4 * i + 2] = right;
      box[4 * i + 3] = bottom;
    }
    return box;
  }

  // What stands for a feature where the page asks for one: search, cards, popups.
  const Feature = L.Layer.extend({
    initialize(canvas, i) {
      this._canvas = canvas;
      this._i = i;
    },
    onAdd() {},
    onRemove() {},
    getElement() { return null; }, // the canvas draws it
    getPopup() {
      if (!this._popup) this._canvas.bind(this, this._i);
      return this._popup;
    },
    openPopup(at) {
      if (!this.getPopup()) return this;
      if (!this._map) this.addTo(nanyi.map);
      this._canvas.opened = this;
      return L.Layer.prototype.openPopup.call(this, at || this.getLatLng());
    },
  });
  const Spot = Feature.extend({ getLatLng() { return this._canvas.latLng(this._i); } });
  const Way = Feature.extend({
    getLatLngs() {
      const { lines, owners } = this._canvas.shape;
      return Array.from({ length: owners[this._i + 1] - owners[this._i] }, (_, k) => {
        const line = owners[this._i] + k;
        return Array.from({ length: lines[line + 1] - lines[line] }, (__, m) => this._canvas.latLng(lines[line] + m));
      });
    },
    getBounds() { return L.latLngBounds(this.getLatLngs().flat()); },
    getCenter() {
      const [way] = this.getLatLngs();
      return way[way.length >> 1];
    },
    getLatLng() { return this.getCenter(); },
  });

  const Drawn = L.Renderer.extend({
    options: { padding: 0.15 },
    initialize(part, record, options, bind) {
      L.Renderer.prototype.initialize.call(this, options);
      this.part = part;
      this.meta = part.meta;
      this.record = record;
      this.bind = bind;
      this.xy = record.xy;
      this.shape = places(record.xy);
      this.isLines = part.meta.kind === "lines";
      if (this.isLines) {
        Object.assign(this.shape, { lines: sums(record.n), owners: sums(record.p) });
        this.shape.box = boxes(this.shape);
      }
      const Kind = this.isLines ? Way : Spot;
      this.features = Array.from({ length: record.c.length }, (_, i) => new Kind(this, i));
    },

    // Points of one and the same place, the fullest places first.
    shared() {
      const byPlace = new Map();
      const { x, y } = this.shape;
      for (let i = 0; i < x.length; i++) {
        const key = `${x[i]} ${y[i]}`;
        if (byPlace.has(key)) byPlace.get(key).push(i);
        else byPlace.set(key, [i]);
      }
      return [...byPlace.values()].filter((members) => members.length > 1).sort((a, b) => b.length - a.length);
    },

    // As exact as the page has it: whole 1e-5 degrees.
    latLng(k) {
      if (!this._degrees) {
        this._degrees = new Int32Array(this.xy.length);
        for (let i = 0; i < this.xy.length; i++) this._degrees[i] = this.xy[i] + (i > 1 ? this._degrees[i - 2] : 0);
      }
      return L.latLng(this._degrees[2 * k + 1] / 1e5, this._degrees[2 * k] / 1e5);
    },

    _initContainer() {
      this._container = el("canvas", { role: "img", "aria-label": this.meta.name });
      this._container.style.pointerEvents = "none";
      this._last = null;
      watch(this._map);
    },
    _destroyContainer() {
      this._container.remove();
      delete this._container;
    },
    onRemove() {
      L.Renderer.prototype.onRemove.call(this);
      if (this.opened) this.opened.remove(); // its popup closes with it
      forget(this);
    },
    _updatePaths() {},

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds;
      const size = this._bounds.getSize();
      const times = dots(size);
      const now = [this._zoom, min.x, min.y, size.x, size.y, ...Object.values(this._map.getPixelOrigin()), times].join();
      const again = now !== this._last; // Leaflet asks more than once for the same view
      this._last = now;
      L.DomUtil.setPosition(this._container, min);
      if (!again) return;
      this._container.width = times * size.x;
      this._container.height = times * size.y;
      this._container.style.width = `${size.x}px`;
      this._container.style.height = `${size.y}px`;
      const pen = this._container.getContext("2d");
      pen.setTransform(times, 0, 0, times, -times * min.x, -times * min.y);
      const view = { ...this.view(), times };
      const labelled = this.isLines ? this.drawLines(pen, view) : this.drawPoints(pen, view);
      if (this.meta.always && this.record.label && this._map.getZoom() >= (this.meta.labelZoom || 0)) this.drawLabels(pen, labelled);
    },

    // From shares of the Mercator square to pixels of the layers, and the part that is drawn.
    view() {
      const scale = L.CRS.EPSG3857.scale(this._map.getZoom());
      const { x: left, y: top } = this._map.getPixelOrigin();
      const { min, max } = this._bounds;
      return { scale, left, top, west: min.x, north: min.y, east: max.x, south: max.y };
    },

    drawPoints(pen, { scale, left, top, west, north, east, south, times }) {
      const { x, y } = this.shape;
      const stamps = this.meta.classes.map((style) => stamp(style, times));
      const width = Math.ceil(east - west) + 1;
      const taken = new Uint8Array(width * (Math.ceil(south - north) + 1)); // one point of a class a pixel is enough
      const drawn = [];
      this.record.c.forEach((c, i) => {
        const px = x[i] * scale - left;
        const py = y[i] * scale - top;
        if (!(px > west && px < east && py > north && py < south)) return;
        const at = Math.floor(py - north) * width + Math.floor(px - west);
        drawn.push([i, px, py]);
        if (taken[at] === c + 1) return;
        taken[at] = c + 1;
        const { image, half } = stamps[c];
        pen.drawImage(image, Math.round((px - half) * times) / times, Math.round((py - half) * times) / times, 2 * half, 2 * half);
      });
      return drawn;
    },

    drawLines(pen, view) {
      const { scale, left, top } = view;
      const { box } = this.shape;
      const seen = [];
      const byClass = this.meta.classes.map(() => []);
      this.record.c.forEach((c, i) => {
        if (box[4 * i] * scale - left > view.east || box[4 * i + 2] * scale - left < view.west) return;
        if (box[4 * i + 1] * scale - top > view.south || box[4 * i + 3] * scale - top < view.north) return;
        byClass[c].push(i);
        if (this.meta.always) {
          seen.push([i, ((box[4 * i] + box[4 * i + 2]) / 2) * scale - left, ((box[4 * i + 1] + box[4 * i + 3]) / 2) * scale - top]);
        }
      });
      pen.lineJoin = "round";
      for (let c = byClass.length - 1; c >= 0; c--) { // the first of the legend lies on top
        const style = this.meta.classes[c];
        if (style.casing) this.stroke(pen, byClass[c], view, { color: style.casing, weight: style.weight + 2 });
        this.stroke(pen, byClass[c], view, style);
      }
      return seen;
    },

    stroke(pen, features, { scale, left, top }, style) {
      const { x, y, lines, owners } = this.shape;
      pen.strokeStyle = style.color;
      pen.lineWidth = style.weight;
      pen.globalAlpha = style.opacity ?? 1;
      pen.lineCap = style.dash ? "butt" : "round";
      pen.setLineDash(style.dash ? style.dash.split(/[\s,]+/).map(Number) : []);
      let count = 0;
      pen.beginPath();
      for (const i of features) {
        for (let line = owners[i]; line < owners[i + 1]; line++) {
          const end = lines[line + 1];
          let px = x[lines[line]] * scale - left;
          let py = y[lines[line]] * scale - top;
          pen.moveTo(px, py);
          for (let k = lines[line] + 1; k < end; k++) {
            const qx = x[k] * scale - left;
            const qy = y[k] * scale - top;
            if (k + 1 < end && Math.abs(qx - px) + Math.abs(qy - py) < 1) continue; // too near to be seen
            pen.lineTo(qx, qy);
            px = qx;
            py = qy;
            count += 1;
          }
        }
        if (count > CHUNK) {
          pen.stroke();
          pen.beginPath();
          count = 0;
        }
      }
      pen.stroke();
      pen.globalAlpha = 1;
      pen.setLineDash([]);
    },

    // Names where they do not meet; those of the first features come first.
    drawLabels(pen, seen) {
      pen.font = `12px ${getComputedStyle(this._map.getContainer()).fontFamily}`;
      pen.textBaseline = "middle";
      pen.lineWidth = 3;
      pen.lineJoin = "round";
      pen.strokeStyle = "#fff";
      pen.fillStyle = "#20313f";
      const taken = [];
      for (const [i, x, y] of seen) {
        const text = this.record.label[i];
        if (!text || taken.length >= LABELS) continue;
        const gap = this.isLines ? 0 : this.meta.classes[this.record.c[i]].radius + 4;
        const box = [x + gap, y - 8, x + gap + pen.measureText(text).width, y + 8];
        if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
        taken.push(box);
        pen.strokeText(text, box[0], y);
        pen.fillText(text, box[0], y);
      }
    },

    // The feature at a point of the layers, or null.
    find({ x: px, y: py }) {
      const { scale, left, top } = this.view();
      return this.isLines ? this.findLine(px, py, scale, left, top) : this.findPoint(px, py, scale, left, top);
    },

    findPoint(px, py, scale, left, top) {
      const { x, y } = this.shape;
      const { c } = this.record;
      const reach = this.meta.classes.map((style) => style.radius + NEAR);
      let best = null;
      let least = Infinity;
      for (let i = c.length - 1; i >= 0; i--) {
        const dx = x[i] * scale - left - px;
        const dy = y[i] * scale - top - py;
        const far = dx * dx + dy * dy;
        if (far < least && far <= reach[c[i]] * reach[c[i]]) {
          least = far;
          best = i;
        }
      }
      return best;
    },

    findLine(px, py, scale, left, top) {
      const { x, y, lines, owners, box } = this.shape;
      const { c } = this.record;
      const reach = this.meta.classes.map((style) => style.weight / 2 + NEAR);
      let best = null;
      let least = Infinity;
      for (let i = 0; i < c.length; i++) {
        const edge = reach[c[i]];
        if (px + edge < box[4 * i] * scale - left || px - edge > box[4 * i + 2] * scale - left) continue;
        if (py + edge < box[4 * i + 1] * scale - top || py - edge > box[4 * i + 3] * scale - top) continue;
        for (let line = owners[i]; line < owners[i + 1]; line++) {
          for (let k = lines[line] + 1; k < lines[line + 1]; k++) {
            const ax = x[k - 1] * scale - left - px;
            const ay = y[k - 1] * scale - top - py;
            const dx = (x[k] - x[k - 1]) * scale;
            const dy = (y[k] - y[k - 1]) * scale;
            const length = dx * dx + dy * dy;
            const share = length ? Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length)) : 0;
            const far = Math.hypot(ax + share * dx, ay + share * dy);
            if (far <= edge && far < least) {
              least = far;
              best = i;
            }
          }
        }
      }
      return best;
    },
  });

  // A symbol, drawn once.
  function stamp(style, times) {
    const half = Math.ceil(style.radius * 1.4 + style.weight + 1);
    const image = el("canvas", { width: 2 * half * times, height: 2 * half * times });
    const pen = image.getContext("2d");
    pen.scale(times, times);
    pen.translate(half, half);
    const path = new Path2D(nanyi.outline(style.shape, style.radius));
    pen.fillStyle = style.fill;
    pen.fill(path);
    pen.strokeStyle = style.color;
    pen.lineWidth = style.weight;
    pen.stroke(path);
    return { image, half };
  }

  // ---- the pointer ---------------------------------------------------------------------------

  const watched = new WeakSet();
  let tip = null;
  let tipped = null;

  function drawnOn(map) {
    const found = Object.values(nanyi.parts).map((part) => part.drawn).filter((drawn) => drawn && map.hasLayer(drawn));
    return found.sort((a, b) => heightOf(b.part.pane) - heightOf(a.part.pane));
  }
  const heightOf = (pane) => Number(nanyi.map.getPane(pane).style.zIndex) || 0;

  // The uppermost feature under the pointer, unless something else lies over it there.
  function under(map, event) {
    const node = event.target;
    if (!node.closest || node.closest(OVER) || map.getContainer().classList.contains("ny-measuring")) return null;
    const path = node.closest(".leaflet-interactive");
    const pane = path && path.closest(".leaflet-pane");
    const above = pane ? Number(getComputedStyle(pane).zIndex) || 0 : -1;
    const at = map.mouseEventToLayerPoint(event);
    for (const drawn of drawnOn(map)) {
      if (heightOf(drawn.part.pane) < above) return null;
      const i = drawn.find(at);
      if (i !== null) return { drawn, i, at };
    }
    return null;
  }

  function hush() {
    if (tip) tip.remove();
    tip = null;
    tipped = null;
  }

  function forget(drawn) {
    if (tipped && tipped.drawn === drawn) hush();
  }

  function show(map, found) {
    map.getContainer().classList.toggle("ny-over", Boolean(found));
    const label = found && !found.drawn.meta.always && found.drawn.record.label && found.drawn.record.label[found.i];
    if (!label) return hush();
    if (tipped && tipped.drawn === found.drawn && tipped.i === found.i && !found.drawn.isLines) return;
    hush();
    tipped = found;
    const at = found.drawn.isLines ? map.layerPointToLatLng(found.at) : found.drawn.features[found.i].getLatLng();
    tip = L.tooltip({ direction: "top", offset: [0, -4] }).setLatLng(at).setContent(el("span", {}, label)).addTo(map);
  }

  function watch(map) {
    if (watched.has(map)) return;
    watched.add(map);
    const holder = map.getContainer();
    let last = null;
    holder.addEventListener("mousemove", (event) => {
      if (!last) requestAnimationFrame(() => {
        const moved = last;
        last = null;
        if (map === nanyi.map && !event.buttons) show(map, under(map, moved));
      });
      last = event;
    }, true);
    holder.addEventListener("mouseleave", () => show(map, null));
    holder.addEventListener("click", (event) => {
      if (map.dragging && map.dragging.moved()) return;
      const found = under(map, event);
      if (!found) return;
      const feature = found.drawn.features[found.i];
      if (!feature.getPopup()) return;
      event.stopPropagation();
      hush();
      map.fire("preclick", { latlng: map.layerPointToLatLng(found.at), layerPoint: found.at, originalEvent: event });
      feature.openPopup(found.drawn.isLines ? map.layerPointToLatLng(found.at) : undefined);
    }, true);
  }

  // Adds a layer of lines or points to its part; `bind` gives a feature its popup when it is first asked for.
  nanyi.drawMany = function (part, record, options, bind) {
    const drawn = part.drawn = new Drawn(part, record, options, bind);
    part.group.addLayer(drawn);
    part.items = drawn.features;
  };
})();
