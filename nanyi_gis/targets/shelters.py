"""Shelters: the fewest places from which every township is reached in time, and the fewest points for the villages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .. import siting
from .._validation import check_positive
from ..errors import ParameterError
from ..network import Graph
from ..siting import Siting, clients_from_raster
from ..travel_time import travel_time
from .land_people import PATH_FACTOR, walking_matrix
from .site_costs import minutes_between, township_nodes

_GAP = 0.005  # of the people reached by so many points, beyond which a search need not go


@dataclass(frozen=True, kw_only=True)
class Shelters:
    """How many shelters would be needed at the least; none is known to stand.

    Attributes
    ----------
    towns : GeoDataFrame
        Located townships by code.
    drives : mapping of float to Siting
        By minutes: the fewest townships from which every other is driven to within them.
    minutes : DataFrame
        Minutes by car from each township to each other.
    limits : tuple of float
        Minutes on foot, rising.
    walked : DataFrame
        By code: ``people``, and for each limit ``within_<limit>``, the people who walk to the township's seat, or a
        nearer one, within it.
    people : GeoDataFrame
        People by square: ``weight``, ``town`` (code), ``walk`` (minutes to the nearest seat, infinite beyond the last
        limit), ``far`` (whether none of the village points reaches it either), and the place of the square.
    share : float
        Share of the people that the village points are to reach, 0 to 1.
    minutes_on_foot : float
        Within so many minutes on foot of a seat or a village point.
    seats_alone : float
        Share of the people who walk to a seat in that time.
    points : Siting or None
        Village points with which the share is reached, as few as were found; ``None`` if the seats suffice, or no
        number does.
    curve : DataFrame
        ``n`` points, ``share`` of the people reached, ``bound`` that no choice exceeds, ``proven``.
    least : int
        Number of points below which no choice is proven to reach the share; 0 if none is needed or none can.
    """

    towns: gpd.GeoDataFrame
    drives: Mapping[float, Siting]
    minutes: pd.DataFrame
    limits: tuple[float, ...]
    walked: pd.DataFrame
    people: gpd.GeoDataFrame
    share: float
    minutes_on_foot: float
    seats_alone: float
    points: Siting | None
    curve: pd.DataFrame
    least: int


def shelters(
    people: xr.DataArray,
    dem: xr.DataArray,
    *,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    towns: gpd.GeoDataFrame,
    graph: Graph,
    drive_minutes: Sequence[float],
    walk_minutes: Sequence[float],
    village_minutes: float,
    share: float,
    cluster_m: float,
    seconds: float = 30.0,
) -> Shelters:
    """Return the fewest shelters by car and on foot.

    Parameters
    ----------
    people : DataArray
        People by cell, see :func:`nanyi_gis.targets.people_on_land`, on the grid of ``dem``.
    dem : DataArray
        Heights in metres; walking is :func:`nanyi_gis.travel_time.travel_time`'s, off the road.
    zones, zone_towns
        Number of each cell's township, and the code of each.
    towns : GeoDataFrame
        Located townships by code.
    drive_minutes, walk_minutes : sequence of float
        Limits of the townships by car, and of the people on foot.
    village_minutes : float
        Limit on foot for the village points.
    share : float
        Share of the people that they are to reach, 0 to 1.

    Raises
    ------
    ParameterError
        If the share is not above 0 and at most 1.
    """
    wanted = check_positive(share, name="share")
    if wanted > 1.0:
        raise ParameterError(f"share is {share:g}, but must be at most 1; give 0.8 for 80 %")
    nodes = township_nodes(graph, towns.index)
    minutes = minutes_between(graph, nodes, nodes)
    drives = {float(limit): siting.set_cover(minutes, radius=limit, seconds=seconds) for limit in drive_minutes}
    limits = tuple(sorted(float(limit) for limit in walk_minutes))
    seats = towns.to_crs(dem.rio.crs)
    most = max(*limits, village_minutes)
    walk = travel_time(dem, seats[["geometry"]], direction="to", limit_minutes=most, path_factor=PATH_FACTOR)
    squares = clients_from_raster(people, size_m=cluster_m)
    squares["weight"] = squares["weight"].round()  # whole people, so that a bound between two numbers is the lower
    at = _cells(dem, squares)
    squares["town"] = [zone_towns[zone - 1] if zone > 0 else "" for zone in zones.values[at]]
    squares["walk"] = np.nan_to_num(walk.values[at].astype(float), nan=np.inf)
    matrix = walking_matrix(dem, squares, size_m=cluster_m, limit=village_minutes)
    points, curve, least = _points(matrix, squares, limit=village_minutes, share=wanted, seconds=seconds)
    reached = squares["walk"] <= village_minutes
    if points is not None:
        reached |= matrix[list(points.chosen)].min(axis=1) <= village_minutes
    whole = float(squares["weight"].sum())
    return Shelters(
        towns=towns.loc[list(nodes)],
        drives=drives,
        minutes=minutes,
        limits=limits,
        walked=_walked(people, walk, zones, zone_towns, limits),
        people=squares.assign(far=~reached),
        share=wanted,
        minutes_on_foot=float(village_minutes),
        seats_alone=float(squares.loc[squares["walk"] <= village_minutes, "weight"].sum()) / whole,
        points=points,
        curve=curve,
        least=least,
    )


def _cells(dem: xr.DataArray, points: gpd.GeoDataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column of the cell of each point."""
    xy = shapely.get_coordinates(points.geometry.values)
    column, row = (np.floor(part).astype(int) for part in ~dem.rio.transform() * (xy[:, 0], xy[:, 1]))
    return row, column


