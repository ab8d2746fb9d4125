"""The sheet that staff fill in: one row a line of the register, made as a workbook or as a CSV."""

import os
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..io import atomic_path, check_suffix, csv_text, legal, new_workbook, text_width, write_bytes, write_text
from ..plan import Quantity
from .cells import MENU
from .quarantine import RULES
from .records import Tracked
from .register import STATE_UNIT, Register
from .sheets import HEADINGS, SHEET

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

FREE_ROWS = 300
"""Empty rows below the register's, for a second report on a line, a county's part, or a correction."""

EVIDENCE_WORDS = ("政府文件", "统计公报", "部门报表", "新闻", "现场", "无")
"""What a sheet offers as evidence; other words are read, too."""

SUFFIXES = (".xlsx", ".csv")

_FILLED = ("编号", "名称", "县", "单位", "口径")
_WIDTHS = dict(
    zip(HEADINGS, (8, 40, 8, 13, 12, 11, 8, 36, 11, 22, 10, 30), strict=True),
)
_HOW = (
    (
        "每行是台账的一项（或一项中一个县的份额）。灰底的编号、名称、县、单位、口径已填好并锁定，其余由填报人填写。",
        "Each row is a line of the register (or a county's share of it). Grey cells are filled in and locked.",
    ),
    (
        "完成值只填数字；区间写作 2~4。没有数据就留空，不要填 0：0 表示确实一个也没有。",
        "The value is a number alone; a range is written 2~4. Leave it empty without data: 0 means that there is none.",
    ),
    (
        "截至日期是数字所截至的那一天（年-月-日），不是填报的那一天。",
        "The date is the day to which the value stands (year-month-day), not the day of the report.",
    ),
    (
        "口径：累计是自规划期第一年起的合计，年度是当年的数，状态是当天的情况。",
        "口径: 累计 adds up since the plan's first year, 年度 is of one year, 状态 is what stands on the day.",
    ),
    (
        f"单位为“状态”的行填一个词：{'、'.join(MENU)}。“已调整”须在来源中写明文件。",
        f"Rows with the unit 状态 take a word: {', '.join(MENU)}. 已调整 needs its document in the column 来源.",
    ),
    (
        "同一项再次填报（新的日期、某县的部分、更正）写在下面的空行，不要改动已报的行。更正的备注以“更正”开头。",
        "Report again (a later day, a county's part, a correction) in the free rows below; leave what was reported. "
        "The 备注 of a correction begins with 更正.",
    ),
    (
        "来源写文件名称和页码。没有来源的数字也会读入，但证据计为“无”。",
        "Name the document and the page in 来源. A number without a source is read, with no evidence.",
    ),
    (
        "本表不得填写涉密内容和个人隐私；填报人可只写岗位。",
        "Nothing secret or private belongs in this sheet; 填报人 may be a post.",
    ),
)


def write_blank_sheet(
    path: str | os.PathLike[str], lines: Sequence[Tracked], *, register: Register, title: str = ""
) -> Path:
    """Write the sheet that staff fill in, whole or not at all; the same bytes each time.

    Parameters
    ----------
    path : path
        ``.xlsx``: a sheet 填报 with drop-downs, what is filled in locked (without a password), and free rows below;
        a sheet 说明 with the rules, and of each line target, day due and owner. ``.csv``: the rows alone, UTF-8 with
        a byte order mark, so that Excel opens it.
    lines : sequence of Tracked
        Lines of the register.
    register : Register
        The register itself.
    title : str
        Name of the plan, for the sheet 说明.

    Raises
    ------
    ParameterError
        If the name ends otherwise.
    OutputError
        If the file cannot be written.

    >>> import tempfile
    >>> from nanyi_gis.monitor import read_register, tracked
    >>> from nanyi_gis.study import load_study
    >>> study = load_study()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = write_blank_sheet(Path(folder) / "a.csv", tracked(study)[:2], register=read_register(study))
    ...     made.read_text(encoding="utf-8-sig").splitlines()[:2]
    ['编号,名称,县,截至日期,完成值,单位,口径,来源,证据,填报单位,填报人,备注', 'G-01,南翼地区,两县,,,状态,状态,,,,,']
    """
    target = check_suffix(path, list(SUFFIXES), what="a sheet of reports")
    with atomic_path(target) as temporary:
        if target.suffix.lower() == ".csv":
            write_text(temporary, "\ufeff" + csv_text(_rows(lines)))
        else:
            write_bytes(temporary, _workbook(lines, register, title))
    return target


