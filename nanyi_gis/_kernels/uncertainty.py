"""Probabilities of altitude bands and of score classes, over plain arrays."""

import math

import numpy as np

from . import kernel
from .suitability import cell_area

_F = np.float32
_ZERO, _ONE, _HALF, _HUNDRED = _F(0.0), _F(1.0), _F(0.5), _F(100.0)
_ROOT_HALF = math.sqrt(0.5)


@kernel(nogil=True)
def normal_cdf(t):  # type: ignore[no-untyped-def]
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-t * _ROOT_HALF)


@kernel(nogil=True)
def band_probability_block(z, edges, sigma, out):  # type: ignore[no-untyped-def]
    """Fill P(band k) of each cell under a Gaussian error; ``out`` is (bands, h, w), or (1, h, w) for its own band."""
    bands = edges.size + 1
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            here = z[i, j]
            if here != here:
                for k in range(out.shape[0]):
                    out[k, i, j] = np.nan
                continue
            own = 0
            for k in range(edges.size):
                own += 1 if here >= edges[k] else 0
            for k in range(bands):
                if out.shape[0] == 1 and k != own:
                    continue
                place = 0 if out.shape[0] == 1 else k
                if sigma == 0.0:
                    out[place, i, j] = 1.0 if k == own else 0.0
                    continue
                low = 0.0 if k == 0 else normal_cdf((edges[k - 1] - here) / sigma)
                high = 1.0 if k == bands - 1 else normal_cdf((edges[k] - here) / sigma)
                out[place, i, j] = high - low


@kernel(nogil=True)
def band_moments_block(z, edges, sigma, area_nodes, per_node, first_column, mean, variance):  # type: ignore[no-untyped-def]
    """Add expected area and its variance under independent errors, by band, in units of ``area_nodes``."""
    bands = edges.size + 1
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            here = z[i, j]
            if here != here:
                continue
            area = float(cell_area(area_nodes[i], (first_column + j) * per_node))
            low = 0.0
            for k in range(bands):
                if k == bands - 1:
                    high = 1.0
                elif sigma == 0.0:
                    high = 1.0 if here < edges[k] else 0.0
                else:
                    high = normal_cdf((edges[k] - here) / sigma)
                p = high - low
                low = high
                mean[k] += p * area
                variance[k] += p * (1.0 - p) * area * area


@kernel(nogil=True)
def sampled_bands_block(  # type: ignore[no-untyped-def]
    z, edges, sigma, fields, first_row, per_row, left, share, norm_x, rho, row_area, areas, hits
):
    """Count band areas of each sampled surface, and how often a cell stays in its band.

    Parameters
    ----------
    z : float32 (h, w); edges : float32 (k,); sigma : float32
    fields : float32 (samples, coarse rows, coarse columns)
        Standard normal fields on a coarser grid.
    first_row : int; per_row : float
        Row of the raster at which the block begins, coarse rows per row.
    left, share, norm_x : int64, float32, float32 (w,)
        Coarse column to the left, share of the one to the right, and what restores unit variance.
    rho : float
        Correlation of neighbouring coarse nodes.
    row_area : float64 (h,)
        Area of a cell in each row.
    areas : float64 (samples, k + 1); hits : uint16 or uint32 (h, w) or (0, 0)
        Results, added to.
    """
    height, width = z.shape
    coarse = fields.shape[2]
    line = np.empty(coarse, np.float32)
    surface = np.empty(width, np.float32)
    low = np.empty(width, np.float32)
    high = np.empty(width, np.float32)
    counting = hits.size > 0
    for i in range(height):
        row = z[i]
        place = (first_row + i) * per_row
        above = min(int(place), max(fields.shape[1] - 2, 0))
        below = min(above + 1, fields.shape[1] - 1)
        t = place - above
        norm = _F(sigma / math.sqrt((1 - t) ** 2 + t * t + 2 * t * (1 - t) * rho))
        a, b = _F(1 - t) * norm, _F(t) * norm
        if counting:
            for j in range(width):
                lo, hi = _F(-np.inf), _F(np.inf)
                for k in range(edges.size):
                    if row[j] >= edges[k]:
                        lo = edges[k]
                    elif hi > edges[k]:
                        hi = edges[k]
                low[j], high[j] = lo, hi
        valid = 0
        for j in range(width):
            valid += 1 if row[j] == row[j] else 0
        for s in range(fields.shape[0]):
            upper, lower = fields[s, above], fields[s, below]
            for c in range(coarse):
                line[c] = upper[c] * a + lower[c] * b
            for j in range(width):
                c = left[j]
                error = line[c] + (line[c + 1] - line[c]) * share[j]
                surface[j] = row[j] + error * norm_x[j]
            beyond = valid
            for k in range(edges.size):
                edge = edges[k]
                count = 0
                for j in range(width):
                    count += 1 if surface[j] >= edge else 0
                areas[s, k] += (beyond - count) * row_area[i]
                beyond = count
            areas[s, edges.size] += beyond * row_area[i]
            if counting:
                for j in range(width):
                    hits[i, j] += 1 if (surface[j] >= low[j]) & (surface[j] < high[j]) else 0


