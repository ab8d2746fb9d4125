"""What a slope is made of, as intervals: nobody has measured it, so each draw takes one value of each."""

import math
import os
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from .._limits import hold_samples
from .._validation import check_count, check_finite
from ..errors import ParameterError, naming
from ..io import known_keys, read_toml

WATER_KN_M3 = 9.81
"""Unit weight of water."""

Floats = npt.NDArray[np.float64]
Interval = tuple[float, float]
_RULES: dict[str, tuple[float, float, str]] = {
    "cohesion_kpa": (0.0, 1000.0, "kPa, 0 to 1000"),
    "friction_deg": (0.0, 60.0, "degrees, 0 to 60"),
    "depth_m": (0.05, 100.0, "metres, 0.05 to 100"),
    "unit_weight_kn_m3": (10.0, 30.0, "kN/m3, 10 to 30"),
    "wetness": (0.0, 1.0, "shares of the depth, 0 to 1"),
    "recharge_per_m": (0.0, math.inf, "1/m, zero or more"),
}


@dataclass(frozen=True, kw_only=True)
class Soil:
    """Intervals of soil and water; within each a draw is uniform, and one number serves the whole raster.

    Attributes
    ----------
    cohesion_kpa : (low, high)
        Effective cohesion, that of roots included, in kPa.
    friction_deg : (low, high)
        Effective angle of friction in degrees.
    depth_m : (low, high)
        Vertical depth of the slip plane in metres.
    unit_weight_kn_m3 : (low, high)
        Unit weight of the soil in kN/m3.
    wetness : (low, high)
        Share of the depth that stands in water flowing along the slope, 0 to 1.
    recharge_per_m : (low, high), optional
        Steady recharge over transmissivity in 1/m, for a wetness that follows the terrain: see :func:`infinite_slope`.
    source, evidence : str
        Where the intervals come from.

    Raises
    ------
    ParameterError
        If an interval is none, turned round or out of range.

    >>> Soil(cohesion_kpa=(2, 10), friction_deg=(20, 35), depth_m=(1, 3), unit_weight_kn_m3=(17, 20), wetness=(0, 2))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: wetness is 0 to 2, but must be shares of the depth, 0 to 1
    """

    cohesion_kpa: Interval
    friction_deg: Interval
    depth_m: Interval
    unit_weight_kn_m3: Interval
    wetness: Interval = (0.0, 1.0)
    recharge_per_m: Interval | None = None
    source: str = ""
    evidence: str = ""

    def __post_init__(self) -> None:
        for name, (least, most, words) in _RULES.items():
            given = getattr(self, name)
            if given is None:
                continue
            low, high = _interval(given, name)
            if low > high:
                raise ParameterError(f"{name} is {low:g} to {high:g}, but must not fall; give the lower end first")
            if low < least or high > most:
                raise ParameterError(f"{name} is {low:g} to {high:g}, but must be {words}")
            object.__setattr__(self, name, (low, high))

    def draws(self, samples: int, *, seed: int) -> "Draws":
        """Return so many draws; equal seeds draw equal places within the intervals, so that two soils compare."""
        count = check_count(samples, name="samples")
        hold_samples(count)
        at = np.random.default_rng(check_count(seed, name="seed", least=0)).random((count, 6)).T

        def within(place: int, interval: Interval) -> Floats:
            return np.asarray(interval[0] + (interval[1] - interval[0]) * at[place])

        weight = within(3, self.unit_weight_kn_m3)
        return Draws(
            cohesion=within(0, self.cohesion_kpa) / (weight * within(2, self.depth_m)),
            friction=np.tan(np.radians(within(1, self.friction_deg))),
            lift=WATER_KN_M3 / weight,
            wetness=within(4, self.wetness),
            recharge=np.zeros(count) if self.recharge_per_m is None else within(5, self.recharge_per_m),
        )


@dataclass(frozen=True)
class Draws:
    """Draws of a soil: ``c / (gamma z)``, ``tan(phi)``, ``gamma_w / gamma``, wetness, and recharge in 1/m."""

    cohesion: Floats
    friction: Floats
    lift: Floats
    wetness: Floats
    recharge: Floats


def read_soil(path: str | os.PathLike[str]) -> Soil:
    """Read intervals of soil and water from a TOML file: a pair of numbers a key, with ``source`` and ``evidence``.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or an interval breaks its rule.
    """
    record = read_toml(path, what="soil file")
    with naming(path):
        return soil_of(record, where=str(path))


def soil_of(record: dict[str, Any], *, where: str) -> Soil:
    """Return a soil of plain data, e.g. of a table of TOML.

    >>> soil_of({"cohesion_kpa": [2, 10]}, where="soil.toml")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: soil.toml: friction_deg is missing; add friction_deg = [low, high]
    """
    known_keys(record, {field.name for field in fields(Soil)}, where, "")
    for name in ("cohesion_kpa", "friction_deg", "depth_m", "unit_weight_kn_m3"):
        if name not in record:
            raise ParameterError(f"{where}: {name} is missing; add {name} = [low, high]")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in record.items()}
    return Soil(**values)


def _interval(given: Any, name: str) -> Interval:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ParameterError(f"{name} is {given!r}, but must be two numbers, low and high, e.g. [2, 10]")
    return check_finite(given[0], name=name), check_finite(given[1], name=name)
