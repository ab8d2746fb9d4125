"""The problem behind a design, made small: what is mandated drawn together, what cannot matter left out.

Given links with lengths, prizes at nodes, a budget ``B`` and mandated links and nodes ``M``, choose a connected set of
links that holds ``M``, is at most ``B`` long and collects the most::

    max  sum over groups g of max {p_i : i in g, the node of i is reached}
    s.t. the chosen links with M are connected,  sum of lengths <= B

It is a budgeted prize-collecting Steiner network (Costa, Cordeau and Laporte 2009), and not a tree, for mandated links
may close circles. Drawn together to one node each, the mandated parts leave a tree: any circle beyond them costs length
and reaches nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .neighbours import grouped, neighbours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SLACK_M = 1e-6
"""Metres by which sums of lengths may differ for rounding."""

_SEARCHED_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Problem:
    """Nodes ``0 .. count - 1`` joined by edges, with the prizes that are still to be won.

    Attributes
    ----------
    count : int
        Nodes.
    ends, length : array
        The two nodes and the metres of each edge; no loops, no two edges between the same nodes after reduction.
    trail : tuple of tuple of int
        Links that each edge stands for.
    root : int
        A node that every design holds; -1 if none is mandated.
    must : array of int
        Other nodes that it must hold.
    node, prize, group : array
        The prizes: of each group the largest that is reached counts. Groups are numbered from 0.
    budget : float
        Metres for edges; what the mandated links take is off.
    base : float
        What the mandated nodes collect by themselves.
    origin : array of int
        Number of each node before the reduction.
    stay : array of float, optional
        What each prize itself takes of the budget, where a visit takes time.
    """

    count: int
    ends: Ints
    length: Floats
    trail: tuple[tuple[int, ...], ...]
    root: int
    must: Ints
    node: Ints
    prize: Floats
    group: Ints
    budget: float
    base: float
    origin: Ints
    stay: Floats | None = None

    @cached_property
    def stays(self) -> Floats:
        """What each prize takes of the budget."""
        return np.zeros(len(self.node)) if self.stay is None else self.stay

    @cached_property
    def fixed(self) -> Bools:
        """Nodes that every design holds."""
        held = np.zeros(self.count, dtype=np.bool_)
        held[self.must] = True
        if self.root >= 0:
            held[self.root] = True
        return held

    @cached_property
    def special(self) -> Bools:
        """Nodes that are held or have a prize."""
        nodes = self.fixed.copy()
        nodes[self.node] = True
        return nodes

    @cached_property
    def rows(self) -> tuple[Ints, Ints, Ints]:
        """For each node the first of its edges, then the other ends and the edges themselves."""
        first, order = grouped(self.ends.ravel(), self.count)
        return first, self.ends[:, ::-1].ravel()[order], order // 2

    @cached_property
    def entries(self) -> tuple[Ints, Ints]:
        """The prizes by node: for each node the first of its entries, then the entries."""
        return grouped(self.node, self.count)

    @cached_property
    def members(self) -> tuple[Ints, Ints]:
        """The prizes by group: for each group the first of its entries, then the entries."""
        return grouped(self.group, int(self.group.max()) + 1 if len(self.group) else 0)

    @property
    def matrix(self) -> csr_array:
        """Lengths as a matrix of neighbours."""
        tails, heads = self.ends.T
        both = (np.concatenate([tails, heads]), np.concatenate([heads, tails]))
        return neighbours(*both, self.count, np.maximum(np.tile(self.length, 2), SLACK_M))

    def value(self, inside: Bools) -> float:
        """Return what the nodes inside collect, beside the base."""
        return self.worth(inside[self.node])

    def worth(self, visited: Bools) -> float:
        """Return what the prizes that are visited come to: of each group the largest."""
        best = np.zeros(len(self.members[0]) - 1)
        np.maximum.at(best, self.group[visited], self.prize[visited])
        return float(best.sum())


def reduced(problem: Problem, *, detours: bool = True) -> Problem:
    """Return a smaller problem with the same best designs.

    Left out are nodes farther from the root than the budget and dead ends without a prize; edges that a shorter way
    spares; of edges between the same nodes the longer. Two edges that meet where nothing else does become one. Without
    ``detours`` edges that a shorter way spares are kept.
    """
    problem = _within(_simple(problem))
    while True:
        edges = len(problem.ends)
        problem = _chained(_within(problem))
        problem = _without_detours(problem) if detours else problem
        if len(problem.ends) == edges:
            return _renumbered(problem)


def _within(problem: Problem) -> Problem:
    """Leave out what no way within the budget reaches from the root."""
    if problem.root < 0 or not len(problem.ends):
        return problem
    far = dijkstra(problem.matrix, directed=True, indices=problem.root)
    most = problem.budget + 1.0
    kept = far[problem.ends].min(axis=1) + problem.length <= most
    near = far[problem.node] <= most
    return replace(
        problem,
        ends=problem.ends[kept],
        length=problem.length[kept],
        trail=tuple(_picked(problem.trail, kept)),
        node=problem.node[near],
        prize=problem.prize[near],
        group=np.unique(problem.group[near], return_inverse=True)[1].ravel().astype(np.int64),
    )


def _picked(items: tuple[tuple[int, ...], ...], kept: Bools) -> Iterator[tuple[int, ...]]:
    return (item for item, keep in zip(items, kept, strict=True) if keep)


def _simple(problem: Problem) -> Problem:
    """Leave out loops and, of edges between the same nodes, all but the shortest."""
    low, high = problem.ends.min(axis=1), problem.ends.max(axis=1)
    order = np.lexsort((np.arange(len(low)), problem.length, high, low))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (low[order][1:] != low[order][:-1]) | (high[order][1:] != high[order][:-1])
    kept = np.sort(order[fresh & (low[order] != high[order])])
    trail = tuple(problem.trail[i] for i in kept)
    return replace(problem, ends=problem.ends[kept], length=problem.length[kept], trail=trail)


def _chained(problem: Problem) -> Problem:
    """Cut dead ends off, and join two edges where nothing else meets."""
    around: list[dict[int, tuple[float, tuple[int, ...]]]] = [{} for _ in range(problem.count)]
    for (u, v), length, trail in zip(problem.ends.tolist(), problem.length.tolist(), problem.trail, strict=True):
        around[u][v] = around[v][u] = (length, trail)
    special = problem.special
    waiting = [node for node in range(problem.count) if not special[node] and 0 < len(around[node]) <= 2]
    while waiting:
        node = waiting.pop()
        if not 0 < len(around[node]) <= 2:
            continue
        others = list(around[node])
        steps = [around[node][other] for other in others]
        for other in others:
            del around[other][node]
        around[node] = {}
        if len(others) == 2:
            joined = (steps[0][0] + steps[1][0], steps[0][1] + steps[1][1])
            a, b = others
            if b not in around[a] or joined[0] < around[a][b][0]:
                around[a][b] = around[b][a] = joined
        waiting += [other for other in others if not special[other] and 0 < len(around[other]) <= 2]
    edges = [(u, v, *around[u][v]) for u in range(problem.count) for v in sorted(around[u]) if u < v]
    ends = np.array([edge[:2] for edge in edges], dtype=np.int64).reshape(-1, 2)
    length = np.array([edge[2] for edge in edges], dtype=np.float64)
    return replace(problem, ends=ends, length=length, trail=tuple(edge[3] for edge in edges))


def _without_detours(problem: Problem) -> Problem:
    """Leave out edges that are longer than another way between their ends."""
    if not len(problem.ends):
        return problem
    matrix, longest = problem.matrix, float(problem.length.max())
    kept = np.ones(len(problem.ends), dtype=np.bool_)
    tails = np.unique(problem.ends[:, 0])
    for i in range(0, len(tails), _SEARCHED_AT_ONCE):
        batch = tails[i : i + _SEARCHED_AT_ONCE]
        ways = dijkstra(matrix, directed=True, indices=batch, limit=longest)
        mine = np.flatnonzero(np.isin(problem.ends[:, 0], batch))
        at = np.searchsorted(batch, problem.ends[mine, 0])
        kept[mine] = ways[at, problem.ends[mine, 1]] >= problem.length[mine] - SLACK_M
    trail = tuple(_picked(problem.trail, kept))
    return replace(problem, ends=problem.ends[kept], length=problem.length[kept], trail=trail)


def _renumbered(problem: Problem) -> Problem:
    """Number the nodes anew, those without an edge or a part in the problem left out."""
    used = problem.special.copy()
    used[problem.ends.ravel()] = True
    number = np.cumsum(used) - 1
    return replace(
        problem,
        count=int(used.sum()),
        ends=number[problem.ends],
        root=int(number[problem.root]) if problem.root >= 0 else -1,
        must=number[problem.must],
        node=number[problem.node],
        origin=problem.origin[used],
    )
