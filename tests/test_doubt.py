"""Land under errors of climate, limits and heights: closed forms, a plain Monte Carlo, invariants, what is told."""

import math

import numpy as np
import pandas as pd
import pytest
import rasterio
import suitability_rasters as rasters
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from nanyi_gis import targets
from nanyi_gis.cli import main
from nanyi_gis.climate import parse_climate
from nanyi_gis.errors import ParameterError
from nanyi_gis.io import write_cog
from nanyi_gis.study import load_study
from nanyi_gis.suitability import evaluate, load_crop, load_use
from nanyi_gis.suitability.use_file import parse_use
from nanyi_gis.uncertainty import TOTAL, HeightError, doubt_table, sampled, suitability_doubt
from nanyi_gis.units import area_text, interval_text

OPEN = {"low": {"S1": 800, "S2": 700, "S3": 600}}


def use_of(*criteria, **top):
    """Return a use with criteria given as records."""
    records = [{"weight": 1.0, "uncertainty": 0.0, "evidence": "P", "source": "test", **record} for record in criteria]
    return parse_use({"id": "test", "name_en": "test", "name_zh": "试", "kind": "x", "criterion": records, **top})


def by_height(**more):
    return use_of({"id": "elevation", "unit": "m", **OPEN, **more})


def climate_of(*, sd=0.0, place=0.0, shared=None, lapse_range=None, lapse=0.5):
    """Return a climate of one station: 16 °C at 0 m."""
    more = {} if shared is None else {"shared": shared}
    variable = {"unit": "degC", "lapse": lapse, "uncertainty": place, "evidence": "P", "source": "test", **more}
    if lapse_range is not None:
        variable["lapse_range"] = list(lapse_range)
    station = {"id": "one", "elevation": 0, "mean_temperature": 16.0, "mean_temperature_sd": sd}
    return parse_climate({"id": "c", "regime": [station], "variable": {"mean_temperature": variable}})


def by_warmth(limit, **more):
    record = {"id": "mean_temperature", "unit": "degC", "low": {"S1": limit + 1, "S2": limit, "S3": limit - 1}}
    return use_of(record | more)


def flat(height, shape=(40, 40), cell=30.0):
    return rasters.raster(np.full(shape, float(height)), cell=cell)


# ---- closed forms ------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0.0, 60.0])
@pytest.mark.parametrize("height", [680.0, 700.0, 712.0])
def test_the_error_of_heights_has_its_closed_form(height, length):
    doubt = suitability_doubt(
        flat(height), use=by_height(), climate=climate_of(), sigma=20, correlation_length=length, samples=300
    )
    # S2 or better from 700 m: P = Phi((z - 700) / 20), whatever part of the error neighbours share
    assert doubt["probability"].values.mean() == pytest.approx(norm.cdf((height - 700) / 20), abs=0.012)


@pytest.mark.parametrize("away", [-1.0, 0.0, 0.5, 2.0])
def test_the_error_of_limits_has_its_closed_form(away):
    doubt = suitability_doubt(
        flat(700 + 15 * away, (2, 3)), use=by_height(uncertainty=15), climate=climate_of(), sigma=0, samples=1500
    )
    values = doubt["probability"].values
    assert (values == values[0, 0]).all()  # one shift for all cells
    assert values[0, 0] == pytest.approx(norm.cdf(away), abs=4 * 0.5 / math.sqrt(1500))


def test_the_errors_of_the_climate_have_their_closed_form():
    # 16 °C at the sea, sd 0.3 at the station and 0.4 at a place: 0.5 in all; at 1,000 m a lapse of 0.5 +- 0.1 adds 1.0
    climate = climate_of(sd=0.3, place=0.4, lapse_range=(0.5 - 0.196, 0.5 + 0.196))
    dem = rasters.raster([[0.0, 1000.0]])
    doubt = suitability_doubt(dem, use=by_warmth(10.5), climate=climate, sigma=0, samples=1500)
    found = doubt["probability"].values[0]
    assert found[0] == 1.0  # 11 sd away
    assert found[1] == pytest.approx(norm.cdf(0.5 / math.hypot(0.5, 1.0)), abs=0.05)


