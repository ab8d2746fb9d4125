"""Rasters of climate that overrule a climate file: what their values can be, and how sure they are."""

import numpy as np
import numpy.typing as npt

from ..errors import DataError, ParameterError
from .plausible import PLAUSIBLE
from .variable import CLIMATE_VARIABLES

KELVIN = 273.15
_KELVIN_WORDS = frozenset({"k", "kelvin", "degk", "deg_k", "degrees_kelvin", "degree_kelvin"})
_CURES = {
    "accumulated_temperature": "give degree-days above 10 °C",
    "rain": "give mm",
    "growing_season_rain": "give mm",
}
_SD = {
    **dict.fromkeys(PLAUSIBLE, (0.5, 0.0)),
    "accumulated_temperature": (200.0, 0.0),
    "rain": (0.0, 0.1),
    "growing_season_rain": (0.0, 0.1),
}


def is_kelvin(text: str) -> bool:
    """Return whether the unit of a raster says kelvin.

    >>> is_kelvin("K"), is_kelvin("degC")
    (True, False)
    """
    return text.strip().lower() in _KELVIN_WORDS


def refuse_implausible(values: npt.ArrayLike, variable: str, *, name: str) -> None:
    """Raise DataError if a raster holds what no place on Earth has: tenths of degrees, kelvin, another quantity.

    >>> try:
    ...     refuse_implausible([172, 168], "mean_temperature", name="bio1.tif")
    ... except DataError as error:
    ...     print(str(error).split(";")[0])
    bio1.tif holds 172 as mean_temperature, but it lies between -60 and 40
    """
    array = np.asarray(values, dtype=np.float64)
    known = array[np.isfinite(array)]
    low, high = PLAUSIBLE[variable]
    odd = known[(known < low) | (known > high)]
    if odd.size:
        cure = _CURES.get(variable, "give °C, or set the raster's scale and offset, or its unit K")
        raise DataError(f"{name} holds {odd[0]:g} as {variable}, but it lies between {low:g} and {high:g}; {cure}")


def layer_sd(variable: str) -> tuple[float, float]:
    """Return the standard deviation to take for a raster of a variable: absolute, and as a share of the value.

    0.5 °C for temperatures, 200 degree-days, 10 % for rain: a proposal for interpolated maps in hills; in deep
    valleys they may err more.

    >>> layer_sd("rain"), layer_sd("january_temperature")
    ((0.0, 0.1), (0.5, 0.0))
    """
    if variable not in CLIMATE_VARIABLES:
        raise ParameterError(f"variable is {variable!r}, but must be one of: {', '.join(CLIMATE_VARIABLES)}")
    return _SD[variable]
