"""Proof of what was written: a file is read back, and nothing that a library only logs is lost."""

import errno
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError

_CURE = "the disk may be full: free some space or choose another folder"


def unproven(path: str | os.PathLike[str], why: str) -> OutputError:
    """Return the error for a file that is not what was to be written.

    >>> print(unproven("out/bands.tif", "block 3 is missing"))
    cannot write bands.tif: block 3 is missing; the disk may be full: free some space or choose another folder
    """
    return OutputError(f"cannot write {Path(path).name}: {' '.join(why.split())}; {_CURE}")


class _Gathering(logging.Handler):
    """Keeps the errors that one thread logs."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.texts.append(record.getMessage())


@contextmanager
def nothing_logged(path: str | os.PathLike[str], *loggers: str) -> Iterator[None]:
    """Write ``path`` within; an error that a library only logs is raised at the end.

    GDAL tells some failures to write, those while a file is closed above all, to its log alone.

    Parameters
    ----------
    path : path
        What is being written; named in the message.
    *loggers : str
        Names of the loggers to listen to, e.g. ``rasterio``.

    Raises
    ------
    OutputError
        If this thread logged an error to one of them.

    >>> with nothing_logged("a.tif", "rasterio"):
    ...     logging.getLogger("rasterio._env").error("TIFFAppendToStrip: Write error at scanline 3")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.OutputError: cannot write a.tif: TIFFAppendToStrip: Write error at scanline 3; the disk may be \
full: free some space or choose another folder
    """
    handler = _Gathering()
    heard = [logging.getLogger(name) for name in loggers]
    for logger in heard:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in heard:
            logger.removeHandler(handler)
    if handler.texts:
        raise unproven(path, handler.texts[0])


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 text with line ends as they are, and read it back.

    For a path inside a folder of :func:`nanyi_gis.io.staged` or one of :func:`nanyi_gis.io.atomic_path`.

    Raises
    ------
    OutputError
        If the file is not what was written.
    OSError
        As the system tells it; what stages the file puts it into words.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder) / "a.txt", "叙永\\n").read_bytes().decode()
    '叙永\\n'
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes | memoryview) -> Path:
    """Write bytes and read them back; see :func:`write_text`."""
    target = Path(path)
    with target.open("wb") as stream:
        stream.write(content)
    if target.read_bytes() != content:
        raise unproven(target, f"only {target.stat().st_size} of {len(content)} bytes are there")
    return target


def synced(descriptor: int) -> None:
    """Have the system put an open file onto its disk; some report a full disk only then."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        # pipes and some network disks cannot; what they hold is read back all the same
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            raise
