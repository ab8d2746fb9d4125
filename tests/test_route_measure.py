"""Routes read or designed, their chainage both ways, what they cover, and their lengths reconciled."""

import itertools
from types import SimpleNamespace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point

from nanyi_gis.datum import shift_frame
from nanyi_gis.errors import DataError, DatumError, ParameterError
from nanyi_gis.route import (
    Route,
    chainage,
    coverage,
    from_file,
    from_lines,
    gains,
    locate,
    place,
    reconcile,
)
from nanyi_gis.route.branches import branches_of

X, Y = 500_000.0, 3_100_000.0  # on the central meridian of EPSG:4544, where a metre is a metre


def frame(*lines, crs=4544, **columns):
    shapes = [LineString([(X + x, Y + y) for x, y in line]) for line in lines]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def at(*places, crs=4544, **columns):
    points = [Point(X + x, Y + y) for x, y in places]
    return gpd.GeoDataFrame(columns, geometry=points, crs=crs)


# reading


def test_parts_are_ordered_oriented_and_their_gap_told():
    route = from_lines(frame([(3300, 0), (2300, 0)], [(0, 0), (2000, 0)]))
    assert route.branch_lengths == pytest.approx([3000.0], abs=0.01)
    assert route.notes == ("gap of 300 m at km 2.0 of branch 1",)
    assert shapely.get_coordinates(route.branches[0])[:, 0].tolist() == [X, X + 2000, X + 2300, X + 3300]
    # a stretch runs from its first metre on; a gap has none
    assert route.frame["from_m"].tolist() == pytest.approx([0.0, 2000.0], abs=0.01)


def test_a_gap_too_wide_leaves_two_branches_and_says_how_far():
    route = from_lines(frame([(0, 0), (2000, 0)], [(5000, 0), (6000, 0)]))
    assert route.branch_lengths == pytest.approx([2000.0, 1000.0], abs=0.01)
    assert route.notes == ("branch 2 lies 3.0 km from the nearest other branch",)
    assert len(from_lines(frame([(0, 0), (2000, 0)], [(5000, 0), (6000, 0)]), gap_m=3001).branches) == 1


def test_a_side_road_that_ends_on_the_middle_of_another_is_no_gap():
    route = from_lines(frame([(0, 0), (4000, 0)], [(1500, 0), (1500, 900)]))
    assert route.branch_lengths == pytest.approx([4000.0, 900.0], abs=0.01)
    assert route.notes == ()


@pytest.mark.parametrize(
    ("second", "length", "twice"),
    [
        ([(900, 0), (2000, 0)], 2000.0, "100 m"),
        ([(2000, 0), (900, 0)], 2000.0, "100 m"),
        ([(0, 0), (1000, 0)], 1000.0, "1.0 km"),
        ([(1000, 0), (0, 0)], 1000.0, "1.0 km"),
        ([(200, 0.3), (700, 0.3)], 1000.0, "500 m"),
    ],
)
def test_what_is_drawn_twice_counts_once_and_is_told(second, length, twice):
    route = from_lines(frame([(0, 0), (1000, 0)], second))
    assert route.length_m == pytest.approx(length, abs=1.0)
    assert len(route.branches) == 1
    assert [note for note in route.notes if note.startswith(f"{twice} drawn twice at km ")]


def test_a_track_there_and_back_counts_once():
    route = from_lines(frame([(0, 0), (1000, 500), (3000, 500), (1000, 500)]))
    assert route.length_m == pytest.approx(np.hypot(1000, 500) + 2000, abs=0.01)
    assert any("drawn twice" in note for note in route.notes)


def test_a_recorded_track_there_and_back_is_suspected_and_counts_once_if_asked():
    rng = np.random.default_rng(0)
    x = np.linspace(0.0, 8000.0, 401)
    there = np.column_stack([x, 500.0 * np.sin(x / 1000.0)])
    track = frame(np.vstack([there, there[::-1]]) + rng.normal(0.0, 1.0, (802, 2)))
    length = float(shapely.length(LineString(there)))
    twice = from_lines(track)
    assert twice.length_m == pytest.approx(2.0 * length, rel=0.02)
    assert ["tolerance_m=20" in note for note in twice.notes] == [True]
    once = from_lines(track, tolerance_m=20.0)
    assert len(once.branches) == 1
    assert once.length_m == pytest.approx(length, rel=0.02)
    assert len(once.frame) == 1  # one stretch, as the file has it
    # two records of one road in two parts
    noise = rng.normal(0.0, 1.0, (2, 401, 2))
    parts = frame(there + noise[0], (there + noise[1])[::-1])
    assert from_lines(parts).length_m == pytest.approx(2.0 * length, rel=0.02)
    assert "tolerance_m=20" in from_lines(parts).notes[-1]
    assert from_lines(parts, tolerance_m=20.0).branch_lengths == pytest.approx([length], rel=0.02)


