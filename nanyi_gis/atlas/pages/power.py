"""The page of the grid: what the plan asks, and study corridors by their spacing; a public atlas draws none."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from ... import targets
from ...route import Corridor
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..processing_tables import located_towns
from ..proposals import NO_RECORD, add_plan, clauses_of
from . import siting_charging

FILE = "power.html"
_COLOURS = ("#C8102E", "#0072B2", "#8A5A00", "#20313F")


class Found(NamedTuple):
    """What the page tells, without words of a language."""

    corridors: Mapping[float, Corridor | None]
    own_ends: bool
    own_settlements: bool


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if targets.power_record(atlas.study) is None else None
    return [Entry(file=FILE, zh="电网", en="Power grid", group="infrastructure", order=85, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.power_record(atlas.study)
    return [] if asked is None else [(item, FILE) for item in targets.items_of(asked)]


def _asked(atlas: Atlas) -> targets.PowerRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.PowerRecord, targets.power_record(atlas.study))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    return [power_page(atlas, atlas.once((FILE, "found"), lambda: _found(atlas)))]


def _found(atlas: Atlas) -> Found:
    """Return the corridors between the ends given, else between the two county seats; none for the public."""
    asked = _asked(atlas)
    own = atlas.extra.get(asked.ends)
    points = None if own is None else own[own.geom_type == "Point"]
    settled = atlas.extra.get(asked.settlements)
    ends = _seats(atlas) if points is None or len(points) != 2 else list(points.to_crs(atlas.dem.rio.crs).geometry)
    if atlas.public or len(ends) != 2:
        return Found({}, False, False)
    found = targets.corridors_by_spacing(
        atlas.dem,
        ends[0],
        ends[1],
        settlements=(located_towns(atlas) if settled is None else settled).geometry,
        spacing_m=asked.spacing_m,
        end_radius_m=asked.end_radius_m,
        slope_max=asked.slope_max,
    )
    return Found(found, points is not None and len(points) == 2, settled is not None)


def _seats(atlas: Atlas) -> list[Any]:
    """Return the places of the county seats."""
    towns = located_towns(atlas).to_crs(atlas.dem.rio.crs)
    return [towns.geometry[code] for code in sorted(set(atlas.study.seats.values())) if code in towns.index]


def power_page(atlas: Atlas, found: Found) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "规划对电网的要求；避让居民点的走廊要多绕多少",
            "What the plan asks of the grid; how far a corridor goes round to keep away from settlements",
        ),
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    _add_corridors(page, atlas, found)
    _add_seats(page, atlas)
    add_plan(page, atlas, list(asked.items), ours=_ours(atlas, found))
    if found.corridors:
        _add_table(page, atlas, found)
    _add_charging(page, atlas)
    drawn = _lines(atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "规划的电网条目；给定两端之间避让居民点的研究走廊，间距越大绕行越多；充电设施见专页。",
            "The plan's items on the grid; study corridors between two ends by their spacing from settlements; "
            "charging has "
            "a page of its own.",
        ),
        page=page,
        thumbnail=small_picture(atlas, lines=[(drawn.geometry, _COLOURS[0], 3)] if len(drawn) else []),
        figures=_figures(atlas, found),
        main_table=_title(atlas) if found.corridors else "",
    )


def _lines(atlas: Atlas, found: Found) -> gpd.GeoDataFrame:
    """Return the corridors that there are."""
    kept = {metres: way for metres, way in found.corridors.items() if way is not None}
    return gpd.GeoDataFrame(
        {
            "spacing": [f"{metres:g}" for metres in kept],
            "km": [round(way.length_m / 1000.0, 1) for way in kept.values()],
        },
        geometry=[way.geometry for way in kept.values()],
        crs=atlas.dem.rio.crs,
    )


def _add_corridors(page: Page, atlas: Atlas, found: Found) -> None:
    drawn = _lines(atlas, found)
    if drawn.empty:
        return
    styles = {
        spacing: {
            "color": colour,
            "weight": 3,
            "dash": "8 4",
            "label": atlas.say(f"离居民点 {spacing} m 以上", f"{spacing} m and more from settlements"),
        }
        for spacing, colour in zip(drawn["spacing"], _COLOURS, strict=False)
    }
    page.add_lines(
        atlas.say("研究走廊（不是线路）", "Study corridors (no line)"),
        drawn,
        popup=[
            ("spacing", atlas.say("间距 (m)", "Spacing (m)")),
            ("km", atlas.say("长度 (km)", "Length (km)")),
        ],
        style_by="spacing",
        styles=styles,
        group=atlas.say("研究", "Study"),
        evidence="modelled",
        key="corridors",
    )


def _add_seats(page: Page, atlas: Atlas) -> None:
    """Add the township seats, the settlements that are known."""
    name = atlas.say("乡镇驻地", "Township seats")
    towns = located_towns(atlas)
    page.add_points(
        name,
        atlas.coarsened(towns.assign(kind="seat")),
        radius=4,
        label=atlas.name,
        popup=[(atlas.name, atlas.say("乡镇", "Township"))],
        style_by="kind",
        styles={"seat": {"color": "#20313F", "radius": 4, "label": name}},
        group=atlas.say("居民点", "Settlements"),
        key="seats",
    )


def _ours(atlas: Atlas, found: Found) -> list[str]:
    asked = _asked(atlas)
    if atlas.public:
        return [
            atlas.say(
                "公开版不画电力设施、不画走廊，也不写电压。",
                "The public edition draws no power facility and no corridor, and tells no voltage.",
            )
        ]
    own_ends, own_homes = f"{asked.ends}.gpkg", f"{asked.settlements}.gpkg"
    ends = (
        atlas.say(f"两端取自自有图层 {own_ends}。", f"The ends are those of the own layer {own_ends}.")
        if found.own_ends
        else atlas.say(
            "变电站和电源的位置没有公开，规划也没写：图上以县城之间为例，只示方法；"
            f"有两端位置时请交制图单位（图层 {own_ends}，两点）。",
            "Neither substations nor plants have a public place, nor does the plan name one: the county seats stand in "
            f"for the ends, to show the method; a layer {own_ends} of two points gives them.",
        )
    )
    homes = (
        atlas.say(f"居民点取自自有图层 {own_homes}。", f"Settlements: the own layer {own_homes}.")
        if found.own_settlements
        else atlas.say(
            f"居民点只知乡镇驻地，村庄不在其中，实际绕行更多；全部居民点可由图层 {own_homes} 给出。",
            "Only township seats are known, no village, so a true corridor goes round more; a layer "
            f"{own_homes} gives all settlements.",
        )
    )
    return [
        ends,
        homes,
        atlas.say(
            "规程只定导线与建筑的净距和保护区宽度（数米至数十米），不定选线间距；"
            f"此处间距是本页的假定；两端 {asked.end_radius_m / 1000:g} km 内不计间距；坡度大于 "
            f"{asked.slope_max:g}° 处不立塔。转折计代价。已有线路、权属、保护地与规程不在内：是研究，不是设计。",
            "Rules set clearances and protected strips of metres to tens of metres, no spacing for choosing a "
            f"line: these are assumptions. Within {asked.end_radius_m / 1000:g} "
            "km of the ends "
            f"none is asked; no support stands on more than {asked.slope_max:g}°; turns cost. Lines that stand, "
            "owners, "
            "reserves and codes are not in it: a study, no design.",
        ),
        *(
            [atlas.say("这个地形上没有走廊可算。", "No corridor can be found here.")]
            if not any(found.corridors.values())
            else []
        ),
    ]


def _title(atlas: Atlas) -> str:
    return atlas.say("间距的代价", "What a spacing costs")


def _add_table(page: Page, atlas: Atlas, found: Found) -> None:
    rows = [
        {
            "spacing": metres,
            "km": np.nan if way is None else way.length_m / 1000.0,
            "detour": np.nan if way is None else way.detour,
            "angles": np.nan if way is None else way.angles,
            "closed": np.nan if way is None else 100.0 * way.closed_share,
        }
        for metres, way in found.corridors.items()
    ]
    page.add_table(
        _title(atlas),
        pd.DataFrame(rows).round(2),
        columns={
            "spacing": atlas.say("间距（m）", "Spacing (m)"),
            "km": atlas.say("长度（km）", "Length (km)"),
            "detour": atlas.say("比直线", "Times straight"),
            "angles": atlas.say("转角", "Angles"),
            "closed": atlas.say("封闭土地（%）", "Land closed (%)"),
        },
        digits={"spacing": 0, "km": 1, "detour": 2, "angles": 0, "closed": 1},
        sortable=False,
        note=atlas.say("空白：按此间距没有走廊。", "Empty: no corridor keeps that spacing."),
    )


def _add_charging(page: Page, atlas: Atlas) -> None:
    """Lead to the page of charging, where the study has it."""
    made = {entry.file: atlas.say(entry.zh, entry.en) for entry in atlas.pages}
    if siting_charging.FILE not in made:
        return
    link = Markup('<p>{} <a href="{}">{}</a></p>').format(
        atlas.say("沿干线按间距布置充电点，见", "Charging along the roads by spacing:"),
        siting_charging.FILE,
        made[siting_charging.FILE],
    )
    page.add_panel(atlas.say("充电设施", "Charging"), link)


def _figures(atlas: Atlas, found: Found) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    known = links_of(atlas).known(asked.items)
    return tuple(
        Figure(
            page=FILE,
            name=atlas.say(f"研究走廊，离居民点 {metres:g} m", f"Study corridor, {metres:g} m from settlements"),
            value=round(way.length_m / 1000.0, 1),
            unit="km",
            clause=clauses_of(atlas, known),
            method=atlas.say("给定两端之间的最短走廊", "Shortest corridor between the ends"),
            evidence="modelled",
            items=known,
        )
        for metres, way in found.corridors.items()
        if way is not None
    )
