"""The map of a sheet: relief, classes, boundaries, the theme's features, names; and what its legend must say."""

from collections.abc import Sequence
from dataclasses import replace

import shapely

from ...colours import hex_colour
from ...webmap import evidence_word
from .. import mask
from ..context import Atlas
from .boundaries import draw_boundaries
from .content import Focus, Styled, Theme
from .ground import class_image, relief_image
from .legend import Block, Row
from .names import draw_names, draw_points, seats_in, short_name
from .paper import Box
from .pen import Pen
from .shapes import draw_areas, draw_lines

_OUTSIDE = {"fill": mask.COLOUR, "fillOpacity": 0.62, "weight": 0}


def draw_map(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus, *, taken: Sequence[Box]) -> list[Block]:
    """Draw the map inside the neat line; return the blocks of the legend, complete for what is seen."""
    layout = pen.layout
    view = shapely.box(*layout.ground)
    outline = shapely.union_all(focus.counties.geometry.values)
    _ground(pen, atlas, theme, focus)
    draw_areas(pen, [shapely.difference(view, outline)], _OUTSIDE, order=1.5)
    seen = [tuple(filter(None, (_seen(part, view) for part in layer))) for layer in theme.layers]
    for number, layer in enumerate(seen):
        draw = {"polygons": draw_areas, "lines": draw_lines}
        for part in (part for part in layer if part.kind in draw):
            shapes = part.frame.geometry.values
            draw[part.kind](pen, shapes, part.style, order=2.0 + 0.5 * number / len(seen))
    around, base = draw_boundaries(pen, atlas, focus, view)
    points = [part for layer in seen for part in layer if part.kind == "points"]
    seats = seats_in(atlas, view)
    known = {short_name(name) for part in points if part.names for name in part.frame[part.names].astype(str)}
    extra = [replace(part, frame=part.frame[~part.frame[str(part.names)].isin(known)]) for part in seats]
    extra = [part for part in extra if len(part.frame)]
    towns = {name for part in seats for name in part.frame[str(part.names)].astype(str)}
    boxes = draw_points(pen, [*points, *extra])
    draw_names(pen, atlas, focus, [*points, *extra], boxes, towns=towns, around=around, taken=taken)
    return _legend(atlas, theme, seen, extra, base)


def _ground(pen: Pen, atlas: Atlas, theme: Theme, focus: Focus) -> None:
    west, south, east, north = pen.layout.ground
    extent = (west, east, south, north)
    pen.map.imshow(relief_image(atlas, pen.layout), extent=extent, interpolation="none", aspect="auto", zorder=0.5)
    for layer in theme.classes:
        image = class_image(layer, atlas.zones, focus.numbers, pen.layout)
        pen.map.imshow(image, extent=extent, interpolation="none", aspect="auto", zorder=1.0)
    pen.map.set(xlim=(west, east), ylim=(south, north))


def _seen(part: Styled, view: shapely.Geometry) -> Styled | None:
    """Return the features inside the neat line, ``None`` if there are none."""
    frame = part.frame[part.frame.intersects(view)]
    return None if frame.empty else replace(part, frame=frame)


def _legend(
    atlas: Atlas,
    theme: Theme,
    seen: Sequence[Sequence[Styled]],
    extra: Sequence[Styled],
    base: Sequence[Row],
) -> list[Block]:
    """Return the blocks of the legend: classes, layers of the theme, the base."""
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
    if singles:
        blocks.append(Block(title="", rows=tuple(singles)))
    seats = [Row(kind="points", style=part.style, label=part.label) for part in extra]
    return [*blocks, Block(title="", rows=(*seats, *base))]


def _graded(atlas: Atlas, title: str, evidence: str) -> str:
    """Return a name of the legend with the evidence of what it names, unless it says so itself."""
    if not evidence or evidence.casefold() in title.casefold():
        return title
    return atlas.say(f"{title}（{evidence}）", f"{title} ({evidence})")
