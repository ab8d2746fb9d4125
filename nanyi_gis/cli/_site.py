"""What ``nanyi-gis site`` was given: clients, candidates, sites that stand or may not be, and minutes between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .._validation import numbers
from ..errors import DataError, ParameterError
from ..io import name_column, names_of, read_table, read_vector
from ..siting import Siting, backup_coverage, max_coverage, p_center, p_median, set_cover
from ._access import indexed
from ._notes import tell_rows

_ONE_PLACE_M = 1.0
_SAME_SITE_M = 1000.0  # two records of one site lie closer; farther apart an id is used for two sites


@dataclass(frozen=True)
class Candidates:
    """Candidates by id, the ids of the sites that must and may not be chosen, and what is to be told of them."""

    frame: pd.DataFrame
    fixed: tuple[str, ...]
    closed: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """What is asked: minutes, clients and their weights, candidates, and what is to be told of all this."""

    cost: pd.DataFrame
    clients: pd.DataFrame
    weights: pd.Series
    sites: Candidates
    notes: tuple[str, ...]


def solver(given: Mapping[str, Any], task: Task, *, radius_given: bool) -> tuple[Callable[..., Siting], dict[str, Any]]:
    """Return the function that answers the model of the command's options, and what it takes.

    A matrix that is true and false needs no radius; one that is given all the same is refused by the function.
    """
    frame, model = task.sites.frame, given["model"]
    number = {"p": given["p"], "quotas": read_quotas(given["quota"]), "groups": groups_of(frame, given["group"])}
    weights, gap = {"weights": task.weights}, {"gap": given["gap"]}
    marks = all(kind == np.bool_ for kind in task.cost.dtypes)
    radius = {"radius": None if marks and not radius_given else given["minutes"]}
    fees = {"site_costs": of_candidates(frame, given["site_cost"], name="site-cost")}
    room = {"capacity": of_candidates(frame, given["capacity"], name="capacity", infinite=True)}
    known: dict[str, tuple[Callable[..., Siting], dict[str, Any]]] = {
        "p-median": (p_median, {**number, **weights, **fees, **room, **gap}),
        "p-center": (p_center, number),
        "max-coverage": (max_coverage, {**number, **weights, **radius, **room, **gap}),
        "set-cover": (set_cover, {**radius, **fees, **gap}),
        "backup-coverage": (backup_coverage, {**number, **weights, **radius, **gap}),
    }
    solve, options = known[model]
    common = {
        "fixed": task.sites.fixed,
        "closed": task.sites.closed,
        "unreachable": "refuse" if given["refuse_unreachable"] else "leave out",
        "seconds": given["seconds"],
    }
    return solve, {**options, **common}


def read_side(path: Path, *, what: str, id_column: str | None, matrix: bool) -> pd.DataFrame:
    """Return clients or candidates by id, which is text: points, or a plain table where the minutes are given.

    The ids are those of ``id_column``; without it those of ``id`` or of the first column of a table, and the order of
    points.
    """
    if path.suffix.lower() == ".csv":
        if not matrix:
            raise DataError(f"{path} is a table without places; give points, or the minutes with --cost")
        return _table(path, what=what, id_column=id_column)
    points = tell_rows(read_vector(path, kind="point"))
    return by_text(indexed(points, id_column), what=what)


def _table(path: Path, *, what: str, id_column: str | None) -> pd.DataFrame:
    table = read_table(path, what=f"{what}s", distinct=True)
    table.attrs["file"] = path.name
    if table.empty or not len(table.columns):
        raise DataError(f"{path} has no {what}; give at least one row")
    column = id_column or ("id" if "id" in table else str(table.columns[0]))
    return by_text(indexed(table, column), what=what)


def id_text(value: object) -> str:
    """Return an id as text, whole numbers without a point, as a layer or a table may hold them.

    >>> id_text(3.0), id_text(" a ")
    ('3', 'a')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def by_text(frame: pd.DataFrame, *, what: str) -> pd.DataFrame:
    """Return a frame whose ids are text, each there once."""
    file = frame.attrs.get("file", f"the {what}s")
    labels = pd.Index([id_text(label) for label in frame.index], name="id", dtype=object)
    if labels.has_duplicates:
        raise DataError(
            f"{file} has {what} {labels[labels.duplicated()][0]!r} twice; give each {what} an id of its own"
        )
    found = frame.set_axis(labels, axis=0)
    found.attrs = dict(frame.attrs)
    return found


