"""The plan itself: every item with its words, agencies and dates, on the map and back; milestones; checks."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pandas as pd
from markupsafe import Markup

from ... import plan as plan_room
from ...webmap import Page, evidence_word
from .. import plan_cards as cards
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import FILE, STATES, card_index, chapter_title, clause_text, item_name, links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..plan_words import agency
from ..scenarios import add_state
from . import overview

_ALWAYS = {"township", "county_seat", "city"}  # places by which readers find their way


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = None if atlas.plan.items else ("没有规划条目", "the study names no plan")
    return [Entry(file=FILE, zh="规划条目", en="Plan items", group="safeguards", order=0, lacks=lacks, sheet=False)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page of the items."""
    links = links_of(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{len(links.items)} 条：原文、数量、年份、责任单位，与地图互查",
            f"{len(links.items)} items: words, quantities, years, agencies; from the map and to it",
        ),
        legend_open=False,
        wide=True,
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    overview.add_areas(page, atlas)
    overview.add_corridors(page, atlas)
    overview.add_places(page, atlas, _places(atlas))
    page.add_cards(cards.plan_cards(atlas), places=cards.card_places(atlas))
    _add_items(page, atlas)
    if links.milestones:
        page.add_panel(atlas.say("时间表", "Milestones"), timeline(atlas), note=_dates_note(atlas))
    if links.shown_checks:
        _add_checks(page, atlas)
    if len(atlas.corridors):
        add_state(page, atlas)
    return [
        AtlasPage(
            file=FILE,
            title=page.title,
            summary=atlas.say(
                "全部条目的原文、数量、年份与责任单位，可按章节、县、乡镇、单位、年份、状态筛选，与地图互查。",
                "Every item with its words, quantity, year and agencies; chosen by chapter, county, township, agency, "
                "year and state, on the map and back.",
            ),
            page=page,
            thumbnail=small_picture(
                atlas,
                lines=[(atlas.corridors.geometry, "#A3195B", 2)],
                points=[(_places(atlas).geometry, "#20313f")],
            ),
            figures=_figures(atlas),
        )
    ]


def _places(atlas: Atlas) -> Any:
    """Return the places that items name, and those by which readers find their way."""
    at = links_of(atlas).at
    places = atlas.located
    kept = [
        ident in at or bool(_ALWAYS & set(kinds)) for ident, kinds in zip(places["id"], places["kind"], strict=True)
    ]
    return places[pd.Series(kept, index=places.index, dtype=bool)]


def item_table(atlas: Atlas) -> pd.DataFrame:
    """Return the items as the page shows them, a row each: words of the atlas' language, lists where there are many."""
    links = links_of(atlas)
    rows = [
        {
            "name": item_name(item, lang=atlas.lang),
            "clause": "; ".join(clause_text(clause, lang=atlas.lang) for clause in item.clauses),
            "quantity": cards.quantities(atlas, item),
            "year": tuple(map(str, item.years)),
            "lead": tuple(agency(name, atlas.lang) for name in item.lead),
            "county": tuple(cards.county_names(atlas, item)),
            "township": tuple(cards.townships(atlas, links, item)),
            "state": atlas.say(*STATES[links.states[item.id]]),
            "chapter": chapter_title(atlas, item.clauses[0]),
            "support": tuple(agency(name, atlas.lang) for name in atlas.plan.supporting(item)),
            "kind": tuple(cards.kinds(atlas, item).split(atlas.say("、", ", "))),
            "check": tuple(f"{number} {_check_title(atlas, number)}" for number in links.checks.get(item.id, ())),
            "unit": tuple(dict.fromkeys(_units(atlas, item))),
            "evidence": evidence_word(item.evidence, atlas.lang),
            "quote": item.quote,
            "id": item.id,
        }
        for item in links.items
    ]
    return pd.DataFrame(rows, columns=list(_heads(atlas)))


def _heads(atlas: Atlas) -> dict[str, str]:
    return {
        "name": atlas.say("条目", "Item"),
        "clause": atlas.say("条款", "Clause"),
        "quantity": atlas.say("数量", "Quantity"),
        "year": atlas.say("年份", "Year"),
        "lead": atlas.say("牵头单位", "Lead"),
        "county": atlas.say("县", "County"),
        "township": atlas.say("乡镇", "Township"),
        "state": atlas.say("状态", "State"),
        "chapter": atlas.say("章节", "Chapter"),
        "support": atlas.say("责任单位", "Supporting"),
        "kind": atlas.say("类别", "Kind"),
        "check": atlas.say("核对", "Checks"),
        "unit": atlas.say("单位", "Unit"),
        "evidence": atlas.say("依据", "Evidence"),
        "quote": atlas.say("原文", "Words of the plan"),
        "id": atlas.say("编号", "Number"),
    }


