"""Barriers on the nodes of ways: bollards, gates and the like, where a way is parted for the modes they stop."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from .permissions import barrier_stops

COLUMN = "barriers"

_GAP_M = 0.75  # what is cut away on either side, so that no tolerance of a metre joins the parts again
_METRES_PER_DEGREE = 111_320.0
_UNITS_PER_DEGREE = 1e7  # OSM's grid
Floats = npt.NDArray[np.float64]


def with_barriers(ways: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ways in degrees with a column ``barriers``: what stands on which of their vertices, as JSON text.

    Parameters
    ----------
    nodes : GeoDataFrame
        Points with ``barrier`` and access tags, as :func:`nanyi_gis.io.read_nodes` gives them.
    """
    told = np.full(len(ways), "", dtype=object)
    if len(nodes):
        coordinates, owner = shapely.get_coordinates(ways.geometry.to_numpy(), return_index=True)
        number, spot = _spots(coordinates), _spots(shapely.get_coordinates(nodes.geometry.to_numpy()))
        at = dict(
            zip(spot.tolist(), nodes.drop(columns=[nodes.geometry.name, "osm_id"]).to_dict("records"), strict=True)
        )
        first = np.searchsorted(owner, np.arange(len(ways)))
        found: dict[int, list[dict[str, Any]]] = {}
        for vertex in np.flatnonzero(np.isin(number, spot)).tolist():
            tags = {name: value for name, value in at[int(number[vertex])].items() if value}
            way = int(owner[vertex])
            found.setdefault(way, []).append({"vertex": vertex - int(first[way]), **tags})
        for way, entries in found.items():
            told[way] = json.dumps(entries)
    return ways.assign(**{COLUMN: told})


def _spots(coordinates: Floats) -> npt.NDArray[np.int64]:
    """Return one number a place on OSM's grid."""
    x, y = np.round(coordinates * _UNITS_PER_DEGREE).astype(np.int64).T
    return np.asarray(x * 4_000_000_000 + y)


def part_at_barriers(ways: gpd.GeoDataFrame, *, mode: str) -> tuple[gpd.GeoDataFrame, dict[str, int]]:
    """Return ways parted where a barrier stops the mode, and how many barriers do, by kind.

    A node with such a barrier joins nothing: every way through it is cut, 0.75 m to either side. A layer without the
    column ``barriers`` is returned as it is. The ways may have been projected to metres, but not clipped or simplified.

    >>> way = shapely.LineString([(105.0, 28.0), (105.01, 28.0), (105.02, 28.0)])
    >>> gate = '[{"vertex": 1, "barrier": "bollard"}]'
    >>> ways = gpd.GeoDataFrame({"barriers": [gate]}, geometry=[way], crs=4326)
    >>> [(len(parted), counts) for parted, counts in (part_at_barriers(ways, mode=m) for m in ("car", "walk"))]
    [(2, {'bollard': 1}), (1, {})]
    """
    if COLUMN not in ways:
        return ways, {}
    stopped: dict[int, list[int]] = {}
    met: dict[tuple[float, float], str] = {}
    shapes = ways.geometry.to_numpy()
    for way, text in enumerate(ways[COLUMN].tolist()):
        for vertex, tags in _entries(text, shapes[way]):
            if barrier_stops(tags, mode=mode):
                stopped.setdefault(way, []).append(vertex)
                x, y = shapely.get_coordinates(shapes[way])[vertex]
                met[x, y] = tags.get("barrier", "")
    if not stopped:
        return ways, {}
    degrees = ways.crs is not None and ways.crs.is_geographic
    pieces = {
        way: _parted(shapely.get_coordinates(shapes[way]), vertices, degrees=degrees)
        for way, vertices in stopped.items()
    }
    row = np.repeat(np.arange(len(ways)), [len(pieces.get(way, [0])) for way in range(len(ways))])
    parted = ways.iloc[row].copy()
    parted.geometry = [piece for way, shape in enumerate(shapes) for piece in pieces.get(way, [shape])]
    return parted.reset_index(drop=True), dict(sorted(Counter(met.values()).items()))


def _entries(text: Any, shape: Any) -> list[tuple[int, dict[str, str]]]:
    """Return vertices and the tags of what stands there; a column of that name with other words tells none."""
    if not (isinstance(text, str) and text.startswith('[{"vertex":') and isinstance(shape, shapely.LineString)):
        return []
    try:
        found = [({str(k): str(v) for k, v in entry.items()}, int(entry["vertex"])) for entry in json.loads(text)]
    except (ValueError, TypeError, AttributeError, KeyError):
        return []
    return [(vertex, tags) for tags, vertex in found if 0 <= vertex < shapely.get_num_coordinates(shape)]


def _parted(coordinates: Floats, vertices: Iterable[int], *, degrees: bool) -> list[shapely.LineString]:
    """Return what is left of a line between the vertices at which it is cut."""
    scale = np.ones(2)
    if degrees:
        scale = _METRES_PER_DEGREE * np.array([np.cos(np.radians(coordinates[0, 1])), 1.0])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(coordinates, axis=0) * scale).T))])
    cuts = sorted({*vertices})
    starts = [0.0, *(along[cut] + _GAP_M for cut in cuts)]
    ends = [*(along[cut] - _GAP_M for cut in cuts), along[-1]]
    pieces = []
    for start, end in zip(starts, ends, strict=True):
        if end > start:
            inside = (along > start) & (along < end)
            rim = np.column_stack([np.interp([start, end], along, coordinates[:, axis]) for axis in (0, 1)])
            pieces.append(shapely.LineString(np.vstack([rim[:1], coordinates[inside], rim[1:]])))
    return pieces
