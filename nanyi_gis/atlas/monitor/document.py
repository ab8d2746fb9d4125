"""``monitor.html``: the register on one light page without a network, which the command ``monitor report`` writes."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ... import plan as plan_room
from ...monitor import Observation, Tracked
from ...webmap import Section, cover_html
from ..plan_words import amount
from .asides import further_tables
from .drawings import chart, shares
from .located import located_items, map_svg
from .looks import marked, symbols
from .remarks import note_words
from .tables import line_table, state_table, summary_tables
from .told import Told, passed, rough_text

STYLE = "monitor.css"
_MOST_DRAWN = 60  # a page of a full register stays near 1.5 kB a line
_MOST_NOTES = 12
_MOST_SEEN = 8  # observations of one line that are listed


def monitor_html(told: Told) -> str:
    """Return the page as one HTML document; the same report gives the same text.

    It holds its own styles and scripts, asks for nothing, and every text of the sheets is escaped.
    """
    drawn = told.drawn(_MOST_DRAWN)
    anchors = {(str(row["id"]), str(row["county"])): f"#n{number}" for number, row in enumerate(drawn)}
    late = told.counts["逾期"] + told.counts["滞后"]
    past = sum(passed(row) for row in told.rows)
    whole = len(told.rows)
    sections = [
        Section(title=told.say("总览", "At a glance"), body=overview_body(told), note=told.rule),
        _map(told),
        line_table(told, anchors=anchors).section(told.lang),
        *([_values(told, drawn)] if drawn else []),
        *(table.section(told.lang) for table in (*summary_tables(told), *further_tables(told))),
    ]
    title = told.study.title_en if told.lang == "en" else told.study.title_zh
    figures = [
        (told.reported, ("有填报的项", "lines reported"), (f"共 {whole:,} 项", f"of {whole:,}")),
        (late, ("逾期与滞后", "overdue and behind"), ("均有数值为证", "each by a value")),
        (past, ("期限已过、未见填报", "past their day, not reported"), ("不等于逾期", "not the same as overdue")),
        (len(told.set_aside), ("未采用的填报", "faults set aside"), ("逐处列出", "listed one by one")),
    ]
    return cover_html(
        title=told.say(f"{title}规划监测台账", f"Register of the plan: {title}"),
        subtitle=told.say(f"截至 {told.as_of} · 共 {whole:,} 项", f"As of {told.as_of} · {whole:,} lines"),
        lang=told.lang,
        lead=[*lead(told), *(note_words(note, lang=told.lang) for note in told.notes[:_MOST_NOTES])],
        cards=[],
        key_figures=[(f"{count:,}", told.say(*name), told.say(*remark)) for count, name, remark in figures],
        sections=sections,
        foot=_foot(told),
        styles=[STYLE],
        contents=told.say("目录", "Contents"),
    )


def overview_body(told: Told) -> Markup:
    """Return the shapes of the states for the whole page, how many lines are in each, and what each means."""
    return symbols(told.colours) + shares(told.counts, told) + state_table(told)


def lead(told: Told) -> list[str]:
    """Return what a reader must know of the register before its numbers."""
    words = [
        told.say(
            "目标、期限、牵头单位取自规划；完成值取自填报表与公开报道，未经本项目核实；状态、预测是计算结果。"
            "颜色总与文字、形状并用，灰色表示不知道。",
            "Targets, days due and lead agencies are the plan's; values are those of sheets and published reports, not "
            "verified here; states and forecasts are computed. No colour stands without its word and shape; "
            "grey is what "
            "nobody knows.",
        )
    ]
    if told.study.public:
        words.append(
            told.say(
                "公开版：不宜在公开地图上表示的条目不在其中，也不计入各数。",
                "Public edition: items that public maps must not show are neither listed nor counted.",
            )
        )
    if not told.observations:
        words.append(
            told.say(
                "还没有任何填报：下面是何时到期、谁应填报。用 nanyi-gis monitor init 生成填报表。",
                "Nothing has been reported yet: below is what is due when, and who is to report.",
            )
        )
    return words


def _foot(told: Told) -> list[str]:
    plan = told.study.text("plan_source", told.lang)
    return [
        *([told.say(f"规划: {plan}", f"Plan: {plan}")] if plan else []),
        told.say(
            f"规划期 {told.register.start} 至 {told.register.end}；没有起始年份的目标从规划期初起算。",
            f"Period of the plan: {told.register.start} to {told.register.end}; a target without a first year "
            f"runs from its begin.",
        ),
    ]


def _map(told: Told) -> Section:
    plan = told.plan
    corridors = plan.corridors.drop(index=plan_room.unlocated_corridors(plan.corridors).index)
    places = plan.places[plan.places["public"]] if told.study.public else plan.places
    located = located_items(told, places, corridors)
    count = located["item"].nunique()
    whole = len({row["id"] for row in told.rows})
    return Section(
        title=told.say("地图", "Map"),
        body=map_svg(told, located),
        note=told.say(
            f"{whole:,} 个条目中有位置的 {count:,} 个；同一地点取最差的状态。线路走向为示意。"
            f"其余条目没有可靠位置，不画。",
            f"{count:,} of {whole:,} items have a place; of several at one place the worst state shows. Lines "
            f"are schematic; "
            "items without a reliable place are not drawn.",
        ),
    )


def _values(told: Told, rows: Sequence[Mapping[str, Any]]) -> Section:
    title = told.say("有填报的各项", "Lines with reports")
    return Section(title=title, note=drawn_note(told, rows), body=values_body(told, rows))


def drawn_note(told: Told, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what the drawings of values show, and of how many lines."""
    note = told.say(
        "圆点为填报值，虚线为序时进度，横线为目标，阴影为到期限的 80 % 预测区间。",
        "Dots are the values reported, the dashed line an even pace, the level line the target, the shade the 80 % "
        "interval of the forecast to the day due.",
    )
    count = len(told.drawn(len(told.rows)))
    if count > len(rows):
        note += told.say(
            f"此处为 {count:,} 项中的前 {len(rows):,} 项。", f" The first {len(rows):,} of {count:,} lines."
        )
    return note


