"""Whether coordinates can be where their CRS puts them, and if not, the likely cause.

The checks know no place on the earth but the CRS's own area of use: a box of coordinates must be finite, within
±180 and ±90 degrees, and meet that area or come within ten degrees of it. Where it does not, each likely cause is
tried in turn and the one that mends the box is named.
"""

from collections.abc import Iterator
from functools import cache
from typing import TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError, ProjError

from .._transformers import crs_to_crs
from ..errors import DataError
from .crossings import mended

Bounds = tuple[float, float, float, float]
Floats = npt.NDArray[np.float64]
Placeable = TypeVar("Placeable", gpd.GeoDataFrame, gpd.GeoSeries, shapely.Geometry, Bounds)

_MARGIN = 10.0  # degrees round the area of use: whole provinces are drawn in one zone of three degrees
_ZONE_MARGIN = 0.5  # degrees over a zone's edge, for what its number says
_POLEWARD = 45.0  # a drawing of one's own round (0, 0) is taken, though no zone is meant for the equator
_MOST_KILOMETRES = 60_000.0
_DRAWING_M = 50_000.0  # how far from (0, 0) a drawing of one's own reaches
_EDGE = 1.0  # degrees over ±180 and ±90: a world grid whose cells lie on the lines
_MOST_DEGREES = 360.0
_LEAST_METRES = 1000.0
_SAMPLES = 5
_TOGETHER = 1_000  # boxes judged by the box around them first
_ROUND_TRIP_M = 1000.0
_ZONE_M = 1_000_000.0
_FALSE_EASTING_M = 500_000.0
_SIX_DEGREE, _THREE_DEGREE = range(13, 24), range(25, 46)
_FAMILIES = {"new beijing": "New Beijing", "beijing": "Beijing 1954", "xian": "Xian 1980"}
_CGCS2000 = "CGCS2000"


def diagnose(bounds: Bounds, crs: CRS) -> str | None:
    """Return why a box cannot lie where its CRS puts it, with the likely cause and its cure; None if it can.

    Parameters
    ----------
    bounds : tuple of float
        West, south, east, north in ``crs``: x and y as files have them, longitude first.
    crs : pyproj.CRS
        The CRS that the file declares.

    Returns
    -------
    str or None
        A clause to put behind the file's name.

    >>> diagnose((105.0, 27.7, 106.3, 28.5), CRS(4326)) is None
    True
    >>> diagnose((35_450_000.0, 3_060_000.0, 35_590_000.0, 3_160_000.0), CRS(4544))
    'the zone number 35 stands in its easting (x 35450000 to 35590000), but EPSG:4544 has none; set EPSG:4523'
    >>> diagnose((27.7, 105.0, 28.5, 106.3), CRS(4326))
    'its axes are swapped (x 27.7 to 28.5, y 105 to 106.3): latitude comes first; write longitude first'
    """
    flat = horizontal(crs)
    if not (flat.is_geographic or flat.is_projected):
        return f"its CRS {crs_label(crs)} is a local one without a place on the earth; set the CRS it was drawn in"
    if not np.isfinite(bounds).all():
        return "its coordinates are not finite; repair it, or check the CRS that it was projected from"
    if flat.is_projected and max(map(abs, bounds)) <= _MOST_DEGREES:
        return _degrees(bounds, flat)
    if flat.is_projected and _are_kilometres(bounds, flat):
        span = _span(bounds)
        return f"its coordinates ({span}) look like kilometres, but its CRS {crs_label(crs)} is in metres; convert"
    foreign = next(_other_zones(bounds, flat), None)
    if _fits(bounds, flat, margin=_MARGIN if foreign is None else _MARGIN / 2.0, poleward=_POLEWARD):
        return None
    return (_metres if flat.is_geographic else _projected)(bounds, flat)


