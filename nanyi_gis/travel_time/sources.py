"""Where travel starts: points or marked cells, moved off barriers to their own bank."""

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from .._validation import check_non_negative, numbers
from ..errors import DataError, ParameterError
from .barriers import Barriers, on_grid, raster_on
from .grid import Bool, Float, Steps
from .solver import Seeds

Initial: TypeAlias = str | npt.ArrayLike


def seeds_of(
    sources: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray,
    grid: Steps,
    *,
    usable: Bool,
    barriers: Barriers | None = None,
    max_snap: float | None = None,
    initial_minutes: Initial | None = None,
) -> tuple[Seeds, Float]:
    """Return the seeds, and how many metres each point was moved to a usable cell.

    ``usable`` marks the cells where one can stand. A point on a barrier cell is moved to the nearest
    usable cell that a straight line reaches without crossing the barrier; by default within the cells around it.
    A point on nodata is moved only if ``max_snap`` (metres) is given.

    Raises
    ------
    DataError
        If a point lies outside the raster or cannot be moved, or there is no source.
    ParameterError
        If ``initial_minutes`` or ``max_snap`` is not usable.
    """
    if max_snap is not None:
        check_non_negative(max_snap, name="max_snap", unit="m")
    if isinstance(sources, xr.DataArray):
        if initial_minutes is not None:
            raise ParameterError("initial_minutes is given with a raster of sources, but needs points; give points")
        return _marked(sources, grid, usable)
    frame = on_grid(sources, grid, name="sources")
    if frame.empty:
        raise DataError("sources is empty; give at least one point")
    wrong = sorted(set(frame.geom_type.dropna()) - {"Point", "MultiPoint"})
    if wrong or frame.geometry.isna().any() or frame.geometry.is_empty.any():
        raise DataError(f"sources hold {', '.join(wrong) or 'empty geometries'}, but must be points; use .centroid")
    points, numbers = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    start = _initial(frame, initial_minutes)[numbers]
    ready = np.isfinite(start)
    points, start, numbers = points[ready], start[ready], numbers[ready]
    if not points.size:
        raise DataError("initial_minutes is infinite for every source, so none can start; check the network's times")
    column, row = grid.place(shapely.get_x(points), shapely.get_y(points))
    outside = ~((column >= 0) & (column <= grid.width) & (row >= 0) & (row <= grid.height))
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        where = points[first]
        raise DataError(
            f"{outside.sum()} of {len(points)} sources lie outside the DEM, the first is number {numbers[first]} "
            f"at ({where.x:g}, {where.y:g}) in the DEM's CRS; remove them or give a larger DEM"
        )
    c = np.minimum(column.astype(np.int64), grid.width - 1)
    r = np.minimum(row.astype(np.int64), grid.height - 1)
    moved = np.zeros(len(points))
    for i in np.flatnonzero(~usable[r, c]):
        r[i], c[i], moved[i] = _move(
            int(numbers[i]), float(column[i]), float(row[i]), grid, usable=usable, barriers=barriers, max_snap=max_snap
        )
    return Seeds(r * grid.width + c, start, numbers.astype(np.int32)), moved


def _marked(raster: xr.DataArray, grid: Steps, usable: Bool) -> tuple[Seeds, Float]:
    marked = raster_on(raster, grid, name="sources") & usable
    cells = np.flatnonzero(marked.ravel())
    if cells.size == 0:
        raise DataError("sources mark no cell of the DEM that can be walked on; check nodata and barriers")
    labels = np.asarray(raster.data).ravel()[cells]
    whole = np.rint(labels)
    if (whole != labels).any() or whole.min() < 0 or whole.max() > np.iinfo(np.int32).max:
        raise DataError("sources hold labels that are no whole numbers of 1 or more; relabel the raster")
    return Seeds(cells.astype(np.int64), np.zeros(cells.size), whole.astype(np.int32)), np.zeros(cells.size)


def _initial(points: gpd.GeoDataFrame, initial: Initial | None) -> Float:
    if initial is None:
        return np.zeros(len(points))
    if isinstance(initial, str) and initial not in points.columns:
        raise ParameterError(f"initial_minutes is {initial!r}, but sources have no such column; name one of them")
    values = points[initial] if isinstance(initial, str) else pd.Series(np.asarray(initial).ravel())
    if len(values) != len(points):
        raise ParameterError(f"initial_minutes has {len(values)} values for {len(points)} sources; give one each")
    try:
        start = numbers(values, name="initial_minutes", infinite=True)
    except DataError as error:
        raise ParameterError(f"{error} (inf for unreachable)") from error
    return start.to_numpy(dtype=np.float64)


def _move(
    number: int,
    column: float,
    row: float,
    grid: Steps,
    *,
    usable: Bool,
    barriers: Barriers | None,
    max_snap: float | None,
) -> tuple[int, int, float]:
    """Return row and column of the nearest usable cell on the point's own bank, and its distance in metres."""
    c, r = min(int(column), grid.width - 1), min(int(row), grid.height - 1)
    on_barrier = barriers is not None and bool(barriers.cells[r, c])
    index = min(r, grid.east.size - 1)
    east, south = float(grid.east[index]), float(grid.south[index])
    reach = 2.0 * float(np.hypot(east, south)) if max_snap is None and on_barrier else max_snap or 0.0
    cause = "a barrier" if on_barrier else "nodata"
    wide, high = int(reach / east) + 1, int(reach / south) + 1
    r0, r1 = max(0, r - high), min(grid.height, r + high + 1)
    c0, c1 = max(0, c - wide), min(grid.width, c + wide + 1)
    rr, cc = np.nonzero(usable[r0:r1, c0:c1])
    rr, cc = rr + r0, cc + c0
    away = np.hypot((cc + 0.5 - column) * east, (rr + 0.5 - row) * south)
    order = np.argsort(away, kind="stable")
    for i in order[away[order] <= reach]:
        if _same_bank(column, row, cc[i] + 0.5, rr[i] + 0.5, grid, barriers if on_barrier else None):
            return int(rr[i]), int(cc[i]), float(away[i])
    raise DataError(
        f"source {number} lies on {cause} and no cell to start from is within {reach:.0f} m; "
        "move the point or raise max_snap (--max-snap)"
    )


def _same_bank(column: float, row: float, to_column: float, to_row: float, grid: Steps, walls: Barriers | None) -> bool:
    if walls is None or walls.shapes is None:
        return True
    x = grid.transform.c + np.array([column, to_column]) * grid.step_x
    y = grid.transform.f + np.array([row, to_row]) * grid.step_y
    return not walls.shapes.intersects(shapely.linestrings(x, y)).any()
