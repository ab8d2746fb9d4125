"""The typed records of the plan: item, clause, check, milestone."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ..io import Evidence
from .quantity import County, Quantity

Kind = Literal["point", "line", "area", "network", "target", "project"]
KINDS: tuple[str, ...] = get_args(Kind)
Theme = Literal["red_culture", "liquor", "wellness", "energy_materials", "forest_fruit", "infrastructure", "general"]
THEMES: dict[str, tuple[str, str]] = {
    "red_culture": ("红色文化", "Red culture"),
    "liquor": ("酱酒", "Liquor"),
    "wellness": ("康养", "Wellness"),
    "energy_materials": ("清洁能源与绿色建材", "Clean energy and building materials"),
    "forest_fruit": ("特色林果", "Forest and fruit"),
    "infrastructure": ("基础设施", "Infrastructure"),
    "general": ("总体", "General"),
}
Verdict = Literal["OK", "FLAG", "CONTRADICTION", "AMBIGUOUS"]
VERDICTS: tuple[str, ...] = get_args(Verdict)
Scope = Literal["counties", "beyond", "city"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Record):
    """One item of the plan: an object, a project or a target.

    Attributes
    ----------
    id : str
        Inventory number, e.g. ``F-26``; in the South Wing its letter is the theme.
    name_zh, name_en : str
        Short name and English gloss.
    kind : tuple of str
        point | line | area | network | target | project, one or two of them.
    count : int or None
        How many objects the item stands for, where the inventory says.
    theme : str
        Key of ``THEMES``.
    counties : tuple of str
        叙永, 古蔺, both (those of another study in its plan), or none where the plan does not say.
    counties_uncertain : bool
        True where the plan does not state the county.
    scope : str
        ``counties``; ``beyond`` for items that reach into Guizhou, Yunnan or other districts;
        ``city`` for figures of the whole city.
    clauses : tuple of str
        Numbers of the clauses, e.g. ``四(五)3``.
    quote : str
        Words of the plan on which the item rests.
    quantities : tuple of Quantity
        The numbers; empty for qualitative items.
    quantity_text : str
        The same as prose of the inventory.
    year : int or None
        Year of an item without numbers; :attr:`years` unites both.
    baseline : str
        Known starting value with its year; not from the plan.
    lead : tuple of str
        Lead agencies; ``lead_stated`` is False where the clause itself names none.
    public : bool
        False for items that must not be shown on a public map.
    """

    id: str = Field(pattern=r"^[A-Z]{1,3}-\d{2,3}[a-z]?$")
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    kind: tuple[Kind, ...] = Field(min_length=1, max_length=2)
    count: int | None = Field(default=None, ge=2)
    theme: Theme
    counties: tuple[County, ...]
    counties_uncertain: bool
    scope: Scope
    clauses: tuple[str, ...] = Field(min_length=1)
    quote: str = Field(min_length=2)
    quantities: tuple[Quantity, ...] = ()
    quantity_text: str = ""
    year: int | None = Field(default=None, ge=1950, le=2100)
    baseline: str = ""
    lead: tuple[str, ...] = ()
    lead_stated: bool
    gis_layer: str = ""
    evidence: Evidence
    public: bool

    @model_validator(mode="after")
    def _check_county(self) -> "Item":
        if not self.counties and not self.counties_uncertain:
            raise ValueError("counties is empty, but then counties_uncertain must be true")
        return self

    @property
    def clause(self) -> str:
        """The clause numbers as one text."""
        return "; ".join(self.clauses)

    @property
    def years(self) -> tuple[int, ...]:
        """Target years of the item and of its numbers, ascending."""
        found = {quantity.year for quantity in self.quantities if quantity.year} | {self.year}
        return tuple(sorted(year for year in found if year))

    def total(self, unit: str, *, county: str | None = None) -> float:
        """Return the number in ``unit``: the whole, or the share of one county.

        Raises
        ------
        KeyError
            If the item has no such number.
        """
        for quantity in self.quantities:
            if quantity.unit == unit and quantity.county == county:
                return quantity.value
        raise KeyError(f"{self.id} has no quantity in {unit} for {county or 'the whole'}")

    def quantity(self, *, lang: str = "zh") -> str:
        """Return the numbers of the whole as one text; empty for qualitative items."""
        return "; ".join(quantity.text(lang=lang) for quantity in self.quantities if quantity.county is None)


class Clause(_Record):
    """A numbered clause: title, lead and supporting agencies as printed after it."""

    clause: str
    title_zh: str
    title_en: str
    lead: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()


class Figure(_Record):
    """A number that a check rests on: an input, or a result that can be worked out again."""

    value: float
    unit: str
    source: str


class Check(_Record):
    """A consistency check of the plan, C-01 to C-23.

    Attributes
    ----------
    verdict : str
        OK | FLAG | CONTRADICTION | AMBIGUOUS; ``remark`` qualifies it.
    items : tuple of str
        Item numbers concerned.
    inputs : mapping
        Numbers from outside the plan that the arithmetic uses, each with its source.
    stated : mapping
        Results as stated; :func:`nanyi_gis.plan.recompute` works them out again.
    """

    id: str = Field(pattern=r"^C-\d{2}$")
    title_zh: str
    title_en: str
    result_zh: str
    result_en: str
    verdict: Verdict
    remark: str = ""
    items: tuple[str, ...]
    inputs: dict[str, Figure] = {}
    stated: dict[str, Figure] = {}


class Milestone(_Record):
    """Something due, or known to have happened, at a date.

    ``date`` is a year or an ISO date. ``planned`` milestones come from the plan; ``actual`` ones
    from later reports.
    """

    date: str = Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
    nature: Literal["planned", "actual"]
    items: tuple[str, ...] = Field(min_length=1)
    event_zh: str
    event_en: str
    stated: bool = True
    source: str

    @field_validator("items", mode="before")
    @classmethod
    def _unique(cls, items: Any) -> Any:
        if len(set(items)) != len(items):
            raise ValueError("items are repeated, but each may stand once")
        return items

    @property
    def year(self) -> int:
        """Calendar year of the date."""
        return int(self.date[:4])
