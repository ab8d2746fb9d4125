"""The cards of the plan: its items and the checks of its figures, with what belongs to each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .. import plan as plan_room
from .. import targets
from ..webmap import FactCard, evidence_word, to_card, to_page, to_place
from . import plan_words
from .context import Atlas
from .entry import file_of
from .links import NONE, STATES, Links, clause_title, item_name, links_of
from .monitor import told_of_atlas
from .pages import (
    access,
    bands,
    energy,
    equity,
    forest,
    hazard,
    materials,
    monitor,
    network,
    overview,
    power,
    route,
    siting_charging,
    siting_processing,
    siting_shelters,
    siting_sub_centres,
    siting_telecom,
    water,
    wellness,
)
from .pages import townships as town_pages

Target = tuple[str, ...]
Place = tuple[str, float | None, float | None]
_MOST_PLACES = 24  # of a check, whose items may name many


def plan_cards(atlas: Atlas) -> list[FactCard]:
    """Return a card for each item that may be shown, and for each check."""
    links = links_of(atlas)
    pages = pages_of(atlas)
    lines, sheets = line_targets(atlas), sheet_targets(atlas)
    made = [
        item_card(atlas, links, item, pages=pages.get(item.id, ()), lines=lines, sheets=sheets) for item in links.items
    ]
    return made + [check_card(atlas, links, check) for check in links.shown_checks]


def card_places(atlas: Atlas) -> dict[str, Place]:
    """Return name, longitude and latitude of the places that cards lead to; unlocated ones have but their names."""
    wanted = {ident for ids in links_of(atlas).places.values() for ident in ids}
    places = atlas.places[atlas.places["id"].isin(wanted)]
    points = atlas.coarsened(plan_room.located(places)).to_crs(4326)
    spots = dict(zip(points["id"], zip(points.geometry.x, points.geometry.y, strict=True), strict=True))
    return {
        row["id"]: (row[atlas.name] or row["name_zh"], *spots.get(row["id"], (None, None)))
        for _, row in places.iterrows()
    }


def item_card(
    atlas: Atlas,
    links: Links,
    item: plan_room.Item,
    *,
    pages: Sequence[Target],
    lines: Mapping[str, Target],
    sheets: Mapping[str, Target],
) -> FactCard:
    """Return the card of an item."""
    state = links.states[item.id]
    drawn = [lines[ident] for ident in (*links.lines.get(item.id, ()), *links.areas.get(item.id, ())) if ident in lines]
    return FactCard(
        key=item.id,
        title=item_name(item, lang=atlas.lang),
        over="; ".join(clause_title(atlas, clause) for clause in item.clauses),
        state="" if state == NONE else atlas.say(*STATES[state]),
        quote=item.quote,
        facts=[
            (atlas.say("数量", "Quantity"), quantities(atlas, item)),
            (atlas.say("年份", "Year"), years(atlas, item)),
            (atlas.say("牵头单位", "Lead"), plan_words.lead(item, atlas.lang)),
            (atlas.say("责任单位", "Supporting"), plan_words.agencies(atlas.plan.supporting(item), atlas.lang)),
            (atlas.say("县", "County"), counties(atlas, item)),
            (atlas.say("类别", "Kind"), kinds(atlas, item)),
            *((event_word(atlas, event), event_text(atlas, event)) for event in events(atlas, item)),
            (atlas.say("监测", "Monitoring"), monitored(atlas).get(item.id, "")),
            (atlas.say("依据", "Evidence"), evidence_word(item.evidence, atlas.lang)),
            (atlas.say("编号", "Number"), item.id),
        ],
        links=[
            (atlas.say("地点", "Places"), [to_place(ident) for ident in links.places.get(item.id, ())]),
            (atlas.say("乡镇", "Townships"), [sheets[name] for name in links.townships.get(item.id, ())]),
            (atlas.say("线路与片区", "Lines and areas"), drawn),
            (atlas.say("核对", "Checks"), [to_card(number) for number in links.checks.get(item.id, ())]),
            (atlas.say("专题页", "Pages"), pages),
        ],
    )


def check_card(atlas: Atlas, links: Links, check: plan_room.Check) -> FactCard:
    """Return the card of a check with its arithmetic."""
    items = links.known(check.items)
    places = list(dict.fromkeys(ident for number in items for ident in links.places.get(number, ())))
    head, rows = arithmetic(atlas, check)
    return FactCard(
        key=check.id,
        title=atlas.say(check.title_zh, check.title_en),
        over=atlas.say(f"规划数字核对 · {check.id}", f"Check of the plan's figures · {check.id}"),
        state=verdict(atlas, check),
        facts=[
            (atlas.say("结论", "Finding"), atlas.say(check.result_zh, check.result_en)),
            (atlas.say("说明", "Remark"), plan_words.remark(check.remark, atlas.lang)),
        ],
        head=head if rows else (),
        rows=rows,
        links=[
            (atlas.say("条目", "Items"), [to_card(number) for number in items]),
            (atlas.say("地点", "Places"), [to_place(ident) for ident in places[:_MOST_PLACES]]),
        ],
        marks=items,
        note=atlas.say("核对由本项目所做，不是规划原文。", "The check is this project's own, not the plan's."),
    )


def arithmetic(atlas: Atlas, check: plan_room.Check) -> tuple[list[str], list[list[str]]]:
    """Return inputs and results of a check as a table: as recorded, worked out again, and from where."""
    again = {}
    if atlas.folder is None and check.id in plan_room.COMPUTABLE:
        again = {result.name: result for result in plan_room.recompute(atlas.plan, check.id)}
    head = [
        atlas.say("项目", "Figure"),
        atlas.say("数值", "Value"),
        atlas.say("重算", "Worked out again"),
        atlas.say("来源", "Source"),
    ]
    rows = [
        [plan_words.figure(name, atlas.lang), _amount(atlas, figure.value, figure.unit), "", _source(atlas, figure)]
        for name, figure in check.inputs.items()
    ]
    for name, figure in check.stated.items():
        found = again.get(name)
        agrees = atlas.say(*("（相符）", " (agrees)") if found and found.agrees else ("（不符）", " (differs)"))
        told = "" if found is None else f"{_amount(atlas, found.computed, figure.unit)}{agrees}"
        rows.append([plan_words.figure(name, atlas.lang), _amount(atlas, figure.value, figure.unit), told,
                     _source(atlas, figure)])  # fmt: skip
    return head, rows


def _amount(atlas: Atlas, value: float, unit: str) -> str:
    return plan_words.amount(f"{value:,.2f}".rstrip("0").rstrip("."), unit, atlas.lang)


def _source(atlas: Atlas, figure: plan_room.Figure) -> str:
    return plan_words.source(figure.source, atlas.lang)


def quantities(atlas: Atlas, item: plan_room.Item) -> str:
    """Return every number of an item, the shares of the counties behind the whole."""
    return "; ".join(quantity.text(lang=atlas.lang) for quantity in item.quantities)


def years(atlas: Atlas, item: plan_room.Item) -> str:
    """Return the target years of an item as one text."""
    return atlas.say("、", ", ").join(map(str, item.years))


def counties(atlas: Atlas, item: plan_room.Item) -> str:
    """Return the counties of an item, and that the plan does not say so where it does not."""
    text = atlas.say("、", ", ").join(county_names(atlas, item))
    if not item.counties_uncertain:
        return text
    return f"{text}{atlas.say('（规划未写明）', ' (not stated)')}".strip()


def county_names(atlas: Atlas, item: plan_room.Item) -> list[str]:
    """Return the counties of an item in the language of the atlas."""
    return [atlas.full_county(name) or name for name in item.counties]


def townships(atlas: Atlas, links: Links, item: plan_room.Item) -> list[str]:
    """Return the townships that an item names, in the language of the atlas."""
    named = township_names(atlas)
    return [named[name] for name in links.townships.get(item.id, ())]


def township_names(atlas: Atlas) -> dict[str, str]:
    """Return the name of each township in the language of the atlas by its Chinese name."""

    def named() -> dict[str, str]:
        found = plan_room.of_kind(atlas.places, "township")
        pairs = zip(found["name_zh"], found[atlas.name], strict=True)
        return {zh: name or zh for zh, name in pairs}

    return atlas.once(f"names of townships in {atlas.lang}", named)


def kinds(atlas: Atlas, item: plan_room.Item) -> str:
    """Return the kinds of an item in words."""
    return atlas.say("、", ", ").join(atlas.say(*plan_words.KINDS[kind]) for kind in item.kind)


def verdict(atlas: Atlas, check: plan_room.Check) -> str:
    """Return the verdict of a check in words."""
    return atlas.say(*plan_words.VERDICTS[check.verdict])


def events(atlas: Atlas, item: plan_room.Item) -> list[plan_room.Milestone]:
    """Return the milestones of an item."""
    return [milestone for milestone in links_of(atlas).milestones if item.id in milestone.items]


def event_word(atlas: Atlas, event: plan_room.Milestone) -> str:
    """Return whether a milestone is planned or has been reported."""
    return atlas.say("实际", "Actual") if event.nature == "actual" else atlas.say("计划", "Planned")


def event_text(atlas: Atlas, event: plan_room.Milestone) -> str:
    """Return date and event of a milestone, with where it was reported."""
    source = (
        ""
        if event.nature == "planned"
        else atlas.say(f"（{atlas.said(event.source)}）", f" ({atlas.said(event.source)})")
    )
    assumed = "" if event.stated else atlas.say("（年份为推断）", " (year inferred)")
    return f"{event.date} {atlas.say(event.event_zh, event.event_en)}{assumed}{source}"


def monitored(atlas: Atlas) -> dict[str, str]:
    """Return state and last value of those items of which there is a report, by their numbers."""
    told = told_of_atlas(atlas)
    return {} if told is None else atlas.once(f"monitored in {atlas.lang}", told.in_words)


def line_targets(atlas: Atlas) -> dict[str, Target]:
    """Return for each line and area that the overview draws the link to it there, by its id."""
    corridors = atlas.corridors
    modes: Iterable[str] = overview.corridor_mode(corridors) if len(corridors) else []
    found = {
        row["id"]: to_page(overview.card_address(f"lines-{mode}", row["id"]), _named(atlas, row))
        for (_, row), mode in zip(corridors.iterrows(), modes, strict=True)
    }
    for key, areas in (
        ("areas-liquor", plan_room.liquor_clusters(atlas.plan)),
        ("areas-wellness", plan_room.wellness_cores(atlas.plan)),
    ):
        for _, row in plan_room.located(areas).iterrows() if len(areas) else ():
            found[row["id"]] = to_page(overview.card_address(key, row["id"]), _named(atlas, row))
    return found


def sheet_targets(atlas: Atlas) -> dict[str, Target]:
    """Return for each township the link to its sheet, by its Chinese name."""
    found = plan_room.of_kind(atlas.places, "township")
    return {
        row["name_zh"]: to_page(f"{town_pages.FILE}#card=sheet:{quote(row['code'], safe='')}", _named(atlas, row))
        for _, row in found.iterrows()
    }


def _named(atlas: Atlas, row: Any) -> str:
    return str(row[atlas.name] or row["name_zh"])


def pages_of(atlas: Atlas) -> dict[str, list[Target]]:
    """Return for each item the pages that answer or draw it, by its number."""
    titles = {entry.file: atlas.say(entry.zh, entry.en) for entry in atlas.pages}
    found: dict[str, dict[str, None]] = {}
    for number, file in _answers(atlas):
        if file in titles:
            found.setdefault(number, {})[file] = None
    return {number: [to_page(file, titles[file]) for file in files] for number, files in found.items()}


def _answers(atlas: Atlas) -> list[tuple[str, str]]:
    """Return pairs of an item's number and the file of a page that is about it."""
    links = links_of(atlas)
    pairs = [(belt.plan_id, bands.ENTRY.file) for belt in atlas.belts if belt]
    pairs += [(number, bands.ENTRY.file) for belt in atlas.belts if belt for number in belt.target_ids]
    pairs += [(target.clause, file_of(crop)) for crop in atlas.crops for target in crop.targets]
    if "route" in atlas.study.files:
        road = targets.road_record(atlas.study)
        pairs += [(number, route.FILE) for number in (road.item, *(part.corridor for part in road.mandated))]
    pairs += [(number, network.FILE) for number in links.lines]
    pairs += access.items_of(atlas)
    siting = (siting_sub_centres, siting_processing, siting_shelters, siting_charging, siting_telecom)
    for page in (*siting, equity, energy, water, hazard, forest, materials, power, wellness, monitor):
        pairs += page.items_of(atlas)
    if atlas.plan.has(network.LOOP):
        pairs.append((network.LOOP, network.FILE))
    return pairs
