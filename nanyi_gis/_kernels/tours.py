"""Round trips and single ways of most prize: stops put in where they cost least, cut out, and put in anew."""

import numpy as np
import numpy.typing as npt

from . import kernel
from .graph import _push
from .prizes import _collect, _gain, _settle

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_NOTHING = 1e-9


@kernel(nogil=True)
def _around(cost: Floats, order: Ints, size: int) -> float:
    total = 0.0
    for i in range(size):
        total += cost[order[i], order[(i + 1) % size]]
    return total


@kernel(nogil=True)
def _shorten(cost: Floats, order: Ints, size: int) -> None:
    """Turn stretches round (2-opt) and move up to three stops elsewhere (or-opt) until nothing gets shorter."""
    moved = np.empty(3, np.int64)
    better = size > 3
    while better:
        better = False
        for i in range(size - 1):
            for j in range(i + 2, size):
                a, b, c, d = order[i], order[i + 1], order[j], order[(j + 1) % size]
                if d != a and cost[a, c] + cost[b, d] < cost[a, b] + cost[c, d] - 1e-7:
                    order[i + 1 : j + 1] = order[i + 1 : j + 1][::-1].copy()
                    better = True
        for many in range(1, min(4, size - 2)):
            for i in range(size):
                before, first = order[(i - 1) % size], order[i]
                last, after = order[(i + many - 1) % size], order[(i + many) % size]
                saved = cost[before, first] + cost[last, after] - cost[before, after]
                if saved <= 1e-7:
                    continue
                top, at, turned = saved - 1e-7, -1, False
                for k in range(size - many - 1):
                    u, v = order[(i + many + k) % size], order[(i + many + k + 1) % size]
                    for turn in range(2):
                        near, far = (last, first) if turn else (first, last)
                        extra = cost[u, near] + cost[far, v] - cost[u, v]
                        if extra < top:
                            top, at, turned = extra, k, turn == 1
                if at < 0:
                    continue
                for k in range(many):
                    moved[k] = order[(i + many - 1 - k) % size] if turned else order[(i + k) % size]
                rest = np.empty(size - many, np.int64)
                for k in range(size - many):
                    rest[k] = order[(i + many + k) % size]
                order[: at + 1] = rest[: at + 1]
                order[at + 1 : at + 1 + many] = moved[:many]
                order[at + 1 + many : size] = rest[at + 1 :]
                better = True


@kernel(nogil=True)
def _put_in(
    cost: Floats, value: Floats, group: Ints, weight: Floats, power: float, budget: float, order: Ints, size: int,
    inside: Bools, best: Floats,
) -> int:  # fmt: skip
    """Put stops in, each where it costs least, by most (gain x weight) / cost ** power; return how many there are."""
    count = len(value)
    spent = _around(cost, order, size)
    while True:
        top, target, place, price = 0.0, -1, 0, 0.0
        for stop in range(count):
            gain = value[stop] - best[group[stop]]
            if inside[stop] or gain <= 0.0:
                continue
            least, at = np.inf, 0
            for i in range(size):
                u, v = order[i], order[(i + 1) % size]
                extra = cost[u, stop] + cost[stop, v] - cost[u, v]
                if extra < least:
                    least, at = extra, i
            score = gain * weight[stop] / (max(least, 0.0) + 1e-6) ** power
            if spent + least <= budget and score > top:
                top, target, place, price = score, stop, at, least
        if target < 0:
            return size
        for i in range(size, place + 1, -1):
            order[i] = order[i - 1]
        order[place + 1] = target
        inside[target] = True
        best[group[target]] = max(best[group[target]], value[target])
        spent += price
        size += 1


