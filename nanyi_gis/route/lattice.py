"""The lattice of an alignment: moves, their inner points, headings and turns over a padded raster."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._kernels import lattice as kernels
from ..errors import ParameterError
from ..raster import Grid

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REACH = {8: 1, 16: 2, 32: 3, 48: 4}
"""Cells that the longest move spans, by the number of headings."""


@dataclass(frozen=True, eq=False)
class Moves:
    """Moves by angle: all whole steps of up to ``reach`` cells that are not multiples of a shorter one.

    ``columns`` and ``rows`` are their steps, ``angles`` their headings in degrees clockwise from the first axis on the
    ground.

    >>> len(Moves.of(16, 1.0, 1.0).columns), Moves.of(8, 1.0, 1.0).angles.tolist()
    (16, [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0])
    """

    columns: Ints
    rows: Ints
    angles: Floats

    @classmethod
    def of(cls, headings: int, east: float, south: float) -> "Moves":
        """Return the moves of a lattice with cells of ``east`` by ``south`` metres."""
        if headings not in REACH:
            raise ParameterError(f"headings is {headings!r}, but must be one of: {', '.join(map(str, REACH))}")
        reach = range(-REACH[headings], REACH[headings] + 1)
        steps = [(c, r) for c in reach for r in reach if math.gcd(c, r) == 1]
        pairs = sorted((math.degrees(math.atan2(r * south, c * east)) % 360.0, c, r) for c, r in steps)
        angles, columns, rows = zip(*pairs, strict=True)
        return cls(np.array(columns, np.int64), np.array(rows, np.int64), np.array(angles))

    def turn_prices(self, limit_deg: float, hairpin: float) -> Floats:
        """Return what it costs to do a move (column) after another (row): nothing up to a limit, a hairpin beyond it.

        >>> Moves.of(8, 1.0, 1.0).turn_prices(45.0, 100.0)[0].tolist()
        [0.0, 0.0, 100.0, 100.0, inf, 100.0, 100.0, 0.0]
        """
        apart = np.abs(self.angles[:, None] - self.angles[None, :])
        turned = np.minimum(apart, 360.0 - apart)
        return np.where(turned <= limit_deg + 1e-6, 0.0, np.where(turned < 180.0 - 1e-6, hairpin, np.inf))

    def inner_points(self, stride: int) -> tuple[Ints, Ints, Ints, Floats, Floats]:
        """Return first inner point of each move, the offsets of the cells beside each, weights, and shares by move.

        A diagonal has one, the corner of four cells: the two beside it make half of the ground there.
        """
        first, a, b, weight, share = [0], [], [], [], []
        for c, r in zip(self.columns.tolist(), self.rows.tolist(), strict=True):
            pieces = max(abs(c), abs(r))
            share.append(0.5 if abs(c) == abs(r) else 1.0)
            if abs(c) == abs(r):
                a.append(c)
                b.append(r * stride)
                weight.append(0.5)
            for k in range(1, pieces):
                if abs(c) > abs(r):
                    place, along = r * k / pieces, c * k // pieces
                    low = math.floor(place)
                    a.append(low * stride + along)
                    b.append((low + 1) * stride + along)
                else:
                    place, along = c * k / pieces, r * k // pieces
                    low = math.floor(place)
                    a.append(along * stride + low)
                    b.append(along * stride + low + 1)
                weight.append(place - low)
            first.append(len(a))
        return _ints(first), _ints(a), _ints(b), np.array(weight, np.float64), np.array(share)


def _ints(values: list[int]) -> Ints:
    return np.array(values, np.int64)


@dataclass(frozen=True, eq=False)
class Terrain:
    """Heights with a ring of NaN as wide as the longest move, and the metres between its cells.

    ``east`` and ``south`` are the metres of a column and a row: one value, or one for each padded row.
    """

    heights: Floats
    pad: int
    east: Floats
    south: Floats

    @classmethod
    def of(cls, heights: npt.NDArray[np.floating[Any]], grid: Grid, *, pad: int) -> "Terrain":
        """Return the padded heights of a grid."""
        rows, columns = heights.shape
        padded = np.full((rows + 2 * pad, columns + 2 * pad), np.nan)
        padded[pad : pad + rows, pad : pad + columns] = heights
        east, south = (np.abs(values) for values in grid.spacing())
        if np.ptp(east) == 0.0 and np.ptp(south) == 0.0:
            return cls(padded, pad, east[:1], south[:1])
        return cls(padded, pad, np.pad(east, pad, mode="edge"), np.pad(south, pad, mode="edge"))

    @property
    def stride(self) -> int:
        """Columns with the padding."""
        return int(self.heights.shape[1])

    def cell(self, row: int, column: int) -> int:
        """Return the number of a cell of the raster."""
        return (row + self.pad) * self.stride + column + self.pad

    def target(self, cell: int) -> Any:
        """Return where a straight bound leads."""
        row, column = divmod(cell, self.stride)
        height = float(self.heights.ravel()[cell])
        return kernels.Target(float(row), float(column), height, float(self.east.min()), float(self.south.min()))

    def lengths(self, moves: Moves) -> Floats:
        """Return the metres of each move: one row, or one for each sum of the rows at its ends."""
        if self.east.size == 1:
            return np.asarray(np.hypot(moves.columns * self.east[0], moves.rows * self.south[0])[None, :])
        at, half = np.arange(self.east.size), np.arange(2 * self.east.size) / 2.0
        east, south = np.interp(half, at, self.east), np.interp(half, at, self.south)
        return np.asarray(np.hypot(moves.columns * east[:, None], moves.rows * south[:, None]))

    def lattice(self, moves: Moves, *, max_span_m: float) -> Any:
        """Return the moves as the kernels take them; no spans where ``max_span_m`` is 0."""
        lengths = self.lengths(moves)
        first, beside_a, beside_b, weight, share = moves.inner_points(self.stride)
        repeats = (max_span_m * (1.0 + 1e-9) / lengths.min(axis=0)).astype(np.int64)
        offset = moves.rows * self.stride + moves.columns
        return kernels.Lattice(offset, moves.rows, first, beside_a, beside_b, weight, share, lengths, repeats)
