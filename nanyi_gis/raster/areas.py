"""True areas of raster cells and of polygons on the ellipsoid."""

import math
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import Geod

from ..errors import DataError
from .cog import like
from .grid import Grid

_TOLERANCE = 4e-7
_MOST_NODES = 513
_GEOD = Geod(ellps="WGS84")

Floats = npt.NDArray[np.float64]


def cell_areas(template: xr.DataArray) -> xr.DataArray:
    """Return the area of each cell on the ellipsoid, in square metres.

    On a geographic grid a cell is a strip between two parallels, whose area is known in closed
    form (authalic latitude; Snyder 1987, eq. 3-12). On a projected grid it is the cell's area on
    the map times the ground area of a map area at its centre, taken on a lattice that is made
    denser until linear interpolation is good to 1e-7.

    Parameters
    ----------
    template : xarray.DataArray
        Any raster with dimensions ``y, x`` and a CRS; its values do not matter.

    Returns
    -------
    xarray.DataArray
        float64 m² on the grid of ``template``.

    Raises
    ------
    DataError
        If the grid has no CRS, is rotated or irregular, or reaches beyond where its projection is defined.

    >>> import numpy as np, xarray as xr
    >>> quarters = xr.DataArray(np.zeros((2, 2)), coords={"y": [45.0, -45.0], "x": [-90.0, 90.0]}, dims=("y", "x"))
    >>> areas = cell_areas(quarters.rio.write_crs("EPSG:4326"))
    >>> (areas.sum() / 1e12).round(3).item()  # the Earth, in million km²
    510.066
    """
    areas = Areas.of(Grid.of(template, name="template"))
    return like(
        template,
        areas.rows(0, template.sizes["y"]),
        name="cell_area",
        attrs={"units": "m2", "long_name": "cell area on the ellipsoid"},
    )


def geodesic_area_km2(geometry: gpd.GeoSeries) -> pd.Series:
    """Return true areas on the WGS-84 ellipsoid in km², indexed as ``geometry``.

    Parameters
    ----------
    geometry : GeoSeries
        Polygons in any CRS; holes count as holes.

    Returns
    -------
    Series of float
        Named ``area_km2``; 0 for what is no polygon.

    Raises
    ------
    DataError
        If the series has no CRS.

    >>> square = gpd.GeoSeries([shapely.box(105.0, 28.0, 105.01, 28.01)], crs=4326)
    >>> float(geodesic_area_km2(square).round(3).iloc[0])
    1.09
    """
    if geometry.crs is None:
        raise DataError("the geometries have no CRS; set one, e.g. EPSG:4326")
    turned = shapely.orient_polygons(geometry.to_crs(4326).values)
    areas = _signed_areas(turned) / 1e6
    return pd.Series(areas, index=geometry.index, name="area_km2", dtype="float64")


