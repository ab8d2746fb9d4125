"""What a criteria file says of the land that may be taken at all: exclusions with their dates, density, who asks."""

import datetime
import math
from dataclasses import dataclass
from typing import Any

from ..errors import ParameterError
from ..io import known_keys
from .record import choice_of, list_of, number_of, numbers_of, positive, table_of, text_of
from .use_doubt import EVIDENCE_GRADES

LAND_KEYS = ("exclusion", "capacity", "need")
IN_FORCE, NOT_YET, NO_LONGER = "in force", "not yet", "no longer"

_TERRAIN = ("slope_above", "elevation_below", "elevation_above", "aspect_off_above")
_TEXTS = ("layer", "else_layer", "clause", "source", "evidence", "note")
_EXCLUSION_KEYS = {
    *("id", "name_en", "name_zh", "codes", "else_codes", "buffer_m", "setback", "below", "above", "optimum"),
    *("from", "to"),
    *_TERRAIN,
    *_TEXTS,
}
_CAPACITY_KEYS = {"ha_per_mw", "minimum_ha", "source", "evidence"}
_NEED_KEYS = {"item", "mw", "zone", "perhaps_in"}


@dataclass(frozen=True)
class Exclusion:
    """One rule that keeps a use off some land.

    It is one of three: features or marked cells of a layer with a buffer; values of a raster below or above a limit; or
    limits of the terrain, of which all that are given must be broken together.

    Attributes
    ----------
    id, name_en, name_zh : str
        Its name in tables.
    layer, codes : str, tuple of int
        Layer of features, or raster: its codes, or any value but 0 where none are given.
    else_layer, else_codes : str, tuple of int
        Raster that stands in for the layer where that is not given, and its codes.
    buffer_m : float
        Metres around what is marked.
    setback : bool
        Whether no rule sets that distance, so that it is the user's.
    below, above : float or None
        Values of the raster that are ruled out.
    slope_above, elevation_below, elevation_above, aspect_off_above : float or None
        Terrain that is ruled out: degrees, metres, degrees off ``optimum``.
    optimum : float
        Best direction in degrees from north.
    first, last : date or None
        The days between which the rule holds, both included; open where not given.
    clause, source, evidence, note : str
        Where the rule stands, and how well it is known.

    >>> import datetime
    >>> rule = Exclusion("old", layer="forest", first=datetime.date(2019, 2, 26), last=datetime.date(2024, 2, 25))
    >>> [rule.state(datetime.date(year, 3, 1)) for year in (2018, 2019, 2024)]
    ['not yet', 'in force', 'no longer']
    """

    id: str
    name_en: str = ""
    name_zh: str = ""
    layer: str = ""
    codes: tuple[int, ...] = ()
    else_layer: str = ""
    else_codes: tuple[int, ...] = ()
    buffer_m: float = 0.0
    setback: bool = False
    below: float | None = None
    above: float | None = None
    slope_above: float | None = None
    elevation_below: float | None = None
    elevation_above: float | None = None
    aspect_off_above: float | None = None
    optimum: float = 180.0
    first: datetime.date | None = None
    last: datetime.date | None = None
    clause: str = ""
    source: str = ""
    evidence: str = ""
    note: str = ""

    @property
    def of_terrain(self) -> bool:
        """Whether it follows from the elevations alone."""
        return not self.layer

    @property
    def of_values(self) -> bool:
        """Whether it limits the values of a raster."""
        return self.below is not None or self.above is not None

    @property
    def of_slope_alone(self) -> bool:
        """Whether it rules out steep land whatever its height and direction."""
        given = [name for name in _TERRAIN if getattr(self, name) is not None]
        return given == ["slope_above"]

    @property
    def has_buffer(self) -> bool:
        """Whether it keeps a distance from features or marked cells."""
        return not (self.of_terrain or self.of_values)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers that it can be judged by, the better one first."""
        return tuple(name for name in (self.layer, self.else_layer) if name)

    def state(self, day: datetime.date) -> str:
        """Return whether the rule holds on a day: ``in force``, ``not yet``, ``no longer``."""
        if self.first is not None and day < self.first:
            return NOT_YET
        return NO_LONGER if self.last is not None and day > self.last else IN_FORCE


@dataclass(frozen=True)
class Need:
    """What a plan wants built: item, megawatts, zone; ``perhaps_in`` names an item that may count it already."""

    item: str
    mw: float
    zone: str = ""
    perhaps_in: str = ""


@dataclass(frozen=True)
class LandRules:
    """Exclusions, least size of a site in hectares, hectares a megawatt (low, high), and what plans want built."""

    exclusions: tuple[Exclusion, ...] = ()
    minimum_ha: float = 0.0
    ha_per_mw: tuple[float, float] | None = None
    density_source: str = ""
    needs: tuple[Need, ...] = ()

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that the exclusions can be judged by."""
        return tuple(dict.fromkeys(name for rule in self.exclusions for name in rule.layers))


