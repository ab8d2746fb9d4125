"""Sheets that county staff fill in: what is read, what is set aside and why, and that nothing vanishes."""

import datetime
import zipfile
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis.errors import DataError, NanyiError
from nanyi_gis.monitor import HEADINGS, NEEDED, read_register, read_reports, read_sheets, refuse_set_aside, tracked
from nanyi_gis.monitor.cells import read_day, read_number
from nanyi_gis.monitor.quarantine import RULES
from nanyi_gis.monitor.series import Point, falling
from nanyi_gis.study import load_study

STUDY = load_study()
LINES, REGISTER = tracked(STUDY), read_register(STUDY)
AS_OF = datetime.date(2026, 2, 28)


def read(path, **options):
    return read_sheets([path], lines=LINES, register=REGISTER, as_of=AS_OF, **options)


@pytest.fixture
def sheet(tmp_path):
    """Return a function that reads rows of ``id, county, day, value, unit[, nature, source, note]``."""

    def write(*rows, encoding="utf-8", name="a.csv", **options):
        text = "编号,名称,县,截至日期,完成值,单位,口径,来源,备注\n"
        for row in rows:
            first, *others = row
            cells = [first, "", *others]
            text += ",".join([*cells, *[""] * (9 - len(cells))]) + "\n"
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return read(path, **options)

    return write


def codes(reading):
    return [(row.line, row.code, row.cured_value) for row in reading.set_aside.itertuples()]


GOOD = ("W-12", "古蔺", "2022-12-31", "2", "个")

