"""Units of area: km² and 万亩 (10,000 mu), the unit of the plan. Works on numbers, arrays and Series alike."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

KM2_PER_WANMU = 20 / 3
"""km² in 1 万亩, 6.6667: a mu is 2000/3 m², 万 is 10,000."""

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