def land_rules(record: dict[str, Any], where: str, *, kind: str) -> LandRules:
    """Return the exclusions, the density and the needs of a criteria file, checked.

    Raises
    ------
    ParameterError
        Naming the file, the key and the cure.
    """
    exclusions = tuple(_exclusion(entry, where) for entry in list_of(record.get("exclusion", []), "exclusion", where))
    ids = [rule.id for rule in exclusions]
    for name in ids:
        if ids.count(name) > 1:
            raise ParameterError(f"{where}: exclusion {name!r} appears twice; give one of them another id")
    if kind == "solar" and exclusions and not any(rule.of_slope_alone for rule in exclusions):
        raise ParameterError(
            f"{where}: kind is 'solar', but no exclusion limits the slope; add an [[exclusion]] with slope_above = 25"
        )
    capacity = table_of(record, "capacity", where)
    known_keys(capacity, _CAPACITY_KEYS, where, "capacity.")
    needs = tuple(_need(entry, where) for entry in list_of(record.get("need", []), "need", where))
    for key, stands in (("capacity", capacity), ("need", needs)):
        if stands and not exclusions:
            raise ParameterError(f"{where}: {key} has no land to count on; add [[exclusion]], or leave {key} out")
    density = _density(capacity, where)
    if needs and density is None:
        raise ParameterError(f"{where}: need has no density; add [capacity] with ha_per_mw = [low, high]")
    least = number_of(capacity.get("minimum_ha", 0.0), "capacity.minimum_ha", where)
    if not 0.0 <= least < math.inf:
        raise ParameterError(f"{where}: capacity.minimum_ha is {least:g}, but must be zero or more hectares")
    return LandRules(exclusions, least, density, str(capacity.get("source", "")), needs)


def _density(capacity: dict[str, Any], where: str) -> tuple[float, float] | None:
    if "ha_per_mw" not in capacity:
        return None
    low, high = numbers_of(capacity["ha_per_mw"], 2, "capacity.ha_per_mw", where)
    for value in (low, high):
        positive(value, "capacity.ha_per_mw", where)
    if low > high:
        raise ParameterError(f"{where}: capacity.ha_per_mw is {low:g} to {high:g}; give the smaller first")
    return low, high


def _need(entry: Any, where: str) -> Need:
    if not isinstance(entry, dict):
        raise ParameterError(f"{where}: need is no table; write [[need]]")
    known_keys(entry, _NEED_KEYS, where, "need.")
    mw = number_of(entry.get("mw", math.nan), "need.mw", where)
    positive(mw, "need.mw", where)
    return Need(
        text_of(entry, "item", where, "need."), mw, str(entry.get("zone", "")), str(entry.get("perhaps_in", ""))
    )


