import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
from conftest import COARSE
from rasterio.transform import from_origin
from shapely.geometry import GeometryCollection, LineString, Point, box
from test_atlas_pages import star_of_roads

from nanyi_gis import io
from nanyi_gis.atlas import build_atlas, page_weights
from nanyi_gis.cli import main
from nanyi_gis.datum import shift_frame
from nanyi_gis.study import geodesic_area_km2, load_study


@pytest.fixture(scope="module")
def atlas(coarse_atlas) -> Path:
    return coarse_atlas


@pytest.fixture(scope="module")
def manifest(atlas) -> dict:
    return json.loads((atlas / "manifest.json").read_text(encoding="utf-8"))


def write_dem(path: Path, values: np.ndarray, *, west: float, north: float, step: float, **extra) -> Path:
    profile = {"crs": "EPSG:4326", "nodata": -9999.0, **extra}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        dtype="float32",
        transform=from_origin(west, north, step, step),
        **profile,
    ) as dataset:
        dataset.write(values.astype(np.float32), 1)
    return path


def slope_of_study(path: Path, *, factor: float = 1.0, west: float = 104.9, **extra) -> Path:
    """Write a DEM over the study area that falls from 1500 m in the west to 500 m in the east."""
    columns = np.linspace(1500, 500, 320)
    return write_dem(path, np.tile(columns, (240, 1)) * factor, west=west, north=28.75, step=0.005, **extra)


def pages_of(folder: Path) -> list[Path]:
    """Return the pages of one theme each; the single file of all is packed."""
    return sorted(path for path in folder.glob("*.html") if path.name != "atlas.html")


def refused(capsys, *arguments: str) -> str:
    """Run the command line; return its one line of refusal."""
    status = main([*arguments])
    captured = capsys.readouterr()
    assert status == 2, captured
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, captured.err
    assert "Traceback" not in captured.err
    return lines[0]


def test_the_atlas_has_its_pages_layers_and_manifest(atlas):
    files = {path.relative_to(atlas).as_posix() for path in atlas.rglob("*") if path.is_file()}
    assert {"index.html", "overview.html", "bands.html", "atlas.html", "先看我.txt", "manifest.json"} <= files
    assert {"data/nanyi.gpkg", "data/bands.tif", "data/slope.tif"} <= files
    assert not [name for name in files if name.startswith(".")]


def test_every_page_is_under_4_mb_and_calls_its_terrain_a_demonstration(atlas):
    for page in pages_of(atlas):
        text = page.read_text(encoding="utf-8")
        assert len(text.encode()) < 4_000_000, page.name
        assert "示范地形" in text, page.name
        assert "模型高程" in text, page.name
        assert "未经审图" in text, page.name


