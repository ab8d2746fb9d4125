"""Costs between places over a network: the matrix, the nearest facility, the detour."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .._limits import hold_memory, hold_searches
from .._validation import check_choice
from ..errors import DataError
from ..network import CostNetwork, Graph, Places, compile_graph, metres_between, snap_points, with_places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ACCESS_KMH = 5.0
"""Speed on the way between a point and the road, on foot."""

_CELLS_AT_ONCE = 2**25


def od_cost_matrix(
    graph: Graph | CostNetwork,
    origins: Places,
    destinations: Places,
    *,
    weight: str = "travel_time",
    snap_limit_m: float = 2000.0,
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
    limit: float = np.inf,
) -> pd.DataFrame:
    """Return the least cost from every origin to every destination, from door to door.

    With ``access_kmh`` the way between a point and its place on the road counts at both ends::

        minutes = 60 snap_m / (1000 access_kmh) + minutes on the network + 60 snap_m / (1000 access_kmh)

    for ``length`` the metres themselves, for other weights nothing. From a point to itself it is 0.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        A graph, or one compiled by :func:`nanyi_gis.network.compile_graph`, which saves time when asked again.
    origins, destinations : GeoDataFrame, GeoSeries or sequence of nodes
        Points in any CRS, snapped to the nearest place on a road, or nodes themselves.
    weight : str
        ``travel_time`` gives minutes, ``length`` metres, any other weight its own unit.
    snap_limit_m : float
        Points farther than this from every road are refused.
    parts : str
        Which roads points are snapped to, ``largest`` or ``any``: see :func:`nanyi_gis.network.snap_points`.
    access_kmh : float or None
        Speed between a point and the road; None leaves that way out.
    limit : float
        Costs above it, the way off the road included, are inf; a cost of exactly ``limit`` counts.

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
    start = snap_points(network, origins, limit_m=snap_limit_m, parts=parts)
    end = snap_points(network, destinations, limit_m=snap_limit_m, parts=parts)
    asked = f"a matrix of {len(start):,} origins by {len(end):,} destinations"
    hold_memory(asked, 8.0 * len(start) * len(end), cure="take fewer at once")
    hold_searches(asked, min(len(start), len(end)), nodes=len(network.nodes))
    placed = with_places(network, start, end, access_kmh=access_kmh)
    rows, columns = placed.numbers
    if len(start) <= len(end):
        costs = _costs(placed.network, rows, columns, direction="from", limit=limit)
    else:
        costs = _costs(placed.network, columns, rows, direction="to", limit=limit).T
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
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
) -> pd.DataFrame:
    """Return the nearest facility of each origin, or of every node, and its cost.

    Costs are those of :func:`od_cost_matrix`, the way off the road at both ends included.

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
    places = snap_points(network, facilities, limit_m=snap_limit_m, parts=parts)
    if places.empty:
        raise DataError("there are no facilities; give at least one")
    if origins is None:
        placed = with_places(network, places, access_kmh=access_kmh)
        index, at = network.index, np.arange(len(network.nodes))
    else:
        start = snap_points(network, origins, limit_m=snap_limit_m, parts=parts)
        placed = with_places(network, places, start, access_kmh=access_kmh)
        index, at = start.index, placed.numbers[1]
    numbers = placed.numbers[0]
    cost, source, _ = placed.network.nearest(np.unique(numbers), direction=direction)
    cost, source = cost[at], source[at]
    # Of several facilities at one place the first counts.
    position = np.full(len(placed.network.nodes) + 1, -1)
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
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
) -> pd.DataFrame:
    """Return the length of the way over the straight-line distance; NaN where both are one place, inf where no way.

    From point to point with the metres off the road; with ``access_kmh=None`` from road to road. The graph must
    carry ``length``, or be compiled for it.

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
    start = snap_points(network, origins, limit_m=snap_limit_m, parts=parts)
    end = snap_points(network, destinations, limit_m=snap_limit_m, parts=parts)
    rows, columns = (placed := with_places(network, start, end, access_kmh=access_kmh)).numbers
    length = _costs(placed.network, rows, columns, direction="from", limit=np.inf)
    place = ["x", "y"] if access_kmh is None else ["point_x", "point_y"]
    first = np.repeat(start[place].to_numpy(), len(end), axis=0)
    second = np.tile(end[place].to_numpy(), (len(start), 1))
    straight = metres_between(network.crs, first, second).reshape(length.shape)
    ratio = np.divide(length, straight, out=np.full(straight.shape, np.nan), where=straight > 0)
    return pd.DataFrame(ratio, index=start.index, columns=end.index)


def _costs(network: CostNetwork, rows: Ints, columns: Ints, *, direction: str, limit: float) -> Floats:
    """Return the costs between two sets of nodes; a search for each different row, and no copy where none is needed."""
    unique, inverse = np.unique(rows, return_inverse=True)
    count = len(network.nodes)
    if np.array_equal(columns, np.arange(len(columns))) and 2 * len(columns) >= count:
        costs = network.costs(unique, direction=direction, limit=limit)[:, : len(columns)]
    else:
        costs = np.empty((len(unique), len(columns)))
        step = max(1, _CELLS_AT_ONCE // max(count, 1))
        for i in range(0, len(unique), step):
            costs[i : i + step] = network.costs(unique[i : i + step], direction=direction, limit=limit)[:, columns]
    return costs if np.array_equal(inverse, np.arange(len(unique))) else costs[inverse]
