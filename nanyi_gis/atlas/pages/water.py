"""The page of water: streams and basins of the terrain, a screening of floods, hollows; no reservoir is drawn."""

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import hydrology, targets
from ...colours import Colour
from ...targets import FRONTAGE, OTHER, Water
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import item_words, links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, shell, small_picture
from ..proposals import add_plan, clauses_of

FILE = "water.html"
_NO_RECORD = ("没有水利条目与假定", "the study says nothing of its water")
_STAGES: tuple[Colour, ...] = ((8, 48, 107), (66, 146, 198), (158, 202, 225), (198, 219, 239), (222, 235, 247))
_BASINS: tuple[Colour, ...] = (
    *((102, 166, 130), (190, 174, 212), (253, 192, 134), (120, 160, 200), (240, 200, 220), (200, 200, 120)),
    (190, 190, 190),
)
_RIVER, _STREAM, _HOLLOW = "#08519c", "#3182bd", "#8c2d04"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = _NO_RECORD if targets.water_record(atlas.study) is None else None
    return [Entry(file=FILE, zh="水利", en="Water", group="infrastructure", order=65, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.water_record(atlas.study)
    return [] if asked is None else [(number, FILE) for number in targets.items_of(asked)]


def _asked(atlas: Atlas) -> targets.WaterRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.WaterRecord, targets.water_record(atlas.study))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "water"), lambda: _found(atlas))
    return [water_page(atlas, found)]


def _found(atlas: Atlas) -> Water:
    return targets.water(atlas.dem, zones=atlas.zones, frontage=atlas.study.frontage, asked=_asked(atlas))


def water_page(atlas: Atlas, found: Water) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "地形上的河网与流域、" + ("沿河淹没筛查、" if found.screened else "") + "封闭洼地",
            "Streams and basins of the terrain"
            + (", a screening of floods along the rivers" if found.screened else "")
            + ", closed hollows",
        ),
        sources=[_method(atlas, found)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("视图", "View")
    views = [_add_screening(page, atlas, found, group=group)] if found.screened else []
    views.append(_add_basins(page, atlas, found, group=group))
    if len(views) > 1:
        page.add_switch(group, views)
    _add_streams(page, atlas, found)
    _add_hollows(page, atlas, found)
    add_plan(page, atlas, [*asked.reservoirs[:1], *asked.floods], ours=_ours(atlas, found))
    if found.screened:
        _add_areas(page, atlas, found)
    _add_streams_table(page, atlas, found)
    _add_hollows_table(page, atlas, found)
    _add_items(page, atlas)
    page.add_text(atlas.say("水库", "Reservoirs"), _reservoirs(atlas))
    painted = small_picture(atlas, lines=[(_rivers(found).geometry, _RIVER, 2)])
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "由地形推算的河网与流域；沿河按高差的淹没筛查（不是洪水图）；洼地清单；水库只说规划、不画。",
            "Streams and basins from the terrain; a screening by height above the rivers (no flood map); hollows; the "
            "reservoirs of the plan are told, not drawn.",
        ),
        page=page,
        thumbnail=painted,
        figures=_figures(atlas, found),
        main_table=_areas_title(atlas) if found.screened else _streams_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _palette(found: Water) -> dict[int, Colour]:
    return {code: _STAGES[min(code, len(_STAGES)) - 1] for code in range(1, len(found.stages) + 1)}


def _add_screening(page: Page, atlas: Atlas, found: Water, *, group: str) -> str:
    name = atlas.say("淹没筛查", "Flood screening")
    labels = {
        code: atlas.say(f"高出河道不足 {stage:g} m", f"less than {stage:g} m above the river")
        for code, stage in enumerate(found.stages, start=1)
    }
    add_classes(
        page,
        atlas,
        name,
        found.reached,
        _palette(found),
        labels,
        group=group,
        exclusive=True,
        opacity=0.75,
        legend_title=atlas.say("高于所汇河道的高差（筛查，模型）", "Height above the river it drains to (screening)"),
        key="screening",
    )
    return name


def _basin_names(atlas: Atlas, found: Water) -> dict[int, str]:
    """Return the basins' names: that of the frontage's river, numbers for others, which no data name."""
    names = {}
    least = [code for code, km2 in enumerate(found.basin_km2, start=1) if km2 > 0]
    for number, code in enumerate(least, start=1):
        names[code] = (
            atlas.say("{}（界河）", "{} (boundary river)").format(atlas.river)
            if code == found.frontage_basin
            else atlas.say(f"流域 {number}", f"Basin {number}")
        )
    if len(found.basin_km2) > _asked(atlas).basins and found.basin_km2[-1] > 0:
        names[len(found.basin_km2)] = atlas.say("其他", "others")
    return names


