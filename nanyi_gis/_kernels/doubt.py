"""Classes of land under errors of climate, limits and heights, over plain arrays: one pass, many samples.

The rows are those of :mod:`nanyi_gis._kernels.suitability`, so that a sample without errors is the map.
"""

import math

import numpy as np

from . import kernel
from .climate import regimes_row
from .suitability import (
    CLIMATE,
    CODES,
    LAYER,
    cell_area,
    class_row,
    codes_row,
    gradient_row,
    slope_row,
    value_row,
)

_F = np.float32
_ZERO, _ONE = _F(0.0), _F(1.0)
NORMALS = 4096
_INDEX = np.uint64(NORMALS - 1)
_ROW, _COLUMN = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_12, _24, _36 = np.uint64(12), np.uint64(24), np.uint64(36)
_WORST_GOOD, _WORST = _F(2.5), _F(4.0)


@kernel(nogil=True)
def surface_block(  # type: ignore[no-untyped-def]
    margined, per_x, per_y, area_nodes, per_node, rows, columns, weight, z, gx, gy, area
):
    """Pick cells of a block: elevation, gradients by Horn's kernel and area.

    Parameters
    ----------
    margined : float32 (h + 2, w + 2)
        Elevations with one cell of margin.
    per_x, per_y : float32 (h,); area_nodes : float64 (h, n); per_node : float
        As for :func:`nanyi_gis._kernels.suitability.evaluate_block`.
    rows, columns : int64 (r,), (c,)
        Cells that are picked.
    weight : int
        Number of cells for which a picked one stands.
    z, gx, gy : float32 (r, c); area : int64 (r, c)
        Results.
    """
    width = margined.shape[1] - 2
    east, north = np.empty(width, np.float32), np.empty(width, np.float32)
    for r in range(rows.size):
        i = rows[r]
        gradient_row(margined, i, per_x[i], per_y[i], east, north)
        for c in range(columns.size):
            j = columns[c]
            z[r, c], gx[r, c], gy[r, c] = margined[i + 1, j + 1], east[j], north[j]
            area[r, c] = cell_area(area_nodes[i], j * per_node) * weight


@kernel(nogil=True)
def _hashed(key, row, column):  # type: ignore[no-untyped-def]
    """Return 64 mixed bits of a sample's key and a cell (the finalizer of SplitMix64)."""
    x = key + np.uint64(row) * _ROW + np.uint64(column) * _COLUMN
    x = (x ^ (x >> _30)) * _FIRST
    x = (x ^ (x >> _27)) * _SECOND
    return x ^ (x >> _31)


@kernel(nogil=True)
def _correlated_row(fields, s, place, left, share, norm, rho, sigma, line, error):  # type: ignore[no-untyped-def]
    """Fill the correlated error of a row in metres: a field on coarse nodes, interpolated at unit variance."""
    above = min(int(place), max(fields.shape[1] - 2, 0))
    below = min(above + 1, fields.shape[1] - 1)
    t = place - above
    scale = _F(sigma / math.sqrt((1 - t) ** 2 + t * t + 2 * t * (1 - t) * rho))
    a, b = _F(1 - t) * scale, _F(t) * scale
    for c in range(line.size):
        line[c] = fields[s, above, c] * a + fields[s, below, c] * b
    for j in range(error.size):
        c = left[j]
        error[j] = (line[c] + (line[c + 1] - line[c]) * share[j]) * norm[j]


@kernel(nogil=True)
def _worsen_row(c, worst):  # type: ignore[no-untyped-def]
    """Take over the class of a criterion where it is worse; one without a value has class 1."""
    for j in range(worst.size):
        worst[j] = c[j] if c[j] > worst[j] else worst[j]


