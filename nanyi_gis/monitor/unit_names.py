"""Units of sheets: which names mean the same one, and which can be turned into another."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from ..units import sized

# By dimension, how much of its base a unit is by each of its names.
_FACTORS: dict[str, dict[str, float]] = {
    "area": sized(
        {
            "m²": "平方米 m2",
            "亩": "亩",
            "万亩": "万亩",
            "ha": "公顷 ha",
            "万公顷": "万公顷",
            "km²": "平方公里 平方千米 km2 sqkm",
        }
    ),
    "length": sized({"m": "米 m", "km": "公里 千米 km", "万km": "万公里 万千米 万km"}),
    "money": sized(
        {
            "元": "元",
            "千元": "千元",
            "万元": "万元",
            "百万元": "百万元",
            "千万元": "千万元",
            "亿元": "亿元 亿 亿元人民币",
            "万亿元": "万亿元",
        }
    ),
    "power": sized({"kW": "千瓦 kw", "MW": "兆瓦 mw", "万kW": "万千瓦 万kw", "GW": "吉瓦 百万千瓦 gw"}),
    "volume": sized({"m³": "立方米 方 立方 m3", "万m³": "万立方米 万方 万立方 万m3", "亿m³": "亿立方米 亿方 亿m3"}),
    "mass": sized({"kg": "千克 公斤 kg", "t": "吨 t", "千吨": "千吨", "万t": "万吨 万t"}),
    "mass a year": sized({"t": "吨/年 t/a t/年 吨每年", "万t": "万吨/年 万t/a 万t/年 万吨每年"}),
    "visits": sized({"人次": "人次", "万人次": "万人次", "亿人次": "亿人次"}),
    "visits a year": sized({"人次": "人次/年", "万人次": "万人次/年", "亿人次": "亿人次/年"}),
    "people": sized({"人": "人 名", "万人": "万人 万名"}),
    "households": {"户": 1.0, "万户": 1e4},
    "share": {"%": 1.0, "百分比": 1.0, "pct": 1.0, "‰": 0.1, "千分比": 0.1},
    "count": {
        **dict.fromkeys("个家处座条台堂项所套核园区镇村件株幢栋支站宗只间辆批次", 1.0),
        **{f"万{word}": 1e4 for word in "个家处座株件"},
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
    _plain(name): Unit(dimension, factor) for dimension, names in _FACTORS.items() for name, factor in names.items()
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
