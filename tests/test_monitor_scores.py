"""Scores, changes between two days, and the files of a report."""

import datetime
import io

import openpyxl
import pandas as pd
import pytest

from nanyi_gis import monitor
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.monitor import read_weights, report, scores, write_report
from nanyi_gis.study import load_study

STUDY = load_study()
DAY = datetime.date(2022, 12, 31)
HEAD = "编号,名称,县,截至日期,完成值,单位,口径,来源,证据,填报单位,填报人,备注\n"
ROWS = [
    "W-12,县域医疗次中心,古蔺,2022-12-31,2,个,累计,县卫健局2022年工作总结第3页,政府文件,,,\n",
    "W-12,县域医疗次中心,叙永,2022-12-31,2,个,累计,,,,,\n",
    "I-20,二郎互通,古蔺,2022-12-31,建成,状态,,通车公告,新闻,,,\n",
    "F-26,甜橙,两县,2021-12-31,6,万亩,累计,年报,统计公报,,,\n",
]
BAD = "W-12,县域医疗次中心,古蔺,2022-11-30,２,个,累计,,,,,\n"


@pytest.fixture(scope="module")
def sheet(tmp_path_factory):
    path = tmp_path_factory.mktemp("sheets") / "sheet.csv"
    path.write_text(HEAD + "".join(ROWS), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(sheet):
    return report(STUDY, [sheet], as_of=DAY, since=datetime.date(2022, 6, 30), published=False)


def row(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_scores_as_a_hand_works_them(found):
    def points(part, **of):
        mark = row(found.scores, row="事项", part=part, **of)
        return mark["points"], mark["of"]

    # 2 of 6 when 730 of 1826 days had gone, fresh, from a document
    assert points("数量", id="W-12", county="古蔺") == (pytest.approx(60 * (2 / 6) / (730 / 1826)), 60)
    assert points("报送", id="W-12", county="古蔺") == (20, 20)
    assert points("佐证", id="W-12", county="古蔺") == (20, 20)
    # 2 of 5 is on pace; without source there is no proof
    assert points("数量", id="W-12", county="叙永") == (60, 60)
    assert points("佐证", id="W-12", county="叙永") == (0, 20)
    # the whole of an item that counties share is not counted beside them
    assert found.scores[(found.scores["id"] == "W-12") & (found.scores["county"] == "两县")].empty
    # done, told by the news
    assert points("佐证", id="I-20") == (pytest.approx(12), 20)
    # nothing reported: only that a report was due counts
    asked = found.scores[(found.scores["id"] == "G-02") & (found.scores["row"] == "事项")]
    assert asked[["part", "points", "of"]].to_numpy().tolist() == [["报送", 0, 20]]
    told = row(asked, part="报送")
    assert (told["reason"], told["reason_en"]) == ("应报未报", "a report was due, and there is none")


def test_a_total_is_the_sum_of_its_lines(found):
    table = found.scores
    lines = table[table["row"] == "事项"]
    for by, column in (("单位", "owner"), ("县", "county")):
        for total in table[(table["row"] == "合计") & (table["by"] == by) & (table["part"] == "全部")].itertuples():
            if column == "county":
                of = lines[lines["county"] == total.name]
            else:
                of = lines[lines["name"].str.split("、").map(lambda owners, name=total.name: name in owners)]
            assert total.points == pytest.approx(of["points"].sum())
            assert total.of == of["of"].sum()
            if set(of["part"]) == {"报送"}:  # silence tells nothing of the work
                assert total.score != total.score
                assert total.reason.startswith("一项未报，不评总分")
            else:
                assert total.score == pytest.approx(100 * of["points"].sum() / of["of"].sum(), abs=0.051)
    named = table.loc[(table["row"] == "合计") & (table["by"] == "单位"), "name"]
    assert "未明确" not in set(named)
    assert (lines["name"] == "未明确").any()
    assert table["reason"].iloc[0] == read_weights().caveat_zh
    assert "不是考核结论" in table["reason"].iloc[0]


def test_nobody_is_blamed_for_what_cannot_be_measured_or_was_adjusted():
    status = pd.DataFrame(
        {
            "id": ["A-01", "A-02", "A-03"],
            "county": "叙永",
            "owner": "甲局",
            "state": ["不可量化", "已调整", "逾期"],
            "completion": [None, 0.1, 0.9],
            "elapsed_at_value": [None, 0.5, 1.0],
            "reported_on": ["", "2023-01-01", "2024-07-01"],
            "source": "年报",
            "evidence": ["", "", "政府文件"],
            "start": "2021-01-01",
        }
    )
    marks = scores(status, weights=read_weights(), as_of="2025-12-28")
    lines = marks[marks["row"] == "事项"]
    assert set(lines["id"]) == {"A-03"}
    # past the deadline it keeps half of 90 %; 545 days old is half of the way from 365 to 730, nearly
    assert lines["points"].tolist() == pytest.approx([60 * 0.45, 20 * (730 - 545) / 365, 20])


def test_weights_say_what_is_wrong_with_them(tmp_path):
    text = (STUDY.files["monitor"] / "weights.toml").read_text(encoding="utf-8")
    for number, (old, new, words) in enumerate(
        [
            ("stale_days = 730", "stale_days = 300", "stale_days beyond fresh_days"),
            ("share = 60.0", "share = -1.0", "share"),
            ('"现场" = 0.8', '"现场" = 2.0', "现场"),
            ("[evidence]", "[proof]", "evidence.share is missing"),
        ]
    ):
        file = tmp_path / f"{number}.toml"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(ParameterError, match=words) as fault:
            read_weights(file)
        assert "\n" not in str(fault.value)


def test_changes_tell_new_values_and_what_time_alone_did(found):
    moved = found.changes.set_index(["id", "county"])
    assert moved.loc[("W-12", "古蔺"), ["kind_en", "state_before", "state_after"]].tolist() == [
        "new data, another state",
        "无数据",
        "滞后",
    ]
    assert ("F-26", "两县") not in moved.index  # reported before, and still as far behind
    assert ("G-02", "两县") not in moved.index
    with pytest.raises(ParameterError, match="must be before the day of the report"):
        report(STUDY, [], as_of=DAY, since=DAY)


def test_time_alone_changes_a_state(sheet):
    late = report(STUDY, [sheet], as_of=datetime.date(2026, 3, 1), since=DAY, published=False).changes
    moved = row(late, id="F-26", county="两县")
    assert (moved["kind_en"], moved["state_after"]) == ("no new data: time alone changed the state", "无数据")


def test_the_same_rows_in_any_order_of_rows_and_files_are_the_same_report(found, sheet, tmp_path):
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    one.write_text(HEAD + ROWS[3] + ROWS[0], encoding="utf-8")
    two.write_text(HEAD + ROWS[2] + ROWS[1], encoding="utf-8-sig")
    other = report(STUDY, [two, one], as_of=DAY, since=found.since, published=False)
    where = ["file", "line"]
    pd.testing.assert_frame_equal(other.status.drop(columns=where), found.status.drop(columns=where))
    pd.testing.assert_frame_equal(other.scores, found.scores)
    pd.testing.assert_frame_equal(other.changes, found.changes)


def test_files_are_the_same_bytes_and_the_workbook_opens(found, sheet, tmp_path):
    again = report(STUDY, [sheet], as_of=DAY, since=found.since, published=False)
    first, second = tmp_path / "1", tmp_path / "2"
    files = write_report(found, first, reads=[sheet], also=[lambda stage: [_page(stage)]])
    write_report(again, second)
    assert [file.name for file in files] == [*monitor.report_files(since=True), "page.html"]
    for name in monitor.report_files(since=True):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
    book = openpyxl.load_workbook(io.BytesIO((first / "monitor.xlsx").read_bytes()))
    assert book.sheetnames == ["状态", "搁置", "评分", "变化"]
    assert "不是考核结论" in book["评分"]["A1"].value
    cells = {cell.value for line in book["状态"].iter_rows() for cell in line}
    assert {"滞后", "县域医疗次中心", "每月需完成"} <= cells
    table = pd.read_csv(first / "status.csv", dtype=str, keep_default_na=False)
    assert table.columns[:8].tolist() == [
        *("id", "county", "state", "completion", "elapsed", "forecast_low", "forecast_high", "reach_probability"),
    ]
    assert len(table) == len(found.lines)


def _page(stage):
    path = stage / "page.html"
    path.write_text("<p>", encoding="utf-8")
    return path


def test_strict_writes_nothing_and_set_aside_is_told(tmp_path, capsys):
    bad = tmp_path / "bad.csv"
    bad.write_text(HEAD + ROWS[0] + BAD, encoding="utf-8")
    with pytest.raises(DataError, match="E3"):
        report(STUDY, [bad], as_of=DAY, strict=True)
    out = tmp_path / "out"
    call = ["monitor", "report", str(bad), "--as-of", "2022-12-31", "--out", str(out)]
    assert main([*call, "--strict"]) == 2
    assert not out.exists()
    assert main([*call, "--weights", str(bad)]) == 2
    assert main([*call, "--since", "2023-01-01"]) == 2
    assert not out.exists()
    capsys.readouterr()
    assert main([*call, "--lang", "en", "--rule", "sanya", "--since", "2022-01-01"]) == 0
    told = capsys.readouterr().out
    assert "changes.csv" in told
    assert "1 bad rows" in told
    aside = pd.read_csv(out / "set_aside.csv", dtype=str)
    assert aside["cell"].tolist() == ["E3"]
    assert pd.read_csv(out / "status.csv")["lamp"].isin(["黄牌", "绿牌", "红牌", "不亮牌"]).all()
