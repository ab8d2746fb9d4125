"""The page of wellness: where it is cool and near at once, with the probability of each rank, and tours."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import targets
from ...comfort import load_index
from ...targets import WellnessTour
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..proposals import NO_RECORD, add_plan, clauses_of, item_of, shown_year, year_note
from ..scenarios import lacks_access, network_note
from ..township_shares import add_township_shares
from ..townships import catchment_areas, catchment_codes
from ..wellness_tables import (
    LAND,
    SEATS,
    Found,
    add_choices_table,
    add_classes_table,
    add_tours_table,
    add_towns_table,
    asked_of,
    choices_title,
    spans,
    worked_out,
)

FILE = "wellness.html"
NO_CLIMATE = ("研究区未设气候", "the study names no climate")
_CHANCES = ((0.75, "#00441b"), (0.5, "#2a924a"), (0.25, "#7bc87c"), (0.05, "#ccebc5"), (0.0, "#ffffff"))
_SHARES = tuple((100 * low, colour) for low, colour in _CHANCES)
_TOURS = ("#B8C0C8", "#D55E00", "#0072B2", "#8A5A00", "#20313F")
_CORE, _POINT = "#009E73", "#6A3D9A"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if targets.wellness_record(atlas.study) is None else lacks_access(atlas)
    lacks = lacks or (NO_CLIMATE if atlas.study.climate is None else None)
    return [Entry(file=FILE, zh="避暑康养", en="Wellness", group="wellness", order=40, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.wellness_record(atlas.study)
    return [] if asked is None else [(number, FILE) for number in targets.items_of(asked)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    return [wellness_page(atlas, atlas.once((FILE, "found"), lambda: worked_out(atlas)))]


def wellness_page(atlas: Atlas, found: Found) -> AtlasPage:
    """Return the page of what is worked out."""
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "哪里又凉又近：乡镇与规划点名之处的名次及其概率（模型结果）",
            "Cool and near at once: ranks and how sure they are (modelled)",
        ),
        sources=[_climate_note(atlas), network_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("视图", "View")
    page.add_switch(group, [_add_seats(page, atlas, found, group=group), _add_land(page, atlas, found, group=group)])
    _add_cores(page, atlas, found)
    _add_tours(page, atlas, found)
    _add_points(page, atlas, found)
    add_plan(page, atlas, _quoted(atlas), ours=_ours(atlas, found))
    page.add_text(atlas.say("公开资料不能回答的", "What open data cannot tell"), _unknown(atlas))
    add_choices_table(page, atlas, found)
    add_towns_table(page, atlas, found)
    add_classes_table(page, atlas, found)
    if found.tours:
        add_tours_table(page, atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "按标准几乎处处“舒适”，等级排不出名次；按比城市低几度、少几个高温日、离医院和互通多远排名，并给出名"
            "次的区间与概率。",
            "By the standard nearly every place is comfortable, so the class ranks nothing: ranks by degrees below the "
            "city, hot days avoided and minutes to hospital and motorway, with their ranges and probabilities.",
        ),
        page=page,
        thumbnail=small_picture(atlas, points=[(atlas.coarsened(found.towns).geometry, _CORE)]),
        figures=_figures(atlas, found),
        main_table=choices_title(atlas) if len(found.points) or len(found.wellness.groups) else "",
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_seats(page: Page, atlas: Atlas, found: Found, *, group: str) -> str:
    """Add the townships as dots by their probability of being among the first."""
    ranks = found.wellness.ranks[SEATS]
    table = ranks.table.set_index("place").loc[found.towns.index]
    values = found.wellness.values[SEATS]
    name = atlas.say(f"前 {ranks.top_places} 的概率", f"Among the first {ranks.top_places}")
    state = [next(f"{low:g}" for low, _ in _CHANCES if chance >= low) for chance in table["top"]]
    shown = found.towns.assign(
        shown_class=state,
        percent=(100 * table["top"]).round(),
        ranks=[f"{a}–{b}" for a, b in zip(table["rank_low"], table["rank_high"], strict=True)],
        july=values["july"].round(1),
        below=spans(atlas, values["below_city_low"], values["below_city_high"], digits=1),
        hospital=spans(atlas, values["hospital_low"], values["hospital_high"]),
        motorway=spans(atlas, values["motorway_low"], values["motorway_high"]),
        evidence="modelled",
    )
    tops = [1.0, *(low for low, _ in _CHANCES[:-1])]
    page.add_points(
        name,
        atlas.coarsened(shown),
        radius=7,
        label=atlas.name,
        labels=True,
        popup=[
            ("name_zh", atlas.say("乡镇", "Township")),
            ("percent", atlas.say("概率（%）", "Probability (%)"), 0),
            ("ranks", atlas.say("名次区间", "Ranks")),
            ("july", atlas.say("7 月均温（°C）", "July (°C)"), 1),
            ("below", atlas.say("比城市低（°C）", "Below the city (°C)")),
            ("hospital", atlas.say("到县级医院（分）", "Hospital (min)")),
            ("motorway", atlas.say("到高速互通（分）", "Motorway (min)")),
        ],
        style_by="shown_class",
        styles={
            f"{low:g}": {
                "color": colour,
                "radius": 7,
                "casing": "#20313f",
                "label": f"{100 * low:g}–{100 * top:g} %",
            }
            for (low, colour), top in zip(_CHANCES, tops, strict=True)
            if f"{low:g}" in set(state)
        },
        group=group,
        exclusive=True,
        legend_title=atlas.say(
            f"乡镇驻地排进前 {ranks.top_places} 的概率（模型）",
            f"Seat among the first {ranks.top_places}: probability (modelled)",
        ),
        key="seats_first",
    )
    return name


def _add_land(page: Page, atlas: Atlas, found: Found, *, group: str) -> str:
    """Add the land of the townships by its probability of being among the first."""
    ranks = found.wellness.ranks[LAND]
    table = ranks.table.set_index("place")
    name = atlas.say(f"按土地：前 {ranks.top_places}", f"By land: first {ranks.top_places}")
    chances = [max((table["top"].get(code, 0.0) for code in codes), default=0.0) for codes in catchment_codes(atlas)]
    add_township_shares(
        page,
        atlas,
        name,
        catchment_areas(atlas),
        100.0 * np.asarray(chances, dtype=np.float64),
        shades=_SHARES,
        popup=[("percent", atlas.say("概率（%）", "Probability (%)"), 0)],
        group=group,
        exclusive=True,
        shown=False,
        key="land_first",
    )
    return name


def _add_cores(page: Page, atlas: Atlas, found: Found) -> None:
    if found.cores.empty:
        return
    page.add_polygons(
        atlas.say("规划两核（示意）", "The plan's cores (schematic)"),
        atlas.coarsened(found.cores),
        color=_CORE,
        fill=_CORE,
        fill_opacity=0.08,
        dash="6 4",
        label=atlas.name,
        popup=[(atlas.name, atlas.say("核", "Core"))],
        group=_plan_group(atlas),
        key="cores",
    )


def _add_points(page: Page, atlas: Atlas, found: Found) -> None:
    if found.points.empty:
        return
    name = atlas.say("规划康养点", "The plan's points")
    page.add_points(
        name,
        atlas.coarsened(found.points.assign(shown_class="point")),
        color=_POINT,
        radius=8,
        shape="star",
        label=atlas.name,
        popup=[(atlas.name, atlas.say("规划点名", "Named by the plan"))],
        style_by="shown_class",
        styles={"point": {"color": _POINT, "radius": 8, "shape": "star", "label": name}},
        uncertainty="uncertainty_m",
        group=_plan_group(atlas),
        shown=False,  # most stand at a township's seat, whose colour they would hide
        key="points",
    )


def _add_tours(page: Page, atlas: Atlas, found: Found) -> None:
    if not found.tours:
        return
    frames = [
        tour.legs[["geometry", "day", "minutes", "km"]].assign(
            tour=tour.asked.id,
            name=atlas.say(tour.asked.name_zh, tour.asked.name),
            minutes=(asked_of(atlas).middle_factor * tour.legs["minutes"]).round(),
            km=tour.legs["km"].round(),
            evidence="schematic",
        )
        for tour in _longest_first(found)
    ]
    legs: Any = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=frames[0].crs)
    page.add_lines(
        atlas.say("线路（建议，示意路网）", "Tours (ours, schematic)"),
        atlas.coarsened(legs),
        popup=[
            ("name", atlas.say("线路", "Tour")),
            ("day", atlas.say("第几天", "Day"), 0),
            ("minutes", atlas.say("车程（分）", "Drive (min)"), 0),
            ("km", "km", 0),
        ],
        style_by="tour",
        styles={
            tour.asked.id: {
                "color": colour,
                "weight": max(9 - 2 * place, 2),  # tours on one road are seen beside each other, the longest widest
                "label": atlas.say(tour.asked.name_zh, tour.asked.name),
            }
            for place, (tour, colour) in enumerate(zip(_longest_first(found), _TOURS * 3, strict=False))
        },
        group=atlas.say("线路", "Tours"),
        shown=False,
        evidence="schematic",
        key="tours",
    )


def _longest_first(found: Found) -> list[WellnessTour]:
    return sorted(found.tours, key=lambda tour: -tour.km)


def _plan_group(atlas: Atlas) -> str:
    return atlas.say("规划点名", "Named by the plan")


# ---- the panels -----------------------------------------------------------------------------------------------------


def _quoted(atlas: Atlas) -> list[str]:
    """Return the items of the page, of those with one sentence of the plan the first."""
    numbers = targets.items_of(asked_of(atlas))
    quotes = {item_of(atlas, number).quote: number for number in reversed(numbers)}
    return [number for number in numbers if number in set(quotes.values())]


def _climate_note(atlas: Atlas) -> str:
    asked = asked_of(atlas)
    cities = atlas.say("、", ", ").join(
        atlas.say(
            f"{city.name_zh} {city.july:g} °C（±{2 * city.sd:g}）", f"{city.name} {city.july:g} °C (±{2 * city.sd:g})"
        )
        for city in asked.city
    )
    return atlas.say(
        f"气候：两站锚定的直减率模型（误差随每次抽样变动）；城市 7 月均温：{cities}，公开转载值，把握中等",
        f"Climate: lapse rates from two stations, drawn within their errors; July in cities: {cities}, "
        "published copies, "
        "medium confidence",
    )


def _ours(atlas: Atlas, found: Found) -> list[str]:
    asked, done = asked_of(atlas), found.wellness
    index = load_index(asked.index)
    fine = [one.id for one in index.classes if one.comfortable]
    counts = [int(done.classes.loc[fine, name].sum()) for name in ("high", "low")]
    towns = len(found.towns)
    above = [metres for metres in done.comfortable_from.values() if np.isfinite(metres)]
    level = f"{max(above):.0f}" if above else "–"
    weights = atlas.say("、", ", ").join(f"{100 * one.weight:g} %" for one in asked.criterion)
    low, high = asked.minutes_factor
    year = year_note(atlas, shown_year(atlas.graphs))
    best = done.ranks[SEATS].table.iloc[0]
    first = str(found.towns.loc[best["place"], atlas.name] or found.towns.loc[best["place"], "name_zh"])
    return [
        atlas.say(
            f"按{index.standard}的{index.title_zh}，7 月 {towns} 个乡镇驻地中有 {counts[0]}–{counts[1]} 个“舒适”"
            f"（随假定湿度变动），中等湿度下约 {level} m 以上全部舒适：等级排不出名次。",
            f"By the {index.title.lower()} of {index.standard}, {counts[0]} to {counts[1]} of {towns} township "
            "seats are "
            f"comfortable in July (by the humidity assumed), and at the middle humidity all above some {level} m: the "
            "class ranks nothing.",
        ),
        atlas.say(
            f"所以按连续值排：比{asked.city[0].name_zh}低几度、少几个高温日、到高速互通、到县级医院，权重 {weights}，"
            "几何平均（又凉又近才靠前）。换一个城市，各地同增同减，名次几乎不变。权重是本页的假定，抽样时随机变动。",
            f"So the order is by degrees below {asked.city[0].name}, hot days avoided, minutes to a motorway "
            "and to a county "
            f"hospital, weights {weights}, as a geometric mean: a place must be cool and near at once. Another "
            "city moves "
            "all places alike. The weights are ours and are drawn around these.",
        ),
        atlas.say(
            f"名次概率来自 {asked.samples} 次抽样：气候（站值、直减率、局地离散）、地点（坐标误差带来的高程差）"
            "、地形误差、"
            f"车程（乘 {low:g}–{high:g}，各地再 ±{200 * asked.minutes_sd_share:g} %）、权重。"
            f"居首的{first}在九成抽样里名列 {best['rank_low']}–{best['rank_high']}。{year}",
            f"Probabilities are of {asked.samples} draws: climate (stations, lapse, scatter), place (the height "
            "that its "
            f"uncertainty leaves open), terrain, minutes (times {low:g} to {high:g}, each "
            f"±{200 * asked.minutes_sd_share:g} %) "
            f"and weights. {first} comes first; in nine draws of ten its rank is {best['rank_low']} to "
            f"{best['rank_high']}. {year}",
        ),
        atlas.say(
            "“按驻地”是乡镇政府所在地，多在河谷；康养基地多半建在更高处，所以另给“按土地”：该乡镇片区缓坡地的中位高程"
            f"（坡度 {asked.slope_max:g}° 以下），车程仍按驻地，偏少。",
            f"Seats mostly lie in valleys, and a base may well stand higher: “by land” takes the median height of a "
            f"township's land below {asked.slope_max:g}°, with the minutes of its seat, which are too few.",
        ),
        atlas.say(
            "高温日（日最高 ≥35 °C）由 7 月均温推算：日最高气温按正态分布，均值高出月均温 "
            f"{asked.hot_gap[0]:g}–{asked.hot_gap[1]:g} °C、标准差 {asked.hot_sd[0]:g}–{asked.hot_sd[1]:g} °C（"
            "假定，把握低），"
            "只宜比较，不宜当天数用。",
            "Hot days (35 °C and more) follow from the mean of July: daily maxima are normal, "
            f"{asked.hot_gap[0]:g} to {asked.hot_gap[1]:g} °C above it with a spread of {asked.hot_sd[0]:g} to "
            f"{asked.hot_sd[1]:g} °C (assumed, low confidence); good for comparing places, not as a count.",
        ),
    ]


def _unknown(atlas: Atlas) -> list[str]:
    return [
        atlas.say(
            "相对湿度、雾日、夜间最低气温、风、日照：两县各乡镇都没有公布值，因此雾与冷夜没有扣分，风效指数与度"
            "假气候指数没有算；"
            "有资料时制图单位可以补算。",
            "Humidity, fog, cold nights, wind and sunshine are not published by township: fog and cold nights "
            "take nothing "
            "off, and the wind effect index and the holiday climate index are not worked out. With data, they can be.",
        ),
        atlas.say(
            "急救站点没有公开位置，急救按到县级医院的车程计；医疗次中心建成后会变。",
            "Emergency stations have no published place: emergency is counted by the minutes to a county "
            "hospital, which "
            "the medical sub-centres will change.",
        ),
        atlas.say(
            "规划的 3 个基地、5 条线路、6 个小镇都没有点名；床位、产值（200 亿元）、游客量没有公开数据，未核。",
            "The plan names none of its bases, routes and towns; beds, visitors and the output asked for have "
            "no published "
            "figures and are not checked.",
        ),
        atlas.say(
            "气象站只有两处，都在河谷；山上的气温是推算，山谷逆温、坡向和林内小气候不在其中。",
            "There are two weather stations, both in valleys: mountain temperatures are worked out, without "
            "inversions, "
            "aspect or the air of forests.",
        ),
    ]


def _figures(atlas: Atlas, found: Found) -> tuple[Figure, ...]:
    asked, done = asked_of(atlas), found.wellness
    index = load_index(asked.index)
    fine = [one.id for one in index.classes if one.comfortable]
    towns = links_of(atlas).known([asked.towns])
    figures = [
        Figure(
            page=FILE,
            name=atlas.say("7 月“舒适”的乡镇驻地（中等湿度）", "Township seats comfortable in July (middle humidity)"),
            value=float(done.classes.loc[fine, "middle"].sum()),
            unit=atlas.say("个", "seats"),
            clause=clauses_of(atlas, towns),
            method=f"{index.standard}",
            evidence="modelled",
            items=towns,
        )
    ]
    for core in found.cores.itertuples():
        known = links_of(atlas).known([str(core.plan_id)])
        if core.plan_id in done.groups.index and known:
            own = done.groups.loc[core.plan_id]
            figures.append(
                Figure(
                    page=FILE,
                    name=atlas.say(f"{core.name_zh}在乡镇中的名次", f"{core.name_en}: rank among townships"),
                    value=float(own["rank"]),
                    unit="",
                    clause=clauses_of(atlas, known),
                    method=atlas.say("成员乡镇得分的平均，抽样", "mean score of its townships, draws"),
                    evidence="modelled",
                    items=known,
                    low=float(own["rank_low"]),
                    high=float(own["rank_high"]),
                )
            )
    return tuple(figures)
