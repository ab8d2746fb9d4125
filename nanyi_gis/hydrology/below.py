"""Who and what lies below the levels of a reservoir: people and roads."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from .._transformers import crs_to_crs
from .._validation import numbers
from ..errors import DataError
from ..raster import Grid
from .flow import Float
from .places import on_grid, outlines, refuse_far
from .reservoir import Reservoir


def below_level(
    water: Reservoir,
    level: float,
    *,
    people: xr.DataArray | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    roads: gpd.GeoDataFrame | None = None,
) -> dict[str, float]:
    """Return people and kilometres of road under water at a level.

    Parameters
    ----------
    water : Reservoir
        Of :func:`reservoir`.
    level : float
        Metres, up to the crest.
    people : DataArray or GeoDataFrame, optional
        People by cell of any raster, each at the centre of its cell, or points.
    weight : str, optional
        Column of the points with people; one each if not given.
    roads : GeoDataFrame, optional
        Lines in any CRS.

    Returns
    -------
    dict
        ``people``, ``road_km`` (geodesic): of what was given.

    Raises
    ------
    ParameterError
        If the level is above the crest, or there is no such column.
    DataError
        If people or roads have no CRS or miss the DEM, or people are no numbers.
    """
    table = below_levels(water, [level], people=people, weight=weight, roads=roads)
    return {str(name): float(values.iloc[0]) for name, values in table.items()}


def below_levels(
    water: Reservoir,
    levels: Sequence[float] | Float,
    *,
    people: xr.DataArray | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    roads: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """Return what :func:`below_level` returns for several levels, one row each."""
    wet = [water.wet(float(level)) for level in levels]
    found: dict[str, list[float]] = {}
    if people is not None:
        stage, amount = _people_stages(water, people, weight)
        found["people"] = [float(amount[stage < level].sum()) for level in levels]
    if roads is not None:
        lines = on_grid(roads, water.grid, name="roads", kinds={"LineString", "MultiLineString"}, what="lines")
        refuse_far(lines, water.whole, name="roads")
        lines = lines[shapely.intersects(lines.to_numpy(), shapely.box(*water.grid.bounds))]
        found["road_km"] = [_km_under(lines, mask, water.grid) for mask in wet]
    return pd.DataFrame(found, index=range(len(wet)))


def _km_under(lines: gpd.GeoSeries, wet: np.ndarray, grid: Grid) -> float:
    shape = outlines(wet.astype(np.int32), grid, name="water").geometry
    if not len(shape) or not len(lines):
        return 0.0
    under = lines.intersection(shape.iloc[0])
    degrees = under[~under.is_empty].to_crs(4326)
    return float(sum(grid.geod.geometry_length(line) for line in degrees)) / 1000.0


def _people_stages(
    water: Reservoir, people: xr.DataArray | gpd.GeoDataFrame, weight: str | None
) -> tuple[Float, Float]:
    """Return the level that first wets each place with people (NaN: none), and the people there."""
    points, amount = _people(water, people, weight)
    there = on_grid(points, water.grid, name="people", kinds={"Point"}, what="points")
    refuse_far(there, water.whole, name="people")
    row, column, inside = water.grid.cells_at(there.x.to_numpy(), there.y.to_numpy())
    stage = water.stage[row[inside], column[inside]]
    return stage, amount[np.isin(points.index, there.index)][inside]


def _people(
    water: Reservoir, people: xr.DataArray | gpd.GeoDataFrame, weight: str | None
) -> tuple[gpd.GeoSeries, Float]:
    if isinstance(people, gpd.GeoDataFrame):
        amount = np.ones(len(people)) if weight is None else numbers(people, weight, name="people").to_numpy()
        return people.geometry.reset_index(drop=True), amount
    grid = Grid.of(people, name="people")
    # only the cells around the DEM become points
    west, south, east, north = crs_to_crs(water.whole.crs, grid.crs).transform_bounds(
        *water.whole.bounds, densify_pts=21
    )
    (left, right), (top, bottom) = (np.sort(axis) for axis in grid.place([west, east], [north, south]))
    rows = slice(max(int(top) - 1, 0), max(int(bottom) + 2, 0))
    columns = slice(max(int(left) - 1, 0), max(int(right) + 2, 0))
    part = people[rows, columns]
    if 0 in part.shape:
        raise DataError("people do not reach the DEM; check the CRS of both")
    values = np.asarray(part.data, dtype=np.float64)
    nodata = people.rio.nodata
    counted = np.isfinite(values) & (values > 0)
    if nodata is not None:
        counted &= values != nodata
    at_rows, at_columns = np.nonzero(counted)
    if not at_rows.size:
        raise DataError("people has no cell above zero on the DEM; give people by cell")
    x, y = grid.columns(at_columns + columns.start), grid.rows(at_rows + rows.start)
    return gpd.GeoSeries(gpd.points_from_xy(x, y), crs=grid.crs), values[counted]
