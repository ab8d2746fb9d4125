"""Lines to segments that meet only at nodes: the one place that decides where lines meet."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from .._validation import check_choice
from .crossings import Cuts, Vertices, meetings_inside
from .vertices import GRAIN, distinct, ends_of, merged, places_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

NODINGS = ("vertices", "ends", "all", "none")
_CLOSES = 3.0  # a line closes on itself if it is so many times longer than the gap may be
_UNNODED = 0.5  # joinable crossings and touches to a shared vertex, from which a layer looks unnoded


@dataclass(frozen=True)
class Segments:
    """Segments between nodes.

    Attributes
    ----------
    geometry : array of LineString
        Each starts and ends exactly at its nodes.
    parent : array of int
        Position of the line that a segment is a part of.
    start, end : array of int
        Positions in ``nodes``.
    nodes : (n, 2) array
        Coordinates.
    splits : int
        Number of places where a line was cut.
    moved_max : float
        Farthest that an end was moved, or a line bent to meet one, in the unit of the coordinates.
    crossings, crossings_controlled : int
        Bare crossings, without a shared vertex, that were not joined; how many of them with a controlled line.
    touches : int
        Ends on the inside of a line, within the tolerance, that were not joined.
    joinable : int
        How many of the crossings and touches ``all`` would join.
    shared : int
        Places where lines meet.
    """

    geometry: Geometries
    parent: Ints
    start: Ints
    end: Ints
    nodes: Floats
    splits: int
    moved_max: float
    crossings: int = 0
    crossings_controlled: int = 0
    touches: int = 0
    joinable: int = 0
    shared: int = 0

    def report(self) -> dict[str, int | bool]:
        """Return what was not joined, for ``graph.graph``."""
        counts = ("crossings", "crossings_controlled", "touches", "joinable")
        return {**{name: int(getattr(self, name)) for name in counts}, "unnoded": self.unnoded}

    def moved(self, change: Callable[[Floats], Floats]) -> "Segments":
        """Return the segments with their coordinates changed, those of one node alike."""
        return replace(self, geometry=shapely.transform(self.geometry, change), nodes=change(self.nodes))

    @property
    def unnoded(self) -> bool:
        """Whether the layer looks as if nobody had cut its lines where they meet."""
        return self.joinable > 0 and self.joinable >= _UNNODED * self.shared


def node_lines(
    lines: Geometries,
    *,
    tolerance: float = 1.0,
    noding: str = "vertices",
    level: Ints | None = None,
    controlled: Bools | None = None,
) -> Segments:
    """Cut lines where they meet, and join loose ends to ends within ``tolerance``.

    Vertices are one place where they differ by less than a millimetre. An end where no other line has a vertex is
    loose; it is joined to the nearest other end. Two places that lines share already stay two, however near. What is
    joined lies within the tolerance of each other, all of it, so that no end moves farther.

    Parameters
    ----------
    lines : array of LineString
        In a metric CRS, none of length zero.
    tolerance : float
        Loose ends nearer than this to another end meet it; with ``ends`` and ``all`` also ends and lines.
    noding : str
        ``vertices``: lines meet where they share a vertex, on bridges, in tunnels and on motorways too.
        ``ends``: also where an end comes upon the inside of a line, if both have the same level and neither is
        controlled. ``all``: also where lines of the same level cross, a line with itself too, unless one is
        controlled. ``none``: lines meet only with their ends.
    level : array of int, optional
        The level of each line: 0 on the ground, 1 on a bridge, -1 in a tunnel.
    controlled : array of bool, optional
        Lines that are entered only at junctions: motorways.

    >>> cross = np.array([shapely.LineString([(0, 9), (18, 9)]), shapely.LineString([(9, 0), (9, 18)])])
    >>> found = node_lines(cross)
    >>> len(found.geometry), found.crossings, found.unnoded
    (2, 1, True)
    >>> len(node_lines(cross, noding="all").geometry)
    4
    """
    check_choice(noding, NODINGS, name="noding")
    reach = max(tolerance, GRAIN)
    if not len(lines):
        none = np.empty(0, dtype=np.int64)
        return Segments(lines, none, none, none, np.empty((0, 2)), 0, 0.0)
    levels = np.zeros(len(lines), dtype=np.int64) if level is None else level
    closed = np.zeros(len(lines), dtype=bool) if controlled is None else controlled
    drawn, line = shapely.get_coordinates(lines, return_index=True)
    drawn, line = _moving(drawn, line.astype(np.int64))
    place, where = _places(drawn, line, inner=noding != "none")
    place = _joined(place, where, line, shapely.length(lines), tolerance)
    moved = float(np.hypot(*(where[place] - drawn).T).max())
    chain = _without_repeats(Vertices(where[place], place, line))
    met = meetings_inside(chain, reach, level=levels, controlled=closed, join=noding)
    chain = _without_repeats(_with_cuts(chain, met.cuts))
    geometry, parent, first, last = _pieces(chain, inner=noding != "none")
    shared = int(np.count_nonzero(chain.lines_at > 1))
    # Nodes are numbered by their places, which run from west to east.
    used, number = np.unique(np.concatenate([chain.place[first], chain.place[last]]), return_inverse=True)
    count = len(parent)
    return Segments(
        geometry,
        parent,
        number[:count],
        number[count:],
        chain.where[used],
        count - distinct(parent).size,
        max(moved, met.cuts.moved_max),
        crossings=met.crossings,
        crossings_controlled=met.crossings_controlled,
        touches=met.touches,
        joinable=met.joinable,
        shared=shared,
    )


def _moving(xy: Floats, line: Ints) -> tuple[Floats, Ints]:
    """Leave out vertices that repeat the one before."""
    again = (line[1:] == line[:-1]) & (xy[1:] == xy[:-1]).all(axis=1)
    keep = np.concatenate([[True], ~again])
    return (xy[keep], line[keep]) if again.any() else (xy, line)


def _places(xy: Floats, line: Ints, *, inner: bool) -> tuple[Ints, Floats]:
    """Return the place of each vertex and where places are; without ``inner`` only ends share places."""
    if inner:
        return places_of(xy)
    ends = ends_of(line)
    place = np.empty(len(xy), dtype=np.int64)
    place[ends], where = places_of(xy[ends])
    place[~ends] = len(where) + np.arange(np.count_nonzero(~ends))
    return place, np.concatenate([where, xy[~ends]])


def _joined(place: Ints, where: Floats, line: Ints, length: Floats, tolerance: float) -> Ints:
    """Return the places after loose ends have been joined to ends within the tolerance."""
    if tolerance <= 0:
        return place
    chain = Vertices(where[place], place, line)
    ends = distinct(place[chain.ends])
    loose = chain.lines_at[ends] < 2
    if not loose.any():
        return place
    near = cKDTree(where[ends]).query_ball_point(where[ends[loose]], tolerance)
    one = np.repeat(np.flatnonzero(loose), [len(found) for found in near])
    two = np.concatenate([np.asarray(found, dtype=np.int64) for found in near])
    # Each pair once; two loose ends find each other twice.
    once = (one != two) & ~(loose[two] & (one > two))
    one, two = one[once], two[once]
    # A short line does not shrink to a point by closing on itself.
    first, last = (place[vertex] for vertex in chain.first_last)
    owner = np.empty(len(where), dtype=np.int64)
    owner[place] = line
    mine = owner[ends[one]]
    other = np.where(first[mine] == ends[one], last[mine], first[mine])
    apart = (other != ends[two]) | (length[mine] > _CLOSES * tolerance)
    pairs = np.column_stack([one[apart], two[apart]])
    target = np.arange(len(where))
    target[ends] = ends[merged(where[ends], pairs, tolerance, fixed=~loose)]
    return target[place]


def _without_repeats(chain: Vertices) -> Vertices:
    """Leave out vertices at the place of the one before; a line that is one place only vanishes."""
    again = (chain.place[1:] == chain.place[:-1]) & (chain.line[1:] == chain.line[:-1])
    if not again.any():
        return chain
    keep = np.concatenate([[True], ~again])
    keep &= np.bincount(chain.line[keep], minlength=int(chain.line.max()) + 1)[chain.line] > 1
    return Vertices(chain.xy[keep], chain.place[keep], chain.line[keep])


def _with_cuts(chain: Vertices, cuts: Cuts) -> Vertices:
    """Put the vertices of the cuts into their lines, each behind the vertex that its segment begins with."""
    if not cuts.behind.size:
        return chain
    behind = np.concatenate([np.arange(len(chain.place)), cuts.behind])
    share = np.concatenate([np.zeros(len(chain.place)), cuts.share])
    order = np.lexsort((share, behind))
    return Vertices(
        np.concatenate([chain.xy, cuts.xy])[order],
        np.concatenate([chain.place, cuts.place])[order],
        np.concatenate([chain.line, chain.line[cuts.behind]])[order],
    )


def _pieces(chain: Vertices, *, inner: bool) -> tuple[Geometries, Ints, Ints, Ints]:
    """Return the segments between nodes, the line of each, and its first and last vertex.

    A place is a node where a line ends, or where more than one visit of lines leads by, of one line twice too.
    """
    if not len(chain.place):
        none = np.empty(0, dtype=np.int64)
        return np.empty(0, dtype=object), none, none, none
    stop = chain.ends
    if inner:
        node = np.bincount(chain.place) > 1
        node[chain.place[stop]] = True
        stop = node[chain.place]
    at = np.flatnonzero(stop)
    same = chain.line[at[:-1]] == chain.line[at[1:]]
    first, last = at[:-1][same], at[1:][same]
    size = last - first + 1
    piece = np.repeat(np.arange(len(first)), size)
    # Position in the list of vertices: the first of the piece, and so many further.
    vertex = np.arange(len(piece)) + np.repeat(first - (np.cumsum(size) - size), size)
    geometry: Geometries = shapely.linestrings(chain.xy[vertex], indices=piece)
    return geometry, chain.line[first], first, last
