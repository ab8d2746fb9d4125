"""What is fetched: a file at an address, with what is known of it before; and how long to try."""

from dataclasses import dataclass
from pathlib import Path

FORMS = ("", "tiff", "bands", "zip", "gzip", "netcdf", "json", "pbf")
"""What a file must be when it has come: its first bytes, and for all but netCDF also its whole content, are read.
``bands`` is a TIFF with a band a month."""


@dataclass(frozen=True)
class Download:
    """A file to fetch.

    Attributes
    ----------
    url : str
        An address (http, https), or a file on disk, which is used where it lies.
    size, sha256 : int, str, optional
        What it must be, where that is known beforehand.
    form : str
        One of ``FORMS``; empty if any content will do.
    optional : bool
        A file that the service does not have (404) is left out, as tiles over the sea are.

    >>> Download("https://example.org/a/tile.tif", form="tiff").name
    'tile.tif'
    """

    url: str
    size: int | None = None
    sha256: str | None = None
    form: str = ""
    optional: bool = False

    @property
    def name(self) -> str:
        """The file's name without what leads to it."""
        return self.url.partition("?")[0].rstrip("/\\").replace("\\", "/").rpartition("/")[2] or "index"


@dataclass(frozen=True)
class Got:
    """A file that has come, whole and checked.

    Attributes
    ----------
    download : Download
        What was asked for.
    path : Path
        Where it lies, in the cache or where it was.
    sha256 : str
        Of its content.
    fetched : int
        Bytes that came over the network for it in this run; 0 if it was there.
    """

    download: Download
    path: Path
    sha256: str
    fetched: int = 0


@dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try, politely.

    Attributes
    ----------
    connect_s, read_s : float
        Seconds until a server answers, and from one piece of its answer to the next.
    attempts : int
        Tries in a row that bring nothing new.
    wait_s, longest_wait_s : float
        Before the second try, doubled before each further one; and the most, also for what a server asks for.
    stall_s, least_speed : float
        Within so many seconds at least so many bytes a second must come.
    lock_s : float
        For another run that fetches the same file.
    """

    connect_s: float = 20.0
    read_s: float = 60.0
    attempts: int = 5
    wait_s: float = 1.0
    longest_wait_s: float = 120.0
    stall_s: float = 60.0
    least_speed: float = 1000.0
    lock_s: float = 3600.0
