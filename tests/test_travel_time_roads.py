"""Roads, bridges, tunnels and barriers, worked out by hand on small rasters."""

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label
from shapely import LineString, MultiLineString, MultiPoint, Point, Polygon, box, force_3d
from test_travel_time import MOVES, at, raster, reference, same, tobler

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.travel_time import travel_time

CELL = 30.0
LEVEL = 0.06 * CELL / (0.6 * tobler(0.0))  # minutes of one level step off the road


def flat(rows, columns, *, dx=CELL):
    return raster(np.zeros((rows, columns), np.float32), dx=dx)


def line(*places, dem_left=500_000.0, top=3_100_000.0, dx=CELL):
    """A line through (column, row) places; (0.5, 0.5) is the centre of the first cell."""
    return LineString([(dem_left + c * dx, top - r * dx) for c, r in places])


def frame(*lines, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(lines), crs="EPSG:4544")


def drive(kmh, cells=1.0):
    return 0.06 * CELL * cells / kmh


# Roads


def test_a_road_is_driven_at_its_speed_along_its_true_length():
    dem = flat(5, 21)
    road = frame(line((0, 2.5), (21, 2.5)), speed_kmh=[40.0])
    minutes = travel_time(dem, at(dem, (2, 0)), roads=road, mode="car").values
    np.testing.assert_allclose(minutes[2], drive(40) * np.arange(21), rtol=1e-6)
    assert minutes[1, 20] == pytest.approx(drive(40, 20) + LEVEL, rel=1e-6)
    assert minutes[0, 0] == pytest.approx(2 * LEVEL, rel=1e-6)


def test_a_slanted_road_has_no_staircase():
    dem = flat(40, 40)
    road = frame(line((0.5, 0.5), (39.5, 20.5)), speed_kmh=[30.0])
    minutes = travel_time(dem, at(dem, (0, 0)), roads=road, mode="car").values
    assert minutes[20, 39] == pytest.approx(drive(30, np.hypot(39, 20)), rel=1e-6)


def test_a_winding_road_keeps_its_length_inside_one_cell():
    dem = flat(1, 3)
    zigzag = line((0.5, 0.5), (1.1, 0.5), (1.1, 0.1), (1.5, 0.9), (1.9, 0.1), (1.9, 0.5), (2.5, 0.5))
    road = frame(zigzag, speed_kmh=[5.5])
    walked = travel_time(dem, at(dem, (0, 0)), roads=frame(zigzag, speed_kmh=[0.5]), mode="car").values
    assert walked[0, 2] == pytest.approx(2 * LEVEL, rel=1e-6)
    driven = travel_time(dem, at(dem, (0, 0)), roads=road, mode="car", path_factor=0.01).values
    assert driven[0, 2] == pytest.approx(zigzag.length * 0.06 / 5.5, rel=1e-6)


def test_lines_that_change_inside_a_cell_lose_nothing():
    dem = flat(1, 4)
    pieces = [line((0.5, 0.5), (1.2, 0.5)), line((1.2, 0.5), (1.3, 0.5)), line((1.3, 0.5), (1.9, 0.5)),
              line((1.9, 0.5), (3.5, 0.5))]  # fmt: skip
    road = frame(*pieces, speed_kmh=[30.0, 10.0, 60.0, 30.0])
    minutes = travel_time(dem, at(dem, (0, 0)), roads=road, mode="car").values
    expected = drive(30, 0.7) + drive(10, 0.1) + drive(60, 0.6) + drive(30, 1.6)
    assert minutes[0, 3] == pytest.approx(expected, rel=1e-6)


