"""The files for QGIS, spreadsheets, Google Earth and CAD, read by others than those that wrote them."""

import hashlib
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import Read

from nanyi_gis import io
from nanyi_gis.atlas import build_atlas
from nanyi_gis.atlas.handoff import drawing, earth, fields, qml, workbook
from nanyi_gis.atlas.handoff.project import Sheet, project, write_project
from nanyi_gis.atlas.handoff.symbol import Look, Style, Symbol
from nanyi_gis.atlas.own_layers import OWN_COLOURS
from nanyi_gis.atlas.places import KINDS
from nanyi_gis.errors import OutputError, ParameterError
from nanyi_gis.webmap import table_html

KML = {"k": "http://www.opengis.net/kml/2.2"}
CHINESE = re.compile("[\u4e00-\u9fff]")
HOSTILE = [
    "<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "]]><x/>", "&amp;&lt;", "'\"`${alert(3)}`",
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a\x00b\x0bc\ud800d", "%%d\\P\\U+0041^J", "甲" * 10_000, "$[description]",
    "a\r\nb", "\ufeff", "\U0001f600", "{a;b}", "javascript:alert(1)", "]]>",
]  # fmt: skip


@pytest.fixture(scope="module")
def data(coarse_atlas) -> Path:
    return coarse_atlas / "data"


@pytest.fixture(scope="module")
def package(data):
    with closing(sqlite3.connect(data / "nanyi.gpkg")) as connection:
        yield connection


@pytest.fixture(scope="module")
def qgs(data) -> ElementTree.Element:
    with zipfile.ZipFile(data / "nanyi.qgz") as archive:
        assert archive.namelist() == ["nanyi.qgs"]
        assert archive.infolist()[0].date_time == (2000, 1, 1, 0, 0, 0)
        return ElementTree.fromstring(archive.read("nanyi.qgs"))


@pytest.fixture(scope="module")
def book(data):
    return openpyxl.load_workbook(data / "tables.xlsx")


def look(frame: pd.DataFrame, kind: str | None = "point", **options) -> Look:
    symbol = None if kind is None else Symbol(kind=kind, colour="#ff0000", fill="#00ff00" if kind == "area" else "")
    return Look(**{"table": "t", "name": "t", "title": "t", "group": "g", "frame": frame, "symbol": symbol, **options})


def points(names: list[str]) -> gpd.GeoDataFrame:
    at = [shapely.Point(500_000 + 1000 * n, 3_100_000) for n in range(len(names))]
    return gpd.GeoDataFrame({"name_zh": pd.Series(names, dtype=object)}, geometry=at, crs=4544)


# ---- GeoPackage ----------------------------------------------------------------------------


def styles(package) -> dict[str, ElementTree.Element]:
    rows = package.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall()
    return {name: ElementTree.fromstring(text) for name, text in rows}


def test_every_layer_has_a_default_style(package):
    spatial = dict(package.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    rows = package.execute(
        "SELECT f_table_name, f_geometry_column, useAsDefault, update_time, styleName FROM layer_styles"
    ).fetchall()
    assert {name: column for name, column, *_ in rows} == spatial
    assert {(default, date) for *_, default, date, _ in rows} == {(1, "2000-01-01T00:00:00.000Z")}
    assert all(len(name) <= 30 for *_, name in rows)


def test_every_field_has_a_chinese_name(package):
    for table, kind in package.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall():
        if table == "layer_styles":
            continue
        own = {"fid", "geom"} if kind == "features" else {"fid"}
        columns = {row[1] for row in package.execute(f'PRAGMA table_info("{table}")')} - own
        named = dict(
            package.execute("SELECT column_name, name FROM gpkg_data_columns WHERE table_name = ?", (table,)).fetchall()
        )
        assert set(named) == columns, table
        assert all(CHINESE.search(name) for name in named.values()), (table, named)
        assert len(set(named.values())) == len(named)


def test_the_extension_is_declared_and_no_date_is_of_today(package):
    declared = package.execute("SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_schema'").fetchall()
    assert {row[0] for row in declared} == {"gpkg_data_columns", "gpkg_data_column_constraints"}
    dates = {row[0] for row in package.execute("SELECT last_change FROM gpkg_contents")}
    assert dates == {"2000-01-01T00:00:00.000Z"}
    assert package.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_places_are_categorised_by_kind_in_the_colours_of_the_pages(package, coarse_atlas):
    renderer = styles(package)["places"].find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "kind")
    kinds = {row[0] for row in package.execute("SELECT DISTINCT kind FROM places")}
    categories = renderer.findall("categories/category")
    assert {one.get("value") for one in categories} == kinds
    read = Read.of_file(coarse_atlas / "overview.html")
    symbols = renderer.findall("symbols/symbol")
    titles = {kind: zh for kind, zh, *_ in KINDS}
    for one, symbol in zip(categories, symbols, strict=True):
        kind = one.get("value").split(";")[0]
        drawn = read.layer(titles[kind])["meta"]["classes"][0]
        assert one.get("label").split("、")[0] == titles[kind]
        colour = prop(symbol, "color")
        assert colour == qml.rgba(drawn["fill"]), kind
        assert prop(symbol, "name") == drawn["shape"]
        assert float(prop(symbol, "size")) == pytest.approx(2 * drawn["radius"] * 25.4 / 96, abs=0.006)


