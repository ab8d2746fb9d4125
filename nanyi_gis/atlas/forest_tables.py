"""Words and tables of the page of forest and bamboo."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ..forest import ForestAreas, carbon_sink, pulp_land, share_needed
from ..raster import geodesic_area_km2
from ..targets import BambooSupply, ForestRecord
from ..units import interval_text, km2_to_wanmu, wanmu_to_km2
from ..webmap import Page
from .context import Atlas
from .figures import span_text
from .proposals import item_of, name_of
from .siting_ground import ground

_HA_PER_WANMU = 1e4 / 15.0


def pulp_need(atlas: Atlas, asked: ForestRecord) -> tuple[float, float]:
    """Return the 万亩 of bamboo that the plan's pulp needs a year, low and high."""
    tonnes = 1e4 * item_of(atlas, asked.pulp).total("万吨/年")
    low, high = pulp_land(tonnes, bamboo_per_pulp=asked.bamboo_per_pulp, yield_t_per_ha=asked.yield_t_per_ha)
    return low / _HA_PER_WANMU, high / _HA_PER_WANMU


def _unit(atlas: Atlas) -> str:
    """Return the unit of the plan's areas."""
    return atlas.say("万亩", "× 10,000 mu")


def our_words(
    atlas: Atlas, asked: ForestRecord, supply: BambooSupply, *, covered: bool, known: bool, year: str
) -> list[str]:
    """Return what is ours, what is missing, and how it comes in."""
    suited = float(supply.land.sum())
    area = wanmu_to_km2(item_of(atlas, asked.area).total("万亩"))
    least, most = (tonnes / 1e4 for tonnes in carbon_sink(area, t_co2_per_ha=asked.t_co2_per_ha))
    factor = span_text(*asked.t_co2_per_ha, digits=1)
    bamboo = atlas.say(
        "现有竹林没有公开的图：卫星土地覆被分不出竹与树。图上是按气候、地形标准适宜慈竹或毛竹的土地，约 "
        f"{suited:,.0f} km²，"
        "不是竹林，其中有耕地、果园和其他林地。",
        "No open map shows the bamboo that stands: satellite land cover does not tell it from trees. Drawn is "
        "land that "
        f"suits cizhu or moso by climate and terrain, about {suited:,.0f} km²; it is no stand, and fields, "
        "orchards and "
        "other forest are in it.",
    )
    if covered:
        cover = atlas.say(
            f"森林按所给土地覆被逐像元求和；区间只由其总体精度 {asked.accuracy:.1%} 而来（错分全在一侧时），"
            "没有本地检验点。卫星图的“林地”含果园；规划口径含竹林与特别灌木林，两者只能比面积。",
            f"Forest is added up from the cells of the land cover given; its interval is what an overall accuracy of "
            f"{asked.accuracy:.1%} leaves open, all errors to one side; no reference point is here. WorldCover's trees "
            "hold orchards, the plan's forest bamboo and named shrubs: only areas compare.",
        )
    else:
        cover = atlas.say(
            "没有土地覆被数据：不能核对森林面积，只核对规划各数之间是否相符。请向制图单位提供土地覆被栅格"
            "（如欧空局 2021 年 10 m 全球土地覆被，可免费取得），本页即给出各县、各乡镇森林面积与区间。",
            "No land cover was given, so forest cannot be measured; only the plan's own numbers are held against each "
            "other. Give a raster of land cover (such as ESA WorldCover 2021, 10 m) to those who made this atlas, "
            "and this page has forest by county and township with its interval.",
        )
    mill = (
        atlas.say("浆厂位置取自所给数据。", "The mill's place is that of the data given.")
        if known
        else atlas.say(
            "浆厂的位置没有公开来源，不画、不猜：表中把它假设在其所在县的每个乡镇，看运距差多少；"
            f"请向制图单位提供位置（图层 {asked.mill_layer}.gpkg）。",
            "No public source has the mill's place; it is neither drawn nor guessed. The table puts it into "
            "each township "
            f"of its county to see how much that matters; a layer {asked.mill_layer}.gpkg gives the place.",
        )
    )
    slope = f"{asked.stand_slope_deg:g}°"
    steep = (
        ("林地取所给土地覆被的林地；", "Stand is the trees of the land cover given.")
        if covered
        else (
            f"没有土地覆被，{slope} 以上的宜竹土地当作林地（假定：缓坡多为耕地）；",
            f"Without land cover, land of {slope} and more is taken for stand (flatter is mostly tilled: assumed).",
        )
    )
    roads = atlas.say(
        f"林区公路：每步选每公里打开林地最多的走廊（贪心，未证明整体最优）；穿过的 {asked.block_m:g} m 方格算打开；"
        f"{steep[0]}现有路只有示意路网，林道不在其中，结果只示方法。{year}",
        "Forest roads: each step takes the corridor that opens most stand a kilometre (greedy, the whole not proven "
        f"best); blocks of {asked.block_m:g} m that a road passes count as open. {steep[1]} Only the network above is "
        f"known, no forest track, so it shows a method. {year}",
    )
    carbon = atlas.say(
        f"碳汇：只按每公顷每年 {factor} 吨二氧化碳 的假定系数乘规划面积，得每年 {span_text(least, most)} 万吨；"
        "不是测算，可信度低。",
        f"Carbon: an assumed factor of {factor} t CO₂ a hectare and year times the plan's area gives "
        f"{span_text(10 * least, 10 * most)} thousand t a year; no measurement, low confidence.",
    )
    return [cover, bamboo, mill, roads, carbon]


