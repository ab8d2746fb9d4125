"""Tables as HTML, escaped and sortable."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from ..errors import ParameterError
from ._escape import html_text
from .cards import CardIndex, check_card
from .rasters import Bounds, check_bounds
from .vectors import plain, value_text

CardKeys = Sequence[str | tuple[str, str]]

_FILE = re.compile(r"[\w./#=&-]+", re.ASCII)
_RANGE = r"[\d.,]+(–[\d.,]+)?"
_ID = r"[A-Z]{1,3}-\d+[a-z]?"
# a figure, a range or both, an id, a short word: what no line break should tear
_SPAN = re.compile(rf"{_RANGE}( \({_RANGE}\))?( ?%)?|{_ID}|\d{{4}}-\d{{2}}-\d{{2}}|\S{{1,8}}")
_RANGES = re.compile(r"[\d.,]+–[\d.,]+")
_WHOLE = re.compile(r"^\S{1,6}$|\d{4}-\d{2}(?:-\d{2})?|\d+ [\u3400-\u9fff]+")  # of a heading: not broken


def table_html(
    table: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    digits: Mapping[str, int] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    sortable: bool = True,
    zoom: Sequence[Bounds | None] | None = None,
    links: Sequence[str | None] | None = None,
    cards: CardIndex | None = None,
    items: Mapping[str, Sequence[CardKeys]] | None = None,
    rows: Sequence[str] | None = None,
    filters: Sequence[str] = (),
    more: Sequence[str] = (),
    choose: Sequence[str | None] | None = None,
    caption: str = "",
    hints: Mapping[str, Sequence[str]] | None = None,
    drawn: Mapping[str, Sequence[Markup]] | None = None,
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
        Decimals by column; what is saved as CSV has as many, and one at least.
    texts : mapping, optional
        For columns of numbers, what is shown in place of each; they are sorted, and saved as CSV, by the numbers.
    sortable : bool
        Whether a press on a heading sorts.
    zoom : sequence of (west, south, east, north) or None, optional
        For each row the place, in WGS-84 degrees, to which a press on its first cell brings the page's map.
    links : sequence of str or None, optional
        For each row the file, relative to the page, to which its first cell leads.
    cards : CardIndex, optional
        The cards to which ``items`` and ``rows`` lead.
    items : mapping, optional
        For columns whose cells are links to cards: the keys of the cards of each row, shown by their names, or by a
        text that stands with the key in a pair; a row without keys shows its value.
    rows : sequence of str, optional
        For each row the key of its own card, which a press on the row opens; its first cell is the link.
    filters : sequence of str
        Columns by whose values the reader may choose rows, beside a search in all of them; a cell that is a list
        counts for each of its values.
    more : sequence of str
        Columns that are searched, chosen by and saved as CSV, and seen only where the table is enlarged.
    choose : sequence of str or None, optional
        For each row the key of the sheet that a press on its first cell shows, see ``Page.add_sheets``.
    hints : mapping, optional
        For columns of texts, what a tooltip says of each, such as the text from which it was translated.
    drawn : mapping, optional
        For columns whose cells are trusted HTML, such as a small bar: what stands in place of each value, by which the
        column is still sorted and saved.
    caption : str
        What the table is, for those who hear it read; its title stands above it for those who see it.

    Raises
    ------
    ParameterError
        If the table lacks a column, texts, places, links or cards are not one a row, a place is no box on the earth,
        or a link leads elsewhere than to a file beside the page.

    >>> '<td class="ny-span">&lt;b&gt;</td>' in table_html(pd.DataFrame({"a": ["<b>"]}))
    True
    >>> 'title="low">' in table_html(pd.DataFrame({"a": ["低"]}), hints={"a": ["low"]})
    True
    >>> '>&lt;b&gt;<' in table_html(pd.DataFrame({"a": ["b"]}), drawn={"a": [Markup("<i>{}</i>").format("<b>")]})
    True
    >>> 'data-v="30.0">30*<' in table_html(pd.DataFrame({"a": [30.0]}), texts={"a": ["30*"]})
    True
    """
    shown = {str(column): str(column) for column in table.columns} if columns is None else dict(columns)
    _known_columns(table, [*shown, *filters, *more])
    numeric = {column for column in shown if pd.api.types.is_numeric_dtype(table[column].dtype)}
    numeric -= {column for column in shown if pd.api.types.is_bool_dtype(table[column].dtype)}
    heads = "".join(
        _head(
            label,
            column in numeric,
            sortable=sortable,
            more=column in more,
            digits=(digits or {}).get(column) if column in numeric else None,
        )
        for column, label in shown.items()
    )
    own, named, remarks, shapes = texts or {}, items or {}, hints or {}, drawn or {}
    for column, given in remarks.items():
        _one_a_row(table, given, f"column {column!r} has {{}} rows and {{}} hints")
    for column, given in own.items():
        _one_a_row(table, given, f"column {column!r} has {{}} rows and {{}} texts")
    for column, keys in named.items():
        _one_a_row(table, keys, f"column {column!r} has {{}} rows and cards for {{}}")
    for column, parts in shapes.items():
        _one_a_row(table, parts, f"column {column!r} has {{}} rows and {{}} drawings")
        if not all(isinstance(part, Markup) for part in parts):
            raise ParameterError(
                f"a drawing of column {column!r} is plain text; wrap trusted HTML in markupsafe.Markup"
            )
    _one_a_row(table, zoom, "the table has {} rows and {} places to zoom to")
    _one_a_row(table, links, "the table has {} rows and {} links")
    _one_a_row(table, choose, "the table has {} rows and {} sheets")
    _one_a_row(table, rows, "the table has {} rows and {} cards")
    if cards is None and (rows or any(any(keys) for keys in named.values())):
        raise ParameterError("cells lead to cards, but the table was given none; give their index as cards")
    lines = []
    for number, row in enumerate(table[list(shown)].itertuples(index=False, name=None)):
        cells = "".join(
            _cell(
                value,
                column in numeric,
                text=own[column][number] if column in own else None,
                digits=(digits or {}).get(column),
                lang=lang,
                lead=_lead(number, first=place == 0, zoom=zoom, links=links, choose=choose, cards=cards, rows=rows),
                items=shapes[column][number]
                if column in shapes
                else _links(named.get(column), number, cards=cards, lang=lang),
                more=column in more,
                listed=column in filters,
                hint=remarks[column][number] if column in remarks else "",
            )
            for place, (column, value) in enumerate(zip(shown, row, strict=True))
        )
        card = "" if rows is None else f' data-card="{html_text(check_card(rows[number]))}"'
        lines.append(f"<tr{card}>{cells}</tr>")
    kind = ' class="ny-sortable"' if sortable else ""
    kind += "" if rows is None else " data-cards"
    if filters:
        order = list(shown)
        kind += f' data-search data-filter="{",".join(str(order.index(column)) for column in filters)}"'
    head = f"<thead><tr>{heads}</tr></thead>"
    name = html_text(caption)
    told = f'<caption class="ny-unseen">{name}</caption>' if caption else ""
    reached = "" if sortable else f' tabindex="0" role="group" aria-label="{name}"'  # to scroll it by the keys
    return Markup(  # noqa: S704  (every value above is escaped)
        f'<div class="ny-table"{reached}><table{kind}>{told}{head}<tbody>{"".join(lines)}</tbody></table></div>'
    )


