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
from road_samples import CRS, X0, Y0, both_ways, points, simple_graph
from shapely.geometry import LineString, Point

from nanyi_gis.accessibility import (
    closest_facility,
    critical_edges,
    detour_index,
    od_cost_matrix,
    service_area,
)
from nanyi_gis.errors import DataError
from nanyi_gis.network import build_graph, compile_graph, insert_places, snap_points, with_places

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
@settings(max_examples=40, deadline=None)
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
@settings(max_examples=40, deadline=None)
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
@settings(max_examples=100, deadline=None)
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
@settings(max_examples=40, deadline=None)
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


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_a_graph_with_places_inserted_answers_as_the_one_that_splits_in_thought(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    before = [(u, v, k, dict(data)) for u, v, k, data in graph.edges(keys=True, data=True)]
    at = on_roads(graph, rng, 5)
    larger = insert_places(graph, at, parts="any")
    nodes = [larger.graph["inserted"][name] for name in at.index]
    cut, node_of = really_split(graph, snap_points(graph, at, parts="any"))
    places = [node_of[name] for name in at.index]
    found = compile_graph(larger).costs([compile_graph(larger).number[n] for n in nodes])
    columns = [compile_graph(larger).number[n] for n in nodes]
    assert found[:, columns] == pytest.approx(distances(cut, places, places), abs=1e-9)
    assert found[:, [compile_graph(larger).number[n] for n in graph]] == pytest.approx(
        distances(cut, places, list(graph)), abs=1e-9
    )
    total = sum(data["length"] for *_, data in graph.edges(data=True))
    assert sum(data["length"] for *_, data in larger.edges(data=True)) == pytest.approx(total)
    assert [(u, v, k, dict(data)) for u, v, k, data in graph.edges(keys=True, data=True)] == before


def long_road(*, back=4.8):
    """One road of 2 km at 25 km/h: 2.4 minutes a kilometre."""
    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_nodes_from([("w", {"x": X0, "y": Y0}), ("e", {"x": X0 + 2000, "y": Y0})])
    road(graph, "w", "e", 4.8, back=back)
    return graph


def test_two_places_on_one_long_road_are_apart():
    ends = points((100, 0), (1900, 0), index=["a", "b"])
    matrix = od_cost_matrix(long_road(), ends, ends)
    assert matrix.to_numpy() == pytest.approx(np.array([[0, 4.32], [4.32, 0]]))
    one_way = od_cost_matrix(long_road(back=None), ends, ends)
    assert one_way.to_numpy() == pytest.approx(np.array([[0, 4.32], [INF, 0]]))
    assert closest_facility(long_road(), ends.iloc[1:], ends)["cost"].tolist() == pytest.approx([4.32, 0])


def test_round_a_loop_the_shorter_side_counts():
    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_node("o", x=X0, y=Y0)
    road(graph, "o", "o", 40.0, back=80.0, via=[(1000, 0), (1000, 1000), (0, 1000)])
    at = points((1000, 0), (0, 1000), index=["a", "b"])  # a quarter and three quarters of the way round
    wanted = np.array([[0, min(20, 20 + 20)], [min(40, 10 + 10), 0]])
    assert od_cost_matrix(graph, at, at, parts="any").to_numpy() == pytest.approx(wanted)


def test_the_way_off_the_road_is_walked_at_both_ends():
    homes = points((500, 50), (500, -50), index=["n", "s"])
    shop = points((1500, 100), index=["shop"])
    walk = 60 / 5000
    matrix = od_cost_matrix(long_road(), homes, shop)
    assert matrix["shop"].tolist() == pytest.approx([2.4 + 150 * walk] * 2)
    assert od_cost_matrix(long_road(), homes, shop, access_kmh=None)["shop"].tolist() == pytest.approx([2.4, 2.4])
    assert od_cost_matrix(long_road(), homes, shop, access_kmh=6)["shop"].tolist() == pytest.approx([3.9, 3.9])
    assert od_cost_matrix(long_road(), homes, shop, weight="length")["shop"].tolist() == pytest.approx([1150, 1150])
    # Over the road to the other side, but from a point to itself nothing.
    both = od_cost_matrix(long_road(), homes, homes).to_numpy()
    assert both == pytest.approx(np.array([[0, 100 * walk], [100 * walk, 0]]))
    toll = long_road()
    nx.set_edge_attributes(toll, 10.0, "toll")
    assert od_cost_matrix(toll, homes, shop, weight="toll")["shop"].tolist() == pytest.approx([5.0, 5.0])


def test_the_nearest_facility_counts_the_way_off_the_road_as_well():
    shops = points((1000, 400), (1600, 0), index=["near the map's eye", "on the road"])
    home = points((900, 0), index=["home"])
    found = closest_facility(long_road(), shops, home).iloc[0]
    assert found.tolist() == ["on the road", pytest.approx(0.7 * 2.4)]
    assert closest_facility(long_road(), shops, home, access_kmh=None).iloc[0].tolist() == [
        "near the map's eye",
        pytest.approx(0.24),
    ]


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_the_nearest_facility_is_the_least_of_the_matrix_off_the_road_too(seed):
    rng = np.random.default_rng(seed)
    graph = random_roads(rng)
    homes, shops = on_roads(graph, rng, 6), on_roads(graph, rng, 3)
    matrix = od_cost_matrix(graph, homes, shops)
    found = closest_facility(graph, shops, homes)
    assert found["cost"].to_numpy() == pytest.approx(matrix.min(axis=1).to_numpy())
    for home, shop in found["facility"].dropna().items():
        assert matrix.loc[home, shop] == pytest.approx(matrix.loc[home].min())
    held = od_cost_matrix(graph, homes, shops, limit=6.0)
    assert np.array_equal(held, matrix.where(matrix <= 6.0, INF))


def test_the_limit_holds_the_way_off_the_road():
    homes, shop = points((500, 50), index=["h"]), points((1500, 0), index=["s"])
    assert od_cost_matrix(long_road(), homes, shop, limit=3.0001).iloc[0, 0] == pytest.approx(3.0)
    assert od_cost_matrix(long_road(), homes, shop, limit=2.9999).iloc[0, 0] == INF


def test_the_detour_is_from_door_to_door():
    ends = points((500, 300), (500, -100), index=["n", "s"])
    assert detour_index(long_road(), ends.iloc[:1], ends.iloc[1:]).iloc[0, 0] == pytest.approx(1.0)
    far = points((1500, 0))
    assert detour_index(long_road(), ends.iloc[1:], far).iloc[0, 0] == pytest.approx(1100 / np.hypot(1000, 100))
    assert detour_index(long_road(), ends.iloc[1:], far, access_kmh=None).iloc[0, 0] == pytest.approx(1.0)


# areas and closures


def test_an_area_starts_at_the_place_and_goes_both_ways():
    home = points((1000, 0), index=["h"])
    area = service_area(long_road(), home, minutes=[1.2, 2.4], buffer_m=10)
    assert area.geometry[0].bounds == pytest.approx((X0 + 490, Y0 - 10, X0 + 1510, Y0 + 10))
    assert area["nodes"].tolist() == [0, 2]
    assert area["unreached"].tolist() == [0, 0]
    walked = service_area(long_road(), points((1000, 50)), minutes=[1.2], buffer_m=10).geometry[0]
    assert walked.bounds == pytest.approx((X0 + 740, Y0 - 10, X0 + 1260, Y0 + 10))
    for direction, bounds in (("from", (990, 1510)), ("to", (490, 1010))):
        area = service_area(long_road(back=None), home, minutes=[1.2], buffer_m=10, direction=direction)
        assert area.geometry[0].bounds[::2] == pytest.approx([X0 + b for b in bounds])


def test_an_origin_that_only_just_reaches_its_road_is_a_dot():
    area = service_area(long_road(), points((1000, 500)), minutes=[6, 7], buffer_m=10)
    assert area.geometry[0].bounds == pytest.approx((X0 + 990, Y0 - 10, X0 + 1010, Y0 + 10))
    assert service_area(long_road(), points((1000, 501)), minutes=[6], buffer_m=10).geometry[0].is_empty


def ring():
    """A square of 1 km sides, a minute each."""
    corners = {"a": (0, 0), "b": (1000, 0), "c": (1000, 1000), "d": (0, 1000)}
    return simple_graph(both_ways([("a", "b", 1.0), ("b", "c", 1.0), ("c", "d", 1.0), ("d", "a", 1.0)]), corners)


def test_a_road_on_which_people_stand_is_closed_beside_them():
    # The home is 250 m from a on the way to b, the clinic at b: 0.75 minutes, or 0.25 + 3 the other way round.
    home, people = points((250, 0), index=["h"]), pd.Series({"h": 8.0})
    table = critical_edges(ring(), home, ["b"], population=people)
    assert table[["u", "v", "people", "cut_off"]].to_numpy().tolist() == [["a", "b", 8.0, 0.0]]
    assert table["extra"].tolist() == pytest.approx([8 * (3.25 - 0.75)])
    # Without the rest of the ring the home is cut off.
    lone = simple_graph(both_ways([("a", "b", 1.0)]), {"a": (0, 0), "b": (1000, 0)})
    assert critical_edges(lone, home, ["b"], population=people)["cut_off"].tolist() == [8.0]


def test_a_road_on_which_a_clinic_stands_is_closed_at_its_worst_point():
    # The clinic is 250 m from a on the road to b. From a 0.25, or 3.75 round; from b 0.75, or 3.25 round.
    clinic = points((250, 40), index=["clinic"])
    people = pd.Series({"a": 10.0, "b": 100.0})
    table = critical_edges(ring(), ["a", "b"], clinic, population=people, access_kmh=None)
    assert len(table) == 1
    assert {table.loc[0, "u"], table.loc[0, "v"]} == {"a", "b"}
    assert table.loc[0, "extra"] == pytest.approx(100 * 2.5)
    assert table.loc[0, "people"] == 100.0
    # The way off the road is no road: with it the same closures come out.
    assert critical_edges(ring(), ["a", "b"], clinic, population=people)["extra"].tolist() == pytest.approx([250.0])


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_every_closure_agrees_with_networkx_on_the_split_graph_without_the_stretch(seed):
    rng = np.random.default_rng(seed)
    edges = {tuple(sorted(p)): float(rng.integers(1, 9)) for p in rng.integers(0, 6, (9, 2)).tolist() if p[0] != p[1]}
    places = {n: tuple(rng.uniform(0, 9000, 2)) for n in range(6)}
    graph = simple_graph(both_ways([(u, v, m) for (u, v), m in sorted(edges.items())] or [(0, 1, 1.0)]), places)
    homes, clinic = on_roads(graph, rng, 4), on_roads(graph, rng, 1)
    table = critical_edges(graph, homes, clinic, access_kmh=None, parts="any")
    cut, node_of = really_split(graph, snap_points(graph, pd.concat([homes, clinic.set_axis(["clinic"])]), parts="any"))
    target, at = node_of["clinic"], [node_of[name] for name in homes.index]
    base = nx.single_source_dijkstra_path_length(cut.reverse(), target)
    worst = {}
    for a, b in {tuple(sorted(e, key=str)) for e in cut.edges}:
        closed = cut.copy()
        closed.remove_edges_from([e for e in ((a, b), (b, a)) if closed.has_edge(*e)])
        new = nx.single_source_dijkstra_path_length(closed.reverse(), target)
        lost = sum(n in base and n not in new for n in at)
        extra = sum(new[n] - base[n] for n in at if n in new)
        worst[frozenset((a, b))] = (lost, extra)
    for row in table.itertuples():
        assert any(
            row.cut_off == lost and row.extra == pytest.approx(extra, abs=1e-9) for lost, extra in worst.values()
        )
    most = max(worst.values(), default=(0, 0.0))
    if len(table):
        assert (table["cut_off"][0], pytest.approx(table["extra"][0], abs=1e-9)) == most


@pytest.mark.parametrize("place", [(np.inf, Y0), (np.nan, np.nan)])
def test_a_point_without_a_place_is_named(place):
    road = gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=[LineString([(X0, Y0), (X0 + 100, Y0)])], crs=CRS)
    points = gpd.GeoSeries([Point(X0, Y0), Point(*place)], index=["home", "lost"], crs=CRS)
    with pytest.raises(DataError, match=r"point 'lost' at .* has no place in EPSG:4544"):
        snap_points(build_graph(road), points)
