"""A network compiled straight from roads is the one that the graph compiles to."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nanyi_gis.accessibility import closest_facility, od_cost_matrix, service_area
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph, compile_graph, compile_roads
from nanyi_gis.schematic import schematic_tables


def streets(seed=7, count=60):
    """Streets of all kinds between random places: loops, parallel and one-way ones, motorways, bridges."""
    random = np.random.default_rng(seed)
    nodes = random.uniform([490_000, 3_100_000], [493_000, 3_103_000], (18, 2)).round(2)
    lines = []
    for u, v in random.integers(0, len(nodes), (count, 2)):
        inner = (nodes[u] + nodes[v]) / 2 + random.uniform(-60, 60, (2, 2))
        lines.append(shapely.LineString([nodes[u], *inner, nodes[v]]))
    return gpd.GeoDataFrame(
        {
            "highway": random.choice(["motorway", "primary", "residential", "track"], count, p=[0.1, 0.3, 0.4, 0.2]),
            "oneway": random.choice(["", "yes", "-1"], count),
            "bridge": random.choice(["", "yes"], count, p=[0.9, 0.1]),
            "surface": random.choice(["", "gravel"], count),
            "name": [f"street {i % 9}" for i in range(count)],
        },
        geometry=lines,
        crs="EPSG:32648",
    )


def edges_of(network):
    """Return the edges in one order for comparison: ends, cost, whether one may stop, attributes without geometry."""
    ends, cost, stop, records = network.edges
    rows = zip(ends.tolist(), cost.tolist(), stop.tolist(), records, strict=True)
    return sorted((u, v, c, s, repr({**record, "geometry": record["geometry"].wkt})) for (u, v), c, s, record in rows)


OPTIONS = [{}, {"mode": "walk"}, {"noding": "none", "tolerance_m": 0.0}, {"crs": "EPSG:4544"}]


@pytest.mark.parametrize("weight", ["travel_time", "length"])
@pytest.mark.parametrize("options", OPTIONS)
def test_nodes_costs_and_edges_are_those_of_the_graph(options, weight):
    wanted = compile_graph(build_graph(streets(), **options), weight=weight)
    found = compile_roads(streets(), weight=weight, **options)
    assert found.nodes == wanted.nodes
    assert (found.crs, found.own_crs, found.weight) == (wanted.crs, wanted.own_crs, weight)
    assert np.array_equal(found.x, wanted.x)
    assert np.array_equal(found.road, wanted.road)
    assert found.number == wanted.number
    for name in ("data", "indices", "indptr"):
        assert np.array_equal(getattr(found.forward, name), getattr(wanted.forward, name))
    assert edges_of(found) == edges_of(wanted)


def test_the_schematic_network_is_compiled_with_its_places_stations_and_waiting():
    wanted = compile_graph(build_graph(schematic_tables(waiting_min=7.0)))
    found = compile_roads(schematic_tables(waiting_min=7.0))
    assert (found.nodes, found.number) == (wanted.nodes, wanted.number)
    assert np.array_equal(found.costs(range(9)), wanted.costs(range(9)))
    assert np.array_equal(found.road, wanted.road)


def test_points_matrices_nearest_facilities_and_areas_are_the_same_on_both():
    graph, network = build_graph(streets()), compile_roads(streets())
    random = np.random.default_rng(1)
    places = random.uniform([490_000, 3_100_000], [493_000, 3_103_000], (12, 2))
    points = gpd.GeoDataFrame(geometry=shapely.points(places), crs="EPSG:32648")
    wanted, found = (od_cost_matrix(roads, points[:6], points[6:]) for roads in (graph, network))
    assert np.abs(found.to_numpy() - wanted.to_numpy()).max() < 1e-12
    wanted, found = (closest_facility(roads, points[:3], points[3:]) for roads in (graph, network))
    assert found["facility"].tolist() == wanted["facility"].tolist()
    assert np.abs(found["cost"] - wanted["cost"]).max() < 1e-12
    wanted, found = (service_area(roads, points[:2], minutes=[2.0]) for roads in (graph, network))
    assert found.geometry.area.to_numpy() == pytest.approx(wanted.geometry.area.to_numpy(), rel=1e-9)


def test_attributes_are_made_when_asked_for_as_a_list_would_give_them():
    records = compile_roads(streets()).edges.records
    assert len(records[2:7]) == 5
    assert records[-1] == records[len(records) - 1]
    with pytest.raises(IndexError):
        records[len(records)]


def test_bad_weights_and_bad_roads_are_refused():
    with pytest.raises(ParameterError, match="weight is 'beauty'"):
        compile_roads(streets(), weight="beauty")
    with pytest.raises(ParameterError, match="mode is 'fly'"):
        compile_roads(streets(), mode="fly")
    with pytest.raises(DataError, match="no CRS"):
        compile_roads(streets().set_crs(None, allow_override=True))
    network = compile_roads(streets())
    with pytest.raises(ParameterError, match="compiled for 'travel_time'"):
        compile_graph(network, weight="length")


def test_a_file_that_is_refused_is_named(tmp_path):
    path = tmp_path / "roads.gpkg"
    streets().assign(speed_kph=-3.0).to_file(path)
    with pytest.raises(DataError, match=r"roads\.gpkg"):
        compile_roads(path)
