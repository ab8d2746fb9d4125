"""GCJ-02, BD-09 and WGS-84, and the guard that finds a shifted outline.

Chinese web maps shift their coordinates: Amap and Tencent use GCJ-02, Baidu uses BD-09 on top of
it. In the study area GCJ-02 lies about 500 m to the south-east of WGS-84, BD-09 about 1 km to the
east. CGCS2000 and WGS-84 are treated as equal, which holds to decimetres.

The formulas are the ones in general use (eviltransform, public domain, constants ``a`` and ``ee``
below). They are functions of position without a closed inverse; the inverses here iterate and
close to better than 1e-9 degrees.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj.exceptions import CRSError, ProjError

from ._validation import check_choice
from .errors import DataError, DatumError, ParameterError

Floats = npt.NDArray[np.float64]
Converter = Callable[[npt.ArrayLike, npt.ArrayLike], tuple[Floats, Floats]]
Datum = Literal["wgs84", "gcj02", "bd09"]
DATUMS: tuple[str, ...] = get_args(Datum)

SEMI_MAJOR_AXIS_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north
_BD09_FREQUENCY = np.pi * 3000.0 / 180.0
_CLOSE = 1e-13
_MOST_STEPS = 40

_SEARCH_M = 2500.0
_SPACING_M = 150.0
_MOST_SAMPLES = 2500
_LEAST_MATCH_M = 20_000.0
_ALIKE_M = 400.0  # outlines simplified by 2 km leave under 300 m, unrelated shapes over 800 m
_CLEAR_M = 60.0
_SAME_M = 150.0


def metric_crs(longitude: float, latitude: float) -> str:
    """Return the CRS in metres in use around a place: China's 3-degree Gauss-Krueger on CGCS2000, elsewhere UTM.

    Parameters
    ----------
    longitude, latitude : float
        Degrees.

    Raises
    ------
    ParameterError
        If the place is nearer to a pole than UTM reaches (84 N, 80 S), or no place at all.

    >>> metric_crs(105.4, 28.2), metric_crs(114.3, 30.6), metric_crs(24.9, 60.2), metric_crs(-70.0, -33.0)
    ('EPSG:4544', 'EPSG:4547', 'EPSG:32635', 'EPSG:32719')
    """
    if not (-180.0 <= longitude <= 180.0 and -80.0 <= latitude <= 84.0):
        raise ParameterError(f"({longitude:g}, {latitude:g}) has no metric CRS; give a place within ±180, -80 to 84")
    west, south, east, north = _CHINA
    if west <= longitude <= east and south <= latitude <= north:
        meridian = min(max(3 * round(longitude / 3.0), 75), 135)
        return f"EPSG:{4534 + (meridian - 75) // 3}"
    zone = min(int((longitude + 180.0) // 6.0) + 1, 60)
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def in_china(lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    """Return which places lie in the box to which GCJ-02 is applied.

    >>> in_china(np.array([105.4, 24.9]), np.array([28.2, 60.2])).tolist()
    [True, False]
    """
    west, south, east, north = _CHINA
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS-84 degrees to GCJ-02; points outside China stay as they are.

    Parameters
    ----------
    lon, lat : array-like
        Degrees, of shapes that broadcast. NaN stays NaN.

    Returns
    -------
    tuple of arrays
        Longitude and latitude in GCJ-02 degrees.

    Raises
    ------
    ParameterError
        If a longitude is beyond ±180 or a latitude beyond ±90 degrees.

    >>> lon, lat = wgs84_to_gcj02(105.4436, 28.1691)
    >>> round(float(lon) - 105.4436, 4), round(float(lat) - 28.1691, 4)
    (0.0036, -0.0033)
    """
    return _where_china(_add_gcj02, lon, lat)


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 degrees back to WGS-84 by iteration; points outside China stay as they are.

    Arguments, result and errors as in :func:`wgs84_to_gcj02`.

    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(105.4436, 28.1691))
    >>> bool(abs(lon - 105.4436) < 1e-9), bool(abs(lat - 28.1691) < 1e-9)
    (True, True)
    """
    return _where_china(_inverse(_add_gcj02), lon, lat)


def gcj02_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift GCJ-02 degrees to Baidu's BD-09.

    Arguments, result and errors as in :func:`wgs84_to_gcj02`.

    >>> lon, lat = gcj02_to_bd09(105.0, 28.0)
    >>> round(float(lon), 3), round(float(lat), 3)
    (105.006, 28.006)
    """
    return _where_china(_add_bd09, lon, lat)


