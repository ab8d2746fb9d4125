"""Locks on files: advisory, held by one run at a time, gone with the process that held them."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .._interrupts import held
from ..errors import OutputError

PATIENCE_S = 5.0
_STEP_S = 0.05
_FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool | None:
        """Lock an open file: True if taken, False if another holds it, None where the disk knows no locks."""
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool | None:
        """Lock an open file: True if taken, False if another holds it, None where the disk knows no locks."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True


def open_lock(path: Path, *, make: bool = False) -> int:
    """Open the file of a lock; links are not followed. Another user's can be locked if it can be read."""
    try:
        return os.open(path, _FLAGS | (os.O_CREAT if make else 0), 0o666)
    except PermissionError:
        return os.open(path, (_FLAGS & ~os.O_RDWR) | os.O_RDONLY)


@contextmanager
def sole_writer(path: Path, *, name: Path, patience_s: float | None = None) -> Iterator[None]:
    """Hold the lock file ``path`` while ``name`` is written; it is removed at the end.

    Another run that holds it is waited for ``patience_s`` (else some seconds). On a disk without locks nobody waits.

    Raises
    ------
    OutputError
        If another run still holds it.
    OSError
        If the file cannot be made.
    """
    deadline = time.monotonic() + (PATIENCE_S if patience_s is None else patience_s)
    with ExitStack() as stack:
        while not _taken(path, stack):
            if time.monotonic() > deadline:
                raise OutputError(
                    f"cannot write to {name}: another run is writing there; "
                    "wait until it has ended, or choose another name"
                )
            time.sleep(_STEP_S)
        yield


def _taken(path: Path, stack: ExitStack) -> bool:
    """Take the lock if no other holds it; the stack lets it go."""
    with held():
        descriptor = open_lock(path, make=True)
        taken = try_lock(descriptor)
        if taken is None or (taken and same_file(descriptor, path)):
            stack.callback(remove_lock, descriptor, path)
            return True
        os.close(descriptor)
        return False


def remove_lock(descriptor: int, path: Path) -> None:
    """Remove the file of a lock that is held, and let it go."""
    if sys.platform == "win32":  # an open file cannot be removed there
        os.close(descriptor)
    with contextlib.suppress(OSError):
        path.unlink()
    if sys.platform != "win32":
        os.close(descriptor)


def same_file(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one of that name, not one that was removed since."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except OSError:
        return False
