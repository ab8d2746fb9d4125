"""Whether points and roads, or two layers of one place, are on different datums: GCJ-02 or BD-09 against WGS-84.

Points that belong on roads tell it, and so do known places by their names. Only a clear case is suspected: a layer
that merely lies off the other by some hundred metres is left alone.
"""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from .datum import LABELS, convert_frame, in_china, metric_crs, shift_frame
from .errors import DataError

Floats = npt.NDArray[np.float64]

LEAST_SAMPLES = 8
"""Fewer places than this, one in each square kilometre, tell nothing."""
LEAST_NAMES = 5
"""Fewer places known by name than this tell nothing."""

_CELL_M = 1000.0
_MOST_SAMPLES = 400
_REACH_M = 2500.0
_THIRD, _HALF = 1.0 / 3.0, 0.5
_SHARPER = 4.0  # how many times the distance that is left the shift must be
_PARALLEL = 0.9  # mean resultant length of the directions to the reference, doubled: 1 if all are one
_ERRORS = 4.0  # and how many standard errors


@dataclass(frozen=True)
class Suspicion:
    """What speaks for a shift between two layers.

    Attributes
    ----------
    datum : str
        ``gcj02`` or ``bd09``, on which one layer seems to be while the other is on WGS-84.
    of_reference : bool
        Whether it is the reference that is shifted, and not the layer.
    before_m, after_m : float
        Median distance of the layer from the reference in metres, as it is and once converted.
    samples : int
        Number of places that tell it.
    """

    datum: str
    of_reference: bool
    before_m: float
    after_m: float
    samples: int

    def words(self, layer: str, reference: str) -> str:
        """Return a sentence for a note.

        >>> Suspicion("gcj02", False, 431.0, 12.0, 20).words("shops.gpkg", "roads.gpkg").split("; ")[0]
        'shops.gpkg seems to be on GCJ-02: 20 places lie 431 m off roads.gpkg (median), 12 m if converted'
        """
        shifted, other = (reference, layer) if self.of_reference else (layer, reference)
        return (
            f"{shifted} seems to be on {LABELS[self.datum]}: {self.samples} places lie {self.before_m:.0f} m off "
            f"{other} (median), {self.after_m:.0f} m if converted; check its datum, and convert it, "
            f'e.g. by nanyi_gis.datum.convert_frame(frame, source="{self.datum}")'
        )


