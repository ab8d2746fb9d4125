"""Grids of values that are read under the cursor or painted."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import xarray as xr
from rasterio.features import geometry_mask

from .._kernels.cells import MISSING
from ..errors import DataError, ParameterError
from ._kept import Kept, raster_content
from .cells import class_cells, known_window, placed, value_cells
from .rasters import MERCATOR_RADIUS, Bounds, Colour, warp_to_mercator

_MOST_CODES = 255
_GRIDS: Kept[tuple[dict[str, Any], dict[str, Any]]] = Kept(64)


def grid_record(
    da: xr.DataArray,
    *,
    name: str,
    unit: str,
    decimals: int,
    step: float,
    edges: Sequence[float] = (),
    classes: Mapping[int, str] | None,
    reasons: Mapping[int, str] | None,
    max_cells: int,
    follows: str | None,
    within: gpd.GeoSeries | None = None,
) -> dict[str, Any]:
    """Return a raster as 16-bit steps on a Web Mercator grid, packed for the page; missing outside ``within``.

    Raises
    ------
    ParameterError
        If ``step`` is not above zero, or so fine that the values need more than 16 bits.
    """
    if not (math.isfinite(step) and step > 0):
        raise ParameterError(f"step is {step}, but must be above zero")
    _breaks(edges, name="edges")
    coded = classes is not None

    def pack() -> tuple[dict[str, Any], dict[str, Any]]:
        return _packed_grid(da, name, step=step, edges=edges, coded=coded, max_cells=max_cells, within=within)

    if isinstance(da, xr.DataArray) and da.rio.crs is not None:
        area = None if within is None else (within.to_wkb().to_numpy().tobytes(), str(within.crs))
        numbers, data = _GRIDS.get((raster_content(da), step, tuple(edges), coded, max_cells, area), pack)
    else:
        numbers, data = pack()
    meta = {**_said(name, unit=unit, decimals=decimals, classes=classes, reasons=reasons, follows=follows), **numbers}
    return {"meta": meta, "texts": {}, "data": data}


def borrowed_record(
    of: str,
    *,
    name: str,
    unit: str,
    decimals: int,
    classes: Mapping[int, str] | None,
    reasons: Mapping[int, str] | None,
    follows: str | None,
    breaks: Sequence[float] | None,
) -> dict[str, Any]:
    """Return a grid that reads the cells of another layer or grid of the page, by its key."""
    said = _said(name, unit=unit, decimals=decimals, classes=classes, reasons=reasons, follows=follows)
    return {"meta": {**said, "of": of, **_breaks(breaks)}, "texts": {}, "data": {}}


def _said(
    name: str,
    *,
    unit: str,
    decimals: int,
    classes: Mapping[int, str] | None,
    reasons: Mapping[int, str] | None,
    follows: str | None,
) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name, "unit": unit, "decimals": decimals, "follows": follows or ""}
    if classes is not None:
        meta["classes"] = {str(int(code)): str(label) for code, label in sorted(classes.items())}
    if reasons is not None:
        meta["reasons"] = {str(int(code)): str(text) for code, text in sorted(reasons.items())}
    return meta


def _breaks(breaks: Sequence[float] | None, *, name: str = "breaks") -> dict[str, list[float]]:
    if breaks is None:
        return {}
    edges = [float(edge) for edge in breaks]
    if not all(map(math.isfinite, edges)) or any(low >= high for low, high in pairwise(edges)):
        raise ParameterError(f"{name} are {', '.join(f'{edge:g}' for edge in edges)}, but must be numbers that rise")
    return {"breaks": edges}


def paint(palette: Mapping[int, Colour], breaks: Sequence[float] | None = None) -> dict[str, Any]:
    """Return how cells are painted: red, green, blue and alpha by code, or by how many breaks a value reaches.

    >>> paint({1: (255, 0, 0)}, [10])
    {'palette': {'1': [255, 0, 0, 255]}, 'breaks': [10.0]}
    """
    wrong = [code for code in palette if not 0 <= code <= _MOST_CODES]
    if wrong:
        raise ParameterError(f"the palette has code {wrong[0]}, but codes go from 0 to {_MOST_CODES}")
    colours = {str(int(code)): [*map(int, (*palette[code], 255)[:4])] for code in sorted(palette)}
    return {"palette": colours, **_breaks(breaks)}


def class_record(
    codes: npt.NDArray[np.uint8], palette: Mapping[int, Colour], bounds: Bounds
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a page says of class codes in Web Mercator, and their cells with their paint.

    A code that is not in the palette is missing.

    >>> said, data = class_record(np.array([[0, 1]], np.uint8), {1: (255, 0, 0)}, (0, 0, 2, 1))
    >>> said["width"], said["extent"][0], data["codes"]
    (1, 111319.491, [1])
    """
    given = np.asarray(codes)
    if given.dtype != np.uint8 or given.ndim != 2 or not given.size:
        raise DataError(f"classes are {given.dtype} of shape {given.shape}; give a two-dimensional uint8 array")
    painted = paint(palette)
    known = np.isin(given, list(palette))
    window = known_window(known)
    west, south, east, north = bounds
    edges = (_across(west), _up(south), _across(east), _up(north))
    said = {"step": 1, "offset": 0, **placed(edges, given.shape, window)}
    return said, {**class_cells(given[window], known[window]), **painted}


