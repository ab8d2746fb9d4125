"""The road of a study: its record, the roads it is designed on, and what is said of the 446 km."""

import re

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.io import data_file
from nanyi_gis.network import build_graph
from nanyi_gis.route import Route
from nanyi_gis.schematic import schematic_tables
from nanyi_gis.study import load_study
from nanyi_gis.targets import (
    mandated_links,
    network_km,
    read_road_record,
    red_road,
    road_graph,
    road_prizes,
    road_record,
    road_sites,
)
from nanyi_gis.targets.red_road import node_of
from nanyi_gis.targets.road_record import Mandated, RoadRecord
from nanyi_gis.targets.road_words import quality

TAIPING, SHIXIANGZI, XUYONG = "township-510525103", "township-510524214", "township-510524100"
CHINESE = re.compile("[\u4e00-\u9fff]")
LEAST = "length_km = 10\n[weights]\ntownship = 1\n"


@pytest.fixture(scope="module")
def area():
    return load_study()


@pytest.fixture(scope="module")
def record(area):
    return road_record(area)


@pytest.fixture(scope="module")
def whole(area):
    return build_graph(schematic_tables(area))


@pytest.fixture(scope="module")
def roads(area, record, whole):
    return road_graph(area, record, graph=whole)


@pytest.fixture(scope="module")
def found(area):
    return red_road(area, draw=False, samples=20)


def lengths_of(graph, ids):
    """Return metres by id, each link once."""
    return {str(d["id"]): d["length"] for *_, d in graph.edges(data=True) if str(d["id"]) in set(ids)}


class TestRecord:
    def test_the_embedded_one_is_whole(self, area, record):
        sites, unlocated = road_sites(area, record)
        assert record.length_km == 446
        assert sites.geometry.notna().all()
        assert sites.index.is_unique
        assert {"雪山关", "仙潭酒业", "中国沈酒庄园", "丹山玉皇观"} <= set(unlocated)
        assert (sites["kind"] == "township").sum() == 45  # 46, one without coordinates
        erlang = sites.loc["erlang-langjiu"]
        assert (erlang["kind"], erlang["also"], erlang["weight"]) == ("red_site", "liquor;wellness", 10.0)

    def test_the_parts_sum_to_the_plan(self, record):
        """C-11: 283 + 79 = 362, and 84 more are 446."""
        assert [part.km for part in record.part if part.basis == "fact"] == [283, 79]
        assert sum(part.km for part in record.part) == record.length_km

    def test_its_lengths_are_those_of_the_plan(self, area, record):
        assert area.plan.item(record.item).quantities[0].value == record.length_km
        assert {named.corridor for named in record.mandated} == {"I-16", "I-17"}

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("", "length_km is missing"),
            ("length_km = 0\n[weights]\na = 1\n", "length_km"),
            ("length_km = -3\n[weights]\na = 1\n", "length_km"),
            ("length_km = inf\n[weights]\na = 1\n", "length_km"),
            ("length_km = 5\n[weights]\na = 0\n", "weight above zero"),
            ("length_km = 5\n[weights]\na = -1\n", "weights.a"),
            ("length_km = 5\n[weights]\na = nan\n", "weights.a"),
            (LEAST + "[typo]\n", "typo"),
            (LEAST + '[[site]]\nplace = "p"\nkind = "castle"\n', "castle"),
            (LEAST + '[[site]]\nplace = "p"\nkind = "township"\n' * 2, "twice"),
            (LEAST + '[[site]]\nplace = "p"\nkind = "township"\nworth = 3\n', "worth"),
            (LEAST + '[[mandated]]\ncorridor = "X"\nname_zh = ""\nname_en = ""\nstops = ["a"]\nsource = ""\n', "stops"),
            (LEAST + '[[part]]\nbasis = "rumour"\nkm = 3\nname_zh = ""\nname_en = ""\nsource = ""\n', "basis"),
            ("length_km = [", "no valid TOML"),
        ],
    )
    def test_a_wrong_one_is_refused_in_a_line(self, tmp_path, text, word):
        path = tmp_path / "route.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(NanyiError) as told:
            read_road_record(path)
        assert word in str(told.value)
        assert "\n" not in str(told.value)

    def test_a_site_that_is_no_place_is_named(self, area):
        record = RoadRecord(length_km=5, weights={"a": 1}, site=[{"place": "atlantis", "kind": "a"}])
        with pytest.raises(DataError, match="atlantis"):
            road_sites(area, record)


