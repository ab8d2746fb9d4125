"""What a user may take upon himself: files that reach beyond themselves, sizes beyond the stated limits.

Both hold within the block and the thread that asks for them, so that nothing is lifted by accident. What goes on
to other threads or processes carries the answer with it, as ``RasterFile`` does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TRUSTED: ContextVar[bool] = ContextVar("trusted", default=False)
_FORCED: ContextVar[bool] = ContextVar("forced", default=False)


@contextmanager
def trusting(trust: bool = True) -> Iterator[None]:
    """Let files name other files within the block, and be in any format of GDAL; the option ``--trust``.

    No file makes the program go online or run a script, trusted or not.

    >>> with trusting():
    ...     trusts()
    True
    >>> trusts()
    False
    """
    with _set(_TRUSTED, trust):
        yield


@contextmanager
def forcing(force: bool = True) -> Iterator[None]:
    """Lift the limits of size, memory and time within the block; the option ``--force``.

    >>> with forcing():
    ...     forces()
    True
    """
    with _set(_FORCED, force):
        yield


def trusts() -> bool:
    """Tell whether files are trusted here."""
    return _TRUSTED.get()


def forces() -> bool:
    """Tell whether limits are lifted here."""
    return _FORCED.get()


@contextmanager
def _set(variable: ContextVar[bool], value: bool) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)
