"""A figure shown to a reader, with where it comes from."""

from dataclasses import asdict, dataclass
from typing import Any


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
    """

    page: str
    name: str
    value: float | str
    unit: str
    clause: str
    method: str
    evidence: str

    def record(self) -> dict[str, Any]:
        """Return the figure as plain data for the manifest."""
        return asdict(self)

    @property
    def text(self) -> str:
        """Return value and unit for a reader.

        >>> Figure(page="p", name="n", value=2972.34, unit="km²", clause="", method="", evidence="derived").text
        '2,972.3 km²'
        """
        if isinstance(self.value, str):
            return f"{self.value} {self.unit}".strip()
        shown = (
            f"{self.value:,.0f}" if abs(self.value) >= 10_000 or self.value == int(self.value) else f"{self.value:,.1f}"
        )
        return f"{shown} {self.unit}".strip()
