"""The rasters under a sheet's map: shaded relief, and the theme's classes inside the counties."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import xarray as xr

from ...terrain import hillshade
from ..context import Atlas
from ..drawn import Classes
from ..imagery import tinted
from .paper import Layout

RELIEF_DPI = 150
CLASS_DPI = 300

Image = npt.NDArray[np.uint8]


def relief_image(atlas: Atlas, layout: Layout) -> Image:
    """Return the relief inside the neat line, shape (rows, columns, 4), transparent where there is none.

    Where the heights end within the map it shows the counties alone, for an edge of the data is none of the land.
    """
    dem = _merged(atlas.dem, layout)
    shade = _merged(hillshade(atlas.dem, z_factor=1.3).astype(np.float32), layout)
    rows, columns = _cells(dem, layout, RELIEF_DPI)
    image = tinted(_taken(dem, rows, columns, np.nan), _taken(shade, rows, columns, 0.0))
    if (rows < 0).any() or (columns < 0).any() or (image[..., 3] == 0).any():
        here = _cells(atlas.zones, layout, RELIEF_DPI)
        image[_taken(atlas.zones, *here, 0.0) == 0, 3] = 0
    pale = 0.35  # colours of the theme must stand out on it
    image[..., :3] = np.rint(image[..., :3] * (1 - pale) + 255 * pale).astype(np.uint8)
    return image


def class_image(layer: Classes, zones: xr.DataArray, counties: Collection[int], layout: Layout) -> Image:
    """Return a raster of classes inside the counties of these codes, shape (rows, columns, 4)."""
    rows, columns = _cells(layer.codes, layout, CLASS_DPI)
    codes = _taken(layer.codes, rows, columns, 0).astype(np.uint8)
    codes[~np.isin(_taken(zones, rows, columns, 0), list(counties))] = 0
    table = np.zeros((256, 4), np.uint8)
    for code in layer.labels:
        table[code] = (*layer.palette[code][:3], round(255 * layer.opacity))
    return table[codes]


def _cells(raster: xr.DataArray, layout: Layout, dpi: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the row and the column of the raster under each row and column of the image, -1 outside."""
    west, south, east, north = layout.ground
    count = [max(2, round(side / 25.4 * dpi)) for side in (layout.map.width, layout.map.height)]
    xs = west + (np.arange(count[0]) + 0.5) * (east - west) / count[0]
    ys = north - (np.arange(count[1]) + 0.5) * (north - south) / count[1]
    return _nearest(raster["y"].values, ys), _nearest(raster["x"].values, xs)


def _nearest(steps: npt.NDArray[np.float64], wanted: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    step = (steps[-1] - steps[0]) / max(len(steps) - 1, 1)
    index = np.rint((wanted - steps[0]) / step).astype(np.int64)
    return np.where((index >= 0) & (index < len(steps)), index, -1)


def _taken(
    raster: xr.DataArray, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64], empty: float
) -> npt.NDArray[np.float64]:
    values = np.asarray(raster.values[np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))], dtype=np.float64)
    values[rows < 0, :] = empty
    values[:, columns < 0] = empty
    return values


def _merged(raster: xr.DataArray, layout: Layout) -> xr.DataArray:
    """Return means over as many cells as a pixel of the relief holds, so that nothing flickers."""
    cell = abs(float(raster["x"].values[1] - raster["x"].values[0])) if raster.sizes["x"] > 1 else np.inf
    factor = int((25.4 / RELIEF_DPI) * layout.metres // cell)
    if factor < 2:
        return raster
    merged: xr.DataArray = raster.coarsen(y=factor, x=factor, boundary="trim").mean()
    return merged