def _add_basins(page: Page, atlas: Atlas, found: Water, *, group: str) -> str:
    name = atlas.say("流域", "Basins")
    names = _basin_names(atlas, found)
    palette = {code: _BASINS[min(code, len(_BASINS)) - 1] for code in names}
    labels = {code: f"{text} · {found.basin_km2[code - 1]:,.0f} km²" for code, text in names.items()}
    add_classes(
        page,
        atlas,
        name,
        found.basins,
        palette,
        labels,
        group=group,
        exclusive=True,
        shown=not found.screened,
        opacity=0.55,
        legend_title=atlas.say("按出图处划分的流域（模型）", "Basins by where water leaves the map (modelled)"),
        key="basins",
    )
    return name


def _rivers(found: Water) -> gpd.GeoDataFrame:
    rivers: gpd.GeoDataFrame = found.streams[found.streams["river"] > 0]
    return rivers


def _add_streams(page: Page, atlas: Atlas, found: Water) -> None:
    asked = _asked(atlas)
    kinds = {
        FRONTAGE: ("frontage", _RIVER, 3.0, atlas.say("{}（模型河道）", "{} (as modelled)").format(atlas.river)),
        OTHER: (
            "river",
            _RIVER,
            2.0,
            atlas.say(f"汇水 ≥ {asked.main_km2:g} km²", f"over {asked.main_km2:g} km² of land"),
        ),
        0: ("stream", _STREAM, 1.0, atlas.say(f"汇水 ≥ {asked.streams_km2:g} km²", f"over {asked.streams_km2:g} km²")),
    }
    shown = atlas.coarsened(found.streams[["order", "length_m", "upstream_km2", "river", "geometry"]])
    shown = shown.assign(km=shown["length_m"] / 1000.0, kind=[kinds[number][0] for number in shown["river"]]).drop(
        columns=["length_m", "river"]
    )
    there = set(shown["kind"])
    page.add_lines(
        atlas.say("河网（由地形推算）", "Streams (from the terrain)"),
        shown,
        style_by="kind",
        styles={
            kind: {"color": colour, "weight": weight, "label": label}
            for kind, colour, weight, label in kinds.values()
            if kind in there
        },
        popup=[
            ("order", atlas.say("河段级别", "Strahler order"), 0),
            ("km", atlas.say("河段长 (km)", "Length (km)"), 1),
            ("upstream_km2", atlas.say("图内汇水面积 (km²)", "Land above it on the map (km²)"), 0),
        ],
        group=atlas.say("水系", "Water"),
        evidence=atlas.terrain_evidence,
        key="streams",
    )


def _add_hollows(page: Page, atlas: Atlas, found: Water) -> None:
    if found.depressions.empty:
        return
    hollows = found.depressions[["depth_m", "area_km2", "geometry"]]
    page.add_polygons(
        atlas.say("封闭洼地", "Closed hollows"),
        atlas.coarsened(hollows.assign(depth_m=atlas.heights(hollows["depth_m"]))),
        color=_HOLLOW,
        fill=_HOLLOW,
        fill_opacity=0.35,
        weight=1.2,
        popup=[
            ("depth_m", atlas.say("深 (m)", "Depth (m)"), 0),
            ("area_km2", atlas.say("面积 (km²)", "Area (km²)"), 2),
        ],
        group=atlas.say("水系", "Water"),
        shown=False,
        evidence=atlas.terrain_evidence,
        key="hollows",
    )


# ---- the panels -----------------------------------------------------------------------------------------------------


def _method(atlas: Atlas, found: Water) -> str:
    stages = "/".join(f"{stage:g}" for stage in found.stages)
    return atlas.say(
        f"水系：D8 流向，洼地切开，汇水面积为图内真实面积；筛查：高于所汇河道的高差与 {stages} m 比较",
        f"Water: D8 directions, hollows cut open, true areas on the map; screening: height above the river that land "
        f"drains to (HAND) against {stages} m",
    )


