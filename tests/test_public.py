"""A public atlas: what it leaves out, how coarse it is, and that it says so (rules on what public maps may show)."""

import json
import re
from itertools import pairwise

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from conftest import mast_layer
from opened import geometries, placed, records, said

from nanyi_gis.atlas.layers import vector_layers
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.atlas.withheld import withheld_records
from nanyi_gis.plan import coarse_text, load_plan, withheld
from nanyi_gis.study import load_study

GIVEN = {
    "study": None, "dem": [], "roads": None, "boundaries": None, "assume_datum": None, "crops": [],
    "resolution": 2000.0, "noding": "vertices", "rasters": {}, "population": None,
}  # fmt: skip
DATA = {".gpkg", ".kml", ".dxf", ".qgz", ".xlsx", ".txt"}
NEVER = {  # by hand from the rules: what must not be on a public map, with the words by which one would know it
    "E-01": "页岩气、煤层气勘探",
    "E-04": "箭竹坪",
    "E-05": "叙永县风电",
    "E-06": "古蔺县风电",
    "I-14": "通用机场",
    "I-25": "变电站",
    "I-29": "永宁水库",
    "I-30": "观口水库",
    "I-31": "金龙水库",
    "I-35": "4G 基站",
}


@pytest.fixture(scope="module")
def atlas(tmp_path_factory):
    layer = mast_layer(tmp_path_factory.mktemp("own") / "own.geojson")
    return prepare(**GIVEN, layers=[layer], lang="zh", public=True)


@pytest.fixture(scope="module")
def built(public_atlas):
    """Return the folder of a public atlas."""
    return public_atlas


@pytest.fixture(scope="module")
def pages(built):
    return {path.name: said(path) for path in sorted(built.glob("*.html"))}


@pytest.fixture(scope="module")
def texts(built, pages):
    """All that is said in the files of the atlas, by their names."""
    return {**pages, **{path.name: said(path) for path in built.rglob("*") if path.suffix in DATA}}


def test_every_item_of_the_rules_is_marked_in_the_plan():
    hidden = {item.id for item in load_plan().items if not item.public}
    assert set(NEVER) <= hidden
    assert {record.id for record in withheld(load_plan()) if record.kind == "item"} == hidden


def test_items_places_checks_and_milestones_that_are_not_public_are_gone(atlas):
    plan = load_plan()
    hidden = {item.id for item in plan.items if not item.public}
    shown = atlas.plan
    assert not hidden & {item.id for item in shown.items}
    assert all(not hidden & set(record.items) for record in (*shown.checks, *shown.milestones))
    assert shown.places["public"].all()
    assert len(shown.items) == len(plan.items) - len(hidden)


def names_withheld() -> list[str]:
    """Return names and quotes of what is withheld; what is still told of another item is none of them."""
    plan = load_plan()
    hidden = [item for item in plan.items if not item.public]
    texts = [record.name_zh for record in withheld(plan)] + [record.name_en for record in withheld(plan)]
    texts += [item.quote for item in hidden] + list(NEVER.values())
    kept = "\n".join(item.quote for item in plan.items if item.public)
    return sorted({text for text in texts if text and text not in kept})


def test_no_file_has_a_word_of_what_is_withheld(texts):
    assert {"atlas.html", "plan_items.html", "townships.html", "nanyi.gpkg", "nanyi.kml", "nanyi.dxf", "nanyi.qgz",
            "tables.xlsx", "先看我.txt"} <= set(texts)  # fmt: skip
    names = names_withheld()
    assert len(names) > 40
    for file, text in texts.items():
        assert "叙永" in text or "“南翼”" in text or "Xuyong" in text, f"{file} was read"
        assert not [name for name in names if name in text], file


def test_the_search_for_what_is_withheld_finds_it_where_it_is_told(built):
    told = (built / "manifest.json").read_text(encoding="utf-8")
    assert all(word in told for word in ("古蔺通用机场", "永宁水库"))
    record = json.loads(told)
    assert record["withheld"] == withheld_records(prepare(**GIVEN, layers=[], lang="zh", public=True))
    record["withheld"] = []
    rest = json.dumps(record, ensure_ascii=False)
    assert not [name for name in names_withheld() if name in rest]


