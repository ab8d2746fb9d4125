"""Areas within a time, as polygons that follow the cells."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
import xarray as xr
from rasterio.features import shapes

from .._validation import check_edges
from .grid import steps_of


def isochrones(minutes: xr.DataArray, *, cutoffs: Sequence[float]) -> gpd.GeoDataFrame:
    """Return the area within each cutoff; the boundary is inside, so 60 minutes hold the 60th minute.

    Parameters
    ----------
    minutes : xarray.DataArray
        Result of :func:`travel_time`.
    cutoffs : sequence of float
        Minutes, rising.

    Returns
    -------
    geopandas.GeoDataFrame
        One row a cutoff, in the CRS of ``minutes``: ``minutes``, ``cells`` (number within), ``geometry`` (a
        MultiPolygon of whole cells, empty if none is within). Each area holds the one before.

    Raises
    ------
    ParameterError
        If ``cutoffs`` is empty or does not rise.

    Examples
    --------
    Of three cells of 10 m the first two lie within 20 minutes, the limit itself included:

    >>> values = np.array([[5.0, 20.0, 40.0], [np.nan] * 3], dtype="float32")
    >>> minutes = xr.DataArray(values, coords={"y": [15.0, 5.0], "x": [5.0, 15.0, 25.0]}, dims=("y", "x"))
    >>> isochrones(minutes.rio.write_crs(4544), cutoffs=[20]).geometry.area.tolist()
    [200.0]
    """
    edges = check_edges(cutoffs, name="cutoffs")
    grid = steps_of(minutes, name="minutes")
    values = np.asarray(minutes.data)
    transform = minutes.rio.transform()
    areas, numbers = [], []
    for edge in edges:
        within = values <= np.float32(edge)
        parts = [shapely.geometry.shape(area) for area, _ in shapes(within.astype("uint8"), within, 4, transform)]
        areas.append(shapely.multipolygons(parts) if parts else shapely.MultiPolygon())
        numbers.append(int(np.count_nonzero(within)))
    return gpd.GeoDataFrame({"minutes": list(edges), "cells": numbers}, geometry=areas, crs=grid.crs)
