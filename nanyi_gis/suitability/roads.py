"""Distance to the nearest road as a raster, on the DEM's grid or a coarser one."""

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.features import rasterize
from scipy.ndimage import distance_transform_edt

from ..errors import DataError
from ..raster import CogWriter, Grid

MOST_CELLS = 16_000_000
METRES_PER_DEGREE = 111_320.0


def write_road_distance(roads: gpd.GeoDataFrame, grid: Grid, path: Path) -> Path:
    """Write the straight distance in metres to the nearest road as a float32 GeoTIFF over a grid.

    Above 16 million cells the raster is coarser than the grid; its reader interpolates. On a
    geographic grid degrees are turned into metres at its middle latitude.

    Raises
    ------
    DataError
        If there are no lines, or none lies on the grid.
    """
    lines = roads.geometry.to_crs(grid.crs)
    factor = max(1, math.ceil(math.sqrt(grid.width * grid.height / MOST_CELLS)))
    width, height = math.ceil(grid.width / factor), math.ceil(grid.height / factor)
    transform = grid.transform * Affine.scale(factor)
    shapes = [line for line in lines if line is not None and not line.is_empty and shapely.get_dimensions(line) > 0]
    if not shapes:
        raise DataError("roads hold no lines; give the lines of roads, not points")
    marked = rasterize(shapes, out_shape=(height, width), transform=transform, fill=0, all_touched=True, dtype="uint8")
    if not marked.any():
        raise DataError("no road lies on the DEM; check the CRS of the roads")
    dx, dy = abs(transform.a), abs(transform.e)
    if grid.crs.is_geographic:
        middle = float(np.cos(grid.latitudes()[grid.height // 2]))
        dx, dy = dx * METRES_PER_DEGREE * middle, dy * METRES_PER_DEGREE
    else:
        dx, dy = dx * grid.unit, dy * grid.unit
    distance = distance_transform_edt(marked == 0, sampling=(dy, dx)).astype(np.float32)
    whole = Grid(grid.crs, transform, width, height)
    with CogWriter(path, whole, dtype="float32", nodata=math.nan, level=1) as writer:
        writer.write(distance, 0, 0)
        return writer.finish()
