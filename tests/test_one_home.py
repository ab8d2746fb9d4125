"""One record of a thing: where a fact stands in two files, both say the same, and what is computed is computed once."""

import json
import tomllib

import pandas as pd
import pytest

from nanyi_gis.errors import DataError
from nanyi_gis.io import data_file
from nanyi_gis.network import build_graph
from nanyi_gis.network.scenario import scenario_date
from nanyi_gis.plan import STATUSES, WORKING_CRS, fruit_belt_room, grain_balance, load_corridors, load_places, load_plan
from nanyi_gis.schematic import Sources, load_records, network_places, schematic_tables, sources_of
from nanyi_gis.study import load_study
from nanyi_gis.suitability import embedded_crops, load_climate
from nanyi_gis.terrain import PLAN_EDGES


@pytest.fixture(scope="module")
def corridors() -> pd.DataFrame:
    return load_corridors().set_index("id")


def crop_file(name: str) -> dict:
    return tomllib.loads(data_file(f"crops/{name}.toml").read_text(encoding="utf-8"))


# corridors and chains


def test_status_and_opening_of_a_corridor_are_typed_once(corridors):
    chains = tomllib.loads(data_file("network/chains.toml").read_text(encoding="utf-8"))["chain"]
    for chain in chains:
        assert ("record" in chain) != ("status" in chain), chain["id"]
        if "record" in chain:
            assert "opened" not in chain, chain["id"]
            assert chain.get("corridor", "") == corridors.loc[chain["record"], "plan_id"]
    referred = {chain["record"] for chain in chains if "record" in chain}
    # what the graph has no chain for: parts beyond the counties, and links without two located places
    assert set(corridors.index) - referred == {"I-06-gz", "I-11-yn", "I-21", "I-23", "I-24"}


def test_the_network_says_of_a_corridor_what_the_map_says(corridors):
    nodes, edges, _ = schematic_tables()
    record = {chain.id: chain.record for chain in load_records().chain if chain.record}
    edges["record"] = edges["id"].str.rpartition(".")[0].map(record)
    drawn = edges[edges["record"].notna()]
    assert len(drawn) > 60
    assert (drawn["status"] == drawn["record"].map(corridors["status_now"])).all()
    assert (drawn["opened"] == drawn["record"].map(corridors["opened"]).fillna("")).all()
    assert set(edges["status"]) <= set(STATUSES)
    assert len(nodes) > 100


def test_facts_settled_between_the_files(corridors):
    assert corridors.loc["I-06", ["opened", "opened_other"]].tolist() == ["2013", "2012"]
    assert corridors.loc["I-09b", ["opened", "opened_other"]].tolist() == ["2015-12-17", "2016"]
    for name in ("I-06", "I-09b"):
        assert corridors.loc[name, "opened_note"]
    assert corridors.loc[["I-16a", "I-16b", "I-17", "I-22"], "status_now"].eq("unknown").all()
    closed = [d for *_, d in build_graph().edges(data=True) if d["corridor"] == "I-17"]
    assert {d["status"] for d in closed} == {"unknown"}


def test_published_lengths_of_chains_are_those_of_their_corridors(corridors):
    records = load_records()
    lengths = {chain.id: chain.length_km for chain in records.chain}
    checked = 0
    for chain in records.chain:
        row = corridors.loc[chain.record] if chain.record else None
        if row is not None and row["length_scope"] == "drawn" and chain.length_km and chain.record != "I-16b":
            assert chain.length_km == row["published_length_km"], chain.id
            checked += 1
    assert checked >= 7
    # 石厢子 to the county seat is two chains
    assert lengths["I-16-B"] + lengths["I-16-C"] == corridors.loc["I-16b", "published_length_km"]
    for distance in records.distance:
        if distance.chain:
            assert distance.km == lengths[distance.chain], distance.name_zh


