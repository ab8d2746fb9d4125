"""The record of wellness: the items of the plan, and the cities, intervals, criteria and tours that are assumed."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, PositiveInt, model_validator

from ..comfort import Criterion
from ..study import StudyArea
from .items import FrozenRecord, ItemId
from .systems import system_record


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] > ends[1]:
        raise ValueError(f"must have its low end first, but has {ends[0]:g} before {ends[1]:g}")
    return ends


Interval = Annotated[tuple[float, float], AfterValidator(_rising)]
PositiveInterval = Annotated[tuple[PositiveFloat, PositiveFloat], AfterValidator(_rising)]
ShareOfOne = Annotated[float, Field(ge=0, le=1)]
Shares = Annotated[tuple[ShareOfOne, ShareOfOne], AfterValidator(_rising)]


class City(FrozenRecord):
    """A city that visitors leave, and its mean of the month."""

    name: str
    name_zh: str
    place: str = ""
    july: float = Field(ge=-50, le=50)
    sd: NonNegativeFloat
    source: str
    evidence: str


class Counted(FrozenRecord):
    """A criterion of the ranking; see :class:`nanyi_gis.comfort.Criterion`."""

    column: str
    worst: float
    best: float
    weight: PositiveFloat

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.worst == self.best:
            raise ValueError(f"must have another worst than best, but both are {self.best:g}")
        return self

    @property
    def criterion(self) -> Criterion:
        """The criterion itself."""
        return Criterion(column=self.column, worst=self.worst, best=self.best, weight=self.weight)


class TourRule(FrozenRecord):
    """Hours of a day on the road, in all, and at a stop."""

    drive_hours: PositiveFloat = 4.0
    day_hours: PositiveFloat = 9.0
    stay_hours: NonNegativeFloat = 2.0


class PlannedTour(FrozenRecord):
    """A tour of ours: places of the gazetteer, the first of which is where it starts and ends."""

    id: str
    name: str
    name_zh: str
    stops: tuple[str, ...] = Field(min_length=2, max_length=16)


class WellnessRecord(FrozenRecord):
    """The content of ``systems/wellness.toml``, see docs/wellness.md."""

    bases: ItemId = ""
    routes: ItemId = ""
    towns: ItemId
    cores: tuple[ItemId, ...] = ()
    points: tuple[ItemId, ...] = ()
    emergency: tuple[ItemId, ...] = ()
    samples: PositiveInt = Field(600, le=20_000)
    concentration: PositiveFloat = 20.0
    index: str = "thi"
    humidity: Shares = (0.75, 0.88)
    humidity_source: str = ""
    humidity_evidence: str = ""
    hot_limit: float = 35.0
    hot_gap: Interval = (4.0, 6.0)
    hot_sd: PositiveInterval = (2.5, 3.5)
    hot_source: str = ""
    hot_evidence: str = ""
    minutes_factor: PositiveInterval = (1.0, 1.4)
    minutes_sd_share: NonNegativeFloat = 0.1
    offset_factor: PositiveFloat = 1.6
    offset_kmh: PositiveFloat = 20.0
    slope_max: PositiveFloat = 25.0
    city: tuple[City, ...] = Field(min_length=1)
    criterion: tuple[Counted, ...] = Field(min_length=1)
    tour_rule: TourRule = TourRule()
    tour: tuple[PlannedTour, ...] = ()

    @property
    def middle_factor(self) -> float:
        """The middle of the factor on minutes."""
        return sum(self.minutes_factor) / 2.0


def wellness_record(study: StudyArea) -> WellnessRecord | None:
    """Return the record of a study's wellness; None if it has none.

    Raises
    ------
    DataError, ParameterError
        As :func:`nanyi_gis.targets.system_record`.

    >>> from nanyi_gis.study import load_study
    >>> wellness_record(load_study()).towns
    'W-00c'
    """
    return system_record(study, "wellness", WellnessRecord, guide="docs/wellness.md")
