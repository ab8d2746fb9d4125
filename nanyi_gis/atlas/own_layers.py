"""Layers of the user's own: drawn in colours apart from ours and from each other, found by their names."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd

from ..io import name_column
from ..webmap import Page
from .context import Atlas

OWN_COLOURS = ("#FF3399", "#660066", "#00FF00", "#669900", "#FF99FF")
"""Colours of the layers in their order, apart for all eyes; further ones begin again, with another dash and symbol."""
_SHAPES = ("square", "diamond", "triangle", "circle")
_DASHES = (None, "7 4", "2 4", "10 3 2 3")
_MOST_COLUMNS = 8


def add_own_layers(page: Page, atlas: Atlas) -> None:
    """Add every layer that the user gave."""
    for number, (name, frame) in enumerate(atlas.extra.items()):
        add_own(page, atlas, name, frame, number=number)


def add_own(page: Page, atlas: Atlas, name: str, frame: gpd.GeoDataFrame, *, number: int) -> None:
    """Add a layer of the user's, whatever its geometry, in the colour of its number.

    Its popups have its first columns and say how many more there are; its features are found by the column that
    holds their names.
    """
    group = atlas.say("自有图层", "Own layers")
    columns = [column for column in frame.columns if column != frame.geometry.name]
    label = name_column(frame)
    shown = [column for column in columns if column != label][: _MOST_COLUMNS - (label is not None)]
    if label is not None:
        shown = [label, *shown]
    popup = [(column, str(column)) for column in shown]
    left = len(columns) - len(shown)
    if left:
        rest = "more"
        while rest in columns:
            rest += "_"
        frame = frame.assign(**{rest: atlas.say(f"另有 {left} 列未列出", f"{left} more columns are not shown")})
        popup.append((rest, atlas.say("其余", "Others")))
    colour = OWN_COLOURS[number % len(OWN_COLOURS)]
    turn = number // len(OWN_COLOURS)
    parts = frame.explode(ignore_index=True)  # a collection may mix points, lines and polygons
    looks: tuple[tuple[tuple[str, ...], Any, dict[str, Any]], ...] = (
        (
            ("Polygon", "MultiPolygon"),
            page.add_polygons,
            {"color": colour, "fill": colour, "fill_opacity": 0.15, "weight": 2, "dash": _DASHES[turn % 4]},
        ),
        (
            ("LineString", "MultiLineString"),
            page.add_lines,
            {"color": colour, "weight": 2.5, "dash": _DASHES[turn % 4], "casing": "#ffffff"},
        ),
        (("Point", "MultiPoint"), page.add_points, {"color": colour, "shape": _SHAPES[turn % 4], "radius": 6}),
    )
    for types, add, look in looks:
        chosen = parts[parts.geom_type.isin(types)].explode(ignore_index=True)
        if not chosen.empty:
            _adder(add)(
                name,
                chosen,
                popup=popup,
                group=group,
                label=label,
                key=f"own{number + 1}_{add.__name__.removeprefix('add_')}",
                **look,
            )


def _adder(method: Any) -> Callable[..., None]:
    adder: Callable[..., None] = method
    return adder
