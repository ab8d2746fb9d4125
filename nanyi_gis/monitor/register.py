"""The register: the lines that a study's plan is tracked by, with targets, days due and owners."""

import datetime
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from ..errors import ParameterError
from ..plan import Item, Plan, Quantity
from ..study import StudyArea
from ..targets import FrozenRecord, ItemId, read_typed, refuse_unknown_items, whole_plan
from .records import Basis, Nature, Tracked

FILE = "register.toml"
STATE_UNIT = "状态"


class Register(FrozenRecord):
    """``register.toml`` in the folder that a study's key ``monitor`` names: days due, and how numbers count.

    Attributes
    ----------
    start, end : date
        The plan's period: where a target without a first year begins, and where an item without a year is due.
    as_of : date
        Day of the atlas.
    whole : str
        What a sheet writes for all counties together.
    unassigned : str
        Owner where the plan names none.
    no_targets : tuple of str
        Items whose numbers describe and promise nothing.
    nature : mapping
        How a number counts, by its unit; ``nature_of`` by item; 累计 where neither tells.
    """

    start: datetime.date
    end: datetime.date
    as_of: datetime.date
    whole: Annotated[str, Field(min_length=1)] = "两县"
    unassigned: Annotated[str, Field(min_length=1)] = "未明确"
    no_targets: tuple[ItemId, ...] = ()
    nature: dict[str, Nature] = Field(default_factory=dict)
    nature_of: dict[ItemId, Nature] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> "Register":
        if self.start >= self.end:
            raise ValueError(f"must end after its start {self.start}, but end is {self.end}")
        return self


def read_register(study: StudyArea) -> Register | None:
    """Return the register of a study; None if it has none.

    Raises
    ------
    DataError
        If the file is no TOML, or names an item that the plan has not.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.

    >>> from nanyi_gis.study import load_study
    >>> read_register(load_study()).end
    datetime.date(2025, 12, 31)
    """
    folder = study.files.get("monitor")
    if folder is None:
        return None
    path = folder / FILE
    found = read_typed(path, Register, what="register", guide="docs/monitor.md")
    refuse_unknown_items(found, study, path)
    return found


def needed_register(study: StudyArea) -> Register:
    """Return the register of a study that must have one.

    Raises
    ------
    ParameterError
        If it has none, or as :func:`read_register`.
    """
    register = read_register(study)
    if register is None:
        raise ParameterError(f"the study {study.id} has no register; name its folder in study.toml: monitor = ...")
    return register


def tracked(study: StudyArea) -> tuple[Tracked, ...]:
    """Return the lines of a study's register, in the order of its plan: an item, then its counties' shares.

    A public study has the lines of the items that public maps may show.

    Raises
    ------
    ParameterError
        If the study has no register.

    >>> from nanyi_gis.study import load_study
    >>> lines = [line for line in tracked(load_study()) if line.id == "W-12"]
    >>> [(line.county, line.low, str(line.deadline)) for line in lines]
    [('两县', 11.0, '2025-12-31'), ('叙永', 5.0, '2025-12-31'), ('古蔺', 6.0, '2025-12-31')]
    """
    register = needed_register(study)
    plan = study.plan if study.public else whole_plan(study)
    return tuple(line for item in plan.items for line in _lines(item, plan, register))


def _lines(item: Item, plan: Plan, register: Register) -> Iterator[Tracked]:
    """Yield the line of an item, then those of the counties that the plan gives a share of its number."""
    targets = () if item.id in register.no_targets else item.quantities
    own = next((quantity for quantity in targets if quantity.county is None), None)
    county = item.counties[0] if len(item.counties) == 1 else register.whole
    yield _line(item, plan, register, own, county=county, whole=True)
    if own is None:
        return
    for share in targets:
        if share.county is not None and share.unit == own.unit:
            yield _line(item, plan, register, share, county=share.county, whole=False)


def _line(item: Item, plan: Plan, register: Register, target: Quantity | None, *, county: str, whole: bool) -> Tracked:
    year = item.year if target is None or target.year is None else target.year
    since = None if target is None else target.since
    stated = target.year_stated if target is not None and target.year is not None else True
    basis: Basis = "none"
    deadline = None
    if year is not None:
        deadline, basis = datetime.date(year, 12, 31), "stated" if stated else "assumed"
    elif target is not None:
        deadline, basis = register.end, "period"
    start = register.start if since is None else datetime.date(since, 1, 1)
    unit = STATE_UNIT if target is None else target.unit
    nature: Nature = "状态" if target is None else register.nature.get(unit, "累计")
    return Tracked(
        id=item.id,
        name_zh=item.name_zh,
        name_en=item.name_en,
        theme=item.theme,
        clause=item.clause,
        county=county,
        whole=whole,
        low=None if target is None else float(target.value),
        high=None if target is None else _high(target),
        comparator="=" if target is None else target.comparator,
        unit=unit,
        nature=register.nature_of.get(item.id, nature),
        start=min(start, deadline) if deadline else start,
        deadline=deadline,
        basis=basis,
        owners=item.lead or (register.unassigned,),
        supporting=plan.supporting(item),
        public=item.public,
    )


def _high(target: Quantity) -> float | None:
    if target.upper is not None:
        return float(target.upper)
    return None if target.comparator in {">=", ">"} else float(target.value)
