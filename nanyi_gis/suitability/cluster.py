"""A Dask cluster as workers: reached or refused at once, watched while it works, its failures in one line.

Dask's processes send each other pickled objects, so only a scheduler of one's own is safe to name.
"""

import logging
import os
import pydoc
import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from .. import __version__
from ..errors import MissingExtraError, NanyiError, OutputError, ParameterError

PROBE_SECONDS = 5
CONNECT_SECONDS = 20
WAIT_VARIABLE = "NANYI_GIS_DASK_WAIT"
WAIT_SECONDS = 60.0
"""How long a cluster may be without a worker, or its scheduler unheard of, before the run ends."""


def patience() -> float:
    """Return how many seconds to wait for workers: ``NANYI_GIS_DASK_WAIT``, 60 if that is not set.

    Raises
    ------
    ParameterError
        If the variable holds no number above zero.
    """
    text = os.environ.get(WAIT_VARIABLE, "").strip()
    try:
        seconds = float(text) if text else WAIT_SECONDS
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ParameterError(f"{WAIT_VARIABLE} is {text!r}, but must be seconds above 0; e.g. 60")
    return seconds


class Watch:
    """Looks after a cluster while results are awaited."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._wait = patience()
        self._well = time.monotonic()

    def __call__(self) -> None:
        """Raise OutputError if the scheduler is gone, or if there has been no worker for too long."""
        if self._client.status in {"closed", "closing"}:
            raise self.gone()
        workers = self.workers()
        if workers:
            self._well = time.monotonic()
        elif time.monotonic() - self._well > self._wait:
            raise self.gone() if workers is None else self.deserted()

    def workers(self) -> int | None:
        """Return the number of threads of the workers; None if the scheduler does not say."""
        try:
            threads = self._client.sync(self._client.scheduler.ncores, callback_timeout=PROBE_SECONDS)
        except Exception:  # noqa: BLE001 (whatever it is, the scheduler did not answer)
            return None
        return int(sum(threads.values()))

    def gone(self) -> OutputError:
        return OutputError(f"the Dask scheduler {self._name} is gone, so nothing was written; start it and run again")

    def deserted(self) -> OutputError:
        return OutputError(
            f"the Dask scheduler {self._name} has had no worker for {self._wait:g} s; start one with dask worker "
            f"{self._name}, or wait longer with {WAIT_VARIABLE}"
        )

    def explained(self, error: BaseException) -> BaseException:
        """Return a failure of the cluster in words of ours; errors of the work itself stay as they are."""
        if isinstance(error, NanyiError):
            return error
        if isinstance(error, CancelledError):
            return self.gone()
        kind = type(error)
        if kind.__name__ == "KilledWorker":
            return OutputError(
                f"workers of the Dask scheduler {self._name} died again and again on one part of the raster, perhaps "
                "for want of memory; give them more, or fewer threads each"
            )
        if isinstance(error, ImportError) or "deserialization" in str(error):
            return _unlike(self._name, f"cannot load the work ({_short(error.__cause__ or error, 120)})")
        if kind.__module__.partition(".")[0] in {"distributed", "tornado"}:
            return self.gone()
        return error


@contextmanager
def cluster(scheduler: str, *, workers: int) -> Iterator[tuple[Any, Watch]]:
    """Yield a client of a scheduler, or of a cluster of ``workers`` processes on this machine, and its watch.

    The latter listens on this machine alone and leaves no folder behind.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    ParameterError
        If the address has another form.
    OutputError
        If no scheduler answers, no worker comes, or the workers have another version of this package.
    """
    distributed = _distributed()
    with _quiet():
        if scheduler == "processes":
            with (
                tempfile.TemporaryDirectory(prefix="nanyi-dask-") as scratch,
                _own(distributed, workers, scratch) as own,
            ):
                yield own, Watch(own, "on this machine")
            return
        client = _connected(distributed, scheduler)
        try:
            watch = Watch(client, scheduler)
            _agree(client, watch, scheduler)
            yield client, watch
        finally:
            with suppress(Exception):  # a scheduler that is gone cannot be taken leave of
                client.close(timeout=2)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise MissingExtraError(
            "a Dask scheduler needs the extra 'dask'; install it with pip install nanyi_gis[dask]"
        ) from error
    return distributed


@contextmanager
def _own(distributed: Any, workers: int, folder: str) -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        yield client


def _connected(distributed: Any, scheduler: str) -> Any:
    scheme = scheduler.partition("://")[0]
    if scheme in {"tcp", "tls"}:
        _probe(scheduler)
    try:
        return distributed.Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except OSError as error:
        raise _silent(scheduler) from error
    except Exception as error:
        cure = "; name the certificates in Dask's configuration, distributed.comm.tls" if scheme == "tls" else ""
        raise ParameterError(f"scheduler {scheduler!r} cannot be used: {_short(error, 160)}{cure}") from error


def _probe(scheduler: str) -> None:
    """Refuse an address where nobody listens, which Dask itself would try again and again."""
    try:
        parts = urlsplit(scheduler)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise ParameterError(f"scheduler is {scheduler!r}, but must name a host and a port; e.g. tcp://10.0.0.1:8786")
    try:
        socket.create_connection((host, port), timeout=PROBE_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise _silent(scheduler) from error


def _silent(scheduler: str) -> OutputError:
    return OutputError(f"no Dask scheduler answers at {scheduler}; start one with dask scheduler")


def _agree(client: Any, watch: Watch, scheduler: str) -> None:
    """Wait for a worker, and refuse workers that have no such package or another version of it."""
    try:
        client.wait_for_workers(1, timeout=patience())
    except Exception as error:
        raise (watch.gone() if client.status != "running" else watch.deserted()) from error
    found = client.run(pydoc.locate, f"{__package__.partition('.')[0]}.__version__", on_error="return")
    for version in found.values():
        if version is None or isinstance(version, BaseException):
            raise _unlike(scheduler, "have no nanyi_gis")
        if version != __version__:
            raise _unlike(scheduler, f"have nanyi_gis {version}")


def _unlike(scheduler: str, what: str) -> OutputError:
    return OutputError(f"workers of the Dask scheduler {scheduler} {what}; install nanyi_gis {__version__} on them")


def _short(error: BaseException, most: int) -> str:
    return " ".join(str(error).split())[:most]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the screen what Dask logs beside the error that is told."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in {"distributed", "tornado"}]
    handlers = {handler for name in names for handler in logging.getLogger(name).handlers}
    for handler in handlers:
        handler.addFilter(_never)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(_never)


def _never(_record: logging.LogRecord) -> bool:
    return False
