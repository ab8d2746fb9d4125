"""Features as the compact records that the page's script draws."""

import base64
import gzip
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .._limits import hold_page
from .._transformers import coarse
from ..errors import DataError, ParameterError
from ._escape import script_json
from ._text import evidence_word, words
from .cards import joined

DECIMALS = 5
LABEL_LETTERS = 80
POPUP_LETTERS = 2000
_PACK_ABOVE = 6000
_PARTED = 1 << 31  # of the length: starts and differences stand apart
_MANY_LINES = 50
_PACK_TEXTS_ABOVE = 100_000  # bytes
_SHAPES = ("circle", "square", "triangle", "diamond", "star")
_KINDS = {"points": "Point", "lines": "LineString", "polygons": "Polygon"}
_EVIDENCE_COLUMNS = ("source", "as_of", "evidence", "uncertainty_m")

PopupColumn = tuple[str, str] | tuple[str, str, int]


def geographic(frame: gpd.GeoDataFrame, *, name: str, coarse_on: tuple[str, float] | None = None) -> gpd.GeoDataFrame:
    """Return the features in WGS-84 longitude and latitude, without missing and empty geometries.

    With ``coarse_on``, a CRS and a step in its units, every coordinate is put on that grid.

    Raises
    ------
    DataError
        If the layer is no GeoDataFrame or has no CRS.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(f"layer {name!r} is a {type(frame).__name__}; give a GeoDataFrame")
    if frame.crs is None:
        raise DataError(f"layer {name!r} has no CRS; set one, e.g. frame.set_crs(4326)")
    kept = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    kept.attrs = {}  # pandas copies them, however deep, with every column that is taken
    if coarse_on is not None:
        crs, step = coarse_on
        kept = kept.set_geometry(coarse(kept.geometry.to_crs(crs), step))
    return kept.to_crs(4326)


def feature_record(
    frame: gpd.GeoDataFrame,
    kind: str,
    base: Mapping[str, Any],
    *,
    name: str,
    popup: Sequence[PopupColumn],
    label: str | None,
    search: Sequence[str] | None,
    style_by: str | None,
    styles: Mapping[Any, Mapping[str, Any]] | None,
    uncertainty: str | None,
    ids: str | None,
    items: str | None,
    lang: str,
    said: Callable[[str], str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what the page says of a layer, the words of its features and the features themselves, packed if large."""
    hold_page(name, features=len(frame), vertices=int(shapely.get_num_coordinates(frame.geometry.values).sum()))
    meta: dict[str, Any] = {}
    meta["classes"], codes = style_classes(frame, name=name, kind=kind, base=base, style_by=style_by, styles=styles)
    meta["popup"], values = text_columns(frame, popup, name=name, lang=lang)
    record: dict[str, Any] = {"c": codes}
    texts: dict[str, Any] = {"values": values}
    names = label_column(frame, label, name=name)
    if names is not None:
        texts["label"] = names
        texts["search"] = search_columns(frame, label, search)
    texts["sources"], texts["source"], raw = source_notes(frame, lang=lang, said=said)
    if any(raw):
        texts["raw"] = raw
    own = feature_ids(frame, ids, name=name)
    if own is not None:
        record["id"] = own
    if items is not None:
        if items not in frame.columns:
            raise ParameterError(f"items column {items!r} is not in layer {name!r}; it has: {_columns(frame)}")
        record["items"] = joined(frame[items].tolist())
    metres = radii(frame, uncertainty, name=name)
    if metres is not None:
        record["uncertainty"] = metres
    record.update(geometry_record(frame.geometry.values, kind=kind, name=name))
    meta["labelRank"] = {"polygons": 0, "points": 1, "lines": 2}[kind]
    meta["uncertain"] = bool(metres and any(metres))
    meta["features"] = len(frame)
    meta["vertices"] = len(record["xy"]) // 2
    return meta, layer_words(texts, above=_PACK_TEXTS_ABOVE), layer_data(record)