def test_hairpins_are_no_second_record():
    # legs of 300 m, 30 m apart, as a mountain road climbs
    bends = [(300.0 * ((i + 1) // 2 % 2), 30.0 * (i // 2)) for i in range(40)]
    route = from_lines(frame(bends))
    assert route.length_m == pytest.approx(20 * 300 + 19 * 30, abs=0.1)
    assert route.notes == ()


def test_crossing_and_forking_roads_are_not_taken_for_one():
    crossing = from_lines(frame([(0, 0), (1000, 0)], [(500, -500), (500, 500)]))
    assert crossing.length_m == pytest.approx(2000.0, abs=0.01)
    fork = from_lines(frame([(0, 0), (1000, 0)], [(1000, 0), (2000, 200)], [(1000, 0), (2000, -200)]))
    assert fork.notes == ()
    assert fork.length_m == pytest.approx(1000 + 2 * np.hypot(1000, 200), abs=0.01)


def test_a_ring_is_one_branch():
    route = from_lines(frame([(0, 0), (100, 0), (100, 100)], [(0, 0), (0, 100), (100, 100)]))
    assert route.branch_lengths == pytest.approx([400.0], abs=0.01)
    assert route.branches[0].is_ring


def test_length_is_geodesic_in_every_projection():
    line = gpd.GeoDataFrame(geometry=[LineString([(105.2, 28.0), (105.6, 28.2), (106.0, 28.1)])], crs=4326)
    truth = Geod(ellps="WGS84").geometry_length(line.geometry[0])
    for crs in (4326, 3857, 4544, 32648):
        assert from_lines(line.to_crs(crs)).length_m == pytest.approx(truth, rel=1e-6)


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.kml", "a.gpx"])
def test_a_file_in_any_format_reads_alike(tmp_path, name):
    # one multi-line and one line, in parts, out of order
    parts = frame([(2000, 0), (3000, 0)], [(1000, 0), (2000, 0)]).to_crs(4326)
    multi = shapely.MultiLineString([LineString(parts.geometry[0])])
    shapes = [multi, parts.geometry[1]]
    if name.endswith((".gpx", ".kml")):
        shapes = list(parts.geometry)
    options = {"layer": "routes"} if name.endswith(".gpx") else {}
    layer = gpd.GeoDataFrame({"name": ["b", "a"]}, geometry=shapes, crs=4326)
    layer.to_file(tmp_path / name, **options)
    route = from_file(tmp_path / name)
    assert route.branch_lengths == pytest.approx([2000.0], abs=0.05)


def test_a_file_on_gcj02_is_refused_converted_or_trusted(tmp_path):
    rng = np.random.default_rng(3)
    x = np.linspace(105.2, 106.1, 60)
    line = gpd.GeoDataFrame(geometry=[LineString(np.column_stack([x, 28.1 + rng.normal(0, 0.02, 60)]))], crs=4326)
    places = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*shapely.get_coordinates(line.geometry[0])[::3].T), crs=4326)
    path = tmp_path / "amap.gpkg"
    shift_frame(line, target="gcj02").to_file(path)
    with pytest.raises(DatumError, match=r"amap\.gpkg seems to be on GCJ-02.*assume_datum='gcj02'"):
        from_file(path, reference=places)
    with pytest.raises(DatumError, match="GCJ-02"):
        from_file(path, reference=line)
    # places near the road that are not on it tell nothing, and do not hide the others
    off = places.geometry.iloc[::2].translate(0.0, 0.018)  # 2 km to the north
    with pytest.raises(DatumError, match="GCJ-02"):
        from_file(path, reference=pd.concat([places, gpd.GeoDataFrame(geometry=off)], ignore_index=True))
    true = from_lines(line)
    mended = from_file(path, reference=places, assume_datum="gcj02")
    assert shapely.hausdorff_distance(true.branches[0], mended.branches[0]) < 0.1
    assert from_file(path, reference=places, assume_datum="wgs84").length_m > 0
    line.to_file(tmp_path / "good.gpkg")
    assert from_file(tmp_path / "good.gpkg", reference=places).length_m == pytest.approx(true.length_m)


def test_bad_lines_are_refused_in_one_line(tmp_path):
    with pytest.raises(DataError, match="no CRS"):
        from_lines(frame([(0, 0), (1, 0)], crs=None))
    with pytest.raises(DataError, match="no line with a length"):
        from_lines(frame([(0, 0), (0, 0)]))
    with pytest.raises(ParameterError, match="tolerance_m is 0"):
        from_lines(frame([(0, 0), (1, 0)]), tolerance_m=0)
    points = tmp_path / "points.gpkg"
    at((0, 0)).to_file(points)
    with pytest.raises(DataError, match="holds no lines"):
        from_file(points)
    # the same road with its coordinates in kilometres
    small = gpd.GeoDataFrame(geometry=[LineString([(500.0, 3100.0), (510.0, 3100.0)])], crs=4544)
    small.to_file(tmp_path / "km.gpkg")
    with pytest.raises(DataError, match="kilometres"):
        from_file(tmp_path / "km.gpkg")


def test_a_road_in_pieces_shorter_than_the_tolerance_stays_one():
    route = from_lines(frame(*([(0.5 * i, 0), (0.5 * i + 0.5, 0)] for i in range(100))))
    assert route.branch_lengths == pytest.approx([50.0], abs=0.01)
    # ends that miss each other by less than the tolerance meet, at a junction of three too
    star = from_lines(frame([(0, 0), (1000, 0)], [(1000.6, 0.3), (2000, 0)], [(1000, -0.7), (1000, -900)]))
    assert star.branch_lengths == pytest.approx([2000.0, 900.0], abs=1.5)
    assert star.notes == ()


def test_corridors_make_branches_of_their_own():
    lines = frame(
        [(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(2000, 0), (4000, 0)], corridor=["I-17", "I-17", "I-16"]
    )
    route = from_lines(lines)
    assert route.frame[["branch", "corridor"]].to_numpy().tolist() == [[1, "I-16"], [2, "I-17"], [2, "I-17"]]


# designs


def design(u, v, length, *lines, **columns):
    links = frame(*lines, id=[f"e{i}" for i in range(len(u))], u=u, v=v, length_m=length)
    return SimpleNamespace(links=links.assign(**columns), order=columns.pop("order", ()))


def test_a_design_keeps_the_metres_of_its_links():
    made = design(["a", "c"], ["b", "b"], [6000.0, 3000.0], [(0, 0), (3000, 4000)], [(6000, 4000), (3000, 4000)])
    route = Route.of(made)
    assert route.length_m == 9000.0
    assert "9.0 km by the network and 8.0 km as drawn" in route.notes[0]
    # half way along the first link by its own metres is half way along its line
    point = place(route, 1, 3000.0)[0]
    assert (point.x - X, point.y - Y) == pytest.approx((1500.0, 2000.0), abs=1e-3)
    assert route.frame[["u", "v"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]


def test_mandated_corridors_come_first_and_run_as_drawn():
    made = design(
        [1, 2, 2, 3],
        [2, 3, 9, 4],
        [1000.0, 1000.0, 5000.0, 1000.0],
        [(0, 0), (1000, 0)],
        [(1000, 0), (2000, 0)],
        [(1000, 0), (1000, 5000)],
        [(2000, 0), (3000, 0)],
        corridor=["I-16", "I-16", "", "I-06"],
        mandated=[True, True, False, False],
    )
    route = Route.of(made)
    assert route.frame["id"].tolist() == ["e0", "e1", "e2", "e3"]
    assert route.frame["branch"].tolist() == [1, 1, 2, 3]


def test_a_loop_is_one_branch_as_it_is_driven():
    links = frame(
        [(0, 0), (1000, 0)],
        [(1000, 0), (1000, 1000)],
        [(0, 0), (1000, 1000)],
        id=["a", "b", "c"],
        u=[1, 2, 1],
        v=[2, 3, 3],
        length_m=[1000.0, 1000.0, 1500.0],
    )
    route = Route.of(SimpleNamespace(links=links, order=("c", "b", "a")))
    assert route.branch_lengths == (3500.0,)
    assert route.frame[["u", "v"]].to_numpy().tolist() == [[1, 3], [3, 2], [2, 1]]
    # there and back on one link
    back = Route.of(SimpleNamespace(links=links, order=("a", "b", "b", "a")))
    assert back.branch_lengths == (4000.0,)
    with pytest.raises(DataError, match="'x'"):
        Route.of(SimpleNamespace(links=links, order=("a", "x")))
    with pytest.raises(DataError, match="no links"):
        Route.of(SimpleNamespace(links=links.iloc[:0], order=()))


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 9), st.integers(1, 16), st.integers(0, 2**31))
def test_branches_hold_every_road_once_and_hang_together(nodes, roads, seed):
    rng = np.random.default_rng(seed)
    u, v = rng.integers(0, nodes, (2, roads))
    length = rng.uniform(1, 100, roads)
    ways = branches_of(u, v, length)
    assert sorted(row for way in ways for row, _ in way) == list(range(roads))
    for way in ways:
        ends = [(v[row], u[row]) if back else (u[row], v[row]) for row, back in way]
        assert all(first[1] == second[0] for first, second in itertools.pairwise(ends))
    lengths = [sum(length[row] for row, _ in way) for way in ways]
    assert lengths == sorted(lengths, reverse=True)


# chainage


def test_stations_stand_every_km_at_both_ends_and_at_sites():
    route = from_lines(frame([(0, 0), (2500, 0)]))
    sites = at((1200, 30), (900, -6000), name_zh=["太平", "far"])
    table = chainage(route, sites=sites)
    assert table["mark"].tolist() == ["K0+000", "K1+000", "K1+200", "K2+000", "K2+500"]
    assert table["kind"].tolist() == ["start", "step", "site", "step", "end"]
    assert table["name"].tolist() == ["", "", "太平", "", ""]
    assert table["offset_m"].tolist() == pytest.approx([0, 0, 30, 0, 0], abs=0.01)
    assert table["km"].is_monotonic_increasing
    assert table["lat"].between(28.0, 28.1).all()
    assert table["lon"].between(105.0, 105.1).all()


def test_designs_and_lines_are_measured_as_they_are():
    made = design([1], [2], [3000.0], [(0, 0), (2000, 0)])
    assert chainage(made)["km"].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert locate(made, at((1000, 0)))["m"].tolist() == pytest.approx([1500.0])
    assert place(frame([(0, 0), (2000, 0)]), 1, 500.0).x.tolist() == pytest.approx([X + 500], abs=1e-3)
    assert coverage(made, at((0, 0), name=["a"]), km=(1.0,)).table["count"].tolist() == [1.0, 1.0]
    with pytest.raises(ParameterError, match="the road is a LineString; give a Route"):
        chainage(LineString([(0, 0), (1, 1)]))


def test_a_whole_number_of_km_has_no_station_twice():
    table = chainage(Route.of(design([1], [2], [3000.0], [(0, 0), (3000, 0)])))
    assert table["mark"].tolist() == ["K0+000", "K1+000", "K2+000", "K3+000"]


def test_offsets_are_left_and_right_at_bends_and_beyond_ends():
    # to the east, then sharply back: at the tip both pieces count
    route = from_lines(frame([(0, 0), (1000, 0), (0, 500)]))
    found = locate(route, at((500, 10), (500, -10), (1010, 2), (-5, 0), (300, 0)))
    assert found["side"].tolist() == ["left", "right", "right", "end", "on"]
    assert found["offset_m"].tolist() == pytest.approx([10, -10, -np.hypot(10, 2), 5, 0], abs=1e-3)
    assert found["m"].tolist() == pytest.approx([500, 500, 1000, 0, 300], abs=1e-3)
    assert found["distance_m"].tolist() == pytest.approx([10, 10, np.hypot(10, 2), 5, 0], abs=1e-3)


def test_offsets_are_metres_on_the_ground_far_from_the_meridian():
    geod = Geod(ellps="GRS80")
    line = gpd.GeoDataFrame(geometry=[LineString([(106.4, 28.0), (106.4, 28.2)]).segmentize(0.005)], crs=4490)
    route = from_lines(line)
    lon, lat, _ = geod.fwd(106.4, 28.1, 90.0, 2000.0)
    found = locate(route, gpd.GeoSeries([Point(lon, lat)], crs=4490))
    assert found["offset_m"].iloc[0] == pytest.approx(-2000.0, rel=1e-5)
    assert found["m"].iloc[0] == pytest.approx(geod.inv(106.4, 28.0, 106.4, 28.1)[2], abs=0.2)


simple = st.lists(st.tuples(st.floats(1.0, 900.0), st.floats(-400.0, 400.0)), min_size=2, max_size=12)


@settings(deadline=None, max_examples=50)
@given(simple, st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8), st.floats(1.0, 1.9))
def test_metres_to_place_and_back_on_a_simple_line(deltas, shares, factor):
    # x rises, so that the line never meets itself; its metres are those of a network, longer than drawn
    line = np.cumsum([(0.0, 0.0), *deltas], axis=0)
    made = design([1], [2], [factor * 1000.0 * len(deltas)], line)
    route = Route.of(made)
    metres = np.array(shares) * route.length_m
    points = place(route, 1, metres)
    found = locate(route, points)
    assert found["m"].to_numpy() == pytest.approx(metres, abs=1e-5)
    assert found["distance_m"].max() < 1e-6
    assert (found["side"] == "on").all()
    again = place(route, found["branch"], found["m"])
    assert shapely.distance(np.array(points.values), np.array(again.values)).max() < 1e-6


