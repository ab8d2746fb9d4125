"""The demonstration terrain: honest about itself, near the truth where it claims to be, the same each time."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from nanyi_gis._kernels.drainage import accumulate, flood_order, incise
from nanyi_gis.dem import load_dem
from nanyi_gis.io import data_file, read_provenance
from nanyi_gis.sources.demo_dem import Recipe, build_demo_dem, known_heights
from nanyi_gis.sources.demo_dem.accuracy import as_markdown, measure
from nanyi_gis.sources.demo_dem.known import check_heights, of_the_point, river_levels
from nanyi_gis.sources.demo_dem.relief import Anchors, Erosion, evolve
from nanyi_gis.sources.demo_dem.river import River, levels, river_cells, valley_path
from nanyi_gis.sources.demo_dem.trend import Blocks, deviation_within_blocks
from nanyi_gis.study import load_study

REFERENCE = Path(__file__).parents[2] / "shared/data/dem/reference_dem_15s.tif"


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def dem(study):
    return load_dem(study=study)


@pytest.fixture(scope="module")
def accuracy(dem, study):
    return measure(dem, study=study, known=known_heights(study))


def test_the_file_says_what_it_is(study):
    path = data_file("dem/demo_dem_90m.tif")
    assert path.stat().st_size <= 3_000_000
    record = read_provenance(path)
    assert record.evidence == "modelled"
    assert "示范地形" in record.title_zh
    assert "模型高程" in record.title_zh
    grid = study.grid(90, margin_m=6000)
    with rasterio.open(path) as dataset:
        tags = dataset.tags()
        assert (dataset.transform, dataset.shape) == (grid.transform, grid.shape)
        assert dataset.crs.to_epsg() == 4544
        assert dataset.dtypes == ("int16",)
        assert dataset.nodata == -32768
        assert dataset.overviews(1)
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
    assert tags["TERRAIN"] == "demonstration"
    assert tags["EVIDENCE"] == "modelled"
    assert "示范地形" in tags["TITLE_ZH"]
    assert 100 < float(tags["HEIGHT_RMSE_M"]) < 300


def test_it_is_near_the_truth(accuracy, dem):
    assert accuracy.mean_m == pytest.approx(984, abs=20)
    np.testing.assert_allclose(accuracy.shares, (0.219, 0.149, 0.332, 0.300), atol=0.07)
    assert 10 <= accuracy.slope_mean_deg <= 18
    known = accuracy.known[accuracy.known["in_counties"]]
    assert len(known) >= 7
    assert accuracy.known["error_m"].abs().max() <= 60
    assert np.isfinite(dem.values).all()


def test_seats_that_are_no_conditions_are_met_too(accuracy):
    """Towns lie where towns lie: no bias over 40 m, root mean square under 120 m at the heights never seen."""
    errors = accuracy.checks["error_m"]
    assert len(errors) == 10
    assert abs(errors.mean()) <= 40
    assert np.sqrt((errors**2).mean()) < 120
    np.testing.assert_allclose(accuracy.shares, (0.219, 0.149, 0.332, 0.300), atol=0.025)


def test_every_second_seat_of_a_county_by_height_is_a_check(study):
    conditions, checks = known_heights(study), check_heights(study)
    assert not set(conditions.index) & set(checks.index)
    seats = pd.concat([conditions[conditions["kind"] == "seat"], checks]).reset_index()
    for county in ("510524", "510525"):
        ranked = seats[seats["id"].str.startswith(f"township-{county}")].sort_values(["elevation_m", "id"])
        assert ranked["id"].isin(checks.index).tolist() == [False, True] * 5


def test_no_height_of_a_place_that_only_represents_is_a_condition(study):
    places = study.places.set_index("id")
    assert places.loc["luohan-forest", "elevation_m"] == 1902
    used = known_heights(study)
    held = places.loc[places.index.intersection(used.index)]
    assert not held["representative"].any()
    assert "luohan-forest" not in used.index
    assert set(river_levels(study)["elevation_m"]) == {690.0, 325.0, 300.0}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"representative": True}, False),
        ({"uncertainty_m": 4000.0}, False),
        ({"elevation_m": np.nan}, False),
    ],
)
def test_the_rule_looks_at_the_place_and_not_at_its_name(study, change, kept):
    station = study.places[study.places["id"] == "met-gulin"].assign(id="somewhere", **change)
    assert (len(of_the_point(station)) == 1) == kept


def test_the_seat_of_fenshui_does_not_stand_on_the_summit(dem, study):
    seat = study.places.set_index("id").geometry["township-510524108"]
    assert float(dem.sel(x=seat.x, y=seat.y, method="nearest")) == pytest.approx(1304, abs=120)


def test_the_chishui_falls_all_the_way(accuracy, dem, study):
    assert accuracy.river_rise_m <= 0
    assert accuracy.river_m[0][0] == pytest.approx(690, abs=2)
    assert accuracy.river_m[-1][1] == pytest.approx(300, abs=2)
    assert accuracy.river_m[0][1] > accuracy.river_m[1][0]
    for reach in study.frontage.geometry:
        at = [reach.interpolate(step) for step in np.arange(0, reach.length, 500)]
        for point in at:
            around = dem.sel(x=slice(point.x - 900, point.x + 900), y=slice(point.y + 900, point.y - 900))
            here = dem.sel(x=point.x, y=point.y, method="nearest")
            assert float(around.min()) >= float(here) - 5


def test_the_table_beside_it_is_up_to_date(accuracy):
    assert data_file("dem/ACCURACY.md").read_text(encoding="utf-8") == as_markdown(accuracy)


def test_a_seed_is_one_land_and_another_seed_another_on_the_same_means(tmp_path):
    """On coarse cells; ``make torture`` makes the embedded file anew and compares it cell for cell."""
    pytest.importorskip("itur", reason="the generator needs itur (extra rebuild)")
    coarse = {"cell_m": 1080.0, "apron_cells": 17, "coarsest": 2, "steps": (20, 5)}
    one = build_demo_dem(tmp_path / "1.tif", recipe=Recipe(seed=1, **coarse))
    again = build_demo_dem(tmp_path / "again.tif", recipe=Recipe(seed=1, **coarse))
    two = build_demo_dem(tmp_path / "2.tif", recipe=Recipe(seed=2, **coarse))
    assert again.read_bytes() == one.read_bytes()
    with rasterio.open(one) as first, rasterio.open(two) as second:
        a, b = first.read(1).astype(float), second.read(1).astype(float)
    assert np.abs(a - b).mean() > 10
    assert a.mean() == pytest.approx(b.mean(), abs=8)


# The parts, on land small enough to follow by hand.


def square_blocks(heights, *, cells):
    rows, columns = (n * cells for n in heights.shape)
    row, column = np.mgrid[:rows, :columns]
    index = row // cells * heights.shape[1] + column // cells
    position = [(axis + 0.5) / cells - 0.5 for axis in (row, column)]
    return Blocks(heights, position[0], position[1], index, np.ones(heights.shape, dtype=bool))


def test_the_trend_keeps_the_block_means():
    blocks = square_blocks(np.random.default_rng(3).uniform(300, 1500, (5, 6)), cells=9)
    assert np.abs(blocks.means(blocks.trend(rounds=60)) - blocks.heights).max() < 1.0
    assert blocks.deviation(blocks.heights.ravel()[blocks.block]) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("exponent", [0.4, 0.8, 1.2])
def test_the_deviation_inside_a_block_follows_from_the_variogram(exponent):
    """Independent check by Monte Carlo: 1,000 m² h^p averaged over pairs of random points of two unit squares."""
    rng = np.random.default_rng(5)
    a, b = rng.random((2, 200_000, 2))
    inside = (1000 * np.hypot(*(a - b).T) ** exponent).mean()
    between = [(1000 * np.hypot(a[:, 0] - b[:, 0] + lag, a[:, 1] - b[:, 1]) ** exponent).mean() for lag in (1, 2, 3, 4)]
    deviation, found = deviation_within_blocks(np.array(between) - inside)
    assert found == pytest.approx(exponent)
    assert deviation == pytest.approx(np.sqrt(inside), rel=0.02)


def test_water_leaves_a_hollow_over_its_lowest_rim():
    heights = np.array([[9.0, 9, 9, 9], [9, 1, 5, 0], [9, 9, 9, 9]])
    outlet = np.zeros((3, 4), dtype=bool)
    outlet[1, 3] = True
    receiver, order = flood_order(heights, outlet)
    assert (receiver[5], receiver[6], receiver[7]) == (6, 7, 7)
    assert order[0] == 7
    assert accumulate(receiver, order, np.ones(12))[7] == 12


@given(st.integers(0, 2**32 - 1))
def test_all_water_reaches_an_outlet_and_erosion_only_lowers(seed):
    rng = np.random.default_rng(seed)
    heights = rng.integers(0, 20, (7, 8)).astype(float)
    outlet = rng.random((7, 8)) < 0.1
    outlet[0, 0] = True
    receiver, order = flood_order(heights, outlet)
    assert sorted(order) == list(range(56))
    place = np.argsort(order)
    assert (place[receiver] <= place).all()
    area = accumulate(receiver, order, np.ones(56))
    assert area[outlet.ravel()].sum() == 56
    lower = incise(heights, receiver, order, np.sqrt(area))
    assert (lower <= heights).all()
    np.testing.assert_array_equal(lower[outlet], heights[outlet])
    assert lower.min() >= heights.min()


def test_incision_of_one_slope_by_hand():
    """Closed form of the implicit step: (9 + 2 * 1) / (1 + 2), and the cell above uses the new height."""
    heights = np.array([[1.0, 9.0, 21.0]])
    lower = incise(heights, np.array([0, 0, 1]), np.array([0, 1, 2]), np.array([0.0, 2.0, 1.0]))
    np.testing.assert_allclose(lower, [[1.0, 11 / 3, (21 + 11 / 3) / 2]])


def test_points_pull_the_land_through_themselves_and_leave_the_far_alone():
    anchors = Anchors(np.full((60, 60), np.nan), np.array([10, 14]), np.array([10, 10]), np.array([50.0, -20.0]), 3.0)
    pull = anchors.pull(np.zeros((60, 60)))
    assert pull[10, 10] == pytest.approx(50, abs=0.01)
    assert pull[14, 10] == pytest.approx(-20, abs=0.01)
    assert np.abs(pull[40:, 40:]).max() == 0


def test_erosion_keeps_the_means_and_makes_relief():
    blocks = square_blocks(np.array([[600.0, 800.0], [700.0, 900.0]]), cells=20)
    trend = blocks.trend()
    fixed = np.full(trend.shape, np.nan)
    fixed[0] = trend[0]
    anchors = Anchors(fixed, np.array([20]), np.array([20]), np.array([750.0]), 2.0)
    start = trend + np.random.default_rng(0).standard_normal(trend.shape)
    before = start.copy()
    surface, _ = evolve(
        start,
        np.zeros(trend.shape),
        blocks=blocks,
        anchors=anchors,
        erosion=Erosion(incision=0.2, least_uplift_m=1.0, creep_m=60.0),
        hardness=np.ones(trend.shape),
        cell_m=360.0,
        steps=150,
    )
    np.testing.assert_array_equal(start, before)
    assert np.abs(blocks.means(surface) - blocks.heights).max() < 25
    assert np.abs(surface - trend).std() > 20
    np.testing.assert_allclose(surface[0], trend[0], atol=1 / 1024)


def test_a_river_that_bends_back_stays_level_and_never_climbs():
    line = shapely.LineString([(5, 5), (25, 5), (25, 25), (15, 25), (15, 4), (35, 4)])
    chainage = np.linspace(0, line.length, 2000)
    heights = levels(line, {(5, 5): 100.0, (35, 4): 0.0}, chainage=chainage)
    cells = river_cells(line, heights, chainage, Affine(10, 0, 0, 0, -10, 30), (3, 4))
    walked = [cells[int((30 - p.y) // 10), int(p.x // 10)] for p in shapely.line_interpolate_point(line, chainage)]
    assert (np.diff(walked) <= 0).all()
    assert np.isnan(cells[0, 0])
    wide = River(line, {(5, 5): 100.0, (35, 4): 0.0}).cells(Affine(10, 0, 0, 0, -10, 30), (3, 4))
    assert np.isfinite(wide).all()


def test_a_valley_path_keeps_to_the_cheap_cells():
    cost = np.full((5, 9), 100.0)
    cost[0, :], cost[:, 8] = 1.0, 1.0
    path = valley_path(cost, Affine(1, 0, 0, 0, -1, 5), start=(0.5, 4.5), end=(8.5, 0.5))
    assert path.length == pytest.approx(12, abs=1.5)
    assert path.coords[0] == (0.5, 4.5)
    assert path.coords[-1] == (8.5, 0.5)


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_file(), reason="no check data in ../shared")
def test_against_the_real_dem_means_of_9_km_agree(dem, study):
    real = load_dem(REFERENCE, study=study, resolution=90)
    inside = study.rasterize_counties(dem).to_numpy() > 0
    difference = np.where(inside, dem.values - real.values, np.nan)
    size = 103
    rows, columns = (n // size * size for n in difference.shape)
    tiles = difference[:rows, :columns].reshape(rows // size, size, columns // size, size)
    whole = np.isfinite(tiles).all(axis=(1, 3))
    means = tiles.mean(axis=(1, 3))[whole]
    print(f"rms of cells {np.sqrt(np.nanmean(difference**2)):.0f} m, of 9 km means {np.sqrt((means**2).mean()):.0f} m")
    assert np.sqrt((means**2).mean()) < 60
    assert np.sqrt(np.nanmean(difference**2)) < 300
    assert abs(np.nanmean(difference)) < 20
