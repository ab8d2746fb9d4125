"""People by county, and by township where that is published, from a census file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ParameterError
from ..io import read_toml

_MOST_PEOPLE = 10_000_000_000


@dataclass(frozen=True)
class TownshipPeople:
    """A published number of people of one township: its code, the year, who says so and the grade of evidence.

    ``year`` is 0 where the text that gives the number names none.
    """

    code: str
    people: int
    year: int
    source: str
    evidence: str = "official"


@dataclass(frozen=True)
class Census:
    """People by county as the gazetteer names the counties, with the day of the census.

    Attributes
    ----------
    people : mapping of str to int
        People by county.
    as_of : str
        Day of the census.
    townships : tuple of TownshipPeople
        Townships with a published figure.
    seat_shares : tuple of float
        Plausible shares of a county's people who live in its seat, rising; empty if nothing is known of them.
    """

    people: Mapping[str, int]
    as_of: str = ""
    townships: tuple[TownshipPeople, ...] = ()
    seat_shares: tuple[float, ...] = ()


def read_census(path: str | os.PathLike[str]) -> Census:
    """Return a census file.

    It has a table ``[county]`` of people by county and ``as_of``; it may have ``seat_shares``, rising shares of a
    county's people in its seat, and tables ``[[township]]`` with ``code``, ``people``, ``year``, ``source`` and
    ``evidence`` of townships with a published figure.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If people are no whole number of zero or more, a share does not lie between 0 and 1 or they do not rise, or a
        township lacks code, year or source, or stands there twice.
    """
    source = Path(path)
    raw = read_toml(source, what="census file")
    people = raw.get("county")
    if not isinstance(people, dict) or not people:
        raise ParameterError(f'{source}: county is missing; add a table [county] with lines such as "叙永" = 552979')
    for county, count in people.items():
        _refuse_uncountable(source, county, count)
    return Census(
        people,
        as_of=str(raw.get("as_of", "")),
        townships=_townships(source, raw.get("township", [])),
        seat_shares=_shares(source, raw.get("seat_shares", [])),
    )


def _refuse_uncountable(source: Path, name: str, count: object) -> None:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ParameterError(f"{source}: {name} has {count!r} people, but must have a whole number, 0 or more")
    if count > _MOST_PEOPLE:
        raise ParameterError(f"{source}: {name} has over {_MOST_PEOPLE:,} people, more than any county; correct it")


def _shares(source: Path, given: Any) -> tuple[float, ...]:
    shares = given if isinstance(given, list) else [given]
    good = all(isinstance(share, float) and 0.0 < share < 1.0 for share in shares)
    if not good or sorted(set(shares)) != shares:
        text = repr(given)[:60]
        raise ParameterError(f"{source}: seat_shares is {text}, but must be rising shares such as [0.25, 0.29, 0.33]")
    return tuple(shares)


def _townships(source: Path, given: Any) -> tuple[TownshipPeople, ...]:
    if not isinstance(given, list) or not all(isinstance(record, dict) for record in given):
        raise ParameterError(f"{source}: township is no list of tables; write [[township]] before each")
    found: dict[str, TownshipPeople] = {}
    for number, record in enumerate(given, start=1):
        code, year, told = record.get("code"), record.get("year"), record.get("source")
        if not isinstance(code, str) or not code:
            raise ParameterError(f"{source}: township {number} has no code; add the one of places.csv, in quotes")
        if code in found:
            raise ParameterError(f"{source}: township {code} stands there twice; keep one figure")
        if not isinstance(year, int) or isinstance(year, bool) or not told or not isinstance(told, str):
            raise ParameterError(f"{source}: township {code} needs a year and a source; add them")
        _refuse_uncountable(source, f"township {code}", record.get("people"))
        found[code] = TownshipPeople(code, record["people"], year, told, str(record.get("evidence", "official")))
    return tuple(found.values())
