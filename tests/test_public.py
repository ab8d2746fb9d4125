"""A public atlas: what it leaves out, how coarse it is, and that it says so (rules on what public maps may show)."""

import base64
import gzip
import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nanyi_gis.atlas import cover
from nanyi_gis.atlas.inputs import embedded_inputs
from nanyi_gis.atlas.layers import vector_layers
from nanyi_gis.atlas.pages import make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.atlas.withheld import withheld_records
from nanyi_gis.plan import load_plan, withheld

GIVEN = {
    "study": None, "dem": [], "roads": None, "boundaries": None, "assume_datum": None, "crops": [],
    "resolution": 1000.0, "noding": "vertices", "rasters": {}, "population": None,
}  # fmt: skip
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
def mast(tmp_path_factory):
    """Return a layer of the user's own at positions of centimetres."""
    path = tmp_path_factory.mktemp("own") / "own.geojson"
    lines = [shapely.LineString([(105.41234567, 28.1), (105.51234567, 28.2)])]
    points = [shapely.Point(105.51234567, 28.01234567)]
    gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[*lines, *points], crs=4326).to_file(path)
    return path


@pytest.fixture(scope="module")
def atlas(mast):
    return prepare(**GIVEN, layers=[mast], lang="zh", public=True)


@pytest.fixture(scope="module")
def pages(atlas):
    return [page for _, group in make_pages(atlas) for page in group]


def told(html: str) -> str:
    """Return a page with its packed records unpacked, without pictures."""
    html = re.sub(r"data:image/[^\"']+", "", html)

    def opened(match: re.Match[str]) -> str:
        content = gzip.decompress(base64.b64decode(match[1]))
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content[4:].decode("utf-8", "ignore")

    return re.sub(r'"z":"([A-Za-z0-9+/=]+)"', opened, html)


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


def test_no_page_has_a_word_of_what_is_withheld(atlas, pages):
    texts = {page.file: told(page.page.html()) for page in pages}
    texts["index.html"] = cover.make(atlas, pages, embedded_inputs(atlas))
    for file, text in texts.items():
        found = [word for word in NEVER.values() if word in text]
        assert not found, (file, found)


def test_pages_say_that_things_are_withheld_and_leave_the_number_of_the_review_empty(atlas, pages):
    count = len(atlas.withheld)
    for page in pages:
        html = page.page.html()
        assert f"公开版：{count} 项" in html
        assert "审图号：＿＿＿" in html
        assert not re.search(r"审图号[：:]?\s*\S*[（(]\d{4}[)）]", html)
    assert "公开版未表示的内容" in cover.make(atlas, pages, embedded_inputs(atlas))


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
    made = prepare(**GIVEN | {"resolution": 1000.0}, layers=[], lang="zh", public=False)
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


def test_what_a_page_draws_is_on_that_grid_too(atlas, pages):
    page = next(page for page in pages if page.file == "overview.html").page
    for record in page._records:
        meta, data = record.record["meta"], record.record["data"]
        if meta.get("kind") not in {"points", "lines"} or "xy" not in data:
            continue
        degrees = np.cumsum(np.reshape(data["xy"], (-1, 2)), axis=0) / 1e5
        xy = shapely.get_coordinates(gpd.GeoSeries(gpd.points_from_xy(*degrees.T), crs=4326).to_crs(atlas.study.crs))
        assert np.abs(xy - np.round(xy / 50) * 50).max() < 1.0, meta["name"]  # five decimals are 0.6 m


def test_heights_are_coarse(atlas, pages):
    assert atlas.report["resolution_m"] >= 100
    for page in pages:
        for record in page.page._records:
            meta = record.record["meta"]
            if meta.get("unit") == "m" and "step" in meta:
                assert meta["step"] >= 20
