"""Staging folders: hidden, beside what they will replace, known as ours, removed when their run was killed."""

import contextlib
import json
import os
import platform
import shutil
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .lock import open_lock, remove_lock, same_file, try_lock
from .settle import settle

PREFIX = ".nanyi-"
LOCK_SUFFIX = ".lock"
_MAGIC = "staging folder of nanyi_gis"
_OWNER = "owner"
_STARTING = _OWNER if sys.platform == "win32" else "starting"
_PLACING = "placing"


@dataclass
class Stage:
    """A staging folder: ``new`` is for the files; the lock on its record is held while the run lives.

    Attributes
    ----------
    work : Path
        The hidden folder, inside the one where the files will go.
    descriptor : int
        The open record with its lock.
    """

    work: Path
    descriptor: int

    @classmethod
    def make(cls, target: Path) -> "Stage":
        """Make a staging folder inside ``target``."""
        text = json.dumps({"what": _MAGIC, **_machine()}).encode()
        work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=target))
        try:
            # Locked before it holds a record or has the name by which others know it.
            record = work / _STARTING
            descriptor = open_lock(record, make=True)
            try:
                try_lock(descriptor)
                os.write(descriptor, text)
                if record.name != _OWNER:
                    record.rename(work / _OWNER)
                for name in ("new", "replaced"):
                    (work / name).mkdir()
            except BaseException:
                os.close(descriptor)
                raise
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        return cls(work, descriptor)

    @property
    def new(self) -> Path:
        """The folder to write into."""
        return self.work / "new"

    def place(self) -> None:
        """Move the files to their target, all or none; a run killed meanwhile is completed by the next."""
        _place(self.work, self.descriptor)

    def remove(self) -> None:
        """Remove the folder; if it holds old files that could not be put back, it stays, and no run removes it."""
        if self.descriptor < 0:
            return
        os.close(self.descriptor)
        self.descriptor = -1
        if (self.work / _PLACING).exists():
            (self.work / _OWNER).unlink(missing_ok=True)
        else:
            shutil.rmtree(self.work, ignore_errors=True)


def _place(work: Path, descriptor: int) -> None:
    """Move what lies in a staging folder to the folder around it, with the permissions of its record."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o666
    settle(work / "new", work.parent, aside=work / "replaced", begun=work / _PLACING, mode=mode)


def in_stage(folder: Path) -> bool:
    """Return whether a folder lies within a staging folder, where nobody else writes."""
    return any(part.startswith(PREFIX) for part in folder.parts)


def clear_leftovers(folder: Path) -> None:
    """Remove what killed runs left in ``folder``; what they were putting in place is put in place first.

    Only what bears our record and belongs to this user, and whose lock is free: the run has then ended,
    whatever process has its number now. A folder made on another machine stays, as its locks may not be seen here,
    and so does everything on a disk without locks.
    """
    with contextlib.suppress(OSError):
        for path in sorted(path for path in folder.iterdir() if path.name.startswith(PREFIX)):
            with contextlib.suppress(OSError):
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    _clear_stage(path)
                elif stat.S_ISREG(mode) and path.suffix == LOCK_SUFFIX:
                    _clear_lock(path)


def _clear_stage(work: Path) -> None:
    try:
        descriptor = open_lock(work / _OWNER)
    except FileNotFoundError:  # killed as it started; one that keeps old files has other names in it
        if {path.name for path in work.iterdir()} != {_STARTING}:
            return
        descriptor = open_lock(work / _STARTING)
    try:
        if not _is_ours(descriptor) or try_lock(descriptor) is not True:
            return
        if (work / _PLACING).exists():
            _place(work, descriptor)
        if sys.platform == "win32":
            os.close(descriptor)
            descriptor = -1
        shutil.rmtree(work, ignore_errors=True)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _clear_lock(path: Path) -> None:
    descriptor = open_lock(path)
    if try_lock(descriptor) is True and same_file(descriptor, path):
        remove_lock(descriptor, path)
    else:
        os.close(descriptor)


def _is_ours(descriptor: int) -> bool:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or (sys.platform != "win32" and status.st_uid != os.getuid()):
        return False
    try:
        record = json.loads(os.pread(descriptor, 4096, 0) if sys.platform != "win32" else os.read(descriptor, 4096))
    except ValueError:
        return False
    if not isinstance(record, dict) or record.get("what") != _MAGIC:
        return False
    here = _machine()
    return any(here[key] and record.get(key) == here[key] for key in here)


def _machine() -> dict[str, str]:
    """Return the name of this machine and of its run since it started, which its containers share."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot = ""
    return {"host": platform.node(), "boot": boot}