@pytest.mark.parametrize("shared", [0.0, 0.36, 1.0])
def test_what_places_do_not_share_averages_out_over_an_area(shared):
    # at the limit the region's error moves the share of good cells about the place's own: Phi(regional * N / local)
    climate = climate_of(place=0.5, shared=shared)
    doubt = suitability_doubt(flat(1000), use=by_warmth(11), climate=climate, sigma=0, samples=600)
    share = doubt["area_km2"].values[:, 0, :2].sum(axis=1) / doubt["area_km2"].values[0, 0].sum()
    assert doubt["probability"].values.mean() == pytest.approx(0.5, abs=0.07)  # the same for every share
    regional, local = math.sqrt(shared), math.sqrt(1 - shared)
    expected = {0.0: 0.5, 0.36: norm.cdf(1.2816 * regional / local) if local else 1.0, 1.0: 1.0}[shared]
    assert np.quantile(share, 0.9) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("alike", [0.0, 1.0])
def test_limits_that_err_alike_move_together(alike):
    more = {"errs_like": "mean_temperature", "correlation": alike}
    use = use_of(
        {"id": "mean_temperature", "unit": "degC", "low": {"S1": 12, "S2": 11}, "uncertainty": 0.5},
        {"id": "elevation", "unit": "m", "high": {"S1": 900, "S2": 1000}, "uncertainty": 50.0, **more},
    )
    # a higher limit of warmth is stricter and one of height milder, so alike they never hold at once
    doubt = suitability_doubt(flat(1000, (3, 3)), use=use, climate=climate_of(), sigma=0, samples=1500)
    assert doubt["probability"].values.max() == pytest.approx(0.25 if alike == 0 else 0.0, abs=0.05)


def test_errors_of_heights_reach_the_climate():
    # 100 m are 0.5 °C: the limit 11 °C lies at 1,000 m, and the DEM errs by 100 m
    doubt = suitability_doubt(flat(1050), use=by_warmth(11), climate=climate_of(), sigma=100, samples=300,
                              correlation_length=60)  # fmt: skip
    assert doubt["probability"].values.mean() == pytest.approx(norm.cdf(-0.5), abs=0.012)


def test_the_slope_errs_by_two_degrees_at_most():
    assert HeightError(10).slope(30) == 0.035
    # independent errors s of the cells give Horn's gradient s * sqrt(12) / (8 cell)
    assert HeightError(1).slope(30) == pytest.approx(math.sqrt(0.5) * math.sqrt(12) / 240)
    use = use_of({"id": "slope", "unit": "deg", "high": {"S1": 1, "S2": 2, "S3": 30}})
    doubt = suitability_doubt(flat(500), use=use, climate=climate_of(), sigma=10, samples=200)
    # on the level both components are N(0, 0.035): P(tan slope <= t) = 1 - exp(-t² / (2 * 0.035²))
    expected = 1 - math.exp(-(math.tan(math.radians(2)) ** 2) / (2 * 0.035**2))
    assert doubt["probability"].values.mean() == pytest.approx(expected, abs=0.01)


def test_the_tag_of_the_raster_tells_its_error():
    dem = flat(700, (3, 3))
    assert suitability_doubt(dem, use=by_height(), climate=climate_of(), samples=2).attrs["sigma_m"] == 10
    dem.attrs["HEIGHT_RMSE_M"] = "27.5"
    assert suitability_doubt(dem, use=by_height(), climate=climate_of(), samples=2).attrs["sigma_m"] == 27.5
    assert HeightError.of({"HEIGHT_RMSE_M": "unknown"}).sigma == HeightError.of({"HEIGHT_RMSE_M": "nan"}).sigma == 10


# ---- a plain Monte Carlo -----------------------------------------------------------------------


