"""Every table of the pages and layers as sheets of one workbook."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ...io import disarmed, legal, new_workbook, text_width, write_bytes
from ...webmap import value_text

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_MOST_ROWS = 1_048_575  # of Excel, under the heading
_MOST_COLUMNS = 16_384
_MOST_LETTERS = 32_767
_EXACT = 10**15  # Excel keeps fifteen digits of a number
_NARROWEST, _WIDEST = 6, 60
_LOOKED_AT = 400  # rows by which the width of a column is chosen
_WORDS = {
    "contents": ("目录", "Contents"),
    "sheet": ("工作表", "Sheet"),
    "table": ("表", "Table"),
    "where": ("所在", "Where"),
    "rows": ("行数", "Rows"),
    "note": ("说明", "Note"),
    "shown": ("{}（页面所示）", "{} (as on the page)"),
    "cut": ("只列前 {} 行、{} 列。", "Only the first {} rows and {} columns are listed. "),
}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A sheet of the workbook.

    Attributes
    ----------
    title, where : str
        What the table is, and the page or layer it is of.
    sheet : str
        What its sheet should be called.
    frame : DataFrame
        Its rows.
    columns : mapping, optional
        Heading by column, in the order shown; all columns by their names if not given.
    digits : mapping
        Decimals by column.
    texts : mapping
        For columns of numbers, what pages show in place of each.
    note : str
        What stands under the table.
    """

    title: str
    where: str
    sheet: str
    frame: pd.DataFrame
    columns: Mapping[str, str] | None = None
    digits: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""


def write_workbook(path: Path, tables: Sequence[Table], *, title: str, lang: str) -> Path:
    """Write an ``.xlsx`` into a folder that is staged; the same bytes each time.

    A first sheet lists the others. Numbers are numbers, with the decimals of the pages; a text that a spreadsheet
    would take for a formula stays a text, also when its cell is edited.

    Raises
    ------
    OutputError
        If the file cannot be written.
    MissingExtraError
        If XlsxWriter is not installed.
    """
    packed = BytesIO()
    book = new_workbook(packed, title=title)
    pen = _Pen(book, lang)
    names = sheet_names([table.sheet for table in tables], taken=[pen.word("contents")])
    _write_contents(pen, book.add_worksheet(pen.word("contents")), tables, names)
    for table, name in zip(tables, names, strict=True):
        _write_table(pen, book.add_worksheet(name), table)
    book.close()
    return write_bytes(path, packed.getvalue())


def sheet_names(titles: Sequence[str], *, taken: Sequence[str] = ()) -> list[str]:
    """Return names that Excel takes: at most 31 letters, none of ``[]:*?/\\``, each but once whatever its case.

    >>> sheet_names(["总览/关键数字", "Bands", "bands", "'a'"])
    ['总览-关键数字', 'Bands', 'bands 2', 'a']
    """
    used = {name.casefold() for name in (*taken, "History", "历史记录")}  # reserved by Excel
    found = []
    for title in titles:
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffd]", "-", legal(title)).strip().strip("'").strip() or "-"
        name, number = _cut(base, 31), 1
        while name.casefold() in used:
            number += 1
            name = f"{_cut(base, 31 - len(str(number)) - 1)} {number}"
        used.add(name.casefold())
        found.append(name)
    return found


def _cut(text: str, letters: int) -> str:
    """Return the beginning of a text, counted as Excel counts: a letter beyond the basic plane is two."""
    kept = ""
    for letter in text:
        if len((kept + letter).encode("utf-16-le")) > 2 * letters:
            break
        kept += letter
    return kept.rstrip().rstrip("'")


