"""The plan's targets against the land: how many 万亩 are suitable, where, and under which assumptions."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from .. import suitability
from ..errors import ParameterError
from ..plan import BeltRoom, GrainBalance
from ..suitability import Crop
from ..uncertainty import TOTAL
from ..units import km2_to_wanmu
from . import words
from .verdict import Land, Scope, Verdict, grain_code, land_code

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
    "low_wanmu",
    "high_wanmu",
    "low_with_s3_wanmu",
    "high_with_s3_wanmu",
    "unstable",
    "ratio",
    "verdict",
    "assessment",
    "assumptions",
]
_GROUNDS = ("terrain_only", "not_taken_off", "small_fields")
_CAUSES = 3


def feasibility(
    areas: Mapping[str, pd.DataFrame],
    *,
    crops: Mapping[str, Crop] | None = None,
    reach: pd.DataFrame | None = None,
    limits: pd.DataFrame | None = None,
    doubts: Mapping[str, pd.DataFrame] | None = None,
    assumptions: Sequence[str] = (),
    layers: Collection[str] = (),
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
        Suitable land by distance to the left bank of the river: ``crop, within_km, area_km2``
        (S1 and S2), ``marginal_km2`` (S3) and its main ``cause``. Needed for the belt test C-06.
    limits : DataFrame, optional
        Area by ``crop, zone, class, factor``; with it the assessment names what holds the land back.
    doubts : mapping of str to DataFrame, optional
        For each crop the intervals of :func:`nanyi_gis.uncertainty.doubt_table` by the same zones; verdicts are then
        by the interval. ``reach`` may have intervals too: ``low_km2``, ``high_km2`` (S1 and S2), ``low_with_s3_km2``
        and ``high_with_s3_km2``.
    assumptions : sequence of str
        What else was assumed, e.g. how the DEM or the missing layers were treated.
    layers : collection of str
        Names of the rasters that were given; what verdicts rest on follows from them.

    Returns
    -------
    DataFrame
        One row a target (by county and in all), the sum of a crop's targets, the belt test and the grain balance.
        ``low_wanmu`` to ``high_wanmu`` is the interval of 5 to 95 % of S1 and S2, ``low_with_s3_wanmu`` to
        ``high_with_s3_wanmu`` that of all three classes, empty where not known; ``unstable`` names the one constant
        that moves S1 and S2 by more than a quarter.
        ``ratio`` is S1 and S2 land (or grain, or belt) over what is asked; ``verdict`` is its code
        (:mod:`nanyi_gis.targets.verdict`), ``assessment`` says what follows and ``assumptions`` what it rests on,
        in English.

    Raises
    ------
    ParameterError
        If a table lacks a column.

    >>> land = pd.DataFrame({"zone": "古蔺", "band": ["< 700 m"], "class": "S2", "area_km2": [400.0],
    ...                      "area_wanmu": [60.0]})
    >>> table = feasibility({"sorghum": land})
    >>> table.loc[table.test == "area", ["target_wanmu", "s1_s2_wanmu", "ratio"]].iloc[0].tolist(), table["verdict"][0]
    ([30.0, 60.0, 2.0], 'tight')
    """
    found = judge(areas, crops=crops, reach=reach, limits=limits, doubts=doubts, assumptions=assumptions, layers=layers)
    return pd.DataFrame([_row(verdict, crops or {}) for verdict in found], columns=COLUMNS)