def plain(dem, use, climate, *, samples, seed):
    """Return the share of samples in which each inner cell is S1 or S2, in plain NumPy: no error of heights."""
    rng = np.random.default_rng(seed)
    slope, azimuth = rasters.horn(dem)
    z = dem.values[1:-1, 1:-1].astype(float)
    hits = np.zeros(z.shape)
    for _ in range(samples):
        weather, place = climate.draw(rng), rng.standard_normal(z.shape)
        grade = np.ones(z.shape, int)
        for criterion in use.criteria:
            moved = criterion.shifted(criterion.uncertainty * rng.standard_normal())
            if criterion.layer:
                continue
            if criterion.asks_climate:
                x = weather.value(criterion.id, z) + climate.variables[criterion.id].local * place
            elif criterion.id == "aspect":
                away = np.abs((azimuth - criterion.optimum + 180) % 360 - 180)
                x = np.where(slope < 2, 0, away)
            else:
                x = {"elevation": z, "slope": slope}[criterion.id]
            grade = np.maximum(grade, moved.fao_class(x))
        grade[slope > use.slope_max] = 4
        hits += grade <= 2
    return hits / samples


def several(shared=None):
    """Return a use by height, slope, aspect and warmth, all uncertain, and a climate that is."""
    use = use_of(
        {"id": "elevation", "unit": "m", "high": {"S1": 700, "S2": 900, "S3": 1200}, "uncertainty": 40.0},
        {"id": "slope", "unit": "deg", "high": {"S1": 10, "S2": 20, "S3": 25}, "uncertainty": 2.0},
        {"id": "aspect", "unit": "deg", "optimum": 180, "high": {"S1": 90, "S2": 150}, "uncertainty": 10.0},
        {"id": "mean_temperature", "unit": "degC", "low": {"S1": 14, "S2": 12.5, "S3": 11}, "uncertainty": 0.5},
        constraints={"slope_max": 25, "slope_unit": "deg", "evidence": "P", "source": "test"},
    )
    return use, climate_of(sd=0.3, place=0.3, shared=shared, lapse_range=(0.45, 0.58))


def test_it_agrees_with_a_plain_monte_carlo():
    dem = rasters.jacksboro().isel(y=slice(100, 180), x=slice(100, 200))
    use, climate = several()
    samples = 400
    found = suitability_doubt(dem, use=use, climate=climate, sigma=0, samples=samples)["probability"].values[1:-1, 1:-1]
    expected = plain(dem, use, climate, samples=samples, seed=9)
    error = np.sqrt(np.maximum(expected * (1 - expected), 0.01) * 2 / samples)
    assert np.abs((found - expected) / error).max() < 6
    assert abs(found.mean() - expected.mean()) < 0.03


def test_each_sample_is_the_map_of_its_own_constants():
    dem = rasters.jacksboro().isel(y=slice(0, 60), x=slice(0, 70))
    use, climate = several(shared=1.0)
    doubt = suitability_doubt(dem, use=use, climate=climate, sigma=0, samples=5, seed=3)
    whole = xr.DataArray(np.ones(dem.shape, np.uint8), coords=dem.coords, dims=dem.dims).rio.write_crs(dem.rio.crs)
    hits = np.zeros(dem.shape)
    for sample, seed in enumerate(np.random.SeedSequence(3).spawn(5)):
        weather, limits, _ = seed.spawn(3)
        own = use.draw(np.random.Generator(np.random.SFC64(limits)))
        air = climate.draw(np.random.Generator(np.random.SFC64(weather)))
        result = evaluate(dem, use=own, climate=air, zones=whole)
        hits += result["cls"].values <= 2
        expected = result["area_km2"].sum("altitude_band").values[0]
        assert doubt["area_km2"].values[sample, 0].tolist() == pytest.approx(expected.tolist())
    np.testing.assert_allclose(doubt["probability"].values, hits / 5, atol=1e-7)