@settings(deadline=None, max_examples=40)
@given(simple, st.integers(0, 10**6))
def test_places_beside_a_line_come_back_by_their_metres_and_offset(deltas, seed):
    route = from_lines(frame(np.cumsum([(0.0, 0.0), *deltas], axis=0)))
    rng = np.random.default_rng(seed)
    bounds = np.array(route.branches[0].bounds)
    spots = gpd.GeoSeries.from_xy(*rng.uniform(bounds[:2] - 300, bounds[2:] + 300, (20, 2)).T, crs=route.crs)
    found = locate(route, spots)
    true = shapely.distance(np.array(spots.values), route.branches[0])
    assert found["distance_m"].to_numpy() == pytest.approx(true, rel=1e-4, abs=1e-6)
    assert found["offset_m"].abs().to_numpy() == pytest.approx(found["distance_m"].to_numpy())
    # where the foot is inside a piece, metres and offset lead back to the place
    steps = route.steps
    inner = ~np.isclose(found["m"].to_numpy()[:, None], np.append(steps.from_m, steps.to_m[-1]), atol=1e-3).any(axis=1)
    back = place(route, found["branch"][inner], found["m"][inner], offset_m=found["offset_m"][inner])
    assert shapely.distance(np.array(back.values), np.array(spots[inner].values)).max(initial=0.0) < 1e-3


