"""The evaluation against hand calculations, plain NumPy, exactextract, and its invariants."""

import math
from dataclasses import replace

import dask.array
import exactextract
import geopandas as gpd
import numpy as np
import pytest
import shapely
import suitability_rasters as rasters
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import terrain
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.suitability import areas_table, embedded_crops, evaluate, load_crop
from nanyi_gis.suitability.use_file import parse_use

LAYERS = ("score", "cls", "limiting", "band", "irrigation")

HAND = parse_use(
    {
        "id": "hand",
        "constraints": {"slope_max": 25, "slope_unit": "deg", "masks": ["water"]},
        "criterion": [
            {
                "id": "elevation",
                "unit": "m",
                "weight": 3,
                "points": [600, 700, 900, 1000],
                "low": {"S1": 700, "S2": 600, "S3": 500},
                "high": {"S1": 900, "S2": 1000, "S3": 1100},
            },
            {
                "id": "slope",
                "unit": "deg",
                "weight": 1,
                "points": [-1, 0, 10, 20],
                "high": {"S1": 10, "S2": 20, "S3": 25},
            },
            {
                "id": "soil_ph",
                "unit": "pH",
                "weight": 1,
                "points": [4, 5, 6, 7],
                "low": {"S1": 5, "S2": 4.5, "S3": 4},
                "high": {"S1": 6, "S2": 6.5, "S3": 7},
            },
        ],
    }
)


def same(first: xr.Dataset, second: xr.Dataset) -> None:
    for name in LAYERS:
        np.testing.assert_array_equal(first[name].values, second[name].values, err_msg=name)


def test_three_by_three_by_hand():
    # a flat field of 650 m: membership of elevation 0.5, of slope 1 -> (3 * 0.5 + 1 * 1) / 4 = 0.625
    result = evaluate(rasters.raster(np.full((3, 3), 650)), crop=HAND)
    assert (result["score"] == 63).all()
    assert (result["cls"] == 2).all()
    assert (result["limiting"] == 1).all()
    assert (result["band"] == 1).all()


def test_a_tilted_plane_by_hand():
    # 15 degrees: membership of slope 0.5, class S2; elevation 800 m: 1, S1 -> (3 + 0.5) / 4 = 0.875
    result = evaluate(rasters.tilted(15, middle=800, shape=(3, 3)), crop=HAND)
    assert result["score"].values[1, 1] == 88
    assert result["cls"].values[1, 1] == 2
    assert result["limiting"].values[1, 1] == 2
    # the rim is extrapolated through the cell, so a plane keeps its slope there
    assert (result["cls"] == 2).all()


def test_bands_and_limits_are_lower_inclusive():
    result = evaluate(rasters.raster([[699.9, 700, 899.9], [900, 1199.9, 1200], [500, 600, 1000]]), crop=HAND)
    assert result["band"].values.tolist() == [[1, 2, 2], [3, 3, 4], [1, 1, 3]]
    flat = [evaluate(rasters.raster([[z]]), crop=HAND)["cls"].item() for z in (699.9, 700, 899.9, 900, 1000, 1100, 499)]
    assert flat == [2, 1, 1, 2, 3, 4, 4]


def test_a_layer_counts_and_its_gaps_are_judged_by_the_rest():
    dem = rasters.raster(np.full((1, 3), 800))
    soil = rasters.raster([[5.5, 6.75, np.nan]])
    result = evaluate(dem, crop=HAND, layers={"soil_ph": soil})
    # (3 + 1 + 1) / 5, (3 + 1 + 0.25) / 5, (3 + 1) / 4
    assert result["score"].values.tolist() == [[100, 85, 100]]
    assert result["cls"].values.tolist() == [[1, 3, 1]]
    assert result["limiting"].values.tolist() == [[254, 11, 254]]
    without = evaluate(dem, crop=HAND)
    assert without.attrs["missing"] == "soil_ph"
    assert without.attrs["weights"] == '{"elevation": 0.75, "slope": 0.25}'


