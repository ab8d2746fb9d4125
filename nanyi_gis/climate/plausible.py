"""What a value of climate, a height and a change with height can be on Earth."""

from ..errors import ParameterError
from .record import shown

PLAUSIBLE = {
    "mean_temperature": (-60.0, 40.0),
    "january_temperature": (-70.0, 45.0),
    "july_temperature": (-70.0, 45.0),
    "extreme_minimum": (-90.0, 30.0),
    "accumulated_temperature": (0.0, 12_000.0),
    "rain": (0.0, 13_000.0),
    "growing_season_rain": (0.0, 13_000.0),
}
"""Least and greatest value of a variable that any place has."""

RAIN = ("rain", "growing_season_rain")
"""The variables that rise with height or fall, as the points tell."""

_UNITS = {
    **dict.fromkeys(PLAUSIBLE, "degC"),
    "accumulated_temperature": "degC.d",
    **dict.fromkeys(RAIN, "mm"),
}
_HEIGHTS = (-450.0, 9000.0)  # the Dead Sea's shore and Everest, rounded outward
# Change in 100 m. Dry air cools by 0.98 degrees, means over a region by less, so twice that is a slip of the unit;
# a sum of days has 365 of them; the wettest slopes on Earth (Kauai) gain about 700 mm.
_STEEPEST = {"degC": 2.0, "degC.d": 730.0, "mm": 1000.0}


def hold_unit(unit: object, variable: str, label: str) -> str:
    """Return the unit of a variable, the one that it has everywhere.

    >>> hold_unit("K", "rain", "variable.rain")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: variable.rain.unit is 'K', but must be "mm"; convert the values
    """
    wanted = _UNITS[variable]
    if not unit:
        raise ParameterError(f'{label}.unit is missing; add unit = "{wanted}"')
    if unit != wanted:
        raise ParameterError(f'{label}.unit is {shown(unit)}, but must be "{wanted}"; convert the values')
    return wanted


def hold_value(value: float, variable: str, label: str) -> float:
    """Return a value of a variable that a place can have.

    >>> hold_value(290, "mean_temperature", "station.a.mean_temperature")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: station.a.mean_temperature is 290, but must be -60 to 40 degC; convert it
    """
    low, high = PLAUSIBLE[variable]
    if not low <= value <= high:
        raise ParameterError(f"{label} is {value:g}, but must be {low:g} to {high:g} {_UNITS[variable]}; convert it")
    return value


def hold_height(value: float, label: str) -> float:
    """Return a height that land has, in metres."""
    low, high = _HEIGHTS
    if not low <= value <= high:
        raise ParameterError(f"{label} is {value:g}, but must be {low:g} to {high:g} m; give metres above the sea")
    return value


def hold_steepness(value: float, variable: str, label: str) -> float:
    """Return a change in 100 m of height, of either sign, that a region can have.

    >>> hold_steepness(52, "mean_temperature", "variable.mean_temperature.lapse")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: variable.mean_temperature.lapse is 52, but must be -2 to 2 degC per 100 m; \
divide it
    """
    unit = _UNITS[variable]
    most = _STEEPEST[unit]
    if abs(value) > most:
        raise ParameterError(f"{label} is {value:g}, but must be {-most:g} to {most:g} {unit} per 100 m; divide it")
    return value


def odd_change(change: float, variable: str) -> str:
    """Return what is odd about a fitted change in 100 m upward, in words; nothing if it can well be.

    >>> odd_change(0.3, "mean_temperature"), odd_change(-0.5, "mean_temperature"), odd_change(40, "rain")
    ('rises with height', '', '')
    >>> odd_change(-5.25, "mean_temperature")
    'changes by -5.25 degC in 100 m'
    """
    unit = _UNITS[variable]
    if abs(change) > _STEEPEST[unit]:
        return f"changes by {change:g} {unit} in 100 m"
    return "rises with height" if change > 0 and variable not in RAIN else ""


def hold_fall(fall: float, key: str, variable: str, label: str) -> None:
    """Refuse a temperature that is said to rise with height: over a region it does not, the sign is wrong.

    Cold air may lie in a valley on some nights; stations that show it are fitted, and the climate notes it.
    """
    if variable not in RAIN and fall < 0:
        given = fall if key == "lapse" else -fall
        raise ParameterError(
            f"{label} is {given:g}, a rise with height, but {variable} falls over a region; write the fall in 100 m as "
            f'lapse, a positive number, or lapse = "fit" if stations show a rise'
        )


def plausible_range(variable: str) -> tuple[float, float]:
    """Return the lowest and the highest value of a variable that a place on Earth has.

    >>> plausible_range("mean_temperature")
    (-60.0, 40.0)
    """
    return PLAUSIBLE[variable]
