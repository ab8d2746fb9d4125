"""Tables of suitable land, as relations of a plan take them: from ``suitability``, with an interval if there is one."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from .._validation import numbers
from ..consistency import Interval, stated
from ..errors import DataError
from ..io import read_table
from ..uncertainty import TOTAL
from .relations import LandLayer

FORMS = {
    "doubt": ("crop", "zone", "class", "low_wanmu", "high_wanmu"),
    "feasibility": ("crop", "test", "kind", "s1_s2_wanmu", "low_wanmu", "high_wanmu"),
    "areas": ("zone", "band", "class", "area_wanmu"),
}
"""Columns by which a table is known: ``doubt_<crop>.csv``, ``feasibility.csv``, ``areas_<crop>.csv``."""


@dataclass(frozen=True)
class Land:
    """Land of layers in 万亩, where each is from, and what a reader must know."""

    intervals: dict[str, Interval]
    sources: dict[str, str]
    notes: tuple[str, ...]


def read_areas(paths: Sequence[str | os.PathLike[str]], layers: Sequence[LandLayer]) -> Land:
    """Return the land of the layers that tables of ``nanyi-gis suitability`` tell of; a later table stands over others.

    ``doubt_<crop>.csv`` and ``feasibility.csv`` have the interval of 5 to 95 %; ``areas_<crop>.csv`` has none, and its
    number is taken as it is printed, with a note.

    Raises
    ------
    DataError
        If a file is no such table, a number is none, or no layer is told of.
    """
    intervals: dict[str, Interval] = {}
    sources: dict[str, str] = {}
    notes = []
    for path in paths:
        table, form = _table(path)
        told = 0
        for layer in layers:
            found = _FINDERS[form](table, layer, path)
            if found is None:
                continue
            intervals[layer.id], has_interval = found
            sources[layer.id] = Path(path).name
            told += 1
            if not has_interval:
                notes.append(f"{Path(path).name}: {layer.en} has no interval; its number is taken as it is")
        if not told:
            crops = ", ".join(dict.fromkeys(layer.crop for layer in layers)) or "none"
            raise DataError(f"{path} tells of no land that the relations ask for; they ask for: {crops}")
    return Land(intervals, sources, tuple(notes))


def _table(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, str]:
    table = read_table(path, what="areas")
    for form, columns in FORMS.items():
        if set(columns) <= set(table.columns):
            return table, form
    raise DataError(f"{path} is no table of suitable land; give doubt_<crop>.csv, feasibility.csv or areas_<crop>.csv")


def _same(zone: str, other: str) -> bool:
    return zone.removesuffix("县") == other.removesuffix("县")


def _of_zone(table: pd.DataFrame, layer: LandLayer, column: str) -> Any:
    return table[column].map(lambda zone: _same(str(zone), layer.zone))


def _ends(rows: pd.DataFrame, path: Any, value: str) -> tuple[Interval, bool] | None:
    """Return the interval of the first row, or its value as printed where it has none."""
    if rows.empty:
        return None
    first = rows.head(1)
    low, high, middle = (
        float(numbers(first.replace("", "nan"), name, name=f"{path}: {name}").iloc[0]) if name in first else math.nan
        for name in ("low_wanmu", "high_wanmu", value)
    )
    if math.isfinite(low) and math.isfinite(high):
        if not 0 <= low <= high:
            raise DataError(f"{path}: land runs from {low:g} to {high:g} 万亩, but must end at or above its start")
        return Interval(low=low, high=high), True
    return (stated(middle), False) if math.isfinite(middle) else None


def _by_doubt(table: pd.DataFrame, layer: LandLayer, path: Any) -> tuple[Interval, bool] | None:
    own = table[(table["crop"] == layer.crop) & (table["class"] == "+".join(layer.classes))]
    zones = list(dict.fromkeys(own["zone"]))
    if layer.zone:
        return _ends(own[_of_zone(own, layer, "zone")], path, "area_wanmu")
    return _ends(own if len(zones) == 1 else own[own["zone"] == TOTAL], path, "area_wanmu")


def _by_feasibility(table: pd.DataFrame, layer: LandLayer, path: Any) -> tuple[Interval, bool] | None:
    own = table[table["crop"] == layer.crop]
    if layer.classes != ("S1", "S2"):
        return None
    counties = own[own["test"] == "county"]
    if layer.zone:
        mine = counties[_of_zone(counties, layer, "kind")]
        # a table of one county has no rows by county
        return _ends(mine if len(mine) else own[own["test"] == "area"], path, "s1_s2_wanmu")
    return _ends(own[own["test"] == "area"], path, "s1_s2_wanmu")


def _by_areas(table: pd.DataFrame, layer: LandLayer, path: Any) -> tuple[Interval, bool] | None:
    if Path(path).stem.removeprefix("areas_") != layer.crop:
        return None
    own = table[table["class"].isin(layer.classes)]
    if layer.zone:
        if not _of_zone(table, layer, "zone").any():
            return None
        own = own[_of_zone(own, layer, "zone")]
    total = float(numbers(own, "area_wanmu", name=f"{path}: area_wanmu").sum()) if len(own) else 0.0
    return stated(round(total, 3)), False


_FINDERS = {"doubt": _by_doubt, "feasibility": _by_feasibility, "areas": _by_areas}
