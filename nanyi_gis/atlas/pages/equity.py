"""The page of equity: how evenly the townships reach services, who gains by the plan, who is worse off, who is far."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import targets
from ...accessibility import equity_summary, equity_tables
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..equity_tables import (
    HALVED_BY_MIN,
    TOLERANCE_MIN,
    Evenness,
    add_claims,
    add_curves,
    add_far,
    add_indices,
    indices_title,
    our_words,
    scenario_name,
    service_name,
    view_name,
)
from ..figures import Figure
from ..links import links_of
from ..minutes import doubtful_minutes, minutes_to
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..proposals import add_plan, add_towns, clauses_of, minutes_text, record, shown_year
from ..scenarios import facility_note, lacks_access, network_note, people_note
from ..town_table import people_range
from .siting_sub_centres import proposed

FILE = "equity.html"
_MUCH_MIN = 15.0
_STYLES: dict[str, tuple[str, str, str, str]] = {
    "much": ("#0050a0", "circle", "节省 15 分钟以上", "saves over 15 min"),
    "gains": ("#9682f0", "circle", "节省", "saves"),
    "maybe": ("#c8dcf0", "diamond", "节省或不变（待核通道）", "saves, or the same (openings not on record)"),
    "same": ("#f0e6c8", "circle", "不变", "the same"),
    "loses": ("#c8102e", "triangle", "变远", "takes longer"),
    "open": ("#ffffff", "square", "无法判断", "cannot be told"),
}
"""Colour, shape and words by class of change."""


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [Entry(file=FILE, zh="服务均等", en="Equity", group="wellness", order=80, lacks=lacks_access(atlas))]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    return [(item, FILE) for item in _asked(atlas)]


def _asked(atlas: Atlas) -> list[str]:
    asked = record(atlas).sub_centres
    return [] if asked is None else [item for item in (asked.even, asked.item) if item]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    return [equity_page(atlas, atlas.once((FILE, "even"), lambda: _even(atlas)))]


def _even(atlas: Atlas) -> Evenness:
    minutes = {facility: minutes_to(atlas, facility) for facility in targets.FACILITIES}
    doubts = {facility: doubtful_minutes(atlas, facility) for facility in targets.FACILITIES}
    centres = proposed(atlas)
    tidy = targets.equity_minutes(
        minutes, doubt={name: table for name, table in doubts.items() if table is not None}, centres=centres
    )
    rules = targets.population_rules(atlas.study) if atlas.people is None else {"given": atlas.people["population"]}
    changes = targets.equity_changes(tidy, tolerance=TOLERANCE_MIN)
    found = equity_tables(tidy, rules=rules, changes=changes, by_county=False)
    access = equity_summary(tidy, rules=rules, measure="access", halved_by=HALVED_BY_MIN, by_county=False)
    return Evenness(found, access, centres, shown_year(atlas.graphs), rules)


def equity_page(atlas: Atlas, even: Evenness) -> AtlasPage:
    """Return the page of what is worked out."""
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "到医院、高速、车站和次中心的用时，在人口中有多均等；谁受益，谁变差",
            "Whether minutes to hospitals, motorways and trains are even; who gains, who is worse off",
        ),
        sources=[network_note(atlas), facility_note(atlas), people_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("比较", "Comparison")
    views = _add_changes(page, atlas, even, group=group)
    if len(views) > 1:
        page.add_switch(group, views)
    title = ("怎样量“均等”", "How evenness is measured")
    if _asked(atlas):
        add_plan(page, atlas, _asked(atlas), ours=our_words(atlas), title=title)
    else:
        page.add_text(atlas.say(*title), our_words(atlas))
    add_claims(page, atlas, even)
    add_indices(page, atlas, even)
    add_curves(page, atlas, even)
    add_far(page, atlas, even)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "各乡镇到医院、高速、车站和次中心的用时是否均等：基尼、帕尔马、泰尔及其区间；建成前后谁受益、谁变差；"
            "谁在 60 分钟以外。",
            "How evenly townships reach hospitals, motorways, trains and sub-centres: Gini, Palma, Theil with ranges; "
            "who gains and who is worse off; who is beyond 60 minutes.",
        ),
        page=page,
        thumbnail=small_picture(atlas),
        figures=_figures(atlas, even),
        main_table=indices_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_changes(page: Page, atlas: Atlas, even: Evenness, *, group: str) -> list[str]:
    """Add the townships by what changes in each comparison, the last years and proposals alone; return their names."""
    places = targets.townships(atlas.study)
    seats = atlas.coarsened(places[places.geometry.notna()])
    shown = _compared(even)
    if not shown:
        return _add_minutes(page, atlas, even, seats, group=group)
    names = []
    for number, (service, before, after) in enumerate(shown):
        part = even.found.changes
        part = part[
            (part["service"] == service) & (part["scenario_before"] == before) & (part["scenario_after"] == after)
        ]
        ends = [scenario_name(atlas, name, even.centres) for name in (before, after)]
        names.append(view_name(atlas, service, after, even.centres))
        own = part.set_index("township").reindex(seats.index)
        classes = _classes(own)
        page.add_points(
            names[-1],
            seats.assign(
                shown_class=classes,
                evidence="modelled",
                before_text=[minutes_text(value, atlas) for value in own["before"]],
                after_text=[minutes_text(value, atlas) for value in own["after"]],
                saved_text=[_saved_text(atlas, *row) for row in own[["saved", "saved_low", "saved_high"]].to_numpy()],
                people_text=[
                    people_range(low, high)
                    for low, high in zip(own["people_low"].round(-2), own["people_high"].round(-2), strict=True)
                ],
            ),
            radius=6,
            label=atlas.name,
            labels=True,
            popup=[
                ("name_zh", atlas.say("乡镇", "Township")),
                ("people_text", atlas.say("人口（估算区间）", "People (range of estimates)")),
                ("before_text", f"{ends[0]} ({atlas.say('分', 'min')})"),
                ("after_text", f"{ends[1]} ({atlas.say('分', 'min')})"),
                ("saved_text", atlas.say("节省（分）", "Saved (min)")),
            ],
            style_by="shown_class",
            styles={key: style for key, style in _styles(atlas).items() if key in set(classes)},
            uncertainty="uncertainty_m",
            group=group,
            exclusive=len(shown) > 1,
            shown=number == 0,
            legend_title=f"{service_name(atlas, service)}{atlas.say('：', ': ')}{' → '.join(ends)}",
            key=f"{service}_{after}",
        )
    return names


def _compared(even: Evenness) -> list[tuple[str, str, str]]:
    """Return the comparisons that are drawn: to the last year of each facility; of the sub-centres the first two."""
    every = targets.comparisons(even.found.townships)
    last = {service: (service, before, after) for service, before, after in every if service != targets.SUB_CENTRE}
    centres = [row for row in every if row[0] == targets.SUB_CENTRE]
    wanted = (targets.MEDIAN, targets.CENTER)
    return [*last.values(), *(row for row in centres if row[2] in wanted)]


def _classes(own: pd.DataFrame) -> "pd.Series[str]":
    """Return the class of each township by its change."""
    codes = {"gains": "gains", "gains or same": "maybe", "same": "same", "loses": "loses"}
    found = own["change"].map(codes).fillna("open").astype(str)
    return found.mask(own["change"].eq("gains") & own["saved"].gt(_MUCH_MIN), "much")


def _styles(atlas: Atlas) -> dict[str, dict[str, str]]:
    dark = {"maybe", "same", "open"}
    return {
        key: {
            "color": colour,
            "shape": shape,
            "label": atlas.say(zh, en),
            "casing": "#20313f" if key in dark else "#ffffff",
        }
        for key, (colour, shape, zh, en) in _STYLES.items()
    }


def _saved_text(atlas: Atlas, saved: float, low: float, high: float) -> str:
    """Return what is saved, with its range where openings are not on record."""
    if np.isnan(saved):
        return atlas.say("无法判断", "cannot be told")
    if np.isinf(saved):
        return atlas.say("由不可达变为可达", "becomes reachable") if saved > 0 else atlas.say("被隔断", "cut off")
    if high - low > TOLERANCE_MIN and np.isfinite(high - low):
        return f"{saved:.0f} ({low:.0f}–{high:.0f})"
    return f"{saved:.0f}"


def _add_minutes(page: Page, atlas: Atlas, even: Evenness, seats: gpd.GeoDataFrame, *, group: str) -> list[str]:
    """Add the townships by their minutes to each service, where there is one network and nothing to compare."""
    names = []
    rows = even.found.townships
    for service in rows["service"].unique():
        own = rows[(rows["service"] == service) & (rows["scenario"] == even.year)].set_index("township")
        minutes = own["minutes"].reindex(seats.index)
        names.append(service_name(atlas, service))
        told = [minutes_text(value, atlas) for value in minutes]
        add_towns(
            page, atlas, seats.assign(minutes=minutes, told=told), "minutes",
            name=names[-1], group=group, key=service, shown=len(names) == 1,
            title=atlas.say("到最近者的分钟数", "Minutes to the nearest"),
            popup=[("name_zh", atlas.say("乡镇", "Township")), ("told", atlas.say("分钟", "Minutes"))],
        )  # fmt: skip
    return names


def _figures(atlas: Atlas, even: Evenness) -> tuple[Figure, ...]:
    items = links_of(atlas).known(_asked(atlas))
    summary = even.found.summary
    figures = []
    for row in summary.to_dict("records"):
        if np.isnan(row["gini"]):
            continue
        named = f"{service_name(atlas, str(row['service']))} {scenario_name(atlas, str(row['scenario']), even.centres)}"
        figures.append(
            Figure(
                page=FILE,
                name=f"{named} {atlas.say('基尼系数（分钟）', 'Gini of minutes')}",
                value=round(float(row["gini"]), 3),
                low=round(float(row["gini_low"]), 3),
                high=round(float(row["gini_high"]), 3),
                unit="",
                clause=clauses_of(atlas, _asked(atlas)),
                items=items,
                method=f"{people_note(atlas)} {network_note(atlas)}",
                evidence="modelled",
            )
        )
    return tuple(figures)