def prop(symbol: ElementTree.Element, key: str) -> str:
    return next(one.get("v") for one in symbol.iter("prop") if one.get("k") == key)


@pytest.mark.parametrize(
    ("table", "title", "key"),
    [
        ("counties", "两县县界", "outline_color"),
        ("neighbours", "相邻县区", "outline_color"),
        ("chishui_frontage", "赤水河（沿县界）", "line_color"),
        ("liquor_clusters", "酱酒组团（示意）", "outline_color"),
        ("wellness_cores", "康养两核（示意）", "outline_color"),
    ],
)
def test_a_layer_of_one_colour_has_that_of_the_page(package, coarse_atlas, table, title, key):
    drawn = Read.of_file(coarse_atlas / "overview.html").layer(title)["meta"]["classes"][0]
    symbol = styles(package)[table].find("renderer-v2/symbols/symbol")
    assert prop(symbol, key) == qml.rgba(drawn["color"])
    width = float(prop(symbol, "line_width" if key == "line_color" else "outline_width"))
    assert width == pytest.approx(drawn["weight"] * 25.4 / 96, abs=0.006)


def test_roads_and_corridors_have_the_classes_of_their_pages(package, coarse_atlas):
    for table, page in (("network_edges", "network.html"), ("corridors", "overview.html")):
        renderer = styles(package)[table].find("renderer-v2")
        records = Read.of_file(coarse_atlas / page).records
        drawn = {
            style["label"]: style["color"]
            for record in records
            for style in record.get("meta", {}).get("classes", ())
            if isinstance(style, dict) and style.get("label") and style.get("color")
        }
        symbols = renderer.findall("symbols/symbol")
        for one, symbol in zip(renderer.findall("categories/category"), symbols, strict=True):
            label = one.get("label")
            known = drawn.get(label) or drawn.get(label.split(" · ")[-1])
            assert known is not None, (label, sorted(drawn))
            if label in drawn:
                assert prop(symbol, "line_color") == qml.rgba(drawn[label]), label


def test_the_layers_of_the_package_are_read_as_before(data):
    assert len(io.read_vector(data / "nanyi.gpkg", layer="counties")) == 2
    told = pyogrio.read_info(data / "nanyi.gpkg", layer="layer_styles")
    assert told["features"] > 5


def test_aliases_that_repeat_are_numbered_and_names_of_no_column_are_passed_over(tmp_path):
    frame = points(["甲"]).assign(a=1, b=2)
    named = {"w": {"name_zh": "名", "a": "同", "b": "同", "c": "无"}, "none": {"a": "x"}}
    path = io.write_gpkg({"w": frame}, tmp_path / "a.gpkg", aliases=named, styles={"w": "<qgis/>", "none": "<qgis/>"})
    with closing(sqlite3.connect(path)) as connection:
        rows = dict(connection.execute("SELECT column_name, name FROM gpkg_data_columns").fetchall())
        assert rows == {"name_zh": "名", "a": "同", "b": "同 2"}
        assert connection.execute("SELECT f_table_name FROM layer_styles").fetchall() == [("w",)]
    again = io.write_gpkg({"w": frame}, tmp_path / "b.gpkg", aliases=named, styles={"w": "<qgis/>"})
    assert again.read_bytes() == path.read_bytes()
    assert pyogrio.read_dataframe(path, layer="w")["name_zh"].tolist() == ["甲"]


