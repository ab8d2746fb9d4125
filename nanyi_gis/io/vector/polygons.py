"""Polygons that overlap themselves, repaired and told."""

import os

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ...errors import DataError
from ..crossings import hold_crossings, validity
from .read import read_vector

FLAT = "polygons without area"


def read_zones(path: str | os.PathLike[str], *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read the polygons of a file (points and lines are left out and told), those that are invalid repaired.

    As :func:`read_vector`; ``attrs["notes"]`` tells how many were repaired.
    """
    return repaired(read_vector(path, layer=layer, kind="polygon"))


def repaired(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return polygons of which none crosses or covers itself, with a note of how many were repaired.

    A bow-tie becomes its two triangles; parts that overlap, and rings drawn twice, count once. What has no area is left
    out and counted in ``attrs["left_out"]``.

    Raises
    ------
    DataError
        If no polygon has an area.

    >>> tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> mended = repaired(gpd.GeoDataFrame({"name": ["tie"]}, geometry=[tie], crs=4544))
    >>> float(mended.area.sum()), mended.attrs["notes"]
    (2.0, ['1 of 1 polygons cross or cover themselves and were repaired, the first is row 1'])
    """
    shapes, bad = valid_polygons(frame.geometry)
    if not bad.any():
        return frame
    there = ~shapely.is_empty(shapes) | shapely.is_empty(np.asarray(frame.geometry.values))
    if not there.any():
        raise DataError(f"{frame.attrs.get('file', 'the layer')} holds only polygons without area; draw them again")
    kept = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))[there]
    mended = np.flatnonzero(bad & there)
    notes = (
        [
            f"{len(mended)} of {len(frame)} polygons cross or cover themselves and were repaired, "
            f"the first is row {mended[0] + 1}"
        ]
        if mended.size
        else []
    )
    left_out = dict(frame.attrs.get("left_out", {})) | ({} if there.all() else {FLAT: int((~there).sum())})
    kept.attrs = {**frame.attrs, "left_out": left_out, "notes": [*frame.attrs.get("notes", []), *notes]}
    return kept


def valid_polygons(geometry: gpd.GeoSeries) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    """Return the shapes with invalid ones repaired, and which those are; missing ones stay missing."""
    shapes = np.array(geometry.values, dtype=object)
    bad = ~(validity(shapes) | shapely.is_missing(shapes))
    if bad.any():
        hold_crossings(shapes[bad])
        mended = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
        shapes[bad] = mended
    return shapes, np.asarray(bad, dtype=bool)
