"""The plan's figures as claims: known verdicts, land and reported values against them, another plan's file."""

import datetime
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.monitor import (
    CHECK_FILES,
    Observation,
    contradictions,
    plan_claims,
    read_areas,
    read_relations,
    reported_relations,
    write_contradictions,
)
from nanyi_gis.plan import load_plan, recompute
from nanyi_gis.study import load_study

STUDY = load_study()
CLAIMS = plan_claims(STUDY)
FOUND = contradictions(CLAIMS)
CHECKS = FOUND.checks.set_index("id")
DOUBT = "crop,zone,class,low_wanmu,high_wanmu\n"
FEASIBILITY = "crop,test,kind,s1_s2_wanmu,low_wanmu,high_wanmu\n"
AREAS = "zone,band,class,area_km2,area_wanmu\n"
FOREST = 'left = [{ item = "F-03" }]\nright'
RELATIONS = Path(STUDY.plan_folder or "") / "relations.toml"


@pytest.mark.parametrize(
    ("ident", "verdict"),
    [
        ("forest_cover", "满足"),  # C-01: 495 over 6,157 to 6,161 km² is 53.5 within rounding
        ("stock_like_city", "满足"),  # C-02: 50.5 m³ a hectare against 49.0
        ("six_actions", "无法判断"),  # C-03: the areas may overlap
        ("split_w_12", "满足"),  # C-04: 5 + 6 = 11
        ("sub_centres", "满足"),
        ("sorghum_feeds", "矛盾"),  # C-07
        ("firms_reach_output", "矛盾"),  # C-08: 300 to 500 and four times 20 to 50 are 700 at most
        ("value_added_in_gdp", "无法判断"),  # C-08: no rate is stated
        ("corridors_in_investment", "满足"),  # C-09
        ("red_roads", "满足"),  # C-11: 283 + 79 = 362 of 446
        ("wellness_lists", "满足"),  # C-15
        ("base_stations", "满足"),  # 150 of 325
        ("sorghum_on_land", "无法判断"),  # no land is given
    ],
)
def test_known_verdicts(ident, verdict):
    assert CHECKS.loc[ident, "verdict"] == verdict


def test_the_sorghum_contradiction_is_two_clauses_and_what_ties_them():
    """30.5 万亩 at 318 kg are 9.7 万t; 19.5 万吨 of liquor at 2.35 take 45.8."""
    row = CHECKS.loc["sorghum_feeds"]
    ends = row[["left_low", "left_high", "right_low", "right_high"]].astype(float).tolist()
    assert ends == pytest.approx([29.5 * 0.222, 30.5 * 0.318, 19.5 * 2.35, 20.5 * 2.45], rel=1e-5)
    conflict = FOUND.conflicts[FOUND.conflicts["check"] == "sorghum_feeds"]
    assert conflict["member"].tolist() == ["L-15", "L-01", "sorghum_feeds"]
    assert conflict["clause"].tolist()[:2] == ["四(二)3", "四(二)1"]
    assert "jiangnews.cn" in conflict["source"].iloc[-1]


def test_what_the_checks_work_out_lies_in_the_interval():
    """Where both speak they agree: the numbers of recompute lie in ours, and OK is never a contradiction."""
    plan = load_plan()
    worked = [each for number in ("C-01", "C-07", "C-08", "C-09", "C-11") for each in recompute(plan, number)]
    own = {(each.check, each.name): each.computed for each in worked}
    for check, name, ident, side in (
        ("C-01", "forest_area", "forest_cover", "left"),
        ("C-07", "grain_needed", "sorghum_feeds", "right"),
        ("C-07", "grain_low", "sorghum_feeds", "left"),
        ("C-07", "grain_high", "sorghum_feeds", "left"),
        ("C-08", "firms_low", "firms_reach_output", "left"),
        ("C-08", "firms_high", "firms_reach_output", "left"),
        ("C-09", "corridors", "corridors_in_investment", "left"),
        ("C-11", "two_roads", "red_roads", "left"),
    ):
        low, high = CHECKS.loc[ident, [f"{side}_low", f"{side}_high"]].astype(float)
        assert low - 1e-6 <= own[check, name] <= high + 1e-6, name
    verdicts = {check.id: check.verdict for check in plan.checks}
    for row in FOUND.checks.itertuples():
        if row.check and verdicts[row.check] == "OK":
            assert row.verdict != "矛盾", row.id
    assert CHECKS.loc["sorghum_feeds", "verdict"] == "矛盾"
    assert verdicts["C-07"] == "CONTRADICTION"


