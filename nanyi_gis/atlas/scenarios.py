"""The networks of the plan's years, or the user's own, and how pages name them."""

from typing import TypeAlias

from .. import network, schematic, targets
from .. import plan as plan_room
from ..network import Graph
from ..study import read_census
from ..webmap import Page, age_html
from .context import Atlas

GraphByScenario: TypeAlias = dict[str, Graph]

NO_NETWORK = (
    "没有路网：既无走廊链，也未提供道路图层",
    "no network: the study names no chains of corridors, and no roads were given",
)
NO_TOWNSHIPS = ("没有乡镇驻地", "the study has no township seats among its places")
NO_CENSUS = ("没有各县人口", "the study names no census")


def lacks_network(atlas: Atlas) -> tuple[str, str] | None:
    """Return what the study lacks for a page of roads, in both languages, or ``None``."""
    return None if atlas.roads is not None or "chains" in atlas.study.files else NO_NETWORK


def lacks_access(atlas: Atlas) -> tuple[str, str] | None:
    """Return what the study lacks for a page of minutes by township, in both languages, or ``None``."""
    if plan_room.of_kind(atlas.plan.places, "township").empty:
        return NO_TOWNSHIPS
    return lacks_network(atlas) or (None if "census" in atlas.study.files else NO_CENSUS)


def scenario_graphs(atlas: Atlas) -> GraphByScenario:
    """Return the network of each scenario; the user's roads make a single one with the townships snapped to it."""
    if atlas.roads is None:
        return targets.scenario_graphs(study=atlas.study)
    graph = network.build_graph(atlas.roads, dem=atlas.dem, crs=atlas.study.crs, noding=atlas.noding)
    known = not plan_room.of_kind(atlas.plan.places, "township").empty
    return {"own": targets.place_townships(graph, study=atlas.study) if known else graph}


def uncertain_graphs(atlas: Atlas) -> GraphByScenario:
    """Return the networks of today with and without what has no opening on record; empty for a user's own roads."""
    return {} if atlas.roads is not None else targets.uncertain_graphs(study=atlas.study)


def road_name(atlas: Atlas, road: str) -> str:
    """Return the name of a road of :func:`targets.uncertain_graphs`: that of the plan's item, else its own."""
    if not atlas.plan.has(road):
        name = str(atlas.uncertain[targets.WITH].graph["roads_in_doubt"].get(road, road))
        chains = schematic.load_records(schematic.sources_of(atlas.study)).chain if atlas.lang == "en" else ()
        return next((chain.name_en for chain in chains if chain.id == road and chain.name_en), name)
    item = atlas.plan.item(road)
    return atlas.say(item.name_zh, item.name_en)


def scenario_names(atlas: Atlas) -> dict[str, str]:
    """Return the scenarios' names for readers."""
    plan, today = (atlas.study.dates.get(name, "")[:7] for name in ("plan", "today"))
    return {
        "2022": atlas.say(f"规划时 {plan}", f"Plan date {plan}").strip(),
        "today": atlas.say(f"现状 {today}", f"Today {today}").strip(),
        "complete": atlas.say("规划建成", "Plan complete"),
        "own": atlas.say("自有路网", "Own roads"),
    }


def network_note(atlas: Atlas) -> str:
    """Return what the network is, for sources and methods."""
    if atlas.roads is not None:
        name = atlas.roads.name
        file = atlas.say(f"路网: 用户文件 {name}", f"Network: the user's file {name}")
        return file + _not_joined(atlas, atlas.graphs["own"])
    return schematic_note(atlas)


def schematic_note(atlas: Atlas) -> str:
    """Return what the schematic network is."""
    return atlas.say(
        "路网: 示意。走廊取公布里程，其余为直线乘弯曲系数",
        "Network: schematic. Corridors keep published lengths, other links are straight lines times a sinuosity",
    )


def _not_joined(atlas: Atlas, graph: Graph) -> str:
    """Return how many crossings of the user's roads are no junctions, and whether the layer looks unnoded."""
    report = graph.graph
    crossings, motorways = (int(report.get(name) or 0) for name in ("crossings", "crossings_controlled"))
    text = ""
    if crossings:
        zh = f"；{crossings} 处交叉不相连，其中高速公路 {motorways} 处"
        text += atlas.say(zh, f"; {crossings} crossings not joined, {motorways} of them with motorways")
    if report.get("unnoded"):
        zh = "；各线相交处似未打断，制图时可令其相连"
        text += atlas.say(zh, "; the lines look unnoded; the makers of the atlas can have them joined")
    return text


def facility_note(atlas: Atlas) -> str:
    """Return which hospitals and stations count, and on what evidence."""
    return atlas.say(
        "县级医院按县城计：本县县城，及路网上邻县的县城（地名表中的县城或市）；“县城有县级医院”为推定。",
        "County hospitals are the county seats, those of the counties around included where they are nodes of the "
        "network (county seats and cities of the gazetteer); that a county seat has one is derived.",
    )


def people_note(atlas: Atlas) -> str:
    """Return how people are spread over the townships, and what a range of shares means."""
    if atlas.people is not None:
        return atlas.say(
            "人口：给定的人口栅格，每格人数归入本县最近的乡镇驻地。",
            "People: the raster given, each cell's people to the nearest township seat of its county.",
        )
    census = read_census(atlas.study.files["census"])
    year = census.as_of[:4]
    zh = f"人口：{year} 年普查县总数" if year else "人口：各县普查总数"
    en = f"People: the counties' census totals{f' of {year}' if year else ''}"
    if census.townships:
        zh += f"，其中 {len(census.townships)} 个乡镇取公布数"
        en += f", {len(census.townships)} townships as published"
    percent = [f"{100 * share:.3g}" for share in census.seat_shares]
    if percent:
        middle = percent[len(percent) // 2]
        zh += f"；县城占 {percent[0]}–{percent[-1]}%（中间值 {middle}%），其余平均或按就近面积分到各乡镇"
        en += (
            f"; {percent[0]}–{percent[-1]} % of a county in its seat (central {middle} %), the rest over the other "
            "townships equally or by the nearest land"
        )
    else:
        zh += "；平均或按就近面积分到各乡镇"
        en += "; spread over the townships equally or by the nearest land"
    return atlas.say(
        f"{zh}。各规则结果不同，故比例为区间。", f"{en}. A share is a range over these rules, which are assumptions."
    )


def add_state(page: Page, atlas: Atlas) -> None:
    """Say of what day the network called today's is, from where, and, by the reader's clock, how old that is."""
    day = atlas.study.dates.get("today", "")
    if day:
        source = atlas.study.text("today_source", atlas.lang)
        page.add_panel(atlas.say("“现状”的日期", "The day of “today”"), age_html(day, source=source, lang=atlas.lang))


def add_year_switch(page: Page, atlas: Atlas, graphs: GraphByScenario) -> None:
    """Add buttons that switch between the scenarios, if there are several."""
    if len(graphs) > 1:
        names = scenario_names(atlas)
        page.add_switch(atlas.say("年份", "Year"), [names[scenario] for scenario in graphs])
