"""Hypsometric curves: how much of a zone lies at or above each elevation."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._kernels import terrain as kernels
from .._validation import check_positive
from ..errors import DataError, ParameterError
from ..raster import Grid, ZoneLike, Zones, elevations, row_blocks

_MOST_LEVELS = 100_000
_KM2 = 1e-6


def hypsometric_curve(
    dem: xr.DataArray, *, zones: ZoneLike = None, step: float = 50.0, name_column: str | None = None
) -> pd.DataFrame:
    """Return the area at or above each level of elevation, by zone, measured on the ellipsoid.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``, with a CRS; NumPy- or Dask-backed.
    zones, name_column
        As for :func:`band_areas`.
    step : float
        Distance of levels in metres; levels are its multiples.

    Returns
    -------
    pandas.DataFrame
        ``zone``, ``elevation_m``, ``share_above`` (0 to 1), ``area_km2_above``; the same levels for
        each zone, from the last at or below the lowest cell to the first above the highest.

    Raises
    ------
    ParameterError
        If the step is not positive, or so small that there are over 100,000 levels.
    DataError
        If ``dem`` has no valid cell or no CRS, or zones are unfit (see :func:`band_areas`).

    >>> import numpy as np, xarray as xr
    >>> grid = {"y": [1000.0, 0.0], "x": [0.0, 1000.0]}
    >>> dem = xr.DataArray([[650.0, 650.0], [650.0, 700.0]], coords=grid, dims=("y", "x"))
    >>> curve = hypsometric_curve(dem.rio.write_crs("EPSG:6933"), step=50)
    >>> curve[["elevation_m", "share_above"]].round(9).values.tolist()
    [[650.0, 1.0], [700.0, 0.25], [750.0, 0.0]]
    """
    spacing = check_positive(step, name="step", unit="m")
    grid = Grid.of(dem)
    found = Zones.of(zones, grid, name_column=name_column)
    nodata = dem.rio.nodata
    low, high = _range(dem, nodata)
    # the level above the highest, and one of slack on either side against rounding of the quotient
    first, last = math.floor(low / spacing) - 1, math.floor(high / spacing) + 2
    classes = last - first + 2
    if classes > _MOST_LEVELS:
        raise ParameterError(f"step is {step} m, which makes {classes} levels, but at most {_MOST_LEVELS}; widen it")

    def encode(strip: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        codes = np.empty(strip.shape, dtype=np.int32)
        kernels.step_codes(elevations(strip, nodata), spacing, first, codes)
        return codes

    sums = found.sums(dem, grid, encode=encode, classes=classes)[:, 1:] * _KM2
    above = np.cumsum(sums[:, ::-1], axis=1)[:, ::-1]
    levels = spacing * np.arange(first, last + 1)
    least, most = np.searchsorted(levels, [low, high], side="right")
    kept = slice(int(least) - 1, int(most) + 1)
    whole = above[:, :1]
    shares = np.divide(above, whole, out=np.full_like(above, np.nan), where=whole > 0)
    return pd.DataFrame(
        {
            "zone": [name for name in found.names for _ in levels[kept]],
            "elevation_m": np.tile(levels[kept], len(found.names)),
            "share_above": shares[:, kept].ravel(),
            "area_km2_above": above[:, kept].ravel(),
        }
    )


def _range(dem: xr.DataArray, nodata: float | None) -> tuple[float, float]:
    """Return the lowest and highest finite elevation."""
    low, high = math.inf, -math.inf
    for first, last in row_blocks(dem):
        heights = elevations(np.asarray(dem.data[first:last]), nodata)
        if not np.isnan(heights).all():
            low, high = min(low, float(np.nanmin(heights))), max(high, float(np.nanmax(heights)))
    if low > high:
        raise DataError("dem has no valid cell, only nodata; check the file and its nodata value")
    return low, high
