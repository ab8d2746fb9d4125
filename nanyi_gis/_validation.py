"""One validator a concept; each returns the value it checked, ready for use."""

import itertools
import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from .errors import DataError, ParameterError

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,(?:\d{1,2}|\d{4,})")
_LARGEST_FLOAT32 = 3.0e38  # what GIS programs write for a missing value


def check_finite(value: float, *, name: str) -> float:
    """Return ``value`` as a finite float.

    >>> check_finite(3, name="resolution")
    3.0
    >>> check_finite("wide", name="resolution")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: resolution is 'wide', but must be a finite number

    True is no number:

    >>> check_finite(True, name="resolution")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: resolution is True, but must be a finite number
    """
    try:
        number = math.nan if isinstance(value, bool | np.bool_) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    except OverflowError:  # a whole number of hundreds of digits, which no message should show
        raise ParameterError(f"{name} is beyond 1e308, but must be a finite number") from None
    if not math.isfinite(number):
        raise ParameterError(f"{name} is {_shown(value)}, but must be a finite number")
    return number


def check_positive(value: float, *, name: str, unit: str = "") -> float:
    """Return ``value`` as a float above zero.

    >>> check_positive(0, name="resolution", unit="m")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: resolution is 0 m, but must be above zero
    """
    number = check_finite(value, name=name)
    if number <= 0:
        raise ParameterError(f"{name} is {_with_unit(value, unit)}, but must be above zero")
    return number


def check_non_negative(value: float, *, name: str, unit: str = "") -> float:
    """Return ``value`` as a float of zero or more."""
    number = check_finite(value, name=name)
    if number < 0:
        raise ParameterError(f"{name} is {_with_unit(value, unit)}, but must not be negative")
    return number


def check_count(value: int, *, name: str, least: int = 1) -> int:
    """Return ``value`` as a whole number of at least ``least``.

    >>> check_count(200, name="samples")
    200
    """
    number = check_finite(value, name=name)
    if number != int(number) or number < least:
        raise ParameterError(f"{name} is {value!r}, but must be a whole number of at least {least}")
    return int(number)


def check_choice(value: str, choices: Iterable[str], *, name: str) -> str:
    """Return ``value`` if it is one of ``choices``.

    >>> check_choice("fly", ["walk", "car"], name="mode")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: mode is 'fly', but must be one of: walk, car
    """
    allowed = list(choices)
    if value not in allowed:
        raise ParameterError(f"{name} is {value!r}, but must be one of: {', '.join(allowed)}")
    return value


def check_edges(edges: Sequence[float], *, name: str = "edges", least: float | None = None) -> tuple[float, ...]:
    """Return class edges as floats, at least one, strictly rising, none below ``least``.

    >>> check_edges([700, 900, 1200])
    (700.0, 900.0, 1200.0)
    >>> check_edges([900, 700])
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: edges are 900, 700, but must rise strictly from first to last
    """
    if not isinstance(edges, Iterable) or isinstance(edges, str | bytes):
        raise ParameterError(f"{name} is {edges!r}, but must be a list of numbers, e.g. 700, 900, 1200")
    numbers = tuple(check_finite(edge, name=name) for edge in edges)
    if not numbers:
        raise ParameterError(f"{name} is empty, but at least one edge is needed")
    if any(low >= high for low, high in itertools.pairwise(numbers)):
        given = ", ".join(f"{number:g}" for number in numbers)
        raise ParameterError(f"{name} are {given}, but must rise strictly from first to last")
    if least is not None and numbers[0] < least:
        raise ParameterError(f"{name} begin with {numbers[0]:g}, but must not be below {least:g}")
    return numbers


