"""The tables of a report as sheets of one workbook, with headings in the reader's language."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from ..io import disarmed, legal, new_workbook, text_width, write_bytes

MOST_ROWS = 2000
"""Rows of a sheet; the tables beside it have all."""

_HEADS = {
    "id": ("编号", "Id"),
    "county": ("县", "County"),
    "name": ("名称", "Name"),
    "name_en": ("英文名称", "Name (English)"),
    "state": ("状态", "State"),
    "lamp": ("标识", "Lamp"),
    "completion": ("完成率", "Completion"),
    "elapsed": ("序时进度", "Elapsed"),
    "gap": ("差（按数据日期）", "Gap, on the value's day"),
    "value_low": ("完成值", "Value"),
    "value_high": ("完成值（上端）", "Value, high end"),
    "value_on": ("数据日期", "Value as of"),
    "target_low": ("目标", "Target"),
    "unit": ("单位", "Unit"),
    "deadline": ("期限", "Deadline"),
    "basis": ("期限依据", "Basis of the deadline"),
    "days_left": ("剩余天数", "Days left"),
    "owner": ("牵头单位", "Lead agency"),
    "pace_required": ("每月需完成", "Needed a month"),
    "forecast_low": ("预测下限（80%）", "Forecast, low (80 %)"),
    "forecast_high": ("预测上限（80%）", "Forecast, high (80 %)"),
    "reach_words": ("达标可能", "Chance (Chinese)"),
    "reach_words_en": ("达标可能（英文）", "Chance of the target"),
    "clause": ("条款", "Clause"),
    "reason": ("说明", "Reason (Chinese)"),
    "reason_en": ("说明（英文）", "Reason"),
    "source": ("来源", "Source"),
    "evidence": ("证据", "Evidence"),
    "file": ("文件", "File"),
    "line": ("行", "Line"),
    "cell": ("单元格", "Cell"),
    "column": ("列", "Column"),
    "value": ("原值", "As written"),
    "rule": ("规则", "Rule (Chinese)"),
    "rule_en": ("规则（英文）", "Rule"),
    "cure": ("改法", "Cure (Chinese)"),
    "cure_en": ("改法（英文）", "Cure"),
    "cured_value": ("改后值", "Cured value"),
    "taken": ("已按改法读入", "Read with its cure"),
    "row": ("行别", "Row"),
    "by": ("评分对象", "By"),
    "part": ("项", "Part (Chinese)"),
    "part_en": ("项（英文）", "Part"),
    "points": ("得分", "Points"),
    "of": ("满分", "Of"),
    "score": ("百分制", "Score"),
    "lines": ("行数", "Lines"),
    "kind": ("变化", "Change (Chinese)"),
    "kind_en": ("变化（英文）", "Change"),
    "state_before": ("前状态", "State before"),
    "state_after": ("后状态", "State after"),
    "value_before": ("前值", "Value before"),
    "value_after": ("后值", "Value after"),
    "value_on_before": ("前值日期", "Value before, as of"),
    "value_on_after": ("后值日期", "Value after, as of"),
}
_SHARES = {"completion", "elapsed", "gap"}
_NARROW, _WIDE, _LOOKED_AT = 7, 48, 200


@dataclass(frozen=True, kw_only=True)
class SheetOf:
    """A sheet: its name in both languages, its table, the columns shown, and lines that stand above it."""

    name: tuple[str, str]
    table: pd.DataFrame
    columns: Mapping[str, Sequence[str]]
    above: tuple[str, ...] = ()


def write_sheets(path: Path, sheets: Sequence[SheetOf], *, title: str, lang: str) -> Path:
    """Write tables as an ``.xlsx`` into a folder that is staged; the same bytes each time.

    Raises
    ------
    OutputError
        If the file cannot be written.
    MissingExtraError
        If XlsxWriter is not installed.
    """
    packed = BytesIO()
    book = new_workbook(packed, title=title)
    head = book.add_format({"bold": True, "bg_color": "#dfe7e4", "bottom": 1, "text_wrap": True})
    share, number = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "#,##0.##"})
    guarded = book.add_format({"quote_prefix": True})
    for given in sheets:
        sheet = book.add_worksheet(given.name[lang == "en"])
        above = list(given.above)
        if len(given.table) > MOST_ROWS:
            above.append(_cut(len(given.table), lang))
        for row, text in enumerate(above):
            sheet.write_string(row, 0, legal(text))
        top = len(above)
        names = [name for name in given.columns[lang] if name in given.table]
        for place, name in enumerate(names):
            title_ = _HEADS[name][lang == "en"] if name in _HEADS else name
            sheet.write_string(top, place, title_, head)
            values = given.table[name].head(MOST_ROWS).tolist()
            style = share if name in _SHARES else number
            for row, value in enumerate(values, start=top + 1):
                if isinstance(value, str):
                    if value:
                        text = legal(value)
                        sheet.write_string(row, place, text, guarded if disarmed(text) != text else None)
                elif _is_number(value):
                    sheet.write_number(row, place, float(value), style)
                elif isinstance(value, bool):
                    sheet.write_string(row, place, _yes(value, lang))
            texts = [title_, *(str(value) for value in values[:_LOOKED_AT] if isinstance(value, str))]
            sheet.set_column(place, place, min(_WIDE, max(_NARROW, 2 + max(map(text_width, texts)))))
        sheet.autofilter(top, 0, top + max(1, min(MOST_ROWS, len(given.table))), max(0, len(names) - 1))
        sheet.freeze_panes(top + 1, 2)
    book.close()
    return write_bytes(path, packed.getvalue())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _yes(value: bool, lang: str) -> str:
    if lang == "zh":
        return "是" if value else "否"
    return "yes" if value else "no"


def _cut(count: int, lang: str) -> str:
    if lang == "zh":
        return f"本表只列前 {MOST_ROWS} 行，共 {count} 行，全部见同名 CSV。"
    return f"The first {MOST_ROWS} of {count} rows; the CSV of the same name has all."
