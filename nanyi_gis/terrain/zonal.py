"""Lowest, mean and highest elevation by zone."""

import numpy as np
import pandas as pd
import xarray as xr

from ..raster import Areas, Grid, ZoneLike, Zones, check_raster, elevations

_STRIP_CELLS = 1 << 20
_M2_PER_KM2 = 1e6


def zone_heights(dem: xr.DataArray, *, zones: ZoneLike = None, name_column: str | None = None) -> pd.DataFrame:
    """Return the lowest, mean and highest elevation of each zone, and the area over which they are known.

    A cell belongs to a zone if its centre lies inside; the mean is weighted by the true area of the cells.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``.
    zones : GeoDataFrame or xarray.DataArray, optional
        Polygons in any CRS, or an integer raster on the same grid (0 and nodata are outside; ``attrs["names"]``, if
        there, names codes 1, 2, ...); the whole raster, called ``all``, if not given.
    name_column : str, optional
        Column with the names of polygons; ``name_zh``, ``name`` or ``name_en`` if there, else the index.

    Returns
    -------
    pandas.DataFrame
        ``zone``, ``lowest_m``, ``mean_m``, ``highest_m`` (NaN where a zone has no height), ``area_km2``.

    Raises
    ------
    DataError
        If zones have no CRS, are no polygons or miss the raster.

    >>> grid = {"y": [1000.0, 0.0], "x": [0.0, 1000.0]}
    >>> dem = xr.DataArray([[650.0, 700.0], [800.0, np.nan]], coords=grid, dims=("y", "x"))
    >>> dem = dem.rio.write_crs("EPSG:6933")  # an equal-area projection
    >>> zone_heights(dem, zones=dem.copy(data=[[1, 1], [2, 2]]).astype("int16")).round(3).values.tolist()
    [[1.0, 650.0, 675.0, 700.0, 2.0], [2.0, 800.0, 800.0, 800.0, 1.0]]
    """
    check_raster(dem, name="dem")
    grid = Grid.of(dem)
    found = Zones.of(zones, grid, name_column=name_column)
    true, nodata, count = Areas.of(grid), dem.rio.nodata, len(found.names)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    area, volume = np.zeros(count), np.zeros(count)
    step = max(1, _STRIP_CELLS // grid.width)
    for start in range(0, grid.height, step):
        stop = min(start + step, grid.height)
        heights, areas = elevations(np.asarray(dem.data[start:stop]), nodata), true.rows(start, stop)
        for left, right, index in found.indices(grid, start, stop):
            known = (index >= 0) & np.isfinite(heights[:, left:right])
            zone, m2 = index[known], areas[:, left:right][known]
            z = heights[:, left:right][known].astype(np.float64)
            np.minimum.at(low, zone, z)
            np.maximum.at(high, zone, z)
            area += np.bincount(zone, weights=m2, minlength=count)
            volume += np.bincount(zone, weights=m2 * z, minlength=count)
    some = area > 0
    mean = np.divide(volume, area, out=np.full(count, np.nan), where=some)
    return pd.DataFrame(
        {
            "zone": list(found.names),
            "lowest_m": np.where(some, low, np.nan),
            "mean_m": mean,
            "highest_m": np.where(some, high, np.nan),
            "area_km2": area / _M2_PER_KM2,
        }
    )
