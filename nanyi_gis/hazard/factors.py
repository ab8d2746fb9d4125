"""What the terrain says of a place, for models of an inventory."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import ndimage

from .._validation import check_positive
from ..errors import DataError
from ..raster import Grid, elevations, like
from ..terrain import aspect, slope

SLOPE = "slope"
"""The factor that every model is held against."""


def terrain_factors(
    dem: xr.DataArray, *, layers: Mapping[str, xr.DataArray] | None = None, relief_m: float = 500.0
) -> xr.Dataset:
    """Return the factors of a DEM, and layers of the user's on its grid.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, with a CRS.
    layers : mapping, optional
        More factors by name, e.g. distance to faults, on the same grid.
    relief_m : float
        Side of the window of ``relief`` in metres.

    Returns
    -------
    xarray.Dataset
        float32 ``slope`` (degrees), ``height`` (m), ``northness`` and ``eastness`` (cosine and sine of the aspect times
        the sine of the slope), ``curvature`` (1/100 m, positive in hollows: the Laplacian of the heights), ``relief``
        (highest less lowest within the window, m), and the layers; NaN where unknown.

    Raises
    ------
    DataError
        If a layer is on another grid, or called as a factor of the terrain.

    A plane has no curvature:

    >>> z = np.zeros((5, 5)) + np.arange(5) * 10.0
    >>> grid = {"y": np.arange(5)[::-1] * 10.0, "x": np.arange(5) * 10.0}
    >>> plane = xr.DataArray(z, grid, ("y", "x")).rio.write_crs("EPSG:4544")
    >>> found = terrain_factors(plane)
    >>> [round(float(found[name][2, 2]), 3) for name in ("slope", "curvature", "eastness")]
    [45.0, 0.0, -0.707]
    """
    whole = dem.compute() if dem.chunks is not None else dem
    grid = Grid.of(whole)
    z = elevations(np.asarray(whole.data), whole.rio.nodata, land=False).astype(np.float64)
    steep, facing = slope(whole), aspect(whole).values.astype(np.float64)
    sine = np.sin(np.radians(steep.values.astype(np.float64)))
    azimuth = np.radians(np.where(facing < 0, 0.0, facing))
    east, north = (np.abs(np.broadcast_to(step, grid.height)) for step in grid.spacing())
    bowl = np.full(z.shape, np.nan)
    bowl[1:-1, 1:-1] = (z[:-2, 1:-1] + z[2:, 1:-1] - 2 * z[1:-1, 1:-1]) / north[1:-1, None] ** 2
    bowl[1:-1, 1:-1] += (z[1:-1, :-2] + z[1:-1, 2:] - 2 * z[1:-1, 1:-1]) / east[1:-1, None] ** 2
    window = check_positive(relief_m, name="relief_m", unit="m")
    size = (_odd(window / float(np.median(north))), _odd(window / float(np.median(east))))
    values = {
        SLOPE: steep.values,
        "height": z,
        "northness": np.cos(azimuth) * sine,
        "eastness": np.sin(azimuth) * sine,
        "curvature": 100.0 * bowl,
        "relief": _relief(z, size),
    }
    found = {name: like(whole, value.astype(np.float32), name=name) for name, value in values.items()}
    for name, layer in (layers or {}).items():
        if name in found:
            raise DataError(f"layer {name!r} is a factor of the terrain already; give it another name")
        if not Grid.of(layer, name=name).matches(grid):
            raise DataError(f"layer {name!r} lies on another grid than the DEM; reproject it with rio.reproject_match")
        found[name] = like(whole, np.asarray(layer.values, dtype=np.float32), name=name)
    return xr.Dataset(found)


def _odd(cells: float) -> int:
    """Return the nearest odd number of cells, at least 3."""
    return max(3, 2 * round((cells - 1) / 2) + 1)


def _relief(z: npt.NDArray[np.float64], size: tuple[int, int]) -> npt.NDArray[np.float64]:
    blank = np.isnan(z)
    highest = ndimage.maximum_filter(np.where(blank, -np.inf, z), size=size, mode="nearest")
    lowest = ndimage.minimum_filter(np.where(blank, np.inf, z), size=size, mode="nearest")
    return np.where(blank, np.nan, highest - lowest)
