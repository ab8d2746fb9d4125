"""Pages as documents: what stands in them, that they repeat to the byte, that nothing loads from elsewhere."""

import base64
import gzip
import io
import json
import re
import struct

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio.warp
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from cells import MISSING, read_cells
from folium.plugins import HeatMap, MarkerCluster
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from PIL import Image

from nanyi_gis.errors import DataError, OutputError, ParameterError
from nanyi_gis.webmap import Page, charts, palette_png, save_offline, table_html, warp_to_mercator
from nanyi_gis.webmap.grids import grid_record
from nanyi_gis.webmap.vectors import geometry_record, layer_data, value_text, varints

BOUNDS = (105.0, 27.6, 106.4, 28.6)


def make_page(**options):
    return Page(title="T", bounds=BOUNDS, **options)


def places(**columns):
    data = {"name": ["a", "b"], **columns}
    return gpd.GeoDataFrame(data, geometry=gpd.points_from_xy([105.2, 105.6], [28.0, 28.2]), crs=4326)


def plane(*, crs=4544, dtype="float32"):
    x, y = np.arange(500_000, 503_000, 100.0), np.arange(3_100_000, 3_098_000, -100.0)
    values = np.arange(len(x) * len(y)).reshape(len(y), len(x)).astype(dtype)
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(crs)


def records(html):
    found = re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, re.DOTALL)
    return {name: json.loads(text) for name, text in found}


# ---- the document --------------------------------------------------------------------------


def test_two_builds_are_the_same_bytes():
    def build():
        page = make_page(nav=[("index.html", "首页")], provenance=["来源"])
        page.add_points("p", places(), label="name", cluster=True)
        page.add_raster("r", np.full((4, 4, 4), 200, np.uint8), bounds=BOUNDS)
        page.add_value_grid("v", plane())
        page.map.add_child(folium.Marker([28, 105], popup=folium.Popup("x"), icon=folium.Icon(color="red")))
        return page.html()

    assert build() == build()


def test_the_same_page_gives_the_same_text_twice():
    page = make_page()
    page.add_points("p", places(), label="name")
    assert page.html() == page.html()


@pytest.mark.parametrize(
    ("lang", "html_lang", "review"), [("zh", "zh-CN", "示意图 · 未经审图"), ("en", "en", "not reviewed")]
)
def test_language_and_review_field(lang, html_lang, review):
    html = make_page(lang=lang).html()
    assert f'<html lang="{html_lang}">' in html
    assert review in html
    assert "审图号" not in html


def test_zoom_is_not_disabled_and_nothing_is_linked():
    html = make_page().html()
    assert "user-scalable" not in html
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"'](?!data:)", html) == []
    assert "jquery" not in html.lower()


def test_policy_names_the_hash_of_every_script_and_nothing_else():
    html = make_page().html()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "unsafe-eval" not in policy


def test_save_writes_the_page_and_leaves_nothing_else(tmp_path):
    target = tmp_path / "新 文件夹" / "页.html"
    assert make_page().save(target) == target
    assert [entry.name for entry in target.parent.iterdir()] == ["页.html"]
    assert target.read_text(encoding="utf-8") == make_page().html()


