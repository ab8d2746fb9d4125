"""Sub-totals that the plan implies: computed from the items, never written down."""

import math
from collections.abc import Iterable
from typing import Any

import pandas as pd

from .places import of_kind
from .register import Plan

CROPS = {
    "orange": ("甜橙", "Sweet orange", "F-26", "F-29", "F-24"),
    "plum": ("乌蒙脆李", "Crisp plum", "F-27", "F-30", "F-23"),
    "kiwifruit": ("猕猴桃", "Kiwifruit", "F-28", "F-31", "F-22"),
}
AREA_ACTIONS = ("F-03", "F-04", "F-05", "F-06", "F-07")
TIMBER_BASES = ("F-01", "F-02")
WIND = ("E-04", "E-05", "E-06")
SOLAR = ("E-07", "E-08")
OUTPUTS = ("L-00a", "W-00d", "E-00a", "F-00")


def fruit_totals(plan: Plan) -> pd.DataFrame:
    """Return the fruit targets by crop in 万亩 (renovate, new, total) and the total in km².

    >>> from nanyi_gis.plan import load_plan
    >>> fruit_totals(load_plan())["total"].to_dict()
    {'orange': 40.0, 'plum': 20.0, 'kiwifruit': 10.0}
    """
    rows = {}
    for crop, (name_zh, name_en, renovate_id, new_id, _) in CROPS.items():
        renovate, new = (plan.item(number).total("万亩") for number in (renovate_id, new_id))
        area = sum(plan.item(number).quantities[0].to("km²") for number in (renovate_id, new_id))
        rows[crop] = {
            "name_zh": name_zh,
            "name_en": name_en,
            "renovate": renovate,
            "new": new,
            "total": renovate + new,
            "total_km2": area,
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def power_totals(plan: Plan) -> pd.DataFrame:
    """Return planned wind and solar capacity in MW.

    ``low`` counts 箭竹坪 (E-04) as a part of Gulin's 10 万kW (E-06), since the plan does not say
    whether it is separate; ``high`` counts both.

    >>> from nanyi_gis.plan import load_plan
    >>> power_totals(load_plan()).loc["total"].tolist()
    [1550.0, 1600.0]
    """
    megawatts = {number: plan.item(number).quantities[0].to("MW") for number in (*WIND, *SOLAR)}
    wind, solar = (sum(megawatts[number] for number in numbers) for numbers in (WIND, SOLAR))
    table = pd.DataFrame({"low": [wind - megawatts["E-04"], solar], "high": [wind, solar]}, index=["wind", "solar"])
    table.loc["total"] = table.sum()
    return table


def medical_subcentres(plan: Plan) -> pd.DataFrame:
    """Return planned, built (2022), started (2022) and undated medical sub-centres by county.

    >>> from nanyi_gis.plan import load_plan
    >>> medical_subcentres(load_plan()).loc["total"].to_dict()
    {'planned': 11, 'built': 4, 'started': 2, 'undated': 5}
    """
    stages = {"planned": "W-12", "built": "W-13", "started": "W-14"}
    table = pd.DataFrame(
        {
            stage: {county: int(plan.item(number).total("个", county=county)) for county in ("叙永", "古蔺")}
            for stage, number in stages.items()
        }
    )
    table["undated"] = table["planned"] - table["built"] - table["started"]
    table.loc["total"] = table.sum()
    return table


def township_counts(plan: Plan) -> pd.DataFrame:
    """Return the number of townships by county and form: subdistrict (街道), town (镇), township (乡).

    >>> from nanyi_gis.plan import load_plan
    >>> township_counts(load_plan()).loc["古蔺"].to_dict()
    {'街道': 3, '镇': 17, '乡': 3, 'total': 23}
    """
    townships = of_kind(plan.places, "township")
    forms = {"街道": "街道", "镇": "镇", "乡": "乡"}
    counts = {
        form: {
            county: int(townships.loc[townships["county"] == county, "name_zh"].str.endswith(ending).sum())
            for county in ("叙永", "古蔺")
        }
        for form, ending in forms.items()
    }
    table = pd.DataFrame(counts)
    table["total"] = table.sum(axis=1)
    table.loc["total"] = table.sum()
    return table


_FRUIT = tuple(f"F-{number}" for number in range(26, 32))
# key: Chinese name, English name, unit, items, note
_LABELS: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "fruit_renovate": ("果业改造提升", "Orchards to renovate", "万亩", _FRUIT[:3], ""),
    "fruit_new": ("果业新建", "New orchards", "万亩", _FRUIT[3:], ""),
    "fruit_total": ("果业合计", "Orchards in all", "万亩", _FRUIT, ""),
    "fruit_area": ("果业合计面积", "Orchards in all, area", "km²", _FRUIT, ""),
    "fruit_share": ("果业占两县面积", "Orchards, share of the land", "%", _FRUIT, ""),
    "action_area": ("五项面积行动", "Five area actions", "万亩", AREA_ACTIONS, "areas probably overlap (C-03)"),
    "action_share": (
        "五项面积占森林",
        "Area actions, share of the forest",
        "%",
        AREA_ACTIONS,
        "only if disjoint (C-03)",
    ),
    "timber_bases": ("两个基地", "Two bases", "万亩", TIMBER_BASES, ""),
    "wind": ("风电", "Wind power", "MW", WIND, "high if 箭竹坪 is separate from Gulin's 10 万kW"),
    "solar": ("光伏", "Solar power", "MW", SOLAR, ""),
    "wind_solar": ("风电与光伏", "Wind and solar power", "MW", (*WIND, *SOLAR), ""),
    "subcentres": ("县域医疗次中心", "Medical sub-centres", "个", ("W-12",), ""),
    "subcentres_undated": ("未定时间的次中心", "Sub-centres without a date", "个", ("W-12", "W-13", "W-14"), ""),
    "sector_outputs": (
        "产业产值目标合计",
        "Sector output targets",
        "亿元",
        OUTPUTS,
        "at least; gross output, not GDP (C-08)",
    ),
    "base_station_share": ("南翼占全市4G基站", "4G sites, share of the city", "%", ("I-34", "I-35"), "at least"),
    "base_station_area": ("每个新基站的面积", "Area per new 4G site", "km²", ("I-35",), ""),
    "base_station_radius": ("等面积半径", "Radius of the same area", "km", ("I-35",), ""),
    "visitors_per_day": ("日均红色旅游人次", "Red-tourism visits a day", "人次/日", ("R-00c",), ""),
    "townships": ("乡镇(街道)", "Townships", "个", ("I-42",), ""),
}


