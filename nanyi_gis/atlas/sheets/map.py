"""The map of a sheet: relief, classes, boundaries, the theme's features, names; and what its legend must say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from ... import plan as plan_room
from ...colours import hex_colour
from ...webmap import evidence_word
from .. import mask
from ..context import Atlas
from .content import Focus, Styled, Theme
from .fonts import shortened, text_width
from .ground import class_image, relief_image
from .labels import Label, place_labels
from .legend import Block, Row
from .paper import Box
from .pen import GREY, INK, PIXEL_MM, Pen, dash_of, reach_of

_OUTLINE = {"color": "#20313f", "weight": 3.0, "fill": None}
_ELSEWHERE = {"color": "#7d8890", "weight": 1.3, "dash": "7 3", "fill": None}
_RIVER = {"color": "#0072B2", "weight": 3.2}
_SEATS: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("county_seat", "县城", "County seats", {"fill": "#20313f", "shape": "square", "radius": 5.5}),
    ("township", "乡镇驻地", "Township seats", {"fill": "#55626b", "shape": "circle", "radius": 3.2}),
)
_COUNTY_PT, _SEAT_PT, _TOWN_PT, _OTHER_PT, _AROUND_PT = 13.0, 7.2, 5.6, 5.2, 8.0
_LONGEST_NAME = 34.0  # mm on A4
_SAME_PLACE_M = 150.0
_PT_MM = 25.4 / 72.0


def draw_map(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus, *, taken: Sequence[Box]) -> list[Block]:
    """Draw the map inside the neat line; return the blocks of the legend, complete for what is seen."""
    layout = pen.layout
    view = shapely.box(*layout.ground)
    outline = shapely.union_all(focus.counties.geometry.values)
    _ground(pen, atlas, theme, focus)
    _areas(pen, [shapely.difference(view, outline)], {"fill": mask.COLOUR, "fillOpacity": 0.62, "weight": 0}, order=1.5)
    seen = [tuple(part for part in map(_seen(view), layer) if part is not None) for layer in theme.layers]
    for number, layer in enumerate(seen):
        for part in layer:
            if part.kind != "points":
                _features(pen, part, order=2.0 + 0.5 * number / max(len(seen), 1))
    around = _boundaries(pen, atlas, focus, view)
    seats = _seats(atlas, view)
    marks = [(part, part.frame) for layer in seen for part in layer if part.kind == "points"]
    known = {_short(name) for part, frame in marks if part.names for name in frame[part.names].astype(str)}
    extra = [replace(part, frame=part.frame[~part.frame[str(part.names)].isin(known)]) for part in seats]
    extra = [part for part in extra if len(part.frame)]
    points = [*(part for part, _ in marks), *extra]
    boxes = _symbols(pen, points)
    towns = {name for part in seats for name in part.frame[str(part.names)].astype(str)}
    _names(pen, atlas, focus, points, boxes, towns=towns, around=around, taken=taken)
    return _legend(atlas, theme, seen, extra, around=bool(len(around)))


def _ground(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus) -> None:
    west, south, east, north = pen.layout.ground
    extent = (west, east, south, north)
    pen.map.imshow(relief_image(atlas, pen.layout), extent=extent, interpolation="none", aspect="auto", zorder=0.5)
    for layer in theme.classes:
        image = class_image(layer, atlas.zones, focus.numbers, pen.layout)
        pen.map.imshow(image, extent=extent, interpolation="none", aspect="auto", zorder=1.0)
    pen.map.set(xlim=(west, east), ylim=(south, north))


def _seen(view: shapely.Geometry) -> Any:
    """Return a function that cuts features down to those inside the neat line, ``None`` if there are none."""

    def cut(part: Styled) -> Styled | None:
        frame = part.frame[part.frame.intersects(view)]
        if frame.empty:
            return None
        return replace(part, frame=frame)

    return cut


def _features(pen: Pen, part: Styled, *, order: float) -> None:
    if part.kind == "polygons":
        _areas(pen, part.frame.geometry.values, part.style, order=order)
    else:
        _lines(pen, part.frame.geometry.values, part.style, order=order)


def _areas(pen: Pen, shapes: Sequence[shapely.Geometry], style: Mapping[str, Any], *, order: float) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_rgba

    paths = [_path(polygon) for polygon in shapely.get_parts(shapes) if polygon.geom_type == "Polygon"]
    fill, weight = style.get("fill"), float(style.get("weight") or 0)
    opacity = style.get("fillOpacity")
    dash = dash_of(style.get("dash"))
    pen.map.add_collection(
        PathCollection(
            paths,
            facecolors="none" if fill is None else [to_rgba(fill, 1.0 if opacity is None else float(opacity))],
            edgecolors=style["color"] if weight > 0 else "none",
            linewidths=pen.points(weight * PIXEL_MM),
            linestyles="-" if dash is None else [(0, _in_widths(dash, weight * PIXEL_MM))],
            joinstyle="round",
            zorder=order,
        ),
        autolim=False,
    )


def _lines(pen: Pen, shapes: Sequence[shapely.Geometry], style: Mapping[str, Any], *, order: float) -> None:
    from matplotlib.collections import LineCollection

    parts = [shapely.get_coordinates(line) for line in shapely.get_parts(shapes)]
    weight = float(style["weight"])
    dash = dash_of(style.get("dash"))
    casing = style.get("casing")
    looks = [(casing, weight + 2.0, None)] if casing else []
    for colour, width, pattern in [*looks, (style["color"], weight, dash)]:
        drawn = LineCollection(
            parts,
            colors=str(colour),
            linewidths=pen.points(width * PIXEL_MM),
            linestyles="-" if pattern is None else [(0, _in_widths(pattern, width * PIXEL_MM))],
            capstyle="butt" if pattern else "round",
            joinstyle="round",
            zorder=order,
        )
        pen.map.add_collection(drawn, autolim=False)


def _in_widths(dash: Sequence[float], width: float) -> list[float]:
    """Return a pattern in widths of its line, as matplotlib counts it."""
    return [part / width for part in dash]


def _path(polygon: shapely.Polygon) -> Any:
    """Return a polygon with its holes as one path."""
    from matplotlib.path import Path

    rings = [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
    codes = [np.concatenate([[Path.MOVETO], np.full(len(ring) - 2, Path.LINETO), [Path.CLOSEPOLY]]) for ring in rings]
    return Path(np.concatenate(rings), np.concatenate(codes))


def _boundaries(pen: Pen, atlas: Atlas, focus: Focus, view: shapely.Geometry) -> gpd.GeoDataFrame:
    """Draw the counties, those around them and the river; return those around, as far as they are seen."""
    study = atlas.study
    others = study.counties.drop(index=focus.counties.index)
    around = gpd.pd.concat([others, study.neighbours]) if len(others) else study.neighbours
    outline = shapely.union_all(focus.counties.geometry.values)
    if len(around):
        around = around.set_geometry(around.geometry.intersection(view).difference(outline))
        around = around[~around.geometry.is_empty]
        borders = shapely.difference(shapely.boundary(around.geometry.values), outline.buffer(900.0))
        _lines(pen, _flat(shapely.difference(borders, view.boundary.buffer(1.0))), _ELSEWHERE, order=2.6)
    _areas(pen, focus.counties.geometry.values, _OUTLINE, order=2.8)
    if len(study.frontage):
        _lines(pen, study.frontage.geometry.values, _RIVER, order=2.9)
    return around


def _flat(shapes: Any) -> Any:
    return np.array([part for part in shapely.get_parts(shapes) if part.geom_type == "LineString"], dtype=object)


def _seats(atlas: Atlas, view: shapely.Geometry) -> list[Styled]:
    """Return county and township seats inside the neat line, each place once."""
    found = []
    taken: set[str] = set()
    for kind, zh, en, style in _SEATS:
        frame = plan_room.of_kind(atlas.located, kind)
        if frame.empty:
            continue
        shown = frame[atlas.name].where(frame[atlas.name] != "", frame["name_zh"]).astype(str)
        frame = frame.assign(shown_name=[_short(name) for name in shown])
        frame = frame[frame.intersects(view) & ~frame["id"].isin(taken)]
        taken |= set(frame["id"])
        name = atlas.say(zh, en)
        found.append(
            Styled(kind="points", layer=name, label=name, frame=frame, style=style, names="shown_name", always=True)
        )
    return found


def _short(name: str) -> str:
    """Return a name without what stands behind it in brackets, e.g. the township of a county seat.

    >>> _short("古蔺县城(彰德/金兰街道)"), _short("(a)")
    ('古蔺县城', '(a)')
    """
    return re.sub(r"(?<=\S)\s*[(（][^()（）]*[)）]$", "", name)


def _symbols(pen: Pen, parts: Sequence[Styled]) -> list[list[Box]]:
    """Draw the points, those at one place side by side; return the box of each."""
    size = pen.layout.size
    spots: dict[tuple[int, int], list[tuple[int, int]]] = {}
    places = [shapely.get_coordinates(part.frame.geometry.values) for part in parts]
    for number, xy in enumerate(places):
        for row, (x, y) in enumerate(xy):
            spots.setdefault((round(x / _SAME_PLACE_M), round(y / _SAME_PLACE_M)), []).append((number, row))
    boxes = [[Box(0, 0, 0, 0)] * len(xy) for xy in places]
    for members in spots.values():
        widths = [2 * reach_of(parts[number].style) * size for number, _ in members]
        x, y = pen.layout.place(*places[members[0][0]][members[0][1]])
        left = x - sum(widths) / 2
        for (number, row), width in zip(members, widths, strict=True):
            pen.symbol(left + width / 2, y, parts[number].style, order=7.0 - 0.01 * number)
            boxes[number][row] = Box(left, y - width / 2, width, width)
            left += width
    return boxes


def _names(
    pen: Pen,
    atlas: Atlas,
    focus: Focus,
    points: Sequence[Styled],
    boxes: Sequence[Sequence[Box]],
    *,
    towns: set[str],
    around: gpd.GeoDataFrame,
    taken: Sequence[Box],
) -> None:
    """Write the names: counties, seats, townships, what else the theme names; later ones where there is room."""
    layout, size = pen.layout, pen.layout.size
    inside = shapely.union_all(focus.counties.geometry.values)
    looks: list[tuple[float, str, bool]] = []
    labels: list[Label] = []

    def want(text: str, x: float, y: float, points_: float, gap: float, rank: int, colour: str, bold: bool) -> None:
        shown = shortened(text, points_ * size, _LONGEST_NAME * size, bold=bold)
        if not shown:
            return
        width, height = text_width(shown, points_ * size, bold=bold), 1.02 * points_ * size * _PT_MM
        labels.append(Label(text=shown, x=x, y=y, width=width, height=height, gap=gap, rank=rank))
        looks.append((points_, colour, bold))

    for name, shape in zip(focus.counties[atlas.name], focus.counties.geometry, strict=True):
        x, y = layout.place(*_middle(shape))
        want(str(name), x, y, _COUNTY_PT, 0.0, 3, "#20313f", True)
    done: set[tuple[str, int, int]] = set()
    seats = {"county_seat": _SEAT_PT}
    for part, own in zip(points, boxes, strict=True):
        if part.names is None:
            continue
        seat = part.label == atlas.say(*_SEATS[0][1:3])
        names = map(_short, part.frame[part.names].astype(str))
        for text, box, shape in zip(names, own, part.frame.geometry, strict=True):
            spot = (text, round(shape.x / 2000), round(shape.y / 2000))
            if not (part.always or text in towns) or spot in done:
                continue
            done.add(spot)
            home = bool(shapely.contains_xy(inside, shape.x, shape.y))
            rank = (1 if seat else 2 if text in towns else 5) + (0 if home else 4)
            points_ = seats["county_seat"] if seat else _TOWN_PT if text in towns else _OTHER_PT
            want(
                text,
                box.left + box.width / 2,
                box.bottom + box.height / 2,
                points_,
                box.width / 2,
                rank,
                INK if home else GREY,
                seat,
            )
    for name, shape in zip(around[atlas.name] if len(around) else [], around.geometry, strict=True):
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        if largest.area > (9.0 * layout.metres * size) ** 2:
            x, y = layout.place(*_middle(largest))
            want(str(name), x, y, _AROUND_PT, 0.0, 4, "#8a949b", False)
    symbols = [box for own in boxes for box in own]
    placed = place_labels(labels, inside=layout.map.grown(-0.8), symbols=symbols, taken=taken)
    for label, spot, (points_, colour, bold) in zip(labels, placed, looks, strict=True):
        if spot is not None:
            y = spot.bottom + spot.height / 2
            pen.text(spot.left, y, label.text, points_, colour=colour, bold=bold, halo=True, middle=True, order=8.2)


def _middle(shape: shapely.Geometry) -> tuple[float, float]:
    """Return the place of an area that is farthest from its edge."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=200.0)
    x, y = shapely.get_coordinates(circle)[0]
    return float(x), float(y)


