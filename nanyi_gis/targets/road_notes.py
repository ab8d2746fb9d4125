"""What a reader of a road for visitors must know, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import xarray as xr

from ..route import Coverage, Design, Route


@dataclass(frozen=True, eq=False)
class _Told:
    """A road and what was found of it."""

    design: Design | None
    route: Route
    found: Coverage
    dem: xr.DataArray | None
    limit_km: float
    unlocated: Mapping[str, str]
    alignments: gpd.GeoDataFrame


def road_notes(
    design: Design | None,
    route: Route,
    found: Coverage,
    dem: xr.DataArray | None,
    *,
    limit_km: float,
    unlocated: Mapping[str, str],
    alignments: gpd.GeoDataFrame,
) -> dict[str, tuple[str, ...]]:
    """Return what a reader must know in ``zh`` and ``en``, a sentence each, none twice.

    ``unlocated`` has the English name of the sites without coordinates by their Chinese one.

    What only the reading of a file tells (its gaps, its datum) is told in English alone.
    """
    told = _Told(design, route, found, dem, limit_km, unlocated, alignments)
    pairs = [*_of_schematic(told), *_of_terrain(told)]
    own = [*(() if design is None else design.notes), *_unserved(design), *route.notes, *found.notes]
    chinese = [*_of_design(told), *_of_coverage(told), *(zh for zh, _ in pairs)]
    return {"zh": tuple(dict.fromkeys(chinese)), "en": tuple(dict.fromkeys([*own, *(en for _, en in pairs)]))}


def _of_design(told: _Told) -> list[str]:
    """Return in Chinese what a design says of itself."""
    if told.design is None:
        return []
    design, total = told.design, told.design.length_m / 1000.0
    lines = ["设计是模型在所设分值下的结果，不是规划走向。"]
    mandated = float(design.links.loc[design.links["mandated"].astype(bool), "length_m"].sum()) / 1000.0
    if mandated > 0.0:
        lines.append(f"{total:.1f} km 中有 {mandated:.1f} km 为必须包含的路线。")
    left = told.limit_km - total
    timed = np.isfinite(design.minutes)  # then it is the day that is left over, no length
    if not timed and not design.prizes["collected"].all() and left > 0.005 * told.limit_km:
        rest = "不足以得到分值更高的设计" if design.gap <= 0.0 else "能否再接上点位未知"
        lines.append(f"余下 {left:.1f} km，{rest}。")
    good = f"分值与可能的最优相差不超过 {100.0 * design.gap:.1f} %。"
    lines.append(good if design.gap > 0.0 else f"已证明：在此{'时间' if timed else '长度'}内没有分值更高的设计。")
    if design.order and design.unserved:
        lines.append(f"有 {len(design.unserved)} 处点位不在游线上：{'、'.join(design.unserved)}。")
    if "drawn_m" in told.route.frame:
        drawn = float(told.route.frame["drawn_m"].sum()) / 1000.0
        if abs(drawn - total) > 0.05 * total:
            lines.append(f"各路段按路网里程共 {total:.1f} km，图上直线共 {drawn:.1f} km；桩号按路网里程。")
    return lines


def _unserved(design: Design | None) -> list[str]:
    """Return by name what a design leaves out: a tour is chosen by it."""
    if design is None or not design.order or not design.unserved:
        return []
    return [f"{len(design.unserved)} sites are not visited: {', '.join(design.unserved)}"]


def _of_coverage(told: _Told) -> list[str]:
    """Return in Chinese from which sites no way leads to the road."""
    sites = told.found.sites
    lost = sites[np.isinf(sites["minutes"].to_numpy(dtype=float))]
    if lost.empty:
        return []
    return [f"有 {len(lost)} 处点位在路网上到不了该路：{'、'.join(lost['name_zh'].head(10).astype(str))}。"]


def _of_schematic(told: _Told) -> list[tuple[str, str]]:
    pairs = []
    if told.unlocated:
        english = ", ".join(told.unlocated.values())
        pairs.append(
            (
                f"有名称而无坐标，未参与计算：{'、'.join(told.unlocated)}。",
                f"named but without coordinates, and so neither reached nor missed: {english}",
            )
        )
    if told.design is None:
        return pairs
    pairs.append(
        (
            "示意路网在各镇之间为直线，里程取公布值或按弯曲系数推算；线只表示先后，不表示线位，"
            "沿线高程是直线下的地面，不是道路纵坡。",
            "the lines run straight between places, with the lengths on record: heights along them are those of the "
            "ground there, not of a road, and profile.csv has no grades",
        )
    )
    if told.found.table["low"].notna().any():
        pairs.append(
            (
                "示意路网的道路直接通过点位，故图上 1 km 和 5 分钟内的比例偏高；应引用在位置误差内抽样的平均值和区间。",
                "sites and roads of the schematic network share their points, so share, with the places as drawn, is "
                "too high within 1 km and 5 min; quote expected, the mean of the draws within the places' uncertainty, "
                "with low and high",
            )
        )
    return pairs


def _of_terrain(told: _Told) -> list[tuple[str, str]]:
    pairs = []
    if len(told.alignments):
        pairs.append(
            (
                "选线仅供研究，不是设计；两端位置的精度不高于地名本身。",
                "alignments are for study, no design; their ends are no better known than the places",
            )
        )
    if told.dem is not None and told.dem.attrs.get("demonstration"):
        pairs.append(
            (
                "剖面和选线用的是示范地形（模型），不代表实际地面；换入实测高程后才可用。",
                "profile and alignments are on demonstration terrain (modelled), which is not that on the ground",
            )
        )
    for row in told.alignments.to_dict("records"):
        if row["reason"]:
            pairs.append((f"{row['id']}：在此网格上没有合乎坡度限值的线路。", f"{row['id']}: {row['reason']}"))
    return pairs
