"""The page of shelters: how few would reach every township and most people, by car and on foot; none is known."""

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import targets
from ...colours import Colour
from ...targets import Shelters
from ...webmap import Page, charts
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, shell, small_picture
from ..proposals import (
    CHOSEN,
    NO_RECORD,
    add_plan,
    add_sites,
    add_towns,
    add_ways,
    clauses_of,
    item_of,
    names_of,
    proof,
    record,
    shown_year,
    year_note,
)
from ..proposed import keep_proposed
from ..scenarios import lacks_access, network_note
from ..siting_ground import ground, land_note, people_by_cell, squares

FILE = "siting_shelters.html"
_COLOURS: dict[int, Colour] = {1: (60, 80, 140), 2: (160, 170, 150), 3: (250, 210, 110)}


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if record(atlas).shelters is None else lacks_access(atlas)
    return [Entry(file=FILE, zh="应急避难", en="Shelters", group="infrastructure", order=70, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = record(atlas).shelters
    return [] if asked is None else [(asked.towns, FILE), (asked.villages, FILE)]


def _asked(atlas: Atlas) -> targets.ShelterRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.ShelterRecord, record(atlas).shelters)


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found = atlas.once((FILE, "found"), lambda: _found(atlas))
    keep_proposed(atlas, "shelter_point", _points(found), item=_asked(atlas).villages)
    return [shelters_page(atlas, found)]


def _found(atlas: Atlas) -> Shelters:
    asked = _asked(atlas)
    land = ground(atlas)
    towns = targets.townships(atlas.study)
    return targets.shelters(
        people_by_cell(atlas, asked.slope_max),
        atlas.dem,
        zones=land.zones,
        zone_towns=land.codes,
        towns=towns[towns.geometry.notna()],
        graph=atlas.graphs[shown_year(atlas.graphs)],
        drive_minutes=asked.drive_minutes,
        walk_minutes=asked.walk_minutes,
        village_minutes=asked.village_minutes,
        share=item_of(atlas, asked.villages).total("%") / 100.0,
        cluster_m=asked.cluster_m,
    )


def shelters_page(atlas: Atlas, found: Shelters) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "乡镇全覆盖、村级覆盖至少各要几处：驾车与步行",
            "How few reach every township, and most people: by car and on foot",
        ),
        sources=[network_note(atlas), land_note(atlas, asked.slope_max)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    group = atlas.say("视图", "View")
    views = [_add_people(page, atlas, found, group=group)]
    views += [_add_drive(page, atlas, found, limit, group=group) for limit in found.drives]
    page.add_switch(group, views)
    add_plan(page, atlas, [asked.towns, asked.villages], ours=_ours(atlas, found))
    _add_drive_table(page, atlas, found)
    _add_points_table(page, atlas, found)
    _add_walk_table(page, atlas, found)
    page.add_text(atlas.say("谁够不着", "Who is out of reach"), _lost(atlas, found))
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "每个乡镇在若干分钟车程内有避难场所至少要几处；村级避难点覆盖规划比例的人口至少要几处；各乡镇步行可达。",
            "How few shelters are within so many minutes of every township; how few village points reach the plan's "
            "share of the people; who walks to a township seat in time.",
        ),
        page=page,
        thumbnail=small_picture(atlas, points=[(_points(found).geometry, CHOSEN)]),
        figures=_figures(atlas, found),
        main_table=_drive_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _points(found: Shelters) -> gpd.GeoDataFrame:
    """Return the village points that are proposed."""
    chosen = [] if found.points is None else list(found.points.chosen)
    points: gpd.GeoDataFrame = found.people.loc[chosen]
    return points


def _add_people(page: Page, atlas: Atlas, found: Shelters, *, group: str) -> str:
    """Add the people by square, and the points that would reach them on foot."""
    name = atlas.say("步行", "On foot")
    limit = f"{found.minutes_on_foot:g}"
    land, people = ground(atlas), found.people
    near = people["walk"] <= found.minutes_on_foot
    codes = pd.Series(2, index=people.index).mask(people["far"], 3).mask(near, 1)
    labels = {
        1: atlas.say(f"{limit} 分钟内走到乡镇驻地", f"a township seat within {limit} min"),
        2: atlas.say(f"{limit} 分钟内走到建议的村级点", f"a proposed point within {limit} min"),
        3: atlas.say("都走不到", "neither in time"),
    }
    add_classes(
        page,
        atlas,
        name,
        squares(atlas, people, codes, size_m=_asked(atlas).cluster_m),
        _COLOURS,
        {code: label for code, label in labels.items() if (codes == code).any()},
        group=group,
        opacity=0.6,
        exclusive=True,
        legend_title=atlas.say("有人居住的格子（推算）", "Squares with people (assumed)"),
        key="people",
    )
    points = _points(found)
    sites = points.assign(town_name=[land.name(atlas, code) if code else "–" for code in points["town"]])
    add_sites(
        page, atlas, atlas.coarsened(sites), name=name, key="points", group=group, exclusive=True, radius=5,
        title=atlas.say("建议的村级避难点", "Proposed village point"),
        popup=[("town_name", atlas.say("乡镇片区", "Township"))],
    )  # fmt: skip
    return name