def placed(data: Placeable, crs: CRS | str | int | None, *, name: str) -> Placeable:
    """Return data in ``crs`` if their coordinates can be: finite, and within reach of the CRS's area of use.

    Parameters
    ----------
    data : GeoDataFrame, GeoSeries, geometry or tuple of float
        A frame is checked in its own CRS, projected to ``crs`` (None: it stays in its own) and checked there;
        a geometry or a box (west, south, east, north) is in ``crs`` already.
    crs : CRS
        See above.
    name : str
        What the message calls the data, e.g. the file's name.

    Raises
    ------
    DataError
        If they cannot be; the message names the cause that fits and its cure.

    >>> placed((500.0, 100.0, 500.0, 100.0), 4326, name="points.geojson")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: points.geojson: its coordinates (x 500, y 100) are no degrees; check the CRS
    """
    if isinstance(data, (gpd.GeoDataFrame, gpd.GeoSeries)):
        moved: Placeable = _placed_frame(data, crs, name)
        return moved
    west, south, east, north = data.bounds if isinstance(data, shapely.Geometry) else data
    _refuse(diagnose((west, south, east, north), CRS.from_user_input(crs)), name)
    return data


def misplaced(geometry: gpd.GeoSeries) -> npt.NDArray[np.bool_]:
    """Return which geometries cannot lie where their CRS puts them; missing and empty ones are none of these."""
    crs = geometry.crs
    boxes = shapely.bounds(np.asarray(geometry.values))
    there = ~(shapely.is_missing(geometry.values) | shapely.is_empty(geometry.values))
    if not there.any() or diagnose(_around(boxes[there]), crs) is None:
        return np.zeros(len(geometry), dtype=bool)
    bad = np.zeros(len(geometry), dtype=bool)
    for some in np.array_split(np.flatnonzero(there), max(len(boxes) // _TOGETHER, 1)):
        if len(some) and diagnose(_around(boxes[some]), crs) is not None:
            bad[some] = [diagnose(tuple(box), crs) is not None for box in boxes[some]]
    return bad


def near(shapes: gpd.GeoSeries, bounds: Bounds, crs: CRS | str | int) -> gpd.GeoSeries:
    """Return shapes cut off far from a box in ``crs``: what that CRS may not be able to show of a world layer.

    The reach is the box's own length on every side. Shapes within it stay as they are, and all do where the box cannot
    be told in the shapes' CRS. Areas stay areas; what is cut is made valid first.
    """
    try:
        there = crs_to_crs(crs, shapes.crs).transform_bounds(*bounds, densify_pts=21)
    except ProjError:
        return shapes
    west, south, east, north = there
    if not np.isfinite(there).all() or west >= east:
        return shapes
    reach = max(east - west, north - south)
    around = shapely.box(west - reach, south - reach, east + reach, north + reach)
    given = np.asarray(shapes.values)
    boxes = shapely.bounds(given)
    inside = (boxes[:, :2] >= (west - reach, south - reach)) & (boxes[:, 2:] <= (east + reach, north + reach))
    far = ~(shapely.is_missing(given) | shapely.is_empty(given)) & ~inside.all(axis=1)
    if not far.any():
        return shapes
    kept = given.copy()
    area = far & (shapely.get_dimensions(given) == 2)
    kept[area] = mended(given[area])
    kept[far] = [_cut(shape, around) for shape in kept[far]]
    return gpd.GeoSeries(kept, index=shapes.index, crs=shapes.crs)


def _cut(shape: shapely.Geometry, around: shapely.Polygon) -> shapely.Geometry:
    if shapely.get_dimensions(shape) < 2:
        return shapely.intersection(shape, around)
    parts = shapely.get_parts(shapely.get_parts(shapely.intersection(shape, around)))
    return shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])


def is_drawing(bounds: Bounds, crs: CRS) -> bool:
    """Tell a drawing of one's own round (0, 0) from a place on the earth: near it, and where its CRS is not meant for.

    >>> is_drawing((0.0, 0.0, 900.0, 400.0), CRS(4544)), is_drawing((0.0, 0.0, 900.0, 400.0), CRS(3857))
    (True, False)
    """
    flat = horizontal(crs)
    near_zero = flat.is_projected and max(map(abs, bounds)) <= _DRAWING_M
    return bool(near_zero) and not _fits(bounds, flat, margin=0.0)