def test_the_other_leg_of_a_hairpin_is_no_short_cut():
    dem = flat(3, 60)
    hairpin = frame(line((0.5, 1.4), (59.5, 1.4), (59.5, 1.6), (0.5, 1.6)), speed_kmh=[60.0])
    minutes = travel_time(dem, at(dem, (1, 0)), roads=hairpin, mode="car").values
    # Both legs run through the same cells; the last cell is reached where the bend passes its centre.
    assert minutes[1, 59] == pytest.approx(drive(60, 59.1), rel=1e-6)
    # From leg to leg one walks the 0.2 cells between them, never less.
    two = frame(line((0.5, 0.5), (3.5, 0.5)), line((0.5, 0.7), (3.5, 0.7)), speed_kmh=[0.5, 60.0])
    minutes = travel_time(flat(1, 4), at(flat(1, 4), (0, 0)), roads=two, mode="car").values
    assert minutes[0, 3] == pytest.approx(drive(60, 3) + 2 * 0.2 * LEVEL, rel=1e-6)


def test_class_speeds_and_own_speeds():
    dem = flat(1, 11)
    road = line((0.5, 0.5), (10.5, 0.5))
    start = at(dem, (0, 0))
    mixed = frame(road, highway=["primary"])
    assert travel_time(dem, start, roads=mixed, mode="car").values[0, 10] == pytest.approx(drive(50, 10))
    assert travel_time(dem, start, roads=mixed, mode="car", speeds={"primary": 25.0}).values[0, 10] == pytest.approx(
        drive(25, 10)
    )
    both = frame(road, highway=["primary"], speed_kmh=[np.nan])
    assert travel_time(dem, start, roads=both, mode="car").values[0, 10] == pytest.approx(drive(50, 10))
    both["speed_kmh"] = 10.0
    assert travel_time(dem, start, roads=both, mode="car").values[0, 10] == pytest.approx(drive(10, 10))
    listed = gpd.GeoDataFrame({"highway": [["primary", "residential"]]}, geometry=[road], crs="EPSG:4544")
    assert travel_time(dem, start, roads=listed, mode="car").values[0, 10] == pytest.approx(drive(50, 10))
    with pytest.raises(ParameterError, match="unknown road class 'canal'"):
        travel_time(dem, start, roads=frame(road, highway=["canal"]), mode="car")
    with pytest.raises(ParameterError, match="speed of class 'primary' is 0"):
        travel_time(dem, start, roads=mixed, speeds={"primary": 0})
    with pytest.raises(DataError, match="must be lines"):
        travel_time(dem, start, roads=start.assign(speed_kmh=9))


def test_one_way_roads():
    dem = flat(1, 31)
    road = frame(line((0.5, 0.5), (30.5, 0.5)), speed_kmh=[60.0], oneway=["yes"])
    ends = (0, 0), (0, 30)
    fast, slow = drive(60, 30), 30 * LEVEL
    for oneway, there in (("yes", fast), ("-1", slow), ("no", fast)):
        road["oneway"] = oneway
        assert travel_time(dem, at(dem, ends[0]), roads=road, mode="car").values[ends[1]] == pytest.approx(there)
        back = travel_time(dem, at(dem, ends[1]), roads=road, mode="car", direction="to").values[ends[0]]
        assert back == pytest.approx(there)
    road["oneway"] = "yes"
    assert travel_time(dem, at(dem, ends[1]), roads=road, mode="car").values[ends[0]] == pytest.approx(slow)


def test_walkers_take_roads_at_full_pace_up_and_down():
    dem = raster(np.tile(np.arange(41, dtype=np.float32) * 3, (3, 1)), dx=CELL)
    road = frame(line((0.5, 1.5), (40.5, 1.5)), highway=["track"])
    for direction, slope in (("from", 0.1), ("to", -0.1)):
        minutes = travel_time(dem, at(dem, (1, 0)), roads=road, direction=direction).values
        assert minutes[1, 40] == pytest.approx(60 * 40 * 0.03 / tobler(slope), rel=1e-5)
    motorway = travel_time(dem, at(dem, (1, 0)), roads=frame(line((0.5, 1.5), (40.5, 1.5)), highway=["motorway"]))
    same(motorway, reference(dem, [(1, 0)]))
    assert motorway.attrs["skipped"] == 1


