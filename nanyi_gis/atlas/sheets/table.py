"""The main table of a theme on its sheet: three rules, numbers to the right, long texts in several lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ...webmap import PanelTable, value_text
from .fonts import text_width, wrapped
from .paper import Box
from .pen import GREY, Pen

_TITLE_PT, _CELL_PT, _NOTE_PT = 7.2, 5.6, 4.8
_LINE, _PAD = 2.5, 0.55  # mm on A4 from line to line, and above and below the lines of a row
_GUTTER = 1.6  # between columns
_BETWEEN = 1.6
_MOST_ROWS = 60


@dataclass(frozen=True)
class Cells:
    """A table as text: headings, rows, which columns are numbers."""

    heads: list[str]
    rows: list[list[str]]
    numbers: list[bool]


def cells_of(table: PanelTable, *, lang: str) -> Cells:
    """Return a table as its page shows it.

    >>> cells = cells_of(PanelTable(title="t", frame=pd.DataFrame({"a": [1.25]}), digits={"a": 1}), lang="en")
    >>> cells.heads, cells.rows, cells.numbers
    (['a'], [['1.2']], [True])
    """
    frame = table.frame
    shown = dict(table.columns or {str(column): str(column) for column in frame.columns})
    numbers = [bool(pd.api.types.is_numeric_dtype(frame[column].dtype)) for column in shown]
    columns = [
        list(table.texts[column])
        if column in table.texts
        else [value_text(value, lang=lang, digits=table.digits.get(column)) for value in frame[column]]
        for column in shown
    ]
    rows = [[text if text or not number else "–" for text, number in zip(row, numbers, strict=True)]
            for row in zip(*columns, strict=True)]  # fmt: skip
    return Cells([str(label) for label in shown.values()], rows, numbers)


def fits(table: PanelTable, box: Box, size: float, *, lang: str) -> bool:
    """Tell whether a table has room in a box."""
    if not 0 < len(table.frame) <= _MOST_ROWS:
        return False
    height, widths = _measured(cells_of(table, lang=lang), table, box.width, size)
    return height <= box.height and widths is not None


def begun(table: PanelTable, box: Box, size: float, *, lang: str, note: str) -> PanelTable | None:
    """Return a table cut to the rows that have room in a box, and ``note`` saying how many; ``None`` under four."""
    for count in range(min(len(table.frame) - 1, _MOST_ROWS), 3, -1):
        texts = {column: list(given)[:count] for column, given in table.texts.items()}
        cut = replace(table, frame=table.frame.head(count), texts=texts, note=note.format(count))
        if fits(cut, box, size, lang=lang):
            return cut
    return None


def draw_table(pen: Pen, box: Box, table: PanelTable, *, lang: str) -> float:
    """Draw a table from the top of a box; return how far down it reaches."""
    size = pen.layout.size
    cells = cells_of(table, lang=lang)
    widths = _widths(cells, box.width, size)
    if widths is None:
        return box.top
    y = box.top
    for line in wrapped(table.title, _TITLE_PT * size, box.width, bold=True):
        pen.text(box.left, y - 3.2 * size, line, _TITLE_PT, bold=True)
        y -= 3.4 * size
    y -= 1.2 * size
    _rule(pen, box, y, 0.28)
    y = _draw_row(pen, box.left, y, cells.heads, cells.numbers, widths, bold=True)
    _rule(pen, box, y, 0.14)
    for row in cells.rows:
        y = _draw_row(pen, box.left, y, row, cells.numbers, widths)
    _rule(pen, box, y, 0.28)
    for line in _note(table, box.width, size):
        pen.text(box.left, y - 2.6 * size, line, _NOTE_PT, colour=GREY)
        y -= 2.1 * size
    return y - _BETWEEN * size


def _rule(pen: Pen, box: Box, y: float, width: float) -> None:
    pen.line([box.left, box.right], [y, y], width=width)


def _draw_row(
    pen: Pen, left: float, top: float, row: Sequence[str], numbers: Sequence[bool], widths: Sequence[float], *,
    bold: bool = False,
) -> float:  # fmt: skip
    size = pen.layout.size
    height = _row_height(row, widths, size, bold=bold)
    for text, number, width in zip(row, numbers, widths, strict=True):
        lines = wrapped(text, _CELL_PT * size, width - _GUTTER * size, bold=bold)
        y = top - (height - len(lines) * _LINE * size) / 2 - _LINE * size * 0.78
        for line in lines:
            x = left + width - _GUTTER * size / 2 if number else left + _GUTTER * size / 2
            pen.text(x, y, line, _CELL_PT, align="right" if number else "left", bold=bold)
            y -= _LINE * size
        left += width
    return top - height


def _measured(cells: Cells, table: PanelTable, width: float, size: float) -> tuple[float, list[float] | None]:
    widths = _widths(cells, width, size)
    if widths is None:
        return np.inf, None
    rows = sum(_row_height(row, widths, size) for row in cells.rows)
    title = 3.4 * size * len(wrapped(table.title, _TITLE_PT * size, width, bold=True)) + 1.2 * size
    note = 2.1 * size * len(_note(table, width, size)) + _BETWEEN * size
    return title + _row_height(cells.heads, widths, size, bold=True) + rows + note, widths


def _note(table: PanelTable, width: float, size: float) -> list[str]:
    return wrapped(table.note, _NOTE_PT * size, width) if table.note else []


def _row_height(row: Sequence[str], widths: Sequence[float], size: float, *, bold: bool = False) -> float:
    lines = max(
        len(wrapped(text, _CELL_PT * size, width - _GUTTER * size, bold=bold))
        for text, width in zip(row, widths, strict=True)
    )
    return (lines * _LINE + 2 * _PAD) * size


def _widths(cells: Cells, width: float, size: float) -> list[float] | None:
    """Return the width of each column: numbers whole, texts what is left; ``None`` where numbers have no room."""
    pad = _GUTTER * size
    wanted, least = [], []
    for number, head, column in zip(cells.numbers, cells.heads, zip(*cells.rows, strict=True), strict=True):
        longest = max(text_width(text, _CELL_PT * size) for text in column)
        heading = text_width(head, _CELL_PT * size, bold=True)
        word = (
            max(text_width(part, _CELL_PT * size, bold=True) for part in [*head.split(), " "]) if head.isascii() else 0
        )
        wanted.append(max(longest, heading) + pad)
        least.append((longest if number else min(longest, 10.0 * size)) + pad)
        least[-1] = max(least[-1], word + pad, 6.0 * size)
    if sum(least) > width:
        return None
    if sum(wanted) <= width:
        return [one + (width - sum(wanted)) / len(wanted) for one in wanted]
    spare = [max(0.0, most - low) for most, low in zip(wanted, least, strict=True)]
    share = (width - sum(least)) / (sum(spare) or 1.0)
    return [low + share * more for low, more in zip(least, spare, strict=True)]
