"""Lines of sight against brute force, closed forms and GRASS."""

import math
import shutil
import subprocess
from fractions import Fraction

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter
from terrain_rasters import hills, raster

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.raster import write_cog
from nanyi_gis.visibility import (
    cumulative_viewshed,
    curvature_drop,
    curvature_factor,
    fresnel_radius,
    horizon,
    knife_edge_loss,
    radio_viewshed,
    sees,
    sight_sets,
    viewshed,
)

R = 6_371_000.0
NODATA = 65_535


def at(dem, *cells):
    """Points at the centres of (row, column) cells."""
    r, c = np.array(cells).T
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(dem.x.values[c], dem.y.values[r]), crs=dem.rio.crs)


def everywhere(dem):
    """Points at all cells with a height, and their flat numbers."""
    r, c = np.nonzero(~np.isnan(dem.values))
    return at(dem, *np.column_stack([r, c])), r * dem.shape[1] + c


def samples(row, column, down, right):
    """The samples of a line by the definition: share of the way, and two cells with their weights, as fractions."""
    n = max(abs(down), abs(right))
    for i in range(1, n):
        y, x = row + Fraction(i * down, n), column + Fraction(i * right, n)
        a, b = (math.floor(y), math.floor(x)), (math.ceil(y), math.ceil(x))
        part = (y - a[0]) + (x - a[1])  # one of the two is whole
        yield Fraction(i, n), a, b, part


def rolling(shape, *, seed, rough=0.3):
    """Return hills of some hundred metres, smooth enough to look along."""
    noise = np.random.default_rng(seed).normal(size=shape)
    smooth = gaussian_filter(noise, 9, mode="reflect") * 2200 + gaussian_filter(noise, 2) * 40 * rough
    return (smooth + 200 + rough * noise).astype(np.float32)


def brute_force(z, observer, *, height, lift, side=30.0, radius, k=math.inf, number=float):
    """1 seen, 2 blocked by unknown heights alone, 0 anything else; ``number=Fraction`` computes without rounding."""
    row, column = observer
    eye = number(z[row, column].item()) + number(height)
    found = np.zeros(z.shape, int)
    for r, c in np.ndindex(z.shape):
        down, right = r - row, c - column
        if math.hypot(down, right) * side > radius or np.isnan(z[r, c]):
            continue
        top = number(z[r, c].item()) + number(lift)
        bulge = (down * down + right * right) * side * side / (2 * k * R) if k < math.inf else 0
        found[r, c] = 1
        for t, a, b, part in samples(row, column, down, right):
            ground = [z[a].item()] if part == 0 else [z[a].item(), z[b].item()]
            if np.isnan(ground).any():
                found[r, c] = 2
                continue
            share, over = (t, part) if number is Fraction else (float(t), float(part))
            between = number(ground[0]) + (number(ground[-1]) - number(ground[0])) * over
            if between > eye + (top - eye) * share - share * (1 - share) * bulge:
                found[r, c] = 0
                break
    return found


def ours(dem, observer, **options):
    """The same by the package."""
    found = viewshed(dem, at(dem, observer), **options)
    return np.where(found == NODATA, 0, found.values), found.attrs["cells_unknown"][0]


# the rule


@pytest.mark.parametrize(
    ("observer", "k", "curvature"),
    [
        ((30, 31), 7 / 6, "light"),
        ((0, 0), 7 / 6, "light"),
        ((59, 17), 4 / 3, "radio"),
        ((22, 59), 4 / 3, "radio"),
        ((0, 40), math.inf, "none"),
    ],
)
def test_no_difference_from_brute_force_with_holes_and_from_the_rim(observer, k, curvature):
    z = rolling((60, 60), seed=observer[1])
    z[np.random.default_rng(observer[0]).random(z.shape) < 0.01] = np.nan
    z[observer] = 420.0
    wanted = brute_force(z, observer, height=20, lift=1.5, radius=1300, k=k)
    found, unknown = ours(raster(z), observer, height=20, target_height=1.5, radius=1300, curvature=curvature)
    np.testing.assert_array_equal(found, wanted == 1)
    assert unknown == (wanted == 2).sum() > 0
    assert 0.05 < (wanted == 1).mean() < 0.9


