"""Which rows of one series contradict each other: cumulative values that fall."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

MOST_POINTS = 50_000
"""Points of a series: above it the weights of the search would leave 64 bits."""


class Point(NamedTuple):
    """A value; ``sound`` tells whether it was read without a cure."""

    low: float
    high: float
    sound: bool


def falling(points: Sequence[Point]) -> dict[int, int]:
    """Return the fewest points to leave out so that the others do not fall, and for each one that it contradicts.

    Points come in the order of their days. A value surely falls if its upper end is below the lower end of an earlier
    one. Sound points stay before those that were read with a cure; of as many, the earlier stay. The search keeps for
    every level the best series that ends at it, so it takes time by points times levels.

    >>> falling([Point(value, value, True) for value in (2, 5, 3, 4)])
    {1: 2}
    >>> falling([Point(2, 2, True), Point(1, 1, True)])
    {1: 0}
    """
    if not _falls(points):
        return {}
    lows = np.array([point.low for point in points])
    levels: npt.NDArray[np.float64] = np.unique(lows)
    ranks = np.searchsorted(levels, lows)
    tops = np.searchsorted(levels, [point.high for point in points], side="right") - 1
    kept = _kept(ranks, tops, _weights(points), len(levels))
    return {place: _against(points, kept, place) for place in range(len(points)) if place not in kept}


def _falls(points: Sequence[Point]) -> bool:
    highest = -np.inf
    for point in points:
        if point.high < highest:
            return True
        highest = max(highest, point.low)
    return False


def _weights(points: Sequence[Point]) -> list[int]:
    """Return what a point is worth: one sound point more than all others, one point more than any earlier place."""
    count = len(points)
    one = count * count + 1
    return [(one * (count + 1) if point.sound else one) + count - place for place, point in enumerate(points)]


def _kept(
    ranks: npt.NDArray[np.intp], tops: npt.NDArray[np.intp], weights: Sequence[int], levels: int
) -> frozenset[int]:
    """Return the places of the series of most weight.

    The state is the highest lower end so far; a point joins every series whose state is not above its upper end.
    """
    best = np.full(levels + 1, -1, np.int64)  # the first is the empty series
    best[0] = 0
    before = np.empty(len(weights), np.int64)
    for place, weight in enumerate(weights):
        rank, top = int(ranks[place]) + 1, int(tops[place]) + 1
        joins = int(best[: rank + 1].argmax())
        before[place] = joins
        reached = best[joins] + weight
        inside = best[rank + 1 : top + 1]
        inside[inside >= 0] += weight
        best[rank] = reached
    state = int(best.argmax())
    kept = set()
    for place in range(len(weights) - 1, -1, -1):
        rank, top = int(ranks[place]) + 1, int(tops[place]) + 1
        if state == rank:
            kept.add(place)
            state = int(before[place])
        elif rank < state <= top:
            kept.add(place)
    return frozenset(kept)


def _against(points: Sequence[Point], kept: frozenset[int], place: int) -> int:
    """Return a point that stays and that a left out one contradicts: the nearest before it, else behind."""
    point = points[place]
    for other in range(place - 1, -1, -1):
        if other in kept and points[other].low > point.high:
            return other
    for other in range(place + 1, len(points)):
        if other in kept and points[other].high < point.low:
            return other
    return next(iter(sorted(kept)), place)
