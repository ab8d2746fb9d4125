"""How clear a radio path is: the first Fresnel zone, and the loss over a single knife edge (ITU-R P.526)."""

import math

import numpy as np
import numpy.typing as npt
import xarray as xr

from .._kernels.sight import clearance_window
from .._progress import Progress, silent
from .._validation import check_finite, check_positive
from ..raster import like
from .ground import Float, Heights, Points
from .viewshed import Look

SPEED_OF_LIGHT = 299_792_458.0
"""Metres a second."""

_SECONDS_PER_CELL = 3e-6
_NO_LOSS_BELOW = -0.78  # P.526: the formula holds above it, and gives about 0 dB there


def wavelength(frequency_mhz: float) -> float:
    """Return the wavelength of a frequency in metres.

    >>> round(wavelength(900), 4)
    0.3331
    """
    return SPEED_OF_LIGHT / (check_positive(frequency_mhz, name="frequency_mhz", unit="MHz") * 1e6)


def fresnel_radius(d1: npt.ArrayLike, d2: npt.ArrayLike, *, frequency_mhz: float) -> Float:
    """Return the radius of the first Fresnel zone in metres: ``sqrt(wavelength d1 d2 / (d1 + d2))``.

    Parameters
    ----------
    d1, d2 : array of float
        Metres from both ends of the path.
    frequency_mhz : float
        Frequency.

    Half way of 5 km at 900 MHz, 8.66 sqrt(5 / 0.9) = 20.4 m:

    >>> fresnel_radius(2500, 2500, frequency_mhz=900).round(1).item()
    20.4
    """
    near, far = np.asarray(d1, dtype=np.float64), np.asarray(d2, dtype=np.float64)
    return np.sqrt(wavelength(frequency_mhz) * near * far / (near + far))


def knife_edge_loss(v: npt.ArrayLike) -> Float:
    """Return the loss over a single knife edge in dB, ``J(v)`` of ITU-R P.526-15, eq. 31.

    ``6.9 + 20 log10(sqrt((v - 0.1)^2 + 1) + v - 0.1)`` above ``v = -0.78``, and none below; ``v`` is
    ``h sqrt(2 (1/d1 + 1/d2) / wavelength)``, that is -1.414 times the clearance in radii of the first zone.

    >>> knife_edge_loss([-1.0, 0.0, 1.0]).round(2).tolist()
    [0.0, 6.03, 13.93]
    """
    at = np.asarray(v, dtype=np.float64) - 0.1
    with np.errstate(invalid="ignore"):
        loss = 6.9 + 20.0 * np.log10(np.sqrt(at * at + 1.0) + at)
    return np.where(np.asarray(v) > _NO_LOSS_BELOW, np.maximum(loss, 0.0), np.where(np.isnan(at), np.nan, 0.0))


def radio_viewshed(
    dem: xr.DataArray,
    observers: Points,
    *,
    frequency_mhz: float,
    fresnel_share: float = 0.6,
    height: Heights = 30.0,
    target_height: float = 1.5,
    radius: float,
    curvature: str | float = "radio",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Return how clear the radio path to each cell is from the observer for which it is clearest.

    The samples of a line are those of :func:`viewshed`; the vertical clearance under the line at each is held against
    the radius of the first Fresnel zone there, and the worst sample counts. It stands for a single knife edge; of
    several ridges in a row the loss is larger.

    Parameters
    ----------
    dem, observers, height, target_height, radius, curvature, progress
        As for :func:`viewshed`; curvature is that of radio waves if not given.
    frequency_mhz : float
        Frequency.
    fresnel_share : float
        Share of the radius that must be clear for the path to count as clear.

    Returns
    -------
    xarray.Dataset
        ``clear`` (uint32): observers with a clear path. ``fresnel`` (float32): the least clearance of the best
        observer in radii of the zone, negative where the line is blocked, infinite for cells beside it. ``loss_db``
        (float32): J(v) there. The last two are NaN where no observer is within the radius, where there is no height,
        and where every path runs over unknown heights; ``clear`` has its largest number where there is no height.
        ``attrs``: ``cells_clear`` of each observer, and those of :func:`viewshed`.

    Raises
    ------
    DataError, ParameterError
        As :func:`viewshed`; if the frequency is not above zero.

    Over a plain, 90 m of cells, the middle of the path is 15.75 m under the line:

    >>> import geopandas as gpd
    >>> dem = xr.DataArray(np.zeros((2, 3), "float32"), {"y": [135.0, 45.0], "x": [45.0, 135, 225]}, ("y", "x"))
    >>> mast = gpd.GeoSeries.from_xy([45.0], [135.0], crs="EPSG:4544")
    >>> path = radio_viewshed(dem.rio.write_crs(4544), mast, frequency_mhz=900, radius=180, curvature="none")
    >>> path["fresnel"].values[0].astype(float).round(2).tolist()
    [inf, inf, 4.07]
    >>> (15.75 / fresnel_radius(90, 90, frequency_mhz=900)).round(2).item()
    4.07
    """
    zone, share = wavelength(frequency_mhz), check_finite(fresnel_share, name="fresnel_share")
    look = Look.of(
        dem,
        observers,
        height=height,
        target_height=target_height,
        radius=radius,
        curvature=curvature,
        seconds_per_cell=_SECONDS_PER_CELL,
    )
    zone *= look.ground.side
    tell, sight, shape = progress or silent, look.sight, look.ground.grid.shape
    clear, best = np.zeros(shape, np.uint32), np.full(shape, -np.inf)
    told = []
    shares = np.empty((2 * sight.reach + 1, 2 * sight.reach + 1))
    for number in range(look.stands.rows.size):
        window = look.ground.window(int(look.stands.rows[number]), int(look.stands.columns[number]), sight.reach)
        high, wide = window.values.shape
        clearance_window(
            window.flat,
            wide,
            (high, wide),
            window.row,
            window.column,
            float(look.eyes[number]),
            sight.lift,
            sight.fall,
            sight.limit,
            zone,
            shares,
        )
        up, left = sight.reach - window.row, sight.reach - window.column
        found = shares[up : up + high, left : left + wide]
        place = slice(window.top, window.top + high), slice(window.left, window.left + wide)
        enough = found >= share
        clear[place] += enough
        best[place] = np.fmax(best[place], found)
        told.append(int(np.count_nonzero(enough)))
        tell((number + 1) / look.stands.rows.size)
    best[best == -np.inf] = np.nan
    nodata = int(np.iinfo(np.uint32).max)
    for rows, blank in look.blank():
        clear[rows][blank] = nodata
    loss = knife_edge_loss(-math.sqrt(2.0) * best)
    attrs = {"cells_clear": told, "frequency_mhz": float(frequency_mhz), "fresnel_share": share, **look.attrs()}
    layers = {
        "clear": like(dem, clear, name="clear").rio.write_nodata(nodata),
        "fresnel": like(dem, best.astype(np.float32), name="fresnel").rio.write_nodata(np.nan),
        "loss_db": like(dem, loss.astype(np.float32), name="loss_db", attrs={"units": "dB"}).rio.write_nodata(np.nan),
    }
    return xr.Dataset(layers, attrs=attrs)
