"""Profiles against the plane they lie on, circles of known radius, and what must be refused."""

import math
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.route.alignment import align
from nanyi_gis.route.line import from_lines
from nanyi_gis.route.profile import profile

WEST, SOUTH = 500_000.0, 3_100_000.0


def plane(east=0.0, north=0.0, side=61, step=50.0, height=500.0):
    """A DEM whose height rises by so much a metre; EPSG:4544 is true to scale here to 1 in 2 million."""
    rows, columns = np.mgrid[0:side, 0:side]
    z = height + east * columns * step + north * (side - 1 - rows) * step
    axes = {"y": SOUTH + np.arange(side)[::-1] * step, "x": WEST + np.arange(side) * step}
    return xr.DataArray(z, coords=axes, dims=("y", "x")).rio.write_crs("EPSG:4544")


def line(*points):
    return shapely.LineString([(WEST + x, SOUTH + y) for x, y in points])


def test_a_tilted_plane_has_its_own_grade_everywhere():
    found = profile(line((100, 100), (2600, 1100)), plane(0.06, -0.02), step_m=40, road_class="III")
    run = math.hypot(2500, 1000)
    grade = (0.06 * 2500 - 0.02 * 1000) / run
    assert found.length_m == pytest.approx(run, rel=1e-6)
    np.testing.assert_allclose(found.segments["grade"], grade, rtol=1e-5)
    assert found.climb_m == pytest.approx(130.0)
    assert found.descent_m == 0.0
    assert found.share_over_limit == 0.0
    assert found.steepest == pytest.approx(grade, rel=1e-5)
    pace = [run / 1000 / 6 * 60 * math.exp(3.5 * abs(sign * grade + 0.05)) for sign in (1, -1)]
    np.testing.assert_allclose(found.minutes.loc["walk"], pace, rtol=1e-5)
    loss = 0.05 * (100 * grade - 4)
    car = [run / 1000 / 35 * 60 / (1 - share * loss) for share in (1.0, 0.5)]
    np.testing.assert_allclose(found.minutes.loc["car"], car, rtol=1e-5)


@settings(deadline=None, max_examples=40)
@given(
    east=st.floats(-0.3, 0.3),
    north=st.floats(-0.3, 0.3),
    ends=st.lists(st.tuples(st.floats(60, 2900), st.floats(60, 2900)), min_size=2, max_size=5, unique=True),
    step=st.floats(17.0, 900.0),
)
def test_climb_less_descent_is_the_rise_of_the_plane(east, north, ends, step):
    road = line(*ends)
    if road.length < 1.0:
        return
    found = profile(road, plane(east, north), step_m=step)
    rise = east * (ends[-1][0] - ends[0][0]) + north * (ends[-1][1] - ends[0][1])
    assert found.climb_m - found.descent_m == pytest.approx(rise, abs=1e-6)
    assert found.length_m == pytest.approx(road.length, rel=1e-6)
    assert found.table["m"].is_monotonic_increasing
    assert found.segments["length_m"].max() <= step * 1.5 + 1e-6
    back = profile(road.reverse(), plane(east, north), step_m=step)
    assert back.length_m == pytest.approx(found.length_m)
    assert back.climb_m - back.descent_m == pytest.approx(-rise, abs=1e-6)


def test_the_share_over_the_limit_is_that_of_the_steep_plane():
    """Level for 1,000 m, then 10 % for 500 m."""
    dem = plane()
    dem = dem + np.maximum(0.0, dem.x - WEST - 1000.0) * 0.10
    dem = dem.transpose("y", "x").rio.write_crs("EPSG:4544")
    found = profile(line((0, 500), (1500, 500)), dem, step_m=50, road_class="IV")
    assert found.max_grade == 0.09
    assert found.share_over_limit == pytest.approx(1 / 3, rel=1e-6)
    assert found.segments.loc[found.segments["over"], "from_m"].min() == pytest.approx(1000, rel=1e-5)
    assert math.isnan(profile(line((0, 500), (1500, 500)), dem).share_over_limit)


