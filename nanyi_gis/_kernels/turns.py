"""Turns: of several processes that lack the same machine code, one compiles it and the others wait for it."""

import os
import sys
import time
from pathlib import Path

if sys.platform != "win32":
    import fcntl

LONGEST_WAIT_S = 60.0  # longer than any function of ours takes; then each compiles for itself
_LOOK_AGAIN_S = 0.05


class Turn:
    """The right to compile one function, held by one process at a time; it ends with the process at the latest.

    Where files cannot be locked, or the folder cannot be written, everyone has a turn at once.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, two = (Turn(Path(folder) / "f.lock", longest=0.1) for _ in "ab")
    ...     one.take(), two.take()
    ...     one.end()
    ...     two.take()
    ...     two.end()
    (True, False)
    True
    """

    def __init__(self, path: Path, *, longest: float = LONGEST_WAIT_S) -> None:
        self._path, self._longest = path, longest
        self._held: int | None = None

    def take(self) -> bool:
        """Wait for the turn, at most for so long; tell whether it was got."""
        if sys.platform == "win32" or self._held is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        end = time.monotonic() + self._longest
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    break
                time.sleep(_LOOK_AGAIN_S)
            except OSError:  # a file system without locks
                break
            else:
                self._held = descriptor
                return True
        os.close(descriptor)
        return False

    def end(self) -> None:
        """Let the next one have the turn."""
        if sys.platform != "win32" and self._held is not None:
            fcntl.flock(self._held, fcntl.LOCK_UN)  # closing is not enough where a child was forked meanwhile
            os.close(self._held)
            self._held = None
