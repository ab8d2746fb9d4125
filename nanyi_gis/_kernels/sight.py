"""Lines of sight over a window of heights: exact by sampled lines, decided by bounds wherever bounds are enough.

A line runs from the top of a mast to a receiver. Counted in steps ``i`` of ``n`` along its longer axis, it is sampled
where it crosses the columns (or rows) of cell centres, between two neighbouring cells of heights ``a`` and ``b`` at
``part / n`` of the way from one to the other. A sample rises above the line where::

    a (n - part) + b part  >  eye (n - i) + top i - i (n - i) c,      c = fall (n^2 + m^2) / n

``m`` is the shorter axis, ``fall`` the square of a cell's side over two effective radii of the earth. Both sides are
``n`` times a height; with heights in single precision nothing is rounded in them but the last term, and both
are the same seen from the other end. That rule is :func:`line_of_sight`, and everything here gives its verdict.
"""

import math

import numpy as np

from . import kernel

_FAR = 1e30
_BINS = 3  # bins of slope in a sector for each cell of the reach; measured, 2 and 4 are as good
_ROUNDING = 1e-9  # metres; heights of kilometres in double precision are rounded a thousand times finer


@kernel(nogil=True)
def line_of_sight(flat, at, along, aside, n, m, eye, top, fall):  # type: ignore[no-untyped-def]
    """Return the verdict on one line; ``along`` and ``aside`` step in ``flat``, ``m`` (0 to ``n``) steps aside."""
    c = fall * (float(n) * n + float(m) * m) / n
    length, width = float(n), float(m)
    part = 0.0
    verdict = 1
    done = 0.0
    for _ in range(1, n):
        done += 1.0
        at += along
        part += width
        if part >= length:
            part -= length
            at += aside
        left = length - done
        height = flat[at] * length if part == 0.0 else flat[at] * (length - part) + flat[at + aside] * part
        if height > (eye * left + top * done) - done * left * c:
            return 0
        if height != height:
            verdict = 2
    return verdict


@kernel(nogil=True)
def _blocks(flat, at, along, aside, n, m, i, eye, top, fall):  # type: ignore[no-untyped-def]
    """Tell whether one sample of a line, number ``i``, blocks it by the rule of :func:`line_of_sight`."""
    c = fall * (float(n) * n + float(m) * m) / n
    over = (i * m) // n
    part = float(i * m - over * n)
    at += i * along + over * aside
    length, done = float(n), float(i)
    left = length - done
    height = flat[at] * length if part == 0.0 else flat[at] * (length - part) + flat[at + aside] * part
    return height > (eye * left + top * done) - done * left * c