def test_crossing_roads_meet_without_a_shared_vertex_only_on_request():
    dem = flat(21, 21)
    cross = frame(line((0.5, 10.5), (20.5, 10.5)), line((10.2, 0.5), (10.2, 20.5)), speed_kmh=[60.0, 60.0])
    minutes = travel_time(dem, at(dem, (10, 0)), roads=cross, mode="car", noding="all").values
    assert minutes[20, 10] == pytest.approx(drive(60, 9.7 + 10), rel=1e-6)
    # One changes on foot otherwise: from the place nearest to the centre of the cell of the crossing, 0.3 cells.
    told = travel_time(dem, at(dem, (10, 0)), roads=cross, mode="car")
    assert told.values[20, 10] == pytest.approx(drive(60, 10 + 10) + 0.3 * LEVEL, rel=1e-6)
    assert (told.attrs["crossings"], told.attrs["unnoded"]) == (1, True)


def test_a_road_may_leave_the_raster_and_come_back():
    dem = flat(3, 11)
    road = frame(line((0.5, 1.5), (0.5, -5), (10.5, -5), (10.5, 1.5)), speed_kmh=[90.0])
    minutes = travel_time(dem, at(dem, (1, 0)), roads=road, mode="car").values
    assert minutes[1, 10] == pytest.approx(drive(90, 23), rel=1e-6)


def test_a_road_crosses_nodata():
    dem = flat(3, 11)
    dem.values[:, 4:7] = np.nan
    road = frame(line((0.5, 1.5), (10.5, 1.5)), speed_kmh=[60.0])
    minutes = travel_time(dem, at(dem, (1, 0)), roads=road, mode="car").values
    assert minutes[1, 10] == pytest.approx(drive(60, 10), rel=1e-6)
    assert np.isnan(minutes[:, 4:7]).all()


# Tunnels and closed roads


def ridge():
    z = np.zeros((5, 31), np.float32)
    z[:, 5:26] = 500
    return raster(z, dx=CELL)


def test_a_tunnel_is_entered_only_at_its_ends_and_knows_no_terrain():
    dem = ridge()
    tunnel = frame(line((2.5, 2.5), (28.5, 2.5)), speed_kmh=[60.0], tunnel=["yes"])
    minutes = travel_time(dem, at(dem, (2, 2)), roads=tunnel, mode="car")
    walked = travel_time(dem, at(dem, (2, 2)))
    assert minutes.values[2, 28] == pytest.approx(drive(60, 26), rel=1e-6)
    above = minutes.values[2, 10]
    assert above == pytest.approx(min(walked.values[2, 10], above), rel=1e-6)
    assert above > 100
    # From above the tunnel nobody drops into it.
    from_top = travel_time(dem, at(dem, (2, 15)), roads=tunnel, mode="car").values
    np.testing.assert_allclose(from_top[2, 15], 0)
    assert from_top[2, 28] == pytest.approx(travel_time(dem, at(dem, (2, 15))).values[2, 28], rel=1e-6)
    on_foot = travel_time(dem, at(dem, (2, 2)), roads=tunnel).values
    assert on_foot[2, 28] == pytest.approx(0.06 * 26 * CELL / tobler(0.0), rel=1e-6)


def test_tunnels_in_a_row_are_one_tunnel():
    dem = ridge()
    pieces = line((2.5, 2.5), (15.5, 2.5)), line((15.5, 2.5), (28.5, 2.5))
    tunnel = frame(*pieces, speed_kmh=[60.0, 60.0], tunnel=[True, True])
    minutes = travel_time(dem, at(dem, (2, 2)), roads=tunnel, mode="car").values
    assert minutes[2, 28] == pytest.approx(drive(60, 26), rel=1e-6)
    assert minutes[2, 15] > 100


def test_a_road_over_a_tunnel_does_not_join_it():
    dem = flat(21, 31)
    tunnel = line((0.5, 10.5), (30.5, 10.5))
    over = line((15.5, 0.5), (15.5, 20.5))
    roads = frame(tunnel, over, speed_kmh=[60.0, 60.0], tunnel=["yes", "no"])
    minutes = travel_time(dem, at(dem, (10, 0)), roads=roads, mode="car", path_factor=0.01).values
    through = drive(60, 15) + drive(60, 10)
    assert minutes[0, 15] > 20 * through


