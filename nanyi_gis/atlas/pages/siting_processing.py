"""The page of processing and logistics: facilities near the land of the orchards, centres that serve them."""

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr

from ... import targets
from ...colours import Colour
from ...raster import coded_zones, like
from ...siting import Siting
from ...suitability import Crop
from ...targets import Processing
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..land import crop_classes
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, shell, small_picture
from ..processing_tables import (
    add_centres,
    add_crops,
    add_price,
    add_towns_table,
    asked_of,
    centre_rows,
    centres_title,
    junction_names,
    land_of,
    located_towns,
    mean_minutes,
    our_words,
)
from ..proposals import (
    CHOSEN,
    NO_RECORD,
    add_plan,
    add_sites,
    add_ways,
    clauses_of,
    item_of,
    record,
    shown_year,
)
from ..proposed import keep_proposed
from ..scenarios import NO_TOWNSHIPS, lacks_network, network_note
from ..siting_ground import ground

FILE = "siting_processing.html"
_LAND: tuple[Colour, ...] = ((250, 210, 110), (60, 80, 140), (0, 158, 115), (0, 10, 50))


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [
        Entry(
            file=FILE, zh="加工与物流", en="Processing and logistics", group="forest_fruit", order=60,
            lacks=_lacks(atlas),
        )
    ]  # fmt: skip


