"""Where the sun stands, in true solar time."""

import datetime
import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .._validation import check_count
from ..errors import ParameterError

Floats: TypeAlias = npt.NDArray[np.float64]
Day: TypeAlias = int | str | datetime.date

SOLAR_CONSTANT = 1367.0
"""W/m2 outside the atmosphere at the mean distance of the sun (ESRA; Rigollier et al. 2000)."""

_DAYS = 366


def day_number(day: Day) -> int:
    """Return the number of a day in its year.

    Parameters
    ----------
    day : date, str or int
        A date, also as ``YYYY-MM-DD``, or the number itself, 1 to 366.

    Raises
    ------
    ParameterError
        If it is neither.

    >>> day_number("2026-06-21"), day_number(172)
    (172, 172)
    >>> day_number("21.6.")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: day is '21.6.', but must be a date as YYYY-MM-DD or a number from 1 to 366
    """
    if isinstance(day, str):
        try:
            day = int(day) if day.isdecimal() else datetime.date.fromisoformat(day)
        except ValueError:
            raise ParameterError(
                f"day is {day!r}, but must be a date as YYYY-MM-DD or a number from 1 to 366"
            ) from None
    if isinstance(day, datetime.date):
        return day.timetuple().tm_yday
    number = check_count(day, name="day")
    if number > _DAYS:
        raise ParameterError(f"day is {number}, but must be a date as YYYY-MM-DD or a number from 1 to 366")
    return number


def _angle(number: int) -> float:
    return 2.0 * math.pi * number / 365.25


def declination(day: Day) -> float:
    """Return the declination of the sun in radians.

    ``sin d = 0.3978 sin(j - 1.4 + 0.0355 sin(j - 0.0489))`` with ``j = 2 pi n / 365.25`` (Gruter 1984; ESRA, Scharmer
    and Greif 2000), good to some 0.3 degrees of the almanac in any year.

    >>> round(math.degrees(declination("2026-06-21")), 1), round(math.degrees(declination("2026-12-21")), 1)
    (23.4, -23.4)
    """
    angle = _angle(day_number(day))
    return math.asin(0.3978 * math.sin(angle - 1.4 + 0.0355 * math.sin(angle - 0.0489)))


def extraterrestrial(day: Day) -> float:
    """Return the irradiance outside the atmosphere in W/m2, normal to the sun.

    ``1367 (1 + 0.03344 cos(j - 0.048869))`` (ESRA, Scharmer and Greif 2000).

    >>> round(extraterrestrial(3)), round(extraterrestrial(185))
    (1413, 1321)
    """
    return SOLAR_CONSTANT * (1.0 + 0.03344 * math.cos(_angle(day_number(day)) - 0.048869))


def sunset_angle(latitude: npt.ArrayLike, *, day: Day) -> Floats:
    """Return the hour angle of sunset on the level in radians: 0 where the sun does not rise, pi where it never sets.

    ``cos w = -tan(latitude) tan(declination)``, for the middle of the sun and without refraction.

    Parameters
    ----------
    latitude : array
        Radians.

    >>> round(float(np.degrees(sunset_angle(0.0, day=172))))
    90
    """
    turn = -np.tan(np.asarray(latitude, dtype=np.float64)) * math.tan(declination(day))
    angle: Floats = np.arccos(np.clip(turn, -1.0, 1.0))
    return angle


def sun_vector(latitude: npt.ArrayLike, hour_angle: npt.ArrayLike, *, day: Day) -> tuple[Floats, Floats, Floats]:
    """Return the parts of the unit vector to the sun: to the east, to the north and up.

    ``east = -cos d sin w``, ``north = cos p sin d - sin p cos d cos w``, ``up = sin p sin d + cos p cos d cos w`` with
    the latitude ``p``, the hour angle ``w`` (negative before noon) and the declination ``d``, all in radians.

    >>> east, north, up = sun_vector(np.radians(28.0), 0.0, day=172)
    >>> east.item() == 0.0, round(float(np.degrees(np.arcsin(up))), 1)
    (True, 85.4)
    """
    p, w = np.asarray(latitude, dtype=np.float64), np.asarray(hour_angle, dtype=np.float64)
    d = declination(day)
    level = math.cos(d) * np.cos(w)
    east = -math.cos(d) * np.sin(w) + 0.0 * p
    north = np.cos(p) * math.sin(d) - np.sin(p) * level
    return east + 0.0, north, np.sin(p) * math.sin(d) + np.cos(p) * level
