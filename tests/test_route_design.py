"""Designed routes against all designs of small graphs, and what must hold of every design."""

import itertools
import subprocess
import sys

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
    for seed in range(30 * block, 30 * block + 30):
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


def best_walk(edges, sites, *, length, links, nodes, line, start):
    """Return the most that any loop or line collects, by trying how often each link is driven."""
    best = None
    for times in itertools.product(range(2 if line else 3), repeat=len(edges)):
        if sum(n * edge[3] for n, edge in zip(times, edges, strict=True)) > length:
            continue
        if any(edge[0] in links and not n for n, edge in zip(times, edges, strict=True)):
            continue
        drawn = nx.MultiGraph()
        for n, (_, u, v, _) in zip(times, edges, strict=True):
            drawn.add_edges_from([(u, v)] * n)
        held = {*nodes, *([] if start is None else [start])}
        if not drawn:
            options = [held] if held else [{node} for node in sites["node"]]
            options = [option for option in options if len(option) == 1]
        elif not held <= set(drawn) or not nx.is_connected(drawn):
            continue
        else:
            odd = [node for node, degree in drawn.degree() if degree % 2]
            simple = len(odd) == 2 and max(dict(drawn.degree()).values()) <= 2 and (start is None or start in odd)
            options = [set(drawn)] if (simple if line else not odd) else []
        best = max([*([] if best is None else [best]), *(worth(option, sites) for option in options)], default=None)
    return best


@pytest.mark.parametrize("shape", ["loop", "line"])
def test_loops_and_lines_of_random_graphs_are_the_best(shape):
    for seed in range(25):
        edges, sites, length, held, must = random_case(seed, nodes=6, links=7)
        start = int(sites["node"][0]) if seed % 3 == 0 else None
        best = best_walk(edges, sites, length=length, links=held, nodes=must, line=shape == "line", start=start)
        asked = {"length_m": length, "must_include": [*held, *must], "prizes": sites, "shape": shape, "start": start}
        if best is None:
            with pytest.raises(ParameterError, match=r"longer than length_m|must be included"):
                design_route(graph_of(edges), **asked)
            continue
        design = design_route(graph_of(edges), **asked)
        assert design.prize == pytest.approx(best), seed
        assert design.length_m <= length + 1e-6
        assert sorted(design.order) == sorted(np.repeat(design.links["id"], design.links["times"]))
        check_driven(design, graph_of(edges), shape=shape, start=start)


def check_driven(design, graph, *, shape, start):
    """The links in their order make one way, from the start, and back to it in a loop."""
    ends = {data["id"]: {u, v} for u, v, data in graph.edges(data=True)}
    if not design.order:
        return
    for begin in sorted(ends[design.order[0]]) if start is None else [start]:
        here = begin
        for name in design.order:
            assert start is None or here in ends[name]
            if here not in ends[name]:
                break
            here = next(iter(ends[name] - {here}), here)
        else:
            if shape == "line" or here == begin:
                return
    raise AssertionError(f"the links {design.order} make no {shape}")


STAR = [("a", "hub", "A", 3000), ("b", "hub", "B", 4000), ("c", "hub", "C", 5000), ("far", "C", "D", 20000)]


def test_a_star_by_hand():
    """Of arms of 3, 4 and 5 km with prizes 3, 5 and 6, 9 km hold b and c; 12 km hold all but the far one."""
    sites = sites_of({"A": 3.0, "B": 5.0, "C": 6.0, "D": 1.0}, name=["甲", "乙", "丙", "丁"])
    design = design_route(graph_of(STAR), length_m=9000.0, must_include=["hub"], prizes=sites)
    assert design.links["id"].tolist() == ["b", "c"]
    assert (design.prize, design.bound, design.gap, design.length_m) == (11.0, 11.0, 0.0, 9000.0)
    assert design.unserved == ("甲", "丁")
    assert design.links.set_index("id")["prize"].to_dict() == {"b": 5.0, "c": 6.0}
    assert design_route(graph_of(STAR), length_m=12500.0, must_include=["hub"], prizes=sites).prize == 14.0


