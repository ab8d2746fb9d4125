"""The commands suitability and explain, from outside: files, exit status, one clear line."""

import numpy as np
import pandas as pd
import pytest
import rasterio
import suitability_rasters as rasters

from nanyi_gis.cli import main
from nanyi_gis.errors import ParameterError
from nanyi_gis.io import data_file, read_raster, write_cog
from nanyi_gis.suitability import areas_table, embedded_crops, evaluate, explain, feasibility, load_crop


@pytest.fixture
def dem_file(tmp_path):
    return write_cog(rasters.jacksboro(), tmp_path / "dem.tif", nodata=-9999.0)


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_suitability_writes_what_the_design_says(tmp_path, dem_file, capsys):
    out = tmp_path / "out"
    assert run("suitability", dem_file, "--crop", "orange,bamboo", "--out", out, "--samples", 20, "--seed", 1) == 0
    names = {path.name for path in out.iterdir()}
    for crop in ("orange", "bamboo"):
        wanted = {f"suitability_{crop}.tif", f"class_{crop}.tif", f"limiting_{crop}.tif", f"areas_{crop}.csv"}
        assert wanted | {f"robustness_{crop}.tif"} <= names
    assert {"feasibility.csv", "band_probability.tif", "band_area_distribution.csv"} <= names
    heard = capsys.readouterr()
    assert "no layers for soil_ph" in heard.err
    with rasterio.open(out / "band_probability.tif") as dataset:
        assert 0 <= np.nanmin(dataset.read(1)) <= np.nanmax(dataset.read(1)) <= 1


def test_any_grid_in_any_crs_stays_on_its_own(tmp_path, dem_file):
    degrees = read_raster(dem_file).rio.reproject("EPSG:4326")
    path = write_cog(degrees, tmp_path / "degrees.tif", nodata=-9999.0)
    assert run("suitability", path, "--crop", "plum", "--out", tmp_path / "out") == 0
    with rasterio.open(tmp_path / "out/class_plum.tif") as dataset:
        assert dataset.crs.to_epsg() == 4326
        assert dataset.shape == degrees.shape


def test_zones_are_the_counties_where_the_dem_reaches_them(tmp_path, dem_file):
    run("suitability", dem_file, "--crop", "plum", "--out", tmp_path / "here")
    zones = set(pd.read_csv(tmp_path / "here/areas_plum.csv")["zone"])
    assert zones == {"叙永县", "古蔺县"}
    far = rasters.jacksboro().assign_coords(y=rasters.jacksboro().y + 1e6)
    path = write_cog(far, tmp_path / "far.tif", nodata=-9999.0)
    run("suitability", path, "--crop", "plum", "--out", tmp_path / "far")
    table = pd.read_csv(tmp_path / "far/areas_plum.csv")
    assert set(table["zone"]) == {"all"}


def test_a_crop_file_of_ones_own_needs_no_code(tmp_path, dem_file):
    own = tmp_path / "tea.toml"
    own.write_text(
        data_file("crops/plum.toml").read_text(encoding="utf-8").replace('id = "plum"', 'id = "tea"'), encoding="utf-8"
    )
    assert run("suitability", dem_file, "--crop", own, "--out", tmp_path / "out") == 0
    run("suitability", dem_file, "--crop", "plum", "--out", tmp_path / "plum")
    tea, plum = (
        rasterio.open(folder).read(1) for folder in (tmp_path / "out/class_tea.tif", tmp_path / "plum/class_plum.tif")
    )
    np.testing.assert_array_equal(tea, plum)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--crop", "banana"], "crop is 'banana', but must be one of: "),
        (["--crop", ""], "crops is empty"),
        (["--weights", "slope"], "--weights is 'slope', but must be NAME=VALUE"),
        (["--weights", "slope=steep"], "--weights is 'steep', but must be a finite number"),
        (["--weights", "soil_ph=0.5"], "layer 'soil_ph' is missing"),
        (["--layer", "soil_ph"], "--layer is 'soil_ph'"),
        (["--edges", "900,700"], "edges are 900, 700"),
        (["--samples", "-1"], "--samples is -1"),
        (["--samples", "19"], "--samples is 19, but an interval of 5 to 95 % needs 20"),
        (["--scheduler", "cloud"], "scheduler is 'cloud'"),
        (["--roads", "none.gpkg"], "no file none.gpkg"),
        (["--climate", "none.toml"], "no file none.toml"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, dem_file, capsys, options, words):
    assert run("suitability", dem_file, "--crop", "plum", "--out", tmp_path / "out", *options) == 2
    heard = capsys.readouterr().err.strip()
    assert words in heard
    assert "\n" not in heard
    assert not (tmp_path / "out").exists()


def test_help_has_an_example(capsys):
    for command in ("suitability", "explain"):
        assert run(command, "--help") == 0
        assert f"Example: nanyi-gis {command}" in capsys.readouterr().out


def place_of(dem, row, column):
    import pyproj

    to_degrees = pyproj.Transformer.from_crs(dem.rio.crs, 4326, always_xy=True)
    return to_degrees.transform(float(dem.x[column]), float(dem.y[row]))


