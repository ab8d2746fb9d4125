"""Scenarios by year, and a user's own."""

import datetime
import json

import pytest
from road_samples import lattice_lines, node_at

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.network import build_graph, load_scenario, scenario
from nanyi_gis.network.scenario import scenario_date


@pytest.fixture(scope="module")
def graph():
    return build_graph()


def write(tmp_path, text, name="own.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def edges_of(graph, **wanted):
    return [d for *_, d in graph.edges(data=True) if all(d[k] == v for k, v in wanted.items())]


def test_dates_count_whole_days_and_years_their_last():
    lines = lattice_lines(2).assign(opened=["2020", "2020-06", "2020-06-15", ""], status="planned")
    graph = build_graph(lines)
    counts = [
        scenario(graph, year=d).number_of_edges() // 2 for d in ("2020-06-14", "2020-06-15", "2020-06-30", "2020-12-31")
    ]
    assert counts == [0, 1, 1, 3]
    assert scenario(graph, year="2020-07-01").number_of_edges() // 2 == 2
    assert scenario(graph, year="complete").number_of_edges() // 2 == 4


def test_a_date_object_and_names_are_understood():
    assert scenario_date(datetime.date(2024, 2, 9)) == "2024-02-09"
    assert scenario_date("Today") == "2026-02-28"
    assert scenario_date(2024) == "2024-12-31"
    assert scenario_date(2040) == "complete"


@pytest.mark.parametrize("year", ["soon", "2022-13-01", 22, ""])
def test_a_year_that_cannot_be_read_is_refused(graph, year):
    with pytest.raises(ParameterError, match="year is"):
        scenario(graph, year=year)


def test_the_given_graph_is_not_changed(graph):
    before = {(u, v, k): dict(d) for u, v, k, d in graph.edges(keys=True, data=True)}
    scenario(graph, year=2022)
    assert {(u, v, k): dict(d) for u, v, k, d in graph.edges(keys=True, data=True)} == before


def test_a_users_file_adds_closes_and_speeds_up(graph, tmp_path):
    text = """
    title = "new bridge"
    year = 2022
    [[add]]
    from = "太平镇"
    to = "二郎镇"
    highway = "secondary"
    length_km = 16.0
    name = "疏港路"
    [[close]]
    corridor = "I-11"
    [[speed]]
    edge = "X-GH.1"
    factor = 2.0
    [[speed]]
    corridor = "I-06"
    speed_kmh = 100
    """
    own = load_scenario(write(tmp_path, text))
    base, changed = scenario(graph, year=own.year), scenario(graph, year=own.year, changes=own)
    added = edges_of(changed, name_zh="疏港路")
    assert len(added) == 2
    assert added[0]["travel_time"] == pytest.approx(16_000 / (35 / 3.6))
    assert not edges_of(changed, corridor="I-11")
    assert edges_of(base, corridor="I-11")
    old, new = edges_of(base, id="X-GH.1")[0], edges_of(changed, id="X-GH.1")[0]
    assert new["travel_time"] == pytest.approx(old["travel_time"] / 2)
    assert all(d["travel_time"] == pytest.approx(d["length"] / (100 / 3.6)) for d in edges_of(changed, corridor="I-06"))


def test_json_works_too_and_edges_by_their_ends(tmp_path):
    graph = build_graph(lattice_lines(3))
    ends = [node_at(graph, 0, 0), node_at(graph, 1, 0)]
    path = write(tmp_path, json.dumps({"close": [{"from": ends[0], "to": ends[1]}]}), "own.json")
    assert scenario(graph, changes=load_scenario(path)).number_of_edges() == 22


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[close]]\nedge = "I-08.99"\n', "unknown edge 'I-08.99'.*near it: I-08."),
        ('[[close]]\ncorridor = "I-99"\n', "unknown edge 'I-99'"),
        ('[[speed]]\nedge = "nowhere"\nfactor = 2\n', "unknown edge 'nowhere'"),
        ('[[close]]\nfrom = "太平镇"\nto = "叙永镇"\n', "unknown edge '太平镇 to 叙永镇'"),
        ('[[add]]\nfrom = "太平镇"\nto = "东新镇"\n', "unknown node '东新镇'"),
        ("[[close]]\n", "names no edge"),
    ],
)
def test_an_unknown_edge_or_node_is_named(graph, tmp_path, text, message):
    own = load_scenario(write(tmp_path, text))
    with pytest.raises(ParameterError, match=message) as caught:
        scenario(graph, year=2025, changes=own)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[add]\n", "no valid TOML or JSON"),
        ("[[add]]\nfrom = 'a'\n", "add.0.to"),
        ("[[speed]]\nedge = 'a'\nspeed_kmh = 0\n", "speed.0.speed_kmh"),
        ("[[speed]]\nedge = 'a'\n", "either speed_kmh or factor"),
        ("colour = 'red'\n", "colour"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises((DataError, ParameterError), match=message) as caught:
        load_scenario(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="no file"):
        load_scenario(tmp_path / "none.toml")


def test_an_edge_of_the_plan_may_be_closed_before_it_opens(graph, tmp_path):
    own = load_scenario(write(tmp_path, '[[close]]\ncorridor = "I-12"\n'))
    assert scenario(graph, year=2022, changes=own).number_of_edges() == scenario(graph, year=2022).number_of_edges()