def test_every_row_has_its_clause_and_words_of_one_language():
    assert (FOUND.checks["clauses"] != "").all()
    assert FOUND.checks["verdict"].isin({"满足", "矛盾", "无法判断"}).all()
    for text in FOUND.checks["en"]:
        assert not re.search("[，。：；亩吨]", text), text
    stated = FOUND.claims[FOUND.claims["kind"] == "stated"]
    assert len(stated) == sum(len(item.quantities) for item in load_plan().items) - 2  # of two pairs the first
    assert FOUND.claims.set_index("id").loc["I-35", ["low", "high", "reading"]].fillna(0).tolist() == [
        150,
        0,
        "[150, ∞)",
    ]


def test_a_public_study_tells_nothing_of_hidden_items():
    found = contradictions(plan_claims(STUDY.for_public()))
    hidden = {item.id for item in load_plan().items if not item.public}
    named = {number for row in found.checks["items"] for number in row.split(";")}
    assert not hidden & (named | {each.partition("/")[0].partition("[")[0] for each in found.claims["id"]})
    assert "sorghum_feeds" in set(found.checks["id"])


@pytest.mark.parametrize(
    ("name", "table", "verdict"),
    [
        ("doubt_sorghum.csv", DOUBT + "sorghum,古蔺县,S1+S2,41,70\nsorghum,古蔺县,S1,1,2\n", "满足"),
        ("doubt_sorghum.csv", DOUBT + "sorghum,叙永,S1+S2,90,99\nsorghum,古蔺,S1+S2,12,28\n", "矛盾"),
        ("doubt_sorghum.csv", DOUBT + "sorghum,古蔺,S1+S2,20,45\n", "无法判断"),
        ("feasibility.csv", FEASIBILITY + "sorghum,county,古蔺县,50,40,60\nsorghum,area,base,9,8,9\n", "满足"),
        ("areas_sorghum.csv", AREAS + "古蔺县,a,S1,0,10\n古蔺县,b,S2,0,8.5\n叙永县,a,S1,0,90\n", "矛盾"),
    ],
)  # fmt: skip
def test_a_base_against_the_land(tmp_path, name, table, verdict):
    (tmp_path / name).write_text(table, encoding="utf-8")
    land = read_areas([tmp_path / name], read_relations(STUDY).layer)
    found = contradictions(plan_claims(STUDY, layers=land.intervals, layer_sources=land.sources))
    row = found.checks.set_index("id").loc["sorghum_on_land"]
    assert row["verdict"] == verdict
    assert name in row["en"]
    assert "not taken off" in row["en"]
    assert bool(land.notes) == name.startswith("areas")  # without an interval that is told
    if verdict == "矛盾":
        members = found.conflicts.loc[found.conflicts["check"] == "sorghum_on_land", ["member", "source"]]
        assert members["member"].tolist() == ["L-15", "sorghum_land", "sorghum_on_land"]
        assert members["source"].tolist()[1] == name


@pytest.mark.parametrize(
    ("name", "table", "words"),
    [
        ("a.csv", "x,y\n1,2\n", "is no table of suitable land"),
        ("doubt_tea.csv", DOUBT + "tea,古蔺,S1+S2,1,2\n", "tells of no land that"),
        (
            "doubt_sorghum.csv",
            DOUBT + "sorghum,古蔺,S1+S2,9,2\n",
            "land runs from 9 to 2",
        ),
        ("doubt_sorghum.csv", DOUBT + "sorghum,古蔺,S1+S2,many,2\n", "many"),
    ],
)
def test_bad_tables_of_land_are_told_in_a_line(tmp_path, name, table, words):
    (tmp_path / name).write_text(table, encoding="utf-8")
    with pytest.raises(NanyiError) as told:
        read_areas([tmp_path / name], read_relations(STUDY).layer)
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def reported(
    number: str, county: str, value: float, *, on: str = "2023-12-31", high: float | None = None
) -> Observation:
    return Observation(
        id=number, county=county, on=datetime.date.fromisoformat(on), low=value, high=value if high is None else high,
        state="", nature="累计", source="s", evidence="", agency="", reporter="", note="", file="f.csv", line=2,
    )  # fmt: skip


def verdicts_of(*rows: Observation) -> dict[str, str]:
    found = CLAIMS
    judged = contradictions(replace(found, related=()), reported=reported_relations(found, rows, whole="两县"))
    table = judged.checks[judged.checks["basis"] == "reported"]
    assert set(table["zh"].str.contains("填报")) <= {True}
    return dict(zip(table["id"].str.removeprefix("reported_"), table["verdict"], strict=True))


