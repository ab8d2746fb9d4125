"""Layers as KML, for Google Earth and what reads its files."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import numpy as np
import pandas as pd
import shapely

from ...colours import parse_hex
from ...io import write_text
from ...webmap import value_text
from .markup import add, document
from .symbol import Look, Symbol

_DECIMALS = 6  # of degrees: 0.1 m
_LEFT_OUT = {"lon", "lat", "node_ids", "reversed", "key"}
_LONGEST = 2000


def write_kml(
    path: Path,
    looks: Sequence[Look],
    *,
    names: Mapping[str, Mapping[str, str]],
    groups: Mapping[str, str],
    title: str,
    note: str,
    lang: str,
) -> Path:
    """Write layers as KML in WGS-84, a folder a group, into a folder that is staged; the same bytes each time.

    Parameters
    ----------
    path : Path
        Target.
    looks : sequence of Look
        Layers from top to bottom; tables have no place in it.
    names : mapping
        Name of each field for readers, by table.
    groups : mapping
        Title by key, in order.
    title, note : str
        Of the document.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    root = Element("kml", {"xmlns": "http://www.opengis.net/kml/2.2"})
    body = add(root, "Document")
    add(body, "name", title)
    add(body, "description", escape(note))
    drawn = [look for look in looks if look.symbol is not None and len(look.frame)]
    styles: dict[tuple[str, str], str] = {}
    for look in drawn:
        for key in dict.fromkeys(look.classes):
            styles[look.name, key] = f"style{len(styles) + 1}"
            _add_style(body, styles[look.name, key], look.style_of(key))
    for group, words in groups.items():
        inside = [look for look in drawn if look.group == group]
        if not inside:
            continue
        folder = add(body, "Folder")
        add(folder, "name", words)
        for look in inside:
            _add_layer(folder, look, names.get(look.table, {}), styles, lang=lang)
    return write_text(path, document(root))


def abgr(colour: str, opacity: float = 1.0) -> str:
    """Return a colour as KML has it, blue first.

    >>> abgr("#ff8000", 0.2)
    '330080ff'
    """
    red, green, blue = parse_hex(colour)
    return f"{round(255 * opacity):02x}{blue:02x}{green:02x}{red:02x}"


def _add_style(body: Element, key: str, symbol: Symbol) -> None:
    style = add(body, "Style", id=key)
    if symbol.kind == "point":
        icon = add(style, "IconStyle")
        add(icon, "color", abgr(symbol.colour))
        add(icon, "scale", f"{0.4 + symbol.radius / 12:.2f}")
        add(add(style, "LabelStyle"), "scale", "0.8")
        return
    line = add(style, "LineStyle")
    add(line, "color", abgr(symbol.colour))
    add(line, "width", f"{symbol.width:g}")
    if symbol.kind == "area":
        fill = add(style, "PolyStyle")
        add(fill, "color", abgr(symbol.fill or symbol.colour, symbol.opacity if symbol.fill else 0.0))
        add(fill, "fill", 1 if symbol.fill else 0)
        add(fill, "outline", 1)


def _add_layer(
    folder: Element, look: Look, names: Mapping[str, str], styles: Mapping[tuple[str, str], str], *, lang: str
) -> None:
    """Add a folder for a layer; one for each of its classes where it has some, but for the years of a network."""
    frame = look.frame.to_crs(4326)
    label = next((column for column in (look.label, "name_zh", "name") if column and column in frame), None)
    fields = [column for column in frame.columns if column != frame.geometry.name and column not in _LEFT_OUT]
    titles = {} if look.subset else {style.key: style.label for style in look.styles}
    folders: dict[str, Element] = {}
    for title in dict.fromkeys(titles[key] for key in titles if key in set(look.classes)):
        folders[title] = _add_folder(folder, title, shown=look.shown)
    for place, (key, shape) in enumerate(zip(look.classes, frame.geometry, strict=True)):
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            continue
        title = titles.get(key, look.title)
        if title not in folders:
            folders[title] = _add_folder(folder, title, shown=look.shown)
        row = frame.iloc[place]
        mark = add(folders[title], "Placemark")
        name = "" if label is None or pd.isna(row[label]) else str(row[label])
        add(mark, "name", name or title)
        add(mark, "visibility", int(look.shown))
        add(mark, "description", _description(((names.get(str(c), str(c)), row[c]) for c in fields), lang=lang))
        add(mark, "styleUrl", f"#{styles[look.name, key]}")
        _add_shape(mark, shape)


def _add_folder(parent: Element, title: str, *, shown: bool) -> Element:
    folder = add(parent, "Folder")
    add(folder, "name", title)
    add(folder, "visibility", int(shown))
    return folder


def _description(fields: Iterable[tuple[str, Any]], *, lang: str) -> str:
    """Return a table of fields as HTML; every name and value is escaped, for a balloon shows HTML."""
    rows = []
    for name, value in fields:
        text = value_text(value, lang=lang)
        if text:
            shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
            rows.append(f"<tr><th align='left'>{escape(name)}</th><td>{escape(shown)}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _add_shape(parent: Element, shape: Any) -> None:
    kind = shape.geom_type
    if kind.startswith("Multi") or kind == "GeometryCollection":
        several = SubElement(parent, "MultiGeometry")
        for part in shape.geoms:
            _add_shape(several, part)
    elif kind == "Polygon":
        polygon = SubElement(parent, "Polygon")
        turned = shapely.orient_polygons(shape)
        for place, ring in (("outerBoundaryIs", turned.exterior), *(("innerBoundaryIs", r) for r in turned.interiors)):
            add(add(add(polygon, place), "LinearRing"), "coordinates", _coordinates(ring))
    else:
        add(add(parent, "Point" if kind == "Point" else "LineString"), "coordinates", _coordinates(shape))


def _coordinates(shape: Any) -> str:
    """Return longitude and latitude of each vertex.

    >>> _coordinates(shapely.Point(105.5, 28))
    '105.5,28'
    """
    xy = np.round(shapely.get_coordinates(shape), _DECIMALS)
    return " ".join(f"{x:.10g},{y:.10g}" for x, y in xy)
