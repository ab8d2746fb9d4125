"""Water of a study: rivers and basins of its terrain, what a rise of its rivers may reach, and hollows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pydantic import Field, PositiveFloat, PositiveInt

from .. import hydrology
from ..raster import Areas, Grid, like
from ..study import StudyArea
from .items import FrozenRecord, ItemId
from .systems import system_record

Codes = npt.NDArray[np.integer[Any]]

FRONTAGE, OTHER = 1, 2
"""Numbers of the river of the frontage and of all other rivers."""


class WaterRecord(FrozenRecord):
    """Water: its items, and from which land a stream and a river begin, which stages are screened, what is drawn."""

    reservoirs: tuple[ItemId, ...] = ()
    floods: tuple[ItemId, ...] = ()
    supply: tuple[ItemId, ...] = ()
    streams_km2: PositiveFloat = 10.0
    main_km2: PositiveFloat = 100.0
    frontage_m: PositiveFloat = 1000.0
    stages_m: tuple[PositiveFloat, ...] = Field((5.0, 10.0, 20.0), min_length=1)
    deep_m: PositiveFloat = 10.0
    basins: PositiveInt = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Water:
    """Water on the terrain of a study, modelled from heights alone.

    Attributes
    ----------
    streams : GeoDataFrame
        Links of :func:`nanyi_gis.hydrology.streams` that touch the counties, with ``river``: 1 the river of the
        frontage, 2 another river, 0 a stream.
    stages : tuple of float
        Metres of water, rising.
    screened : bool
        Whether cells are narrow enough for the screening: on cells over 100 m gorges look like dams.
    reached : DataArray
        uint8: 1 for land that the first stage reaches, 2 for the second, ..., 0 elsewhere, outside and unscreened.
    areas : DataFrame
        By zone and ``river`` (1, 2), cumulative ``km2_<stage>``.
    basins : DataArray
        uint8: 1 for the largest basin in the counties, 2 for the next, ..., the last of them all others, 0 outside.
    basin_km2 : list of float
        Area of each within the counties.
    frontage_basin : int
        Number of the basin that the river of the frontage drains; 0 where there is none.
    depressions : GeoDataFrame
        Hollows in the counties at least so deep as asked, with ``zone``.
    hollows : DataFrame
        By zone ``count`` of all hollows, ``deep`` of those drawn, ``deepest_m``, ``volume_m3``.
    notes : tuple of str
        Of the drainage.
    """

    streams: gpd.GeoDataFrame
    stages: tuple[float, ...]
    screened: bool
    reached: xr.DataArray
    areas: pd.DataFrame
    basins: xr.DataArray
    basin_km2: list[float]
    frontage_basin: int
    depressions: gpd.GeoDataFrame
    hollows: pd.DataFrame
    notes: tuple[str, ...]


def water_record(study: StudyArea) -> WaterRecord | None:
    """Return what a study says of its water; None if it has no such file.

    >>> from nanyi_gis.study import load_study
    >>> water_record(load_study()).reservoirs
    ('I-29', 'I-30', 'I-31')
    """
    return system_record(study, "water", WaterRecord, guide="docs/hydrology.md")


def water(
    dem: xr.DataArray,
    *,
    zones: xr.DataArray,
    frontage: gpd.GeoDataFrame,
    asked: WaterRecord,
) -> Water:
    """Return rivers, basins, a screening of floods and hollows of a terrain.

    Hollows are breached, so that no lake of the model stands in a valley. A river is a stream with so much land above
    it, or one that runs along the frontage; the screening is the height of land above the river to which it drains
    first, on the surface before breaching, against stages that are the same all along.

    Parameters
    ----------
    dem : DataArray
        Heights in metres.
    zones : DataArray
        Number of each cell's county from 1 on the same grid, 0 outside.
    frontage : GeoDataFrame of lines
        The river that is a border; may be empty.
    asked : WaterRecord
        Thresholds, stages and what is drawn.

    Raises
    ------
    ParameterError
        If no cell has as much land above it as a stream needs.
    """
    drained = hydrology.drainage(dem, depressions="breach", true_area=True)
    direction = drained["direction"]
    network = hydrology.streams(drained, km2=asked.streams_km2)
    network["river"] = _rivers(network, frontage, asked)
    links = hydrology.stream_links(drained, km2=asked.streams_km2)
    kind = np.zeros(len(network) + 1, np.int32)
    kind[network["stream"].to_numpy()] = network["river"].to_numpy()
    rivers = like(links, kind[np.asarray(links.data)], name="river")
    inside = np.asarray(zones.data)
    stages = tuple(sorted(asked.stages_m))
    fine = hydrology.cell_width(Grid.of(dem)) <= hydrology.COARSE_M * (1.0 + 1e-6)
    screen = rivers if fine else rivers * 0
    reached, areas = _screened(dem, direction, screen, inside, stages)
    basins, basin_km2 = _basins(direction, network, inside, asked.basins)
    filled = hydrology.drainage(dem, depressions="fill")["filled"]
    found = hydrology.depressions(dem, filled)
    at = np.asarray(inside).ravel()[found.attrs["bottoms"]]
    found["zone"] = at
    counties = found[found["zone"] > 0]
    deep = counties["depth_m"] >= asked.deep_m
    by_zone = counties.assign(deep=deep).groupby("zone")
    hollows = pd.DataFrame(
        {
            "count": by_zone.size(),
            "deep": by_zone["deep"].sum(),
            "deepest_m": by_zone["depth_m"].max(),
            "volume_m3": by_zone["volume_m3"].sum(),
        }
    )
    return Water(
        streams=network[_touches(network, inside, Grid.of(dem))].reset_index(drop=True),
        stages=stages,
        screened=fine,
        reached=reached,
        areas=areas,
        basins=basins,
        basin_km2=basin_km2,
        frontage_basin=_most_common(np.asarray(basins.data)[np.asarray(rivers.data) == FRONTAGE]),
        depressions=counties[deep].reset_index(drop=True),
        hollows=hollows,
        notes=tuple(drained.attrs["notes"]),
    )


def _rivers(network: gpd.GeoDataFrame, frontage: gpd.GeoDataFrame, asked: WaterRecord) -> "pd.Series[int]":
    """Return which links are the river of the frontage, which another, and which neither."""
    large = network["upstream_km2"] >= asked.main_km2
    river = pd.Series(0, index=network.index).mask(large, OTHER)
    if not len(frontage):
        return river
    near = shapely.union_all(frontage.to_crs(network.crs).geometry.to_numpy()).buffer(asked.frontage_m)
    lines = network.geometry.to_numpy()
    return river.mask(shapely.length(shapely.intersection(lines, near)) >= 0.5 * shapely.length(lines), FRONTAGE)


def _screened(
    dem: xr.DataArray, direction: xr.DataArray, rivers: xr.DataArray, inside: Codes, stages: Sequence[float]
) -> tuple[xr.DataArray, pd.DataFrame]:
    """Return the first stage that reaches each cell, and areas by county and river, each stage with those below it."""
    numbers = sorted(set(np.unique(inside).tolist()) - {0})
    columns = [f"km2_{stage:g}" for stage in stages]
    index = pd.MultiIndex.from_product([numbers, [FRONTAGE, OTHER]], names=["zone", "river"])
    table = pd.DataFrame(0.0, index=index, columns=columns)
    codes = np.zeros(dem.shape, np.uint8)
    if (np.asarray(rivers.data) > 0).any():
        above = np.asarray(hydrology.height_above(dem, direction, to=rivers).data)
        which = np.asarray(hydrology.catchments(direction, outlets=rivers).data)
        for code, stage in reversed(list(enumerate(stages, start=1))):
            codes[(above <= stage) & (inside > 0)] = code
        areas = Areas.of(Grid.of(dem)).rows(0, dem.shape[0]) / 1e6
        for zone, river in index:
            here = (inside == zone) & (which == river) & (codes > 0)
            sums = np.bincount(codes[here], weights=areas[here], minlength=len(stages) + 1)[1:]
            table.loc[(zone, river)] = np.cumsum(sums)
    reached: xr.DataArray = like(dem, codes, name="reached").rio.write_nodata(0)
    return reached, table


def _basins(
    direction: xr.DataArray, network: gpd.GeoDataFrame, inside: Codes, most: int
) -> tuple[xr.DataArray, list[float]]:
    """Return the largest basins within the counties by the stream that leaves, all others last, and their areas."""
    grid = Grid.of(direction, name="direction")
    ends = network[network["to"] == 0]
    column, row = grid.place(*shapely.get_coordinates(shapely.get_point(ends.geometry.to_numpy(), -1)).T)
    outlets = np.zeros(direction.shape, np.int32)
    outlets[row.astype(int), column.astype(int)] = np.arange(1, len(ends) + 1)
    parts = np.asarray(hydrology.catchments(direction, outlets=grid.array(outlets)).data)
    areas = Areas.of(grid).rows(0, grid.height) / 1e6
    known = np.asarray(direction.data) != 255
    land = (inside > 0) & known
    size = np.bincount(parts[land], weights=areas[land], minlength=len(ends) + 1)
    order = [int(i) for i in np.argsort(-size[1:], kind="stable")[:most] + 1 if size[i] > 0]
    code = np.full(len(ends) + 1, len(order) + 1, np.uint8)
    code[order] = np.arange(1, len(order) + 1)
    codes = np.where(land, code[parts], 0).astype(np.uint8)
    told = np.bincount(codes[land], weights=areas[land], minlength=len(order) + 1)[1:]
    found: xr.DataArray = like(direction, codes, name="basin").rio.write_nodata(0)
    return found, told.tolist()


def _most_common(codes: Codes) -> int:
    """Return the number above 0 that occurs most, 0 if none does."""
    counts = np.bincount(codes[codes > 0], minlength=1)
    return int(counts.argmax()) if counts.any() else 0


def _touches(network: gpd.GeoDataFrame, inside: Codes, grid: Grid) -> npt.NDArray[np.bool_]:
    """Return which links have a vertex in the counties."""
    xy, owner = shapely.get_coordinates(network.geometry.to_numpy(), return_index=True)
    column, row = grid.place(xy[:, 0], xy[:, 1])
    within = inside[row.astype(int), column.astype(int)] > 0
    kept = np.zeros(len(network), bool)
    kept[owner[within]] = True
    return kept
