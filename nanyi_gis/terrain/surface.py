"""Slope, aspect and hillshade by Horn's 3x3 window."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import terrain as kernels
from .._validation import check_finite, check_positive
from ..errors import ParameterError
from ..raster import Elevations, Grid, elevations, in_strips, like

_Kernel = Callable[..., None]


def slope(dem: xr.DataArray) -> xr.DataArray:
    """Return the slope in degrees from the horizontal.

    The gradient is Horn's (1981, Proc. IEEE 69(1), 14-47): each of the eight neighbours weighs 1 or 2.
    The outermost ring and every cell with nodata in its 3x3 window are NaN, as in gdaldem.

    Parameters
    ----------
    dem : xarray.DataArray
        Elevations in metres, dimensions ``y, x``, with a CRS; NumPy- or Dask-backed. On a
        geographic grid the cell size in metres follows the latitude of each row.

    Returns
    -------
    xarray.DataArray
        float32 degrees, 0 to 90, on the grid of ``dem``.

    Raises
    ------
    DataError
        If ``dem`` has no CRS, is rotated or irregular, or its projection stretches distances by over 5 %.

    >>> import numpy as np, xarray as xr
    >>> z = np.array([[0, 0, 0], [0, 30, 0], [0, 0, 0]]) + np.array([0, 30, 60])
    >>> dem = xr.DataArray(z, coords={"y": [60, 30, 0], "x": [0, 30, 60]}, dims=("y", "x"))
    >>> float(slope(dem.rio.write_crs("EPSG:4544"))[1, 1])
    45.0
    """
    values = _window(dem, kernels.slope, fill=np.float32(np.nan))
    return _named(dem, values, name="slope", nodata=math.nan, units="degree", long_name="slope, Horn 1981")


def aspect(dem: xr.DataArray) -> xr.DataArray:
    """Return the azimuth of steepest descent in degrees, clockwise from grid north.

    A cell whose gradient is exactly zero has no direction and is -1; NaN stays reserved for
    cells without an answer, as in :func:`slope`. Cells need not be square.

    Parameters
    ----------
    dem : xarray.DataArray
        As for :func:`slope`.

    Returns
    -------
    xarray.DataArray
        float32 degrees, 0 <= aspect < 360 (0 north, 90 east), or -1 where flat.

    Raises
    ------
    DataError
        As :func:`slope`.

    >>> import numpy as np, xarray as xr
    >>> z = np.zeros((3, 3)) + np.array([0, 30, 60])
    >>> dem = xr.DataArray(z, coords={"y": [60, 30, 0], "x": [0, 30, 60]}, dims=("y", "x"))
    >>> float(aspect(dem.rio.write_crs("EPSG:4544"))[1, 1])
    270.0
    """
    values = _window(dem, kernels.aspect, fill=np.float32(np.nan))
    return _named(dem, values, name="aspect", nodata=math.nan, units="degree", long_name="aspect, -1 where flat")


def hillshade(
    dem: xr.DataArray, *, azimuth: float = 315.0, altitude: float = 45.0, z_factor: float = 1.0
) -> xr.DataArray:
    """Return the relief as lit by a distant sun.

    The value is ``1 + 254 max(0, cos i)`` with i between the sun and the surface normal, the scale of gdaldem.

    Parameters
    ----------
    dem : xarray.DataArray
        As for :func:`slope`.
    azimuth : float
        Direction of the sun in degrees clockwise from grid north.
    altitude : float
        Height of the sun in degrees above the horizon, 0 to 90.
    z_factor : float
        Vertical exaggeration.

    Returns
    -------
    xarray.DataArray
        uint8, 1 (in shade) to 255 (facing the sun), 0 for nodata and the outermost ring.

    Raises
    ------
    ParameterError
        If the altitude is not 0 to 90 or the exaggeration is not positive.
    DataError
        As :func:`slope`.

    >>> import numpy as np, xarray as xr
    >>> flat = xr.DataArray(np.zeros((3, 3)), coords={"y": [60, 30, 0], "x": [0, 30, 60]}, dims=("y", "x"))
    >>> int(hillshade(flat.rio.write_crs("EPSG:4544"), altitude=30)[1, 1])
    128
    """
    sun_azimuth = math.radians(check_finite(azimuth, name="azimuth"))
    height = check_finite(altitude, name="altitude")
    if not 0.0 <= height <= 90.0:
        raise ParameterError(f"altitude is {altitude}, but must be 0 to 90 degrees above the horizon")
    level = math.cos(math.radians(height))
    sun = (level * math.sin(sun_azimuth), level * math.cos(sun_azimuth), math.sin(math.radians(height)))
    options = (*sun, check_positive(z_factor, name="z_factor"))
    values = _window(dem, kernels.hillshade, fill=np.uint8(0), options=options)
    return _named(dem, values, name="hillshade", nodata=0, units="1", long_name="hillshade, 1 to 255")


def _window(dem: xr.DataArray, kernel: _Kernel, *, fill: np.generic, options: tuple[float, ...] = ()) -> Any:
    grid = Grid.of(dem)
    east, north = grid.spacing()
    nodata = dem.rio.nodata
    if dem.chunks is None:
        z = elevations(np.asarray(dem.data), nodata, land=False)
        return _whole(z, kernel, east, north, fill=fill, options=options)

    import dask.array as da

    prepared = dem.data.map_blocks(elevations, nodata, land=False, dtype=_elevation_dtype(dem.dtype))
    overlap: Any = da.overlap.overlap
    padded = overlap(prepared, depth=1, boundary=np.nan)
    return padded.map_blocks(
        _block,
        kernel=kernel,
        east=np.pad(east, 1, mode="edge"),
        north=np.pad(north, 1, mode="edge"),
        starts=np.cumsum((0, *dem.chunks[0])),
        fill=fill,
        options=options,
        chunks=dem.chunks,
        meta=np.empty((0, 0), dtype=fill.dtype),
    )


def _elevation_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return elevations(np.empty((0, 0), dtype=dtype)).dtype


def _whole(
    z: Elevations,
    kernel: _Kernel,
    east: npt.NDArray[np.float64],
    north: npt.NDArray[np.float64],
    *,
    fill: np.generic,
    options: tuple[float, ...],
) -> npt.NDArray[Any]:
    out = np.empty(z.shape, dtype=fill.dtype)
    out[[0, -1], :] = fill
    out[:, [0, -1]] = fill
    in_strips(lambda start, stop: kernel(z, east, north, out, start, stop, *options), 1, z.shape[0] - 1, z.shape[1])
    return out


def _block(
    z: Elevations,
    *,
    kernel: _Kernel,
    east: npt.NDArray[np.float64],
    north: npt.NDArray[np.float64],
    starts: npt.NDArray[np.intp],
    fill: np.generic,
    options: tuple[float, ...],
    block_id: tuple[int, int] = (0, 0),
) -> npt.NDArray[Any]:
    """Run a kernel on a Dask block with a halo of one cell, and cut the halo off."""
    start = int(starts[block_id[0]])
    rows = slice(start, start + z.shape[0])
    out = np.full(z.shape, fill)
    kernel(np.ascontiguousarray(z), east[rows], north[rows], out, 1, z.shape[0] - 1, *options)
    return out[1:-1, 1:-1]


def _named(dem: xr.DataArray, values: Any, *, name: str, nodata: float, units: str, long_name: str) -> xr.DataArray:
    result = like(dem, values, name=name, attrs={"units": units, "long_name": long_name})
    written: xr.DataArray = result.rio.write_nodata(nodata, inplace=True)
    return written
