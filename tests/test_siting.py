"""Siting: known answers, every choice tried, spopt, invariants, and proofs that do not hold where they must not."""

from dataclasses import replace
from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import siting_oracles as oracles
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import shortest_path

from nanyi_gis import siting
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.siting import (
    backup_coverage,
    efficient_within,
    hierarchical,
    max_coverage,
    p_center,
    p_median,
    price_of_more,
    regret,
    sensitivity,
    set_cover,
    spread,
    verify,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:spopt", "ignore::DeprecationWarning:pulp")
ORLIB = ("pmed1", "pmed5", "pmed6", "pmed11", "pmed16")


def proven(result, cost):
    """Hold a result against the matrix, and return whether it is the best."""
    found = verify(result, cost)
    assert found, found.faults
    assert found.cost == pytest.approx(result.cost, rel=1e-12)
    assert found.bound == pytest.approx(result.bound, rel=1e-9)
    return result.optimal and found.optimal


def orlib(shared, name):
    lines = (shared / "cases" / "siting" / f"{name}.txt").read_text().splitlines()
    nodes, _, p = (int(part) for part in lines[0].split())
    graph = np.zeros((nodes, nodes))
    for line in lines[1:]:
        if line.split():
            i, j, length = (int(part) for part in line.split())
            graph[i - 1, j - 1] = graph[j - 1, i - 1] = length
    optima = dict(
        line.split()
        for line in (shared / "cases" / "siting" / "orlib_pmedian_optima.txt").read_text().splitlines()
        if line.startswith("pmed")
    )
    centres = dict(
        line.split()
        for line in (shared / "cases" / "siting" / "orlib_pcenter_optima.txt").read_text().splitlines()
        if line.startswith("pmed")
    )
    return shortest_path(graph, directed=False), p, float(optima[name]), float(centres[name])


@pytest.mark.shared
@pytest.mark.parametrize("name", ORLIB)
def test_the_optima_of_or_library_are_proven(shared, name):
    cost, p, least, farthest = orlib(shared, name)
    for found, optimum in ((p_median(cost, p=p), least), (p_center(cost, p=p), farthest)):
        assert found.cost == optimum
        assert proven(found, cost)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("fixed", [(), ("s3", "s7")], ids=["free", "fixed"])
def test_spopt_finds_no_other_optimum(seed, fixed):
    cost, people = oracles.instance(seed)
    for found, optimum in (
        (p_median(cost, weights=people, p=4, fixed=fixed), oracles.median(cost, people, 4, fixed)),
        (p_center(cost, p=4, fixed=fixed), oracles.center(cost, 4, fixed)),
        (
            max_coverage(cost, weights=people, p=4, radius=14.0, fixed=fixed),
            oracles.coverage(cost, people, 4, 14.0, fixed),
        ),
        (set_cover(cost, radius=25.0, fixed=fixed), oracles.cover(cost, 25.0, fixed)),
        (backup_coverage(cost, radius=25.0, fixed=fixed), oracles.backup(cost, 25.0, fixed)),
    ):
        assert found.cost == pytest.approx(optimum, rel=1e-9), found.model
        assert set(fixed) <= set(found.chosen)
        assert proven(found, cost)


@pytest.mark.parametrize("seed", range(6))
def test_every_choice_of_twelve_is_tried(seed):
    cost, people = oracles.instance(seed, clients=20, sites=12)
    values, weights = cost.to_numpy(), people.to_numpy()

    def weighted(near):
        return (near.min(axis=1) * weights).sum()

    def covered(near):
        return weights[near.min(axis=1) <= 15.0].sum()

    def backed(near):
        times = (near <= 15.0).sum(axis=1)
        return 0.6 * weights[times >= 1].sum() + 0.4 * weights[times >= 2].sum()

    for fixed in ((), (2, 5)):
        labels = [f"s{at}" for at in fixed]
        median = p_median(cost, weights=people, p=4, fixed=labels)
        assert median.cost == pytest.approx(oracles.tried(values, weighted, 4, fixed=fixed))
        center = p_center(cost, p=4, fixed=labels)
        assert center.cost == oracles.tried(values, lambda near: near.min(axis=1).max(), 4, fixed=fixed)
        most = max_coverage(cost, weights=people, p=4, radius=15.0, fixed=labels)
        assert most.cost == oracles.tried(values, covered, 4, fixed=fixed, best=max)
        twice = backup_coverage(cost, weights=people, p=4, radius=15.0, second=0.4, fixed=labels)
        assert twice.cost == pytest.approx(oracles.tried(values, backed, 4, fixed=fixed, best=max))
        for found in (median, center, most, twice):
            assert proven(found, cost)


@pytest.mark.parametrize("seed", range(4))
def test_quotas_closed_sites_and_costs_of_sites_by_trying_all(seed):
    cost, people = oracles.instance(seed, clients=20, sites=12)
    values, weights = cost.to_numpy(), people.to_numpy()
    groups = ["north"] * 5 + ["south"] * 7
    fee = np.arange(12) * 100.0
    quota = p_median(
        cost, weights=people, quotas={"north": 1, "south": 2}, groups=groups, closed=["s1"], site_costs=fee
    )
    best = min(
        (values[:, [one, two, three]].min(axis=1) * weights).sum() + fee[[one, two, three]].sum()
        for one in range(5)
        for two in range(5, 12)
        for three in range(two + 1, 12)
        if one != 1
    )
    assert quota.cost == pytest.approx(best)
    assert proven(quota, cost)
    free = p_median(cost, weights=people, site_costs=2000.0)
    sizes = [
        oracles.tried(values, lambda near: (near.min(axis=1) * weights).sum() + 2000.0 * near.shape[1], p)
        for p in range(1, 13)
    ]
    assert free.cost == pytest.approx(min(sizes))
    assert proven(free, cost)
    priced = set_cover(cost, radius=20.0, site_costs=fee + 1.0)
    alive = (values <= 20.0).any(axis=1)
    covering = [
        (fee + 1.0)[list(chosen)].sum()
        for number in range(1, 13)
        for chosen in combinations(range(12), number)
        if (values[alive][:, list(chosen)] <= 20.0).any(axis=1).all()
    ]
    assert priced.cost == pytest.approx(min(covering))
    assert proven(priced, cost)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("goal", ["median", "coverage"])
def test_limited_capacity_by_trying_all_flows(seed, goal):
    cost, people = oracles.instance(seed, clients=10, sites=7)
    room = np.full(7, np.floor(people.sum() / 2.2))

    def flow(chosen):
        graph = nx.DiGraph()
        for client, weight in enumerate(people):
            graph.add_edge("from", f"c{client}", capacity=int(weight), weight=0)
            for site in chosen:
                if goal == "median" or cost.iloc[client, site] <= 20.0:
                    graph.add_edge(f"c{client}", f"s{site}", weight=round(10 * cost.iloc[client, site]))
        for site in chosen:
            graph.add_edge(f"s{site}", "to", capacity=int(room[site]), weight=0)
        if goal == "coverage":
            return -nx.maximum_flow_value(graph, "from", "to")
        sent = nx.max_flow_min_cost(graph, "from", "to")
        whole = sum(sent["from"].values()) == people.sum()
        return nx.cost_of_flow(graph, sent) / 10.0 if whole else np.inf

    best = min(flow(chosen) for chosen in combinations(range(7), 3))
    if goal == "median":
        found = p_median(cost, weights=people, p=3, capacity=room)
        assert found.cost == pytest.approx(best, rel=1e-7)
    else:
        found = max_coverage(cost, weights=people, p=3, radius=20.0, capacity=room)
        assert found.cost == pytest.approx(-best, rel=1e-7)
    assert found.gap < 1e-6
    assert verify(found, cost)
    taken = found.assignment[found.assignment["site"].notna()]
    load = (taken["weight"] * taken["share"]).groupby(taken["site"]).sum()
    assert (load <= room[0] * (1 + 1e-9)).all()


def test_levels_serve_for_those_below():
    cost, people = oracles.instance(3, clients=15, sites=8)
    levels = hierarchical(cost, weights={"village": people, "county": 0.2 * people}, p={"village": 2, "county": 1})
    values, weights = cost.to_numpy(), people.to_numpy()
    best = min(
        (values[:, [top, one, two]].min(axis=1) * weights).sum() + 0.2 * (values[:, top] * weights).sum()
        for top in range(8)
        for one in range(8)
        for two in range(one + 1, 8)
        if top not in (one, two)
    )
    assert levels.cost == pytest.approx(best)
    assert levels.optimal
    assert verify(levels.result, levels.cost_matrix)
    assert {name: len(sites) for name, sites in levels.chosen.items()} == {"village": 2, "county": 1}
    assert not set(levels.chosen["village"]) & set(levels.chosen["county"])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_cost_falls_with_p_and_never_by_a_rule(seed, p):
    cost, people = oracles.instance(seed, clients=25, sites=9)
    free = p_median(cost, weights=people, p=p)
    assert p_median(cost, weights=people, p=p + 1).cost <= free.cost + 1e-9
    assert p_median(cost, weights=people, p=p, fixed=["s0"]).cost >= free.cost - 1e-9
    assert p_median(cost, weights=people, p=p, closed=["s0"]).cost >= free.cost - 1e-9
    assert p_median(cost.drop(columns="s0"), weights=people, p=p).cost >= free.cost - 1e-9
    # other names and another order of the rows change nothing but them
    order = np.random.default_rng(seed).permutation(len(cost))
    turned = p_median(cost.iloc[order], weights=people, p=p)
    assert turned.cost == pytest.approx(free.cost, rel=1e-12)
    assert turned.chosen == free.chosen
    again = p_median(cost, weights=people, p=p)
    assert again.chosen == free.chosen
    assert [node.prices for node in again.certificate.nodes].__repr__() == [
        node.prices for node in free.certificate.nodes
    ].__repr__()


def test_of_equal_sites_the_first_is_chosen():
    cost = np.tile(np.arange(6.0)[:, None], (1, 4))
    for found in (p_median(cost, p=1), p_center(cost, p=1), max_coverage(cost, p=1, radius=3.0)):
        assert found.chosen == (0,), found.model


def test_what_cannot_be_reached_is_named_or_refused():
    cost = pd.DataFrame({"a": [1.0, np.inf, np.inf], "b": [np.inf, 2.0, np.inf]}, index=["x", "y", "石厢子"])
    found = p_median(cost, p=2)
    assert found.unserved == ("石厢子",)
    assert found.cost == 3.0
    assert found.assignment.loc["石厢子", "site"] is None
    assert verify(found, cost)
    with pytest.raises(DataError, match="no site reaches 石厢子; leave them out"):
        p_median(cost, p=2, unreachable="refuse")
    with pytest.raises(DataError, match=r"1 sites cannot reach all clients: . would be left without; raise p"):
        p_median(cost, p=1)
    with pytest.raises(DataError, match="1 sites cannot reach all clients"):
        p_center(cost, p=1)


def test_a_certificate_that_does_not_prove_is_told():
    cost, people = oracles.instance(5)
    found = p_median(cost, weights=people, p=4)
    assert verify(found, cost)
    better = verify(replace(found, cost=found.cost * 0.99), cost)
    assert not better
    assert "the choice costs" in better.faults[0]
    bold = replace(found, bound=found.cost, certificate=replace(found.certificate, nodes=found.certificate.nodes[:1]))
    low = found.certificate.nodes[0].prices
    bold.certificate.nodes[0] = replace(bold.certificate.nodes[0], prices=[prices * 0.5 for prices in low])
    assert any("the certificate proves" in fault for fault in verify(bold, cost).faults)
    other = tuple(site for site in cost.columns if site not in found.chosen)[:4]
    assert not verify(replace(found, chosen=other), cost)
    three = verify(replace(found, chosen=found.chosen[:3]), cost)
    assert "the chosen sites are not an allowed choice" in three.faults
    with pytest.raises(DataError, match="clients that are not the result's"):
        verify(found, cost.iloc[:-1])
    cheaper = cost.copy()
    cheaper.iloc[:, 0] = 0.0
    assert not verify(found, cheaper)


def test_prices_far_above_all_costs_prove_nothing():
    """Great sums that cancel leave noise of rounding, which once proved a worse choice to be the best."""
    cost = np.random.default_rng(0).random((30, 12)) * 30.0
    best = p_median(cost, p=1)
    worse = p_median(cost, p=1, fixed=[int(np.argmax(cost.sum(axis=0)))])
    random = np.random.default_rng(1)
    for _ in range(300):
        prices = random.random(30) * 10.0 ** random.integers(10, 20)
        forged = replace(best.certificate, nodes=[replace(best.certificate.nodes[0], prices=[prices])])
        told = replace(worse, given=best.given, bound=worse.cost, gap=0.0, certificate=forged)
        assert not verify(told, cost)


def test_dear_sites_are_paid_where_only_they_reach_someone():
    """What is out of reach counts for more than the costs of sites, or a client would be left out to save a site."""
    cost = np.array([[1.0, np.inf], [np.inf, 1.0]])
    found = p_median(cost, site_costs=1e6)
    assert found.chosen == (0, 1)
    assert proven(found, cost)


def test_labels_of_several_levels_are_pairs():
    cost = pd.DataFrame(
        [[0.0, 4.0], [4.0, 0.0]],
        index=pd.MultiIndex.from_product([["north"], [1, 2]]),
        columns=pd.MultiIndex.from_product([["site"], [1, 2]]),
    )
    found = p_median(cost, weights=pd.Series([1.0, 5.0], index=cost.index), p=1)
    assert found.chosen == (("site", 2),)
    assert proven(found, cost)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda cost: p_median(cost, p=1, fixed=None), "fixed is None"),
        (lambda cost: p_median(cost, p=1, fixed=[[0]]), "no label"),
        (lambda cost: p_median(cost[None], p=1), "shape"),
        (lambda cost: p_median(cost * 1e307, weights=9.0, p=1), "greater units"),
        (lambda cost: p_median(cost, p=None, quotas={"a": 0}, groups=["a"] * 3), "all 0"),
        (lambda cost: max_coverage(pd.DataFrame(cost > 1).astype("boolean").mask(cost > 8), p=1), "neither true"),
        (lambda cost: sensitivity(p_center, {"now": (cost, None)}, p=1), "no weights"),
        (lambda cost: price_of_more(p_median, cost, p=2, more=2), "goes up to 4"),
    ],
)
def test_what_no_search_can_begin_with_is_told_in_one_line(ask, message):
    with pytest.raises((DataError, ParameterError), match=message) as told:
        ask(np.array([[0.0, 4.0, 9.0], [4.0, 0.0, 5.0]]))
    assert "\n" not in str(told.value)


