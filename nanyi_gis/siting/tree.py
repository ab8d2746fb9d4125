"""The proof of a choice: prices at the nodes of a tree of sites taken in or left out, found here and replayed there."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple, Protocol

import numpy as np

from .prices import Prices
from .rules import FREE, IN, OUT, Bools, Floats, Ints, Marks, Rules

TOLERANCE = 5e-10
"""Share of the cost by which a bound may fall short of it and still prove it; half of the gap that counts as none."""

_ROOT_STEPS, _NODE_STEPS = 400, 40
_ROOT_STAGES, _NODE_STAGES = 30, 6
_ROOT_SHARE, _NODE_SHARE = 0.3, 0.2
_FEWER, _GAINED = 0.97, 2e-3  # share of the free sites, and of the gap, that a stage must take to have another
_NOISE = 1e-15
_HALF_PLACE = 0.5 * float(np.finfo(np.float64).eps)
_OF_UNIT = 1e-2  # of a unit by which a bound lies above the next better cost; rounding is below it
_DOUBT = 1e-10  # share of the cost up to which rounding is left alone: far below the gap that counts as none


class Ascent(NamedTuple):
    """Bound, prices, values of the sites and the cheapest choice, after some steps; how often each site was chosen."""

    bound: float
    prices: Floats
    values: Floats
    chosen: Bools
    often: Floats


class Model(Protocol):
    """A problem as the search sees it."""

    @property
    def prices(self) -> Prices:
        """Its numbers."""

    @property
    def unit(self) -> float:
        """What all costs are multiples of, 0 if nothing."""

    def begin(self) -> Floats:
        """Return the first prices."""

    def ascend(self, rules: Rules, prices: Floats, *, target: float, upper: float, share: float, steps: int) -> Ascent:
        """Raise the bound within rules."""

    def narrow(self, status: Marks) -> None:
        """Forget the sites that are out: no better choice has them."""

    def improved(self, chosen: Bools) -> tuple[float, Bools]:
        """Return a good choice near another, and its cost."""


@dataclass
class Node:
    """A part of the tree: the marks it inherits are its parent's, with ``site`` taken in or left out."""

    parent: int
    site: int
    inside: bool
    prices: list[Floats] = field(default_factory=list)


class Proof(NamedTuple):
    """A choice, its cost, the least that any allowed one costs, the tree that proves it, and whether time ran out."""

    chosen: Bools
    cost: float
    bound: float
    nodes: list[Node]
    stopped: bool


def cutoff_of(cost: float, unit: float) -> float:
    """Return the bound from which on no choice is better than ``cost``; all costs are multiples of ``unit`` if above 0.

    >>> cutoff_of(5819.0, 1.0), round(cutoff_of(100.0, 0.0), 12)
    (5818.01, 99.99999995)
    """
    if not np.isfinite(cost):
        return cost  # nothing that serves all is known
    return cost - unit * (1.0 - _OF_UNIT) if unit else cost - TOLERANCE * abs(cost)


def whole_unit(*numbers: Floats) -> float:
    """Return the greatest whole number of which all numbers are multiples, 0 if some are no whole numbers.

    >>> whole_unit(np.array([4.0, 6.0])), whole_unit(np.array([0.5, 2.0]))
    (2.0, 0.0)
    """
    found = 0
    for values in numbers:
        flat = np.unique(values)
        if not np.all(flat == np.rint(flat)) or (len(flat) and abs(flat[[0, -1]]).max() > 2.0**52):
            return 0.0
        found = int(np.gcd(found, np.gcd.reduce(flat.astype(np.int64)))) if len(flat) else found
    return float(found)


def search(
    model: Model,
    rules: Rules,
    start: tuple[float, Bools],
    *,
    seconds: float,
    gap: float = 0.0,
    stop_at: float = -np.inf,
    begun: float | None = None,
) -> Proof:
    """Find the best choice and prove it, as far as the time goes.

    ``start`` is a choice with its cost. Ends when the gap is at most ``gap``, or a choice costs ``stop_at`` or less.
    """
    return _Search(model, rules, start, (perf_counter() if begun is None else begun) + seconds, gap, stop_at).run()


