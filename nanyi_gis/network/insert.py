"""Places as real nodes of a graph: the edges under them are split."""

from collections.abc import Hashable, Iterator
from itertools import count, pairwise
from typing import Any

import numpy as np
import shapely
import shapely.ops

from .._transformers import crs_to_crs
from ..errors import ParameterError
from .compiled import CostNetwork, compile_graph
from .graph_type import Graph
from .snap import Places, snap_points

_SHARED = ("length", "travel_time", "wait_min")


def insert_places(graph: Graph, points: Places, *, limit_m: float = 2000.0, parts: str = "largest") -> Graph:
    """Return a copy of a graph in which the place of each point on its road is a node.

    Both directions of the road are split there. The pieces have the attributes of their edge, its ``id`` too, so that
    a scenario which closes the road closes all of it; ``length``, ``travel_time`` and ``wait_min`` are shared out
    along the line. A point whose place is a node already gets that one.

    Parameters
    ----------
    graph : MultiDiGraph
        With ``travel_time``.
    points, limit_m, parts
        As of :func:`nanyi_gis.network.snap_points`.

    Returns
    -------
    MultiDiGraph
        ``graph['inserted']`` maps the index of the points to nodes. New nodes are numbered on where all ids are
        whole numbers, and called ``place 1`` and so on where they are not.

    Raises
    ------
    DataError
        If a point lies beyond the limit.
    ParameterError
        If the graph has no directions.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([(1, {"x": 500_000.0, "y": 0.0}), (2, {"x": 501_000.0, "y": 0.0})])
    >>> _ = graph.add_edge(1, 2, travel_time=240.0, length=1000.0)
    >>> larger = insert_places(graph, gpd.GeoSeries.from_xy([500_250.0], [50.0], index=["home"], crs="EPSG:4544"))
    >>> larger.graph["inserted"], list(larger.edges(data="travel_time"))
    ({'home': 3}, [(1, 3, 60.0), (3, 2, 180.0)])
    """
    if not graph.is_directed():
        raise ParameterError("graph has no directions; give graph.to_directed()")
    network = compile_graph(graph)
    snapped = snap_points(network, points, limit_m=limit_m, parts=parts)
    result = graph.copy()
    inside = snapped["edge"].ge(0) & snapped["share"].gt(0.0) & snapped["share"].lt(1.0)
    nodes: dict[Hashable, Any] = dict(zip(snapped.index, snapped["node"], strict=True))
    edges = list(graph.edges(keys=True))
    fresh = _fresh_ids(graph)
    stops: dict[int, list[tuple[float, Any]]] = {}
    grouped: Any = snapped[inside].groupby(["edge", "share"], sort=True)
    for (row, share), same in grouped:
        node = next(fresh)
        spot = _own(network, shapely.Point(same["x"].iloc[0], same["y"].iloc[0]))
        result.add_node(node, x=spot.x, y=spot.y)
        stops.setdefault(int(row), []).append((float(share), node))
        nodes |= dict.fromkeys(same.index, node)
    for row, on_way in stops.items():
        _split(result, network, edges, row, on_way)
    result.graph["inserted"] = nodes
    return result


def _split(graph: Graph, network: CostNetwork, edges: list[Any], row: int, stops: list[tuple[float, Any]]) -> None:
    """Replace both directions of one line by their pieces, in place."""
    table = network.table
    backwards = [(1.0 - share, node) for share, node in reversed(stops)]
    for at, line, on_way in (
        (table.ahead[row], table.line[row], stops),
        (table.back[row], table.line[row].reverse(), backwards),
    ):
        if at < 0:
            continue
        u, v, key = edges[at]
        data: dict[str, Any] = dict(graph.get_edge_data(u, v, key))
        graph.remove_edge(u, v, key)
        for (begin, start), (end, stop) in pairwise([(0.0, u), *on_way, (1.0, v)]):
            shared = {name: float(data[name]) * (end - begin) for name in _SHARED if name in data}
            piece = _own(network, shapely.ops.substring(line, begin, end, normalized=True))
            graph.add_edge(start, stop, **{**data, **shared, "geometry": piece})


def _own(network: CostNetwork, shape: Any) -> Any:
    """Return a shape of the network's CRS in that of its graph."""
    if network.crs == network.own_crs:
        return shape
    back = crs_to_crs(network.crs, network.own_crs)
    return shapely.transform(shape, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def _fresh_ids(graph: Graph) -> Iterator[Any]:
    """Return ids that no node has: the next whole numbers, or names."""
    if all(isinstance(node, (int, np.integer)) for node in graph):
        return count(int(max(graph, default=0)) + 1)
    return (name for name in (f"place {i}" for i in count(1)) if name not in graph)
