"""What a given list of shelters covers on foot, and how much room it has for those who come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._progress import Progress
from .._validation import check_choice, check_edges, numbers
from ..errors import DataError
from ..io import plain_columns
from ..raster import Areas, Grid, ZoneLike, coded_zones
from ..travel_time import travel_time

Floats = npt.NDArray[np.float64]


class ShelterKind(NamedTuple):
    """What GB 51143-2015 asks of a kind of shelter: square metres a person, least effective area, distance, days."""

    zh: str
    m2_per_person: float
    least_m2: float
    distance_km: float
    days: int


SHELTER_KINDS: dict[str, ShelterKind] = {
    "emergency": ShelterKind("紧急", 0.5, 0.0, 0.5, 1),
    "temporary": ShelterKind("临时", 1.0, 0.0, 0.5, 3),
    "short": ShelterKind("短期固定", 2.0, 2_000.0, 1.0, 15),
    "medium": ShelterKind("中期固定", 3.0, 10_000.0, 1.5, 30),
    "long": ShelterKind("长期固定", 4.5, 50_000.0, 2.5, 100),
    "central": ShelterKind("中心", 4.5, 200_000.0, 10.0, 100),
}
"""Kinds of shelter by what GB 51143-2015 asks (compiled, not quoted: check the standard before it decides anything).

The distances are for built-up land; in the hills the walk over the terrain is what counts.
"""

_BY_ZH = {kind.zh: name for name, kind in SHELTER_KINDS.items()}
WALK_MINUTES = (15.0, 30.0, 60.0)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What a list of shelters covers.

    Attributes
    ----------
    walk : DataArray
        Minutes on foot to the nearest shelter, infinite beyond the last limit, NaN without height.
    shelters : DataFrame
        One row a shelter, with the columns given: ``shelter`` (from 0), ``km2`` and ``people`` for whom it is the
        nearest within the last limit, ``m2_per_person``, ``wanted`` (of its kind), ``enough`` (1, 0, empty where kind,
        area or people are unknown), ``meets`` (kinds for whose room and area it is enough).
    zones : DataFrame
        One row a zone, the whole last: ``zone``, ``shelters`` (in it), ``km2``, ``people``, and for each limit
        ``km2_<limit>`` and ``people_<limit>`` within it.
    limits : tuple of float
        Minutes.
    """

    walk: xr.DataArray
    shelters: pd.DataFrame
    zones: pd.DataFrame
    limits: tuple[float, ...]

    @property
    def zones_with(self) -> tuple[int, int]:
        """How many zones have a shelter, and of how many."""
        own = self.zones.iloc[:-1] if len(self.zones) > 1 else self.zones
        return int((own["shelters"] > 0).sum()), len(own)

    def share(self, minutes: float) -> float:
        """Return the share of the people within so many minutes, of the land where no people are known."""
        whole = self.zones.iloc[-1]
        what = "people" if "people" in self.zones else "km2"
        return float(whole[f"{what}_{minutes:g}"] / whole[what]) if whole[what] else float("nan")


def shelter_coverage(
    dem: xr.DataArray,
    shelters: gpd.GeoDataFrame,
    *,
    people: xr.DataArray | None = None,
    zones: ZoneLike | None = None,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray | None = None,
    roads: gpd.GeoDataFrame | None = None,
    minutes: Sequence[float] = WALK_MINUTES,
    path_factor: float = 0.6,
    progress: Progress | None = None,
) -> Coverage:
    """Return who walks to a shelter of a list in time, and how many would come to each.

    The walk is :func:`nanyi_gis.travel_time.travel_time` towards the shelters. Everyone goes to the nearest in time;
    nobody is turned away, so a row with too little room tells that it is full, not where the others go.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres.
    shelters : geopandas.GeoDataFrame
        Points of shelters that stand. Optional columns: ``area_m2`` (effective area) and ``kind`` (a key of
        ``SHELTER_KINDS``, or its Chinese name).
    people : xarray.DataArray, optional
        People by cell on the grid of the DEM; without it land alone is counted.
    zones : GeoDataFrame or DataArray, optional
        Polygons, or numbers of zones by cell, e.g. townships.
    barriers, roads, path_factor
        As for :func:`nanyi_gis.travel_time.travel_time`.
    minutes : sequence of float
        Limits, rising.

    Raises
    ------
    DataError
        If the list is empty, a kind is unknown, an area no number above zero, or for the walk as there.

    >>> grid = {"y": [15.0, 5.0], "x": [5.0, 15.0, 25.0]}
    >>> dem = xr.DataArray(np.zeros((2, 3)), grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> hall = gpd.GeoDataFrame({"area_m2": [30.0], "kind": ["short"]}, geometry=gpd.points_from_xy([5], [5]), crs=4544)
    >>> found = shelter_coverage(dem, hall, people=xr.full_like(dem, 5.0), minutes=[0.3, 1.0])
    >>> found.shelters[["people", "m2_per_person", "enough", "meets"]].to_numpy().tolist()  # 30 m2 for 30 people
    [[30.0, 1.0, 0.0, 'emergency;temporary']]
    >>> found.share(0.3)  # 10 m take 0.2 minutes, the diagonal 0.28: four of six cells
    0.6666666666666666
    """
    if not isinstance(shelters, gpd.GeoDataFrame) or shelters.empty:
        raise DataError("the list of shelters is empty or no GeoDataFrame; give at least one point")
    limits = check_edges(minutes, name="minutes")
    areas = numbers(shelters, "area_m2", name="area_m2", above=True, empty=True) if "area_m2" in shelters else None
    kinds = _kinds(shelters)
    if people is not None and not Grid.of(people, name="people").matches(Grid.of(dem)):
        raise DataError("people lie on another grid than the DEM; reproject them with rio.reproject_match")
    walk = travel_time(
        dem, shelters[["geometry"]].reset_index(drop=True), direction="to", barriers=barriers, roads=roads,
        limit_minutes=limits[-1], nearest=True, path_factor=path_factor, progress=progress,
    )  # fmt: skip
    time, nearest = np.asarray(walk.values, dtype=np.float64), np.asarray(walk["nearest"].values)
    grid = Grid.of(dem)
    km2 = np.vstack([Areas.of(grid).rows(row, row + 1) for row in range(grid.height)]) / 1e6
    km2 = np.broadcast_to(km2, time.shape)
    known = ~np.isnan(time)
    count = np.where(known, np.nan_to_num(np.asarray(people.values, dtype=float)), 0.0) if people is not None else None
    within = known & (time <= limits[-1]) & (nearest >= 0)
    table = _shelter_table(shelters, nearest, within, km2, count, areas, kinds)
    return Coverage(
        walk=walk.drop_vars("nearest"),
        shelters=table,
        zones=_zone_table(dem, zones, shelters, time, known, km2, count, limits),
        limits=limits,
    )