def test_the_place_at_a_gap_is_the_one_before_it():
    route = from_lines(frame([(0, 0), (2000, 0)], [(2300, 0), (3300, 0)]))
    at_gap = route.frame["to_m"].iloc[0]
    assert place(route, 1, [at_gap, at_gap + 1.0]).x.tolist() == pytest.approx([X + 2000, X + 2301], abs=0.01)
    # a point in the gap belongs to the nearer end
    assert locate(route, at((2100, 0), (2250, 0)))["m"].tolist() == pytest.approx([2000, 2000], abs=0.01)


def test_bad_chainage_is_refused_in_one_line():
    route = from_lines(frame([(0, 0), (20_000, 0)]))
    with pytest.raises(ParameterError, match="looks like kilometres, write 1000"):
        chainage(route, step_m=1)
    with pytest.raises(ParameterError, match="step_m is 0"):
        chainage(route, step_m=0)
    with pytest.raises(ParameterError, match=r"branch is 2, but the route has branches 1 to 1"):
        place(route, 2, 0.0)
    with pytest.raises(ParameterError, match=r"m is 25000, but branch 1 is"):
        place(route, 1, [1.0, 25_000.0])
    with pytest.raises(ParameterError, match="offset_m is inf"):
        place(route, 1, 5.0, offset_m=float("inf"))
    with pytest.raises(ParameterError, match="m is nan"):
        place(route, 1, float("nan"))
    with pytest.raises(ParameterError, match="must be numbers"):
        place(route, "A", 1.0)
    with pytest.raises(DataError, match="no CRS"):
        locate(route, at((0, 0), crs=None))
    with pytest.raises(DataError, match="give points"):
        locate(route, frame([(0, 0), (1, 1)]))
    with pytest.raises(DataError, match="has no coordinates"):
        locate(route, gpd.GeoSeries([None, Point(X, Y)], crs=4544))
    assert locate(route, at()).empty


# coverage


ROAD = frame([(0, 0), (20_000, 0)])


def test_shares_by_kind_and_distance():
    sites = at(
        (1000, 500),
        (5000, 1500),
        (9000, 3000),
        (15_000, -6000),
        name_zh=list("abcd"),
        kind=["red", "red", "estate", "estate"],
        weight=[3.0, 1.0, 1.0, 1.0],
    )
    found = coverage(from_lines(ROAD), sites)
    table = found.table.set_index(["kind", "threshold"])
    assert table.loc[("red", "1 km"), ["count", "total", "share", "weight_share"]].tolist() == [1, 2, 0.5, 0.75]
    assert table.loc[("estate", "5 km"), "share"] == 0.5
    assert table.loc[("all", "5 km"), "count"] == 3
    assert table["low"].isna().all()
    assert found.sites["covered 2 km"].tolist() == [True, True, False, False]
    assert found.sites["distance_m"].tolist() == pytest.approx([500, 1500, 3000, 6000], abs=0.1)
    assert found.sites["km"].tolist() == pytest.approx([1, 5, 9, 15], abs=1e-3)
    assert found.sites["minutes"].isna().all()
    assert list(found.sites.index) == list(sites.index)


def test_what_is_served_first_where_and_the_gaps_between():
    # within 2 km: the first site from km 0 (1 - 1.94 < 0) to 2.94, the second from 8 - 1.6 to 8 + 1.6
    sites = at((1000, 500), (8000, 1200), name_zh=["太平", "石厢子"])
    found = coverage(from_lines(ROAD), sites, km=(2.0,))
    reach = [np.sqrt(4.0 - 0.25), 1.6]
    gaps = found.gaps
    assert gaps["from_km"].tolist() == pytest.approx([1 + reach[0], 8 + reach[1]], abs=1e-3)
    assert gaps["to_km"].tolist() == pytest.approx([8 - reach[1], 20.0], abs=1e-3)
    assert gaps["name"].tolist() == ["太平–石厢子", "石厢子–"]
    assert gaps.geometry.length.to_numpy() / 1000 == pytest.approx(gaps["length_km"].to_numpy(), rel=1e-5)
    added = found.added.set_index("to_km")
    assert added.index[:3].tolist() == [1.0, 2.0, 3.0]
    assert added["sites"].sum() == 2
    assert added.loc[1.0, "names"] == "太平"
    assert added.loc[7.0, "names"] == "石厢子"  # from km 6.4 on
    curve = found.by_chainage.query("kind == 'all'").set_index("km")["share"]
    assert curve.loc[1.0] == 0.5
    assert curve.loc[6.0] == 0.5
    assert curve.loc[7.0] == 1.0
    assert curve.is_monotonic_increasing


def test_a_road_that_serves_nobody_is_one_gap_without_a_name():
    found = coverage(from_lines(ROAD), at((0, 9000), name=["far"]), km=(5.0,))
    assert found.gaps[["from_km", "length_km", "name"]].to_numpy().tolist() == [
        [0.0, pytest.approx(20.0, abs=1e-3), ""]
    ]
    assert found.added["sites"].sum() == 0


def test_a_site_of_several_kinds_counts_in_each_and_once_in_all():
    sites = at((1000, 500), (5000, 500), name_zh=list("ab"), kind=["red;estate", "red"])
    table = coverage(from_lines(ROAD), sites, km=(1.0,)).table.set_index("kind")
    assert table["count"].to_dict() == {"red": 2.0, "estate": 1.0, "all": 2.0}


