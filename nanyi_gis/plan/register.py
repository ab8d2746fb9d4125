"""The plan as one object: its records, and questions to them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, TypeAdapter, ValidationError

from .._transformers import coarse
from ..errors import DataError, ParameterError
from ..io import data_file, hold_bytes
from .corridors import load_corridors, no_corridors
from .places import WORKING_CRS, load_places, no_places
from .public import PUBLIC_GRID_M, PUBLIC_HEIGHT_M, coarse_text, coarse_texts
from .quantity import COUNTIES
from .records import KINDS, THEMES, Check, Clause, Item, Milestone

Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True)
class Plan:
    """A development plan as typed records, with its places and corridors; that of a study without one is empty.

    Attributes
    ----------
    items : tuple of Item
        The numbered items, in the order of the plan.
    checks : tuple of Check
        The consistency checks, C-01 and on.
    clauses : tuple of Clause
        The numbered clauses with their agencies.
    milestones : tuple of Milestone
        What is due, or known to have happened, by date.
    places_file, corridors_file : path or None
        Gazetteer and corridors.
    crs : str
        Working CRS of the two.
    public : bool
        Whether places and corridors are without what public maps must not show, and coarse; see :meth:`for_public`.

    >>> len(Plan().items), len(Plan().places)
    (0, 0)
    """

    items: tuple[Item, ...] = ()
    checks: tuple[Check, ...] = ()
    clauses: tuple[Clause, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    places_file: Path | None = field(default=None, compare=False)
    corridors_file: Path | None = field(default=None, compare=False)
    crs: str = WORKING_CRS
    public: bool = False

    def for_public(self) -> "Plan":
        """Return the plan without what public maps must not show, and with positions on a grid of 50 m
        and heights in steps of 20 m.

        Items and places that are not public go, and checks and milestones that cite such an item; see
        :func:`nanyi_gis.plan.withheld`.

        >>> len(load_plan().for_public().items), len(load_plan().for_public().places)
        (224, 149)
        """
        hidden = {item.id for item in self.items if not item.public}
        return replace(
            self,
            items=tuple(
                item.model_copy(update={"gis_layer": coarse_text(item.gis_layer)}) for item in self.items if item.public
            ),
            checks=tuple(check for check in self.checks if not hidden & set(check.items)),
            milestones=tuple(milestone for milestone in self.milestones if not hidden & set(milestone.items)),
            public=True,
        )

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}

    @property
    def places(self) -> gpd.GeoDataFrame:
        """The gazetteer, see :func:`load_places`; read once, a new frame each time."""
        return self._places.copy()

    @cached_property
    def _places(self) -> gpd.GeoDataFrame:
        if self.places_file is None:
            return no_places(self.crs)
        places = load_places(self.places_file, crs=self.crs)
        return _public_places(places) if self.public else places

    @property
    def corridors(self) -> gpd.GeoDataFrame:
        """The railways and roads, see :func:`load_corridors`; read once, a new frame each time."""
        return self._corridors.copy()

    @cached_property
    def _corridors(self) -> gpd.GeoDataFrame:
        if self.corridors_file is None:
            return no_corridors(self.crs)
        corridors = load_corridors(self.corridors_file, crs=self.crs)
        return corridors.set_geometry(coarse(corridors.geometry, PUBLIC_GRID_M)) if self.public else corridors

    def has(self, *numbers: str) -> bool:
        """Return whether the plan has all items of these numbers.

        >>> load_plan().has("F-29", "L-01"), Plan().has("F-29")
        (True, False)
        """
        return all(number in self._by_id for number in numbers)

    def item(self, number: str) -> Item:
        """Return the item with this number.

        >>> load_plan().item("F-29").quantity()
        '10 万亩'
        >>> load_plan().item("F-99")
        Traceback (most recent call last):
        ...
        nanyi_gis.errors.ParameterError: no item 'F-99'; the numbers with F are F-00 to F-47
        """
        key = number.strip()
        if key not in self._by_id:
            near = [item.id for item in self.items if item.id[0] == key[:1].upper()]
            cure = f"the numbers with {near[0][0]} are {min(near)} to {max(near)}" if near else "give one such as F-29"
            raise ParameterError(f"no item {number!r}; {cure}")
        return self._by_id[key]

    def check(self, number: str) -> Check:
        """Return the check with this number, e.g. ``C-07``."""
        for check in self.checks:
            if check.id == number.strip():
                return check
        raise ParameterError(f"no check {number!r}; the numbers are {self.checks[0].id} to {self.checks[-1].id}")

    def section(self, number: str) -> tuple[Item, ...]:
        """Return the items of a clause and of the clauses below it.

        >>> len(load_plan().section("四(五)1")), len(load_plan().section("四(五)"))
        (16, 48)
        """
        key = _normal(number)
        found = tuple(item for item in self.items if any(_below(clause, key) for clause in item.clauses))
        if not found:
            known = sorted({clause for item in self.items for clause in item.clauses}, key=self._clause_order)
            raise ParameterError(f"no items in section {number!r}; sections are: {', '.join(known)}")
        return found

    def of_kind(self, kind: str) -> tuple[Item, ...]:
        """Return the items of one kind: point, line, area, network, target or project."""
        if kind not in KINDS:
            raise ParameterError(f"kind is {kind!r}, but must be one of: {', '.join(KINDS)}")
        return tuple(item for item in self.items if kind in item.kind)

    def of_theme(self, theme: str) -> tuple[Item, ...]:
        """Return the items of one theme, given by its key or its Chinese or English name."""
        for key, names in THEMES.items():
            if theme.strip().lower() in {key, names[0], names[1].lower()}:
                return tuple(item for item in self.items if item.theme == key)
        known = ", ".join(f"{key} ({names[0]})" for key, names in THEMES.items())
        raise ParameterError(f"theme is {theme!r}, but must be one of: {known}")

    def of_county(self, county: str) -> tuple[Item, ...]:
        """Return the items that concern a county, e.g. 叙永 (Xuyong) or 古蔺 (Gulin)."""
        name = {"xuyong": "叙永", "gulin": "古蔺"}.get(county.strip().lower(), county.strip().removesuffix("县"))
        known = tuple(dict.fromkeys(name for item in self.items for name in item.counties))
        if name not in known:
            english = ", Xuyong, Gulin" if set(known) == set(COUNTIES) else ""
            raise ParameterError(f"county is {county!r}, but must be one of: {', '.join(known)}{english}")
        return tuple(item for item in self.items if name in item.counties)

    def clause(self, number: str) -> Clause:
        """Return a clause by its number, e.g. ``四(六)1``; either kind of bracket will do."""
        key = _normal(number)
        for clause in self.clauses:
            if clause.clause == key:
                return clause
        raise ParameterError(f"no clause {number!r}; there are: {', '.join(c.clause for c in self.clauses)}")

    def supporting(self, item: Item) -> tuple[str, ...]:
        """Return the supporting agencies of an item's clauses, each once, in the order printed."""
        if not self.clauses:
            return ()
        names = (name for number in item.clauses for name in self.clause(number).supporting)
        return tuple(dict.fromkeys(names))

    def frame(self, items: Sequence[Item] | None = None) -> pd.DataFrame:
        """Return items as a table, one row an item.

        Columns: id, name_zh, name_en, kind, theme, counties, counties_uncertain, scope, clause, quantity,
        value, upper, unit, comparator (of the first number), year, baseline, lead, gis_layer, evidence, public, quote.
        """
        return pd.DataFrame([_row(item) for item in (self.items if items is None else items)], columns=_COLUMNS)

    def checks_frame(self, *, lang: str = "zh") -> pd.DataFrame:
        """Return the checks as a table: id, title, verdict, result, remark (English), items."""
        rows = [
            {
                "id": check.id,
                "title": check.title_zh if lang == "zh" else check.title_en,
                "verdict": check.verdict,
                "result": check.result_zh if lang == "zh" else check.result_en,
                "remark": check.remark,
                "items": ";".join(check.items),
            }
            for check in self.checks
        ]
        return pd.DataFrame(rows, columns=["id", "title", "verdict", "result", "remark", "items"])

    def timeline(self, *, lang: str = "zh") -> pd.DataFrame:
        """Return the milestones as a table in order: date, nature (planned, actual), event, items, stated, source."""
        rows = [
            {
                "date": milestone.date,
                "nature": milestone.nature,
                "event": milestone.event_zh if lang == "zh" else milestone.event_en,
                "items": ";".join(milestone.items),
                "stated": milestone.stated,
                "source": milestone.source,
            }
            for milestone in self.milestones
        ]
        return pd.DataFrame(rows)

    def _clause_order(self, number: str) -> int:
        return next(index for index, clause in enumerate(self.clauses) if clause.clause == number)


