"""Graphs from layers of lines: noding, snapping, conventions of OSMnx, bad input."""

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0, lattice_lines, node_at
from shapely import affinity
from shapely.geometry import LineString, MultiLineString, Point

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import write_geojson, write_gpkg
from nanyi_gis.network import build_graph, components, graph_notes, graph_to_frames, scenario


def lines(*coordinates, **columns) -> gpd.GeoDataFrame:
    shapes = [LineString([(X0 + x, Y0 + y) for x, y in line]) for line in coordinates]
    return gpd.GeoDataFrame(columns or {"highway": "tertiary"}, geometry=shapes, crs=CRS, index=range(len(shapes)))


def test_a_lattice_of_crossing_streets_has_a_node_at_each_crossing():
    graph = build_graph(lattice_lines(5))
    assert graph.number_of_nodes() == 25
    assert graph.number_of_edges() == 2 * 2 * 5 * 4
    assert graph.graph["components"] == 1
    assert graph.graph["largest_share"] == 1.0
    lengths = [data["length"] for *_, data in graph.edges(data=True)]
    assert np.allclose(lengths, 1000.0)


def test_every_lattice_distance_is_the_manhattan_distance():
    graph = build_graph(lattice_lines(4))
    for u, found in nx.all_pairs_dijkstra_path_length(graph, weight="length"):
        for v, length in found.items():
            a, b = graph.nodes[u], graph.nodes[v]
            assert length == pytest.approx(abs(a["x"] - b["x"]) + abs(a["y"] - b["y"]))


def test_an_edge_carries_what_osmnx_expects_and_more():
    graph = build_graph(lattice_lines(2, name="路"))
    data = next(iter(graph.edges(data=True)))[2]
    wanted = {"length", "travel_time", "speed_kph", "highway", "geometry", "status", "opened", "corridor", "oneway"}
    assert wanted <= data.keys()
    assert data["travel_time"] == pytest.approx(1000 / (25 / 3.6))
    assert data["name_zh"] == "路"


def test_osmnx_functions_work_on_the_graph(tmp_path):
    graph = build_graph(lattice_lines(4))
    nodes, edges = ox.convert.graph_to_gdfs(graph)
    assert (len(nodes), len(edges)) == (16, 48)
    start, end = node_at(graph, 0, 0), node_at(graph, 3, 3)
    route = ox.routing.shortest_path(graph, start, end, weight="travel_time")
    assert len(route) == 7
    assert ox.routing.route_to_gdf(graph, route)["length"].sum() == pytest.approx(6000)
    assert ox.distance.nearest_nodes(graph, X0 + 10, Y0 + 10) == start
    assert ox.stats.edge_length_total(graph) == pytest.approx(48_000)
    again = ox.convert.graph_from_gdfs(nodes, edges, graph_attrs=graph.graph)
    assert set(again.edges) == set(graph.edges)
    ox.io.save_graphml(graph, tmp_path / "g.graphml")
    assert ox.io.load_graphml(tmp_path / "g.graphml").number_of_edges() == 48


def test_the_layers_have_the_columns_of_the_command():
    nodes, edges = graph_to_frames(build_graph(lattice_lines(3)))
    assert list(nodes.columns[:3]) == ["node", "name_zh", "kind"]
    wanted = ["u", "v", "key", "length", "travel_time", "highway", "status", "opened", "corridor"]
    assert list(edges.columns[:9]) == wanted
    assert nodes.crs == edges.crs == CRS


@pytest.mark.parametrize(("gap", "parts"), [(0.9, 1), (1.1, 2)])
def test_ends_meet_within_the_tolerance_and_not_beyond(gap, parts):
    graph = build_graph(lines([(0, 0), (100, 0)], [(100 + gap, 0), (200, 0)]), tolerance_m=1.0)
    assert graph.graph["components"] == parts
    assert len(components(graph)) == parts


