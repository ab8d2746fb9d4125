"""Where lines come together without a common vertex: crossings, and ends on the inside of lines."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from .vertices import GRAIN, distinct, ends_of, places_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ALONG = 1e-3  # sine of the angle below which segments run side by side
_AT_ONCE = 100_000  # segments whose neighbours are looked up together


@dataclass(frozen=True)
class Vertices:
    """The vertices of all lines, one line after the other: coordinates, place and line of each."""

    xy: Floats
    place: Ints
    line: Ints

    @cached_property
    def ends(self) -> Bools:
        """Which vertices are the first or last of their line."""
        return ends_of(self.line)

    @cached_property
    def where(self) -> Floats:
        """Coordinates by place; NaN where no vertex is left."""
        where = np.full((int(self.place.max(initial=-1)) + 1, 2), np.nan)
        where[self.place] = self.xy
        return where

    @cached_property
    def lines(self) -> int:
        """How many lines there are."""
        return int(self.line.max(initial=0)) + 1

    @cached_property
    def visits(self) -> Ints:
        """A number for each place and line that has a vertex there, sorted; see :meth:`visit`."""
        return distinct(self.visit(self.place, self.line))

    def visit(self, place: Ints, line: Ints) -> Ints:
        """Return the number that stands for a line at a place."""
        return place * self.lines + line

    def there(self, place: Ints, line: Ints) -> Bools:
        """Tell which lines have a vertex at which place."""
        number = self.visit(place, line)
        index = np.minimum(np.searchsorted(self.visits, number), len(self.visits) - 1)
        return np.asarray(self.visits[index] == number)

    @cached_property
    def lines_at(self) -> Ints:
        """How many lines have a vertex at each place."""
        return np.bincount(self.visits // self.lines, minlength=int(self.place.max(initial=-1)) + 1)

    @cached_property
    def first_last(self) -> tuple[Ints, Ints]:
        """The first and last vertex of each line, by line."""
        size = int(self.line.max(initial=-1)) + 1
        first, last = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        last[self.line] = np.arange(len(self.line))
        first[self.line[::-1]] = np.arange(len(self.line))[::-1]
        return first, last


@dataclass(frozen=True)
class Cuts:
    """Vertices to put into lines: behind which vertex, at what share of the way to the next, and the place there."""

    behind: Ints
    share: Floats
    xy: Floats
    place: Ints
    moved_max: float = 0.0


@dataclass(frozen=True)
class Meetings:
    """Cuts that join lines, and counts of what was not joined."""

    cuts: Cuts
    crossings: int
    crossings_controlled: int
    touches: int
    joinable: int


@dataclass(frozen=True)
class _Touches:
    """Ends (as vertices) near the inside of a line: segment, share along it, distance, and whether they may join."""

    end: Ints
    behind: Ints
    share: Floats
    gap: Floats
    allowed: Bools


@dataclass(frozen=True)
class _Crossings:
    """Points that two segments share: one row a point, each segment named by the vertex that it begins with.

    ``place`` is the place of a vertex that lies there, else one behind all places.
    """

    one: Ints
    two: Ints
    share_one: Floats
    share_two: Floats
    xy: Floats
    place: Ints


def meetings_inside(chain: Vertices, reach: float, *, level: Ints, controlled: Bools, join: str) -> Meetings:
    """Return where lines touch and cross without a common vertex; joined where ``join`` (``ends``, ``all``) says so."""
    if not len(chain.place):
        return Meetings(_no_cuts(), 0, 0, 0, 0)
    one, two = _near(chain, reach)
    touch = _touches(chain, one, two, reach, level, controlled)
    cross = _crossings(chain, one, two, touch)
    lines = np.column_stack([chain.line[cross.one], chain.line[cross.two]])
    bare = ~(chain.there(cross.place, lines[:, 0]) & chain.there(cross.place, lines[:, 1]))
    bare &= ~_at_an_end(chain, cross, lines, reach, touch)
    motor = controlled[lines].any(axis=1)
    allowed = (level[lines[:, 0]] == level[lines[:, 1]]) & ~motor
    touched = touch.allowed if join in ("ends", "all") else np.zeros(len(touch.end), dtype=bool)
    crossed = bare & allowed if join == "all" else np.zeros(len(bare), dtype=bool)
    left, left_motor = _distinct(lines, cross.place, bare & ~crossed), _distinct(lines, cross.place, bare & motor)
    joinable = _distinct(lines, cross.place, bare & allowed & ~crossed) + int((touch.allowed & ~touched).sum())
    cuts = _cuts(chain, touch, touched, cross, crossed)
    return Meetings(cuts, left, left_motor, int((~touched).sum()), joinable)


def _no_cuts() -> Cuts:
    none = np.empty(0, dtype=np.int64)
    return Cuts(none, np.empty(0), np.empty((0, 2)), none)


def _near(chain: Vertices, reach: float) -> tuple[Ints, Ints]:
    """Return pairs of segments whose boxes come within reach; a segment is named by its first vertex."""
    begin = np.flatnonzero(chain.line[1:] == chain.line[:-1])
    low = np.minimum(chain.xy[begin], chain.xy[begin + 1]) - reach / 2
    high = np.maximum(chain.xy[begin], chain.xy[begin + 1]) + reach / 2
    # The diagonal of a box has the same bounds, and takes a third of the time and memory of a polygon.
    boxes = shapely.linestrings(np.stack([low, high], axis=1))
    tree = shapely.STRtree(boxes)
    found: list[tuple[Ints, Ints]] = []
    for at in range(0, max(len(boxes), 1), _AT_ONCE):
        one, two = tree.query(boxes[at : at + _AT_ONCE])
        once = one + at < two
        found.append((begin[one[once] + at], begin[two[once]]))
    one, two = (np.concatenate(side) for side in zip(*found, strict=True))
    order = np.lexsort((two, one))
    return one[order], two[order]


def _on_segment(chain: Vertices, vertex: Ints, behind: Ints) -> tuple[Floats, Floats]:
    """Return share along a segment and distance of the point on it that is nearest to a vertex."""
    origin = chain.xy[behind]
    way, off = chain.xy[behind + 1] - origin, chain.xy[vertex] - origin
    share = np.clip((way * off).sum(axis=1) / (way * way).sum(axis=1), 0.0, 1.0)
    return share, np.hypot(*(off - share[:, None] * way).T)


def _touches(chain: Vertices, one: Ints, two: Ints, reach: float, level: Ints, controlled: Bools) -> _Touches:
    is_end = chain.ends
    ends = []
    for vertex, behind in ((one, two), (one + 1, two), (two, one), (two + 1, one)):
        kept = is_end[vertex] & (chain.line[vertex] != chain.line[behind])
        ends.append((vertex[kept], behind[kept]))
    vertex, behind = (np.concatenate(side) for side in zip(*ends, strict=True))
    share, gap = _on_segment(chain, vertex, behind)
    kept = gap <= reach
    kept[kept] &= ~chain.there(chain.place[vertex[kept]], chain.line[behind[kept]])
    vertex, behind, share, gap = vertex[kept], behind[kept], share[kept], gap[kept]
    # Beside the end of a line it is ends that meet, or do not; on the line itself it is the inside.
    first, last = chain.first_last
    onto = chain.line[behind]
    beside = [np.hypot(*(chain.xy[vertex] - chain.xy[end[onto]]).T) <= reach for end in (first, last)]
    kept = ~(beside[0] | beside[1]) | (gap <= GRAIN)
    vertex, behind, share, gap, onto = vertex[kept], behind[kept], share[kept], gap[kept], onto[kept]
    mine = chain.line[vertex]
    allowed = (level[mine] == level[onto]) & ~controlled[mine] & ~controlled[onto]
    # Of the segments of a line the nearest counts, and of lines that end at one place one that may join.
    order = np.lexsort((behind, gap, ~allowed, onto, chain.place[vertex]))
    key = np.column_stack([chain.place[vertex], onto])[order]
    fresh = order[np.concatenate([[True], (key[1:] != key[:-1]).any(axis=1)])] if len(order) else order
    return _Touches(vertex[fresh], behind[fresh], share[fresh], gap[fresh], allowed[fresh])


def _crossings(chain: Vertices, one: Ints, two: Ints, touch: _Touches) -> _Crossings:
    """Return the points that two segments without a common place share."""
    place = chain.place
    apart = (place[one] != place[two]) & (place[one] != place[two + 1])
    apart &= (place[one + 1] != place[two]) & (place[one + 1] != place[two + 1])
    one, two = one[apart], two[apart]
    start, way = chain.xy[one], chain.xy[one + 1] - chain.xy[one]
    other, across = chain.xy[two], chain.xy[two + 1] - chain.xy[two]
    # start + t way = other + u across, by Cramer's rule.
    turn = way[:, 0] * across[:, 1] - way[:, 1] * across[:, 0]
    off = other - start
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (off[:, 0] * across[:, 1] - off[:, 1] * across[:, 0]) / turn
        u = (off[:, 0] * way[:, 1] - off[:, 1] * way[:, 0]) / turn
    # Room for a vertex that ends a hair before the other segment; more of it where both run almost side by side,
    # and of segments that do, whose crossing may be anywhere, the vertices decide.
    long_t, long_u = np.hypot(*way.T), np.hypot(*across.T)
    sine = np.abs(turn) / (long_t * long_u)
    room = GRAIN / np.maximum(sine, _ALONG)
    near = (np.abs(t - 0.5) <= 0.5 + room / long_t) & (np.abs(u - 0.5) <= 0.5 + room / long_u)
    near |= sine <= _ALONG
    one, two, t, u, way, start = one[near], two[near], t[near], u[near], way[near], start[near]
    is_end = chain.ends
    found: list[tuple[Ints, Ints, Floats, Floats, Floats, Ints]] = []
    on_any = np.zeros(len(one), dtype=bool)
    for mine, theirs, swap in ((one, two, False), (two, one, True)):
        for step in (0, 1):
            vertex = mine + step
            share, gap = _on_segment(chain, vertex, theirs)
            on = gap <= GRAIN
            on_any |= on
            # The end of another line is a touch, not a crossing.
            row = np.flatnonzero(on & ~(is_end[vertex] & (chain.line[vertex] != chain.line[theirs])))
            shares = (np.full(len(row), float(step)), share[row])
            first, second = (shares[1], shares[0]) if swap else shares
            found.append((one[row], two[row], first, second, chain.xy[vertex[row]], place[vertex[row]]))
    row = np.flatnonzero(~on_any & (t > 0) & (t < 1) & (u > 0) & (u < 1))
    points = start[row] + t[row, None] * way[row]
    known = distinct(np.concatenate([*(part[5] for part in found), place[touch.end]]))
    found.append((one[row], two[row], t[row], u[row], points, _place_of(points, chain, known)))
    parts = [np.concatenate([part[i] for part in found]) for i in range(6)]
    return _Crossings(*parts)


def _place_of(points: Floats, chain: Vertices, known: Ints) -> Ints:
    """Return the place of each point: one of the known if it lies there, else a new one behind all others."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    number, _ = places_of(points)
    result = int(chain.place.max()) + 1 + number
    if len(known):
        gap, index = cKDTree(chain.where[known]).query(points, distance_upper_bound=2 * GRAIN)
        result = np.where(np.isfinite(gap), known[np.minimum(index, len(known) - 1)], result)
    return result


