"""The roads of a graph without direction: one row a link, for designs that count each road once."""

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from pyproj.exceptions import CRSError
from scipy.sparse.csgraph import connected_components

from ..errors import DataError, ParameterError
from ..network import Graph
from .neighbours import neighbours

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_ROAD = frozenset({"rail", "boarding", "walk", "ferry"})
"""Classes that are no road at all: trains, the way to them, and the way across."""

MOTORWAYS = frozenset({"motorway", "motorway_link"})
"""Classes that are left out unless asked for: a road for visitors has places to stop."""

FOOTWAYS = frozenset({"footway", "path", "steps", "cycleway", "pedestrian", "bridleway", "corridor", "trail"})
"""Classes that no car uses; left out unless asked for."""

_NODE_COLUMNS = ("name_zh", "place", "kind", "uncertainty_m")
_LINK_COLUMNS = ("highway", "status", "corridor", "name_zh")


@dataclass(frozen=True, eq=False)
class Links:
    """The undirected roads of a graph.

    Attributes
    ----------
    u, v : array of int
        Rows of ``nodes`` at the start and the end; ``geometry`` runs from ``u`` to ``v``.
    length_m : array of float
        Metres of each link.
    keys : array of str
        Ids of the links, the ``id`` of the graph's edges.
    nodes : DataFrame
        ``node`` (the graph's id), ``x``, ``y``, ``name_zh``, ``place``, ``kind``, ``uncertainty_m``.
    frame : GeoDataFrame
        ``id``, ``highway``, ``status``, ``corridor``, ``name_zh``, ``geometry``; a row a link.
    crs : str
        CRS of the coordinates.
    minutes : array of float
        Minutes to drive each link, of its ``travel_time`` in seconds; NaN where it has none.

    Two directions of one road are one link:

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 0.0, "y": 0.0}), ("b", {"x": 3000.0, "y": 4000.0})])
    >>> graph.add_edges_from([(*ends, {"id": "r", "length": 5200.0, "highway": "tertiary"}) for ends in ("ab", "ba")])
    [0, 0]
    >>> links = Links.of(graph)
    >>> links.keys.tolist(), links.length_m.tolist()
    (['r'], [5200.0])
    """

    u: Ints
    v: Ints
    length_m: Floats
    keys: npt.NDArray[Any]
    nodes: pd.DataFrame
    frame: gpd.GeoDataFrame
    crs: str
    minutes: Floats

    def __len__(self) -> int:
        return len(self.u)

    @classmethod
    def of(cls, graph: Graph, *, classes: Collection[str] | None = None) -> "Links":
        """Return the links of a graph.

        Parameters
        ----------
        graph : MultiDiGraph
            Of :func:`nanyi_gis.network.build_graph`; any graph with ``x``, ``y`` and ``length`` in metres.
        classes : collection of str, optional
            Values of ``highway`` to take; by default all but motorways, footways, railways and roads that are closed.

        Raises
        ------
        DataError
            If the graph has no CRS, no road of these classes, a node without coordinates, or a length that is not a
            number of zero or more.
        ParameterError
            If ``graph`` is no graph, or ``classes`` is no list, or names nothing.
        """
        if not isinstance(graph, nx.Graph):
            raise ParameterError(f"graph is {type(graph).__name__}, but must be a graph, as build_graph returns it")
        listed = isinstance(classes, Iterable) and not isinstance(classes, str)
        if classes is not None and not (listed and classes):
            raise ParameterError(f"classes is {classes!r}, but must be a list of road classes, e.g. ['secondary']")
        crs = _crs(graph)
        nodes = _nodes(graph)
        row = {node: i for i, node in enumerate(nodes["node"])}
        found: dict[tuple[Any, int, int], tuple[int, int, dict[str, Any]]] = {}
        for start, end, key, data in _edges(graph):
            u, v = row[start], row[end]
            if not _taken(data, classes):
                continue
            name = (
                data.get("id") or f"{nodes['node'][min(u, v)]}-{nodes['node'][max(u, v)]}-{key}",
                min(u, v),
                max(u, v),
            )
            if name not in found or (found[name][2].get("reversed") and not data.get("reversed")):
                found[name] = (u, v, data)
        if not found:
            raise DataError("the graph has no road that a route can take; give classes= that it has, or another graph")
        return cls._made(found, nodes, crs)

    @classmethod
    def _made(
        cls, found: dict[tuple[Any, int, int], tuple[int, int, dict[str, Any]]], nodes: pd.DataFrame, crs: str
    ) -> "Links":
        order = sorted(found, key=lambda name: (str(name[0]), name[1], name[2]))
        u = np.array([found[name][0] for name in order], dtype=np.int64)
        v = np.array([found[name][1] for name in order], dtype=np.int64)
        records = [found[name][2] for name in order]
        length = np.array([_number(data.get("length")) for data in records], dtype=np.float64)
        bad = ~np.isfinite(length) | (length < 0)
        if bad.any():
            at = int(np.argmax(bad))
            given = records[at].get("length")
            raise DataError(f"link {order[at][0]!r} has the length {given!r}, but it must be metres, zero or more")
        keys = np.array([str(name[0]) for name in order], dtype=object)
        table = {column: [_text(data.get(column)) for data in records] for column in _LINK_COLUMNS}
        places = nodes[["x", "y"]].to_numpy(dtype=np.float64)
        shapes = [_shape(data.get("geometry"), places[a], places[b]) for data, a, b in zip(records, u, v, strict=True)]
        frame = gpd.GeoDataFrame({"id": keys, **table}, geometry=shapes, crs=crs)
        seconds = np.array([_number(data.get("travel_time")) for data in records], dtype=np.float64)
        return cls(u, v, length, keys, nodes, frame, crs, seconds / 60.0)

    @cached_property
    def row_of(self) -> dict[Hashable, int]:
        """Row of each node by its id, and by the id of its place where no node has that id."""
        named = {place: i for i, place in enumerate(self.nodes["place"]) if place}
        return {**named, **{node: i for i, node in enumerate(self.nodes["node"])}}

    @cached_property
    def part(self) -> Ints:
        """Number of the connected part of each node."""
        matrix = neighbours(self.u, self.v, len(self.nodes))
        return np.asarray(connected_components(matrix, directed=False)[1], dtype=np.int64)

    def label(self, row: int) -> str:
        """Return the name of a node for a message: its own, or its id."""
        return str(self.nodes["name_zh"][row] or self.nodes["node"][row])


