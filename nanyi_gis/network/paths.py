"""Ways through the network: the nodes of the cheapest one, and its edges as a layer."""

from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..errors import DataError
from .compiled import CostNetwork
from .graph_type import Graph


def cheapest_path(network: CostNetwork, start: Hashable, end: Hashable) -> list[Any]:
    """Return the nodes of the cheapest way from one node to another.

    Raises
    ------
    DataError
        If there is no way.

    Examples
    --------
    >>> import networkx as nx
    >>> from nanyi_gis.network import compile_graph
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((name, {"x": 0.0, "y": 0.0}) for name in "abc")
    >>> graph.add_weighted_edges_from([("a", "b", 60.0), ("b", "c", 60.0), ("a", "c", 180.0)], weight="travel_time")
    >>> cheapest_path(compile_graph(graph), "a", "c")
    ['a', 'b', 'c']
    """
    first, last = network.numbers_of([start, end])
    found = network.nearest([first], direction="from")
    if np.isinf(found.cost[last]):
        raise DataError(f"there is no way from {start!r} to {end!r}; they lie in parts of the network that do not meet")
    path = [int(last)]
    while path[-1] != first:
        path.append(int(found.before[path[-1]]))
    return [network.nodes[number] for number in reversed(path)]


def path_edges(graph: Graph, path: Sequence[Hashable], *, weight: str = "travel_time") -> gpd.GeoDataFrame:
    """Return the edges along a path, of parallel ones the cheapest, with ``u``, ``v`` and the attributes.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 0.0, "y": 0.0}), ("b", {"x": 3000.0, "y": 4000.0})])
    >>> graph.add_weighted_edges_from([("a", "b", 60.0), ("a", "b", 90.0)], weight="travel_time")
    >>> edges = path_edges(graph, ["a", "b"])
    >>> edges["travel_time"].tolist(), edges.length.tolist()
    ([60.0], [5000.0])
    """
    rows = []
    for u, v in pairwise(path):
        choices: list[dict[str, Any]] = list(graph.get_edge_data(u, v, default={}).values())
        if not choices:
            raise DataError(f"the path goes from {u!r} to {v!r}, but no edge does")
        best = min(choices, key=lambda data: float(data[weight]))
        ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
        rows.append({"u": u, "v": v, **best, "geometry": best.get("geometry") or shapely.LineString(ends)})
    table = pd.DataFrame(rows) if rows else pd.DataFrame({"u": [], "v": [], "geometry": []})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=graph.graph["crs"])
