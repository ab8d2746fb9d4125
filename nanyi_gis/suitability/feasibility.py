"""The plan's targets against the land: how many 万亩 are suitable, where, and under which assumptions."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..errors import ParameterError
from .use import Crop
from .use_file import load_crop

KM2_PER_WANMU = 20.0 / 3.0
COLUMNS = [
    "crop",
    "clause",
    "test",
    "kind",
    "target_wanmu",
    "s1_wanmu",
    "s1_s2_wanmu",
    "s1_s2_s3_wanmu",
    "in_band_s1_s2_wanmu",
    "ratio",
    "assessment",
    "assumptions",
]
REACH_COLUMNS = ("crop", "within_km", "area_km2", "marginal_km2", "cause")
LIMIT_COLUMNS = ("crop", "zone", "class", "factor", "area_km2")
_BASE_ASSUMPTIONS = (
    "suitability by terrain and modelled climate only",
    "land already used, owned, forested or protected is not taken off unless layers were given",
    "no allowance for fields too small to work, terraces or access roads",
)
_PLENTY, _ENOUGH = 3.0, 1.0


def feasibility(
    areas: Mapping[str, pd.DataFrame],
    *,
    crops: Mapping[str, Crop] | None = None,
    reach: pd.DataFrame | None = None,
    limits: pd.DataFrame | None = None,
    assumptions: Sequence[str] = (),
) -> pd.DataFrame:
    """Set the plan's areas against the suitable land.

    Parameters
    ----------
    areas : mapping of str to DataFrame
        For each crop the table ``zone, band, class, area_km2, area_wanmu`` of
        :func:`nanyi_gis.suitability.areas_table`; zones are counties.
    crops : mapping of str to Crop, optional
        Crops that are not embedded.
    reach : DataFrame, optional
        Suitable land by distance to the left bank of the Chishui: ``crop, within_km, area_km2``
        (S1 and S2), ``marginal_km2`` (S3) and its main ``cause``. Needed for the belt test C-06.
    limits : DataFrame, optional
        Area by ``crop, zone, class, factor``; with it the assessment names what holds the land back.
    assumptions : sequence of str
        What else was assumed, e.g. how the DEM or the missing layers were treated.

    Returns
    -------
    DataFrame
        One row a target (by county and in all), the sum of a crop's targets, the belt test and the grain balance.
        ``ratio`` is S1 and S2 land (or grain, or belt) over what is asked; ``assessment`` says
        what follows and ``assumptions`` what it rests on.

    Raises
    ------
    ParameterError
        If a table lacks a column.

    >>> land = pd.DataFrame({"zone": "古蔺", "band": ["< 700 m"], "class": "S2", "area_km2": [400.0],
    ...                      "area_wanmu": [60.0]})
    >>> table = feasibility({"sorghum": land})
    >>> table.loc[table.test == "area", ["target_wanmu", "s1_s2_wanmu", "ratio"]].iloc[0].tolist()
    [30.0, 60.0, 2.0]
    """
    rows: list[dict[str, Any]] = []
    for name, table in areas.items():
        lacking = {"zone", "band", "class", "area_km2"} - set(table.columns)
        if lacking:
            raise ParameterError(f"areas[{name!r}] lacks {', '.join(sorted(lacking))}; give areas_table(...)")
        crop = (crops or {}).get(name) or load_crop(name)
        own = None if limits is None else limits[limits["crop"] == name]
        rows += _targets(crop, table, own, (*_BASE_ASSUMPTIONS, *assumptions))
        rows += _by_county(crop, table, own, (*_BASE_ASSUMPTIONS, *assumptions))
        if crop.belt and reach is not None:
            rows += _belt(crop, reach[reach["crop"] == name], (*_BASE_ASSUMPTIONS, *assumptions))
        if crop.balance:
            rows.append(_balance(crop, table))
    return pd.DataFrame(rows, columns=COLUMNS)


def main_band(crop: Crop, bands: Sequence[str]) -> list[str]:
    """Return the altitude bands, by name, that the crop's full membership touches.

    >>> main_band(load_crop("plum"), ["< 700 m", "700-900 m", "900-1200 m", ">= 1200 m"])
    ['700-900 m']
    """
    try:
        points = crop.criterion("elevation").points
    except KeyError:
        return list(bands)
    if len(points) != 4:
        return list(bands)
    low, high = points[1], points[2]
    return [name for name in bands if _limits(name)[0] < high and _limits(name)[1] > low]


def _limits(name: str) -> tuple[float, float]:
    words = name.removesuffix(" m")
    if words.startswith("<"):
        return float("-inf"), float(words[1:])
    if words.startswith(">="):
        return float(words[2:]), float("inf")
    low, high = words.split("-")
    return float(low), float(high)


def _land(crop: Crop, table: pd.DataFrame) -> dict[str, float]:
    def total(frame: pd.DataFrame, classes: set[str]) -> float:
        return float(frame.loc[frame["class"].isin(classes), "area_km2"].sum()) / KM2_PER_WANMU

    within = table[table["band"].isin(main_band(crop, list(dict.fromkeys(table["band"]))))]
    return {
        "s1_wanmu": total(table, {"S1"}),
        "s1_s2_wanmu": total(table, {"S1", "S2"}),
        "s1_s2_s3_wanmu": total(table, {"S1", "S2", "S3"}),
        "in_band_s1_s2_wanmu": total(within, {"S1", "S2"}),
    }


def _targets(
    crop: Crop, table: pd.DataFrame, limits: pd.DataFrame | None, assumptions: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for target in crop.targets:
        chosen, why = _in_county(table, target.county), _in_county(limits, target.county)
        text = _reason(why)
        place = [_place(table, target.county)]
        row = _area_row(crop, target.clause, target.kind, target.wanmu, _land(crop, chosen), [*place, *assumptions])
        rows.append(row | {"assessment": row["assessment"] + text})
    if len(crop.targets) > 1:
        clause = " + ".join(target.clause for target in crop.targets)
        total = sum(target.wanmu for target in crop.targets)
        row = _area_row(crop, clause, "sum", total, _land(crop, table), assumptions)
        rows.append(row | {"assessment": row["assessment"] + _reason(limits)})
    return rows


def _in_county(table: Any, county: str) -> Any:
    """Return the rows of a county; all rows if it is not among the zones."""
    if table is None or not county:
        return table
    own = _of_county(table, county)
    return table[own] if own.any() else table


def _of_county(table: pd.DataFrame, county: str) -> Any:
    """Return which rows are of a county, with or without 县 in its name."""
    return table["zone"].astype(str).str.removesuffix("县") == county.removesuffix("县")


def _place(table: pd.DataFrame, county: str) -> str:
    if not county:
        return "within all zones"
    if _of_county(table, county).any():
        return f"within {county}"
    return f"within all zones, since {county}, where the plan has it, is not among them"


def _reason(limits: Any) -> str:
    """Name what makes land marginal or worse, with its share."""
    if limits is None:
        return ""
    worse = limits[limits["class"].isin(["S3", "N"])]
    total = float(worse["area_km2"].sum())
    if total <= 0:
        return ""
    shares = worse.groupby("factor")["area_km2"].sum().sort_values(ascending=False) / total
    named = ", ".join(f"{factor} {share:.0%}" for factor, share in shares.head(3).items())
    return f"; S3 and N for {named}"


def _by_county(
    crop: Crop, table: pd.DataFrame, limits: pd.DataFrame | None, assumptions: Sequence[str]
) -> list[dict[str, Any]]:
    zones = list(dict.fromkeys(table["zone"]))
    total = sum(target.wanmu for target in crop.targets)
    if len(zones) < 2 or not total:
        return []
    rows = []
    for zone in zones:
        land = _land(crop, table[table["zone"] == zone])
        text = (
            f"{zone} alone has {land['s1_s2_wanmu']:.1f} 万亩 of S1 and S2, "
            f"{land['s1_s2_wanmu'] / total:.0%} of the crop's {total:g} 万亩"
            + _reason(None if limits is None else limits[limits["zone"] == zone])
        )
        rows.append(
            {
                "crop": crop.id,
                "clause": " + ".join(target.clause for target in crop.targets),
                "test": "county",
                "kind": zone,
                "target_wanmu": total,
                **land,
                "ratio": land["s1_s2_wanmu"] / total,
                "assessment": text,
                "assumptions": "; ".join(assumptions),
            }
        )
    return rows


def _area_row(
    crop: Crop, clause: str, kind: str, wanmu: float, land: Mapping[str, float], assumptions: Sequence[str]
) -> dict[str, Any]:
    ratio = land["s1_s2_wanmu"] / wanmu
    inner = land["in_band_s1_s2_wanmu"]
    if ratio >= _PLENTY:
        verdict = f"the land is not what limits: S1 and S2 land is {ratio:.1f} times the target"
    elif ratio >= _ENOUGH:
        verdict = f"tight: S1 and S2 land is {ratio:.1f} times the target before other uses are taken off"
    elif land["s1_s2_s3_wanmu"] >= wanmu:
        verdict = f"only with marginal land: S1 and S2 reach {ratio:.0%} of the target, S3 is needed"
    else:
        verdict = f"the suitable land, marginal included, falls short: S1 and S2 reach {ratio:.0%} of the target"
    if land["s1_s2_wanmu"] > 0:
        verdict += f"; {inner / land['s1_s2_wanmu']:.0%} of it lies in {_band_words(crop)} ({inner:.1f} 万亩)"
    extra = (
        ["new orchards must keep off permanent basic farmland (国办发〔2020〕44号), not masked unless given"]
        if kind == "new"
        else []
    )
    return {
        "crop": crop.id,
        "clause": clause,
        "test": "area",
        "kind": kind,
        "target_wanmu": wanmu,
        **land,
        "ratio": ratio,
        "assessment": verdict,
        "assumptions": "; ".join([*assumptions, *extra]),
    }


def _band_words(crop: Crop) -> str:
    """Name the band of the crop's best altitudes: the plan's, or another source's."""
    own = next((c.evidence for c in crop.criteria if c.id == "elevation"), "")
    return "the plan's band" if own == "plan" else "the altitude bands that suit it best"


