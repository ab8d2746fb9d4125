"""Chainage, or linear referencing: from places to metres along a road and back, and the stations on it."""

import geopandas as gpd
import numpy.typing as npt
import pandas as pd

from .line import Route


def chainage(
    route: Route, *, step_m: float = 1000.0, sites: gpd.GeoDataFrame | None = None, within_m: float = 5000.0
) -> gpd.GeoDataFrame:
    """Return the stations of a road: both ends of each branch, one every ``step_m``, and one at each site.

    Returns
    -------
    GeoDataFrame
        ``branch``, ``km``, ``mark`` (``K12+345``), ``kind`` (``start``, ``step``, ``end`` or ``site``), ``name`` (of the
        site, else empty), ``offset_m`` (of the site from the road, left +), ``lon``, ``lat``, ``geometry`` (on the road),
        in the route's CRS, by branch and km.
    """
    raise NotImplementedError


def locate(route: Route, points: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.DataFrame:
    """Return the nearest place on the road for each point.

    Returns
    -------
    DataFrame
        With the index of the points: ``branch``, ``m``, ``offset_m`` (left of the road +, right of it -), ``side``
        (``left``, ``right``, ``on``, or ``end`` straight beyond an end) and ``distance_m``.
    """
    raise NotImplementedError


def place(route: Route, branch: npt.ArrayLike, m: npt.ArrayLike, *, offset_m: npt.ArrayLike = 0.0) -> gpd.GeoSeries:
    """Return the points at metres along branches, ``offset_m`` to the left of the road."""
    raise NotImplementedError
