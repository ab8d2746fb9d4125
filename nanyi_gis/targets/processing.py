"""Processing and logistics: facilities shared out over the land of the plan's orchards, and centres that serve them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .. import siting
from .._validation import check_count
from ..errors import DataError
from ..network import Graph
from ..raster import cell_areas, like
from ..siting import Siting, clients_from_raster
from ..units import KM2_PER_WANMU
from .planner import facility_nodes
from .site_costs import minutes_between, township_nodes

_GAP = 0.005  # of the kilometres within a township, beyond which a search need not go
_NODES = ("motorway_interchange", "railway_station")


@dataclass(frozen=True, kw_only=True)
class Processing:
    """Where processing goes, and which centres serve it.

    Attributes
    ----------
    crops : DataFrame
        By crop: ``asked`` and ``suitable`` land in 万亩, and ``share`` of the suitable land that the plan would take.
    capacity : float
        Land that a facility serves on average, 万亩: all that is asked over the number of facilities. Derived.
    clients : GeoDataFrame
        Planned land by square and township: ``weight`` in 万亩, ``town`` (code), ``site`` (label of the facility).
    facilities : GeoDataFrame
        Squares that have one: ``town``, ``facilities`` (how many), ``load`` (万亩), ``mean_km`` to its land.
    towns : DataFrame
        By code: ``land`` in 万亩 and ``facilities``.
    proven : bool
        Whether the places within every township are proven the best for its number.
    logistics, distribution : Siting
        Townships of the logistics centres; junctions of the distribution centres, ``None`` where the network has none.
    minutes_logistics, minutes_distribution : DataFrame
        Their costs: minutes from each township with land to each candidate.
    price : DataFrame
        ``p``, ``mean`` minutes over the land, ``saved``, ``gap`` for more logistics centres.
    junctions : GeoDataFrame
        Candidates of the distribution centres by label: ``name_zh``, ``kind``, ``county``.
    """

    crops: pd.DataFrame
    capacity: float
    clients: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    towns: pd.DataFrame
    proven: bool
    logistics: Siting
    distribution: Siting | None
    minutes_logistics: pd.DataFrame
    minutes_distribution: pd.DataFrame
    price: pd.DataFrame
    junctions: gpd.GeoDataFrame


def apportion(count: int, weights: "pd.Series[float]") -> "pd.Series[int]":
    """Return how many of a number of things each weight gets, by the largest remainders (Hamilton); ties by order.

    The whole quotas are given out first, then one each to the largest fractions::

        quota_i = count * weight_i / sum(weights)

    Raises
    ------
    DataError
        If no weight is above zero.

    >>> apportion(10, pd.Series({"a": 6.2, "b": 2.9, "c": 0.9})).to_dict()  # quotas 6.2, 2.9, 0.9
    {'a': 6, 'b': 3, 'c': 1}
    """
    number = check_count(count, name="count")
    whole = float(weights.sum())
    if not whole > 0 or (weights < 0).any():
        raise DataError("weights are all zero or hold a negative one, so nothing can be shared out; check the land")
    quota = number * weights.to_numpy(dtype=float) / whole
    given = np.floor(quota + 1e-12).astype(int)
    order = np.argsort(-(quota - given), kind="stable")
    given[order[: number - int(given.sum())]] += 1
    return pd.Series(given, index=weights.index)


def planned_land(
    classes: Mapping[str, xr.DataArray],
    asked: Mapping[str, float],
    *,
    grades: Sequence[int] = (1, 2),
    first: Mapping[str, xr.DataArray] | None = None,
) -> tuple[xr.DataArray, pd.DataFrame]:
    """Return the land of the plan's orchards, 万亩 a cell: each crop spread evenly over what is suitable for it.

    Parameters
    ----------
    classes : mapping of str to DataArray
        Class of each cell by crop, as ``cls`` of :func:`nanyi_gis.suitability.evaluate`; 0 where it does not count.
    asked : mapping of str to float
        What the plan asks of each crop, 万亩.
    grades : sequence of int
        Classes that count as suitable.
    first : mapping of str to DataArray, optional
        Where a crop goes first, true or false on the same grid: all that is suitable there is taken before the rest.

    Returns
    -------
    DataArray, DataFrame
        Planned 万亩 on the grid of the classes; by crop ``asked``, ``suitable``, ``share`` and ``first``, what of
        it lies where the crop goes first. A crop without suitable land is nowhere.

    >>> grid = {"y": [150.0, 50.0], "x": [500_050.0, 500_150.0]}
    >>> cls = xr.DataArray([[1, 2], [4, 0]], grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> land, table = planned_land({"tea": cls}, {"tea": 10.0})
    >>> land.values.round(3).tolist(), round(float(table.loc["tea", "suitable"]), 5)  # 2 ha are 0.003 万亩
    ([[5.0, 5.0], [0.0, 0.0]], 0.003)
    """
    grid = next(iter(classes.values()))
    wanmu = cell_areas(grid).values / (1e6 * KM2_PER_WANMU)
    planned = np.zeros(grid.shape)
    rows = {}
    for crop, cls in classes.items():
        suitable = np.where(np.isin(cls.values, list(grades)), wanmu, 0.0)
        there = float(suitable.sum())
        ahead = suitable * first[crop].values if first is not None and crop in first else np.zeros_like(suitable)
        near = float(ahead.sum())
        taken = min(asked[crop], near)
        for where, total, part in ((ahead, near, taken), (suitable - ahead, there - near, asked[crop] - taken)):
            planned += where * (part / total) if total > 0 else 0.0
        share = asked[crop] / there if there > 0 else np.inf
        rows[crop] = {"asked": asked[crop], "suitable": there, "share": share, "first": taken}
    land = like(grid, planned, name="planned_land", attrs={"units": "万亩"})
    return land, pd.DataFrame.from_dict(rows, orient="index")


def processing(
    land: xr.DataArray,
    crops: pd.DataFrame,
    *,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    towns: gpd.GeoDataFrame,
    graph: Graph,
    facilities: int,
    logistics: int,
    distribution: int,
    cluster_m: float,
    seconds: float = 30.0,
) -> Processing:
    """Share facilities out over the planned land, place them near it, and choose the centres that serve it.

    Each township gets its share of the facilities by its land (:func:`apportion`); within it they stand where the land
    is nearest to them, by straight distance, which is a p-median of each township alone. Centres are p-medians of the
    townships' land by minutes on the network: logistics centres in any township, distribution centres at interchanges
    and stations of the study's counties.

    Parameters
    ----------
    land, crops
        Of :func:`planned_land`.
    zones : DataArray
        Number of each cell's township, 1 and on, on the same grid.
    zone_towns : sequence of str
        Code of each of these; empty where the land is of no township with a place.
    towns : GeoDataFrame
        Located townships by code.
    cluster_m : float
        Side of the squares whose land is one client.

    Raises
    ------
    DataError
        If there is no suitable land.
    """
    clients = clients_from_raster(land, size_m=cluster_m, zones=zones)
    if clients.empty:
        raise DataError("there is no land suitable for the crops of the plan; check the criteria or the DEM")
    clients["town"] = [zone_towns[zone - 1] for zone in clients["zone"]]
    by_zone = clients.groupby("zone", sort=True)["weight"].sum()
    shares = apportion(facilities, by_zone)
    placed, homes, proven = _placed(clients, shares, seconds=seconds)
    by_town = clients.groupby("town", sort=True)["weight"].sum()
    by_town = by_town[[code for code in by_town.index if code]]
    nodes = township_nodes(graph, towns.index)
    starts = {code: nodes[code] for code in by_town.index if code in nodes}
    weights = by_town.reindex(list(starts))
    near = minutes_between(graph, starts, nodes)
    junctions = _junctions(graph)
    far = minutes_between(graph, starts, dict(junctions["node"].items())) if len(junctions) else pd.DataFrame()
    counted = shares.groupby([zone_towns[zone - 1] for zone in shares.index]).sum()
    found = siting.p_median(near, weights=weights, p=logistics, seconds=seconds)
    return Processing(
        crops=crops,
        capacity=float(crops["asked"].sum()) / facilities,
        clients=clients.assign(site=homes),
        facilities=placed,
        towns=pd.DataFrame({"land": by_town, "facilities": counted.reindex(by_town.index).fillna(0).astype(int)}),
        proven=proven,
        logistics=found,
        distribution=siting.p_median(far, weights=weights, p=min(distribution, len(junctions)), seconds=seconds)
        if len(junctions)
        else None,
        minutes_logistics=near,
        minutes_distribution=far,
        price=_price(near, weights, logistics, seconds=seconds),
        junctions=junctions,
    )


def _placed(
    clients: gpd.GeoDataFrame, shares: "pd.Series[int]", *, seconds: float
) -> tuple[gpd.GeoDataFrame, "pd.Series[Any]", bool]:
    """Return where the facilities of each township stand, that of each square, and whether it is proven."""
    homes = pd.Series(-1, index=clients.index)
    number = pd.Series(0, index=clients.index)
    proven = True
    for zone, count in shares.items():
        own = clients[clients["zone"] == zone]
        if count == 0:
            continue
        km = _kilometres(own)
        result = siting.p_median(km, weights=own["weight"], p=min(int(count), len(own)), seconds=seconds, gap=_GAP)
        proven &= bool(result.optimal)
        homes.loc[own.index] = result.assignment["site"].reindex(own.index).to_numpy(dtype=np.int64)
        load = own["weight"].groupby(homes[own.index]).sum().reindex(pd.Index(result.chosen)).fillna(0.0)
        number.loc[number.index.isin(result.chosen)] = 1
        spare = int(count) - len(result.chosen)
        if spare and load.sum() > 0:
            number.loc[load.index] += apportion(spare, load)
    chosen = number.index[number > 0]
    load = clients["weight"].groupby(homes).sum().reindex(chosen).fillna(0.0)
    away = _to_homes(clients, homes)
    work = (clients["weight"] * away).groupby(homes).sum().reindex(chosen).fillna(0.0)
    sites = clients.loc[chosen, ["town", "zone", "geometry"]].assign(
        facilities=number[chosen], load=load, mean_km=(work / load).fillna(0.0)
    )
    return sites, homes, proven


def _kilometres(points: gpd.GeoDataFrame) -> pd.DataFrame:
    xy = shapely.get_coordinates(points.geometry.values)
    away = np.hypot(*(xy[:, np.newaxis] - xy[np.newaxis]).transpose(2, 0, 1)) / 1000.0
    return pd.DataFrame(away, index=points.index, columns=points.index)


def _to_homes(clients: gpd.GeoDataFrame, homes: "pd.Series[Any]") -> "pd.Series[float]":
    """Return the straight kilometres from each square of land to its facility; 0 for land of a township without one."""
    xy = shapely.get_coordinates(clients.geometry.values)
    at = clients.index.get_indexer(homes)
    away = np.where(at < 0, 0.0, np.hypot(*(xy - xy[np.maximum(at, 0)]).T) / 1000.0)
    return pd.Series(away, index=clients.index)


def _junctions(graph: Graph) -> gpd.GeoDataFrame:
    """Return the interchanges and stations in the counties of the townships, each node once."""
    rows: dict[Any, dict[str, Any]] = {}
    for kind in _NODES:
        for node in facility_nodes(graph, kind, own_county_only=True):
            data = graph.nodes[node]
            rows.setdefault(
                node,
                {
                    "node": node,
                    "name_zh": str(data.get("name_zh") or ""),
                    "name_en": str(data.get("name_en") or ""),
                    "county": str(data.get("county") or ""),
                    "kind": kind,
                    "x": data["x"],
                    "y": data["y"],
                },
            )
    columns = ["node", "name_zh", "name_en", "county", "kind", "x", "y"]
    table = pd.DataFrame(
        list(rows.values()), columns=columns, index=[f"{row['kind']}:{row['node']}" for row in rows.values()]
    )
    points = gpd.points_from_xy(table["x"], table["y"])
    return gpd.GeoDataFrame(table.drop(columns=["x", "y"]), geometry=points, crs=graph.graph["crs"])


def _price(cost: pd.DataFrame, weights: "pd.Series[float]", count: int, *, seconds: float) -> pd.DataFrame:
    found = siting.price_of_more(siting.p_median, cost, p=count, more=3, weights=weights, seconds=seconds)
    served = float(weights[np.isfinite(cost.to_numpy()).any(axis=1)].sum())
    mean = found["cost"].to_numpy(dtype=float) / served
    saved = np.r_[np.nan, -np.diff(mean)]
    return pd.DataFrame({"p": found.index.to_numpy(), "mean": mean, "saved": saved, "gap": found["gap"].to_numpy()})
