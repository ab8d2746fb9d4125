"""Plan A against plan B: who gains, who loses, and whether nobody is worse off."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from .._validation import check_non_negative
from ..errors import DataError
from .minutes_table import PEOPLE, TIMES, minutes_table

HOLDS, FAILS, OPEN = "holds", "fails", "cannot be told"
CHANGES = ("gains", "gains or same", "same", "loses", "depends", "unreachable", "unknown")
"""What becomes of a township: it saves more than the tolerance; it saves or nothing changes, by what is assumed;
nothing changes; it takes longer by more than the tolerance; it saves or takes longer, by what is assumed; no way before
and after; not known before or after."""
CHANGE_COLUMNS = (
    "service", "scenario_before", "scenario_after", "township", "county", *PEOPLE,
    "before", "after", "saved", "saved_low", "saved_high", "change",
)  # fmt: skip
_UNTOLD = {"depends", "unreachable", "unknown"}
Floats = npt.NDArray[np.float64]


def plan_changes(before: pd.DataFrame, after: pd.DataFrame, *, tolerance: float = 0.5) -> pd.DataFrame:
    """Return the minutes that each township saves under plan B against plan A, by service.

    Parameters
    ----------
    before, after : DataFrame
        Plan A and plan B, as of :func:`minutes_table`, each with one scenario a service. Services that only one of
        them has are left out.
    tolerance : float
        Minutes that nobody tells apart: a difference up to it is none.

    Returns
    -------
    DataFrame
        ``service``, ``scenario_before``, ``scenario_after``, the township's columns with its people of plan A,
        ``before``, ``after``, ``saved`` (negative where it takes longer; inf where a township becomes reachable, -inf
        where it is cut off, NaN where it stays out of reach or is not known), ``saved_low`` and ``saved_high`` over
        the intervals of minutes of both plans, taken as independent, and ``change``, one of ``CHANGES``.

    Raises
    ------
    DataError
        If a table is wrong or has several scenarios of a service, the townships differ, or there is no common service.

    >>> rows = {"township": ["a", "b"], "service": "s", "people": [10, 30]}
    >>> old = pd.DataFrame({**rows, "scenario": "A", "minutes": [50, 20]})
    >>> new = pd.DataFrame({**rows, "scenario": "B", "minutes": [30, 21]})
    >>> plan_changes(old, new)[["township", "saved", "change"]].values.tolist()
    [['a', 20.0, 'gains'], ['b', -1.0, 'loses']]
    """
    close = check_non_negative(tolerance, name="tolerance", unit="min")
    old, new = minutes_table(before), minutes_table(after)
    services = [name for name in old["service"].unique() if name in set(new["service"])]
    if not services:
        told = ", ".join(map(str, old["service"].unique()[:3]))
        raise DataError(f"the two plans have no service in common (the first has {told}); name them alike")
    parts = [_changes(old[old["service"] == name], new[new["service"] == name], close) for name in services]
    return pd.concat(parts, ignore_index=True)


def scenario_changes(
    table: pd.DataFrame, *, before: str | None = None, after: str | None = None, tolerance: float = 0.5
) -> pd.DataFrame:
    """Return :func:`plan_changes` between two scenarios of one table, for every service that has both.

    Without names, between the first and the last scenario of each service in the order of the table. No rows where no
    service has two.

    Raises
    ------
    DataError
        As of :func:`plan_changes`, or if no service has the scenarios named.

    >>> rows = {"township": "a", "service": "s", "people": 10}
    >>> rows = pd.DataFrame({**rows, "scenario": ["A", "B"], "minutes": [50, 30]})
    >>> scenario_changes(rows)["saved"].tolist()
    [20.0]
    """
    tidy = minutes_table(table)
    found = []
    for _, part in tidy.groupby("service", sort=False):
        names = list(part["scenario"].unique())
        ends = (names[0] if before is None else before, names[-1] if after is None else after)
        if ends[0] != ends[1] and set(ends) <= set(names):
            old, new = (part[part["scenario"] == name] for name in ends)
            found.append(plan_changes(old, new, tolerance=tolerance))
    if not found and (before, after) != (None, None):
        known = ", ".join(map(str, tidy["scenario"].unique()))
        told = " and ".join(repr(name) for name in (before, after) if name is not None)
        raise DataError(f"no service has {told} beside another scenario; the scenarios are: {known}")
    return pd.concat(found, ignore_index=True) if found else tidy.iloc[:0].reindex(columns=list(CHANGE_COLUMNS))


def nobody_worse_off(changes: pd.DataFrame, *, rules: Mapping[str, pd.Series] | None = None) -> pd.DataFrame:
    """Return for each pair of plans whether nobody is worse off, and who and how many gain and lose.

    Parameters
    ----------
    changes : DataFrame
        As of :func:`plan_changes`; several of them may stand below each other.
    rules : mapping of str to Series, optional
        People by township by each of several rules, the first the central one: the ranges are then the least and the
        most over them, which keep the counties' totals. Else they are the sums of ``people_low`` and ``people_high``.

    Returns
    -------
    DataFrame
        A row a service and pair of scenarios: ``verdict`` (``fails`` if some township surely loses, else ``cannot be
        told`` if of some it is not known, or depends on what is assumed, or none is reached before and after, else
        ``holds``), ``losers`` and ``open`` (townships joined by ``;``), ``most_saved`` and ``most_lost`` minutes of
        those with a way before and after, and by change ``<change>`` (townships), ``<change>_people`` with ``_low``
        and ``_high``.

    >>> changes = pd.DataFrame({"service": "s", "scenario_before": "A", "scenario_after": "B", "township": ["a", "b"],
    ...     "people": [10.0, 30.0], "people_low": 9.0, "people_high": 40.0, "saved": [20.0, -1.0],
    ...     "change": ["gains", "loses"]})
    >>> nobody_worse_off(changes)[["verdict", "losers", "gains_people", "loses_people"]].values.tolist()
    [['fails', 'b', 10.0, 30.0]]
    """
    rows = []
    told = None if rules is None else pd.DataFrame({name: people.rename(index=str) for name, people in rules.items()})
    keys = ["service", "scenario_before", "scenario_after"]
    for names, part in changes.groupby(keys, sort=False):
        losers = part[part["change"] == "loses"]
        untold = part[part["change"].isin(_UNTOLD)]
        finite = part.loc[np.isfinite(part["saved"]), "saved"]
        row: dict[str, object] = dict(zip(keys, names, strict=True))
        row["verdict"] = FAILS if len(losers) else OPEN if len(untold) else HOLDS
        row["losers"], row["open"] = ";".join(losers["township"]), ";".join(untold["township"])
        row["most_saved"] = max(0.0, float(finite.max())) if len(finite) else np.nan
        row["most_lost"] = max(0.0, -float(finite.min())) if len(finite) else np.nan
        for change in CHANGES:
            own, label = part[part["change"] == change], change.replace(" ", "_")
            row[label] = len(own)
            sums = _sums(own, told)
            row |= {name.replace("people", f"{label}_people"): value for name, value in zip(PEOPLE, sums, strict=True)}
        rows.append(row)
    counts = [[f"{change.replace(' ', '_')}{end}" for end in ("", *(f"_{p}" for p in PEOPLE))] for change in CHANGES]
    first = ["verdict", "losers", "open", "most_saved", "most_lost"]
    return pd.DataFrame(rows, columns=[*keys, *first, *(name for names in counts for name in names)])


def _sums(own: pd.DataFrame, rules: pd.DataFrame | None) -> tuple[float, float, float]:
    """Return the people of these townships: central, least and most."""
    if rules is None:
        central, low, high = (float(own[column].sum()) for column in PEOPLE)
        return central, low, high
    every = rules.reindex(own["township"]).sum().to_numpy(dtype=np.float64)
    return float(every[0]), float(every.min()), float(every.max())


def _changes(old: pd.DataFrame, new: pd.DataFrame, close: float) -> pd.DataFrame:
    service = old["service"].iloc[0]
    for plan in (old, new):
        scenarios = plan["scenario"].unique()
        if len(scenarios) > 1:
            raise DataError(f"{service} has the scenarios {scenarios[0]} and {scenarios[1]} in one plan; choose one")
    there, other = set(old["township"]), set(new["township"])
    if there != other:
        town = min(there ^ other)
        side = "first" if town in there else "second"
        raise DataError(f"township {town} of {service} is in the {side} plan alone; give the same townships in both")
    right = new.set_index("township").reindex(old["township"])
    a, b = ({column: plan[column].to_numpy(dtype=np.float64) for column in TIMES} for plan in (old, right))
    saved = _saved(a["minutes"], b["minutes"])
    low, high = _saved(a["minutes_low"], b["minutes_high"]), _saved(a["minutes_high"], b["minutes_low"])
    out = np.isinf(a["minutes_low"]) & np.isinf(b["minutes_low"])
    lost = np.isnan(a["minutes"]) | np.isnan(b["minutes"])
    change = np.select(
        [lost, out, low > close, high < -close, (low >= -close) & (high <= close), low >= -close],
        ["unknown", "unreachable", "gains", "loses", "same", "gains or same"],
        default="depends",
    )
    blank = lost | out
    own = old.drop(columns=["service", "scenario", *TIMES]).assign(
        service=service,
        scenario_before=old["scenario"].iloc[0],
        scenario_after=new["scenario"].iloc[0],
        before=a["minutes"],
        after=b["minutes"],
        saved=np.where(blank, np.nan, saved),
        saved_low=np.where(blank, np.nan, low),
        saved_high=np.where(blank, np.nan, high),
        change=change,
    )
    others = [column for column in own.columns if column not in CHANGE_COLUMNS]
    return own[[*CHANGE_COLUMNS, *others]]


def _saved(before: Floats, after: Floats) -> Floats:
    """Return what is saved, nothing where there is no way before and after."""
    both = np.isinf(before) & np.isinf(after)
    return np.where(both, 0.0, np.where(both, 0.0, before) - np.where(both, 0.0, after))
