"""Fetching a kind of data: the files, the layers of them, all into a folder or nothing."""

import contextlib
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._progress import Progress, silent
from ..._validation import check_choice
from ...errors import NanyiError, ParameterError
from ...io import staged
from ...raster import Bounds
from ...study import StudyArea, load_study
from .download import Download, Got, Patience
from .environment import shown
from .files import SizeAsker, cached, check_address, is_address
from .layers import remember
from .plausible import OtherContentError
from .registry import KINDS
from .source import Kind, Request, Service

_SHARE = 0.8


@dataclass(frozen=True)
class Fetched:
    """What was fetched: originals, layers written, notes for the user."""

    got: tuple[Got, ...]
    layers: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Planned:
    """A file that would be fetched: its bytes if known, whether it is there, and whether it is sought on disk only."""

    download: Download
    size: int | None
    there: bool
    on_disk: bool = False

    @property
    def missing(self) -> bool:
        """Whether nothing will bring it: it is not in the folder where it must lie."""
        return self.on_disk and not self.there

    @property
    def shown(self) -> str:
        """Its place, without name, password and query."""
        return shown(self.download.url)


def kind_of(name: str) -> Kind:
    """Return a kind of data by its name.

    >>> kind_of("dem").sources[0].name
    'pypi-30s'
    """
    check_choice(name, tuple(KINDS), name="kind")
    return KINDS[name]


def source_of(kind: Kind, name: str | None) -> Service:
    """Return a source by its name, the first if none is given."""
    sources = {source.name: source for source in kind.sources}
    if name is None:
        return kind.sources[0]
    check_choice(name, tuple(sources), name="source")
    return sources[name]


def request_of(
    source: Service,
    *,
    study: StudyArea | None = None,
    bbox: Bounds | None = None,
    base_url: str | None = None,
    options: Mapping[str, Any] | None = None,
    patience: Patience | None = None,
) -> Request:
    """Return what is asked of a source: by default the box that it wants for the study.

    Raises
    ------
    ParameterError
        If the box is none, or the folder of ``base_url`` is not there.
    """
    area = load_study() if study is None else study
    box = check_bbox(source.bounds(area) if bbox is None else bbox)
    base = (base_url or "").strip()
    if is_address(base):
        check_address(base)
    elif base:
        if "://" in base and not base.startswith("file://"):
            raise ParameterError(f"base_url is {base!r}, but must begin with http:// or https://, or be a folder")
        if not Path(base.removeprefix("file://")).is_dir():
            raise ParameterError(f"base_url is {base!r}, but there is no such folder; give one, or an http address")
    return Request(box, area, base, dict(options or {}), patience=patience or Patience())


def check_bbox(bbox: Bounds) -> Bounds:
    """Return a box in degrees if it is one.

    >>> check_bbox((106, 27, 105, 28))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: bbox is 106,27,105,28, but must be W,S,E,N in degrees, W below E and S below N
    """
    west, south, east, north = (float(value) for value in bbox)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        text = ",".join(f"{value:g}" for value in bbox)
        raise ParameterError(f"bbox is {text}, but must be W,S,E,N in degrees, W below E and S below N")
    return west, south, east, north


def plan(source: Service, request: Request) -> list[Planned]:
    """Return the files that would be fetched; of the network only sizes that are not known are asked, once."""
    planned = []
    asked = SizeAsker()
    for download in source.files(request):
        entry, size = source.entry(download, request), download.size
        if entry is None:
            there = Path(download.url).is_file()
            size = Path(download.url).stat().st_size if there else size
        else:
            there = cached(entry, download) is not None
            size = entry.record().get("bytes") if there else size
            if size is None and is_address(download.url):
                size = asked.size(download.url)
        planned.append(Planned(download, size, there, on_disk=entry is None))
    return planned


def fetch(
    kind: str,
    out: str | os.PathLike[str],
    *,
    source: str | None = None,
    study: StudyArea | None = None,
    bbox: Bounds | None = None,
    base_url: str | None = None,
    options: Mapping[str, Any] | None = None,
    patience: Patience | None = None,
    progress: Progress = silent,
) -> Fetched:
    """Fetch a kind of data and write its layers, with their provenance beside, into a folder.

    Parameters
    ----------
    kind : str
        ``dem``, ...
    out : path
        Folder for the layers; originals go into the cache.
    source : str, optional
        Name of the source; the kind's first if not given.
    study : StudyArea, optional
        The South Wing if not given.
    bbox : tuple of float, optional
        West, south, east, north in degrees; the study and 8 km around it if not given.
    base_url : str, optional
        A mirror, or a folder with the files laid out as the service has them.
    options : mapping, optional
        Further options of the kind.
    patience : Patience, optional
        How long to wait and how often to try.
    progress : callable
        Takes the share done, 0 to 1.

    Raises
    ------
    FetchError
        If a file does not come; what came of it is kept, and a rerun goes on from there.
    ParameterError, DataError, OutputError
        As the option, the files and the folder are at fault; ``out`` is then as it was.
    """
    chosen = source_of(kind_of(kind), source)
    request = request_of(chosen, study=study, bbox=bbox, base_url=base_url, options=options, patience=patience)
    got = chosen.obtain(request, lambda share: progress(share * _SHARE))
    with staged(out) as stage:
        try:
            notes = chosen.make(got, stage, request, lambda share: progress(_SHARE + share * (1 - _SHARE)))
        except OtherContentError as error:
            _forget(error, got, chosen, request)
            raise
        written = sorted(path.relative_to(stage) for path in stage.rglob("*") if path.is_file())
    layers = [Path(out) / name for name in written if name.suffix != ".toml"]
    remember(layers)
    return Fetched(tuple(got), tuple(Path(out) / name for name in written), tuple(notes))


def _forget(error: OtherContentError, got: Sequence[Got], source: Service, request: Request) -> None:
    """Take what holds something else out of the cache, so that the next run gets it again; a folder stays as it is."""
    for one in got:
        entry = source.entry(one.download, request)
        if entry is None or not any(_holds(one, path) for path in error.paths):
            continue
        with contextlib.suppress(OSError, NanyiError), entry.locked(request.patience.lock_s):
            entry.forget()


def _holds(one: Got, path: Path) -> bool:
    """Tell whether a file is the one at a path, or the archive from which that was unpacked."""
    if one.path == path or one.download.form != "zip":
        return one.path == path
    with zipfile.ZipFile(one.path) as archive:
        return path.name in {name.rpartition("/")[2] for name in archive.namelist()}
