"""Places on roads as nodes of a compiled network: the edges under them are split, nothing else changes."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops
from scipy.sparse import csr_array

from .._validation import check_positive
from .compiled import CostNetwork, least
from .edges import Bools, EdgeTable, Floats, Ints, Lines
from .snap import AT_NODE_M

Links: TypeAlias = tuple[Ints, Ints, Floats]


@dataclass(frozen=True, eq=False)
class Pieces:
    """What the split edges fall into: the row each comes from, its two nodes, and from which share to which."""

    row: Ints
    u: Ints
    v: Ints
    begin: Floats
    end: Floats


@dataclass(frozen=True, eq=False)
class PlacedNetwork:
    """A network in which places are nodes as well.

    Attributes
    ----------
    network : CostNetwork
        The first nodes are those of ``base``, then come the places on roads, then the points off the road. Its
        ``table`` stays that of ``base``.
    numbers : tuple of array
        The number of each point, by the tables that were placed.
    base : CostNetwork
        The network as it was.
    points_from : int
        Numbers from here on are points off the road, joined to their places by the way there.
    pieces : Pieces
        The parts of the split edges.
    links : tuple of array
        Tail, head and cost of what joins the places and points to each other and to the nodes of ``base``.
    """

    network: CostNetwork
    numbers: tuple[Ints, ...]
    base: CostNetwork
    points_from: int
    pieces: Pieces
    links: Links

    @cached_property
    def split(self) -> tuple[EdgeTable, Ints]:
        """The table of edges with the split ones in pieces, and the row of ``base.table`` that each comes from."""
        table, pieces = self.base.table, self.pieces
        whole = np.setdiff1d(np.arange(len(table)), pieces.row)
        row = np.concatenate([whole, pieces.row])
        share = np.concatenate([np.ones(len(whole)), pieces.end - pieces.begin])
        forward, backward = _shared(table.forward[row], share), _shared(table.backward[row], share)
        return (
            EdgeTable(
                line=np.concatenate([table.line[whole], _cut(table.line[pieces.row], pieces.begin, pieces.end)]),
                u=np.concatenate([table.u[whole], pieces.u]),
                v=np.concatenate([table.v[whole], pieces.v]),
                forward=forward,
                backward=backward,
                stop=table.stop[row],
                ahead=table.ahead[row],
                back=table.back[row],
            ),
            row,
        )

    @cached_property
    def cut(self) -> CostNetwork:
        """The network without the edges that were split, only their pieces, so that each piece can be closed alone."""
        if not len(self.pieces.row):
            return self.network
        whole = np.setdiff1d(np.arange(len(self.base.table)), self.pieces.row)
        rest = least(*self.base.table.links(whole), len(self.base.nodes))
        return replace(self.network, forward=_joined(rest, self.links, len(self.network.nodes)))


def with_places(network: CostNetwork, *snapped: pd.DataFrame, access_kmh: float | None = None) -> PlacedNetwork:
    """Return the network with the places of one or more tables of :func:`snap_points` as nodes.

    A place at a share ``s`` of an edge ``u -> v`` of cost ``c`` lies ``s c`` behind ``u`` and ``(1 - s) c`` before
    ``v``, and likewise in the other direction where there is one. Distances between other nodes do not change.
    With ``access_kmh`` a point off the road is a node too, joined to its place by the way there: ``60 snap_m / (1000
    access_kmh)`` minutes, for the weight ``length`` ``snap_m`` metres, for any other weight nothing. Equal points are
    one node, so that the way from a point to itself costs nothing.

    Raises
    ------
    ParameterError
        If the speed is not above zero.

    Examples
    --------
    A point 50 m beside the middle of a road of 4 minutes: 2 minutes on the road, and 0.6 on foot at 5 km/h:

    >>> import geopandas as gpd
    >>> import networkx as nx
    >>> from nanyi_gis.network import compile_graph, snap_points
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 500_000.0, "y": 0.0}), ("b", {"x": 501_000.0, "y": 0.0})])
    >>> _ = graph.add_edge("a", "b", travel_time=240.0, highway="tertiary")
    >>> network = compile_graph(graph)
    >>> home = snap_points(network, gpd.GeoSeries.from_xy([500_500.0], [50.0], crs="EPSG:4544"))
    >>> placed = with_places(network, home, access_kmh=5.0)
    >>> placed.network.costs(placed.numbers[0])[0].tolist()
    [inf, 2.6, 0.6, 0.0]
    """
    speed = None if access_kmh is None else check_positive(access_kmh, name="access_kmh", unit="km/h")
    frame = pd.concat(snapped, ignore_index=True) if len(snapped) > 1 else snapped[0]
    columns = {str(name): frame[name].to_numpy() for name in frame.columns if name != "node"}
    number = columns["number"].astype(np.int64)
    size = len(network.nodes)
    edge, share = columns["edge"], columns["share"]
    inside = np.flatnonzero((edge >= 0) & (share > 0.0) & (share < 1.0))
    first, which = _unique(edge[inside], share[inside])
    spots = inside[first]
    number[inside] = size + which
    pieces = _pieces(network, edge[spots], share[spots], size)
    points_from = size + len(spots)
    walks = speed is not None and network.weight in ("travel_time", "length")
    off = np.flatnonzero(columns["snap_m"] > AT_NODE_M) if walks else np.array([], dtype=np.int64)
    first, which = _unique(number[off], *(columns[c][off].round(3) for c in ("point_x", "point_y")))
    apart = off[first]
    more = _way_there(network, number[apart], points_from, columns["snap_m"][apart], speed)
    number[off] = points_from + which
    tails, heads, costs = _piece_links(network, pieces)
    links = np.append(tails, more[0]), np.append(heads, more[1]), np.append(costs, more[2])
    x, y = (np.append(columns[c][spots], columns[f"point_{c}"][apart]) for c in ("x", "y"))
    numbers = tuple(np.split(number, np.cumsum([len(table) for table in snapped])[:-1]))
    larger = _extended(network, x, y, links, len(spots))
    return PlacedNetwork(larger, numbers, network, points_from, pieces, links)


def _way_there(network: CostNetwork, places: Ints, first: int, metres: Floats, speed: float | None) -> Links:
    """Return the links between places and the points off the road, whose numbers begin with ``first``."""
    cost = metres if network.weight == "length" or speed is None else metres * 60.0 / (1000.0 * speed)
    points = first + np.arange(len(places))
    return np.append(places, points), np.append(points, places), np.append(cost, cost)


def _shared(cost: Floats, share: Floats) -> Floats:
    """Return the cost of a share of each edge; inf stays inf."""
    result: Floats = np.full(len(cost), np.inf)
    np.multiply(cost, share, out=result, where=np.isfinite(cost))
    return result


def _unique(*columns: npt.NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the first position of each different row, in rising order of the columns, and which one each row is."""
    order = np.lexsort(columns[::-1])
    fresh = np.zeros(len(order), dtype=bool)
    fresh[:1] = True
    for column in columns:
        fresh[1:] |= column[order][1:] != column[order][:-1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(fresh) - 1
    return order[fresh], rank


def _pieces(network: CostNetwork, edge: Ints, share: Floats, size: int) -> Pieces:
    """Return the pieces of the edges on which places stand; the places are sorted by edge and share."""
    if not len(edge):
        none = np.array([], dtype=np.int64)
        return Pieces(none, none, none, none.astype(float), none.astype(float))
    table = network.table
    number = size + np.arange(len(edge))
    last = np.append(edge[1:] != edge[:-1], True)
    first = np.append(True, last[:-1])
    before = Pieces(
        row=edge,
        u=np.where(first, table.u[edge], number - 1),
        v=number,
        begin=np.where(first, 0.0, np.append(0.0, share[:-1])),
        end=share,
    )
    ends = edge[last]
    return Pieces(
        row=np.append(before.row, ends),
        u=np.append(before.u, number[last]),
        v=np.append(before.v, table.v[ends]),
        begin=np.append(before.begin, share[last]),
        end=np.append(before.end, np.ones(len(ends))),
    )


def _piece_links(network: CostNetwork, pieces: Pieces) -> Links:
    if not len(pieces.row):
        return pieces.u, pieces.v, pieces.begin
    share, table = pieces.end - pieces.begin, network.table
    forward, backward = (_shared(cost[pieces.row], share) for cost in (table.forward, table.backward))
    along, against = np.isfinite(forward), np.isfinite(backward)
    tails, heads = np.append(pieces.u[along], pieces.v[against]), np.append(pieces.v[along], pieces.u[against])
    return tails, heads, np.append(forward[along], backward[against])


def _cut(lines: Lines, begin: Floats, end: Floats) -> Lines:
    pieces = [
        shapely.ops.substring(line, float(a), float(b), normalized=True)
        for line, a, b in zip(lines, begin, end, strict=True)
    ]
    result = np.empty(len(pieces), dtype=object)
    result[:] = pieces
    return result


def _extended(network: CostNetwork, x: Floats, y: Floats, links: Links, on_road: int) -> CostNetwork:
    """Return the network with more nodes, of which the first few are on roads, and more links."""
    if not len(x):
        return network
    size, count = len(network.nodes), len(x)
    road: Bools = np.concatenate([network.road, np.arange(count) < on_road])
    return replace(
        network,
        nodes=(*network.nodes, *(("place", i) for i in range(count))),
        x=np.append(network.x, x),
        y=np.append(network.y, y),
        forward=_joined(network.forward, links, size + count),
        road=road,
    )


def _joined(matrix: csr_array, links: Links, size: int) -> csr_array:
    """Return a larger matrix with more links; those of a node come after the ones it has."""
    tails, heads, costs = links
    order = np.argsort(tails, kind="stable")
    tails, heads, costs = tails[order], heads[order], costs[order]
    first = np.append(matrix.indptr, np.full(size + 1 - len(matrix.indptr), matrix.indptr[-1]))
    at = first[tails + 1]
    grown = first + np.append(0, np.cumsum(np.bincount(tails, minlength=size)))
    indices = np.insert(matrix.indices, at, heads).astype(np.int32)
    return csr_array((np.insert(matrix.data, at, costs), indices, grown.astype(np.int32)), shape=(size, size))
