"""A corridor for a line over land: the shortest way between two ends that keeps its distance from settlements."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS
from shapely import LineString

from .._progress import Progress
from .._validation import check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..io import sha256, staged, write_csv, write_gpkg
from ..raster import Grid, within_distance
from ..terrain import slope
from ..travel_time import barrier_cells
from .alignment import Alignment, align, ends_of

CORRIDOR_FILES = ("corridor.gpkg", "corridor.csv")
"""Names of the files of :func:`write_corridor`."""

CORRIDOR_NOTE = (
    "a study corridor over the terrain model, no design: what stands, who owns the land and what rules bar are not in "
    "it; survey it before it is costed"
)
_STEEPEST = 0.99  # of a piece between two cells; a span climbs what a road does not
_ANY_M = 1e6  # a line hangs over the ground between its supports, whatever that does


@dataclass(frozen=True)
class Corridor:
    """A way for a line between two ends.

    Attributes
    ----------
    geometry : shapely.LineString
        From cell centre to cell centre, in ``crs``.
    crs : pyproj.CRS
    length_m, straight_m : float
        Of the way on the map, and between its ends.
    angles : int
        Turns above the limit, each of which takes an angle support.
    nearest_m : float
        Least metres from the way to a settlement, beyond the radius of the ends; infinite without settlements.
    closed_share : float
        Share of the DEM's known cells that settlements, slope or layers close.
    table : DataFrame
        A row a vertex: ``x``, ``y``, ``m`` along the way, ``z_ground``.
    notes : tuple of str
        What a reader must know, first of all that it is no design.
    """

    geometry: LineString
    crs: CRS
    length_m: float
    straight_m: float
    angles: int
    nearest_m: float
    closed_share: float
    table: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def detour(self) -> float:
        """Length over the straight distance, 1 or more."""
        return self.length_m / self.straight_m


def corridor(
    dem: xr.DataArray,
    start: Any,
    end: Any,
    *,
    settlements: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    spacing_m: float = 500.0,
    avoid: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    slope_max: float | None = None,
    end_radius_m: float = 0.0,
    turn_limit_deg: float = 5.0,
    angle_cost_m: float = 300.0,
    headings: int = 32,
    progress: Progress | None = None,
) -> Corridor:
    """Return the shortest way over a DEM for a line that keeps its distance from settlements.

    It runs over the lattice of :func:`align` without its rules of grade and earthwork, since a line hangs over the
    ground: its cost is its metres, and ``angle_cost_m`` for every sharper turn. Closed are cells within ``spacing_m``
    of a settlement (exact discs, :func:`nanyi_gis.raster.within_distance`), steeper than ``slope_max``, or in what is
    to be avoided; no piece of the way passes over a closed cell.

    Parameters
    ----------
    dem : DataArray
        Heights in metres in a CRS in metres with square cells; NaN is no way.
    start, end : (x, y) or Point or GeoSeries or GeoDataFrame
        The ends, as for :func:`align`.
    settlements : GeoDataFrame or GeoSeries, optional
        Points, lines or polygons to keep away from; those outside the DEM count where their spacing reaches in.
    spacing_m : float
        Metres from them. No national figure is meant: it is the user's.
    avoid : GeoDataFrame or GeoSeries, optional
        Lines or polygons that the way does not cross, such as reserves.
    slope_max : float, optional
        Degrees above which no support stands.
    end_radius_m : float
        Around either end the spacing is not asked for: a line that ends in a town comes near it.
    turn_limit_deg : float
        Most degrees from one piece to the next without an angle support.
    angle_cost_m : float
        Metres of line that an angle support costs.
    headings : {8, 16, 32, 48}
        Directions of the lattice.

    Raises
    ------
    ParameterError
        If an option is out of range, or ``end_radius_m`` has nothing to do.
    DataError
        If an end lies in closed land or outside, or no way is left.

    A settlement halfway on the straight line: the way goes round it.

    >>> axes = {"y": np.arange(31)[::-1] * 100.0, "x": np.arange(31) * 100.0}
    >>> dem = xr.DataArray(np.zeros((31, 31)), axes, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> village = gpd.GeoSeries([shapely.Point(1500, 1500)], crs="EPSG:4544")
    >>> found = corridor(dem, (0, 1500), (3000, 1500), settlements=village, spacing_m=500, angle_cost_m=0)
    >>> found.straight_m, found.nearest_m > 500, 3100 < found.length_m < 3600
    (3000.0, True, True)
    """
    grid = Grid.of(dem)
    ends = [shapely.Point(place) for place in ends_of(start, end, grid)]
    radius = check_non_negative(end_radius_m, name="end_radius_m", unit="m")
    away = check_positive(spacing_m, name="spacing_m", unit="m")
    if radius and settlements is None:
        raise ParameterError("end_radius_m lifts the spacing from settlements, but there are none; leave it out")
    near_end = _discs(ends, radius, grid)
    closed = np.zeros(grid.shape, bool)
    if settlements is not None:
        closed |= within_distance(settlements, radius=away, grid=grid) & ~near_end
    if slope_max is not None:
        closed |= np.asarray(slope(dem).values) > check_positive(slope_max, name="slope_max", unit="degrees")
    if avoid is not None:
        closed |= barrier_cells(avoid, dem)
    for point, name in zip(ends, ("start", "end"), strict=True):
        _refuse_closed(point, closed, grid, name=name)
    way = align(
        dem,
        (ends[0].x, ends[0].y),
        (ends[1].x, ends[1].y),
        max_grade=_STEEPEST,
        turn_limit_deg=turn_limit_deg,
        hairpin_cost=check_non_negative(angle_cost_m, name="angle_cost_m", unit="m"),
        headings=headings,
        cut_fill_m=_ANY_M,
        earthwork_cost=0.0,
        barriers=grid.array(closed.astype(np.uint8)) if closed.any() else None,
        progress=progress,
    )
    known = np.isfinite(np.asarray(dem.values, dtype=float))
    return Corridor(
        geometry=way.geometry,
        crs=way.crs,
        length_m=way.length_m,
        straight_m=_straight(way),
        angles=way.hairpins,
        nearest_m=_nearest(way.geometry, settlements, ends, radius, grid),
        closed_share=float(closed[known].mean()),
        table=way.table[["x", "y", "m", "z_ground"]],
        notes=(CORRIDOR_NOTE, *way.notes[1:]),
    )


def write_corridor(
    found: Corridor,
    out: str | os.PathLike[str],
    *,
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
) -> tuple[Path, ...]:
    """Write a corridor, whole or not at all: ``corridor.gpkg`` (the line) and ``corridor.csv`` (its vertices).

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    files = {role: Path(path) for role, path in (inputs or {}).items()}
    row = {
        "length_m": round(found.length_m, 1),
        "straight_m": round(found.straight_m, 1),
        "angles": found.angles,
        "nearest_m": round(found.nearest_m, 1) if np.isfinite(found.nearest_m) else None,
        "closed_share": round(found.closed_share, 4),
        "evidence": "modelled",
        "note": found.notes[0],
        "inputs": "; ".join(
            f"{role} {path.name} {sha256(path)[:16]}" for role, path in files.items() if path.is_file()
        ),
    }
    folder = Path(out)
    with staged(folder) as stage:
        layer = gpd.GeoDataFrame([row], geometry=[found.geometry], crs=found.crs)
        write_gpkg({"corridor": layer}, stage / CORRIDOR_FILES[0])
        write_csv(found.table, stage / CORRIDOR_FILES[1], digits=2)
    return tuple(folder / name for name in CORRIDOR_FILES)


def _discs(points: list[shapely.Point], radius: float, grid: Grid) -> npt.NDArray[np.bool_]:
    if not radius:
        return np.zeros(grid.shape, bool)
    return within_distance(gpd.GeoSeries(points, crs=grid.crs), radius=radius, grid=grid)


def _refuse_closed(point: shapely.Point, closed: npt.NDArray[np.bool_], grid: Grid, *, name: str) -> None:
    """Raise DataError if an end lies on closed land; :func:`align` tells if it lies outside."""
    column, row = (int(np.floor(value)) for value in grid.place(point.x, point.y))
    if 0 <= row < grid.height and 0 <= column < grid.width and closed[row, column]:
        raise DataError(
            f"{name} ({point.x:.6g}, {point.y:.6g}) lies where spacing, slope or what is avoided closes the land; "
            "move it, give a smaller spacing, or lift it around the ends by end_radius_m"
        )


def _straight(way: Alignment) -> float:
    first, last = (shapely.Point(way.geometry.coords[k]) for k in (0, -1))
    return float(first.distance(last))


def _nearest(
    line: LineString,
    settlements: gpd.GeoDataFrame | gpd.GeoSeries | None,
    ends: list[shapely.Point],
    radius: float,
    grid: Grid,
) -> float:
    """Return the least distance of the way to a settlement, beyond the radius of its ends."""
    if settlements is None or settlements.geometry.empty:
        return float("inf")
    rest = line
    for point in ends if radius else ():
        rest = rest.difference(point.buffer(radius))
    shapes = settlements.geometry.to_crs(grid.crs)
    return float(shapes.distance(rest).min()) if not rest.is_empty else float("inf")