def bd09_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift BD-09 degrees back to GCJ-02 by iteration.

    Arguments, result and errors as in :func:`wgs84_to_gcj02`.

    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09(105.0, 28.0))
    >>> bool(abs(lon - 105.0) < 1e-9), bool(abs(lat - 28.0) < 1e-9)
    (True, True)
    """
    return _where_china(_inverse(_add_bd09), lon, lat)


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift WGS-84 degrees to BD-09, through GCJ-02.

    Arguments, result and errors as in :func:`wgs84_to_gcj02`.

    >>> lon, lat = wgs84_to_bd09(105.0, 28.0)  # from GCJ-02 it is another 0.0065 and 0.006 degrees
    >>> round(float(lon), 2), round(float(lat), 2)
    (105.01, 28.0)
    """
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Shift BD-09 degrees back to WGS-84, through GCJ-02.

    Arguments, result and errors as in :func:`wgs84_to_gcj02`.

    >>> lon, lat = bd09_to_wgs84(*wgs84_to_bd09(105.0, 28.0))
    >>> bool(abs(lon - 105.0) < 1e-9), bool(abs(lat - 28.0) < 1e-9)
    (True, True)
    """
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def convert_frame(frame: gpd.GeoDataFrame, *, source: str) -> gpd.GeoDataFrame:
    """Return a copy of ``frame`` with its geometries shifted from ``source`` to WGS-84.

    Parameters
    ----------
    frame : GeoDataFrame
        Any geometries with a CRS; heights and the CRS are kept.
    source : str
        ``gcj02``, ``bd09``, or ``wgs84`` (no shift).

    Raises
    ------
    ParameterError
        If ``source`` is none of these.
    DataError
        If the frame has no CRS.

    Examples
    --------
    >>> points = gpd.points_from_xy(*wgs84_to_bd09([105.4], [28.2]))
    >>> point = gpd.GeoDataFrame(geometry=points, crs=4326)
    >>> back = convert_frame(point, source="bd09").geometry[0]
    >>> round(back.x, 6), round(back.y, 6)
    (105.4, 28.2)
    """
    check_choice(source, DATUMS, name="datum")
    return _converted(frame, _TO_WGS84.get(source))


def shift_frame(frame: gpd.GeoDataFrame, *, target: str) -> gpd.GeoDataFrame:
    """Return a copy of a WGS-84 ``frame`` shifted to ``target``: the inverse of :func:`convert_frame`.

    >>> point = gpd.GeoDataFrame(geometry=gpd.points_from_xy([105.4], [28.2]), crs=4326)
    >>> back = convert_frame(shift_frame(point, target="gcj02"), source="gcj02").geometry[0]
    >>> round(back.x, 6), round(back.y, 6)
    (105.4, 28.2)
    """
    check_choice(target, DATUMS, name="datum")
    return _converted(frame, _FROM_WGS84.get(target))


_TO_WGS84: dict[str, Converter] = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
_FROM_WGS84: dict[str, Converter] = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
LABELS = {"gcj02": "GCJ-02", "bd09": "BD-09"}


@dataclass(frozen=True)
class DatumGuess:
    """What an outline's offset from a trusted outline says about its datum.

    Attributes
    ----------
    datum : str
        ``wgs84``, ``gcj02``, ``bd09``; ``shifted`` if the outline has the right shape but an offset
        that is none of these; ``unknown`` if too little of it follows the trusted outline.
    shift_east_m, shift_north_m : float
        Offset of the outline from the trusted one in metres; NaN if unknown.
    residual_m : float
        Median distance that remains after taking the offset away; NaN if unknown.
    """

    datum: str
    shift_east_m: float
    shift_north_m: float
    residual_m: float


def guess_datum(polygons: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> DatumGuess:
    """Guess the datum of an outline from its offset to a trusted one.

    Points are set along the boundaries of ``polygons``. A translation is fitted that brings those
    within 2.5 km of the trusted boundaries onto them: iterated least squares of the distance
    normal to the nearest edge, outliers trimmed, from three starts (no offset, the GCJ-02 offset, the
    BD-09 offset). The offset with the smallest residual is compared with the three expected ones.
    Simplified outlines and single counties do.

    Parameters
    ----------
    polygons, reference : GeoDataFrame
        Polygons with a CRS; ``reference`` is on WGS-84 or CGCS2000.

    Raises
    ------
    DataError
        If one of the frames has no CRS or no polygons.

    Examples
    --------
    A county drawn on GCJ-02, beside its outline on WGS-84:

    >>> corners = shapely.box(105.2, 28.0, 105.6, 28.4).segmentize(0.01)
    >>> county = gpd.GeoDataFrame(geometry=[corners], crs=4326)
    >>> guess_datum(shift_frame(county, target="gcj02"), county).datum
    'gcj02'
    """
    if reference.crs is None:
        raise DataError("the reference has no CRS; set one, e.g. EPSG:4326")
    west, south, east, north = reference.geometry.to_crs(4326).total_bounds
    metres = metric_crs((west + east) / 2, (south + north) / 2)
    trusted = _edges(_outlines(reference, "the reference", crs=metres))
    tree = shapely.STRtree(trusted)
    points = _sampled(_outlines(polygons, "the layer", crs=metres))
    if len(points) == 0:
        return DatumGuess("unknown", np.nan, np.nan, np.nan)
    expected = {datum: _expected_offset(points, datum, crs=metres) for datum in DATUMS}
    shift, residual = np.zeros(2), np.inf
    for offset in expected.values():
        fit = _fitted_shift(points, trusted, tree, start=offset)
        if fit is not None and fit[1] < residual:
            shift, residual = fit
        if residual < _CLEAR_M:
            break
    if residual > _ALIKE_M:
        return DatumGuess("unknown", np.nan, np.nan, np.nan)
    distances = {datum: float(np.hypot(*(shift - offset))) for datum, offset in expected.items()}
    nearest = min(distances, key=lambda datum: distances[datum])
    name = nearest if distances[nearest] <= _SAME_M else "shifted"
    return DatumGuess(name, float(shift[0]), float(shift[1]), residual)


def refuse_shifted(
    frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, *, assume_datum: str | None = None
) -> gpd.GeoDataFrame:
    """Return ``frame`` on WGS-84, or refuse it if it looks shifted and nobody says how.

    Parameters
    ----------
    frame, reference : GeoDataFrame
        As in :func:`guess_datum`.
    assume_datum : str, optional
        ``gcj02`` or ``bd09`` converts from that datum; ``wgs84`` trusts the file as it is.

    Raises
    ------
    DatumError
        If no datum is assumed and the outline is offset from the trusted one.
    ParameterError
        If ``assume_datum`` is no known datum.

    Examples
    --------
    >>> county = gpd.GeoDataFrame(geometry=[shapely.box(105.2, 28.0, 105.6, 28.4).segmentize(0.01)], crs=4326)
    >>> refuse_shifted(county, county).equals(county)
    True
    >>> refuse_shifted(shift_frame(county, target="gcj02"), county)
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DatumError: ...GCJ-02...
    """
    if assume_datum is not None:
        return convert_frame(frame, source=assume_datum)
    guess = guess_datum(frame, reference)
    if guess.datum in {"wgs84", "unknown"}:
        return frame.copy()
    offset = f"{np.hypot(guess.shift_east_m, guess.shift_north_m):.0f} m"
    parts = f"{_signed(guess.shift_east_m, 'east', 'west')}, {_signed(guess.shift_north_m, 'north', 'south')}"
    if guess.datum == "shifted":
        raise DatumError(
            f"the boundary is offset from ours by {offset} ({parts}), as no known datum is; "
            "correct it, or use --assume-datum wgs84 to take it as it is"
        )
    raise DatumError(
        f"the boundary is offset from ours by {offset} ({parts}), as {LABELS[guess.datum]} is; "
        f"use --assume-datum {guess.datum} to convert it, or --assume-datum wgs84 to take it as it is"
    )


def _signed(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.0f} m {positive if value >= 0 else negative}"


def _checked(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    for values, limit, name in ((x, 180.0, "longitude"), (y, 90.0, "latitude")):
        wrong = np.abs(values) > limit
        if wrong.any():
            bad = float(values[wrong][0])
            raise ParameterError(
                f"{name} is {bad:g}, but must lie within ±{limit:g} degrees; check the order (longitude first)"
            )
    return x, y


def _where_china(convert: Converter, lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, y = _checked(lon, lat)
    inside = in_china(x, y)
    new_x, new_y = x.copy(), y.copy()
    new_x[inside], new_y[inside] = convert(x[inside], y[inside])
    return new_x, new_y


def _add_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    x, y = lon - 105.0, lat - 35.0
    root, product = np.sqrt(np.abs(x)), x * y
    common = 20.0 * (np.sin(6.0 * np.pi * x) + np.sin(2.0 * np.pi * x))

    def waves(t: Floats, wide: float, wider: float, wavelength: float) -> Floats:
        short = 20.0 * np.sin(np.pi * t) + 40.0 * np.sin(np.pi * t / 3.0)
        long = wide * np.sin(np.pi * t / 12.0) + wider * np.sin(np.pi * t / wavelength)
        result: Floats = (common + short + long) * (2.0 / 3.0)
        return result

    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y**2 + 0.1 * product + 0.2 * root + waves(y, 160.0, 320.0, 30.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x**2 + 0.1 * product + 0.1 * root + waves(x, 150.0, 300.0, 30.0)
    phi = np.radians(lat)
    curvature = 1.0 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    meridian = SEMI_MAJOR_AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / curvature**1.5
    parallel = SEMI_MAJOR_AXIS_M / np.sqrt(curvature) * np.cos(phi)
    return lon + np.degrees(east / parallel), lat + np.degrees(north / meridian)


def _add_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    radius = np.hypot(lon, lat) + 2e-5 * np.sin(lat * _BD09_FREQUENCY)
    angle = np.arctan2(lat, lon) + 3e-6 * np.cos(lon * _BD09_FREQUENCY)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(forward: Converter) -> Converter:
    """Return the inverse of a small shift: repeat ``x = y - (forward(x) - x)`` until it stands still."""

    def backward(lon: npt.ArrayLike, lat: npt.ArrayLike) -> tuple[Floats, Floats]:
        goal_x, goal_y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        x, y = goal_x, goal_y
        for _ in range(_MOST_STEPS):
            there_x, there_y = forward(x, y)
            step_x, step_y = goal_x - there_x, goal_y - there_y
            x, y = x + step_x, y + step_y
            if max(np.abs(step_x).max(initial=0.0), np.abs(step_y).max(initial=0.0)) < _CLOSE:
                break
        return x, y

    return backward


def _converted(frame: gpd.GeoDataFrame, convert: Converter | None) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise DataError("the layer has no CRS; set one, e.g. EPSG:4326, before shifting its datum")
    if convert is None:
        return frame.copy()
    geographic = frame.geometry.to_crs(4326)
    shapes = np.array(geographic.values)
    for has_z in (False, True):
        chosen = shapely.has_z(shapes) == has_z
        coordinates = shapely.get_coordinates(shapes[chosen], include_z=has_z)
        coordinates[:, 0], coordinates[:, 1] = convert(coordinates[:, 0], coordinates[:, 1])
        shapes[chosen] = shapely.set_coordinates(shapes[chosen], coordinates)
    shifted = gpd.GeoSeries(shapes, index=frame.index, crs=4326).to_crs(frame.crs)
    return frame.set_geometry(shifted)


def _outlines(frame: gpd.GeoDataFrame, what: str, *, crs: str) -> npt.NDArray[np.object_]:
    if frame.crs is None:
        raise DataError(f"{what} has no CRS; set one, e.g. EPSG:4326")
    try:
        shapes = frame.geometry.to_crs(crs).values
    except (ProjError, CRSError) as error:  # there is none from another planet
        raise DataError(f"{what} is in a CRS from which there is no way to {crs}; set the CRS that it is in") from error
    if not np.isfinite(shapely.get_coordinates(np.asarray(shapes))).all():
        raise DataError(f"{what} reaches beyond where {crs} can show it; clip it, or check its CRS")
    polygons = shapes[shapely.get_dimensions(shapes) == 2]
    if len(polygons) == 0:
        raise DataError(f"{what} holds no polygons; give an outline as polygons")
    lines: npt.NDArray[np.object_] = shapely.get_rings(shapely.get_parts(np.array(polygons)))
    return lines


def _edges(rings: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return each straight edge of the rings once."""
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    pairs = np.stack([coordinates[:-1][joined], coordinates[1:][joined]], axis=1)
    pairs = pairs[np.any(pairs[:, 0] != pairs[:, 1], axis=1)]
    lines: npt.NDArray[np.object_] = shapely.linestrings(pairs)
    return lines


