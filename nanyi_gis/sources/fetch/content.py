"""What came must be what it says it is: no web page for a tile, no file that ends too soon."""

import gzip
import json
import zipfile
import zlib
from pathlib import Path

from ...errors import NanyiError
from ...io import check_osm_file
from ...raster import RasterFile, open_raster, strips

_MARKS: dict[str, tuple[bytes, ...]] = {
    "tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "bands": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    "zip": (b"PK\3\4",),
    "gzip": (b"\x1f\x8b",),
    "netcdf": (b"CDF\1", b"CDF\2", b"CDF\5", b"\x89HDF\r\n\x1a\n"),
}
_NAMES = {
    "tiff": "a TIFF",
    "bands": "a TIFF",
    "zip": "a zip archive",
    "gzip": "a gzip file",
    "netcdf": "netCDF",
    "json": "JSON",
}
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body", b"<script")
_STEP = 1 << 20


def is_page(head: bytes) -> bool:
    """Tell whether a file begins as a web page does.

    >>> is_page(b"\\n<!DOCTYPE html><title>Sign in</title>"), is_page(b"II*\\0")
    (True, False)
    """
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:9].lower().startswith(_PAGE)


def fault(path: Path, form: str) -> str:
    """Return what is wrong with a file that has come; empty if it is sound to its end.

    >>> from nanyi_gis.io import data_file
    >>> fault(data_file("dem/demo_dem_90m.tif"), "tiff"), fault(data_file("dem/demo_dem_90m.tif"), "zip")
    ('', 'it is no zip archive')
    """
    with path.open("rb") as stream:
        head = stream.read(512)
    if is_page(head):
        return "it is a web page"
    marks = _MARKS.get(form)
    if marks and not head.startswith(marks):
        return f"it is no {_NAMES[form].removeprefix('a ')}"
    check = {"tiff": _tiff, "zip": _zip, "gzip": _gzip, "json": _json, "pbf": _pbf, "bands": _bands}.get(form)
    try:
        return "" if check is None else check(path)
    except NanyiError as error:
        return " ".join(str(error).split())
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        return f"it cannot be read to the end ({' '.join(str(error).split()) or type(error).__name__})"


def _tiff(path: Path) -> str:
    """Read every cell: a tile that was cut off opens well and ends too soon."""
    with open_raster(path, kind="code") as raster:
        for rows in strips(raster.file.grid.height, raster.file.grid.width):
            raster.stored(rows)
    return ""


def _bands(path: Path) -> str:
    """Read every cell of a raster with a band a month."""
    for band in range(1, 13):
        file = RasterFile.of(path, kind="code", band=band)
        with file.open() as raster:
            for rows in strips(file.grid.height, file.grid.width):
                raster.stored(rows)
    return ""


def _zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
    return "" if broken is None else f"{broken} in it is damaged"


def _gzip(path: Path) -> str:
    with gzip.open(path) as stream:
        while stream.read(_STEP):
            pass
    return ""


def _json(path: Path) -> str:
    json.loads(path.read_bytes())
    return ""


def _pbf(path: Path) -> str:
    check_osm_file(path)
    return ""
