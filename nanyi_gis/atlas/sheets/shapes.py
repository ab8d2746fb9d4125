"""Areas and lines on the map, in the styles of the pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from .pen import PIXEL_MM, Pen, dash_of


def draw_areas(pen: Pen, shapes: Sequence[shapely.Geometry], style: Mapping[str, Any], *, order: float) -> None:
    """Draw polygons on the map in one style of the pages."""
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


def draw_lines(pen: Pen, shapes: Sequence[shapely.Geometry], style: Mapping[str, Any], *, order: float) -> None:
    """Draw lines on the map in one style of the pages, their casing underneath."""
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
