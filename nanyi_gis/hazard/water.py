"""The land that drains through a metre of contour: where the soil gathers water first."""

import numpy as np
import xarray as xr

from ..hydrology import drainage
from ..raster import Grid, like


def specific_area(dem: xr.DataArray) -> xr.DataArray:
    """Return the area that drains through each cell over the width of the cell, in metres, for :func:`infinite_slope`.

    All water of a cell runs to one neighbour (D8), so on open slopes it gathers in lines one cell wide; hollows are
    breached, see :func:`nanyi_gis.hydrology.drainage`. The width is the root of the area of a cell.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, with a CRS, in metres or degrees.

    Returns
    -------
    xarray.DataArray
        float32 metres (m2/m), NaN where there is no height.

    Raises
    ------
    DataError
        As :func:`nanyi_gis.hydrology.drainage`.

    On a plane it is the length of the slope above, the cell itself included:

    >>> z = np.zeros((3, 4)) + np.array([0.0, 4.0, 8.0, 12.0])
    >>> grid = {"y": 3.1e6 + np.array([20, 10, 0]), "x": 5e5 + np.array([0, 10, 20, 30])}
    >>> dem = xr.DataArray(z, coords=grid, dims=("y", "x")).rio.write_crs("EPSG:4544")
    >>> specific_area(dem).values[1].round(1)
    array([40., 30., 20., 10.], dtype=float32)
    """
    water = drainage(dem, true_area=True)
    grid = Grid.of(dem)
    east, north = (np.abs(np.broadcast_to(step, grid.height)) for step in grid.spacing())
    area = np.asarray(water["accumulation_km2"].values, dtype=np.float64) * 1e6
    width = np.sqrt(east * north)[:, np.newaxis]
    known = np.asarray(water["accumulation"].values) > 0
    values = np.where(known, area / width, np.nan).astype(np.float32)
    found: xr.DataArray = like(dem, values, name="specific_area", attrs={"units": "m"}).rio.write_nodata(np.nan)
    return found
