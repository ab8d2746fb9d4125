"""From tables of nodes and edges to one MultiDiGraph in OSMnx 2's conventions, and back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..errors import DataError
from .graph_type import Graph
from .impedance import travel_seconds
from .placing import road_lengths
from .records import collector_resting, link, records, values_of
from .speeds import Speeds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

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
    check_ids(nodes, edges)
    table = complete_edges(edges)
    roads = directed(table, speeds=speeds, mode=mode, dem=dem, step_m=step_m)
    graph: Graph = nx.MultiDiGraph(crs=nodes.crs.to_string(), mode=mode, simplified=True, **dict(meta or {}))
    graph.add_nodes_from(zip(nodes.index.tolist(), records(_node_columns(nodes), len(nodes)), strict=True))
    ends = zip(roads.u.tolist(), roads.v.tolist(), strict=True)
    link(graph, ends, records(edge_columns(table, roads), len(roads.row)))
    return graph


class Directed(NamedTuple):
    """Both directions of every line, or the one that is open, in the order of the table.

    ``row`` is the position in the table and ``back`` whether the direction is against the line; ``u`` and ``v`` are
    ids of nodes; ``seconds`` include waiting, ``moving`` do not; ``grade`` is rise over run.
    """

    row: Ints
    back: npt.NDArray[np.bool_]
    u: npt.NDArray[Any]
    v: npt.NDArray[Any]
    length: Floats
    seconds: Floats
    moving: Floats
    grade: Floats


def directed(
    table: gpd.GeoDataFrame,
    *,
    speeds: Speeds,
    mode: str = "car",
    dem: xr.DataArray | None = None,
    step_m: float = 100.0,
) -> Directed:
    """Return the directions of complete edges with their times; see :func:`assemble`."""
    forward, backward, grade = travel_seconds(table, speeds=speeds, mode=mode, dem=dem, step_m=step_m)
    row = np.repeat(np.arange(len(table)), np.where(table["oneway"].to_numpy(bool), 1, 2))
    back = np.zeros(len(row), dtype=bool)
    back[1:] = row[1:] == row[:-1]
    # Who boards waits; who leaves the station does not.
    free = back & table["highway"].eq("boarding").to_numpy(bool)[row]
    wait = np.where(free, 0.0, 60.0 * table["wait_min"].to_numpy(np.float64)[row])
    moving = np.where(back, backward[row], forward[row])
    start, end = (table[name].to_numpy()[row] for name in ("u", "v"))
    u, v = np.where(back, end, start), np.where(back, start, end)
    length = table["length"].to_numpy(np.float64)[row]
    return Directed(row, back, u, v, length, moving + wait, moving, np.where(back, -grade[row], grade[row]))


def _node_columns(nodes: gpd.GeoDataFrame) -> dict[str, list[Any]]:
    """Return the attributes of nodes; a column of one value holds for all of them."""
    every = np.arange(len(nodes))
    places = {axis: getattr(nodes.geometry, axis).tolist() for axis in ("x", "y")}
    return places | {name: values_of(nodes[name], every) for name in nodes.columns.drop(nodes.geometry.name)}


def directed_lines(table: gpd.GeoDataFrame, roads: Directed) -> npt.NDArray[np.object_]:
    """Return the line of each direction, drawn in that direction."""
    lines = np.asarray(table.geometry.values, dtype=object)[roads.row]
    lines[roads.back] = shapely.reverse(lines[roads.back])
    return lines


def edge_columns(table: gpd.GeoDataFrame, roads: Directed) -> dict[str, list[Any]]:
    """Return the attributes of the directions of edges; a column of one value holds for all of them."""
    measured = {"u", "v", "speed_kph", "speed_kph_back", "length", table.geometry.name}
    found = {name: values_of(table[name], roads.row) for name in table.columns if name not in measured}
    metres = table["length"].to_numpy(np.float64)
    every = np.arange(len(roads.row))
    kph = np.divide(3.6 * roads.length, roads.moving, out=np.zeros(len(every)), where=roads.moving > 0)
    return found | {
        "geometry": directed_lines(table, roads).tolist(),
        "length": values_of(metres, roads.row),
        "travel_time": roads.seconds.tolist(),
        "speed_kph": values_of(kph, every),
        "grade": values_of(roads.grade, every),
        "reversed": values_of(roads.back, every),
    }


def check_ids(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> None:
    """Raise DataError if ids of nodes or edges are not unique, or an edge names a node that is not there."""
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


@collector_resting()
def graph_to_frames(graph: Graph) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the layers ``nodes`` (``node``, ``name_zh``, ``kind``, ...) and ``edges`` (``u``, ``v``, ``key``, ...).

    Every direction of an edge is a row of its own, as in the graph. ``mode`` is the mode whose speeds the edges have.

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
    if graph.graph.get("mode"):
        edges["mode"] = str(graph.graph["mode"])  # whose speeds these are
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


def parts_of(nodes: gpd.GeoDataFrame, edges: gpd.GeoDataFrame) -> tuple[int, float]:
    """Return how many parts the edges join the nodes to, in any direction, and the largest part's share of nodes."""
    if nodes.empty:
        return 0, 0.0
    ends = [nodes.index.get_indexer(edges[end]) for end in ("u", "v")]
    links = coo_array((np.ones(len(edges), np.int8), tuple(ends)), shape=(len(nodes), len(nodes)))
    count, label = connected_components(links, directed=False)
    return int(count), float(np.bincount(label).max() / len(nodes))


def components(graph: Graph) -> list[set[Any]]:
    """Return the sets of nodes joined by edges in any direction, the largest first.

    >>> components(nx.MultiDiGraph([(1, 2), (3, 2), (8, 9)]))
    [{1, 2, 3}, {8, 9}]
    """
    return sorted(nx.weakly_connected_components(graph), key=lambda nodes: (-len(nodes), str(min(nodes, key=str))))
