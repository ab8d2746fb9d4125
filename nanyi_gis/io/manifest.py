"""The manifest of a folder: what a build wrote, and whether it is all there as written."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import DataError
from .mapping import read_mapping
from .provenance import sha256

MANIFEST = "manifest.json"
_STATE = "state"
_COMPLETE, _INCOMPLETE = "complete", "incomplete"
_SHOWN = 5
_CURE = "build it again"


@dataclass(frozen=True)
class Verified:
    """A folder held against its manifest.

    Attributes
    ----------
    folder : str
        As given.
    complete : bool
        False while a build is being put in place, or was killed then.
    outputs : int
        Number of files that the manifest lists.
    missing, changed, unlisted : tuple of str
        Files that are not there, that are not what was written, and that the manifest does not list.
    """

    folder: str
    complete: bool
    outputs: int
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether every file of the build is there as it was written."""
        return self.complete and not self.missing and not self.changed

    @property
    def state(self) -> str:
        """``complete``, ``incomplete`` while a build is put in place or was killed then, or ``changed``."""
        return "complete" if self.sound else ("changed" if self.complete else "incomplete")

    @property
    def fault(self) -> str:
        """What is wrong, in one line with the cure; empty if nothing is."""
        if not self.complete:
            return f"{self.folder} is incomplete: a build was not put in place to its end; {_CURE}"
        faults = [f"{len(names)} {word} ({_some(names)})" for names, word in self._faulty() if names]
        if not faults:
            return ""
        return f"{self.folder} is not what its manifest lists: of {self.outputs} files {', '.join(faults)}; {_CURE}"

    def _faulty(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        return (self.missing, "missing"), (self.changed, "changed")

    @property
    def notes(self) -> tuple[str, ...]:
        """What is beside the build, in a line; empty if nothing is."""
        return (f"not of the build: {_some(self.unlisted)}",) if self.unlisted else ()


def verify_manifest(folder: str | os.PathLike[str]) -> Verified:
    """Hold a folder against its ``manifest.json``: every output there, of the size and SHA-256 listed.

    Raises
    ------
    DataError
        If there is no manifest, or it is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     record = {"file": "a.txt", "bytes": 0, "sha256": "e3b0c442"}
    ...     _ = Path(folder, "manifest.json").write_text(json.dumps({"outputs": [record]}))
    ...     found = verify_manifest(folder)
    >>> found.sound, found.missing
    (False, ('a.txt',))
    """
    root = Path(folder)
    if not (root / MANIFEST).is_file():
        raise DataError(f"{root} has no {MANIFEST}; give the folder of an atlas")
    content = read_mapping(root / MANIFEST, what="manifest")
    records = content.get("outputs")
    complete = content.get(_STATE, _COMPLETE) == _COMPLETE
    if not isinstance(records, list) or not all(map(_is_record, records)) or (complete and not records):
        raise DataError(f"{root / MANIFEST} lists no outputs with file, bytes and sha256; {_CURE}")
    missing = [record["file"] for record in records if not (root / record["file"]).is_file()]
    changed = [record["file"] for record in records if record["file"] not in missing and not same_content(root, record)]
    known = {PurePosixPath(record["file"]) for record in records} | {PurePosixPath(MANIFEST)}
    there = sorted(PurePosixPath(path.relative_to(root).as_posix()) for path in root.rglob("*") if not path.is_dir())
    return Verified(
        folder=os.fspath(folder),
        complete=complete,
        outputs=len(records),
        missing=tuple(missing),
        changed=tuple(changed),
        unlisted=tuple(path.as_posix() for path in there if path not in known),
    )


def listed(path: Path) -> list[dict[str, Any]]:
    """Return the records of outputs in a manifest; none if it is not there or is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    records = content.get("outputs") if isinstance(content, dict) else None
    return [record for record in records if _is_record(record)] if isinstance(records, list) else []


def incomplete(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the manifest of a folder in which a build is being put in place."""
    return {
        _STATE: _INCOMPLETE,
        "notes": ["a build is being put in place, or was stopped meanwhile; files of two builds may be mixed"],
        "outputs": [dict(record) for record in records],
    }


def same_content(folder: Path, record: Mapping[str, Any]) -> bool:
    """Return whether a file, no link, is there with the size and digest of its record."""
    path = folder / record["file"]
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size != record["bytes"]:
            return False
        return bool(sha256(path) == record["sha256"])
    except OSError:
        return False


def _is_record(record: Any) -> bool:
    """Return whether a record names a file within its folder, with size and digest."""
    if not isinstance(record, dict) or not isinstance(record.get("file"), str) or not record["file"]:
        return False
    path = PurePosixPath(record["file"])
    inside = not path.is_absolute() and ".." not in path.parts and not {"\\", ":", "\0"} & set(record["file"])
    return inside and isinstance(record.get("bytes"), int) and isinstance(record.get("sha256"), str)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
