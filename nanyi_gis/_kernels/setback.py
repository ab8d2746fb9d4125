"""Exact discs around marked cells, in two passes whose work does not grow with the radius."""

from . import kernel


@kernel(nogil=True)
def discs(marked, widths, first, last, away, out):  # type: ignore[no-untyped-def]
    """Mark what lies in a disc around a marked cell, in the rows ``first`` to ``last`` (exclusive).

    A cell that is ``k`` rows from the nearest marked cell of its column reaches ``widths[k]`` columns to both sides in
    its row; farther marked cells of that column reach less, so the union of these spans is the union of all discs.
    The distances come from one sweep down and one up, all columns at once; a sweep to the right and one to the left
    carry how far the widest span still runs.

    Parameters
    ----------
    marked : bool (rows, columns)
        The cells.
    widths : int64 (reach + 2,)
        Whole columns a disc spans to one side, by rows from its centre; the last is -1, for beyond the reach.
    away : unsigned integers (at least the rows that are looked at, columns)
        Work space; its type must hold ``reach + 1``.
    out : bool (rows, columns)
        Filled in place.
    """
    rows, columns = marked.shape
    reach = widths.shape[0] - 2
    low, high = max(first - reach, 0), min(last + reach, rows)
    beyond = away.dtype.type(reach + 1)
    one = away.dtype.type(1)
    for column in range(columns):
        away[0, column] = 0 if marked[low, column] else beyond
    for row in range(low + 1, high):
        above, here = away[row - low - 1], away[row - low]
        for column in range(columns):
            near = min(above[column], beyond - one) + one
            here[column] = 0 if marked[row, column] else near
    for row in range(high - 2, first - 1, -1):
        below, here = away[row - low + 1], away[row - low]
        for column in range(columns):
            near = min(below[column], beyond - one) + one
            here[column] = min(here[column], near)
    for row in range(first, last):
        here, line = away[row - low], out[row]
        left = -1
        for column in range(columns):
            left = max(left - 1, widths[here[column]])
            line[column] = left >= 0
        left = -1
        for column in range(columns - 1, -1, -1):
            left = max(left - 1, widths[here[column]])
            if left >= 0:
                line[column] = True
