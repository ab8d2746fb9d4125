"""Least time over a grid with sparse extra links: an exact bucket queue over plain arrays.

The graph
---------
Nodes are the cells of a raster padded by a ring of untraversable cells, numbered row by row,
followed by any number of extra nodes. Edges are the eight moves between neighbouring cells and
the links of a compressed sparse row list. Edge times are never negative.

The queue
---------
A tentative time ``t`` waits in bucket ``floor(t / width)``. Buckets are emptied in rising order;
an entry that lands in the bucket being emptied is handled in the same round.

Why the result is exact, for any width. The bucket number is a non-decreasing function of ``t`` and
an edge never lowers ``t``, so an entry is never put into a bucket before the current one. Claim:
when bucket ``b`` has become empty, every node whose true time falls in a bucket up to ``b`` holds
that time and has offered it to its neighbours. By induction along a shortest path: the
predecessor's true time is not above the node's, so it lies in a bucket up to ``b`` and has offered;
the offer is the node's true time, was stored (or equalled what was), and the entry made by that store
sits in the bucket of the true time, which has been emptied. An entry is skipped only if the node has
already offered the value that it now holds (the sign of the stored time says so; a better value
clears the sign).

Why the width is the smallest time of a move. If ``width`` is not above any edge time, an offer made
from bucket ``b`` is at least ``b * width + width`` and lands in a later bucket. The values in a bucket
are then final when it is opened, and each node makes its offers once. Shorter links (fast
roads), or a rounding at the edge of a bucket, only cost a second offer now and then, never exactness.

Why rounding does no harm. The bucket is computed from the stored number itself, after rounding to
the type of the array. Computed from the unrounded sum, an entry could sit one bucket before or after the one
in which its stored value is looked for, and be lost. Multiplication by ``1 / width`` and truncation are monotone
in floating point, which is all that the proof uses. Times are kept in double precision: in single
precision, equal steps round in the same direction, and at 2,000 minutes a 10 m step of 0.2 minutes
would be wrong by up to 3 parts in 10,000 each time.

Times far ahead wait in one overflow chain, dealt out when the wheel of buckets gets there.
"""

import math

import numpy as np
import numpy.typing as npt

from . import kernel

Float = npt.NDArray[np.float64]
Surface = npt.NDArray[np.float32]
Int = npt.NDArray[np.int64]
Nodes = npt.NDArray[np.integer]
Owner = npt.NDArray[np.int32]

CHUNK = 64
WHEEL = 4096
TABLE_STEPS = 256
TABLE_SIZE = 2 * TABLE_STEPS
TINY = 1e-300  # stands for zero, whose sign cannot carry the mark
_LAST_BUCKET = 2.0**61

# Positions in the state vector
CURRENT, IN_WHEEL, IN_OVERFLOW, OVERFLOW_FIRST, FREE, OFFERED, CHUNKS_FREE, TOUCHED, STATE_SIZE = range(9)
DONE, MORE, GROW = range(3)


@kernel(nogil=True)
def _pace(excess: float, table: Float) -> float:
    """Minutes a metre at full speed for ``excess = |slope + 0.05|``: the nearest knot times exp of the rest.

    The rest is at most 3.5 / 512, so that the cubic of exp is within 1e-10 of it.
    """
    place = excess * TABLE_STEPS + 0.5
    if place < TABLE_SIZE:
        knot = int(place)
        rest = 3.5 * (excess - knot / TABLE_STEPS)
        return float(table[knot] * (1.0 + rest * (1.0 + rest * (0.5 + rest * (1.0 / 6.0)))))
    return float(0.01 * math.exp(3.5 * excess))


@kernel(nogil=True)
def _push(
    node: int,
    time: float,
    inverse_width: float,
    items: Nodes,
    following: Owner,
    head: Owner,
    fill: Owner,
    state: Int,
) -> None:
    """Enter ``node`` into the bucket of ``time``; a slot without chunk counts as full."""
    bucket = np.int64(min(time * inverse_width, _LAST_BUCKET))
    if bucket - state[CURRENT] < WHEEL:
        slot = bucket & (WHEEL - 1)
        state[IN_WHEEL] += 1
    else:
        slot = np.int64(WHEEL)
        state[IN_OVERFLOW] += 1
        state[OVERFLOW_FIRST] = min(state[OVERFLOW_FIRST], bucket)
    used = fill[slot]
    if used == CHUNK:
        fresh = state[FREE]
        state[FREE] = following[fresh]
        state[CHUNKS_FREE] -= 1
        following[fresh] = head[slot]
        head[slot] = fresh
        used = 0
    items[head[slot], used] = node
    fill[slot] = used + 1


