"""Regimes by polygons: the share of each at a place, passing linearly over the border."""

from collections.abc import Sequence
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from .._transformers import crs_to_crs
from .variable import Floats

Area: TypeAlias = shapely.Geometry | None


def area_shares(areas: Sequence[Area], lon: npt.ArrayLike, lat: npt.ArrayLike, *, width_m: float) -> Floats:
    """Return the share of each regime at places, (regimes, places); shares sum to one.

    A regime has half on its border, all of it half a width inside, and none half a width outside. ``None``
    stands for the rest of the land; without it a place outside all polygons belongs to the nearest. Distances are
    those of an azimuthal equidistant projection about the middle of the places.

    Parameters
    ----------
    areas : sequence of Polygon, MultiPolygon or None
        One a regime, longitude and latitude.
    lon, lat : array_like
        Places in degrees.
    width_m : float
        Width of the belt in which regimes pass into each other, m.

    >>> west, east = shapely.box(104, 27, 105, 29), shapely.box(105, 27, 106, 29)
    >>> area_shares([west, east], [104.5, 105.0, 105.5], [28, 28, 28], width_m=10_000).round(2)
    array([[1. , 0.5, 0. ],
           [0. , 0.5, 1. ]])
    """
    longitudes, latitudes = (np.asarray(values, dtype=np.float64).ravel() for values in (lon, lat))
    plane = _plane(longitudes, latitudes)
    x, y = crs_to_crs(4326, plane).transform(longitudes, latitudes)
    inside = np.array([_signed(area, x, y, plane) for area in areas if area is not None])
    given = np.clip(0.5 + inside / width_m, 0.0, 1.0)
    found = np.zeros((len(areas), longitudes.size))
    places = [k for k, area in enumerate(areas) if area is not None]
    found[places] = given
    if len(places) < len(areas):
        rest = next(k for k, area in enumerate(areas) if area is None)
        found[rest] = np.clip(1 - given.sum(axis=0), 0.0, 1.0)
    lost = found.sum(axis=0) <= 0
    found[np.array(places)[np.argmax(inside, axis=0)][lost], np.nonzero(lost)[0]] = 1.0
    return np.asarray(found / found.sum(axis=0))


def _plane(lon: Floats, lat: Floats) -> pyproj.CRS:
    known = np.isfinite(lon) & np.isfinite(lat)
    middle_x, middle_y = (float(np.round(np.mean(values[known]), 3)) if known.any() else 0.0 for values in (lon, lat))
    return pyproj.CRS.from_proj4(f"+proj=aeqd +lon_0={middle_x} +lat_0={middle_y} +datum=WGS84 +units=m")


def _signed(area: shapely.Geometry, x: Floats, y: Floats, plane: pyproj.CRS) -> Floats:
    """Return the distance from the border in metres, positive inside; far inside or outside for what is beyond."""
    flat = gpd.GeoSeries([area], crs=4326).to_crs(plane).iloc[0]
    finite = np.isfinite(x) & np.isfinite(y)
    points = shapely.points(x[finite], y[finite])
    lines = shapely.get_parts(shapely.boundary(flat))
    corners = [shapely.get_coordinates(line) for line in lines]
    pieces = np.concatenate([np.stack([c[:-1], c[1:]], axis=1) for c in corners])
    tree = shapely.STRtree(shapely.linestrings(pieces))
    (asked, _), away = tree.query_nearest(points, return_distance=True, all_matches=False)
    distance = np.empty(len(points))
    distance[asked] = away
    shapely.prepare(flat)
    found = np.full(x.shape, -np.inf)
    found[finite] = np.where(shapely.contains_xy(flat, x[finite], y[finite]), distance, -distance)
    return found