def _add_drive(page: Page, atlas: Atlas, found: Shelters, limit: float, *, group: str) -> str:
    """Add the fewest sites from which every township is driven to within a limit."""
    name = atlas.say(f"车程 {limit:g} 分", f"{limit:g} min by car")
    result = found.drives[limit]
    chosen = list(result.chosen)
    near = found.minutes[chosen]
    nearest = near.idxmin(axis=1)
    towns = found.towns.assign(minutes=near.min(axis=1))
    towns["minutes_text"] = [
        atlas.say("本地", "in place") if code in chosen else f"{value:.0f}" if np.isfinite(value) else "–"
        for code, value in towns["minutes"].items()
    ]
    towns = atlas.coarsened(towns)
    ends = gpd.GeoSeries(
        [towns.geometry[site] for code, site in nearest.items() if code not in chosen],
        index=[code for code in nearest.index if code not in chosen],
        crs=towns.crs,
    )
    key = f"{limit:g}"
    add_ways(page, atlas, towns, ends, name=name, key=f"ways_{key}", group=group, exclusive=True, shown=False)
    popup = [
        ("name_zh", atlas.say("乡镇", "Township")),
        ("minutes_text", atlas.say("到最近处（分）", "To the nearest (min)")),
    ]
    add_towns(
        page, atlas, towns, "minutes", name=name, group=group, key=f"towns_{key}", popup=popup, shown=False,
        title=atlas.say("到最近处的分钟数", "Minutes to the nearest"),
    )  # fmt: skip
    add_sites(
        page, atlas, towns.loc[chosen], name=name, key=f"sites_{key}", group=group, exclusive=True, shown=False,
        title=atlas.say("建议的避难场所", "Proposed shelter"), popup=popup,
    )  # fmt: skip
    return name


# ---- the panels -----------------------------------------------------------------------------------------------------


def _ours(atlas: Atlas, found: Shelters) -> list[str]:
    asked = _asked(atlas)
    towns, located = len(targets.townships(atlas.study)), len(found.towns)
    year = shown_year(atlas.graphs)
    limit = f"{found.minutes_on_foot:g}"
    percent = f"{100 * found.share:g}"
    needed = (
        atlas.say("乡镇驻地已够", "the township seats suffice")
        if found.points is None and found.seats_alone >= found.share
        else atlas.say("无论多少处都达不到", "no number of points does")
        if found.points is None
        else _count_words(atlas, found.least, len(found.points.chosen))
    )
    return [
        atlas.say(
            f"规划要求每个乡镇都有：{towns} 个乡镇至少 {towns} 处。现有避难场所没有名录，一处也不计、不画；"
            "本页回答的是：从零算起，至少要几处才够得着。",
            f"The plan wants one in every township: {towns} townships, at least {towns}. No list of shelters is "
            "known, so "
            "none counts or is drawn; the page answers how few would reach everyone, from nothing.",
        ),
        atlas.say(
            f"村级：没有村庄名录与位置，不能按村计数。改为按人口：除 {located} 个乡镇驻地外，"
            f"要让 {percent}% 的人 {limit} 分钟内走到驻地或村级点，{needed}。",
            f"Villages: neither list nor places are known, so they cannot be counted. By people instead: beside the "
            f"{located} township seats, for {percent} % of them to walk to a seat or a point within {limit} minutes it "
            f"takes: {needed}.",
        ),
        atlas.say(
            "GB 51143 的疏散距离为 0.5–2.5 km（紧急 0.5、短期 1、中期 1.5、长期 2.5 km），适用城区；"
            f"本页人口只推算到 {asked.cluster_m / 1000:g} km 的格子，判断不了这样短的距离。",
            f"GB 51143 has evacuation distances of 0.5 to 2.5 km (emergency 0.5, short 1, medium 1.5, long 2.5), for "
            f"towns; people here are known by squares of {asked.cluster_m / 1000:g} km alone, which cannot tell so "
            "short "
            "a way.",
        ),
        atlas.say(
            f"步行为越野步行（坡度减速），不沿路；驾车为驻地到驻地。{year_note(atlas, year)}"
            "滑坡、洪水等不宜选址处没有资料，未扣除。",
            f"On foot across the land, slower on slopes, along no road; by car from seat to seat. "
            f"{year_note(atlas, year)} Landslides, floodways and the like are not known and not left out.",
        ),
    ]