def test_a_motorway_is_joined_where_other_roads_end_at_it():
    dem = flat(21, 61)
    motorway = [line((0.5, 10.5), (30.5, 10.5)), line((30.5, 10.5), (60.5, 10.5))]
    ramp = line((30.5, 10.5), (30.5, 20.5))
    roads = frame(*motorway, ramp, highway=["motorway", "motorway", "primary"])
    start = at(dem, (10, 0))
    minutes = travel_time(dem, start, roads=roads, mode="car").values
    assert minutes[20, 30] == pytest.approx(drive(80, 30) + drive(50, 10), rel=1e-6)
    assert minutes[10, 60] == pytest.approx(drive(80, 60), rel=1e-6)
    assert minutes[10, 15] > 5  # nobody gets off in between
    roads["ends_only"] = ["no", "no", None]
    opened = travel_time(dem, start, roads=roads, mode="car").values
    assert opened[10, 15] == pytest.approx(drive(80, 15), rel=1e-6)


def test_a_motorway_drawn_once_each_way_can_be_joined_at_its_end():
    dem = flat(3, 21)
    there = line((0.5, 1.5), (10.5, 1.5), (20.5, 1.5))
    roads = frame(there, there.reverse(), highway=["motorway"] * 2, oneway=["yes"] * 2)
    minutes = travel_time(dem, at(dem, (1, 0)), roads=roads, mode="car").values
    assert minutes[1, 20] == pytest.approx(drive(80, 20), rel=1e-6)
    assert minutes[1, 10] > 1


# Barriers


def test_a_river_through_a_5x5_raster_by_hand():
    dem = flat(5, 5)
    river = frame(line((2.5, 0), (2.5, 5)))
    minutes = travel_time(dem, at(dem, (2, 0)), barriers=river)
    a, d = LEVEL, LEVEL * np.sqrt(2)
    west = [[2 * a, a + d], [a, d], [0, a], [a, d], [2 * a, a + d]]
    np.testing.assert_allclose(minutes.values[:, :2], west, rtol=1e-6)
    assert np.isinf(minutes.values[:, 2:]).all()
    road = line((0.5, 2.5), (4.5, 2.5))
    cut = travel_time(dem, at(dem, (2, 0)), barriers=river, roads=frame(road, speed_kmh=[20.0]), mode="car")
    assert np.isinf(cut.values[:, 3:]).all()
    assert cut.attrs["cut"] == 1
    bridge = frame(road, speed_kmh=[20.0], bridge=["yes"])
    crossed = travel_time(dem, at(dem, (2, 0)), barriers=river, roads=bridge, mode="car").values
    np.testing.assert_allclose(crossed[2], drive(20) * np.arange(5), rtol=1e-6)
    np.testing.assert_allclose(crossed[1, 3:], [drive(20, 3) + a, drive(20, 4) + a], rtol=1e-6)
    assert np.isinf(crossed[[0, 1, 3, 4], 2]).all()  # in the water, nobody


def test_only_the_bridge_needs_the_flag():
    dem = flat(5, 9)
    river = frame(line((4.5, 0), (4.5, 5)))
    pieces = [line((0.5, 2.5), (4.4, 2.5)), line((4.4, 2.5), (4.6, 2.5)), line((4.6, 2.5), (8.5, 2.5))]
    roads = frame(*pieces, speed_kmh=[60.0] * 3, bridge=[None, "yes", None])
    minutes = travel_time(dem, at(dem, (2, 0)), barriers=river, roads=roads, mode="car")
    assert minutes.values[2, 8] == pytest.approx(drive(60, 8), rel=1e-6)
    assert minutes.attrs["cut"] == 0
    # The raster of the same river gives the same, its cells being as wide as the bridge is short.
    mask = xr.zeros_like(dem, dtype=bool)
    mask[:, 4] = True
    same(travel_time(dem, at(dem, (2, 0)), barriers=mask, roads=roads, mode="car"), minutes.values)