def geometry_record(geometries: npt.ArrayLike, *, kind: str, name: str) -> dict[str, Any]:
    """Return geometries as counts and rounded coordinate differences.

    ``p`` parts a feature, ``r`` rings a part (polygons), ``n`` vertices a line or ring, ``xy``
    differences of longitude and latitude in 1e-5 degrees from vertex to vertex (about 1 m).

    >>> geometry_record([shapely.LineString([(105, 28), (105.1, 28.2)])], kind="lines", name="a")
    {'p': [1], 'n': [2], 'xy': [10500000, 2800000, 10000, 20000]}
    """
    shapes = np.asarray(geometries, dtype=object)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    found = set(np.unique(shapely.get_type_id(parts)).tolist())
    wanted = {"points": 0, "lines": 1, "polygons": 3}[kind]
    if kind == "lines" and found == {1, 2}:
        found = {1}
    if found - {wanted}:
        other = ", ".join(sorted({part.geom_type for part in parts} - {_KINDS[kind]}))
        raise DataError(f"layer {name!r} holds {other}, but add_{kind} draws {_KINDS[kind]}; split the layer by type")
    record: dict[str, Any] = {}
    counts = np.bincount(owner, minlength=len(shapes))
    if kind == "points":
        if (counts != 1).any():
            raise DataError(f"layer {name!r} holds MultiPoint; explode it into single points")
    else:
        record["p"] = counts.tolist()
    if kind == "polygons":
        rings, ring_owner = shapely.get_rings(parts, return_index=True)
        record["r"] = np.bincount(ring_owner, minlength=len(parts)).tolist()
        record["n"] = shapely.get_num_coordinates(rings).tolist()
        xy = shapely.get_coordinates(rings)
    else:
        if kind == "lines":
            record["n"] = shapely.get_num_coordinates(parts).tolist()
        xy = shapely.get_coordinates(parts)
    if not np.isfinite(xy).all():
        raise DataError(f"layer {name!r} has coordinates that are not finite; check its CRS")
    if len(xy) and (np.abs(xy[:, 0]).max() > 360 or np.abs(xy[:, 1]).max() > 90):
        worst = xy[np.argmax(np.maximum(np.abs(xy[:, 0]) / 360, np.abs(xy[:, 1]) / 90))]
        raise DataError(
            f"layer {name!r} has a point at {worst[0]:g}, {worst[1]:g} degrees, off the earth; check its CRS"
        )
    whole = np.rint(xy * 10**DECIMALS).astype(np.int64)
    record["xy"] = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist()
    return record


