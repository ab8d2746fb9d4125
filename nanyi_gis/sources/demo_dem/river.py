"""The Chishui in the demonstration terrain: its course, its heights, the cells it takes."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from affine import Affine
from scipy import ndimage, sparse
from scipy.sparse import csgraph

Field = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]


def valley_path(cost: Field, transform: Affine, *, start: Sequence[float], end: Sequence[float]) -> shapely.LineString:
    """Return the way from ``start`` to ``end`` (x, y) that costs least, rounded off at its corners.

    Dijkstra over the eight neighbours; ``cost`` is that of a cell's width of way. The corners are
    smoothed over about three cells.
    """
    rows, columns = cost.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    edges = []
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = np.s_[: rows - down, max(-across, 0) : columns - max(across, 0)]
        there = np.s_[down:, max(across, 0) : columns - max(-across, 0)]
        length = np.hypot(down, across)
        edges.append((number[here].ravel(), number[there].ravel(), ((cost[here] + cost[there]) * length / 2).ravel()))
    i, j, weight = (np.concatenate(part) for part in zip(*edges, strict=True))
    graph = sparse.csr_array((weight, (i, j)), shape=(number.size, number.size))
    first, goal = (int(number[cell_of(transform, place)]) for place in (start, end))
    before = csgraph.dijkstra(graph, directed=False, indices=goal, return_predecessors=True)[1]
    way = [tuple(start)]
    cell = first
    while cell != goal:
        cell = int(before[cell])
        way.append(transform * (cell % columns + 0.5, cell // columns + 0.5))
    way[-1] = tuple(end)
    smooth = ndimage.gaussian_filter1d(np.array(way), 1.0, axis=0, mode="nearest")
    smooth[[0, -1]] = way[0], way[-1]
    return shapely.LineString(smooth)


def valley_cost(surface: Field, *, roughness: Field, steep_m: float = 30.0) -> Field:
    """Return what a river's way costs: little in valleys, more or less by chance elsewhere, so that it winds.

    The square of 1 plus the height above the lowest cell in units of ``steep_m``, times two to the
    power of ``roughness``.
    """
    cost: Field = (1.0 + (surface - surface.min()) / steep_m) ** 2 * 2.0**roughness
    return cost


def chain(cost: Field, transform: Affine, *, places: Sequence[Sequence[float]]) -> Points:
    """Return the coordinates of a valley path from place to place (x, y each)."""
    way = [tuple(places[0])]
    for start, end in itertools.pairwise(places):
        way += list(valley_path(cost, transform, start=start, end=end).coords)[1:]
    return np.array(way)


def levels(line: shapely.LineString, knots: Mapping[tuple[float, float], float], *, chainage: Field) -> Field:
    """Return the river's height at ``chainage`` (m): linear between ``knots`` (x, y to height), level outside them.

    >>> line = shapely.LineString([(0, 0), (10, 0)])
    >>> levels(line, {(0, 1): 690.0, (10, 1): 300.0}, chainage=np.array([0.0, 5.0])).tolist()
    [690.0, 495.0]
    """
    pairs = sorted((float(line.project(shapely.Point(place))), height) for place, height in knots.items())
    at, heights = np.array(pairs).T
    result: Field = np.interp(chainage, at, heights)
    return result


def river_cells(
    line: shapely.LineString, heights: Field, chainage: Field, transform: Affine, shape: tuple[int, int]
) -> Field:
    """Return a raster of the river's height in the cells on its line, NaN elsewhere.

    ``heights`` belong to ``chainage``, steps far smaller than a cell. A bend that comes back to
    a cell is level from its first visit to its last, so walking down the line never climbs.
    """
    vertices = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.hypot(*np.diff(vertices, axis=0).T).cumsum()])
    columns, rows = ~transform * (
        np.interp(chainage, along, vertices[:, 0]),
        np.interp(chainage, along, vertices[:, 1]),
    )
    rows, columns = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    on = (rows >= 0) & (columns >= 0) & (rows < shape[0]) & (columns < shape[1])
    cells = np.where(on, rows * shape[1] + columns, -1)
    last = {int(cell): index for index, cell in enumerate(cells)}
    result = np.full(shape[0] * shape[1], np.nan)
    index = 0
    while index < cells.size:
        end, level = index, heights[index]
        member = index
        while member <= end:
            cell = int(cells[member])
            if cell >= 0:
                end = max(end, last[cell])
                result[cell] = level
            member += 1
        index = end + 1
    return result.reshape(shape)


def widen(cells: Field) -> Field:
    """Return ``cells`` with the eight neighbours of each, at the lowest level beside them.

    Interpolating between cells along the line then never catches the bank.
    """
    lowest: Field = ndimage.minimum_filter(np.where(np.isfinite(cells), cells, np.inf), size=3)
    return np.where(np.isfinite(cells), cells, np.where(np.isfinite(lowest), lowest, np.nan))


def cell_of(transform: Affine, place: Sequence[float]) -> tuple[int, int]:
    """Return row and column of the cell that holds ``place`` (x, y).

    >>> cell_of(Affine(90, 0, 0, 0, -90, 900), (100, 890))
    (0, 1)
    """
    column, row = ~transform * (place[0], place[1])
    return int(np.floor(row)), int(np.floor(column))


@dataclass(frozen=True)
class River:
    """A river's course downstream and its known levels, ``(x, y)`` to metres."""

    line: shapely.LineString
    knots: Mapping[tuple[float, float], float]

    def cells(self, transform: Affine, shape: tuple[int, int]) -> Field:
        """Return a raster of the river's level, up to three cells wide, NaN elsewhere."""
        chainage = np.linspace(0.0, self.line.length, int(self.line.length / 2.0) + 1)
        level = levels(self.line, self.knots, chainage=chainage)
        cells = river_cells(self.line, level, chainage, transform, shape)
        return widen(cells) if transform.a <= 100.0 else cells

    def level_beside(self, place: shapely.Point) -> float:
        """Return the river's level at the point of its course nearest to ``place``."""
        return float(levels(self.line, self.knots, chainage=np.array([self.line.project(place)]))[0])
