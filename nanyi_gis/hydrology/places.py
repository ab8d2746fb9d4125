"""Points and lines on the grid of a DEM, and cells as polygons."""

from itertools import pairwise
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj.exceptions import CRSError, ProjError
from rasterio.features import shapes as traced_shapes

from .._kernels.line_trace import trace_lines
from ..errors import DataError
from ..raster import Areas, Grid

Vectors: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries
Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

_LINES = {"LineString", "MultiLineString", "LinearRing"}


def on_grid(vectors: Vectors, grid: Grid, *, name: str, kinds: set[str], what: str) -> gpd.GeoSeries:
    """Return shapes in the CRS of the grid, without missing and empty ones.

    Raises
    ------
    DataError
        If they have no CRS, one that does not reach them, are of another kind, or none is left.
    """
    if not isinstance(vectors, gpd.GeoDataFrame | gpd.GeoSeries):
        raise DataError(f"{name} is a {type(vectors).__name__}, but must be a GeoDataFrame of {what}")
    given = vectors.geometry
    given = given[~(given.isna() | given.is_empty)]
    if not len(given):
        raise DataError(f"{name} hold no {what}; give at least one")
    wrong = sorted(set(given.geom_type) - kinds)
    if wrong:
        raise DataError(f"{name} hold {', '.join(wrong)}, but must be {what}")
    if given.crs is None:
        raise DataError(f"{name} have no CRS; set one with .set_crs, e.g. EPSG:4326 for degrees")
    try:
        there = given.to_crs(grid.crs)
    except (ProjError, CRSError) as error:
        raise DataError(f"{name} have a CRS that cannot be turned into the DEM's; set the right one") from error
    if not np.isfinite(shapely.get_coordinates(there.to_numpy())).all():
        raise DataError(f"{name} have coordinates that their CRS, {given.crs.name}, does not reach; set the right CRS")
    return there


def line_cells(lines: Vectors, grid: Grid, *, name: str) -> Int:
    """Return the flat numbers of the cells that lines pass through their common sides, each once, rising.

    Raises
    ------
    DataError
        If they are no lines, or none reaches the grid.
    """
    there = on_grid(lines, grid, name=name, kinds=_LINES, what="lines")
    refuse_far(there, grid, name=name)
    return traced(there.to_numpy(), grid)


def refuse_far(shapes: gpd.GeoSeries, grid: Grid, *, name: str) -> None:
    """Refuse shapes in the CRS of the grid of which none touches it: their CRS is wrong, or they are of elsewhere."""
    if not shapely.intersects(shapes.to_numpy(), shapely.box(*grid.bounds)).any():
        where = ", ".join(f"{value:.6g}" for value in shapes.total_bounds)
        raise DataError(f"none of {len(shapes)} {name} reaches the DEM: in its CRS they are at {where}; check theirs")


def traced(lines: npt.NDArray[np.object_], grid: Grid) -> Int:
    """Return the flat numbers of the cells that lines in the CRS of the grid pass, each once, rising."""
    parts = shapely.get_parts(lines)
    coordinates, index = shapely.get_coordinates(parts, return_index=True)
    starts = np.searchsorted(index, np.arange(len(parts) + 1)).astype(np.int64)
    column, row = grid.place(coordinates[:, 0], coordinates[:, 1])
    return np.unique(trace_lines(column, row, np.zeros(len(index)), starts, grid.shape)[1])


def cells_of_points(points: Vectors, grid: Grid, *, name: str) -> Int:
    """Return the flat number of the cell of each point.

    Raises
    ------
    DataError
        If they are no points, or one lies outside the grid.
    """
    there = on_grid(points, grid, name=name, kinds={"Point"}, what="points")
    x, y = there.x.to_numpy(), there.y.to_numpy()
    column, row = grid.place(x, y)
    outside = ~((column >= 0) & (column <= grid.width) & (row >= 0) & (row <= grid.height))
    if outside.any():
        i = int(np.argmax(outside))
        raise DataError(
            f"{int(outside.sum())} of {len(x)} {name} lie outside the DEM, the first is {there.index[i]!r} at "
            f"({x[i]:.10g}, {y[i]:.10g}) in its CRS; leave them out, or give a larger DEM"
        )
    columns = np.minimum(column.astype(np.int64), grid.width - 1)
    rows = np.minimum(row.astype(np.int64), grid.height - 1)
    return rows * grid.width + columns


def outlines(codes: npt.NDArray[Any], grid: Grid, *, name: str) -> gpd.GeoDataFrame:
    """Return cells of each code above 0 as one MultiPolygon with its true area, rising by code."""
    marked = np.ascontiguousarray(codes, dtype=np.int32)
    drawn = traced_shapes(marked, marked > 0, 4, grid.transform)
    found = [(int(code), shapely.geometry.shape(area)) for area, code in drawn]
    numbers = np.array([code for code, _ in found], dtype=np.int64)
    parts = np.array([area for _, area in found], dtype=object)
    order = np.argsort(numbers, kind="stable")
    kept = np.unique(numbers)
    edges = np.searchsorted(numbers[order], [*kept.tolist(), np.iinfo(np.int64).max])
    areas = [shapely.multipolygons(parts[order][a:b]) for a, b in pairwise(edges.tolist())]
    frame = gpd.GeoDataFrame(
        {name: kept, "area_km2": code_areas(marked, grid)[kept] / 1e6}, geometry=areas, crs=grid.crs
    )
    return frame


def code_areas(codes: npt.NDArray[np.int32], grid: Grid) -> Float:
    """Return the true area in m² of the cells of each code from 0."""
    most = int(codes.max(initial=0))
    areas = Areas.of(grid)
    total = np.zeros(most + 1)
    step = max(1, 1_000_000 // grid.width)
    for start in range(0, grid.height, step):
        stop = min(start + step, grid.height)
        part = np.maximum(codes[start:stop], 0).ravel()
        total += np.bincount(part, weights=areas.rows(start, stop).ravel(), minlength=most + 1)
    return total
