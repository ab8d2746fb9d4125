"""The regular grid under a raster: reference system, transform and shape, and the metres they stand for."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rioxarray  # noqa: F401  (registers the .rio accessor)
import xarray as xr
from affine import Affine
from pyproj import CRS, Geod
from pyproj.exceptions import CRSError

from .._transformers import crs_to_crs
from .._validation import check_count, check_positive
from ..errors import DataError

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]

_IRREGULAR = 1e-3
_POLE = 1e-9
_STRETCH = 0.05


def check_raster(raster: xr.DataArray, *, name: str) -> xr.DataArray:
    """Return ``raster`` if it is a DataArray with the dimensions ``y, x``, else raise DataError."""
    if not isinstance(raster, xr.DataArray):
        raise DataError(f"{name} is a {type(raster).__name__}, but must be an xarray.DataArray; see raster.read_raster")
    if raster.dims != ("y", "x"):
        raise DataError(f"{name} has dimensions {', '.join(map(str, raster.dims))}, but must have y, x")
    return raster


@dataclass(frozen=True)
class Grid:
    """A regular, unrotated grid: what two rasters share if their cells coincide.

    Attributes
    ----------
    crs : pyproj.CRS
        Horizontal reference, geographic or projected; whatever pyproj takes for one is turned into it.
    transform : Affine
        From column and row to the corner of a cell; ``e`` is negative for north-up rasters.
    width, height : int
        Number of columns and rows.

    >>> grid = Grid.from_bounds((600, 300, 900, 900), resolution=30, crs="EPSG:4544")
    >>> grid.shape, grid.bounds, grid.resolution
    ((20, 10), (600.0, 300.0, 900.0, 900.0), 30.0)
    >>> grid.padded(1).shape, grid.window(slice(0, 2), slice(5, 10)).bounds
    ((22, 12), (750.0, 840.0, 900.0, 900.0))
    >>> grid == Grid.from_bounds((600, 300, 900, 900), resolution=30, crs="EPSG:4544")
    True
    """

    crs: CRS
    transform: Affine
    width: int
    height: int

    def __post_init__(self) -> None:
        if not isinstance(self.crs, CRS):
            object.__setattr__(self, "crs", horizontal_crs(self.crs, name="the grid"))

    @classmethod
    def of(cls, raster: xr.DataArray, *, name: str = "dem") -> "Grid":
        """Read the grid of a two-dimensional raster.

        Raises
        ------
        DataError
            If it is no DataArray, dimensions are not ``y, x``, or the raster is empty, rotated, irregular
            or without a CRS.
        """
        check_raster(raster, name=name)
        if 0 in raster.shape:
            raise DataError(f"{name} has shape {raster.shape}, but must have at least one cell")
        crs = horizontal_crs(raster.rio.crs, name=name)
        transform = unrotated(raster.rio.transform(), raster.shape, name=name)
        x, step_x = _axis(raster, "x", origin=transform.c, step=transform.a, name=name)
        y, step_y = _axis(raster, "y", origin=transform.f, step=transform.e, name=name)
        corner = Affine(step_x, 0.0, x - step_x / 2, 0.0, step_y, y - step_y / 2)
        return cls(crs, corner, raster.sizes["x"], raster.sizes["y"])

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> "Grid":
        """Return the grid of a raster file; see :func:`nanyi_gis.raster.open_raster` for what is refused."""
        from .file import RasterFile

        return RasterFile.of(path, kind="quantity").grid

    @classmethod
    def from_bounds(cls, bounds: Bounds, *, resolution: float, crs: Any, margin: float = 0.0) -> "Grid":
        """Return the north-up grid that covers ``bounds``, its edges on whole multiples of the resolution.

        Parameters
        ----------
        bounds : tuple
            West, south, east, north in units of ``crs``.
        resolution : float
            Edge length of a cell in those units.
        crs
            Anything that pyproj takes for a CRS.
        margin : float
            Least distance between ``bounds`` and the edge of the grid.

        Raises
        ------
        ParameterError
            If the resolution is not above zero.
        DataError
            If ``crs`` is no geographic or projected CRS.
        """
        size = check_positive(resolution, name="resolution")
        west, south, east, north = bounds
        left, bottom = np.floor((west - margin) / size), np.floor((south - margin) / size)
        right, top = np.ceil((east + margin) / size), np.ceil((north + margin) / size)
        transform = Affine(size, 0.0, float(left) * size, 0.0, -size, float(top) * size)
        return cls(
            horizontal_crs(crs, name="the grid"), transform, max(int(right - left), 1), max(int(top - bottom), 1)
        )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def step_x(self) -> float:
        """From one column to the next in CRS units."""
        return float(self.transform.a)

    @property
    def step_y(self) -> float:
        """From one row to the next in CRS units; negative for north-up rasters."""
        return float(self.transform.e)

    @property
    def x(self) -> float:
        """Centre of the first column in CRS units."""
        return float(self.transform.c + self.transform.a / 2)

    @property
    def y(self) -> float:
        """Centre of the first row in CRS units."""
        return float(self.transform.f + self.transform.e / 2)

    @property
    def resolution(self) -> float:
        """Edge length of a cell along x in units of the CRS."""
        return abs(self.step_x)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        x = sorted((self.transform.c, self.transform.c + self.width * self.transform.a))
        y = sorted((self.transform.f, self.transform.f + self.height * self.transform.e))
        return float(x[0]), float(y[0]), float(x[1]), float(y[1])

    @property
    def unit(self) -> float:
        """Metres (projected) or radians (geographic) in one CRS unit."""
        return float(self.crs.axis_info[0].unit_conversion_factor)

    @property
    def geod(self) -> Geod:
        """The ellipsoid of the CRS."""
        geod = self.crs.get_geod()
        if geod is None:
            raise DataError(f"CRS {self.crs.name} has no ellipsoid; reproject the raster to a CRS in metres")
        return geod

    def padded(self, cells: int) -> "Grid":
        """Return the grid with ``cells`` more rows and columns on each side."""
        n = check_count(cells, name="cells", least=0)
        corner = self.transform * Affine.translation(-n, -n)
        return Grid(self.crs, corner, self.width + 2 * n, self.height + 2 * n)

    def window(self, rows: slice, columns: slice = slice(None)) -> "Grid":
        """Return the part of the grid under slices of rows and columns."""
        top, bottom, _ = rows.indices(self.height)
        left, right, _ = columns.indices(self.width)
        return Grid(self.crs, self.transform * Affine.translation(left, top), right - left, bottom - top)

    def columns(self, index: npt.ArrayLike) -> Floats:
        """Return the x coordinate of column positions; 0 is the centre of the first."""
        return self.x + self.step_x * np.asarray(index, dtype=np.float64)

    def rows(self, index: npt.ArrayLike) -> Floats:
        """Return the y coordinate of row positions; 0 is the centre of the first."""
        return self.y + self.step_y * np.asarray(index, dtype=np.float64)

    def place(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return fractional column and row of points; cell (r, c) covers [c, c+1) x [r, r+1)."""
        column = (np.asarray(x, dtype=np.float64) - self.transform.c) / self.step_x
        row = (np.asarray(y, dtype=np.float64) - self.transform.f) / self.step_y
        return column, row

    def cells_at(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Indices, Indices, npt.NDArray[np.bool_]]:
        """Return row and column of the cells in which points lie, and which points lie on the grid; 0, 0 for others.

        >>> grid = Grid.from_bounds((0, 0, 200, 200), resolution=100, crs="EPSG:4544")
        >>> [part.tolist() for part in grid.cells_at([150, 250], [150, 150])]
        [[0, 0], [1, 0], [True, False]]
        """
        column, row = (np.floor(part) for part in self.place(x, y))
        inside = (row >= 0) & (row < self.height) & (column >= 0) & (column < self.width)
        rows, columns = (np.where(inside, part, 0).astype(np.int64) for part in (row, column))
        return rows, columns, inside

    def template(self, *, dtype: str = "float32", fill: float = np.nan) -> xr.DataArray:
        """Return a raster on this grid filled with one value."""
        return self.array(np.full(self.shape, fill, dtype=dtype))

    def array(self, values: Any, *, name: str | None = None, nodata: float | None = None) -> xr.DataArray:
        """Return values (NumPy or Dask, shape ``shape``) as a raster on this grid, CRS and transform in place."""
        axes = {"y": self.rows(np.arange(self.height)), "x": self.columns(np.arange(self.width))}
        raster = xr.DataArray(values, dims=("y", "x"), coords=axes, name=name)
        placed: xr.DataArray = raster.rio.write_crs(self.crs).rio.write_transform(self.transform)
        return placed if nodata is None else placed.rio.write_nodata(nodata)

    def matches(self, other: "Grid") -> bool:
        """Return whether cells coincide to a thousandth of their size, in the same CRS."""
        if (self.width, self.height) != (other.width, other.height):
            return False
        ends = ([0, self.width - 1], [0, self.height - 1])
        off_x = np.abs(self.columns(ends[0]) - other.columns(ends[0])).max() / abs(self.step_x)
        off_y = np.abs(self.rows(ends[1]) - other.rows(ends[1])).max() / abs(self.step_y)
        return bool(max(off_x, off_y) <= _IRREGULAR and self._same_crs(other.crs))

    def _same_crs(self, other: CRS) -> bool:
        """Return whether a CRS is the same, or written in another way puts the corners in the same place."""
        if self.crs == other or self.crs.equals(other, ignore_axis_order=True):
            return True
        own, base = self.crs.geodetic_crs, other.geodetic_crs
        if own is None or base is None or self.crs.is_geographic != other.is_geographic:
            return False
        if self.crs.is_geographic or not own.equals(base, ignore_axis_order=True):
            return False
        west, south, east, north = self.bounds
        xs, ys = np.array([west, east, west, east]), np.array([south, south, north, north])
        moved_x, moved_y = crs_to_crs(self.crs, other).transform(xs, ys)
        off = np.maximum(np.abs(moved_x - xs) / abs(self.step_x), np.abs(moved_y - ys) / abs(self.step_y))
        return bool(off.max() <= _IRREGULAR)

    def latitudes(self) -> Floats:
        """Return the latitude in radians of each row centre of a geographic grid."""
        latitude = self.rows(np.arange(self.height)) * self.unit
        worst = float(np.abs(latitude).max())
        if worst > np.pi / 2 + _POLE:
            raise DataError(
                f"y reaches {np.degrees(worst):.6g} degrees, but latitudes end at 90; the CRS {self.crs.name} is wrong"
            )
        return latitude

    def spacing(self) -> tuple[Floats, Floats]:
        """Return the metres from one column and one row to the next, for each row, with their sign.

        On a geographic grid they are arcs on the ellipsoid at the latitude of the row centre:
        the prime-vertical radius N times cos(latitude) eastward and the meridian radius M
        northward (Snyder 1987, eq. 4-18, 4-20). A row centred on a pole has no east: NaN.
        On a projected grid they are grid distances, as in gdaldem.

        Raises
        ------
        DataError
            If the projection stretches distances by more than 5 %, as Web Mercator does here.
        """
        if not self.crs.is_geographic:
            self._refuse_stretch()
            one = np.ones(self.height)
            return one * self.step_x * self.unit, one * self.step_y * self.unit
        latitude = self.latitudes()
        geod = self.geod
        root = 1.0 - geod.es * np.sin(latitude) ** 2
        prime_vertical = geod.a / np.sqrt(root)
        meridian = geod.a * (1.0 - geod.es) / root**1.5
        at_pole = np.pi / 2 - np.abs(latitude) < _POLE
        parallel = np.where(at_pole, np.nan, prime_vertical * np.cos(latitude))
        return parallel * self.step_x * self.unit, meridian * self.step_y * self.unit

    def stretch(self, columns: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[Floats, ...]:
        """Return metres on the ground in a metre on the map: least, greatest, and the product for areas.

        They come from the tangents of the surface in geocentric coordinates, by central
        differences of half a cell (500 m at most), so they hold for any projection that PROJ can
        invert, poles included. (PROJ's own factors take Web Mercator for a map of the sphere.)
        """
        xs, ys = np.meshgrid(self.columns(columns), self.rows(rows))
        reach = 500.0 / self.unit
        half_x, half_y = min(abs(self.step_x) / 2, reach), min(abs(self.step_y) / 2, reach)
        invert = self._geocentric()
        across = (invert(xs + half_x, ys) - invert(xs - half_x, ys)) / (2 * half_x * self.unit)
        along = (invert(xs, ys + half_y) - invert(xs, ys - half_y)) / (2 * half_y * self.unit)
        a, b, c = (across**2).sum(axis=0), (across * along).sum(axis=0), (along**2).sum(axis=0)
        spread = np.hypot(a - c, 2 * b)
        least, greatest = np.sqrt(np.maximum(a + c - spread, 0) / 2), np.sqrt((a + c + spread) / 2)
        return least, greatest, np.sqrt(np.maximum(a * c - b * b, 0))

    def _geocentric(self) -> Callable[[Floats, Floats], Floats]:
        """Return a function from map coordinates to geocentric ones, stacked on the first axis."""
        geographic = self.crs.geodetic_crs
        if geographic is None:
            raise DataError(f"CRS {self.crs.name} has no datum; reproject the raster to a CRS in metres")
        transformer = crs_to_crs(self.crs, geographic)
        unit = float(geographic.axis_info[0].unit_conversion_factor)
        geod = self.geod

        def invert(x: Floats, y: Floats) -> Floats:
            longitude, latitude = (np.asarray(angle) * unit for angle in transformer.transform(x, y))
            with np.errstate(invalid="ignore"):
                normal = geod.a / np.sqrt(1.0 - geod.es * np.sin(latitude) ** 2)
                return np.stack(
                    [
                        normal * np.cos(latitude) * np.cos(longitude),
                        normal * np.cos(latitude) * np.sin(longitude),
                        normal * (1.0 - geod.es) * np.sin(latitude),
                    ]
                )

        return invert

    def _refuse_stretch(self) -> None:
        columns = np.array([0, (self.width - 1) / 2, self.width - 1])
        rows = np.array([0, (self.height - 1) / 2, self.height - 1])
        least, greatest, _ = self.stretch(columns, rows)
        scales = 1.0 / np.concatenate([least.ravel(), greatest.ravel()])
        scales = scales[np.isfinite(scales)]
        if scales.size and np.abs(scales - 1).max() > _STRETCH:
            worst = scales[np.abs(scales - 1).argmax()]
            raise DataError(
                f"CRS {self.crs.name} draws distances {worst:.3g} times their length here, so slopes would be wrong; "
                "reproject the DEM to a CRS in metres, e.g. EPSG:4544 for 105 E"
            )


def horizontal_crs(given: Any, *, name: str) -> CRS:
    """Return the horizontal part of a CRS, however it is given.

    Raises
    ------
    DataError
        If there is none, or it is neither geographic nor projected.

    >>> horizontal_crs("EPSG:4326+5773", name="dem").to_epsg()
    4326
    """
    if given is None:
        raise DataError(f"{name} has no CRS; assign one, e.g. with gdal_edit.py -a_srs EPSG:4326")
    try:
        crs = CRS.from_user_input(given)
        if crs.is_compound:
            crs = crs.sub_crs_list[0]
        if crs.is_bound and crs.source_crs is not None:
            crs = crs.source_crs
        crs = crs.to_2d()
    except CRSError as error:
        raise DataError(f"{name} has a CRS that PROJ does not know: {' '.join(str(error).split())}") from error
    if not (crs.is_geographic or crs.is_projected):
        raise DataError(f"{name} has the CRS {crs.name}, but it must be geographic or projected; assign another")
    return crs


def unrotated(transform: Affine, shape: tuple[int, ...], *, name: str) -> Affine:
    """Return a transform without the rotation that rounding leaves.

    Raises
    ------
    DataError
        If rows and columns leave the axes by more than a thousandth of a cell over the whole raster.

    >>> unrotated(Affine(30, 1e-12, 0, 0, -30, 900), (10, 10), name="dem").b
    0.0
    """
    if abs(transform.b) * shape[0] > _IRREGULAR * abs(transform.a) or (
        abs(transform.d) * shape[1] > _IRREGULAR * abs(transform.e)
    ):
        raise DataError(f"{name} is rotated; warp it to a north-up grid first, e.g. with gdalwarp")
    return Affine(transform.a, 0.0, transform.c, 0.0, transform.e, transform.f)


def _axis(raster: xr.DataArray, axis: str, *, origin: float, step: float, name: str) -> tuple[float, float]:
    """Return the first coordinate and the step of an axis; coordinates count before the transform."""
    coordinates = np.asarray(raster[axis].values, dtype=np.float64) if axis in raster.coords else np.empty(0)
    if coordinates.size < 2 and not _has_transform(raster):
        raise DataError(f"{name} has neither two {axis} coordinates nor a transform, so its cell size is unknown")
    first = float(coordinates[0]) if coordinates.size else origin + step / 2
    if coordinates.size > 1:
        step = float(coordinates[-1] - coordinates[0]) / (coordinates.size - 1)
        off = np.abs(coordinates - (first + step * np.arange(coordinates.size))).max()
        if not off <= abs(step) * _IRREGULAR:
            raise DataError(f"{name} has unevenly spaced {axis} coordinates; resample it to a regular grid first")
    if not np.isfinite(step) or step == 0:
        raise DataError(f"{name} has a cell size of {step} along {axis}; give the raster a transform")
    return first, step


def _has_transform(raster: xr.DataArray) -> bool:
    mapping = raster.coords.get(raster.rio.grid_mapping)
    return mapping is not None and "GeoTransform" in mapping.attrs
