"""Shortest paths on a real street network beside networkx, SciPy and, if installed, igraph, in one run."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
from scipy.sparse.csgraph import dijkstra

from nanyi_gis.accessibility import closest_facility, od_cost_matrix
from nanyi_gis.network import Speeds, build_graph, compile_graph, load_speeds

STREETS = Path(__file__).resolve().parents[2] / "shared" / "data" / "networks" / "wuhan_streets.parquet"
ORIGINS = 50
ROUNDS = 5
SEED = 510524


def best(job: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Return the least seconds of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def speeds() -> Speeds:
    """Return the embedded speeds and one for the layer's few pedestrian streets, so that no line is left out."""
    table = load_speeds()
    return table.model_copy(update={"speed_kmh": {**table.speed_kmh, "pedestrian": 5.0}})


def least(graph: nx.MultiDiGraph) -> nx.DiGraph:
    """Return the graph with one edge a pair and nothing but its minutes, the form in which networkx is quickest."""
    plain = nx.DiGraph()
    for u, v, seconds in graph.edges(data="travel_time"):
        if not plain.has_edge(u, v) or plain[u][v]["travel_time"] > seconds:
            plain.add_edge(u, v, travel_time=seconds)
    return plain


def main() -> None:
    """Print one table."""
    if not STREETS.is_file():
        print(f"network: {STREETS.name} is not in ../shared, nothing measured")
        return
    streets = gpd.read_parquet(STREETS)
    start = time.perf_counter()
    graph = build_graph(streets, noding="none", tolerance_m=0.0, speeds=speeds())
    built = time.perf_counter() - start
    compiled = best(lambda: compile_graph(graph), rounds=3)
    network = compile_graph(graph)
    nodes = list(graph.nodes)
    numbers = np.random.default_rng(SEED).choice(len(nodes), ORIGINS, replace=False)
    chosen = [nodes[i] for i in numbers]
    matrix, backward = network.forward, network.backward
    od_cost_matrix(network, chosen[:1], nodes)  # compiles the kernel
    closest_facility(network, chosen[:1])

    plain = least(graph)

    def by_networkx() -> None:
        for node in chosen:
            nx.single_source_dijkstra_path_length(plain, node, weight="travel_time")

    slow = best(by_networkx, rounds=1)
    bare = own = np.inf
    for _ in range(ROUNDS):  # in turn, so that a change of load meets both
        bare = min(bare, best(lambda: dijkstra(matrix, indices=numbers), rounds=1))
        own = min(own, best(lambda: od_cost_matrix(network, chosen, nodes), rounds=1))
    near_slow = best(lambda: nx.multi_source_dijkstra_path_length(plain, set(chosen), weight="travel_time"), rounds=2)
    near_bare = near_own = np.inf
    for _ in range(3 * ROUNDS):
        near_bare = min(near_bare, best(lambda: dijkstra(backward, indices=numbers, min_only=True), rounds=1))
        near_own = min(near_own, best(lambda: closest_facility(network, chosen), rounds=1))
    same = np.array_equal(od_cost_matrix(network, chosen, nodes).to_numpy(), dijkstra(matrix, indices=numbers))
    print(f"Street network of {len(nodes):,} nodes and {len(streets):,} lines")
    print("| job | seconds | against |")
    print("|---|---|---|")
    print(f"| build the graph from the layer | {built:.2f} | |")
    print(f"| compile it | {compiled:.3f} | |")
    print(f"| {ORIGINS} origins to all nodes, networkx (plain DiGraph) | {slow:.2f} | {slow / own:.0f} times ours |")
    print(f"| the same, bare SciPy | {bare:.3f} | |")
    print(f"| the same, od_cost_matrix | {own:.3f} | {own / bare:.2f} times bare SciPy, equal: {same} |")
    print(f"| nearest of {ORIGINS} for every node, networkx | {near_slow:.3f} | |")
    print(f"| the same, bare SciPy min_only | {near_bare:.4f} | |")
    print(f"| the same, closest_facility | {near_own:.4f} | {near_own / near_bare:.2f} times bare SciPy |")
    by_igraph(graph, numbers)


def by_igraph(graph: nx.MultiDiGraph, numbers: np.ndarray) -> None:
    """Print igraph's time for the matrix, if it is installed."""
    try:
        import igraph
    except ImportError:
        print("igraph is not installed, not measured", file=sys.stderr)
        return
    number = {node: i for i, node in enumerate(graph.nodes)}
    edges = [(number[u], number[v]) for u, v in graph.edges()]
    weights = [data["travel_time"] for *_, data in graph.edges(data=True)]
    peer = igraph.Graph(n=len(number), edges=edges, directed=True)
    print(f"| the matrix, igraph | {best(lambda: peer.distances(numbers.tolist(), None, weights), rounds=2):.2f} | |")


if __name__ == "__main__":
    main()
