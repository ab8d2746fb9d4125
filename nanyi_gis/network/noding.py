"""Lines to segments that meet only at nodes: crossings, T-junctions and snapped ends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

_TOUCH = 1e-6


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
        Farthest that an end was moved, in the unit of the coordinates.
    """

    geometry: Geometries
    parent: Ints
    start: Ints
    end: Ints
    nodes: Floats
    splits: int
    moved_max: float


def node_lines(
    lines: Geometries,
    *,
    tolerance: float = 1.0,
    crossings: bool = True,
    inside: bool = True,
    separate: npt.NDArray[np.bool_] | None = None,
) -> Segments:
    """Cut lines where they meet and join the ends that lie within ``tolerance`` of each other.

    Parameters
    ----------
    lines : array of LineString
        In a metric CRS.
    tolerance : float
        Ends nearer than this to another end, or to the inside of another line, meet it.
    crossings : bool
        Whether two lines that cross meet there.
    inside : bool
        Whether an end meets the inside of another line; if not, ends meet only ends.
    separate : array of bool, optional
        Lines on a bridge or in a tunnel; they meet others only at ends.

    >>> cross = np.array([shapely.LineString([(0, 9), (18, 9)]), shapely.LineString([(9, 0), (9, 18)])])
    >>> len(node_lines(cross).geometry), len(node_lines(cross, crossings=False).geometry)
    (4, 2)
    """
    apart = np.zeros(len(lines), dtype=bool) if separate is None else separate
    reach = max(tolerance, _TOUCH)
    tree = shapely.STRtree(lines)
    line, place = np.empty(0, dtype=np.int64), np.empty(0)
    if inside:
        line, place = _end_cuts(lines, tree, reach, apart)
    if crossings:
        crossed, crossed_place = _crossing_cuts(lines, tree, apart)
        line, place = np.concatenate([line, crossed]), np.concatenate([place, crossed_place])
    geometry, parent, splits = _cut(lines, line, place, reach)
    start, end, nodes, moved = _join(geometry, reach)
    # What is shorter than the reach and starts where it ends has shrunk to its node; a true loop is longer and stays.
    keep = ~((start == end) & (shapely.length(geometry) <= reach))
    geometry, parent, start, end = geometry[keep], parent[keep], start[keep], end[keep]
    # Nodes without any segment left are dropped, the others numbered anew.
    used, inverse = np.unique(np.concatenate([start, end]), return_inverse=True)
    start, end = inverse[: len(start)], inverse[len(start) :]
    return Segments(_anchored(geometry, nodes[used], start, end), parent, start, end, nodes[used], splits, moved)


def _end_cuts(
    lines: Geometries, tree: shapely.STRtree, reach: float, apart: npt.NDArray[np.bool_]
) -> tuple[Ints, Floats]:
    """Return (line, distance along it) where another line's end touches its inside."""
    # Ends 0 ... n - 1 are starts, n ... 2 n - 1 the other ends; modulo n gives the line of an end.
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    point, line = tree.query(ends, predicate="dwithin", distance=reach)
    other = (point % len(lines) != line) & ~apart[line]
    point, line = point[other], line[other]
    return line, shapely.line_locate_point(lines[line], ends[point])


