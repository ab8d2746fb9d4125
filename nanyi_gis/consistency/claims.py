"""Claims: what must hold between quantities, as rows of a linear programme in base units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..errors import ParameterError
from .interval import Interval
from .quantity import Dimension, Quantity, dimension_of, refuse_mixed, times, unit_of

Kind = Literal["stated", "input", "identity", "requirement"]


@dataclass(frozen=True)
class Row:
    """``low <= sum coefficient * quantity <= high``, in base units; an open end is not reached."""

    terms: tuple[tuple[str, float], ...]
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that is said to hold.

    Attributes
    ----------
    id : str
    rows : tuple of Row
        What holds for some value of its factors; they stand and fall together.
    always : tuple of Row
        What holds for every value of its factors; the same rows where no factor has an interval.
    kind : str
        ``stated`` (a figure), ``input`` (one from outside), ``identity`` (true by meaning: a total and its parts) or
        ``requirement`` (what ought to hold: a need and its supply).
    clause, source, zh, en : str
        Where it stands, and its words.
    unit : str
        Unit in which people read it.
    interval : Interval or None
        What a stated figure can mean, in that unit.
    """

    id: str
    rows: tuple[Row, ...]
    always: tuple[Row, ...] = field(default=(), repr=False)
    kind: Kind = "stated"
    clause: str = ""
    source: str = ""
    zh: str = ""
    en: str = ""
    unit: str = ""
    interval: Interval | None = None

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the quantities it speaks of, each once."""
        return tuple(dict.fromkeys(name for row in self.rows for name, _ in row.terms))


@dataclass(frozen=True, kw_only=True)
class Term:
    """A quantity times a factor that may have an interval: an area times 222 to 318 kg a mu.

    Attributes
    ----------
    quantity : Quantity
    low, high : float
        The factor, in ``unit``; at least 0.
    unit : str
        Its unit; empty for a plain number.
    flow : bool
        Whether the factor's unit leaves out that it is so much a year.
    measure : str or None
        What the product measures, where the factor makes another thing of the quantity; None leaves it.
    minus : bool
        Whether it is taken off.
    """

    quantity: Quantity
    low: float = 1.0
    high: float = 1.0
    unit: str = ""
    flow: bool = False
    measure: str | None = None
    minus: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high < math.inf:
            raise ParameterError(
                f"the factor of {self.quantity.id} is {self.low:g} to {self.high:g}, "
                "but must be finite, at least 0, and end at or above its start"
            )

    @property
    def dimension(self) -> Dimension:
        """Dimension of the product."""
        return times(self.quantity.dimension, dimension_of(self.unit, flow=self.flow))

    @property
    def measured(self) -> str:
        """What the product measures."""
        return self.quantity.measure if self.measure is None else self.measure

    @property
    def factor(self) -> tuple[float, float]:
        """The factor's ends in base units, with its sign, in order."""
        size = unit_of(self.unit).factor * (-1 if self.minus else 1)
        return min(self.low * size, self.high * size), max(self.low * size, self.high * size)


def claim(
    ident: str,
    terms: Sequence[Term],
    *,
    low: float = -math.inf,
    high: float = math.inf,
    unit: str = "",
    low_open: bool = False,
    high_open: bool = False,
    kind: Kind = "identity",
    clause: str = "",
    source: str = "",
    zh: str = "",
    en: str = "",
) -> Claim:
    """Return ``low <= sum factor * quantity <= high`` as a claim; ends are in ``unit``.

    A factor with an interval makes of one row two: quantities are not negative, so some factor of ``[l, h]`` fits if
    and only if ``sum l x <= high`` and ``sum h x >= low`` (the theorem of Oettli and Prager for ``x >= 0``), and every
    factor does if and only if ``sum h x <= high`` and ``sum l x >= low``.

    Raises
    ------
    DataError
        If the terms differ in dimension or measure, or from the unit: flow and stock, gross output and value added.
    ParameterError
        If there are no terms, or the ends are not in order.

    >>> land = Quantity(id="land", unit="万亩")
    >>> grain = Quantity(id="grain", unit="万t", flow=True)
    >>> harvest = Term(quantity=land, low=222, high=318, unit="kg/亩", flow=True)
    >>> found = claim("harvest", [Term(quantity=grain), Term(**{**vars(harvest), "minus": True})], low=0, high=0)
    >>> len(found.rows), found.quantities
    (2, ('grain', 'land'))
    """
    if not terms:
        raise ParameterError(f"{ident} has no terms; give at least one")
    if math.isnan(low) or math.isnan(high) or low > high:
        raise ParameterError(f"{ident} runs from {low:g} to {high:g}, but must end at or above its start")
    parts = [(term.quantity.id, term.dimension, term.measured) for term in terms]
    if unit:
        # a number that is added needs the dimension of the terms; one in the terms' own unit may leave "a year" out
        own = dimension_of(unit, flow=dict(terms[0].dimension).get("time", 0) < 0)
        parts.append((f"the number in {unit}", own, terms[0].measured))
    refuse_mixed(ident, parts)
    size = unit_of(unit).factor
    ends = (low * size if math.isfinite(low) else low, high * size if math.isfinite(high) else high)
    least, most = ({}, {})  # type: tuple[dict[str, float], dict[str, float]]
    for term in terms:
        small, large = term.factor
        least[term.quantity.id] = least.get(term.quantity.id, 0.0) + small
        most[term.quantity.id] = most.get(term.quantity.id, 0.0) + large
    if least == most:
        some: tuple[Row, ...] = (Row(tuple(least.items()), *ends, low_open, high_open),)
        always = some
    else:
        some = _rows(least, most, ends, low_open, high_open)
        always = _rows(most, least, ends, low_open, high_open)
    return Claim(id=ident, rows=some, always=always, kind=kind, clause=clause, source=source, zh=zh, en=en, unit=unit)


def _rows(
    below: dict[str, float], above: dict[str, float], ends: tuple[float, float], low_open: bool, high_open: bool
) -> tuple[Row, ...]:
    """Return a row for each finite end: ``below`` are the factors held under the upper one."""
    rows = []
    if ends[0] > -math.inf:
        rows.append(Row(tuple(above.items()), low=ends[0], low_open=low_open))
    if ends[1] < math.inf:
        rows.append(Row(tuple(below.items()), high=ends[1], high_open=high_open))
    return tuple(rows)


def stated_claim(
    ident: str,
    quantity: Quantity,
    interval: Interval,
    *,
    kind: Kind = "stated",
    clause: str = "",
    source: str = "",
    zh: str = "",
    en: str = "",
) -> Claim:
    """Return the claim that a quantity lies in an interval of its own unit.

    >>> from .interval import stated
    >>> stated_claim("F-14", Quantity(id="cover", unit="%"), stated(53.5)).rows[0].low
    0.5345000000000001
    """
    size = unit_of(quantity.unit).factor
    low, high = (end * size if math.isfinite(end) else end for end in (interval.low, interval.high))
    row = (Row(((quantity.id, 1.0),), low, high, interval.low_open, interval.high_open),)
    return Claim(
        id=ident, rows=row, always=row, kind=kind, clause=clause, source=source, zh=zh, en=en, unit=quantity.unit,
        interval=interval,
    )  # fmt: skip
