"""Tables as CSV: the one place that writes it, with formulas disarmed."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..errors import DataError
from .atomic import atomic_path
from .formulas import disarmed
from .mapping import hold_bytes
from .proof import write_text
from .suffix import check_suffix

MOST_TABLE_BYTES = 100_000_000
"""Bytes of a table of a study: a million rows; the longest of ours has 30 kB."""


def read_table(
    path: str | os.PathLike[str], *, what: str, columns: Sequence[str] = (), distinct: bool = False
) -> pd.DataFrame:
    """Return a CSV of a study, UTF-8 with or without a byte order mark, all of it as text.

    With ``distinct`` a column that is there twice is refused, in place of getting another name.

    Raises
    ------
    DataError
        If it cannot be read, is longer than any table is, or lacks one of the columns.

    >>> read_table("none.csv", what="places")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: no file none.csv; check the path
    """
    if not Path(path).exists():
        raise DataError(f"no file {path}; check the path")
    hold_bytes(path, what=f"table of {what}", most=MOST_TABLE_BYTES)
    try:
        zeros = b"\0" in Path(path).read_bytes()  # of a workbook, or of text in UTF-16
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        head = _head(path) if distinct else []
    except (OSError, ValueError) as error:  # pandas' own are ValueErrors
        raise DataError(f"{path} is no table of {what} that can be read; give a UTF-8 CSV") from error
    if zeros:
        raise DataError(f"{path} is no table of {what}, for it holds zero bytes; give a UTF-8 CSV")
    twice = [name for name, times in Counter(head).items() if times > 1 and name]
    if twice:
        raise DataError(f"{path} has the column {twice[0]!r} twice; give each column another name")
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(f"{path} lacks the column {', '.join(missing)} of a table of {what}; add it")
    return table


def _head(path: str | os.PathLike[str]) -> list[str]:
    """Return the names of the columns as they stand."""
    first = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", header=None, nrows=1)
    return [str(name).strip() for name in first.iloc[0]]


def write_csv(table: pd.DataFrame, path: str | os.PathLike[str], *, digits: int = 6) -> Path:
    """Write a table as UTF-8 CSV without byte-order mark, as scripts expect it.

    Floats have at most ``digits`` decimals; the index is not written. Texts that a spreadsheet would take for
    formulas get an apostrophe before them; see :func:`nanyi_gis.io.disarmed`.

    Raises
    ------
    ParameterError
        If the name does not end in .csv.
    OutputError
        If the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(pd.DataFrame({"band": ["low"], "km2": [1 / 3]}), Path(folder) / "a.csv", digits=2).read_text()
    'band,km2\\nlow,0.33\\n'
    """
    target = check_suffix(path, [".csv"], what="a table")
    with atomic_path(target) as temporary:
        write_text(temporary, csv_text(table.round(digits)))
    return target


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV without its index, formulas disarmed in cells and names of columns.

    >>> csv_text(pd.DataFrame({"=name": ["@SUM(A1)", "甲"], "km": [-1.5, 2.0]}))
    "'=name,km\\n'@SUM(A1),-1.5\\n甲,2.0\\n"
    """
    safe = pd.DataFrame({place: _safe(table.iloc[:, place]) for place in range(table.shape[1])}, index=table.index)
    safe.columns = pd.Index([disarmed(str(name)) for name in table.columns], dtype=object)
    text: str = safe.to_csv(index=False, lineterminator="\n")
    return text


def _safe(column: pd.Series) -> pd.Series:
    """Return a column with its texts disarmed; columns of numbers and days as they are."""
    plain = pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype)
    if plain:
        return column
    done: dict[str, str] = {}  # most columns of texts say few things many times

    def safe(value: object) -> object:
        if type(value) is not str:
            return disarmed(value)
        if value not in done:
            done[value] = disarmed(value)
        return done[value]

    return column.astype(object).map(safe)
