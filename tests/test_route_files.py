"""The files of a route: read back by other readers, hostile texts escaped, all or none."""

import math
import xml.etree.ElementTree as ElementTree

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely

from nanyi_gis.errors import OutputError
from nanyi_gis.route import ROUTE_FILES, ROUTE_LAYERS, write_route
from nanyi_gis.route.files import gpx_text, kml_text, xml_text

GPX = "{http://www.topografix.com/GPX/1/1}"
KML = "{http://www.opengis.net/kml/2.2}"
HOSTILE = """</name><script>alert(1)</script> & "quoted" 'single' ]]> \x00\x0b\ufffe太平"""
LINES = [
    shapely.LineString([(500_000, 3_100_000), (503_000, 3_104_000)]),
    shapely.LineString([(503_000, 3_104_000), (504_000, 3_104_000), (504_000, 3_105_000)]),
]


def sites(name="太平古镇", minutes=3.5):
    table = {"name_zh": [name], "minutes": [minutes], "covered": [True]}
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(500_500, 3_100_500)], crs=4544)


def layers(**changes):
    route = gpd.GeoDataFrame(
        {"length_m": [5000.0, 2000.0], "status": ["open", "unknown"], "corridor": ["I-16", ""], "u": ["1", "2"]},
        geometry=LINES,
        crs=4544,
    )
    return {"route": route, "sites": sites(), **changes}


def write(out, **changes):
    given = {
        "layers": layers(),
        "coverage": pd.DataFrame({"kind": ["red_site"], "share": [0.5]}),
        "profile": pd.DataFrame({"branch": [1], "m": [0.0], "z": [385.0]}),
        "lines": LINES,
        "crs": 4544,
        "name": "红色旅游路",
    }
    return write_route(out, **{**given, **changes})


def test_all_files_and_layers_are_there(tmp_path):
    paths = write(tmp_path / "out")
    assert [path.name for path in paths] == list(ROUTE_FILES)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(ROUTE_FILES)
    assert sorted(pyogrio.list_layers(paths[0])[:, 0]) == sorted(ROUTE_LAYERS)
    back = gpd.read_file(paths[0], layer="route")
    assert back["length_m"].tolist() == [5000.0, 2000.0]
    assert back["corridor"].tolist() == ["I-16", ""]
    assert back.crs.to_epsg() == 4544
    assert len(gpd.read_file(paths[0], layer="alignments")) == 0
    assert pd.read_csv(paths[1])["share"].tolist() == [0.5]
    assert pd.read_csv(paths[2])["z"].tolist() == [385.0]


def test_the_same_bytes_each_time(tmp_path):
    first, second = write(tmp_path / "a"), write(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_gpx_and_kml_hold_the_places_of_the_line(tmp_path):
    """Two readers: ElementTree against pyproj, and GDAL's own drivers."""
    paths = write(tmp_path)
    to_degrees = pyproj.Transformer.from_crs(4544, 4326, always_xy=True)
    tree = ElementTree.parse(paths[3]).getroot()
    assert [child.tag.removeprefix(GPX) for child in tree] == ["metadata", "wpt", "trk", "trk"]  # the schema's order
    for track, line in zip(tree.iter(f"{GPX}trk"), LINES, strict=True):
        found = [(float(point.get("lon")), float(point.get("lat"))) for point in track.iter(f"{GPX}trkpt")]
        lon, lat = to_degrees.transform(*shapely.get_coordinates(line).T)
        np.testing.assert_allclose(found, np.column_stack([lon, lat]), atol=6e-7)
    tracks = pyogrio.read_dataframe(paths[3], layer="tracks")
    assert len(tracks) == 2
    lines = pyogrio.read_dataframe(paths[4])
    assert sorted(lines.geometry.geom_type) == ["LineString", "LineString", "Point"]
    drawn = [shape for shape in lines.to_crs(4544).geometry if shape.geom_type == "LineString"]
    np.testing.assert_allclose([line.length for line in drawn], [5000.0, 2000.0], atol=0.3)


@pytest.mark.parametrize("text", [gpx_text, kml_text])
def test_hostile_texts_stay_texts(text):
    made = text([[(105.0, 28.0), (105.1, 28.1)]], [(HOSTILE, 105.0, 28.0)], name=HOSTILE)
    assert "<script>" not in made
    root = ElementTree.fromstring(made.encode())
    names = {node.text for node in root.iter() if node.tag.endswith("}name")}
    assert names == {HOSTILE.replace("\x00", "").replace("\x0b", "").replace("\ufffe", "")}


def test_what_xml_does_not_have_is_left_out():
    assert xml_text("a\ud800b\x1fc\uffffd\te") == "abcd\te"


def test_formulas_in_tables_are_disarmed(tmp_path):
    paths = write(tmp_path, coverage=pd.DataFrame({"kind": ["=HYPERLINK(1)"]}))
    assert paths[1].read_text(encoding="utf-8").splitlines()[1] == "'=HYPERLINK(1)"


def test_endless_minutes_are_empty_and_lists_are_text(tmp_path):
    frame = sites(minutes=math.inf).assign(groups=[["a", "b"]])
    paths = write(tmp_path, layers=layers(sites=frame))
    back = gpd.read_file(paths[0], layer="sites")
    assert back["minutes"].isna().all()
    assert back["groups"].tolist() == ['["a", "b"]']
    assert math.isinf(frame["minutes"].iloc[0])  # the caller's stays


def test_sites_without_a_place_are_no_waypoints(tmp_path):
    frame = pd.concat([sites(), sites("雪山关").set_geometry([None], crs=4544)], ignore_index=True)
    paths = write(tmp_path, layers=layers(sites=frame))
    assert "雪山关" not in paths[3].read_text(encoding="utf-8")
    assert "雪山关" not in paths[4].read_text(encoding="utf-8")


def test_nothing_is_left_where_one_file_fails(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OutputError("no")

    monkeypatch.setattr("nanyi_gis.route.files.kml_text", fails)
    with pytest.raises(OutputError):
        write(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_branch_has_the_name_alone_and_several_are_numbered():
    one = gpx_text([[(105.0, 28.0), (105.1, 28.0)]], [], name="road")
    two = gpx_text([[(105.0, 28.0), (105.1, 28.0)]] * 2, [], name="road")
    assert "<trk><name>road</name>" in one
    assert "<trk><name>road 1</name>" in two
    assert "<trk><name>road 2</name>" in two