@pytest.mark.parametrize("name", embedded_crops())
@pytest.mark.parametrize(("row", "column"), [(0, 0), (100, 200), (343, 402), (17, 0), (250, 31)])
def test_an_explanation_says_what_the_map_says(name, row, column):
    dem = rasters.jacksboro()
    result = evaluate(dem, crop=name)
    lon, lat = place_of(dem, row, column)
    told = explain(lon, lat, dem=dem, crop=name)
    assert told.score == result["score"].values[row, column]
    assert told.grade == result["cls"].flag_meanings[result["cls"].values[row, column] - 1]
    codes = dict(zip(result["limiting"].flag_values, result["limiting"].flag_meanings, strict=True))
    assert told.limiting.startswith(codes[result["limiting"].values[row, column]])
    assert told.elevation == pytest.approx(float(dem.values[row, column]))
    assert {reason.criterion for reason in told.reasons} == {c.id for c in load_crop(name).criteria if not c.layer}
    assert all(reason.source and reason.thresholds for reason in told.reasons)


def test_an_explanation_faces_the_right_way():
    for facing in (10, 90, 200, 315):
        dem = rasters.tilted(12, facing=facing)
        lon, lat = place_of(dem, 3, 4)
        told = explain(lon, lat, dem=dem, crop="plum")
        assert told.slope == pytest.approx(12, abs=0.01)
        assert told.aspect == pytest.approx(facing, abs=0.1)
        deviation = next(reason.value for reason in told.reasons if reason.criterion == "aspect")
        assert deviation == pytest.approx(abs((facing - 180 + 180) % 360 - 180), abs=0.1)


def test_explain_prints_values_limits_and_sources(dem_file, capsys):
    lon, lat = place_of(read_raster(dem_file), 100, 200)
    assert run("explain", lon, lat, "--dem", dem_file, "--crop", "sorghum") == 0
    text = capsys.readouterr().out
    for words in ("glutinous sorghum", "limiting factor", "S1 <= 6 deg", "水土保持法", "membership", "degC"):
        assert words in text


def test_explain_takes_layers_on_any_grid(tmp_path, dem_file, capsys):
    dem = read_raster(dem_file)
    soil = dem.copy(data=np.full(dem.shape, 4.7, "float32")).rio.reproject("EPSG:4326")
    path = write_cog(soil, tmp_path / "ph.tif", nodata=-1)
    lon, lat = place_of(dem, 100, 200)
    assert run("explain", lon, lat, "--dem", dem_file, "--crop", "orange", "--layer", f"soil_ph={path}") == 0
    assert "soil pH: 4.7 pH; membership 0.20, S3" in capsys.readouterr().out


def test_explain_uses_the_demonstration_dem(capsys):
    assert run("explain", "105.81", "28.04", "--crop", "orange") == 0
    assert "sweet orange 甜橙" in capsys.readouterr().out


def test_explain_says_that_the_ban_on_steep_fields_stays(capsys):
    assert run("explain", 105.81, 28.04, "--crop", "orange,sorghum", "--allow-steep") == 0
    assert capsys.readouterr().err == "note: sorghum stays banned above 25 degrees\n"


def test_explain_off_the_dem_is_one_clear_line(dem_file, capsys):
    assert run("explain", "28.04", "105.81", "--dem", dem_file) == 2
    assert "longitude first" in capsys.readouterr().err
    assert run("explain", "-80.5", "36.2", "--dem", dem_file) == 2
    assert "lies off the DEM" in capsys.readouterr().err


def table_of(**wanmu):
    rows = [("古蔺县", "< 700 m", grade, value / 0.15, value) for grade, value in wanmu.items()]
    return pd.DataFrame(rows, columns=["zone", "band", "class", "area_km2", "area_wanmu"])


@pytest.mark.parametrize(
    ("land", "words"),
    [
        ({"S1": 100, "S2": 100, "S3": 0}, "not what limits"),
        ({"S1": 10, "S2": 40, "S3": 0}, "tight"),
        ({"S1": 0, "S2": 20, "S3": 40}, "marginal"),
        ({"S1": 0, "S2": 5, "S3": 5}, "falls short"),
    ],
)
def test_feasibility_weighs_the_land(land, words):
    table = feasibility({"orange": table_of(**land)})
    total = table[table["kind"] == "sum"].iloc[0]
    assert total["target_wanmu"] == 40
    assert total["ratio"] == pytest.approx((land["S1"] + land["S2"]) / 40)
    assert words in total["assessment"]
    assert "modelled climate" in total["assumptions"]


def test_feasibility_takes_an_evaluation():
    dem = rasters.jacksboro()
    zones = (dem.copy(data=np.ones(dem.shape)).astype(np.int32)).assign_attrs(names=["古蔺县"])
    table = feasibility({"kiwifruit": areas_table(evaluate(dem, crop="kiwifruit", zones=zones))})
    assert table["clause"].tolist() == ["F-28", "F-31", "F-28 + F-31"]
    with pytest.raises(ParameterError, match="lacks area_km2"):
        feasibility({"orange": pd.DataFrame({"zone": [], "band": [], "class": []})})
