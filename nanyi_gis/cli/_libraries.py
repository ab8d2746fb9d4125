"""What the libraries say while a command runs: each warning once as a note, or nothing where it helps nobody."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

SET_ASIDE = "NANYI_GIS_NO_PROXY"
_LONGEST = 240
_FOR_PROGRAMMERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)
# NumPy and pandas on arithmetic with NaN, which is what missing heights are.
_ARITHMETIC = (
    "invalid value",
    "divide by zero",
    "overflow enc",
    "underflow enc",
    "All-NaN",
    "Mean of empty",
    "Degrees of",
)


@contextmanager
def tame_libraries() -> Iterator[None]:
    """Turn warnings of libraries into one ``note:`` line each, and keep their logs off the screen.

    What a library logs beside an error that it raises is left to the error itself.
    """
    told: set[str] = set()
    silence = logging.NullHandler()  # without any handler Python prints warnings and errors of the logs raw

    def note(message: Warning | str, category: type[Warning], *_where: object, **_how: object) -> None:
        text = " ".join(str(message).split())[:_LONGEST]
        if text in told or issubclass(category, _FOR_PROGRAMMERS) or text.startswith(_ARITHMETIC):
            return
        told.add(text)
        print(f"note: {text}", file=sys.stderr)

    logging.getLogger().addHandler(silence)
    os.environ["PROJ_NETWORK"] = "OFF"  # grids of transformations are not fetched, whatever is set
    for name in ("NO_PROXY", "no_proxy"):  # GDAL is kept off the network by a proxy that leads nowhere
        kept = os.environ.pop(name, None)
        if kept:
            os.environ[SET_ASIDE] = kept  # for what is fetched
    try:
        with warnings.catch_warnings():
            warnings.showwarning = note
            yield
    finally:
        logging.getLogger().removeHandler(silence)