# each row is bad by one rule; worked by hand from the rules of docs/monitor.md
BAD = [
    (("W-12", "古蔺", "2022-12-31", "２", "个"), "full_width", "2"),
    (("W-12", "古蔺", "2022-12-31", "2个", "个"), "unit_in_cell", "2"),
    (("I-15", "两县", "2022-12-31", "300公里", "km"), "unit_in_cell", "300"),
    (("G-02", "两县", "2022-12-31", "420亿", "亿元", "年度"), "unit_in_cell", "420"),
    (("L-15", "古蔺", "2022-12-31", "3000亩", "万亩"), "other_unit_in_cell", ""),
    (("W-12", "古蔺", "2022-12-31", "十二", "个"), "chinese_number", "12"),
    (("G-02", "两县", "2022-12-31", "四百二十亿", "亿元", "年度"), "chinese_number", "420"),
    (("W-12", "古蔺", "2022-12-31", "一百二", "个"), "no_number", ""),
    (("W-12", "古蔺", "2022-12-31", "٣", "个"), "no_number", ""),
    (("F-26", "两县", "2022-12-31", '"30,0"', "万亩"), "thousands", ""),
    (("F-26", "两县", "2022-12-31", '"12,34"', "万亩"), "thousands", ""),
    (("W-12", "古蔺", "2022-12-31", "若干", "个"), "no_number", ""),
    (("W-12", "古蔺", "2022-12-31", "4-2", "个"), "range", ""),
    (("W-12", "古蔺", "2022-12-31", "-2", "个"), "negative", ""),
    (("W-12", "古蔺", "2022-12-31", "+2", "个"), "plus", "2"),
    (("I-37", "两县", "2022-12-31", "9800", "%"), "above_100", ""),
    (("I-37", "两县", "2022-12-31", "97%", "%"), "unit_in_cell", "97"),
    (("W-12", "古蔺", "2022-12-31", "=1+1", "个"), "formula", ""),
    (("W-12", "古蔺", "2022-12-31", "-2+cmd", "个"), "formula", ""),
    (("W-12", "古蔺", "2022-12-31", "2", "个", "", "@SUM(A1)"), "formula", ""),
    (("F-13", "两县", "2022-12-31", "3300", "平方公里"), "unit", "495 万亩"),
    (("E-05", "叙永", "2022-12-31", "50", "MW"), "unit", "5 万kW"),
    (("F-26", "两县", "2022-12-31", "20000", "公顷"), "unit", "30 万亩"),
    (("F-26", "两县", "2022-12-31", "15", "吨"), "unit_unknown", ""),
    (("L-01", "两县", "2022-12-31", "15", "万吨"), "unit_unknown", ""),
    (("W-12", "古蔺", "44926", "2", "个"), "serial", "2022-12-31"),
    (("W-12", "古蔺", "20221231", "2", "个"), "compact", "2022-12-31"),
    (("W-12", "古蔺", "2022-02-30", "2", "个"), "no_day", ""),
    (("W-12", "古蔺", "2023年底", "2", "个"), "words_for_day", "2023-12-31"),
    (("W-12", "古蔺", "2024年2月底", "2", "个"), "words_for_day", "2024-02-29"),
    (("W-12", "古蔺", "2023年三季度末", "2", "个"), "words_for_day", "2023-09-30"),
    (("W-12", "古蔺", "2023年6月", "2", "个"), "words_for_day", ""),
    (("W-12", "古蔺", "二〇二三年十二月三十一日", "2", "个"), "chinese_number", "2023-12-31"),
    (("W-12", "古蔺", "截至2022年12月31日", "2", "个"), "words_for_day", "2022-12-31"),
    (("W-12", "古蔺", "二零二二年底", "2", "个"), "words_for_day", "2022-12-31"),
    (("W-12", "古蔺", "2022—12—31", "2", "个"), "full_width", "2022-12-31"),
    (("W-12", "古蔺", "31/12/2022", "2", "个"), "day_order", "2022-12-31"),
    (("W-12", "古蔺", "3/4/2022", "2", "个"), "day_order", ""),
    (("W-12", "古蔺", "22-12-31", "2", "个"), "day_order", ""),
    (("W-12", "古蔺", "最近", "2", "个"), "no_date", ""),
    (("W-12", "古蔺", "", "2", "个"), "no_date", ""),
    (("W-12", "古蔺", "2026-03-01", "2", "个"), "future", ""),
    (("X-99", "古蔺", "2022-12-31", "2", "个"), "unknown_id", ""),
    (("ｗ—12", "古蔺", "2022-12-31", "2", "个"), "unknown_id", "W-12"),
    (("W-12", "泸县", "2022-12-31", "2", "个"), "unknown_county", ""),
    (("W-12", "", "2022-12-31", "2", "个"), "no_county", ""),
    (("L-15", "叙永", "2022-12-31", "2", "万亩"), "other_county", ""),
    (("L-15", "两县", "2022-12-31", "2", "万亩"), "other_county", "古蔺"),
    (("W-12", "古蔺", "2022-12-31", "2", "个", "合计"), "nature", ""),
    (("W-12", "古蔺", "2022-12-31", "建成", "状态"), "state_for_number", ""),
    (("W-12", "古蔺", "2022-12-31", "已调整", "状态"), "no_document", ""),
    (("I-20", "古蔺", "2022-12-31", "基本建成", "状态"), "no_state", ""),
    (("I-20", "古蔺", "2022-12-31", "1", "个"), "no_state", ""),
    (("W-12", "古蔺", "2022-12-31", "2", "个", "", "", "", "多余"), "more_cells", ""),
]


@pytest.mark.parametrize(("row", "code", "cured"), BAD, ids=[f"{code}-{row[3]}-{row[2]}" for row, code, _ in BAD])
def test_each_bad_row_is_set_aside_by_its_rule(sheet, row, code, cured):
    found = sheet(("W-13", "古蔺", "2022-12-31", "1", "个"), row)
    assert codes(found) == [(3, code, cured)]
    assert [o.id for o in found.observations] == ["W-13"], "the other row is read"
    taken = sheet(("W-13", "古蔺", "2022-12-31", "1", "个"), row, take_cures=True)
    assert len(taken.observations) == 1 + (cured != "")
    assert taken.set_aside["taken"].tolist() == [cured != ""]


