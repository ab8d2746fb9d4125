"""The frame of the map: kilometre grid with its figures, degrees, neat line, north, scale bar."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import CRS

from ..._transformers import crs_to_crs
from .fonts import text_width
from .paper import Box, Layout
from .pen import GREY, INK, Pen

_GRID = "#5d7a91"
_FIGURE_PT, _DEGREE_PT = 5.4, 4.6
_STEPS_M = tuple(unit * 10.0**power for power in range(1, 7) for unit in (1.0, 2.0, 5.0))
_MINUTES = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600)


def grid_step(layout: Layout) -> float:
    """Return the distance between grid lines in metres: a round one, at least 25 mm on the paper."""
    return next((step for step in _STEPS_M if step / layout.metres >= 25.0), _STEPS_M[-1])


def grid_lines(layout: Layout) -> tuple[list[float], list[float]]:
    """Return the eastings and northings, whole multiples of the step, that cross the map.

    >>> from .paper import layout_of
    >>> grid_lines(layout_of("a4", (500_000, 3_000_000, 616_000, 3_095_000)))[0]
    [500000.0, 520000.0, 540000.0, 560000.0, 580000.0, 600000.0]
    """
    step = grid_step(layout)
    west, south, east, north = layout.ground
    return _multiples(west, east, step), _multiples(south, north, step)


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw_frame(pen: Pen, crs: str) -> None:
    """Draw the kilometre grid, its figures, degrees and the two lines around the map."""
    layout = pen.layout
    frame, band = layout.map, layout.band
    eastings, northings = grid_lines(layout)
    for x in (layout.place(value, layout.ground[1])[0] for value in eastings):
        pen.line([x, x], [frame.bottom, frame.top], width=0.07, colour=_GRID, order=3)
    for y in (layout.place(layout.ground[0], value)[1] for value in northings):
        pen.line([frame.left, frame.right], [y, y], width=0.07, colour=_GRID, order=3)
    pen.box(frame, width=0.2, order=9)
    pen.box(frame.grown(band), width=0.5, order=9)
    taken = _figures(pen, eastings, northings)
    _degrees(pen, crs, taken)


def _figures(pen: Pen, eastings: Sequence[float], northings: Sequence[float]) -> list[Box]:
    """Write the kilometres on all four sides; return where they stand."""
    layout = pen.layout
    frame, size = layout.map, layout.size
    middle = layout.band / 2
    taken = []
    unit = " km"
    for value in eastings:
        x = layout.place(value, layout.ground[1])[0]
        text = f"{value / 1000:g}{unit}"
        half = text_width(text, _FIGURE_PT * size) / 2
        if not frame.left + half < x < frame.right - half:
            continue
        unit = ""
        for y in (frame.bottom - middle, frame.top + middle):
            pen.text(x, y, text, _FIGURE_PT, align="center", middle=True)
            taken.append(Box(x - half, y - 1.0, 2 * half, 2.0).grown(0.8))
    unit = " km"
    for value in northings:
        y = layout.place(layout.ground[0], value)[1]
        text = f"{value / 1000:g}{unit}"
        half = text_width(text, _FIGURE_PT * size) / 2
        if not frame.bottom + half < y < frame.top - half:
            continue
        unit = ""
        for x in (frame.left - middle, frame.right + middle):
            pen.text(x, y, text, _FIGURE_PT, align="center", middle=True, turned=90.0)
            taken.append(Box(x - 1.0, y - half, 2.0, 2 * half).grown(0.8))
    return taken


def _degrees(pen: Pen, crs: str, taken: Sequence[Box]) -> None:
    """Mark whole minutes of longitude and latitude at the neat line, with figures where there is room."""
    layout = pen.layout
    frame, band, size = layout.map, layout.band, layout.size
    west, south, east, north = layout.ground
    along = np.linspace(0.0, 1.0, 201)
    to_degrees = crs_to_crs(crs, "EPSG:4326")
    step = _minute_step(to_degrees.transform(west, south), to_degrees.transform(east, south))
    for y, at, out in ((south, frame.bottom, -1.0), (north, frame.top, 1.0)):
        lon = np.asarray(to_degrees.transform(west + along * (east - west), np.full(201, y))[0])
        for minutes in _whole(lon[0], lon[-1], step):
            x = frame.left + frame.width * float(np.interp(minutes / 60.0, lon, along))
            pen.line([x, x], [at, at + out * 1.2 * size], width=0.15, order=9)
            half = text_width(_degree_text(minutes), _DEGREE_PT * size) / 2
            spot = Box(x - half, at + out * band / 2 - 1.0, 2 * half, 2.0)
            if frame.left < spot.left and spot.right < frame.right and not _covered(spot, taken):
                _degree(pen, x, at + out * band * 0.6, minutes)
    for x, at, out in ((west, frame.left, -1.0), (east, frame.right, 1.0)):
        lat = np.asarray(to_degrees.transform(np.full(201, x), south + along * (north - south))[1])
        for minutes in _whole(lat[0], lat[-1], step):
            y = frame.bottom + frame.height * float(np.interp(minutes / 60.0, lat, along))
            pen.line([at, at + out * 1.2 * size], [y, y], width=0.15, order=9)
            half = text_width(_degree_text(minutes), _DEGREE_PT * size) / 2
            spot = Box(at + out * band / 2 - 1.0, y - half, 2.0, 2 * half)
            if frame.bottom < spot.bottom and spot.top < frame.top and not _covered(spot, taken):
                _degree(pen, at + out * band * 0.6, y, minutes, turned=90.0)


def _degree(pen: Pen, x: float, y: float, minutes: int, *, turned: float = 0.0) -> None:
    pen.text(x, y, _degree_text(minutes), _DEGREE_PT, align="center", middle=True, turned=turned, colour=GREY)


def _minute_step(start: tuple[float, float], end: tuple[float, float]) -> int:
    wide = abs(end[0] - start[0]) * 60.0
    return next((step for step in _MINUTES if wide / step <= 9), 600)


def _whole(low: float, high: float, step: int) -> list[int]:
    """Return whole minutes of arc, multiples of the step, between two angles in degrees.

    >>> _whole(105.05, 105.75, 10)
    [6310, 6320, 6330, 6340]
    """
    return [step * n for n in range(math.ceil(low * 60 / step), math.floor(high * 60 / step) + 1)]


def _degree_text(minutes: int) -> str:
    """Return an angle in words.

    >>> _degree_text(6310)
    '105°10′'
    """
    return f"{minutes // 60}°{minutes % 60:02d}′"


def _covered(box: Box, others: Sequence[Box]) -> bool:
    return any(
        box.left < other.right and box.right > other.left and box.bottom < other.top and box.top > other.bottom
        for other in others
    )


def north_box(layout: Layout, area: shapely.Geometry) -> Box:
    """Return where the north arrow stands: in the corner of the map where it hides least of the counties."""
    wide, high = 8.0 * layout.size, 15.0 * layout.size
    frame = layout.map.grown(-2.5 * layout.size)
    corners = [
        Box(left, bottom, wide, high)
        for bottom in (frame.top - high, frame.bottom)
        for left in (frame.right - wide, frame.left)
    ]

    def hidden(box: Box) -> float:
        metres, (west, south) = layout.metres, layout.ground[:2]
        x, y = west + (box.left - layout.map.left) * metres, south + (box.bottom - layout.map.bottom) * metres
        return float(area.intersection(shapely.box(x, y, x + box.width * metres, y + box.height * metres)).area)

    return min(corners, key=hidden)


def draw_north(pen: Pen, box: Box, *, word: str, note: str) -> None:
    """Draw the arrow of grid north."""
    size = pen.layout.size
    x, foot, tip = box.left + box.width / 2, box.bottom + 2.8 * size, box.top - 3.2 * size
    half, notch = 2.2 * size, box.bottom + 4.6 * size
    pen.box(box.grown(0.4 * size), fill="white", alpha=0.72, edge=None, order=8.4)
    pen.polygon([(x, tip), (x - half, foot), (x, notch)], fill=INK, order=8.6)
    pen.polygon([(x, tip), (x + half, foot), (x, notch)], fill="white", order=8.6)
    pen.text(x, box.top - 2.4 * size, word, 7.5, align="center", bold=True)
    pen.text(x, box.bottom + 0.5 * size, note, 4.6, align="center", colour=GREY)


def bar_lengths(layout: Layout, room: float) -> list[float]:
    """Return the figures of the scale bar in km: round parts that fill at most ``room`` mm.

    >>> from .paper import layout_of
    >>> bar_lengths(layout_of("a4", (500_000, 3_000_000, 616_000, 3_095_000)), 60.0)
    [0.0, 10.0, 20.0, 30.0]
    """
    longest = room * layout.metres / 1000.0
    part = max(
        unit * 10.0**power for power in range(-3, 4) for unit in (1.0, 2.0, 5.0) if 3 * unit * 10.0**power <= longest
    )
    count = 4 if 4 * part <= longest else 3
    return [part * n for n in range(count + 1)]


def draw_scale(pen: Pen, box: Box, *, word: str) -> float:
    """Draw the scale as a number and as a bar at the left of a box; return where it ends."""
    layout, size = pen.layout, pen.layout.size
    middle = box.bottom + box.height / 2
    number = f"1:{layout.scale:,}".replace(",", " ")
    pen.text(box.left, middle + 0.4 * size, word, 5.6, colour=GREY)
    pen.text(box.left, middle - 3.0 * size, number, 8.5, bold=True)
    left = box.left + max(text_width(number, 8.5 * size, bold=True), 12.0 * size) + 6.0 * size
    km = bar_lengths(layout, 62.0 * size)
    bottom, high = middle - 2.4 * size, 1.3 * size
    for part, (start, end) in enumerate(itertools.pairwise(km)):
        x0, x1 = (left + value * 1000.0 / layout.metres for value in (start, end))
        pen.box(Box(x0, bottom, x1 - x0, high), fill=INK if part % 2 == 0 else "white", width=0.12, order=6)
    for value in km:
        text = f"{value:g}" + (" km" if value == km[-1] else "")
        x = left + value * 1000.0 / layout.metres
        pen.text(x, bottom + high + 0.9 * size, text, 5.4, align="left" if value == km[-1] else "center")
    return left + km[-1] * 1000.0 / layout.metres + 8.0 * size


def system_text(crs: str, *, lang: str) -> str:
    """Return the reference system in words."""
    known = CRS.from_user_input(crs)
    code = f"EPSG:{known.to_epsg()}" if known.to_epsg() else crs
    if known.name.startswith("CGCS2000 / 3-degree Gauss-Kruger CM "):
        meridian = known.name.rpartition(" ")[2].rstrip("E")
        if lang == "zh":
            return f"CGCS2000 3 度带高斯-克吕格投影，中央经线 {meridian}°E（{code}）"
        return f"CGCS2000 3° Gauss-Kruger, CM {meridian}°E ({code})"
    return f"{known.name} ({code})"
