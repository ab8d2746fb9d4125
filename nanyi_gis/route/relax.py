"""The linear bound: directed cuts, found by flow, on the relaxed problem.

Every design, its mandated parts drawn together, is a tree; let its edges point away from the root. With ``x_a`` for arc
``a``, ``y_v`` for node ``v`` and ``z_i`` for the prize ``i`` that counts in its group (Ljubic and others 2006)::

    max  sum p_i z_i                       z_i <= y(node of i),  sum of z over a group <= 1
    s.t. x(arcs into v) = y_v <= 1         x_uv + x_vu <= y_u,  x_uv + x_vu <= y_v
         x(arcs into v) <= x(arcs out of v)    where v has no prize and is not mandated
         sum of length x <= budget
         x(arcs into S) >= y_v             for all S that hold v and not the root

The last are too many to write down; those that a solution breaks are found as least cuts and added, until none is
broken. Every round's optimum bounds the best design from above. Without a mandated node, an arc of no length leads
from a root of its own to each prize, and one of them is taken.
"""

from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt

from .._highs import quiet
from .._kernels.cuts import least_cuts
from .neighbours import grouped
from .problem import Bools, Floats, Ints, Problem

BROKEN = 1e-4
"""By how much a solution must break a cut for it to be added."""

_CUTS_A_SINK = 6
_ENOUGH = 400
_STALLED = 12
_SLACK_ROUNDS = 6
_SEED_MOST = 2**31 - 1


