"""What may be read: formats by allow-list, and GDAL kept off the network, for rasterio's GDAL and pyogrio's alike.

The two libraries each carry a GDAL of their own with a configuration of its own. Rasters are opened with the list of
drivers given here. pyogrio takes no such list: a vector file is told by its content before GDAL sees it
(:mod:`nanyi_gis.io.content`), and the driver that GDAL took is held against the list before a row is used.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyogrio

from .._consent import trusts
from ..errors import DataError

RASTERS = (
    *("GTiff", "COG", "HFA", "AAIGrid", "GRASSASCIIGrid", "SRTMHGT", "USGSDEM", "DTED", "netCDF", "HDF5", "HDF5Image"),
    *("EHdr", "ENVI", "AIG", "GSAG", "GSBG", "GS7BG", "SAGA", "XYZ", "JP2OpenJPEG", "PNG", "JPEG", "GPKG", "MEM"),
)
"""Raster formats whose files hold their own cells; VRT comes to them, by rules of its own."""

PLAIN_FILES = ("EHdr", "ENVI", "SRTMHGT", "SAGA")
"""Formats of bare numbers: nothing in the file of cells says that it is one, so it must lie where its header does."""

VECTORS = frozenset(
    {
        *("GPKG", "SQLite", "ESRI Shapefile", "GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "JSONFG", "FlatGeobuf"),
        *("KML", "LIBKML", "GPX", "GML", "OSM", "MapInfo File", "DXF", "OpenFileGDB"),
    }
)
"""Vector formats whose files hold their own features; GeoParquet comes to them, read by pyarrow."""

_NOWHERE = "http://127.0.0.1:9"  # the discard port, where nobody listens
OFFLINE = {
    "GDAL_HTTP_PROXY": _NOWHERE,
    "GDAL_HTTPS_PROXY": _NOWHERE,
    "CPL_VSIL_CURL_ALLOWED_FILENAME": "none",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "LIBKML_RESOLVE_STYLE": "NO",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
}
"""Options of GDAL that keep it off the network and from running what a file holds, whoever is trusted."""

_LOCK = threading.Lock()
_SAVED: list[dict[str, str | None]] = []
_inside = 0


@contextmanager
def offline(path: str | os.PathLike[str] | None = None) -> Iterator[None]:
    """Keep pyogrio's GDAL off the network within the block; the caller's own options hold again after it.

    The options are the process's: with several threads they hold until the last block ends. What GDAL notes beside a
    GML ``path``, whatever it is called, for the next time (``.gfs``) is removed again: reading leaves nothing behind.
    """
    global _inside
    with _LOCK:
        _inside += 1
        if _inside == 1:
            _SAVED.append({name: pyogrio.get_gdal_config_option(name) for name in OFFLINE})
            pyogrio.set_gdal_config_options(dict(OFFLINE))
    note = None if path is None or not Path(path).name else Path(path).with_suffix(".gfs")
    there = note is None or note.exists()
    try:
        yield
    finally:
        if note is not None and not there:
            note.unlink(missing_ok=True)
        with _LOCK:
            _inside -= 1
            if not _inside:
                pyogrio.set_gdal_config_options(
                    {name: _as_set(value) for name, value in _SAVED.pop().items()}  # None takes an option back
                )


def check_vector_driver(path: Path, driver: str) -> None:
    """Refuse a file that GDAL read by a driver which is not on the list.

    Raises
    ------
    DataError
        Unless files are trusted.
    """
    if driver not in VECTORS and not trusts():
        raise DataError(f"{path} was read as {driver}, which is no format of layers here; save it as GPKG or GeoJSON")


def _as_set(value: object) -> str | None:
    """Return an option as pyogrio sets it; it hands out YES and NO as truth values."""
    return value if value is None else {True: "YES", False: "NO"}.get(value, str(value))  # type: ignore[call-overload]
