"""The network page: class, status and year of every link, checks of distances, the red-tourism loop."""

import geopandas as gpd
import pandas as pd

from ... import network, schematic, targets
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import STATES, clause_words, links_of, with_township_items
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..scenarios import add_state, add_year_switch, lacks_network, network_note, scenario_names

FILE = "network.html"
LOOP = "R-16"
"""The item of the plan that asks for the tour of red-culture sites."""
DRAWING = {
    "rail": ("#0a0a0a", 2.6, "8 4"),
    "motorway": ("#821e0a", 3.4, None),
    "trunk": ("#d25a00", 2.8, None),
    "primary": ("#ffc850", 2.4, None),
    "secondary": ("#5a3c64", 2.0, None),
    "tertiary": ("#826ed2", 1.5, None),
    "unclassified": ("#406050", 1.2, None),
    "track": ("#406050", 1.0, "4 3"),
    "walk": ("#14a082", 2.0, "2 4"),
    "other": ("#e0f0ff", 1.0, None),
}
_SCHEMATIC = {  # what the chains of the study call a class; its speeds are those of speeds.toml
    "rail": ("铁路", "railway"),
    "motorway": ("高速公路", "motorway"),
    "trunk": ("一级公路、国道干线", "class I and trunk roads"),
    "primary": ("国省干线（二级公路）", "main roads (class II)"),
    "secondary": ("三级公路（含红色旅游路）", "class III roads (red-tourism roads among them)"),
    "tertiary": ("县乡公路（四级公路）", "local roads (class IV)"),
    "walk": ("步行换乘", "walking link"),
}
_GENERAL = {  # of a user's roads, where the class alone is known
    "rail": ("铁路", "railway"),
    "motorway": ("高速公路", "motorway"),
    "trunk": ("国道干线（一、二级公路）", "trunk road"),
    "primary": ("国省道（二级公路）", "primary road"),
    "secondary": ("省县道（三级公路）", "secondary road"),
    "tertiary": ("县乡道（四级公路）", "tertiary road"),
    "unclassified": ("村道、街道", "village roads and streets"),
    "track": ("机耕道、林道", "track"),
    "walk": ("步行道", "footpath"),
    "other": ("其他道路", "other roads"),
}
_STREETS = {"residential", "living_street", "service", "road"}
_PATHS = {"footway", "path", "pedestrian", "steps", "cycleway", "bridleway"}


def class_names(atlas: Atlas) -> dict[str, str]:
    """Return the name of each class for readers: the study's own, or general ones for a user's roads."""
    chosen = _SCHEMATIC | {"other": _GENERAL["other"]} if atlas.roads is None else _GENERAL
    return {key: atlas.say(zh, en) for key, (zh, en) in chosen.items()}


def class_of(highway: object, known: dict[str, str]) -> str:
    """Return the class under which an edge is drawn and counted; a ramp counts with its road.

    >>> [class_of(name, _GENERAL) for name in ("primary_link", "service", "steps", "raceway")]
    ['primary', 'unclassified', 'walk', 'other']
    """
    name = str(highway).removesuffix("_link")
    name = "unclassified" if name in _STREETS else "walk" if name in _PATHS else name
    return name if name in known else "other"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of this page."""
    return [Entry(file=FILE, zh="路网", en="Network", group="infrastructure", order=0, lacks=lacks_network(atlas))]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the network page."""
    graphs = atlas.graphs
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say("公路与铁路，按年份", "Roads and railways by year")
        if len(graphs) > 1
        else atlas.say("道路，按等级", "Roads by class"),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    if atlas.roads is None:
        add_state(page, atlas)
    names = scenario_names(atlas)
    group = atlas.say("年份", "Year") if len(graphs) > 1 else atlas.say("路网", "Network")
    called = class_names(atlas)
    drawn = {scenario: _links(graph, called) for scenario, graph in graphs.items()}
    for scenario, edges in drawn.items():
        page.add_lines(
            names[scenario],
            _readable(atlas, edges, called).assign(items=_items(atlas, edges)),
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
            style_by="drawn",
            styles={
                key: {"color": colour, "weight": weight, "dash": dash, "label": called[key]}
                for key, (colour, weight, dash) in DRAWING.items()
                if key in set(edges["drawn"])
            },
            group=group,
            exclusive=len(graphs) > 1,
            shown=scenario in {"today", "own"},
            key=scenario,
            items="items",
        )
    add_year_switch(page, atlas, graphs)
    _add_towns(page, atlas)
    lengths = {
        scenario: targets.county_lengths(edges, atlas.study.counties, by="drawn", name=atlas.name)
        for scenario, edges in drawn.items()
    }
    _add_lengths(page, atlas, lengths, called)
    figures = _length_figures(atlas, lengths, called)
    if atlas.roads is None:
        if atlas.folder is None:  # published distances are known for the embedded network alone
            _add_calibration(page, atlas)
        figures += _add_loop(page, atlas) if "loop" in atlas.study.files else []
    finished = AtlasPage(
        file=FILE,
        title=page.title,
        summary=_summary(atlas),
        page=page,
        thumbnail=small_picture(atlas, lines=[(drawn.get("today", next(iter(drawn.values()))).geometry, "#B5562B", 2)]),
        figures=tuple(figures),
    )
    return [finished]


