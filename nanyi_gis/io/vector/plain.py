"""Attributes made plain: text, numbers, dates and yes or no, which every file format and page knows."""

import base64
import datetime
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

_SIMPLE = (str, bool, int, float, np.bool_, np.integer, np.floating)
_DATES = (datetime.date, datetime.datetime, datetime.time, pd.Timestamp)


def plain_columns(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a copy whose attributes are text, numbers, dates or truth values, with names that occur once.

    Lists, arrays and mappings become JSON text, durations their minutes (column ``..._min``), complex numbers and
    anything else text; categories their values; bytes text if they are UTF-8, else base64. A second geometry column
    is dropped, a repeated name is numbered. ``attrs["notes"]`` tells what was dropped or renamed.

    >>> frame = gpd.GeoDataFrame({"l": [[1, 2]], "wait": pd.to_timedelta(["90s"])}, geometry=[shapely.Point(105, 28)])
    >>> plain_columns(frame).drop(columns="geometry").to_dict("records")
    [{'l': '[1, 2]', 'wait_min': 1.5}]
    """
    notes: list[str] = []
    geometry = frame.active_geometry_name
    columns: dict[str, Any] = {}
    shapes = None
    for place, label in enumerate(frame.columns):
        values = frame.iloc[:, place]
        if label == geometry and shapes is None:
            shapes = gpd.GeoSeries(values, crs=frame.crs)
            columns["geometry"] = None
            continue
        if _is_geometry(values):
            notes.append(f"column {label} left out: a second geometry")
            continue
        plain = _plain_series(values)
        name = f"{label}_min" if pd.api.types.is_timedelta64_dtype(values.dtype) else str(label)
        free = _free(name, {*columns, "geometry"})
        if free != name:
            notes.append(f"column {name} occurs again and is called {free}")
        columns[free] = plain
    data = {name: shapes if values is None else values for name, values in columns.items()}
    result = gpd.GeoDataFrame(data, index=frame.index, geometry=None if shapes is None else "geometry")
    result.attrs = {**frame.attrs, "notes": [*frame.attrs.get("notes", []), *notes]}
    return result


def plain_value(value: Any) -> Any:
    """Return a value as text, number, date, truth value or None.

    >>> plain_value({"b": [1, None]}), plain_value(1 + 2j), plain_value(datetime.timedelta(hours=1, seconds=30))
    ('{"b": [1, null]}', '(1+2j)', '1:00:30')
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (*_SIMPLE, *_DATES)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    if isinstance(value, np.datetime64):
        return pd.Timestamp(value)
    if isinstance(value, np.timedelta64 | datetime.timedelta):
        return str(pd.Timedelta(value).to_pytimedelta())
    if isinstance(value, list | tuple | set | frozenset | dict | np.ndarray):
        return json.dumps(_jsonable(value), ensure_ascii=False)
    return str(value)


def _plain_series(values: pd.Series) -> Any:
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        return _plain_series(values.astype(kind.categories.dtype))
    if pd.api.types.is_timedelta64_dtype(kind):
        return values.dt.total_seconds() / 60.0
    if pd.api.types.is_complex_dtype(kind):
        return values.map(str).astype(object)
    if pd.api.types.is_bool_dtype(kind) or pd.api.types.is_datetime64_any_dtype(kind):
        return values
    if pd.api.types.is_integer_dtype(kind) or pd.api.types.is_float_dtype(kind):
        return values.astype(np.float32) if kind == np.float16 else values
    if isinstance(kind, pd.StringDtype):
        return values
    return pd.Series([plain_value(value) for value in values], index=values.index, dtype=object)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_jsonable(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted((_jsonable(inner) for inner in value), key=str)
    plain = plain_value(value)
    if isinstance(plain, float) and not np.isfinite(plain):
        return None
    return plain if plain is None or isinstance(plain, str | bool | int | float) else str(plain)


def _bytes_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(value).decode("ascii")


def _is_geometry(values: pd.Series) -> bool:
    if isinstance(values.dtype, gpd.array.GeometryDtype):
        return True
    first = next((value for value in values if value is not None), None) if values.dtype == object else None
    return isinstance(first, shapely.Geometry)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
