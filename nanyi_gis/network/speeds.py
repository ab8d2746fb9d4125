"""Speed by class, surface, mode and slope: one frozen table that is read from TOML."""

import os
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError

from ..errors import DataError, ParameterError
from ..io import data_file, read_toml

PAVED = frozenset({"paved", "asphalt", "concrete", "concrete:plates", "concrete:lanes", "paving_stones", "chipseal"})
GRAVEL = frozenset({"gravel", "fine_gravel", "compacted", "pebblestone", "sett", "cobblestone", "unhewn_cobblestone"})


WALKED = frozenset({"footway", "path", "steps", "cycleway", "pedestrian", "bridleway", "corridor", "trail"})
_NOT_WALKED = frozenset({"motorway", "motorway_link"})
_NO_ROAD = frozenset(
    {"construction", "proposed", "abandoned", "razed", "planned", "disused", "no", "platform", "elevator"}
    | {"bus_stop", "rest_area", "services", "raceway"}
)


SpeedKmh = Annotated[float, Field(gt=0, le=1000)]
"""A speed on land; a larger number is a slip, and would make a way of no time."""


class SlopeRule(BaseModel):
    """How grade slows a vehicle: ``v = v0 * max(floor, 1 - rate * (|grade %| - threshold))``.

    On a descent the loss is multiplied by ``descent_share``; classes in ``exempt`` keep their speed.

    A grade of 10 % is 6 % above the threshold, which costs 6 times 5 % of the speed:

    >>> SlopeRule().factor(0.10).tolist()
    0.7
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    threshold_percent: float = Field(default=4.0, ge=0)
    rate: float = Field(default=0.05, ge=0)
    floor: float = Field(default=0.4, gt=0, le=1)
    descent_share: float = Field(default=0.5, ge=0, le=1)
    exempt: tuple[str, ...] = ("motorway", "motorway_link", "rail", "boarding")

    def factor(self, grade: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the factor on speed for a signed grade (rise over run, up is positive).

        >>> SlopeRule().factor([0.0, 0.04, 0.10, 0.30, -0.10]).tolist()
        [1.0, 1.0, 0.7, 0.4, 0.85]
        """
        percent = 100.0 * np.asarray(grade, dtype=np.float64)
        loss = np.clip(self.rate * (np.abs(percent) - self.threshold_percent), 0.0, 1.0 - self.floor)
        return np.round(1.0 - np.where(percent < 0, self.descent_share, 1.0) * loss, 12)


class Speeds(BaseModel):
    """Speeds in km/h by class, factors by surface and mode, and the rule for slope."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    speed_kmh: dict[str, SpeedKmh]
    surface: dict[str, PositiveFloat]
    mode: dict[str, PositiveFloat]
    slope: SlopeRule

    def of_class(self, highway: str) -> float:
        """Return the speed of a class in km/h.

        Raises
        ------
        ParameterError
            If the table does not have the class.

        Examples
        --------
        >>> load_speeds().of_class("motorway") > load_speeds().of_class("tertiary")
        True
        """
        try:
            return self.speed_kmh[highway]
        except KeyError:
            known = ", ".join(self.speed_kmh)
            raise ParameterError(
                f"unknown road class {highway!r}; give it a speed in [speed_kmh] or use one of: {known}"
            ) from None

    def for_mode(self, mode: str) -> "Speeds":
        """Return the table for a mode: walkers also use footways and the like, at walking speed."""
        if mode != "walk":
            return self
        paths = dict.fromkeys(sorted(WALKED), self.speed_kmh["walk"])
        return self.model_copy(update={"speed_kmh": {**paths, **self.speed_kmh}})

    @property
    def no_use(self) -> frozenset[str]:
        """OSM's classes that no mode, or walkers alone, can use."""
        return _NO_ROAD | WALKED | _NOT_WALKED

    def left_out(self, highway: "pd.Series[str]", *, mode: str) -> "pd.Series[bool]":
        """Tell which lines of OSM's classes are no use to a mode: footways for cars, motorways for walkers, no roads.

        A class with a speed in the table is used all the same, except a motorway by walkers.

        >>> load_speeds().left_out(pd.Series(["tertiary", "steps", "proposed"]), mode="car").tolist()
        [False, True, True]
        """
        useless = ((_NO_ROAD | WALKED) - set(self.speed_kmh)) | (_NOT_WALKED if mode == "walk" else frozenset())
        return highway.isin(useless)

    def surface_factor(self, surface: str) -> float:
        """Return the factor for an OSM ``surface`` tag; an empty or unknown one counts as paved.

        >>> load_speeds().surface_factor("fine_gravel")
        0.8
        """
        if surface in self.surface:
            return self.surface[surface]
        if not surface or surface in PAVED:
            return self.surface["paved"]
        return self.surface["gravel" if surface in GRAVEL else "unpaved" if surface in _UNPAVED else "paved"]


_UNPAVED = frozenset({"unpaved", "dirt", "earth", "ground", "grass", "mud", "sand", "rock", "clay", "woodchips"})


def load_speeds(path: str | os.PathLike[str] | None = None) -> Speeds:
    """Return the embedded table, or that table with what a TOML file changes in it.

    Raises
    ------
    DataError
        If the file is missing, no TOML, or empty.
    ParameterError
        If a speed or factor is not above zero, or a key is unknown.

    >>> load_speeds().of_class("motorway")
    80.0
    """
    table = read_toml(data_file("network/speeds.toml"))
    if path is not None:
        own = read_toml(path, what="speeds file")
        if not any(own.values()):
            raise DataError(f"{path} holds no speeds; give it some, e.g. tertiary = 40 in [speed_kmh]")
        for section, values in own.items():
            known = table.get(section)
            if not isinstance(known, dict) or not isinstance(values, dict):
                raise ParameterError(f"{path}: unknown section [{section}]; use one of: {', '.join(table)}")
            table[section] = {**known, **values}
    try:
        return Speeds.model_validate(table)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ParameterError(
            f"{path or 'speeds.toml'}: {where} is {fault['input']!r}: {fault['msg']}; "
            "speeds and factors must be numbers above zero"
        ) from error