def _summary(atlas: Atlas) -> str:
    """Return what the page holds, for the contents: years, loop and published distances where there are any."""
    if atlas.roads is not None:
        return atlas.say(
            "自有路网：各等级道路与县内里程。", "Own roads: classes, and their length inside the counties."
        )
    zh = "铁路、高速、干线与县乡连接，2022、现状与建成三个年份"
    en = "Railways, motorways, trunk and local links in 2022, today and complete"
    if "loop" in atlas.study.files:
        zh, en = f"{zh}；红色文旅环线", f"{en}; the red-tourism loop"
    if atlas.folder is None:
        zh, en = f"{zh}；与公布里程的对照", f"{en}; the check against published distances"
    return atlas.say(f"{zh}。", f"{en}.")


def _links(graph: network.Graph, called: dict[str, str]) -> gpd.GeoDataFrame:
    """Return every link once, without the boarding of trains, with the class under which it is ``drawn``."""
    edges = network.graph_to_frames(graph)[1]
    if "reversed" in edges:
        edges = edges[~edges["reversed"].astype(bool) & edges["highway"].ne("boarding")]
    return edges.assign(drawn=[class_of(highway, called) for highway in edges["highway"]])


def _add_lengths(page: Page, atlas: Atlas, lengths: dict[str, pd.DataFrame], called: dict[str, str]) -> None:
    """Add the kilometres of each class inside the counties, by county, with what lies beyond: a table a year."""
    names, counties = scenario_names(atlas), list(dict.fromkeys(map(str, atlas.counties)))
    inside = atlas.say("、".join(counties), " and ".join(counties))
    for scenario, table in lengths.items():
        km = table.reindex([key for key in DRAWING if key in table.index])
        shown = km[counties].set_axis(counties, axis=1)
        if len(counties) > 1:
            shown[atlas.both] = shown.sum(axis=1)
        shown[atlas.say("县外", "Beyond")] = km[targets.BEYOND]
        digits = dict.fromkeys(shown.columns, 0)
        shown.insert(0, atlas.say("等级", "Class"), [called[str(key)] for key in km.index])
        year = f" · {names[scenario]}" if len(lengths) > 1 else ""
        page.add_table(
            atlas.say(f"县内里程 (km)：{inside}", f"Length inside {inside} (km)") + year,
            shown,
            digits=digits,
            note=atlas.say(
                "按县界切分：每段里程按图上落在县内的比例计入；“县外”为本图路网在县界以外的部分。",
                "Cut at the county boundary: a link counts with the share of its drawn line inside; “Beyond” is what "
                "the network drawn here has outside. ",
            )
            + network_note(atlas),
            follows=names[scenario] if len(lengths) > 1 else None,
        )


def _length_figures(atlas: Atlas, lengths: dict[str, pd.DataFrame], called: dict[str, str]) -> list[Figure]:
    """Return the kilometres of each class and year inside each county, and beyond, as figures."""
    names = scenario_names(atlas)
    place = {targets.BEYOND: atlas.say("县外", "beyond the counties")}
    return [
        Figure(
            page=FILE,
            name=f"{names[scenario]} {called[str(key)]} {place.get(str(where), where)}",
            value=round(float(km), 3),
            unit="km",
            clause="",
            method=atlas.say("按县界切分；", "cut at the county boundary; ") + network_note(atlas),
            evidence="schematic" if atlas.roads is None else "derived",
        )
        for scenario, table in lengths.items()
        for key, row in table.iterrows()
        for where, km in row.items()
    ]


def _readable(atlas: Atlas, edges: gpd.GeoDataFrame, called: dict[str, str]) -> gpd.GeoDataFrame:
    """Return edges with the columns that a popup shows, merged where a value is missing."""
    blank = pd.Series("", index=edges.index)
    states = {state: atlas.say(*words) for state, words in STATES.items()}
    names = edges.get("name_zh", edges.get("name", blank)).fillna("").astype(str)
    return edges.assign(
        **{
            "name": names.map(atlas.named) if atlas.roads is None else names,
            "class": edges["drawn"].map(called),
            "km": edges["length"] / 1000.0,
            "minutes": edges["travel_time"] / 60.0,
            "status": edges.get("status", blank).fillna("").map(lambda state: states.get(state, state)),
            "opened": edges.get("opened", blank).fillna("").astype(str),
        }
    )


