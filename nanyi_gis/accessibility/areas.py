"""Service areas: how far one gets along the network within so many minutes."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.ops

from .._validation import check_choice, check_edges, check_positive
from ..errors import DataError
from ..network.assemble import graph_to_frames
from ..network.compiled import NO_STOPPING, compile_graph
from ..network.graph_type import Graph
from ..network.snap import Places, snap_points

Floats = npt.NDArray[np.float64]


def service_area(
    graph: Graph,
    origins: Places,
    *,
    minutes: Sequence[float] = (15, 30, 45, 60, 90),
    weight: str = "travel_time",
    direction: str = "from",
    buffer_m: float = 500.0,
    no_stopping: frozenset[str] = NO_STOPPING,
    snap_limit_m: float = 2000.0,
) -> gpd.GeoDataFrame:
    """Return the area within each limit of the nearest origin, as polygons that follow the roads.

    A stretch of road is inside as far as it is reached within the limit, the limit itself included, so that the
    60-minute area holds the 60th minute. Where nobody can stop (motorways, railways) the line itself is left out; what
    is reached from its interchanges and stations is in.

    Parameters
    ----------
    graph : MultiDiGraph
        With ``geometry`` where an edge is not straight.
    origins : GeoDataFrame, GeoSeries or sequence of nodes
        From where (``direction='from'``) or to where (``'to'``).
    minutes : sequence of float
        Limits, rising; in minutes for ``travel_time``, else in the weight's unit.
    buffer_m : float
        Half the width of the area beside a road.

    Returns
    -------
    GeoDataFrame
        One row a limit, ``minutes``, ``area_km2``, ``nodes`` (reached), ``unreached`` (nodes on roads that cannot be
        reached at all), in the graph's CRS. Each area holds the one before.
    """
    limits = check_edges(minutes, name="minutes")
    width = check_positive(buffer_m, name="buffer_m", unit="m")
    check_choice(direction, ("from", "to"), name="direction")
    network = compile_graph(graph, weight=weight)
    start = np.unique(snap_points(network, origins, limit_m=snap_limit_m)["number"])
    if not len(start):
        raise DataError("there are no origins; give at least one")
    cost = network.nearest(start, direction=direction).cost
    nodes, edges = graph_to_frames(graph)
    edges = edges[~edges["highway"].isin(no_stopping)]
    tail = network.numbers_of(list(edges["v" if direction == "to" else "u"]))
    scale = 60.0 if weight == "travel_time" else 1.0
    duration = edges[weight].to_numpy(dtype=np.float64) / scale
    lines = edges.geometry.to_numpy()
    lines = shapely.reverse(lines) if direction == "to" else lines
    at = shapely.points(np.column_stack([network.x, network.y]))
    rows = []
    area: shapely.Geometry = shapely.Polygon()
    for limit in limits:
        reached = network.road & (cost <= limit)
        pieces = _reached(lines, cost[tail], duration, limit)
        shapes = np.concatenate([shapely.buffer(pieces, width), shapely.buffer(at[reached], width)])
        area = shapely.union_all(np.append(shapes, area))
        unreached = int((network.road & np.isinf(cost)).sum())
        rows.append((limit, area.area / 1e6, int(reached.sum()), unreached, area))
    table = pd.DataFrame(rows, columns=["minutes", "area_km2", "nodes", "unreached", "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=nodes.crs)


def _reached(lines: npt.NDArray[np.object_], start: Floats, duration: Floats, limit: float) -> npt.NDArray[np.object_]:
    """Return the parts of the lines that are reached within ``limit``, counted from their first point."""
    left = np.where(np.isfinite(start), limit - start, -1.0)
    whole = (left >= 0) & (left >= duration)
    part = (left > 0) & ~whole
    share = left[part] / duration[part]
    pieces = [
        shapely.ops.substring(line, 0.0, float(s), normalized=True) for line, s in zip(lines[part], share, strict=True)
    ]
    return np.concatenate([lines[whole], np.array(pieces, dtype=object)])
