"""How often an outline crosses itself: repair takes time and memory by the crossings, not by the vertices."""

import numpy as np
import numpy.typing as npt
import shapely

from .._limits import hold

MOST_CROSSINGS = 100_000
"""Crossings of one outline with itself that are repaired; a digitised one has a few."""

_SHORT = 1_000  # vertices that cannot cross often enough to matter
_TRIED = 500


def hold_crossings(shapes: npt.NDArray[np.object_]) -> None:
    """Refuse invalid shapes that cross themselves so often that their repair would not end.

    Raises
    ------
    DataError
        If the estimate from 500 of a shape's segments is above the limit.
    """
    for shape in shapes[shapely.get_num_coordinates(shapes) > _SHORT]:
        if not shapely.is_valid(shape):
            crossings = _crossings(shape)
            asked = f"an outline of {shapely.get_num_coordinates(shape):,} vertices crosses itself {crossings:,} times"
            hold(asked, crossings, MOST_CROSSINGS, cure="digitise it again")


def _crossings(shape: shapely.Geometry) -> int:
    """Return about how often the segments of a shape cross each other.

    >>> tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> _crossings(tie)
    1
    """
    lines = shapely.get_parts(shapely.boundary(shapely.get_parts(shape)))
    points, line = shapely.get_coordinates(lines, return_index=True)
    whole = line[1:] == line[:-1]
    segments = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)[whole])
    tried = np.unique(np.linspace(0, len(segments) - 1, _TRIED).astype(int))
    found = shapely.STRtree(segments).query(segments[tried], predicate="crosses")
    return round(int(found.shape[1]) * len(segments) / len(tried) / 2)
