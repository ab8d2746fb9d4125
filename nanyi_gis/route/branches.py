"""Roads that meet, taken apart into branches: the longest way first, each road in one of them."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from .neighbours import neighbours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Way = list[tuple[int, bool]]

_MOST_ENDS = 200  # of more ends the farthest pair is found by two searches
_LEAST_M = 1e-6  # a road of no length is a step all the same


def branches_of(u: Ints, v: Ints, length: Floats) -> list[Way]:
    """Return the ways into which roads fall, the longest first: the row of each road and whether it is run against.

    The shortest way between the two loose ends that are farthest apart is one branch; what remains is taken apart
    likewise, rings by themselves. A branch runs the way most of its metres are drawn.

    Parameters
    ----------
    u, v : array of int
        Nodes at the start and the end of each road, from 0.
    length : array of float
        Their metres.

    Examples
    --------
    A road 0-1-2 of 5 km, its second part drawn backwards, and a side road of 1 km at node 1:

    >>> branches_of(np.array([0, 2, 1]), np.array([1, 1, 3]), np.array([3000.0, 2000.0, 1000.0]))
    [[(0, False), (1, True)], [(2, False)]]
    """
    metres = np.maximum(length, _LEAST_M)
    found = [[(int(row), False)] for row in np.flatnonzero(u == v)]
    waiting = [np.flatnonzero(u != v)]
    while waiting:
        for rows in _apart(waiting.pop(), u, v):
            way = _longest(rows, u, v, metres)
            found.append(way)
            left = np.setdiff1d(rows, [row for row, _ in way])
            if len(left):
                waiting.append(left)
    found = [_as_drawn(way, metres) for way in found]
    return sorted(found, key=lambda way: (-round(_metres(way, metres), 3), min(way)[0]))


def _metres(way: Way, length: Floats) -> float:
    return float(sum(length[row] for row, _ in way))


def _as_drawn(way: Way, length: Floats) -> Way:
    """Return a way, turned round if most of its metres are drawn against it."""
    against = sum(length[row] for row, back in way if back)
    half = _metres(way, length) / 2.0
    turned = min(way)[1] if np.isclose(against, half) else against > half
    return [(row, not back) for row, back in reversed(way)] if turned else way


def _apart(rows: Ints, u: Ints, v: Ints) -> Iterator[Ints]:
    """Return the connected parts of some roads."""
    if not len(rows):
        return
    _, ends = np.unique(np.concatenate([u[rows], v[rows]]), return_inverse=True)
    start, end = np.split(ends, 2)
    size = int(ends.max()) + 1
    count, label = connected_components(neighbours(start, end, size), False)
    for part in range(count):
        yield rows[label[start] == part]


def _longest(rows: Ints, u: Ints, v: Ints, length: Floats) -> Way:
    """Return the longest of the shortest ways between loose ends of roads that are joined, or a ring of them."""
    nodes, ends = np.unique(np.concatenate([u[rows], v[rows]]), return_inverse=True)
    start, end = np.split(ends, 2)
    odd = np.flatnonzero(np.bincount(ends) % 2)
    if not len(odd):
        back = _way(rows[1:], start[1:], end[1:], length, int(end[0]), int(start[0]), len(nodes))
        return [(int(rows[0]), False), *back]
    matrix = _matrix(start, end, length[rows], len(nodes))
    if len(odd) > _MOST_ENDS:
        first = odd[:1]
        first = odd[[int(np.argmax(dijkstra(matrix, False, first)[0, odd]))]]
    else:
        first = odd
    distance = dijkstra(matrix, False, first)[:, odd]
    a, b = np.unravel_index(int(np.argmax(np.round(distance, 3))), distance.shape)
    return _way(rows, start, end, length, int(first[a]), int(odd[b]), len(nodes))


def _matrix(start: Ints, end: Ints, length: Floats, size: int) -> csr_array:
    """Return the lengths between neighbours, the least of several."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    order = np.lexsort((length, high, low))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    kept = order[fresh]
    return neighbours(low[kept], high[kept], size, length[kept])


def _way(rows: Ints, start: Ints, end: Ints, length: Floats, first: int, last: int, size: int) -> Way:
    """Return the shortest way from one node to another."""
    before = dijkstra(_matrix(start, end, length[rows], size), False, [first], return_predecessors=True)[1][0]
    shortest: dict[tuple[int, int], int] = {}
    for i in np.argsort(length[rows], kind="stable")[::-1].tolist():
        shortest[int(start[i]), int(end[i])] = shortest[int(end[i]), int(start[i])] = i
    way: Way = []
    at = last
    while at != first:
        i = shortest[int(before[at]), at]
        way.append((int(rows[i]), bool(start[i] == at)))
        at = int(before[at])
    return way[::-1]