def test_every_rule_has_words_in_both_languages_and_a_case():
    shown = {code for _, code, _ in BAD}
    elsewhere = {"two_values", "falling", "id_and_name", "date_as_value", "error_cell"}
    assert shown | elsewhere == set(RULES)
    for rule in RULES.values():
        assert all(rule)
    guide = (Path(__file__).parent.parent / "docs" / "monitor.md").read_text(encoding="utf-8")
    assert [code for code in RULES if f"`{code}`" not in guide] == []


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        (("W-12", "古蔺", "2022-12-31", "2", "个"), 2, 2),
        (("W-12", "古蔺县", "2022/12/31", "0-4", "处"), 0, 4),
        (("W-12", "古蔺", "2022.12.31", "2～4", "个"), 2, 4),
        (("W-12", "两县", "2022年12月31日", "约3", "个"), 3, 3),
        (("I-15", "两县", "2022-12-31 00:00:00", "300以上", "公里"), 300, 300),
        (("I-15", "两县", "2022-12-31", "100余", "千米"), 100, 100),
        (("I-15", "两县", "2022-12-31", "50以下", "km"), 0, 50),
        (("G-02", "两县", "2022-12-31", '"1,234.5"', "亿元", "年度"), 1234.5, 1234.5),
        (("R-00c", "两县", "2022-12-31", "380", "万人次", "年度"), 380, 380),
        (("F-13", "两县", "2022-12-31", "495", "万亩", "状态"), 495, 495),
        (("W-11", "叙永县、古蔺县", "2022-12-31", "3", "所"), 3, 3),
    ],
)
def test_what_is_not_bad(sheet, row, low, high):
    found = sheet(row)
    assert found.set_aside.empty
    assert [(o.low, o.high, str(o.on)) for o in found.observations] == [(low, high, "2022-12-31")]


def test_the_template_reads_whole_and_every_bad_row_is_bad(shared):
    found = read(shared / "cases/monitor/monitor_template.csv")
    assert found.set_aside.empty
    assert [(o.id, o.county, o.low, o.state) for o in found.observations] == [
        ("W-12", "古蔺", 2.0, ""),
        ("W-12", "叙永", 2.0, ""),
        ("I-20", "古蔺", None, "已完成"),
    ]
    bad = read(shared / "cases/monitor/monitor_bad.csv")
    assert bad.observations == ()
    assert set(bad.set_aside["line"]) == set(range(2, 13))


def test_no_value_is_no_observation_and_is_told(sheet):
    found = sheet(("G-02", "两县", "2023-12-31", "", "亿元"), ("W-12", "古蔺", "", "尚无数据", "个"))
    assert found.observations == ()
    assert found.set_aside.empty
    assert "2 rows have no value" in found.notes[0]


def test_equal_rows_count_once_and_a_correction_stands(sheet):
    wrong = ("W-12", "古蔺", "2022-12-31", "3", "个", "", "a")
    right = ("W-12", "古蔺", "2022-12-31", "2", "个", "", "b", "更正：多报一个")
    found = sheet(wrong, wrong, right)
    assert [(o.low, o.source) for o in found.observations] == [(2.0, "b")]
    assert found.set_aside.empty
    told = " ".join(found.notes)
    assert "a.csv:3" in told
    assert "superseded by a correction" in told
    assert "by a.csv:4" in told


def test_files_may_be_given_in_any_order(tmp_path):
    head = "编号,名称,县,截至日期,完成值,单位,来源,备注\n"
    rows = {"b.csv": "W-12,,古蔺,2022-12-31,3,个,x,\n", "a.csv": "W-12,,古蔺,2022-12-31,2,个,y,更正：多报一个\n"}
    for name, row in rows.items():
        (tmp_path / name).write_text(head + row, encoding="utf-8")
    files = [tmp_path / name for name in rows]
    found = [
        read_sheets(paths, lines=LINES, register=REGISTER, as_of=AS_OF) for paths in (files, list(reversed(files)))
    ]
    assert [(o.file, o.low) for o in found[0].observations] == [("a.csv", 2.0)]
    assert found[0].observations == found[1].observations
    assert found[0].notes == found[1].notes


