"""A number of the plan with its unit, comparator and year."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from ..errors import ParameterError
from ..io import Evidence
from ..units import KM2_PER_WANMU

Comparator = Literal["=", ">=", ">", "<=", "~"]
COUNTIES: tuple[str, ...] = ("叙永", "古蔺")
_ENGLISH = {"叙永": "Xuyong", "古蔺": "Gulin"}


def _known(county: str, info: ValidationInfo) -> str:
    """Return a county of the South Wing, or any name where a plan of another study is read."""
    if not (info.context or {}).get("any_county") and county not in COUNTIES:
        raise ValueError(f"must be one of: {', '.join(COUNTIES)}")
    return county


County = Annotated[str, Field(min_length=1), AfterValidator(_known)]

# One 亩 is 2000/3 square metres, so 万亩 is 20/3 square kilometres.
_FACTORS = {
    ("万亩", "km²"): KM2_PER_WANMU,
    ("km²", "万亩"): 3 / 20,
    ("万亩", "ha"): 2000 / 3,
    ("万kW", "MW"): 10.0,
    ("万m³", "m³"): 1e4,
    ("万吨/年", "t/a"): 1e4,
    ("万人次/年", "人次/年"): 1e4,
    ("km", "m"): 1e3,
}

UNITS_EN = {
    "亿元": "100 M yuan",
    "万亩": "10,000 mu",
    "万吨/年": "10,000 t a year",
    "万人次/年": "10,000 visits a year",
    "万kW": "10,000 kW",
    "万m³": "10,000 m³",
    "亿m³": "100 M m³",
    "年": "year",
    "级": "levels",
    "核": "core",
    "园": "park",
    "区": "zones",
    **dict.fromkeys(("个", "家", "条", "台", "堂", "座", "项"), ""),
}


def convert(value: float, unit: str, target: str) -> float:
    """Return ``value`` of ``unit`` in ``target``.

    Parameters
    ----------
    value : float
    unit, target : str
        Chinese planning unit and its SI counterpart: 万亩 to km² or ha, 万kW to MW, 万m³ to m³,
        万吨/年 to t/a, km to m; also km² to 万亩.

    Raises
    ------
    ParameterError
        If there is no such conversion.

    >>> convert(3, "万亩", "km²")
    20.0
    >>> convert(5, "万kW", "MW")
    50.0
    """
    if unit == target:
        return float(value)
    if (unit, target) not in _FACTORS:
        known = ", ".join(f"{a} to {b}" for a, b in _FACTORS)
        raise ParameterError(f"no conversion from {unit!r} to {target!r}; known are: {known}")
    return value * _FACTORS[unit, target]


class Quantity(BaseModel):
    """A number that the plan states, as it states it.

    Attributes
    ----------
    value, upper : float
        The number; ``upper`` closes a range (300-500) and is ``None`` otherwise.
    unit : str
        Unit as in the plan (亿元, 万亩, 万kW, 个 ...).
    comparator : str
        ``=``, ``>=`` (以上, 不少于), ``>`` (突破), ``<=`` (以下) or ``~``.
    year, since : int or None
        Target year, and the first year of a period (2021 for the 14th five-year plan).
    year_stated : bool
        False where the plan does not say the year and the inventory assumes it.
    county : str or None
        Set on the share of one county; the whole then stands in the same item without it.
    evidence : str
        ``official`` when the number stands in the plan, ``derived`` when the inventory works it out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float
    unit: str = Field(min_length=1)
    comparator: Comparator = "="
    upper: float | None = None
    year: int | None = Field(default=None, ge=1950, le=2100)
    since: int | None = Field(default=None, ge=1950, le=2100)
    year_stated: bool = True
    county: County | None = None
    evidence: Evidence = "official"
    note: str = ""

    @model_validator(mode="after")
    def _check_order(self) -> "Quantity":
        if self.upper is not None and self.upper <= self.value:
            raise ValueError(f"upper is {self.upper:g}, but must exceed the value {self.value:g}")
        if self.since is not None and (self.year is None or self.since >= self.year):
            raise ValueError(f"since is {self.since}, but must lie before the target year {self.year}")
        return self

    def to(self, unit: str) -> float:
        """Return the value in another unit, see :func:`convert`.

        >>> round(Quantity(value=495, unit="万亩").to("km²"), 6)
        3300.0
        """
        return convert(self.value, self.unit, unit)

    @property
    def period(self) -> str:
        """Target year as text: ``2025``, ``2021-2025``; in brackets where it is assumed; empty without one."""
        if self.year is None:
            return ""
        text = f"{self.since}-{self.year}" if self.since else str(self.year)
        return text if self.year_stated else f"({text})"

    def text(self, *, lang: str = "zh") -> str:
        """Return the number as it is shown.

        >>> Quantity(value=300, upper=500, unit="亿元").text()
        '300–500 亿元'
        >>> Quantity(value=5, unit="万亩", comparator=">=", county="叙永").text(lang="en")
        '≥5 × 10,000 mu (Xuyong)'
        """
        signs = {">=": "≥", "<=": "≤", "~": "约 " if lang == "zh" else "about ", "=": "", ">": ">"}
        number = f"{self.value:g}" if self.value < 1e6 else f"{self.value:,.0f}"
        if self.upper is not None:
            number = f"{number}–{self.upper:g}"
        unit = self.unit if lang == "zh" else UNITS_EN.get(self.unit, self.unit)
        gap = "" if unit in {"", "%"} else " × " if unit[0].isdigit() else " "
        name = self.county or ""
        place = _ENGLISH.get(name, name) if lang == "en" else name
        return f"{signs[self.comparator]}{number}{gap}{unit}" + (f" ({place})" if place else "")