@kernel(nogil=True)
def _cut_out(order: Ints, size: int, held: Bools, inside: Bools, share: float) -> int:
    """Take stops out, a stretch of them or here and there; those that are held stay, and at least one."""
    most = max(1, int(share * size))
    at, stretch = np.random.randint(0, size), np.random.random() < 0.6  # noqa: NPY002 (seeded by the caller)
    for k in range(most):
        stop = order[(at + k) % size] if stretch else order[np.random.randint(0, size)]  # noqa: NPY002
        inside[stop] = held[stop]
    kept = 0
    for i in range(size):
        if inside[order[i]]:
            order[kept] = order[i]
            kept += 1
    if kept == 0:
        inside[order[0]] = True
        kept = 1
    return kept


@kernel(nogil=True)
def _shed(value: Floats, group: Ints, held: Bools, order: Ints, size: int, inside: Bools, best: Floats) -> int:
    """Take stops out that add nothing to the best of their groups; fill ``best``."""
    leader = np.full(len(best), -1)
    best[:] = 0.0
    for i in range(size):
        stop = order[i]
        if value[stop] > best[group[stop]]:
            best[group[stop]], leader[group[stop]] = value[stop], stop
    kept = 0
    for i in range(size):
        stop = order[i]
        if held[stop] or leader[group[stop]] == stop or size == 1:
            order[kept] = stop
            kept += 1
        else:
            inside[stop] = False
    if kept == 0:
        inside[order[0]] = True
        kept = 1
    return kept


@kernel(nogil=True)
def improve_loop(
    cost: Floats, value: Floats, group: Ints, held: Bools, budget: float, rounds: int, seed: int, order: Ints, size: int
) -> int:
    """Improve a round trip so many times; return its number of stops, or 0 if those it must hold do not fit.

    ``cost`` is from stop to stop, ``value`` and ``group`` are of the stops, of each group the largest counts, and
    ``order[:size]`` are the stops of the trip at first, those ``held`` among them. ``order`` is changed.
    """
    np.random.seed(seed)  # noqa: NPY002 (the compiled generator)
    count = len(value)
    groups = int(group.max()) + 1
    best, noise, inside = np.zeros(groups), np.ones(count), np.zeros(count, np.bool_)
    _shorten(cost, order, size)
    length = _around(cost, order, size)
    if length > budget:
        return 0
    here, now_size = order.copy(), size
    inside[order[:size]] = True
    _shed(value, group, held, here, now_size, inside, best)
    now, now_length = -1.0, np.inf
    top, top_length, top_size = -1.0, np.inf, size
    for turn in range(rounds):
        stops, many = here.copy(), now_size
        inside[:] = False
        inside[stops[:many]] = True
        if turn:
            many = _cut_out(stops, many, held, inside, 0.05 + 0.5 * np.random.random() ** 2)  # noqa: NPY002
        many = _shed(value, group, held, stops, many, inside, best)
        for i in range(count):
            noise[i] = 0.3 + np.random.random() if turn else 1.0  # noqa: NPY002
        power = 0.3 + 1.0 * np.random.random()  # noqa: NPY002
        for _ in range(8):
            before = many
            _shorten(cost, stops, many)
            many = _put_in(cost, value, group, noise, power, budget, stops, many, inside, best)
            if many == before:
                break
        many = _shed(value, group, held, stops, many, inside, best)
        reached, length = best.sum(), _around(cost, stops, many)
        heat = 0.02 * max(top, 0.0) * (1.0 - turn / rounds)
        level = now - heat * np.random.random()  # noqa: NPY002
        if length <= budget and (reached > level + _NOTHING or (reached >= level and length <= now_length)):
            here[:], now_size, now, now_length = stops, many, reached, length
            if reached > top + _NOTHING or (reached > top - _NOTHING and length < top_length - 1e-6):
                order[:], top, top_length, top_size = stops, reached, length, many
    return top_size


@kernel(nogil=True)
def _from(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, blocked: Bools, start: int, limit: float,
    cost: Floats, before: Ints, via: Ints,
) -> None:  # fmt: skip
    """Fill the least lengths from a node past those that are blocked."""
    keys = np.empty(len(neighbour) + len(cost) + 1)
    heap = np.empty(len(neighbour) + len(cost) + 1, np.int32)
    for node in range(len(cost)):
        cost[node] = -np.inf if blocked[node] else np.inf
    cost[start] = 0.0
    before[start] = -1
    _push(keys, heap, 0, 0.0, start)
    _settle(first, neighbour, edge, length, cost, before, via, keys, heap, 1, limit)


