"""Transformers between two CRSs, made once for a process; coordinates made coarse."""

import functools
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer


@functools.lru_cache(maxsize=128)
def crs_to_crs(source: Any, target: Any) -> Transformer:
    """Return the transformer from one CRS to another, x or longitude first.

    PROJ takes a tenth of a second to look up the operations between two CRSs, so a pair is looked
    up once. A transformer may be used by several threads: pyproj keeps one for each.

    Parameters
    ----------
    source, target : CRS, str or int
        Whatever pyproj takes for a CRS.

    Raises
    ------
    pyproj.exceptions.ProjError
        If there is no way from one to the other, as between planets.

    >>> there = crs_to_crs(4326, "EPSG:4544")
    >>> [round(value) for value in there.transform(105.0, 0.0)]
    [500000, 0]
    >>> there is crs_to_crs(4326, "EPSG:4544")
    True
    """
    return Transformer.from_crs(source, target, always_xy=True)


def coarse(geometries: gpd.GeoSeries, step: float) -> gpd.GeoSeries:
    """Return geometries whose coordinates are whole multiples of ``step`` in the units of their CRS.

    Every vertex moves by itself, by at most 0.71 steps, so borders that two polygons share stay shared; a small ring
    may collapse.

    >>> moved = coarse(gpd.GeoSeries([shapely.Point(516_533.1, 3_060_624.9)], crs=4544), 50)
    >>> moved.iloc[0].wkt
    'POINT (516550 3060600)'
    """

    def rounded(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.round(xy / step) * step

    return gpd.GeoSeries(shapely.transform(geometries.to_numpy(), rounded), index=geometries.index, crs=geometries.crs)


def coarse_areas(geometries: gpd.GeoSeries, step: float) -> gpd.GeoSeries:
    """Return areas whose corners are whole multiples of ``step``, valid and therefore fit to be cut and joined.

    What is narrower than half a step goes.

    >>> spike = shapely.Polygon([(0, 0), (210, 0), (210, 90), (12, 10), (10, 90)])
    >>> coarse_areas(gpd.GeoSeries([spike], crs=4544), 50).iloc[0].normalize().wkt
    'POLYGON ((0 0, 200 100, 200 0, 0 0))'
    """
    snapped = shapely.set_precision(geometries.to_numpy(), step)
    return gpd.GeoSeries(snapped, index=geometries.index, crs=geometries.crs)
