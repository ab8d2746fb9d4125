"""How evenly access is spread in each service and scenario, with what the assumptions leave open."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_choice, check_edges, check_positive
from ..errors import DataError
from .equity import INDICES, access_from, index_rows
from .minutes_table import PEOPLE, TIMES, minutes_table

MEASURES = ("minutes", "access")
UNREACHABLE = ("exclude", "cap")
ALL = ""
"""The county of a row that holds all of them."""
_MOST_CUTS = 64  # places where the corners cut a long table; more would add digits that no count of people has
_MOST_CELLS = 2_000_000
Floats = npt.NDArray[np.float64]


def equity_summary(
    table: pd.DataFrame,
    *,
    rules: Mapping[str, pd.Series] | None = None,
    measure: str = "minutes",
    unreachable: str = "exclude",
    cap: float = 180.0,
    halved_by: float = 30.0,
    limits: Sequence[float] = (30.0, 60.0),
    by_county: bool = True,
) -> pd.DataFrame:
    """Return Gini, Palma, Theil and shares within limits by service and scenario, each with its range.

    With ``measure="minutes"`` inequality is that of a burden: a Gini of 0 says that all travel alike, not that they
    travel little, and it rises where everybody saves the same. Read it beside the mean and the shares within limits.
    With ``access`` it is that of a benefit, :func:`access_from`, in which nothing out of reach is left out.

    Parameters
    ----------
    table : DataFrame
        As of :func:`minutes_table`.
    rules : mapping of str to Series, optional
        People by township by each of several rules, the first the central one. The ranges are then the least and the
        most over them. Else they are over the corners of the intervals ``people_low`` to ``people_high``: all tables
        that take the high end for the townships that travel least and most and the low end between them, or the other
        way round. An index of inequality grows with the people at both ends and falls with those in the middle, so
        its least and most are at such a corner, but for the townships at its two cuts. County totals are not held.
        In both cases also over ``minutes``, ``minutes_low`` and ``minutes_high``, each taken for all townships.
    measure : str
        ``minutes`` or ``access``.
    unreachable : str
        Of minutes: ``exclude`` leaves townships without a way out of the indices and counts their people, ``cap``
        counts them with ``cap`` minutes. Shares always have them as outside.
    halved_by : float
        Minutes that halve access.
    limits : sequence of float
        Minutes of the shares, rising.
    by_county : bool
        Whether each county has rows too, where there are several.

    Returns
    -------
    DataFrame
        ``service``, ``scenario``, ``county`` (empty: all), ``measure``, ``townships`` with known minutes, ``people``,
        ``unreachable`` and ``unreachable_people`` of them, ``unknown`` and ``unknown_people`` without, then with
        ``_low`` and ``_high``: ``mean`` (minutes, or access), ``gini``, ``palma``, ``theil``, ``theil_within`` and
        ``theil_between`` the counties (they sum to ``theil``), ``within_<limit>``. NaN where nobody reaches anything.

    Raises
    ------
    DataError
        If the table is wrong, a rule lacks a township, or the cap lies below minutes that are known.
    ParameterError
        If an option has a value that it may not have.

    >>> rows = pd.DataFrame({"township": list("abcd"), "service": "s", "scenario": "now", "people": 1,
    ...                      "minutes": [1, 2, 3, 4]})
    >>> equity_summary(rows, limits=[2])[["gini", "gini_low", "within_2"]].values.tolist()
    [[0.25, 0.25, 0.5]]
    """
    check_choice(measure, MEASURES, name="measure")
    check_choice(unreachable, UNREACHABLE, name="unreachable")
    check_positive(cap, name="cap", unit="min")
    edges = check_edges(limits, name="limits", least=0)
    tidy = minutes_table(table)
    told = None if rules is None else _rules(rules, tidy)
    codes, counties = pd.factorize(tidy["county"])
    tidy = tidy.assign(code=codes)
    rows = []
    for (service, scenario), part in tidy.groupby(["service", "scenario"], sort=False):
        several = by_county and len(counties) > 1
        for county in (ALL, *(counties if several else ())):
            own = part if county == ALL else part[part["county"] == county]
            options: dict[str, Any] = {"unreachable": unreachable, "cap": cap, "halved_by": halved_by}
            rows.append(
                {
                    "service": service,
                    "scenario": scenario,
                    "county": county,
                    "measure": measure,
                    **_row(own, told, edges, measure=measure, **options),
                }
            )
    return pd.DataFrame(rows)


def _rules(rules: Mapping[str, pd.Series], tidy: pd.DataFrame) -> pd.DataFrame:
    """Return people by township and rule."""
    told = pd.DataFrame({name: people.rename(index=str) for name, people in rules.items()})
    told = told.reindex(tidy["township"].unique())
    lacking = told.isna().any(axis=1)
    if lacking.any() or told.empty:
        town = str(lacking.idxmax()) if lacking.any() else "anyone"
        raise DataError(f"the rules have no people for {town!r}; give them for each township")
    return told


def _row(
    part: pd.DataFrame,
    rules: pd.DataFrame | None,
    limits: Sequence[float],
    *,
    measure: str,
    unreachable: str,
    cap: float,
    halved_by: float,
) -> dict[str, object]:
    known = part[part["minutes"].notna()]
    lost = known[np.isinf(known["minutes"])]
    row: dict[str, object] = {
        "townships": len(known),
        "people": float(known["people"].sum()),
        "unreachable": len(lost),
        "unreachable_people": float(lost["people"].sum()),
        "unknown": len(part) - len(known),
        "unknown_people": float(part["people"].sum() - known["people"].sum()),
    }
    names = [*INDICES, *(f"within_{limit:g}" for limit in limits)]
    found = [
        _measured(known, column, rules, limits, measure, unreachable, cap, halved_by)
        for column in (TIMES if known[list(TIMES)].nunique(axis=1).gt(1).any() else TIMES[:1])
    ]
    central, every = found[0][0], np.vstack(found)
    for number, name in enumerate(names):
        values = every[:, number][~np.isnan(every[:, number])]
        known_one = len(values) > 0 and not np.isnan(central[number])
        row |= {name: float(central[number])}
        row |= {f"{name}_low": float(values.min()) if known_one else np.nan}
        row |= {f"{name}_high": float(values.max()) if known_one else np.nan}
    return row


def _measured(
    known: pd.DataFrame,
    column: str,
    rules: pd.DataFrame | None,
    limits: Sequence[float],
    measure: str,
    unreachable: str,
    cap: float,
    halved_by: float,
) -> Floats:
    """Return the indices and shares under each set of people, the central one first."""
    minutes = known[column]
    kept = np.ones(len(known), bool)
    if measure == "access":
        values = access_from(minutes, halved_by=halved_by).to_numpy()
        kept &= bool((values > 0).any())  # all alike at nothing is no evenness worth a number
    else:
        values = minutes.to_numpy(dtype=np.float64).copy()
        out = np.isinf(values)
        most = float(values[~out].max(initial=0.0))
        if unreachable == "cap":
            if out.any() and cap < most:
                raise DataError(
                    f"cap is {cap:g} min, but a township with a way takes {most:g}; give a cap of {most:g} or more"
                )
            values[out] = cap
        else:
            kept = ~out
    everyone = _people(known, minutes.to_numpy(dtype=np.float64), rules)
    shares = _shares(minutes.to_numpy(dtype=np.float64), everyone, limits)
    if not kept.any():
        return np.hstack([np.full((len(everyone), len(INDICES)), np.nan), shares])
    codes = known["code"].to_numpy(dtype=np.int64)[kept]
    some = everyone[:, kept]
    living = some.sum(axis=1) > 0
    indices = np.full((len(some), len(INDICES)), np.nan)
    size = max(1, _MOST_CELLS // max(1, some.shape[1]))
    at = np.flatnonzero(living)
    for start in range(0, len(at), size):
        rows = at[start : start + size]
        indices[rows] = index_rows(values[kept], some[rows], codes)
    return np.hstack([indices, shares])


def _shares(minutes: Floats, people: Floats, limits: Sequence[float]) -> Floats:
    total = people.sum(axis=1)
    inside = np.column_stack([people @ (minutes <= limit) for limit in limits])
    whole = np.where(total > 0, total, np.nan)[:, np.newaxis]
    return np.asarray(inside / whole, dtype=np.float64)


def _people(known: pd.DataFrame, minutes: Floats, rules: pd.DataFrame | None) -> Floats:
    """Return the sets of people: of each rule, or the central one and the corners of the intervals."""
    if rules is not None:
        table = rules.reindex(known["township"])
        return table.to_numpy(dtype=np.float64).T
    central, low, high = (known[column].to_numpy(dtype=np.float64) for column in PEOPLE)
    if np.array_equal(low, high):
        return central[np.newaxis]
    order = np.argsort(minutes, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    cuts = np.unique(np.linspace(0, len(order), min(len(order), _MOST_CUTS) + 1).round().astype(int))
    first, last = (ends.ravel() for ends in np.meshgrid(cuts, cuts, indexing="ij"))
    rising = first <= last
    middle = (rank >= first[rising, np.newaxis]) & (rank < last[rising, np.newaxis])
    codes = known["code"].to_numpy()
    groups = np.array([codes == code for code in np.unique(codes)])
    chosen = np.vstack([middle, ~middle, groups, ~groups])
    return np.vstack([central, np.where(chosen, high, low)])
