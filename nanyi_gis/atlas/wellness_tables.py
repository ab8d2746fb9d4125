"""What the page of wellness works out once for both languages, and the tables beside its map."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import plan as plan_room
from .. import targets
from ..climate import load_climate
from ..comfort import load_index
from ..targets import Candidates, Wellness, WellnessRecord, WellnessTour
from ..webmap import Page
from .context import Atlas
from .figures import span_text
from .minutes import minutes_to
from .processing_tables import located_towns
from .proposals import shown_year
from .siting_ground import ground
from .townships import catchment_codes

SEATS, LAND, PLACES = "seats", "land", "places"
"""Names of the candidates: townships at their seats, by their land, and with the plan's points."""

FACILITIES = {"hospital": "county_hospital", "motorway": "motorway_interchange"}
_NEAR_M = 30_000.0  # a stop farther from every township seat has none


class Found(NamedTuple):
    """What the page tells, without words of a language."""

    wellness: Wellness
    tours: list[WellnessTour]
    towns: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    unlocated: tuple[tuple[str, str], ...]
    cores: gpd.GeoDataFrame
    stops: gpd.GeoDataFrame


def asked_of(atlas: Atlas) -> WellnessRecord:
    """Return the record of the page, which is only made with one."""
    return cast(WellnessRecord, targets.wellness_record(atlas.study))


def worked_out(atlas: Atlas) -> Found:
    """Return ranks, tours and the plan's own choice."""
    record, graph = asked_of(atlas), atlas.graphs[shown_year(atlas.graphs)]
    towns = located_towns(atlas)
    towns = towns[[code in (graph.graph.get("townships") or {}) for code in towns.index]]
    towns = _on_the_dem(atlas, towns)
    named = plan_room.wellness_points(atlas.plan)
    points = _on_the_dem(atlas, named[named["located"].astype(bool)].set_index("id").to_crs(towns.crs))
    lost = named[~named["located"].astype(bool)]
    minutes = _town_minutes(atlas, towns)
    stands_for, off = _nearest(points, towns)
    way = record.offset_factor * off / (record.offset_kmh * 1000.0 / 60.0)
    own = minutes.loc[stands_for].set_axis(points.index).add(way / record.middle_factor, axis=0)
    both = gpd.GeoDataFrame(
        pd.concat([frame[["uncertainty_m", "geometry"]] for frame in (towns, points)]), crs=towns.crs
    )
    heights = _land_heights(atlas, towns, record.slope_max)
    flat = heights.notna()
    found = targets.wellness(
        atlas.dem,
        {
            SEATS: Candidates(places=towns, minutes=minutes),
            LAND: Candidates(places=towns[flat], minutes=minutes[flat], heights=heights[flat]),
            PLACES: Candidates(places=both, minutes=pd.concat([minutes, own])),
        },
        record=record,
        climate=load_climate(atlas.study.climate),
        groups=_members(atlas, towns),
        top={SEATS: count_of(atlas, record.towns, 6), LAND: count_of(atlas, record.bases, 3)},
    )
    stops = _stops(atlas, record, towns.crs)
    seats, _ = _nearest(stops, towns)
    nodes = targets.township_nodes(graph, towns.index)
    tours = targets.wellness_tours(
        graph, dict(zip(stops.index, (nodes[seat] for seat in seats), strict=True)), record=record
    )
    cores = plan_room.wellness_cores(atlas.plan)
    unlocated = tuple((str(row.name_zh), str(row.name_en)) for row in lost.itertuples())
    return Found(found, tours, towns, points, unlocated, cores, stops)


