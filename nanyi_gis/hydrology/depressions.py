"""Hollows of a DEM, each with its depth, area and volume: reported, and kept or filled by the user's rule."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from rasterio.features import rasterize
from scipy import ndimage

from .._validation import check_non_negative
from ..errors import DataError
from ..raster import Areas, Grid, plain_shapes
from .flow import Bool, Float, Int
from .places import on_grid, outlines, refuse_far

COARSE_M = 100.0
"""Widest cells on which a valley is still open: above it gorges narrower than a cell look like dams."""

_AREAS = {"Polygon", "MultiPolygon"}
_NEIGHBOURS = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0))


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Which depressions are real and stay closed basins: those that meet every condition given.

    Attributes
    ----------
    deeper_m : float
        At least so deep.
    larger_km2 : float
        At least so large.
    inside : GeoDataFrame, optional
        Areas, e.g. of carbonate rock, in which its lowest cell lies.

    >>> Keep(deeper_m=-1)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: deeper is -1 m, but must not be negative
    """

    deeper_m: float = 0.0
    larger_km2: float = 0.0
    inside: gpd.GeoDataFrame | None = None

    def __post_init__(self) -> None:
        check_non_negative(self.deeper_m, name="deeper", unit="m")
        check_non_negative(self.larger_km2, name="larger", unit="km2")

    def chosen(self, found: gpd.GeoDataFrame, grid: Grid) -> Bool:
        """Return which rows of :func:`depressions` are kept."""
        kept = (found["depth_m"] >= self.deeper_m).to_numpy() & (found["area_km2"] >= self.larger_km2).to_numpy()
        if self.inside is not None:
            areas = on_grid(self.inside, grid, name="areas to keep", kinds=_AREAS, what="areas")
            refuse_far(areas, grid, name="areas to keep")
            within = rasterize(
                plain_shapes(areas.to_numpy()), out_shape=grid.shape, transform=grid.transform, dtype="uint8"
            )
            kept &= within.ravel()[found.attrs["bottoms"]] > 0
        return np.asarray(kept, dtype=bool)


