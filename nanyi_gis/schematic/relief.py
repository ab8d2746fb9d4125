"""How high above the valleys a straight line runs, on the elevation raster of a study."""

import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from affine import Affine
from scipy.ndimage import minimum_filter

from .._transformers import crs_to_crs
from ..raster import Reader, open_raster
from .chains import Sources, network_nodes, place_of, sources_of

CELL_M = 500.0  # heights are averaged to about this, and a line is sampled as densely
VALLEY_M = 15_000.0  # the lowest ground within this distance is the valley
_WHOLE_CELLS = 50_000_000  # a raster of up to so many cells is read whole
_READ_M = 100.0  # a finer raster is thinned to this before it is averaged
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
    with open_raster(path) as reader:
        grid = reader.file.grid
        metres = _DEGREE_M if grid.crs.is_geographic else 1.0
        sizes = [abs(size) * metres for size in (grid.transform.e, grid.transform.a)]
        thinned = tuple(
            max(1, round(count / max(1.0, _READ_M / size)))
            for count, size in zip((grid.height, grid.width), sizes, strict=True)
        )
        heights = _thinned(reader, (thinned[0], thinned[1]))
    read = [size * count / now for size, count, now in zip(sizes, (grid.height, grid.width), thinned, strict=True)]
    block = [max(1, round(CELL_M / size)) for size in read]
    ground = _block_means(heights, block[0], block[1])
    across = [2 * round(VALLEY_M / (size * cells)) + 1 for size, cells in zip(read, block, strict=True)]
    lowest = minimum_filter(np.where(np.isnan(ground), np.inf, ground), size=across, mode="nearest")
    scale = Affine.scale(grid.width / thinned[1] * block[1], grid.height / thinned[0] * block[0])
    return _Heights(ground - lowest, grid.transform * scale, grid.crs.to_string())


def _thinned(reader: Reader, shape: tuple[int, int]) -> FloatArray:
    """Return heights on fewer cells, each that of the cell under its centre.

    GDAL takes a small raster apart once for every row that it thins, so one that fits is read whole.
    """
    grid = reader.file.grid
    if grid.height * grid.width > _WHOLE_CELLS:
        return np.asarray(reader.read(shape=shape), dtype=float)
    rows, columns = (
        np.floor((np.arange(now) + 0.5) * count / now).astype(int)
        for now, count in zip(shape, (grid.height, grid.width), strict=True)
    )
    thinned: FloatArray = np.asarray(reader.read(), dtype=float)[np.ix_(rows, columns)]
    return thinned


def _block_means(values: FloatArray, rows: int, columns: int) -> FloatArray:
    """Return the mean of the known cells of each block, NaN where none is known; the last ones may be smaller.

    >>> _block_means(np.array([[1.0, 3.0, 5.0], [np.nan, 2.0, 7.0]]), 2, 2)
    array([[2., 6.]])
    """
    height, width = values.shape
    padded = np.pad(values, ((0, -height % rows), (0, -width % columns)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // rows, rows, -1, columns)
    known = np.isfinite(blocks).sum(axis=(1, 3))
    sums = np.nansum(blocks, axis=(1, 3))
    means: FloatArray = np.divide(sums, known, out=np.full(sums.shape, np.nan), where=known > 0)
    return means


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
    return list(_above_valleys(nodes, sources or sources_of()))


@cache
def _above_valleys(nodes: tuple[str, ...], files: Sources) -> tuple[float, ...]:
    """Return the same, once for each chain of a study: every network is made of the same ones."""
    if files.dem is None:
        return (math.nan,) * (len(nodes) - 1)
    raster = _heights(files.dem)
    to_raster = crs_to_crs(files.crs, raster.crs)
    places = network_nodes(files).geometry
    points = [places[place_of(node)] for node in nodes]
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
    return tuple(result)
