"""What pieces of a line with a length and a rise take: climb, and time on foot and by car."""

import numpy as np
import numpy.typing as npt

from ..network import load_speeds

Floats = npt.NDArray[np.float64]

_FULL_KMH = 6.0


def climbed(heights: Floats) -> tuple[float, float]:
    """Return the metres up and the metres down along heights; steps with a NaN do not count.

    >>> climbed(np.array([500.0, 530.0, 510.0, np.nan, 600.0]))
    (30.0, 20.0)
    """
    steps = np.diff(heights)
    return float(np.nansum(np.maximum(steps, 0.0))), float(np.nansum(np.maximum(-steps, 0.0)))


def minutes_on_foot(rises: Floats, lengths: Floats, *, factor: float = 1.0) -> tuple[float, float]:
    """Return the minutes there and back at Tobler's (1993) ``6 exp(-3.5 |S + 0.05|)`` km/h times ``factor``.

    A level kilometre takes 60 / (6 exp(-0.175)) = 11.91 minutes either way; an unknown rise counts as level:

    >>> [round(value, 2) for value in minutes_on_foot(np.array([0.0]), np.array([1000.0]))]
    [11.91, 11.91]
    """
    slope = _slopes(rises, lengths)
    kilometres = lengths / 1000.0
    there, back = (
        float((kilometres * 60.0 / (_FULL_KMH * factor) * np.exp(3.5 * np.abs(sign * slope + 0.05))).sum())
        for sign in (1.0, -1.0)
    )
    return there, back


def minutes_by_car(rises: Floats, lengths: Floats, *, speed_kmh: float) -> tuple[float, float]:
    """Return the minutes there and back at a speed slowed by grade as the network slows it.

    At 30 km/h and 10 % a kilometre takes 2 minutes / 0.7 up and 2 / 0.85 down (:class:`nanyi_gis.network.SlopeRule`):

    >>> [round(value, 2) for value in minutes_by_car(np.array([100.0]), np.array([1000.0]), speed_kmh=30)]
    [2.86, 2.35]
    """
    rule = load_speeds().slope
    slope = _slopes(rises, lengths)
    level = lengths / 1000.0 / speed_kmh * 60.0
    return float((level / rule.factor(slope)).sum()), float((level / rule.factor(-slope)).sum())


def _slopes(rises: Floats, lengths: Floats) -> Floats:
    return np.nan_to_num(np.divide(rises, lengths, out=np.zeros_like(lengths), where=lengths > 0))