def judge(
    areas: Mapping[str, pd.DataFrame],
    *,
    crops: Mapping[str, Crop] | None = None,
    reach: pd.DataFrame | None = None,
    limits: pd.DataFrame | None = None,
    doubts: Mapping[str, pd.DataFrame] | None = None,
    assumptions: Sequence[str] = (),
    layers: Collection[str] = (),
) -> tuple[Verdict, ...]:
    """Return the verdicts behind :func:`feasibility`, which takes the same arguments: codes and numbers, no words.

    >>> land = pd.DataFrame({"zone": ["古蔺"], "band": "< 700 m", "class": "S2", "area_km2": [400.0]})
    >>> [(verdict.test, verdict.code) for verdict in judge({"sorghum": land})]
    [('area', 'tight'), ('balance', 'grain_short')]
    """
    found: list[Verdict] = []
    for name, table in areas.items():
        lacking = {"zone", "band", "class", "area_km2"} - set(table.columns)
        if lacking:
            raise ParameterError(f"areas[{name!r}] lacks {', '.join(sorted(lacking))}; give areas_table(...)")
        crop = (crops or {}).get(name) or suitability.load_crop(name)
        own = None if limits is None else limits[limits["crop"] == name]
        doubt = (doubts or {}).get(name)
        before = len(found)
        found += _targets(crop, table, own, doubt, assumptions)
        found += _by_county(crop, table, own, doubt, assumptions)
        if crop.belt and reach is not None:
            found += _belt(crop, reach[reach["crop"] == name], assumptions)
        if crop.balance:
            found.append(_balance(crop, table, doubt))
        found[before:] = [_with_layers(verdict, crop, layers) for verdict in found[before:]]
    return tuple(found)


def _with_layers(verdict: Verdict, crop: Crop, layers: Collection[str]) -> Verdict:
    """Return the verdict with what it rests on where rasters of the crop's were given."""
    names = {criterion.id: criterion.name_en for criterion in crop.criteria}
    given = [name for name in crop.rasters if name in layers]
    if not given:
        return verdict
    other = {"terrain_only": "layers", **({"not_taken_off": "cover_taken_off"} if "land_cover" in given else {})}
    grounds = tuple(other.get(code, code) for code in verdict.grounds)
    return replace(verdict, grounds=grounds, layers=tuple(names.get(name, name) for name in given))


def main_band(crop: Crop, bands: Sequence[str]) -> list[str]:
    """Return the altitude bands, by name, that the crop's full membership touches.

    >>> main_band(suitability.load_crop("plum"), ["< 700 m", "700-900 m", "900-1200 m", ">= 1200 m"])
    ['700-900 m']
    """
    points = next((criterion.points for criterion in crop.criteria if criterion.id == "elevation"), ())
    if len(points) != 4:
        return list(bands)
    low, high = points[1], points[2]
    return [name for name in bands if _edges(name)[0] < high and _edges(name)[1] > low]


def _edges(name: str) -> tuple[float, float]:
    """Return the edges of a band from its name.

    >>> _edges("< 700 m"), _edges("700-900"), _edges(">=1200 m")
    ((-inf, 700.0), (700.0, 900.0), (1200.0, inf))
    """
    numbers = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", name)]
    if "<" in name:
        return float("-inf"), numbers[0]
    return numbers[0], (numbers[1] if len(numbers) > 1 else float("inf"))


def _land(crop: Crop, table: pd.DataFrame, doubt: pd.DataFrame | None = None) -> Land:
    def total(frame: pd.DataFrame, *classes: str) -> float:
        return km2_to_wanmu(float(frame.loc[frame["class"].isin(classes), "area_km2"].sum()))

    within = table[table["band"].isin(main_band(crop, list(dict.fromkeys(table["band"]))))]
    return Land(
        s1=total(table, "S1"),
        s1_s2=total(table, "S1", "S2"),
        s1_s2_s3=total(table, "S1", "S2", "S3"),
        in_band=total(within, "S1", "S2"),
        **_interval(doubt, list(dict.fromkeys(table["zone"].astype(str)))),
    )


def _interval(doubt: pd.DataFrame | None, zones: Sequence[str]) -> dict[str, Any]:
    """Return the ends of the intervals of a zone, or of all of them together."""
    if doubt is None:
        return {}
    zone = zones[0] if len(zones) == 1 else TOTAL
    rows = {str(row["class"]): row for row in doubt[doubt["zone"].astype(str) == zone].to_dict("records")}
    if not {"S1+S2", "S1+S2+S3"} <= set(rows):
        return {}
    good, every = rows["S1+S2"], rows["S1+S2+S3"]
    named = (str(good["constant"]), str(good["constant_zh"]))
    return {
        "s1_s2_low": km2_to_wanmu(float(good["low_km2"])),
        "s1_s2_high": km2_to_wanmu(float(good["high_km2"])),
        "s1_s2_s3_low": km2_to_wanmu(float(every["low_km2"])),
        "s1_s2_s3_high": km2_to_wanmu(float(every["high_km2"])),
        "unstable": named if bool(good["unstable"]) else None,
    }


