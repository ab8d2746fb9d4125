"""What lies outside the study: one shape, dimmed alike on every map."""

import geopandas as gpd
import shapely

from ..study import StudyArea

COLOUR = "#e6eaeb"
OPACITY = 0.55
_BEYOND_DEGREES = 12.0


def surroundings(study: StudyArea) -> gpd.GeoDataFrame:
    """Return everything around the counties in one row, in WGS-84, farther out than any view of a map reaches.

    >>> from nanyi_gis.study import load_study
    >>> study = load_study()
    >>> around = surroundings(study).geometry.iloc[0]
    >>> counties = study.counties.to_crs(4326).geometry
    >>> [bool(around.contains(shapely.Point(*place))) for place in ((105.1, 28.5), (105.81, 28.0))]
    [True, False]
    """
    counties = shapely.union_all(study.counties.geometry.to_crs(4326).values)
    west, south, east, north = counties.bounds
    box = shapely.box(
        west - _BEYOND_DEGREES,
        max(south - _BEYOND_DEGREES, -85.0),
        east + _BEYOND_DEGREES,
        min(north + _BEYOND_DEGREES, 85.0),
    )
    return gpd.GeoDataFrame(geometry=[shapely.difference(box, counties)], crs=4326)
