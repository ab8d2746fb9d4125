"""What belongs to what: items of the plan, and the places, lines, areas, checks, dates and pages that concern them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import geopandas as gpd
import pandas as pd

from .. import plan as plan_room
from .. import schematic
from ..webmap import CardIndex

if TYPE_CHECKING:
    from .context import Atlas

FILE = "plan_items.html"
"""The page of the items, where their cards are."""

OPEN, PARTLY, NONE = "open", "partly", "none"
STATES: dict[str, tuple[str, str]] = {
    OPEN: ("已通车", "open"),
    PARTLY: ("部分通车", "partly open"),
    "construction": ("在建", "under construction"),
    "planned": ("规划", "planned"),
    "unknown": ("未查明", "not known"),
    "reported": ("有公开报道", "reported"),
    NONE: ("无记录", "no record"),
}
"""How far an item has come: that of its corridors, else a dated report, else nothing known."""

_NUMBER = re.compile(r"[A-Z]{1,3}-\d{2,3}[a-z]?")
_SUFFIX = re.compile(r"(彝族苗族乡|苗族彝族乡|彝族乡|苗族乡|街道|镇|乡)$")
_LONGER = "河坪山沟溪湖岩坝"  # a letter that makes of a township's name that of another thing: 箭竹坪, 赤水河
_BEYOND = {"county_seat", "city", "town"}  # their names hold those of townships, but they are more than these
_CHINESE = "一二三四五六七八九十"


@dataclass(frozen=True, kw_only=True)
class Links:
    """What concerns each item, by the item's number; without what public maps must not show.

    Attributes
    ----------
    items : tuple of Item
        The items that may be shown, in the order of the plan.
    places, lines, areas, townships, checks : mapping of str to tuple of str
        Ids of places, corridors and drawn areas, Chinese names of townships, numbers of checks.
    at : mapping of str to tuple of str
        The other way: items by the id of a place, a corridor or an area.
    of_township : mapping of str to tuple of str
        Items that name a township or a place called after it, by the township's Chinese name.
    states : mapping of str to str
        Key of ``STATES``.
    shown_checks, milestones : tuple
        The checks and milestones none of whose items is withheld.
    """

    items: tuple[plan_room.Item, ...]
    places: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, tuple[str, ...]]
    areas: Mapping[str, tuple[str, ...]]
    townships: Mapping[str, tuple[str, ...]]
    checks: Mapping[str, tuple[str, ...]]
    at: Mapping[str, tuple[str, ...]]
    of_township: Mapping[str, tuple[str, ...]]
    states: Mapping[str, str]
    shown_checks: tuple[plan_room.Check, ...]
    milestones: tuple[plan_room.Milestone, ...]

    def named(self, texts: Iterable[object]) -> list[str]:
        """Return for each text the items whose numbers stand in it, joined with semicolons."""
        return [";".join(self.in_text(text)) for text in texts]

    def in_text(self, text: object) -> tuple[str, ...]:
        """Return the items whose numbers stand in a text, in its order."""
        return self.known(_NUMBER.findall(str(text)))

    def known(self, numbers: Iterable[str]) -> tuple[str, ...]:
        """Return those of the numbers that are items which may be shown, in the order given."""
        return tuple(number for number in dict.fromkeys(numbers) if number in self.states)


class Teller(Protocol):
    """Who tells of a plan in one language: an atlas, or a report of the register."""

    @property
    def plan(self) -> plan_room.Plan:
        """The plan."""

    @property
    def lang(self) -> str:
        """Language, ``zh`` or ``en``."""

    def say(self, zh: str, en: str) -> str:
        """Return the text in that language."""


def links_of(atlas: "Atlas") -> Links:
    """Return what belongs to what in an atlas, worked out once."""
    return atlas.once("links", lambda: _links(atlas))


def _links(atlas: "Atlas") -> Links:
    plan = atlas.plan
    items = tuple(item for item in plan.items if item.public or not atlas.public)
    shown = {item.id for item in items}
    corridors = plan.corridors
    things = {
        "places": [(row.id, number) for row in atlas.places.itertuples() for number in row.plan_ids],
        "lines": [(row.id, row.plan_id) for row in corridors.itertuples()],
        "areas": [(row.id, row.plan_id) for row in planned_areas(atlas).itertuples()],
    }
    kept = {name: [pair for pair in pairs if pair[1] in shown] for name, pairs in things.items()}
    of_item = {name: _grouped((number, ident) for ident, number in pairs) for name, pairs in kept.items()}
    townships = _townships(atlas, items)
    statuses = list(corridors[["plan_id", "status_now"]].itertuples(index=False, name=None))
    checks = tuple(check for check in plan.checks if shown.issuperset(check.items))
    of_township = _grouped((name, number) for number, names in townships.items() for name in names)
    return Links(
        items=items,
        **of_item,
        townships=townships,
        checks=_grouped((number, check.id) for check in checks for number in check.items),
        at=_grouped([*(pair for pairs in kept.values() for pair in pairs), *_by_township(atlas, of_township)]),
        of_township=of_township,
        states=_states(plan, items, [*statuses, *_chain_states(atlas, {number for number, _ in statuses})]),
        shown_checks=checks,
        milestones=tuple(event for event in plan.milestones if shown.issuperset(event.items)),
    )


def planned_areas(atlas: "Atlas") -> gpd.GeoDataFrame:
    """Return the areas that are drawn for items: liquor clusters and wellness cores, both schematic."""
    frames = [plan_room.liquor_clusters(atlas.plan), plan_room.wellness_cores(atlas.plan)]
    found = [plan_room.located(frame) for frame in frames if len(frame)]
    return gpd.GeoDataFrame(pd.concat(found)) if found else frames[0]


def clause_text(clause: str, *, lang: str) -> str:
    """Return the number of a clause for readers.

    >>> clause_text("四(六)1", lang="zh"), clause_text("四(六)1", lang="en"), clause_text("引言", lang="en")
    ('四(六)1', '4(6)1', 'Preamble')
    """
    if lang == "zh":
        return clause
    if clause == "引言":
        return "Preamble"
    return "".join(str(_CHINESE.index(letter) + 1) if letter in _CHINESE else letter for letter in clause)


def item_name(item: plan_room.Item, *, lang: str) -> str:
    """Return what an item is called, with its number where it has but one, more than 1, and the name has none.

    >>> plan = plan_room.load_plan()
    >>> item_name(plan.item("I-15"), lang="zh"), item_name(plan.item("I-16"), lang="zh")
    ('红色旅游路 446 km', '太平—石厢子—叙永县城 红色旅游路')
    """
    name = item.name_en if lang == "en" else item.name_zh
    whole = [quantity for quantity in item.quantities if quantity.county is None]
    if len(whole) != 1 or whole[0].value == 1 or any(letter.isdigit() for letter in name):
        return name
    return f"{name} {whole[0].text(lang=lang)}"


def item_words(item: plan_room.Item, *, lang: str) -> str:
    """Return clause and name of an item: how it is called wherever its number would say nothing.

    >>> item_words(plan_room.load_plan().item("I-15"), lang="zh")
    '四(六)1 · 红色旅游路 446 km'
    """
    return f"{clause_text(item.clauses[0], lang=lang)} · {item_name(item, lang=lang)}"


def clause_words(atlas: "Atlas", numbers: str | Sequence[str]) -> str:
    """Return the clauses of items with their numbers behind, as a table has room for; other texts as they are."""
    given = [numbers] if isinstance(numbers, str) else list(numbers)
    return atlas.say("、", ", ").join(
        f"{clause_text(atlas.plan.item(number).clauses[0], lang=atlas.lang)} ({number})"
        if atlas.plan.has(number)
        else number
        for number in given
    )


def asked_words(atlas: "Atlas", text: str) -> str:
    """Return the items whose numbers stand in a text by clause and name; the text itself where there is none."""
    found = [item_words(atlas.plan.item(number), lang=atlas.lang) for number in links_of(atlas).in_text(text)]
    return atlas.say("；", "; ").join(found) or text


def card_index(atlas: "Atlas") -> CardIndex | None:
    """Return how the pages know the cards; nothing where the study has no items, and so no page of them."""
    if not links_of(atlas).items:
        return None
    return atlas.once(f"cards {atlas.lang}", lambda: CardIndex(file=FILE, names=card_words(atlas)))


def card_words(atlas: "Atlas") -> dict[str, str]:
    """Return how each item and each check is called, by its number: the names of the cards."""
    found = {item.id: item_words(item, lang=atlas.lang) for item in links_of(atlas).items}
    return found | {check.id: atlas.say(check.title_zh, check.title_en) for check in links_of(atlas).shown_checks}


def chapter(teller: Teller, clause: str) -> str:
    """Return the number of the chapter that a clause is in: 四(五) for 四(五)3, 五 for 五(一)."""
    stem = clause.rstrip("0123456789")
    numbered = any(other.clause.startswith(stem) and other.clause != stem for other in teller.plan.clauses)
    return stem if numbered and "(" in stem else stem.partition("(")[0] or stem


def clause_title(teller: Teller, number: str) -> str:
    """Return the number of a clause with its title."""
    found = next((clause for clause in teller.plan.clauses if clause.clause == number), None)
    shown = clause_text(number, lang=teller.lang)
    title = "" if found is None else teller.say(found.title_zh, found.title_en)
    return shown if title in {"", shown} else f"{shown} · {title}"


def chapter_title(teller: Teller, clause: str) -> str:
    """Return the chapter of a clause: its number and the last part of its title, which names what it is for."""
    title = clause_title(teller, chapter(teller, clause))
    number, dot, words = title.partition(" · ")
    return number + dot + words.replace("，", ",").rpartition(",")[2].strip()


def with_items(frame: gpd.GeoDataFrame, atlas: "Atlas") -> gpd.GeoDataFrame:
    """Return features with a column ``items``: the numbers of the items that concern each, by its id."""
    at = links_of(atlas).at
    return frame.assign(items=[";".join(at.get(str(ident), ())) for ident in frame["id"]])


def with_township_items(frame: gpd.GeoDataFrame, atlas: "Atlas") -> gpd.GeoDataFrame:
    """Return townships with a column ``items``: the numbers of the items that name each, by ``name_zh``."""
    of_township = links_of(atlas).of_township
    return frame.assign(items=[";".join(of_township.get(str(name), ())) for name in frame["name_zh"]])


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for key, value in pairs:
        if key:
            found[str(key)][str(value)] = None
    return {key: tuple(values) for key, values in found.items()}


def _townships(atlas: "Atlas", items: Sequence[plan_room.Item]) -> dict[str, tuple[str, ...]]:
    """Return the townships that items name: in the gazetteer, by their own names, or by those of their places."""
    stems = _stems(atlas)
    stated, called = defaultdict(set), defaultdict(list)
    for name, kinds, numbers in atlas.places[["name_zh", "kind", "plan_ids"]].itertuples(index=False):
        for number in numbers:
            if "township" in kinds:
                stated[number].add(name)
            if not _BEYOND & set(kinds):
                called[number].append(name)
    found = {}
    for item in items:
        text = "\n".join([item.name_zh, *called[item.id]])
        own = stated[item.id]
        found[item.id] = tuple(name for name, stem in stems if name in own or name in text or _names(text, stem))
    return {number: names for number, names in found.items() if names}


def _by_township(atlas: "Atlas", of_township: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the items of each township by the id of its seat."""
    seats = plan_room.of_kind(atlas.places, "township")
    return [
        (ident, number)
        for ident, name in seats[["id", "name_zh"]].itertuples(index=False)
        for number in of_township.get(name, ())
    ]


