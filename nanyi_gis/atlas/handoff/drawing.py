"""Layers as DXF of AutoCAD R12, which every CAD program reads: lines, points and names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from ...colours import parse_hex
from ...io import write_bytes
from .symbol import Look, Symbol

_HEIGHTS = {"point": 350.0, "line": 350.0, "area": 900.0}  # of names, in metres: 1.4 mm at 1:250,000
_MOST_BYTES = 250  # of a text of R12, escapes included
_ENCODING = "gbk"  # ANSI_936
_PLAIN = re.compile(r"[A-Za-z0-9 .,;:()+\-/_'=*#!?&@]")
_DASH = "DASHED"
_FONT = "simhei.ttf"  # comes with Windows, and holds Chinese

Pair = tuple[int, object]


def write_dxf(path: Path, looks: Sequence[Look], *, crs: str, title: str) -> Path:
    """Write layers as DXF in ``crs``, a layer of the drawing a class, into a folder that is staged.

    Points have their names as texts on a layer of their own; areas are the closed lines of their rings. Names of
    layers are capitals and digits; texts are in GBK, the code page that the file names. The same layers give the same
    bytes.

    Parameters
    ----------
    path : Path
        Target.
    looks : sequence of Look
        Layers; tables have no place in it.
    crs : str
        Projected, in metres.
    title : str
        Stands in a comment, with the CRS.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    drawn = [look for look in looks if look.symbol is not None and len(look.frame)]
    layers = _layers(drawn)
    bodies = [pair for look in drawn for pair in _entities(look, layers, crs)]
    boxes = [look.frame.to_crs(crs).total_bounds for look in drawn]
    finite = [box for box in boxes if np.isfinite(box).all()]
    box = np.array(finite) if finite else np.zeros((1, 4))
    pairs: list[Pair] = [
        (999, _ascii(f"nanyi_gis {title}; {crs} {CRS.from_user_input(crs).name}; m")),
        *_header((box[:, 0].min(), box[:, 1].min(), box[:, 2].max(), box[:, 3].max())),
        *_tables(drawn, layers),
        (0, "SECTION"),
        (2, "ENTITIES"),
        *bodies,
        (0, "ENDSEC"),
        (0, "EOF"),
    ]
    text = "".join(f"{code:>3}\r\n{_value(value)}\r\n" for code, value in pairs)
    return write_bytes(path, text.encode(_ENCODING))


