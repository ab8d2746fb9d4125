"""One climatic quantity: its stations, its change with height, its bounds, and how sure each of them is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

CLIMATE_VARIABLES: tuple[str, ...] = (
    "mean_temperature",
    "january_temperature",
    "july_temperature",
    "extreme_minimum",
    "accumulated_temperature",
    "rain",
    "growing_season_rain",
)

SHARED = 0.5
"""Share of the variance of a place about the line that the whole region has in common, where a file says nothing."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Constant:
    """A number and its standard deviation; 0 where none is stated."""

    value: float
    sd: float = 0.0

    def drawn(self, normal: float) -> "Constant":
        """Return the constant moved by as many standard deviations.

        >>> Constant(0.5, 0.1).drawn(-2).value
        0.3
        """
        return Constant(self.value + normal * self.sd, self.sd)


@dataclass(frozen=True)
class Anchor:
    """What a station of a regime measures at its height."""

    regime: int
    elevation: float
    value: Constant
    station: str = ""


@dataclass(frozen=True)
class Variable:
    """One climatic quantity.

    Attributes
    ----------
    name, unit : str
        Which, and in what.
    anchors : tuple of Anchor
        Values at stations; one or more a regime.
    slopes : tuple of Constant
        Change per metre upward, one a regime: below zero for temperatures.
    starts : tuple of Constant or None
        Height in metres below which the value stays what it is there, one a regime.
    floors, caps : tuple of Constant or None
        Least and greatest value, one a regime.
    scatter : float
        Standard deviation of the value at a place about the line of its regime.
    shared : float
        Share of that variance in which the whole region errs as one, 0 to 1; the rest is each place's own.
    parent, correlation : str, float
        Variable that errs alike, and how closely, -1 to 1.
    evidence, source : str
        Grade of evidence and where the numbers come from.
    offset : float
        Shift of all values, in a climate that was drawn.
    residual : float or None
        Standard deviation of the stations about the fitted lines, if fitted.
    """

    name: str
    unit: str
    anchors: tuple[Anchor, ...]
    slopes: tuple[Constant, ...]
    starts: tuple[Constant | None, ...] = ()
    floors: tuple[Constant | None, ...] = ()
    caps: tuple[Constant | None, ...] = ()
    scatter: float = 0.0
    shared: float = SHARED
    parent: str = ""
    correlation: float = 0.0
    evidence: str = ""
    source: str = ""
    offset: float = 0.0
    residual: float | None = None

    @property
    def lapse(self) -> float:
        """Fall in units per 100 m, that of the first regime."""
        return -100 * self.slopes[0].value

    @property
    def regional(self) -> float:
        """Standard deviation of the region as a whole about the line; it does not average out over an area.

        >>> v = Variable("rain", "mm", (), (), scatter=5, shared=0.36)
        >>> round(v.regional, 6), round(v.local, 6)  # 3² + 4² = 5²
        (3.0, 4.0)
        """
        return math.sqrt(self.shared) * self.scatter

    @property
    def local(self) -> float:
        """Standard deviation of a place about its region."""
        return math.sqrt(1 - self.shared) * self.scatter

    def lines(self) -> Floats:
        """Return intercept, change per metre, floor and cap by regime, (regimes, 4).

        The line of a regime passes through its stations, the surer ones weighing more. By hand, 20 at 100 m
        falling 1 in 100 m meets the sea at 21:

        >>> Variable("mean_temperature", "degC", (Anchor(0, 100, Constant(20)),), (Constant(-0.01),)).lines()
        array([[ 2.1e+01, -1.0e-02,    -inf,     inf]])
        """
        return np.array([self._line(regime) for regime in range(len(self.slopes))])

    def sd(self, elevation: npt.ArrayLike, regime: int) -> Floats:
        """Return the standard deviation of the value at heights in a regime: stations, slope and scatter together.

        >>> v = Variable("rain", "mm", (Anchor(0, 100, Constant(900, 3)),), (Constant(0.4, 0.1),), scatter=4)
        >>> v.sd(100, 0).item(), round(v.sd(220, 0).item(), 6)  # 3, 4 and 0.1 * 120
        (5.0, 13.0)
        """
        here, weights = self._stations(regime)
        middle = sum(w * a.elevation for w, a in zip(weights, here, strict=True))
        anchor = sum((w * a.value.sd) ** 2 for w, a in zip(weights, here, strict=True))
        away = np.asarray(elevation, dtype=np.float64) - middle
        return np.asarray(np.sqrt(anchor + (self.slopes[regime].sd * away) ** 2 + self.scatter**2))

    def drawn(self, normals: Sequence[float]) -> "Variable":
        """Return the variable with every constant moved by its own normal number; see :meth:`constants`."""
        numbers = iter(normals)

        def moved(constants: Sequence[Constant | None]) -> tuple[Constant | None, ...]:
            return tuple(None if c is None else c.drawn(next(numbers)) for c in constants)

        offset = next(numbers) * self.regional
        anchors = tuple(replace(a, value=a.value.drawn(next(numbers))) for a in self.anchors)
        slopes = tuple(slope.drawn(next(numbers)) for slope in self.slopes)
        starts, floors, caps = moved(self.starts), moved(self.floors), moved(self.caps)
        return replace(
            self, anchors=anchors, slopes=slopes, starts=starts, floors=floors, caps=caps, offset=self.offset + offset
        )

    def constants(self) -> list[tuple[str, float]]:
        """Return name and standard deviation of every constant, in the order in which :meth:`drawn` takes them."""
        several = len(self.slopes) > 1
        found = [("offset", self.regional)]
        found += [(f"station {anchor.station}", anchor.value.sd) for anchor in self.anchors]
        groups = (("slope", self.slopes), ("from_elevation", self.starts), ("floor", self.floors), ("cap", self.caps))
        for word, group in groups:
            for regime, constant in enumerate(group):
                if constant is not None:
                    found.append((f"{word} {regime}" if several else word, constant.sd))
        return found

    def _stations(self, regime: int) -> tuple[list[Anchor], list[float]]:
        here = [anchor for anchor in self.anchors if anchor.regime == regime]
        known = all(anchor.value.sd > 0 for anchor in here)
        weights = [1 / (anchor.value.sd**2 + self.scatter**2) if known else 1.0 for anchor in here]
        return here, [weight / sum(weights) for weight in weights]

    def _line(self, regime: int) -> tuple[float, float, float, float]:
        slope = self.slopes[regime].value
        here, weights = self._stations(regime)
        at_sea = sum(w * (a.value.value - slope * a.elevation) for w, a in zip(weights, here, strict=True))
        at_sea += self.offset
        floor, cap = _of(self.floors, regime), _of(self.caps, regime)
        low = -math.inf if floor is None else floor.value + self.offset
        high = math.inf if cap is None else cap.value + self.offset
        start = _of(self.starts, regime)
        if start is not None and slope != 0:
            level = at_sea + slope * start.value
            low, high = (max(low, level), high) if slope > 0 else (low, min(high, level))
        return at_sea, slope, low, max(low, high)


def _of(constants: Sequence[Constant | None], regime: int) -> Constant | None:
    return constants[regime] if constants else None