def _exclusion(entry: Any, where: str) -> Exclusion:
    if not isinstance(entry, dict):
        raise ParameterError(f"{where}: exclusion is no table; write [[exclusion]]")
    ident = text_of(entry, "id", where, "exclusion.")
    key = f"exclusion.{ident}."
    known_keys(entry, _EXCLUSION_KEYS, where, key)
    for name in _TEXTS:
        if not isinstance(entry.get(name, ""), str):
            raise ParameterError(f"{where}: {key}{name} is {entry[name]!r}, but must be a text in quotes")
    text_of(entry, "source", where, key)
    choice_of(entry.get("evidence"), EVIDENCE_GRADES, f"{key}evidence", where)
    limits: dict[str, Any] = {
        name: _limit(entry[name], f"{key}{name}", where) for name in (*_TERRAIN, "below", "above") if name in entry
    }
    _of_one_kind(entry, limits, key, where)
    buffer = number_of(entry.get("buffer_m", 0.0), f"{key}buffer_m", where)
    if not 0.0 <= buffer < math.inf:
        raise ParameterError(f"{where}: {key}buffer_m is {buffer:g}, but must be zero or more metres")
    first, last = (_day(entry, name, key, where) for name in ("from", "to"))
    if first is not None and last is not None and first > last:
        raise ParameterError(f"{where}: {key}from is {first}, after its to, {last}; exchange them")
    return Exclusion(
        id=ident,
        name_en=str(entry.get("name_en", ident)),
        name_zh=str(entry.get("name_zh", ident)),
        codes=_codes(entry, "codes", key, where),
        else_codes=_codes(entry, "else_codes", key, where),
        buffer_m=buffer,
        setback=bool(entry.get("setback", False)),
        optimum=_limit(entry.get("optimum", 180.0), f"{key}optimum", where),
        first=first,
        last=last,
        **{name: entry.get(name, "") for name in _TEXTS},
        **limits,
    )


def _of_one_kind(entry: dict[str, Any], limits: dict[str, float], key: str, where: str) -> None:
    """Refuse an exclusion that is none of the three kinds, or two of them."""
    terrain = [name for name in limits if name in _TERRAIN]
    if bool(entry.get("layer")) == bool(terrain):
        what = f"layer and {terrain[0]}; make two of it" if terrain else 'neither; add layer = "…" or slope_above = …'
        raise ParameterError(f"{where}: {key[:-1]} must rest on a layer or on the terrain, but has {what}")
    wrong = [name for name in ("buffer_m", "setback", "codes", "else_layer") if name in entry]
    if (terrain or len(limits) > len(terrain)) and wrong:
        raise ParameterError(f"{where}: {key}{wrong[0]} goes with features or marked cells alone; leave it out")
    if terrain and len(limits) > len(terrain):
        raise ParameterError(f"{where}: {key}below and above need a layer; add one, or write elevation_below")
    if bool(entry.get("else_layer")) != bool(entry.get("else_codes")):
        raise ParameterError(f"{where}: {key}else_layer and else_codes stand together; add what is missing")


def _limit(value: Any, key: str, where: str) -> float:
    number = number_of(value, key, where)
    if math.isinf(number):
        raise ParameterError(f"{where}: {key} is {number:g}, but must be finite; leave it out where there is no limit")
    return number


def _codes(entry: dict[str, Any], name: str, key: str, where: str) -> tuple[int, ...]:
    numbers = [number_of(value, f"{key}{name}", where) for value in list_of(entry.get(name, []), f"{key}{name}", where)]
    for number in numbers:
        if math.isinf(number) or number != int(number):
            raise ParameterError(f"{where}: {key}{name} has {number:g}, but codes are whole numbers")
    return tuple(int(number) for number in numbers)


def _day(entry: dict[str, Any], name: str, key: str, where: str) -> datetime.date | None:
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, datetime.datetime) or not isinstance(value, datetime.date):
        raise ParameterError(f"{where}: {key}{name} is {value!r}, but must be a day without quotes, e.g. 2023-03-20")
    return value
