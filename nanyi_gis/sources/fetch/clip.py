"""The part of several tiles of one grid that a bounding box needs, cell by cell as published."""

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from ..._limits import hold_cells_read
from ..._progress import Progress, silent
from ...errors import DataError
from ...raster import Bounds, CogWriter, Colour, Grid, RasterFile, group_tiles
from .plausible import Check

_ROWS = 1024
_SNAP = 1e-6  # of a cell: what rounding leaves of a whole number of cells


@dataclass(frozen=True)
class Cut:
    """Tiles that share one grid, and the window of that grid which holds a bounding box.

    Nothing is resampled: a cell of the result is a cell of a tile, so that people in a cell stay people in a
    cell and codes stay codes.

    Attributes
    ----------
    tiles : tuple of RasterFile
        On one grid, whole or in pieces; where they overlap, the first that holds a value counts.
    grid : Grid
        The window, in the tiles' CRS.
    check : callable, optional
        Refuses values of a tile, as they are read, that its service does not publish.
    """

    tiles: tuple[RasterFile, ...]
    grid: Grid
    check: Check | None = None

    @classmethod
    def of(cls, tiles: Sequence[RasterFile], bbox: Bounds, *, check: Check | None = None) -> "Cut":
        """Return the cut of tiles at a box of longitudes and latitudes, grown to whole cells.

        Raises
        ------
        DataError
            If the tiles lie on different grids, are not in degrees, none reaches the box, or it has too many cells.
        """
        first = tiles[0]
        names = ", ".join(tile.name for tile in tiles[:3])
        if len(group_tiles(tiles)) != 1:
            raise DataError(
                f"{names} lie on different grids; get tiles of one source and resolution, on either side of a border "
                "where cells grow wider apart, with --bbox"
            )
        if not first.grid.crs.is_geographic:
            raise DataError(f"{first.name} is in {first.grid.crs.name}, but must be in degrees; get the tile again")
        reached = [tile for tile in tiles if _meet(tile.grid.bounds, bbox)]
        if not reached:
            raise DataError(
                f"{names} do not reach the box {box_text(bbox)}; check --bbox, or get the tiles of that place"
            )
        grid = _window(first.grid, bbox)
        hold_cells_read(first.name, grid.width * grid.height)
        return cls(tuple(reached), grid, check)

    def blocks(self, *, rows: int = _ROWS) -> Iterator[tuple[int, npt.NDArray[Any]]]:
        """Yield the first row of each strip and its values: codes as stored, quantities as floats with NaN."""
        for top in range(0, self.grid.height, rows):
            yield top, self.strip(top, min(top + rows, self.grid.height))

    def values(self) -> npt.NDArray[Any]:
        """Return all values at once."""
        return self.strip(0, self.grid.height)

    def strip(self, top: int, bottom: int) -> npt.NDArray[Any]:
        """Return the values of some rows; where no tile has any, NaN or the first tile's nodata code."""
        first = self.tiles[0]
        code = first.kind == "code"
        empty = (first.nodata or 0) if code else np.nan
        out = np.full((bottom - top, self.grid.width), empty, dtype=first.dtype if code else np.float32)
        for tile in reversed(self.tiles):
            column, row = _offset(tile.grid, self.grid)
            above, below = max(row, top), min(row + tile.grid.height, bottom)
            left, right = max(column, 0), min(column + tile.grid.width, self.grid.width)
            if above >= below or left >= right:
                continue
            window = slice(above - row, below - row), slice(left - column, right - column)
            with tile.open() as reader:
                values = reader.stored(*window) if code else reader.read(*window)
            if self.check is not None:
                self.check(values, tile)
            target = out[above - top : below - top, left:right]
            held = values != empty if code else np.isfinite(values)
            target[held] = values[held]
        return out

    def write(
        self,
        path: str | os.PathLike[str],
        *,
        nodata: float,
        tags: Mapping[str, str],
        unit: str | None = None,
        names: Mapping[int, str] | None = None,
        colours: Mapping[int, Colour] | None = None,
        change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]] | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Write the cut as a COG, strip by strip.

        Parameters
        ----------
        path : path
            Target.
        nodata : float
            Code of cells without a value.
        tags, unit, names, colours
            As for :class:`nanyi_gis.raster.CogWriter`.
        change : callable, optional
            Applied to each strip before it is written.
        progress : callable, optional
            Takes the share done, 0 to 1.

        Raises
        ------
        DataError
            If the tiles hold no value in the box, or one that ``check`` refuses.
        """
        tell = progress or silent
        dtype = self.tiles[0].dtype if self.tiles[0].kind == "code" else "float32"
        held = False
        with CogWriter(
            path, self.grid, dtype=dtype, nodata=nodata, tags=tags, unit=unit, names=names, colours=colours
        ) as writer:
            for top, values in self.blocks():
                strip = values if change is None else change(values)
                filled = strip if strip.dtype.kind in "iu" else np.where(np.isfinite(strip), strip, nodata)
                held = held or bool((filled != nodata).any())
                writer.write(filled, top, 0)
                tell((top + len(strip)) / self.grid.height)
            if not held:
                raise DataError(f"{self.tiles[0].name} holds no value in the box; check --bbox")
            return writer.finish()


def box_text(bbox: Bounds) -> str:
    """Return a box as it is typed.

    >>> box_text((105.0, 27.5, 106.5, 28.7))
    '105,27.5,106.5,28.7'
    """
    return ",".join(f"{value:g}" for value in bbox)


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _window(grid: Grid, bbox: Bounds) -> Grid:
    """Return the cells of an endless grid that a box touches."""
    west, south, east, north = bbox
    (left, right), (top, bottom) = grid.place([west, east], [north, south])
    first = math.floor(left + _SNAP), math.floor(top + _SNAP)
    last = max(math.ceil(right - _SNAP), first[0] + 1), max(math.ceil(bottom - _SNAP), first[1] + 1)
    corner = grid.transform * Affine.translation(*first)
    return Grid(grid.crs, corner, last[0] - first[0], last[1] - first[1])


def _offset(tile: Grid, window: Grid) -> tuple[int, int]:
    """Return column and row of the window at which a tile begins."""
    column, row = window.place(tile.transform.c, tile.transform.f)
    return round(float(column)), round(float(row))
