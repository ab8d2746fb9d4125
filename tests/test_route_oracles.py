"""The route's design, tours, chainage, coverage and profile against enumeration, networkx, Shapely and pyproj."""

import itertools
import math
from types import SimpleNamespace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio
import route_oracles as oracle
import shapely
import xarray as xr
from pyproj import Geod, Transformer

from nanyi_gis.route import Route, chainage, coverage, design_route, from_lines, locate, place
from nanyi_gis.route.alignment import align
from nanyi_gis.route.profile import profile

CRS = oracle.CRS
GEOD = Geod(ellps="WGS84")


def prize_table(sites):
    """Return the sites as design_route reads them."""
    return pd.DataFrame(
        {
            "node": [f"n{node}" for node, _, _ in sites],
            "prize": [prize for _, prize, _ in sites],
            "group": [group for _, _, group in sites],
            "name": [f"site {number}" for number in range(len(sites))],
        }
    )


def design(roads, sites, budget, **options):
    options.setdefault("must_include", [f"e{number}" for number in roads.mandated])
    return design_route(roads.graph(), length_m=budget, prizes=prize_table(sites), **options)


def inspect(found, roads, sites, budget):
    """Check what must hold for any network returned; return the value that its nodes collect."""
    numbers = [int(name[1:]) for name in found.links["id"]]
    assert len(set(numbers)) == len(numbers)
    assert set(roads.mandated) <= set(numbers)
    length = sum(roads.links[number][2] for number in numbers)
    assert found.length_m == pytest.approx(length, abs=1e-6)
    assert length <= budget + 1e-6
    graph = nx.Graph([roads.links[number][:2] for number in numbers])
    assert len(numbers) == 0 or nx.is_connected(graph)
    nodes = set(graph) or {int(name[1:]) for name in found.nodes["node"]}
    value = oracle.collected(sites, nodes)
    assert found.prize == pytest.approx(value)
    assert found.bound >= found.prize - 1e-6
    return value


def cases(count, *, first=0):
    """Yield small networks whose best design can be enumerated, with sites and a budget that binds."""
    for seed in range(first, first + count):
        random = np.random.default_rng(seed)
        nodes = int(random.integers(5, 10))
        mandated = int(random.integers(1, 3))
        roads = oracle.random_roads(seed, nodes=nodes, links=int(nodes * 1.6), mandated=mandated)
        sites = oracle.random_prizes(seed, roads, sites=int(random.integers(2, nodes)), groups=bool(seed % 2))
        total = sum(length for _, _, length in roads.links)
        yield roads, sites, float(round(total * random.uniform(0.15, 0.7)))


def test_two_enumerations_agree():
    for roads, sites, budget in cases(12, first=900):
        assert oracle.best_network(roads, sites, budget)[0] == oracle.best_network_by_links(roads, sites, budget)


def test_plain_tour_is_no_better_than_every_order():
    roads = oracle.random_roads(5, nodes=9, links=14)
    matrix = oracle.distances(roads)
    assert oracle.plain_tour(matrix, 0, [1, 3, 5, 7]) >= oracle.shortest_tour(matrix, 0, [1, 3, 5, 7]) - 1e-9


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_exact_design_is_the_best_of_all(first):
    for seed, (roads, sites, budget) in enumerate(cases(50, first=first), first):
        best, _ = oracle.best_network(roads, sites, budget)
        if best < 0:
            with pytest.raises(ValueError, match=r"mandated|longer than length_m|above length_m"):
                design(roads, sites, budget, solver="exact")
            continue
        found = design(roads, sites, budget, solver="exact")
        assert inspect(found, roads, sites, budget) == best, f"seed {seed}"
        assert found.gap == 0.0, f"seed {seed}"
        assert found.bound == pytest.approx(best), f"seed {seed}"


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_bound_of_the_heuristic_is_a_bound(first):
    for seed, (roads, sites, budget) in enumerate(cases(50, first=first), first):
        best, _ = oracle.best_network(roads, sites, budget)
        if best < 0:
            continue
        found = design(roads, sites, budget, solver="fast")
        assert inspect(found, roads, sites, budget) <= best, f"seed {seed}"
        assert found.bound >= best - 1e-6, f"seed {seed}"
        assert (found.gap == 0.0) <= (found.prize == best), f"seed {seed}: proven, and not the best"


