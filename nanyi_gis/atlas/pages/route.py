"""The page of the red-tourism road: where its kilometres may go, what they cover, where the gaps are."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import targets
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..road import ROAD_MINUTES, RoadView, kind_name, township_minutes
from ..road_layers import add_alignment_lines, add_gap_lines, add_profile, add_road, add_sites, add_stations
from ..road_tables import (
    add_alignments,
    add_coverage,
    add_curve,
    add_gains,
    add_gaps,
    add_longer,
    add_parts,
    add_site_table,
    add_stretch_table,
    add_unserved,
)
from ..scenarios import people_note, schematic_note

FILE = "route.html"
_LONGER_KM = (0.0, 10.0, 20.0, 50.0, 100.0)
_SAMPLES = 100  # draws of the sites within their uncertainty
_LAYERS = (add_gap_lines, add_road, add_alignment_lines, add_sites, add_stations, add_profile)
_TABLES = (
    *(add_coverage, add_curve, add_gaps, add_site_table, add_stretch_table, add_gains, add_longer, add_unserved),
    *(add_parts, add_alignments),
)


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [
        Entry(file=FILE, zh="红色旅游路", en="Red-tourism road", group="red_culture", order=10, lacks=_lacks(atlas))
    ]


def _lacks(atlas: Atlas) -> tuple[str, str] | None:
    if "route" not in atlas.study.files:
        return ("没有旅游公路的条件文件", "the study names no file of what a road for visitors must hold")
    if "chains" not in atlas.study.files:
        return (
            "没有走廊链：设计只在示意路网上进行",
            "the study names no chains of corridors, and the road is designed on those alone",
        )
    return None


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page of the road."""
    road = atlas.once((FILE, "road"), lambda: targets.red_road(atlas.study, dem=atlas.dem, samples=_SAMPLES))
    atlas.once(ROAD_MINUTES, lambda: township_minutes(road))
    lengths = [road.length_km + more for more in _LONGER_KM]
    longer = atlas.once((FILE, "longer"), lambda: targets.road_by_length(atlas.study, lengths_km=lengths))
    return [road_page(atlas, road, longer=longer)]


def road_page(atlas: Atlas, road: targets.RedRoad, *, longer: pd.DataFrame | None = None) -> AtlasPage:
    """Return the page of a road that is designed and measured, and of what longer ones would reach."""
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{road.length_km:g} km：点名路线、本模型的设计与覆盖",
            f"{road.length_km:g} km: what the plan names, a design by the model, and what it covers",
        ),
        sources=[
            _network_note(atlas),
            *([people_note(atlas)] if "census" in atlas.study.files else []),
            _points_note(atlas, road),
        ],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    view = RoadView(atlas, road, longer)
    for add in _LAYERS:
        add(page, view)
    page.add_text(_question(atlas, road), _answer(atlas, road))
    for add in _TABLES:
        add(page, view)
    page.add_text(atlas.say("提示", "Mind"), _notes(atlas, road))
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=_summary(atlas, road),
        page=page,
        thumbnail=small_picture(
            atlas,
            lines=[(road.route.frame.geometry, "#C8102E", 3)],
            points=[(_marked(road).geometry, "#7A1020")],
        ),
        figures=_figures(view),
    )


def _network_note(atlas: Atlas) -> str:
    """Return on which network the road is designed: the schematic one, whatever roads a user gives."""
    note = schematic_note(atlas)
    if atlas.roads is None:
        return note
    name = atlas.roads.name
    return note + atlas.say(
        f"；用户文件 {name} 没有规划走廊，不用于本页",
        f"; the user's file {name} has no corridors of the plan and is not used on this page",
    )


def _question(atlas: Atlas, road: targets.RedRoad) -> str:
    km = f"{road.length_km:g}"
    return atlas.say(f"{km} km 在哪里？", f"Where do the {km} km go?")


def _answer(atlas: Atlas, road: targets.RedRoad) -> list[str]:
    """Return what is known, what is designed, and what is open, each said to be that."""
    known, designed, still = road.answer[atlas.lang]
    return [atlas.say("已知：", "Known: ") + known, designed, atlas.say("未定：", "Open: ") + still]


def _points_note(atlas: Atlas, road: targets.RedRoad) -> str:
    points = ", ".join(f"{kind_name(atlas, kind)} {value:g}" for kind, value in road.record.weights.items())
    return atlas.say(
        f"点位分值（本项目设定，非规划数字）：{points}；同一景区只计一次",
        f"Points by kind of site (a choice of this package, no figures of the plan): {points}; one scenery counts once",
    )


def _summary(atlas: Atlas, road: targets.RedRoad) -> str:
    km = f"{road.length_km:g}"
    return atlas.say(
        f"{km} km 红色旅游路：已知、设计与未定；覆盖、空白段、桩号与剖面。",
        f"The {km} km of red-tourism roads: known, designed, open; what they cover, gaps, chainage, profile.",
    )


def _notes(atlas: Atlas, road: targets.RedRoad) -> list[str]:
    """Return what a reader must know, in the language of the page."""
    if atlas.lang == "zh":
        return list(road.notes_zh)
    return [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in road.notes]


def _marked(road: targets.RedRoad) -> gpd.GeoDataFrame:
    red = road.sites[road.sites["kind"] == "red_site"]
    return road.sites if red.empty else red


def _figures(view: RoadView) -> tuple[Figure, ...]:
    """Return length and covered shares as figures."""
    atlas, road, threshold = view.atlas, view.road, view.threshold
    items = links_of(atlas).known([road.record.item])
    clause = "、".join(items)
    method = _network_note(atlas)
    found = [
        Figure(
            page=FILE,
            name=atlas.say("红色旅游路设计长度", "Length of the designed red-tourism road"),
            value=round((road.design or road.route).length_m / 1000.0, 1),
            unit="km",
            clause=clause,
            items=items,
            method=method,
            evidence="modelled",
        )
    ]
    table = road.coverage.table
    for row in table[table["threshold"] == threshold].to_dict("records"):
        if not np.isfinite(row["share"]):
            continue
        ranged = np.isfinite(row["low"]) and np.isfinite(row["high"])
        expected = row.get("expected", np.nan)
        found.append(
            Figure(
                page=FILE,
                name=f"{kind_name(atlas, row['kind'])} ≤{view.within}",
                value=round(100.0 * (expected if np.isfinite(expected) else row["share"]), 2),
                low=round(100.0 * row["low"], 2) if ranged else None,
                high=round(100.0 * row["high"], 2) if ranged else None,
                unit="%",
                clause=clause,
                items=items,
                method=method,
                evidence="modelled",
            )
        )
    return tuple(found)
