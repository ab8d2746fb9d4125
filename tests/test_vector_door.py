"""The vector door: which layer, which encoding, which rows; every kind of foreign file in, or refused in one line."""

import datetime
import json
import struct
import sys
import warnings
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from nanyi_gis import io, terrain
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, MissingExtraError, NanyiError, OutputError, ParameterError
from nanyi_gis.io import guarded, names_of, plain_columns, read_vector, read_zones, row_notes
from nanyi_gis.network import build_graph, read_roads
from nanyi_gis.study import load_study
from nanyi_gis.webmap.vectors import value_text

SQUARES = [box(105.4, 28.0, 105.5, 28.1), box(105.6, 28.0, 105.7, 28.1), box(105.8, 28.0, 105.9, 28.1)]
POINT, LINE = Point(105.5, 28.05), LineString([(105.5, 28.0), (105.7, 28.1)])


def frame(shapes=SQUARES, crs=4326, **columns):
    return gpd.GeoDataFrame(columns or {"name": [f"n{i}" for i in range(len(shapes))]}, geometry=shapes, crs=crs)


def kml(*folders):
    ring = "105.4,28 105.5,28 105.5,28.1 105.4,28.1 105.4,28"
    polygon = f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    shapes = {
        "polygon": polygon + "</Polygon>",
        "line": "<LineString><coordinates>105.4,28 105.5,28.1</coordinates></LineString>",
        "point": "<Point><coordinates>105.4,28</coordinates></Point>",
    }
    text = "".join(
        f"<Folder><name>{name}</name>"
        + "".join(f"<Placemark><name>{name}{i}</name>{shapes[kind]}</Placemark>" for i, kind in enumerate(kinds))
        + "</Folder>"
        for name, kinds in folders
    )
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{text}</Document></kml>'


def gpx(*, waypoints=0, tracks=0, routes=0):
    there = ['lat="28.0" lon="105.5"', 'lat="28.1" lon="105.7"']
    parts = [f"<wpt {there[0]}><name>w</name></wpt>" * waypoints]
    parts += ["<rte>" + "".join(f"<rtept {p}/>" for p in there) + "</rte>"] * routes
    parts += ["<trk><name>t</name><trkseg>" + "".join(f"<trkpt {p}/>" for p in there) + "</trkseg></trk>"] * tracks
    return '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">' + "".join(parts) + "</gpx>"


OSM = """<osm version="0.6">
<node id="1" lat="28.0" lon="105.5"/><node id="2" lat="28.0" lon="105.51"/><node id="3" lat="28.01" lon="105.51"/>
<node id="4" lat="28.02" lon="105.52"><tag k="amenity" v="hospital"/></node>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="tertiary"/><tag k="oneway" v="yes"/></way>
<way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="landuse" v="forest"/></way>
<way id="12"><nd ref="2"/><nd ref="3"/><tag k="waterway" v="stream"/></way>
</osm>"""


class TestGuard:
    @pytest.mark.parametrize(
        "error",
        [
            KeyError("features"),
            UnicodeDecodeError("utf-8", b"\xd0", 0, 1, "invalid start byte"),
            RuntimeError(""),
            json.JSONDecodeError("Expecting value", "x", 0),
            struct.error("unpack requires 4 bytes"),
            RecursionError("too deep\nat line 3"),
            OSError("input/output error"),
            AssertionError(),
        ],
    )
    def test_whatever_a_library_raises_is_one_line_that_names_the_file(self, tmp_path, error):
        path = tmp_path / "zones.shp"
        path.touch()
        with pytest.raises(DataError) as caught, guarded(path, what="vector layer", cure="give GPKG"):
            raise error
        message = str(caught.value)
        assert message.startswith(f"{path} is no vector layer that can be read (")
        assert message.endswith("); give GPKG")
        assert "\n" not in message
        assert caught.value.__cause__ is error

    @pytest.mark.parametrize("error", [ParameterError("ours"), OutputError("ours"), MemoryError(), KeyboardInterrupt()])
    def test_our_own_errors_and_a_lack_of_memory_pass(self, error):
        with pytest.raises(type(error)) as caught, guarded("a"):
            raise error
        assert caught.value is error

    def test_a_missing_file_and_one_without_permission(self, tmp_path):
        with pytest.raises(DataError, match="no file nowhere; check the path"), guarded("nowhere"):
            open("nowhere")  # noqa: SIM115
        with pytest.raises(DataError, match="may not be read"), guarded(tmp_path):
            raise PermissionError(13, "Permission denied")

    def test_warnings_are_gathered_and_never_leak(self):
        with warnings.catch_warnings(record=True) as leaked:
            warnings.simplefilter("always")
            with guarded("a.gpkg") as told:
                for _ in range(2):
                    warnings.warn("geometry of\nfid 3 lost", RuntimeWarning, stacklevel=1)
        assert told == ["geometry of fid 3 lost"]
        assert leaked == []
        with warnings.catch_warnings(record=True) as seen, guarded("a.gpkg", quiet=False) as told:
            warnings.simplefilter("always")
            warnings.warn("heard", UserWarning, stacklevel=1)
        assert told == []
        assert len(seen) == 1


