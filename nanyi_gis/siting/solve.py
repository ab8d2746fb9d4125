"""The steps that all questions share: ask, search, and say what was found."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np
import pandas as pd

from .._validation import check_non_negative, check_positive
from ..errors import DataError, ParameterError
from .cover import Cover
from .flow import cheapest_flow
from .inputs import Choice, Costs, Labels, PerItem, listed, per_item, unserved
from .limited import Limited
from .median import Median
from .posed import BACKUP, CENTER, COVERAGE, MEDIAN, SET_COVER, Posed, beyond, posed, served
from .prices import CapacityPrices, CoverPrices, MedianPrices
from .result import Certificate, Given, Siting, gap_of
from .rules import FREE, OUT, Bools, Floats, Rules
from .tree import Proof, search

SECONDS = 60.0


@dataclass(frozen=True)
class Limits:
    """How long a search may take, the gap that is good enough, and a choice to begin with."""

    seconds: float = SECONDS
    gap: float = 0.0
    start: tuple[Hashable, ...] = ()

    @classmethod
    def of(cls, seconds: float, gap: float, start: Labels) -> "Limits":
        """Check what a caller gave."""
        share = check_non_negative(gap, name="gap")
        if share >= 1.0:
            raise ParameterError(f"gap is {gap:g}, but must be a share below 1, e.g. 0.01 for one per cent")
        return cls(check_positive(seconds, name="seconds", unit="s"), share, tuple(start))


def solved(given: Given, costs: Costs, limits: Limits, *, unreachable: str) -> Siting:
    """Answer a question of a median or of coverage."""
    ready()
    begun = perf_counter()
    lost = unserved(costs, given.choice, reach=served(given, costs), unreachable=unreachable)
    problem = posed(given, costs)
    if not len(problem.clients):
        raise DataError("no client with a weight above zero is reached by any site; check weights and matrix")
    model = model_of(problem)
    start = model.greedy(_marks(limits.start, costs, problem))
    proof = search(model, problem.rules, start, seconds=limits.seconds, gap=limits.gap, begun=begun)
    _refuse_beyond(given, costs, problem, proof)
    return told(given, costs, problem, proof, lost, seconds=perf_counter() - begun)


@cache
def ready() -> None:
    """Have the loops compiled, which on a first run takes longer than many a search and is not its time."""
    rules = Rules(np.full(3, FREE, dtype=np.int8), np.zeros(3, dtype=np.int64), np.ones(1, dtype=np.int64))
    costs, none = 1.0 - np.eye(3), np.zeros(3)
    covers = CoverPrices(costs < 1.0, none, np.ones(3), none, none)
    for prices in (MedianPrices(costs, none), covers):
        model = model_of(Posed(prices, rules, np.arange(3), 1.0, []))
        search(model, rules, model.greedy(), seconds=1.0)


def model_of(problem: Posed) -> "Median | Cover | Limited":
    """Return the search of a kind of problem."""
    prices = problem.prices
    if isinstance(prices, MedianPrices):
        return Median(prices, problem.rules)
    if isinstance(prices, CoverPrices):
        return Cover(prices, problem.rules)
    assert isinstance(prices, CapacityPrices)  # noqa: S101 (for type checkers)
    return Limited(prices, problem.rules)


def _marks(start: Iterable[Hashable], costs: Costs, problem: Posed) -> Bools | None:
    """Return a choice to begin with as marks, without what is not allowed; None if there is none."""
    chosen = costs.sites.isin(list(start)) & (problem.rules.status != OUT)
    counts = problem.rules.count
    number = np.bincount(problem.rules.group[chosen], minlength=len(counts))
    return chosen if chosen.any() and np.all((counts < 0) | (number <= counts)) else None


def _refuse_beyond(given: Given, costs: Costs, problem: Posed, proof: Proof) -> None:
    """Raise where the best choice leaves someone out that some site would reach."""
    prices = problem.prices
    far = isinstance(prices, MedianPrices) and prices.cost.max() > 0 and proof.cost >= beyond(prices.cost)
    if far:
        reach = served(given, costs)[problem.clients]
        far = not reach.all() and not reach[:, proof.chosen].any(axis=1).all()
    if np.isfinite(proof.cost) and not far:
        return
    if isinstance(prices, CapacityPrices):
        room = float(np.sort(prices.capacity)[::-1][: int(proof.chosen.sum())].sum())
        raise DataError(
            f"the demand of {prices.demand.sum():,.6g} does not find room or ways: the "
            f"{int(proof.chosen.sum())} roomiest sites take {room:,.6g}; raise p or capacities, or add sites in reach"
        )
    without = ~served(given, costs)[problem.clients][:, proof.chosen].any(axis=1)
    lost = costs.clients[problem.clients[without]]
    raise DataError(
        f"{int(proof.chosen.sum())} sites cannot reach all clients: {listed(lost)} would be left without; raise p, or "
        "use max_coverage"
    )


def told(
    given: Given, costs: Costs, problem: Posed, proof: Proof, lost: Bools, *, seconds: float, cost: float | None = None
) -> Siting:
    """Return what was found with its tables and its certificate."""
    more = given.model in (COVERAGE, BACKUP)
    sign = -1.0 if more and cost is None else 1.0
    value = sign * proof.cost + 0.0 if cost is None else cost  # no zero below zero
    bound = sign * proof.bound + 0.0
    sites, assignment = tables(given, costs, proof.chosen, problem)
    return Siting(
        model=given.model,
        chosen=tuple(costs.sites[proof.chosen].tolist()),
        cost=float(value),
        bound=float(bound),
        gap=gap_of(float(value), float(bound)),
        stopped=proof.stopped,
        unserved=tuple(costs.clients[lost].tolist()),
        sites=sites,
        assignment=assignment,
        given=given,
        certificate=Certificate(proof.nodes, problem.clients, problem.dominated),
        seconds=seconds,
    )


def tables(given: Given, costs: Costs, chosen: Bools, problem: Posed) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sites and who goes to which of them."""
    if isinstance(problem.prices, CapacityPrices):
        assignment = _split(given, costs, chosen, problem)
    else:
        assignment = _nearest(given, costs, chosen)
    to = assignment["site"]
    weight = assignment["weight"] * assignment.get("share", 1.0)
    spent = (weight * assignment["cost"].where(assignment["cost"].map(np.isfinite), 0.0)).groupby(to).sum()
    counted = to.groupby(to).size()
    carried = weight.groupby(to).sum()
    table = pd.DataFrame(index=costs.sites.rename("site"))
    table["chosen"] = chosen
    table["fixed"] = costs.sites.isin(given.choice.fixed)
    table["closed"] = costs.sites.isin(given.choice.closed)
    table["group"] = pd.Series(given.choice.group, index=table.index, dtype=object)
    table["clients"] = counted.reindex(costs.sites).fillna(0).to_numpy(dtype=np.int64)
    table["weight"] = carried.reindex(costs.sites).fillna(0.0).to_numpy()
    means = np.divide(
        spent.reindex(costs.sites).fillna(0.0).to_numpy(),
        table["weight"].to_numpy(),
        out=np.full(len(table), np.nan),
        where=table["weight"].to_numpy() > 0.0,
    )
    table["mean_cost"] = means
    table["loss"] = _losses(given, costs, chosen, problem)
    return table, assignment


