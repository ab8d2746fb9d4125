"""Proof of a GeoPackage: what SQLite itself says of the file, layer by layer, with the counts that were written."""

import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd

from ..proof import unproven


def prove_gpkg(path: Path, layers: Mapping[str, pd.DataFrame]) -> None:
    """Read a GeoPackage back: pages and indices sound, every layer with its rows, columns, bounds and spatial index.

    Raises
    ------
    OutputError
        If anything is missing.
    """
    for leftover in (f"{path.name}-journal", f"{path.name}-wal"):
        if path.with_name(leftover).exists():
            raise unproven(path, "its last changes were not written")
    with path.open("rb") as stream:
        size, pages = struct.unpack(">16xH10xI", stream.read(32).ljust(32, b"\0"))  # of the header, 1 is 65,536
    if path.stat().st_size != (65_536 if size == 1 else size) * pages:
        raise unproven(path, "its end is missing")
    address = f"file:{quote(path.as_posix())}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            told = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            if told != ["ok"]:
                raise unproven(path, str(told[0]) if told else "it is no database")
            for name, frame in layers.items():
                fault = _fault(connection, name, frame)
                if fault:
                    raise unproven(path, f"layer {name} {fault}")
    except (sqlite3.Error, UnicodeError) as error:
        raise unproven(path, f"it cannot be read back ({error})") from error


def _fault(connection: sqlite3.Connection, name: str, frame: pd.DataFrame) -> str:
    """Return what is wrong with a layer; empty if nothing is."""
    quoted = _quoted(name)
    rows = connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608 (a quoted name)
    if rows != len(frame):
        return f"has {rows} of {len(frame)} rows"
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({quoted})")}
    spatial = isinstance(frame, gpd.GeoDataFrame)
    geometry = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    lost = [str(column) for column in frame.columns if column != geometry and str(column) not in columns]
    if lost:
        return f"has no column {lost[0]}"
    listed = connection.execute(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (name,)
    ).fetchone()
    if listed is None:
        return "is not listed among the contents"
    if not spatial or geometry is None:
        return ""
    there = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if len(there) and not np.allclose(np.array(listed, float), there.total_bounds, rtol=1e-9, atol=1e-9):
        return "has other bounds than its geometries"
    indexed = connection.execute(f"SELECT count(*) FROM {_quoted(f'rtree_{name}_geom_rowid')}").fetchone()[0]  # noqa: S608
    return "" if indexed == len(there) else f"has {indexed} of {len(there)} geometries in its spatial index"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
