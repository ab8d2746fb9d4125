"""Road lines as plain columns: speed, tunnel, bridge, one-way, where to join; every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._validation import numbers
from ..errors import DataError, ParameterError
from ..io import data_file, read_toml
from .barriers import on_grid, require_reach
from .grid import Bool, Float, Int, Steps

_NO = {"", "no", "false", "0", "none", "nan", "n", "f", "<na>"}
_NOT_ROADS = {"rail", "boarding"}
_MOTOR_ONLY = {"motorway", "motorway_link"}


@dataclass(frozen=True)
class Ways:
    """Single lines in the CRS of the grid, with one value a line in each column.

    ``direction`` is 0 for both, 1 along the line only, -1 against it only. ``ends_only`` lines are
    joined and left only where they end at, or share a vertex with, a line that is not.
    """

    lines: npt.NDArray[np.object_]
    feature: Int
    speed_kmh: Float
    tunnel: Bool
    bridge: Bool
    ends_only: Bool
    direction: npt.NDArray[np.int8]
    skipped: int


def ways_of(roads: gpd.GeoDataFrame, grid: Steps, *, mode: str, speeds: Mapping[str, float] | None = None) -> Ways:
    """Return the roads that can be used in ``mode``, split into single lines.

    The speed is column ``speed_kmh`` (or ``speed_kph``), and where it is absent or empty that of the class in
    ``highway``. Column ``ends_only`` overrides which lines can be joined only at their ends: tunnels always,
    motorways by default.

    Raises
    ------
    DataError
        If there is no CRS, geometry is not lines, or a speed is missing, zero, negative or no number.
    ParameterError
        If a class has no speed.
    """
    frame = on_grid(roads, grid, name="roads")
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    kinds = set(frame.geom_type) - {"LineString", "MultiLineString", "LinearRing"}
    if kinds:
        raise DataError(f"roads hold {', '.join(sorted(kinds))}, but must be lines; pick the line layer")
    require_reach(frame.geometry, grid, name="roads")
    classes = _classes(frame)
    usable = ~classes.isin(_NOT_ROADS)
    usable &= ~classes.isin(_MOTOR_ONLY if mode == "walk" else {"walk"})
    kept = frame[usable]
    classes = classes[usable]
    tunnel = _flags(kept, "tunnel")
    ends_only = _flags(kept, "ends_only", default=classes.isin(_MOTOR_ONLY).to_numpy()) | tunnel
    speed = _speeds(kept, classes, speeds)
    direction = np.zeros(len(kept), np.int8) if mode == "walk" else _directions(kept)
    lines, part = shapely.get_parts(kept.geometry.to_numpy(), return_index=True)
    real = shapely.length(lines) > 0
    lines, part = lines[real], part[real]
    return Ways(
        lines=lines,
        feature=kept.index.to_numpy(np.int64)[part],
        speed_kmh=speed[part],
        tunnel=tunnel[part],
        bridge=_flags(kept, "bridge")[part],
        ends_only=ends_only[part],
        direction=direction[part],
        skipped=int((~usable).sum()),
    )


def class_speeds() -> dict[str, float]:
    """Return the embedded table of speeds in km/h by road class."""
    table: dict[str, float] = read_toml(data_file("network/speeds.toml"))["speed_kmh"]
    return table


def _classes(frame: gpd.GeoDataFrame) -> pd.Series:
    if "highway" not in frame.columns:
        return pd.Series("", index=frame.index)
    first = frame["highway"].map(lambda value: value[0] if isinstance(value, list | tuple | np.ndarray) else value)
    text = first.astype("string").fillna("").str.strip()
    # A list that a file format has turned into text: "['primary', 'residential']".
    return pd.Series(text.str.strip("[]").str.split(",").str[0].str.strip(" '\"").fillna("").astype(object))


def _speeds(frame: gpd.GeoDataFrame, classes: pd.Series, speeds: Mapping[str, float] | None) -> Float:
    table = {**class_speeds(), **(speeds or {})}
    named = next((name for name in ("speed_kmh", "speed_kph") if name in frame.columns), None)
    if named is None and "highway" not in frame.columns:
        raise DataError("roads have neither a column speed_kmh nor highway, so no speed; add one of them")
    given = frame[named] if named else pd.Series(np.nan, index=frame.index)
    number = numbers(given.rename(named), name="speeds in km/h", above=True, empty=True, file=frame.attrs.get("file"))
    blank = number.isna()
    silent = np.flatnonzero(blank & (classes == ""))
    if silent.size:
        raise DataError(
            f"road {frame.index[silent[0]]} has no speed: {named or 'highway'} is empty; fill in speed_kmh or highway"
        )
    unknown = sorted(set(classes[blank]) - set(table))
    if unknown:
        first = int(np.flatnonzero(blank & (classes == unknown[0]))[0])
        raise ParameterError(
            f"unknown road class {unknown[0]!r} (road {frame.index[first]}); "
            f"give it a speed in speed_kmh or use one of: {', '.join(table)}"
        )
    for name in sorted(set(classes[blank])):
        if not 0 < table[name] < np.inf:
            raise ParameterError(f"speed of class {name!r} is {table[name]!r}, but must be above zero km/h")
    return np.asarray(number.where(~blank, classes.map(table)), dtype=np.float64)


def _flags(frame: gpd.GeoDataFrame, name: str, *, default: Bool | None = None) -> Bool:
    base = np.zeros(len(frame), dtype=bool) if default is None else default
    if name not in frame.columns:
        return base
    text = frame[name].map(_text)
    given = (text != "").to_numpy() if default is not None else np.ones(len(frame), dtype=bool)
    return np.where(given, ~text.isin(_NO).to_numpy(), base)


def _directions(frame: gpd.GeoDataFrame) -> npt.NDArray[np.int8]:
    if "oneway" not in frame.columns:
        return np.zeros(len(frame), np.int8)
    text = frame["oneway"].map(_text)
    against = text.isin({"-1", "reverse", "-1.0"})
    along = text.isin({"yes", "true", "1", "1.0"})
    return np.asarray(along, np.int8) - np.asarray(against, np.int8)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        value = value[0] if len(value) else ""
    text = str(value).strip().lower()
    return "" if text in {"none", "nan", "<na>"} else "0" if text == "0.0" else text
