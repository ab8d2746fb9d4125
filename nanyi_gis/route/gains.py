"""What a road adds to the network that is there without it."""

from collections.abc import Hashable, Sequence

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..accessibility import closest_facility, od_cost_matrix
from ..errors import DataError, ParameterError
from ..network import Graph
from .line import Road, as_route

Floats = npt.NDArray[np.float64]

_FAR_M = 20_000.0  # how far a place may walk to the nearest road


def gains(
    route: Road, sites: gpd.GeoDataFrame, *, graph: Graph, to: Sequence[Hashable] | gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Return the minutes of each site without the links of a road that are not open yet, and with them.

    Parameters
    ----------
    route : Route or Design
        A road designed on ``graph``; links whose ``status`` is ``open`` are there without it too.
    sites : GeoDataFrame
        Points with a unique index and a CRS.
    graph : MultiDiGraph
        The network with the whole road.
    to : GeoDataFrame or sequence of nodes, optional
        Where the sites go, each to the nearest; if not given, to all other sites, and minutes are the mean over those
        that are reached in either case.

    Returns
    -------
    DataFrame
        With the index of the sites: ``without``, ``with``, ``saved`` in minutes, and ``joined``, how many places are
        reached with the road only.

    Raises
    ------
    ParameterError
        If the road's links are not in the graph.
    DataError
        If the sites cannot be used, or lie more than 20 km from every road.

    Examples
    --------
    A new link of 2 minutes beside a way round of 10:

    >>> import networkx as nx
    >>> import shapely
    >>> from types import SimpleNamespace
    >>> from nanyi_gis.route import Route
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 500_000.0, "y": 3_100_000.0}), ("b", {"x": 502_000.0, "y": 3_100_000.0})])
    >>> for ends in ("ab", "ba"):
    ...     _ = graph.add_edge(*ends, id="old", travel_time=600.0, highway="tertiary")
    ...     _ = graph.add_edge(*ends, id="new", travel_time=120.0, highway="tertiary")
    >>> line = shapely.LineString([(500_000, 3_100_000), (502_000, 3_100_000)])
    >>> columns = {"id": ["new"], "u": ["a"], "v": ["b"], "length_m": [2000.0], "status": ["planned"]}
    >>> route = Route.of(SimpleNamespace(links=gpd.GeoDataFrame(columns, geometry=[line], crs=4544), order=()))
    >>> sites = gpd.GeoDataFrame(geometry=gpd.points_from_xy([500_000, 502_000], [3_100_000] * 2), crs=4544)
    >>> gains(route, sites, graph=graph).round(2).iloc[0].to_dict()
    {'without': 10.0, 'with': 2.0, 'saved': 8.0, 'joined': 0.0}
    """
    if not isinstance(graph, nx.MultiDiGraph):
        raise ParameterError(f"graph is a {type(graph).__name__}, but must be the networkx.MultiDiGraph with the road")
    present = {str(name) for *_, name in graph.edges(data="id") if name}
    road = as_route(route)
    ids = set(road.frame["id"]) - {""}
    if not ids or not ids <= present:
        missing = sorted(ids - present)
        told = f"the graph has no link {missing[0]!r} of the road" if missing else "the road has no links of a graph"
        raise ParameterError(f"{told}; give a design and the graph on which it was made")
    fresh = set(road.frame.loc[road.frame["status"] != "open", "id"])
    before: Graph = graph.copy()
    before.remove_edges_from([edge for *edge, name in graph.edges(keys=True, data="id") if str(name) in fresh])
    if not before.number_of_edges():
        raise DataError("the network has no road but those of the design; there is nothing to compare it with")
    first, second = (_minutes(network, sites, to) for network in (before, graph))
    both = np.isfinite(first) & np.isfinite(second)
    without, joined = (_mean(values, both) for values in (first, second))
    table = {"without": without, "with": joined, "saved": without - joined}
    lone = ~np.isfinite(first).any(axis=1)
    table["without"] = np.where(lone, np.inf, table["without"])
    with_it = np.where(lone, _mean(second, np.isfinite(second)), table["with"])
    table |= {"with": with_it, "saved": np.where(lone & np.isfinite(with_it), np.inf, table["saved"])}
    table["joined"] = (np.isfinite(second) & ~np.isfinite(first)).sum(axis=1)
    return pd.DataFrame(table, index=sites.index)


def _minutes(graph: Graph, sites: gpd.GeoDataFrame, to: Sequence[Hashable] | gpd.GeoDataFrame | None) -> Floats:
    """Return minutes of each site to every other one (NaN to itself), or to the nearest of some places, in a column."""
    if to is not None:
        nearest = closest_facility(graph, to, sites, snap_limit_m=_FAR_M)
        return np.asarray(nearest[["cost"]].to_numpy(dtype=np.float64))
    minutes = od_cost_matrix(graph, sites, sites, snap_limit_m=_FAR_M).to_numpy(dtype=np.float64, copy=True)
    np.fill_diagonal(minutes, np.nan)
    return minutes


def _mean(values: Floats, chosen: npt.NDArray[np.bool_]) -> Floats:
    count = chosen.sum(axis=1)
    total = np.where(chosen, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(count), np.inf), where=count > 0), dtype=np.float64)
