"""A book: many pages in one file, each in several languages, with what they share stored once."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from folium.utilities import camelize

from ..errors import ParameterError
from . import assets
from ._escape import html_text, script_json
from ._text import HTML_LANG, words
from .offline import compose, with_policy, write_text
from .page import MAP, Page
from .vectors import layer_words

COVER = "index"
_SMALL = 200  # letters of JSON below which a record keeps its data itself
_BODY = re.compile(r"<body[^>]*>(.*?)(?:<script>.*)?</body>", re.DOTALL)
_PICTURE = re.compile(r'<img src="(data:image/[a-z]+;base64,[A-Za-z0-9+/=]+)"')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


class Book:
    """Pages in one file that works alone: themes are opened in place, and so is the other language.

    Images, geometries and values are stored once, whichever pages and languages draw them; a page is read when it is
    opened. The address holds theme, language and view, see ``static/state.js``.

    Parameters
    ----------
    title : str
        Title of the document before a page is opened.
    pages : mapping of str to sequence of Page
        The pages in each language, ``zh`` or ``en``, in the same order and with the same keys and layers.
    covers : mapping of str to str, optional
        First page in each language, as :func:`nanyi_gis.webmap.cover_html` returns it.
    file : str
        Name of the file, by which other pages link to it.

    Raises
    ------
    ParameterError
        If the languages differ in pages or layers, two pages have one key, or a map holds elements of folium's.

    >>> book = Book("Atlas", pages={"en": [Page(title="Bands", lang="en", bounds=(105, 27.6, 106.4, 28.5), key="a")]})
    >>> book.html().count('id="t-a-en"')
    1
    """

    def __init__(
        self,
        title: str,
        *,
        pages: Mapping[str, Sequence[Page]],
        covers: Mapping[str, str] | None = None,
        file: str = "atlas.html",
    ) -> None:
        self.title = str(title)
        self.pages = {lang: list(given) for lang, given in pages.items()}
        self.covers = dict(covers or {})
        self.file = file
        if not any(self.pages.values()):
            raise ParameterError("the book has no pages; give at least one")
        self._specs = {lang: [_spec(page, lang) for page in given] for lang, given in self.pages.items()}
        _check_alike(self._specs)

    def html(self) -> str:
        """Return the book as one HTML document; the same book gives the same text."""
        blobs = Blobs()
        themes = {
            f"t-{spec['key']}-{lang}": blobs.parted(spec) for lang, specs in self._specs.items() for spec in specs
        }
        for lang, cover in self.covers.items():
            themes[f"t-{COVER}-{lang}"] = _cover_spec(cover, blobs)
        first = next(iter(self.pages))
        keys = [spec["key"] for spec in self._specs[first]]
        addresses = {page.path: page.key for page in self.pages[first] if page.path}
        contents = {
            "file": self.file,
            "lang": first,
            "langs": {lang: HTML_LANG[lang] for lang in self.pages},
            "order": [COVER, *keys] if self.covers else keys,
            "themes": addresses | ({f"{COVER}.html": COVER} if self.covers else {}),
            "map": {camelize(name): value for name, value in MAP.items()},
            "compare": {lang: _comparable(specs) for lang, specs in self._specs.items()},
            "old": [words(lang)["old"] for lang in self.pages],
        }
        stored = {**{f"b-{name}": text for name, text in blobs.stored.items()}, "ny-book": script_json(contents)}
        stored |= {name: script_json(layer_words(spec)) for name, spec in themes.items()}
        cluster = assets.cluster_head() if any(page._cluster for page in self.pages[first]) else ""
        header = (
            f"<style>{assets.leaflet_css()}</style>\n<script>{assets.leaflet_js()}</script>\n{cluster}"
            f'<style id="ny-css">{assets.page_css()}</style>\n'
            f'<style id="ny-cover-css" media="not all">{assets.own("cover.css")}</style>\n'
            + "\n".join(f'<script type="application/json" id="{name}">{text}</script>' for name, text in stored.items())
            + f"\n<script>{assets.own('old.js')}</script>\n<script>\n{assets.book_js()}</script>"
        )
        nojs = "".join(f"<noscript><p>{html_text(words(lang)['nojs'])}</p></noscript>" for lang in self.pages)
        nojs += "".join(f'<p class="ny-too-old" hidden>{html_text(words(lang)["old"])}</p>' for lang in self.pages)
        start = 'nanyi.startBook("ny-book");'
        return with_policy(compose(title=html_text(self.title), lang=first, header=header, body=nojs, script=start))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the book, whole or not at all, and return its path.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return write_text(self.html(), path)


class Blobs:
    """What the pages of a book share, as JSON by the name of its content."""

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}

    def name(self, value: Any) -> str:
        """Keep a value and return its name: ten digits of the SHA-256 of its JSON.

        >>> Blobs().name([1, 2])
        '49a64717d5'
        """
        text = script_json(value)
        name = hashlib.sha256(text.encode("utf-8")).hexdigest()[:10]
        if self.stored.setdefault(name, text) != text:
            raise ParameterError(f"two contents of the book have the name {name}; change one of them a little")
        return name

    def parted(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page's spec with the names of its larger parts in their place."""
        records = [
            {**record, "texts": self._large(layer_words(record["texts"])), "data": self._large(record["data"])}
            for record in spec["records"]
        ]
        page = {**spec["page"], "words": self.name(spec["page"]["words"])}
        for part in ("gazetteer", "items"):
            page[part] = page[part] and self.name(page[part])
        return {**{name: spec[name] for name in ("title", "before", "after")}, "page": page, "records": records}

    def _large(self, value: Any) -> Any:
        return value if len(script_json(value)) < _SMALL else self.name(value)