def target_text(line: Tracked) -> str:
    """Return the target of a line as a sheet tells it, empty without one.

    >>> from nanyi_gis.monitor import tracked
    >>> from nanyi_gis.study import load_study
    >>> target_text(tracked(load_study())[1])
    '≥700 亿元'
    """
    if line.low is None:
        return ""
    upper = line.high if line.high is not None and line.high > line.low else None
    given: dict[str, Any] = {"value": line.low, "upper": upper, "unit": line.unit, "comparator": line.comparator}
    return Quantity(**given).text()


def deadline_text(line: Tracked) -> str:
    """Return the day due, and where it is not the plan's own."""
    if line.deadline is None:
        return "未定"
    said = {"period": "（规划期末，假定）", "assumed": "（据上下文，假定）"}
    return f"{line.deadline.isoformat()}{said.get(line.basis, '')}"


def _rows(lines: Iterable[Tracked]) -> pd.DataFrame:
    """Return the rows that are filled in."""
    empty = dict.fromkeys(HEADINGS, "")
    filled = [empty | dict(zip(_FILLED, (x.id, x.name_zh, x.county, x.unit, x.nature), strict=True)) for x in lines]
    return pd.DataFrame(filled, columns=list(HEADINGS))


def _workbook(lines: Sequence[Tracked], register: Register, title: str) -> bytes:
    packed = BytesIO()
    book = new_workbook(packed, title=title or SHEET)
    reported = book.add_worksheet(SHEET)
    told = book.add_worksheet("说明")
    menus = book.add_worksheet("选项")
    ranges = _write_menus(book, menus, lines, register)
    _write_rows(book, reported, lines, ranges)
    _write_rules(book, told, lines, title)
    book.close()
    return packed.getvalue()


def _write_menus(book: "Workbook", sheet: "Worksheet", lines: Sequence[Tracked], register: Register) -> dict[str, str]:
    """Write the words of the drop-downs, a column each; return where each list stands."""
    menus: dict[str, Sequence[str]] = {
        "编号": list(dict.fromkeys(line.id for line in lines)),
        "县": [register.whole, *sorted({line.county for line in lines} - {register.whole})],
        "单位": sorted({line.unit for line in lines} | {STATE_UNIT}),
        "口径": ("累计", "年度", "状态"),
        "证据": EVIDENCE_WORDS,
        "完成值": MENU,
    }
    head = book.add_format({"bold": True, "bg_color": "#dfe7e4", "bottom": 1})
    ranges = {}
    for column, (name, words) in enumerate(menus.items()):
        sheet.write_string(0, column, name, head)
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, column, legal(word))
        letter = "ABCDEF"[column]
        ranges[name] = f"=选项!${letter}$2:${letter}${len(words) + 1}"
    sheet.set_column(0, len(menus) - 1, 12)
    sheet.freeze_panes(1, 0)
    sheet.protect("", {"format_columns": True})
    return ranges


