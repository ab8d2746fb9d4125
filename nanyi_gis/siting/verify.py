"""A result held against the matrix: what it costs, and the bound that its certificate proves, with NumPy alone."""

from typing import NamedTuple

import numpy as np

from ..errors import DataError, ParameterError
from .inputs import Costs, Matrix, read_costs
from .posed import BACKUP, CENTER, COVERAGE, SET_COVER, Posed, posed, served
from .prices import CapacityPrices
from .result import OPTIMAL, Siting, gap_of
from .rules import Bools
from .solve import tables
from .tree import replay

_ROUNDING = 1e-9


class Verified(NamedTuple):
    """What a result's certificate proves.

    Attributes
    ----------
    cost : float
        What the chosen sites cost by the matrix.
    bound : float
        What no allowed choice can better, by the certificate.
    gap : float
        Their distance as a share of the cost.
    ok : bool
        Whether the choice is allowed, and cost and bound are what the result says.
    faults : tuple of str
        What is not as it says.
    """

    cost: float
    bound: float
    gap: float
    ok: bool
    faults: tuple[str, ...]

    @property
    def optimal(self) -> bool:
        """Whether it proves that no allowed choice is better."""
        return self.ok and self.gap < OPTIMAL

    def __bool__(self) -> bool:
        """Whether all is as the result says."""
        return self.ok


def verify(result: Siting, cost: Matrix) -> Verified:
    """Recompute what a result costs and what its certificate proves, with NumPy alone.

    No solver has a say: the bound is the cheapest allowed choice at the certificate's prices, in each part of its tree
    (the formulas stand in ``nanyi_gis/siting/prices.py``). Only for sites of limited capacity the cost of a choice is
    a transport problem, and comes from HiGHS.

    Parameters
    ----------
    result : Siting
        What a function of this room returned, or :func:`read_siting` read.
    cost : DataFrame or array
        The matrix that it was given.

    Returns
    -------
    Verified
        False where something is not as the result says; ``faults`` tell what.

    Raises
    ------
    DataError
        If the matrix has other clients or sites than the result.

    >>> from nanyi_gis.siting import p_median
    >>> cost = np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0], [9.0, 5.0, 0.0]])
    >>> found = p_median(cost, weights=[10, 1, 5], p=2)
    >>> proven = verify(found, cost)
    >>> bool(proven), proven.cost, proven.bound, proven.optimal
    (True, 4.0, 4.0, True)
    """
    costs = read_costs(cost, reach=True)
    _refuse_other(result, costs)
    faults: list[str] = []
    chosen = np.asarray(costs.sites.isin(list(result.chosen)))
    problem, bound = _bound(result, costs, faults)
    own_rules = result.given.choice.rules(costs.sites)
    if not own_rules.allows(chosen):
        faults.append("the chosen sites are not an allowed choice")
    faults += _lost_faults(result, costs)
    value = _cost(result, costs, chosen, problem)
    if abs(value - result.cost) > _ROUNDING * max(abs(value), 1.0):
        faults.append(f"the choice costs {value:.12g}, not {result.cost:.12g}")
    more = result.model in (COVERAGE, BACKUP)
    better = bound > result.bound if more else bound < result.bound
    if better and abs(bound - result.bound) > _ROUNDING * max(abs(result.bound), 1.0):
        faults.append(f"the certificate proves {bound:.12g}, not {result.bound:.12g}")
    return Verified(value, bound, gap_of(value, bound), not faults, tuple(faults))


def _lost_faults(result: Siting, costs: Costs) -> list[str]:
    """Return a line if the clients said to be out of reach are not those that are."""
    given = result.given
    usable = given.choice.usable(costs.sites)
    reach = np.isfinite(costs.values) if given.model == CENTER else served(given, costs)
    lost = costs.clients[np.asarray(~reach[:, usable].any(axis=1))]
    same = set(lost) == set(result.unserved)
    return [] if same else [f"{len(lost)} clients are out of reach, not the {len(result.unserved)} that it names"]