def hill():
    """A roof 200 m high over level ground, its ridge 1,000 m east."""
    dem = plane()
    return (dem + np.maximum(0.0, 200.0 - 0.5 * np.abs(dem.x - WEST - 1000.0))).transpose("y", "x").rio.write_crs(4544)


def test_a_tunnel_is_bridged_in_a_straight_line():
    road = line((100, 500), (2100, 500))
    spans = pd.DataFrame({"branch": [1], "from_m": [500.0], "to_m": [1300.0], "kind": ["tunnel"]})
    over, through = profile(road, hill()), profile(road, hill(), spans=spans)
    assert over.climb_m == pytest.approx(200.0, rel=1e-4)
    assert through.climb_m == pytest.approx(0.0, abs=1e-3)
    assert through.table["z_ground"].max() == pytest.approx(700.0)
    inside = through.segments["span"] == "tunnel"
    assert through.segments.loc[inside, "length_m"].sum() == pytest.approx(800.0)
    assert not inside.all()


def test_links_marked_as_tunnels_are_bridged_and_neighbours_are_one_span():
    parts = [line((100, 500), (600, 500)), line((600, 500), (1000, 500)), line((1000, 500), (1400, 500))]
    frame = gpd.GeoDataFrame({"tunnel": ["no", "yes", True]}, geometry=parts, crs=4544)
    found = profile(frame, hill())
    assert found.table["branch"].unique().tolist() == [1, 2, 3]
    assert found.segments.groupby("branch")["span"].unique().map(list).tolist() == [[""], ["tunnel"], ["tunnel"]]
    links = {"branch": [1, 1, 1], "from_m": [0.0, 500.0, 900.0], "to_m": [500.0, 900.0, 1300.0]}
    route = SimpleNamespace(
        branches=(line((100, 500), (1400, 500)),),
        crs=CRS(4544),
        frame=pd.DataFrame(links | {"tunnel": [False, True, True]}),
    )
    assert profile(route, hill()).climb_m == pytest.approx(0.0, abs=1e-3)


def test_an_alignment_keeps_its_limit_in_its_own_profile():
    dem = plane(0.0, 0.0, step=25.0)
    dem = (dem + np.maximum(0.0, 100.0 - 0.5 * np.abs(dem.x - WEST - 750.0))).transpose("y", "x").rio.write_crs(4544)
    way = align(dem, (WEST + 100, SOUTH + 500), (WEST + 1400, SOUTH + 500), tunnel_cost=3.0)
    found = profile(way, dem, step_m=25.0, road_class="III")
    assert found.share_over_limit == 0.0
    assert found.climb_m == pytest.approx(way.climb_m, abs=1e-3)
    assert (found.segments["span"] == "tunnel").any()


def test_stations_of_a_circle_have_its_radius():
    angle = np.linspace(0, np.pi, 721)
    road = shapely.LineString(np.column_stack([WEST + 1000 + 200 * np.cos(angle), SOUTH + 1000 + 200 * np.sin(angle)]))
    radius = profile(road, plane(), step_m=20.0).table["radius_m"]
    np.testing.assert_allclose(radius.iloc[1:-2], 200.0, rtol=1e-3)
    assert np.isinf(profile(line((0, 0), (1000, 0)), plane()).table["radius_m"]).all()


def test_branches_are_measured_apart():
    both = shapely.MultiLineString([line((100, 100), (1100, 100)), line((100, 900), (600, 900))])
    found = profile(both, plane(0.05), step_m=250)
    assert found.length_m == pytest.approx(1500.0, rel=1e-6)
    assert found.climb_m == pytest.approx(75.0)
    assert found.table.groupby("branch")["m"].max().round(2).tolist() == [1000.0, 500.0]
    assert found.table.groupby("branch")["grade"].last().round(4).tolist() == [0.05, 0.05]
    assert len(found.segments) == 4 + 2


