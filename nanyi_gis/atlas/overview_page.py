"""The overview: relief, bands, counties, neighbours, river, places, clusters, corridors."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pandas as pd

from .. import plan as plan_room
from ..webmap import Page
from .context import KM2_TO_WANMU, Atlas
from .figures import Figure
from .imagery import BAND_COLOURS, coloured, thumbnail
from .page import AtlasPage, add_boundaries, add_classes, add_relief, shell

FILE = "overview.html"

_KINDS: tuple[tuple[str, str, str, str, str, float, bool], ...] = (
    # kind, Chinese, English, colour, shape, radius, shown
    ("township", "乡镇驻地", "Township seats", "#55626b", "circle", 3.5, True),
    ("county_seat", "县城", "County seats", "#20313f", "square", 7, True),
    ("city", "周边城市", "Neighbouring cities", "#55626b", "square", 6, True),
    ("town", "周边城镇", "Neighbouring towns", "#55626b", "square", 4.5, True),
    ("red_site", "红色遗址", "Long March sites", "#C8102E", "star", 8, True),
    ("distillery", "酒企酒镇", "Distilleries", "#D55E00", "diamond", 7, True),
    ("wellness", "康养点", "Wellness places", "#009E73", "circle", 6, True),
    ("scenic", "景区", "Scenic areas", "#5B8C2A", "triangle", 6, True),
    ("heritage", "古迹", "Heritage", "#7A4B2A", "triangle", 6, True),
    ("health", "医疗养老", "Health and care", "#CC79A7", "square", 6, False),
    ("industry", "工业园区", "Industry", "#5F6B73", "square", 6, False),
    ("station", "铁路车站", "Railway stations", "#111111", "square", 4.5, False),
    ("interchange", "高速互通", "Motorway interchanges", "#0072B2", "diamond", 6, False),
    ("tripoint", "界点", "Boundary points", "#8a6d3b", "triangle", 5, False),
    ("bridge", "特大桥", "Bridges", "#7A4B2A", "square", 5, False),
    ("weather_station", "气象站", "Weather stations", "#56B4E9", "triangle", 5, False),
)
_UNDRAWN: tuple[tuple[str, str, str], ...] = (
    ("reserve", "保护区", "reserve"),
    ("reservoir", "水库", "reservoir"),
    ("wind", "风电场", "wind farm"),
    ("airport", "机场", "airport"),
)
_STATUS = {
    "open": ("已通车", "open", None),
    "construction": ("在建", "under construction", "9 5"),
    "planned": ("规划", "planned", "2 6"),
    "unknown": ("未查明", "not known", "1 5"),
}
_MODES: dict[str, tuple[str, str, str, float]] = {
    "rail": ("铁路", "Railways", "#333333", 2.6),
    "motorway": ("高速公路", "Motorways", "#B5562B", 3.0),
    "red_road": ("红色旅游路", "Red-tourism roads", "#A3195B", 2.4),
    "road": ("其他公路", "Other roads", "#8c6d76", 1.4),
}


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the overview page."""
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say("泸州市“南翼”：叙永、古蔺", "Luzhou's South Wing: Xuyong and Gulin"),
        legend_open=False,
    )
    add_relief(page, atlas)
    palette = dict(enumerate(BAND_COLOURS, start=1))
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
    )
    add_boundaries(page, atlas)
    _add_areas(page, atlas)
    _add_corridors(page, atlas)
    _add_places(page, atlas)
    for name, frame in atlas.extra.items():
        _add_own(page, atlas, name, frame)
    page.add_value_grid(atlas.say("高程", "Elevation"), atlas.dem, unit="m", step=5)

    figures = _figures(atlas)
    page.add_table(
        atlas.say("关键数字", "Key figures"),
        _figure_table(atlas, figures),
        sortable=False,
        note=atlas.say("规划数字注明条款；其余为计算值。", "Plan figures carry their clause; the others are computed."),
    )
    page.add_table(
        atlas.say("未定位项目", "Places without a location"),
        unlocated_table(atlas),
        note=atlas.say("没有可靠坐标，图上不画。", "No reliable coordinate is known; they are drawn nowhere."),
    )
    picture = thumbnail(
        [(atlas.relief.values, atlas.relief.bounds), (coloured(bands, palette, opacity=0.25), bands.bounds)],
        bounds=atlas.bounds,
        lines=[
            (atlas.corridors.geometry, "#B5562B", 1),
            (atlas.study.frontage.geometry, "#0072B2", 2),
            (atlas.study.counties.geometry, "#20313f", 2),
        ],
        points=[(plan_room.of_kind(atlas.located, "red_site").geometry, "#C8102E")],
    )
    return [
        AtlasPage(
            file=FILE,
            title=page.title,
            summary=atlas.say(
                "地形、县界、赤水河、乡镇、红色遗址、酒企、康养点、酱酒组团与交通走廊。",
                "Relief, counties, the Chishui River, townships, Long March sites, distilleries, wellness places, "
                "liquor clusters and transport corridors.",
            ),
            page=page,
            thumbnail=picture,
            figures=figures,
        )
    ]


