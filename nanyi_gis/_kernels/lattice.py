"""Ways over a lattice of cells and headings: two best-first searches and the least steepest grade.

The lattice
-----------
A node is a cell of a raster, padded by a ring without heights as wide as the longest move, at one of the levels above
or below its ground. A state of the second search is a node with the move that led to it. A move leads to the cell at a
fixed offset; the ground under its inner points, a row or column apart, is that between the two cells beside them. A
span (bridge or tunnel) is a move done several times over in a straight line.

The searches
------------
``settle`` goes backwards from the end over nodes, ``advance`` forwards from the start over states. The first gives the
second its bound: what is left from a node if turns were free, exact where the first has been. Where it has not been, a
node costs at least ``frontier`` less the straight bound from the start, for else it would have been handled; that
keeps the bound consistent. Both keep a stored cost of zero for what was never reached, so that untouched memory
costs nothing, and a negative one for what has made its offers.

The queue
---------
An entry waits in bucket ``floor(key / width)`` of a wheel; keys beyond the wheel wait in its last bucket and are
put back when it is their turn. Buckets are emptied in rising order and an entry that is improved is entered
again, so the order within a bucket does not matter to the result.
"""

import math
from collections import namedtuple

import numpy as np

from . import kernel

WHEEL = 8192
TINY = 1e-30
CURRENT, WAITING, FREE, FREE_COUNT, HANDLED, LIMIT, BEYOND, STATE_SIZE = range(8)
DONE, MORE, GROW = range(3)
_LAST = 2.0**62
_SLACK = 1e-5  # for costs in single precision
_PACE = 0.01  # minutes a metre at 6 km/h, Tobler's greatest speed
_STEEP = 1.0 / 3.5  # slope at which a metre of height takes the least time

Queue = namedtuple("Queue", "items following head state")
"""Nodes of the entries, the entry after each, the first of each bucket, and the positions above."""

Lattice = namedtuple("Lattice", "offset rows first beside_a beside_b weight share lengths repeats")
"""Moves: index offset and rows; inner points ``first[k]`` to ``first[k + 1]`` with the two cells beside each and the
weight of the second; how much of a deviation counts; metres by sum of rows; and the longest span in moves."""

Rules = namedtuple("Rules", "grade deep earth bridge tunnel walk pace")
"""Greatest grade and deviation, price of earthwork, of bridges and tunnels (0 for none), walking, 1 / path factor."""

Target = namedtuple("Target", "row column height east south")
"""Where a straight bound leads, and the least metres of a column and a row."""


@kernel(nogil=True, inline="always")
def push(queue, node, key, inverse):  # type: ignore[no-untyped-def]
    """Enter a node; the caller sees to it that there is a free entry."""
    state = queue.state
    bucket = np.int64(min(key * inverse, _LAST))
    bucket = max(bucket, state[CURRENT])
    if bucket - state[CURRENT] >= WHEEL:
        bucket = state[CURRENT] + WHEEL - 1
        state[BEYOND] = 1
    slot = bucket & (WHEEL - 1)
    entry = state[FREE]
    state[FREE] = queue.following[entry]
    state[FREE_COUNT] -= 1
    state[WAITING] += 1
    queue.items[entry] = node
    queue.following[entry] = queue.head[slot]
    queue.head[slot] = entry


@kernel(nogil=True)
def _pop(queue):  # type: ignore[no-untyped-def]
    """Return the next node, or -1 if none is left before the limit."""
    state = queue.state
    if state[WAITING] == 0:
        return np.int64(-1)
    while queue.head[state[CURRENT] & (WHEEL - 1)] < 0:
        state[CURRENT] += 1
    if state[CURRENT] > state[LIMIT]:
        return np.int64(-1)
    slot = state[CURRENT] & (WHEEL - 1)
    entry = queue.head[slot]
    queue.head[slot] = queue.following[entry]
    queue.following[entry] = state[FREE]
    state[FREE] = entry
    state[FREE_COUNT] += 1
    state[WAITING] -= 1
    return queue.items[entry]


@kernel(nogil=True, inline="always")
def pace(slope):  # type: ignore[no-untyped-def]
    """Return Tobler's minutes a metre on a signed slope."""
    return _PACE * math.exp(3.5 * abs(slope + 0.05))


@kernel(nogil=True, inline="always")
def straight(distance, rise, rules):  # type: ignore[no-untyped-def]
    """Return a lower bound of any way over a distance and a rise: as steep as allowed, or as is quickest."""
    if not rules.walk:
        return max(distance, abs(rise) / rules.grade)
    if distance * _STEEP >= abs(rise):
        return distance * pace(rise / distance) * rules.pace if distance > 0.0 else 0.0
    return abs(rise) / _STEEP * pace(math.copysign(_STEEP, rise)) * rules.pace


