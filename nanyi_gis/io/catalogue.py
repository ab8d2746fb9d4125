"""One table of all embedded data and where they come from."""

import os
from pathlib import Path
from typing import Any

import pandas as pd

from .embedded import data_files
from .provenance import Provenance, read_provenance, sha256

_COLUMNS = ("file", *Provenance.model_fields, "bytes", "sha256")


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
        {"file": name} | read_provenance(path).model_dump() | _digest(path)
        for name, path in data_files().items()
        if name.startswith(f"{room}/" if room else "")
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def folder_provenance(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the provenance of every file in a folder of the user's own, with the columns of :func:`provenance_table`.

    A file without a record beside it has only its name and its digest; Markdown notes are left out.

    Raises
    ------
    DataError
        If a record is there but not valid.

    >>> from nanyi_gis.io import data_file
    >>> folder_provenance(data_file("plan/items.json").parent).set_index("file").loc["items.json", "evidence"]
    'official'
    """
    root = Path(folder)
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    records = {path for path in files if path.suffix == ".toml" and path.with_suffix("") in files}
    rows = [
        {"file": path.relative_to(root).as_posix()} | _given(path) | _digest(path)
        for path in files
        if path not in records and path.suffix != ".md"
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def layer_provenance(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the provenance of one file with a record beside it, with the columns of :func:`provenance_table`.

    Raises
    ------
    DataError
        If its record is missing or not valid.

    >>> from nanyi_gis.io import data_file
    >>> layer_provenance(data_file("plan/items.json"))["evidence"].tolist()
    ['official']
    """
    file = Path(path)
    row = {"file": os.fspath(path)} | read_provenance(file).model_dump() | _digest(file)
    return pd.DataFrame([row], columns=list(_COLUMNS))


def _given(path: Path) -> dict[str, Any]:
    if not Path(f"{path}.toml").is_file():
        return {"title": path.name, "title_zh": path.name}
    return read_provenance(path).model_dump()


def _digest(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": sha256(path)}