@pytest.mark.parametrize("solver", ["exact", "fast"])
@pytest.mark.parametrize("seed", range(12))
def test_never_worse_than_a_steiner_tree_of_the_same_length(solver, seed):
    """With the length of networkx's tree to spend, no less may be collected than that tree does."""
    roads = oracle.random_roads(seed, nodes=60, links=100)
    graph = roads.simple()
    random = np.random.default_rng(seed)
    terminals = random.choice(60, 10, replace=False).tolist()
    tree = nx.algorithms.approximation.steiner_tree(graph, terminals, method="mehlhorn")
    u, v = next(iter(sorted(tree.edges)))
    lengths = [(length, number) for number, (a, b, length) in enumerate(roads.links) if {a, b} == {u, v}]
    roads.mandated.append(min(lengths)[1])
    sites = [(node, float(random.integers(1, 10)), "") for node in terminals]
    budget = float(tree.size("weight"))
    found = design(roads, sites, budget, solver=solver, time_limit_s=30)
    assert inspect(found, roads, sites, budget) == pytest.approx(sum(prize for _, prize, _ in sites))


@pytest.mark.parametrize("solver", ["exact", "fast"])
def test_more_kilometres_never_collect_less(solver):
    roads = oracle.random_roads(31, nodes=30, links=50, mandated=1)
    sites = oracle.random_prizes(31, roads, sites=15, groups=True)
    total = sum(length for _, _, length in roads.links)
    values = [design(roads, sites, total * share, solver=solver) for share in (0.2, 0.3, 0.4, 0.5)]
    if solver == "exact":
        assert [found.prize for found in values] == sorted(found.prize for found in values)
    assert [found.bound for found in values] == sorted(found.bound for found in values)


def test_the_same_network_in_another_order_is_as_good():
    roads, sites, budget = next(cases(1, first=8))
    turned = oracle.Roads(roads.points, [(v, u, length) for u, v, length in roads.links], roads.mandated)
    assert design(turned, sites, budget).prize == design(roads, sites, budget).prize
    assert design(roads, sites[::-1], budget).prize == design(roads, sites, budget).prize


# Tours


@pytest.mark.parametrize("seed", range(25))
def test_a_loop_is_the_best_of_every_order(seed):
    random = np.random.default_rng(seed)
    roads = oracle.random_roads(seed, nodes=12, links=20)
    sites = [(int(node), float(random.integers(1, 10)), "") for node in random.permutation(np.arange(1, 12))[:7]]
    matrix = oracle.distances(roads)
    whole = oracle.shortest_tour(matrix, 0, [node for node, _, _ in sites])
    budget = float(round(whole * random.uniform(0.35, 1.05)))
    best, _ = oracle.best_tour(matrix, 0, sites, budget)
    found = design(roads, sites, budget, must_include=(), shape="loop", start="n0")
    assert found.length_m <= budget + 1e-6
    assert found.prize == best
    assert found.bound >= best - 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_loop_over_all_of_many_sites_is_no_longer_than_a_plain_one(seed):
    roads, matrix, sites = many_sites(seed)
    plain = oracle.plain_tour(matrix, 0, [node for node, _, _ in sites])
    everything = design(roads, sites, plain, must_include=(), shape="loop", start="n0", time_limit_s=20)
    assert everything.prize == sum(prize for _, prize, _ in sites)
    assert everything.length_m <= plain + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_loop_of_half_the_length_collects_no_less_than_a_plain_one(seed):
    roads, matrix, sites = many_sites(seed)
    half = round(oracle.plain_tour(matrix, 0, [node for node, _, _ in sites]) / 2)
    found = design(roads, sites, half, must_include=(), shape="loop", start="n0", time_limit_s=3)
    assert found.length_m <= half
    assert found.prize >= oracle.plain_greedy_tour(matrix, 0, sites, half)