@kernel(nogil=True)
def sight_window(flat, pitch, shape, row, column, eye, lift, fall, limit, seen):  # type: ignore[no-untyped-def]
    """Write what one observer sees of the cells around it.

    Eight sectors of 45 degrees are walked outward, line of cells by line. In each, slopes ``m / n`` are cut into
    narrow bins; of every bin a bound from above and one from below is kept of the steepest sample so far, of any line
    within it. A target above the one is seen, a target below the other is blocked; only what lies between is walked
    sample by sample, the sample that raised the horizon last first.

    Parameters
    ----------
    flat : float64 (height * width,)
        Heights, row by row; NaN where unknown.
    pitch, shape : int, (int, int)
        Columns in a row of ``flat``; rows and columns.
    row, column : int
        Cell of the observer.
    eye : float
        Height of the top of the mast.
    lift : float
        Receivers stand so far above the ground.
    fall : float
        Square of a cell's side over two effective radii of the earth, in metres; 0 for a flat earth.
    limit : float
        Square of the radius in cells.
    seen : uint8 (2 reach + 1, 2 reach + 1)
        Result around the observer: 1 seen, 2 blocked by nothing known but over unknown heights, else 0.
    """
    height, width = shape
    reach = seen.shape[0] // 2
    bins = _BINS * reach
    above = np.empty(bins, np.float64)
    below = np.empty(bins, np.float64)
    last = np.empty(bins, np.int64)
    upper = np.empty(reach + 2, np.float64)
    lower = np.empty(reach + 2, np.float64)
    slack = 0.25 * fall + _ROUNDING
    start = row * pitch + column
    out = seen.ravel()
    wide = 2 * reach + 1
    middle = reach * wide + reach
    seen[:] = 0
    out[middle] = 1
    for sector in range(8):
        down, right = 1 if sector & 1 else -1, 1 if sector & 2 else -1
        rows, columns = height - 1 - row if down > 0 else row, width - 1 - column if right > 0 else column
        if sector & 4:
            along, aside, out_along, out_aside = right, down * pitch, right, down * wide
            lines, room = min(reach, columns), rows
        else:
            along, aside, out_along, out_aside = down * pitch, right, down * wide, right
            lines, room = min(reach, rows), columns
        above[:] = -_FAR
        below[:] = -_FAR
        last[:] = 0
        for n in range(1, lines + 1):
            left = limit - float(n) * n
            if left < 0.0:
                break
            half = math.sqrt(left)
            span = min(min(n, int(half)), room)
            base = start + n * along
            per = 1.0 / n
            # the targets of this line, by the bounds from the lines before it
            step, rest = bins // n, bins % n
            k, over = 0, 0
            for m in range(span + 1):
                ground = float(flat[base + m * aside])
                verdict = 0
                if ground == ground:
                    top = ground + lift
                    slope = (top - eye - fall * (float(n) * n + float(m) * m)) * per
                    b = min(k, bins - 1)
                    if slope >= above[b] + slack:
                        verdict = 1
                    elif slope >= below[b] - slack:
                        i = last[b]
                        if i == 0 or not _blocks(flat, start, along, aside, n, m, i, eye, top, fall):
                            verdict = line_of_sight(flat, start, along, aside, n, m, eye, top, fall)
                out[middle + n * out_along + m * out_aside] = verdict
                k += step
                over += rest
                if over >= n:
                    over -= n
                    k += 1
            # this line's heights above the eye, apparent ones over the curved earth
            most = min(n, room)
            holes = False
            for m in range(most + 1):
                ground = float(flat[base + m * aside])
                seen_at = ground - eye - fall * (float(n) * n + float(m) * m)
                upper[m] = seen_at
                holes |= ground != ground
            for m in range(most + 1, n + 2):
                upper[m] = -_FAR
            rays = min(bins, int(min(half * per, 1.0) * bins) + 1)
            if holes:
                for m in range(n + 2):
                    lower[m] = upper[m] if upper[m] == upper[m] else -_FAR
                    upper[m] = upper[m] if upper[m] == upper[m] else _FAR
                _raise(upper, lower, n, bins, rays, above, below, last)
            else:
                _raise(upper, upper, n, bins, rays, above, below, last)


@kernel(nogil=True)
def _raise(upper, lower, n, bins, rays, above, below, last):  # type: ignore[no-untyped-def]
    """Raise the bounds of the bins by the samples of a line of cells, linear between cells."""
    per = 1.0 / n
    share = 1.0 / bins
    a, over = 0, 0
    high, low = upper[0], lower[0]
    for k in range(rays):
        over += n
        node_high, node_low = high, low
        if over >= bins:
            over -= bins
            a += 1
            node_high, node_low = upper[a], lower[a]
        part = over * share
        next_high = upper[a] + (upper[a + 1] - upper[a]) * part
        next_low = lower[a] + (lower[a + 1] - lower[a]) * part
        top = max(max(high, next_high), node_high) * per
        floor = min(min(low, next_low), node_low) * per
        if top > above[k]:
            above[k] = top
            last[k] = n
        below[k] = max(below[k], floor)
        high, low = next_high, next_low


