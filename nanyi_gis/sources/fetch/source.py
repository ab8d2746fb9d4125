"""What a source of data is: where its files are, under which terms, and how a layer is made of them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..._progress import Progress
from ...raster import Bounds
from ...study import StudyArea
from .cache import Entry, cache_folder, place_of
from .download import Download, Got, Patience
from .files import fetch_files, is_address

MARGIN_M = 8_000.0
"""Beyond the counties: the working grid of a study reaches 6 km, and its resampling a little more."""


@dataclass(frozen=True)
class Option:
    """An option of a kind of data on the command line, beside those that all have.

    Attributes
    ----------
    name : str
        Key in :attr:`Request.options`; the flag is ``--`` with hyphens for its low lines.
    help : str
        One sentence.
    type : str
        ``text``, ``file`` (one that is read), ``int`` or ``float``.
    flag : str
        The flag where it is not the name, e.g. ``--from``.
    default : optional
        None if not given.
    sources : tuple of str
        Sources that take it; all if empty.
    """

    name: str
    help: str
    type: str = "text"
    flag: str = ""
    default: Any = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What is asked of a source.

    Attributes
    ----------
    bbox : tuple of float
        West, south, east, north in degrees (WGS-84).
    study : StudyArea
        The study for which data are fetched.
    base_url : str
        Address or folder in place of the service's own; empty for that.
    options : mapping
        Further options by name.
    cache : path, optional
        Folder of the cache, if not the customary one.
    patience : Patience
        How long to wait.
    """

    bbox: Bounds
    study: StudyArea
    base_url: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: Path | None = None
    patience: Patience = field(default_factory=Patience)

    @property
    def folder(self) -> Path:
        """Folder of the cache."""
        return cache_folder() if self.cache is None else self.cache

    def at(self, base: str, path: str) -> str:
        """Return where a file of a service is: under the address or folder given, or under the service's own ``base``.

        In a folder the file may lie as the service has it or, without the folders around it, at the top.
        """
        root = self.base_url or base
        if is_address(root):
            return f"{root.rstrip('/')}/{path}"
        folder = Path(root.removeprefix("file://"))
        flat = folder / path.rpartition("/")[2]
        return os.fspath(flat if flat.is_file() and not (folder / path).is_file() else folder / path)


class Service:
    """A source of data: its terms, the files that a request needs, and the layers made of them.

    Attributes
    ----------
    name, title : str
        The choice of ``--source``, and what it is called in words.
    licence, attribution : str
        The terms, and the words that must stand where the data are shown.
    layers : tuple of str
        Names of the files that ``make`` writes, without their records.
    """

    name: str
    title: str
    licence: str
    attribution: str
    layers: tuple[str, ...] = ()

    def bounds(self, study: StudyArea) -> Bounds:
        """Return the box in degrees that is fetched for a study if none is given: 8 km around the counties."""
        return study.bounds_wgs84(margin_m=MARGIN_M)

    def files(self, request: Request) -> Sequence[Download]:
        """Return what has to be fetched."""
        raise NotImplementedError

    def obtain(self, request: Request, progress: Progress) -> list[Got]:
        """Return the files, over the network or from the cache; what comes in another way is derived from this."""
        return fetch_files(self.files(request), cache=request.cache, patience=request.patience, progress=progress)

    def entry(self, download: Download, request: Request) -> Entry | None:
        """Return the place of a file in the cache, None for one that is read where it lies."""
        return Entry(request.folder / place_of(download.url)) if is_address(download.url) else None

    def make(self, got: Sequence[Got], folder: Path, request: Request, progress: Progress) -> Sequence[str]:
        """Write the layers, each with its record by :func:`write_record`, into an empty folder; return notes."""
        raise NotImplementedError


@dataclass(frozen=True)
class Kind:
    """A kind of data, e.g. ``dem``, and its sources; the first is the default.

    Attributes
    ----------
    name : str
        Name of the command behind ``nanyi-gis fetch``.
    help : str
        What it fetches, one sentence, and an example of the command line.
    sources : tuple of Service
        By their ``name`` the choices of ``--source``.
    options : tuple of Option
        Beside ``--out``, ``--source``, ``--bbox``, ``--base-url``, ``--study`` and ``--dry-run``.
    placed : bool
        Whether a box and an address matter; without them there is no ``--bbox`` and no ``--base-url``.
    """

    name: str
    help: str
    sources: tuple[Service, ...]
    example: str = ""
    options: tuple[Option, ...] = ()
    placed: bool = True