def test_save_where_a_file_stands_in_the_way(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write"):
        make_page().save(tmp_path / "file" / "a.html")


@pytest.mark.parametrize("bounds", [(106, 27, 105, 28), (105, 28, 106, 28), (105, -90, 106, 28), (505, 27, 506, 28)])
def test_bounds_that_are_no_box(bounds):
    with pytest.raises(ParameterError, match="west, south, east, north"):
        Page(title="T", bounds=bounds)


def test_unknown_language():
    with pytest.raises(ParameterError, match="lang is 'fr'"):
        make_page(lang="fr")


# ---- any folium map ------------------------------------------------------------------------


def folium_map():
    folium_map = folium.Map([28, 105], tiles=None, max_zoom=16)
    group = folium.FeatureGroup("g").add_to(folium_map)
    folium.Marker([28, 105], popup="hello", tooltip="t", icon=folium.Icon(color="red", icon="info-sign")).add_to(group)
    folium.GeoJson(places(), tooltip=folium.GeoJsonTooltip(["name"]), popup=folium.GeoJsonPopup(["name"])).add_to(group)
    MarkerCluster([[28.1, 105.1], [28.1, 105.2]]).add_to(folium_map)
    folium.LayerControl().add_to(folium_map)
    return folium_map


def test_save_offline_repeats_to_the_byte(tmp_path):
    first = save_offline(folium_map(), tmp_path / "a.html").read_bytes()
    second = save_offline(folium_map(), tmp_path / "b.html").read_bytes()
    assert first == second
    assert b"cdn" not in first


def test_save_offline_leaves_the_class_of_maps_alone(tmp_path):
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    save_offline(folium_map(), tmp_path / "a.html")
    assert (folium.Map.default_js, folium.Map.default_css) == before


def refused():
    yield "tile layer", folium.Map([28, 105])
    yield (
        "tile layer",
        folium.Map([28, 105], tiles=None).add_child(folium.WmsTileLayer("https://example.org/wms", layers="a")),
    )
    yield "leave that plugin out", folium.Map([28, 105], tiles=None).add_child(HeatMap([[28, 105]]))
    yield (
        "example.org/a.png",
        folium.Map([28, 105], tiles=None).add_child(
            folium.raster_layers.ImageOverlay("https://example.org/a.png", [[28, 105], [29, 106]])
        ),
    )
    yield (
        "example.org/i.png",
        folium.Map([28, 105], tiles=None).add_child(folium.Marker([28, 105], popup="<img src='//example.org/i.png'>")),
    )


@pytest.mark.parametrize(("message", "folium_map"), list(refused()))
def test_save_offline_refuses_what_needs_the_network(tmp_path, message, folium_map):
    with pytest.raises(DataError, match=message):
        save_offline(folium_map, tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


def test_tiles_added_to_a_page_are_refused():
    page = make_page()
    page.map.add_child(folium.TileLayer("OpenStreetMap"))
    with pytest.raises(DataError, match="openstreetmap"):
        page.html()


def test_a_name_that_looks_like_a_request_is_only_a_name():
    names = ["url(https://example.org/a.png)", "L.icon('https://example.org/a.png')"]
    page = make_page(provenance=names)
    page.add_points("p", places(name=names), label="name")
    assert "url(https://example.org/a.png)" in page.html()


# ---- vectors -------------------------------------------------------------------------------


def decoded(record):
    xy = np.asarray(record["xy"]).reshape(-1, 2).cumsum(axis=0) / 1e5
    return xy


def test_polygons_with_holes_and_parts_keep_their_rings():
    shell = shapely.box(105, 28, 106, 29)
    hole = shapely.box(105.4, 28.4, 105.6, 28.6)
    shapes = [
        shapely.MultiPolygon([shell - hole, shapely.box(107, 28, 107.5, 28.5)]),
        shapely.box(104, 28, 104.5, 28.5),
    ]
    record = geometry_record(shapes, kind="polygons", name="x")
    assert record["p"] == [2, 1]
    assert record["r"] == [2, 1, 1]
    assert record["n"] == [5, 5, 5, 5]
    expected = np.vstack([shapely.get_coordinates(shape) for shape in shapes])
    np.testing.assert_allclose(decoded(record), expected, atol=1e-9)


@given(st.lists(st.integers(-(2**40), 2**40), max_size=60))
def test_varints_round_trip(values):
    out, value, shift = [], 0, 0
    for byte in varints(np.asarray(values, dtype=np.int64)):
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            out.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    assert out == values


def test_large_layers_are_packed_and_small_ones_are_not():
    line = shapely.LineString(np.c_[np.linspace(105, 106, 5000), np.linspace(28, 29, 5000)])
    small = {"c": [0], **geometry_record([line.segmentize(1).simplify(1)], kind="lines", name="x")}
    large = {"c": [0], **geometry_record([line], kind="lines", name="x")}
    assert layer_data(small) == small
    content = gzip.decompress(base64.b64decode(layer_data(large)["z"]))
    (length,) = struct.unpack("<I", content[:4])
    assert json.loads(content[4 : 4 + length]) == {"c": [0], "n": [5000], "p": [1]}


def test_layers_come_in_any_crs_and_are_not_changed():
    frame = places().to_crs(4544)
    before = frame.copy()
    page = make_page()
    page.add_points("p", frame, label="name")
    [record] = [entry for entry in records(page.html()).values() if entry.get("meta", {}).get("name") == "p"]
    np.testing.assert_allclose(decoded(record["data"]), [[105.2, 28.0], [105.6, 28.2]], atol=1e-5)
    assert frame.equals(before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda page: page.add_points("p", places().set_crs(None, allow_override=True)), "no CRS"),
        (lambda page: page.add_points("p", pd.DataFrame({"a": [1]})), "give a GeoDataFrame"),
        (lambda page: page.add_lines("p", places()), "holds Point, but add_lines draws LineString"),
        (lambda page: page.add_points("p", places(), popup=[("nome", "Name")]), "popup column 'nome'"),
        (lambda page: page.add_points("p", places(), label="nome"), "label column 'nome'"),
        (lambda page: page.add_points("p", places(), style_by="kind"), "style_by is 'kind'"),
        (lambda page: page.add_points("p", places(), shape="heart"), "shape is 'heart'"),
        (lambda page: page.add_points("p", places(), style_by="name", styles={"a": {"colour": "red"}}), "'colour'"),
        (lambda page: page.add_points("p", places(), exclusive=True), "has no group"),
        (lambda page: page.add_raster("r", np.zeros((2, 2), np.uint8), bounds=BOUNDS), "shape"),
        (lambda page: page.add_raster("r", np.zeros((2, 2, 4), np.uint8), bounds=BOUNDS, opacity=2), "opacity is 2"),
        (lambda page: page.add_raster("r", np.zeros((2, 2, 4), np.uint8), bounds=BOUNDS, format="gif"), "format"),
        (lambda page: page.add_value_grid("v", plane(), step=0), "step is 0"),
        (lambda page: page.add_value_grid("v", plane(), step=1e-6), "too fine"),
        (lambda page: page.add_panel("x", "<b>plain</b>"), "plain text"),
        (lambda page: page.add_chart("x", "<svg/>"), "plain string"),
        (lambda page: page.add_table("x", pd.DataFrame({"a": [1]}), columns={"b": "B"}), "column 'b'"),
    ],
)
def test_bad_input_is_one_clear_line(change, message):
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        change(make_page())
    assert "\n" not in str(caught.value)


