"""The tables of the register: its lines by how late they are, counts, what is due, who has not reported."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from .drawings import bar_cell
from .looks import LOOKS, NO_DATA, marked, state_word
from .shown import Shown
from .told import MOST, Told, known, passed


def line_table(told: Told, *, most: int = MOST, anchors: Mapping[tuple[str, str], str] | None = None) -> Shown:
    """Return the lines as a table, the latest first; of many, the first ``most``.

    ``anchors`` are the places on the page where values over time are drawn, by item and county.
    """
    rows = told.rows[:most]
    records = [_line(told, row) for row in rows]
    frame = pd.DataFrame(records, columns=[*_heads(told), "id"]).astype({"progress": float})
    left = len(told.rows) - len(rows)
    note = told.say(
        "按滞后程度排序：逾期、滞后、临近、期限已过而未见填报、无数据、正常。进度条为完成率，"
        "竖线为完成值当日的序时进度；"
        "浅色段是区间。“放大”可见条款、章节与说明。",
        "Sorted by lateness: overdue, behind, due soon, past its day without a report, no data, on track. The bar is "
        "completion, its stroke the elapsed share on the value's own day, its pale part an interval. Enlarge for "
        "clause, chapter and reason.",
    )
    if left:
        note += told.say(
            f"共 {len(told.rows):,} 项，此处列出最迟的 {len(rows):,} 项；各项计数均为全部。全表见 status.csv。",
            f" Of {len(told.rows):,} lines these are the latest {len(rows):,}; the counts are of all. "
            f"status.csv has all.",
        )
    places = anchors or {}
    return Shown(
        title=told.say(f"逐项进度（{len(told.rows):,}）", f"Lines ({len(told.rows):,})"),
        note=note,
        frame=frame,
        columns=_heads(told),
        filters=["state", "owner", "county", "chapter"],
        more=["clause", "chapter", "reason"],
        drawn={
            "state": [_state(told, row) for row in rows],
            "progress": [bar_cell(row) for row in rows],
            "deadline": [_unbroken(told.due(told.line(row))) for row in rows],
            "value": [_unbroken(_value(told, row)) for row in rows],
        },
        ids=[str(row["id"]) for row in rows],
        links=[places.get((str(row["id"]), str(row["county"]))) for row in rows],
    )


def _state(told: Told, row: Mapping[str, Any]) -> Markup:
    """Return the state with its shape, and the lamp of the rule where that is another word."""
    lamp = str(row.get("lamp_en" if told.lang == "en" else "lamp", "") or "")
    state = str(row["state"])
    if lamp in {"", state_word(state, told.lang)}:
        return marked(state, told.lang)
    return Markup("{} <small>{}</small>").format(marked(state, told.lang), lamp)


def _unbroken(parts: tuple[str, str]) -> Markup:
    """Return a date or a figure that no line break tears, and a remark behind it."""
    return Markup('<span class="ny-span">{}</span>{}').format(*parts) if parts[1] else Markup("{}").format(parts[0])


def _value(told: Told, row: Mapping[str, Any]) -> tuple[str, str]:
    value = told.value(known(row["value_low"]), known(row["value_high"]), told.line(row).unit)
    return value, f" ({row['value_on']})" if row["value_on"] and value != "–" else ""


def _heads(told: Told) -> dict[str, str]:
    return {
        "name": told.say("条目", "Item"),
        "county": told.say("县", "County"),
        "state": told.say("状态", "State"),
        "progress": told.say("完成率 / 序时进度", "Done / elapsed"),
        "deadline": told.say("期限", "Due"),
        "owner": told.say("牵头单位", "Lead"),
        "target": told.say("目标", "Target"),
        "value": told.say("最近完成值", "Last value"),
        "clause": told.say("条款", "Clause"),
        "chapter": told.say("章节", "Chapter"),
        "reason": told.say("说明", "Reason"),
    }


def _line(told: Told, row: Mapping[str, Any]) -> dict[str, Any]:
    line = told.line(row)
    return {
        "id": row["id"],
        "name": told.name(row),
        "county": told.county(line.county),
        "state": state_word(str(row["state"]), told.lang),
        "progress": known(row["completion_low"]),
        "deadline": told.deadline(line),
        "owner": tuple(told.agency(name) for name in line.owners),
        "target": told.target(line),
        "value": "".join(_value(told, row)),
        "clause": told.clause(line.clause),
        "chapter": told.chapters[line.clause],
        "reason": told.reason(row),
    }


def count_table(told: Told, title: str, head: str, groups: Mapping[str, Iterable[Mapping[str, Any]]]) -> Shown:
    """Return how many lines of each group are in each state; a state without a line has no column."""
    states = [state for state, count in told.counts.items() if count]
    records = []
    for name, rows in groups.items():
        counted = Counter(str(row["state"]) for row in rows)
        records.append({"group": name, **{state: counted[state] for state in states}, "all": sum(counted.values())})
    columns = {
        "group": head,
        **{state: state_word(state, told.lang) for state in states},
        "all": told.say("合计", "All"),
    }
    frame = pd.DataFrame(records, columns=list(columns))
    return Shown(title=title, frame=frame, columns=columns)


def by_agency(told: Told) -> Shown:
    """Return the counts by lead agency; a line of several counts for each."""
    shown = count_table(
        told,
        told.say("按牵头单位", "By lead agency"),
        told.say("单位", "Agency"),
        {told.agency(name): rows for name, rows in agency_rows(told).items()},
    )
    note = told.say(
        "一项有几个牵头单位的，各计一次；规划未写明牵头单位的列为“未明确”。",
        "A line of several lead agencies counts for each; where the plan names none, it says so.",
    )
    return Shown(title=shown.title, frame=shown.frame, columns=shown.columns, note=note)


def agency_rows(told: Told) -> dict[str, list[Mapping[str, Any]]]:
    """Return the lines of each lead agency: agencies by how many they have, none named last."""
    found = _grouped(told, lambda row: told.line(row).owners)
    unnamed = told.register.unassigned
    return dict(sorted(found.items(), key=lambda pair: (pair[0] == unnamed, -len(pair[1]), pair[0])))


def by_chapter(told: Told) -> Shown:
    """Return the counts by chapter of the plan, in its order."""
    found = _grouped(told, lambda row: [told.line(row).clause])
    chapters: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for clause in sorted(found, key=lambda text: (told.chapter_order(text), text)):
        chapters[told.chapters[clause]] += found[clause]
    return count_table(told, told.say("按章节", "By chapter"), told.say("章节", "Chapter"), chapters)


def by_county(told: Told) -> Shown:
    """Return the counts by county, the lines of all of them apart."""
    found = _grouped(told, lambda row: [str(row["county"])])
    return count_table(
        told,
        told.say("按县", "By county"),
        told.say("县", "County"),
        {told.county(name): found[name] for name in sorted(found)},
    )


def _grouped(
    told: Told, keys: Callable[[Mapping[str, Any]], Iterable[str]]
) -> dict[str, list[Mapping[str, Any]]]:  # fmt: skip
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in told.rows:
        for key in keys(row):
            found[key].append(row)
    return found


def due_table(told: Told) -> Shown:
    """Return what is due when: lines by day and by where the day is from, with how many are done or reported."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in told.rows:
        line = told.line(row)
        found["9" if line.deadline is None else str(line.deadline), line.basis].append(row)
    records = []
    for (day, basis), rows in sorted(found.items()):
        left = None if day == "9" else known(rows[0]["days_left"])
        records.append(
            {
                "day": "–" if day == "9" else day,
                "basis": told.basis(basis),
                "lines": len(rows),
                "done": sum(row["state"] == "已完成" for row in rows),
                "reported": sum(row["state"] != "已完成" and bool(row["observations"]) for row in rows),
                "silent": sum(not row["observations"] and row["state"] != "已完成" for row in rows),
                "left": "" if left is None else _days(told, int(left)),
            }
        )
    columns = {
        "day": told.say("期限", "Due"),
        "basis": told.say("期限依据", "Where the day is from"),
        "left": told.say("距今", "From now"),
        "lines": told.say("项数", "Lines"),
        "done": told.say("已完成", "Done"),
        "reported": told.say("有填报、未完成", "Reported, not done"),
        "silent": told.say("未见填报", "Not reported"),
    }
    note = told.say(
        f"“距今”从 {told.as_of} 起算。期限已过而未见填报的，不等于逾期：不知道做没做。",
        f"Counted from {told.as_of}. A line past its day without a report is not overdue: nobody has said.",
    )
    return Shown(
        title=told.say("何时到期", "What is due when"), frame=pd.DataFrame(records, columns=list(columns)),
        columns=columns, note=note,
    )  # fmt: skip


