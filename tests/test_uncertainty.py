"""Probabilities against their closed forms, sampled fields against their model, weights against hand sums."""

import math

import numpy as np
import pandas as pd
import pytest
import suitability_rasters as rasters
import xarray as xr
from scipy.stats import norm

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.suitability import evaluate, load_crop
from nanyi_gis.uncertainty import (
    band_area_distribution,
    band_probability,
    critical_weights,
    rank_stability,
    weight_robustness,
    zone_memberships,
)
from nanyi_gis.uncertainty.fields import Lattice

EDGES = (700.0, 900.0, 1200.0)


def closed_form(heights, sigma):
    limits = np.array([-np.inf, *EDGES, np.inf])
    own = np.searchsorted(EDGES, heights, side="right")
    return norm.cdf((limits[own + 1] - heights) / sigma) - norm.cdf((limits[own] - heights) / sigma)


def test_a_cell_on_an_edge_is_a_toss_up():
    dem = rasters.raster([[700, 900]])
    # N(700, 10): half below 700; between 700 and 900 the other half, less what is 20 sigma away
    assert band_probability(dem, edges=EDGES, sigma=10).values == pytest.approx(0.5)


@pytest.mark.parametrize("sigma", [1.0, 10.0, 50.0])
def test_probability_has_its_closed_form(sigma):
    dem = rasters.jacksboro()
    found = band_probability(dem, edges=EDGES, sigma=sigma)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.values, closed_form(dem.values.astype(float), sigma), atol=2e-7)


def test_probabilities_of_all_bands_sum_to_one():
    dem = rasters.jacksboro()
    found = band_probability(dem, edges=EDGES, sigma=20, every_band=True)
    assert found.dims == ("band", "y", "x")
    np.testing.assert_allclose(found.sum("band").values, 1, atol=1e-6)
    lazy = band_probability(dem.chunk({"y": 100, "x": 90}), edges=EDGES, sigma=20, every_band=True)
    np.testing.assert_array_equal(lazy.compute(scheduler="synchronous").values, found.values)


def test_no_error_no_doubt():
    dem = rasters.raster([[650, np.nan, 700]])
    found = band_probability(dem, edges=EDGES, sigma=0).values
    assert found[0, 0] == found[0, 2] == 1
    assert np.isnan(found[0, 1])


@pytest.mark.parametrize("length", [0.0, 400.0])
def test_sampled_probability_converges_to_the_closed_form(length):
    dem = rasters.jacksboro().isel(y=slice(0, 120), x=slice(0, 150))
    samples = 400
    found = band_probability(dem, edges=EDGES, sigma=30, correlation_length=length, samples=samples, seed=3)
    expected = closed_form(dem.values.astype(float), 30)
    error = np.sqrt(expected * (1 - expected) / samples)
    doubtful = error > 0.01
    assert np.abs((found.values - expected)[doubtful] / error[doubtful]).mean() < 1.0
    assert np.abs(found.values - expected).max() < 6 * 0.5 / math.sqrt(samples)
    assert found.attrs["standard_error"] == pytest.approx(0.025)


@pytest.mark.parametrize("length", [15.0, 90.0, 600.0])
def test_fields_have_unit_variance_and_the_correlation_asked_for(length):
    lattice = Lattice.of(150, 160, cell_x=30, cell_y=30, length=length)
    fields = np.stack([lattice.field(seed) for seed in np.random.SeedSequence(1).spawn(60)])
    assert fields.std() == pytest.approx(1, abs=0.03)
    step = max(30, length / 4)
    measured = (fields[:, :, 1:] * fields[:, :, :-1]).mean()
    assert measured == pytest.approx(math.exp(-((step / length) ** 2)), abs=0.03)


def test_area_spread_of_independent_errors_is_closed():
    dem = rasters.raster(np.full((10, 10), 700.0), cell=100)
    table = band_area_distribution(dem, edges=(700,), sigma=10)
    # 100 tosses of 0.01 km2: mean 0.5, sd 0.01 * sqrt(100 / 4) = 0.05
    assert table["expected_km2"].tolist() == pytest.approx([0.5, 0.5], rel=1e-3)
    assert table["sd_km2"].tolist() == pytest.approx([0.05, 0.05], rel=1e-3)
    assert table["area_km2"].tolist() == pytest.approx([0, 1], rel=1e-3)
    assert (table["samples"] == 0).all()


def test_correlated_errors_scatter_areas_more_and_keep_the_mean():
    dem = rasters.jacksboro()
    loose = band_area_distribution(dem, edges=EDGES, sigma=30, correlation_length=0)
    tight = band_area_distribution(dem, edges=EDGES, sigma=30, correlation_length=2000, samples=200, seed=5)
    assert (tight["sd_km2"] > 5 * loose["sd_km2"]).all()
    assert (np.abs(tight["sampled_mean_km2"] - tight["expected_km2"]) < 4 * tight["standard_error_km2"]).all()
    np.testing.assert_allclose(tight["standard_error_km2"], tight["sd_km2"] / math.sqrt(200))
    assert tight["area_km2"].sum() == pytest.approx(tight["expected_km2"].sum(), rel=1e-6)


def test_more_samples_than_16_bits_count():
    dem = rasters.raster([[500, 500], [500, 500]])
    counted = band_probability(dem, edges=EDGES, sigma=1, samples=66_000)
    np.testing.assert_array_equal(counted, 1.0)
    robust = weight_robustness(dem, crop="sorghum", threshold=0, samples=66_000)
    np.testing.assert_array_equal(robust["probability"], 1.0)