@kernel(nogil=True)
def classes_block(  # type: ignore[no-untyped-def]
    z,
    gx,
    gy,
    area,
    borders,
    row_y,
    per_width,
    nodes,
    node_row,
    node_column,
    layers,
    mask,
    zones,
    kind,
    layer_index,
    code_tables,
    varies,
    coefficient,
    breaks,
    shift,
    steep,
    sigma,
    local_sigma,
    slope_sigma,
    place_sigma,
    fields,
    first_row,
    first_cell,
    first_column,
    step,
    per_row,
    left,
    share_right,
    norm,
    rho,
    keys,
    normals,
    table,
    hits,
):
    """Class every cell in every sample, add up its areas and count how often it is S1 or S2.

    Parameters
    ----------
    z, gx, gy : float32 (h, w); area : int64 (h, w)
        Elevations (NaN unknown), gradients and areas of the cells.
    borders : float64 (0, 1 or samples + 1, w)
        Border between two climate regimes: none, one for all, or the map's own and that of each sample.
    row_y, per_width, nodes, node_row, node_column
        As for the evaluation.
    layers : float32 (n, h, w); mask : uint8 (h, w) or (0, 0); zones : int32 (sheets, h, w)
        Optional layers, cells ruled out, rows of ``table`` (negative for none).
    kind, layer_index, code_tables, varies
        The criteria; those that do not vary are judged once, by the first row of ``coefficient`` and ``breaks``.
    coefficient : float32 (samples + 1, criteria, ...); breaks : float32 (samples + 1, criteria, 6)
        The map's own first, then those of each sample.
    shift : float32 (samples,)
        Error in metres that all heights share.
    steep : float32
        Slope in degrees above which the cell is ruled out.
    sigma, local_sigma, slope_sigma : float32
        Standard deviation of the correlated and of the local part of the heights' error, m, and of the local error of
        each component of the gradient.
    place_sigma : float32 (criteria,)
        Standard deviation of a place about its region, of each criterion that comes from the climate; one number a
        cell and sample moves them all.
    fields, per_row, left, share_right, norm, rho
        Correlated normal fields (samples, nodes, nodes) and how cells lie between their nodes; may be empty.
    first_row, first_cell, first_column, step : int
        Row of the whole thinned raster at which the block begins; row and column of the first picked cell of the
        raster, and cells from one to the next.
    keys : uint64 (samples,); normals : float32 (4096,)
        Key of each sample's local errors; quantiles of the normal distribution from which they are drawn.
    table : int64 (samples, zones, 5); hits : uint32 (h, w)
        Results, added to.
    """
    height, width = z.shape
    count, samples = kind.size, shift.size
    heights = np.empty((3, width + 2), np.float32)
    heights[:] = np.nan
    east, north = np.empty(width, np.float32), np.empty(width, np.float32)
    slope = np.empty(width, np.float32)
    shares = np.zeros((coefficient.shape[2], width), np.float32)
    shares[0] = _ONE
    none = np.empty(0, np.float64)
    x, c = np.empty(width, np.float32), np.empty(width, np.float32)
    membership = np.empty(width, np.float32)
    base, worst = np.empty(width, np.float32), np.empty(width, np.float32)
    error = np.zeros(width, np.float32)
    layer = np.empty((1, width), np.float32)
    line = np.empty(fields.shape[2], np.float32)
    correlated, local = fields.size > 0 and sigma > _ZERO, local_sigma > _ZERO
    sloping, placed = slope_sigma > _ZERO, place_sigma.max() > _ZERO
    place = np.zeros(width, np.float32)
    for i in range(height):
        for s in range(-1, samples):
            first = s < 0  # what does not vary is judged before the samples
            if first or sloping:
                for j in range(width):
                    east[j], north[j] = gx[i, j], gy[i, j]
            if first:
                for j in range(width):  # in loops: assigning slices compiles the text of their errors too
                    heights[1, j + 1], worst[j] = z[i, j], _ONE
            else:
                if correlated:
                    at = (first_row + i) * per_row
                    _correlated_row(fields, s, at, left, share_right, norm, rho, sigma, line, error)
                for j in range(width):
                    heights[1, j + 1] = z[i, j] + (error[j] + shift[s])
                if local or sloping or placed:
                    row = first_cell + (first_row + i) * step
                    for j in range(width):
                        bits = _hashed(keys[s], row, first_column + j * step)
                        heights[1, j + 1] += local_sigma * normals[int(bits & _INDEX)]
                        east[j] += slope_sigma * normals[int((bits >> _12) & _INDEX)]
                        north[j] += slope_sigma * normals[int((bits >> _24) & _INDEX)]
                        place[j] = normals[int((bits >> _36) & _INDEX)]
                for j in range(width):
                    worst[j] = base[j]
            if first or sloping:
                slope_row(east, north, slope)
            if first or borders.shape[0] > 1:
                border = none if borders.shape[0] == 0 else borders[min(s + 1, borders.shape[0] - 1)]
                regimes_row(i, border, row_y, per_width, nodes, node_row, node_column, shares)
            for k in range(count):
                if varies[k] != first:
                    if kind[k] >= LAYER:
                        for j in range(width):
                            layer[0, j] = layers[layer_index[k], i, j]
                    value_row(kind[k], coefficient[s + 1, k], heights, 0, slope, east, north, shares, layer, x)
                    if kind[k] == CLIMATE and placed and not first:
                        for j in range(width):
                            x[j] += place_sigma[k] * place[j]
                    if kind[k] == CODES:
                        codes_row(code_tables[k], x, membership, c)
                    else:
                        class_row(breaks[s + 1, k], x, c)
                    _worsen_row(c, worst)
            if first != sloping:
                for j in range(width):
                    worst[j] = _WORST if slope[j] > steep else worst[j]
            if first:
                for j in range(width):
                    base[j] = _WORST if mask.size > 0 and mask[i, j] > 0 else worst[j]
                continue
            for j in range(width):
                if z[i, j] == z[i, j]:
                    hits[i, j] += np.uint32(1) if worst[j] < _WORST_GOOD else np.uint32(0)
                    for sheet in range(zones.shape[0]):
                        zone = zones[sheet, i, j]
                        if zone >= 0:
                            table[s, zone, int(worst[j])] += area[i, j]
