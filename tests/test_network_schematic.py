"""The embedded network: every township joined, stations alone to board, dates kept, distances calibrated."""

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.io import data_file, read_provenance
from nanyi_gis.network import (
    build_graph,
    compile_graph,
    components,
    distance_table,
    load_sinuosity,
    markdown_table,
    scenario,
    time_table,
    township_nodes,
)
from nanyi_gis.schematic import (
    Sinuosity,
    fit_model,
    load_model,
    load_records,
    network_nodes,
    network_places,
    sources_of,
    terrain_table,
    uncertain_links,
)
from nanyi_gis.schematic.relief import height_above_valleys
from nanyi_gis.schematic.tables import gabriel_pairs, local_links
from nanyi_gis.targets import facility_nodes


@pytest.fixture(scope="module")
def graph():
    return build_graph()


def place(graph, name):
    return next(n for n, d in graph.nodes(data=True) if d["place"] == name)


def minutes(graph, start, end):
    network = compile_graph(graph)
    i, j = network.numbers_of([start, end])
    return float(network.costs([i])[0, j])


def test_all_located_townships_and_cities_are_joined_at_every_date(graph):
    homes = township_nodes(graph)
    assert len(homes) == 45
    assert graph.graph["unlocated"] == ["东新镇"]
    assert "东新镇" not in "".join(name for _, name in graph.nodes(data="name_zh"))
    for year in (2022, 2025, 2035):
        largest = components(scenario(graph, year=year))[0]
        assert set(homes) <= largest
        cities = {n for n, d in graph.nodes(data=True) if d["kind"] == "city"}
        assert len(cities) >= 12
        assert cities <= largest


def test_townships_at_one_point_share_a_node(graph):
    homes = township_nodes(graph)
    assert homes["510525001"] == homes["510525002"]
    assert graph.nodes[510525001]["name_zh"] == "彰德街道·金兰街道"


def test_everything_is_flagged_schematic(graph):
    assert graph.graph["schematic"] is True
    assert {data["evidence"] for *_, data in graph.edges(data=True)} == {"schematic"}
    assert all(data["source"] for *_, data in graph.edges(data=True))


def test_no_road_is_shorter_than_its_straight_line(graph):
    for u, v, data in graph.edges(data=True):
        a, b = graph.nodes[u], graph.nodes[v]
        assert data["length"] >= np.hypot(a["x"] - b["x"], a["y"] - b["y"]) - 1e-6


def test_the_local_links_file_is_what_the_rule_gives():
    made = local_links(network_places(), load_records())
    pd.testing.assert_frame_equal(pd.read_csv(data_file("network/local_links.csv")), made)


def test_gabriel_pairs_keep_no_third_point_in_the_circle():
    xy = np.random.default_rng(5).uniform(0, 10, (40, 2))
    found = set(gabriel_pairs(xy))
    for i in range(40):
        for j in range(i + 1, 40):
            gap = ((xy - (xy[i] + xy[j]) / 2) ** 2).sum(axis=1)
            gap[[i, j]] = np.inf
            assert ((i, j) in found) == (gap.min() >= ((xy[i] - xy[j]) ** 2).sum() / 4)


def test_chains_keep_the_published_lengths_of_the_corridors(graph):
    corridors = gpd.read_file(data_file("network/corridors.geojson")).set_index("id")["length_m"]
    records = {chain.id: chain.length_km for chain in load_records().chain}
    for name in ("I-01", "I-02", "I-03", "I-04", "I-07", "I-08"):
        assert records[name] * 1000 == pytest.approx(corridors[name])
        edges = [d for *_, d in graph.edges(data=True) if d["id"].startswith(name + ".") and not d["reversed"]]
        assert sum(d["length"] for d in edges) == pytest.approx(corridors[name])
        assert max(d["to_km"] for d in edges) == pytest.approx(corridors[name] / 1000)


@pytest.mark.parametrize(
    ("day", "corridor", "is_open"),
    [
        ("2024-02-08", "I-08", False),
        ("2024-02-09", "I-08", True),
        ("2023-12-20", "I-03", False),
        ("2023-12-21", "I-03", True),
        ("2025-12-24", "I-02", False),
        ("2025-12-25", "I-02", True),
        ("2022", "I-04", True),
        ("2022", "I-11", True),
        ("2025", "I-07", False),
        ("2025", "I-10", False),
        ("2025", "I-12", False),
        ("complete", "I-07", True),
        ("complete", "I-12", True),
        ("complete", "I-05", True),
    ],
)
def test_each_corridor_opens_on_its_date(graph, day, corridor, is_open):
    found = any(data["corridor"] == corridor for *_, data in scenario(graph, year=day).edges(data=True))
    assert found is is_open