def test_people_with_the_range_of_their_rules():
    sites = at((1000, 500), (5000, 4000), (9000, 6000), name_zh=list("abc"), kind=["town", "town", "red"])
    people = pd.DataFrame({"population": [300.0, 700.0], "low": [200.0, 800.0], "high": [400.0, 600.0], "basis": "x"})
    found = coverage(from_lines(ROAD), sites, people=people, km=(1.0, 5.0))
    row = found.table.query("kind == 'people' and threshold == '1 km'").iloc[0]
    assert row[["count", "total", "share", "low", "high"]].tolist() == pytest.approx([300, 1000, 0.3, 0.2, 0.4])
    assert found.table.query("kind == 'people' and threshold == '5 km'")["share"].tolist() == [1.0]
    assert found.by_chainage.query("kind == 'people' and threshold == '5 km'")["count"].iloc[-1] == 1000.0
    assert found.added.query("threshold == '1 km'")["people"].sum() == 300.0
    assert found.added["people"].notna().all()


def test_a_draw_within_the_radius_by_the_area_of_a_segment():
    # a place 2 km from the road, known to 1 km: within 2 km lies half of its disc; within 2.5 km the share of a disc
    # beyond a chord at half its radius is 1/3 - sqrt(3)/(4 pi) less
    sites = at((10_000, 2000), (10_000, 300), name_zh=["a", "b"], uncertainty_m=[1000.0, 0.0])
    found = coverage(from_lines(ROAD), sites, km=(1.9, 2.0, 2.5), samples=4000, seed=1)
    beyond = 1.0 / 3.0 - np.sqrt(3.0) / (4.0 * np.pi)
    assert found.sites["chance 2 km"].iloc[0] == pytest.approx(0.5, abs=0.03)
    assert found.sites["chance 2.5 km"].iloc[0] == pytest.approx(1.0 - beyond, abs=0.03)
    assert found.sites["chance 2 km"].iloc[1] == 1.0
    table = found.table.query("kind == 'all'").set_index("threshold")
    assert table.loc["2 km", ["low", "high"]].tolist() == [0.5, 1.0]
    # a place on the road can only be moved off it; what is given stays in the range
    off = coverage(from_lines(ROAD), at((10_000, 0), name=["a"], uncertainty_m=[9e4]), km=(1.0,), samples=50).table
    assert off[["share", "low", "high"]].iloc[0].tolist() == [1.0, 0.0, 1.0]
    again = coverage(from_lines(ROAD), sites, km=(1.9, 2.0, 2.5), samples=4000, seed=1)
    pd.testing.assert_frame_equal(found.table, again.table)


@settings(deadline=None, max_examples=25)
@given(simple, st.integers(0, 10**6), st.floats(20.0, 800.0))
def test_stretches_served_agree_with_circles(deltas, seed, metres):
    route = from_lines(frame(np.cumsum([(0.0, 0.0), *deltas], axis=0)))
    rng = np.random.default_rng(seed)
    bounds = np.array(route.branches[0].bounds)
    sites = gpd.GeoDataFrame(
        {"name": list("abc")}, geometry=gpd.points_from_xy(*rng.uniform(bounds[:2], bounds[2:], (3, 2)).T), crs=4544
    )
    found = coverage(route, sites, km=(metres / 1000.0,))
    free = route.branches[0].difference(sites.geometry.buffer(metres, quad_segs=256).union_all())
    long = [part for part in shapely.get_parts(free) if part.length >= 1000.0]
    assert abs(found.gaps["length_km"].sum() * 1000.0 - sum(part.length for part in long)) < 2.0 or any(
        abs(part.length - 1000.0) < 2.0 for part in shapely.get_parts(free)
    )


# minutes


def network(links, nodes, *, kmh=60.0):
    """Return a graph of straight two-way roads at 60 km/h: a kilometre a minute."""
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    graph.add_nodes_from((name, {"x": X + x, "y": Y + y}) for name, (x, y) in nodes.items())
    for name, (u, v) in links.items():
        length = float(np.hypot(*np.subtract(nodes[u], nodes[v])))
        for ends in ((u, v), (v, u)):
            graph.add_edge(
                *ends, id=name, length=length, travel_time=3.6 * length / kmh, highway="tertiary", status="open"
            )
    return graph


NODES = {"a": (0, 0), "b": (10_000, 0), "c": (10_000, 8000), "d": (0, 8000)}
LINKS = {"ab": ("a", "b"), "bc": ("b", "c"), "cd": ("c", "d")}


def on_graph(graph, *ids, status="open"):
    rows = {data["id"]: (u, v, data) for u, v, data in reversed(list(graph.edges(data=True)))}
    ends = [rows[name][:2] for name in ids]
    lines = [LineString([[graph.nodes[n]["x"], graph.nodes[n]["y"]] for n in pair]) for pair in ends]
    length = [rows[name][2]["length"] for name in ids]
    columns = {"id": ids, "u": [u for u, _ in ends], "v": [v for _, v in ends], "length_m": length, "status": status}
    links = gpd.GeoDataFrame(columns, geometry=lines, crs=graph.graph["crs"])
    return Route.of(SimpleNamespace(links=links, order=()))


def test_minutes_go_by_the_network_to_the_road():
    graph = network(LINKS, NODES)
    # on the side road 3 km from the road; at its end and 250 m off it; on the road; beside the road, 500 m off
    sites = at((10_000, 3000), (5000, 8250), (4000, 0), (4000, 500), name=list("wxyz"))
    found = coverage(on_graph(graph, "ab"), sites, graph=graph, minutes=(3.0, 5.0, 16.0))
    walk = 60.0 / 5000.0
    assert found.sites["minutes"].tolist() == pytest.approx([3.0, 13.0 + 250 * walk, 0.0, 500 * walk], abs=1e-2)
    assert found.sites["covered 16 min"].tolist() == [True, True, True, True]
    assert found.sites["covered 5 min"].tolist() == [True, False, True, False]
    # at the end of the road 2 of 5 minutes are left: so it is served from km 8 on, to the nearest 125 m
    first = found.added.query("threshold == '5 min' and names.str.contains('w')")["from_km"].tolist()
    assert first in ([7.0], [8.0])
    last = found.gaps.query("threshold == '3 min'")[["from_km", "to_km"]].to_numpy()
    assert last.tolist() == [[pytest.approx(7.0, abs=0.13), pytest.approx(10.0, abs=0.13)]]
    quick = coverage(on_graph(graph, "ab"), sites, graph=graph, minutes=(3.0,), access_kmh=None)
    assert quick.sites["minutes"].tolist() == pytest.approx([3.0, 13.0, 0.0, 0.0], abs=1e-6)


