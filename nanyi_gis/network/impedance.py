"""Seconds along edges: class, own speed, surface, and slope in the direction of travel."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from scipy.ndimage import map_coordinates

from .._validation import check_choice, check_positive
from ..errors import DataError
from .speeds import Speeds

MODES = ("car", "bus", "truck", "walk")
Seconds = npt.NDArray[np.float64]


def tobler(grade: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return walking speed in km/h on a signed grade (up is positive).

    Tobler (1993): ``W = 6 exp(-3.5 |S + 0.05|)``.

    >>> tobler([0.0, -0.05]).round(2).tolist()
    [5.04, 6.0]
    """
    return 6.0 * np.exp(-3.5 * np.abs(np.asarray(grade, dtype=np.float64) + 0.05))


def edge_speeds(
    edges: pd.DataFrame, *, speeds: Speeds, mode: str = "car", column: str = "speed_kph"
) -> npt.NDArray[np.float64]:
    """Return km/h on the level for each edge, along it, or against it if ``column`` is ``speed_kph_back``.

    An edge's own ``speed_kph`` goes before its class; then come the surface and, except on rails and
    walking links, the mode.

    Raises
    ------
    DataError
        If an own speed is zero or negative.
    ParameterError
        If a class has no speed.
    """
    check_choice(mode, MODES, name="mode")
    own = edges[column].to_numpy(dtype=np.float64)
    bad = ~np.isnan(own) & ~(np.isfinite(own) & (own > 0))
    if bad.any():
        label = edges["id"].iloc[int(np.argmax(bad))]
        raise DataError(
            f"edge {label!r} has a speed of {own[bad][0]:g} km/h, but speeds must be above zero; "
            "correct it or leave the whole column out"
        )
    highway = edges["highway"].astype(str)
    by_class = highway.map({name: speeds.of_class(name) for name in sorted(highway.unique())}).to_numpy(np.float64)
    kmh = np.where(np.isnan(own), by_class, own)
    fixed = highway.isin(["rail", "walk"]).to_numpy()
    if mode == "walk":
        return np.where(highway.eq("rail").to_numpy(), kmh, float(tobler(0.0)))
    surface = edges["surface"].fillna("").astype(str)
    factor = surface.map({name: speeds.surface_factor(name) for name in surface.unique()}).to_numpy(np.float64)
    return np.where(fixed, kmh, kmh * factor * speeds.mode[mode])


def travel_seconds(
    edges: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str = "car",
    dem: xr.DataArray | None = None,
    step_m: float = 100.0,
) -> tuple[Seconds, Seconds, npt.NDArray[np.float64]]:
    """Return the seconds forward, the seconds backward and the mean grade of each edge.

    The DEM is read every ``step_m`` along the line. An edge whose ``evidence`` is schematic does not follow
    the ground, so only its end points count, over its length. A tunnel or a bridge is level (the terrain
    above or below it does not matter), and so is an edge outside the DEM.

    Parameters
    ----------
    edges : GeoDataFrame
        Lines in a metric CRS with ``length``, ``highway``, ``speed_kph`` (and ``speed_kph_back``, if the other
        direction has a speed of its own; empty is that of the class), ``surface``, ``tunnel``, ``bridge``,
        ``evidence`` and ``id``.
    dem : DataArray, optional
        Elevation in metres in any CRS; without it everything is level.
    """
    length = edges["length"].to_numpy(np.float64)
    level = level_back = length / (edge_speeds(edges, speeds=speeds, mode=mode) / 3.6)
    if "speed_kph_back" in edges:
        level_back = length / (edge_speeds(edges, speeds=speeds, mode=mode, column="speed_kph_back") / 3.6)
    grade = np.zeros(len(edges))
    if dem is None or edges.empty:
        return level, level_back.copy(), grade
    flat = edges["tunnel"].to_numpy(bool) | edges["bridge"].to_numpy(bool)
    schematic = edges["evidence"].eq("schematic").to_numpy()
    drawn = shapely.length(edges.geometry.values)
    step = np.where(schematic, np.inf, check_positive(step_m, name="step_m", unit="m"))
    pieces = np.maximum(1, np.ceil(drawn / step)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    which = np.repeat(np.arange(len(edges)), pieces + 1)
    share = (np.arange(len(which)) - first[which]) / pieces[which]
    points = shapely.line_interpolate_point(edges.geometry.values[which], share, normalized=True)
    height = sample_elevation(dem, gpd.GeoSeries(points, crs=edges.crs))
    run = (length / pieces)[which]
    inner = np.ones(len(which), dtype=bool)
    inner[first + pieces] = False
    rise = np.zeros(len(which))
    rise[:-1] = np.diff(height)
    slope = np.where(run > 0, rise / np.where(run > 0, run, 1.0), 0.0)
    slope[np.isnan(slope) | flat[which]] = 0.0
    slope, which = slope[inner], which[inner]
    exempt = edges["highway"].isin(speeds.slope.exempt).to_numpy()[which]
    forward = np.bincount(which, weights=1.0 / _factor(slope, exempt, speeds, mode), minlength=len(edges))
    backward = np.bincount(which, weights=1.0 / _factor(-slope, exempt, speeds, mode), minlength=len(edges))
    grade = np.bincount(which, weights=slope, minlength=len(edges)) / pieces
    return level / pieces * forward, level_back / pieces * backward, grade


def _factor(
    slope: npt.NDArray[np.float64], exempt: npt.NDArray[np.bool_], speeds: Speeds, mode: str
) -> npt.NDArray[np.float64]:
    factor = tobler(slope) / float(tobler(0.0)) if mode == "walk" else speeds.slope.factor(slope)
    return np.where(exempt, 1.0, factor)


def sample_elevation(dem: xr.DataArray, points: gpd.GeoSeries) -> npt.NDArray[np.float64]:
    """Return elevations at points by bilinear interpolation; NaN outside the DEM and beside a void.

    Raises
    ------
    DataError
        If the DEM has no CRS.
    """
    crs = dem.rio.crs
    if crs is None:
        raise DataError("the DEM has no CRS; assign one, e.g. dem.rio.write_crs('EPSG:4544')")
    there = points.to_crs(crs)
    columns, rows = ~dem.rio.transform() * (there.x.to_numpy(), there.y.to_numpy())
    values = np.asarray(dem.values, dtype=np.float64)
    result: npt.NDArray[np.float64] = map_coordinates(
        values, [rows - 0.5, columns - 0.5], order=1, mode="constant", cval=np.nan
    )
    return result
