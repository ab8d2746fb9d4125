"""The first page of an atlas: cards with thumbnails, sections of tables and text; no map."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from . import assets
from ._text import HTML_LANG, REVIEW, words
from .navigation import Link
from .offline import with_policy
from .rasters import data_address
from .templates import render

_TABLE_WORDS = ("enlarge", "csv", "close", "search_table", "rows_shown", "all_rows", "nothing")


@dataclass(frozen=True, kw_only=True)
class Card:
    """A link to a page with its picture; cards of one ``group`` stand together under its name."""

    address: str
    title: str
    summary: str
    picture: bytes
    group: str = ""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading with trusted HTML below it, e.g. from :func:`table_html`."""

    title: str
    body: Markup
    note: str = ""


def style_html(name: str) -> Markup:
    """Return a style sheet of ours as an element, for a panel of a page whose own styles do not hold it.

    >>> style_html("monitor.css").startswith("<style>")
    True
    """
    return Markup("<style>{}</style>").format(Markup(assets.own(name)))  # noqa: S704  (our own file)


def cover_html(
    *,
    title: str,
    subtitle: str,
    lang: str,
    lead: Sequence[str],
    cards: Sequence[Card],
    key_figures: Sequence[tuple[str, ...]],
    sections: Sequence[Section],
    notice: str | None = None,
    review: str | None = None,
    foot: Sequence[str] = (),
    other: Link | None = None,
    styles: Sequence[str] = (),
    contents: str = "",
) -> str:
    """Return a self-contained first page, or another page without a map; every plain string is escaped.

    ``key_figures`` are (value, name, remark), with an address behind where the remark leads to one; ``other`` are
    address and label of the page in the other language. ``styles`` are further style sheets of ours; ``contents`` is
    the name of a list of the sections that stands before them where it is given. The same arguments give the same text.

    >>> page = cover_html(title="<T>", subtitle="", lang="en", lead=[], cards=[], key_figures=[], sections=[])
    >>> "<T>" in page, "&lt;T&gt;" in page
    (False, True)
    """
    context = {
        "title": title,
        "subtitle": subtitle,
        "lang": HTML_LANG[lang],
        "pages": words(lang)["pages"],
        "words": words(lang),
        "table_words": json.dumps({key: words(lang)[key] for key in _TABLE_WORDS}, ensure_ascii=False),
        "lead": list(lead),
        "groups": [
            (group, [(card, data_address(card.picture)) for card in together])
            for group, together in itertools.groupby(cards, key=lambda card: card.group)
        ],
        "key_figures": list(key_figures),
        "sections": list(sections),
        "notice": notice,
        "review": REVIEW[lang] if review is None else review,
        "foot": list(foot),
        "other": other,
        "contents": contents,
        "css": Markup("".join(assets.own(name) for name in ("cover.css", *styles))),  # noqa: S704  (our own files)
        "script": Markup("\n".join(assets.own(name) for name in ("decode.js", "filter.js", "table.js"))),  # noqa: S704
        "old": Markup(assets.own("old.js")),  # noqa: S704
    }
    return with_policy(render("cover.html", context))
