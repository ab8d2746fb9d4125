"""Places ranked by several criteria at once, and the probability of each rank under what is not known."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._limits import hold_samples
from .._validation import check_count, check_finite, check_non_negative
from ..errors import DataError, ParameterError
from ..io import known_keys, read_toml
from ..uncertainty import dirichlet_weights

Floats = npt.NDArray[np.float64]

LEAST = 0.01
"""Least share that a criterion gives: a place that is worst in one is still ordered by the others."""
_APART = 0.9
"""Probability from which one place is said to lie before another."""


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """What is counted, from its worst to its best value; linear between, and no better than best.

    Attributes
    ----------
    column : str
        The quantity.
    worst, best : float
        Values that count nothing and all; ``best`` may be the smaller one, as for minutes.
    weight : float
        Above zero; weights need not sum to one.
    sd, sd_share : float
        Standard deviation of a value, absolute and as a share of it, where the data give no own ``<column>_sd``.

    >>> Criterion(column="minutes", worst=120, best=0, weight=1).share(np.array([30.0, 150.0]))
    array([0.75, 0.01])
    """

    column: str
    worst: float
    best: float
    weight: float
    sd: float = 0.0
    sd_share: float = 0.0

    def __post_init__(self) -> None:
        if check_finite(self.worst, name=f"worst of {self.column}") == check_finite(
            self.best, name=f"best of {self.column}"
        ):
            raise ParameterError(f"worst and best of {self.column} are both {self.best:g}, but must differ")
        if check_finite(self.weight, name=f"weight of {self.column}") <= 0:
            raise ParameterError(f"weight of {self.column} is {self.weight:g}, but must be above zero; or leave it out")
        check_non_negative(self.sd, name=f"sd of {self.column}")
        check_non_negative(self.sd_share, name=f"sd_share of {self.column}")

    def share(self, values: npt.ArrayLike) -> Floats:
        """Return how far values lie from worst (``LEAST``) to best (1)."""
        array = np.asarray(values, dtype=np.float64)
        return np.clip((array - self.worst) / (self.best - self.worst), LEAST, 1.0)


@dataclass(frozen=True, kw_only=True)
class RankedPlaces:
    """A ranking with how sure it is.

    Attributes
    ----------
    table : DataFrame
        One row a place, the best first: ``place``, ``score`` (0 to 100, with the central values and weights), ``rank``,
        ``mean_rank``, ``rank_low`` and ``rank_high`` (5 and 95 % of the draws), ``first`` and ``top`` (probability of
        being the first, and among the first ``top_places``), ``alike`` (how many others cannot be told apart from it:
        neither is before the other in nine draws of ten).
    probabilities : DataFrame
        Probability of each rank (columns 1, 2, ...) by place; rows and columns sum to one.
    top_places, samples : int
        How many count as the first, and how many draws were made.
    """

    table: pd.DataFrame
    probabilities: pd.DataFrame
    top_places: int
    samples: int


def weighted_scores(shares: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """Return the weighted geometric mean of shares (..., criteria): one criterion times the other, as weights say.

    A product asks for all criteria at once; a sum would let one make up for another.

    >>> weighted_scores([[0.25, 1.0]], [1, 1]).tolist()
    [0.5]
    """
    counted = np.asarray(weights, dtype=np.float64)
    whole = counted.sum(axis=-1, keepdims=True)
    return np.asarray(np.exp((np.log(np.asarray(shares, dtype=np.float64)) * (counted / whole)).sum(axis=-1)))


def rank_probabilities(scores: npt.ArrayLike) -> Floats:
    """Return the probability of each rank of places from draws of their scores (draws, places), high being first.

    Places that tie share their ranks evenly, so that rows (places) and columns (ranks) sum to one.

    Raises
    ------
    DataError
        If a score is not finite, or there is none.

    >>> rank_probabilities([[3.0, 1.0, 1.0], [2.0, 1.0, 3.0]]).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [0.5, 0.25, 0.25]]
    """
    drawn = np.asarray(scores, dtype=np.float64)
    if drawn.ndim != 2 or not drawn.size or not np.isfinite(drawn).all():
        raise DataError("scores must be finite numbers by draw and place; leave out places without a value")
    count = drawn.shape[1]
    before, ties = _before(drawn)
    found = np.zeros((count, count))
    for place in range(count):
        # a tie of k places holds k ranks, and each of them has a k-th of each
        steps = np.zeros(count + 1)
        np.add.at(steps, before[:, place], 1.0 / ties[:, place])
        np.add.at(steps, before[:, place] + ties[:, place], -1.0 / ties[:, place])
        found[place] = np.cumsum(steps)[:count] / len(drawn)
    return found


def rank_scores(scores: npt.ArrayLike) -> Floats:
    """Return the rank of each place in each draw (draws, places), 1 the highest score; ties have their mean rank.

    >>> rank_scores([[3.0, 1.0, 1.0]]).tolist()
    [[1.0, 2.5, 2.5]]
    """
    before, ties = _before(np.asarray(scores, dtype=np.float64))
    return before + (ties + 1) / 2.0


def _before(drawn: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return of each place in each draw how many lie before it, and how many (itself too) have its score."""
    ordered = np.sort(-drawn, axis=1)
    low = np.array([np.searchsorted(row, -own, side="left") for row, own in zip(ordered, drawn, strict=True)])
    high = np.array([np.searchsorted(row, -own, side="right") for row, own in zip(ordered, drawn, strict=True)])
    return low, high - low


