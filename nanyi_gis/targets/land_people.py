"""People over the land of their township, and the walk between squares of it: for what no village list tells."""

import math
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .._validation import check_positive
from ..errors import DataError
from ..raster import like
from ..travel_time import travel_time

FASTEST_KMH = 6.0
"""The fastest that anyone walks by Tobler's rule, down a slope of 5 %."""
PATH_FACTOR = 0.6
"""On the walking speed off the road, see :func:`nanyi_gis.travel_time.travel_time`."""


TOWN_M = 1500.0
"""Around its seat within which the people of a county town are taken to live."""


def people_on_land(
    slope: xr.DataArray,
    *,
    zones: xr.DataArray,
    people: Sequence[float],
    slope_max: float,
    seats: Mapping[int, shapely.Point] | None = None,
) -> xr.DataArray:
    """Return people by cell: those of each zone spread evenly over its land that is not too steep.

    An assumption for want of villages: hamlets stand in it somewhere. People of a county town live in it: they are
    spread over the land within 1.5 km of its seat alone.

    Parameters
    ----------
    slope : DataArray
        Degrees; NaN is no land.
    zones : DataArray
        Number of each cell's zone, 1 and on, on the same grid.
    people : sequence of float
        People of each zone, in the order of the numbers.
    slope_max : float
        Degrees up to which land counts. A zone without such land keeps its people on all of it.
    seats : mapping of int to Point, optional
        Seats of the zones that are county towns, in the raster's CRS.

    >>> grid = {"y": [50.0], "x": [50.0, 150.0, 250.0]}
    >>> slope = xr.DataArray([[5.0, 30.0, 8.0]], grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> people_on_land(slope, zones=xr.ones_like(slope).astype(int), people=[100.0], slope_max=25).values.tolist()
    [[50.0, 0.0, 50.0]]
    """
    degrees, codes = np.asarray(slope.values, dtype=float), np.asarray(zones.values)
    if codes.shape != degrees.shape:
        raise DataError(f"zones have {codes.shape} cells, the slope {degrees.shape}; give both on one grid")
    land = np.isfinite(degrees) & (codes > 0) & (codes <= len(people))
    gentle = land & (degrees <= slope_max)
    for number, seat in (seats or {}).items():
        away = np.hypot(slope["x"].values[np.newaxis] - seat.x, slope["y"].values[:, np.newaxis] - seat.y)
        own = codes == number
        gentle &= ~own | ((away <= TOWN_M) & land)
    counts = np.bincount(codes[gentle], minlength=len(people) + 1)
    kept = gentle | (land & (counts[np.where(land, codes, 0)] == 0))
    cells = np.bincount(codes[kept], minlength=len(people) + 1)
    each = np.divide(np.r_[0.0, np.asarray(people, dtype=float)], cells, out=np.zeros(len(cells)), where=cells > 0)
    spread = np.where(kept, each[np.where(kept, codes, 0)], 0.0)
    return like(slope, spread, name="people", attrs={"units": "people"})


def walking_matrix(dem: xr.DataArray, points: gpd.GeoDataFrame, *, size_m: float, limit: float) -> pd.DataFrame:
    """Return the minutes on foot from every point to every other, infinite beyond a limit.

    The points are those of :func:`nanyi_gis.siting.clients_from_raster`, one a square. Squares so far apart that nobody
    gets half-way between them within the limit are solved in one sweep each, so that the result is that of a sweep from
    every point alone.

    Parameters
    ----------
    dem : DataArray
        Heights in metres.
    points : GeoDataFrame
        With ``column`` and ``row`` of their squares of side ``size_m``.
    limit : float
        Minutes.

    Returns
    -------
    DataFrame
        From the points of the index to those of the columns, in minutes.
    """
    side, most = check_positive(size_m, name="size_m", unit="m"), check_positive(limit, name="limit", unit="minutes")
    reach = most / 60.0 * FASTEST_KMH * PATH_FACTOR * 1000.0
    step = math.ceil(2.0 * reach / side) + 1
    inverse = ~dem.rio.transform()
    xy = shapely.get_coordinates(points.geometry.values)
    at = [np.floor(part).astype(int) for part in inverse * (xy[:, 0], xy[:, 1])]
    found = np.full((len(points), len(points)), np.inf)
    turn = (points["column"].to_numpy() % step) * step + points["row"].to_numpy() % step
    for number in np.unique(turn):
        own = np.flatnonzero(turn == number)
        field = travel_time(
            dem, points.iloc[own], direction="to", limit_minutes=most, nearest=True, path_factor=PATH_FACTOR
        )
        minutes = field.values[at[1], at[0]]
        site = field["nearest"].values[at[1], at[0]]
        near = np.flatnonzero(np.isfinite(minutes) & (site >= 0))
        found[near, own[site[near]]] = minutes[near]
    return pd.DataFrame(found, index=points.index, columns=points.index)
