"""One pass over a block of elevations: slope, aspect, climate, memberships, score, class, limiting factor, areas.

The work goes row by row through short buffers that stay in the processor's first cache. Each
loop is free of branches, so that the compiler can turn it into vector instructions. All real
numbers are 32-bit and no fused or re-ordered arithmetic is allowed: a cell comes out the same
whatever block it lies in.
"""

import math

import numpy as np

from . import kernel
from .climate import climate_row, regimes_row

ELEVATION, SLOPE, ASPECT, CLIMATE, LAYER, CODES = 0, 1, 2, 3, 4, 5
TRAPEZOID, SIGMOID, GAUSSIAN = 0, 1, 2
MEAN, GEOMETRIC = 0, 1

NO_LIMIT = 254
UNKNOWN_NEED = 255
SLOTS = 8
"""Last axis of a table of areas: 0 unused, 1 to 4 the classes, 4 + class what of S1 to S3 needs irrigation."""
FLAT_DEGREES = 2.0

_F = np.float32
_ZERO, _HALF, _ONE, _TWO = _F(0.0), _F(0.5), _F(1.0), _F(2.0)
_DEGREES = _F(180.0 / math.pi)
_QUARTER_TURN = _F(math.pi / 2)
_FLAT = _F(FLAT_DEGREES)
_HUNDRED = _F(100.0)
_UNJUDGED = _F(255.0)


@kernel(nogil=True, inline="always")
def arctangent(t):  # type: ignore[no-untyped-def]
    """Return atan(t) for t >= 0 to 2e-8, without a library call (Abramowitz and Stegun 4.4.49)."""
    r = _ONE / t if t > _ONE else t
    s = r * r
    p = _F(0.0028662257)
    p = p * s + _F(-0.0161657367)
    p = p * s + _F(0.0429096138)
    p = p * s + _F(-0.0752896400)
    p = p * s + _F(0.1065626393)
    p = p * s + _F(-0.1420889944)
    p = p * s + _F(0.1999355085)
    p = p * s + _F(-0.3333314528)
    p = (p * s + _ONE) * r
    return _QUARTER_TURN - p if t > _ONE else p


@kernel(nogil=True, inline="always")
def arccosine(c):  # type: ignore[no-untyped-def]
    """Return acos(c) to 2e-8, without a library call (Abramowitz and Stegun 4.4.46)."""
    a = -c if c < _ZERO else c
    a = _ONE if a > _ONE else a
    p = _F(-0.0012624911)
    p = p * a + _F(0.0066700901)
    p = p * a + _F(-0.0170881256)
    p = p * a + _F(0.0308918810)
    p = p * a + _F(-0.0501743046)
    p = p * a + _F(0.0889789874)
    p = p * a + _F(-0.2145988016)
    p = p * a + _F(1.5707963050)
    p = p * np.sqrt(_ONE - a)
    return _F(math.pi) - p if c < _ZERO else p


@kernel(nogil=True)
def _neighbour(near, opposite, centre, otherwise):  # type: ignore[no-untyped-def]
    """Return a neighbour; a missing one is extrapolated through the centre if the opposite is known."""
    if near == near:
        return near
    if opposite == opposite:
        return _TWO * centre - opposite
    return otherwise


@kernel(nogil=True)
def _row_has_gap(z, i):  # type: ignore[no-untyped-def]
    gap = False
    for k in range(3):
        for j in range(z.shape[1]):
            value = z[i + k, j]
            gap |= value != value
    return gap


