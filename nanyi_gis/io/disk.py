"""What may be opened at all: files and folders on disk."""

import os
import stat
from pathlib import Path

from ..errors import DataError


def check_on_disk(path: str | os.PathLike[str]) -> Path:
    """Return a path that is a regular file or a folder on disk.

    Raises
    ------
    DataError
        If it is an address or GDAL's name of something else, is missing, or is a pipe, a device or a socket, which may
        have no end.

    >>> check_on_disk("https://example.org/dem.tif")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: https://example.org/dem.tif is an address; give a file on disk
    """
    text = os.fspath(path)
    if "://" in text or text.startswith("/vsi"):
        raise DataError(f"{text} is an address; give a file on disk")
    if not Path(text).exists():
        raise DataError(f"no file {text}; check the path")
    check_no_pipe(text)
    return Path(text)


def check_no_pipe(path: str | os.PathLike[str]) -> None:
    """Refuse a pipe, a device or a socket; what is missing is the reader's to tell.

    Raises
    ------
    DataError
        If reading might have no end.

    >>> check_no_pipe("/dev/null")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: /dev/null is a pipe, a device or a socket; give a file on disk
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{os.fspath(path)} is a pipe, a device or a socket; give a file on disk")