@pytest.mark.parametrize("seed", range(12))
def test_a_loop_of_a_day_is_the_best_of_every_choice(seed):
    """Every set of sites to stay at: the shortest round past them at 40 km/h, and the stays, fit the day or not."""
    random = np.random.default_rng(seed)
    roads = oracle.random_roads(seed, nodes=10, links=16)
    at = random.integers(1, 10, 6).tolist()
    sites = [(node, float(random.integers(1, 10)), str(random.choice(["", "", "gorge"]))) for node in at]
    stay = random.integers(0, 60, 6).astype(float)
    minutes = oracle.distances(roads) / 40_000 * 60
    whole = oracle.shortest_tour(minutes, 0, at) + stay.sum()
    day = float(round(whole * random.uniform(0.3, 0.9)))
    best = 0.0
    for count in range(1, 7):
        for rows in itertools.combinations(range(6), count):
            tour = oracle.shortest_tour(minutes, 0, [at[row] for row in rows])
            if tour + stay[list(rows)].sum() <= day + 1e-9:
                best = max(best, oracle.collected([sites[row] for row in rows], set(range(10))))
    table = prize_table(sites).assign(stay_min=stay)
    found = design_route(roads.graph(), minutes=day, prizes=table, shape="loop", start="n0")
    assert found.prize == pytest.approx(best)
    assert found.gap == 0.0
    length = {f"e{number}": metres for number, (*_, metres) in enumerate(roads.links)}
    driven = sum(length[name] for name in found.order) / 40_000 * 60
    stays = float(stay[found.prizes["collected"].to_numpy()].sum())
    assert found.minutes == pytest.approx(driven + stays)
    assert found.minutes <= day + 1e-6
    assert found.prize == pytest.approx(found.prizes["counted"].sum())


def many_sites(seed):
    """Return a network of 60 nodes, its distances and 20 sites."""
    random = np.random.default_rng(seed)
    roads = oracle.random_roads(seed, nodes=60, links=100)
    sites = [(int(node), float(random.integers(1, 10)), "") for node in random.permutation(np.arange(1, 60))[:20]]
    return roads, oracle.distances(roads), sites


# Chainage


def straight(*ends, crs=CRS):
    """Return a route of straight branches."""
    lines = [shapely.LineString(pair) for pair in ends]
    frame = gpd.GeoDataFrame(
        {"id": [f"b{i}" for i in range(len(lines))], "status": "open", "corridor": ""}, geometry=lines, crs=crs
    )
    return from_lines(frame)


def geodesic(line):
    """Return metres on the ellipsoid between the vertices of a line of CRS, straight from pyproj."""
    lon, lat = Transformer.from_crs(CRS, 4326, always_xy=True).transform(*shapely.get_coordinates(line).T)
    return GEOD.line_length(lon, lat)


