"""Designed routes against all designs of small graphs, and what must hold of every design."""

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.route import Links, design_route


def graph_of(edges, places=None, **attributes):
    """Return a graph of ``(id, u, v, metres)`` rows in both directions; nodes on a circle where no place is given."""
    graph = nx.MultiDiGraph(crs="EPSG:4544")
    nodes = sorted({node for _, u, v, _ in edges for node in (u, v)} | set(places or ()), key=str)
    for i, node in enumerate(nodes):
        angle = 2 * np.pi * i / len(nodes)
        x, y = (places or {}).get(node, (1e4 * np.cos(angle), 1e4 * np.sin(angle)))
        graph.add_node(node, x=float(x), y=float(y), name_zh=f"站{node}")
    for name, u, v, length in edges:
        data = {"id": name, "length": float(length), "highway": "tertiary", "status": "open", "corridor": ""}
        data |= attributes.get(name, {})
        graph.add_edge(u, v, **data, reversed=False)
        graph.add_edge(v, u, **data, reversed=True)
    return graph


def sites_of(prizes, **columns):
    return pd.DataFrame({"node": list(prizes), "prize": list(prizes.values()), **columns})


def worth(nodes, sites):
    """Return what nodes collect: of each group the largest prize."""
    best = {}
    for i, site in enumerate(sites.itertuples()):
        key = getattr(site, "group", "") or ("alone", i)
        if site.node in nodes:
            best[key] = max(best.get(key, 0.0), site.prize)
    return sum(best.values())


def best_of_all(edges, sites, *, length, links=(), nodes=()):
    """Return the most that any connected set of links collects, by trying all of them; None if none is allowed."""
    best = None
    for count in range(len(edges) + 1):
        for chosen in itertools.combinations(edges, count):
            if not set(links) <= {edge[0] for edge in chosen} or sum(edge[3] for edge in chosen) > length + 1e-9:
                continue
            drawn = nx.Graph((u, v) for _, u, v, _ in chosen)
            drawn.add_nodes_from(nodes)
            if drawn.number_of_nodes() and not nx.is_connected(drawn):
                continue
            options = [set(drawn)] if drawn.number_of_nodes() else [{node} for node in sites["node"]]
            best = max([best or 0.0, *(worth(option, sites) for option in options)])
    return best


def random_case(seed, *, nodes=7, links=10):
    turn = np.random.default_rng(seed)
    pairs = list(itertools.combinations(range(nodes), 2))
    tree = [(i, int(turn.integers(0, i))) for i in range(1, nodes)]
    extra = [pairs[i] for i in turn.choice(len(pairs), links - len(tree))]
    edges = [(f"e{i}", u, v, int(turn.integers(1, 10))) for i, (u, v) in enumerate(tree + extra)]
    at = turn.choice(nodes, 5)
    sites = pd.DataFrame({"node": at, "prize": turn.integers(0, 9, 5).astype(float)})
    sites["group"] = turn.choice(["", "", "gorge", "town"], 5)
    sites.loc[0, "prize"] = 4.0
    held = [edges[i][0] for i in turn.choice(len(edges), int(turn.integers(0, 3)), replace=False)]
    must = [int(turn.integers(0, nodes))] if turn.random() < 0.4 else []
    return edges, sites, float(turn.integers(3, 30)), held, must


def check_design(design, *, length, links=(), nodes=()):
    assert design.length_m <= length + 1e-6
    assert design.length_m == pytest.approx(design.links["length_m"].sum())
    assert set(links) <= set(design.links["id"])
    drawn = nx.Graph(zip(design.links["u"], design.links["v"], strict=True))
    drawn.add_nodes_from(design.nodes["node"])
    assert set(nodes) <= set(drawn)
    assert nx.is_connected(drawn)
    assert design.prize == pytest.approx(design.prizes["counted"].sum())
    assert design.prize == pytest.approx(design.nodes["prize"].sum())
    assert design.bound >= design.prize


@pytest.mark.parametrize("solver", ["exact", "fast"])
@pytest.mark.parametrize("block", range(4))
def test_designs_of_random_graphs_are_the_best_and_bounds_are_bounds(solver, block):
    for seed in range(50 * block, 50 * block + 50):
        edges, sites, length, held, must = random_case(seed)
        best = best_of_all(edges, sites, length=length, links=held, nodes=must)
        graph = graph_of(edges)
        asked = {"length_m": length, "must_include": [*held, *must], "prizes": sites, "solver": solver, "seed": seed}
        if best is None:
            with pytest.raises(ParameterError, match=r"longer than length_m|above length_m"):
                design_route(graph, **asked)
            continue
        design = design_route(graph, **asked)
        check_design(design, length=length, links=held, nodes=must)
        assert design.bound >= best - 1e-6, seed
        assert design.prize <= best + 1e-6, seed
        assert design.prize == pytest.approx(worth(set(design.nodes["node"]), sites)), seed
        if solver == "exact":
            assert design.prize == pytest.approx(best), seed
            assert design.gap == 0.0
