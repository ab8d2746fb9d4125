"""Exact setbacks: the cells within a distance of marked cells, or of the features of a layer."""

import math
from typing import Any, TypeAlias, overload

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize

from .._kernels.setback import discs
from .._limits import hold_memory
from .._validation import check_non_negative, check_positive
from ..errors import DataError, ParameterError
from .grid import Grid
from .shapes import plain_shapes
from .strips import strips

Mask: TypeAlias = npt.NDArray[np.bool_]
Shapes: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries

_SLACK = 1.0 + 1e-12  # a radius of whole cells reaches them, whatever rounding does
_STRIP = 1 << 20


@overload
def within_distance(marked: Mask, *, radius: float, cell: float | tuple[float, float]) -> Mask: ...


@overload
def within_distance(marked: Shapes, *, radius: float, grid: Grid) -> Mask: ...


def within_distance(
    marked: Mask | Shapes,
    *,
    radius: float,
    cell: float | tuple[float, float] | None = None,
    grid: Grid | None = None,
) -> Mask:
    """Return which cells have their centre within a radius of the centre of a marked cell.

    The discs are exact and closed: the result is that of SciPy's Euclidean distance transform,
    ``distance_transform_edt(~marked, sampling=cell) <= radius``, found without distances. A radius that is a whole
    number of cells reaches them also where ``3 * 0.1 > 0.3`` in floating point.

    Features are marked in every cell they touch, so that a house or a road narrower than a cell has a setback too; its
    edge is true to half a cell's diagonal (21 m in cells of 30 m). They are marked on a grid that is wider by the
    radius, so those outside count where their setback reaches in.

    Parameters
    ----------
    marked : bool (rows, columns), GeoDataFrame or GeoSeries
        Marked cells, or the features to keep away from.
    radius : float
        Metres, zero or more; zero marks the marked cells.
    cell : float or (float, float)
        With cells: metres from a row to the next, and from a column to the next if that differs.
    grid : Grid
        With features: the grid of the result, in metres.

    Returns
    -------
    bool (rows, columns)
        All False where nothing is marked.

    Raises
    ------
    ParameterError
        If the radius is negative, a cell has no size, or ``cell`` and ``grid`` do not fit what is marked.
    DataError
        If cells are no two-dimensional booleans, features have no CRS, or the grid is in degrees.

    >>> one = np.zeros((5, 5), bool)
    >>> one[2, 2] = True
    >>> within_distance(one, radius=60, cell=30).astype(int)
    array([[0, 0, 1, 0, 0],
           [0, 1, 1, 1, 0],
           [1, 1, 1, 1, 1],
           [0, 1, 1, 1, 0],
           [0, 0, 1, 0, 0]])

    A house 50 m beyond the western edge:

    >>> ground = Grid.from_bounds((0, 0, 150, 60), resolution=30, crs="EPSG:4544")
    >>> house = gpd.GeoSeries([shapely.Point(-45, 45)], crs="EPSG:4544")
    >>> within_distance(house, radius=90, grid=ground).astype(int)
    array([[1, 1, 0, 0, 0],
           [1, 0, 0, 0, 0]])
    """
    metres = check_non_negative(radius, name="radius", unit="m")
    if isinstance(marked, gpd.GeoDataFrame | gpd.GeoSeries):
        if grid is None or cell is not None:
            raise ParameterError("features need the grid on which they are marked, and no cell; give grid=")
        return _of_features(marked.geometry, metres, grid)
    if cell is None or grid is not None:
        raise ParameterError("marked cells need their size in metres, and no grid; give cell=")
    if getattr(marked, "dtype", None) != np.bool_ or np.ndim(marked) != 2:
        raise DataError("marked is no array of booleans in rows and columns; compare to get one, e.g. slope > 25")
    if isinstance(cell, tuple) and len(cell) != 2:
        raise ParameterError(f"cell has {len(cell)} numbers, but must be one, or two: from row to row and across")
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    sides = check_positive(down, name="cell", unit="m"), check_positive(across, name="cell", unit="m")
    return _of_cells(np.ascontiguousarray(marked), metres, sides)