def test_an_end_near_the_inside_of_a_line_makes_a_junction():
    graph = build_graph(lines([(0, 0), (100, 0)], [(50, 0.5), (50, 80)]), noding="ends")
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (4, 6)
    assert graph.graph["splits"] == 1
    assert graph.graph["moved_max_m"] == pytest.approx(0.5)


def test_only_ends_meet_where_nothing_else_is_asked():
    crossing = lines([(0, 0), (100, 0)], [(50, 0), (50, 80)])
    assert build_graph(crossing, noding="none").graph["components"] == 2


def test_a_bridge_does_not_meet_the_road_below_but_its_ends_do():
    over = lines(
        [(0, 0), (100, 0)], [(50, -50), (50, 50)], [(50, 50), (50, 90)], highway="tertiary", bridge=["no", "yes", None]
    )
    graph = build_graph(over)
    assert graph.graph["components"] == 2
    assert [len(part) for part in components(graph)] == [3, 2]


def test_edges_meet_exactly_at_their_nodes():
    shapes = lines([(0, 0), (100, 0.3)], [(50, 0.6), (20, 80)], [(100.4, 0), (200, 50)])
    graph = build_graph(shapes, tolerance_m=1.0)
    for u, v, data in graph.edges(data=True):
        for node, corner in ((u, data["geometry"].coords[0]), (v, data["geometry"].coords[-1])):
            assert corner == (graph.nodes[node]["x"], graph.nodes[node]["y"])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_noding_keeps_the_total_length(seed):
    rng = np.random.default_rng(seed)
    shapes = [LineString(rng.uniform(0, 1000, (3, 2)) + np.array([X0, Y0])) for _ in range(6)]
    frame = gpd.GeoDataFrame({"highway": "tertiary"}, geometry=shapes, crs=CRS, index=range(6))
    graph = build_graph(frame, tolerance_m=1e-4)
    total = sum(data["length"] for *_, data in graph.edges(data=True)) / 2
    assert total == pytest.approx(frame.length.sum(), rel=1e-6)


def test_oneway_streets_go_one_way_and_minus_one_the_other():
    graph = build_graph(lines([(0, 0), (100, 0)], [(0, 50), (100, 50)], highway="tertiary", oneway=["yes", "-1"]))
    found = {(round(graph.nodes[u]["x"] - X0), round(graph.nodes[v]["x"] - X0)) for u, v in graph.edges()}
    assert graph.number_of_edges() == 2
    assert found == {(0, 100), (100, 0)}


def test_degrees_under_a_geographic_crs_are_projected():
    metric = lattice_lines(3)
    graph = build_graph(metric.to_crs(4326))
    assert graph.graph["crs"] == "EPSG:4544"
    assert graph.number_of_nodes() == 9
    total = sum(data["length"] for *_, data in graph.edges(data=True)) / 2
    assert total == pytest.approx(metric.length.sum(), rel=1e-6)


def test_far_from_the_study_area_the_crs_is_utm():
    helsinki = gpd.GeoDataFrame(
        {"highway": ["tertiary"]}, geometry=[LineString([(24.9, 60.1), (24.91, 60.1)])], crs=4326
    )
    assert build_graph(helsinki).graph["crs"] == "EPSG:32635"


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson", "parquet"])
def test_every_format_gives_the_same_graph(tmp_path, suffix):
    frame, path = lattice_lines(3), tmp_path / f"roads.{suffix}"
    if suffix == "gpkg":
        write_gpkg({"roads": frame}, path)
    elif suffix == "geojson":
        write_geojson(frame, path, digits=9)
    elif suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    graph = build_graph(path)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (9, 24)
    assert sum(data["length"] for *_, data in graph.edges(data=True)) == pytest.approx(24_000, abs=0.5)