def test_samples_are_seeded():
    dem = rasters.jacksboro().isel(y=slice(0, 60), x=slice(0, 60))
    options = {"edges": EDGES, "sigma": 30, "correlation_length": 500, "samples": 20}
    first, again, other = (band_area_distribution(dem, **options, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["sd_km2"] != other["sd_km2"]).any()


def thirds(dem):
    codes = np.tile(np.arange(dem.sizes["x"]) * 3 // dem.sizes["x"] + 1, (dem.sizes["y"], 1))
    return dem.copy(data=codes.astype(np.int32)).astype(np.int32)


def test_robustness_against_scores_of_each_weight_vector():
    dem = rasters.jacksboro().isel(y=slice(0, 80), x=slice(0, 90))
    zones = thirds(dem)
    robust = weight_robustness(dem, crop="plum", zones=zones, samples=8, concentration=30, seed=4)
    names = robust["criterion"].values.tolist()
    hits = np.zeros(dem.shape)
    for sample in range(9):
        weights = dict(zip(names, robust["sampled_weights"].values[sample].astype(float).tolist(), strict=True))
        scores = evaluate(dem, crop="plum", weights=weights, zones=zones)["score"].values
        good = scores >= 60
        if sample:
            hits += good
        area = [float((good & (zones.values == z)).sum()) * 0.0081 for z in (1, 2, 3)]
        np.testing.assert_allclose(robust["zone_area_km2"].values[sample], area, rtol=2e-3, atol=2e-2)
    # scores within rounding of 60 may fall on either side
    assert (np.abs(robust["probability"].values - hits / 8) > 1e-6).mean() < 2e-3


def test_robustness_is_certain_where_all_agree():
    crop = load_crop("plum")
    dem = rasters.raster(np.full((4, 4), 800.0))
    robust = weight_robustness(dem, crop=crop, samples=50)
    assert (robust["probability"] == 1).all()
    steep = weight_robustness(rasters.tilted(30, middle=800), crop=crop, samples=50)
    assert (steep["probability"] == 0).all()
    assert robust.attrs["standard_error"] == pytest.approx(0.5 / math.sqrt(50))


def test_dirichlet_weights_scatter_as_said():
    robust = weight_robustness(rasters.raster([[800.0]]), crop="plum", samples=4000, concentration=50, seed=2)
    weights = robust["sampled_weights"].values
    own, drawn = weights[0], weights[1:]
    np.testing.assert_allclose(drawn.mean(axis=0), own, atol=0.01)
    np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(own * (1 - own) / 51), rtol=0.1)


def test_rank_stability_by_hand():
    areas = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [2.0, 3.0, 1.0]])
    robust = xr.Dataset({"zone_area_km2": (("sample", "zone"), areas)}, coords={"zone": ["a", "b", "c"]})
    table = rank_stability(robust, top=1)
    assert table["zone"].tolist() == ["a", "b", "c"]
    assert table["mean_rank"].tolist() == [1.5, 1.5, 3.0]
    assert table["share_same_rank"].tolist() == [0.5, 0.5, 1.0]
    assert table["share_top"].tolist() == [0.5, 0.5, 0.0]
    # Kendall: 1 for the same order, 1/3 with one of three pairs turned
    assert table.attrs["kendall"] == pytest.approx((1 + 1 / 3) / 2)


def test_critical_weights_by_hand_and_by_trial():
    means = pd.DataFrame({"a": [1.0, 0.0], "b": [0.0, 0.8]}, index=["north", "south"])
    table = critical_weights(means, weights={"a": 0.5, "b": 0.5}).set_index("criterion")
    # north w = south 0.8 (1 - w): w = 4/9
    assert table.loc["a", "critical_weight"] == pytest.approx(4 / 9)
    assert table.loc["a", "zone"] == "north"
    dem = rasters.jacksboro().isel(y=slice(0, 100), x=slice(0, 120))
    found = zone_memberships(dem, crop="orange", zones=thirds(dem))
    weights = found.attrs["weights"]
    for row in critical_weights(found, weights=weights, scope="any").dropna().itertuples():
        rest = {k: v * (1 - row.critical_weight) / (1 - weights[row.criterion]) for k, v in weights.items()}
        rest[row.criterion] = row.critical_weight
        scores = (found * pd.Series(rest)).sum(axis=1)
        assert scores[row.zone] == pytest.approx(scores[row.rival], abs=1e-9)


def test_zone_memberships_are_means():
    dem = rasters.raster([[800, 650, 500], [800, 650, 500], [800, 650, 500]], cell=30_000)
    table = zone_memberships(dem, crop="plum", zones=thirds(dem))
    assert table["elevation"].tolist() == pytest.approx([1.0, 0.5, 0.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: band_probability(d, sigma=-1), "sigma"),
        (lambda d: band_probability(d, sigma=1, edges=[]), "edges"),
        (lambda d: band_probability(d, sigma=1, correlation_length=-1), "correlation_length"),
        (lambda d: band_probability(d, sigma=1, samples=5, every_band=True), "every_band"),
        (lambda d: band_area_distribution(d, sigma=1, samples=1), "samples"),
        (lambda d: weight_robustness(d, crop="plum", concentration=0), "concentration"),
        (lambda d: weight_robustness(d, crop="plum", samples=0), "samples"),
        (lambda d: rank_stability(weight_robustness(d, crop="plum", samples=2)), "zones"),
        (lambda d: critical_weights(pd.DataFrame({"a": [1.0]}), weights={"a": 0.0}), "sum to zero"),
        (lambda d: critical_weights(pd.DataFrame({"a": [1.0]}), weights={"a": 1.0}, scope="all"), "scope"),
    ],
)
def test_bad_options_are_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call(rasters.raster(np.full((2, 2), 800.0)))


def test_a_dem_without_crs_is_refused():
    with pytest.raises(DataError, match="CRS"):
        band_probability(xr.DataArray(np.zeros((2, 2)), dims=("y", "x")), sigma=1)
