"""Points and names on the map: which places are named, how large, and in which order they get their room."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import shapely

from ... import plan as plan_room
from ..context import Atlas
from .content import Focus, Styled
from .fonts import shortened, text_width
from .labels import Label, place_labels
from .paper import Box
from .pen import GREY, INK, Pen, reach_of

_SEATS: tuple[tuple[str, str, str, Mapping[str, Any]], ...] = (
    ("county_seat", "县城", "County seats", {"fill": "#20313f", "shape": "square", "radius": 5.5}),
    ("township", "乡镇驻地", "Township seats", {"fill": "#55626b", "shape": "circle", "radius": 3.2}),
)
_COUNTY_PT, _SEAT_PT, _TOWN_PT, _OTHER_PT, _AROUND_PT = 13.0, 7.2, 5.6, 5.2, 8.0
_COUNTY_COLOUR, _AROUND_COLOUR = "#20313f", "#8a949b"
_LONGEST = 34.0  # mm of a name on A4
_SAME_PLACE_M = 150.0
_SAME_NAME_M = 2000.0  # two places of one name nearer than this are one
_PT_MM = 25.4 / 72.0


def seats_in(atlas: Atlas, view: shapely.Geometry) -> list[Styled]:
    """Return county and township seats inside the neat line, each place once."""
    found = []
    taken: set[str] = set()
    for kind, zh, en, style in _SEATS:
        frame = plan_room.of_kind(atlas.located, kind)
        if frame.empty:
            continue
        shown = frame[atlas.name].where(frame[atlas.name] != "", frame["name_zh"]).astype(str)
        frame = frame.assign(shown_name=[short_name(name) for name in shown])
        frame = frame[frame.intersects(view) & ~frame["id"].isin(taken)]
        taken |= set(frame["id"])
        name = atlas.say(zh, en)
        found.append(
            Styled(kind="points", layer=name, label=name, frame=frame, style=style, names="shown_name", always=True)
        )
    return found


def short_name(name: str) -> str:
    """Return a name without what stands behind it in brackets, e.g. the township of a county seat.

    >>> short_name("古蔺县城(彰德/金兰街道)"), short_name("(a)")
    ('古蔺县城', '(a)')
    """
    return re.sub(r"(?<=\S)\s*[(（][^()（）]*[)）]$", "", name)


def draw_points(pen: Pen, parts: Sequence[Styled]) -> list[list[Box]]:
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
            pen.symbol(left + width / 2, y, parts[number].style, order=7.0 - 0.01 * number, inside=pen.layout.map)
            boxes[number][row] = Box(left, y - width / 2, width, width)
            left += width
    return boxes


@dataclass
class _Wanted:
    """Names that want a place, with how each is written."""

    size: float
    labels: list[Label] = field(default_factory=list)
    looks: list[tuple[float, str, bool]] = field(default_factory=list)

    def add(
        self, text: str, at: tuple[float, float], points: float, *, rank: int, colour: str, gap: float = 0.0,
        bold: bool = False,
    ) -> None:  # fmt: skip
        """Add a name of so many points beside a symbol of half width ``gap``, or over its place."""
        shown = shortened(text, points * self.size, _LONGEST * self.size, bold=bold)
        if shown:
            width, height = text_width(shown, points * self.size, bold=bold), 1.02 * points * self.size * _PT_MM
            self.labels.append(Label(text=shown, x=at[0], y=at[1], width=width, height=height, gap=gap, rank=rank))
            self.looks.append((points, colour, bold))


def draw_names(
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
    """Write the names: seats, townships, counties, what else the theme names; later ones where there is room.

    ``boxes`` are those of the symbols of ``points``; ``towns`` are names that are written in any theme.
    """
    layout = pen.layout
    wanted = _Wanted(layout.size)
    for name, shape in zip(focus.counties[atlas.name], focus.counties.geometry, strict=True):
        at = layout.place(*_middle(shape))
        wanted.add(str(name), at, _COUNTY_PT, rank=3, colour=_COUNTY_COLOUR, bold=True)
    _want_places(wanted, atlas, focus, points, boxes, towns)
    for name, shape in zip(around[atlas.name] if len(around) else [], around.geometry, strict=True):
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        if largest.area > (9.0 * layout.metres * layout.size) ** 2:
            wanted.add(str(name), layout.place(*_middle(largest)), _AROUND_PT, rank=4, colour=_AROUND_COLOUR)
    symbols = [box for own in boxes for box in own]
    placed = place_labels(wanted.labels, inside=layout.map.grown(-0.8), symbols=symbols, taken=taken)
    for label, there, (size, colour, bold) in zip(wanted.labels, placed, wanted.looks, strict=True):
        if there is not None:
            y = there.bottom + there.height / 2
            pen.text(there.left, y, label.text, size, colour=colour, bold=bold, halo=True, middle=True, order=8.2)


def _want_places(
    wanted: _Wanted,
    atlas: Atlas,
    focus: Focus,
    points: Sequence[Styled],
    boxes: Sequence[Sequence[Box]],
    towns: set[str],
) -> None:
    """Add the names of points, each once at a place: those of towns, and those that stay on the theme's page."""
    inside = shapely.union_all(focus.counties.geometry.values)
    done: set[tuple[str, int, int]] = set()
    for part, own in zip(points, boxes, strict=True):
        if part.names is None:
            continue
        seat = part.label == atlas.say(*_SEATS[0][1:3])
        names = map(short_name, part.frame[part.names].astype(str))
        for text, box, shape in zip(names, own, part.frame.geometry, strict=True):
            spot = (text, round(shape.x / _SAME_NAME_M), round(shape.y / _SAME_NAME_M))
            town = text in towns
            if not (part.always or town) or spot in done:
                continue
            done.add(spot)
            home = bool(shapely.contains_xy(inside, shape.x, shape.y))
            wanted.add(
                text,
                (box.left + box.width / 2, box.bottom + box.height / 2),
                _SEAT_PT if seat else _TOWN_PT if town else _OTHER_PT,
                gap=box.width / 2,
                rank=(1 if seat else 2 if town else 5) + (0 if home else 4),
                colour=INK if home else GREY,
                bold=seat,
            )


def _middle(shape: shapely.Geometry) -> tuple[float, float]:
    """Return the place of an area that is farthest from its edge."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=200.0)
    x, y = shapely.get_coordinates(circle)[0]
    return float(x), float(y)