def placed_candidates(
    candidates: pd.DataFrame,
    *,
    fixed: Path | None,
    closed: Path | None,
    id_column: str | None,
    known: pd.Index | None = None,
) -> Candidates:
    """Return the candidates with the sites that stand added to them.

    ``known`` are the sites of a matrix: a site that stands may be one of them without being a candidate. Points that
    have no ids of their own are matched by their places.
    """
    frame, notes = candidates, []
    held: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()
    if fixed is not None:
        given = _sites(fixed, what="fixed site", id_column=id_column)
        held, frame, added = _joined(given, candidates, known=known, file=fixed, by_id=id_column is not None)
        if added:
            few = ", ".join(added[:5]) + (" ..." if len(added) > 5 else "")
            notes.append(f"fixed sites that are no candidates are added: {few}")
    if closed is not None:
        given = _sites(closed, what="closed site", id_column=id_column)
        shut = _found(given, frame, file=closed, by_id=id_column is not None)
    return Candidates(frame, held, shut, tuple(notes))


def _sites(path: Path, *, what: str, id_column: str | None) -> pd.DataFrame:
    """Return sites by id, with places if they have any; a text file has an id a line."""
    if path.suffix.lower() == ".txt":
        return by_text(pd.DataFrame(index=_lines(path)), what=what)
    if path.suffix.lower() == ".csv":
        columns = read_table(path, what=f"{what}s").columns
        return _table(path, what=what, id_column=id_column if id_column in columns else None)
    return read_side(path, what=what, id_column=id_column, matrix=True)


def _lines(path: Path) -> list[str]:
    """Return the lines of a text file; they are read as a table with one column is."""
    table = read_table(path, what="ids")
    lines = [str(table.columns[0]), *table.iloc[:, 0].astype(str)]
    if table.shape[1] > 1:
        raise DataError(f"{path} has more than one id in a line; give one a line, or a .csv with a header")
    return [line.strip() for line in lines if line.strip()]


def _joined(
    given: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    known: pd.Index | None,
    file: Path,
    by_id: bool,
) -> tuple[tuple[str, ...], pd.DataFrame, list[str]]:
    """Return the ids of the sites given among the candidates, the candidates with those they lack, and these."""
    labels = _matched(given, candidates, by_id=by_id, file=file)
    missing = [at for at, label in enumerate(labels) if label is None]
    if not missing:
        return tuple(str(label) for label in labels), candidates, []
    new = given.iloc[missing]
    placed = isinstance(given, gpd.GeoDataFrame) and isinstance(candidates, gpd.GeoDataFrame)
    named = by_id or not isinstance(given, gpd.GeoDataFrame)
    if known is not None:
        there = new.index.isin(known) & named
        if not there.all():
            raise DataError(f"{file}: fixed site {new.index[~there][0]!r} is no column of --cost; name it as there")
    elif not placed:
        raise DataError(f"{file}: fixed site {new.index[0]!r} is no candidate and has no place; give it as a point")
    names = list(new.index) if named else [f"fixed {at + 1}" for at in missing]
    for at, name in zip(missing, names, strict=True):
        labels[at] = name
    more: Any = new.set_axis(pd.Index(names, name="id", dtype=object), axis=0)
    if placed and more.crs != candidates.crs:
        more = more.to_crs(candidates.crs)
    elif not placed and isinstance(more, gpd.GeoDataFrame):
        more = pd.DataFrame(more.drop(columns=more.active_geometry_name))
    joined = pd.concat([candidates, more])
    joined.attrs = dict(candidates.attrs)
    return tuple(str(label) for label in labels), joined, names


def _found(given: pd.DataFrame, candidates: pd.DataFrame, *, file: Path, by_id: bool) -> tuple[str, ...]:
    labels = _matched(given, candidates, by_id=by_id, file=file)
    if None in labels:
        raise DataError(f"{file}: closed site {given.index[labels.index(None)]!r} is no candidate; leave it out")
    return tuple(str(label) for label in labels)


def _matched(given: pd.DataFrame, candidates: pd.DataFrame, *, by_id: bool, file: Path) -> list[str | None]:
    """Return the candidate that each of some sites is: that of its id, or without ids that of its place."""
    places = isinstance(given, gpd.GeoDataFrame) and isinstance(candidates, gpd.GeoDataFrame)
    if not places or by_id:
        labels = [label if label in candidates.index else None for label in given.index]
        if places:
            _refuse_apart(given, candidates, file=file)
        return labels
    own, theirs = _in_metres(given, candidates)
    rows, near = theirs.sindex.nearest(own, return_all=False, max_distance=_ONE_PLACE_M)
    labels = [None] * len(given)
    for row, at in zip(rows, near, strict=True):
        labels[row] = str(candidates.index[at])
    known = [label for label in labels if label is not None]
    if len(set(known)) < len(known):
        raise DataError(f"{file} has two sites at the place of candidate {_twice(known)!r}; leave one out")
    return labels


