"""Which cells a line passes, and how much of it lies in each: exact grid traversal of polylines."""

import numpy as np
import numpy.typing as npt

from . import kernel

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@kernel(nogil=True)
def _trace(
    columns: Float,
    rows: Float,
    distance: Float,
    starts: Int,
    height: int,
    width: int,
    line_of: Int,
    cell_of: Int,
    enter: Float,
    leave: Float,
    near: Float,
    gap: Float,
) -> int:
    """Walk every line through the grid; write the pieces if the arrays hold them, and return their number."""
    total = 0
    for line in range(starts.size - 1):
        previous = -1
        for i in range(starts[line], starts[line + 1] - 1):
            x0, y0, x1, y1 = columns[i], rows[i], columns[i + 1], rows[i + 1]
            dx, dy = x1 - x0, y1 - y0
            s0, length = distance[i], distance[i + 1] - distance[i]
            c, r = int(np.floor(x0)), int(np.floor(y0))
            last_c, last_r = int(np.floor(x1)), int(np.floor(y1))
            step_c = 1 if dx > 0 else -1
            step_r = 1 if dy > 0 else -1
            steps = abs(last_c - c) + abs(last_r - r)
            gone = 0.0
            for step in range(steps + 1):
                across = ((c + (step_c > 0)) - x0) / dx if c != last_c else np.inf
                down = ((r + (step_r > 0)) - y0) / dy if r != last_r else np.inf
                until = min(across, down, 1.0) if step < steps else 1.0
                until = max(until, gone)
                if 0 <= c < width and 0 <= r < height:
                    cell = r * width + c
                    from_s, to_s = s0 + gone * length, s0 + until * length
                    if cell != previous:
                        if total < leave.size:
                            line_of[total], cell_of[total] = line, cell
                            enter[total], gap[total] = from_s, np.inf
                        total += 1
                    if total <= leave.size:
                        leave[total - 1] = to_s
                        share = _foot(c + 0.5 - x0, r + 0.5 - y0, dx, dy, gone, until)
                        away = np.hypot(x0 + share * dx - c - 0.5, y0 + share * dy - r - 0.5)
                        if away < gap[total - 1]:
                            gap[total - 1], near[total - 1] = away, s0 + share * length
                    previous = cell
                else:
                    previous = -1
                gone = until
                if across <= down:
                    c += step_c
                else:
                    r += step_r
    return total


@kernel(nogil=True)
def _foot(x: float, y: float, dx: float, dy: float, low: float, high: float) -> float:
    """Return the share of segment (dx, dy), between ``low`` and ``high``, that is nearest to (x, y)."""
    square = dx * dx + dy * dy
    share = (x * dx + y * dy) / square if square > 0.0 else low
    return float(min(max(share, low), high))


def trace_lines(
    columns: Float, rows: Float, distance: Float, starts: Int, shape: tuple[int, int]
) -> tuple[Int, Int, Float, Float, Float]:
    """Return the pieces of polylines by cell, in order along each line.

    A line is followed from cell to cell through their common sides (4-connected), so that the cells of a line leave
    no gap to slip through diagonally. A line through a corner takes one of the two cells beside it,
    for a piece of no length.

    Parameters
    ----------
    columns, rows : float64[points]
        Points in fractional columns and rows.
    distance : float64[points]
        Distance along the line, in any unit.
    starts : int64[lines + 1]
        First point of each line, and the number of points.
    shape : (int, int)
        Rows and columns of the grid; what lies outside is left out.

    Returns
    -------
    line, cell : int64[pieces]
        Line and flat cell number of each piece.
    enter, leave : float64[pieces]
        Distances along the line at which the piece starts and ends.
    near : float64[pieces]
        Distance along the line of the piece's point nearest to the centre of the cell.

    >>> x, y = np.array([0.5, 2.5]), np.array([0.5, 0.5])
    >>> line, cell, enter, leave, near = trace_lines(x, y, np.array([0.0, 60.0]), np.array([0, 2]), (1, 3))
    >>> cell.tolist(), enter.tolist(), leave.tolist(), near.tolist()
    ([0, 1, 2], [0.0, 15.0, 45.0], [15.0, 45.0, 60.0], [0.0, 30.0, 60.0])
    """
    whole, real = np.empty(0, np.int64), np.empty(0)
    number = _trace(columns, rows, distance, starts, *shape, whole, whole, real, real, real, real)
    line, cell = np.empty(number, np.int64), np.empty(number, np.int64)
    enter, leave, near, gap = np.empty((4, number))
    _trace(columns, rows, distance, starts, *shape, line, cell, enter, leave, near, gap)
    return line, cell, enter, leave, near