def test_roads_on_both_banks_of_one_cell_do_not_touch():
    dem = flat(9, 9)
    river = frame(line((0, 4.5), (9, 4.5)))
    north = line((0.5, 3.5), (0.5, 4.4), (8.5, 4.4), (8.5, 3.5))
    south = line((0.5, 5.5), (0.5, 4.6), (8.5, 4.6), (8.5, 5.5))
    banks = frame(north, south, speed_kmh=[60.0, 60.0])
    minutes = travel_time(dem, at(dem, (3, 0)), barriers=river, roads=banks, mode="car").values
    assert np.isinf(minutes[5:]).all()
    assert minutes[3, 8] == pytest.approx(drive(60, 8 + 2 * 0.9), rel=1e-6)


def test_a_tunnel_passes_under_a_river():
    dem = flat(3, 9)
    river = frame(line((4.5, 0), (4.5, 3)))
    tunnel = frame(line((0.5, 1.5), (8.5, 1.5)), speed_kmh=[60.0], tunnel=[True])
    minutes = travel_time(dem, at(dem, (1, 0)), barriers=river, roads=tunnel, mode="car").values
    assert minutes[1, 8] == pytest.approx(drive(60, 8), rel=1e-6)
    assert np.isinf(minutes[1, 4])


def test_a_reservoir_is_walked_round():
    dem = flat(9, 9)
    lake = gpd.GeoDataFrame(geometry=[box(500_000 + 95, 3_100_000 - 175, 500_000 + 175, 3_100_000 - 95)],
                            crs="EPSG:4544")  # fmt: skip
    minutes = travel_time(dem, at(dem, (4, 0)), barriers=lake).values
    assert np.isinf(minutes[3:6, 3:6]).all()
    assert minutes[4, 8] == pytest.approx(4 * LEVEL + 4 * np.sqrt(2) * LEVEL, rel=1e-6)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_line_from_edge_to_edge_parts_the_raster(seed, as_polygon):
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(3, 25, 2)
    inner = [(columns * x, rows * y) for x, y in zip(np.sort(rng.random(4)), rng.random(4), strict=True)]
    river = line((-1, rng.random() * rows), *inner, (columns + 1, rng.random() * rows))
    barrier = frame(river.buffer(0.3) if as_polygon else river)
    dem = flat(rows, columns)
    probe = travel_time(dem, xr.ones_like(dem), barriers=barrier).values
    dry = np.isfinite(probe)
    bank, count = label(dry)
    if count == 0:
        return
    start = tuple(np.argwhere(dry)[rng.integers(dry.sum())].tolist())
    minutes = travel_time(dem, at(dem, start), barriers=barrier).values
    np.testing.assert_array_equal(np.isfinite(minutes), bank == bank[start])
    x, y = np.meshgrid(dem.x, dem.y)
    north = Polygon([*river.coords, (9e5, 4e6), (0, 4e6)])
    above = gpd.GeoSeries(gpd.points_from_xy(x.ravel(), y.ravel())).within(north).to_numpy().reshape(dem.shape)
    assert (above[np.isfinite(minutes)] == above[start]).all()


