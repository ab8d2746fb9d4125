"""OpenStreetMap extracts (.osm.pbf, .osm) to nodes and edges, read by GDAL's OSM driver."""

import os
import re
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import DataError
from ..io import read_ways
from .placing import line_frame
from .speeds import Speeds

Ints = npt.NDArray[np.int64]
_TAGS = ("oneway", "junction", "bridge", "tunnel", "surface", "maxspeed", "ref")


def read_osm(path: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Return the ways with a ``highway`` tag as lines in EPSG:4326, with the tags that matter for travel.

    Raises
    ------
    DataError
        If the file is missing, broken, cut short, or holds no roads.
    """
    return read_ways(path, key="highway", tags=_TAGS)


def osm_tables(
    path: str | os.PathLike[str], *, speeds: Speeds, mode: str = "car", crs: str | None = None, simplify: bool = True
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Return nodes, edges and a report, without the classes that the mode cannot use.

    Ways meet where they share a vertex, as OSM means it; a bridge shares none with what it crosses.

    Parameters
    ----------
    simplify : bool
        Whether to keep only the ends of ways and the vertices that ways share; if not, every vertex is a node.
    """
    ways = read_osm(path)
    unknown = ~ways["highway"].isin({*speeds.speed_kmh, *speeds.no_use})
    left_out = speeds.left_out(ways["highway"], mode=mode)
    if 2 * int(unknown.sum()) <= len(ways):  # else the first of them is refused by name
        left_out |= unknown
    used = ways[~left_out & (shapely.length(ways.geometry.values) > 0)].reset_index(drop=True)
    if used.empty:
        raise DataError(f"{path} holds no ways for mode {mode!r}; give an extract with such roads")
    metric = line_frame(used, crs)
    used["_speed"] = [_speed(speeds, *pair) for pair in zip(used["highway"], used["maxspeed"], strict=True)]
    parent, first, last, vertex = _split(used.geometry.to_numpy(), simplify=simplify)
    coordinates = shapely.get_coordinates(metric.geometry.to_numpy())
    piece_owner = np.repeat(np.arange(len(parent)), last - first + 1)
    index = np.arange(len(piece_owner)) - np.repeat(np.cumsum(last - first + 1) - (last - first + 1), last - first + 1)
    geometry = shapely.linestrings(coordinates[index + np.repeat(first, last - first + 1)], indices=piece_owner)
    ends = np.concatenate([vertex[first], vertex[last]])
    used_vertices, node = np.unique(ends, return_inverse=True)
    where = np.empty(int(vertex.max()) + 1, dtype=np.int64)
    where[vertex] = np.arange(len(vertex))
    tags = used.iloc[parent].reset_index(drop=True)
    oneway = tags["oneway"].str.lower()
    backwards = oneway.isin(["-1", "reverse", "t"]).to_numpy()
    start, end = node[: len(parent)], node[len(parent) :]
    implied = tags["highway"].eq("motorway") & ~oneway.isin(["no", "false", "0"])
    number = pd.Series(parent).groupby(parent).cumcount() + 1
    edges = gpd.GeoDataFrame(
        {
            "u": np.where(backwards, end, start),
            "v": np.where(backwards, start, end),
            "id": tags["osm_id"].astype(str) + "." + number.astype(str),
            "osmid": tags["osm_id"].astype("int64"),
            "name_zh": tags["name"].fillna("").astype(str),
            "highway": tags["highway"],
            "surface": tags["surface"],
            "bridge": ~tags["bridge"].isin(["", "no"]),
            "tunnel": ~tags["tunnel"].isin(["", "no"]),
            "oneway": oneway.isin(["yes", "true", "1", "-1", "reverse", "t", "f"])
            | tags["junction"].eq("roundabout")
            | implied,
            "speed_kph": tags["_speed"].astype(float),
            "evidence": "surveyed",
            "source": "OpenStreetMap (ODbL)",
        },
        geometry=np.where(backwards, shapely.reverse(geometry), geometry),
        crs=metric.crs,
    )
    nodes = gpd.GeoDataFrame(
        {"name_zh": "", "kind": "junction"},
        index=pd.RangeIndex(len(used_vertices), name="node"),
        geometry=shapely.points(coordinates[where[used_vertices]]),
        crs=metric.crs,
    )
    dropped = ways["highway"][left_out].value_counts().sort_index().to_dict()
    return nodes, edges, {"lines": len(ways), "left_out": dropped}


def _split(ways: npt.NDArray[np.object_], *, simplify: bool) -> tuple[Ints, Ints, Ints, Ints]:
    """Return for each piece its way and its first and last position among all vertices, and the id of each vertex."""
    coordinates, owner = shapely.get_coordinates(ways, return_index=True)
    _, vertex = np.unique(np.round(coordinates * 1e7).astype(np.int64), axis=0, return_inverse=True)
    vertex = vertex.ravel()
    is_first = np.diff(owner, prepend=-1) > 0
    is_last = np.append(is_first[1:], True)
    uses = np.bincount(vertex)
    uses += np.bincount(vertex[is_first | is_last], minlength=len(uses))
    stop = (uses[vertex] > 1) if simplify else np.ones(len(vertex), dtype=bool)
    at = np.flatnonzero(stop)
    same = owner[at[:-1]] == owner[at[1:]]
    first, last = at[:-1][same], at[1:][same]
    return owner[first], first, last, vertex


def _speed(speeds: Speeds, highway: str, maxspeed: str) -> float:
    """Return the speed of the class, or the posted limit where that is lower.

    A limit below 5 km/h or in words is not used.
    """
    usual = speeds.of_class(highway)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph|km/h|kmh)?", maxspeed.strip())
    if not found:
        return usual
    limit = float(found[1]) * (1.609344 if found[2] == "mph" else 1.0)
    return min(usual, limit) if limit >= 5.0 else usual
