"""What the route's tests are held to: plain enumeration and networkx, written without a line of the package."""

import heapq
import itertools
import math
from dataclasses import dataclass, field

import networkx as nx
import numpy as np
import shapely
from scipy.spatial import Delaunay

CRS = "EPSG:4544"
ORIGIN = np.array([500_000.0, 3_090_000.0])  # near the central meridian: a metre of the grid is a metre to 1e-6


@dataclass(frozen=True)
class Roads:
    """A small road network: points, links (u, v, length in metres) and the links that must be built."""

    points: np.ndarray
    links: list[tuple[int, int, float]]
    mandated: list[int] = field(default_factory=list)

    def graph(self, *, speed_kmh: float = 40.0) -> nx.MultiDiGraph:
        """Return it in the shape of build_graph: both directions of a link under one id."""
        graph = nx.MultiDiGraph(crs=CRS)
        for node, (x, y) in enumerate(self.points.tolist()):
            graph.add_node(
                f"n{node}",
                x=x,
                y=y,
                name_zh=f"点{node}",
                name_en=f"Point {node}",
                kind="junction",
                place="",
                uncertainty_m=0.0,
            )
        for number, (u, v, length) in enumerate(self.links):
            line = shapely.LineString([self.points[u], self.points[v]])
            seconds = length / 1000 / speed_kmh * 3600
            common = {
                "id": f"e{number}",
                "name_zh": "",
                "name_en": "",
                "highway": "tertiary",
                "status": "open",
                "corridor": "",
                "tunnel": "no",
                "bridge": "no",
            }
            common |= {"length": length, "travel_time": seconds}
            graph.add_edge(f"n{u}", f"n{v}", geometry=line, reversed=False, **common)
            graph.add_edge(f"n{v}", f"n{u}", geometry=shapely.reverse(line), reversed=True, **common)
        return graph

    def simple(self) -> nx.Graph:
        """Return the shortest link of each pair, by node number."""
        graph = nx.Graph()
        graph.add_nodes_from(range(len(self.points)))
        for u, v, length in self.links:
            if not graph.has_edge(u, v) or graph[u][v]["weight"] > length:
                graph.add_edge(u, v, weight=length)
        return graph


def random_roads(seed: int, *, nodes: int, links: int, mandated: int = 0, loops: bool = True) -> Roads:
    """Return a connected planar network with whole metres, a few parallel links and some mandated ones."""
    random = np.random.default_rng(seed)
    points = (ORIGIN + random.uniform(0, 20_000, (nodes, 2))).round(1)
    pairs = Delaunay(points).simplices[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2)
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    straight = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T)
    lengths = np.ceil(straight * random.uniform(1.0, 1.9, len(pairs)))
    tree = nx.Graph()
    tree.add_weighted_edges_from((int(u), int(v), float(w)) for (u, v), w in zip(pairs, lengths, strict=True))
    spanning = {tuple(sorted(edge)) for edge in nx.minimum_spanning_edges(tree, data=False)}
    rest = [number for number, pair in enumerate(pairs.tolist()) if tuple(pair) not in spanning]
    kept = set(random.permutation(rest)[: max(0, links - len(spanning))].tolist())
    found = [
        (int(u), int(v), float(lengths[number]))
        for number, (u, v) in enumerate(pairs.tolist())
        if (u, v) in spanning or number in kept
    ]
    if loops and len(found) < links:
        u, v, length = found[int(random.integers(len(found)))]
        found.append((v, u, length + 500.0))
    chosen = random.choice(len(found), mandated, replace=False).tolist() if mandated else []
    return Roads(points, found, sorted(chosen))


def random_prizes(seed: int, roads: Roads, *, sites: int, groups: bool = False) -> list[tuple[int, float, str]]:
    """Return node, prize and group of each site; one of a group has no other's prize, and some groups are shared."""
    random = np.random.default_rng(seed)
    at = random.choice(len(roads.points), sites, replace=sites > len(roads.points))
    prizes = random.integers(1, 10, sites).astype(float)
    names = [
        f"g{random.integers(max(1, sites // 2))}" if groups and random.random() < 0.6 else "" for _ in range(sites)
    ]
    return list(zip(at.tolist(), prizes.tolist(), names, strict=True))


def collected(sites: list[tuple[int, float, str]], nodes: set[int]) -> float:
    """Return the value of a set of nodes: a shared group counts once, with the largest prize that is reached."""
    best: dict[object, float] = {}
    for number, (node, prize, group) in enumerate(sites):
        if node in nodes:
            key = group or number
            best[key] = max(best.get(key, 0.0), prize)
    return sum(best.values())