@pytest.mark.parametrize("observer", [(12, 12), (0, 24), (24, 3)])
def test_ties_are_seen_and_nothing_is_rounded_over_a_flat_earth(observer):
    """Heights of few whole metres: lines graze cells everywhere, and fractions tell which."""
    z = np.random.default_rng(observer[1]).integers(0, 3, (25, 25)).astype(np.float32)
    wanted = brute_force(z, observer, height=1, lift=1, radius=600, number=Fraction)
    found, _ = ours(raster(z), observer, height=1, target_height=1, radius=600, curvature="none")
    np.testing.assert_array_equal(found, wanted)
    assert 0.05 < wanted.mean() < 0.9


def ridges(shape):
    y, x = np.indices(shape)
    return (40 * np.sin(x / 3.1) * np.cos(y / 4.3) + 0.8 * x).astype(np.float32)


@pytest.mark.parametrize(
    "z",
    [
        hills((161, 161), seed=5),
        hills((161, 161), seed=6, void_share=0.002),
        ridges((161, 161)),
        np.where(np.random.default_rng(1).random((161, 161)) < 0.01, 60, 0).astype(np.float32),
        np.zeros((161, 161), np.float64),
        np.floor(hills((161, 161), seed=7) / 20) * 20,
    ],
    ids=["hills", "holes", "ridges", "towers", "plain", "terraces"],
)
def test_bounds_decide_as_the_line_itself(z):
    """A viewshed is decided by bounds, a pair of points by its line; observers also at a corner and near the rim."""
    z[[80, 0, 150], [80, 160, 3]] = 800.0
    dem = raster(z)
    observers = at(dem, (80, 80), (0, 160), (150, 3))
    options = {"height": 25, "target_height": 2, "radius": 2700}
    points, cells = everywhere(dem)
    by_lines = sees(dem, observers, points, **options).to_numpy()
    sets = sight_sets(dem, observers, **options)
    for number in range(3):
        np.testing.assert_array_equal(sets.cells(number), cells[by_lines[:, number]])


def test_the_horizon_of_a_plain():
    """Eyes at 30 m and a receiver at 1.5 m, light: sqrt(2 7/6 R 30) + sqrt(2 7/6 R 1.5) = 21,118 + 4,722 = 25,840 m."""
    reach = math.sqrt(2 * 7 / 6 * R * 30) + math.sqrt(2 * 7 / 6 * R * 1.5)
    assert round(reach) == 25_840
    assert horizon(30) + horizon(1.5) == pytest.approx(reach)
    dem = raster(np.zeros((2, 2800), np.float32), step=(10.0, -10.0))
    seen = viewshed(dem, at(dem, (0, 0)), height=30, target_height=1.5, radius=27_900).values[0]
    assert np.flatnonzero(seen)[-1] * 10 == 25_840
    assert seen[:2585].all()
    far = viewshed(dem, at(dem, (0, 0)), height=30, target_height=1.5, radius=27_900, curvature="radio").values[0]
    assert np.flatnonzero(far)[-1] == int((horizon(30, curvature="radio") + horizon(1.5, curvature="radio")) / 10)


def test_the_shadow_of_a_wall():
    """Eyes at 50 m see over a wall of 20 m, 300 m away, the ground again from 300 x 50 / (50 - 20) = 500 m on."""
    z = np.zeros((41, 81), np.float32)
    z[:, 30] = 20
    dem = raster(z, step=(10.0, -10.0))
    seen = viewshed(dem, at(dem, (20, 0)), height=50, target_height=0, radius=800, curvature="none").values
    y, x = np.indices(z.shape)
    sector = (np.abs(y - 20) <= x) & (np.hypot(y - 20, x) <= 80) & (x > 0)
    np.testing.assert_array_equal(seen[sector] == 1, ((x <= 30) | (x >= 50))[sector])


def test_at_equal_heights_both_see_each_other():
    dem = raster(hills((50, 50), seed=3, void_share=0.02))
    points, _ = everywhere(dem)
    points = points.sample(120, random_state=1).reset_index(drop=True)
    matrix = sees(dem, points, points, height=4, target_height=4, radius=1200, curvature="radio").to_numpy()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix.diagonal().all()
    assert 0.02 < matrix.mean() < 0.9


