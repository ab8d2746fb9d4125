"""How many observers see each cell of a DEM."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels.sight import sight_window
from .._limits import BYTES_PER_CELL, hold_memory, hold_time
from .._progress import Progress, silent
from .._validation import check_non_negative
from ..errors import ParameterError
from ..raster import like
from .ground import Float, Ground, Heights, Int, Points, Sight, Stands

_BYTES_AROUND = 17.0  # of a cell around an observer: its height, its verdict or clearance
_SECONDS_PER_CELL = 1e-7  # of a window, where bounds decide little; rough


@dataclass(frozen=True, eq=False)
class Look:
    """Observers on the ground, ready to look."""

    ground: Ground
    stands: Stands
    sight: Sight

    @classmethod
    def of(
        cls,
        dem: xr.DataArray,
        observers: Points,
        *,
        height: Heights,
        target_height: float,
        radius: float,
        curvature: str | float,
        seconds_per_cell: float = _SECONDS_PER_CELL,
    ) -> "Look":
        """Check everything before the first line is drawn."""
        ground = Ground.of(dem)
        sight = Sight.of(
            ground,
            len(observers),
            height=height,
            target_height=target_height,
            radius=radius,
            curvature=curvature,
        )
        stands = Stands.of(observers, ground, name="observers", once=True)
        cells = min((2 * sight.reach + 1) ** 2, dem.size) * len(stands.rows)
        asked = f"{len(stands.rows):,} observers look over {cells:,} cells"
        hold_time(asked, cells * seconds_per_cell, cure="take fewer or a smaller radius", error=ParameterError)
        window = (2.0 * sight.reach + 1.0) ** 2
        octets = dem.size * BYTES_PER_CELL["viewshed"] + window * _BYTES_AROUND
        cure = "clip it, or take a smaller radius"
        hold_memory(f"dem has {dem.size:,} cells, {window:,.0f} of them around an observer", octets, cure=cure)
        return cls(ground, stands, sight)

    @property
    def eyes(self) -> Float:
        """Heights of the observers' eyes, or of the tops of masts."""
        return self.stands.ground + self.sight.heights

    def verdicts(self, progress: Progress) -> Iterator[tuple[int, slice, slice, npt.NDArray[np.uint8]]]:
        """Yield for each observer its number, the rows and columns around it, and what it sees of them.

        1 is seen, 2 blocked by unknown heights alone, 0 anything else. The array is used again for the next.
        """
        sight, stands = self.sight, self.stands
        seen = np.empty((2 * sight.reach + 1, 2 * sight.reach + 1), np.uint8)
        for number, (row, column) in enumerate(zip(stands.rows.tolist(), stands.columns.tolist(), strict=True)):
            window = self.ground.window(row, column, sight.reach)
            height, width = window.values.shape
            sight_window(
                window.flat,
                width,
                (height, width),
                window.row,
                window.column,
                float(self.eyes[number]),
                sight.lift,
                sight.fall,
                sight.limit,
                seen,
            )
            up, left = sight.reach - window.row, sight.reach - window.column
            rows, columns = slice(window.top, window.top + height), slice(window.left, window.left + width)
            yield number, rows, columns, seen[up : up + height, left : left + width]
            progress((number + 1) / stands.rows.size)

    def attrs(self) -> dict[str, Any]:
        """Return how one looked, for a result."""
        heights = np.unique(self.sight.heights)
        return {
            "observers": int(self.stands.rows.size),
            "height_m": float(heights[0]) if heights.size == 1 else [float(value) for value in self.sight.heights],
            "target_height_m": self.sight.lift,
            "radius_m": self.sight.radius,
            "earth_radius_factor": self.sight.factor,
        }

    def blank(self) -> Iterator[tuple[slice, npt.NDArray[np.bool_]]]:
        """Yield slices of rows and where the DEM has no height."""
        for rows, heights in self.ground.strips():
            yield rows, np.isnan(heights)


