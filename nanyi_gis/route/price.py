"""A bound by a price on length: soon found on networks too large for cuts, and what it shuts out.

With a price ``t`` a metre on what the budget ``B`` holds back, no design collects more than::

    t B + sum of prizes - least (t x length of a tree + prizes that it does not reach)

and dual ascent bounds the last from below. Prizes that share a group count each here, which keeps it a bound. What the
ascent leaves of the arcs' costs is what taking them adds to it: an arc, or a node, which no way from the root reaches
without lowering the bound to that of a known design, is in no better one (Duin 1993; Leitner and others 2018).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse.csgraph import dijkstra

from .._kernels.ascent import ascend
from .neighbours import grouped, neighbours
from .problem import Bools, Floats, Ints, Problem

_TRIALS = 14
_WIDEST = 64.0
_GOLDEN = (5.0**0.5 - 1.0) / 2.0
_BESIDE = (1.0, 0.93, 1.07, 0.86, 1.15)
_FREE = 1e-9


@dataclass(frozen=True, eq=False)
class Price:
    """A bound over prices of length, and how it falls where an edge must be taken.

    Attributes
    ----------
    bound : float
        Base included; inf without a mandated node.
    through : array of float
        Bound of the designs that hold each edge, the least over some prices.
    share : array of float
        Share of these prices at which the ascent pays for an edge in full.
    """

    bound: float
    through: Floats
    share: Floats


def price_bound(problem: Problem) -> Price:
    """Return the lowest bound over prices of length, and that of each edge."""
    edges = len(problem.ends)
    if problem.root < 0 or not edges or not len(problem.node) or problem.budget <= 0:
        return Price(np.inf, np.full(edges, np.inf), np.zeros(edges))
    ascent = _Ascent(problem)
    usual = np.log(ascent.total / problem.budget)
    low, high = usual - np.log(_WIDEST), usual + np.log(_WIDEST)
    a, b = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_a, at_b = ascent.bound(a), ascent.bound(b)
    found = {a: at_a, b: at_b}
    for _ in range(_TRIALS):
        if at_a <= at_b:
            high, b, at_b = b, a, at_a
            a = high - _GOLDEN * (high - low)
            at_a = found[a] = ascent.bound(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + _GOLDEN * (high - low)
            at_b = found[b] = ascent.bound(b)
    best = min(found, key=found.__getitem__)
    through, share = np.full(edges, np.inf), np.zeros(edges)
    for factor in _BESIDE:
        of_edge, free = ascent.through(best + np.log(factor))
        through, share = np.minimum(through, of_edge), share + free / len(_BESIDE)
    return Price(found[best] + problem.base, through + problem.base, share)


class _Ascent:
    """Dual ascent on one problem at any price."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.first, self.order = grouped(problem.ends.ravel(), problem.count)
        self.head = np.ascontiguousarray(problem.ends[:, ::-1].ravel())
        self.worth = np.bincount(problem.node, weights=problem.prize, minlength=problem.count)
        self.total = float(self.worth.sum())

    def bound(self, price: float) -> float:
        """Return the bound at a price, given by its logarithm."""
        return self._ascended(float(np.exp(price)))[0]

    def _ascended(self, price: float) -> tuple[float, Floats]:
        problem = self.problem
        prize = self.worth.copy()
        prize[problem.must] = 1e3 * (self.total + price * float(problem.length.sum()))  # a must is never given up
        rest = np.repeat(problem.length * price, 2)
        least = ascend(self.first, self.order, self.head, rest, prize, problem.root)
        return price * problem.budget + self.total - float(least), rest

    def through(self, price: float) -> tuple[Floats, Bools]:
        """Return the bound of the designs with each edge, and the edges that are paid in full."""
        bound, rest = self._ascended(float(np.exp(price)))
        tail = self.problem.ends.ravel()
        ways = neighbours(tail, self.head, self.problem.count, np.maximum(rest, _FREE))
        reach = dijkstra(ways, directed=True, indices=self.problem.root)
        over = (reach[tail] + rest).reshape(-1, 2).min(axis=1)
        return bound - over + 1e-6, rest.reshape(-1, 2).min(axis=1) <= _FREE


def without(problem: Problem, kept: Bools) -> Problem:
    """Return the problem with some of its edges, and the prizes that they reach."""
    touched = problem.fixed.copy()
    touched[problem.ends[kept].ravel()] = True
    near = touched[problem.node]
    return replace(
        problem,
        ends=problem.ends[kept],
        length=problem.length[kept],
        trail=tuple(trail for trail, keep in zip(problem.trail, kept.tolist(), strict=True) if keep),
        node=problem.node[near],
        prize=problem.prize[near],
        group=_numbered(problem.group[near]),
    )


def _numbered(groups: Ints) -> Ints:
    return np.unique(groups, return_inverse=True)[1].ravel().astype(np.int64)
