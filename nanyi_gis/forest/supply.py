"""How much bamboo land pulp needs, and what forest takes up, as arithmetic over stated ranges."""

import math
from collections.abc import Sequence

from .._validation import check_non_negative, check_positive
from ..errors import ParameterError

_HA_PER_KM2 = 100.0

Range = tuple[float, float]


def check_range(given: Sequence[float], *, name: str, least: float = 0.0) -> Range:
    """Return a range as two numbers above ``least``, the lower first.

    >>> check_range((4, 4.5), name="bamboo per pulp")
    (4.0, 4.5)
    """
    if len(given) != 2:
        raise ParameterError(f"{name} has {len(given)} numbers, but a range has two, low and high")
    low, high = (check_positive(value, name=name) for value in given)
    if low > high:
        raise ParameterError(f"{name} is {low:g} to {high:g}, but the lower end comes first")
    if low < least:
        raise ParameterError(f"{name} begins with {low:g}, but must not be below {least:g}")
    return low, high


def pulp_land(
    pulp_t: float, *, bamboo_per_pulp: Sequence[float], yield_t_per_ha: Sequence[float]
) -> tuple[float, float]:
    """Return the hectares of bamboo that a year's pulp needs, from the least to the most.

    ``ha = pulp * (tonnes of green bamboo to a tonne of pulp) / (tonnes of green bamboo a hectare and year)``; both are
    rough and differ by kind of bamboo and care of the stand, so the result is no more than an order.

    Parameters
    ----------
    pulp_t : float
        Tonnes of pulp a year.
    bamboo_per_pulp, yield_t_per_ha : pair of float
        Ranges, low and high.

    Raises
    ------
    ParameterError
        If a number is not above zero, or a range the wrong way round.

    300,000 t of pulp at 4 to 4.5 t of bamboo each, 15 t a hectare: 80,000 to 90,000 ha, that is 120 to 135 万亩.

    >>> pulp_land(300_000, bamboo_per_pulp=(4, 4.5), yield_t_per_ha=(15, 15))
    (80000.0, 90000.0)
    """
    pulp = check_positive(pulp_t, name="pulp_t", unit="t")
    ratio = check_range(bamboo_per_pulp, name="bamboo_per_pulp")
    grown = check_range(yield_t_per_ha, name="yield_t_per_ha")
    return pulp * ratio[0] / grown[1], pulp * ratio[1] / grown[0]


def share_needed(need_ha: Sequence[float], there_km2: float) -> tuple[float, float]:
    """Return which share of some land a need takes, low and high; infinite where there is no land.

    >>> share_needed((80_000, 90_000), 1000.0)
    (0.8, 0.9)
    """
    land = check_non_negative(there_km2, name="there_km2", unit="km2") * _HA_PER_KM2
    low, high = need_ha
    return (low / land, high / land) if land > 0 else (math.inf, math.inf)


def carbon_sink(area_km2: float, *, t_co2_per_ha: Sequence[float]) -> tuple[float, float]:
    """Return the tonnes of CO2 a year that forest takes up by a stated factor, low and high.

    It is the factor times the area, no measurement: neither age nor kind nor felling is in it.

    >>> carbon_sink(10.0, t_co2_per_ha=(1.5, 5.0))
    (1500.0, 5000.0)
    """
    hectares = check_non_negative(area_km2, name="area_km2", unit="km2") * _HA_PER_KM2
    low, high = check_range(t_co2_per_ha, name="t_co2_per_ha")
    return hectares * low, hectares * high
