"""The legend: what each colour, line and symbol on the map means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .fonts import wrapped
from .paper import Box
from .pen import INK, PIXEL_MM, Pen, dash_of

TITLE_PT = 8.5
_HEAD_PT, _ROW_PT = 6.6, 6.2
_ROW, _LINE = 3.9, 2.7  # mm on A4 from row to row, and from line to line within one
_HEAD = 4.0
_SWATCH = 7.0
_COLUMN_GAP = 3.0
_BETWEEN = 0.9


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row: ``classes``, ``points``, ``lines`` or ``polygons``, how it is drawn, what it means."""

    kind: str
    style: Mapping[str, Any]
    label: str


@dataclass(frozen=True, kw_only=True)
class Block:
    """Rows under a heading, empty where the row says it all."""

    title: str
    rows: tuple[Row, ...]


def draw_legend(pen: Pen, box: Box, blocks: Sequence[Block], *, title: str) -> float:
    """Draw the legend into a box from its top; return how far down it reaches, in mm.

    Where one column is too long for the box there are two, and then smaller rows.
    """
    size = pen.layout.size
    pen.text(box.left, box.top - 4.0 * size, title, TITLE_PT, bold=True)
    top = box.top - 6.4 * size
    tight = 1.0
    columns = 1
    while columns * (top - box.bottom) < _length(blocks, box, columns, tight * size):
        if columns == 1:
            columns = 2
        elif tight > 0.62:
            tight -= 0.06
        else:
            break
    width = (box.width - (columns - 1) * _COLUMN_GAP * size) / columns
    left, y, lowest = box.left, top, top
    share = _length(blocks, box, columns, tight * size) / columns
    for block in blocks:
        needed = _height(block, width, tight * size)
        if lowest - needed < box.bottom - _ROW * size and tight <= 0.62:  # more than any sheet holds
            pen.text(left, y - 2.0 * size, "…", _ROW_PT)
            break
        if columns == 2 and left == box.left and y < top and top - y + needed / 2 > share:
            left, y = box.left + width + _COLUMN_GAP * size, top
        y = _draw_block(pen, block, left, y, width, tight)
        lowest = min(lowest, y)
    return lowest


def _length(blocks: Sequence[Block], box: Box, columns: int, size: float) -> float:
    width = (box.width - (columns - 1) * _COLUMN_GAP * size) / columns
    heights = [_height(block, width, size) for block in blocks]
    return sum(heights) + (max(heights, default=0.0) / 2 if columns > 1 else 0.0)


def _height(block: Block, width: float, size: float) -> float:
    rows = sum(_row_height(row.label, width, size) for row in block.rows)
    return (
        rows
        + _BETWEEN * size
        + (_HEAD * size + _LINE * size * (len(_head(block, width, size)) - 1) if block.title else 0)
    )


def _head(block: Block, width: float, size: float) -> list[str]:
    return wrapped(block.title, _HEAD_PT * size, width, bold=True)


def _row_height(label: str, width: float, size: float) -> float:
    lines = wrapped(label, _ROW_PT * size, width - _SWATCH * size)
    return (_ROW + (len(lines) - 1) * _LINE) * size


def _draw_block(pen: Pen, block: Block, left: float, top: float, width: float, tight: float) -> float:
    size = pen.layout.size * tight
    y = top
    if block.title:
        for number, line in enumerate(_head(block, width, size)):
            pen.text(left, y - (3.0 + number * _LINE) * size, line, _HEAD_PT * tight, bold=True)
        y -= _HEAD * size + _LINE * size * (len(_head(block, width, size)) - 1)
    for row in block.rows:
        middle = y - _ROW * size / 2
        draw_key(pen, row, Box(left, middle - 1.3 * size, (_SWATCH - 1.6) * size, 2.6 * size))
        for number, line in enumerate(wrapped(row.label, _ROW_PT * size, width - _SWATCH * size)):
            pen.text(left + _SWATCH * size, middle - number * _LINE * size, line, _ROW_PT * tight, middle=True)
        y -= _row_height(row.label, width, size)
    return y - _BETWEEN * size


def draw_key(pen: Pen, row: Row, box: Box) -> None:
    """Draw the sample of a row."""
    style, middle = row.style, box.bottom + box.height / 2
    if row.kind == "points":
        most = 0.5 * box.height / (PIXEL_MM * pen.layout.size)
        pen.symbol(box.left + box.width / 2, middle, {**style, "radius": min(float(style["radius"]), most)})
    elif row.kind == "lines":
        ends = [box.left, box.right], [middle, middle]
        if style.get("casing"):
            pen.line(*ends, width=(float(style["weight"]) + 2) * PIXEL_MM, colour=str(style["casing"]), order=6)
        pen.line(
            *ends, width=float(style["weight"]) * PIXEL_MM, colour=str(style["color"]), dash=dash_of(style.get("dash")),
            order=7,
        )  # fmt: skip
    else:
        opacity = style.get("fillOpacity")
        pen.box(
            box,
            fill=style.get("fill"),
            alpha=1.0 if opacity is None else float(opacity),
            edge=style.get("color") if float(style.get("weight", 0)) > 0 else INK if row.kind == "classes" else None,
            width=max(0.08, float(style.get("weight", 0.4)) * PIXEL_MM),
            dash=dash_of(style.get("dash")),
            order=6,
        )
