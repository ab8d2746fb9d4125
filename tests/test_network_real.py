"""A real street network of 82,891 nodes, checked against SciPy and networkx on graphs of their own making."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from pyproj import Geod
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from nanyi_gis.accessibility import closest_facility, od_cost_matrix
from nanyi_gis.network import build_graph, compile_graph, load_speeds

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def streets(shared):
    path = shared / "data" / "networks" / "wuhan_streets.parquet"
    if not path.is_file():
        pytest.skip("the street network in ../shared is not here")
    # Every street is a way in both directions here; without this word motorways would be ways along the line only.
    return gpd.read_parquet(path).assign(oneway="no")


@pytest.fixture(scope="module")
def metres(streets):
    """Geodesic lengths on WGS-84: the zone of UTM draws the streets 0.05 % too long."""
    geod = Geod(ellps="WGS84")
    return np.array([geod.line_length(*line.xy) for line in streets.geometry.to_crs(4326)])


@pytest.fixture(scope="module")
def graph(streets):
    table = load_speeds()
    table = table.model_copy(update={"speed_kmh": {**table.speed_kmh, "pedestrian": 5.0}})
    return build_graph(streets, noding="none", tolerance_m=0.0, speeds=table)


def test_nodes_edges_and_lengths_are_those_of_the_layer(streets, graph, metres):
    assert graph.number_of_nodes() == 82_891
    assert graph.number_of_edges() == 2 * 92_667
    total = sum(data["length"] for *_, data in graph.edges(data=True)) / 2
    assert total == pytest.approx(metres.sum(), rel=1e-9)
    own = nx.Graph(list(zip(streets["u"], streets["v"], strict=True)))
    assert graph.graph["components"] == nx.number_connected_components(own)


def test_the_default_noding_keeps_the_topology_of_equal_ends(streets, graph):
    table = load_speeds()
    table = table.model_copy(update={"speed_kmh": {**table.speed_kmh, "pedestrian": 5.0}})
    usual = build_graph(streets, speeds=table)
    assert usual.number_of_nodes() == 82_891
    assert set(usual.edges(keys=True)) == set(graph.edges(keys=True))
    assert usual.graph["moved_max_m"] == 0
    assert not usual.graph["unnoded"]
    # GEOS knows the pairs that cross; those at ends within a metre count as ends on lines here.
    one, two = shapely.STRtree(streets.geometry.values).query(streets.geometry.values, predicate="crosses")
    assert 0.9 * (one < two).sum() < usual.graph["crossings"] <= (one < two).sum()


def test_costs_agree_with_scipy_on_a_matrix_made_apart(streets, graph, metres):
    ends = np.array([[line.coords[0], line.coords[-1]] for line in streets.geometry])
    places, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    u, v = number.reshape(-1, 2).T
    speed = streets["highway"].map({**load_speeds().speed_kmh, "pedestrian": 5.0}).to_numpy()
    minutes = metres / (speed / 3.6) / 60
    best: dict[tuple[int, int], float] = {}
    for a, b, cost in zip(np.r_[u, v].tolist(), np.r_[v, u].tolist(), np.r_[minutes, minutes].tolist(), strict=True):
        best[a, b] = min(cost, best.get((a, b), np.inf))
    rows, columns = np.array(list(best)).T
    matrix = coo_array((list(best.values()), (rows, columns)), shape=(len(places),) * 2).tocsr()
    starts = np.random.default_rng(1).choice(len(places), 3, replace=False)
    wanted = dijkstra(matrix, indices=starts)
    network = compile_graph(graph)
    at = {(x, y): i for i, (x, y) in enumerate(zip(network.x, network.y, strict=True))}
    position = np.array([at[x, y] for x, y in places])
    found = network.costs(position[starts])[:, position]
    reached = np.isfinite(wanted)
    assert (np.isfinite(found) == reached).all()
    assert np.abs(found[reached] - wanted[reached]).max() < 1e-9


def test_costs_agree_with_networkx(graph):
    nodes = list(graph.nodes)
    origin, ends = nodes[100], nodes[::4000]
    matrix = od_cost_matrix(graph, [origin], ends)
    wanted = nx.single_source_dijkstra_path_length(graph, origin, weight="travel_time")
    for end in ends:
        assert matrix.loc[origin, end] == pytest.approx(wanted.get(end, np.inf) / 60, rel=1e-9)


def test_the_nearest_facility_is_the_least_of_the_matrix(graph):
    nodes = np.random.default_rng(2).choice(list(graph.nodes), 12, replace=False).tolist()
    nearest = closest_facility(graph, nodes)
    network = compile_graph(graph)
    costs = network.costs(network.numbers_of(nodes), direction="to")
    assert nearest["cost"].to_numpy() == pytest.approx(costs.min(axis=0))
    assert nearest.attrs["unreachable"] == np.isinf(costs.min(axis=0)).sum()
    reached = np.isfinite(costs.min(axis=0))
    row = {node: i for i, node in enumerate(nodes)}
    chosen = nearest["facility"][reached].map(row).to_numpy(dtype=int)
    assert costs[chosen, np.flatnonzero(reached)] == pytest.approx(nearest["cost"][reached].to_numpy())
