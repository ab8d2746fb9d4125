"""The page of the medical sub-centres: what the plan asks, where they would help most, and what that rests on."""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from shapely import Point

from ... import targets
from ...targets import SubCentres
from ...webmap import Page
from ..centre_tables import (
    BEFORE,
    add_chosen,
    add_price,
    add_summary,
    add_towns_table,
    asked_of,
    lost_words,
    minute_texts,
    our_words,
    people_texts,
    summary_title,
    view_names,
)
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..minutes import names_of_nodes, node_name
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..proposals import (
    CHOSEN,
    FIXED,
    NO_RECORD,
    add_plan,
    add_sites,
    add_towns,
    add_ways,
    clauses_of,
    item_of,
    record,
    shown_year,
    standing,
)
from ..proposed import keep_proposed
from ..scenarios import facility_note, lacks_access, network_note, people_note

FILE = "siting_sub_centres.html"
LAYERS = ("sub_centres", "医疗次中心")
"""Names of a user's own layer whose points are sub-centres that stand."""


class _Found(NamedTuple):
    centres: SubCentres
    given: list[str]
    told: list[tuple[str, str]]


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if record(atlas).sub_centres is None else lacks_access(atlas)
    return [Entry(file=FILE, zh="医疗次中心", en="Medical sub-centres", group="wellness", order=60, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = record(atlas).sub_centres
    return [] if asked is None else [(item, FILE) for item in (asked.item, asked.built, asked.started) if item]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once("proposals of sub-centres", lambda: _found(atlas))  # the page of equity weighs them, too
    chosen = found.centres.towns.loc[found.centres.chosen()]
    keep_proposed(atlas, "sub_centre", chosen, item=asked_of(atlas).item)
    return [centres_page(atlas, found.centres, told=[atlas.say(*pair) for pair in found.told])]


def proposed(atlas: Atlas) -> SubCentres | None:
    """Return the proposals of the page, made once; None where the study asks for none."""
    if record(atlas).sub_centres is None:
        return None
    return atlas.once("proposals of sub-centres", lambda: _found(atlas)).centres


def _found(atlas: Atlas) -> _Found:
    asked = asked_of(atlas)
    towns = targets.townships(atlas.study)
    seats = targets.seat_townships(towns, atlas.study)
    open_to = [code for code in towns.index if towns.geometry.notna()[code] and code not in seats]
    given, _ = standing(atlas, LAYERS, towns, open_to=open_to)
    told = [
        tuple(standing(atlas.in_language(lang), LAYERS, towns, open_to=open_to)[1][k] for lang in ("zh", "en"))
        for k in range(sum(name in LAYERS for name in atlas.extra))
    ]
    centres = targets.sub_centres(
        atlas.study,
        graphs=atlas.graphs,
        quotas=targets.county_counts(item_of(atlas, asked.item), unit=asked.unit),
        minutes=asked.minutes,
        year=shown_year(atlas.graphs),
        population=atlas.people,
        given=given,
    )
    return _Found(centres, given, [(zh, en) for zh, en in told])


def centres_page(atlas: Atlas, found: SubCentres, *, told: Sequence[str] = ()) -> AtlasPage:
    """Return the page of proposals that are worked out."""
    asked = asked_of(atlas)
    split = atlas.say(" + ", " + ").join(f"{atlas.county(name)} {count}" for name, count in found.quotas.items())
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{found.count} 个（{split}）放在哪里最好：建议与证明",
            f"Where {found.count} ({split}) would help most: proposals, with proof",
        ),
        sources=[network_note(atlas), facility_note(atlas), people_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("方案", "Proposal")
    views = _add_views(page, atlas, found, group=group)
    _add_hospitals(page, atlas, found)
    page.add_switch(group, views)
    add_plan(page, atlas, [asked.item, asked.built, asked.started], ours=[*our_words(atlas, found), *told])
    add_summary(page, atlas, found)
    add_chosen(page, atlas, found)
    add_price(page, atlas, found)
    add_towns_table(page, atlas, found)
    page.add_text(atlas.say("谁不在其中", "Who is in none of this"), lost_words(atlas, found))
    chosen = found.towns[found.towns[f"chosen_{targets.MEDIAN}"]]
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            f"{found.count} 个县域医疗次中心的建议地点：总用时最少、{found.minutes:g} 分钟覆盖最多、"
            "最远者最近、兼顾四种方案，"
            "各乡镇前后分钟数，再多一个值多少。",
            f"Where {found.count} sub-centres would go: fewest minutes, most people within {found.minutes:g} minutes, "
            "the farthest as near as can be, or both; minutes before and after, and what one more buys.",
        ),
        page=page,
        thumbnail=small_picture(atlas, points=[(chosen.geometry, CHOSEN)]),
        figures=_figures(atlas, found),
        main_table=summary_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_views(page: Page, atlas: Atlas, found: SubCentres, *, group: str) -> list[str]:
    """Add the townships by minutes as it is and under each proposal, with its sites; return the names of the views."""
    names, towns = view_names(atlas, found), atlas.coarsened(_told_towns(atlas, found))
    popup = [
        ("name_zh", atlas.say("乡镇", "Township")),
        ("people_text", atlas.say("人口（估算区间）", "People (range of estimates)")),
        ("before_text", atlas.say("现状到县级医院（分）", "To a county hospital now (min)")),
        ("hospital_text", atlas.say("最近的县级医院", "Nearest county hospital")),
        *(
            (f"{model}_text", f"{names[model]}{atlas.say('：到最近者（分）', ': to the nearest (min)')}")
            for model in targets.MODELS
        ),
        ("share_text", atlas.say("在多少情形下入选", "Chosen in how many cases")),
    ]
    for view, name in names.items():
        column = view if view == BEFORE else f"after_{view}"
        if view != BEFORE:
            ends = _serving(atlas, found, view)
            add_ways(page, atlas, towns, ends, name=name, group=group, exclusive=True, key=f"ways_{view}",
                     shown=view == targets.MEDIAN)  # fmt: skip
        add_towns(
            page, atlas, towns, column, name=name, group=group, key=f"towns_{view}", popup=popup,
            shown=view == targets.MEDIAN, title=atlas.say("到最近者的分钟数", "Minutes to the nearest"),
        )  # fmt: skip
        if view != BEFORE:
            add_sites(
                page, atlas, towns[towns[f"chosen_{view}"]], name=name, group=group, exclusive=True,
                key=f"sites_{view}", popup=popup, shown=view == targets.MEDIAN,
                title=atlas.say("建议的次中心", "Proposed sub-centre"),
            )  # fmt: skip
    return list(names.values())


def _told_towns(atlas: Atlas, found: SubCentres) -> gpd.GeoDataFrame:
    """Return the townships with what their popups say."""
    towns, names = found.towns, names_of_nodes(atlas, atlas.graphs)
    cases = len(found.cases)
    times = (found.share * cases).round().astype(int).reindex(towns.index)
    texts = {
        "people_text": people_texts(towns),
        "before_text": minute_texts(atlas, towns, BEFORE),
        "hospital_text": [node_name(names, name) for name in towns["hospital"]],
        "share_text": [
            atlas.say("县城，不设次中心", "county seat, none is put here") if pd.isna(n) else f"{n:.0f} / {cases}"
            for n in times
        ],
        **{
            f"{model}_text": minute_texts(atlas, towns, f"after_{model}", here=towns[f"chosen_{model}"])
            for model in targets.MODELS
        },
    }
    return towns.assign(**texts)


def _serving(atlas: Atlas, found: SubCentres, model: str) -> gpd.GeoSeries:
    """Return where each township goes that goes to a proposed site."""
    sites = found.models[model].assignment["site"]
    served = sites[sites.isin(found.towns.index)]
    points = atlas.coarsened(found.towns).geometry
    return gpd.GeoSeries([points[site] for site in served], index=served.index, crs=points.crs)


def _add_hospitals(page: Page, atlas: Atlas, found: SubCentres) -> None:
    graph = atlas.graphs[found.year]
    nodes = targets.facility_nodes(graph, "county_hospital")
    names = dict(graph.nodes(data="name_zh")) | dict(graph.graph.get("facility_names") or {})
    told = names_of_nodes(atlas, atlas.graphs)
    points = [Point(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in nodes]
    frame = gpd.GeoDataFrame(
        {"name": [node_name(told, str(names.get(node) or "")) for node in nodes], "evidence": "derived"},
        geometry=points,
        crs=graph.graph["crs"],
    )
    page.add_points(
        atlas.say("县级医院（县城）", "County hospitals (county seats)"),
        atlas.coarsened(frame),
        color=FIXED,
        shape="square",
        radius=6,
        label="name",
        search=["name"],
        popup=[("name", atlas.say("县城", "County seat"))],
        evidence="derived",
        key="hospitals",
    )


def _figures(atlas: Atlas, found: SubCentres) -> tuple[Figure, ...]:
    asked = asked_of(atlas)
    items = links_of(atlas).known([asked.item])
    total, names = float(found.towns["people"].sum()), view_names(atlas, found)
    shared = {
        "page": FILE,
        "clause": clauses_of(atlas, [asked.item]),
        "items": items,
        "method": f"{people_note(atlas)} {network_note(atlas)}",
        "evidence": "modelled",
    }
    figures = []
    for view in (BEFORE, targets.MEDIAN, targets.COVERAGE):
        row = found.told(view)
        figures.append(
            Figure(
                name=f"{atlas.say('医疗次中心', 'Sub-centres')} {names[view]} ≤{found.minutes:g} min",
                value=round(100.0 * row["near"] / total, 2),
                low=round(100.0 * row["near_low"] / total, 2),
                high=round(100.0 * row["near_high"] / total, 2),
                unit="%",
                **shared,  # type: ignore[arg-type]
            )
        )
    return tuple(figures)
