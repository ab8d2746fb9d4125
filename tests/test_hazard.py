"""Landslides: closed forms of the infinite slope, models of an inventory judged on ground that they have not seen."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from terrain_rasters import hills, raster

from nanyi_gis import hazard
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.hazard import Soil, infinite_slope
from nanyi_gis.suitability import evaluate
from nanyi_gis.suitability.use_file import parse_use

DRY = {"cohesion_kpa": (0, 0), "friction_deg": (30, 30), "depth_m": (1, 3), "unit_weight_kn_m3": (18, 18)}
LOOSE = Soil(cohesion_kpa=(1, 12), friction_deg=(20, 38), depth_m=(0.8, 3), unit_weight_kn_m3=(16, 21), wetness=(0, 1))


def ramp(degrees, *, cells=5, step=30.0):
    """Return a plane of a slope that rises to the east."""
    z = np.zeros((cells, cells)) + np.tan(np.radians(degrees)) * step * np.arange(cells)
    return raster(z, step=(step, -step))


def at_centre(dem, soil, *, samples=64, **options):
    found = infinite_slope(dem, soil=soil, samples=samples, **options)
    return float(found["fails"][2, 2]), float(found["factor"][2, 2])


# ---- the infinite slope ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [5.0, 29.9, 30.1, 45.0, 70.0])
def test_dry_soil_without_cohesion_fails_where_it_is_steeper_than_its_friction(degrees):
    soil = Soil(**DRY, wetness=(0, 0))
    share, factor = at_centre(ramp(degrees), soil)
    assert share == (degrees > 30)
    assert factor == pytest.approx(min(np.tan(np.radians(30)) / np.tan(np.radians(degrees)), 10), rel=1e-4)


def test_full_of_water_it_holds_about_half_the_slope():
    """With water to the surface F = (1 - 9.81 / 18) tan 30 / tan b."""
    soil = Soil(**DRY, wetness=(1, 1))
    angle = np.degrees(np.arctan((1 - 9.81 / 18) * np.tan(np.radians(30))))
    assert at_centre(ramp(angle - 0.1), soil)[0] == 0
    assert at_centre(ramp(angle + 0.1), soil)[0] == 1


def test_with_cohesion_the_factor_is_that_of_the_formula():
    soil = Soil(
        cohesion_kpa=(8, 8), friction_deg=(25, 25), depth_m=(2, 2), unit_weight_kn_m3=(19, 19), wetness=(0.5, 0.5)
    )
    b, phi = np.radians(35.0), np.radians(25.0)
    wanted = (8 + (19 - 0.5 * 9.81) * 2 * np.cos(b) ** 2 * np.tan(phi)) / (19 * 2 * np.sin(b) * np.cos(b))
    share, factor = at_centre(ramp(35.0), soil)
    assert factor == pytest.approx(wanted, rel=1e-4)
    assert share == (wanted < 1)


def test_the_share_is_what_the_draws_say_one_by_one():
    dem = raster(hills((20, 20), seed=3))
    found = infinite_slope(dem, soil=LOOSE, samples=101, seed=7)
    draws = LOOSE.draws(101, seed=7)
    t = np.tan(np.radians(np.asarray(hazard.terrain_factors(dem)["slope"].values, dtype=float)))
    held = (
        draws.cohesion[:, None, None] * (1 + t**2) + (draws.friction * (1 - draws.lift * draws.wetness))[:, None, None]
    )
    np.testing.assert_allclose(found["fails"].values, np.where(np.isnan(t), np.nan, (held < t).mean(axis=0)), atol=1e-7)
    median = np.minimum(np.median(held, axis=0) / t, 10)
    np.testing.assert_allclose(found["factor"].values, median, rtol=1e-3)


@given(
    st.sampled_from(["cohesion_kpa", "friction_deg", "depth_m", "wetness"]), st.floats(0.01, 0.3), st.integers(0, 50)
)
@settings(max_examples=20, deadline=None)
def test_it_is_monotone_in_each_parameter(name, more, seed):
    dem = raster(hills((8, 8), seed=1))
    low, high = getattr(LOOSE, name)
    width = (high - low) * more
    values = {key: getattr(LOOSE, key) for key in (*DRY, "wetness")}
    weak, strong = (low, high - width), (low + width, high)
    first = infinite_slope(dem, soil=Soil(**values | {name: weak}), samples=40, seed=seed)["fails"].values
    second = infinite_slope(dem, soil=Soil(**values | {name: strong}), samples=40, seed=seed)["fails"].values
    sign = -1 if name in {"cohesion_kpa", "friction_deg"} else 1
    assert (np.nan_to_num(sign * (second - first)) >= 0).all()


def test_a_raster_of_wetness_that_is_the_same_everywhere_is_the_interval_of_that_value():
    dem = raster(hills((12, 12), seed=2))
    values = {key: getattr(LOOSE, key) for key in DRY}
    one = infinite_slope(dem, soil=Soil(**values, wetness=(0.4, 0.4)), samples=50, seed=1)
    other = infinite_slope(dem, soil=LOOSE, samples=50, seed=1, wetness=xr.full_like(dem, 0.4))
    np.testing.assert_array_equal(one["fails"].values, other["fails"].values)
    np.testing.assert_allclose(one["factor"].values, other["factor"].values, rtol=1e-3)


def test_hollows_that_gather_water_fail_first():
    """Under steady flow m = min(1, R/T a / sin b): none of it without area, full where there is much."""
    dem = ramp(25.0)
    soil = Soil(**DRY, recharge_per_m=(1e-3, 1e-3))
    dry, wet = (at_centre(dem, soil, specific_area=xr.full_like(dem, area)) for area in (0.0, 1e6))
    assert dry == (0.0, pytest.approx(np.tan(np.radians(30)) / np.tan(np.radians(25)), rel=1e-4))
    assert wet[0] == 1.0
    half = 0.5 * np.sin(np.radians(25.0)) / 1e-3
    factor = at_centre(dem, soil, specific_area=xr.full_like(dem, half))[1]
    assert factor == pytest.approx((1 - 0.5 * 9.81 / 18) * dry[1], rel=1e-4)


def test_on_a_plane_the_land_above_is_its_length():
    area = hazard.specific_area(ramp(20.0, cells=8))
    np.testing.assert_allclose(area.values[3], 30.0 * np.arange(8, 0, -1), rtol=1e-3)


def test_dask_blocks_give_the_same_bits_and_degrees_are_handled():
    dem = raster(hills((30, 30), seed=5))
    lazy = infinite_slope(dem.chunk({"y": 11, "x": 13}), soil=LOOSE, samples=30)
    assert lazy["fails"].chunks is not None
    whole = infinite_slope(dem, soil=LOOSE, samples=30)
    for name in ("fails", "factor"):
        np.testing.assert_array_equal(lazy[name].values, whole[name].values)
    side = 30 / 111_320
    angles = raster(np.asarray(ramp(29.0)), origin=(105.5, 0.001), step=(side, -side), crs="EPSG:4326")
    assert at_centre(angles, Soil(**DRY, wetness=(0, 0)))[1] == pytest.approx(
        np.tan(np.radians(30)) / np.tan(np.radians(29)), rel=0.01
    )


def test_the_layers_say_what_they_are():
    found = infinite_slope(ramp(20.0), soil=LOOSE, samples=10)
    assert found.attrs["standard_error"] == pytest.approx(0.5 / np.sqrt(10))
    for name in ("fails", "factor"):
        assert "not validated" in found[name].attrs["validation"]
        assert "no probability of a slide" in found[name].attrs["validation"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cohesion_kpa": (5, 2)}, "cohesion_kpa is 5 to 2, but must not fall"),
        ({"friction_deg": (20, 95)}, "friction_deg is 20 to 95, but must be degrees"),
        ({"depth_m": 2}, "depth_m is 2, but must be two numbers"),
        ({"wetness": (-0.1, 1)}, "wetness is -0.1 to 1, but must be shares"),
    ],
)
def test_a_soil_that_cannot_be_is_refused(change, words):
    with pytest.raises(ParameterError, match=words):
        Soil(**DRY | change)


def test_water_that_does_not_fit_is_refused():
    dem = ramp(20.0)
    with pytest.raises(ParameterError, match="both given"):
        infinite_slope(dem, soil=LOOSE, wetness=dem, specific_area=dem)
    with pytest.raises(ParameterError, match="recharge_per_m"):
        infinite_slope(dem, soil=LOOSE, specific_area=dem)
    with pytest.raises(DataError, match="must be 0 to 1"):
        infinite_slope(dem, soil=LOOSE, wetness=dem)
    with pytest.raises(DataError, match="another grid"):
        infinite_slope(dem, soil=LOOSE, wetness=ramp(20.0, cells=6))


# ---- thresholds and ranks -------------------------------------------------------------------------------------------


def test_a_threshold_needs_less_intensity_and_more_rain_the_longer_it_lasts():
    table = hazard.threshold_table(alpha=14.8, beta=0.39)
    assert (np.diff(table["mm_per_hour"]) < 0).all()
    assert (np.diff(table["mm"]) > 0).all()
    with pytest.raises(ParameterError, match="below 1"):
        hazard.threshold_table(alpha=10, beta=1.0)


def test_a_layer_without_an_order_agrees_with_none():
    flat, other = xr.DataArray(np.zeros((2, 3))), xr.DataArray(np.arange(6.0).reshape(2, 3))
    assert np.isnan(hazard.rank_agreement(flat, other))


def test_ranks_under_the_same_weights_stand_and_under_turned_ones_do_not():
    index = np.random.default_rng(0).random(500)
    same = hazard.ranks_kept(index, np.array([index, 2 * index + 1]))
    assert (same.spearman, same.kept_low) == (pytest.approx(1.0), 1.0)
    other = hazard.ranks_kept(index, np.array([-index]))
    assert (other.spearman, other.kept) == (pytest.approx(-1.0), 0.0)


# ---- criteria files -------------------------------------------------------------------------------------------------


def test_the_index_orders_steep_ground_last_and_tells_how_far_its_order_stands():
    dem = raster(hills((30, 30), seed=8), step=(90.0, -90.0))
    score = evaluate(dem, use="landslide")["score"].values.astype(float)
    steep = hazard.terrain_factors(dem)["slope"].values
    known = np.isfinite(steep)
    assert np.corrcoef(score[known], steep[known])[0, 1] < -0.8
    found = hazard.index_stability(dem, use="landslide", samples=40)
    assert 0.5 < found.spearman_low <= found.spearman <= 1
    assert 0 < found.kept_low <= found.kept <= 1
    assert found.cells == dem.size  # the evaluation has a slope at the rim too


def test_a_map_of_the_index_says_that_it_is_not_validated():
    found = evaluate(ramp(20.0, cells=8), use="landslide")
    assert "not validated" in found.attrs["notes"]


def test_karst_is_refused_without_rock_and_land_cover():
    dem = raster(hills((6, 6), seed=8))
    for layers in (None, {"land_cover": xr.full_like(dem, 10)}):
        with pytest.raises(ParameterError, match=r"karst cannot be judged without the layers not_carbonate"):
            evaluate(dem, use="karst", layers=layers)
    both = {"land_cover": xr.full_like(dem, 60), "not_carbonate": xr.zeros_like(dem)}
    both["not_carbonate"][:, :3] = 1
    found = evaluate(dem, use="karst", layers=both)
    assert (found["cls"].values[1:-1, 1:3] == 4).all()
    assert set(np.unique(found["limiting"].values[1:-1, 1:3])) == {207}
    with pytest.raises(ParameterError, match="requires has 'rock', which is no mask"):
        parse_use({"id": "x", "requires": ["rock"], "criterion": [CRITERION]})


CRITERION = {"id": "slope", "unit": "deg", "weight": 1, "high": {"S1": 8, "S2": 15, "S3": 25}}
