"""A good loop or line soon: grown site by site from several starts, then cut and grown again, with no bound."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from .._kernels.tours import improve_line, improve_loop
from .neighbours import grouped, neighbours
from .problem import SLACK_M, Bools, Ints, Problem

_STARTS = 4
_ROUNDS = 2000
_WORK = 2e8
"""About how many steps the improvement of one start may take."""


@dataclass(frozen=True, eq=False)
class FirstWalk:
    """How often each edge is driven, the node where it begins, and which entries are visited."""

    times: Ints
    start: int
    visited: Bools


def first_walk(problem: Problem, held: Bools, *, line: bool, start: int, seed: int = 0) -> FirstWalk | None:
    """Return the best walk found from several starts, None if none of them holds all that it must.

    Parameters
    ----------
    problem : Problem
        Without root, as for :class:`nanyi_gis.route.tour.Walks`.
    held : array of bool
        Edges that must be driven.
    line : bool
        A single way that passes no node twice, rather than a round trip.
    start : int
        Node at which it begins, -1 for any.
    """
    if not len(problem.node):
        return None
    begin = _line if line else _loop
    found = [
        walk for at, root in enumerate(_starts(problem, start))
        if (walk := begin(problem, held, root, fixed=start >= 0, seed=seed + at)) is not None
    ]  # fmt: skip
    rank = [(-round(problem.worth(walk.visited), 9), round(_cost(problem, walk), 6)) for walk in found]
    return found[min(range(len(found)), key=rank.__getitem__)] if found else None


def _starts(problem: Problem, start: int) -> list[int]:
    """Return the nodes from which walks are grown: the one given, one that is held, or those worth most."""
    if start >= 0:
        return [start] * 2
    if len(problem.must):
        return [int(problem.must[0])] * 2
    worth = np.bincount(problem.node, weights=problem.prize, minlength=problem.count)
    nodes = np.unique(problem.node)
    return [int(node) for node in nodes[np.argsort(-worth[nodes], kind="stable")][:_STARTS]]


def _cost(problem: Problem, walk: FirstWalk) -> float:
    return float(problem.length @ walk.times + problem.stays[walk.visited].sum())


def _loop(problem: Problem, held: Bools, root: int, *, fixed: bool, seed: int) -> FirstWalk | None:
    """Grow a round trip over stops: the entries, and the nodes that are held."""
    must = np.union1d(problem.must, [root] if fixed else []).astype(np.int64)
    entries = len(problem.node)
    node = np.concatenate([problem.node, must])
    value = np.concatenate([problem.prize, np.zeros(len(must))])
    groups = len(problem.members[0]) - 1
    group = np.concatenate([problem.group, groups + np.arange(len(must))])
    kept = np.arange(len(node)) >= entries
    places, at = np.unique(node, return_inverse=True)
    shortest = _shortest(problem)
    metres, before = dijkstra(_matrix(problem, shortest), directed=True, indices=places, return_predecessors=True)
    stay = np.concatenate([problem.stays, np.zeros(len(must))])
    cost = metres[np.ix_(at, node)] + (stay[:, None] + stay[None, :]) / 2.0
    cost[~np.isfinite(cost)] = 1e15
    np.fill_diagonal(cost, 0.0)
    spare = problem.budget - 2.0 * float(problem.length[held].sum())  # each of them there and back, at the worst
    order = np.zeros(len(node), dtype=np.int64)
    first = np.flatnonzero(kept) if kept.any() else np.flatnonzero(problem.node == root)[:1]
    order[: len(first)] = first
    if not kept.any() and stay[first].sum() > spare:
        return None
    rounds = int(np.clip(_WORK / max(len(node), 1) ** 2 / 20, 50, _ROUNDS))
    size = improve_loop(cost, value, group, kept, spare + SLACK_M, rounds, seed, order, len(first))
    if size == 0:
        return None
    stops = order[:size]
    times = _driven(problem, shortest, node[stops], before[at[stops]])
    times[held & (times == 0)] = 2
    inside = _inside(problem, times, int(node[stops[0]]))
    visited = inside[problem.node] & (problem.stays == 0.0)
    visited[stops[stops < entries]] = True
    begin = root if fixed else int(node[stops[0]])
    return FirstWalk(times, begin, visited)


def _shortest(problem: Problem) -> dict[tuple[int, int], int]:
    """Return the shortest edge between two nodes that are joined, both ways round."""
    edge_of = {}
    for edge in np.argsort(-problem.length, kind="stable").tolist():
        u, v = problem.ends[edge].tolist()
        edge_of[u, v] = edge_of[v, u] = edge
    return edge_of


def _matrix(problem: Problem, edge_of: dict[tuple[int, int], int]) -> csr_array:
    tails, heads = np.array(list(edge_of), dtype=np.int64).reshape(-1, 2).T
    length = np.maximum(problem.length[list(edge_of.values())], SLACK_M)
    return neighbours(tails, heads, problem.count, length)


def _driven(problem: Problem, edge_of: dict[tuple[int, int], int], nodes: Ints, before: Ints) -> Ints:
    """Return how often each edge is driven on the shortest ways round; a third time there and back is left out."""
    times = np.zeros(len(problem.ends), dtype=np.int64)
    for at, end in enumerate(np.roll(nodes, -1).tolist()):
        while end != nodes[at]:
            step = int(before[at, end])
            times[edge_of[step, end]] += 1
            end = step
    return np.where(times > 2, 2 - times % 2, times)


def _inside(problem: Problem, times: Ints, start: int) -> Bools:
    inside = np.zeros(problem.count, dtype=np.bool_)
    inside[start] = True
    inside[problem.ends[times > 0].ravel()] = True
    return inside


def _line(problem: Problem, held: Bools, root: int, *, fixed: bool, seed: int) -> FirstWalk | None:
    """Grow a way that passes no node twice; what it must hold is worth more than all else."""
    dear = 10.0 * float(problem.prize.sum()) + 1.0
    node = np.concatenate([problem.node, problem.must])
    value = np.concatenate([problem.prize, np.full(len(problem.must), dear)])
    group = np.concatenate([problem.group, len(problem.members[0]) - 1 + np.arange(len(problem.must))])
    entry, order = grouped(node, problem.count)
    path = np.zeros(problem.count, dtype=np.int64)
    path[0] = root
    edges = np.zeros(problem.count, dtype=np.int64)
    length = np.maximum(problem.length, SLACK_M)
    rounds = int(np.clip(_WORK / (10 * max(problem.count, 1)) / 20, 50, _ROUNDS))
    size = improve_line(
        *problem.rows, length, entry, group[order], value[order], fixed, problem.budget + SLACK_M, rounds, seed, path,
        edges,
    )  # fmt: skip
    times = np.zeros(len(problem.ends), dtype=np.int64)
    times[edges[: size - 1]] = 1
    inside = _inside(problem, times, int(path[0]))
    if not inside[problem.must].all() or (times[held] == 0).any() or problem.length @ times > problem.budget + SLACK_M:
        return None
    return FirstWalk(times, int(path[0]), inside[problem.node])