def test_a_chain_that_repeats_its_corridor_is_refused(tmp_path):
    files = sources_of()
    text = files.chains.read_text(encoding="utf-8")

    def damaged(old: str, new: str) -> Sources:
        path = tmp_path / f"chains{len(list(tmp_path.iterdir()))}.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return files._replace(chains=path)

    with pytest.raises(DataError, match=r"chain 'I-08' has a status or opening beside its corridor's"):
        load_records(damaged('record = "I-08"', 'record = "I-08"\nopened = "2024"'))
    with pytest.raises(DataError, match=r"chain 'I-08' refers to no corridor 'I-99'"):
        load_records(damaged('record = "I-08"', 'record = "I-99"'))
    with pytest.raises(DataError, match=r"no valid chains"):
        load_records(damaged('status = "unknown"', 'status = "under_construction"'))


# the gazetteer


def test_a_township_that_is_also_something_else_stays_a_township(tmp_path):
    table = pd.read_csv(data_file("places/places.csv"), dtype=str, keep_default_na=False)
    row = table["code"].eq("510525104")
    table.loc[row, "kind"] = "distillery;township"
    table.to_csv(tmp_path / "places.csv", index=False)
    files = sources_of()._replace(places=tmp_path / "places.csv")
    places = network_places(files)
    assert places.loc["township-510525104", "kind"] == ("distillery", "township")
    study = load_study()
    other = type(study)(**{**vars(study), "files": {**study.files, "places": tmp_path / "places.csv"}})
    nodes, _, report = schematic_tables(other)
    assert len(report["townships"]) == 45
    assert 510525104 in nodes.index


def test_network_and_plan_read_one_gazetteer():
    gazetteer, network = load_places().set_index("id"), network_places()
    assert list(network.index) == list(gazetteer.index)
    both = gazetteer["located"]
    assert network.geometry[both].geom_equals(gazetteer.geometry[both]).all()
    assert (network["kind"] == gazetteer["kind"]).all()


# capacity: C-06 and C-07


def test_the_belt_by_hand():
    room = fruit_belt_room(load_plan())
    assert room.area_km2 == pytest.approx(40 * 20 / 3)
    assert room.frontage_km == pytest.approx(53.2 + 34.2 + 8.0 + 93.7 + 22.4)
    assert room.width_of_frontage_km == pytest.approx(800 / 3 / 211.5)


def test_the_grain_by_hand():
    balance = grain_balance(load_plan())
    assert balance.grain == pytest.approx((6.66, 9.54))
    assert balance.share == pytest.approx((6.66 / 48, 9.54 / 48))
    assert balance.area == pytest.approx((48e3 / 318, 48e3 / 222))


def test_crop_files_do_not_disagree_with_the_plan():
    plan = load_plan()
    room, balance = fruit_belt_room(plan), grain_balance(plan)
    home = {
        "length_km": room.length_km,
        "frontage_km": room.frontage_km,
        "new_capacity_wan_t": balance.capacity,
        "grain_per_tonne": balance.per_tonne,
        "yield_kg_per_mu": list(balance.yields),
    }
    for name in embedded_crops():
        record = crop_file(name)
        for key, value in {**record.get("belt", {}), **record.get("balance", {})}.items():
            if key in home:
                assert value == pytest.approx(home[key]), (name, key)
        for target in record.get("target", []):
            if plan.has(target["clause"]):
                assert target["wanmu"] == plan.item(target["clause"]).total("万亩"), (name, target["clause"])


def test_the_words_of_a_check_have_its_figures():
    checks = {check["id"]: check for check in json.loads(data_file("plan/checks.json").read_text(encoding="utf-8"))}
    for figure in ("grain_high", "liquor_high", "share_high", "area_low"):
        value = checks["C-07"]["stated"][figure]["value"]
        assert f"{value}" in checks["C-07"]["result_zh"], figure
        assert f"{value}" in checks["C-07"]["result_en"], figure


def test_bands_of_the_study_are_those_of_the_plan():
    plan = load_plan()
    limits = {
        band for number in ("F-22", "F-23", "F-24") for q in plan.item(number).quantities for band in (q.value, q.upper)
    }
    assert set(load_study().edges) == limits - {None}


def test_what_the_engines_take_by_default_is_the_studys():
    area = load_study()
    assert area.edges == PLAN_EDGES
    assert area.crs == WORKING_CRS
    assert {name: scenario_date(name) for name in area.dates} == dict(area.dates)
    assert load_climate().id == load_climate(area.climate).id
