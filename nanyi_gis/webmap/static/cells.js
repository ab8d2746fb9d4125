"use strict";
// Grids of cells: written by _kernels/cells.py as decisions of one bit, each with the odds of its own context, and read
// here with the same sums. Cells are read when they are first asked for, and kept; canvases are never read.
(function () {
  const MISSING = -32768;
  const TABLE = 65521;
  const ROUGH = 256;
  const LEVELS = [1, 3, 6, 10, 16, 24, 34, 48, 70, 100, 150];
  const FINE = 16 + ROUGH * (LEVELS.length + 1);
  const RATES = Int32Array.from({ length: 60 }, (_, n) => Math.floor(131072 / (2 * n + 3)));
  const sources = new Map(); // by the key of the layer or grid that holds the cells
  let waiting = [];
  nanyi.fresh.push(() => { sources.clear(); waiting = []; });

  // Returns a function that reads the next decision in a context.
  function decisions(bytes, contexts) {
    const odds = new Uint16Array(contexts).fill(16384);
    const seen = new Uint8Array(contexts);
    let range = 4294967295;
    let code = ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
    let next = 4;
    return (at) => {
      const odd = odds[at];
      const times = seen[at];
      const bound = (range >>> 15) * odd;
      let bit = 0;
      if (times < 59) seen[at] = times + 1;
      if (code < bound) {
        range = bound;
        odds[at] = odd + (((32768 - odd) * RATES[times]) >> 16);
      } else {
        code -= bound;
        range -= bound;
        odds[at] = odd - ((odd * RATES[times]) >> 16);
        bit = 1;
      }
      while (range < 16777216) {
        range = (range << 8) >>> 0;
        code = ((code << 8) | bytes[next++]) >>> 0;
      }
      return bit;
    };
  }

  // Cells stand in wider rows, so that every one has neighbours.
  function trimmed(wide, width, height, stride, change) {
    const cells = new Int16Array(width * height);
    for (let row = 0; row < height; row++) {
      const from = (row + 2) * stride + 2;
      for (let column = 0; column < width; column++) cells[row * width + column] = change(wide[from + column]);
    }
    return cells;
  }

  function classes(bytes, width, height, codes) {
    const count = codes.length + 1; // 0 is missing
    const stride = width + 3;
    const wide = new Uint8Array(stride * (height + 2));
    const read = decisions(bytes, 4 * TABLE + 256 * count);
    const rest = (west) => {
      let node = 1;
      for (let i = 0; i < 8; i++) node = 2 * node + read(4 * TABLE + 256 * west + node);
      return node & 255;
    };
    for (let row = 0; row < height; row++) {
      for (let i = (row + 2) * stride + 2, end = i + width; i < end; i++) {
        const west = wide[i - 1];
        const north = wide[i - stride];
        const ahead = wide[i - stride + 1];
        const corner = wide[i - stride - 1];
        const context = 4 * (((west * count + north) * count + ahead) * count + corner)
          + (wide[i - 2] === west ? 2 : 0) + (wide[i - 2 * stride] === north ? 1 : 0);
        const at = 4 * (context % TABLE);
        if (!read(at)) wide[i] = west;
        else if (north !== west && !read(at + 1)) wide[i] = north;
        else if (ahead !== west && ahead !== north && !read(at + 2)) wide[i] = ahead;
        else if (corner !== west && corner !== north && corner !== ahead && !read(at + 3)) wide[i] = corner;
        else wide[i] = rest(west);
      }
    }
    const table = [MISSING, ...codes];
    return trimmed(wide, width, height, stride, (symbol) => table[symbol]);
  }

  function values(bytes, width, height, weights) {
    const stride = width + 3;
    const wide = new Int32Array(stride * (height + 2)).fill(MISSING);
    const off = [new Int32Array(width + 2), new Int32Array(width + 2)];
    const read = decisions(bytes, FINE + 320);
    const size = (base) => {
      let length = 0;
      while (read(base + 10 + length)) length++;
      let node = 1;
      for (let place = length - 1; place >= 0; place--) {
        node = 2 * node + read(node < 8 ? base + 32 + 8 * length + node : FINE + 16 * length + place);
      }
      return node;
    };
    for (let row = 0; row < height; row++) {
      const here = off[row & 1];
      const above = off[1 - (row & 1)];
      for (let column = 0; column < width; column++) {
        const i = (row + 2) * stride + 2 + column;
        let w = wide[i - 1];
        let n = wide[i - stride];
        let nw = wide[i - stride - 1];
        let ne = wide[i - stride + 1];
        const known = (w !== MISSING ? 1 : 0) + (n !== MISSING ? 2 : 0) + (nw !== MISSING ? 4 : 0) + (ne !== MISSING ? 8 : 0);
        here[column + 1] = 0;
        if (read(known)) continue;
        if (known !== 15) {
          const first = known & 1 ? w : known & 2 ? n : known & 4 ? nw : known & 8 ? ne : 0;
          if (!(known & 1)) w = first;
          if (!(known & 2)) n = first;
          if (!(known & 4)) nw = first;
          if (!(known & 8)) ne = first;
        }
        let told;
        if (weights.length) {
          const ww = wide[i - 2];
          const nn = wide[i - 2 * stride];
          const nne = wide[i - 2 * stride + 1];
          told = (128 + weights[0] * w + weights[1] * n + weights[2] * nw + weights[3] * ne + weights[4] * (ww === MISSING ? w : ww)
            + weights[5] * (nn === MISSING ? n : nn) + weights[6] * (nne === MISSING ? ne : nne)) >> 8;
        } else {
          const high = w > n ? w : n;
          const low = w > n ? n : w;
          told = nw >= high ? low : nw <= low ? high : w + n - nw;
        }
        const west = here[column];
        const north = above[column + 1];
        const rough = Math.abs(w - nw) + Math.abs(n - nw) + Math.abs(n - ne) + 2 * Math.abs(west) + Math.abs(north) + Math.abs(above[column + 2]);
        let level = 0;
        while (level < LEVELS.length && rough >= LEVELS[level]) level++;
        const base = 16 + ROUGH * level;
        let difference = 0;
        if (read(base)) {
          const signs = 3 * (west > 0 ? 1 : west < 0 ? 2 : 0) + (north > 0 ? 1 : north < 0 ? 2 : 0);
          const down = read(base + 1 + signs);
          difference = size(base);
          if (down) difference = -difference;
        }
        here[column + 1] = difference;
        wide[i] = told + difference;
      }
    }
    return trimmed(wide, width, height, stride, (value) => value);
  }

  function decode(meta, data) {
    const bytes = nanyi.bytes(data.cells);
    return data.codes ? classes(bytes, meta.width, meta.height, data.codes) : values(bytes, meta.width, meta.height, data.weights || []);
  }

  // Keeps what a layer or grid says of its cells, which other layers and grids of the page may show as well.
  nanyi.source = function (meta, data) {
    let cells = null;
    const source = { meta, get cells() { return cells || (cells = decode(meta, data)); }, get read() { return cells !== null; } };
    sources.set(meta.key, source);
    waiting.push(source);
    return source;
  };

  // The cells of another layer or grid; that of another theme has the theme before its key.
  nanyi.sourceOf = (meta) => sources.get(`${meta.key.includes(".") ? meta.key.slice(0, meta.key.indexOf(".") + 1) : ""}${meta.of}`);

  // Reads one grid after the other while the page has nothing else to do.
  nanyi.readAhead = function () {
    const later = window.requestIdleCallback || ((action) => setTimeout(action, 60));
    const next = () => {
      const source = waiting.find((one) => !one.read);
      if (!source) return;
      void source.cells;
      later(next);
    };
    later(next);
  };

  // Index of the cell at a place, -1 outside the grid.
  function indexAt({ extent: [left, bottom, right, top], width, height }, latlng) {
    const point = L.CRS.EPSG3857.project(latlng);
    const column = Math.floor(((point.x - left) / (right - left)) * width);
    const row = Math.floor(((top - point.y) / (top - bottom)) * height);
    return column < 0 || row < 0 || column >= width || row >= height ? -1 : row * width + column;
  }

  const upTo = (breaks, value) => breaks.filter((edge) => edge <= value).length;

  // The raw value of a grid at a place, null outside it or where there is no data; with breaks, how many it reaches.
  nanyi.valueAt = function (grid, latlng) {
    const source = grid.source || nanyi.sourceOf(grid.meta);
    const i = source ? indexAt(source.meta, latlng) : -1;
    if (i < 0 || source.cells[i] === MISSING) return null;
    const value = source.cells[i] * source.meta.step + source.meta.offset;
    return grid.meta.breaks ? upTo(grid.meta.breaks, value) : value;
  };

  // The colours of all cells as four bytes each, by their values.
  function coloured(source, { palette, breaks }) {
    const bytes = new Uint8Array(4 * 65536);
    const colours = new Map(Object.entries(palette).map(([code, colour]) => [Number(code), colour]));
    for (let cell = -32767; cell < 32768; cell++) {
      const value = cell * source.meta.step + source.meta.offset;
      const colour = colours.get(breaks ? upTo(breaks, value) : value);
      if (colour) bytes.set(colour, 4 * (cell & 65535));
    }
    const table = new Uint32Array(bytes.buffer);
    return (pixels) => { source.cells.forEach((cell, i) => { pixels[i] = table[cell & 65535]; }); };
  }

  // An image of cells, painted when it is first on the map.
  const Painted = L.ImageOverlay.extend({
    initialize(source, paint, options) {
      const { extent: [left, bottom, right, top] } = source.meta;
      const corner = (x, y) => L.CRS.EPSG3857.unproject(L.point(x, y));
      L.ImageOverlay.prototype.initialize.call(this, "", L.latLngBounds(corner(left, bottom), corner(right, top)), options);
      this._source = source;
      this._paint = paint;
    },
    _initImage() {
      const { width, height } = this._source.meta;
      const canvas = this._image = L.DomUtil.create("canvas", `leaflet-image-layer leaflet-zoom-animated ${this.options.className}`);
      canvas.width = width;
      canvas.height = height;
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.options.alt);
      const pen = canvas.getContext("2d");
      const image = pen.createImageData(width, height);
      coloured(this._source, this._paint)(new Uint32Array(image.data.buffer));
      pen.putImageData(image, 0, 0);
    },
  });
  nanyi.painted = (source, paint, options) => new Painted(source, paint, options);
})();