@kernel(nogil=True)
def _reaches(cost: Floats, node: int) -> bool:
    return bool(0.0 < cost[node] < np.inf)


@kernel(nogil=True)
def _lengthen(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, entry: Ints, group: Ints, value: Floats, noise: Floats,
    power: float, budget: float, path: Ints, size: int, spent: float, inside: Bools, best: Floats, cost: Floats,
    before: Ints, via: Ints, line: Ints,
) -> tuple[int, float]:  # fmt: skip
    """Lead a path on from its last node, by the way of most gain / length ** power, until none fits."""
    while True:
        end = path[size - 1]
        _from(first, neighbour, edge, length, inside, end, budget - spent, cost, before, via)
        top, target = 0.0, -1
        for node in range(len(cost)):
            if not _reaches(cost, node) or entry[node] == entry[node + 1]:
                continue
            gain = _gain(node, entry, group, value, best)
            if gain <= 0.0:
                continue
            step = before[node]
            while step != end:
                gain += _gain(step, entry, group, value, best)
                step = before[step]
            score = gain * noise[node] / (cost[node] + 1e-6) ** power
            if score > top:
                top, target = score, node
        if target < 0:
            return size, spent
        spent += cost[target]
        steps, node = 0, target
        while node != end:
            steps += 1
            node = before[node]
        node = target
        for k in range(steps, 0, -1):
            path[size - 1 + k] = node
            line[size - 2 + k] = via[node]
            inside[node] = True
            _collect(node, entry, group, value, best)
            node = before[node]
        size += steps


@kernel(nogil=True)
def _bridge(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, entry: Ints, group: Ints, value: Floats, noise: Floats,
    power: float, limit: float, start: int, end: int, inside: Bools, best: Floats, way: Ints, over: Ints,
) -> int:  # fmt: skip
    """Fill a way between two nodes past a site of most gain for its length, or the shortest; return its steps.

    ``way`` gets the nodes after ``start``, ``end`` the last of them, and ``over`` the edges; 0 steps where
    no way is short enough.
    """
    count = len(first) - 1
    inside[end] = False
    near, up, via = np.empty(count), np.empty(count, np.int64), np.empty(count, np.int64)
    _from(first, neighbour, edge, length, inside, start, limit, near, up, via)
    inside[end] = True
    far, back, line = np.empty(count), np.empty(count, np.int64), np.empty(count, np.int64)
    _from(first, neighbour, edge, length, inside, end, limit, far, back, line)
    if not _reaches(near, end):
        return 0
    top, target = 0.0, -1
    seen = np.zeros(count, np.bool_)
    for node in range(count):
        if not _reaches(near, node) or not _reaches(far, node):
            continue
        if entry[node] == entry[node + 1] or near[node] + far[node] > limit:
            continue
        gain = _gain(node, entry, group, value, best)
        if gain <= 0.0:
            continue
        score = gain * noise[node] / (max(near[node] + far[node] - near[end], 0.0) + 1e-6) ** power
        if score <= top:
            continue
        step, clear = up[node], True
        while step != start:
            seen[step] = True
            step = up[step]
        step = node
        while step != end:
            step = back[step]
            clear &= not seen[step]
        step = up[node]
        while step != start:
            seen[step] = False
            step = up[step]
        if clear:
            top, target = score, node
    middle = end if target < 0 else target
    steps, node = 0, middle
    while node != start:
        steps += 1
        node = up[node]
    node = middle
    for k in range(steps - 1, -1, -1):
        way[k], over[k] = node, via[node]
        node = up[node]
    node = middle
    while node != end:
        over[steps] = line[node]
        node = back[node]
        way[steps] = node
        steps += 1
    return steps


