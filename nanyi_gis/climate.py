"""Climate from two anchor stations: lapse rates with elevation, rain by regime and never by elevation."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import DataError, ParameterError
from .io import data_file, read_toml

CLIMATE_VARIABLES: tuple[str, ...] = (
    "mean_temperature",
    "january_temperature",
    "july_temperature",
    "extreme_minimum",
    "accumulated_temperature",
    "rain",
    "growing_season_rain",
)
_LARGEST = 1e6
_NEVER_BY_HEIGHT = ("rain", "growing_season_rain")


@dataclass(frozen=True)
class Variable:
    """One climatic quantity: its value at each regime's anchor and its fall in units per 100 m."""

    name: str
    unit: str
    anchors: tuple[float, ...]
    lapse: float = 0.0
    evidence: str = ""
    source: str = ""


@dataclass(frozen=True)
class Climate:
    """Two regimes parted by a ridge, or one for everywhere.

    Attributes
    ----------
    regimes : tuple of str
        Names; the first lies north of the ridge.
    anchors_m : tuple of float
        Elevations of the anchor stations.
    ridge : array (n, 2)
        Longitudes and latitudes of the ridge, from west to east; empty for one regime.
    ridge_width_m : float
        Width of the belt in which one regime passes into the other, linearly.
    bbox : tuple of float
        West, south, east, north of the area for which the numbers hold; empty if anywhere.
    """

    id: str
    title: str
    regimes: tuple[str, ...]
    anchors_m: tuple[float, ...]
    variables: dict[str, Variable]
    ridge: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    ridge_width_m: float = 10_000.0
    ridge_note: str = ""
    bbox: tuple[float, ...] = ()

    def coefficients(self, name: str) -> tuple[float, float, float, float]:
        """Return a0, a1, b0, b1 of ``value = a0 + a1 s + z (b0 + b1 s)``.

        ``s`` is the share of the southern regime, ``z`` the elevation in metres.

        >>> climate = load_climate()
        >>> a0, a1, b0, b1 = climate.coefficients("mean_temperature")
        >>> round(a0 + 377.5 * b0, 2)
        17.95
        """
        variable = self.variables[name]
        per_metre = -variable.lapse / 100
        at_sea = [value - per_metre * z for value, z in zip(variable.anchors, self.anchors_m, strict=True)]
        second = at_sea[1] - at_sea[0] if len(at_sea) > 1 else 0.0
        return at_sea[0], second, per_metre, 0.0

    def value(self, name: str, elevation: npt.ArrayLike, *, south: npt.ArrayLike = 0.0) -> npt.NDArray[np.float64]:
        """Return the quantity at elevations in metres for a share of the southern regime.

        >>> load_climate().value("rain", [400, 1400], south=1.0)
        array([748.4, 748.4])
        """
        a0, a1, b0, b1 = self.coefficients(name)
        s = np.asarray(south, dtype=np.float64)
        return a0 + a1 * s + np.asarray(elevation, dtype=np.float64) * (b0 + b1 * s)


def load_climate(climate: str | os.PathLike[str] | Climate | None = None) -> Climate:
    """Return a climate from a file; the South Wing's own if none is given.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a value in it breaks a rule, e.g. rain with a lapse rate.
    """
    if isinstance(climate, Climate):
        return climate
    path = data_file("climate/south_wing.toml") if climate is None else Path(climate)
    return parse_climate(read_toml(path, what="climate file"), path=str(path))


