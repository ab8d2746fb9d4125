"""The network page, and an accessibility page for hospitals, motorways and railways."""

import networkx as nx
import numpy as np
import pandas as pd

from .. import accessibility, network
from ..network.graph_type import Graph
from ..webmap import Page, charts
from .context import Atlas
from .figures import Figure
from .imagery import thumbnail
from .page import AtlasPage, add_boundaries, shell

_SNAP_LIMIT_M = 10_000.0
_SEATS = (510524100, 510525001)
_MINUTES = {15.0: "#00204c", 30.0: "#31446b", 45.0: "#666970", 60.0: "#a69d75", 90.0: "#e1cc55"}
_CLASSES = {
    "rail": ("铁路", "railway", "#333333", 2.6, "8 4"),
    "motorway": ("高速公路", "motorway", "#B5562B", 3.4, None),
    "trunk": ("一级公路", "trunk road", "#D55E00", 2.8, None),
    "primary": ("国省干线", "primary road", "#E69F00", 2.4, None),
    "secondary": ("红色旅游路等", "secondary road", "#A3195B", 2.0, None),
    "tertiary": ("县乡公路", "tertiary road", "#6b7d8a", 1.5, None),
    "walk": ("步行换乘", "walking link", "#009E73", 2.0, "2 4"),
}
_FACILITIES = {
    "county_hospital": ("access_hospital.html", "县级医院", "county hospitals"),
    "motorway_interchange": ("access_motorway.html", "高速互通", "motorway interchanges"),
    "railway_station": ("access_railway.html", "客运车站", "passenger stations"),
}


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the network page and the accessibility pages."""
    graphs = _graphs(atlas)
    return [_network_page(atlas, graphs), *(_access_page(atlas, graphs, name) for name in _FACILITIES)]


def scenario_names(atlas: Atlas) -> dict[str, str]:
    """Return the scenarios' names for readers."""
    return {
        "2022": atlas.say("规划时 2022-03", "Plan date 2022-03"),
        "today": atlas.say("现状 2026-02", "Today 2026-02"),
        "complete": atlas.say("规划建成", "Plan complete"),
        "own": atlas.say("自有路网", "Own roads"),
    }


def _graphs(atlas: Atlas) -> dict[str, Graph]:
    """Return the network of each scenario; the user's roads make a single one with the townships snapped to it."""
    if atlas.roads is None:
        return accessibility.scenario_graphs()
    graph = network.build_graph(atlas.roads, dem=atlas.dem, crs=atlas.study.crs)
    towns = accessibility.townships()
    located = towns[towns.geometry.notna() & ~towns.geometry.is_empty]
    nodes = network.snap_points(graph, located, limit_m=_SNAP_LIMIT_M)["node"].to_dict()
    seats = {nodes[code]: code for code in _SEATS if code in nodes}
    graph = nx.relabel_nodes(graph, seats)
    graph.graph["townships"] = {code: seats.get(node, node) for code, node in nodes.items()}
    return {"own": graph}


def _network_page(atlas: Atlas, graphs: dict[str, Graph]) -> AtlasPage:
    file = "network.html"
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say("公路与铁路，按年份", "Roads and railways by year"),
        sources=[_network_note(atlas)],
    )
    _ground(page, atlas)
    add_boundaries(page, atlas)
    names = scenario_names(atlas)
    group = atlas.say("年份", "Year")
    drawn = {}
    for scenario, graph in graphs.items():
        edges = network.graph_to_frames(graph)[1]
        edges = (
            edges[~edges["reversed"].astype(bool) & edges["highway"].ne("boarding")] if "reversed" in edges else edges
        )
        drawn[scenario] = edges
        page.add_lines(
            names[scenario],
            _readable(atlas, edges),
            color="#6b7d8a",
            weight=1.5,
            label="name" if "name_zh" in edges else None,
            popup=[
                ("name", atlas.say("道路", "Road")),
                ("class", atlas.say("等级", "Class")),
                ("km", atlas.say("长度 (km)", "Length (km)"), 1),
                ("speed_kph", atlas.say("速度 (km/h)", "Speed (km/h)"), 0),
                ("minutes", atlas.say("用时 (分)", "Minutes"), 1),
                ("status", atlas.say("状态", "Status")),
                ("opened", atlas.say("通车", "Opened")),
            ],
            style_by="highway",
            styles={
                key: {"color": colour, "weight": weight, "dash": dash, "label": atlas.say(zh, en)}
                for key, (zh, en, colour, weight, dash) in _CLASSES.items()
                if key in set(edges["highway"])
            },
            group=group,
            exclusive=len(graphs) > 1,
            shown=scenario in {"today", "own"},
        )
    if len(graphs) > 1:
        page.add_switch(group, [names[scenario] for scenario in graphs])
    _add_towns(page, atlas)
    lengths = pd.DataFrame(
        {names[scenario]: edges.groupby("highway")["length"].sum() / 1000.0 for scenario, edges in drawn.items()}
    ).reindex([key for key in _CLASSES if any(key in set(e["highway"]) for e in drawn.values())])
    lengths.insert(0, atlas.say("等级", "Class"), [atlas.say(*_CLASSES[key][:2]) for key in lengths.index])
    page.add_table(
        atlas.say("里程 (km)", "Length (km)"),
        lengths.fillna(0.0),
        digits=dict.fromkeys(lengths.columns[1:], 0),
        note=_network_note(atlas),
    )
    figures = [
        Figure(
            page=file,
            name=f"{names[scenario]} {atlas.say(*_CLASSES[str(key)][:2])}",
            value=round(float(value) / 1000.0, 3),
            unit="km",
            clause="",
            method=_network_note(atlas),
            evidence="schematic" if atlas.roads is None else "derived",
        )
        for scenario, edges in drawn.items()
        for key, value in edges.groupby("highway")["length"].sum().items()
        if key in _CLASSES
    ]
    if atlas.roads is None:
        _add_calibration(page, atlas)
        figures += _add_loop(page, atlas, file)
    return AtlasPage(
        file=file,
        title=page.title,
        summary=atlas.say(
            "铁路、高速、干线与县乡连接，2022、现状与建成三个年份；红色文旅环线；与公布里程的对照。",
            "Railways, motorways, trunk and local links in 2022, today and complete; the red-tourism loop; "
            "the check against published distances.",
        ),
        page=page,
        thumbnail=thumbnail(
            [(atlas.relief.values, atlas.relief.bounds)],
            bounds=atlas.bounds(),
            lines=[
                (drawn.get("today", next(iter(drawn.values()))).geometry, "#B5562B", 2),
                (atlas.study.counties.geometry, "#20313f", 2),
            ],
        ),
        figures=tuple(figures),
    )