def suspect_shift(layer: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> Suspicion | None:
    """Suspect a shift between points, or the vertices of lines, and the roads on which they should lie.

    Four hypotheses stand beside the layers as they are: the layer is on GCJ-02 or on BD-09, or the reference is. For
    each the layer is moved, and the distances to the nearest shape of the reference are compared. One is suspected if
    the median falls to a third or less and the upper quartile to a half, at least three of four places come nearer by
    half, the shift is four times the median left or more, and the ways to the reference do not all point one way (else
    whatever lies along one straight road would look shifted). Of places within a square kilometre one counts; there
    must be eight. In a dense net of streets nothing can be told: everything lies near a street.

    Parameters
    ----------
    layer, reference : GeoDataFrame
        With a CRS, in any projection; places outside China do not count.

    Returns
    -------
    Suspicion or None
        None also where there are too few places to tell.

    Raises
    ------
    DataError
        If one of them has no CRS.

    Examples
    --------
    Ten hamlets on ten lanes 3 km apart that bend in the middle, the hamlets from an Amap map:

    >>> at = [0.03 * i for i in range(10)]
    >>> lanes = [shapely.LineString([(105.4, 28 + y), (105.6, 28 + y), (105.6 + y, 28.6)]) for y in at]
    >>> hamlets = gpd.GeoDataFrame(geometry=[lane.interpolate(0.05 + y) for lane, y in zip(lanes, at)], crs=4326)
    >>> roads = gpd.GeoDataFrame(geometry=lanes, crs=4326)
    >>> suspect_shift(shift_frame(hamlets, target="gcj02"), roads).datum
    'gcj02'
    >>> suspect_shift(hamlets, roads) is None
    True
    """
    places = _places(layer, "the layer")
    if len(places) < LEAST_SAMPLES:
        return None
    shapes, metres = _shapes(reference, places, "the reference")
    if not len(shapes):
        return None
    start = _coordinates(places, metres)
    chosen = _one_a_cell(start)
    places, start = places.iloc[chosen], start[chosen]
    tree = shapely.STRtree(shapes)
    hypotheses = {name: _coordinates(moved, metres) for name, moved in _moved(places).items()}
    distances = {name: _distances(at, tree, shapes) for name, at in hypotheses.items()} | {
        _AS_IS: _distances(start, tree, shapes)
    }
    near = np.min(list(distances.values()), axis=0) <= _REACH_M
    if int(near.sum()) < LEAST_SAMPLES:
        return None
    distances = {name: values[near] for name, values in distances.items()}
    as_is = distances.pop(_AS_IS)
    best = min(distances, key=lambda name: float(np.median(distances[name])))
    left = distances[best]
    shift = float(np.median(np.hypot(*(hypotheses[best] - start).T)))
    if not _clear(as_is, left, shift) or _one_way(start[near], tree, shapes):
        return None
    datum, of_reference = best
    return Suspicion(datum, of_reference, float(np.median(as_is)), float(np.median(left)), len(left))


def suspect_names(layer: gpd.GeoDataFrame, known: gpd.GeoDataFrame) -> Suspicion | None:
    """Suspect a shift of points against the known places of the same name.

    ``layer`` and ``known`` have the same index: a row of each is one place. The median offset of all tells, with its
    standard error from the spread: it must be nearer to the offset of GCJ-02 or BD-09 than to none by four standard
    errors, and leave less than half of it.

    >>> at = [(105.2 + 0.1 * i, 28.0 + 0.05 * i) for i in range(6)]
    >>> known = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*zip(*at)), crs=4326)
    >>> suspect_names(shift_frame(known, target="bd09"), known).datum, suspect_names(known, known)
    ('bd09', None)
    """
    there = _places(layer, "the layer", every=True)
    if len(there) < LEAST_NAMES:
        return None
    metres = _metres(there)
    at, wanted = _coordinates(there, metres), _coordinates(known.geometry.loc[there.index].to_crs(4326), metres)
    offset = at - wanted
    middle = np.median(offset, axis=0)
    spread = 1.4826 * np.median(np.abs(offset - middle), axis=0)  # the standard deviation, if it is a normal one
    error = 1.2533 * float(np.hypot(*spread)) / np.sqrt(len(offset))
    found: list[tuple[float, float, float, str]] = []
    for datum in ("gcj02", "bd09"):
        back = _coordinates(convert_frame(gpd.GeoDataFrame(geometry=there), source=datum).geometry, metres)
        left = float(np.hypot(*np.median(back - wanted, axis=0)))
        size = float(np.median(np.hypot(*(at - back).T)))
        found.append((left, size, float(np.median(np.hypot(*(back - wanted).T))), datum))
    left, size, after, datum = min(found)
    if size < _ERRORS * error or left > _HALF * min(float(np.hypot(*middle)), size):
        return None
    return Suspicion(datum, False, float(np.median(np.hypot(*offset.T))), after, len(offset))


_AS_IS = ("wgs84", False)


def _moved(places: gpd.GeoSeries) -> dict[tuple[str, bool], gpd.GeoSeries]:
    """Return the places under each hypothesis: converted, or shifted to where a shifted reference has them."""
    frame = gpd.GeoDataFrame(geometry=places)
    found = {}
    for datum in ("gcj02", "bd09"):
        found[datum, False] = convert_frame(frame, source=datum).geometry
        found[datum, True] = shift_frame(frame, target=datum).geometry
    return found


def _clear(as_is: Floats, left: Floats, shift: float) -> bool:
    median, upper = (float(np.quantile(left, share)) for share in (0.5, 0.75))
    nearer = float(np.mean(left <= _HALF * as_is))
    return bool(
        median <= _THIRD * float(np.median(as_is))
        and upper <= _HALF * float(np.quantile(as_is, 0.75))
        and nearer >= 0.75
        and _SHARPER * median <= shift
    )


def _one_way(at: Floats, tree: shapely.STRtree, shapes: npt.NDArray[np.object_]) -> bool:
    """Tell whether the nearest shapes all lie in one direction, or the opposite one."""
    points = shapely.points(at)
    ends = shapely.get_coordinates(shapely.shortest_line(points, shapes[tree.nearest(points)]))
    x, y = (ends[1::2] - ends[::2]).T
    return bool(np.abs(np.exp(2j * np.arctan2(y, x)).mean()) > _PARALLEL)


def _places(layer: gpd.GeoDataFrame, name: str, *, every: bool = False) -> gpd.GeoSeries:
    """Return points of a layer in degrees that lie in China: points as they are, of lines some vertices."""
    if layer.crs is None:
        raise DataError(f"{name} has no CRS; set one, e.g. EPSG:4326")
    shapes = np.asarray(layer.geometry.values)
    usable = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    shapes, index = shapes[usable], layer.index[usable]
    if (shapely.get_type_id(shapes) != 0).any():
        if every:
            shapes = shapely.centroid(shapes)
        else:
            coordinates = shapely.get_coordinates(shapes)
            shapes = shapely.points(coordinates[_spread(len(coordinates), 20 * _MOST_SAMPLES)])
            index = None
    points = gpd.GeoSeries(shapes, index=index, crs=layer.crs).to_crs(4326)
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    return points[in_china(lon, lat)]


def _shapes(reference: gpd.GeoDataFrame, places: gpd.GeoSeries, name: str) -> tuple[npt.NDArray[np.object_], str]:
    """Return the shapes of the reference that can be shown around the places, and the CRS in metres there."""
    if reference.crs is None:
        raise DataError(f"{name} has no CRS; set one, e.g. EPSG:4326")
    metres = _metres(places)
    shapes = np.asarray(reference.geometry.to_crs(metres).values)
    bounds = shapely.bounds(shapes)
    return shapes[np.isfinite(bounds).all(axis=1)], metres


def _metres(places: gpd.GeoSeries) -> str:
    return metric_crs(float(np.median(places.x)), float(np.median(places.y)))


def _coordinates(places: gpd.GeoSeries, crs: str) -> Floats:
    return np.asarray(shapely.get_coordinates(np.asarray(places.to_crs(crs).values)), dtype=np.float64)


def _one_a_cell(at: Floats) -> npt.NDArray[np.int64]:
    """Return the positions of the first place in each square kilometre, at most 400 spread over all."""
    finite = np.flatnonzero(np.isfinite(at).all(axis=1))
    _, first = np.unique(np.floor(at[finite] / _CELL_M), axis=0, return_index=True)
    chosen = np.sort(finite[first])
    return chosen[_spread(len(chosen), _MOST_SAMPLES)]


def _spread(count: int, most: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).astype(np.int64))


def _distances(at: Floats, tree: shapely.STRtree, shapes: npt.NDArray[np.object_]) -> Floats:
    points = shapely.points(at)
    return np.asarray(shapely.distance(points, shapes[tree.nearest(points)]), dtype=np.float64)