@kernel(nogil=True, inline="always")
def _bound(cell, height, stride, target, rules):  # type: ignore[no-untyped-def]
    row = cell // stride
    across = (cell - row * stride - target.column) * target.east
    down = (row - target.row) * target.south
    return straight(math.sqrt(across * across + down * down), height - target.height, rules)


@kernel(nogil=True, inline="always")
def move_cost(z, origin, height, other, other_height, move, length, lattice, rules):  # type: ignore[no-untyped-def]
    """Return the cost of a move between two nodes, infinite if it breaks a rule.

    ``height`` and ``other_height`` are those of the road. On a road the cost is the metres, times one plus
    the price of earthwork times the mean deviation between road and ground.
    """
    if rules.walk:
        return _walking(z, origin, height, other_height, move, length, lattice) * rules.pace
    rise = other_height - height
    if not abs(rise) <= rules.grade * length * (1.0 + 1e-9):
        return np.inf
    first, last = lattice.first[move], lattice.first[move + 1]
    pieces = last - first + 1
    total = 0.5 * (abs(height - z[origin]) + abs(other_height - z[other]))
    for k in range(first, last):
        line = height + rise * (k - first + 1) / pieces
        deviation = abs(_between(z, origin, k, lattice) - line) * lattice.share[move]
        if not deviation <= rules.deep:
            return np.inf
        total += deviation
    return length * (1.0 + rules.earth * total / pieces)


@kernel(nogil=True)
def _walking(z, origin, height, other_height, move, length, lattice):  # type: ignore[no-untyped-def]
    """Return the minutes of a move over its inner points, infinite where one has no ground."""
    first, last = lattice.first[move], lattice.first[move + 1]
    pieces = last - first + 1
    total, before = 0.0, height
    for k in range(first, last):
        ground = _between(z, origin, k, lattice)
        if ground != ground:
            return np.inf
        if lattice.share[move] < 1.0:  # a corner of four cells: only whether there is a way
            return length * pace((other_height - height) / length)
        total += pace((ground - before) * pieces / length)
        before = ground
    return length * (total + pace((other_height - before) * pieces / length)) / pieces


@kernel(nogil=True, inline="always")
def _between(z, origin, point, lattice):  # type: ignore[no-untyped-def]
    """Return the ground at an inner point of a move."""
    weight = lattice.weight[point]
    return z[origin + lattice.beside_a[point]] * (1.0 - weight) + z[origin + lattice.beside_b[point]] * weight


@kernel(nogil=True)
def spans(z, origin, move, row, lattice, rules, prices):  # type: ignore[no-untyped-def]
    """Fill ``prices[j]`` with the cost of a span of j moves, negative for a tunnel, infinite where none stands.

    All lattice points between its ends lie below a bridge and above a tunnel. Returns the longest that was looked at.
    """
    height = float(z[origin])
    step = lattice.offset[move]
    uniform = lattice.lengths.shape[0] == 1
    steepest_up, steepest_down = -np.inf, np.inf
    for j in range(1, lattice.repeats[move] + 1):
        other = origin + j * step
        ground = float(z[other])
        if ground != ground:
            return j - 1
        length = j * lattice.lengths[0 if uniform else 2 * row + j * lattice.rows[move], move]
        slope = (ground - height) / length
        prices[j] = np.inf
        if j > 1 and abs(slope) <= rules.grade * (1.0 + 1e-9):
            if rules.bridge > 0.0 and slope > steepest_up:
                prices[j] = length * rules.bridge
            elif rules.tunnel > 0.0 and slope < steepest_down:
                prices[j] = -length * rules.tunnel
        steepest_up, steepest_down = max(steepest_up, slope), min(steepest_down, slope)
        bridges = rules.bridge > 0.0 and steepest_up < rules.grade
        tunnels = rules.tunnel > 0.0 and steepest_down > -rules.grade
        if not (bridges or tunnels):
            return j
    return lattice.repeats[move]


