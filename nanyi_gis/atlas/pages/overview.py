"""The overview: relief, bands, counties, neighbours, river, places, clusters, corridors."""

from urllib.parse import quote

import geopandas as gpd
import pandas as pd

from ... import plan as plan_room
from ...units import km2_to_wanmu
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..imagery import coloured
from ..links import clause_text, with_items
from ..own_layers import add_own_layers
from ..page import AtlasPage, add_boundaries, add_classes, add_heights, add_relief, shell, small_picture
from ..places import KINDS, heights, unlocated_table
from ..scenarios import add_state

ENTRY = Entry(file="overview.html", zh="总览", en="Overview", order=0)

STATUS = {
    "open": ("已通车", "open", None),
    "construction": ("在建", "under construction", "9 5"),
    "planned": ("规划", "planned", "2 6"),
    "unknown": ("未查明", "not known", "1 5"),
}
MODES: dict[str, tuple[str, str, str, float]] = {
    "rail": ("铁路", "Railways", "#101010", 2.6),
    "motorway": ("高速公路", "Motorways", "#e09020", 3.0),
    "red_road": ("红色旅游路", "Red-tourism roads", "#c02040", 2.4),
    "road": ("其他公路", "Other roads", "#8090a0", 1.4),
}


AREAS: dict[str, tuple[str, str, str, str, float]] = {
    # key: Chinese, English, outline, fill, its opacity
    "liquor": ("酱酒组团（示意）", "Liquor clusters (schematic)", "#D55E00", "#E69F00", 0.25),
    "wellness": ("康养两核（示意）", "Wellness cores (schematic)", "#009E73", "#009E73", 0.18),
}
AREA_DASH = "6 4"
"""Planned areas as they are named and drawn, on pages and in the files for others."""

