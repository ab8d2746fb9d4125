"""A report on a day as files: how each line stands, and which rows are set aside."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from ..io import staged, write_csv
from .progress import status
from .reading import Reading
from .records import Tracked
from .register import Register
from .states import StateRule

REPORT_FILES = ("status.csv", "set_aside.csv")
"""Names of all files of :func:`write_report`."""


def write_report(
    reading: Reading,
    out: str | os.PathLike[str],
    *,
    lines: Sequence[Tracked],
    register: Register,
    as_of: datetime.date,
    rule: StateRule,
) -> tuple[Path, ...]:
    """Write how each line stands, and which rows are set aside, whole or not at all; return the files.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    table = status(lines, reading.observations, register=register, as_of=as_of, rule=rule)
    folder = Path(out)
    with staged(folder) as stage:
        write_csv(table, stage / REPORT_FILES[0], digits=4)
        write_csv(reading.set_aside, stage / REPORT_FILES[1])
    return tuple(folder / name for name in REPORT_FILES)
