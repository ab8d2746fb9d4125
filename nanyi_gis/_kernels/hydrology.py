"""Where water runs on a raster: each cell's steepest way down, the ways over flats, and the basins of the pits.

Cells of equal height are told apart by their steps to the rim of their flat, then by their number, so that nothing
hangs on the order of the work.

A cell's ``way`` is the number of the neighbour it runs to, clockwise from east: 0 E, 1 SE, 2 S, 3 SW, 4 W, 5 NW, 6 N,
7 NE, with rows numbered southward. Arrays are rasters (rows, columns); ``start`` and ``stop`` are the rows to
work on. Rows are worked on in strips, in any order and at the same time.
"""

import numpy as np
import numpy.typing as npt

from . import kernel

OUT, PIT, OPEN, NONE = 8, 9, 10, 11
"""Ways of cells that run nowhere: out of the raster, a pit, a flat not yet looked at, no height."""

DOWN = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.int64)
ACROSS = np.array([1, 1, 0, -1, -1, -1, 0, 1], np.int64)
_STRAIGHT_FIRST = np.array([0, 2, 4, 6, 1, 3, 5, 7], np.int64)
AXIS = np.array([0, 2, 1, 2, 0, 2, 1, 2], np.int64)  # column of the weights: along the row, the column, the diagonal
_UNSEEN = -2


@kernel(nogil=True)
def steepest(z, bed, r, c, weights):  # type: ignore[no-untyped-def]
    """Return the neighbour to which a cell falls most steeply, -1 where none is lower.

    Of equals it is that with the lowest bed, and of equals again the first.
    """
    rows, columns = z.shape
    h = float(z[r, c])
    best, way, depth = 0.0, -1, 0.0
    for k in range(8):
        i, j = r + DOWN[k], c + ACROSS[k]
        if i < 0 or j < 0 or i >= rows or j >= columns:
            continue
        drop = (h - float(z[i, j])) * weights[r, AXIS[k]]
        if drop > best or (drop == best and drop > 0.0 and bed[i, j] < depth):
            best, way, depth = drop, k, float(bed[i, j])
    return way


@kernel(nogil=True)
def beside_outside(z, r, c):  # type: ignore[no-untyped-def]
    """Tell whether a cell lies at the edge of the raster or beside a cell without height."""
    rows, columns = z.shape
    if r == 0 or c == 0 or r == rows - 1 or c == columns - 1:
        return True
    found = False
    for k in range(8):
        found |= np.isnan(z[r + DOWN[k], c + ACROSS[k]])
    return found


@kernel(nogil=True)
def descend(z, fixed, weights, way, start, stop):  # type: ignore[no-untyped-def]
    """Write each cell's steepest way down; return how many have none and lie inside.

    Parameters
    ----------
    z : float32 or float64 (rows, columns)
        Heights, NaN where there is none.
    fixed : bool (rows, columns) or (0, 0)
        Cells in which water ends.
    weights : float64 (rows, 3)
        One over the metres to the next cell of the row, of the column and across.
    way : uint8 (rows, columns)
        Result: 0 to 7, ``OUT`` at fixed cells and at the edge where nothing inside is lower, ``OPEN``, or ``NONE``.
    """
    rows, columns = z.shape
    has_fixed = fixed.size > 0
    still = 0
    for r in range(start, stop):
        inner = 0 < r < rows - 1
        east, south, diagonal = weights[r, 0], weights[r, 1], weights[r, 2]
        for c in range(columns):
            height = z[r, c]
            if height != height:
                way[r, c] = NONE
                continue
            if has_fixed and fixed[r, c]:
                way[r, c] = OUT
                continue
            if not (inner and 0 < c < columns - 1):
                k = steepest(z, z, r, c, weights)
                way[r, c] = OUT if k < 0 else k
                continue
            h = float(height)
            best, found = 0.0, OPEN
            drop = (h - float(z[r, c + 1])) * east
            if drop > best:
                best, found = drop, 0
            drop = (h - float(z[r + 1, c + 1])) * diagonal
            if drop > best:
                best, found = drop, 1
            drop = (h - float(z[r + 1, c])) * south
            if drop > best:
                best, found = drop, 2
            drop = (h - float(z[r + 1, c - 1])) * diagonal
            if drop > best:
                best, found = drop, 3
            drop = (h - float(z[r, c - 1])) * east
            if drop > best:
                best, found = drop, 4
            drop = (h - float(z[r - 1, c - 1])) * diagonal
            if drop > best:
                best, found = drop, 5
            drop = (h - float(z[r - 1, c])) * south
            if drop > best:
                best, found = drop, 6
            drop = (h - float(z[r - 1, c + 1])) * diagonal
            if drop > best:
                best, found = drop, 7
            if found == OPEN:
                if beside_outside(z, r, c):
                    found = OUT
                else:
                    still += 1
            way[r, c] = found
    return still


