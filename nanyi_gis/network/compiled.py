"""A graph compiled once to sparse rows, which a kernel then searches."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from .._kernels.graph import spread, spread_each
from .._transformers import crs_to_crs
from .._validation import check_choice
from ..errors import DataError, ParameterError
from .edges import Bools, EdgeTable, Floats, Ints, edge_table
from .graph_type import Graph
from .records import collector_resting

NO_STOPPING = frozenset({"motorway", "rail", "boarding"})


class Nearest(NamedTuple):
    """For every node: the cost (inf where none), the number of the nearest node and of the next on the way (-1)."""

    cost: Floats
    owner: npt.NDArray[np.int32]
    before: npt.NDArray[np.int32]


class Edges(NamedTuple):
    """The edges of the graph in its own order: numbers of both ends, cost, whether one may stop, attributes."""

    ends: Ints
    cost: Floats
    stop: Bools
    records: Sequence[dict[str, Any]]


class Parts(NamedTuple):
    """Strongly connected parts: the number of each node's, and the count of nodes in each; part 0 is the largest."""

    of_node: Ints
    size: Ints


@dataclass(frozen=True, eq=False)
class CostNetwork:
    """A directed graph with one cost per pair of neighbours.

    Attributes
    ----------
    nodes : tuple
        Ids of the nodes; a position in it is a node's number.
    x, y : array
        Coordinates in metres, NaN where a node has none; those of a graph in degrees are projected to UTM.
    crs : str
        CRS of the coordinates.
    forward : csr_array
        Cost from row to column: minutes for ``travel_time``, the weight's own unit otherwise. Of parallel edges
        the cheapest counts.
    road : array of bool
        Nodes where a traveller may start, end or change to walking: those with an edge that is neither motorway
        nor railway.
    edges : Edges
        The graph's edges as they are, parallel ones too.
    own_places, own_crs : array, str
        Coordinates of the nodes as the graph has them.
    """

    nodes: tuple[Hashable, ...]
    x: Floats
    y: Floats
    crs: str
    weight: str
    forward: csr_array
    road: Bools
    number: dict[Hashable, int] = field(repr=False)
    edges: Edges = field(repr=False)
    own_places: Floats = field(repr=False)
    own_crs: str

    @cached_property
    def backward(self) -> csr_array:
        """Cost from column to row."""
        matrix = self.forward.T.tocsr()
        return csr_array(
            (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)), shape=matrix.shape
        )

    @cached_property
    def table(self) -> EdgeTable:
        """The lines of the network, made when first asked for.

        Raises
        ------
        DataError
            If a node has no coordinates, the network no CRS, or the geometry of an edge is no line.
        """
        self.check_places()
        ends, cost, stop, records = self.edges
        crs = (self.own_crs, self.crs)
        return edge_table(records, ends, cost, stop, nodes=self.nodes, places=self.own_places, crs=crs)

    @cached_property
    def parts(self) -> Parts:
        """Strongly connected parts, by the number of their nodes where one may stop, then of all their nodes."""
        links = csr_array((np.ones(self.forward.nnz, np.int8), self.forward.indices, self.forward.indptr))
        links.resize(self.forward.shape)
        count, label = connected_components(links, directed=True, connection="strong")
        size = np.bincount(label, minlength=count)
        stops = np.bincount(label[self.road], minlength=count)
        first = np.full(count, len(label))
        np.minimum.at(first, label, np.arange(len(label)))
        order = np.lexsort((first, -size, -stops))
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        return Parts(rank[label], size[order].astype(np.int64))

    @cached_property
    def line_parts(self) -> Ints:
        """The part of each line of the table: the smaller one where it leads from one part to another."""
        of_node = self.parts.of_node
        return np.asarray(np.maximum(of_node[self.table.u], of_node[self.table.v]))

    @cached_property
    def main_stops(self) -> tuple[shapely.STRtree, Ints]:
        """Search tree over the lines of the largest part where one may stop, and their rows."""
        rows = np.flatnonzero(self.table.stop & (self.line_parts == 0))
        if len(rows) == len(self.table.stops[1]):
            return self.table.stops
        return shapely.STRtree(self.table.line[rows]), rows

    def numbers_of(self, nodes: Sequence[Hashable]) -> Ints:
        """Return the numbers of nodes given by id, or by the id of their place in ``places.csv``.

        Raises
        ------
        ParameterError
            If a node is not in the graph.
        """
        try:
            return np.fromiter((self.number[node] for node in nodes), dtype=np.int64, count=len(nodes))
        except KeyError as error:
            raise ParameterError(f"node {error.args[0]!r} is not in the graph; give ids of its nodes") from None

    def check_places(self) -> None:
        """Raise DataError if a node has no coordinates, or the network no CRS."""
        lost = ~(np.isfinite(self.x) & np.isfinite(self.y))
        if lost.any():
            node = self.nodes[int(np.argmax(lost))]
            raise DataError(f"node {node!r} has no x or y in numbers; every node needs both to be found on a map")
        if not self.crs:
            raise DataError(
                "the graph has no graph['crs']; set it as OSMnx does, e.g. graph.graph['crs'] = 'EPSG:4326'"
            )

    @cached_property
    def index(self) -> pd.Index:
        """The nodes as an index of tables."""
        return pd.Index(list(self.nodes), name="node", tupleize_cols=False)

    def costs(self, numbers: npt.ArrayLike, *, direction: str = "from", limit: float = np.inf) -> Floats:
        """Return the cost between each given node and every node, inf where there is no way or it is over ``limit``.

        Direction ``from`` is from the given nodes, ``to`` is to them; a cost of exactly ``limit`` counts.
        """
        matrix = self._matrix(direction)
        seeds = np.atleast_1d(np.asarray(numbers, dtype=np.int32))
        result = np.empty((len(seeds), len(self.nodes)))
        spread_each(matrix.indptr, matrix.indices, matrix.data, seeds, limit, result)
        return result

    def nearest(
        self,
        numbers: npt.ArrayLike,
        *,
        direction: str = "to",
        limit: float = np.inf,
        start: npt.ArrayLike | None = None,
    ) -> Nearest:
        """Return for every node the cost to (or from) the nearest given node, which one, and the way there.

        ``start`` is what each given node costs to begin with, nothing if not given; where it is inf, none begins.
        """
        matrix = self._matrix(direction)
        seeds = np.atleast_1d(np.asarray(numbers, dtype=np.int32))
        first = np.zeros(len(seeds)) if start is None else np.asarray(start, dtype=np.float64)
        cost = np.empty(len(self.nodes))
        owner, before = np.empty(len(cost), np.int32), np.empty(len(cost), np.int32)
        spread(matrix.indptr, matrix.indices, matrix.data, seeds, first, limit, cost, owner, before)
        return Nearest(cost, owner, before)

    def _matrix(self, direction: str) -> csr_array:
        return self.backward if check_choice(direction, ("from", "to"), name="direction") == "to" else self.forward