def shown(value: object) -> str:
    """Return an id as a message shows it.

    >>> shown(np.int64(3)), shown("太平")
    ('3', "'太平'")
    """
    return repr(value.item() if isinstance(value, np.generic) else value)


def _crs(graph: Graph) -> str:
    crs = str(graph.graph.get("crs") or "")
    if not crs:
        raise DataError("the graph has no graph['crs']; set it as OSMnx does, e.g. graph.graph['crs'] = 'EPSG:4544'")
    try:
        pyproj.CRS.from_user_input(crs)
    except CRSError:
        raise DataError(f"graph['crs'] is {crs[:60]!r}, which is no CRS; give one as 'EPSG:4544'") from None
    return crs


def _nodes(graph: Graph) -> pd.DataFrame:
    ids = list(graph.nodes)
    data = [graph.nodes[node] for node in ids]
    x = np.array([_number(record.get("x")) for record in data], dtype=np.float64)
    y = np.array([_number(record.get("y")) for record in data], dtype=np.float64)
    lost = ~(np.isfinite(x) & np.isfinite(y))
    if lost.any():
        raise DataError(f"node {shown(ids[int(np.argmax(lost))])} has no x or y in numbers; every node needs both")
    nodes = np.empty(len(ids), dtype=object)
    nodes[:] = ids
    table: dict[str, Any] = {"node": nodes, "x": x, "y": y}
    for column in _NODE_COLUMNS:
        if column == "uncertainty_m":
            table[column] = np.array([_number(record.get(column)) for record in data], dtype=np.float64)
        else:
            table[column] = [_text(record.get(column)) for record in data]
    return pd.DataFrame(table)


def _edges(graph: Graph) -> Iterator[tuple[Any, Any, Any, dict[str, Any]]]:
    if graph.is_multigraph():
        yield from graph.edges(keys=True, data=True)
    else:
        for u, v, data in graph.edges(data=True):
            yield u, v, 0, data


def _taken(data: dict[str, Any], classes: Collection[str] | None) -> bool:
    highway = data.get("highway") or ""
    names = set(highway) if isinstance(highway, list) else {highway}
    if classes is not None:
        return bool(names & set(classes))
    return data.get("status") != "closed" and not names & (NO_ROAD | MOTORWAYS | FOOTWAYS)


def _shape(geometry: Any, start: Floats, end: Floats) -> shapely.LineString:
    """Return the line from the first node to the second."""
    if geometry is None or geometry.is_empty:
        return shapely.LineString([start, end])
    first, last = geometry.coords[0], geometry.coords[-1]
    along = np.hypot(*(np.array(first[:2]) - start)) + np.hypot(*(np.array(last[:2]) - end))
    against = np.hypot(*(np.array(first[:2]) - end)) + np.hypot(*(np.array(last[:2]) - start))
    return geometry if along <= against else shapely.reverse(geometry)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return str(value[0]) if isinstance(value, list) and value else str(value)
