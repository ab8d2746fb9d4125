"""The plan's building materials: their record, the haul-sheds of known sites, what they may conflict with."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr
from pydantic import Field, PositiveFloat

from ..accessibility import HaulSheds, closest_facility, haul_sheds
from ..network import Graph
from ..study import StudyArea
from ..visibility import sees
from .forest_supply import SNAP_M, TRUCK_KMH
from .items import FrozenRecord, ItemId
from .planner import facility_nodes
from .systems import system_record

FACILITIES = ("railway_station", "motorway_interchange")
SURE_M = 500.0
"""Metres of uncertainty up to which the place of a site can be held against reserves and views."""

_EYE_M = 2.0


class MaterialsRecord(FrozenRecord):
    """The content of ``systems/materials.toml``, see docs/materials_power.md."""

    items: tuple[ItemId, ...] = ()
    parks: tuple[ItemId, ...] = ()
    works: tuple[ItemId, ...] = ()
    layers: tuple[str, ...] = ("quarries", "cement", "works")
    reserves: str = "reserves"
    viewpoints: str = "viewpoints"
    minutes: tuple[PositiveFloat, ...] = Field((30.0, 60.0, 90.0), min_length=1)
    price_per_tkm: tuple[PositiveFloat, PositiveFloat] = (0.4, 0.8)
    view_m: PositiveFloat = 5000.0


def materials_record(study: StudyArea) -> MaterialsRecord | None:
    """Return the record of a study's building materials; None if it has none.

    >>> from nanyi_gis.study import load_study
    >>> materials_record(load_study()).parks
    ('E-10', 'E-11')
    """
    return system_record(study, "materials", MaterialsRecord, guide="docs/materials_power.md")


@dataclass(frozen=True, kw_only=True)
class Materials:
    """What is reached from the sites whose place is known.

    Attributes
    ----------
    haul : HaulSheds
        People of each township as the tonnes: everyone is taken to need as much.
    access : DataFrame
        By site: minutes to the nearest of each of :data:`FACILITIES`; infinite where the network has none.
    conflicts : DataFrame
        By site: ``reserve_m`` to the nearest reserve (0 inside; NaN where not known) and ``seen_by`` (how many
        viewpoints see it; -1 where not known).
    """

    haul: HaulSheds
    access: pd.DataFrame
    conflicts: pd.DataFrame


def materials(
    sites: gpd.GeoDataFrame,
    *,
    towns: gpd.GeoDataFrame,
    people: "pd.Series[float]",
    graph: Graph,
    minutes: Sequence[float],
    price_per_tkm: Sequence[float],
    dem: xr.DataArray | None = None,
    reserves: gpd.GeoDataFrame | None = None,
    viewpoints: gpd.GeoDataFrame | None = None,
    view_m: float = 5000.0,
) -> Materials:
    """Return the haul-sheds of sites, what they are near to, and their conflicts.

    Parameters
    ----------
    sites : GeoDataFrame
        By label, with ``uncertainty_m`` (m); of a site that is known to no better than 500 m neither reserves nor views
        can be told.
    towns : GeoDataFrame
        Located townships by code.
    people : Series
        People by code.
    dem : DataArray, optional
        Heights, for views.
    reserves, viewpoints : GeoDataFrame, optional
        Polygons, and points from which one looks.
    view_m : float
        Metres to look.
    """
    haul = haul_sheds(
        graph,
        towns[["geometry"]],
        sites[["geometry"]],
        tonnes=people.reindex(towns.index).fillna(0.0),
        limits=minutes,
        price_per_tkm=price_per_tkm,
        snap_limit_m=SNAP_M,
        access_kmh=TRUCK_KMH,
    )
    access = {}
    for facility in FACILITIES:
        nodes = list(facility_nodes(graph, facility))
        access[facility] = (
            closest_facility(graph, nodes, sites[["geometry"]], snap_limit_m=SNAP_M, access_kmh=TRUCK_KMH)["cost"]
            if nodes
            else pd.Series(np.inf, index=sites.index)
        )
    return Materials(
        haul=haul,
        access=pd.DataFrame(access),
        conflicts=_conflicts(sites, dem, reserves, viewpoints, view_m),
    )


def _conflicts(
    sites: gpd.GeoDataFrame,
    dem: xr.DataArray | None,
    reserves: gpd.GeoDataFrame | None,
    viewpoints: gpd.GeoDataFrame | None,
    view_m: float,
) -> pd.DataFrame:
    table = pd.DataFrame({"reserve_m": np.nan, "seen_by": -1}, index=sites.index)
    sure = sites.index[sites["uncertainty_m"] <= SURE_M]
    if not len(sure):
        return table
    known = sites.loc[sure]
    if reserves is not None:
        land = reserves.to_crs(sites.crs).geometry.union_all()
        table.loc[sure, "reserve_m"] = known.geometry.distance(land)
    if viewpoints is not None and dem is not None:
        table.loc[sure, "seen_by"] = sees(dem, viewpoints, known, height=_EYE_M, radius=view_m).sum(axis=1)
    return table
