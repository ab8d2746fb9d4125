"""The water behind a wall, rising: at which level each cell is first wetted, and over which saddle it leaves."""

import numpy as np
import numpy.typing as npt

from . import kernel
from .drainage import _pop, _push

DRY, HELD, BORDER, AROUND, WINDOW = -1, 0, 1, 2, 3
"""How the flood ended: nothing wetted, held to the crest, over the raster's border, around the wall, at the window."""


@kernel(nogil=True)
def rising(
    heights: npt.NDArray[np.float64],
    wall: npt.NDArray[np.bool_],
    beyond: npt.NDArray[np.bool_],
    border: npt.NDArray[np.uint8],
    seed: int,
    crest: float,
) -> tuple[npt.NDArray[np.float64], int, float, int]:
    """Return the level that first wets each cell (NaN: none up to the crest), how it ended, at which level, and where.

    Cells are taken in the order of the level that reaches them from the ``seed`` (Barnes, Lehman and Mulla 2014), so
    one flood has all stages. It ends at the ``crest``; below it where water reaches a cell of ``beyond`` (the other
    side of the ``wall``), of ``border`` 1 (no ground beside it) or 2 (the window's edge). The place is then
    the saddle: the cell on the way there that set the level.
    """
    rows, columns = heights.shape
    cells = rows * columns
    stage = np.full((rows, columns), np.nan)
    seen = np.zeros(cells, np.bool_)
    sill = np.empty(cells, np.int64)
    key = np.empty(cells, np.float64)
    heap = np.empty(cells, np.int64)
    size = 0
    if heights[seed // columns, seed % columns] >= crest:
        return stage, DRY, heights[seed // columns, seed % columns], seed
    seen[seed] = True
    sill[seed] = seed
    size = _push(key, heap, size, heights[seed // columns, seed % columns], seed)
    while size > 0:
        level = key[0]
        cell = heap[0]
        size = _pop(key, heap, size)
        if level >= crest:
            break
        row, column = cell // columns, cell % columns
        if beyond[row, column]:
            return stage, AROUND, level, sill[cell]
        if border[row, column] > 0:
            return stage, BORDER if border[row, column] == 1 else WINDOW, level, sill[cell]
        stage[row, column] = level
        for i in range(max(row - 1, 0), min(row + 2, rows)):
            for j in range(max(column - 1, 0), min(column + 2, columns)):
                neighbour = i * columns + j
                if seen[neighbour] or wall[i, j]:
                    continue
                seen[neighbour] = True
                if heights[i, j] > level:
                    sill[neighbour] = neighbour
                else:
                    sill[neighbour] = sill[cell]
                size = _push(key, heap, size, max(heights[i, j], level), neighbour)
    return stage, HELD, crest, seed