def _access_page(atlas: Atlas, graphs: dict[str, Graph], facility: str) -> AtlasPage:
    file, zh, en = _FACILITIES[facility]
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say(f"到最近{zh}的分钟数", f"Minutes to the nearest of the {en}"),
        sources=[
            _network_note(atlas),
            atlas.say(
                "等时圈含边界（第 60 分钟在 60 分钟圈内）；示意路网为直线，圈的轮廓只表示先后。",
                "Areas hold their boundary (the 60th minute is inside 60 minutes); on the schematic network their "
                "outline shows order, not shape.",
            ),
        ],
    )
    _ground(page, atlas)
    add_boundaries(page, atlas)
    names = scenario_names(atlas)
    group = atlas.say("年份", "Year")
    served = {name: graph for name, graph in graphs.items() if accessibility.facility_nodes(graph, facility)}
    areas = accessibility.isochrones(served, facilities=(facility,)) if served else None
    if areas is not None:
        _add_areas(page, atlas, areas, served, group)
    table = accessibility.township_minutes(facility, graphs=graphs)
    _add_township_points(page, atlas, table, graphs)
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
            clause="G-03" if facility != "county_hospital" else "W-11",
            method=atlas.say(
                "人口平均分到乡镇（假定），最短时间", "people spread equally over townships (assumed), quickest way"
            ),
            evidence="modelled",
        )
        for name in graphs
        for limit in (30, 60)
    )
    last = list(served)[-1] if served else None
    picture_lines = [(atlas.study.counties.geometry, "#20313f", 2)]
    if areas is not None:
        picture_lines.insert(0, (areas[areas["scenario"] == last].geometry, "#a69d75", 2))
    return AtlasPage(
        file=file,
        title=page.title,
        summary=atlas.say(
            f"到{zh}的等时圈，2022、现状、建成三个年份；各乡镇节省的分钟数。",
            f"Areas within 15 to 90 minutes of {en} in 2022, today and complete; minutes saved by township.",
        ),
        page=page,
        thumbnail=thumbnail([(atlas.relief.values, atlas.relief.bounds)], bounds=atlas.bounds(), lines=picture_lines),
        figures=figures,
    )


def _ground(page: Page, atlas: Atlas) -> None:
    page.add_raster(
        atlas.say("地形晕渲", "Shaded relief"),
        atlas.relief.values,
        bounds=atlas.relief.bounds,
        opacity=0.8,
        group=atlas.say("地形", "Terrain"),
        evidence=atlas.terrain_evidence,
    )


def _network_note(atlas: Atlas) -> str:
    if atlas.roads is not None:
        return atlas.say(f"路网: 用户文件 {atlas.roads.name}", f"Network: the user's file {atlas.roads.name}")
    return atlas.say(
        "路网: 示意。走廊取公布里程，其余为直线乘弯曲系数",
        "Network: schematic. Corridors keep published lengths, other links are straight lines times a sinuosity",
    )


def _readable(atlas: Atlas, edges: pd.DataFrame) -> pd.DataFrame:
    """Return edges with the columns that a popup shows, merged where a value is missing."""
    blank = pd.Series("", index=edges.index)
    words = {key: atlas.say(zh, en) for key, (zh, en, *_) in _CLASSES.items()}
    return edges.assign(
        **{
            "name": edges.get("name_zh", edges.get("name", blank)).fillna("").astype(str),
            "class": edges["highway"].map(words).fillna(edges["highway"]),
            "km": edges["length"] / 1000.0,
            "minutes": edges["travel_time"] / 60.0,
            "status": edges.get("status", blank).fillna(""),
            "opened": edges.get("opened", blank).fillna("").astype(str),
        }
    )


