"""How evenly the study's townships reach its services, and what the plan changes for whom."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from ..accessibility import plan_changes
from .planner import FACILITIES
from .sub_centres import MODELS, SubCentres
from .uncertain import WITH

SUB_CENTRE = "sub_centre"
SERVICES = (*FACILITIES, SUB_CENTRE)
"""Services of the table: three kinds of facilities, and the nearest of county hospital and medical sub-centre."""
HOSPITALS = "hospitals"
"""Scenario of the sub-centres in which none stands, for no list of those that do is published."""


def equity_minutes(
    minutes: Mapping[str, pd.DataFrame],
    *,
    doubt: Mapping[str, pd.DataFrame] | None = None,
    centres: SubCentres | None = None,
) -> pd.DataFrame:
    """Return the tidy table township by service by scenario of a study.

    Parameters
    ----------
    minutes : mapping of str to DataFrame
        By facility, as of :func:`nanyi_gis.targets.township_minutes`.
    doubt : mapping of str to DataFrame, optional
        By facility, as of :func:`nanyi_gis.targets.uncertain_minutes`: the interval of today's minutes, from those
        with all links whose opening is not on record to those without them, which are the central ones.
    centres : SubCentres, optional
        Proposals of sub-centres; adds the service ``sub_centre`` with the scenario ``hospitals`` and one a model.

    Returns
    -------
    DataFrame
        Columns of :func:`nanyi_gis.accessibility.minutes_table`, with ``name_zh`` and ``name_en`` last. Minutes are
        NaN where a township has no place.

    >>> towns = pd.DataFrame({"name_zh": ["甲"], "name_en": ["Jia"], "county": ["x"], "population": [9.0],
    ...     "population_low": [8.0], "population_high": [10.0], "today": [20.0]}, index=["1"])
    >>> towns.attrs["summary"] = {"today": {}}
    >>> found = equity_minutes({"railway_station": towns})
    >>> found[["township", "people_high", "service", "scenario", "minutes"]].values.tolist()
    [['1', 10.0, 'railway_station', 'today', 20.0]]
    """
    parts = []
    for facility, table in minutes.items():
        for scenario in table.attrs["summary"]:
            unsure = None if doubt is None or scenario != "today" else doubt.get(facility)
            low = None if unsure is None else np.fmin(unsure[WITH], table[scenario])
            parts.append(_part(table, table[scenario], low, facility, scenario))
    if centres is not None and parts:
        towns = next(iter(minutes.values()))
        columns = {HOSPITALS: "before", **{model: f"after_{model}" for model in MODELS}}
        for scenario, column in columns.items():
            found = centres.towns[column].reindex(towns.index)
            parts.append(_part(towns, found, None, SUB_CENTRE, scenario))
    return pd.concat(parts, ignore_index=True)


def equity_changes(table: pd.DataFrame, *, tolerance: float = 0.5) -> pd.DataFrame:
    """Return who gains and who loses between the study's scenarios.

    Of each facility from each year to the next; of the sub-centres from none to the p-median, and from the p-median to
    each other proposal, for these weigh the townships against each other.

    Parameters
    ----------
    table : DataFrame
        As of :func:`equity_minutes`.
    tolerance : float
        As of :func:`nanyi_gis.accessibility.plan_changes`, which also says the columns.
    """
    parts = []
    for service, before, after in comparisons(table):
        own = table[table["service"] == service]
        old, new = (own[own["scenario"] == name] for name in (before, after))
        parts.append(plan_changes(old, new, tolerance=tolerance))
    return pd.concat(parts, ignore_index=True) if parts else plan_changes(table, table).iloc[:0]


def comparisons(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return service, scenario before and scenario after of each comparison of :func:`equity_changes`.

    >>> rows = pd.DataFrame({"service": "railway_station", "scenario": ["2022", "today", "complete"]})
    >>> comparisons(rows)
    [('railway_station', '2022', 'today'), ('railway_station', 'today', 'complete')]
    """
    found = []
    for service, part in table.groupby("service", sort=False):
        names = list(part["scenario"].unique())
        if service == SUB_CENTRE:
            found.append((str(service), HOSPITALS, MODELS[0]))
            found += [(str(service), MODELS[0], model) for model in MODELS[1:]]
        else:
            found += [(str(service), old, new) for old, new in pairwise(names)]
    return found


def _part(towns: pd.DataFrame, minutes: pd.Series, low: pd.Series | None, service: str, scenario: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "township": towns.index.astype(str),
            "county": towns["county"].to_numpy(),
            "people": towns["population"].to_numpy(dtype=float),
            "people_low": towns["population_low"].to_numpy(dtype=float),
            "people_high": towns["population_high"].to_numpy(dtype=float),
            "service": service,
            "scenario": scenario,
            "minutes": minutes.to_numpy(dtype=float),
            "minutes_low": (minutes if low is None else low).to_numpy(dtype=float),
            "minutes_high": minutes.to_numpy(dtype=float),
            "name_zh": towns["name_zh"].to_numpy(),
            "name_en": towns["name_en"].to_numpy(),
        }
    )
