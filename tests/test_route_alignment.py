"""Alignments against closed forms, an independent Dijkstra, and what must be refused."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.route.alignment import align
from nanyi_gis.route.classes import road_class
from nanyi_gis.travel_time import travel_time

WEST, SOUTH = 500_000.0, 3_100_000.0


def raster(z, step=25.0):
    rows, columns = z.shape
    axes = {"y": SOUTH + np.arange(rows)[::-1] * step, "x": WEST + np.arange(columns) * step}
    return xr.DataArray(np.asarray(z, "float64"), coords=axes, dims=("y", "x")).rio.write_crs("EPSG:4544")


def at(dem, row, column):
    return float(dem.x[column]), float(dem.y[row])


def ground(z, row, column):
    """Bilinear height at a fractional place."""
    r, c = min(int(row), z.shape[0] - 2), min(int(column), z.shape[1] - 2)
    v, u = row - r, column - c
    corners = [
        ((1 - v) * (1 - u), z[r, c]),
        ((1 - v) * u, z[r, c + 1]),
        (v * (1 - u), z[r + 1, c]),
        (v * u, z[r + 1, c + 1]),
    ]
    return sum(share * value for share, value in corners if share > 1e-12)


def reference(
    z,
    start,
    end,
    *,
    step,
    grade,
    turn,
    reach,
    deep,
    earth,
    shifts=(0.0,),
    bridge=None,
    tunnel=None,
    span=0.0,
    hairpin=math.inf,
):
    """Cost of the cheapest way by scipy's Dijkstra over cells x levels x headings, from the problem as stated."""
    rows, columns = z.shape
    moves = [
        (r, c) for r in range(-reach, reach + 1) for c in range(-reach, reach + 1) if math.gcd(r, c) == 1
    ]  # fmt: skip
    angles = [math.degrees(math.atan2(r, c)) for r, c in moves]
    kinds, many = len(moves), len(shifts)
    number = lambda row, column, level, move: ((row * columns + column) * many + level) * (kinds + 1) + move  # noqa: E731
    origin, target, price = [], [], []

    def link(a, b, cost, move):
        for came in range(kinds + 1):
            apart = 0.0 if came == kinds else abs(angles[came] - angles[move]) % 360
            apart = min(apart, 360 - apart)
            extra = 0.0 if apart <= turn + 1e-6 else hairpin if apart < 179.9 else math.inf
            if extra < math.inf:
                origin.append(number(*a, came))
                target.append(number(*b, move))
                price.append(cost + extra)

    for row in range(rows):
        for column in range(columns):
            for move, (r, c) in enumerate(moves):
                length, pieces = step * math.hypot(r, c), max(abs(r), abs(c))
                row2, column2 = row + r, column + c
                if not (0 <= row2 < rows and 0 <= column2 < columns):
                    continue
                places = [k / pieces for k in range(1, pieces)]
                beside_unknown = abs(r) == abs(c) and np.isnan(z[row, column2] + z[row2, column])
                if abs(r) == abs(c):
                    places = [0.5]
                for i, low in enumerate(shifts):
                    for j, high in enumerate(shifts):
                        a, b = z[row, column] + low, z[row2, column2] + high
                        off = [abs(ground(z, row + t * r, column + t * c) - a - t * (b - a)) for t in places]
                        if abs(r) == abs(c):  # road level at the corner of four cells, of which two are the ends
                            mean = (z[row, column2] + z[row2, column]) / 2
                            off = [abs(mean - (a + b) / 2) / 2]
                        good = abs(b - a) <= grade * length * (1 + 1e-9) and not beside_unknown
                        if good and all(value <= deep for value in off):
                            mean = (
                                (sum(off) + (abs(low) + abs(high)) / 2) / pieces
                                if abs(r) != abs(c)
                                else (off[0] + (abs(low) + abs(high)) / 2) / 2
                            )
                            link((row, column, i), (row2, column2, j), length * (1 + earth * mean), move)
                if bridge is None and tunnel is None:
                    continue
                k = 2
                while k * length <= span + 1e-6 and 0 <= row + k * r < rows and 0 <= column + k * c < columns:
                    a, b = z[row, column], z[row + k * r, column + k * c]
                    line = [(z[row + n * r, column + n * c], a + n / k * (b - a)) for n in range(1, k)]
                    if not np.isnan(a + b + sum(under for under, _ in line)) and abs(b - a) <= grade * k * length:
                        half = many // 2
                        ends = (row, column, half), (row + k * r, column + k * c, half)
                        if bridge is not None and all(under < over for under, over in line):
                            link(*ends, bridge * k * length, move)
                        if tunnel is not None and all(under > over for under, over in line):
                            link(*ends, tunnel * k * length, move)
                    k += 1
    size = rows * columns * many * (kinds + 1)
    frame = pd.DataFrame({"a": origin, "b": target, "w": price}).groupby(["a", "b"], as_index=False)["w"].min()
    graph = csr_matrix((frame["w"], (frame["a"], frame["b"])), shape=(size, size))
    costs = dijkstra(graph, indices=number(*start, many // 2, kinds))
    return min(costs[number(*end, many // 2, move)] for move in range(kinds))


def hills(seed, side=11, rough=1.0, unknown=0.06):
    """Smooth random ground, some of it unknown."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:side, 0:side]
    waves = random.normal(size=(4, 4))
    z = sum(
        a * np.sin(b * rows / 3 + c) * np.cos(d * columns / 3 + c) for a, b, c, d in waves
    )  # fmt: skip
    z = 500 + rough * (4 * z + random.normal(scale=0.3, size=z.shape))
    z[random.random(z.shape) < unknown] = np.nan
    z[0, 0] = z[-1, -1] = 500.0
    return np.float64(np.float32(z))


def same_as_reference(
    z, *, headings, turn, grade, levels=1, deep=10.0, bridge=None, tunnel=None, span=200.0, hairpin=None
):
    dem, last = raster(z), z.shape[0] - 1
    reach = {8: 1, 16: 2, 32: 3, 48: 4}[headings]
    shifts = np.linspace(-deep, deep, levels) if levels > 1 else np.zeros(1)
    rules = {"step": 25.0, "grade": grade, "turn": turn, "reach": reach, "deep": deep, "earth": 0.05}
    sharp = math.inf if hairpin is None else hairpin
    expected = reference(
        z, (0, 0), (last, last), **rules, shifts=shifts, bridge=bridge, tunnel=tunnel, span=span, hairpin=sharp
    )  # fmt: skip
    options = {"headings": headings, "turn_limit_deg": turn, "max_grade": grade, "levels": levels, "cut_fill_m": deep}
    options |= {"bridge_cost": bridge, "tunnel_cost": tunnel, "max_span_m": span, "hairpin_cost": hairpin}
    if math.isinf(expected):
        with pytest.raises(DataError, match="no route on this lattice"):
            align(dem, at(dem, 0, 0), at(dem, last, last), **options)
        return
    way = align(dem, at(dem, 0, 0), at(dem, last, last), **options)
    assert way.cost == pytest.approx(expected, rel=2e-6)
    assert way.steepest <= grade * (1 + 1e-6)
    assert way.length_m == pytest.approx(way.geometry.length, rel=1e-9)
    bearings = np.degrees(np.arctan2(*np.diff(shapely.get_coordinates(way.geometry), axis=0).T))
    turned = np.abs((np.diff(bearings) + 180) % 360 - 180)
    assert (turned > turn + 1e-6).sum() == way.hairpins
    assert hairpin is not None or way.hairpins == 0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("turn", [30.0, 45.0, 180.0])
def test_costs_are_those_of_dijkstra(seed, turn):
    same_as_reference(hills(seed), headings=16, turn=turn, grade=0.10)


@pytest.mark.parametrize("seed", range(4))
def test_hairpins_cost_what_dijkstra_says(seed):
    z = hills(seed, side=10, unknown=0.0) + np.mgrid[0:10, 0:10][0] * 4.0
    same_as_reference(np.float64(np.float32(z)), headings=32, turn=45.0, grade=0.08, hairpin=30.0)


@settings(deadline=None, max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    headings=st.sampled_from([8, 16, 32]),
    turn=st.floats(20, 100),
    grade=st.floats(0.05, 0.3),
)
def test_costs_are_those_of_dijkstra_whatever_the_limits(seed, headings, turn, grade):
    same_as_reference(hills(seed, side=9), headings=headings, turn=turn, grade=grade)


@pytest.mark.parametrize("seed", range(4))
def test_levels_of_cut_and_fill_cost_what_dijkstra_says(seed):
    same_as_reference(hills(seed, side=8, rough=2.0), headings=16, turn=60.0, grade=0.08, levels=3, deep=3.0)


@pytest.mark.parametrize("seed", range(6))
def test_spans_cost_what_dijkstra_says(seed):
    same_as_reference(hills(seed, side=9, rough=3.0), headings=16, turn=60.0, grade=0.08, bridge=2.0, tunnel=3.0)


def test_a_level_plane_is_crossed_in_a_straight_line():
    dem = raster(np.full((30, 30), 400.0))
    way = align(dem, at(dem, 10, 2), at(dem, 10, 27))
    assert way.length_m == way.cost == 625.0
    assert (way.climb_m, way.descent_m, way.steepest) == (0.0, 0.0, 0.0)
    assert way.minutes == pytest.approx((0.625 / 35 * 60,) * 2)  # class III at 35 km/h
    assert way.table["m"].iloc[-1] == 625.0
    assert way.max_grade == 0.08
    assert "not a design" in way.notes[0]


def test_a_plane_is_climbed_along_the_move_that_just_keeps_the_limit():
    """On a slope of 0.08 x sqrt(5) the move (1, 2) climbs at exactly 8 %: each row takes sqrt(5) cells."""
    slope = 0.08 * math.sqrt(5)
    dem = raster(np.repeat(np.arange(21)[::-1, None] * 25.0 * slope, 60, axis=1))
    way = align(dem, at(dem, 20, 10), at(dem, 0, 10), max_grade=0.08, turn_limit_deg=180)
    assert way.length_m == pytest.approx(20 * 25 * math.sqrt(5))
    assert way.steepest == pytest.approx(0.08, rel=1e-9)
    turning = align(dem, at(dem, 20, 10), at(dem, 0, 10), max_grade=0.08, turn_limit_deg=45, headings=48)
    assert turning.steepest <= 0.08 * (1 + 1e-9)
    assert turning.length_m >= 20 * 25 * slope / 0.08 * (1 - 1e-9)


def test_a_steeper_plane_has_no_route_and_the_least_grade_is_named():
    dem = raster(np.repeat(np.arange(21)[::-1, None] * 25.0 * 0.3, 60, axis=1))
    ends = at(dem, 20, 10), at(dem, 0, 10)
    least = f"{0.3 / math.sqrt(5):.1%}"  # 13.4 %
    with pytest.raises(DataError, match=f"no route on this lattice of 16 headings at 8.0%: .* avoids is {least}"):
        align(dem, *ends)
    finer = align(dem, *ends, headings=48, turn_limit_deg=180)  # the move (1, 4) climbs 0.3 / sqrt(17) = 7.3 %
    assert finer.steepest <= 0.08
    assert finer.length_m >= 20 * 25 * 0.3 / 0.08


@pytest.mark.parametrize("limit", [0.06, 0.08])
def test_a_cone_is_climbed_by_a_helix_of_known_length(limit):
    """On a cone of slope s a line of constant grade g from radius r1 to r0 is s (r1 - r0) / g long."""
    slope, side = 0.16, 121
    rows, columns = np.mgrid[0:side, 0:side]
    radius = 25.0 * np.hypot(rows - 60, columns - 60)
    dem = raster(1000.0 - slope * radius)
    way = align(dem, at(dem, 60, 118), at(dem, 60, 78), max_grade=limit, headings=48, hairpin_cost=10.0)
    helix = slope * 25.0 * (118 - 78) / limit
    assert way.steepest <= limit * (1 + 1e-9)
    assert helix <= way.length_m <= 1.25 * helix  # the lattice has no heading of just that grade
    cut = align(dem, at(dem, 60, 118), at(dem, 60, 78), max_grade=limit, headings=48, hairpin_cost=10.0, levels=3,
                cut_fill_m=3.0)  # fmt: skip
    assert cut.steepest <= limit * (1 + 1e-9)
    assert helix <= cut.length_m <= 1.08 * helix
    assert way.climb_m == pytest.approx(slope * 1000.0, rel=0.02)


def test_a_ridge_is_climbed_and_left_again_at_the_limit():
    slope = 0.08 * math.sqrt(10)  # the move (1, 3) just keeps 8 %
    columns = np.abs(np.arange(61) - 30) * 25.0
    dem = raster(np.tile(900.0 - slope * columns, (81, 1)))
    way = align(dem, at(dem, 40, 0), at(dem, 40, 60), max_grade=0.08, headings=32, cut_fill_m=0.01)
    assert way.length_m == pytest.approx(2 * slope * 750.0 / 0.08)
    assert way.steepest == pytest.approx(0.08, rel=1e-9)


def wall(side=41):
    """A ridge 100 m high and 400 m wide right across level ground."""
    across = np.maximum(0.0, 100.0 - 0.5 * np.abs(np.arange(side) - side // 2) * 25.0)
    return raster(np.tile(200.0 + across, (side, 1)))


def test_a_ridge_too_steep_is_refused_or_tunnelled():
    dem = wall()
    ends = at(dem, 20, 2), at(dem, 20, 38)
    with pytest.raises(DataError, match=f"avoids is {0.5 / math.sqrt(5):.1%}"):
        align(dem, *ends)
    way = align(dem, *ends, tunnel_cost=4.0)
    assert way.spans[["from_m", "to_m", "kind"]].to_numpy().tolist() == [[250.0, 650.0, "tunnel"]]
    assert way.cost == pytest.approx(500.0 + 4.0 * 400.0)
    assert way.steepest == 0.0
    with pytest.raises(DataError, match="no route on this lattice"):
        align(dem, *ends, tunnel_cost=4.0, max_span_m=399.0, hairpin_cost=None)


def test_a_gorge_is_bridged():
    dem = wall()
    dem = dem.copy(data=400.0 - dem.values)
    way = align(dem, at(dem, 20, 2), at(dem, 20, 38), bridge_cost=3.0, tunnel_cost=3.0)
    assert way.spans["kind"].tolist() == ["bridge"]
    assert way.cost == pytest.approx(500.0 + 3.0 * 400.0)


def test_cut_and_fill_take_a_step_that_the_ground_does_not():
    """A terrace 6 m high: the longest move over it, sqrt(5) x 25 m, climbs 10.7 %."""
    dem = raster(np.tile(np.where(np.arange(40) < 20, 100.0, 106.0), (20, 1)))
    ends = at(dem, 10, 2), at(dem, 10, 37)
    with pytest.raises(DataError, match=r"avoids is 10\.7%"):
        align(dem, *ends)
    way = align(dem, *ends, levels=5, cut_fill_m=6.0)
    assert way.steepest <= 0.08
    assert (way.table["z"] - way.table["z_ground"]).abs().max() <= 6.0
    assert align(dem, *ends, headings=48).steepest <= 0.08  # the move (4, 3) climbs 4.8 %


@pytest.mark.parametrize("seed", range(3))
def test_walkers_take_the_time_of_the_travel_time_raster(seed):
    dem = raster(hills(seed, side=25, rough=4.0, unknown=0.0))
    start, end = at(dem, 0, 0), at(dem, 24, 24)
    there = gpd.GeoSeries.from_xy([start[0]], [start[1]], crs=4544)
    minutes = travel_time(dem, there, path_factor=0.6).values[24, 24]
    way = align(dem, start, end, mode="walk", headings=8, path_factor=0.6)
    assert way.cost == pytest.approx(minutes, rel=1e-6)
    assert way.cost == pytest.approx(way.minutes[0], rel=1e-9)
    assert align(dem, start, end, mode="walk", headings=16, path_factor=0.6).cost <= way.cost * (1 + 1e-9)


def test_walkers_know_no_limit():
    dem = raster(np.repeat(np.arange(21)[::-1, None] * 25.0 * 0.6, 20, axis=1))
    up = align(dem, at(dem, 20, 10), at(dem, 0, 10), mode="walk", headings=8)
    assert up.max_grade == math.inf
    assert up.climb_m == pytest.approx(300.0)
    # the quickest slope is 1 / 3.5; the nearest on 8 headings is the diagonal, 0.6 / sqrt(2)
    diagonal = 20 * 25 * math.sqrt(2) / 1000 / 6 * 60 * math.exp(3.5 * (0.6 / math.sqrt(2) + 0.05))
    assert up.cost == pytest.approx(diagonal)


def test_geographic_cells_have_their_length_on_the_ellipsoid():
    dem = xr.DataArray(
        np.full((20, 20), 300.0),
        coords={"y": 28.0 + np.arange(20)[::-1] / 3600, "x": 105.0 + np.arange(20) / 3600},
        dims=("y", "x"),
    ).rio.write_crs(4326)
    way = align(dem, (105.0, 28.0 + 5 / 3600), (105.0 + 19 / 3600, 28.0 + 5 / 3600))
    assert way.length_m == pytest.approx(519.4, abs=0.5)  # 19" of 28 N: 111,320 m x cos(28) x 1.0007 x 19 / 3600


def test_barriers_are_gone_round_and_never_slipped_through():
    dem = raster(np.full((21, 21), 100.0))
    middle = float(dem.x[10])
    wall = gpd.GeoSeries([shapely.LineString([(middle, SOUTH - 50), (middle, float(dem.y[2]))])], crs=4544)
    way = align(dem, at(dem, 15, 2), at(dem, 15, 18), barriers=wall, turn_limit_deg=60)
    assert way.geometry.disjoint(wall.iloc[0])
    whole = gpd.GeoSeries([shapely.LineString([(middle, SOUTH - 50), (middle + 60, SOUTH + 600)])], crs=4544)
    with pytest.raises(DataError, match="nodata or barriers part start and end"):
        align(dem, at(dem, 15, 2), at(dem, 15, 18), barriers=whole, headings=48)


def test_what_no_turn_allows_is_said_to_be_the_turns():
    z = np.full((12, 12), np.nan)
    z[2, 2:9] = z[2:9, 8] = 50.0
    dem = raster(z)
    with pytest.raises(DataError, match="with turns of up to 45 degrees"):
        align(dem, at(dem, 2, 2), at(dem, 8, 8), headings=8, hairpin_cost=None)
    assert align(dem, at(dem, 2, 2), at(dem, 8, 8), headings=8, turn_limit_deg=90).length_m == 300.0
    turned = align(dem, at(dem, 2, 2), at(dem, 8, 8), headings=8)
    assert (turned.hairpins, turned.cost) == (1, 400.0)


def test_terrain_that_is_modelled_is_said_twice():
    dem = raster(np.zeros((9, 9))).assign_attrs(evidence="modelled")
    assert len(align(dem, at(dem, 4, 0), at(dem, 4, 8)).notes) == 2


def test_nothing_that_is_given_is_changed_and_results_repeat():
    dem = raster(hills(3, side=20, unknown=0.0))
    before = dem.copy(deep=True)
    ways = [align(dem, at(dem, 0, 0), at(dem, 19, 19), max_grade=0.2) for _ in range(2)]
    xr.testing.assert_identical(dem, before)
    pd.testing.assert_frame_equal(ways[0].table, ways[1].table)


def test_ends_are_taken_as_points_of_any_kind():
    dem = raster(np.zeros((9, 9)))
    one = gpd.GeoSeries.from_xy(*([value] for value in at(dem, 4, 0)), crs=4544).to_crs(4326)
    assert align(dem, one, shapely.Point(at(dem, 4, 8))).length_m == 200.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_grade": 8}, "for 8 % write 0.08"),
        ({"max_grade": -0.1}, "must be above zero"),
        ({"max_grade": math.nan}, "finite"),
        ({"road_class": "V"}, "must be one of: II, III, IV"),
        ({"headings": 12}, "must be one of: 8, 16, 32, 48"),
        ({"levels": 2}, "must be 1, 3 or 5"),
        ({"bridge_cost": 0.5}, "must be 1 or more"),
        ({"tunnel_cost": math.inf}, "finite"),
        ({"mode": "fly"}, "must be one of: road, walk"),
        ({"mode": "walk", "max_grade": 0.1}, "no effect on foot"),
        ({"mode": "walk", "bridge_cost": 5.0}, "no effect on foot"),
        ({"turn_limit_deg": 0}, "above zero"),
        ({"turn_limit_deg": -5}, "above zero"),
        ({"turn_limit_deg": 400}, "180 degrees at most"),
        ({"turn_limit_deg": True}, "turn_limit_deg is True"),
        ({"max_grade": True}, "max_grade is True"),
        ({"road_class": True}, "road_class is True"),
        ({"headings": True}, "headings is True"),
        ({"headings": [8]}, "headings is"),
        ({"levels": True}, "levels is True"),
        ({"hairpin_cost": -1}, "must not be negative"),
        ({"max_span_m": -1}, "above zero"),
        ({"cut_fill_m": -1}, "must not be negative"),
        ({"earthwork_cost": "much"}, "finite number"),
        ({"path_factor": 0}, "above zero"),
        ({"start": "here"}, "must be a point"),
        ({"end": (math.nan, 1)}, "finite"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    dem = raster(np.zeros((9, 9)))
    given = {"start": at(dem, 4, 0), "end": at(dem, 4, 8)} | options
    with pytest.raises(ParameterError, match=message):
        align(dem, **given)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ((105.4, 28.1), "lies outside the DEM"),
        ((WEST + 25, SOUTH + 100), "nodata or a barrier"),
        ((WEST + 200, SOUTH + 100), "same cell"),
        (shapely.LineString([(0, 0), (1, 1)]), "must be a point"),
        (gpd.GeoSeries.from_xy([0, 1], [0, 1], crs=4544), "one point"),
        (gpd.GeoSeries.from_xy([0], [0]), "one point with a CRS"),
    ],
)
def test_ends_where_no_way_can_start_are_refused(start, message):
    z = np.zeros((9, 9))
    z[4, 1] = np.nan
    dem = raster(z)
    with pytest.raises(DataError, match=message):
        align(dem, start, at(dem, 4, 8))


def test_a_dem_without_heights_or_crs_is_refused():
    with pytest.raises(DataError, match="holds no height"):
        align(raster(np.full((5, 5), np.nan)), (WEST, SOUTH), (WEST + 100, SOUTH))
    plain = xr.DataArray(np.zeros((5, 5)), coords={"y": np.arange(5.0), "x": np.arange(5.0)}, dims=("y", "x"))
    with pytest.raises(DataError, match="CRS"):
        align(plain, (0, 0), (4, 0))


def test_classes_have_the_grades_of_the_standard():
    assert [road_class(name).grades for name in ("II", "III", "IV")] == [(0.05, 0.06), (0.07, 0.08), (0.08, 0.09)]
    assert road_class("IV").least_radius_m == 15.0


def test_a_window_round_the_ends_is_widened_until_it_surely_holds_the_way():
    """A wall 60 cells long between ends 8 cells apart: the way goes round its end, far from both."""
    z = np.full((150, 150), 100.0)
    z[20:150, 75] = np.nan
    dem = raster(z)
    way = align(dem, at(dem, 100, 71), at(dem, 100, 79), turn_limit_deg=180)
    least = 2 * math.hypot(81 * 25, 4 * 25)  # straight to the end of the wall and back
    assert least <= way.length_m <= 1.05 * least
    z[:20, 75] = np.nan
    with pytest.raises(DataError, match="nodata or barriers part start and end"):
        align(raster(z), at(dem, 100, 71), at(dem, 100, 79))
