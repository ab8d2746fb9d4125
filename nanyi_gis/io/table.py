"""Tables as CSV."""

import os
from pathlib import Path

import pandas as pd

from .atomic import atomic_path
from .proof import write_text


def write_csv(table: pd.DataFrame, path: str | os.PathLike[str], *, digits: int = 6) -> Path:
    """Write a table as UTF-8 CSV without byte-order mark, as scripts expect it.

    Floats have at most ``digits`` decimals; the index is not written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_csv(pd.DataFrame({"band": ["low"], "km2": [1 / 3]}), Path(folder) / "a.csv", digits=2).read_text()
    'band,km2\\nlow,0.33\\n'
    """
    target = Path(path)
    with atomic_path(target) as temporary:
        write_text(temporary, table.round(digits).to_csv(index=False, lineterminator="\n"))
    return target