@pytest.mark.parametrize("close", ["", 'W-12,县",古蔺,2023-12-31,3,个,,\n'])
def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path, close):
    good = "W-12,,古蔺,2022-12-31,2,个,x,\n"
    text = f'编号,名称,县,截至日期,完成值,单位,来源,备注\n{good}W-12,"县,古蔺,2022-12-31,2,个,,\n{good}{close}'
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="row 3 has a quote that is never closed"):
        read(path)
    path.write_text(text.replace('"县', "县").replace('县"', "县").replace("x", '"x\ny, z"'), encoding="utf-8")
    assert next(o.source for o in read(path).observations) == "x y, z"


def test_what_is_far_above_its_target_is_told(sheet):
    found = sheet(("W-12", "古蔺", "2022-12-31", '"1,234"', "个"))
    assert any("over ten times their target" in note for note in found.notes)
    assert codes(sheet(("W-12", "古蔺", "2022-12-31", "2024-02-04", "个"))) == [(2, "date_as_value", "")]
    assert [o.county for o in sheet(("W-12", "叙永、古蔺", "2022-12-31", "4", "个")).observations] == ["两县"]


def test_two_values_of_one_day_are_both_set_aside(sheet):
    found = sheet(GOOD, ("W-12", "古蔺县", "2022/12/31", "3", "个"))
    assert codes(found) == [(2, "two_values", ""), (3, "two_values", "")]
    assert "a.csv:3" in found.set_aside["rule"][0]
    assert "a.csv:2" in found.set_aside["rule_en"][1]
    assert found.observations == ()


def test_a_correction_that_cannot_be_read_leaves_neither_value(sheet):
    found = sheet(GOOD, ("W-12", "古蔺", "2022-12-31", "３", "个", "", "", "更正"))
    assert found.observations == ()
    taken = sheet(GOOD, ("W-12", "古蔺", "2022-12-31", "３", "个", "", "", "更正"), take_cures=True)
    assert [o.low for o in taken.observations] == [3.0]


def test_a_cumulative_value_that_falls_names_the_other(sheet):
    days = ["2021-12-31", "2022-12-31", "2023-12-31", "2024-12-31"]
    rows = [("W-12", "古蔺", day, value, "个") for day, value in zip(days, "1523", strict=True)]
    found = sheet(*rows)
    assert codes(found) == [(3, "falling", "")], "5 contradicts two rows, so it alone is left out"
    assert "a.csv:4" in found.set_aside["rule"][0]
    assert [o.low for o in found.observations] == [1.0, 2.0, 3.0]


def test_yearly_and_standing_values_may_fall(sheet):
    found = sheet(
        ("G-02", "两县", "2022-12-31", "420", "亿元", "年度"), ("G-02", "两县", "2023-12-31", "410", "亿元", "年度")
    )
    assert len(found.observations) == 2


def test_a_row_that_needs_a_cure_never_pushes_out_a_sound_one(sheet):
    found = sheet(("W-12", "古蔺", "2022-12-31", "５", "个"), ("W-12", "古蔺", "2023-12-31", "3", "个"))
    assert [(line, code) for line, code, _ in codes(found)] == [(2, "full_width"), (2, "falling")]
    assert [o.low for o in found.observations] == [3.0]


def test_id_and_name_of_two_items_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"{','.join(NEEDED)}\nI-15,县域医疗次中心,两县,2022-12-31,2,个\n", encoding="utf-8")
    assert codes(read(path))[0][:2] == (2, "id_and_name")


def test_a_number_in_words_with_its_unit_has_two_faults_and_one_meaning(sheet):
    found = sheet(("L-15", "古蔺", "2022-12-31", "三十万亩", "万亩"), take_cures=True)
    assert codes(found) == [(2, "chinese_number", "30"), (2, "unit_in_cell", "30")]
    assert [o.low for o in found.observations] == [30.0]


def test_what_is_not_seen_is_not_read(sheet):
    found = sheet(("W-12", "古蔺", "\u200b2022-12-31", "2\u200b", "个"), ("I-40", "两县", "2022-12-31", "0.9", "%"))
    assert found.set_aside.empty
    assert "a fraction where a share in percent is due?: a.csv:3" in " ".join(found.notes)