def test_it_converges_with_the_samples():
    dem = rasters.jacksboro().isel(y=slice(0, 60), x=slice(0, 70))
    use, climate = several()

    def mean(samples, seed):
        doubt = suitability_doubt(dem, use=use, climate=climate, samples=samples, seed=seed)
        return float(doubt["area_km2"].sel({"class": ["S1", "S2"]}).sum("class").mean())

    few, many = ([mean(samples, seed) for seed in range(6)] for samples in (10, 250))
    assert np.std(many) < np.std(few) / 2  # a fifth is expected
    assert np.mean(many) == pytest.approx(np.mean(few), abs=5 * np.std(few))


# ---- invariants --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def halves():
    """Return a piece of terrain, with a hole, and two zones that leave a strip out."""
    dem = rasters.jacksboro().isel(y=slice(0, 90), x=slice(0, 100)).copy(deep=True)
    dem.values[20:30, 40:55] = np.nan
    zones = np.ones(dem.shape, np.uint8)
    zones[:, 50:] = 2
    zones[80:] = 0
    return dem, dem.copy(data=zones).rio.write_nodata(0).assign_attrs(names=("west", "east"))


def test_without_errors_it_is_the_map(halves):
    dem, zones = halves
    use = use_of(
        {"id": "elevation", "unit": "m", "high": {"S1": 700, "S2": 900, "S3": 1200}},
        {"id": "slope", "unit": "deg", "high": {"S1": 10, "S2": 20, "S3": 25}},
        {"id": "mean_temperature", "unit": "degC", "low": {"S1": 14, "S2": 12.5, "S3": 11}},
    )
    result = evaluate(dem, use=use, climate=climate_of(), zones=zones)
    doubt = suitability_doubt(dem, use=use, climate=climate_of(), zones=zones, sigma=0, samples=4)
    expected = result["area_km2"].sum("altitude_band").values
    for areas in (doubt["best_km2"].values, *doubt["area_km2"].values):
        np.testing.assert_allclose(areas, expected, rtol=1e-12)
    grades = result["cls"].values
    np.testing.assert_array_equal(doubt["probability"].values[grades > 0], (grades[grades > 0] <= 2).astype(np.float32))
    assert np.isnan(doubt["probability"].values[grades == 0]).all()
    assert doubt.sizes["constant"] == 0
    assert not doubt_table(doubt)["unstable"].any()


def test_the_classes_of_every_sample_are_the_zones_land(halves):
    dem, zones = halves
    use, climate = several()
    result = evaluate(dem, use=use, climate=climate, zones=zones)
    land = result["area_km2"].sum(["altitude_band", "grade"]).values
    doubt = suitability_doubt(dem, use=use, climate=climate, zones=zones, sigma=30, samples=20)
    np.testing.assert_allclose(doubt["area_km2"].sum("class").values, np.tile(land, (20, 1)), rtol=1e-12)
    np.testing.assert_allclose(doubt["best_km2"].values, result["area_km2"].sum("altitude_band").values, rtol=1e-12)
    moved = doubt["moved_km2"].sum("class").values
    np.testing.assert_allclose(moved, np.broadcast_to(land, moved.shape), rtol=1e-12)
    table = doubt_table(doubt).set_index(["zone", "class"])
    for zone in ("west", "east", TOTAL):
        rows = table.loc[zone]
        assert rows.loc[["S1", "S2", "S3", "N"], "area_km2"].sum() == pytest.approx(
            land.sum() if zone == TOTAL else land[("west", "east").index(zone)]
        )
        assert (rows["low_km2"] <= rows["median_km2"]).all()
        assert (rows["median_km2"] <= rows["high_km2"]).all()


@settings(max_examples=15, deadline=None)
@given(limit=st.floats(400, 1100), more=st.floats(1, 200), sigma=st.floats(0, 60))
def test_probability_falls_as_the_limit_rises(limit, more, sigma):
    dem = rasters.raster(np.linspace(300, 1200, 60).reshape(6, 10))
    low, high = (
        suitability_doubt(
            dem, use=use_of({"id": "elevation", "unit": "m", "low": {"S1": edge + 50, "S2": edge, "S3": edge - 50}}),
            climate=climate_of(), sigma=sigma, samples=30,
        )["probability"].values
        for edge in (limit, limit + more)
    )  # fmt: skip
    assert (high <= low).all()
    assert (low >= 0).all()
    assert (low <= 1).all()