def walled(z, wall, starts, inward):
    """Dijkstra with moves between two walls (or a wall and nodata) left out, by brute force."""
    closed = np.isnan(z) | wall
    rows, columns = z.shape
    best = np.full(z.shape, np.inf)
    for start in starts:
        best[start] = 0
    changed = True
    while changed:
        changed = False
        for r, c in np.argwhere(np.isfinite(best) & ~closed).tolist():
            for dr, dc in MOVES:
                i, j = r + dr, c + dc
                if not (0 <= i < rows and 0 <= j < columns) or closed[i, j]:
                    continue
                if dr and dc and closed[r, j] and closed[i, c] and (wall[r, j] or wall[i, c]):
                    continue
                length = CELL * np.hypot(dr, dc)
                slope = (float(z[i, j]) - float(z[r, c])) / length * (-1 if inward else 1)
                there = best[r, c] + 0.06 * length / (0.6 * tobler(slope))
                if there < best[i, j] - 1e-12:
                    best[i, j], changed = there, True
    return np.where(np.isnan(z), np.nan, best)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_barrier_cells_leave_no_diagonal_gap(seed, inward):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rng.integers(2, 9, 2)).astype(np.float32) * 10
    wall = rng.random(z.shape) < 0.3
    z[rng.random(z.shape) < 0.1] = np.nan
    free = np.argwhere(~wall & ~np.isnan(z))
    if not len(free):
        return
    start = tuple(free[rng.integers(len(free))].tolist())
    dem = raster(z)
    result = travel_time(dem, at(dem, start), barriers=dem.copy(data=wall), direction="to" if inward else "from")
    same(result, walled(z, wall, [start], inward))


def test_a_source_on_a_barrier_moves_to_its_own_bank():
    dem = flat(5, 9)
    river = frame(line((4.3, 0), (4.3, 5)))
    for place, side in ((4.2, slice(0, 4)), (4.4, slice(5, 9))):
        source = gpd.GeoDataFrame(geometry=[Point(500_000 + place * CELL, 3_100_000 - 2.5 * CELL)], crs="EPSG:4544")
        minutes = travel_time(dem, source, barriers=river)
        assert minutes.attrs["snapped"] == 1
        assert np.isfinite(minutes.values[:, side]).all()
        assert np.isfinite(minutes.values).sum() == 20
    lake = frame(box(500_000, 3_099_000, 501_000, 3_100_000))
    with pytest.raises(DataError, match="lies on a barrier"):
        travel_time(dem, at(dem, (2, 2)), barriers=lake)


def test_multilines_and_other_reference_systems():
    dem = flat(5, 21)
    parts = MultiLineString([line((0.5, 2.5), (10.5, 2.5)), line((10.5, 2.5), (20.5, 2.5))])
    roads = gpd.GeoDataFrame({"speed_kmh": [30.0]}, geometry=[parts], crs="EPSG:4544")
    plain = travel_time(dem, at(dem, (2, 0)), roads=roads, mode="car").values
    there = travel_time(dem, at(dem, (2, 0)), roads=roads.to_crs(4326), mode="car").values
    np.testing.assert_allclose(there, plain, rtol=1e-5)
    assert plain[2, 20] == pytest.approx(drive(30, 20), rel=1e-6)


# Both at once


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["walk", "car"]))
def test_there_is_back_again_over_random_roads(seed, mode):
    rng = np.random.default_rng(seed)
    rows, columns = (int(n) for n in rng.integers(3, 15, 2))
    dem = raster((rng.normal(size=(rows, columns)) * 8).astype(np.float32))
    lines = [
        line(*zip(rng.random(n) * columns, rng.random(n) * rows, strict=True)) for n in rng.integers(2, 6, 5).tolist()
    ]
    roads = frame(
        *lines,
        speed_kmh=rng.uniform(3, 90, 5),
        tunnel=rng.random(5) < 0.2,
        bridge=rng.random(5) < 0.3,
        oneway=rng.choice(["yes", "no", "-1"], 5),
    )
    river = frame(line((-1, rng.random() * rows), (columns + 1, rng.random() * rows)))
    free = np.argwhere(np.isfinite(travel_time(dem, xr.ones_like(dem), barriers=river).values))
    if not len(free):
        return
    a, b = (tuple(free[i].tolist()) for i in rng.integers(len(free), size=2))
    options = {"roads": roads, "barriers": river, "mode": mode}
    out = travel_time(dem, at(dem, a), **options).values[b]
    back = travel_time(dem, at(dem, b), direction="to", **options).values[a]
    assert (np.isinf(out) and np.isinf(back)) or out == pytest.approx(back, rel=1e-6)
    bare = travel_time(dem, at(dem, a), barriers=river).values
    withroads = travel_time(dem, at(dem, a), **options).values
    assert (withroads <= bare * (1 + 1e-6)).all()
    onward = travel_time(dem, at(dem, b), **options).values
    dry = tuple(free.T)
    assert (withroads[dry] <= (withroads[b] + onward[dry]) * (1 + 1e-6)).all()  # the triangle inequality
    faster = travel_time(dem, at(dem, a), **{**options, "roads": roads.assign(speed_kmh=roads.speed_kmh * 2)}).values
    assert (faster <= withroads * (1 + 1e-6)).all()


