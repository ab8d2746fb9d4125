"""HTML of a saved page, parsed and written anew, so that a browser sees what was seen here."""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser

from ...errors import DataError
from .._escape import html_text

Attributes = Sequence[tuple[str, str | None]]

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_FRAMES = frozenset("iframe frame frameset object embed applet portal".split())
_LOADING = {
    "src": None,
    "srcset": None,
    "poster": None,
    "background": None,
    "data": {"object"},
    "xlink:href": {"image", "use", "feimage", "script"},
    "href": {"image", "use", "feimage", "link"},
}
"""Attributes whose address is loaded at once, and the elements of which that is true; None for all."""

_LEAVES = frozenset({"ping", "action", "formaction", "integrity", "crossorigin", "nonce", "http-equiv", "manifest"})
_IN_STYLE = re.compile(r"(?:@import\s+|url\(\s*|image-set\(\s*)[\"']?\s*([^\"')\s;]+)", re.IGNORECASE)
_SAFE_LINK = re.compile(r"(?:https?:|mailto:|tel:|#|[^:]*$)", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20]+")
_NAME = re.compile(r"[a-z][a-z0-9:-]*")


class Part:
    """A piece of a page: markup, a script, or a library to be put in its place.

    Attributes
    ----------
    kind : str
        ``markup``, ``script``, ``style`` or ``library``.
    text : str
        Its HTML, its content, or the address of the library.
    where : str
        ``head`` or ``body``.
    """

    def __init__(self, kind: str, text: str, where: str) -> None:
        self.kind, self.text, self.where = kind, text, where


class Document(HTMLParser):
    """A saved page taken apart: title, language and parts in their order.

    Raises
    ------
    DataError
        For what would be requested when the page opens, or frames another page. Says nothing of the file.

    >>> found = Document("<title>A</title><body><p onclick='x()'>1 &lt; 2<br></p><script>f()</script>")
    >>> found.title, [(part.kind, part.text) for part in found.parts]
    ('A', [('markup', '<p>1 &lt; 2<br></p>'), ('script', 'f()')])
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title = self.lang = ""
        self.parts: list[Part] = []
        self._where, self._raw = "head", ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element, or what it stands for."""
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = given.get("lang", "")
        elif tag == "body":
            self._where = "body"
        elif tag in _FRAMES:
            raise DataError(f"frames another page ({tag}); save the map itself with its save method")
        elif tag == "script" and "src" in given:
            self._add("library", given["src"])
            self._raw = "library"
        elif tag == "script" and given.get("type", "").lower() in {"application/json", "application/ld+json"}:
            raise DataError("holds data in scripts, as no page of folium does; give one saved by folium or explore()")
        elif tag in {"script", "style", "title"}:
            self._raw = tag
        elif tag == "link":
            if "stylesheet" in given.get("rel", "").lower():
                self._add("library", given.get("href", ""))
        elif tag not in {"head", "meta", "base"}:
            self._add("markup", _start(tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        """Close an element."""
        if tag in {"script", "style", "title"}:
            self._raw = ""
        elif tag not in {"html", "head", "body", "meta", "base", "link"} and tag not in _VOID and _NAME.fullmatch(tag):
            self._add("markup", f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Keep text where it is shown, scripts and styles apart."""
        if self._raw == "title":
            self.title += data
        elif self._raw in {"script", "style"}:
            if self._raw == "style":
                refuse_loading_style(data)
            self._add(self._raw, data)
        elif not self._raw:
            self._add("markup", html_text(data))

    def _add(self, kind: str, text: str) -> None:
        last = self.parts[-1] if self.parts else None
        if kind == "markup" and last is not None and (last.kind, last.where) == ("markup", self._where):
            last.text += text
        elif kind != "markup" or text.strip():
            self.parts.append(Part(kind, text, self._where))


def _start(tag: str, attrs: Attributes) -> str:
    """Return a start tag without what runs, leaves or loads; refuse what loads."""
    if not _NAME.fullmatch(tag):
        return ""
    kept = []
    for name, value in attrs:
        if name.startswith("on") or name in _LEAVES or not _NAME.fullmatch(name):
            continue
        address = loaded_by(tag, name, value or "")
        if address is not None:
            raise DataError(f"would request {address[:120]}; embed it as data: or leave it out")
        if name == "href" and not _SAFE_LINK.match(_BLANKS.sub("", value or "")):
            continue
        kept.append(f' {name}="{html_text(value)}"' if value is not None else f" {name}")
    return f"<{tag}{''.join(kept)}>"


def loaded_by(tag: str, name: str, value: str) -> str | None:
    """Return the address that an attribute makes a browser load; None for none, and for data within the page.

    >>> loaded_by("img", "src", "a.png"), loaded_by("a", "href", "http://a.org"), loaded_by("p", "style", "color:red")
    ('a.png', None, None)
    """
    if name == "style":
        return next(iter(style_loads(value)), None)
    tags = _LOADING.get(name, set())
    address = value.strip()
    if (tags is not None and tag not in tags) or not address or address.lower().startswith(("data:", "#", "blob:")):
        return None
    return address


def style_loads(style: str) -> list[str]:
    """Return the addresses that a style loads.

    >>> style_loads("a{background:url(data:x)} @import 'b.css'; p{background:url( //c.org/d.png )}")
    ['b.css', '//c.org/d.png']
    """
    plain = re.sub(r"\\([0-9a-fA-F]{1,6})\s?", lambda match: chr(min(int(match[1], 16), 0x10FFFF)), style)
    return [found for found in _IN_STYLE.findall(plain) if not found.lower().startswith(("data:", "#"))]


def refuse_loading_style(style: str) -> None:
    """Refuse a style sheet that loads something."""
    found = style_loads(style)
    if found:
        raise DataError(f"has a style that would request {found[0][:120]}; embed it as data: or leave it out")


class _Requests(HTMLParser):
    """Addresses that a piece of HTML loads."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        addresses = (loaded_by(tag, name, value or "") for name, value in attrs)
        self.found += [address for address in addresses if address is not None]


def requests_of(html: str) -> Iterator[str]:
    """Yield the addresses that a piece of HTML loads.

    >>> list(requests_of("<b>x</b><img src='http://a.org/b.png'><img src=data:x>"))
    ['http://a.org/b.png']
    """
    yield from _Requests(html).found
