"""Tables on a terminal: columns align although a Chinese character takes two cells."""

import shutil
import sys
import unicodedata
from collections.abc import Sequence

import pandas as pd

_NARROWEST = 12


def cell_width(text: str) -> int:
    """Return how many terminal cells ``text`` takes.

    >>> cell_width("F-26"), cell_width("甜橙"), cell_width("é")
    (4, 4, 1)
    """
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def fit(text: str, cells: int) -> str:
    """Return ``text`` padded, or cut with an ellipsis, to exactly ``cells`` terminal cells.

    >>> fit("甜橙 改造提升", 8), fit("甜橙", 6)
    ('甜橙 改…', '甜橙  ')
    """
    if cell_width(text) > cells:
        while cell_width(text) > cells - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (cells - cell_width(text))


def folded(text: str, cells: int) -> list[str]:
    """Return ``text`` on lines of at most ``cells`` terminal cells, broken between words where that is possible.

    >>> folded("甜橙 plum and kiwifruit", 9), folded("县界shifted.gpkg", 8)
    (['甜橙 plum', 'and', 'kiwifruit'], ['县界shif', 'ted.gpkg'])
    """
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_width(joined) <= cells:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if cell_width(lines[-1] + letter) > cells:
                lines.append("")
            lines[-1] += letter
    return lines


def text_table(table: pd.DataFrame, *, widest: int = 40, numbers: Sequence[str] = ()) -> str:
    """Return a table as aligned text with a header line; cells wider than ``widest`` are cut.

    Columns in ``numbers`` stand to the right.

    >>> print(text_table(pd.DataFrame({"id": ["F-26"], "name": ["甜橙"], "km": [5]}), numbers=["km"]))
    id    name  km
    ----  ----  --
    F-26  甜橙   5
    """
    columns = []
    for name in table.columns:
        cells = [_text(value) for value in table[name]]
        width = min(max(map(cell_width, [str(name), *cells])), widest)
        lines = [fit(cell, width) for cell in [str(name), *cells]]
        if name in numbers:
            lines = [" " * (width - cell_width(line.rstrip())) + line.rstrip() for line in lines]
        columns.append([lines[0], "-" * width, *lines[1:]])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def terminal_table(table: pd.DataFrame, *, widest: int = 40, numbers: Sequence[str] = ()) -> str:
    """Return :func:`text_table`, its widest columns narrowed to the terminal; in full where there is none."""
    text = text_table(table, widest=widest, numbers=numbers)
    if not sys.stdout.isatty():
        return text
    cells = shutil.get_terminal_size().columns
    while widest > _NARROWEST and max(map(cell_width, text.splitlines())) > cells:
        widest -= 2
        text = text_table(table, widest=widest, numbers=numbers)
    return text


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    return " ".join(f"{value:g}".split() if isinstance(value, float) else str(value).split())