def parse_climate(record: dict[str, Any], *, path: str = "climate file") -> Climate:
    """Check a climate record and return it as a climate."""
    where = Path(path).name
    regimes = record.get("regime", [])
    if not isinstance(regimes, list) or len(regimes) not in (1, 2):
        found = f"has {len(regimes)} entries" if isinstance(regimes, list) else f"is {_shown(regimes)}"
        raise ParameterError(f"{where}: regime {found}, but must have one or two [[regime]] tables")
    for regime in regimes:
        _table(regime, f"{where}: regime")
    belt = _table(record.get("ridge", {}), f"{where}: ridge")
    listed = _table(record.get("variable", {}), f"{where}: variable")
    ridge = _ridge(belt, len(regimes), where)
    anchors = tuple(_number(r, "elevation", f"{where}: regime.{r.get('id', '?')}.elevation") for r in regimes)
    for regime in regimes:
        for name in sorted(set(regime) & set(CLIMATE_VARIABLES) - set(listed)):
            raise ParameterError(f"{where}: variable.{name} is missing; add [variable.{name}] with unit and source")
    variables = {name: _variable(name, entry, regimes, where) for name, entry in listed.items()}
    width = _number(belt, "width_m", f"{where}: ridge.width_m") if "width_m" in belt else 10_000.0
    if width <= 0:
        raise ParameterError(f"{where}: ridge.width_m is {width:g}, but must be above zero")
    return Climate(
        id=str(record.get("id", where)),
        title=str(record.get("title", where)),
        regimes=tuple(str(r.get("id", n)) for n, r in enumerate(regimes)),
        anchors_m=anchors,
        variables=variables,
        ridge=ridge,
        ridge_width_m=width,
        ridge_note=str(belt.get("note", "")),
        bbox=_bbox(record.get("bbox", []), where),
    )


def _variable(name: str, entry: dict[str, Any], regimes: list[dict[str, Any]], where: str) -> Variable:
    if name not in CLIMATE_VARIABLES:
        raise ParameterError(f"{where}: variable {_shown(name)} is unknown; use one of: {', '.join(CLIMATE_VARIABLES)}")
    _table(entry, f"{where}: variable.{name}")
    if not entry.get("unit"):
        raise ParameterError(f'{where}: variable.{name}.unit is missing; add unit = "degC" or "mm"')
    lapse = _number(entry, "lapse", f"{where}: variable.{name}.lapse") if "lapse" in entry else 0.0
    if name in _NEVER_BY_HEIGHT and lapse != 0:
        raise ParameterError(
            f"{where}: variable.{name}.lapse is {lapse:g}, but rain is not modelled by elevation; remove it"
        )
    anchors = tuple(_number(r, name, f"{where}: regime.{r.get('id', '?')}.{name}") for r in regimes)
    return Variable(
        name=name,
        unit=str(entry["unit"]),
        anchors=anchors,
        lapse=lapse,
        evidence=str(entry.get("evidence", "")),
        source=str(entry.get("source", "")),
    )


def _ridge(entry: dict[str, Any], regimes: int, where: str) -> npt.NDArray[np.float64]:
    given = entry.get("points", [])
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise ParameterError(f"{where}: ridge.points is {_shown(given)}, but must be a list of [lon, lat]")
    label = f"{where}: ridge.points"
    points = np.array([[_finite(value, label) for value in pair] for pair in given], dtype=np.float64).reshape(-1, 2)
    if regimes == 2 and len(points) < 2:
        raise ParameterError(f"{where}: ridge.points is missing; two regimes need a line of two or more [lon, lat]")
    if len(points) and not np.all(np.diff(points[:, 0]) > 0):
        raise ParameterError(f"{where}: ridge.points must run from west to east; sort them by longitude")
    if len(points) and not (np.all(np.abs(points[:, 0]) <= 180) and np.all(np.abs(points[:, 1]) <= 90)):
        raise DataError(f"{where}: ridge.points are no longitudes and latitudes; give degrees, WGS-84")
    return points if regimes == 2 else np.empty((0, 2))


def _bbox(given: object, where: str) -> tuple[float, ...]:
    rule = "but must be west, south, east, north in degrees"
    if not isinstance(given, list):
        raise ParameterError(f"{where}: bbox is {_shown(given)}, {rule}")
    bbox = tuple(_finite(value, f"{where}: bbox") for value in given)
    if bbox and (len(bbox) != 4 or bbox[0] >= bbox[2] or bbox[1] >= bbox[3]):
        raise ParameterError(f"{where}: bbox is {_shown(list(bbox))}, {rule}")
    return bbox


def _table(value: object, label: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ParameterError(f"{label} is {_shown(value)}, but must be a table")
    return value


def _number(entry: dict[str, Any], key: str, label: str) -> float:
    return _finite(entry.get(key), label)


def _finite(value: object, label: str) -> float:
    """Return a number that a quantity of climate, a height, a width or a coordinate can have."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ParameterError(f"{label} is {_shown(value)}, but must be a number between -{_LARGEST:g} and {_LARGEST:g}")
    return float(value)


def _shown(value: object) -> str:
    """Return a value in at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