def test_constraints_come_first():
    dem = rasters.raster(np.full((1, 2), 800))
    water = rasters.raster([[0, 1]], dtype="uint8", nodata=None)
    result = evaluate(dem, crop=HAND, layers={"water": water})
    assert result["cls"].values.tolist() == [[1, 4]]
    assert result["score"].values.tolist() == [[100, 0]]
    assert result["limiting"].values.tolist() == [[254, 202]]


def test_the_legal_slope_is_absolute_for_sorghum_and_switchable_for_orchards():
    steep = rasters.tilted(30, facing=180, middle=600)
    orange = evaluate(steep, crop="orange")
    assert (orange["cls"] == 4).all()
    assert (orange["limiting"] == 201).all()
    assert (orange["score"] == 0).all()
    allowed = evaluate(steep, crop="orange", allow_steep=True)
    assert (allowed["cls"] == 3).all()
    with pytest.raises(ParameterError, match=r"allow_steep.*sorghum.*水土保持法"):
        evaluate(steep, crop="sorghum", allow_steep=True)


@pytest.mark.parametrize(("facing", "deviation"), [(180, 0), (270, 90), (0, 180), (90, 90), (135, 45)])
def test_aspect_is_the_angle_from_the_best_direction(facing, deviation):
    crop = parse_use(
        {
            "id": "sun",
            "criterion": [
                {
                    "id": "aspect",
                    "unit": "deg",
                    "weight": 1,
                    "optimum": 180,
                    "shape": "linear",
                    "points": [180, 0],
                    "high": {"S1": 60, "S2": 120, "S3": 150},
                }
            ],
        }
    )
    result = evaluate(rasters.tilted(10, facing=facing), crop=crop)
    assert result["score"].values[3, 4] == pytest.approx(100 * (1 - deviation / 180), abs=0.51)


def _faces_a_limit(dem, crop):
    """Return the inner cells whose aspect is a limit of its criterion, as happens on whole heights: 45 degrees."""
    azimuth = rasters.horn(dem)[1]
    found = np.zeros(azimuth.shape, bool)
    for criterion in crop.criteria:
        if criterion.id == "aspect":
            away = np.abs((azimuth - criterion.optimum + 180) % 360 - 180)
            found |= np.isclose(away[..., np.newaxis], criterion.high, rtol=0, atol=1e-3).any(axis=-1)
    return found


@pytest.mark.parametrize("name", embedded_crops())
def test_real_terrain_against_plain_numpy(name):
    dem, crop = rasters.jacksboro(), load_crop(name)
    result = evaluate(dem, crop=crop)
    score, grade, cause, slope = rasters.oracle(dem, crop)
    inner = (slice(1, -1), slice(1, -1))
    # a threshold met to the last of 24 bits may fall on either side; nothing else may differ
    differs = (result["cls"].values[inner] != grade) & ~_faces_a_limit(dem, crop)
    assert differs.mean() < 2e-5
    assert (result["limiting"].values[inner] != cause).mean() < 1e-3
    assert np.abs(result["score"].values[inner].astype(int) - score).max() <= 1 or (slope > crop.slope_max).any()
    assert (result["score"].values[inner] != score).mean() < 1e-3


@pytest.mark.parametrize("shape", ["trapezoid", "linear", "sigmoid", "gaussian"])
def test_every_shape_against_its_formula(shape):
    points = {"trapezoid": [400, 600, 900, 1200], "linear": [1200, 400], "sigmoid": [700, 500], "gaussian": [800, 150]}
    record = {"id": "elevation", "unit": "m", "weight": 1, "shape": shape, "points": points[shape], "high": {"S1": 9e3}}
    crop = parse_use({"id": shape, "criterion": [record]})
    dem = rasters.raster(np.linspace(300, 1400, 600).reshape(20, 30))
    expected = np.floor(100 * crop.criteria[0].membership(dem.values) + 0.5)
    found = evaluate(dem, crop=crop)["score"].values.astype(int)
    assert (found != expected).mean() < 0.005
    assert np.abs(found - expected).max() <= 1


def test_the_weighted_product_is_zero_where_one_membership_is():
    crop = replace(HAND, aggregation="geometric")
    dem = rasters.raster([[500, 650, 800]], cell=30_000)
    # (0 ** 3 * 1) ** (1/4), (0.5 ** 3 * 1) ** (1/4) = 0.5946, 1
    assert evaluate(dem, crop=crop)["score"].values.tolist() == [[0, 59, 100]]


