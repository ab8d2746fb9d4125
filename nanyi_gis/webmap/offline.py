"""Turning a folium map into one file from which no request leaves."""

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink

from ..errors import DataError
from ..io import atomic_path, check_suffix
from ..io import write_text as write_proven
from . import assets
from ._escape import html_text
from .elements import Raw

_INLINE: tuple[tuple[str, Callable[[], str]], ...] = (
    ("leaflet.markercluster.js", assets.cluster_js),
    ("markercluster.default.css", str),
    ("markercluster.css", assets.cluster_css),
    ("leaflet.js", assets.leaflet_js),
    ("leaflet.css", assets.leaflet_css),
)
_DROPPED = ("jquery", "bootstrap", "fontawesome", "font-awesome", "awesome-markers", "awesome.rotate")
_REQUEST = re.compile(
    r"<(?:script|img|iframe|link|video|audio|source|embed|object|image)\b[^>]*?"
    r"\s(?:src|href|data|srcset)\s*=\s*[\"']?\s*((?:https?:)?//[^\s\"'>]+)"
    r"|(?:@import\s+|url\(\s*)[\"']?((?:https?:)?//[^\s\"')]+)",
    re.IGNORECASE,
)
_LOADER = re.compile(
    r"\b(?:L\.(?:tileLayer(?:\.wms)?|imageOverlay|videoOverlay|icon)|fetch|importScripts|open)\s*\("
    r"[^;]{0,200}?[\"'`]((?:https?:)?//[^\s\"'`]+)"
)
_ID = re.compile(r"[0-9a-f]{32}")
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_VIEWPORT = re.compile(r"<meta\s+name=\"viewport\"[^>]*>", re.IGNORECASE)


def save_offline(folium_map: folium.Map, path: str | os.PathLike[str], *, title: str = "", lang: str = "zh") -> Path:
    """Write any folium map as one HTML file that works without a network.

    Leaflet (and MarkerCluster where used) are put into the file; jQuery, Bootstrap, Font
    Awesome and awesome-markers are left out and the little that folium needs of them is
    replaced. Ids are numbered, so that the same map gives the same bytes. A content security
    policy forbids every request. Text that the caller put into popups as HTML stays HTML.

    Parameters
    ----------
    folium_map : folium.Map
        Made with ``tiles=None``; what it holds must not need the network.
    path : path
        Target file, written beside and renamed.
    title, lang : str
        Title of the document and its language, ``zh`` or ``en``.

    Raises
    ------
    DataError
        If something on the map would still be requested from the network, e.g. a tile layer.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_offline(folium.Map([28, 105], tiles=None), Path(folder) / "map.html", title="Wells", lang="en")
    ...     "<title>Wells</title>" in path.read_text(encoding="utf-8")
    True
    """
    return write_text(offline_html(folium_map, title=title, lang=lang), path)


def offline_html(folium_map: folium.Map, *, title: str = "", lang: str = "zh") -> str:
    """Return what :func:`save_offline` writes.

    >>> "http-equiv=\\"Content-Security-Policy\\"" in offline_html(folium.Map([28, 105], tiles=None))
    True
    >>> offline_html(folium.Map([28, 105]))
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: the map has the tile layer 'openstreetmap', ... make the map with tiles=None
    """
    root = folium_map.get_root()
    if not isinstance(root, Figure):
        raise DataError("the map stands in no branca Figure; give the folium.Map itself")
    _refuse_tiles(folium_map)
    for child in list(root._children.values()):
        child.render()
    _refuse_requests(root)
    header = _header(root)
    body = root.html.render()
    script = root.script.render()
    if "$(" in script or "AwesomeMarkers" in script:
        header += f"\n<script>{assets.own('shim.js')}</script>"
    page = compose(title=html_text(title or root.title or ""), lang=lang, header=header, body=body, script=script)
    return number_ids(page, root)