def _targets(
    crop: Crop,
    table: pd.DataFrame,
    limits: pd.DataFrame | None,
    doubt: pd.DataFrame | None,
    remarks: Sequence[str],
) -> Iterable[Verdict]:
    """Judge each target on the land of its county, and their sum on all land."""
    asked = [(t.clause, t.kind, t.wanmu, t.county) for t in crop.targets]
    if len(asked) > 1:
        asked.append((" + ".join(t.clause for t in crop.targets), "sum", _asked(crop), ""))
    for clause, kind, wanmu, county in asked:
        land = _land(crop, _in_county(table, county), doubt)
        scope: Scope = "all" if not county else "county" if _of_county(table, county).any() else "elsewhere"
        yield Verdict(
            crop=crop.id,
            clause=clause,
            test="area",
            kind=kind,
            code=land_code(land, wanmu),
            asked=wanmu,
            land=land,
            ratio=land.s1_s2 / wanmu,
            causes=_causes(_in_county(limits, county)),
            plan_band=_plan_band(crop),
            scope=scope,
            county=county,
            grounds=(*_GROUNDS, "farmland") if kind == "new" else _GROUNDS,
            remarks=tuple(remarks),
        )


def _by_county(
    crop: Crop,
    table: pd.DataFrame,
    limits: pd.DataFrame | None,
    doubt: pd.DataFrame | None,
    remarks: Sequence[str],
) -> Iterable[Verdict]:
    zones, asked = list(dict.fromkeys(table["zone"])), _asked(crop)
    if len(zones) < 2 or not asked:
        return
    for zone in zones:
        land = _land(crop, table[table["zone"] == zone], doubt)
        yield Verdict(
            crop=crop.id,
            clause=_clauses(crop),
            test="county",
            kind=str(zone),
            code=land_code(land, asked),
            asked=asked,
            land=land,
            ratio=land.s1_s2 / asked,
            causes=_causes(None if limits is None else limits[limits["zone"] == zone]),
            plan_band=_plan_band(crop),
            grounds=_GROUNDS,
            remarks=tuple(remarks),
        )


def _belt(crop: Crop, reach: pd.DataFrame, remarks: Sequence[str]) -> Iterable[Verdict]:
    """C-06: is there room for the crop's targets within a few km of the left bank?"""
    asked = _asked(crop)
    length = float(crop.belt.get("length_km", 50.0))
    room = BeltRoom(area=asked, length_km=length, frontage_km=float(crop.belt.get("frontage_km", length)))
    for record in reach.sort_values("within_km").to_dict("records"):
        good, marginal = (km2_to_wanmu(float(record.get(key, 0.0))) for key in ("area_km2", "marginal_km2"))
        ends: dict[str, Any] = {
            name: km2_to_wanmu(float(record.get(key, math.nan)))
            for name, key in (
                ("s1_s2_low", "low_km2"),
                ("s1_s2_high", "high_km2"),
                ("s1_s2_s3_low", "low_with_s3_km2"),
                ("s1_s2_s3_high", "high_with_s3_km2"),
            )
        }
        land = Land(s1_s2=good, s1_s2_s3=good + marginal, **ends)
        cause = str(record.get("cause") or "")
        yield Verdict(
            crop=crop.id,
            clause=str(crop.belt.get("clause", "C-06")),
            test="belt",
            code=land_code(land, asked),
            asked=asked,
            land=land,
            ratio=good / asked,
            numbers={
                "within_km": float(record["within_km"]),
                "marginal": marginal,
                "length_km": room.length_km,
                "width_km": room.width_km,
                "frontage_km": room.frontage_km,
                "frontage_width_km": room.width_of_frontage_km,
            },
            causes=((cause, 1.0),) if cause else (),
            grounds=(*_GROUNDS, "straight_distance"),
            remarks=tuple(remarks),
        )


