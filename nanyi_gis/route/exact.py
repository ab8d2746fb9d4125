"""The best design with its proof: cuts at the linear optimum, then branch and bound, until both meet."""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import highspy
import numpy as np

from .._highs import quiet
from .fast import Tree, best_tree, improved, led_tree, start_tree
from .price import Price, price_bound, without
from .problem import SLACK_M, Bools, Floats, Problem, reduced
from .relax import Relaxation, joined_from

_WHOLE = 1e-6
_CUT_EDGES = 3000
"""Edges above which the linear programme is too slow to tell more than the price of length does."""

_TURNS = 10
_GUESSES = (0.05, 0.1, 0.3)
_GUESSED = 0.6
_GUESS_ROUNDS = 15
_EARLY = 3
_ROUNDS = 10_000
_EARLY_ROUNDS = 4
_WORTH_IT = 0.85
"""Share of the edges above which a smaller problem is not worth beginning anew."""

_SCALES = (1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, eq=False)
class Answer:
    """A tree, the problem whose nodes and edges it names, and the most that any tree can collect, base included."""

    tree: Tree
    bound: float
    problem: Problem


def unit(prizes: Floats) -> float:
    """Return the largest number of which all prizes are whole multiples, 0 if none is found.

    >>> unit(np.array([1.5, 3.0])), unit(np.array([4.0, 6.0])), unit(np.array([np.pi]))
    (1.5, 2.0, 0.0)
    """
    for scale in _SCALES:
        scaled = prizes * scale
        if len(prizes) and np.allclose(scaled, np.round(scaled), rtol=0.0, atol=1e-7):
            return float(np.gcd.reduce(np.round(scaled).astype(np.int64))) / scale
    return 0.0


class Search:
    """One search for the best tree of a problem, with what is known so far."""

    def __init__(self, problem: Problem, start: Tree | None, *, seconds: float, gap: float, rounds: int, seed: int):
        self.problem, self.gap, self.seed = problem, gap, seed
        self.until = perf_counter() + seconds
        self.unit = unit(problem.prize)
        self.rounds = rounds
        self.tree = best_tree(problem, start, rounds=rounds, seed=seed)
        self.owner = problem
        self.start = start
        self.bound = problem.base + _most(problem)
        self.relaxed = Relaxation(problem, seed=seed)

    @property
    def value(self) -> float:
        """What the best tree so far collects, base included."""
        return self.problem.base + self.tree.prize

    @property
    def done(self) -> bool:
        """Whether nothing better is left, or the gap asked for is reached."""
        return self.bound <= self.value + max(self.gap * self.bound, _WHOLE * max(1.0, self.value))

    def lower(self, bound: float) -> None:
        """Take note of a bound; prizes that come in whole units round it down."""
        if self.unit and np.isfinite(bound):
            steps = np.floor((bound - self.problem.base) / self.unit + 1e-5)
            bound = self.problem.base + float(steps) * self.unit
        self.bound = max(min(self.bound, bound), self.value)

    def take(self, tree: Tree, owner: Problem | None = None) -> None:
        """Keep a tree if it is better; ``owner`` is its problem, by default the present one."""
        if tree.length <= self.problem.budget + SLACK_M and tree.prize > self.tree.prize + 1e-9:
            self.tree, self.owner = tree, self.problem if owner is None else owner

    @property
    def answer(self) -> Answer:
        """The best tree so far and the bound."""
        return Answer(self.tree, self.bound, self.owner)

    @property
    def least(self) -> float:
        """The least that a better tree collects."""
        return self.value + max(0.999 * self.unit, 1e-6)

    def narrow(self) -> bool:
        """Lower the bound by a price on length, and leave out what no better tree holds; tell if some is."""
        if self.start is None or self.done:
            return False
        price = price_bound(self.problem)
        self.lower(price.bound)
        self.take(led_tree(self.problem, self.start, price.share, rounds=self.rounds, seed=self.seed + 3))
        self.lower(self.bound)
        for share in _GUESSES:
            self._guess(price, self.bound - share * (self.bound - self.value))
        kept = (price.through >= self.least) | self.start_edges
        if self.done or kept.sum() > _WORTH_IT * len(kept):
            return False
        small, start = self._smaller(kept)
        if start is None:
            return False
        self.problem, self.start, self.relaxed = small, start, Relaxation(small, seed=self.seed)
        return True

    def _smaller(self, kept: Bools) -> tuple[Problem, Tree | None]:
        small = reduced(without(self.problem, kept))
        return small, joining(small, seconds=max(self.until - perf_counter(), 0.1), seed=self.seed)

    def _guess(self, price: Price, level: float) -> None:
        """Look for a tree where one worth ``level`` would be: there are few edges, and cuts are soon found."""
        kept = (price.through >= level) | self.start_edges
        if self.done or kept.sum() > min(_GUESSED * len(kept), _CUT_EDGES):
            return
        small, start = self._smaller(kept)
        if start is None or not len(small.ends):
            return
        relaxed = Relaxation(small, seed=self.seed)
        relaxed.solve(until=self.until, rounds=_GUESS_ROUNDS)
        share = relaxed.x[: 2 * len(small.ends)].reshape(-1, 2).sum(axis=1)
        if len(share):
            tree = led_tree(small, start, share, rounds=self.rounds, seed=self.seed + 4)
            self.take(tree, small)
            self.lower(self.bound)

    @property
    def start_edges(self) -> Bools:
        """The edges that join what is mandated, which every smaller problem keeps."""
        none = np.zeros(len(self.problem.ends), dtype=np.bool_)
        return none if self.start is None else self.start.chosen

    def improve(self) -> None:
        """Ruin and regrow the tree in some further turns, while there is time."""
        for turn in range(_TURNS):
            if self.done or perf_counter() > self.until:
                return
            seed = self.seed + 1 + turn
            tree = improved(self.owner, self.tree, self.owner.root, rounds=self.rounds, seed=seed)
            self.tree = tree if tree.prize > self.tree.prize + 1e-9 else self.tree

    def relax(self, until: float, *, rounds: int = _ROUNDS) -> None:
        """Lower the bound by cuts, and look for a tree along the relaxed solution."""
        target = self.value + max(self.unit * (1.0 - 1e-4), self.gap * self.value)
        self.relaxed.solve(until=until, target=target, rounds=rounds)
        self.lower(self.relaxed.bound)
        if len(self.relaxed.x) and self.start is not None and not self.done:
            share = self.relaxed.x[: 2 * len(self.problem.ends)].reshape(-1, 2).sum(axis=1)
            self.take(led_tree(self.problem, self.start, share, rounds=self.rounds, seed=self.seed + 1))
            self.lower(self.bound)


