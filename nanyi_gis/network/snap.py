"""From points to the nodes of a graph, with the distance said and limited."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd

from .._validation import check_positive
from ..errors import DataError, ParameterError
from .compiled import CostNetwork, compile_graph
from .graph_type import Graph

Places: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Sequence[Hashable]


def snap_points(graph: Graph | CostNetwork, points: Places, *, limit_m: float = 2000.0) -> pd.DataFrame:
    """Return the nearest node of each point and how far it is.

    Only nodes on a road count: a train is boarded at its stations alone, which roads and walks reach.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        The network.
    points : GeoDataFrame, GeoSeries or sequence of node ids
        Points in any CRS, or nodes themselves.
    limit_m : float
        Farther points are refused.

    Returns
    -------
    DataFrame
        ``node``, ``number`` (position in the compiled network) and ``snap_m``, with the index of the points.

    Raises
    ------
    DataError
        If points have no CRS, an index that is not unique, or lie beyond the limit.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 500_000.0, "y": 3_100_000.0}), ("b", {"x": 501_000.0, "y": 3_100_000.0})])
    >>> _ = graph.add_edge("a", "b", travel_time=60.0, highway="tertiary")
    >>> home = gpd.GeoSeries.from_xy([500_030.0], [3_100_040.0], index=["home"], crs="EPSG:4544")
    >>> snap_points(graph, home)[["node", "snap_m"]]
         node  snap_m
    home    a    50.0
    """
    network = graph if isinstance(graph, CostNetwork) else compile_graph(graph)
    if not isinstance(points, (gpd.GeoDataFrame, gpd.GeoSeries)):
        ids = _nodes(points, network)
        index = pd.Index(ids, tupleize_cols=False)
        _check_unique(index)
        return pd.DataFrame({"node": ids, "number": network.numbers_of(ids), "snap_m": 0.0}, index=index)
    _check_unique(points.index)
    shapes = points.geometry
    if shapes.crs is None:
        raise DataError("the points have no CRS; set one, e.g. points.set_crs('EPSG:4326')")
    if shapes.isna().any() or shapes.is_empty.any():
        raise DataError(f"point {shapes.index[shapes.isna() | shapes.is_empty][0]!r} has no coordinates; leave it out")
    if not shapes.geom_type.eq("Point").all():
        raise DataError(f"the layer holds {shapes.geom_type[shapes.geom_type.ne('Point')].iloc[0]}; give points")
    tree, numbers = network.road_tree
    if not len(numbers):
        raise DataError("the network has no road to start from; check the status and the mode of its lines")
    metric = shapes.to_crs(network.crs)
    distance, nearest = tree.query(np.column_stack([metric.x, metric.y]))
    limit = check_positive(limit_m, name="limit_m", unit="m")
    far = ~(distance <= limit)
    if far.any():
        worst = int(np.argmax(distance))
        raise DataError(
            f"{int(far.sum())} of {len(shapes)} points lie more than {limit:g} m from any road, the farthest is "
            f"{shapes.index[worst]!r} at {distance[worst]:.0f} m; check their CRS or raise the limit"
        )
    where = numbers[nearest]
    nodes: list[Any] = [network.nodes[i] for i in where]
    return pd.DataFrame({"node": nodes, "number": where, "snap_m": distance}, index=shapes.index)


def _nodes(points: Any, network: CostNetwork) -> list[Any]:
    """Return the ids as a list, of which a single node may be given as it is."""
    if isinstance(points, Hashable) and points in network.number:
        return [points]
    if isinstance(points, str) or not isinstance(points, Iterable):
        raise ParameterError(f"node {points!r} is not in the graph; give ids of its nodes or a layer of points")
    return list(points)


def _check_unique(index: pd.Index) -> None:
    if not index.is_unique:
        raise DataError(f"id {index[index.duplicated()][0]!r} occurs twice; ids must be unique")
