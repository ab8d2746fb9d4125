"""The infinite slope under a soil that is known by intervals: in what share of draws does a cell fail?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels.hazard import fail_by_cell
from ..errors import DataError, ParameterError
from ..raster import Grid, in_strips, like
from ..terrain import slope
from .soil import Draws, Soil

Floats = npt.NDArray[np.float64]

NOT_VALIDATED = "not validated: a share of draws of assumed soil, no probability of a slide"
"""What every layer of this room without an inventory says of itself."""

MOST_FACTOR = 10.0
"""Factors of safety above it are given as it; on level ground there is nothing to hold."""

_NODES = 4501  # of the table of medians, a fiftieth of a degree apart
_AT_ONCE = 4_000_000


def infinite_slope(
    dem: xr.DataArray,
    *,
    soil: Soil,
    samples: int = 500,
    seed: int = 0,
    wetness: xr.DataArray | None = None,
    specific_area: xr.DataArray | None = None,
) -> xr.Dataset:
    """Return in what share of draws of soil and water each cell fails, and its median factor of safety.

    The factor of safety of the infinite slope (Skempton and DeLory 1957), for soil of vertical depth z on a plane
    of slope b with water flowing along it in the share m of that depth::

        F = (c + (gamma - m gamma_w) z cos^2 b tan phi) / (gamma z sin b cos b)

    A draw takes one value from each interval of the soil, uniform and independent, the same for all cells; it fails
    a cell where F < 1. Nothing here knows rock, joints, the foot of the slope or a road cut: it is not validated, and
    the share is no probability of a slide. By this formula F of soil with cohesion is least at about 45 degrees.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, dims ``y, x``, with a CRS, in metres or degrees. Dask blocks stay lazy if the wetness is an
        interval, with the same bits.
    soil : Soil
        Intervals.
    samples, seed : int
        Number of draws, and their seed. The standard error of a share is at most ``0.5 / sqrt(samples)``.
    wetness : xarray.DataArray, optional
        Share of the depth in water by cell, 0 to 1, in place of the soil's interval.
    specific_area : xarray.DataArray, optional
        Area that drains through a metre of contour, in metres (m2/m). Then the wetness is that of steady flow,
        ``m = min(1, (R / T) a / sin b)`` (Montgomery and Dietrich 1994; Pack et al. 1998), with R / T drawn from
        ``soil.recharge_per_m``.

    Returns
    -------
    xarray.Dataset
        float32 ``fails`` (0 to 1) and ``factor`` (median, at most 10; of an interval of wetness within 0.001), NaN on
        the outermost ring and beside nodata. ``attrs``: ``samples``, ``seed``, ``standard_error``, ``evidence``,
        ``validation``.

    Raises
    ------
    DataError
        As :func:`nanyi_gis.terrain.slope`; if a raster lies on another grid, or a wetness is not 0 to 1.
    ParameterError
        If both rasters are given, or a specific area without ``soil.recharge_per_m``.

    Examples
    --------
    Dry soil without cohesion fails where it is steeper than its angle of friction:

    >>> z = np.zeros((3, 4)) + np.array([0, 5, 10, 40])
    >>> dem = xr.DataArray(z, coords={"y": [20, 10, 0], "x": [0, 10, 20, 30]}, dims=("y", "x")).rio.write_crs(4544)
    >>> sand = Soil(cohesion_kpa=(0, 0), friction_deg=(32, 32), depth_m=(1, 2), unit_weight_kn_m3=(18, 18),
    ...             wetness=(0, 0))
    >>> found = infinite_slope(dem, soil=sand, samples=2)  # slopes of 26.6 and 60.3 degrees
    >>> found["fails"].values[1, 1:3], found["factor"].values[1, 1:3].round(2)
    (array([0., 1.], dtype=float32), array([1.25, 0.36], dtype=float32))
    """
    draws = soil.draws(samples, seed=seed)
    if wetness is not None and specific_area is not None:
        raise ParameterError("wetness and specific_area are both given, but one decides the water; leave one out")
    degrees = slope(dem)
    if wetness is None and specific_area is None:
        share, median = _by_slope(degrees, draws)
        water = f"{soil.wetness[0]:g} to {soil.wetness[1]:g} of the depth"
    else:
        share, median, water = _by_cell(degrees, draws, soil, wetness, specific_area)
    attrs = {"evidence": "modelled", "validation": NOT_VALIDATED}
    found = {
        "fails": like(dem, share, name="fails", attrs={"units": "1", **attrs}).rio.write_nodata(np.nan),
        "factor": like(dem, median, name="factor", attrs={"units": "1", **attrs}).rio.write_nodata(np.nan),
    }
    told: dict[str, Any] = {"samples": len(draws.cohesion), "seed": seed, "water": water}
    error = 0.5 / float(np.sqrt(len(draws.cohesion)))
    return xr.Dataset(found, attrs={**told, "standard_error": error, "soil_source": soil.source, **attrs})


def _by_slope(degrees: xr.DataArray, draws: Draws) -> tuple[Any, Any]:
    """Return shares and medians where all cells have the same water: they follow from the slope alone.

    With t = tan b a draw fails where ``a (1 + t^2) + f < t`` (a of cohesion, f of friction less the water's lift),
    which is between the roots of a quadratic: counting sorted roots gives the share exactly, at any number of draws.
    """
    a, f = draws.cohesion, draws.friction * (1.0 - draws.lift * draws.wetness)
    inner = 1.0 - 4.0 * a * (a + f)
    able = inner > 0
    root = np.sqrt(inner[able])
    fails_from = np.sort(2.0 * (a[able] + f[able]) / (1.0 + root))
    with np.errstate(divide="ignore"):
        holds_again = np.sort((1.0 + root) / (2.0 * a[able]))
    nodes = np.linspace(0.0, 89.99, _NODES)
    squares = 1.0 + np.tan(np.radians(nodes)) ** 2
    count = len(a)
    step = max(1, _AT_ONCE // count)
    parts = [squares[first : first + step, np.newaxis] for first in range(0, _NODES, step)]
    middle = np.concatenate([np.median(a * part + f, axis=1) for part in parts])

    def share(block: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        t = np.tan(np.radians(block.astype(np.float64)))
        failed = np.searchsorted(fails_from, t, side="left") - np.searchsorted(holds_again, t, side="right")
        return np.where(np.isnan(t), np.nan, failed / count).astype(np.float32)

    def factor(block: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        t = np.tan(np.radians(block.astype(np.float64)))
        return _factor(np.interp(1.0 + t * t, squares, middle), t)

    data = degrees.data
    if degrees.chunks is None:
        return _in_parts(share, data), _in_parts(factor, data)
    return data.map_blocks(share, dtype=np.float32), data.map_blocks(factor, dtype=np.float32)


def _in_parts(function: Any, values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    found = np.empty(values.shape, np.float32)

    def work(start: int, stop: int) -> None:
        found[start:stop] = function(values[start:stop])

    in_strips(work, 0, values.shape[0], values.shape[1])
    return found


def _factor(resistance: Floats, gradient: Floats) -> npt.NDArray[np.float32]:
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.minimum(resistance / gradient, MOST_FACTOR)
    factor[gradient == 0] = MOST_FACTOR
    factor[np.isnan(gradient)] = np.nan
    return factor.astype(np.float32)


def _by_cell(
    degrees: xr.DataArray,
    draws: Draws,
    soil: Soil,
    wetness: xr.DataArray | None,
    specific_area: xr.DataArray | None,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], str]:
    """Return shares and medians where each cell has its own water."""
    angle = np.radians(np.asarray(degrees.values, dtype=np.float64))
    gradient = np.tan(angle)
    if wetness is not None:
        wetting = _on_grid(wetness, degrees, name="wetness")
        if np.nanmin(wetting, initial=0.0) < 0 or np.nanmax(wetting, initial=0.0) > 1:
            raise DataError(
                f"wetness reaches from {np.nanmin(wetting):g} to {np.nanmax(wetting):g}, but must be 0 to 1; "
                "give the share of the depth"
            )
        wet, water = np.ones(len(draws.cohesion)), "a raster"
    else:
        if specific_area is None or soil.recharge_per_m is None:
            raise ParameterError(
                "specific_area has no effect without the soil's recharge_per_m; add recharge_per_m = [low, high], or "
                "leave the area out"
            )
        area = _on_grid(specific_area, degrees, name="specific_area")
        with np.errstate(divide="ignore", invalid="ignore"):
            wetting = area / np.sin(angle)
        wetting[angle == 0] = np.inf
        wet = np.maximum(draws.recharge, 1e-300)  # on level ground 0 times infinity would be no number
        low, high = soil.recharge_per_m
        water = f"steady flow, R/T {low:g} to {high:g} per m"
    share, resistance = np.empty(gradient.shape, np.float32), np.empty(gradient.shape)

    def work(start: int, stop: int) -> None:
        part = slice(start, stop)
        fail_by_cell(
            np.ascontiguousarray(gradient[part]).ravel(), np.ascontiguousarray(wetting[part]).ravel(),
            draws.cohesion, draws.friction, draws.lift, wet, share[part].reshape(-1), resistance[part].reshape(-1),
        )  # fmt: skip

    in_strips(work, 0, gradient.shape[0], gradient.shape[1])
    return share, _factor(resistance, gradient), water


def _on_grid(raster: xr.DataArray, template: xr.DataArray, *, name: str) -> Floats:
    if not Grid.of(raster, name=name).matches(Grid.of(template)):
        raise DataError(f"{name} lies on another grid than the DEM; reproject it with rio.reproject_match")
    return np.asarray(raster.values, dtype=np.float64)