def load_plan(
    folder: str | os.PathLike[str] | None = None,
    *,
    places: str | os.PathLike[str] | None = None,
    corridors: str | os.PathLike[str] | None = None,
    crs: str = WORKING_CRS,
) -> Plan:
    """Return a plan's items, checks, clauses and milestones, validated; the embedded one with 237 items if none given.

    Parameters
    ----------
    folder : path, optional
        With ``items.json``; ``checks.json``, ``clauses.json`` and ``milestones.json`` may be missing.
    places, corridors : path, optional
        Gazetteer and corridors of the same area; the embedded ones only if no folder is given.
    crs : str
        Working CRS, projected, in metres.

    Raises
    ------
    DataError
        If a record is invalid, repeated, or refers to one that does not exist.

    >>> plan = load_plan()
    >>> len(plan.items), len(plan.checks)
    (237, 23)
    """
    own = folder is not None
    if folder is None:
        folder = data_file("plan/items.json").parent
        places = places or data_file("places/places.csv")
        corridors = corridors or data_file("network/corridors.geojson")
    root = Path(folder)
    if not (root / "items.json").is_file():
        raise DataError(f"no file {root / 'items.json'}; a plan's folder needs its items")
    plan = Plan(
        items=_read(root / "items.json", Item, any_county=own),
        checks=_read(root / "checks.json", Check, any_county=own),
        clauses=_read(root / "clauses.json", Clause, any_county=own),
        milestones=_read(root / "milestones.json", Milestone, any_county=own),
        places_file=None if places is None else Path(places),
        corridors_file=None if corridors is None else Path(corridors),
        crs=crs,
    )
    _check_references(plan)
    return plan