def _write_rows(book: "Workbook", sheet: "Worksheet", lines: Sequence[Tracked], ranges: dict[str, str]) -> None:
    """Write the headings, the rows of the register, and free rows with the same drop-downs."""
    base: dict[str, Any] = {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#d0d5d3"}
    head = book.add_format({**base, "bold": True, "bg_color": "#1f5f4f", "font_color": "#ffffff", "valign": "vcenter"})
    fixed = book.add_format({**base, "bg_color": "#eceff0", "font_color": "#3a4543"})
    # a text, for a spreadsheet makes a date of 2-4 and a share of 98%
    free = book.add_format({**base, "locked": False, "num_format": "@"})
    day = book.add_format({**base, "locked": False, "num_format": "yyyy-mm-dd"})
    for column, name in enumerate(HEADINGS):
        sheet.write_string(0, column, name, head)
        sheet.set_column(column, column, _WIDTHS[name])
    rows = _rows(lines).to_dict("records")
    for row, cells in enumerate(rows, start=1):
        for column, name in enumerate(HEADINGS):
            if name in _FILLED:
                sheet.write_string(row, column, legal(cells[name]), fixed)
            else:
                sheet.write_blank(row, column, None, day if name == "截至日期" else free)
    last = len(rows) + FREE_ROWS
    for row in range(len(rows) + 1, last + 1):
        for column, name in enumerate(HEADINGS):
            sheet.write_blank(row, column, None, day if name == "截至日期" else free)
    place = {name: column for column, name in enumerate(HEADINGS)}
    for name in ("编号", "县", "单位"):
        _menu(sheet, len(rows) + 1, last, place[name], ranges[name])
    for name in ("口径", "证据"):
        _menu(sheet, 1 if name == "证据" else len(rows) + 1, last, place[name], ranges[name], strict=name == "口径")
    for first, until in _runs([line.unit == STATE_UNIT for line in lines]):
        _menu(sheet, first, until, place["完成值"], ranges["完成值"], strict=False)
    sheet.data_validation(
        1,
        place["截至日期"],
        last,
        place["截至日期"],
        {
            "validate": "date",
            "criteria": "between",
            "minimum": pd.Timestamp(1950, 1, 1).to_pydatetime(),
            "maximum": pd.Timestamp(2100, 12, 31).to_pydatetime(),
            "input_title": "截至日期",
            "input_message": "数字所截至的那一天，年-月-日，如 2023-12-31",
            "error_title": "不是日期",
            "error_message": "写作 年-月-日，如 2023-12-31",
        },
    )
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, last, len(HEADINGS) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:L{last + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    allowed = ("format_columns", "format_rows", "sort", "autofilter")
    sheet.protect("", dict.fromkeys(allowed, True))


def _menu(sheet: "Worksheet", first: int, last: int, column: int, source: str, *, strict: bool = True) -> None:
    """Add a drop-down to a stretch of a column; a loose one warns of other words and takes them."""
    sheet.data_validation(
        first,
        column,
        last,
        column,
        {
            "validate": "list",
            "source": source,
            "error_type": "stop" if strict else "warning",
            "error_title": "不在选项中",
            "error_message": "请从下拉列表中选择（见“选项”）",
        },
    )


def _runs(marks: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and last row of each stretch that is marked, counted from 1.

    >>> _runs([True, True, False, True])
    [(1, 2), (4, 4)]
    """
    found: list[tuple[int, int]] = []
    for row, marked in enumerate(marks, start=1):
        if marked and found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        elif marked:
            found.append((row, row))
    return found


def _write_rules(book: "Workbook", sheet: "Worksheet", lines: Sequence[Tracked], title: str) -> None:
    """Write how to fill in, what is set aside, and each line's target, day due and owner."""
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 12, "valign": "top"})
    head = book.add_format({"bold": True, "bg_color": "#dfe7e4", "bottom": 1, "text_wrap": True})
    for column, width in enumerate((9, 40, 40, 8, 16, 11, 26, 30, 12)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, legal(f"{title or '规划'}：填报说明 / How to fill in"), bold)
    row = 1
    for zh, en in _HOW:
        row = _pair(sheet, row, zh, en, wrapped)
    row = _heads(sheet, row + 1, ("", "以下各行不会读入，单列并退回 / Set aside", "办法 / Cure"), head)
    for rule in RULES.values():
        filled = {"unit": "…", "target": "…", "words": "…", "counties": "…", "as_of": "…", "other": "…"}
        left = f"{rule.rule.format(**filled)}\n{rule.rule_en.format(**filled)}"
        right = f"{rule.cure.format(**filled)}\n{rule.cure_en.format(**filled)}"
        _tall(sheet, row, (left, right))
        sheet.write_string(row, 1, left, wrapped)
        sheet.write_string(row, 2, right, wrapped)
        row += 1
    names = ("编号", "名称", "Name", "县", "目标", "单位", "期限", "牵头单位", "条款")
    row = _heads(sheet, row + 1, names, head)
    for line in lines:
        owners = "、".join(line.owners)
        texts = (line.id, line.name_zh, line.name_en, line.county, target_text(line), line.unit, deadline_text(line))
        for column, text in enumerate((*texts, owners, line.clause)):
            sheet.write_string(row, column, legal(text), wrapped)
        row += 1
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _pair(sheet: "Worksheet", row: int, zh: str, en: str, style: Any) -> int:
    """Write a text in both languages beside each other; return the next row."""
    _tall(sheet, row, (zh, en))
    sheet.write_string(row, 1, zh, style)
    sheet.write_string(row, 2, en, style)
    return row + 1


def _tall(sheet: "Worksheet", row: int, texts: Iterable[str]) -> None:
    """Give a row the height that its texts need in columns of forty letters."""
    need = max(sum(-(-text_width(part) // 38) for part in text.split("\n")) for text in texts)
    sheet.set_row(row, 15 * max(1, need))


def _heads(sheet: "Worksheet", row: int, names: Sequence[str], style: Any) -> int:
    for column, name in enumerate(names):
        sheet.write_string(row, column, name, style)
    return row + 1