def test_shared_scenery_counts_once_with_its_largest_prize():
    sites = sites_of({"A": 3.0, "B": 5.0, "C": 4.5}, group=["gorge", "gorge", ""], name=["a", "b", "c"])
    design = design_route(graph_of(STAR), length_m=12000.0, must_include=["hub"], prizes=sites)
    assert design.prize == 9.5
    assert set(design.links["id"]) == {"b", "c"}
    whole = design_route(graph_of(STAR), length_m=12000.0, must_include=["hub", "A"], prizes=sites)
    assert whole.prizes.set_index("name")["counted"].to_dict() == {"a": 0.0, "b": 5.0, "c": 4.5}
    assert whole.prizes.set_index("name")["reason"]["a"] == "counted with b"


def test_mandated_links_may_close_a_circle():
    ring = [("p", 0, 1, 2000), ("q", 1, 2, 2000), ("r", 2, 0, 2000), ("s", 2, 3, 1000)]
    design = design_route(graph_of(ring), length_m=7000.0, must_include=["p", "q", "r"], prizes=sites_of({3: 1.0}))
    assert design.links["id"].tolist() == ["p", "q", "r", "s"]
    assert design.links["mandated"].tolist() == [True, True, True, False]


def test_a_corridor_and_its_upgrade_are_one_road():
    edges = [("old", 0, 1, 5000), ("new", 0, 1, 5000), ("on", 1, 2, 1000)]
    corridor = {"old": {"corridor": "K-1"}, "new": {"corridor": "K-1", "status": "planned"}}
    design = design_route(
        graph_of(edges, **corridor), length_m=6000.0, must_include=["K-1"], prizes=sites_of({2: 1.0})
    )  # fmt: skip
    assert design.links["id"].tolist() == ["old", "on"]


def test_coverage_grows_with_length():
    edges, *_ = random_case(3, nodes=9, links=14)
    turn = np.random.default_rng(3)
    sites = sites_of(dict(enumerate(turn.random(9).tolist())))
    found = [design_route(graph_of(edges), length_m=float(m), prizes=sites).prize for m in range(2, 40, 4)]
    assert found == sorted(found)


def test_the_same_question_has_the_same_answer():
    edges, sites, *_ = random_case(8, nodes=12, links=24)
    one, two = (design_route(graph_of(edges), length_m=25.0, prizes=sites) for _ in range(2))
    assert one.links.drop(columns="geometry").equals(two.links.drop(columns="geometry"))
    assert one.notes == two.notes


def test_the_graph_and_the_table_stay_as_they_were():
    graph, sites = graph_of(STAR), sites_of({"A": 3.0})
    before = nx.to_dict_of_dicts(graph), sites.copy()
    design_route(graph, length_m=9000.0, prizes=sites)
    assert nx.to_dict_of_dicts(graph) == before[0]
    assert sites.equals(before[1])


def test_sites_by_coordinates_go_to_the_nearest_node_of_the_roads():
    places = {"hub": (0, 0), "A": (3000, 0), "B": (0, 4000), "C": (-5000, 0), "D": (-25000, 0)}
    sites = pd.DataFrame({"x": [2900.0], "y": [30.0], "prize": [1.0], "name": ["fort"]})
    design = design_route(graph_of(STAR, places), length_m=9000.0, must_include=["hub"], prizes=sites)
    assert design.prizes["node"].tolist() == ["A"]
    assert design.prizes["snap_m"].tolist() == [pytest.approx(np.hypot(100, 30))]
    points = gpd.GeoDataFrame(sites[["prize"]], geometry=gpd.points_from_xy(sites["x"], sites["y"]), crs="EPSG:4544")
    assert design_route(graph_of(STAR, places), length_m=9000.0, prizes=points.to_crs(4326)).prize == 1.0


