"""From tables of nodes and edges to one MultiDiGraph in OSMnx 2's conventions, and back."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from ..errors import DataError
from .graph_type import Graph
from .impedance import travel_seconds
from .placing import road_lengths
from .speeds import Speeds

EDGE_DEFAULTS: Mapping[str, Any] = {
    "id": "",
    "name_zh": "",
    "highway": "unclassified",
    "status": "open",
    "opened": "",
    "closed": "",
    "corridor": "",
    "service": "",
    "surface": "",
    "oneway": False,
    "tunnel": False,
    "bridge": False,
    "speed_kph": np.nan,
    "wait_min": 0.0,
    "evidence": "derived",
    "source": "",
    "as_of": "",
    "uncertainty_m": np.nan,
}


def complete_edges(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a copy with every column of an edge; what is missing gets its default, a length that of the line."""
    full = edges.copy()
    for column, default in EDGE_DEFAULTS.items():
        if column not in full:
            full[column] = default
        elif isinstance(default, str):
            full[column] = full[column].fillna(default).astype(str)
        elif isinstance(default, bool):
            full[column] = full[column].fillna(default).astype(bool)
        else:
            full[column] = full[column].astype("float64")
    full["wait_min"] = full["wait_min"].fillna(0.0)
    if "length" not in full:
        full["length"] = np.nan
    absent = full["length"].isna()
    if absent.any():
        full.loc[absent, "length"] = road_lengths(full.geometry[absent])
    return full


def assemble(
    nodes: gpd.GeoDataFrame,
    edges: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str = "car",
    dem: xr.DataArray | None = None,
    step_m: float = 100.0,
    meta: Mapping[str, Any] | None = None,
) -> Graph:
    """Build the graph: one edge each way, or one only where ``oneway``.

    Parameters
    ----------
    nodes : GeoDataFrame
        Points in a metric CRS; the index is the node's id; columns become attributes.
    edges : GeoDataFrame
        Lines from ``u`` to ``v`` (ids of nodes), drawn in that direction.

    Returns
    -------
    networkx.MultiDiGraph
        Edges have ``length`` (m), ``travel_time`` (s), ``speed_kph``, ``grade`` (rise over run in the direction
        of travel), ``geometry``, ``reversed`` and the columns of the table.

    Raises
    ------
    DataError
        If ids of nodes or edges are not unique, or an edge names a node that is not there.
    """
    _check_ids(nodes, edges)
    table = complete_edges(edges)
    forward, backward, grade = travel_seconds(table, speeds=speeds, mode=mode, dem=dem, step_m=step_m)
    wait = 60.0 * table["wait_min"].to_numpy(np.float64)
    graph: Graph = nx.MultiDiGraph(crs=nodes.crs.to_string(), mode=mode, simplified=True, **dict(meta or {}))
    attributes = nodes.drop(columns=nodes.geometry.name).to_dict("records")
    places = zip(nodes.index.tolist(), nodes.geometry.x, nodes.geometry.y, attributes, strict=True)
    graph.add_nodes_from((node, {"x": x, "y": y, **rest}) for node, x, y, rest in places)
    lengths = table["length"].to_numpy(np.float64)
    keep = [c for c in table.columns if c not in {"u", "v", "speed_kph", "length", table.geometry.name}]
    records = table[keep].to_dict("records")
    flipped = shapely.reverse(table.geometry.values)
    rows = zip(table["u"].tolist(), table["v"].tolist(), records, table.geometry.values, flipped, strict=True)
    for i, (u, v, record, line, line_back) in enumerate(rows):
        seconds = forward[i] + wait[i]
        graph.add_edge(u, v, **_edge(record, line, lengths[i], seconds, forward[i], grade[i], back=False))
        if not record["oneway"]:
            seconds = backward[i] + (0.0 if record["highway"] == "boarding" else wait[i])
            graph.add_edge(v, u, **_edge(record, line_back, lengths[i], seconds, backward[i], -grade[i], back=True))
    return graph