@kernel(nogil=True)
def gradient_row(z, i, per_x, per_y, gx, gy):  # type: ignore[no-untyped-def]
    """Fill the gradients of row ``i`` by Horn's kernel (1981): rise per metre eastward and northward.

    ``z`` has one cell of margin on each side; ``per_x`` and ``per_y`` are
    1 / (8 cell sizes), negative where columns run west and rows run south.
    """
    width = gx.size
    north, here, south = z[i], z[i + 1], z[i + 2]
    if _row_has_gap(z, i):
        for j in range(width):
            e = here[j + 1]
            a, b, c = north[j], north[j + 1], north[j + 2]
            d, f = here[j], here[j + 2]
            g, h, k = south[j], south[j + 1], south[j + 2]
            # the sides first: they span the plane in which a missing corner is taken to lie
            b, h = _neighbour(b, h, e, e), _neighbour(h, b, e, e)
            d, f = _neighbour(d, f, e, e), _neighbour(f, d, e, e)
            a, k = _neighbour(a, k, e, b + d - e), _neighbour(k, a, e, f + h - e)
            c, g = _neighbour(c, g, e, b + f - e), _neighbour(g, c, e, d + h - e)
            gx[j] = ((c + _TWO * f + k) - (a + _TWO * d + g)) * per_x
            gy[j] = ((g + _TWO * h + k) - (a + _TWO * b + c)) * per_y
        return
    for j in range(width):
        a, b, c = north[j], north[j + 1], north[j + 2]
        d, f = here[j], here[j + 2]
        g, h, k = south[j], south[j + 1], south[j + 2]
        gx[j] = ((c + _TWO * f + k) - (a + _TWO * d + g)) * per_x
        gy[j] = ((g + _TWO * h + k) - (a + _TWO * b + c)) * per_y


@kernel(nogil=True)
def slope_row(gx, gy, slope):  # type: ignore[no-untyped-def]
    """Fill the slope in degrees."""
    for j in range(slope.size):
        slope[j] = arctangent(np.sqrt(gx[j] * gx[j] + gy[j] * gy[j])) * _DEGREES


@kernel(nogil=True)
def aspect_deviation_row(gx, gy, slope, east, north, out):  # type: ignore[no-untyped-def]
    """Fill the angle in degrees between the downhill direction and the one given; 0 where flat."""
    for j in range(out.size):
        length = np.sqrt(gx[j] * gx[j] + gy[j] * gy[j])
        safe = length if length > _ZERO else _ONE
        cosine = -(gy[j] * north + gx[j] * east) / safe
        angle = arccosine(cosine) * _DEGREES
        out[j] = _ZERO if slope[j] < _FLAT else angle


@kernel(nogil=True)
def value_row(kind, coefficient, z, i, slope, gx, gy, shares, layer, x):  # type: ignore[no-untyped-def]
    """Fill the criterion's value ``x`` for row ``i`` of the block."""
    if kind == ELEVATION:
        for j in range(x.size):
            x[j] = z[i + 1, j + 1]
    elif kind == SLOPE:
        for j in range(x.size):
            x[j] = slope[j]
    elif kind == ASPECT:
        aspect_deviation_row(gx, gy, slope, coefficient[0, 0], coefficient[0, 1], x)
    elif kind == CLIMATE:
        climate_row(coefficient, z, i, shares, x)
    else:
        for j in range(x.size):
            x[j] = layer[i, j]


@kernel(nogil=True)
def membership_row(shape, p, x, m):  # type: ignore[no-untyped-def]
    """Fill the memberships 0 to 1.

    Trapezoid: ``p`` is left foot's top, its steepness, right foot's top, its steepness. Sigmoid: mid-point and
    steepness. Gaussian: centre and spread.
    """
    if shape == TRAPEZOID:
        rise_end, rise, fall_start, fall = p[0], p[1], p[2], p[3]
        for j in range(x.size):
            up = _ONE - (rise_end - x[j]) * rise
            down = _ONE - (x[j] - fall_start) * fall
            v = up if up < down else down
            v = v if v < _ONE else _ONE
            m[j] = v if v > _ZERO else _ZERO
    elif shape == SIGMOID:
        for j in range(x.size):
            m[j] = _F(1.0 / (1.0 + math.exp(-float(p[1]) * (float(x[j]) - float(p[0])))))
    else:
        for j in range(x.size):
            d = (float(x[j]) - float(p[0])) / float(p[1])
            m[j] = _F(math.exp(-0.5 * d * d))


