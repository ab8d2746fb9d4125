"""From points to the roads of a graph, with the distance said and limited."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._validation import check_choice, check_positive
from ..errors import DataError, ParameterError
from .compiled import CostNetwork, compile_graph
from .edges import EdgeTable, Floats, Ints
from .graph_type import Graph
from .placing import metres_between

Places: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Sequence[Hashable]
PARTS = ("largest", "any")
AT_NODE_M = 1e-3
"""Nearer than a millimetre to a node along its line, a place is the node itself."""


class _Found(NamedTuple):
    """The row of the nearest line of each point, and the distance to it in the units of the network's CRS."""

    row: Ints
    distance: Floats


def snap_points(
    graph: Graph | CostNetwork, points: Places, *, limit_m: float = 2000.0, parts: str = "largest"
) -> pd.DataFrame:
    """Return the nearest place on a road for each point, and how far it is.

    Only edges on which a traveller may stop count, of those that the graph has for its mode: not motorways, and a
    train is boarded at its stations alone, which roads and walks reach. A place nearer than a millimetre to the end
    of an edge is the node there.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        The network.
    points : GeoDataFrame, GeoSeries or sequence of node ids
        Points in any CRS, or nodes themselves.
    limit_m : float
        Metres; points farther than this from every road are refused.
    parts : str
        ``largest``: the nearest road of the largest strongly connected part, in which every place reaches every
        other; where none lies within the limit, the nearest of any part. ``any``: the nearest road at once.

    Returns
    -------
    DataFrame
        With the index of the points:

        ``node``, ``number``
            The nearer end of the edge, and its position in the compiled network.
        ``edge``, ``share``
            Row in the network's table of edges, and where on its line, 0 at the start and 1 at the end; -1 and 0 for
            a node given by its id.
        ``snap_m``
            Metres from the point to the line: in the plane of the network's CRS where that is true to 1 in 40,000, as
            lengths of roads are, else on the ellipsoid.
        ``x``, ``y``, ``point_x``, ``point_y``
            The place on the road, and the point itself, in the network's CRS.
        ``part``, ``part_nodes``, ``off_main_m``
            Which part the place is on, 0 the largest and the others by size, with the number of its nodes. An edge
            that leads from one part to another counts to the smaller. For a place that is not on part 0, the metres
            from the point to it (NaN for a node given by id), else 0.

    Raises
    ------
    DataError
        If points have no CRS, an index that is not unique, or lie beyond the limit.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 500_000.0, "y": 3_100_000.0}), ("b", {"x": 501_000.0, "y": 3_100_000.0})])
    >>> graph.add_edges_from([(u, v, {"travel_time": 60.0, "highway": "tertiary"}) for u, v in ["ab", "ba"]])
    [0, 0]
    >>> home = gpd.GeoSeries.from_xy([500_250.0], [3_100_040.0], index=["home"], crs="EPSG:4544")
    >>> snap_points(graph, home)[["node", "share", "snap_m"]]
         node  share  snap_m
    home    a   0.25    40.0
    """
    network = graph if isinstance(graph, CostNetwork) else compile_graph(graph)
    check_choice(parts, PARTS, name="parts")
    limit = check_positive(limit_m, name="limit_m", unit="m")
    if not isinstance(points, (gpd.GeoDataFrame, gpd.GeoSeries)):
        return _at_nodes(points, network)
    shapes = _checked(points)
    if not network.edges.stop.any():
        network.check_places()
        raise DataError("the network has no road to start from; check the status and the mode of its lines")
    table = network.table
    metric = shapes.to_crs(network.crs)
    at = np.column_stack([metric.x, metric.y])
    lost = ~np.isfinite(at).all(axis=1)
    if lost.any():
        where, label = shapes.iloc[int(np.argmax(lost))], shapes.index[lost][0]
        raise DataError(
            f"point {label!r} at {where.x:g}, {where.y:g} has no place in {network.crs[:40]}; "
            "check its coordinates and CRS"
        )
    found, off_main = _nearest(network, at, limit=limit, parts=parts)
    share, places = _projected(table, found.row, at)
    metres = metres_between(network.crs, at, places)
    metres[np.isinf(found.distance)] = np.inf
    _check_limit(metres, limit, shapes.index)
    ends = np.where(share < 0.5, table.u[found.row], table.v[found.row])
    part = network.line_parts[found.row]
    return _frame(
        network,
        shapes.index,
        number=ends,
        edge=found.row,
        share=share,
        snap_m=metres,
        places=places,
        points=at,
        part=part,
        off_main_m=np.where(part > 0, off_main, 0.0),
    )