def compose(*, title: str, lang: str, header: str, body: str, script: str) -> str:
    """Return a whole document whose policy allows exactly the scripts in it."""
    page = (
        f'<!DOCTYPE html>\n<html lang="{"en" if lang == "en" else "zh-CN"}">\n<head>\n<meta charset="utf-8">\n'
        "POLICY\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<link rel="icon" href="data:,">\n<title>{title}</title>\n{header}\n</head>\n'
        f"<body>\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>\n"
    )
    return page.replace("\r\n", "\n").replace("\r", "\n")


def with_policy(page: str) -> str:
    """Return the document with a content security policy made of the hashes of its scripts."""
    hashes = []
    for match in _SCRIPT.finditer(page):
        if "application/json" in match[1]:
            continue
        digest = base64.b64encode(hashlib.sha256(match[2].encode("utf-8")).digest()).decode("ascii")
        hashes.append(f"'sha256-{digest}'")
    policy = (
        f"default-src 'none'; script-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return page.replace("POLICY\n", f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n', 1)


def number_ids(page: str, root: Element) -> str:
    """Return the page with folium's random ids numbered as they appear, and with its policy."""
    known = {element._id for element in _walk(root)}
    numbers: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        found = match[0]
        if found not in known:
            return found
        return numbers.setdefault(found, str(len(numbers) + 1))

    return with_policy(_ID.sub(numbered, page))


def write_text(text: str, path: str | os.PathLike[str]) -> Path:
    """Write ``text`` beside ``path`` and rename it, so that there is never half a file.

    Raises
    ------
    ParameterError
        If the name does not end in .html or .htm.
    OutputError
        If the folder cannot be made or written, or the disk is full.
    """
    target = check_suffix(path, [".html", ".htm"], what="a page")
    with atomic_path(target) as temporary:
        write_proven(temporary, text)
    return target


def _header(root: Figure) -> str:
    """Return the head of the document with libraries inside and the rest of folium's links left out."""
    parts = []
    for element in root.header._children.values():
        if isinstance(element, JavascriptLink | CssLink):
            parts.append(_library(element))
        else:
            parts.append(element.render())
    return _VIEWPORT.sub("", "\n".join(part for part in parts if part))


def _library(link: JavascriptLink | CssLink) -> str:
    url = link.url.lower()
    tag = "script" if isinstance(link, JavascriptLink) else "style"
    if any(word in url for word in _DROPPED):
        return ""
    for name, text in _INLINE:
        if url.rsplit("/", 1)[-1].split("?")[0] == name:
            content = text()
            return f"<{tag}>{content}</{tag}>" if content else ""
    if url.startswith("data:"):
        return link.render()
    raise DataError(f"the map needs {link.url}, which a page without network cannot load; leave that plugin out")


def _refuse_tiles(folium_map: folium.Map) -> None:
    for element in _walk(folium_map):
        if isinstance(element, folium.TileLayer | folium.WmsTileLayer):
            name = getattr(element, "tile_name", None) or getattr(element, "layer_name", "")
            raise DataError(
                f"the map has the tile layer {name!r}, which is loaded from the network; make the map with tiles=None"
            )


def _refuse_requests(root: Figure) -> None:
    """Refuse what folium's elements would load; our own pieces hold data as JSON or escaped text."""
    for part in (root.header, root.html, root.script):
        for element in part._children.values():
            if isinstance(element, Raw | JavascriptLink | CssLink):
                continue
            text = element.render()
            found = _REQUEST.search(text) or _LOADER.search(text)
            if found:
                url = next(group for group in found.groups() if group)
                raise DataError(f"the map would request {url[:120]}; embed it as data: or leave it out")


def _walk(element: Element) -> Iterator[Element]:
    yield element
    inner = [getattr(element, name, None) for name in ("header", "html", "script")]
    for child in [*element._children.values(), *(part for part in inner if isinstance(part, Element))]:
        yield from _walk(child)
