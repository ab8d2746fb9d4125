"""The side panel of a page: tables, charts, texts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from markupsafe import Markup

from ..errors import ParameterError
from .cards import CardIndex
from .rasters import Bounds
from .sheets import Sheet, sheets_html
from .tables import CardKeys, table_html


@dataclass(frozen=True, kw_only=True)
class PanelTable:
    """A table of the side panel as it was given, for those who take it into a spreadsheet.

    Attributes
    ----------
    title, note
        What stands above and below it.
    frame : DataFrame
        Its rows.
    columns, digits, texts
        As :func:`nanyi_gis.webmap.tables.table_html` takes them.
    follows : str, optional
        Name of a layer; the table shows only while that layer does.
    """

    title: str
    frame: pd.DataFrame
    columns: Mapping[str, str] | None = None
    digits: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    note: str = ""
    follows: str | None = None


class Panels:
    """What stands beside the map, in the order in which it is added."""

    lang: str
    cards: CardIndex | None = None

    def __init__(self) -> None:
        self._panels: list[dict[str, Any]] = []
        self.tables: list[PanelTable] = []

    def add_panel(
        self, title: str, html_fragment: Markup, *, note: str | None = None, follows: str | None = None
    ) -> None:
        """Add trusted HTML to the side panel; it must be :class:`markupsafe.Markup`, not a plain string."""
        if not isinstance(html_fragment, Markup):
            raise ParameterError(
                f"the content of panel {title!r} is plain text; use add_text, or wrap trusted HTML in markupsafe.Markup"
            )
        self._panels.append({"title": str(title), "body": html_fragment, "note": note, "follows": follows})

    def add_table(
        self,
        title: str,
        df: pd.DataFrame,
        *,
        columns: Mapping[str, str] | None = None,
        digits: Mapping[str, int] | None = None,
        texts: Mapping[str, Sequence[str]] | None = None,
        sortable: bool = True,
        zoom: Sequence[Bounds | None] | None = None,
        items: Mapping[str, Sequence[CardKeys]] | None = None,
        rows: Sequence[str] | None = None,
        filters: Sequence[str] = (),
        more: Sequence[str] = (),
        choose: Sequence[str | None] | None = None,
        hints: Mapping[str, Sequence[str]] | None = None,
        drawn: Mapping[str, Sequence[Markup]] | None = None,
        note: str | None = None,
        follows: str | None = None,
    ) -> None:
        """Add a table to the side panel; see :func:`nanyi_gis.webmap.tables.table_html`."""
        body = table_html(
            df, columns=columns, digits=digits, texts=texts, sortable=sortable, zoom=zoom, cards=self.cards,
            items=items, rows=rows, filters=filters, more=more, caption=str(title), choose=choose, hints=hints,
            drawn=drawn, lang=self.lang,
        )  # fmt: skip
        self.add_panel(title, body, note=note, follows=follows)
        self.tables.append(
            PanelTable(
                title=str(title),
                frame=df,
                columns=columns,
                digits=digits or {},
                texts=texts or {},
                note=note or "",
                follows=follows,
            )
        )

    def add_chart(self, title: str, svg: Markup, *, note: str | None = None, follows: str | None = None) -> None:
        """Add a chart made by :mod:`nanyi_gis.webmap.charts` to the side panel."""
        self.add_panel(title, Markup('<div class="ny-chart">{}</div>').format(_trusted(svg, title)), note=note,
                       follows=follows)  # fmt: skip

    def add_sheets(
        self,
        title: str,
        sheets: Sequence[Sheet],
        *,
        layers: Sequence[str],
        choose: str,
        hint: str,
        shared: Markup = Markup(""),  # noqa: B008  (never changed)
        note: str | None = None,
    ) -> None:
        """Add sheets of which one shows, see :func:`nanyi_gis.webmap.sheets.sheets_html`.

        A sheet is chosen in its list, by the popup of a feature of ``layers`` with its key, by a row of a table with
        ``choose``, or by the address, ``card=sheet:KEY``. While one is chosen, the page prints as that sheet.
        """
        body = sheets_html(sheets, layers=layers, choose=choose, hint=hint, shared=shared, lang=self.lang)
        self.add_panel(title, body, note=note)

    def add_text(self, title: str, paragraphs: str | Iterable[str], *, follows: str | None = None) -> None:
        """Add paragraphs of text to the side panel; they are escaped."""
        given = [paragraphs] if isinstance(paragraphs, str) else list(paragraphs)
        body = Markup("").join(Markup("<p>{}</p>").format(str(text)) for text in given)
        self.add_panel(title, body, follows=follows)


def _trusted(svg: Markup, title: str) -> Markup:
    if not isinstance(svg, Markup):
        raise ParameterError(f"the chart {title!r} is a plain string; make it with nanyi_gis.webmap.charts")
    return svg