def _ours(atlas: Atlas, found: Water) -> list[str]:
    asked = _asked(atlas)
    return [
        atlas.say(
            f"河网由地形推算：汇水 {asked.streams_km2:g} km² 起画，{asked.main_km2:g} km² 起作为河道；"
            "没有实测河道线，河名除界河外不知道。流域在图边被切断，图外来水未计。",
            f"Streams come from the terrain: drawn from {asked.streams_km2:g} km² of land, rivers from "
            f"{asked.main_km2:g} km². There is no surveyed course, and but for the boundary river no name. Basins are "
            "cut at the edge of the map, and water from beyond it does not count.",
        ),
        _screening_words(atlas, found),
        atlas.say(
            "喀斯特地区的洼地、落水洞和伏流是真实的，地形图看不出地下去向；本页把洼地列出，"
            "计算河网时切开。格网粗于 100 m 时峡谷会被误认为坝。",
            "In karst, hollows, sinkholes and underground streams are real, and heights do not tell where their water "
            "goes; hollows are listed here and cut open for the streams. On cells over 100 m gorges look like dams.",
        ),
    ]


def _screening_words(atlas: Atlas, found: Water) -> str:
    metres = f"{atlas.report['resolution_m']:g}"
    if not found.screened:
        return atlas.say(
            f"格网 {metres} m，粗于 {hydrology.COARSE_M:g} m：峡谷会被误认为坝，不做淹没筛查；请用更细的高程。",
            f"Cells of {metres} m are over {hydrology.COARSE_M:g} m: gorges look like dams, so floods are not "
            "screened; give a finer DEM.",
        )
    unfit = atlas.report["resolution_m"] > hydrology.FINEST_DESIGN_M
    return atlas.say(
        "淹没筛查只看高差：全河同一水位涨幅，没有流量、重现期、壅水与堤防；只提示哪里值得细查，不是洪水图。"
        + (f"格网 {metres} m，超过 30 m，不能用于设计。" if unfit else ""),
        "The screening looks at heights alone: one rise all along, no discharge, return period, backwater or dike. "
        "It says where to look closer and is no flood map."
        + (f" Cells of {metres} m are over 30 m: unfit for design." if unfit else ""),
    )


def _areas_title(atlas: Atlas) -> str:
    return atlas.say("淹没筛查：沿河高差以内的土地", "Flood screening: land within a height of the river")


def _add_areas(page: Page, atlas: Atlas, found: Water) -> None:
    names = {
        FRONTAGE: atlas.say("{}（界河）", "{} (boundary river)").format(atlas.river),
        OTHER: atlas.say("其他河道", "other rivers"),
    }
    rows = []
    for row in found.areas.reset_index().to_dict("records"):
        zone, river = int(row.pop("zone")), int(row.pop("river"))
        if sum(row.values()) > 0:
            rows.append({"county": atlas.counties[zone - 1], "river": names[river], **row})
    columns = {f"km2_{stage:g}": atlas.say(f"≤ {stage:g} m (km²)", f"≤ {stage:g} m (km²)") for stage in found.stages}
    page.add_table(
        _areas_title(atlas),
        pd.DataFrame(rows, columns=["county", "river", *columns]),
        columns={"county": atlas.say("县", "County"), "river": atlas.say("河道", "River"), **columns},
        digits=dict.fromkeys(columns, 0),
        note=atlas.say(
            "各列累计。含河道本身的格网。模型地形上的筛查，不是受淹面积。",
            "Each column holds the one before, and the cells of the river itself. A screening on modelled terrain, not "
            "flooded land."
            if atlas.terrain_evidence == "modelled"
            else "Each column holds the one before, and the cells of the river itself. A screening, not flooded land.",
        ),
    )


def _streams_title(atlas: Atlas) -> str:
    return atlas.say("河网：各级河段", "Streams by order")


def _add_streams_table(page: Page, atlas: Atlas, found: Water) -> None:
    table = found.streams.groupby("order").agg(count=("order", "size"), km=("length_m", "sum"))
    table["km"] /= 1000.0
    page.add_table(
        _streams_title(atlas),
        table.reset_index(),
        columns={
            "order": atlas.say("河段级别", "Strahler order"),
            "count": atlas.say("河段（条）", "Links"),
            "km": atlas.say("长 (km)", "Length (km)"),
        },
        digits={"order": 0, "count": 0, "km": 0},
        sortable=False,
        note=atlas.say(
            f"汇水 {_asked(atlas).streams_km2:g} km² 起；县界外的部分一并计入触及两县的河段。",
            f"From {_asked(atlas).streams_km2:g} km² of land; links that touch the counties count whole.",
        ),
    )