def _in_metres(*frames: Any) -> tuple[gpd.GeoSeries, ...]:
    """Return the places of layers in one CRS in metres."""
    crs = frames[-1].estimate_utm_crs()
    return tuple(frame.geometry.to_crs(crs) for frame in frames)


def _refuse_apart(given: pd.DataFrame, candidates: pd.DataFrame, *, file: Path) -> None:
    """Refuse one id for two sites."""
    both = given.index.intersection(candidates.index, sort=False)
    own, theirs = _in_metres(given, candidates)
    far = own[both].distance(theirs[both])
    if len(far) and far.max() > _SAME_SITE_M:
        label = far.idxmax()
        raise DataError(
            f"{file}: site {label!r} lies {far.max() / 1000.0:,.1f} km from the candidate of that id; "
            "give each site an id of its own"
        )


def _twice(labels: Sequence[str]) -> str:
    return str(pd.Index(labels)[pd.Index(labels).duplicated()][0])


def weights_of(clients: pd.DataFrame, column: str | None) -> pd.Series:
    """Return the weights of the clients: a column, ``population`` if it is there, else 1 each."""
    if column is None and "population" not in clients:
        return pd.Series(1.0, index=clients.index)
    counted = [str(at) for at in range(len(clients))] == list(clients.index)  # no ids: then a fault is told by its row
    given = clients.reset_index(drop=True) if counted else clients
    found = numbers(given, column or "population", name="population" if column is None else "weights")
    return found.set_axis(clients.index)


def of_candidates(candidates: pd.DataFrame, column: str | None, *, name: str, infinite: bool = False) -> Any:
    """Return a number for each candidate, None without a column."""
    return None if column is None else numbers(candidates, column, name=name, infinite=infinite)


def groups_of(candidates: pd.DataFrame, column: str | None) -> pd.Series | None:
    """Return the group of each candidate as text, None without a column."""
    if column is None:
        return None
    file = candidates.attrs.get("file", "the candidates")
    if column not in candidates:
        known = ", ".join(str(name) for name in candidates.columns if name != "geometry") or "none"
        raise ParameterError(f"{file} has no column {column!r} for --group; columns are: {known}")
    blank = candidates[column].isna() | (candidates[column].astype(str).str.strip() == "")
    if blank.any():
        raise DataError(f"{file}: {column} of site {candidates.index[blank][0]!r} is empty; give each site its group")
    return candidates[column].map(id_text)


def read_quotas(path: Path | None) -> dict[str, int] | None:
    """Return how many sites of each group, from a table with ``group`` and ``count``."""
    if path is None:
        return None
    table = read_table(path, what="quotas", columns=("group", "count"))
    names = [str(name).strip() for name in table["group"]]
    if not names:
        raise DataError(f"{path} has no quota; give at least one row with group and count")
    if len(set(names)) < len(names):
        raise DataError(f"{path} has group {_twice(names)!r} twice; give each group one count")
    counts = numbers(table, "count", name="count", file=path)
    odd = counts[counts != np.rint(counts)]
    if len(odd):
        raise DataError(f"{path}: count of {names[int(odd.index[0])]} is {odd.iloc[0]:g}, but must be a whole number")
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def shown_names(frame: pd.DataFrame) -> dict[str, str]:
    """Return by id what a client or site is called: its name, with its id where another has the same name."""
    if name_column(frame) is None:
        return {label: label for label in frame.index}
    names = names_of(frame)
    twice = names.duplicated(keep=False)
    called = zip(frame.index, names, twice, strict=True)
    return {label: f"{name} ({label})" if again else str(name) for label, name, again in called}


def columns_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return name and WGS-84 degrees of clients or sites, as far as they have these."""
    found = pd.DataFrame(index=frame.index)
    if name_column(frame) is not None:
        found["name"] = names_of(frame)
    if isinstance(frame, gpd.GeoDataFrame):
        degrees = frame.geometry.to_crs(4326)
        found["lon"], found["lat"] = degrees.x, degrees.y
    return found