@kernel(nogil=True)
def class_row(b, x, c):  # type: ignore[no-untyped-def]
    """Fill the FAO class 1 to 4: one more for each break of ``b`` (three lower, three upper) that is passed."""
    l1, l2, l3, h1, h2, h3 = b[0], b[1], b[2], b[3], b[4], b[5]
    for j in range(x.size):
        v = x[j]
        k = _ONE
        k += _ONE if v < l1 else _ZERO
        k += _ONE if v < l2 else _ZERO
        k += _ONE if v < l3 else _ZERO
        k += _ONE if v > h1 else _ZERO
        k += _ONE if v > h2 else _ZERO
        k += _ONE if v > h3 else _ZERO
        c[j] = k


@kernel(nogil=True)
def codes_row(table, x, m, c):  # type: ignore[no-untyped-def]
    """Fill membership and class of a coded layer from a table of 256 classes; 0 stands for "no such code"."""
    for j in range(x.size):
        v = x[j]
        k = 0
        if v >= _ZERO and v < _F(256.0):
            k = table[int(v)]
        if k == 0:
            x[j] = _F(np.nan)
            m[j] = _ZERO
            c[j] = _ONE
        else:
            m[j] = _F(4 - k) / _F(3.0)
            c[j] = _F(k)


@kernel(nogil=True, inline="always")
def cell_area(nodes, place):  # type: ignore[no-untyped-def]
    """Return the area between two nodes as a whole number, so that sums do not depend on their order."""
    left = int(place)
    if left >= nodes.size - 1:
        return np.int64(nodes[nodes.size - 1] + 0.5)
    return np.int64(nodes[left] + (place - left) * (nodes[left + 1] - nodes[left]) + 0.5)


