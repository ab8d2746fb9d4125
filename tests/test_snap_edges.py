"""Points on roads: the snap beside shapely's projection, virtual splitting beside networkx on graphs really split."""

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0
from shapely.geometry import LineString, Point

from nanyi_gis.accessibility import closest_facility, od_cost_matrix
from nanyi_gis.errors import DataError
from nanyi_gis.network import compile_graph, snap_points, with_places

INF = np.inf


def road(graph, u, v, minutes, *, back=None, via=(), highway="tertiary"):
    """Add an edge drawn over ``via`` (metres from the corner), and one against it that takes ``back`` minutes."""
    ends = [(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)]
    line = LineString([ends[0], *[(X0 + x, Y0 + y) for x, y in via], ends[1]])
    for a, b, m, shape in ((u, v, minutes, line), (v, u, back, line.reverse())):
        if m is not None:
            graph.add_edge(a, b, travel_time=60.0 * m, length=line.length, highway=highway, geometry=shape)


def random_roads(rng: np.random.Generator) -> nx.MultiDiGraph:
    """A graph with one-way edges, parallel ones, loops, straight ones without geometry and some of no length."""
    graph = nx.MultiDiGraph(crs=CRS)
    for node in range(6):
        graph.add_node(node, x=X0 + rng.integers(0, 5) * 500.0, y=Y0 + rng.integers(0, 5) * 500.0)
    for _ in range(9):
        u, v = (int(n) for n in rng.integers(0, 6, 2))
        bend = [] if u != v and rng.random() < 0.5 else [tuple(rng.uniform(0, 2000, 2)) for _ in range(2)]
        back = float(rng.integers(0, 9)) if rng.random() < 0.6 else None
        minutes = float(rng.integers(0, 9))
        if bend or rng.random() < 0.5:
            road(graph, u, v, minutes, back=back, via=bend)
        else:
            graph.add_edge(u, v, travel_time=60 * minutes, length=1.0, highway="tertiary")
            if back is not None:
                graph.add_edge(v, u, travel_time=60 * back, length=1.0, highway="tertiary")
    return graph


def on_roads(graph, rng, count: int) -> gpd.GeoDataFrame:
    """Points on or beside the edges of a graph, several on one and some at its ends."""
    table = compile_graph(graph).table
    rows = rng.integers(0, len(table), count) if rng.random() < 0.7 else np.full(count, rng.integers(len(table)))
    share = rng.integers(0, 9, count) / 8
    at = shapely.get_coordinates(shapely.line_interpolate_point(table.line[rows], share, normalized=True))
    at = at + rng.integers(0, 2, (count, 1)) * rng.uniform(-80, 80, (count, 2))
    names = [f"p{i}" for i in range(count)]
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=CRS, index=names)


def really_split(graph, snapped: pd.DataFrame) -> tuple[nx.DiGraph, dict]:
    """The graph with its edges cut at the places, in minutes, and the node of each place; by hand, edge by edge."""
    edges = [(u, v, data["travel_time"] / 60.0) for u, v, data in graph.edges(data=True)]
    table = compile_graph(graph).table
    spots: dict[int, dict[float, str]] = {}
    node_of = {}
    for place in snapped.itertuples():
        if place.share in (0.0, 1.0):
            node_of[place.Index] = place.node
        else:
            node_of[place.Index] = spots.setdefault(place.edge, {}).setdefault(place.share, f"at {place.Index}")
    cut = nx.DiGraph()
    cut.add_nodes_from(graph)

    def add(a, b, cost):
        cut.add_edge(a, b, weight=min(cost, cut[a][b]["weight"] if cut.has_edge(a, b) else INF))

    gone = set()
    for row, shares in spots.items():
        for at, along in ((table.ahead[row], True), (table.back[row], False)):
            if at < 0:
                continue
            gone.add(int(at))
            u, v, cost = edges[at]
            stops = sorted((s if along else 1.0 - s, name) for s, name in shares.items())
            chain = [(0.0, u), *stops, (1.0, v)]
            for (s, a), (t, b) in pairwise(chain):
                add(a, b, (t - s) * cost)
    for i, (u, v, cost) in enumerate(edges):
        if i not in gone:
            add(u, v, cost)
    return cut, node_of


def distances(cut, starts, ends):
    found = {s: nx.single_source_dijkstra_path_length(cut, s) for s in set(starts)}
    return np.array([[found[s].get(e, INF) for e in ends] for s in starts])