def _add_facts(page: Page, atlas: Atlas, title: str, rows: list[tuple[str, str]], *, note: str) -> None:
    """Add a table of what, and how much."""
    page.add_table(
        title,
        pd.DataFrame(rows, columns=["what", "value"]),
        columns={"what": atlas.say("项目", "What"), "value": atlas.say("数值", "Value")},
        sortable=False,
        note=note,
    )


def add_stated(page: Page, atlas: Atlas, asked: ForestRecord, covered: ForestAreas | None) -> None:
    """Add the plan's own numbers against each other, and against the land cover."""
    wanmu = item_of(atlas, asked.area).total("万亩")
    percent = item_of(atlas, asked.cover).total("%")
    stock = item_of(atlas, asked.stock).total("万m³")
    land = float(geodesic_area_km2(atlas.study.counties.geometry).sum())
    area = wanmu_to_km2(wanmu)
    rows = [
        (atlas.say("规划森林面积", "The plan's forest"), f"{wanmu:,.0f} {_unit(atlas)} = {area:,.0f} km²"),
        (atlas.say("规划覆盖率", "The plan's cover"), f"{percent:g} %"),
        (atlas.say("由两者得土地面积", "Land that follows from both"), f"{area / (percent / 100):,.0f} km²"),
        (atlas.say("各县土地面积（边界）", "Land of the counties (outlines)"), f"{land:,.0f} km²"),
        (atlas.say("按面积算的覆盖率", "Cover by the area"), f"{100 * area / land:.1f} %"),
        (atlas.say("每公顷蓄积", "Stock a hectare"), f"{1e4 * stock / (100 * area):.1f} m³"),
    ]
    if covered is not None:
        names = atlas.county_names
        for row in covered.table.to_dict("records"):
            ends = interval_text(row["low_km2"], row["high_km2"])
            name = names.get(str(row["zone"]), str(row["zone"]))
            text = f"{row['forest_km2']:,.0f} km² ({100 * row['share']:.1f} %; {ends} km²)"
            rows.append((atlas.say(f"{name}（土地覆被）", f"{name} (land cover)"), text))
        table = covered.table[["land_km2", "forest_km2", "low_km2", "high_km2"]].sum()
        both = f"{table['forest_km2']:,.0f} km² ({interval_text(table['low_km2'], table['high_km2'])} km²)"
        rows.append((atlas.say("合计（土地覆被）", "All (land cover)"), both))
    _add_facts(
        page,
        atlas,
        atlas.say("规划各数是否相符", "Do the plan's numbers agree"),
        rows,
        note=atlas.say(
            "覆盖率相差约 0.1 个百分点，属取整（核对 C-01）；每公顷蓄积与全市约 2020 年的 49.0 m³ 相近（C-02）。",
            "A tenth of a point of cover is rounding (check C-01); the stock a hectare is near the city's 49.0 "
            "m³ of about "
            "2020 (C-02).",
        )
        if atlas.folder is None
        else "",
    )


