"""Shortest paths over sparse rows: Dijkstra's algorithm on a heap of four children an entry."""

import numpy as np
import numpy.typing as npt

from . import kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


@kernel(nogil=True)
def _push(keys: Floats, nodes: Ints, size: int, key: float, node: int) -> None:
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if keys[parent] <= key:
            break
        keys[at], nodes[at] = keys[parent], nodes[parent]
        at = parent
    keys[at], nodes[at] = key, node


@kernel(nogil=True)
def _pop(keys: Floats, nodes: Ints, size: int) -> None:
    """Take the first of ``size`` entries away."""
    last = size - 1
    key, node = keys[last], nodes[last]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= last:
            break
        least, best = child, keys[child]
        for other in range(child + 1, min(child + 4, last)):
            if keys[other] < best:
                least, best = other, keys[other]
        if best >= key:
            break
        keys[at], nodes[at] = best, nodes[least]
        at = least
    keys[at], nodes[at] = key, node


@kernel(nogil=True)
def spread(
    first: Ints,
    neighbour: Ints,
    weight: Floats,
    seeds: Ints,
    start: Floats,
    limit: float,
    cost: Floats,
    owner: Ints,
    before: Ints,
) -> None:
    """Fill ``cost`` with the least of ``start[i]`` + way from ``seeds[i]``, inf where none or over ``limit``.

    Row ``u`` of the graph is ``neighbour[first[u]:first[u + 1]]`` with ``weight``; no weight is negative. ``owner``
    gets the seed and ``before`` the node before on the way; both are -1 where there is none. The last three arrays have
    an entry a node and are overwritten.

    A node enters the heap each time a cheaper way to it is found, and every entry but the cheapest is passed over
    when it comes up. An edge is so pushed at most once, for the way on which its tail is settled, and the heap needs
    room for no more than all edges and seeds.
    """
    keys = np.empty(len(neighbour) + len(seeds))
    nodes = np.empty(len(neighbour) + len(seeds), np.int32)
    cost[:] = np.inf
    owner[:] = -1
    before[:] = -1
    size = 0
    for i in range(len(seeds)):
        seed = seeds[i]
        if start[i] <= limit and start[i] < cost[seed]:
            cost[seed] = start[i]
            owner[seed] = seed
            _push(keys, nodes, size, start[i], seed)
            size += 1
    while size > 0:
        here, node = keys[0], nodes[0]
        _pop(keys, nodes, size)
        size -= 1
        if here > cost[node]:
            continue
        for k in range(first[node], first[node + 1]):
            there = neighbour[k]
            value = here + weight[k]
            if value < cost[there] and value <= limit:
                cost[there] = value
                owner[there] = owner[node]
                before[there] = node
                _push(keys, nodes, size, value, there)
                size += 1


@kernel(nogil=True)
def spread_each(first: Ints, neighbour: Ints, weight: Floats, seeds: Ints, limit: float, costs: Floats) -> None:
    """Fill row ``i`` of ``costs`` with the costs from ``seeds[i]`` alone; as :func:`spread`, without the ways.

    Owners and ways are not kept here: writing them all over memory takes a good part of the time.
    """
    keys = np.empty(len(neighbour) + 1)
    nodes = np.empty(len(neighbour) + 1, np.int32)
    for i in range(len(seeds)):
        cost = costs[i]
        cost[:] = np.inf
        cost[seeds[i]] = 0.0
        keys[0], nodes[0] = 0.0, seeds[i]
        size = 1
        while size > 0:
            here, node = keys[0], nodes[0]
            _pop(keys, nodes, size)
            size -= 1
            if here > cost[node]:
                continue
            for k in range(first[node], first[node + 1]):
                there = neighbour[k]
                value = here + weight[k]
                if value < cost[there] and value <= limit:
                    cost[there] = value
                    _push(keys, nodes, size, value, there)
                    size += 1


@kernel(nogil=True)
def reroute(
    first: Ints,
    neighbour: Ints,
    weight: Floats,
    back_first: Ints,
    back_neighbour: Ints,
    back_weight: Floats,
    cost: Floats,
    before: Ints,
    child_first: Ints,
    child: Ints,
    people: Floats,
    tails: Ints,
    flow: Floats,
    lost: Floats,
    extra: Floats,
) -> None:
    """Fill, for each link ``u -> before[u]`` of the tree of cheapest ways, what closing it costs the people.

    ``cost`` and ``before`` are those of :func:`spread` over the backward rows, so that ``before`` is the next node on
    the way to the nearest target; ``child[child_first[u]:child_first[u + 1]]`` are the nodes whose next one is ``u``.

    Only the nodes behind the link, the part of the tree that hangs on ``u``, can lose their way: the cheapest ways of
    all others do not use it, and taking a link away makes no way cheaper. Each node behind starts with its cheapest
    step out of the part, except over the closed link from ``u`` to ``before[u]``, and Dijkstra's algorithm within
    the part does the rest.
    """
    count = len(cost)
    inside = np.full(count, -1, np.int32)
    new = np.empty(count)
    part = np.empty(count, np.int32)
    keys = np.empty(len(neighbour) + count)
    nodes = np.empty(len(neighbour) + count, np.int32)
    for i in range(len(tails)):
        u = tails[i]
        part[0] = u
        inside[u] = i
        total, done = 1, 0
        while done < total:
            node = part[done]
            done += 1
            for k in range(child_first[node], child_first[node + 1]):
                inside[child[k]] = i
                part[total] = child[k]
                total += 1
        size = 0
        for j in range(total):
            node = part[j]
            new[node] = np.inf
            for k in range(first[node], first[node + 1]):
                there = neighbour[k]
                if inside[there] == i or (node == u and there == before[u]):
                    continue
                value = weight[k] + cost[there]
                if value < new[node]:
                    new[node] = value
            if new[node] < np.inf:
                _push(keys, nodes, size, new[node], node)
                size += 1
        while size > 0:
            here, node = keys[0], nodes[0]
            _pop(keys, nodes, size)
            size -= 1
            if here > new[node]:
                continue
            for k in range(back_first[node], back_first[node + 1]):
                there = back_neighbour[k]
                if inside[there] != i:
                    continue
                value = here + back_weight[k]
                if value < new[there]:
                    new[there] = value
                    _push(keys, nodes, size, value, there)
                    size += 1
        flow[i] = lost[i] = extra[i] = 0.0
        for j in range(total):
            node = part[j]
            flow[i] += people[node]
            if new[node] < np.inf:
                extra[i] += (new[node] - cost[node]) * people[node]
            else:
                lost[i] += people[node]
