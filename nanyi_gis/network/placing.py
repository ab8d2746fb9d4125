"""Where lines are and how long they are: their CRS in metres and their lengths on the ellipsoid."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Geod
from pyproj.exceptions import ProjError

from .._transformers import crs_to_crs
from ..datum import metric_crs
from ..errors import DataError, ParameterError
from ..io import crs_label, horizontal, is_drawing, placed

FloatArray = npt.NDArray[np.float64]

MOST_STRETCH = 0.01
"""How far the map scale of a CRS may depart from 1 where the lines lie, before a better CRS is looked for."""

TRUE_TO_SCALE = 1.0 / 40_000.0
"""Departure of the map scale up to which lengths are taken as drawn: 2.5 cm in a kilometre, the limit that GB 50026
(engineering surveying) sets for the plane of a survey; in a Gauss-Kruger zone about 45 km from the meridian."""

_SMALL_DRAWING_M = 360.0  # a drawing in metres round (0, 0) may be as small as degrees are
_STEP_M = 10.0
_MOST_SAMPLES = 256


def road_lengths(lines: gpd.GeoSeries) -> FloatArray:
    """Return the metres of roads: those of :func:`geodesic_lengths`, or as drawn where that is as true.

    They are taken as drawn where the CRS draws all of them true to 1 in 40,000, the limit that GB 50026 sets for the
    plane of a survey, so that what a surveyor measured in that plane stays as it is.

    >>> kilometre = shapely.LineString([(510_000, 3_100_000), (511_000, 3_100_000)])  # 10 km from the meridian
    >>> far = shapely.LineString([(610_000, 3_100_000), (611_000, 3_100_000)])  # 1 + 110.5^2 / (2 x 6,362^2) there
    >>> [road_lengths(gpd.GeoSeries([line], crs=4544)).round(2).tolist() for line in (kilometre, far)]
    [[1000.0], [999.85]]
    """
    if lines.crs is not None:
        crs = horizontal(lines.crs)
        scale = map_scale(shapely.get_coordinates(np.asarray(lines.values)), crs)
        if crs.is_projected and abs(scale - 1.0) <= TRUE_TO_SCALE:
            drawn = shapely.length(np.asarray(lines.values)) * _unit(crs)
            return np.nan_to_num(np.asarray(drawn, dtype=np.float64))
    return geodesic_lengths(lines)


def geodesic_lengths(lines: gpd.GeoSeries) -> FloatArray:
    """Return the metres of lines on the ellipsoid of their CRS: the sum of the geodesics from vertex to vertex.

    So a road is as long in Web Mercator, in feet or in degrees as it is on the ground, whatever its projection does to
    lengths. Heights do not count. Geodesics after Karney (2013), as PROJ has them.

    Parameters
    ----------
    lines : GeoSeries
        Lines or multi-lines with a CRS, each axis in whatever unit; any other geometry has length 0.

    Returns
    -------
    array of float
        Metres, one a row. A local CRS without an ellipsoid, and a drawing of one's own round (0, 0) in a CRS that is
        not meant for that place, have no place on the earth: there they are those of the drawing.

    Raises
    ------
    DataError
        If there is no CRS, or a vertex has no place on the ellipsoid.

    Examples
    --------
    A degree of the equator is a 360th of 2 pi 6,378,137 m. Web Mercator draws it true there, but twice too long
    at 60 N:

    >>> degree = gpd.GeoSeries([shapely.LineString([(105, y), (106, y)]) for y in (0, 60)], crs=4326)
    >>> geodesic_lengths(degree).round().tolist()
    [111319.0, 55799.0]
    >>> drawn = degree.to_crs(3857)
    >>> drawn.length.round().tolist(), geodesic_lengths(drawn).round().tolist()
    ([111319.0, 111319.0], [111319.0, 55799.0])
    """
    if lines.crs is None:
        raise DataError("the lines have no CRS; set one, e.g. lines.set_crs('EPSG:4326')")
    shapes = np.asarray(lines.values)
    linear = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    parts, row = shapely.get_parts(shapes[linear], return_index=True)
    coordinates, part = shapely.get_coordinates(parts, return_index=True)
    joined = part[1:] == part[:-1]
    crs = horizontal(lines.crs)
    earth = _Earth.under(coordinates, crs)
    if earth is None:
        steps = np.hypot(*np.diff(coordinates, axis=0)[joined].T) * _unit(crs)
    else:
        places = earth.degrees(coordinates)
        steps = earth.metres(places[:-1][joined], places[1:][joined])
    if not np.isfinite(steps).all():
        raise DataError(f"the lines have vertices that lie nowhere on the earth in {crs_label(crs)}; check their CRS")
    lengths = np.bincount(linear[row[part[1:][joined]]], weights=steps, minlength=len(shapes))
    return np.asarray(lengths, dtype=np.float64)


def metres_between(crs: str, first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the metres between pairs of places, on the ellipsoid where the CRS is more than 1 in 40,000 off.

    A drawing of one's own round (0, 0) has its own metres, as in :func:`geodesic_lengths`.

    >>> metres_between("EPSG:4544", np.array([[500_000.0, 0.0]]), np.array([[500_300.0, 400.0]])).tolist()
    [500.0]

    At 60 N Mercator's map is twice as large as the ground (and 0.25 % less, for the Earth is flattened):

    >>> metres_between("EPSG:3857", np.array([[0.0, 8_399_738.0]]), np.array([[1000.0, 8_399_738.0]])).round().tolist()
    [501.0]
    """
    flat = horizontal(CRS.from_user_input(crs))
    plane = np.asarray(np.hypot(*(first - second).T)) * _unit(flat)
    earth = _Earth.under(np.vstack([first, second]), flat)
    if earth is None:
        return plane
    ground = earth.metres(earth.degrees(first), earth.degrees(second))
    stretched = np.isfinite(ground) & (np.abs(ground - plane) > TRUE_TO_SCALE * plane)
    return np.where(stretched, ground, plane)


