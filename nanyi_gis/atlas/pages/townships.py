"""The townships: one sheet for each, and the table of all of them with every analysis as a column."""

import geopandas as gpd

from ... import plan as plan_room
from ...webmap import Page
from ..context import Atlas
from ..entry import Entry
from ..page import AtlasPage, add_boundaries, add_heights, add_relief, shell, small_picture
from ..scenarios import NO_TOWNSHIPS, facility_note, lacks_access, network_note, people_note
from ..town_facts import TownFacts, town_facts
from ..town_sheets import area_of, stand_in, town_sheets
from ..town_table import FAR, as_table, shown_year, town_columns, years_of
from ..townships import catchment_areas, catchment_codes

FILE = "townships.html"
LAST = True
_DOTS, _CATCHMENTS = "township", "catchments"


def entries(atlas: Atlas) -> list[Entry]:
    """Return the entry of the page, with what the study lacks for it."""
    none = plan_room.of_kind(atlas.plan.places, "township").empty
    lacks = NO_TOWNSHIPS if none else None
    return [Entry(file=FILE, zh="乡镇一览", en="Townships", order=20, lacks=lacks, sheet=False)]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the page of the townships."""
    facts = town_facts(atlas)
    count = len(facts.towns)
    page = shell(
        atlas,
        file=FILE,
        subtitle=atlas.say(
            f"{count} 个乡镇：逐个的情况，和一张总表", f"{count} townships: a sheet for each, and one table of all"
        ),
        sources=_sources(atlas),
        legend_open=False,
        wide=True,
    )
    add_relief(page, atlas)
    add_boundaries(page, atlas)
    _add_catchments(page, atlas)
    _add_dots(page, atlas, facts)
    add_heights(page, atlas)
    sheets, shared = town_sheets(atlas, facts, cards=page.cards)
    page.add_sheets(
        atlas.say("乡镇情况", "A township"),
        sheets,
        shared=shared,
        layers=[_DOTS, _CATCHMENTS],
        choose=atlas.say("选择乡镇", "Choose a township"),
        hint=atlas.say(
            "从列表选择，或点按地图上的圆点，或搜索名称：这里显示该乡镇的海拔、作物、用时、规划条目、地点与核对，"
            "打印时为一页 A4。",
            "Choose one here, press a dot of the map, or search for its name: its heights, crops, minutes, items of "
            "the plan, places and checks are shown here and print on one A4 page.",
        ),
    )
    _add_table(page, atlas, facts)
    return [
        AtlasPage(
            file=FILE,
            title=page.title,
            summary=atlas.say(
                f"{count} 个乡镇：每个一页（海拔、作物、用时、规划条目、地点、核对），全部指标一张总表，可排序筛选。",
                f"{count} townships: a sheet for each (heights, crops, minutes, items of the plan, places, checks), "
                "and one table of every figure to sort and choose from.",
            ),
            page=page,
            thumbnail=small_picture(
                atlas,
                lines=[(catchment_areas(atlas).boundary, "#55626b", 1)],
                points=[(atlas.coarsened(_located(facts)).geometry, "#b0005a")],
            ),
            figures=(),
        )
    ]


def _sources(atlas: Atlas) -> list[str]:
    """Return what the figures rest on: each analysis is that of its own page."""
    lines = [
        stand_in(atlas),
        atlas.say("各项数字与相应专题页相同，只算一次。", "Every figure is that of its own page, worked out once."),
    ]
    if lacks_access(atlas) is None:
        lines += [network_note(atlas), facility_note(atlas), people_note(atlas)]
    return lines


def _located(facts: TownFacts) -> gpd.GeoDataFrame:
    return facts.towns[facts.towns.geometry.notna()]


def _add_catchments(page: Page, atlas: Atlas) -> None:
    """Add the land nearest to each seat, quietly, so that a press on it chooses the township."""
    codes = catchment_codes(atlas)
    areas = catchment_areas(atlas)
    ids = [min(own) if own else f"county-{number}" for number, own in enumerate(codes, start=1)]
    page.add_polygons(
        atlas.say("最近驻地片区（非行政界线）", "Nearest-seat catchments (no boundaries)"),
        areas.assign(id=ids, evidence="derived"),
        color="#55626b",
        weight=1,
        dash="3 3",
        fill="#ffffff",
        fill_opacity=0.01,
        label=atlas.name,
        search=(),
        popup=[(atlas.name, atlas.say("片区", "Catchment"))],
        ids="id",
        group=atlas.say("地点", "Places"),
        key=_CATCHMENTS,
    )


def _add_dots(page: Page, atlas: Atlas, facts: TownFacts) -> None:
    located = _located(facts)
    if located.empty:
        return
    codes = located.index.astype(str)
    page.add_points(
        atlas.say("乡镇驻地", "Township seats"),
        atlas.coarsened(located).assign(
            code=codes,
            county_name=located["county"].map(atlas.county),
            items=[";".join(facts.items.get(code, ())) for code in codes],
        ),
        color="#20313f",
        radius=5,
        label=atlas.name,
        labels=True,
        popup=[("name_zh", atlas.say("乡镇", "Township")), ("county_name", atlas.say("县", "County"))],
        uncertainty="uncertainty_m",
        ids="code",
        items="items",
        group=atlas.say("地点", "Places"),
        key=_DOTS,
    )


def _add_table(page: Page, atlas: Atlas, facts: TownFacts) -> None:
    columns = town_columns(atlas, facts)
    years = years_of(facts)
    first = {"name", "county", "people", FAR, "mean_m", "items", "sites"}
    if years:
        first |= {f"{facility} {shown_year(years)}" for facility in facts.minutes}
    codes = [str(code) for code in facts.towns.index]
    notes = [stand_in(atlas)]
    shared = {area_of(facts, code) for code in codes if facts.shared_with(code)}
    if shared:
        notes.append(
            atlas.say(
                f"有 {len(shared)} 个片区由同一地点的几个乡镇共用，各行数字相同，不可相加。",
                f"{len(shared)} of the catchments are shared by townships at one point: their rows have the same "
                "figures and do not add up.",
            )
        )
    notes.append(
        atlas.say(
            "“–”为不可达或未定位。面积按误差范围取整；* 为不稳定。“展开查看”与存为 CSV 有全部列。",
            "A dash: cannot be reached, or not located. Areas are rounded to what their intervals support; * is "
            "unstable. “Enlarge” and the CSV have all columns.",
        )
    )
    page.add_table(
        atlas.say(f"全部乡镇总表（{len(columns)} 列）", f"All townships ({len(columns)} columns)"),
        **as_table(columns),
        choose=codes,
        filters=["county"] if len(atlas.counties) > 1 else ["name"],
        more=[column.key for column in columns if column.key not in first],
        note=atlas.say("", " ").join(notes),
    )
