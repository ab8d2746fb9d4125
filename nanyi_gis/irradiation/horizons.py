"""How high the terrain stands around each cell."""

import math
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import sun as kernels
from .._progress import Progress, silent
from .._validation import check_count
from ..raster import processors
from ..visibility import EARTH_RADIUS_M, Ground, curvature_factor

Singles: TypeAlias = npt.NDArray[np.float32]

DIRECTIONS = 32
"""Directions of the horizon where none are given: one each 11.25 degrees."""

_NEAR = 8  # columns on a cell's own line; with 4 the error on fractal relief is twice as large, 16 halve it

_MOST_AHEAD = 4  # directions scanned at a time: each holds 8 bytes a cell


def horizons(
    dem: xr.DataArray,
    *,
    directions: int = DIRECTIONS,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> xr.DataArray:
    """Return the angle of the terrain's horizon above the level, seen from the ground of each cell.

    A direction is one scan along parallel lines with the convex hull of what has been passed, so that its cost does not
    grow with the distance of the horizon (the idea of Dozier and Frew 1990, IEEE TGRS 28(5), 963-969). On the first 8
    columns a cell's own line is followed, sampled as :func:`nanyi_gis.visibility.viewshed` does; farther on, the two
    lines beside it, which on fractal relief is true to 0.1 degree (root mean square). Beyond the raster, and where
    heights are unknown, nothing rises.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, square cells, a CRS in metres.
    directions : int
        How many, evenly from the grid's north clockwise; at least 4.
    curvature : str or float
        As of :func:`nanyi_gis.visibility.curvature_factor`.

    Returns
    -------
    xarray.DataArray
        float32 degrees, 0 or more, dimensions ``direction, y, x``; ``direction`` in degrees from the grid's north. NaN
        where the DEM has no height.

    Raises
    ------
    DataError
        If the DEM is in degrees or its cells are no squares.
    ParameterError
        If there are less than 4 directions, or the curvature is none.

    >>> z = np.zeros((3, 7), dtype="float32")
    >>> z[:, 6] = 90  # a wall in the east
    >>> dem = xr.DataArray(z, coords={"y": [60, 30, 0], "x": np.arange(7) * 30}, dims=("y", "x")).rio.write_crs(4544)
    >>> horizons(dem, directions=4)[:, 1, 3].values.round().tolist()  # 90 m at 90 m
    [0.0, 45.0, 0.0, 0.0]
    """
    count = check_count(directions, name="directions", least=4)
    scan = Scan.of(dem, curvature=curvature)
    tell = progress or silent
    angles = np.empty((count, *scan.z.shape), dtype=np.float32)
    for number, tangents, _ahead in scan.around(count):
        angles[number] = np.degrees(np.arctan(tangents))
        angles[number][np.isnan(scan.z)] = np.nan
        tell((number + 1) / count)
    layers = [
        scan.ground.grid.array(layer, name="horizon").assign_coords(direction=360.0 * number / count)
        for number, layer in enumerate(angles)
    ]
    stack: xr.DataArray = xr.concat(layers, dim="direction")
    stack.attrs = {"units": "degree", "long_name": "horizon above the level"}
    return stack


@dataclass(frozen=True, eq=False)
class Scan:
    """Heights ready to be scanned in any direction.

    Attributes
    ----------
    ground : Ground
        The DEM.
    z, turned : float32
        Its heights by rows, and by columns.
    fall : float
        1 over two effective radii of the earth, in 1/m.
    """

    ground: Ground
    z: Singles
    turned: Singles
    fall: float

    @classmethod
    def of(cls, dem: xr.DataArray, *, curvature: str | float) -> "Scan":
        """Read a DEM; raises as :func:`horizons`."""
        fall = 1.0 / (2.0 * curvature_factor(curvature) * EARTH_RADIUS_M)
        ground = Ground.of(dem)
        z = np.empty(ground.grid.shape, dtype=np.float32)
        for rows, heights in ground.strips():
            z[rows] = heights
        turned = np.empty(z.shape[::-1], dtype=np.float32)
        kernels.turned(z, turned)
        return cls(ground, z, turned, fall)

    def tangents(self, azimuth: float) -> Singles:
        """Return the tangent of the horizon's angle in one direction, in radians from the grid's north."""
        grid = self.ground.grid
        right = math.sin(azimuth) * math.copysign(1.0, grid.step_x)
        down = math.cos(azimuth) * math.copysign(1.0, grid.step_y)
        wide = abs(right) >= abs(down)
        along, aside = (right, down) if wide else (down, right)
        z = self.z if wide else self.turned
        slant = round(aside / along, 9)  # a direction along the axis is along it, whatever the sine of pi is
        line = (z, slant, along > 0, self.ground.side / abs(along), self.fall, _NEAR)
        found = np.empty(z.shape, dtype=np.float32)
        kernels.far_horizon(*line, found)
        kernels.near_horizon(*line, found)
        if wide:
            return found
        out = np.empty(self.z.shape, dtype=np.float32)
        kernels.turned(found, out)
        return out

    def around(self, count: int) -> Iterator[tuple[int, Singles, Singles]]:
        """Yield the number of each direction with its tangents and those of the next, scanned ahead in threads."""
        spread = 2.0 * math.pi / count
        workers = min(processors(), _MOST_AHEAD)
        with ThreadPoolExecutor(workers) as pool:
            order = iter(range(1, count + 1))
            waiting: deque[Future[Singles]] = deque()
            tangents = self.tangents(0.0)
            for number in range(count):
                while len(waiting) < workers and (following := next(order, None)) is not None:
                    waiting.append(pool.submit(self.tangents, (following % count) * spread))
                ahead = waiting.popleft().result()
                yield number, tangents, ahead
                tangents = ahead
