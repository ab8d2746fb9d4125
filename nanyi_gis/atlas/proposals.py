"""What the pages of siting share: the plan's words, proofs, minutes and people in words, layers of a proposal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from .. import plan as plan_room
from .. import targets
from ..webmap import Page
from .context import Atlas
from .links import clause_text, item_words, links_of
from .minutes import minute_classes, minute_styles
from .scenarios import scenario_names

if TYPE_CHECKING:
    from ..siting import Siting
    from .scenarios import GraphByScenario

NO_RECORD = ("规划未列此类选址，或未设选址条件", "the study names no such facility in a file of what is to be sited")
PROPOSES = ("本页是建议，不是规划", "This page proposes; it is not the plan")
CHOSEN = "#C8102E"
"""Colour of what is proposed."""
FIXED = "#20313f"
"""Colour of what stands."""
Popup = Sequence[tuple[str, str] | tuple[str, str, int]]
NEAR_SEAT_M = 8000.0  # what a user gives as standing counts as at the nearest township seat, if it is this near


def record(atlas: Atlas) -> targets.SitingRecord:
    """Return what is to be sited in the study; the pages ask before anything is made."""
    return targets.siting_record(atlas.study)


def shown_year(graphs: "GraphByScenario") -> str:
    """Return the year of the network on which a page proposes: today, else the last."""
    return "today" if "today" in graphs else list(graphs)[-1]


def item_of(atlas: Atlas, number: str) -> plan_room.Item:
    """Return an item of the plan, also one that a public map does not show, for the counts that it may tell."""
    return targets.whole_plan(atlas.study).item(number)


def add_plan(
    page: Page, atlas: Atlas, numbers: Sequence[str], *, ours: Iterable[str], title: tuple[str, str] = PROPOSES
) -> None:
    """Add what the plan asks, in its own words and with its clauses, and behind it, under a title, what is ours."""
    known = links_of(atlas).known(numbers)
    items = [atlas.plan.item(number) for number in known]
    parts = [
        Markup('<p>{}</p><blockquote lang="zh">{}</blockquote>').format(_told(atlas, item), item.quote)
        for item in items
    ]
    if len(known) < len([number for number in numbers if number]):
        parts.append(
            Markup("<p>{}</p>").format(
                atlas.say("公开版不引用相应条目。", "The public edition does not quote the item.")
            )
        )
    page.add_panel(atlas.say("规划怎么写", "What the plan says"), Markup("").join(parts))
    page.add_text(atlas.say(*title), list(ours))


def _told(atlas: Atlas, item: plan_room.Item) -> str:
    """Return clause and name of an item with its number, and its quantities where the name has them not."""
    words = item_words(item, lang=atlas.lang)
    parts = [quantity.text(lang=atlas.lang) for quantity in item.quantities]
    told = [text for text in parts if text not in words]
    return f"{words} ({item.id})" + (atlas.say("：", ": ") + atlas.say("；", "; ").join(told) if told else "")


def clauses_of(atlas: Atlas, numbers: Iterable[str]) -> str:
    """Return the clauses of items as one text, each once."""
    found = dict.fromkeys(clause for number in numbers for clause in item_of(atlas, number).clauses)
    return atlas.say("、", ", ").join(clause_text(clause, lang=atlas.lang) for clause in found)


def proof(atlas: Atlas, result: "Siting") -> str:
    """Return how good a proposal is: proven the best only where the bound meets its value, else the gap."""
    if result.optimal:
        return atlas.say("已证明最优", "proven best")
    percent = f"{100.0 * result.gap:.2g}"
    return atlas.say(f"与最优相差不超过 {percent}%", f"at most {percent} % off the best")


def minutes_text(minutes: float, atlas: Atlas, *, here: bool = False) -> str:
    """Return minutes for a reader; a facility in the township itself has none, since only seats are measured."""
    if not np.isfinite(minutes):
        return atlas.say("不可达", "no way")
    if here or minutes < 0.5:
        return atlas.say("本地", "in place")
    return f"{minutes:.0f}"


def name_of(atlas: Atlas, row: Any) -> str:
    """Return the name of a place in the language of the atlas."""
    return str(row[atlas.name] or row["name_zh"])


def names_of(atlas: Atlas, towns: pd.DataFrame, codes: Iterable[str]) -> str:
    """Return the names of townships as one text; that nothing is there where it is so."""
    found = [name_of(atlas, towns.loc[code]) for code in codes if code in towns.index]
    return atlas.say("、", ", ").join(found) or atlas.say("无", "none")


def year_note(atlas: Atlas, year: str) -> str:
    """Return of which year the network is, on which a page proposes."""
    name = scenario_names(atlas).get(year, year)
    return atlas.say(f"路网年份：{name}。", f"Network: {name}.")


def add_ways(
    page: Page,
    atlas: Atlas,
    starts: gpd.GeoDataFrame,
    ends: gpd.GeoSeries,
    *,
    name: str,
    key: str,
    group: str | None = None,
    exclusive: bool = False,
    shown: bool = True,
) -> None:
    """Add a straight line from each point to the proposed site that serves it; it is no road."""
    page.add_lines(
        name,
        spiders(starts, ends).assign(shown_class="way"),
        color="#55626b",
        weight=1,
        style_by="shown_class",
        styles={"way": {"color": "#55626b", "weight": 1, "label": atlas.say("由哪个建议地点服务", "Served by")}},
        group=group,
        exclusive=exclusive,
        shown=shown,
        evidence="modelled",
        key=key,
    )


def spiders(starts: gpd.GeoDataFrame, ends: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return a straight line from each point to the one that serves it; those served in place have none."""
    lines, kept = [], []
    for label, point in starts.geometry.items():
        end = ends.get(label)
        if end is not None and not point.equals(end):
            lines.append(shapely.LineString([point, end]))
            kept.append(label)
    return gpd.GeoDataFrame({"id": kept}, geometry=lines, crs=starts.crs)