def _sampled(rings: npt.NDArray[np.object_]) -> Floats:
    """Return points along the rings, evenly spaced, as rows of east and north."""
    lengths = shapely.length(rings)
    spacing = max(_SPACING_M, float(lengths.sum()) / _MOST_SAMPLES)
    counts = np.floor(lengths / spacing).astype(int)
    if not counts.sum():
        return np.empty((0, 2))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    # one scale of lengths over all rings, a metre between two of them, so that a ring of a million vertices costs
    # no more than it has
    steps = np.hypot(*np.diff(coordinates, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(np.where(np.diff(ring) > 0, 1.0, steps))])
    starts = along[np.searchsorted(ring, np.arange(len(rings)))]
    wanted = np.concatenate([start + np.arange(count) * spacing for start, count in zip(starts, counts, strict=True)])
    return np.column_stack([np.interp(wanted, along, axis) for axis in coordinates.T])


def _expected_offset(points: Floats, datum: str, *, crs: str) -> Floats:
    """Return the mean offset in metres that ``datum`` gives to points around here."""
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=crs)
    there = shapely.get_coordinates(convert_frame(frame, source=datum).geometry.values)
    offset: Floats = np.mean(points - there, axis=0)
    return offset


def _fitted_shift(
    points: Floats, edges: npt.NDArray[np.object_], tree: shapely.STRtree, *, start: Floats
) -> tuple[Floats, float] | None:
    """Return the offset of ``points`` from the edges and the median distance left, or None without a match."""
    spacing = _SPACING_M
    if len(points) > 1:
        spacing = max(spacing, float(np.median(np.hypot(*np.diff(points, axis=0).T))))
    shift = np.array(start, dtype=np.float64)
    residual = np.inf
    for _ in range(25):
        moved = points - shift
        nearest = tree.nearest(shapely.points(moved))
        foot = shapely.get_coordinates(shapely.shortest_line(shapely.points(moved), edges[nearest]))[1::2]
        gap = moved - foot
        distance = np.hypot(gap[:, 0], gap[:, 1])
        near = distance < _SEARCH_M
        if near.sum() * spacing < _LEAST_MATCH_M:
            return None
        residual = float(np.median(distance[near]))
        kept = near & (distance <= 4.0 * residual + 1.0)
        ends = shapely.get_coordinates(edges[nearest[kept]]).reshape(-1, 2, 2)
        along = ends[:, 1] - ends[:, 0]
        normal = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(along[:, 0], along[:, 1])[:, None]
        step = np.linalg.lstsq(normal, np.sum(normal * gap[kept], axis=1), rcond=None)[0]
        shift = shift + step
        if np.hypot(*step) < 0.05:
            break
    return shift, residual