@kernel(nogil=True)
def weighted_hits_block(  # type: ignore[no-untyped-def]
    memberships, excluded, weights, threshold, geometric, zones, area_nodes, per_node, first_column, hits, areas
):
    """Count in how many samples of weights a cell scores at least ``threshold``.

    Parameters
    ----------
    memberships : float32 (criteria, h, w)
        NaN where a criterion does not apply.
    excluded : bool (h, w)
        Cells ruled out, which score 0.
    weights : float32 (samples, criteria)
        Each row sums to one.
    threshold : float32
        Score 0 to 100.
    geometric : bool
        Weighted product in place of the mean.
    zones : int32 (h, w) or (0, 0)
        Row of ``areas``; negative for none.
    hits : uint16 or uint32 (h, w)
        Result.
    areas : float64 (samples, zones)
        Areas in units of ``area_nodes`` that reach the threshold, added to.
    """
    count, height, width = memberships.shape
    samples = weights.shape[0]
    m = np.empty((count, width), np.float32)
    known = np.empty((count, width), np.float32)
    total = np.empty(width, np.float32)
    used = np.empty(width, np.float32)
    hit = np.empty(width, np.uint8)
    for i in range(height):
        sparse = False
        for k in range(count):
            for j in range(width):
                v = memberships[k, i, j]
                ok = v == v
                sparse |= not ok
                known[k, j] = _ONE if ok else _ZERO
                if geometric:
                    m[k, j] = _F(math.log(v)) if ok else _ZERO
                else:
                    m[k, j] = v if ok else _ZERO
        for s in range(samples):
            total[:] = _ZERO
            for k in range(count):
                w = weights[s, k]
                for j in range(width):
                    total[j] += w * m[k, j]
            if sparse:
                used[:] = _ZERO
                for k in range(count):
                    w = weights[s, k]
                    for j in range(width):
                        used[j] += w * known[k, j]
                for j in range(width):
                    total[j] = total[j] / used[j] if used[j] > _F(1e-6) else _ZERO
            if geometric:
                for j in range(width):
                    total[j] = _F(math.exp(total[j]))
            for j in range(width):
                ok = (total[j] * _HUNDRED + _HALF >= threshold) & (not excluded[i, j])
                hit[j] = 1 if ok else 0
            for j in range(width):
                hits[i, j] += hit[j]
            if zones.size > 0:
                start = 0
                while start < width:
                    zone = zones[i, start]
                    stop = start + 1
                    while stop < width and zones[i, stop] == zone:
                        stop += 1
                    if zone >= 0:
                        here = 0
                        for j in range(start, stop):
                            here += hit[j]
                        middle = (first_column + (start + stop - 1) * 0.5) * per_node
                        areas[s, zone] += here * float(cell_area(area_nodes[i], middle))
                    start = stop