def test_the_complete_plan_never_takes_longer(graph):
    homes = township_nodes(graph).unique()
    seat = [510525001]
    before, after = (compile_graph(scenario(graph, year=y)) for y in (2022, 2035))
    old = before.costs(before.numbers_of(seat), direction="to")[0][before.numbers_of(homes)]
    new = after.costs(after.numbers_of(seat), direction="to")[0][after.numbers_of(homes)]
    assert (new <= old + 1e-9).all()
    assert (new < old - 5).sum() > 10


def test_trains_are_boarded_at_stations_alone(graph):
    for u, v, data in graph.edges(data=True):
        kinds = {graph.nodes[u]["kind"], graph.nodes[v]["kind"]}
        if data["highway"] == "rail":
            assert kinds == {"platform"}
        elif data["highway"] != "boarding":
            assert "platform" not in kinds


def test_freight_lines_cannot_be_boarded_unless_freight_is_asked(graph):
    with_freight = build_graph(freight=True)
    dacun, xuyong = place(graph, "st-dacun"), place(graph, "st-xuyong")
    boards = {u for u, _, d in graph.edges(data=True) if d["highway"] == "boarding"}
    assert dacun not in boards
    assert place(with_freight, "st-dacun") in {
        u for u, _, d in with_freight.edges(data=True) if d["highway"] == "boarding"
    }
    assert minutes(with_freight, dacun, xuyong) < minutes(graph, dacun, xuyong)


def test_waiting_is_paid_once_on_boarding():
    short, long = (scenario(build_graph(waiting_min=w), year=2025) for w in (0, 25))
    north, bijie = place(short, "st-xuyong-north"), place(short, "bijie")
    rail = 189 / 120 * 60
    assert minutes(short, north, bijie) == pytest.approx(rail)
    platform = place(long, "rail:bijie")
    assert minutes(long, north, platform) == pytest.approx(rail + 25)
    assert minutes(long, platform, bijie) == pytest.approx(0.0)


def test_a_walk_joins_the_two_stations_of_xuyong(graph):
    data = graph.get_edge_data(place(graph, "st-xuyong"), place(graph, "st-xuyong-north"))
    walk = next(d for d in data.values() if d["highway"] == "walk")
    assert walk["travel_time"] == pytest.approx(walk["length"] / (5 / 3.6))


def test_two_parts_at_the_plans_date_the_old_railway_being_freight(graph):
    plan = scenario(graph, year=2022)
    assert plan.graph["components"] == 2
    assert {plan.nodes[n]["kind"] for n in components(plan)[1]} == {"platform"}


def test_a_station_and_the_way_to_it_open_with_its_railway(graph):
    north = place(graph, "st-xuyong-north")
    before, after = (scenario(graph, year=y) for y in ("2023-12-20", "2023-12-21"))
    assert north not in before
    assert {d["highway"] for *_, d in after.edges(north, data=True)} == {"tertiary", "walk", "boarding"}


def test_the_network_survives_graphml(graph, tmp_path):
    ox.io.save_graphml(graph, tmp_path / "g.graphml")
    again = ox.io.load_graphml(tmp_path / "g.graphml")
    assert set(again.edges) == set(graph.edges)
    assert township_nodes(graph).isin(list(again)).all()


def test_published_distances_are_met_and_predicted_when_left_out():
    table = distance_table()
    assert len(table) >= 30
    assert table["network_error_pct"].abs().median() < 15
    honest = table[table["use"].eq("calibrates")]["left_out_error_pct"].abs()
    assert len(honest) >= 20
    assert honest.median() < 15
    assert honest.max() < 35
    assert table["left_out_error_pct"].abs().median() < 15


def test_no_terrain_is_too_short_or_too_long_on_the_whole():
    table = terrain_table().set_index("terrain")
    assert table.loc[["valley", "hill", "mountain"], "pairs"].sum() == table.loc["all", "pairs"] >= 15
    assert table.loc[table["pairs"].ge(5), "relief_pct"].abs().max() < 5
    # by class alone, roads lower down come out too long and those over the mountains too short
    assert table.loc["mountain", "class_median_pct"] < 0
    assert table.loc["hill", "class_median_pct"] > 0


def test_each_distance_to_a_county_town_names_its_page():
    known = [d for d in load_records().distance if d.source]
    assert len(known) >= 13
    assert all(any(sign in d.source for sign in (".cn", ".com", ".net", ".org")) for d in known)


def test_the_tables_in_the_docs_are_those_of_the_functions():
    path = Path(__file__).parents[1] / "docs" / "network.md"
    if not path.is_file():
        pytest.skip("the docs are not here")
    text = path.read_text(encoding="utf-8")
    assert markdown_table(distance_table()) in text
    assert markdown_table(terrain_table()) in text
    assert markdown_table(time_table()) in text