def numbers(
    data: pd.DataFrame | pd.Series,
    column: str | None = None,
    *,
    name: str,
    file: str | os.PathLike[str] | None = None,
    least: float | None = 0.0,
    above: bool = False,
    empty: bool = False,
    infinite: bool = False,
) -> pd.Series:
    """Return the numbers that a user gives in a column, a float for each row.

    Parameters
    ----------
    data : DataFrame or Series
        A table with ``column``, or the values themselves.
    column : str, optional
        The column of a table.
    name : str
        What the numbers are, e.g. ``population``.
    file : path, optional
        Where they come from; by default what the reader noted in ``attrs["file"]``.
    least : float, optional
        The lowest that is allowed; None for any.
    above : bool
        Whether ``least`` itself is refused.
    empty : bool
        Whether empty cells may stay (as NaN).
    infinite : bool
        Whether plus infinity may stay.

    Raises
    ------
    DataError
        At the first value that is empty, no number, not finite or too low: names file, column, row, value and cure.
    ParameterError
        If there is no such column.

    >>> numbers(pd.DataFrame({"beds": ["12", 3]}), "beds", name="supply").tolist()
    [12.0, 3.0]
    >>> numbers(pd.DataFrame({"beds": [5, "1,200"]}), "beds", name="supply", file="to.gpkg")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: to.gpkg: beds of row 2 is '1,200', but supply must be a number; write 1200
    """
    source = data.attrs.get("file") if file is None else os.fspath(file)
    values = _column(data, column, name=name, source=source)
    label = column or (str(values.name) if values.name not in (None, 0) else name)
    result = np.empty(len(values), dtype=np.float64)
    for place, value in enumerate(values.tolist()):
        number = _number(value)
        fault = _fault(value, number, least=least, above=above, empty=empty, infinite=infinite)
        if fault is not None:
            where = f"{label} of {_row(values.index, place)}"
            head = f"{Path(source).name}: " if source else ""
            shown = "empty" if _is_empty(value) else _shown(value)
            raise DataError(f"{head}{where} is {shown}, but {name} must be {fault}")
        result[place] = number
    return pd.Series(result, index=values.index, name=values.name)


def _column(data: pd.DataFrame | pd.Series, column: str | None, *, name: str, source: str | None) -> pd.Series:
    if isinstance(data, pd.Series):
        return data
    if column is None or column not in data.columns:
        known = ", ".join(str(label) for label in data.columns if label != "geometry") or "none"
        head = f"{Path(source).name}: " if source else ""
        raise ParameterError(f"{head}no column {column!r} for {name}; columns are: {known}")
    return data[column]


def _number(value: object) -> float:
    """Return a cell as a float, NaN if it is none."""
    if _is_empty(value) or isinstance(value, bool | np.bool_) or (isinstance(value, str) and "_" in value):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _is_empty(value: object) -> bool:
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    return not value.strip() if isinstance(value, str) else isinstance(value, float) and math.isnan(value)


def _fault(
    value: object, number: float, *, least: float | None, above: bool, empty: bool, infinite: bool
) -> str | None:
    """Return the rule that a cell breaks and the cure, None for a good one."""
    if _is_empty(value):
        return None if empty else "a number; fill it, or leave the row out"
    if math.isnan(number):
        bare = _without_commas(str(value))
        cure = f"write {bare}" if math.isfinite(_number(bare)) else "write the number alone, without unit or words"
        return f"a number; {cure}"
    if number == math.inf and infinite:
        return None
    if not abs(number) < _LARGEST_FLOAT32:
        return "a finite number; correct it, or leave the row out"
    if least is not None and (number < least or (above and number == least)):
        word = "zero" if least == 0 else f"{least:g}"
        return (f"above {word}" if above else f"{word} or more") + "; correct it, or leave the row out"
    return None


def _without_commas(text: str) -> str:
    """Return a number without commas between thousands, or with a point for a comma before decimals.

    >>> _without_commas("1,200"), _without_commas("50,5")
    ('1200', '50.5')
    """
    plain = text.replace("\uff0c", ",").replace(" ", "")
    return plain.replace(",", ".") if _DECIMAL_COMMA.fullmatch(plain) else plain.replace(",", "")


def _row(index: pd.Index, place: int) -> str:
    """Return a row as a user finds it: counted from 1, or by its id."""
    label = index[place]
    numbered = isinstance(label, int | np.integer) and index.name is None
    return f"row {int(label) + 1}" if numbered else f"{label!r}"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _with_unit(value: float, unit: str) -> str:
    return f"{value} {unit}".rstrip()
