"""Roads, points and known places on two datums are suspected, and layers on one never are."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from nanyi_gis.cli import main
from nanyi_gis.datum import LABELS, shift_frame
from nanyi_gis.datum_guard import suspect_names, suspect_shift
from nanyi_gis.errors import DataError
from nanyi_gis.inspection import inspect_file, points_shifted, roads_shifted
from nanyi_gis.plan import located, of_kind
from nanyi_gis.study import load_study

DATUMS = ("gcj02", "bd09")
SIZE = 40_000.0


def in_lanes(lines, corner):
    return gpd.GeoDataFrame(
        {"highway": ["tertiary"] * len(lines)},
        geometry=[shapely.transform(line, lambda at: at + np.asarray(corner)) for line in lines],
        crs=4544,
    )


def random_layers(seed, *, off, corner=(500_000.0, 3_100_000.0)):
    """Return winding roads, and points within ``off`` metres of them, or anywhere if it is None."""
    rng = np.random.default_rng(seed)
    count, points = int(rng.integers(4, 40)), int(rng.integers(12, 80))
    lines = [
        LineString(rng.uniform(0, SIZE, 2) + np.cumsum(rng.normal(0, 800, (40, 2)) + rng.normal(0, 600, 2), axis=0))
        for _ in range(count)
    ]
    if off is None:
        at = rng.uniform(0, SIZE, (points, 2))
    else:
        chosen = zip(rng.integers(0, count, points), rng.uniform(0, 1, points), strict=True)
        on = [lines[i].interpolate(share, normalized=True).coords[0] for i, share in chosen]
        turn, far = rng.uniform(0, 2 * np.pi, points), off * np.sqrt(rng.uniform(0, 1, points))
        at = np.array(on) + np.column_stack([far * np.cos(turn), far * np.sin(turn)])
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*(at + corner).T), crs=4544)
    return frame, in_lanes(lines, corner)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), datum=st.sampled_from(DATUMS), of_roads=st.booleans())
def test_points_within_30_m_of_their_roads_tell_each_shift(seed, datum, of_roads):
    points, roads = random_layers(seed, off=30.0)
    if of_roads:
        found = suspect_shift(points, shift_frame(roads, target=datum))
    else:
        found = suspect_shift(shift_frame(points, target=datum), roads)
    assert found is not None
    assert (found.datum, found.of_reference) == (datum, of_roads)
    assert found.after_m < 30.0 < found.before_m


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), off=st.sampled_from([30.0, 300.0, 800.0, None]))
def test_layers_on_one_datum_are_not_suspected(seed, off):
    points, roads = random_layers(seed, off=off)
    assert suspect_shift(points, roads) is None


@pytest.mark.parametrize("datum", DATUMS)
def test_two_layers_on_one_wrong_datum_fit_each_other(datum):
    points, roads = random_layers(1, off=30.0)
    assert suspect_shift(shift_frame(points, target=datum), shift_frame(roads, target=datum)) is None


@pytest.mark.parametrize("crs", [4326, 3857, 4490, 32648])
def test_a_shift_is_found_in_any_crs(crs):
    points, roads = random_layers(2, off=30.0)
    shifted = shift_frame(points, target="gcj02")
    assert suspect_shift(shifted.to_crs(crs), roads.to_crs(4326)).datum == "gcj02"
    assert suspect_shift(points.to_crs(crs), roads.to_crs(4326)) is None


@pytest.mark.parametrize("datum", DATUMS)
def test_vertices_of_roads_tell_against_other_roads(datum):
    _, roads = random_layers(3, off=30.0)
    found = suspect_shift(shift_frame(roads, target=datum), roads)
    assert (found.datum, found.of_reference) == (datum, False)
    assert suspect_shift(roads, roads) is None


def test_outside_china_nothing_is_told():
    points, roads = random_layers(4, off=30.0)
    away = [shapely.transform(shape, lambda at: at - [80.0, 0.0]) for shape in roads.to_crs(4326).geometry]
    there = gpd.GeoDataFrame(geometry=away, crs=4326)
    moved = points.to_crs(4326)
    moved = moved.set_geometry(gpd.points_from_xy(moved.geometry.x - 79.996, moved.geometry.y - 0.003, crs=4326))
    assert suspect_shift(moved, there) is None


def test_too_few_places_and_one_village_tell_nothing():
    points, roads = random_layers(5, off=30.0)
    shifted = shift_frame(points, target="gcj02")
    assert suspect_shift(shifted[:7], roads) is None
    village = gpd.GeoDataFrame(
        geometry=[Point(x, y) for x in range(510_100, 510_800, 100) for y in range(3_100_100, 3_100_800, 100)], crs=4544
    )
    bypass = in_lanes([LineString([(0, 0), (900, 900)])], (509_600.0, 3_100_400.0))
    assert suspect_shift(village, bypass) is None


def test_houses_along_one_straight_road_tell_nothing():
    # a row of houses 500 m beside a road is no shift, though one would bring it onto the road
    road = in_lanes([LineString([(0, 0), (60_000, 60_000)])], (500_000.0, 3_080_000.0))
    houses = gpd.GeoDataFrame(geometry=[Point(500_350 + 2000 * i, 3_079_650 + 2000 * i) for i in range(28)], crs=4544)
    assert suspect_shift(houses, road) is None


def test_layers_without_a_crs_are_refused_and_empty_ones_tell_nothing():
    points, roads = random_layers(6, off=30.0)
    with pytest.raises(DataError, match="the layer has no CRS"):
        suspect_shift(points.set_crs(None, allow_override=True), roads)
    with pytest.raises(DataError, match="the reference has no CRS"):
        suspect_shift(points, roads.set_crs(None, allow_override=True))
    assert suspect_shift(points[:0], roads) is None
    assert suspect_shift(points, roads[:0]) is None
    assert suspect_shift(points.set_geometry([None] * len(points)), roads) is None


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    datum=st.sampled_from((None, *DATUMS)),
    count=st.integers(25, 60),
    scatter=st.floats(0, 300),
)
def test_places_of_one_name_tell_the_shift_through_their_scatter(seed, datum, count, scatter):
    rng = np.random.default_rng(seed)
    at = np.array([500_000.0, 3_100_000.0]) + rng.uniform(0, SIZE, (count, 2))
    known = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=4544)
    own = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*(at + rng.normal(0, scatter / 1.5, at.shape)).T), crs=4544)
    found = suspect_names(own if datum is None else shift_frame(own, target=datum), known)
    assert (None if found is None else found.datum) == datum


def test_the_median_offset_is_the_expected_one():
    # by the formulas in general use GCJ-02 lies 0.0036 degrees east and 0.0033 south here: 354 m and 366 m
    known = gpd.GeoDataFrame(geometry=[Point(105.44 + 0.01 * i, 28.17) for i in range(6)], crs=4326)
    found = suspect_names(shift_frame(known, target="gcj02"), known)
    assert found.before_m == pytest.approx(np.hypot(354, 366), rel=0.05)
    assert found.after_m < 1e-3


@pytest.fixture(scope="module")
def area():
    return load_study()


@pytest.fixture(scope="module")
def towns(area):
    places = of_kind(located(area.plan.places), "township")
    rng = np.random.default_rng(7)
    at = shapely.get_coordinates(places.geometry.values) + rng.normal(0, 200, (len(places), 2))
    frame = gpd.GeoDataFrame({"name": places["name_zh"].tolist()}, geometry=gpd.points_from_xy(*at.T), crs=places.crs)
    return frame.to_crs(4326)


def links(towns):
    """Return winding roads from each town to the next one."""
    at = shapely.get_coordinates(towns.to_crs(4544).geometry.values)
    wave = 600 * np.sin(np.linspace(0, 6 * np.pi, 40))[:, None]
    rows = [a + (b - a) * np.linspace(0, 1, 40)[:, None] + wave * [1, 0.5] for a, b in pairwise(at)]
    frame = gpd.GeoDataFrame(
        {"highway": ["secondary"] * len(rows)}, geometry=[LineString(row) for row in rows], crs=4544
    )
    return frame.to_crs(4326)


@pytest.mark.parametrize("datum", DATUMS)
def test_towns_are_told_by_their_names(area, towns, datum):
    (note,) = points_shifted(shift_frame(towns, target=datum), study=area, name="towns.gpkg")
    assert note.startswith(f"towns.gpkg seems to be on {LABELS[datum]}: ")
    assert f'source="{datum}"' in note
    assert points_shifted(towns, study=area, name="towns.gpkg") == []


def test_names_that_are_not_one_places_do_not_count(area, towns):
    shifted = shift_frame(towns, target="bd09")
    twice = shifted.assign(name="太平镇")
    other = shifted.assign(name=[f"站{i}" for i in range(len(shifted))])
    assert points_shifted(twice, study=area, name="x") == points_shifted(other, study=area, name="x") == []


def test_check_tells_points_of_known_names(tmp_path, area, towns):
    towns.to_file(tmp_path / "here.gpkg")
    shift_frame(towns, target="gcj02").to_file(tmp_path / "there.gpkg")
    (here,) = inspect_file(tmp_path / "here.gpkg", study=area)
    (there,) = inspect_file(tmp_path / "there.gpkg", study=area)
    assert here.datum == "not to be told without polygons"
    assert here.validity == "valid"
    assert there.datum.startswith("gcj02 suspected (")
    assert there.validity == "seems shifted"


def test_access_says_that_points_and_roads_do_not_fit(tmp_path, towns, capsys):
    files = {name: str(tmp_path / f"{name}.gpkg") for name in ("towns", "roads", "shifted")}
    nameless = towns.drop(columns="name")
    nameless.to_file(files["towns"])
    links(towns).to_file(files["roads"])
    shift_frame(links(towns), target="bd09").to_file(files["shifted"])
    base = ["access", "--from", files["towns"], "--to", files["towns"], "--minutes", "30", "--scenario", "complete"]
    assert main([*base, "--roads", files["roads"], "--out", str(tmp_path / "one")]) in (0, None)
    assert "seems to be on" not in capsys.readouterr().err
    assert main([*base, "--roads", files["shifted"], "--out", str(tmp_path / "two")]) in (0, None)
    told = [line for line in capsys.readouterr().err.splitlines() if "seems to be on" in line]
    assert len(told) == 1
    assert told[0].startswith(f"note: {files['shifted']} seems to be on BD-09: ")


def test_roads_are_told_by_the_places_only_where_those_are_sure_enough(area, towns):
    roads = links(towns)
    for datum in DATUMS:
        assert roads_shifted(roads, area, name="roads") == []
        told = roads_shifted(shift_frame(roads, target=datum), area, name="roads")
        assert all(f'source="{datum}"' in note for note in told)
