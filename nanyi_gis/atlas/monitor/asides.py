"""Tables of the register beside its lines: contradictions, scores, changes, and rows that were not read."""

import pandas as pd

from ...consistency import AGREES, CONTRADICTS, OPEN
from .looks import marked, state_word
from .shown import Shown
from .told import Told, known, number_text

_MOST_ASIDE = 100
_MOST_CHANGES = 60
_MOST_LOST = 60
_TOTAL = "合计"
_VERDICTS = (CONTRADICTS, OPEN, AGREES)  # what a reader must see first


def further_tables(told: Told) -> list[Shown]:
    """Return the tables of what there is: contradictions, scores, changes, rows set aside."""
    made = (
        (check_table, told.checks),
        (score_table, told.scores),
        (lost_table, told.scores),
        (change_table, told.changes),
        (aside_table, told.set_aside),
    )
    return [make(told) for make, frame in made if len(frame)]


def check_table(told: Told) -> Shown:
    """Return which of the plan's figures agree with each other, with the land and with what is reported."""
    rank = told.checks["verdict"].map({word: place for place, word in enumerate(_VERDICTS)})
    frame = told.checks.loc[rank.sort_values(kind="stable").index]
    verdicts = _in(told, frame, "verdict")
    shown = pd.DataFrame(
        {
            "check": list(frame["check"]),
            "verdict": list(verdicts),
            "clauses": [told.clause(str(text)) for text in frame["clauses"]],
            "told": [told.words(str(text)) for text in frame[told.lang]],
        }
    )
    words = told.say("、", ", ").join(f"{word} {count}" for word, count in verdicts.value_counts().items())
    return Shown(
        title=told.say(f"数字是否相互矛盾（{len(frame)}）", f"Do the figures contradict each other ({len(frame)})"),
        frame=shown,
        columns={
            "told": told.say("内容", "What"),
            "verdict": told.say("结论", "Verdict"),
            "clauses": told.say("条款", "Clauses"),
            "check": told.say("编号", "Number"),
        },
        filters=["verdict"],
        note=told.say(
            f"{words}。由本项目按规划原文的数与填报值核算，不是规划的结论；“以上”“左右”按区间理解。",
            f"{words}. Worked out here from the plan's figures and the values reported, no finding of the plan; "
            "more than and about are read as intervals.",
        ),
    )


def score_table(told: Told) -> Shown:
    """Return the scores of agencies and counties, as a whole and by part."""
    totals = told.scores[told.scores["row"] == _TOTAL]
    part = _in(told, totals, "part").fillna("")
    totals = totals.assign(shown=part)
    parts = [name for name in dict.fromkeys(part) if name and name != _whole(totals)]
    records = []
    for (by, name), rows in totals.groupby(["by", "name"], sort=False):
        scored = dict(zip(rows["shown"], rows["score"], strict=True))
        own = scored.get(_whole(totals))
        counted = rows["lines"].max()
        records.append(
            {
                "name": told.agency(str(name)) if by == "单位" else told.county(str(name)),
                "score": known(own),
                **{one: known(scored.get(one)) for one in parts},
                "lines": int(counted),
            }
        )
    frame = pd.DataFrame(records).astype(dict.fromkeys(("score", *parts), float))
    caveat = _in(told, totals, "reason").iloc[0]
    return Shown(
        title=told.say("评分", "Scores"),
        frame=frame,
        columns={
            "name": told.say("单位或县", "Agency or county"),
            "score": told.say("得分", "Score"),
            **{one: one for one in parts},
            "lines": told.say("计分事项", "Lines that count"),
        },
        digits=dict.fromkeys(("score", *parts), 1),
        note=str(caveat),
    )


def _whole(totals: pd.DataFrame) -> str:
    """Return what the whole score is called among its parts: the part of the first row."""
    return str(totals["shown"].iloc[0])