def test_a_place_on_a_link_that_runs_beside_the_road_is_on_it():
    # the old road and the new one are drawn on one line; the old one is quicker
    graph = network(LINKS, NODES)
    for ends in ("ab", "ba"):
        graph.add_edge(*ends, id="new", length=10_000.0, travel_time=900.0, highway="tertiary", status="planned")
    found = coverage(on_graph(graph, "new", status="planned"), at((5000, 0), name=["w"]), graph=graph, minutes=(1.0,))
    assert found.sites["minutes"].tolist() == [0.0]


def test_a_place_beside_the_road_walks_there_if_the_network_leads_round():
    # the road from a to b has its own way to d only; a lane at the site leads to c, 18 minutes from b
    nodes = {**NODES, "e": (5000, 600)}
    graph = network({**LINKS, "ec": ("e", "c")}, nodes)
    found = coverage(on_graph(graph, "ab"), at((5000, 600), name=["e"]), graph=graph, minutes=(7.0, 8.0))
    assert found.sites["minutes"].tolist() == pytest.approx([7.2], abs=1e-3)
    assert found.table.query("kind == 'all'").set_index("threshold").loc[["7 min", "8 min"], "count"].tolist() == [0, 1]
    # 8 minutes on foot are 667 m: from 291 m before to 291 m behind the nearest place
    reach = np.sqrt((8000 / 12) ** 2 - 600**2) / 1000.0
    gaps = found.gaps.query("threshold == '8 min'")
    assert gaps["to_km"].iloc[0] == pytest.approx(5.0 - reach, abs=1e-3)
    assert gaps["from_km"].iloc[1] == pytest.approx(5.0 + reach, abs=1e-3)


def test_a_stop_of_the_road_moves_with_it_in_every_draw():
    graph = network(LINKS, NODES)
    graph.nodes["b"]["place"] = "town-b"
    sites = at((0, 0), (10_000, 0), (10_000, 0), name=list("abc"), uncertainty_m=5000.0)
    sites.index = ["a", "town-b", "wood"]
    options = {"km": (1.0,), "samples": 200}
    found = coverage(on_graph(graph, "ab"), sites, graph=graph, minutes=(5.0,), **options).sites
    assert found["chance 1 km"].to_dict() == {"a": 1.0, "town-b": 1.0, "wood": pytest.approx(0.2, abs=0.15)}
    assert found["chance 5 min"][["a", "town-b"]].tolist() == [1.0, 1.0]
    alone = coverage(on_graph(graph, "ab"), sites, **options).sites
    assert alone["chance 1 km"]["a"] == 1.0


def test_minutes_on_a_graph_in_degrees():
    graph = network(LINKS, NODES)
    lonlat = gpd.GeoSeries.from_xy(*np.array([(d["x"], d["y"]) for _, d in graph.nodes(data=True)]).T, crs=4544)
    for node, point in zip(graph.nodes, lonlat.to_crs(4326), strict=True):
        graph.nodes[node].update(x=point.x, y=point.y)
    graph.graph["crs"] = "EPSG:4326"
    route = on_graph(graph, "ab")
    assert route.crs == "EPSG:4544"
    found = coverage(route, at((10_000, 3000), (4000, 0), name=["w", "y"]), graph=graph, minutes=(5.0,))
    assert found.sites["minutes"].tolist() == pytest.approx([3.0, 0.0], abs=0.01)


def test_a_road_of_a_file_is_reached_where_the_network_comes_near():
    graph = network(LINKS, NODES)
    route = from_lines(frame([(0, 0), (10_000, 0)]))  # the same road, without ids
    found = coverage(route, at((10_000, 3000), name=["w"]), graph=graph, minutes=(5.0,))
    assert found.sites["minutes"].tolist() == pytest.approx([3.0], abs=1e-3)
    half = from_lines(frame([(0, 0), (0, -9000)]))  # leads away from the network
    notes = coverage(half, at((0, 0), name=["w"]), graph=graph, minutes=(5.0,)).notes
    assert any("of the road lies more than 2 km off the network" in note for note in notes)
    with pytest.raises(DataError, match="no part of the road lies within 2 km"):
        coverage(from_lines(frame([(0, -90_000), (0, -95_000)])), at((0, 0)), graph=graph)


def test_sites_without_a_way_are_named():
    graph = network({"ab": ("a", "b"), "cd": ("c", "d")}, NODES)
    # two roads apart: the road is on the first by its nodes' number
    graph.remove_edge("d", "c")
    sites = at((1000, 0), (5000, 8000), name=["near", "cut off"])
    found = coverage(on_graph(graph, "ab"), sites, graph=graph, minutes=(200.0,))
    assert np.isfinite(found.sites["minutes"].iloc[0])
    assert found.sites["minutes"].iloc[1] == pytest.approx(8000 * 0.012, abs=0.1)  # it walks to the main part


def test_bad_coverage_is_refused_in_one_line():
    route = from_lines(ROAD)
    sites = at((0, 0), (1, 1), name=["a", "b"])
    with pytest.raises(ParameterError, match="looks like metres; write them in km"):
        coverage(route, sites, km=(1000.0, 2000.0))
    with pytest.raises(ParameterError, match="looks like seconds; write them in minutes"):
        coverage(route, sites, graph=network(LINKS, NODES), minutes=(300.0, 1800.0))
    with pytest.raises(ParameterError, match="must rise"):
        coverage(route, sites, km=(2.0, 1.0))
    with pytest.raises(DataError, match="no sites"):
        coverage(route, sites.iloc[:0])
    with pytest.raises(DataError, match="occurs twice"):
        coverage(route, sites.set_axis([7, 7]))
    with pytest.raises(DataError, match="which names a sum here"):
        coverage(route, sites.assign(kind="people"))
    with pytest.raises(DataError, match="no site has that id"):
        coverage(route, sites, people={"a": pd.Series({"x": 3.0})})
    with pytest.raises(DataError, match="sum to nobody"):
        coverage(route, sites, people={"a": pd.Series({0: 0.0})})
    with pytest.raises(DataError, match="weight of row 1"):
        coverage(route, sites.assign(weight=-1.0))
    with pytest.raises(ParameterError, match="samples is -1"):
        coverage(route, sites, samples=-1)