@kernel(nogil=True)
def evaluate_block(  # type: ignore[no-untyped-def]
    z,
    per_x,
    per_y,
    border,
    row_y,
    per_width,
    nodes,
    node_row,
    node_column,
    layers,
    mask,
    zones,
    area_nodes,
    per_node,
    first_column,
    kind,
    layer_index,
    code,
    weight,
    coefficient,
    shape,
    points,
    breaks,
    code_tables,
    need,
    edges,
    aggregation,
    steep,
    steep_code,
    score,
    cls,
    limiting,
    band,
    irrigation,
    table,
    causes,
):
    """Evaluate one block.

    Parameters
    ----------
    z : float32 (h + 2, w + 2)
        Elevations in metres with one cell of margin; NaN where unknown.
    per_x, per_y : float32 (h,)
        1 / (8 cell sizes in metres) of each row; negative where the axis runs west or north.
    border : float64 (w,); row_y : float64 (h,); per_width : float
        Border between two climate regimes as ordinate of each column, ordinate of each row, 1 / width of transition.
    nodes : float32 (regimes, m, n); node_row : float64 (h,); node_column : float64 (w,)
        Shares of the climate regimes at nodes, and the place of each row and column among them; empty for a border
        or for one regime.
    layers : float32 (n, h, w)
        Values of the optional layers; NaN where unknown.
    mask : uint8 (h, w) or (0, 0)
        Code of the hard constraint that rules the cell out; 0 for none.
    zones : int32 (h, w) or (0, 0)
        Row of ``table`` to which the cell counts; negative for none.
    area_nodes : float64 (h, n); per_node : float; first_column : int
        Cell areas in 1e-4 m2 at nodes along the raster's row, nodes per column, first column of the block.
    kind, layer_index, code, weight, coefficient, shape, points, breaks, code_tables
        The criteria, one row each; ``coefficient`` (criteria, regimes, 4) has intercept, change per metre, floor and
        cap of climate by regime, and the best direction for aspect.
    need : float32 (criteria,)
        Value below which a cell of class S1 to S3 needs irrigation; -inf where it never does.
    edges : float32 (k,)
        Lower-inclusive edges of the altitude bands.
    aggregation : int
        ``MEAN`` or ``GEOMETRIC``.
    steep : float32; steep_code : int
        Slope in degrees above which the cell is ruled out, and the code for it.
    score, cls, limiting, band, irrigation : uint8 (h, w)
        Results; 255, 0, 0, 0 and 255 where the elevation is unknown.
    table : int64 (zones, bands, SLOTS)
        Areas, added to; the last axis is the class, then what of it needs irrigation.
    causes : int64 (zones, 5, 256) or (0, 0, 0)
        Areas by class and limiting factor, added to.
    """
    height, width = score.shape
    count = kind.size
    gx = np.empty(width, np.float32)
    gy = np.empty(width, np.float32)
    slope = np.empty(width, np.float32)
    shares = np.zeros((coefficient.shape[1], width), np.float32)
    shares[0] = _ONE
    x = np.empty(width, np.float32)
    m = np.empty(width, np.float32)
    c = np.empty(width, np.float32)
    total = np.empty(width, np.float32)
    used = np.empty(width, np.float32)
    worst = np.empty(width, np.float32)
    culprit = np.empty(width, np.float32)
    ring = np.empty(width, np.float32)
    dry = np.zeros(width, np.float32)
    whole = _ZERO
    sparse = watered = False
    for k in range(count):
        whole += weight[k]
        sparse |= kind[k] >= LAYER
        watered |= need[k] > -np.inf
    neutral = _ZERO if aggregation == MEAN else _ONE
    has_mask, has_zones, has_causes = mask.size > 0, zones.size > 0, causes.size > 0
    for i in range(height):
        gradient_row(z, i, per_x[i], per_y[i], gx, gy)
        slope_row(gx, gy, slope)
        regimes_row(i, border, row_y, per_width, nodes, node_row, node_column, shares)
        total[:] = _ZERO
        used[:] = whole
        worst[:] = _TWO
        culprit[:] = _F(NO_LIMIT)
        if watered:
            dry[:] = _ZERO
        for k in range(count):
            value_row(kind[k], coefficient[k], z, i, slope, gx, gy, shares, layers[layer_index[k]], x)
            if kind[k] == CODES:
                codes_row(code_tables[k], x, m, c)
            else:
                membership_row(shape[k], points[k], x, m)
                class_row(breaks[k], x, c)
            if need[k] > -np.inf:
                least = need[k]
                for j in range(width):
                    dry[j] = _ONE if x[j] < least else dry[j]
            w, number = weight[k], _F(code[k])
            if kind[k] >= LAYER:
                for j in range(width):
                    if x[j] != x[j]:
                        m[j] = neutral
                        c[j] = _ONE
                        used[j] -= w
            if aggregation == MEAN:
                for j in range(width):
                    total[j] += w * m[j]
            else:
                for j in range(width):
                    total[j] += w * _F(math.log(m[j])) if w > _ZERO else _ZERO
            for j in range(width):
                key = _TWO * c[j] + (_ONE - m[j])
                first = (key > worst[j]) & (c[j] > _ONE)
                culprit[j] = number if first else culprit[j]
                worst[j] = key if first else worst[j]
        ring[:] = _ONE
        for k in range(edges.size):
            edge = edges[k]
            for j in range(width):
                ring[j] += _ONE if z[i + 1, j + 1] >= edge else _ZERO
        for j in range(width):
            v = total[j] / (used[j] if sparse else whole)
            if aggregation == GEOMETRIC:
                v = _F(math.exp(v))
            v = v * _HUNDRED + _HALF
            total[j] = v if used[j] > _F(1e-6) else _UNJUDGED
        for j in range(width):
            height_here = z[i + 1, j + 1]
            if height_here != height_here:
                score[i, j], cls[i, j], limiting[i, j], band[i, j] = 255, 0, 0, 0
                continue
            points_here = int(total[j])
            grade = int(worst[j] * _HALF)
            cause = int(culprit[j])
            if slope[j] > steep:
                points_here, grade, cause = 0, 4, steep_code
            if has_mask and mask[i, j] > 0:
                points_here, grade, cause = 0, 4, int(mask[i, j])
            step = int(ring[j])
            score[i, j] = points_here
            cls[i, j] = grade
            limiting[i, j] = cause
            band[i, j] = step
            zone = zones[i, j] if has_zones else 0
            if zone >= 0:
                area = cell_area(area_nodes[i], (first_column + j) * per_node)
                table[zone, step - 1, grade] += area
                if watered and dry[j] > _ZERO and grade < 4:
                    table[zone, step - 1, 4 + grade] += area
                if has_causes:
                    causes[zone, grade, cause] += area
        for j in range(width):
            thirsty = np.uint8(dry[j] > _ZERO) & np.uint8(cls[i, j] < 4)
            irrigation[i, j] = UNKNOWN_NEED if cls[i, j] == 0 else thirsty


