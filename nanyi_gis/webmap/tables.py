"""Tables as HTML, escaped and sortable."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from ..errors import ParameterError
from ._escape import html_text
from .cards import check_card
from .rasters import Bounds, check_bounds
from .vectors import plain, value_text

_FILE = re.compile(r"[\w./#=&-]+", re.ASCII)
_RANGE = r"[\d.,]+(–[\d.,]+)?"
_SPAN = re.compile(rf"{_RANGE}( \({_RANGE}\))?( ?%)?")  # a figure, a range, or both, which no line break should tear


def table_html(
    table: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    digits: Mapping[str, int] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    sortable: bool = True,
    zoom: Sequence[Bounds | None] | None = None,
    links: Sequence[str | None] | None = None,
    choose: Sequence[str | None] | None = None,
    lang: str = "zh",
) -> Markup:
    """Return a table as HTML; every name and value is escaped.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows in the order in which they are shown.
    columns : mapping, optional
        Heading by column, in the order shown; all columns by their names if not given.
    digits : mapping, optional
        Decimals by column.
    texts : mapping, optional
        For columns of numbers, what is shown in place of each; they are sorted, and saved as CSV, by the numbers.
    sortable : bool
        Whether a press on a heading sorts.
    zoom : sequence of (west, south, east, north) or None, optional
        For each row the place, in WGS-84 degrees, to which a press on its first cell brings the page's map.
    links : sequence of str or None, optional
        For each row the file, relative to the page, to which its first cell leads.
    choose : sequence of str or None, optional
        For each row the key of the sheet that a press on its first cell shows, see ``Page.add_sheets``.

    Raises
    ------
    ParameterError
        If the table lacks a column, texts, places or links are not one a row, a place is no box on the earth, or a
        link leads elsewhere than to a file beside the page.

    >>> "<td>&lt;b&gt;</td>" in table_html(pd.DataFrame({"a": ["<b>"]}))
    True
    >>> 'data-v="30.0">30*<' in table_html(pd.DataFrame({"a": [30.0]}), texts={"a": ["30*"]})
    True
    """
    shown = {str(column): str(column) for column in table.columns} if columns is None else dict(columns)
    missing = [column for column in shown if column not in table.columns]
    if missing:
        raise ParameterError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, table.columns))}")
    numeric = {column for column in shown if pd.api.types.is_numeric_dtype(table[column].dtype)}
    numeric -= {column for column in shown if pd.api.types.is_bool_dtype(table[column].dtype)}
    heads = "".join(_head(label, column in numeric, sortable=sortable) for column, label in shown.items())
    own = texts or {}
    for column, given in own.items():
        if len(given) != len(table):
            raise ParameterError(
                f"column {column!r} has {len(table)} rows and {len(given)} texts; give one for each row"
            )
    if zoom is not None and len(zoom) != len(table):
        raise ParameterError(
            f"the table has {len(table)} rows and {len(zoom)} places to zoom to; give one for each row"
        )
    if links is not None and len(links) != len(table):
        raise ParameterError(f"the table has {len(table)} rows and {len(links)} links; give one for each row")
    if choose is not None and len(choose) != len(table):
        raise ParameterError(f"the table has {len(table)} rows and {len(choose)} sheets; give one for each row")
    rows = []
    for number, row in enumerate(table[list(shown)].itertuples(index=False, name=None)):
        cells = "".join(
            _cell(
                value,
                column in numeric,
                text=own[column][number] if column in own else None,
                digits=(digits or {}).get(column),
                lang=lang,
                place=zoom[number] if zoom is not None and place == 0 else None,
                link=links[number] if links is not None and place == 0 else None,
                sheet=choose[number] if choose is not None and place == 0 else None,
            )
            for place, (column, value) in enumerate(zip(shown, row, strict=True))
        )
        rows.append(f"<tr>{cells}</tr>")
    kind = ' class="ny-sortable"' if sortable else ""
    head = f"<thead><tr>{heads}</tr></thead>"
    return Markup(  # noqa: S704  (every value above is escaped)
        f'<div class="ny-table"><table{kind}>{head}<tbody>{"".join(rows)}</tbody></table></div>'
    )


def _head(label: str, number: bool, *, sortable: bool) -> str:
    kind = ' class="ny-number"' if number else ""
    text = html_text(label)
    return f'<th scope="col"{kind}>' + (f'<button type="button">{text}</button>' if sortable else text) + "</th>"


def _beside(link: str) -> str:
    """Return the address of a file beside the page; refuse any other."""
    if not link or not _FILE.fullmatch(link) or link.startswith("/") or ".." in link:
        raise ParameterError(f"the link {link!r} leads elsewhere than beside the page; give a path such as data/a.csv")
    return link


def _cell(
    value: object,
    number: bool,
    *,
    text: str | None,
    digits: int | None,
    lang: str,
    place: Bounds | None,
    link: str | None = None,
    sheet: str | None = None,
) -> str:
    text = html_text(value_text(value, lang=lang, digits=digits) if text is None else text)
    shown = text
    if place is not None:
        box = ",".join(f"{edge:.5f}" for edge in check_bounds(place))
        shown = f'<button type="button" class="ny-zoom" data-zoom="{box}">{text or "–"}</button>'
    elif sheet is not None:
        shown = f'<button type="button" class="ny-zoom" data-choose="{check_card(sheet)}">{text or "–"}</button>'
    elif link is not None:
        shown = f'<a href="{html_text(_beside(link))}">{text or "–"}</a>'
    if not number:
        return f'<td class="ny-span">{shown}</td>' if _SPAN.fullmatch(text) else f"<td>{shown}</td>"
    exact = plain(value)
    key = "" if exact is None or pd.isna(exact) else f"{exact!r}"
    return f'<td class="ny-number" data-v="{key or "NaN"}">{shown or "–"}</td>'
