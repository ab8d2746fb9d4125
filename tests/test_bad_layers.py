"""Layers of the user's own that are odd: drawn with a word about it, or refused in one line."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from nanyi_gis._limits import PAGE_FEATURES
from nanyi_gis.atlas.pages import overview
from nanyi_gis.atlas.prepare import prepare, thinned
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError
from nanyi_gis.webmap import Page, shortened

BOX = (105, 27.6, 106.4, 28.5)
POINT = shapely.Point(105.5, 28.0)


def points(count: int = 1, **columns) -> gpd.GeoDataFrame:
    x = np.linspace(105.2, 106.2, count)
    given = columns or {"name": [f"p{k}" for k in range(count)]}
    return gpd.GeoDataFrame(given, geometry=gpd.points_from_xy(x, np.full(count, 28.0)), crs=4326)


def refused(path, tmp_path, capsys) -> str:
    """Return the one line in which a build refuses a layer."""
    assert main(["build", "--layer", str(path), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1, told
    assert "Traceback" not in told[0]
    assert not (tmp_path / "out").exists()
    return told[0]


def overview_of(*paths, lang: str = "zh", public: bool = False) -> Page:
    made = prepare(
        study=None, dem=[], roads=None, boundaries=None, assume_datum=None, layers=list(paths), crops=[],
        resolution=1000.0, lang=lang, public=public, noding="vertices", rasters={}, population=None,
    )  # fmt: skip
    (page,) = overview.make(made)
    return page.page


def own(page: Page) -> list[dict]:
    return [record.record for record in page._records if record.key.startswith("own")]


def test_a_layer_without_crs_is_refused(tmp_path, capsys):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        points().set_crs(None, allow_override=True).to_file(tmp_path / "bare.gpkg")
    assert "CRS" in refused(tmp_path / "bare.gpkg", tmp_path, capsys)


@pytest.mark.parametrize("what", ["no rows", "empty geometries"])
def test_an_empty_layer_is_refused(what, tmp_path, capsys):
    frame = points().iloc[:0] if what == "no rows" else points().set_geometry([shapely.Point()], crs=4326)
    frame.to_file(tmp_path / "empty.gpkg")
    assert "empty.gpkg" in refused(tmp_path / "empty.gpkg", tmp_path, capsys)


FAR = [  # off the earth, and the cure
    ((105.5, 95.0), "check the CRS"),
    ((105.5, -100.0), "check the CRS"),
    ((1e9, 28.0), "set the projected CRS"),
    ((543_550.0, 3_117_250.0), "set the projected CRS"),
    ((500.0, 28.0), "write it within ±180 degrees"),
]


@pytest.mark.parametrize(("at", "cure"), FAR)
def test_a_layer_off_the_earth_is_refused(at, cure, tmp_path, capsys):
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(at)], crs=4326).to_file(tmp_path / "far.gpkg")
    assert cure in refused(tmp_path / "far.gpkg", tmp_path, capsys)


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "有 5 个要素未画：坐标不在地球上"), ("en", "5 features are left out")]
)
def test_points_off_the_earth_among_others_are_left_out_and_told(lang, said, tmp_path):
    shapes = [POINT] * 6 + [shapely.Point(at) for at, _ in FAR]
    gpd.GeoDataFrame({"name": list("abcdefghijk")}, geometry=shapes, crs=4326).to_file(tmp_path / "far.gpkg")
    page = overview_of(tmp_path / "far.gpkg", lang=lang)
    assert said in page.html()
    assert [record["meta"]["features"] for record in own(page)] == [6]


def test_a_layer_that_lies_mostly_off_the_earth_is_refused(tmp_path, capsys):
    shapes = [POINT, *[shapely.Point(at) for at, _ in FAR[:2]]]
    gpd.GeoDataFrame({"name": list("abc")}, geometry=shapes, crs=4326).to_file(tmp_path / "far.gpkg")
    assert "check the CRS" in refused(tmp_path / "far.gpkg", tmp_path, capsys)


@pytest.mark.parametrize("at", [(105.5, 95.0), (400.0, 28.0), (543_550.0, 3_117_250.0)])
def test_a_page_refuses_a_point_off_the_earth(at):
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(at)], crs=4326)
    with pytest.raises(DataError, match=r"off the earth; check its CRS"):
        Page(title="T", bounds=BOX).add_points("p", frame)


def test_a_page_refuses_a_layer_without_crs_and_one_of_mixed_kinds():
    page = Page(title="T", bounds=BOX)
    with pytest.raises(DataError, match="has no CRS"):
        page.add_points("p", points().set_crs(None, allow_override=True))
    mixed = gpd.GeoDataFrame(geometry=[POINT, shapely.LineString([(105, 28), (106, 28)])], crs=4326)
    with pytest.raises(DataError, match="holds LineString, but add_points draws Point; split the layer by type"):
        page.add_points("p", mixed)


def test_a_page_draws_an_empty_layer_as_nothing():
    page = Page(title="T", bounds=BOX)
    page.add_points("p", points().iloc[:0], label="name", popup=[("name", "N")])
    page.add_polygons("a", points().iloc[:0])
    assert [record.record["meta"]["features"] for record in page._records] == [0, 0]
    assert "<!DOCTYPE html>" in page.html()


def test_a_million_features_are_thinned_evenly():
    count = 1_000_000
    frame = gpd.GeoDataFrame(
        {"n": np.arange(count)},
        geometry=gpd.points_from_xy(np.linspace(105, 106, count), np.full(count, 28.0)),
        crs=4326,
    )
    kept = thinned(frame)
    assert len(kept) == PAGE_FEATURES
    assert kept.attrs["of"] == count
    assert kept["n"].iloc[[0, -1]].tolist() == [0, count - 1]
    steps = np.diff(kept["n"])
    assert steps.min() >= 19  # by hand: a million over 50,000 is one in 20
    assert steps.max() <= 21
    assert len(frame) == count


def test_few_features_stay_as_they_are():
    frame = points(7)
    assert thinned(frame) is frame


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_that_a_layer_is_thinned(lang, tmp_path):
    points(60_000).to_file(tmp_path / "many.gpkg")
    page = overview_of(tmp_path / "many.gpkg", lang=lang)
    html = page.html()
    assert "60,000" in html
    assert "50,000" in html
    assert [record["meta"]["features"] for record in own(page)] == [50_000]


def test_mixed_geometries_are_drawn_by_kind(tmp_path):
    shapes = [
        POINT,
        shapely.MultiPoint([(105.3, 28), (105.4, 28)]),
        shapely.LineString([(105.2, 28), (105.6, 28.1)]),
        shapely.box(105.3, 28.0, 105.4, 28.1),
        shapely.GeometryCollection([shapely.Point(105.7, 28), shapely.LineString([(105.2, 28.2), (105.6, 28.3)])]),
    ]
    frame = gpd.GeoDataFrame({"name": list("abcde")}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "mixed.geojson")
    found = {
        record["meta"]["kind"]: record["meta"]["features"] for record in own(overview_of(tmp_path / "mixed.geojson"))
    }
    assert found == {"points": 4, "lines": 2, "polygons": 1}


@pytest.mark.parametrize(("lang", "said"), [("zh", "另有 {} 列"), ("en", "{} more columns")])
def test_of_300_columns_the_popup_says_how_many_it_leaves_out(lang, said, tmp_path):
    points(2, **{f"c{k}": [k, k] for k in range(300)}).to_file(tmp_path / "wide.gpkg")
    (record,) = own(overview_of(tmp_path / "wide.gpkg", lang=lang))
    shown = len(record["meta"]["popup"]) - 1
    assert 4 <= shown <= 20
    assert said.format(300 - shown) in str(record["texts"]["values"][-1])


def test_a_name_of_10_000_letters_is_short_in_labels_and_told_in_the_popup(tmp_path):
    name = "名" * 10_000
    points(1, name=[name]).to_file(tmp_path / "long.gpkg")
    (record,) = own(overview_of(tmp_path / "long.gpkg"))
    assert record["texts"]["label"] == ["名" * 79 + "…"]
    pairs = dict(zip(record["meta"]["popup"], record["texts"]["values"], strict=True))
    (told,) = pairs["name"]
    assert told.startswith("名" * 1999 + "…")
    assert "10,000" in told


@pytest.mark.parametrize("most", [2, 5, 80])
def test_a_shortened_text_is_never_longer_than_asked(most):
    for text in ("", "a", "ab", "x" * most, "x" * (most + 1), "𠮷" * 200):
        short = shortened(text, most)
        assert len(short) <= most
        assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
