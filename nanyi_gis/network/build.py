"""One way to a graph, whatever it is made from."""

import os
from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, NamedTuple, TypeAlias

import geopandas as gpd
import networkx as nx
import pandas as pd
import xarray as xr
from pyproj import CRS

from .._validation import check_choice, check_non_negative
from ..errors import DataError, naming
from ..io import is_osm_file, placed, read_vector, split_layer
from .assemble import assemble, graph_to_frames, parts_of
from .graph_type import Graph
from .impedance import MODES
from .lines import line_tables
from .osm import osm_tables, read_osm
from .placing import graph_crs, road_lengths, scale_note
from .records import collector_resting
from .speeds import Speeds, load_speeds
from .tags import structure


class Tables(NamedTuple):
    """Nodes and edges ready to be assembled, with a report that goes into ``graph.graph``."""

    nodes: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame
    report: dict[str, Any]


Lines: TypeAlias = "gpd.GeoDataFrame | Graph | Tables | str | os.PathLike[str] | None"
WITHOUT_LINES = "nanyi_gis.schematic:schematic_tables"  # what a graph of no lines is made from; found when asked for


@collector_resting()
def build_graph(
    lines: Lines = None,
    *,
    crs: str | None = None,
    tolerance_m: float = 1.0,
    noding: str = "vertices",
    simplify: bool = True,
    mode: str = "car",
    speeds: Speeds | str | os.PathLike[str] | None = None,
    dem: xr.DataArray | None = None,
    step_m: float = 100.0,
    waiting_min: float = 20.0,
    freight: bool = False,
) -> Graph:
    """Build a routable graph in OSMnx 2's conventions.

    Parameters
    ----------
    lines : GeoDataFrame, MultiDiGraph, Tables, path or None
        A layer of lines, an OSMnx graph, nodes and edges such as :func:`nanyi_gis.schematic.schematic_tables`
        gives, a file of lines (GPKG, SHP, GeoJSON, GeoParquet), an OSM extract (``.osm.pbf``, ``.osm``), or
        nothing for the schematic network of the embedded study.
    crs : str, optional
        Metric CRS of the graph; the layer's own if it is metric and true to 1 % where the lines lie, else that of
        :func:`nanyi_gis.datum.metric_crs`.
    tolerance_m, noding : float, str
        How a layer of lines is snapped and noded; see :func:`nanyi_gis.network.lines.line_tables`.
    simplify : bool
        For an OSM extract: whether nodes are only where ways end or meet.
    mode : str
        ``car``, ``bus``, ``truck`` or ``walk``.
    speeds : Speeds or path, optional
        Table of speeds; the embedded one if not given.
    dem : DataArray, optional
        Elevation in metres; slope then slows each direction on its own, never in tunnels or on bridges.
    step_m : float
        Spacing in metres at which the DEM is read along a line.
    waiting_min, freight : float, bool
        For the embedded network: minutes between arriving at a station and departing, and whether freight
        lines can be boarded too.

    Returns
    -------
    networkx.MultiDiGraph
        Nodes have ``x``, ``y`` (m); edges ``length`` (m on the ellipsoid), ``travel_time`` (s), ``speed_kph``,
        ``highway``, ``geometry``, ``status``, ``opened``, ``corridor``, ``oneway``, ``reversed``, ``grade`` and more.
        ``graph.graph`` holds ``crs``, ``components`` (how many), ``largest_share`` (of nodes), ``unlocated``
        (names without coordinates) and the report of the noding.

    Raises
    ------
    DataError
        If the lines cannot be used; the message says why and what to do.
    ParameterError
        If an option is out of its range or a class of road has no speed.

    Examples
    --------
    >>> import shapely
    >>> cross = gpd.GeoDataFrame(geometry=[shapely.LineString([(0, 100), (200, 100)]),
    ...                                    shapely.LineString([(100, 0), (100, 200)])], crs="EPSG:4544")
    >>> graph = build_graph(cross, noding="all")
    >>> graph.number_of_nodes(), graph.number_of_edges(), graph.graph["components"]
    (5, 8, 1)
    """
    tables, table = road_tables(
        lines,
        crs=crs,
        tolerance_m=tolerance_m,
        noding=noding,
        simplify=simplify,
        mode=mode,
        speeds=speeds,
        waiting_min=waiting_min,
        freight=freight,
    )
    with naming(lines if isinstance(lines, str | os.PathLike) else None):
        graph = assemble(
            tables.nodes, tables.edges, speeds=table, mode=mode, dem=dem, step_m=step_m, meta=tables.report
        )
    graph.graph["components"], graph.graph["largest_share"] = parts_of(tables.nodes, tables.edges)
    return graph


