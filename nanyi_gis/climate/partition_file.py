"""The polygons of a climate file's regimes."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from ..errors import DataError, ParameterError
from ..io import read_zones
from .partition import Area
from .record import shown


def regime_areas(record: dict[str, Any], folder: Path, where: str) -> tuple[Area, ...]:
    """Return the land of each regime in longitude and latitude, ``None`` for the one that is the rest.

    Empty where no regime names a polygon. The polygons of a file are joined; a file may be named with its layer,
    ``FILE:layer``.

    Raises
    ------
    ParameterError
        If two regimes are without a polygon, or the file has a ridge too.
    DataError
        If a file cannot be read or holds no polygon.
    """
    given = record.get("regime", [])
    named = [entry.get("polygon") for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    if not any(name is not None for name in named):
        return ()
    if record.get("ridge"):
        raise ParameterError(f"{where}: ridge stands beside polygons of regimes; keep one of them")
    if named.count(None) > 1:
        raise ParameterError(f"{where}: regime has {named.count(None)} without polygon, but only one can be the rest")
    return tuple(None if name is None else _area(name, folder, where) for name in named)


def _area(name: object, folder: Path, where: str) -> Area:
    if not isinstance(name, str) or not name.strip():
        raise ParameterError(f"{where}: regime.polygon is {shown(name)}, but must name a file, e.g. north.gpkg")
    frame = read_zones(folder / name).to_crs(4326)
    area = shapely.union_all(np.asarray(frame.geometry.values))
    if area.is_empty or area.area <= 0:
        raise DataError(f"{name} holds no polygon with an area, so {where} has no regime there; give polygons")
    return area
