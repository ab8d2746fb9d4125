"""True areas of polygons, and 万亩."""

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import Geod

from ..errors import DataError

_GEOD = Geod(ellps="WGS84")


def geodesic_area_km2(geometry: gpd.GeoSeries) -> pd.Series:
    """Return true areas on the WGS-84 ellipsoid in km², indexed as ``geometry``.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons in any CRS; holes count as holes.

    Returns
    -------
    Series of float
        Named ``area_km2``; 0 for what is no polygon.

    Raises
    ------
    DataError
        If the series has no CRS.

    >>> square = gpd.GeoSeries([shapely.box(105.0, 28.0, 105.01, 28.01)], crs=4326)
    >>> float(geodesic_area_km2(square).round(3).iloc[0])
    1.09
    """
    if geometry.crs is None:
        raise DataError("the geometries have no CRS; set one, e.g. EPSG:4326")
    turned = shapely.orient_polygons(geometry.to_crs(4326).values)
    areas = [0.0 if shape is None else _GEOD.geometry_area_perimeter(shape)[0] / 1e6 for shape in turned]
    return pd.Series(areas, index=geometry.index, name="area_km2", dtype="float64")


def km2_to_wanmu(area_km2: float) -> float:
    """Return an area in 万亩 (10,000 mu); 15 mu are one hectare.

    >>> km2_to_wanmu(20.0)
    3.0
    """
    return area_km2 * 0.15