def _belt(crop: Crop, reach: pd.DataFrame, assumptions: Sequence[str]) -> list[dict[str, Any]]:
    """C-06: is there room for the crop's targets within a few km of the left bank?"""
    total = sum(target.wanmu for target in crop.targets)
    length = float(crop.belt.get("length_km", 50.0))
    frontage = float(crop.belt.get("frontage_km", length))
    rows = []
    width = total * KM2_PER_WANMU / length
    for record in reach.sort_values("within_km").to_dict("records"):
        within = float(record["within_km"])
        wanmu, marginal = (float(record.get(key, 0.0)) / KM2_PER_WANMU for key in ("area_km2", "marginal_km2"))
        cause = f" (mostly for {record['cause']})" if record.get("cause") else ""
        text = (
            f"within {within:g} km of the left bank lie {wanmu:.1f} 万亩 of S1 and S2, {wanmu / total:.0%} of "
            f"the {total:g} 万亩, and {marginal:.1f} 万亩 of S3{cause}; a belt of {length:g} km would have to be "
            f"{width:.1f} km wide throughout, one along all {frontage:g} km of frontage "
            f"{total * KM2_PER_WANMU / frontage:.1f} km"
        )
        rows.append(
            {
                "crop": crop.id,
                "clause": str(crop.belt.get("clause", "C-06")),
                "test": "belt",
                "kind": f"within {within:g} km",
                "target_wanmu": total,
                "s1_s2_wanmu": wanmu,
                "s1_s2_s3_wanmu": wanmu + marginal,
                "ratio": wanmu / total,
                "assessment": text,
                "assumptions": "; ".join(
                    [*assumptions, "straight distance to the county outline along the Chishui, good to 1 km"]
                ),
            }
        )
    return rows


