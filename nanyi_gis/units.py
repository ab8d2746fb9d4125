"""Units of area: km² and 万亩 (10,000 mu), the unit of the plan, on numbers, arrays, Series; areas in words."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

KM2_PER_WANMU = 20 / 3
"""km² in 1 万亩, 6.6667: a mu is 2000/3 m², 万 is 10,000."""

SIZES: dict[str, float] = {
    "元": 1.0,
    "千元": 1e3,
    "万元": 1e4,
    "百万元": 1e6,
    "千万元": 1e7,
    "亿元": 1e8,
    "万亿元": 1e12,
    "m": 1.0,
    "km": 1e3,
    "万km": 1e7,
    "m²": 1.0,
    "亩": KM2_PER_WANMU * 1e2,
    "ha": 1e4,
    "km²": 1e6,
    "万亩": KM2_PER_WANMU * 1e6,
    "万公顷": 1e8,
    "m³": 1.0,
    "万m³": 1e4,
    "亿m³": 1e8,
    "kg": 1.0,
    "t": 1e3,
    "千吨": 1e6,
    "万t": 1e7,
    "kW": 1.0,
    "MW": 1e3,
    "万kW": 1e4,
    "GW": 1e6,
    "人": 1.0,
    "万人": 1e4,
    "人次": 1.0,
    "万人次": 1e4,
    "亿人次": 1e8,
}
"""How much of the base of its dimension a unit is: yuan, metre, m², m³, kilogram, kilowatt, head, visit."""


def sized(names: Mapping[str, str]) -> dict[str, float]:
    """Return the size of a unit of :data:`SIZES` by each of the names, parted by blanks, that it is given.

    >>> sized({"km": "km 公里", "m": "米"})
    {'km': 1000.0, '公里': 1000.0, '米': 1.0}
    """
    return {name: SIZES[unit] for unit, given in names.items() for name in given.split()}


Area = TypeVar("Area", float, "npt.NDArray[np.float64]", "pd.Series")
"""A float, a NumPy array or a pandas Series; the result is of the same kind."""


def km2_to_wanmu(area_km2: Area) -> Area:
    """Return an area in 万亩; 15 mu are one hectare.

    >>> km2_to_wanmu(20.0)
    3.0
    """
    # One multiplication by an exact short decimal, so that 100 km² are 15 and not 15.000000000000002.
    return area_km2 * 0.15


def wanmu_to_km2(area_wanmu: Area) -> Area:
    """Return an area in km².

    >>> wanmu_to_km2(3.0)
    20.0
    """
    return area_wanmu / 0.15


_MOST_DECIMALS = 1


def area_rounded(value: float, low: float = math.nan, high: float = math.nan, *, digits: int = 1) -> float:
    """Return an area as its interval supports it: to the largest power of ten within a quarter of the width.

    Without an interval, or with one of no width, ``digits`` decimals are kept.

    >>> area_rounded(21.43, 17.2, 25.9), area_rounded(1234.5, 980, 1480), area_rounded(21.43)
    (21.0, 1200.0, 21.4)
    """
    power = _power(low, high)
    return round(value, digits if power is None else -power) + 0.0


def area_text(value: float, low: float = math.nan, high: float = math.nan, *, digits: int = 1) -> str:
    """Return an area of :func:`area_rounded` with the decimals that it has; nothing is ``0``.

    >>> area_text(21.43, 17.2, 25.9), area_text(1234.5, 980, 1480), area_text(0.2143, 0.1, 0.7), area_text(21.43)
    ('21', '1200', '0.2', '21.4')
    """
    rounded = area_rounded(value, low, high, digits=digits)
    return "0" if rounded == 0 else f"{rounded:.{decimals_of(low, high, digits=digits)}f}"


def decimals_of(low: float, high: float, *, digits: int = 1) -> int:
    """Return the number of decimals that an interval supports.

    >>> decimals_of(17.2, 25.9), decimals_of(0.1, 0.7)
    (0, 1)
    """
    power = _power(low, high)
    return digits if power is None else max(0, -power)


def interval_text(low: float, high: float, *, dash: str = "–", digits: int = 1) -> str:
    """Return an interval as it supports itself; a single number where both ends read alike.

    >>> interval_text(17.2, 25.9), interval_text(980, 1480, dash="-"), interval_text(3.0, 3.0)
    ('17–26', '1000-1500', '3.0')
    """
    ends = [area_text(end, low, high, digits=digits) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else dash.join(ends)


def _power(low: float, high: float) -> int | None:
    """Return the power of ten to which an interval supports its numbers, None where it tells nothing."""
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return None
    return max(math.floor(math.log10(width / 4)), -_MOST_DECIMALS)
