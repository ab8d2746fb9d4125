"""The tables behind ``nanyi-gis access``."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from .. import accessibility as access
from .._validation import numbers
from ..errors import ParameterError
from ..io import name_column, names_of
from ..network import build_graph, compile_graph, load_scenario, require_open, scenario, snap_points
from ..network.graph_type import Graph


@dataclass(frozen=True)
class Question:
    """What the command was asked."""

    roads: str | None
    years: tuple[str, ...]
    changes: str | None
    limits: tuple[float, ...]
    origins: gpd.GeoDataFrame | None
    facilities: gpd.GeoDataFrame | None
    id_column: str | None
    supply: str | None
    population: xr.DataArray | None
    counties: gpd.GeoDataFrame | None
    snap_limit_m: float
    speeds: str | None


def parse_numbers(text: str, *, name: str) -> tuple[float, ...]:
    """Return the numbers of a comma-separated list.

    >>> parse_numbers("15, 30", name="minutes")
    (15.0, 30.0)
    """
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"{name} is {text!r}, but must be numbers with commas between, e.g. 15,30,60") from None


def answer(
    question: Question, *, progress: Callable[[float], None] | None = None
) -> tuple[dict[str, pd.DataFrame], gpd.GeoDataFrame]:
    """Return the tables by name and the service areas."""
    graphs = _graphs(question)
    origins, people = _origins(question)
    facilities = _facilities(question)
    supply = _supply(question, facilities)
    long, nearest, areas, summary, e2sfca = [], {}, [], [], []
    for i, (name, graph) in enumerate(graphs.items()):
        network = compile_graph(graph)
        cost = access.od_cost_matrix(network, origins, facilities, snap_limit_m=question.snap_limit_m)
        long.append(_long(cost, name))
        nearest[name] = cost.min(axis=1)
        area = access.service_area(
            graph, facilities, minutes=question.limits, direction="to", snap_limit_m=question.snap_limit_m
        )
        areas.append(area.assign(scenario=name))
        summary.append(_summary(name, nearest[name], people, question.limits))
        if supply is not None:
            score = access.e2sfca(cost, supply=supply, demand=people)
            e2sfca.append(pd.DataFrame({"scenario": name, "origin": score.index, "e2sfca": score.to_numpy()}))
        if progress is not None:
            progress((i + 1) / (len(graphs) + 1))
    first = next(iter(graphs))
    table = pd.DataFrame({"origin": origins.index, "name_zh": _names(origins), "population": people.to_numpy()})
    table["snap_m"] = snap_points(graphs[first], origins, limit_m=question.snap_limit_m)["snap_m"].to_numpy()
    for name, minutes in nearest.items():
        table[name] = _finite(minutes)
        if name != first:
            difference = access.scenario_difference(nearest[first], minutes)
            table[f"saved_{name}"] = _finite(difference["saved"])
            table[f"change_{name}"] = difference["change"].to_numpy()
    critical = access.critical_edges(
        graphs[first], origins, facilities, population=people, snap_limit_m=question.snap_limit_m
    )
    tables = {
        "od_minutes": pd.concat(long, ignore_index=True),
        "nearest": table,
        "summary": pd.DataFrame(summary),
        "critical": critical.assign(scenario=first),
    }
    if e2sfca:
        tables["e2sfca"] = pd.concat(e2sfca, ignore_index=True)
    joined = pd.concat(areas, ignore_index=True)
    return tables, gpd.GeoDataFrame(joined, geometry="geometry", crs=areas[0].crs).assign(evidence="modelled")


def _graphs(question: Question) -> dict[str, Graph]:
    base = build_graph(question.roads, speeds=question.speeds)
    if not question.years:
        raise ParameterError("scenario is empty; give at least one, e.g. 2022")
    graphs = {year: require_open(scenario(base, year=year), everything=base) for year in question.years}
    if question.changes:
        own = load_scenario(question.changes)
        graphs["own"] = scenario(base, year=question.years[0] if own.year is None else own.year, changes=own)
    return graphs


def _origins(question: Question) -> tuple[gpd.GeoDataFrame, pd.Series]:
    towns = access.townships()
    located = towns[towns.geometry.notna()]
    if question.origins is None:
        people = access.township_population(raster=question.population, counties=question.counties)
        return located, people["population"].reindex(located.index)
    points = _indexed(question.origins, question.id_column)
    if "population" not in points:
        return points, pd.Series(1.0, index=points.index)
    return points, numbers(points, "population", name="population")


def _facilities(question: Question) -> gpd.GeoDataFrame:
    if question.facilities is not None:
        return _indexed(question.facilities, question.id_column)
    towns = access.townships()
    return towns.loc[[str(node) for node in access.facility_nodes(build_graph(), "county_hospital")]]


def _indexed(points: gpd.GeoDataFrame, column: str | None) -> gpd.GeoDataFrame:
    if column is None:
        return points.reset_index(drop=True)
    if column not in points:
        file = points.attrs.get("file", "the points")
        known = ", ".join(str(name) for name in points.columns if name != "geometry") or "none"
        raise ParameterError(f"{file} has no column {column!r} for --id; columns are: {known}")
    return points.set_index(column)


def _supply(question: Question, facilities: gpd.GeoDataFrame) -> pd.Series | None:
    if question.supply is None:
        return None
    return numbers(facilities, question.supply, name="supply")


def _long(cost: pd.DataFrame, name: str) -> pd.DataFrame:
    origins = np.repeat(cost.index.to_numpy(), cost.shape[1])
    destinations = np.tile(cost.columns.to_numpy(), cost.shape[0])
    minutes = _finite(pd.Series(cost.to_numpy().ravel()))
    return pd.DataFrame({"scenario": name, "origin": origins, "destination": destinations, "minutes": minutes})


def _summary(name: str, cost: pd.Series, people: pd.Series, limits: tuple[float, ...]) -> dict[str, object]:
    within = access.share_within(cost, limits=limits, weights=people)
    reached = cost[np.isfinite(cost)]
    row: dict[str, object] = {"scenario": name, "origins": len(cost), "unreachable": int(np.isinf(cost).sum())}
    row |= {f"share_within_{limit:g}": float(share) for limit, share in within.items()}
    row["gini"] = access.gini(reached, weights=people.reindex(reached.index)) if len(reached) else None
    return row


def _names(points: gpd.GeoDataFrame) -> list[str]:
    return [""] * len(points) if name_column(points) is None else names_of(points).tolist()


def _finite(values: pd.Series) -> np.ndarray:
    """Return the values with what cannot be reached left empty."""
    numbers = values.to_numpy(dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)
