"""The fixed words and codes of the suitability layers: classes, limiting factors, criteria, bands."""

from dataclasses import dataclass
from typing import NamedTuple

from ..terrain import PLAN_EDGES as PLAN_EDGES
from ..terrain import band_labels

CLASSES: dict[int, str] = {
    1: "S1 highly suitable",
    2: "S2 moderately suitable",
    3: "S3 marginally suitable",
    4: "N not suitable",
}
CLASSES_ZH: dict[int, str] = {1: "S1 高度适宜", 2: "S2 中度适宜", 3: "S3 勉强适宜", 4: "N 不适宜"}
CLASS_LETTERS: dict[int, str] = {1: "S1", 2: "S2", 3: "S3", 4: "N"}

CLASS_COLOURS: dict[int, tuple[int, int, int]] = {
    1: (10, 90, 40),
    2: (90, 160, 110),
    3: (240, 200, 50),
    4: (240, 240, 240),
}

IRRIGATION: dict[int, str] = {0: "no irrigation needed", 1: "needs irrigation"}
IRRIGATION_ZH: dict[int, str] = {0: "不需灌溉", 1: "需灌溉"}
IRRIGATION_COLOURS: dict[int, tuple[int, int, int]] = {0: (222, 222, 222), 1: (33, 113, 181)}

SCORE_NODATA = 255
IRRIGATION_NODATA = 255
CLASS_NODATA = 0
STEEP_CODE = 201
NO_LIMIT_CODE = 254
FIRST_OWN_CODE = 31


@dataclass(frozen=True)
class CriterionKind:
    """What a criterion of this id measures: unit, names, code in the limiting layer, layer needed if any."""

    unit: str
    name_en: str
    name_zh: str
    code: int
    layer: str = ""


CRITERIA: dict[str, CriterionKind] = {
    "elevation": CriterionKind("m", "elevation", "海拔", 1),
    "slope": CriterionKind("deg", "slope", "坡度", 2),
    "aspect": CriterionKind("deg", "aspect (angle from the best direction)", "坡向(与最佳方向夹角)", 3),
    "mean_temperature": CriterionKind("degC", "annual mean temperature", "年均温", 4),
    "january_temperature": CriterionKind("degC", "January mean temperature", "一月均温", 5),
    "july_temperature": CriterionKind("degC", "July mean temperature", "七月均温", 6),
    "extreme_minimum": CriterionKind("degC", "mean annual minimum temperature", "年极端最低气温(多年平均)", 7),
    "accumulated_temperature": CriterionKind("degC.d", "accumulated temperature >= 10 °C", "≥10℃积温", 8),
    "rain": CriterionKind("mm", "annual rain", "年降水量", 9),
    "growing_season_rain": CriterionKind("mm", "growing-season rain", "生长季降水量", 10),
    "soil_ph": CriterionKind("pH", "soil pH", "土壤 pH", 11, "soil_ph"),
    "soil_depth": CriterionKind("cm", "soil depth", "土层厚度", 12, "soil_depth"),
    "land_cover": CriterionKind("code", "land cover", "土地覆被", 13, "land_cover"),
    "road_distance": CriterionKind("m", "distance to a road", "距道路距离", 14, "road_distance"),
    "travel_time": CriterionKind("min", "travel time to a road", "至道路时间", 15, "travel_time"),
}


class Mask(NamedTuple):
    """A layer whose non-zero cells rule a use out: code in the limiting layer, names."""

    code: int
    name_en: str
    name_zh: str


MASKS: dict[str, Mask] = {
    "water": Mask(202, "water", "水域"),
    "protected": Mask(203, "protected area", "保护地"),
    "built": Mask(204, "built-up land", "建设用地"),
    "cropland": Mask(205, "permanent basic farmland or cropland", "基本农田与耕地"),
    "excluded": Mask(206, "excluded by the user", "用户排除"),
}
FIRST_OWN_MASK = 207


def limiting_names(own: dict[int, str] | None = None, *, lang: str = "en") -> dict[int, str]:
    """Return the name of each code of the limiting layer.

    >>> limiting_names()[2], limiting_names()[201], limiting_names()[254]
    ('slope', 'slope above the legal limit', 'no limitation')
    """
    chinese = lang == "zh"
    names = {kind.code: kind.name_zh if chinese else kind.name_en for kind in CRITERIA.values()}
    names[STEEP_CODE] = "超过法定坡度" if chinese else "slope above the legal limit"
    names |= {mask.code: mask.name_zh if chinese else mask.name_en for mask in MASKS.values()}
    names[NO_LIMIT_CODE] = "无限制" if chinese else "no limitation"
    return names | (own or {})


def reason_of(code: int, name: str, *, lang: str = "en") -> str:
    """Return what sets the class of a cell in words, from the code of the limiting layer and its name.

    >>> reason_of(9, "annual rain"), reason_of(202, "water"), reason_of(254, "no limitation")
    ('class from the worst factor: annual rain', 'ruled out by: water', 'every factor is of class S1')
    """
    chinese = lang == "zh"
    if code == NO_LIMIT_CODE:
        return "各因子均达 S1" if chinese else "every factor is of class S1"
    if code >= STEEP_CODE:
        return f"硬性约束排除：{name}" if chinese else f"ruled out by: {name}"
    return f"等级由最差因子决定：{name}" if chinese else f"class from the worst factor: {name}"


def band_names(edges: tuple[float, ...]) -> dict[int, str]:
    """Return the label of each altitude band in metres by its code, the same text as in every table.

    >>> band_names((700.0, 900.0, 1200.0))
    {1: '<700', 2: '700-900', 3: '900-1200', 4: '>=1200'}
    """
    return dict(enumerate(band_labels(edges), start=1))
