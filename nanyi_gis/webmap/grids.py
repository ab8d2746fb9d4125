"""Grids of values that are read under the cursor."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from ..errors import ParameterError
from ._kept import Kept, raster_content
from .rasters import warp_to_mercator
from .vectors import packed

MISSING = -32768
_GRIDS: Kept[tuple[dict[str, Any], str]] = Kept(64)


def grid_record(
    da: xr.DataArray,
    *,
    name: str,
    unit: str,
    decimals: int,
    step: float,
    classes: Mapping[int, str] | None,
    reasons: Mapping[int, str] | None,
    max_cells: int,
    follows: str | None,
) -> dict[str, Any]:
    """Return a raster as 16-bit steps on a Web Mercator grid, packed for the page.

    Raises
    ------
    ParameterError
        If ``step`` is not above zero, or so fine that the values need more than 16 bits.
    """
    if not (math.isfinite(step) and step > 0):
        raise ParameterError(f"step is {step}, but must be above zero")
    coded = classes is not None
    if isinstance(da, xr.DataArray) and da.rio.crs is not None:
        key = raster_content(da), step, coded, max_cells
        numbers, data = _GRIDS.get(key, lambda: _packed_grid(da, name, step=step, coded=coded, max_cells=max_cells))
    else:
        numbers, data = _packed_grid(da, name, step=step, coded=coded, max_cells=max_cells)
    meta: dict[str, Any] = {
        "name": name,
        "unit": unit,
        "decimals": decimals,
        "step": step,
        **numbers,
        "follows": follows or "",
    }
    if classes is not None:
        meta["classes"] = {str(int(code)): str(label) for code, label in sorted(classes.items())}
    if reasons is not None:
        meta["reasons"] = {str(int(code)): str(text) for code, text in sorted(reasons.items())}
    return {"meta": meta, "texts": {}, "data": {"z": data}}


def _packed_grid(
    da: xr.DataArray, name: str, *, step: float, coded: bool, max_cells: int
) -> tuple[dict[str, Any], str]:
    """Return offset, size and extent of the grid that a page holds of a raster, and its cells packed."""
    warped, _ = warp_to_mercator(da, max_pixels=max_cells, resampling=_resampling(da, coded))
    values = np.asarray(warped.data, dtype=np.float64)
    nodata = warped.rio.nodata
    missing = ~np.isfinite(values)
    if nodata is not None and not math.isnan(nodata):
        missing |= values == nodata
    offset = 0.0
    if not missing.all() and not coded:
        offset = step * round((float(values[~missing].min()) + float(values[~missing].max())) / 2 / step)
    whole = np.where(missing, 0, np.rint((np.where(missing, 0, values) - offset) / step))
    if np.abs(whole).max(initial=0) > 32767:
        raise ParameterError(f"step is {step}, too fine for the range of {name!r} in 16 bits; make it coarser")
    cells = np.where(missing, MISSING, whole).astype(np.int16)
    left, bottom, right, top = warped.rio.bounds()
    numbers = {
        "offset": offset,
        "width": cells.shape[1],
        "height": cells.shape[0],
        "extent": [round(value, 3) for value in (left, bottom, right, top)],
    }
    return numbers, packed(row_differences(cells))


def row_differences(cells: npt.NDArray[np.int16]) -> bytes:
    """Return differences along each row: all low bytes, then all high bytes.

    Missing cells repeat nothing: they are values like others, so that the reader stays simple.

    >>> row_differences(np.array([[5, 7], [300, 299]], dtype=np.int16)).hex()
    '05022cff000001ff'
    """
    unsigned = cells.view(np.uint16)
    steps = unsigned.copy()
    steps[:, 1:] = unsigned[:, 1:] - unsigned[:, :-1]
    return (steps & 255).astype(np.uint8).tobytes() + (steps >> 8).astype(np.uint8).tobytes()


def _resampling(da: xr.DataArray, coded: bool) -> str | None:
    return "nearest" if coded and np.issubdtype(da.dtype, np.floating) else None
