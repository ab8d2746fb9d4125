"use strict";
// Coordinates as people write them: degrees, degrees and minutes, or metres of the grid of the page.
(function () {
  const NUMBER = /-?\d+(?:\.\d+)?/g;
  // A Chinese survey calls the north X and the east Y.
  const SIDES = new Map([
    ...["e", "east", "easting", "y", "lon", "lng", "long", "longitude", "东经", "经度", "东"].map((word) => [word, " E "]),
    ...["n", "north", "northing", "x", "lat", "latitude", "北纬", "纬度", "北"].map((word) => [word, " N "]), ["m", " "], ["米", " "],
  ]);

  // What is typed with its words as E and N and its thousands closed up: "E 539 000  N 3 131 000 m".
  function tidied(text, closed) {
    let given = text.replace(/(\d)[\u2009\u202f\u00a0](?=\d{3})/g, "$1").normalize("NFKC").toLowerCase();
    if (closed) given = given.replace(/(^|[^\d.])(\d{1,3}(?:,\d{3})+)(?!\d)/g, (all, before, number) => before + number.replace(/,/g, ""));
    given = given.replace(/[,;:、()=]/g, " ");
    return given.replace(/[a-z]+|[东北]经|[东北]纬|[经纬]度|[东北米]/g, (word) => SIDES.get(word) || "?").trim();
  }

  const degrees = (parts) => {
    const [d, m = 0, s = 0] = parts;
    if (m < 0 || m >= 60 || s < 0 || s >= 60) return NaN;
    return Math.sign(d || 1) * (Math.abs(d) + m / 60 + s / 3600);
  };

  // Parts the text in two groups of numbers with the side that each names, if it does.
  function halves(text) {
    if (/[^\d\s.°度'′’"″”分秒EN-]/.test(text)) return null;
    const numbers = (part) => (part.match(NUMBER) || []).map(Number);
    const named = [...text.matchAll(/[EN]/g)];
    let groups;
    if (named.length === 2 && named[0][0] !== named[1][0]) {
      const before = !text.slice(0, named[0].index).trim();
      const cut = before ? named[1].index : named[0].index + 1;
      groups = [text.slice(0, cut), text.slice(cut)].map((part, i) => ({ side: named[i][0], numbers: numbers(part) }));
    } else if (!named.length) {
      const marks = [...text.matchAll(/[°度]/g)];
      const all = numbers(text);
      if (marks.length === 2) {
        const second = /-?\d+(?:\.\d+)?\s*$/.exec(text.slice(0, marks[1].index));
        if (!second) return null;
        groups = [text.slice(0, second.index), text.slice(second.index)].map((part) => ({ side: "", numbers: numbers(part) }));
      } else if (!marks.length && all.length % 2 === 0) {
        groups = [all.slice(0, all.length / 2), all.slice(all.length / 2)].map((list) => ({ side: "", numbers: list }));
      }
    }
    if (!groups || groups.some((group) => group.numbers.length < 1 || group.numbers.length > 3)) return null;
    return groups;
  }

  // The central meridian and the easting without the number of its zone (3 degrees: 25 to 45, 6 degrees: 13 to 23).
  function zoned(east, grid) {
    const own = grid.easting % 1e6;
    if (east < 1e6) return [east - own, grid.meridian];
    const zone = Math.floor(east / 1e6);
    const rest = (east % 1e6) - 500000;
    if (zone === Math.floor(grid.easting / 1e6) && grid.easting > 1e6) return [east - grid.easting, grid.meridian];
    if (zone >= 25 && zone <= 45) return [rest, zone * 3];
    if (zone >= 13 && zone <= 23) return [rest, zone * 6 - 3];
    return null;
  }

  function fromGrid([a, b], grid) {
    if (!grid || a.numbers.length > 1 || b.numbers.length > 1) return null;
    const isNorth = (value) => value >= 1e5 && value < 1e7;
    const isEast = (value) => (value >= 1e5 && value < 9e5) || (value > 13e6 && value < 46e6);
    const [p, q] = [a.numbers[0], b.numbers[0]];
    const pairs = a.side ? [a.side === "E" ? [p, q] : [q, p]] : [[p, q], [q, p]];
    for (const [east, north] of pairs) {
      if (!isEast(east) || !isNorth(north)) continue;
      const found = zoned(east, grid);
      if (found) return nanyi.gaussKruegerInverse(found[0], north, found[1], 0);
    }
    return null;
  }

  function fromDegrees([a, b], near) {
    const [p, q] = [degrees(a.numbers), degrees(b.numbers)];
    if (!Number.isFinite(p) || !Number.isFinite(q)) return null;
    const pairs = a.side ? [a.side === "E" ? [p, q] : [q, p]] : [[p, q], [q, p]];
    const possible = pairs.filter(([lon, lat]) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180);
    return possible.find(([lon, lat]) => near.contains([lat, lon])) || null;
  }

  // The place that a text names by coordinates, if it lies near the page's map; else null.
  nanyi.coordinates = function (text, page) {
    if (text.length > 80 || !/\d/.test(text)) return null;
    const near = L.latLngBounds(page.bounds).pad(1);
    for (const closed of [true, false]) { // "539,000" may be a number or two
      const parted = halves(tidied(text, closed));
      const found = parted && (fromGrid(parted, page.grid) || fromDegrees(parted, near));
      if (found && near.contains([found[1], found[0]])) return L.latLng(found[1], found[0]);
    }
    return null;
  };

  nanyi.placeText = ({ lat, lng }) => `${lng.toFixed(5)}°E  ${lat.toFixed(5)}°N`;
})();