@kernel(nogil=True)
def sight_pairs(flat, pitch, row, column, eye, rows, columns, lift, fall, limit, zone, need, out):  # type: ignore[no-untyped-def]
    """Write to which cells of a list the line from one observer is clear.

    Parameters
    ----------
    flat, pitch, row, column, eye, lift, fall, limit
        As for :func:`sight_window`.
    rows, columns : int64 (n,)
        The cells; one beyond the radius is not seen.
    zone : float
        Wavelength times the side of a cell in square metres, or 0 for a line of sight alone.
    need : float
        Share of the first Fresnel zone that must be clear.
    out : uint8 (n,)
        1 clear, 2 blocked by nothing known but over unknown heights, else 0.
    """
    at = row * pitch + column
    roots = _inverse_roots(int(math.sqrt(limit)) if zone > 0.0 else 0)
    for p in range(rows.size):
        down, right = rows[p] - row, columns[p] - column
        out[p] = 0
        if float(down) * down + float(right) * right > limit:
            continue
        ground = float(flat[rows[p] * pitch + columns[p]])
        if ground != ground:
            continue
        along, aside, n, m = _course(down, right, pitch)
        top = ground + lift
        if n == 0:
            out[p] = 1
        elif zone == 0.0:
            out[p] = line_of_sight(flat, at, along, aside, n, m, eye, top, fall)
        else:
            share = clear_share(flat, at, along, aside, n, m, eye, top, fall, zone, roots)
            out[p] = 2 if share != share else share >= need


@kernel(nogil=True)
def _course(down, right, pitch):  # type: ignore[no-untyped-def]
    """Return the steps in a flat array along and aside of a line, and how many of either."""
    south, east = pitch if down > 0 else -pitch, 1 if right > 0 else -1
    if abs(right) >= abs(down):
        return east, south, abs(right), abs(down)
    return south, east, abs(down), abs(right)


@kernel(nogil=True)
def _inverse_roots(reach):  # type: ignore[no-untyped-def]
    roots = np.zeros(reach + 2)
    for i in range(1, reach + 2):
        roots[i] = 1.0 / math.sqrt(i)
    return roots


@kernel(nogil=True)
def clear_share(flat, at, along, aside, n, m, eye, top, fall, zone, roots):  # type: ignore[no-untyped-def]
    """Return the least clearance under a line in radii of the first Fresnel zone, negative where it is blocked.

    The radius is ``sqrt(wavelength d1 d2 / (d1 + d2))`` at the distances of a sample from both ends; ``zone`` is the
    wavelength times the side of a cell, ``roots`` holds 1 / sqrt(i) at ``i``. Infinite without a
    sample; NaN with an unknown one.
    """
    c = fall * (float(n) * n + float(m) * m) / n
    radius = math.sqrt(zone * math.sqrt(float(n) * n + float(m) * m))
    length, width = float(n), float(m)
    part, done = 0.0, 0.0
    least = math.inf
    unknown = False
    for i in range(1, n):
        done += 1.0
        at += along
        part += width
        if part >= length:
            part -= length
            at += aside
        left = length - done
        height = flat[at] * length if part == 0.0 else flat[at] * (length - part) + flat[at + aside] * part
        if height != height:
            unknown = True
        else:
            clear = ((eye * left + top * done) - done * left * c) - height
            least = min(least, clear * (roots[i] * roots[n - i]))
    return math.nan if unknown else least / radius


@kernel(nogil=True)
def clearance_window(flat, pitch, shape, row, column, eye, lift, fall, limit, zone, shares):  # type: ignore[no-untyped-def]
    """Write the clearance of the lines from one observer to the cells around it.

    Parameters as of :func:`sight_window`; ``zone`` as of :func:`clear_share`. ``shares``, float64
    (2 reach + 1, 2 reach + 1), gets radii of the first Fresnel zone: infinite at the observer and the cells beside it,
    minus infinite beyond the radius or the raster and where there is no height, NaN over unknown heights.
    """
    height, width = shape
    reach = shares.shape[0] // 2
    at = row * pitch + column
    roots = _inverse_roots(reach)
    shares[:] = -math.inf
    for r in range(max(0, row - reach), min(height, row + reach + 1)):
        for c in range(max(0, column - reach), min(width, column + reach + 1)):
            down, right = r - row, c - column
            ground = float(flat[r * pitch + c])
            if float(down) * down + float(right) * right > limit or ground != ground:
                continue
            along, aside, n, m = _course(down, right, pitch)
            share = math.inf
            if n > 0:
                share = clear_share(flat, at, along, aside, n, m, eye, ground + lift, fall, zone, roots)
            shares[down + reach, right + reach] = share