def add_pulp(page: Page, atlas: Atlas, asked: ForestRecord, supply: BambooSupply, *, sure: float) -> None:
    """Add what the pulp needs against the land."""
    need = pulp_need(atlas, asked)
    suited = float(supply.land.sum())
    shares = [100 * share for share in share_needed([value * _HA_PER_WANMU for value in need], suited)]
    best = [100 * share for share in share_needed([value * _HA_PER_WANMU for value in need], sure)]
    use, grown = span_text(*asked.bamboo_per_pulp, digits=1), span_text(*asked.yield_t_per_mu, digits=1)
    tonnes = item_of(atlas, asked.pulp).total("万吨/年")
    middle = tonnes * asked.bamboo_per_pulp[0], tonnes * asked.bamboo_per_pulp[1]
    rows = [
        (atlas.say("竹浆年产能（规划）", "Pulp a year (plan)"), f"{tonnes:g} {atlas.say('万吨', '× 10,000 t')}"),
        (atlas.say("吨浆耗鲜竹（假定）", "Green bamboo a tonne of pulp (assumed)"), f"{use} t"),
        (atlas.say("每亩年产鲜竹（假定）", "Green bamboo a mu and year (assumed)"), f"{grown} t"),
        (atlas.say("所需竹林，亩产 1 t", "Bamboo needed at 1 t a mu"), f"{span_text(*middle)} {_unit(atlas)}"),
        (atlas.say("所需竹林，亩产取区间", "Bamboo needed over that range"), f"{span_text(*need)} {_unit(atlas)}"),
        (atlas.say("宜竹土地（图上）", "Land for bamboo (on the map)"), f"{km2_to_wanmu(suited):,.0f} {_unit(atlas)}"),
        (atlas.say("其中最适宜（S1）", "of it the best (S1)"), f"{km2_to_wanmu(sure):,.0f} {_unit(atlas)}"),
        (atlas.say("占宜竹土地", "Share of that land"), _percent(shares)),
        (atlas.say("占最适宜土地", "Share of the best"), _percent(best)),
    ]
    _add_facts(
        page,
        atlas,
        atlas.say("竹浆要多少竹林", "How much bamboo the pulp takes"),
        rows,
        note=atlas.say(
            "两项假定都不是本地竹林的数，可信度低；只看数量级。原料也可来自县外。",
            "Neither assumption is of these stands; low confidence, read the order alone. Bamboo may come from beyond.",
        ),
    )


def _percent(ends: list[float]) -> str:
    return span_text(ends[0], ends[1], "%") if np.isfinite(ends).all() else "–"


def sheds_title(atlas: Atlas) -> str:
    """Return the title of the table of supply-sheds."""
    return atlas.say("浆厂供应圈：若厂在各处", "Supply-shed of the mill, wherever it is")


def add_sheds(
    page: Page, atlas: Atlas, asked: ForestRecord, supply: BambooSupply, mills: gpd.GeoDataFrame, *, known: bool
) -> None:
    """Add the supply-shed of each site that the mill may have."""
    sheds = supply.sheds
    labels = list(sheds.index)
    named = atlas.name in mills and not (known and str(labels[0]).startswith("mill "))
    names = [name_of(atlas, mills.loc[label]) if named else str(label) for label in labels]
    limits = {f"within_{limit:g}": limit for limit in asked.minutes}
    low, high = asked.price_per_tkm
    grown = asked.yield_t_per_ha
    rows = pd.DataFrame({"site": names})
    for column in limits:
        rows[column] = km2_to_wanmu(sheds[column].to_numpy()).round(0)
    last = sheds[list(limits)[-1]].to_numpy() * 100.0 / 1e4
    rows["tonnes"] = [span_text(value * grown[0], value * grown[1]) for value in last]
    rows["mean_km"] = sheds["mean_km"].round(0).to_numpy()
    rows["cost"] = [span_text(low * km, high * km) if np.isfinite(km) else "–" for km in sheds["mean_km"]]
    page.add_table(
        sheds_title(atlas),
        rows,
        columns={
            "site": atlas.say("浆厂若在", "If the mill is at"),
            **{
                column: atlas.say(f"{limit:g} 分内宜竹土地（万亩）", f"Land within {limit:g} min (10,000 mu)")
                for column, limit in limits.items()
            },
            "tonnes": atlas.say(
                f"{asked.minutes[-1]:g} 分内鲜竹（万吨/年，若全种竹）",
                f"Bamboo within {asked.minutes[-1]:g} min, 10,000 t",
            ),
            "mean_km": atlas.say("平均运距（km）", "Mean haul (km)"),
            "cost": atlas.say("平均运费（元/t）", "Mean haul (yuan/t)"),
        },
        digits={**dict.fromkeys(limits, 0), "mean_km": 0},
        more=["tonnes", "cost"],
        note=atlas.say(
            f"由乡镇驻地沿路网到厂；运费按每吨公里 {low:g}–{high:g} 元（假定）。从林地到驻地的路不在内。",
            f"From township seats along the network; haul at {low:g} to {high:g} yuan a tonne and km (assumed). "
            "The way "
            "from the stand to the seat is not in it.",
        ),
    )