def test_the_sinuosity_of_each_class_is_plausible():
    assert set(load_sinuosity()) == {"rail", "motorway", "main", "local"}
    assert all(1.0 <= value < 2.2 for value in load_sinuosity().values())
    assert load_sinuosity()["local"] > load_sinuosity()["motorway"]


def test_published_times_are_compared():
    table = time_table()
    assert len(table) >= 8
    wrong = table["network_error_pct"].abs() > 100 / 3
    assert (table.loc[wrong, "note"] != "").all()
    assert (table["network_min"] > 0).all()
    opened = table[table["name_zh"].str.startswith("泸州–古蔺")].set_index("year")["network_min"]
    assert opened[2035] < opened[2022]


def test_numbers_of_nodes_are_whole_and_stable(graph):
    assert all(type(node) is int for node in graph)
    again = build_graph()
    assert list(again.nodes) == list(graph.nodes)
    assert nx.utils.edges_equal(graph.edges(keys=True), again.edges(keys=True), directed=True)


def test_every_file_has_its_provenance():
    for name in ("chains.toml", "local_links.csv", "speeds.toml", "population.toml", "red_loop.toml"):
        assert read_provenance(data_file(f"network/{name}")).title_zh


def test_waiting_must_not_be_negative():
    with pytest.raises(ParameterError, match="waiting_min is -1 minutes"):
        build_graph(waiting_min=-1)


def test_what_has_no_opening_on_record_is_counted_with_it_and_without_it(graph):
    links = uncertain_links(graph, corridor="I-09")
    assert "I-20.1" in links
    assert set(links) <= set(uncertain_links(graph))
    without, with_it = (scenario(graph, year="today", assume_open=ids) for ids in ((), links))
    before, after = ({data["id"] for *_, data in each.edges(data=True)} for each in (without, with_it))
    assert after - before == set(links)
    taiping, erlang = place(graph, "township-510525103"), place(graph, "township-510525104")
    assert minutes(with_it, erlang, taiping) < minutes(without, erlang, taiping)
    with pytest.raises(ParameterError, match=r"assume_open names 'I-99\.1'"):
        scenario(graph, year="today", assume_open=["I-99.1"])


# lengths by relief


def write_heights(path, heights, *, cell=500.0, west=0.0, north=100_000.0, crs="EPSG:4544"):
    profile = {"driver": "GTiff", "height": heights.shape[0], "width": heights.shape[1], "count": 1, "dtype": "float32"}
    transform = rasterio.transform.from_origin(west, north, cell, cell)
    with rasterio.open(path, "w", crs=crs, transform=transform, nodata=-9999.0, **profile) as dataset:
        dataset.write(heights.astype("float32"), 1)
        dataset.units = ("m",)
    return path


