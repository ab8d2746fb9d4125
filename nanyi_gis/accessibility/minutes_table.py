"""The tidy table of access: a row a township, service and scenario, with its minutes and its people."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .._validation import numbers
from ..errors import DataError
from ..io import read_table

KEYS = ("township", "service", "scenario")
PEOPLE = ("people", "people_low", "people_high")
TIMES = ("minutes", "minutes_low", "minutes_high")
MINUTES_COLUMNS = ("township", "county", *PEOPLE, "service", "scenario", *TIMES)
"""Columns of the tidy table. ``inf`` minutes: no way; empty: not known."""
_NO_WAY = {"inf", "+inf", "infinity", "unreachable", "no way", "不可达"}


def read_minutes(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a tidy table from a CSV, see :func:`minutes_table`.

    ``inf``, ``unreachable`` or ``不可达`` stands for no way, an empty cell for what is not known.

    Raises
    ------
    DataError
        If the file is no such table, or a cell of it is wrong: names file, row and cure.

    >>> read_minutes("none.csv")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: no file none.csv; check the path
    """
    table = read_table(path, what="minutes", columns=[*KEYS, "people", "minutes"], distinct=True)
    table.attrs["file"] = os.fspath(path)
    return minutes_table(table)


def minutes_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return a tidy table checked and completed: every township in every service and scenario that the table has.

    Parameters
    ----------
    table : DataFrame
        ``township``, ``service``, ``scenario`` (each combination once), ``people`` and ``minutes``; optional
        ``people_low``, ``people_high``, ``minutes_low``, ``minutes_high`` (else equal to the central one), ``county``
        (or ``group``, else one for all) and further columns of the township, such as a name. People and county are
        the township's: the same in each of its rows.

    Returns
    -------
    DataFrame
        ``MINUTES_COLUMNS``, then the further columns; the combinations that are missing have NaN for minutes.

    Raises
    ------
    DataError
        If a number is bad or out of its interval, a combination stands twice, or a township has two counts of people.

    >>> rows = pd.DataFrame({"township": ["a", "b"], "service": "clinic", "scenario": "now", "people": [10, 30],
    ...                      "minutes": [5, 20]})
    >>> minutes_table(rows)[["township", "county", "people_high", "minutes_low"]].values.tolist()
    [['a', '', 10.0, 5.0], ['b', '', 30.0, 20.0]]
    """
    name = Path(str(table.attrs["file"])).name if "file" in table.attrs else "the table"
    missing = [column for column in (*KEYS, "people", "minutes") if column not in table]
    if missing:
        raise DataError(f"{name} lacks the column {', '.join(missing)}; add it")
    if table.empty:
        raise DataError(f"{name} has no rows; give one for each township, service and scenario")
    rows = table.reset_index(drop=True)
    rows.attrs.update(table.attrs)
    found = _keyed(rows, name)
    for column in PEOPLE:
        found[column] = numbers(rows, column if column in rows else "people", name="people")
    timed = rows.assign(**{column: _spelt(rows[column]) for column in TIMES if column in rows})
    timed.attrs.update(rows.attrs)
    for column in TIMES:
        own = column if column in rows else "minutes"
        found[column] = numbers(timed, own, name="minutes", empty=True, infinite=True)
    for central, low, high in (PEOPLE, TIMES):
        _hold_interval(found, central, low, high, name)
    _hold_one(found, name)
    others = [column for column in rows.columns if column not in {*MINUTES_COLUMNS, "group"}]
    return _completed(found, rows[others])


def _keyed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return township, service, scenario and county as texts, none empty but all counties at once, none twice."""
    county: Any = rows.get("county", rows.get("group", ""))
    texts: dict[str, Any] = {"county": county, **{key: rows[key] for key in KEYS}}
    found = pd.DataFrame(texts, index=rows.index)
    for column in found.columns:
        found[column] = found[column].fillna("").astype(str).str.strip()
    for key in KEYS:
        empty = found[key].eq("")
        if empty.any():
            raise DataError(f"{name}: {key} of row {_first(empty) + 1} is empty; fill it, or leave the row out")
    bare = found["county"].eq("")
    if bare.any() and not bare.all():  # an empty county stands for all of them in what is written
        raise DataError(
            f"{name}: county of row {_first(bare) + 1} is empty, but not everywhere; fill it, or leave all out"
        )
    twice = found.duplicated(list(KEYS))
    if twice.any():
        row = _first(twice)
        told = ", ".join(str(found[key].iloc[row]) for key in KEYS)
        raise DataError(f"{name}: row {row + 1} is the second for {told}; leave one of them out")
    return found


def _first(marks: "pd.Series[bool]") -> int:
    """Return the place of the first row that is marked."""
    return int(np.flatnonzero(marks.to_numpy())[0])


def _spelt(column: pd.Series) -> pd.Series:
    """Return minutes with the words for no way as infinity."""
    return column.map(lambda cell: np.inf if isinstance(cell, str) and cell.strip().lower() in _NO_WAY else cell)


def _hold_interval(found: pd.DataFrame, central: str, low: str, high: str, name: str) -> None:
    """Refuse a low above the central value or a high below it, and ends where the central value is not known."""
    for end, wrong in ((low, found[low] > found[central]), (high, found[high] < found[central])):
        if wrong.any():
            row = _first(wrong)
            told = f"{float(found[end].iloc[row]):g}, but {central} is {float(found[central].iloc[row]):g}"
            side = "more" if end == low else "less"
            raise DataError(f"{name}: {end} of row {row + 1} is {told}; it may not be {side}, correct it")
    for end in (low, high):
        half = found[end].isna() != found[central].isna()
        if half.any():
            row = _first(half)
            raise DataError(f"{name}: row {row + 1} has only one of {central} and {end}; fill both, or none")


def _hold_one(found: pd.DataFrame, name: str) -> None:
    """Refuse a township with two counties or two counts of people."""
    own = ["county", *PEOPLE]
    first = found.groupby("township", sort=False)[own].transform("first")
    for column in own:
        other = found[column].ne(first[column])
        if other.any():
            row = _first(other)
            town, said, before = found["township"].iloc[row], found[column].iloc[row], first[column].iloc[row]
            raise DataError(
                f"{name}: {column} of {town} in row {row + 1} is {said}, but {before} before; it is the township's, so "
                "give the same in each of its rows"
            )


def _completed(found: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with those that are missing, scenario by scenario, the townships in their order."""
    own = pd.concat([found[["township", "county", *PEOPLE]], others], axis=1).drop_duplicates("township")
    pairs = found[["service", "scenario"]].drop_duplicates()
    whole = pairs.merge(own, how="cross").merge(found[[*KEYS, *TIMES]], how="left", on=list(KEYS))
    return whole[[*MINUTES_COLUMNS, *others.columns]]
