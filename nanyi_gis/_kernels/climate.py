"""Rows of climate: shares of the regimes, and quantities by height between floor and cap.

All real numbers are 32-bit and no fused or re-ordered arithmetic is allowed, as in the pass that calls it.
"""

import numpy as np

from . import kernel

_F = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)


@kernel(nogil=True)
def share_row(border, y, per_width, share):  # type: ignore[no-untyped-def]
    """Fill the share of the southern regime: 0 north of the border, 1 south of it, linear between."""
    for j in range(share.size):
        s = _F((border[j] - y) * per_width + 0.5)
        s = s if s > _ZERO else _ZERO
        share[j] = s if s < _ONE else _ONE


@kernel(nogil=True)
def lattice_row(nodes, at_row, at_column, shares):  # type: ignore[no-untyped-def]
    """Fill the share of every regime from nodes (regimes, rows, columns), bilinearly between them.

    ``at_row`` is the row's place among the nodes, ``at_column`` that of each column; both end before the last node.
    """
    top = int(at_row)
    down = _F(at_row - top)
    for r in range(shares.shape[0]):
        upper, lower = nodes[r, top], nodes[r, top + 1]
        for j in range(shares.shape[1]):
            left = int(at_column[j])
            across = _F(at_column[j] - left)
            a = upper[left] + across * (upper[left + 1] - upper[left])
            b = lower[left] + across * (lower[left + 1] - lower[left])
            shares[r, j] = a + down * (b - a)


@kernel(nogil=True, inline="always")
def bounded(line, z):  # type: ignore[no-untyped-def]
    """Return ``intercept + per_metre * z`` between floor and cap; NaN stays NaN."""
    v = line[0] + line[1] * z
    v = line[2] if v < line[2] else v
    return line[3] if v > line[3] else v


@kernel(nogil=True)
def climate_row(lines, z, i, shares, x):  # type: ignore[no-untyped-def]
    """Fill a quantity of climate: the lines of the regimes (regimes, 4), weighed by their shares."""
    if lines.shape[0] == 1:
        only = lines[0]
        for j in range(x.size):
            x[j] = bounded(only, z[i + 1, j + 1])
    elif lines.shape[0] == 2:
        first, second, south = lines[0], lines[1], shares[1]
        for j in range(x.size):
            v = bounded(first, z[i + 1, j + 1])
            x[j] = (_ONE - south[j]) * v + south[j] * bounded(second, z[i + 1, j + 1])
    else:
        x[:] = _ZERO
        for r in range(lines.shape[0]):
            line, share = lines[r], shares[r]
            for j in range(x.size):
                x[j] += share[j] * bounded(line, z[i + 1, j + 1])


@kernel(nogil=True)
def regimes_row(i, border, row_y, per_width, nodes, node_row, node_column, shares):  # type: ignore[no-untyped-def]
    """Fill the shares of the regimes in row ``i``: by the border of two, by nodes, or left as they are."""
    if border.size > 0:
        share_row(border, row_y[i], per_width, shares[1])
    elif nodes.size > 0:
        lattice_row(nodes, node_row[i], node_column, shares)