class TestLayers:
    def test_the_only_layer_of_the_kind_is_taken(self, tmp_path):
        path = tmp_path / "two.gpkg"
        frame([POINT]).to_file(path, layer="points")
        frame().to_file(path, layer="zones")
        frame([LINE]).iloc[:0].to_file(path, layer="empty")
        assert len(read_vector(path, kind="polygon")) == 3
        assert len(read_vector(path, kind="point")) == 1
        with pytest.raises(ParameterError, match=r"has 2 layers: points, zones; .*two.gpkg:points"):
            read_vector(path)
        with pytest.raises(DataError, match=r"holds no lines; its layers are points \(Point, 1\), zones"):
            read_vector(path, kind="line")
        frame().to_file(path, layer="again")
        with pytest.raises(ParameterError, match="has 2 layers of polygons: zones, again"):
            read_vector(path, kind="polygon")
        assert len(read_vector(f"{path}:again", kind="polygon")) == 3
        assert read_vector(f"{path}:again").attrs["layer"] == "again"
        assert len(read_vector(path, layer="points")) == 1
        with pytest.raises(ParameterError, match="no layer 'other' with geometry; layers are: points, zones"):
            read_vector(f"{path}:other")
        with pytest.raises(ParameterError, match="names another one"):
            read_vector(f"{path}:again", layer="zones")

    def test_a_name_with_a_colon_is_a_file_if_it_exists(self, tmp_path):
        path = tmp_path / "a:b.geojson"
        frame().to_file(path)
        assert len(read_vector(path)) == 3
        with pytest.raises(DataError, match="no file"):
            read_vector(tmp_path / "none.gpkg:zones")
        assert io.split_layer("C:/none.gpkg:zones") == io.split_layer("C:/none.gpkg:zones")
        assert io.split_layer("C:zones")[1] is None

    def test_a_table_beside_the_layer_does_not_matter(self, tmp_path):
        path = tmp_path / "styled.gpkg"
        frame().to_file(path, layer="zones")
        pyogrio.write_dataframe(pd.DataFrame({"style": ["x"]}), path, layer="layer_styles")
        assert len(read_vector(path)) == 3

    @pytest.mark.parametrize("packed", [False, True])
    def test_folders_of_a_kml_are_joined(self, tmp_path, packed):
        text = kml(("叙永", ["polygon", "polygon", "point"]), ("古蔺", ["polygon", "line"]))
        path = tmp_path / "two.kml"
        path.write_text(text, encoding="utf-8")
        if packed:
            path = tmp_path / "two.kmz"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("doc.kml", text)
        zones = read_vector(path, kind="polygon")
        assert names_of(zones).tolist() == ["叙永0", "叙永1", "古蔺0"]
        assert zones["folder"].tolist() == ["叙永", "叙永", "古蔺"]
        assert zones.attrs["left_out"] == {"points": 1, "lines": 1}
        assert len(read_vector(path)) == 5
        assert len(read_vector(f"{path}:古蔺", kind="polygon")) == 1
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read_vector(path, kind="line")

    def test_a_gpx_gives_tracks_routes_and_waypoints(self, tmp_path):
        path = tmp_path / "walk.gpx"
        path.write_text(gpx(waypoints=2, tracks=1, routes=1))
        assert len(read_vector(path, kind="line")) == 2
        assert len(read_vector(path, kind="point")) == 2
        assert len(read_vector(path)) == 4
        assert len(read_vector(f"{path}:track_points")) == 2
        path.write_text(gpx(tracks=1))
        assert len(read_vector(path)) == 1
        for kind in ("point", "polygon"):
            with pytest.raises(DataError, match=f"holds no {kind}s"):
                read_vector(path, kind=kind)

    def test_an_osm_extract_by_kind(self, tmp_path):
        path = tmp_path / "town.osm"
        path.write_text(OSM)
        assert len(read_vector(path, kind="line")) == 2
        assert len(read_vector(path, kind="polygon")) == 1
        assert len(read_vector(path, kind="point")) == 1
        with pytest.raises(ParameterError, match="3 layers: points, lines, multipolygons"):
            read_vector(path)
        assert len(read_vector(f"{path}:multipolygons")) == 1
        roads = read_roads(path)
        assert roads[["highway", "oneway"]].values.tolist() == [["tertiary", "yes"]]
        path.write_text(OSM[: len(OSM) // 2])
        with pytest.raises(DataError, match=r"town.osm is no .*that can be read"):
            read_vector(path, kind="line")
        (tmp_path / "cut.osm.pbf").write_bytes(b"\0\0\0\x0d")
        with pytest.raises(DataError, match=r"cut.osm.pbf is cut short"):
            read_vector(tmp_path / "cut.osm.pbf", kind="line")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
    @pytest.mark.parametrize(
        ("header", "told"),
        [
            ("名称,经度,纬度", "its columns 经度 and 纬度 look like longitude and latitude"),
            ("name;lon;lat", "its columns lon and lat look like"),
            ("name,WKT", "its column WKT looks like WKT"),
            ("name,beds", "its columns are name, beds"),
        ],
    )
    def test_a_table_is_refused_with_its_columns(self, tmp_path, encoding, header, told):
        path = tmp_path / "places.csv"
        path.write_text(f"{header}\na,1,2\n", encoding=encoding)
        with pytest.raises(DataError, match=told):
            read_vector(path)


class TestEncodings:
    NAMES = ("叙永县", "古蔺县", "泸州市龙马潭区")

    def shapefile(self, folder, names, encoding, *, cpg=None, page=0, width=40):
        """Write a shapefile whose table is made byte by byte: one text field of a width, cut as GIS programs do."""
        path = folder / "z.shp"
        pyogrio.write_dataframe(frame([SQUARES[0]] * len(names), name=["x"] * len(names)), path)
        path.with_suffix(".cpg").unlink()
        field = b"name".ljust(11, b"\0") + b"C" + b"\0" * 4 + bytes([width, 0]) + b"\0" * 14
        head = b"\x03\x18\x01\x01" + struct.pack("<IHH", len(names), 65, width + 1)
        rows = b"".join(b" " + name.encode(encoding)[:width].ljust(width) for name in names)
        table = head.ljust(29, b"\0") + bytes([page or 0, 0, 0]) + field + b"\r" + rows + b"\x1a"
        path.with_suffix(".dbf").write_bytes(table)
        if cpg is not None:
            path.with_suffix(".cpg").write_text(cpg)
        return path

    @pytest.mark.parametrize("page", [None, 0x03, 0x13, 0x57, 0x4D, 0xC9, 0x26])
    @pytest.mark.parametrize("cpg", [None, "", "OEM", "UTF-8", "ISO-8859-1", "1252", "GBK", "ANSI 936", "nonsense"])
    def test_chinese_is_read_whatever_is_declared(self, tmp_path, page, cpg):
        for encoding in ("gb18030", "utf-8"):
            read = read_vector(self.shapefile(tmp_path, self.NAMES, encoding, cpg=cpg, page=page))
            assert read["name"].tolist() == list(self.NAMES)
            assert read.attrs["encoding"] == encoding

    def test_which_was_taken_is_said(self, tmp_path):
        read = read_vector(self.shapefile(tmp_path, self.NAMES, "gbk", cpg="UTF-8"))
        assert row_notes(read) == ["z.shp: attributes read as GB18030, although .cpg UTF-8 is declared"]
        read = read_vector(self.shapefile(tmp_path, self.NAMES, "gbk", page=0x57))
        assert row_notes(read) == ["z.shp: attributes read as GB18030, although code page 0x57 is declared"]
        read = read_vector(self.shapefile(tmp_path, self.NAMES, "gbk"))
        assert row_notes(read) == ["z.shp: attributes read as GB18030, since no encoding is declared"]
        for encoding, cpg in (("utf-8", "UTF-8"), ("gbk", "GBK"), ("gbk", "GB18030")):
            assert row_notes(read_vector(self.shapefile(tmp_path, self.NAMES, encoding, cpg=cpg))) == []

    @pytest.mark.parametrize(
        ("names", "encoding", "cpg", "page"),
        [
            (("München", "Köln"), "cp1252", "1252", None),
            (("München", "Köln"), "latin-1", None, 0x57),
            (("München", "Köln"), "latin-1", None, None),
            (("Orléans", "Besançon"), "latin-1", "ISO-8859-1", None),
            (("敘永縣", "古藺縣", "高雄市"), "big5", "BIG5", None),
            (("敘永縣", "古藺縣", "高雄市"), "cp950", None, 0x4F),
            (("東京都", "大阪府"), "cp932", None, 0x13),
            (("서울시",), "euc_kr", "949", None),
            (("Москва", "Санкт-Петербург"), "cp1251", "1251", None),
            (("Москва", "Санкт-Петербург"), "utf-8", None, None),
            (("plain",), "ascii", "OEM", 0x57),
            (("Привет",), "utf-8", "UTF-8", None),
        ],
    )
    def test_other_languages_stay_what_they_are(self, tmp_path, names, encoding, cpg, page):
        read = read_vector(self.shapefile(tmp_path, names, encoding, cpg=cpg, page=page))
        assert read["name"].tolist() == list(names)

    @pytest.mark.parametrize(("encoding", "width", "kept"), [("gbk", 7, "叙永县"), ("utf-8", 10, "叙永县")])
    def test_half_a_character_at_the_end_of_a_field_does_not_matter(self, tmp_path, encoding, width, kept):
        read = read_vector(self.shapefile(tmp_path, ["叙永县城", "古蔺"], encoding, cpg="UTF-8", width=width))
        assert read["name"].tolist() == [kept, "古蔺"]

    def test_names_of_columns_are_decoded_too(self, tmp_path):
        path = tmp_path / "c.shp"
        pyogrio.write_dataframe(frame([SQUARES[0]], 县名=["古蔺县"]), path, encoding="GBK")
        path.with_suffix(".cpg").write_text("UTF-8")
        assert read_vector(path)["县名"].tolist() == ["古蔺县"]

    def test_rare_characters_and_bytes_below_a_half(self, tmp_path):
        names = ["叙永县丂村", "镕丄㐀", "古蔺县"]
        assert read_vector(self.shapefile(tmp_path, names, "gb18030", page=0x57))["name"].tolist() == names

    def test_boundaries_by_the_command_keep_their_names(self, tmp_path):
        counties = load_study().counties[["name_zh", "geometry"]].to_crs(4326)
        pyogrio.write_dataframe(counties.rename(columns={"name_zh": "XZQMC"}), tmp_path / "c.shp", encoding="GBK")
        (tmp_path / "c.cpg").write_text("OEM")
        assert load_study(tmp_path / "c.shp").counties["name_zh"].tolist() == ["叙永县", "古蔺县"]


class TestRows:
    def test_a_kind_keeps_its_rows_and_counts_the_others(self, tmp_path):
        frame([SQUARES[0], POINT, LINE, LINE], name=list("abcd")).to_file(tmp_path / "m.geojson")
        expected = {"polygon": ["a"], "point": ["b"], "line": ["c", "d"]}
        for kind, names in expected.items():
            read = read_vector(tmp_path / "m.geojson", kind=kind)
            assert read["name"].tolist() == names
            assert len(read) + sum(read.attrs["left_out"].values()) == 4
        assert read_vector(tmp_path / "m.geojson").attrs["left_out"] == {}

    def test_collections_are_cut_down_and_single_multipoints_opened(self, tmp_path):
        both = GeometryCollection([SQUARES[0], GeometryCollection([POINT, MultiPolygon([SQUARES[1]])])])
        frame([both]).to_file(tmp_path / "c.geojson")
        read = read_vector(tmp_path / "c.geojson", kind="polygon")
        assert read.geometry[0].equals(shapely.union_all(SQUARES[:2]))
        assert "of 1 collections only the polygons are used" in row_notes(read)[0]
        frame([MultiPoint([POINT]), MultiPoint([(105, 28), (106, 28)])]).to_file(tmp_path / "p.gpkg")
        assert read_vector(tmp_path / "p.gpkg", kind="point").geom_type.tolist() == ["Point", "MultiPoint"]

    def test_rows_without_geometry_are_counted_until_they_are_most(self, tmp_path):
        frame([*SQUARES, None], name=list("abcd")).to_file(tmp_path / "one.gpkg")
        read = read_vector(tmp_path / "one.gpkg")
        assert read["name"].tolist() == list("abc")
        assert read.attrs["left_out"] == {"no geometry": 1}
        assert len(read_vector(tmp_path / "one.gpkg", unplaced=True)) == 4
        frame([SQUARES[0], None, None]).to_file(tmp_path / "most.gpkg")
        with pytest.raises(DataError, match=r"most.gpkg: only 1 of 3 rows can be used \(no geometry 2\)"):
            read_vector(tmp_path / "most.gpkg")
        frame([Polygon(), Polygon()]).to_file(tmp_path / "none.gpkg")
        with pytest.raises(DataError, match=r"none.gpkg holds only empty geometries"):
            read_vector(tmp_path / "none.gpkg")

    def test_one_broken_geometry_does_not_cost_the_others(self, tmp_path):
        whole = {"type": "Polygon", "coordinates": [[[105, 28], [106, 28], [106, 29], [105, 28]]]}
        broken = {"type": "Polygon", "coordinates": [[[105, 28]]]}
        rows = [{"type": "Feature", "properties": {}, "geometry": shape} for shape in (whole, broken, whole)]
        path = tmp_path / "b.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read = read_vector(path)
        assert len(read) == 2
        assert read.attrs["left_out"] == {"no geometry": 1}

    def test_coordinates_that_cannot_be(self, tmp_path):
        frame([Point(500, 100)]).to_file(tmp_path / "p.gpkg")
        with pytest.raises(DataError, match=r"p.gpkg: its coordinates \(x 500, y 100\) are no degrees"):
            read_vector(tmp_path / "p.gpkg")
        frame([POINT, POINT, Point(500, 100)]).to_file(tmp_path / "q.gpkg")
        read = read_vector(tmp_path / "q.gpkg")
        assert len(read) == 2
        assert read.attrs["left_out"] == {"outside its CRS": 1}
        frame().set_crs(4544, allow_override=True).to_file(tmp_path / "d.shp")
        with pytest.raises(DataError, match="look like degrees"):
            read_vector(tmp_path / "d.shp")

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("empty.gpkg", b""),
            ("noise.gpkg", b"SQLite format 3\0" + b"\x01" * 4000),
            ("noise.shp", b"\0\0\x27\x0a" + b"\xff" * 300),
            ("noise.parquet", b"PAR1" + b"\0" * 60 + b"PAR1"),
            ("a.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Fea'),
            ("b.geojson", b'{"type": "FeatureCollection"}'),
            ("a.kml", b"<kml><Document><Folder>"),
            ("a.gpx", b"<gpx><trk><trkseg></gpx>"),
            ("a.osm", b"<osm><node id='1'"),
            ("a.pbf", b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c"),
            ("a.kmz", b"PK\x03\x04" + b"\0" * 50),
            ("a.gml", b"<gml:FeatureCollection>"),
            ("a.csv", b""),
            ("a.dxf", b"0\nSECTION\n"),
            ("plain", b"nothing"),
        ],
    )
    def test_rubbish_is_refused_in_one_line(self, tmp_path, name, content):
        path = tmp_path / name
        path.write_bytes(content)
        for kind in (None, "polygon"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                with pytest.raises(NanyiError, match=name) as caught:
                    read_vector(path, kind=kind)
            assert "\n" not in str(caught.value)

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    @pytest.mark.parametrize("suffix", ["gpkg", "geojson", "shp", "parquet"])
    def test_damaged_files_are_read_or_refused(self, tmp_path_factory, data, suffix):
        folder = tmp_path_factory.mktemp("damaged")
        path = folder / f"z.{suffix}"
        if suffix == "parquet":
            frame().to_parquet(path)
        else:
            frame().to_file(path)
        victim = path if suffix != "shp" else folder / data.draw(st.sampled_from(["z.shp", "z.dbf", "z.shx", "z.cpg"]))
        content = bytearray(victim.read_bytes())
        for _ in range(data.draw(st.integers(1, 8))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        victim.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                read = read_vector(path)
            except NanyiError as error:
                assert "\n" not in str(error)  # noqa: PT017
            else:
                assert len(read) > 0


class TestPlainColumns:
    def test_every_type_becomes_text_number_or_date(self, tmp_path):
        zone = datetime.timezone(datetime.timedelta(hours=8))
        made = frame(
            [POINT, POINT],
            lists=[[1, 2], None],
            arrays=[np.array([1.5, np.nan]), np.array([])],
            nested=[{"a": [1, {"b": None}]}, {}],
            wait=pd.to_timedelta(["90min", None]),
            phasor=[1 + 2j, 0j],
            kind=pd.Categorical(["a", None]),
            raw=[b"\xe5\x8f\xa4", b"\xff"],
            at=pd.to_datetime(["2024-02-09 08:00", None]).tz_localize(zone),
            whole=pd.array([1, None], dtype="Int64"),
            second=gpd.GeoSeries([LINE, None], crs=4326),
            mixed=["x", 3],
        )
        made.insert(0, "lists", [1, 2], allow_duplicates=True)
        before = made.copy(deep=True)
        plain = plain_columns(made)
        assert plain["lists"].tolist() == [1, 2]
        assert plain["lists_2"].tolist() == ["[1, 2]", None]
        assert plain["arrays"].tolist() == ["[1.5, null]", "[]"]
        assert plain["nested"].tolist() == ['{"a": [1, {"b": null}]}', "{}"]
        assert plain["wait_min"][0] == 90.0
        assert plain["phasor"].tolist() == ["(1+2j)", "0j"]
        assert plain["raw"].tolist() == ["古", "/w=="]
        assert plain["at"][0].utcoffset() == datetime.timedelta(hours=8)
        assert "second" not in plain
        assert any("second left out" in note for note in plain.attrs["notes"])
        assert plain.columns.is_unique
        pd.testing.assert_frame_equal(made, before)
        for column in plain.columns.drop("geometry"):
            for value in plain[column].tolist():
                assert isinstance(value_text(value, lang="zh"), str)
        back = read_vector(io.write_gpkg({"own": plain}, tmp_path / "own.gpkg"))
        assert back["nested"].tolist() == plain["nested"].tolist()

    def test_files_with_lists_come_in_plain(self, tmp_path):
        frame([POINT, POINT], l=[[1, 2], [3]]).to_parquet(tmp_path / "l.parquet")
        rows = [{"type": "Feature", "properties": {"l": v}, "geometry": {"type": "Point", "coordinates": [105, 28]}}
                for v in ([1, 2], [3])]  # fmt: skip
        (tmp_path / "l.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
        for name in ("l.parquet", "l.geojson"):
            assert [json.loads(text) for text in read_vector(tmp_path / name)["l"]] == [[1, 2], [3]]

    def test_a_page_never_asks_an_array_for_its_truth(self):
        assert value_text(np.array([1, 2]), lang="zh") == "1、2"
        assert value_text(pd.NaT, lang="en") == value_text(pd.NA, lang="en") == value_text(np.float32("nan"), lang="en")

    def test_too_many_columns_are_told_before_anything_is_written(self, tmp_path):
        wide = pd.DataFrame(np.zeros((1, 2500)), columns=[f"c{i}" for i in range(2500)])
        wide = gpd.GeoDataFrame(wide, geometry=[POINT], crs=4326)
        with pytest.raises(DataError, match=r"own has 2501 columns, but a GeoPackage holds at most \d+; leave out"):
            io.write_gpkg({"own": wide}, tmp_path / "w.gpkg")
        assert list(tmp_path.iterdir()) == []
        some = wide.iloc[:, [*range(300), 2500]]
        assert len(read_vector(io.write_gpkg({"own": some}, tmp_path / "s.gpkg")).columns) == 301


class TestNames:
    @pytest.mark.parametrize(
        "column", ["name_zh", "NAME", "Name", "名称", "县名", "乡镇", "村", "XZQMC", "xzqmc", "MC", "ZLDWMC", "County"]
    )
    def test_columns_are_found_whatever_their_case(self, column):
        assert names_of(pd.DataFrame({"code": [1], column: ["太平"]})).tolist() == ["太平"]

    def test_missing_names_stay_apart(self):
        given = pd.DataFrame({"name": ["太平", None, "", " ", np.nan, "太平", "no name 2"]})
        assert names_of(given).tolist() == [
            "太平", "no name 1", "no name 3", "no name 4", "no name 5", "太平", "no name 2",
        ]  # fmt: skip

    def test_codes_have_no_decimals_and_an_empty_column_is_passed_over(self):
        assert names_of(pd.DataFrame({"name": [510524.0, np.nan]})).tolist() == ["510524", "no name 1"]
        assert names_of(pd.DataFrame({"name": [None], "XZQMC": ["古蔺县"]})).tolist() == ["古蔺县"]
        assert names_of(pd.DataFrame({"a": [1, 2]}, index=[7, 8])).tolist() == ["7", "8"]

    def test_a_column_that_is_not_there(self):
        with pytest.raises(ParameterError, match="no column 'town' of names; columns are: a, b"):
            names_of(pd.DataFrame({"a": [1], "b": [2]}), column="town")

    @given(st.lists(st.none() | st.sampled_from(["", "no name 1", "no name 3", "甲"]), max_size=12))
    def test_each_missing_name_is_its_own_and_given_ones_stay(self, values):
        names = names_of(pd.DataFrame({"name": pd.Series(values, dtype=object)})).tolist()
        made = [name for name, value in zip(names, values, strict=True) if not value]
        assert len(set(made)) == len(made)
        assert not set(made) & {value for value in values if value}
        assert all(name == value for name, value in zip(names, values, strict=True) if value)


class TestZones:
    @pytest.fixture
    def bands(self):
        import rioxarray  # noqa: F401
        import xarray as xr

        y, x = 28.2 - (np.arange(40) + 0.5) * 0.01, 105.3 + (np.arange(80) + 0.5) * 0.01
        dem = xr.DataArray(np.full((40, 80), 800.0), coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(4326)
        return terrain.elevation_bands(dem)

    def areas(self, bands, zones):
        return terrain.band_areas(bands, zones=zones).groupby("zone", sort=False)["area_km2"].sum()

    def test_points_and_lines_are_no_zones(self, tmp_path, bands):
        frame([SQUARES[0], POINT, LINE], name=["poly", "pt", "ln"]).to_file(tmp_path / "m.geojson")
        found = self.areas(bands, read_zones(tmp_path / "m.geojson"))
        assert found.index.tolist() == ["poly"]
        with pytest.raises(DataError, match="must be polygons"):
            terrain.band_areas(bands, zones=frame([SQUARES[0], POINT]))

    def test_polygons_without_a_name_stay_apart(self, tmp_path, bands):
        frame(name=["", None, ""]).to_file(tmp_path / "e.geojson")
        found = self.areas(bands, read_zones(tmp_path / "e.geojson"))
        assert found.index.tolist() == ["no name 1", "no name 2", "no name 3"]
        assert found.max() < 1.1 * found.min()

    def test_what_crosses_or_covers_itself_counts_once(self, tmp_path, bands):
        whole = self.areas(bands, frame([box(105.4, 28.0, 105.8, 28.1)]))["n0"]
        ring = [(105.4, 28.0), (105.8, 28.0), (105.8, 28.1), (105.4, 28.1)]
        twice = Polygon([*ring, *ring])
        parts = MultiPolygon([box(105.4, 28.0, 105.7, 28.1), box(105.5, 28.0, 105.8, 28.1)])
        for shape in (twice, parts):
            frame([shape], name=["z"]).to_file(tmp_path / "z.gpkg")
            zones = read_zones(tmp_path / "z.gpkg")
            assert "1 of 1 polygons cross or cover themselves and were repaired" in row_notes(zones)[0]
            assert self.areas(bands, zones)["z"] == pytest.approx(whole, rel=1e-9)
            assert self.areas(bands, frame([shape], name=["z"]))["z"] == pytest.approx(whole, rel=1e-9)
        tie = Polygon([(105.4, 28.0), (105.8, 28.1), (105.8, 28.0), (105.4, 28.1)])
        assert self.areas(bands, frame([tie], name=["z"]))["z"] == pytest.approx(whole / 2, rel=0.1)
        assert row_notes(read_zones(tmp_path / "z.gpkg"))
        frame().to_file(tmp_path / "good.gpkg")
        assert row_notes(read_zones(tmp_path / "good.gpkg")) == []

    def test_the_whole_world_is_a_zone(self, bands):
        found = self.areas(bands, frame([box(-180, -90, 180, 90)], name=["world"]))
        assert found["world"] == pytest.approx(self.areas(bands, None)["all"], rel=1e-9)


class TestBoundaries:
    def refused(self, shapes, tmp_path, **columns):
        frame(shapes, **columns).to_file(tmp_path / "b.gpkg")
        with pytest.raises(NanyiError) as caught:
            load_study(tmp_path / "b.gpkg")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_the_world_ends_in_one_line(self, tmp_path):
        assert "lies mainly in" in self.refused([box(-180, -90, 180, 90)], tmp_path)
        assert "lies mainly in" in self.refused([box(-160, -60, -20, 60), box(0, -20, 50, 30)], tmp_path)

    def test_an_atlas_of_the_world_holds_the_counties_too(self, tmp_path):
        counties = load_study().counties[["name_zh", "geometry"]].to_crs(4326)
        far = frame([box(-160, -60, -20, 60), box(0, -20, 50, 30)], name_zh=["西", "非"])
        pd.concat([far, counties]).to_file(tmp_path / "w.gpkg")
        assert load_study(tmp_path / "w.gpkg").counties["name_zh"].tolist() == ["叙永县", "古蔺县"]

    def test_a_county_without_a_name_has_a_name(self, tmp_path):
        counties = load_study().counties[["geometry"]].assign(name_zh=["叙永县", None]).to_crs(4326)
        counties.to_file(tmp_path / "n.gpkg")
        assert load_study(tmp_path / "n.gpkg").counties["name_zh"].tolist() == ["叙永县", "no name 1"]

    def test_a_study_has_at_least_one_county(self):
        from dataclasses import replace

        study = load_study()
        with pytest.raises(DataError, match="has no counties"):
            replace(study, counties=study.counties.iloc[:0])


class TestWorldRoads:
    def test_roads_and_water_of_the_world_are_cut_near_the_dem(self):
        import xarray as xr

        from nanyi_gis.travel_time import travel_time

        x, y = 510_050 + 100.0 * np.arange(20), 3_101_950 - 100.0 * np.arange(20)
        dem = xr.DataArray(np.zeros((20, 20)), coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(4544)
        start = gpd.GeoDataFrame(geometry=[Point(510_050, 3_101_050)], crs=4544)
        local = gpd.GeoDataFrame(
            {"highway": ["primary"]}, geometry=[LineString([(510_000, 3_101_050), (512_000, 3_101_050)])], crs=4544
        ).to_crs(4326)
        far = frame([LineString([(10, -5), (20, 5)])], highway=["primary"])
        world = pd.concat([local, far], ignore_index=True)
        expected = travel_time(dem, start, roads=local, mode="car").values
        assert np.array_equal(travel_time(dem, start, roads=world, mode="car").values, expected)
        with pytest.raises(DataError, match=r"set the right CRS|reaches the DEM"):
            travel_time(dem, start, roads=far, mode="car")


class TestRoads:
    LINES = (LineString([(510_000, 3_100_000), (511_000, 3_100_000)]),
             LineString([(511_000, 3_100_000), (512_000, 3_100_000)]),
             LineString([(512_000, 3_100_000), (513_000, 3_100_000)]))  # fmt: skip

    def saved(self, tmp_path, **columns):
        path = tmp_path / "roads.gpkg"
        frame(list(self.LINES), crs=4544, **columns).to_file(path)
        return path

    @pytest.mark.parametrize("words", [["Offen"] * 3, ["好", "规划", "不明白"], ["offen", "x", "planned"]])
    def test_words_of_status_that_nobody_knows(self, tmp_path, words):
        path = self.saved(tmp_path, status=words)
        with pytest.raises(DataError, match=f"roads.gpkg: status is '{words[0]}'.*; use open, construction, planned"):
            build_graph(path)

    def test_one_odd_row_is_left_out_and_counted(self, tmp_path):
        graph = build_graph(self.saved(tmp_path, status=["open", "open", "好"]))
        assert graph.number_of_edges() == 4
        assert graph.graph["left_out"] == {"status 好": 1}
        graph = build_graph(self.saved(tmp_path, highway=["primary", "primary", "ferry"]))
        assert graph.graph["left_out"] == {"ferry": 1}
        graph = build_graph(self.saved(tmp_path, status=["Offen", "x", "y"], opened=["2020", "2021", "2022"]))
        assert graph.number_of_edges() == 6

    def test_a_scenario_without_roads_says_so(self, tmp_path, capsys):
        path = self.saved(tmp_path, status=["planned"] * 3)
        for command in (["network"], ["access"]):
            arguments = [*command, "--roads", str(path), "--scenario", "2025", "--out", str(tmp_path / "out.gpkg")]
            assert main(arguments) == 2
            assert "no road is open on 2025-12-31: status is planned" in capsys.readouterr().err

    def test_a_saved_graph_comes_back_whole(self, tmp_path):
        columns = {"u": [1, 2, 2], "v": [2, 3, 1], "key": [0, 0, 0], "reversed": ["False", "[False, True]", "True"]}
        lines = [self.LINES[0], self.LINES[1], self.LINES[0].reverse()]
        frame(lines, crs=4544, **columns, highway=["['primary', 'residential']"] * 3).to_file(tmp_path / "g.gpkg")
        graph = build_graph(tmp_path / "g.gpkg")
        assert graph.number_of_nodes() == 3
        assert graph.graph["left_out"] == {"other direction of a line": 1}
        assert {data["highway"] for *_, data in graph.edges(data=True)} == {"primary"}

    @pytest.mark.parametrize(
        ("shape", "words"),
        [
            (LineString([(28.0, 105.5), (28.0, 105.6)]), "axes are swapped"),
            (LineString([(500_000, 3_100_000), (501_000, 3_100_000)]), "look like metres"),
            (LineString([(0, 89.9), (180, 89.9)]), "no metric CRS fits|cannot be projected|swapped"),
        ],
    )
    def test_lines_that_cannot_be_placed(self, tmp_path, shape, words):
        with pytest.raises(DataError, match=words):
            build_graph(frame([shape]))

    def test_roads_of_an_extract_by_every_command(self, tmp_path):
        (tmp_path / "town.osm").write_text(OSM)
        assert build_graph(tmp_path / "town.osm").number_of_edges() == 1
        assert build_graph(f"{tmp_path / 'town.osm'}:lines").number_of_edges() > 0
        assert len(read_roads(tmp_path / "town.osm")) == 1


def test_parquet_without_its_extra_names_the_cure(tmp_path, monkeypatch):
    path = tmp_path / "zones.parquet"
    frame([POINT]).to_parquet(path)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install nanyi_gis\[parquet\], or save it as GPKG"):
        read_vector(path)
