"""From roads straight to a compiled network, without a graph of dictionaries in between."""

import os
from collections.abc import Hashable, Sequence
from functools import cached_property
from typing import Any, overload

import geopandas as gpd
import numpy as np
import xarray as xr

from .._validation import check_choice
from ..errors import naming
from .assemble import Directed, check_ids, complete_edges, directed, directed_lines, edge_columns
from .build import Lines, road_tables
from .compiled import CostNetwork, Edges, joined, stops
from .edges import Lines as Shapes
from .records import collector_resting
from .speeds import Speeds

WEIGHTS = ("travel_time", "length")


class EdgeRows(Sequence[dict[str, Any]]):
    """The attributes of edges as :func:`nanyi_gis.network.assemble.assemble` gives them, made when asked for."""

    def __init__(self, table: gpd.GeoDataFrame, roads: Directed) -> None:
        self._table = table
        self._roads = roads

    def __len__(self) -> int:
        return len(self._roads.row)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return {name: values[at if len(values) > 1 else 0] for name, values in self._columns.items()}

    @cached_property
    def _columns(self) -> dict[str, list[Any]]:
        return edge_columns(self._table, self._roads)

    def shapes(self) -> Shapes:
        """Return the lines of the edges alone, without the rest of their attributes."""
        return directed_lines(self._table, self._roads)


@collector_resting()
def compile_roads(
    lines: Lines = None,
    *,
    weight: str = "travel_time",
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
) -> CostNetwork:
    """Return ``compile_graph(build_graph(lines, ...), weight=weight)`` in half to two thirds of the time.

    Everything that needs only costs takes it in place of a graph: matrices, nearest facilities, areas. Nodes and costs
    are those of the graph; edges stand in the order of the lines.

    Parameters
    ----------
    weight : str
        ``travel_time`` (costs in minutes) or ``length`` (in metres).
    lines, crs, tolerance_m, noding, simplify, mode, speeds, dem, step_m, waiting_min, freight
        As for :func:`nanyi_gis.network.build_graph`.

    Raises
    ------
    DataError, ParameterError
        As :func:`nanyi_gis.network.build_graph` and :func:`nanyi_gis.network.compile_graph`.

    >>> import shapely
    >>> road = gpd.GeoDataFrame(geometry=[shapely.LineString([(500_000, 0), (500_300, 400)])], crs="EPSG:4544")
    >>> compile_roads(road, weight="length").costs([0, 1]).tolist()
    [[0.0, 500.0], [500.0, 0.0]]
    """
    check_choice(weight, WEIGHTS, name="weight")
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
        check_ids(tables.nodes, tables.edges)
        edges = complete_edges(tables.edges)
        roads = directed(edges, speeds=table, mode=mode, dem=dem, step_m=step_m)
    nodes = tables.nodes
    ends = np.column_stack([nodes.index.get_indexer(ids) for ids in (roads.u, roads.v)]).astype(np.int64)
    stop = stops(edges["highway"].tolist())[roads.row]
    cost = roads.seconds if weight == "travel_time" else roads.length
    names: tuple[Hashable, ...] = tuple(nodes.index.tolist())
    number: dict[Hashable, int] = {name: i for i, name in enumerate(names)}
    if "place" in nodes:
        number = {place: i for i, place in enumerate(nodes["place"].tolist()) if place} | number
    places = np.column_stack([nodes.geometry.x, nodes.geometry.y])
    found = Edges(ends, cost, stop, EdgeRows(edges, roads))
    return joined(found, number, names, places, crs=nodes.crs.to_string(), weight=weight)
