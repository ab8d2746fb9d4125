"""Horizons of a raster of heights in one direction by one scan, and what the sun and the sky leave on its slopes."""

import math

import numpy as np

from . import kernel
from .terrain import horn

_BLOCK = 64


@kernel(nogil=True)
def turned(values, out):  # type: ignore[no-untyped-def]
    """Write rows as columns, block by block, so that neither array is read or written across its rows for long."""
    rows, columns = values.shape
    for top in range(0, rows, _BLOCK):
        for left in range(0, columns, _BLOCK):
            for row in range(top, min(top + _BLOCK, rows)):
                for column in range(left, min(left + _BLOCK, columns)):
                    out[column, row] = values[row, column]


@kernel(nogil=True)
def _steepest(where, tops, count, at, height):  # type: ignore[no-untyped-def]
    """Return the vertex to which the slope is steepest, of a chain that is convex upward, nearest vertex last.

    Seen from beyond its end the slopes to the vertices of such a chain rise and then fall, so the search ends at the
    first that is lower.
    """
    k = count - 1
    rise, run = tops[k] - height, at - where[k]
    while k > 0:
        higher, farther = tops[k - 1] - height, at - where[k - 1]
        if higher * run < rise * farther:
            break
        rise, run = higher, farther
        k -= 1
    return k


@kernel(nogil=True)
def far_horizon(z, slant, forward, step, fall, near, tangents):  # type: ignore[no-untyped-def]
    """Write the tangent of the horizon's angle in one direction beyond ``near`` columns; zero where all is lower.

    Parallel lines run in that direction, one through each row of the first column. On a line the heights are those
    where it crosses the columns of cell centres, linear between two cells; from the far end on, the upper convex hull
    of what has been passed is kept as a stack, and the horizon of a point is the tangent to it. A cell lies between
    two lines and gets the mean of both horizons by its distances from them, seen from its own height, which the
    lines beside it know but for the bend of its column; on a plane that is exact. The work is a push and a search a
    cell, whatever the distance of the horizon.

    Over the curved earth a point at the distance ``d`` sinks by ``fall d^2``. With ``t`` counted along the line and
    ``w = z - fall t^2``, the slope to it is ``(w' - w) / d - 2 fall t``: the hull of ``w`` serves all.

    Parameters
    ----------
    z : float32 (rows, columns)
        Heights in metres, NaN where unknown: these hide nothing.
    slant : float
        Rows that a line moves on by column, -1 to 1.
    forward : bool
        Whether the direction runs with the columns or against them.
    step : float
        Metres on a line from one column to the next.
    fall : float
        1 over two effective radii of the earth, in 1/m; 0 for a flat earth.
    near : int
        Columns left to :func:`near_horizon`.
    tangents : float32 (rows, columns)
        Filled in place.
    """
    rows, columns = z.shape
    where, tops = np.empty(columns, np.float64), np.empty(columns, np.float64)
    heights = np.empty(columns, np.float64)
    tangents[:] = 0.0
    across = slant * (columns - 1)
    for line in range(math.floor(min(0.0, -across)) - 1, math.ceil(rows + max(0.0, -across)) + 1):
        # the columns where the line is less than a row off the raster
        first, last = 0, columns - 1
        if slant > 0.0:
            first, last = max(first, math.ceil((-1.0 - line) / slant)), min(last, math.floor((rows - line) / slant))
        elif slant < 0.0:
            first, last = max(first, math.ceil((rows - line) / slant)), min(last, math.floor((-1.0 - line) / slant))
        count = 0
        for i in range(last - first + 1):
            column = last - i if forward else first + i
            past = i - near - 1
            if past >= 0 and heights[past] == heights[past]:
                at, height = past * step, heights[past]
                while count > 1 and (tops[count - 1] - tops[count - 2]) * (at - where[count - 2]) <= (
                    height - tops[count - 2]
                ) * (where[count - 1] - where[count - 2]):
                    count -= 1
                where[count], tops[count] = at, height
                count += 1
            at = i * step
            sunk = fall * at * at
            place = line + slant * column
            row = math.floor(place)
            part = place - row
            upper = z[row, column] - sunk if 0 <= row < rows else math.nan
            lower = z[row + 1, column] - sunk if part > 0.0 and row + 1 < rows else math.nan
            # NaN where one of two cells is unknown or off the raster, as in near_horizon
            heights[i] = upper if part == 0.0 else upper * (1.0 - part) + lower * part
            if not count:
                continue
            own_upper, own_lower = upper, lower
            if heights[i] == heights[i]:
                # a cell stands above the mean of the lines beside it by this much of its column's bend
                own_upper = own_lower = heights[i]
                between = part * (1.0 - part)
                if row > 0 and part > 0.0:
                    bend = between * (2.0 * upper - lower - (z[row - 1, column] - sunk))
                    own_upper += bend if bend == bend else 0.0
                if row + 2 < rows and part > 0.0:
                    bend = between * (2.0 * lower - upper - (z[row + 2, column] - sunk))
                    own_lower += bend if bend == bend else 0.0
            if own_upper == own_upper or own_lower == own_lower:
                k = _steepest(where, tops, count, at, own_upper if own_upper == own_upper else own_lower)
                nearness, level = 1.0 / (at - where[k]), 2.0 * fall * at
                if upper == upper:
                    tangent = (tops[k] - own_upper) * nearness - level
                    tangents[row, column] += np.float32(max(tangent, 0.0) * (1.0 - part))
                if lower == lower:
                    tangent = (tops[k] - own_lower) * nearness - level
                    tangents[row + 1, column] += np.float32(max(tangent, 0.0) * part)