def test_a_class_without_a_style_is_drawn_as_all_others():
    frame = points(["甲", "乙"])
    red = Style(key="甲", label="红", symbol=Symbol(kind="point", colour="#ff0000"))
    shown = look(frame, title="点", expression='"name_zh"', keys=frame["name_zh"], styles=(red,))
    categories = ElementTree.fromstring(qml.style(shown, {})).findall("renderer-v2/categories/category")
    assert [(one.get("value"), one.get("label")) for one in categories] == [("甲", "红"), ("", "点")]


def test_the_package_is_of_a_version_that_old_readers_know(package):
    assert package.execute("PRAGMA user_version").fetchone() == (10200,)
    assert package.execute("PRAGMA application_id").fetchone() == (0x47504B47,)


# ---- QGIS project --------------------------------------------------------------------------


def test_the_project_names_its_files_beside_it(qgs, data):
    sources = [one.text for one in qgs.iter("datasource")]
    tables = {name for name, _ in pyogrio.list_layers(data / "nanyi.gpkg")} - {"layer_styles"}
    named = {source.split("layername=")[1].split("|")[0] for source in sources if "layername=" in source}
    assert named == tables
    for source in sources:
        assert source.startswith("./"), source
        assert (data / source.split("|")[0]).is_file(), source
    assert {source for source in sources if source.endswith(".tif")} == {"./bands.tif", "./slope.tif"}
    assert qgs.findtext("properties/Paths/Absolute") == "false"
    text = ElementTree.tostring(qgs, encoding="unicode")
    assert not re.search(r'"(/|[A-Z]:\\)|/tmp/|/home/', text)


def test_the_project_is_in_4544_with_chinese_groups(qgs):
    assert qgs.findtext("projectCrs/spatialrefsys/authid") == "EPSG:4544"
    groups = [one.get("name") for one in qgs.findall("layer-tree-group/layer-tree-group")]
    assert groups[0] == "地点"
    assert {"酱酒（示意）", "康养（示意）", "林果", "基础设施（示意）", "底图", "地形", "表格"} <= set(groups)
    inside = [one.get("id") for one in qgs.iter("layer-tree-layer")]
    assert sorted(inside) == sorted(one.text for one in qgs.findall("projectlayers/maplayer/id"))
    assert inside == [one.get("id") for one in qgs.findall("layerorder/layer")]
    assert all(len(key) > 10 for key in inside), "QGIS ignores shorter ids"
    year = next(one for one in qgs.iter("layer-tree-group") if one.get("mutually-exclusive") == "1")
    assert [one.get("checked") for one in year].count("Qt::Checked") == 1


def test_rasters_of_the_project_have_the_colours_of_the_page(qgs, coarse_atlas):
    read = Read.of_file(coarse_atlas / "bands.html")
    legend = read.layer("高程分带")["meta"]["legend"]
    entries = [(one.get("color"), one.get("label")) for one in qgs.iter("paletteEntry")]
    assert [label for _, label in entries] == [row[1] for row in legend]
    assert [colour for colour, _ in entries] == [row[0] for row in legend]
    items = [float(one.get("value")) for one in qgs.iter("item") if one.get("alpha")]
    assert items == [2, 6, 15, 25, 90]  # grades of the land survey


def test_a_project_of_hostile_names_is_sound_and_the_same_twice(tmp_path):
    dot = Symbol(kind="point", colour="#000000")
    looks = [
        look(
            points([name]),
            title=name,
            label="name_zh",
            styles=(Style(key=name, label=name, symbol=dot),),
            expression='"name_zh"',
            keys=pd.Series([name], dtype=object),
        )
        for name in HOSTILE
    ]
    options = {
        "names": {"t": {"name_zh": HOSTILE[0]}}, "groups": {"g": HOSTILE[1]}, "exclusive": ["g"], "closed": [],
        "title": HOSTILE[2], "crs": "EPSG:4544", "package": "nanyi.gpkg", "extent": (0, 0, 1, 1),
    }  # fmt: skip
    sheet = Sheet(file="a.tif", title=HOSTILE[0], group="g", steps=[(1, "#000000", HOSTILE[1])])
    made = project(looks, [sheet], **options)
    one = write_project(tmp_path / "a.qgz", made).read_bytes()
    assert write_project(tmp_path / "a.qgz", project(looks, [sheet], **options)).read_bytes() == one
    root = ElementTree.fromstring(made)
    titles = [element.text for element in root.findall("projectlayers/maplayer/layername")]
    assert titles[:4] == HOSTILE[:4]
    assert root.findtext("title") == HOSTILE[2]
    odd = ElementTree.fromstring(project([], [], **{**options, "title": "a\x0bb"}))
    assert odd.get("projectname") == odd.findtext("title") == "a\ufffdb"


