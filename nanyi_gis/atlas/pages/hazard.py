"""The page of hazards and shelters: assumed soil, an order of the land, closed roads, a list of shelters."""

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from ... import targets
from ...colours import Colour
from ...hazard import SHELTER_KINDS, Coverage, shelter_coverage
from ...io import like
from ...targets import HazardRecord, Hazards
from ...units import wanmu_to_km2
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure, span_text
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, shell, small_picture
from ..proposals import add_plan, add_towns, clauses_of, item_of, minutes_text, shown_year, year_note
from ..scenarios import lacks_access, network_note
from ..siting_ground import ground, land_note, people_by_cell

FILE = "hazard.html"
NO_RECORD = ("研究区未设灾害与避难参数", "the study has no record of hazards (systems/hazard.toml)")
LISTS = ("shelters", "避难场所", "应急避难场所")
"""Names of a user's own layer that is taken as the list of shelters."""
_EDGES = (0.1, 0.5, 0.9)
_SHARES: dict[int, Colour] = {1: (214, 222, 206), 2: (246, 214, 120), 3: (217, 130, 60), 4: (140, 40, 40)}
_PLACES: dict[int, Colour] = {1: (110, 20, 70), 2: (196, 90, 120), 3: (235, 190, 170), 4: (226, 228, 220)}
_CLOSED = "#C8102E"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if targets.hazard_record(atlas.study) is None else lacks_access(atlas)
    return [Entry(file=FILE, zh="灾害与避难", en="Hazard and shelters", group="safeguards", order=30, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.hazard_record(atlas.study)
    return [] if asked is None else [(number, FILE) for number in targets.items_of(asked)]


def _asked(atlas: Atlas) -> HazardRecord:
    """Return the record of the page, which is only made with one."""
    return cast(HazardRecord, atlas.once((FILE, "record"), lambda: targets.hazard_record(atlas.study)))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "found"), lambda: _found(atlas))
    coverage = atlas.once((FILE, "coverage"), lambda: _coverage(atlas))
    return [hazard_page(atlas, found, coverage)]


def _found(atlas: Atlas) -> Hazards:
    asked, land = _asked(atlas), ground(atlas)
    towns = targets.townships(atlas.study)
    population = targets.township_population(study=atlas.study) if atlas.people is None else atlas.people
    use = targets.study_use(asked.use, study=atlas.study)
    return targets.hazards(
        atlas.dem,
        record=asked,
        use=use,
        climate=targets.study_climate(atlas.study, [use]),
        inside=atlas.zones,
        zones=land.zones,
        zone_towns=land.codes,
        people=people_by_cell(atlas, asked.slope_max),
        graph=atlas.graphs[shown_year(atlas.graphs)],
        towns=towns.index[towns.geometry.notna()],
        population=population["population"],
    )


def _coverage(atlas: Atlas) -> Coverage | None:
    """Return what the user's own list of shelters covers; None without one."""
    lists = [atlas.extra[name] for name in LISTS if name in atlas.extra]
    points = [frame[frame.geom_type == "Point"].to_crs(atlas.dem.rio.crs) for frame in lists]
    points = [frame for frame in points if len(frame)]
    if not points:
        return None
    asked = _asked(atlas)
    return shelter_coverage(
        atlas.dem,
        gpd.GeoDataFrame(pd.concat(points, ignore_index=True), crs=points[0].crs),
        people=people_by_cell(atlas, asked.slope_max),
        zones=ground(atlas).zones,
        minutes=asked.walk_minutes,
    )


