"""Sheets as they lie on disk: the cells of a CSV or a workbook under the headings of the register."""

import csv
import datetime
import os
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from .._limits import hold
from ..errors import DataError
from ..io import check_on_disk, guarded, hold_bytes

HEADINGS = (
    *("编号", "名称", "县", "截至日期", "完成值", "单位", "口径", "来源", "证据", "填报单位", "填报人", "备注"),
)
"""Columns of a sheet, in the order in which it is written."""

NEEDED = HEADINGS[:6]
"""Those without which no row can be read."""

SHEET = "填报"
"""Name of the sheet of a workbook that is read first."""

MOST_BYTES = 50_000_000
MOST_UNPACKED = 100_000_000
MOST_ROWS = 200_000
"""Rows of a sheet: a thousand reports on every line."""

_HEAD_WITHIN = 20
_MOST_MERGED = 200_000
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_WRITTEN_OTHERWISE = {
    "项目编号": "编号", "序号编号": "编号", "项目名称": "名称", "县区": "县", "区县": "县", "所在县": "县",
    "截止日期": "截至日期", "日期": "截至日期", "完成数": "完成值", "完成情况": "完成值", "计量单位": "单位",
    "数据来源": "来源", "说明": "备注",
}  # fmt: skip
_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*["\']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["\']')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_BLANKS = " \t\r\n\f\v\xa0\u3000\u200b\u200c\u200d\u2060\ufeff"  # those that are not seen among them
_LAST = "\x03"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CURE = "give a CSV or an .xlsx with the columns of nanyi-gis monitor init"


@dataclass(frozen=True)
class Formula:
    """A cell of a workbook that is a formula, as it is written."""

    text: str


@dataclass(frozen=True)
class Mistake:
    """A cell of a workbook that holds an error value."""

    text: str


Cell = str | float | datetime.date | Formula | Mistake
"""Texts are without blanks at their ends; an empty cell is an empty text."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The cells of one table.

    Attributes
    ----------
    file : str
        Name of the file.
    places : mapping
        Place of each heading of :data:`HEADINGS` that is there, counted from 0.
    rows : list
        Number of each row, counted from 1 with the headings, and its cells.
    width : int
        Cells that the headings span.
    notes : tuple of str
        What a reader must know.
    """

    file: str
    places: dict[str, int]
    rows: list[tuple[int, Sequence[Cell]]]
    width: int
    notes: tuple[str, ...]


def open_sheet(path: str | os.PathLike[str]) -> Sheet:
    """Return the table of a file: a CSV (UTF-8, UTF-8 with byte order mark, UTF-16, GB18030) or an ``.xlsx``.

    What it is, its content tells. Of a workbook the sheet 填报 is read, else the first with the headings, which may
    stand below titles. Merged cells count in each of their rows; hidden rows are read like others.

    Raises
    ------
    DataError
        If it is no table, lacks a needed column or has one twice, is locked, or larger than any sheet is.
    """
    source = check_on_disk(path)
    if source.is_dir():
        raise DataError(f"{source} is a folder, but must be a sheet; name a file in it")
    hold_bytes(source, what="sheet of reports", most=MOST_BYTES)
    with guarded(source, what="sheet of reports", cure=_CURE):
        content = source.read_bytes()
        if content.startswith(_OLE):
            raise DataError(f"{source} is a locked workbook or an old .xls; save it as .xlsx without a password")
        if content.startswith(b"PK"):
            return _of_workbook(source, content)
        return _of_text(source, content)


def _of_text(source: Path, content: bytes) -> Sheet:
    """Return the table of a CSV; the separator is the one that finds most headings."""
    text = _decoded(source, content)
    found = [(list(_first_rows(text, sign)), sign) for sign in (",", "\t", ";")]
    best = max(found, key=lambda pair: max((len(_headings(row)) for row in pair[0]), default=0))
    rows: list[tuple[int, list[Cell]]] = []
    begun = 0
    # a last line of ours that is not read as a row of its own lies within quotes that were never closed
    for number, row in enumerate(csv.reader(StringIO(f"{text}\n{_LAST}", newline=""), delimiter=best[1]), start=1):
        if row == [_LAST]:
            return _sheet(source, rows, ())
        begun = number
        if any(cell.count("\n") > 1 and _holds_rows(cell, best[1]) for cell in row):
            break
        cells: list[Cell] = [cell.strip(_BLANKS) for cell in row]
        if any(cells):
            rows.append((number, cells))
        if len(rows) > MOST_ROWS:
            hold(f"{source} has over {MOST_ROWS:,} rows", len(rows), MOST_ROWS, cure="a sheet of reports is shorter")
    raise DataError(f"{source} row {begun} has a quote that is never closed, so that rows behind it are lost; close it")


