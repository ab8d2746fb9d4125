"""What a change of the network brings to each place."""

import numpy as np
import pandas as pd

from ..errors import DataError


def scenario_difference(before: pd.Series, after: pd.Series, *, population: pd.Series | None = None) -> pd.DataFrame:
    """Return the minutes that each place saves between two scenarios.

    Parameters
    ----------
    before, after : Series
        Minutes by place, as the ``cost`` of :func:`nanyi_gis.accessibility.closest_facility`; inf where unreachable.
    population : Series, optional
        People by place; adds ``person_minutes``.

    Returns
    -------
    DataFrame
        ``before``, ``after``, ``saved`` (negative where it takes longer; inf where a place becomes reachable,
        -inf where it is cut off, 0 where it stays out of reach) and ``change``: faster | same | slower | connected |
        cut off | unreachable.

    >>> scenario_difference(pd.Series({"a": 60.0, "b": np.inf}), pd.Series({"a": 45.0, "b": 30.0}))
       before  after  saved     change
    a    60.0   45.0   15.0     faster
    b     inf   30.0    inf  connected
    """
    if not before.index.equals(after.index):
        raise DataError("the two scenarios have different places; compute both for the same ones, in the same order")
    old, new = before.to_numpy(dtype=np.float64), after.to_numpy(dtype=np.float64)
    both_out = np.isinf(old) & np.isinf(new)
    saved = np.where(both_out, 0.0, np.where(both_out, 0.0, old) - np.where(both_out, 0.0, new))
    same = np.abs(saved) < 1e-9
    saved = np.where(same, 0.0, saved)
    change = np.select(
        [both_out, np.isposinf(saved), np.isneginf(saved), same, saved > 0],
        ["unreachable", "connected", "cut off", "same", "faster"],
        default="slower",
    )
    table = pd.DataFrame({"before": old, "after": new, "saved": saved, "change": change}, index=before.index)
    if population is not None:
        people = population.reindex(before.index)
        if people.isna().any():
            raise DataError(f"population has no value for {people.index[people.isna()][0]!r}; give one for each place")
        table["person_minutes"] = np.where(people.to_numpy() > 0, table["saved"] * people.to_numpy(), 0.0)
    return table
