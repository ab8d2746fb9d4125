"""The record of a study, ``study.toml``: which files make it up, and what they share."""

import datetime
import os
from pathlib import Path
from typing import Annotated, Any

import pyproj
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pyproj.exceptions import CRSError

from .._consent import trusts
from .._validation import check_edges
from ..errors import DataError, NanyiError, ParameterError
from ..io import read_toml

FILE = "study.toml"


def _metric(value: object) -> object:
    """Return a CRS as given if it is projected in metres, else say which kind is wanted."""
    try:
        crs = pyproj.CRS.from_user_input(value)
    except CRSError:
        raise ValueError("must be a CRS that PROJ knows, e.g. EPSG:4544") from None
    if not crs.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info):
        raise ValueError("must be a projected CRS in metres, e.g. EPSG:4544")
    return value


def _rising(value: object) -> object:
    try:
        return check_edges(value)  # type: ignore[arg-type]
    except NanyiError as error:
        raise ValueError(str(error)) from None


class StudyDates(BaseModel):
    """Days of a study: that of its plan, and that of its facts, which scenarios call today, with the source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: datetime.date | None = None
    today: datetime.date | None = None
    today_source_zh: str = ""
    today_source_en: str = ""


class StudyRecord(BaseModel):
    """The content of ``study.toml``; paths are relative to its folder, and an empty one means there is none.

    Attributes
    ----------
    id : str
        Short name, used in file names.
    title_zh, title_en : str
        Name of the area; ``subtitle_zh``, ``subtitle_en`` name the counties in it.
    crs : str
        Projected CRS in metres for every measure.
    edges : tuple of float
        Lower limits of the elevation bands above the lowest, rising, in metres.
    counties : str
        Polygons with a column of names; ``neighbours`` and ``frontage`` (the river along the border) if any.
    river_zh, river_en : str
        Name of the river of ``frontage``.
    places, aliases : str
        Gazetteer and other names of its places.
    plan : str
        Folder of the plan's records; ``plan_title_zh``, ``plan_source_zh`` and the English ones name the document.
    corridors, nodes : str
        Roads and railways of the plan as lines, and the places they run through.
    chains, local_links, loop : str
        Schematic network as chains of places, its links between townships, and the stops of a round trip.
    route : str
        What a road for visitors must hold, and what places are worth to it; see ``nanyi-gis route``.
    siting : str
        Which items of the plan ask where facilities go, and the assumptions of the proposals.
    systems : str
        Folder with a file a system of the plan, e.g. ``water.toml``: its items, and the assumptions of ours.
    monitor : str
        Folder of the register that progress is reported against: ``register.toml`` and its presets.
    crops : tuple of str
        Criteria files, in the order of the pages; a folder stands for every file in it that is not named before.
    uses : tuple of str
        Criteria files of other uses of land, such as wind, solar or hazards, named the same way; they have no page as
        crops have.
    climate, dem : str
        Climate file and elevation raster used if no other is given.
    census : str
        People by county, and by township where published; ``seats`` has the township code of the seat of each county.
    known_places : str
        Where crops are known to grow, and not to; what ``nanyi-gis validate`` holds the model against.
    dates : StudyDates
        Day of the plan, and day of the facts with their source (``today_source_zh``, ``today_source_en``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: str = Field(pattern=r"^[\w-]+$")
    title_zh: str
    title_en: str
    subtitle_zh: str = ""
    subtitle_en: str = ""
    crs: Annotated[str, BeforeValidator(_metric)]
    edges: Annotated[tuple[float, ...], BeforeValidator(_rising)]
    counties: str = Field(min_length=1)
    neighbours: str = ""
    frontage: str = ""
    river_zh: str = ""
    river_en: str = ""
    places: str = ""
    aliases: str = ""
    plan: str = ""
    plan_title_zh: str = ""
    plan_title_en: str = ""
    plan_source_zh: str = ""
    plan_source_en: str = ""
    corridors: str = ""
    nodes: str = ""
    chains: str = ""
    local_links: str = ""
    loop: str = ""
    route: str = ""
    siting: str = ""
    systems: str = ""
    monitor: str = ""
    crops: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    climate: str = ""
    dem: str = ""
    census: str = ""
    known_places: str = ""
    seats: dict[str, str] = {}
    dates: StudyDates = StudyDates()


_PATHS = (
    *("counties", "neighbours", "frontage", "places", "aliases", "corridors", "nodes"),
    *("chains", "local_links", "loop", "route", "siting", "climate", "dem", "census", "known_places"),
)
_FOLDERS = ("plan", "systems", "monitor")


def read_record(source: str | os.PathLike[str]) -> tuple[Path, StudyRecord]:
    """Return the folder of a study and its record, checked: keys, values, and that every named file exists.

    Parameters
    ----------
    source : path
        The folder, or the TOML file in it.

    Raises
    ------
    DataError
        If the file is missing or no TOML, or a file that it names is missing.
    ParameterError
        If a key is unknown or missing, or a value breaks its rule.
    """
    path = Path(source)
    path = path / FILE if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"no file {path}; give the folder of a study, e.g. one that nanyi-gis init wrote")
    raw = read_toml(path, what="study file")
    try:
        record = StudyRecord.model_validate(raw)
    except ValidationError as error:
        raise ParameterError(f"{path}: {_first_fault(error)}") from error
    for key, name in _named(record):
        place = path.parent / name
        if not _stands(place, folder=key in {*_FOLDERS, "crops", "uses"}, file=key not in _FOLDERS):
            kind = "folder" if key in _FOLDERS else "file"
            raise DataError(f"{path}: {key} is {name!r}, but there is no such {kind} beside it; correct the name")
        if not (place.resolve().is_relative_to(path.parent.resolve()) or trusts()):
            raise DataError(
                f"{path}: {key} is {name!r}, which lies outside the study's folder; copy it there, "
                "or --trust if the study is your own"
            )
    return path.parent, record


