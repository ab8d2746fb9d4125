"""Lengths of roads are those on the ellipsoid, in every CRS and at every extent."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely.geometry import LineString, MultiLineString, Point

from nanyi_gis.errors import DataError
from nanyi_gis.network import build_graph, geodesic_lengths, graph_notes, scenario
from nanyi_gis.network.placing import graph_crs, map_scale, road_lengths
from nanyi_gis.network.scenario import AddedEdge, OwnScenario

WGS84 = Geod(ellps="WGS84")
ALBERS = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs"
PLACES = [  # CRS, longitude and latitude of a place in it
    (4326, 105.4, 28.2),
    (4490, 105.4, 28.2),
    (3857, 105.4, 28.2),
    (3857, 10.0, 60.0),
    (3395, 10.0, 60.0),
    (32648, 105.4, 28.2),
    (4544, 105.9, 28.2),
    (4523, 105.9, 28.2),  # its zone number in the easting
    (2414, 105.9, 28.2),  # Beijing 1954, on Krassovsky's ellipsoid
    (2229, -118.2, 34.0),  # US survey feet
    (2277, -97.7, 30.3),  # US survey feet, a conic
    (5070, -80.0, 30.0),  # equal areas
    (ALBERS, 90.0, 45.0),
    (3035, -5.0, 38.0),
    (3995, 60.0, 85.0),  # polar
    (4807, 2.3, 48.8),  # grads from Paris
]


def in_crs(line, crs):
    """Return a line of degrees on the CRS's own ellipsoid, drawn in the CRS."""
    base = CRS.from_user_input(crs).geodetic_crs
    if base.axis_info[0].unit_name == "grad":  # 400 to the circle, from Paris
        return gpd.GeoSeries([shapely.transform(line, lambda at: (at - [2.33722917, 0.0]) / 0.9)], crs=crs)
    return gpd.GeoSeries([line], crs=base).to_crs(crs)


@settings(max_examples=60, deadline=None)
@given(
    place=st.sampled_from(PLACES),
    steps=st.lists(st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02)), min_size=1, max_size=8),
)
def test_a_length_is_geodesic_in_every_crs(place, steps):
    crs, lon, lat = place
    at = np.cumsum([(lon, lat), *steps], axis=0)
    geod = CRS.from_user_input(crs).get_geod()
    wanted = geod.line_length(*at.T)
    found = geodesic_lengths(in_crs(LineString(at), crs))
    assert found[0] == pytest.approx(wanted, rel=1e-9, abs=2e-8)


def test_lengths_of_parts_add_up_and_what_is_no_line_has_none():
    first, second = LineString([(105, 28), (105.1, 28)]), LineString([(106, 29), (106, 29.1), (106.2, 29.1)])
    shapes = [
        MultiLineString([first, second]),
        None,
        Point(105, 28),
        LineString(),
        first,
        shapely.force_3d(first, 900.0),
    ]
    found = geodesic_lengths(gpd.GeoSeries(shapes, crs=4326))
    one, other = (WGS84.geometry_length(line) for line in (first, second))
    assert found == pytest.approx([one + other, 0, 0, 0, one, one], rel=1e-12)


def test_lengths_need_a_crs_and_places_on_the_earth():
    line = gpd.GeoSeries([LineString([(0, 0), (1, 1)])])
    with pytest.raises(DataError, match="have no CRS"):
        geodesic_lengths(line)
    beyond = gpd.GeoSeries([LineString([(0, 0), (9e9, 9e9)])], crs=32648)
    with pytest.raises(DataError, match="lie nowhere on the earth in EPSG:32648"):
        geodesic_lengths(beyond)


def test_a_local_drawing_keeps_its_own_metres():
    feet = CRS.from_wkt('LOCAL_CS["site",UNIT["foot",0.3048]]')
    assert geodesic_lengths(gpd.GeoSeries([LineString([(0, 0), (300, 400)])], crs=feet)) == pytest.approx([152.4])
    round_zero = gpd.GeoSeries([LineString([(0, 0), (300, 400)])], crs=4544)
    assert geodesic_lengths(round_zero) == pytest.approx([500.0])