def _at_an_end(chain: Vertices, cross: _Crossings, lines: Ints, reach: float, touch: _Touches) -> Bools:
    """Tell which crossings lie within reach of an end that meets the other line: an end that goes a little too far."""
    touched = distinct(chain.visit(chain.place[touch.end], chain.line[touch.behind]))
    result = np.zeros(len(lines), dtype=bool)
    for mine, other in ((lines[:, 0], lines[:, 1]), (lines[:, 1], lines[:, 0])):
        for end in chain.first_last:
            vertex = end[mine]
            near = np.hypot(*(chain.xy[vertex] - cross.xy).T) <= reach
            meets = np.isin(chain.visit(chain.place[vertex], other), touched)
            meets |= chain.there(chain.place[vertex], other)
            result |= near & meets & (mine != other)
    return result


def _distinct(lines: Ints, place: Ints, chosen: Bools) -> int:
    """Return the number of distinct points of pairs of lines."""
    if not chosen.any():
        return 0
    return len(np.unique(np.column_stack([np.sort(lines[chosen], axis=1), place[chosen]]), axis=0))


def _cuts(chain: Vertices, touch: _Touches, touched: Bools, cross: _Crossings, crossed: Bools) -> Cuts:
    """Return the vertices that join what was chosen; a line bends to the end that it meets."""
    if not touched.any() and not crossed.any():
        return _no_cuts()
    end, row = touch.end[touched], np.flatnonzero(crossed)
    behind = np.concatenate([touch.behind[touched], cross.one[row], cross.two[row]])
    share = np.concatenate([touch.share[touched], cross.share_one[row], cross.share_two[row]])
    place = np.concatenate([chain.place[end], cross.place[row], cross.place[row]])
    xy = np.concatenate([chain.xy[end], cross.xy[row], cross.xy[row]])
    # One place has one point: that of the vertex there, else of the first crossing.
    where = np.full((int(max(place.max(), chain.place.max())) + 1, 2), np.nan)
    where[place[::-1]] = xy[::-1]
    where[chain.place] = chain.xy
    # At a vertex of the line itself nothing is put in.
    fresh = (place != chain.place[behind]) & (place != chain.place[behind + 1])
    moved = float(touch.gap[touched].max(initial=0.0))
    return Cuts(behind[fresh], share[fresh], where[place[fresh]], place[fresh], moved)