class TestRoads:
    def test_named_routes_follow_their_corridor_from_stop_to_stop(self, roads, record, whole):
        """The plan's words: Taiping, Shixiangzi, Xuyong; so Shuiliao (link 1 of the 283 km) is not in it."""
        first, second = (mandated_links(roads, named) for named in record.mandated)
        assert sorted(first) == sorted(
            [f"I-16-A-UP.{number}" for number in range(2, 11)] + ["I-16-B-UP.1", "I-16-B-UP.2", "I-16-C-UP.1"]
        )
        assert second == [f"I-17.{number}" for number in range(1, 5)]
        shuiliao = lengths_of(whole, ["I-16-A-UP.1"])["I-16-A-UP.1"]
        assert sum(lengths_of(roads, first).values()) == pytest.approx(283_000 + 79_000 - shuiliao)

    def test_counted_kilometres_stand_in_for_the_networks_own(self, roads, record, whole):
        ids = mandated_links(roads, record.mandated[1])
        counted, own = lengths_of(roads, ids), lengths_of(whole, ids)
        assert sum(counted.values()) == pytest.approx(84_000)
        assert network_km(record, whole) == {"I-17": pytest.approx(sum(own.values()) / 1000)}
        straight = {str(d["id"]): d["geometry"].length for *_, d in whole.edges(data=True) if str(d["id"]) in set(ids)}
        shares = [counted[link] / straight[link] for link in ids]
        np.testing.assert_allclose(shares, 84_000 / sum(straight.values()), rtol=1e-6)
        assert min(shares) >= 1.0  # no road is shorter than the straight line between its ends

    def test_the_old_road_beside_a_rebuilt_one_is_left_out(self, roads):
        ids = {str(data["id"]) for *_, data in roads.edges(data=True)}
        assert not [link for link in ids if link.startswith(("I-16-A.", "I-16-B.", "I-16-C."))]
        assert "I-16-A-UP.1" in ids

    def test_roads_stay_in_the_counties_and_the_callers_graph_as_it_was(self, area, record):
        base = build_graph(schematic_tables(area))
        before = {(u, v, key): data["length"] for u, v, key, data in base.edges(keys=True, data=True)}
        kept = road_graph(area, record, graph=base)
        assert {county for _, county in kept.nodes(data="county")} <= {"叙永", "古蔺"}
        assert {(u, v, key): data["length"] for u, v, key, data in base.edges(keys=True, data=True)} == before

    @pytest.mark.parametrize(
        ("corridor", "stops", "word"),
        [
            ("I-99", (TAIPING, XUYONG), "I-99"),
            ("I-16", ("atlantis", XUYONG), "atlantis"),
            ("I-17", (TAIPING, XUYONG), "I-17"),
        ],
    )
    def test_a_route_that_is_not_on_the_network_is_named(self, roads, corridor, stops, word):
        route = Mandated(corridor=corridor, name_zh="", name_en="", stops=stops, source="")
        with pytest.raises(DataError, match=word):
            mandated_links(roads, route)

    def test_prizes_are_the_sites_with_a_weight(self, area, record):
        sites, _ = road_sites(area, record)
        sites.loc["luohan-forest", "weight"] = 0.0
        prizes = road_prizes(sites)
        assert len(prizes) == len(sites) - 1
        assert "luohan-forest" not in set(prizes["id"])
        assert set(prizes.loc[prizes["group"] == "shixiangzi", "id"]) == {"shixiangzi-site", "shixiangzi-museum"}


class TestDesign:
    def test_it_holds_the_named_routes_within_the_length(self, found, roads, record):
        links = found.design.links
        assert links["length_m"].sum() <= 446_000 + 1e-6
        assert found.design.length_m == pytest.approx(links["length_m"].sum())
        for named in record.mandated:
            assert set(mandated_links(roads, named)) <= set(links["id"])
        joined = nx.Graph(zip(links["u"], links["v"], strict=True))
        assert nx.is_connected(joined)

    def test_it_is_proven_and_longer_roads_collect_no_less(self, area, found):
        assert found.design.gap == 0.0
        assert red_road(area, length_km=520, draw=False).design.prize >= found.design.prize

    def test_named_routes_longer_than_the_length_are_refused_with_by_how_much(self, area):
        with pytest.raises(ParameterError, match=r"I-16 and I-17\) come to 425\.7 km, 125\.7 km more"):
            red_road(area, length_km=300, draw=False)
        with pytest.raises(ParameterError, match=r"14\.0 km more to join, 9\.7 km above"):
            red_road(area, length_km=430, draw=False)

    def test_a_loop_comes_back_and_names_what_it_leaves_out(self, area):
        loop = red_road(area, length_km=200, shape="loop", draw=False, time_limit_s=3)
        assert 0 < loop.design.length_m <= 200_000
        assert loop.design.unserved
        assert "tour" in loop.answer["en"][1]


