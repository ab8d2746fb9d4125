"""The files of ``nanyi-gis monitor check``."""

import os
from pathlib import Path

from ..io import staged, write_csv
from .contradictions import Contradictions

CHECK_FILES = ("claims.csv", "checks.csv", "conflicts.csv")
"""Names of all files of :func:`write_contradictions`."""


def write_contradictions(found: Contradictions, out: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write claims, checks and conflicts, whole or not at all; columns as of :class:`Contradictions`.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    folder = Path(out)
    with staged(folder) as stage:
        for name, table in zip(CHECK_FILES, (found.claims, found.checks, found.conflicts), strict=True):
            write_csv(table, stage / name, digits=4)
    return tuple(folder / name for name in CHECK_FILES)
