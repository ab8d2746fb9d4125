"""What it costs the people when a road is closed."""

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from .._kernels.graph import reroute
from .._validation import numbers
from ..errors import DataError
from ..network import CostNetwork, Graph, Places, compile_graph, snap_points

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


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
    all parallel edges between the two nodes. Ways are searched again only behind the closed road.

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

    Examples
    --------
    From a to the clinic c there is a short way of 2 minutes by b and a long one of 5 minutes straight. Closing either
    half of the short way costs the 10 people of a three minutes each:

    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((name, {"x": 1000.0 * i, "y": 0.0}) for i, name in enumerate("abc"))
    >>> for u, v, minutes in [("a", "b", 1), ("b", "c", 1), ("a", "c", 5)]:
    ...     graph.add_edges_from([(u, v, {"travel_time": 60.0 * minutes}), (v, u, {"travel_time": 60.0 * minutes})])
    [0, 0]
    [0, 0]
    [0, 0]
    >>> critical_edges(graph, ["a"], ["c"], population=pd.Series({"a": 10.0}))[["u", "v", "people", "cut_off", "extra"]]
       u  v  people  cut_off  extra
    0  a  b    10.0      0.0   30.0
    1  b  c    10.0      0.0   30.0
    """
    network = compile_graph(graph, weight=weight)
    start = snap_points(network, origins, limit_m=snap_limit_m)
    targets = np.unique(snap_points(network, facilities, limit_m=snap_limit_m)["number"])
    people = np.ones(len(start))
    if population is not None:
        people = numbers(population.reindex(start.index), name="population").to_numpy(dtype=np.float64)
    if people.sum() <= 0:
        raise DataError("population must be above zero for at least one origin, but all are zero; check the column")
    if not len(targets):
        raise DataError("there are no facilities; give at least one")
    at = start["number"].to_numpy()
    # One search from all facilities at once: the cost of each node to its nearest one, and the next node on the way.
    # The ways together are a forest, rooted at the facilities.
    cost, _, before = network.nearest(targets)
    # People by node, as several origins may stand on one.
    living = np.bincount(at, weights=people, minlength=len(cost)).astype(np.float64)
    # A link of the forest is named by its tail; the rest of the graph is on nobody's way and costs nothing when closed.
    tails, flow, lost, extra = _closures(network, cost, before, living)
    bridges = bridge_pairs(graph)
    ends = [(network.nodes[u], network.nodes[before[u]]) for u in tails]
    data = [_edge_between(graph, u, v) for u, v in ends]
    table = pd.DataFrame(
        {
            "u": [u for u, _ in ends],
            "v": [v for _, v in ends],
            "id": [str(edge.get("id", "")) for edge in data],
            "name_zh": [str(edge.get("name_zh", "")) for edge in data],
            "highway": [str(edge.get("highway", "")) for edge in data],
            "bridge": [frozenset(pair) in bridges for pair in ends],
            "people": flow,
            "cut_off": lost,
            "extra": extra,
            "extra_mean": extra / people.sum(),
        }
    )
    table = table.sort_values(["cut_off", "extra"], ascending=False, kind="stable").reset_index(drop=True)
    table.attrs["unreachable"] = int(np.isinf(cost[at]).sum())
    return table


def _closures(network: CostNetwork, cost: Floats, before: Ints, people: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """Return the tails of the links in use, and for each the people on it, those cut off, and the added cost."""
    # Children of each node in the forest as compressed rows, those of node i from child_first[i] to child_first[i + 1].
    has_next = np.flatnonzero(before >= 0)
    child = has_next[np.argsort(before[has_next], kind="stable")].astype(np.int32)
    child_first = np.searchsorted(before[child], np.arange(len(cost) + 1)).astype(np.int32)
    tails = _used(before, people)
    flow, lost, extra = np.empty(len(tails)), np.empty(len(tails)), np.empty(len(tails))
    # For each closed link the kernel takes the subtree behind it, enters it again over all links from outside, and
    # searches within the subtree only.
    ahead, back = network.forward, network.backward
    reroute(
        ahead.indptr,
        ahead.indices,
        ahead.data,
        back.indptr,
        back.indices,
        back.data,
        cost,
        before,
        child_first,
        child,
        people,
        tails,
        flow,
        lost,
        extra,
    )
    return tails, flow, lost, extra


def _used(before: Ints, people: Floats) -> Ints:
    """Return the nodes with a next one on the way of somebody."""
    used = people > 0
    # Walk from the people towards the facilities, a step of the whole front at a time, until nobody moves on.
    front = np.unique(before[used & (before >= 0)])
    while len(front):
        front = front[~used[front]]
        used[front] = True
        front = np.unique(before[front][before[front] >= 0])
    return np.flatnonzero(used & (before >= 0)).astype(np.int32)


def bridge_pairs(graph: Graph) -> set[frozenset[Any]]:
    """Return the pairs of nodes whose link is the only one between two parts of the network (Tarjan 1974).

    Direction does not matter; two parallel edges between the same nodes are one link, as one closure closes both.

    A triangle with a tail: only the tail has no second way.

    >>> graph = nx.MultiDiGraph([(1, 2), (2, 3), (3, 1), (3, 4)])
    >>> [sorted(pair) for pair in bridge_pairs(graph)]
    [[3, 4]]
    """
    plain: Any = nx.Graph()
    plain.add_edges_from((u, v) for u, v in graph.edges() if u != v)
    return {frozenset(pair) for pair in nx.bridges(plain)}


def _edge_between(graph: Graph, u: Any, v: Any) -> dict[str, Any]:
    """Return the quickest edge from u to v."""
    edges: list[dict[str, Any]] = list(graph.get_edge_data(u, v, default={}).values())
    return min(edges, key=lambda data: float(data.get("travel_time", 0.0)), default={})
