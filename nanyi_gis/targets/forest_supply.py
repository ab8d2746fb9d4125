"""The plan's forest and bamboo: its record, land for bamboo by township, the pulp mill's supply, forest roads."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, NonNegativeFloat, PositiveFloat

from ..accessibility import od_cost_matrix
from ..errors import DataError
from ..forest import ForestRoads, forest_roads
from ..network import Graph, graph_to_frames
from ..raster import cell_areas, like
from ..study import StudyArea
from .charging import NO_ROAD
from .items import FrozenRecord, ItemId
from .systems import system_record

SNAP_M = 10_000.0
"""Metres from a road within which a township or a mill counts as on it."""

TRUCK_KMH = 15.0
"""Speed between a place and the road of the network: a village road, not a walk."""

_MU_PER_HA = 15.0
Range = tuple[PositiveFloat, PositiveFloat]


class ForestRecord(FrozenRecord):
    """The content of ``systems/forest.toml``, see docs/forest.md."""

    area: ItemId
    cover: ItemId
    stock: ItemId
    roads: ItemId
    base: ItemId = ""
    pulp: ItemId
    carbon: ItemId = ""
    mill: str = ""
    mill_county: str = ""
    mill_layer: str = "pulp_mill"
    bamboo: tuple[str, ...] = Field(min_length=1)
    grades: tuple[int, ...] = (1, 2)
    bamboo_per_pulp: Range = (4.0, 4.5)
    yield_t_per_mu: Range = (0.7, 1.3)
    price_per_tkm: Range = (0.4, 0.8)
    minutes: tuple[PositiveFloat, ...] = Field((30.0, 60.0, 90.0), min_length=1)
    stand_slope_deg: NonNegativeFloat = 15.0
    block_m: PositiveFloat = 500.0
    max_grade: PositiveFloat = 0.09
    branch_km: PositiveFloat = 2.0
    t_co2_per_ha: Range = (1.5, 5.0)
    accuracy: PositiveFloat = 0.767

    @property
    def yield_t_per_ha(self) -> tuple[float, float]:
        """Green bamboo of a hectare and year, low and high."""
        return self.yield_t_per_mu[0] * _MU_PER_HA, self.yield_t_per_mu[1] * _MU_PER_HA


def forest_record(study: StudyArea) -> ForestRecord | None:
    """Return the record of a study's forest; None if it has none.

    >>> from nanyi_gis.study import load_study
    >>> forest_record(load_study()).bamboo_per_pulp
    (4.0, 4.5)
    """
    return system_record(study, "forest", ForestRecord, guide="docs/forest.md")


@dataclass(frozen=True, kw_only=True)
class BambooSupply:
    """Where bamboo could come from, and how far it is hauled.

    Attributes
    ----------
    land : DataArray
        km² of land for bamboo in each cell; 0 outside.
    towns : DataFrame
        By code of township: ``suited_km2``.
    sheds : DataFrame
        By site of a mill: ``within_<minutes>`` (km² of suited land in townships within them), ``mean_km`` of a tonne if
        all of it came, ``mean_minutes``; least ``mean_km`` first.
    roads : ForestRoads or None
        Branches that open most of it; None without a road.
    """

    land: xr.DataArray
    towns: pd.DataFrame
    sheds: pd.DataFrame
    roads: ForestRoads | None


def bamboo_land(
    classes: Sequence[xr.DataArray],
    *,
    grades: Sequence[int],
    zones: xr.DataArray,
    trees: xr.DataArray | None = None,
) -> xr.DataArray:
    """Return km² of each cell that suits any of several bamboos, inside the zones; with ``trees`` only where they are.

    It is land that could bear bamboo by its criteria, no stand: no open map tells bamboo from trees.

    >>> grid = {"y": [150.0, 50.0], "x": [500_050.0, 500_150.0]}
    >>> cls = xr.DataArray([[1, 3], [4, 2]], grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> bamboo_land([cls], grades=(1, 2), zones=xr.ones_like(cls)).values.round(4).tolist()
    [[0.01, 0.0], [0.0, 0.01]]
    """
    if not classes:
        raise DataError("no criteria file of bamboo is there, so no land can be told; name one in the record")
    suited = np.zeros(classes[0].shape, bool)
    for cls in classes:
        suited |= np.isin(cls.values, list(grades))
    suited &= zones.values > 0
    if trees is not None:
        suited &= trees.values > 0
    return like(classes[0], np.where(suited, cell_areas(classes[0]).values / 1e6, 0.0), name="bamboo_land")


def bamboo_supply(
    land: xr.DataArray,
    dem: xr.DataArray,
    *,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    towns: gpd.GeoDataFrame,
    mills: gpd.GeoDataFrame,
    graph: Graph,
    record: ForestRecord,
    length_km: float,
    stand: xr.DataArray | None = None,
) -> BambooSupply:
    """Return the land by township, the supply-shed of each site that a mill may have, and forest roads.

    The land of a township is hauled from its seat: what lies between the stand and the seat is not in it.

    Parameters
    ----------
    land : DataArray
        Of :func:`bamboo_land`.
    dem : DataArray
        Heights on the same grid.
    zones, zone_towns
        Number of each cell's township, and the code of each; empty where it has none.
    towns, mills : GeoDataFrame
        Located townships by code, and sites of a mill by label.
    graph : MultiDiGraph
        Network of one year.
    record : ForestRecord
        Minutes, blocks, grade.
    length_km : float
        Kilometres of forest road.
    stand : DataArray, optional
        km² of each cell that roads are to open; all of the land if not given.
    """
    count = len(zone_towns) + 1
    by_zone = np.bincount(zones.values.ravel(), weights=land.values.ravel(), minlength=count)[1:count]
    table = pd.DataFrame({"suited_km2": by_zone}, index=pd.Index(list(zone_towns), name="code"))
    table = table[table.index != ""].groupby(level=0, sort=False).sum()
    starts = towns.loc[[code for code in towns.index if code in table.index]]
    km2 = table["suited_km2"].reindex(starts.index).to_numpy()
    return BambooSupply(
        land=land,
        towns=table,
        sheds=_sheds(graph, starts, mills, km2, record.minutes),
        roads=_roads(graph, land if stand is None else stand, dem, record, length_km),
    )


def _sheds(
    graph: Graph, starts: gpd.GeoDataFrame, mills: gpd.GeoDataFrame, km2: np.ndarray, limits: Sequence[float]
) -> pd.DataFrame:
    minutes = od_cost_matrix(
        graph, starts[["geometry"]], mills[["geometry"]], snap_limit_m=SNAP_M, access_kmh=TRUCK_KMH
    )
    metres = od_cost_matrix(
        graph, starts[["geometry"]], mills[["geometry"]], weight="length", snap_limit_m=SNAP_M, access_kmh=TRUCK_KMH
    )
    time, way = minutes.to_numpy(), metres.to_numpy()
    columns = {f"within_{limit:g}": (np.where(time <= limit, 1.0, 0.0) * km2[:, None]).sum(axis=0) for limit in limits}
    weight = np.where(np.isfinite(time), km2[:, None], 0.0)
    whole = weight.sum(axis=0)
    for name, amount in (("mean_km", way / 1000.0), ("mean_minutes", time)):
        total = (weight * np.where(np.isfinite(amount), amount, 0.0)).sum(axis=0)
        columns[name] = np.divide(total, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return pd.DataFrame(columns, index=minutes.columns).sort_values("mean_km", kind="stable")


def _roads(
    graph: Graph, land: xr.DataArray, dem: xr.DataArray, record: ForestRecord, length_km: float
) -> ForestRoads | None:
    edges = graph_to_frames(graph)[1]
    edges = edges[~edges["highway"].isin(NO_ROAD)]
    if edges.empty or not (land.values > 0).any():
        return None
    return forest_roads(
        dem,
        land,
        edges.to_crs(dem.rio.crs),
        length_km=length_km,
        block_m=record.block_m,
        max_grade=record.max_grade,
        branch_km=min(record.branch_km, length_km),
    )
