"""Service areas follow the network, grow with the limit and hold its last minute."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import CRS, X0, Y0, both_ways, lattice_lines, points, simple_graph
from shapely.geometry import LineString, Point

from nanyi_gis.accessibility import service_area
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph


def at(x, y=0.0):
    return Point(X0 + x, Y0 + y)


@pytest.fixture(scope="module")
def straight():
    """One road of 10 km, a node every 5 km, one minute a kilometre."""
    edges = both_ways([(0, 1, 5.0), (1, 2, 5.0)])
    return simple_graph(edges, {0: (0, 0), 1: (5000, 0), 2: (10_000, 0)})


def test_an_area_ends_where_the_minutes_do(straight):
    area = service_area(straight, [0], minutes=[3, 7], buffer_m=100)
    three, seven = area.geometry
    assert three.bounds == pytest.approx((X0 - 100, Y0 - 100, X0 + 3100, Y0 + 100))
    assert seven.bounds == pytest.approx((X0 - 100, Y0 - 100, X0 + 7100, Y0 + 100))
    assert area["nodes"].tolist() == [1, 2]
    assert area["area_km2"].tolist() == pytest.approx([3.0 * 0.2 + np.pi * 0.01, 7.0 * 0.2 + np.pi * 0.01], rel=0.01)


def test_the_limit_itself_is_inside(straight):
    area = service_area(straight, [0], minutes=[5, 10], buffer_m=50)
    assert area["nodes"].tolist() == [2, 3]
    assert area.geometry[0].covers(at(5000))
    assert area.geometry[1].covers(at(10_000))


def test_an_isolated_node_reached_at_the_last_minute_is_inside():
    graph = simple_graph([("a", "b", 60.0)], {"a": (0, 0), "b": (1000, 0)})
    area = service_area(graph, ["a"], minutes=[59.99, 60], buffer_m=10)
    assert area["nodes"].tolist() == [1, 2]


@given(seed=st.integers(0, 1000), cuts=st.lists(st.floats(0.5, 40), min_size=2, max_size=4, unique=True))
@settings(max_examples=25, deadline=None)
def test_areas_grow_with_the_limit(seed, cuts):
    rng = np.random.default_rng(seed)
    places = {i: tuple(rng.uniform(0, 9000, 2)) for i in range(8)}
    edges = [
        (int(u), int(v), float(m)) for u, v, m in zip(*rng.integers(0, 8, (2, 14)), rng.uniform(1, 15, 14), strict=True)
    ]
    graph = simple_graph([e for e in edges if e[0] != e[1]] or [(0, 1, 1.0)], places)
    area = service_area(graph, [next(iter(graph))], minutes=sorted(cuts), buffer_m=200)
    for small, large in zip(area.geometry[:-1], area.geometry[1:], strict=True):
        assert small.difference(large).area < 1e-3
    assert (area["area_km2"].diff().dropna() > -1e-9).all()
    assert area["nodes"].is_monotonic_increasing


def test_several_origins_share_one_area():
    graph = build_graph(lattice_lines(5))
    one = service_area(graph, points((0, 0)), minutes=[5], buffer_m=100)
    two = service_area(graph, points((0, 0), (4000, 4000)), minutes=[5], buffer_m=100)
    assert two["area_km2"].iloc[0] == pytest.approx(2 * one["area_km2"].iloc[0], rel=1e-6)


def test_towards_the_origin_the_last_stretch_counts():
    graph = simple_graph([(0, 1, 10.0)], {0: (0, 0), 1: (1000, 0)})
    back = service_area(graph, [1], minutes=[5], direction="to", buffer_m=10)
    assert back.geometry[0].bounds[0] == pytest.approx(X0 + 490)
    assert service_area(graph, [1], minutes=[5], direction="from", buffer_m=10)["nodes"].tolist() == [1]


def test_nobody_gets_off_a_motorway_between_its_interchanges():
    shapes = [
        LineString([at(0), at(10_000)]),
        LineString([at(0), at(0, 500)]),
        LineString([at(10_000), at(10_000, 500)]),
    ]
    classes = ["motorway", "tertiary", "tertiary"]
    graph = build_graph(gpd.GeoDataFrame({"highway": classes}, geometry=shapes, crs=CRS))
    area = service_area(graph, points((0, 500)), minutes=[30], buffer_m=100).geometry[0]
    assert isinstance(area, shapely.MultiPolygon)
    assert area.covers(at(10_000, 400))
    assert not area.intersects(at(5000))


def test_what_cannot_be_reached_is_counted():
    graph = simple_graph([*both_ways([(0, 1, 2.0)]), *both_ways([(2, 3, 2.0)])])
    assert service_area(graph, [0], minutes=[60])["unreached"].tolist() == [2]


def test_the_area_follows_a_bend():
    shapes = [LineString([at(0), at(0, 3000), at(3000, 3000)])]
    graph = build_graph(gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=shapes, crs=CRS))
    area = service_area(graph, points((0, 0)), minutes=[60 / 25 * 4], buffer_m=50).geometry[0]
    assert area.covers(at(990, 3000))
    assert not area.intersects(at(1100, 3000))
    assert not area.intersects(at(1000, 1000))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": []}, "minutes is empty"),
        ({"minutes": [30, 15]}, "must rise strictly"),
        ({"buffer_m": 0}, "buffer_m is 0 m"),
        ({"direction": "up"}, "direction is 'up'"),
    ],
)
def test_bad_options_are_refused(straight, options, message):
    with pytest.raises(ParameterError, match=message):
        service_area(straight, [0], **options)


def test_no_origins_is_an_error(straight):
    with pytest.raises(DataError, match="no origins"):
        service_area(straight, [])
