"""Roads that cross prone ground, and who is cut off if the most exposed of them close."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from .._transformers import crs_to_crs
from .._validation import check_finite, numbers
from ..accessibility import closest_facility
from ..errors import DataError, ParameterError
from ..network import Graph, Places, compile_graph, snap_points
from ..raster import Grid

Floats = npt.NDArray[np.float64]

CLOSED_SHARES = (0.05, 0.10, 0.20)
"""Shares of the length of the roads that are closed in the scenarios, the most exposed first."""


def road_exposure(graph: Graph, hazard: xr.DataArray, *, limit: float) -> pd.DataFrame:
    """Return for each road how much of it lies on cells of at least a limit.

    Roads are looked at every half cell along their line, the two directions of a road together. What lies in a tunnel
    is not exposed. A network of straight lines between places tells which country a road crosses, not its cuttings.

    Parameters
    ----------
    graph : MultiDiGraph
        Roads; edges have ``length`` in metres, and a ``geometry`` unless they are straight.
    hazard : xarray.DataArray
        Any measure that rises with the hazard, on any grid; NaN is unknown.
    limit : float
        Cells of at least this are prone.

    Returns
    -------
    DataFrame
        The most exposed first: ``u``, ``v``, ``id``, ``name_zh``, ``highway``, ``km``, ``known`` (share of the length
        with a value), ``prone_km``, ``share`` (prone, of the length with a value; NaN where nothing is known).

    Raises
    ------
    DataError
        If no road lies on the raster.

    >>> import networkx as nx
    >>> grid = {"y": [50.0], "x": [50.0, 150.0, 250.0, 350.0]}
    >>> prone = xr.DataArray(np.array([[0.0, 0.0, 1.0, 0.0]]), grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> prone = prone.rio.write_transform(__import__("rasterio").Affine(100, 0, 0, 0, -100, 100))
    >>> road = nx.MultiDiGraph(crs="EPSG:4544")
    >>> road.add_nodes_from([(0, {"x": 0.0, "y": 50.0}), (1, {"x": 400.0, "y": 50.0})])
    >>> _ = road.add_edge(0, 1, length=400.0)
    >>> road_exposure(road, prone, limit=0.5)[["km", "prone_km", "share"]].values.tolist()
    [[0.4, 0.1, 0.25]]
    """
    least = check_finite(limit, name="limit")
    grid = Grid.of(hazard, name="hazard")
    values = np.asarray(hazard.values, dtype=np.float64)
    turn = crs_to_crs(graph.graph["crs"], grid.crs)
    step = float(min(abs(np.median(part)) for part in (grid.step_x, grid.step_y))) / 2
    rows = []
    for (u, v), data in _roads(graph):
        line = data.get("geometry")
        if line is None:
            ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
            line = shapely.LineString(ends)
        known, prone = _on(line, turn, grid, values, least, step)
        tunnel = str(data.get("tunnel") or "no") not in {"no", "False", "0", "nan"}
        km = float(data.get("length", line.length)) / 1000.0
        share = np.nan if known == 0 else 0.0 if tunnel else prone / known
        text = [str(data.get(name) or "") for name in ("id", "name_zh", "highway")]
        rows.append((u, v, *text, km, known, km * known * (0.0 if np.isnan(share) else share), share))
    names = ["u", "v", "id", "name_zh", "highway", "km", "known", "prone_km", "share"]
    table = pd.DataFrame(rows, columns=names)
    if table.empty or not (table["known"] > 0).any():
        raise DataError(f"none of {len(table)} roads lies on the hazard raster; check the CRS, or give a larger DEM")
    order = np.lexsort((np.arange(len(table)), -table["prone_km"], -table["share"].fillna(-1.0)))
    return table.iloc[order].reset_index(drop=True)


def _roads(graph: Graph) -> Iterator[tuple[tuple[Any, Any], dict[str, Any]]]:
    """Yield roads, once for both directions: parallel ones are told apart by id and length."""
    seen = set()
    for u, v, data in graph.edges(data=True):
        pair = (u, v) if str(u) <= str(v) else (v, u)
        key = (*pair, str(data.get("id", "")), round(float(data.get("length", 0.0)), 3))
        if key not in seen:
            seen.add(key)
            yield (u, v), data


def _on(line: Any, turn: Any, grid: Grid, values: Floats, least: float, step: float) -> tuple[float, float]:
    """Return the share of a line with a value, and the share on prone cells."""
    x, y = turn.transform(*shapely.get_coordinates(line).T)
    there = shapely.linestrings(np.column_stack([x, y]))
    pieces = max(int(np.ceil(there.length / step)), 1)
    middles = shapely.line_interpolate_point(there, (np.arange(pieces) + 0.5) / pieces, normalized=True)
    row, column, inside = grid.cells_at(shapely.get_x(middles), shapely.get_y(middles))
    found = values[row[inside], column[inside]]
    known = np.count_nonzero(~np.isnan(found))
    return known / pieces, np.count_nonzero(found >= least) / pieces


def closures(
    graph: Graph,
    exposure: pd.DataFrame,
    origins: Places,
    facilities: Places,
    *,
    population: "pd.Series[float] | None" = None,
    shares: Sequence[float] = CLOSED_SHARES,
    weight: str = "travel_time",
    snap_limit_m: float = 2000.0,
) -> pd.DataFrame:
    """Return for each scenario who reaches no facility, or later, when the most exposed roads are closed.

    A scenario closes roads in the order of their exposure until they are a share of the length of all roads on the
    raster; only roads with prone ground are ever closed. This is a stress test: it says nothing of
    how likely these roads are to close, let alone at one time. Single roads are in
    :func:`nanyi_gis.accessibility.critical_edges`.

    Parameters
    ----------
    graph : MultiDiGraph
        Roads.
    exposure : DataFrame
        Of :func:`road_exposure`.
    origins, facilities : GeoDataFrame, GeoSeries or sequence of nodes
        As for :func:`nanyi_gis.accessibility.critical_edges`; they stay at the nodes nearest to them.
    population : Series, optional
        People by origin; each counts 1 if not given.
    shares : sequence of float
        Shares of the length of the roads, above 0 to 1, rising.
    weight : str
        ``travel_time`` for minutes.

    Returns
    -------
    DataFrame
        One row an origin and scenario: ``share``, ``origin``, ``people``, ``before`` and ``after`` (minutes to the
        nearest facility, infinite where there is no way), ``added``, ``cut_off`` (a way before and none after).
        ``attrs["closed"]``: by share the number and km of roads closed.

    Raises
    ------
    ParameterError
        If a share is not above 0 to 1, or they do not rise.
    DataError
        If there are no facilities, or as for snapping.

    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:4544")
    >>> graph.add_nodes_from((name, {"x": 1000.0 * i, "y": 0.0}) for i, name in enumerate("abc"))
    >>> for u, v in ["ab", "bc"]:
    ...     graph.add_edges_from([(u, v, {"travel_time": 60.0, "length": 1000.0}),
    ...                           (v, u, {"travel_time": 60.0, "length": 1000.0})])
    [0, 0]
    [0, 0]
    >>> roads = pd.DataFrame({"u": ["b", "a"], "v": ["c", "b"], "id": "", "km": 1.0, "known": 1.0, "prone_km": [0.5, 0],
    ...                       "share": [0.5, 0.0]})
    >>> closures(graph, roads, ["a", "b"], ["c"], shares=[0.5])[["origin", "before", "after", "cut_off"]]
      origin  before  after  cut_off
    0      a     2.0    inf     True
    1      b     1.0    inf     True
    """
    wanted = [check_finite(share, name="shares") for share in shares]
    if not wanted or any(not 0 < share <= 1 for share in wanted) or sorted(set(wanted)) != wanted:
        raise ParameterError(f"shares are {list(shares)}, but must rise, each above 0 and at most 1; e.g. 0.05, 0.1")
    network = compile_graph(graph, weight=weight)
    start = snap_points(network, origins, limit_m=snap_limit_m)
    end = snap_points(network, facilities, limit_m=snap_limit_m)
    if end.empty or start.empty:
        raise DataError("there are no facilities or no origins; give at least one of each")
    people = (
        pd.Series(1.0, index=start.index)
        if population is None
        else numbers(population.reindex(start.index), name="population")
    )
    nodes, ends = start["node"].tolist(), list(dict.fromkeys(end["node"]))
    before = _minutes(graph, nodes, ends, weight)
    whole = float((exposure["km"] * (exposure["known"] > 0)).sum())
    tables, closed = [], {}
    for share in wanted:
        gone = exposure[(exposure["share"] > 0) & (exposure["km"].cumsum() - exposure["km"] < share * whole - 1e-9)]
        closed[share] = (len(gone), float(gone["km"].sum()))
        after = _minutes(_without(graph, gone), nodes, ends, weight)
        with np.errstate(invalid="ignore"):
            added = np.where(np.isfinite(after), after - before, np.nan)
        tables.append(
            pd.DataFrame(
                {
                    "share": share,
                    "origin": list(start.index),
                    "people": people.to_numpy(),
                    "before": before,
                    "after": after,
                    "added": added,
                    "cut_off": np.isfinite(before) & ~np.isfinite(after),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    table.attrs["closed"] = closed
    return table


def _without(graph: Graph, gone: pd.DataFrame) -> Graph:
    """Return a copy of a graph without some roads, in both directions."""
    closed = {(frozenset((row.u, row.v)), str(row.id)) for row in gone.itertuples()}
    left = graph.copy()
    left.remove_edges_from(
        [
            (u, v, key)
            for u, v, key, data in graph.edges(keys=True, data=True)
            if (frozenset((u, v)), str(data.get("id") or "")) in closed
        ]
    )
    return left


def _minutes(graph: Graph, nodes: list[Any], ends: list[Any], weight: str) -> Floats:
    """Return the minutes from nodes to the nearest of others; several origins may have one node."""
    if graph.number_of_edges() == 0:  # every road is closed
        return np.where([node in ends for node in nodes], 0.0, np.inf)
    alone = list(dict.fromkeys(nodes))
    cost = closest_facility(graph, ends, alone, weight=weight)["cost"]
    return cost.reindex(nodes).to_numpy(dtype=np.float64)