@kernel(nogil=True)
def _deal_overflow(
    times: Float,
    inverse_width: float,
    items: Nodes,
    following: Owner,
    head: Owner,
    fill: Owner,
    state: Int,
) -> None:
    """Put every waiting entry that the wheel now reaches into it; drop the ones that are done."""
    chunk, count = head[WHEEL], fill[WHEEL]
    head[WHEEL], fill[WHEEL] = -1, CHUNK
    state[IN_OVERFLOW] = 0
    state[OVERFLOW_FIRST] = np.iinfo(np.int64).max
    while chunk >= 0:
        for place in range(count):
            node = items[chunk, place]
            if times[node] > 0.0:
                _push(node, times[node], inverse_width, items, following, head, fill, state)
        after = following[chunk]
        following[chunk] = state[FREE]
        state[FREE] = chunk
        state[CHUNKS_FREE] += 1
        chunk, count = after, CHUNK


@kernel(nogil=True)
def _next_bucket(
    times: Float,
    inverse_width: float,
    items: Nodes,
    following: Owner,
    head: Owner,
    fill: Owner,
    state: Int,
) -> bool:
    """Advance to a bucket with entries; False if none is left."""
    while head[state[CURRENT] & (WHEEL - 1)] < 0:
        if state[IN_WHEEL] == 0:
            if state[IN_OVERFLOW] == 0:
                return False
            state[CURRENT] = state[OVERFLOW_FIRST]
        else:
            state[CURRENT] += 1
        if state[CURRENT] >= state[OVERFLOW_FIRST]:
            _deal_overflow(times, inverse_width, items, following, head, fill, state)
    return True


@kernel(nogil=True)
def seed(
    nodes: Int,
    starts: Float,
    owners: Owner,
    times: Float,
    owner: Owner,
    limit: float,
    inverse_width: float,
    items: Nodes,
    following: Owner,
    head: Owner,
    fill: Owner,
    state: Int,
) -> None:
    """Enter the sources: ``times`` and ``owner`` at ``nodes`` become the least of ``starts``.

    The pool must have a free chunk for each slot of the wheel, and one for each CHUNK sources.
    """
    for i in range(nodes.size):
        start = max(starts[i], TINY)
        if start <= limit and start < times[nodes[i]]:
            times[nodes[i]] = start
            if owner.size:
                owner[nodes[i]] = owners[i]
            _push(nodes[i], start, inverse_width, items, following, head, fill, state)