def ranked(
    places: Sequence[str], scores: npt.ArrayLike, central: npt.ArrayLike | None = None, *, top: int = 6
) -> RankedPlaces:
    """Return places ranked by draws of their scores (draws, places), 0 to 1.

    Parameters
    ----------
    places : sequence of str
        Their names.
    scores : array (draws, places)
        High is first.
    central : array (places), optional
        Scores by central values; by default the medians of the draws.
    top : int
        How many count as the first.

    Raises
    ------
    DataError
        If scores do not fit the places or are not finite.

    >>> found = ranked(["hill", "valley"], [[0.8, 0.2], [0.7, 0.3]], top=1)
    >>> found.table[["place", "rank", "first", "alike"]].values.tolist()
    [['hill', 1, 1.0, 0], ['valley', 2, 0.0, 0]]
    """
    drawn = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    if drawn.shape[1] != len(places):
        raise DataError(f"there are scores of {drawn.shape[1]} places for {len(places)} names; give one a place")
    middle = np.median(drawn, axis=0) if central is None else np.asarray(central, dtype=np.float64)
    chances = rank_probabilities(drawn)
    ranks = rank_scores(drawn)
    first = min(check_count(top, name="top"), len(places))
    ahead = np.array([(drawn[:, [place]] > drawn).mean(axis=0) for place in range(len(places))])
    alike = ((ahead < _APART) & (ahead.T < _APART)).sum(axis=1) - 1
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0)
    table = pd.DataFrame(
        {
            "place": list(places),
            "score": 100.0 * middle,
            "mean_rank": ranks.mean(axis=0),
            "rank_low": np.floor(low).astype(int),
            "rank_high": np.ceil(high).astype(int),
            "first": chances[:, 0],
            "top": chances[:, :first].sum(axis=1),
            "alike": alike,
        }
    )
    order = np.lexsort((np.arange(len(places)), -middle))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(2, "rank", np.arange(1, len(places) + 1))
    names = [str(places[k]) for k in order]
    columns = pd.Index(range(1, len(places) + 1), name="rank")
    probabilities = pd.DataFrame(chances[order], index=pd.Index(names, name="place"), columns=columns)
    return RankedPlaces(table=table, probabilities=probabilities, top_places=first, samples=len(drawn))


def rank_by(
    table: pd.DataFrame,
    criteria: Sequence[Criterion],
    *,
    places: str,
    concentration: float = 50.0,
    samples: int = 2000,
    seed: int = 0,
    top: int = 6,
) -> RankedPlaces:
    """Return the places of a table ranked by its columns, each drawn about its value, the weights about theirs."""
    if not len(table):
        raise DataError("the table has no place to rank; give at least one")
    count = check_count(samples, name="samples")
    hold_samples(count, cells=len(table) * len(criteria))
    rng = np.random.default_rng(check_count(seed, name="seed", least=0))
    weights = np.array([one.weight for one in criteria])
    drawn_weights = dirichlet_weights(weights / weights.sum(), concentration=concentration, samples=count, seed=seed)
    values = [table[one.column].to_numpy(dtype=np.float64) for one in criteria]
    drawn = []
    for one, value in zip(criteria, values, strict=True):
        sd = _sd(table, one, value)
        drawn.append(one.share(value + sd * rng.standard_normal((count, len(value)))))
    scores = weighted_scores(np.stack(drawn, axis=-1), drawn_weights[:, np.newaxis, :])
    shares = np.stack([one.share(value) for one, value in zip(criteria, values, strict=True)], axis=-1)
    return ranked(table[places].astype(str).tolist(), scores, weighted_scores(shares, weights), top=top)


def _sd(table: pd.DataFrame, one: Criterion, value: Floats) -> Floats:
    own = f"{one.column}_sd"
    if own in table:
        return table[own].to_numpy(dtype=np.float64)
    return np.hypot(one.sd, one.sd_share * value)


def read_criteria(path: str | os.PathLike[str]) -> tuple[Criterion, ...]:
    """Read criteria from a TOML file: tables ``[[criterion]]`` with the fields of :class:`Criterion`.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.
    """
    record, where = read_toml(path, what="file of criteria"), Path(path).name
    known_keys(record, {"criterion", "title", "title_zh", "source", "evidence"}, where, "")
    given = record.get("criterion")
    if not isinstance(given, list) or not given or not all(isinstance(one, Mapping) for one in given):
        raise ParameterError(
            f"{where}: criterion is missing; give tables [[criterion]] with column, worst, best, weight"
        )
    return tuple(_criterion(dict(one), where) for one in given)


def _criterion(one: dict[str, Any], where: str) -> Criterion:
    needed, more = ("column", "worst", "best", "weight"), ("sd", "sd_share")
    known_keys(one, {*needed, *more, "source", "evidence"}, where, "criterion.")
    missing = [key for key in needed if key not in one]
    if missing:
        raise ParameterError(f"{where}: criterion.{missing[0]} is missing; add it")
    numbers = {
        key: check_finite(one[key], name=f"{where}: criterion.{key}") for key in (*needed[1:], *more) if key in one
    }
    return Criterion(column=str(one["column"]), **numbers)