def test_published_rows_and_sheets_are_held_against_each_other(tmp_path):
    path = tmp_path / "a.csv"
    rows = ["I-11,,叙永,2021-06-25,在建,状态,x,更正：路段未完", "I-08,,古蔺,2024-02-09,在建,状态,x,"]
    path.write_text("\n".join(["编号,名称,县,截至日期,完成值,单位,来源,备注", *rows]), encoding="utf-8")
    found = read_reports(STUDY, [path], as_of=AS_OF)
    assert [o.state for o in found.observations if o.id == "I-11"] == ["在建"]
    assert found.set_aside["file"].tolist() == ["observations.csv", "a.csv"]
    assert set(found.set_aside["code"]) == {"two_values"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=8))
def test_the_fewest_fall_out(values):
    """Held against every subset."""
    points = [Point(float(low), float(low + width), True) for low, width in values]

    def rises(kept):
        return all(points[i].low <= points[j].high for n, i in enumerate(kept) for j in kept[n + 1 :])

    out = falling(points)
    assert rises([i for i in range(len(points)) if i not in out])
    subsets = ([i for i in range(len(points)) if mask >> i & 1] for mask in range(1 << len(points)))
    assert len(points) - len(out) == max(len(kept) for kept in subsets if rises(kept))
    for place, other in out.items():
        assert other not in out
        assert other != place


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(sheet, encoding):
    assert len(sheet(GOOD, encoding=encoding).observations) == 1


def test_headings_may_stand_below_titles_in_any_order_and_dress(tmp_path):
    path = tmp_path / "a.txt"
    head = ["完成值（累计）", " 单位 ", "县（区）", "项目名称", "截止日期", "编号", "负责领导"]
    path.write_text("\n".join(["台账", "\t".join(head), "2\t个\t古蔺\t\t2022-12-31\tW-12\t张"]), encoding="gb18030")
    found = read(path)
    assert [o.low for o in found.observations] == [2.0]
    assert found.observations[0].line == 3
    assert "负责领导" in found.notes[0]


def book(tmp_path, rows, change=lambda book: None, name="a.xlsx"):
    made = openpyxl.Workbook()
    made.active.title = "填报"
    for row in (list(HEADINGS), *rows):
        made.active.append(row)
    change(made)
    made.save(tmp_path / name)
    return tmp_path / name


def test_typed_cells_of_a_workbook(tmp_path):
    day = datetime.datetime(2022, 12, 31)
    rows = [
        ["W-12", "", "古蔺", day, 2, "个"],
        ["W-13", "", "古蔺", day, "=1+1", "个"],
        ["W-14", "", "古蔺", 44926, 1, "个"],
        ["W-11", "", "古蔺", day, datetime.date(2026, 2, 4), "家"],
        ["I-37", "", "两县", day, 0.97, "%"],
        ["I-40", "", "两县", day, 97, "%"],
        ["I-15", "", "两县", day, 300.5, "公里"],
    ]

    def change(made):
        made.active["E6"].number_format = "0.0%"
        made.active["A10"] = "W-12"
        made.active["E10"] = "#REF!"
        made.active["E10"].data_type = "e"
        made.active.row_dimensions[8].hidden = True

    found = read(book(tmp_path, rows, change))
    assert [(o.id, o.low) for o in found.observations] == [("W-12", 2.0), ("I-40", 97.0), ("I-15", 300.5)]
    told = {(row.cell, row.code, row.cured_value) for row in found.set_aside.itertuples()}
    assert told >= {
        ("E3", "formula", ""),
        ("D4", "serial", "2022-12-31"),
        ("E5", "date_as_value", ""),
        ("E6", "unit_in_cell", "97"),
        ("E10", "error_cell", ""),
    }
    assert any("1 hidden rows" in note for note in found.notes)


def test_merged_cells_count_in_each_row(tmp_path):
    rows = [["W-12", "县域医疗次中心", "古蔺", "2022-12-31", 2, "个"], [None, None, "叙永", "2022-12-31", 1, "个"]]

    def change(made):
        made.active.merge_cells("A2:A3")
        made.active.merge_cells("B2:B3")

    found = read(book(tmp_path, rows, change))
    assert [(o.id, o.county) for o in found.observations] == [("W-12", "古蔺"), ("W-12", "叙永")]


