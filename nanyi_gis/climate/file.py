"""Climate files: stations, regimes and constants in TOML, checked."""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import DataError, ParameterError
from ..io import data_file, read_toml
from .fit import fitted
from .keys import CONSTANTS, check_keys
from .model import Climate
from .partition_file import regime_areas
from .plausible import RAIN, hold_fall, hold_height, hold_steepness, hold_unit, hold_value
from .record import finite, number, shown, table
from .variable import CLIMATE_VARIABLES, SHARED, Anchor, Constant, Variable

_QUANTILE = 1.959964  # of the normal distribution, for ranges of 95 %


def load_climate(climate: str | os.PathLike[str] | Climate | None = None) -> Climate:
    """Return a climate from a file; the South Wing's own if none is given.

    Raises
    ------
    DataError
        If the file is missing or no TOML.
    ParameterError
        If a value in it breaks a rule, e.g. a gradient of rain without a source.
    """
    if isinstance(climate, Climate):
        return climate
    path = data_file("climate/south_wing.toml") if climate is None else Path(climate)
    return parse_climate(read_toml(path, what="climate file"), path=str(path))


def parse_climate(record: dict[str, Any], *, path: str = "climate file") -> Climate:
    """Check a climate record and return it as a climate.

    Paths of polygons are taken from the folder of ``path``.
    """
    where = Path(path).name
    check_keys(record, "", where)
    regimes = _regimes(record, where)
    stations = _stations(record, regimes, where)
    belt = table(record.get("ridge", {}), f"{where}: ridge")
    listed = table(record.get("variable", {}), f"{where}: variable")
    areas = regime_areas(record, Path(path).parent, where)
    _check_belts(record, len(regimes), bool(areas), where)
    ridge = _ridge(belt, 0 if areas else len(regimes), where)
    for station in stations:
        for name in sorted(set(station["record"]) & set(CLIMATE_VARIABLES) - set(listed)):
            raise ParameterError(f"{where}: variable.{name} is missing; add [variable.{name}] with unit and source")
    variables = {name: _variable(name, entry, regimes, stations, where) for name, entry in listed.items()}
    _check_parents(variables, where)
    _check_slopes(listed, where)
    return Climate(
        id=str(record.get("id", where)),
        title=str(record.get("title", where)),
        regimes=tuple(regimes),
        variables=variables,
        ridge=ridge,
        ridge_width_m=_width(record, "transition" if areas else "ridge", where),
        ridge_sd_m=_spread(belt, "uncertainty_m", f"{where}: ridge.uncertainty_m"),
        ridge_note=str(belt.get("note", "")),
        bbox=_bbox(record.get("bbox", []), where),
        areas=areas,
        names=_names(record),
    )