def test_evidence_is_said_in_the_switch_and_in_the_popup():
    frame = places(source="S", as_of="2022", evidence="schematic", uncertainty_m=[200.0, np.nan])
    page = make_page()
    page.add_points("p", frame, label="name")
    [record] = [entry for entry in records(page.html()).values() if entry.get("meta", {}).get("name") == "p"]
    assert record["meta"]["evidence"] == "示意"
    assert record["texts"]["sources"] == [
        "来源：S · 时点：2022 · 示意 · 位置误差约 200 m",
        "来源：S · 时点：2022 · 示意",
    ]


def test_one_layer_of_an_exclusive_group_shows_at_first():
    page = make_page()
    for name in ("a", "b"):
        page.add_points(name, places(), group="g", exclusive=True)
    page.add_lines(
        "b",
        gpd.GeoDataFrame(geometry=[shapely.LineString([(105, 28), (106, 28)])], crs=4326),
        group="g",
        exclusive=True,
    )
    shown = [entry["meta"]["shown"] for entry in records(page.html()).values() if "meta" in entry]
    assert shown == [True, False, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (np.nan, ""),
        (pd.NaT, ""),
        (np.int64(3), "3"),
        (1234.5, "1,234.5"),
        (False, "否"),
        (["a", "b"], "a、b"),
    ],
)
def test_value_text(value, text):
    assert value_text(value, lang="zh") == text


# ---- rasters and grids ---------------------------------------------------------------------


def test_warp_puts_cells_where_they_belong():
    dem = plane()
    warped, bounds = warp_to_mercator(dem, resampling="nearest")
    assert warped.rio.crs.to_epsg() == 3857
    left, bottom, right, top = rasterio.warp.transform_bounds("EPSG:3857", "EPSG:4326", *warped.rio.bounds())
    np.testing.assert_allclose(bounds, (left, bottom, right, top), atol=1e-9)
    x, y = 501_250.0, 3_099_050.0
    [mx], [my] = rasterio.warp.transform("EPSG:4544", "EPSG:3857", [x], [y])
    assert float(warped.sel(x=mx, y=my, method="nearest")) == pytest.approx(
        float(dem.sel(x=x, y=y, method="nearest")), abs=30.1
    )


def test_warp_keeps_to_its_budget_and_never_refines():
    dem = plane()
    assert warp_to_mercator(dem, max_pixels=200)[0].size <= 200
    assert warp_to_mercator(dem)[0].size <= dem.size * 1.1


