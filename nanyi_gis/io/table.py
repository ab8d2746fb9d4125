"""Tables as CSV: the one place that writes it, with formulas disarmed."""

import os
from pathlib import Path

import pandas as pd

from .atomic import atomic_path
from .formulas import disarmed
from .proof import write_text
from .suffix import check_suffix


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
    return column if plain else column.astype(object).map(disarmed)
