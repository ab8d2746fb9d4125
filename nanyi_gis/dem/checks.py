"""Whether a DEM can serve: does it reach over the counties, are its heights metres."""

import numpy as np

from .._limits import hold
from ..errors import DataError, ParameterError

FINEST_M = 30.0
COARSEST_M = 5000.0
MOST_CELLS = 200_000_000


def check_resolution(resolution: float, *, bounds: tuple[float, float, float, float]) -> float:
    """Return a working resolution in metres for which the grid over ``bounds`` is of sane size.

    Raises
    ------
    ParameterError
        If the grid would have more than 200 million cells, or cells over 5 km.
    """
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    cells = (width / resolution) * (height / resolution)
    least = np.ceil((width * height / MOST_CELLS) ** 0.5)
    asked = f"resolution {resolution:g} m makes a grid of {cells / 1e6:,.0f} million cells"
    hold(asked, cells, MOST_CELLS, cure=f"ask for {least:g} m or more", error=ParameterError)
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


def _percent(share: float) -> str:
    """Return a share in per cent, never rounded up to a whole that it is not.

    >>> _percent(0.98996), _percent(0.372)
    ('98.9', '37.2')
    """
    return f"{np.floor(share * 1000 + 1e-9) / 10:.1f}"