def lost_table(told: Told) -> Shown:
    """Return the lines that lost most points, each with its reason."""
    rows = told.scores[told.scores["row"] != _TOTAL]
    rows = rows.assign(lost=rows["of"] - rows["points"])
    lost = rows[rows["lost"] > 0].sort_values("lost", ascending=False, kind="stable")
    shown = lost.head(_MOST_LOST)
    names = {row["id"]: told.name(row) for row in told.rows}
    frame = pd.DataFrame(
        {
            "item": [names.get(str(number), str(number)) for number in shown["id"]],
            "county": [told.county(str(county)) for county in shown["county"]],
            "owner": [told.agencies(str(name).split("、")) for name in shown["name"]],
            "part": list(_in(told, shown, "part")),
            "points": [
                f"{number_text(points)} / {number_text(of)}"
                for points, of in zip(shown["points"], shown["of"], strict=True)
            ],
            "reason": [told.words(str(text)) for text in _in(told, shown, "reason")],
        }
    )
    return Shown(
        title=told.say(f"失分最多的事项（{len(lost):,}）", f"Lines that lost most points ({len(lost):,})"),
        frame=frame,
        columns={
            "item": told.say("条目", "Item"),
            "county": told.say("县", "County"),
            "owner": told.say("牵头单位", "Lead"),
            "part": told.say("项目", "Part"),
            "points": told.say("得分 / 满分", "Points / of"),
            "reason": told.say("原因", "Reason"),
        },
        note=told.say(
            f"此处列出前 {len(shown)} 条，逐项得分与原因见 scores.csv。",
            f"The first {len(shown)}; scores.csv has every line with its reason.",
        ),
    )


def change_table(told: Told) -> Shown:
    """Return what changed since the earlier day."""
    frame = told.changes.head(_MOST_CHANGES)
    english = told.lang == "en"
    lines = {(line.id, line.county): line for line in told.lines}
    records = []
    for row in frame.to_dict("records"):
        unit = lines[row["id"], row["county"]].unit
        before, after = (
            told.value(known(row[name]), known(row[name]), unit) for name in ("value_before", "value_after")
        )
        records.append(
            {
                "item": str(row["name_en" if english else "name"]),
                "county": told.county(str(row["county"])),
                "kind": str(row["kind_en" if english else "kind"]),
                "before": state_word(str(row["state_before"]), told.lang),
                "after": state_word(str(row["state_after"]), told.lang),
                "values": f"{before} → {after}" if before != after else after,
            }
        )
    columns = {
        "item": told.say("条目", "Item"),
        "county": told.say("县", "County"),
        "kind": told.say("变化", "Change"),
        "before": told.say("原状态", "State before"),
        "after": told.say("现状态", "State now"),
        "values": told.say("完成值", "Value"),
    }
    count = len(told.changes)
    return Shown(
        title=told.say(f"自 {told.since} 以来的变化（{count:,}）", f"Changes since {told.since} ({count:,})"),
        frame=pd.DataFrame(records, columns=list(columns)),
        columns=columns,
        filters=["kind", "after"],
        drawn={
            name: [marked(str(state), told.lang) for state in frame[f"state_{name}"]] for name in ("before", "after")
        },
        note=told.say("全部变化见 changes.csv。", "changes.csv has all of them.") if count > len(frame) else "",
    )


def aside_table(told: Told) -> Shown:
    """Return the first rows that were set aside, each with line, cell, rule and cure."""
    frame = told.set_aside.head(_MOST_ASIDE)
    taken = [told.say("已按此读入", "read so") if taken else told.say("未采用", "not read") for taken in frame["taken"]]
    places = zip(frame["file"], frame["line"], frame["cell"], strict=True)
    shown = pd.DataFrame(
        {
            "at": [f"{file} · {line} · {cell}" for file, line, cell in places],
            "id": list(frame["id"]),
            "value": list(frame["value"]),
            "rule": list(_in(told, frame, "rule")),
            "cure": list(_in(told, frame, "cure")),
            "cured": list(frame["cured_value"]),
            "taken": taken,
        }
    ).astype(str)
    count = len(told.set_aside)
    more = told.say(f"，此处列出前 {len(frame)} 处", f", the first {len(frame)} here") if count > len(frame) else ""
    return Shown(
        title=told.say(f"未采用的填报（{count:,}）", f"Rows set aside ({count:,})"),
        frame=shown,
        columns={
            "at": told.say("文件 · 行 · 单元格", "File · line · cell"),
            "id": told.say("编号", "Number"),
            "value": told.say("原文", "As written"),
            "rule": told.say("问题", "Rule"),
            "cure": told.say("改法", "Cure"),
            "cured": told.say("可读作", "May be read as"),
            "taken": told.say("处理", "What was done"),
        },
        filters=["rule", "taken"],
        note=told.say(
            f"共 {count:,} 处{more}。这些行没有消失：全表见 set_aside.csv，改正后重新填报。",
            f"{count:,} in all{more}. No row vanishes: set_aside.csv has all; mend them and report again.",
        ),
    )


def _in(told: Told, frame: pd.DataFrame, column: str) -> "pd.Series[str]":
    """Return a column in the language of the page, as far as the table has both."""
    english = f"{column}_en"
    return frame[english] if told.lang == "en" and english in frame else frame[column]