class Sets:
    """Union and find over small whole numbers."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def root(self, node: int) -> int:
        while self.parent[node] != node:
            node = self.parent[node]
        return node

    def join(self, u: int, v: int) -> bool:
        a, b = self.root(u), self.root(v)
        self.parent[a] = b
        return a != b


def best_network(roads: Roads, sites: list[tuple[int, float, str]], budget: float) -> tuple[float, float]:
    """Return the most value a connected network within the budget collects, and its least length; (-1, inf) if none.

    Every set of nodes that holds the mandated ends is tried: the cheapest network on just these nodes is a spanning
    tree grown from the mandated links (Kruskal).
    """
    size = len(roads.points)
    base = sum(roads.links[number][2] for number in roads.mandated)
    must = {node for number in roads.mandated for node in roads.links[number][:2]}
    order = sorted(roads.links, key=lambda link: link[2])
    free = [node for node in range(size) if node not in must]
    best = (-1.0, math.inf)
    for count in range(len(free) + 1):
        for extra in itertools.combinations(free, count):
            nodes = must | set(extra)
            if not nodes or collected(sites, nodes) < best[0]:
                continue
            sets = Sets(size)
            parts = len(nodes)
            length = base
            for number in roads.mandated:
                parts -= sets.join(*roads.links[number][:2])
            for u, v, metres in order:
                if u in nodes and v in nodes and sets.join(u, v):
                    parts -= 1
                    length += metres
            if parts == 1 and length <= budget + 1e-6:
                best = max(best, (collected(sites, nodes), length), key=lambda pair: (pair[0], -pair[1]))
    return best


def best_network_by_links(roads: Roads, sites: list[tuple[int, float, str]], budget: float) -> float:
    """Return the same most value by trying every set of links: slower, and of another making."""
    best = (
        max((collected(sites, {node}) for node in range(len(roads.points))), default=-1.0)
        if not roads.mandated
        else -1.0
    )
    free = [number for number in range(len(roads.links)) if number not in roads.mandated]
    for count in range(len(free) + 1):
        for extra in itertools.combinations(free, count):
            chosen = [roads.links[number] for number in (*roads.mandated, *extra)]
            if not chosen or sum(link[2] for link in chosen) > budget + 1e-6:
                continue
            graph = nx.Graph([link[:2] for link in chosen])
            if nx.is_connected(graph):
                best = max(best, collected(sites, set(graph)))
    return best


def distances(roads: Roads) -> np.ndarray:
    """Return the shortest way between all nodes in metres, by networkx."""
    found = dict(nx.all_pairs_dijkstra_path_length(roads.simple()))
    size = len(roads.points)
    return np.array([[found[u].get(v, math.inf) for v in range(size)] for u in range(size)])


def shortest_tour(matrix: np.ndarray, start: int, stops: list[int]) -> float:
    """Return the length of the shortest round from ``start`` over all stops, by trying every order."""
    others = [stop for stop in dict.fromkeys(stops) if stop != start]
    if not others:
        return 0.0
    return min(
        matrix[start, order[0]] + sum(matrix[u, v] for u, v in itertools.pairwise(order)) + matrix[order[-1], start]
        for order in itertools.permutations(others)
    )


def best_tour(
    matrix: np.ndarray, start: int, sites: list[tuple[int, float, str]], budget: float
) -> tuple[float, float]:
    """Return the most value of a round from ``start`` within the budget, and the least length that collects it."""
    nodes = sorted({node for node, _, _ in sites} - {start})
    best = (collected(sites, {start}), 0.0)
    for count in range(1, len(nodes) + 1):
        for stops in itertools.combinations(nodes, count):
            value = collected(sites, {start, *stops})
            if value < best[0]:
                continue
            length = shortest_tour(matrix, start, list(stops))
            if length <= budget + 1e-6:
                best = max(best, (value, length), key=lambda pair: (pair[0], -pair[1]))
    return best


def plain_tour(matrix: np.ndarray, start: int, stops: list[int]) -> float:
    """Return the length of a round by nearest neighbour and 2-opt: what anyone writes in ten minutes."""
    left = set(stops) - {start}
    order = [start]
    while left:
        nearest = min(left, key=lambda stop: (matrix[order[-1], stop], stop))
        order.append(nearest)
        left.remove(nearest)
    better = True
    while better:
        better = False
        for i, j in itertools.combinations(range(1, len(order)), 2):
            other = order[:i] + order[i : j + 1][::-1] + order[j + 1 :]
            if round_length(matrix, other) < round_length(matrix, order) - 1e-9:
                order, better = other, True
    return round_length(matrix, order)


def round_length(matrix: np.ndarray, order: list[int]) -> float:
    return float(sum(matrix[u, v] for u, v in itertools.pairwise([*order, order[0]])))


def plain_greedy_tour(matrix: np.ndarray, start: int, sites: list[tuple[int, float, str]], budget: float) -> float:
    """Return the value of a round within the budget to which the dearest sites are added while they fit."""
    stops: list[int] = []
    for node, _, _ in sorted(sites, key=lambda site: (-site[1], site[0])):
        if node not in stops and plain_tour(matrix, start, [*stops, node]) <= budget + 1e-6:
            stops.append(node)
    return collected(sites, {start, *stops})


def tobler_minutes(length_m: float, grade: float) -> float:
    """Return the minutes on foot: 6 km/h times exp(-3.5 |grade + 0.05|) (Tobler 1993)."""
    return length_m / 1000 / (6 * math.exp(-3.5 * abs(grade + 0.05))) * 60


def cheapest_steps(z: np.ndarray, cell: float, start: tuple[int, int], end: tuple[int, int], moves, cost) -> float:
    """Return the least sum of ``cost(length, rise)`` over moves of the lattice (Dijkstra), or infinity."""
    done: set[tuple[int, int]] = set()
    heap = [(0.0, start)]
    while heap:
        spent, at = heapq.heappop(heap)
        if at == end:
            return spent
        if at in done:
            continue
        done.add(at)
        for dr, dc in moves:
            there = at[0] + dr, at[1] + dc
            if 0 <= there[0] < z.shape[0] and 0 <= there[1] < z.shape[1] and there not in done:
                step = cost(cell * math.hypot(dr, dc), float(z[there] - z[at]))
                if math.isfinite(step):
                    heapq.heappush(heap, (spent + step, there))
    return math.inf