def test_reported_counties_against_the_reported_whole():
    parts = [reported("W-12", "叙永", 2), reported("W-12", "古蔺", 2)]
    assert verdicts_of(*parts, reported("W-12", "两县", 4))["split_w_12"] == "满足"
    assert verdicts_of(*parts, reported("W-12", "两县", 3))["split_w_12"] == "矛盾"
    assert verdicts_of(*parts)["split_w_12"] == "无法判断"  # the whole is not reported
    later = reported("W-12", "两县", 3, on="2024-12-31")
    assert verdicts_of(*parts, later)["split_w_12"] == "无法判断"  # days are not put together
    between = reported("W-12", "叙永", 0, high=4)
    assert verdicts_of(between, parts[1], reported("W-12", "两县", 5))["split_w_12"] == "满足"


def test_a_reported_part_above_its_whole_contradicts_it_whatever_the_other_parts_are():
    """A county's 5 of 4, the other county silent; 3 of 4 leave it open."""
    whole = reported("W-12", "两县", 4)
    assert verdicts_of(reported("W-12", "叙永", 5), whole)["split_w_12"] == "矛盾"
    assert verdicts_of(reported("W-12", "叙永", 3), whole)["split_w_12"] == "无法判断"
    assert verdicts_of(reported("W-12", "叙永", 5, on="2022-12-31"), whole)["split_w_12"] == "无法判断"


def test_reported_parts_of_what_the_plan_does_not_split():
    """Orange of one county alone above that of both."""
    assert verdicts_of(reported("F-26", "古蔺", 31), reported("F-26", "两县", 29)) == {"split_f_26": "矛盾"}
    assert verdicts_of(reported("F-26", "古蔺", 20), reported("F-26", "两县", 29)) == {"split_f_26": "满足"}
    assert verdicts_of(reported("F-26", "古蔺", 20)) == {}


def test_reported_values_counted_in_different_ways_or_measured_as_the_whole():
    """Outputs of counties are output too; a year's value and a sum since the first year are not put together."""
    rows = [reported("F-00", "叙永", 90), reported("F-00", "古蔺", 80), reported("F-00", "两县", 171)]
    assert verdicts_of(*rows)["split_f_00"] == "满足"
    assert verdicts_of(*rows[:2], replace(rows[2], nature="年度"))["split_f_00"] == "无法判断"


def test_reported_forest_against_its_cover_and_the_land():
    """494 万亩 are 3,293 km², 53.5 % of the land; 60 % are not."""
    assert verdicts_of(reported("F-13", "两县", 494), reported("F-14", "两县", 53.5))["forest_cover"] == "满足"
    assert verdicts_of(reported("F-13", "两县", 494), reported("F-14", "两县", 60))["forest_cover"] == "矛盾"
    assert verdicts_of() == {}


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = RELATIONS.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "relations.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('items = ["G-02"]', 'items = ["G-99"]', "'G-99' is no item of the plan"),
        ('figures = ["city_stock"]', 'figures = ["town_stock"]', "figure 'town_stock' in C-02"),
        ('check = "C-02"\nfigures', 'check = "C-99"\nfigures', "input city_forest rests on C-99"),
        ('right = [{ input = "city_forest" }]', 'right = [{ input = "wood" }]', "forest_within_city names 'wood'"),
        ('unit = "km²"\ncheck = "C-01"', 'unit = "km"\ncheck = "C-01"', "km² is no km"),
        ("about = 0.10", "about = 2", "about is 2"),
        ("about = 0.10", "abut = 0.10", "abut is no key"),
        ('form = "requirement"\nsign = "<="', 'form = "requirement"', "= is for an identity"),
        ('left = [{ item = "F-13" }]', "left = [{ county = '叙永' }]", "must be one of: item, input"),
        ("low = 44.1\nhigh", "low = 64.1\nhigh", "but high is 53.9"),
        ('id = "plum_on_land"', 'id = "orange_on_land"', "orange_on_land stands twice"),
    ],
)
def test_bad_relations_are_told_in_a_line(tmp_path, old, new, words):
    with pytest.raises((DataError, ParameterError)) as told:
        read_relations(STUDY, changed(tmp_path, old, new))
    assert words in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        # output and value added, investment (a stock) and output (a flow), area and number
        (FOREST, '{ item = "L-00a" }, { item = "G-02" }', "gross_output, G-02 is value_added"),
        (FOREST, '{ item = "I-00b" }, { item = "L-00a" }', "a flow is never added to a stock"),
        ('"F-06", "F-07"]\nwithin', '"F-06", "F-08"]\nwithin', "six_actions: F-08 has no number in 万亩"),
        (FOREST, '{ item = "W-19" }', "W-19 is count (a stock), F-13 is area"),
        (FOREST, '{ item = "F-03", county = "叙永" }', "F-03 has no number for 叙永"),
        (FOREST, '{ item = "F-41" }', "F-41 has several numbers"),
        (FOREST, '{ item = "F-03", times = "F-13" }', "times F-13, whose number is no exact count"),
        ('unit = "万吨/年"\nif_zh = "新增', 'if_zh = "新增', "so it needs the unit"),
    ],
)  # fmt: skip
def test_what_must_not_be_added_is_refused_by_name(tmp_path, old, new, words):
    relations = read_relations(STUDY, changed(tmp_path, old, f"left = [{new}]\nright" if old == FOREST else new))
    with pytest.raises(DataError) as told:
        plan_claims(STUDY, relations=relations)
    assert words in str(told.value)
    assert str(told.value).startswith("relation ")