@dataclass(eq=False)
class Relaxation:
    """The linear programme of a problem, with the cuts found so far.

    Attributes
    ----------
    problem : Problem
        What is relaxed.
    bound : float
        The least optimum so far, base included.
    tight : bool
        Whether the last solution breaks no cut.
    x, saving : array
        The last solution by arc, and what an arc or node at zero would cost (reduced costs, by column).
    """

    problem: Problem
    seed: int = 0
    shortest: bool = False
    bound: float = np.inf
    last: float = np.inf
    tight: bool = False
    x: Floats = field(default_factory=lambda: np.zeros(0))
    columns: Floats = field(default_factory=lambda: np.zeros(0))
    saving: Floats = field(default_factory=lambda: np.zeros(0))
    solver: Any = None
    _known: set[bytes] = field(default_factory=set)
    _idle: list[int] = field(default_factory=list)
    _fixed_rows: int = 0

    def __post_init__(self) -> None:
        self.solver = quiet(self.seed, 1e9)
        self._columns()
        self._fixed_rows = self._rows()
        sense = highspy.ObjSense.kMinimize if self.shortest else highspy.ObjSense.kMaximize
        self.solver.changeObjectiveSense(sense)

    @cached_property
    def ends(self) -> Ints:
        """Ends of the edges, those from a root of its own included."""
        if self.problem.root >= 0:
            return self.problem.ends
        sites = np.unique(self.problem.node)
        return np.concatenate([self.problem.ends, np.column_stack([np.full(len(sites), self.problem.count), sites])])

    @cached_property
    def root(self) -> int:
        """The node from which all arcs lead away."""
        return self.problem.root if self.problem.root >= 0 else self.problem.count

    @cached_property
    def nodes(self) -> int:
        """Count of the nodes, a root of its own included."""
        return self.problem.count + (self.problem.root < 0)

    @cached_property
    def head(self) -> Ints:
        """Node at the end of arc ``2 e`` (along edge ``e``) and ``2 e + 1`` (against it)."""
        return np.ascontiguousarray(self.ends[:, ::-1].ravel())

    @cached_property
    def arcs(self) -> tuple[Ints, Ints]:
        """For each node the first of the arcs that leave it, then the arcs."""
        return grouped(self.ends.ravel(), self.nodes)

    @cached_property
    def sinks(self) -> Ints:
        """Nodes that must be joined to the root where they are reached."""
        return np.unique(np.concatenate([self.problem.node, self.problem.must]))

    @cached_property
    def shared(self) -> Ints:
        """Prizes in groups of several."""
        size = np.bincount(self.problem.group, minlength=1)
        return np.flatnonzero(size[self.problem.group] > 1) if len(self.problem.group) else np.zeros(0, np.int64)

    def solve(self, *, until: float, target: float = -np.inf, rounds: int = _SEED_MOST) -> None:
        """Add cuts until none is broken, the bound falls to ``target``, it stalls, or rounds or time are up."""
        stalled = 0
        for _ in range(rounds):
            if perf_counter() >= until:
                return
            before = self.bound
            if not self._optimum(until):
                return
            found = self._separate()
            self.tight = not found
            stalled = 0 if abs(before - self.bound) > 1e-5 * max(abs(self.bound), 1e-9) else stalled + 1
            if not found or (self.bound <= target and not self.shortest) or stalled > _STALLED:
                return
            self._purge()
            self.add(found)

    def _optimum(self, until: float) -> bool:
        self.solver.setOptionValue("time_limit", self.solver.getRunTime() + max(until - perf_counter(), 0.05))
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self.solver.getSolution()
        self.columns = np.asarray(solution.col_value)
        self.saving = np.asarray(solution.col_dual)
        self.x = np.clip(self.columns[: len(self.head)], 0.0, 1.0)
        value = float(self.solver.getInfo().objective_function_value)
        self.last = value
        value += 0.0 if self.shortest else self.problem.base
        self.bound = value if self.shortest else min(self.bound, value)
        return True

    def _separate(self) -> list[tuple[Ints, int]]:
        reached = self.columns[len(self.head) + self.sinks]
        return self.broken(self.x, self.sinks[reached > 10 * BROKEN], reached[reached > 10 * BROKEN])

    def broken(self, x: Floats, sinks: Ints, reached: Floats) -> list[tuple[Ints, int]]:
        """Return the cuts that a solution breaks, each as its arcs and the node behind it."""
        found: list[tuple[Ints, int]] = []
        first, arcs = self.arcs
        head, tail = self.head, self.ends.ravel()
        beyond = np.zeros((_CUTS_A_SINK, self.nodes), dtype=np.bool_)
        turn = np.random.default_rng(self.seed + self.solver.getNumRow()).permutation(len(sinks))
        for i in turn:
            sink = int(sinks[i])
            if sink == self.root:
                continue
            count = least_cuts(first, arcs, head, x, self.root, sink, float(reached[i]) - BROKEN, beyond)
            for side in beyond[:count]:
                cut = np.flatnonzero(side[head] & ~side[tail])
                mark = cut.tobytes() + sink.to_bytes(8, "little")
                if mark not in self._known:
                    self._known.add(mark)
                    found.append((cut, sink))
            if len(found) > _ENOUGH:
                break
        return found

    def add(self, cuts: list[tuple[Ints, int]]) -> None:
        """Add cuts as rows."""
        offset = len(self.head)
        rows = [np.append(cut, offset + sink) for cut, sink in cuts]
        values = [np.append(np.ones(len(cut)), -1.0) for cut, _ in cuts]
        self._add_rows(rows, values, np.zeros(len(rows)), np.full(len(rows), highspy.kHighsInf))
        self._idle += [0] * len(rows)

    def _purge(self) -> None:
        """Take away cuts that have been loose for some rounds."""
        loose = np.asarray(self.solver.getSolution().row_dual)[self._fixed_rows :]
        self._idle = [0 if abs(dual) > 1e-9 else idle + 1 for dual, idle in zip(loose, self._idle, strict=True)]
        gone = [i for i, idle in enumerate(self._idle) if idle > _SLACK_ROUNDS]
        if len(gone) < 200:
            return
        self._known.clear()
        kept = [idle for idle in self._idle if idle <= _SLACK_ROUNDS]
        rows = np.asarray(gone, dtype=np.int32) + self._fixed_rows
        self.solver.deleteRows(len(rows), rows)
        self._idle = kept

    def _columns(self) -> None:
        problem = self.problem
        arcs, nodes, shared = len(self.head), self.nodes, self.shared
        cost = np.zeros(arcs + nodes + len(shared))
        upper = np.ones(len(cost))
        lower = np.zeros(len(cost))
        if self.shortest:
            cost[: 2 * len(problem.length)] = np.repeat(problem.length, 2)
        else:
            alone = np.setdiff1d(np.arange(len(problem.node)), shared)
            np.add.at(cost, arcs + problem.node[alone], problem.prize[alone])
            cost[arcs + nodes :] = problem.prize[shared]
        upper[:arcs][self.head == self.root] = 0.0
        lower[arcs + problem.must] = 1.0
        lower[arcs + self.root] = 1.0
        empty = np.zeros(0)
        self.solver.addCols(len(cost), cost, lower, upper, 0, empty.astype(np.int32), empty.astype(np.int32), empty)

    def _rows(self) -> int:
        problem, head, tail = self.problem, self.head, self.ends.ravel()
        arcs, inf = len(head), highspy.kHighsInf
        first, leaving = self.arcs
        held = np.zeros(self.nodes, dtype=np.bool_)
        held[: problem.count] = problem.special
        for node in range(self.nodes):
            if node == self.root:
                continue
            out = leaving[first[node] : first[node + 1]]
            into = out ^ 1
            self._one(np.append(into, arcs + node), np.append(np.ones(len(into)), -1.0), 0.0, 0.0)
            if not held[node]:
                both = np.concatenate([out, into])
                self._one(both, np.repeat([1.0, -1.0], len(out)), 0.0, inf)
        for edge in range(len(self.ends)):
            for node in (int(tail[2 * edge]), int(head[2 * edge])):
                if node != self.root:
                    self._one(np.array([2 * edge, 2 * edge + 1, arcs + node]), np.array([1.0, 1.0, -1.0]), -inf, 0.0)
        if not self.shortest:
            along = np.arange(2 * len(problem.length))
            self._one(along, np.repeat(problem.length, 2), -inf, problem.budget)
        self._own_root()
        self._groups()
        return int(self.solver.getNumRow())

    def _own_root(self) -> None:
        """Let a root of its own lead to one prize, the first of those that are reached."""
        if self.problem.root >= 0:
            return
        edges = np.arange(len(self.problem.ends), len(self.ends))
        out, sites, arcs = 2 * edges, self.ends[edges, 1], len(self.head)
        self._one(out, np.ones(len(out)), 1.0, 1.0)
        for i, site in enumerate(sites[:-1]):
            later = np.append(out[i + 1 :], arcs + site)
            self._one(later, np.ones(len(later)), -highspy.kHighsInf, 1.0)

    def _groups(self) -> None:
        problem, offset = self.problem, len(self.head) + self.nodes
        inf = highspy.kHighsInf
        for at, entry in enumerate(self.shared):
            columns = np.array([offset + at, len(self.head) + problem.node[entry]])
            self._one(columns, np.array([1.0, -1.0]), -inf, 0.0)
        for group in np.unique(problem.group[self.shared]):
            columns = offset + np.flatnonzero(problem.group[self.shared] == group)
            self._one(columns, np.ones(len(columns)), -inf, 1.0)

    def _one(self, columns: npt.NDArray[Any], values: Floats, low: float, high: float) -> None:
        self.solver.addRow(low, high, len(columns), columns.astype(np.int32), values.astype(np.float64))

    def _add_rows(self, rows: list[Ints], values: list[Floats], low: Floats, high: Floats) -> None:
        count = np.array([len(row) for row in rows])
        starts = (np.cumsum(count) - count).astype(np.int32)
        indices, data = np.concatenate(rows).astype(np.int32), np.concatenate(values)
        self.solver.addRows(len(rows), low, high, int(count.sum()), starts, indices, data)


def joined_from(root: int, ends: Ints, chosen: Bools, nodes: int) -> Bools:
    """Return which nodes the chosen edges join to the root."""
    inside = np.zeros(nodes, dtype=np.bool_)
    inside[root] = True
    lines = ends[chosen]
    while True:
        touched = inside[lines].any(axis=1) & ~inside[lines].all(axis=1)
        if not touched.any():
            return inside
        inside[lines[touched]] = True
