"""People by county, from a census file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import ParameterError
from ..io import read_toml


@dataclass(frozen=True)
class Census:
    """People by county as the gazetteer names the counties, with the day of the census."""

    people: Mapping[str, int]
    as_of: str = ""


def read_census(path: str | os.PathLike[str]) -> Census:
    """Return a census file: a table ``[county]`` of people by county, and ``as_of``.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a county's people are no whole number of zero or more.
    """
    source = Path(path)
    raw = read_toml(source, what="census file")
    people = raw.get("county")
    if not isinstance(people, dict) or not people:
        raise ParameterError(f'{source}: county is missing; add a table [county] with lines such as "叙永" = 552979')
    for county, count in people.items():
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ParameterError(f"{source}: {county} has {count!r} people, but must have a whole number, 0 or more")
    return Census(people, as_of=str(raw.get("as_of", "")))