def _spec(page: Page, lang: str) -> dict[str, Any]:
    if page.lang != lang:
        raise ParameterError(f"page {page.key!r} is in {page.lang!r}, but stands among the pages in {lang!r}")
    if page.key == COVER:
        raise ParameterError(f"page {page.title!r} has key {COVER!r}, which is that of the first page; give another")
    if not page.plain:
        raise ParameterError(f"the map of page {page.key!r} holds elements of folium; a book draws only the page's own")
    return page.spec()


def _comparable(specs: Sequence[Mapping[str, Any]]) -> dict[str, list[list[str]]]:
    """Return key, name and title of the page of each layer that shows one at a time, by page."""
    found = {}
    for spec in specs:
        metas = [record["meta"] for record in spec["records"] if record["meta"].get("exclusive")]
        found[spec["key"]] = [[meta["key"], meta["name"], spec["name"]] for meta in metas]
    return {key: listed for key, listed in found.items() if listed}


def _check_alike(specs: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Refuse languages that differ in pages or layers."""
    first, *others = specs
    keys = [spec["key"] for spec in specs[first]]
    if len(set(keys)) < len(keys):
        raise ParameterError(f"two pages of the book have key {next(k for k in keys if keys.count(k) > 1)!r}")
    for lang in others:
        found = [spec["key"] for spec in specs[lang]]
        if found != keys:
            raise ParameterError(
                f"the book has pages {', '.join(keys)} in {first!r}, but {', '.join(found)} in {lang!r}"
            )
        for ours, theirs in zip(specs[first], specs[lang], strict=True):
            mine, other = ([record["meta"]["key"] for record in spec["records"]] for spec in (ours, theirs))
            if mine != other:
                odd = min(set(mine) ^ set(other), default="their order")
                raise ParameterError(f"page {ours['key']!r} differs in {first!r} and {lang!r}: layer {odd!r}")


def _cover_spec(html: str, blobs: Blobs) -> dict[str, str]:
    """Return the body of a first page, its pictures among the blobs."""
    body, title = _BODY.search(html), _TITLE.search(html)
    if body is None or title is None:
        raise ParameterError("a cover has no body or title; make it with cover_html")
    shown = _PICTURE.sub(lambda match: f'<img data-blob="{blobs.name(match[1])}"', body[1])
    return {"title": unescape(title[1]), "cover": shown}