def _most(problem: Problem) -> float:
    return problem.value(np.ones(problem.count, dtype=np.bool_))


def fast(problem: Problem, start: Tree | None, *, seconds: float, gap: float, rounds: int, seed: int) -> Answer:
    """Return a good tree, and a bound: by a price on length, and by cuts where the problem is not too large."""
    search = Search(problem, start, seconds=seconds, gap=gap, rounds=rounds, seed=seed)
    _closed_in(search)
    return search.answer


def exact(problem: Problem, start: Tree | None, *, seconds: float, gap: float, rounds: int, seed: int) -> Answer:
    """Return the best tree, or the best that was found in time, with a proven bound."""
    search = Search(problem, start, seconds=seconds, gap=gap, rounds=rounds, seed=seed)
    _closed_in(search)
    if len(search.problem.ends) > _CUT_EDGES and start is not None:
        search.relax(search.until)
    while not search.done and perf_counter() < search.until:
        if not _branched(search):
            break
    return search.answer


def _closed_in(search: Search) -> None:
    """Lower the bound and better the tree in turns, each of which makes the problem of the next one smaller."""
    search.narrow()
    if len(search.problem.ends) > _CUT_EDGES and search.start is not None:
        search.improve()
        search.narrow()
        if len(search.problem.ends) > _CUT_EDGES:
            return
    for _ in range(_EARLY):
        before = search.value
        search.relax(search.until, rounds=_EARLY_ROUNDS)
        if search.done or search.value <= before:
            break
        search.narrow()
    before = search.value
    if not search.done:
        search.relax(search.until)
    if search.value > before and search.narrow():
        search.relax(search.until)


def _branched(search: Search) -> bool:
    """Solve the problem with the cuts so far in whole numbers; return whether there is reason to go on."""
    relaxed, problem = search.relaxed, search.problem
    model = relaxed.solver.getLp()
    solver = quiet(search.seed, search.until - perf_counter())
    solver.setOptionValue("mip_rel_gap", max(search.gap, 1e-9))
    solver.setOptionValue("mip_abs_gap", max(0.99 * search.unit, 1e-9))
    solver.setOptionValue("mip_feasibility_tolerance", 1e-7)
    solver.passModel(model)
    _integral(solver, len(relaxed.columns))
    _tightened(search, solver)
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        search.lower(search.value)  # what was shut out could not be better
        search.bound = search.value
        return False
    info = solver.getInfo()
    search.lower(max(float(info.mip_dual_bound) + problem.base, search.value))
    columns = np.asarray(solver.getSolution().col_value)
    if len(columns) != len(relaxed.columns) or info.primal_solution_status != 2:
        return False
    return _used(search, columns)


def _integral(solver: Any, count: int) -> None:
    kinds = np.full(count, highspy.HighsVarType.kInteger)
    solver.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)