def test_network_times_at_nodes_are_seeds():
    """Seeding the surface with the times of a chain of road nodes equals burning the road in."""
    dem = flat(7, 41)
    road = frame(line((0.5, 3.5), (40.5, 3.5)), speed_kmh=[50.0])
    burned = travel_time(dem, at(dem, (3, 0)), roads=road, mode="car").values
    nodes = at(dem, *[(3, c) for c in range(41)]).assign(minutes=drive(50) * np.arange(41))
    seeded = travel_time(dem, nodes, initial_minutes="minutes").values
    np.testing.assert_allclose(seeded, burned, rtol=1e-6)
    late = nodes.assign(minutes=np.where(np.arange(41) == 20, 0, np.inf))
    same(travel_time(dem, late, initial_minutes="minutes"), reference(dem, [(3, 20)]))


# Data as it comes


def test_points_in_several_parts_are_one_source():
    dem = flat(1, 9)
    both = gpd.GeoDataFrame(
        geometry=[MultiPoint([Point(dem.x[i].item(), dem.y[0].item()) for i in (0, 8)]), at(dem, (0, 4)).geometry[0]],
        crs="EPSG:4544",
    )
    result = travel_time(dem, both, nearest=True)
    same(result, reference(dem, [(0, 0), (0, 4), (0, 8)]))
    assert result["nearest"].values[0, [0, 4, 8]].tolist() == [0, 1, 0]


def test_odd_geometry_is_taken_for_what_it_is():
    dem = flat(9, 9)
    start = at(dem, (4, 0))
    road = line((0.5, 4.5), (8.5, 4.5))
    point = LineString([road.coords[0], road.coords[0]])
    for lines in ([road], [force_3d(road, 5)], [road, road, road.reverse()], [point, road], [None, road]):
        minutes = travel_time(dem, start, roads=frame(*lines, speed_kmh=[9.0] * len(lines)), mode="car")
        assert minutes.values[4, 8] == pytest.approx(drive(9, 8), rel=1e-6)
    bow = Polygon([(500_090, 3_099_900), (500_150, 3_099_840), (500_150, 3_099_900), (500_090, 3_099_840)])
    cut = travel_time(dem, start, roads=frame(road, speed_kmh=[9.0]), barriers=frame(bow), mode="car")
    assert cut.attrs["cut"] == 1
    empty = frame(road, speed_kmh=[9.0]).iloc[:0]
    same(travel_time(dem, start, roads=empty, barriers=empty), reference(dem, [(4, 0)]))


def test_vectors_of_somewhere_else_are_refused():
    dem = flat(9, 9)
    start = at(dem, (4, 0))
    degrees = LineString([(105.0, 28.0), (105.1, 28.0)])
    with pytest.raises(DataError, match="none of 1 roads reaches the DEM"):
        travel_time(dem, start, roads=frame(degrees, speed_kmh=[9.0]))
    with pytest.raises(DataError, match="none of 1 barriers reaches the DEM"):
        travel_time(dem, start, barriers=frame(degrees))
    metres = gpd.GeoDataFrame({"speed_kmh": [9.0]}, geometry=[line((0, 4.5), (9, 4.5))], crs="EPSG:4326")
    with pytest.raises(DataError, match="set the right CRS"):
        travel_time(dem, start, roads=metres)
