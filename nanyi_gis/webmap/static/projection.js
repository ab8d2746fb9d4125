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