def _names(record: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the English and the Chinese name of regimes and stations that have one."""
    found = {}
    for own in (*record.get("station", []), *record.get("regime", [])):
        if "id" in own and ("name" in own or "name_zh" in own):
            english = str(own.get("name", own.get("name_zh")))
            found[str(own["id"])] = english, str(own.get("name_zh", english))
    return found


def _regimes(record: dict[str, Any], where: str) -> list[str]:
    """Return the names of the regimes; one, called all, where only stations are given."""
    given = record.get("regime", [])
    parted = isinstance(given, list) and any(isinstance(entry, dict) and "polygon" in entry for entry in given)
    if not isinstance(given, list) or (not given and not record.get("station")) or (len(given) > 2 and not parted):
        found = f"has {len(given)} entries" if isinstance(given, list) else f"is {shown(given)}"
        raise ParameterError(f"{where}: regime {found}, but must have one or two [[regime]] tables, or a polygon each")
    for regime in given:
        own = table(regime, f"{where}: regime")
        check_keys(own, "regime", where, label=f"regime.{own.get('id', '?')}")
    names = [str(regime.get("id", k)) for k, regime in enumerate(given)] or ["all"]
    _no_twins(names, "regime", where)
    return names


def _stations(record: dict[str, Any], regimes: list[str], where: str) -> list[dict[str, Any]]:
    """Return the stations: own tables, and regimes that carry an elevation and values themselves."""
    found = []
    given = record.get("station", [])
    if not isinstance(given, list):
        raise ParameterError(f"{where}: station is {shown(given)}, but must be [[station]] tables")
    for k, (name, regime) in enumerate(zip(regimes, record.get("regime", []), strict=False)):
        values = set(regime) & set(CLIMATE_VARIABLES)
        if "elevation" in regime or values or not given:
            label = f"{where}: regime.{regime.get('id', '?')}"
            found.append(_station(regime, k, f"{name}", label))
    for k, station in enumerate(given):
        own = table(station, f"{where}: station")
        ident = str(own.get("id", k + 1))
        label = f"{where}: station.{ident}"
        check_keys(own, "station", where, label=f"station.{ident}")
        if "regime" not in own and len(regimes) > 1:
            raise ParameterError(f"{label}.regime is missing; name one of: {', '.join(regimes)}")
        name = str(own.get("regime", regimes[0]))
        if name not in regimes:
            raise ParameterError(f"{label}.regime is {shown(name)}, but must be one of: {', '.join(regimes)}")
        found.append(_station(own, regimes.index(name), ident, label))
    _no_twins([station["id"] for station in found], "station", where)
    return found


def _no_twins(names: list[str], what: str, where: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{where}: {what}.id {name!r} is given twice; name each {what} differently")


def _station(record: dict[str, Any], regime: int, ident: str, label: str) -> dict[str, Any]:
    height = hold_height(number(record, "elevation", f"{label}.elevation"), f"{label}.elevation")
    for name in CLIMATE_VARIABLES:
        if f"{name}_sd" in record and name not in record:
            raise ParameterError(f"{label}.{name}_sd stands without {name}; give {name}, or drop it")
    for key, (least, most) in {"lon": (-180.0, 180.0), "lat": (-90.0, 90.0)}.items():
        if key in record and not least <= number(record, key, f"{label}.{key}") <= most:
            raise ParameterError(f"{label}.{key} is {record[key]:g}, but must be {least:g} to {most:g} degrees")
    return {"id": ident, "regime": regime, "elevation": height, "label": label, "record": record}


def _variable(
    name: str, entry: dict[str, Any], regimes: list[str], stations: list[dict[str, Any]], where: str
) -> Variable:
    if name not in CLIMATE_VARIABLES:
        raise ParameterError(f"{where}: variable {shown(name)} is unknown; use one of: {', '.join(CLIMATE_VARIABLES)}")
    label = f"{where}: variable.{name}"
    check_keys(table(entry, label), "variable", where, label=f"variable.{name}")
    unit = hold_unit(entry.get("unit"), name, label)
    anchors = _anchors(name, regimes, stations, where)
    scatter = _spread(entry, "uncertainty", f"{label}.uncertainty")
    slopes, residual = _slopes(name, entry, anchors, regimes, scatter, label)
    _check_spreads(entry, label)
    starts = _bounds(entry, "from_elevation", regimes, label, hold_height)
    floors, caps = (
        _bounds(entry, key, regimes, label, lambda value, at: hold_value(value, name, at)) for key in ("floor", "cap")
    )
    for floor, cap, regime in zip(floors, caps, regimes, strict=True):
        if floor is not None and cap is not None and floor.value >= cap.value:
            raise ParameterError(f"{label}: floor is {floor.value:g} in {regime}, but must lie below cap {cap.value:g}")
    return Variable(
        name=name,
        unit=unit,
        anchors=anchors,
        slopes=slopes,
        starts=starts,
        floors=floors,
        caps=caps,
        scatter=scatter if "uncertainty" in entry or residual is None else residual,
        shared=_shared(entry, label),
        parent=str(entry.get("errs_like", "")),
        correlation=_correlation(entry, label),
        evidence=str(entry.get("evidence", "")),
        source=str(entry.get("source", "")),
        residual=residual,
    )


def _anchors(name: str, regimes: list[str], stations: list[dict[str, Any]], where: str) -> tuple[Anchor, ...]:
    found = []
    for station in stations:
        record, label = station["record"], f"{station['label']}.{name}"
        alone = sum(other["regime"] == station["regime"] for other in stations) == 1
        if name in record or alone:
            middle = hold_value(number(record, name, label), name, label)
            value = Constant(middle, _spread(record, f"{name}_sd", f"{label}_sd"))
            found.append(Anchor(station["regime"], station["elevation"], value, station["id"]))
    for k, regime in enumerate(regimes):
        if not any(anchor.regime == k for anchor in found):
            raise ParameterError(
                f"{where}: regime {regime!r} has no station with {name}; add a [[station]] of it, or drop the variable"
            )
    return tuple(found)


def _slopes(
    name: str, entry: dict[str, Any], anchors: tuple[Anchor, ...], regimes: list[str], scatter: float, label: str
) -> tuple[tuple[Constant, ...], float | None]:
    """Return the change per metre upward by regime, and the residual of the stations if it is fitted."""
    keys = [key for key in ("lapse", "gradient") if key in entry]
    if len(keys) > 1:
        raise ParameterError(f"{label} has lapse and gradient, but they are one: the fall and the rise; keep one")
    if not keys:
        return (Constant(0.0),) * len(regimes), None
    key = keys[0]
    fit = entry[key] == "fit"
    if key == "gradient":
        _gradient_is_known(entry, label, fit=fit)
    elif fit and name in RAIN:
        raise _rain_has_no_lapse(entry, label)
    if fit:
        slope, residual = fitted(anchors, len(regimes), scatter=scatter, label=f"{label}.{key}")
        return (slope,) * len(regimes), residual
    sign = -0.01 if key == "lapse" else 0.01
    constants = _bounds(entry, key, regimes, label, lambda value, at: hold_steepness(value, name, at))
    if key == "lapse" and name in RAIN and any(c is not None and c.value != 0 for c in constants):
        raise _rain_has_no_lapse(entry, label)
    for constant in constants:
        if constant is not None:
            hold_fall(-100 * sign * constant.value, key, name, f"{label}.{key}")
    return tuple(Constant(0.0) if c is None else Constant(sign * c.value, 0.01 * c.sd) for c in constants), None


def _rain_has_no_lapse(entry: dict[str, Any], label: str) -> ParameterError:
    return ParameterError(
        f"{label}.lapse is {shown(entry['lapse'])}, but rain takes gradient (mm per 100 m upward), gradient_range "
        "and source; use those"
    )


def _check_slopes(listed: dict[str, Any], where: str) -> None:
    """Refuse temperatures of which nobody says how they change with height; rain may be level."""
    for name, entry in listed.items():
        if name not in RAIN and not {"lapse", "gradient"} & set(entry):
            raise ParameterError(
                f'{where}: variable.{name}.lapse is missing; give the fall in 100 m, or "fit" by the stations, or '
                "lapse = 0 if it truly does not change with height"
            )


def _check_spreads(entry: dict[str, Any], label: str) -> None:
    """Refuse ranges and standard deviations that would go unread."""
    for key in CONSTANTS:
        beside = [f"{key}{ending}" for ending in ("_range", "_sd") if f"{key}{ending}" in entry]
        if beside and key not in entry:
            raise ParameterError(f"{label}.{beside[0]} stands without {key}; give {key}, or drop it")
        if beside and entry[key] == "fit":
            raise ParameterError(
                f'{label}.{beside[0]} stands beside {key} = "fit", which tells its own; drop it, or give {key} a number'
            )
        if len(beside) > 1:
            raise ParameterError(f"{label} has {beside[0]} and {beside[1]}, but both say how sure {key} is; keep one")


def _gradient_is_known(entry: dict[str, Any], label: str, *, fit: bool) -> None:
    """Refuse a gradient that nobody has measured."""
    source = entry.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ParameterError(f"{label}.gradient has no source; add source = the points that tell it")
    if not fit and "gradient_range" not in entry and "gradient_sd" not in entry:
        raise ParameterError(f"{label}.gradient has no uncertainty; add gradient_range = [low, high] (95 %)")


def _bounds(
    entry: dict[str, Any], key: str, regimes: list[str], label: str, hold: Callable[[float, str], float]
) -> tuple[Constant | None, ...]:
    """Return a constant for each regime, its value and range held to what can be."""
    return tuple(_constant(entry, key, regimes, k, label, hold) for k in range(len(regimes)))


def _constant(
    entry: dict[str, Any], key: str, regimes: list[str], regime: int, label: str, hold: Callable[[float, str], float]
) -> Constant | None:
    """Return a constant of a regime with its uncertainty: ``key_range`` of 95 %, or ``key_sd``."""
    value = _by_regime(entry, key, regimes, regime, label)
    if value is None:
        return None
    middle = hold(finite(value, f"{label}.{key}"), f"{label}.{key}")
    spread = _by_regime(entry, f"{key}_range", regimes, regime, label)
    if spread is None:
        sd = _by_regime(entry, f"{key}_sd", regimes, regime, label)
        return Constant(middle, 0.0 if sd is None else _not_negative(sd, f"{label}.{key}_sd"))
    if not isinstance(spread, list) or len(spread) != 2:
        raise ParameterError(f"{label}.{key}_range is {shown(spread)}, but must be [low, high], the range of 95 %")
    low, high = (hold(finite(bound, f"{label}.{key}_range"), f"{label}.{key}_range") for bound in spread)
    if not low <= middle <= high:
        raise ParameterError(f"{label}.{key} is {middle:g}, but must lie in {key}_range, {low:g} to {high:g}")
    return Constant(middle, (high - low) / 2 / _QUANTILE)


def _by_regime(entry: dict[str, Any], key: str, regimes: list[str], regime: int, label: str) -> object:
    """Return what a key says of a regime: a value for all, or a table by regime."""
    given = entry.get(key)
    if not isinstance(given, dict):
        return given
    for name in given:
        if name not in regimes:
            raise ParameterError(f"{label}.{key} names {shown(name)}, but the regimes are: {', '.join(regimes)}")
    if regimes[regime] not in given:
        raise ParameterError(
            f"{label}.{key} is {shown(given)}, but leaves out {regimes[regime]}; give each regime its own, or all one"
        )
    found: object = given[regimes[regime]]
    return found


def _shared(entry: dict[str, Any], label: str) -> float:
    value = number(entry, "shared", f"{label}.shared") if "shared" in entry else SHARED
    if not 0 <= value <= 1:
        raise ParameterError(f"{label}.shared is {value:g}, but must be 0 to 1, a share of the variance")
    return value


def _correlation(entry: dict[str, Any], label: str) -> float:
    if not entry.get("errs_like"):
        if "correlation" in entry:
            raise ParameterError(f"{label}.correlation stands without errs_like; name the variable that errs alike")
        return 0.0
    value = number(entry, "correlation", f"{label}.correlation")
    if not -1 <= value <= 1:
        raise ParameterError(f"{label}.correlation is {value:g}, but must be -1 to 1")
    return value


def _check_parents(variables: dict[str, Variable], where: str) -> None:
    for name, variable in variables.items():
        seen = [name]
        while variable.parent:
            if variable.parent not in variables:
                raise ParameterError(
                    f"{where}: variable.{name}.errs_like is {shown(variable.parent)}, but must be one of: "
                    f"{', '.join(other for other in variables if other != name)}"
                )
            if variable.parent in seen:
                raise ParameterError(f"{where}: variable.{name}.errs_like leads back to {name}; break the circle")
            seen.append(variable.parent)
            variable = variables[variable.parent]


def _check_belts(record: dict[str, Any], regimes: int, polygons: bool, where: str) -> None:
    """Refuse a ridge or a transition that would go unread."""
    for name, keys in (("ridge", record.get("ridge")), ("transition", record.get("transition"))):
        check_keys(table(keys or {}, f"{where}: {name}"), name, where)
    if record.get("ridge") and regimes != 2:
        raise ParameterError(f"{where}: ridge parts two regimes, but there is {regimes}; add a [[regime]], or drop it")
    if record.get("transition") and not polygons:
        raise ParameterError(f"{where}: transition is for regimes with a polygon each; give ridge.width_m, or drop it")


def _ridge(entry: dict[str, Any], regimes: int, where: str) -> npt.NDArray[np.float64]:
    given = entry.get("points", [])
    if not isinstance(given, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise ParameterError(f"{where}: ridge.points is {shown(given)}, but must be a list of [lon, lat]")
    label = f"{where}: ridge.points"
    points = np.array([[finite(value, label) for value in pair] for pair in given], dtype=np.float64).reshape(-1, 2)
    if regimes == 2 and len(points) < 2:
        raise ParameterError(f"{where}: ridge.points is missing; two regimes need a line of two or more [lon, lat]")
    if len(points) and not np.all(np.diff(points[:, 0]) > 0):
        raise ParameterError(f"{where}: ridge.points must run from west to east; sort them by longitude")
    if len(points) and not (np.all(np.abs(points[:, 0]) <= 180) and np.all(np.abs(points[:, 1]) <= 90)):
        raise DataError(f"{where}: ridge.points are no longitudes and latitudes; give degrees, WGS-84")
    return points if regimes == 2 else np.empty((0, 2))


def _width(record: dict[str, Any], key: str, where: str) -> float:
    entry = table(record.get(key, {}), f"{where}: {key}")
    width = number(entry, "width_m", f"{where}: {key}.width_m") if "width_m" in entry else 10_000.0
    if width <= 0:
        raise ParameterError(f"{where}: {key}.width_m is {width:g}, but must be above zero")
    return width


def _bbox(given: object, where: str) -> tuple[float, ...]:
    rule = "but must be west, south, east, north in degrees, west < east, south < north, all on the globe"
    if not isinstance(given, list):
        raise ParameterError(f"{where}: bbox is {shown(given)}, {rule}")
    bbox = tuple(finite(value, f"{where}: bbox") for value in given)
    if bbox and not (len(bbox) == 4 and -180 <= bbox[0] < bbox[2] <= 180 and -90 <= bbox[1] < bbox[3] <= 90):
        raise ParameterError(f"{where}: bbox is {shown(list(bbox))}, {rule}")
    return bbox


def _spread(entry: dict[str, Any], key: str, label: str) -> float:
    return _not_negative(entry[key], label) if key in entry else 0.0


def _not_negative(value: object, label: str) -> float:
    found = finite(value, label)
    if found < 0 or math.copysign(1, found) < 0:
        raise ParameterError(f"{label} is {found:g}, but a standard deviation must not be negative")
    return found