def _walked(
    people: xr.DataArray,
    walk: xr.DataArray,
    zones: xr.DataArray,
    zone_towns: Sequence[str],
    limits: Sequence[float],
) -> pd.DataFrame:
    """Return people by township, and of them those who walk to a seat within each limit."""
    codes, amount = np.asarray(zones.values), np.asarray(people.values, dtype=float)
    inside = codes > 0
    minutes = np.nan_to_num(walk.values[inside].astype(float), nan=np.inf)
    count = len(zone_towns) + 1

    def summed(kept: np.ndarray) -> np.ndarray:
        return np.bincount(codes[inside][kept], weights=amount[inside][kept], minlength=count)[1:count]

    everyone = np.ones(len(minutes), bool)
    columns = {"people": summed(everyone)}
    columns |= {f"within_{limit:g}": summed(minutes <= limit) for limit in limits}
    table = pd.DataFrame(columns, index=pd.Index([str(code) for code in zone_towns], name="code"))
    return table[table.index != ""]


def _points(
    matrix: pd.DataFrame, squares: gpd.GeoDataFrame, *, limit: float, share: float, seconds: float
) -> tuple[Siting | None, pd.DataFrame, int]:
    """Return points that reach the share, the curve up to it, and the number below which no choice can.

    Those who walk to a seat in time need none. Numbers are tried by bisection, each to within half a percent of the
    best: the least whose choice reaches the share, and the least whose bound does.
    """
    weight, whole = squares["weight"], float(squares["weight"].sum())
    need = squares["walk"] > limit
    already = float(weight[~need].sum())
    covers = matrix.loc[need] <= limit
    useful = covers.loc[:, covers.to_numpy().any(axis=0)]
    known: dict[int, Siting] = {}
    rows = [{"n": 0, "share": already / whole, "bound": already / whole, "proven": True}]

    def solved(count: int) -> Siting:
        if count not in known:
            known[count] = siting.max_coverage(useful, weights=weight[need], p=count, seconds=seconds, gap=_GAP)
        return known[count]

    def reaches(count: int, value: str) -> bool:
        return (already + float(getattr(solved(count), value))) / whole >= share - 1e-12

    def first(value: str, low: int, high: int) -> int:
        """Return the least number above ``low`` whose reach, by this value, is the share; ``high`` has it."""
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if reaches(middle, value) else (middle, high)
        return high

    reachable = already + float(weight[need][covers.to_numpy().any(axis=1)].sum())
    if already / whole >= share or reachable / whole < share:
        return None, pd.DataFrame(rows), 0
    enough = first("cost", 0, useful.shape[1])
    below = 1
    while below < enough and reaches(enough - below, "bound"):
        below *= 2
    least = first("bound", max(enough - below, 0), enough)
    for part in (4, 2):
        solved(max(1, enough // part))
    solved(enough)
    for count in sorted(number for number in known if number <= enough):
        result = known[count]
        rows.append(
            {
                "n": count,
                "share": (already + float(result.cost)) / whole,
                "bound": (already + float(result.bound)) / whole,
                "proven": bool(result.optimal),
            }
        )
    return known[enough], pd.DataFrame(rows), least
