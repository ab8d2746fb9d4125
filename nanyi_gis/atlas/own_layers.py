"""Layers of the user's own: drawn in colours apart from ours and from each other, found by their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from ..io import name_column
from ..webmap import Page, shortened
from .context import Atlas

OWN_COLOURS = ("#FF3399", "#660066", "#00FF00", "#669900", "#FF99FF")
"""Colours of the layers in their order, apart for all eyes; further ones begin again, with another dash and symbol."""
_SHAPES = ("square", "diamond", "triangle", "circle")
_DASHES = ("", "7 4", "2 4", "10 3 2 3")
_MOST_COLUMNS = 8
_LOST: dict[str, tuple[str, str]] = {
    "no geometry": ("没有几何", "no geometry"),
    "empty geometry": ("几何为空", "empty geometry"),
    "outside its CRS": ("坐标不在地球上或不属其坐标系", "coordinates off the earth or outside their CRS"),
    "coordinates not finite": ("坐标不是有限数", "coordinates that are not finite"),
}


@dataclass(frozen=True, kw_only=True)
class OwnLook:
    """How a layer of the user's is drawn: its colour, the dash of its lines and outlines, the symbol of its points."""

    colour: str
    dash: str
    shape: str

    @classmethod
    def of(cls, number: int) -> "OwnLook":
        """Return the look of the layer of that number, from 0 on.

        >>> OwnLook.of(0), OwnLook.of(6).dash
        (OwnLook(colour='#FF3399', dash='', shape='square'), '7 4')
        """
        turn = number // len(OWN_COLOURS) % len(_SHAPES)
        return cls(colour=OWN_COLOURS[number % len(OWN_COLOURS)], dash=_DASHES[turn], shape=_SHAPES[turn])


def add_own_layers(page: Page, atlas: Atlas) -> None:
    """Add every layer that the user gave."""
    for number, (name, frame) in enumerate(atlas.extra.items()):
        add_own(page, atlas, name, frame, number=number)
    if lines := own_notes(atlas):
        page.add_text(atlas.say("自有图层未全部画出", "Own layers drawn in part"), lines)


def own_notes(atlas: Atlas) -> list[str]:
    """Return a sentence for each of the user's layers of which only a part is drawn and written, and why."""
    told = []
    for name, frame in atlas.extra.items():
        if "of" in frame.attrs:
            count, kept = f"{frame.attrs['of']:,}", f"{len(frame):,}"
            zh = f"图层 {shortened(name, 80)} 有 {count} 个要素，太多：图上和数据文件中均匀取 {kept} 个；全部见原文件。"
            en = (
                f"Layer {shortened(name, 80)} has {count} features, too many: maps and data files have {kept} of them, "
            )
            told.append(atlas.say(zh, en + "evenly over the file; the file given has all."))
        for reason, lost in frame.attrs.get("left_out", {}).items():
            if lost:
                words = _LOST.get(reason, (reason, reason))
                zh = f"图层 {shortened(name, 80)} 有 {lost:,} 个要素未画：{words[0]}。"
                told.append(atlas.say(zh, f"Layer {shortened(name, 80)}: {lost:,} features are left out: {words[1]}."))
    return told


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
    own = OwnLook.of(number)
    colour, dash = own.colour, own.dash or None
    parts = frame.explode(ignore_index=True)  # a collection may mix points, lines and polygons
    looks: tuple[tuple[tuple[str, ...], Any, dict[str, Any]], ...] = (
        (
            ("Polygon", "MultiPolygon"),
            page.add_polygons,
            {"color": colour, "fill": colour, "fill_opacity": 0.15, "weight": 2, "dash": dash},
        ),
        (
            ("LineString", "MultiLineString"),
            page.add_lines,
            {"color": colour, "weight": 2.5, "dash": dash, "casing": "#ffffff"},
        ),
        (("Point", "MultiPoint"), page.add_points, {"color": colour, "shape": own.shape, "radius": 6}),
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