def _balance(crop: Crop, table: pd.DataFrame, doubt: pd.DataFrame | None) -> Verdict:
    """C-07: the grain of the base against the new liquor capacity."""
    balance, asked, land = crop.balance, _asked(crop), _land(crop, table, doubt)
    low, high = (float(value) for value in balance["yield_kg_per_mu"])
    grain = GrainBalance(
        base=asked,
        capacity=float(balance["new_capacity_wan_t"]),
        per_tonne=float(balance["grain_per_tonne"]),
        yields=(low, high),
    )
    return Verdict(
        crop=crop.id,
        clause=str(balance.get("clause", "C-07")),
        test="balance",
        code=grain_code(*grain.grain, grain.needed),
        asked=asked,
        land=land,
        ratio=sum(grain.grain) / 2 / grain.needed,
        numbers={
            "grain_low": grain.grain[0],
            "grain_high": grain.grain[1],
            "share_low": grain.share[0],
            "share_high": grain.share[1],
            "need": grain.needed,
            "capacity": grain.capacity,
            "grain_per_tonne": grain.per_tonne,
            "yield_low": low,
            "yield_high": high,
            "area_low": grain.area[0],
            "area_high": grain.area[1],
        },
        grounds=("grain",),
    )


def _asked(crop: Crop) -> float:
    return sum(target.wanmu for target in crop.targets)


def _clauses(crop: Crop) -> str:
    return " + ".join(target.clause for target in crop.targets)


def _plan_band(crop: Crop) -> bool:
    return any(criterion.id == "elevation" and criterion.evidence == "plan" for criterion in crop.criteria)


def _in_county(table: Any, county: str) -> Any:
    """Return the rows of a county; all rows if it is not among the zones."""
    if table is None or not county:
        return table
    own = _of_county(table, county)
    return table[own] if own.any() else table


def _of_county(table: pd.DataFrame, county: str) -> Any:
    """Return which rows are of a county, with or without 县 in its name."""
    return table["zone"].astype(str).str.removesuffix("县") == county.removesuffix("县")


def _causes(limits: Any) -> tuple[tuple[str, float], ...]:
    """Return what makes land marginal or worse, with its share, worst first."""
    if limits is None:
        return ()
    worse = limits[limits["class"].isin(["S3", "N"])]
    total = float(worse["area_km2"].sum())
    if total <= 0:
        return ()
    shares = worse.groupby("factor")["area_km2"].sum().sort_values(ascending=False, kind="stable") / total
    return tuple((str(factor), float(share)) for factor, share in shares.head(_CAUSES).items())


def _row(verdict: Verdict, crops: Mapping[str, Crop]) -> dict[str, Any]:
    crop = crops.get(verdict.crop) or suitability.load_crop(verdict.crop)
    return {
        "crop": verdict.crop,
        "clause": verdict.clause,
        "test": verdict.test,
        "kind": words.kind(verdict),
        "target_wanmu": verdict.asked,
        "s1_wanmu": verdict.land.s1,
        "s1_s2_wanmu": verdict.land.s1_s2,
        "s1_s2_s3_wanmu": verdict.land.s1_s2_s3,
        "in_band_s1_s2_wanmu": verdict.land.in_band,
        "low_wanmu": verdict.land.s1_s2_low,
        "high_wanmu": verdict.land.s1_s2_high,
        "low_with_s3_wanmu": verdict.land.s1_s2_s3_low,
        "high_with_s3_wanmu": verdict.land.s1_s2_s3_high,
        "unstable": verdict.land.unstable[0] if verdict.land.unstable else "",
        "ratio": verdict.ratio,
        "verdict": verdict.code,
        "assessment": words.assessment(verdict),
        "assumptions": "; ".join(words.assumptions(verdict, sources=words.sources_of(crop))),
    }