def test_pages_say_that_things_are_withheld_and_leave_the_number_of_the_review_empty(atlas, pages):
    count = len(atlas.withheld)
    for file, html in pages.items():
        assert f"公开版：{count} 项" in html, file
        assert "审图号：＿＿＿" in html, file
        assert not re.search(r"审图号[：:]?\s*\S*[（(]\d{4}[)）]", html), file
    assert "公开版未表示的内容" in pages["index.html"]


def test_the_manifest_lists_id_name_rule_and_where(atlas):
    records = withheld_records(atlas)
    by_id = {record["id"]: record for record in records}
    assert set(NEVER) <= set(by_id)
    assert by_id["I-14"]["rule"] == "未公布的机场不得表示"
    assert by_id["I-29"]["rule"] == "水库的库容与坝体不得表示"
    assert by_id["I-35"]["rule"] == "通信设施的位置不得表示"
    for record in records:
        assert set(record) == {"id", "name", "rule", "where"}
        assert all(record.values())
    assert json.loads(json.dumps(records)) == records


def test_an_internal_atlas_withholds_nothing():
    made = prepare(**GIVEN, layers=[], lang="zh", public=False)
    assert withheld_records(made) == []
    assert made.withheld == ()
    assert made.plan.has(*NEVER)


def test_every_layer_is_on_a_grid_of_50_m(atlas):
    for name, layer in vector_layers(atlas).items():
        if isinstance(layer, gpd.GeoDataFrame):
            xy = shapely.get_coordinates(layer.geometry.to_crs(atlas.study.crs))
            assert np.abs(xy - np.round(xy / 50) * 50).max() < 0.01, name


def test_positions_in_columns_are_those_of_the_points(atlas):
    places = atlas.located
    degrees = places.geometry.to_crs(4326)
    assert np.allclose(places["lon"], degrees.x, atol=2e-5)
    assert np.allclose(places["lat"], degrees.y, atol=2e-5)
    exact = load_plan().places.set_index("id").loc[places["id"]]
    moved = np.hypot(places.geometry.x.to_numpy() - exact.geometry.x, places.geometry.y.to_numpy() - exact.geometry.y)
    assert 10 < moved.max() <= 50 / np.sqrt(2) + 0.01  # by hand: at most half the diagonal of a cell


def off_grid(points: gpd.GeoSeries) -> float:
    """Return the largest distance of coordinates from whole multiples of 50 m."""
    xy = shapely.get_coordinates(points.values if points.crs is None else points.to_crs(4544).values)
    return float(np.abs(xy - np.round(xy / 50) * 50).max(initial=0.0))


def test_what_a_page_draws_is_on_that_grid_too(built):
    for path in sorted(built.glob("*.html")):
        drawn = list(geometries(path))
        assert len(drawn) > 4 or path.name == "index.html", path.name
        for name, degrees in drawn:
            off = off_grid(gpd.GeoSeries(gpd.points_from_xy(*degrees.T), crs=4326))
            assert off < 1.0, (path.name, name)  # five decimals are 0.6 m


@pytest.mark.parametrize(("file", "least"), [("nanyi.gpkg", 12), ("nanyi.kml", 1), ("nanyi.dxf", 1)])
def test_what_is_handed_on_is_on_that_grid(built, file, least):
    found = list(placed(built / "data" / file))
    assert len(found) >= least
    for name, points in found:
        assert len(shapely.get_coordinates(points.values)) > 2, name
        assert off_grid(points) < 0.1, name  # the KML has six decimals


def test_no_text_tells_a_place_to_more_than_a_tenth_of_a_kilometre(texts):
    """Degrees in notes and sources; those of records and of the views of maps are held above."""
    in_words = re.compile(r"\d{2,3}\.\d{4,}\s?°?[NE]\b|\d+°\d+[′']\d+(?:\.\d+)?[″\"]")
    seats = re.compile(r"\d+\.\d{4}°E, \d+\.\d{4}°N")  # of townships, from coarse positions
    for file, text in texts.items():
        assert not in_words.findall(seats.sub("", text)), file


