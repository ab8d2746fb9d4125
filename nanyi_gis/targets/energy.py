"""The study's record of wind and solar power, and the land for them on a day."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd
import xarray as xr
from pydantic import Field

from ..eligibility import (
    NO_LAYER,
    Costs,
    LayerLike,
    eligible,
    exclusion_costs,
    judged_in_part,
    needs_table,
    site_cells,
    sites,
)
from ..raster import Grid
from ..study import StudyArea
from ..suitability import LandUse
from .items import FrozenRecord, ItemId
from .systems import system_record
from .uses import study_use

_Positive = Annotated[float, Field(gt=0)]


class EnergyRecord(FrozenRecord):
    """Items of the plan by kind, the uses whose files judge the land, and square metres of roof a kilowatt."""

    wind: tuple[ItemId, ...] = ()
    solar: tuple[ItemId, ...] = ()
    roofs: tuple[ItemId, ...] = ()
    wind_use: str = "wind"
    solar_use: str = "pv"
    roof_m2_per_kw: tuple[_Positive, _Positive] = (8.0, 10.0)


def energy_record(study: StudyArea) -> EnergyRecord | None:
    """Return the study's record of wind and solar power; None if it has none.

    Raises
    ------
    DataError, ParameterError
        As :func:`system_record`.

    >>> from nanyi_gis.study import load_study
    >>> energy_record(load_study()).wind
    ('E-04', 'E-05', 'E-06')
    """
    return system_record(study, "energy", EnergyRecord, guide="docs/eligibility.md")


@dataclass(frozen=True)
class EnergyLand:
    """The land for one use on a day.

    Attributes
    ----------
    use : LandUse
        With its exclusions and needs.
    found : Dataset
        As :func:`nanyi_gis.eligibility.eligible` returns it.
    costs : Costs
        By county, under their Chinese names.
    pieces : DataArray
        Number of the site of each cell, 0 where there is none.
    sites : DataFrame
        ``area_ha`` and ``town``, the number of the zone in which a point inside lies, 0 for none.
    towns : Series of float
        Eligible km² by number of the zone.
    needs : DataFrame
        As :func:`nanyi_gis.eligibility.needs_table` returns it; empty where the record names no item of the use's.
    """

    use: LandUse
    found: xr.Dataset
    costs: Costs
    pieces: xr.DataArray
    sites: pd.DataFrame
    towns: "pd.Series[float]"
    needs: pd.DataFrame

    @property
    def eligible_km2(self) -> float:
        """Eligible land of all counties."""
        return float(self.costs.eligible_km2.sum())

    @property
    def judged(self) -> list[str]:
        """Names of the exclusions that were judged."""
        return list(self.found.attrs["judged"])

    @property
    def missing(self) -> int:
        """Number of exclusions in force that were not judged, for want of a layer."""
        return list(self.found.attrs["states"].values()).count(NO_LAYER)


def energy_land(
    name: str,
    dem: xr.DataArray,
    *,
    study: StudyArea,
    items: tuple[str, ...],
    counties: xr.DataArray,
    towns: xr.DataArray,
    layers: Mapping[str, LayerLike],
    as_of: datetime.date | str,
) -> EnergyLand:
    """Return the land that a use of a study may take on a day, by county and by township.

    Parameters
    ----------
    name : str
        The use, e.g. ``wind``.
    dem : DataArray
        Elevations in metres.
    study : StudyArea
        For its uses.
    items : tuple of str
        Items of the plan that count as needs.
    counties, towns : DataArray
        Codes from 1 on the grid of the DEM, 0 outside; the names of the counties in ``attrs["names"]``.
    layers : mapping
        Layers by name; those that no exclusion asks for are left out.
    as_of : date or str
        The day.

    Raises
    ------
    DataError, ParameterError
        As :func:`nanyi_gis.eligibility.eligible`.
    """
    use = study_use(name, study=study)
    rules = use.land
    own = {layer: given for layer, given in layers.items() if layer in rules.layers}
    found = eligible(dem, exclusions=rules.exclusions, layers=own, as_of=as_of, within=counties)
    costs = exclusion_costs(found, zones=counties)
    frame = sites(found, minimum_ha=rules.minimum_ha)
    by_town = exclusion_costs(found, zones=towns.assign_attrs(names=[])).land().set_index("zone")["eligible_km2"]
    wanted = tuple(need for need in rules.needs if need.item in items)
    by_county = dict(zip(map(str, costs.zones), costs.eligible_km2.tolist(), strict=True))
    needs = pd.DataFrame()
    if wanted and rules.ha_per_mw is not None:
        bound = bool(found.attrs["upper_bound"])
        own_zones = study.counties.set_index("name_zh").loc[list(map(str, costs.zones))].reset_index()
        partly = judged_in_part(costs, own_zones, grid=Grid.of(found["eligible"]))
        needs = needs_table(wanted, by_county, ha_per_mw=rules.ha_per_mw, upper_bound=bound, partly=partly)
    return EnergyLand(
        replace(use, land=replace(rules, needs=wanted)),
        found,
        costs,
        site_cells(found, minimum_ha=rules.minimum_ha),
        pd.DataFrame({"area_ha": frame["area_ha"], "town": _numbers(frame, towns)}),
        by_town,
        needs,
    )


def _numbers(frame: gpd.GeoDataFrame, towns: xr.DataArray) -> list[Any]:
    """Return the code under a point inside each polygon."""
    inside = frame.geometry.representative_point()
    columns, rows = Grid.of(towns).place(inside.x.to_numpy(), inside.y.to_numpy())
    return list(towns.to_numpy()[rows.astype(int), columns.astype(int)])
