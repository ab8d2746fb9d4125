"""Where the windows are evaluated: threads here, processes here, or a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..raster import processors
from .cluster import Watch, cluster

RETRIES = 3
_LOOK_S = 2.0


@dataclass(frozen=True)
class Pool:
    """An executor, the number of its workers, whether they see this process's memory, and who watches them."""

    executor: Executor
    workers: int
    shares_memory: bool
    watch: Watch | None = None


@contextmanager
def pool(scheduler: str | None = None, *, threads: int | None = None) -> Iterator[Pool]:
    """Yield the workers that ``scheduler`` names.

    Parameters
    ----------
    scheduler : str, optional
        ``threads`` (default), ``processes`` (a Dask cluster on this machine), or the address of
        a Dask scheduler of one's own, e.g. ``tcp://10.0.0.1:8786``.
    threads : int, optional
        Threads or processes on this machine; all processors if not given.

    Raises
    ------
    ParameterError
        If the name is unknown or the address has another form.
    MissingExtraError
        If Dask is needed and not installed.
    OutputError
        If the scheduler does not answer, or has no worker, or none with this version of the package.
    """
    count = processors(threads)
    if scheduler in (None, "threads"):
        with ThreadPoolExecutor(count) as executor:
            yield Pool(executor, count, True)
        return
    if scheduler != "processes" and "://" not in str(scheduler):
        raise ParameterError(
            f"scheduler is {scheduler!r}, but must be threads, processes or an address such as tcp://10.0.0.1:8786"
        )
    with cluster(str(scheduler), workers=count) as (client, watch):
        yield Pool(_executor(client), max(1, watch.workers() or 0), False, watch)


def _executor(client: Any) -> Executor:
    executor: Executor = client.get_executor(retries=RETRIES, pure=False)
    return executor


def unordered(
    pool_in_use: Pool, work: Callable[..., Any], shared: Any, items: Iterable[Any], *, ahead: int = 2
) -> Iterator[Any]:
    """Yield ``work(shared, item)`` as results arrive, with at most ``workers + ahead`` tasks under way.

    Bounded, so that results do not pile up when writing is slower than evaluating.
    """
    queue = iter(items)
    running: set[Future[Any]] = set()
    exhausted = False
    try:
        while running or not exhausted:
            while not exhausted and len(running) < pool_in_use.workers + ahead:
                try:
                    item = next(queue)
                except StopIteration:
                    exhausted = True
                    break
                running.add(pool_in_use.executor.submit(work, shared, item))
            if running:
                done, running = _awaited(running, pool_in_use.watch)
                for future in done:
                    yield _result(future, pool_in_use.watch)
    finally:
        for future in running:
            future.cancel()


def _awaited(running: set[Future[Any]], watch: Watch | None) -> tuple[set[Future[Any]], set[Future[Any]]]:
    """Return the futures that are done, at least one, and the others."""
    while True:
        done, others = wait(running, timeout=None if watch is None else _LOOK_S, return_when=FIRST_COMPLETED)
        if done or watch is None:
            return done, others
        watch()


def _result(future: Future[Any], watch: Watch | None) -> Any:
    if watch is None:
        return future.result()
    try:
        return future.result()
    except Exception as error:
        explained = watch.explained(error)
        if explained is error:
            raise
        raise explained from error
