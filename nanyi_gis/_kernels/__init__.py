"""Compiled loops over plain NumPy arrays; they know no file, no CRS and no class of ours.

:func:`kernel` compiles them, and keeps what it compiled for the next run where it can.
"""

import functools
import multiprocessing
import os
import stat
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache

from .turns import Turn


def kernel(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator that compiles a function, with numba's options, and keeps the machine code.

    It is kept where numba keeps it: in ``NUMBA_CACHE_DIR``, beside the package or in the home.
    Where none of these can be written, in a container or a service, it is kept in a private
    folder of this user's among the temporary files, or not at all; a warning says which. A
    file of the cache that is damaged, or a disk that is full, costs a compilation, not the run.

    >>> @kernel(nogil=True)
    ... def double(x):
    ...     return 2 * x
    >>> double(3)
    6
    """

    def compiled(function: Callable[..., Any]) -> Any:
        dispatcher: Any = numba.njit(**options)(function)
        if hasattr(dispatcher, "enable_caching"):  # not with NUMBA_DISABLE_JIT
            _keep(dispatcher, function)
        return dispatcher

    return compiled


def _keep(dispatcher: Any, function: Callable[..., Any]) -> None:
    try:
        dispatcher._cache = _Cache(function)
    except (RuntimeError, OSError):  # no place for it, or no source, as at a prompt
        if Path(function.__code__.co_filename).exists():
            _tell("each run compiles anew, which takes a minute")


@functools.cache
def _tell(what: str) -> None:
    """Warn once; not in the processes of a pool, whose parent has said it."""
    if multiprocessing.parent_process() is None:
        text = f"neither the package's folder nor a home can be written, so {what}; set NUMBA_CACHE_DIR to a folder"
        warnings.warn(text, RuntimeWarning, stacklevel=2)


@functools.cache
def private_folder() -> Path | None:
    """Return a folder among the temporary files that only this user can fill, or None where there is none.

    numba's cache is pickle, so who can write there can run code here. The folder must be
    ours, closed to all others and no link; and nobody else may be able to put another in its
    place, so the one above must be sticky or not open to others.
    """
    if not hasattr(os, "getuid"):
        return None
    for above in (os.environ.get("TMPDIR"), "/tmp", "/var/tmp"):  # noqa: S108 (checked below)
        if above and Path(above).is_absolute():
            folder = Path(above) / f"nanyi-gis-{os.getuid()}"
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
                if _is_private(folder):
                    return folder
            except OSError:
                continue
    return None


def _is_private(folder: Path) -> bool:
    own, above = folder.lstat(), folder.parent.stat()
    ours = stat.S_ISDIR(own.st_mode) and own.st_uid == os.getuid() and not own.st_mode & 0o077
    open_to_others = above.st_mode & 0o022 and not above.st_mode & stat.S_ISVTX
    return ours and above.st_uid in (0, os.getuid()) and not open_to_others


class _PrivateLocator(CompileResultCacheImpl._locator_classes[0]):  # type: ignore[misc, valid-type] # for a folder that is given
    """Keeps a function's machine code in :func:`private_folder`."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(Path(private_folder() or "") / self.get_suitable_cache_subpath(file))

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> "_PrivateLocator | None":
        folder = private_folder()
        if folder is None or not Path(file).exists():
            return None
        locator = cls(function, file)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        _tell(f"compiled code is kept in {folder}")
        return locator


def _places() -> list[Any]:
    """Return numba's places, then the private folder; without a home, numba's would be a folder called ~."""
    places = [*CompileResultCacheImpl._locator_classes, _PrivateLocator]
    try:
        homeless = not Path.home().is_absolute()
    except RuntimeError:
        homeless = True
    return [place for place in places if not (homeless and "UserWide" in place.__name__)]


class _Places(CompileResultCacheImpl):
    _locator_classes = _places()


class _Cache(FunctionCache):
    """numba's cache, which a file that cannot be read or written does not stop."""

    _impl_class = _Places

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._turn = Turn(Path(self.cache_path) / f"{self._impl.filename_base}.lock")

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the stored code; where there is none, or another process makes it, wait for the turn to compile."""
        found = self._stored(sig, target_context)
        if found is None and self._turn.take():
            found = self._stored(sig, target_context)
            if found is not None:
                self._turn.end()
        return found

    def _stored(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 (half a file raises whatever pickle meets)
            self._renew()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception:  # noqa: BLE001 (likewise, and a full disk)
            self.disable()
        finally:
            self._turn.end()

    def _renew(self) -> None:
        try:
            self.flush()
        except OSError:
            self.disable()