def _lacks(atlas: Atlas) -> tuple[str, str] | None:
    asked = record(atlas).processing
    if asked is None:
        return NO_RECORD
    if targets.townships(atlas.study).geometry.isna().all():
        return NO_TOWNSHIPS
    if not {crop.id for crop in atlas.crops} & set(asked.crops):
        return ("没有相应作物的参数文件", "the study names none of the crops that are processed")
    return lacks_network(atlas)


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = record(atlas).processing
    return [] if asked is None else [(item, FILE) for item in (asked.facilities, asked.logistics, asked.distribution)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    found, suitable = atlas.once((FILE, "found"), lambda: _found(atlas))
    _keep(atlas, found)
    return [processing_page(atlas, found, suitable)]


def _keep(atlas: Atlas, found: Processing) -> None:
    """Keep what is proposed for what is handed on."""
    asked, towns = asked_of(atlas), located_towns(atlas)
    keep_proposed(atlas, "processing", found.facilities, item=asked.facilities)
    keep_proposed(atlas, "logistics", towns.loc[list(found.logistics.chosen)], item=asked.logistics)
    if found.distribution is not None:
        junctions = found.junctions.loc[list(found.distribution.chosen)]
        keep_proposed(atlas, "distribution", junctions, item=asked.distribution)


def _found(atlas: Atlas) -> tuple[Processing, xr.DataArray]:
    asked = asked_of(atlas)
    land = ground(atlas)
    crops = {crop.id: crop for crop in atlas.crops if crop.id in asked.crops}
    wanted = {name: sum(item_of(atlas, number).total("万亩") for number in asked.crops[name]) for name in crops}
    classes = {name: _in_belt(atlas, name, crop_classes(atlas, crop), land.zones) for name, crop in crops.items()}
    bank = {name: near for name, crop in crops.items() if (near := _near_bank(atlas, crop, land.zones)) is not None}
    planned, table = targets.planned_land(classes, wanted, grades=asked.grades, first=bank)
    found = targets.processing(
        planned,
        table,
        zones=land.zones,
        zone_towns=land.codes,
        towns=located_towns(atlas),
        graph=atlas.graphs[shown_year(atlas.graphs)],
        facilities=round(item_of(atlas, asked.facilities).total(asked.facilities_unit)),
        logistics=round(item_of(atlas, asked.logistics).total(asked.unit)),
        distribution=round(item_of(atlas, asked.distribution).total(asked.unit)),
        cluster_m=asked.cluster_m,
    )
    return found, _crop_of_cell(classes, asked.grades)


def _crop_of_cell(classes: Mapping[str, xr.DataArray], grades: Sequence[int]) -> xr.DataArray:
    """Return the number of the crop to which each cell is suited, the first of several; 0 for none."""
    first = next(iter(classes.values()))
    codes = np.zeros(first.shape, np.uint8)
    for number, cls in enumerate(classes.values(), start=1):
        codes[(codes == 0) & np.isin(cls.values, list(grades))] = number
    found: xr.DataArray = like(first, codes, name="crop", attrs={"crops": list(classes)}).rio.write_nodata(0)
    return found


def _near_bank(atlas: Atlas, crop: Crop, zones: xr.DataArray) -> xr.DataArray | None:
    """Return the land within the reach of the river for a crop that the plan puts along its bank; else None."""
    reach = crop.belt.get("reach_km")
    if not reach or atlas.study.frontage.empty:
        return None
    bank = atlas.study.frontage.to_crs(zones.rio.crs)
    strip = shapely.union_all(bank.geometry.values).buffer(1000.0 * max(reach))
    return coded_zones(gpd.GeoDataFrame(geometry=[strip], crs=bank.crs), zones) > 0


def _in_belt(atlas: Atlas, crop: str, classes: xr.DataArray, zones: xr.DataArray) -> xr.DataArray:
    """Return the classes inside the counties, of a crop for which the plan names an elevation belt in that alone."""
    codes = [code for code, belt in enumerate(atlas.belts, start=1) if belt is not None and belt.crop == crop]
    inside = zones.values > 0
    if codes:
        inside &= np.isin(atlas.bands.values, codes)
    return classes.copy(data=np.where(inside, classes.values, 0))


def processing_page(atlas: Atlas, found: Processing, suitable: xr.DataArray) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = asked_of(atlas)
    year = shown_year(atlas.graphs)
    count = int(found.facilities["facilities"].sum())
    logistics = len(found.logistics.chosen)
    distribution = 0 if found.distribution is None else len(found.distribution.chosen)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{count} 座初加工设施、{logistics} 个物流中心、{distribution} 个集散中心：靠近果园，连通干线",
            f"{count} facilities, {logistics} logistics and {distribution} distribution centres: near the orchards, on "
            "main lines",
        ),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
    _add_land(page, atlas, suitable)
    add_boundaries(page, atlas)
    group = atlas.say("设施", "Facilities")
    names = [
        atlas.say("初加工", "Processing"),
        atlas.say("物流中心", "Logistics"),
        atlas.say("集散中心", "Distribution"),
    ]
    _add_facilities(page, atlas, found, name=names[0], group=group)
    _add_logistics(page, atlas, found, name=names[1], group=group)
    if found.distribution is not None:
        _add_distribution(page, atlas, found, found.distribution, name=names[2], group=group)
    page.add_switch(group, names if distribution else names[:2])
    add_plan(page, atlas, [asked.facilities, asked.logistics, asked.distribution], ours=our_words(atlas, found, year))
    add_crops(page, atlas, found)
    add_centres(page, atlas, found)
    add_price(page, atlas, found)
    add_towns_table(page, atlas, found)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            f"{count} 座初加工设施按适宜果园面积分到乡镇；{logistics} 个物流中心与 {distribution} "
            "个集散中心放在哪里最近。",
            f"{count} facilities shared out by suitable orchard land; where {logistics} logistics and {distribution} "
            "distribution centres are nearest.",
        ),
        page=page,
        thumbnail=small_picture(atlas, points=[(found.facilities.geometry, CHOSEN)]),
        figures=_figures(atlas, found),
        main_table=centres_title(atlas),
    )


# ---- the map --------------------------------------------------------------------------------------------------------


def _add_land(page: Page, atlas: Atlas, suitable: xr.DataArray) -> None:
    """Add the land over which each crop is spread."""
    names = {crop.id: crop.name_en if atlas.lang == "en" else crop.name_zh for crop in atlas.crops}
    order = suitable.attrs["crops"]
    add_classes(
        page,
        atlas,
        atlas.say("圈层内的适宜土地", "Suitable land in its belt"),
        suitable,
        {number: _LAND[(number - 1) % len(_LAND)] for number in range(1, len(order) + 1)},
        {number: names[name] for number, name in enumerate(order, start=1)},
        group=atlas.say("果园", "Orchards"),
        opacity=0.55,
        key="land",
    )


def _add_facilities(page: Page, atlas: Atlas, found: Processing, *, name: str, group: str) -> None:
    land = ground(atlas)
    sites = found.facilities.assign(
        town_name=[land.name(atlas, code) if code else "–" for code in found.facilities["town"]],
        mu=(found.facilities["load"] * 10_000).round(-2),
        km=found.facilities["mean_km"].round(1),
    )
    add_sites(
        page, atlas, atlas.coarsened(sites), name=name, key="facilities", group=group, exclusive=True, radius=5,
        title=atlas.say("建议的初加工设施", "Proposed facility"),
        popup=[
            ("town_name", atlas.say("乡镇片区", "Township")),
            ("facilities", atlas.say("座数", "Facilities")),
            ("mu", atlas.say("服务果园（亩）", "Orchards served (mu)"), 0),
            ("km", atlas.say("到果园平均直线 (km)", "Straight km to its orchards, mean"), 1),
        ],
    )  # fmt: skip


