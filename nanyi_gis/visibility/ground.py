"""The ground under lines of sight: a DEM in metres, handed out in windows, and the cells of points on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr
from pyproj import CRS
from pyproj.exceptions import CRSError, ProjError

from .._validation import check_non_negative, check_positive
from ..errors import DataError, ParameterError
from ..raster import Elevations, Grid, elevations, strips
from .curvature import EARTH_RADIUS_M, curvature_factor

Points: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries
Heights: TypeAlias = float | Sequence[float] | npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

_SQUARE = 1e-4  # how much the sides of a cell may differ


@dataclass(frozen=True, eq=False)
class Window:
    """Heights around a cell: an array of its own, and where the cell is in it and it in the raster."""

    values: Float
    top: int
    left: int
    row: int
    column: int

    @property
    def flat(self) -> Float:
        """The heights row by row."""
        return self.values.ravel()


@dataclass(frozen=True, eq=False)
class Ground:
    """A DEM whose cells are squares in metres.

    Attributes
    ----------
    dem : DataArray
        The raster, in memory or in Dask blocks.
    grid : Grid
        Its grid.
    side : float
        Metres from a cell to the next.
    """

    dem: xr.DataArray
    grid: Grid
    side: float

    @classmethod
    def of(cls, dem: xr.DataArray) -> "Ground":
        """Check a DEM.

        Raises
        ------
        DataError
            If it has no CRS or one in degrees, its cells are no squares, or its projection stretches distances.
        """
        grid = Grid.of(dem)
        if grid.crs.is_geographic:
            raise DataError(
                f"dem has the CRS {grid.crs.name}, in degrees, but lines of sight need metres; reproject it to square "
                "cells first, e.g. gdalwarp -t_srs EPSG:4544 -tr 30 30"
            )
        across, down = (abs(float(step[0])) for step in grid.spacing())
        if abs(across - down) > _SQUARE * across:
            raise DataError(
                f"dem has cells of {across:g} m x {down:g} m, but lines of sight need equal sides; resample it, "
                f"e.g. gdalwarp -tr {min(across, down):g} {min(across, down):g}"
            )
        return cls(dem, grid, across)

    @property
    def across(self) -> float:
        """Metres from corner to corner."""
        return self.side * float(np.hypot(*self.grid.shape))

    def window(self, row: int, column: int, reach: int) -> Window:
        """Return the heights of up to ``reach`` cells around a cell, computed if the DEM is in Dask blocks."""
        top, left = max(row - reach, 0), max(column - reach, 0)
        part = self.dem[top : row + reach + 1, left : column + reach + 1]
        return Window(self._heights(part).astype(np.float64), top, left, row - top, column - left)

    def _heights(self, part: xr.DataArray) -> Elevations:
        values = np.ascontiguousarray(np.asarray(part.data))
        return elevations(values, self.dem.rio.nodata, land=False)

    def at(self, rows: Int, columns: Int) -> Float:
        """Return the heights of single cells."""
        cells = self.dem.isel(y=xr.DataArray(rows, dims="p"), x=xr.DataArray(columns, dims="p"))
        values = np.asarray(cells.data)[np.newaxis]
        heights: Float = elevations(values, self.dem.rio.nodata, land=False)[0].astype(np.float64)
        return heights

    def strips(self) -> Iterator[tuple[slice, Elevations]]:
        """Yield slices of rows and their heights, from first to last."""
        for rows in strips(self.grid.height, self.grid.width):
            yield rows, self._heights(self.dem[rows])


@dataclass(frozen=True, eq=False)
class Stands:
    """The cells of points.

    Attributes
    ----------
    rows, columns : int64 (n,)
        The cell in which a point lies: the one whose centre is nearest.
    ground : float64 (n,)
        Height of the ground there.
    moved : float64 (n,)
        Metres from the point to the centre of its cell.
    labels : list
        Index of the points.
    """

    rows: Int
    columns: Int
    ground: Float
    moved: Float
    labels: list[Any]

    @classmethod
    def of(cls, points: Points, ground: Ground, *, name: str, once: bool = False) -> "Stands":
        """Place points on a DEM; ``once`` refuses two at the same place.

        Raises
        ------
        DataError
            If they are no points, have no CRS, lie outside the DEM or on nodata, or two are one.
        """
        where = observer_places(points, ground.grid.crs, name=name, once=once)
        x, y = shapely.get_x(where), shapely.get_y(where)
        labels = list(points.index)
        column, row = ground.grid.place(x, y)
        height, width = ground.grid.shape
        outside = ~((column >= 0) & (column <= width) & (row >= 0) & (row <= height))
        if outside.any():
            i = int(np.flatnonzero(outside)[0])
            raise DataError(
                f"{int(outside.sum())} of {len(x)} {name} lie outside the DEM, the first is {labels[i]!r} at "
                f"({x[i]:.10g}, {y[i]:.10g}) in its CRS; leave them out, or give a larger DEM"
            )
        rows = np.minimum(row.astype(np.int64), height - 1)
        columns = np.minimum(column.astype(np.int64), width - 1)
        heights = ground.at(rows, columns)
        unknown = np.flatnonzero(np.isnan(heights))
        if unknown.size:
            i = int(unknown[0])
            raise DataError(
                f"{unknown.size} of {len(x)} {name} lie where the DEM has no height, the first is {labels[i]!r} at "
                f"({x[i]:.10g}, {y[i]:.10g}) in its CRS; move them or leave them out, or fill the DEM"
            )
        moved = np.hypot(column - columns - 0.5, row - rows - 0.5) * ground.side
        return cls(rows, columns, heights, moved, labels)


@dataclass(frozen=True)
class Sight:
    """How one looks: heights above the ground, how far, and over which earth.

    Attributes
    ----------
    heights : float64 (n,)
        Metres of the observers above the ground.
    lift : float
        Metres of a receiver above the ground.
    radius : float
        Metres.
    factor : float
        On the earth's radius; infinite for a flat earth.
    reach : int
        Whole cells in the radius.
    limit : float
        Square of the radius in cells, rounded down.
    fall : float
        Square of a cell's side over two effective radii, in metres.
    """

    heights: Float
    lift: float
    radius: float
    factor: float
    reach: int
    limit: float
    fall: float

    @classmethod
    def of(
        cls,
        ground: Ground,
        observers: int,
        *,
        height: Heights,
        target_height: float,
        radius: float,
        curvature: str | float,
    ) -> "Sight":
        """Check the options.

        Raises
        ------
        ParameterError
            If a height is negative, there is not one for each observer, or the radius is below a cell or beyond the
            raster.
        """
        given = np.atleast_1d(np.asarray(height, dtype=object)).ravel()
        if given.size not in (1, observers):
            raise ParameterError(f"height has {given.size} values for {observers} observers; give one, or one each")
        heights = np.array([check_non_negative(value, name="height", unit="m") for value in given])
        lift = check_non_negative(target_height, name="target_height", unit="m")
        metres = check_positive(radius, name="radius", unit="m")
        factor = curvature_factor(curvature)
        if metres < ground.side:
            raise ParameterError(f"radius is {metres:g} m, but cells are {ground.side:g} m wide; give a larger one")
        if metres > ground.across:
            raise ParameterError(
                f"radius is {metres:g} m, but the DEM has only {ground.across:.0f} m from corner to corner; give less"
            )
        cells = metres / ground.side
        # squares of whole steps are compared with it; a radius of whole cells reaches them, whatever rounding does
        limit = float(np.floor(cells * cells * (1.0 + 1e-12)))
        most = max(ground.grid.shape)
        reach = min(int(np.sqrt(limit)), most)
        fall = ground.side * ground.side / (2.0 * factor * EARTH_RADIUS_M)
        return cls(np.broadcast_to(heights, observers), lift, metres, factor, reach, limit, fall)


def observer_places(points: Points, crs: CRS, *, name: str = "observers", once: bool = True) -> npt.NDArray[np.object_]:
    """Return points in the CRS of a DEM, one a row; ``once`` refuses two at the same place.

    Raises
    ------
    DataError
        If they are no points, have no CRS or one that does not reach them, or two are one.

    >>> two = gpd.GeoSeries.from_xy([105.0, 105.0], [28.0, 28.0], crs="EPSG:4326")
    >>> observer_places(two, CRS(4544))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: observers 0 and 1 are at the same place and would count twice; leave one out
    """
    if not isinstance(points, gpd.GeoDataFrame | gpd.GeoSeries):
        raise DataError(f"{name} is a {type(points).__name__}, but must be a GeoDataFrame of points")
    shapes = points.geometry
    if not len(shapes):
        raise DataError(f"{name} is empty; give at least one point")
    wrong = sorted({str(kind) for kind in shapes.geom_type.dropna()} - {"Point", "MultiPoint"})
    if wrong or shapes.isna().any() or shapes.is_empty.any():
        raise DataError(f"{name} hold {', '.join(wrong) or 'empty geometries'}, but must be points; use .centroid")
    parts = shapely.get_num_geometries(shapes.to_numpy())
    if (parts > 1).any():
        first = list(shapes.index)[int(np.argmax(parts > 1))]
        raise DataError(f"{name} {first!r} has {int(parts.max())} points, but must be one; use .explode()")
    shapes = gpd.GeoSeries(shapely.get_geometry(shapes.to_numpy(), 0), index=shapes.index, crs=shapes.crs)
    if shapes.crs is None:
        raise DataError(f"{name} have no CRS; set one with .set_crs, e.g. EPSG:4326 for degrees")
    try:
        moved = shapes.to_crs(crs).to_numpy()
    except (ProjError, CRSError) as error:
        raise DataError(f"{name} have a CRS that cannot be turned into the DEM's; set the right one") from error
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise DataError(f"{name} have coordinates that their CRS, {shapes.crs.name}, does not reach; set the right CRS")
    if once:
        _refuse_doubled(shapely.get_coordinates(moved), list(shapes.index), name=name)
    return np.asarray(moved, dtype=object)


def _refuse_doubled(places: Float, labels: list[Any], *, name: str) -> None:
    _, first, which = np.unique(places, axis=0, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which.ravel()] != np.arange(len(places)))
    if again.size:
        i = int(again[0])
        twin = labels[int(first[which.ravel()[i]])]
        raise DataError(f"{name} {twin!r} and {labels[i]!r} are at the same place and would count twice; leave one out")
