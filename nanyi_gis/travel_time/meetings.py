"""Where lines meet: common points, found once, as places along one axis that strings all lines together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from .grid import Bool, Float, Int, Steps

_GRAIN = 1e-3  # share of a cell within which points are the same


@dataclass(frozen=True)
class Vertices:
    """The vertices of all lines on one axis: length in units of the CRS, with a gap between lines."""

    column: Float
    row: Float
    at: Float
    metre: Float
    starts: Int
    line: Int
    tolerance: float

    @classmethod
    def of(cls, lines: npt.NDArray[np.object_], grid: Steps) -> "Vertices":
        """Return the vertices of ``lines``, given in the CRS of the grid."""
        coordinates, line = shapely.get_coordinates(lines, return_index=True)
        starts = np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64)
        column, row = (np.ascontiguousarray(value) for value in grid.place(coordinates[:, 0], coordinates[:, 1]))
        step = np.hypot(*np.diff(coordinates, axis=0).T)
        metre = grid.lengths(column, row)
        between = line[1:] != line[:-1]
        step[between], metre[between] = abs(grid.step_x), 0.0
        at = np.concatenate([[0.0], np.cumsum(step)])
        return cls(
            column,
            row,
            at,
            np.concatenate([[0.0], np.cumsum(metre)]),
            starts,
            line.astype(np.int64),
            abs(grid.step_x) * _GRAIN,
        )

    def metres(self, at: Float) -> Float:
        """Return metres from the start of the axis (without the gaps)."""
        return np.interp(at, self.at, self.metre)

    def columns_at(self, at: Float) -> Float:
        """Return fractional columns of places on the axis."""
        return np.interp(at, self.at, self.column)

    def rows_at(self, at: Float) -> Float:
        """Return fractional rows of places on the axis."""
        return np.interp(at, self.at, self.row)


@dataclass(frozen=True)
class Meetings:
    """Ends of lines and the points that lines share: place on the axis, line, and number of the point."""

    at: Float
    line: Int
    key: Int
    keys: int

    def key_at(self, at: Float) -> Int:
        """Return the point's number for places that are in the list."""
        order = np.argsort(self.at, kind="stable")
        index = np.clip(np.searchsorted(self.at[order], at), 0, self.at.size - 1)
        return np.asarray(self.key[order[index]])


def meetings_of(lines: npt.NDArray[np.object_], vertices: Vertices, *, separate: Bool) -> Meetings:
    """Return the ends of all lines and the points where two lines meet.

    Lines meet wherever they touch or cross; ``separate`` ones (bridges, tunnels, motorways) only in a common vertex.
    """
    grain = np.round(np.stack([vertices.column, vertices.row], axis=1) / _GRAIN).astype(np.int64)
    ends = np.concatenate([vertices.starts[:-1], vertices.starts[1:] - 1])
    one, two, points = _touching(lines)
    spot = _spots(points, lines, vertices, one)
    if points.size:
        known = _codes(vertices.line, grain)
        exact = np.isin(_codes(one, spot), known) & np.isin(_codes(two, spot), known)
        kept = exact | ~(separate[one] | separate[two])
        one, two, points, spot = one[kept], two[kept], points[kept], spot[kept]
    zero = vertices.at[vertices.starts[:-1]]
    at = [vertices.at[ends]]
    for line in (one, two):
        at.append(zero[line] + shapely.line_locate_point(lines[line], points))
    line = np.concatenate([vertices.line[ends], one, two])
    places = np.concatenate(at)
    _, key = np.unique(np.concatenate([grain[ends], spot, spot]), axis=0, return_inverse=True)
    key = key.ravel().astype(np.int64)
    unique = np.unique(np.stack([line, key]), axis=1, return_index=True)[1]
    # A ring has its start and end in one point, at two places.
    kept_index = np.union1d(unique, np.arange(ends.size))
    return Meetings(places[kept_index], line[kept_index], key[kept_index], int(key.max()) + 1)


def _touching(lines: npt.NDArray[np.object_]) -> tuple[Int, Int, npt.NDArray[np.object_]]:
    """Return pairs of lines and a point that both have in common, one row a point."""
    one, two = shapely.STRtree(lines).query(lines, predicate="intersects")
    one, two = one[one < two], two[one < two]
    parts, owner = shapely.get_parts(shapely.intersection(lines[one], lines[two]), return_index=True)
    is_point = shapely.get_type_id(parts) == 0
    overlaps = parts[~is_point]
    points = np.concatenate([parts[is_point], shapely.get_point(overlaps, 0), shapely.get_point(overlaps, -1)])
    owner = np.concatenate([owner[is_point], owner[~is_point], owner[~is_point]])
    return one[owner], two[owner], points


def _spots(
    points: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], vertices: Vertices, one: Int
) -> npt.NDArray[np.int64]:
    if not points.size:
        return np.empty((0, 2), np.int64)
    at = vertices.at[vertices.starts[one]] + shapely.line_locate_point(lines[one], points)
    return np.round(np.stack([vertices.columns_at(at), vertices.rows_at(at)], axis=1) / _GRAIN).astype(np.int64)


def _codes(line: Int, grain: npt.NDArray[np.int64]) -> npt.NDArray[np.void]:
    rows = np.ascontiguousarray(np.column_stack([line, grain]))
    return rows.view([("line", np.int64), ("x", np.int64), ("y", np.int64)]).ravel()
