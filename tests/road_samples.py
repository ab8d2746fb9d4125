"""Small road layers and graphs whose distances a hand can check."""

import geopandas as gpd
import networkx as nx
import numpy as np
from shapely.geometry import LineString, Point

CRS = "EPSG:4544"
X0, Y0 = 540_000.0, 3_100_000.0


def lattice_lines(count: int = 5, step: float = 1000.0, **columns) -> gpd.GeoDataFrame:
    """``count`` streets each way, ``step`` metres apart, each one long line with a vertex where it crosses another."""
    streets = [i * step for i in range(count)]
    along = streets if count > 1 else [0.0, 0.0]
    rows = [LineString([(X0 + x, Y0 + y) for x in along]) for y in streets]
    cols = [LineString([(X0 + x, Y0 + y) for y in along]) for x in streets]
    return gpd.GeoDataFrame(
        {"highway": "tertiary", **columns}, geometry=[*rows, *cols], crs=CRS, index=range(2 * count)
    )


def node_at(graph: nx.MultiDiGraph, column: int, row: int, step: float = 1000.0) -> int:
    """The node of the lattice at a column and row."""
    return next(
        n
        for n, d in graph.nodes(data=True)
        if abs(d["x"] - X0 - column * step) < 1 and abs(d["y"] - Y0 - row * step) < 1
    )


def points(*places: tuple[float, float], index=None) -> gpd.GeoDataFrame:
    """Points at metres east and north of the lattice's corner."""
    shapes = [Point(X0 + x, Y0 + y) for x, y in places]
    return gpd.GeoDataFrame(geometry=shapes, crs=CRS, index=index)


def simple_graph(edges, places=None) -> nx.MultiDiGraph:
    """A graph from (u, v, minutes) triples, one way each; nodes stand 1 km apart on a line unless placed."""
    graph = nx.MultiDiGraph(crs=CRS)
    names = sorted({n for u, v, _ in edges for n in (u, v)})
    for i, name in enumerate(names):
        x, y = (places or {}).get(name, (1000.0 * i, 0.0))
        graph.add_node(name, x=X0 + x, y=Y0 + y)
    for u, v, minutes in edges:
        length = float(np.hypot(graph.nodes[u]["x"] - graph.nodes[v]["x"], graph.nodes[u]["y"] - graph.nodes[v]["y"]))
        graph.add_edge(u, v, travel_time=60.0 * minutes, length=length, highway="tertiary")
    return graph


def both_ways(edges):
    """The edges and their reverses."""
    return [*edges, *[(v, u, m) for u, v, m in edges]]
