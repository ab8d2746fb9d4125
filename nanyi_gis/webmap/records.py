"""What stands on a page, in order, each under a key of its own."""

import re
from collections.abc import Callable
from typing import Any

import folium
import geopandas as gpd

from ..errors import ParameterError
from ._text import evidence_word
from .elements import Record
from .panels import Panels

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


def slug(text: str, *, default: str) -> str:
    """Return a key made of a name: its Latin letters and digits, else the default.

    >>> slug("Suitability Tea", default="page"), slug("茶", default="page")
    ('suitability-tea', 'page')
    """
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:48] or default


def check_key(key: str, *, name: str) -> str:
    """Return a key of a page, a layer or a choice: it stands in addresses, so letters, digits, - and _ alone.

    >>> check_key("access_hospital", name="page"), check_key("<b>", name="layer 'a'")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.ParameterError: key of layer 'a' is '<b>', but may have small letters, digits, - and _ alone
    """
    if not _KEY.fullmatch(key):
        raise ParameterError(f"key of {name} is {key!r}, but may have small letters, digits, - and _ alone")
    return key


class Records(Panels):
    """The records of a page by their keys, and which layers of a group are on at first."""

    lang: str
    map: folium.Map
    within: gpd.GeoSeries | None = None
    _coarse: tuple[str, float] | None = None
    _said: Callable[[str], str] | None = None

    def __init__(self) -> None:
        super().__init__()
        self._profile = ""
        self._cluster = False
        self._shown: set[str] = set()
        self._named: set[str] = set()
        self._records: list[Record] = []

    def _free_key(self, key: str | None, *, name: str) -> str:
        given = f"n{len(self._records) + 1}" if key is None else check_key(key, name=f"layer {name!r}")
        taken = next((record.name for record in self._records if record.key == given), None)
        if taken is not None:
            raise ParameterError(f"layer {name!r} has key {given!r}, as layer {taken!r} has; give each its own")
        return given

    def _meta(
        self,
        name: str,
        kind: str,
        *,
        shown: bool,
        group: str | None,
        exclusive: bool,
        evidence: str | None,
        key: str | None,
    ) -> dict[str, Any]:
        if exclusive and group is None:
            raise ParameterError(f"layer {name!r} is exclusive, but has no group; name the group it belongs to")
        free = self._free_key(key, name=name)
        if exclusive and shown:
            others = {entry for entry in self._shown if entry.startswith(f"{group}\1")} - {f"{group}\1{name}"}
            shown = not others
            if shown:
                self._shown.add(f"{group}\1{name}")
        return {
            "key": free,
            "name": str(name),
            "kind": kind,
            "order": len(self._records) + 1,
            "shown": shown,
            "group": str(group or ""),
            "exclusive": exclusive,
            "evidence": evidence_word(evidence, self.lang) if evidence else "",
        }

    def _check_cells(self) -> None:
        """Refuse what reads the cells of something that the page has not."""
        holders = {record.key for record in self._records if "cells" in record.record["data"]}
        for record in self._records:
            of = record.record["meta"].get("of")
            if of is not None and of not in holders:
                known = ", ".join(sorted(holders)) or "none"
                raise ParameterError(f"{record.name!r} reads the cells of {of!r}, but these have cells: {known}")

    def _add(self, record: dict[str, Any], *, reader: str) -> None:
        element = Record(record, number=len(self._records) + 1, reader=reader)
        self._records.append(element)
        self.map.add_child(element)
