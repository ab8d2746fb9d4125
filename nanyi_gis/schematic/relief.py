"""How high above the valleys a straight line runs, on the elevation raster of a study."""

import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from scipy.ndimage import minimum_filter

from .._transformers import crs_to_crs
from ..errors import DataError
from .chains import Sources, network_nodes, place_of, sources_of

CELL_M = 500.0  # heights are averaged to about this, and a line is sampled as densely
VALLEY_M = 15_000.0  # the lowest ground within this distance is the valley
_DEGREE_M = 111_320.0
_LEAST_INSIDE = 0.5  # of a line, for a height to say something about it

FloatArray = npt.NDArray[np.float64]


class _Heights(NamedTuple):
    above: FloatArray
    transform: Affine
    crs: str


@cache
def _heights(path: Path) -> _Heights:
    """Return the height of the ground above the lowest ground around, on cells of about half a kilometre."""
    try:
        return _read_heights(path)
    except RasterioError as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{path} cannot be read as the study's elevation raster ({reason}); correct dem") from error


def _read_heights(path: Path) -> _Heights:
    with rasterio.open(path) as dataset:
        metres = 1.0 if dataset.crs is None or dataset.crs.is_projected else _DEGREE_M
        step = [max(1.0, CELL_M / (size * metres)) for size in dataset.res]
        shape = (math.ceil(dataset.height / step[1]), math.ceil(dataset.width / step[0]))
        heights = dataset.read(1, out_shape=shape, resampling=Resampling.average, masked=True).astype(float)
        scale = Affine.scale(dataset.width / shape[1], dataset.height / shape[0])
        transform, crs = dataset.transform * scale, dataset.crs.to_string() if dataset.crs else ""
    ground = heights.filled(np.nan)
    cells = [2 * round(VALLEY_M / (size * metres)) + 1 for size in (abs(transform.e), transform.a)]
    lowest = minimum_filter(np.where(np.isnan(ground), np.inf, ground), size=cells, mode="nearest")
    return _Heights(ground - lowest, transform, crs)


def height_above_valleys(nodes: tuple[str, ...], sources: Sources | None = None) -> list[float]:
    """Return for each part of a chain how many metres its straight line runs above the valleys, on the mean.

    The valley is the lowest ground within 15 km, so that a road in a valley counts little however high the valley,
    and one over the ridges much. NaN where the study has no elevation raster, or more than half of a line lies
    outside it.

    >>> seat, south, moni = "township-510524100", "township-510524107", "township-510524109"
    >>> valley, ridge = height_above_valleys((seat, south, moni))
    >>> 0 < valley < ridge
    True
    """
    files = sources or sources_of()
    if files.dem is None:
        return [math.nan] * (len(nodes) - 1)
    raster = _heights(files.dem)
    to_raster = crs_to_crs(files.crs, raster.crs or files.crs)
    points = [network_nodes(files).geometry[place_of(node)] for node in nodes]
    result = []
    for start, end in pairwise(points):
        share = np.linspace(0.0, 1.0, max(2, math.ceil(start.distance(end) / CELL_M) + 1))
        x, y = to_raster.transform(start.x + share * (end.x - start.x), start.y + share * (end.y - start.y))
        column, row = ~raster.transform * (np.asarray(x), np.asarray(y))
        row, column = np.floor(row).astype(int), np.floor(column).astype(int)
        inside = (row >= 0) & (column >= 0) & (row < raster.above.shape[0]) & (column < raster.above.shape[1])
        found = raster.above[row[inside], column[inside]]
        found = found[np.isfinite(found)]
        result.append(float(found.mean()) if len(found) >= _LEAST_INSIDE * len(share) else math.nan)
    return result
