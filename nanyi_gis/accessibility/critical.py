"""What it costs the people when a road is closed."""

from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from .._kernels.graph import reroute
from .._validation import numbers
from ..errors import DataError
from ..network import CostNetwork, Graph, PlacedNetwork, Places, compile_graph, snap_points, with_places
from .matrix import ACCESS_KMH

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]


def critical_edges(
    graph: Graph | CostNetwork,
    origins: Places,
    facilities: Places,
    *,
    population: pd.Series | None = None,
    weight: str = "travel_time",
    snap_limit_m: float = 2000.0,
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
) -> pd.DataFrame:
    """Return what closing each road costs the people on their way to the nearest facility.

    Only roads on somebody's present way can cost anything, so only those are closed, one at a time, both directions and
    all parallel edges between the two nodes. Ways are searched again only behind the closed road.

    A road on which origins or facilities stand is closed at one point at a time, somewhere between two neighbours of
    its ends and the places on it, and alone, without its parallels: whoever stands on it may leave by the other end,
    and those who pass must go round. Its row tells the worst such point. The way off the road cannot be closed.

    Parameters
    ----------
    parts, access_kmh
        As of :func:`nanyi_gis.accessibility.od_cost_matrix`.
    population : Series, optional
        People by origin; each origin counts 1 if not given.

    Returns
    -------
    DataFrame
        The worst first: ``u``, ``v``, ``id``, ``name_zh``, ``bridge`` (whether nothing else joins its two sides),
        ``people`` (on the closed stretch now), ``cut_off`` (people without any way left), ``extra`` (added minutes
        times people, over those who still get there) and ``extra_mean`` (per head of all). ``attrs['unreachable']``
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
    start = snap_points(network, origins, limit_m=snap_limit_m, parts=parts)
    end = snap_points(network, facilities, limit_m=snap_limit_m, parts=parts)
    people = np.ones(len(start))
    if population is not None:
        people = numbers(population.reindex(start.index), name="population").to_numpy(dtype=np.float64)
    if people.sum() <= 0:
        raise DataError("population must be above zero for at least one origin, but all are zero; check the column")
    if end.empty:
        raise DataError("there are no facilities; give at least one")
    placed = with_places(network, start, end, access_kmh=access_kmh)
    at, targets = placed.numbers[0], np.unique(placed.numbers[1])
    cut = placed.cut
    # One search from all facilities at once: the cost of each node to its nearest one, and the next node on the way.
    # The ways together are a forest, rooted at the facilities.
    cost, _, before = cut.nearest(targets)
    # People by node, as several origins may stand on one.
    living = np.bincount(at, weights=people, minlength=len(cost)).astype(np.float64)
    # A link of the forest is named by its tail; the rest of the graph is on nobody's way and costs nothing when closed.
    tails = _used(before, living)
    tails = tails[np.maximum(tails, before[tails]) < placed.points_from]
    flow, lost, extra = _closures(cut, cost, before, living, tails)
    edges, roads = _edges_of(placed, tails, before[tails])
    ends = [tuple(network.nodes[i] for i in network.edges.ends[edge]) for edge in edges]
    bridges = bridge_pairs(network)
    data = [network.edges.records[edge] for edge in edges]
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
    order = np.lexsort((-extra, -lost))
    # Of the stretches of one road the worst stays.
    _, first = np.unique(roads[order], return_index=True)
    table = table.iloc[order[np.sort(first)]].reset_index(drop=True)
    table.attrs["unreachable"] = int(np.isinf(cost[at]).sum())
    return table


def _edges_of(placed: PlacedNetwork, tails: Ints, heads: Ints) -> tuple[Numbers, Numbers]:
    """Return for each link the position of the cheapest edge of the graph it runs on, and the number of its road."""
    if len(placed.pieces.row):
        table, row = placed.split
        u, v = np.append(table.u, table.v), np.append(table.v, table.u)
        cost, edge = np.append(table.forward, table.backward), np.append(table.ahead, table.back)
        road = np.append(row, row)
    else:
        (u, v), cost = placed.base.edges.ends.T, placed.base.edges.cost
        edge = road = np.arange(len(cost))
    size = len(placed.network.nodes)
    key = u * size + v
    order = np.lexsort((cost, key))
    first = order[np.searchsorted(key[order], tails.astype(np.int64) * size + heads)]
    return edge[first], road[first]


def _closures(
    network: CostNetwork, cost: Floats, before: Ints, people: Floats, tails: Ints
) -> tuple[Floats, Floats, Floats]:
    """Return for each link, named by its tail, the people on it, those cut off, and the added cost."""
    # Children of each node in the forest as compressed rows, those of node i from child_first[i] to child_first[i + 1].
    has_next = np.flatnonzero(before >= 0)
    child = has_next[np.argsort(before[has_next], kind="stable")].astype(np.int32)
    child_first = np.searchsorted(before[child], np.arange(len(cost) + 1)).astype(np.int32)
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
    return flow, lost, extra


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


def bridge_pairs(graph: Graph | CostNetwork) -> set[frozenset[Any]]:
    """Return the pairs of nodes whose link is the only one between two parts of the network (Tarjan 1974).

    Direction does not matter; two parallel edges between the same nodes are one link, as one closure closes both.

    A triangle with a tail: only the tail has no second way.

    >>> graph = nx.MultiDiGraph([(1, 2), (2, 3), (3, 1), (3, 4)])
    >>> [sorted(pair) for pair in bridge_pairs(graph)]
    [[3, 4]]
    """
    if isinstance(graph, CostNetwork):
        pairs: Any = ((graph.nodes[u], graph.nodes[v]) for u, v in graph.edges.ends.tolist())
    else:
        pairs = graph.edges()
    plain: Any = nx.Graph()
    plain.add_edges_from((u, v) for u, v in pairs if u != v)
    return {frozenset(pair) for pair in nx.bridges(plain)}
