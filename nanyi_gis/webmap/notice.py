"""A printable document of sheets, each on pages of its own, with a list of them in front; no script, no map."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from . import assets
from ._text import HTML_LANG
from .offline import with_policy
from .templates import render


@dataclass(frozen=True, kw_only=True)
class PaperSheet:
    """A sheet: its title, a line over it, a remark in the list, and trusted HTML below it."""

    title: str
    body: Markup
    over: str = ""
    remark: str = ""


def papers_html(
    *,
    title: str,
    sheets: Sequence[PaperSheet],
    lang: str,
    contents: str,
    lead: Sequence[str] = (),
    foot: Sequence[str] = (),
) -> str:
    """Return a document of sheets that prints on A4, each from a new page on; every plain string is escaped.

    Parameters
    ----------
    title, contents : str
        Heading of the first page and of its list of sheets.
    sheets : sequence of PaperSheet
        In their order.
    lang : str
        ``zh`` or ``en``.
    lead, foot : sequence of str
        Paragraphs before the list, and behind the last sheet.

    >>> sheet = PaperSheet(title="A", body=Markup("<p>b</p>"))
    >>> text = papers_html(title="<T>", sheets=[sheet], lang="en", contents="Of")
    >>> "&lt;T&gt;" in text, '<a href="#d1">A</a>' in text
    (True, True)
    """
    context = {
        "title": title,
        "sheets": list(sheets),
        "lang": HTML_LANG[lang],
        "contents": contents,
        "lead": list(lead),
        "foot": list(foot),
        "css": Markup(assets.own("notice.css")),  # noqa: S704  (our own file)
    }
    return with_policy(render("notice.html", context))