@kernel(nogil=True)
def improve_line(
    first: Ints, neighbour: Ints, edge: Ints, length: Floats, entry: Ints, group: Ints, value: Floats, fixed: bool,
    budget: float, rounds: int, seed: int, path: Ints, line: Ints,
) -> int:  # fmt: skip
    """Improve a way that passes no node twice so many times, from ``path[0]``; return how many nodes it has.

    Graph and prizes are as in :func:`nanyi_gis._kernels.prizes.grow`. Where the start is ``fixed`` it stays the first.
    ``path`` gets the nodes and ``line`` the edges between them.
    """
    np.random.seed(seed)  # noqa: NPY002 (the compiled generator)
    count = len(first) - 1
    groups = 1
    for i in range(len(group)):
        groups = max(groups, group[i] + 1)
    best, noise, inside = np.zeros(groups), np.ones(count), np.zeros(count, np.bool_)
    cost, before, via = np.empty(count), np.empty(count, np.int64), np.empty(count, np.int64)
    here, lines, now_size = path.copy(), line.copy(), 1
    way, over = np.empty(count + 1, np.int64), np.empty(count + 1, np.int64)
    now, now_length, top, top_length, top_size = -1.0, np.inf, -1.0, np.inf, 1
    for turn in range(rounds):
        nodes, steps, size = here.copy(), lines.copy(), now_size
        if not fixed and np.random.random() < 0.5:  # noqa: NPY002
            nodes[:size] = nodes[:size][::-1].copy()
            steps[: size - 1] = steps[: size - 1][::-1].copy()
        cut = 1 + int((0.05 + 0.6 * np.random.random() ** 2) * size)  # noqa: NPY002
        i = np.random.randint(0, size)  # noqa: NPY002
        j = i + cut
        inside[:] = False
        tail = size - j if j < size else 0
        inside[nodes[: i + 1]] = True
        if tail:
            inside[nodes[j:size]] = True
        best[:] = 0.0
        spent = 0.0
        for k in range(size):
            if inside[nodes[k]]:
                _collect(nodes[k], entry, group, value, best)
            if k < i or (tail and j <= k < size - 1):
                spent += length[steps[k]]
        for k in range(count):
            noise[k] = 0.3 + np.random.random()  # noqa: NPY002
        power = 0.3 + 1.0 * np.random.random()  # noqa: NPY002
        if tail:
            ends, rest = nodes[j:size].copy(), steps[j : size - 1].copy()
            added = _bridge(
                first, neighbour, edge, length, entry, group, value, noise, power, budget - spent, nodes[i], ends[0],
                inside, best, way, over,
            )  # fmt: skip
            if added == 0:
                continue
            for k in range(added):
                nodes[i + 1 + k], steps[i + k] = way[k], over[k]
                inside[way[k]] = True
                _collect(way[k], entry, group, value, best)
                spent += length[over[k]]
            nodes[i + added : i + added + tail] = ends
            steps[i + added : i + added + tail - 1] = rest
            size = i + added + tail
        else:
            size = i + 1
        size, spent = _lengthen(
            first, neighbour, edge, length, entry, group, value, noise, power, budget, nodes, size, spent, inside,
            best, cost, before, via, steps,
        )  # fmt: skip
        if not fixed:
            nodes[:size] = nodes[:size][::-1].copy()
            steps[: size - 1] = steps[: size - 1][::-1].copy()
            size, spent = _lengthen(
                first, neighbour, edge, length, entry, group, value, noise, power, budget, nodes, size, spent, inside,
                best, cost, before, via, steps,
            )  # fmt: skip
        reached = best.sum()
        heat = 0.02 * max(top, 0.0) * (1.0 - turn / rounds)
        level = now - heat * np.random.random()  # noqa: NPY002
        if spent <= budget and (reached > level + _NOTHING or (reached >= level and spent <= now_length)):
            here[:], lines[:], now_size, now, now_length = nodes, steps, size, reached, spent
            if reached > top + _NOTHING or (reached > top - _NOTHING and spent < top_length - 1e-6):
                path[:], line[:], top, top_length, top_size = nodes, steps, reached, spent, size
    return top_size
