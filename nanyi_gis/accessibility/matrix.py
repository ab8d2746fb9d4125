"""Costs between places over a network: the matrix, the nearest facility, the detour."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .._limits import hold_memory, hold_searches
from .._validation import check_choice, check_positive
from ..errors import DataError
from ..network import CostNetwork, Graph, Places, compile_graph, snap_points

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_CELLS_AT_ONCE = 2**25


def od_cost_matrix(
    graph: Graph | CostNetwork,
    origins: Places,
    destinations: Places,
    *,
    weight: str = "travel_time",
    snap_limit_m: float = 2000.0,
    access_kmh: float | None = None,
    limit: float = np.inf,
) -> pd.DataFrame:
    """Return the least cost from every origin to every destination.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        A graph, or one compiled by :func:`nanyi_gis.network.compile_graph`, which saves time when asked again.
    origins, destinations : GeoDataFrame, GeoSeries or sequence of nodes
        Points in any CRS, snapped to the nearest node on a road, or nodes themselves.
    weight : str
        ``travel_time`` gives minutes, ``length`` metres, any other weight its own unit.
    snap_limit_m : float
        Points farther than this from the network are refused.
    access_kmh : float, optional
        Speed between a point and its node; adds minutes, or metres for ``length``. Not counted if not given.
    limit : float
        Costs above it are inf; a cost of exactly ``limit`` counts.

    Returns
    -------
    DataFrame
        Origins as index, destinations as columns, both as given. Unreachable is inf;
        ``attrs['unreachable']`` counts such pairs, ``attrs['snap_max_m']`` is the farthest snap.

    Raises
    ------
    DataError
        If a point is too far away, ids are not unique, or points have no CRS.
    ParameterError
        If a node is not in the graph.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(3))
    >>> graph.add_edges_from([(0, 1, {"travel_time": 60.0}), (1, 0, {"travel_time": 120.0})])
    [0, 0]
    >>> od_cost_matrix(graph, [0, 1], [0, 1, 2])
         0    1    2
    0  0.0  1.0  inf
    1  2.0  0.0  inf
    """
    network = compile_graph(graph, weight=weight)
    start = snap_points(network, origins, limit_m=snap_limit_m)
    end = snap_points(network, destinations, limit_m=snap_limit_m)
    asked = f"a matrix of {len(start):,} origins by {len(end):,} destinations"
    hold_memory(asked, 8.0 * len(start) * len(end), cure="take fewer at once")
    hold_searches(asked, min(len(start), len(end)), nodes=len(network.nodes))
    if len(start) <= len(end):
        costs = _costs(network, start["number"].to_numpy(), end["number"].to_numpy(), direction="from", limit=limit)
    else:
        costs = _costs(network, end["number"].to_numpy(), start["number"].to_numpy(), direction="to", limit=limit).T
    if access_kmh is not None:
        costs = costs + _access(start, network, access_kmh)[:, None] + _access(end, network, access_kmh)[None, :]
        costs[costs > limit] = np.inf
    matrix = pd.DataFrame(costs, index=start.index, columns=end.index, copy=False)
    matrix.attrs["unreachable"] = int(np.count_nonzero(costs == np.inf))
    matrix.attrs["snap_max_m"] = float(max(start["snap_m"].max(), end["snap_m"].max()))
    return matrix


def closest_facility(
    graph: Graph | CostNetwork,
    facilities: Places,
    origins: Places | None = None,
    *,
    weight: str = "travel_time",
    direction: str = "to",
    snap_limit_m: float = 2000.0,
) -> pd.DataFrame:
    """Return the nearest facility of each origin, or of every node, and its cost.

    Parameters
    ----------
    direction : str
        ``to``: travel to the facility (a patient); ``from``: travel from it (an ambulance).

    Returns
    -------
    DataFrame
        ``facility`` (id, missing where none can be reached) and ``cost`` (inf there), with the origins' index or
        the nodes as index. ``attrs['unreachable']`` counts the origins without any facility.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(3))
    >>> graph.add_edges_from([(0, 1, {"travel_time": 60.0}), (1, 2, {"travel_time": 180.0})])
    [0, 0]
    >>> closest_facility(graph, [2], [0, 1])
       facility  cost
    0         2   4.0
    1         2   3.0
    """
    network = compile_graph(graph, weight=weight)
    check_choice(direction, ("from", "to"), name="direction")
    places = snap_points(network, facilities, limit_m=snap_limit_m)
    if places.empty:
        raise DataError("there are no facilities; give at least one")
    numbers = places["number"].to_numpy()
    cost, source, _ = network.nearest(np.unique(numbers), direction=direction)
    if origins is None:
        index = network.index
    else:
        start = snap_points(network, origins, limit_m=snap_limit_m)
        cost, source = cost[start["number"]], source[start["number"]]
        index = start.index
    position = np.full(len(network.nodes) + 1, -1)
    position[numbers[::-1]] = np.arange(len(places))[::-1]
    found = np.where(source < 0, -1, position[np.maximum(source, 0)])
    facility = places.index.take(found).to_series(index=index).where(found >= 0)
    table = pd.DataFrame({"facility": facility, "cost": cost}, index=index)
    table.attrs["unreachable"] = int(np.isinf(cost).sum())
    return table


def detour_index(
    graph: Graph | CostNetwork,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    snap_limit_m: float = 2000.0,
) -> pd.DataFrame:
    """Return network length over straight-line distance, node to node; NaN where both are one node, inf where no way.

    The graph must carry ``length``, or be compiled for it.

    Along two sides of a square, 1 km each, the way is 2 km and the straight line the square root of 2:

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([(0, {"x": 0.0, "y": 0.0}), (1, {"x": 1000.0, "y": 0.0}), (2, {"x": 1000.0, "y": 1000.0})])
    >>> graph.add_edges_from([(0, 1, {"length": 1000.0}), (1, 2, {"length": 1000.0})])
    [0, 0]
    >>> ends = gpd.GeoDataFrame(geometry=gpd.points_from_xy([0.0, 1000.0], [0.0, 1000.0]), crs="EPSG:4544")
    >>> round(float(detour_index(graph, ends.iloc[:1], ends.iloc[1:]).iloc[0, 0]), 4)
    1.4142
    """
    network = compile_graph(graph, weight="length")
    start = snap_points(network, origins, limit_m=snap_limit_m)
    end = snap_points(network, destinations, limit_m=snap_limit_m)
    length = od_cost_matrix(network, origins, destinations, weight="length", snap_limit_m=snap_limit_m)
    i, j = start["number"].to_numpy()[:, None], end["number"].to_numpy()[None, :]
    straight = np.hypot(network.x[i] - network.x[j], network.y[i] - network.y[j])
    ratio = np.divide(length.to_numpy(), straight, out=np.full(straight.shape, np.nan), where=straight > 0)
    return pd.DataFrame(ratio, index=length.index, columns=length.columns)


def _costs(network: CostNetwork, rows: Ints, columns: Ints, *, direction: str, limit: float) -> Floats:
    """Return the costs between two sets of nodes; a search for each different row, and no copy where none is needed."""
    unique, inverse = np.unique(rows, return_inverse=True)
    count = len(network.nodes)
    if np.array_equal(columns, np.arange(count)):
        costs = network.costs(unique, direction=direction, limit=limit)
    else:
        costs = np.empty((len(unique), len(columns)))
        step = max(1, _CELLS_AT_ONCE // max(count, 1))
        for i in range(0, len(unique), step):
            costs[i : i + step] = network.costs(unique[i : i + step], direction=direction, limit=limit)[:, columns]
    return costs if np.array_equal(inverse, np.arange(len(unique))) else costs[inverse]


def _access(snapped: pd.DataFrame, network: CostNetwork, kmh: float) -> Floats:
    """Return what the way between point and node costs."""
    metres = snapped["snap_m"].to_numpy(dtype=np.float64)
    speed = check_positive(kmh, name="access_kmh", unit="km/h")
    return metres if network.weight == "length" else metres * 60.0 / (1000.0 * speed)
