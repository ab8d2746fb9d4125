"""``notices.html``: a notice for each lead agency and a letter of what is missing, ready to print, signed by nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ...webmap import PaperSheet, papers_html
from .looks import LOOKS, NO_DATA, state_word
from .tables import agency_rows
from .told import Told, known, passed, percent_text

_SHORT = 6  # letters that no line break tears
_MOST = 200  # lines of one table; the counts are of all

Row = Mapping[str, Any]
Cell = str | tuple[str, str]


def notices_html(told: Told) -> str:
    """Return the notices as one HTML document: agencies in the order of their lines, then the letters.

    Day and number of a document are left empty, and nobody signs.
    """
    agencies = agency_rows(told)
    notices = [_notice(told, owner, rows) for owner, rows in agencies.items()]
    letters = [_letter(told, owner, missing) for owner, rows in agencies.items() if (missing := _missing(rows))]
    title = told.study.title_en if told.lang == "en" else told.study.title_zh
    return papers_html(
        title=told.say(
            f"{title}规划事项进展通报与催报函（草稿）", f"Notices and letters on the plan of {title} (drafts)"
        ),
        sheets=[*notices, *letters],
        lang=told.lang,
        contents=told.say("目录", "Contents"),
        lead=[
            told.say(
                f"截至 {told.as_of}。规划共 {len(told.rows):,} 项；有填报的 {told.reported:,} 项。",
                f"As of {told.as_of}. The plan has {len(told.rows):,} lines, of which {told.reported:,} have "
                f"been reported.",
            ),
            told.say(
                "本稿由填报表自动生成，数值未经核实，未署名，文号与日期留空，由发文单位核定。“期限已过，"
                "未见填报”不是逾期。",
                "Drafted from the sheets by a program; the values are not verified. It is signed by nobody; "
                "number and day "
                "are left to those who send it. Past its day without a report is not overdue.",
            ),
            *([told.rule] if told.rule else []),
        ],
        foot=[
            told.say(
                "牵头单位以规划写明的为准；一项有几个牵头单位的，各列一次。",
                "Lead agencies are the plan's; a line of several stands with each.",
            )
        ],
    )


def _over(told: Told) -> str:
    return told.say(
        "文号：＿＿＿＿＿＿＿＿        日期：＿＿＿＿年＿＿月＿＿日", "No.: ______________        Date: ______________"
    )


def _notice(told: Told, owner: str, rows: Sequence[Row]) -> PaperSheet:
    name = told.agency(owner)
    counted = {state: [row for row in rows if row["state"] == state] for state in LOOKS}
    past = [row for row in counted[NO_DATA] if passed(row)]
    ahead = [row for row in counted[NO_DATA] if not passed(row)]
    words = told.say("、", ", ").join(
        told.say(f"{state}{len(own)}项", f"{state_word(state, 'en')} {len(own)}")
        for state, own in counted.items()
        if own
    )
    first = told.say(
        f"截至{told.as_of}，规划中{_led(told, owner)}的事项共{len(rows)}项：{words}。",
        f"As of {told.as_of} the plan has {len(rows)} lines {_led(told, owner)}: {words}.",
    )
    parts = [
        (told.say("逾期", "Overdue"), counted["逾期"], _judged),
        (told.say("滞后", "Behind"), counted["滞后"], _judged),
        (told.say("临近到期", "Due soon"), counted["临近"], _judged),
        (told.say("期限已过，未见填报（不是逾期）", "Past the day due, not reported (not overdue)"), past, _plain),
        (told.say("期限未到，未见填报", "Not yet due, not reported"), ahead, _plain),
        (told.say("正常", "On track"), counted["正常"], _judged),
        (told.say("已完成", "Done"), counted["已完成"], _judged),
        (told.say("已调整", "Adjusted"), counted["已调整"], _judged),
    ]
    body = Markup("<p>{}</p>").format(first) + Markup("").join(
        make(told, title, own) for title, own, make in parts if own
    )
    if counted["不可量化"]:
        body += Markup("<p>{}</p>").format(
            told.say(
                f"另有{len(counted['不可量化'])}项规划没有写数量和期限，不作评判。",
                f"Another {len(counted['不可量化'])} have no number and no day in the plan, and are not judged.",
            )
        )
    late = len(counted["逾期"]) + len(counted["滞后"])
    return PaperSheet(
        title=told.say(f"关于{name}牵头事项进展情况的通报", f"Notice: lines of the plan led by {name}")
        if owner != told.register.unassigned
        else told.say("规划未明确牵头单位的事项", "Lines for which the plan names no lead agency"),
        over=_over(told),
        remark=told.say(
            f"{len(rows)} 项；逾期与滞后 {late}，期限已过未见填报 {len(past)}",
            f"{len(rows)} lines; {late} overdue or behind, {len(past)} past their day without a report",
        ),
        body=body,
    )


def _led(told: Told, owner: str) -> str:
    if owner == told.register.unassigned:
        return told.say("未明确牵头单位", "without a lead agency")
    return told.say(f"由{owner}牵头", f"led by {told.agency(owner)}")


def _judged(told: Told, title: str, rows: Sequence[Row]) -> Markup:
    heads = [
        told.say("条目", "Item"), told.say("县", "County"), told.say("条款", "Clause"), told.say("目标", "Target"),
        told.say("完成值（截至）", "Value (as of)"), told.say("完成率/序时", "Done/elapsed"), told.say("期限", "Due"),
        told.say("来源", "Source"),
    ]  # fmt: skip
    cells: list[list[Cell]] = []
    for row in rows[:_MOST]:
        line = told.line(row)
        value = told.value(known(row["value_low"]), known(row["value_high"]), line.unit)
        own = told.seen.get((line.id, line.county), [])
        newest = own[-1] if own else None
        state = told.words(newest.state) if newest is not None and value == "–" else ""
        day = row["value_on"] or (newest.on if newest is not None else "")
        shares = [
            percent_text(row["completion_low"], row["completion_high"]),
            percent_text(row["elapsed_at_value"], row["elapsed_at_value"]),
        ]
        source = told.said((newest.source if newest is not None else "") or str(row["source"])) or told.say(
            "未写", "none given"
        )
        reached = f"{state or value} ({day})" if day else value
        against = " / ".join(filter(None, shares)) or "–"
        cells.append([*_first(told, row), told.target(line), reached, against, told.due(line), source])
    return _table(told, title, heads, cells, whole=len(rows))


def _first(told: Told, row: Row) -> list[str]:
    return [told.name(row), told.county(str(row["county"])), told.clause(told.line(row).clause)]


def _plain(told: Told, title: str, rows: Sequence[Row]) -> Markup:
    heads = [
        told.say("条目", "Item"), told.say("县", "County"), told.say("条款", "Clause"), told.say("目标", "Target"),
        told.say("期限", "Due"),
    ]  # fmt: skip
    cells: list[list[Cell]] = [
        [*_first(told, row), told.target(told.line(row)), told.due(told.line(row))] for row in rows[:_MOST]
    ]
    return _table(told, title, heads, cells, whole=len(rows))


def _table(told: Told, title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], *, whole: int) -> Markup:
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    lines = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_cell(cell)) for cell in row))
        for row in rows
    )
    left = whole - len(rows)
    more = told.say(f"另有 {left:,} 项，见 status.csv。", f"{left:,} more are in status.csv.") if left else ""
    return Markup(
        '<h3>{} ({:,})</h3><div class="wide" tabindex="0" role="group" aria-label="{}"><table>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>{}"
    ).format(title, whole, title, head, lines, Markup("<p>{}</p>").format(more) if more else "")


def _cell(cell: Cell) -> Markup:
    if isinstance(cell, str):
        return Markup('<span class="day">{}</span>').format(cell) if len(cell) <= _SHORT else Markup("{}").format(cell)
    return Markup('<span class="day">{}</span>{}').format(*cell)


def _missing(rows: Sequence[Row]) -> list[Row]:
    """Return the lines of which there is no value, and those without a number of which nothing has been told."""
    return [row for row in rows if row["state"] == NO_DATA or (row["state"] == "不可量化" and not row["observations"])]


def _letter(told: Told, owner: str, rows: Sequence[Row]) -> PaperSheet:
    name = told.agency(owner)
    counted = [row for row in rows if row["state"] == NO_DATA]
    rest = [row for row in rows if row["state"] != NO_DATA]
    asked = told.say(
        f"为掌握规划进展，请就下列{len(counted)}项填报完成值、截至日期与来源；没有数据的，请在备注中写“尚无数据”。",
        f"To know how the plan stands, please report value, day and source of the {len(counted)} lines below; "
        f"where there is "
        "no figure yet, please say so in the remark.",
    )
    body = Markup("<p>{}</p>").format(asked) if counted else Markup("")
    for county in sorted({str(row["county"]) for row in counted}):
        own = [row for row in counted if row["county"] == county]
        body += _plain(told, told.county(county), own)
    if rest:
        names = told.say("；", "; ").join(f"{told.name(row)} ({row['id']})" for row in rest[:_MOST])
        left = len(rest) - _MOST
        names += told.say(f"；另有 {left} 项", f"; {left} more") if left > 0 else ""
        body += Markup("<h3>{} ({:,})</h3><p>{}</p><p>{}</p>").format(
            told.say("规划没有写数量的事项", "Lines without a number"),
            len(rest),
            told.say(
                "请以文字报告状态（未开工、在建、建成等）与依据：",
                "Please report how they stand in words, with the evidence:",
            ),
            names,
        )
    unnamed = owner == told.register.unassigned
    return PaperSheet(
        title=told.say("关于请填报规划事项进展的函", "Letter: please report on lines of the plan")
        + told.say(
            f"（{'待明确牵头单位' if unnamed else owner}）", f" ({'lead agency to be named' if unnamed else name})"
        ),
        over=_over(told),
        remark=told.say(
            f"缺 {len(counted)} 项数值、{len(rest)} 项文字", f"{len(counted)} values and {len(rest)} words missing"
        ),
        body=body,
    )