def test_seeds_tell_everything_and_blocks_and_threads_nothing(halves, monkeypatch):
    dem, zones = halves
    use, climate = several()

    def made(**options):
        return suitability_doubt(
            dem, use=use, climate=climate, zones=zones, samples=12, **{"sigma": 25, "seed": 5, **options}
        )

    first = made(threads=1)
    for other in (made(threads=3), made()):
        xr.testing.assert_identical(first, other)
    monkeypatch.setattr(sampled, "_STRIP_CELLS", 700)
    monkeypatch.setattr(sampled, "BATCH_BYTES", 1)  # a sample at a time
    xr.testing.assert_identical(first, made())
    assert not np.array_equal(first["area_km2"].values, made(seed=6)["area_km2"].values)
    lazy = suitability_doubt(
        dem.chunk({"y": 40, "x": 30}), use=use, climate=climate, zones=zones, samples=12, sigma=25, seed=5
    )
    np.testing.assert_array_equal(lazy["area_km2"].values, first["area_km2"].values)


@pytest.mark.parametrize("step", [2, 3, 5])
def test_some_of_the_cells_tell_nearly_the_same(halves, step):
    dem, zones = halves
    use, climate = several()
    whole = suitability_doubt(dem, use=use, climate=climate, zones=zones, samples=30)
    some = suitability_doubt(dem, use=use, climate=climate, zones=zones, samples=30, step=step)
    land = whole["area_km2"].sum("class").values
    np.testing.assert_allclose(some["area_km2"].sum("class").values, land, rtol=2e-5)  # a mean cell for each row
    error = np.abs(some["area_km2"].values - whole["area_km2"].values).mean() / land.mean()
    assert error < 0.01 * step
    layer = some["probability"]
    cell = float(layer.x[1] - layer.x[0])
    assert cell == pytest.approx(90 * step)
    transform = layer.rio.transform()
    assert transform.a == pytest.approx(cell)
    # the middle of a coarse cell is the centre of the cell that was picked
    assert transform.c + transform.a / 2 == pytest.approx(float(layer.x[0]))
    assert transform.f + transform.e / 2 == pytest.approx(float(layer.y[0]))
    assert float(layer.x[0]) in dem.x.values


def test_bad_options_are_refused():
    dem = flat(700, (3, 3))
    for options, words in (
        ({"samples": 0}, "samples is 0"),
        ({"step": 0}, "step is 0"),
        ({"sigma": -1}, "sigma is -1"),
        ({"correlation_length": -5.0}, "correlation_length is -5"),
        ({"seed": -1}, "seed is -1"),
        ({"use": "banana"}, "banana"),
    ):
        with pytest.raises(ParameterError, match=words):
            suitability_doubt(dem, **{"use": by_height(), "climate": climate_of(), "samples": 2, **options})


# ---- files -------------------------------------------------------------------------------------


