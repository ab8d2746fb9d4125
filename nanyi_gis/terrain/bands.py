"""Elevation bands and their true areas by zone."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._kernels import terrain as kernels
from .._validation import check_edges
from ..errors import DataError, ParameterError
from ..raster import Elevations, Grid, ZoneLike, Zones, check_raster, elevations, in_strips, like

PLAN_EDGES = (700.0, 900.0, 1200.0)
"""Edges in metres of the plan's low, middle, high and top bands."""

_MOST_EDGES = 254
_KM2 = 1e-6
_EDGE = r"[+-]?[0-9.]+(?:e[+-]?[0-9]+)?"
_LABEL = re.compile(rf"<(?P<below>{_EDGE})|>=(?P<least>{_EDGE})|(?P<low>{_EDGE})-(?P<high>{_EDGE})")


def band_labels(edges: Sequence[float]) -> list[str]:
    """Return a label for each band between edges.

    >>> band_labels([700, 900, 1200])
    ['<700', '700-900', '900-1200', '>=1200']
    """
    texts = [f"{edge:.10g}" for edge in check_edges(edges)]
    between = [f"{low}-{high}" for low, high in pairwise(texts)]
    return [f"<{texts[0]}", *between, f">={texts[-1]}"]


def band_limits(label: str) -> tuple[float, float]:
    """Return the lower (inclusive) and upper edge of a band from its label, the inverse of :func:`band_labels`.

    Raises
    ------
    ParameterError
        If it is no such label.

    >>> band_limits("700-900"), band_limits("<700"), band_limits(">=1200")
    ((700.0, 900.0), (-inf, 700.0), (1200.0, inf))
    """
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ParameterError(f"band is {label!r}, but must be a label such as <700, 700-900 or >=900")
    low, high = found["low"] or found["least"], found["high"] or found["below"]
    return float(low or "-inf"), float(high or "inf")


def check_band_edges(edges: Sequence[float]) -> tuple[float, ...]:
    """Return edges that rise strictly and whose bands fit into a byte.

    Raises
    ------
    ParameterError
        If they do not.
    """
    checked = check_edges(edges)
    if len(checked) > _MOST_EDGES:
        raise ParameterError(f"edges are {len(checked)}, but at most {_MOST_EDGES} fit; merge some bands")
    return tuple(checked)


def elevation_bands(dem: xr.DataArray, *, edges: Sequence[float] = PLAN_EDGES) -> xr.DataArray:
    """Return the elevation band of each cell; a band includes its lower edge.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``; NumPy- or Dask-backed.
    edges : sequence of float
        Strictly rising, in metres, at most 254.

    Returns
    -------
    xarray.DataArray
        uint8 on the grid of ``dem``: 1 below the first edge, up to ``len(edges) + 1``, 0 for nodata;
        ``attrs`` hold ``edges`` and ``labels`` (of bands 1, 2, ...).

    Raises
    ------
    ParameterError
        If edges do not rise strictly or are too many.
    DataError
        If ``dem`` does not have the dimensions ``y, x``.

    >>> import numpy as np, xarray as xr
    >>> dem = xr.DataArray(np.array([[699.9, 700.0, 1200.0, np.nan]]), dims=("y", "x"))
    >>> elevation_bands(dem).values.tolist()
    [[1, 2, 4, 0]]
    """
    checked = check_band_edges(edges)
    nodata = check_raster(dem, name="dem").rio.nodata
    limits = np.array(checked)
    if dem.chunks is None:
        values: Any = _codes(np.asarray(dem.data), limits, nodata)
    else:
        values = dem.data.map_blocks(_codes, limits, nodata, dtype=np.uint8, meta=np.empty((0, 0), dtype=np.uint8))
    attrs = {"edges": list(checked), "labels": band_labels(checked), "long_name": "elevation band"}
    bands: xr.DataArray = like(dem, values, name="elevation_band", attrs=attrs).rio.write_nodata(0, inplace=True)
    return bands