def _holds_rows(cell: str, sign: str) -> bool:
    """Tell whether a cell holds whole rows: quotes that are opened in one row and closed in another."""
    return any(line.count(sign) >= len(NEEDED) - 1 for line in cell.split("\n")[1:-1])


def _decoded(source: Path, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        names: tuple[str, ...] = ("utf-16",)
    else:
        names = ("utf-8-sig", "gb18030")
    for name in names:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise DataError(f"{source} is no sheet of reports that can be read (no text in UTF-8 or GB18030); {_CURE}")


def _first_rows(text: str, sign: str) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(StringIO(text, newline=""), delimiter=sign)):
        if number == _HEAD_WITHIN:
            return
        yield row


def _of_workbook(source: Path, content: bytes) -> Sheet:
    """Return the table of an ``.xlsx``."""
    from openpyxl import load_workbook

    _check_archive(source, content)
    book = load_workbook(BytesIO(content), keep_links=False)
    try:
        return _of_sheets(source, book)
    finally:
        book.close()


def _check_archive(source: Path, content: bytes) -> None:
    """Refuse what would swell: entities, gigabytes of zeros, merged cells by the million."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        hold(f"{source} holds {size:,} bytes when unpacked", size, MOST_UNPACKED, cure="a sheet of reports is shorter")
        merged = 0
        for member in members:
            if not member.filename.lower().endswith((".xml", ".rels")):
                continue
            text = archive.read(member)
            if _DOCTYPE.search(text.replace(b"\0", b"")):  # of UTF-16, too, and behind any number of blanks
                raise DataError(f"{source} declares a document type (DOCTYPE), as no workbook does; save it again")
            for left, top, right, bottom in _MERGED.findall(text):
                merged += (int(bottom) - int(top) + 1) * (_column(right) - _column(left) + 1)
        hold(f"{source} has {merged:,} merged cells", merged, _MOST_MERGED, cure="undo the merging")


def _column(letters: bytes) -> int:
    """Return the number of a column by its letters.

    >>> _column(b"A"), _column(b"XFD")
    (1, 16384)
    """
    number = 0
    for sign in letters:
        number = 26 * number + sign - 64
    return number


def _of_sheets(source: Path, book: Any) -> Sheet:
    tables = [sheet for sheet in book.worksheets if hasattr(sheet, "_cells")]
    tables.sort(key=lambda sheet: str(sheet.title).strip() != SHEET)
    found: Sheet | None = None
    others: list[str] = []
    fault: DataError | None = None
    for table in tables:
        rows, notes = _rows_of(source, table)
        head = _head_of(rows)
        if head is None:
            continue
        if found is not None:
            if set(NEEDED) <= set(_headings(rows[head][1])):
                others.append(str(table.title))
            continue
        try:
            found = _sheet(source, rows, notes)
        except DataError as error:
            fault = fault or error
    if found is None:
        if fault is not None:
            raise fault
        return _sheet(source, [], ())
    if not others:
        return found
    said = f"{found.file}: the sheet {', '.join(map(repr, others))} has the headings too and is not read"
    return Sheet(file=found.file, places=found.places, rows=found.rows, width=found.width, notes=(*found.notes, said))


def _rows_of(source: Path, table: Any) -> tuple[list[tuple[int, list[Cell]]], list[str]]:
    """Return the rows of a sheet that are not empty, merged cells filled, and what to tell of it."""
    by_row: dict[int, dict[int, Cell]] = {}
    for (row, column), cell in table._cells.items():
        value = _value(cell)
        if value != "":
            by_row.setdefault(row, {})[column] = value
    if by_row:
        hold(f"{source} has {len(by_row):,} rows", len(by_row), MOST_ROWS, cure="a sheet of reports is shorter")
    notes = []
    filled = 0
    for area in table.merged_cells.ranges:
        first = by_row.get(area.min_row, {}).get(area.min_col)
        if first is None or area.min_row == area.max_row:
            continue
        for row in range(area.min_row + 1, area.max_row + 1):
            if row in by_row:
                by_row[row].setdefault(area.min_col, first)
                filled += 1
    if filled:
        notes.append(f"{source.name}: {filled} cells are merged with the ones above and have their value")
    hidden = sum(1 for row in by_row if table.row_dimensions[row].hidden) if table.row_dimensions else 0
    if hidden:
        notes.append(f"{source.name}: {hidden} hidden rows of the sheet {str(table.title)!r} are read like the others")
    rows = []
    for row in sorted(by_row):
        cells = by_row[row]
        rows.append((row, [cells.get(column, "") for column in range(1, max(cells) + 1)]))
    return rows, notes


def _value(cell: Any) -> Cell:
    """Return what a cell of a workbook holds; a percentage as it is shown."""
    value = cell.value
    if value is None:
        return ""
    kind = cell.data_type
    if kind == "f" or not isinstance(value, str | int | float | datetime.date | datetime.time):
        text = value if isinstance(value, str) else str(getattr(value, "text", None) or "=")
        return Formula(text)
    if kind == "e":
        return Mistake(str(value))
    if isinstance(value, str):
        return value.strip(_BLANKS)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    if isinstance(value, datetime.time):
        return value.isoformat()
    if "%" in str(cell.number_format):
        return f"{100 * value:.12g}%"
    return float(value)


def _headings(row: Sequence[Cell]) -> dict[str, list[int]]:
    """Return the places of the headings in a row."""
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(row):
        name = _heading(cell) if isinstance(cell, str) else ""
        if name in HEADINGS:
            found.setdefault(name, []).append(place)
    return found


def _heading(cell: str) -> str:
    """Return a heading without blanks and what stands in brackets.

    >>> _heading(" 完成值（累计）"), _heading("截止日期")
    ('完成值', '截至日期')
    """
    if len(cell) > 100:
        return ""
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", cell).replace("\ufeff", ""))
    name = "".join(plain.split()).strip("*:")
    return _WRITTEN_OTHERWISE.get(name, name)


def _head_of(rows: Sequence[tuple[int, Sequence[Cell]]]) -> int | None:
    """Return which row has the headings: among the first the one with most of them, two at least."""
    counts = [len(_headings(row)) for _, row in rows[:_HEAD_WITHIN]]
    best = max(counts, default=0)
    return counts.index(best) if best >= 2 else None


def _sheet(source: Path, rows: Sequence[tuple[int, Sequence[Cell]]], notes: Sequence[str]) -> Sheet:
    head = _head_of(rows)
    if head is None:
        raise DataError(f"{source} is no sheet of reports: no row has the headings {', '.join(NEEDED)}; {_CURE}")
    found = _headings(rows[head][1])
    twice = [name for name, places in found.items() if len(places) > 1]
    if twice:
        raise DataError(f"{source} has the column {twice[0]} twice; leave one of them out")
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise DataError(f"{source} lacks the column {', '.join(missing)} of a sheet of reports; add it")
    heading = rows[head][1]
    width = max(place for place, cell in enumerate(heading) if cell != "") + 1
    known = {place for places in found.values() for place in places}
    extra = [str(cell)[:40] for place, cell in enumerate(heading) if cell != "" and place not in known]
    told = list(notes)
    if extra:
        told.append(f"{source.name}: columns that nobody reads: {', '.join(extra[:10])}")
    body = [(number, row) for number, row in rows[head + 1 :] if not _is_heading(row, found)]
    repeated = len(rows) - head - 1 - len(body)
    if repeated:
        told.append(f"{source.name}: {repeated} rows repeat the headings")
    return Sheet(
        file=source.name,
        places={name: places[0] for name, places in found.items()},
        rows=body,
        width=width,
        notes=tuple(told),
    )


def _is_heading(row: Sequence[Cell], found: dict[str, list[int]]) -> bool:
    """Tell a row that repeats the headings, as where sheets are joined."""
    place = found["编号"][0]
    return place < len(row) and row[place] == "编号" and _headings(row) == found
