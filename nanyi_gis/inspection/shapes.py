"""Polygons and points, read as each command reads them; whatever refuses them raises, notes are returned."""

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from affine import Affine

from .._validation import numbers
from ..accessibility import share_within
from ..errors import DataError
from ..io import read_vector, read_zones, row_notes
from ..network import Graph, compile_graph, snap_points
from ..raster import Grid, Zones, zone_names
from ..study import load_study
from ..travel_time import travel_time
from ..visibility import observer_places
from .bench import Bench

_SIDE = 32
_RIM = 2
_HIGHEST_DEGREES = 89.0
_ANYWHERE_M = 1e8
MOST_BARRIERS = 20_000
"""Lines and polygons that are tried as barriers, spread over the layer, where there are more."""

MOST_POINTS = 20_000
"""Points that are tried, spread over the layer, where there are more."""


def as_boundaries(path: str, *, trusted: bool = False) -> Sequence[str]:
    """Read as ``build --boundaries`` does; ``trusted`` spares a second look at a datum found to be ours."""
    load_study(path, assume_datum="wgs84" if trusted else None)
    return ()


def as_zones(path: str) -> Sequence[str]:
    """Read as ``bands`` and ``suitability`` do, for a DEM under the zones."""
    frame = read_zones(path)
    zone_names(frame)
    Zones.of(frame, _grid(frame))
    return row_notes(frame)


def as_barriers(path: str) -> Sequence[str]:
    """Read as ``travel-time --barriers`` does, for a DEM under them."""
    frame = read_vector(path)
    some = spread(frame, MOST_BARRIERS)
    level = level_under(some)
    travel_time(level, corner_of(level), barriers=some, limit_minutes=0.0)
    return [*judged_by(some, frame, "features"), *row_notes(frame)]


def as_sources(path: str) -> Sequence[str]:
    """Read as ``travel-time --from`` does, for a DEM under the points."""
    frame = read_vector(path, kind="point")
    some = spread(frame, MOST_POINTS)
    travel_time(level_under(some), some, limit_minutes=0.0)
    return [*judged_by(some, frame, "points"), *row_notes(frame)]


def as_observers(path: str) -> Sequence[str]:
    """Read as ``viewshed --observers`` does."""
    frame = read_vector(path, kind="point")
    observer_places(frame, frame.crs)
    return row_notes(frame)


def as_facilities(path: str, bench: Bench, *, people: bool) -> Sequence[str]:
    """Read as ``access --from`` (with people) or ``--to`` does, with roads near the points."""
    frame = read_vector(path, kind="point")
    own = frame.reset_index(drop=True)
    if people and "population" in own:
        count = numbers(own, "population", name="population")
        share_within(pd.Series(0.0, index=own.index), limits=(1.0,), weights=count)
    some = spread(own, MOST_POINTS)
    told = far_from(bench.network, some)
    return [
        *judged_by(some, own, "points"),
        *row_notes(frame),
        *([f"needs --roads of its own place ({told})"] if told else []),
    ]


def spread(frame: gpd.GeoDataFrame, most: int) -> gpd.GeoDataFrame:
    """Return the rows of a layer, or ``most`` of them spread over it."""
    if len(frame) <= most:
        return frame
    chosen = frame.iloc[np.linspace(0, len(frame) - 1, most).astype(int)]
    chosen.attrs = dict(frame.attrs)
    return chosen


def judged_by(some: gpd.GeoDataFrame, whole: gpd.GeoDataFrame, what: str) -> list[str]:
    """Return the note that only a part was tried, none if all were."""
    return [f"judged by {len(some):,} of its {len(whole):,} {what}"] if len(some) < len(whole) else []


def far_from(graph: Graph, points: gpd.GeoDataFrame) -> str:
    """Return why points cannot be used with a network that is elsewhere, empty if they can.

    Raises
    ------
    DataError
        If the points cannot be used with any network.
    """
    network = compile_graph(graph)
    snap_points(network, points, limit_m=_ANYWHERE_M)
    try:
        snap_points(network, points)
    except DataError as error:
        return str(error).split("; ")[0]
    return ""


def level_under(frame: gpd.GeoDataFrame) -> xr.DataArray:
    """Return a level raster of 32 x 32 cells under a layer, in its CRS, with two free cells on each side."""
    grid = _grid(frame)
    return grid.array(np.zeros(grid.shape, np.float32), nodata=math.nan)


def corner_of(raster: xr.DataArray) -> gpd.GeoDataFrame:
    """Return the centre of the first cell of a raster."""
    corner = shapely.Point(float(raster["x"][0]), float(raster["y"][0]))
    return gpd.GeoDataFrame(geometry=[corner], crs=raster.rio.crs)


def _grid(frame: gpd.GeoDataFrame) -> Grid:
    west, south, east, north = (float(value) for value in frame.total_bounds)
    least = 1e-3 if frame.crs.is_geographic else 100.0
    if frame.crs.is_geographic:
        south, north = max(south, -_HIGHEST_DEGREES), min(north, _HIGHEST_DEGREES)
    step_x = max((east - west) / (_SIDE - 2 * _RIM), least)
    step_y = max((north - south) / (_SIDE - 2 * _RIM), least)
    left, top = west - _RIM * step_x, north + _RIM * step_y
    if frame.crs.is_geographic:
        step_y = min(step_y, 180.0 / _SIDE)
        top = min(top, 90.0)
        top = max(top, -90.0 + _SIDE * step_y)
    return Grid(frame.crs, Affine(step_x, 0.0, left, 0.0, -step_y, top), _SIDE, _SIDE)
