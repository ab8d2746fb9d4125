"""Irrigated and rain-fed: classes, flags, areas, draws of limits, reasons in words, and the county as it is known."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import rasterio
import suitability_rasters as rasters
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import suitability
from nanyi_gis._transformers import crs_to_crs
from nanyi_gis.cli import main
from nanyi_gis.errors import ParameterError
from nanyi_gis.io import write_cog
from nanyi_gis.suitability import areas_table, embedded_crops, evaluate, explain, explain_file, load_crop
from nanyi_gis.suitability.use_file import parse_use

RAIN = {
    "id": "rain",
    "layer": "wet",
    "unit": "mm",
    "weight": 1,
    "points": [600, 1000, 1500, 2000],
    "low": {"S1": 1000, "S2": 800, "S3": 600},
    "high": {"S1": 1500, "S2": 1800, "S3": 2000},
    "survival": 450,
    "uncertainty": 50,
}
HEIGHT = {"id": "elevation", "unit": "m", "weight": 1, "points": [0, 0, 700, 800], "high": {"S1": 700, "S2": 800}}
FIG = {"id": "fig", "management": "irrigated", "criterion": [HEIGHT | {"uncertainty": 50}, RAIN]}
WET = [449, 450, 725, 1000, 1600, 2001]


def place(values, *, height=600.0):
    """Return a flat DEM of cells 30 km wide, and the rain over it."""
    dem = rasters.raster([[height] * len(values)], cell=30_000)
    return dem, rasters.raster([values], cell=30_000)


def test_too_little_rain_of_an_irrigated_use_is_a_need_and_no_class():
    dem, wet = place(WET)
    result = evaluate(dem, use=parse_use(FIG), layers={"wet": wet})
    assert result["cls"].values.tolist() == [[4, 1, 1, 1, 2, 4]]
    assert result["irrigation"].values.tolist() == [[0, 1, 1, 0, 0, 0]]
    # half of each: elevation 1, rain (x - 450) / 550 up to 1000, then (2000 - 1600) / 500
    assert result["score"].values.tolist() == [[50, 50, 75, 100, 90, 50]]
    assert result["limiting"].values.tolist() == [[9, 254, 254, 254, 9, 9]]
    assert result.attrs["management"] == "irrigated"


def test_the_same_use_rain_fed():
    dem, wet = place(WET)
    result = evaluate(dem, use=parse_use(FIG), layers={"wet": wet}, management="rainfed")
    assert result["cls"].values.tolist() == [[4, 4, 3, 1, 2, 4]]
    assert not result["irrigation"].values.any()
    # rain (725 - 600) / 400 = 0.3125
    assert result["score"].values.tolist() == [[50, 50, 66, 100, 90, 50]]


def test_irrigation_needs_land_that_is_suitable_and_known():
    dem, wet = place([500, 500, math.nan, 500], height=600.0)
    dem = dem.copy(data=np.array([[600.0, 900.0, 600.0, math.nan]]))
    result = evaluate(dem, use=parse_use(FIG), layers={"wet": wet})
    assert result["cls"].values.tolist() == [[1, 3, 1, 0]]
    assert result["irrigation"].values.tolist() == [[1, 1, 0, 255]]
    assert result["irrigation"].rio.nodata == 255


def test_areas_that_need_irrigation_by_zone_band_and_class():
    dem, wet = place([449, 500, 725, 1600])
    zones = xr.ones_like(dem).astype(np.int32).rio.write_nodata(0)
    zones[0, 3] = 2
    table = areas_table(evaluate(dem, use=parse_use(FIG), layers={"wet": wet}, zones=zones))
    assert list(table) == ["zone", "band", "class", "area_km2", "area_wanmu", "irrigation_km2"]
    km2 = 30 * 30 / 0.9996**2  # about: cells on the ellipsoid
    first = table[(table["zone"] == "1") & (table["band"] == "<700")].set_index("class")
    assert first["area_km2"].tolist() == pytest.approx([2 * km2, 0, 0, km2], rel=5e-3)
    assert first.loc["S1", "irrigation_km2"] == pytest.approx(first.loc["S1", "area_km2"])
    assert first.loc[["S2", "S3", "N"], "irrigation_km2"].tolist() == [0, 0, 0]
    assert table.loc[table["zone"] == "2", "irrigation_km2"].sum() == 0


def test_blocks_files_and_explanations_have_the_same_flags(tmp_path):
    dem = rasters.jacksboro()
    zones = (xr.ones_like(dem) + (dem > 500)).astype(np.int32).rio.write_nodata(0)
    use = replace(load_crop("orange"), id="dry").shifted({"rain": 400.0})  # the north needs it too
    whole = evaluate(dem, use=use, zones=zones)
    assert 0 < int((whole["irrigation"] == 1).sum()) < whole["irrigation"].size
    lazy = evaluate(dem.chunk({"y": 101, "x": 57}), use=use, zones=zones).compute(scheduler="synchronous")
    for name in ("cls", "irrigation", "irrigation_km2", "area_km2"):
        np.testing.assert_array_equal(whole[name].values, lazy[name].values, err_msg=name)
    path = write_cog(dem, tmp_path / "dem.tif", nodata=-9999.0)
    outcome = suitability.evaluate_file(path, tmp_path / "out", uses=[use])
    with rasterio.open(tmp_path / "out/irrigation_dry.tif") as dataset:
        assert dataset.nodata == 255
        assert dataset.tags()["management"] == "irrigated"
        np.testing.assert_array_equal(dataset.read(1), whole["irrigation"].values)
    names = (tmp_path / "out/irrigation_dry.tif.aux.xml").read_text(encoding="utf-8")
    assert "<Category>needs irrigation</Category>" in names
    areas = outcome.areas["dry"]
    assert areas["irrigation_km2"].sum() == pytest.approx(float(whole["irrigation_km2"].sum()), rel=1e-9)
    assert (areas["irrigation_km2"] <= areas["area_km2"]).all()
    for row, column in ((20, 30), (200, 150), (300, 350)):
        lon, lat = (
            rasters.degrees_of(dem, row, column) if hasattr(rasters, "degrees_of") else _degrees(dem, row, column)
        )
        for told in (explain(lon, lat, dem=dem, use=use), explain_file(lon, lat, path, use=use)):
            assert told.irrigation == (whole["irrigation"].values[row, column] == 1)
            assert ("needs irrigation" in told.text()) == told.irrigation
            assert told.reason in told.text()
            assert told.reason_zh in told.text()


def _degrees(dem, row, column):
    return crs_to_crs(dem.rio.crs, 4326).transform(float(dem.x[column]), float(dem.y[row]))


def test_a_rain_fed_use_has_no_file_of_irrigation(tmp_path):
    path = write_cog(rasters.jacksboro(), tmp_path / "dem.tif", nodata=-9999.0)
    arguments = ["suitability", str(path), "--crop", "plum,bamboo", "--management", "rainfed"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    assert not list((tmp_path / "out").glob("irrigation_*"))
    assert (pd.read_csv(tmp_path / "out/areas_plum.csv")["irrigation_km2"] == 0).all()


@pytest.mark.parametrize(
    ("crop", "management", "words"),
    [
        ("plum", "drip", "Invalid value"),
        ("bamboo", "irrigated", "no criterion of bamboo has"),
        ("bamboo,cizhu", "rainfed", "has no effect: no criterion of bamboo, cizhu has"),
    ],
)
def test_management_that_cannot_be_is_refused(tmp_path, capsys, crop, management, words):
    path = write_cog(rasters.jacksboro(), tmp_path / "dem.tif", nodata=-9999.0)
    arguments = ["--crop", crop, "--management", management]
    assert main(["suitability", str(path), *arguments, "--out", str(tmp_path / "o")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert main(["explain", "105.81", "28.04", *arguments]) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"survival": 601}, "must lie from 0 to the last limit of low, 600"),
        ({"survival": -1}, "must lie from 0"),
        ({"survival": "wet"}, "must be a number"),
        ({"uncertainty": -5}, "must be 0 or more"),
        ({"uncertainty": math.inf}, "must be 0 or more"),
        ({"shape": "linear", "points": [600, 1000]}, "needs a trapezoid"),
        ({"low": {}}, "stands without"),
    ],
)
def test_a_criterion_that_breaks_a_rule_is_named(change, words):
    with pytest.raises(ParameterError, match=words):
        parse_use({"id": "fig", "criterion": [RAIN | change]})


def test_irrigated_without_survival_is_refused():
    dry = {key: value for key, value in RAIN.items() if key != "survival"}
    with pytest.raises(ParameterError, match="no criterion has survival"):
        parse_use(FIG | {"criterion": [dry]})
    with pytest.raises(ParameterError, match="survival is for water in mm"):
        parse_use({"id": "fig", "criterion": [HEIGHT | {"survival": 1, "low": {"S1": 2}}]})
    with pytest.raises(ParameterError, match="management is 'drip'"):
        parse_use(FIG).managed("drip")


@given(by=st.floats(-300, 300), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_shift_moves_all_limits_and_a_draw_is_one_shift_a_criterion(by, seed):
    use = parse_use(FIG)
    rain, moved = use.criterion("rain"), use.shifted({"rain": by}).criterion("rain")
    for name in ("points", "low", "high"):
        assert np.subtract(getattr(moved, name), getattr(rain, name)) == pytest.approx(by, abs=1e-9)
    assert moved.survival == pytest.approx(450 + by)
    values = np.linspace(0.3, 2500.3, 101)  # no limit among them
    np.testing.assert_array_equal(moved.fao_class(values + by), rain.fao_class(values))
    drawn = use.draw(np.random.default_rng(seed))
    numbers = np.random.default_rng(seed).standard_normal(2)
    for criterion, number in zip(use.criteria, numbers, strict=True):
        for name in ("points", "low", "high"):
            moved_by = np.subtract(getattr(drawn.criterion(criterion.id), name), getattr(criterion, name))
            assert moved_by == pytest.approx(50 * number, abs=1e-9)
    assert drawn == use.draw(np.random.default_rng(seed))
    assert drawn.management == "irrigated"


def test_draws_scatter_by_the_uncertainty():
    rng = np.random.default_rng(7)
    use = parse_use(FIG)
    shifts = [use.draw(rng).criterion("rain").low[0] - 1000 for _ in range(2000)]
    assert abs(np.mean(shifts)) < 5 * 50 / math.sqrt(2000)
    assert np.std(shifts) == pytest.approx(50, rel=0.08)


def test_a_legal_slope_stays_whatever_is_drawn():
    use = load_crop("orange")
    for by in (-3.0, 8.0):
        high = use.shifted({"slope": by}).criterion("slope").high
        assert high[2] == use.slope_max == 25
        assert list(high) == sorted(high)


def test_without_a_number_the_evidence_sets_the_uncertainty():
    def of(evidence):
        entry = {key: value for key, value in RAIN.items() if key != "uncertainty"} | {"evidence": evidence}
        return parse_use({"id": "fig", "criterion": [entry]}).criterion("rain").uncertainty

    # the mean step from class to class: 200, 200, 300 and 200 mm
    assert [of(grade) for grade in ("law", "published", "K-med", "K-low")] == pytest.approx([0, 56.25, 112.5, 225])


@pytest.mark.parametrize("name", embedded_crops())
def test_every_limit_of_the_package_names_source_evidence_and_uncertainty(name):
    use = load_crop(name)
    for criterion in use.criteria:
        assert criterion.source, (name, criterion.id)
        assert criterion.evidence, (name, criterion.id)
        assert (criterion.uncertainty > 0) == (not criterion.codes), (name, criterion.id)
    practice = {"orange": "irrigated", "plum": "irrigated", "kiwifruit": "irrigated"}
    assert use.management == practice.get(name, "rainfed")


def test_oranges_are_judged_by_jiangjin():
    """Published: 17-19 °C, January 5.9-7.2, 5,500-6,500 degree-days is the most suitable belt of the country."""
    orange = load_crop("orange")
    values = {"mean_temperature": 17.0, "january_temperature": 6.0, "accumulated_temperature": 5500.0, "rain": 1100.0}
    assert all(orange.criterion(name).fao_class(value) == 1 for name, value in values.items())
    assert orange.criterion("rain").fao_class([748, 449]).tolist() == [1, 4]
    assert orange.managed("rainfed").criterion("rain").fao_class([748, 449]).tolist() == [3, 4]


# Points on the Chishui below Erlang and at Taiping, the seat of Gulin; Moni and Fenshui, where none grow.
@pytest.mark.parametrize(
    ("name", "lon", "lat", "height", "known"),
    [
        ("二郎", 106.14, 27.98, 420, True),
        ("太平", 106.05, 28.12, 385, True),
        ("古蔺", 105.81, 28.04, 540, True),
        ("摩尼", 105.55, 27.86, 1330, False),
        ("分水", 105.30, 27.82, 1304, False),
    ],
)
def test_oranges_grow_where_they_are_known_to_and_not_where_they_are_not(name, lon, lat, height, known):
    flat = rasters.raster(np.full((3, 3), float(height)), cell=30)
    x, y = crs_to_crs(4326, flat.rio.crs).transform(lon, lat)
    flat = flat.assign_coords(x=x + np.array([-30.0, 0, 30]), y=y + np.array([30.0, 0, -30]))
    told = explain(lon, lat, dem=flat, crop="orange")
    assert (told.grade[:2] in ("S1", "S2")) == known, (name, told.text())
    if not known:
        assert told.grade.startswith("N")


def test_land_cover_takes_forest_cropland_water_and_buildings_out():
    codes = [20, 30, 10, 40, 50, 80, 60]
    dem, cover = place([0.0] * len(codes), height=600.0)
    cover = cover.copy(data=np.array([codes], dtype=np.uint8)).rio.write_nodata(0)
    result = evaluate(dem, crop="plum", layers={"land_cover": cover})
    assert result["cls"].values[0, 2:6].tolist() == [4, 4, 4, 4]
    assert result["limiting"].values[0, 2:6].tolist() == [13] * 4
    assert (result["cls"].values[0, :2] < 4).all()
    assert "cannot be told from other cropland" in result.attrs["notes"]
    assert "existing orchards" in result.attrs["notes"]
    grain = evaluate(dem, crop="sorghum", layers={"land_cover": cover})["cls"].values[0]
    assert (grain[2], grain[4], grain[5]) == (4, 4, 4)
    assert grain[3] < 4  # a field crop grows on cropland
    assert "land cover" not in evaluate(dem, crop="plum").attrs["notes"]


def test_the_reason_is_given_in_both_languages():
    words, chinese = suitability.reasons_of(load_crop("plum")), suitability.reasons_of(load_crop("plum"), lang="zh")
    assert words[9] == "class from the worst factor: annual rain"
    assert chinese[9] == "等级由最差因子决定：年降水量"
    assert words[201].startswith("ruled out by: slope above the legal limit")
    assert chinese[254] == "各因子均达 S1"


def test_both_bamboos_are_named_as_what_they_are():
    moso, cizhu = load_crop("bamboo"), load_crop("cizhu")
    assert moso.name_zh.startswith("毛竹")
    assert moso.latin == "Phyllostachys edulis"
    assert cizhu.name_zh == "慈竹"
    # above a thousand metres stands 毛竹, below in the drier valleys 慈竹
    assert int(moso.criterion("elevation").fao_class(950)) < int(cizhu.criterion("elevation").fao_class(950))
    assert int(moso.criterion("rain").fao_class(820)) > int(cizhu.criterion("rain").fao_class(820))
