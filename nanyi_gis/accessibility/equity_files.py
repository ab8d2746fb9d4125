"""From a tidy table of minutes to a folder: how even access is, and who gains and loses by a plan."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError
from ..io import staged, write_csv
from .equity_summary import equity_summary
from .minutes_table import minutes_table
from .plan_changes import nobody_worse_off, plan_changes, scenario_changes

EQUITY_FILES = ("equity.csv", "townships.csv", "changes.csv", "claims.csv")
"""Names of the files of :func:`write_equity`."""


@dataclass(frozen=True, kw_only=True)
class EquityTables:
    """What :func:`equity_tables` finds.

    Attributes
    ----------
    townships : DataFrame
        As of :func:`minutes_table`.
    summary : DataFrame
        As of :func:`equity_summary`.
    changes : DataFrame
        As of :func:`plan_changes`; no rows where there is nothing to compare.
    claims : DataFrame
        As of :func:`nobody_worse_off`.
    """

    townships: pd.DataFrame
    summary: pd.DataFrame
    changes: pd.DataFrame
    claims: pd.DataFrame


def equity_tables(
    table: pd.DataFrame,
    *,
    against: pd.DataFrame | None = None,
    before: str | None = None,
    after: str | None = None,
    changes: pd.DataFrame | None = None,
    tolerance: float = 0.5,
    **options: Any,
) -> EquityTables:
    """Return how even access is in a tidy table, and who gains and loses.

    Parameters
    ----------
    table : DataFrame
        As of :func:`minutes_table`.
    against : DataFrame, optional
        Plan B, the table being plan A: they are compared in every scenario that both have, or, where each has but one
        scenario a service, in these. Without it, two scenarios of the table are compared, see
        :func:`scenario_changes`.
    before, after : str, optional
        The scenario of plan A and of plan B.
    changes : DataFrame, optional
        What is known of the changes already, in place of working them out.
    tolerance : float
        Minutes that nobody tells apart.
    **options
        Of :func:`equity_summary`.

    >>> rows = {"township": "a", "service": "s", "people": 10}
    >>> rows = pd.DataFrame({**rows, "scenario": ["A", "B"], "minutes": [50, 30]})
    >>> equity_tables(rows).claims["verdict"].tolist()
    ['holds']
    """
    tidy = minutes_table(table)
    if changes is None:
        if against is None:
            changes = scenario_changes(tidy, before=before, after=after, tolerance=tolerance)
        else:
            changes = _against(tidy, minutes_table(against), before, after, tolerance)
    summary = equity_summary(tidy, **options)
    claims = nobody_worse_off(changes, rules=options.get("rules"))
    return EquityTables(townships=tidy, summary=summary, changes=changes, claims=claims)


def write_equity(found: EquityTables, out: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write ``EQUITY_FILES`` into a folder, whole or not at all; minutes without a way are ``inf``.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    folder = Path(out)
    tables: Mapping[str, pd.DataFrame] = dict(
        zip(EQUITY_FILES, (found.summary, found.townships, found.changes, found.claims), strict=True)
    )
    with staged(folder) as stage:
        for name, table in tables.items():
            write_csv(table, stage / name, digits=4)
    return tuple(folder / name for name in tables)


def _against(
    old: pd.DataFrame, new: pd.DataFrame, before: str | None, after: str | None, tolerance: float
) -> pd.DataFrame:
    """Return the changes from one table to another, scenario by scenario."""
    chosen = [_scenario(old, before, "first"), _scenario(new, after, "second")]
    if before is None and after is None:
        shared = [name for name in old["scenario"].unique() if name in set(new["scenario"])]
        if shared:
            parts = [
                plan_changes(*(plan[plan["scenario"] == name] for plan in chosen), tolerance=tolerance)
                for name in shared
            ]
            return pd.concat(parts, ignore_index=True)
    return plan_changes(*chosen, tolerance=tolerance)


def _scenario(plan: pd.DataFrame, name: str | None, which: str) -> pd.DataFrame:
    if name is None:
        return plan
    found = plan[plan["scenario"] == name]
    if found.empty:
        known = ", ".join(map(str, plan["scenario"].unique()))
        raise DataError(f"the {which} table has no scenario {name!r}; it has: {known}")
    return found