_HEIGHTS = ("elevation_m", "elevation_min_m", "elevation_max_m")


def _public_places(places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the places that public maps may show, on a coarse grid, with coarse heights."""
    shown = places[places["public"].astype(bool)]
    shown = shown.set_geometry(coarse(shown.geometry, PUBLIC_GRID_M))
    degrees = shown.geometry.to_crs(4326)
    known = ~degrees.is_empty
    heights = {
        name: (shown[name] / PUBLIC_HEIGHT_M).round() * PUBLIC_HEIGHT_M for name in _HEIGHTS if name in shown.columns
    }
    return coarse_texts(
        shown.assign(lon=degrees.x.where(known).round(5), lat=degrees.y.where(known).round(5), **heights)
    )


MOST_RECORD_BYTES = 100_000_000
"""Bytes of a list of records; the longest of ours has 200 kB."""


def _read(path: Path, model: type[Record], *, any_county: bool) -> tuple[Record, ...]:
    if not path.is_file():
        return ()
    hold_bytes(path, what="list of records", most=MOST_RECORD_BYTES)
    try:
        return TypeAdapter(tuple[model, ...]).validate_json(path.read_bytes(), context={"any_county": any_county})  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(str(step) for step in first["loc"])
        given = "" if first["type"] == "missing" else f", but it is {_short(first['input'])}"
        raise DataError(
            f"{path.name} is no valid list of records at {where}: {first['msg']}{given}; correct it"
        ) from error


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _check_references(plan: Plan) -> None:
    clauses = {clause.clause for clause in plan.clauses}
    items = [item.id for item in plan.items]
    for number in sorted({number for number in items if items.count(number) > 1}):
        raise DataError(f"items.json holds {number} twice; numbers must be unique")
    for item in plan.items if clauses else ():
        if not set(item.clauses) <= clauses:
            raise DataError(f"items.json: {item.id} is in clause {item.clause}, but clauses.json has none such; add it")
    for record, users in (("checks.json", plan.checks), ("milestones.json", plan.milestones)):
        for user in users:
            unknown = set(user.items) - set(items)
            if unknown:
                raise DataError(f"{record}: no item {', '.join(sorted(unknown))} in items.json; correct the number")


def _normal(number: str) -> str:
    return number.strip().replace("（", "(").replace("）", ")").replace(" ", "")


def _below(clause: str, key: str) -> bool:
    return clause == key or (clause.startswith(key) and not clause[len(key) - 1 : len(key) + 1].isdigit())


_COLUMNS = [
    *("id", "name_zh", "name_en", "kind", "theme", "counties", "counties_uncertain", "scope", "clause", "quantity"),
    *("value", "upper", "unit", "comparator", "year", "baseline", "lead", "gis_layer", "evidence", "public", "quote"),
]


def _row(item: Item) -> dict[str, object]:
    first = item.quantities[0] if item.quantities else None
    periods = dict.fromkeys(quantity.period for quantity in item.quantities if quantity.period)
    return {
        "id": item.id,
        "name_zh": item.name_zh,
        "name_en": item.name_en,
        "kind": ";".join(item.kind),
        "theme": item.theme,
        "counties": ";".join(item.counties),
        "counties_uncertain": item.counties_uncertain,
        "scope": item.scope,
        "clause": item.clause,
        "quantity": item.quantity(),
        "value": first.value if first else None,
        "upper": first.upper if first else None,
        "unit": first.unit if first else "",
        "comparator": first.comparator if first else "",
        "year": ";".join(periods) or (str(item.year) if item.year else ""),
        "baseline": item.baseline,
        "lead": "、".join(item.lead),
        "gis_layer": item.gis_layer,
        "evidence": item.evidence,
        "public": item.public,
        "quote": item.quote,
    }
