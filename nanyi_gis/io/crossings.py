"""What validity and repair of an outline cost: by its overlaps and crossings with itself, not by its vertices."""

import weakref
from functools import partial

import numpy as np
import numpy.typing as npt
import shapely

from .._limits import hold

MOST_OVERLAPS = 30_000_000
"""Pairs of segments of one outline whose boxes overlap: two to three seconds of checking; a real outline of a million
vertices has two million."""

MOST_CROSSINGS = 100_000
"""Crossings of one outline with itself that are repaired; a digitised one has a few."""

_SHORT = 10_000  # vertices of an outline that is checked at once, whatever it looks like
_SHORT_BROKEN = 1_000  # vertices that cannot cross often enough to matter
_LOOKED_AT = 64
_TRIED = 500
_KNOWN: dict[int, tuple[weakref.ref[shapely.Geometry], bool]] = {}


def validity(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Return which shapes are valid, as ``shapely.is_valid``; a million needles side by side are refused.

    The time that GEOS takes goes with the pairs of segments whose boxes overlap (8e-8 s each, measured). Of an outline
    of more than 10,000 vertices they are estimated first, from 64 of its segments.

    Raises
    ------
    DataError
        If the estimate is above the limit and limits are not lifted.

    >>> validity(np.array([shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])])).tolist()
    [True, False]
    """
    large = (shapely.get_dimensions(shapes) == 2) & (shapely.get_num_coordinates(shapes) > _SHORT)
    result = np.zeros(len(shapes), dtype=bool)
    result[~large] = shapely.is_valid(shapes[~large])
    result[large] = [_is_valid(shape) for shape in shapes[large]]
    return result


def hold_crossings(broken: npt.NDArray[np.object_]) -> None:
    """Refuse invalid shapes that cross themselves so often that their repair would not end.

    Raises
    ------
    DataError
        If the estimate from 500 of a shape's segments is above the limit.
    """
    for shape in broken[shapely.get_num_coordinates(broken) > _SHORT_BROKEN]:
        crossings = _crossings(shape)
        asked = f"an outline of {shapely.get_num_coordinates(shape):,} vertices crosses itself {crossings:,} times"
        hold(asked, crossings, MOST_CROSSINGS, cure="digitise it again")


def mended(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return shapes with the invalid ones made valid; nothing is done to the others.

    Raises
    ------
    DataError
        As :func:`validity` and :func:`hold_crossings`.
    """
    result = np.array(shapes, dtype=object)
    bad = ~(validity(result) | shapely.is_missing(result))
    if bad.any():
        hold_crossings(result[bad])
        result[bad] = shapely.make_valid(result[bad])
    return result


def _is_valid(shape: shapely.Geometry) -> bool:
    """Return whether a large shape is valid; that is asked of each once, as long as it lives."""
    key = id(shape)
    if key in _KNOWN and _KNOWN[key][0]() is shape:
        return _KNOWN[key][1]
    overlaps, count = _overlaps(shape), shapely.get_num_coordinates(shape)
    asked = f"an outline of {count:,} vertices has {overlaps:,} pairs of segments side by side to be checked"
    hold(asked, overlaps, MOST_OVERLAPS, cure="simplify it")
    valid = bool(shapely.is_valid(shape))
    _KNOWN[key] = (weakref.ref(shape, partial(_forget, key)), valid)
    return valid


def _forget(key: int, gone: "weakref.ref[shapely.Geometry]") -> None:
    if key in _KNOWN and _KNOWN[key][0] is gone:
        del _KNOWN[key]


def _overlaps(shape: shapely.Geometry) -> int:
    """Return about how many pairs of segments of an outline have boxes that overlap, neighbours included.

    >>> _overlaps(shapely.box(0, 0, 1, 1))
    4
    """
    first, last = _segments(shape)
    west, south = np.minimum(first, last).T.copy()
    east, north = np.maximum(first, last).T.copy()
    looked_at = np.unique(np.linspace(0, len(first) - 1, _LOOKED_AT).astype(int))
    found = 0
    for one in looked_at:
        beside = np.flatnonzero((west <= east[one]) & (east >= west[one]))
        found += int(np.count_nonzero((south[beside] <= north[one]) & (north[beside] >= south[one]))) - 1
    return round(found * len(first) / len(looked_at) / 2)


def _crossings(shape: shapely.Geometry) -> int:
    """Return about how often the segments of a shape cross each other.

    >>> tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> _crossings(tie)
    1
    """
    segments = shapely.linestrings(np.stack(_segments(shape), axis=1))
    tried = np.unique(np.linspace(0, len(segments) - 1, _TRIED).astype(int))
    found = shapely.STRtree(segments).query(segments[tried], predicate="crosses")
    return round(int(found.shape[1]) * len(segments) / len(tried) / 2)


def _segments(shape: shapely.Geometry) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the first and last points of all segments of a shape's rings and lines."""
    parts = shapely.get_parts(shape)
    lines = shapely.get_rings(parts) if shapely.get_dimensions(shape) == 2 else parts
    points, line = shapely.get_coordinates(lines, return_index=True)
    whole = line[1:] == line[:-1]
    return points[:-1][whole], points[1:][whole]