def test_motorways_railways_and_closed_roads_are_left_out():
    marks = {"a": {"highway": "motorway"}, "b": {"highway": "rail"}, "c": {"status": "closed"}}
    graph = graph_of(STAR, None, **marks)
    assert Links.of(graph).keys.tolist() == ["far"]
    assert Links.of(graph, classes=["motorway"]).keys.tolist() == ["a"]
    with pytest.raises(ParameterError, match=r"must_include names 'a', which no road here can take \(motorway\)"):
        design_route(graph, length_m=9000.0, must_include=["a"], prizes=sites_of({"D": 1.0}))


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (
            {"length_m": 6000.0, "must_include": ["a", "b"]},
            ParameterError,
            "7.0 km, 1.0 km longer than length_m",
        ),
        ({"length_m": 6000.0, "must_include": ["A", "B"]}, ParameterError, "at least 7.0 km to join, 1.0 km above"),
        ({"length_m": 6000.0, "must_include": ["A", "isle"]}, DataError, "2 parts of the network that no road joins"),
        ({"length_m": 9.0}, ParameterError, "looks like kilometres; write 9000"),
        ({"length_m": -5.0}, ParameterError, "must be above zero"),
        ({"length_m": float("nan")}, ParameterError, "finite"),
        ({"must_include": ["I-99"]}, ParameterError, "no corridor, link or node has that id"),
        ({"prizes": sites_of({"A": 0.0})}, ParameterError, "none with a prize above zero"),
        ({"prizes": sites_of({})}, ParameterError, "nothing to collect"),
        ({"prizes": sites_of({"A": -1.0})}, DataError, "zero or more"),
        ({"prizes": sites_of({"Z": 1.0})}, DataError, "is 'Z', which is not in the graph"),
        ({"prizes": sites_of({"A": 1.0, "isle": 2.0}, name=["x", "孤岛"])}, DataError, "to 孤岛; add one"),
        ({"prizes": pd.DataFrame({"prize": [1.0]})}, ParameterError, "neither a column node nor x and y"),
        ({"solver": "magic"}, ParameterError, "must be one of: auto, exact, fast"),
        ({"shape": "spiral"}, ParameterError, "must be one of: network, loop, line"),
        ({"start": "Z"}, ParameterError, "is no node of the graph"),
        ({"gap": 1.5}, ParameterError, "must be a share below 1"),
        ({"time_limit_s": 0}, ParameterError, "must be above zero"),
        ({"time_limit_s": True}, ParameterError, "time_limit_s is True, but must be a finite number"),
        ({"length_m": 10**400}, ParameterError, "length_m is beyond 1e308"),
        ({"length_m": True}, ParameterError, "length_m is True"),
        ({"length_m": "15000"}, ParameterError, "length_m is '15000', but must be a number of metres"),
        ({"length_m": None}, ParameterError, "must be a number of metres"),
        ({"must_include": None}, ParameterError, "must_include is None, but must be a list of ids"),
        ({"must_include": 7}, ParameterError, "must_include is 7, but must be a list of ids"),
        ({"must_include": [""]}, ParameterError, "must_include holds an empty text"),
        ({"must_include": ["hub", " "]}, ParameterError, "must_include holds an empty text"),
        ({"must_include": [None]}, ParameterError, "must_include holds None"),
        ({"must_include": [["hub"]]}, ParameterError, "must_include holds ['hub'], but takes ids"),
        ({"must_include": ["hub", "rock"]}, DataError, "2 parts of the network that no road joins (at 站hub, 站rock)"),
        ({"seed": "a"}, ParameterError, "seed is 'a'"),
        ({"seed": -1}, ParameterError, "seed is -1, but must be a whole number of at least 0"),
        ({"seed": 1.5}, ParameterError, "seed is 1.5"),
        ({"seed": True}, ParameterError, "seed is True"),
        ({"classes": 5}, ParameterError, "classes is 5, but must be a list"),
        ({"snap_limit_m": 0}, ParameterError, "snap_limit_m is 0 m, but must be above zero"),
        ({"graph": None}, ParameterError, "graph is NoneType, but must be a graph"),
        ({"graph": pd.DataFrame()}, ParameterError, "graph is DataFrame, but must be a graph"),
        ({"graph": nx.MultiDiGraph(crs="EPSG:xyz")}, DataError, "graph['crs'] is 'EPSG:xyz', which is no CRS"),
        ({"prizes": None}, ParameterError, "prizes is NoneType, but must be a table"),
        ({"prizes": sites_of({"A": np.nan})}, DataError, "prize of row 1 is empty"),
        ({"prizes": sites_of({"A": np.inf})}, DataError, "must be a finite number"),
        ({"prizes": sites_of({np.int64(9): 1.0})}, DataError, "node of row 1 is 9, which is not in the graph"),
        ({"prizes": sites_of({"A": 1.0}, stay_min=[-5.0])}, DataError, "the minutes of a stay must be zero or more"),
        (
            {"prizes": pd.DataFrame({"node": ["A", "B", "A"], "prize": [2.0, 1.0, 2.0], "name": ["fort", "", "fort"]})},
            DataError,
            "fort stands at the same place in rows 1 and 3",
        ),
        (
            {"prizes": pd.DataFrame({"x": [105.4], "y": [27.8], "prize": [1.0], "name": ["fort"]}), "far": 3.1e6},
            DataError,
            "fort at x 105.4, y 27.8 lies 3,096 km from any road, above snap_limit_m of 20 km; give x and y in "
            "EPSG:4544, not in degrees",
        ),
        (
            {"prizes": pd.DataFrame({"x": [np.nan], "y": [0.0], "prize": [1.0]})},
            DataError,
            "x of row 1 is empty",
        ),
        ({"minutes": 60.0}, ParameterError, "minutes are for a loop, but shape is 'network'"),
        ({"minutes": 60.0, "shape": "loop"}, ParameterError, "length_m and minutes are both given"),
        ({"minutes": 60.0, "length_m": None, "shape": "loop"}, DataError, "link 'a' has no travel_time"),
        ({"length_m": 6000.0, "must_include": ["A", "B"], "shape": "loop"}, ParameterError, "14.0 km, 8.0 km longer"),
        ({"must_include": ["a", "b", "c"], "shape": "line"}, ParameterError, "ask for a loop or a network"),
    ],
)
def test_bad_input_is_told_in_one_line(asked, error, words):
    graph = graph_of([*STAR, ("apart", "isle", "rock", 1000)])
    given = {"length_m": 15000.0, "prizes": sites_of({"A": 3.0, "B": 1.0}), "must_include": ["hub"], **asked}
    for node in graph.nodes.values():
        node["y"] += given.get("far", 0.0)
    given.pop("far", None)
    with pytest.raises(error) as told:
        design_route(given.pop("graph", graph), **given)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_a_site_may_lie_off_the_road_as_far_as_is_allowed():
    places = {"hub": (0, 0), "A": (3000, 0), "B": (0, 4000), "C": (-5000, 0), "D": (-25000, 0)}
    sites = pd.DataFrame({"x": [0.0, 2000.0], "y": [29_000.0, 0.0], "prize": [1.0, 1.0], "name": ["peak", "ford"]})
    with pytest.raises(DataError, match=r"peak at x 0, y 29000 lies 25 km from any road, above snap_limit_m of 20 km"):
        design_route(graph_of(STAR, places), length_m=9000.0, prizes=sites)
    far = design_route(graph_of(STAR, places), length_m=9000.0, prizes=sites, snap_limit_m=25_000.0)
    assert far.prizes["node"].tolist() == ["B", "A"]


