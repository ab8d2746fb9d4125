"""Rows that are set aside: where, by which rule, and what cures them, in both languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

COLUMNS = (
    "file",
    "line",
    "cell",
    "id",
    "county",
    "column",
    "value",
    "rule",
    "cure",
    "cured_value",
    "taken",
    "code",
    "rule_en",
    "cure_en",
)
"""Of the table of rows that are set aside: one line a fault, so a row may stand there more than once."""

_LONGEST = 200


class Rule(NamedTuple):
    """What a row breaks, and what to do, in both languages; words in braces are filled in."""

    rule: str
    cure: str
    rule_en: str
    cure_en: str


RULES: Mapping[str, Rule] = {
    "formula": Rule(
        "单元格是公式或以 = + - @ 开头的命令，台账只收数值和文字",
        "删除公式，直接填写其结果",
        "the cell is a formula, or begins as one (= + - @); only numbers and texts are taken",
        "write its result in place of the formula",
    ),
    "plus": Rule("数字前有加号", "删去加号", "a plus sign stands before the number", "leave the sign out"),
    "full_width": Rule(
        "含全角数字或符号",
        "改用半角数字",
        "full-width digits or signs",
        "write digits of half width",
    ),
    "unit_in_cell": Rule(
        "完成值中带有单位“{unit}”",
        "只填数字，单位写在“单位”列",
        "the unit {unit!r} stands in the cell of the value",
        "write the number alone; the unit has its own column",
    ),
    "other_unit_in_cell": Rule(
        "完成值中带有单位“{unit}”，与“单位”列的“{target}”不一致",
        "核实后只填以{target}计的数字",
        "the unit {unit!r} stands in the cell of the value, but {target!r} in the column of units",
        "find out which is right, and write the number in {target}",
    ),
    "chinese_number": Rule(
        "用汉字书写的数",
        "改用阿拉伯数字",
        "a number in Chinese characters",
        "write it in Arabic digits",
    ),
    "thousands": Rule(
        "千分位逗号位置不对，无法判断是小数点还是千分位",
        "删去逗号，或用小数点",
        "the comma parts no thousands; it may be a decimal point or a slip",
        "leave the comma out, or write a point",
    ),
    "no_number": Rule(
        "完成值不是数字",
        "填一个数（可填区间，如 2~4），单位为{target}",
        "the value is no number",
        "write a number (or a range, as 2~4) in {target}",
    ),
    "range": Rule(
        "区间前大后小",
        "改为先小后大",
        "the range ends below its begin",
        "write the lower end first",
    ),
    "negative": Rule(
        "完成值小于零",
        "填不小于零的数；表示区间时用 ~",
        "the value is below zero",
        "write a number of zero or more; of a range both ends, with ~",
    ),
    "above_100": Rule(
        "比率超过 100%",
        "核对小数点，填 0 至 100 之间的数",
        "a share above 100 %",
        "check the decimal point; write a number of 0 to 100",
    ),
    "date_as_value": Rule(
        "完成值是日期（电子表格可能把 2-4 变成了日期）",
        "把单元格设为文本，区间写作 2~4",
        "the value is a date; a spreadsheet may have made one of 2-4",
        "make the cell a text, and write a range as 2~4",
    ),
    "no_state": Rule(
        "本行为状态，完成值不是认可的词",
        "填其中之一：{words}",
        "the line is a state, but the value is none of its words",
        "write one of: {words}",
    ),
    "state_for_number": Rule(
        "本行有数量目标（单位{target}），不能只填状态",
        "填完成的数量，单位为{target}",
        "the line has a number to reach, but a state is given",
        "write how many, in {target}",
    ),
    "no_document": Rule(
        "“已调整”没有依据",
        "在“来源”中写明调整文件的名称和文号",
        "an adjustment without its document",
        "name the document and its number in the column 来源",
    ),
    "unit": Rule(
        "单位是“{unit}”，而目标以“{target}”计，可以换算",
        "换算为{target}",
        "the unit is {unit!r}, but the target is in {target!r}; it can be converted",
        "convert it to {target}",
    ),
    "unit_unknown": Rule(
        "单位“{unit}”不能换算成目标的单位“{target}”",
        "按{target}填报",
        "the unit {unit!r} cannot be converted to the target's, {target!r}",
        "report in {target}",
    ),
    "serial": Rule(
        "日期是电子表格的序号",
        "把单元格设为日期，写作 年-月-日",
        "the date is the serial number of a spreadsheet",
        "write it as year-month-day",
    ),
    "compact": Rule(
        "日期没有分隔",
        "写作 年-月-日",
        "the parts of the date are not parted",
        "write it as year-month-day",
    ),
    "no_day": Rule(
        "没有这一天",
        "填存在的日期",
        "there is no such day",
        "write a day that there is",
    ),
    "words_for_day": Rule(
        "日期不是某一天",
        "写作 年-月-日",
        "the date is in words, no day",
        "write it as year-month-day",
    ),
    "day_order": Rule(
        "日期不是 年-月-日 的次序",
        "写作 年-月-日",
        "the date is not in the order year, month, day",
        "write it as year-month-day",
    ),
    "no_date": Rule(
        "没有截至日期，或不是日期",
        "写作 年-月-日，如 2023-12-31",
        "there is no date, or it is none",
        "write it as year-month-day, e.g. 2023-12-31",
    ),
    "future": Rule(
        "截至日期晚于统计日 {as_of}",
        "填不晚于统计日的日期；计划数不是完成数",
        "the date is after the day of the report, {as_of}",
        "write a day up to it; what is planned is not yet done",
    ),
    "unknown_id": Rule(
        "编号不在台账中",
        "按台账填写编号",
        "the register has no such id",
        "write an id of the register",
    ),
    "id_and_name": Rule(
        "编号与名称不是同一项（该名称的编号是 {other}）",
        "核对编号和名称",
        "id and name are of two items: the name is that of {other}",
        "find out which is meant",
    ),
    "unknown_county": Rule(
        "县名不在台账中",
        "填其中之一：{counties}",
        "the register has no such county",
        "write one of: {counties}",
    ),
    "other_county": Rule(
        "该项属于{counties}",
        "填{counties}",
        "the item is of {counties}",
        "write {counties}",
    ),
    "no_county": Rule(
        "没有填县",
        "填其中之一：{counties}",
        "no county is given",
        "write one of: {counties}",
    ),
    "nature": Rule(
        "口径不是累计、年度或状态",
        "填其中之一：累计、年度、状态",
        "the nature is none of 累计, 年度, 状态",
        "write one of them",
    ),
    "more_cells": Rule(
        "该行单元格多于表头，可能是数字中的逗号或未加引号的文字",
        "把含逗号的内容放在引号内，或删去多余的单元格",
        "the row has more cells than the heading; a comma within a value may have parted it",
        "put values with commas into quotes, or leave the cells out",
    ),
    "error_cell": Rule(
        "单元格是电子表格的错误值",
        "改为正确的内容",
        "the cell holds an error of the spreadsheet",
        "write what it should be",
    ),
    "two_values": Rule(
        "同一项同一天有不同的数（另见 {other}）",
        "核实后保留一个；若为更正，在备注中以“更正”开头",
        "two values for one day; the other is {other}",
        "find out which is right; a correction says so: its 备注 begins with 更正",
    ),
    "falling": Rule(
        "累计值不能减少，与 {other} 矛盾（两者之一有误）",
        "核实两个数；若前一个有误，补一行更正",
        "a cumulative value falls; it contradicts {other}, and either may be wrong",
        "check both; if the other is wrong, add a row that corrects it",
    ),
}
"""Rules by their codes."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault of a cell.

    Attributes
    ----------
    code : str
        Its rule, see :data:`RULES`.
    column : str
        Heading of the cell.
    value : str
        As written.
    cured : str or None
        What the cell means where that is beyond doubt.
    words : mapping
        What fills the rule's braces.
    """

    code: str
    column: str
    value: str
    cured: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Return rule and cure in both languages."""
        return {name: text.format(**self.words) for name, text in RULES[self.code]._asdict().items()}


class Aside(NamedTuple):
    """A row that is set aside, by one of its faults."""

    file: str
    line: int
    cell: str
    id: str
    county: str
    fault: Fault
    taken: bool


def table_of(rows: Iterable[Aside]) -> pd.DataFrame:
    """Return the table of rows that are set aside; see :data:`COLUMNS`.

    >>> fault = Fault(code="plus", column="完成值", value="+400", cured="400")
    >>> table = table_of([Aside("a.csv", 2, "E2", "R-00c", "两县", fault, False)])
    >>> table.loc[0, ["cell", "rule", "cured_value"]].tolist()
    ['E2', '数字前有加号', '400']
    """
    records: list[dict[str, Any]] = []
    for row in rows:
        texts = row.fault.texts()
        records.append(
            {
                "file": row.file,
                "line": row.line,
                "cell": row.cell,
                "id": _short(row.id),
                "county": _short(row.county),
                "column": row.fault.column,
                "value": _short(row.fault.value),
                "cured_value": row.fault.cured or "",
                "taken": row.taken,
                "code": row.fault.code,
                **texts,
            }
        )
    return pd.DataFrame(records, columns=list(COLUMNS)).astype({"line": "int64", "taken": "bool"})


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