@pytest.mark.parametrize("chunks", [(344, 403), (100, 37), (1, 403), (344, 1), (13, 211)])
def test_any_chunking_gives_the_same_bytes(chunks):
    dem = rasters.jacksboro()
    zones = xr.zeros_like(dem, dtype=np.int32) + 1 + (dem > 700)
    zones = zones.astype(np.int32).rio.write_nodata(0)
    whole = evaluate(dem, crop="plum", zones=zones)
    lazy = evaluate(dem.chunk({"y": chunks[0], "x": chunks[1]}), crop="plum", zones=zones)
    assert isinstance(lazy["score"].data, dask.array.Array)
    computed = lazy.compute(scheduler="synchronous")
    same(whole, computed)
    np.testing.assert_array_equal(whole["area_km2"].values, computed["area_km2"].values)


def test_threads_and_strips_give_the_same_bytes(monkeypatch):
    from nanyi_gis.suitability import blocks

    dem = rasters.jacksboro()
    one = evaluate(dem, crop="orange", threads=1)
    monkeypatch.setattr(blocks, "STRIP_CELLS", 5000)
    same(one, evaluate(dem, crop="orange", threads=5))


def test_areas_by_class_sum_to_the_valid_area():
    dem = rasters.jacksboro()
    dem = dem.where(dem > 400)
    zones = (xr.ones_like(dem) + (dem.x > dem.x.mean())).astype(np.int32).transpose("y", "x")
    result = evaluate(dem, crop="kiwifruit", zones=zones)
    cells = terrain.cell_areas(dem).values / 1e6
    for code in (1, 2):
        inside = (zones.values == code) & ~np.isnan(dem.values)
        assert float(result["area_km2"][code - 1].sum()) == pytest.approx(cells[inside].sum(), rel=1e-9)
    table = areas_table(result)
    assert list(table) == ["zone", "band", "class", "area_km2", "area_wanmu", "irrigation_km2"]
    assert table["area_km2"].sum() == pytest.approx(cells[~np.isnan(dem.values)].sum(), rel=1e-9)
    np.testing.assert_allclose(table["area_wanmu"], table["area_km2"] * 0.15)


def test_zonal_sums_against_exactextract():
    dem = rasters.jacksboro()
    west, south, east, north = dem.rio.bounds()
    cuts = np.linspace(west, east, 4).round(-2) // 90 * 90 + (west % 90)
    zones_of = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]},
        geometry=[shapely.box(cuts[k], south, cuts[k + 1], north) for k in range(3)],
        crs=dem.rio.crs,
    )
    codes = np.searchsorted(cuts[1:-1], dem.x.values, side="right") + 1
    codes = np.where((dem.x.values > cuts[0]) & (dem.x.values < cuts[-1]), codes, 0)
    zones = rasters.raster(np.tile(codes, (dem.sizes["y"], 1)), cell=90, dtype="int32", nodata=0)
    result = evaluate(dem, crop="plum", zones=zones)
    area = terrain.cell_areas(dem) / 1e6
    for grade in range(1, 5):
        share = area.where(result["cls"] == grade, 0.0).rio.write_crs(dem.rio.crs)
        sums = exactextract.exact_extract(share, zones_of, "sum", output="pandas")["sum"]
        np.testing.assert_allclose(result["area_km2"][:, :, grade - 1].sum("altitude_band"), sums, rtol=1e-6, atol=1e-6)


def test_slope_is_that_of_the_terrain_room():
    dem = rasters.jacksboro(cell=30)
    crop = parse_use(
        {
            "id": "s",
            "criterion": [
                {"id": "slope", "unit": "deg", "weight": 1, "shape": "linear", "points": [0, 100], "high": {"S1": 90}}
            ],
        }
    )
    slope = terrain.slope(dem).values[1:-1, 1:-1]
    score = evaluate(dem, crop=crop)["score"].values[1:-1, 1:-1]
    assert (score != np.floor(slope + 0.5)).mean() < 1e-4


