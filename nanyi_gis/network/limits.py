"""Speeds that a layer gives itself: own speeds and posted limits, with units, along and against each line."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError
from .words import Bools, Floats, column_of, items, words_in, words_of

OWN_SPEEDS = ("speed_kph", "speed_kmh")
OWN_SPEEDS_BACK = ("speed_kph_back", "speed_kmh_back")

_UNITS = {
    **dict.fromkeys(("", "km/h", "kmh", "kph", "kmph", "km", "公里/小时", "千米/小时", "公里", "公里每小时"), 1.0),
    **dict.fromkeys(("mph", "mi/h"), 1.609344),
    **dict.fromkeys(("knots", "knot", "kn", "kt", "kts"), 1.852),
}
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\d\s].*)?")
_LEAST = 5.0  # a posted limit below that is no limit for a road
_LARGEST = 1000.0
_WALKING = 7.0  # Schrittgeschwindigkeit: German courts hold 4 to 7 km/h
_URBAN = 50.0
_NO_LIMIT = frozenset({"none", "no", "unlimited", "signals", "variable", "implicit", "national", "unposted", "unknown"})
_ZONE = re.compile(r"(?:[a-z]{2}(?:-[a-z]+)?:)?(?:zone[:_]?)?(\d+)")
_BY_CLASS = re.compile(
    r"(?:[a-z]{2}(?:-[a-z]+)?:)?"
    r"(?:rural|motorway|trunk|expressway|bicycle_road|living_street|nsl_\w+|default|school|service|maximum|urban_\w+)"
)


def speed_of(word: str) -> float | None:
    """Return a speed in km/h; None if the word is no number with a unit that is known.

    >>> speed_of("50"), speed_of("50 km/h"), round(speed_of("30 mph"), 2), speed_of("10 knots"), speed_of("fast")
    (50.0, 50.0, 48.28, 18.52, None)
    """
    found = _NUMBER.fullmatch(word.strip())
    unit = (found[2] or "").strip().lower() if found else None
    return float(found[1]) * _UNITS[unit] if found and unit in _UNITS else None


def limit_of(word: str) -> float | None:
    """Return the posted limit in km/h that a word means, NaN if it leaves the speed to the class, None if unknown.

    Of a list the lowest. ``walk`` is 7 km/h, an urban zone 50, ``zone:30`` 30; ``none``, ``signals``, rural and
    motorway zones, 0 (Geofabrik's word for unknown) and what is empty leave the speed to the class.

    >>> limit_of("50;70"), limit_of("70|100"), limit_of("['50', '30 mph']"), limit_of("CN:urban"), limit_of("none")
    (50.0, 70.0, 48.28032, 50.0, nan)
    """
    if not word:
        return np.nan
    found = [_limit_of(item.lower()) for item in items(word)]
    numbers = [one for one in found if one is not None and one == one]
    if numbers:
        return min(numbers)
    return np.nan if any(one is not None for one in found) else None


def _limit_of(word: str) -> float | None:
    number = speed_of(word)
    if number is not None:
        return np.nan if number == 0 else number if _LEAST <= number <= _LARGEST else None
    zone = _ZONE.fullmatch(word)
    if zone:
        return _limit_of(zone[1])
    if word in {"walk", "walking"} or word.endswith((":walk", ":pedestrian_zone")):
        return _WALKING
    if word.endswith(":urban") or word == "urban":
        return _URBAN
    return np.nan if word in _NO_LIMIT or _BY_CLASS.fullmatch(word) else None


def _in_kmh(word: str) -> float | None:
    """Return the number of a column that is named for km/h; another unit contradicts its name and is no number."""
    found = _NUMBER.fullmatch(word.strip())
    unit = (found[2] or "").strip().lower() if found else ""
    return speed_of(word) if _UNITS.get(unit) == 1.0 else None


def posted_limits(lines: pd.DataFrame) -> tuple[Floats, Floats, list[str]]:
    """Return the posted limits in km/h along and against each line, NaN where there is none, and notes on odd words.

    ``maxspeed:forward`` and ``maxspeed:backward`` go before ``maxspeed`` in their direction.

    >>> roads = pd.DataFrame({"maxspeed": ["50", "30 mph", ""], "maxspeed:backward": ["", "20", "odd"]})
    >>> along, against, notes = posted_limits(roads)
    >>> along.round(1).tolist(), against.round(1).tolist(), notes
    ([50.0, 48.3, nan], [50.0, 20.0, nan], ["maxspeed:backward 'odd' 1 (not understood, the class decides)"])
    """
    found, notes = [], []
    for name in ("maxspeed", "maxspeed:forward", "maxspeed:backward"):
        words = words_of(lines, name)
        if words is None:
            found.append(np.full(len(lines), np.nan))
            continue
        notes += words.told(lambda word: limit_of(word) is None, "not understood, the class decides")
        found.append(words.map(lambda word: _or_nan(limit_of(word)), dtype=np.float64))
    both, along, against = found
    return np.where(np.isnan(along), both, along), np.where(np.isnan(against), both, against), notes


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def own_speeds(lines: pd.DataFrame, *, used: Bools) -> tuple[Floats, Floats]:
    """Return the layer's own speeds in km/h along and against each line, NaN where the cell is empty.

    Raises
    ------
    DataError
        At the first used line whose speed is zero, negative or no speed: names file, column, row, value and cure.
    """
    along = _own(lines, column_of(lines, *OWN_SPEEDS), used)
    against = _own(lines, column_of(lines, *OWN_SPEEDS_BACK), used)
    return along, np.where(np.isnan(against), along, against)


def _own(lines: pd.DataFrame, column: "pd.Series[Any] | None", used: Bools) -> Floats:
    if column is None:
        return np.full(len(lines), np.nan)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        empty = np.isnan(values)
    else:
        words = words_in(column)
        values = words.map(lambda word: _or_nan(_in_kmh(word)), dtype=np.float64)
        empty = words.map(lambda word: not word, dtype=bool)
    odd = used & ~empty & ~((values > 0) & (values <= _LARGEST))
    if odd.any():
        place = int(np.argmax(odd))
        source = lines.attrs.get("file")
        head = f"{Path(os.fspath(source)).name}: " if source else ""
        shown = repr(column.iloc[place]) if np.isnan(values[place]) else f"{values[place]:g}"
        raise DataError(f"{head}{column.name} of {_row(lines.index, place)} is {shown}, {_rule(values[place])}")
    return np.asarray(values, dtype=np.float64)


def _rule(value: float) -> str:
    """Return the rule that a speed breaks, and the cure."""
    leave = "or leave the cell empty for the speed of its class"
    if np.isnan(value):
        return f"but speeds in km/h must be numbers; write e.g. 50, {leave}"
    if value > 0:
        return f"but a speed of {value:g} km/h is above {_LARGEST:g}; correct it, {leave}"
    return f"but a speed of {value:g} km/h is none: speeds must be above zero; correct it, {leave}"


def _row(index: pd.Index, place: int) -> str:
    label = index[place]
    return f"row {int(label) + 1}" if isinstance(label, int | np.integer) and index.name is None else repr(label)