@kernel(nogil=True)
def advance(
    surface: Surface,
    times: Float,
    owner: Owner,
    cells: int,
    width_cells: int,
    steps: Float,
    least: Float,
    walk: bool,
    sign: float,
    unit: float,
    table: Float,
    walls: bool,
    link_nodes: Int,
    link_start: Int,
    link_to: Int,
    link_time: Float,
    linked: npt.NDArray[np.uint8],
    inverse_width: float,
    limit: float,
    batch: int,
    items: Nodes,
    following: Owner,
    head: Owner,
    fill: Owner,
    state: Int,
) -> int:
    """Empty buckets until about ``batch`` nodes have made their offers.

    Parameters
    ----------
    surface : float32[cells]
        Heights (``walk``) or cost a metre; NaN for nodata, infinite for barriers.
    times : float64[cells + extra nodes]
        Least times so far; negative once the node has offered its value.
    owner : int32[cells + extra nodes] or int32[0]
        Number of the source that each node is reached from, kept if not empty.
    cells, width_cells : int
        Number of padded cells, and of columns with the padding.
    steps, least : float64[rows or 1, 8]
        Map distance of each move (W, E, N, S, NW, NE, SW, SE), and a lower bound of its time.
    walk, sign, unit : bool, float, float
        Tobler's pace or mean cost; +1 travels from the sources, -1 towards them; 1 / path factor.
    table : float64[TABLE_SIZE]
        Pace in minutes a metre by ``|slope + 0.05|``, in knots of 1 / TABLE_STEPS.
    walls : bool
        Whether ``surface`` holds barriers, so that diagonal moves between two need checking.
    link_nodes, link_start, link_to, link_time, linked
        Links by node: sorted nodes, first link of each (and the end), targets, minutes; and one bit a
        node that says whether it has any.
    inverse_width, limit : float
        One over the bucket width; the longest time kept.
    batch : int
        Offers after which to return to the caller.

    Returns
    -------
    int
        DONE, MORE, or GROW when the pool of chunks is too small to go on safely.
    """
    offsets = np.array(
        [-1, 1, -width_cells, width_cells, -width_cells - 1, 1 - width_cells, width_cells - 1, width_cells + 1],
        dtype=np.int64,
    )
    uniform = steps.shape[0] == 1
    inverse_steps = sign / steps
    full_steps = steps * unit if walk else steps * 0.5
    degree = 0
    for i in range(link_nodes.size):
        degree = max(degree, link_start[i + 1] - link_start[i])
    reserve = CHUNK * (8 + degree) + 8
    goal = state[OFFERED] + batch
    while state[OFFERED] < goal:
        if state[CHUNKS_FREE] < reserve + state[IN_OVERFLOW]:
            return GROW
        if not _next_bucket(times, inverse_width, items, following, head, fill, state):
            return DONE
        current = state[CURRENT]
        slot = current & (WHEEL - 1)
        chunk, count = head[slot], fill[slot]
        head[slot], fill[slot] = following[chunk], CHUNK
        state[TOUCHED] += _fetch(items, chunk, count, surface, times, cells, width_cells)
        # The scalars of the state live in local variables while one chunk is handled, and the entry of an offer is
        # written out below instead of calling _push: both double the speed.
        free, chunks_free, overflow_first = state[FREE], state[CHUNKS_FREE], state[OVERFLOW_FIRST]
        in_wheel = state[IN_WHEEL] - count
        in_overflow = state[IN_OVERFLOW]
        offered = 0
        for place in range(count):
            node = int(items[chunk, place])
            here = times[node]
            if here < 0.0:
                continue
            times[node] = -here
            offered += 1
            height, row, link, moves = 0.0, 0, 0, 8
            if node < cells:
                height = float(surface[node])
                row = 0 if uniform else node // width_cells
            if link_nodes.size > 0 and linked[node >> 3] >> (node & 7) & 1:
                first = np.searchsorted(link_nodes, node)
                link = int(link_start[first]) - 8
                moves = int(link_start[first + 1]) - link
            for k in range(0 if node < cells else 8, moves):
                if k < 8:
                    other = np.uint64(node + offsets[k])
                    held = abs(times[other])
                    if held <= here + least[row, k]:
                        continue
                    if walk:
                        slope = (surface[other] - height) * inverse_steps[row, k]
                        there = here + full_steps[row, k] * _pace(abs(slope + 0.05), table)
                    else:
                        there = here + full_steps[row, k] * (height + surface[other])
                else:
                    other = np.uint64(link_to[link + k])
                    held = abs(times[other])
                    there = here + link_time[link + k]
                if there < held and there <= limit:
                    if walls and 4 <= k < 8 and _between_walls(surface, node, k, width_cells):
                        continue
                    times[other] = there
                    if owner.size:
                        owner[other] = owner[node]
                    bucket = np.int64(min(there * inverse_width, _LAST_BUCKET))
                    if bucket - current < WHEEL:
                        target = bucket & (WHEEL - 1)
                        in_wheel += 1
                    else:
                        target = np.int64(WHEEL)
                        in_overflow += 1
                        overflow_first = min(overflow_first, bucket)
                    used = fill[target]
                    if used == CHUNK:
                        fresh = free
                        free = following[fresh]
                        chunks_free -= 1
                        following[fresh] = head[target]
                        head[target] = fresh
                        used = 0
                    items[head[target], used] = other
                    fill[target] = used + 1
        following[chunk] = free
        state[FREE], state[CHUNKS_FREE], state[OVERFLOW_FIRST] = chunk, chunks_free + 1, overflow_first
        state[IN_WHEEL], state[IN_OVERFLOW] = in_wheel, in_overflow
        state[OFFERED] += offered
    return MORE


@kernel(nogil=True)
def _fetch(items: Nodes, chunk: int, count: int, surface: Surface, times: Float, cells: int, width_cells: int) -> int:
    """Touch the rows above and below a chunk's cells, so that the processor waits for memory once and not 64 times.

    The number returned only keeps the compiler from dropping the loads.
    """
    touched = 0
    for place in range(count):
        node = np.int64(items[chunk, place])
        if node < cells:
            above, below = np.uint64(node - width_cells), np.uint64(node + width_cells)
            touched += times[above] + times[below] + surface[above] + surface[below] > 0.0
    return touched


@kernel(nogil=True)
def _between_walls(surface: Surface, node: int, k: int, width_cells: int) -> bool:
    """Tell whether diagonal move ``k`` slips between two barriers, or a barrier and nodata."""
    one = surface[node + (1 if k & 1 else -1)]
    two = surface[node + (-width_cells if k < 6 else width_cells)]
    return not (math.isfinite(one) or math.isfinite(two)) and (math.isinf(one) or math.isinf(two))


@kernel(nogil=True)
def finish(times: Float, rows: int, columns: int, out: Surface) -> None:
    """Copy the cells without their padding into ``out`` as float32, marks removed."""
    for row in range(rows):
        base = (row + 1) * (columns + 2) + 1
        for column in range(columns):
            out[row, column] = abs(times[base + column])
