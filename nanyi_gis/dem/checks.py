"""Whether a DEM can serve: does it reach over the counties, are its heights metres."""

import numpy as np
import numpy.typing as npt

from ..errors import DataError, ParameterError

FINEST_M = 30.0
COARSEST_M = 5000.0
MOST_CELLS = 200_000_000
LOWEST_M, HIGHEST_M = -500.0, 9000.0

# Ratio to metres, and how far a real DEM of the same land may be from it.
_TOLERANCE = 0.15
_FAR = 3.0
_SUSPECTS = {"feet": 3.2808, "decimetres": 10.0, "centimetres": 100.0, "kilometres": 1e-3}


def check_resolution(resolution: float, *, bounds: tuple[float, float, float, float]) -> float:
    """Return a working resolution in metres for which the grid over ``bounds`` is of sane size.

    Raises
    ------
    ParameterError
        If the grid would have more than 200 million cells, or cells over 5 km.
    """
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    cells = (width / resolution) * (height / resolution)
    if cells > MOST_CELLS:
        least = np.ceil((width * height / MOST_CELLS) ** 0.5)
        raise ParameterError(
            f"resolution {resolution:g} m makes a grid of {cells / 1e6:,.0f} million cells, but at most "
            f"{MOST_CELLS / 1e6:.0f} million fit; ask for {least:g} m or more"
        )
    if resolution > COARSEST_M:
        raise ParameterError(f"resolution is {resolution:g} m, but must be at most {COARSEST_M:g} m to show a county")
    return resolution


def check_coverage(share: float, *, area_km2: float, least: float, name: str) -> float:
    """Return the share of the counties that a DEM covers, or refuse one that leaves them out.

    >>> check_coverage(0.372, area_km2=6160, least=0.99, name="a.tif")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: a.tif covers 37.2 % of the counties; 3,868 km2 are missing; give a DEM (or
    more tiles) of the whole study area
    """
    if share < least:
        missing = (1 - share) * area_km2
        raise DataError(
            f"{name} covers {_percent(share)} % of the counties; {missing:,.0f} km2 are missing; "
            "give a DEM (or more tiles) of the whole study area"
        )
    return share


def check_range(heights: npt.NDArray[np.float32], *, name: str) -> None:
    """Refuse heights that no land on Earth has: codes of missing cells that were not declared."""
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    if low < LOWEST_M or high > HIGHEST_M:
        raise DataError(
            f"{name} holds elevations from {low:,.0f} to {high:,.0f} m; land lies between {LOWEST_M:g} and "
            f"{HIGHEST_M:g} m; declare its nodata value or its unit, e.g. with gdal_edit.py -a_nodata"
        )


def suspect_unit(
    heights: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]
) -> tuple[str, float, float, float] | None:
    """Return the unit in which ``heights`` seem to be, if not metres, with the reason.

    ``expected`` are metres at the same cells. The medians are compared: a ratio within 15 % of
    3.28 speaks for feet, of 10 for decimetres, and so on; any other that is above 3 or below a
    third speaks against heights altogether.

    Returns
    -------
    tuple or None
        Unit, ratio of the medians, median of ``heights``, median of ``expected``.

    >>> suspect_unit(np.float32([3200, 3300, 3400]), np.float32([1000, 1010, 1020]))[0]
    'feet'
    >>> suspect_unit(np.float32([1100]), np.float32([1000])) is None
    True
    """
    both = np.isfinite(heights) & np.isfinite(expected)
    if not both.any():
        return None
    given, right = float(np.median(heights[both])), float(np.median(expected[both]))
    if right <= 0:
        return None
    ratio = given / right
    for unit, factor in _SUSPECTS.items():
        if abs(ratio / factor - 1) <= _TOLERANCE:
            return unit, ratio, given, right
    if not 1 / _FAR <= ratio <= _FAR:
        return "no unit of height", ratio, given, right
    return None


def _percent(share: float) -> str:
    """Return a share in per cent, never rounded up to a whole that it is not.

    >>> _percent(0.98996), _percent(0.372)
    ('98.9', '37.2')
    """
    return f"{np.floor(share * 1000 + 1e-9) / 10:.1f}"
