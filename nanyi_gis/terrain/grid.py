"""The regular grid under a raster: its origin, signed steps and the metres they stand for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import rasterio
import rioxarray  # noqa: F401  (registers the .rio accessor)
import xarray as xr
from affine import Affine
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from ..errors import DataError

Floats = npt.NDArray[np.float64]

_IRREGULAR = 1e-3
_POLE = 1e-9
_STRETCH = 0.05


def check_raster(raster: xr.DataArray, *, name: str) -> xr.DataArray:
    """Return ``raster`` if it is a DataArray with the dimensions ``y, x``, else raise DataError."""
    if not isinstance(raster, xr.DataArray):
        raise DataError(f"{name} is a {type(raster).__name__}, but must be an xarray.DataArray; see io.read_raster")
    if raster.dims != ("y", "x"):
        raise DataError(f"{name} has dimensions {', '.join(map(str, raster.dims))}, but must have y, x")
    return raster


@dataclass(frozen=True)
class Grid:
    """A regular, unrotated grid.

    Attributes
    ----------
    crs : pyproj.CRS
        Horizontal reference, geographic or projected.
    x, y : float
        Centre of the first cell in CRS units.
    step_x, step_y : float
        From one column and one row to the next in CRS units; ``step_y`` is negative for north-up rasters.
    width, height : int
        Number of columns and rows.
    """

    crs: CRS
    x: float
    y: float
    step_x: float
    step_y: float
    width: int
    height: int

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
        crs = _horizontal(raster, name=name)
        transform = raster.rio.transform()
        if transform.b or transform.d:
            raise DataError(f"{name} is rotated; warp it to a north-up grid first, e.g. with gdalwarp")
        x, step_x = _axis(raster, "x", origin=transform.c, step=transform.a, name=name)
        y, step_y = _axis(raster, "y", origin=transform.f, step=transform.e, name=name)
        return cls(crs, x, y, step_x, step_y, raster.sizes["x"], raster.sizes["y"])

    @property
    def transform(self) -> Affine:
        """The affine transform from column and row to the corner of a cell."""
        corner = Affine.translation(self.x - self.step_x / 2, self.y - self.step_y / 2)
        return corner * Affine.scale(self.step_x, self.step_y)

    @property
    def unit(self) -> float:
        """Metres (projected) or radians (geographic) in one CRS unit."""
        return float(self.crs.axis_info[0].unit_conversion_factor)

    @property
    def geod(self) -> Geod:
        """The ellipsoid of the CRS."""
        geod = self.crs.get_geod()
        if geod is None:
            raise DataError(f"CRS {self.crs.name} has no ellipsoid; reproject the raster, e.g. to EPSG:4544")
        return geod

    def columns(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the x coordinate of column positions."""
        return self.x + self.step_x * np.asarray(index, dtype=np.float64)

    def rows(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the y coordinate of row positions."""
        return self.y + self.step_y * np.asarray(index, dtype=np.float64)

    def matches(self, other: "Grid") -> bool:
        """Return whether cells coincide to a thousandth of their size, in the same CRS."""
        if (self.width, self.height) != (other.width, other.height):
            return False
        ends = ([0, self.width - 1], [0, self.height - 1])
        off_x = np.abs(self.columns(ends[0]) - other.columns(ends[0])).max() / abs(self.step_x)
        off_y = np.abs(self.rows(ends[1]) - other.rows(ends[1])).max() / abs(self.step_y)
        same = rasterio.CRS.from_wkt(self.crs.to_wkt()) == rasterio.CRS.from_wkt(other.crs.to_wkt())
        return bool(same and max(off_x, off_y) <= _IRREGULAR)

    def latitudes(self) -> npt.NDArray[np.float64]:
        """Return the latitude in radians of each row centre of a geographic grid."""
        latitude = self.rows(np.arange(self.height)) * self.unit
        worst = float(np.abs(latitude).max())
        if worst > np.pi / 2 + _POLE:
            raise DataError(
                f"y reaches {np.degrees(worst):.6g} degrees, but latitudes end at 90; the CRS {self.crs.name} is wrong"
            )
        return latitude

    def spacing(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
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

    def stretch(self, columns: npt.ArrayLike, rows: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], ...]:
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
            raise DataError(f"CRS {self.crs.name} has no datum; reproject the raster, e.g. to EPSG:4544")
        transformer = Transformer.from_crs(self.crs, geographic, always_xy=True)
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
                "reproject the DEM, e.g. to EPSG:4544"
            )


def _horizontal(raster: xr.DataArray, *, name: str) -> CRS:
    found = raster.rio.crs
    if found is None:
        raise DataError(f"{name} has no CRS; set one, e.g. with {name}.rio.write_crs('EPSG:4544')")
    try:
        crs = CRS.from_user_input(found).to_2d()
    except CRSError as error:
        raise DataError(f"{name} has a CRS that PROJ does not know: {error}") from error
    if not (crs.is_geographic or crs.is_projected):
        raise DataError(f"{name} has the CRS {crs.name}, but it must be geographic or projected")
    return crs


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