def _known_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ParameterError(f"column {missing[0]!r} is not in the table; it has: {', '.join(map(str, table.columns))}")


def _one_a_row(table: pd.DataFrame, given: Sequence[object] | None, what: str) -> None:
    if given is not None and len(given) != len(table):
        raise ParameterError(f"{what.format(len(table), len(given))}; give one for each row")


def _links(keys: Sequence[CardKeys] | None, number: int, *, cards: CardIndex | None, lang: str) -> Markup | None:
    """Return the links to cards of a cell; nothing where it has none."""
    if cards is None or keys is None or not keys[number]:
        return None
    return cards.links(keys[number], separator="；" if lang == "zh" else "; ")


def _lead(
    number: int,
    *,
    first: bool,
    zoom: Sequence[Bounds | None] | None,
    links: Sequence[str | None] | None,
    choose: Sequence[str | None] | None,
    cards: CardIndex | None,
    rows: Sequence[str] | None,
) -> tuple[str, str]:
    """Return what stands round the text of a row's first cell: to a place, a sheet, a file or the row's card."""
    place = zoom[number] if zoom is not None and first else None
    if place is not None:
        box = ",".join(f"{edge:.5f}" for edge in check_bounds(place))
        return f'<button type="button" class="ny-zoom" data-zoom="{box}">', "</button>"
    sheet = choose[number] if choose is not None and first else None
    if sheet is not None:
        return f'<button type="button" class="ny-zoom" data-choose="{check_card(sheet)}">', "</button>"
    link = links[number] if links is not None and first else None
    if link is not None:
        return f'<a href="{html_text(_beside(link))}">', "</a>"
    if rows is not None and cards is not None and first:
        address, key = html_text(cards.address(rows[number])), html_text(rows[number])
        return f'<a class="ny-item" data-card="{key}" href="{address}">', "</a>"
    return "", ""


def _head(label: str, number: bool, *, sortable: bool, more: bool, digits: int | None) -> str:
    kind = _class("ny-number" if number else "", "ny-more" if more else "")
    if digits is not None:
        kind += f' data-digits="{max(digits, 1)}"'  # a spreadsheet gets no more than the model has
    text = _WHOLE.sub(r'<span class="ny-span">\g<0></span>', html_text(label))
    return f'<th scope="col"{kind}>' + (f'<button type="button">{text}</button>' if sortable else text) + "</th>"


def _class(*names: str) -> str:
    kept = " ".join(filter(None, names))
    return f' class="{kept}"' if kept else ""


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
    lead: tuple[str, str],
    items: Markup | None,
    more: bool,
    listed: bool,
    hint: str,
) -> str:
    plainly = value_text(value, lang=lang, digits=digits) if text is None else text
    text = html_text(plainly) if items is None else str(items)
    before, behind = lead
    shown = f"{before}{text or '–'}{behind}" if before else text
    if listed and not isinstance(value, list | tuple):
        value = [plainly] if plainly else []
    choice = _choice(value, shown) if listed else ""
    hidden = "ny-more" if more else ""
    if not number:
        told = f' title="{html_text(hint)}"' if hint and hint != plainly else ""
        return f"<td{_class('ny-span' if _SPAN.fullmatch(plainly) else '', hidden)}{told}{choice}>{shown}</td>"
    exact = plain(value)
    key = "" if exact is None or pd.isna(exact) else f"{exact!r}"
    whole = "ny-span" if _RANGES.fullmatch(plainly) else ""
    return f'<td{_class("ny-number", whole, hidden)} data-v="{key or "NaN"}"{choice}>{shown or "–"}</td>'


def _choice(value: object, shown: str) -> str:
    """Return what a cell counts for when rows are chosen; nothing where that is the text that it shows."""
    values = list(value) if isinstance(value, list | tuple) else [value]
    if len(values) == 1 and shown == html_text(str(values[0])):
        return ""
    return f' data-f="{html_text(chr(10).join(map(str, values)))}"'
