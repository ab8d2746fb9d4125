"""Following D8 directions down: what lies below each cell, how far, how high above it, and what drains where."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._kernels.streams import descend
from ..errors import DataError
from ..raster import Grid, like
from .places import cells_of_points, outlines

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]

LEAVES, UNKNOWN = 0, 255
"""Directions of a cell where the water leaves the raster, and of one without height."""

_STEPS = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0), 128: (-1, 1)}


def receivers(direction: xr.DataArray) -> Int:
    """Return the flat number of the cell below each cell, itself where the water leaves, -1 where nothing is known.

    Parameters
    ----------
    direction : DataArray
        ESRI codes: E 1, SE 2, S 4, SW 8, W 16, NW 32, N 64, NE 128; 0 where the water leaves, 255 nodata.

    Raises
    ------
    DataError
        If it holds another code, or points off the raster.

    >>> grid = Grid.from_bounds((0, 0, 20, 20), resolution=10, crs=4544)
    >>> receivers(grid.array(np.array([[1, 4], [255, 0]], np.uint8))).tolist()
    [1, 3, -1, 3]
    """
    grid = Grid.of(direction, name="direction")
    codes = np.asarray(direction.data)
    known = np.zeros(256, bool)
    known[[LEAVES, UNKNOWN, *_STEPS]] = True
    if codes.dtype != np.uint8 or not known[codes].all():
        shown = f"the type {codes.dtype}" if codes.dtype != np.uint8 else f"the code {int(codes[~known[codes]][0])}"
        raise DataError(f"direction has {shown}, but must be uint8 of 0, 1, 2, 4, 8, 16, 32, 64, 128 and 255")
    south, east = (1 if grid.step_y < 0 else -1), (1 if grid.step_x > 0 else -1)
    offsets = np.zeros(256, np.int64)
    for code, (down, across) in _STEPS.items():
        down, across = down * south, across * east
        edges = [codes[-1 if down > 0 else 0]] if down else []
        edges += [codes[:, -1 if across > 0 else 0]] if across else []
        if any(bool((edge == code).any()) for edge in edges):
            raise DataError(f"direction points off the raster with {code}; water leaves with {LEAVES}")
        offsets[code] = down * grid.width + across
    target: Int = np.arange(codes.size, dtype=np.int64) + offsets[codes.ravel()]
    target[codes.ravel() == UNKNOWN] = -1
    return target


def below(direction: xr.DataArray, marked: Bool) -> tuple[Int, Float]:
    """Return the first marked cell below each cell and the metres to it, as flat arrays; -1 and NaN where none is."""
    grid = Grid.of(direction, name="direction")
    across, down = (np.abs(step) for step in grid.spacing())
    end, length = descend(receivers(direction), np.ascontiguousarray(marked).ravel(), across, down, grid.width)
    return end, length


def flow_distance(direction: xr.DataArray, *, to: xr.DataArray | None = None) -> xr.DataArray:
    """Return the metres along the flow to where the water leaves, or to the first marked cell.

    Parameters
    ----------
    direction : DataArray
        Of :func:`drainage`, with a CRS.
    to : DataArray, optional
        Marked cells (not zero), e.g. those of a river, on the same grid.

    Returns
    -------
    DataArray
        float32 metres, 0 on the cells themselves, NaN where the flow meets none. On a grid in degrees the length of
        a step is that at its upper cell's latitude.

    Raises
    ------
    DataError
        If ``to`` is on another grid, or the directions are none.

    >>> grid = Grid.from_bounds((0, 0, 30, 10), resolution=10, crs=4544)
    >>> flow_distance(grid.array(np.array([[1, 1, 0]], np.uint8))).values.tolist()
    [[20.0, 10.0, 0.0]]
    """
    marked = np.asarray(direction.data) == LEAVES if to is None else marked_cells(to, direction)
    _, length = below(direction, marked)
    return like(
        direction,
        length.reshape(direction.shape).astype(np.float32),
        name="flow_distance",
        attrs={"units": "m", "long_name": "distance along the flow"},
    )


def height_above(surface: xr.DataArray, direction: xr.DataArray, *, to: xr.DataArray) -> xr.DataArray:
    """Return how high each cell lies above the first marked cell below it (HAND for the cells of streams).

    Height above nearest drainage (Renno et al. 2008; Nobre et al. 2011): the nearest along the flow, not as the crow
    flies. A cell lower than the one it drains to, in a hollow of the surface, has 0.

    Parameters
    ----------
    surface : DataArray
        Heights in metres.
    direction : DataArray
        Of :func:`drainage`, on the same grid.
    to : DataArray
        Marked cells (not zero), on the same grid.

    Returns
    -------
    DataArray
        float32 metres; NaN where the flow meets none.

    Raises
    ------
    DataError
        If the grids differ, or the directions are none.

    >>> grid = Grid.from_bounds((0, 0, 30, 10), resolution=10, crs=4544)
    >>> codes, dem = grid.array(np.array([[1, 1, 0]], np.uint8)), grid.array(np.array([[9.0, 4.0, 1.0]]))
    >>> height_above(dem, codes, to=grid.array(np.array([[0, 1, 1]]))).values.tolist()
    [[5.0, 0.0, 0.0]]
    """
    same_grid(surface, direction, name="surface")
    end, _ = below(direction, marked_cells(to, direction))
    heights = np.asarray(surface.data, dtype=np.float64).ravel()
    above = np.where(end >= 0, np.maximum(heights - heights[end], 0.0), np.nan)
    return like(
        direction,
        above.reshape(direction.shape).astype(np.float32),
        name="hand",
        attrs={"units": "m", "long_name": "height above the nearest drainage"},
    )


def catchments(direction: xr.DataArray, *, outlets: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray) -> xr.DataArray:
    """Return which outlet each cell drains to first.

    Parameters
    ----------
    direction : DataArray
        Of :func:`drainage`.
    outlets : GeoDataFrame of points, or DataArray
        Points are the first, second, ... outlet of the cell in which they lie; of a raster of whole numbers, each
        number above 0 is an outlet of one or more cells.

    Returns
    -------
    DataArray
        int32: 1, 2, ... in the order of the points (or the raster's own numbers), 0 where the flow meets none. A
        catchment ends where the one of another outlet above it begins.

    Raises
    ------
    DataError
        If a point lies outside the raster or where it has no height, two lie in one cell, or the grids differ.

    >>> grid = Grid.from_bounds((0, 0, 30, 10), resolution=10, crs=4544)
    >>> gauges = gpd.GeoSeries.from_xy([15.0, 25.0], [5.0, 5.0], crs=4544)
    >>> catchments(grid.array(np.array([[1, 1, 0]], np.uint8)), outlets=gauges).values.tolist()
    [[1, 1, 2]]
    """
    numbers = np.zeros(direction.size, np.int32)
    if isinstance(outlets, xr.DataArray):
        same_grid(outlets, direction, name="outlets")
        given = np.asarray(outlets.data)
        if given.dtype.kind not in "iub":
            raise DataError(f"outlets have the type {given.dtype}, but must be whole numbers, 0 where there is none")
        numbers[:] = np.maximum(given.astype(np.int64), 0).ravel()
    else:
        cells = cells_of_points(outlets, Grid.of(direction, name="direction"), name="outlets")
        unknown = np.asarray(direction.data).ravel()[cells] == UNKNOWN
        if unknown.any():
            first = list(outlets.index)[int(np.argmax(unknown))]
            raise DataError(f"outlet {first!r} lies where the DEM has no height; move it or leave it out")
        _refuse_one_cell(cells, list(outlets.index))
        numbers[cells] = np.arange(1, len(cells) + 1)
    end, _ = below(direction, (numbers > 0).reshape(direction.shape))
    found = np.where(end >= 0, numbers[end], 0).astype(np.int32)
    parts: xr.DataArray = like(direction, found.reshape(direction.shape), name="catchment").rio.write_nodata(0)
    return parts


def catchment_polygons(catchment: xr.DataArray) -> gpd.GeoDataFrame:
    """Return the outline and true area of each catchment, one row each, in the raster's CRS.

    Returns
    -------
    GeoDataFrame
        ``catchment`` (its number), ``area_km2`` (true area of its cells), MultiPolygons of whole cells.

    >>> grid = Grid.from_bounds((0, 0, 30, 10), resolution=10, crs=4544)
    >>> catchment_polygons(grid.array(np.array([[1, 1, 0]], np.int32))).geometry.area.tolist()
    [200.0]
    """
    return outlines(np.asarray(catchment.data), Grid.of(catchment, name="catchment"), name="catchment")


def same_grid(raster: xr.DataArray, other: xr.DataArray, *, name: str) -> None:
    """Refuse a raster on another grid."""
    if not Grid.of(raster, name=name).matches(Grid.of(other, name="direction")):
        raise DataError(f"{name} is on another grid than the directions; resample it with rio.reproject_match first")


def marked_cells(marks: xr.DataArray, direction: xr.DataArray) -> Bool:
    """Return where a raster on the grid of the directions is neither zero nor nodata."""
    same_grid(marks, direction, name="to")
    values = np.asarray(marks.data)
    marked: Bool = (values != 0) & ~np.isnan(values) if values.dtype.kind == "f" else values != 0
    return marked


def _refuse_one_cell(cells: Int, labels: list[object]) -> None:
    twice = pd.Series(cells).duplicated(keep=False).to_numpy()
    if twice.any():
        a, b = (labels[int(i)] for i in np.flatnonzero(cells == cells[int(np.argmax(twice))])[:2])
        raise DataError(f"outlets {a!r} and {b!r} lie in one cell; leave one out, or give a finer DEM")
