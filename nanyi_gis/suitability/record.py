"""Values of a criteria file's record, checked: every fault is named with the file, the key and the cure."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from ..errors import ParameterError


def positive(value: Any, key: str, where: str) -> None:
    """Refuse what is no finite number above zero."""
    if not 0 < number_of(value, key, where) < math.inf:
        raise ParameterError(f"{where}: {key} is {value:g}, but must be above zero")


def list_of(value: Any, key: str, where: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise ParameterError(f"{where}: {key} is {value!r}, but must be a list; write it in [ ]")
    return value


def table_of(record: dict[str, Any], key: str, where: str) -> dict[str, Any]:
    """Return a table of the record, empty if it is not there."""
    value = record.get(key, {})
    if not isinstance(value, dict):
        raise ParameterError(f"{where}: {key} is {value!r}, but must be a table; write [{key}]")
    return value


def text_of(record: dict[str, Any], key: str, where: str, prefix: str) -> str:
    """Return a text that must not be empty."""
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise ParameterError(f'{where}: {prefix}{key} is missing; add {key} = "…"')
    return value


def choice_of(value: Any, choices: Sequence[str], key: str, where: str) -> str:
    """Return one of the choices."""
    if value not in choices:
        raise ParameterError(f"{where}: {key} is {value!r}, but must be one of: {', '.join(choices)}")
    return str(value)


def number_of(value: Any, key: str, where: str) -> float:
    """Return a number, which may be infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ParameterError(f"{where}: {key} is {value!r}, but must be a number")
    return float(value)


def numbers_of(values: Any, count: int, key: str, where: str) -> tuple[float, ...]:
    """Return so many numbers."""
    if not isinstance(values, list) or len(values) != count:
        raise ParameterError(f"{where}: {key} is {values!r}, but must be a list of {count} numbers")
    return tuple(number_of(value, key, where) for value in values)


def ordered(points: tuple[float, ...], key: str, where: str) -> tuple[float, ...]:
    """Return numbers that do not fall."""
    if any(a > b for a, b in pairwise(points)):
        given = ", ".join(f"{point:g}" for point in points)
        raise ParameterError(f"{where}: {key} gives {given}, which is out of order; the numbers must not fall")
    return points


def required_layers(record: dict[str, Any], masks: Iterable[str], where: str) -> tuple[str, ...]:
    """Return the layers without which a use is refused; each is a mask or the layer of a criterion of the file."""
    names = tuple(str(name) for name in list_of(record.get("requires", []), "requires", where))
    known = {str(entry.get("layer", entry.get("id"))) for entry in record.get("criterion", [])}
    known |= {*masks, *(str(entry.get("id")) for entry in record.get("mask", []))}
    for name in names:
        if name not in known:
            raise ParameterError(
                f"{where}: requires has {name!r}, which is no mask and no layer of a criterion; drop it"
            )
    return names