def test_metres_of_a_true_plane_stay_as_they_were_measured():
    # the scale of a transverse Mercator is 1 + x^2 / 2R^2 from its meridian: 1 in 40,000 at 45 km, R being 6,364 km
    for away, kept in ((30_000, True), (44_500, True), (46_000, False), (200_000, False)):
        line = gpd.GeoSeries([LineString([(500_000 + away, 3_100_000), (500_000 + away, 3_100_100)])], crs=4544)
        found, true = road_lengths(line)[0], geodesic_lengths(line)[0]
        assert bool(found == 100.0) is kept
        assert found == pytest.approx(true, rel=2.51e-5)
        assert true == pytest.approx(100.0 / (1 + away**2 / 2 / 6_364_000**2), rel=2e-6)


def roads(*lines, crs=4326):
    frame = gpd.GeoDataFrame({"highway": ["tertiary"] * len(lines)}, geometry=list(lines), crs=4326)
    return frame.to_crs(crs)


def total(graph, name="length"):
    return sum(data[name] for *_, data in graph.edges(data=True))


@pytest.mark.parametrize("crs", [4326, 4490, 3857, 3395, 32648, 4544, 4523, ALBERS])
def test_a_road_takes_as_long_whatever_crs_it_is_given_in(crs):
    line = LineString([(105.5, 28.0), (105.55, 28.02), (105.6, 28.0)])
    wanted = 2 * WGS84.geometry_length(line)
    graph = build_graph(roads(line, crs=crs))
    assert total(graph) == pytest.approx(wanted, rel=1e-6)
    assert total(graph, "travel_time") == pytest.approx(3.6 * wanted / total_speed(graph), rel=1e-6)


def total_speed(graph):
    return next(data["speed_kph"] for *_, data in graph.edges(data=True))


@pytest.mark.parametrize(("crs", "lat"), [(3857, 28.0), (3857, 60.0), (3395, 60.0), (ALBERS, 20.0)])
def test_a_crs_that_stretches_gives_way_and_it_is_said(crs, lat):
    line = LineString([(105.5, lat), (105.6, lat)])
    given = roads(line, crs=crs)
    graph = build_graph(given)
    assert graph.graph["crs"] in ("EPSG:4544", "EPSG:32648")
    assert total(graph) == pytest.approx(2 * WGS84.geometry_length(line), rel=1e-6)
    told = [note for note in graph_notes(graph) if "geodesic" in note]
    assert len(told) == 1
    assert f"so the graph is in {graph.graph['crs']}" in told[0]
    (x0, y0), (x1, y1) = [(data["x"], data["y"]) for _, data in graph.nodes(data=True)]
    assert np.hypot(x1 - x0, y1 - y0) == pytest.approx(WGS84.geometry_length(line), rel=1e-3)


def test_the_tolerance_is_in_true_metres():
    # at 60 N Web Mercator draws 1.2 m on the ground 2.4 m long
    ends = [LineString([(10.0, 60.0), (10.01, 60.0)]), LineString([(10.01 + 1.2 / 55_800, 60.0), (10.02, 60.0)])]
    given = roads(*ends, crs=3857)
    assert build_graph(given, tolerance_m=1.5).number_of_nodes() == 3
    assert build_graph(given, tolerance_m=1.1).number_of_nodes() == 4


@pytest.mark.parametrize("crs", [4544, 4523, 32648, 3395])
def test_a_crs_that_draws_true_is_kept_without_a_word(crs):
    lat = 28.0 if crs != 3395 else 1.0
    graph = build_graph(roads(LineString([(105.5, lat), (105.6, lat)]), crs=crs))
    assert graph.graph["crs"] == f"EPSG:{crs}"
    assert not [note for note in graph_notes(graph) if "geodesic" in note]


