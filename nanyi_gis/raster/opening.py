"""GDAL's side of the door: finding a file or one of its variables, opening it, and naming what goes wrong."""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import DatasetReader

from .._consent import trusts
from ..errors import DataError, NanyiError
from ..io import OFFLINE, RASTERS, check_on_disk, raw_path, reason
from .reach import check_opened, check_raster_file

_VARIABLE = re.compile(r'^\w{2,}:"?(.+?)"?:[^:]*$')  # a driver, a file and one of its variables
_NO_RASTER = "{path} is no raster that GDAL reads ({why}); give a GeoTIFF, COG, HGT or VRT"
_BROKEN = "{path} cannot be read to the end ({why}); the file is damaged or a VRT's tile is missing, get it again"


@contextmanager
def opened(path: str, *, cache_mb: int = 64) -> Iterator[DatasetReader]:
    """Open a file with GDAL; what goes wrong in opening is the data's fault and is named.

    Only formats of the list are tried, unless files are trusted here, and GDAL is kept off the network. What else
    the file may reach is checked where it is :func:`looked_at` first. What the block raises passes as it is; read
    under :func:`guarded_raster` there.
    """
    with rasterio.Env(GDAL_CACHEMAX=cache_mb, GDAL_NUM_THREADS="ALL_CPUS", **OFFLINE):
        with _named(path, _NO_RASTER):
            name = raw_path(path) if Path(path).exists() else path
            dataset = rasterio.open(name) if trusts() else DatasetReader(name, driver=["VRT", *RASTERS])
        try:
            yield dataset
        finally:
            with _named(path, _BROKEN):
                dataset.close()


@contextmanager
def looked_at(path: str) -> Iterator[DatasetReader]:
    """Open a file to see what it declares, if it reads no others than it may.

    Filters of warnings are shared by threads: not for threads.
    """
    file = disk_path(path)
    check_raster_file(file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with opened(path) as dataset, guarded_raster(path):
            check_opened(file, dataset)
            yield dataset


@contextmanager
def guarded_raster(path: str) -> Iterator[None]:
    """Turn whatever GDAL raises while a raster is read into a DataError that names the file."""
    with _named(path, _BROKEN):
        yield


@contextmanager
def _named(path: str, sentence: str) -> Iterator[None]:
    try:
        yield
    except (NanyiError, MemoryError):
        raise
    except Exception as error:
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise DataError(sentence.format(path=path, why=reason(cause))) from error


def locate(path: str | os.PathLike[str]) -> str:
    """Return GDAL's name of a raster: the file, or the variable of a file with several.

    Raises
    ------
    DataError
        If there is no such file or variable, or it is a folder.
    """
    text = os.fspath(path)
    if "://" in text:
        check_on_disk(text)
    file, colon, variable = text.rpartition(":")
    chosen = ""
    if not Path(text).exists() and colon and Path(file).is_file():
        text, chosen = file, variable
    if not Path(text).exists():
        raise DataError(f"no file {text}; check the path")
    if Path(text).is_dir() and not (Path(text) / "hdr.adf").exists():
        raise DataError(f"{text} is a folder; give the raster files in it, or a VRT over them")
    if not chosen:
        return text
    with looked_at(text) as dataset:
        names = {variable_of(name): name for name in dataset.subdatasets}
    if chosen not in names:
        raise DataError(f"{text} holds no raster {chosen!r}; it holds: {', '.join(names) or 'one of its own'}")
    return str(names[chosen])


def variable_of(name: str) -> str:
    """Return the variable in GDAL's name of a part of a file.

    >>> variable_of('NETCDF:"climate.nc":rain')
    'rain'
    """
    return name.rsplit(":", 1)[-1].strip('"').lstrip("/")


def disk_path(name: str) -> Path:
    """Return the file on disk behind GDAL's name of a raster.

    >>> disk_path('NETCDF:"climate.nc":rain').name, disk_path("netcdf:/a/climate.nc:rain").name, disk_path("a.tif").name
    ('climate.nc', 'climate.nc', 'a.tif')
    """
    part = None if Path(name).exists() else _VARIABLE.match(name)
    return Path(part.group(1) if part else name)
