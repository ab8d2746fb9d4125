"""Loading a study: the embedded South Wing, or the folder of another."""

import datetime
import os
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd

from ..errors import NanyiError, ParameterError, naming
from ..io import data_file, read_vector
from .area import StudyArea
from .counties import own_counties, study_counties, surroundings
from .record import FILE, StudyRecord, is_study, read_record

_FILES = (
    *("places", "aliases", "plan", "corridors", "nodes", "chains", "local_links", "loop"),
    *("route", "siting", "systems", "monitor"),
    *("climate", "dem", "census", "known_places"),
)
_TEXTS = ("river", "plan_title", "plan_source")


def load_study(
    boundaries: str | os.PathLike[str] | None = None,
    *,
    study: str | os.PathLike[str] | None = None,
    assume_datum: str | None = None,
    layer: str | None = None,
) -> StudyArea:
    """Load a study area: the embedded South Wing or a folder, with its county boundaries or the user's own.

    Parameters
    ----------
    boundaries : path, optional
        Polygons that replace the counties: any vector file with a CRS and a column of names.
        Those lying mainly (by more than half of their area) in the counties are taken; polygons
        of the same name count as one. A folder with a ``study.toml`` is taken as ``study``.
    study : path, optional
        Folder of a study, or the ``study.toml`` in it; the embedded South Wing if not given.
        See :class:`nanyi_gis.study.StudyRecord` for its keys.
    assume_datum : str, optional
        Datum of ``boundaries``: ``gcj02`` and ``bd09`` are converted, ``wgs84`` is trusted. If not given, a
        file that looks shifted is refused.
    layer : str, optional
        Layer of ``boundaries``; needed only if it has several layers of polygons.

    Returns
    -------
    StudyArea
        In the working CRS of the study, EPSG:4544 for the South Wing.

    Raises
    ------
    DataError
        If a file cannot be used: unreadable, no polygons, invalid, or elsewhere.
    DatumError
        If the boundaries look shifted and no datum is assumed.
    ParameterError
        If they have no column of names, several layers of polygons, ``assume_datum`` is no known datum,
        or a key of the study's record is unknown or breaks its rule.

    >>> study = load_study()
    >>> list(study.counties["name_zh"]), study.crs, study.edges
    (['叙永县', '古蔺县'], 'EPSG:4544', (700.0, 900.0, 1200.0))
    """
    if boundaries is not None and study is None and is_study(boundaries):
        boundaries, study = None, boundaries
    if boundaries is None and study is None and assume_datum is None and layer is None:
        return _own_copy(_embedded(Path(data_file(FILE))))
    folder, record = read_record(data_file(FILE) if study is None else study)
    counties = _counties(folder, record)
    if boundaries is not None:
        frame = read_vector(boundaries, layer=layer, kind="polygon")
        with naming(boundaries):
            counties = own_counties(frame, counties, assume_datum=assume_datum)
    elif assume_datum is not None or layer is not None:
        raise ParameterError("assume_datum and layer go with a boundary file, but none is given; add --boundaries FILE")
    return StudyArea(
        counties=counties,
        neighbours=_around(folder, record.neighbours, record),
        frontage=_around(folder, record.frontage, record, names=(record.river_zh, record.river_en)),
        crs=record.crs,
        id=record.id,
        title_zh=record.title_zh,
        title_en=record.title_en,
        subtitle_zh=record.subtitle_zh,
        subtitle_en=record.subtitle_en,
        edges=record.edges,
        crops=_criteria_files(folder, record.crops),
        uses=_criteria_files(folder, record.uses),
        seats=record.seats,
        dates={name: day.isoformat() for name, day in record.dates if isinstance(day, datetime.date)},
        files={key: folder / getattr(record, key) for key in _FILES if getattr(record, key)},
        texts={
            f"{name}_{lang}": getattr(holder, f"{name}_{lang}")
            for holder, names in ((record, _TEXTS), (record.dates, ("today_source",)))
            for name in names
            for lang in ("zh", "en")
        },
    )


@cache
def _embedded(record: Path) -> StudyArea:
    """Return the embedded study, read once: most functions ask for it where no study is given."""
    return load_study(study=record)


def _own_copy(area: StudyArea) -> StudyArea:
    """Return the same study with frames and mappings of its own, which its user may change."""
    return replace(
        area,
        counties=area.counties.copy(),
        neighbours=area.neighbours.copy(),
        frontage=area.frontage.copy(),
        crops=dict(area.crops),
        uses=dict(area.uses),
        seats=dict(area.seats),
        dates=dict(area.dates),
        files=dict(area.files),
        texts=dict(area.texts),
    )


def _read(path: Path) -> gpd.GeoDataFrame:
    return read_vector(path, kind="polygon")


def _counties(folder: Path, record: StudyRecord) -> gpd.GeoDataFrame:
    try:
        return study_counties(_read(folder / record.counties), crs=record.crs)
    except NanyiError as error:
        raise type(error)(f"{folder / FILE}: {error}") from error


def _around(folder: Path, name: str, record: StudyRecord, *, names: tuple[str, str] = ("", "")) -> gpd.GeoDataFrame:
    """Return the neighbours or the frontage in the working CRS; a frame without rows if the study has none."""
    if name:
        return surroundings(read_vector(folder / name), crs=record.crs, names=names)
    columns = ("name_zh", "name_en", "source", "as_of", "evidence", "uncertainty_m")
    return gpd.GeoDataFrame({column: [] for column in columns}, geometry=[], crs=record.crs)


def _criteria_files(folder: Path, names: tuple[str, ...]) -> dict[str, Path]:
    """Return criteria files by name; a folder adds those in it, without the provenance records beside data files."""
    found: dict[str, Path] = {}
    for name in names:
        place = folder / name
        files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
        for path in files:
            if not path.with_suffix("").is_file():
                found.setdefault(path.stem, path)
    return found