def test_curvature_is_a_factor_on_the_radius_of_the_earth():
    assert curvature_drop(10_000, curvature="radio") == pytest.approx(1e8 / (2 * 4 / 3 * R))
    assert curvature_drop(10_000, curvature="radio") == pytest.approx(5.9, abs=0.02)
    assert curvature_factor("light") == pytest.approx(1 / (1 - 1 / 7))  # GDAL's -cc 0.85714, which is its inverse
    assert curvature_drop(5000, curvature="none") == 0
    dem = raster(hills((60, 60), seed=8))
    named = viewshed(dem, at(dem, (5, 5)), radius=2000, curvature="light")
    number = viewshed(dem, at(dem, (5, 5)), radius=2000, curvature=7 / 6)
    xr.testing.assert_identical(named, number)


def test_turned_and_mirrored_ground_gives_the_view_turned_and_mirrored():
    z, (row, column), options = rolling((41, 51), seed=9), (13, 30), {"height": 12, "radius": 700, "curvature": "light"}
    z[30:33, 20] = np.nan
    found, unknown = ours(raster(z), (row, column), **options)
    turns = {
        "up": (z[::-1], (40 - row, column), lambda a: a[::-1]),
        "across": (z[:, ::-1], (row, 50 - column), lambda a: a[:, ::-1]),
        "over": (z.T, (column, row), lambda a: a.T),
    }
    for turned, observer, back in turns.values():
        again, same = ours(raster(turned.copy()), observer, **options)
        np.testing.assert_array_equal(back(again), found)
        assert same == unknown
    assert 0.05 < found.mean() < 0.9


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 60), st.floats(0, 40), st.integers(0, 899))
def test_a_higher_mast_hides_nothing_and_higher_ground_shows_nothing_behind_it(seed, height, more, cell):
    z = rolling((30, 30), seed=seed)
    observer, (row, column) = (15, 15), divmod(cell, 30)
    options = {"radius": 450, "curvature": "radio"}
    low, _ = ours(raster(z), observer, height=height, **options)
    high, _ = ours(raster(z), observer, height=height + more, **options)
    assert (high >= low).all()
    hill = z.copy()
    hill[row, column] += 25
    hidden, _ = ours(raster(hill), observer, height=height, **options)
    others = np.ones_like(low, bool)
    others[row, column] = False
    assert (row, column) == observer or (hidden <= low)[others].all()


# many observers


@pytest.fixture(scope="module")
def many():
    dem = raster(hills((90, 70), seed=2, void_share=0.01))
    points, _ = everywhere(dem)
    return dem, points.sample(25, random_state=2).reset_index(drop=True)


OPTIONS = {"height": 15, "target_height": 1.5, "radius": 900}


def test_counts_are_sums_over_observers(many):
    dem, points = many
    total = viewshed(dem, points, **OPTIONS)
    assert total.dtype == np.uint16
    assert total.rio.nodata == NODATA
    blank = np.isnan(dem.values)
    assert (total.values[blank] == NODATA).all()
    one_by_one = [viewshed(dem, points.iloc[[i]], **OPTIONS) for i in range(len(points))]
    np.testing.assert_array_equal(total.values[~blank], sum(one.values.astype(int) for one in one_by_one)[~blank])
    assert total.attrs["cells_seen"] == [one.attrs["cells_seen"][0] for one in one_by_one]
    sets = sight_sets(dem, points, **OPTIONS)
    assert sets.sizes().tolist() == total.attrs["cells_seen"]
    assert sets.unknown.tolist() == total.attrs["cells_unknown"]
    np.testing.assert_array_equal(sets.counts()[~blank], total.values[~blank])
    np.testing.assert_array_equal(sets.counts([3])[~blank], one_by_one[3].values[~blank])
    assert sets.nbytes < 25 * (61 * 61 / 8 + 1)
    weighted = cumulative_viewshed(dem, points, weights=np.arange(25.0), **OPTIONS)
    wanted = sum(i * one.values.astype(int) for i, one in enumerate(one_by_one))
    np.testing.assert_array_equal(weighted.values, np.where(blank, np.nan, wanted))