def test_multilines_are_taken_apart_and_numbered():
    shape = MultiLineString([[(X0, Y0), (X0 + 10, Y0)], [(X0 + 10, Y0), (X0 + 20, Y0)]])
    frame = gpd.GeoDataFrame({"id": ["a"], "highway": ["tertiary"]}, geometry=[shape], crs=CRS)
    ids = {data["id"] for *_, data in build_graph(frame).edges(data=True)}
    assert ids == {"a", "a/2"}


def test_classes_that_cars_cannot_use_are_left_out_and_counted():
    frame = lines([(0, 0), (9, 0)], [(9, 0), (20, 0)], [(20, 0), (30, 0)], highway=["tertiary", "steps", "footway"])
    assert build_graph(frame).graph["left_out"] == {"footway": 1, "steps": 1}
    walked = build_graph(frame, mode="walk")
    assert walked.number_of_edges() == 6
    assert {round(data["speed_kph"], 2) for *_, data in walked.edges(data=True)} == {5.04}


def test_a_layer_without_classes_counts_as_village_roads():
    frame = lines([(0, 0), (1000, 0)], note=["x"])
    graph = build_graph(frame)
    assert graph.graph["unclassified"] == 1
    assert {data["highway"] for *_, data in graph.edges(data=True)} == {"unclassified"}


def test_a_file_that_the_command_wrote_can_be_read_again(tmp_path):
    graph = build_graph(lattice_lines(3))
    nodes, edges = graph_to_frames(graph)
    write_gpkg({"nodes": nodes, "edges": edges}, tmp_path / "n.gpkg")
    again = build_graph(tmp_path / "n.gpkg")
    assert (again.number_of_nodes(), again.number_of_edges()) == (9, 24)
    assert sorted(d["travel_time"] for *_, d in again.edges(data=True)) == pytest.approx([144.0] * 24)


@pytest.mark.parametrize(
    "dates",
    [["2024-02-09", None], [pd.Timestamp("2024-02-09"), pd.NaT], [2024, 2021], [2024.0, np.nan], ["2024-02", ""]],
)
def test_dates_may_have_any_type(dates):
    frame = lines([(0, 0), (100, 0)], [(0, 50), (100, 50)], highway="tertiary").assign(opened=dates)
    graph = build_graph(frame)
    assert scenario(graph, year=2022).number_of_edges() == 2
    assert scenario(graph, year=2025).number_of_edges() == 4


def test_ids_of_nodes_are_plain_numbers():
    graph = build_graph(lattice_lines(2))
    assert {type(n) for edge in graph.edges() for n in edge} == {int}


def test_a_shapefile_as_geofabrik_makes_it_is_understood():
    classes = ["track_grade2", "unknown", "primary"]
    frame = lines([(0, 0), (100, 0)], [(100, 0), (200, 0)], [(200, 0), (300, 0)], fclass=classes)
    graph = build_graph(frame.assign(oneway=["B", "F", "T"], bridge=["F", "F", "T"], maxspeed=[0, 50, 0]))
    assert {data["highway"] for *_, data in graph.edges(data=True)} == {"track", "road", "primary"}
    assert graph.number_of_edges() == 4
    assert [d["bridge"] for *_, d in graph.edges(data=True) if d["highway"] == "primary"] == [True]


