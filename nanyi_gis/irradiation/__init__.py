"""Sun on slopes: horizons of the terrain, and clear-sky light over a day or a year with the terrain's shadow."""

from .clear_sky import LINKE, ClearSky, clear_sky
from .files import irradiation_files, write_irradiation
from .horizons import DIRECTIONS, horizons
from .position import SOLAR_CONSTANT, day_number, declination, extraterrestrial, sun_vector, sunset_angle
from .sums import ALBEDO, KLEIN_DAYS, daily_irradiation, with_clouds, yearly_irradiation

__all__ = [
    "ALBEDO",
    "DIRECTIONS",
    "KLEIN_DAYS",
    "LINKE",
    "SOLAR_CONSTANT",
    "ClearSky",
    "clear_sky",
    "daily_irradiation",
    "day_number",
    "declination",
    "extraterrestrial",
    "horizons",
    "irradiation_files",
    "sun_vector",
    "sunset_angle",
    "with_clouds",
    "write_irradiation",
    "yearly_irradiation",
]