def hazard_page(atlas: Atlas, found: Hazards, coverage: Coverage | None) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "边坡在假定土体下的稳定性、次序指数、封路影响与避难场所（均未经验证，不是滑坡概率）",
            "Slopes of assumed soil, an order of the land, closed roads, shelters; not validated, no chance of a slide",
        ),
        sources=[_soil_note(atlas), network_note(atlas), land_note(atlas, asked.slope_max)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("视图", "View")
    views = [_add_fails(page, atlas, found, group=group), _add_order(page, atlas, found, group=group)]
    if len(found.closed):
        views.append(_add_closed(page, atlas, found, group=group))
    page.add_switch(group, views)
    add_plan(page, atlas, targets.items_of(asked), ours=_ours(atlas, found))
    page.add_text(atlas.say("公开资料不能回答的", "What open data cannot tell"), _unknown(atlas))
    if len(found.closed):
        _add_closures_table(page, atlas, found)
    _add_land_table(page, atlas, found)
    _add_shelters(page, atlas, coverage)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "没有滑坡编录：假定土体下各格失稳的抽样占比、易发次序及其稳定程度；最易受影响的道路封闭后谁被隔断；"
            "避难场所名录的覆盖。",
            "Without an inventory of slides: the share of draws of assumed soil in which a cell fails, an order of the "
            "land and how far it stands; who is cut off when the most exposed roads close; what a list of shelters "
            "covers.",
        ),
        page=page,
        thumbnail=small_picture(atlas),
        figures=_figures(atlas, found),
        main_table=_closures_title(atlas) if len(found.closed) else _land_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_fails(page: Page, atlas: Atlas, found: Hazards, *, group: str) -> str:
    name = atlas.say("失稳占比", "Share that fails")
    values = np.asarray(found.fails.values)
    codes = np.where(np.isnan(values), 0, 1 + sum((values >= edge).astype(np.uint8) for edge in _EDGES))
    percent = [f"{100 * edge:g}" for edge in _EDGES]
    labels = {
        1: f"<{percent[0]} %",
        2: f"{percent[0]}–{percent[1]} %",
        3: f"{percent[1]}–{percent[2]} %",
        4: f"≥ {percent[2]} %",
    }
    layer: xr.DataArray = like(found.fails, codes.astype(np.uint8), name="fails").rio.write_nodata(0)
    add_classes(
        page, atlas, name, layer, _SHARES, labels, group=group, opacity=0.7, exclusive=True, key="fails",
        legend_title=atlas.say("失稳的抽样占比（未经验证）", "Share of draws that fail (not validated)"),
    )  # fmt: skip
    return name


def _add_order(page: Page, atlas: Atlas, found: Hazards, *, group: str) -> str:
    name = atlas.say("易发次序", "Order of the land")
    labels = {
        1: atlas.say("最靠前的一成", "the first tenth"),
        2: atlas.say("一成至四分之一", "to a quarter"),
        3: atlas.say("四分之一至一半", "to a half"),
        4: atlas.say("其余", "the rest"),
    }
    there = {code: label for code, label in labels.items() if (found.order.values == code).any()}
    add_classes(
        page, atlas, name, found.order, _PLACES, there, group=group, opacity=0.7, exclusive=True, shown=False,
        key="order", legend_title=atlas.say("次序指数（未经验证）", "Ordinal index (not validated)"),
    )  # fmt: skip
    return name


def _add_closed(page: Page, atlas: Atlas, found: Hazards, *, group: str) -> str:
    """Add the townships by their minutes with the most exposed roads closed, at the middle share."""
    share = _middle(found)
    name = atlas.say(f"封路 {100 * share:g}%", f"{100 * share:g} % closed")
    towns = targets.townships(atlas.study)
    part = found.closed[found.closed["share"] == share].set_index("code")
    placed = towns.loc[[code for code in part.index if code in towns.index]]
    shown = placed.assign(
        minutes=part["after"].reindex(placed.index),
        before_text=[minutes_text(value, atlas) for value in part["before"].reindex(placed.index)],
        after_text=[minutes_text(value, atlas) for value in part["after"].reindex(placed.index)],
    )
    add_towns(
        page, atlas, atlas.coarsened(shown), "minutes", name=name, group=group, key="closed", shown=False,
        title=atlas.say("封路后到县级医院（分）", "To a county hospital with roads closed (min)"),
        popup=[
            ("name_zh", atlas.say("乡镇", "Township")),
            ("before_text", atlas.say("平时（分）", "Before (min)")),
            ("after_text", atlas.say("封路后（分）", "After (min)")),
        ],
    )  # fmt: skip
    return name


