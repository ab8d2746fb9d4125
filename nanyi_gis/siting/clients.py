"""Clients from a raster: people or land of the cells of a square, as one point with a weight."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import xarray as xr

from .._validation import check_positive
from ..errors import DataError
from ..raster import Grid


def clients_from_raster(
    weights: xr.DataArray, *, size_m: float, zones: xr.DataArray | None = None, least: float = 0.0
) -> gpd.GeoDataFrame:
    """Return the cells of a raster as clients: those of one square of the map, and of one zone, make one client.

    The squares stand on whole multiples of ``size_m`` in the raster's CRS, so that another extent cuts the same
    land alike. A client's place is the mean of its cells' centres by their weights, moved to the nearest of these
    cells, so that it stands on land that counts.

    Parameters
    ----------
    weights : xarray.DataArray
        People, land or any other amount of each cell, zero or more; dims ``y, x``, a projected CRS in metres.
        NaN and 0 are no clients.
    size_m : float
        Side of a square in metres.
    zones : xarray.DataArray, optional
        Whole numbers on the same grid; cells of different zones are never one client, and those of 0 are none.
    least : float
        Clients of less weight than this are left out; what they weigh is in ``attrs["left_out"]``.

    Returns
    -------
    GeoDataFrame
        From north to south and west to east: ``weight``, ``cells`` (how many), ``zone`` (1 without zones), ``column``
        and ``row`` of the square, and points in the CRS of the raster.

    Raises
    ------
    DataError
        If a weight is negative or infinite, the CRS is none in metres, or the zones are on another grid.
    ParameterError
        If the side of a square is not above zero.

    Examples
    --------
    Four cells of 100 m and a square of 200 m: 1 + 3 + 0 + 4 people at the cell nearest to their middle.

    >>> grid = {"y": [150.0, 50.0], "x": [50.0, 150.0]}
    >>> people = xr.DataArray([[1.0, 3.0], [0.0, 4.0]], grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> found = clients_from_raster(people, size_m=200)
    >>> found["weight"].tolist(), found["cells"].tolist(), found.geometry[0].coords[0]
    ([8.0], [3], (150.0, 150.0))
    """
    side = check_positive(size_m, name="size_m", unit="m")
    grid = Grid.of(weights, name="weights")
    if not (grid.crs is not None and grid.crs.is_projected):
        raise DataError("weights have no projected CRS, but squares are cut in metres; reproject the raster")
    values = np.nan_to_num(np.asarray(weights.values, dtype=float), nan=0.0, posinf=np.inf)
    if np.isinf(values).any() or (values < 0).any():
        raise DataError("weights hold negative or infinite values; give amounts of zero or more")
    codes = np.ones(values.shape, np.int64) if zones is None else np.asarray(zones.values)
    if codes.shape != values.shape:
        raise DataError(f"zones have {codes.shape} cells, the weights {values.shape}; give both on one grid")
    rows, columns = np.nonzero((values > 0) & (codes > 0))
    x, y = weights["x"].values[columns].astype(float), weights["y"].values[rows].astype(float)
    amount, zone = values[rows, columns], codes[rows, columns].astype(np.int64)
    row, column = np.floor(y / side).astype(np.int64), np.floor(x / side).astype(np.int64)
    keys, member = _squares(row, column, zone)
    count = len(keys)
    weight = np.bincount(member, weights=amount, minlength=count).astype(np.float64)
    spots = _spots(member, count, x=x, y=y, amount=amount, weight=weight)
    kept = np.flatnonzero(weight >= least)
    frame = {
        "weight": weight[kept],
        "cells": np.bincount(member, minlength=count)[kept],
        "zone": keys[kept, 2],
        "column": keys[kept, 1],
        "row": keys[kept, 0],
    }
    points = gpd.points_from_xy(x[spots[kept]], y[spots[kept]])
    clients = gpd.GeoDataFrame(frame, geometry=points, crs=weights.rio.crs)
    clients.attrs["left_out"] = float(weight.sum() - frame["weight"].sum())
    return clients


def _squares(
    row: npt.NDArray[np.int64], column: npt.NDArray[np.int64], zone: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return row, column and zone of each client from north to south and west to east, and the client of each cell."""
    if not len(row):
        return np.zeros((0, 3), np.int64), np.zeros(0, np.int64)
    top, left = int(row.max()), int(column.min())
    wide, zones = int(column.max()) - left + 1, int(zone.max()) + 1
    numbers, member = np.unique(((top - row) * wide + column - left) * zones + zone, return_inverse=True)
    squares, own = np.divmod(numbers, zones)
    rows, columns = np.divmod(squares, wide)
    return np.column_stack([top - rows, left + columns, own]), member


def _spots(
    member: npt.NDArray[np.int64],
    count: int,
    *,
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    amount: npt.NDArray[np.float64],
    weight: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Return for each client the cell that is nearest to the mean place of its cells; of equals the first."""
    middle = [np.bincount(member, weights=amount * part, minlength=count) / weight for part in (x, y)]
    away = (x - middle[0][member]) ** 2 + (y - middle[1][member]) ** 2
    order = np.lexsort((np.arange(len(member)), away, member))
    first = np.ones(len(order), bool)
    first[1:] = member[order[1:]] != member[order[:-1]]
    return order[first]
