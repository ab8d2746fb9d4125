"""The keys of a climate file, each table's own, and the texts that may stand in any."""

from typing import Any

from ..io import known_keys
from .variable import CLIMATE_VARIABLES

CONSTANTS = ("lapse", "gradient", "from_elevation", "floor", "cap")
"""Keys of a variable that have a range or a standard deviation beside them."""

_TEXTS = (
    *("title", "title_zh", "title_en", "name", "name_zh", "name_en", "note", "note_zh"),
    *("evidence", "source", "source_zh", "licence", "period", "as_of"),
)
_STATION = ("elevation", "lon", "lat")
_VARIABLE = ("unit", "uncertainty", "shared", "errs_like", "correlation")
_OWN = {
    "": ("id", "bbox", "ridge", "transition", "regime", "station", "variable"),
    "ridge": ("points", "width_m", "uncertainty_m"),
    "transition": ("width_m",),
    "regime": ("id", "polygon", "station", *_STATION),
    "station": ("id", "regime", *_STATION),
    "variable": _VARIABLE,
}
_MANY = {
    **dict.fromkeys(("regime", "station"), (CLIMATE_VARIABLES, ("_sd",))),
    "variable": (CONSTANTS, ("_range", "_sd")),
}


def check_keys(record: dict[str, Any], table: str, where: str, *, label: str = "") -> None:
    """Refuse keys of a table of a climate file that nobody reads; ``label`` names the table, if not its kind does.

    >>> check_keys({"width": 3}, "transition", "mine.toml")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: mine.toml: key transition.width is unknown; use one of: width_m, title, \
title_zh, title_en, name, name_zh, name_en, note, note_zh, evidence, source, source_zh, licence, period, as_of
    """
    names, endings = _MANY.get(table, ((), ()))
    known = {*_OWN[table], *_TEXTS, *names, *(f"{name}{ending}" for name in names for ending in endings)}
    listed = ", ".join((*_OWN[table], *names))
    told = f"{listed} (the last {len(names)} with {' or '.join(endings)} too)" if names else listed
    prefix = f"{label or table}." if table else ""
    known_keys(record, known, where, prefix, told=f"{told}, {', '.join(_TEXTS)}")