_FIGURES = ("G-02", "R-00c", "L-00a", "L-01", "L-15", "W-00d", "F-13", "F-14", "I-15")  # items, where the plan has them


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the overview page."""
    page = shell(
        atlas,
        file=ENTRY.file,
        subtitle=atlas.say(atlas.study.subtitle_zh, atlas.study.subtitle_en) or atlas.study.title(atlas.lang),
        legend_open=False,
    )
    add_relief(page, atlas)
    palette = atlas.band_palette
    bands = add_classes(
        page,
        atlas,
        atlas.say("高程分带", "Elevation bands"),
        atlas.bands,
        palette,
        {code: f"{label} m" for code, label in enumerate(atlas.bands.attrs["labels"], start=1)},
        group=atlas.say("地形", "Terrain"),
        opacity=0.65,
        shown=False,
        key="bands",
    )
    add_boundaries(page, atlas)
    add_areas(page, atlas)
    add_corridors(page, atlas)
    add_places(page, atlas, atlas.located)
    add_own_layers(page, atlas)
    add_heights(page, atlas)

    if len(atlas.corridors):
        add_state(page, atlas)
    figures = _figures(atlas)
    page.add_table(
        atlas.say("关键数字", "Key figures"),
        _figure_table(atlas, figures),
        items=None
        if page.cards is None
        else {atlas.say("条款或方法", "Clause or method"): [[(key, f.clause) for key in f.items] for f in figures]},
        sortable=False,
        note=atlas.say("规划数字注明条款；其余为计算值。", "Plan figures carry their clause; the others are computed."),
    )
    unlocated = unlocated_table(atlas)
    if len(unlocated):
        page.add_table(
            atlas.say("未定位项目", "Places without a location"),
            unlocated,
            hints=unlocated.attrs["hints"],
            note=atlas.say("没有可靠坐标，图上不画。", "No reliable coordinate is known; they are drawn nowhere."),
        )
    picture = small_picture(
        atlas,
        (coloured(bands, palette, opacity=0.25), bands.bounds),
        lines=[(atlas.corridors.geometry, "#B5562B", 1), (atlas.study.frontage.geometry, "#0072B2", 2)],
        points=[(plan_room.of_kind(atlas.located, "red_site").geometry, "#C8102E")],
    )
    return [
        AtlasPage(
            file=ENTRY.file,
            title=page.title,
            summary=_summary(atlas),
            page=page,
            thumbnail=picture,
            figures=figures,
            key=True,
        )
    ]


def _summary(atlas: Atlas) -> str:
    """Name what the map shows, as far as the study has it."""
    kinds = {kind for given in atlas.located["kind"] for kind in given}
    parts = [atlas.say("地形", "relief"), atlas.say("县界", "counties")]
    parts += [atlas.river] if len(atlas.study.frontage) else []
    parts += [
        atlas.say(zh, en)
        for kind, zh, en in (
            ("township", "乡镇", "townships"),
            ("red_site", "红色遗址", "Long March sites"),
            ("distillery", "酒企", "distilleries"),
            ("wellness", "康养点", "wellness places"),
        )
        if kind in kinds
    ]
    parts += [atlas.say("酱酒组团", "liquor clusters")] if len(plan_room.liquor_clusters(atlas.plan)) else []
    parts += [atlas.say("交通走廊", "transport corridors")] if len(atlas.corridors) else []
    parts += [atlas.say("自有图层", "own layers")] if atlas.extra else []
    text = atlas.say("、", ", ").join(parts)
    return atlas.say(f"{text}。", f"{text[:1].upper()}{text[1:]}.")


def card_address(layer: str, ident: str) -> str:
    """Return the address that opens a feature on this page.

    >>> card_address("lines-red_road", "I-16a")
    'overview.html#card=lines-red_road:I-16a'
    """
    return f"{ENTRY.file}#card={layer}:{quote(ident, safe='')}"


def add_places(page: Page, atlas: Atlas, places: gpd.GeoDataFrame) -> None:
    """Add places by their kinds, each with the items of the plan that concern it."""
    group = atlas.say("地点", "Places")
    stand_in = atlas.say("代表点，非实地位置", "a point that stands for it, not its own")
    for kind, zh, en, colour, shape, radius, shown in KINDS:
        chosen = plan_room.of_kind(places, kind)
        if chosen.empty:
            continue
        named = with_items(chosen, atlas).assign(
            shown_name=chosen[atlas.name].where(chosen[atlas.name] != "", chosen["name_zh"]),
            height=heights(chosen, atlas),
            stands_for=chosen["representative"].map({True: stand_in, False: ""}),
            county_name=chosen["county"].map(atlas.county),
        )
        page.add_points(
            atlas.say(zh, en),
            named,
            color=colour,
            shape=shape,
            radius=radius,
            label="shown_name",
            labels=kind in {"county_seat", "city", "red_site", "township"},
            label_zoom=9 if kind == "red_site" else 0,
            search=["name_zh", "name_en", "name_pinyin"],
            popup=[
                ("name_zh", atlas.say("名称", "Chinese name")),
                *([("name_en", "Name")] if atlas.lang == "en" else []),
                ("county_name", atlas.say("县", "County")),
                ("height", atlas.say("高程 (m)", "Elevation (m)")),
                ("stands_for", atlas.say("位置", "Position")),
                ("uncertainty_m", atlas.say("误差 (m)", "Uncertainty (m)"), 0),
            ],
            uncertainty="uncertainty_m",
            shown=shown,
            group=group,
            key=f"places-{kind}",
            ids="id",
            items="items",
        )


def add_areas(page: Page, atlas: Atlas) -> None:
    """Add the liquor clusters and wellness cores with their items."""
    group = atlas.say("规划片区", "Planned areas")
    for key, areas, kind in (
        ("liquor", plan_room.located(plan_room.liquor_clusters(atlas.plan)), atlas.say("组团", "Cluster")),
        ("wellness", plan_room.wellness_cores(atlas.plan), atlas.say("核", "Core")),
    ):
        if areas.empty:
            continue
        zh, en, colour, fill, opacity = AREAS[key]
        page.add_polygons(
            atlas.say(zh, en),
            with_items(areas, atlas),
            color=colour,
            fill=fill,
            fill_opacity=opacity,
            dash=AREA_DASH,
            label=atlas.name,
            popup=[(atlas.name, kind)],
            group=group,
            key=f"areas-{key}",
            ids="id",
            items="items",
        )


def add_corridors(page: Page, atlas: Atlas) -> None:
    """Add railways, motorways and roads by their state, with their items."""
    group = atlas.say("交通走廊（示意，现状）", "Corridors (schematic, status now)")
    words = {status: atlas.say(zh, en) for status, (zh, en, _) in STATUS.items()}
    corridors = with_items(atlas.corridors, atlas).assign(
        then=atlas.corridors["status_2022"].map(words),
        now=atlas.corridors["status_now"].map(words),
        unlocated_waypoints=_listed(atlas, atlas.corridors["unlocated_waypoints"]),
    )
    for mode, (zh, en, colour, weight) in MODES.items():
        name = atlas.say(zh, en)
        chosen = corridors[corridor_mode(corridors) == mode]
        if chosen.empty:
            continue
        found = [status for status in STATUS if status in set(chosen["status_now"])]
        page.add_lines(
            name,
            chosen,
            color=colour,
            weight=weight,
            casing="#ffffff",
            label=atlas.name,
            popup=[
                (atlas.name, atlas.say("走廊", "Corridor")),
                ("then", atlas.say("2022-03 状态", "Status 2022-03")),
                ("now", atlas.say("现状", "Status now")),
                ("opened", atlas.say("通车", "Opened")),
                ("published_length_km", atlas.say("公布里程 (km)", "Published length (km)"), 1),
                ("design_speed_kmh", atlas.say("设计速度 (km/h)", "Design speed (km/h)"), 0),
                ("unlocated_waypoints", atlas.say("未定位途经点", "Waypoints not located")),
            ],
            style_by="status_now",
            styles={
                status: {
                    "color": colour,
                    "weight": weight,
                    "dash": STATUS[status][2],
                    "label": words[status] if len(found) > 1 else f"{name} · {words[status]}",
                }
                for status in found
            },
            group=group,
            key=f"lines-{mode}",
            ids="id",
            items="items",
        )


def _listed(atlas: Atlas, waypoints: "pd.Series[str]") -> "pd.Series[str]":
    """Return waypoints that have no place, given between semicolons, as a list for readers."""
    return waypoints.fillna("").map(
        lambda text: atlas.say("、", ", ").join(map(atlas.named, filter(None, text.split(";"))))
    )


def corridor_mode(corridors: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the mode of each corridor, with the roads of the plan apart from those for context."""
    in_plan = corridors["plan_id"].fillna("") != ""
    mode: pd.Series[str] = corridors["mode"].mask((corridors["mode"] == "road") & in_plan, "red_road")
    return mode