def map_scale(coordinates: FloatArray, crs: CRS) -> float:
    """Return how long a CRS draws a true metre at given places, in the direction and at the place furthest from 1.

    Measured by geodesics to the north, to the east and between; 1 for a CRS in degrees.

    Parameters
    ----------
    coordinates : (n, 2) array
        Places in ``crs``; of many, 256 spread over them and the outermost are looked at.

    >>> north = np.array([[0.0, 8_399_737.89]])  # 60 N in Web Mercator, which draws everything 1 / cos(60) there
    >>> round(map_scale(north, CRS(3857)), 2)
    2.0
    """
    flat = horizontal(crs)
    earth = _Earth.under(coordinates, flat)
    if not flat.is_projected or earth is None:
        return 1.0
    spread = np.linspace(0, len(coordinates) - 1, _MOST_SAMPLES).astype(np.int64)
    chosen = coordinates[np.unique([*spread, *coordinates.argmin(axis=0), *coordinates.argmax(axis=0)])]
    angles = np.arange(4) * np.pi / 4.0
    here = np.tile(chosen, (4, 1))
    there = here + np.repeat(np.column_stack([np.cos(angles), np.sin(angles)]), len(chosen), axis=0) * _STEP_M / _unit(
        flat
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = _STEP_M / earth.metres(earth.degrees(here), earth.degrees(there))
    scales = scales[np.isfinite(scales)]
    return float(scales[np.abs(scales - 1.0).argmax()]) if scales.size else 1.0


def _unit(crs: CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor or 1.0) if crs.axis_info else 1.0


def _box(coordinates: FloatArray) -> tuple[float, float, float, float]:
    west, south = coordinates.min(axis=0).tolist()
    east, north = coordinates.max(axis=0).tolist()
    return west, south, east, north


@dataclass(frozen=True)
class _Earth:
    """The ellipsoid of a CRS and the way to its degrees: no shift of datum."""

    crs: CRS
    base: CRS
    geod: Geod

    @classmethod
    def under(cls, coordinates: FloatArray, crs: CRS) -> "_Earth | None":
        """Return what lies under places in a CRS, None where nothing does: a local CRS, or a drawing of one's own."""
        base, geod = crs.geodetic_crs, crs.get_geod()
        if base is None or geod is None or not len(coordinates) or is_drawing(_box(coordinates), crs):
            return None
        return cls(crs, base, geod)

    def degrees(self, coordinates: FloatArray) -> FloatArray:
        """Return longitude and latitude in degrees, whatever the unit of the CRS."""
        pair = coordinates
        if self.crs.is_projected:
            pair = np.column_stack(crs_to_crs(self.crs, self.base).transform(*coordinates.T))
        unit = self.base.axis_info[0].unit_conversion_factor if self.base.axis_info else 0.0
        degree = float(np.degrees(unit)) if unit else 1.0
        return pair if np.isclose(degree, 1.0, rtol=1e-12) else pair * degree

    def metres(self, start: FloatArray, end: FloatArray) -> FloatArray:
        """Return the geodesic from each place to the other."""
        return np.asarray(self.geod.inv(*start.T, *end.T)[2], dtype=np.float64)


def line_frame(lines: gpd.GeoDataFrame, crs: str | None) -> gpd.GeoDataFrame:
    """Return single lines in a CRS in metres, none empty and none of length zero; see :func:`line_tables`.

    Raises
    ------
    DataError
        If there is no such line, no CRS, or coordinates that cannot be where the CRS puts them.
    """
    if lines.crs is None:
        raise DataError("the lines have no CRS; set one, e.g. lines.set_crs('EPSG:4326')")
    shapes = np.asarray(lines.geometry.values)
    flat = lines[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))].explode(ignore_index=True)
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
    if not lines.crs.is_projected or np.abs([west, south, east, north]).max() > _SMALL_DRAWING_M:
        placed(flat, None, name=str(lines.attrs.get("file", "the lines")))
    target = CRS.from_user_input(crs) if crs is not None else graph_crs(flat)
    if not _is_metric(target):
        raise DataError(f"crs is {crs!r}, but a graph needs a CRS in metres, e.g. EPSG:4544")
    flat = flat.to_crs(target)
    if not np.isfinite(flat.total_bounds).all():
        raise DataError(f"the lines cannot be projected to {target.to_string()[:40]}; check their CRS")
    long = flat[flat.length > 0]
    if long.empty:
        raise DataError(f"none of the {len(flat)} lines has a length; repair the layer")
    return long.reset_index(drop=True)