def test_the_command_writes_probability_and_doubt_and_tells_the_interval(tmp_path, capsys):
    dem = rasters.jacksboro().isel(y=slice(0, 80), x=slice(0, 90))
    path = write_cog(dem, tmp_path / "dem.tif", nodata=-9999.0, tags={"HEIGHT_RMSE_M": "25"})
    out = tmp_path / "out"
    assert main([*map(str, ("suitability", path, "--crop", "orange", "--out", out, "--samples", 20, "--seed", 2))]) == 0
    heard = capsys.readouterr().out
    with rasterio.open(out / "probability_orange.tif") as dataset:
        values = dataset.read(1)
        assert dataset.shape == dem.shape
        assert "sigma 25 m" in dataset.tags()["method"]
        assert "20 samples, seed 2" in dataset.tags()["method"]
    table = pd.read_csv(out / "doubt_orange.csv", keep_default_na=False)
    own = suitability_doubt(
        dem,
        crop="orange",
        samples=20,
        seed=2,
        sigma=25,
        zones=load_study().counties.rename(columns={"name_zh": "name"}),
    )
    np.testing.assert_array_equal(values, own["probability"].values)
    expected = doubt_table(own).set_index(["zone", "class"])["low_km2"]
    found = table.set_index(["zone", "class"])["low_km2"].astype(float)
    for key in found.index:
        assert found[key] == pytest.approx(expected.get(key, found[key]), abs=1e-6)
    areas = pd.read_csv(out / "areas_orange.csv").groupby("class")["area_km2"].sum()
    whole = table[table["zone"] == (TOTAL if TOTAL in set(table["zone"]) else table["zone"].iloc[0])].set_index("class")
    for grade in ("S1", "S2", "S3", "N"):
        assert float(whole.loc[grade, "area_km2"]) == pytest.approx(areas[grade], abs=1e-6)
    aims = pd.read_csv(out / "feasibility.csv").set_index("test")
    assert aims.loc["area", "low_wanmu"].notna().all()
    assert (aims.loc["area", "low_wanmu"] <= aims.loc["area", "high_wanmu"]).all()
    assert aims.loc["belt", "high_with_s3_wanmu"].notna().all()
    row = whole.loc["S1+S2"]
    told = interval_text(float(row["low_wanmu"]), float(row["high_wanmu"]), dash="-")
    assert f"{told} (5-95 %)" in heard


def test_without_samples_there_is_no_interval(tmp_path):
    path = write_cog(rasters.jacksboro().isel(y=slice(0, 40), x=slice(0, 40)), tmp_path / "dem.tif", nodata=-9999.0)
    assert main(["suitability", str(path), "--crop", "orange", "--out", str(tmp_path / "out")]) == 0
    assert not list((tmp_path / "out").glob("doubt*"))
    assert not list((tmp_path / "out").glob("probability*"))
    assert pd.read_csv(tmp_path / "out" / "feasibility.csv")["low_wanmu"].isna().all()


def test_a_raster_of_the_climate_errs_by_half_a_degree():
    dem = flat(500, (4, 4))
    warm = dem.copy(data=np.full(dem.shape, 11.25, np.float32))
    doubt = suitability_doubt(
        dem, use=by_warmth(11.0), climate=climate_of(), layers={"mean_temperature": warm}, sigma=0, samples=1500
    )
    assert doubt["probability"].values[0, 0] == pytest.approx(norm.cdf(0.5), abs=0.05)
    assert doubt["constant"].values.tolist() == ["mean_temperature.raster"]


# ---- what hangs on one constant ----------------------------------------------------------------


def test_an_area_that_hangs_on_one_constant_is_marked_and_the_constant_named():
    # a slope from 11.02 to 10.2 °C: with the limit at 11.0 hardly any land, with the station 0.3 warmer a third of it
    dem = rasters.raster(np.linspace(996, 1160, 400).reshape(20, 20))
    doubt = suitability_doubt(dem, use=by_warmth(11.0), climate=climate_of(sd=0.3), sigma=0, samples=50)
    row = doubt_table(doubt).set_index("class").loc["S1+S2"]
    assert row["unstable"]
    assert "annual mean temperature" in row["constant"]
    assert "年均温" in row["constant_zh"]
    assert row["constant_down_km2"] == 0
    # 0.3 °C are 60 m: land up to 1,060 m of 996 to 1,160
    assert row["constant_up_km2"] / row["area_km2"] == pytest.approx(64 / 4, rel=0.15)


def test_an_area_far_from_its_limits_is_not_marked():
    doubt = suitability_doubt(flat(0), use=by_warmth(11.0), climate=climate_of(sd=0.3), sigma=10, samples=20)
    table = doubt_table(doubt)
    assert not table["unstable"].any()
    assert (table["constant"] == "").all()
    assert [constant for constant in doubt["constant"].values if constant == "heights"] == ["heights"]


