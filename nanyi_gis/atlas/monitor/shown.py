"""A table as both pages of the register show it, and what the light page makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from markupsafe import Markup

from ...webmap import Page, Section, table_html


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A table with its words: title, frame, headings by column, and how its cells are drawn.

    Attributes
    ----------
    title, note : str
        What stands above it.
    frame : DataFrame
        Its rows.
    columns : mapping
        Headings by column, in the order shown.
    digits, filters, more, drawn
        As :func:`nanyi_gis.webmap.table_html` takes them.
    ids : sequence of str or None
        Number of the item of each row, whose card the atlas opens.
    links : sequence of str or None
        For each row the place on the light page to which its first cell leads.
    """

    title: str
    frame: pd.DataFrame
    columns: Mapping[str, str]
    note: str = ""
    digits: Mapping[str, int] = field(default_factory=dict)
    filters: Sequence[str] = ()
    more: Sequence[str] = ()
    drawn: Mapping[str, Sequence[Markup]] = field(default_factory=dict)
    ids: Sequence[str] | None = None
    links: Sequence[str | None] | None = None

    def section(self, lang: str, *, before: Markup = Markup("")) -> Section:  # noqa: B008  (never changed)
        """Return it as a section of the light page, below other content."""
        table = table_html(
            self.frame, columns=self.columns, digits=self.digits, links=self.links, filters=self.filters,
            more=self.more, drawn=self.drawn, caption=self.title, lang=lang,
        )  # fmt: skip
        return Section(title=self.title, body=before + table, note=self.note)

    def put_on(self, page: Page) -> None:
        """Add it to a page of the atlas, its rows leading to the cards of the plan."""
        first = next(iter(self.columns))
        known = None if self.ids is None or page.cards is None else {first: [[number] for number in self.ids]}
        page.add_table(
            self.title, self.frame, columns=self.columns, digits=self.digits, filters=self.filters, more=self.more,
            drawn=self.drawn, items=known, note=self.note or None,
        )  # fmt: skip
