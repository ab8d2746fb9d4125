"""A figure shown to a reader, with where it comes from."""

from dataclasses import asdict, dataclass
from typing import Any


def span_text(low: float, high: float, unit: str = "", *, digits: int = 0) -> str:
    """Return a range for a reader, as one number where both ends are shown alike.

    >>> span_text(57.9, 63.2, "%"), span_text(0.0, 0.2, "%"), span_text(0.481, 0.535, digits=2)
    ('58–63 %', '0 %', '0.48–0.54')
    """
    ends = [f"{value:,.{digits}f}" for value in (low, high)]
    return f"{'–'.join(dict.fromkeys(ends))} {unit}".strip()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number that a page shows.

    Attributes
    ----------
    page : str
        Name of the page that shows it.
    name : str
        What it is, in the language of the atlas.
    value : float or str
        The value in ``unit``.
    unit : str
        Unit as shown.
    clause : str
        Clause or item of the plan, empty where the figure is not the plan's.
    method : str
        How it was found.
    evidence : str
        official | surveyed | digitised | derived | schematic | modelled.
    items : tuple of str
        Numbers of the plan's items that the figure is of, or answers; empty where there is none.
    low, high : float, optional
        Range of the value over plausible assumptions; ``value`` is then the central one.
    """

    page: str
    name: str
    value: float | str
    unit: str
    clause: str
    method: str
    evidence: str
    items: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def record(self) -> dict[str, Any]:
        """Return the figure as plain data for the manifest, without a range or items that it has not."""
        ranged = self.low is not None and self.high is not None
        lacking = set() if ranged else {"low", "high"}
        lacking |= set() if self.items else {"items"}
        return {key: value for key, value in asdict(self).items() if key not in lacking}

    @property
    def text(self) -> str:
        """Return value and unit for a reader.

        >>> Figure(page="p", name="n", value=2972.34, unit="km²", clause="", method="", evidence="derived").text
        '2,972.3 km²'
        """
        if self.low is not None and self.high is not None:
            return span_text(self.low, self.high, self.unit)
        if isinstance(self.value, str):
            return f"{self.value} {self.unit}".strip()
        shown = (
            f"{self.value:,.0f}" if abs(self.value) >= 10_000 or self.value == int(self.value) else f"{self.value:,.1f}"
        )
        return f"{shown} {self.unit}".strip()
