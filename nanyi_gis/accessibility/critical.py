"""What it costs the people when a road is closed."""

from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from ..errors import DataError
from ..network.compiled import CostNetwork, compile_graph
from ..network.graph_type import Graph
from ..network.snap import Places, snap_points

Floats = npt.NDArray[np.float64]


def critical_edges(
    graph: Graph,
    origins: Places,
    facilities: Places,
    *,
    population: pd.Series | None = None,
    weight: str = "travel_time",
    snap_limit_m: float = 2000.0,
) -> pd.DataFrame:
    """Return what closing each road costs the people on their way to the nearest facility.

    Only roads on somebody's present way can cost anything, so only those are closed, one at a time, both directions and
    all parallel edges between the two nodes; each closure is one search from the facilities.

    Parameters
    ----------
    population : Series, optional
        People by origin; each origin counts 1 if not given.

    Returns
    -------
    DataFrame
        The worst first: ``u``, ``v``, ``id``, ``name_zh``, ``bridge`` (whether nothing else joins its two sides),
        ``people`` (on this road now), ``cut_off`` (people without any way left), ``extra`` (added minutes times people,
        over those who still get there) and ``extra_mean`` (per head of all people). ``attrs['unreachable']``
        counts the origins that reach no facility to begin with.
    """
    network = compile_graph(graph, weight=weight)
    start = snap_points(network, origins, limit_m=snap_limit_m)
    targets = np.unique(snap_points(network, facilities, limit_m=snap_limit_m)["number"])
    people = np.ones(len(start)) if population is None else population.reindex(start.index).to_numpy(dtype=np.float64)
    if np.isnan(people).any() or (people < 0).any() or people.sum() <= 0:
        raise DataError("population must be a number of zero or more for every origin, and not all zero")
    if not len(targets):
        raise DataError("there are no facilities; give at least one")
    cost, _, before = network.nearest(targets)
    at = start["number"].to_numpy()
    used = _flows(before, cost, at, people)
    bridges = bridge_pairs(graph)
    rows = []
    for (u, v), flow in used.items():
        new = _without(network, u, v).nearest(targets, direction="from").cost[at]
        had = np.isfinite(cost[at])
        lost = had & np.isinf(new)
        still = had & np.isfinite(new)
        extra = float(((new[still] - cost[at][still]) * people[still]).sum())
        a, b = network.nodes[u], network.nodes[v]
        data = _edge_between(graph, a, b)
        label = (str(data.get("id", "")), str(data.get("name_zh", "")), str(data.get("highway", "")))
        rows.append((a, b, *label, frozenset((a, b)) in bridges, flow, float(people[lost].sum()), extra))
    columns = ["u", "v", "id", "name_zh", "highway", "bridge", "people", "cut_off", "extra"]
    table = pd.DataFrame(rows, columns=columns)
    table["extra_mean"] = table["extra"] / people.sum()
    table = table.sort_values(["cut_off", "extra"], ascending=False, kind="stable").reset_index(drop=True)
    table.attrs["unreachable"] = int(np.isinf(cost[at]).sum())
    return table


def bridge_pairs(graph: Graph) -> set[frozenset[Any]]:
    """Return the pairs of nodes whose link is the only one between two parts of the network (Tarjan 1974).

    Direction does not matter; two parallel edges between the same nodes are one link, as one closure closes both.
    """
    plain: Any = nx.Graph()
    plain.add_edges_from((u, v) for u, v in graph.edges() if u != v)
    return {frozenset(pair) for pair in nx.bridges(plain)}


def _flows(
    before: npt.NDArray[np.int32], cost: Floats, at: npt.NDArray[np.int64], people: Floats
) -> dict[tuple[int, int], float]:
    """Return the people on each link of the tree of nearest facilities, links as (u, v) in the direction of travel."""
    flow = np.zeros(len(cost))
    np.add.at(flow, at[np.isfinite(cost[at])], people[np.isfinite(cost[at])])
    order = [int(n) for n in np.argsort(-np.where(np.isfinite(cost), cost, -1.0), kind="stable")]
    depth = _depth(before)
    order.sort(key=lambda n: -depth[n])
    links = {}
    for node in order:
        following = int(before[node])
        if following >= 0 and flow[node] > 0:
            links[node, following] = float(flow[node])
            flow[following] += flow[node]
    return dict(sorted(links.items()))


def _depth(before: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return how many links each node is from the root of its tree."""
    depth = np.zeros(len(before), dtype=np.int64)
    at = before.astype(np.int64)
    while (at >= 0).any():
        depth[at >= 0] += 1
        at = np.where(at >= 0, before[np.maximum(at, 0)], -1)
    return depth


def _without(network: CostNetwork, u: int, v: int) -> CostNetwork:
    """Return the network turned round, with nothing between two nodes."""
    matrix = network.backward.tocoo()
    keep = ~(((matrix.row == u) & (matrix.col == v)) | ((matrix.row == v) & (matrix.col == u)))
    rows, columns, data = matrix.row[keep], matrix.col[keep], matrix.data[keep]
    start = np.searchsorted(rows, np.arange(matrix.shape[0] + 1))
    closed = csr_array((data, columns.astype(np.int32), start.astype(np.int32)), shape=matrix.shape)
    return replace(network, forward=closed)


def _edge_between(graph: Graph, u: Any, v: Any) -> dict[str, Any]:
    """Return the quickest edge from u to v."""
    edges: list[dict[str, Any]] = list(graph.get_edge_data(u, v, default={}).values())
    return min(edges, key=lambda data: float(data.get("travel_time", 0.0)), default={})
