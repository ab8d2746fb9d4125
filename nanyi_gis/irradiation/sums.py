"""What the sun leaves on slopes under a clear sky: sums over a day and over a year."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels import sun as kernels
from .._progress import Progress, silent
from .._transformers import crs_to_crs
from .._validation import check_choice, check_count, check_finite, check_positive
from ..errors import DataError, ParameterError
from ..raster import Grid, in_strips
from .clear_sky import LINKE, check_linke, clear_sky
from .horizons import DIRECTIONS, Scan, Singles
from .position import Day, day_number, extraterrestrial, sun_vector, sunset_angle

Floats: TypeAlias = npt.NDArray[np.float64]
Sky: TypeAlias = Literal["muneer", "isotropic"]

ALBEDO = 0.2
"""Share of light that the ground throws back where none is given, as in GRASS r.sun."""

KLEIN_DAYS = (17, 47, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344)
"""The days whose sum outside the atmosphere is their month's mean (Klein 1977, Solar Energy 19, 325-329)."""

_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LONGEST_STEP_H = 2.0


def daily_irradiation(
    dem: xr.DataArray,
    *,
    day: Day,
    linke: float = LINKE,
    albedo: float = ALBEDO,
    sky: Sky = "muneer",
    directions: int = DIRECTIONS,
    step: float = 0.5,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the light that slopes get on one day without clouds, with the terrain's shadow.

    The beam is ``B cos i`` while the sun faces the slope and stands above the terrain's horizon, the diffuse light that
    of the sky that the slope sees (Dozier and Frew 1990), the reflected light ``albedo G (1 - V)`` with the light ``G``
    on the level at the same height and the view factor ``V``. ``B`` and the diffuse light on the level are those of
    :func:`clear_sky`. The sky is brighter around the sun and at the horizon, by Muneer's function as in ESRA and r.sun
    (Hofierka and Suri 2002, eq. 24-28; below 0.1 rad the sun's part is held at that height), or even. Time is true
    solar time; the day is cut into equal parts from sunrise to sunset, each row at its latitude, and the sun stands at
    their middle.

    Parameters
    ----------
    dem : xarray.DataArray
        Heights in metres, square cells, a CRS in metres.
    day : date, str or int
        A date, also as ``YYYY-MM-DD``, or the number of the day in its year.
    linke : float
        Linke turbidity at an air mass of 2, 1 to 10.
    albedo : float
        Share of light that the ground throws back, 0 to 1.
    sky : str
        ``muneer`` or ``isotropic``.
    directions : int
        Of the horizon; between them it is taken as linear.
    step : float
        Hours of a part of the day at most, up to 2.
    curvature : str or float
        As of :func:`nanyi_gis.visibility.curvature_factor`.

    Returns
    -------
    xarray.Dataset
        ``beam``, ``diffuse``, ``reflected``, ``total`` in Wh/m2 of the slope's own area, ``sky_view`` (0 to 1),
        float32. NaN at the outermost ring and where a height within 3 x 3 cells is unknown, as of
        :func:`nanyi_gis.terrain.slope`.

    Raises
    ------
    DataError
        If the DEM is in degrees, its cells are no squares, or it has no height.
    ParameterError
        If an option cannot be.

    >>> level = xr.DataArray(np.zeros((5, 5)), coords={"y": np.arange(5) * -30 + 3.1e6, "x": np.arange(5) * 30 + 5e5},
    ...     dims=("y", "x")).rio.write_crs(4544)
    >>> summer = daily_irradiation(level, day="2026-06-21")
    >>> round(float(summer["total"][2, 2]) / 1000, 1), float(summer["sky_view"][2, 2])  # kWh/m2
    (8.7, 1.0)
    """
    number = day_number(day)
    days = [(number, 1.0, check_linke(linke))]
    result = _irradiation(dem, days, albedo, sky, directions, step, curvature, progress, "Wh/m2", 1.0)
    result.attrs |= {"day": number, "linke": days[0][2]}
    return result


def yearly_irradiation(
    dem: xr.DataArray,
    *,
    linke: float | Sequence[float] = LINKE,
    albedo: float = ALBEDO,
    sky: Sky = "muneer",
    directions: int = DIRECTIONS,
    step: float = 0.5,
    curvature: str | float = "light",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return the light that slopes get in a year without clouds: twelve days, each for its month.

    The days are those of Klein (1977). As :func:`daily_irradiation` otherwise; all days take the same scans of the
    horizon. **No cloud is in it**: where the sky is often covered, as over the Sichuan basin, the ground gets a
    fraction of it. See :func:`with_clouds`.

    Parameters
    ----------
    linke : float or 12 floats
        Linke turbidity, of the year or of each month.
    dem, albedo, sky, directions, step, curvature
        As of :func:`daily_irradiation`.

    Returns
    -------
    xarray.Dataset
        As of :func:`daily_irradiation`, but in kWh/m2.

    Raises
    ------
    DataError, ParameterError
        As :func:`daily_irradiation`.

    >>> level = xr.DataArray(np.zeros((5, 5)), coords={"y": np.arange(5) * -30 + 3.1e6, "x": np.arange(5) * 30 + 5e5},
    ...     dims=("y", "x")).rio.write_crs(4544)
    >>> float(yearly_irradiation(level, step=1)["total"][2, 2].round(-2))  # without clouds
    2500.0
    """
    given = [linke] * 12 if np.ndim(linke) == 0 else list(linke)  # type: ignore[arg-type] # a number or several
    if len(given) != 12:
        raise ParameterError(f"linke has {len(given)} values, but must be one number or one for each of 12 months")
    haze = [check_linke(value) for value in given]  # type: ignore[arg-type] # numbers by now
    days = list(zip(KLEIN_DAYS, map(float, _MONTHS), haze, strict=True))
    result = _irradiation(dem, days, albedo, sky, directions, step, curvature, progress, "kWh/m2", 1000.0)
    result.attrs |= {"days": ", ".join(map(str, KLEIN_DAYS)), "linke": haze[0] if len(set(haze)) == 1 else haze}
    return result


def with_clouds(clear: xr.DataArray, *, factor: float, source: str) -> xr.DataArray:
    """Return clear-sky sums times a cloud factor that somebody has measured.

    The factor is what the level ground really gets over what it would get without clouds, over the same days. It is not
    made up here: it comes with its source. Clouds turn beam into diffuse light, so on steep slopes the product is
    rough.

    Parameters
    ----------
    clear : xarray.DataArray
        ``total`` of :func:`daily_irradiation` or :func:`yearly_irradiation`.
    factor : float
        Above 0, at most 1.
    source : str
        Where it comes from; kept in ``attrs["cloud_source"]``.

    Raises
    ------
    ParameterError
        If the factor cannot be, or has no source.

    >>> with_clouds(xr.DataArray([2000.0]), factor=0.5, source="station record 1991-2020").values
    array([1000.])
    """
    share = check_positive(factor, name="factor")
    if share > 1.0:
        raise ParameterError(f"factor is {share:g}, but clouds leave at most 1 of a clear sky's light; give e.g. 0.5")
    if not isinstance(source, str) or not source.strip():
        raise ParameterError("source is empty, but a cloud factor counts only with its source; name it")
    clouded: xr.DataArray = (clear * clear.dtype.type(share)).assign_attrs(
        clear.attrs | {"cloud_factor": share, "cloud_source": source.strip()}
    )
    return clouded


@dataclass(frozen=True, eq=False)
class _Suns:
    """Where the sun stands: for each row and place what :func:`nanyi_gis._kernels.sun.add_sun` takes.

    ``level`` (rows, 4) holds coefficients by height of the beam on the level, and the diffuse light there, in Wh/m2.
    """

    table: Singles
    level: Floats

    @classmethod
    def of(
        cls, days: list[tuple[int, float, float]], grid: Grid, heights: tuple[float, float],
        *, sky: Sky, directions: int, step: float,
    ) -> "_Suns":  # fmt: skip
        latitude, north = _latitudes(grid), _north(grid)
        tables = [
            _places(number, times, linke, latitude, north, heights, sky=sky, directions=directions, step=step)
            for number, times, linke in days
        ]
        table = np.concatenate(tables, axis=1)
        hours = table[:, :, 10]
        level = [(hours * table[:, :, 1] * table[:, :, 5 + i]).sum(axis=1) for i in range(3)]
        level.append((hours * table[:, :, 9]).sum(axis=1))
        return cls(table.astype(np.float32), np.stack(level, axis=1))


def _places(
    number: int, times: float, linke: float, latitude: Floats, north: float, heights: tuple[float, float],
    *, sky: Sky, directions: int, step: float,
) -> Floats:  # fmt: skip
    """Return the table of one day, which counts ``times`` times."""
    sunset = sunset_angle(latitude, day=number)
    count = max(1, math.ceil(float(sunset.max()) * 24.0 / math.pi / step - 1e-9))
    parts = (2.0 * np.arange(count) + 1.0 - count) / count
    table = np.zeros((len(latitude), count, 11))
    p, w = latitude[:, np.newaxis], sunset[:, np.newaxis] * parts
    east, to_north, up = sun_vector(p, w, day=number)
    flat = np.hypot(east, to_north)
    azimuth = (np.arctan2(east, to_north) + north) % (2.0 * math.pi)
    table[:, :, 0] = np.minimum(azimuth / (2.0 * math.pi) * directions, np.nextafter(np.float32(directions), 0))
    table[:, :, 1] = up
    table[:, :, 2] = up / np.maximum(flat, 1e-9)
    table[:, :, 3], table[:, :, 4] = flat * np.sin(azimuth), flat * np.cos(azimuth)
    low, high = heights
    nodes = np.array([low, (low + high) / 2.0, high])
    light = clear_sky(up[:, :, np.newaxis], day=number, linke=linke, height=nodes)
    table[:, :, 5:8] = _by_height(light.normal, nodes)
    table[:, :, 8] = 1.0 / extraterrestrial(number) if sky == "muneer" else 0.0
    table[:, :, 9] = light.diffuse[:, :, 0]
    table[:, :, 10] = times * (2.0 * sunset / count * 12.0 / math.pi)[:, np.newaxis]
    return table


def _by_height(values: Floats, nodes: Floats) -> Floats:
    """Return the coefficients of the parabola by height through three values; a constant where there is one height.

    The beam grows so evenly with height that it is true to a part in a thousand over three kilometres.
    """
    out = np.zeros(values.shape)
    low, middle, high = nodes
    if high - low < 1.0:
        out[..., 0] = values[..., 1]
        return out
    first = (values[..., 1] - values[..., 0]) / (middle - low)
    second = ((values[..., 2] - values[..., 1]) / (high - middle) - first) / (high - low)
    out[..., 2] = second
    out[..., 1] = first - second * (low + middle)
    out[..., 0] = values[..., 0] - first * low + second * low * middle
    return out


def _latitudes(grid: Grid) -> Floats:
    """Return the latitude in radians of the middle of each row."""
    rows = np.arange(grid.height)
    middle = np.full(grid.height, float(grid.columns((grid.width - 1) / 2)))
    _, latitude = crs_to_crs(grid.crs, 4326).transform(middle, grid.rows(rows))
    return np.radians(np.asarray(latitude, dtype=np.float64))


def _north(grid: Grid) -> float:
    """Return the azimuth of true north from the grid's north in radians, at the middle of the grid."""
    x, y = float(grid.columns((grid.width - 1) / 2)), float(grid.rows((grid.height - 1) / 2))
    there, back = crs_to_crs(grid.crs, 4326), crs_to_crs(4326, grid.crs)
    longitude, latitude = there.transform(x, y)
    (x0, x1), (y0, y1) = back.transform([longitude] * 2, [latitude - 0.01, latitude + 0.01])
    return math.atan2(x1 - x0, y1 - y0)


def _irradiation(
    dem: xr.DataArray,
    days: list[tuple[int, float, float]],
    albedo: float,
    sky: Sky,
    directions: int,
    step: float,
    curvature: str | float,
    progress: Progress | None,
    unit: str,
    divisor: float,
) -> xr.Dataset:
    tell = progress or silent
    share = check_finite(albedo, name="albedo")
    if not 0.0 <= share <= 1.0:
        raise ParameterError(f"albedo is {share:g}, but must be 0 to 1; grass is about 0.2")
    check_choice(sky, ("muneer", "isotropic"), name="sky")
    count = check_count(directions, name="directions", least=8)
    hours = check_positive(step, name="step", unit="h")
    if hours > _LONGEST_STEP_H:
        raise ParameterError(f"step is {hours:g} h, but must be at most {_LONGEST_STEP_H:g} h")
    scan = Scan.of(dem, curvature=curvature)
    z, grid = scan.z, scan.ground.grid
    if not np.isfinite(z).any():
        raise DataError("dem has no height; give another")
    heights = float(np.nanmin(z)), float(np.nanmax(z))
    suns = _Suns.of(days, grid, heights, sky=sky, directions=count, step=hours)
    slope = _Slope.of(z, grid, even=sky == "isotropic")
    if np.isnan(slope.upright).all():
        raise DataError("dem has no cell with a height in all of the 3 x 3 cells around it; give a larger DEM")
    beam, diffuse, other, view = (np.zeros(z.shape, dtype=np.float32) for _ in range(4))
    taken = set(np.unique(np.floor(suns.table[:, :, 0])).astype(int))
    spread = 2.0 * math.pi / count
    for number, tangents, ahead in scan.around(count):
        toward = math.sin(number * spread), math.cos(number * spread)

        def add(start: int, stop: int, number=number, tangents=tangents, ahead=ahead, toward=toward) -> None:  # type: ignore[no-untyped-def]
            rows = slice(start, stop)
            sides = slope.east[rows], slope.north[rows], slope.upright[rows]
            kernels.add_sky(tangents[rows], *sides, *toward, 1.0 / count, view[rows])
            if number in taken:
                places = np.ascontiguousarray(suns.table[rows])
                sums = slope.turn[rows], beam[rows], diffuse[rows], other[rows]
                kernels.add_sun(tangents[rows], ahead[rows], number, places, z[rows], *sides, *sums)

        in_strips(add, 0, grid.height, grid.width)
        tell((number + 1) / count)
    diffuse *= view
    diffuse += other
    np.maximum(diffuse, 0.0, out=diffuse)
    reflected = other  # its memory
    for row, (b0, b1, b2, level) in enumerate(suns.level):
        reflected[row] = share * (1.0 - view[row]) * (b0 + z[row] * (b1 + z[row] * b2) + level)
    layers = {"beam": beam, "diffuse": diffuse, "reflected": reflected, "total": beam + diffuse + reflected}
    for layer in layers.values():
        layer /= np.float32(divisor)
        layer[np.isnan(slope.upright)] = np.nan
    view[np.isnan(slope.upright)] = np.nan
    arrays = {name: grid.array(layer, name=name, nodata=math.nan) for name, layer in layers.items()}
    for name, array in arrays.items():
        array.attrs |= {"units": unit, "long_name": f"{name} irradiation under a clear sky"}
    arrays["sky_view"] = grid.array(view, name="sky_view", nodata=math.nan)
    arrays["sky_view"].attrs |= {"units": "1", "long_name": "view factor of the sky"}
    kept = {"albedo": share, "sky": sky, "directions": count, "step_h": hours, "curvature": curvature}
    return xr.Dataset(arrays, attrs={**kept, "clouds": "none: a clear sky"})


@dataclass(frozen=True, eq=False)
class _Slope:
    """Horn's gradient to east and north, the upward part of the normal, and Muneer's function of the slope."""

    east: Singles
    north: Singles
    upright: Singles
    turn: Singles

    @classmethod
    def of(cls, z: Singles, grid: Grid, *, even: bool) -> "_Slope":
        east, north, upright = (np.empty(z.shape, dtype=np.float32) for _ in range(3))
        kernels.gradients(z, *grid.spacing(), east, north, upright)
        turn = np.zeros(z.shape, dtype=np.float32)
        if not even:
            slope = np.arccos(upright)
            # Hofierka and Suri 2002, eq. 25
            turn = np.sin(slope) - slope * upright - np.float32(math.pi / 2.0) * (1.0 - upright)
        return cls(east, north, upright, turn)
