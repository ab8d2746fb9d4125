"""How evenly a quantity is spread over the people: Gini, Palma, Theil, the Lorenz curve, shares within limits."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_edges, check_positive, numbers
from ..errors import DataError

Floats = npt.NDArray[np.float64]
INDICES = ("mean", "gini", "palma", "theil", "theil_within", "theil_between")
"""Names of what :func:`index_rows` finds, in its order."""
_TOP, _BOTTOM = 0.9, 0.4  # of the people, from the least on


class TheilParts(NamedTuple):
    """Inequality within the groups and between them; the two sum to the whole."""

    within: float
    between: float

    @property
    def total(self) -> float:
        """The Theil index of all together."""
        return self.within + self.between


def gini(values: pd.Series, *, weights: pd.Series | None = None) -> float:
    """Return the Gini coefficient of a quantity, weighted by people: 0 all alike, towards 1 all with one.

    The area between the diagonal and the Lorenz curve, times two, the curve taken as straight between people
    (Gini 1912; Lorenz 1905).

    Raises
    ------
    DataError
        If a value is negative or not finite (limit unreachable places first), or no weight is above zero.

    >>> round(gini(pd.Series([0.0, 0.0, 0.0, 1.0])), 12), gini(pd.Series([2.0, 2.0]))
    (0.75, 0.0)
    """
    x, w = _checked(values, weights)
    return float(_gini(*_sorted(x, w))[0])


def palma(values: pd.Series, *, weights: pd.Series | None = None) -> float:
    """Return the Palma ratio: what the tenth of the people with most hold over what the four tenths with least hold.

    0.25 where all are alike. At the cuts a place counts with the part of its people that is needed. ``inf`` where the
    four tenths hold nothing and others something (Palma 2011; Cobham and Sumner 2013).

    Raises
    ------
    DataError
        As of :func:`gini`.

    >>> round(palma(pd.Series([3.0, 3.0, 3.0])), 12), round(palma(pd.Series([1.0] * 9 + [6.0])), 12)
    (0.25, 1.5)
    """
    x, w = _checked(values, weights)
    return float(_palma(*_sorted(x, w))[0])


def theil(values: pd.Series, *, weights: pd.Series | None = None) -> float:
    """Return Theil's index T, weighted by people: 0 all alike, ln n where one of n has all.

    ``T = sum_i p_i r_i ln r_i``, with ``p_i`` the share of the people and ``r_i`` the value over the mean; what has
    nothing adds nothing, for 0 ln 0 is 0 (Theil 1967).

    Raises
    ------
    DataError
        As of :func:`gini`.

    >>> round(theil(pd.Series([0.0, 0.0, 0.0, 1.0])), 6), round(float(np.log(4)), 6), theil(pd.Series([2.0, 2.0]))
    (1.386294, 1.386294, 0.0)
    """
    x, w = _checked(values, weights)
    return float(_theil(x, w[np.newaxis])[0])


def theil_parts(values: pd.Series, groups: pd.Series, *, weights: pd.Series | None = None) -> TheilParts:
    """Return Theil's index within the groups and between them, which sum to :func:`theil`.

    ``between = sum_g s_g ln(s_g / p_g)`` and ``within = sum_g s_g T_g``, with ``s_g`` the group's share of the
    quantity, ``p_g`` its share of the people and ``T_g`` its own index (Theil 1967).

    Raises
    ------
    DataError
        As of :func:`gini`, or if a value has no group.

    >>> towns = pd.Series([1.0, 1.0, 3.0, 3.0])
    >>> parts = theil_parts(towns, pd.Series(["a", "a", "b", "b"]))
    >>> parts.within, round(parts.between, 6), round(theil(towns), 6)
    (0.0, 0.130812, 0.130812)
    """
    x, w = _checked(values, weights)
    codes, _ = _codes(groups.reindex(values.index))
    within, between = _theil_parts(x, w[np.newaxis], codes)
    return TheilParts(float(within[0]), float(between[0]))


def lorenz_curve(values: pd.Series, *, weights: pd.Series | None = None) -> pd.DataFrame:
    """Return the Lorenz curve: ``people`` (share, from those with least on) and ``share`` of the quantity they hold.

    From (0, 0) to (1, 1); straight between the rows. The diagonal where the whole is zero.

    Raises
    ------
    DataError
        As of :func:`gini`.

    >>> lorenz_curve(pd.Series([3.0, 1.0])).to_numpy().tolist()
    [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]
    """
    people, share = _lorenz(*_sorted(*_checked(values, weights)))
    return pd.DataFrame({"people": people[0], "share": share[0]})


def access_from(minutes: pd.Series, *, halved_by: float = 30.0) -> pd.Series:
    """Return access as a benefit: 1 at the door, half after each ``halved_by`` minutes, 0 where there is no way.

    ``2 ** (-minutes / halved_by)``. Minutes are a cost, so whoever has most of them is worst off; of this quantity
    whoever has most is best off, and what nothing reaches needs no limit. How fast it falls is an assumption.

    >>> access_from(pd.Series([0.0, 30.0, 60.0, np.inf])).tolist()
    [1.0, 0.5, 0.25, 0.0]
    """
    half = check_positive(halved_by, name="halved_by", unit="min")
    return pd.Series(np.exp2(-minutes.to_numpy(dtype=np.float64) / half), index=minutes.index, name="access")


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


def index_rows(values: Floats, weights: Floats, codes: npt.NDArray[np.int64]) -> Floats:
    """Return every index of one quantity under several sets of weights: a row a set, a column an index of ``INDICES``.

    ``values`` has n of zero or more, ``weights`` k rows of n, each with a sum above zero, ``codes`` the group of each
    value from 0 on. This is what the functions above give, one set at a time.

    >>> index_rows(np.array([1.0, 2.0, 3.0, 4.0]), np.ones((1, 4)), np.zeros(4, int)).round(4).tolist()
    [[2.5, 0.25, 0.7273, 0.1064, 0.1064, 0.0]]
    """
    order = np.argsort(values, kind="stable")
    x, w = values[order], weights[:, order]
    within, between = _theil_parts(x, w, codes[order])
    mean = (w @ x) / w.sum(axis=1)
    return np.column_stack([mean, _gini(x, w), _palma(x, w), within + between, within, between])


def _lorenz(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return shares of people and of the quantity, a row a set of weights, of values that rise."""
    start = np.zeros((len(w), 1))
    people = np.hstack([start, np.cumsum(w, axis=1)])
    held = np.hstack([start, np.cumsum(w * x, axis=1)])
    people /= people[:, -1:]
    whole = held[:, -1:]
    return people, np.where(whole > 0, held / np.where(whole > 0, whole, 1.0), people)