def test_no_page_asks_for_anything_outside_itself(atlas):
    for page in atlas.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "Content-Security-Policy" in text
        for address in re.findall(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)=["']([^"']*)""", text):
            assert address.startswith("data:"), (page.name, address[:80])


def test_links_between_pages_lead_somewhere(atlas):
    for page in atlas.glob("*.html"):
        markup = re.sub(r"<script>.*?</script>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for address in re.findall(r"""<a [^>]*href=["']([^"'#]+)""", markup):
            assert (atlas / address).is_file(), (page.name, address)


def test_the_geopackage_holds_every_layer_with_evidence(atlas):
    layers = {name for name, _ in pyogrio.list_layers(atlas / "data" / "nanyi.gpkg")}
    spatial = {"counties", "neighbours", "chishui_frontage", "places", "corridors", "liquor_clusters", "fruit_belts"}
    assert spatial | {"places_unlocated", "plan_items", "plan_checks", "wellness_cores"} <= layers
    for name in spatial:
        frame = io.read_vector(atlas / "data" / "nanyi.gpkg", layer=name)
        assert {"source", "as_of", "evidence", "uncertainty_m"} <= set(frame.columns), name
        assert frame["evidence"].isin(io.EVIDENCE).all(), name
        assert not frame.geometry.is_empty.any(), name
    items = pyogrio.read_dataframe(atlas / "data" / "nanyi.gpkg", layer="plan_items")
    assert len(items) == 237
    for name in ("band_areas", "plan_items", "plan_checks"):
        table = pyogrio.read_dataframe(atlas / "data" / "nanyi.gpkg", layer=name)
        assert table[["source", "as_of", "evidence"]].notna().all(axis=None), name
    unlocated = pyogrio.read_dataframe(atlas / "data" / "nanyi.gpkg", layer="places_unlocated")
    assert "东新镇" in set(unlocated["name_zh"])


def test_band_figures_add_up_to_the_counties(manifest):
    bands = [figure for figure in manifest["figures"] if figure["page"] == "bands.html"]
    study = load_study()
    for county in study.counties.itertuples():
        total = sum(figure["value"] for figure in bands if figure["name"].startswith(county.name_zh))
        assert total == pytest.approx(county.area_km2, rel=2e-3)
    areas = geodesic_area_km2(study.counties.geometry)
    np.testing.assert_allclose(areas, study.counties["area_km2"], rtol=1e-6)


def test_every_figure_has_a_method_and_an_evidence_grade(manifest):
    assert manifest["figures"]
    for figure in manifest["figures"]:
        assert figure["method"], figure
        assert figure["evidence"] in io.EVIDENCE, figure
    assert any("四(六)1" in figure["clause"] for figure in manifest["figures"])


def test_the_manifest_knows_inputs_and_outputs(atlas, manifest):
    for record in manifest["outputs"]:
        assert io.sha256(atlas / record["file"]) == record["sha256"]
    embedded = [record for record in manifest["inputs"] if record.get("file", "").startswith("data/")]
    assert len(embedded) >= 8
    for record in embedded:
        assert io.sha256(io.data_file(record["file"].removeprefix("data/"))) == record["sha256"]
    assert any("示范地形" in note for note in manifest["notes"])
    assert not re.search(r"20\d\d-\d\d-\d\dT\d\d:\d\d", json.dumps(manifest))


def test_two_builds_have_the_same_pages(atlas, coarse_english):
    """Each book has the pages of both languages; the two were made in another order, and often by another process."""
    first, second = (stored_in(folder) for folder in (atlas, coarse_english))
    pages = {name for name in first if name.startswith("t-")}
    assert len(pages) >= 2 * len(pages_of(atlas))
    assert pages == {name for name in second if name.startswith("t-")}
    assert [name for name in sorted(pages) if first[name] != second[name]] == []
    for name in ("bands.tif", "slope.tif"):
        assert io.sha256(atlas / "data" / name) == io.sha256(coarse_english / "data" / name)


def test_two_builds_give_the_same_bytes(tmp_path, kept_only):
    kept_only("overview", "plan_items", "siting_charging")
    for name in ("one", "two"):
        build_atlas(tmp_path / name, resolution=2000.0)
    first, second = (
        {path.relative_to(folder): io.sha256(path) for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert {Path("index.html"), Path("manifest.json"), Path("data/nanyi.gpkg"), Path("data/tables.xlsx")} <= set(first)
    assert first == second


def stored_in(folder: Path) -> dict[str, str]:
    """Return what stands in the book of an atlas by its name."""
    html = (folder / "atlas.html").read_text(encoding="utf-8")
    return dict(re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, re.DOTALL))


def test_the_users_dem_takes_the_demonstration_label_away(tmp_path, capsys):
    """With roads and people of the user's own too: every page is made of them."""
    dem = slope_of_study(tmp_path / "高程 数据.tif")
    roads = star_of_roads(tmp_path / "roads.gpkg")
    people = write_dem(tmp_path / "people.tif", np.full((24, 32), 200.0), west=104.9, north=28.75, step=0.05)
    given = ["--dem", str(dem), "--roads", str(roads), "--population", str(people)]
    assert main(["build", *given, "--out", str(tmp_path / "out"), "--resolution", "2000", "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert told.out.strip().endswith("index.html")
    assert re.search(r"^atlas\.html +\d+ +6000$", told.err, re.MULTILINE)
    for page in pages_of(tmp_path / "out"):
        text = page.read_text(encoding="utf-8")
        assert "Demonstration terrain" not in text
        assert "高程 数据.tif" in text
        assert 'lang="en"' in text


def test_a_public_atlas_leaves_out_and_coarsens(public_atlas):
    public = public_atlas
    places = io.read_vector(public / "data" / "nanyi.gpkg", layer="places")
    assert np.allclose(places.geometry.x % 50, 0)
    items = pyogrio.read_dataframe(public / "data" / "nanyi.gpkg", layer="plan_items")
    assert not {"I-14", "I-25"} & set(items["id"])
    assert "古蔺通用机场" not in (public / "index.html").read_text(encoding="utf-8")


def test_a_public_atlas_is_not_finer_than_100_m(public_atlas):
    with rasterio.open(public_atlas / "data" / "slope.tif") as dataset:
        assert dataset.res[0] >= 100


@pytest.mark.parametrize("made", ["public_atlas", "atlas"])
def test_every_page_keeps_to_its_budget(made, request):
    pages = page_weights(request.getfixturevalue(made))
    assert {page.file for page in pages} >= {"index.html", "atlas.html", "overview.html", "bands.html"}
    assert [f"{page.file} {page.size}" for page in pages if not page.within] == []
    assert {page.most for page in pages if page.file != "atlas.html"} == {1_200_000}


def test_the_manifest_says_what_the_pages_weigh(atlas, manifest):
    sizes = {path.name: path.stat().st_size for path in atlas.glob("*.html")}
    assert {record["page"]: record["bytes"] for record in manifest["budget"]} == sizes


def test_own_layers_and_hostile_names_are_shown_as_text(tmp_path, kept_only):
    kept_only("overview", "bands")
    frame = gpd.GeoDataFrame(
        {"name": ["<img src=x onerror=alert(1)>", "`${alert(2)}`</script>"]},
        geometry=[Point(105.5, 28.1), Point(105.9, 28.0)],
        crs=4326,
    )
    frame.to_file(tmp_path / "own.gpkg", engine="pyogrio")
    mixed = GeometryCollection([Point(105.7, 28), box(105.7, 28, 105.8, 28.1), LineString([(105.5, 28), (105.6, 28)])])
    (tmp_path / "second").mkdir()
    gpd.GeoDataFrame({"fid": ["kept"]}, geometry=[mixed], crs=4326).to_file(tmp_path / "second" / "OWN.geojson")
    build_atlas(
        tmp_path / "out", layers=[tmp_path / "own.gpkg", tmp_path / "second" / "OWN.geojson"], resolution=COARSE
    )
    text = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")
    assert "<img src=x" not in text
    assert text.count('"kept"') == 3  # point, line and polygon of the collection
    names = {name for name, _ in pyogrio.list_layers(tmp_path / "out" / "data" / "nanyi.gpkg")}
    assert {"own_own", "own_OWN_2"} <= names


def test_own_boundaries_replace_the_counties(tmp_path, kept_only):
    kept_only("overview")
    one = load_study().counties.iloc[[0]][["name_zh", "geometry"]]
    one.to_file(tmp_path / "one.gpkg", engine="pyogrio")
    build_atlas(tmp_path / "out", boundaries=tmp_path / "one.gpkg", resolution=COARSE)
    counties = io.read_vector(tmp_path / "out" / "data" / "nanyi.gpkg", layer="counties")
    assert counties["name_zh"].tolist() == ["叙永县"]


def test_own_boundaries_may_have_any_names(tmp_path, kept_only):
    kept_only("overview", "bands")
    counties = load_study().counties[["name_en", "geometry"]].rename(columns={"name_en": "name"})
    north, south = counties.iloc[[0]], counties.iloc[[1]].assign(name="南片")
    pd.concat([north, south]).to_file(tmp_path / "own.gpkg", engine="pyogrio")
    build_atlas(tmp_path / "out", boundaries=tmp_path / "own.gpkg", resolution=COARSE)
    figures = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["figures"]
    assert {"Xuyong", "南片"} <= {figure["name"] for figure in figures}


class TestBadInput:
    """Each is refused with one line, status 2, and nothing is written."""

    @pytest.fixture(autouse=True)
    def _nothing_written(self, tmp_path):
        yield
        assert not (tmp_path / "out").exists()

    def build(self, capsys, tmp_path, *arguments: str) -> str:
        return refused(capsys, "build", "--out", str(tmp_path / "out"), "--resolution", "400", *arguments)

    def test_missing_file(self, capsys, tmp_path):
        assert "none.tif" in self.build(capsys, tmp_path, "--dem", str(tmp_path / "none.tif"))

    def test_no_raster(self, capsys, tmp_path):
        (tmp_path / "text.tif").write_text("no raster")
        assert "text.tif" in self.build(capsys, tmp_path, "--dem", str(tmp_path / "text.tif"))

    def test_no_crs(self, capsys, tmp_path):
        dem = slope_of_study(tmp_path / "dem.tif", crs=None)
        assert "CRS" in self.build(capsys, tmp_path, "--dem", str(dem))

    def test_partly_covering(self, capsys, tmp_path):
        dem = slope_of_study(tmp_path / "dem.tif", west=105.7)
        line = self.build(capsys, tmp_path, "--dem", str(dem))
        assert "%" in line
        assert "km2" in line or "km²" in line

    def test_elsewhere(self, capsys, tmp_path):
        dem = slope_of_study(tmp_path / "dem.tif", west=10.0)
        assert "cover" in self.build(capsys, tmp_path, "--dem", str(dem))

    def test_all_nodata(self, capsys, tmp_path):
        dem = write_dem(tmp_path / "dem.tif", np.full((240, 320), -9999.0), west=104.9, north=28.75, step=0.005)
        assert "nodata" in self.build(capsys, tmp_path, "--dem", str(dem))

    @pytest.mark.parametrize(("factor", "unit"), [(3.28084, "feet"), (10.0, "decimetres"), (0.0, "no unit of height")])
    def test_other_unit(self, capsys, tmp_path, factor, unit):
        dem = slope_of_study(tmp_path / "dem.tif", factor=factor)
        assert unit in self.build(capsys, tmp_path, "--dem", str(dem))

    @pytest.mark.parametrize("datum", ["gcj02", "bd09"])
    def test_boundaries_on_a_web_map_datum(self, capsys, tmp_path, datum):
        counties = load_study().counties[["name_zh", "geometry"]].to_crs(4326)
        shift_frame(counties, target=datum).to_file(tmp_path / "shifted.gpkg", engine="pyogrio")
        line = self.build(capsys, tmp_path, "--boundaries", str(tmp_path / "shifted.gpkg"))
        assert "--assume-datum" in line

    def test_resolution_zero(self, capsys, tmp_path):
        line = refused(capsys, "build", "--out", str(tmp_path / "out"), "--resolution", "0")
        assert "resolution" in line

    def test_unknown_language(self, capsys, tmp_path):
        assert "'fr'" in self.build(capsys, tmp_path, "--lang", "fr")


def test_assumed_datum_is_converted(tmp_path, kept_only):
    kept_only("overview", "bands")
    counties = load_study().counties[["name_zh", "geometry"]].to_crs(4326)
    shift_frame(counties, target="gcj02").to_file(tmp_path / "shifted.gpkg", engine="pyogrio")
    build_atlas(tmp_path / "out", boundaries=tmp_path / "shifted.gpkg", assume_datum="gcj02", resolution=COARSE)
    back = io.read_vector(tmp_path / "out" / "data" / "nanyi.gpkg", layer="counties").to_crs(4544)
    overlap = back.geometry.iloc[0].intersection(load_study().counties.geometry.iloc[0]).area
    assert overlap == pytest.approx(load_study().counties.geometry.iloc[0].area, rel=1e-5)


def test_an_output_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    line = refused(capsys, "build", "--out", str(tmp_path / "out"), "--resolution", "400")
    assert "cannot write" in line
    assert (tmp_path / "out").read_text() == "mine"


def test_a_full_disk_leaves_the_old_atlas(tmp_path, capsys, monkeypatch, kept_only):
    kept_only("overview", "bands")
    (tmp_path / "index.html").write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nanyi_gis.atlas.build.write_manifest", full)
    line = refused(capsys, "build", "--out", str(tmp_path), "--resolution", "400")
    assert "full" in line
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "old"