def _edge(
    record: dict[str, Any], line: Any, length: float, seconds: float, moving: float, grade: float, *, back: bool
) -> dict[str, Any]:
    speed = 3.6 * length / moving if moving > 0 else 0.0
    return {
        **record,
        "geometry": line,
        "length": float(length),
        "travel_time": float(seconds),
        "speed_kph": float(speed),
        "grade": float(grade),
        "reversed": back,
    }


def _check_ids(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> None:
    if not nodes.index.is_unique:
        twice = nodes.index[nodes.index.duplicated()][0]
        raise DataError(f"node id {twice!r} occurs twice; ids must be unique")
    if "id" in edges:
        ids = edges["id"][edges["id"].notna() & edges["id"].astype(str).ne("")]
        if not ids.is_unique:
            raise DataError(f"edge id {ids[ids.duplicated()].iloc[0]!r} occurs twice; ids must be unique")
    for end in ("u", "v"):
        lost = ~edges[end].isin(nodes.index)
        if lost.any():
            raise DataError(f"an edge names node {edges.loc[lost, end].iloc[0]!r}, but there is no such node")


def graph_to_frames(graph: Graph) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the layers ``nodes`` (``node``, ``name_zh``, ``kind``, ...) and ``edges`` (``u``, ``v``, ``key``, ...).

    Every direction of an edge is a row of its own, as in the graph.

    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from([("a", {"x": 0.0, "y": 0.0}), ("b", {"x": 300.0, "y": 400.0})])
    >>> _ = graph.add_edge("a", "b", length=500.0, travel_time=60.0, highway="tertiary")
    >>> nodes, edges = graph_to_frames(graph)
    >>> nodes["node"].tolist(), edges.geometry.length.tolist()
    (['a', 'b'], [500.0])
    """
    crs = graph.graph["crs"]
    node_rows = [{"node": node, **data} for node, data in graph.nodes(data=True)]
    nodes = pd.DataFrame(node_rows)
    for column in ("name_zh", "kind"):
        nodes[column] = nodes[column].fillna("") if column in nodes else ""
    points = gpd.points_from_xy(nodes["x"], nodes["y"], crs=crs)
    front = ["node", "name_zh", "kind"]
    rest = [c for c in nodes.columns if c not in {*front, "x", "y"}]
    node_frame = gpd.GeoDataFrame(nodes[[*front, *rest]], geometry=points, crs=crs)
    rows = [{"u": u, "v": v, "key": key, **data} for u, v, key, data in graph.edges(keys=True, data=True)]
    first = ["u", "v", "key", "length", "travel_time", "highway", "status", "opened", "corridor"]
    edges = pd.DataFrame(rows, columns=None if rows else [*first, "geometry"])
    missing = [column for column in first if column not in edges]
    edges[missing] = ""
    rest = [c for c in edges.columns if c not in {*first, "geometry"}]
    lines = edges["geometry"] if "geometry" in edges else pd.Series(None, index=edges.index, dtype=object)
    straight = lines.isna()
    if straight.any():
        lines = lines.astype(object)
        lines[straight] = [_chord(graph, u, v) for u, v in edges.loc[straight, ["u", "v"]].itertuples(index=False)]
    edge_frame = gpd.GeoDataFrame(edges[[*first, *rest]], geometry=list(lines), crs=crs)
    return node_frame, edge_frame


def _chord(graph: Graph, u: Any, v: Any) -> shapely.LineString:
    return shapely.LineString([(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)])


def components(graph: Graph) -> list[set[Any]]:
    """Return the sets of nodes joined by edges in any direction, the largest first.

    >>> components(nx.MultiDiGraph([(1, 2), (3, 2), (8, 9)]))
    [{1, 2, 3}, {8, 9}]
    """
    return sorted(nx.weakly_connected_components(graph), key=lambda nodes: (-len(nodes), str(min(nodes, key=str))))
