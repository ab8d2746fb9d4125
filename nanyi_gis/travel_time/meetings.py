"""Segments of road and their ends as places along one axis that strings all segments together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from .grid import Float, Int, Steps
from .ways import Ways

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
    """Both ends of each segment: place on the axis, segment, and number of the node; segments meet only there."""

    at: Float
    line: Int
    key: Int
    keys: int

    @classmethod
    def of(cls, ways: Ways, vertices: Vertices) -> "Meetings":
        """Return the ends of all segments, the starts first."""
        number = np.arange(len(ways.lines))
        ends = np.concatenate([vertices.starts[:-1], vertices.starts[1:] - 1])
        return cls(
            vertices.at[ends],
            np.concatenate([number, number]),
            np.concatenate([ways.start, ways.end]).astype(np.int64),
            ways.nodes,
        )
