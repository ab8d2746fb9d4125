"""Who reaches what in several networks, as one set of tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .._progress import Progress, silent
from .._validation import check_edges
from ..errors import ParameterError
from ..io import name_column, names_of
from ..network import Graph, compile_graph, snap_points
from .areas import service_area
from .catchment import e2sfca
from .compare import scenario_difference
from .critical import critical_edges
from .equity import gini, share_within
from .matrix import ACCESS_KMH, od_cost_matrix
from .reasons import off_main_note, unreached_reasons

LIMITS = (15.0, 30.0, 45.0, 60.0, 90.0)


@dataclass(frozen=True)
class AccessTables:
    """What :func:`access_tables` returns; a way that does not exist is NaN in every table.

    Attributes
    ----------
    od_minutes : DataFrame
        ``scenario``, ``origin``, ``destination``, ``minutes``: a row a pair.
    nearest : DataFrame
        A row an origin: ``origin``, ``name_zh``, ``population``, ``snap_m``, minutes to the nearest facility in a
        column a scenario, and against the first scenario ``saved_<scenario>`` and ``change_<scenario>``. Then
        ``part``, ``part_nodes`` and ``off_main_m`` of its place in the first scenario, as of
        :func:`nanyi_gis.network.snap_points`, and ``reason``: empty, or why it reaches no facility, in which scenario.
    summary : DataFrame
        A row a scenario: ``origins``, ``unreachable``, ``off_main`` (origins on a smaller part of the network),
        ``share_within_<limit>`` (of the people), ``gini``.
    critical : DataFrame
        :func:`critical_edges` of the first scenario.
    service_areas : GeoDataFrame
        :func:`service_area` towards the facilities, by scenario and limit.
    e2sfca : DataFrame or None
        ``scenario``, ``origin``, ``e2sfca``; None without a supply.
    notes : tuple of str
        A line for each scenario with origins or facilities on a smaller part of the network, and for each with
        origins that reach no facility, with the reason for one.
    """

    od_minutes: pd.DataFrame
    nearest: pd.DataFrame
    summary: pd.DataFrame
    critical: pd.DataFrame
    service_areas: gpd.GeoDataFrame
    e2sfca: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the plain tables by name, in the order in which they are read.

        >>> empty = pd.DataFrame()
        >>> list(AccessTables(empty, empty, empty, empty, gpd.GeoDataFrame()).tables())
        ['od_minutes', 'nearest', 'summary', 'critical']
        """
        named = {
            "od_minutes": self.od_minutes,
            "nearest": self.nearest,
            "summary": self.summary,
            "critical": self.critical,
            "e2sfca": self.e2sfca,
        }
        return {name: table for name, table in named.items() if table is not None}


