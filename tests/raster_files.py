"""Raster files for the tests of the raster door, with what is right for them."""

from pathlib import Path

import numpy as np
import rasterio
from affine import Affine

CELL = 900.0
WEST, NORTH = 540_000.0, 3_140_000.0
TRANSFORM = Affine(CELL, 0, WEST, 0, -CELL, NORTH)
SHAPE = (60, 72)
HOLE = (slice(20, 30), slice(30, 45))


def relief(shape=SHAPE):
    """Return heights of 400 to 1,600 m in whole decimetres, so that every unit of the tests stores them exactly."""
    row, column = np.mgrid[0 : shape[0], 0 : shape[1]].astype(float)
    heights = 1000 + 400 * np.sin(column / 9) * np.cos(row / 7) + 3 * row - 2 * column
    return np.round(heights, 1)


def write(
    path,
    values,
    *,
    transform=TRANSFORM,
    crs="EPSG:4544",
    unit=None,
    scale=None,
    offset=None,
    tags=None,
    mask=None,
    alpha=None,
    driver="GTiff",
    **options,
):
    """Write bands with whatever is declared about them, and return the path."""
    bands = [values] if alpha is None else [values, alpha]
    profile = {
        "driver": driver,
        "height": values.shape[0],
        "width": values.shape[1],
        "count": len(bands),
        "dtype": values.dtype,
        "crs": crs,
        "transform": transform,
        **options,
    }
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile) as file:
        if alpha is not None:  # before the first cell, when the directory is still open
            file.colorinterp = [rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha]
        for number, band in enumerate(bands, 1):
            file.write(band, number)
        if unit:
            file.units = [unit] * len(bands)
        if scale is not None:
            file.scales = [scale] * len(bands)
        if offset is not None:
            file.offsets = [offset] * len(bands)
        if mask is not None:
            file.write_mask(mask)
        if tags:
            file.update_tags(**tags)
    return Path(path)