def _legend(
    atlas: Atlas,
    theme: Theme,
    seen: Sequence[Sequence[Styled]],
    extra: Sequence[Styled],
    *,
    around: bool,
) -> list[Block]:
    """Return the blocks of the legend: classes, layers of the theme from the top down, the base."""
    blocks = [
        Block(
            title=_graded(atlas, layer.title, evidence_word(layer.evidence, atlas.lang)),
            rows=tuple(
                Row(
                    kind="classes",
                    style={"fill": hex_colour(layer.palette[code]), "fillOpacity": layer.opacity},
                    label=label,
                )
                for code, label in layer.labels.items()
            ),
        )
        for layer in theme.classes
    ]
    singles: list[Row] = []
    for layer in seen:
        rows = tuple(Row(kind=part.kind, style=part.style, label=part.label) for part in layer)
        if len(rows) == 1:
            name, label = layer[0].layer, rows[0].label
            label = label if name in label else f"{name} · {label}"
            singles.append(replace(rows[0], label=_graded(atlas, label, layer[0].evidence)))
        elif rows:
            blocks.append(Block(title=_graded(atlas, layer[0].layer, layer[0].evidence), rows=rows))
    base = [Row(kind="points", style=part.style, label=part.label) for part in extra]
    base.append(Row(kind="lines", style=_OUTLINE, label=atlas.say("县界", "County boundary")))
    if around:
        base.append(Row(kind="lines", style=_ELSEWHERE, label=atlas.say("相邻县区界", "Neighbouring boundaries")))
    if len(atlas.study.frontage):
        base.append(Row(kind="lines", style=_RIVER, label=atlas.river))
    if singles:
        blocks.append(Block(title="", rows=tuple(singles)))
    return [*blocks, Block(title="", rows=tuple(base))]


def _graded(atlas: Atlas, title: str, evidence: str) -> str:
    """Return a name of the legend with the evidence of what it names, unless it says so itself."""
    if not evidence or evidence.casefold() in title.casefold():
        return title
    return atlas.say(f"{title}（{evidence}）", f"{title} ({evidence})")