def test_a_day_by_hand():
    """At 30 km/h A is 6 minutes off and B 8: with 20 minutes at each both take 2 x 14 + 40, and A alone 32."""
    sites = sites_of({"A": 3.0, "B": 5.0}, name=["甲", "乙"], stay_min=[20.0, 20.0])
    graph = graph_of(STAR[:3])
    for *_, data in graph.edges(data=True):
        data["travel_time"] = data["length"] / 30_000 * 3600
    asked = {"prizes": sites, "shape": "loop", "start": "hub"}
    both, one, none = (design_route(graph, minutes=m, **asked) for m in (68.0, 67.0, 31.0))
    assert (both.prize, both.minutes, both.length_m, both.unserved) == (8.0, pytest.approx(68.0), 14_000.0, ())
    assert (one.prize, one.minutes, one.unserved) == (5.0, pytest.approx(36.0), ("甲",))
    assert one.prizes["reason"].tolist() == ["the time goes to other sites", ""]
    assert (none.prize, none.minutes, len(none.links)) == (0.0, 0.0, 0)
    assert np.isnan(design_route(graph, length_m=9000.0, **asked).minutes)


def test_a_link_of_no_length_in_numbers_is_named():
    with pytest.raises(DataError, match=r"link 'a' has the length nan"):
        design_route(graph_of([("a", 0, 1, float("nan"))]), length_m=9000.0, prizes=sites_of({1: 1.0}))


