"""Rivers burned into a DEM: their beds lowered so that they fall from the highest to the lowest cell of each."""

import heapq
import math

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import binary_dilation

from .._validation import check_non_negative
from ..errors import DataError, ParameterError
from ..raster import Grid, elevations, like
from .depressions import COARSE_M
from .flow import Float, Int
from .places import Vectors, line_cells


def burn(dem: xr.DataArray, lines: Vectors, *, depth: float = 0.0) -> xr.DataArray:
    """Return heights in which the cells of rivers never rise downstream.

    On a coarse DEM a gorge narrower than a cell is closed by its walls. The cells that lines pass are taken as open:
    from the lowest cell of each connected river (that at the raster's border or beside nodata, if it has one below the
    median of its cells: at a higher one it comes in) up, and each cell is lowered to the lowest above it. No cell off
    the lines changes.

    Parameters
    ----------
    dem : DataArray
        Heights in metres.
    lines : GeoDataFrame of lines
        Courses of rivers in any CRS; their direction does not matter.
    depth : float
        Metres by which the river is lowered besides, so that what lies beside it drains into it.

    Returns
    -------
    DataArray
        Heights; ``attrs["cells"]`` of rivers, and ``attrs["deepest_m"]``, the deepest cut before ``depth_m``.

    Raises
    ------
    DataError
        If the lines have no CRS, are no lines or miss the DEM.
    ParameterError
        If the depth is negative.

    >>> from geopandas import GeoSeries
    >>> z = np.array([[9.0, 9, 9, 9], [8.0, 5, 7, 4], [9.0, 9, 9, 9]])
    >>> dem = xr.DataArray(z, coords={"y": [25.0, 15, 5], "x": [5.0, 15, 25, 35]}, dims=("y", "x")).rio.write_crs(4544)
    >>> burn(dem, GeoSeries.from_wkt(["LINESTRING (1 15, 39 15)"], crs=4544)).values[1].tolist()
    [8.0, 5.0, 5.0, 4.0]
    """
    lower = check_non_negative(depth, name="depth", unit="m")
    grid = Grid.of(dem)
    cells = line_cells(lines, grid, name="rivers")
    kind = np.dtype(dem.dtype)
    ground = elevations(np.ascontiguousarray(np.asarray(dem.data)), dem.rio.nodata, land=False)
    heights = np.array(ground, dtype=np.float64).ravel()
    cells = cells[~np.isnan(heights[cells])]
    if not cells.size:
        raise DataError("the rivers lie where the DEM has no height; give a DEM that reaches them")
    before = heights[cells]
    bed = _falling(heights, cells, grid)
    heights[cells] = bed - lower
    values = heights.reshape(dem.shape).astype(kind if kind.kind == "f" else np.float32)
    attrs = {**dem.attrs, "cells": int(cells.size), "deepest_m": float((before - bed).max()), "depth_m": lower}
    burned: xr.DataArray = like(dem, values, name=str(dem.name or "dem"), attrs=attrs).rio.write_nodata(math.nan)
    return burned


def _falling(heights: Float, cells: Int, grid: Grid) -> Float:
    """Return the heights of river cells, each lowered to the lowest above it on the way to where its river ends."""
    height, width = grid.shape
    known = {int(cell): i for i, cell in enumerate(cells)}
    seen, receiver, order = np.zeros(cells.size, bool), np.full(cells.size, -1, np.int64), []
    rows, columns = np.divmod(cells, width)
    at_border = (rows == 0) | (rows == height - 1) | (columns == 0) | (columns == width - 1)
    unknown = np.isnan(heights).reshape(grid.shape)
    if unknown.any():  # water leaves there as it does at the border
        at_border |= binary_dilation(unknown, structure=np.ones((3, 3), bool))[rows, columns]
    component = _components(known, cells, width, height)
    # a river whose cells at the border are of its upper half comes in there, and goes on where no line follows it
    middle = pd.Series(heights[cells]).groupby(component).transform("median").to_numpy()
    at_border &= heights[cells] <= middle
    # an end of a river: the lowest of its cells at the border, else the lowest of all; the others wait in this order
    starts = np.lexsort((cells, heights[cells], ~at_border))
    ended: set[int] = set()
    for start in starts.tolist():
        if component[start] in ended:
            continue
        ended.add(component[start])
        heap = [(float(heights[cells[start]]), int(cells[start]))]
        seen[start] = True
        while heap:
            level, cell = heapq.heappop(heap)
            i = known[cell]
            order.append(i)
            for beside in _beside(cell, width, height):
                j = known.get(beside, -1)
                if j >= 0 and not seen[j]:
                    seen[j], receiver[j] = True, i
                    heapq.heappush(heap, (max(level, float(heights[beside])), beside))
    bed = heights[cells].copy()
    for i in reversed(order):
        if receiver[i] >= 0:
            bed[receiver[i]] = min(bed[receiver[i]], bed[i])
    return bed


def _components(known: dict[int, int], cells: Int, width: int, height: int) -> Int:
    """Return the number of the connected river of each cell."""
    number = np.full(cells.size, -1, np.int64)
    count = 0
    for i, cell in enumerate(cells.tolist()):
        if number[i] >= 0:
            continue
        number[i], stack = count, [cell]
        while stack:
            for beside in _beside(stack.pop(), width, height):
                j = known.get(beside, -1)
                if j >= 0 and number[j] < 0:
                    number[j] = count
                    stack.append(beside)
        count += 1
    return number


def _beside(cell: int, width: int, height: int) -> list[int]:
    row, column = divmod(cell, width)
    return [
        i * width + j
        for i in range(max(row - 1, 0), min(row + 2, height))
        for j in range(max(column - 1, 0), min(column + 2, width))
    ]


def cell_width(grid: Grid) -> float:
    """Return the metres of the wider side of a cell in the middle row."""
    across, down = (np.abs(step) for step in grid.spacing())
    middle = grid.height // 2
    return float(max(across[middle], down[middle]))


def refuse_coarse_hand(grid: Grid, *, burned: bool, coarse: bool) -> None:
    """Refuse heights above the drainage on a coarse grid, unless rivers were burned in or it is asked for.

    Raises
    ------
    ParameterError
        If cells are wider than 100 m, no river was burned in, and ``coarse`` is not set.

    >>> refuse_coarse_hand(Grid.from_bounds((0, 0, 9000, 9000), resolution=450, crs=4544), burned=False, coarse=False)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: cells are 450 m wide, over 100 m: gorges look like dams, and heights above ...
    """
    width = cell_width(grid)
    if width > COARSE_M * (1.0 + 1e-6) and not (burned or coarse) and math.isfinite(width):
        raise ParameterError(
            f"cells are {width:.0f} m wide, over {COARSE_M:g} m: gorges look like dams, and heights above the drainage "
            "(HAND) are wrong there; add --rivers FILE to open them, or --coarse to have it all the same"
        )
