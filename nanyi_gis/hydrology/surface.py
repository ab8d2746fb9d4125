"""The ground under running water: heights north-up in memory, the metres between cells, and where water ends."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._limits import hold_memory
from ..errors import DataError
from ..raster import Areas, Elevations, Grid, check_raster, elevations

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BYTES_PER_CELL = 16.0
"""Of memory beyond the DEM itself, at the peak: measured 16 with the height above streams, 4 more from Dask blocks."""

_LARGEST_SUM = 2.0**62


@dataclass(frozen=True, eq=False)
class Ground:
    """A DEM ready for water to run on.

    Attributes
    ----------
    dem : DataArray
        As given.
    grid : Grid
        Its grid.
    heights : float32 or float64 (rows, columns)
        Rows from north to south, columns from west to east, whatever the order of the DEM; NaN where there is none.
    fixed : bool (rows, columns) or (0, 0)
        Cells in which water ends, in the same order.
    weights : float64 (rows, 3)
        One over the metres to the next cell of the row, of the column and across.
    row_areas : float64 (rows,)
        Square metres of a cell of each row, from the metres between cells.
    """

    dem: xr.DataArray
    grid: Grid
    heights: Elevations
    fixed: Flags
    weights: Floats
    row_areas: Floats

    @classmethod
    def of(cls, dem: xr.DataArray, *, fixed: xr.DataArray | None = None) -> "Ground":
        """Read a DEM, block by block if it is in Dask blocks.

        Raises
        ------
        DataError
            If it has no CRS, an uneven or stretched grid or no height at all, or ``fixed`` is no mask on its grid.
        """
        grid = Grid.of(dem)
        east, north = grid.spacing()
        hold_memory(f"dem has {dem.size:,} cells", dem.size * BYTES_PER_CELL)
        flip = _flips(grid)
        heights = _heights(dem, flip)
        if np.isnan(heights).all():
            raise DataError("dem has no cell with a height; check its nodata value")
        across, down = np.abs(east)[flip[0]], np.abs(north)[flip[0]]
        weights = np.stack([1.0 / across, 1.0 / down, 1.0 / np.hypot(across, down)], axis=1)
        return cls(dem, grid, heights, _mask(fixed, grid, flip), weights, across * down)

    def as_given(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return a raster in the order of the DEM's own rows and columns."""
        return values[_flips(self.grid)]

    def counted_areas(self) -> tuple[npt.NDArray[np.int64], float]:
        """Return the true area of each cell in whole units, and the square metres of a unit.

        The unit is a power of two so small that the whole raster just fits into 62 bits: sums of whole numbers are
        exact, in whatever order they are added.
        """
        areas = Areas.of(self.grid)
        height, width = self.grid.shape
        largest = float(areas.at_nodes(0, height).max())
        unit = 2.0 ** np.ceil(np.log2(largest * height * width / _LARGEST_SUM))
        counted = np.empty((height, width), np.int64)
        for row in range(height):
            counted[row] = np.rint(areas.rows(row, row + 1)[0] / unit)
        return np.ascontiguousarray(counted[_flips(self.grid)]), float(unit)

    def cell_area_m2(self) -> float:
        """Square metres of a cell on the ellipsoid, on average."""
        return float(Areas.of(self.grid).at_nodes(0, self.grid.height).mean())


def _flips(grid: Grid) -> tuple[slice, slice]:
    """Return the slices that turn rows southward and columns eastward, and back."""
    return slice(None, None, -1 if grid.step_y > 0 else 1), slice(None, None, -1 if grid.step_x < 0 else 1)


def _heights(dem: xr.DataArray, flip: tuple[slice, slice]) -> Elevations:
    nodata = dem.rio.nodata
    if dem.chunks is None:
        return elevations(np.ascontiguousarray(np.asarray(dem.data)[flip]), nodata, land=False)
    whole: Elevations = np.empty(dem.shape, elevations(np.empty((0, 0), dem.dtype)).dtype)
    rows, columns = (np.cumsum((0, *sizes)).tolist() for sizes in dem.chunks)
    for top, bottom in itertools.pairwise(rows):
        for left, right in itertools.pairwise(columns):
            block = np.ascontiguousarray(np.asarray(dem.data[top:bottom, left:right]))
            whole[top:bottom, left:right] = elevations(block, nodata, land=False)
    turned: Any = np.ascontiguousarray(whole[flip])
    return turned  # type: ignore[no-any-return]


def _mask(fixed: xr.DataArray | None, grid: Grid, flip: tuple[slice, slice]) -> Flags:
    if fixed is None:
        return np.zeros((0, 0), np.bool_)
    check_raster(fixed, name="fixed")
    if fixed.shape != grid.shape or not Grid.of(fixed, name="fixed").matches(grid):
        raise DataError("fixed is on another grid than dem; resample it to the DEM's first")
    if fixed.dtype != np.bool_:
        raise DataError(f"fixed has the type {fixed.dtype}, but must be true where water ends; give a comparison")
    return np.ascontiguousarray(np.asarray(fixed.data)[flip])
