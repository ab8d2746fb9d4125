"""Moving 3x3 windows, classes and class sums of elevation arrays."""

import math
from typing import Any

import numpy as np

from . import kernel

FLAT = -1.0
"""Aspect of a cell without any slope."""

_DEGREES = 180.0 / math.pi


@kernel(nogil=True, inline="always")
def horn(z: Any, row: int, column: int, east: float, north: float) -> tuple[float, float]:
    """Return Horn's dz/deast and dz/dnorth; NaN for both where one of the nine cells is not finite."""
    a = np.float64(z[row - 1, column - 1])
    b = np.float64(z[row - 1, column])
    c = np.float64(z[row - 1, column + 1])
    d = np.float64(z[row, column - 1])
    e = np.float64(z[row, column])
    f = np.float64(z[row, column + 1])
    g = np.float64(z[row + 1, column - 1])
    h = np.float64(z[row + 1, column])
    i = np.float64(z[row + 1, column + 1])
    p = ((c + 2.0 * f + i) - (a + 2.0 * d + g)) / (8.0 * east)
    q = ((g + 2.0 * h + i) - (a + 2.0 * b + c)) / (8.0 * north)
    # zero for finite cells; infinity minus itself is NaN
    void = (p - p) + (q - q) + (e - e)
    return p + void, q + void


@kernel(nogil=True, inline="always")
def _slope_of(p: float, q: float) -> Any:
    return np.float32(math.atan(math.sqrt(p * p + q * q)) * _DEGREES)


@kernel(nogil=True, inline="always")
def _aspect_of(p: float, q: float) -> Any:
    if p == 0.0 and q == 0.0:
        return np.float32(FLAT)
    azimuth = math.atan2(-p, -q) * _DEGREES
    if azimuth < 0.0:
        azimuth += 360.0
    rounded = np.float32(azimuth)
    if rounded == np.float32(360.0) or rounded == np.float32(0.0):
        rounded = np.float32(0.0)
    return rounded


@kernel(nogil=True)
def slope(z: Any, east: Any, north: Any, out: Any, first: int, last: int) -> None:
    """Write the slope in degrees of rows ``first`` to ``last`` (exclusive), the outer columns apart.

    Parameters
    ----------
    z : array (rows, columns)
        Elevations in metres, NaN where there is none.
    east, north : array (rows,)
        Metres from one column and one row to the next, negative where they run west or south.
    out : array (rows, columns) of float32
        Filled in place.
    """
    for row in range(first, last):
        for column in range(1, z.shape[1] - 1):
            p, q = horn(z, row, column, east[row], north[row])
            out[row, column] = _slope_of(p, q)


@kernel(nogil=True)
def aspect(z: Any, east: Any, north: Any, out: Any, first: int, last: int) -> None:
    """Write the azimuth of steepest descent in degrees; :data:`FLAT` where there is none."""
    for row in range(first, last):
        for column in range(1, z.shape[1] - 1):
            p, q = horn(z, row, column, east[row], north[row])
            out[row, column] = _aspect_of(p, q)


@kernel(nogil=True)
def hillshade(
    z: Any,
    east: Any,
    north: Any,
    out: Any,
    first: int,
    last: int,
    sun_east: float,
    sun_north: float,
    sun_up: float,
    z_factor: float,
) -> None:
    """Write the cosine between the surface normal and the sun as 1 to 255; 0 where there is no slope."""
    for row in range(first, last):
        for column in range(1, z.shape[1] - 1):
            p, q = horn(z, row, column, east[row], north[row])
            p *= z_factor
            q *= z_factor
            cosine = (sun_up - p * sun_east - q * sun_north) / math.sqrt(1.0 + p * p + q * q)
            if math.isnan(cosine):
                out[row, column] = 0
            else:
                out[row, column] = np.uint8(1.5 + 254.0 * max(cosine, 0.0))


@kernel(nogil=True)
def band_codes(z: Any, edges: Any, out: Any, first: int, last: int) -> None:
    """Write 1 + the number of edges at or below each elevation; 0 where it is not finite."""
    for row in range(first, last):
        for column in range(z.shape[1]):
            value = np.float64(z[row, column])
            code = np.uint8(0)
            if math.isfinite(value):
                code = np.uint8(1)
                for edge in edges:
                    code += np.uint8(value >= edge)
            out[row, column] = code


@kernel(nogil=True)
def step_codes(z: Any, step: float, lowest: int, out: Any) -> None:
    """Write ``floor(z / step) - lowest + 1``, with ``k * step`` itself in class k; 0 where z is not finite."""
    for row in range(z.shape[0]):
        for column in range(z.shape[1]):
            value = np.float64(z[row, column])
            code = 0
            if math.isfinite(value):
                k = math.floor(value / step)
                if k * step > value:
                    k -= 1
                elif (k + 1) * step <= value:
                    k += 1
                code = k - lowest + 1
            out[row, column] = code


@kernel(nogil=True)
def class_sums(zones: Any, codes: Any, nodes: Any, below: Any, share: Any, left: int, sums: Any, lost: Any) -> None:
    """Add the area of each cell to ``sums[zone, code]``; a negative zone is outside all zones.

    ``zones`` holds the columns from ``left`` on, ``nodes`` the areas at the nodes of each row, ``below`` and ``share``
    the node before each column and how far it is on to the next. ``lost`` keeps what rounding lost (Kahan 1965): the
    sums hardly depend on the number of cells, and not at all on the strips in which they come.
    """
    last = nodes.shape[1] - 1
    for row in range(zones.shape[0]):
        for j in range(zones.shape[1]):
            zone = zones[row, j]
            if zone >= 0:
                column = left + j
                here, part = below[column], share[column]
                area = nodes[row, here] * (1.0 - part) + nodes[row, min(here + 1, last)] * part
                code = codes[row, column]
                term = area - lost[zone, code]
                total = sums[zone, code] + term
                lost[zone, code] = (total - sums[zone, code]) - term
                sums[zone, code] = total