def _balance(crop: Crop, table: pd.DataFrame) -> dict[str, Any]:
    """C-07: the grain of the base against the new liquor capacity."""
    balance = crop.balance
    capacity = float(balance["new_capacity_wan_t"])
    per_tonne = float(balance["grain_per_tonne"])
    low, high = (float(v) for v in balance["yield_kg_per_mu"])
    base = sum(target.wanmu for target in crop.targets)
    # 万亩 times kg per 亩 is 10 t; divided by 1000 it is 万 t
    grain = base * low / 1000, base * high / 1000
    need = capacity * per_tonne
    asked = need / high * 1000, need / low * 1000
    land = _land(crop, table)
    reachable = land["s1_s2_wanmu"]
    text = (
        f"{base:g} 万亩 yield {grain[0]:.1f}-{grain[1]:.1f} 万t of grain, {grain[0] / need:.0%}-{grain[1] / need:.0%} "
        f"of the {need:g} 万t that {capacity:g} 万t of new liquor need; that need would take "
        f"{asked[0]:.0f}-{asked[1]:.0f} 万亩, while S1 and S2 land is {reachable:.0f} 万亩 in all: "
        "the base cannot feed the new capacity, grain must come from elsewhere"
        if grain[1] < need
        else f"{base:g} 万亩 yield {grain[0]:.1f}-{grain[1]:.1f} 万t of grain against a need of {need:g} 万t"
    )
    return {
        "crop": crop.id,
        "clause": str(balance.get("clause", "C-07")),
        "test": "balance",
        "kind": "grain for liquor",
        "target_wanmu": base,
        **land,
        "ratio": sum(grain) / 2 / need,
        "assessment": text,
        "assumptions": f"{per_tonne:g} t of sorghum per t of 酱酒; {low:g}-{high:g} kg per 亩; one crop a year; "
        f"{balance.get('source', '')}",
    }