def test_limits_and_heights_are_named_too():
    dem = rasters.raster(np.linspace(600, 800, 400).reshape(20, 20))
    for options, words in (({"uncertainty": 60.0}, "limits of elevation"), ({}, "mean height of the DEM")):
        sigma = 0 if options else 90
        doubt = suitability_doubt(dem, use=by_height(**options), climate=climate_of(), sigma=sigma, samples=20)
        row = doubt_table(doubt).set_index("class").loc["S1+S2"]
        assert row["unstable"]
        assert row["constant"] == words


@pytest.mark.parametrize("name", ["orange", "plum", "kiwifruit", "sorghum"])
def test_embedded_crops_have_doubt(name):
    dem = rasters.jacksboro(cell=90).isel(y=slice(0, 60), x=slice(0, 70))
    doubt = suitability_doubt(dem, crop=name, samples=20)
    assert doubt.sizes["constant"] > 10
    assert all(text.isascii() or "°" in text or "≥" in text for text in map(str, doubt["constant_en"].values))
    table = doubt_table(doubt)
    assert table["crop"].unique().tolist() == [load_crop(name).id]
    spread = (table["high_km2"] - table["low_km2"]).max()
    assert spread > 0


def test_irrigation_keeps_the_class_in_every_sample():
    orange = load_use("orange")
    if not orange.is_irrigated:
        pytest.skip("the orange is not irrigated")
    dem = rasters.jacksboro().isel(y=slice(0, 40), x=slice(0, 40))
    wet = suitability_doubt(dem, use=orange, samples=30)["area_km2"].sel({"class": "N"}).mean()
    dry = suitability_doubt(dem, use=orange.managed("rainfed"), samples=30)["area_km2"].sel({"class": "N"}).mean()
    assert float(wet) <= float(dry)


# ---- areas in words ----------------------------------------------------------------------------


@given(low=st.floats(0, 1e5), width=st.floats(0.5, 1e5), share=st.floats(0, 1))
def test_an_area_is_printed_to_what_its_interval_supports(low, width, share):
    high, value = low + width, low + share * width
    text = area_text(value, low, high)
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    assert float(text) == pytest.approx(value, abs=step / 2 * (1 + 1e-6))
    assert float(text) / step == pytest.approx(round(float(text) / step), abs=1e-6)
    assert step <= (high - low) / 4 * (1 + 1e-9)
    ends = interval_text(low, high, dash="|").split("|")
    assert len(ends) == 2


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((17.24, 25.91), "17–26"), ((980.0, 1480.0), "1000–1500"), ((0.02, 0.91), "0–0.9"), ((5.0, 5.0), "5.0"),
     ((math.nan, 3.0), "nan–3.0"), ((0.001, 0.002), "0")],
)  # fmt: skip
def test_intervals_by_hand(numbers, text):
    assert interval_text(*numbers) == text


def interval_land(low, high, low3, high3, **more):
    middle = (low + high) / 2
    return targets.Land(
        s1_s2=middle, s1_s2_s3=max(middle, (low3 + high3) / 2), s1_s2_low=low, s1_s2_high=high,
        s1_s2_s3_low=low3, s1_s2_s3_high=high3, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "code"),
    [((130, 160, 200, 210), "plenty"), ((100, 160, 200, 210), "tight"), ((41, 60, 70, 90), "tight"),
     ((31, 48, 70, 90), "uncertain"), ((20, 30, 41, 60), "needs_marginal"), ((20, 30, 35, 60), "uncertain"),
     ((5, 20, 30, 39), "short")],
)  # fmt: skip
def test_a_target_within_the_interval_is_uncertain(ends, code):
    assert targets.land_code(interval_land(*ends), 40.0) == code
    verdict = targets.Verdict(
        crop="orange", clause="F-26", test="area", code=code, asked=40.0, ratio=1.0, land=interval_land(*ends)
    )
    zh, en = (targets.assessment(verdict, lang=lang) for lang in ("zh", "en"))
    assert interval_text(*ends[:2]) in zh
    assert interval_text(*ends[:2], dash="-") in en
    assert ("不能断定" in zh) == ("uncertain" in en) == (code == "uncertain")


