"""Small rasters for the tests of terrain."""

import numpy as np
import rioxarray  # noqa: F401
import xarray as xr

ORIGIN = (500_000.0, 3_100_000.0)


def raster(values, *, step=(30.0, -30.0), origin=ORIGIN, crs="EPSG:4544", nodata=None) -> xr.DataArray:
    """Return values on a regular grid whose first cell centre is ``origin``."""
    array = np.asarray(values)
    coords = {
        "y": origin[1] + step[1] * np.arange(array.shape[0]),
        "x": origin[0] + step[0] * np.arange(array.shape[1]),
    }
    placed = xr.DataArray(array, dims=("y", "x"), coords=coords).rio.write_crs(crs)
    return placed if nodata is None else placed.rio.write_nodata(nodata)


def hills(shape, *, seed=0, void_share=0.0, dtype="float32") -> np.ndarray:
    """Return seeded relief between about 200 and 1800 m, with some missing cells."""
    random = np.random.default_rng(seed)
    y, x = np.indices(shape)
    values = 1000 + 500 * np.sin(x / 5.0) * np.cos(y / 7.0) + random.normal(0, 60, shape)
    values[random.random(shape) < void_share] = np.nan
    return values.astype(dtype)
