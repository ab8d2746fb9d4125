"""What a caller gives, checked: the matrix, weights, and which choices of sites are allowed."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._consent import trusts
from .._validation import check_choice, check_count, check_non_negative, numbers
from ..errors import DataError, ParameterError
from .rules import FREE, IN, OUT, Bools, Floats, Rules

Matrix = pd.DataFrame | npt.NDArray[Any]
Labels = Iterable[Hashable]
PerItem = pd.Series | npt.NDArray[Any] | Iterable[float] | float

LEAVE_OUT, REFUSE = "leave out", "refuse"
_REST = "others"
_SECONDS = 60.0
_FEW = 0.02
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Costs:
    """A matrix with its labels: numbers (clients, sites), infinity where a site is out of reach; or who is reached.

    ``table`` holds floats or truth values.
    """

    table: Floats | Bools
    clients: pd.Index
    sites: pd.Index

    @property
    def values(self) -> Floats:
        """The costs; 0 and infinity where only true and false are known."""
        return self.of(slice(None))

    def of(self, sites: Any) -> Floats:
        """Return the costs at some sites."""
        part = self.table[:, sites]
        return np.asarray(np.where(part, 0.0, np.inf) if part.dtype == np.bool_ else part, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Choice:
    """Which sites may be chosen: labels of those that must or may not be, group of each, number by group (-1: any)."""

    fixed: tuple[Hashable, ...]
    closed: tuple[Hashable, ...]
    group: tuple[Hashable, ...]
    counts: dict[Hashable, int]

    def usable(self, sites: pd.Index) -> Bools:
        """Tell which sites are not closed."""
        return np.asarray(~sites.isin(list(self.closed)), dtype=np.bool_)

    def rules(self, sites: pd.Index) -> Rules:
        """Return it as marks and numbers in the order of ``sites``."""
        status = np.full(len(sites), FREE, dtype=np.int8)
        status[sites.isin(self.fixed)] = IN
        status[sites.isin(self.closed)] = OUT
        names = {name: at for at, name in enumerate(self.counts)}
        group = np.array([names[name] for name in self.group], dtype=np.int64)
        return Rules(status, group, np.array(list(self.counts.values()), dtype=np.int64))


def read_costs(cost: Matrix, *, reach: bool = False) -> Costs:
    """Return a matrix with its labels, each client and each site named once.

    ``reach`` allows a matrix of True and False, which becomes 0 and infinity.

    Raises
    ------
    DataError
        If it is empty, doubled, no matrix, or holds NaN or what is below zero.

    >>> read_costs(np.array([[1.0, np.nan]]))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: cost of client 0 at site 1 is nan, but must be zero or more, or inf if out of reach
    """
    given = cost if isinstance(cost, pd.DataFrame) else np.asarray(cost)
    if given.ndim not in (1, 2) or 0 in given.shape:
        raise DataError(f"cost has shape {given.shape}, but needs at least one client (row) and one site (column)")
    frame = given if isinstance(given, pd.DataFrame) else pd.DataFrame(given)
    if max(frame.index.nlevels, frame.columns.nlevels) > 1:  # pairs as labels, not as levels, in all tables
        frame = frame.set_axis(frame.index.to_flat_index(), axis=0).set_axis(frame.columns.to_flat_index(), axis=1)
    for index, what in ((frame.index, "client"), (frame.columns, "site")):
        if index.has_duplicates:
            raise DataError(f"{what} {index[index.duplicated()][0]!r} is there twice; give each {what} one name")
    if all(str(kind) in {"bool", "boolean"} for kind in frame.dtypes):
        if not reach:
            raise DataError(
                "cost is true and false, but must be numbers; a table of who reaches whom fits max_coverage"
            )
        unknown = np.argwhere(frame.isna().to_numpy())
        if len(unknown):
            raise DataError(
                f"client {frame.index[unknown[0, 0]]} at site {frame.columns[unknown[0, 1]]} is neither true nor "
                "false; say which"
            )
        return Costs(frame.to_numpy(dtype=np.bool_), frame.index, frame.columns)
    return Costs(_values(frame), frame.index, frame.columns)


def _values(frame: pd.DataFrame) -> Floats:
    try:
        values = np.ascontiguousarray(frame.to_numpy(dtype=np.float64))
    except (TypeError, ValueError):
        for label, column in frame.items():
            numbers(column.rename(f"column {label!r}"), name="cost", infinite=True)
        raise DataError("cost holds what is no number; give minutes, inf where the site is out of reach") from None
    low = ~(values >= 0.0)
    if low.any():
        row, column = np.argwhere(low)[0]
        raise DataError(
            f"cost of client {frame.index[row]} at site {frame.columns[column]} is {values[row, column]:g}, but must "
            "be zero or more, or inf if out of reach"
        )
    return values


def per_item(values: PerItem | None, labels: pd.Index, *, name: str, other: pd.Index, infinite: bool = False) -> Floats:
    """Return a number of zero or more for each label, 1 if none are given.

    A Series is taken by its labels; those of the ``other`` side of the matrix tell of a transposed one.
    """
    if values is None:
        return np.ones(len(labels))
    if isinstance(values, Mapping):
        values = pd.Series(values)
    if isinstance(values, pd.DataFrame):
        raise DataError(f"{name} are a table; give one column of it")
    if isinstance(values, pd.Series):
        if values.index.has_duplicates:
            raise DataError(f"{name} have {values.index[values.index.duplicated()][0]!r} twice; give each one number")
        missing = labels.difference(values.index, sort=False)
        if len(missing):
            turned = " (they fit the other side: the matrix looks transposed)" if values.index.isin(other).all() else ""
            raise DataError(f"{name} are missing for {listed(missing)}{turned}; name them as the matrix does")
        series = values.reindex(labels)
    else:
        given = np.asarray(list(values) if isinstance(values, Iterator) else values, dtype=object)
        if given.ndim == 0:
            given = np.full(len(labels), given.item(), dtype=object)
        if given.shape != (len(labels),):
            raise DataError(f"{name} are {given.size} numbers, but {len(labels)} are needed; give one each")
        series = pd.Series(given, index=labels)
    return numbers(series, name=name, infinite=infinite).to_numpy(dtype=np.float64)


def read_weights(weights: PerItem | None, costs: Costs) -> Floats:
    """Return the weights of the clients, not all zero."""
    found = per_item(weights, costs.clients, name="weights", other=costs.sites)
    if not found.any():
        raise DataError("weights are all zero, so every choice would be as good; give people, or leave weights out")
    return found


def read_choice(
    costs: Costs,
    *,
    p: int | None,
    fixed: Labels = (),
    closed: Labels = (),
    quotas: Mapping[Hashable, int] | None = None,
    groups: pd.Series | Iterable[Hashable] | None = None,
) -> Choice:
    """Return which choices are allowed; without ``p`` and quotas as many sites as pay.

    Raises
    ------
    ParameterError
        If they contradict each other: too few or too many sites, a site fixed and closed, a quota without sites.
    """
    must, shut = _labels(fixed, costs, name="fixed"), _labels(closed, costs, name="closed")
    both = [site for site in must if site in set(shut)]
    if both:
        raise ParameterError(f"site {both[0]!r} is fixed and closed; leave it in one of both")
    usable = len(costs.sites) - len(shut)
    number = None if p is None else check_count(p, name="p")
    if number is not None and number > usable:
        raise ParameterError(f"p is {number}, but there are {usable} sites to choose from; lower p or add candidates")
    if number is not None and number < len(must):
        raise ParameterError(
            f"p is {number}, but {len(must)} sites are fixed, which count; raise p to {len(must)} or more"
        )
    if quotas is None:
        return Choice(must, shut, (_REST,) * len(costs.sites), {_REST: -1 if number is None else number})
    return _with_quotas(costs, number, must, shut, dict(quotas), _groups(groups, costs))


def _groups(groups: pd.Series | Iterable[Hashable] | None, costs: Costs) -> list[Hashable]:
    if groups is None:
        raise ParameterError("quotas are given without groups; say with groups to which each site belongs")
    if isinstance(groups, pd.Series):
        missing = costs.sites.difference(groups.index, sort=False)
        if len(missing):
            raise DataError(f"groups are missing for {listed(missing)}; give each site its group")
        return list(groups.reindex(costs.sites).tolist())
    found = list(groups)
    if len(found) != len(costs.sites):
        raise DataError(f"groups are {len(found)}, but there are {len(costs.sites)} sites; give one each")
    return found


def _with_quotas(
    costs: Costs,
    p: int | None,
    must: tuple[Hashable, ...],
    shut: tuple[Hashable, ...],
    quotas: dict[Hashable, int],
    groups: list[Hashable],
) -> Choice:
    counts = {name: check_count(number, name=f"quota of {name}", least=0) for name, number in quotas.items()}
    usable = pd.Series(groups, index=costs.sites)
    for name, number in counts.items():
        there = usable[usable == name].index
        left = len(there.difference(list(shut)))
        if number > left:
            raise ParameterError(
                f"quota of {name} is {number}, but {left} of its sites can be chosen; lower it or add some"
            )
        held = len(there.intersection(list(must)))
        if number < held:
            raise ParameterError(
                f"quota of {name} is {number}, but {held} of its sites are fixed, which count; raise it"
            )
    total = sum(counts.values())
    if not total and not p and usable.isin(list(counts)).all():
        raise ParameterError("quotas are all 0, so no site would be chosen; raise one")
    if p is not None and total > p:
        raise ParameterError(f"quotas sum to {total}, but p is {p}; make p their sum or more")
    rest = -1 if p is None else p - total
    others = [site for site, name in usable.items() if name not in counts]
    if not others and rest > 0:
        raise ParameterError(
            f"p is {p}, but the quotas of all groups sum to {total}; make p their sum, or raise a quota"
        )
    loose = set(others)
    held = sum(site in loose for site in must)
    if others and 0 <= rest < held:
        raise ParameterError(f"quotas leave {rest} sites for other groups, but {held} of these are fixed; raise p")
    if others and rest > len(loose.difference(shut)):
        raise ParameterError(f"quotas leave {rest} sites for other groups, which have fewer; raise a quota or lower p")
    label: Hashable = _REST
    while label in counts:
        label = f"{label} "
    group = tuple(name if name in counts else label for name in groups)
    return Choice(must, shut, group, {**counts, label: rest} if others else counts)


def _labels(given: Labels, costs: Costs, *, name: str) -> tuple[Hashable, ...]:
    if given is None or (pd.api.types.is_scalar(given) and not isinstance(given, str)):
        raise ParameterError(f"{name} is {given!r}, but must be a list of sites; give a list, or leave it out")
    found: list[Hashable] = [given] if isinstance(given, str) else list(given)
    for site in found:
        if isinstance(site, list | dict | set | np.ndarray):
            raise DataError(f"{name} holds {site!r}, which is no label; name single sites")
        if site not in costs.sites:
            turned = "; it is a client, so the matrix looks transposed" if site in costs.clients else ""
            raise DataError(f"{name} site {site!r} is no column of the cost matrix{turned or '; name it as there'}")
    if len(set(found)) < len(found):
        twice = next(site for at, site in enumerate(found) if site in found[:at])
        raise DataError(f"{name} names site {twice!r} twice; leave one out")
    return tuple(found)


def unserved(costs: Costs, choice: Choice, *, reach: Bools, unreachable: str) -> Bools:
    """Return the clients that no site which may be chosen reaches; refuse them if asked to.

    ``reach`` (clients, sites) tells who is reached.
    """
    check_choice(unreachable, (LEAVE_OUT, REFUSE), name="unreachable")
    lost = np.asarray(~reach[:, choice.usable(costs.sites)].any(axis=1), dtype=np.bool_)
    if lost.all():
        raise DataError("no client is reached by any site; check the matrix, or raise the radius")
    if lost.any() and unreachable == REFUSE:
        raise DataError(
            f"no site reaches {listed(costs.clients[lost])}; leave them out, add a site, or raise the radius"
        )
    return lost


def check_radius(radius: float | None, costs: Costs) -> float:
    """Return a radius; seconds that are held against minutes are refused.

    The sign: next to no client has a site within the radius (itself apart), but most have one within sixty times it.
    Where the user trusts the input, it is taken as it is.
    """
    if costs.table.dtype == np.bool_:
        if radius is not None:
            raise ParameterError(f"radius is {radius:g}, but the matrix is true and false already; leave radius out")
        return 0.0
    if radius is None:
        raise ParameterError("no radius is given; say up to which cost a client counts as covered, e.g. radius=30")
    number = check_non_negative(radius, name="radius")
    values = costs.values
    least = np.where(values > 0.0, values, np.inf).min(axis=1)
    near, at_sixty = np.mean(least <= number), np.mean(least <= _SECONDS * number)
    if number > 0 and near < _FEW and at_sixty > 0.5 and not trusts():
        typical = float(np.median(least[np.isfinite(least)]))
        raise DataError(
            f"next to no client is within {number:g} of a site, typically it takes {typical:,.0f}, which looks like "
            "seconds; divide the matrix by 60, raise the radius, or trust it"
        )
    return number


def listed(labels: pd.Index) -> str:
    """Return the first labels for a message, and how many more there are.

    >>> listed(pd.Index(["a", "b"])), listed(pd.Index(range(9)))
    ('a, b', '0, 1, 2, 3, 4 and 4 more')
    """
    shown = ", ".join(str(label) for label in labels[:_SHOWN])
    return shown if len(labels) <= _SHOWN else f"{shown} and {len(labels) - _SHOWN} more"
