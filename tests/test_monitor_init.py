"""The sheet that staff fill in, and the commands around it."""

import csv
import datetime

import openpyxl
import pandas as pd
import pytest

from nanyi_gis.cli import main
from nanyi_gis.errors import ParameterError
from nanyi_gis.io import data_file
from nanyi_gis.monitor import (
    HEADINGS,
    deadline_text,
    read_register,
    read_reports,
    read_sheets,
    target_text,
    tracked,
    write_blank_sheet,
)
from nanyi_gis.monitor.blank_sheet import FREE_ROWS
from nanyi_gis.plan import load_plan
from nanyi_gis.study import load_study

STUDY = load_study()
LINES, REGISTER = tracked(STUDY), read_register(STUDY)
AS_OF = datetime.date(2026, 2, 28)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return write_blank_sheet(tmp_path_factory.mktemp("blank") / "sheet.xlsx", LINES, register=REGISTER, title="规划")


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(made)


def read(path, **options):
    return read_sheets([path], lines=LINES, register=REGISTER, as_of=AS_OF, **options)


def test_one_row_a_line_filled_in_and_locked(book):
    sheet = book["填报"]
    assert [cell.value for cell in sheet[1]] == list(HEADINGS)
    rows = [[cell.value for cell in row[:7]] for row in sheet.iter_rows(min_row=2, max_row=len(LINES) + 1)]
    assert rows == [[x.id, x.name_zh, x.county, None, None, x.unit, x.nature] for x in LINES]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    locked = [cell.column_letter for cell in sheet[2] if cell.protection.locked]
    assert locked == ["A", "B", "C", "F", "G"]
    free = [cell.protection.locked for row in sheet.iter_rows(min_row=len(LINES) + 2) for cell in row]
    assert len(free) == FREE_ROWS * len(HEADINGS)
    assert not any(free)


def test_drop_downs_stand_where_they_are_needed(book):
    sheet, words = book["填报"], book["选项"]
    found = {}
    for rule in sheet.data_validations.dataValidation:
        for part in rule.sqref.ranges:
            found.setdefault(part.coord[0], []).append((part.min_row, part.max_row, rule.type, rule.formula1))
    last = len(LINES) + 1 + FREE_ROWS
    assert {name: rules[-1][1] for name, rules in found.items() if name != "E"} == dict.fromkeys("ACDFGI", last)
    assert found["D"][0][2] == "date"
    states = {row for first, until, _, _ in found["E"] for row in range(first, until + 1)}
    assert states == {row for row, line in enumerate(LINES, start=2) if line.unit == "状态"}
    lists = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in words.iter_cols()}
    assert lists["县"] == ["两县", "叙永", "古蔺"]
    assert lists["口径"] == ["累计", "年度", "状态"]
    assert {"政府文件", "无"} <= set(lists["证据"])
    assert found["C"][0][3] == "选项!$B$2:$B$4"


def test_rules_targets_and_owners_stand_in_a_sheet_of_their_own(book):
    texts = [[cell.value for cell in row] for row in book["说明"].iter_rows()]
    rows = {(row[0], row[3]): row for row in texts if row[0]}
    assert rows["G-02", "两县"][4:8] == ["≥700 亿元", "亿元", "2025-12-31", "未明确"]
    assert rows["W-12", "古蔺"][4:8] == ["6 个", "个", "2025-12-31（规划期末，假定）", "市卫生健康委"]
    assert rows["G-01", "两县"][4:7] == ["", "状态", "未定"]
    said = " ".join(str(cell) for row in texts for cell in row if cell)
    assert "全角" in said
    assert "full-width digits" in said


def test_it_is_the_same_bytes_and_reads_as_nothing(made, tmp_path):
    again = write_blank_sheet(tmp_path / "again.xlsx", LINES, register=REGISTER, title="规划")
    assert again.read_bytes() == made.read_bytes()
    plain = write_blank_sheet(tmp_path / "again.csv", LINES, register=REGISTER)
    assert plain.read_bytes().startswith(b"\xef\xbb\xbf")
    for path in (made, plain):
        found = read(path)
        assert found.observations == ()
        assert found.set_aside.empty
        assert found.notes == (f"{path.name}: {len(LINES)} rows have no value and report nothing",)