def layer_data(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a layer's record as it is, or packed where it is large."""
    if len(record["xy"]) < _PACK_ABOVE and len(record["c"]) < 2000:
        return dict(record)
    rest = {key: value for key, value in record.items() if key != "xy"}
    text = script_json(rest).encode("utf-8")
    xy = np.asarray(record["xy"], dtype=np.int64)
    parted = _parted(xy, np.asarray(record.get("n", []), dtype=np.int64))
    if parted is None:
        return {"z": packed(struct.pack("<I", len(text)) + text + varints(xy))}
    return {"z": packed(struct.pack("<I", len(text) | _PARTED) + text + parted)}


def _parted(xy: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> bytes | None:
    """Return starts of many lines apart from what follows, which packs better; nothing where that is not so.

    Number of bytes of the starts, the starts as varints, then low and high bytes of all other differences in zigzag.

    >>> _parted(np.array([9, 9, 1, -1] * 50), np.array([2] * 50))[:4].hex()
    '64000000'
    """
    if len(counts) < _MANY_LINES or counts.min() < 1:
        return None
    pairs = xy.reshape(-1, 2)
    first = np.zeros(len(pairs), dtype=bool)
    first[np.cumsum(counts) - counts] = True
    inner = pairs[~first].ravel()
    zigzag = (inner << 1) ^ (inner >> 63)
    if zigzag.max(initial=0) > 65535:
        return None
    starts = varints(pairs[first].ravel())
    low, high = ((zigzag >> shift & 255).astype(np.uint8).tobytes() for shift in (0, 8))
    return struct.pack("<I", len(starts)) + starts + low + high


def layer_words(texts: Mapping[str, Any], *, above: int = 1000) -> dict[str, Any]:
    """Return a record of words as it is, or packed where it has more bytes.

    >>> layer_words({"label": ["甲"]})
    {'label': ['甲']}
    """
    text = script_json(texts).encode("utf-8")
    return dict(texts) if len(text) < above or "z" in texts else {"z": packed(text)}


@lru_cache(maxsize=16)
def packed(content: bytes) -> str:
    """Return bytes as gzip in base64, the same each time; kept, because pages of one atlas share grids."""
    return base64.b64encode(gzip.compress(content, compresslevel=6, mtime=0)).decode("ascii")


def varints(values: npt.NDArray[np.int64]) -> bytes:
    """Return signed whole numbers as zigzag varints of seven bits a byte.

    >>> varints(np.array([0, -1, 1, 300])).hex()
    '000102d804'
    """
    zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    shifts = np.arange(0, 63, 7, dtype=np.uint64)
    sevens = (zigzag[:, None] >> shifts) & np.uint64(127)
    used = np.maximum(1, (sevens != 0).cumsum(axis=1).argmax(axis=1) + 1)
    column = np.arange(len(shifts))
    follow = column[None, :] < (used - 1)[:, None]
    return bytes(
        (sevens | (follow.astype(np.uint64) << np.uint64(7)))[column[None, :] < used[:, None]].astype(np.uint8)
    )


def style_classes(
    frame: gpd.GeoDataFrame,
    *,
    name: str,
    kind: str,
    base: Mapping[str, Any],
    style_by: str | None,
    styles: Mapping[Any, Mapping[str, Any]] | None,
) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the styles of a layer and which of them each feature has.

    Only styles that occur are returned, in the order of ``styles``; features whose value is
    not in ``styles`` get the layer's own style at the end.

    Raises
    ------
    ParameterError
        If the column is missing or a style has an unknown key.
    """
    if style_by is None:
        return [_style(base, {}, kind=kind, name=name)], [0] * len(frame)
    if style_by not in frame.columns:
        raise ParameterError(f"style_by is {style_by!r}, but layer {name!r} has no such column")
    given = dict(styles or {})
    values = [plain(value) for value in frame[style_by].tolist()]
    classes: list[dict[str, Any]] = []
    number: dict[Any, int] = {}
    for value, style in given.items():
        if value in values:
            number[value] = len(classes)
            classes.append(_style(base, {"label": str(value), **style}, kind=kind, name=name))
    if any(value not in number for value in values):
        number[None] = len(classes)
        classes.append(_style(base, {"label": name}, kind=kind, name=name))
    fallback = number.get(None, 0)
    return classes, [number.get(value, fallback) for value in values]


def _style(base: Mapping[str, Any], own: Mapping[str, Any], *, kind: str, name: str) -> dict[str, Any]:
    known = {"color", "weight", "dash", "label", "fill", "fill_opacity", "shape", "radius", "opacity", "casing"}
    unknown = sorted(set(own) - known)
    if unknown:
        raise ParameterError(f"a style of layer {name!r} has {unknown[0]!r}, but may have: {', '.join(sorted(known))}")
    style = {**base, **own}
    if kind == "points" and style.get("shape") not in _SHAPES:
        raise ParameterError(f"shape is {style.get('shape')!r}, but must be one of: {', '.join(_SHAPES)}")
    if kind != "lines" and "color" in own and "fill" not in own:
        style["fill"] = own["color"]
    if kind == "points":
        style["color"] = own.get("casing", "#ffffff")
    if "fill_opacity" in style:
        style["fillOpacity"] = style.pop("fill_opacity")
    return {key: style[key] for key in sorted(style)}


def text_columns(
    frame: gpd.GeoDataFrame, columns: Sequence[PopupColumn], *, name: str, lang: str
) -> tuple[list[str], list[list[str]]]:
    """Return labels and values, as text, of the columns that a popup shows.

    Raises
    ------
    ParameterError
        If the layer lacks a column.
    """
    labels: list[str] = []
    values: list[list[str]] = []
    for entry in columns:
        column, label = entry[0], entry[1]
        digits = entry[2] if len(entry) == 3 else None
        if column not in frame.columns:
            raise ParameterError(f"popup column {column!r} is not in layer {name!r}; it has: {_columns(frame)}")
        labels.append(shortened(str(label), LABEL_LETTERS))
        values.append(
            [_popup_text(value_text(value, lang=lang, digits=digits), lang) for value in frame[column].tolist()]
        )
    return labels, values


def label_column(frame: gpd.GeoDataFrame, column: str | None, *, name: str) -> list[str] | None:
    """Return the labels of the features, empty where missing."""
    if column is None:
        return None
    if column not in frame.columns:
        raise ParameterError(f"label column {column!r} is not in layer {name!r}; it has: {_columns(frame)}")
    return [shortened(value_text(value, lang="en"), LABEL_LETTERS) for value in frame[column].tolist()]


def feature_ids(frame: gpd.GeoDataFrame, column: str | None, *, name: str) -> list[str] | None:
    """Return the features' own ids.

    Raises
    ------
    ParameterError
        If the column is missing, or an id is missing or repeats.
    """
    if column is None:
        return None
    if column not in frame.columns:
        raise ParameterError(f"ids column {column!r} is not in layer {name!r}; it has: {_columns(frame)}")
    found = [value_text(value, lang="en") for value in frame[column].tolist()]
    if "" in found or len(set(found)) < len(found):
        worst = next(value for value in found if not value or found.count(value) > 1)
        raise ParameterError(f"layer {name!r} has id {worst!r} more than once or not at all; ids must be unique")
    return found


def search_columns(frame: gpd.GeoDataFrame, label: str | None, extra: Sequence[str] | None) -> list[list[str]]:
    """Return further words under which features are found: Chinese and English names."""
    names = ("name_zh", "name_en", "pinyin") if extra is None else tuple(extra)
    return [
        [value_text(value, lang="en") for value in frame[column].tolist()]
        for column in names
        if column in frame.columns and column != label
    ]


def source_notes(
    frame: gpd.GeoDataFrame, *, lang: str, said: Callable[[str], str] | None = None
) -> tuple[list[str], list[int], list[str]]:
    """Return the distinct lines on source and evidence, which of them each feature has, and the lines' raw sources.

    ``said`` puts a source or a date into the language of the page; where it changes a source, the raw one is kept.
    """
    present = [column for column in _EVIDENCE_COLUMNS if column in frame.columns]
    if not present:
        return [], [], []
    phrase = words(lang)

    def line(row: tuple[Any, ...]) -> tuple[str, str]:
        known = dict(zip(present, row, strict=True))
        parts, raw = [], ""
        for column in ("source", "as_of"):
            given = value_text(known.get(column), lang=lang)
            text = said(given) if said and given else given
            raw = given if column == "source" and text != given else raw
            if text:
                parts.append(f"{phrase[column]}: {text}" if lang == "en" else f"{phrase[column]}：{text}")
        grade = value_text(known.get("evidence"), lang=lang)
        if grade:
            parts.append(evidence_word(grade, lang))
        metres = known.get("uncertainty_m")
        if isinstance(metres, int | float) and math.isfinite(metres) and metres > 0:
            parts.append(phrase["uncertainty_m"].format(f"{metres:g}"))
        return (" · " if lang == "zh" else "; ").join(parts), raw

    made: dict[tuple[str, ...], tuple[str, str]] = {}  # most features of a layer share their source
    lines: list[tuple[str, str]] = []
    for row in zip(*(frame[column].tolist() for column in present), strict=True):
        key = tuple(map(repr, row))
        lines.append(made[key] if key in made else made.setdefault(key, line(row)))
    distinct = list(dict.fromkeys(lines))
    number = {line: i if line[0] else -1 for i, line in enumerate(distinct)}
    return [text for text, _ in distinct], [number[line] for line in lines], [raw for _, raw in distinct]


def layer_evidence(frame: gpd.GeoDataFrame, *, lang: str) -> str:
    """Return the badge of a layer that is schematic, modelled or derived throughout, else nothing."""
    if "evidence" not in frame.columns:
        return ""
    grades = {str(value) for value in frame["evidence"].dropna()}
    weak = grades & {"schematic", "modelled", "derived"}
    return evidence_word(next(iter(weak)), lang) if len(grades) == 1 and weak else ""


def radii(frame: gpd.GeoDataFrame, column: str | None, *, name: str) -> list[float] | None:
    """Return the uncertainty of each point in whole metres, 0 where unknown."""
    if column is None:
        return None
    if column not in frame.columns:
        raise ParameterError(f"uncertainty column {column!r} is not in layer {name!r}; it has: {_columns(frame)}")
    metres = pd.to_numeric(frame[column], errors="coerce").fillna(0).to_numpy(dtype=float)
    return [round(float(value)) if math.isfinite(value) and value > 0 else 0 for value in metres]


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many letters, with three dots where some are left out.

    >>> shortened("Taiping", 7), shortened("Taiping Town", 7)
    ('Taiping', 'Taipin…')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _popup_text(text: str, lang: str) -> str:
    """Return what a popup shows of a value: the whole, or its beginning with how long it is."""
    if len(text) <= POPUP_LETTERS:
        return text
    told = f"（共 {len(text):,} 字）" if lang == "zh" else f" ({len(text):,} letters in all)"
    return shortened(text, POPUP_LETTERS) + told


def value_text(value: Any, *, lang: str, digits: int | None = None) -> str:
    """Return a cell of a table as a person would write it; nothing for a missing value.

    >>> value_text(12.5, lang="zh"), value_text(float("nan"), lang="zh"), value_text(True, lang="zh")
    ('12.5', '', '是')
    """
    if type(value) is str:  # most are
        return value
    value = plain(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return words(lang)["yes" if value else "no"]
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        if digits is None:
            return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:g}"
        return f"{value:,.{digits}f}"
    if isinstance(value, int) and digits is not None:
        return f"{value:,.{digits}f}"
    if isinstance(value, list | tuple | set):
        return "、".join(str(item) for item in value) if lang == "zh" else ", ".join(str(item) for item in value)
    return str(value)


def plain(value: Any) -> Any:
    """Return a NumPy scalar as the Python value that it holds, an array as the list of its values."""
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def _columns(frame: gpd.GeoDataFrame) -> str:
    return ", ".join(str(column) for column in frame.columns if column != frame.geometry.name)