@pytest.mark.parametrize("chunks", [(7, 13), (90, 70)])
def test_any_chunking_gives_the_same_bits(many, chunks):
    pytest.importorskip("dask.array")
    dem, points = many
    lazy = dem.chunk({"y": chunks[0], "x": chunks[1]})
    xr.testing.assert_identical(viewshed(lazy, points, **OPTIONS), viewshed(dem, points, **OPTIONS))
    radio = {**OPTIONS, "frequency_mhz": 900}
    xr.testing.assert_identical(radio_viewshed(lazy, points, **radio), radio_viewshed(dem, points, **radio))
    targets = points.set_index(points.index + 100)
    assert sees(lazy, points, targets, **OPTIONS).equals(sees(dem, points, targets, **OPTIONS))


def test_the_order_of_observers_does_not_count(many):
    dem, points = many
    order = np.random.default_rng(0).permutation(len(points))
    one, other = viewshed(dem, points, **OPTIONS), viewshed(dem, points.iloc[order], **OPTIONS)
    np.testing.assert_array_equal(one.values, other.values)
    assert other.attrs["cells_seen"] == [one.attrs["cells_seen"][i] for i in order]
    radio = {**OPTIONS, "frequency_mhz": 900}
    one, other = radio_viewshed(dem, points, **radio), radio_viewshed(dem, points.iloc[order], **radio)
    np.testing.assert_array_equal(one["loss_db"].values, other["loss_db"].values)


def test_the_type_of_heights_does_not_count(many):
    dem, points = many
    whole = np.round(dem.values)
    plain = viewshed(raster(whole), points, **OPTIONS)
    double = viewshed(raster(whole.astype(np.float64)), points, **OPTIONS)
    coded = viewshed(raster(np.nan_to_num(whole, nan=-9999).astype(np.int16), nodata=-9999), points, **OPTIONS)
    np.testing.assert_array_equal(plain.values, double.values)
    np.testing.assert_array_equal(plain.values, coded.values)


def test_each_observer_has_its_own_height_and_crs_may_differ(many):
    dem, points = many
    heights = np.linspace(0, 60, len(points))
    together = sight_sets(dem, points.to_crs(4326), **{**OPTIONS, "height": heights})
    for i in (0, 11, 24):
        alone = sight_sets(dem, points.iloc[[i]], **{**OPTIONS, "height": heights[i]})
        np.testing.assert_array_equal(together.cells(i), alone.cells(0))


def test_the_matrix_carries_the_labels_and_agrees_with_the_map(many):
    dem, points = many
    masts = points.set_axis([f"m{i}" for i in range(len(points))], axis=0)
    cells = [(r, c) for r in range(3, 90, 9) for c in range(2, 70, 9) if not np.isnan(dem.values[r, c])]
    hamlets = at(dem, *cells).set_axis([f"h{i}" for i in range(len(cells))], axis=0)
    matrix = sees(dem, masts, hamlets, **OPTIONS)
    assert matrix.columns.tolist() == masts.index.tolist()
    assert matrix.index.tolist() == hamlets.index.tolist()
    counts = viewshed(dem, masts, **OPTIONS).values
    assert matrix.sum(axis=1).tolist() == [counts[cell] for cell in cells]


# radio


def test_fresnel_zone_and_knife_edge_by_hand():
    assert fresnel_radius(2500, 2500, frequency_mhz=900) == pytest.approx(8.66 * math.sqrt(5 / 0.9), rel=1e-3)
    assert fresnel_radius(2500, 2500, frequency_mhz=900) == pytest.approx(20.4, abs=0.05)
    # J(0) = 6.9 + 20 log10(sqrt(1.01) - 0.1), J(1) = 6.9 + 20 log10(sqrt(1.81) + 0.9), J(2.4) = 6.9 + 20 log10(4.8079)
    by_hand = [6.9 + 20 * math.log10(x) for x in (0.9049876, 2.2453624, 2.3 + math.sqrt(6.29))]
    np.testing.assert_allclose(knife_edge_loss([0, 1, 2.4]), by_hand, atol=1e-6)
    np.testing.assert_allclose(by_hand, [6.033, 13.926, 20.539], atol=1e-3)
    assert knife_edge_loss([-0.78, -3, -np.inf]).tolist() == [0, 0, 0]
    assert knife_edge_loss(-0.7799) < 0.01
    assert np.isnan(knife_edge_loss(np.nan))