@kernel(nogil=True)
def tabulate_block(  # type: ignore[no-untyped-def]
    cls, band, irrigation, zones, area_nodes, per_node, first_column, table
):
    """Add each cell's area to ``table`` (zones, bands, SLOTS) by zone, altitude band, class and need of irrigation."""
    for i in range(cls.shape[0]):
        for j in range(cls.shape[1]):
            zone = zones[i, j] if zones.size > 0 else 0
            if cls[i, j] > 0 and zone >= 0:
                place = (first_column + j) * per_node
                area = cell_area(area_nodes[i], place)
                table[zone, band[i, j] - 1, cls[i, j]] += area
                if irrigation[i, j] == 1:
                    table[zone, band[i, j] - 1, 4 + cls[i, j]] += area


@kernel(nogil=True)
def causes_block(cls, limiting, zones, area_nodes, per_node, first_column, causes):  # type: ignore[no-untyped-def]
    """Add each cell's area to ``causes`` (zones, 5, 256) by zone, class and limiting factor."""
    for i in range(cls.shape[0]):
        for j in range(cls.shape[1]):
            zone = zones[i, j]
            if cls[i, j] > 0 and zone >= 0:
                place = (first_column + j) * per_node
                causes[zone, cls[i, j], limiting[i, j]] += cell_area(area_nodes[i], place)


@kernel(nogil=True)
def memberships_block(  # type: ignore[no-untyped-def]
    z,
    per_x,
    per_y,
    border,
    row_y,
    per_width,
    nodes,
    node_row,
    node_column,
    layers,
    kind,
    layer_index,
    coefficient,
    shape,
    points,
    breaks,
    code_tables,
    values,
    memberships,
    classes,
    slope_out,
):
    """Fill value, membership and class of every criterion (criteria, h, w) and the slope (h, w).

    The same row functions as :func:`evaluate_block`, so that an explanation cannot differ from the map.
    """
    height, width = slope_out.shape
    gx = np.empty(width, np.float32)
    gy = np.empty(width, np.float32)
    shares = np.zeros((coefficient.shape[1], width), np.float32)
    shares[0] = _ONE
    for i in range(height):
        gradient_row(z, i, per_x[i], per_y[i], gx, gy)
        slope_row(gx, gy, slope_out[i])
        regimes_row(i, border, row_y, per_width, nodes, node_row, node_column, shares)
        for k in range(kind.size):
            x, m, c = values[k, i], memberships[k, i], classes[k, i]
            value_row(kind[k], coefficient[k], z, i, slope_out[i], gx, gy, shares, layers[layer_index[k]], x)
            if kind[k] == CODES:
                codes_row(code_tables[k], x, m, c)
            else:
                membership_row(shape[k], points[k], x, m)
                class_row(breaks[k], x, c)
