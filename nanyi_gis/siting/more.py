"""What a planner asks next: what one more site buys, what a fixed one costs, who is worst off, and what if."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .._validation import check_count, check_non_negative
from ..accessibility import gini
from ..errors import ParameterError
from .center import centred, p_center
from .cover_models import set_cover
from .inputs import LEAVE_OUT, Matrix, PerItem, read_costs
from .median_models import p_median
from .posed import BACKUP, CENTER, COVERAGE
from .result import Siting
from .solve import SECONDS, Limits, solved

Solve = Callable[..., Siting]


def price_of_more(solve: Solve, cost: Matrix, *, p: int | None = None, more: int = 5, **options: Any) -> pd.DataFrame:
    """Return what each further site saves, from ``p`` sites to ``p + more``.

    With ``quotas`` a further site goes to the group in which it saves most. A search begins with the sites of the one
    before, but any of them may be given up again; ``kept`` tells whether all were kept.

    Parameters
    ----------
    solve : function
        :func:`p_median`, :func:`max_coverage`, :func:`backup_coverage` or :func:`p_center`.
    cost : DataFrame or array, shape (clients, sites)
        As there.
    p : int, optional
        Number of sites to begin with; the sum of the quotas where these are given.
    more : int
        How many more.
    **options
        What else the function takes.

    Returns
    -------
    DataFrame
        By ``p``: ``cost``, ``bound``, ``gap``, ``saved`` (by the last site; more covered where that is the aim),
        ``saved_low`` and ``saved_high`` (what the bounds leave open), ``chosen``, ``added`` and ``given_up`` (labels).

    Raises
    ------
    ParameterError
        If there are not so many sites.

    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> price_of_more(p_median, cost, p=1, more=2)[["cost", "saved"]].to_dict("list")
    {'cost': [9.0, 4.0, 0.0], 'saved': [nan, 5.0, 4.0]}
    """
    steps = check_count(more, name="more", least=0)
    quotas = options.pop("quotas", None)
    if p is None and quotas is None:
        raise ParameterError("neither p nor quotas are given; say from how many sites to begin")
    _refuse_too_many(cost, p, steps, options)
    found = [_one(solve, cost, p, quotas, (), options)]
    for _ in range(steps):
        last = found[-1][0]
        choices = [(None if p is None else p + 1, None)] if quotas is None else _raised(p, quotas, cost, options)
        if not choices:
            break
        tried = [_one(solve, cost, number, shares, last.chosen, options) for number, shares in choices]
        best = min(tried, key=lambda pair: _least(pair[0]))
        found.append(best)
        p, quotas = best[1], best[2]
    return _table([result for result, _, _ in found])


def _refuse_too_many(cost: Matrix, p: int | None, more: int, options: Mapping[str, Any]) -> None:
    """Raise before the first search rather than after it."""
    if p is not None:
        last = check_count(p, name="p") + more
        sites = len(read_costs(cost, reach=True).sites) - len(set(options.get("closed", ())))
        if last > sites:
            raise ParameterError(f"p goes up to {last}, but there are {sites} sites to choose from; lower more or p")


def _one(
    solve: Solve, cost: Matrix, p: int | None, quotas: Any, start: tuple[Hashable, ...], options: Mapping[str, Any]
) -> tuple[Siting, int | None, Any]:
    known = {} if solve is p_center else {"start": start}
    shares = {} if quotas is None else {"quotas": quotas}
    return solve(cost, p=p, **shares, **known, **options), p, quotas


def _raised(p: int | None, quotas: Mapping[Hashable, int], cost: Matrix, options: Mapping[str, Any]) -> list[Any]:
    """Return the quotas with one more in each group that has a site left."""
    costs = read_costs(cost, reach=True)
    groups = options["groups"]
    own = groups.reindex(costs.sites) if isinstance(groups, pd.Series) else pd.Series(list(groups), index=costs.sites)
    left = own[~own.index.isin(list(options.get("closed", ())))].value_counts()
    number = None if p is None else p + 1
    return [(number, {**quotas, name: count + 1}) for name, count in quotas.items() if left.get(name, 0) > count]


def _least(result: Siting) -> float:
    return -result.cost if result.model in (COVERAGE, BACKUP) else result.cost


def _table(results: list[Siting]) -> pd.DataFrame:
    sign = -1.0 if results[0].model in (COVERAGE, BACKUP) else 1.0
    rows = []
    for at, result in enumerate(results):
        last = results[at - 1] if at else None
        before, now = set() if last is None else set(last.chosen), set(result.chosen)
        rows.append(
            {
                "p": len(result.chosen),
                "cost": result.cost,
                "bound": result.bound,
                "gap": result.gap,
                "saved": np.nan if last is None else sign * (last.cost - result.cost),
                "saved_low": np.nan if last is None else max(sign * (last.bound - result.cost), 0.0),
                "saved_high": np.nan if last is None else sign * (last.cost - result.bound),
                "chosen": result.chosen,
                "added": tuple(site for site in result.chosen if site not in before) if at else (),
                "given_up": tuple(site for site in (last.chosen if last else ()) if site not in now),
            }
        )
    return pd.DataFrame(rows).set_index("p")


def regret(result: Siting, cost: Matrix, *, seconds: float = SECONDS) -> pd.Series:
    """Return for each fixed site how much better the best choice would be were it not fixed.

    Zero says that the site would be chosen anyway (or one as good). The search is asked again for each, with all other
    sites fixed as they are.

    Parameters
    ----------
    result : Siting
        What a function of this room returned for ``cost``; no ``p_center`` and no levels.
    cost : DataFrame or array
        The same matrix.

    Returns
    -------
    Series
        By fixed site, in the unit of the result's cost.

    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> regret(p_median(cost, p=1, fixed=[2]), cost).to_dict()
    {2: 5.0}
    """
    costs = read_costs(cost, reach=True)
    limits = Limits.of(seconds, 0.0, result.chosen)
    values = {}
    for site in result.given.choice.fixed:
        others = tuple(other for other in result.given.choice.fixed if other != site)
        given = replace(result.given, choice=replace(result.given.choice, fixed=others))
        solve_again = centred if result.model == CENTER else solved
        found = solve_again(given, costs, limits, unreachable=LEAVE_OUT)
        values[site] = max(_least(result) - _least(found), 0.0)
    return pd.Series(values, index=pd.Index(result.given.choice.fixed, name="site"), name="regret", dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Within:
    """The best p-center, and the best p-median whose farthest client is within ``radius``."""

    center: Siting
    median: Siting
    radius: float


def efficient_within(
    cost: Matrix, *, weights: PerItem | None = None, slack: float = 0.1, seconds: float = SECONDS, **options: Any
) -> Within:
    """Choose the p-median of those choices whose farthest client is nearly as near as can be.

    Equity beside efficiency: the best p-center says how near the farthest can be; with ``slack`` 0.1 a choice may let
    it be a tenth farther, and among these the least weighted sum is chosen.

    Parameters
    ----------
    cost, weights, and p, fixed, closed, quotas, groups as options
        As in :func:`p_median`.
    slack : float
        Share by which the farthest may be farther than in the best p-center, 0 for not at all.

    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> found = efficient_within(cost, weights=[100, 1, 1], p=1, slack=0.0)
    >>> found.radius, found.median.chosen, p_median(cost, weights=[100, 1, 1], p=1).chosen
    (5.0, (1,), (0,))
    """
    share = check_non_negative(slack, name="slack")
    center = p_center(cost, seconds=seconds, **options)
    costs = read_costs(cost)
    radius = center.cost * (1.0 + share)
    near = pd.DataFrame(np.where(costs.values <= radius, costs.values, np.inf), costs.clients, costs.sites)
    median = p_median(near, weights=weights, start=center.chosen, seconds=seconds, **options)
    return Within(center, median, radius)


def spread(result: Siting) -> dict[str, float]:
    """Return how costs are spread over the weight: ``mean``, ``median``, ``p95``, ``max`` and the Gini coefficient.

    Clients that nothing reaches are in none; the quantiles are those of weight.

    >>> cost = np.array([[0.0, 4.0], [4.0, 0.0], [9.0, 5.0]])
    >>> spread(p_median(cost, weights=[1, 1, 2], p=1))["mean"]
    3.5
    """
    table = result.assignment[np.isfinite(result.assignment["cost"])]
    weight = (table["weight"] * table.get("share", 1.0)).to_numpy(dtype=np.float64)
    costs = table["cost"].to_numpy(dtype=np.float64)[weight > 0.0]
    weight = weight[weight > 0.0]
    order = np.argsort(costs, kind="stable")
    upto = np.cumsum(weight[order]) / weight.sum()
    half, most = (float(costs[order][np.searchsorted(upto, share - 1e-12)]) for share in (0.5, 0.95))
    return {
        "mean": float(np.average(costs, weights=weight)),
        "median": half,
        "p95": most,
        "max": float(costs.max()),
        "gini": float(gini(pd.Series(costs), weights=pd.Series(weight))),
    }


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What is chosen where the numbers differ.

    Attributes
    ----------
    cases : DataFrame
        By case: ``cost``, ``bound``, ``gap``, ``chosen``.
    share : Series
        By site: in which share of the cases it is chosen.
    regret : DataFrame
        Choice of the case in the row, held against the numbers of the case in the column: by which share it is worse
        than the best choice there.
    results : dict
        The result of each case.
    """

    cases: pd.DataFrame
    share: pd.Series
    regret: pd.DataFrame
    results: dict[str, Siting]