def test_another_plan_brings_another_file(tmp_path):
    """A plan whose parts exceed its whole, in another folder; without the file it has no relations of its own."""
    shutil.copytree(RELATIONS.parent, tmp_path / "plan")
    items = json.loads((tmp_path / "plan" / "items.json").read_text(encoding="utf-8"))
    centres = next(item for item in items if item["id"] == "W-12")
    centres["quantities"][0]["value"] = 10
    (tmp_path / "plan" / "items.json").write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    study = load_study()
    other = type(study)(**{**vars(study), "files": {**study.files, "plan": tmp_path / "plan"}})
    (tmp_path / "plan" / "relations.toml").unlink()
    found = contradictions(plan_claims(other))
    assert read_relations(other) is None
    assert found.checks["id"].str.startswith("split_").all()
    assert found.conflicts["member"].tolist() == ["W-12", "W-12/叙永", "W-12/古蔺", "split_w_12"]


def test_files_are_whole_and_the_same_bytes_again(tmp_path):
    for name in ("one", "two"):
        write_contradictions(contradictions(plan_claims(STUDY)), tmp_path / name)
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(CHECK_FILES)
    for name in CHECK_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    table = pd.read_csv(tmp_path / "one" / "checks.csv", encoding="utf-8-sig")
    assert len(table) == len(FOUND.checks)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 90))
def test_reported_counties_hold_if_and_only_if_they_sum_to_the_whole(one, two, both):
    rows = [reported("W-12", "叙永", one), reported("W-12", "古蔺", two), reported("W-12", "两县", both)]
    assert (verdicts_of(*rows)["split_w_12"] == "满足") == (one + two == both)


SHEET = "编号,名称,县,截至日期,完成值,单位\n"


def test_the_command_tells_contradictions_with_their_clauses(tmp_path, capsys):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        SHEET + "W-12,,叙永,2023-12-31,2,个\nW-12,,古蔺,2023-12-31,2,个\nW-12,,两县,2023-12-31,3,个\n", encoding="utf-8"
    )
    assert main(["monitor", "check", str(sheet), "--as-of", "2024-06-30", "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "4 contradict," in told
    assert "3 ≠ 4 → contradiction [四(三)2]" in told
    table = pd.read_csv(tmp_path / "out" / "conflicts.csv", encoding="utf-8-sig")
    members = table.loc[table["check"] == "reported_split_w_12", "member"].tolist()
    assert members == ["W-12@reported", "W-12/叙永@reported", "W-12/古蔺@reported", "reported_split_w_12"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--relations", "bad.toml"], "bad.toml"),
        (["--areas", "bad.csv"], "is no table of suitable land"),
        (["--as-of", "2024-06-30"], "has no effect without"),
        (["--strict"], "has no effect without"),
        (["none.csv", "--as-of", "2024-06-30"], "no file none.csv"),
        (["--relations", "none.toml"], "none.toml"),
    ],
)
def test_a_bad_call_is_one_line_and_writes_nothing(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text("about = [", encoding="utf-8")
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["monitor", "check", *arguments, "--out", "out"]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len([line for line in error.splitlines() if not line.startswith("note:")]) == 1
    assert not (tmp_path / "out").exists()


def test_a_study_with_bad_relations_is_told_by_check(tmp_path, capsys):
    assert main(["init", str(tmp_path / "study")]) == 0
    (tmp_path / "study" / "plan").mkdir()
    shutil.copy(RELATIONS.parents[1] / "boundaries" / "counties.geojson", tmp_path / "study" / "counties.geojson")
    for name in ("items.json", "clauses.json", "checks.json"):
        shutil.copy(RELATIONS.parent / name, tmp_path / "study" / "plan" / name)
    bad = RELATIONS.read_text(encoding="utf-8").replace("about = 0.10", "about = 3")
    (tmp_path / "study" / "plan" / "relations.toml").write_text(bad, encoding="utf-8")
    record = tmp_path / "study" / "study.toml"
    record.write_text(record.read_text(encoding="utf-8").replace('# plan = "plan"', 'plan = "plan"'), encoding="utf-8")
    capsys.readouterr()
    main(["check", str(tmp_path / "study")])
    told = capsys.readouterr()
    assert "about is 3" in told.out + told.err