def refused(path, words):
    with pytest.raises(DataError, match=words):
        read(path)


def test_files_that_are_no_sheet_are_refused(tmp_path):
    file = tmp_path / "a.csv"
    for content, words in [
        (b"", "no sheet of reports"),
        (b"a,b\n1,2\n", "no sheet of reports"),
        (b"\x00\x01\x02", "no text in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "locked workbook or an old .xls"),
        (b"PK\x03\x04 no archive", "no sheet of reports that can be read"),
        ("编号,县,截至日期,完成值,单位\n".encode(), "lacks the column 名称"),
        ("编号,名称,县,截至日期,完成值,单位,单位\n".encode(), "column 单位 twice"),
        (f"{','.join(NEEDED)}\nQ-1,,叙永,2022-12-31,1,个\nQ-2,,叙永,,,\n".encode(), "Q-1, Q-2 among its ids"),
    ]:
        file.write_bytes(content)
        refused(file, words)
    refused(tmp_path / "none.csv", "no file")
    refused(tmp_path, "is a folder")


def test_workbooks_that_would_swell_are_refused(tmp_path):
    path = book(tmp_path, [["W-12", "", "古蔺", "2022-12-31", 2, "个"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"

    def changed(old, new, words):
        content = BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, part in parts.items():
                archive.writestr(name, part.replace(old, new) if name == sheet else part)
        path.write_bytes(content.getvalue())
        refused(path, words)

    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    changed(b"</sheetData>", merged, "merged cells")
    changed(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', "document type")
    changed(b"<worksheet", b" " * 9000 + b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', "document type")


def test_strict_names_the_first_and_how_many(sheet):
    found = sheet(GOOD, ("W-13", "古蔺", "2022-12-31", "２", "个"), ("X-9", "古蔺", "2022-12-31", "2", "个"))
    with pytest.raises(DataError, match=r"a.csv E3 is '２': full-width .* \(1 more rows are bad\)"):
        refuse_set_aside(found)
    refuse_set_aside(sheet(GOOD))


def test_withheld_items_are_left_out_and_counted(sheet):
    found = sheet(GOOD, ("E-05", "叙永", "2022-12-31", "5", "万kW"), withheld={"E-05"})
    assert [o.id for o in found.observations] == ["W-12"]
    assert found.set_aside.empty
    assert "1 rows are of items that public pages do not show" in found.notes[0]


def one_line(error):
    assert str(error)
    assert "\n" not in str(error)


CELL = st.one_of(
    st.sampled_from([
        *("W-12", "I-15", "F-13", "I-20", "X", "两县", "古蔺", "2022-12-31", "2023年底", "45291", "2", "２个", "1,0"),
        *("四百", "=A1", "个", "km", "%", "公顷", "建成", "已调整", "更正", "累计", "", "0-4", "约3以上", "十", "点"),
    ]),
    st.text(max_size=6),
)  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(CELL, min_size=4, max_size=13), max_size=6), st.sampled_from([",", "\t", ";"]))
def test_any_table_is_read_or_refused_in_one_line(tmp_path_factory, rows, sign):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    lines = [sign.join(HEADINGS), *(sign.join(cell.replace(sign, "") for cell in row) for row in rows)]
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    try:
        found = read(path, take_cures=True)
    except NanyiError as error:
        one_line(error)
        return
    for row in found.observations:
        assert row.on <= AS_OF
        assert row.state or 0 <= row.low <= row.high
    assert set(found.set_aside["code"]) <= set(RULES)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", "编号,名称,县,截至日期,完成值,单位\n".encode()]))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path_factory, content, head):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(head + content)
    try:
        read(path)
    except NanyiError as error:
        one_line(error)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789０１２,.-~～+eE%约以上余多亿万元亩个四十百千点 年月日底末/", max_size=14))
def test_numbers_and_days_never_raise(text):
    number = read_number(text, "万亩")
    assert (number.low is None) == (number.high is None)
    if number.low is not None:
        assert 0 <= number.low <= number.high < 1e15
    assert read_day(text).on is not None or read_day(text).flaws
