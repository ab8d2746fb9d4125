"""What a sheet shows of a theme: the layers, the main table and the words of its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np

from ...errors import ParameterError
from ...webmap import PanelTable, evidence_word, layer_evidence, style_classes
from ..context import Atlas
from ..drawn import Classes, Features, MapPage
from ..page import BASE, AtlasPage
from ..withheld import public_lines, public_note


@dataclass(frozen=True, kw_only=True)
class Focus:
    """The counties that a sheet is about.

    Attributes
    ----------
    counties : GeoDataFrame
        Their rows of the study.
    numbers : tuple of int
        Their codes in ``atlas.zones``.
    one : bool
        Whether it is one of several.
    """

    counties: gpd.GeoDataFrame
    numbers: tuple[int, ...]
    one: bool

    @property
    def slug(self) -> str:
        """What stands in names of files: nothing for the whole study."""
        if not self.one:
            return ""
        row = self.counties.iloc[0]
        name = str(row["name_en"] or "").strip().casefold().replace(" ", "-")
        return name if name.isascii() and name.replace("-", "").isalnum() else str(self.numbers[0])


@dataclass(frozen=True, kw_only=True)
class Styled:
    """Features with one style: what is drawn alike and stands in one row of the legend."""

    kind: str
    layer: str
    label: str
    frame: gpd.GeoDataFrame
    style: Mapping[str, Any]
    names: str | None
    always: bool
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A theme on paper: rasters and features from the lowest up, table, words."""

    key: str
    title: str
    subtitle: str
    classes: tuple[Classes, ...]
    layers: tuple[tuple[Styled, ...], ...]
    tables: tuple[PanelTable, ...]
    notes: tuple[str, ...]
    review: str


def focus_of(atlas: Atlas, county: str | None) -> Focus:
    """Return the county of a name or code, or all of them.

    Raises
    ------
    ParameterError
        If the study has no such county; the message names those it has.
    """
    counties = atlas.study.counties
    if county is None:
        return Focus(counties=counties, numbers=tuple(range(1, len(counties) + 1)), one=False)
    wanted = county.strip().casefold()
    for number, row in enumerate(counties.to_dict("records"), start=1):
        known = {str(row.get(column) or "").casefold() for column in ("name_zh", "name_en", "county", "county_code")}
        if wanted in known - {""}:
            return Focus(counties=counties.iloc[[number - 1]], numbers=(number,), one=len(counties) > 1)
    names = ", ".join(f"{zh} ({en})" if en else str(zh) for zh, en in counties[["name_zh", "name_en"]].to_numpy())
    raise ParameterError(f"county is {county!r}, but must be one of: {names}")


def theme_of(atlas: Atlas, page: AtlasPage) -> Theme | None:
    """Return what the sheet of a page shows; ``None`` for a page that keeps nothing of it."""
    kept = page.page
    if not isinstance(kept, MapPage):
        return None
    base = atlas.say(*BASE)
    own = _open_layers(kept.drawn)
    features = [layer for layer in own if isinstance(layer, Features) and layer.group != base]
    on = {layer.name for layer in own}
    tables = [table for table in kept.tables if table.follows is None or table.follows in on]
    tables.sort(key=lambda table: table.title != page.main_table)
    return Theme(
        key=page.file.rpartition(".")[0],
        title=page.title,
        subtitle=kept.subtitle,
        classes=tuple(layer for layer in own if isinstance(layer, Classes)),
        layers=tuple(filter(None, (_styled(layer, atlas, page.title) for layer in features))),
        tables=tuple(tables),
        notes=_notes(atlas, kept),
        review=kept.review,
    )


def _notes(atlas: Atlas, page: MapPage) -> tuple[str, ...]:
    """Return notice and sources; first what a public sheet does not show, in place of the pages' pointer to a list."""
    lines = [page.notice, *page.provenance]
    if atlas.public:
        pointer = public_note(atlas)
        lines = [*public_lines(atlas), *(line for line in lines if line != pointer)]
    return tuple(dict.fromkeys(line for line in lines if line))


def _open_layers(drawn: Sequence[Features | Classes]) -> list[Features | Classes]:
    """Return the layers that are on when the page opens: of those that exclude each other the first."""
    found: dict[str, str] = {}
    return [
        layer
        for layer in drawn
        if layer.shown and (not layer.exclusive or found.setdefault(layer.group, layer.name) == layer.name)
    ]


def _styled(layer: Features, atlas: Atlas, title: str) -> tuple[Styled, ...]:
    """Return the features of a layer by style, in the order of its legend, in the working CRS.

    A layer that shares its place with others, such as a year, is named with the title of its page.
    """
    options, frame = layer.options, layer.frame
    frame = atlas.coarsened(frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs(atlas.study.crs))
    styles, codes = style_classes(
        frame,
        name=layer.name,
        kind=layer.kind,
        base=_base(layer),
        style_by=options["style_by"],
        styles=options["styles"],
    )
    of = np.asarray(codes, dtype=int)
    name = str(options.get("legend_title") or (f"{title} · {layer.name}" if layer.exclusive else layer.name))
    given = options["evidence"]
    evidence = layer_evidence(frame, lang=atlas.lang) if given is None else evidence_word(given, atlas.lang)
    return tuple(
        Styled(
            kind=layer.kind,
            layer=name,
            label=str(style.get("label") or name),
            frame=frame[of == number],
            style=style,
            names=options["label"],
            always=bool(options["labels"]),
            evidence=evidence,
        )
        for number, style in enumerate(styles)
        if (of == number).any()
    )


def _base(layer: Features) -> dict[str, Any]:
    """Return the style of a layer whose features have none of their own."""
    names = {
        "points": ("radius", "shape"),
        "lines": ("color", "weight", "dash", "casing"),
        "polygons": ("color", "weight", "dash", "fill", "fill_opacity"),
    }[layer.kind]
    style = {name: layer.options[name] for name in names}
    return style if layer.kind != "points" else {"fill": layer.options["color"], "weight": 1.5, **style}
