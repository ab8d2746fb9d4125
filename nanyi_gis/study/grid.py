"""A raster grid in the working CRS."""

from dataclasses import dataclass

import numpy as np
import rioxarray  # noqa: F401  (the .rio accessor)
import xarray as xr
from affine import Affine

CRS = "EPSG:4544"
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid: CRS, affine transform, size in cells.

    >>> grid = Grid(CRS, Affine(30.0, 0.0, 600.0, 0.0, -30.0, 900.0), width=10, height=20)
    >>> grid.shape, grid.bounds, grid.resolution
    ((20, 10), (600.0, 300.0, 900.0, 900.0), 30.0)
    """

    crs: str
    transform: Affine
    width: int
    height: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.height, self.width

    @property
    def resolution(self) -> float:
        """Edge length of a cell in units of the CRS."""
        return float(self.transform.a)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        west, north = self.transform.c, self.transform.f
        return west, north + self.height * self.transform.e, west + self.width * self.transform.a, north

    def template(self, *, dtype: str = "float32", fill: float = np.nan) -> xr.DataArray:
        """Return a raster on this grid filled with one value."""
        columns = self.transform.c + (np.arange(self.width) + 0.5) * self.transform.a
        rows = self.transform.f + (np.arange(self.height) + 0.5) * self.transform.e
        values = np.full(self.shape, fill, dtype=dtype)
        raster = xr.DataArray(values, dims=("y", "x"), coords={"y": rows, "x": columns})
        placed: xr.DataArray = raster.rio.write_crs(self.crs).rio.write_transform(self.transform)
        return placed