@kernel(nogil=True)
def settle(z, stride, lattice, shift, rules, start, target, margin, costs, inverse, batch, queue):  # type: ignore[no-untyped-def]
    """Go backwards from the end over nodes until ``start`` has been handled, and ``margin`` further.

    Parameters
    ----------
    z : float64[cells]
        Heights with their padding, NaN where there is no way.
    stride : int
        Columns with the padding.
    shift : float64[levels]
        Heights of the levels above the ground.
    start : int
        Node to reach.
    target : Target
        Where it is.
    margin : float
        Share of its cost by which the search goes on.
    costs : float64[nodes]
        Cost from each node to the end.
    """
    state, levels, ground = queue.state, shift.size, shift.size // 2
    moves = lattice.offset.size
    uniform = lattice.lengths.shape[0] == 1
    prices = np.empty(lattice.repeats.max() + 2)
    structures = rules.bridge > 0.0 or rules.tunnel > 0.0
    reserve = moves * (levels + (lattice.repeats.max() if structures else 0)) + 1
    least = _PACE * rules.pace if rules.walk else 1.0
    goal = state[HANDLED] + batch
    while state[HANDLED] < goal:
        if state[FREE_COUNT] < reserve:
            return GROW
        node = _pop(queue)
        if node < 0:
            return DONE
        here = costs[node]
        if here < 0.0:
            continue
        cell = node // levels
        level = node - cell * levels
        height = z[cell] + shift[level]
        if state[BEYOND] > 0:
            key = here + _bound(cell, height, stride, target, rules)
            if np.int64(min(key * inverse, _LAST)) > state[CURRENT]:
                push(queue, node, key, inverse)
                continue
        costs[node] = -here
        state[HANDLED] += 1
        if node == start:
            state[LIMIT] = np.int64(here * (1.0 + margin) * inverse) + 1
        row = cell // stride
        for move in range(moves):
            other = cell + lattice.offset[move]
            other_ground = z[other]
            if other_ground != other_ground:
                continue
            length = lattice.lengths[0 if uniform else 2 * row + lattice.rows[move], move]
            for other_level in range(levels):
                held = abs(costs[other * levels + other_level])
                if held > 0.0 and held <= here + length * least:
                    continue
                other_height = other_ground + shift[other_level]
                if rules.walk:
                    back = (move + moves // 2) % moves
                    price = move_cost(z, other, other_height, cell, height, back, length, lattice, rules)
                else:
                    price = move_cost(z, cell, height, other, other_height, move, length, lattice, rules)
                there = here + price
                if there < np.inf and (held == 0.0 or there < held):
                    costs[other * levels + other_level] = there
                    bound = _bound(other, other_height, stride, target, rules)
                    push(queue, other * levels + other_level, there + bound, inverse)
        if structures and level == ground:
            for move in range(moves):
                for j in range(2, spans(z, cell, move, row, lattice, rules, prices) + 1):
                    there = here + abs(prices[j])
                    other = cell + j * lattice.offset[move]
                    held = abs(costs[other * levels + ground])
                    if there < np.inf and (held == 0.0 or there < held):
                        costs[other * levels + ground] = there
                        bound = _bound(other, z[other], stride, target, rules)
                        push(queue, other * levels + ground, there + bound, inverse)
    return MORE


@kernel(nogil=True, inline="always")
def _left_over(node, cell, height, stride, costs, frontier, start, rules):  # type: ignore[no-untyped-def]
    """Return the bound of what is left from a node: what ``settle`` found, or that of its frontier."""
    settled = costs[node]
    return -settled if settled < 0.0 else max(frontier - _bound(cell, height, stride, start, rules), 0.0)


@kernel(nogil=True)
def advance(  # type: ignore[no-untyped-def]
    z, stride, lattice, shift, rules, turns, turn_first, turn_price, begin, end, costs, frontier, best, found, inverse,
    batch, queue,
):  # fmt: skip
    """Go forwards from the start over states until the end has been handled.

    Parameters
    ----------
    turns, turn_first : int64[...]
        Moves that may follow each move: ``turns[turn_first[k]:turn_first[k + 1]]``.
    turn_price : float64[...]
        What each of them costs more.
    begin : Target
        The start.
    end : int
        Node of the end.
    costs, frontier
        Of :func:`settle`, and the key that it has come to.
    best : float32[states]
        Cost from the start to each state.
    found : float64[1]
        Cost of the end, by a way that is known or found so far; dearer states are dropped.
    """
    state, levels, ground = queue.state, shift.size, shift.size // 2
    moves = lattice.offset.size
    uniform = lattice.lengths.shape[0] == 1
    prices = np.empty(lattice.repeats.max() + 2)
    structures = rules.bridge > 0.0 or rules.tunnel > 0.0
    reserve = moves * (levels + (lattice.repeats.max() if structures else 0)) + 1
    goal = state[HANDLED] + batch
    while state[HANDLED] < goal:
        if state[FREE_COUNT] < reserve:
            return GROW
        at = _pop(queue)
        if at < 0:
            return DONE
        here = float(best[at])
        if here < 0.0:
            continue
        node = at // moves
        cell = node // levels
        level = node - cell * levels
        height = z[cell] + shift[level]
        if state[BEYOND] > 0:
            key = here + _left_over(node, cell, height, stride, costs, frontier, begin, rules)
            if np.int64(min(key * inverse, _LAST)) > state[CURRENT]:
                push(queue, at, key, inverse)
                continue
        best[at] = -here
        state[HANDLED] += 1
        if node == end:
            continue
        came = at - node * moves
        row = cell // stride
        for turn in range(turn_first[came], turn_first[came + 1]):
            move, left_here = turns[turn], here + turn_price[turn]
            other = cell + lattice.offset[move]
            other_ground = z[other]
            if other_ground == other_ground:
                length = lattice.lengths[0 if uniform else 2 * row + lattice.rows[move], move]
                for other_level in range(levels):
                    other_node = other * levels + other_level
                    other_height = other_ground + shift[other_level]
                    if not abs(other_height - height) <= rules.grade * length * (1.0 + 1e-9):
                        continue
                    left = _left_over(other_node, other, other_height, stride, costs, frontier, begin, rules)
                    if left == np.inf or left_here + length + left > found[0] * (1.0 + _SLACK):
                        continue
                    held = abs(best[other_node * moves + move])
                    if held > 0.0 and held <= left_here + length:
                        continue
                    price = move_cost(z, cell, height, other, other_height, move, length, lattice, rules)
                    there = np.float32(left_here + price)
                    if there == np.inf:
                        continue
                    if (held == 0.0 or there < held) and there + left <= found[0] * (1.0 + _SLACK):
                        best[other_node * moves + move] = there
                        push(queue, other_node * moves + move, there + left, inverse)
                        if other_node == end and there < found[0]:
                            found[0] = there
                            state[LIMIT] = np.int64(there * inverse) + 1
            if structures and level == ground:
                for j in range(2, spans(z, cell, move, row, lattice, rules, prices) + 1):
                    there = np.float32(left_here + abs(prices[j]))
                    other_node = (cell + j * lattice.offset[move]) * levels + ground
                    held = abs(best[other_node * moves + move])
                    if there < np.inf and (held == 0.0 or there < held):
                        other = other_node // levels
                        left = _left_over(other_node, other, z[other], stride, costs, frontier, begin, rules)
                        if left == np.inf or there + left > found[0] * (1.0 + _SLACK):
                            continue
                        best[other_node * moves + move] = there
                        push(queue, other_node * moves + move, there + left, inverse)
                        if other_node == end and there < found[0]:
                            found[0] = there
                            state[LIMIT] = np.int64(there * inverse) + 1
    return MORE


@kernel(nogil=True)
def least_grade(z, stride, lattice, shift, rules, start, grades, inverse, batch, queue):  # type: ignore[no-untyped-def]
    """Go backwards from the end over nodes; ``grades`` gets the steepest grade of the least steep way from each."""
    state, levels, ground = queue.state, shift.size, shift.size // 2
    moves = lattice.offset.size
    uniform = lattice.lengths.shape[0] == 1
    prices = np.empty(lattice.repeats.max() + 2)
    structures = rules.bridge > 0.0 or rules.tunnel > 0.0
    reserve = moves * (levels + (lattice.repeats.max() if structures else 0)) + 1
    goal = state[HANDLED] + batch
    while state[HANDLED] < goal:
        if state[FREE_COUNT] < reserve:
            return GROW
        node = _pop(queue)
        if node < 0:
            return DONE
        here = grades[node]
        if here < 0.0:
            continue
        if np.int64(here * inverse) > state[CURRENT]:
            push(queue, node, here, inverse)
            continue
        grades[node] = -here
        state[HANDLED] += 1
        if node == start:
            return DONE
        cell = node // levels
        level = node - cell * levels
        height = z[cell] + shift[level]
        row = cell // stride
        for move in range(moves):
            other = cell + lattice.offset[move]
            if z[other] == z[other]:
                length = lattice.lengths[0 if uniform else 2 * row + lattice.rows[move], move]
                for other_level in range(levels):
                    other_height = z[other] + shift[other_level]
                    if move_cost(z, cell, height, other, other_height, move, length, lattice, rules) == np.inf:
                        continue
                    there = np.float32(max(here, abs(other_height - height) / length))
                    _offer(grades, queue, other * levels + other_level, there, inverse)
            if structures and level == ground:
                for j in range(2, spans(z, cell, move, row, lattice, rules, prices) + 1):
                    if prices[j] < np.inf:
                        other = cell + j * lattice.offset[move]
                        length = j * lattice.lengths[0 if uniform else 2 * row + j * lattice.rows[move], move]
                        there = np.float32(max(here, abs(z[other] - z[cell]) / length))
                        _offer(grades, queue, other * levels + ground, there, inverse)
    return MORE


@kernel(nogil=True)
def _offer(grades, queue, node, there, inverse):  # type: ignore[no-untyped-def]
    held = abs(grades[node])
    if held == 0.0 or there < held:
        grades[node] = there
        push(queue, node, there, inverse)