def test_a_line_in_degrees_is_laid_over_a_dem_in_metres():
    road = gpd.GeoSeries([line((100, 100), (2100, 100))], crs=4544).to_crs(4326)
    found = profile(road, plane(0.05))
    assert found.length_m == pytest.approx(2000.0, rel=1e-5)
    assert found.climb_m == pytest.approx(100.0, rel=1e-4)


def test_what_has_no_height_is_told_and_counts_as_level():
    dem = plane(0.05)
    dem = dem.where(dem.x < WEST + 1525.0).rio.write_crs(4544)
    found = profile(line((0, 500), (2000, 500)), dem, road_class="III")
    assert found.table["z"].isna().sum() > 0
    assert "have no height" in found.notes[-1]
    assert found.share_over_limit == 0.0
    assert np.isfinite(found.minutes.to_numpy()).all()
    assert found.climb_m == pytest.approx(75.0, abs=3.0)


def test_nothing_that_is_given_is_changed():
    dem, road = hill(), gpd.GeoSeries([line((100, 500), (600, 500))], crs=4544)
    spans = pd.DataFrame({"branch": [1], "from_m": [100], "to_m": [200], "kind": ["bridge"]})
    before = dem.copy(deep=True), spans.copy(deep=True)
    profile(road, dem, spans=spans)
    xr.testing.assert_identical(dem, before[0])
    pd.testing.assert_frame_equal(spans, before[1])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1, 100, 50, "tunnel"), "must rise"),
        ((1, 100, 9000, "tunnel"), "end within the 1000 m"),
        ((2, 100, 200, "tunnel"), "lies on no branch"),
        ((1, 100, 200, "ferry"), "must be a bridge or a tunnel"),
        ((1, -5, 200, "bridge"), "must be zero or more"),
        ((1, math.nan, 200, "bridge"), "must be a number"),
    ],
)
def test_spans_that_do_not_fit_are_refused(row, message):
    spans = pd.DataFrame([row], columns=["branch", "from_m", "to_m", "kind"])
    with pytest.raises(DataError, match=message):
        profile(line((0, 0), (1000, 0)), plane(), spans=spans)


def test_bad_input_is_refused():
    road = line((0, 0), (1000, 0))
    with pytest.raises(DataError, match="no column kind"):
        profile(road, plane(), spans=pd.DataFrame({"branch": [1], "from_m": [1.0], "to_m": [2.0]}))
    with pytest.raises(ParameterError, match="step_m is 0"):
        profile(road, plane(), step_m=0)
    with pytest.raises(ParameterError, match="must be one of: II, III, IV"):
        profile(road, plane(), road_class="3")
    with pytest.raises(DataError, match="outside the DEM"):
        profile(shapely.LineString([(0, 0), (1000, 0)]), plane())
    with pytest.raises(DataError, match="no CRS"):
        profile(gpd.GeoSeries([road]), plane())
    with pytest.raises(DataError, match="must hold lines"):
        profile(gpd.GeoSeries([shapely.Point(WEST, SOUTH)], crs=4544), plane())
    with pytest.raises(DataError, match="must be a Route"):
        profile("road.gpkg", plane())
    with pytest.raises(DataError, match="above the limit of 5,000,000"):
        profile(road, plane(), step_m=1e-4)


def test_branches_are_numbered_as_those_of_a_route():
    lines = gpd.GeoDataFrame(
        geometry=[line((100, 100), (1100, 100)), line((1100, 100), (2100, 100)), line((1100, 100), (1100, 600))],
        crs=4544,
    )
    route = from_lines(lines)
    found = profile(route, plane(0.05), step_m=250)
    assert sorted(found.table["branch"].unique()) == sorted(route.frame["branch"].unique()) == [1, 2]
    assert found.table.groupby("branch")["m"].max().to_numpy() == pytest.approx(route.branch_lengths, rel=1e-6)


