"""Where lines are and how long they are: their CRS in metres and their lengths on the ellipsoid."""

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from ..datum import metric_crs
from ..errors import DataError, ParameterError
from ..io import placed


def line_frame(lines: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    """Return single lines in a CRS in metres, none empty and none of length zero; see :func:`line_tables`."""
    if lines.crs is None:
        raise DataError("the lines have no CRS; set one, e.g. lines.set_crs('EPSG:4326')")
    flat = lines[lines.geometry.notna() & ~lines.geometry.is_empty].explode(ignore_index=True)
    flat = flat[flat.geom_type.isin(["LineString", "LinearRing"])].reset_index(drop=True)
    if flat.empty:
        raise DataError("the layer holds no lines; give a layer of LineString or MultiLineString")
    flat = flat.set_geometry(shapely.force_2d(flat.geometry.values))
    west, south, east, north = flat.total_bounds
    if not np.isfinite([west, south, east, north]).all():
        raise DataError("the lines have coordinates that are not finite; repair the layer")
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if lines.crs.is_projected and degrees and _within_area_of_use(flat):
        raise DataError(
            f"the lines look like degrees ({west:.3f}..{east:.3f}, {south:.3f}..{north:.3f}) but their CRS is "
            f"{lines.crs.to_string()[:40]}, in metres; set the CRS they are in, e.g. EPSG:4326"
        )
    if not lines.crs.is_projected:
        placed(flat, None, name=str(lines.attrs.get("file", "the lines")))
    target = CRS.from_user_input(crs) if crs is not None else _metric_crs(flat)
    if not _is_metric(target):
        raise DataError(f"crs is {crs!r}, but a graph needs a CRS in metres, e.g. EPSG:4544")
    flat = flat.to_crs(target)
    if not np.isfinite(flat.total_bounds).all():
        raise DataError(f"the lines cannot be projected to {target.to_string()[:40]}; check their CRS")
    return flat[flat.length > 0].reset_index(drop=True)


def _within_area_of_use(frame: gpd.GeoDataFrame) -> bool:
    """Tell degrees of the right region from a small local drawing in metres."""
    area = frame.crs.area_of_use
    west, south, east, north = frame.total_bounds
    return area is not None and bool(
        area.west <= west and east <= area.east and area.south <= south and north <= area.north
    )


def _is_metric(crs: CRS) -> bool:
    return bool(crs.is_projected and crs.axis_info[0].unit_name in {"metre", "meter"})


def _metric_crs(lines: gpd.GeoDataFrame) -> CRS:
    if _is_metric(lines.crs):
        return CRS.from_user_input(lines.crs)
    west, south, east, north = lines.to_crs(4326).total_bounds
    try:
        return CRS.from_user_input(metric_crs((west + east) / 2, (south + north) / 2))
    except ParameterError as error:
        where = f"{west:.4g} to {east:.4g} E, {south:.4g} to {north:.4g} N"
        raise DataError(f"no metric CRS fits the lines ({where}); clip them, or give one, e.g. EPSG:4544") from error
