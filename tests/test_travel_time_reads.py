"""What travel-time reads of roads is what a network reads: tags, saved networks, extracts, and where lines meet."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString
from test_travel_time import at, reference, same
from test_travel_time_roads import CELL, drive, flat, frame, line

from nanyi_gis import cli
from nanyi_gis.errors import DataError
from nanyi_gis.io import write_gpkg
from nanyi_gis.network import build_graph, graph_to_frames, read_roads
from nanyi_gis.travel_time import result_notes, travel_time
from nanyi_gis.travel_time.grid import steps_of
from nanyi_gis.travel_time.ways import ways_of

WALKED = (
    0.06 * 30 * CELL / (6 * np.exp(-0.175))
)  # minutes of 30 level cells on a road, on foot: 6 exp(-3.5 x 0.05) km/h


def end_to_end(road, *, mode="car", back=False, **options):
    """Minutes along a street of 30 cells (from its last cell to its first with ``back``)."""
    dem = flat(1, 31)
    first, last = ((0, 30), (0, 0)) if back else ((0, 0), (0, 30))
    return travel_time(dem, at(dem, first), roads=road, mode=mode, **options).values[last]


def street(**columns):
    return frame(line((0.5, 0.5), (30.5, 0.5)), **{name: [value] for name, value in columns.items()})


@pytest.mark.parametrize("word", ["F", "yes", "YES ", "true", 1, "是", "单向"])
def test_oneway_in_every_language_is_one_way_for_cars_only(word):
    road = street(highway="primary", oneway=word)
    assert end_to_end(road) == pytest.approx(drive(50, 30), rel=1e-6)
    assert end_to_end(road, back=True) > 10 * drive(50, 30)
    for back in (False, True):
        assert end_to_end(road, mode="walk", back=back) == pytest.approx(WALKED, rel=1e-4)


@pytest.mark.parametrize("word", ["T", "-1", "reverse"])
def test_oneway_against_the_line(word):
    road = street(highway="primary", oneway=word)
    assert end_to_end(road, back=True) == pytest.approx(drive(50, 30), rel=1e-6)
    assert end_to_end(road) > 10 * drive(50, 30)


def test_motorways_and_roundabouts_are_one_way_by_themselves():
    for road in (street(highway="motorway"), street(highway="primary", junction="roundabout")):
        assert end_to_end(road) < end_to_end(road, back=True) / 5


@pytest.mark.parametrize(
    ("columns", "kmh"),
    [
        ({"highway": "primary", "maxspeed": "30"}, 30),
        ({"highway": "primary", "maxspeed": "10 mph"}, 16.09344),
        ({"highway": "primary", "maxspeed": "90"}, 50),
        ({"highway": "['primary', 'residential']"}, 50),
        ({"highway": "track_grade3"}, 10),
        ({"fclass": "primary"}, 50),
        ({"highway": ""}, 20),
        ({"highway": "unknown"}, 20),
        ({"speed_kmh": "50 km/h"}, 50),
    ],
)
def test_speeds_and_classes_in_every_spelling(columns, kmh):
    assert end_to_end(street(**columns)) == pytest.approx(drive(kmh, 30), rel=1e-6)


@pytest.mark.parametrize("highway", ["footway", "path", "steps", "cycleway", "pedestrian"])
def test_footpaths_are_walked_and_not_driven(highway):
    road = street(highway=highway)
    assert end_to_end(road, mode="walk") == pytest.approx(WALKED, rel=1e-4)
    dem = flat(1, 31)
    driven = travel_time(dem, at(dem, (0, 0)), roads=road, mode="car")
    same(driven, reference(dem, [(0, 0)]))
    assert driven.attrs["left_out"] == {highway: 1}
    assert driven.attrs["skipped"] == 1
    assert f"left out: {highway} 1" in result_notes(driven)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"highway": "construction"}, "construction"),
        ({"highway": "platform"}, "platform"),
        ({"highway": "rail"}, "rail"),
        ({"highway": "primary", "status": "construction"}, "construction"),
        ({"highway": "primary", "status": "规划"}, "planned"),
        ({"highway": "primary", "access": "private"}, "private"),
    ],
)
def test_what_cannot_be_driven_is_left_out_and_counted_by_reason(columns, reason):
    dem = flat(1, 31)
    found = travel_time(dem, at(dem, (0, 0)), roads=street(**columns), mode="car")
    same(found, reference(dem, [(0, 0)]))
    assert found.attrs["left_out"] == {reason: 1}


def test_one_odd_class_does_not_refuse_the_file_but_most_do():
    both = frame(line((0.5, 0.5), (30.5, 0.5)), line((0.5, 0.2), (30.5, 0.2)), highway=["primary", "canal"])
    dem = flat(1, 31)
    found = travel_time(dem, at(dem, (0, 0)), roads=both, mode="car")
    assert found.values[0, 30] == pytest.approx(drive(50, 30), rel=1e-6)
    assert found.attrs["left_out"] == {"unknown class canal": 1}
    many = frame(*[line((0.5, y), (30.5, y)) for y in (0.2, 0.4, 0.6)], highway=["primary", "canal", "moat"])
    with pytest.raises(DataError, match="highway is 'canal', 'moat' in 2 of 3 lines"):
        travel_time(dem, at(dem, (0, 0)), roads=many, mode="car")


def test_a_motorway_crossed_by_a_road_without_a_ramp_is_not_entered():
    dem = flat(21, 61)
    crossed = frame(line((0.5, 10.5), (60.5, 10.5)), line((30.5, 0.5), (30.5, 20.5)), highway=["motorway", "primary"])
    for noding in ("vertices", "ends", "all"):
        minutes = travel_time(dem, at(dem, (0, 30)), roads=crossed, mode="car", noding=noding)
        on_foot = travel_time(dem, at(dem, (0, 30)), roads=crossed.iloc[[1]], mode="car").values
        np.testing.assert_allclose(minutes.values[:, 30:], on_foot[:, 30:], rtol=1e-6)
        assert (minutes.attrs["crossings"], minutes.attrs["crossings_controlled"]) == (1, 1)
        assert "1 crossings not joined, 1 of them with motorways" in result_notes(minutes)
    vertex = frame(
        line((0.5, 10.5), (30.5, 10.5), (60.5, 10.5)),
        line((30.5, 0.5), (30.5, 10.5), (30.5, 20.5)),
        highway=["motorway", "primary"],
    )
    joined = travel_time(dem, at(dem, (0, 30)), roads=vertex, mode="car").values
    assert joined[10, 60] == pytest.approx(drive(50, 10) + drive(80, 30), rel=1e-6)


def test_a_layer_that_looks_unnoded_says_so_with_the_cure():
    rows = [line((0.5, y + 0.5), (8.5, y + 0.5)) for y in range(1, 8, 2)]
    columns = [line((x + 0.5, 0.5), (x + 0.5, 8.5)) for x in range(1, 8, 2)]
    dem = flat(9, 9)
    roads = frame(*rows, *columns, highway=["primary"] * 8)
    told = result_notes(travel_time(dem, at(dem, (0, 0)), roads=roads, mode="car"))
    assert "looks unnoded: 16 crossings without a shared vertex; --noding all joins them" in told
    joined = travel_time(dem, at(dem, (0, 0)), roads=roads, mode="car", noding="all")
    assert joined.attrs["crossings"] == 0
    assert result_notes(joined) == []


def test_a_saved_network_is_driven_as_its_lines_are(tmp_path):
    dem = flat(5, 31)
    roads = frame(
        line((0.5, 2.5), (15.5, 2.5), (30.5, 2.5)),
        line((15.5, 0.5), (15.5, 2.5), (15.5, 4.5)),
        highway=["primary", "tertiary"],
        oneway=["yes", "no"],
    )
    nodes, edges = graph_to_frames(build_graph(roads))
    write_gpkg({"nodes": nodes, "edges": edges}, tmp_path / "network.gpkg")
    saved = read_roads(tmp_path / "network.gpkg")
    for mode in ("car", "walk"):
        for start in ((2, 0), (2, 30), (0, 15)):
            plain = travel_time(dem, at(dem, start), roads=roads, mode=mode)
            again = travel_time(dem, at(dem, start), roads=saved, mode=mode)
            np.testing.assert_allclose(again.values, plain.values, rtol=1e-6)


OSM = """<osm version="0.6"><node id="1" lat="28.000" lon="105.0005"/><node id="2" lat="28.000" lon="105.0155"/>
<node id="3" lat="28.000" lon="105.0295"/><node id="4" lat="28.005" lon="105.0155"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="2"><nd ref="2"/><nd ref="4"/><tag k="highway" v="steps"/></way></osm>"""


def test_an_extract_is_read_as_it_is(tmp_path, capsys):
    import rasterio
    from affine import Affine

    (tmp_path / "town.osm").write_text(OSM)
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=30, height=11, count=1, dtype="float32", crs="EPSG:4326",
        transform=Affine(0.001, 0, 105, 0, -0.001, 28.0055),
    ) as dataset:  # fmt: skip
        dataset.write(np.full((11, 30), 500, np.float32), 1)
    gpd.GeoDataFrame(geometry=gpd.points_from_xy([105.0005], [28.0]), crs=4326).to_file(tmp_path / "start.gpkg")
    paths = [str(tmp_path / name) for name in ("dem.tif", "start.gpkg", "town.osm", "out.tif")]
    arguments = ["travel-time", paths[0], "--from", paths[1], "--roads", paths[2], "--out", paths[3], "--mode", "car"]
    assert cli.main(arguments) == 0
    assert "left out: steps 1" in capsys.readouterr().err
    with rasterio.open(paths[3]) as found:
        minutes = found.read(1)
    metres = 0.029 * 98_363  # a degree of longitude at 28 N by WGS 84, to 0.1 %
    assert minutes[5, 29] == pytest.approx(0.06 * metres / 50, rel=2e-3)


def test_a_column_of_ones_own_called_barriers_makes_no_extract_of_a_layer():
    whole = street(highway="primary")
    start, end = whole.geometry.iloc[0].coords[0], whole.geometry.iloc[0].coords[-1]
    middle = (start[0] + end[0]) / 2
    halves = [LineString([start, (middle, start[1])]), LineString([(middle + 0.5, start[1]), end])]
    parted = gpd.GeoDataFrame({"highway": ["primary"] * 2, "barriers": "kerb"}, geometry=halves, crs=whole.crs)
    assert end_to_end(parted) == pytest.approx(end_to_end(whole), rel=1e-3)


def test_the_option_is_on_the_command_line(tmp_path, capsys):
    from test_travel_time_cli import write_dem

    write_dem(tmp_path / "dem.tif", np.full((21, 21), 500, np.float32))
    dem = flat(21, 21)
    at(dem, (10, 0)).to_file(tmp_path / "start.gpkg")
    cross = frame(line((0.5, 10.5), (20.5, 10.5)), line((10.5, 0.5), (10.5, 20.5)), highway=["primary"] * 2)
    cross.to_file(tmp_path / "roads.gpkg")
    base = ["travel-time", "dem.tif", "--from", "start.gpkg", "--out", "out.tif"]
    base = [str(tmp_path / part) if "." in part else part for part in base]
    assert cli.main([*base, "--roads", str(tmp_path / "roads.gpkg"), "--mode", "car"]) == 0
    assert "looks unnoded: 1 crossings without a shared vertex; --noding all joins them" in capsys.readouterr().err
    assert cli.main([*base, "--roads", str(tmp_path / "roads.gpkg"), "--mode", "car", "--noding", "all"]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main([*base, "--noding", "all"]) == 2
    assert "noding is 'all', but has no effect without --roads" in capsys.readouterr().err


# Network and surface agree on where lines meet


corner = st.tuples(st.integers(0, 9), st.integers(0, 9))
drawn = st.lists(st.lists(corner, min_size=2, max_size=4, unique=True), min_size=2, max_size=5)


def met(pairs, parents):
    """Pairs of lines that share a node, from (start, end) and the line of each segment."""
    at_node = {}
    for (start, end), parent in zip(pairs, parents, strict=True):
        at_node.setdefault(start, set()).add(parent)
        at_node.setdefault(end, set()).add(parent)
    return {(a, b) for lines in at_node.values() for a in lines for b in lines if a < b}


@given(drawn, st.sampled_from(["vertices", "ends", "all"]), st.integers(0, 2**32 - 1), st.sampled_from([4544, 4326]))
@settings(max_examples=60, deadline=None)
def test_network_and_travel_time_agree_on_whether_lines_meet(coordinates, noding, seed, crs):
    rng = np.random.default_rng(seed)
    count = len(coordinates)
    roads = frame(
        *[line(*places) for places in coordinates],
        id=list(range(count)),
        highway=rng.choice(["primary", "primary", "motorway"], count).tolist(),
        bridge=rng.choice(["no", "no", "yes"], count).tolist(),
        layer=rng.choice(["", "", "1"], count).tolist(),
    ).to_crs(crs)
    graph = build_graph(roads, noding=noding)
    edges = [(u, v, int(float(str(data["id"]).split(".")[0]))) for u, v, data in graph.edges(data=True)]
    wanted = met([edge[:2] for edge in edges], [edge[2] for edge in edges])
    ways = ways_of(roads, steps_of(flat(10, 10)), mode="car", noding=noding)
    assert met(zip(ways.start.tolist(), ways.end.tolist(), strict=True), ways.line.tolist()) == wanted
    keys = ("crossings", "crossings_controlled", "touches", "unnoded")
    assert [ways.report[key] for key in keys] == [graph.graph[key] for key in keys]
    # In the grid's CRS segments still begin and end exactly at their nodes.
    ends = {}
    for segment, start, end in zip(ways.lines, ways.start, ways.end, strict=True):
        assert ends.setdefault(start, segment.coords[0]) == segment.coords[0]
        assert ends.setdefault(end, segment.coords[-1]) == segment.coords[-1]


def test_a_dem_in_degrees_meets_lines_within_a_metre():
    from test_travel_time import raster

    dem = raster(np.zeros((10, 10), np.float32), dx=0.001)
    dem = dem.assign_coords(x=105 + 0.0005 + 0.001 * np.arange(10), y=28 - 0.0005 - 0.001 * np.arange(10))
    dem = dem.rio.write_crs("EPSG:4326").rio.write_transform()
    for gap, nodes in ((0.8, 3), (1.2, 4)):
        second = 105.005 + gap / 98_420  # a degree of longitude at 27.995 N is 98.4 km
        lines = [LineString([(105.001, 27.995), (105.005, 27.995)]), LineString([(second, 27.995), (105.009, 27.995)])]
        roads = gpd.GeoDataFrame({"highway": ["primary"] * 2}, geometry=lines, crs=4326)
        ways = ways_of(roads, steps_of(dem), mode="car")
        assert ways.nodes == nodes
        assert shapely.length(ways.lines).sum() == pytest.approx(0.008, rel=1e-2)


def test_a_bollard_stops_cars_and_no_walkers_as_in_a_network(tmp_path):
    text = OSM.replace('lon="105.0155"/>', 'lon="105.0155"><tag k="barrier" v="bollard"/></node>', 1)
    (tmp_path / "town.osm").write_text(text)
    roads = read_roads(tmp_path / "town.osm")
    dem = flat(40, 100)
    metric = roads.to_crs(4544)
    left, _, right, _ = metric.total_bounds
    start = gpd.GeoDataFrame(geometry=[metric.geometry[0].interpolate(0)], crs=4544)
    assert right - left < 2900 < 100 * CELL
    dem = dem.assign_coords(x=left - 50 + CELL * np.arange(100), y=start.geometry.y[0] + 600 - CELL * np.arange(40))
    dem = dem.rio.write_transform()
    ends = metric.geometry[0].interpolate(1, normalized=True)
    for mode, whole in (("car", False), ("walk", True)):
        found = travel_time(dem, start, roads=roads, mode=mode)
        graph = build_graph(tmp_path / "town.osm", mode=mode)
        assert (graph.graph["components"] == 1) is whole
        assert found.attrs["barriers"] == graph.graph["barriers"] == ({} if whole else {"bollard": 1})
        assert float(found.sel(x=ends.x, y=ends.y, method="nearest")) > 0
        ways = ways_of(roads, steps_of(dem), mode=mode)
        assert ways.nodes == graph.number_of_nodes()
