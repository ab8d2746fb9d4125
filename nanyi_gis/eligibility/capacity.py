"""Megawatts that land holds, and whether they are what a plan wants."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from .._validation import check_non_negative, check_positive
from ..errors import ParameterError
from ..suitability import Need

ENOUGH, TIGHT, NOT_ENOUGH = "enough", "tight", "not enough"
AS_FAR = " as far as judged"  # of what more rules could yet take back
ON_PART = " on the part that the DEM covers"  # of what land beyond it could yet add
_HA = 100.0  # in a km²


def capacity(area_km2: float, *, ha_per_mw: tuple[float, float]) -> tuple[float, float]:
    """Return the megawatts that an area holds at the greater and at the smaller of two needs of land.

    Parameters
    ----------
    area_km2 : float
        Land in km².
    ha_per_mw : (float, float)
        Hectares a megawatt, the smaller first.

    Raises
    ------
    ParameterError
        If the area is negative, or a need is not above zero or out of order.

    >>> capacity(24, ha_per_mw=(1.5, 3.0))
    (800.0, 1600.0)
    """
    area = check_non_negative(area_km2, name="area_km2", unit="km2")
    low, high = (check_positive(value, name="ha_per_mw", unit="ha/MW") for value in ha_per_mw)
    if low > high:
        raise ParameterError(f"ha_per_mw is {low:g} to {high:g}; give the smaller first")
    return area * _HA / high, area * _HA / low


def needs_table(
    needs: Sequence[Need],
    eligible_km2: Mapping[str, float],
    *,
    ha_per_mw: tuple[float, float],
    upper_bound: bool,
    partly: Collection[str] = (),
) -> pd.DataFrame:
    """Set what a plan wants built against the land that may be taken, by zone and in all.

    ``not enough``: even the smaller need of land leaves less than the least that is wanted. ``enough``: even the
    greater need of land holds the most that is wanted. Else ``tight``. Where rules were not judged for want of a
    layer, the last two are so ``as far as judged``, for they may take more; the first stands all the more. The most
    that is wanted counts every item; the least leaves out those that another may count already. Land of a zone that
    the DEM does not reach could hold more, so there anything but ``enough`` is so ``on the part that the DEM covers``.

    Parameters
    ----------
    needs : sequence of Need
        What is wanted.
    eligible_km2 : mapping of str to float
        Land by zone.
    ha_per_mw : (float, float)
        As for :func:`capacity`.
    upper_bound : bool
        Whether rules were not judged for want of a layer.
    partly : collection of str
        Zones of which only a part was judged.

    Returns
    -------
    DataFrame
        ``zone`` (the last row is ``all``: every item, and the land of the zones in which something is wanted),
        ``items``, ``need_low_mw``, ``need_high_mw``, ``need_low_km2``, ``need_high_km2``, ``eligible_km2``, ``mw_low``,
        ``mw_high``, ``verdict``, ``upper_bound``.

    >>> wanted = [Need("E-04", 50, "G", perhaps_in="E-06"), Need("E-06", 100, "G"), Need("E-05", 200, "X")]
    >>> table = needs_table(wanted, {"G": 25, "X": 10}, ha_per_mw=(20, 30), upper_bound=False)
    >>> table[["zone", "need_low_mw", "need_high_mw", "verdict"]].values.tolist()
    [['G', 100.0, 150.0, 'tight'], ['X', 200.0, 200.0, 'not enough'], ['all', 300.0, 350.0, 'not enough']]
    """
    named = list(dict.fromkeys(need.zone for need in needs if need.zone in eligible_km2))
    rows = [(zone, [need for need in needs if need.zone == zone], eligible_km2[zone]) for zone in named]
    counted = eligible_km2.values() if any(not need.zone for need in needs) else [eligible_km2[zone] for zone in named]
    rows.append(("all", list(needs), float(sum(counted))))
    part = {*partly, "all"} if partly else set()
    return pd.DataFrame([_row(*row, ha_per_mw=ha_per_mw, upper_bound=upper_bound, part=row[0] in part) for row in rows])


def _row(
    zone: str, needs: Sequence[Need], area: float, *, ha_per_mw: tuple[float, float], upper_bound: bool, part: bool
) -> dict[str, object]:
    least = float(np.sum([need.mw for need in needs if not need.perhaps_in]))
    most = float(np.sum([need.mw for need in needs]))
    low, high = capacity(area, ha_per_mw=ha_per_mw)
    verdict = NOT_ENOUGH if high < least else ENOUGH if low >= most else TIGHT
    if upper_bound and verdict != NOT_ENOUGH:
        verdict += AS_FAR
    if part and not verdict.startswith(ENOUGH):
        verdict += ON_PART
    return {
        "zone": zone,
        "items": " ".join(need.item for need in needs),
        "need_low_mw": least,
        "need_high_mw": most,
        "need_low_km2": least * ha_per_mw[0] / _HA,
        "need_high_km2": most * ha_per_mw[1] / _HA,
        "eligible_km2": area,
        "mw_low": low,
        "mw_high": high,
        "verdict": verdict,
        "upper_bound": upper_bound,
    }
