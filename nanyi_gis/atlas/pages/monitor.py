"""The page of the register: how each item of the plan stands, as far as anybody has published or reported it."""

from typing import Any, cast

import geopandas as gpd

from ...webmap import Page, style_html
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..monitor import (
    LOOKS,
    NO_DATA,
    STYLE,
    Told,
    drawn_note,
    edge_of,
    further_tables,
    lead,
    line_table,
    located_items,
    overview_body,
    passed,
    state_word,
    summary_tables,
    told_of_atlas,
    values_body,
)
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture

FILE = "monitor.html"
_MOST_LINES = 300
_MOST_DRAWN = 40
"""Lines of which values are drawn; the light page of ``monitor report`` has more."""


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = None if "monitor" in atlas.study.files else ("没有监测台账", "the study has no register")
    return [Entry(file=FILE, zh="监测", en="Monitoring", group="safeguards", order=1, lacks=lacks, sheet=False)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that the page tracks, each with its file."""
    told = told_of_atlas(atlas)
    return [] if told is None else [(str(row["id"]), FILE) for row in told.rows]


def told_by(atlas: Atlas) -> Told:
    """Return what the page tells, which is only made with a register."""
    return cast(Told, told_of_atlas(atlas))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    told = told_by(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"规划 {len(told.rows)} 项的状态、完成率与序时进度，截至 {told.as_of}",
            f"State, completion and elapsed share of {len(told.rows)} lines of the plan, as of {told.as_of}",
        ),
        legend_open=True,
        wide=True,
        sources=[told.rule] if told.rule else [],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    located = located_items(told, atlas.places, atlas.corridors)
    _add_located(page, atlas, told, located)
    page.add_panel(atlas.say("总览", "At a glance"), style_html(STYLE) + overview_body(told), note=" ".join(lead(told)))
    line_table(told, most=_MOST_LINES).put_on(page)
    drawn = told.drawn(_MOST_DRAWN)
    if drawn:
        page.add_panel(
            atlas.say("有填报的各项", "Lines with reports"), values_body(told, drawn), note=drawn_note(told, drawn)
        )
    for table in (*summary_tables(told), *further_tables(told)):
        table.put_on(page)
    lines = located[located.geom_type != "Point"]
    return [
        AtlasPage(
            file=FILE,
            title=page.title,
            summary=atlas.say(
                "规划各项何时到期、谁牵头、有无填报；有填报的给出状态、完成率与预测。没有填报不算逾期。",
                "What of the plan is due when, who leads it, and who has reported; with reports: state, "
                "completion, forecast. "
                "What nobody reported is not overdue.",
            ),
            page=page,
            thumbnail=small_picture(
                atlas,
                lines=[(lines.geometry, "#5b6b78", 2)],
                points=[(located[located.geom_type == "Point"].geometry, "#20313f")],
            ),
            figures=_figures(atlas, told),
            main_table=line_table(told, most=0).title,
        )
    ]


def _add_located(page: Page, atlas: Atlas, told: Told, located: gpd.GeoDataFrame) -> None:
    """Add the places and the lines of items, coloured and shaped by state."""
    frame = located.assign(
        shown=located[atlas.name].where(located[atlas.name] != "", located["name_zh"]),
        at=located["place_en" if atlas.lang == "en" else "place_zh"],
        word=[state_word(str(state), atlas.lang) for state in located["state"]],
        clause=[told.clause(str(clause)) for clause in located["clause"]],
        county=[told.county(str(county)) for county in located["county"]],
    )
    popup = [
        ("word", atlas.say("状态", "State")),
        ("at", atlas.say("位置", "At")),
        ("county", atlas.say("县", "County")),
        ("clause", atlas.say("条款", "Clause")),
        ("deadline", atlas.say("期限", "Due")),
    ]
    shared: dict[str, Any] = {
        "label": "shown",
        "popup": popup,
        "style_by": "word",
        "group": atlas.say("监测", "Monitoring"),
        "ids": "key",
        "items": "item",
        "evidence": "derived",
    }
    lines, points = frame[frame.geom_type != "Point"], frame[frame.geom_type == "Point"]
    looks = [(state_word(state, atlas.lang), told.colour(state), look) for state, look in LOOKS.items()]
    own = {word: {"color": colour, "casing": edge_of(colour), "label": word} for word, colour, _ in looks}
    if len(lines):
        page.add_lines(
            atlas.say("线路（示意），按状态", "Lines (schematic), by state"),
            lines,
            styles={word: {**own[word], "weight": 4, "dash": look.dash} for word, _, look in looks},
            key="state-lines",
            **shared,
        )
    if len(points):
        page.add_points(
            atlas.say("地点，按状态", "Places, by state"),
            points,
            styles={word: {**own[word], "radius": 6, "shape": look.shape} for word, _, look in looks},
            key="state-points",
            **shared,
        )


def _figures(atlas: Atlas, told: Told) -> tuple[Figure, ...]:
    method = atlas.say(f"截至 {told.as_of} 的填报与公开报道", f"reports and published facts up to {told.as_of}")
    past = sum(passed(row) for row in told.rows)
    counted = [
        (atlas.say("监测项", "Lines tracked"), len(told.rows)),
        (atlas.say("有填报或公开报道的项", "Lines with a report"), told.reported),
        *(
            (atlas.say(f"状态：{state}", f"State: {state_word(state, 'en')}"), count)
            for state, count in told.counts.items()
            if count and state != NO_DATA
        ),
        (atlas.say("期限已过、未见填报的项", "Lines past their day without a report"), past),
    ]
    return tuple(
        Figure(page=FILE, name=name, value=float(count), unit="", clause="", method=method, evidence="derived")
        for name, count in counted
    )
