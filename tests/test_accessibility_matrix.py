"""Costs over the network: closed forms, symmetry, the triangle, islands, snapping, bad input."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0, both_ways, lattice_lines, node_at, points, simple_graph

from nanyi_gis.accessibility import closest_facility, detour_index, od_cost_matrix, service_area
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph, cheapest_path, compile_graph, path_edges, snap_points

PER_KM = 60 / 25


@pytest.fixture(scope="module")
def lattice():
    return build_graph(lattice_lines(5))


def random_graph(seed: int, *, symmetric: bool = False) -> nx.MultiDiGraph:
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, 12, (30, 2))
    edges = [(int(u), int(v), float(m)) for (u, v), m in zip(pairs, rng.uniform(1, 20, 30), strict=True) if u != v]
    return simple_graph(both_ways(edges) if symmetric else edges)


def test_lattice_minutes_are_manhattan_kilometres(lattice):
    a = points((0, 0), (4000, 4000), (2000, 1000), index=["a", "b", "c"])
    matrix = od_cost_matrix(lattice, a, a)
    wanted = np.array([[0, 8, 3], [8, 0, 5], [3, 5, 0]]) * PER_KM
    assert matrix.to_numpy() == pytest.approx(wanted)
    assert list(matrix.index) == list(matrix.columns) == ["a", "b", "c"]
    assert matrix.attrs == {"unreachable": 0, "snap_max_m": 0.0}
    metres = od_cost_matrix(lattice, a, a, weight="length")
    assert metres.to_numpy() == pytest.approx(1000 * np.array([[0, 8, 3], [8, 0, 5], [3, 5, 0]]))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_costs_obey_the_triangle_and_agree_with_networkx(seed):
    graph = random_graph(seed)
    nodes = list(graph)
    costs = od_cost_matrix(graph, nodes, nodes).to_numpy()
    for k in range(len(nodes)):
        assert (costs <= costs[:, [k]] + costs[[k], :] + 1e-9).all()
    for i, u in enumerate(nodes):
        wanted = nx.single_source_dijkstra_path_length(graph, u, weight="travel_time")
        assert costs[i] == pytest.approx([wanted.get(v, np.inf) / 60 for v in nodes])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_a_symmetric_graph_gives_a_symmetric_matrix(seed):
    graph = random_graph(seed, symmetric=True)
    costs = od_cost_matrix(graph, list(graph), list(graph)).to_numpy()
    assert costs == pytest.approx(costs.T)


def test_more_origins_than_destinations_gives_the_same_numbers():
    graph = random_graph(7)
    nodes = list(graph)
    assert od_cost_matrix(graph, nodes, nodes[:2]).equals(od_cost_matrix(graph, nodes, nodes)[nodes[:2]])


def test_an_island_stays_unreachable_and_is_counted():
    graph = simple_graph([*both_ways([("a", "b", 5.0)]), *both_ways([("x", "y", 1.0)])])
    matrix = od_cost_matrix(graph, ["a", "x"], ["a", "b", "x", "y"])
    assert np.isinf(matrix.loc["a", ["x", "y"]]).all()
    assert np.isinf(matrix.loc["x", ["a", "b"]]).all()
    assert matrix.attrs["unreachable"] == 4
    nearest = closest_facility(graph, ["b"], ["a", "x"])
    assert nearest["cost"].tolist() == [5.0, np.inf]
    assert nearest["facility"].tolist()[0] == "b"
    assert pd.isna(nearest["facility"].iloc[1])
    assert nearest.attrs["unreachable"] == 1


def test_a_limit_is_inclusive_and_beyond_it_is_unreachable():
    graph = simple_graph([(0, 1, 30.0), (1, 2, 30.0), (2, 3, 0.5)])
    row = od_cost_matrix(graph, [0], [0, 1, 2, 3], limit=60.0).iloc[0]
    assert row.tolist() == [0.0, 30.0, 60.0, np.inf]


def test_of_parallel_edges_the_quickest_counts_and_zero_is_a_cost():
    graph = simple_graph([(0, 1, 9.0), (0, 1, 4.0), (1, 2, 0.0)])
    assert od_cost_matrix(graph, [0], [2]).iloc[0, 0] == pytest.approx(4.0)


def test_one_way_costs_differ_by_direction():
    graph = simple_graph([("a", "b", 2.0), ("b", "a", 7.0)])
    to = closest_facility(graph, ["b"], ["a"], direction="to")["cost"].iloc[0]
    back = closest_facility(graph, ["b"], ["a"], direction="from")["cost"].iloc[0]
    assert (to, back) == (2.0, 7.0)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_nearest_facility_is_the_least_of_the_matrix(seed):
    graph = random_graph(seed)
    nodes = list(graph)
    facilities = nodes[::4]
    nearest = closest_facility(graph, facilities)
    matrix = od_cost_matrix(graph, nodes, facilities)
    assert nearest["cost"].to_numpy() == pytest.approx(matrix.min(axis=1).to_numpy())
    for node, facility in nearest["facility"].items():
        if not pd.isna(facility):
            assert matrix.loc[node, facility] == pytest.approx(matrix.loc[node].min())


def test_points_are_snapped_and_the_way_to_the_road_can_cost(lattice):
    off = points((-300, 300), index=["house"])
    snapped = snap_points(lattice, off)
    assert tuple(snapped.loc["house", ["x", "y"]]) == (X0, Y0 + 300)
    assert snapped.loc["house", "snap_m"] == pytest.approx(300)
    assert snapped.loc["house", "node"] == node_at(lattice, 0, 0)
    there = points((4000, 0), index=["shop"])
    free, walked = (od_cost_matrix(lattice, off, there, access_kmh=k).iloc[0, 0] for k in (None, 6.0))
    assert free == pytest.approx(4.3 * PER_KM)
    assert walked - free == pytest.approx(3.0)
    assert od_cost_matrix(lattice, off, there).attrs["snap_max_m"] == pytest.approx(300)


def test_points_in_degrees_are_projected(lattice):
    a = points((0, 0), (1000, 0))
    assert od_cost_matrix(lattice, a.to_crs(4326), a.to_crs(4326)).iloc[0, 1] == pytest.approx(PER_KM)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda p: p.set_crs(None, allow_override=True), "no CRS"),
        (lambda p: p.translate(0, 90_000), "2 of 2 points lie more than 2000 m from any road, the farthest"),
        (lambda p: p.set_axis(["a", "a"], axis=0), "'a' occurs twice"),
        (lambda p: p.buffer(5), "holds Polygon"),
        (lambda p: gpd.GeoSeries([None, p.geometry.iloc[0]], crs=CRS), "has no coordinates"),
    ],
)
def test_bad_points_are_refused_in_one_line(lattice, spoil, message):
    good = points((0, 0), (1000, 0))
    with pytest.raises(DataError, match=message) as caught:
        od_cost_matrix(lattice, spoil(good), good)
    assert "\n" not in str(caught.value)


def test_the_snapped_distance_is_said_when_it_is_too_far(lattice):
    with pytest.raises(DataError, match=r"'far' at 501 m; check their CRS or raise the limit"):
        snap_points(lattice, points((0, -501), index=["far"]), limit_m=500)
    assert len(snap_points(lattice, points((0, -500), index=["far"]), limit_m=500)) == 1


def test_unknown_nodes_weights_and_bad_costs_are_refused(lattice):
    with pytest.raises(ParameterError, match="node 'nowhere' is not in the graph"):
        od_cost_matrix(lattice, ["nowhere"], ["nowhere"])
    with pytest.raises(DataError, match="has toll None"):
        od_cost_matrix(lattice, [0], [0], weight="toll")
    lost = simple_graph([(0, 1, 1.0)])
    lost.nodes[1]["x"] = np.nan
    with pytest.raises(DataError, match="node 1 has no x or y in numbers"):
        snap_points(lost, points((0, 0)))
    assert od_cost_matrix(lost, [0], [1]).loc[0, 1] == 1.0
    with pytest.raises(DataError, match="has travel_time -60"):
        compile_graph(simple_graph([(0, 1, -1.0)]))
    with pytest.raises(ParameterError, match="compiled for 'length'"):
        od_cost_matrix(compile_graph(lattice, weight="length"), [0], [0])
    with pytest.raises(DataError, match="no facilities"):
        closest_facility(lattice, [])
    with pytest.raises(ParameterError, match="direction is 'up'"):
        closest_facility(lattice, [0], direction="up")


def test_plain_graphs_need_no_places_for_questions_between_nodes():
    plain = nx.MultiDiGraph()
    plain.add_edge("a", (1, 2), length=300.0, travel_time=120.0)
    assert od_cost_matrix(plain, ["a"], [(1, 2)]).iloc[0, 0] == 2.0
    assert od_cost_matrix(plain, "a", (1, 2), weight="length").iloc[0, 0] == 300.0
    assert od_cost_matrix(nx.Graph(plain), [(1, 2)], ["a"]).iloc[0, 0] == 2.0
    with pytest.raises(DataError, match="no x or y"):
        service_area(plain, "a", minutes=1)
    with pytest.raises(ParameterError, match="node 'ab' is not in the graph"):
        od_cost_matrix(plain, "ab", ["a"])
    nx.set_node_attributes(plain, 0.0, "x")
    nx.set_node_attributes(plain, 0.0, "y")
    with pytest.raises(DataError, match=r"no graph\['crs'\]"):
        od_cost_matrix(plain, points((0, 0)), ["a"])


def test_a_graph_in_degrees_is_measured_in_metres():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_nodes_from([(1, {"x": 105.0, "y": 28.0}), (2, {"x": 105.02, "y": 28.0})])
    graph.add_edge(1, 2, length=1967.0, travel_time=60.0)
    at = gpd.GeoDataFrame(geometry=gpd.points_from_xy([105.03], [28.0]), crs=4326)
    assert snap_points(graph, at)["snap_m"].iloc[0] == pytest.approx(983.5, rel=1e-3)
    with pytest.raises(DataError, match="more than 500 m from any road"):
        od_cost_matrix(graph, [1], at, snap_limit_m=500)
    area = service_area(graph, [1], minutes=1, buffer_m=100).iloc[0]
    assert area["area_km2"] == pytest.approx((1967 * 200 + np.pi * 100**2) / 1e6, rel=0.01)


def test_the_detour_over_a_lattice_is_manhattan_over_straight(lattice):
    ends = detour_index(lattice, points((0, 0)), points((3000, 4000), (0, 0), (4000, 0)))
    assert ends.iloc[0, 0] == pytest.approx(7 / 5)
    assert np.isnan(ends.iloc[0, 1])
    assert ends.iloc[0, 2] == pytest.approx(1.0)


def test_the_cheapest_path_and_its_edges_add_up(lattice):
    network = compile_graph(lattice)
    start, end = node_at(lattice, 0, 0), node_at(lattice, 3, 2)
    path = cheapest_path(network, start, end)
    edges = path_edges(lattice, path)
    assert (path[0], path[-1]) == (start, end)
    assert edges["length"].sum() == pytest.approx(5000)
    assert edges.geometry.iloc[0].coords[0] == (X0, Y0)
    with pytest.raises(DataError, match="no way from"):
        cheapest_path(compile_graph(simple_graph([(0, 1, 1.0)])), 1, 0)


def test_a_compiled_network_answers_like_its_graph(lattice):
    network = compile_graph(lattice)
    a = points((0, 0), (4000, 1000))
    assert od_cost_matrix(network, a, a).equals(od_cost_matrix(lattice, a, a))
    assert compile_graph(network) is network
    with pytest.raises(AttributeError):
        network.weight = "length"


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_seeds_with_minutes_are_the_least_of_start_plus_cost(seed):
    rng = np.random.default_rng(seed)
    network = compile_graph(random_graph(seed))
    numbers = rng.choice(len(network.nodes), 3, replace=False)
    start = np.append(rng.uniform(0, 30, 2), np.inf)
    for direction in ("from", "to"):
        costs = network.costs(numbers, direction=direction) + start[:, None]
        assert network.nearest(numbers, start=start, direction=direction).cost == pytest.approx(costs.min(axis=0))