@kernel(nogil=True)
def open_cells(way, count):  # type: ignore[no-untyped-def]
    """Return the numbers of the cells whose way is ``OPEN``, in order."""
    found = np.empty(count, np.int64)
    flat = way.ravel()
    done = 0
    for cell in range(flat.size):
        if flat[cell] == OPEN:
            found[done] = cell
            done += 1
    return found


@kernel(nogil=True)
def cross_flats(z, way, steps, cells):  # type: ignore[no-untyped-def]
    """Lead flats to their rims, write the steps that takes, and name a pit in every flat without a way out.

    A flat runs the shortest way to a cell of the same height that has a way down or out. A flat without one
    runs to that of its cells with the lowest number, which becomes a ``PIT``.
    Return whether any cell had a step to take.
    """
    columns = z.shape[1]
    size = cells.size
    queue = np.empty(size, np.int64)
    held = 0
    for cell in cells:  # the first step: cells of flats beside cells with a way
        r, c = cell // columns, cell % columns
        for k in range(8):
            i, j = r + DOWN[k], c + ACROSS[k]
            if z[i, j] == z[r, c] and way[i, j] != OPEN:
                steps[r, c] = 1
                queue[held] = cell
                held += 1
                break
    held = _spread(z, way, steps, queue, 0, held)
    some = held > 0
    for cell in cells:
        r, c = cell // columns, cell % columns
        if way[r, c] != OPEN:
            continue
        way[r, c] = PIT
        first = held
        for k in range(8):
            i, j = r + DOWN[k], c + ACROSS[k]
            if z[i, j] == z[r, c] and way[i, j] == OPEN:
                steps[i, j] = 1
                queue[held] = i * columns + j
                held += 1
        if held > first:
            some = True
            held = _spread(z, way, steps, queue, first, held)
    return some


@kernel(nogil=True)
def _spread(z, way, steps, queue, first, held):  # type: ignore[no-untyped-def]
    """Walk flats outward ring by ring from the cells of the first ring, and write ways and steps."""
    columns = z.shape[1]
    ring, distance = first, 1
    while ring < held:
        end = held
        for at in range(ring, end):
            r, c = queue[at] // columns, queue[at] % columns
            for k in range(8):
                i, j = r + DOWN[k], c + ACROSS[k]
                if z[i, j] == z[r, c] and way[i, j] == OPEN and steps[i, j] == 0:
                    steps[i, j] = distance + 1
                    queue[held] = i * columns + j
                    held += 1
        for at in range(ring, end):
            r, c = queue[at] // columns, queue[at] % columns
            for k in _STRAIGHT_FIRST:
                i, j = r + DOWN[k], c + ACROSS[k]
                if z[i, j] == z[r, c] and steps[i, j] == distance - 1 and way[i, j] != OPEN:
                    way[r, c] = k
                    break
        ring, distance = end, distance + 1
    return held


@kernel(nogil=True)
def count_pits(way, start, stop):  # type: ignore[no-untyped-def]
    """Return how many cells are pits."""
    count = 0
    for r in range(start, stop):
        for c in range(way.shape[1]):
            count += way[r, c] == PIT
    return count


@kernel(nogil=True)
def number_pits(way, pits, label, first, start, stop):  # type: ignore[no-untyped-def]
    """Number the pits in the order of the cells, the first of a strip ``first`` + 1.

    ``pits`` gets their cells; ``label`` gets the number at a pit, 0 where water leaves, and -1 without height.
    """
    columns = way.shape[1]
    cells, labels = way.ravel(), label.ravel()
    at = first
    for cell in range(start * columns, stop * columns):
        k = cells[cell]
        if k < 8:
            labels[cell] = _UNSEEN
        elif k == PIT:
            pits[at] = cell
            at += 1
            labels[cell] = at
        else:
            labels[cell] = 0 if k == OUT else -1


@kernel(nogil=True)
def label_basins(way, label, offset, start, stop):  # type: ignore[no-untyped-def]
    """Write to each cell the number of the pit to which it descends; strips that meet write the same."""
    columns = way.shape[1]
    ways, labels = way.ravel(), label.ravel()
    for cell in range(start * columns, stop * columns):
        if labels[cell] != _UNSEEN:
            continue
        at = cell
        while labels[at] == _UNSEEN:
            at += offset[ways[at]]
        found = labels[at]
        at = cell
        while labels[at] == _UNSEEN:
            labels[at] = found
            at += offset[ways[at]]


@kernel(nogil=True)
def doubled(array):  # type: ignore[no-untyped-def]
    """Return an array of twice the length that begins as this one."""
    larger = np.empty(2 * array.size, array.dtype)
    larger[: array.size] = array
    return larger


def offsets(columns: int) -> npt.NDArray[np.int64]:
    """Return by how much the number of a cell grows along each way.

    >>> offsets(10).tolist()
    [1, 11, 10, 9, -1, -11, -10, -9]
    """
    return DOWN * columns + ACROSS
