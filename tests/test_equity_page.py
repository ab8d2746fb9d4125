"""The page of equity: who gains and loses, indices with ranges, and what it says of what cannot be told."""

import dataclasses
import json

import pytest
from reading import Read

from nanyi_gis.accessibility import minutes_table
from nanyi_gis.atlas.pages import entries_of, equity
from nanyi_gis.atlas.prepare import prepare

GIVEN = {
    "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
}  # fmt: skip


@pytest.fixture(scope="module")
def page(coarse_atlas) -> Read:
    return Read.of_file(coarse_atlas / equity.FILE)


@pytest.fixture(scope="module")
def english(coarse_english) -> Read:
    return Read.of_file(coarse_english / equity.FILE)


def ends(text: str) -> list[float]:
    """Return the ends of a range as a cell shows it."""
    return [float(part) for part in text.removesuffix("%").strip().split("–")]


def test_indices_stand_beside_the_mean_and_the_shares(page):
    rows = page.rows("均等指标")
    assert len(rows) == 3 * 3 + 5
    by_row = {(row["服务"], row["年份或方案"]): row for row in rows}
    built, now = by_row["高速互通", "规划建成"], by_row["高速互通", "现状 2026-02"]
    # nearer for all, yet less even by minutes and more even by access: the page must show both
    assert ends(built["平均（分）"])[1] < ends(now["平均（分）"])[0]
    assert ends(built["基尼（分钟）"])[0] > ends(now["基尼（分钟）"])[0]
    assert ends(built["基尼（便利度）"])[1] < ends(now["基尼（便利度）"])[0]
    assert by_row["客运车站", "规划时 2022-03"]["基尼（分钟）"] == "–"
    assert by_row["客运车站", "规划时 2022-03"]["60 分内人口"] == "0 %"
    assert by_row["医院或次中心", "总用时最少"]["帕尔马"] == "∞"
    for row in rows:
        for head in ("平均（分）", "基尼（分钟）", "30 分内人口"):
            assert row[head] == "–" or ends(row[head]) == sorted(ends(row[head]))


def test_the_page_agrees_with_the_page_of_hospitals(page, coarse_atlas):
    there = Read.of_file(coarse_atlas / "access_hospital.html").rows("可达人口比例（区间）")
    here = {row["年份或方案"]: row for row in page.rows("均等指标") if row["服务"] == "县级医院"}
    for row in there:
        if row["年份"] in {"规划时 2022-03", "规划建成"}:  # today's range here also holds openings not on record
            assert here[row["年份"]]["60 分内人口"] == row["60 分钟内"]
            assert here[row["年份"]]["基尼（分钟）"] == row["基尼系数"]


def test_nobody_worse_off_is_told_with_names(page):
    rows = page.rows("谁受益，谁变差")
    roads = [row for row in rows if row["服务"] in {"县级医院", "高速互通", "客运车站"}]
    assert len(roads) == 6
    assert {row["变差"] for row in roads} == {"0"}
    assert {row["“无人变差”"] for row in roads} == {"无法判断：东新镇；其余无人变差"}
    weighed = {row["甲 → 乙"]: row for row in rows if row["服务"] == "医院或次中心"}
    assert len(weighed) == 4
    fails = weighed["总用时最少 → 最远者最近"]
    assert fails["“无人变差”"].startswith("不成立：")
    assert int(fails["变差"].split(" ")[0]) == fails["“无人变差”"].count("、") + 1
    for row in rows:
        counts = [int(row[head].split(" ")[0]) for head in ("受益", "受益或不变", "不变", "变差")]
        assert sum(counts) == 45
    trains = next(
        row for row in roads if row["甲 → 乙"] == "规划时 2022-03 → 现状 2026-02" and row["服务"] == "客运车站"
    )
    low, high = trains["受益"].removeprefix("45 (").removesuffix(")").replace(",", "").split("–")
    assert float(low) <= 1_187_000 <= float(high) <= 1_204_937  # never more people than there are


def test_who_is_beyond_an_hour(page):
    rows = page.rows("60 分钟以外的乡镇（现状 2026-02）")
    heads = ["到县级医院（分）", "到高速互通（分）", "到客运车站（分）"]
    for row in rows:
        assert any(row[head] != "本地" and float(row[head]) >= 60 for head in heads)
    told = next(text for text in page.texts if text.startswith("超过 60 分钟的"))
    count = sum(row[heads[0]] != "本地" and float(row[heads[0]]) > 60 for row in rows)
    assert f"县级医院 {count} 个乡镇" in told


def test_the_page_says_what_is_measured_and_what_is_not(page, english):
    text = " ".join(page.texts)
    for words in ("基尼系数 0 表示人人一样远", "每多 30 分钟减半（假定）", "东新镇未定位", "没有公开地点，未计"):
        assert words in text
    assert "W-24" in text
    assert len(page.charts) == len(english.charts) == 4
    assert len(english.rows("How even it is")) == len(page.rows("均等指标"))
    assert not [row for row in english.rows("Who gains, who is worse off") if "无" in "".join(row.values())]


def test_figures_hold_their_value(coarse_atlas):
    figures = json.loads((coarse_atlas / "manifest.json").read_text(encoding="utf-8"))["figures"]
    own = [figure for figure in figures if figure["page"] == equity.FILE]
    assert len(own) == 3 * 3 + 5 - 1  # nobody reaches a train in 2022
    assert all(0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1 for figure in own)
    assert all(figure["items"] == ["W-24", "W-12"] for figure in own)


def test_the_public_page_has_the_same_words(public_atlas, page):
    public = Read.of_file(public_atlas / equity.FILE)
    assert public.rows("均等指标") == page.rows("均等指标")
    verdicts = [[row["“无人变差”"] for row in read.rows("谁受益，谁变差")] for read in (public, page)]
    assert verdicts[0] == verdicts[1]


def test_a_study_without_people_lacks_the_page_and_one_network_has_nothing_to_compare():
    atlas = prepare(**GIVEN, public=False)
    files = {key: path for key, path in atlas.study.files.items() if key not in {"census", "siting"}}
    bare = dataclasses.replace(atlas, study=dataclasses.replace(atlas.study, files=files))
    [entry] = entries_of(equity, bare)
    assert entry.lacks is not None
    files = {key: path for key, path in atlas.study.files.items() if key != "siting"}
    shared = {"graphs": {"own": atlas.graphs["today"]}, "uncertain": {}}
    one = dataclasses.replace(atlas, study=dataclasses.replace(atlas.study, files=files), shared=shared)
    [made] = equity.make(one)
    read = Read(made.page.html())
    assert "谁受益，谁变差" not in read.tables
    assert [row["年份或方案"] for row in read.rows("均等指标")] == ["自有路网"] * 3
    even = equity._even(one)
    assert len(minutes_table(even.found.townships)) == 46 * 3
