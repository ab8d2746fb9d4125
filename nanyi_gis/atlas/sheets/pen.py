"""Drawing on a sheet in millimetres of paper: text, rules, symbols."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .paper import Box, Layout

INK = "#1d2b36"
GREY = "#6b7780"
_POINT = 25.4 / 72.0  # mm
PIXEL_MM = 0.2  # what a pixel of the page's styles is on A4
_CAP = 0.36  # of a text's size from its base line to its middle

_CORNERS = {  # of the symbols with straight edges, for a radius of 1
    "square": [(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
    "triangle": [(0.0, 1.15), (1.1, -0.8), (-1.1, -0.8)],
    "diamond": [(0.0, 1.2), (1.2, 0.0), (0.0, -1.2), (-1.2, 0.0)],
    "star": [
        ((0.58 if n % 2 else 1.35) * math.sin(math.pi * n / 5), (0.58 if n % 2 else 1.35) * math.cos(math.pi * n / 5))
        for n in range(10)
    ],
}


class Pen:
    """Draws on one sheet; every place and length is in mm of paper, sizes of text in points on A4.

    Attributes
    ----------
    layout : Layout
        The sheet.
    paper : matplotlib.axes.Axes
        All of it, in mm from its lower left corner.
    map : matplotlib.axes.Axes
        What lies inside the neat line, in metres of the working CRS.
    """

    def __init__(self, figure: Any, layout: Layout) -> None:
        page, frame = layout.page, layout.map
        self.layout = layout
        share = (
            frame.left / page.width,
            frame.bottom / page.height,
            frame.width / page.width,
            frame.height / page.height,
        )
        self.map = figure.add_axes(share, zorder=1)
        west, south, east, north = layout.ground
        self.map.set(xlim=(west, east), ylim=(south, north), autoscale_on=False)
        self.map.axis("off")
        self.paper = figure.add_axes((0, 0, 1, 1), zorder=2, facecolor="none")
        self.paper.set(xlim=(0, page.width), ylim=(0, page.height), autoscale_on=False)
        self.paper.axis("off")

    def points(self, millimetres: float) -> float:
        """Return a length on A4 as points on this paper, as widths of lines are given."""
        return millimetres / _POINT * self.layout.size

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        align: str = "left",
        colour: str = INK,
        bold: bool = False,
        halo: bool = False,
        middle: bool = False,
        turned: float = 0.0,
        order: float = 10.0,
    ) -> None:
        """Write a line of text with its base line, or its middle, at ``y``; signs of formulas mean themselves."""
        points = size * self.layout.size
        options: dict[str, Any] = {
            "fontsize": points,
            "ha": align,
            "va": "baseline",
            "fontweight": "bold" if bold else "normal",
            "parse_math": False,
            "zorder": order,
            "rotation": turned,
            "rotation_mode": "anchor",
        }
        if middle:
            drop = _CAP * points * _POINT
            x, y = (x + drop, y) if turned == 90.0 else (x, y - drop)
        if halo:
            from matplotlib.patheffects import Stroke

            wide = [Stroke(linewidth=0.28 * points, foreground="white", alpha=0.9)]
            self.paper.text(x, y, text, color="white", path_effects=wide, **{**options, "zorder": order - 0.5})
        self.paper.text(x, y, text, color=colour, **options)

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        width: float = 0.1,
        colour: str = INK,
        dash: Sequence[float] | None = None,
        order: float = 5.0,
    ) -> None:
        """Draw a line; widths and dashes in mm on A4."""
        style: Any = "-" if not dash else (0, [part / width for part in dash])
        options: dict[str, Any] = {
            "linewidth": self.points(width),
            "color": colour,
            "linestyle": style,
            "zorder": order,
        }
        self.paper.plot(xs, ys, solid_capstyle="butt", dash_capstyle="butt", solid_joinstyle="miter", **options)

    def box(
        self,
        box: Box,
        *,
        edge: str | None = INK,
        fill: str | None = None,
        alpha: float = 1.0,
        width: float = 0.1,
        dash: Sequence[float] | None = None,
        order: float = 4.0,
    ) -> None:
        """Draw a rectangle."""
        from matplotlib.colors import to_rgba
        from matplotlib.patches import Rectangle

        self.paper.add_patch(
            Rectangle(
                (box.left, box.bottom),
                box.width,
                box.height,
                facecolor="none" if fill is None else to_rgba(fill, alpha),
                edgecolor="none" if edge is None else edge,
                linewidth=0.0 if edge is None else self.points(width),
                linestyle="-" if not dash or edge is None else (0, [part / width for part in dash]),
                joinstyle="miter",
                zorder=order,
            )
        )

    def symbol(
        self, x: float, y: float, style: Mapping[str, Any], *, order: float = 7.0, inside: Box | None = None
    ) -> None:
        """Draw the symbol of a point as the pages draw it, no more of it than lies in a box."""
        from matplotlib.patches import Circle, Polygon, Rectangle

        radius = reach_of(style) * self.layout.size
        look: dict[str, Any] = {
            "facecolor": style["fill"],
            "edgecolor": style.get("color") or "white",
            "linewidth": self.points(0.12),
            "zorder": order,
        }
        corners = _CORNERS.get(str(style.get("shape")))
        if corners is None:
            drawn = self.paper.add_patch(Circle((x, y), radius, **look))
        else:
            drawn = self.paper.add_patch(Polygon([(x + radius * dx, y + radius * dy) for dx, dy in corners], **look))
        if inside is not None and not inside.holds(Box(x - radius, y - radius, 2 * radius, 2 * radius).grown(0.5)):
            edge = Rectangle((inside.left, inside.bottom), inside.width, inside.height, transform=self.paper.transData)
            drawn.set_clip_path(edge)

    def polygon(self, corners: Sequence[tuple[float, float]], *, fill: str, order: float) -> None:
        """Draw an area with straight edges."""
        from matplotlib.patches import Polygon

        self.paper.add_patch(Polygon(corners, facecolor=fill, edgecolor=INK, linewidth=self.points(0.1), zorder=order))


def reach_of(style: Mapping[str, Any]) -> float:
    """Return the radius of a symbol in mm on A4."""
    return float(style["radius"]) * PIXEL_MM * 0.95


def dash_of(text: object) -> list[float] | None:
    """Return a pattern of the pages, in pixels, in mm on A4; ``None`` for a line without gaps.

    >>> dash_of("10 5"), dash_of(None)
    ([2.0, 1.0], None)
    """
    return [float(part) * PIXEL_MM for part in str(text).replace(",", " ").split()] if text else None