def _count_words(atlas: Atlas, least: int, enough: int) -> str:
    """Return how many points it takes: one number where the bound meets it, else between which two."""
    if least == enough:
        return atlas.say(f"至少 {enough} 处（已证明更少不行）", f"at least {enough} points (fewer are proven too few)")
    return atlas.say(
        f"{enough} 处够用，少于 {least} 处已证明不够", f"{enough} points will do, fewer than {least} are proven too few"
    )


def _drive_title(atlas: Atlas) -> str:
    return atlas.say("每个乡镇在车程内，至少要几处", "How few are within reach of every township by car")


def _add_drive_table(page: Page, atlas: Atlas, found: Shelters) -> None:
    rows = [
        {
            "limit": limit,
            "count": len(result.chosen),
            "proof": proof(atlas, result),
            "sites": names_of(atlas, found.towns, map(str, result.chosen)),
        }
        for limit, result in found.drives.items()
    ]
    page.add_table(
        _drive_title(atlas),
        pd.DataFrame(rows),
        columns={
            "limit": atlas.say("车程（分）", "By car (min)"),
            "count": atlas.say("至少（处）", "At least"),
            "proof": atlas.say("证明", "Proof"),
            "sites": atlas.say("一种选法", "One way to choose"),
        },
        digits={"limit": 0, "count": 0},
        sortable=False,
        more=["sites"],
        note=atlas.say(
            "数量是最少的；选法可能不止一种（展开可见）。用于救援与物资点，不替代每个乡镇自己的避难场所。",
            "The number is the least; there may be other ways to choose (enlarge the table to see one). It is for "
            "rescue and stores, and does not stand "
            "in for a shelter in each township.",
        ),
    )


def _add_points_table(page: Page, atlas: Atlas, found: Shelters) -> None:
    """Add how many people a number of village points reaches."""
    curve = found.curve
    if len(curve) > 1:
        page.add_chart(
            atlas.say("村级点数与步行可达人口", "Village points and people on foot"),
            charts.line_chart(
                {
                    atlas.say("可达人口", "People reached"): (
                        curve["n"].tolist(), (100.0 * curve["share"]).tolist(),
                    )
                },
                title=atlas.say("村级点数与步行可达人口", "Village points and people on foot"),
                x_label=atlas.say("村级点（处）", "Village points"),
                y_label=atlas.say("步行可达人口（%）", "People reached on foot (%)"),
                x_digits=0,
                y_digits=0,
            ),
        )  # fmt: skip
    shown = curve[curve["n"].isin(_few(curve["n"].tolist()))]
    page.add_table(
        atlas.say("多建一批村级点值多少", "What more village points buy"),
        pd.DataFrame(
            {
                "n": shown["n"],
                "share": (100.0 * shown["share"]).round(1),
                "bound": (100.0 * shown["bound"]).round(1),
            }
        ),
        columns={
            "n": atlas.say("村级点（处）", "Village points"),
            "share": atlas.say("可达人口（%）", "People reached (%)"),
            "bound": atlas.say("任何选法都不超过（%）", "No choice exceeds (%)"),
        },
        digits={"n": 0, "share": 1, "bound": 1},
        sortable=False,
        note=atlas.say("0 处：只有乡镇驻地。", "0: the township seats alone."),
    )


def _few(numbers: list[int]) -> list[int]:
    """Return the first two, the last, and what lies farthest apart between them, at most six."""
    if len(numbers) <= 6:
        return numbers
    steps = np.linspace(numbers[0], numbers[-1], 6)
    return sorted({min(numbers, key=lambda n: (abs(n - step), n)) for step in steps})