def _stems(atlas: "Atlas") -> list[tuple[str, str]]:
    """Return each township with its name without what it is; without it where the county or the river is called so."""
    townships = plan_room.of_kind(atlas.places, "township")
    taken = {str(name).removesuffix("县") for name in atlas.study.counties["name_zh"]}
    taken.add(atlas.study.text("river", "zh").removesuffix("河").removesuffix("江"))
    stems = [(name, _SUFFIX.sub("", name)) for name in townships["name_zh"]]
    return [(name, "" if stem in taken or len(stem) < 2 else stem) for name, stem in stems]


def _names(text: str, stem: str) -> bool:
    """Return whether a text names the township of this stem.

    >>> _names("古蔺箭竹坪风电", "箭竹"), _names("太平—石厢子", "石厢子"), _names("赤水", "")
    (False, True, False)
    """
    return bool(stem) and re.search(f"{re.escape(stem)}(?![{_LONGER}])", text) is not None


def _chain_states(atlas: "Atlas", others: set[str]) -> list[tuple[str, str]]:
    """Return the states of the network's chains that are items themselves and no corridors, such as 二郎互通."""
    if not {"chains", "places"} <= set(atlas.study.files):
        return []
    chains = schematic.load_records(schematic.sources_of(atlas.study)).chain
    return [(chain.id, chain.status) for chain in chains if chain.id not in others]


def _states(plan: plan_room.Plan, items: Sequence[plan_room.Item], roads: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return how far each item has come, by the states of its roads and railways."""
    known: dict[str, set[str]] = defaultdict(set)
    for number, status in roads:
        known[number].add(status)
    reported = {number for milestone in plan.milestones if milestone.nature == "actual" for number in milestone.items}
    return {item.id: _state(known[item.id]) or ("reported" if item.id in reported else NONE) for item in items}


def _state(found: set[str]) -> str:
    """Return the state of an item by those of its corridors; nothing without one.

    >>> _state({"open"}), _state({"open", "planned"}), _state(set())
    ('open', 'partly', '')
    """
    if OPEN in found:
        return OPEN if len(found) == 1 else PARTLY
    return next((status for status in STATES if status in found), "")
