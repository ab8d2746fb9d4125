"""Increments of many lines as one pool: how fast lines go, how lastingly they differ, and how chance adds to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from scipy.special import stdtrit

LEVEL = 0.8
"""Share of the truths that an interval is to hold."""

_FINEST = 0.01  # of a target: reports are no finer, so no interval is
_MOST_VALUES = 12  # of a line by which it is measured, for their pairs are tested
_MOST_TESTED = 2000  # lines by which the growth of errors is measured; more do not change it


@dataclass(frozen=True)
class Increments:
    """A line's values in order.

    Attributes
    ----------
    years : tuple of float
        Since the first value, which is at 0.
    shares : tuple of float
        Of the target.
    """

    years: tuple[float, ...]
    shares: tuple[float, ...]

    @property
    def span(self) -> float:
        """Years from the first value to the last."""
        return self.years[-1]

    @property
    def gain(self) -> float:
        """Share gained between them."""
        return self.shares[-1] - self.shares[0]

    def until(self, place: int) -> "Increments":
        """Return the values up to a place, that included."""
        return Increments(self.years[: place + 1], self.shares[: place + 1])

    def thinned(self, most: int) -> "Increments":
        """Return no more than so many values, two or more, evenly from the first to the last.

        >>> Increments((0.0, 1.0, 2.0, 3.0, 4.0), (0.0, 0.1, 0.2, 0.3, 0.4)).thinned(3).years
        (0.0, 2.0, 4.0)
        """
        last = len(self.years) - 1
        if last < most:
            return self
        places = [round(step * last / (most - 1)) for step in range(most)]
        return Increments(tuple(self.years[at] for at in places), tuple(self.shares[at] for at in places))


@dataclass(frozen=True)
class Pool:
    """What increments of many lines say of a line's pace.

    Attributes
    ----------
    lines, size : int
        Lines and increments.
    pace : float
        Mean share a year.
    between : float
        Variance of the lines' lasting paces.
    within : float
        Variance of a year's gain about its line's pace.
    doubt : float
        Variance of ``pace``.
    growth : float
        How much faster errors grow with the horizon than chance explains.
    repeated : bool
        Whether any line has two increments; if none has, lasting differences cannot be told from chance.
    """

    lines: int
    size: int
    pace: float
    between: float
    within: float
    doubt: float
    growth: float = 0.0
    repeated: bool = True

    def ahead(self, own: Increments, years: float) -> tuple[float, float, int]:
        """Return the share that a line gains in the years after its last value, its spread, and degrees of freedom.

        >>> pool = Pool(lines=9, size=18, pace=0.2, between=0.0, within=0.01, doubt=0.0)
        >>> gain, spread, degrees = pool.ahead(Increments((0.0, 1.0), (0.0, 0.4)), 4.0)
        >>> round(gain, 3), round(spread, 3), degrees
        (0.8, 0.2, 8)
        """
        chance = self.within / own.span
        trust = self.between / (self.between + chance) if self.between > 0 else 0.0
        pace = self.pace + trust * (own.gain / own.span - self.pace)
        noise = self.within / (years if self.repeated else min(years, own.span))
        variance = self.between * (1.0 - trust) + noise + (1.0 - trust) ** 2 * self.doubt
        spread = years * math.sqrt(variance * (1.0 + self.growth * years / own.span))
        return years * pace, max(_FINEST, spread), max(1, self.lines - 1)


def pool_of(lines: Sequence[Increments], *, level: float = LEVEL) -> Pool | None:
    """Return the pool of some lines, for intervals of a level; None without any.

    The variance within lines is pooled over those with two increments or more; the one between them is the moment
    estimate of DerSimonian and Laird (1986), with years as weights.

    >>> two = [Increments((0.0, 1.0, 2.0), (0.0, 0.1, 0.2)), Increments((0.0, 1.0, 2.0), (0.0, 0.3, 0.6))]
    >>> found = pool_of(two)
    >>> found.lines, found.size, round(found.pace, 3), round(found.between, 3), round(found.within, 3)
    (2, 4, 0.2, 0.02, 0.0)
    """
    if not lines:
        return None
    spans = [line.span for line in lines]
    paces = [line.gain / line.span for line in lines]
    squares, degrees = 0.0, 0
    for line, pace in zip(lines, paces, strict=True):
        for place in range(1, len(line.years)):
            years = line.years[place] - line.years[place - 1]
            squares += years * ((line.shares[place] - line.shares[place - 1]) / years - pace) ** 2
        degrees += len(line.years) - 2
    count, total = len(lines), sum(spans)
    mean = sum(years * pace for years, pace in zip(spans, paces, strict=True)) / total
    apart = sum(years * (pace - mean) ** 2 for years, pace in zip(spans, paces, strict=True))
    within = squares / degrees if degrees else apart / max(1, count - 1)
    scale = total - sum(years**2 for years in spans) / total
    between = max(0.0, (apart - (count - 1) * within) / scale) if scale > 0 else 0.0
    if between + within <= 0.0:
        weights = spans
        doubt = 0.0
    else:
        weights = [1.0 / (between + within / years) for years in spans]
        doubt = 1.0 / sum(weights)
    pace = sum(weight * pace for weight, pace in zip(weights, paces, strict=True)) / sum(weights)
    size = sum(len(line.years) - 1 for line in lines)
    pool = Pool(count, size, pace, between, within, doubt, 0.0, degrees > 0)
    return Pool(count, size, pace, between, within, doubt, _growth(lines, pool, level), degrees > 0)


def _growth(lines: Sequence[Increments], pool: Pool, level: float) -> float:
    """Return how much faster errors grow with the horizon than chance explains, by forecasts of later values.

    Each later value of a line is forecast from its earlier ones, with the pool as it is. The growth is the least, from
    0, with which the share ``level`` of these truths lies within its interval.
    """
    needed = []
    for line in (line.thinned(_MOST_VALUES) for line in lines[:_MOST_TESTED]):
        for now in range(1, len(line.years) - 1):
            so_far = line.until(now)
            for later in range(now + 1, len(line.years)):
                years = line.years[later] - line.years[now]
                gain, spread, degrees = pool.ahead(so_far, years)
                error = (line.shares[later] - line.shares[now] - gain) / (spread * reach(level, degrees))
                needed.append((error**2 - 1.0) * so_far.span / years)
    if not needed:
        return 0.0
    return max(0.0, sorted(needed)[math.ceil(level * len(needed)) - 1])


@cache
def reach(level: float, degrees: int) -> float:
    """Return how many spreads an interval of a level reaches to either side: a quantile of Student's t.

    >>> round(reach(0.8, 1), 3), round(reach(0.8, 1000), 3)
    (3.078, 1.282)
    """
    return float(stdtrit(degrees, 0.5 + level / 2.0))
