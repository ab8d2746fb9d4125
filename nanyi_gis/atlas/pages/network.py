"""The network page: class, status and year of every link, checks of distances, the red-tourism loop."""

import pandas as pd

from ... import network, schematic, targets
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..scenarios import add_year_switch, lacks_network, network_note, scenario_names

FILE = "network.html"
_CLASSES = {
    "rail": ("铁路", "railway", "#333333", 2.6, "8 4"),
    "motorway": ("高速公路", "motorway", "#B5562B", 3.4, None),
    "trunk": ("一级公路", "trunk road", "#D55E00", 2.8, None),
    "primary": ("国省干线", "primary road", "#E69F00", 2.4, None),
    "secondary": ("红色旅游路等", "secondary road", "#A3195B", 2.0, None),
    "tertiary": ("县乡公路", "tertiary road", "#6b7d8a", 1.5, None),
    "walk": ("步行换乘", "walking link", "#009E73", 2.0, "2 4"),
}


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of this page."""
    return [Entry(file=FILE, zh="路网", en="Network", group="infrastructure", order=0, lacks=lacks_network(atlas))]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the network page."""
    graphs = atlas.graphs
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say("公路与铁路，按年份", "Roads and railways by year"),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
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
    add_year_switch(page, atlas, graphs)
    _add_towns(page, atlas)
    lengths = pd.DataFrame(
        {names[scenario]: edges.groupby("highway")["length"].sum() / 1000.0 for scenario, edges in drawn.items()}
    ).reindex([key for key in _CLASSES if any(key in set(e["highway"]) for e in drawn.values())])
    lengths.insert(0, atlas.say("等级", "Class"), [atlas.say(*_CLASSES[key][:2]) for key in lengths.index])
    page.add_table(
        atlas.say("里程 (km)", "Length (km)"),
        lengths.fillna(0.0),
        digits=dict.fromkeys(lengths.columns[1:], 0),
        note=network_note(atlas),
    )
    figures = [
        Figure(
            page=FILE,
            name=f"{names[scenario]} {atlas.say(*_CLASSES[str(key)][:2])}",
            value=round(float(value) / 1000.0, 3),
            unit="km",
            clause="",
            method=network_note(atlas),
            evidence="schematic" if atlas.roads is None else "derived",
        )
        for scenario, edges in drawn.items()
        for key, value in edges.groupby("highway")["length"].sum().items()
        if key in _CLASSES
    ]
    if atlas.roads is None:
        if atlas.folder is None:  # published distances are known for the embedded network alone
            _add_calibration(page, atlas)
        figures += _add_loop(page, atlas) if "loop" in atlas.study.files else []
    finished = AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "铁路、高速、干线与县乡连接，2022、现状与建成三个年份；红色文旅环线；与公布里程的对照。",
            "Railways, motorways, trunk and local links in 2022, today and complete; the red-tourism loop; "
            "the check against published distances.",
        ),
        page=page,
        thumbnail=small_picture(atlas, lines=[(drawn.get("today", next(iter(drawn.values()))).geometry, "#B5562B", 2)]),
        figures=tuple(figures),
    )
    return [finished]


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
    towns = targets.townships(atlas.study)
    located = towns[towns.geometry.notna() & ~towns.geometry.is_empty]
    if located.empty:
        return
    page.add_points(
        atlas.say("乡镇驻地", "Township seats"),
        atlas.coarsened(located),
        color="#20313f",
        radius=3.5,
        label=atlas.name,
        labels=True,
        label_zoom=10,
        uncertainty="uncertainty_m",
        group=atlas.say("地点", "Places"),
    )


def _add_calibration(page: Page, atlas: Atlas) -> None:
    table = schematic.distance_table()
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


def _add_loop(page: Page, atlas: Atlas) -> list[Figure]:
    stops, legs, tour = targets.red_loop(study=atlas.study)
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
            page=FILE,
            name=atlas.say("红色文旅环线", "Red-tourism loop"),
            value=round(float(legs["km"].sum()), 1),
            unit="km",
            clause="四(一)2 (R-16)",
            method=atlas.say("示意路网最短时间环线，Held–Karp", "quickest tour on the schematic network, Held-Karp"),
            evidence="modelled",
        )
    ]