class _Search:
    def __init__(
        self, model: Model, rules: Rules, start: tuple[float, Bools], until: float, gap: float, stop_at: float
    ) -> None:
        self.model, self.rules, self.until, self.gap, self.stop_at = model, rules, until, gap, stop_at
        self.cost, self.chosen = float(start[0]), start[1]
        self.nodes = [Node(-1, -1, inside=True)]
        self.tried: set[bytes] = set()

    @property
    def cutoff(self) -> float:
        return cutoff_of(self.cost, self.model.unit)

    def run(self) -> Proof:
        marks = {0: self.rules.status}
        begin = {0: self.model.begin()}
        open_nodes: list[tuple[float, int]] = [(-np.inf, 0)]
        closed = np.inf
        stopped = False
        while open_nodes:
            bound, at = heapq.heappop(open_nodes)
            if bound >= self.cutoff or self.cost <= self.stop_at:
                closed = min(closed, bound)
                continue
            late = at > 0 and perf_counter() > self.until  # the root is bounded in any case
            if late or self._near(min(bound, closed)):
                stopped = late
                closed = min(closed, bound)
                continue
            bound, status, last = self._bounded(at, marks.pop(at), begin.pop(at), bound)
            if not at:
                self.model.narrow(status)
            free = np.flatnonzero(status == FREE)
            if bound >= self.cutoff or not len(free):
                closed = min(closed, bound)
                continue
            if perf_counter() > self.until:  # its children would be told nothing that it does not know
                stopped, closed = True, min(closed, bound)
                continue
            site = _undecided(last.often, free)
            for inside in (True, False):
                child = status.copy()
                child[site] = IN if inside else OUT
                self.nodes.append(Node(at, site, inside))
                if self.rules.with_status(child).possible:
                    number = len(self.nodes) - 1
                    marks[number], begin[number] = child, last.prices
                    heapq.heappush(open_nodes, (bound, number))
        bound = self.cost if closed >= self.cutoff else closed
        return Proof(self.chosen, self.cost, bound, self.nodes, stopped)

    def _upper(self, bound: float) -> float:
        """Return the cost to steer by; twice the bound while no choice is known."""
        if np.isfinite(self.cost):
            return self.cost
        return 2.0 * abs(bound) + 1.0 if np.isfinite(bound) else 1.0

    def _near(self, bound: float) -> bool:
        return self.gap > 0.0 and np.isfinite(self.cost) and self.cost - bound <= self.gap * abs(self.cost)

    def _bounded(self, at: int, status: Marks, prices: Floats, bound: float) -> tuple[float, Marks, Ascent]:
        """Raise the bound of a node in stages, each of which settles sites; note the prices that did."""
        root = at == 0
        for stage in range(_ROOT_STAGES if root else _NODE_STAGES):
            rules = self.rules.with_status(status)
            steps = _ROOT_STEPS if root else _NODE_STEPS
            found = self.model.ascend(
                rules,
                prices,
                target=self.cutoff,
                upper=self._upper(bound),
                share=_ROOT_SHARE if root and not stage else _NODE_SHARE,
                steps=steps,
            )
            gained = found.bound - bound
            prices = found.prices
            self.nodes[at].prices.append(prices)
            bound = max(bound, found.bound)
            if root or not stage:
                self._try(found.chosen)
                self._try(rules.cheapest(0.5 - found.often).chosen)
            before = np.count_nonzero(status == FREE)
            status = rules.settled(found.values, found.bound, self.cutoff)
            if not self.rules.with_status(status).possible:
                return self.cutoff, status, found
            after = np.count_nonzero(status == FREE)
            if not after:
                self._try(status == IN)
                exact = self.model.prices.worth(status == IN)
                return max(bound, min(exact, self.cutoff)), status, found
            if bound >= self.cutoff or perf_counter() > self.until or self._near(bound) or self.cost <= self.stop_at:
                break
            if after > _FEWER * before and not gained > _GAINED * abs(self.cost - bound):
                break
        return bound, status, found

    def _try(self, chosen: Bools) -> None:
        """Improve a choice that the prices suggest, and keep it if it is the best so far."""
        key = np.packbits(chosen).tobytes()
        if key in self.tried:
            return
        self.tried.add(key)
        cost, better = self.model.improved(chosen)
        if cost < self.cost - _NOISE * abs(cost) and self.rules.allows(better):
            self.cost, self.chosen = float(cost), better


def _undecided(often: Floats, free: Ints) -> int:
    """Return the free site that is chosen most nearly half of the time."""
    return int(free[np.argmin(np.abs(often[free] - 0.5))])