def _figures(atlas: Atlas) -> tuple[Figure, ...]:
    areas = atlas.study.counties.set_index(atlas.name)["area_km2"]
    both = float(areas.sum())
    method = atlas.say("县界多边形的椭球面积", "geodesic area of the county polygons")
    figures = [
        Figure(
            page=ENTRY.file, name=str(name), value=float(area), unit="km²", clause="", method=method, evidence="derived"
        )
        for name, area in areas.items()
    ]
    figures.append(
        Figure(
            page=ENTRY.file,
            name=atlas.both,
            value=km2_to_wanmu(both),
            unit=atlas.say("万亩", "× 10,000 mu"),
            clause="",
            method=method,
            evidence="derived",
        )
    )
    for number in filter(atlas.plan.has, _FIGURES):
        item = atlas.plan.item(number)
        figures.append(
            Figure(
                page=ENTRY.file,
                name=_titled(atlas, item),
                value=item.quantity(lang=atlas.lang),
                unit="",
                clause=f"{'、'.join(clause_text(clause, lang=atlas.lang) for clause in item.clauses)} ({item.id})",
                items=(item.id,),
                method=atlas.say("规划原文", "as the plan says"),
                evidence="official",
            )
        )
    mean = atlas.report["mean_m"]
    figures.append(
        Figure(
            page=ENTRY.file,
            name=atlas.say("平均海拔", "Mean elevation"),
            value=float(mean),
            unit="m",
            clause="",
            method=f"{atlas.terrain_name}, {atlas.report['resolution_m']:g} m",
            evidence=atlas.terrain_evidence,
        )
    )
    return tuple(figures)


def _titled(atlas: Atlas, item: plan_room.Item) -> str:
    """Return an item's name with its theme, without which names such as 千亿产值 say too little."""
    name = atlas.say(item.name_zh, item.name_en)
    return name if item.theme == "general" else f"{atlas.say(*plan_room.THEMES[item.theme])} · {name}"


def _figure_table(atlas: Atlas, figures: tuple[Figure, ...]) -> pd.DataFrame:
    head = [atlas.say("项目", "Item"), atlas.say("数值", "Value"), atlas.say("条款或方法", "Clause or method")]
    return pd.DataFrame([(f.name, f.text, f.clause or f.method) for f in figures], columns=head)
