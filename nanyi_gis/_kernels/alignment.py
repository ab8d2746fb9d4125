"""Values of a raster at the cells of another grid, each cell by itself."""

import math

import numpy as np

from . import kernel

_TIE = 1e-6  # a point on the border of two cells belongs to the one at the higher column or row


@kernel(nogil=True)
def _blend(values, u, v, row, column):  # type: ignore[no-untyped-def]
    """Return the bilinear mean of the four cells around a point, of those that hold a value."""
    x, y = u - 0.5, v - 0.5
    left, above = math.floor(x), math.floor(y)
    total, weight = 0.0, 0.0
    for k in range(2):
        i = above + k - row
        down = (y - above) if k == 1 else 1.0 - (y - above)
        for m in range(2):
            j = left + m - column
            across = (x - left) if m == 1 else 1.0 - (x - left)
            if 0 <= i < values.shape[0] and 0 <= j < values.shape[1]:
                value = values[i, j]
                if value == value:
                    total += down * across * value
                    weight += down * across
    return total / weight if weight > 0 else np.nan


@kernel(nogil=True)
def sample(  # type: ignore[no-untyped-def]
    values, row, column, u, v, first_node_row, first_node_column, step, top, left, points, nearest, out
):
    """Fill ``out`` with the values of a raster at the cells of another grid.

    Parameters
    ----------
    values : float32 (h, w)
        A window of the raster that begins at its ``row`` and ``column``; NaN where it has no value.
    u, v : float64 (m, n)
        Column and row of the raster, cell k covering k to k + 1, at nodes every ``step`` cells of the other
        grid; the first node stands ``first_node_row`` and ``first_node_column`` steps from its first cell.
    top, left : int
        First cell of ``out`` on the other grid.
    points : int
        Points along each side of a cell whose values are averaged.
    nearest : bool
        Whether to take the cell under a point rather than interpolate.
    out : float32 (rows, columns)
        NaN where more than half of the points fall on cells without a value.
    """
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            total, count = 0.0, 0
            for p in range(points):
                # all positions count from the first cell of the whole grid, so that windows agree to the last bit
                y = (top + i + (p + 0.5) / points - 0.5) / step
                a = math.floor(y)
                fy = y - a
                a -= first_node_row
                for q in range(points):
                    x = (left + j + (q + 0.5) / points - 0.5) / step
                    b = math.floor(x)
                    fx = x - b
                    b -= first_node_column
                    cu = (1 - fy) * ((1 - fx) * u[a, b] + fx * u[a, b + 1])
                    cu += fy * ((1 - fx) * u[a + 1, b] + fx * u[a + 1, b + 1])
                    cv = (1 - fy) * ((1 - fx) * v[a, b] + fx * v[a, b + 1])
                    cv += fy * ((1 - fx) * v[a + 1, b] + fx * v[a + 1, b + 1])
                    if not (math.isfinite(cu) and math.isfinite(cv)):
                        continue
                    k, m = math.floor(cv + _TIE) - row, math.floor(cu + _TIE) - column
                    if not (0 <= k < values.shape[0] and 0 <= m < values.shape[1]):
                        continue
                    value = values[k, m]
                    if value != value:
                        continue
                    total += value if nearest else _blend(values, cu, cv, row, column)
                    count += 1
            out[i, j] = total / count if 2 * count >= points * points and count > 0 else np.nan