class TestMeasures:
    def test_every_site_is_measured_once_and_those_of_several_kinds_count_in_each(self, found):
        assert found.sites.index.is_unique
        assert len(found.sites) == len(found.design.prizes)
        table = found.coverage.table
        assert set(table.loc[table["kind"] == "all", "total"]) == {len(found.sites)}
        # with coordinates: three red sites by themselves, two of one group, three of another; Langjiu and Maoxi
        assert set(table.loc[table["kind"] == "red_site", "total"]) == {7}
        assert set(table.loc[table["kind"] == "liquor", "total"]) == {2}
        assert set(table.loc[table["kind"] == "wellness", "total"]) == {7}

    def test_shares_are_shares_and_grow_with_the_threshold(self, found):
        table = found.coverage.table
        assert table["share"].between(0, 1).all()
        for _, rows in table.groupby("kind"):
            by = rows.set_index("threshold")["share"]
            assert by[["1 km", "2 km", "5 km"]].is_monotonic_increasing
            assert by[["5 min", "10 min", "15 min", "30 min"]].is_monotonic_increasing

    def test_lengths_are_told_as_fact_inference_and_gap(self, found):
        table = found.lengths.set_index("name")
        assert set(found.lengths["basis"]) <= {"fact", "inference", "gap"}
        assert table.loc["Shixiangzi–Xuyong", ["km", "basis"]].tolist() == [79, "fact"]

    def test_the_answer_is_three_sentences_in_two_languages(self, found):
        assert set(found.answer) == {"zh", "en"}
        for sentences in found.answer.values():
            assert len(sentences) == 3
            assert all(sentences)
        known, design, left = found.answer["en"]
        assert "283" in known
        assert "79" in known
        assert "proven" in design
        assert "84" in left
        assert "131 km" in left  # the network's own length of I-17

    def test_what_has_no_coordinates_and_modelled_terrain_are_told(self, found):
        told = " ".join(found.notes)
        assert "Xueshan Pass" in told
        assert "demonstration terrain" in told
        assert "雪山关" in " ".join(found.notes_zh)
        assert "示范地形" in " ".join(found.notes_zh)

    def test_each_language_says_the_same_and_only_its_own(self, found):
        assert not [text for text in (*found.answer["en"], *found.notes) if CHINESE.search(text)]
        assert not [text for text in (*found.answer["zh"], *found.notes_zh) if re.search("[A-Za-z]{5,}", text)]
        for number in ("439.7", "425.7", "6.3"):  # km of the design, of what is named, and left
            assert number in " ".join(found.notes)
            assert number in " ".join(found.notes_zh)

    def test_the_answer_tells_what_does_not_fit(self, found, record, roads):
        """446 holds I-16 (341.7) and I-17 only at 84 km; with I-17 by its towns (131) it is 472."""
        for lang, road in (("zh", "双沙—马蹄公路"), ("en", "Shuangsha–Mati road")):
            _, design, left = found.answer[lang]
            assert road in design
            assert all(number in left for number in ("84", "131", "82", "472", "446", "20"))
        named = mandated_links(roads, record.mandated[0])
        published = sum(part.km for part in record.part if part.corridor == "I-16")
        assert published - sum(lengths_of(roads, named).values()) / 1000 == pytest.approx(20, abs=1)  # Shuiliao's end

    def test_shared_scenery_counts_once(self, found):
        sites = found.sites
        own = sites[sites["group"] != ""].groupby("group")
        assert own["counted"].sum().tolist() == own["weight"].max().tolist() == [10.0, 10.0]
        assert (own["weight"].sum() > 10.0).all()
        added = found.coverage.added
        for threshold, rows in added.groupby("threshold"):
            covered = sites[f"covered {threshold}"].astype(bool)
            assert rows["weight"].sum() == pytest.approx(sites.loc[covered, "counted"].sum())

    def test_branches_run_as_the_plan_names_the_routes(self, found, roads, record):
        frame = found.route.frame
        for branch, named in zip((1, 2), record.mandated, strict=True):
            own = frame[frame["branch"] == branch]
            assert own["u"].iloc[0] == node_of(roads, named.stops[0])
            assert own["v"].iloc[-1] == node_of(roads, named.stops[-1])
            assert own["from_m"].iloc[0] == 0.0
            assert (own["from_m"].to_numpy()[1:] == own["to_m"].to_numpy()[:-1]).all()
            assert (own["to_m"] - own["from_m"]).min() > 0
            first, last = (own.geometry.iloc[at].coords[at] for at in (0, -1))
            drawn = found.route.branches[branch - 1]
            assert (first, last) == (drawn.coords[0], drawn.coords[-1])


def test_a_given_line_is_compared_with_the_plan(area):
    start, end = shapely.Point(105.8069, 28.0441), shapely.Point(105.2711, 27.8743)
    line = gpd.GeoSeries([shapely.LineString([start, end])], crs=4326).to_crs(area.crs)
    from nanyi_gis.route import from_lines

    route = from_lines(gpd.GeoDataFrame(geometry=line))
    assert isinstance(route, Route)
    found = red_road(area, line=route, draw=False)
    assert found.design is None
    assert found.surveyed
    # 56 km straight (C-11): 390 less than 446
    assert route.length_m == pytest.approx(56_000, rel=0.01)
    assert f"{446 - route.length_m / 1000:.1f} km less than 446 km" in found.answer["en"][1]


@pytest.mark.parametrize(
    ("gap", "en"),
    [(0.0, "proven to be the best"), (0.0312, "within 3.2 %"), (1e-9, "within 0.1 %"), (0.5, "within 50.0 %")],
)
def test_quality_never_says_less_than_the_gap(gap, en):
    assert quality(gap)[1].startswith(en)


def test_the_record_travels_with_its_provenance():
    assert data_file("route/prizes.toml").exists()
    assert np.isfinite(read_road_record(data_file("route/prizes.toml")).length_km)
