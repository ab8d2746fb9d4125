"""Least cuts between two nodes of a graph with capacities: Dinic's algorithm, and the cuts behind the first."""

import numpy as np
import numpy.typing as npt

from . import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NOTHING = 1e-9


@kernel(nogil=True)
def _reach(first: Ints, arcs: Ints, head: Ints, room: Floats, start: int, back: bool, level: Ints, queue: Ints) -> None:
    """Fill ``level`` with the steps from ``start`` over arcs with room left (or to it, if ``back``), -1 where none."""
    level[:] = -1
    level[start] = 0
    queue[0] = start
    done, size = 0, 1
    while done < size:
        node = queue[done]
        done += 1
        for i in range(first[node], first[node + 1]):
            arc = arcs[i]
            other = head[arc]
            if level[other] < 0 and room[arc ^ 1 if back else arc] > _NOTHING:
                level[other] = level[node] + 1
                queue[size] = other
                size += 1


@kernel(nogil=True)
def _block(
    first: Ints, arcs: Ints, head: Ints, room: Floats, source: int, sink: int, level: Ints, at: Ints, path: Ints
) -> float:
    """Push what goes over the levels, and return how much that is."""
    at[:] = first[:-1]
    total = 0.0
    node, depth = source, 0
    while True:
        if node == sink:
            least = np.inf
            for i in range(depth):
                least = min(least, room[path[i]])
            total += least
            full = depth
            for i in range(depth - 1, -1, -1):
                room[path[i]] -= least
                room[path[i] ^ 1] += least
                if room[path[i]] <= _NOTHING:
                    full = i
            depth = full
            node = head[path[depth] ^ 1]
            continue
        ahead = False
        while at[node] < first[node + 1]:
            arc = arcs[at[node]]
            if room[arc] > _NOTHING and level[head[arc]] == level[node] + 1:
                path[depth] = arc
                depth += 1
                node = head[arc]
                ahead = True
                break
            at[node] += 1
        if ahead:
            continue
        if depth == 0:
            return total
        depth -= 1
        node = head[path[depth] ^ 1]
        at[node] += 1


@kernel(nogil=True)
def least_cuts(
    first: Ints, arcs: Ints, head: Ints, capacity: Floats, source: int, sink: int, need: float, beyond: Bools
) -> int:
    """Fill rows of ``beyond`` with the sink's sides of cuts below ``need``, and return how many.

    Arc ``i`` and its opposite ``i ^ 1`` lead to ``head[i]`` and ``head[i ^ 1]``; those that leave node ``u`` are
    ``arcs[first[u]:first[u + 1]]``. Of each least cut the one next to the source and the one next to the sink are
    given; then their arcs get room, and the flow goes on to the next cut behind them (nested cuts, Koch and Martin
    1998).
    """
    count = len(first) - 1
    room = capacity.copy()
    level, at, queue = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    path = np.empty(count + 1, np.int64)
    flow, found = 0.0, 0
    while found < len(beyond):
        while flow < need:
            _reach(first, arcs, head, room, source, False, level, queue)
            if level[sink] < 0:
                break
            flow += _block(first, arcs, head, room, source, sink, level, at, path)
        if flow >= need:
            break
        for node in range(count):
            beyond[found, node] = level[node] < 0
        near = found
        found += 1
        _reach(first, arcs, head, room, sink, True, level, queue)
        other = False
        for node in range(count):
            other |= (level[node] >= 0) != beyond[near, node]
        if other and found < len(beyond):
            for node in range(count):
                beyond[found, node] = level[node] >= 0
            found += 1
        for row in range(near, found):
            for arc in range(len(head)):
                if beyond[row, head[arc]] and not beyond[row, head[arc ^ 1]]:
                    room[arc] = max(room[arc], 1.0)
    return found