# ---- workbook ------------------------------------------------------------------------------


def test_every_table_of_the_pages_and_layers_has_a_sheet(book, coarse_atlas, data):
    contents = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    assert [row[0] for row in contents] == book.sheetnames[1:]
    listed = {(row[2], row[1]) for row in contents}
    for name, _ in pyogrio.list_layers(data / "nanyi.gpkg"):
        if name != "layer_styles":
            assert any(where == f"nanyi.gpkg {name}" for where, _ in listed), name
    titles = {title for _, title in listed}
    assert ("首页", "数据依据与可信度") in listed
    for page in coarse_atlas.glob("*.html"):
        if page.name not in {"index.html", "atlas.html"}:
            shown = {title for title, rows in Read.of_file(page).tables.items() if rows}
            shown -= {"乡镇情况"}  # small tables of one township each; all of them are rows of the one table
            assert shown <= titles, page.name


def test_sheets_have_short_unique_names_frozen_heads_and_widths(book):
    names = [name.casefold() for name in book.sheetnames]
    assert len(set(names)) == len(names)
    assert all(0 < len(name) <= 31 for name in book.sheetnames)
    assert all(CHINESE.search(name) for name in book.sheetnames)
    for sheet in book.worksheets:
        assert sheet.freeze_panes in {"A2", "B2"}, sheet.title
        assert all(6 <= size.width <= 81 for size in sheet.column_dimensions.values())
    assert book.properties.created.year == 2000
    assert book.properties.modified.year == 2000


def test_numbers_are_numbers_with_the_decimals_of_the_page(book, data):
    sheet = next(one for one in book.worksheets if one.title.startswith("高程分带 各县各带面积"))
    heads = [cell.value for cell in sheet[1]]
    areas = pyogrio.read_dataframe(data / "nanyi.gpkg", layer="band_areas")
    column = heads.index("km²") + 1
    cells = [sheet.cell(row, column) for row in range(2, sheet.max_row + 1)]
    assert [cell.value for cell in cells] == pytest.approx(areas["area_km2"].tolist())
    assert {cell.number_format for cell in cells} == {"#,##0.0"}
    whole = next(one for one in book.worksheets if one.title == "图层 两县县界")
    row = {head.value: cell.value for head, cell in zip(whole[1], whole[2], strict=True)}
    assert row["名称"] == "叙永县"
    assert row["2020年常住人口"] == 552979
    assert row["县代码"] == "510524", "a code is a text"


def test_codes_and_sources_of_layers_are_in_words(book, data):
    wanted = {"依据", "类别", "主题", "现状", "状态", "方式", "道路等级"}
    seen = set()
    for sheet in book.worksheets:
        if sheet.title.startswith("图层"):
            for head, *cells in sheet.iter_cols(values_only=True):
                told = [str(value) for value in cells if value]
                if head in wanted:
                    seen.add(head)
                    assert all(map(CHINESE.search, told)), (sheet.title, head, set(told))
                if head == "来源":
                    raw = [text for text in told if re.search(r"own knowledge|\[[KIS](-\w+)?\]", text)]
                    assert raw == [], sheet.title
    assert seen == wanted
    statuses = set(pyogrio.read_dataframe(data / "nanyi.gpkg", layer="corridors")["status_now"])
    assert statuses <= {"open", "construction", "planned", "unknown"}  # for scripts the codes stay


