"""The page of building materials: the two marble parks, works whose places are not known, and what they reach."""

from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import plan as plan_room
from ... import targets
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure, span_text
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_relief, shell, small_picture
from ..processing_tables import located_towns
from ..proposals import (
    CHOSEN,
    NO_RECORD,
    add_plan,
    add_towns,
    clauses_of,
    minutes_text,
    name_of,
    names_of,
    shown_year,
    year_note,
)
from ..scenarios import lacks_access, network_note

FILE = "materials.html"
_UNSURE_M = 3000.0  # of a layer that says nothing of it


class Found(NamedTuple):
    """What the page tells, without words of a language."""

    sites: gpd.GeoDataFrame
    unlocated: pd.DataFrame
    result: targets.Materials | None


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    lacks = NO_RECORD if targets.materials_record(atlas.study) is None else lacks_access(atlas)
    return [Entry(file=FILE, zh="建材", en="Building materials", group="energy_materials", order=70, lacks=lacks)]


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.materials_record(atlas.study)
    return [] if asked is None else [(item, FILE) for item in targets.items_of(asked)]


def _asked(atlas: Atlas) -> targets.MaterialsRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.MaterialsRecord, targets.materials_record(atlas.study))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    return [materials_page(atlas, atlas.once((FILE, "found"), lambda: _found(atlas)))]


def _found(atlas: Atlas) -> Found:
    asked = _asked(atlas)
    of_items = _of_items(atlas.places, (*asked.parks, *asked.works))
    drawn = plan_room.located(of_items)
    columns = ["name_zh", "name_en", "uncertainty_m", "geometry"]
    frames = [drawn.set_index("id")[columns].to_crs(atlas.study.crs)] if len(drawn) else []
    frames += [_own(atlas, name)[columns] for name in asked.layers if name in atlas.extra]
    sites = (
        gpd.GeoDataFrame(pd.concat(frames), geometry="geometry", crs=atlas.study.crs)
        if frames
        else gpd.GeoDataFrame({name: [] for name in columns[:-1]}, geometry=[], crs=atlas.study.crs)
    )
    unlocated = pd.DataFrame(plan_room.unlocated(of_items).drop(columns="geometry"))
    if sites.empty:
        return Found(sites, unlocated, None)
    people = atlas.people if atlas.people is not None else targets.township_population(study=atlas.study)
    result = targets.materials(
        sites,
        towns=located_towns(atlas),
        people=people["population"],
        graph=atlas.graphs[shown_year(atlas.graphs)],
        minutes=asked.minutes,
        price_per_tkm=asked.price_per_tkm,
        dem=atlas.dem,
        reserves=_layer(atlas, asked.reserves, "Polygon"),
        viewpoints=_layer(atlas, asked.viewpoints, "Point"),
        view_m=asked.view_m,
    )
    return Found(sites, unlocated, result)


def _of_items(places: gpd.GeoDataFrame, numbers: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the places of items of the plan."""
    wanted = set(numbers)
    kept: gpd.GeoDataFrame = places[[bool(wanted & set(ids)) for ids in places["plan_ids"]]]
    return kept


def _own(atlas: Atlas, name: str) -> gpd.GeoDataFrame:
    """Return the points of a user's layer as sites."""
    frame = atlas.extra[name]
    points = frame[frame.geom_type == "Point"].to_crs(atlas.study.crs)
    labels = [f"{name}-{number}" for number in range(1, len(points) + 1)]
    zh = points["name_zh"] if "name_zh" in points else points["name"] if "name" in points else pd.Series(labels)
    told = pd.to_numeric(points["uncertainty_m"], errors="coerce") if "uncertainty_m" in points else 0.0
    return gpd.GeoDataFrame(
        {"name_zh": np.asarray(zh, dtype=object), "name_en": "", "uncertainty_m": np.nan_to_num(told, nan=_UNSURE_M)},
        index=labels,
        geometry=points.geometry.to_numpy(),
        crs=points.crs,
    )


def _layer(atlas: Atlas, name: str, kind: str) -> gpd.GeoDataFrame | None:
    """Return the features of a user's layer that are of a kind; None without any."""
    frame = atlas.extra.get(name)
    kept = None if frame is None else frame[frame.geom_type.str.endswith(kind)]
    return kept if kept is not None and len(kept) else None


def materials_page(atlas: Atlas, found: Found) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = _asked(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "大理石园区与厂矿：多少分钟到多少人，运距与运费",
            "Marble parks and works: how many people in how many minutes, distance and cost of haul",
        ),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    if found.result is not None:
        _add_minutes(page, atlas, found, found.result)
        _add_sites(page, atlas, found)
    add_plan(page, atlas, [*asked.items, *asked.parks, *asked.works], ours=_ours(atlas))
    if found.result is not None:
        _add_sheds(page, atlas, found, found.result)
        _add_sites_table(page, atlas, found, found.result)
    _add_unlocated(page, atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "两个大理石园区沿路网到各乡镇、车站和互通的时间与运费；水泥厂等位置未公布的只列名。",
            "Minutes and cost of haul from the two marble parks to townships, stations and interchanges; works "
            "without a "
            "public place are listed alone.",
        ),
        page=page,
        thumbnail=small_picture(atlas, points=[(found.sites.geometry, CHOSEN)] if len(found.sites) else []),
        figures=_figures(atlas, found),
        main_table=_sheds_title(atlas),
    )


