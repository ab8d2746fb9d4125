"""The cache: originals as their services gave them, each with a record of its digest, whole or not there."""

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...errors import ParameterError
from ...io import sha256, sole_writer, write_text

VARIABLE = "NANYI_GIS_CACHE"
_LONGEST = 120


def cache_folder() -> Path:
    """Return the folder of the cache: ``NANYI_GIS_CACHE``, or the customary place of the platform.

    Raises
    ------
    ParameterError
        If there is no home to put it into.

    >>> cache_folder().name != ""
    True
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return Path(given)
    try:
        return _customary() / "nanyi-gis"
    except RuntimeError:
        raise ParameterError(f"there is no home folder for the cache; set {VARIABLE} to a folder") from None


def _customary() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def place_of(url: str) -> Path:
    """Return where in the cache an address has its file.

    >>> place_of("https://example.org:8443/a/b.tif").as_posix(), place_of("https://example.org/a/../../b.tif").as_posix()
    ('example.org_8443/a/b.tif', 'example.org/a/b.tif')
    >>> place_of("https://example.org/q?file=a").name == place_of("https://example.org/q?file=b").name
    False
    """
    parts = urlsplit(url)
    host = _plain(f"{parts.hostname or 'host'}{f'_{parts.port}' if parts.port else ''}")
    names = [_plain(name) for name in unquote(parts.path).split("/") if name.strip(". ")] or ["index"]
    if parts.query:
        names[-1] = f"{hashlib.sha256(parts.query.encode()).hexdigest()[:12]}_{names[-1]}"
    return Path(host, *names)


def _plain(name: str) -> str:
    """Return a name that every disk takes; a digest tells it from others that would look the same."""
    plain = re.sub(r"[^\w.+-]", "_", name, flags=re.ASCII).lstrip(".") or "_"
    if plain == name and len(plain) <= _LONGEST:
        return plain
    return f"{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:12]}_{plain[-_LONGEST:]}"


@dataclass(frozen=True)
class Entry:
    """The place of one file in the cache, its record, and the part of it that has come so far."""

    path: Path

    @property
    def record_path(self) -> Path:
        """Bytes and digest of the file, its address and the day it came."""
        return self.path.with_name(f"{self.path.name}.json")

    @property
    def part(self) -> Path:
        """What has come of it."""
        return self.path.with_name(f".part-{self.path.name}")

    @property
    def state_path(self) -> Path:
        """What the server said of the file when the part began."""
        return self.path.with_name(f".part-{self.path.name}.json")

    @contextmanager
    def locked(self, patience_s: float) -> Iterator[None]:
        """Fetch this file alone; another run that does is waited for."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = self.path.with_name(f".{self.path.name}.lock")
        with sole_writer(lock, name=self.path, patience_s=patience_s):
            yield

    def record(self) -> dict[str, Any]:
        """Return the record, empty if there is none that can be read."""
        return _read(self.record_path)

    def whole(self) -> bool:
        """Tell whether the file is there as its record has it."""
        record = self.record()
        try:
            return (
                self.path.stat().st_size == record.get("bytes")
                and isinstance(record.get("sha256"), str)
                and sha256(self.path) == record["sha256"]
            )
        except OSError:
            return False

    def state(self) -> dict[str, Any]:
        """Return what was said when the part began, empty if that cannot be read."""
        return _read(self.state_path)

    def begin(self, state: dict[str, Any]) -> None:
        """Start a part anew."""
        self.drop()
        write_text(self.state_path, json.dumps(state))
        self.part.touch()

    def drop(self) -> None:
        """Remove the part."""
        for path in (self.part, self.state_path):
            path.unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove the file and its record."""
        for path in (self.record_path, self.path):
            path.unlink(missing_ok=True)

    def place(self, record: dict[str, Any]) -> None:
        """Give the whole part the name of the file; killed in between, the record is there and the file is not."""
        with self.part.open("rb+") as stream:
            os.fsync(stream.fileno())
        fresh = self.record_path.with_name(f".{self.record_path.name}.new")
        write_text(fresh, json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        fresh.replace(self.record_path)
        self.part.replace(self.path)
        self.state_path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}
