"""Datum shifts against published pairs, and the guard on shifted copies of the county outline."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from nanyi_gis.datum import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    convert_frame,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    guess_datum,
    refuse_shifted,
    shift_frame,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from nanyi_gis.errors import DataError, DatumError, ParameterError
from nanyi_gis.io import data_file, read_vector

ROUND_TRIPS = [
    (wgs84_to_gcj02, gcj02_to_wgs84),
    (gcj02_to_bd09, bd09_to_gcj02),
    (wgs84_to_bd09, bd09_to_wgs84),
]
longitudes = st.floats(73.0, 136.0)
latitudes = st.floats(2.0, 54.0)


@pytest.fixture(scope="module")
def counties():
    return read_vector(data_file("boundaries/counties.geojson"))


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_matches_the_published_pairs_of_eviltransform(wgs, gcj):
    np.testing.assert_allclose(wgs84_to_gcj02(*wgs), gcj, atol=1e-12)
    np.testing.assert_allclose(gcj02_to_wgs84(*gcj), wgs, atol=1e-12)


def test_bd09_matches_the_published_pair_of_coordtransform():
    bd09 = (116.41036949371029, 39.92133699351021)
    np.testing.assert_allclose(gcj02_to_bd09(116.404, 39.915), bd09, atol=1e-12)
    np.testing.assert_allclose(bd09_to_gcj02(*bd09), (116.404, 39.915), atol=1e-12)


@pytest.mark.parametrize(("there", "back"), ROUND_TRIPS)
@given(lon=longitudes, lat=latitudes)
def test_round_trips_close(there, back, lon, lat):
    x, y = back(*there(lon, lat))
    assert abs(x - lon) < 1e-9
    assert abs(y - lat) < 1e-9


@pytest.mark.parametrize(("there", "back"), ROUND_TRIPS)
def test_round_trips_close_on_a_dense_grid_of_the_study_area(there, back):
    lon, lat = np.meshgrid(np.linspace(104.3, 106.8, 251), np.linspace(27.0, 29.1, 211))
    for values in (back(*there(lon, lat)), there(*back(lon, lat))):
        np.testing.assert_allclose(values, (lon, lat), rtol=0, atol=1e-9)


def test_offset_in_the_study_area_points_south_east_by_half_a_kilometre(counties):
    lon, lat = shapely.get_coordinates(counties.geometry.values).T
    azimuth, _, distance = Geod(ellps="WGS84").inv(lon, lat, *wgs84_to_gcj02(lon, lat))
    assert 484 < distance.min() < distance.max() < 526
    assert 134 - 1.5 < azimuth.min() < azimuth.max() < 140 + 1.5  # the note samples more coarsely


@pytest.mark.parametrize("convert", [function for pair in ROUND_TRIPS for function in pair])
def test_points_outside_china_stay(convert):
    for lon, lat in ((2.35, 48.86), (71.9, 30.0), (138.0, 36.0), (105.0, 0.5), (105.0, 56.0), (-105.0, 28.0)):
        assert tuple(float(value) for value in convert(lon, lat)) == (lon, lat)


def test_nan_stays_nan_and_arguments_stay_untouched():
    lon, lat = np.array([105.4, np.nan]), np.array([28.1, np.nan])
    kept = lon.copy()
    x, y = wgs84_to_gcj02(lon, lat)
    assert np.isnan(x[1])
    assert np.isnan(y[1])
    assert np.isfinite(x[0])
    np.testing.assert_array_equal(lon, kept)


def test_swapped_axes_are_refused():
    with pytest.raises(ParameterError, match=r"latitude is 105\.4, but must lie within ±90 degrees"):
        wgs84_to_gcj02(28.1, 105.4)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "wgs84"])
@pytest.mark.parametrize("crs", [4326, 4490, 4544])
def test_frames_convert_and_come_back(counties, datum, crs):
    frame = counties.to_crs(crs)
    back = convert_frame(shift_frame(frame, target=datum), source=datum)
    assert back.crs == frame.crs
    assert list(back.columns) == list(frame.columns)
    gap = shapely.get_coordinates(back.geometry.values) - shapely.get_coordinates(frame.geometry.values)
    assert np.abs(gap).max() < (1e-5 if crs == 4544 else 1e-9)


def test_heights_and_empty_geometries_survive():
    shapes = [shapely.Point(105.4, 28.1, 377.5), shapely.Point(105.4, 28.1), None, shapely.Point()]
    frame = gpd.GeoDataFrame(geometry=gpd.GeoSeries(shapes, index=list("abcd")), crs=4326)
    shifted = convert_frame(frame, source="gcj02").geometry
    assert list(shifted.index) == list("abcd")
    assert shifted["a"].z == 377.5
    assert not shifted["b"].has_z
    assert shifted["a"].x == shifted["b"].x < 105.4
    assert shifted["c"] is None
    assert shifted["d"].is_empty


def test_frames_without_crs_and_unknown_datums_are_refused(counties):
    with pytest.raises(DataError, match="no CRS"):
        convert_frame(counties.set_crs(None, allow_override=True), source="gcj02")
    with pytest.raises(ParameterError, match="datum is 'gcj-02', but must be one of"):
        convert_frame(counties, source="gcj-02")


def simplified(frame, tolerance):
    return frame.set_geometry(frame.to_crs(4544).simplify(tolerance).to_crs(frame.crs))


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize(
    "make",
    [
        lambda f: f,
        lambda f: f.iloc[[0]],
        lambda f: f.iloc[[1]],
        lambda f: simplified(f, 300.0),
        lambda f: simplified(f, 1000.0),
        lambda f: f.dissolve(),
        lambda f: f.to_crs(4544),
    ],
    ids=["both", "Xuyong", "Gulin", "simplified 300 m", "simplified 1 km", "dissolved", "projected"],
)
def test_the_datum_of_an_outline_is_recognised(counties, datum, make):
    guess = guess_datum(shift_frame(make(counties), target=datum), counties)
    assert guess.datum == datum
    if datum == "gcj02":
        assert 450 < np.hypot(guess.shift_east_m, guess.shift_north_m) < 600


def test_the_measured_offset_is_exact_for_a_pure_translation(counties):
    moved = counties.to_crs(4544)
    moved = moved.set_geometry(moved.translate(-120.0, -230.0))
    guess = guess_datum(moved, counties)
    assert guess.datum == "shifted"
    assert (guess.shift_east_m, guess.shift_north_m) == pytest.approx((-120.0, -230.0), abs=0.5)
    assert guess.residual_m < 0.5


def test_neighbours_betray_their_datum_by_the_common_border(counties):
    neighbours = read_vector(data_file("boundaries/neighbours.geojson"))
    assert guess_datum(shift_frame(neighbours, target="gcj02"), counties).datum == "gcj02"


def test_shapes_that_do_not_follow_the_outline_stay_unknown(counties):
    for other in (counties.set_geometry(counties.convex_hull), counties.set_geometry(counties.translate(5.0))):
        guess = guess_datum(other, counties)
        assert guess.datum == "unknown"
        assert np.isnan(guess.shift_east_m)


def test_a_shifted_outline_is_refused_with_offset_and_cure(counties):
    gcj02 = shift_frame(counties, target="gcj02")
    with pytest.raises(DatumError, match=r"offset from ours by 50\d m \(3\d\d m east, 3\d\d m south\), as GCJ-02 is"):
        refuse_shifted(gcj02, counties)
    with pytest.raises(DatumError, match="--assume-datum bd09"):
        refuse_shifted(shift_frame(counties, target="bd09"), counties)
    moved = counties.to_crs(4544)
    with pytest.raises(DatumError, match="no known datum"):
        refuse_shifted(moved.set_geometry(moved.translate(200.0, 200.0)), counties)


def test_an_assumed_datum_converts_or_trusts(counties):
    gcj02 = shift_frame(counties, target="gcj02")
    converted = refuse_shifted(gcj02, counties, assume_datum="gcj02")
    assert shapely.equals_exact(converted.geometry.values, counties.geometry.values, tolerance=1e-9).all()
    trusted = refuse_shifted(gcj02, counties, assume_datum="wgs84")
    assert shapely.equals_exact(trusted.geometry.values, gcj02.geometry.values).all()
    assert refuse_shifted(counties, counties).equals(counties)


def test_the_guard_needs_polygons_and_a_crs(counties):
    with pytest.raises(DataError, match="no polygons"):
        guess_datum(counties.set_geometry(counties.boundary), counties)
    with pytest.raises(DataError, match="no CRS"):
        guess_datum(counties.set_crs(None, allow_override=True), counties)


def test_an_outline_on_another_planet_is_refused_in_one_line(counties):
    mars = "+proj=longlat +a=3396190 +b=3376200 +no_defs +type=crs"
    there = counties.set_crs(mars, allow_override=True)
    with pytest.raises(DataError, match="no way to EPSG:4544"):
        guess_datum(there, counties)
