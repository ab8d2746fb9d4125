"""The grid under a surface with the metres from cell to cell."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from pyproj import CRS, Geod

from .._transformers import crs_to_crs
from ..errors import DataError
from ..raster import Floats, Grid

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Bool = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Steps(Grid):
    """A grid with the metres from a cell to its neighbours.

    ``east``, ``south`` and ``diagonal`` are metres from a cell to its neighbour in the same row, to the next
    row, and to the next row and column: one value, or one a row.
    """

    east: Floats
    south: Floats
    diagonal: Floats

    def lengths(self, column: Float, row: Float) -> Float:
        """Return metres of the segments between successive points given in fractional columns and rows.

        The scale is that of the row in which a segment's middle lies, as for moves between cells.
        """
        middle = 0.5 * (row[1:] + row[:-1])
        index = np.clip(middle.astype(np.int64), 0, self.east.size - 1)
        return np.hypot(np.diff(column) * self.east[index], np.diff(row) * self.south[index])

    def map_scale(self) -> float:
        """Return how long the map draws a true metre, where it is furthest from 1; 1 for a geographic CRS.

        Taken from geodesic lengths of one cell east and one south, at corners, edges and middle.
        """
        base = self.crs.geodetic_crs
        geod = self.crs.get_geod()
        if self.crs.is_geographic or base is None or geod is None:
            return 1.0
        column, row = np.meshgrid(np.linspace(0, self.width, 3), np.linspace(0, self.height, 3))
        x = self.transform.c + column.ravel() * self.step_x
        y = self.transform.f + row.ravel() * self.step_y
        degrees = crs_to_crs(self.crs, base)
        here = degrees.transform(x, y)
        east = geod.inv(*here, *degrees.transform(x + self.step_x, y))[2]
        south = geod.inv(*here, *degrees.transform(x, y + self.step_y))[2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scales = np.concatenate([self.east[0] / np.asarray(east), self.south[0] / np.asarray(south)])
        scales = scales[np.isfinite(scales)]
        return float(scales[np.abs(scales - 1).argmax()]) if scales.size else 1.0

    def moves(self) -> Float:
        """Return metres of the moves W, E, N, S, NW, NE, SW, SE: one row, or one a row of the padded grid.

        Moves off the grid are infinite.
        """
        if self.east.size == 1:
            e, s, d = self.east[0], self.south[0], self.diagonal[0]
            return np.array([[e, e, s, s, d, d, d, d]])
        table = np.full((self.height + 2, 8), np.inf)
        table[1:-1, 0:2] = self.east[:, None]
        table[1:-2, 3] = self.south[:-1]
        table[1:-2, 6:8] = self.diagonal[:-1, None]
        table[2:-1, 2] = self.south[:-1]
        table[2:-1, 4:6] = self.diagonal[:-1, None]
        return table


def steps_of(raster: xr.DataArray, *, name: str = "dem") -> Steps:
    """Return the grid of a two-dimensional raster with its steps.

    Distances of a projected CRS are map distances in metres, whatever its unit; those of a geographic CRS are
    geodesic on its ellipsoid, row by row.

    Raises
    ------
    DataError
        If the raster is not ``y, x``, has no CRS, or is rotated.
    """
    grid = Grid.of(raster, name=name)
    if grid.crs.is_geographic:
        east, south, diagonal = _geodesic_steps(
            grid.crs, grid.height, grid.transform.f, grid.step_x, grid.step_y, name=name
        )
    else:
        dx, dy = abs(grid.step_x) * grid.unit, abs(grid.step_y) * grid.unit
        east, south, diagonal = np.array([dx]), np.array([dy]), np.array([np.hypot(dx, dy)])
    return Steps(grid.crs, grid.transform, grid.width, grid.height, east, south, diagonal)


def _geodesic_steps(
    crs: CRS, rows: int, top: float, step_x: float, step_y: float, *, name: str
) -> tuple[Float, Float, Float]:
    degree = np.degrees(crs.axis_info[0].unit_conversion_factor) if crs.axis_info else 1.0
    latitude = (top + (np.arange(rows) + 0.5) * step_y) * degree
    if np.abs(latitude).max() >= 90:
        raise DataError(f"{name} reaches latitude {np.abs(latitude).max():g}; check its transform and CRS")
    below = latitude + step_y * degree
    geod = crs.get_geod() or Geod(ellps="WGS84")
    zero, one = np.zeros(rows), np.full(rows, abs(step_x) * degree)
    east = geod.inv(zero, latitude, one, latitude)[2]
    south = geod.inv(zero, latitude, zero, below)[2]
    diagonal = geod.inv(zero, latitude, one, below)[2]
    return np.asarray(east), np.asarray(south), np.asarray(diagonal)
