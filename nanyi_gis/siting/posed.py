"""A question put into numbers, the same way for the search and for the proof."""

from typing import NamedTuple

import numpy as np

from ..errors import DataError, ParameterError
from .cover import merged
from .dominance import reduced
from .inputs import Costs
from .prices import CapacityPrices, CoverPrices, MedianPrices, Prices
from .result import Given
from .rules import FREE, OUT, Bools, Floats, Ints, Rules
from .tree import whole_unit

MEDIAN, COVERAGE, SET_COVER, BACKUP, CENTER = "p-median", "max-coverage", "set-cover", "backup-coverage", "p-center"
MODELS = (MEDIAN, "p-center", COVERAGE, SET_COVER, BACKUP)

_MOST = 1e300
"""Sum of weights times costs above which numbers of double precision come to their end."""


class Posed(NamedTuple):
    """Numbers of a problem, its rules, the rows of the matrix that its clients are, and the unit of all costs."""

    prices: Prices
    rules: Rules
    clients: Ints
    unit: float
    dominated: list[tuple[int, int]]


def served(given: Given, costs: Costs) -> Bools:
    """Return who is reached by whom: by the radius, else wherever the cost is finite."""
    table = costs.table
    if table.dtype == np.bool_:
        return np.asarray(table, dtype=np.bool_)
    within = table < given.radius if given.strict else table <= given.radius
    return np.asarray(within if np.isfinite(given.radius) else within & np.isfinite(table))


def posed(given: Given, costs: Costs, *, kept: tuple[Ints, list[tuple[int, int]]] | None = None) -> Posed:
    """Return a question in numbers.

    ``kept`` are the clients and the dominated sites of a certificate; without them they are looked for.
    """
    rules = given.choice.rules(costs.sites)
    reach = served(given, costs)
    usable = rules.status != OUT
    alive = reach[:, usable].any(axis=1) & (given.weights > 0.0)
    if given.capacity is not None:
        return _limited(given, costs, reach, rules, np.flatnonzero(alive))
    if given.model == MEDIAN:
        rows = np.flatnonzero(alive)
        prices = MedianPrices(weighted(costs.values[rows], given.weights[rows], given.fee), given.fee)
        return Posed(prices, rules, rows, whole_unit(prices.cost, prices.fee), [])
    return _covering(given, reach, rules, np.flatnonzero(alive), kept)


def weighted(cost: Floats, weights: Floats, fee: Floats) -> Floats:
    """Return weighted costs, where out of reach is more than all else together, the costs of all sites as well."""
    with np.errstate(invalid="ignore", over="ignore"):
        product = weights[:, None] * cost
        far = ~np.isfinite(cost)
        total = np.where(far, 0.0, product).max(axis=1, initial=0.0).sum() + fee.sum()
    if total > _MOST:
        raise DataError(f"weights times costs sum to {total:g}, but {_MOST:g} is the most; give both in greater units")
    if far.any():
        product[far] = 2.0 ** np.ceil(np.log2(1.0 + total))  # whole, so that whole costs stay so
    return np.ascontiguousarray(product)


def beyond(cost: Floats) -> float:
    """Return the cost from which on a choice leaves someone out of reach."""
    return float(cost.max())


def _covering(
    given: Given, reach: Bools, rules: Rules, alive: Ints, kept: tuple[Ints, list[tuple[int, int]]] | None
) -> Posed:
    owed = given.model in (SET_COVER, BACKUP) and not given.second
    if given.model in (SET_COVER, CENTER):
        if kept is None:
            kinds = alive[merged(reach[alive])[0]]
            found = reduced(reach[kinds], rules, given.fee)
            rows, pairs = kinds[found.clients], found.dominated
        else:
            rows, pairs = kept
        rules = without(rules, reach[rows], pairs, given.fee)
        ones, none = np.ones(len(rows)), np.zeros(len(rows))
        prices = CoverPrices(reach[rows], ones if owed else none, none if owed else ones, none, given.fee)
        return Posed(prices, rules, rows, whole_unit(prices.first, prices.fee), pairs)
    first, kind = merged(reach[alive])
    weights: Floats = np.bincount(kind, weights=given.weights[alive], minlength=len(first)).astype(np.float64)
    covers, none = reach[alive[first]], np.zeros(len(first))
    if given.model == BACKUP and owed:
        prices = CoverPrices(covers, np.ones(len(first)), weights, none, given.fee)
    else:
        share = given.second
        least, most = np.float64(1.0 - share), np.float64(share)
        prices = CoverPrices(covers, none, weights * least, weights * most, given.fee)
    return Posed(prices, rules, alive[first], whole_unit(prices.first, prices.second, prices.fee), [])


def without(rules: Rules, covers: Bools, pairs: list[tuple[int, int]], fee: Floats) -> Rules:
    """Return rules without sites in whose place another one serves.

    Raises
    ------
    ParameterError
        If one of the others does not cover all that it should, costs more, or is not to be had.
    """
    status = rules.status.copy()
    for site, by in pairs:
        group = rules.group[site]
        room = np.count_nonzero((rules.group == group) & (status != OUT)) > rules.count[group]
        fits = not (covers[:, site] & ~covers[:, by]).any() and fee[by] <= fee[site] and rules.group[by] == group
        if site == by or status[site] != FREE or status[by] == OUT or not fits or not room:
            raise ParameterError(f"site {site} is left out for site {by}, which does not serve in its place")
        status[site] = OUT
    return rules.with_status(status)


def _limited(given: Given, costs: Costs, reach: Bools, rules: Rules, rows: Ints) -> Posed:
    assert given.capacity is not None  # noqa: S101 (for type checkers)
    median = given.model == MEDIAN
    value = np.where(reach[rows], costs.values[rows] if median else -1.0, np.inf)
    prices = CapacityPrices(value, given.weights[rows], given.capacity, given.fee, must=median)
    return Posed(prices, rules, rows, 0.0, [])
