"""The lines of a compiled graph: both directions of one road in one row, and a search tree over them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import shapely

from .._transformers import crs_to_crs
from ..errors import DataError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Lines = npt.NDArray[np.object_]
_Hashes = npt.NDArray[np.uint64]
_LINE_STRING = 1
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@runtime_checkable
class Drawn(Protocol):
    """Attributes of edges that give the lines by themselves."""

    def shapes(self) -> Lines: ...


@dataclass(frozen=True, eq=False)
class EdgeTable:
    """Roads as lines, a row each; two edges of the graph that run over one line in opposite directions are one row.

    Attributes
    ----------
    line : array of LineString
        From ``u`` to ``v``, in the network's CRS.
    u, v : array of int
        Numbers of the nodes at the start and the end.
    forward, backward : array
        Cost from ``u`` to ``v`` and from ``v`` to ``u``; inf where that direction is not allowed. Of several edges
        over one line the cheapest counts.
    stop : array of bool
        Where a traveller may stop, so that points can be snapped to it.
    ahead, back : array of int
        Position of the edge each direction comes from, in the order of ``graph.edges``; -1 where there is none.
    """

    line: Lines
    u: Ints
    v: Ints
    forward: Floats
    backward: Floats
    stop: Bools
    ahead: Ints
    back: Ints

    def __len__(self) -> int:
        return len(self.line)

    @cached_property
    def stops(self) -> tuple[shapely.STRtree, Ints]:
        """Search tree over the lines where one may stop, and their rows."""
        rows = np.flatnonzero(self.stop)
        return shapely.STRtree(self.line[rows]), rows

    def links(self, rows: Ints | slice = slice(None)) -> tuple[Ints, Ints, Floats]:
        """Return tail, head and cost of every direction of the rows that is allowed."""
        u, v, forward, backward = self.u[rows], self.v[rows], self.forward[rows], self.backward[rows]
        along, against = np.isfinite(forward), np.isfinite(backward)
        tails, heads = np.concatenate([u[along], v[against]]), np.concatenate([v[along], u[against]])
        return tails, heads, np.concatenate([forward[along], backward[against]])


def edge_table(
    records: Sequence[dict[str, Any]],
    ends: Ints,
    costs: Floats,
    stop: Bools,
    *,
    nodes: Sequence[Hashable],
    places: Floats,
    crs: tuple[str, str],
) -> EdgeTable:
    """Return the table of a graph's edges.

    Parameters
    ----------
    records : sequence of dict
        Attributes of the edges; one without ``geometry`` is straight.
    ends, costs, stop : array
        Numbers of the two nodes, cost and whether one may stop, by edge.
    nodes, places : sequence, array
        Ids and coordinates of the nodes, in the graph's own CRS.
    crs : tuple of str
        The graph's CRS and the one of the table.

    Raises
    ------
    DataError
        If the geometry of an edge is no line.
    """
    shapes = _shapes(records, ends, nodes, places)
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    count = np.bincount(owner, minlength=len(shapes))
    first = np.cumsum(count) - count
    along = _runs_along(coords[first], coords[first + count - 1], places[ends[:, 0]], places[ends[:, 1]])
    tail = np.where(along, ends[:, 0], ends[:, 1])
    head = np.where(along, ends[:, 1], ends[:, 0])
    ahead_hash, back_hash = _hashes(coords, owner, first, count)
    # Read from the node of the lower number, both directions of one line are the same; a loop from its lower hash.
    loop = tail == head
    turned = np.where(loop, ahead_hash > back_hash, tail > head)
    against = np.where(loop, turned, ends[:, 0] > ends[:, 1])
    key = _mixed(np.where(turned, back_hash, ahead_hash) + _mixed(np.minimum(tail, head).astype(np.uint64)))
    key = _mixed(key + _mixed(np.maximum(tail, head).astype(np.uint64) * np.uint64(2) + stop.astype(np.uint64)))
    _, start, same = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(start)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    lead, row = start[order], rank[same.ravel()]
    # A row runs as the first of its edges does.
    opposite = against != against[lead][row]
    ahead = _cheapest(row, costs, ~opposite, len(lead))
    back = _cheapest(row, costs, opposite, len(lead))
    chosen = shapes[lead]
    chosen[~along[lead]] = shapely.reverse(chosen[~along[lead]])
    return EdgeTable(
        line=_moved(chosen, *crs),
        u=ends[lead, 0],
        v=ends[lead, 1],
        forward=costs[ahead],
        backward=np.where(back >= 0, costs[back], np.inf),
        stop=stop[lead],
        ahead=ahead,
        back=back,
    )


def _shapes(records: Sequence[dict[str, Any]], ends: Ints, nodes: Sequence[Hashable], places: Floats) -> Lines:
    """Return the geometry of each edge, a straight line where it has none."""
    shapes = np.empty(len(records), dtype=object)
    shapes[:] = records.shapes() if isinstance(records, Drawn) else [data.get("geometry") for data in records]
    known = np.asarray(shapely.is_geometry(shapes))
    wrong = np.array([shape is not None for shape in shapes], dtype=np.bool_)
    wrong[known] = shapely.get_type_id(shapes[known]) != _LINE_STRING
    if wrong.any():
        at = int(np.argmax(wrong))
        u, v = (nodes[i] for i in ends[at])
        what = shapes[at].geom_type if known[at] else repr(shapes[at])[:40]
        raise DataError(f"edge {u!r} to {v!r} has the geometry {what}, but it must be a LineString")
    bare = ~known
    bare[known] = shapely.is_empty(shapes[known])
    shapes[bare] = shapely.linestrings(places[ends[bare]])
    return shapes


def _runs_along(start: Floats, end: Floats, u: Floats, v: Floats) -> Bools:
    """Return whether lines run from u to v rather than from v to u; those of an undirected graph may do either."""
    straight = np.hypot(*(start - u).T) + np.hypot(*(end - v).T)
    crossed = np.hypot(*(start - v).T) + np.hypot(*(end - u).T)
    return np.asarray(straight <= crossed)


def _mixed(values: _Hashes) -> _Hashes:
    """Spread every bit of the values over the whole word (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX
    return np.asarray(values ^ (values >> np.uint64(27)))


def _hashes(coords: Floats, owner: Ints, first: Ints, count: Ints) -> tuple[_Hashes, _Hashes]:
    """Return a hash of each line read forwards and one of it read backwards."""
    bits = (coords + 0.0).view(np.uint64)  # a negative zero becomes zero
    point = _mixed(_mixed(bits[:, 0] + _STEP) + bits[:, 1])
    at = np.arange(len(coords)) - first[owner]
    ahead = _mixed(point + at.astype(np.uint64) * _STEP)
    back = _mixed(point + (count[owner] - 1 - at).astype(np.uint64) * _STEP)
    if not len(first):
        return ahead, back
    return np.add.reduceat(ahead, first), np.add.reduceat(back, first)


def _cheapest(row: Ints, costs: Floats, among: Bools, size: int) -> Ints:
    """Return the cheapest edge of each row, the first of equal ones, -1 where there is none."""
    edges = np.flatnonzero(among)
    result = np.full(size, -1, dtype=np.int64)
    falling = edges[np.argsort(costs[edges], kind="stable")][::-1]
    result[row[falling]] = falling
    return result


def _moved(lines: Lines, source: str, target: str) -> Lines:
    if source == target:
        return lines
    there = crs_to_crs(source, target)
    moved: Lines = shapely.transform(lines, lambda xy: np.column_stack(there.transform(xy[:, 0], xy[:, 1])))
    return moved