def _refuse_other(result: Siting, costs: Costs) -> None:
    own_sites, own_clients = result.sites.index, result.assignment.index.unique()
    if not (costs.sites.equals(own_sites) or list(costs.sites) == list(own_sites)):
        raise DataError(
            f"the matrix has {len(costs.sites)} sites that are not the result's {len(own_sites)}; give its own"
        )
    if list(costs.clients) != list(own_clients):
        raise DataError(
            f"the matrix has {len(costs.clients)} clients that are not the result's {len(own_clients)}; give its own"
        )


def _bound(result: Siting, costs: Costs, faults: list[str]) -> tuple[Posed, float]:
    """Return the problem and the bound that the certificate proves."""
    certificate, given = result.certificate, result.given
    try:
        _refuse_rows(result, costs)
        problem = posed(given, costs, kept=(certificate.clients, certificate.dominated))
    except ParameterError as error:
        faults.append(str(error))
        problem = posed(given, costs)
        return problem, (np.inf if result.model in (COVERAGE, BACKUP) else -np.inf)
    if given.model == CENTER:
        return problem, _center_bound(result, costs, problem)
    sign = -1.0 if result.model in (COVERAGE, BACKUP) else 1.0
    proven = replay(problem.prices, problem.rules, certificate.nodes, cost=sign * result.cost, unit=problem.unit)
    return problem, sign * proven


def _refuse_rows(result: Siting, costs: Costs) -> None:
    """Raise ParameterError where a certificate counts clients that it must not."""
    rows, given = result.certificate.clients, result.given
    if len(rows) and (rows.min() < 0 or rows.max() >= len(costs.clients)):
        raise ParameterError("the certificate names clients that are not there")
    usable = given.choice.usable(costs.sites)
    # of a centre those count that some site reaches: whoever none does is left out of any choice
    if given.model == CENTER and not np.isfinite(costs.of(usable)[rows]).any(axis=1).all():
        raise ParameterError("the certificate counts clients that no site reaches")
    if given.model == SET_COVER and not served(given, costs)[rows][:, usable].any(axis=1).all():
        raise ParameterError("the certificate counts clients that no site covers")


def _center_bound(result: Siting, costs: Costs, problem: Posed) -> float:
    """Return the radius below which no choice covers all: that of the result if its tree proves it, else a plain one.

    The plain one: no client can be nearer than its nearest site.
    """
    given = result.given
    reach = costs.of(given.choice.usable(costs.sites))
    lost = ~np.isfinite(reach).any(axis=1)
    plain = float(reach[~lost].min(axis=1).max())
    if result.bound <= plain:
        return plain
    count = float(len(problem.clients))
    proven = replay(problem.prices, problem.rules, result.certificate.nodes, cost=1.0 - count, unit=1.0)
    enough = given.strict and result.bound <= given.radius  # the tree is about the radius that was asked
    return result.bound if enough and proven >= 1.0 - count else plain


def _cost(result: Siting, costs: Costs, chosen: Bools, problem: Posed) -> float:
    if not chosen.any():
        return 0.0 if result.model in (COVERAGE, BACKUP) else np.inf
    if result.model == CENTER:
        lost = costs.clients.isin(list(result.unserved))
        return float(costs.of(chosen)[~lost].min(axis=1).max())
    if isinstance(problem.prices, CapacityPrices):
        _, assignment = tables(result.given, costs, chosen, problem)
        placed = assignment[assignment["site"].notna()]
        part = placed["weight"] * placed["share"]
        fee = float(result.given.fee[chosen].sum())
        return float(part.sum()) if result.model == COVERAGE else float((part * placed["cost"]).sum()) + fee
    worth = problem.prices.worth(chosen)
    if result.model == SET_COVER:
        alive = served(result.given, costs)
        usable = result.given.choice.usable(costs.sites)
        owed = alive[:, usable].any(axis=1)
        return float(result.given.fee[chosen].sum()) if (alive[:, chosen].any(axis=1) | ~owed).all() else np.inf
    return -worth if result.model in (COVERAGE, BACKUP) else worth
