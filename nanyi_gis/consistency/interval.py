"""What a stated figure leaves open: rounding, so much or more, about, a range."""

import math
from dataclasses import dataclass
from decimal import Decimal

from ..errors import ParameterError

ABOUT = 0.10
"""How far a figure that is said to be *about* may be off: a reading of ours, no source."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Numbers from ``low`` to ``high``; an end that is open does not belong to it.

    >>> Interval(low=1, high=2, high_open=True).has(2), Interval(low=3).has(1e9)
    (False, True)
    """

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def __post_init__(self) -> None:
        if math.isnan(self.low) or math.isnan(self.high) or self.low > self.high:
            raise ParameterError(f"an interval is {self.low:g} to {self.high:g}, but must end at or above its start")

    def has(self, value: float) -> bool:
        """Tell whether a number lies in it."""
        above = value > self.low if self.low_open else value >= self.low
        return above and (value < self.high if self.high_open else value <= self.high)

    def text(self) -> str:
        """Return it in signs.

        >>> Interval(low=53.45, high=53.55, high_open=True).text(), Interval(low=150).text()
        ('[53.45, 53.55)', '[150, ∞)')
        """
        ends = ("(" if self.low_open or self.low == -math.inf else "[", ")" if self._open_above else "]")
        return f"{ends[0]}{_number(self.low)}, {_number(self.high)}{ends[1]}"

    @property
    def _open_above(self) -> bool:
        return self.high_open or self.high == math.inf


def _number(value: float) -> str:
    return {math.inf: "∞", -math.inf: "-∞"}.get(value) or f"{value:.10g}"


def range_text(low: float, high: float, *, lang: str = "zh") -> str:
    """Return a range as it reads, to two figures of its width; one number where both ends read alike.

    >>> range_text(6.549, 9.699), range_text(1500, math.inf), range_text(1500, math.inf, lang="en"), range_text(48, 48)
    ('6.5–9.7', '1500以上', '1500 or more', '48')
    >>> range_text(0, math.inf), range_text(0, math.inf, lang="en")
    ('未知', 'unknown')
    """
    if not math.isfinite(high):
        if low <= 0:
            return "未知" if lang == "zh" else "unknown"
        return f"{_rounded(low, 3)}以上" if lang == "zh" else f"{_rounded(low, 3)} or more"
    width = high - low
    decimals = 3 if width <= 0 else min(max(1 - math.floor(math.log10(1.01 * width)), 0), 3)
    ends = [_rounded(end, decimals) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


def _rounded(value: float, decimals: int) -> str:
    return f"{round(value, decimals) + 0.0:.12g}"


def stated(
    value: float, *, comparator: str = "=", upper: float | None = None, counted: bool = False, about: float = ABOUT
) -> Interval:
    """Return the numbers that a stated figure can mean.

    ``=`` of a measured figure is what rounds to it, ``[v - u/2, v + u/2)`` with ``u`` the unit of its last written
    decimal; of a count it is the number itself. ``>=`` (以上, 不少于) is ``[v, inf)``, ``>`` (突破) ``(v, inf)``,
    ``<=`` (以下) ``[0, v]``, ``~`` (左右, 约) ``v`` within ``about``. With ``upper`` it is the range.

    Raises
    ------
    ParameterError
        If the comparator is none of these, or ``about`` is not a share.

    >>> stated(53.5).text(), stated(11, counted=True).text(), stated(150, comparator=">=").text()
    ('[53.45, 53.55)', '[11, 11]', '[150, ∞)')
    >>> stated(200, comparator=">").text(), stated(100, comparator="~").text(), stated(20, upper=50).text()
    ('(200, ∞)', '[90, 110]', '[20, 50]')
    """
    if not 0 <= about < 1:
        raise ParameterError(f"about is {about:g}, but must be a share from 0 to below 1")
    if comparator not in {"=", ">=", ">", "<=", "~"}:
        raise ParameterError(f"comparator is {comparator!r}, but must be one of: =, >=, >, <=, ~")
    if upper is not None:
        return Interval(low=value, high=upper)
    if comparator == "~":
        return Interval(low=value - about * abs(value), high=value + about * abs(value))
    if comparator == "<=":
        return Interval(low=min(0.0, value), high=value)
    if comparator in {">=", ">"}:
        return Interval(low=value, low_open=comparator == ">")
    if counted:
        return Interval(low=value, high=value)
    # in decimals, so that 53.5 ends at 53.55 and not a hair beside it; 495 is written to ones, not to tens
    written = Decimal(f"{value:.12g}")
    half = Decimal(1).scaleb(min(int(written.as_tuple().exponent), 0)) / 2
    return Interval(low=float(written - half), high=float(written + half), high_open=True)