def test_a_search_that_ends_early_says_how_good_it_is():
    cost, people = oracles.instance(1, clients=400, sites=80)
    found = p_median(cost, weights=people, p=9, seconds=1e-6)
    assert found.stopped
    assert verify(found, cost)
    assert found.bound <= p_median(cost, weights=people, p=9).cost <= found.cost
    near = p_median(cost, weights=people, p=9, gap=0.2)
    assert not near.stopped
    assert near.gap <= 0.2
    assert "the time ran out" in found.proof


def test_one_more_regret_and_what_if():
    cost, people = oracles.instance(2)
    curve = price_of_more(p_median, cost, weights=people, p=2, more=3)
    assert curve["cost"].tolist() == [p_median(cost, weights=people, p=p).cost for p in (2, 3, 4, 5)]
    assert curve["saved"].iloc[1:].tolist() == pytest.approx((-curve["cost"].diff()).iloc[1:].tolist())
    groups = pd.Series(["n"] * 7 + ["s"] * 8, index=cost.columns)
    split = price_of_more(p_median, cost, weights=people, quotas={"n": 1, "s": 1}, groups=groups, more=1)
    choices = [
        p_median(cost, weights=people, quotas=quotas, groups=groups).cost
        for quotas in ({"n": 2, "s": 1}, {"n": 1, "s": 2})
    ]
    assert split["cost"].iloc[1] == pytest.approx(min(choices))
    fixed = p_median(cost, weights=people, p=4, fixed=["s0", "s3"])
    lost = regret(fixed, cost)
    assert lost["s0"] == pytest.approx(fixed.cost - p_median(cost, weights=people, p=4, fixed=["s3"]).cost)
    center = p_center(cost, p=4, fixed=["s0"])
    assert regret(center, cost)["s0"] == pytest.approx(center.cost - p_center(cost, p=4).cost)
    loss = fixed.sites["loss"].dropna()
    without = cost[[site for site in fixed.chosen if site != "s0"]].min(axis=1)
    assert loss["s0"] == pytest.approx((without * people).sum() - fixed.cost)
    within = efficient_within(cost, weights=people, p=4, slack=0.05)
    assert within.median.assignment["cost"].max() <= within.center.cost * 1.05
    assert within.median.cost >= p_median(cost, weights=people, p=4).cost - 1e-9
    assert spread(within.median)["max"] <= within.radius
    cases = {"census": (cost, people), "even": (cost, np.ones(60))}
    what_if = sensitivity(p_median, cases, p=4)
    assert what_if.share.sum() == pytest.approx(4.0)
    assert (what_if.regret.to_numpy() >= 0.0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cost": [[np.nan, 1.0]]}, "cost of client 0 at site 0 is nan, but must be zero or more"),
        ({"cost": [[-1.0, 1.0]]}, "cost of client 0 at site 0 is -1"),
        ({"weights": [1.0, -1.0]}, "weights must be zero or more"),
        ({"weights": [0.0, 0.0]}, "weights are all zero"),
        ({"weights": [1.0]}, "weights are 1 numbers, but 2 are needed"),
        ({"weights": [1.0, np.nan]}, "weights must be a number"),
        ({"p": 4}, "p is 4, but there are 3 sites to choose from"),
        ({"p": 1, "fixed": [0, 1]}, "p is 1, but 2 sites are fixed, which count"),
        ({"fixed": [0], "closed": [0]}, "site 0 is fixed and closed"),
        ({"fixed": [7]}, "fixed site 7 is no column of the cost matrix"),
        ({"fixed": [1, 1]}, "fixed names site 1 twice"),
        ({"p": 0}, "p is 0, but must be a whole number"),
        ({"p": None}, "neither p nor quotas nor site_costs"),
        ({"quotas": {"n": 1}}, "quotas are given without groups"),
        ({"quotas": {"n": 3}, "groups": ["n", "n", "s"]}, "quota of n is 3, but 2 of its sites can be chosen"),
        ({"quotas": {"w": 1}, "groups": ["n", "n", "s"]}, "quota of w is 1, but 0 of its sites can be chosen"),
        ({"quotas": {"n": 1}, "groups": ["n", "n"]}, "groups are 2, but there are 3 sites"),
        ({"p": 1, "quotas": {"n": 1, "s": 1}, "groups": ["n", "n", "s"]}, "quotas sum to 2, but p is 1"),
        ({"capacity": [0.1, 0.1, 0.1], "p": 2}, "the demand of 2 does not find room"),
        ({"capacity": [1.0, -1.0, 1.0]}, "capacity must be zero or more"),
        ({"site_costs": [1.0]}, "site_costs are 1 numbers, but 3 are needed"),
        ({"gap": 2.0}, "gap is 2, but must be a share below 1"),
        ({"seconds": 0.0}, "seconds is 0.0 s, but must be above zero"),
        ({"unreachable": "maybe"}, "unreachable is 'maybe', but must be one of: leave out, refuse"),
        ({"cost": [[True, False]]}, "cost is true and false, but must be numbers"),
        ({"cost": np.zeros((0, 3))}, "needs at least one client"),
        ({"cost": np.full((2, 3), np.inf)}, "no client is reached by any site"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_bad_input_is_told_in_one_line(change, message):
    options = {"cost": [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], "p": 2, **change}
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        p_median(np.array(options.pop("cost")), **options)
    assert "\n" not in str(caught.value)


def test_names_that_disagree_tell_of_a_transposed_matrix():
    cost = pd.DataFrame([[1.0, 2.0], [2.0, 1.0], [4.0, 1.0]], index=list("xyz"), columns=list("ab"))
    people = pd.Series([1.0, 2.0, 3.0], index=list("xyz"))
    with pytest.raises(DataError, match=r"weights are missing for a, b .*the matrix looks transposed"):
        p_median(cost.T, weights=people, p=1)
    with pytest.raises(DataError, match="it is a client, so the matrix looks transposed"):
        p_median(cost.T, p=1, fixed=["a"])
    with pytest.raises(DataError, match="client 'x' is there twice"):
        p_median(pd.concat([cost, cost]), p=1)
    with pytest.raises(DataError, match="site 'a' is there twice"):
        p_median(pd.concat([cost, cost], axis=1), p=1)


def test_seconds_are_suspected_where_minutes_are_meant():
    cost, people = oracles.instance(0)
    with pytest.raises(DataError, match="looks like seconds; divide the matrix by 60"):
        max_coverage(cost * 60.0, weights=people, p=3, radius=15.0)
    assert max_coverage(cost, weights=people, p=3, radius=15.0).cost > 0
    with pytest.raises(ParameterError, match="no radius is given"):
        max_coverage(cost, p=3)
    with pytest.raises(ParameterError, match="the matrix is true and false already"):
        max_coverage(cost < 15.0, p=3, radius=15.0)


def test_a_matrix_of_true_and_false_is_coverage():
    cost, people = oracles.instance(4)
    found = max_coverage(cost <= 15.0, weights=people, p=4)
    assert found.cost == max_coverage(cost, weights=people, p=4, radius=15.0).cost
    assert proven(found, cost <= 15.0)


def test_what_is_given_is_not_changed():
    cost, people = oracles.instance(6)
    before, weights = cost.copy(), people.copy()
    p_median(cost, weights=people, p=3)
    max_coverage(cost, weights=people, p=3, radius=10.0)
    p_center(cost, p=3)
    pd.testing.assert_frame_equal(cost, before)
    pd.testing.assert_series_equal(people, weights)


def test_the_rooms_face_has_the_contracts_names():
    for name in ("p_median", "max_coverage", "p_center", "set_cover", "verify"):
        assert callable(getattr(siting, name))