def _names(atlas: Atlas, found: Found) -> dict[str, str]:
    return {str(label): name_of(atlas, row) for label, row in found.sites.iterrows()}


def _add_minutes(page: Page, atlas: Atlas, found: Found, result: targets.Materials) -> None:
    """Add the townships by their minutes to the nearest site."""
    towns = located_towns(atlas)
    sources = result.haul.sources.reindex(towns.index)
    name = atlas.say("到最近园区、厂矿", "To the nearest site")
    names = _names(atlas, found)
    shown = towns.assign(
        minutes=sources["minutes"].fillna(np.inf),
        minutes_text=[minutes_text(float(value), atlas) for value in sources["minutes"].fillna(np.inf)],
        site_name=[names.get(str(site), "–") for site in sources["site"]],
    )
    add_towns(
        page, atlas, atlas.coarsened(shown), "minutes", name=name, group=atlas.say("用时", "Minutes"), key="towns",
        shown=True, title=name,
        popup=[
            (atlas.name, atlas.say("乡镇", "Township")),
            ("site_name", atlas.say("最近者", "Nearest")),
            ("minutes_text", atlas.say("分钟", "Minutes")),
        ],
    )  # fmt: skip


def _add_sites(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the sites whose place is known, as far as it is."""
    names = _names(atlas, found)
    sites = found.sites.assign(
        shown_name=[names[str(label)] for label in found.sites.index],
        known=[f"± {value / 1000:.1f} km" for value in found.sites["uncertainty_m"]],
        kind="site",
        evidence="schematic",
    )
    page.add_points(
        atlas.say("园区与厂矿", "Parks and works"),
        atlas.coarsened(sites),
        color=CHOSEN,
        radius=8,
        shape="square",
        label="shown_name",
        labels=True,
        popup=[
            ("shown_name", atlas.say("名称", "Name")),
            ("known", atlas.say("位置精度", "Known to")),
        ],
        style_by="kind",
        styles={
            "site": {
                "color": CHOSEN,
                "radius": 8,
                "shape": "square",
                "label": atlas.say("园区按所在乡镇驻地示意", "park, drawn at its township's seat"),
            }
        },
        group=atlas.say("规划", "The plan"),
        key="sites",
    )


def _ours(atlas: Atlas) -> list[str]:
    asked = _asked(atlas)
    low, high = asked.price_per_tkm
    year = year_note(atlas, shown_year(atlas.graphs))
    given = [f"{name}.gpkg" for name in asked.layers if name in atlas.extra]
    own = (
        atlas.say(f"已计入自有图层：{'、'.join(given)}。", f"Own layers that join: {', '.join(given)}.")
        if given
        else atlas.say(
            "采石场、砂石厂没有公开名录，一处也不画；有资料时请交制图单位"
            f"（图层 {asked.layers[0]}.gpkg 等），按同法计算。",
            f"No list of quarries is public, so none is drawn; layers such as {asked.layers[0]}.gpkg give them, and "
            "they are treated alike.",
        )
    )
    checked = [f"{name}.gpkg" for name in (asked.reserves, asked.viewpoints) if name in atlas.extra]
    conflicts = (
        atlas.say(
            f"保护地与景观：按自有图层 {'、'.join(checked)} 判断；位置精度不足 {targets.SURE_M:g} m 的园区不判断。",
            f"Reserves and views: by the own layers {', '.join(checked)}; sites known to less than "
            f"{targets.SURE_M:g} m are not judged.",
        )
        if checked
        else atlas.say(
            f"是否与保护地、景观冲突不能判断：保护地没有公开边界数据，园区位置只知约 3 km。"
            f"有图层 {asked.reserves}.gpkg（面）、{asked.viewpoints}.gpkg（点）后，"
            "本页列出距离与可见性。",
            "Conflicts with reserves and views cannot be told: no boundaries are public, and the parks are "
            "known to 3 km. "
            f"With layers {asked.reserves}.gpkg (areas) and {asked.viewpoints}.gpkg (points) this page has "
            "distances and sight.",
        )
    )
    return [
        atlas.say(
            "规划没有写产量、储量和厂区范围，本页不推测；只回答从已知位置沿路网能到多少人、多远、运费多少。"
            f"需求按人口均摊（假定）。{year}",
            "The plan has neither output nor reserves nor outlines, and this page guesses none; it answers how "
            "many people, "
            "how far and at what cost the network reaches from the places known. Everyone is taken to need as "
            f"much. {year}",
        ),
        atlas.say(
            f"运费按每吨公里 {low:g}–{high:g} 元（粗略假定，无公布价），时间取最快路线，运距取最短路线；"
            f"园区到路网的一段按 {targets.TRUCK_KMH:g} km/h 直线计。",
            f"Haul costs {low:g} to {high:g} yuan a tonne and km (rough, no published tariff); minutes are of "
            "the quickest "
            "way, kilometres of the shortest; from a site to the network a straight line at "
            f"{targets.TRUCK_KMH:g} km/h.",
        ),
        own,
        conflicts,
    ]


def _sheds_title(atlas: Atlas) -> str:
    return atlas.say("各园区、厂矿的运输圈", "Haul-sheds")


def _add_sheds(page: Page, atlas: Atlas, found: Found, result: targets.Materials) -> None:
    names = _names(atlas, found)
    sheds = result.haul.sheds
    low, high = _asked(atlas).price_per_tkm
    rows = pd.DataFrame(
        {
            "site": [names[str(label)] for label in sheds["site"]],
            "minutes": sheds["minutes"],
            "people": sheds["tonnes"].round(-2),
            "own": sheds["own_tonnes"].round(-2),
            "km": sheds["own_km"].round(0),
            "cost": [span_text(low * km, high * km) if np.isfinite(km) else "–" for km in sheds["own_km"]],
        }
    )
    page.add_table(
        _sheds_title(atlas),
        rows,
        columns={
            "site": atlas.say("园区、厂矿", "Site"),
            "minutes": atlas.say("分钟内", "Within (min)"),
            "people": atlas.say("到达人口（估算）", "People (estimate)"),
            "own": atlas.say("其中以它为最近", "of them nearest to it"),
            "km": atlas.say("平均运距（km）", "Mean haul (km)"),
            "cost": atlas.say("平均运费（元/t）", "Mean haul (yuan/t)"),
        },
        digits={"minutes": 0, "people": 0, "own": 0, "km": 0},
        sortable=False,
    )


def _add_sites_table(page: Page, atlas: Atlas, found: Found, result: targets.Materials) -> None:
    names = _names(atlas, found)
    access, conflicts = result.access, result.conflicts
    rows = pd.DataFrame(
        {
            "site": [names[str(label)] for label in found.sites.index],
            "station": [minutes_text(float(value), atlas) for value in access["railway_station"]],
            "junction": [minutes_text(float(value), atlas) for value in access["motorway_interchange"]],
            "reserve": [f"{value / 1000:.1f} km" if np.isfinite(value) else "–" for value in conflicts["reserve_m"]],
            "seen": [str(value) if value >= 0 else "–" for value in conflicts["seen_by"]],
        }
    )
    page.add_table(
        atlas.say("外运与冲突", "Ways out, and conflicts"),
        rows,
        columns={
            "site": atlas.say("园区、厂矿", "Site"),
            "station": atlas.say("到铁路车站（分）", "Railway station (min)"),
            "junction": atlas.say("到高速互通（分）", "Interchange (min)"),
            "reserve": atlas.say("距保护地", "To a reserve"),
            "seen": atlas.say("被几个观景点看到", "Viewpoints that see it"),
        },
        sortable=False,
        note=atlas.say("“–”：没有数据，或位置不够准。", "–: no data, or the place is not known well enough."),
    )


def _add_unlocated(page: Page, atlas: Atlas, found: Found) -> None:
    if found.unlocated.empty:
        return
    listed = names_of(atlas, found.unlocated.set_index("id"), found.unlocated["id"].astype(str))
    page.add_text(
        atlas.say("位置未公布，图上不画", "Places not public, not drawn"),
        atlas.say(
            f"{listed}：规划只写名称，没有位置。", f"{listed}: the plan has their names and no places."
        ),
    )  # fmt: skip


def _figures(atlas: Atlas, found: Found) -> tuple[Figure, ...]:
    if found.result is None:
        return ()
    asked, names = _asked(atlas), _names(atlas, found)
    numbers = [*asked.parks]
    sheds = found.result.haul.sheds
    limit = float(min(asked.minutes, key=lambda value: abs(value - 60.0)))
    return tuple(
        Figure(
            page=FILE,
            name=atlas.say(
                f"{names[str(row['site'])]} {limit:g} 分钟内人口",
                f"People within {limit:g} min of {names[str(row['site'])]}",
            ),
            value=round(float(row["tonnes"]), -2),
            unit=atlas.say("人", "people"),
            clause=clauses_of(atlas, numbers),
            method=f"{network_note(atlas)} {year_note(atlas, shown_year(atlas.graphs))}",
            evidence="modelled",
            items=links_of(atlas).known(numbers),
        )
        for row in sheds[sheds["minutes"] == limit].to_dict("records")
    )