def test_degrees_get_the_right_metres():
    # 0.001 degrees are 110.9 m northward and 98.3 m eastward at 28 N; a rise of 20 m a row is 10.2 degrees
    values = np.repeat(800 + 20.0 * np.arange(9)[::-1, None], 7, axis=1)
    dem = rasters.raster(values, cell=0.001, crs="EPSG:4326", west=105.5, north=28.0)
    crop = replace(HAND, criteria=(HAND.criterion("slope"),))
    # membership 1 up to 10 degrees, 0 at 20: atan(20 / 110.87) = 10.226 degrees -> 0.977
    assert set(evaluate(dem, crop=crop)["score"].values[1:-1, 1:-1].ravel()) == {98}
    zones = xr.ones_like(dem, dtype=np.int32)
    total = float(evaluate(dem, crop=crop, zones=zones)["area_km2"].sum())
    assert total == pytest.approx(63 * 0.11087 * 0.0984, rel=2e-3)


@pytest.mark.parametrize("latitude", [-90.0, -89.5, 0.0, 89.99])
def test_extreme_latitudes_are_handled(latitude):
    dem = rasters.raster(np.full((6, 8), 800.0), cell=0.01, crs="EPSG:4326", west=105.0, north=latitude + 0.06)
    if latitude > 89.9:
        with pytest.raises(DataError, match="latitudes end at 90"):
            evaluate(dem, crop=HAND)
    else:
        assert (evaluate(dem, crop=HAND)["cls"] == 1).all()


def test_web_mercator_gives_true_slopes():
    # at 28 N Mercator stretches by 1.132: 30 m on the map are 26.5 m on the ground
    true = rasters.tilted(10, middle=800, shape=(5, 5), cell=30)
    stretched = rasters.raster(true.values, cell=30 * 1.1313, crs="EPSG:3857", west=11.75e6, north=3.2505e6)
    crop = replace(HAND, criteria=(replace(HAND.criterion("slope"), points=(-1, 0, 0, 20)),))
    assert evaluate(stretched, crop=crop)["score"].values[2, 2] == pytest.approx(50, abs=1)


def test_a_one_cell_raster_is_level_ground():
    result = evaluate(rasters.raster([[800.0]]), crop=HAND)
    assert result["score"].item() == 100
    bare = xr.DataArray(np.array([[800.0]]), dims=("y", "x")).rio.write_crs("EPSG:4544")
    with pytest.raises(DataError, match="cell size"):
        evaluate(bare, crop=HAND)


def test_nan_nodata_and_nonsense_are_unknown():
    values = [[800, np.nan, -9999], [np.inf, -32768, 800], [9.9e33, 800, 800]]
    result = evaluate(rasters.raster(values, nodata=-9999), crop=HAND)
    known = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 1]], bool)
    assert ((result["score"].values == 255) == ~known).all()
    for name in ("cls", "limiting", "band"):
        assert ((result[name].values == 0) == ~known).all()
    # gaps beside a cell do not make it steep
    assert (result["cls"].values[known] == 1).all()
    integers = rasters.raster([[800, -9999]], nodata=-9999, dtype="int16")
    assert evaluate(integers, crop=HAND)["cls"].values.tolist() == [[1, 0]]


def test_the_result_tells_codes_and_crs():
    dem = rasters.raster(np.full((2, 2), 800))
    result = evaluate(dem, crop="orange")
    assert result.rio.crs == dem.rio.crs
    assert result["score"].rio.transform() == dem.rio.transform()
    assert result["score"].dtype == result["cls"].dtype == np.uint8
    assert (result["score"].rio.nodata, result["cls"].rio.nodata) == (255, 0)
    assert result["cls"].attrs["flag_meanings"][0].startswith("S1")
    assert dict(zip(result["limiting"].flag_values, result["limiting"].flag_meanings, strict=True))[2] == "slope"


def test_the_callers_dem_is_left_alone():
    dem = rasters.raster([[800, -9999]], nodata=-9999)
    before = dem.copy(deep=True)
    evaluate(dem, crop=HAND)
    xr.testing.assert_identical(dem, before)