def doubt_frame(zones, low, high):
    names = "annual rain: regional offset", "年降水量区域偏差"
    rows = [
        ("sorghum", zone, grade, factor * low, factor * high, grade == "S1+S2", *names)
        for zone in zones
        for grade, factor in (("S1", 0.1), ("S1+S2", 1.0), ("S1+S2+S3", 1.5))
    ]
    return pd.DataFrame(
        rows, columns=["crop", "zone", "class", "low_km2", "high_km2", "unstable", "constant", "constant_zh"]
    )


def test_feasibility_has_the_interval_and_the_constant():
    land = pd.DataFrame({"zone": ["叙永县", "古蔺县"], "band": "< 700 m", "class": "S2", "area_km2": [100.0, 400.0]})
    doubts = {"sorghum": doubt_frame(["叙永县", "古蔺县", TOTAL], 120.0, 420.0)}
    table = targets.feasibility({"sorghum": land}, doubts=doubts)
    first = table.iloc[0]  # 30 万亩 are 200 km2, within 120 to 420 km2 of Gulin
    assert first["verdict"] == "uncertain"
    assert (first["low_wanmu"], first["high_wanmu"]) == pytest.approx((18.0, 63.0))
    assert (first["low_with_s3_wanmu"], first["high_with_s3_wanmu"]) == pytest.approx((27.0, 94.5))
    assert first["unstable"] == "annual rain: regional offset"
    assert first["s1_s2_wanmu"] == 60.0  # columns keep their numbers
    # 18 to 63 万亩: steps of 10; of the 30 万亩 the printed 60 are twice, and the printed ends 0.7 and 2 times
    assert "60 万亩 of S1 and S2 (5-95 %: 20-60)" in first["assessment"]
    assert "S1 and S2 land is 2.0 times the target" in first["assessment"]
    assert "within the error (0.7-2.0 times)" in first["assessment"]
    assert "annual rain: regional offset alone moves the area" in first["assessment"]
    plain_table = targets.feasibility({"sorghum": land})
    assert plain_table["low_wanmu"].isna().all()
    assert plain_table.iloc[0]["verdict"] == "tight"


def test_what_a_verdict_rests_on_follows_from_the_layers_given():
    land = pd.DataFrame({"zone": ["古蔺县"], "band": "< 700 m", "class": "S2", "area_km2": [400.0]})
    told = {}
    for layers in ((), ("mean_temperature",), ("land_cover", "soil_ph", "excluded")):
        (first, *_) = targets.judge({"orange": land}, layers=layers)
        told[layers] = "；".join(targets.assumptions(first, lang="zh"))
    assert "仅按地形与模型气候评价" in told[()]
    assert "用了给定的图层：年均温" in told["mean_temperature",]
    assert "未扣除已利用" in told["mean_temperature",]
    cover = told["land_cover", "soil_ph", "excluded"]
    assert "仅按地形" not in cover
    assert "未扣除已利用" not in cover
    assert "已按给定的地类图扣除" in cover


def test_the_belt_is_judged_by_its_interval():
    reach = pd.DataFrame({"crop": "orange", "within_km": [5.0], "area_km2": [250.0], "marginal_km2": 40.0, "cause": "",
                          "low_km2": 180.0, "high_km2": 300.0, "low_with_s3_km2": 200.0,
                          "high_with_s3_km2": 340.0})  # fmt: skip
    land = pd.DataFrame({"zone": ["古蔺县"], "band": "< 700 m", "class": "S2", "area_km2": [400.0]})
    belt = next(v for v in targets.judge({"orange": land}, reach=reach) if v.test == "belt")
    assert belt.code == "uncertain"  # 40 万亩 are 266.7 km2
    assert "38 万亩（5–95 %：27–45）" in targets.assessment(belt, lang="zh")
