"""Where sites cost people least: the p-median, of limited capacity or in levels."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import ParameterError
from .inputs import LEAVE_OUT, Labels, Matrix, PerItem, per_item, read_choice, read_costs, read_weights
from .posed import MEDIAN
from .result import Siting
from .solve import SECONDS, Limits, given_of, solved


def p_median(
    cost: Matrix,
    *,
    weights: PerItem | None = None,
    p: int | None = None,
    fixed: Labels = (),
    closed: Labels = (),
    quotas: Mapping[Hashable, int] | None = None,
    groups: "pd.Series | Iterable[Hashable] | None" = None,
    site_costs: PerItem | None = None,
    capacity: PerItem | None = None,
    unreachable: str = LEAVE_OUT,
    start: Labels = (),
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Siting:
    """Choose ``p`` sites so that the weighted sum of the clients' costs to their nearest site is least.

    Formula: least ``sum_i w_i min over chosen j of c_ij + sum over chosen j of f_j`` (Hakimi 1964, Operations Research
    12, 450-459). Proven by Lagrangian relaxation of "each client has one site" (Cornuejols, Fisher and Nemhauser 1977,
    Management Science 23, 789-810) with reduced costs and branching; :func:`verify` recomputes the bound.

    Parameters
    ----------
    cost : DataFrame or array, shape (clients, sites)
        Cost of each client (row) at each site (column), zero or more; ``inf`` is out of reach. It may differ by
        direction, and is taken as given.
    weights : Series, array or number, optional
        Of the clients, zero or more; 1 if not given. A Series is taken by its labels.
    p : int, optional
        Number of sites, fixed ones included. Without it (and without quotas) as many as pay for ``site_costs``.
    fixed, closed : iterable of labels
        Sites that are chosen in any case, or in none.
    quotas : mapping of group to int, optional
        Exactly so many sites of each group, fixed ones included; ``groups`` says to which one each site belongs.
    site_costs : Series, array or number, optional
        What a chosen site costs, in the unit of weights times costs.
    capacity : Series, array or number, optional
        Most weight that a site takes. A client may then be shared by several sites.
    unreachable : {"leave out", "refuse"}
        What to do with clients that no site reaches.
    start : iterable of labels
        A choice to begin with; it may change how long the search takes, and which of equal choices is found.
    seconds : float
        Longest time; what is then known is returned, with its gap.
    gap : float
        Share of the cost that is good enough, 0 for a proof of the best.

    Returns
    -------
    Siting
        With ``cost``, ``bound``, ``gap`` and certificate.

    Raises
    ------
    DataError
        If the matrix or weights hold what they must not, or ``p`` sites cannot reach all clients.
    ParameterError
        If sites and numbers contradict each other.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = p_median(cost, weights=[10, 1, 5], p=2)
    >>> found.chosen, found.cost, found.optimal
    (('a', 'c'), 4.0, True)
    """
    costs = read_costs(cost)
    choice = read_choice(costs, p=p, fixed=fixed, closed=closed, quotas=quotas, groups=groups)
    if p is None and quotas is None and site_costs is None:
        raise ParameterError("neither p nor quotas nor site_costs are given, so every site would be chosen; give p")
    given = given_of(MEDIAN, read_weights(weights, costs), choice, costs, site_costs=site_costs, capacity=capacity)
    return solved(given, costs, Limits.of(seconds, gap, start), unreachable=unreachable)


@dataclass(frozen=True, eq=False)
class Levels:
    """Sites of several levels: ``chosen`` by level, ``result`` of the median over pairs of site and level."""

    chosen: dict[Hashable, tuple[Hashable, ...]]
    assignment: pd.DataFrame
    result: Siting
    cost_matrix: pd.DataFrame

    @property
    def cost(self) -> float:
        """The weighted sum of costs over all levels."""
        return self.result.cost

    @property
    def bound(self) -> float:
        """What no choice can better."""
        return self.result.bound

    @property
    def gap(self) -> float:
        """Their distance as a share of the cost."""
        return self.result.gap

    @property
    def optimal(self) -> bool:
        """Whether it is proven that no choice is better."""
        return self.result.optimal


def hierarchical(
    cost: Matrix,
    *,
    weights: Mapping[Hashable, PerItem],
    p: Mapping[Hashable, int],
    fixed: Mapping[Hashable, Sequence[Hashable]] | None = None,
    closed: Labels = (),
    seconds: float = SECONDS,
    gap: float = 0.0,
) -> Levels:
    """Choose sites of several levels, where one of a higher level serves for the lower ones too.

    Levels are given from the lowest, e.g. village, town, county; a client goes for each level to the nearest site of
    that level or a higher one (successively inclusive, Narula 1984, Operations Research 32, 1210-1225). It is a
    p-median over pairs of site and level, with a quota a level.

    Parameters
    ----------
    cost : DataFrame or array, shape (clients, sites)
        As in :func:`p_median`.
    weights : mapping of level to weights
        How often clients go for each level, from the lowest level to the highest.
    p : mapping of level to int
        Number of sites of each level.
    fixed : mapping of level to labels, optional
        Sites that are of a level in any case.
    closed : iterable of labels
        Sites that are of none.

    Returns
    -------
    Levels
        ``verify(found.result, found.cost_matrix)`` recomputes its bound.

    >>> cost = pd.DataFrame({"a": [0, 4, 9], "b": [4, 0, 5], "c": [9, 5, 0]}, index=["x", "y", "z"])
    >>> found = hierarchical(cost, weights={"village": 1.0, "county": 0.1}, p={"village": 1, "county": 1})
    >>> found.chosen, round(found.cost, 6)
    ({'village': ('c',), 'county': ('b',)}, 4.9)
    """
    names = list(weights)
    if not names or set(p) != set(names):
        raise ParameterError(f"levels of weights are {_named(weights)}, of p {_named(p)}; name the same ones in both")
    costs = read_costs(cost)
    held = {} if fixed is None else dict(fixed)
    unknown = set(held) - set(names)
    if unknown:
        raise ParameterError(f"fixed names level {sorted(map(str, unknown))[0]!r}; levels are: {_named(weights)}")
    closed = tuple(closed)
    if sum(p.values()) > len(costs.sites) - len(closed):
        raise ParameterError(
            f"p sums to {sum(p.values())}, but there are {len(costs.sites) - len(closed)} sites to choose from"
        )
    rows, demand = [], []
    for at, level in enumerate(names):
        allowed = np.array([above >= at for above in range(len(names))])
        rows.append(np.where(np.repeat(allowed, len(costs.sites))[None, :], np.tile(costs.values, len(names)), np.inf))
        demand.append(per_item(weights[level], costs.clients, name=f"weights of {level}", other=costs.sites))
    sites = pd.MultiIndex.from_product([names, costs.sites], names=["level", "site"])
    clients = pd.MultiIndex.from_product([names, costs.clients], names=["level", "client"])
    matrix = pd.DataFrame(np.vstack(rows), index=clients.to_flat_index(), columns=sites.to_flat_index())
    found = p_median(
        matrix,
        weights=np.concatenate(demand),
        quotas=dict(p),
        groups=sites.get_level_values(0).tolist(),
        fixed=[(level, site) for level, labels in held.items() for site in labels],
        closed=[(level, site) for level in names for site in closed],
        seconds=seconds,
        gap=gap,
    )
    pairs = [pair for pair, chosen in zip(sites.tolist(), found.sites["chosen"], strict=True) if chosen]
    chosen = _apart(pairs, names, costs.sites, set(closed))
    table = found.assignment.copy()
    table.index = clients
    table["site"] = [None if pair is None else pair[1] for pair in table["site"]]
    return Levels(chosen, table, found, matrix)


def _apart(
    pairs: list[tuple[Hashable, Hashable]], names: list[Hashable], sites: pd.Index, closed: set[Hashable]
) -> dict[Hashable, tuple[Hashable, ...]]:
    """Return the sites by level, each of one level: of two, the lower one is of no use and moves elsewhere."""
    chosen: dict[Hashable, tuple[Hashable, ...]] = {}
    taken: set[Hashable] = set()
    for level in reversed(names):
        own = [site for of, site in pairs if of == level]
        kept = [site for site in own if site not in taken]
        spare = [site for site in sites if site not in taken and site not in set(own) and site not in closed]
        ahead = {site for of, site in pairs if of != level}
        spare.sort(key=lambda site: site in ahead)
        kept += spare[: len(own) - len(kept)]
        taken |= set(kept)
        chosen[level] = tuple(site for site in sites if site in set(kept))
    return {level: chosen[level] for level in names}


def _named(levels: Mapping[Hashable, Any]) -> str:
    return ", ".join(map(str, levels)) or "none"