def test_a_scalar_band_coordinate_does_no_harm():
    dem = rasters.raster(np.full((2, 2), 800)).assign_coords(band=1)
    assert evaluate(dem, crop=HAND)["band"].shape == (2, 2)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weights": {"slop": 1}}, "'slop'"),
        ({"weights": {"slope": -1}}, "must not be negative"),
        ({"weights": {"slope": 0, "elevation": 0}}, "sum to zero"),
        ({"weights": {"soil_ph": 1}}, "layer 'soil_ph' is missing"),
        ({"layers": {"lava": None}}, "'lava' is not used"),
        ({"shoulder": -5}, "shoulder"),
        ({"edges": [900, 700]}, "rise strictly"),
        ({"threads": 0}, "threads"),
        ({"weights": [1]}, "weights is a list, but must be a mapping"),
        ({"layers": [1]}, "layers is a list, but must be a mapping"),
        ({"crop": None}, "crop is None, but must be a name"),
    ],
)
def test_bad_options_are_refused(options, words):
    with pytest.raises(ParameterError, match=words):
        evaluate(rasters.raster(np.full((2, 2), 800)), **({"crop": HAND} | options))


def test_layers_and_zones_on_another_grid_are_refused():
    dem = rasters.raster(np.full((4, 4), 800))
    for other in (rasters.raster(np.ones((3, 4))), rasters.raster(np.ones((4, 4)), west=0)):
        with pytest.raises(DataError, match="reproject_match"):
            evaluate(dem, crop=HAND, layers={"soil_ph": other})
        with pytest.raises(DataError, match="reproject_match"):
            evaluate(dem, crop=HAND, zones=other.astype(np.int32))
    with pytest.raises(DataError, match="no code above 0"):
        evaluate(dem, crop=HAND, zones=xr.zeros_like(dem, dtype=np.int32))
    with pytest.raises(DataError, match="no CRS"):
        evaluate(dem.drop_vars("spatial_ref"), crop=HAND)
    with pytest.raises(DataError, match=r"xarray\.DataArray"):
        evaluate(dem.values, crop=HAND)


heights = st.lists(st.floats(300, 1400, width=32), min_size=9, max_size=9)


@settings(max_examples=60, deadline=None)
@given(heights, st.floats(0, 200))
def test_wider_shoulders_never_lower_a_score(values, extra):
    dem = rasters.raster(np.reshape(values, (3, 3)), cell=300)
    narrow = evaluate(dem, crop="plum", shoulder=100, threads=1)["score"].values
    wide = evaluate(dem, crop="plum", shoulder=100 + extra, threads=1)["score"].values
    assert (wide >= narrow).all()


@settings(max_examples=60, deadline=None)
@given(heights, st.lists(st.booleans(), min_size=9, max_size=9))
def test_a_constraint_never_raises_a_class(values, wet):
    dem = rasters.raster(np.reshape(values, (3, 3)), cell=300)
    water = rasters.raster(np.reshape(wet, (3, 3)), cell=300, dtype="uint8", nodata=None)
    free = evaluate(dem, crop="orange", threads=1)
    bound = evaluate(dem, crop="orange", layers={"water": water}, threads=1)
    assert (bound["cls"].values >= free["cls"].values).all()
    assert (bound["score"].values <= free["score"].values).all()
    assert ((bound["cls"].values == 4) | ~np.reshape(wet, (3, 3))).all()


@settings(max_examples=40, deadline=None)
@given(st.floats(0.1, 50, allow_nan=False))
def test_only_the_proportions_of_weights_matter(factor):
    dem = rasters.tilted(12, middle=720)
    weights = {criterion.id: criterion.weight for criterion in HAND.criteria if not criterion.layer}
    scaled = {name: weight * factor for name, weight in weights.items()}
    first, second = (evaluate(dem, crop=HAND, weights=w, threads=1)["score"].values for w in (weights, scaled))
    assert np.abs(first.astype(int) - second).max() <= 1


def test_bamboo_may_stand_steeper_than_orchards():
    assert load_crop("bamboo").slope_max == 35
    assert math.isfinite(load_crop("sorghum").slope_max)
