"""Vertices that are one place, and points near enough to become one."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRAIN = 1e-3
"""Metres within which vertices are one place: above the noise of projections, below OSM's grid of a centimetre."""


def ends_of(line: Ints) -> Bools:
    """Return which vertices are the first or last of their line, from the line of each vertex.

    >>> ends_of(np.array([0, 0, 0, 1, 1])).tolist()
    [True, False, True, True, True]
    """
    change = line[1:] != line[:-1]
    ends: Bools = np.concatenate([[True], change]) | np.concatenate([change, [True]])
    return ends


def distinct(values: Ints) -> Ints:
    """Return the distinct values, sorted: as ``np.unique``, but by sorting, which is quicker for millions of keys."""
    ordered = np.sort(values)
    fresh = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    found: Ints = ordered[fresh[: len(ordered)]]
    return found


def places_of(xy: Floats) -> tuple[Ints, Floats]:
    """Return the number of each vertex's place, and where the places are, from west to east.

    Vertices are one place if they lie within a millimetre of each other in both axes, all of them.

    >>> places_of(np.array([[5.0, 0.0], [0.0, 0.0], [5.0, 1e-7]]))[0].tolist()
    [1, 0, 1]
    """
    # In each axis a gap wider than the grain parts the values into runs; what is near in both shares both runs.
    column, row = _runs(xy[:, 0]), _runs(xy[:, 1])
    _, place = np.unique(column * (int(row.max(initial=0)) + 1) + row, return_inverse=True)
    place, where, wide = _grouped(xy, place.ravel())
    if wide.any():
        # Runs can be chains that are longer than the grain; those are taken apart.
        chained = np.flatnonzero(wide[place])
        points, number = np.unique(xy[chained], axis=0, return_inverse=True)
        pairs = cKDTree(points).query_pairs(GRAIN, output_type="ndarray").astype(np.int64)
        place = place.copy()
        place[chained] = len(where) + merged(points, pairs, GRAIN)[number.ravel()]
        order = np.lexsort((xy[:, 1], xy[:, 0], place))
        first = order[np.flatnonzero(np.diff(place[order], prepend=-1))]
        rank = np.empty(int(place.max()) + 1, dtype=np.int64)
        by_place = np.lexsort((xy[first, 1], xy[first, 0]))
        rank[place[first[by_place]]] = np.arange(len(first))
        place, where = rank[place], xy[first[by_place]]
    return place, where


def _runs(values: Floats) -> Ints:
    order = np.argsort(values, kind="stable")
    run = np.empty(len(values), dtype=np.int64)
    run[order] = np.cumsum(np.diff(values[order], prepend=values[order[:1]]) > GRAIN)
    return run


def _grouped(xy: Floats, place: Ints) -> tuple[Ints, Floats, Bools]:
    """Return places, the south-western vertex of each, and which are wider than the grain."""
    order = np.lexsort((xy[:, 1], xy[:, 0], place))
    first = np.flatnonzero(np.diff(place[order], prepend=-1))
    sorted_xy = xy[order]
    extent = np.maximum.reduceat(sorted_xy, first) - np.minimum.reduceat(sorted_xy, first)
    return place, sorted_xy[first], np.asarray((extent > GRAIN).any(axis=1))


def merged(points: Floats, pairs: Ints, reach: float, *, fixed: Bools | None = None) -> Ints:
    """Return for each point the one that it becomes: complete linkage, the nearest pair first.

    Points become one only if all of them lie within ``reach`` of each other and no two of them are fixed. A fixed
    point stays, else the first of the points does.

    Parameters
    ----------
    points : (n, 2) array
    pairs : (m, 2) array of int
        Pairs within reach that may become one.
    reach : float
    fixed : array of bool, optional

    >>> row = np.array([[0.0, 0.0], [0.9, 0.0], [1.7, 0.0], [2.7, 0.0]])
    >>> merged(row, np.array([[0, 1], [1, 2], [2, 3]]), 1.0).tolist()
    [0, 1, 1, 3]
    """
    held = np.zeros(len(points), dtype=bool) if fixed is None else fixed
    pairs = np.sort(pairs, axis=1)
    gap = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    # Ties, up to rounding, go to the first points.
    order = np.lexsort((pairs[:, 1], pairs[:, 0], np.round(gap, 6)))
    target = np.arange(len(points))
    members: dict[int, list[int]] = {}
    for one, two in pairs[order].tolist():
        a, b = int(target[one]), int(target[two])
        if a == b or (held[a] and held[b]):
            continue
        these, those = members.get(a, [a]), members.get(b, [b])
        if len(these) + len(those) > 2:
            across = points[these][:, None] - points[those][None]
            if np.hypot(across[..., 0], across[..., 1]).max() > reach:
                continue
        together = sorted(these + those)
        head = a if held[a] else b if held[b] else together[0]
        target[together] = head
        members[head] = together
    return target