def _kinds(shelters: gpd.GeoDataFrame) -> list[str] | None:
    if "kind" not in shelters:
        return None
    found = []
    for value in shelters["kind"]:
        text = "" if pd.isna(value) else str(value).strip()
        if not text:
            found.append("")
            continue
        try:
            found.append(check_choice(_BY_ZH.get(text, text), SHELTER_KINDS, name="kind of a shelter"))
        except ValueError as error:
            raise DataError(str(error)) from error
    return found


def _shelter_table(
    shelters: gpd.GeoDataFrame,
    nearest: npt.NDArray[np.int32],
    within: npt.NDArray[np.bool_],
    km2: Floats,
    people: Floats | None,
    areas: "pd.Series[float] | None",
    kinds: list[str] | None,
) -> pd.DataFrame:
    size = len(shelters)
    given = pd.DataFrame(plain_columns(shelters).drop(columns="geometry")).reset_index(drop=True)
    own: dict[str, Any] = {"km2": np.bincount(nearest[within], weights=km2[within], minlength=size)}
    room = np.full(size, np.nan)
    if people is not None:
        own["people"] = np.bincount(nearest[within], weights=people[within], minlength=size)
        if areas is not None:
            with np.errstate(divide="ignore", invalid="ignore"):
                room = areas.to_numpy() / own["people"]
            own["m2_per_person"] = np.where(np.isfinite(room), room, np.nan)
    if kinds is not None:
        wanted = np.array([SHELTER_KINDS[kind].m2_per_person if kind else np.nan for kind in kinds])
        own["wanted"] = wanted
        told = ~np.isnan(room) & ~np.isnan(wanted)
        own["enough"] = np.where(told, (room >= wanted).astype(float), np.nan)
    if areas is not None and people is not None:
        own["meets"] = [
            ";".join(
                name for name, kind in SHELTER_KINDS.items() if area >= kind.least_m2 and each >= kind.m2_per_person
            )
            for area, each in zip(areas.to_numpy(), room, strict=True)
        ]
    given = given.rename(columns={name: f"given_{name}" for name in given.columns if name in {"shelter", *own}})
    number = pd.DataFrame({"shelter": np.arange(size)})
    return pd.concat([number, given, pd.DataFrame(own)], axis=1)


def _zone_table(
    dem: xr.DataArray,
    zones: ZoneLike | None,
    shelters: gpd.GeoDataFrame,
    time: Floats,
    known: npt.NDArray[np.bool_],
    km2: Floats,
    people: Floats | None,
    limits: Sequence[float],
) -> pd.DataFrame:
    grid = Grid.of(dem)
    points = shelters.geometry.to_crs(grid.crs)
    column, row = (np.floor(part).astype(np.int64) for part in grid.place(points.x.to_numpy(), points.y.to_numpy()))
    at = np.clip(row, 0, grid.height - 1), np.clip(column, 0, grid.width - 1)
    if zones is None:
        codes, names = np.zeros(time.shape, np.int64), []
    else:
        coded = zones if isinstance(zones, xr.DataArray) else coded_zones(zones, dem)
        codes = np.asarray(coded.values).astype(np.int64)
        names = list(coded.attrs.get("names", range(1, int(codes.max()) + 1)))
    size = len(names) + 1
    inside = known & (codes > 0)

    def summed(what: Floats, kept: npt.NDArray[np.bool_]) -> Floats:
        own = np.bincount(codes[inside & kept], weights=what[inside & kept], minlength=size)[1:size]
        return np.append(own, what[known & kept].sum())

    everything = np.ones(time.shape, bool)
    standing = np.bincount(codes[at][codes[at] > 0], minlength=size)[1:size]
    columns: dict[str, Any] = {
        "zone": [*map(str, names), "total"],
        "shelters": np.append(standing, len(shelters)),
        "km2": summed(km2, everything),
    }
    if people is not None:
        columns["people"] = summed(people, everything)
    for limit in limits:
        columns[f"km2_{limit:g}"] = summed(km2, time <= limit)
        if people is not None:
            columns[f"people_{limit:g}"] = summed(people, time <= limit)
    return pd.DataFrame(columns)
