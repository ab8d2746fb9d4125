"""Rainfall thresholds: above which intensity for its duration slides were seen. The numbers are the user's."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_edges, check_non_negative, check_positive
from ..errors import ParameterError

HOURS = (1.0, 3.0, 6.0, 12.0, 24.0, 48.0, 72.0)


def threshold_table(*, alpha: float, beta: float, hours: Sequence[float] = HOURS) -> pd.DataFrame:
    """Return the threshold ``I = alpha D^-beta`` (Caine 1980) as a table: hours D, mm/h I, and mm in all.

    No threshold comes with the package: one holds for the region and the rain gauges from which it was fitted, which
    must be said beside it.

    Parameters
    ----------
    alpha : float
        mm/h at one hour.
    beta : float
        Exponent, zero or more and below 1, so that longer rain needs more in all.
    hours : sequence of float
        Durations, rising.

    Raises
    ------
    ParameterError
        If a number is out of range.

    >>> threshold_table(alpha=16, beta=0.5, hours=[1, 4])
       hours  mm_per_hour  mm
    0    1.0         16.0  16.0
    1    4.0          8.0  32.0
    """
    level, power = _checked(alpha, beta)
    durations = np.array(check_edges(hours, name="hours"))
    if durations[0] <= 0:
        raise ParameterError(f"hours begin with {durations[0]:g}, but must be above zero")
    intensity = level * durations**-power
    return pd.DataFrame({"hours": durations, "mm_per_hour": intensity, "mm": intensity * durations})


def exceeded(mm_per_hour: npt.ArrayLike, hours: npt.ArrayLike, *, alpha: float, beta: float) -> npt.NDArray[np.bool_]:
    """Return whether rain of a mean intensity over a duration reaches a threshold ``alpha D^-beta``.

    >>> exceeded([8.0, 7.9], [4.0, 4.0], alpha=16, beta=0.5).tolist()
    [True, False]
    """
    level, power = _checked(alpha, beta)
    rain, duration = np.asarray(mm_per_hour, dtype=np.float64), np.asarray(hours, dtype=np.float64)
    if (duration <= 0).any() or (rain < 0).any():
        raise ParameterError("rain must be zero or more and its hours above zero; correct the values")
    return np.asarray(rain >= level * duration**-power)


def _checked(alpha: float, beta: float) -> tuple[float, float]:
    level, power = check_positive(alpha, name="alpha", unit="mm/h"), check_non_negative(beta, name="beta")
    if power >= 1:
        raise ParameterError(f"beta is {power:g}, but must be below 1, or longer rain would need less in all")
    return level, power