def _nearest(given: Given, costs: Costs, chosen: Bools) -> pd.DataFrame:
    """Return the nearest chosen site of each client, the first of equals, empty where none is reached."""
    open_sites = np.flatnonzero(chosen)
    near = costs.of(open_sites)
    at = near.argmin(axis=1)
    cost = near[np.arange(len(near)), at]
    reached = np.isfinite(cost)
    names = costs.sites.to_numpy(dtype=object)[open_sites[at]]
    frame = pd.DataFrame(index=costs.clients.rename("client"))
    frame["site"] = pd.Series(np.where(reached, names, None), index=frame.index, dtype=object)
    frame["cost"] = cost
    frame["weight"] = given.weights
    if given.model in (COVERAGE, SET_COVER, BACKUP):
        times = np.count_nonzero(served(given, costs)[:, open_sites], axis=1)
        frame["covered"] = times > 0
        if given.model == BACKUP:
            frame["times"] = times
    return frame


def _split(given: Given, costs: Costs, chosen: Bools, problem: Posed) -> pd.DataFrame:
    """Return the parts of each client by the site that takes them; a row without a site is what nobody takes."""
    assert isinstance(problem.prices, CapacityPrices)  # noqa: S101 (for type checkers)
    amount = np.zeros(costs.table.shape)
    amount[problem.clients] = cheapest_flow(problem.prices, chosen)[1]
    demand = given.weights
    share = np.divide(amount, demand[:, None], out=np.zeros_like(amount), where=demand[:, None] > 0.0)
    rows, columns = (np.asarray(part) for part in np.nonzero(share > 1e-9))
    left = 1.0 - share.sum(axis=1)
    without = np.flatnonzero(left > 1e-9)
    order = np.argsort(np.concatenate([rows, without]), kind="stable")
    names = costs.sites.to_numpy(dtype=object)
    found = pd.DataFrame(
        {
            "site": np.concatenate([names[columns], np.full(len(without), None, dtype=object)]),
            "cost": np.concatenate([costs.values[rows, columns], np.full(len(without), np.inf)]),
            "weight": demand[np.concatenate([rows, without])],
            "share": np.concatenate([share[rows, columns], left[without]]),
        },
        index=costs.clients.take(np.concatenate([rows, without])).rename("client"),
    ).iloc[order]
    return found if given.model == MEDIAN else found.assign(covered=found["site"].notna())