def test_loss_over_a_wall():
    """A wall 40 m high 1 km from a mast of 30 m; the receiver at 1.5 m 2 km away: the line is at 15.75 m there."""
    z = np.zeros((3, 101), np.float32)
    z[:, 50] = 40
    dem = raster(z, step=(20.0, -20.0))
    path = radio_viewshed(dem, at(dem, (1, 0)), frequency_mhz=900, radius=2000, curvature="none")
    h, wave = 40 - 15.75, 299_792_458 / 9e8
    v = h * math.sqrt(2 / wave * (1 / 1000 + 1 / 1000))
    assert path["fresnel"].values[1, 100] == pytest.approx(-v / math.sqrt(2), rel=1e-6)
    wanted = 6.9 + 20 * math.log10(math.sqrt((v - 0.1) ** 2 + 1) + v - 0.1)
    assert path["loss_db"].values[1, 100] == pytest.approx(wanted, rel=1e-6)
    assert path["loss_db"].values[1, 10] == 0


def test_clearance_is_that_of_brute_force(many):
    dem, _ = many
    z, row, column = dem.values.astype(float), 45, 30
    z[row, column] = 850.0
    path = radio_viewshed(raster(z), at(dem, (row, column)), frequency_mhz=700, height=30, radius=900)
    found, eye, wave = path["fresnel"].values, z[row, column] + 30, 299_792_458 / 7e8
    for r, c in np.ndindex(z.shape):
        down, right = r - row, c - column
        distance = 30 * math.hypot(down, right)
        if distance > 900 or np.isnan(z[r, c]):
            assert np.isnan(found[r, c])
            continue
        least = math.inf
        for t, a, b, part in samples(row, column, down, right):
            share = float(t)
            ground = z[a] if part == 0 else z[a] + (z[b] - z[a]) * float(part)
            line = eye + (z[r, c] + 1.5 - eye) * share - share * (1 - share) * distance**2 / (2 * 4 / 3 * R)
            radius = math.sqrt(wave * share * (1 - share) * distance)
            least = float(np.minimum(least, (line - ground) / radius))
        np.testing.assert_allclose(found[r, c], least, rtol=1e-5, atol=1e-5)


def test_a_clear_zone_is_asked_of_a_pair_as_of_the_map(many):
    dem, points = many
    path = radio_viewshed(dem, points, frequency_mhz=900, **OPTIONS)
    targets, cells = everywhere(dem)
    options = {**OPTIONS, "curvature": "radio"}
    matrix = sees(dem, points, targets, frequency_mhz=900, **options)
    np.testing.assert_array_equal(matrix.sum(axis=1), path["clear"].values.ravel()[cells])
    assert matrix.sum().tolist() == path.attrs["cells_clear"]
    in_sight = sees(dem, points, targets, **options).to_numpy()
    assert (in_sight >= matrix.to_numpy()).all()
    assert in_sight.sum() > matrix.to_numpy().sum()
    zero = sees(dem, points, targets, frequency_mhz=900, fresnel_share=0, **options).to_numpy()
    np.testing.assert_array_equal(zero, in_sight)


# bad input


def frame(*xy, crs="EPSG:4544"):
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*xy, strict=True)), crs=crs)


