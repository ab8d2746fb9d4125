"""Trees of most prize within a length: growth by the best way to a prize, and what ruins and regrows them."""

import numpy as np
import numpy.typing as npt

from . import kernel
from .graph import _pop, _push

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@kernel(nogil=True)
def _gain(node: int, entry: Ints, group: Ints, value: Floats, best: Floats) -> float:
    """Return what a node adds to the best of each group so far."""
    total = 0.0
    for i in range(entry[node], entry[node + 1]):
        total += max(0.0, value[i] - best[group[i]])
    return total


@kernel(nogil=True)
def _collect(node: int, entry: Ints, group: Ints, value: Floats, best: Floats) -> None:
    for i in range(entry[node], entry[node + 1]):
        best[group[i]] = max(best[group[i]], value[i])


@kernel(nogil=True)
def _settle(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, cost: Floats, before: Ints, via: Ints, keys: Floats,
    heap: npt.NDArray[np.int32], size: int, limit: float,
) -> None:  # fmt: skip
    """Run Dijkstra's algorithm from what lies on the heap; costs only fall."""
    while size > 0:
        key, node = keys[0], heap[0]
        _pop(keys, heap, size)
        size -= 1
        if key > cost[node]:
            continue
        for i in range(first[node], first[node + 1]):
            other, reach = neighbour[i], key + length[edge[i]]
            if reach < cost[other] and reach <= limit:
                cost[other], before[other], via[other] = reach, node, edge[i]
                _push(keys, heap, size, reach, other)
                size += 1


@kernel(nogil=True)
def grow(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, entry: Ints, group: Ints, value: Floats, weight: Floats,
    power: float, budget: float, inside: Bools, chosen: Bools, best: Floats,
) -> float:  # fmt: skip
    """Grow a tree by the way of most (gain x weight of its end) / length ** power until none fits; return the length.

    Row ``u`` of the graph is ``neighbour[first[u]:first[u + 1]]`` over ``edge`` of ``length``; the prizes of node ``u``
    are ``value[entry[u]:entry[u + 1]]``, each of a ``group`` whose ``best`` counts. The last three arrays are changed.
    """
    count = len(first) - 1
    cost, before, via = np.full(count, np.inf), np.full(count, -1), np.full(count, -1)
    keys, heap = np.empty(len(neighbour) + count + 1), np.empty(len(neighbour) + count + 1, np.int32)
    spent = 0.0
    for i in range(len(length)):
        if chosen[i]:
            spent += length[i]
    size = 0
    for node in range(count):
        if inside[node]:
            cost[node] = 0.0
            _push(keys, heap, size, 0.0, node)
            size += 1
    while True:
        _settle(first, neighbour, edge, length, cost, before, via, keys, heap, size, budget - spent)
        size = 0
        top, target = 0.0, -1
        for node in range(count):
            if inside[node] or cost[node] == np.inf or cost[node] > budget - spent or entry[node] == entry[node + 1]:
                continue
            gain = _gain(node, entry, group, value, best)
            if gain <= 0.0:
                continue
            step = before[node]
            while not inside[step]:
                gain += _gain(step, entry, group, value, best)
                step = before[step]
            score = gain * weight[node] / (cost[node] + 1e-9) ** power
            if score > top:
                top, target = score, node
        if target < 0:
            return spent
        spent += cost[target]
        node = target
        while not inside[node]:
            inside[node] = True
            chosen[via[node]] = True
            _collect(node, entry, group, value, best)
            step = before[node]
            cost[node] = 0.0
            _push(keys, heap, size, 0.0, node)
            size += 1
            node = step


@kernel(nogil=True)
def _find(parent: Ints, node: int) -> int:
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@kernel(nogil=True)
def _needed(node: int, entry: Ints, group: Ints, value: Floats, gfirst: Ints, member: Ints, owner: Ints,
            inside: Bools) -> bool:  # fmt: skip
    """Return whether a node inside holds the best of a group alone."""
    for i in range(entry[node], entry[node + 1]):
        if value[i] <= 0.0:
            continue
        alone = True
        for j in range(gfirst[group[i]], gfirst[group[i] + 1]):
            other = member[j]
            if owner[other] != node and inside[owner[other]] and value[other] >= value[i]:
                alone = False
                break
        if alone:
            return True
    return False


