"""One table of all embedded data and where they come from."""

import pandas as pd

from .embedded import data_files
from .provenance import Provenance, read_provenance, sha256


def provenance_table(*, room: str = "") -> pd.DataFrame:
    """Return the provenance of every embedded data file, or of one room's, one row a file.

    Columns: ``file``, the fields of :class:`Provenance`, ``bytes`` and ``sha256``.

    Raises
    ------
    DataError
        If a file has no valid record beside it.

    >>> provenance_table(room="plan").set_index("file").loc["plan/items.json", "evidence"]
    'official'
    """
    rows = [
        {"file": name} | read_provenance(path).model_dump() | {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for name, path in data_files().items()
        if name.startswith(f"{room}/" if room else "")
    ]
    return pd.DataFrame(rows, columns=["file", *Provenance.model_fields, "bytes", "sha256"])