def _value(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def layer_name(text: str) -> str:
    """Return a name of a layer as R12 takes it: at most 31 capitals, digits and ``_``.

    >>> layer_name("corridors rail open"), layer_name("fruit_belts <700"), layer_name("水井")
    ('CORRIDORS_RAIL_OPEN', 'FRUIT_BELTS_700', 'LAYER')
    """
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")[:31].rstrip("_") or "LAYER"


def text_of(value: object) -> str:
    r"""Return a text with what CAD programs take for codes, or GBK does not hold safely, as ``\U+53D9``.

    >>> text_of("叙永 A%%d")
    '叙永 A\\U+0025\\U+0025d'
    """
    found, used = "", 0
    for letter in str(value):
        code = ord(letter)
        plain = " " if code < 32 or 0x7F <= code < 0xA0 else letter
        part = plain if _PLAIN.fullmatch(plain) or _held(plain) else f"\\U+{code:04X}" if _basic(code) else "?"
        used += len(part.encode(_ENCODING))
        if used > _MOST_BYTES:
            break
        found += part
    return found


def _basic(code: int) -> bool:
    return code < 0xD800 or 0xDFFF < code < 0x10000


def _held(letter: str) -> bool:
    """Tell whether a letter is two bytes of GBK of which neither can be taken for ASCII."""
    held = letter.encode(_ENCODING, "ignore")
    return len(held) == 2 and min(held) > 0xA0


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii").replace("\n", " ").replace("\r", " ")


def _layers(looks: Sequence[Look]) -> dict[tuple[str, str], str]:
    """Return the layer of the drawing for each class of each look; names of them stand on another, ``_T`` behind."""
    found: dict[tuple[str, str], str] = {}
    used: set[str] = set()
    for look in looks:
        for key in dict.fromkeys(look.classes):
            base = layer_name(f"{look.name} {key}")[:26]
            name, number = base, 1
            while name in used:
                number += 1
                name = f"{base}_{number}"
            used.add(name)
            found[look.name, key] = name
    return found


def _header(box: tuple[float, float, float, float]) -> list[Pair]:
    west, south, east, north = map(float, box)
    return [
        (0, "SECTION"),
        (2, "HEADER"),
        *[(9, "$ACADVER"), (1, "AC1009")],
        *[(9, "$DWGCODEPAGE"), (3, "ANSI_936")],
        *[(9, "$EXTMIN"), (10, west), (20, south), (30, 0.0)],
        *[(9, "$EXTMAX"), (10, east), (20, north), (30, 0.0)],
        *[(9, "$LIMMIN"), (10, west), (20, south)],
        *[(9, "$LIMMAX"), (10, east), (20, north)],
        *[(9, "$LTSCALE"), (40, 1.0)],
        *[(9, "$PDMODE"), (70, 34)],
        *[(9, "$PDSIZE"), (40, 250.0)],
        (0, "ENDSEC"),
    ]


def _tables(looks: Sequence[Look], layers: dict[tuple[str, str], str]) -> Iterator[Pair]:
    yield from [(0, "SECTION"), (2, "TABLES")]
    yield from [(0, "TABLE"), (2, "LTYPE"), (70, 2)]
    yield from [(0, "LTYPE"), (2, "CONTINUOUS"), (70, 0), (3, "Solid line"), (72, 65), (73, 0), (40, 0.0)]
    yield from [(0, "LTYPE"), (2, _DASH), (70, 0), (3, "__ __ __"), (72, 65), (73, 2), (40, 900.0), (49, 500.0),
                (49, -400.0), (0, "ENDTAB")]  # fmt: skip
    rows: list[list[Pair]] = [_layer("0", 7, "CONTINUOUS", on=True)]
    for look in looks:
        for key in dict.fromkeys(look.classes):
            symbol, name = look.style_of(key), layers[look.name, key]
            line = _DASH if symbol.dash else "CONTINUOUS"
            rows.append(_layer(name, colour_index(symbol.colour), line, on=look.shown))
            rows += [_layer(f"{name}_T", 7, "CONTINUOUS", on=look.shown)] if look.label else []
    yield from [(0, "TABLE"), (2, "LAYER"), (70, len(rows))]
    for row in rows:
        yield from row
    yield (0, "ENDTAB")
    yield from [(0, "TABLE"), (2, "STYLE"), (70, 1), (0, "STYLE"), (2, "STANDARD"), (70, 0), (40, 0.0), (41, 1.0),
                (50, 0.0), (71, 0), (42, 350.0), (3, _FONT), (4, ""), (0, "ENDTAB")]  # fmt: skip
    yield (0, "ENDSEC")


def _layer(name: str, colour: int, line: str, *, on: bool) -> list[Pair]:
    """Return a layer; one that is off has its colour below zero."""
    return [(0, "LAYER"), (2, name), (70, 0), (62, colour if on else -colour), (6, line)]


def _entities(look: Look, layers: dict[tuple[str, str], str], crs: str) -> Iterator[Pair]:
    frame = look.frame.to_crs(crs)
    names = frame[look.label] if look.label else pd.Series("", index=frame.index)
    for key, shape, name in zip(look.classes, frame.geometry, names, strict=True):
        if shape is None or shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            continue
        layer = layers[look.name, key]
        yield from _shape(shapely.force_2d(shape), layer)
        if not pd.isna(name) and str(name).strip() and look.symbol is not None:
            yield from _text(shape, text_of(name), f"{layer}_T", look.symbol)


def _shape(shape: Any, layer: str) -> Iterator[Pair]:
    for part in shapely.get_parts(shape):
        if part.geom_type == "Point":
            yield from [(0, "POINT"), (8, layer), (10, float(part.x)), (20, float(part.y)), (30, 0.0)]
        elif part.geom_type in {"LineString", "LinearRing"}:
            yield from _polyline(shapely.get_coordinates(part), layer, closed=False)
        elif part.geom_type == "Polygon":
            for ring in shapely.get_rings(part):
                yield from _polyline(shapely.get_coordinates(ring)[:-1], layer, closed=True)
        else:  # a collection within one
            yield from _shape(part, layer)


def _polyline(xy: Iterable[Any], layer: str, *, closed: bool) -> Iterator[Pair]:
    yield from [(0, "POLYLINE"), (8, layer), (66, 1), (10, 0.0), (20, 0.0), (30, 0.0), (70, int(closed))]
    for x, y in xy:
        yield from [(0, "VERTEX"), (8, layer), (10, float(x)), (20, float(y))]
    yield from [(0, "SEQEND"), (8, layer)]


def _text(shape: Any, text: str, layer: str, symbol: Symbol) -> Iterator[Pair]:
    """Yield a name: beside a point, on the middle of a line, within an area."""
    height = _HEIGHTS[symbol.kind]
    if symbol.kind == "line":
        at = shapely.line_interpolate_point(shapely.get_parts(shape)[0], 0.5, normalized=True)
    else:
        at = shapely.point_on_surface(shape)
    shift = 0.7 * height if symbol.kind == "point" else 0.0
    yield from [(0, "TEXT"), (8, layer), (10, at.x + shift), (20, at.y + shift), (30, 0.0), (40, height), (1, text),
                (7, "STANDARD")]  # fmt: skip


@cache
def _palette() -> dict[int, tuple[int, int, int]]:
    """Return the colours of AutoCAD by index: ten shades of each of 24 hues, and greys."""
    found: dict[int, tuple[int, int, int]] = {}
    for index in range(10, 250):
        hue, shade = (index - 10) // 10 * 15, index % 10
        value, pale = (255, 165, 127, 76, 38)[shade // 2], shade % 2
        found[index] = _shade(hue, value, pale)
    found |= dict(zip(range(250, 255), [(grey, grey, grey) for grey in (51, 91, 132, 173, 214)], strict=True))
    return found


def _shade(hue: int, value: int, pale: int) -> tuple[int, int, int]:
    low = value // 2 if pale else 0
    sector, rest = divmod(hue, 60)
    up, down = low + (value - low) * rest // 60, value - (value - low) * rest // 60
    return [(value, up, low), (down, value, low), (low, value, up), (low, down, value), (up, low, value),
            (value, low, down)][sector]  # fmt: skip


def colour_index(colour: str) -> int:
    """Return the index of AutoCAD whose colour is nearest.

    >>> colour_index("#ff0000"), colour_index("#00ff00"), colour_index("#333333")
    (10, 90, 250)
    """
    wanted = parse_hex(colour)
    return min(
        _palette(), key=lambda index: (sum((a - b) ** 2 for a, b in zip(_palette()[index], wanted, strict=True)), index)
    )
