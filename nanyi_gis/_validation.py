"""One validator a concept; each returns the value it checked, ready for use."""

import itertools
import math
from collections.abc import Iterable, Sequence

from .errors import ParameterError


def check_finite(value: float, *, name: str) -> float:
    """Return ``value`` as a finite float.

    >>> check_finite(3, name="resolution")
    3.0
    >>> check_finite("wide", name="resolution")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: resolution is 'wide', but must be a finite number
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ParameterError(f"{name} is {value!r}, but must be a finite number")
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


def check_edges(edges: Sequence[float], *, name: str = "edges") -> tuple[float, ...]:
    """Return class edges as floats, at least one and strictly rising.

    >>> check_edges([700, 900, 1200])
    (700.0, 900.0, 1200.0)
    >>> check_edges([900, 700])
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: edges are 900, 700, but must rise strictly from first to last
    """
    if not isinstance(edges, Iterable):
        raise ParameterError(f"{name} is {edges!r}, but must be a list of numbers, e.g. 700, 900, 1200")
    numbers = tuple(check_finite(edge, name=name) for edge in edges)
    if not numbers:
        raise ParameterError(f"{name} is empty, but at least one edge is needed")
    if any(low >= high for low, high in itertools.pairwise(numbers)):
        given = ", ".join(f"{number:g}" for number in numbers)
        raise ParameterError(f"{name} are {given}, but must rise strictly from first to last")
    return numbers


def _with_unit(value: float, unit: str) -> str:
    return f"{value} {unit}".rstrip()
