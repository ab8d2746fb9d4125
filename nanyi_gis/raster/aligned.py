"""Values of a raster file on another grid; a window has the same values as the whole, to the last bit."""

import math

import numpy as np
import numpy.typing as npt

from .._kernels import alignment as kernels
from .._transformers import crs_to_crs
from .file import Reader, as_window
from .grid import Floats, Grid
from .mosaic import pixel_size

_STEP = 8  # cells between the nodes at which positions are projected; between them they are interpolated
_MOST_POINTS = 16
_MOST_CELLS = 32_000_000


def read_aligned(
    reader: Reader,
    grid: Grid,
    rows: slice = slice(None),
    columns: slice = slice(None),
    *,
    nearest: bool = False,
) -> npt.NDArray[np.float32]:
    """Return the values of an open raster at the cells of a grid, whatever grid and CRS it lies on itself.

    Quantities are interpolated bilinearly; where the raster is finer than the grid, a cell is the mean of
    points as dense as the raster's cells. A missing cell weighs nothing: voids neither spread nor shrink.
    Each cell is computed by itself, so a window of one cell gives what a window of the whole gives.

    Parameters
    ----------
    reader : Reader
        An open raster, see :func:`open_raster`.
    grid : Grid
        The grid wanted.
    rows, columns : slice
        Its window; all of it if not given.
    nearest : bool
        Take the cell under each centre, as codes need it.

    Returns
    -------
    array (rows, columns)
        float32, NaN where there is no value.

    >>> from nanyi_gis.io import data_file
    >>> from nanyi_gis.raster import open_raster
    >>> with open_raster(data_file("dem/demo_dem_90m.tif")) as raster:
    ...     own = raster.file.grid
    ...     coarse = Grid(own.crs, own.transform * own.transform.scale(2), own.width // 2, own.height // 2)
    ...     four = raster.read(slice(400, 402), slice(400, 402))
    ...     bool(np.isclose(read_aligned(raster, coarse, slice(200, 201), slice(200, 201)).item(), four.mean()))
    True
    """
    top, bottom, left, right = as_window(rows, columns, grid)
    if reader.file.grid.matches(grid):
        return np.asarray(reader.read(slice(top, bottom), slice(left, right)), dtype=np.float32)
    out = np.full((bottom - top, right - left), np.nan, np.float32)
    points = 1 if nearest else _points(reader, grid)
    _fill(reader, grid, (top, left), out, points=points, nearest=nearest)
    return out


def _fill(
    reader: Reader, grid: Grid, corner: tuple[int, int], out: npt.NDArray[np.float32], *, points: int, nearest: bool
) -> None:
    """Fill a window, in halves where it needs more of the raster than fits the memory."""
    if not out.size:
        return
    top, left = corner
    first_row, u_rows = _nodes(top, out.shape[0])
    first_column, u_columns = _nodes(left, out.shape[1])
    u, v = _positions(reader.file.grid, grid, u_rows, u_columns)
    window = _needed(u, v, reader.file.grid)
    if window is None:
        return
    (above, below), (west, east) = window
    if (below - above) * (east - west) > _MOST_CELLS and max(out.shape) > 1:
        long = 0 if out.shape[0] >= out.shape[1] else 1
        half = out.shape[long] // 2
        first, second = (out[:half], out[half:]) if long == 0 else (out[:, :half], out[:, half:])
        _fill(reader, grid, corner, first, points=points, nearest=nearest)
        beyond = (top + half, left) if long == 0 else (top, left + half)
        _fill(reader, grid, beyond, second, points=points, nearest=nearest)
        return
    values = np.asarray(reader.read(slice(above, below), slice(west, east)), dtype=np.float32)
    kernels.sample(
        values, above, west, u, v, first_row, first_column, float(_STEP), top, left, points, nearest, out
    )  # fmt: skip


def _nodes(start: int, count: int) -> tuple[int, npt.NDArray[np.int64]]:
    """Return the number of the first node and the cells at which nodes stand, around ``count`` cells."""
    first, last = (start - 1) // _STEP, (start + count) // _STEP + 1
    return first, np.arange(first, last + 1) * _STEP


def _positions(
    source: Grid, grid: Grid, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return fractional columns and rows of the source at nodes of the grid."""
    x, y = np.meshgrid(grid.columns(columns), grid.rows(rows))
    if source.crs != grid.crs:
        x, y = crs_to_crs(grid.crs, source.crs).transform(x, y)
    return source.place(x, y)


def _needed(u: Floats, v: Floats, source: Grid) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the rows and columns of the source between the nodes, a cell more on each side; None if it has none."""
    there = np.isfinite(u) & np.isfinite(v)
    if not there.any():
        return None
    spans = []
    for positions, size in ((v[there], source.height), (u[there], source.width)):
        low, high = max(math.floor(positions.min()) - 1, 0), min(math.ceil(positions.max()) + 1, size)
        if low >= high:
            return None
        spans.append((low, high))
    return spans[0], spans[1]


def _points(reader: Reader, grid: Grid) -> int:
    """Return how many points along the side of a cell are as dense as the raster's own cells."""
    west, south, east, north = grid.bounds
    pixel = pixel_size(reader.file, (west + east) / 2, (south + north) / 2, crs=grid.crs)
    ratio = math.sqrt(abs(grid.step_x * grid.step_y)) / pixel if pixel > 0 else math.nan
    return min(max(round(ratio), 1), _MOST_POINTS) if math.isfinite(ratio) else 1
