"use strict";
// Layers of data on the map. Names and values only ever become text nodes.
(function () {
  const el = nanyi.element;
  const SVG = "http://www.w3.org/2000/svg";
  const MARKS = 300; // places with several points of a layer that are drawn together
  const MOST_SEARCHED = 5000; // features of a layer without names whose other texts are searched

  // The outline of a point symbol around 0,0 with the given radius.
  const OUTLINES = {
    circle: (r) => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`,
    square: (r) => `M${-r * 0.9},${-r * 0.9}H${r * 0.9}V${r * 0.9}H${-r * 0.9}Z`,
    triangle: (r) => `M0,${-r * 1.15}L${r * 1.1},${r * 0.8}H${-r * 1.1}Z`,
    diamond: (r) => `M0,${-r * 1.2}L${r * 1.2},0L0,${r * 1.2}L${-r * 1.2},0Z`,
    star: (r) => {
      let path = "";
      for (let i = 0; i < 10; i++) {
        const reach = i % 2 ? r * 0.58 : r * 1.35;
        const angle = (Math.PI * i) / 5;
        path += `${i ? "L" : "M"}${(reach * Math.sin(angle)).toFixed(2)},${(-reach * Math.cos(angle)).toFixed(2)}`;
      }
      return path + "Z";
    },
  };

  nanyi.outline = (name, radius) => (OUTLINES[name] || OUTLINES.circle)(radius);

  function shape(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
    return node;
  }

  nanyi.symbol = function (style, kind, width, height) {
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    if (kind === "points") {
      const path = shape("path", {
        d: nanyi.outline(style.shape, Math.min(style.radius, height / 2 - 1.5)),
        transform: `translate(${width / 2},${height / 2})`,
        fill: style.fill, stroke: style.color, "stroke-width": style.weight,
      });
      svg.append(path);
    } else if (kind === "lines") {
      const line = { x1: 0, x2: width, y1: height / 2, y2: height / 2, fill: "none", "stroke-linecap": "butt" };
      if (style.casing) svg.append(shape("line", { ...line, stroke: style.casing, "stroke-width": style.weight + 2 }));
      svg.append(shape("line", {
        ...line, stroke: style.color, "stroke-width": style.weight, "stroke-dasharray": style.dash || null,
      }));
    } else {
      svg.append(shape("rect", {
        x: 1, y: 1, width: width - 2, height: height - 2, rx: 1.5,
        fill: style.fill || "none", "fill-opacity": style.fillOpacity ?? 1,
        stroke: style.color || "none", "stroke-width": style.color ? Math.min(style.weight, 2) : 0,
        "stroke-dasharray": style.dash || null,
      }));
    }
    return svg;
  };

  function popup(meta, data, i) {
    const box = el("div", { class: "ny-popup" });
    if (data.label && data.label[i]) box.append(el("h3", {}, data.label[i]));
    const list = el("dl");
    meta.popup.forEach((label, k) => {
      const value = data.values[k][i];
      if (value !== "") list.append(el("dt", {}, label), el("dd", {}, value));
    });
    if (list.children.length) box.append(list);
    if (data.items && data.items[i]) box.append(nanyi.itemLinks(data.items[i]));
    if (data.source && data.source[i] >= 0) box.append(el("p", { class: "ny-source", title: (data.raw && data.raw[data.source[i]]) || null }, data.sources[data.source[i]]));
    return box;
  }

  function circleOf(item, metres, colour) {
    return L.circle(item.getLatLng(), {
      radius: metres, color: colour, weight: 1.5, dashArray: "4 4", fillOpacity: 0.07, interactive: false,
    });
  }

  function attach(item, meta, data, i, part) {
    item.nanyi = { part, i };
    if (data.label && data.label[i] && !meta.always) {
      item.bindTooltip(() => el("span", {}, data.label[i]), { sticky: meta.kind !== "points", direction: "top" });
    }
    bindCard(item, meta, data, i);
    remember(item, meta, data, i, part);
  }

  // What a click on a feature shows.
  function bindCard(item, meta, data, i) {
    if (meta.popup.length || (data.source && data.source[i] >= 0) || (data.items && data.items[i])) {
      nanyi.bindPopup(item, () => popup(meta, data, i));
      const metres = data.uncertainty && data.uncertainty[i];
      if (metres > 0) {
        let circle = null;
        item.on("popupopen", () => { circle = circleOf(item, metres, "#8a4b00").addTo(nanyi.map); });
        item.on("popupclose", () => { if (circle) circle.remove(); circle = null; });
      }
    }
  }

  // What the search finds.
  function remember(item, meta, data, i, part) {
    const words = searchedBy(meta, data, i);
    if (words.length) nanyi.places.push({ label: words[0], words: words.map((word) => word.toLowerCase()), item, part });
  }

  // The words that find a feature: its label and further names; of one without a label the texts of its popup.
  function searchedBy(meta, data, i) {
    if (data.label) {
      return data.label[i] ? [data.label[i], ...(data.search ? data.search.map((column) => column[i]) : [])].filter(Boolean) : [];
    }
    if (meta.features > MOST_SEARCHED) return [];
    const texts = meta.popup.map((_, k) => data.values[k][i]).filter((text) => text && text.length <= 80 && /[^\d\s.,%+-]/.test(text));
    return [...new Set(texts)].slice(0, 4);
  }

  function stroke(style) {
    return {
      color: style.color, weight: style.weight, opacity: style.opacity ?? 1, dashArray: style.dash || null,
      lineCap: style.dash ? "butt" : "round", lineJoin: "round",
    };
  }

  // The icon of a class of points; its symbol is drawn for each point that comes onto the map.
  const SymbolIcon = L.DivIcon.extend({
    initialize(style) {
      this.style = style;
      this.size = Math.ceil(style.radius * 2.7 + 4);
      L.setOptions(this, { iconSize: [this.size, this.size], className: "ny-point", popupAnchor: [0, -style.radius] });
    },
    createIcon(old) {
      this.options.html = nanyi.symbol(this.style, "points", this.size, this.size);
      return L.DivIcon.prototype.createIcon.call(this, old);
    },
  });

  const BUILD = {
    lines(meta, data, options, part) {
      const take = nanyi.vertices(data.xy);
      let line = 0;
      data.p.forEach((count, i) => {
        const parts = [];
        for (let k = 0; k < count; k++) parts.push(take(data.n[line++]));
        const style = meta.classes[data.c[i]];
        if (style.casing) {
          part.group.addLayer(L.polyline(parts, {
            ...options, ...stroke(style), color: style.casing, weight: style.weight + 2, dashArray: null,
            interactive: false,
          }));
        }
        const item = L.polyline(parts, { ...options, ...stroke(style) });
        attach(item, meta, data, i, part);
        part.group.addLayer(item);
        part.items.push(item);
      });
    },
    // Very many lines or points that are not drawn together.
    many(meta, data, options, part) {
      nanyi.drawMany(part, data, options, (item, i) => {
        item.nanyi = { part, i };
        bindCard(item, meta, data, i);
      });
      part.items.forEach((item, i) => {
        remember(item, meta, data, i, part);
        const metres = data.uncertainty && data.uncertainty[i];
        if (metres > 0) part.circles.push([item, metres]);
      });
      if (meta.kind !== "points") return;
      for (const members of part.drawn.shared().slice(0, MARKS)) {
        for (const i of members) {
          nanyi.addMark(part.items[i], part, (data.label && data.label[i]) || meta.name, meta.classes[data.c[i]]);
        }
      }
    },
    polygons(meta, data, options, part) {
      const take = nanyi.vertices(data.xy);
      let ring = 0;
      let polygon = 0;
      data.p.forEach((count, i) => {
        const parts = [];
        for (let k = 0; k < count; k++) {
          const rings = [];
          for (let m = 0; m < data.r[polygon]; m++) rings.push(take(data.n[ring++]));
          polygon++;
          parts.push(rings);
        }
        const style = meta.classes[data.c[i]];
        const item = L.polygon(parts, {
          ...options, ...stroke(style), stroke: style.weight > 0, fill: style.fill !== null,
          fillColor: style.fill, fillOpacity: style.fillOpacity,
        });
        attach(item, meta, data, i, part);
        part.group.addLayer(item);
        part.items.push(item);
      });
    },
    points(meta, data, options, part) {
      const take = nanyi.vertices(data.xy);
      const icons = meta.classes.map((style) => new SymbolIcon(style));
      const target = meta.cluster ? L.markerClusterGroup({ maxClusterRadius: 44, showCoverageOnHover: false }) : part.group;
      data.c.forEach((c, i) => {
        const [at] = take(1);
        const style = meta.classes[c];
        const label = (data.label && data.label[i]) || meta.name;
        const item = L.marker(at, { icon: icons[c], pane: options.pane, alt: label, keyboard: true });
        item.on("add", () => {
          const node = item.getElement();
          if (node) node.setAttribute("aria-label", label);
        });
        attach(item, meta, data, i, part);
        target.addLayer(item);
        if (!meta.cluster) nanyi.addMark(item, part, (data.label && data.label[i]) || meta.name, style);
        part.items.push(item);
        const metres = data.uncertainty && data.uncertainty[i];
        if (metres > 0) part.circles.push([item, metres]);
      });
      if (meta.cluster) part.group.addLayer(target);
    },
  };

  function pane(map, name, order, clickThrough) {
    const node = map.getPane(name) || map.createPane(name);
    node.style.zIndex = order;
    if (clickThrough) node.style.pointerEvents = "none";
    return name;
  }

  function raster(map, meta, data, part) {
    part.pane = pane(map, `ny-${meta.order}`, 210 + (meta.level || meta.order), true);
    const options = { opacity: meta.opacity, pane: part.pane, className: meta.crisp ? "ny-crisp" : "ny-smooth", alt: meta.name };
    if (data.image) {
      const [west, south, east, north] = data.bounds;
      part.group.addLayer(L.imageOverlay(data.image, [[south, west], [north, east]], options));
      return;
    }
    const own = data.cells ? nanyi.source(meta, data) : null;
    const source = () => own || nanyi.sourceOf(meta);
    const put = () => part.group.addLayer(nanyi.painted(source(), data, options));
    if (source()) put();
    else nanyi.pending.push(Promise.resolve().then(put)); // the grid comes later in the page
  }

  // Makes a layer of the record with this id and returns it; it fills once its data are unpacked.
  nanyi.layer = function (map, id) {
    const { meta, texts, data } = nanyi.record(id);
    const part = { id, meta, group: L.layerGroup(), items: [], circles: [], labels: [], ids: null };
    nanyi.parts[id] = part;
    const key = `${meta.group || ""}\u0001${meta.name}`;
    if (!nanyi.rows.has(key)) {
      nanyi.rows.set(key, { key: meta.key, name: meta.name, group: meta.group || "", exclusive: meta.exclusive, parts: [] });
    }
    nanyi.rows.get(key).parts.push(part);
    if (meta.kind === "raster") {
      raster(map, meta, data, part);
    } else {
      const packed = data.z || texts.z;
      if (packed && !window.DecompressionStream) {
        nanyi.tooOld = true;
        return part.group;
      }
      const fill = (record) => {
        part.ids = record.id || null;
        part.of = record.items || null;
        const big = meta.vertices > 40000 || meta.features > 2500;
        const points = meta.kind === "points";
        const many = points ? meta.features > 1500 && !meta.cluster : big && meta.kind === "lines";
        const canvas = big && meta.kind === "polygons";
        const options = {
          pane: canvas ? pane(map, "ny-canvas", 390) : pane(map, `ny-${meta.order}`, 400 + (meta.level || meta.order) + (points ? 100 : 0)),
        };
        part.pane = options.pane;
        part.codes = record.c;
        if (many) {
          BUILD.many(meta, record, options, part);
          return;
        }
        if (canvas) options.renderer = nanyi.canvas = nanyi.canvas || L.canvas({ pane: "ny-canvas", tolerance: 4 });
        else if (!points) options.renderer = L.svg({ pane: options.pane });
        BUILD[meta.kind](meta, record, options, part);
        if (meta.always && record.label) nanyi.addLabels(part, record.label);
      };
      if (packed) nanyi.pending.push(Promise.all([nanyi.unpack(data), nanyi.unpackTexts(texts)]).then(([d, t]) => fill({ ...d, ...t })));
      else fill({ ...data, ...texts });
    }
    return part.group;
  };

  // Value grids: what the cursor is over.
  nanyi.grid = function (id) {
    const { meta, data } = nanyi.record(id);
    nanyi.grids.push({ meta, source: data.cells ? nanyi.source(meta, data) : null });
  };

  nanyi.valueText = function (grid, latlng) {
    const value = nanyi.valueAt(grid, latlng);
    if (value === null) return null;
    const meta = grid.meta;
    if (meta.classes) {
      const name = meta.classes[Math.round(value)];
      return name === undefined ? null : name;
    }
    return value.toFixed(meta.decimals) + (meta.unit ? ` ${meta.unit}` : "");
  };
  // Whether the reader wants no motion.
  nanyi.still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  // Brings the map to a feature at once: its box, or a point at `least` zoom.
  nanyi.bringTo = function (item, least) {
    if (item.getBounds && !item.getRadius) nanyi.map.fitBounds(item.getBounds(), { maxZoom: 13, padding: [30, 30], animate: false });
    else nanyi.map.setView(item.getLatLng(), Math.max(nanyi.map.getZoom(), least), { animate: false });
  };
  nanyi.circleOf = circleOf;
  nanyi.pane = pane;
})();