class _Pen:
    """Writes cells of one workbook in its formats."""

    def __init__(self, book: "Workbook", lang: str) -> None:
        self.book, self.lang = book, lang
        self.head = book.add_format({"bold": True, "bg_color": "#dfe7e4", "bottom": 1, "text_wrap": True})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.guarded = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self.link = book.add_format({"font_color": "#0b5cad", "underline": 1, "valign": "top"})
        self._numbers: dict[str, Format] = {}

    def word(self, key: str) -> str:
        return _WORDS[key][self.lang == "en"]

    def number(self, pattern: str) -> "Format":
        if pattern not in self._numbers:
            self._numbers[pattern] = self.book.add_format({"num_format": pattern, "valign": "top"})
        return self._numbers[pattern]

    def write_text(self, sheet: "Worksheet", row: int, column: int, value: str, style: "Format | None" = None) -> None:
        """Write a text as one, whatever it begins with."""
        text = legal(value)
        if len(text.encode("utf-16-le")) > 2 * _MOST_LETTERS:
            text = _cut(text, _MOST_LETTERS - 1) + "…"
        guarded = style is None and disarmed(text) != text
        sheet.write_string(row, column, text, self.guarded if guarded else style or self.text)

    def write(self, sheet: "Worksheet", row: int, column: int, value: Any, pattern: str) -> None:
        """Write a value as what it is: number, text or nothing."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            if not math.isfinite(value):
                value = "" if math.isnan(value) else str(value)
            elif isinstance(value, int) and abs(value) >= _EXACT:
                value = str(value)  # a number of Excel would lose its last digits
            else:
                sheet.write_number(row, column, value, self.number(pattern))
                return
        text = value if isinstance(value, str) else value_text(value, lang=self.lang)
        if text:
            self.write_text(sheet, row, column, text)


def _write_contents(pen: _Pen, sheet: "Worksheet", tables: Sequence[Table], names: Sequence[str]) -> None:
    for column, (key, width) in enumerate(
        {"sheet": 34, "table": 34, "where": 20, "rows": 8, "note": _WIDEST + 20}.items()
    ):
        sheet.write_string(0, column, pen.word(key), pen.head)
        sheet.set_column(column, column, width)
    for row, (table, name) in enumerate(zip(tables, names, strict=True), start=1):
        address = "internal:'{}'!A1".format(name.replace("'", "''"))
        if sheet.write_url(row, 0, address, pen.link, string=name) != 0:
            pen.write_text(sheet, row, 0, name)
        pen.write_text(sheet, row, 1, table.title)
        pen.write_text(sheet, row, 2, table.where)
        pen.write(sheet, row, 3, len(table.frame), "0")
        pen.write_text(sheet, row, 4, _cut_note(pen, table) + table.note)
    sheet.freeze_panes(1, 1)


def _cut_note(pen: _Pen, table: Table) -> str:
    rows, columns = len(table.frame), len(table.frame.columns if table.columns is None else table.columns)
    whole = rows <= _MOST_ROWS and columns <= _MOST_COLUMNS
    return "" if whole else pen.word("cut").format(min(rows, _MOST_ROWS), min(columns, _MOST_COLUMNS))


def _write_table(pen: _Pen, sheet: "Worksheet", table: Table) -> None:
    rows = 0
    for number, (head, values, pattern) in enumerate(_columns(pen, table)):
        if number >= _MOST_COLUMNS:
            break
        pen.write_text(sheet, 0, number, head, pen.head)
        for row, value in enumerate(values[:_MOST_ROWS], start=1):
            pen.write(sheet, row, number, value, pattern)
        sheet.set_column(number, number, _column_width(head, values, pattern, lang=pen.lang))
        rows = min(len(values), _MOST_ROWS)
        sheet.autofilter(0, 0, rows, number)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{_MOST_ROWS + 1}"})  # codes are texts on purpose


def _columns(pen: _Pen, table: Table) -> Iterator[tuple[str, list[Any], str]]:
    """Yield heading, values and format of numbers of each column; what pages show beside a number, behind it."""
    shown = {str(name): str(name) for name in table.frame.columns} if table.columns is None else table.columns
    places = {str(name): place for place, name in enumerate(table.frame.columns)}
    for name, head in shown.items():
        values = table.frame.iloc[:, places[str(name)]].astype(object).tolist()
        digits = table.digits.get(name)
        yield str(head), values, _pattern(str(name), digits)
        texts = list(table.texts.get(name, ()))
        plain = [value_text(value, lang=pen.lang, digits=digits) for value in values]
        if texts and [text.strip() for text in texts] != plain:
            yield pen.word("shown").format(head), texts, "General"


def _pattern(name: str, digits: int | None) -> str:
    """Return the format of a column of numbers.

    >>> _pattern("km", 1), _pattern("uncertainty_m", None), _pattern("lon", None), _pattern("node", None)
    ('#,##0.0', '#,##0', '0.00000', 'General')
    """
    if digits is not None:
        return "#,##0" + ("." + "0" * digits if digits else "")
    if name in {"lon", "lat"}:
        return "0.00000"
    if name == "share":
        return "0.0%"
    ends = {"_km2": "#,##0.0", "_km": "#,##0.0", "_m": "#,##0", "length": "#,##0", "travel_time": "#,##0"}
    return next((pattern for end, pattern in ends.items() if name.endswith(end)), "General")


def _column_width(head: str, values: Sequence[Any], pattern: str, *, lang: str) -> float:
    digits = len(pattern.partition(".")[2].rstrip("%")) if pattern != "General" else None
    texts = [head, *(value_text(value, lang=lang, digits=digits) for value in values[:_LOOKED_AT])]
    widest = max(max(map(text_width, text[:200].split("\n")), default=0) for text in texts)
    return float(min(max(widest + 2, _NARROWEST), _WIDEST))
