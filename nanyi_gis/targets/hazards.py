"""What can be said of a study's slopes without an inventory, and whom closed roads would cut off, by township."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from ..hazard import RankStability, closures, index_stability, infinite_slope, rank_agreement, road_exposure
from ..network import Graph
from ..raster import Areas, Grid
from ..suitability import LandUse, evaluate
from .hazard_record import HazardRecord
from .planner import facility_nodes
from .site_costs import township_nodes

FIRST = (0.10, 0.25, 0.50)
"""Shares of the land that come first in the order of the index."""


@dataclass(frozen=True, kw_only=True)
class Hazards:
    """Slopes, their order, and closed roads.

    Attributes
    ----------
    fails, factor : DataArray
        Of :func:`nanyi_gis.hazard.infinite_slope`.
    order : DataArray
        uint8 place in the order of the index: 1 the first tenth, 2 to a quarter, 3 to a half, 4 the rest, 0 unknown.
    score : DataArray
        The index itself, 0 to 100, low on prone ground.
    stability : RankStability
        Of that order under other weights.
    agreement : float
        Rank correlation of the median factor of safety with the index.
    land : DataFrame
        By township code: ``km2``, ``prone_km2`` (share of draws of at least the record's), ``first_km2`` (the first
        tenth of the index), ``people``, ``prone_people``.
    roads : DataFrame
        Of :func:`nanyi_gis.hazard.road_exposure`; empty without a network.
    closed : DataFrame
        Of :func:`nanyi_gis.hazard.closures`, by township code; empty without a network.
    """

    fails: xr.DataArray
    factor: xr.DataArray
    order: xr.DataArray
    score: xr.DataArray
    stability: RankStability
    agreement: float
    land: pd.DataFrame
    roads: pd.DataFrame
    closed: pd.DataFrame


def hazards(
    dem: xr.DataArray,
    *,
    record: HazardRecord,
    use: LandUse,
    climate: Any,
    inside: xr.DataArray,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    people: xr.DataArray,
    graph: Graph | None,
    towns: pd.Index,
    population: "pd.Series[float] | None" = None,
) -> Hazards:
    """Return what can be said of slopes without an inventory, and whom closed roads would cut off.

    Parameters
    ----------
    dem : DataArray
        Heights in metres.
    record : HazardRecord
        Soil and limits.
    use, climate
        Criteria of the index, and the climate that they are judged by.
    inside : DataArray
        Above 0 where land counts for the order of the index.
    zones, zone_towns, people
        Number of each cell's township, the code of each number, and people by cell.
    graph : MultiDiGraph, optional
        Roads with townships and county hospitals.
    towns : Index
        Codes of the townships that have a place.
    population : Series, optional
        People by code.
    """
    found = infinite_slope(dem, soil=record.soil, samples=record.samples)
    score = evaluate(dem, use=use, climate=climate)["score"]
    order = _order(score, inside)
    roads = closed = pd.DataFrame()
    if graph is not None:
        roads = road_exposure(graph, found["fails"], limit=record.prone_share)
        nodes = township_nodes(graph, towns)
        hospitals = facility_nodes(graph, "county_hospital")
        at = list(dict.fromkeys(nodes.values()))
        if at and hospitals:
            closed = closures(graph, roads, at, hospitals, shares=record.closed_shares)
            closed = _by_town(closed, nodes, population)
    return Hazards(
        fails=found["fails"],
        factor=found["factor"],
        order=order,
        score=score,
        stability=index_stability(dem, use=use, climate=climate, samples=100),
        agreement=rank_agreement(found["factor"], score.where(score != 255).astype("float32")),
        land=_land(found["fails"], order, zones, zone_towns, people, record.prone_share),
        roads=roads,
        closed=closed,
    )


def _order(score: xr.DataArray, inside: xr.DataArray) -> xr.DataArray:
    """Return the place of each cell in the order of the index; cells of one score have one place."""
    values = np.asarray(score.values)
    known = (values != 255) & (np.asarray(inside.values) > 0)
    codes = np.zeros(values.shape, np.uint8)
    if known.any():
        limits = np.quantile(values[known], FIRST, method="inverted_cdf")
        place = 1 + sum((values > limit).astype(np.uint8) for limit in limits)
        codes[known] = np.asarray(place)[known]
    ordered: xr.DataArray = score.copy(data=codes).rename("order").rio.write_nodata(0)
    return ordered


def _land(
    fails: xr.DataArray,
    order: xr.DataArray,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    people: xr.DataArray,
    prone: float,
) -> pd.DataFrame:
    codes = np.asarray(zones.values).astype(np.int64)
    grid = Grid.of(fails)
    areas = Areas.of(grid)
    km2 = np.vstack([areas.rows(row, row + 1) for row in range(grid.height)]) / 1e6
    km2 = np.broadcast_to(km2, codes.shape)
    count = np.nan_to_num(np.asarray(people.values, dtype=np.float64))
    own, first = fails.values >= prone, order.values == 1
    known = (codes > 0) & np.isfinite(fails.values)
    size = len(zone_towns) + 1

    def summed(what: npt.NDArray[np.float64], kept: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(codes[known & kept], weights=what[known & kept], minlength=size)[1:size], float)

    table = pd.DataFrame(
        {
            "km2": summed(km2, known),
            "prone_km2": summed(km2, own),
            "first_km2": summed(km2, first),
            "people": summed(count, known),
            "prone_people": summed(count, own),
        },
        index=pd.Index([str(code) for code in zone_towns], name="code"),
    )
    return table[table.index != ""]


def _by_town(closed: pd.DataFrame, nodes: dict[str, Any], population: "pd.Series[float] | None") -> pd.DataFrame:
    """Return closures by township: several may stand at one node of the network."""
    rows = closed.set_index(["share", "origin"])
    tables = []
    for share in closed["share"].unique().tolist():
        part = rows.loc[share].loc[list(nodes.values())].reset_index(drop=True)
        tables.append(part.assign(share=share, code=list(nodes)))
    table: pd.DataFrame = pd.concat(tables, ignore_index=True)
    if population is not None:
        table["people"] = population.reindex(table["code"]).fillna(0.0).to_numpy()
    table.attrs = dict(closed.attrs)
    return table