def _add_towns(page: Page, atlas: Atlas) -> None:
    towns = accessibility.townships()
    page.add_points(
        atlas.say("乡镇驻地", "Township seats"),
        atlas.coarsened(towns[towns.geometry.notna() & ~towns.geometry.is_empty]),
        color="#20313f",
        radius=3.5,
        label=atlas.name,
        labels=True,
        label_zoom=10,
        uncertainty="uncertainty_m",
        group=atlas.say("地点", "Places"),
    )


def _add_areas(page: Page, atlas: Atlas, areas: pd.DataFrame, graphs: dict[str, Graph], group: str) -> None:
    names = scenario_names(atlas)
    for scenario in graphs:
        chosen = areas[areas["scenario"] == scenario].sort_values("minutes", ascending=False)
        page.add_polygons(
            names[scenario],
            chosen,
            color="#ffffff",
            weight=0.8,
            fill="#666970",
            fill_opacity=0.45,
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
    if len(graphs) > 1:
        page.add_switch(group, [names[scenario] for scenario in graphs])


def _add_township_points(page: Page, atlas: Atlas, table: pd.DataFrame, graphs: dict[str, Graph]) -> None:
    names = scenario_names(atlas)
    shown = atlas.coarsened(table[table["located"] & ~table.geometry.is_empty])
    saved = shown["saved_complete"] if "saved_complete" in shown else pd.Series(0.0, index=shown.index)
    classes = pd.cut(saved, [-np.inf, 1, 15, 30, np.inf], labels=["0", "1", "2", "3"]).astype(str)
    labels = {
        "0": atlas.say("节省不足 1 分钟", "saves under 1 min"),
        "1": atlas.say("节省 1–15 分钟", "saves 1-15 min"),
        "2": atlas.say("节省 15–30 分钟", "saves 15-30 min"),
        "3": atlas.say("节省 30 分钟以上", "saves over 30 min"),
    }
    colours = {"0": "#b9c0c5", "1": "#c6dbef", "2": "#6baed6", "3": "#08519c"}
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


def _add_township_table(page: Page, atlas: Atlas, table: pd.DataFrame, graphs: dict[str, Graph]) -> None:
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


def _add_calibration(page: Page, atlas: Atlas) -> None:
    table = network.distance_table()
    page.add_table(
        atlas.say("与公布里程对照", "Against published distances"),
        table,
        columns={
            "name_zh": atlas.say("起讫", "From–to"),
            "published_km": atlas.say("公布 km", "Published km"),
            "network_km": atlas.say("路网 km", "Network km"),
            "left_out_error_pct": atlas.say("留一误差 %", "Left-out error %"),
        },
        digits={"published_km": 1, "network_km": 1, "left_out_error_pct": 1},
    )


def _add_loop(page: Page, atlas: Atlas, file: str) -> list[Figure]:
    stops, legs, tour = accessibility.red_loop()
    group = atlas.say("红色文旅环线 (R-16)", "Red-tourism loop (R-16)")
    page.add_lines(
        atlas.say("环线（示意路网上的最短时间）", "Loop (quickest on the schematic network)"),
        legs.assign(leg=legs["from_zh"] + " → " + legs["to_zh"]),
        color="#C8102E",
        weight=4,
        casing="#ffffff",
        label="leg",
        popup=[("leg", atlas.say("路段", "Leg")), ("km", "km", 1), ("minutes", atlas.say("分钟", "Minutes"), 0)],
        group=group,
        shown=False,
    )
    page.add_points(
        atlas.say("环线站点", "Stops"),
        stops,
        color="#C8102E",
        shape="star",
        radius=8,
        label="name_zh",
        labels=True,
        popup=[
            ("order", atlas.say("次序", "Order"), 0),
            ("name_zh", atlas.say("站点", "Stop")),
            ("province", atlas.say("省", "Province")),
        ],
        group=group,
        shown=False,
    )
    page.add_table(
        atlas.say("红色文旅环线", "Red-tourism loop"),
        legs,
        columns={
            "from_zh": atlas.say("从", "From"),
            "to_zh": atlas.say("到", "To"),
            "km": "km",
            "minutes": atlas.say("分钟", "Minutes"),
        },
        digits={"km": 1, "minutes": 0},
        sortable=False,
        note=atlas.say(
            f"全程 {legs['km'].sum():.0f} km，{tour.cost:.0f} 分钟；Held–Karp 精确解，示意路网。",
            f"In all {legs['km'].sum():.0f} km, {tour.cost:.0f} minutes; exact (Held-Karp) on the schematic network.",
        ),
    )
    return [
        Figure(
            page=file,
            name=atlas.say("红色文旅环线", "Red-tourism loop"),
            value=round(float(legs["km"].sum()), 1),
            unit="km",
            clause="四(一)2 (R-16)",
            method=atlas.say("示意路网最短时间环线，Held–Karp", "quickest tour on the schematic network, Held-Karp"),
            evidence="modelled",
        )
    ]
