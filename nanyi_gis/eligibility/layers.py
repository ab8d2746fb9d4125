"""Layers of exclusions on the grid of a DEM: features or rasters, also from beyond its frame."""

import math
import os
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr

from .._transformers import crs_to_crs
from ..errors import DataError, ParameterError
from ..io import read_vector
from ..raster import RASTER_SUFFIXES, Grid, RasterFile, horizontal_crs, open_raster, read_aligned, within_distance

LayerLike: TypeAlias = str | os.PathLike[str] | gpd.GeoDataFrame | xr.DataArray
Mask: TypeAlias = npt.NDArray[np.bool_]
Values: TypeAlias = npt.NDArray[np.float32]


def is_raster(layer: LayerLike) -> bool:
    """Tell a raster from a layer of features.

    >>> is_raster("cover.tif"), is_raster("roads.gpkg")
    (True, False)
    """
    if isinstance(layer, gpd.GeoDataFrame | xr.DataArray):
        return isinstance(layer, xr.DataArray)
    return Path(layer).suffix.lower() in RASTER_SUFFIXES


def features(layer: LayerLike, name: str) -> gpd.GeoDataFrame:
    """Return a layer of features, read if it is a file."""
    frame = layer if isinstance(layer, gpd.GeoDataFrame) else read_vector(layer)
    if frame.crs is None:
        raise DataError(f"layer {name} has no CRS; set one, e.g. EPSG:4326")
    return frame


def near_features(frame: gpd.GeoDataFrame, name: str, *, radius: float, grid: Grid) -> Mask:
    """Return the cells within a radius of features, those beyond the frame included.

    Raises
    ------
    DataError
        If all features lie elsewhere.
    """
    there = frame.geometry[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs(grid.crs)
    down, across = cell_metres(grid)
    wide = grid.padded(math.ceil(radius / min(down, across)) + 1)
    if not _meet(tuple(there.total_bounds), wide.bounds):
        raise DataError(f"layer {name} does not reach the DEM; check its CRS, or leave it out")
    if not grid.crs.is_geographic:
        return within_distance(there, radius=radius, grid=grid)
    flat, moved = _flat(grid, there)
    return within_distance(moved, radius=radius, grid=flat)


def _flat(grid: Grid, shapes: gpd.GeoSeries) -> tuple[Grid, gpd.GeoSeries]:
    """Return a grid in degrees and shapes on it as if cells were as large everywhere as in the middle, in metres."""
    down, across = cell_metres(grid)
    x, y = across / grid.step_x, down / abs(grid.step_y)
    moved = shapes.affine_transform([x, 0.0, 0.0, y, -x * grid.transform.c, -y * grid.transform.f])
    top = math.copysign(down, grid.step_y)
    transform = type(grid.transform)(across, 0.0, 0.0, 0.0, top, 0.0)
    flat = Grid(
        horizontal_crs("EPSG:4544", name="the grid"), transform, grid.width, grid.height
    )  # any CRS in metres: places on it mean nothing
    return flat, moved.set_crs(flat.crs, allow_override=True)


def cell_metres(grid: Grid) -> tuple[float, float]:
    """Return the metres from a row to the next and from a column to the next, in the middle of the grid."""
    east, north = grid.spacing()
    middle = grid.height // 2
    return abs(float(north[middle])), abs(float(east[middle]))


def values_on(layer: LayerLike, name: str, grid: Grid, *, codes: bool) -> Values:
    """Return the values of a raster at the cells of a grid, NaN where it has none; codes by the nearest cell.

    Raises
    ------
    DataError
        If it lies elsewhere, or an array on another grid.
    ParameterError
        If the layer is one of features.
    """
    if isinstance(layer, xr.DataArray):
        return _of_array(layer, name, grid)
    if not is_raster(layer):
        raise ParameterError(f"layer {name} is {layer}, but its rule asks for a raster; give a GeoTIFF")
    path = os.fspath(layer)
    own = RasterFile.of(path, kind="code" if codes else "quantity").grid
    there = crs_to_crs(own.crs, grid.crs).transform_bounds(*own.bounds)
    if not _meet(there, grid.bounds):
        raise DataError(f"layer {name} ({path}) does not reach the DEM; check its CRS, or leave it out")
    with open_raster(path, kind="code" if codes else "quantity") as reader:
        return read_aligned(reader, grid, nearest=codes)


def _of_array(layer: xr.DataArray, name: str, grid: Grid) -> Values:
    """Return an array on the same grid, or on the middle of a wider one that is asked for."""
    own = Grid.of(layer, name=name)
    margin = (grid.width - own.width) // 2
    if margin < 0 or not own.padded(margin).matches(grid):
        raise DataError(f"layer {name} lies on another grid than the DEM; reproject it, or give the path of its file")
    values = np.asarray(layer.data, dtype=np.float32)
    nodata = layer.rio.nodata
    if nodata is not None and not math.isnan(nodata):
        values = np.where(values == np.float32(nodata), np.float32(np.nan), values)
    return np.pad(values, margin, constant_values=np.nan) if margin else values


def near_cells(
    layer: LayerLike, name: str, *, wanted: tuple[int, ...], radius: float, grid: Grid
) -> tuple[Mask, Mask | None]:
    """Return the cells within a radius of marked cells of a raster, and those where a raster of codes is silent.

    Marked are the ``wanted`` codes, or any value but 0.
    """
    sides = cell_metres(grid)
    margin = math.ceil(radius / min(sides)) if radius else 0
    values = values_on(layer, name, grid.padded(margin), codes=True)
    known = ~np.isnan(values)
    marked = np.isin(values, np.array(wanted, np.float32)) if wanted else known & (values != 0)
    inner = slice(margin, margin + grid.height), slice(margin, margin + grid.width)
    silent = ~known[inner] if wanted else None
    near = within_distance(marked, radius=radius, cell=sides) if radius else marked
    return np.ascontiguousarray(near[inner]), silent


def _meet(one: Any, other: Any) -> bool:
    if not np.isfinite(np.asarray(one, dtype=float)).all():
        return False
    return bool(shapely.box(*one).intersects(shapely.box(*other)))
