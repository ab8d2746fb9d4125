"""The plan's targets against suitable land, put into words for readers, and the belt along the river."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from rasterio.features import rasterize

from .. import suitability, terrain
from .context import Atlas

_PLENTY = 3.0
_ENGLISH = {
    r"(?<=\d) 万亩": " × 10,000 mu",
    r"(?<=\d) 万(t|吨)": " × 10,000 t",
    r" per 亩": " per mu",
    r"酱酒": "sauce-aroma liquor",
    r"仁怀": "Renhuai",
    r"泸县": "Luxian",
    r"川南在线": "Chuannan Online",
    r"国办发〔2020〕44号": "Guobanfa 2020 No. 44",
}
_KINDS = {"renovate": "改造提升", "new": "新建", "sum": "合计", "base": "基地"}


def river_reach(atlas: Atlas, crop: suitability.Crop, result: xr.Dataset) -> pd.DataFrame | None:
    """Return suitable land within some distances of the Chishui's left bank, for crops with a belt (C-06)."""
    distances = crop.belt.get("reach_km", [])
    if not distances:
        return None
    areas = terrain.cell_areas(atlas.dem).values / 1e6
    grades = result["cls"].values
    inside = atlas.zones.values > 0
    rows = []
    for km in distances:
        belt = atlas.study.frontage.geometry.union_all().buffer(1000.0 * float(km))
        near = inside & rasterize(
            [belt], out_shape=atlas.dem.shape, transform=atlas.dem.rio.transform(), dtype="uint8"
        ).astype(bool)
        suitable, marginal = (float(areas[near & np.isin(grades, codes)].sum()) for codes in ((1, 2), (3,)))
        rows.append((crop.id, float(km), suitable, marginal, _cause(atlas, result, near & (grades == 3))))
    return pd.DataFrame(rows, columns=["crop", "within_km", "area_km2", "marginal_km2", "cause"])


def _cause(atlas: Atlas, result: xr.Dataset, where: npt.NDArray[np.bool_]) -> str:
    """Return the factor that limits most cells."""
    counts = np.bincount(result["limiting"].values[where], minlength=1)
    counts[0] = 0
    return suitability.limiting_names(lang=atlas.lang).get(int(counts.argmax()), "") if counts.any() else ""


def localised(atlas: Atlas, crop: suitability.Crop) -> suitability.Crop:
    """Return the crop with the counties of its targets named as on the page, so that their land is found."""
    shown = dict(zip(atlas.study.counties["name_zh"], atlas.study.counties[atlas.name], strict=True))
    targets = tuple(
        replace(
            target, county=next((str(n) for zh, n in shown.items() if str(zh).startswith(target.county)), target.county)
        )
        if target.county
        else target
        for target in crop.targets
    )
    return replace(crop, targets=targets)


def assessments(atlas: Atlas, targets: pd.DataFrame, *, reach: pd.DataFrame | None) -> pd.DataFrame:
    """Return clause, test and assessment of each row of :func:`nanyi_gis.suitability.feasibility`, in words."""
    rows = targets.to_dict("records")
    if atlas.lang == "en":
        return targets.assign(
            shown=[f"{row['test']}: {row['kind']}" for row in rows], words=targets["assessment"].map(in_english)
        )
    causes = {} if reach is None else {f"within {row.within_km:g} km": str(row.cause) for row in reach.itertuples()}
    words = [_words(row, causes.get(str(row["kind"]), "")) for row in rows]
    return targets.assign(shown=[_test(row) for row in rows], words=words)


def assumption_lines(atlas: Atlas, targets: pd.DataFrame) -> list[str]:
    """Return what the assessments rest on, each once."""
    if atlas.lang == "en":
        parts = dict.fromkeys(part for text in targets["assumptions"] for part in text.split("; ") if part)
        return [in_english(part) for part in parts]
    lines = [
        "仅按地形与模型气候评价，未给出的图层（土壤、地类、保护地、永久基本农田）未参与。",
        "未扣除已利用、权属、林地与保护地，未扣除过小地块、梯坎与道路。",
        "新建果园不得占用永久基本农田（国办发〔2020〕44号），图层未给出时未剔除。",
    ]
    for row in targets[targets["test"] == "area"].itertuples():
        place = str(row.assumptions).split("; ")[0].removeprefix("within ")
        if place.endswith("is not among them"):
            lines.append(f"{row.clause}：目标所在的县不在所给边界中，按全部土地计。")
        elif place != "all zones" and row.kind != "sum":
            lines.append(f"{row.clause}：目标只在{place}，只计该县土地。")
    if (targets["test"] == "belt").any():
        lines.append("左岸距离为到县界沿赤水河段的直线距离，精度约 1 km。")
    lines += [f"产粮平衡假定：{row.assumptions}" for row in targets[targets["test"] == "balance"].itertuples()]
    return lines


def in_english(text: str) -> str:
    """Return an assessment without Chinese units and names.

    >>> in_english("30 万亩 yield 6.7-9.0 万t of grain at 222-300 kg per 亩")
    '30 × 10,000 mu yield 6.7-9.0 × 10,000 t of grain at 222-300 kg per mu'
    """
    for pattern, words in _ENGLISH.items():
        text = re.sub(pattern, words, text)
    return text


def _test(row: Mapping[Any, Any]) -> str:
    kind = str(row["kind"])
    if row["test"] == "area":
        return f"面积 · {_KINDS.get(kind, kind)}"
    if row["test"] == "belt":
        return f"左岸 {kind.removeprefix('within ').removesuffix(' km')} km 内"
    return "产粮平衡" if row["test"] == "balance" else kind


def _words(row: Mapping[Any, Any], cause: str) -> str:
    ratio, target = float(row["ratio"]), float(row["target_wanmu"])
    good, all_three = float(row["s1_s2_wanmu"]), float(row["s1_s2_s3_wanmu"])
    if row["test"] == "county":
        return f"{row['kind']} S1+S2 {good:.1f} 万亩，为该作物目标 {target:g} 万亩的 {ratio:.0%}。"
    if row["test"] == "belt":
        why = f"（主要受{cause}限制）" if cause else ""
        return (
            f"S1+S2 {good:.1f} 万亩，为目标 {target:g} 万亩的 {ratio:.0%}；另有 S3 {all_three - good:.1f} 万亩{why}。"
        )
    if row["test"] == "balance":
        tail = "不足部分须外调。" if ratio < 1 else ""
        return f"{target:g} 万亩基地的产粮约为新增产能所需的 {ratio:.0%}（单产取中值）。{tail}"
    share = float(row["in_band_s1_s2_wanmu"]) / good if good > 0 else 0.0
    if ratio >= _PLENTY:
        verdict = f"土地不是限制：S1+S2 为目标的 {ratio:.1f} 倍"
    elif ratio >= 1:
        verdict = f"偏紧：S1+S2 为目标的 {ratio:.1f} 倍，尚未扣除其他用途"
    elif all_three >= target:
        verdict = f"须用勉强适宜地：S1+S2 只及目标的 {ratio:.0%}"
    else:
        verdict = f"连同勉强适宜地仍不足：S1+S2 只及目标的 {ratio:.0%}"
    band = "规划海拔带" if "the plan's band" in str(row["assessment"]) else "最适海拔带"
    return f"{verdict}；其中 {share:.0%} 在{band}内。" if good > 0 else f"{verdict}。"