def _days(told: Told, left: int) -> str:
    if left >= 0:
        return told.say(f"还有 {left:,} 天", f"{left:,} days left")
    return told.say(f"已过 {-left:,} 天", f"{-left:,} days ago")


def silent_table(told: Told) -> Shown:
    """Return what nobody has reported, by lead agency and county."""
    records = []
    for owner, rows in agency_rows(told).items():
        for county in sorted({str(row["county"]) for row in rows}):
            own = [row for row in rows if row["county"] == county]
            silent = [row for row in own if not row["observations"] and row["state"] in {NO_DATA, "不可量化"}]
            records.append(
                {
                    "owner": told.agency(owner),
                    "county": told.county(county),
                    "lines": len(own),
                    "silent": len(silent),
                    "counted": sum(told.line(row).counted for row in silent),
                    "past": sum(passed(row) for row in silent),
                }
            )
    columns = {
        "owner": told.say("牵头单位", "Lead"),
        "county": told.say("县", "County"),
        "lines": told.say("项数", "Lines"),
        "silent": told.say("未见填报", "Not reported"),
        "counted": told.say("其中有数量目标", "with a number"),
        "past": told.say("其中期限已过", "past their day"),
    }
    frame = pd.DataFrame(records, columns=list(columns)).sort_values(
        ["past", "silent"], ascending=False, kind="stable", ignore_index=True
    )
    whole = sum(passed(row) for row in told.rows)
    return Shown(
        title=told.say("谁还没有填报", "Who has not reported"),
        frame=frame,
        columns=columns,
        filters=["owner", "county"],
        note=told.say(
            f"期限已过、未见填报的共 {whole:,} 项：没有证据表明已完成，也没有证据表明未完成。",
            f"{whole:,} lines are past their day without a report: no evidence that they are done, none that "
            f"they are not.",
        ),
    )


