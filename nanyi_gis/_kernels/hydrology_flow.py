"""What runs down the ways of a raster: sums of what drains through a cell, and the stream below it.

Ways are those of :mod:`nanyi_gis._kernels.hydrology`, without pits. Sums are of whole numbers, so the order of adding,
and with it the cut into strips, changes no bit.
"""

import numpy as np

from . import kernel
from .hydrology import ACROSS, DOWN, NONE, OUT, doubled


@kernel(nogil=True)
def count_donors(way, donors, start, stop):  # type: ignore[no-untyped-def]
    """Write how many neighbours run into each cell."""
    rows, columns = way.shape
    for r in range(start, stop):
        inner = 0 < r < rows - 1
        for c in range(columns):
            if inner and 0 < c < columns - 1:
                donors[r, c] = (
                    0  # so that truth values add up uncompiled too
                    + (way[r, c + 1] == 4)
                    + (way[r + 1, c + 1] == 5)
                    + (way[r + 1, c] == 6)
                    + (way[r + 1, c - 1] == 7)
                    + (way[r, c - 1] == 0)
                    + (way[r - 1, c - 1] == 1)
                    + (way[r - 1, c] == 2)
                    + (way[r - 1, c + 1] == 3)
                )
                continue
            count = 0
            for k in range(8):
                i, j = r + DOWN[k], c + ACROSS[k]
                if 0 <= i < rows and 0 <= j < columns:
                    count += way[i, j] == (k + 4) % 8
            donors[r, c] = count


@kernel(nogil=True)
def gather_strip(way, donors, total, offset, start, stop):  # type: ignore[no-untyped-def]
    """Add each cell's total to those below it within a strip; return the cells that run out of the strip.

    A cell is done once all its donors are. ``donors`` counts down, and is 255 where a cell is done.
    """
    columns = way.shape[1]
    ways, waits, totals = way.ravel(), donors.ravel(), total.ravel()
    first, last = start * columns, stop * columns
    leaving = np.empty(2 * columns, np.int64)
    held = 0
    for cell in range(first, last):
        if waits[cell] != 0:
            continue
        at = cell
        while True:
            waits[at] = 255
            k = ways[at]
            if k >= 8:
                break
            below = at + offset[k]
            if below < first or below >= last:
                if held == leaving.size:
                    leaving = doubled(leaving)
                leaving[held] = at
                held += 1
                break
            totals[below] += totals[at]
            waits[below] -= 1
            if waits[below] != 0:
                break
            at = below
    return leaving[:held].copy()


@kernel(nogil=True)
def gather_across(way, donors, total, offset, leaving):  # type: ignore[no-untyped-def]
    """Carry on from the cells that ran out of their strips, wherever they lead."""
    ways, waits, totals = way.ravel(), donors.ravel(), total.ravel()
    for cell in leaving:
        at = cell
        while True:
            k = ways[at]
            if k >= 8:
                break
            below = at + offset[k]
            totals[below] += totals[at]
            waits[below] -= 1
            if waits[below] != 0:
                break
            at = below
            waits[at] = 255


@kernel(nogil=True)
def stream_below(way, total, least, surface, base, offset, start, stop):  # type: ignore[no-untyped-def]
    """Write the height of the first cell down the way whose total is ``least`` or more; NaN where there is none.

    ``base`` starts as minus infinity everywhere; strips that meet write the same.
    """
    columns = way.shape[1]
    ways, totals, heights, bases = way.ravel(), total.ravel(), surface.ravel(), base.ravel()
    for cell in range(start * columns, stop * columns):
        if bases[cell] != -np.inf:
            continue
        at = cell
        while True:
            found = bases[at]
            if found != -np.inf:
                break
            if ways[at] == NONE:
                found = np.nan
                break
            if totals[at] >= least:
                found = heights[at]
                break
            if ways[at] == OUT:
                found = np.nan
                break
            at += offset[ways[at]]
        bases[at] = found
        at = cell
        while bases[at] == -np.inf:
            bases[at] = found
            at += offset[ways[at]]


@kernel(nogil=True)
def above_base(surface, base, start, stop):  # type: ignore[no-untyped-def]
    """Turn the height of the stream below each cell into metres above it; return how many cells have none."""
    unknown = 0
    for r in range(start, stop):
        for c in range(surface.shape[1]):
            metres = surface[r, c] - base[r, c]
            base[r, c] = metres
            unknown += metres != metres and surface[r, c] == surface[r, c]
    return unknown


@kernel(nogil=True)
def encode(way, outlets, start, stop):  # type: ignore[no-untyped-def]
    """Turn ways into ESRI codes in place: E 1, SE 2, ... NE 128, 0 out, 255 no height; count those out by row."""
    for r in range(start, stop):
        count = 0
        for c in range(way.shape[1]):
            k = way[r, c]
            if k < 8:
                way[r, c] = 1 << k
            elif k == NONE:
                way[r, c] = 255
            else:
                way[r, c] = 0
                count += 1
        outlets[r] = count