class TestWaysToName:
    """Nodes whose ids are numbers, links by their ends, prizes by node."""

    def square(self):
        graph = nx.MultiDiGraph(crs="EPSG:4544")
        graph.add_nodes_from((node, {"x": 5000.0 * (node % 2), "y": 5000.0 * (node // 2)}) for node in range(4))
        ends = [(0, 1), (1, 3), (3, 2), (2, 0)]
        graph.add_edges_from((u, v, {"id": str(number), "length": 5000.0}) for number, (u, v) in enumerate(ends))
        return graph

    def test_a_number_is_a_node_and_a_text_a_link(self):
        sites = {0: 1.0, 1: 1.0, 2: 1.0}
        node = design_route(self.square(), length_m=5000.0, must_include=[2], prizes=sites)
        link = design_route(self.square(), length_m=5000.0, must_include=["2"], prizes=sites)
        assert node.links["id"].tolist() == ["3"]
        assert link.links["id"].tolist() == ["2"]

    @pytest.mark.parametrize("ends", [(3, 2), (2, 3), (3, 2, 0)])
    def test_a_link_by_its_ends(self, ends):
        found = design_route(self.square(), length_m=10_000.0, must_include=[ends], prizes={0: 1.0})
        assert sorted(found.links["id"]) == ["2", "3"]
        assert found.links.set_index("id")["mandated"].to_dict() == {"2": True, "3": False}

    @pytest.mark.parametrize("ends", [(0, 3), (0, 9), (0,), ()])
    def test_ends_without_a_road_are_named(self, ends):
        with pytest.raises(ParameterError, match=r"must_include names .*no road here joins"):
            design_route(self.square(), length_m=10_000.0, must_include=[ends], prizes={0: 1.0})

    def test_a_mapping_a_series_and_a_table_of_prizes_are_one(self):
        worth = {1: 3.0, 3: 4.0}
        table = pd.DataFrame({"node": list(worth), "prize": list(worth.values())})
        found = [
            design_route(self.square(), length_m=10_000.0, must_include=[0], prizes=given)
            for given in (worth, pd.Series(worth), table)
        ]
        assert {design.prize for design in found} == {7.0}
        assert {tuple(design.links["id"]) for design in found} == {("0", "1")}

    def test_a_prize_that_is_no_number_is_refused(self):
        with pytest.raises(DataError, match="prize"):
            design_route(self.square(), length_m=10_000.0, prizes={0: "much"})


def test_the_solver_writes_nothing_to_the_streams():
    """What it prints does not pass through Python, so only another process shows it."""
    code = (
        "import networkx as nx; from nanyi_gis.route import design_route\n"
        "graph = nx.MultiDiGraph(crs='EPSG:4544')\n"
        "graph.add_nodes_from([(0, {'x': 0, 'y': 0}), (1, {'x': 9000, 'y': 0}), (2, {'x': 0, 'y': 4000})])\n"
        "graph.add_edges_from([(0, 1, {'id': 'e', 'length': 1e4}), (0, 2, {'id': 'n', 'length': 4e3})])\n"
        "sites = {1: 9.0, 2: 5.0}\n"
        "design_route(graph, length_m=5e3, must_include=[0], prizes=sites, solver='exact')\n"
        "design_route(graph, length_m=1e4, must_include=[0], prizes=sites, shape='loop')"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("", "")