def study_files(source: str | os.PathLike[str]) -> list[Path]:
    """Return the files that make up a study: its record, and those that it names; of a folder those in it.

    Raises
    ------
    DataError, ParameterError
        As :func:`read_record`.
    """
    folder, record = read_record(source)
    places = [folder / name for _, name in _named(record)]
    inside = [path for place in places if place.is_dir() for path in sorted(place.iterdir()) if path.is_file()]
    own = Path(source)
    return [own / FILE if own.is_dir() else own, *(place for place in places if not place.is_dir()), *inside]


def is_study(path: str | os.PathLike[str]) -> bool:
    """Return whether a path is a folder with a study's record, or a TOML file.

    >>> is_study("counties.gpkg"), is_study("mycounty/study.toml")
    (False, True)
    """
    return Path(path).suffix.lower() == ".toml" or (Path(path) / FILE).is_file()


def _stands(place: Path, *, folder: bool, file: bool) -> bool:
    """Tell whether a path is a folder or a file, whichever may be; one of a name too long for any file is neither."""
    try:
        return (folder and place.is_dir()) or (file and place.is_file())
    except OSError:
        return False


def _named(record: StudyRecord) -> list[tuple[str, str]]:
    single = [(key, str(getattr(record, key))) for key in (*_PATHS, *_FOLDERS)]
    several = [("crops", name) for name in record.crops] + [("uses", name) for name in record.uses]
    return [(key, name) for key, name in (*single, *several) if name]


def _first_fault(error: ValidationError) -> str:
    """Return the first fault as one line: the key, the value, the rule, the cure."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{key} is missing; add it"
    if fault["type"] == "extra_forbidden":
        known = StudyDates.model_fields if key.startswith("dates.") else StudyRecord.model_fields
        return f"{key} is no key of a study; the keys are: {', '.join(known)}"
    rule = str(fault["msg"]).removeprefix("Value error, ")
    rule = rule if rule.startswith("must") else f"must fit: {rule}"
    return f"{key} is {_short(fault['input'])}, but {rule}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