def _middle(found: Hazards) -> float:
    shares = found.closed["share"].unique().tolist()
    return float(shares[len(shares) // 2])


# ---- the panels -----------------------------------------------------------------------------------------------------


def _soil_note(atlas: Atlas) -> str:
    soil = _asked(atlas).soil
    parts = {
        "c": (soil.cohesion_kpa, "kN/m²"),
        "φ": (soil.friction_deg, "°"),
        "z": (soil.depth_m, "m"),
        "γ": (soil.unit_weight_kn_m3, "kN/m³"),
    }
    told = ", ".join(f"{sign} {low:g}–{high:g} {unit}" for sign, ((low, high), unit) in parts.items())
    wet = f"{100 * soil.wetness[0]:g}–{100 * soil.wetness[1]:g} %"
    return atlas.say(
        f"土体（假定，未实测）：{told}，地下水占厚度 {wet}；无限边坡（斯肯普顿与德洛里，1957）",
        f"Soil (assumed, not measured): {told}, water over {wet} of the depth; infinite slope (Skempton and DeLory "
        "1957)",
    )


def _ours(atlas: Atlas, found: Hazards) -> list[str]:
    asked, stands = _asked(atlas), found.stability
    side = abs(float(atlas.dem.rio.resolution()[0]))
    error = f"{100 * float(found.fails.attrs.get('standard_error', 0.5 / asked.samples**0.5)):.0f}"
    kept = span_text(100 * stands.kept_low, 100 * stands.kept, "%")
    return [
        atlas.say(
            f"没有滑坡编录，本页没有一项经过验证，也没有一项是滑坡概率。“失稳占比”是 {asked.samples} 次土体与水的抽样中"
            f"安全系数小于 1 的占比（标准误差不超过 {error} 个百分点）；土体区间换一组，占比就会变。",
            f"There is no inventory of slides: nothing here is validated, and nothing is the probability of a slide. "
            f"The share is that of {asked.samples} draws of soil and water with a factor of safety below 1 (standard "
            f"error at most {error} points); other intervals of soil give other shares.",
        ),
        atlas.say(
            f"高程网格 {side:.0f} m 会把陡坡抹平；只有浅层土体滑动一种机制，"
            "不含崩塌、顺层岩体滑动、泥石流、切坡和采空塌陷。",
            f"Cells of {side:.0f} m flatten steep slopes; shallow slips of soil are the one mechanism: no rockfall, "
            "bedding, debris flow, cutting or mine is in it.",
        ),
        atlas.say(
            f"“易发次序”由一组有出处的因子给出（坡度、海拔、降水；岩性、河距、覆被没有图层，未用）。"
            "权重换成另外"
            f" {stands.samples} 组，最靠前的一成里仍有 {kept} 留在其中（低值：二十组中的最差一组左右）；"
            f"与安全系数中位数的秩相关 {found.agreement:.2f}，两者都主要看坡度，不是相互验证。",
            f"The order follows factors with sources (slope, height, rain; there are no layers of rock, "
            f"distance to rivers or cover here). Under {stands.samples} other sets of weights {kept} of the first "
            f"tenth stay in it (low end: about the worst of twenty); its rank correlation with the median factor of "
            f"safety is {found.agreement:.2f}, but both mostly see slope, so neither proves the other.",
        ),
        _closed_words(atlas, found),
    ]


def _closed_words(atlas: Atlas, found: Hazards) -> str:
    if found.closed.empty:
        return atlas.say("没有路网，未算封路。", "There is no network, so no road is closed.")
    prone = f"{100 * _asked(atlas).prone_share:g}"
    year = year_note(atlas, shown_year(atlas.graphs))
    return atlas.say(
        f"封路情景按道路穿过“失稳占比不低于 {prone}%”的土地的长度比例，从高到低封闭，直到占路网总长的一定份额；"
        f"这是压力测试，不是预测，示意路网只知大致走向，看不到切坡、桥和隧道。{year}",
        f"Roads are closed in the order of how much of them crosses land with a share of at least {prone} %, until "
        f"they are a part of the whole length. It is a stress test, not a forecast: the schematic network knows the "
        f"country that a road crosses, not its cuttings, bridges and tunnels. {year}",
    )


def _unknown(atlas: Atlas) -> list[str]:
    asked = _asked(atlas)
    wanted = [item_of(atlas, number) for number in asked.karst]
    area = next((item.total("万亩") for item in wanted if any(q.unit == "万亩" for q in item.quantities)), None)
    karst = "–" if area is None else atlas.say(f"{area:g} 万亩", f"{wanmu_to_km2(area):.0f} km²")
    return [
        atlas.say(
            "地质灾害隐患点名录、已治理数量、监测点位均未公开，规划的 80%、95%、100% 无从核对。",
            "The lists of hidden hazards, of what has been treated and of monitors are not public, so the plan's 80, "
            "95 and 100 % cannot be checked.",
        ),
        atlas.say(
            f"石漠化（规划 {karst}）需要碳酸盐岩分布和土地覆被；没有这两个图层就不算，"
            "本页不在规划数字旁放任何面积。有图层时制图单位可以核算。",
            f"Rocky desertification (the plan: {karst}) needs a map of carbonate rock and land cover; without both "
            "nothing is worked out, and no area of ours stands beside the plan's. With both it can be done.",
        ),
        atlas.say(
            "降雨阈值因地区和雨量站而异，没有本地公布值，不设默认；有滑坡编录和降雨记录时制图单位可以核算。",
            "Thresholds of rain hold for a region and its gauges; none is published for here, so none is assumed. With "
            "an inventory of slides, or a threshold of your own, the makers of the atlas can.",
        ),
    ]


def _closures_title(atlas: Atlas) -> str:
    return atlas.say("封路情景：各乡镇到县级医院", "Roads closed: townships to a county hospital")


def _add_closures_table(page: Page, atlas: Atlas, found: Hazards) -> None:
    towns = targets.townships(atlas.study)
    wide = found.closed.pivot(index="code", columns="share", values="after")
    before = found.closed.groupby("code", sort=False)["before"].first()
    people = found.closed.groupby("code", sort=False)["people"].first()
    shares = [float(share) for share in wide.columns]
    worst = wide[shares[-1]].fillna(np.inf)
    order = worst.sort_values(ascending=False, kind="stable").index
    rows = pd.DataFrame(
        {
            "town": [str(towns.loc[code, atlas.name] or towns.loc[code, "name_zh"]) for code in order],
            "people": people.reindex(order).round(-2).to_numpy(),
            "before": [minutes_text(value, atlas) for value in before.reindex(order)],
            **{f"after_{share:g}": [minutes_text(v, atlas) for v in wide.loc[order, share]] for share in shares},
        }
    )
    closed = found.closed.attrs["closed"]
    told = atlas.say("；", "; ").join(
        atlas.say(
            f"{100 * share:g}%：封 {count} 段 {km:.0f} km", f"{100 * share:g} %: {count} roads, {km:.0f} km closed"
        )
        for share, (count, km) in closed.items()
    )
    page.add_table(
        _closures_title(atlas),
        rows,
        columns={
            "town": atlas.say("乡镇", "Township"),
            "people": atlas.say("人口（估算）", "People (estimate)"),
            "before": atlas.say("平时（分）", "Before (min)"),
            **{
                f"after_{share:g}": atlas.say(f"封 {100 * share:g}%（分）", f"{100 * share:g} % closed (min)")
                for share in shares
            },
        },
        digits={"people": 0},
        note=atlas.say(
            f"{told}。“不可达”即被隔断。示意路网，压力测试。",
            f"{told}. “No way” is cut off. A schematic network; a stress test.",
        ),
    )


def _land_title(atlas: Atlas) -> str:
    return atlas.say("各乡镇：失稳占比高的土地", "By township: land that fails in most draws")


def _add_land_table(page: Page, atlas: Atlas, found: Hazards) -> None:
    land, table = ground(atlas), found.land[found.land["km2"] > 0]
    table = table.sort_values("prone_km2", ascending=False, kind="stable")
    rows = pd.DataFrame(
        {
            "town": [land.name(atlas, str(code)) for code in table.index],
            "prone": (100 * table["prone_km2"] / table["km2"]).to_numpy(),
            "first": (100 * table["first_km2"] / table["km2"]).to_numpy(),
        }
    )
    page.add_table(
        _land_title(atlas),
        rows,
        columns={
            "town": atlas.say("乡镇片区", "Township"),
            "prone": atlas.say("失稳占比过半的土地（%）", "Land failing in half the draws (%)"),
            "first": atlas.say("次序最靠前一成的土地（%）", "Land of the first tenth (%)"),
        },
        digits={"prone": 0, "first": 0},
        note=atlas.say(
            "片区按最近的乡镇驻地划分，不是行政界线。未经验证。",
            "Townships are the land nearest to a seat, not their borders. Not validated.",
        ),
    )


def _add_shelters(page: Page, atlas: Atlas, coverage: Coverage | None) -> None:
    title = atlas.say("避难场所名录覆盖了什么", "What the list of shelters covers")
    if coverage is None:
        names = "或".join(LISTS[1:])
        page.add_text(
            title,
            [
                atlas.say(
                    f"没有避难场所名录：规划的县乡全覆盖与村级 80% 无从核对，一处也不计。"
                    f"把名录作为自有图层（{names}）"
                    "加入即可核算步行覆盖、每处人数与人均面积；从零算起至少要几处，见“应急避难”页。",
                    f"No list of shelters is known: the plan's full cover of townships and its 80 % of villages cannot "
                    f"be checked, and none counts. Give the list as a layer of your own (named {LISTS[0]}) for "
                    "the walk, the people of each and m² a person; how few would do is on the page of shelters.",
                ),
                _kinds_words(atlas),
            ],
        )
        return
    asked = _asked(atlas)
    last = coverage.limits[-1]
    have, of = coverage.zones_with
    page.add_text(
        title,
        [
            atlas.say(
                f"名录 {len(coverage.shelters)} 处：{of} 个乡镇片区中 {have} 个有（规划 100%）；"
                f"{last:g} 分钟内步行可达人口 {100 * coverage.share(last):.0f}%（规划按村 80%，此处按人口）。",
                f"The list has {len(coverage.shelters)}: {have} of {of} townships have one (the plan: all); "
                f"{100 * coverage.share(last):.0f} % of the people walk to one within {last:g} minutes (the plan: 80 % "
                "of the villages; here by people).",
            ),
            _kinds_words(atlas),
        ],
    )
    land = ground(atlas)
    table = coverage.zones.iloc[:-1].assign(code=[*land.codes])
    table = table[table["code"] != ""]
    rows = pd.DataFrame(
        {
            "town": [land.name(atlas, str(code)) for code in table["code"]],
            "shelters": table["shelters"].to_numpy(),
            **{
                f"within_{limit:g}": (100 * table[f"people_{limit:g}"] / table["people"].where(table["people"] > 0))
                .fillna(0.0)
                .to_numpy()
                for limit in asked.walk_minutes
            },
        }
    )
    page.add_table(
        atlas.say("名录覆盖：各乡镇", "Cover of the list by township"),
        rows,
        columns={
            "town": atlas.say("乡镇片区", "Township"),
            "shelters": atlas.say("处", "Shelters"),
            **{
                f"within_{limit:g}": atlas.say(f"{limit:g} 分内（%）", f"within {limit:g} min (%)")
                for limit in asked.walk_minutes
            },
        },
        digits={"shelters": 0, **{f"within_{limit:g}": 0 for limit in asked.walk_minutes}},
    )


def _kinds_words(atlas: Atlas) -> str:
    told = atlas.say("、", ", ").join(
        f"{atlas.say(kind.zh, name)} {kind.m2_per_person:g}" for name, kind in SHELTER_KINDS.items()
    )
    return atlas.say(
        f"人均有效面积（m²，按 GB 51143 整理，非原文，须核对）：{told}。",
        f"Effective m² a person (after GB 51143, compiled, not quoted; check it): {told}.",
    )


def _figures(atlas: Atlas, found: Hazards) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    figures = [
        Figure(
            page=FILE,
            name=atlas.say("次序最靠前一成在其他权重下的保留", "First tenth of the order that other weights keep"),
            value=round(100 * found.stability.kept, 1),
            low=round(100 * found.stability.kept_low, 1),
            high=round(100 * found.stability.kept, 1),
            unit="%",
            clause="",
            method=_soil_note(atlas),
            evidence="modelled",
        )
    ]
    for share, table in found.closed.groupby("share") if len(found.closed) else []:
        figures.append(
            Figure(
                page=FILE,
                name=atlas.say(
                    f"最易受影响的 {100 * float(str(share)):g}% 道路封闭后被隔断的乡镇",
                    f"Townships cut off with the most exposed {100 * float(str(share)):g} % of the roads closed",
                ),
                value=float(table["cut_off"].sum()),
                unit=atlas.say("个", ""),
                clause=clauses_of(atlas, [asked.teams] if asked.teams else []),
                items=links_of(atlas).known([asked.teams]) if asked.teams else (),
                method=network_note(atlas),
                evidence="modelled",
            )
        )
    return tuple(figures)