def _require_graph(graph: object) -> None:
    """Raise ParameterError if something is no graph of NetworkX.

    >>> _require_graph(5)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: graph is a int, but must be a networkx.MultiDiGraph; see build_graph
    """
    if not isinstance(graph, nx.Graph):
        raise ParameterError(f"graph is a {type(graph).__name__}, but must be a networkx.MultiDiGraph; see build_graph")


def compile_graph(graph: Graph | CostNetwork, *, weight: str = "travel_time") -> CostNetwork:
    """Compile a graph for one weight; a compiled one is returned as it is.

    Raises
    ------
    DataError
        If an edge has no such weight, or it is negative or not finite.
    ParameterError
        If a compiled network has another weight.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 0.0, "y": 0.0}), ("b", {"x": 600.0, "y": 0.0})])
    >>> _ = graph.add_edge("a", "b", travel_time=90.0, highway="tertiary")
    >>> compile_graph(graph).costs([0]).tolist()
    [[0.0, 1.5]]
    """
    if isinstance(graph, CostNetwork):
        if graph.weight != weight:
            raise ParameterError(f"weight is {weight!r}, but the network was compiled for {graph.weight!r}")
        return graph
    _require_graph(graph)
    if not graph.is_directed():
        graph = graph.to_directed(as_view=True)
    nodes = tuple(graph.nodes)
    number: dict[Hashable, int] = {node: i for i, node in enumerate(nodes)}
    named = {data["place"]: number[node] for node, data in graph.nodes(data=True) if data.get("place")}
    with collector_resting():
        links = list(graph.edges(data=True))
        numbers = (number[node] for u, v, _ in links for node in (u, v))
        ends = np.fromiter(numbers, dtype=np.int64, count=2 * len(links)).reshape(-1, 2)
        records: list[dict[str, Any]] = [data for _, _, data in links]
    costs = np.fromiter((_number(data.get(weight)) for data in records), dtype=np.float64, count=len(records))
    stop = stops([data.get("highway") for data in records])
    places = np.array([_place(data) for _, data in graph.nodes(data=True)], dtype=np.float64).reshape(-1, 2)
    edges = Edges(ends, costs, stop, records)
    return joined(edges, {**named, **number}, nodes, places, crs=str(graph.graph.get("crs") or ""), weight=weight)