def replay(prices: Prices, rules: Rules, nodes: Sequence[Node], *, cost: float, unit: float) -> float:
    """Return the least that any allowed choice costs, by what the prices of a tree prove; with NumPy alone.

    It is at most ``cost``. A node whose children are not both there counts as a leaf; a tree that does not begin with
    its root, where nothing is decided yet, proves nothing.
    """
    if not nodes or nodes[0].parent >= 0:
        return -np.inf
    cutoff = cutoff_of(cost, unit)
    most = min(_DOUBT * (abs(cost) or _sizes(prices, np.zeros(prices.clients))), 0.5 * _OF_UNIT * unit or np.inf)
    pairs = _children(nodes)
    bounds, marks = [-np.inf] * len(nodes), [rules.status] * len(nodes)
    least = np.inf
    for at, node in enumerate(nodes):
        status, bound = rules.status, -np.inf
        if node.parent >= 0:
            status, bound = marks[node.parent].copy(), bounds[node.parent]
            fate = IN if node.inside else OUT
            if status[node.site] not in (FREE, fate):
                bound = np.inf  # settled otherwise above: nothing below the cutoff is here
            status[node.site] = fate
        bound, marks[at] = _proven(prices, rules, status, node.prices, bound, cutoff, most)
        bounds[at] = bound
        if at not in pairs or bound >= cutoff:
            least = min(least, bound)
    return cost if least >= cutoff else min(least, cost)


def _children(nodes: Sequence[Node]) -> set[int]:
    """Return the nodes that have both children, which lie behind them and decide the same site."""
    found: dict[tuple[int, int], set[bool]] = {}
    for at, node in enumerate(nodes):
        if 0 <= node.parent < at:
            found.setdefault((node.parent, node.site), set()).add(node.inside)
    return {parent for (parent, _), sides in found.items() if len(sides) == 2}


def _proven(
    prices: Prices, rules: Rules, status: Marks, given: Sequence[Floats], bound: float, cutoff: float, most: float
) -> tuple[float, Marks]:
    """Return bound and marks of a node; ``most`` is the rounding that is left alone."""
    for vector in given:
        if bound >= cutoff:
            break
        here = rules.with_status(status)
        if not here.possible:
            return np.inf, status
        if len(vector) != prices.clients or not prices.sound(vector):
            continue
        kept = np.flatnonzero(status != OUT)
        values = np.zeros(len(status))
        constant, values[kept] = prices.values(vector, kept)
        least = here.cheapest(values)
        total = constant + least.total
        doubt = _rounding(prices, vector, values, least.chosen)
        if doubt > most:
            total, values[kept], doubt = _exact(prices, vector, kept, here)
        else:
            doubt = 0.0
        bound = max(bound, total)
        status = here.settled(values, total - doubt, cutoff)
    if not rules.with_status(status).possible:
        return np.inf, status
    if bound < cutoff and not (status == FREE).any():
        bound = max(bound, prices.worth(status == IN))
    return bound, status


def _rounding(prices: Prices, vector: Floats, values: Floats, chosen: Bools) -> float:
    """Return what rounding may add to a bound at most.

    A sum of ``n`` numbers is off by at most ``n`` times half a unit in the last place of the sum of their sizes
    (Higham 2002, Accuracy and Stability of Numerical Algorithms, 4.2).
    """
    sizes = _sizes(prices, vector)
    sizes += np.abs(values[chosen]).sum() + prices.fee[chosen].sum() + 2.0 * np.abs(values).max()
    terms = len(vector) + np.count_nonzero(chosen) + 2
    return float(_HALF_PLACE * terms * sizes)


def _sizes(prices: Prices, vector: Floats) -> float:
    """Return the sum of the sizes of what the constant is made of; without prices, that of all there is to gain."""
    return float(sum(np.abs(part).sum() for part in prices.terms(vector)))


def _exact(prices: Prices, vector: Floats, kept: Ints, rules: Rules) -> tuple[float, Floats, float]:
    """Return bound and values without rounding, and by what differences of the values may be off.

    Prices far above all costs would else prove what is not so, where great sums cancel each other.
    """
    parts = {site: prices.site_terms(vector, site) for site in kept.tolist()}
    values = np.zeros(prices.sites)
    values[kept] = [math.fsum(part) for part in parts.values()]
    chosen = rules.cheapest(values).chosen
    total = math.fsum(np.concatenate([*prices.terms(vector), *(parts[at] for at in np.flatnonzero(chosen).tolist())]))
    return total, values[kept], 4.0 * _HALF_PLACE * float(np.abs(values).max())


__all__ = ["Ascent", "Model", "Node", "Proof", "cutoff_of", "replay", "search", "whole_unit"]