def viewshed(
    dem: xr.DataArray,
    observers: Points,
    *,
    height: Heights = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> xr.DataArray:
    """Return how many of the observers see each cell.

    A cell is seen if no sample of the straight line from the observer's eye to a receiver above the centre of the cell
    rises above it. Samples lie where the line crosses the columns of cell centres (the rows, where it is steeper than
    a diagonal), on the straight line between the heights of the two cells beside it; the ground falls away from
    the observer by ``d^2 / (2 k R)``. This is decided exactly for every cell: bounds spare the most of the work, but
    no cell is estimated. A line over a cell without height is blocked, and counted where nothing known blocks it.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``, a projected CRS, square cells, NumPy or Dask; NaN (or the nodata value) where
        there is none. Of Dask blocks only those around the observers are computed, one observer after another,
        and all once to see where there is no height; every chunking gives the same bits.
    observers : GeoDataFrame or GeoSeries
        Points in any CRS. Each stands at the centre of its cell, up to half a cell (0.7 of a side) off its place.
    height : float or sequence of float
        Metres of the eyes, or of the tops of masts, above the ground: one, or one for each observer.
    target_height : float
        Metres of what is looked at above the ground.
    radius : float
        Metres on the map from cell centre to cell centre; a cell just as far is within.
    curvature : {"light", "radio", "none"} or float
        Factor ``k`` on the earth's radius: 7/6, 4/3, a flat earth, or a number; see :func:`curvature_factor`.
    progress : callable, optional
        Takes the share of work done.

    Returns
    -------
    xarray.DataArray
        ``visible``: uint16 (uint32 from 65,535 observers on), the largest number of the type where the DEM has no
        height. The observer's own cell is seen; what no observer has within the radius has 0. ``attrs``:
        ``cells_seen`` and ``cells_unknown`` (blocked by unknown heights alone) of each observer, ``observers``,
        ``height_m``, ``target_height_m``, ``radius_m``, ``earth_radius_factor``.

    Raises
    ------
    DataError
        If the DEM is in degrees or its cells are no squares; if observers lie outside, on nodata, or two at one place.
    ParameterError
        If a height is negative, or the radius below a cell or beyond the raster.

    Examples
    --------
    A wall 10 m high 20 m from eyes at 6 m hides the ground behind it, and a mast of 14 m more is just seen at twice the
    distance (6 + 2 x (10 - 6)):

    >>> import geopandas as gpd
    >>> dem = xr.DataArray(np.array([[0, 0, 10, 0, 0]] * 2, "float32"), dims=("y", "x"))
    >>> dem = dem.assign_coords(y=[15.0, 5.0], x=[5.0, 15, 25, 35, 45]).rio.write_crs("EPSG:4544")
    >>> eye = gpd.GeoSeries.from_xy([5.0], [15.0], crs="EPSG:4544")
    >>> viewshed(dem, eye, height=6, target_height=0, radius=40, curvature="none").values[0].tolist()
    [1, 1, 1, 0, 0]
    >>> viewshed(dem, eye, height=6, target_height=14, radius=40, curvature="none").values[0].tolist()
    [1, 1, 1, 1, 1]
    """
    look = Look.of(dem, observers, height=height, target_height=target_height, radius=radius, curvature=curvature)
    count = look.stands.rows.size
    counts: npt.NDArray[Any] = np.zeros(look.ground.grid.shape, np.uint16 if count < 65_535 else np.uint32)
    told = np.zeros((count, 2), np.int64)
    for number, rows, columns, seen in look.verdicts(progress or silent):
        clear = seen == 1
        counts[rows, columns] += clear
        told[number] = np.count_nonzero(clear), np.count_nonzero(seen == 2)
    nodata = int(np.iinfo(counts.dtype).max)
    for rows, blank in look.blank():
        counts[rows][blank] = nodata
    result: xr.DataArray = like(dem, counts, name="visible", attrs=_told(look, told)).rio.write_nodata(nodata)
    return result


def cumulative_viewshed(
    dem: xr.DataArray,
    observers: Points,
    *,
    weights: npt.ArrayLike,
    height: Heights = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> xr.DataArray:
    """Return the sum of the weights of the observers that see each cell.

    With a weight of 1 for each it is the count of :func:`viewshed`; with visitors at each viewpoint it tells how many
    people look at a cell.

    Parameters
    ----------
    dem, observers, height, target_height, radius, curvature, progress
        As for :func:`viewshed`.
    weights : array of float
        One for each observer, zero or more.

    Returns
    -------
    xarray.DataArray
        ``seen_weight``: float64, NaN where the DEM has no height. Weights are added in the order of the observers, so
        another order may round differently.

    Raises
    ------
    DataError, ParameterError
        As :func:`viewshed`; if there is not one weight for each observer, or one is negative.

    >>> import geopandas as gpd
    >>> dem = xr.DataArray(np.zeros((2, 3), "float32"), {"y": [15.0, 5.0], "x": [5.0, 15, 25]}, ("y", "x"))
    >>> two = gpd.GeoSeries.from_xy([5.0, 25.0], [15.0, 15.0], crs="EPSG:4544")
    >>> cumulative_viewshed(dem.rio.write_crs(4544), two, weights=[1, 20], radius=10).values[0].tolist()
    [1.0, 21.0, 20.0]
    """
    given = np.asarray(weights, dtype=object).ravel()
    if given.size != len(observers):
        raise ParameterError(f"weights has {given.size} values for {len(observers)} observers; give one each")
    loads = [check_non_negative(value, name="weights") for value in given]
    look = Look.of(dem, observers, height=height, target_height=target_height, radius=radius, curvature=curvature)
    total = np.zeros(look.ground.grid.shape)
    told: Int = np.zeros((len(loads), 2), np.int64)
    for number, rows, columns, seen in look.verdicts(progress or silent):
        clear = seen == 1
        total[rows, columns] += loads[number] * clear
        told[number] = np.count_nonzero(clear), np.count_nonzero(seen == 2)
    for rows, blank in look.blank():
        total[rows][blank] = np.nan
    result: xr.DataArray = like(dem, total, name="seen_weight", attrs=_told(look, told)).rio.write_nodata(np.nan)
    return result


def _told(look: Look, told: Int) -> dict[str, Any]:
    return {"cells_seen": told[:, 0].tolist(), "cells_unknown": told[:, 1].tolist(), **look.attrs()}
