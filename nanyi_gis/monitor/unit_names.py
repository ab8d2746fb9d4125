"""Units of sheets: which names mean the same one, and which can be turned into another."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from ..units import KM2_PER_WANMU

_M2_PER_MU = KM2_PER_WANMU * 1e6 / 1e4

# By dimension, how much of its base one unit is; names of one line mean the same unit.
_FACTORS: dict[str, dict[float, str]] = {
    "area": {
        1.0: "平方米 m2",
        _M2_PER_MU: "亩",
        _M2_PER_MU * 1e4: "万亩",
        1e4: "公顷 ha",
        1e8: "万公顷",
        1e6: "平方公里 平方千米 km2 sqkm",
    },
    "length": {1.0: "米 m", 1e3: "公里 千米 km", 1e7: "万公里 万千米 万km"},
    "money": {
        1.0: "元",
        1e3: "千元",
        1e4: "万元",
        1e6: "百万元",
        1e7: "千万元",
        1e8: "亿元 亿 亿元人民币",
        1e12: "万亿元",
    },
    "power": {1.0: "千瓦 kw", 1e3: "兆瓦 mw", 1e4: "万千瓦 万kw", 1e6: "吉瓦 百万千瓦 gw"},
    "volume": {1.0: "立方米 方 立方 m3", 1e4: "万立方米 万方 万立方 万m3", 1e8: "亿立方米 亿方 亿m3"},
    "mass": {1e-3: "千克 公斤 kg", 1.0: "吨 t", 1e3: "千吨", 1e4: "万吨 万t"},
    "mass a year": {1.0: "吨/年 t/a t/年 吨每年", 1e4: "万吨/年 万t/a 万t/年 万吨每年"},
    "visits": {1.0: "人次", 1e4: "万人次", 1e8: "亿人次"},
    "visits a year": {1.0: "人次/年", 1e4: "万人次/年", 1e8: "亿人次/年"},
    "people": {1.0: "人 名", 1e4: "万人 万名"},
    "households": {1.0: "户", 1e4: "万户"},
    "share": {1.0: "% 百分比 pct", 0.1: "‰ 千分比"},
    "count": {
        1.0: "个 家 处 座 条 台 堂 项 所 套 核 园 区 镇 村 件 株 幢 栋 支 站 宗 只 间 辆 批 次",
        1e4: "万个 万家 万处 万座 万株 万件",
    },
}
_YEARLY = {"mass": "mass a year", "visits": "visits a year"}


@dataclass(frozen=True)
class Unit:
    """A unit by what it measures and how much of the base one is."""

    dimension: str
    factor: float


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).lower()


_KNOWN = {
    _plain(name): Unit(dimension, factor)
    for dimension, names in _FACTORS.items()
    for factor, text in names.items()
    for name in text.split()
}


@cache
def unit_of(name: str) -> Unit | None:
    """Return a unit by any of its names, None if it is none of ours.

    >>> unit_of("公里") == unit_of("km"), unit_of("km²") == unit_of("平方千米"), unit_of("打")
    (True, True, None)
    """
    return _KNOWN.get(_plain(name))


def same_unit(name: str, target: str, *, yearly: bool = False) -> bool:
    """Tell whether two names mean one unit.

    All words for counting (个, 处, 家, ...) do. With ``yearly`` an amount is one a year, so 万人次 is 万人次/年.

    >>> same_unit("公里", "km"), same_unit("处", "个"), same_unit("亩", "万亩")
    (True, True, False)
    >>> same_unit("万人次", "万人次/年", yearly=True)
    True
    """
    if _plain(name) == _plain(target):
        return True
    one, other = unit_of(name), unit_of(target)
    if one is None or other is None or one.factor != other.factor:
        return False
    return other.dimension in {one.dimension, _YEARLY.get(one.dimension) if yearly else None}


def in_unit(value: float, name: str, target: str, *, yearly: bool = False) -> float | None:
    """Return a value in another unit of the same dimension; None if there is no way from one to the other.

    >>> in_unit(3300, "平方公里", "万亩"), in_unit(200, "MW", "万kW"), in_unit(3, "吨", "km")
    (495.0, 20.0, None)
    """
    one, other = unit_of(name), unit_of(target)
    if one is None or other is None:
        return value if _plain(name) == _plain(target) else None
    if other.dimension not in {one.dimension, _YEARLY.get(one.dimension) if yearly else None}:
        return None
    return float(f"{value * one.factor / other.factor:.12g}")


def magnitude(target: str) -> str:
    """Return the 万 or 亿 that a unit begins with, empty without one.

    >>> magnitude("亿元"), magnitude("km")
    ('亿', '')
    """
    return target[:1] if target[:1] in {"万", "亿"} else ""
