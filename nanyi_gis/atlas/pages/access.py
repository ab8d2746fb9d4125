"""Accessibility pages: who reaches hospitals, motorways and railways within how many minutes."""

from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ... import targets
from ...webmap import Page, charts
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..scenarios import GraphByScenario, add_year_switch, lacks_access, network_note, scenario_names

_MINUTES = {15.0: "#00204c", 30.0: "#31446b", 45.0: "#666970", 60.0: "#a69d75", 90.0: "#e1cc55"}


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
            *("县级医院", "county hospitals", "W-11"),
        ),
        _Facility(
            "motorway_interchange",
            entry(file="access_motorway.html", zh="上高速", en="To motorways", group="infrastructure", order=50),
            *("高速互通", "motorway interchanges", "G-03"),
        ),
        _Facility(
            "railway_station",
            entry(file="access_railway.html", zh="乘火车", en="To trains", group="infrastructure", order=60),
            *("客运车站", "passenger stations", "G-03"),
        ),
    ]


def entries(atlas: Atlas) -> list[Entry]:
    """Return an entry for each kind of facility."""
    return [facility.entry for facility in _facilities(atlas)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return a page for each kind of facility."""
    return [_page(atlas, atlas.graphs, kind) for kind in _facilities(atlas)]


def _page(atlas: Atlas, graphs: GraphByScenario, kind: _Facility) -> AtlasPage:
    facility, file, zh, en = kind.key, kind.entry.file, kind.zh, kind.en
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say(f"到最近{zh}的分钟数", f"Minutes to the nearest of the {en}"),
        sources=[
            network_note(atlas),
            atlas.say(
                "等时圈含边界（第 60 分钟在 60 分钟圈内）；示意路网为直线，圈的轮廓只表示先后。",
                "Areas hold their boundary (the 60th minute is inside 60 minutes); on the schematic network their "
                "outline shows order, not shape.",
            ),
        ],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    names = scenario_names(atlas)
    group = atlas.say("年份", "Year")
    served = {name: graph for name, graph in graphs.items() if targets.facility_nodes(graph, facility)}
    areas = targets.isochrones(served, facilities=(facility,)) if served else None
    if areas is not None:
        _add_areas(page, atlas, areas, served, group)
    table = targets.township_minutes(facility, study=atlas.study, graphs=graphs)
    _add_township_points(page, atlas, table, graphs)
    missing = [names[name] for name in graphs if name not in served]
    if missing:
        page.add_text(
            atlas.say("没有设施的年份", "Years without a facility"),
            atlas.say(
                f"{'、'.join(missing)}：没有开通的{zh}，不画等时圈。",
                f"{', '.join(missing)}: none of the {en} was open; no areas are drawn.",
            ),
        )
    summary = table.attrs["summary"]
    shares = {limit: [100.0 * summary[name][f"within_{limit}"] for name in graphs] for limit in (30, 60)}
    page.add_chart(
        atlas.say("可达人口比例", "Share of people reached"),
        charts.grouped_bar(
            [names[name] for name in graphs],
            {atlas.say(f"{limit} 分钟内", f"within {limit} min"): values for limit, values in shares.items()},
            title=atlas.say("可达人口比例", "Share of people reached"),
            unit=" %",
            digits=0,
        ),
        note=atlas.say(
            "人口为 2020 年普查县总数平均分到乡镇（假定）。",
            "People: census totals of 2020 spread equally over townships (an assumption).",
        ),
    )
    _add_township_table(page, atlas, table, graphs)
    figures = tuple(
        Figure(
            page=file,
            name=f"{atlas.say(zh, en)} {names[name]} ≤{limit} min",
            value=round(100.0 * float(summary[name][f"within_{limit}"]), 2),
            unit="%",
            clause=kind.item if atlas.plan.has(kind.item) else "",
            method=atlas.say(
                "人口平均分到乡镇（假定），最短时间", "people spread equally over townships (assumed), quickest way"
            ),
            evidence="modelled",
        )
        for name in graphs
        for limit in (30, 60)
    )
    last = list(served)[-1] if served else None
    picture_lines = []
    if areas is not None:
        picture_lines = [(areas[(areas["scenario"] == last) & (areas["minutes"] == 60)].geometry, "#a69d75", 2)]
    return AtlasPage(
        file=file,
        title=page.title,
        summary=atlas.say(
            f"到{zh}的等时圈，2022、现状、建成三个年份；各乡镇节省的分钟数。",
            f"Areas within 15 to 90 minutes of {en} in 2022, today and complete; minutes saved by township.",
        ),
        page=page,
        thumbnail=small_picture(atlas, lines=picture_lines),
        figures=figures,
    )


def _add_areas(page: Page, atlas: Atlas, areas: gpd.GeoDataFrame, graphs: GraphByScenario, group: str) -> None:
    names = scenario_names(atlas)
    for scenario in graphs:
        chosen = _rings(areas[areas["scenario"] == scenario])
        page.add_polygons(
            names[scenario],
            chosen,
            color="#ffffff",
            weight=0.8,
            fill="#666970",
            fill_opacity=0.75,
            popup=[
                ("minutes", atlas.say("分钟", "Minutes"), 0),
                ("area_km2", atlas.say("面积 (km²)", "Area (km²)"), 0),
                ("facilities", atlas.say("设施数", "Facilities"), 0),
            ],
            style_by="minutes",
            styles={
                limit: {"fill": colour, "label": f"≤ {limit:g} {atlas.say('分钟', 'min')}"}
                for limit, colour in _MINUTES.items()
                if limit in set(chosen["minutes"])
            },
            group=group,
            exclusive=len(graphs) > 1,
            shown=scenario in {"today", "own"},
        )
    add_year_switch(page, atlas, graphs)


def _rings(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return nested areas without what the next smaller one holds, so that colours do not lie over each other."""
    rising = areas.sort_values("minutes").reset_index(drop=True)
    inner = gpd.GeoSeries([shapely.Polygon(), *rising.geometry[:-1]], crs=rising.crs)
    rings: gpd.GeoDataFrame = rising.set_geometry(rising.geometry.difference(inner))
    return rings[~rings.geometry.is_empty]


def saving_classes(table: pd.DataFrame) -> "pd.Series[str]":
    """Return for each township what the finished network saves against 2022.

    ``0`` to 1 minute, ``1`` to 15, ``2`` to 30, ``3`` more; ``4`` if it was out of reach and no longer is; ``0`` if it
    stays so, or if there is but one network.

    >>> years = pd.DataFrame({"2022": [50, 50, np.inf], "complete": [49, 30, 9], "saved_complete": [1, 20, 9]})
    >>> saving_classes(years).tolist()
    ['0', '2', '4']
    """
    saved = table["saved_complete"] if "saved_complete" in table else pd.Series(0.0, index=table.index)
    classes = pd.cut(saved, [-np.inf, 1, 15, 30, np.inf], labels=["0", "1", "2", "3"]).astype(str)
    if "complete" not in table or "2022" not in table:
        return classes
    stranded = np.isinf(table["2022"])
    return classes.mask(stranded, "0").mask(stranded & np.isfinite(table["complete"]), "4")


def _add_township_points(page: Page, atlas: Atlas, table: pd.DataFrame, graphs: GraphByScenario) -> None:
    names = scenario_names(atlas)
    shown = atlas.coarsened(table[table["located"] & ~table.geometry.is_empty])
    classes = saving_classes(shown)
    labels = {
        "0": atlas.say("节省不足 1 分钟", "saves under 1 min"),
        "1": atlas.say("节省 1–15 分钟", "saves 1-15 min"),
        "2": atlas.say("节省 15–30 分钟", "saves 15-30 min"),
        "3": atlas.say("节省 30 分钟以上", "saves over 30 min"),
        "4": atlas.say("2022 年不可达，建成后可达", "out of reach in 2022, reached when complete"),
    }
    colours = {"0": "#b9c0c5", "1": "#c6dbef", "2": "#6baed6", "3": "#08519c", "4": "#009E73"}
    page.add_points(
        atlas.say("乡镇：建成后比 2022 节省", "Townships: saved when complete")
        if len(graphs) > 1
        else atlas.say("乡镇驻地", "Township seats"),
        shown.assign(saving=classes),
        radius=6,
        label=atlas.name,
        labels=True,
        label_zoom=10,
        popup=[
            ("name_zh", atlas.say("乡镇", "Township")),
            *((name, f"{names[name]} ({atlas.say('分', 'min')})", 0) for name in graphs),
        ],
        style_by="saving",
        styles={
            key: {"color": colours[key], "label": labels[key]}
            for key in sorted(set(classes) & set(labels), reverse=True)
        },
        uncertainty="uncertainty_m",
        group=atlas.say("地点", "Places"),
    )


def _add_township_table(page: Page, atlas: Atlas, table: pd.DataFrame, graphs: GraphByScenario) -> None:
    names = scenario_names(atlas)
    columns = {
        atlas.name: atlas.say("乡镇", "Township"),
        "county": atlas.say("县", "County"),
        **{name: names[name] for name in graphs},
    }
    if "saved_complete" in table:
        columns["saved_complete"] = atlas.say("节省", "Saved")
    page.add_table(
        atlas.say("各乡镇用时（分钟）", "Minutes by township"),
        pd.DataFrame(table.drop(columns=table.geometry.name)).replace(np.inf, np.nan),
        columns=columns,
        digits=dict.fromkeys([*graphs, "saved_complete"], 0),
        note=atlas.say("“–”为不可达或未定位。", "A dash: cannot be reached, or not located."),
    )
