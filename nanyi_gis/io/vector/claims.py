"""GeoParquet looked at before it is read: how many rows, how deep its collections are nested."""

import json
import struct
from collections.abc import Iterable
from pathlib import Path

from ..._limits import MOST_FEATURES, hold
from ...errors import DataError
from ..parquet import pyarrow_parquet

DEEPEST = 64
"""Levels of collections within collections; far fewer than those that overflow the stack of GEOS."""

_SHALLOW_BYTES = 9_000  # nested as deep as 1,000 levels at most, which is no harm
_FLAG_Z, _FLAG_M, _FLAG_SRID, _TYPE = 0x80000000, 0x40000000, 0x20000000, 0x1FFFFFFF
_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7


def check_parquet(path: Path) -> None:
    """Refuse a GeoParquet file that claims too much, or whose geometries would end the program.

    Raises
    ------
    DataError
        If it has too many rows, or holds collections nested deeper than 64 levels.
    """
    with pyarrow_parquet().ParquetFile(path) as file:
        rows = file.metadata.num_rows
        hold(f"{path} has {rows:,} features", rows, MOST_FEATURES, cure="clip it")
        geo = json.loads((file.metadata.metadata or {}).get(b"geo", b"{}"))
        columns = [name for name in geo.get("columns", {}) if name in file.schema_arrow.names]
        for batch in file.iter_batches(columns=columns) if columns else ():
            for column in batch.columns:
                refuse_deep((value for value in column.to_pylist() if isinstance(value, bytes)), name=str(path))


def refuse_deep(shapes: Iterable[bytes], *, name: str) -> None:
    """Refuse well-known binary whose collections are nested deeper than 64 levels.

    Raises
    ------
    DataError
        If one is.
    """
    for shape in shapes:
        if len(shape) > _SHALLOW_BYTES and _is_deep(shape):
            raise DataError(f"{name} holds collections nested deeper than {DEEPEST} levels; export it again, flat")


def _is_deep(data: bytes) -> bool:
    """Follow the headers of a geometry without calling itself; what is cut short is left to the library to refuse."""
    place, left = 0, [1]
    try:
        while left:
            order = "<" if data[place] else ">"
            (code,) = struct.unpack_from(f"{order}I", data, place + 1)
            place += 9 if code & _FLAG_SRID else 5
            kind, more = code & _TYPE, (code & _TYPE) // 1000
            size = 8 * (2 + bool(code & _FLAG_Z) + bool(code & _FLAG_M) + (more > 0) + (more == 3))
            left[-1] -= 1
            if kind % 1000 == _POINT:
                place += size
            elif kind % 1000 in (_LINE, _POLYGON):
                place = _after(data, place, order, size, rings=kind % 1000 == _POLYGON)
            elif kind % 1000 <= _COLLECTION:
                left.append(struct.unpack_from(f"{order}I", data, place)[0])
                place += 4
                if len(left) > DEEPEST:
                    return True
            else:
                return False
            while left and left[-1] == 0:
                left.pop()
    except (struct.error, IndexError):
        pass
    return False


def _after(data: bytes, place: int, order: str, size: int, *, rings: bool) -> int:
    """Return where a line, or the rings of a polygon, end."""
    count = 1
    if rings:
        (count,) = struct.unpack_from(f"{order}I", data, place)
        place += 4
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", data, place)
        place += 4 + points * size
    return place
