"""Loops and lines: the round trip, or the single way, that collects the most within a length.

A round trip drives link ``e`` ``x_e`` times, 0, 1 or 2; it can be driven in one go where every node has an even degree
and all of it hangs together (Euler). A line is a round trip through a further node that is joined to both its ends; it
drives no link and passes no node twice. As in :mod:`.relax`, what a solution leaves hanging in the air is cut off::

    max  sum p_i z_i      z_i <= y(node of i),  sum of z over a group <= 1
    s.t. x(links at v) + r_v = 2 w_v                    r: the ends of a line, of no account in a loop
         x(links out of S) + r(S) >= 2 y_v              for all S that hold v
         sum of length x + sum of stay z <= budget

The search begins with a walk found otherwise (:mod:`.first_walk`), which the answer is never worse than.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter
from typing import Any

import highspy
import networkx as nx
import numpy as np

from .._highs import quiet
from .._kernels.cuts import least_cuts
from .exact import unit
from .first_walk import FirstWalk
from .neighbours import grouped
from .problem import Bools, Floats, Ints, Problem
from .relax import BROKEN

_CUTS_A_SINK = 4
_SHARE_OF_CUTS = 0.5
"""Of the time, at most, for cuts before the programme is solved in whole numbers."""


@dataclass(frozen=True, eq=False)
class Walk:
    """How often each edge is driven, which prizes are visited, what that collects, and the most that any walk can.

    The base of the problem is in ``bound`` alone.
    """

    times: Ints
    start: int
    visited: Bools
    prize: float
    bound: float


@dataclass(eq=False)
class Walks:
    """The programme of the walks of a problem.

    Attributes
    ----------
    problem : Problem
        Without root: all nodes that are held are in ``must``.
    held : array of bool
        Edges that must be driven.
    line : bool
        Whether a line is asked for rather than a loop.
    start : int
        Node at which the walk begins, -1 for any.
    shortest : bool
        Whether the shortest walk is asked for rather than the one of most value.
    """

    problem: Problem
    held: Bools
    line: bool
    start: int
    seed: int = 0
    shortest: bool = False
    solver: Any = None
    _known: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.solver = quiet(self.seed, 1e9)
        self._columns()
        self._rows()
        sense = highspy.ObjSense.kMinimize if self.shortest else highspy.ObjSense.kMaximize
        self.solver.changeObjectiveSense(sense)

    @cached_property
    def sites(self) -> Ints:
        """Nodes with a prize, and those that are held."""
        return np.flatnonzero(self.problem.special)

    @cached_property
    def offsets(self) -> tuple[int, int, int, int]:
        """First columns of y, w, r and z; x comes first."""
        edges, sites, nodes = len(self.problem.ends), len(self.sites), self.problem.count
        return edges, edges + sites, edges + sites + nodes, edges + 2 * sites + nodes

    @cached_property
    def arcs(self) -> tuple[Ints, Ints, Ints]:
        """For each node the first of its arcs, the arcs, and the head of each; the last node is joined to all sites."""
        hub = np.column_stack([np.full(len(self.sites), self.problem.count), self.sites])
        ends = np.concatenate([self.problem.ends, hub])
        first, order = grouped(ends.ravel(), self.problem.count + 1)
        return first, order, np.ascontiguousarray(ends[:, ::-1].ravel())

    @property
    def first(self) -> int:
        """A node at which the walk may as well begin, -1 if none is known: in a loop any that is held."""
        return self.start if self.start >= 0 or self.line or not len(self.problem.must) else int(self.problem.must[0])

    def _columns(self) -> None:
        problem = self.problem
        y, w, r, z = self.offsets
        edges = len(problem.ends)
        cost = np.zeros(z + len(problem.node))
        lower, upper = np.zeros(len(cost)), np.ones(len(cost))
        if self.shortest:
            cost[:edges] = problem.length
        else:
            cost[z:] = problem.prize
        upper[:edges] = 1.0 if self.line else 2.0
        lower[:edges][self.held] = 1.0
        degree = np.bincount(problem.ends.ravel(), minlength=problem.count)
        upper[w:r] = 1.0 if self.line else np.maximum(degree, 1)
        lower[y:w][problem.fixed[self.sites]] = 1.0
        upper[r:z] = 2.0
        if self.start >= 0 or (len(problem.must) and not self.line):
            lower[r + int(np.searchsorted(self.sites, self.first))] = 1.0 if self.line else 2.0
        none = np.zeros(0, dtype=np.int32)
        self.solver.addCols(len(cost), cost, lower, upper, 0, none, none, np.zeros(0))
        self.whole = np.append(np.arange(z), z + np.flatnonzero(problem.stays)).astype(np.int32)
        self.kinds = np.full(len(self.whole), highspy.HighsVarType.kInteger)

    def _rows(self) -> None:
        problem, inf = self.problem, highspy.kHighsInf
        y, w, r, z = self.offsets
        first, _, around = problem.rows
        place = np.full(problem.count, -1)
        place[self.sites] = np.arange(len(self.sites))
        for node in range(problem.count):
            own = around[first[node] : first[node + 1]]
            columns, values = np.append(own, w + node), np.append(np.ones(len(own)), -2.0)
            if place[node] >= 0:
                if self.line:
                    columns, values = np.append(columns, r + place[node]), np.append(values, 1.0)
                begins = 0.0 if self.line else 1.0  # a loop may stay where it begins
                self._row([w + node, r + place[node], y + place[node]], [2.0, begins, -2.0], 0.0, inf)
                self._row([r + place[node], y + place[node]], [1.0, -2.0], -inf, 0.0)
            self._row(columns, values, 0.0, 0.0)
        self._row(np.arange(r, z), np.ones(z - r), 2.0, 2.0)
        if not self.line and self.first < 0:  # a loop begins at the first of its sites
            for at in range(len(self.sites) - 1):
                self._row([*range(r + at + 1, z), y + at], [1.0] * (len(self.sites) - 1 - at) + [2.0], -inf, 2.0)
        if not self.shortest:
            taken = z + np.flatnonzero(problem.stays)
            lengths = np.concatenate([problem.length, problem.stays[taken - z]])
            self._row(np.append(np.arange(len(problem.ends)), taken), lengths, -inf, problem.budget)
        for at, node in enumerate(problem.node):
            self._row([z + at, y + place[node]], [1.0, -1.0], -inf, 0.0)
        gfirst, member = problem.members
        for group in range(len(gfirst) - 1):
            shared = member[gfirst[group] : gfirst[group + 1]]
            self._row(z + shared, np.ones(len(shared)), -inf, 1.0)

    def _row(self, columns: Any, values: Any, low: float, high: float) -> None:
        index = np.asarray(columns, dtype=np.int32)
        self.solver.addRow(low, high, len(index), index, np.asarray(values, dtype=np.float64))

    def cut(self, columns: Floats) -> int:
        """Add the cuts that a solution breaks, and return how many."""
        y, _, r, z = self.offsets
        first, arcs, head = self.arcs
        room = np.repeat(np.concatenate([columns[: len(self.problem.ends)], columns[r:z]]), 2)
        tail = head.reshape(-1, 2)[:, ::-1].ravel()
        beyond = np.zeros((_CUTS_A_SINK, self.problem.count + 1), dtype=np.bool_)
        hub, added = self.problem.count, 0
        for at, site in enumerate(self.sites.tolist()):
            need = 2.0 * columns[y + at] - BROKEN
            if need <= 10 * BROKEN:
                continue
            for side in beyond[: least_cuts(first, arcs, head, room, hub, site, need, beyond)]:
                lines = np.flatnonzero(side[head] & ~side[tail]) // 2
                mark = lines.tobytes() + at.to_bytes(8, "little")
                if mark in self._known:
                    continue
                self._known.add(mark)
                edges = len(self.problem.ends)
                crossed = np.where(lines < edges, lines, lines - edges + r)
                self._row(np.append(crossed, y + at), np.append(np.ones(len(lines)), -2.0), 0.0, highspy.kHighsInf)
                added += 1
        return added

    def best(self, *, until: float, gap: float, first: FirstWalk | None = None) -> tuple[Walk | None, bool]:
        """Return the best walk found by ``until``, None if there is none, and whether there surely is none.

        ``first`` is a walk that is known, and no better than the answer.
        """
        bound, cuts_until = np.inf, perf_counter() + _SHARE_OF_CUTS * (until - perf_counter())
        while perf_counter() < cuts_until:
            self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(cuts_until - perf_counter(), 0.05))
            self.solver.run()
            if self.solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
                return None, True
            if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                break
            if not self.shortest:
                bound = min(bound, float(self.solver.getInfo().objective_function_value) + self.problem.base)
            if not self.cut(np.asarray(self.solver.getSolution().col_value)):
                break
        return self._whole(bound, first, until=until, gap=gap)

    def _whole(self, bound: float, first: FirstWalk | None, *, until: float, gap: float) -> tuple[Walk | None, bool]:
        problem = self.problem
        found = (
            None
            if first is None
            else Walk(first.times, first.start, first.visited, problem.worth(first.visited), bound)
        )
        step = unit(problem.prize)
        while True:
            bound = self._rounded(bound, step)
            found = None if found is None else replace(found, bound=bound)
            enough = found is not None and found.prize + problem.base >= bound - max(1e-6, gap * bound)
            if enough and not self.shortest:
                return found, False
            solver = quiet(self.seed, until - perf_counter())
            solver.setOptionValue("mip_rel_gap", max(gap, 1e-9))
            solver.passModel(self.solver.getLp())
            solver.changeColsIntegrality(len(self.whole), self.whole, self.kinds)
            if found is not None:
                self._offer(solver, found)
            solver.run()
            status, info = solver.getModelStatus(), solver.getInfo()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None, True
            if not self.shortest:
                bound = self._rounded(min(bound, float(info.mip_dual_bound) + problem.base), step)
            found = None if found is None else replace(found, bound=bound)
            if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
                return found, False
            columns = np.round(np.asarray(solver.getSolution().col_value))
            walk = self._walk(columns, bound)
            if walk is not None and (found is None or walk.prize > found.prize + 1e-9):
                found = walk
            if not self.cut(columns) or perf_counter() >= until:
                return found, False

    def _rounded(self, bound: float, step: float) -> float:
        """Return a bound rounded down to the unit of the prizes."""
        if not step or not np.isfinite(bound):
            return bound
        return self.problem.base + float(np.floor((bound - self.problem.base) / step + 1e-5)) * step

    def _offer(self, solver: Any, walk: Walk) -> None:
        """Give the solver a walk to begin with."""
        problem = self.problem
        y, w, r, z = self.offsets
        columns = np.zeros(z + len(problem.node))
        columns[:y] = walk.times
        inside = np.zeros(problem.count)
        inside[[walk.start, *problem.ends[walk.times > 0].ravel()]] = 1.0
        degree = np.bincount(problem.ends.ravel(), weights=np.repeat(walk.times, 2), minlength=problem.count)
        columns[y:w] = inside[self.sites]
        if not self.line:
            begin = self.first if self.first >= 0 else int(self.sites[int(np.argmax(inside[self.sites] > 0.0))])
            columns[r + int(np.searchsorted(self.sites, begin))] = 2.0
            columns[w:r] = degree / 2.0
        else:
            odd = np.flatnonzero(degree % 2) if degree.any() else np.array([walk.start, walk.start])
            if not np.isin(odd, self.sites).all():
                return
            np.add.at(columns, r + np.searchsorted(self.sites, odd), 1.0)
            own = np.bincount(odd, minlength=problem.count)
            columns[w:r] = (degree + own) / 2.0
        gfirst, member = problem.members
        for group in range(len(gfirst) - 1):
            shared = member[gfirst[group] : gfirst[group + 1]]
            shared = shared[walk.visited[shared]]
            if len(shared):
                columns[z + shared[int(np.argmax(problem.prize[shared]))]] = 1.0
        known = highspy.HighsSolution()
        known.col_value = columns.tolist()
        solver.setSolution(known)

    def _walk(self, columns: Floats, bound: float) -> Walk | None:
        """Return the walk of a solution that hangs together, None if something that is held is not part of it."""
        problem = self.problem
        _, _, r, z = self.offsets
        times = columns[: len(problem.ends)].astype(np.int64)
        graph = nx.MultiGraph()
        graph.add_nodes_from(self.sites.tolist())
        graph.add_edges_from(problem.ends[times > 0].tolist())
        start = int(self.sites[int(np.argmax(columns[r:z] > 0.5))]) if self.first < 0 else self.first
        if self.first < 0 and not self.line:
            parts = [np.isin(np.arange(problem.count), list(part)) for part in nx.connected_components(graph)]
            start = int(np.flatnonzero(max(parts, key=problem.value) & problem.special)[0])
        inside = np.isin(np.arange(problem.count), list(nx.node_connected_component(graph, start)))
        times[~inside[problem.ends].all(axis=1)] = 0  # a circle apart, which the length has room for
        if not inside[problem.must].all() or (times[self.held] == 0).any():
            return None
        visited = inside[problem.node] & ((problem.stays == 0.0) | (columns[z:] > 0.5))
        return Walk(times, start, visited, problem.worth(visited), bound)


def driven(problem: Problem, walk: Walk, *, line: bool) -> list[tuple[int, bool]]:
    """Return the edges of a walk as they are driven, each with whether it is driven from its first node.

    >>> import numpy as np
    >>> ends = np.array([[0, 1], [1, 2], [0, 2]])
    >>> none = np.zeros(0, dtype=np.int64)
    >>> way = (ends, np.ones(3), ((0,), (1,), (2,)), -1, none, none, np.zeros(0), none, 3.0, 0.0, np.arange(3))
    >>> driven(Problem(3, *way), Walk(np.ones(3, dtype=np.int64), 0, none > 0, 0.0, 0.0), line=False)
    [(0, True), (1, True), (2, False)]
    """
    graph = nx.MultiGraph()
    for edge, times in enumerate(walk.times.tolist()):
        u, v = problem.ends[edge].tolist()
        for turn in range(times):
            graph.add_edge(u, v, key=(edge, turn))
    if not graph.number_of_edges():
        return []
    find = nx.eulerian_path if line else nx.eulerian_circuit
    steps = [(key[0], int(problem.ends[key[0], 0]) == u) for u, _, key in find(graph, source=walk.start, keys=True)]
    return steps if line else _turned(steps)


def _turned(steps: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """Return of the two directions of a round trip the one that begins with the lower edge."""
    back = [(edge, not along) for edge, along in reversed(steps)]
    return min(steps, back, key=lambda way: way[0][0]) if steps and steps[0][0] != steps[-1][0] else steps
