"""The trend under the demonstration terrain: real mean heights of 1/12 degree blocks (ITU-R P.1511-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from affine import Affine
from scipy import ndimage

from ..._transformers import crs_to_crs
from ...errors import DataError, MissingExtraError

Field = npt.NDArray[np.float64]
_PER_DEGREE = 12
EXPONENTS = tuple(float(p) for p in np.arange(2, 17) / 10)


@dataclass(frozen=True)
class Blocks:
    """Block mean heights, and where the cells of a raster lie among them.

    Attributes
    ----------
    heights : array
        Mean height in metres of each 1/12 degree block around the raster.
    row, column : array
        Position of each cell of the raster in units of blocks; whole numbers are block centres.
    block : array of int
        Flat index of the block in which each cell lies.
    whole : array of bool
        Blocks that lie entirely on the raster.
    """

    heights: Field
    row: Field
    column: Field
    block: npt.NDArray[np.int64]
    whole: npt.NDArray[np.bool_]

    def means(self, surface: Field) -> Field:
        """Return the mean of ``surface`` over each block (0 where no cell lies)."""
        count = np.bincount(self.block.ravel(), minlength=self.heights.size)
        total = np.bincount(self.block.ravel(), weights=surface.ravel(), minlength=self.heights.size)
        return (total / np.maximum(count, 1)).reshape(self.heights.shape)

    def missing(self, surface: Field) -> Field:
        """Return what ``surface`` lacks of the block means, 0 for blocks cut by the raster's edge."""
        return np.where(self.whole, self.heights - self.means(surface), 0.0)

    def spread(self, blocks: Field) -> Field:
        """Return a smooth surface (cubic spline) through values at the block centres."""
        surface: Field = ndimage.map_coordinates(blocks, [self.row, self.column], order=3, mode="nearest")
        return surface

    def trend(self, *, rounds: int = 12) -> Field:
        """Return the smooth surface whose block means are the heights (Tobler's pycnophylactic property).

        A spline through the block values flattens summits and valleys; what the means lack is
        splined and added until they agree to centimetres.
        """
        surface = self.spread(self.heights)
        for _ in range(rounds):
            surface = surface + self.spread(self.missing(surface))
        return surface

    def deviation(self, surface: Field) -> float:
        """Return the standard deviation in metres of ``surface`` about its block means, averaged over whole blocks."""
        square = (surface - self.means(surface).ravel()[self.block]) ** 2
        return float(np.sqrt(self.means(square)[self.whole].mean()))


def itu_heights() -> tuple[Field, float, float]:
    """Return the world's ITU-R P.1511-2 heights (m), north to south, with latitude and longitude of the first.

    The file covers 1/12 degree steps with centres on odd multiples of 1/24 degree. Each value is
    the mean of its block.

    Raises
    ------
    MissingExtraError
        If ``itur`` is not installed.
    DataError
        If its grid is not the one expected.
    """
    try:
        import itur
    except ImportError as error:
        raise MissingExtraError("the ITU heights need itur; install nanyi_gis[rebuild]") from error
    folder = Path(itur.__file__).parent / "data" / "1511"
    arrays = {}
    for name in ("v2_topo", "v2_lat", "v2_lon"):
        with np.load(folder / f"{name}.npz") as archive:
            arrays[name] = archive[archive.files[0]]
    latitude, longitude = arrays["v2_lat"][:, 0], arrays["v2_lon"][0]
    steps = np.concatenate([-np.diff(latitude), np.diff(longitude)])
    if not np.allclose(steps, 1 / _PER_DEGREE, atol=1e-6):
        raise DataError("the ITU heights of this itur are not on a 1/12 degree grid; install itur 0.4.0")
    return arrays["v2_topo"].astype(np.float64), float(latitude[0]), float(longitude[0])


def itu_blocks(transform: Affine, shape: tuple[int, int], *, crs: str) -> Blocks:
    """Return the ITU blocks under a raster of given transform, shape (rows, columns) and CRS."""
    heights, north, west = itu_heights()
    x, y = np.meshgrid(
        transform.c + transform.a * (np.arange(shape[1]) + 0.5),
        transform.f + transform.e * (np.arange(shape[0]) + 0.5),
    )
    longitude, latitude = crs_to_crs(crs, "EPSG:4326").transform(x, y)
    # A rounded position keeps last-bit differences between machines out of the result.
    row = np.round((north - latitude) * _PER_DEGREE, 7)
    column = np.round((longitude - west) * _PER_DEGREE, 7)
    rows, columns = np.rint(row).astype(np.int64), np.rint(column).astype(np.int64)
    top, left = int(rows.min()) - 3, int(columns.min()) - 3
    part = heights[top : int(rows.max()) + 4, left : int(columns.max()) + 4]
    return blocks_at(part, row - top, column - left)


def blocks_at(heights: Field, row: Field, column: Field) -> Blocks:
    """Return blocks of ``heights`` under cells at the positions ``row`` and ``column``, whole numbers being centres."""
    block = np.rint(row).astype(np.int64) * heights.shape[1] + np.rint(column).astype(np.int64)
    whole = np.bincount(block.ravel(), minlength=heights.size) > 0
    whole[np.concatenate([block[0], block[-1], block[:, 0], block[:, -1]])] = False
    return Blocks(heights=heights.copy(), row=row, column=column, block=block, whole=whole.reshape(heights.shape))


def block_variogram(heights: Field, *, lags: int = 4) -> Field:
    """Return half the mean squared difference of block heights at lags 1, 2, ... blocks (m²).

    >>> block_variogram(np.array([[0.0, 2.0], [0.0, 2.0]]), lags=1).tolist()
    [1.0]
    """
    result = []
    for lag in range(1, lags + 1):
        south = (heights[lag:] - heights[:-lag]) ** 2
        east = (heights[:, lag:] - heights[:, :-lag]) ** 2
        result.append((south.sum() + east.sum()) / (south.size + east.size) / 2)
    return np.array(result)


def deviation_within_blocks(
    variogram: Field, *, points: int = 24, exponents: Sequence[float] = EXPONENTS
) -> tuple[float, float]:
    """Return the standard deviation inside a block that the variogram of block means implies, and the exponent.

    A self-similar surface has the point variogram c h^p. Averaged over blocks v it becomes
    mean(c h^p between two blocks) - mean(c h^p inside v), and the second term is the variance
    inside a block (Journel and Huijbregts 1978, dispersion variance). The p of ``exponents``
    that fits the lags best is taken, c by least squares of the relative misfit. A flat surface has none.
    """
    if not (variogram > 0).all():
        return 0.0, 0.0
    axis = (np.arange(points) + 0.5) / points
    apart = np.subtract.outer(axis, axis)
    best = (np.inf, 0.0, 0.0)
    for p in exponents:
        inside = _mean_power(apart, apart, p)
        model = np.array([_mean_power(apart, apart + lag, p) for lag in range(1, variogram.size + 1)]) - inside
        ratio = model / variogram
        c = ratio.sum() / (ratio**2).sum()
        misfit = float(((c * ratio - 1) ** 2).sum())
        if misfit < best[0]:
            best = (misfit, float(np.sqrt(c * inside)), float(p))
    return best[1], best[2]


def _mean_power(down: Field, across: Field, p: float) -> float:
    square = np.add.outer(down.ravel() ** 2, across.ravel() ** 2)
    return float((square ** (p / 2)).mean())
