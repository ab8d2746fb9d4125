"""The networks of the plan's years, or the user's own, and how pages name them."""

from typing import TypeAlias

from .. import network, targets
from .. import plan as plan_room
from ..network import Graph
from ..webmap import Page
from .context import Atlas

GraphByScenario: TypeAlias = dict[str, Graph]

NO_NETWORK = (
    "没有路网：未给出走廊链，请用 --roads 给出道路",
    "no network: the study names no chains of corridors; give roads with --roads",
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
        return atlas.say(f"路网: 用户文件 {atlas.roads.name}", f"Network: the user's file {atlas.roads.name}")
    return atlas.say(
        "路网: 示意。走廊取公布里程，其余为直线乘弯曲系数",
        "Network: schematic. Corridors keep published lengths, other links are straight lines times a sinuosity",
    )


def add_year_switch(page: Page, atlas: Atlas, graphs: GraphByScenario) -> None:
    """Add buttons that switch between the scenarios, if there are several."""
    if len(graphs) > 1:
        names = scenario_names(atlas)
        page.add_switch(atlas.say("年份", "Year"), [names[scenario] for scenario in graphs])
