"""Strips of rows: the unit of work of a thread, small enough for the processor's cache."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from .._validation import check_count

STRIP_CELLS = 1 << 20


def processors(threads: int | None = None) -> int:
    """Return the number of threads to use: what the process may run on if not given.

    In a container that is less than the machine has.

    Raises
    ------
    ParameterError
        If ``threads`` is no whole number above zero.
    """
    if threads is not None:
        return check_count(threads, name="threads")
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def strips(height: int, width: int, *, cells: int = STRIP_CELLS, least: int = 1) -> list[slice]:
    """Return slices of rows with about ``cells`` cells each, at least ``least`` rows.

    >>> strips(10, 1 << 17)
    [slice(0, 8, None), slice(8, 10, None)]
    """
    rows = max(least, cells // max(width, 1))
    return [slice(start, min(start + rows, height)) for start in range(0, height, rows)]


def in_strips(function: Callable[[int, int], None], first: int, last: int, width: int) -> None:
    """Call ``function(start, stop)`` for strips of the rows ``first`` to ``last`` (exclusive), in threads."""
    parts = [(first + part.start, first + part.stop) for part in strips(last - first, width)]
    workers = min(processors(), len(parts))
    if workers < 2:
        function(first, last)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(lambda part: function(*part), parts))
