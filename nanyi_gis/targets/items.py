"""Records of a study that name items of its plan: their common base, and that the plan has every item named."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict

from ..errors import DataError
from ..plan import Plan
from ..study import StudyArea


class _Number(str):
    """The number of an item, told from other texts of a record."""

    __slots__ = ()


ItemId = Annotated[str, AfterValidator(_Number)]
"""The type of a field that names an item of the plan, e.g. ``W-12``; an empty default names none."""


class FrozenRecord(BaseModel):
    """A part of a study's typed file: no unknown keys, no NaN, not to be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def items_of(record: BaseModel) -> list[str]:
    """Return the numbers of the plan's items that a record names, in the order of its fields.

    >>> class Water(FrozenRecord):
    ...     reservoirs: tuple[ItemId, ...]
    ...     note: str = ""
    >>> items_of(Water(reservoirs=("I-29", "I-30"), note="I-31"))
    ['I-29', 'I-30']
    """
    return [str(number) for number in _numbers(record) if number]


def _numbers(value: Any) -> Iterator[_Number]:
    if isinstance(value, _Number):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _numbers(getattr(value, name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _numbers(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _numbers(part)


def whole_plan(study: StudyArea) -> Plan:
    """Return the plan of a study with the items that a public map does not show, for counts that it may tell."""
    return replace(study, public=False).plan if study.public else study.plan


def refuse_unknown_items(record: BaseModel, study: StudyArea, path: str | os.PathLike[str]) -> None:
    """Refuse a record that names an item which the study's plan has not.

    Raises
    ------
    DataError
        Naming the first.
    """
    named = items_of(record)
    plan = whole_plan(study) if named else None
    unknown = [number for number in named if plan is not None and not plan.has(number)]
    if unknown:
        raise DataError(f"{path}: {unknown[0][:60]!r} is no item of the plan; correct its number")