def _tightened(search: Search, solver: Any) -> None:
    """Shut out, by reduced costs, arcs and nodes that no better tree holds."""
    relaxed = search.relaxed
    least = search.value + (0.99 * search.unit or 1e-7)
    optimum = relaxed.last + search.problem.base
    worse = optimum - np.abs(relaxed.saving) < least
    lower, upper = np.asarray(solver.getLp().col_lower_), np.asarray(solver.getLp().col_upper_)
    zero = worse & (relaxed.columns < 1e-9) & (lower < 0.5)
    one = worse & (relaxed.columns > 1 - 1e-9) & (upper > 0.5)
    for rows, low, high in ((zero, 0.0, 0.0), (one, 1.0, 1.0)):
        at = np.flatnonzero(rows).astype(np.int32)
        if len(at):
            solver.changeColsBounds(len(at), at, np.full(len(at), low), np.full(len(at), high))


def _used(search: Search, columns: Floats) -> bool:
    """Take the tree of a solution in whole numbers, and cut off what hangs in the air."""
    relaxed, problem = search.relaxed, search.problem
    arcs = len(relaxed.head)
    x = np.round(columns[:arcs])
    tree, inside = _tree_of(relaxed, columns)
    if problem.fixed[tree.inside].sum() == problem.fixed.sum():
        root = problem.root if problem.root >= 0 else int(np.flatnonzero(tree.inside)[0])
        search.take(improved(problem, tree, root, rounds=max(search.rounds // 10, 1), seed=search.seed + 2))
        search.lower(search.bound)
    reached = np.round(columns[arcs + relaxed.sinks])
    loose = (reached > 0.5) & ~inside[relaxed.sinks]
    if not loose.any():
        return False
    broken = relaxed.broken(x, relaxed.sinks[loose], reached[loose])
    if not broken:
        return False
    relaxed.add(broken)
    relaxed.solve(until=search.until)
    search.lower(relaxed.bound)
    return True


def _tree_of(relaxed: Relaxation, columns: Floats) -> tuple[Tree, Bools]:
    """Return the tree that a solution in whole numbers joins to the root, and the nodes of that part."""
    problem = relaxed.problem
    edges = np.round(columns[: len(relaxed.head)]).reshape(-1, 2).sum(axis=1) > 0.5
    inside = joined_from(relaxed.root, relaxed.ends, edges, relaxed.nodes)
    chosen = (edges & inside[relaxed.ends].all(axis=1))[: len(problem.ends)]
    own = inside[: problem.count].copy()
    return Tree(own, chosen, problem.value(own), float(problem.length[chosen].sum())), inside


def joining(problem: Problem, *, seconds: float, seed: int) -> Tree | None:
    """Return a tree within the budget that joins the mandated nodes, None where there is none."""
    tree = start_tree(problem, seed=seed)
    if bool(tree.inside[problem.must].all()) and tree.length <= problem.budget + SLACK_M:
        return tree
    if not _reachable(problem):
        return None
    joined, _ = _shortest(problem, until=perf_counter() + seconds, seed=seed)
    return joined if joined is not None and joined.length <= problem.budget + SLACK_M else None


def least_joining(problem: Problem, *, seconds: float, seed: int) -> float:
    """Return the metres that joining the mandated nodes takes at the least; the budget does not matter."""
    none = np.zeros(0, dtype=np.int64)
    bare = replace(problem, budget=float(problem.length.sum()) + 1.0, node=none, group=none, prize=np.zeros(0))
    tree, least = _shortest(reduced(bare), until=perf_counter() + seconds, seed=seed)
    return least if tree is None else min(least, tree.length)


def _reachable(problem: Problem) -> bool:
    every = np.ones(len(problem.ends), dtype=np.bool_)
    return bool(joined_from(problem.root, problem.ends, every, problem.count)[problem.must].all())


def _shortest(problem: Problem, *, until: float, seed: int) -> tuple[Tree | None, float]:
    """Return the shortest tree that joins the mandated nodes, if found in time, and a lower bound of its length."""
    relaxed = Relaxation(problem, seed=seed, shortest=True)
    while True:
        relaxed.solve(until=until)
        solver = quiet(seed, until - perf_counter())
        solver.passModel(relaxed.solver.getLp())
        _integral(solver, len(relaxed.columns))
        solver.run()
        columns = np.asarray(solver.getSolution().col_value)
        least = max(relaxed.bound, float(solver.getInfo().mip_dual_bound))
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None, least
        tree, inside = _tree_of(relaxed, columns)
        sinks = relaxed.sinks[~inside[relaxed.sinks]]
        if not len(sinks):
            return tree, least
        x = np.round(columns[: len(relaxed.head)])
        relaxed.add(relaxed.broken(x, sinks, np.ones(len(sinks))))


__all__ = ["Answer", "Search", "exact", "fast", "joining", "least_joining", "unit"]