def _add_logistics(page: Page, atlas: Atlas, found: Processing, *, name: str, group: str) -> None:
    towns = located_towns(atlas)
    served = found.logistics.assignment["site"]
    ends = gpd.GeoSeries([towns.geometry[site] for site in served], index=served.index, crs=towns.crs)
    starts = towns.loc[list(served.index)]
    add_ways(page, atlas, atlas.coarsened(starts), atlas.coarsened(_frame(ends)).geometry, name=name,
             key="ways_logistics", group=group, exclusive=True, shown=False)  # fmt: skip
    sites = centre_rows(atlas, found)
    chosen = towns.loc[list(found.logistics.chosen)].assign(land=sites.set_index("site")["land"])
    add_sites(
        page, atlas, atlas.coarsened(chosen), name=name, key="logistics", group=group, exclusive=True, shown=False,
        labels=True, title=atlas.say("建议的物流中心", "Proposed logistics centre"),
        popup=[
            ("name_zh", atlas.say("乡镇", "Township")),
            ("land", atlas.say("服务果园（万亩）", "Orchards served (10,000 mu)"), 1),
        ],
    )  # fmt: skip


def _frame(series: gpd.GeoSeries) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=series)


def _add_distribution(page: Page, atlas: Atlas, found: Processing, result: Siting, *, name: str, group: str) -> None:
    towns, junctions = located_towns(atlas), found.junctions
    served = result.assignment["site"]
    ends = gpd.GeoSeries([junctions.geometry[site] for site in served], index=served.index, crs=junctions.crs)
    add_ways(page, atlas, atlas.coarsened(towns.loc[list(served.index)]), atlas.coarsened(_frame(ends)).geometry,
             name=name, key="ways_distribution", group=group, exclusive=True, shown=False)  # fmt: skip
    sites = junction_names(atlas, junctions.loc[list(result.chosen)])
    land = land_of(found, result.assignment)
    add_sites(
        page, atlas, atlas.coarsened(sites.assign(land=land.reindex(sites.index).fillna(0.0).round(1))), name=name,
        key="distribution", group=group, exclusive=True, shown=False, labels=True, label="place",
        title=atlas.say("建议的集散中心", "Proposed distribution centre"),
        popup=[
            ("place", atlas.say("节点", "Junction")),
            ("kind_name", atlas.say("类别", "Kind")),
            ("land", atlas.say("服务果园（万亩）", "Orchards served (10,000 mu)"), 1),
        ],
    )  # fmt: skip


def _figures(atlas: Atlas, found: Processing) -> tuple[Figure, ...]:
    asked = asked_of(atlas)
    shared = {"page": FILE, "method": network_note(atlas), "evidence": "modelled"}
    figures = [
        Figure(
            name=atlas.say("每座初加工设施的果园", "Orchards a processing facility"),
            value=float(round(1e4 * found.capacity)),
            unit=atlas.say("亩", "mu"),
            clause=clauses_of(atlas, [asked.facilities]),
            items=links_of(atlas).known([asked.facilities]),
            **shared | {"evidence": "derived"},  # type: ignore[arg-type]
        ),
        Figure(
            name=atlas.say("果园到物流中心", "Orchards to a logistics centre"),
            value=round(mean_minutes(found, "logistics"), 1),
            unit="min",
            clause=clauses_of(atlas, [asked.logistics]),
            items=links_of(atlas).known([asked.logistics]),
            **shared,  # type: ignore[arg-type]
        ),
    ]
    if found.distribution is not None:
        figures.append(
            Figure(
                name=atlas.say("果园到集散中心", "Orchards to a distribution centre"),
                value=round(mean_minutes(found, "distribution"), 1),
                unit="min",
                clause=clauses_of(atlas, [asked.distribution]),
                items=links_of(atlas).known([asked.distribution]),
                **shared,  # type: ignore[arg-type]
            )
        )
    return tuple(figures)