def sensitivity(solve: Solve, cases: Mapping[str, tuple[Matrix, PerItem | None]], **options: Any) -> Sensitivity:
    """Answer the same question with other numbers: other people, another year of the network.

    Parameters
    ----------
    solve : function
        :func:`p_median` or :func:`max_coverage`.
    cases : mapping of str to (cost, weights)
        The numbers of each case, over the same clients and sites.
    **options
        What else the function takes.

    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> found = sensitivity(p_median, {"few": (cost, [1, 1, 1]), "many": (cost, [9, 1, 1])}, p=1)
    >>> found.share.to_dict(), round(float(found.regret.loc["few", "many"]), 3)
    ({0: 0.5, 1: 0.5, 2: 0.0}, 2.154)
    """
    if not cases:
        raise ParameterError("no case is given; give at least one cost matrix with its weights")
    if solve in (p_center, set_cover):
        raise ParameterError(f"{solve.__name__} has no weights to differ in; ask p_median or max_coverage")
    results = {name: solve(cost, weights=weights, **options) for name, (cost, weights) in cases.items()}
    first = next(iter(results.values()))
    share = pd.Series(0.0, index=first.sites.index, name="share")
    for result in results.values():
        share += result.sites["chosen"].reindex(share.index).astype(float) / len(results)
    lost = pd.DataFrame(index=list(results), columns=list(results), dtype=np.float64)
    for own, result in results.items():
        for other, (cost, weights) in cases.items():
            held = solve(cost, weights=weights, **{**options, "fixed": result.chosen})
            best = results[other].cost
            lost.loc[own, other] = abs(held.cost - best) / max(abs(best), 1e-300) if own != other else 0.0
    table = pd.DataFrame(
        {
            name: {"cost": found.cost, "bound": found.bound, "gap": found.gap, "chosen": found.chosen}
            for name, found in results.items()
        }
    ).T
    return Sensitivity(table, share, lost, results)