@pytest.mark.parametrize("azimuth", [0, 17, 45, 90, 135, 200, 270, 333])
@pytest.mark.parametrize("tilt", [0, 60, 180, 290])
def test_beside_nodata_a_plane_has_its_own_grade_or_none(azimuth, tilt):
    """5 % in the direction of ``tilt``, with a column, a row and single cells without heights."""
    east, north = 0.05 * math.sin(math.radians(tilt)), 0.05 * math.cos(math.radians(tilt))
    dem = plane(east, north)
    dem[:, 31] = np.nan
    dem[22, :] = np.nan
    for row, column in ((30, 30), (34, 28), (41, 36), (30, 26), (36, 33), (28, 35), (25, 29)):
        dem[row, column] = np.nan
    across, up = math.sin(math.radians(azimuth)), math.cos(math.radians(azimuth))
    middle = 1480.0
    ends = [(middle + sign * 900.0 * across, middle - 40.0 + sign * 900.0 * up) for sign in (-1, 1)]
    found = profile(line(*ends), dem, step_m=13.0, road_class="III")
    grade = found.segments["grade"].dropna()
    np.testing.assert_allclose(grade, east * across + north * up, atol=2e-6)
    assert 0.5 < len(grade) / len(found.segments) < 1.0
    assert "have no height" in found.notes[-1]
    z = found.table["z"].to_numpy()
    truth = 500.0 + east * (found.table["x"] - WEST) + north * (found.table["y"] - SOUTH)
    np.testing.assert_allclose(z[np.isfinite(z)], truth[np.isfinite(z)], atol=1e-6)


def test_one_cell_without_height_leaves_a_gap_of_half_a_square_at_each_corner():
    """Three known corners of four make a plane on their side of the diagonal."""
    dem = plane(0.05, 0.02)
    dem[30, 30] = np.nan  # at 1500, 1500
    along = [(1500 - 60, 1520), (1500 + 60, 1520)]  # 20 m above it: known from 30 m off on, by the diagonal
    found = profile(line(*along), dem, step_m=1.0)
    known = found.table.loc[found.table["z"].notna(), "x"] - WEST - 1500.0
    assert known.abs().min() == pytest.approx(30.0, abs=1.0)
    assert found.table["z"].isna().sum() == pytest.approx(60, abs=2)


def test_in_the_outer_half_of_the_cells_at_the_edge_the_slope_goes_on():
    found = profile(line((-24, 1000), (3024, 1000)), plane(0.05), step_m=5.0)
    np.testing.assert_allclose(found.segments["grade"], 0.05, rtol=1e-5)
    assert found.climb_m == pytest.approx(0.05 * 3048)
    beyond = profile(line((-40, 1000), (500, 1000)), plane(0.05), step_m=5.0)
    assert beyond.table["z"].isna().sum() == 3  # at -40, -35 and -30 m


def test_a_dem_of_one_row_of_cells_has_heights_along_it():
    dem = plane(0.05).isel(y=slice(30, 31))
    dem = dem.rio.write_transform(Affine(50.0, 0.0, WEST - 25.0, 0.0, -50.0, SOUTH + 1525.0))
    found = profile(line((100, 1500), (900, 1500)), dem, step_m=50.0)
    np.testing.assert_allclose(found.segments["grade"], 0.05, rtol=1e-5)


@pytest.mark.parametrize("spans", [5, "tunnel", [(1, 2.0, 3.0, "bridge")]])
def test_spans_that_are_no_table_are_refused(spans):
    with pytest.raises(DataError, match="must be a table with branch, from_m, to_m, kind"):
        profile(line((0, 0), (1000, 0)), plane(), spans=spans)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"step_m": True}, "step_m is True"), ({"step_m": math.nan}, "step_m is nan"), ({"road_class": True}, "is True")],
)
def test_true_is_no_number_and_no_class(options, message):
    with pytest.raises(ParameterError, match=message):
        profile(line((0, 0), (1000, 0)), plane(), **options)