def test_nothing_of_a_workbook_is_a_formula(tmp_path):
    frame = pd.DataFrame({"=a": pd.Series(HOSTILE, dtype=object), "n": [np.inf, np.nan, *range(18)]})
    table = workbook.Table(title="=1+1", where="@a", sheet="=1+1", frame=frame, note="=cmd|' /C calc'!A0")
    path = workbook.write_workbook(tmp_path / "a.xlsx", [table, table], title="=1", lang="zh")
    first = path.read_bytes()
    assert workbook.write_workbook(path, [table, table], title="=1", lang="zh").read_bytes() == first
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    sheet = book.worksheets[1]
    shown = [cell.value for cell in sheet["A"]]
    assert shown[0] == "=a"
    assert shown[6:10] == ["=1+1", "+1", "-1", "@SUM(A1)"]
    assert [sheet.cell(row, 1).quotePrefix for row in (7, 10)] == [True, True], "it stays a text when it is edited"
    assert sheet.cell(2, 2).value == "inf"
    assert sheet.cell(3, 2).value is None
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("utf-8")
            assert "<f>" not in text
            assert "http://evil" not in text
            ElementTree.fromstring(text)


def test_what_a_page_shows_beside_a_number_stands_in_a_column_of_its_own(tmp_path):
    table = workbook.Table(
        title="t", where="p", sheet="t", frame=pd.DataFrame({"km": [30.0, 31.0]}), digits={"km": 1},
        texts={"km": ["30.0*", "31.0"]},
    )  # fmt: skip
    book = openpyxl.load_workbook(workbook.write_workbook(tmp_path / "a.xlsx", [table], title="t", lang="zh"))
    assert [[cell.value for cell in row] for row in book.worksheets[1].iter_rows()] == [
        ["km", "km（页面所示）"],
        [30, "30.0*"],
        [31, "31.0"],
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(max_size=40), max_size=12))
def test_names_of_sheets_are_those_that_excel_takes(titles):
    names = workbook.sheet_names(titles, taken=["目录"])
    assert len({name.casefold() for name in [*names, "目录"]}) == len(titles) + 1
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not set(name) & set("[]:*?/\\")
        assert "'" not in {name[0], name[-1]}


# ---- KML -----------------------------------------------------------------------------------


def test_the_kml_has_every_place_where_it_is(data):
    places = io.read_vector(data / "nanyi.gpkg", layer="places").to_crs(4326)
    root = ElementTree.parse(data / "nanyi.kml").getroot()
    folder = next(f for f in root.iter(f"{{{KML['k']}}}Folder") if f.findtext("k:name", namespaces=KML) == "地点")
    marks = {}
    for mark in folder.iter(f"{{{KML['k']}}}Placemark"):
        at = mark.findtext("k:Point/k:coordinates", namespaces=KML)
        if at:
            marks.setdefault(mark.findtext("k:name", namespaces=KML), []).append([float(v) for v in at.split(",")])
    assert sum(map(len, marks.values())) == len(places)
    for row in places.itertuples():
        apart = np.abs(np.array(marks[row.name_zh]) - [row.geometry.x, row.geometry.y]).max(axis=1).min()
        assert apart < 1e-6, row.name_zh


def test_ogr_reads_the_kml_in_folders_by_theme(data):
    names = [name for name, _ in pyogrio.list_layers(data / "nanyi.kml")]
    assert {"酱酒组团（示意）", "两县县界", "乡镇驻地", "铁路 · 已通车"} <= set(names)
    counties = pyogrio.read_dataframe(data / "nanyi.kml", layer="两县县界")
    assert counties.crs.to_epsg() == 4326
    own = io.read_vector(data / "nanyi.gpkg", layer="counties")
    assert counties.to_crs(4544).area.tolist() == pytest.approx(own.area.tolist(), rel=1e-5)


def test_the_kml_says_that_it_is_not_reviewed(data):
    told = ElementTree.parse(data / "nanyi.kml").getroot().findtext("k:Document/k:description", namespaces=KML)
    assert "未经审图" in told


def test_kml_styles_are_there_and_blue_comes_first(data):
    root = ElementTree.parse(data / "nanyi.kml").getroot()
    known = {f"#{style.get('id')}" for style in root.iter(f"{{{KML['k']}}}Style")}
    used = {url.text for url in root.iter(f"{{{KML['k']}}}styleUrl")}
    assert used == known
    assert earth.abgr("#C8102E") == "ff2e10c8"
    assert "http" not in re.sub(r"http://www\.opengis\.net/kml/2\.2", "", (data / "nanyi.kml").read_text("utf-8"))


