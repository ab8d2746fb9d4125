"""How evenly access is spread over the people."""

import numpy as np
import pandas as pd

from .._validation import check_edges, numbers
from ..errors import DataError


def gini(values: pd.Series, *, weights: pd.Series | None = None) -> float:
    """Return the Gini coefficient of a quantity, weighted by people: 0 all alike, towards 1 all with one.

    The area between the diagonal and the Lorenz curve, times two, the curve taken as straight between people.

    Raises
    ------
    DataError
        If a value is negative or not finite (limit unreachable places first), or no weight is above zero.

    >>> round(gini(pd.Series([0.0, 0.0, 0.0, 1.0])), 12), gini(pd.Series([2.0, 2.0]))
    (0.75, 0.0)
    """
    x, w = _checked(values, weights)
    order = np.argsort(x, kind="stable")
    x, w = x[order], w[order]
    total = float(x @ w)
    if total == 0:
        return 0.0
    lorenz = np.concatenate([[0.0], np.cumsum(x * w)]) / total
    return float(max(0.0, 1.0 - np.sum(w / w.sum() * (lorenz[1:] + lorenz[:-1]))))


def share_within(
    cost: pd.Series, *, limits: tuple[float, ...] = (30.0, 60.0), weights: pd.Series | None = None
) -> pd.Series:
    """Return the share of people whose cost is within each limit, the limit included; unreachable counts as outside.

    >>> share_within(pd.Series([10.0, 30.0, np.inf, 45.0])).tolist()
    [0.5, 0.75]
    """
    edges = check_edges(limits, name="limits", least=0)
    w = _weights(weights, cost.index)
    values = cost.to_numpy(dtype=np.float64)
    return pd.Series({edge: float(w[values <= edge].sum() / w.sum()) for edge in edges}, name="share")


def _checked(values: pd.Series, weights: pd.Series | None) -> tuple[np.ndarray, np.ndarray]:
    x = values.to_numpy(dtype=np.float64)
    w = _weights(weights, values.index)
    if not np.isfinite(x).all() or (x < 0).any():
        raise DataError("values must be finite and not negative; leave out or cap the places that nothing reaches")
    return x, w


def _weights(weights: pd.Series | None, index: pd.Index) -> np.ndarray:
    if weights is None:
        return np.ones(len(index))
    w = numbers(weights.reindex(index), name="weights").to_numpy()
    if w.sum() <= 0:
        raise DataError("weights must be above zero for at least one place, but all are zero; check the column")
    return w
