"""The record of a road for visitors: routes that a plan names, worth of places, links to draw, published lengths."""

import os
from typing import Literal, Self

import geopandas as gpd
import pandas as pd
from pydantic import Field, NonNegativeFloat, PositiveFloat, model_validator

from ..errors import DataError
from ..study import StudyArea
from .items import FrozenRecord
from .typed import read_typed

TOWNSHIP = "township"
"""The kind of site that townships are, with the weight of that name if the record has one."""


class Mandated(FrozenRecord):
    """A route that the plan names: the links of a corridor from stop to stop; ``counted_km`` in place of their own."""

    corridor: str = Field(min_length=1)
    name_zh: str
    name_en: str
    stops: tuple[str, ...] = Field(min_length=2)
    counted_km: PositiveFloat | None = None
    source: str


class RoadSite(FrozenRecord):
    """A place worth a visit: its kind, what else it is, and the group with which it shares its scenery."""

    place: str
    kind: str
    also: tuple[str, ...] = ()
    group: str = ""
    weight: NonNegativeFloat | None = None
    why: str = ""


class RoadLink(FrozenRecord):
    """A link that no road has yet, from place to place."""

    id: str
    name_zh: str
    name_en: str
    start: str
    end: str
    mode: Literal["road", "walk"]
    road_class: Literal["II", "III", "IV"] = "III"


class Part(FrozenRecord):
    """A length that is published, or inferred from what is; the notes are what a reader of its source must know."""

    basis: Literal["fact", "inference"]
    km: PositiveFloat
    name_zh: str
    name_en: str
    corridor: str = ""
    source: str
    note_zh: str = ""
    note_en: str = ""


class RoadTexts(FrozenRecord):
    """Sentences of what is known and what is open."""

    known_zh: str = ""
    known_en: str = ""
    open_zh: str = ""
    open_en: str = ""


class RoadRecord(FrozenRecord):
    """The content of the file that a study names as ``route``.

    Attributes
    ----------
    item, name_zh, name_en, as_of : str
        Item of the plan, what the road is called, and the date of the facts.
    length_km : float
        Length of the road in the plan.
    road_class : str
        Class whose grade limit a profile is held against; see :class:`nanyi_gis.route.RoadClass`.
    mandated : tuple of Mandated
        Routes that it must hold.
    weights : dict of str to float
        Worth of a place by its kind; ``township`` is that of every township, which without it are no sites.
    site : tuple of RoadSite
        Places worth a visit.
    alignment : tuple of RoadLink
        Links to draw on the terrain.
    part : tuple of Part
        What is published of the length.
    texts : RoadTexts
        Sentences of what is known and what is open.
    """

    item: str = ""
    name_zh: str = ""
    name_en: str = ""
    as_of: str = ""
    length_km: PositiveFloat
    road_class: Literal["II", "III", "IV"] = "III"
    mandated: tuple[Mandated, ...] = ()
    weights: dict[str, NonNegativeFloat]
    site: tuple[RoadSite, ...] = ()
    alignment: tuple[RoadLink, ...] = ()
    part: tuple[Part, ...] = ()
    texts: RoadTexts = RoadTexts()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not any(self.weights.values()):
            raise ValueError("must give at least one weight above zero")
        unknown = sorted({kind for site in self.site for kind in (site.kind, *site.also)} - set(self.weights))
        if unknown:
            raise ValueError(f"must give the weight of each kind; {unknown[0][:60]!r} has none")
        for what, names in (("site", [s.place for s in self.site]), ("alignment", [a.id for a in self.alignment])):
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"must name each {what} once; {twice[0][:60]!r} stands twice")
        return self


def road_record(study: StudyArea) -> RoadRecord:
    """Return the record of a study.

    Raises
    ------
    DataError
        If the study names none.

    >>> from nanyi_gis.study import load_study
    >>> record = road_record(load_study())
    >>> record.length_km, [route.corridor for route in record.mandated]
    (446.0, ['I-16', 'I-17'])
    """
    if "route" not in study.files:
        raise DataError(
            f"the study {study.id} names no route; add a file with what a road must hold, or give --from-file"
        )
    return read_road_record(study.files["route"])


def read_road_record(path: str | os.PathLike[str]) -> RoadRecord:
    """Read the record of a road for visitors, TOML.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.
    """
    return read_typed(path, RoadRecord, what="route file", guide="docs/route.md")


def road_sites(study: StudyArea, record: RoadRecord) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Return the sites of a road, and the names of those that have no coordinates.

    Returns
    -------
    GeoDataFrame
        In the study's CRS, by id of the place (``township-...`` of a township): ``name_zh``, ``name_en``, ``kind``,
        ``also`` (further kinds, a semicolon between them), ``weight`` (the largest of its kinds), ``group``, ``code``
        (of a township), ``uncertainty_m``.
    tuple of str
        Names.

    Raises
    ------
    DataError
        If a site is no place of the study.
    """
    places = study.places.set_index("id")
    unknown = [site.place for site in record.site if site.place not in places.index]
    if unknown:
        raise DataError(f"{study.files.get('route')}: site {unknown[0][:60]!r} is no place of the study; correct it")
    rows = [
        {
            "id": site.place,
            "kind": site.kind,
            "also": ";".join(site.also),
            "weight": max(record.weights[kind] for kind in (site.kind, *site.also))
            if site.weight is None
            else site.weight,
            "group": site.group,
        }
        for site in record.site
    ]
    if TOWNSHIP in record.weights:
        towns = [name for name, kinds in places["kind"].items() if TOWNSHIP in kinds]
        blank = {"kind": TOWNSHIP, "also": "", "weight": record.weights[TOWNSHIP], "group": ""}
        rows += [{"id": name, **blank} for name in sorted(towns)]
    table = pd.DataFrame(rows, columns=["id", "kind", "also", "weight", "group"]).set_index("id")
    known = places.loc[table.index, ["name_zh", "name_en", "code", "uncertainty_m", "located", "geometry"]]
    sites = gpd.GeoDataFrame(table.join(known), geometry="geometry", crs=places.crs)
    lost = tuple(sites.loc[~sites["located"].astype(bool), "name_zh"])
    return sites[sites["located"].astype(bool)].drop(columns="located"), lost