def add_towns(
    page: Page,
    atlas: Atlas,
    towns: gpd.GeoDataFrame,
    column: str,
    *,
    name: str,
    group: str,
    key: str,
    popup: Popup,
    shown: bool,
    title: str,
) -> None:
    """Add townships as dots by the class of their minutes."""
    classes = minute_classes(towns[column])
    styles = minute_styles(atlas)
    page.add_points(
        name,
        towns.assign(shown_class=classes, evidence="modelled"),
        radius=6,
        label=atlas.name,
        labels=True,
        popup=popup,
        style_by="shown_class",
        styles={kind: style for kind, style in styles.items() if kind in set(classes)},
        group=group,
        exclusive=True,
        shown=shown,
        legend_title=title,
        key=key,
    )


def add_sites(
    page: Page,
    atlas: Atlas,
    sites: gpd.GeoDataFrame,
    *,
    name: str,
    key: str,
    title: str,
    popup: Popup,
    group: str | None = None,
    exclusive: bool = False,
    shown: bool = True,
    radius: float = 9,
    labels: bool = False,
    label: str | None = None,
) -> None:
    """Add proposed sites: what a model says, drawn as stars."""
    if sites.empty:
        return
    page.add_points(
        name,
        sites.assign(evidence="modelled", shown_class="site"),
        color=CHOSEN,
        radius=radius,
        shape="star",
        style_by="shown_class",
        styles={"site": {"color": CHOSEN, "radius": radius, "shape": "star", "label": title}},
        label=label or (atlas.name if atlas.name in sites else None),
        labels=labels,
        popup=popup,
        group=group,
        exclusive=exclusive,
        shown=shown,
        key=key,
        legend_title=atlas.say("建议", "Proposed"),
    )


def standing(
    atlas: Atlas, names: Sequence[str], towns: gpd.GeoDataFrame, *, open_to: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the townships in which a user's own layer of one of these names has facilities, and a line on each layer.

    A point counts as at the nearest township that may have one, if it is within 8 km of its seat.
    """
    found: dict[str, None] = {}
    told = []
    seats = towns.loc[list(open_to)]
    for name, frame in atlas.extra.items():
        if name not in names or seats.empty:
            continue
        points = frame[frame.geom_type == "Point"].to_crs(seats.crs)
        nearest = [seats.distance(point) for point in points.geometry]
        near = [str(away.idxmin()) for away in nearest if away.min() <= NEAR_SEAT_M]
        found |= dict.fromkeys(near)
        told.append(
            atlas.say(
                f"自有图层 {name}：{len(points)} 点，其中 {len(near)} 点按最近的乡镇驻地计为已有。",
                f"Own layer {name}: {len(points)} points, {len(near)} of them counted as standing at the nearest "
                "township seat.",
            )
        )
    return list(found), told


def price_columns(atlas: Atlas, unit: str) -> Mapping[str, str]:
    """Return the headings of a table of what one more buys."""
    return {
        "p": atlas.say("数量", "Number"),
        "mean": atlas.say(f"平均（{unit}）", f"Mean ({unit})"),
        "saved": atlas.say("比少一个节省", "Saved by the last"),
        "proof": atlas.say("证明", "Proof"),
    }