def test_hostile_names_stay_text_in_kml(tmp_path):
    options = {"names": {}, "groups": {"g": HOSTILE[0]}, "title": HOSTILE[1], "note": HOSTILE[0], "lang": "zh"}
    path = earth.write_kml(tmp_path / "a.kml", [look(points(HOSTILE), title=HOSTILE[2])], **options)
    assert earth.write_kml(tmp_path / "a.kml", [look(points(HOSTILE), title=HOSTILE[2])], **options) == path
    root = ElementTree.parse(path).getroot()
    marks = root.findall(".//k:Placemark", KML)
    assert len(marks) == len(HOSTILE)
    for mark, name in zip(marks, HOSTILE, strict=True):
        assert not list(mark.find("k:name", KML))
        text = mark.findtext("k:description", namespaces=KML)
        assert "<img" not in text
        assert "<script" not in text
        if name.isascii() and name.isprintable():
            assert mark.findtext("k:name", namespaces=KML) == name
    assert "<img" not in root.findtext("k:Document/k:description", namespaces=KML)


def test_a_balloon_of_many_fields_says_how_many_it_leaves_out(tmp_path):
    wide = points(["甲"]).join(pd.DataFrame({f"c{n:03}": [n] for n in range(300)}))
    path = earth.write_kml(tmp_path / "a.kml", [look(wide)], names={}, groups={"g": "g"}, title="", note="", lang="zh")
    text = ElementTree.parse(path).getroot().find(".//k:Placemark/k:description", KML).text
    assert text.count("<th") == 40
    assert "… + 261" in text  # of 300 and the name


# ---- DXF -----------------------------------------------------------------------------------


def test_ogr_reads_the_drawing_in_metres_of_4544(data):
    drawn = pyogrio.read_dataframe(data / "nanyi.dxf")
    places = io.read_vector(data / "nanyi.gpkg", layer="places")
    dots = drawn[drawn["Layer"].str.match("PLACES_(?!UNCERTAINTY)") & ~drawn["Layer"].str.endswith("_T")]
    assert len(dots) == len(places)
    found = np.sort(np.round(np.column_stack([dots.geometry.x, dots.geometry.y]), 2), axis=0)
    wanted = np.sort(np.round(np.column_stack([places.geometry.x, places.geometry.y]), 2), axis=0)
    assert np.abs(found - wanted).max() <= 0.011
    texts = drawn[drawn["Layer"].str.match("PLACES_.*_T")]
    assert sorted(texts["Text"]) == sorted(places["name_zh"])
    rings = drawn[drawn["Layer"] == "COUNTIES"]
    counties = io.read_vector(data / "nanyi.gpkg", layer="counties")
    assert len(rings) == len(shapely.get_rings(shapely.get_parts(counties.geometry.values)))
    assert rings.geometry.length.sum() == pytest.approx(counties.length.sum(), rel=1e-6)


def test_layers_of_the_drawing_have_names_that_r12_takes(data):
    content = (data / "nanyi.dxf").read_bytes()
    lines = content.decode("gbk").split("\r\n")
    pairs = list(zip(lines[::2], lines[1::2], strict=False))
    assert ("  9", "$ACADVER") in pairs
    assert ("  1", "AC1009") in pairs
    assert "EPSG:4544" in lines[1]
    used = {value for code, value in pairs if code == "  8"}
    defined, table = set(), False
    for (code, value), (_, kind) in zip(pairs[1:], pairs, strict=False):
        table = table or kind == "LAYER"
        if table and code == "  2" and kind == "LAYER":
            defined.add(value)
    assert used <= defined
    assert all(re.fullmatch(r"[A-Z0-9_]{1,31}", name) for name in used)
    assert {"RAIL", "PLACES"} <= {part for name in used for part in name.split("_")}
    assert pairs[-1][1] == "EOF" or pairs[-2][1] == "EOF"


def test_hostile_names_stay_text_in_a_drawing(tmp_path):
    shown = look(points(HOSTILE), label="name_zh")
    path = drawing.write_dxf(tmp_path / "a.dxf", [shown], crs="EPSG:4544", title="甲\n0\nSECTION")
    assert drawing.write_dxf(tmp_path / "a.dxf", [shown], crs="EPSG:4544", title="甲\n0\nSECTION") == path
    lines = path.read_bytes().decode("gbk").split("\r\n")
    assert len(lines) % 2 == 1
    assert all(re.fullmatch(r" *\d+", code) for code in lines[:-1:2])
    assert max(len(line.encode("gbk")) for line in lines) <= 255
    drawn = pyogrio.read_dataframe(path)
    assert (drawn.geometry.x >= 500_000).all()
    assert "<img src=x onerror=alert(1)>" in [text.replace("\\U+003C", "<").replace("\\U+003E", ">")
                                              for text in drawn["Text"].dropna()]  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=60))