def subtotals(plan: Plan) -> pd.DataFrame:
    """Return every sub-total as a row: key, name_zh, name_en, value, high, unit, items, note.

    ``high`` differs from ``value`` only where the plan can be read in two ways. Areas per site and shares of
    the land use the official 6,161 km² of check C-01.
    """
    land = plan.check("C-01").inputs["land_official"].value
    fruit, power, centres = fruit_totals(plan), power_totals(plan), medical_subcentres(plan)
    actions, sites = _sum(plan, AREA_ACTIONS, "万亩"), plan.item("I-35").total("个")
    values: dict[str, Any] = {
        "fruit_renovate": fruit["renovate"].sum(),
        "fruit_new": fruit["new"].sum(),
        "fruit_total": fruit["total"].sum(),
        "fruit_area": fruit["total_km2"].sum(),
        "fruit_share": fruit["total_km2"].sum() / land * 100,
        "action_area": actions,
        "action_share": actions / plan.item("F-13").total("万亩") * 100,
        "timber_bases": _sum(plan, TIMBER_BASES, "万亩"),
        "wind": power.loc["wind", "low"],
        "solar": power.loc["solar", "low"],
        "wind_solar": power.loc["total", "low"],
        "subcentres": centres.loc["total", "planned"],
        "subcentres_undated": centres.loc["total", "undated"],
        "sector_outputs": _sum(plan, OUTPUTS, "亿元"),
        "base_station_share": sites / plan.item("I-34").total("个") * 100,
        "base_station_area": land / sites,
        "base_station_radius": math.sqrt(land / sites / math.pi),
        "visitors_per_day": plan.item("R-00c").quantities[0].to("人次/年") / 365,
        "townships": township_counts(plan).loc["total", "total"],
    }
    highs: dict[str, Any] = {"wind": power.loc["wind", "high"], "wind_solar": power.loc["total", "high"]}
    return pd.DataFrame(
        {
            "key": key,
            "name_zh": name_zh,
            "name_en": name_en,
            "value": float(values[key]),
            "high": float(highs.get(key, values[key])),
            "unit": unit,
            "items": ";".join(items),
            "note": note,
        }
        for key, (name_zh, name_en, unit, items, note) in _LABELS.items()
    )


def _sum(plan: Plan, numbers: Iterable[str], unit: str) -> float:
    return sum(plan.item(number).total(unit) for number in numbers)
