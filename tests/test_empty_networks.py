"""A network without a road is refused by whoever makes it, with what was met instead."""

import geopandas as gpd
import networkx as nx
import pytest
from shapely.geometry import LineString, Point

from nanyi_gis.errors import DataError, NanyiError
from nanyi_gis.network import OwnScenario, Tables, build_graph, scenario, scenarios
from nanyi_gis.network.scenario import EdgeChoice

AT = (510_000.0, 3_100_000.0)


def roads(*, metres=1000.0, **columns):
    lines = [LineString([AT, (AT[0] + metres, AT[1])]), LineString([AT, (AT[0], AT[1] + metres)])]
    return gpd.GeoDataFrame({"highway": ["tertiary"] * 2, **columns}, geometry=lines, crs=4544)


def one_line(error):
    return "\n" not in str(error.value) and len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (roads(metres=0.0), "none of the 2 lines has a length"),
        (roads()[:0], "holds no lines"),
        (roads().set_geometry([Point(AT)] * 2), "holds no lines"),
        (roads().set_geometry([None, LineString()]), "holds no lines"),
        (roads().set_crs(None, allow_override=True), "have no CRS"),
        (roads(highway=["footway", "steps"]), "mode 'car'"),
    ],
)
def test_a_layer_that_gives_no_road_is_refused(lines, words):
    with pytest.raises(DataError, match=words) as error:
        build_graph(lines)
    assert one_line(error)


def test_tables_without_edges_are_refused_with_what_was_left_out():
    nodes = gpd.GeoDataFrame({"name_zh": ["a"]}, geometry=[Point(AT)], crs=4544)
    edges = gpd.GeoDataFrame({"u": [], "v": [], "highway": []}, geometry=[], crs=4544)
    with pytest.raises(DataError, match=r"none of 3 lines makes a road \(left out: ferry 2, private 1\)"):
        build_graph(Tables(nodes, edges, {"lines": 3, "left_out": {"ferry": 2, "private": 1}}))


def test_an_osmnx_graph_without_edges_is_refused():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_node(1, x=105.0, y=28.0)
    with pytest.raises(DataError, match="has no edges"):
        build_graph(graph)


def test_a_scenario_in_which_no_road_is_open_names_the_words():
    graph = build_graph(roads(status=["planned", "construction"]))
    with pytest.raises(DataError, match="no road is open on 2025-12-31: status is construction, planned; check"):
        scenario(graph, year=2025)
    with pytest.raises(DataError, match="no road is open on 2022-03-14"):
        scenarios(graph, [2022, "complete"])
    assert scenario(graph, year=2025, allow_empty=True).number_of_edges() == 0
    assert scenario(graph, year="complete").number_of_edges() == 4


def test_a_day_before_every_opening_is_an_answer_of_one_network_but_no_network_to_go_by():
    graph = build_graph(roads(status=["planned"] * 2, opened=["2024", "2030-06"]))
    assert scenario(graph, year=2023).number_of_edges() == 0
    with pytest.raises(DataError, match="status is planned, opened 2024 to 2030-06; check"):
        scenarios(graph, [2023])


def test_changes_that_close_every_road_are_refused():
    graph = build_graph(roads(id=["a", "b"]))
    every = OwnScenario(close=(EdgeChoice(edge="a"), EdgeChoice(edge="b")))
    with pytest.raises(NanyiError, match="the changes close every road that is open on 2025-12-31"):
        scenario(graph, year=2025, changes=every)
    assert scenario(graph, year=2025, changes=OwnScenario(close=(EdgeChoice(edge="a"),))).number_of_edges() == 2
    assert scenario(graph, year=2025, changes=every, allow_empty=True).number_of_edges() == 0


@pytest.mark.parametrize(
    ("crs", "shape", "words"),
    [
        (4326, LineString([(28.0, 105.5), (28.0, 105.6)]), "its axes are swapped"),
        (4326, LineString([(500_000, 3_100_000), (501_000, 3_100_000)]), "look like metres"),
        (4326, LineString([(500, 100), (500.1, 100)]), "are no degrees"),
        (4326, LineString([(0, 85), (180, 85)]), "no metric CRS fits"),
        (4326, LineString([(105, 80), (105, 90)]), "no metric CRS fits"),
        (4326, LineString([(float("inf"), 28), (105, 28)]), "not finite"),
        (4544, LineString([(105.5, 28.0), (105.6, 28.0)]), "look like degrees"),
        (4544, LineString([(5e7, 3e6), (5.1e7, 3e6)]), "lie outside the area of its CRS EPSG:4544"),
        (4544, LineString([(35_510_000, 3_100_000), (35_511_000, 3_100_000)]), "zone number 35 stands in its easting"),
        (4544, LineString([(3_100_000, 510_000), (3_100_000, 511_000)]), "axes are swapped"),
    ],
)
def test_coordinates_that_cannot_be_there_are_refused_in_one_line(crs, shape, words):
    with pytest.raises(DataError, match=words) as error:
        build_graph(gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=[shape], crs=crs))
    assert one_line(error)
