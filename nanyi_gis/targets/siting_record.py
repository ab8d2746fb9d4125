"""The record of where facilities go: the items of the plan that ask for them, and the assumptions of the proposals."""

import os

from pydantic import Field, PositiveFloat, PositiveInt

from ..errors import DataError
from ..plan import Item
from ..study import StudyArea
from .items import FrozenRecord, ItemId, refuse_unknown_items
from .typed import read_typed


class SubCentreRecord(FrozenRecord):
    """Medical sub-centres: items of their number, those built and started, and of even care; minutes that are near."""

    item: ItemId
    built: ItemId = ""
    started: ItemId = ""
    even: ItemId = ""
    unit: str = "个"
    minutes: PositiveFloat = 30.0


class ProcessingRecord(FrozenRecord):
    """Processing, logistics and distribution: their items, the items of each crop's orchards, side of a cluster."""

    facilities: ItemId
    facilities_unit: str = "座"
    logistics: ItemId
    distribution: ItemId
    unit: str = "个"
    cluster_m: PositiveFloat = 2000.0
    grades: tuple[int, ...] = (1, 2)
    crops: dict[str, tuple[ItemId, ...]] = Field(min_length=1)


class ShelterRecord(FrozenRecord):
    """Shelters: the items for townships and villages, the limits in minutes, and where people are taken to live."""

    towns: ItemId
    villages: ItemId
    drive_minutes: tuple[PositiveFloat, ...] = (15.0, 30.0, 45.0, 60.0)
    walk_minutes: tuple[PositiveFloat, ...] = (15.0, 30.0, 60.0)
    village_minutes: PositiveFloat = 60.0
    slope_max: PositiveFloat = 25.0
    cluster_m: PositiveFloat = 2000.0


class ChargingRecord(FrozenRecord):
    """Charging: the item, the spacings asked, how closely roads are tried, and the classes of road."""

    item: ItemId
    spacing_km: tuple[PositiveFloat, ...] = Field((30.0, 50.0), min_length=1)
    step_km: PositiveFloat = 2.5
    roads: tuple[str, ...] = ("motorway", "trunk", "primary", "secondary")


class TelecomRecord(FrozenRecord):
    """Masts: the item with their number, heights, radius, and which peaks and which land are taken."""

    item: ItemId
    unit: str = "个"
    mast_m: PositiveFloat = 35.0
    receiver_m: PositiveFloat = 1.5
    radius_m: PositiveFloat = 5000.0
    most_peaks: PositiveInt = 300
    apart_m: PositiveFloat = 1500.0
    slope_max: PositiveFloat = 25.0
    cluster_m: PositiveFloat = 2000.0


class SitingRecord(FrozenRecord):
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
    refuse_unknown_items(record, study, study.files["siting"])
    return record


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
