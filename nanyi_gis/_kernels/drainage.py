"""Drainage on a raster: where each cell flows, in which order, how much, and how streams cut.

Cells are numbered row by row. ``fixed`` marks cells that keep their height (sea, lakes, rivers
of known level, the border of the raster); all water ends in them.
"""

import numpy as np
import numpy.typing as npt

from . import kernel

_DOWN = np.array([-1, -1, -1, 0, 0, 1, 1, 1])
_ACROSS = np.array([-1, 0, 1, -1, 1, -1, 0, 1])
_LENGTH = np.array([2**0.5, 1.0, 2**0.5, 1.0, 1.0, 2**0.5, 1.0, 2**0.5])


@kernel(nogil=True)
def flood_order(
    heights: npt.NDArray[np.float64], fixed: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return each cell's receiver and the cells from the outlets upwards.

    Priority flood from the fixed cells (Barnes, Lehman and Mulla 2014): a cell in a hollow
    drains over the lowest rim; any other drains to its steepest lower neighbour on the filled
    surface. Fixed cells receive themselves. In the order returned, a receiver stands before its donors.
    """
    rows, columns = heights.shape
    cells = rows * columns
    receiver = np.full(cells, -1, np.int64)
    order = np.empty(cells, np.int64)
    heap_key = np.empty(cells, np.float64)
    heap_cell = np.empty(cells, np.int64)
    seen = np.zeros(cells, np.bool_)
    flooded = heights.copy().ravel()
    size = 0
    for row in range(rows):
        for column in range(columns):
            if fixed[row, column]:
                cell = row * columns + column
                receiver[cell] = cell
                seen[cell] = True
                size = _push(heap_key, heap_cell, size, heights[row, column], cell)
    done = 0
    while size > 0:
        level = heap_key[0]
        cell = heap_cell[0]
        size = _pop(heap_key, heap_cell, size)
        order[done] = cell
        done += 1
        row, column = cell // columns, cell % columns
        for k in range(8):
            i, j = row + _DOWN[k], column + _ACROSS[k]
            if i < 0 or j < 0 or i >= rows or j >= columns:
                continue
            neighbour = i * columns + j
            if seen[neighbour]:
                continue
            seen[neighbour] = True
            receiver[neighbour] = cell
            flooded[neighbour] = max(heights[i, j], level)
            size = _push(heap_key, heap_cell, size, flooded[neighbour], neighbour)
    for index in range(done):
        cell = order[index]
        if receiver[cell] == cell:
            continue
        row, column = cell // columns, cell % columns
        steepest = 0.0
        best = -1
        for k in range(8):
            i, j = row + _DOWN[k], column + _ACROSS[k]
            if i < 0 or j < 0 or i >= rows or j >= columns:
                continue
            drop = (flooded[cell] - flooded[i * columns + j]) / _LENGTH[k]
            if drop > steepest:
                steepest = drop
                best = i * columns + j
        if best >= 0:
            receiver[cell] = best
    return receiver, order


@kernel(nogil=True)
def accumulate(
    receiver: npt.NDArray[np.int64], order: npt.NDArray[np.int64], weight: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return the sum of ``weight`` over each cell and all that drains through it."""
    total = weight.copy()
    for index in range(order.size - 1, -1, -1):
        cell = order[index]
        if receiver[cell] != cell:
            total[receiver[cell]] += total[cell]
    return total


@kernel(nogil=True)
def incise(
    heights: npt.NDArray[np.float64],
    receiver: npt.NDArray[np.int64],
    order: npt.NDArray[np.int64],
    factor: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return heights after one implicit step of stream incision dz/dt = -K sqrt(A) S.

    ``factor`` is K sqrt(A) dt / L of each cell, with L the distance to its receiver in cells
    times the cell size (here in cells along the axes; diagonals are lengthened inside). The
    scheme of Braun and Willett (2013) is stable for any step.
    """
    columns = heights.shape[1]
    result = heights.copy().ravel()
    for index in range(order.size):
        cell = order[index]
        target = receiver[cell]
        if target == cell or result[cell] <= result[target]:
            continue
        apart = abs(cell // columns - target // columns) + abs(cell % columns - target % columns)
        f = factor[cell] / (2**0.5) if apart == 2 else factor[cell]
        result[cell] = (result[cell] + f * result[target]) / (1.0 + f)
    return result.reshape(heights.shape)


@kernel(nogil=True)
def _push(key: npt.NDArray[np.float64], cell: npt.NDArray[np.int64], size: int, new_key: float, new_cell: int) -> int:
    at = size
    while at > 0:
        above = (at - 1) // 2
        if key[above] < new_key or (key[above] == new_key and cell[above] <= new_cell):
            break
        key[at] = key[above]
        cell[at] = cell[above]
        at = above
    key[at] = new_key
    cell[at] = new_cell
    return size + 1


@kernel(nogil=True)
def _pop(key: npt.NDArray[np.float64], cell: npt.NDArray[np.int64], size: int) -> int:
    size -= 1
    last_key, last_cell = key[size], cell[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        right = below + 1
        if right < size and (key[right] < key[below] or (key[right] == key[below] and cell[right] < cell[below])):
            below = right
        if last_key < key[below] or (last_key == key[below] and last_cell <= cell[below]):
            break
        key[at] = key[below]
        cell[at] = cell[below]
        at = below
    key[at] = last_key
    cell[at] = last_cell
    return size
