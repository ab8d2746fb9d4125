"""Service areas: how far one gets along the network within so many minutes."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops

from .._validation import check_choice, check_edges, check_positive
from ..errors import DataError
from ..network import (
    NO_STOPPING,
    CostNetwork,
    EdgeTable,
    Graph,
    PlacedNetwork,
    Places,
    compile_graph,
    snap_points,
    with_places,
)
from .matrix import ACCESS_KMH

Floats = npt.NDArray[np.float64]
_QUARTER = 4  # straight pieces for a quarter of a circle


def service_area(
    graph: Graph | CostNetwork,
    origins: Places,
    *,
    minutes: Sequence[float] | float = (15, 30, 45, 60, 90),
    weight: str = "travel_time",
    direction: str = "from",
    buffer_m: float = 500.0,
    no_stopping: frozenset[str] = NO_STOPPING,
    snap_limit_m: float = 2000.0,
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
) -> gpd.GeoDataFrame:
    """Return the area within each limit of the nearest origin, as polygons that follow the roads.

    A stretch of road is inside as far as it is reached within the limit, the limit itself included, so that the
    60-minute area holds the 60th minute. It starts at the place of each origin on its road, both ways where both are
    allowed, after the way to the road. Where nobody can stop (motorways, railways) the line itself is left out; what
    is reached from its interchanges and stations is in.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        With ``geometry`` where an edge is not straight.
    origins : GeoDataFrame, GeoSeries or sequence of nodes
        From where (``direction='from'``) or to where (``'to'``).
    minutes : number or sequence of them
        Limits, rising; in minutes for ``travel_time``, else in the weight's unit.
    buffer_m : float
        Half the width of the area beside a road.
    parts, access_kmh
        As of :func:`nanyi_gis.accessibility.od_cost_matrix`.

    Returns
    -------
    GeoDataFrame
        One row a limit, ``minutes``, ``area_km2``, ``nodes`` (reached), ``unreached`` (nodes on roads that cannot be
        reached at all), in the graph's CRS, or UTM for one in degrees. Each area holds the one before.

    Examples
    --------
    At 60 km/h five minutes are 5 km of a road of 10 km; the area is 200 m wide there and rounded at both ends:

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([(0, {"x": 500_000.0, "y": 3_100_000.0}), (1, {"x": 510_000.0, "y": 3_100_000.0})])
    >>> _ = graph.add_edge(0, 1, travel_time=600.0, length=10_000.0)
    >>> area = service_area(graph, [0], minutes=5, buffer_m=100.0)
    >>> round(float(area["area_km2"].iloc[0]), 2)  # 5 x 0.2 and a circle of 0.1
    1.03
    """
    limits = check_edges([minutes] if isinstance(minutes, (int, float)) else minutes, name="minutes", least=0)
    width = check_positive(buffer_m, name="buffer_m", unit="m")
    check_choice(direction, ("from", "to"), name="direction")
    network = compile_graph(graph, weight=weight)
    network.check_places()
    start = snap_points(network, origins, limit_m=snap_limit_m, parts=parts)
    if start.empty:
        raise DataError("there are no origins; give at least one")
    placed = with_places(network, start, access_kmh=access_kmh)
    cost = placed.network.nearest(np.unique(placed.numbers[0]), direction=direction).cost
    stretches = _stretches(placed, direction=direction, skip=no_stopping)
    road, places = placed.network.road, np.column_stack([placed.network.x, placed.network.y])
    own = np.flatnonzero(network.road)  # places are no nodes of the graph, and not counted
    rows = []
    unreached = int(np.isinf(cost[own]).sum())
    area: shapely.Geometry = shapely.Polygon()
    before = -1.0
    for limit in limits:
        fresh = _new_pieces(stretches, cost, since=before, limit=limit)
        lone = np.flatnonzero(road & (cost > before) & (cost <= limit))
        dots = shapely.points(places[lone])
        dots = dots[~np.isin(lone, stretches.start[cost[stretches.start] < limit])]
        shapes = shapely.buffer(np.concatenate([fresh, dots]), width, quad_segs=_QUARTER)
        area = shapely.union_all([area, shapely.union_all(shapes)])
        rows.append((limit, area.area / 1e6, int((cost[own] <= limit).sum()), unreached, area))
        before = limit
    table = pd.DataFrame(rows, columns=["minutes", "area_km2", "nodes", "unreached", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=network.crs)


@dataclass(frozen=True)
class _Stretches:
    """Lines drawn away from the node where travel along them starts, that node's number, and how long they take."""

    line: npt.NDArray[np.object_]
    start: npt.NDArray[np.int64]
    end: npt.NDArray[np.int64]
    duration: Floats


def _stretches(placed: PlacedNetwork, *, direction: str, skip: frozenset[str]) -> _Stretches:
    table, _ = placed.split
    drawn = np.flatnonzero(~_skipped(table, placed.base, skip))
    along, against = (drawn[np.isfinite(cost[drawn])] for cost in (table.forward, table.backward))
    if direction == "to":  # away from the place is against the way that is travelled
        along, against = against, along
        durations = table.backward[along], table.forward[against]
    else:
        durations = table.forward[along], table.backward[against]
    return _Stretches(
        np.concatenate([table.line[along], shapely.reverse(table.line[against])]),
        np.concatenate([table.u[along], table.v[against]]),
        np.concatenate([table.v[along], table.u[against]]),
        np.concatenate(durations),
    )


def _skipped(table: EdgeTable, network: CostNetwork, skip: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Return the lines of a class in ``skip``."""
    classes = [network.edges.records[i].get("highway") for i in table.ahead]
    return np.array([isinstance(name, str) and name in skip for name in classes], dtype=np.bool_)


def _new_pieces(stretches: _Stretches, cost: Floats, *, since: float, limit: float) -> npt.NDArray[np.object_]:
    """Return the parts of the lines reached within ``limit`` that were not all reached within ``since``.

    A line that is reached whole both ways is taken once.
    """
    begin = cost[stretches.start]
    left = np.where(np.isfinite(begin), limit - begin, -1.0)
    whole = (left >= 0) & (left >= stretches.duration)
    old = np.isfinite(begin) & (begin + stretches.duration <= since)
    part = (left > 0) & ~whole
    share = left[part] / stretches.duration[part]
    pieces = [
        shapely.ops.substring(line, 0.0, float(s), normalized=True)
        for line, s in zip(stretches.line[part], share, strict=True)
    ]
    fresh = whole & ~old
    chosen = stretches.line[fresh]
    drawn = shapely.normalize(chosen)
    _, first = np.unique(shapely.to_wkb(drawn), return_index=True)
    return np.concatenate([chosen[np.sort(first)], np.array(pieces, dtype=object)])