def _placed_frame(frame: gpd.GeoDataFrame, crs: CRS | str | int | None, name: str) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise DataError(f"{name} has no CRS; set one, e.g. EPSG:4326")
    shapes = np.asarray(frame.geometry.values)
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    if there.any():
        _refuse(diagnose(_around(shapely.bounds(shapes[there])), frame.crs), name)
    if crs is None:
        return frame
    try:
        moved = frame.to_crs(crs)
    except (ProjError, CRSError) as error:
        raise DataError(f"{name} cannot be projected from {crs_label(frame.crs)}; set the CRS it is in") from error
    if there.any() and not np.isfinite(shapely.bounds(np.asarray(moved.geometry.values)[there])).all():
        target = crs_label(CRS.from_user_input(crs))
        raise DataError(f"{name} reaches beyond where {target} can show it; clip it to the area that is needed")
    return moved


def _refuse(diagnosis: str | None, name: str) -> None:
    if diagnosis is not None:
        raise DataError(f"{name}: {diagnosis}")


def _around(boxes: Floats) -> Bounds:
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _degrees(bounds: Bounds, crs: CRS) -> str:
    west, south, east, north = bounds
    swapped = max(abs(south), abs(north)) > 90.0 >= max(abs(west), abs(east))
    order = ", latitude first" if swapped else ""
    cure = "set EPSG:4326 and write longitude first" if swapped else "set the CRS they are in, e.g. EPSG:4326"
    return (
        f"its coordinates ({_span(bounds)}) look like degrees{order}, but its CRS {crs_label(crs)} is in metres; {cure}"
    )


def _are_kilometres(bounds: Bounds, crs: CRS) -> bool:
    """Tell whether a box lies wholly in the CRS's area of use a thousand times larger, and not as it is."""
    area = _area(crs)
    if area is None or max(map(abs, bounds)) > _MOST_KILOMETRES or _fits(bounds, crs, margin=0.0):
        return False
    west, south, east, north = (1000.0 * value for value in bounds)
    lon, lat = _geographic((west, south, east, north), crs)
    if lon.size < _SAMPLES**2:
        return False
    first, low, last, high = area
    return bool(lon.min() >= first - 1 and lon.max() <= last + 1 and lat.min() >= low - 1 and lat.max() <= high + 1)


def _metres(bounds: Bounds, crs: CRS) -> str:
    """Return the cause for a box that its geographic CRS cannot have."""
    west, south, east, north = bounds
    if _fits((south, west, north, east), crs, margin=_MARGIN):
        return f"its axes are swapped ({_span(bounds)}): latitude comes first; write longitude first"
    for turns in (-360.0, 360.0):
        # the east end alone tells: a grid of 0 to 360 degrees turns into one of -360 to 0
        if _fits((max(west + turns, -180.0), south, east + turns, north), crs, margin=_MARGIN):
            sign = "+" if turns < 0 else "-"
            return f"its longitude is {sign} 360 degrees ({_span(bounds)}); write it within ±180 degrees"
    if max(map(abs, bounds)) < _LEAST_METRES:
        return f"its coordinates ({_span(bounds)}) are no degrees; check the CRS"
    zone = next((found for found in _numbered(bounds, crs)), None)
    if zone is not None:
        return (
            f"its coordinates ({_span(bounds)}) are metres with the zone number {int(west // _ZONE_M)}, "
            f"but its CRS {crs_label(crs)} is in degrees; set {crs_label(zone)}"
        )
    return (
        f"its coordinates ({_span(bounds)}) look like metres, but its CRS {crs_label(crs)} is in degrees; "
        "set the projected CRS they are in"
    )