def _on_the_dem(atlas: Atlas, places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places whose height the DEM knows."""
    return places[targets.point_heights(atlas.dem, places.geometry).notna()] if len(places) else places


def count_of(atlas: Atlas, number: str, otherwise: int) -> int:
    """Return how many the plan asks for by an item."""
    if not number:
        return otherwise
    quantities = targets.whole_plan(atlas.study).item(number).quantities
    return int(quantities[0].value) if quantities and quantities[0].value else otherwise


def _town_minutes(atlas: Atlas, towns: gpd.GeoDataFrame) -> pd.DataFrame:
    year = shown_year(atlas.graphs)
    return pd.DataFrame(
        {name: minutes_to(atlas, facility)[year].reindex(towns.index) for name, facility in FACILITIES.items()}
    )


def _nearest(points: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> tuple[list[str], "pd.Series[float]"]:
    """Return for each point the code of the nearest township seat, and the metres to it."""
    if points.empty:
        return [], pd.Series(dtype=float)
    away = np.array([towns.geometry.distance(point).to_numpy() for point in points.geometry])
    at = away.argmin(axis=1)
    return [str(towns.index[k]) for k in at], pd.Series(away[np.arange(len(at)), at], index=points.index)


def _land_heights(atlas: Atlas, towns: gpd.GeoDataFrame, slope_max: float) -> "pd.Series[float]":
    """Return the median height of the land of each township that is no steeper than the limit."""
    zones = np.asarray(ground(atlas).zones.values).ravel()
    gentle = np.asarray(atlas.slope.values).ravel() <= slope_max
    heights = np.asarray(atlas.dem.values, dtype=np.float64).ravel()
    kept = gentle & np.isfinite(heights) & (zones > 0)
    medians = pd.Series(heights[kept]).groupby(zones[kept]).median()
    found = {
        code: medians.get(number, np.nan)
        for number, codes in enumerate(catchment_codes(atlas), start=1)
        for code in codes
    }
    return pd.Series(found, dtype=float).reindex(towns.index)


def _members(atlas: Atlas, towns: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """Return the codes of the townships of each of the plan's cores, by the core's number."""
    code_of = dict(zip(towns["name_zh"], towns.index, strict=True))
    cores = plan_room.wellness_cores(atlas.plan)
    return {
        str(row.plan_id): [code_of[name] for name in str(row.townships).split(";") if name in code_of]
        for row in cores.itertuples()
    }


def _stops(atlas: Atlas, record: WellnessRecord, crs: object) -> gpd.GeoDataFrame:
    """Return the places that the tours stop at, by id; without those that have no coordinate, or none here."""
    wanted = list(dict.fromkeys(stop for tour in record.tour for stop in tour.stops))
    places = plan_room.located(atlas.places).set_index("id")
    return places.loc[[stop for stop in wanted if stop in places.index]].to_crs(crs)


# ---- tables ---------------------------------------------------------------------------------------------------------


def towns_title(atlas: Atlas) -> str:
    """Return the title of the table of townships."""
    return atlas.say("各乡镇排名（区间）", "Townships ranked (ranges)")


def add_towns_table(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the townships with their ranks, degrees and minutes."""
    done, towns = found.wellness, found.towns
    ranks = done.ranks[SEATS].table.set_index("place")
    land = done.ranks[LAND].table.set_index("place")
    values = done.values[SEATS].loc[ranks.index]
    cores = _core_of(atlas, found)
    rows = pd.DataFrame(
        {
            "rank": ranks["rank"],
            "town": [_town(atlas, towns, code) for code in ranks.index],
            "core": [cores.get(code, "") for code in ranks.index],
            "range": spans(atlas, ranks["rank_low"], ranks["rank_high"]),
            "top": (100 * ranks["top"]).round(),
            "alike": ranks["alike"],
            "height": atlas.heights(values["height"]).round(-1),
            "july": values["july"].round(1),
            "below": spans(atlas, values["below_city_low"], values["below_city_high"], digits=1),
            "days": spans(atlas, values["hot_days_avoided_low"], values["hot_days_avoided_high"]),
            "hospital": spans(atlas, values["hospital_low"], values["hospital_high"]),
            "motorway": spans(atlas, values["motorway_low"], values["motorway_high"]),
            "land": [
                f"{land.loc[code, 'rank_low']}–{land.loc[code, 'rank_high']}" if code in land.index else "–"
                for code in ranks.index
            ],
            "base": (100 * land["top"].reindex(ranks.index)).round(),
        }
    ).reset_index(drop=True)
    six, three = done.ranks[SEATS].top_places, done.ranks[LAND].top_places
    city = atlas.say(asked_of(atlas).city[0].name_zh, asked_of(atlas).city[0].name)
    page.add_table(
        towns_title(atlas),
        rows,
        columns={
            "rank": atlas.say("名次", "Rank"),
            "town": atlas.say("乡镇", "Township"),
            "core": atlas.say("规划两核", "Plan's core"),
            "range": atlas.say("名次区间", "Ranks"),
            "top": atlas.say(f"前 {six} 概率（%）", f"Among {six} (%)"),
            "alike": atlas.say("分不出先后者", "Not told apart"),
            "height": atlas.say("驻地高程（m）", "Seat (m)"),
            "july": atlas.say("7 月均温（°C）", "July (°C)"),
            "below": atlas.say(f"比{city}低（°C）", f"Below {city} (°C)"),
            "days": atlas.say("少几个高温日", "Hot days avoided"),
            "hospital": atlas.say("到县级医院（分）", "Hospital (min)"),
            "motorway": atlas.say("到高速互通（分）", "Motorway (min)"),
            "land": atlas.say("按土地的名次", "Ranks by land"),
            "base": atlas.say(f"按土地前 {three}（%）", f"By land, first {three} (%)"),
        },
        digits={"rank": 0, "top": 0, "alike": 0, "height": 0, "july": 1, "base": 0},
        note=atlas.say(
            "名次按中心值；区间为 90%。“分不出先后者”：有多少个乡镇与它在九成抽样里分不出先后。"
            "名次相近者不应据此取舍。",
            "Ranks by central values; ranges hold 90 %. Not told apart: how many townships are neither before nor "
            "behind it in nine draws of ten. Do not choose between those.",
        ),
    )


def choices_title(atlas: Atlas) -> str:
    """Return the title of the table of the plan's own choice."""
    return atlas.say("规划点名之处排在哪里", "Where the plan's own choice ranks")


def add_choices_table(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the plan's cores and points with their ranks."""
    done = found.wellness
    ranks, values = done.ranks[PLACES].table.set_index("place"), done.values[PLACES]
    count, places = len(found.towns), len(ranks)
    rows = []
    for core in found.cores.itertuples():
        if core.plan_id in done.groups.index:
            own = done.groups.loc[core.plan_id]
            name = str(getattr(core, atlas.name))
            members = atlas.say("、", ", ").join(_town(atlas, found.towns, code) for code in own["members"])
            rows.append((name, atlas.say("两核", "core"), members, own["rank"], own, count, "–"))
    for point in found.points.itertuples():
        own = ranks.loc[point.Index]
        height = span_text(values.loc[point.Index, "july_low"], values.loc[point.Index, "july_high"], digits=1)
        kind = atlas.say(str(point.listed_in).replace(";", "、"), _lists(str(point.listed_in)))
        where = (
            atlas.say(f"代表点，±{point.uncertainty_m / 1000:g} km", f"stand-in, ±{point.uncertainty_m / 1000:g} km")
            if point.representative
            else f"±{point.uncertainty_m / 1000:g} km"
        )
        rows.append((str(getattr(point, atlas.name)), kind, where, own["rank"], own, places, height))
    table = pd.DataFrame(
        [
            {
                "name": name,
                "kind": kind,
                "where": where,
                "rank": f"{rank:.0f} / {among}",
                "range": f"{own['rank_low']:.0f}–{own['rank_high']:.0f}",
                "july": july,
            }
            for name, kind, where, rank, own, among, july in rows
        ]
    )
    if table.empty:
        return
    page.add_table(
        choices_title(atlas),
        table,
        columns={
            "name": atlas.say("规划点名", "Named by the plan"),
            "kind": atlas.say("名单", "List"),
            "where": atlas.say("位置", "Where"),
            "rank": atlas.say("名次 / 总数", "Rank of"),
            "range": atlas.say("名次区间", "Ranks"),
            "july": atlas.say("7 月均温区间（°C）", "July, range (°C)"),
        },
        sortable=False,
        note=atlas.say(
            f"两核按成员乡镇得分的平均，排在 {count} 个乡镇之中；各点排在乡镇与已定位各点（共 {places} 处）之中。"
            + _unlocated(atlas, found),
            f"Cores by the mean score of their townships, among {count} townships; points among townships and located "
            f"points, {places} in all. " + _unlocated(atlas, found),
        ),
    )


def _unlocated(atlas: Atlas, found: Found) -> str:
    if not found.unlocated:
        return ""
    names = atlas.say("、", ", ").join(atlas.say(*names) for names in found.unlocated)
    return atlas.say(f"{names}没有公开坐标，未排。", f"{names}: no published coordinate, not ranked.")


def _lists(text: str) -> str:
    return text.replace("多点", "points").replace("项目", "projects").replace(";", ", ")


def classes_title(atlas: Atlas) -> str:
    """Return the title of the table of classes."""
    return atlas.say("按国家标准的等级（7 月）", "By the classes of the standard (July)")


def add_classes_table(page: Page, atlas: Atlas, found: Found) -> None:
    """Add how many townships are of each class: the class ranks nothing."""
    record = asked_of(atlas)
    low, high = record.humidity
    counts = found.wellness.classes
    index = load_index(record.index)
    shown = [one for one in index.classes if counts.loc[one.id].sum()]
    rows = pd.DataFrame(
        {
            "class": [atlas.say(one.name_zh, one.name) for one in shown],
            **{name: counts.loc[[one.id for one in shown], name].tolist() for name in ("low", "middle", "high")},
        }
    )
    page.add_table(
        classes_title(atlas),
        rows,
        columns={
            "class": atlas.say("等级", "Class"),
            "low": atlas.say(f"乡镇数，湿度 {100 * low:g}%", f"Townships, humidity {100 * low:g} %"),
            "middle": atlas.say(f"{50 * (low + high):g}%", f"{50 * (low + high):g} %"),
            "high": atlas.say(f"{100 * high:g}%", f"{100 * high:g} %"),
        },
        digits={"low": 0, "middle": 0, "high": 0},
        sortable=False,
        note=atlas.say(
            f"{index.standard} {index.title_zh}；{index.status_zh}。公式与限值据公开程序转引，"
            "未见标准原文；"
            "两县没有公布的相对湿度，三列是假定。",
            f"{index.title}, {index.standard}: {index.status}. Formula and limits as public "
            "programs quote "
            "them; the text was not seen. No humidity is published for the two counties: the columns are assumptions.",
        ),
    )


def tours_title(atlas: Atlas, found: Found) -> str:
    """Return the title of the table of tours."""
    return (
        atlas.say("五条线路：日程与车程", "Five tours: days and hours")
        if len(found.tours) == 5
        else atlas.say("线路：日程与车程", "Tours: days and hours")
    )


def add_tours_table(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the tours with their order, days, kilometres and hours."""
    record = asked_of(atlas)
    low, high = record.minutes_factor
    rows = pd.DataFrame(
        [
            {
                "tour": atlas.say(tour.asked.name_zh, tour.asked.name),
                "order": _order(atlas, found, tour),
                "days": span_text(tour.days_low, tour.days_high),
                "hours": span_text(low * tour.minutes / 60.0, high * tour.minutes / 60.0, digits=1),
                "km": round(tour.km),
            }
            for tour in found.tours
        ]
    )
    rule, lost = record.tour_rule, len(record.tour) - len(found.tours)
    left_out = atlas.say(f"{lost} 条在此路网上走不通，未列。", f"{lost} have no way on these roads. ") if lost else ""
    page.add_table(
        tours_title(atlas, found),
        rows,
        columns={
            "tour": atlas.say("线路（建议）", "Tour (ours)"),
            "order": atlas.say("顺序（｜为过夜）", "Order (| is a night)"),
            "days": atlas.say("天数", "Days"),
            "hours": atlas.say("车程（小时）", "Driving (h)"),
            "km": atlas.say("里程（km，示意路网）", "km (schematic)"),
        },
        digits={"km": 0},
        sortable=False,
        note=atlas.say(
            f"各停靠点之间的最短环线（精确）；每天开车不超过 {rule.drive_hours:g} 小时、连停留不超过 "
            f"{rule.day_hours:g} 小时，"
            f"每处停 {rule.stay_hours:g} 小时（假定）。{left_out}停靠点按最近乡镇驻地上路；里程是示意路网的，实"
            "际平均长约"
            "五分之一。",
            f"The shortest round trip over the stops (exact); at most {rule.drive_hours:g} h of driving and "
            f"{rule.day_hours:g} h in all a day, {rule.stay_hours:g} h at each place (assumed). {left_out}Stops "
            "join the "
            "road at the "
            "nearest township seat; true roads are longer than the schematic ones by a fifth on average.",
        ),
    )


def _order(atlas: Atlas, found: Found, tour: WellnessTour) -> str:
    legs = list(tour.legs.itertuples())
    parts, day = [_stop_names(atlas, found, legs[0].start)], 1
    for leg in legs:
        parts.append(atlas.say(" ｜ ", " | ") if leg.day != day else " → ")
        parts.append(_stop_names(atlas, found, leg.end))
        day = leg.day
    return "".join(parts)


def _stop_names(atlas: Atlas, found: Found, stops: Sequence[str]) -> str:
    names = [str(found.stops.loc[stop, atlas.name] or found.stops.loc[stop, "name_zh"]) for stop in stops]
    return atlas.say("、", ", ").join(dict.fromkeys(names))


def spans(atlas: Atlas, low: "pd.Series[float]", high: "pd.Series[float]", *, digits: int = 0) -> list[str]:
    """Return ranges for readers, one a row, with a word between the ends of one below zero; a dash without an end."""
    to = atlas.say(" 至 ", " to ")
    rounded = zip(low.round(digits) + 0.0, high.round(digits) + 0.0, strict=True)  # no minus before a zero
    return [_span(a, b, to if a < 0 else "–", digits) if np.isfinite([a, b]).all() else "–" for a, b in rounded]


def _span(low: float, high: float, to: str, digits: int) -> str:
    return to.join(dict.fromkeys(f"{end:.{digits}f}" for end in (low, high)))


def _core_of(atlas: Atlas, found: Found) -> dict[str, str]:
    names = {str(core.plan_id): str(getattr(core, atlas.name)) for core in found.cores.itertuples()}
    return {code: names[str(group)] for group, members in found.wellness.groups["members"].items() for code in members}


def _town(atlas: Atlas, towns: gpd.GeoDataFrame, code: str) -> str:
    return str(towns.loc[code, atlas.name] or towns.loc[code, "name_zh"])