def test_the_seats_of_townships_are_told_from_their_coarse_positions(pages):
    told = re.findall(r"(\d+\.\d{2,})°E, (\d+\.\d{2,})°N", pages["townships.html"])
    assert len(told) > 40
    exact = [pair for pair in told if len(pair[0].partition(".")[2]) > 3]  # three decimals are 110 m
    if exact:
        assert off_grid(gpd.GeoSeries(gpd.points_from_xy(*np.array(exact, float).T), crs=4326)) < 6.0


def test_positions_of_the_gazetteer_are_coarse(pages):
    found = re.search(r'"gazetteer":\{"z":(\{"places":.*?\]\})', pages["bands.html"])
    rows = re.findall(r",(\d+\.\d+),(\d+\.\d+),\[", found[1])
    assert len(rows) > 100
    assert off_grid(gpd.GeoSeries(gpd.points_from_xy(*np.array(rows, float).T), crs=4326)) < 1.0


def test_heights_are_coarse(atlas, built):
    assert atlas.report["resolution_m"] >= 100
    stepped = 0
    for path in built.glob("*.html"):
        for _, record in records(path):
            meta = record.get("meta", {}) if isinstance(record, dict) else {}
            if meta.get("unit") == "m" and "step" in meta:
                stepped += 1
                assert meta["step"] >= 20
    assert stepped > 5
    for file in ("bands.tif", "slope.tif"):
        with rasterio.open(built / "data" / file) as raster:
            assert min(raster.res) >= 100
    places = gpd.read_file(built / "data" / "nanyi.gpkg", layer="places")
    for column in ("elevation_m", "elevation_min_m", "elevation_max_m"):
        heights = places[column].dropna()
        assert len(heights)
        assert (heights % 20 == 0).all(), column


def test_a_fine_elevation_model_is_made_coarse():
    made = prepare(**GIVEN | {"resolution": 90.0}, layers=[], lang="zh", public=True)
    assert made.report["resolution_m"] == 100


def test_tables_of_the_workbook_place_nothing_finer(built):
    book = openpyxl.load_workbook(built / "data" / "tables.xlsx", read_only=True)
    found = []
    for sheet in book:
        for row in sheet.iter_rows(values_only=True):
            pairs = [pair for pair in pairwise(row) if all(isinstance(value, float) for value in pair)]
            found += [(lon, lat) for lon, lat in pairs if 104 < lon < 107 and 27 < lat < 29 and round(lon, 5) == lon]
    assert len(found) > 100
    assert off_grid(gpd.GeoSeries(gpd.points_from_xy(*np.array(found).T), crs=4326)) < 1.0


def test_the_study_for_the_public_has_valid_coarse_boundaries_that_still_meet():
    study = load_study()
    public = study.for_public()
    assert public.counties.geometry.is_valid.all()
    assert public.neighbours.geometry.is_valid.all()
    for frame in (public.counties, public.neighbours, public.frontage):
        assert off_grid(frame.geometry) < 1e-6
    assert public.outline.area == pytest.approx(study.outline.area, rel=1e-4)
    one, other = public.counties.geometry
    assert one.intersection(other).area == 0
    assert len(public.frontage) == len(study.frontage)
    assert study.counties.geometry.equals(load_study().counties.geometry)  # the study itself stays as it is


@pytest.mark.parametrize(
    ("text", "coarse"),
    [
        ("28.17095N 105.4327E", "28.171N 105.433E"),
        ("27°27′33″N, 106°13′13″E", "27°28′N, 106°13′E"),
        ("105°59'59.9\"", "106°00′"),
        ("105.5, 28.12, 12345.67891 m, 1.0000", "105.5, 28.12, 12345.67891 m, 1.0000"),
    ],
)
def test_degrees_in_texts(text, coarse):
    assert coarse_text(text) == coarse