NAN = float("nan")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"graph": 5}, "graph is a int, but must be a networkx.MultiDiGraph"),
        ({"graph": ROAD}, "graph is a GeoDataFrame"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": "a"}, "seed is 'a'"),
        ({"seed": True}, "seed is True"),
        ({"seed": None}, "seed is None"),
        ({"samples": True}, "samples is True"),
        ({"km": "12"}, "km is '12', but must be a list of numbers"),
        ({"km": (0,)}, "km begin with 0, but must be above zero"),
        ({"km": (-1, 2)}, "km begin with -1"),
        ({"km": (True, 2)}, "km is True"),
        ({"km": (NAN,)}, "km is nan"),
        ({"km": 5}, "km is 5, but must be a list"),
        ({"km": ()}, "km is empty"),
        ({"minutes": (0,)}, "minutes begin with 0, but must be above zero"),
        ({"minutes": (-5, 10)}, "minutes begin with -5"),
        ({"minutes": (NAN,)}, "minutes is nan"),
        ({"minutes": (True,)}, "minutes is True"),
        ({"access_kmh": 0}, "access_kmh is 0 km/h, but must be above zero"),
        ({"access_kmh": NAN}, "access_kmh is nan"),
        ({"access_kmh": True}, "access_kmh is True"),
        ({"people": "x"}, "people is a str"),
        ({"people": [1, 2]}, "people is a list"),
    ],
)
def test_options_of_coverage_that_break_a_rule_are_refused_by_name(options, message):
    with pytest.raises((DataError, ParameterError), match=message):
        coverage(from_lines(ROAD), at((0, 0), (1, 1), name=["a", "b"]), **options)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, NAN], "weight of row 2 is empty"),
        ([1, None], "weight of row 2 is empty"),
        (True, "weight of row 1 is True"),
    ],
)
def test_a_site_without_a_weight_is_named_and_does_not_count_as_one(weight, message):
    with pytest.raises(DataError, match=message):
        coverage(from_lines(ROAD), at((0, 0), (1, 1), name=["a", "b"]).assign(weight=weight))


@pytest.mark.parametrize("layer", [None, 5, [(1, 2)], pd.DataFrame({"a": [1]})])
def test_what_is_no_layer_is_refused_by_name(layer):
    road = from_lines(ROAD)
    with pytest.raises(DataError, match=r"sites is a .*but must be a GeoDataFrame"):
        coverage(road, layer)
    with pytest.raises(DataError, match=r"points is a .*but must be a GeoDataFrame"):
        locate(road, layer)
    with pytest.raises(DataError, match=r"the lines are a .*but must be a GeoDataFrame"):
        from_lines(layer)
    if layer is not None:
        with pytest.raises(DataError, match=r"sites is a .*but must be a GeoDataFrame"):
            chainage(road, sites=layer)


def test_sites_without_uncertainty_are_named_if_places_are_drawn():
    sites = at((0, 0), (1, 1), name=["a", "b"], uncertainty_m=[NAN, 500.0])
    assert coverage(from_lines(ROAD), sites).notes == ()
    (note,) = coverage(from_lines(ROAD), sites, samples=3).notes
    assert note == "1 sites have no uncertainty_m and stay where they are in all draws: a"


def test_the_expected_share_is_the_mean_of_the_draws():
    # half of the disc of a, all of that of b; as drawn both lie within 2 km
    sites = at((10_000, 1999.0), (10_000, 300), name=["a", "b"], uncertainty_m=[1000.0, 100.0])
    found = coverage(from_lines(ROAD), sites, km=(2.0,), samples=4000, seed=3)
    row = found.table.query("kind == 'all'").iloc[0]
    assert row["share"] == 1.0
    assert row["expected"] == pytest.approx(0.75, abs=0.02)
    assert row["expected"] == pytest.approx(found.sites["chance 2 km"].mean())
    assert row["low"] <= row["expected"] <= row["high"]
    assert coverage(from_lines(ROAD), sites, km=(2.0,)).table["expected"].isna().all()
    people = coverage(from_lines(ROAD), sites, km=(2.0,), samples=4000, people=pd.Series([300.0, 100.0])).table
    assert people.set_index("kind").loc["people", "expected"] == pytest.approx(0.25 + 0.75 * 0.5, abs=0.02)


# what it adds


def test_gains_are_the_minutes_without_and_with_the_road():
    nodes = NODES
    graph = network({**LINKS, "da": ("d", "a")}, nodes)
    route = on_graph(graph, "da", status="planned")
    sites = at((0, 0), (0, 8000), (10_000, 0), name=["a", "d", "b"])
    table = gains(route, sites, graph=graph)
    # a to d: 28 km round without it, 8 with it; a to b is 10 both times
    assert table.loc[0, ["without", "with", "saved"]].tolist() == pytest.approx([19.0, 9.0, 10.0])
    assert table.loc[2, "saved"] == pytest.approx(0.0)
    near = gains(route, sites, graph=graph, to=["a"])
    assert near["without"].tolist() == pytest.approx([0.0, 28.0, 10.0])
    assert near["with"].tolist() == pytest.approx([0.0, 8.0, 10.0])
    # open links are there without it
    assert gains(on_graph(graph, "da"), sites, graph=graph)["saved"].tolist() == pytest.approx([0.0, 0.0, 0.0])
    with pytest.raises(ParameterError, match="no links of a graph"):
        gains(from_lines(ROAD), sites, graph=graph)
    with pytest.raises(ParameterError, match="graph is a int"):
        gains(route, sites, graph=5)


# lengths reconciled


def test_the_table_of_facts_inferences_and_the_gap():
    parts = pd.DataFrame(
        {"name": ["太平-水潦", "石厢子-叙永", "I-17"], "km": [283, 79, 60.0], "basis": ["fact", "fact", "inference"]}
    )
    route = Route.of(design([1], [2], [445_000.0], [(0, 0), (300_000, 0)], corridor="I-16", status="planned"))
    table = reconcile(parts, total_km=446, route=route)
    items = table.set_index("item")
    assert items.loc["facts", "km"] == 362.0
    assert items.loc["rest", ["km", "basis"]].tolist() == [24.0, "gap"]
    assert items.loc["stretch", ["name", "km"]].tolist() == ["I-16 planned", 445.0]
    assert items.loc["route", "km"] == 445.0
    assert items.loc["difference", "km"] == pytest.approx(-1.0)
    assert items.loc["facts", "share"] == pytest.approx(362 / 446)
    over = reconcile(parts.assign(km=[283, 79, 100.0]), total_km=446).set_index("item")
    assert over.loc["excess", "km"] == pytest.approx(-16.0)


