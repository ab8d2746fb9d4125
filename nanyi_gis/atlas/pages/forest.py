"""The page of forest and bamboo: the plan's areas, what land cover says, bamboo for the mill, forest roads."""

from typing import NamedTuple, cast

import geopandas as gpd
import numpy as np
import pandas as pd

from ... import targets
from ...colours import Colour
from ...forest import FOREST_CODES, ForestAreas, forest_areas
from ...raster import like
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..figures import Figure
from ..forest_tables import (
    add_branches,
    add_pulp,
    add_sheds,
    add_stated,
    add_towns,
    our_words,
    pulp_need,
    sheds_title,
)
from ..land import crop_classes
from ..links import links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_relief, shell, small_picture
from ..processing_tables import located_towns
from ..proposals import NO_RECORD, add_plan, clauses_of, item_of, shown_year, year_note
from ..scenarios import NO_TOWNSHIPS, lacks_network, network_note
from ..siting_ground import ground
from ..townships import catchment_areas

FILE = "forest.html"
_BAMBOO: dict[int, Colour] = {1: (0, 130, 100), 2: (150, 200, 170)}
_BRANCH = "#C8102E"
_COVER = "land_cover"


class Found(NamedTuple):
    """What the page tells, without words of a language."""

    supply: targets.BambooSupply
    sure: float
    mills: gpd.GeoDataFrame
    mill_known: bool
    counties: ForestAreas | None
    towns: ForestAreas | None


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    return [Entry(file=FILE, zh="林竹", en="Forest and bamboo", group="forest_fruit", order=70, lacks=_lacks(atlas))]


def _lacks(atlas: Atlas) -> tuple[str, str] | None:
    asked = targets.forest_record(atlas.study)
    if asked is None:
        return NO_RECORD
    if targets.townships(atlas.study).geometry.isna().all():
        return NO_TOWNSHIPS
    if not {crop.id for crop in atlas.crops} & set(asked.bamboo):
        return ("没有竹类的参数文件", "the study names no criteria file of bamboo")
    return lacks_network(atlas)


def items_of(atlas: Atlas) -> list[tuple[str, str]]:
    """Return the items of the plan that ask for the page, each with its file."""
    asked = targets.forest_record(atlas.study)
    return [] if asked is None else [(item, FILE) for item in targets.items_of(asked)]


def asked_of(atlas: Atlas) -> targets.ForestRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.ForestRecord, targets.forest_record(atlas.study))


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page."""
    return [forest_page(atlas, atlas.once((FILE, "found"), lambda: _found(atlas)))]


def _found(atlas: Atlas) -> Found:
    asked, land, towns = asked_of(atlas), ground(atlas), located_towns(atlas)
    classes = [crop_classes(atlas, crop) for crop in atlas.crops if crop.id in asked.bamboo]
    trees = None
    if _COVER in atlas.rasters:
        cover = atlas.rasters[_COVER]
        trees = cover.copy(data=np.isin(cover.values, FOREST_CODES))
    mills, known = _mills(atlas, asked, towns)
    whole = targets.bamboo_land(classes, grades=asked.grades, zones=land.zones)
    stands = whole if trees is None else targets.bamboo_land(
        classes, grades=asked.grades, zones=land.zones, trees=trees
    )  # fmt: skip
    land_used = stands if float(stands.sum()) > 0 else whole
    steep = land_used.copy(data=np.where(atlas.slope.values >= asked.stand_slope_deg, land_used.values, 0.0))
    supply = targets.bamboo_supply(
        land_used,
        atlas.dem,
        zones=land.zones,
        zone_towns=land.codes,
        towns=towns,
        mills=mills,
        graph=atlas.graphs[shown_year(atlas.graphs)],
        record=asked,
        length_km=item_of(atlas, asked.roads).total("km"),
        stand=steep if trees is None and float(steep.sum()) > 0 else None,
    )
    best = targets.bamboo_land(classes, grades=asked.grades[:1], zones=land.zones, trees=trees)
    counties, by_town = _covered(atlas, asked)
    return Found(supply, float(best.sum()), mills, known, counties, by_town)


def _mills(
    atlas: Atlas, asked: targets.ForestRecord, towns: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, bool]:  # fmt: skip
    """Return where the mill stands if that is known, else every township of its county in which it may."""
    own = atlas.extra.get(asked.mill_layer)
    if own is not None and (points := own[own.geom_type == "Point"]).size:
        labels = [f"mill {number}" for number in range(1, len(points) + 1)]
        return points.set_index(pd.Index(labels)).to_crs(towns.crs), True
    placed = atlas.located[atlas.located["id"] == asked.mill]
    if len(placed):
        return placed.set_index("id").to_crs(towns.crs), True
    county = towns[towns["county"] == asked.mill_county]
    return (county if len(county) else towns), False


def _covered(atlas: Atlas, asked: targets.ForestRecord) -> tuple[ForestAreas | None, ForestAreas | None]:
    """Return forest by county and by catchment, added up from the cells of the user's land cover."""
    file = atlas.raster_files.get(_COVER)
    if file is None:
        return None, None
    areas = catchment_areas(atlas)
    counties = forest_areas(file, zones=atlas.study.counties, name_column="name_zh", accuracy=asked.accuracy)
    return counties, forest_areas(file, zones=areas, name_column="name_zh", accuracy=asked.accuracy)