def _losses(given: Given, costs: Costs, chosen: Bools, problem: Posed) -> Floats:
    """Return what the choice loses where a chosen site closes and nothing replaces it, NaN for the others."""
    loss = np.full(len(chosen), np.nan)
    if given.model in (CENTER, SET_COVER) or isinstance(problem.prices, CapacityPrices):
        return loss
    if isinstance(problem.prices, MedianPrices):
        reach = np.where(served(given, costs), costs.values, np.inf)[problem.clients]
        weights = given.weights[problem.clients]
        open_sites = np.flatnonzero(chosen)
        ranked = np.sort(reach[:, open_sites], axis=1)
        own = reach[:, open_sites].argmin(axis=1)
        rest = ranked[:, 1] if len(open_sites) > 1 else np.full(len(reach), np.inf)
        lost = np.bincount(own, weights=weights * (rest - ranked[:, 0]), minlength=len(open_sites))
        loss[open_sites] = lost - given.fee[open_sites]
        return loss
    prices = problem.prices
    assert isinstance(prices, CoverPrices)  # noqa: S101 (for type checkers)
    times = np.count_nonzero(prices.covers[:, chosen], axis=1)
    gains = np.where(times == 1, prices.first, np.where(times == 2, prices.second, 0.0))
    if prices.owed.any():  # of backups, a client covered twice is lost as such, one covered once altogether
        gains = np.where(times == 2, prices.first, 0.0)
    for site in np.flatnonzero(chosen).tolist():
        loss[site] = gains[prices.covers[:, site]].sum()
    return loss


def given_of(
    model: str,
    weights: Floats,
    choice: Choice,
    costs: Costs,
    *,
    site_costs: PerItem | None = None,
    capacity: PerItem | None = None,
    radius: float = np.inf,
    second: float = 0.0,
) -> Given:
    """Return a question with the costs of its sites, 0 if none are given, and their room, endless if none is."""

    def of_sites(values: PerItem, name: str, *, infinite: bool = False) -> Floats:
        return per_item(values, costs.sites, name=name, other=costs.clients, infinite=infinite)

    fee = np.zeros(len(costs.sites)) if site_costs is None else of_sites(site_costs, "site_costs")
    room = None if capacity is None else of_sites(capacity, "capacity", infinite=True)
    return Given(model, weights, choice, fee, radius, capacity=room, second=second)
