"""What follows the water down: the first marked cell below each cell, and streams cut into links with their order."""

import numpy as np
import numpy.typing as npt

from . import kernel

Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


@kernel(nogil=True)
def descend(receiver: Int, marked: Bool, across: Float, down: Float, width: int) -> tuple[Int, Float]:
    """Return the first marked cell below each cell (itself if marked) and the metres to it along the flow.

    ``receiver`` is the cell below, itself where the water leaves, -1 where there is none. ``across`` and ``down`` are
    the metres from column to column and row to row at each row. Where nothing marked lies below: -1 and NaN.
    """
    cells = receiver.size
    end = np.full(cells, -2, np.int64)
    length = np.zeros(cells, np.float64)
    path = np.empty(cells, np.int64)
    for start in range(cells):
        size = 0
        cell = start
        while end[cell] == -2:
            if receiver[cell] < 0:
                end[cell] = -1
                length[cell] = np.nan
            elif marked[cell]:
                end[cell] = cell
            elif receiver[cell] == cell:
                end[cell] = -1
                length[cell] = np.nan
            else:
                path[size] = cell
                size += 1
                cell = receiver[cell]
        while size > 0:
            size -= 1
            above = path[size]
            row = above // width
            step = 0.0
            if cell // width != row:
                step = down[row] ** 2
            if cell % width != above % width:
                step += across[row] ** 2
            end[above] = end[cell]
            length[above] = length[cell] + step**0.5
            cell = above
    return end, length


@kernel(nogil=True)
def links(below: Int) -> tuple[Int, npt.NDArray[np.int32], Int]:
    """Return the link and the Strahler order of each cell of a network, and how many links there are.

    Cells are numbered so that each stands before the one below it; ``below`` is -1 where the network ends. A link runs
    from a head or a confluence to the next confluence. Links are numbered as they begin.

    Strahler (1957): a head is 1; where streams of the same highest order meet, it is one more.
    """
    cells = below.size
    donors = np.zeros(cells, np.int32)
    for cell in range(cells):
        if below[cell] >= 0:
            donors[below[cell]] += 1
    order = np.zeros(cells, np.int32)
    equal = np.zeros(cells, np.int32)
    link = np.full(cells, -1, np.int64)
    count = 0
    for cell in range(cells):
        if donors[cell] == 0:
            order[cell] = 1
        elif equal[cell] > 1:
            order[cell] += 1
        if donors[cell] != 1:
            link[cell] = count
            count += 1
        target = below[cell]
        if target >= 0:
            if donors[target] == 1:
                link[target] = link[cell]
            if order[cell] > order[target]:
                order[target] = order[cell]
                equal[target] = 1
            elif order[cell] == order[target]:
                equal[target] += 1
    return link, order, np.array([count], np.int64)
