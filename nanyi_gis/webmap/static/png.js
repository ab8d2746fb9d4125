"use strict";
// The map as it is seen, as a picture: our own layers drawn on a canvas, with title, legend, scale, date and notes.
// What stands in the page is painted, element by element; nothing is fetched, so the canvas may be read.
(function () {
  const DOTS = 2; // of the picture, a pixel of the page
  const MOST = 8000; // dots on a side; some browsers give up above
  const EDGE = 16;
  const FONT = "'Microsoft YaHei', 'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif";
  const HIDDEN = ["leaflet-popup-pane", "leaflet-tooltip-pane", "leaflet-shadow-pane"];
  const seen = (style) => style.display !== "none" && style.visibility !== "hidden" && Number(style.opacity) > 0;
  const clear = (colour) => !colour || colour === "none" || colour === "transparent" || /^rgba\(.*, 0\)$/.test(colour) || colour.startsWith("url");

  // Paints onto a canvas what stands in the page; x and y of the page that lie at the canvas' origin may change.
  class Painter {
    constructor(context) {
      this.context = context;
      this.from = { x: 0, y: 0 };
    }

    box(node) {
      const { left, top, width, height } = node.getBoundingClientRect();
      return { x: left - this.from.x, y: top - this.from.y, width, height };
    }

    // Puts a node, with all that is in it, where the given corner lies.
    at(node, x, y) {
      const before = this.from;
      const { left, top } = node.getBoundingClientRect();
      this.from = { x: left - x, y: top - y };
      this.node(node);
      this.from = before;
    }

    node(node) {
      if (node.nodeType === Node.TEXT_NODE) return this.text(node);
      if (node.nodeType !== Node.ELEMENT_NODE) return;
      const style = getComputedStyle(node);
      if (!seen(style)) return;
      const alpha = this.context.globalAlpha;
      this.context.globalAlpha = alpha * Number(style.opacity);
      const tag = node.tagName.toLowerCase();
      if (tag === "svg") this.svg(node);
      else if (tag === "img" || tag === "canvas") this.image(node, style);
      else {
        this.background(node, style);
        this.inside(node, style);
      }
      this.context.globalAlpha = alpha;
    }

    // Children in the order in which they lie over each other.
    inside(node, style) {
      const order = (child) => (child.nodeType === Node.ELEMENT_NODE ? Number(getComputedStyle(child).zIndex) || 0 : 0);
      const children = [...node.childNodes].map((child, i) => [order(child), i, child]);
      children.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
      for (const [, , child] of children) this.node(child, style);
    }

    image(node, style) {
      if (!node.width || !node.height || (node.tagName === "IMG" && !(node.complete && node.naturalWidth))) return;
      const { x, y, width, height } = this.box(node);
      this.context.imageSmoothingEnabled = !/pixelated|crisp/.test(style.imageRendering);
      this.context.drawImage(node, x, y, width, height);
      this.context.imageSmoothingEnabled = true;
    }

    background(node, style) {
      const edges = ["Top", "Right", "Bottom", "Left"].map((side) => {
        const seenEdge = style[`border${side}Style`] !== "none" && !clear(style[`border${side}Color`]);
        return seenEdge ? parseFloat(style[`border${side}Width`]) || 0 : 0;
      });
      const filled = !clear(style.backgroundColor);
      if (!filled && !edges.some(Boolean)) return;
      const { x, y, width, height } = this.box(node);
      const corner = style.borderTopLeftRadius;
      const round = Math.min((parseFloat(corner) || 0) * (corner.endsWith("%") ? width / 100 : 1), width / 2, height / 2);
      const { context } = this;
      context.setLineDash([]);
      context.beginPath();
      context.moveTo(x + round, y);
      context.arcTo(x + width, y, x + width, y + height, round);
      context.arcTo(x + width, y + height, x, y + height, round);
      context.arcTo(x, y + height, x, y, round);
      context.arcTo(x, y, x + width, y, round);
      context.closePath();
      if (filled) { context.fillStyle = style.backgroundColor; context.fill(); }
      if (edges.every((edge) => edge > 0 && edge === edges[0])) {
        context.lineWidth = edges[0];
        context.strokeStyle = style.borderTopColor;
        context.stroke();
        return;
      }
      const ends = [[0, 0, 1, 0], [1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]];
      edges.forEach((edge, i) => {
        if (!edge) return;
        context.beginPath();
        context.moveTo(x + ends[i][0] * width, y + ends[i][1] * height);
        context.lineTo(x + ends[i][2] * width, y + ends[i][3] * height);
        context.lineWidth = edge;
        context.strokeStyle = style[`border${["Top", "Right", "Bottom", "Left"][i]}Color`];
        context.stroke();
      });
    }

    // A text line by line, as the browser has broken it.
    text(node) {
      if (!node.data.trim() || !node.parentElement) return;
      const style = getComputedStyle(node.parentElement);
      const range = document.createRange();
      const spaced = parseFloat(style.letterSpacing) > 0; // then each sign has its own place
      const lines = [];
      for (let i = 0; i < node.data.length; i++) {
        range.setStart(node, i);
        range.setEnd(node, i + 1);
        const [rect] = range.getClientRects();
        if (!rect || !rect.width) continue;
        const last = lines[lines.length - 1];
        if (last && !spaced && Math.abs(last.rect.top - rect.top) < 2) last.text += node.data[i];
        else lines.push({ rect, text: node.data[i] });
      }
      const { context } = this;
      context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      context.textAlign = "left";
      context.textBaseline = "alphabetic";
      for (const { rect, text } of lines) {
        const size = context.measureText(text);
        const above = size.fontBoundingBoxAscent === undefined ? rect.height * 0.8 : size.fontBoundingBoxAscent;
        const all = size.fontBoundingBoxAscent === undefined ? rect.height : above + size.fontBoundingBoxDescent;
        const x = rect.left - this.from.x;
        const y = rect.top - this.from.y + (rect.height - all) / 2 + above;
        if (style.textShadow !== "none") {
          context.setLineDash([]);
          context.lineJoin = "round";
          context.lineWidth = 3;
          context.strokeStyle = "#fff";
          context.strokeText(text, x, y);
        }
        context.fillStyle = style.color;
        context.fillText(text, x, y);
      }
    }

    svg(svg) {
      const { x, y } = this.box(svg);
      for (const node of svg.querySelectorAll("path, rect, line, circle, polygon, polyline")) {
        const style = getComputedStyle(node);
        const matrix = node.getCTM();
        if (!matrix || !seen(style) || node.closest("defs, clipPath, marker")) continue;
        this.shape(node, style, matrix, x, y);
      }
    }

    shape(node, style, matrix, x, y) {
      const path = outline(node);
      if (!path) return;
      const { context } = this;
      const alpha = context.globalAlpha;
      const own = alpha * Number(style.opacity);
      context.save();
      context.transform(matrix.a, matrix.b, matrix.c, matrix.d, x + matrix.e, y + matrix.f);
      if (!clear(style.fill)) {
        context.globalAlpha = own * Number(style.fillOpacity);
        context.fillStyle = style.fill;
        context.fill(path, style.fillRule);
      }
      const width = parseFloat(style.strokeWidth);
      if (!clear(style.stroke) && width > 0) {
        context.globalAlpha = own * Number(style.strokeOpacity);
        context.strokeStyle = style.stroke;
        context.lineWidth = width;
        context.lineCap = style.strokeLinecap;
        context.lineJoin = style.strokeLinejoin;
        context.setLineDash(style.strokeDasharray === "none" ? [] : style.strokeDasharray.split(/[ ,]+/).map(parseFloat));
        context.stroke(path);
      }
      context.restore();
    }
  }

  function outline(node) {
    const number = (name) => Number(node.getAttribute(name)) || 0;
    const path = new Path2D();
    switch (node.tagName.toLowerCase()) {
      case "path": {
        const d = node.getAttribute("d");
        return d && d !== "M0 0" ? new Path2D(d) : null;
      }
      case "rect": path.rect(number("x"), number("y"), number("width"), number("height")); return path;
      case "circle": path.arc(number("cx"), number("cy"), number("r"), 0, 2 * Math.PI); return path;
      case "line": path.moveTo(number("x1"), number("y1")); path.lineTo(number("x2"), number("y2")); return path;
      default: {
        const points = (node.getAttribute("points") || "").trim().split(/[\s,]+/).map(Number);
        for (let i = 0; i + 1 < points.length; i += 2) path[i ? "lineTo" : "moveTo"](points[i], points[i + 1]);
        if (node.tagName.toLowerCase() === "polygon") path.closePath();
        return path;
      }
    }
  }

  // The text in lines that are no wider than the room; Chinese breaks anywhere.
  function wrapped(context, text, width) {
    const lines = [""];
    for (const piece of text.match(/[\u2e80-\uffff]|[^\u2e80-\uffff\s]+\s*|\s+/g) || []) {
      const line = lines[lines.length - 1] + piece;
      if (lines[lines.length - 1] && context.measureText(line).width > width) lines.push(piece.trimStart());
      else lines[lines.length - 1] = line;
    }
    return lines;
  }

  const textOf = (selector) => {
    const node = document.querySelector(selector);
    return node ? node.textContent.trim() : "";
  };

  // Returns a canvas with the map as it is seen and what belongs to it.
  nanyi.picture = function (page) {
    const map = nanyi.map;
    const holder = map.getContainer();
    const frame = holder.getBoundingClientRect();
    const legend = holder.querySelector(".ny-legend");
    const folded = legend && !legend.open;
    if (folded) legend.open = true;
    nanyi.declutter({ boxless: true });
    try {
      const entries = legend ? [...legend.children].filter((node) => node.tagName !== "SUMMARY") : [];
      const tall = entries.reduce((sum, node) => sum + node.scrollHeight, 0);
      const wide = entries.length ? Math.max(...entries.map((node) => node.scrollWidth)) : 0;
      const notes = [textOf(".ny-notice"), textOf(".ny-first"), textOf(".ny-review"), page.words.made.replace("{}", nanyi.today())];
      const width = frame.width + 2 * EDGE + (wide ? wide + EDGE : 0);
      const canvas = document.createElement("canvas");
      const context = canvas.getContext("2d");
      context.font = `12px ${FONT}`;
      const lines = notes.filter(Boolean).flatMap((text) => wrapped(context, text, width - 2 * EDGE));
      const top = 62;
      const height = top + Math.max(frame.height, tall + 30) + EDGE + 17 * lines.length + EDGE / 2;
      const dots = Math.min(DOTS, MOST / Math.max(width, height));
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
      context.scale(dots, dots);
      context.fillStyle = "#fff";
      context.fillRect(0, 0, width, height);
      heading(context, width);
      mapPart(context, map, frame, top);
      if (wide) legendPart(context, page, entries, frame.width + 2 * EDGE, top);
      context.font = `12px ${FONT}`;
      context.fillStyle = "#45525c";
      lines.forEach((line, i) => context.fillText(line, EDGE, height - EDGE / 2 - 17 * (lines.length - 1 - i) - 4));
      return canvas;
    } finally {
      if (folded) legend.open = false;
      nanyi.declutter();
    }
  };

  function heading(context, width) {
    context.fillStyle = "#20313f";
    context.textBaseline = "alphabetic";
    context.font = `bold 21px ${FONT}`;
    context.fillText(textOf(".ny-titles h1"), EDGE, 30, width - 2 * EDGE);
    context.font = `13px ${FONT}`;
    context.fillText(textOf(".ny-titles p"), EDGE, 50, width - 2 * EDGE);
  }

  function mapPart(context, map, frame, top) {
    const holder = map.getContainer();
    const painter = new Painter(context);
    painter.from = { x: frame.left - EDGE, y: frame.top - top };
    context.save();
    context.beginPath();
    context.rect(EDGE, top, frame.width, frame.height);
    context.clip();
    context.fillStyle = getComputedStyle(holder).backgroundColor;
    context.fillRect(EDGE, top, frame.width, frame.height);
    const panes = [...map.getPane("mapPane").children].filter((node) => !HIDDEN.some((name) => node.classList.contains(name)));
    panes.sort((a, b) => (Number(getComputedStyle(a).zIndex) || 0) - (Number(getComputedStyle(b).zIndex) || 0));
    for (const pane of panes) painter.node(pane);
    let left = EDGE + 12;
    for (const name of [".ny-north", ".leaflet-control-scale"]) {
      const node = holder.querySelector(name);
      if (!node) continue;
      painter.at(node, left, top + frame.height - 10 - node.offsetHeight);
      left += node.offsetWidth + 12;
    }
    context.restore();
    context.setLineDash([]);
    context.lineWidth = 1;
    context.strokeStyle = "#20313f";
    context.strokeRect(EDGE, top, frame.width, frame.height);
  }

  function legendPart(context, page, entries, left, top) {
    const painter = new Painter(context);
    context.fillStyle = "#20313f";
    context.textBaseline = "alphabetic";
    context.font = `bold 14px ${FONT}`;
    context.fillText(page.words.legend, left, top + 14);
    let y = top + 28;
    for (const node of entries) {
      const scrolled = node.scrollTop;
      node.scrollTop = 0; // the legend is drawn whole, however little of it the box shows
      painter.at(node, left, y);
      node.scrollTop = scrolled;
      y += node.scrollHeight;
    }
  }

  // Draws the picture and hands it to the reader as a file.
  nanyi.savePicture = function (page) {
    nanyi.picture(page).toBlob((blob) => {
      const link = nanyi.element("a", { href: URL.createObjectURL(blob), download: `${textOf(".ny-titles h1")} ${nanyi.today()}.png` });
      document.body.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }, "image/png");
  };
})();
