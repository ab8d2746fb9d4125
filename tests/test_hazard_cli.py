"""``nanyi-gis hazard``: files, tags, notes, and one line for bad input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from terrain_rasters import hills, raster

from nanyi_gis.cli import main
from nanyi_gis.hazard import infinite_slope, read_soil
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import write_cog

ORIGIN = (560_000.0, 3_110_000.0)
SIDE = 80
SOIL = "cohesion_kpa = [1, 8]\nfriction_deg = [22, 36]\ndepth_m = [1, 3]\nunit_weight_kn_m3 = [17, 20]\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hazard")
    z = hills((SIDE, SIDE), seed=4)
    dem = raster(z, origin=ORIGIN)
    write_cog(dem, folder / "dem.tif", nodata=-9999)
    write_cog(raster(np.ones_like(z), origin=ORIGIN), folder / "people.tif", nodata=-1)
    random = np.random.default_rng(2)
    hidden = random.normal(size=z.shape)
    write_cog(raster(hidden.astype("float32"), origin=ORIGIN), folder / "rock.tif", nodata=-9999)
    cells = random.choice((SIDE - 4) ** 2, size=300, replace=False)
    rows, columns = 2 + cells // (SIDE - 4), 2 + cells % (SIDE - 4)
    slid = random.random(300) < 1 / (1 + np.exp(-3 * hidden[rows, columns]))
    at = shapely.points(dem.x.values[columns], dem.y.values[rows])
    places = gpd.GeoDataFrame({"slide": slid.astype(int)}, geometry=at, crs=4544)
    halls = gpd.GeoDataFrame({"area_m2": [90.0, 4000.0], "kind": ["short", "medium"]}, geometry=at[:2], crs=4544)
    x, y = dem.x.values, dem.y.values
    line = shapely.LineString([(x[2], y[2]), (x[40], y[40]), (x[-3], y[40])])
    layers = {
        "slides": places,
        "few": places[places["slide"] == 1].head(29),
        "oneclass": places[places["slide"] == 1],
        "noise": places.assign(slide=(random.random(300) < 0.4).astype(int)),
        "halls": halls,
        "roads": gpd.GeoDataFrame({"highway": ["primary"]}, geometry=[line], crs=4544),
        "homes": gpd.GeoDataFrame(geometry=[shapely.Point(x[2], y[2])], crs=4544),
        "towns": gpd.GeoDataFrame(geometry=[shapely.Point(x[-3], y[40])], crs=4544),
    }
    for name, layer in layers.items():
        write_gpkg({name: layer}, folder / f"{name}.gpkg")
    (folder / "soil.toml").write_text(SOIL, encoding="utf-8")
    (folder / "bad.toml").write_text(SOIL.replace("[22, 36]", "[36, 22]"), encoding="utf-8")
    return folder


def run(desk, *arguments, out):
    given = [str(desk / part) if "." in part and (desk / part).exists() else part for part in arguments]
    return main(["hazard", str(desk / "dem.tif"), "--out", str(out), *given])


def test_everything_at_once(desk, tmp_path, capsys):
    out = tmp_path / "o"
    arguments = ["--soil", "soil.toml", "--samples", "60", "--seed", "3", "--rain-threshold", "14.8,0.39"]
    arguments += ["--inventory", "slides.gpkg", "--block-m", "300", "--layer", f"rock={desk / 'rock.tif'}"]
    arguments += ["--shelters", "halls.gpkg", "--people", "people.tif", "--minutes", "10,60"]
    arguments += ["--roads", "roads.gpkg", "--from", "homes.gpkg", "--to", "towns.gpkg"]
    assert run(desk, *arguments, out=out) == 0
    told = capsys.readouterr()
    assert "no probability of a slide" in told.err
    assert "AUC 0." in told.out
    assert "slope alone 0." in told.out
    assert "% of the people within 60 minutes of a shelter" in told.out
    assert "of the roads closed: " in told.out
    with rasterio.open(desk / "dem.tif") as source:
        dem = raster(source.read(1), origin=ORIGIN, nodata=-9999)
    wanted = infinite_slope(dem, soil=read_soil(desk / "soil.toml"), samples=60, seed=3)
    with rasterio.open(out / "fails.tif") as source:
        np.testing.assert_array_equal(source.read(1), wanted["fails"].values)
        tags = source.tags()
    assert tags["FRICTION_DEG"] == "22 to 36"
    assert tags["SAMPLES"] == "60"
    assert "not validated" in tags["VALIDATION"]
    assert tags["SOIL"] == "soil.toml"
    with rasterio.open(out / "susceptibility.tif") as source:
        assert "held out" in source.tags()["VALIDATION"]
    skill = pd.read_csv(out / "skill.csv").set_index("what")
    assert skill.loc["gain", "low"] > 0
    assert skill.loc["logistic", "auc"] > skill.loc["slope alone", "auc"]
    assert pd.read_csv(out / "shelters.csv")["people"].sum() <= SIDE * SIDE
    assert pd.read_csv(out / "zones.csv")["people"].tolist() == [SIDE * SIDE]
    assert pd.read_csv(out / "roads.csv")["known"].tolist() == [1.0]
    closed = pd.read_csv(out / "closures.csv")
    assert closed["share"].tolist() == [0.05, 0.1, 0.2]
    assert pd.read_csv(out / "threshold.csv")["mm_per_hour"].iloc[0] == 14.8


def test_the_study_gives_the_soil(desk, tmp_path, capsys):
    assert run(desk, "--samples", "10", out=tmp_path / "o") == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["factor.tif", "fails.tif"]
    with rasterio.open(tmp_path / "o" / "fails.tif") as source:
        assert "not measured in the two counties" in source.tags()["SOIL_SOURCE"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--inventory", "oneclass.gpkg"], "the inventory is of one class, slides alone"),
        (["--inventory", "few.gpkg"], "the inventory is of one class, slides alone"),
        (["--inventory", "noise.gpkg", "--block-m", "300"], "does not beat slope"),
        (["--inventory", "slides.gpkg", "--block-m", "-5"], "block_m is -5.0 m, but must be above zero"),
        (["--soil", "bad.toml"], "friction_deg is 36 to 22, but must not fall"),
        (["--samples", "0"], "--samples is 0, but must be a whole number of at least 1"),
        (["--wetness", "flow"], "the soil has no recharge_per_m"),
        (["--rain-threshold", "15"], "--rain-threshold is '15', but must be two numbers"),
        (["--rain-threshold", "15,1.5"], "beta is 1.5, but must be below 1"),
        (["--roads", "roads.gpkg", "--prone", "2"], "--prone is 2, but must be a share"),
        (["--roads", "roads.gpkg", "--from", "homes.gpkg"], "--from and --to go together"),
        (["--people", "people.tif"], "has no effect without --shelters"),
        (["--surveyed", "halls.gpkg"], "has no effect without --inventory"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(desk, tmp_path, capsys, options, words):
    out = tmp_path / "o"
    assert run(desk, *options, out=out) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert "Traceback" not in told.err
    assert not out.exists()