def test_length_of_a_route_is_geodesic():
    line = shapely.LineString([(470_000, 3_080_000), (478_000, 3_086_000), (481_000, 3_099_000)])
    route = straight([(470_000, 3_080_000), (478_000, 3_086_000)])
    assert route.length_m == pytest.approx(geodesic(route.branches[0]), rel=1e-7)
    assert geodesic(line) == pytest.approx(10_000 + math.hypot(3_000, 13_000), rel=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_points_are_located_as_shapely_projects_them(seed):
    random = np.random.default_rng(seed)
    a, b = oracle.ORIGIN + random.uniform(0, 20_000, (2, 2))
    route = straight([a, b])
    line = route.branches[0]
    points = oracle.ORIGIN + random.uniform(0, 20_000, (40, 2))
    table = locate(route, gpd.GeoSeries.from_xy(*points.T, crs=CRS))
    shape = shapely.points(points)
    scale = geodesic(line) / line.length
    np.testing.assert_allclose(table["m"], shapely.line_locate_point(line, shape) * scale, atol=0.05)
    np.testing.assert_allclose(table["distance_m"], shapely.distance(line, shape) * scale, atol=0.05)
    (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
    left = (x1 - x0) * (points[:, 1] - y0) - (y1 - y0) * (points[:, 0] - x0) > 0
    beside = (table["m"] > 1) & (table["m"] < route.length_m - 1)
    assert ((table["offset_m"] > 0) == left)[beside].all()
    assert (table["offset_m"].abs() <= table["distance_m"] + 1e-6).all()


def test_stations_are_where_pyproj_puts_them():
    route = straight([(500_000, 3_080_000), (507_300, 3_080_000)])
    line = route.branches[0]
    stations = chainage(route, step_m=1000.0)
    inner = stations[np.isclose(stations["km"] % 1, 0)]
    assert inner["km"].tolist() == list(range(8))
    lon, lat = Transformer.from_crs(CRS, 4326, always_xy=True).transform(*shapely.get_coordinates(line).T)
    for km, x, y in zip(inner["km"], inner["lon"], inner["lat"], strict=True):
        assert GEOD.inv(lon[0], lat[0], x, y)[2] == pytest.approx(km * 1000, abs=0.01)
    back = locate(route, stations.geometry)
    np.testing.assert_allclose(back["m"], stations["km"] * 1000, atol=1e-3)
    np.testing.assert_allclose(back["distance_m"], 0, atol=1e-3)
    there = place(route, inner["branch"].to_numpy(), inner["km"].to_numpy() * 1000)
    assert shapely.distance(np.asarray(there), inner.geometry.to_numpy()).max() < 1e-3


def wandering(seed, *, vertices=30):
    """Return a bent line that never crosses itself: every vertex lies farther east."""
    random = np.random.default_rng(seed)
    steps = np.column_stack([random.uniform(100, 900, vertices), random.uniform(-600, 600, vertices)])
    return (oracle.ORIGIN - [0, 5_000] + np.cumsum(steps, axis=0)).round(2)


@pytest.mark.parametrize("seed", range(6))
def test_pieces_in_any_order_are_one_road(seed):
    random = np.random.default_rng(seed)
    points = wandering(seed)
    cuts = [0, *sorted(random.choice(np.arange(1, 29), 5, replace=False).tolist()), 29]
    pieces = [shapely.LineString(points[a : b + 1]) for a, b in itertools.pairwise(cuts)]
    turned = [random.random() < 0.4 for _ in pieces]
    drawn = [shapely.reverse(piece) if turn else piece for piece, turn in zip(pieces, turned, strict=True)]
    mixed = [drawn[number] for number in random.permutation(len(drawn))]
    route = from_lines(gpd.GeoDataFrame(geometry=mixed, crs=CRS))
    assert len(route.branches) == 1
    whole = shapely.LineString(points)
    assert route.length_m == pytest.approx(geodesic(whole), rel=1e-6)
    against = sum(piece.length for piece, turn in zip(pieces, turned, strict=True) if turn)
    expected = points[::-1] if against > whole.length / 2 else points
    np.testing.assert_allclose(shapely.get_coordinates(route.branches[0]), expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_missing_piece_is_told_and_has_no_metres(seed):
    points = wandering(seed)
    parts = [shapely.LineString(points[:10]), shapely.LineString(points[10:])]
    route = from_lines(gpd.GeoDataFrame(geometry=parts, crs=CRS), gap_m=2_000)
    hole = geodesic(shapely.LineString(points[9:11]))
    assert route.length_m == pytest.approx(geodesic(shapely.LineString(points)) - hole, rel=1e-6)
    assert any("gap" in note for note in route.notes)


def test_what_is_drawn_twice_counts_once():
    points = wandering(3)
    whole = shapely.LineString(points)
    twice = [whole, shapely.LineString(points[8:15][::-1])]
    route = from_lines(gpd.GeoDataFrame(geometry=twice, crs=CRS))
    assert route.length_m == pytest.approx(geodesic(whole), rel=1e-6)
    assert any("twice" in note or "overlap" in note for note in route.notes)


@pytest.mark.parametrize("seed", range(4))
def test_metres_along_a_bent_line_are_those_of_pyproj(seed):
    points = wandering(seed)
    whole = shapely.LineString(points)
    route = from_lines(gpd.GeoDataFrame(geometry=[whole], crs=CRS))
    at = np.random.default_rng(seed).uniform(0, whole.length, 60)
    spots = shapely.line_interpolate_point(whole, at)
    expected = [geodesic(shapely.ops.substring(whole, 0, metres)) for metres in at]
    table = locate(route, gpd.GeoSeries(spots, crs=CRS))
    np.testing.assert_allclose(table["m"], expected, atol=0.02)
    np.testing.assert_allclose(shapely.distance(np.asarray(place(route, [1] * 60, expected)), spots), 0, atol=0.02)


# Coverage


@pytest.fixture(scope="module")
def town():
    """Return roads, the nodes of a branching road on them, and that road as a route."""
    roads = oracle.random_roads(11, nodes=40, links=65)
    tree = nx.algorithms.approximation.steiner_tree(roads.simple(), [0, 7, 13, 21, 30], method="mehlhorn")
    kept = [
        (number, u, v, length)
        for number, (u, v, length) in enumerate(roads.links)
        if tree.has_edge(u, v) and tree[u][v]["weight"] == length
    ]
    links = gpd.GeoDataFrame(
        {
            "id": [f"e{number}" for number, *_ in kept],
            "u": [f"n{u}" for _, u, _, _ in kept],
            "v": [f"n{v}" for _, _, v, _ in kept],
            "length_m": [length for *_, length in kept],
            "status": "open",
            "corridor": "",
        },
        geometry=[shapely.LineString(roads.points[[u, v]]) for _, u, v, _ in kept],
        crs=CRS,
    )
    return roads, set(tree), Route.of(SimpleNamespace(links=links, order=()))


def site_frame(points, kinds=("red", "estate")):
    return gpd.GeoDataFrame(
        {
            "name": [f"site {number}" for number in range(len(points))],
            "kind": [kinds[number % len(kinds)] for number in range(len(points))],
            "weight": 1.0,
            "uncertainty_m": 0.0,
        },
        geometry=shapely.points(points),
        crs=CRS,
    )


def test_sites_within_kilometres_are_those_that_shapely_counts(town):
    _, _, route = town
    points = oracle.ORIGIN + np.random.default_rng(0).uniform(0, 20_000, (60, 2))
    sites = site_frame(points)
    found = coverage(route, sites, km=(1, 2, 5))
    distance = shapely.distance(shapely.MultiLineString(list(route.branches)), sites.geometry.to_numpy())
    np.testing.assert_allclose(found.sites["distance_m"], distance, rtol=1e-3)
    for km, kind in itertools.product((1, 2, 5), ("red", "estate")):
        expected = int(((distance <= km * 1000) & (sites["kind"] == kind)).sum())
        assert count_of(found.table, kind, f"{km} km") == expected


def test_metres_of_a_designed_road_are_those_of_its_links(town):
    roads, on_route, route = town
    metres = {f"e{number}": length for number, (*_, length) in enumerate(roads.links)}
    assert route.length_m == pytest.approx(sum(metres[name] for name in route.frame["id"]))
    assert len(route.frame) == len(on_route) - 1
    for row in route.frame.itertuples():
        assert row.to_m - row.from_m == pytest.approx(metres[row.id])
    branches = route.frame.groupby("branch")
    assert route.branch_lengths == pytest.approx(branches["to_m"].max().tolist())
    for _, rows in branches:
        assert rows["u"].tolist()[1:] == rows["v"].tolist()[:-1]


def test_sites_within_minutes_are_those_that_networkx_counts(town):
    roads, on_route, route = town
    sites = site_frame(roads.points)
    found = coverage(route, sites, graph=roads.graph(), minutes=(5, 10, 15, 30))
    graph = roads.simple()
    metres = nx.multi_source_dijkstra_path_length(graph, on_route, weight="weight")
    minutes = np.array([metres[node] / 40_000 * 60 for node in range(len(roads.points))])
    np.testing.assert_allclose(found.sites["minutes"], minutes, atol=0.02)
    for limit, kind in itertools.product((5, 10, 15, 30), ("red", "estate")):
        expected = int(((minutes <= limit) & (sites["kind"] == kind)).sum())
        assert count_of(found.table, kind, f"{limit} min") == expected


def test_gaps_and_gains_by_km_are_those_of_a_walk_along_the_road():
    """Every 20 m of a bent road: which sites lie within 1 or 2 km, seen by Shapely."""
    whole = shapely.LineString(wandering(7, vertices=60))
    route = from_lines(gpd.GeoDataFrame(geometry=[whole], crs=CRS))
    random = np.random.default_rng(7)
    west, south, east, north = whole.bounds
    sites = site_frame(random.uniform([west, south - 1_000], [east, north + 1_000], (14, 2)))
    found = coverage(route, sites, km=(1, 2))
    along = np.arange(0, route.length_m, 20.0)
    walk = np.asarray(place(route, np.ones(len(along), dtype=int), along))
    distance = shapely.distance(walk[:, None], sites.geometry.to_numpy()[None])
    for km in (1, 2):
        near = distance <= km * 1000
        total = found.table.query("kind == 'all' and threshold == @km_name", local_dict={"km_name": f"{km} km"})
        added = found.added[found.added["threshold"] == f"{km} km"]
        curve = found.by_chainage.query("kind == 'all' and threshold == @n", local_dict={"n": f"{km} km"})
        assert int(total["count"].iloc[0]) == near.any(axis=0).sum() == added["sites"].sum() == curve["count"].iloc[-1]
        first = np.where(near.any(axis=0), along[near.argmax(axis=0)], np.inf)
        for row in added.itertuples():
            safe = (np.abs(first - row.from_km * 1000) > 25) & (np.abs(first - row.to_km * 1000) > 25)
            inside = (first > row.from_km * 1000) & (first <= row.to_km * 1000)
            assert inside[safe].sum() <= row.sites <= inside.sum() + (~safe).sum()
        gaps = found.gaps[found.gaps["threshold"] == f"{km} km"]
        in_gap = np.zeros(len(along), dtype=bool)
        for row in gaps.itertuples():
            assert row.length_km >= 1 - 1e-9
            assert row.geometry.length == pytest.approx(row.length_km * 1000, rel=1e-3)
            in_gap |= (along > row.from_km * 1000 + 25) & (along < row.to_km * 1000 - 25)
        assert not near.any(axis=1)[in_gap].any()
        empty = ~near.any(axis=1)
        runs = np.flatnonzero(np.diff(np.concatenate([[0], empty.astype(int), [0]]))).reshape(-1, 2)
        long_ones = [(a, b) for a, b in runs if (b - a) * 20 > 1_050]
        assert len(long_ones) <= len(gaps) <= sum((b - a) * 20 > 950 for a, b in runs)


def count_of(table, kind, threshold):
    row = table[(table["kind"] == kind) & (table["threshold"] == threshold)]
    assert len(row) == 1
    return int(row["count"].iloc[0])


# Profile and alignment


def tilted(east, north, *, rows=200, columns=200, cell=30.0, base=800.0):
    """Return a plane that rises by ``east`` and ``north`` a metre, its middle at ``base``."""
    x = oracle.ORIGIN[0] + cell * (np.arange(columns) + 0.5)
    y = oracle.ORIGIN[1] + cell * (rows - np.arange(rows) - 0.5)
    z = base + east * (x[None] - x.mean()) + north * (y[:, None] - y.mean())
    dem = xr.DataArray(z.astype(np.float32), {"y": y, "x": x}, ("y", "x"), attrs={"units": "m"}).rio.write_crs(CRS)
    return dem.rio.write_transform(rasterio.Affine(cell, 0, x[0] - cell / 2, 0, -cell, y[0] + cell / 2))


@pytest.mark.parametrize(("east", "north"), [(0.05, 0.0), (0.0, -0.08), (0.06, 0.04), (0.0, 0.0)])
def test_profile_of_a_plane_is_in_closed_form(east, north):
    dem = tilted(east, north)
    start, end = oracle.ORIGIN + np.array([[700, 900], [4700, 3900]])
    line = shapely.LineString([start, end])
    found = profile(straight([start, end]), dem, step_m=50.0)
    grade = (4000 * east + 3000 * north) / 5000
    rise = grade * 5000
    along = found.table["m"].to_numpy() / geodesic(line) * 5000
    first = 800 + east * (start[0] - dem.x.values.mean()) + north * (start[1] - dem.y.values.mean())
    np.testing.assert_allclose(found.table["z"], first + grade * along, atol=0.02)
    np.testing.assert_allclose(found.segments["grade"], grade, atol=2e-4)
    assert found.climb_m == pytest.approx(max(rise, 0), abs=0.05)
    assert found.descent_m == pytest.approx(max(-rise, 0), abs=0.05)
    there, back = oracle.tobler_minutes(5000, grade), oracle.tobler_minutes(5000, -grade)
    assert found.minutes.loc["walk", ["there", "back"]].tolist() == pytest.approx([there, back], rel=2e-3)


@pytest.mark.parametrize("slope", [0.0, 0.03, 0.06])
def test_alignment_below_the_limit_is_nearly_straight(slope):
    dem = tilted(slope, 0.0, rows=120, columns=120)
    start, end = centre(dem, 60, 20), centre(dem, 60, 100)
    found = align(dem, start, end, max_grade=0.08)
    assert found.geometry.length == pytest.approx(80 * 30, rel=1e-6)


@pytest.mark.parametrize("slope", [0.10, 0.14])
def test_alignment_keeps_its_limit_on_a_plane(slope):
    dem = tilted(slope, 0.0, rows=160, columns=160)
    start, end = centre(dem, 80, 40), centre(dem, 80, 120)
    found = align(dem, start, end, max_grade=0.08, turn_limit_deg=180)
    climb = slope * 80 * 30
    assert found.geometry.length >= climb / 0.08 - 1e-6
    assert found.geometry.length <= 1.3 * climb / 0.08
    coords = shapely.get_coordinates(found.geometry)
    rise = np.diff(coords[:, 0]) * slope
    run = np.hypot(*np.diff(coords, axis=0).T)
    assert (np.abs(rise) <= 0.08 * run * 1.001).all()
    assert shapely.Point(coords[0]).distance(shapely.Point(start)) < 30
    assert shapely.Point(coords[-1]).distance(shapely.Point(end)) < 30


def rough(seed, *, size=70, slope=0.04):
    random = np.random.default_rng(seed)
    dem = tilted(slope, 0.02, rows=size, columns=size)
    hills = sum(
        random.uniform(-40, 40)
        * np.exp(-((np.arange(size)[:, None] - r) ** 2 + (np.arange(size)[None] - c) ** 2) / (2 * w * w))
        for r, c, w in zip(*random.uniform([[0], [0], [4]], [[size], [size], [12]], (3, 12)), strict=True)
    )
    return dem.copy(data=(dem.values + hills).astype(np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_alignment_cost_obeys_what_any_optimum_does(seed):
    """There as back, no dearer with a looser limit or freer curves, and the same if cells far from it are cut off."""
    dem = rough(seed)
    start, end = centre(dem, 35, 8), centre(dem, 35, 61)
    found = align(dem, start, end, max_grade=0.09, turn_limit_deg=45)
    assert align(dem, end, start, max_grade=0.09, turn_limit_deg=45).cost == pytest.approx(found.cost, rel=1e-6)
    assert align(dem, start, end, max_grade=0.12, turn_limit_deg=45).cost <= found.cost * (1 + 1e-9)
    assert align(dem, start, end, max_grade=0.09, turn_limit_deg=90).cost <= found.cost * (1 + 1e-9)
    wall = np.ones(dem.shape, dtype=bool)
    coords = shapely.get_coordinates(found.geometry)
    near = shapely.LineString(coords).buffer(100)
    x, y = np.meshgrid(dem.x.values, dem.y.values)
    wall[shapely.contains_xy(near, x, y)] = False
    assert align(
        dem, start, end, max_grade=0.09, turn_limit_deg=45, barriers=dem.copy(data=wall)
    ).cost == pytest.approx(found.cost, rel=1e-6)
    grades = found.table["grade"].to_numpy()[:-1]
    run = np.hypot(*np.diff(found.table[["x", "y"]].to_numpy(), axis=0).T)
    np.testing.assert_allclose(grades, np.diff(found.table["z"].to_numpy()) / run, atol=1e-3)
    assert np.abs(grades).max() <= 0.09 + 1e-9
    between = np.degrees(np.abs(np.diff(np.unwrap(np.arctan2(*np.diff(coords, axis=0).T)))))
    assert between.max() <= 45 + 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_walk_is_no_slower_than_eight_neighbours(seed):
    random = np.random.default_rng(seed)
    dem = tilted(0.05, 0.02, rows=60, columns=60)
    dem = dem.copy(data=dem.values + np.cumsum(random.normal(0, 2, (60, 60)), axis=1).astype(np.float32))
    found = align(dem, centre(dem, 10, 8), centre(dem, 50, 52), max_grade=None, mode="walk")
    eight = [(r, c) for r, c in itertools.product((-1, 0, 1), repeat=2) if (r, c) != (0, 0)]
    least = oracle.cheapest_steps(
        dem.values, 30.0, (10, 8), (50, 52), eight, lambda length, rise: oracle.tobler_minutes(length, rise / length)
    )
    assert found.minutes[0] <= least * 1.001


def centre(dem, row, column):
    return float(dem.x.values[column]), float(dem.y.values[row])