@pytest.mark.parametrize("crs", [4544, 4326, ALBERS])
def test_a_country_in_one_zone_has_true_lengths(crs):
    far = [LineString([(lon, lat), (lon + 0.1, lat)]) for lon in (80.0, 105.0, 130.0) for lat in (18.0, 52.0)]
    graph = build_graph(roads(*far, crs=crs))
    assert total(graph) == pytest.approx(2 * sum(map(WGS84.geometry_length, far)), rel=1e-6)
    assert any("draws them up to" in note for note in graph_notes(graph))


def test_feet_are_no_metres():
    line = LineString([(-118.3, 34.0), (-118.2, 34.0)])
    graph = build_graph(roads(line, crs=2229))
    assert total(graph) == pytest.approx(2 * WGS84.geometry_length(line), rel=1e-6)


@pytest.mark.parametrize(
    ("code", "lon", "lat", "least", "most"),
    [
        (3857, 0.0, 60.0, 1.99, 2.02),
        (4544, 105.0, 28.0, 0.99999, 1.00001),
        (32648, 105.0, 28.0, 0.9995, 0.9997),
        (4326, 105.0, 28.0, 1.0, 1.0),
    ],
)
def test_the_map_scale_is_that_of_the_projection(code, lon, lat, least, most):
    at = shapely.get_coordinates(gpd.GeoSeries([Point(lon, lat)], crs=4326).to_crs(code).values)
    assert least <= map_scale(at, CRS(code)) <= most


def osmnx_graph(crs, **lengths):
    graph = nx.MultiDiGraph(crs=crs)
    places = gpd.GeoSeries([Point(10.0, 60.0), Point(10.01, 60.0)], crs=4326).to_crs(crs)
    for name, place in zip("ab", places, strict=True):
        graph.add_node(name, x=place.x, y=place.y)
    graph.add_edge("a", "b", highway="tertiary", **lengths)
    return graph


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:3857", "EPSG:32632"])
def test_an_osmnx_graph_keeps_its_lengths_and_gets_geodesic_ones_where_it_has_none(crs):
    wanted = WGS84.geometry_length(LineString([(10.0, 60.0), (10.01, 60.0)]))
    assert total(build_graph(osmnx_graph(crs))) == pytest.approx(wanted, rel=1e-6)
    assert total(build_graph(osmnx_graph(crs, length=777.0))) == pytest.approx(777.0)
    assert build_graph(osmnx_graph(crs)).graph["crs"] == "EPSG:32632"


def test_an_osmnx_graph_with_its_axes_swapped_is_refused_in_one_line():
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    graph.add_nodes_from([("a", {"x": 28.0, "y": 105.5}), ("b", {"x": 28.0, "y": 105.6})])
    graph.add_edge("a", "b", highway="tertiary")
    with pytest.raises(DataError, match="the graph: its axes are swapped"):
        build_graph(graph)


def test_a_road_that_a_scenario_adds_is_as_long_as_the_ground():
    line = LineString([(10.0, 60.0), (10.4, 60.0)])
    graph = build_graph(roads(line, crs=3857), crs="EPSG:3857")
    start, end = graph.nodes
    added = AddedEdge.model_validate({"from": start, "to": end, "oneway": True})
    own = scenario(graph, year="complete", changes=OwnScenario(add=(added,)))
    length = next(data["length"] for *_, data in own.edges(data=True) if data["source"] == "the user's scenario")
    assert length == pytest.approx(WGS84.geometry_length(line), rel=1e-6)


def test_no_crs_in_metres_at_the_pole():
    frame = gpd.GeoDataFrame(geometry=[LineString([(0, 88), (180, 88)])], crs=4326)
    with pytest.raises(DataError, match="no metric CRS fits the lines"):
        graph_crs(frame)
    polar = gpd.GeoDataFrame(geometry=[LineString([(0, 88), (10, 88)])], crs=4326).to_crs(3995)
    assert graph_crs(polar).to_epsg() == 3995