def forest_page(atlas: Atlas, found: Found) -> AtlasPage:
    """Return the page of what is worked out."""
    asked = asked_of(atlas)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            "森林面积与覆盖率、竹浆原料、林区公路：规划的数与模型的答案",
            "Forest area and cover, bamboo for pulp, forest roads: the plan's numbers and what a model answers",
        ),
        sources=[network_note(atlas)],
    )
    add_relief(page, atlas)
    _add_land(page, atlas, found)
    add_boundaries(page, atlas)
    _add_branches(page, atlas, found)
    numbers = [asked.area, asked.cover, asked.stock, asked.roads, asked.base, asked.pulp, asked.carbon]
    year = year_note(atlas, shown_year(atlas.graphs))
    add_plan(
        page, atlas, [number for number in numbers if number],
        ours=our_words(
            atlas, asked, found.supply, covered=found.counties is not None, known=found.mill_known, year=year
        ),
    )  # fmt: skip
    add_stated(page, atlas, asked, found.counties)
    add_pulp(page, atlas, asked, found.supply, sure=found.sure)
    add_sheds(page, atlas, asked, found.supply, found.mills, known=found.mill_known)
    add_branches(page, atlas, found.supply)
    add_towns(page, atlas, found.supply, found.towns)
    return AtlasPage(
        file=FILE,
        title=page.title,
        summary=atlas.say(
            "规划森林面积与覆盖率核对；适宜竹林的土地能否供 30 万吨竹浆；50 公里林区公路先修哪里。",
            "The plan's forest area and cover checked; whether land for bamboo can feed the pulp; where forest "
            "roads open "
            "most.",
        ),
        page=page,
        thumbnail=small_picture(atlas, lines=_lines(found)),
        figures=_figures(atlas, asked, found),
        main_table=sheds_title(atlas),
    )


def _add_land(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the land that suits bamboo."""
    codes = np.where(found.supply.land.values > 0, 1, 0).astype(np.uint8)
    on_trees = found.counties is not None
    add_classes(
        page,
        atlas,
        atlas.say("宜竹土地", "Land for bamboo"),
        like(atlas.dem, codes, name="bamboo").rio.write_nodata(0),
        _BAMBOO,
        {
            1: atlas.say("适宜且现为林地", "suited, and trees today")
            if on_trees
            else atlas.say("慈竹或毛竹适宜（不是现有竹林）", "suits cizhu or moso (no stand that is there)")
        },
        group=atlas.say("土地", "Land"),
        opacity=0.65,
        key="bamboo",
    )


def _lines(found: Found) -> list[tuple[gpd.GeoSeries, str, int]]:
    roads = found.supply.roads
    return [] if roads is None or roads.branches.empty else [(roads.branches.geometry, _BRANCH, 3)]


def _add_branches(page: Page, atlas: Atlas, found: Found) -> None:
    """Add the branches of forest road."""
    roads = found.supply.roads
    if roads is None or roads.branches.empty:
        return
    kind = {"color": _BRANCH, "weight": 3, "label": atlas.say("建议先修的支线走向", "Where branches would go")}
    page.add_lines(
        atlas.say("林区公路（研究走向）", "Forest roads (study)"),
        atlas.coarsened(roads.branches.assign(kind="branch", km=roads.branches["km"].round(1))),
        popup=[
            ("order", atlas.say("次序", "Order")),
            ("km", atlas.say("长度 (km)", "Length (km)")),
        ],
        style_by="kind",
        styles={"branch": kind},
        group=atlas.say("建议", "Proposed"),
        evidence="modelled",
        key="branches",
    )


def _figures(atlas: Atlas, asked: targets.ForestRecord, found: Found) -> tuple[Figure, ...]:
    low, high = pulp_need(atlas, asked)
    method = atlas.say(
        "吨浆耗竹与亩产的粗略区间相除，可信度低", "Rough ranges of yield and use of bamboo; low confidence"
    )
    need = Figure(
        page=FILE,
        name=atlas.say("竹浆所需竹林", "Bamboo that the pulp needs"),
        value=round((low + high) / 2.0),
        unit=atlas.say("万亩", "× 10,000 mu"),
        clause=clauses_of(atlas, [asked.pulp]),
        method=method,
        evidence="modelled",
        items=links_of(atlas).known([asked.pulp]),
        low=low,
        high=high,
    )
    roads = found.supply.roads
    if roads is None:
        return (need,)
    opened = Figure(
        page=FILE,
        name=atlas.say("林区公路打开的宜竹土地", "Land for bamboo that forest roads open"),
        value=round(roads.opened_km2, 1),
        unit="km²",
        clause=clauses_of(atlas, [asked.roads]),
        method=atlas.say(f"贪心走廊搜索，{roads.km:.0f} km", f"Greedy search over corridors, {roads.km:.0f} km"),
        evidence="modelled",
        items=links_of(atlas).known([asked.roads]),
    )
    return need, opened