def test_a_line_on_a_plateau_stands_as_high_as_the_valley_beside_it_is_deep(tmp_path):
    places = network_nodes()
    a, b = "township-510524109", "township-510524110"  # 13.9 km, one south of the other
    x, top = places.geometry[a].x, places.geometry[a].y + 20_000
    heights = np.full((120, 200), 900.0)
    west = x - 50_000
    valley = int((x + 10_000 - west) // 500)  # 10 km to the east, within 15
    heights[:, valley] = 300.0
    files = sources_of()._replace(dem=write_heights(tmp_path / "near.tif", heights, west=west, north=top))
    assert height_above_valleys((a, b), files) == pytest.approx([600.0])
    heights[:, valley], heights[:, valley + 20] = 900.0, 300.0  # 20 km to the east: too far to be its valley
    files = files._replace(dem=write_heights(tmp_path / "far.tif", heights, west=west, north=top))
    assert height_above_valleys((a, b), files) == pytest.approx([0.0])


def test_where_no_height_is_known_the_class_decides(tmp_path):
    pair = ("township-510524109", "township-510524110")
    files = sources_of()
    assert np.isnan(height_above_valleys(pair, files._replace(dem=None))).all()
    nothing = write_heights(tmp_path / "void.tif", np.full((400, 400), -9999.0), west=500_000, north=3_200_000)
    assert np.isnan(height_above_valleys(pair, files._replace(dem=nothing))).all()
    aside = write_heights(tmp_path / "aside.tif", np.full((10, 10), 500.0))
    assert np.isnan(height_above_valleys(pair, files._replace(dem=aside))).all()
    model = load_model(files._replace(dem=None))
    assert model.base == {}
    assert model.of("main", 800.0) == model.medians["main"] == load_sinuosity()["main"]
    (tmp_path / "broken.tif").write_text("no raster")
    with pytest.raises(DataError, match=r"broken\.tif"):
        height_above_valleys(pair, files._replace(dem=tmp_path / "broken.tif"))


def test_a_study_without_published_distances_has_one_and_a_half():
    empty = pd.DataFrame(columns=["name_zh", "group", "use", "ratio", "above_m", "doubt"])
    assert set(fit_model(empty).medians.values()) == {1.5}


@settings(deadline=None)  # the first call fits the model
@given(above=st.floats(0, 5000), group=st.sampled_from(["main", "local", "rail", "motorway"]))
def test_a_road_is_no_shorter_than_straight_and_no_crookeder_than_what_is_published(above, group):
    model = load_model()
    assert 1.0 <= model.of(group, above) <= model.most
    assert model.of(group, above) <= model.of(group, above + 100.0)


def test_doubtful_pairs_do_not_move_the_slope():
    table = pd.DataFrame({"name_zh": list("abcdefgh"), "group": "main", "use": "calibrates", "doubt": 0.01})
    table["above_m"] = np.arange(8) * 100.0
    table["ratio"] = np.exp(0.1 + table["above_m"] / 2000.0)
    wild = table.iloc[[0]].assign(name_zh="z", ratio=9.0, doubt=0.16)
    model = fit_model(pd.concat([table, wild], ignore_index=True))
    assert model.slope == pytest.approx(0.5)
    assert model.base["main"] == pytest.approx(0.1)
    assert isinstance(model, Sinuosity)


def test_every_edge_says_how_its_length_was_made(graph):
    rules = {data["length_rule"] for *_, data in graph.edges(data=True)}
    assert rules == {"published", "relief", "sinuosity", "assumed", "none"}
    for u, v, data in graph.edges(data=True):
        if data["length_rule"] == "assumed":
            assert {graph.nodes[u]["kind"], graph.nodes[v]["kind"]} & {"interchange"}


# ramps


def test_towns_on_a_motorway_are_passed_and_ramps_have_a_source(graph):
    towns = set(township_nodes(graph))
    for u, v, data in graph.edges(data=True):
        if data["highway"] == "motorway":
            assert not {u, v} & towns
    for ramp in load_records().ramp:
        assert ramp.source.startswith("["), ramp.id
        assert ramp.uncertainty_m >= 2000


def test_no_township_is_at_a_motorway_for_nothing(graph):
    for year in (2022, "today", "complete"):
        network = scenario(graph, year=year)
        ramps = facility_nodes(network, "motorway_interchange")
        assert ramps
        assert not set(ramps) & set(township_nodes(graph))
        compiled = compile_graph(network)
        towns = compiled.numbers_of(township_nodes(graph).unique())
        assert compiled.costs(compiled.numbers_of(ramps))[:, towns].min() > 1.0  # minutes


def test_the_toll_stations_of_the_sources_can_be_entered_when_they_are_open(graph):
    def entered(year):
        network = scenario(graph, year=year)
        return {network.nodes[node]["place"] for node in facility_nodes(network, "motorway_interchange")}

    always = {"ic-xuyong", "ic-gulin", "ic-taiping", "ic-jiangmen", "ic-macheng", "ic-yingshan", "ic-jiancao"}
    assert always | {"ic-fenshui"} <= entered(2022)
    assert not {"ic-longshan", "ic-baini"} & entered(2022)
    assert {"ic-longshan", "ic-baini"} <= entered("today")
    assert not {"ic-guanwen", "ic-erlang", "ic-yongle"} & entered("today")
    assert {"ic-guanwen", "ic-erlang", "ic-huangjing"} <= entered("complete")


def test_puzhan_lies_where_the_published_length_to_the_border_can_reach_it():
    nodes = network_nodes()
    way = ["ic-puzhan", "ic-yingshan", "ic-jiancao", "ic-fenshui"]
    straight = sum(nodes.geometry[a].distance(nodes.geometry[b]) for a, b in pairwise(way))
    assert 25_000 < straight < 35_340  # the border is a few km beyond 分水


def test_gujin_saves_what_a_motorway_over_the_mountains_saves(graph):
    saved = {}
    before, today = (scenario(graph, year=year) for year in (2022, "today"))
    for name, code in (("龙山", 510525101), ("白泥", 510525122), ("椒园", 510525119), ("观文", 510525109)):
        saved[name] = minutes(before, code, 510525001) - minutes(today, code, 510525001)
    assert saved["龙山"] > 10  # 90 to 10 minutes by the news
    assert saved["白泥"] > 60
    assert saved["椒园"] > 60
    assert saved["观文"] > 10


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("parts_km = [1, 2]", "parts_km of I-08 must be one a part and sum to length_km"),
        ('ramps = ["nowhere"]', "chain I-08 has a ramp at nowhere"),
    ],
)
def test_a_chain_that_contradicts_itself_is_refused(tmp_path, extra, message):
    files = sources_of()
    text = files.chains.read_text(encoding="utf-8")
    (tmp_path / "chains.toml").write_text(
        text.replace('record = "I-08"', f'record = "I-08"\n{extra}', 1), encoding="utf-8"
    )
    with pytest.raises(DataError, match=message):
        load_records(files._replace(chains=tmp_path / "chains.toml"))