def _nearest(network: CostNetwork, at: Floats, *, limit: float, parts: str) -> tuple[_Found, Floats]:
    """Return the nearest line by the rule ``parts``, and the metres to the largest part (NaN if it has no line)."""
    main = np.full(len(at), np.nan)
    if parts == "any" or not len(network.main_stops[1]):
        found = _query(*network.table.stops, at)
    else:
        found = _query(*network.main_stops, at)
        main = _metres(network, found, at)
        far = ~(main <= limit)
        if far.any():
            found.row[far], found.distance[far] = _query(*network.table.stops, at[far])
    off = np.flatnonzero(np.isnan(main) & (network.line_parts[found.row] > 0))
    if len(off) and len(network.main_stops[1]):
        main[off] = _metres(network, _query(*network.main_stops, at[off]), at[off])
    return found, main


def _query(tree: shapely.STRtree, rows: Ints, at: Floats) -> _Found:
    """Return the nearest line of each place, the first row of equally near ones; inf where a place is not finite."""
    row = np.full(len(at), rows[0])
    distance = np.full(len(at), np.inf)
    known = np.flatnonzero(np.isfinite(at).all(axis=1))
    (which, hit), metres = tree.query_nearest(shapely.points(at[known]), return_distance=True)
    order = np.lexsort((rows[hit], which))
    first = order[np.searchsorted(which[order], np.arange(len(known)))]
    row[known], distance[known] = rows[hit[first]], metres[first]
    return _Found(row, distance)


def _metres(network: CostNetwork, found: _Found, at: Floats) -> Floats:
    metres = metres_between(network.crs, at, _projected(network.table, found.row, at)[1])
    return np.where(np.isinf(found.distance), np.inf, metres)


def _projected(table: EdgeTable, rows: Ints, at: Floats) -> tuple[Floats, Floats]:
    """Return where on its line each place falls, as a share and in coordinates."""
    lines = table.line[rows]
    known = np.nan_to_num(at, posinf=0.0, neginf=0.0)
    along = np.nan_to_num(shapely.line_locate_point(lines, shapely.points(known)))
    length = shapely.length(lines)
    along = np.where(along <= AT_NODE_M, 0.0, np.where(along >= length - AT_NODE_M, length, along))
    share = np.divide(along, length, out=np.zeros(len(along)), where=length > 0)
    return share, shapely.get_coordinates(shapely.line_interpolate_point(lines, along))


def _checked(points: gpd.GeoDataFrame | gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the points, one a row; a multipoint of one is a point."""
    _check_unique(points.index)
    shapes = points.geometry
    if shapes.crs is None:
        raise DataError("the points have no CRS; set one, e.g. points.set_crs('EPSG:4326')")
    if shapes.isna().any() or shapes.is_empty.any():
        raise DataError(f"point {shapes.index[shapes.isna() | shapes.is_empty][0]!r} has no coordinates; leave it out")
    several = shapes.geom_type.eq("MultiPoint").to_numpy()
    if several.any():
        one = several & (shapely.get_num_geometries(shapes.values) == 1)
        shapes = shapes.where(~one, gpd.GeoSeries(shapely.get_geometry(shapes.values, 0), shapes.index, crs=shapes.crs))
    if not shapes.geom_type.eq("Point").all():
        raise DataError(f"the layer holds {shapes.geom_type[shapes.geom_type.ne('Point')].iloc[0]}; give points")
    return shapes


def _check_limit(metres: Floats, limit: float, index: pd.Index) -> None:
    far = ~(metres <= limit)
    if far.any():
        worst = int(np.argmax(metres))
        raise DataError(
            f"{int(far.sum())} of {len(metres)} points lie more than {limit:g} m from any road, the farthest is "
            f"{index[worst]!r} at {metres[worst]:.0f} m; check their CRS or raise the limit"
        )


def _at_nodes(points: Any, network: CostNetwork) -> pd.DataFrame:
    ids = _nodes(points, network)
    index = pd.Index(ids, tupleize_cols=False)
    _check_unique(index)
    numbers = network.numbers_of(ids)
    places = np.column_stack([network.x[numbers], network.y[numbers]])
    part = network.parts.of_node[numbers]
    return _frame(
        network,
        index,
        number=numbers,
        edge=np.full(len(ids), -1),
        share=np.zeros(len(ids)),
        snap_m=np.zeros(len(ids)),
        places=places,
        points=places,
        part=part,
        off_main_m=np.where(part > 0, np.nan, 0.0),
    )


def _frame(
    network: CostNetwork,
    index: pd.Index,
    *,
    number: Ints,
    places: Floats,
    points: Floats,
    part: Ints,
    **columns: npt.NDArray[Any],
) -> pd.DataFrame:
    data = {
        "node": [network.nodes[i] for i in number],
        "number": number,
        "edge": columns["edge"],
        "share": columns["share"],
        "snap_m": columns["snap_m"],
        "x": places[:, 0],
        "y": places[:, 1],
        "part": part,
        "part_nodes": network.parts.size[part],
        "off_main_m": columns["off_main_m"],
        "point_x": points[:, 0],
        "point_y": points[:, 1],
    }
    return pd.DataFrame(data, index=index)


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
