"""A climate: values by height and regime, and samples of it within what is known."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ..errors import ParameterError
from .partition import Area, area_shares
from .plausible import odd_change
from .variable import Floats, Variable

_METRES_PER_DEGREE = 111_195.0  # of latitude, on the sphere of mean radius


@dataclass(frozen=True)
class Climate:
    """Regimes of climate and the quantities in them.

    ``value = sum over regimes of share * min(max(intercept + per_metre * z, floor), cap)``, the shares of a
    place summing to one.

    Attributes
    ----------
    regimes : tuple of str
        Names; of two that a ridge parts the first lies north of it.
    variables : dict of str to Variable
        By name.
    ridge : array (n, 2)
        Longitudes and latitudes of the ridge, from west to east; empty unless two regimes are parted by one.
    ridge_width_m : float
        Width of the belt in which one regime passes into another, linearly.
    areas : tuple of Polygon, MultiPolygon or None
        Land of each regime, longitude and latitude, ``None`` for the rest; empty where a ridge parts them, or for one.
    ridge_sd_m : float
        Standard deviation of the ridge's place, m across it.
    bbox : tuple of float
        West, south, east, north of the area for which the numbers hold; empty if anywhere.
    names : mapping of str to (str, str)
        English and Chinese name of regimes and stations by their ids.
    """

    id: str
    title: str
    regimes: tuple[str, ...]
    variables: dict[str, Variable]
    ridge: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    ridge_width_m: float = 10_000.0
    ridge_sd_m: float = 0.0
    ridge_note: str = ""
    bbox: tuple[float, ...] = ()
    areas: tuple[Area, ...] = ()
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: changes with height that the stations, by fit, give and a region hardly has."""
        fits = {name: v.slopes[0].value for name, v in self.variables.items() if v.residual is not None}
        odd = {name: odd_change(100 * slope, name) for name, slope in fits.items()}
        return tuple(
            f"{name} of the climate {self.id!r} {words} by the fit of its stations; check them"
            for name, words in odd.items()
            if words
        )

    def coefficients(self, name: str) -> Floats:
        """Return intercept, change per metre, floor and cap of a variable by regime, (regimes, 4).

        >>> from nanyi_gis.climate import load_climate
        >>> intercept, per_metre, floor, cap = load_climate().coefficients("mean_temperature")[0].tolist()
        >>> round(intercept + 377.5 * per_metre, 2), floor, cap
        (17.95, -inf, inf)
        """
        return self.variables[name].lines()

    def value(
        self,
        name: str,
        elevation: npt.ArrayLike,
        *,
        shares: npt.ArrayLike | None = None,
        south: npt.ArrayLike = 0.0,
    ) -> Floats:
        """Return the quantity at elevations in metres for the shares of the regimes.

        Parameters
        ----------
        name : str
            One of the climate's variables.
        elevation : array_like
            Heights, m.
        shares : array_like (regimes, ...), optional
            Share of each regime, which sum to one.
        south : array_like
            Share of the second of two regimes, if ``shares`` is not given.

        Raises
        ------
        ParameterError
            If there are more than two regimes and no shares.

        >>> from nanyi_gis.climate import load_climate
        >>> load_climate().value("rain", [400, 1037.7, 1900], south=1.0).round(1)  # 40 mm per 100 m from 537.7 m
        array([ 748.4,  948.4, 1150. ])
        """
        z = np.asarray(elevation, dtype=np.float64)
        if shares is None and len(self.regimes) > 2:
            raise ParameterError(
                f"shares is missing; {self.id} has the regimes {', '.join(self.regimes)}, give a share each"
            )
        if shares is None:
            s = np.asarray(south, dtype=np.float64)
            shares = [1 - s, s] if len(self.regimes) > 1 else [np.ones(())]
        total: Floats = np.zeros(())
        for share, line in zip(shares, self.coefficients(name), strict=False):  # type: ignore[arg-type]
            total = total + np.asarray(share) * np.clip(line[0] + line[1] * z, line[2], line[3])
        return np.asarray(total)

    def shares(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> Floats:
        """Return the share of each regime at places in degrees, (regimes, places).

        Maps take the border of two regimes as straight between the points of the ridge in their own CRS, so they may
        differ by some metres.

        >>> from nanyi_gis.climate import load_climate
        >>> load_climate().shares([105.44, 105.82], [28.16, 28.03]).round(2)  # 叙永, 古蔺
        array([[1., 0.],
               [0., 1.]])
        """
        lon, lat = (np.asarray(values, dtype=np.float64).ravel() for values in (longitude, latitude))
        if self.areas:
            return area_shares(self.areas, lon, lat, width_m=self.ridge_width_m)
        if not len(self.ridge):
            return np.ones((1, lon.size))
        border = np.interp(lon, self.ridge[:, 0], self.ridge[:, 1])
        south = np.clip((border - lat) * _METRES_PER_DEGREE / self.ridge_width_m + 0.5, 0.0, 1.0)
        return np.stack([1 - south, south])

    def draw(self, rng: np.random.Generator) -> "Climate":
        """Return one sample of all constants within their uncertainties, each normally distributed.

        Stations, lapse rates, bounds and a shift of the whole region by variable are drawn, and the place of
        the ridge. A variable that errs like another shares its numbers by the stated correlation.
        The caller's climate is left as it is.

        >>> from nanyi_gis.climate import load_climate
        >>> climate = load_climate()
        >>> one, two = (climate.draw(np.random.default_rng(seed)) for seed in (1, 2))
        >>> bool(one.coefficients("rain")[1, 0] == two.coefficients("rain")[1, 0])
        False
        """
        normals: dict[str, Floats] = {}
        for name, variable in self.variables.items():
            normals[name] = rng.standard_normal(len(variable.constants()))
        mixed: dict[str, Floats] = {}
        for name in self.variables:
            self._mix(name, normals, mixed)
        shift = float(rng.standard_normal()) * self.ridge_sd_m / _METRES_PER_DEGREE
        ridge = self.ridge + np.array([0.0, shift]) if len(self.ridge) else self.ridge
        drawn = {name: variable.drawn(mixed[name].tolist()) for name, variable in self.variables.items()}
        return replace(self, variables=drawn, ridge=ridge)

    def shifted(self, name: str, constant: str, *, by: float) -> "Climate":
        """Return the climate with one constant of a variable moved by so many of its standard deviations.

        ``constant`` is a name of :meth:`constants`.
        """
        variable = self.variables[name]
        names = [word for word, _ in variable.constants()]
        moved = variable.drawn([by if word == constant else 0.0 for word in names])
        return replace(self, variables=self.variables | {name: moved})

    def named(self, place: str) -> tuple[str, str]:
        """Return the English and the Chinese name of what a constant belongs to: a station, a regime or its number.

        >>> from nanyi_gis.climate import load_climate
        >>> load_climate().named("south"), load_climate().named("1")
        (('Gulin', '古蔺'), ('Gulin', '古蔺'))
        """
        own = self.regimes[int(place)] if place.isdecimal() and int(place) < len(self.regimes) else place
        return self.names.get(own, (own, own))

    def constants(self) -> list[tuple[str, str, float]]:
        """Return variable, constant and standard deviation of every constant that :meth:`draw` moves, but the ridge.

        >>> from nanyi_gis.climate import load_climate
        >>> ("january_temperature", "offset") in {row[:2] for row in load_climate().constants()}
        True
        """
        return [(name, *row) for name, variable in self.variables.items() for row in variable.constants()]

    def _mix(self, name: str, normals: dict[str, Floats], mixed: dict[str, Floats]) -> Floats:
        """Fill the numbers of a variable, those of its parent first; they are alike where both have the constant."""
        if name in mixed:
            return mixed[name]
        variable = self.variables[name]
        own = normals[name].copy()
        if variable.parent in self.variables:
            parent = self._mix(variable.parent, normals, mixed)
            theirs = dict(zip(_names(self.variables[variable.parent]), parent.tolist(), strict=True))
            alone = math.sqrt(1 - variable.correlation**2)
            for k, word in enumerate(_names(variable)):
                if word in theirs:
                    own[k] = variable.correlation * theirs[word] + alone * own[k]
        mixed[name] = own
        return own


def _names(variable: Variable) -> Sequence[str]:
    return [word for word, _ in variable.constants()]