def state_table(told: Told) -> Markup:
    """Return what each state means."""
    meanings = {
        "逾期": ("期限当日或之后的数值仍未达到目标", "a value of the day due or later falls short"),
        "滞后": (
            "完成率低于当日序时进度，超过规则的界限",
            "completion is below the elapsed share by more than the rule allows",
        ),
        "临近": ("期限将至而尚未完成", "the day due is near, and it is not done"),
        NO_DATA: ("没有数值；期限过了也不算逾期", "no value; not overdue even past its day"),
        "正常": ("完成率不低于序时进度，或差距在规则之内", "completion keeps up with the elapsed share, or nearly"),
        "不可量化": ("规划没有写数量和期限", "the plan gives no number and no day"),
        "已调整": ("目标已按文件调整", "changed by a document"),
        "已完成": ("数值达到目标，或填报建成", "the value reaches the target, or it is reported built"),
    }
    rows = Markup("").join(
        Markup("<dt>{}</dt><dd>{}</dd>").format(marked(state, told.lang), told.say(*meanings[state])) for state in LOOKS
    )
    return Markup('<dl class="nm-states">{}</dl>').format(rows)


def summary_tables(told: Told) -> list[Shown]:
    """Return who has not reported, what is due when, and the counts by agency, chapter and county."""
    return [silent_table(told), due_table(told), by_agency(told), by_chapter(told), by_county(told)]
