"""How figures of a plan hang together: ``relations.toml`` beside the plan's records."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, model_validator

from ..consistency import ABOUT, Unit, factor_to, unit_of
from ..errors import DataError, NanyiError
from ..plan import Plan
from ..study import StudyArea
from ..targets import FrozenRecord, ItemId, items_of, read_typed, refuse_unknown_items, whole_plan

FILE = "relations.toml"
GUIDE = "docs/consistency.md"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Measure(FrozenRecord):
    """What several items measure alike, and must not be added to others of the same unit: gross output."""

    id: Name
    zh: Text
    en: Text
    flow: bool = False
    items: tuple[ItemId, ...] = ()


class Input(FrozenRecord):
    """A number from outside the plan: from ``low`` to ``high``, or figures of a check of the plan, least to most.

    ``measure`` names what a factor makes of a quantity; ``assumed`` tells that it is no measurement.
    """

    id: Name
    zh: Text
    en: Text
    unit: str = ""
    low: NonNegativeFloat | None = None
    high: NonNegativeFloat | None = None
    check: str = ""
    figures: tuple[str, ...] = ()
    source: str = ""
    flow: bool = False
    measure: str = ""
    assumed: bool = False

    @model_validator(mode="after")
    def _one_home(self) -> "Input":
        own = self.low is not None
        if own == bool(self.figures) or bool(self.check) != bool(self.figures):
            raise ValueError("must have either low (and high), or the figures of a check")
        if own and not self.source:
            raise ValueError("must name its source")
        if self.high is not None and (self.low is None or self.high < self.low):
            raise ValueError(f"must end at or above low, but high is {self.high:g}")
        return self


class LandLayer(FrozenRecord):
    """Land of a crop by its classes, in 万亩, that a table of the suitability gives."""

    id: Name
    zh: Text
    en: Text
    crop: Text
    zone: str = ""
    classes: tuple[Literal["S1", "S2", "S3"], ...] = ("S1", "S2")


class RelationTerm(FrozenRecord):
    """A quantity of a side: an item, an input, a layer, how many items are listed, or a number.

    ``by`` names an input that it is multiplied by, ``times`` an item whose exact number it is taken as often as.
    """

    item: ItemId = ""
    input: str = ""
    layer: str = ""
    listed: tuple[ItemId, ...] = ()
    number: NonNegativeFloat | None = None
    unit: str = ""
    county: str = ""
    by: str = ""
    times: ItemId = ""
    times_unit: str = ""
    minus: bool = False

    @model_validator(mode="after")
    def _one(self) -> "RelationTerm":
        given = [bool(self.item), bool(self.input), bool(self.layer), bool(self.listed), self.number is not None]
        if sum(given) != 1:
            raise ValueError("must be one of: item, input, layer, listed, number")
        return self


class Relation(FrozenRecord):
    """Two sides and a sign; ``if_zh`` and ``if_en`` tell under which reading alone it is put."""

    id: Name
    check: str = ""
    form: Literal["identity", "requirement"]
    sign: Literal["=", ">=", "<="] = "="
    left: tuple[RelationTerm, ...] = Field(min_length=1)
    right: tuple[RelationTerm, ...] = Field(min_length=1)
    unit: str = ""
    zh: Text
    en: Text
    if_zh: str = ""
    if_en: str = ""

    @model_validator(mode="after")
    def _readings(self) -> "Relation":
        if bool(self.if_zh) != bool(self.if_en):
            raise ValueError("must have both if_zh and if_en, or neither")
        if self.form == "requirement" and self.sign == "=":
            raise ValueError("must have the sign >= or <= in a requirement; = is for an identity")
        return self

    @property
    def terms(self) -> tuple[RelationTerm, ...]:
        """The terms of both sides."""
        return (*self.left, *self.right)


class Overlap(FrozenRecord):
    """Items whose areas may overlap, so that no sum of them means anything, and what they lie in."""

    id: Name
    check: str = ""
    items: tuple[ItemId, ...] = Field(min_length=2)
    within: ItemId = ""
    zh: Text
    en: Text


class Relations(FrozenRecord):
    """The content of ``relations.toml``; ``about`` is how far a figure that is said to be about may be off."""

    about: float = Field(ABOUT, ge=0, lt=1)
    measure: tuple[Measure, ...] = ()
    input: tuple[Input, ...] = ()
    layer: tuple[LandLayer, ...] = ()
    relation: tuple[Relation, ...] = ()
    overlap: tuple[Overlap, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> "Relations":
        names = [
            each.id for part in (self.input, self.layer, self.relation, self.overlap, self.measure) for each in part
        ]
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise ValueError(f"must name everything once, but {twice[0]} stands twice")
        inputs, layers = {each.id for each in self.input}, {each.id for each in self.layer}
        for relation in self.relation:
            for term in relation.terms:
                for name, known in ((term.input, inputs), (term.by, inputs), (term.layer, layers)):
                    if name and name not in known:
                        raise ValueError(f"must name what the file has, but {relation.id} names {name[:40]!r}")
        measures = {each.id for each in self.measure}
        for each in self.input:
            if each.measure and each.measure not in measures:
                raise ValueError(f"must name a measure of the file, but {each.id} names {each.measure[:40]!r}")
        owned = Counter(item for each in self.measure for item in each.items)
        shared = [item for item, times in owned.items() if times > 1]
        if shared:
            raise ValueError(f"must give an item one measure, but {shared[0]} has several")
        return self


def read_relations(study: StudyArea, path: str | os.PathLike[str] | None = None) -> Relations | None:
    """Return how the figures of a study's plan hang together; None if neither a file nor the plan's folder tells.

    Relations that name an item which a public study does not show are left out of it.

    Raises
    ------
    DataError
        If the file is missing or no TOML, or names an item, a check or a figure that the plan has not.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.

    >>> from nanyi_gis.study import load_study
    >>> read_relations(load_study()).about
    0.1
    """
    if path is None:
        folder = study.plan_folder
        if folder is None or not (Path(folder) / FILE).is_file():
            return None
        path = Path(folder) / FILE
    found = read_typed(path, Relations, what="list of relations", guide=GUIDE)
    refuse_unknown_items(found, study, path)
    plan = whole_plan(study)
    for each in found.input:
        _refuse_unknown_figures(each, plan, path)
        _unit(each.unit, path)
    return found if not study.public else _shown(found, study.plan)


def _refuse_unknown_figures(each: Input, plan: Plan, path: str | os.PathLike[str]) -> None:
    if not each.check:
        return
    known = {check.id: check.inputs for check in plan.checks}.get(each.check)
    lacking = [name for name in each.figures if name not in (known or {})]
    if known is None or lacking:
        what = each.check if known is None else f"figure {lacking[0][:40]!r} in {each.check}"
        raise DataError(f"{path}: input {each.id} rests on {what}, which the plan's checks have not; correct it")
    for name in each.figures:
        try:
            factor_to(plan.check(each.check).inputs[name].unit, each.unit)
        except NanyiError as error:
            raise DataError(f"{path}: input {each.id}: {error}") from error


def _unit(name: str, path: str | os.PathLike[str]) -> Unit:
    try:
        return unit_of(name)
    except NanyiError as error:
        raise DataError(f"{path}: {error}") from error


def _shown(found: Relations, plan: Plan) -> Relations:
    """Return the relations without those of items that the plan does not show."""
    return found.model_copy(
        update={
            "relation": tuple(each for each in found.relation if plan.has(*items_of(each))),
            "overlap": tuple(each for each in found.overlap if plan.has(*items_of(each))),
        }
    )
