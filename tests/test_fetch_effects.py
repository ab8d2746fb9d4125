"""What is fetched changes the answers: land cover the suitable land, people the access, climate the class."""

import json

import numpy as np
import pytest
from affine import Affine
from fetch_server import serving
from test_fetch_layers import BOX, COVER, GHS, lay_tiles, tif, zipped

from nanyi_gis.cli import main
from nanyi_gis.raster import CogWriter, Grid, read_raster, write_cog
from nanyi_gis.sources.fetch import fetch
from nanyi_gis.suitability import evaluate, load_use, read_layers
from nanyi_gis.targets import township_population

CODES = np.array([[10, 20, 30, 40, 50, 60, 80, 90]], np.uint8)
LEFT_OUT = {
    "orange": {10, 40, 50, 80, 90},
    "plum": {10, 40, 50, 80, 90},
    "kiwifruit": {10, 40, 50, 80, 90},
    "sorghum": {10, 50, 80, 90},  # a field crop stands on cropland
}


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("NANYI_GIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def server():
    with serving() as service:
        yield service


@pytest.fixture
def cover(server, tmp_path):
    """Fetch land cover whose codes change every 0.1 degree eastward from 105 E."""
    row = np.repeat(np.tile(CODES[0], 4)[:30], 2)
    server.files[COVER.format("N27E105")] = tif(np.tile(row, (60, 1)), 105, 30, 0.05, nodata=0)
    fetch("landcover", tmp_path / "cover", base_url=server.url, bbox=BOX)
    return tmp_path / "cover" / "landcover.tif"


def plain(height=500.0):
    """Return flat land of one height in degrees, 0.02 a cell, within the box."""
    grid = Grid(4326, Affine(0.02, 0, 105.0, 0, -0.02, 28.6), 70, 40)
    return grid.array(np.full(grid.shape, height, np.float32))


def run(*arguments):
    assert main([str(argument) for argument in arguments]) == 0


@pytest.mark.parametrize("crop", sorted(LEFT_OUT))
def test_forest_cropland_water_and_built_land_leave_the_suitable_area(cover, crop):
    height = {"plum": 800.0, "kiwifruit": 1000.0}.get(crop, 500.0)
    dem, use = plain(height), load_use(crop)
    layers, notes = read_layers({"land_cover": cover}, dem, uses=[use])
    codes = layers["land_cover"].values.astype(int)
    assert codes[0, :10].tolist() == [10] * 5 + [20] * 5
    before, after = evaluate(dem, use=use)["cls"].values, evaluate(dem, use=use, layers=layers)["cls"].values
    assert (before < 4).any()
    gone = np.isin(codes, sorted(LEFT_OUT[crop]))
    assert (after[gone] == 4).all()
    assert (after[~gone & (before < 4)] < 4).all()  # shrub, grass and bare land stay in some class
    assert notes == []


def test_the_command_takes_the_fetched_layer_as_it_is(cover, tmp_path, capsys):
    dem = write_cog(plain(), tmp_path / "dem.tif", nodata=-9999)
    for name, more in (("without", []), ("with", ["--layer", f"land_cover={cover}"])):
        run("suitability", dem, "--crop", "orange", "--out", tmp_path / name, *more)
    suitable = {
        name: np.isin(read_raster(tmp_path / name / "class_orange.tif").values, (1, 2, 3)).sum()
        for name in ("without", "with")
    }
    assert 0 < suitable["with"] < suitable["without"]
    assert "code" not in capsys.readouterr().err  # no code of its legend is unknown to the crop


def test_people_of_a_raster_replace_the_census(server, tmp_path):
    name = "GHS_POP_E2020_GLOBE_R2023A_4326_3ss"
    people = np.full((100, 100), 1.0)
    people[5:15, 54:64] = 1000.0  # 105.392 to 106.392 E, 27.6 to 28.6 N
    member = f"{name}_V1_0_R7_C29.tif"
    server.files[GHS.format(name)] = zipped(**{member: tif(people, 99.992, 29.1, 0.1, nodata=-200.0)})
    fetch("population", tmp_path / "people", base_url=server.url, bbox=BOX)
    file = tmp_path / "people" / "population.tif"
    from nanyi_gis.study import load_study

    area = load_study()
    raster = read_raster(file, kind="quantity")
    given = township_population(study=area, raster=raster, counties=area.counties)
    inside = raster.where(np.isfinite(raster), 0).sum().item() - given.attrs.get("outside", 0.0)
    assert given["population"].sum() <= raster.where(np.isfinite(raster), 0).sum().item()
    assert given["population"].sum() == pytest.approx(inside, rel=1e-6) or given["population"].sum() > 0
    for place, more in (("census", []), ("raster", ["--population", file])):
        run("access", "--scenario", "2022", "--out", tmp_path / place, *more)
    shares = {p: (tmp_path / p / "summary.csv").read_text(encoding="utf-8") for p in ("census", "raster")}
    assert shares["census"] != shares["raster"]


def test_codes_are_never_summed_as_people(cover, tmp_path, capsys):
    assert main(["access", "--scenario", "2022", "--population", str(cover), "--out", str(tmp_path / "a")]) == 2
    assert "landcover.tif holds classes (tree cover), no people" in capsys.readouterr().err
    assert main(["check", str(cover)]) in (0, 2)
    (told,) = [line for line in capsys.readouterr().out.splitlines() if "population (access" in line]
    assert "no: " in told


def test_heights_are_never_summed_as_people(tmp_path, capsys):
    grid = Grid("EPSG:4326", Affine(0.1, 0, 105.0, 0, -0.1, 28.6), 15, 12)
    path = tmp_path / "dem.tif"
    with CogWriter(path, grid, dtype="float32", nodata=-9999.0, unit="m") as writer:
        writer.write(np.full(grid.shape, 700, np.float32), 0, 0)
        writer.finish()
    assert main(["access", "--scenario", "2022", "--population", str(path), "--out", str(tmp_path / "a")]) == 2
    assert "dem.tif has the unit m, no people" in capsys.readouterr().err


def test_rain_and_temperature_of_worldclim_overrule_the_climate_file(server, tmp_path):
    lay_tiles(server)
    fetch("climate", tmp_path / "climate", base_url=server.url, bbox=BOX)
    dem, use = plain(), load_use("orange")
    files = {
        name: tmp_path / "climate" / f"{name}.tif"
        for name in ("mean_temperature", "january_temperature", "rain", "accumulated_temperature")
    }
    layers, _ = read_layers(files, dem, uses=[use])
    assert 17 < float(layers["mean_temperature"].mean()) < 18
    assert 763 < float(layers["rain"].mean()) < 780
    assert not np.array_equal(
        evaluate(dem, use=use)["score"].values, evaluate(dem, use=use, layers=layers)["score"].values
    )


@pytest.mark.slow
def test_the_atlas_takes_them_and_shows_whose_they_are(cover, server, tmp_path, kept_only):
    kept_only("suitability", "access")
    name = "GHS_POP_E2020_GLOBE_R2023A_4326_3ss"
    member = f"{name}_V1_0_R7_C29.tif"
    server.files[GHS.format(name)] = zipped(**{member: tif(np.full((100, 100), 9.0), 99.992, 29.1, 0.1, nodata=-200.0)})
    fetch("population", tmp_path / "people", base_url=server.url, bbox=BOX)
    people = tmp_path / "people" / "population.tif"
    out = tmp_path / "maps"
    given = ["--layer", f"land_cover={cover}", "--population", people]
    run("build", "--out", out, "--lang", "en", "--resolution", "900", *given)
    page = (out / "suitability_orange.html").read_text(encoding="utf-8")
    assert "© ESA WorldCover project 2021" in page
    assert "rasters given: land cover" in page
    assert "nor existing orchards" in page
    access = (out / "access_hospital.html").read_text(encoding="utf-8")
    assert "People: the raster given" in access
    assert "Joint Research Centre" in access
    inputs = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["inputs"]
    roles = {record["role"]: record for record in inputs if "role" in record}
    assert roles["layer land_cover"]["licence"] == "CC BY 4.0"
    assert "Joint Research Centre" in roles["population"]["attribution"]


def test_a_layer_of_the_atlas_that_no_crop_knows_or_that_is_given_twice_is_one_line(cover, tmp_path, capsys):
    for more, words in (
        (["--layer", f"moon={cover}"], "layer 'moon' is used by none of the uses"),
        (["--layer", f"land_cover={cover}", "--layer", f"land_cover={tmp_path / 'b.tif'}"], "gives 'land_cover' twice"),
        (["--layer", f"land_cover={tmp_path / 'none.tif'}"], "none.tif"),
    ):
        assert main(["build", "--out", str(tmp_path / "maps"), *more]) == 2
        assert words in capsys.readouterr().err
        assert not (tmp_path / "maps").exists()


def test_sources_lists_what_was_fetched(cover, capsys):
    run("sources", "--format", "csv")
    assert "ESA WorldCover" in capsys.readouterr().out
