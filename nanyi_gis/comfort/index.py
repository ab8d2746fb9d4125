"""An index of comfort as a record: which formula, with which numbers, what its classes are and how sure that is."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_choice, check_count, check_finite
from ..errors import ParameterError
from ..io import data_file, data_files, known_keys, read_toml
from .formulas import holiday_climate, temperature_humidity, wind_effect


class _Formula(NamedTuple):
    function: Callable[..., Any]
    inputs: tuple[str, ...]
    coefficients: Mapping[str, str]
    """Argument of the function by the key of the record."""
    parts: tuple[str, ...] = ()
    """Parts that a table of the record rates."""


FORMULAS: Mapping[str, _Formula] = {
    "temperature_humidity": _Formula(
        temperature_humidity, ("temperature", "humidity"), {key: key for key in ("slope", "base")}
    ),
    "wind_effect": _Formula(
        wind_effect,
        ("temperature", "wind", "sunshine"),
        {key: key for key in ("root", "constant", "skin", "sun")},
    ),
    "holiday_climate": _Formula(
        holiday_climate,
        ("maximum", "humidity", "cloud", "rain", "wind"),
        {key: f"{key}_weight" for key in ("thermal", "sky", "rain", "wind")},
        ("thermal", "sky", "rain", "wind"),
    ),
}
"""The formulas that a record may name; nothing of a file is ever run."""

_TEXTS = ("title", "title_zh", "standard", "status", "status_zh", "source", "evidence")
_KEYS = {"id", *_TEXTS, "year", "formula", "digits", "months", "wind_up_to"} | {
    "coefficients",
    "rating",
    "input",
    "class",
}


@dataclass(frozen=True, kw_only=True)
class Input:
    """A quantity that an index needs: its name, unit and the range in which it can lie."""

    name: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ComfortClass:
    """A class of an index from ``low`` on, up to the next; ``comfortable`` where the standard says so."""

    id: str
    name: str
    name_zh: str
    low: float
    comfortable: bool = False


@dataclass(frozen=True, kw_only=True)
class ComfortIndex:
    """An index of comfort.

    Attributes
    ----------
    id, title, title_zh, standard, status, status_zh, source, evidence : str
        What it is called, where it is from, whether it is in force, and how sure its numbers are.
    year : int
        Of the standard.
    formula : str
        Name of a formula of this room.
    coefficients : mapping
        Its numbers.
    ratings : mapping
        Tables of points of its parts, if it has any.
    inputs, classes : tuple
        What it needs; its classes from the lowest.
    digits : int
        Decimals to which a value is rounded before it is classed.
    months : tuple of int
        Months in which it governs where indices of one standard disagree.
    wind_up_to : float or None
        Mean wind in m/s above which it does not govern.

    >>> load_index("thi").value(temperature=27.0, humidity=1.0)
    27.0
    """

    id: str
    title: str
    title_zh: str
    standard: str
    year: int
    formula: str
    coefficients: Mapping[str, float]
    inputs: tuple[Input, ...]
    classes: tuple[ComfortClass, ...]
    ratings: Mapping[str, Mapping[str, list[float]]] = field(default_factory=dict)
    digits: int = 1
    months: tuple[int, ...] = tuple(range(1, 13))
    wind_up_to: float | None = None
    status: str = ""
    status_zh: str = ""
    source: str = ""
    evidence: str = ""

    def value(self, **inputs: Any) -> Any:
        """Return the index of floats, arrays or Series, one for each of its inputs; NaN where one is unknown.

        Raises
        ------
        ParameterError
            If an input is missing, unknown to the index, or outside its range.

        >>> round(load_index("wind_effect").value(temperature=23.0, wind=4.0, sunshine=0.0), 1)
        -264.5
        """
        known = [one.name for one in self.inputs]
        for name in inputs:
            check_choice(name, known, name=f"input of {self.id}")
        missing = [name for name in known if name not in inputs]
        if missing:
            raise ParameterError(f"{self.id} lacks {', '.join(missing)}; give {', '.join(known)}")
        for one in self.inputs:
            _hold(inputs[one.name], one)
        formula = FORMULAS[self.formula]
        numbers: dict[str, Any] = {formula.coefficients[key]: number for key, number in self.coefficients.items()}
        if self.ratings:
            numbers["ratings"] = self.ratings
        return formula.function(*(inputs[name] for name in formula.inputs), **numbers)

    def class_of(self, values: Any) -> npt.NDArray[np.int64]:
        """Return the number of the class of each value in :attr:`classes`, -1 where the value is unknown.

        >>> load_index("thi").class_of([16.94, 16.96, 25.44, 25.46, float("nan")]).tolist()
        [1, 2, 2, 3, -1]
        """
        array = np.atleast_1d(np.asarray(values, dtype=np.float64)).round(self.digits)
        limits = np.array([one.low for one in self.classes[1:]])
        return np.where(np.isnan(array), -1, np.searchsorted(limits, array, side="right")).astype(np.int64)

    def classed(self, values: Any) -> "pd.Series[str]":
        """Return the id of the class of each value, empty where the value is unknown.

        >>> load_index("thi").classed(pd.Series([22.0], index=["hill"])).to_dict()
        {'hill': 'comfortable'}
        """
        ids = np.array([*(one.id for one in self.classes), ""], dtype=object)
        index = values.index if isinstance(values, pd.Series) else None
        return pd.Series(ids[self.class_of(values)], index=index, name=f"{self.id}_class")


def governing(indices: Mapping[str, ComfortIndex], *, month: int, wind: float = float("nan")) -> tuple[str, ...]:
    """Return the ids of the indices that govern in a month: of GB/T 27963-2011 one in each half of the year.

    With a mean ``wind`` (m/s) above what an index allows, the others of its standard govern in its place.

    >>> shipped = comfort_indices()
    >>> governing(shipped, month=7), governing(shipped, month=1), governing(shipped, month=7, wind=4.0)
    (('hci_urban', 'thi'), ('hci_urban', 'wind_effect'), ('hci_urban', 'wind_effect'))
    """
    if not 1 <= check_count(month, name="month") <= 12:
        raise ParameterError(f"month is {month}, but must be 1 to 12")
    found = []
    for name, one in indices.items():
        others = [other for other in indices.values() if other.standard == one.standard and other.id != one.id]
        calm = one.wind_up_to is None or not wind > one.wind_up_to
        stands_in = any(other.wind_up_to is not None and wind > other.wind_up_to for other in others)
        if (month in one.months and calm) or stands_in:
            found.append(name)
    return tuple(found)


def comfort_indices() -> dict[str, ComfortIndex]:
    """Return the indices that travel with the package, by id.

    >>> list(comfort_indices())
    ['hci_urban', 'thi', 'wind_effect']
    """
    names = [name for name in data_files() if name.startswith("comfort/")]
    return {one.id: one for one in map(_shipped, names)}


@cache
def _shipped(name: str) -> ComfortIndex:
    return load_index(data_file(name))


def load_index(index: str | os.PathLike[str]) -> ComfortIndex:
    """Return an index by the name of one that travels with the package, or from a TOML file of one's own.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If no index is called so; if a key is unknown or missing, or a value breaks its rule.

    >>> load_index("thi").standard
    'GB/T 27963-2011'
    """
    path = Path(index)
    if path.suffix != ".toml":
        shipped = {Path(name).stem: name for name in data_files() if name.startswith("comfort/")}
        return _shipped(shipped[check_choice(os.fspath(index), sorted(shipped), name="index")])
    return _index(read_toml(path, what="index of comfort"), path.name)


def _index(record: dict[str, Any], where: str) -> ComfortIndex:
    known_keys(record, _KEYS, where, "")
    for key in ("id", "formula", "class", "input"):
        if not record.get(key):
            raise ParameterError(f"{where}: {key} is missing; add it")
    formula = FORMULAS[check_choice(str(record["formula"]), sorted(FORMULAS), name=f"{where}: formula")]
    inputs = tuple(_input(one, where) for one in _tables(record, "input", where))
    if sorted(one.name for one in inputs) != sorted(formula.inputs):
        raise ParameterError(
            f"{where}: {record['formula']} takes {', '.join(formula.inputs)}; give an [[input]] for each"
        )
    coefficients = _table(record, "coefficients", where)
    known_keys(coefficients, formula.coefficients, where, "coefficients.")
    months = record.get("months", list(range(1, 13)))
    if not isinstance(months, list) or not set(months) <= set(range(1, 13)):
        raise ParameterError(f"{where}: months is {str(months)[:60]}, but must list numbers from 1 to 12")
    wind = record.get("wind_up_to")
    return ComfortIndex(
        **{key: str(record.get(key, "")) for key in ("id", *_TEXTS)},
        year=check_count(record.get("year", 0), name=f"{where}: year", least=0),
        formula=str(record["formula"]),
        coefficients={key: check_finite(value, name=f"{where}: {key}") for key, value in coefficients.items()},
        ratings=_ratings(_table(record, "rating", where), formula.parts, where),
        inputs=inputs,
        classes=_classes(record, where),
        digits=check_count(record.get("digits", 1), name=f"{where}: digits", least=0),
        months=tuple(months),
        wind_up_to=None if wind is None else check_finite(wind, name=f"{where}: wind_up_to"),
    )


def _classes(record: dict[str, Any], where: str) -> tuple[ComfortClass, ...]:
    found: list[ComfortClass] = []
    for number, one in enumerate(_tables(record, "class", where)):
        known_keys(one, {"id", "name", "name_zh", "low", "comfortable"}, where, "class.")
        low = (
            check_finite(one.get("low", float("nan")), name=f"{where}: low of class {number + 1}")
            if number
            else -np.inf
        )
        if found and low <= found[-1].low:
            raise ParameterError(f"{where}: low of class {number + 1} is {low:g}, but must rise from class to class")
        texts = {key: str(one.get(key, "")) for key in ("id", "name", "name_zh")}
        found.append(ComfortClass(**texts, low=low, comfortable=bool(one.get("comfortable", False))))
    return tuple(found)


def _input(one: dict[str, Any], where: str) -> Input:
    known_keys(one, {"name", "unit", "low", "high"}, where, "input.")
    low, high = (
        check_finite(one.get(key, float("nan")), name=f"{where}: {key} of an input") for key in ("low", "high")
    )
    return Input(name=str(one.get("name", "")), unit=str(one.get("unit", "")), low=low, high=high)


def _ratings(record: dict[str, Any], parts: tuple[str, ...], where: str) -> dict[str, dict[str, list[float]]]:
    known_keys(record, parts, where, "rating.")
    missing = [part for part in parts if not isinstance(record.get(part), dict)]
    if missing:
        raise ParameterError(f"{where}: rating.{missing[0]} is missing; add it")
    for part in parts:
        known_keys(record[part], {"from", "points"}, where, f"rating.{part}.")
    return {part: {key: list(record[part].get(key, [])) for key in ("from", "points")} for part in parts}


def _table(record: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    value = record.get(key, {})
    if not isinstance(value, dict):
        raise ParameterError(f"{where}: {key} is {str(value)[:60]!r}, but must be a table")
    return value


def _tables(record: dict[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    value = record[key]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ParameterError(f"{where}: {key} is {str(value)[:60]!r}, but must be tables [[{key}]]")
    return value


def _hold(values: Any, one: Input) -> None:
    array = np.asarray(values, dtype=np.float64)
    odd = array[(array < one.low) | (array > one.high)]
    if odd.size:
        cure = "divide percent by 100" if one.name == "humidity" else "correct it"
        raise ParameterError(
            f"{one.name} is {odd.flat[0]:g}, but must be {one.low:g} to {one.high:g} ({one.unit}); {cure}"
        )