def joined(
    edges: Edges, number: dict[Hashable, int], nodes: tuple[Hashable, ...], places: Floats, *, crs: str, weight: str
) -> CostNetwork:
    """Join edges, with costs in the weight's own unit, into a network; see :func:`compile_graph`."""
    ends, costs, stop, records = edges
    bad = ~np.isfinite(costs) | (costs < 0)
    if bad.any():
        at = int(np.argmax(bad))
        u, v = (nodes[i] for i in ends[at])
        raise DataError(f"edge {u!r} to {v!r} has {weight} {records[at].get(weight)!r}, but it must be zero or more")
    road = np.zeros(len(nodes), dtype=np.bool_)
    road[ends[stop].ravel()] = True
    x, y, metric = _metric(places[:, 0], places[:, 1], crs)
    if weight == "travel_time":
        costs = costs / 60.0
    return CostNetwork(
        nodes,
        x,
        y,
        metric,
        weight,
        least(ends[:, 0], ends[:, 1], costs, len(nodes)),
        road,
        number,
        edges=Edges(ends, costs, stop, records),
        own_places=places,
        own_crs=crs,
    )


def stops(classes: Sequence[Any]) -> Bools:
    """Return which edges are of classes on which one can stop; without any such edge, the motorways."""
    for passing in (NO_STOPPING, NO_STOPPING - {"motorway"}):
        try:
            stopping = np.array([highway not in passing for highway in classes], dtype=np.bool_)
        except TypeError:  # a list of classes, as OSMnx keeps them for an edge of several ways
            stopping = np.array([_may_stop(highway, passing) for highway in classes], dtype=np.bool_)
        if stopping.any():
            break
    return stopping


def _may_stop(highway: Any, passing: frozenset[str]) -> bool:
    return any(name not in passing for name in highway) if isinstance(highway, list) else highway not in passing


def least(rows: Ints, columns: Ints, data: Floats, size: int) -> csr_array:
    """Build a matrix in which the smallest of several values for one pair counts, and a zero is an edge too."""
    order = np.lexsort((data, columns, rows))
    rows, columns, data = rows[order], columns[order], data[order]
    fresh = np.ones(len(rows), dtype=bool)
    fresh[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
    start = np.searchsorted(rows[fresh], np.arange(size + 1)).astype(np.int32)
    return csr_array((data[fresh], columns[fresh].astype(np.int32), start), shape=(size, size))


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _place(data: dict[str, Any]) -> tuple[float, float]:
    return _number(data.get("x")), _number(data.get("y"))


def _metric(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats, str]:
    """Return coordinates in metres: those in degrees in the UTM zone of their middle."""
    known = np.isfinite(x) & np.isfinite(y)
    if not crs or not known.any() or not CRS.from_user_input(crs).is_geographic:
        return x, y, crs
    middle = gpd.GeoSeries(gpd.points_from_xy([np.median(x[known])], [np.median(y[known])]), crs=crs)
    metric = str(middle.estimate_utm_crs().to_string())
    east, north = crs_to_crs(crs, metric).transform(x, y)
    return np.asarray(east), np.asarray(north), metric
