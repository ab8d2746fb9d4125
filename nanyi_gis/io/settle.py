"""Putting finished files in place: all of them or none, the manifest last, safe against a kill and a power cut."""

import contextlib
import errno
import json
import os
import sys
from pathlib import Path

from .manifest import MANIFEST, incomplete, listed, same_content
from .proof import synced


def settle(stage: Path, target: Path, *, aside: Path, begun: Path, mode: int) -> None:
    """Move the files in ``stage`` into ``target``; what they replace is put back if a move fails.

    Files are on the disk before the first gets its name. If ``manifest.json`` is among them, the
    one in place is first replaced by a note that the folder is incomplete, and the new one
    comes last; files of the earlier manifest, still as it lists them, that the new one does not have
    are removed.

    Parameters
    ----------
    stage, target : path
        Folders on one file system.
    aside : path
        Folder for what is replaced, until all is in place.
    begun : path
        A file that stands while the moves last; who finds it after a kill calls this function again.
    mode : int
        Permissions of the files.

    Raises
    ------
    OSError
        If a file cannot be moved; ``target`` is then as it was.
    """
    files = sorted((path for path in stage.rglob("*") if not path.is_dir()), key=lambda path: _order(path, stage))
    if not files:
        begun.unlink(missing_ok=True)
        return
    for file in files:
        _finished(file, mode)
    begun.touch()
    _sync_folder(begun.parent)
    moves = _Moves(aside)
    try:
        last = files.pop() if files[-1] == stage / MANIFEST else None
        stale = [] if last is None else _mark_incomplete(last, target, moves, mode)
        for file in files:
            moves.place(file, target / file.relative_to(stage))
        moves.sync()
        for path in stale:
            moves.put_aside(path)
        if last is not None:
            moves.place(last, target / MANIFEST)
            moves.sync()
    except BaseException:
        if moves.undo():
            begun.unlink(missing_ok=True)
        raise
    begun.unlink(missing_ok=True)


def _order(path: Path, stage: Path) -> tuple[bool, Path]:
    return path == stage / MANIFEST, path


def _finished(file: Path, mode: int) -> None:
    """Give a file the permissions of any new file, and have it on the disk."""
    with contextlib.suppress(OSError):
        file.chmod(mode)
    with file.open("rb" if sys.platform != "win32" else "rb+") as stream:
        synced(stream.fileno())


def _mark_incomplete(manifest: Path, target: Path, moves: "_Moves", mode: int) -> list[Path]:
    """Put a note in place of the old manifest; return the files that only the old one lists, as it lists them."""
    before, after = listed(target / MANIFEST), listed(manifest)
    kept = {str(record["file"]) for record in after}
    note = moves.aside / MANIFEST
    records = [*after, *(record for record in before if record["file"] not in kept)]
    note.write_text(json.dumps(incomplete(records), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _finished(note, mode)
    stale = [record for record in before if record["file"] not in kept and same_content(target, record)]
    moves.place(note, target / MANIFEST)
    moves.sync()
    return [target / str(record["file"]) for record in stale]


class _Moves:
    """Moves that can be undone."""

    def __init__(self, aside: Path) -> None:
        self.aside = aside
        self._kept: dict[Path, Path] = {}
        self._new: list[Path] = []
        self._made: list[Path] = []
        self._folders: set[Path] = set()

    def place(self, file: Path, final: Path) -> None:
        """Move ``file`` to ``final``; what is there is kept under a second name."""
        self._made += make_folder(final.parent)
        if final.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(final))
        self._folders.add(final.parent)
        if final not in self._kept and final not in self._new:
            if os.path.lexists(final):
                self._keep(final)
            else:
                self._new.append(final)
        file.replace(final)

    def put_aside(self, final: Path) -> None:
        """Take a file out of the folder, and the folders that it leaves empty."""
        copy = self._name()
        with contextlib.suppress(OSError):
            final.replace(copy)
            self._kept[final] = copy
            self._folders.add(final.parent)

    def sync(self) -> None:
        """Have the names on the disk."""
        for folder in sorted(self._folders):
            _sync_folder(folder)

    def undo(self) -> bool:
        """Put everything back; return whether that worked for all."""
        whole = True
        for final, copy in reversed(self._kept.items()):
            try:
                final.parent.mkdir(parents=True, exist_ok=True)
                copy.replace(final)
            except OSError:
                whole = False
        for final in self._new:
            with contextlib.suppress(OSError):
                final.unlink(missing_ok=True)
        for folder in sorted(self._made, reverse=True):
            remove_if_empty(folder)
        return whole

    def _keep(self, final: Path) -> None:
        """Keep a file under a second name; where links are not supported it moves there."""
        copy = self._name()
        self._kept[final] = copy
        try:
            os.link(final, copy, follow_symlinks=False)
        except (OSError, NotImplementedError):
            final.replace(copy)

    def _name(self) -> Path:
        """Return a free name; a run that was killed may have kept some already."""
        number = len(self._kept)
        while os.path.lexists(self.aside / str(number)):
            number += 1
        return self.aside / str(number)


def make_folder(folder: Path) -> list[Path]:
    """Make ``folder`` with its parents; return those made, the deepest first."""
    missing = []
    step = folder
    while not step.exists() and step != step.parent:
        missing.append(step)
        step = step.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        for made in missing:
            remove_if_empty(made)
        raise
    return missing


def remove_if_empty(folder: Path) -> None:
    """Remove a folder if there is nothing in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
