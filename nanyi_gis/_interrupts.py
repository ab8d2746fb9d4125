"""Ending early: a signal ends the work as Ctrl-C does, but never between two renames."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE_S = 10.0


class Stopped(BaseException):
    """The work was asked to end by a signal; no ``except Exception`` takes it for an error.

    >>> Stopped(15).status
    143
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def status(self) -> int:
        """The exit status that shells give to a program which a signal ended."""
        return 128 + self.number


class _State:
    """What a handler may not interrupt, what waits for that, and what stands already."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held = 0
        self.waiting: int | None = None
        self.stopped_at: float | None = None
        self.watching = False
        self.settled: list[Path] = []


_state = _State()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Raise :class:`Stopped` in the block at SIGINT, SIGTERM or SIGHUP; the handlers before it come back after.

    A signal that is ignored, as under ``nohup``, stays so. Once stopped, further signals leave
    the clean-up alone for ten seconds; one after that ends the process at once. Outside the
    main thread nothing changes, for Python handles signals there only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _state.waiting, _state.stopped_at = None, None
    _state.settled.clear()
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    taken = [number for number, handler in before.items() if handler in (signal.SIG_DFL, signal.default_int_handler)]
    for number in taken:
        signal.signal(number, _stop)
    _state.watching = True
    try:
        yield
    finally:
        _state.watching = False
        for number in taken:
            signal.signal(number, before[number])


def _stop(number: int, _frame: Any) -> None:
    if _state.held:
        _state.waiting = number
        return
    now = time.monotonic()
    if _state.stopped_at is None:
        _state.stopped_at = now
        raise Stopped(number)
    if now - _state.stopped_at > _PATIENCE_S:
        os._exit(128 + number)


@contextmanager
def held() -> Iterator[None]:
    """Hold signals back in the block, which is short: what it makes and what removes that belong together."""
    with _state.lock:
        _state.held += 1
    try:
        yield
    finally:
        with _state.lock:
            _state.held -= 1
            number = _state.waiting if _state.held == 0 else None
            if number is not None:
                _state.waiting = None
        if number is not None:
            signal.raise_signal(number)


@contextmanager
def settling(target: Path) -> Iterator[None]:
    """Hold signals back while the results in ``target`` get their names, and remember that they stand.

    >>> with ended_by_signals(), settling(Path(".")):
    ...     standing()
    []
    >>> standing()
    [PosixPath('.')]
    """
    with held():
        yield
        if _state.watching:
            _state.settled.append(target)


def standing() -> list[Path]:
    """Return the folders in which results were settled since the handlers were set, and which are still there."""
    return list(dict.fromkeys(path for path in _state.settled if path.exists()))