def _within_area_of_use(frame: gpd.GeoDataFrame) -> bool:
    """Tell degrees of the right region from a small local drawing in metres."""
    area = frame.crs.area_of_use
    west, south, east, north = frame.total_bounds
    return area is not None and bool(
        area.west <= west and east <= area.east and area.south <= south and north <= area.north
    )


def _is_metric(crs: CRS) -> bool:
    return bool(crs.is_projected and crs.axis_info[0].unit_name in {"metre", "meter"})


def graph_crs(frame: gpd.GeoDataFrame) -> CRS:
    """Return the CRS in metres in which a graph of lines or nodes is kept: their own, if it draws them true to scale.

    A CRS in degrees or feet, and one whose map scale departs from 1 by more than 1 % where the lines lie, gives way to
    the zone of :func:`nanyi_gis.datum.metric_crs`, if that is nearer to the truth.

    Raises
    ------
    DataError
        If no CRS in metres fits.

    >>> line = gpd.GeoDataFrame(geometry=[shapely.LineString([(105.0, 28.0), (105.1, 28.0)])], crs=4326)
    >>> [graph_crs(line.to_crs(code)).to_epsg() for code in (4326, 3857, 32648, 4544)]
    [4544, 4544, 32648, 4544]
    """
    own = CRS.from_user_input(frame.crs)
    scale = _scale_of(frame) if _is_metric(own) else np.inf
    if abs(scale - 1.0) <= MOST_STRETCH:
        return own
    west, south, east, north = frame.to_crs(4326).total_bounds
    try:
        zone = CRS.from_user_input(metric_crs((west + east) / 2, (south + north) / 2))
    except ParameterError as error:
        if np.isfinite(scale):
            return own
        where = f"{west:.4g} to {east:.4g} E, {south:.4g} to {north:.4g} N"
        raise DataError(f"no metric CRS fits the lines ({where}); clip them, or give one, e.g. EPSG:4544") from error
    return zone if not np.isfinite(scale) or _nearer(frame, zone, scale) else own


def _nearer(frame: gpd.GeoDataFrame, crs: CRS, scale: float) -> bool:
    """Tell whether ``crs`` can show the frame, and stretches it less than ``scale``."""
    try:
        moved = frame.to_crs(crs)
    except ProjError:
        return False
    return bool(np.isfinite(moved.total_bounds).all()) and abs(_scale_of(moved) - 1.0) < abs(scale - 1.0)


def _scale_of(frame: gpd.GeoDataFrame) -> float:
    return map_scale(shapely.get_coordinates(np.asarray(frame.geometry.values)), CRS.from_user_input(frame.crs))


def scale_note(nodes: gpd.GeoDataFrame, *, given: CRS | None = None) -> str:
    """Return what to say of the map scale: where the CRS ``given`` was left for it, or the graph's own stretches.

    >>> nodes = gpd.GeoDataFrame(geometry=gpd.points_from_xy([105.0], [28.0]), crs=4326).to_crs(4544)
    >>> scale_note(nodes, given=CRS(3857))
    'lengths are geodesic: EPSG:3857 draws them up to 1.14 times too long here, so the graph is in EPSG:4544'
    >>> scale_note(nodes, given=CRS(4326))
    ''
    """
    own = CRS.from_user_input(nodes.crs)
    scale = _scale_of(nodes)
    if abs(scale - 1.0) > MOST_STRETCH:
        return f"lengths are geodesic: {crs_label(own)} draws them up to {_times(scale)} here"
    if given is None or given == own or not _is_metric(given):
        return ""
    scale = _scale_of(nodes.to_crs(given))
    if abs(scale - 1.0) <= MOST_STRETCH:
        return ""
    there, here = crs_label(given), crs_label(own)
    return f"lengths are geodesic: {there} draws them up to {_times(scale)} here, so the graph is in {here}"


def _times(scale: float) -> str:
    return f"{scale:.2f} times too {'long' if scale > 1.0 else 'short'}"
