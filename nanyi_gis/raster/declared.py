"""What a raster says about itself: where its cells lie, what its numbers mean, what is missing."""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
from pyproj.exceptions import CRSError
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.io import DatasetReader

from ..errors import DataError
from ..io import diagnose
from .grid import Bounds, Grid, horizontal_crs, unrotated
from .heights import read_unit, unit_of_factor
from .opening import variable_of

_UNIT_TAG = re.compile(
    r"(?:(?:z|vert|vertical|elev|elevation|height|altitude|band|layer|value|dem)[\s_-]*)?units?"
    r"(?:[\s_-]*(?:type|of[\s_-]*measure))?|(?:高程|高度|海拔)?单位"
)
_DATUM_TAGS = ("vertical_datum", "verticaldatum", "vertical_crs", "vertical")
_MOST_NAMES = 10
_EARTH_M = 6_371_000.0
_LEAST_CELL_M, _MOST_CELL_M = 1e-3, 3e6
_TURN, _NO_DEGREES = 360.0, 0.5


def declared(
    path: str, dataset: DatasetReader, *, kind: str, unit: str | None, band: int | None = None
) -> dict[str, Any]:
    """Return the attributes of a ``RasterFile``, or refuse a file that cannot be one.

    Raises
    ------
    DataError
        If it has several bands and none is chosen, complex numbers, no CRS, no position, is rotated, lies where its CRS
        cannot put it, has an impossible scale, counts depths, or has a colour table where heights are wanted.
    """
    alpha = _refuse_bands(path, dataset, kind, band)
    grid, vertical = _grid(path, dataset)
    number = band or 1
    tags = {**dataset.tags(), **dataset.tags(number)}
    scale, offset = float(dataset.scales[number - 1]), float(dataset.offsets[number - 1])
    if not (math.isfinite(scale) and math.isfinite(offset)) or scale == 0:
        raise DataError(f"{path} has the scale {scale:g} and offset {offset:g}; write it again with sound ones")
    if kind == "elevation" and vertical is not None and vertical.axis_info[-1].direction == "down":
        raise DataError(f"{path} counts depths downward ({vertical.name}); give heights, upward")
    own = dataset.units[number - 1] or ""
    text = unit or (own if read_unit(own) else _tagged_unit(tags) or own)
    flags = dataset.mask_flag_enums[number - 1]
    return {
        "grid": grid,
        "driver": dataset.driver,
        "dtype": dataset.dtypes[number - 1],
        "nodata": dataset.nodatavals[number - 1],
        "band": number,
        "scale": scale,
        "offset": offset,
        "unit": read_unit(text) or ("" if unit else _vertical_unit(path, vertical, kind)),
        "unit_text": text,
        "vertical_datum": _vertical_datum(path, dataset, vertical, tags),
        "masked": MaskFlags.per_dataset in flags or MaskFlags.alpha in flags,
        "alpha": alpha and MaskFlags.alpha not in flags,
        "tags": dict(sorted(tags.items())),
    }


def _refuse_bands(path: str, dataset: DatasetReader, kind: str, band: int | None) -> bool:
    """Raise unless there is one band of real numbers, or the one asked for; return whether an alpha band follows."""
    if dataset.count == 0:
        names = [variable_of(name) for name in dataset.subdatasets]
        if not names:
            raise DataError(f"{path} holds no band; give a single-band raster")
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        raise DataError(
            f"{path} holds {len(names)} rasters and no band of its own; "
            f"name one as FILE:variable: {', '.join(names[:_MOST_NAMES])}{more}"
        )
    alpha = bool(dataset.count == 2 and dataset.colorinterp[1] == ColorInterp.alpha and band is None)
    if band is not None and not 1 <= band <= dataset.count:
        raise DataError(f"{path} has no band {band}, only {dataset.count}; get it again, or give the whole file")
    if band is None and dataset.count != 1 and not alpha:
        raise DataError(f"{path} has {dataset.count} bands, so more than one band; give a single-band raster")
    stored = str(dataset.dtypes[(band or 1) - 1])
    if stored.startswith("complex"):
        raise DataError(f"{path} has complex numbers; give a raster of real ones")
    if kind == "elevation" and dataset.colorinterp[0] == ColorInterp.palette:
        raise DataError(f"{path} has a colour table, so it holds classes or a picture; give the heights themselves")
    return alpha