def _crossing_cuts(lines: Geometries, tree: shapely.STRtree, apart: npt.NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """Return (line, distance along it) where two lines share points."""
    left, right = tree.query(lines, predicate="intersects")
    # Each pair once; lines on a bridge or in a tunnel cross nothing.
    once = (left < right) & ~apart[left] & ~apart[right]
    left, right = left[once], right[once]
    shared = shapely.intersection(lines[left], lines[right])
    # Where two lines run together, both are cut at every vertex of the shared stretch.
    parts, pair = shapely.get_parts(shared, return_index=True)
    points, of_part = shapely.get_coordinates(parts, return_index=True)
    pair = pair[of_part]
    where = shapely.points(points)
    line = np.concatenate([left[pair], right[pair]])
    return line, shapely.line_locate_point(lines[line], np.concatenate([where, where]))


def _cut(lines: Geometries, line: Ints, place: Floats, reach: float) -> tuple[Geometries, Ints, int]:
    length = shapely.length(lines)
    # A cut nearer than the reach to an end would leave a splinter; the end itself will be joined.
    inside = (place > reach) & (place < length[line] - reach)
    line, place = line[inside], place[inside]
    order = np.lexsort((place, line))
    line, place = line[order], place[order]
    # Of cuts that lie closer together than the reach the first counts.
    fresh = np.ones(len(line), dtype=bool)
    fresh[1:] = (line[1:] != line[:-1]) | (np.diff(place) > reach)
    line, place = line[fresh], place[fresh]
    pieces: list[Geometries] = []
    owner: list[Ints] = []
    # Most lines are not cut at all: they pass as they are, and only the others go through Python.
    uncut = np.setdiff1d(np.arange(len(lines)), line)
    pieces.append(lines[uncut])
    owner.append(uncut)
    bounds = np.flatnonzero(np.diff(line, prepend=-1))
    for first, last in zip(bounds, np.append(bounds[1:], len(line)), strict=False):
        parts = cut_line(lines[line[first]], place[first:last])
        pieces.append(np.array(parts, dtype=object))
        owner.append(np.full(len(parts), line[first]))
    geometry, parent = np.concatenate(pieces), np.concatenate(owner)
    # Back into the order of the lines, pieces in the direction of travel.
    order = np.argsort(parent, kind="stable")
    return geometry[order], parent[order], len(line)


def cut_line(line: shapely.LineString, places: Floats) -> list[shapely.LineString]:
    """Return the pieces of ``line`` cut at rising distances from its start, none at its very ends.

    >>> [piece.length for piece in cut_line(shapely.LineString([(0, 0), (4, 0)]), np.array([1.0, 3.0]))]
    [1.0, 2.0, 1.0]
    """
    coordinates = shapely.get_coordinates(line)
    # Distance of each vertex from the start.
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(coordinates, axis=0).T))])
    cuts = np.column_stack([np.interp(places, along, coordinates[:, axis]) for axis in (0, 1)])
    limits = np.concatenate([[0.0], places, [along[-1]]])
    corners = np.vstack([coordinates[:1], cuts, coordinates[-1:]])
    pieces = []
    for i in range(len(limits) - 1):
        # Between two cuts lie the vertices strictly between them; a cut at a vertex does not repeat it.
        inner = coordinates[(along > limits[i]) & (along < limits[i + 1])]
        pieces.append(shapely.LineString(np.vstack([corners[i], inner, corners[i + 1]])))
    return pieces


def _join(geometry: Geometries, reach: float) -> tuple[Ints, Ints, Floats, float]:
    """Cluster the ends within ``reach``; a node is where the first of its ends lies."""
    ends = np.vstack([shapely.get_coordinates(shapely.get_point(geometry, place)) for place in (0, -1)])
    # Equal ends are one place; the search is for near ones only.
    places, which = np.unique(ends, axis=0, return_inverse=True)
    which = which.ravel()
    pairs = cKDTree(places).query_pairs(reach, output_type="ndarray")
    # Ends that are near each other by way of others become one node too: the parts of the graph of near pairs.
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    _, label = connected_components(links, directed=False)
    # The first place of a part gives the node its coordinates.
    _, first, label = np.unique(label, return_index=True, return_inverse=True)
    nodes = places[first]
    cluster = label.ravel()[which]
    moved = float(np.hypot(*(ends - nodes[cluster]).T).max(initial=0.0))
    count = len(geometry)
    return cluster[:count], cluster[count:], nodes, moved


def _anchored(geometry: Geometries, nodes: Floats, start: Ints, end: Ints) -> Geometries:
    """Move the first and last vertex of each segment onto its nodes."""
    coordinates, owner = shapely.get_coordinates(geometry, return_index=True)
    # Positions of the first and last vertex of each segment in the flat list of vertices.
    first = np.searchsorted(owner, np.arange(len(geometry)), side="left")
    last = np.searchsorted(owner, np.arange(len(geometry)), side="right") - 1
    coordinates[first], coordinates[last] = nodes[start], nodes[end]
    result: Geometries = shapely.linestrings(coordinates, indices=owner)
    return result
