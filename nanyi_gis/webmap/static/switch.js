"use strict";
// The layer switch, the scenario switch, and the legend and panels that follow them.
(function () {
  const el = nanyi.element;

  nanyi.isOn = (row) => row.parts.some((part) => nanyi.map.hasLayer(part.group));

  function set(row, on) {
    for (const part of row.parts) {
      if (on) part.group.addTo(nanyi.map);
      else part.group.remove();
    }
  }

  // Turns a row on or off; in an exclusive group the others go off.
  nanyi.show = function (row, on) {
    if (on && row.exclusive) {
      for (const other of nanyi.rows.values()) {
        if (other.exclusive && other.group === row.group && other !== row) set(other, false);
      }
    }
    set(row, on);
    nanyi.follow();
  };

  // How sure a layer is, unless its name says so already.
  function badge(part) {
    return part.meta.evidence && !part.meta.name.includes(part.meta.evidence) ? el("span", { class: "ny-badge" }, part.meta.evidence) : null;
  }

  function swatch(part) {
    const meta = part.meta;
    if (meta.kind === "raster" || meta.classes.length !== 1) return null;
    return nanyi.symbol(meta.classes[0], meta.kind, 22, 14);
  }

  nanyi.layerSwitch = function (page) {
    const groups = new Map();
    for (const row of nanyi.rows.values()) {
      if (page.switches.some((entry) => entry.name === row.group)) continue;
      if (!groups.has(row.group)) groups.set(row.group, []);
      groups.get(row.group).push(row);
    }
    const body = el("div", { class: "ny-rows" });
    for (const [name, rows] of groups) {
      const set = el("fieldset", {});
      if (name || groups.size > 1) set.append(el("legend", {}, name || page.words.other));
      for (const row of rows) {
        const input = el("input", {
          type: row.exclusive ? "radio" : "checkbox", name: row.exclusive ? `ny-${row.group}` : null,
          onchange: (event) => nanyi.show(row, event.target.checked),
        });
        row.inputs = [...(row.inputs || []), input];
        set.append(el("label", {}, input, swatch(row.parts[0]), el("span", { class: "ny-name" }, row.name), badge(row.parts[0])));
      }
      body.append(set);
    }
    const circles = Object.values(nanyi.parts).some((part) => part.meta.uncertain);
    if (circles) body.append(uncertainty(page));
    return body;
  };

  function uncertainty(page) {
    const drawn = L.layerGroup();
    nanyi.refreshCircles = () => {
      drawn.clearLayers();
      for (const part of Object.values(nanyi.parts)) {
        if (!nanyi.map.hasLayer(part.group)) continue;
        for (const [item, metres] of part.circles) drawn.addLayer(nanyi.circleOf(item, metres, "#8a4b00"));
      }
    };
    const input = el("input", {
      type: "checkbox",
      onchange: (event) => {
        if (event.target.checked) { nanyi.refreshCircles(); drawn.addTo(nanyi.map); } else drawn.remove();
      },
    });
    nanyi.circlesShown = () => input.checked;
    return el("fieldset", {}, el("label", {}, input, el("span", { class: "ny-name" }, page.words.uncertainty)));
  }

  nanyi.scenarioSwitch = function (entry) {
    const bar = el("div", { class: "ny-scenario", role: "radiogroup", "aria-label": entry.title });
    bar.append(el("span", { class: "ny-scenario-title" }, entry.title));
    for (const option of entry.options) {
      const row = nanyi.rows.get(`${entry.name}\u0001${option}`);
      if (!row) continue;
      const input = el("input", { type: "radio", name: `ny-${entry.name}`, onchange: () => nanyi.show(row, true) });
      row.inputs = [...(row.inputs || []), input];
      bar.append(el("label", {}, input, el("span", {}, option)));
    }
    L.DomEvent.disableClickPropagation(bar);
    return bar;
  };

  function entries(part) {
    const meta = part.meta;
    if (meta.kind === "raster") {
      return meta.legend.map(([colour, label]) => [nanyi.symbol({ fill: colour, fillOpacity: 1, color: "#0003", weight: 1 }, "raster", 22, 14), label]);
    }
    return meta.classes.map((style) => [nanyi.symbol(style, meta.kind, 26, 16), style.label || meta.name]);
  }

  nanyi.legend = function (page) {
    const body = el("div", { class: "ny-legend-body", tabindex: "0", role: "group", "aria-label": page.words.legend }); // scrolled by the keys
    const plain = (row) => row.parts.every((part) => entries(part).length < 2 && part.meta.kind !== "raster");
    for (const row of [...nanyi.rows.values()].sort((a, b) => plain(a) - plain(b))) { // what has classes comes first
      const block = el("div", { class: `ny-legend-block${plain(row) ? " ny-plain-block" : ""}` });
      for (const part of row.parts) {
        const list = entries(part);
        if (!list.length) continue;
        const title = list.length > 1 || part.meta.kind === "raster";
        if (title) block.append(el("h3", {}, part.meta.legendTitle || row.name, badge(part)));
        for (const [symbol, label] of list) {
          const text = !title && row.exclusive ? `${row.group} · ${label}` : label;
          block.append(el("div", { class: "ny-entry" }, symbol, el("span", {}, text), title ? null : badge(part)));
        }
      }
      if (!block.children.length) continue;
      row.block = block;
      body.append(block);
    }
    body.append(nanyi.markKey(page));
    return body;
  };

  // Brings switch, legend, panels and read-outs in line with what the map shows.
  nanyi.follow = function () {
    const on = new Set();
    for (const row of nanyi.rows.values()) {
      const shown = nanyi.isOn(row);
      if (shown) on.add(row.name);
      for (const input of row.inputs || []) input.checked = shown;
      if (row.block) row.block.hidden = !shown;
    }
    for (const node of document.querySelectorAll("[data-follows]")) node.hidden = !on.has(node.dataset.follows);
    nanyi.on = on;
    if (nanyi.refreshCircles && nanyi.circlesShown()) nanyi.refreshCircles();
    nanyi.stackMarks();
    if (nanyi.declutter) nanyi.declutter();
    if (nanyi.rove) nanyi.rove();
    if (nanyi.refreshReadout) nanyi.refreshReadout();
    const box = document.querySelector(".ny-legend");
    if (box) box.hidden = ![...box.querySelectorAll(".ny-legend-block")].some((block) => !block.hidden);
    nanyi.state.note();
  };
})();
