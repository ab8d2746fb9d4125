"use strict";
// The little of d3 with which branca draws a colour scale.
window.d3 = window.d3 || (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const scale = (place) => {
    let domain = [0, 1];
    let range = [0, 1];
    const scaled = (value) => place(value, domain, range);
    scaled.domain = (given) => (given ? ((domain = given), scaled) : domain);
    scaled.range = (given) => (given ? ((range = given), scaled) : range);
    return scaled;
  };
  const selection = (nodes, data) => {
    const each = (action) => (nodes.forEach((node, i) => action(node, data ? data[i] : undefined, i)), made);
    const worth = (value, d, i) => (typeof value === "function" ? value(d, i) : value);
    const made = {
      attr: (name, value) => each((node, d, i) => node.setAttribute(name, worth(value, d, i))),
      style: (name, value) => each((node, d, i) => node.style.setProperty(name, worth(value, d, i))),
      text: (value) => each((node, d, i) => (node.textContent = worth(value, d, i))),
      append: (tag) => selection(nodes.map((node) => node.appendChild(document.createElementNS(SVG, tag))), data),
      selectAll: () => ({
        data: (rows) => ({
          enter: () => ({
            append: (tag) => selection(rows.map(() => nodes[0].appendChild(document.createElementNS(SVG, tag))), rows),
          }),
        }),
      }),
      call: (action) => (action(made), made),
    };
    return made;
  };
  const axis = () => {
    let along = null;
    let values = [];
    const draw = (chosen) => {
      values.forEach((value) => {
        if (value === "" || !Number.isFinite(Number(value))) return;
        const x = along(Number(value));
        chosen.append("line").attr("x1", x).attr("x2", x).attr("y1", 0).attr("y2", -1).attr("stroke", "currentColor");
        chosen.append("text").attr("x", x).attr("y", -4).attr("text-anchor", "middle").attr("font-size", 10)
          .text(Number(Number(value).toPrecision(4)).toLocaleString("en"));
      });
    };
    draw.scale = (given) => ((along = given), draw);
    draw.tickValues = (given) => ((values = given), draw);
    draw.orient = draw.tickSize = () => draw;
    return draw;
  };
  return {
    select: (what) => {
      const found = [...document.querySelectorAll(what)];
      return selection(found.slice(-1)); // the control that was added last
    },
    scale: {
      threshold: () => scale((value, domain, range) => range[domain.filter((edge) => value >= edge).length]),
      linear: () => scale((value, [a, b], [from, to]) => from + ((value - a) / (b - a || 1)) * (to - from)),
    },
    svg: { axis },
  };
})();