def _add_walk_table(page: Page, atlas: Atlas, found: Shelters) -> None:
    land = ground(atlas)
    table = found.walked[found.walked["people"] > 0]
    shares = {
        f"within_{limit:g}": (100.0 * table[f"within_{limit:g}"] / table["people"]).round(1) for limit in found.limits
    }
    last = f"within_{found.limits[-1]:g}"
    rows = pd.DataFrame(
        {
            "town": [land.name(atlas, str(code)) for code in table.index],
            "people": table["people"].round(-2),
            **shares,
            "beyond": (table["people"] - table[last]).round(-2),
        }
    )
    page.add_table(
        atlas.say("各乡镇：步行到驻地的人口", "By township: people who walk to a seat"),
        rows.sort_values("beyond", ascending=False, kind="stable"),
        columns={
            "town": atlas.say("乡镇", "Township"),
            "people": atlas.say("人口（估算）", "People (estimate)"),
            **{
                f"within_{limit:g}": atlas.say(f"{limit:g} 分内（%）", f"within {limit:g} min (%)")
                for limit in found.limits
            },
            "beyond": atlas.say(f"{found.limits[-1]:g} 分外（人）", f"beyond {found.limits[-1]:g} min (people)"),
        },
        digits={"people": 0, "beyond": 0, **dict.fromkeys(shares, 0)},
        note=atlas.say(
            "到最近的乡镇驻地，不分乡镇。人口在土地上的分布是假定，县城按驻地周围计。",
            "To the nearest township seat, whichever it is. How people lie over the land is an assumption; those of a "
            "county town are around its seat.",
        ),
    )


def _lost(atlas: Atlas, found: Shelters) -> list[str]:
    land = ground(atlas)
    far = found.people[found.people["far"]]
    lost = round(float(far["weight"].sum()), -3)
    by_town = far.groupby("town")["weight"].sum().round(-2)
    by_town = by_town[(by_town > 0) & (by_town.index != "")].sort_values(ascending=False, kind="stable")
    worst = atlas.say("、", ", ").join(
        f"{land.name(atlas, str(code))} {people:,.0f}" for code, people in by_town[:8].items()
    )
    limit = f"{found.minutes_on_foot:g}"
    unlocated = [code for code in targets.townships(atlas.study).index if code not in set(found.towns.index)]
    lines = [
        atlas.say(
            f"按上述村级点，{limit} 分钟内仍走不到任何一处的约 {lost:,.0f} 人，最多的乡镇：{worst}。"
            if worst
            else "按上述村级点，没有走不到的。",
            f"With these points about {lost:,.0f} people still walk to none within {limit} minutes, "
            "most "
            f"of them in {worst}."
            if worst
            else "With these points everyone walks to one in time.",
        )
    ]
    if unlocated:
        lines.append(
            atlas.say(
                f"没有坐标，未计入驾车：{names_of(atlas, targets.townships(atlas.study), unlocated)}。",
                f"Without coordinates, so not in what is by car: "
                f"{names_of(atlas, targets.townships(atlas.study), unlocated)}.",
            )
        )
    for drive, result in found.drives.items():
        if result.unserved:
            lines.append(
                atlas.say(
                    f"车程 {drive:g} 分：{names_of(atlas, found.towns, map(str, result.unserved))}无路可达。",
                    f"Within {drive:g} minutes by car no road reaches "
                    f"{names_of(atlas, found.towns, map(str, result.unserved))}.",
                )
            )
    return lines


def _figures(atlas: Atlas, found: Shelters) -> tuple[Figure, ...]:
    asked = _asked(atlas)
    figures = [
        Figure(
            page=FILE,
            name=atlas.say(f"车程 {limit:g} 分内的避难场所，至少", f"Shelters within {limit:g} min by car, at least"),
            value=float(len(result.chosen)),
            unit=atlas.say("处", ""),
            clause=clauses_of(atlas, [asked.towns]),
            items=links_of(atlas).known([asked.towns]),
            method=network_note(atlas),
            evidence="modelled",
        )
        for limit, result in found.drives.items()
    ]
    if found.points is not None:
        figures.append(
            Figure(
                page=FILE,
                name=atlas.say("村级避难点", "Village shelter points"),
                value=float(len(found.points.chosen)),
                low=float(found.least),
                high=float(len(found.points.chosen)),
                unit=atlas.say("处", ""),
                clause=clauses_of(atlas, [asked.villages]),
                items=links_of(atlas).known([asked.villages]),
                method=land_note(atlas, asked.slope_max),
                evidence="modelled",
            )
        )
    return tuple(figures)