def _packed_grid(
    da: xr.DataArray,
    name: str,
    *,
    step: float,
    edges: Sequence[float],
    coded: bool,
    max_cells: int,
    within: gpd.GeoSeries | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return offset, size and extent of the grid that a page holds of a raster, and its cells packed."""
    warped, _ = warp_to_mercator(da, max_pixels=max_cells, resampling=_resampling(da, coded))
    values = np.asarray(warped.data, dtype=np.float64)
    nodata = warped.rio.nodata
    missing = ~np.isfinite(values)
    if nodata is not None and not math.isnan(nodata):
        missing |= values == nodata
    if within is not None:
        missing |= geometry_mask(within.to_crs(3857), out_shape=values.shape, transform=warped.rio.transform())
    offset = 0.0
    if not missing.all() and not coded:
        offset = step * round((float(values[~missing].min()) + float(values[~missing].max())) / 2 / step)
    whole = np.where(missing, 0, rounded_within(np.where(missing, offset, values) - offset, step, edges, offset))
    if np.abs(whole).max(initial=0) > 32767:
        raise ParameterError(f"step is {step}, too fine for the range of {name!r} in 16 bits; make it coarser")
    window = known_window(~missing)
    cells = np.where(missing, MISSING, whole).astype(np.int16)[window]
    numbers = {"step": step, "offset": offset, **placed(warped.rio.bounds(), values.shape, window)}
    known = cells != MISSING
    few = coded and len(np.unique(cells[known])) <= _MOST_CODES
    return numbers, class_cells(cells, known) if few else value_cells(cells)


def rounded_within(
    values: npt.NDArray[np.float64], step: float, edges: Sequence[float], offset: float = 0.0
) -> npt.NDArray[np.float64]:
    """Return values above ``offset`` as whole steps, the nearest that lies on the same side of each edge.

    >>> rounded_within(np.array([692.0, 697.9, 699.99, 700.0, 702.0]), 5, [700]) * 5
    array([690., 695., 695., 700., 700.])
    """
    whole = np.rint(values / step)
    for edge in edges:
        limit = edge - offset
        below, back = values < limit, whole * step < limit
        whole = np.where(below & ~back, np.ceil(limit / step) - 1, whole)
        whole = np.where(~below & back, np.ceil(limit / step), whole)
    return whole


def _resampling(da: xr.DataArray, coded: bool) -> str | None:
    return "nearest" if coded and np.issubdtype(da.dtype, np.floating) else None


def _across(longitude: float) -> float:
    return math.radians(longitude) * MERCATOR_RADIUS


def _up(latitude: float) -> float:
    return MERCATOR_RADIUS * math.asinh(math.tan(math.radians(latitude)))
