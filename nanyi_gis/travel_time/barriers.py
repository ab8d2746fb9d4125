"""Barriers: cells that cannot be entered off the road, closed against diagonal leaks."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from pyproj.exceptions import CRSError, ProjError
from rasterio.features import rasterize

from .._kernels.line_trace import trace_lines
from ..errors import DataError
from ..io import mended, near
from ..raster import Grid, plain_shapes
from .grid import Bool, Int, Steps, steps_of


@dataclass(frozen=True)
class Barriers:
    """Barrier cells, and the lines and outlines that made them (none for a raster)."""

    cells: Bool
    shapes: gpd.GeoSeries | None


def barrier_cells(barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray, dem: xr.DataArray) -> Bool:
    """Return the cells of a raster that barriers close, with no way through diagonally; see :func:`burn_barriers`.

    >>> dem = xr.DataArray(np.zeros((2, 3)), coords={"y": [15, 5], "x": [5, 15, 25]}, dims=("y", "x"))
    >>> wall = gpd.GeoSeries.from_wkt(["LINESTRING (15 20, 15 0)"], crs=4544)
    >>> barrier_cells(wall, dem.rio.write_crs(4544)).tolist()
    [[False, True, False], [False, True, False]]
    """
    return burn_barriers(barriers, steps_of(dem)).cells


def burn_barriers(barriers: gpd.GeoDataFrame | gpd.GeoSeries | xr.DataArray, grid: Steps) -> Barriers:
    """Return the cells that lines pass, and that polygons touch, or those that a raster marks.

    Lines are followed through the common sides of cells, so their cells form an unbroken wall.

    Raises
    ------
    DataError
        If the vectors have no CRS or hold points, or the raster is on another grid.
    """
    if isinstance(barriers, xr.DataArray):
        return Barriers(raster_on(barriers, grid, name="barriers"), None)
    shapes = on_grid(barriers, grid, name="barriers").geometry
    shapes = shapes[~(shapes.isna() | shapes.is_empty)]
    kinds = set(shapes.geom_type) - {"LineString", "MultiLineString", "Polygon", "MultiPolygon", "LinearRing"}
    if kinds:
        raise DataError(f"barriers hold {', '.join(sorted(kinds))}, but must be lines or polygons; buffer points")
    require_reach(shapes, grid, name="barriers")
    shapes = (
        gpd.GeoSeries(mended(np.asarray(shapes.values)), crs=shapes.crs)
        .explode(ignore_index=True)
        .explode(ignore_index=True)
    )
    shapes = shapes[shapes.geom_type != "Point"]
    cells = np.zeros((grid.height, grid.width), dtype=bool)
    areas = shapes[shapes.geom_type.str.endswith("Polygon")]
    if len(areas):
        plain = list(plain_shapes(np.asarray(areas.values)))
        cells |= rasterize(plain, out_shape=cells.shape, transform=grid.transform, dtype="uint8") > 0
    outlines = shapely.get_parts(np.concatenate([shapes[~shapes.index.isin(areas.index)], areas.boundary]))
    cells.ravel()[cells_under(outlines, grid)] = True
    return Barriers(cells, shapes.reset_index(drop=True))


def on_grid(frame: gpd.GeoDataFrame | gpd.GeoSeries, grid: Steps, *, name: str) -> gpd.GeoDataFrame:
    """Return vectors in the CRS of the grid, rows renumbered from 0.

    Lines and areas that the CRS cannot show, as of a world map, are cut off far from the grid.
    """
    if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
        raise DataError(f"{name} is a {type(frame).__name__}, but must be a GeoDataFrame or a raster on the DEM's grid")
    frame = gpd.GeoDataFrame(geometry=frame) if isinstance(frame, gpd.GeoSeries) else frame
    if frame.crs is None:
        raise DataError(f"{name} have no CRS; set one with .set_crs, e.g. EPSG:4326 for degrees")
    try:
        there = frame.reset_index(drop=True).to_crs(grid.crs)
    except (ProjError, CRSError) as error:
        raise DataError(f"{name} have a CRS that cannot be turned into the DEM's; set the right one") from error
    if not _finite(there.geometry) and shapely.get_dimensions(frame.geometry.to_numpy()).max() > 0:
        clipped = near(frame.geometry, grid.bounds, grid.crs)
        if not clipped.is_empty.all():
            there = frame.set_geometry(clipped).reset_index(drop=True).to_crs(grid.crs)
    if not _finite(there.geometry):
        raise DataError(f"{name} have coordinates that their CRS, {frame.crs.name}, does not reach; set the right CRS")
    return there


def _finite(shapes: gpd.GeoSeries) -> bool:
    return bool(np.isfinite(shapely.get_coordinates(shapes.to_numpy())).all())


def require_reach(shapes: gpd.GeoSeries, grid: Steps, *, name: str) -> None:
    """Refuse shapes of which none touches the grid: their CRS is wrong, or they are of somewhere else."""
    if not len(shapes):
        return
    frame = shapely.box(*grid.bounds)
    if not shapely.intersects(shapes.to_numpy(), frame).any():
        where = ", ".join(f"{value:.6g}" for value in shapes.total_bounds)
        raise DataError(f"none of {len(shapes)} {name} reaches the DEM: in its CRS they are at {where}; check theirs")


def raster_on(raster: xr.DataArray, grid: Steps, *, name: str) -> Bool:
    """Return where a raster on the same grid is neither zero nor nodata."""
    if not Grid.of(raster, name=name).matches(grid):
        raise DataError(f"{name} is on another grid than dem; resample it with rio.reproject_match first")
    values = np.asarray(raster.data)
    marked: Bool = (values != 0) & ~np.isnan(values) if values.dtype.kind == "f" else values != 0
    nodata = raster.rio.nodata
    if nodata is not None and not np.isnan(nodata):
        marked &= values != nodata
    return marked


def cells_under(lines: npt.NDArray[np.object_], grid: Steps) -> Int:
    """Return the flat numbers of the cells that lines pass, with repeats."""
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    if not len(coordinates):
        return np.empty(0, np.int64)
    starts = np.searchsorted(index, np.arange(len(lines) + 1)).astype(np.int64)
    column, row = grid.place(coordinates[:, 0], coordinates[:, 1])
    return trace_lines(column, row, np.zeros(len(index)), starts, (grid.height, grid.width))[1]
