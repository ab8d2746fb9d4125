"""The record of where facilities go: the items of the plan that ask for them, and the assumptions of the proposals."""

import os
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from ..errors import DataError
from ..plan import Item, Plan
from ..study import StudyArea
from .typed import read_typed


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SubCentreRecord(_Record):
    """Medical sub-centres: the item with their number, those built and started, and the minutes that count as near."""

    item: str
    built: str = ""
    started: str = ""
    unit: str = "个"
    minutes: PositiveFloat = 30.0


class ProcessingRecord(_Record):
    """Processing, logistics and distribution: their items, the items of each crop's orchards, side of a cluster."""

    facilities: str
    facilities_unit: str = "座"
    logistics: str
    distribution: str
    unit: str = "个"
    cluster_m: PositiveFloat = 2000.0
    grades: tuple[int, ...] = (1, 2)
    crops: dict[str, tuple[str, ...]] = Field(min_length=1)


class ShelterRecord(_Record):
    """Shelters: the items for townships and villages, the limits in minutes, and where people are taken to live."""

    towns: str
    villages: str
    drive_minutes: tuple[PositiveFloat, ...] = (15.0, 30.0, 45.0, 60.0)
    walk_minutes: tuple[PositiveFloat, ...] = (15.0, 30.0, 60.0)
    village_minutes: PositiveFloat = 60.0
    slope_max: PositiveFloat = 25.0
    cluster_m: PositiveFloat = 2000.0


class ChargingRecord(_Record):
    """Charging: the item, the spacings asked, how closely roads are tried, and the classes of road."""

    item: str
    spacing_km: tuple[PositiveFloat, ...] = Field((30.0, 50.0), min_length=1)
    step_km: PositiveFloat = 2.5
    roads: tuple[str, ...] = ("motorway", "trunk", "primary", "secondary")


class TelecomRecord(_Record):
    """Masts: the item with their number, heights, radius, and which peaks and which land are taken."""

    item: str
    unit: str = "个"
    mast_m: PositiveFloat = 35.0
    receiver_m: PositiveFloat = 1.5
    radius_m: PositiveFloat = 5000.0
    most_peaks: PositiveInt = 300
    apart_m: PositiveFloat = 1500.0
    slope_max: PositiveFloat = 25.0
    cluster_m: PositiveFloat = 2000.0


class SitingRecord(_Record):
    """The content of the file that a study names as ``siting``; a part that is left out has no page."""

    sub_centres: SubCentreRecord | None = None
    processing: ProcessingRecord | None = None
    shelters: ShelterRecord | None = None
    charging: ChargingRecord | None = None
    telecom: TelecomRecord | None = None


def siting_record(study: StudyArea) -> SitingRecord:
    """Return the record of a study; an empty one if it names none.

    Raises
    ------
    DataError, ParameterError
        As :func:`read_siting_record`, and if an item is none of the study's plan.

    >>> from nanyi_gis.study import load_study
    >>> siting_record(load_study()).charging.spacing_km
    (30.0, 50.0)
    """
    if "siting" not in study.files:
        return SitingRecord()
    record = read_siting_record(study.files["siting"])
    plan = whole_plan(study)
    unknown = [item for item in _items(record) if not plan.has(item)]
    if unknown:
        raise DataError(f"{study.files['siting']}: {unknown[0][:60]!r} is no item of the plan; correct its number")
    return record


def whole_plan(study: StudyArea) -> Plan:
    """Return the plan of a study with the items that a public map does not show, for counts that it may tell."""
    return replace(study, public=False).plan if study.public else study.plan


def read_siting_record(path: str | os.PathLike[str]) -> SitingRecord:
    """Read the record of where facilities go, TOML.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.
    """
    return read_typed(path, SitingRecord, what="siting file", guide="docs/siting_pages.md")


def _items(record: SitingRecord) -> list[str]:
    """Return the numbers of the plan's items that a record names."""
    found: list[str] = []
    if record.sub_centres:
        found += [record.sub_centres.item, record.sub_centres.built, record.sub_centres.started]
    if record.processing:
        found += [record.processing.facilities, record.processing.logistics, record.processing.distribution]
        found += [item for items in record.processing.crops.values() for item in items]
    if record.shelters:
        found += [record.shelters.towns, record.shelters.villages]
    if record.charging:
        found.append(record.charging.item)
    if record.telecom:
        found.append(record.telecom.item)
    return [item for item in found if item]


def county_counts(item: Item, *, unit: str) -> dict[str, int]:
    """Return how many of an item each county has.

    Raises
    ------
    DataError
        If the item has no shares of counties in this unit, or they do not sum to the whole.

    >>> from nanyi_gis.plan import load_plan
    >>> county_counts(load_plan().item("W-12"), unit="个")
    {'叙永': 5, '古蔺': 6}
    """
    shares = {q.county: int(q.value) for q in item.quantities if q.unit == unit and q.county}
    whole = next((int(q.value) for q in item.quantities if q.unit == unit and not q.county), sum(shares.values()))
    if not shares or sum(shares.values()) != whole:
        raise DataError(
            f"item {item.id} has shares of counties of {sum(shares.values())} {unit}, but {whole} in all; correct its "
            "quantities"
        )
    return shares