def _grid(path: str, dataset: DatasetReader) -> tuple[Grid, pyproj.CRS | None]:
    """Return where the cells lie, and the part of the CRS with the vertical axis, if any."""
    if dataset.crs is None:
        raise DataError(f"{path} has no CRS; assign one, e.g. with gdal_translate -a_srs EPSG:4326 in.tif out.tif")
    transform = dataset.transform
    if transform.is_identity or transform.is_degenerate or not np.isfinite(transform[:6]).all():
        raise DataError(f"{path} has no position (geotransform); georeference it first, e.g. with gdalwarp")
    try:
        crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    except CRSError as error:
        raise DataError(f"{path} has a CRS that PROJ does not know; assign one, e.g. EPSG:4326") from error
    straight = unrotated(transform, dataset.shape, name=path)
    _refuse_local(path, crs)
    grid = Grid(horizontal_crs(crs, name=path), straight, dataset.width, dataset.height)
    # a drawing of one's own may lie within 360 m of the origin; degrees have cells of less than half a unit
    toy = grid.crs.is_projected and grid.resolution >= _NO_DEGREES and max(map(abs, grid.bounds)) <= _TURN
    cause = None if toy else diagnose(turned(grid), grid.crs)
    if cause is not None:
        raise DataError(f"{path}: {cause}")
    _refuse_cells(path, grid)
    return grid, _vertical(crs)


def _refuse_cells(path: str, grid: Grid) -> None:
    """Raise for cells that no raster of land has: smaller than a millimetre or larger than 3,000 km."""
    metres = grid.unit * (_EARTH_M if grid.crs.is_geographic else 1.0)
    sides = abs(grid.step_x) * metres, abs(grid.step_y) * metres
    if not _LEAST_CELL_M <= min(sides) <= max(sides) <= _MOST_CELL_M:
        wrong = min(sides) if min(sides) < _LEAST_CELL_M else max(sides)
        raise DataError(f"{path} has cells of {wrong:.3g} m; check its geotransform and its CRS {grid.crs.name}")


def _refuse_local(path: str, crs: pyproj.CRS) -> None:
    flat = crs.sub_crs_list[0] if crs.is_compound else crs
    if flat.type_name.startswith(("Engineering", "Local")):
        raise DataError(f"{path} has the local CRS {flat.name!r}; assign a geographic or projected one")


def _vertical(crs: pyproj.CRS) -> pyproj.CRS | None:
    """Return the part of a CRS with the vertical axis."""
    while crs.is_bound and crs.source_crs is not None:
        crs = crs.source_crs
    if crs.is_compound:
        return _vertical(crs.sub_crs_list[-1])
    return crs if len(crs.axis_info) in (1, 3) else None


def turned(grid: Grid) -> Bounds:
    """Return the bounds of a grid with longitudes counted to 360 degrees brought within ±180, as far as they go.

    >>> from affine import Affine
    >>> turned(Grid("EPSG:4326", Affine(1, 0, -0.5, 0, -1, 90), 360, 180))
    (-0.5, -90.0, 180.0, 90.0)
    """
    west, south, east, north = grid.bounds
    if not grid.crs.is_geographic:
        return west, south, east, north
    half = math.pi / grid.unit
    if west >= half - 1e-9 and east <= 2 * half + abs(grid.step_x):
        return west - 2 * half, south, east - 2 * half, north
    if west >= -half - abs(grid.step_x) and half < east <= 2 * half + abs(grid.step_x):
        return west, south, half, north
    return west, south, east, north


def _vertical_unit(path: str, vertical: pyproj.CRS | None, kind: str) -> str:
    if vertical is None:
        return ""
    axis = vertical.axis_info[-1]
    unit = read_unit(axis.unit_name) or unit_of_factor(axis.unit_conversion_factor)
    if not unit and kind == "elevation":
        raise DataError(f"{path} has heights in the unit {axis.unit_name!r} ({vertical.name}); convert them to metres")
    return unit


def _tagged_unit(tags: Mapping[str, str]) -> str:
    texts = (value for key, value in sorted(tags.items()) if _UNIT_TAG.fullmatch(key.strip().lower()))
    return next((text for text in texts if read_unit(text)), "")


def _vertical_datum(path: str, dataset: DatasetReader, vertical: pyproj.CRS | None, tags: Mapping[str, str]) -> str:
    if vertical is not None:
        return str(vertical.name) if len(vertical.axis_info) == 1 else f"{vertical.name} (ellipsoidal height)"
    lower = {key.lower(): value for key, value in tags.items()}
    for key in _DATUM_TAGS:
        if lower.get(key):
            return str(lower[key])
    if Path(path).name.startswith("Copernicus_DSM"):
        return "EGM2008 height (by the product's name)"
    return "EGM96 height (by the SRTM format)" if str(dataset.driver) == "SRTMHGT" else "unknown"