def _add_items(page: Page, atlas: Atlas) -> None:
    table = item_table(atlas)
    unnamed = sum(bool(item.lead) and not item.lead_stated for item in links_of(atlas).items)
    page.add_table(
        atlas.say(f"规划条目（{len(table)}）", f"Items of the plan ({len(table)})"),
        table,
        columns=_heads(atlas),
        rows=list(table["id"]),
        filters=["chapter", "county", "township", "lead", "support", "year", "kind", "state"],
        more=["chapter", "support", "kind", "check", "unit", "evidence", "quote", "id"],
        note=atlas.say(
            "点按一行打开卡片并在图上标出；点按图上的地点、线路或片区，表中标出其条目。"
            "乡镇栏只列条目点名的乡镇。状态取自走廊现状与公开报道，其余无记录。",
            "A press on a row opens its card and marks it on the map; a press on a place, line or area marks its rows. "
            "Townships are those that an item names. States are those of corridors and of reports; of the others "
            "nothing is on record.",
        )
        + (
            atlas.say(
                f"有 {unnamed} 条的条款未写明牵头单位，所列为本项目补填，卡片中注明。",
                f" The clauses of {unnamed} items name no lead; this project has put one, and the card says so.",
            )
            if unnamed
            else ""
        ),
    )


def _units(atlas: Atlas, item: plan_room.Item) -> Iterator[str]:
    for quantity in item.quantities:
        yield plan_room.UNITS_EN.get(quantity.unit, quantity.unit) if atlas.lang == "en" else quantity.unit


def _check_title(atlas: Atlas, number: str) -> str:
    check = atlas.plan.check(number)
    return atlas.say(check.title_zh, check.title_en)


def timeline(atlas: Atlas) -> Markup:
    """Return the milestones as a list by years; what is planned and what has happened are told apart in words too."""
    years = groupby(sorted(links_of(atlas).milestones, key=lambda event: event.year), key=lambda event: event.year)
    lines = [
        Markup("<li><h3>{}</h3><ul>{}</ul></li>").format(
            year, Markup("").join(_event(atlas, event) for event in events)
        )
        for year, events in years
    ]
    return Markup('<ol class="ny-years">{}</ol>').format(Markup("").join(lines))


def _event(atlas: Atlas, event: plan_room.Milestone) -> Markup:
    links, index = links_of(atlas), card_index(atlas)
    actual = event.nature == "actual"
    day = f"{event.date} " if len(event.date) > 4 else ""
    told = atlas.say(event.event_zh, event.event_en)
    remark = "" if event.stated else atlas.say("年份为推断", "year inferred")
    source = atlas.said(event.source) if actual else ""
    named = [number if index is None else index.link(number) for number in links.known(event.items)]
    items = Markup("").join(Markup("<li>{}</li>").format(name) for name in named)
    return Markup('<li{}><b>{}</b>{}{} <small>{}</small><ul class="ny-items">{}</ul></li>').format(
        Markup(' class="ny-actual"') if actual else "",
        cards.event_word(atlas, event),
        day,
        told,
        remark or source,
        items,
    )


def _dates_note(atlas: Atlas) -> str:
    return atlas.say(
        "空心圆为规划的时间，实心方块为公开报道的实际时间。",
        "A ring is a date of the plan, a filled square what has been reported since.",
    )


def check_table(atlas: Atlas) -> pd.DataFrame:
    """Return the checks of the plan's figures as pages show them, a row each."""
    rows = [
        {
            "title": atlas.say(check.title_zh, check.title_en),
            "verdict": cards.verdict(atlas, check),
            "items": ";".join(links_of(atlas).known(check.items)),
            "result": atlas.say(check.result_zh, check.result_en),
            "id": check.id,
        }
        for check in links_of(atlas).shown_checks
    ]
    return pd.DataFrame(rows, columns=["title", "verdict", "items", "result", "id"])


def _add_checks(page: Page, atlas: Atlas) -> None:
    table = check_table(atlas)
    page.add_table(
        atlas.say(f"规划数字核对（{len(table)}）", f"Checks of the plan's figures ({len(table)})"),
        table,
        columns={
            "title": atlas.say("检查", "Check"),
            "verdict": atlas.say("结论", "Verdict"),
            "items": atlas.say("条目", "Items"),
            "result": atlas.say("计算", "Result"),
            "id": atlas.say("编号", "Number"),
        },
        rows=list(table["id"]),
        items={"items": [text.split(";") if text else [] for text in table["items"]]},
        filters=["verdict"],
        more=["result", "id"],
        note=atlas.say("核对由本项目所做，不是规划原文。", "The checks are this project's own, not the plan's."),
    )


def _figures(atlas: Atlas) -> tuple[Figure, ...]:
    links = links_of(atlas)
    method = atlas.say("逐条整理规划原文", "the plan, item by item")
    counted = [
        (atlas.say("规划条目", "Items of the plan"), len(links.items)),
        (atlas.say("写明年份的条目", "Items with a year"), sum(bool(item.years) for item in links.items)),
    ]
    return tuple(
        Figure(page=FILE, name=name, value=float(count), unit="", clause="", method=method, evidence="derived")
        for name, count in counted
    )