def unlocated_table(atlas: Atlas) -> pd.DataFrame:
    """Return places without a coordinate and corridors without a line, as a table for readers."""
    names = [*_UNDRAWN, *((kind, zh, en) for kind, zh, en, *_ in _KINDS)]
    kinds = {kind: atlas.say(zh, en) for kind, zh, en in names}
    corridor, cluster = atlas.say("走廊", "corridor"), atlas.say("酱酒配套", "liquor support")
    rows = [
        (_shown(row, atlas), "、".join(kinds.get(k, k) for k in row["kind"]), row["county"], row["source"])
        for _, row in atlas.unlocated.iterrows()
    ]
    for _, row in plan_room.unlocated_corridors(atlas.plan.corridors).iterrows():
        rows.append((_shown(row, atlas), corridor, "", row["source"]))
    for _, row in plan_room.unlocated(plan_room.liquor_clusters()).iterrows():
        rows.append((_shown(row, atlas), cluster, row["county"], row["source"]))
    head = [atlas.say("名称", "Name"), atlas.say("类别", "Kind"), atlas.say("县", "County"), atlas.say("说明", "Note")]
    return pd.DataFrame(rows, columns=head)


def _shown(row: Any, atlas: Atlas) -> str:
    return str(row[atlas.name] or row["name_zh"])


def _add_places(page: Page, atlas: Atlas) -> None:
    group = atlas.say("地点", "Places")
    for kind, zh, en, colour, shape, radius, shown in _KINDS:
        chosen = atlas.located[[kind in kinds for kinds in atlas.located["kind"]]]
        if chosen.empty:
            continue
        named = chosen.assign(shown_name=chosen[atlas.name].where(chosen[atlas.name] != "", chosen["name_zh"]))
        page.add_points(
            atlas.say(zh, en),
            named,
            color=colour,
            shape=shape,
            radius=radius,
            label="shown_name",
            labels=kind in {"county_seat", "city", "red_site"},
            label_zoom=9 if kind == "red_site" else 0,
            search=["name_zh", "name_en", "name_pinyin"],
            popup=[
                ("name_zh", atlas.say("名称", "Chinese name")),
                ("name_en", atlas.say("英文", "Name")),
                ("county", atlas.say("县", "County")),
                ("elevation_m", atlas.say("高程 (m)", "Elevation (m)"), 0),
                ("uncertainty_m", atlas.say("误差 (m)", "Uncertainty (m)"), 0),
            ],
            uncertainty="uncertainty_m",
            shown=shown,
            group=group,
        )


def _add_areas(page: Page, atlas: Atlas) -> None:
    group = atlas.say("规划片区", "Planned areas")
    page.add_polygons(
        atlas.say("酱酒组团（示意）", "Liquor clusters (schematic)"),
        plan_room.located(plan_room.liquor_clusters()),
        color="#D55E00",
        fill="#E69F00",
        fill_opacity=0.25,
        dash="6 4",
        label=atlas.name,
        popup=[(atlas.name, atlas.say("组团", "Cluster")), ("plan_id", atlas.say("规划条目", "Plan item"))],
        group=group,
    )
    page.add_polygons(
        atlas.say("康养两核（示意）", "Wellness cores (schematic)"),
        plan_room.wellness_cores(),
        color="#009E73",
        fill="#009E73",
        fill_opacity=0.18,
        dash="6 4",
        label=atlas.name,
        popup=[(atlas.name, atlas.say("核", "Core")), ("plan_id", atlas.say("规划条目", "Plan item"))],
        group=group,
    )