def access_tables(
    graphs: Mapping[str, Graph],
    origins: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    *,
    population: pd.Series | None = None,
    rules: Mapping[str, pd.Series] | None = None,
    allowed: pd.DataFrame | None = None,
    supply: pd.Series | None = None,
    limits: Sequence[float] = LIMITS,
    snap_limit_m: float = 2000.0,
    parts: str = "largest",
    access_kmh: float | None = ACCESS_KMH,
    progress: Progress = silent,
) -> AccessTables:
    """Return minutes, nearest facilities, minutes saved, service areas and critical roads of one or more networks.

    Parameters
    ----------
    graphs : mapping of str to MultiDiGraph
        Networks by name, e.g. of :func:`nanyi_gis.network.scenarios`; the first is the one compared with.
    origins, facilities : GeoDataFrame
        Points in any CRS, with their ids as index; origins may have ``name_zh`` or ``name``.
    population : Series, optional
        People by origin; each origin counts 1 if not given.
    rules : mapping of str to Series, optional
        People by origin by each of several plausible rules; the summary then has the least and the most of each
        share and of the Gini coefficient over them (``..._low``, ``..._high``).
    allowed : DataFrame of bool, optional
        Which facilities (columns) each origin (row) may use; all if not given. Service areas and critical roads are
        those of all facilities.
    supply : Series, optional
        Beds, doctors or the like by facility; adds the enhanced two-step floating catchment.
    limits : sequence of float
        Minutes of the service areas and of the shares, rising.
    snap_limit_m : float
        Metres; points farther from a road are refused.
    parts, access_kmh
        Which roads points go to, and the speed on the way there: as of
        :func:`nanyi_gis.accessibility.od_cost_matrix`, in every table.
    progress : callable
        Told the share of work done.

    Raises
    ------
    ParameterError
        If there is no graph, or the limits do not rise.
    DataError
        If a point lies too far from every road, or people or supply are no numbers of zero or more.

    Examples
    --------
    Two homes on a road of 1 km and 2 km to a clinic, at 60 km/h:

    >>> from shapely import LineString, Point
    >>> from nanyi_gis.network import build_graph
    >>> road = gpd.GeoDataFrame(
    ...     {"highway": ["tertiary"] * 2, "speed_kph": 60.0},
    ...     geometry=[LineString([(5e5, 3e6), (5e5 + 1000, 3e6)]), LineString([(5e5, 3e6), (5e5, 3e6 + 2000)])],
    ...     crs="EPSG:4544",
    ... )
    >>> homes = gpd.GeoDataFrame(geometry=[Point(5e5 + 1000, 3e6), Point(5e5, 3e6 + 2000)], index=["a", "b"], crs=4544)
    >>> clinic = gpd.GeoDataFrame(geometry=[Point(5e5, 3e6)], index=["c"], crs=4544)
    >>> report = access_tables({"now": build_graph(road)}, homes, clinic, limits=[1.5])
    >>> report.nearest.set_index("origin")["now"].round(2).to_dict()
    {'a': 1.0, 'b': 2.0}
    >>> report.summary["share_within_1.5"].tolist()
    [0.5]
    """
    if not graphs:
        raise ParameterError("graphs is empty; give at least one network, e.g. {'today': graph}")
    edges = check_edges(limits, name="limits", least=0)
    people = pd.Series(1.0, index=origins.index) if population is None else population
    long, nearest, areas, summary, scores, reasons, notes = [], {}, [], [], [], {}, []
    options: Any = {"snap_limit_m": snap_limit_m, "parts": parts, "access_kmh": access_kmh}
    for i, (name, graph) in enumerate(graphs.items()):
        network = compile_graph(graph)
        start, end = (snap_points(network, layer, limit_m=snap_limit_m, parts=parts) for layer in (origins, facilities))
        cost = od_cost_matrix(network, origins, facilities, **options)
        cost = cost if allowed is None else cost.where(allowed, np.inf)
        long.append(_long(cost, name))
        nearest[name] = cost.min(axis=1)
        reasons[name] = unreached_reasons(network, start, end, nearest[name])
        notes += [off_main_note(name, *layer) for layer in (("origins", start), ("facilities", end))]
        notes.append(_lost_note(name, reasons[name], origins.index))
        area = service_area(network, facilities, minutes=edges, direction="to", **options)
        areas.append(area.assign(scenario=name))
        row = _summary(name, nearest[name], people, edges, off_main=int((start["part"] > 0).sum()))
        summary.append(row | _ranges(nearest[name], rules or {}, edges))
        if supply is not None:
            score = e2sfca(cost, supply=supply, demand=people)
            scores.append(pd.DataFrame({"scenario": name, "origin": score.index, "e2sfca": score.to_numpy()}))
        if i == 0:
            snapped = start
            critical = critical_edges(network, origins, facilities, population=people, **options)
            critical = critical.assign(scenario=name)
        progress((i + 1) / (len(graphs) + 1))
    joined = gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), geometry="geometry", crs=areas[0].crs)
    return AccessTables(
        od_minutes=pd.concat(long, ignore_index=True),
        nearest=_nearest(nearest, origins, people, snapped).assign(reason=_joined_reasons(reasons)),
        summary=pd.DataFrame(summary),
        critical=critical,
        service_areas=joined.assign(evidence="modelled"),
        e2sfca=pd.concat(scores, ignore_index=True) if scores else None,
        notes=tuple(note for note in notes if note),
    )


