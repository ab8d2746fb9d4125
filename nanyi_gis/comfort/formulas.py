"""The formulas that a record of an index may name; they take floats, arrays and Series alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._validation import check_edges
from ..errors import ParameterError

Rating = Mapping[str, Sequence[float]]
"""``from`` and ``points`` of a part of an index; see :func:`rated`."""


def temperature_humidity(temperature: Any, humidity: Any, *, slope: float = 0.55, base: float = 14.4) -> Any:
    """Return the temperature-humidity index ``I = T - slope (1 - RH) (T - base)``, in degrees.

    Parameters
    ----------
    temperature : float, array or Series
        Mean air temperature, °C.
    humidity : float, array or Series
        Mean relative humidity as a share, 0 to 1.
    slope, base : float
        Those of GB/T 27963-2011.

    Raises
    ------
    ParameterError
        If a humidity is no share.

    >>> round(temperature_humidity(27.0, 0.8), 3), temperature_humidity(27.0, 1.0)
    (25.614, 27.0)
    """
    _hold_share(humidity)
    return temperature - slope * (1.0 - humidity) * (temperature - base)


def wind_effect(
    temperature: Any,
    wind: Any,
    sunshine: Any = 0.0,
    *,
    root: float = 10.0,
    constant: float = 10.45,
    skin: float = 33.0,
    sun: float = 8.55,
) -> Any:
    """Return the wind effect index ``K = -(root sqrt(V) + constant - V) (skin - T) + sun S``.

    Parameters
    ----------
    temperature : float, array or Series
        Mean air temperature, °C.
    wind : float, array or Series
        Mean wind, m/s.
    sunshine : float, array or Series
        Hours of sunshine a day.
    root, constant, skin, sun : float
        Those of GB/T 27963-2011.

    Raises
    ------
    ParameterError
        If a wind is below zero.

    >>> abs(wind_effect(33.0, 2.0)), round(wind_effect(23.0, 4.0), 2)  # -(20 + 10.45 - 4) * 10
    (0.0, -264.5)
    """
    speeds = np.asarray(wind, dtype=np.float64)
    if (speeds < 0).any():
        raise ParameterError(f"wind is {np.nanmin(speeds):g} m/s, but must be zero or more; correct it")
    return -(root * wind**0.5 + constant - wind) * (skin - temperature) + sun * sunshine


def humidex(temperature: Any, humidity: Any) -> Any:
    """Return the humidex, the felt temperature of damp heat (Masterson and Richardson 1979), in °C.

    ``T + 5/9 (e - 10)`` with the vapour pressure ``e = 6.112 * 10^(7.5 T / (237.7 + T)) RH`` in hPa; T itself where e
    is below 10.

    >>> round(float(humidex(30.0, 0.7)), 1), float(humidex(5.0, 0.5))
    (40.9, 5.0)
    """
    _hold_share(humidity)
    vapour = 6.112 * 10.0 ** (7.5 * temperature / (237.7 + temperature)) * humidity
    excess = 5.0 / 9.0 * (vapour - 10.0)
    return temperature + (excess.clip(lower=0.0) if isinstance(excess, pd.Series) else np.maximum(excess, 0.0))


def rated(values: Any, rating: Rating) -> Any:
    """Return the points of values by a table: ``points[k + 1]`` from ``from[k]`` on, ``points[0]`` below the first.

    Raises
    ------
    ParameterError
        If the limits do not rise, or there is not one more of points than of limits.

    >>> rated(np.array([0.0, 1.0, 15.0, np.nan]), {"from": [1, 11], "points": [8, 9, 10]}).tolist()
    [8.0, 9.0, 10.0, nan]
    """
    limits = check_edges(rating.get("from", ()), name="from")
    points = np.asarray(rating.get("points", ()), dtype=np.float64)
    if len(points) != len(limits) + 1:
        raise ParameterError(
            f"points has {len(points)} numbers for {len(limits)} limits in from; give one more than limits"
        )
    array = np.asarray(values, dtype=np.float64)
    found = np.where(np.isnan(array), np.nan, points[np.searchsorted(limits, array, side="right")])
    return pd.Series(found, index=values.index, name=values.name) if isinstance(values, pd.Series) else found[()]


def holiday_climate(
    maximum: Any,
    humidity: Any,
    cloud: Any,
    rain: Any,
    wind: Any,
    *,
    ratings: Mapping[str, Rating],
    thermal_weight: float = 4.0,
    sky_weight: float = 2.0,
    rain_weight: float = 3.0,
    wind_weight: float = 1.0,
) -> Any:
    """Return the Holiday Climate Index ``4 T + 2 A + 3 P + W`` of Scott et al. (2016), at most 100.

    Parameters
    ----------
    maximum : float, array or Series
        The day's highest temperature, °C.
    humidity, cloud, rain, wind : float, array or Series
        Relative humidity as a share, cloud in percent, rain in mm a day, wind in m/s.
    ratings : mapping
        Tables of points by ``thermal`` (humidex, °C), ``sky`` (percent), ``rain`` (mm), ``wind`` (km/h).
    thermal_weight, sky_weight, rain_weight, wind_weight : float
        Of the parts.

    >>> flat = dict.fromkeys(("thermal", "sky", "rain", "wind"), {"from": [0.0], "points": [0.0, 10.0]})
    >>> float(holiday_climate(24.0, 0.5, 15.0, 0.0, 1.0, ratings=flat))
    100.0
    """
    return (
        thermal_weight * rated(humidex(maximum, humidity), ratings["thermal"])
        + sky_weight * rated(cloud, ratings["sky"])
        + rain_weight * rated(rain, ratings["rain"])
        + wind_weight * rated(wind * 3.6, ratings["wind"])
    )


def _hold_share(humidity: Any) -> None:
    shares = np.asarray(humidity, dtype=np.float64)
    odd = shares[(shares < 0) | (shares > 1)]
    if odd.size:
        raise ParameterError(f"humidity is {odd.flat[0]:g}, but must be a share from 0 to 1; divide percent by 100")
