"""Walk to the road, ride the network, walk on: one surface of minutes that agrees with the graph."""

from collections.abc import Callable
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from .._validation import check_choice, check_count, check_positive
from ..errors import DataError
from ..network import CostNetwork, Graph, compile_graph
from ..travel_time import travel_time

Walk = Callable[[gpd.GeoDataFrame, "pd.Series[float]"], xr.DataArray]
Floats = npt.NDArray[np.float64]


def hybrid_minutes(
    graph: Graph | CostNetwork,
    sources: gpd.GeoDataFrame,
    *,
    walk: Walk,
    direction: str = "from",
    tolerance_min: float = 0.01,
    max_rounds: int = 20,
) -> tuple[xr.DataArray, pd.Series]:
    """Return minutes of walking and riding for every cell, and for every node of the network on the raster.

    Minutes spread by walking over the surface, enter the network where a node lies in a cell, spread along it, and
    leave it at every node where one can stop; this repeats until no node changes by more than ``tolerance_min``.
    Cells and nodes then agree: a node's minutes are those of its cell.

    Parameters
    ----------
    graph : MultiDiGraph or CostNetwork
        The network, in minutes.
    sources : GeoDataFrame
        Points where minutes start at zero.
    walk : callable
        ``walk(points, minutes)`` returns minutes of walking from the nearest of ``points``, each starting with its
        own ``minutes``, in the same ``direction``; :func:`walking` makes one from a DEM.
    direction : str
        ``from`` the sources or ``to`` them; ``walk`` must have the same.

    Raises
    ------
    DataError
        If no node of the network lies on the raster, or the rounds do not settle.
    """
    check_choice(direction, ("from", "to"), name="direction")
    tolerance = check_positive(tolerance_min, name="tolerance_min", unit="minutes")
    network = compile_graph(graph)
    surface = walk(sources, pd.Series(0.0, index=sources.index))
    rows, columns, numbers = _cells(network, surface)
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(network.x[numbers], network.y[numbers], crs=network.crs), index=numbers
    )
    at_nodes = np.full(len(numbers), np.inf)
    for _ in range(check_count(max_rounds, name="max_rounds")):
        seen = _at(surface, rows, columns)
        node_minutes = network.nearest(numbers, start=seen, direction=direction).cost
        gain = _gain(at_nodes, np.minimum(seen, node_minutes[numbers]))
        at_nodes = np.minimum(seen, node_minutes[numbers])
        better = np.flatnonzero(at_nodes < seen - tolerance)
        if not len(better) or gain <= tolerance:
            break
        start = pd.Series(at_nodes[better], index=points.index[better])
        ridden = walk(points.iloc[better], start)
        surface = surface.copy(data=np.fmin(surface.values, ridden.values))
    else:
        raise DataError(f"minutes did not settle within {max_rounds} rounds; raise max_rounds or tolerance_min")
    index = pd.Index([network.nodes[i] for i in numbers], name="node", tupleize_cols=False)
    return surface.rename("hybrid_minutes"), pd.Series(at_nodes, index=index, name="minutes")


def walking(
    dem: xr.DataArray,
    *,
    barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray | None = None,
    direction: Literal["from", "to"] = "from",
    path_factor: float = 0.6,
) -> Walk:
    """Return the ``walk`` that :func:`hybrid_minutes` wants: on foot over a DEM, barriers not crossed.

    See :func:`nanyi_gis.travel_time.travel_time` for the arguments.
    """

    def walk(points: gpd.GeoDataFrame, minutes: "pd.Series[float]") -> xr.DataArray:
        start = minutes.to_numpy(dtype=np.float64)
        return travel_time(
            dem,
            points,
            barriers=barriers,
            direction=direction,
            path_factor=path_factor,
            initial_minutes=start,
        )

    return walk


def _cells(network: CostNetwork, surface: xr.DataArray) -> tuple[npt.NDArray[np.int64], ...]:
    """Return row, column and number of the nodes where one can stop that lie on the raster's land."""
    numbers = np.flatnonzero(network.road)
    places = gpd.GeoSeries(gpd.points_from_xy(network.x[numbers], network.y[numbers], crs=network.crs))
    there = places.to_crs(surface.rio.crs)
    columns, rows = ~surface.rio.transform() * (there.x.to_numpy(), there.y.to_numpy())
    row, column = np.floor(rows).astype(np.int64), np.floor(columns).astype(np.int64)
    inside = (row >= 0) & (row < surface.sizes["y"]) & (column >= 0) & (column < surface.sizes["x"])
    inside[inside] = ~np.isnan(np.asarray(surface.values)[row[inside], column[inside]])
    if not inside.any():
        raise DataError("no node of the network lies on the raster; check the CRS and extent of both")
    return row[inside], column[inside], numbers[inside]


def _at(surface: xr.DataArray, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Floats:
    values = np.asarray(surface.values, dtype=np.float64)[rows, columns]
    return np.where(np.isnan(values), np.inf, values)


def _gain(old: Floats, new: Floats) -> float:
    """Return the largest drop from old to new; inf where a node is reached for the first time."""
    first = np.isinf(old) & np.isfinite(new)
    both = np.isfinite(old) & np.isfinite(new)
    return np.inf if first.any() else float((old[both] - new[both]).max(initial=0.0))