def test_any_text_of_a_drawing_is_one_line_without_codes(text):
    told = drawing.text_of(text)
    assert not re.search(r"[\x00-\x1f^%{}]", told)
    assert not re.search(r"\\(?!U\+[0-9A-F]{4})", told)
    assert len(told.encode("gbk")) <= 250


def test_colours_of_a_drawing_are_the_nearest_of_autocad():
    assert [drawing.colour_index(c) for c in ("#ff0000", "#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff")] == [
        10, 50, 90, 130, 170, 210,
    ]  # fmt: skip


# ---- all of it -----------------------------------------------------------------------------


def test_the_manifest_and_the_first_page_list_the_files(coarse_atlas):
    outputs = {
        row["file"]: row["sha256"] for row in json.loads((coarse_atlas / "manifest.json").read_text())["outputs"]
    }
    links = {address for address, _ in Read.of_file(coarse_atlas / "index.html").links}
    for name in ("nanyi.gpkg", "nanyi.qgz", "tables.xlsx", "nanyi.kml", "nanyi.dxf", "bands.tif", "slope.tif"):
        file = f"data/{name}"
        assert outputs[file] == hashlib.sha256((coarse_atlas / file).read_bytes()).hexdigest()
        assert file in links


def test_own_layers_of_any_geometry_are_handed_on(tmp_path, kept_only):
    kept_only("overview")
    shapes = [
        shapely.Point(105.5, 28),
        shapely.LineString([(105.5, 28), (105.6, 28.1)]),
        shapely.box(105, 28, 105.1, 28.1),
    ]
    frame = gpd.GeoDataFrame({"note": ["=1", "<b>", "中"]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "mixed & 'x'.gpkg", engine="pyogrio")
    build_atlas(tmp_path / "out", layers=[tmp_path / "mixed & 'x'.gpkg"], resolution=400)
    data = tmp_path / "out" / "data"
    with zipfile.ZipFile(data / "nanyi.qgz") as archive:
        root = ElementTree.fromstring(archive.read("nanyi.qgs"))
    sources = [one.text for one in root.iter("datasource")]
    own = [layer for layer in root.iter("maplayer") if "layername=own_" in layer.findtext("datasource", "")]
    colours = {prop(layer.find("renderer-v2/symbols/symbol"), key) for layer, key in zip(
        own, ("color", "line_color", "outline_color"), strict=True)}  # fmt: skip
    assert colours == {qml.rgba(OWN_COLOURS[0])}, "as the page draws it"
    kinds = [source.split("geometrytype=")[1] for source in sources if "geometrytype=" in source]
    assert kinds == ["Point", "LineString", "Polygon"]
    drawn = pyogrio.read_dataframe(data / "nanyi.dxf")
    assert drawn["Layer"].str.startswith("OWN_MIXED").sum() == 3
    with closing(sqlite3.connect(data / "nanyi.gpkg")) as connection:
        named = connection.execute("SELECT count(*) FROM gpkg_data_columns WHERE table_name LIKE 'own%'").fetchone()
    assert named == (0,)


def test_a_link_of_a_table_leads_to_a_file_beside_the_page():
    table = pd.DataFrame({"a": ["x"]})
    assert '<a href="data/a.csv">x</a>' in table_html(table, links=["data/a.csv"])
    for address in ("javascript:alert(1)", "http://a.org", "/etc/passwd", "../a", "", "data/a b"):
        with pytest.raises(ParameterError, match="beside the page"):
            table_html(table, links=[address])
    with pytest.raises(ParameterError, match="one for each row"):
        table_html(table, links=[])


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("nanyi_gis.io.vector.write.dress", full)
    with pytest.raises(OutputError, match="disk"):
        io.write_gpkg({"w": points(["甲"])}, tmp_path / "a.gpkg", styles={"w": "<qgis/>"})
    assert not list(tmp_path.iterdir())


def test_every_name_of_a_field_is_in_both_languages():
    for column, (zh, en) in fields._NAMES.items():
        assert CHINESE.search(zh), column
        assert not CHINESE.search(en), column
