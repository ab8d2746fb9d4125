"""The record of hazards and shelters: the items of the plan, and the soil, limits and walks that are assumed."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt

from ..hazard import Soil, soil_of
from ..study import StudyArea
from .items import FrozenRecord, ItemId
from .systems import system_record


def _soil(table: Any) -> Any:
    """Return the soil of a table of the record, whose keys are known to the room of hazards."""
    return soil_of(table, where="soil") if isinstance(table, dict) else table


class HazardRecord(FrozenRecord):
    """Hazard and shelters of a study: ``hazard.toml`` in its folder ``systems``."""

    works: ItemId = ""
    hidden: ItemId = ""
    monitoring: ItemId = ""
    towns: ItemId
    villages: ItemId
    teams: ItemId = ""
    karst: tuple[ItemId, ...] = ()
    samples: PositiveInt = 300
    prone_share: PositiveFloat = Field(0.5, le=1.0)
    closed_shares: tuple[PositiveFloat, ...] = (0.05, 0.10, 0.20)
    walk_minutes: tuple[PositiveFloat, ...] = (15.0, 30.0, 60.0)
    slope_max: PositiveFloat = 25.0
    use: str = "landslide"
    soil: Annotated[Soil, BeforeValidator(_soil)]


def hazard_record(study: StudyArea) -> HazardRecord | None:
    """Return the record of a study's hazards; None if it has none.

    Raises
    ------
    DataError, ParameterError
        As :func:`nanyi_gis.targets.system_record`.

    >>> from nanyi_gis.study import load_study
    >>> hazard_record(load_study()).towns
    'I-42'
    """
    return system_record(study, "hazard", HazardRecord, guide="docs/hazard.md")
