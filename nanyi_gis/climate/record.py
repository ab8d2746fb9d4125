"""Values of a climate record, each checked and named."""

from typing import Any

from ..errors import ParameterError

_LARGEST = 1e6


def table(value: object, label: str) -> dict[str, Any]:
    """Return a table of a record."""
    if not isinstance(value, dict):
        raise ParameterError(f"{label} is {shown(value)}, but must be a table")
    return value


def number(entry: dict[str, Any], key: str, label: str) -> float:
    """Return a number of a table."""
    return finite(entry.get(key), label)


def finite(value: object, label: str) -> float:
    """Return a number that a quantity of climate, a height, a width or a coordinate can have."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ParameterError(f"{label} is {shown(value)}, but must be a number between -{_LARGEST:g} and {_LARGEST:g}")
    return float(value)


def shown(value: object) -> str:
    """Return a value in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
