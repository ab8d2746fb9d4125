"""What stands beside the map of processing and logistics: what is proposed, crops, centres, prices, townships."""

from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import targets
from ..siting import Siting
from ..suitability import Crop
from ..targets import Processing
from ..webmap import Page
from .context import Atlas
from .minutes import to_the_tenth
from .proposals import minutes_text, name_of, price_columns, proof, record, year_note
from .road import short_name
from .siting_ground import ground


def asked_of(atlas: Atlas) -> targets.ProcessingRecord:
    """Return the record of the page, which is only made with one."""
    return cast(targets.ProcessingRecord, record(atlas).processing)


def located_towns(atlas: Atlas) -> gpd.GeoDataFrame:
    """Return the townships that have a place."""
    towns = targets.townships(atlas.study)
    return towns[towns.geometry.notna()]


def junction_names(atlas: Atlas, junctions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return junctions with their names and kinds in words."""
    kinds = {
        "motorway_interchange": atlas.say("高速互通", "motorway interchange"),
        "railway_station": atlas.say("铁路车站", "railway station"),
    }
    places = [
        short_name(zh if atlas.lang == "zh" else en or atlas.named(zh))
        for zh, en in zip(junctions["name_zh"], junctions["name_en"], strict=True)
    ]
    named = junctions.drop(columns=["name_zh", "name_en"])
    return named.assign(place=places, kind_name=junctions["kind"].map(kinds))


def our_words(atlas: Atlas, found: Processing, year: str) -> list[str]:
    """Return what is proposed, from what, and what is not known."""
    asked = asked_of(atlas)
    total, count = float(found.crops["asked"].sum()), int(found.facilities["facilities"].sum())
    grades = atlas.say("、", " and ").join(f"S{grade}" for grade in asked.grades)
    proven = (
        atlas.say("各乡镇内的位置均已证明最优", "places within each township are proven the best")
        if found.proven
        else atlas.say(
            "乡镇内的位置与最优相差不超过 0.5%", "places within each township are at most 0.5 % off the best"
        )
    )
    return [
        atlas.say(
            f"每座 {found.capacity:.2f} 万亩是推算：规划果园 {total:g} 万亩 ÷ {count} 座；规划没有写单座能力。",
            f"{found.capacity:.2f} × 10,000 mu a facility is derived: {total:g} of planned orchards over {count}; the "
            "plan gives no capacity.",
        ),
        atlas.say(
            f"规划果园摊在哪里没有公布：按各作物在规划海拔圈层内的 {grades} 级土地均匀分摊（模型）"
            f"{_bank_zh(atlas, found)}。"
            f"设施先按面积分到乡镇（最大余数法），再在乡镇内选离果园最近处（直线距离）；{proven}。",
            f"Where the orchards go is not published: each crop is spread evenly over {grades} land in its elevation "
            f"belt of the plan (modelled){_bank_en(atlas, found)}. "
            f"Facilities are shared out by land (largest remainders), then put nearest to "
            f"it within each township (straight distance); {proven}.",
        ),
        atlas.say(
            f"物流中心可在任一乡镇驻地，集散中心只在高速互通或客运铁路车站（{len(found.junctions)} 处候选），"
            f"按果园面积加权的行车分钟最少。{year_note(atlas, year)}",
            f"Logistics centres may be in any township, distribution centres only at interchanges and passenger "
            f"stations ({len(found.junctions)} candidates): fewest minutes weighted by orchard land. "
            f"{year_note(atlas, year)}",
        ),
        atlas.say(
            "已有的加工厂、冷库、物流园没有名录，未计入；没有用产量，面积即权重。",
            "No list of existing works, cold stores or logistics parks is known, so none counts; land is the weight, "
            "no "
            "yields are used.",
        ),
    ]


def _bank_zh(atlas: Atlas, found: Processing) -> str:
    """Return how much goes to the river first, as the end of a Chinese sentence; empty where none does."""
    parts = [
        f"{crop.name_zh}是沿岸产业带，先摊到距{atlas.river}岸 {max(crop.belt['reach_km']):g} km 内的"
        f" {_taken(found, crop):.0f} 万亩"
        for crop in _along_the_bank(atlas, found)
    ]
    return f"；{'；'.join(parts)}，其余摊到带外" if parts else ""


def _bank_en(atlas: Atlas, found: Processing) -> str:
    """Return the same in English."""
    parts = [
        f"{crop.name_en} is a belt along the river: {_taken(found, crop):.0f} × 10,000 mu go to suitable "
        f"land within {max(crop.belt['reach_km']):g} km of the bank first"
        for crop in _along_the_bank(atlas, found)
    ]
    return f"; {'; '.join(parts)}, the rest elsewhere" if parts else ""


def _taken(found: Processing, crop: Crop) -> float:
    return float(found.crops["first"][crop.id])


def _along_the_bank(atlas: Atlas, found: Processing) -> list[Crop]:
    ahead = {str(crop) for crop, taken in found.crops["first"].items() if taken > 0}
    return [crop for crop in atlas.crops if crop.id in ahead]


def add_crops(page: Page, atlas: Atlas, found: Processing) -> None:
    """Add what the plan asks of each crop beside the land that suits it."""
    names = {crop.id: crop.name_en if atlas.lang == "en" else crop.name_zh for crop in atlas.crops}
    table = found.crops.assign(
        crop=[names[name] for name in found.crops.index],
        percent=(100.0 * found.crops["share"]).replace(np.inf, np.nan),
    )
    page.add_table(
        atlas.say("规划果园与适宜土地（万亩）", "Planned orchards and suitable land (10,000 mu)"),
        table,
        columns={
            "crop": atlas.say("作物", "Crop"),
            "asked": atlas.say("规划", "Plan"),
            "suitable": atlas.say("圈层内适宜（模型）", "Suitable in its belt (modelled)"),
            "percent": atlas.say("规划占适宜（%）", "Plan over suitable (%)"),
        },
        digits={"asked": 0, "suitable": 0, "percent": 0},
        sortable=False,
        note=atlas.say(
            "超过 100% 时适宜土地不够，面积仍按规划分摊。", "Above 100 % the suitable land is too little; the plan's "
            "area is spread all the same."
        ),
    )  # fmt: skip


def centres_title(atlas: Atlas) -> str:
    """Return the title of the table of centres."""
    return atlas.say("物流中心与集散中心", "Logistics and distribution centres")


def land_of(found: Processing, assignment: pd.DataFrame) -> "pd.Series[float]":
    """Return the land that goes to each site, 万亩."""
    land: pd.Series[float] = found.towns["land"].reindex(assignment.index).groupby(assignment["site"]).sum()
    return land


def centre_rows(atlas: Atlas, found: Processing) -> pd.DataFrame:
    """Return the logistics centres as rows for readers."""
    land = land_of(found, found.logistics.assignment)
    towns = located_towns(atlas)
    rows = [
        {
            "site": site,
            "kind": atlas.say("物流中心", "Logistics"),
            "place": name_of(atlas, towns.loc[site]),
            "county": atlas.county(str(towns["county"][site])),
            "land": round(float(land.get(site, 0.0)), 1),
        }
        for site in found.logistics.chosen
    ]
    return pd.DataFrame(rows)


def add_centres(page: Page, atlas: Atlas, found: Processing) -> None:
    """Add the centres with the land that goes to each, and how good they are."""
    result = found.distribution
    chosen = [] if result is None else list(result.chosen)
    land = pd.Series(dtype=float) if result is None else land_of(found, result.assignment)
    junctions = junction_names(atlas, found.junctions.loc[chosen])
    rows = [
        {
            "site": site,
            "kind": atlas.say("集散中心", "Distribution"),
            "place": f"{row['place']} ({row['kind_name']})",
            "county": atlas.county(str(row["county"])),
            "land": round(float(land.get(site, 0.0)), 1),
        }
        for site, row in junctions.iterrows()
    ]
    table = pd.concat([centre_rows(atlas, found), pd.DataFrame(rows)], ignore_index=True)
    told = _centre_words(atlas, found, "logistics", found.logistics, atlas.say("物流中心", "Logistics"))
    told += (
        atlas.say("路网上没有互通和客运站，不选集散中心。", " The network has neither interchange nor station.")
        if result is None
        else _centre_words(atlas, found, "distribution", result, atlas.say("集散中心", " Distribution"))
    )
    page.add_table(
        centres_title(atlas),
        table,
        columns={
            "kind": atlas.say("类别", "Kind"),
            "place": atlas.say("地点", "Place"),
            "county": atlas.say("县", "County"),
            "land": atlas.say("服务果园（万亩）", "Orchards (10,000 mu)"),
        },
        digits={"land": 1},
        sortable=False,
        note=told,
    )


def _centre_words(atlas: Atlas, found: Processing, which: str, result: Siting, name: str) -> str:
    minutes = f"{mean_minutes(found, which):.0f}"
    return atlas.say(
        f"{name}：{minutes} 分钟（面积加权平均），{proof(atlas, result)}。",
        f"{name}: {minutes} minutes on average over the land, {proof(atlas, result)}.",
    )


def mean_minutes(found: Processing, which: str) -> float:
    """Return the minutes to the centres, weighted by land."""
    assignment = getattr(found, which).assignment
    land = found.towns["land"].reindex(assignment.index)
    there = np.isfinite(assignment["cost"])
    minutes = getattr(found, f"minutes_{which}")[list(getattr(found, which).chosen)].min(axis=1)
    return float(np.average(minutes.reindex(assignment.index)[there], weights=land[there]))


def add_price(page: Page, atlas: Atlas, found: Processing) -> None:
    """Add what one logistics centre more would save."""
    table = to_the_tenth(found.price, ["mean", "saved"]).assign(
        proof=[
            atlas.say("已证明最优", "proven best") if gap < 1e-9 else f"≤ {100 * gap:.2g} %"
            for gap in found.price["gap"]
        ]
    )
    page.add_table(
        atlas.say("多一个物流中心的节省", "What one more logistics centre saves"),
        table,
        columns=price_columns(atlas, atlas.say("分", "min")),
        digits={"p": 0, "mean": 1, "saved": 1},
        sortable=False,
    )


def _kinds(found: Processing) -> list[str]:
    return ["logistics"] if found.distribution is None else ["logistics", "distribution"]


def add_towns_table(page: Page, atlas: Atlas, found: Processing) -> None:
    """Add land, facilities and minutes by township."""
    land, towns = ground(atlas), located_towns(atlas)
    codes = list(found.towns.index)
    minutes = {
        name: getattr(found, f"minutes_{name}")[list(getattr(found, name).chosen)].min(axis=1).reindex(codes)
        for name in _kinds(found)
    }
    table = pd.DataFrame(
        {
            "town": [land.name(atlas, code) for code in codes],
            "county": [atlas.county(str(towns["county"][code])) for code in codes],
            "land": found.towns["land"].round(2).to_numpy(),
            "facilities": found.towns["facilities"].to_numpy(),
            **{name: values.replace(np.inf, np.nan).round(1).to_numpy() for name, values in minutes.items()},
        }
    )
    heads = {
        "logistics": atlas.say("到物流中心（分）", "To logistics (min)"),
        "distribution": atlas.say("到集散中心（分）", "To distribution (min)"),
    }
    texts = {name: [minutes_text(value, atlas) for value in found_minutes] for name, found_minutes in minutes.items()}
    page.add_table(
        atlas.say("各乡镇片区", "By township"),
        table.sort_values("land", ascending=False, kind="stable"),
        columns={
            "town": atlas.say("乡镇", "Township"),
            "county": atlas.say("县", "County"),
            "land": atlas.say("计划果园（万亩，模型）", "Planned orchards (10,000 mu, modelled)"),
            "facilities": atlas.say("初加工（座）", "Facilities"),
            **{name: heads[name] for name in minutes},
        },
        digits={"land": 1, "facilities": 0, **dict.fromkeys(minutes, 0)},
        texts={
            name: [values[k] for k in table.sort_values("land", ascending=False, kind="stable").index]
            for name, values in texts.items()
        },
        note=atlas.say(
            "片区按最近驻地划分，不是行政界线；片区果园不足半座份额的乡镇可能分不到设施。",
            "Townships here are the land nearest to each seat, no administrative boundary; one with less than half a "
            "share of orchards may get none.",
        ),
    )
