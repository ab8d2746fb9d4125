"use strict";
// Gauss-Krueger on CGCS2000 about a central meridian, with its false easting.
// Krueger's series in the third flattening n to the fourth order (better than 1 mm within 3 degrees).
nanyi.gaussKrueger = (function () {
  const a = 6378137;
  const f = 1 / 298.257222101;
  const n = f / (2 - f);
  const radius = (a / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const alpha = [
    n / 2 - (2 / 3) * n ** 2 + (5 / 16) * n ** 3 + (41 / 180) * n ** 4,
    (13 / 48) * n ** 2 - (3 / 5) * n ** 3 + (557 / 1440) * n ** 4,
    (61 / 240) * n ** 3 - (103 / 140) * n ** 4,
    (49561 / 161280) * n ** 4,
  ];
  const e = Math.sqrt(f * (2 - f));
  const degree = Math.PI / 180;
  return function (longitude, latitude, meridian = 105, easting = 500000) {
    const sine = Math.sin(latitude * degree);
    const lambda = (longitude - meridian) * degree;
    const t = Math.sinh(Math.atanh(sine) - e * Math.atanh(e * sine));
    const xi = Math.atan2(t, Math.cos(lambda));
    const eta = Math.atanh(Math.sin(lambda) / Math.sqrt(1 + t * t));
    let north = xi;
    let east = eta;
    alpha.forEach((value, i) => {
      const k = 2 * (i + 1);
      north += value * Math.sin(k * xi) * Math.cosh(k * eta);
      east += value * Math.cos(k * xi) * Math.sinh(k * eta);
    });
    return [easting + radius * east, radius * north];
  };
})();

// The place of a grid coordinate: longitude and latitude in degrees.
nanyi.gaussKruegerInverse = (function () {
  const n = (1 / 298.257222101) / (2 - 1 / 298.257222101);
  const radius = (6378137 / (1 + n)) * (1 + n ** 2 / 4 + n ** 4 / 64);
  const beta = [
    n / 2 - (2 / 3) * n ** 2 + (37 / 96) * n ** 3 - n ** 4 / 360,
    n ** 2 / 48 + n ** 3 / 15 - (437 / 1440) * n ** 4,
    (17 / 480) * n ** 3 - (37 / 840) * n ** 4,
    (4397 / 161280) * n ** 4,
  ];
  const delta = [
    2 * n - (2 / 3) * n ** 2 - 2 * n ** 3 + (116 / 45) * n ** 4,
    (7 / 3) * n ** 2 - (8 / 5) * n ** 3 - (227 / 45) * n ** 4,
    (56 / 15) * n ** 3 - (136 / 35) * n ** 4,
    (4279 / 630) * n ** 4,
  ];
  const degree = Math.PI / 180;
  return function (east, north, meridian, easting = 500000) {
    const [x, y] = [north / radius, (east - easting) / radius];
    let [xi, eta] = [x, y];
    beta.forEach((value, i) => {
      const k = 2 * (i + 1);
      xi -= value * Math.sin(k * x) * Math.cosh(k * y);
      eta -= value * Math.cos(k * x) * Math.sinh(k * y);
    });
    const chi = Math.asin(Math.sin(xi) / Math.cosh(eta));
    const latitude = delta.reduce((sum, value, i) => sum + value * Math.sin(2 * (i + 1) * chi), chi);
    return [meridian + Math.atan2(Math.sinh(eta), Math.cos(xi)) / degree, latitude / degree];
  };
})();