# the snap


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_the_snap_is_the_nearest_point_that_shapely_finds(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    at = on_roads(graph, rng, 6)
    snapped = snap_points(graph, at, parts="any", limit_m=9999)
    lines = [
        data.get("geometry") or LineString([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)])
        for u, v, data in graph.edges(data=True)
    ]
    table = compile_graph(graph).table
    for place in snapped.itertuples():
        point = at.geometry[place.Index]
        assert place.snap_m == pytest.approx(min(line.distance(point) for line in lines), abs=2e-3)
        line = table.line[place.edge]
        assert Point(place.x, place.y).distance(line.interpolate(place.share, normalized=True)) < 1e-6
        assert place.share * line.length == pytest.approx(line.project(point), abs=2e-3)
        assert place.node == list(graph)[(table.u if place.share < 0.5 else table.v)[place.edge]]


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_the_part_is_that_of_networkx_and_the_largest_goes_first(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    network = compile_graph(graph)
    sizes = sorted((len(c) for c in nx.strongly_connected_components(graph)), reverse=True)
    at = on_roads(graph, rng, 6)
    for limit in (50.0, 9999.0):
        try:
            snapped = snap_points(network, at, limit_m=limit)
        except DataError:
            assert limit == 50.0
            continue
        of_node = network.parts.of_node
        main = np.flatnonzero((of_node[network.table.u] == 0) & (of_node[network.table.v] == 0))
        for place in snapped.itertuples():
            assert place.part_nodes == sizes[place.part]
            near = min((network.table.line[i].distance(at.geometry[place.Index]) for i in main), default=np.nan)
            assert (place.part == 0) == (near <= limit)
            assert place.off_main_m == (0 if place.part == 0 else pytest.approx(near, abs=2e-3, nan_ok=True))


def test_both_directions_of_a_line_are_one_row_and_parallel_lines_two():
    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_nodes_from([("a", {"x": X0, "y": Y0}), ("b", {"x": X0 + 1000, "y": Y0})])
    road(graph, "a", "b", 4.0, back=6.0)
    road(graph, "b", "a", 9.0, via=[(500, 300)])
    road(graph, "a", "a", 8.0, back=2.0, via=[(-100, 0), (-100, 100)])
    table = compile_graph(graph).table
    rows = sorted(zip(table.forward, table.backward, shapely.length(table.line).round(), strict=True))
    assert rows == [(4.0, 6.0, 1000.0), (8.0, 2.0, 341.0), (9.0, INF, 1166.0)]
    # An undirected graph has one geometry for both directions.
    plain = nx.MultiGraph(crs=CRS)
    plain.add_nodes_from(graph.nodes(data=True))
    plain.add_edge("a", "b", travel_time=60.0, geometry=LineString([(X0, Y0), (X0 + 500, Y0 + 9), (X0 + 1000, Y0)]))
    table = compile_graph(plain).table
    assert (table.forward.tolist(), table.backward.tolist()) == ([1.0], [1.0])


# splitting


@given(seed=st.integers(0, 100_000))
@settings(max_examples=150, deadline=None)
def test_costs_are_those_of_the_graph_really_split(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    at = on_roads(graph, rng, 5)
    snapped = snap_points(graph, at, parts="any")
    cut, node_of = really_split(graph, snapped)
    nodes, names = list(graph), list(at.index)
    places = [node_of[name] for name in names]
    options = {"parts": "any", "access_kmh": None}
    wanted = distances(cut, places, places)
    assert od_cost_matrix(graph, at, at, **options).to_numpy() == pytest.approx(wanted, abs=1e-9)
    assert od_cost_matrix(graph, at, nodes, **options).to_numpy() == pytest.approx(distances(cut, places, nodes))
    assert od_cost_matrix(graph, nodes, at, **options).to_numpy() == pytest.approx(distances(cut, nodes, places))
    some = at.iloc[:2]
    for direction, best in (("to", wanted[:, :2].min(axis=1)), ("from", wanted[:2].min(axis=0))):
        nearest = closest_facility(graph, some, at, direction=direction, **options)
        assert nearest["cost"].to_numpy() == pytest.approx(best, abs=1e-9)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=60, deadline=None)
def test_splitting_changes_no_distance_between_other_nodes(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    network = compile_graph(graph)
    everywhere = network.costs(np.arange(len(network.nodes)))
    placed = with_places(network, snap_points(network, on_roads(graph, rng, 5), parts="any"), access_kmh=5.0)
    for larger in (placed.network, placed.cut):
        found = larger.costs(np.arange(len(network.nodes)))[:, : len(network.nodes)]
        assert found == pytest.approx(everywhere, abs=1e-9)
    table, row = placed.split
    length = np.bincount(row, weights=shapely.length(table.line), minlength=len(network.table))
    assert length == pytest.approx(shapely.length(network.table.line))
    assert np.bincount(row, weights=table.forward) == pytest.approx(network.table.forward)
