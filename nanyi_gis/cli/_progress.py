"""A progress bar that appears only on a terminal, and only when the work takes longer than two seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from .._progress import Progress

_WIDTH = 32


@contextmanager
def progress_bar(label: str, *, patience_s: float = 2.0) -> Iterator[Progress]:
    """Yield a function that takes the share of work done, 0 to 1."""
    start = time.monotonic()
    shown = False

    def report(share: float) -> None:
        nonlocal shown
        if not sys.stderr.isatty() or time.monotonic() - start < patience_s:
            return
        filled = round(_WIDTH * min(max(share, 0.0), 1.0))
        print(f"\r{label} [{'#' * filled}{'.' * (_WIDTH - filled)}] {share:4.0%}", end="", file=sys.stderr, flush=True)
        shown = True

    try:
        yield report
    finally:
        if shown:
            print(file=sys.stderr)
