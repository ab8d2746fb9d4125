"""From a table of places and months to a folder: indices with their classes, and places ranked by criteria."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .._validation import numbers
from ..errors import DataError, ParameterError
from ..io import read_table, refuse_overlap, staged, write_csv
from .index import ComfortIndex, comfort_indices, load_index
from .ranks import RankedPlaces, rank_by, read_criteria

VALUES, RANKS, CHANCES = "comfort.csv", "ranks.csv", "rank_probabilities.csv"
COMFORT_FILES = (VALUES, RANKS, CHANCES)
"""Names of all files of :func:`write_comfort`."""


@dataclass(frozen=True)
class ComfortFiles:
    """What a run wrote and found.

    Attributes
    ----------
    files : tuple of Path
        Files written.
    values : DataFrame
        What ``comfort.csv`` holds.
    ranks : RankedPlaces or None
        With criteria.
    notes : tuple of str
        What a reader must know.
    """

    files: tuple[Path, ...]
    values: pd.DataFrame
    ranks: RankedPlaces | None
    notes: tuple[str, ...]


def comfort_files(*, criteria: bool) -> tuple[str, ...]:
    """Return the names of the files that :func:`write_comfort` writes.

    >>> comfort_files(criteria=False)
    ('comfort.csv',)
    """
    return COMFORT_FILES if criteria else (VALUES,)


def write_comfort(
    table: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    indices: Sequence[str | os.PathLike[str]] = (),
    places: str = "place",
    criteria: str | os.PathLike[str] | None = None,
    samples: int = 2000,
    concentration: float = 50.0,
    seed: int = 0,
    top: int = 6,
) -> ComfortFiles:
    """Write the comfort indices of places, and with criteria their ranks; whole or not at all.

    Parameters
    ----------
    table : path
        CSV with a column of places, maybe ``month``, and the inputs of indices under their names: ``temperature`` and
        ``maximum`` (°C), ``humidity`` (share, 0 to 1), ``wind`` (m/s), ``sunshine`` (hours a day), ``cloud`` (percent),
        ``rain`` (mm a day).
    out : path
        Folder for ``comfort.csv`` (the table with ``<index>`` and ``<index>_class``); with criteria also ``ranks.csv``
        and ``rank_probabilities.csv``, see :class:`RankedPlaces`.
    indices : sequence
        Names or TOML files; by default every index that travels with the package and whose inputs the table has.
    places : str
        Column of the names.
    criteria : path, optional
        TOML file of :func:`read_criteria`; its columns may be those of the table or indices. Places must then stand
        once each: rank the months one by one.
    samples, concentration, seed, top
        Draws, how closely weights stay at their values (Dirichlet), the seed, and how many count as the first.

    Raises
    ------
    DataError
        If the table lacks a column, has a place without a name, a month that is none or a cell that is no number, or
        names a place twice where it is ranked.
    ParameterError
        If no index can be worked out, or as the functions named.
    OutputError
        If the folder cannot be written.
    """
    folder = Path(out)
    names = comfort_files(criteria=criteria is not None)
    own = [path for path in indices if Path(path).suffix == ".toml"]
    reads = {"table": [table], "index": own, "rank": [] if criteria is None else [criteria]}
    refuse_overlap(reads=reads, writes={"out": [folder / name for name in names]})
    given = read_table(table, what="places and their climate", columns=[places], distinct=True)
    if given.empty:
        raise DataError(f"{table} has no row; give a place a row")
    _hold_named(given, places, os.fspath(table))
    asked = _asked(indices, given)
    wanted = () if criteria is None else read_criteria(criteria)
    values = _values(given, asked, os.fspath(table))
    ranks = None
    if wanted:
        counted = _counted(values, [one.column for one in wanted], places, os.fspath(table))
        ranks = rank_by(
            counted, wanted, places=places, concentration=concentration, samples=samples, seed=seed, top=top
        )
    with staged(folder) as stage:
        write_csv(values, stage / VALUES, digits=4)
        if ranks is not None:
            write_csv(ranks.table, stage / RANKS, digits=4)
            write_csv(ranks.probabilities.reset_index(), stage / CHANCES, digits=4)
    return ComfortFiles(tuple(folder / name for name in names), values, ranks, _notes(asked, values))


def _hold_named(given: pd.DataFrame, places: str, file: str) -> None:
    """Refuse a row without a place, and a month that is none."""
    bare = given[places].str.strip() == ""
    if bare.any():
        raise DataError(
            f"{file}: {places} of row {int(bare.to_numpy().argmax()) + 1} is empty; fill it, or leave it out"
        )
    if "month" in given:
        months = numbers(given, "month", name="month", file=file, empty=True)
        odd = ~(months.isna() | months.isin(range(1, 13)))
        if odd.any():
            row = int(odd.to_numpy().argmax())
            raise DataError(f"{file}: month of row {row + 1} is {given['month'].iloc[row]!r}, but must be 1 to 12")


def _asked(indices: Sequence[str | os.PathLike[str]], given: pd.DataFrame) -> dict[str, ComfortIndex]:
    if indices:
        loaded = [load_index(index) for index in indices]
        return {one.id: one for one in loaded}
    found = {
        name: one for name, one in comfort_indices().items() if {part.name for part in one.inputs} <= set(given.columns)
    }
    if not found:
        needs = "; ".join(
            f"{name}: {', '.join(part.name for part in one.inputs)}" for name, one in comfort_indices().items()
        )
        raise ParameterError(f"the table has the inputs of no index; give the columns of one ({needs})")
    return found


def _values(given: pd.DataFrame, asked: Mapping[str, ComfortIndex], file: str) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name, one in asked.items():
        inputs = {
            part.name: numbers(given, part.name, name=part.name, file=file, least=None, empty=True)
            for part in one.inputs
        }
        try:
            columns[name] = one.value(**inputs).round(4)
        except ParameterError as error:
            raise DataError(f"{Path(file).name}: {error}") from None
        columns[f"{name}_class"] = one.classed(columns[name])
    clash = [name for name in columns if name in given]
    if clash:
        raise DataError(f"{file} has the column {clash[0]!r}, but that is written here; rename it")
    return pd.concat([given, pd.DataFrame(columns)], axis=1)


def _counted(values: pd.DataFrame, columns: Sequence[str], places: str, file: str) -> pd.DataFrame:
    """Return the columns that are ranked by as numbers."""
    twice = values.loc[values[places].duplicated(), places]
    if len(twice):
        raise DataError(f"{file} names {twice.iloc[0]!r} twice, but a place is ranked once; give one month a file")
    found = {places: values[places]}
    for column in dict.fromkeys(columns):
        found[column] = numbers(values, column, name=column, file=file, least=None)
        if f"{column}_sd" in values:
            found[f"{column}_sd"] = numbers(values, f"{column}_sd", name=f"{column}_sd", file=file)
    return pd.DataFrame(found)


def _notes(asked: Mapping[str, ComfortIndex], values: pd.DataFrame) -> tuple[str, ...]:
    found = [f"{one.id}: {one.standard}, evidence {one.evidence}; {one.status}" for one in asked.values()]
    for name in asked:
        known = values[f"{name}_class"] != ""
        most = values.loc[known, f"{name}_class"].value_counts()
        if len(most) and known.sum() > 1 and most.iloc[0] == known.sum():
            found.append(f"{name}: all {known.sum()} rows are of the class {most.index[0]}, so the class ranks nothing")
        if not known.all():
            found.append(f"{name}: {int((~known).sum())} of {len(values)} rows lack an input and have no value")
    return tuple(found)