def test_lengths_in_other_units_are_suspected():
    parts = pd.DataFrame({"name": ["a"], "km": [283.0], "basis": ["fact"]})
    with pytest.raises(ParameterError, match="looks like metres, write 446"):
        reconcile(parts, total_km=446_000)
    with pytest.raises(ParameterError, match="lengths look like metres"):
        reconcile(parts.assign(km=283_000.0), total_km=446)
    with pytest.raises(DataError, match="must be fact or inference"):
        reconcile(parts.assign(basis="guess"), total_km=446)
    with pytest.raises(DataError, match="must be above zero"):
        reconcile(parts.assign(km=0.0), total_km=446)
    with pytest.raises(ParameterError, match="no column 'basis'"):
        reconcile(parts[["name", "km"]], total_km=446)


def test_a_short_road_is_no_slip_of_units():
    parts = pd.DataFrame({"name": ["a"], "km": [283.0], "basis": ["fact"]})
    short = from_lines(frame([(0, 0), (800, 0)]))
    table = reconcile(parts, total_km=446, route=short).set_index("item")
    assert table.loc["difference", "km"] == pytest.approx(0.8 - 446, abs=1e-4)
    long = Route.of(design([1], [2], [445_000.0], [(0, 0), (300_000, 0)], corridor="I-16", status="planned"))
    with pytest.raises(ParameterError, match="the road measures 445 km; it looks like metres, write 446"):
        reconcile(parts.assign(km=283_000.0), total_km=446_000, route=long)


@pytest.mark.parametrize("parts", [None, [1, 2], "parts.csv"])
def test_parts_that_are_no_table_are_refused(parts):
    with pytest.raises(ParameterError, match="must be a table with name, km and basis"):
        reconcile(parts, total_km=446)
    with pytest.raises(ParameterError, match="total_km is True"):
        reconcile(pd.DataFrame({"name": ["a"], "km": [1.0], "basis": ["fact"]}), total_km=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"branch": True, "m": True}, "must be numbers"),
        ({"branch": "1", "m": "5"}, "must be numbers"),
        ({"branch": None, "m": 5.0}, "branch is nan"),
        ({"branch": 1, "m": 30_000.0}, "branch 1 is 20,000.0 m long"),
        ({"branch": 1, "m": NAN}, "m is nan"),
        ({"branch": 1, "m": 5.0, "offset_m": NAN}, "offset_m is nan"),
    ],
)
def test_metres_that_are_on_no_road_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        place(from_lines(ROAD), **options)


def test_steps_that_are_none_are_refused_and_nothing_is_located_where_nothing_is():
    road = from_lines(ROAD)
    for step, message in ((0, "above zero"), (True, "step_m is True"), (NAN, "step_m is nan"), (1e-300, "1e-297")):
        with pytest.raises(ParameterError, match=message):
            chainage(road, step_m=step)
    empty = locate(road, at())
    assert list(empty.columns) == ["branch", "m", "offset_m", "side", "distance_m"]
    assert empty.empty
    assert len(chainage(road, sites=at(name=[]))) == len(chainage(road))


def test_heights_of_a_line_do_not_matter_even_if_they_are_none():
    flat = from_lines(frame([(0, 0), (1000, 0), (2000, 500)]))
    places = np.array([(X, Y, NAN), (X + 1000, Y, 5.0), (X + 2000, Y + 500, 9.0)])
    with np.errstate(invalid="ignore"):
        high = gpd.GeoDataFrame(geometry=[LineString(places)], crs=4544)
    high = from_lines(high)
    assert high.length_m == pytest.approx(flat.length_m, rel=1e-9)
    assert not high.branches[0].has_z


def test_a_ring_of_shapely_is_a_line_that_closes():
    ring = shapely.LinearRing([(X, Y), (X + 1000, Y), (X + 1000, Y + 1000)])
    route = from_lines(gpd.GeoDataFrame(geometry=[ring], crs=4544))
    assert route.length_m == pytest.approx(2000 + 1000 * np.sqrt(2), abs=0.01)
    assert set(route.frame.geom_type) == {"LineString"}


def test_a_road_shorter_than_the_tolerance_is_refused():
    with pytest.raises(DataError, match=r"the lines come to 0.01 m, less than tolerance_m"):
        from_lines(frame([(0, 0), (0.01, 0)]))


def test_places_beside_a_road_do_not_hide_a_shift_and_places_known_badly_tell_none(tmp_path):
    rng = np.random.default_rng(11)
    x = np.linspace(105.2, 106.1, 40)
    line = gpd.GeoDataFrame(geometry=[LineString(np.column_stack([x, 28.1 + rng.normal(0, 0.03, 40)]))], crs=4326)
    on = gpd.GeoSeries.from_xy(*shapely.get_coordinates(line.geometry[0])[::3].T, crs=4326)
    beside = on.to_crs(4544).translate(300.0, 500.0).to_crs(4326)
    places = gpd.GeoDataFrame(geometry=pd.concat([on, beside], ignore_index=True), crs=4326)
    path = tmp_path / "amap.gpkg"
    shift_frame(line, target="gcj02").to_file(path)
    with pytest.raises(DatumError, match=r"amap.gpkg seems to be on GCJ-02.*--assume-datum gcj02"):
        from_file(path, reference=[places.iloc[:3], places])
    line.to_file(tmp_path / "true.gpkg")
    for seed in range(10):  # places known to 800 m
        away = np.random.default_rng(seed).uniform(-800, 800, (2, len(on)))
        unsure = on.to_crs(4544)
        moved = gpd.GeoSeries.from_xy(unsure.x + away[0], unsure.y + away[1], crs=4544)
        from_file(tmp_path / "true.gpkg", reference=gpd.GeoDataFrame(geometry=moved))


def test_a_line_drawn_a_thousand_times_counts_once():
    one = shapely.LineString([(500_000, 0), (503_000, 0), (503_000, 1000)])
    lines = gpd.GeoDataFrame(geometry=[one if i % 2 else one.reverse() for i in range(1000)], crs=4544)
    route = from_lines(lines)
    assert len(route.branches) == 1
    assert route.length_m == pytest.approx(from_lines(lines.iloc[:1]).length_m)
    assert route.notes == ("3996.0 km drawn twice at 999 places; it counts once",)
