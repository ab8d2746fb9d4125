"""Where the windows are evaluated: threads here, processes here, or a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from ..errors import MissingExtraError, OutputError, ParameterError
from ..raster import processors

CONNECT_SECONDS = 20
RETRIES = 3


@dataclass(frozen=True)
class Pool:
    """An executor, the number of its workers, and whether they see this process's memory."""

    executor: Executor
    workers: int
    shares_memory: bool


@contextmanager
def pool(scheduler: str | None = None, *, threads: int | None = None) -> Iterator[Pool]:
    """Yield the workers that ``scheduler`` names.

    Parameters
    ----------
    scheduler : str, optional
        ``threads`` (default), ``processes`` (a Dask cluster on this machine), or the address of
        a Dask scheduler, e.g. ``tcp://10.0.0.1:8786``.
    threads : int, optional
        Threads or processes on this machine; all processors if not given.

    Raises
    ------
    ParameterError
        If the name is unknown.
    MissingExtraError
        If Dask is needed and not installed.
    OutputError
        If the scheduler does not answer.
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
    with _client(scheduler, count) as client:
        workers = max(1, sum(client.nthreads().values()))
        yield Pool(_executor(client), workers, False)


@contextmanager
def _client(scheduler: str | None, count: int) -> Iterator[Any]:
    try:
        import distributed as dask_distributed
    except ImportError as error:
        raise MissingExtraError(
            "a Dask scheduler needs the extra 'dask'; install it with pip install nanyi_gis[dask]"
        ) from error
    distributed = cast(Any, dask_distributed)
    if scheduler == "processes":
        with (
            distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, dashboard_address=":0"
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise OutputError(f"no Dask scheduler answers at {scheduler}; start one with dask scheduler") from error
    with client:
        yield client


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
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
    finally:
        for future in running:
            future.cancel()