@kernel(nogil=True)
def tidy(
    first: Ints, neighbour: Ints, edge: Ints, ends: Ints, order: Ints, entry: Ints, group: Ints, value: Floats,
    gfirst: Ints, member: Ints, owner: Ints, fixed: Bools, inside: Bools, chosen: Bools,
) -> None:  # fmt: skip
    """Join the nodes inside by their shortest spanning tree, then cut off ends that collect nothing."""
    count = len(first) - 1
    parent, degree = np.arange(count), np.zeros(count, np.int64)
    chosen[:] = False
    for i in order:
        u, v = ends[i, 0], ends[i, 1]
        if inside[u] and inside[v]:
            a, b = _find(parent, u), _find(parent, v)
            if a != b:
                parent[a] = b
                chosen[i] = True
                degree[u] += 1
                degree[v] += 1
    for start in range(count):
        node = start
        while inside[node] and degree[node] <= 1 and not fixed[node]:
            if _needed(node, entry, group, value, gfirst, member, owner, inside):
                break
            inside[node] = False
            for i in range(first[node], first[node + 1]):
                if chosen[edge[i]]:
                    chosen[edge[i]] = False
                    degree[neighbour[i]] -= 1
                    node = neighbour[i]
                    break


@kernel(nogil=True)
def _ruin(
    first: Ints, neighbour: Ints, edge: Ints, fixed: Bools, root: int, share: float, inside: Bools, chosen: Bools
) -> None:
    """Cut random branches off, up to about a share of the tree's nodes."""
    count = len(first) - 1
    up, line, order = np.full(count, -1), np.full(count, -1), np.empty(count, np.int64)
    order[0] = root
    done, size = 0, 1
    up[root] = root
    while done < size:
        node = order[done]
        done += 1
        for i in range(first[node], first[node + 1]):
            other = neighbour[i]
            if chosen[edge[i]] and up[other] < 0:
                up[other], line[other] = node, edge[i]
                order[size] = other
                size += 1
    holds, below = np.zeros(count, np.bool_), np.ones(count, np.int64)
    for i in range(size - 1, 0, -1):
        node = order[i]
        if fixed[node]:
            holds[node] = True
        holds[up[node]] |= holds[node]
        below[up[node]] += below[node]
    most = max(1, int(share * size))
    gone = np.zeros(count, np.bool_)
    removed = 0
    for _ in range(20):
        node = order[np.random.randint(0, size)]  # noqa: NPY002 (the compiled generator, seeded by the caller)
        if node == root or holds[node] or gone[node] or below[node] > 2 * most:
            continue
        gone[node] = True
        for i in range(size):
            if i and gone[up[order[i]]]:
                gone[order[i]] = True
        removed += below[node]
        if removed >= most:
            break
    for i in range(size):
        node = order[i]
        if gone[node]:
            inside[node] = False
            chosen[line[node]] = False


@kernel(nogil=True)
def _best_of(entry: Ints, group: Ints, value: Floats, inside: Bools, best: Floats) -> float:
    best[:] = 0.0
    for node in range(len(inside)):
        if inside[node]:
            _collect(node, entry, group, value, best)
    return float(best.sum())


@kernel(nogil=True)
def improve(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, ends: Ints, order: Ints, entry: Ints, group: Ints,
    value: Floats, gfirst: Ints, member: Ints, owner: Ints, fixed: Bools, root: int, budget: float, rounds: int,
    seed: int, inside: Bools, chosen: Bools,
) -> float:  # fmt: skip
    """Ruin and regrow a tree so many times, keep the best in the last two arrays, and return its prize."""
    np.random.seed(seed)  # noqa: NPY002 (the compiled generator)
    count = len(first) - 1
    best, ones = np.zeros(len(gfirst) - 1), np.ones(count)
    top = _best_of(entry, group, value, inside, best)
    here, lines, now = inside.copy(), chosen.copy(), top
    noise = np.empty(count)
    for turn in range(rounds):
        nodes, links = here.copy(), lines.copy()
        share = 0.05 + 0.4 * np.random.random() ** 2  # noqa: NPY002
        _ruin(first, neighbour, edge, fixed, root, share, nodes, links)
        for i in range(count):
            noise[i] = 0.3 + np.random.random()  # noqa: NPY002
        _best_of(entry, group, value, nodes, best)
        power = 0.4 + 0.9 * np.random.random()  # noqa: NPY002
        grow(first, neighbour, edge, length, entry, group, value, noise, power, budget, nodes, links, best)
        tidy(first, neighbour, edge, ends, order, entry, group, value, gfirst, member, owner, fixed, nodes, links)
        _best_of(entry, group, value, nodes, best)
        grow(first, neighbour, edge, length, entry, group, value, ones, 0.8, budget, nodes, links, best)
        reached = best.sum()
        heat = 0.01 * top * (1.0 - turn / rounds)
        if reached >= now - heat * np.random.random():  # noqa: NPY002
            here[:], lines[:], now = nodes, links, reached
            if reached > top + 1e-9:
                inside[:], chosen[:], top = nodes, links, reached
    tidy(first, neighbour, edge, ends, order, entry, group, value, gfirst, member, owner, fixed, inside, chosen)
    return float(top)