def road_tables(
    lines: Lines = None,
    *,
    crs: str | None = None,
    tolerance_m: float = 1.0,
    noding: str = "vertices",
    simplify: bool = True,
    mode: str = "car",
    speeds: Speeds | str | os.PathLike[str] | None = None,
    waiting_min: float = 20.0,
    freight: bool = False,
) -> tuple[Tables, Speeds]:
    """Return nodes and edges of anything that :func:`build_graph` takes, and the speeds of the mode."""
    check_choice(mode, MODES, name="mode")
    check_non_negative(waiting_min, name="waiting_min", unit="minutes")
    table = (speeds if isinstance(speeds, Speeds) else load_speeds(speeds)).for_mode(mode)
    meta: dict[str, Any] = {"unlocated": []}
    given: CRS | None = None
    with naming(lines if isinstance(lines, str | os.PathLike) else None):
        if isinstance(lines, nx.Graph):
            nodes, edges, report = graph_tables(lines)
            given = CRS.from_user_input(lines.graph["crs"])
        elif isinstance(lines, Tables):
            nodes, edges, report = lines
        elif lines is None:
            nodes, edges, report = resolve_name(WITHOUT_LINES)(waiting_min=waiting_min, freight=freight)
        elif not isinstance(lines, gpd.GeoDataFrame) and _is_extract(lines):
            nodes, edges, report = osm_tables(lines, speeds=table, mode=mode, crs=crs, simplify=simplify)
        else:
            frame = lines if isinstance(lines, gpd.GeoDataFrame) else read_vector(lines, kind="line")
            given = frame.crs
            nodes, edges, report = line_tables(
                frame, speeds=table, mode=mode, crs=crs, tolerance_m=tolerance_m, noding=noding
            )
        _refuse_empty(edges, report)
    return Tables(nodes, edges, {**meta, **report, "scale_note": scale_note(nodes, given=given)}), table


def _refuse_empty(edges: gpd.GeoDataFrame, report: Mapping[str, Any]) -> None:
    """Raise if no line is left to make a road, with what became of them."""
    if edges.empty:
        lost = ", ".join(f"{what} {count}" for what, count in report.get("left_out", {}).items())
        none = f"none of {report['lines']} lines makes a road" if report.get("lines") else "there is no line"
        raise DataError(f"{none}{f' (left out: {lost})' if lost else ''}; give a layer of roads")


def read_roads(
    path: str | os.PathLike[str], *, bbox: tuple[float, float, float, float] | None = None
) -> gpd.GeoDataFrame:
    """Read roads from any file: the ways of an OSM extract that have a ``highway`` tag, or a layer of lines.

    With a ``bbox`` (degrees) of an extract only the ways that reach into it are read, whole; of other files all.
    See :func:`nanyi_gis.network.osm.read_osm` and :func:`nanyi_gis.io.read_vector`.
    """
    return read_osm(path, bbox=bbox) if _is_extract(path) else read_vector(path, kind="line")


def _is_extract(path: str | os.PathLike[str]) -> bool:
    """Tell a whole OSM extract from a layer of lines."""
    source, layer = split_layer(path)
    return layer is None and is_osm_file(source)


def graph_tables(graph: Any) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, Any]]:
    """Return nodes and edges of an OSMnx graph as they are: each direction stays an edge of its own.

    A graph in degrees is projected, and so is one in a CRS that stretches by more than 1 % there; lengths stay OSMnx's.
    An edge without ``length`` gets that of its geometry on the ellipsoid.
    Lists, which OSMnx leaves where it merged ways, become their first value.

    Raises
    ------
    DataError
        If the graph has no CRS, no edges, or nodes without ``x`` and ``y``.
    """
    if "crs" not in graph.graph:
        raise DataError("the graph has no graph['crs']; set it as OSMnx does, e.g. graph.graph['crs'] = 'EPSG:4326'")
    if not graph.is_multigraph() or not graph.is_directed():
        raise DataError(f"the graph is a {type(graph).__name__}, but must be a networkx.MultiDiGraph as OSMnx makes")
    if graph.number_of_edges() == 0:
        raise DataError("the graph has no edges; give a road network")
    bad = next((node for node, data in graph.nodes(data=True) if "x" not in data or "y" not in data), None)
    if bad is not None:
        raise DataError(f"node {bad!r} has no x or y; every node needs both")
    nodes, edges = graph_to_frames(graph)
    placed(nodes, None, name="the graph")
    metric = graph_crs(nodes)
    if metric != nodes.crs:
        nodes, edges = nodes.to_crs(metric), edges.to_crs(metric)
    for column in edges.columns.difference(["geometry", "u", "v", "key"]):
        edges[column] = edges[column].map(_first)
    edges["highway"] = edges["highway"].fillna("").replace("", "unclassified").astype(str)
    known = pd.to_numeric(edges["length"], errors="coerce")
    edges["length"] = known.fillna(pd.Series(road_lengths(edges.geometry), index=edges.index))
    edges["oneway"] = True
    edges["id"] = edges["u"].astype(str) + ">" + edges["v"].astype(str) + "#" + edges["key"].astype(str)
    for flag in ("bridge", "tunnel"):
        if flag in edges:
            edges[flag] = structure(edges, flag)[0]
    edges = edges.drop(columns=[c for c in ("travel_time", "grade", "reversed", "key") if c in edges])
    if "speed_kph" in edges and edges["speed_kph"].isna().all():
        edges = edges.drop(columns="speed_kph")
    return nodes.set_index("node"), edges, {"lines": graph.number_of_edges()}


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value
