"""Accessibility pages: who reaches hospitals, motorways and railways within how many minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ... import targets
from ...webmap import Page, charts
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure, span_text
from ..links import links_of
from ..minutes import (
    FACILITY_NAMES,
    MINUTE_COLOURS,
    OWN_COUNTY,
    add_dots,
    doubtful_minutes,
    minutes_to,
    named,
    saving_classes,
    to_the_tenth,
    with_doubt,
)
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..scenarios import (
    GraphByScenario,
    add_state,
    facility_note,
    lacks_access,
    network_note,
    people_note,
    road_name,
    scenario_names,
)

__all__ = ["entries", "make", "saving_classes"]


@dataclass(frozen=True)
class _Facility:
    """A kind of facility with its page: titles, how it is called in sentences, the item of the plan that asks."""

    key: str
    entry: Entry
    zh: str
    en: str
    item: str


def _facilities(atlas: Atlas) -> list[_Facility]:
    entry = partial(Entry, lacks=lacks_access(atlas))
    return [
        _Facility(
            "county_hospital",
            entry(file="access_hospital.html", zh="就医", en="To hospital", group="wellness", order=50),
            *(*FACILITY_NAMES["county_hospital"], "W-11"),
        ),
        _Facility(
            "motorway_interchange",
            entry(file="access_motorway.html", zh="上高速", en="To motorways", group="infrastructure", order=50),
            *(*FACILITY_NAMES["motorway_interchange"], "G-03"),
        ),
        _Facility(
            "railway_station",
            entry(file="access_railway.html", zh="乘火车", en="To trains", group="infrastructure", order=60),
            *(*FACILITY_NAMES["railway_station"], "G-03"),
        ),
    ]


def entries(atlas: Atlas) -> list[Entry]:
    """Return an entry for each kind of facility."""
    return [facility.entry for facility in _facilities(atlas)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the pages, each with the file of its page."""
    return [(facility.item, facility.entry.file) for facility in _facilities(atlas)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return a page for each kind of facility."""
    return [_page(atlas, atlas.graphs, kind) for kind in _facilities(atlas) if atlas.wants(kind.entry.file)]


def _page(atlas: Atlas, graphs: GraphByScenario, kind: _Facility) -> AtlasPage:
    facility, file, zh, en = kind.key, kind.entry.file, kind.zh, kind.en
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say(f"到最近{zh}的分钟数", f"Minutes to the nearest of the {en}"),
        sources=[
            network_note(atlas),
            *([facility_note(atlas)] if facility == "county_hospital" else []),
            people_note(atlas),
            atlas.say(
                "等时圈含边界（第 60 分钟在 60 分钟圈内）；示意路网为直线，圈的轮廓只表示先后。",
                "Areas hold their boundary (the 60th minute is inside 60 minutes); on the schematic network their "
                "outline shows order, not shape.",
            ),
        ],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    if atlas.roads is None:
        add_state(page, atlas)
    names = scenario_names(atlas)
    group = atlas.say("年份", "Year") if len(graphs) > 1 else atlas.say("路网", "Network")
    served = {name: graph for name, graph in graphs.items() if targets.facility_nodes(graph, facility)}
    areas = atlas.once((file, "areas"), lambda: targets.isochrones(served, facilities=(facility,))) if served else None
    if areas is not None:
        _add_areas(page, atlas, areas, served, group=group, several=len(graphs) > 1)
    table = named(atlas, minutes_to(atlas, facility), graphs)
    doubt = doubtful_minutes(atlas, facility)
    if doubt is not None:
        table = with_doubt(atlas, table, doubt)
    choices = add_dots(page, atlas, table, graphs, group=group)
    if len(choices) > 1:
        page.add_switch(group, choices)
    _add_missing(page, atlas, kind, [names[name] for name in graphs if name not in served])
    if served:
        _add_shares(page, atlas, table, graphs, doubt)
    if "doubt" in table and doubt is not None:
        _add_doubt(page, atlas, doubt)
    if facility in OWN_COUNTY and served:
        own = minutes_to(atlas, facility, own_county_only=True)
        table = _with_own(table, own, graphs)
        _add_own_county(page, atlas, kind, table, own, graphs)
    _add_township_table(page, atlas, table, graphs)
    last = list(served)[-1] if served else None
    picture_lines = []
    if areas is not None:
        picture_lines = [
            (areas[(areas["scenario"] == last) & (areas["minutes"] == 60)].geometry, MINUTE_COLOURS[60.0], 2)
        ]
    return AtlasPage(
        file=file,
        title=page.title,
        summary=_summary(atlas, kind, graphs),
        page=page,
        thumbnail=small_picture(atlas, lines=picture_lines),
        figures=_figures(atlas, kind, table.attrs["summary"], graphs),
    )


def _add_missing(page: Page, atlas: Atlas, kind: _Facility, missing: list[str]) -> None:
    """Say in which years nothing of a kind is there to be reached, and why, where the study itself is the cause."""
    if not missing:
        return
    lines = [
        atlas.say(
            f"{'、'.join(missing)}：没有可用的{kind.zh}，不画等时圈。",
            f"{', '.join(missing)}: there are none of the {kind.en}; no areas are drawn.",
        )
    ]
    if kind.key == "county_hospital" and not atlas.study.seats:
        lines.append(
            atlas.say(
                "研究区资料未指明县城，须由制图单位补充。",
                "The study names no county seats; the makers of the atlas can add them.",
            )
        )
    page.add_text(atlas.say("没有设施", "Without a facility"), lines)


def _summary(atlas: Atlas, kind: _Facility, graphs: GraphByScenario) -> str:
    if len(graphs) == 1:
        return atlas.say(
            f"到{kind.zh}的等时圈与各乡镇的分钟数。",
            f"Areas within 15 to 90 minutes of {kind.en}; minutes by township.",
        )
    return atlas.say(
        f"到{kind.zh}的等时圈，2022、现状、建成三个年份；各乡镇节省的分钟数。",
        f"Areas within 15 to 90 minutes of {kind.en} in 2022, today and complete; minutes saved by township.",
    )


def _figures(
    atlas: Atlas, kind: _Facility, summary: Mapping[str, Mapping[str, Any]], graphs: GraphByScenario
) -> tuple[Figure, ...]:
    """Return the shares of people within 30 and 60 minutes in each year, as ranges."""
    names = scenario_names(atlas)
    return tuple(
        Figure(
            page=kind.entry.file,
            name=f"{atlas.say(kind.zh, kind.en)} {names[name]} ≤{limit} min",
            value=round(100.0 * float(summary[name]["central"][f"within_{limit}"]), 2),
            low=round(100.0 * float(summary[name][f"within_{limit}"][0]), 2),
            high=round(100.0 * float(summary[name][f"within_{limit}"][1]), 2),
            unit="%",
            clause=kind.item if atlas.plan.has(kind.item) else "",
            items=links_of(atlas).known([kind.item]),
            method=f"{people_note(atlas)} {atlas.say('最短时间。', 'Quickest way.')}",
            evidence="modelled",
        )
        for name in graphs
        for limit in (30, 60)
    )


def _add_shares(
    page: Page, atlas: Atlas, table: pd.DataFrame, graphs: GraphByScenario, doubt: pd.DataFrame | None
) -> None:
    """Add the shares of people reached: bars by the central rule, and the ranges over all rules."""
    names, summary = scenario_names(atlas), table.attrs["summary"]
    title = atlas.say("可达人口比例", "Share of people reached")
    bars = {limit: [100.0 * summary[name]["central"][f"within_{limit}"] for name in graphs] for limit in (30, 60)}
    page.add_chart(
        atlas.say("可达人口比例（中间值）", "Share of people reached (central)"),
        charts.grouped_bar(
            [names[name] for name in graphs],
            {atlas.say(f"{limit} 分钟内", f"within {limit} min"): values for limit, values in bars.items()},
            title=title,
            unit=" %",
            digits=0,
        ),
        note=atlas.say(
            "按中间规则；各规则的区间见下表。", "By the central rule; the ranges over all rules stand below."
        ),
    )
    rows = [[names[name], *_spans(summary[name])] for name in graphs]
    if "doubt" in table and doubt is not None:
        label = atlas.say(f"{names['today']}，待核通道按通车计", "Today, doubtful ones open")
        rows.insert(1 + list(graphs).index("today"), [label, *_spans(doubt.attrs["summary"][targets.WITH])])
    heads = [atlas.say("年份", "Year"), *(atlas.say(f"{n} 分钟内", f"within {n} min") for n in (30, 60))]
    page.add_table(
        atlas.say("可达人口比例（区间）", "Share of people reached (range)"),
        pd.DataFrame(rows, columns=[*heads, atlas.say("基尼系数", "Gini")]),
        sortable=False,
        note=people_note(atlas) + _left_out(atlas, table),
    )


def _left_out(atlas: Atlas, table: pd.DataFrame) -> str:
    """Return which townships without a place are in none of the shares, as a sentence; empty if all have one."""
    lost = [str(name) for name in table.loc[~table["located"], atlas.name]]
    if not lost:
        return ""
    return atlas.say(f"{'、'.join(lost)}未定位，不计入比例。", f" Not located, so in no share: {', '.join(lost)}.")


def _spans(summary: Mapping[str, Any]) -> list[str]:
    """Return the shares within 30 and 60 minutes and the Gini coefficient as ranges for readers."""
    ends = [summary[f"within_{limit}"] for limit in (30, 60)]
    shares = [span_text(100.0 * low, 100.0 * high, "%") for low, high in ends]
    return [*shares, "–" if np.isnan(summary["gini"][0]) else span_text(*summary["gini"], digits=2)]


def _add_doubt(page: Page, atlas: Atlas, doubt: pd.DataFrame) -> None:
    """Say which openings are not on record, and what hangs on them."""
    roads = sorted({road for told in doubt["depends_on"] for road in str(told).split(";") if road})
    named = atlas.say("、", ", ").join(f"{road_name(atlas, road)} ({road})" for road in roads)
    year, count = scenario_names(atlas)["today"], int(doubt["depends_on"].ne("").sum())
    page.add_text(
        atlas.say("通车情况待核的通道", "Openings that are not on record"),
        atlas.say(
            f"{named}：通车未能核实（无记录或仅有孤证），{year}按未通车计。"
            f"{count} 个乡镇的分钟数因此有两个值，见表中“通车/未通车”一列。",
            f"{named}: no opening is confirmed (none on record, or one copy alone), so {year} counts without them. "
            f"The minutes of {count} townships have two values, in the column “open / not open”.",
        ),
    )


def _shown_year(graphs: GraphByScenario) -> str:
    """Return the scenario of which a page speaks where it names one: today, else the last."""
    return "today" if "today" in graphs else list(graphs)[-1]


def _with_own(table: gpd.GeoDataFrame, own: gpd.GeoDataFrame, graphs: GraphByScenario) -> gpd.GeoDataFrame:
    """Return the table with the minutes inside one's own county beside those to anywhere."""
    wider = table.assign(**{f"own_{name}": own[name] for name in graphs})
    wider.attrs.update(table.attrs)
    return wider


def _add_own_county(
    page: Page, atlas: Atlas, kind: _Facility, table: pd.DataFrame, own: pd.DataFrame, graphs: GraphByScenario
) -> None:
    """Say how many townships are quicker elsewhere than in their own county, and what that does to the shares."""
    names, year = scenario_names(atlas), _shown_year(graphs)
    homes = set(own["county"])
    homeland = atlas.say("、", " and ").join(atlas.counties)
    quicker = table[table[year] < table[f"own_{year}"] - 1e-6]
    beyond = quicker[~quicker[f"county_{year}"].isin(homes)]
    ends = zip(beyond[atlas.name], beyond[f"nearest_{year}"], strict=True)
    listed = atlas.say("、", ", ").join(f"{home} → {seat}" for home, seat in ends)
    low, high = (100.0 * end for end in own.attrs["summary"][year]["within_60"])
    least = table.groupby("county_name", sort=False)[[year, f"own_{year}"]].min()
    without = least.index[np.isinf(least[f"own_{year}"]) & np.isfinite(least[year])]
    lacking = atlas.say("、", " and ").join(map(str, without))
    far = len(beyond)
    zh, en = f"{names[year]}：没有乡镇到外县的{kind.zh}更快。", f"{names[year]}: no township is quicker elsewhere."
    if len(quicker):
        zh = f"{names[year]}：{len(quicker)} 个乡镇到外县的{kind.zh}更快"
        zh += f"，其中 {far} 个到{homeland}以外。" if far else f"，没有到{homeland}以外的。"
        en = f"{names[year]}: {len(quicker)} townships are quicker to {kind.en} of another county, "
        en += f"{far or 'none'} of them beyond {homeland}."
    lines = [
        atlas.say(zh, en),
        *(
            [
                atlas.say(
                    f"{lacking}本县没有可用的{kind.zh}，其乡镇都计在上数内。",
                    f"{lacking} has none of the {kind.en} itself, so all its townships are among them.",
                )
            ]
            if lacking
            else []
        ),
        *([atlas.say(f"{listed}。", f"{listed}.")] if listed else []),
        atlas.say(
            f"只用本县的{kind.zh}，60 分钟内人口为 {span_text(low, high, '%')}。",
            f"With {kind.en} of one's own county alone, {span_text(low, high, '%')} of the people are within "
            "60 minutes.",
        ),
        *([facility_note(atlas)] if kind.key == "county_hospital" else []),
    ]
    page.add_text(atlas.say("外县更快的乡镇", "Townships that are quicker elsewhere"), lines)


def _add_areas(
    page: Page, atlas: Atlas, areas: gpd.GeoDataFrame, graphs: GraphByScenario, *, group: str, several: bool
) -> None:
    names = scenario_names(atlas)
    for scenario in graphs:
        chosen = _rings(areas[areas["scenario"] == scenario])
        page.add_polygons(
            names[scenario],
            chosen,
            color="#ffffff",
            weight=0.8,
            fill=MINUTE_COLOURS[45.0],
            fill_opacity=0.75,
            popup=[
                ("minutes", atlas.say("分钟", "Minutes"), 0),
                ("area_km2", atlas.say("面积 (km²)", "Area (km²)"), 0),
                ("facilities", atlas.say("设施数", "Facilities"), 0),
            ],
            style_by="minutes",
            styles={
                limit: {"fill": colour, "label": f"≤ {limit:g} {atlas.say('分钟', 'min')}"}
                for limit, colour in MINUTE_COLOURS.items()
                if limit in set(chosen["minutes"])
            },
            group=group,
            exclusive=several,
            shown=scenario in {"today", "own"},
            key=scenario,
            rank="minutes",
        )


def _rings(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return nested areas without what the next smaller one holds, so that colours do not lie over each other."""
    rising = areas.sort_values("minutes").reset_index(drop=True)
    inner = gpd.GeoSeries([shapely.Polygon(), *rising.geometry[:-1]], crs=rising.crs)
    rings: gpd.GeoDataFrame = rising.set_geometry(rising.geometry.difference(inner))
    return rings[~rings.geometry.is_empty]


def _add_township_table(page: Page, atlas: Atlas, table: pd.DataFrame, graphs: GraphByScenario) -> None:
    names, year = scenario_names(atlas), _shown_year(graphs)
    columns = {
        atlas.name: atlas.say("乡镇", "Township"),
        "county_name": atlas.say("县", "County"),
        **{name: names[name] for name in graphs},
    }
    if "saved_complete" in table:
        columns["saved_complete"] = atlas.say("节省", "Saved")
    if "doubt" in table:
        columns["doubt"] = atlas.say("待核通道 通车/未通车", "Not on record: open / not open")
    columns[f"nearest_{year}"] = atlas.say(f"最近者（{names[year]}）", f"Nearest ({names[year]})")
    note = atlas.say("“–”为不可达或未定位。", "A dash: cannot be reached, or not located.")
    if f"own_{year}" in table:
        note += atlas.say(
            "年份列为到最近设施（不分县），“本县”列只用本县的。",
            " The years are to the nearest anywhere, “own county” to those of the township's county alone.",
        )
        columns |= {f"own_{name}": atlas.say(f"本县 {names[name]}", f"Own county, {names[name]}") for name in graphs}
    minutes = [*graphs, "saved_complete", *(f"own_{name}" for name in graphs)]
    page.add_table(
        atlas.say("各乡镇用时（分钟）", "Minutes by township"),
        to_the_tenth(pd.DataFrame(table.drop(columns=table.geometry.name)), minutes),
        columns=columns,
        digits=dict.fromkeys(minutes, 0),
        note=note,
    )
