"""Hot days of a month from its mean alone: a normal spread of daily maxima about the mean."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from .._validation import check_count, check_finite, check_positive


def hot_days(mean: Any, *, gap: float, sd: float, limit: float = 35.0, days: int = 31) -> Any:
    """Return how many days of a month have a maximum of at least ``limit``, expected from the month's mean.

    Daily maxima are taken as normal about ``mean + gap``: ``days * Phi((mean + gap - limit) / sd)``. Months with spells
    of heat have a longer tail, so this is a model, good for differences between places rather than for a count.

    Parameters
    ----------
    mean : float, array or Series
        The month's mean temperature, °C.
    gap : float
        Mean daily maximum less the mean, K.
    sd : float
        Standard deviation of the daily maxima, K.
    limit : float
        °C; 35 is the limit of a hot day (高温日) in China.
    days : int
        Days of the month.

    Raises
    ------
    ParameterError
        If ``sd`` is not above zero, or ``days`` no count.

    >>> float(hot_days(30.0, gap=5.0, sd=3.0, days=30))  # half of the days
    15.0
    """
    number, spread = check_count(days, name="days"), check_positive(sd, name="sd")
    above = (
        np.asarray(mean, dtype=np.float64) + check_finite(gap, name="gap") - check_finite(limit, name="limit")
    ) / spread
    found = number * ndtr(above)
    return pd.Series(found, index=mean.index, name="hot_days") if isinstance(mean, pd.Series) else found[()]