def depressions(dem: xr.DataArray, filled: xr.DataArray, *, keep: Keep | None = None) -> gpd.GeoDataFrame:
    """Return every hollow that filling closed, the deepest first.

    Parameters
    ----------
    dem : DataArray
        Heights in metres, projected or in degrees.
    filled : DataArray
        The same with its hollows filled to where they spill: ``drainage(dem, depressions="fill")["filled"]``.
    keep : Keep, optional
        Which are real, as dolines and poljes of karst are; none if not given.

    Returns
    -------
    GeoDataFrame
        Outlines of whole cells in the CRS of the DEM, with ``depression`` (from 1), ``kept``, ``depth_m`` (of its
        lowest cell below the spill), ``area_km2``, ``volume_m3``, ``cells``, ``spill_m`` (level at which it spills),
        ``spill_x``, ``spill_y``, ``bottom_x``, ``bottom_y`` (centres of the cells, in the CRS). ``attrs["bottoms"]``
        has the flat numbers of the lowest cells. Two hollows that touch have one level, so they are one.

    Raises
    ------
    DataError
        If the grids differ, or the areas to keep have no CRS or miss the DEM.

    Notes
    -----
    On a coarse DEM a gorge narrower than a cell looks like a dam: what is reported there is mostly no hollow.

    Examples
    --------
    A pit of 2 m that spills at 5 m:

    >>> z = np.array([[9.0, 9, 9, 9], [9.0, 3, 5, 1], [9.0, 9, 9, 9]])
    >>> grid = {"coords": {"y": [25.0, 15, 5], "x": [5.0, 15, 25, 35]}, "dims": ("y", "x")}
    >>> dem = xr.DataArray(z, **grid).rio.write_crs(4544)
    >>> found = depressions(dem, dem.where(dem != 3.0, 5.0))
    >>> found[["depth_m", "spill_m", "spill_x", "bottom_x", "cells"]].values.tolist()
    [[2.0, 5.0, 25.0, 15.0, 1.0]]
    """
    grid = Grid.of(dem)
    if not Grid.of(filled, name="filled").matches(grid):
        raise DataError("filled is on another grid than dem; make it of the same DEM")
    ground = np.asarray(dem.data, dtype=np.float64)
    level = np.asarray(filled.data, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        hollow = level > ground
    labels, count = ndimage.label(hollow, structure=np.ones((3, 3), int))
    cells = np.flatnonzero(labels)
    number = labels.ravel()[cells]
    ranked = _ranked(number, (level - ground).ravel()[cells], cells, count)
    codes = np.zeros(labels.shape, np.int32)
    codes.ravel()[cells] = ranked[number]
    table = _table(codes, ground, level, cells, grid, count)
    bottoms = table.pop("bottom").to_numpy()
    shapes = outlines(codes, grid, name="depression").drop(columns="area_km2")
    found = gpd.GeoDataFrame(shapes.merge(table, on="depression"), geometry="geometry", crs=grid.crs)
    found.attrs["bottoms"] = bottoms
    kept = np.zeros(count, bool) if keep is None else keep.chosen(found, grid)
    found.insert(1, "kept", kept)
    return found[[name for name in found.columns if name != "geometry"] + ["geometry"]]


def closed_basins(found: gpd.GeoDataFrame, grid: Grid) -> xr.DataArray:
    """Return the lowest cell of each depression that is kept, as truth values: where water ends (``fixed``)."""
    marked = np.zeros(grid.shape, bool)
    marked.ravel()[found.attrs["bottoms"][found["kept"].to_numpy()]] = True
    return grid.array(marked, name="closed")


def _ranked(number: Int, depth: Float, cells: Int, count: int) -> Int:
    """Return the new number of each label: the deepest is 1; of equals, the one that comes first in the raster."""
    deepest = np.zeros(count + 1)
    np.maximum.at(deepest, number, depth)
    first = np.full(count + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, number, cells)
    order = np.lexsort((first[1:], -deepest[1:]))
    ranked = np.zeros(count + 1, np.int64)
    ranked[1 + order] = np.arange(1, count + 1)
    return ranked


def _table(
    codes: npt.NDArray[np.int32], ground: Float, level: Float, cells: Int, grid: Grid, count: int
) -> pd.DataFrame:
    number = codes.ravel()[cells]
    areas = _areas_of(cells, grid)
    depth = (level - ground).ravel()[cells]
    order = np.lexsort((cells, -depth, number))  # the lowest cell of each comes first
    firsts = order[np.searchsorted(number[order], np.arange(1, count + 1))]
    bottom = cells[firsts]
    spill = _spills(codes, ground, level, cells, count)
    size = count + 1
    where = {
        f"{name}_{axis}": value
        for name, place in (("spill", spill), ("bottom", bottom))
        for axis, value in (("x", grid.columns(place % grid.width)), ("y", grid.rows(place // grid.width)))
    }
    return pd.DataFrame(
        {
            "depression": np.arange(1, size),
            "depth_m": depth[firsts],
            "area_km2": np.bincount(number, weights=areas, minlength=size)[1:] / 1e6,
            "volume_m3": np.bincount(number, weights=areas * depth, minlength=size)[1:],
            "cells": np.bincount(number, minlength=size)[1:],
            "spill_m": level.ravel()[bottom],
            **where,
            "bottom": bottom,
        }
    )


def _areas_of(cells: Int, grid: Grid) -> Float:
    """Return the true areas of cells in m²; rising numbers."""
    found = np.empty(cells.size)
    areas = Areas.of(grid)
    step = max(1, 1_000_000 // grid.width)
    for start in range(0, grid.height, step):
        stop = min(start + step, grid.height)
        a, b = np.searchsorted(cells, [start * grid.width, stop * grid.width])
        if b > a:
            found[a:b] = areas.rows(start, stop).ravel()[cells[a:b] - start * grid.width]
    return found


def _spills(codes: npt.NDArray[np.int32], ground: Float, level: Float, cells: Int, count: int) -> Int:
    """Return the cell over which each spills: dry, beside it, and as high as its level; the first in the raster."""
    height, width = codes.shape
    rows, columns = np.divmod(cells, width)
    number = codes.ravel()[cells]
    spill = np.full(count + 1, codes.size, np.int64)
    for down, across in _NEIGHBOURS:
        i, j = rows + down, columns + across
        inside = (i >= 0) & (i < height) & (j >= 0) & (j < width)
        beside = i[inside] * width + j[inside]
        of = number[inside]
        rim = (codes.ravel()[beside] == 0) & (ground.ravel()[beside] == level.ravel()[cells[inside]])
        np.minimum.at(spill, of[rim], beside[rim])
    return spill[1:]
