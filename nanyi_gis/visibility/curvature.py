"""The curved earth and the bent ray: one factor on the earth's radius for both."""

import math

import numpy as np
import numpy.typing as npt

from .._validation import check_finite, check_non_negative
from ..errors import ParameterError

EARTH_RADIUS_M = 6_371_000.0
"""Mean radius of the earth."""

FACTORS = {"light": 7.0 / 6.0, "radio": 4.0 / 3.0, "none": math.inf}
"""Factors on the earth's radius by name; ``none`` is a flat earth."""

_GDAL_LIGHT = 6.0 / 7.0
"""What GDAL and QGIS write for light, the inverse; as a factor it is nobody's."""

Floats = npt.NDArray[np.float64]


def curvature_factor(curvature: str | float) -> float:
    """Return the factor on the earth's radius over which a ray is straight.

    A ray bends a little the earth's way, so it runs as if straight over an earth of a larger radius. ``light`` is 7/6:
    a ray of light has about seven times the earth's radius, and 1 / (1 - 1/7) = 7/6. ``radio`` is 4/3, the standard
    atmosphere (ITU-R P.310). ``none`` is a flat earth. GDAL's ``-cc`` and QGIS give the inverse of this factor:
    0.85714 there is 7/6 here, and 0.75 is 4/3. The number 6/7 itself is therefore taken for light.

    Parameters
    ----------
    curvature : str or float
        ``light``, ``radio``, ``none``, or the factor itself, above zero.

    Raises
    ------
    ParameterError
        If it is neither.

    >>> round(curvature_factor("light"), 4), round(curvature_factor("radio"), 4), curvature_factor(1)
    (1.1667, 1.3333, 1.0)
    >>> curvature_factor(6 / 7) == curvature_factor("light")
    True
    """
    if isinstance(curvature, str) and curvature in FACTORS:
        return FACTORS[curvature]
    if isinstance(curvature, str):
        raise ParameterError(f"curvature is {curvature!r}, but must be light, radio, none or a factor such as 1.33")
    factor = check_finite(curvature, name="curvature")
    if factor <= 0:
        raise ParameterError(f"curvature is {factor:g}, but a factor on the earth's radius is above zero; light is 7/6")
    return FACTORS["light"] if abs(factor - _GDAL_LIGHT) < 1e-4 else factor


def curvature_drop(distance: npt.ArrayLike, *, curvature: str | float = "light") -> Floats:
    """Return by how many metres the ground falls away under a level ray: ``d^2 / (2 k R)``.

    >>> curvature_drop(10_000.0, curvature="radio").round(1).item()
    5.9
    """
    return np.asarray(distance, dtype=np.float64) ** 2 / (2.0 * curvature_factor(curvature) * EARTH_RADIUS_M)


def horizon(height: float, *, curvature: str | float = "light") -> float:
    """Return how far the horizon of a plain is from a height above it in metres: ``sqrt(2 k R h)``.

    Two heights see each other over a plain up to the sum of their horizons.

    >>> round(horizon(30) + horizon(1.5))
    25840
    >>> horizon(30, curvature="none")
    inf
    """
    return math.sqrt(2.0 * curvature_factor(curvature) * EARTH_RADIUS_M) * math.sqrt(
        check_non_negative(height, name="height", unit="m")
    )