def _gini(x: Floats, w: Floats) -> Floats:
    people, share = _lorenz(x, w)
    found: Floats = np.maximum(0.0, 1.0 - np.sum(np.diff(people) * (share[:, 1:] + share[:, :-1]), axis=1))
    return found


def _palma(x: Floats, w: Floats) -> Floats:
    people, share = _lorenz(x, w)
    rows = zip(people, share, strict=True)
    ends = np.array([np.interp([_BOTTOM, _TOP], shares, held) for shares, held in rows]).reshape(-1, 2)
    few, many = ends[:, 0], 1.0 - ends[:, 1]
    return np.where(few > 0, many / np.where(few > 0, few, 1.0), np.inf)


def _theil(x: Floats, w: Floats) -> Floats:
    """Return Theil's index by row of weights: ``sum(w x ln x) / sum(w x) - ln(mean)``, which scales to zero."""
    top = float(x.max(initial=0.0))
    if top == 0.0:
        return np.zeros(len(w))
    y = x / top
    held = w @ y
    told = w @ (y * np.log(np.where(y > 0, y, 1.0)))
    safe = np.where(held > 0, held, 1.0)
    found = told / safe - np.log(safe / np.where(held > 0, w.sum(axis=1), 1.0))
    return np.where(held > 0, np.maximum(found, 0.0), 0.0)


def _theil_parts(x: Floats, w: Floats, codes: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    held, people = w @ x, w.sum(axis=1)
    within, between = np.zeros(len(w)), np.zeros(len(w))
    for code in range(int(codes.max(initial=-1)) + 1):
        own = codes == code
        part, heads = w[:, own] @ x[own], w[:, own].sum(axis=1)
        share = np.divide(part, held, out=np.zeros(len(w)), where=held > 0)
        within += share * _theil(x[own], w[:, own])
        ratio = np.divide(share * people, heads, out=np.ones(len(w)), where=(heads > 0) & (share > 0))
        between += share * np.log(ratio)
    return within, np.maximum(between, 0.0)


def _sorted(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(x, kind="stable")
    return x[order], w[order][np.newaxis]


def _codes(groups: pd.Series) -> tuple[npt.NDArray[np.int64], pd.Index]:
    """Return the number of the group of each place, from 0 on, and the groups."""
    codes, names = pd.factorize(groups)
    if (codes < 0).any():
        raise DataError(f"{groups.index[codes < 0][0]!r} has no group; give one for each place")
    return codes.astype(np.int64), pd.Index(names)


def _checked(values: pd.Series, weights: pd.Series | None) -> tuple[Floats, Floats]:
    x = values.to_numpy(dtype=np.float64)
    w = _weights(weights, values.index)
    if not np.isfinite(x).all() or (x < 0).any():
        raise DataError("values must be finite and not negative; leave out or cap the places that nothing reaches")
    return x, w


def _weights(weights: pd.Series | None, index: pd.Index) -> Floats:
    if weights is None:
        return np.ones(len(index))
    w = numbers(weights.reindex(index), name="weights").to_numpy()
    if w.sum() <= 0:
        raise DataError("weights must be above zero for at least one place, but all are zero; check the column")
    return w