def _add_corridors(page: Page, atlas: Atlas) -> None:
    group = atlas.say("交通走廊（示意，现状）", "Corridors (schematic, status now)")
    words = {status: atlas.say(zh, en) for status, (zh, en, _) in _STATUS.items()}
    corridors = atlas.corridors.assign(
        then=atlas.corridors["status_2022"].map(words), now=atlas.corridors["status_now"].map(words)
    )
    for mode, (zh, en, colour, weight) in _MODES.items():
        name = atlas.say(zh, en)
        chosen = corridors[_mode(corridors) == mode]
        found = [status for status in _STATUS if status in set(chosen["status_now"])]
        page.add_lines(
            name,
            chosen,
            color=colour,
            weight=weight,
            casing="#ffffff",
            label=atlas.name,
            popup=[
                (atlas.name, atlas.say("走廊", "Corridor")),
                ("plan_id", atlas.say("规划条目", "Plan item")),
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
                    "dash": _STATUS[status][2],
                    "label": words[status] if len(found) > 1 else f"{name} · {words[status]}",
                }
                for status in found
            },
            group=group,
        )


def _add_own(page: Page, atlas: Atlas, name: str, frame: gpd.GeoDataFrame) -> None:
    """Add a layer of the user's, whatever its geometry."""
    group = atlas.say("自有图层", "Own layers")
    columns = [column for column in frame.columns if column != frame.geometry.name][:8]
    popup = [(column, column) for column in columns]
    frame = frame.explode(ignore_index=True)  # a collection may mix points, lines and polygons
    for types, add in (
        (("Point", "MultiPoint"), page.add_points),
        (("LineString", "MultiLineString"), page.add_lines),
        (("Polygon", "MultiPolygon"), page.add_polygons),
    ):
        chosen = frame[frame.geom_type.isin(types)].explode(ignore_index=True)
        if not chosen.empty:
            _adder(add)(name, chosen, popup=popup, group=group)


def _mode(corridors: gpd.GeoDataFrame) -> "pd.Series[str]":
    """Return the mode of each corridor, with the roads of the plan apart from those for context."""
    in_plan = corridors["plan_id"].fillna("") != ""
    mode: pd.Series[str] = corridors["mode"].mask((corridors["mode"] == "road") & in_plan, "red_road")
    return mode


def _adder(method: Any) -> Callable[..., None]:
    adder: Callable[..., None] = method
    return adder


def _figures(atlas: Atlas) -> tuple[Figure, ...]:
    areas = atlas.study.counties.set_index(atlas.name)["area_km2"]
    both = float(areas.sum())
    method = atlas.say("县界多边形的椭球面积", "geodesic area of the county polygons")
    figures = [
        Figure(page=FILE, name=str(name), value=float(area), unit="km²", clause="", method=method, evidence="derived")
        for name, area in areas.items()
    ]
    figures.append(
        Figure(
            page=FILE,
            name=atlas.both,
            value=both * KM2_TO_WANMU,
            unit="万亩",
            clause="",
            method=method,
            evidence="derived",
        )
    )
    for number in ("G-02", "R-00c", "L-00a", "L-01", "L-15", "W-00d", "F-13", "F-14", "I-15"):
        item = atlas.plan.item(number)
        figures.append(
            Figure(
                page=FILE,
                name=_titled(atlas, item),
                value=item.quantity(lang=atlas.lang),
                unit="",
                clause=f"{'、'.join(item.clauses)} ({item.id})",
                method=atlas.say("规划原文", "as the plan says"),
                evidence="official",
            )
        )
    mean = atlas.report["mean_m"]
    figures.append(
        Figure(
            page=FILE,
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