def _items(atlas: Atlas, edges: gpd.GeoDataFrame) -> list[str]:
    """Return the items of the plan that each edge belongs to: that of its corridor, and of its own chain."""
    if atlas.roads is not None or "corridor" not in edges:
        return [""] * len(edges)
    return links_of(atlas).named(edges["corridor"].fillna(""))


def _add_towns(page: Page, atlas: Atlas) -> None:
    towns = targets.townships(atlas.study)
    located = towns[towns.geometry.notna() & ~towns.geometry.is_empty]
    if located.empty:
        return
    page.add_points(
        atlas.say("乡镇驻地", "Township seats"),
        with_township_items(atlas.coarsened(located), atlas),
        color="#20313f",
        radius=3.5,
        label=atlas.name,
        labels=True,
        uncertainty="uncertainty_m",
        group=atlas.say("地点", "Places"),
        key="township",
        items="items",
    )


def _add_calibration(page: Page, atlas: Atlas) -> None:
    table = atlas.once((FILE, "distances"), schematic.distance_table)
    if atlas.lang == "en":
        names = {distance.name_zh: distance.name_en for distance in schematic.load_records().distance}
        table = table.assign(name_zh=table["name_zh"].map(lambda name: names.get(name) or name))
    page.add_table(
        atlas.say("与公布里程对照", "Against published distances"),
        table,
        columns={
            "name_zh": atlas.say("起讫", "From–to"),
            "published_km": atlas.say("公布 km", "Published km"),
            "network_km": atlas.say("路网 km", "Network km"),
            "left_out_error_pct": atlas.say("检验误差 %", "Test error %"),
        },
        digits={"published_km": 1, "network_km": 1, "left_out_error_pct": 1},
        note=atlas.say(
            "路网取公布值处，两列自然相等，不作检验；检验误差才是检验：依次去掉一段已公布的里程，用其余各段求出弯曲系数（路长与直线之比），再算这一段，与公布值相比。"
            "石厢子等地位置未定，短途误差可很大。“–”为未参与拟合的最短路。",
            "Where the network keeps a published length the two agree by themselves, which proves nothing. The test is "
            "the test error: straight line times a sinuosity fitted without that distance, against the published "
            "one. It can be large over short ways to uncertain places, such as Shixiangzi. “–”: a quickest way, which "
            "is in no fit.",
        ),
    )


def _add_loop(page: Page, atlas: Atlas) -> list[Figure]:
    stops, legs, tour = atlas.once((FILE, "loop"), lambda: targets.red_loop(study=atlas.study))
    start, end = (f"{side}_{atlas.name[-2:]}" for side in ("from", "to"))
    group = atlas.say("红色文旅环线", "Red-tourism loop")
    asked = ";".join(links_of(atlas).known([LOOP]))
    page.add_lines(
        atlas.say("环线（示意路网上的最短时间）", "Loop (quickest on the schematic network)"),
        legs.assign(leg=legs[start] + " → " + legs[end], items=asked),
        color="#C8102E",
        weight=4,
        casing="#ffffff",
        label="leg",
        popup=[("leg", atlas.say("路段", "Leg")), ("km", "km", 1), ("minutes", atlas.say("分钟", "Minutes"), 0)],
        group=group,
        shown=False,
        items="items",
        key="loop",
    )
    page.add_points(
        atlas.say("环线停靠点", "Stops of the loop"),
        stops.assign(province=stops["province"].map(atlas.named)),
        color="#C8102E",
        shape="star",
        radius=8,
        label=atlas.name,
        labels=True,
        popup=[
            ("order", atlas.say("次序", "Order"), 0),
            (atlas.name, atlas.say("站点", "Stop")),
            ("province", atlas.say("省", "Province")),
        ],
        group=group,
        shown=False,
        key="stops",
    )
    page.add_table(
        atlas.say("红色文旅环线", "Red-tourism loop"),
        legs,
        columns={
            start: atlas.say("从", "From"),
            end: atlas.say("到", "To"),
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
            page=FILE,
            name=atlas.say("红色文旅环线", "Red-tourism loop"),
            value=round(float(legs["km"].sum()), 1),
            unit="km",
            clause=clause_words(atlas, LOOP),
            items=links_of(atlas).known([LOOP]),
            method=atlas.say("示意路网最短时间环线，Held–Karp", "quickest tour on the schematic network, Held-Karp"),
            evidence="modelled",
        )
    ]