def test_the_callers_layer_is_not_changed():
    frame = lattice_lines(3)
    before = frame.copy(deep=True)
    build_graph(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_an_osmnx_graph_is_used_as_it_is():
    own = build_graph(lattice_lines(3))
    plain = nx.MultiDiGraph(crs="EPSG:4326")
    nodes, edges = ox.convert.graph_to_gdfs(own)
    there = nodes.to_crs(4326)
    for node in own:
        plain.add_node(node, x=there.geometry[node].x, y=there.geometry[node].y)
    for (u, v, _), row in edges.iterrows():
        plain.add_edge(u, v, osmid=1, highway=["tertiary", "residential"], length=row["length"], oneway=False)
    graph = build_graph(plain)
    assert set(graph.nodes) == set(plain.nodes)
    assert graph.number_of_edges() == plain.number_of_edges()
    assert {data["highway"] for *_, data in graph.edges(data=True)} == {"tertiary"}
    assert sum(data["length"] for *_, data in graph.edges(data=True)) == pytest.approx(24_000)
    assert build_graph(graph).number_of_edges() == 24
    assert plain.nodes[node_at(own, 0, 0)].keys() == {"x", "y"}


def test_an_empty_cell_of_speeds_takes_the_speed_of_the_class():
    frame = lines([(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], speed_kph=["", "50 km/h"], highway=["tertiary"] * 2)
    speeds = sorted({round(d["speed_kph"], 3) for *_, d in build_graph(frame).edges(data=True)})
    assert speeds == [25.0, 50.0]  # the class, and its own


BAD = [
    (lambda f: f.set_crs(None, allow_override=True), "no CRS"),
    (lambda f: f.to_crs(4326).set_crs(4544, allow_override=True), "look like degrees"),
    (lambda f: f.set_geometry([Point(X0, Y0)] * len(f)), "no lines"),
    (lambda f: f.assign(highway="boulevard"), "unknown road class 'boulevard'"),
    (lambda f: f.assign(speed_kph=[0.0] + [30.0] * (len(f) - 1)), "speed of 0 km/h"),
    (lambda f: f.assign(speed_kph=[-5.0] + [30.0] * (len(f) - 1)), "speed of -5 km/h"),
    (lambda f: f.assign(speed_kph=["fast"] + [30.0] * (len(f) - 1)), "speed_kph of row 1 is 'fast'"),
    (lambda f: f.assign(id="same"), "'same' occurs twice"),
    (lambda f: f.assign(opened="soon"), "opened is 'soon', but must be a date"),
    (lambda f: f.assign(highway="footway"), "no lines for mode 'car'"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD)
def test_bad_lines_are_refused_in_one_line(spoil, message):
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        build_graph(spoil(lattice_lines(3)))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_bad_options_are_refused(tmp_path):
    with pytest.raises(DataError, match="no file"):
        build_graph(tmp_path / "none.gpkg")
    with pytest.raises(ParameterError, match="mode is 'fly'"):
        build_graph(lattice_lines(2), mode="fly")
    with pytest.raises(ParameterError, match="noding is 'some'"):
        build_graph(lattice_lines(2), noding="some")
    with pytest.raises(ParameterError, match="tolerance_m is -1"):
        build_graph(lattice_lines(2), tolerance_m=-1)
    with pytest.raises(DataError, match="a CRS in metres"):
        build_graph(lattice_lines(2), crs="EPSG:4326")
    with pytest.raises(DataError, match=r"no graph\['crs'\]"):
        build_graph(nx.MultiDiGraph())
    with pytest.raises(DataError, match="no edges"):
        build_graph(nx.MultiDiGraph(crs=CRS))


def test_a_local_drawing_in_small_metres_is_not_taken_for_degrees():
    small = lattice_lines(3).set_geometry([affinity.translate(g, -X0, -Y0) for g in lattice_lines(3, 10.0).geometry])
    assert build_graph(small).number_of_nodes() == 9


def test_a_motorway_is_one_way_by_itself_but_not_in_a_saved_graph_without_directions():
    plain = lines([(0, 0), (100, 0)], highway="motorway")
    graph = build_graph(plain)
    assert graph.number_of_edges() == 1
    assert any("oneway = no" in note for note in graph_notes(graph))
    saved = build_graph(plain.assign(u=1, v=2, key=0))
    assert saved.number_of_edges() == 2
    assert any("graph without directions" in note for note in graph_notes(saved))
    assert build_graph(plain.assign(oneway="")).number_of_edges() == 1
    assert build_graph(plain.assign(u=1, v=2, key=0, oneway="yes")).number_of_edges() == 1