def values_body(told: Told, rows: Sequence[Mapping[str, Any]]) -> Markup:
    """Return lines with their values, one beside the other."""
    blocks = (value_block(told, row, anchor=f"n{number}") for number, row in enumerate(rows))
    return Markup('<div class="nm-items">{}</div>').format(Markup("").join(blocks))


def value_block(told: Told, row: Mapping[str, Any], *, anchor: str) -> Markup:
    """Return a line with its values: state, reason, drawing, forecast, and where each value is from."""
    line = told.line(row)
    seen = told.seen[line.id, line.county]
    facts = [told.target(line), told.deadline(line), told.clause(line.clause), told.agencies(line.owners)]
    forecast = Markup("").join(
        Markup("<p>{}</p>").format(f"{name}{told.say('：', ': ')}{text}")
        for name, text in forecast_words(told, row, line)
    )
    values = Markup("").join(_seen(told, one, line) for one in reversed(seen[-_MOST_SEEN:]))
    more = len(seen) - _MOST_SEEN
    rest = Markup("<li>{}</li>").format(told.say(f"另有 {more} 条", f"{more} more")) if more > 0 else Markup("")
    return Markup(
        '<article class="nm-item" id="{}"><h3>{} <small>{} · {}</small></h3><p>{} {}</p>{}<p>{}</p>{}'
        "<ul>{}{}</ul></article>"
    ).format(
        anchor, told.name(row), told.county(line.county), line.id, marked(str(row["state"]), told.lang),
        told.reason(row), chart(told, row, line, seen), " · ".join(facts), forecast, values, rest,
    )  # fmt: skip


def forecast_words(told: Told, row: Mapping[str, Any], line: Tracked) -> list[tuple[str, str]]:
    """Return the forecast of a line, the pool it rests on and how likely the target is; nothing without one."""
    found = []
    low, high = told.ends(row, "forecast_low", "forecast_high")
    if low is not None and high is not None:
        pool = f"{row['pool']}, n = {row['pool_size']}"
        ends = dict.fromkeys(rough_text(end) for end in (low, high))
        span = amount("–".join(ends), line.unit, told.lang)
        found.append((told.say("到期预测（80 %）", "Forecast (80 %)"), f"{span} ({pool})"))
    words = str(row.get("reach_words_en" if told.lang == "en" else "reach_words", "") or "")
    if words:
        found.append((told.say("按期达到", "Reached in time"), words))
    return found


def _seen(told: Told, one: Observation, line: Tracked) -> Markup:
    value = told.words(one.state) or told.value(one.low, one.high, line.unit)
    source = told.said(one.source) or told.say("未写来源", "no source given")
    parts = [source, told.evidence(one.evidence), one.agency, *told.remarks(one)]
    return Markup("<li><b>{}</b> {} <small>{}</small></li>").format(
        one.on, value, told.say("；", "; ").join(part for part in parts if part)
    )
