"""From a path to the reports on it, whatever it is."""

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import DataError, NanyiError
from ..io import MANIFEST, split_layer
from ..raster import RASTER_SUFFIXES
from ..study import StudyArea
from .bench import Bench
from .manifests import atlas_report
from .parameters import STUDY, parameter_report
from .rasters import raster_reports
from .report import FileReport, refused, told
from .vectors import vector_reports

_PARAMETERS = {".toml", ".json"}
_BOTH = {".gpkg"}
_VECTORS = {".shp", ".gpkg", ".geojson", ".parquet", ".geoparquet", ".kml", ".kmz", ".gml", ".gpx", ".pbf", ".osm"}


def inspect_file(path: str | os.PathLike[str], *, study: StudyArea) -> list[FileReport]:
    """Report on a file: one entry for a raster or each of its variables, one a layer for a vector file.

    The readers of the commands themselves are called, so each use says what its commands will say. Of a raster
    of more than 1,048,576 cells a sample of as many is read, of more than
    5,000 lines as many are tried as roads, of more than 20,000 features as many as places or barriers.

    Parameters
    ----------
    path : path
        Any raster that GDAL reads, vector file that pyogrio or GeoPandas reads, file of parameters (TOML, JSON),
        folder of a study, or folder of an atlas; also ``FILE:layer``.
    study : StudyArea
        The area to compare with.

    Raises
    ------
    DataError
        If the file is missing, or nothing that a command reads.

    >>> from nanyi_gis.io import data_file
    >>> from nanyi_gis.study import load_study
    >>> report, = inspect_file(data_file("boundaries/chishui_frontage.geojson"), study=load_study())
    >>> [str(use) for use in report.uses if use.name == "barriers"]
    ['barriers (travel-time --barriers): yes']
    """
    return _reports(path, Bench(study))


def inspect_files(paths: Iterable[str | os.PathLike[str]], *, study: StudyArea) -> dict[str, list[FileReport]]:
    """Report on several files by their path as given; one that cannot be read has a report without uses.

    See :func:`inspect_file`.
    """
    bench = Bench(study)
    found: dict[str, list[FileReport]] = {}
    for path in paths:
        try:
            found[os.fspath(path)] = _reports(path, bench)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 (one odd file does not hide what is said of the others)
            found[os.fspath(path)] = [refused(os.fspath(path), told(error))]
    return found


def _reports(path: str | os.PathLike[str], bench: Bench) -> list[FileReport]:
    text = os.fspath(path)
    source, layer = split_layer(text)
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    if source.is_dir() and (source / STUDY).is_file():
        return [parameter_report(text)]
    if (source / MANIFEST).is_file():
        return [atlas_report(text)]
    if source.suffix.lower() == ".toml":
        return [parameter_report(text)]
    if layer is not None:
        return _first(text, str(source), layer, bench)
    if source.suffix.lower() in RASTER_SUFFIXES:
        return raster_reports(text, bench)
    rasters = _rasters(text, bench)
    if rasters and source.suffix.lower() not in _BOTH:
        return rasters
    try:
        return [*rasters, *vector_reports(text, bench)]
    except NanyiError as error:
        if rasters:
            return rasters
        return [_otherwise(text, error)]


def _rasters(path: str, bench: Bench) -> list[FileReport]:
    try:
        return raster_reports(path, bench)
    except DataError:
        return []


def _first(path: str, source: str, layer: str, bench: Bench) -> list[FileReport]:
    """Return the report on a named variable of a raster file, or layer of a vector file."""
    return _rasters(path, bench) or vector_reports(source, bench, layer=layer)


def _otherwise(path: str, error: NanyiError) -> FileReport:
    """Return the report on what is neither raster nor vector, or say in the words of the readers that it is none."""
    if Path(path).suffix.lower() in _PARAMETERS:
        return parameter_report(path)
    if Path(path).suffix.lower() not in _VECTORS and "is no vector layer that can be read" in str(error):
        raise DataError(f"{path} is neither a raster nor a vector file that GDAL reads; check the path") from error
    raise error