def band_areas(
    bands: xr.DataArray, *, zones: ZoneLike = None, name_column: str | None = None, total: str | None = None
) -> pd.DataFrame:
    """Return the area of each band in each zone, measured on the ellipsoid and never by counting cells.

    A cell belongs to a zone if its centre lies inside; see :func:`cell_areas` for its area.

    Parameters
    ----------
    bands : xarray.DataArray
        Result of :func:`elevation_bands`, or any integer classes 1 to n with 0 for nodata.
    zones : GeoDataFrame or xarray.DataArray, optional
        Polygons in any CRS (those of one name are joined), or an integer raster on the same grid
        (0 and nodata are outside; ``attrs["names"]``, if there, names codes 1, 2, ...); the whole
        raster, called ``all``, if not given.
    name_column : str, optional
        Column with the names of polygons; ``name_zh``, ``name`` or ``name_en`` if there, else the index.
    total : str, optional
        Name of an added zone that sums all zones.

    Returns
    -------
    pandas.DataFrame
        ``zone``, ``band`` (label), ``area_km2``, ``share`` (of the zone's valid area, 0 to 1; NaN
        where a zone has none); all bands of a zone together, in rising order.

    Raises
    ------
    DataError
        If bands are not integer classes, or zones have no CRS, are no polygons or miss the raster.
    ParameterError
        If zones have no such column.

    >>> import numpy as np, xarray as xr
    >>> grid = {"y": [1000.0, 0.0], "x": [0.0, 1000.0]}
    >>> dem = xr.DataArray([[650.0, 700.0], [800.0, 900.0]], coords=grid, dims=("y", "x"))
    >>> bands = elevation_bands(dem.rio.write_crs("EPSG:6933"), edges=[700])  # an equal-area projection
    >>> band_areas(bands).round(6).values.tolist()
    [['all', '<700', 1.0, 0.25], ['all', '>=700', 3.0, 0.75]]
    """
    if bands.dtype.kind not in "iu":
        raise DataError(f"bands have the type {bands.dtype}, but must be integer classes; use elevation_bands first")
    labels = _labels(bands)
    grid = Grid.of(bands, name="bands")
    found = Zones.of(zones, grid, name_column=name_column)
    sums = found.sums(bands, grid, encode=lambda strip: _checked(strip, len(labels)), classes=len(labels) + 1)
    return area_table(sums, found.names, labels, total=total)


def area_table(
    sums: npt.NDArray[np.float64], zones: Sequence[Any], labels: Sequence[str], *, total: str | None = None
) -> pd.DataFrame:
    """Return the areas in m² of zones (rows) and class codes (columns, 0 for none) as :func:`band_areas` does.

    >>> area_table(np.array([[5e6, 1e6, 3e6]]), ["all"], ["<700", ">=700"]).values.tolist()
    [['all', '<700', 1.0, 0.25], ['all', '>=700', 3.0, 0.75]]
    """
    names = list(zones)
    areas = sums[:, 1:] * _KM2
    if total is not None:
        names.append(total)
        areas = np.vstack([areas, areas.sum(axis=0)])
    whole = areas.sum(axis=1, keepdims=True)
    shares = np.divide(areas, whole, out=np.full_like(areas, np.nan), where=whole > 0)
    return pd.DataFrame(
        {
            "zone": [name for name in names for _ in labels],
            "band": [*labels] * len(names),
            "area_km2": areas.ravel(),
            "share": shares.ravel(),
        }
    )


def _codes(values: npt.NDArray[Any], limits: npt.NDArray[np.float64], nodata: float | None) -> npt.NDArray[np.uint8]:
    return codes_of(elevations(values, nodata), limits)


def codes_of(z: Elevations, limits: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return the code of the band of each elevation, 0 where there is none.

    >>> codes_of(np.array([[699.0, 700.0, np.nan]], np.float32), np.array([700.0])).tolist()
    [[1, 2, 0]]
    """
    out = np.empty(z.shape, dtype=np.uint8)
    in_strips(lambda start, stop: kernels.band_codes(z, limits, out, start, stop), 0, z.shape[0], z.shape[1])
    return out


def _labels(bands: xr.DataArray) -> list[str]:
    if "labels" in bands.attrs:
        return [str(label) for label in bands.attrs["labels"]]
    return [str(code) for code in range(1, max(int(bands.max()), 1) + 1)]


def _checked(strip: npt.NDArray[Any], most: int) -> npt.NDArray[np.int32]:
    if strip.size and (strip.min() < 0 or strip.max() > most):
        raise DataError(f"bands hold the code {strip.max()}, but have {most} labels; use elevation_bands again")
    return strip.astype(np.int32)
