"""Scenario difference, closures, equity and tours."""

from itertools import permutations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from road_samples import both_ways, simple_graph

from nanyi_gis.accessibility import (
    bridge_pairs,
    cheapest_tour,
    closest_facility,
    critical_edges,
    gini,
    scenario_difference,
    share_within,
)
from nanyi_gis.errors import DataError, ParameterError

INF = np.inf


def test_minutes_saved_and_what_became_of_each_place():
    index = list("abcdef")
    before = pd.Series([60.0, 30.0, 20.0, INF, 15.0, INF], index=index)
    after = pd.Series([45.0, 30.0, 25.0, 40.0, INF, INF], index=index)
    table = scenario_difference(before, after, population=pd.Series(10.0, index=index))
    assert table["saved"].tolist() == [15.0, 0.0, -5.0, INF, -INF, 0.0]
    assert table["change"].tolist() == ["faster", "same", "slower", "connected", "cut off", "unreachable"]
    assert table["person_minutes"].tolist()[:3] == [150.0, 0.0, -50.0]


def test_nobody_lives_where_a_place_is_connected():
    table = scenario_difference(pd.Series({"a": INF}), pd.Series({"a": 5.0}), population=pd.Series({"a": 0.0}))
    assert table["person_minutes"].tolist() == [0.0]


def test_different_places_or_missing_people_are_refused():
    with pytest.raises(DataError, match="different places"):
        scenario_difference(pd.Series({"a": 1.0}), pd.Series({"b": 1.0}))
    with pytest.raises(DataError, match="no value for 'a'"):
        scenario_difference(pd.Series({"a": 1.0}), pd.Series({"a": 1.0}), population=pd.Series({"b": 1.0}))


def test_closing_a_ring_road_costs_the_way_round():
    ring = both_ways([("a", "h", 5.0), ("a", "b", 4.0), ("b", "h", 10.0)])
    graph = simple_graph(ring)
    table = critical_edges(graph, ["a", "b"], ["h"], population=pd.Series({"a": 100.0, "b": 50.0}))
    first = table.iloc[0]
    assert (first["u"], first["v"], bool(first["bridge"])) == ("a", "h", False)
    # a goes 4 + 10 instead of 5, b 10 instead of 9
    assert first["extra"] == pytest.approx(100 * 9 + 50 * 1)
    assert first["people"] == 150
    assert first["extra_mean"] == pytest.approx(950 / 150)
    second = table.iloc[1]
    assert {second["u"], second["v"]} == {"a", "b"}
    assert second["extra"] == pytest.approx(50.0)


def test_a_bridge_of_the_graph_cuts_people_off_and_is_named():
    graph = simple_graph([*both_ways([("a", "b", 5.0), ("b", "h", 5.0)]), *both_ways([("x", "y", 1.0)])])
    table = critical_edges(graph, ["a", "b", "x"], ["h"])
    assert table[["u", "v", "bridge", "people", "cut_off"]].to_numpy().tolist() == [
        ["b", "h", True, 2.0, 2.0],
        ["a", "b", True, 1.0, 1.0],
    ]
    assert table.attrs["unreachable"] == 1