def test_what_is_filled_in_is_read(made, tmp_path):
    book = openpyxl.load_workbook(made)
    sheet = book["填报"]
    place = {(row[0].value, row[2].value): row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value}
    for key, value in {("W-12", "古蔺"): "2", ("I-20", "古蔺"): "在建", ("F-26", "两县"): 12.5}.items():
        sheet.cell(place[key], 4).value = datetime.datetime(2022, 12, 31)
        sheet.cell(place[key], 5).value = value
    free = len(LINES) + 2
    for column, value in enumerate(
        ["F-26", "", "叙永", datetime.datetime(2022, 12, 31), "4~5", "万亩", "累计"], start=1
    ):
        sheet.cell(free, column).value = value
    book.save(tmp_path / "filled.xlsx")
    found = read(tmp_path / "filled.xlsx")
    assert found.set_aside.empty
    told = {(o.id, o.county): (o.low, o.high, o.state) for o in found.observations}
    assert told == {
        ("W-12", "古蔺"): (2.0, 2.0, ""),
        ("I-20", "古蔺"): (None, None, "在建"),
        ("F-26", "两县"): (12.5, 12.5, ""),
        ("F-26", "叙永"): (4.0, 5.0, ""),
    }


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"\.xlsx"):
        write_blank_sheet(tmp_path / "a.ods", LINES, register=REGISTER)


def test_every_line_tells_its_target_and_day():
    for line in LINES:
        assert bool(target_text(line)) == line.counted, line.id
        assert deadline_text(line)[:4] in {"未定", "2022", "2023", "2025", "2035"}, line.id


# ---- published observations ---------------------------------------------------------------


def test_published_observations_are_known_facts_with_their_source():
    found = read_reports(STUDY, as_of=AS_OF)
    assert found.set_aside.empty
    events = load_plan().milestones
    actual = {(str(event.date), item) for event in events if event.nature == "actual" for item in event.items}
    told = {(str(row.on), row.id) for row in found.observations}
    assert actual <= told
    assert all(row.source and row.evidence == "published, unverified" for row in found.observations)
    with open(data_file("monitor/observations.csv"), encoding="utf-8", newline="") as stream:
        assert len(list(csv.reader(stream))) == len(found.observations) + 1


def test_published_observations_of_later_days_are_left_out_without_being_bad():
    found = read_reports(STUDY, as_of=datetime.date(2021, 12, 31))
    assert {row.id for row in found.observations} == {"I-09", "I-11", "I-04"}
    assert found.set_aside.empty
    assert "4 published rows are of days after 2021-12-31; left out" in " ".join(found.notes)


# ---- commands -----------------------------------------------------------------------------


@pytest.fixture
def filled(tmp_path):
    path = tmp_path / "filled.csv"
    rows = ["编号,名称,县,截至日期,完成值,单位", "W-12,,古蔺,2022-12-31,2,个", "W-12,,古蔺,2023-12-31,３,个"]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_report_writes_what_stands_and_what_is_set_aside(filled, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["monitor", "report", str(filled), "--alone", "--as-of", "2024-06-30", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "1 observations of 245 lines read on 2024-06-30" in said.out
    assert "1 bad rows" in said.out
    status = pd.read_csv(out / "status.csv").set_index(["id", "county"])
    assert status.loc[("W-12", "古蔺"), "value_low"] == 2
    aside = pd.read_csv(out / "set_aside.csv")
    assert aside[["file", "line", "cell", "cured_value"]].to_numpy().tolist() == [["filled.csv", 3, "E3", 3]]
    arguments = [
        "monitor",
        "report",
        str(filled),
        "--alone",
        "--as-of",
        "2024-06-30",
        "--take-cures",
        "--out",
        str(out),
    ]
    assert main(arguments) == 0
    assert "1 bad rows, 1 of them read with their cures" in capsys.readouterr().out
    assert pd.read_csv(out / "status.csv").set_index(["id", "county"]).loc[("W-12", "古蔺"), "value_low"] == 3


def test_the_day_is_today_and_told(tmp_path, capsys):
    assert main(["monitor", "report", "--out", str(tmp_path / "out")]) == 0
    assert f"the day of the report is today, {datetime.date.today()}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{file}", "--strict"], "filled.csv E3 is '３': full-width digits"),
        (["{file}", "--strict", "--take-cures"], "--take-cures is set, but has no effect with --strict"),
        (["--alone"], "--alone is set, but has no effect without SHEETS"),
        (["{file}", "--as-of", "2024-13-01"], "must be a day as YYYY-MM-DD"),
        (["{file}", "--rule", "rainbow"], "rule is 'rainbow'"),
        (["{file}", "none.csv"], "no file none.csv"),
    ],
)
def test_bad_calls_end_in_one_line_and_write_nothing(filled, tmp_path, capsys, arguments, words):
    given = [text.format(file=filled) for text in arguments]
    if "--as-of" not in given:
        given += ["--as-of", "2024-06-30"]
    assert main(["monitor", "report", *given, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert words in said[0]
    assert not (tmp_path / "out").exists()


def test_public_sheets_are_without_what_public_maps_do_not_show(tmp_path, capsys):
    path = tmp_path / "a.csv"
    assert main(["monitor", "init", "--public", "--out", str(path)]) == 0
    ids = set(pd.read_csv(path)["编号"])
    assert "W-12" in ids
    assert not {item.id for item in load_plan().items if not item.public} & ids
    assert "lines of" in capsys.readouterr().out