@kernel(nogil=True)
def near_horizon(z, slant, forward, step, fall, near, tangents):  # type: ignore[no-untyped-def]
    """Raise tangents to what the first ``near`` columns hide, each cell along the line through its own centre.

    The samples are those of :mod:`nanyi_gis._kernels.sight`. At one number of columns all cells have their sample at
    the same part of the way between two rows, so that whole rows are worked on at once. Parameters as of
    :func:`far_horizon`.
    """
    rows, columns = z.shape
    sign = 1 if forward else -1
    for row in range(rows):
        for i in range(1, min(near, columns - 1) + 1):
            place = sign * slant * i
            over = math.floor(place)
            part = np.float32(place - over)
            upper, lower = row + over, row + over + 1
            if part == 0.0:
                lower = upper
            if upper < 0 or lower >= rows:
                continue
            rest = np.float32(1.0) - part
            distance = i * step
            scale, sunk = np.float32(1.0 / distance), np.float32(fall * distance)
            first, last = (0, columns - i) if forward else (i, columns)
            shift = sign * i
            above, below = z[upper, first + shift : last + shift], z[lower, first + shift : last + shift]
            here, best = z[row, first:last], tangents[row, first:last]
            for column in range(last - first):
                tangent = (above[column] * rest + below[column] * part - here[column]) * scale - sunk
                best[column] = tangent if tangent > best[column] else best[column]


@kernel(nogil=True)
def gradients(z, east, north, toward_east, toward_north, upright):  # type: ignore[no-untyped-def]
    """Write Horn's gradient and the upward part of the unit normal; NaN as in :func:`nanyi_gis._kernels.terrain.slope`.

    ``east`` and ``north`` (rows,) hold metres from a column and a row to the next with their sign; the results are
    float32 (rows, columns).
    """
    rows, columns = z.shape
    for grid in (toward_east, toward_north, upright):
        grid[:] = math.nan
    for row in range(1, rows - 1):
        for column in range(1, columns - 1):
            p, q = horn(z, row, column, east[row], north[row])
            toward_east[row, column], toward_north[row, column] = p, q
            upright[row, column] = 1.0 / math.sqrt(1.0 + p * p + q * q)