@given(seed=st.integers(0, 5000), symmetric=st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_closure_agrees_with_networkx_on_the_graph_without_it(seed, symmetric):
    rng = np.random.default_rng(seed)
    pairs = {tuple(p) for p in rng.integers(0, 9, (20, 2)).tolist() if p[0] != p[1]}
    edges = [(u, v, float(rng.integers(1, 9))) for u, v in sorted(pairs)]
    graph = simple_graph(both_ways(edges) if symmetric else edges)
    nodes, hospital = list(graph), next(iter(graph))
    table = critical_edges(graph, nodes, [hospital])
    cost = closest_facility(graph, [hospital])["cost"]
    for row in table.itertuples():
        closed = graph.copy()
        for u, v in ((row.u, row.v), (row.v, row.u)):
            closed.remove_edges_from([(u, v, k) for k in list(closed.get_edge_data(u, v, default={}))])
        new = nx.single_source_dijkstra_path_length(closed.reverse(), hospital, weight="travel_time")
        reached = [n for n in nodes if np.isfinite(cost[n])]
        assert row.cut_off == sum(n not in new for n in reached)
        assert row.extra == pytest.approx(sum(new[n] / 60 - cost[n] for n in reached if n in new), abs=1e-9)
        if symmetric:
            assert row.bridge == (row.cut_off > 0)
    assert bridge_pairs(graph) == {frozenset(p) for p in nx.bridges(nx.Graph(graph))}


def test_bad_people_are_refused():
    graph = simple_graph(both_ways([("a", "h", 5.0)]))
    for people in (pd.Series({"a": -1.0}), pd.Series({"b": 1.0}), pd.Series({"a": 0.0})):
        with pytest.raises(DataError, match="population must be"):
            critical_edges(graph, ["a"], ["h"], population=people)
    with pytest.raises(DataError, match="no facilities"):
        critical_edges(graph, ["a"], [])


@given(values=st.lists(st.floats(0, 1000), min_size=1, max_size=12))
def test_gini_agrees_with_the_mean_difference_and_stays_in_bounds(values):
    x = np.array(values)
    result = gini(pd.Series(x))
    assert -1e-12 <= result < 1
    if x.sum() > 1e-6:
        assert result == pytest.approx(np.abs(x[:, None] - x).sum() / (2 * len(x) ** 2 * x.mean()), abs=1e-9)


@given(values=st.lists(st.tuples(st.floats(0, 100), st.integers(1, 5)), min_size=1, max_size=8))
def test_a_weight_is_as_many_people(values):
    x, w = map(list, zip(*values, strict=True))
    spread = pd.Series(np.repeat(x, w))
    assert gini(pd.Series(x), weights=pd.Series(w)) == pytest.approx(gini(spread), abs=1e-9)


def test_shares_within_a_limit_hold_the_limit_and_weigh_people():
    cost = pd.Series([10.0, 30.0, INF], index=list("abc"))
    people = pd.Series([1.0, 2.0, 7.0], index=list("abc"))
    assert share_within(cost, limits=(10.0, 30.0, 60.0), weights=people).tolist() == pytest.approx([0.1, 0.3, 0.3])


def test_bad_values_are_refused():
    for values in ([INF], [-1.0], [np.nan]):
        with pytest.raises(DataError, match="finite and not negative"):
            gini(pd.Series(values))
    with pytest.raises(DataError, match="weights must be"):
        gini(pd.Series([1.0]), weights=pd.Series([0.0]))
    with pytest.raises(DataError, match="weights must be"):
        share_within(pd.Series([1.0]), weights=pd.Series([-2.0]))


@given(seed=st.integers(0, 10_000), count=st.integers(2, 7))
@settings(max_examples=40, deadline=None)
def test_the_tour_is_the_best_of_all_orders(seed, count):
    cost = np.random.default_rng(seed).uniform(1, 100, (count, count))
    names = [f"s{i}" for i in range(count)]
    tour = cheapest_tour(pd.DataFrame(cost, index=names, columns=names))
    best = min(
        sum(cost[a, b] for a, b in zip((0, *order), (*order, 0), strict=True))
        for order in permutations(range(1, count))
    )
    assert tour.cost == pytest.approx(best)
    assert tour.stops[0] == tour.stops[-1] == "s0"
    assert sorted(tour.stops[:-1]) == names
    number = {name: i for i, name in enumerate(names)}
    legs = zip(tour.stops[:-1], tour.stops[1:], strict=True)
    assert sum(cost[number[a], number[b]] for a, b in legs) == pytest.approx(tour.cost)


def test_tours_that_cannot_be_are_refused():
    apart = pd.DataFrame([[0.0, INF], [1.0, 0.0]])
    with pytest.raises(DataError, match="no tour reaches every place"):
        cheapest_tour(apart)
    with pytest.raises(DataError, match="same places"):
        cheapest_tour(pd.DataFrame(np.ones((2, 2)), columns=["a", "b"]))
    for count in (1, 17):
        with pytest.raises(ParameterError, match=f"there are {count} stops"):
            cheapest_tour(pd.DataFrame(np.ones((count, count))))
