"""Units with dimension, and quantities: what may be added to what."""

from dataclasses import dataclass
from functools import cache

from ..errors import DataError, ParameterError
from ..units import sized

Dimension = tuple[tuple[str, int], ...]
"""Bases with their exponents, in the order of their names: ``(("mass", 1), ("time", -1))`` is a flow of mass."""

_BASES: dict[str, tuple[dict[str, int], dict[str, float]]] = {
    "money": ({"money": 1}, sized({"元": "元", "万元": "万元", "亿元": "亿元"})),
    "length": ({"length": 1}, sized({"m": "m 米", "km": "km 公里"})),
    "area": ({"length": 2}, sized({"m²": "m²", "ha": "ha 公顷", "km²": "km²", "亩": "亩", "万亩": "万亩"})),
    "volume": ({"length": 3}, sized({"m³": "m³", "万m³": "万m³", "亿m³": "亿m³"})),
    "mass": ({"mass": 1}, sized({"kg": "kg", "t": "t 吨", "万t": "万t 万吨"})),
    "power": ({"power": 1}, sized({"kW": "kW", "MW": "MW", "万kW": "万kW"})),
    "energy": ({"power": 1, "time": 1}, {"kWh": 1 / 8760, "万kWh": 1e4 / 8760}),
    "people": ({"people": 1}, sized({"人": "人", "万人": "万人"})),
    "visits": ({"visits": 1}, sized({"人次": "人次", "万人次": "万人次"})),
    "time": ({"time": 1}, {"年": 1.0, "a": 1.0, "日": 1 / 365}),
    "share": ({}, {"": 1.0, "1": 1.0, "%": 0.01}),
    "count": ({"count": 1}, dict.fromkeys(("个", "家", "条", "台", "堂", "座", "项", "核", "园", "区", "处"), 1.0)),
}
_KNOWN = {name: (bases, factor) for bases, units in _BASES.values() for name, factor in units.items()}


@dataclass(frozen=True)
class Unit:
    """A unit: its name, its dimension, and how much of the base unit it is.

    >>> unit_of("kg/亩").dimension, unit_of("万吨/年").flow
    ((('length', -2), ('mass', 1)), True)
    """

    name: str
    dimension: Dimension
    factor: float

    @property
    def flow(self) -> bool:
        """Whether it is so much a year, and no stock."""
        return dict(self.dimension).get("time", 0) < 0


@cache
def unit_of(name: str) -> Unit:
    """Return a unit by its name: one that is known, a quotient of such, or one of its own dimension.

    Base units are yuan, metre, kilogram, kilowatt, year, head and piece. A unit that is not known can be added to
    itself alone.

    Raises
    ------
    ParameterError
        If the name has an empty part: ``kg/``.

    >>> round(unit_of("万亩").factor)
    6666667
    >>> unit_of("kV").dimension
    (('kV', 1),)
    """
    parts = name.strip().split("/")
    if len(parts) > 1 and not all(part.strip() for part in parts):
        raise ParameterError(f"unit is {name[:40]!r}, but must be a unit or units divided by /, e.g. kg/亩")
    exponents: dict[str, int] = {}
    factor = 1.0
    for place, part in enumerate(parts):
        bases, size = _KNOWN.get(part.strip(), ({part.strip(): 1}, 1.0))
        sign = 1 if place == 0 else -1
        factor *= size**sign
        for base, power in bases.items():
            exponents[base] = exponents.get(base, 0) + sign * power
    return Unit(name, _dimension(exponents), factor)


def _dimension(exponents: dict[str, int]) -> Dimension:
    return tuple(sorted((base, power) for base, power in exponents.items() if power))


def times(one: Dimension, other: Dimension) -> Dimension:
    """Return the dimension of a product.

    >>> times(unit_of("kg/亩").dimension, unit_of("万亩").dimension)
    (('mass', 1),)
    """
    exponents = dict(one)
    for base, power in other:
        exponents[base] = exponents.get(base, 0) + power
    return _dimension(exponents)


def factor_to(unit: str, target: str) -> float:
    """Return by what a number in ``unit`` is multiplied to be in ``target``.

    Raises
    ------
    ParameterError
        If the two are not of one dimension.

    >>> factor_to("亿元", "万元"), factor_to("%", "")
    (10000.0, 0.01)
    """
    one, other = unit_of(unit), unit_of(target)
    if one.dimension != other.dimension:
        raise ParameterError(f"{unit} is no {target}: {words(one.dimension)} against {words(other.dimension)}")
    return one.factor / other.factor


def words(dimension: Dimension) -> str:
    """Return a dimension in words.

    >>> words(unit_of("万吨/年").dimension), words(unit_of("%").dimension), words(unit_of("ha").dimension)
    ('mass a year (a flow)', 'a share', 'area (a stock)')
    """
    exponents = dict(dimension)
    flow = exponents.pop("time", 0) == -1
    rest = _dimension(exponents)
    names = {_dimension(dict(bases)): name for name, (bases, _) in _BASES.items()}
    name = names.get(rest) or " ".join(base if power == 1 else f"{base}^{power}" for base, power in rest)
    if not rest:
        return "a share a year" if flow else "a share"
    return f"{name} a year (a flow)" if flow else f"{name} (a stock)"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """Something with a number that is not negative.

    Attributes
    ----------
    id : str
        Its name in claims.
    unit : str
        Unit in which it is told; see :func:`unit_of`.
    flow : bool
        Whether the unit leaves out that it is so much a year: an output of so many 亿元.
    measure : str
        What is measured, where one dimension holds several things that must not be added: gross output, value added.

    >>> words(Quantity(id="output", unit="亿元", flow=True).dimension)
    'money a year (a flow)'
    """

    id: str
    unit: str
    flow: bool = False
    measure: str = ""

    @property
    def dimension(self) -> Dimension:
        """Dimension of the unit, a year where it is a flow."""
        return dimension_of(self.unit, flow=self.flow)


def dimension_of(unit: str, *, flow: bool) -> Dimension:
    """Return the dimension of a unit; ``flow`` makes it so much a year where the unit leaves that out.

    >>> dimension_of("万吨/年", flow=True) == dimension_of("万吨", flow=True)
    True
    """
    own = unit_of(unit)
    return own.dimension if own.flow or not flow else times(own.dimension, (("time", -1),))


def refuse_mixed(where: str, parts: list[tuple[str, Dimension, str]]) -> None:
    """Refuse to add what differs in dimension or measure; parts are name, dimension and measure.

    Raises
    ------
    DataError
        Naming the first two that differ.

    >>> invested, output = (unit_of(name).dimension for name in ("亿元", "亿元/年"))
    >>> refuse_mixed("total", [("invested", invested, ""), ("output", output, "")])
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: total: invested is money (a stock), output is money a year (a flow); a flow is never \
added to a stock
    """
    for name, dimension, measure in parts[1:]:
        first, own, known = parts[0]
        if dimension != own:
            alone = (dict(own) | {"time": 0}) == (dict(dimension) | {"time": 0})
            rule = "a flow is never added to a stock" if alone else "only like is added to like; give a factor"
            raise DataError(f"{where}: {first} is {words(own)}, {name} is {words(dimension)}; {rule}")
        if measure != known:
            told = (known or "of no named measure", measure or "of no named measure")
            raise DataError(
                f"{where}: {first} is {told[0]}, {name} is {told[1]}; they are never added: "
                "give a factor that makes one the other"
            )
