"""Sums of true cell areas by zone and class; a cell belongs to the zone in which its centre lies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from affine import Affine
from rasterio.features import rasterize

from .._kernels import terrain as kernels
from .._limits import hold_zones
from ..errors import DataError, ParameterError
from ..io import name_column as usual_name_column
from ..io import names_of, near, valid_polygons
from .areas import Areas
from .grid import Grid
from .shapes import plain_shapes

ZoneLike: TypeAlias = gpd.GeoDataFrame | xr.DataArray | None

WHOLE = "all"
"""Name of the single zone where none is given."""

_STRIP_CELLS = 1 << 20
_OUTSIDE = -1

# a centre exactly on a border of two zones goes to the one at the higher column or row, never to both
_TIE = 1e-6


@dataclass(frozen=True)
class Zones:
    """Named zones on a grid: polygons, codes of a raster, or the whole raster.

    Attributes
    ----------
    names : tuple
        One a zone, in the order of the result.
    shapes : tuple of sequences of geometries, or None
        Polygons of each zone in the grid's CRS.
    codes : xarray.DataArray or None
        Raster of zone codes.
    values : tuple of int
        The code of each name, rising.
    """

    names: tuple[Any, ...]
    shapes: tuple[Sequence[Any], ...] | None = None
    codes: xr.DataArray | None = None
    values: tuple[int, ...] = ()

    @classmethod
    def of(cls, zones: ZoneLike, grid: Grid, *, name_column: str | None = None) -> "Zones":
        """Check zones and bring them to the grid's CRS.

        Raises
        ------
        DataError
            If zones have no CRS, are no polygons, lie on another grid or do not meet the grid.
        ParameterError
            If there is no column of that name.
        """
        if zones is None:
            return cls((WHOLE,))
        if isinstance(zones, xr.DataArray):
            return _of_raster(zones, grid)
        return _of_polygons(zones, grid, name_column)

    def sums(
        self,
        data: xr.DataArray,
        grid: Grid,
        *,
        encode: Callable[[npt.NDArray[Any]], npt.NDArray[np.int32]],
        classes: int,
    ) -> npt.NDArray[np.float64]:
        """Return the area in m² of each zone (row) and class code (column).

        ``encode`` turns a strip of ``data`` into class codes 0 to ``classes`` - 1.
        """
        tally = ZoneSums(self, grid, classes)
        for first, last in row_blocks(data):
            values = np.asarray(data.data[first:last])
            for start, stop in _strips(first, last, grid.width):
                tally.add(encode(values[start - first : stop - first]), start)
        return tally.total

    def indices(self, grid: Grid, start: int, stop: int) -> Iterator[tuple[int, int, npt.NDArray[np.int32]]]:
        """Yield columns and the zone index of each cell of a strip, -1 outside."""
        shape = (stop - start, grid.width)
        if self.codes is not None:
            strip = np.asarray(self.codes.data[start:stop])
            place = np.clip(np.searchsorted(self.values, strip), 0, len(self.values) - 1)
            found = np.asarray(self.values)[place] == strip
            yield 0, grid.width, np.where(found, place, _OUTSIDE).astype(np.int32)
        elif self.shapes is None:
            yield 0, grid.width, np.zeros(shape, dtype=np.int32)
        else:
            corner = grid.transform * Affine.translation(_TIE, start + _TIE)
            for number, shapes in enumerate(self.shapes):
                window = _columns(shapes, corner, shape)
                if window is not None:
                    left, right = window
                    index = rasterize(
                        ((plain, number) for plain in plain_shapes(shapes)),
                        out_shape=(stop - start, right - left),
                        transform=corner * Affine.translation(left, 0),
                        fill=_OUTSIDE,
                        dtype="int32",
                    )
                    yield left, right, index


class ZoneSums:
    """Areas in m² by zone (row) and class code (column), added up strip by strip.

    A strip is as wide as the grid. The sums are the same whatever the height of the strips, as long as they come
    from top to bottom.

    Attributes
    ----------
    total : array (zones, classes)
        The sums so far.
    known : bool
        Whether any cell had a class other than 0.
    names : tuple
        Of the zones.

    >>> grid = Grid.from_bounds((0, 0, 2000, 2000), resolution=1000, crs="EPSG:6933")  # an equal-area projection
    >>> tally = ZoneSums(Zones.of(None, grid), grid, 3)
    >>> tally.add(np.array([[0, 1]], np.uint8), 0)
    >>> tally.add(np.array([[2, 2]], np.uint8), 1)
    >>> tally.total.round(-1).tolist()
    [[1000000.0, 1000000.0, 2000000.0]]
    """

    def __init__(self, zones: Zones, grid: Grid, classes: int) -> None:
        hold_zones(len(zones.names), classes)
        self.total = np.zeros((len(zones.names), classes))
        self._lost = np.zeros_like(self.total)
        self.known, self.names = False, zones.names
        self._zones, self._grid = zones, grid
        self._areas = Areas.of(grid)
        self._between = self._areas.between()

    def add(self, codes: npt.NDArray[np.integer], start: int) -> None:
        """Add a strip of class codes whose first row is ``start``."""
        stop = start + codes.shape[0]
        nodes, given = self._areas.at_nodes(start, stop), np.ascontiguousarray(codes)
        self.known = self.known or bool(given.any())
        for left, _, index in self._zones.indices(self._grid, start, stop):
            kernels.class_sums(index, given, nodes, *self._between, left, self.total, self._lost)


def coded_zones(zones: gpd.GeoDataFrame, raster: xr.DataArray, *, name_column: str | None = None) -> xr.DataArray:
    """Return polygons as codes 1, 2, ... on the grid of a raster, 0 outside; ``attrs["names"]`` has their names.

    Raises
    ------
    DataError
        As :meth:`Zones.of`, or if polygons of two names overlap, since a cell has one code.
    """
    grid = Grid.of(raster)
    found = Zones.of(zones, grid, name_column=name_column)
    codes = np.zeros(raster.shape, np.int32)
    for start, stop in _strips(0, grid.height, grid.width):
        for left, right, index in found.indices(grid, start, stop):
            part = codes[start:stop, left:right]
            twice = (index > _OUTSIDE) & (part > 0)
            if twice.any():
                both = [str(found.names[code]) for code in (int(part[twice][0]) - 1, int(index[twice][0]))]
                raise DataError(f"zones {both[0]} and {both[1]} overlap, but a cell has one code; give them apart")
            part[index > _OUTSIDE] = index[index > _OUTSIDE] + 1
    coded = raster.copy(data=codes).rename("zone")
    coded.attrs, coded.encoding = {"names": list(found.names)}, {}
    return coded


def zone_names(zones: gpd.GeoDataFrame, name_column: str | None = None) -> pd.Series:
    """Return the name of each polygon: a column, by default the usual one for names, else the index.

    Whole numbers stay numbers; what has no name is called ``no name 1``, ``no name 2`` and stays by itself.

    Raises
    ------
    ParameterError
        If there is no column of that name.
    """
    if name_column is not None and name_column not in zones.columns:
        known = ", ".join(str(column) for column in zones.columns)
        raise ParameterError(f"name_column is {name_column!r}, but zones have: {known}")
    column = name_column or usual_name_column(zones)
    names: pd.Series = zones.index.to_series() if column is None else zones[column]
    return names if pd.api.types.is_integer_dtype(names.dtype) else names_of(zones, column=column)


def _of_raster(zones: xr.DataArray, grid: Grid) -> Zones:
    if zones.dtype.kind not in "iu":
        raise DataError(f"zones have the type {zones.dtype}, but zone codes must be integers")
    if not grid.matches(Grid.of(zones, name="zones")):
        raise DataError("zones lie on another grid than the raster; reproject them with rio.reproject_match")
    outside = {0} if zones.rio.nodata is None else {0, int(zones.rio.nodata)}
    found: set[int] = set()
    for start, stop in row_blocks(zones):
        found.update(np.unique(np.asarray(zones.data[start:stop])).tolist())
    values = tuple(sorted(found - outside))
    if not values:
        raise DataError("zones hold no code other than 0 and nodata, so there is no zone")
    labels = list(zones.attrs.get("names", ()))
    names = [labels[value - 1] if 0 < value <= len(labels) else value for value in values]
    return Zones(tuple(names), codes=zones, values=values)


def _of_polygons(zones: gpd.GeoDataFrame, grid: Grid, name_column: str | None) -> Zones:
    if zones.crs is None:
        raise DataError("zones have no CRS; set one with set_crs")
    kinds = set(zones.geom_type.dropna())
    if not kinds or not kinds <= {"Polygon", "MultiPolygon"}:
        raise DataError(f"zones are {', '.join(sorted(kinds)) or 'empty'}, but must be polygons")
    labels = zone_names(zones, name_column)
    shapes, _ = valid_polygons(zones.geometry)
    west, east = sorted(corner[0] for corner in _corners(grid))
    south, north = sorted(corner[1] for corner in _corners(grid))
    whole = gpd.GeoSeries(shapes, index=zones.index, crs=zones.crs)
    projected = near(whole, (west, south, east, north), grid.crs).to_crs(grid.crs)
    there = np.asarray(projected.values)
    given = ~(zones.geometry.isna() | zones.geometry.is_empty).to_numpy()
    filled = given & ~(shapely.is_missing(there) | shapely.is_empty(there))
    beyond = filled & ~np.isfinite(shapely.bounds(there)).all(axis=1)
    if beyond.any():
        label = labels.to_numpy()[beyond][0]
        raise DataError(f"zone {label} reaches beyond where CRS {grid.crs.name} is defined; clip it first")
    groups: dict[Any, list[Any]] = {}
    for label, geometry, some in zip(labels[given].tolist(), there[given], filled[given], strict=True):
        parts = groups.setdefault(label, [])
        if some:
            parts.append(geometry)
    found = tuple(groups.values())
    if all(_columns(group, grid.transform, (grid.height, grid.width)) is None for group in found):
        raise DataError("zones and raster do not overlap; check the CRS of both")
    return Zones(tuple(groups), shapes=found)


def _corners(grid: Grid) -> tuple[tuple[float, float], tuple[float, float]]:
    return grid.transform * (0, 0), grid.transform * (grid.width, grid.height)


def _columns(shapes: Sequence[Any], transform: Affine, shape: tuple[int, int]) -> tuple[int, int] | None:
    """Return the first and last (exclusive) column under the shapes, or None where they miss the rows."""
    inverse = ~transform
    left, right, top, bottom = np.inf, -np.inf, np.inf, -np.inf
    for geometry in shapes:
        west, south, east, north = geometry.bounds
        corners = [inverse * (x, y) for x in (west, east) for y in (south, north)]
        left, right = min(left, *(c for c, _ in corners)), max(right, *(c for c, _ in corners))
        top, bottom = min(top, *(r for _, r in corners)), max(bottom, *(r for _, r in corners))
    if right <= 0 or left >= shape[1] or bottom <= 0 or top >= shape[0]:
        return None
    first = max(int(np.floor(left)), 0)
    return first, min(max(int(np.ceil(right)), first + 1), shape[1])


def row_blocks(data: xr.DataArray) -> list[tuple[int, int]]:
    """Return the row ranges of Dask blocks, so that each is computed once; all rows of a NumPy array."""
    heights = (data.shape[0],) if data.chunks is None else data.chunks[0]
    return list(pairwise(np.cumsum((0, *heights)).tolist()))


def _strips(first: int, last: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield row ranges of about a million cells."""
    rows = max(1, _STRIP_CELLS // width)
    for start in range(first, last, rows):
        yield start, min(start + rows, last)
