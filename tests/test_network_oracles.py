"""Distances against SciPy and networkx on topology made by equal ends, and what must hold for any road layer."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from nanyi_gis.accessibility import od_cost_matrix
from nanyi_gis.network import build_graph, compile_graph, compile_roads, load_speeds

CRS = "EPSG:32648"
GEOD = Geod(ellps="WGS84")
CLASSES = ["primary", "secondary", "tertiary", "residential", "unclassified"]
few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def town(seed, *, count=150, bridges=6):
    """Return a made town and the numbers of the nodes at its streets' ends.

    The streets are edges of a Delaunay triangulation, bent, a fifth of them one-way in either sense; bridges run
    straight across it and share no vertex with what they cross.
    """
    random = np.random.default_rng(seed)
    nodes = random.uniform([400_000, 3_100_000], [405_000, 3_105_000], (count, 2)).round(3)
    pairs = np.unique(np.sort(Delaunay(nodes).simplices[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2), axis=1), axis=0)
    pairs = pairs[random.random(len(pairs)) < 0.75]
    far = np.array([random.choice(count, 2, replace=False) for _ in range(bridges)]).reshape(-1, 2)
    lines = []
    for u, v in pairs:
        share = np.sort(random.uniform(0.1, 0.9, random.integers(0, 5)))[:, None]
        inner = nodes[u] * (1 - share) + nodes[v] * share + random.uniform(-20, 20, (len(share), 2))
        lines.append(shapely.LineString(np.vstack([nodes[u], inner, nodes[v]])))
    lines += [shapely.LineString(nodes[[u, v]]) for u, v in far]
    ends = np.vstack([pairs, far])
    roads = gpd.GeoDataFrame(
        {
            "highway": random.choice(CLASSES, len(ends)),
            "oneway": random.choice(["", "no", "yes", "-1"], len(ends), p=[0.6, 0.2, 0.1, 0.1]),
            "bridge": ["no"] * len(pairs) + ["yes"] * bridges,
        },
        geometry=lines,
        crs=CRS,
    )
    return roads, nodes, ends


def metres(roads):
    """Return lengths on the ellipsoid, vertex by vertex, straight from pyproj."""
    coords, owner = shapely.get_coordinates(roads.geometry.values, return_index=True)
    lon, lat = Transformer.from_crs(roads.crs, 4326, always_xy=True).transform(*coords.T)
    pieces = GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])[2]
    same = owner[1:] == owner[:-1]
    return np.bincount(owner[1:][same], weights=pieces[same], minlength=len(roads))


def directions(roads, ends, costs):
    """Return tail, head and cost of every permitted direction."""
    along = roads["oneway"].to_numpy() != "-1"
    against = roads["oneway"].to_numpy() != "yes"
    tails = np.concatenate([ends[along, 0], ends[against, 1]])
    heads = np.concatenate([ends[along, 1], ends[against, 0]])
    return tails, heads, np.concatenate([costs[along], costs[against]])


def matrix(tails, heads, costs, size):
    """Return a sparse matrix with the least cost of each pair."""
    order = np.lexsort((costs, heads, tails))
    tails, heads, costs = tails[order], heads[order], costs[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(tails) != 0) | (np.diff(heads) != 0)
    return coo_array((costs[first], (tails[first], heads[first])), shape=(size, size)).tocsr()


def at_places(graph, places, *, weight="length"):
    """Return the whole matrix of a graph between coordinates where it has nodes."""
    network = compile_graph(graph, weight=weight)
    known = {place: i for i, place in enumerate(zip(network.x, network.y, strict=True))}
    numbers = [known[tuple(place)] for place in places]
    return network.costs(numbers)[:, numbers]


def worst(found, wanted):
    """Return the largest difference; both must reach the same places."""
    reached = np.isfinite(wanted)
    assert (np.isfinite(found) == reached).all()
    return np.abs(found[reached] - wanted[reached]).max()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("weight", ["length", "travel_time"])
def test_two_hundred_pairs_agree_with_scipy_and_networkx(seed, weight):
    roads, nodes, ends = town(seed)
    costs = metres(roads)
    if weight == "travel_time":
        costs = costs / (roads["highway"].map(load_speeds().speed_kmh).to_numpy() / 3.6) / 60
    tails, heads, costs = directions(roads, ends, costs)
    wanted = dijkstra(matrix(tails, heads, costs, len(nodes)))
    plain = nx.MultiDiGraph()
    plain.add_weighted_edges_from(zip(tails.tolist(), heads.tolist(), costs.tolist(), strict=True))
    graph = build_graph(roads)
    node = {(data["x"], data["y"]): name for name, data in graph.nodes(data=True)}
    used = np.unique(ends)
    random = np.random.default_rng(seed)
    pairs = random.choice(used, (200, 2))
    found = od_cost_matrix(
        graph, [node[tuple(nodes[i])] for i in used], [node[tuple(nodes[i])] for i in used], weight=weight
    )
    for u, v in pairs:
        ours = found.loc[node[tuple(nodes[u])], node[tuple(nodes[v])]]
        if np.isinf(wanted[u, v]):
            assert np.isinf(ours)
            continue
        assert abs(ours - wanted[u, v]) < (1e-9 if weight == "travel_time" else 1e-6)
        assert abs(ours - nx.dijkstra_path_length(plain, u, v)) < (1e-9 if weight == "travel_time" else 1e-6)


@pytest.fixture(scope="module")
def city(shared):
    path = shared / "data" / "networks" / "wuhan_streets.parquet"
    if not path.is_file():
        pytest.skip("the street network in ../shared is not here")
    streets = gpd.read_parquet(path)
    return streets, metres(streets)


@pytest.mark.shared
@pytest.mark.parametrize("given", ["a graph without directions", "a plain layer"])
def test_on_the_streets_of_a_city_1600_pairs_agree_with_scipy(city, given):
    streets, lengths = city
    oneway = np.zeros(len(streets), dtype=bool)
    if given == "a plain layer":  # then motorways and their links are one-way by themselves
        oneway = streets["highway"].isin(["motorway", "motorway_link"]).to_numpy()
        streets = streets.drop(columns=["u", "v", "key"])
    speeds = load_speeds()
    speeds = speeds.model_copy(update={"speed_kmh": {**speeds.speed_kmh, "pedestrian": 5.0}})
    ends = shapely.get_coordinates([shapely.get_point(streets.geometry.values, at) for at in (0, -1)])
    places, number = np.unique(ends, axis=0, return_inverse=True)
    u, v = number.reshape(2, -1)
    costs = lengths / (streets["highway"].map(speeds.speed_kmh).to_numpy() / 3.6) / 60
    tails, heads = np.r_[u, v[~oneway]], np.r_[v, u[~oneway]]
    wanted = matrix(tails, heads, np.r_[costs, costs[~oneway]], len(places))
    chosen = np.random.default_rng(1600).choice(len(places), 80, replace=False)
    starts, goals = chosen[:40], chosen[40:]
    network = compile_graph(build_graph(streets, speeds=speeds))
    assert len(network.nodes) == len(places)
    at = {place: i for i, place in enumerate(zip(network.x, network.y, strict=True))}
    found = network.costs([at[tuple(places[i])] for i in starts])[:, [at[tuple(places[i])] for i in goals]]
    assert worst(found, dijkstra(wanted, indices=starts)[:, goals]) < 1e-9
    straight = compile_roads(streets, speeds=speeds)
    assert straight.nodes == network.nodes
    assert worst(straight.costs(np.arange(9)), network.costs(np.arange(9))) < 1e-12


@given(st.integers(0, 10_000), st.data())
@few
def test_splitting_a_line_anywhere_changes_no_distance_between_other_nodes(seed, data):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    row = data.draw(st.integers(0, len(roads) - 1))
    coords = np.array(roads.geometry.iloc[row].coords)
    before = data.draw(st.integers(0, len(coords) - 2))
    # On a vertex, if there is one before, or between two.
    share = data.draw(st.sampled_from([0.0, 0.1, 0.5, 0.9] if before else [0.1, 0.5, 0.9]))
    cut = coords[before] * (1 - share) + coords[before + 1] * share
    parts = np.vstack([coords[: before + (share > 0)], cut]), np.vstack([cut, coords[before + 1 :]])
    halves = roads.iloc[[row, row]].set_geometry([shapely.LineString(part) for part in parts], crs=CRS)
    split = pd.concat([roads.drop(index=row), halves], ignore_index=True)
    places = nodes[np.unique(ends)]
    whole, cut_up = (at_places(build_graph(layer), places) for layer in (roads, split))
    assert worst(cut_up, whole) < 1e-6


@given(st.integers(0, 10_000))
@few
def test_walking_without_slope_is_symmetric_on_one_way_streets_too(seed):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    places = nodes[np.unique(ends)]
    found = at_places(build_graph(roads, mode="walk"), places, weight="travel_time")
    assert worst(found, found.T) < 1e-9
    both_ways = at_places(build_graph(roads.assign(oneway=""), mode="walk"), places, weight="travel_time")
    assert worst(found, both_ways) < 1e-9


@given(st.integers(0, 10_000))
@few
def test_lines_drawn_the_other_way_transpose_the_matrix_and_with_their_directions_turned_change_nothing(seed):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    places = nodes[np.unique(ends)]
    whole = at_places(build_graph(roads), places)
    turned = roads.set_geometry(shapely.reverse(roads.geometry.values), crs=CRS)
    assert worst(at_places(build_graph(turned), places), whole.T) < 1e-6
    told = turned.assign(oneway=turned["oneway"].replace({"yes": "-1", "-1": "yes"}))
    assert worst(at_places(build_graph(told), places), whole) < 1e-6


@given(st.integers(0, 10_000), st.sampled_from([0.5, 2.0, 10.0]))
@few
def test_speeds_times_a_factor_divide_the_minutes(seed, factor):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    places = nodes[np.unique(ends)]
    random = np.random.default_rng(seed)
    slow = roads.assign(speed_kph=random.uniform(4.0, 12.0, len(roads)))
    quick = slow.assign(speed_kph=slow["speed_kph"] * factor)
    minutes = [at_places(build_graph(layer), places, weight="travel_time") for layer in (slow, quick)]
    assert worst(minutes[1] * factor, minutes[0]) < 1e-9


@given(st.integers(0, 10_000))
@few
def test_the_order_of_the_lines_changes_no_distance(seed):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    places = nodes[np.unique(ends)]
    mixed = roads.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    assert worst(at_places(build_graph(mixed), places), at_places(build_graph(roads), places)) < 1e-6


@given(st.integers(0, 10_000))
@few
def test_another_road_never_lengthens_a_way(seed):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    without = roads.drop(index=len(roads) // 2)
    places = nodes[np.unique(np.delete(ends, len(roads) // 2, axis=0))]
    fewer = at_places(build_graph(without), places)
    assert (at_places(build_graph(roads), places) <= fewer + 1e-6).all()


RIGHTS = {"access": "private", "motor_vehicle": "no", "vehicle": "no", "foot": "no"}


@given(st.integers(0, 10_000), st.sampled_from(["car", "walk"]), st.sampled_from(sorted(RIGHTS)))
@few
def test_more_rights_of_access_never_lengthen_a_way(seed, mode, tag):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    closed = np.random.default_rng(seed).random(len(roads)) < 0.3
    closed[0] = False
    shut = roads.assign(**{tag: np.where(closed, RIGHTS[tag], "")})
    places = nodes[np.unique(ends[~closed])]
    fewer, more = (at_places(build_graph(layer, mode=mode), places, weight="travel_time") for layer in (shut, roads))
    assert (more <= fewer + 1e-9).all()


@given(st.integers(0, 10_000))
@few
def test_streets_that_are_opened_to_both_directions_never_lengthen_a_way(seed):
    roads, nodes, ends = town(seed, count=25, bridges=2)
    places = nodes[np.unique(ends)]
    fewer, more = (at_places(build_graph(layer), places) for layer in (roads, roads.assign(oneway="no")))
    assert (more <= fewer + 1e-6).all()
