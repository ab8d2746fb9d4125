"""Fetching files: from the cache where they are whole, else over the network, or where they lie on disk."""

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..._progress import Progress, silent
from ...errors import FetchError, OutputError, ParameterError
from ...io import sha256, write_cause
from .cache import VARIABLE, Entry, cache_folder, place_of
from .content import fault
from .download import Download, Got, Patience
from .environment import shown


def fetch_files(
    downloads: Iterable[Download],
    *,
    cache: Path | None = None,
    patience: Patience | None = None,
    progress: Progress = silent,
) -> list[Got]:
    """Return files, whole and checked, in the order asked for; an optional one that is not there is left out.

    Parameters
    ----------
    downloads : iterable of Download
        What to fetch; one after the other, so that no server is pressed.
    cache : path, optional
        Folder of the cache; see :func:`cache_folder`.
    patience : Patience, optional
        How long to wait and how often to try.
    progress : callable
        Takes the share done, 0 to 1.

    Raises
    ------
    FetchError
        If a file does not come, or is not what it should be. What came of it is kept for the next run.
    OutputError
        If the cache cannot be written or its disk is full.
    """
    wanted = list(downloads)
    folder = cache_folder() if cache is None else cache
    found: list[Got] = []
    with ExitStack() as stack:
        fetcher = _Fetcher(folder, patience or Patience(), stack)
        for number, download in enumerate(wanted):
            progress(number / len(wanted))
            got = fetcher.get(download, _part(progress, number, len(wanted)))
            if got is not None:
                found.append(got)
    progress(1.0)
    return found


def _part(progress: Progress, number: int, count: int) -> Progress:
    """Return the progress of one of several files."""
    return lambda share: progress((number + share) / count)


class _Fetcher:
    """Fetches one file after the other over one connection."""

    def __init__(self, cache: Path, patience: Patience, stack: ExitStack) -> None:
        self._cache, self._patience, self._stack = cache, patience, stack
        self._client: Any = None

    def get(self, download: Download, progress: Progress) -> Got | None:
        """Return a file, None if it is optional and the service does not have it."""
        if not is_address(download.url):
            return _on_disk(download)
        check_address(download.url)
        entry = Entry(self._cache / place_of(download.url))
        try:
            found = cached(entry, download)
            if found is None:
                with entry.locked(self._patience.lock_s):
                    found = cached(entry, download) or self._transferred(entry, download, progress)
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise unwritable(entry, error) from error
        return found

    def _transferred(self, entry: Entry, download: Download, progress: Progress) -> Got | None:
        from .client import AbsentError, client_of
        from .transfer import transfer

        if self._client is None:
            self._client = self._stack.enter_context(client_of(self._patience))
        try:
            came = transfer(self._client, download, entry, patience=self._patience, progress=progress)
        except AbsentError:
            if download.optional:
                return None
            raise
        return Got(download, entry.path, entry.record()["sha256"], came)


def is_address(url: str) -> bool:
    """Tell whether a place is an address on the network, not a file on disk.

    >>> is_address("https://example.org/a.tif"), is_address("D:/tiles/a.tif")
    (True, False)
    """
    return url.lower().startswith(("http://", "https://"))


def check_address(url: str) -> None:
    """Refuse what looks like an address and is none.

    >>> check_address("http://127.0.0.1:99999/a.tif")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: http://127.0.0.1:99999/a.tif is no address (Port out of range 0-65535); correct it
    """
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0) and url.isprintable()
        why = "" if sound else "no host, or signs that none has"
    except ValueError as error:
        why = str(error)
    if why:
        raise ParameterError(f"{shown(url)} is no address ({why}); correct it")


def cached(entry: Entry, download: Download) -> Got | None:
    """Return a file that is whole in the cache and is what is asked for."""
    if not entry.whole():
        return None
    record = entry.record()
    if is_address(download.url) and record.get("url") != shown(download.url):  # http for https, another case
        return None
    if download.sha256 not in {None, record["sha256"]} or download.size not in {None, record["bytes"]}:
        return None
    return Got(download, entry.path, record["sha256"])


class SizeAsker:
    """Asks servers for sizes; one that cannot be reached is not asked again."""

    def __init__(self) -> None:
        self._silent = False

    def size(self, url: str) -> int | None:
        """Return the bytes that a server states for a file, None if it does not."""
        from .client import PassingError, answer, client_of

        if self._silent:
            return None
        try:
            with client_of(Patience(connect_s=5, read_s=5)) as client, answer(client, url, method="HEAD") as response:
                stated = response.headers.get("content-length", "")
                return int(stated) if stated.isdigit() else None
        except PassingError:
            self._silent = True
        except FetchError:
            pass
        return None


def _on_disk(download: Download) -> Got | None:
    """Return a file that lies on disk, checked as one that came."""
    path = Path(download.url)
    if not path.is_file():
        if download.optional:
            return None
        raise FetchError(f"no file {path}; lay it there as the service does, or give another --base-url")
    digest = sha256(path)
    why = ""
    if download.size is not None and path.stat().st_size != download.size:
        why = f"it has {path.stat().st_size:,} bytes for {download.size:,}"
    elif download.sha256 is not None and digest != download.sha256:
        why = f"its sha256 begins {digest[:12]} for {download.sha256[:12]}"
    why = why or fault(path, download.form)
    if why:
        raise FetchError(f"{path} is not what it should be: {why}; get it again, or give another --base-url")
    return Got(download, path, digest)


def unwritable(entry: Entry, error: OSError) -> OutputError:
    """Return what keeps the cache from being written, in words."""
    return OutputError(
        f"cannot write to the cache {entry.path.parent}: {write_cause(error)}, or set {VARIABLE} to another one"
    )