@kernel(nogil=True)
def add_sky(tangents, toward_east, toward_north, upright, east, north, share, view):  # type: ignore[no-untyped-def]
    """Add the sky that a slope sees in one direction to its view factor.

    The integrand of Dozier and Frew (1990, eq. 7b): ``cos s sin^2 H + sin s cos(f - a) (H - sin H cos H)``, ``H`` from
    the zenith down to the horizon, which is the terrain's or the slope itself where that is higher. The arc tangent is
    a polynomial (Abramowitz and Stegun 4.4.49, error below 1e-5). ``east``, ``north`` are the parts of the
    direction's unit vector, ``share`` is one over the number of directions.
    """
    one, half_turn, to_east, to_north, weight = (
        np.float32(1.0), np.float32(math.pi / 2.0), np.float32(east), np.float32(north), np.float32(share)
    )  # fmt: skip
    a, b, c, d, e = (
        np.float32(0.9998660), np.float32(-0.3302995), np.float32(0.1801410), np.float32(-0.0851330),
        np.float32(0.0208351)
    )  # fmt: skip
    rows, columns = tangents.shape
    for row in range(rows):
        line, p, q, up, out = tangents[row], toward_east[row], toward_north[row], upright[row], view[row]
        for column in range(columns):
            rise = p[column] * to_east + q[column] * to_north
            t = max(line[column], rise)
            u = min(t, one / max(t, np.float32(1e-6)))
            v = u * u
            angle = u * (a + v * (b + v * (c + v * (d + v * e))))
            if t > one:
                angle = half_turn - angle
            clear = one / (one + t * t)
            out[column] += weight * up[column] * (clear - rise * (half_turn - angle - t * clear))


@kernel(nogil=True)
def add_sun(tangents, ahead, number, suns, z, toward_east, toward_north, upright, turn, beam, sky, other):  # type: ignore[no-untyped-def]
    """Add what the sun leaves on slopes from its places between two directions.

    Parameters
    ----------
    tangents, ahead : float32 (rows, columns)
        Tangents of the horizon in two neighbouring directions; between them they are taken as linear.
    number : int
        Which direction the first is.
    suns : float32 (rows, places, 11)
        For each row and place of the sun: its azimuth from the grid's north, counted in directions; sine and tangent of
        its height; the parts of its unit vector to the grid's east and north; three coefficients by height in metres
        of the beam in W/m2; one over the extraterrestrial irradiance (0 if the sky is even); diffuse on the level in
        W/m2; hours for which the place stands.
    z, toward_east, toward_north, upright : float32 (rows, columns)
        Heights and slopes.
    turn : float32 (rows, columns)
        Muneer's function of the slope.
    beam, sky, other : float32 (rows, columns)
        Added to, in Wh/m2: the beam; what is to be multiplied by the view factor of the sky; other diffuse light.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    low, shade = np.float32(0.1), np.float32(0.252271)
    n0, n1, n2 = np.float32(0.00263), np.float32(0.712), np.float32(0.6883)
    for row in range(z.shape[0]):
        near, far, heights, bent = tangents[row], ahead[row], z[row], turn[row]
        p, q, up = toward_east[row], toward_north[row], upright[row]
        out_beam, out_sky, out_other = beam[row], sky[row], other[row]
        for place in range(suns.shape[1]):
            sun = suns[row, place]
            position, sine, tangent, east, north = sun[0], sun[1], sun[2], sun[3], sun[4]
            b0, b1, b2, inverse, diffuse, hours = sun[5], sun[6], sun[7], sun[8], sun[9], sun[10]
            if math.floor(position) != number:
                continue
            part = position - np.float32(number)
            level = diffuse * hours
            round_sun = one / max(sine, low)
            for column in range(near.shape[0]):
                facing = (sine - p[column] * east - q[column] * north) * up[column]
                hidden = near[column] + part * (far[column] - near[column])
                lit = facing > zero and hidden <= tangent
                h = heights[column]
                normal = b0 + h * (b1 + h * b2)
                share = normal * inverse if lit else zero
                onto = facing if lit else zero
                even = level * (one - share)
                bend = n0 - share * (n1 + n2 * share) if lit else shade
                out_beam[column] += hours * normal * onto
                out_sky[column] += even
                out_other[column] += even * bend * bent[column] + level * share * onto * round_sun
