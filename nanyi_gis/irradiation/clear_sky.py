"""The sun's light under a clear sky, by the European Solar Radiation Atlas (ESRA), as in GRASS r.sun."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .._validation import check_finite
from ..errors import ParameterError
from .position import Day, extraterrestrial

Floats: TypeAlias = npt.NDArray[np.float64]

LINKE = 3.0
"""Linke turbidity at an air mass of 2 where none is given: clean rural air; hazy basins reach 5 to 7."""

_SCALE_HEIGHT_M = 8434.5


@dataclass(frozen=True, eq=False)
class ClearSky:
    """Light under a clear sky.

    Attributes
    ----------
    normal : float64
        Beam in W/m2 on a surface that faces the sun.
    diffuse : float64
        Diffuse light in W/m2 on the level.
    """

    normal: Floats
    diffuse: Floats


def check_linke(linke: float) -> float:
    """Return a Linke turbidity of 1 to 10.

    >>> check_linke(12)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: linke is 12, but a Linke turbidity is 1 (no haze) to 10 (smog)
    """
    value = check_finite(linke, name="linke")
    if not 1.0 <= value <= 10.0:
        raise ParameterError(f"linke is {value:g}, but a Linke turbidity is 1 (no haze) to 10 (smog)")
    return value


def clear_sky(sine: npt.ArrayLike, *, day: Day, linke: float = LINKE, height: npt.ArrayLike = 0.0) -> ClearSky:
    """Return beam and diffuse light under a clear sky.

    The beam is ``G0 exp(-0.8662 T m d(m))`` with the Linke turbidity ``T`` at an air mass of 2, the relative air mass
    ``m`` (Kasten and Young 1989, with ESRA's refraction and the pressure ``exp(-height / 8434.5)``) and the Rayleigh
    optical thickness ``d`` (Kasten 1996); the diffuse light on the level is ``G0 Tn(T) F(sun, T)``, the same at all
    heights (Rigollier, Bauer and Wald 2000, Solar Energy 68(1), 33-48; Hofierka and Suri 2002, who wrote r.sun).

    Parameters
    ----------
    sine : array
        Sine of the sun's height above the level.
    day : date, str or int
        As of :func:`day_number`; decides the distance of the sun.
    linke : float
        Linke turbidity, 1 to 10.
    height : array
        Metres above the sea.

    Returns
    -------
    ClearSky
        W/m2; zero where the sun is below the level.

    Raises
    ------
    ParameterError
        If the turbidity or the day cannot be.

    >>> noon = clear_sky(np.sin(np.radians(60)), day=172)
    >>> round(float(noon.normal)), round(float(noon.diffuse))
    (929, 105)
    """
    turbidity = check_linke(linke)
    up = np.clip(np.asarray(sine, dtype=np.float64), 0.0, 1.0)
    outside = extraterrestrial(day)
    air = _air_mass(up, np.asarray(height, dtype=np.float64))
    beam = outside * np.exp(-0.8662 * turbidity * air * _rayleigh(air))
    t, t2 = turbidity, turbidity * turbidity
    through = -0.015843 + 0.030543 * t + 0.0003797 * t2
    a1 = 0.26463 - 0.061581 * t + 0.0031408 * t2
    if a1 * through < 0.0022:
        a1 = 0.0022 / through
    a2 = 2.04020 + 0.018945 * t - 0.011161 * t2
    a3 = -1.3025 + 0.039231 * t + 0.0085079 * t2
    diffuse = outside * through * (a1 + up * (a2 + up * a3))
    risen = np.asarray(sine) > 0.0
    return ClearSky(np.where(risen, beam, 0.0), np.where(risen, np.maximum(diffuse, 0.0), 0.0))


def _air_mass(sine: Floats, height: Floats) -> Floats:
    angle = np.arcsin(sine)
    bent = 0.061359 * (0.1594 + angle * (1.123 + 0.065656 * angle)) / (1.0 + angle * (28.9344 + 277.3971 * angle))
    seen = angle + bent
    path: Floats = np.sin(seen) + 0.50572 * (np.degrees(seen) + 6.07995) ** -1.6364
    mass: Floats = np.exp(-height / _SCALE_HEIGHT_M) / path
    return mass


def _rayleigh(air: Floats) -> Floats:
    near = 6.6296 + air * (1.7513 + air * (-0.1202 + air * (0.0065 - 0.00013 * air)))
    thickness: Floats = 1.0 / np.where(air <= 20.0, near, 10.4 + 0.718 * air)
    return thickness