def _signed_areas(shapes: npt.NDArray[np.object_]) -> Floats:
    """Return the areas in m² on the ellipsoid of polygons whose shells run one way and whose holes the other."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():  # collections hold others
        parts, deeper = shapely.get_parts(parts, return_index=True)
        owner = owner[deeper]
    polygons = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, of_part = shapely.get_rings(parts[polygons], return_index=True)
    areas = np.zeros(len(shapes))
    for ring, shape in zip(rings, owner[polygons][of_part], strict=True):
        longitude, latitude = shapely.get_coordinates(ring).T
        areas[shape] += _GEOD.polygon_area_perimeter(longitude, latitude)[0]
    return areas


@dataclass(frozen=True)
class Areas:
    """Cell areas of a grid, made for a few rows at a time.

    Attributes
    ----------
    map_area : float
        Area of a cell in the numerator: map m² (projected), or 1 (geographic).
    rows_of : array (height, n)
        For each row, the values at the ``n`` nodes along x.
    nodes : array (n,)
        Column positions of the nodes.
    width : int
        Number of columns.
    """

    map_area: float
    rows_of: Floats
    nodes: Floats
    width: int

    @classmethod
    def of(cls, grid: Grid) -> "Areas":
        """Prepare the areas of a grid."""
        if grid.crs.is_geographic:
            return cls(1.0, _strips(grid)[:, np.newaxis], np.zeros(1), grid.width)
        lattice = _lattice(grid)
        rows = _refine(lattice, np.linspace(0.0, lattice.shape[0] - 1.0, grid.height) if grid.height > 1 else [0.0])
        nodes = np.linspace(0.0, grid.width - 1.0, lattice.shape[1])
        return cls(abs(grid.step_x * grid.step_y) * grid.unit**2, rows, nodes, grid.width)

    def at_nodes(self, start: int, stop: int) -> Floats:
        """Return the areas in m² at the nodes of rows ``start`` to ``stop`` (exclusive)."""
        return np.ascontiguousarray(self.map_area * self.rows_of[start:stop])

    def between(self) -> tuple[npt.NDArray[np.intp], Floats]:
        """Return the node before each column, and how far the column is on to the next, 0 to 1.

        >>> Areas(1.0, np.ones((1, 2)), np.array([0.0, 4.0]), 5).between()[1].tolist()
        [0.0, 0.25, 0.5, 0.75, 1.0]
        """
        if self.nodes.size == 1 or self.width == 1:
            return np.zeros(self.width, np.intp), np.zeros(self.width)
        return _between(np.arange(self.width) / (self.nodes[1] - self.nodes[0]), self.nodes.size)

    def rows(self, start: int, stop: int) -> Floats:
        """Return the areas in m² of rows ``start`` to ``stop`` (exclusive)."""
        values = self.map_area * self.rows_of[start:stop]
        if self.nodes.size == 1 or self.width == 1:
            return np.repeat(values[:, :1], self.width, axis=1)
        step = self.nodes[1] - self.nodes[0]
        return _refine(values.T, np.arange(self.width) / step).T.copy()


def _strips(grid: Grid) -> Floats:
    """Return the area in m² of one cell of each row between its two parallels."""
    grid.latitudes()
    geod = grid.geod
    edges = grid.rows(np.arange(grid.height + 1) - 0.5) * grid.unit
    height = _authalic_height(np.clip(edges, -np.pi / 2, np.pi / 2), geod.es)
    areas: Floats = geod.a**2 * abs(grid.step_x) * grid.unit * np.abs(np.diff(height))
    return areas


def _authalic_height(latitude: Floats, eccentricity_squared: float) -> Floats:
    """Return the area from the equator to a latitude for one radian of longitude and a unit semi-major axis.

    >>> float(_authalic_height(np.array(np.pi / 2), 0.0))  # a sphere: half of 4 pi over 2 pi
    1.0
    """
    sine = np.sin(latitude)
    e = math.sqrt(eccentricity_squared)
    inverse = np.arctanh(e * sine) / e if e > 0 else sine
    height: Floats = (1.0 - eccentricity_squared) * (sine / (1.0 - eccentricity_squared * sine**2) + inverse) / 2.0
    return height


def _lattice(grid: Grid) -> Floats:
    """Return ground area per map area on a lattice over the cell centres, dense enough for linear interpolation."""
    across, down = min(9, max(2, grid.width)), min(9, max(2, grid.height))
    coarse = _areal_scales(grid, across, down)
    while True:
        finer_across, finer_down = 2 * across - 1, 2 * down - 1
        fine = _areal_scales(grid, finer_across, finer_down)
        guess = _refine(_refine(coarse, np.arange(finer_down) / 2).T, np.arange(finer_across) / 2).T
        if np.abs(guess / fine - 1.0).max() <= _TOLERANCE or max(finer_across, finer_down) >= _MOST_NODES:
            return fine
        coarse, across, down = fine, finer_across, finer_down


def _areal_scales(grid: Grid, across: int, down: int) -> Floats:
    _, _, areal = grid.stretch(np.linspace(0, grid.width - 1, across), np.linspace(0, grid.height - 1, down))
    if not np.isfinite(areal).all() or (areal <= 0).any():
        raise DataError(f"CRS {grid.crs.name} is not defined over the whole raster; clip or reproject it first")
    return areal


def _refine(values: Floats, positions: Any) -> Floats:
    """Interpolate linearly along the first axis at fractional positions."""
    below, offset = _between(positions, values.shape[0])
    share = offset[:, np.newaxis]
    above = np.minimum(below + 1, values.shape[0] - 1)
    refined: Floats = values[below] * (1.0 - share) + values[above] * share
    return refined


def _between(positions: Any, nodes: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return the node before each fractional position, and the distance from it."""
    where = np.asarray(positions, dtype=np.float64)
    below = np.clip(np.floor(where).astype(np.intp), 0, max(nodes - 2, 0))
    return below, where - below