def _projected(bounds: Bounds, crs: CRS) -> str:
    """Return the cause for a box that its projected CRS cannot have."""
    west, south, east, north = bounds
    turned = (south, west, north, east)
    for box, swap in ((bounds, ""), (turned, "its axes are swapped and ")):
        other = next(_other_zones(box, crs), None)
        if other is None:
            continue
        cure = f"set {crs_label(other)}" + (" and write the easting first" if swap else "")
        number, own = int(box[0] // _ZONE_M), _zone(crs)
        span = f"x {box[0]:.0f} to {box[2]:.0f}"
        if not number:
            return f"{swap}its easting ({span}) lacks the zone number {own} that {crs_label(crs)} has; {cure}"
        has = f"has {own}" if own else "has none"
        return f"{swap}the zone number {number} stands in its easting ({span}), but {crs_label(crs)} {has}; {cure}"
    if _fits(turned, crs, margin=_MARGIN / 2.0):
        return f"its axes are swapped ({_span(bounds)}): northing comes first; write easting first"
    return f"its coordinates ({_span(bounds)}) lie outside the area of its CRS {crs_label(crs)}; check the CRS"


def _fits(bounds: Bounds, crs: CRS, *, margin: float, poleward: float | None = None) -> bool:
    """Tell whether a box lies on the earth and within ``margin`` degrees of the CRS's area of use.

    ``poleward`` is the margin to the north and south, if it is another one.
    """
    west, south, east, north = bounds
    if crs.is_geographic:
        factor = _degrees_per_unit(crs)
        lon, lat = np.array([west, east]) * factor, np.array([south, north]) * factor
        if west > east or np.abs(lon).max() > 180.0 + _EDGE or np.abs(lat).max() > 90.0 + _EDGE:
            return False
    else:
        lon, lat = _geographic(bounds, crs)
    area = _area(crs)
    if not lon.size or area is None:
        return bool(lon.size)
    first, low, last, high = area
    over = margin if poleward is None else poleward
    if first > last:  # the area crosses ±180
        lon, last = np.where(lon < first - margin, lon + 360.0, lon), last + 360.0
    return bool(
        lon.max() >= first - margin
        and lon.min() <= last + margin
        and lat.max() >= low - over
        and lat.min() <= high + over
    )


def _geographic(bounds: Bounds, crs: CRS) -> tuple[Floats, Floats]:
    """Return those points of a net over the box that have a place on the earth, as degrees."""
    net = np.meshgrid(np.linspace(bounds[0], bounds[2], _SAMPLES), np.linspace(bounds[1], bounds[3], _SAMPLES))
    x, y = net[0].ravel(), net[1].ravel()
    try:
        there = crs_to_crs(crs, crs.geodetic_crs)
        lon, lat = there.transform(x, y)
        back_x, back_y = there.transform(lon, lat, direction="INVERSE")
    except ProjError:
        return np.empty(0), np.empty(0)
    metres = crs.axis_info[0].unit_conversion_factor or 1.0
    with np.errstate(invalid="ignore"):
        away = np.hypot(back_x - x, back_y - y) * metres
    known = np.isfinite(lon) & np.isfinite(lat) & (away < _ROUND_TRIP_M)
    return lon[known], lat[known]


def _area(crs: CRS) -> Bounds | None:
    """Return the area of use in degrees; for a transverse Mercator without one, the zone of six degrees."""
    area = _area_of_use(crs)
    if area is not None:
        return area
    meridian = _parameters(crs).get("Longitude of natural origin")
    if meridian is None or not _is_transverse(crs):
        return None
    return meridian - 3.0, -80.0, meridian + 3.0, 84.0


@cache
def _area_of_use(crs: CRS) -> Bounds | None:
    """Return the area of use; where the CRS came as a text without one, that of its EPSG code."""
    area = crs.area_of_use
    if area is None:
        code = crs.to_epsg()
        area = None if code is None else CRS.from_epsg(code).area_of_use
    return None if area is None else (area.west, area.south, area.east, area.north)


def _other_zones(bounds: Bounds, crs: CRS) -> Iterator[CRS]:
    """Yield the Gauss-Krüger CRS that the easting's zone number speaks for, where it is not the CRS's own."""
    own = _zone(crs)
    if own is not None and 0.0 <= bounds[0] <= bounds[2] < _ZONE_M:
        other = _gauss_kruger(_family(crs), own, number=False)
        if other is not None and _fits(bounds, other, margin=_MARGIN, poleward=2.0 * _MARGIN):
            yield other
    elif crs.is_projected and own != bounds[0] // _ZONE_M:
        yield from _numbered(bounds, crs)


def _numbered(bounds: Bounds, crs: CRS) -> Iterator[CRS]:
    """Yield the CRS of the zone whose number stands in the easting, if the box then lies in that zone."""
    zone = int(bounds[0] // _ZONE_M)
    if zone == bounds[2] // _ZONE_M:
        other = _gauss_kruger(_family(crs), zone, number=True)
        if other is not None and _fits(bounds, other, margin=_ZONE_MARGIN, poleward=2.0 * _MARGIN):
            yield other


def _zone(crs: CRS) -> int | None:
    """Return the zone number in a Gauss-Krüger CRS's false easting, None if it has none."""
    easting = _parameters(crs).get("False easting", 0.0)
    zone = int(easting // _ZONE_M)
    return zone if zone and _is_transverse(crs) and easting == zone * _ZONE_M + _FALSE_EASTING_M else None


def _gauss_kruger(family: str, zone: int, *, number: bool) -> CRS | None:
    """Return the EPSG code of a Chinese zone: 13 to 23 are of six degrees, 25 to 45 of three."""
    if zone in _THREE_DEGREE:
        degrees, meridian = "3-degree ", 3 * zone
    elif zone in _SIX_DEGREE:
        degrees, meridian = "", 6 * zone - 3
    else:
        return None
    tail = f"zone {zone}" if number else f"CM {meridian}E"
    code = _codes().get(f"{family} / {degrees}Gauss-Kruger {tail}")
    return None if code is None else CRS.from_epsg(code)


@cache
def _codes() -> dict[str, int]:
    found = query_crs_info(auth_name="EPSG", pj_types=PJType.PROJECTED_CRS)
    return {info.name: int(info.code) for info in found if "Gauss-Kruger" in info.name}


def _family(crs: CRS) -> str:
    """Return the Chinese datum of a CRS, CGCS2000 if it is none of the older ones."""
    base = crs.geodetic_crs
    name = "" if base is None else base.name.casefold().replace("_", " ")
    return next((family for word, family in _FAMILIES.items() if word in name), _CGCS2000)


def _parameters(crs: CRS) -> dict[str, float]:
    operation = crs.coordinate_operation
    return (
        {} if operation is None else {one.name: float(one.value) for one in operation.params if _is_number(one.value)}
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _is_transverse(crs: CRS) -> bool:
    operation = crs.coordinate_operation
    return operation is not None and operation.method_name in {"Transverse Mercator", "Gauss-Kruger", "Gauss Kruger"}


def horizontal(crs: CRS) -> CRS:
    """Return the part of a CRS that places x and y: without shifts of datum and without heights."""
    while True:
        if crs.is_bound and crs.source_crs is not None:
            crs = crs.source_crs
        elif crs.sub_crs_list:
            crs = crs.sub_crs_list[0]
        else:
            return crs


def _degrees_per_unit(crs: CRS) -> float:
    factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 0.0
    return float(np.degrees(factor)) if factor else 1.0


def _span(bounds: Bounds) -> str:
    west, south, east, north = bounds
    return ", ".join(
        f"{axis} {_short(low)}" + ("" if low == high else f" to {_short(high)}")
        for axis, low, high in (("x", west, east), ("y", south, north))
    )


def _short(value: float) -> str:
    return f"{value:.6g}" if abs(value) < _LEAST_METRES or abs(value) >= 1e12 else f"{value:.0f}"


def crs_label(crs: CRS) -> str:
    """Return authority and code of a CRS, or its name, cut to 50 characters."""
    authority = crs.to_authority()
    name = ":".join(authority) if authority else str(crs.name)
    return name if len(name) <= 50 else f"{name[:47]}..."