def add_branches(page: Page, atlas: Atlas, supply: BambooSupply) -> None:
    """Add the branches of forest road in their order."""
    roads = supply.roads
    if roads is None or roads.branches.empty:
        return
    shown = roads.branches[["order", "km", "opened_km2", "per_km", "km_sum", "opened_sum_km2"]]
    page.add_table(
        atlas.say("林区公路：先修哪里", "Forest roads: which first"),
        pd.DataFrame(shown).round(2),
        columns={
            "order": atlas.say("次序", "Order"),
            "km": atlas.say("长度（km）", "Length (km)"),
            "opened_km2": atlas.say("打开土地（km²）", "Opens (km²)"),
            "per_km": atlas.say("每公里（km²）", "A km (km²)"),
            "km_sum": atlas.say("累计（km）", "Sum (km)"),
            "opened_sum_km2": atlas.say("累计打开（km²）", "Sum opened (km²)"),
        },
        digits={"order": 0, "km": 1, "opened_km2": 1, "per_km": 2, "km_sum": 1, "opened_sum_km2": 1},
        more=["km_sum", "opened_sum_km2"],
        sortable=False,
        note=atlas.say(
            f"已有道路穿过的方格含宜竹土地 {roads.open_km2:,.0f} km²，全部 {roads.stand_km2:,.0f} km²。"
            "研究走向，不是线位。",
            f"Blocks that a road passes today hold {roads.open_km2:,.0f} of {roads.stand_km2:,.0f} km². A "
            "study, no alignment.",
        ),
    )


def add_towns(page: Page, atlas: Atlas, supply: BambooSupply, covered: ForestAreas | None) -> None:
    """Add the land by catchment of a township, with its forest where land cover was given."""
    land = ground(atlas)
    table = supply.towns
    codes = [str(code) for code in table.index]
    rows = pd.DataFrame({"town": [land.name(atlas, code) for code in codes]})
    rows["suited"] = km2_to_wanmu(table["suited_km2"].to_numpy()).round(1)
    columns = {
        "town": atlas.say("乡镇片区", "Township (nearest seat)"),
        "suited": atlas.say("宜竹土地（万亩）", "Land for bamboo (10,000 mu)"),
    }
    if covered is not None:
        by_name = covered.table.set_index("zone")
        found = by_name.reindex([land.names[code][0] for code in codes])
        rows["forest"] = found["forest_km2"].round(0).to_numpy()
        rows["share"] = (100 * found["share"]).round(1).to_numpy()
        rows["ends"] = [
            interval_text(low, high) if np.isfinite(low) else "–"
            for low, high in zip(found["low_km2"], found["high_km2"], strict=True)
        ]
        columns |= {
            "forest": atlas.say("森林（km²）", "Forest (km²)"),
            "share": atlas.say("覆盖率（%）", "Cover (%)"),
            "ends": atlas.say("森林区间（km²）", "Interval (km²)"),
        }
    page.add_table(
        atlas.say("各乡镇片区", "By township"),
        rows.sort_values("suited", ascending=False, kind="stable"),
        columns=columns,
        digits={"suited": 1, **({"forest": 0, "share": 1} if covered is not None else {})},
        note=atlas.say(
            "片区按最近的乡镇驻地划分，不是行政边界；各片区之和等于县。",
            "Land by the nearest township seat, no boundary; the parts sum to their county.",
        ),
    )
