"""OpenStreetMap extracts (.osm.pbf, .osm) to nodes and edges, read by GDAL's OSM driver."""

import os
from typing import Any

import geopandas as gpd

from ..errors import DataError
from ..io import read_nodes, read_ways
from .lines import line_tables
from .node_barriers import with_barriers
from .permissions import CHAIN
from .speeds import Speeds

BARRIER_TAGS = tuple(dict.fromkeys(name for chain in CHAIN.values() for name in chain))
_ONE_WAY = ("oneway", "oneway:foot", "oneway:bus", "oneway:psv", "oneway:hgv", "oneway:motor_vehicle", "oneway:vehicle")
WAY_TAGS: tuple[str, ...] = (
    "route",
    *_ONE_WAY,
    "oneway:motorcar",
    "junction",
    "bridge",
    "tunnel",
    "layer",
    "surface",
    "ref",
)
WAY_TAGS += (*BARRIER_TAGS, "maxspeed", "maxspeed:forward", "maxspeed:backward", "motorroad")


def read_osm(
    path: str | os.PathLike[str], *, bbox: tuple[float, float, float, float] | None = None
) -> gpd.GeoDataFrame:
    """Return the ways with a ``highway`` tag as lines in EPSG:4326, with the tags that matter for travel.

    Column ``barriers`` tells what stands on the vertices of a way; see
    :func:`nanyi_gis.network.node_barriers.part_at_barriers`. Ferries are no roads; ``attrs["left_out"]`` counts them,
    and ``attrs["osm"]`` tells where the ways come from.

    Parameters
    ----------
    bbox : tuple of float, optional
        West, south, east, north in degrees: only ways that reach into it, whole.

    Raises
    ------
    DataError
        If the file is missing, broken, cut short, or holds no roads.
    """
    ways = read_ways(path, key="highway", tags=WAY_TAGS, also={"route": "ferry"}, bbox=bbox)
    return osm_roads(ways, read_nodes(path, key="barrier", tags=BARRIER_TAGS, bbox=bbox), name=path)


def osm_roads(ways: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame, *, name: str | os.PathLike[str]) -> gpd.GeoDataFrame:
    """Return the roads among OSM's ways, as :func:`read_osm` does, wherever the ways come from.

    Parameters
    ----------
    ways : GeoDataFrame
        Lines in degrees with ``osm_id``, ``name``, ``highway`` and the columns ``WAY_TAGS``, empty where a way lacks
        one.
    nodes : GeoDataFrame
        Points with ``osm_id``, ``barrier`` and the columns ``BARRIER_TAGS``.
    name : path
        Where they come from, for messages.

    Raises
    ------
    DataError
        If there are no roads.
    """
    road = ways["highway"] != ""
    roads = ways[road].reset_index(drop=True)
    if roads.empty:
        raise DataError(f"{name} holds no ways with a highway tag; give an extract with roads")
    roads["evidence"], roads["source"] = "surveyed", "OpenStreetMap (ODbL)"
    roads["osmid"] = roads["osm_id"].astype("int64")
    found = with_barriers(roads, nodes)
    found.attrs["osm"] = True
    if not road.all():
        found.attrs["left_out"] = {"ferry": int((~road).sum())}
    return found


def osm_tables(
    path: str | os.PathLike[str], *, speeds: Speeds, mode: str = "car", crs: str | None = None, simplify: bool = True
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Return nodes, edges and a report, without the ways that the mode cannot use.

    Ways meet where they share a vertex, as OSM means it; a bridge shares none with what it crosses.

    Parameters
    ----------
    simplify : bool
        Whether to keep only the ends of ways and the vertices that ways share; if not, every vertex is a node.
    """
    return line_tables(
        read_osm(path), speeds=speeds, mode=mode, crs=crs, tolerance_m=0.0, noding="vertices", simplify=simplify
    )