def _add_hollows_table(page: Page, atlas: Atlas, found: Water) -> None:
    deep = _asked(atlas).deep_m
    table = found.hollows.reset_index()
    table["county"] = [atlas.counties[int(zone) - 1] for zone in table["zone"]]
    table["deepest_m"] = atlas.heights(table["deepest_m"])
    page.add_table(
        atlas.say("封闭洼地", "Closed hollows"),
        table,
        columns={
            "county": atlas.say("县", "County"),
            "count": atlas.say("个数", "Number"),
            "deep": atlas.say(f"深 ≥ {deep:g} m", f"{deep:g} m deep or more"),
            "deepest_m": atlas.say("最深 (m)", "Deepest (m)"),
        },
        digits={"count": 0, "deep": 0, "deepest_m": 0},
        sortable=False,
        note=atlas.say(
            "示范地形的洼地是模型的，不是落水洞。" if atlas.demonstration else "真假须对照岩溶地质图与影像。",
            "Hollows of the demonstration terrain are the model's, no sinkholes."
            if atlas.demonstration
            else "Which are real must be held against a map of karst and imagery.",
        ),
    )


def _add_items(page: Page, atlas: Atlas) -> None:
    """Add the items of the plan with what could check them: none has a number."""
    asked = _asked(atlas)
    lacking = {
        "reservoirs": atlas.say(
            "坝址、库容（不公开）；用户给坝线后可算", "site and capacity (not public); a dam's line"
        ),
        "floods": atlas.say("河道断面、设计洪水、堤防", "cross-sections, design floods, dikes"),
        "supply": atlas.say("水源、管网、需水量、灌区范围", "sources, mains, demand, command areas"),
    }
    rows, keys = [], []
    for name, lacks in lacking.items():
        for number in links_of(atlas).known(getattr(asked, name)):
            item = atlas.plan.item(number)
            told = [quantity.text(lang=atlas.lang) for quantity in item.quantities]
            number_text = atlas.say("；", "; ").join(told) or atlas.say("规划未写数量", "no number in the plan")
            rows.append({"item": item_words(item, lang=atlas.lang), "number": number_text, "lacks": lacks})
            keys.append(number)
    page.add_table(
        atlas.say("水利条目核对", "Water items, and what could check them"),
        pd.DataFrame(rows, columns=["item", "number", "lacks"]),
        columns={
            "item": atlas.say("规划条目", "Item of the plan"),
            "number": atlas.say("数量", "Number"),
            "lacks": atlas.say("核对还缺", "Lacking for a check"),
        },
        more=["lacks"],
        sortable=False,
        note=atlas.say(
            "这些条目都没有数量，无法核对；本页不填补。",
            "None of these items has a number, so none can be checked; the page fills in nothing.",
        ),
    )


def _reservoirs(atlas: Atlas) -> list[str]:
    return [
        atlas.say(
            "规划水库的坝址和库容不公开，本页不画坝、不写库容，也不列候选坝址：由地形挑出的地点不是规划的地点，"
            "挂上规划的名字会误导。",
            "Sites and capacities of the plan's reservoirs are not public. No dam is drawn, no capacity told and no "
            "candidate site listed: what terrain picks is not what the plan means, and the plan's names on it would "
            "mislead.",
        ),
        atlas.say(
            "有坝线和实测地形时，制图单位可以算出水位、水面与库容曲线、淹没范围，以及其下的人口与道路，但不在图上。",
            "With a dam's line and surveyed terrain those who made this atlas can work out the curve of stage, area "
            "and volume, the water's outline, and people and roads below it: not shown on the map.",
        ),
    ]


def _figures(atlas: Atlas, found: Water) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    last = found.stages[0]
    if not found.screened:
        return ()
    return (
        Figure(
            page=FILE,
            name=atlas.say(
                f"高出河道不足 {last:g} m 的土地（筛查）", f"Land less than {last:g} m above a river (screening)"
            ),
            value=float(np.round(found.areas[f"km2_{last:g}"].sum())),
            unit="km²",
            clause=clauses_of(atlas, asked.floods),
            items=links_of(atlas).known(asked.floods),
            method=_method(atlas, found),
            evidence=atlas.terrain_evidence,
        ),
    )
