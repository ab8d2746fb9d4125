"""Where a file lies, against the study area, and what its CRS is called."""

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from ..study import StudyArea

Bounds = tuple[float, float, float, float]

_GEOD = pyproj.Geod(ellps="WGS84")
_WHOLE = 0.9995


def reach(bounds: Bounds, crs: pyproj.CRS, study: StudyArea) -> str:
    """Compare a box in ``crs`` with the counties; done in ``crs``, because a world map has no place in ours.

    >>> from nanyi_gis.study import load_study
    >>> reach((104.0, 27.0, 107.0, 29.0), pyproj.CRS(4326), load_study())
    'covers both counties'
    """
    west, south, east, north = bounds
    if crs.is_geographic and west >= 180:
        west, east = west - 360, east - 360
    counties = gpd.GeoSeries([study.outline], crs=study.crs).to_crs(crs).iloc[0]
    if not np.isfinite(shapely.get_coordinates(counties)).all():
        return "outside: the counties have no place in its CRS"
    box = shapely.box(west, south, east, north)
    share = shapely.intersection(box, counties).area / counties.area
    if share >= _WHOLE:
        return f"covers {_all(len(study.counties))}"
    if share > 0.0 or shapely.intersects(box, counties):
        return f"covers {share:.1%} of the counties"
    gap = gpd.GeoSeries([shapely.shortest_line(box, counties)], crs=crs).to_crs(4326).iloc[0]
    length = _GEOD.geometry_length(gap)
    return f"outside, {length / 1000.0:.0f} km away" if np.isfinite(length) else "outside"


def _all(counties: int) -> str:
    """Return all counties of a study in words.

    >>> _all(1), _all(2), _all(3)
    ('the county', 'both counties', 'all 3 counties')
    """
    return "the county" if counties == 1 else "both counties" if counties == 2 else f"all {counties} counties"


def crs_name(crs: pyproj.CRS | str | None) -> str:
    """Return authority and code of a CRS, or its name.

    >>> crs_name("EPSG:4490"), crs_name(None)
    ('EPSG:4490', 'none')
    """
    if not crs:
        return "none"
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return "one that PROJ does not know"
    authority = known.to_authority()
    if authority:
        return ":".join(authority)
    method = known.coordinate_operation.method_name if known.coordinate_operation else ""
    return method if known.name == "unknown" and method else str(known.name)