def test_warp_of_classes_makes_no_new_codes():
    codes = (plane(dtype="uint8") % 3 + 1).astype("uint8").rio.write_crs(4544).rio.write_nodata(0)
    for budget in (100, 10_000):
        warped, _ = warp_to_mercator(codes, max_pixels=budget)
        assert set(np.unique(warped)) <= {0, 1, 2, 3}


def test_warp_without_crs_or_spare_value():
    with pytest.raises(DataError, match="no CRS"):
        warp_to_mercator(xr.DataArray(np.zeros((2, 2)), dims=("y", "x")))
    full = xr.full_like(plane(dtype="uint8"), 255).rio.write_crs(4544)
    with pytest.raises(DataError, match="uses 255 itself"):
        warp_to_mercator(full)


def test_palette_png_reads_back_with_its_colours():
    codes = np.array([[0, 7], [9, 200]], dtype=np.uint8)
    image = Image.open(io.BytesIO(palette_png(codes, {7: (255, 0, 0), 200: (0, 0, 255, 128)})))
    assert image.mode == "P"
    np.testing.assert_array_equal(np.asarray(image.convert("RGBA"))[..., 3], [[0, 255], [0, 128]])
    assert tuple(np.asarray(image.convert("RGBA"))[0, 1]) == (255, 0, 0, 255)


def test_class_rasters_survive_to_the_pixel():
    codes = np.random.default_rng(3).integers(0, 5, (40, 60)).astype(np.uint8)
    palette = {1: (1, 2, 3), 2: (200, 100, 50), 3: (0, 158, 115), 4: (255, 255, 255)}
    page = make_page()
    page.add_raster("r", codes, bounds=BOUNDS, palette=palette)
    [record] = [entry for entry in records(page.html()).values() if entry.get("meta", {}).get("name") == "r"]
    window = np.ix_(np.flatnonzero((codes > 0).any(axis=1)), np.flatnonzero((codes > 0).any(axis=0)))
    cells = read_cells(record["meta"], record["data"])
    np.testing.assert_array_equal(cells, np.where(codes > 0, codes.astype(int), MISSING)[window])
    assert record["data"]["palette"] == {str(code): [*colour, 255] for code, colour in palette.items()}


def test_grid_of_nothing_but_voids():
    record = grid_record(
        xr.full_like(plane(), np.nan), name="v", unit="", decimals=0, step=1, classes=None, reasons=None, max_cells=100,
        follows=None,
    )  # fmt: skip
    assert record["meta"]["offset"] == 0


# ---- tables and charts ---------------------------------------------------------------------


def test_table_figures_are_rounded_for_the_eye_and_exact_for_sorting():
    html = table_html(pd.DataFrame({"a": [1234.567, np.nan]}), columns={"a": "A"}, digits={"a": 1})
    assert 'data-v="1234.567">1,234.6<' in html
    assert 'data-v="NaN">–<' in html


def test_charts_say_their_names_without_markup():
    hostile = "</title><script>alert(1)</script>"
    for svg in (
        charts.line_chart(
            {hostile: ([0, 1], [0, 1])}, title=hostile, x_label=hostile, y_label=hostile, marks=[(0.5, hostile)]
        ),
        charts.bar_chart({hostile: 1.0}, title=hostile, unit=hostile),
        charts.grouped_bar([hostile], {hostile: [1.0], "b": [2.0]}, title=hostile, stacked=True),
    ):
        assert isinstance(svg, Markup)
        assert "<script" not in svg


def test_bars_are_as_long_as_their_values():
    svg = charts.bar_chart({"a": 2.0, "b": 1.0}, title="t")
    widths = [float(value) for value in re.findall(r'class="bar"[^>]* width="([\d.]+)"', svg)]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: charts.line_chart({}, title="t"), "no series"),
        (lambda: charts.line_chart({"a": ([0], [1])}, title="t"), "needs two"),
        (lambda: charts.bar_chart({}, title="t"), "no bars"),
        (lambda: charts.bar_chart({"a": -1.0}, title="t"), "negative"),
        (lambda: charts.grouped_bar(["a"], {"s": [1.0, 2.0]}, title="t"), "2 values, but there are 1 groups"),
    ],
)
def test_charts_refuse(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_charts_of_equal_and_missing_values():
    assert "<polyline" in charts.line_chart({"a": ([0, 1], [5, 5])}, title="t")
    assert "–" in charts.bar_chart({"a": float("nan"), "b": 0.0}, title="t")
