"""What depends on links whose opening is not on record: minutes with them and without them."""

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from ..network import Graph, build_graph, scenario
from ..schematic import schematic_tables, uncertain_links
from ..study import StudyArea
from .planner import township_minutes

WITHOUT, WITH = "without", "with"  # none of the links open, all of them open
_SAME_MIN = 0.5  # minutes that nobody tells apart
_ITEM = re.compile(r"[A-Z]-\d+")


def uncertain_graphs(
    graph: Graph | None = None, *, study: StudyArea | None = None, year: int | str = "today"
) -> dict[str, Graph]:
    """Return the network of a year without the links of unknown opening, with all of them, and with each road alone.

    The names are ``without``, ``with``, and the id of each road: the plan's item where the link's id begins with one
    (``I-20`` of ``I-20.1``). Empty if every opening is on record.

    >>> list(uncertain_graphs())[:2]
    ['without', 'with']
    """
    base = build_graph(schematic_tables(study)) if graph is None else graph
    ids = uncertain_links(base)
    if not ids:
        return {}
    roads: dict[str, list[str]] = {}
    for link in ids:
        item = _ITEM.match(link)
        roads.setdefault(item.group() if item else link.partition(".")[0], []).append(link)
    assumed = {WITHOUT: [], WITH: ids, **roads}
    return {name: scenario(base, year=year, assume_open=links) for name, links in assumed.items()}


def uncertain_minutes(
    facility: str,
    *,
    study: StudyArea | None = None,
    graphs: Mapping[str, Graph] | None = None,
    population: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return for each township the minutes ``without`` and ``with`` the links of unknown opening.

    Columns as of :func:`township_minutes`, and ``depends_on``: ids of the roads that, opened alone, change the minutes
    by more than half a minute, the most first, joined by ``;``; all ids if only several together do. Empty where
    nothing changes. ``attrs["summary"]`` has the shares of people for both.
    """
    networks = uncertain_graphs(study=study) if graphs is None else graphs
    table = township_minutes(facility, study=study, graphs=networks, population=population)
    roads = [name for name in networks if name not in {WITHOUT, WITH}]
    without = table[WITHOUT].to_numpy(dtype=float)
    saved = {road: _saved(without, table[road].to_numpy(dtype=float)) for road in roads}
    together = _saved(without, table[WITH].to_numpy(dtype=float))
    depends = []
    for row in range(len(table)):
        alone = sorted((road for road in roads if saved[road][row] > _SAME_MIN), key=lambda road: -saved[road][row])
        depends.append(";".join(alone or roads) if together[row] > _SAME_MIN else "")
    told = table.assign(depends_on=depends)
    told.attrs.update(table.attrs)
    return told


def _saved(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the minutes saved; what was out of reach and no longer is saves without end, the rest nothing."""
    reached = np.isfinite(after)
    return np.where(reached, np.where(np.isfinite(before), before, np.inf) - np.where(reached, after, 0.0), 0.0)