def _nearest(
    minutes: Mapping[str, pd.Series], origins: gpd.GeoDataFrame, people: pd.Series, snapped: pd.DataFrame
) -> pd.DataFrame:
    """Return a row an origin: minutes by scenario, what each saves against the first, and where it stands."""
    first = next(iter(minutes))
    table = pd.DataFrame({"origin": origins.index, "name_zh": _names(origins), "population": people.to_numpy()})
    table["snap_m"] = snapped["snap_m"].to_numpy()
    for name, cost in minutes.items():
        table[name] = _finite(cost)
        if name != first:
            difference = scenario_difference(minutes[first], cost)
            table[f"saved_{name}"] = _finite(difference["saved"])
            table[f"change_{name}"] = difference["change"].to_numpy()
    for column in ("part", "part_nodes", "off_main_m"):
        table[column] = snapped[column].to_numpy()
    return table


def _lost_note(name: str, reasons: Sequence[str], index: pd.Index) -> str:
    """Return a line about the origins that reach nothing, with the reason of the first; empty if there are none."""
    lost = [i for i, reason in enumerate(reasons) if reason]
    if not lost:
        return ""
    first = f"{'for one ' if len(lost) > 1 else ''}{index[lost[0]]}, {reasons[lost[0]]}"
    return f"{name}: {len(lost)} of {len(index)} origins reach no facility: {first}"


def _joined_reasons(reasons: Mapping[str, list[str]]) -> list[str]:
    """Return one text an origin: the reason, with the names of the scenarios where it is not the same in all."""
    texts = []
    for by_scenario in zip(*reasons.values(), strict=True):
        told = [f"{name}: {reason}" for name, reason in zip(reasons, by_scenario, strict=True) if reason]
        texts.append(by_scenario[0] if len(set(by_scenario)) == 1 else "; ".join(told))
    return texts


def _long(cost: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a matrix as a row a pair."""
    origins = np.repeat(cost.index.to_numpy(), cost.shape[1])
    destinations = np.tile(cost.columns.to_numpy(), cost.shape[0])
    minutes = _finite(pd.Series(cost.to_numpy().ravel()))
    return pd.DataFrame({"scenario": name, "origin": origins, "destination": destinations, "minutes": minutes})


def _summary(
    name: str, cost: pd.Series, people: pd.Series, limits: tuple[float, ...], *, off_main: int
) -> dict[str, object]:
    within = share_within(cost, limits=limits, weights=people)
    reached = cost[np.isfinite(cost)]
    row: dict[str, object] = {"scenario": name, "origins": len(cost), "unreachable": int(np.isinf(cost).sum())}
    row["off_main"] = off_main
    row |= {f"share_within_{limit:g}": float(share) for limit, share in within.items()}
    row["gini"] = gini(reached, weights=people.reindex(reached.index)) if len(reached) else None
    return row


def _ranges(cost: pd.Series, rules: Mapping[str, pd.Series], limits: tuple[float, ...]) -> dict[str, object]:
    """Return the least and the most of each share and of the Gini coefficient over several spreads of the people."""
    rows = [_summary("", cost, people.reindex(cost.index), limits, off_main=0) for people in rules.values()]
    found: dict[str, object] = {}
    for key in [f"share_within_{limit:g}" for limit in limits] + ["gini"]:
        values = [float(str(row[key])) for row in rows if row[key] is not None]
        if values:
            found |= {f"{key}_low": min(values), f"{key}_high": max(values)}
    return found


def _names(points: gpd.GeoDataFrame) -> list[str]:
    return [""] * len(points) if name_column(points) is None else names_of(points).tolist()


def _finite(values: pd.Series) -> np.ndarray:
    """Return the values with what cannot be reached left empty."""
    numbers = values.to_numpy(dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)