def _of_cells(marked: Mask, radius: float, sides: tuple[float, float]) -> Mask:
    rows, columns = marked.shape
    out = np.zeros(marked.shape, dtype=np.bool_)
    if not marked.any():
        return out
    widths = _widths(radius, sides, marked.shape)
    reach = len(widths) - 2
    parts = strips(rows, columns, cells=_STRIP, least=2 * reach + 1)
    tallest = min(parts[0].stop + 2 * reach, rows)
    away = np.empty((tallest, columns), dtype=np.min_scalar_type(reach + 1))
    for part in parts:
        discs(marked, widths, part.start, part.stop, away, out)
    return out


def _widths(radius: float, sides: tuple[float, float], shape: tuple[int, int]) -> npt.NDArray[np.int64]:
    """Return how many columns a disc spans to one side, by rows from its centre, and -1 for beyond.

    Distances are rounded as SciPy rounds them.
    """
    down, across = sides
    limit = radius * _SLACK
    reach = int(min(limit // down, shape[0] - 1))
    steps = (np.arange(min(limit // across + 2, shape[1] + 1)) * across) ** 2
    spans = [int((np.sqrt((row * down) ** 2 + steps) <= limit).sum()) - 1 for row in range(reach + 1)]
    return np.array([*spans, -1], dtype=np.int64)


def _of_features(shapes: gpd.GeoSeries, radius: float, grid: Grid) -> Mask:
    if grid.crs.is_geographic:
        raise DataError(
            f"the grid has the CRS {grid.crs.name}, in degrees, but a setback is in metres; reproject it to one in "
            "metres, e.g. EPSG:4544"
        )
    if shapes.crs is None:
        raise DataError("the features have no CRS; set one with .set_crs, e.g. EPSG:4326 for degrees")
    down, across = abs(grid.step_y) * grid.unit, abs(grid.step_x) * grid.unit
    margin = math.ceil(radius * _SLACK / min(down, across))
    wide = grid.padded(margin)
    present = shapes[~(shapes.isna() | shapes.is_empty)].to_crs(grid.crs)
    near = present[shapely.intersects(present.to_numpy(), shapely.box(*wide.bounds))]
    if not len(near):
        return np.zeros(grid.shape, dtype=np.bool_)
    # no farther out than there are features: a wide radius would else cost memory for nothing
    west, south, east, north = near.total_bounds
    columns, rows = grid.place([west, east], [south, north])
    before_row, after_row = _beyond(rows, grid.height, margin)
    before_column, after_column = _beyond(columns, grid.width, margin)
    wide = wide.window(
        slice(margin - before_row, margin + grid.height + after_row),
        slice(margin - before_column, margin + grid.width + after_column),
    )
    hold_memory(
        f"a setback of {radius:g} m marks {wide.width * wide.height:,} cells",
        2.0 * wide.width * wide.height,
        cure="give a smaller radius or coarser cells",
    )
    marks: Any = rasterize(
        plain_shapes(near), out_shape=wide.shape, transform=wide.transform, all_touched=True, dtype="uint8"
    )
    inner = slice(before_row, before_row + grid.height), slice(before_column, before_column + grid.width)
    return np.ascontiguousarray(_of_cells(marks.view(np.bool_), radius, (down, across))[inner])


def _beyond(places: npt.NDArray[np.float64], size: int, margin: int) -> tuple[int, int]:
    """Return how many cells before and after an axis of a grid features reach, up to a margin."""
    first, last = float(places.min()), float(places.max())
    return (
        math.ceil(min(max(1.0 - first, 0.0), margin)),
        math.ceil(min(max(last - size + 1.0, 0.0), margin)),
    )