def test_bad_input_is_one_line():
    z = hills((20, 20), seed=1)
    z[3, 3] = np.nan
    dem = raster(z)
    x, y = dem.x.values, dem.y.values
    good, options = at(dem, (5, 5)), {"radius": 200}
    degrees = raster(z, step=(0.001, -0.001), origin=(105.0, 28.0), crs="EPSG:4326")
    wide = raster(z, step=(30.0, -20.0))
    cases = [
        (DataError, "in degrees", lambda: viewshed(degrees, good, **options)),
        (DataError, "30 m x 20 m", lambda: viewshed(wide, good, **options)),
        (DataError, "1 of 1 observers lie outside", lambda: viewshed(dem, frame((0, 0)), **options)),
        (DataError, "no height", lambda: viewshed(dem, at(dem, (3, 3)), **options)),
        (DataError, "0 and 1 are at the same place", lambda: viewshed(dem, at(dem, (5, 5), (5, 5)), **options)),
        (DataError, "observers is empty", lambda: viewshed(dem, good.iloc[:0], **options)),
        (DataError, "must be points", lambda: viewshed(dem, good.buffer(9), **options)),
        (DataError, "0 has 2 points", lambda: viewshed(dem, at(dem, (5, 5), (7, 7)).dissolve(), **options)),
        (DataError, "no CRS", lambda: viewshed(dem, frame((x[0], y[0]), crs=None), **options)),
        (DataError, "GeoDataFrame of points", lambda: viewshed(dem, [(1, 2)], **options)),
        (ParameterError, "radius is 0 m", lambda: viewshed(dem, good, radius=0)),
        (ParameterError, "cells are 30 m wide", lambda: viewshed(dem, good, radius=29)),
        (ParameterError, "has only 849 m", lambda: viewshed(dem, good, radius=5000)),
        (ParameterError, "radius is nan", lambda: viewshed(dem, good, radius=math.nan)),
        (ParameterError, "height is -1 m", lambda: viewshed(dem, good, height=-1, **options)),
        (ParameterError, "height has 2 values", lambda: viewshed(dem, good, height=[1, 2], **options)),
        (ParameterError, "height is nan", lambda: viewshed(dem, good, height=[math.nan], **options)),
        (ParameterError, "target_height is inf", lambda: viewshed(dem, good, target_height=math.inf, **options)),
        (ParameterError, "curvature is 'air'", lambda: viewshed(dem, good, curvature="air", **options)),
        (ParameterError, "curvature is 0", lambda: viewshed(dem, good, curvature=0, **options)),
        (ParameterError, "weights has 2", lambda: cumulative_viewshed(dem, good, weights=[1, 2], **options)),
        (ParameterError, "weights is -1", lambda: cumulative_viewshed(dem, good, weights=[-1], **options)),
        (ParameterError, "frequency_mhz is 0", lambda: radio_viewshed(dem, good, frequency_mhz=0, **options)),
        (DataError, "1 of 2 points lie outside", lambda: sees(dem, good, frame((x[0], y[0]), (0, 0)), **options)),
        (DataError, "points lie where", lambda: sees(dem, good, at(dem, (3, 3)), **options)),
        (
            ParameterError,
            "points have 'a' 2",
            lambda: sees(dem, good, at(dem, (1, 1), (2, 2)).set_axis(["a", "a"]), **options),
        ),
    ]
    for error, words, call in cases:
        with pytest.raises(error) as caught:
            call()
        assert words in str(caught.value), (words, str(caught.value))
        assert "\n" not in str(caught.value)


def test_a_dem_of_nodata_alone_or_impossible_numbers():
    z = np.full((9, 9), np.nan, np.float32)
    with pytest.raises(DataError, match="no height"):
        viewshed(raster(z), at(raster(z), (4, 4)), radius=60)
    z[:] = 10.0
    z[2, 2] = np.inf
    found = viewshed(raster(z), at(raster(z), (4, 4)), radius=60)
    assert found.values[2, 2] == NODATA


# other programs


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("grass") is None, reason="GRASS is not installed")
def test_grass_agrees_on_97_of_100_cells(tmp_path):
    """r.viewshed samples other places on a line, so a few cells at edges of shadows differ."""
    z = rolling((161, 161), seed=11)
    dem = raster(z)
    write_cog(dem, tmp_path / "dem.tif", nodata=-9999)
    x, y = dem.x[80].item(), dem.y[80].item()
    script = (
        f"r.in.gdal input={tmp_path}/dem.tif output=dem --quiet && g.region raster=dem && "
        f"r.viewshed -b input=dem output=seen coordinates={x},{y} observer_elevation=30 target_elevation=1.5 "
        f"max_distance=2400 --quiet && r.out.gdal input=seen output={tmp_path}/seen.tif type=Byte nodata=255 --quiet"
    )
    command = ["grass", "--tmp-location", str(tmp_path / "dem.tif"), "--exec", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with rasterio.open(tmp_path / "seen.tif") as source:
        theirs = source.read(1) == 1
    found = viewshed(dem, at(dem, (80, 80)), radius=2400, curvature="none").values
    r, c = np.indices(z.shape)
    within = np.hypot(r - 80, c - 80) * 30 <= 2400
    assert 0.1 < theirs[within].mean() < 0.9
    assert (theirs == (found == 1))[within].mean() >= 0.97
