"""Setbacks are exact discs: against SciPy's distance transform, features outside the frame included."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.raster import Grid, setback, within_distance


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 40), columns=st.integers(1, 40), share=st.floats(0, 0.2),
    down=st.sampled_from([30.0, 25.0, 12.5]), across=st.sampled_from([30.0, 20.0]), radius=st.floats(0, 500),
)  # fmt: skip
def test_a_setback_is_the_distance_transform_s(seed, rows, columns, share, down, across, radius):
    marked = np.random.default_rng(seed).random((rows, columns)) < share
    found = within_distance(marked, radius=radius, cell=(down, across))
    if marked.any():
        np.testing.assert_array_equal(found, distance_transform_edt(~marked, sampling=(down, across)) <= radius)
    else:
        assert not found.any()


@pytest.mark.parametrize("radius", [500, 9000])  # a byte, and two, hold the rows
def test_strips_meet_without_a_seam(monkeypatch, radius):
    monkeypatch.setattr(setback, "_STRIP", 1000)
    marked = np.random.default_rng(4).random((300, 60)) < 3e-4
    assert marked.any()
    found = within_distance(marked, radius=radius, cell=30.0)
    np.testing.assert_array_equal(found, distance_transform_edt(~marked, sampling=30) <= radius)


def test_a_radius_of_whole_cells_reaches_them():
    marked = np.zeros((1, 9), bool)
    marked[0, 0] = True
    assert 3 * 0.1 > 0.3
    assert within_distance(marked, radius=0.3, cell=0.1).sum() == 4
    assert within_distance(marked, radius=0, cell=30).sum() == 1
    assert within_distance(marked, radius=29.999, cell=30).sum() == 1
    assert within_distance(marked, radius=1e9, cell=30).all()
    assert within_distance(marked, radius=10, cell=1).all()


def test_a_larger_radius_never_takes_cells_away_and_marks_stay():
    marked = np.random.default_rng(2).random((50, 70)) < 0.01
    kept = marked.copy()
    last = marked
    for radius in (0, 30, 65, 200, 1000):
        found = within_distance(marked, radius=radius, cell=30)
        assert (found >= last).all()
        last = found
    np.testing.assert_array_equal(marked, kept)


GRID = Grid.from_bounds((600_000, 3_000_000, 600_900, 3_000_600), resolution=30, crs="EPSG:4544")


def test_features_outside_the_frame_count_where_their_setback_reaches_in():
    """The frame is cut out of a larger one in which the same features lie inside."""
    rng = np.random.default_rng(7)
    x, y = 600_000 + rng.uniform(-800, 1700, 12), 3_000_000 + rng.uniform(-800, 1400, 12)
    shapes = gpd.GeoSeries([shapely.Point(a, b).buffer(20) for a, b in zip(x, y, strict=True)], crs=4544)
    large = within_distance(shapes, grid=GRID.padded(40), radius=300)
    assert 0 < large[40:-40, 40:-40].sum() < GRID.width * GRID.height
    np.testing.assert_array_equal(within_distance(shapes, grid=GRID, radius=300), large[40:-40, 40:-40])


def test_features_are_true_to_half_a_diagonal_in_any_crs():
    line = shapely.LineString([(599_700, 3_000_100), (600_430, 3_000_333), (600_440, 3_001_000)])
    roads = gpd.GeoDataFrame(geometry=[line, None, shapely.Point()], crs=4544)
    found = within_distance(roads.to_crs(4326), grid=GRID, radius=200)
    x, y = np.meshgrid(GRID.columns(np.arange(GRID.width)), GRID.rows(np.arange(GRID.height)))
    away = shapely.distance(line, shapely.points(x, y))
    half = 15 * np.sqrt(2)
    assert found[away <= 200 - half].all()
    assert not found[away > 200 + half].any()


def test_a_wide_radius_costs_no_more_than_the_features_need():
    ground = Grid.from_bounds((0, 0, 300, 240), resolution=30, crs=4544)
    shapes = [shapely.Point(-400, 250), shapely.LineString([(90, -700), (500, -95)])]
    wide = ground.padded(30)
    for shape in shapes:
        marks = rasterize([shape], out_shape=wide.shape, transform=wide.transform, all_touched=True) > 0
        for radius in (60, 390, 600):
            nearest = distance_transform_edt(~marks, sampling=30) <= radius
            found = within_distance(gpd.GeoSeries([shape], crs=4544), radius=radius, grid=ground)
            np.testing.assert_array_equal(found, nearest[30:-30, 30:-30])
    assert within_distance(gpd.GeoSeries(shapes, crs=4544), radius=1e8, grid=ground).all()  # of 4e13 padded cells


def test_nothing_near_excludes_nothing():
    none = gpd.GeoSeries([], crs=4544)
    far = gpd.GeoSeries([shapely.Point(700_000, 3_000_000)], crs=4544)
    assert not within_distance(none, grid=GRID, radius=500).any()
    assert not within_distance(far, grid=GRID, radius=500).any()
    assert not within_distance(np.zeros((3, 3), bool), radius=500, cell=30).any()


def test_bad_setbacks_are_refused_in_one_line():
    marked, point = np.zeros((3, 3), bool), gpd.GeoSeries([shapely.Point(600_000, 3_000_000)], crs=4544)
    with pytest.raises(ParameterError, match=r"^radius is -5 m, but must not be negative$"):
        within_distance(marked, radius=-5, cell=30)
    with pytest.raises(ParameterError, match=r"^cell is 0 m"):
        within_distance(marked, radius=5, cell=(30, 0))
    with pytest.raises(ParameterError, match="give cell="):
        within_distance(marked, radius=5)
    with pytest.raises(ParameterError, match="give grid="):
        within_distance(point, radius=5, cell=30)
    with pytest.raises(DataError, match="no array of booleans"):
        within_distance(marked.astype(float), radius=5, cell=30)
    with pytest.raises(DataError, match="no CRS"):
        within_distance(point.set_crs(None, allow_override=True), radius=5, grid=GRID)
    degrees = Grid.from_bounds((105, 28, 105.1, 28.1), resolution=0.01, crs="EPSG:4326")
    with pytest.raises(DataError, match="in degrees, but a setback is in metres"):
        within_distance(point, radius=5, grid=degrees)
