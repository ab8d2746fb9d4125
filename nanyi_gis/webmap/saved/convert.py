"""From a page that asks four hosts for its libraries to one that asks nobody."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ..._consent import trusts
from ...errors import DataError
from ...io import check_suffix, hold_bytes, refuse_overlap
from .. import assets
from .._escape import html_text
from ..offline import compose, with_policy, write_text
from .markup import Document, Part
from .script import checked_script

MOST_PAGE_BYTES = 100_000_000
"""Bytes of a saved page that are read; the heaviest that opens in a browser has some 30 MB."""

_LIBRARIES: dict[str, tuple[str, Callable[[], str]]] = {
    "leaflet.js": ("script", assets.leaflet_js),
    "leaflet-src.js": ("script", assets.leaflet_js),
    "leaflet.css": ("style", assets.leaflet_css),
    "leaflet.markercluster.js": ("script", assets.cluster_js),
    "markercluster.css": ("style", assets.cluster_css),
    "markercluster.default.css": ("style", str),
    "d3.js": ("script", lambda: assets.own("scale.js")),
}
_DROPPED = re.compile(
    r"(?:jquery(?:-ui|-\d[\d.]*)?(?:\.slim)?|bootstrap(?:\.bundle|-glyphicons|-theme)?|glyphicons|all|fontawesome(?:-all)?|"
    r"font-awesome|leaflet\.awesome-markers|leaflet\.awesome\.rotate)\.(?:js|css)"
)
_CURE = "leave that plugin out, or save the map with folium.Map(...) alone"


def offline_file(
    page: str | os.PathLike[str], out: str | os.PathLike[str] | None = None, *, drop_tiles: bool = False
) -> Path:
    """Write a page saved by folium or ``GeoDataFrame.explore()`` as one that works without a network.

    Leaflet and MarkerCluster are put into the file; jQuery, Bootstrap and Font Awesome are left out, as the little
    that such pages need of them is replaced, and so is d3 where it draws the colour scale of ``explore()``. A content
    security policy forbids every request. HTML is parsed and written anew; attributes that run scripts are dropped.
    Nothing is written if something is refused.

    Parameters
    ----------
    page : path
        The saved page, ``.html``.
    out : path, optional
        Target; the name of ``page`` with ``_offline`` behind it, beside it, if not given.
    drop_tiles : bool
        Leave tile layers out; else they are refused.

    Raises
    ------
    DataError
        Names the tile layer, library, image or script that is not known here. Trust lifts it for scripts.
    ParameterError
        If the name of ``out`` does not end in .html or .htm, or is that of ``page``.
    OutputError
        If the file cannot be written.
    """
    source = Path(page)
    target = source.with_name(f"{source.stem}_offline.html") if out is None else Path(out)
    check_suffix(target, [".html", ".htm"], what="a page")
    refuse_overlap(reads={"page": [source]}, writes={"out": [target]})
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    hold_bytes(source, what="saved page", most=MOST_PAGE_BYTES)
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise DataError(f"{source} is no page that can be read; give the HTML that folium saved") from error
    try:
        made = offline_text(text, drop_tiles=drop_tiles)
    except DataError as error:
        raise DataError(f"{source} {error}") from error
    return write_text(made, target)


def offline_text(page: str, *, drop_tiles: bool = False) -> str:
    """Return what :func:`offline_file` writes.

    >>> offline_text("<p>no map</p>")
    Traceback (most recent call last):
    ...
    nanyi_gis.errors.DataError: loads no Leaflet; give a page saved by folium or explore()
    """
    document = Document(page)
    libraries = [part for part in document.parts if part.kind == "library"]
    found = {part.text: _library(part.text) for part in libraries}
    if "leaflet.js" not in {_file(part.text).replace("-src", "") for part in libraries}:
        raise DataError("loads no Leaflet; give a page saved by folium or explore()")
    heads = [*dict.fromkeys(filter(None, found.values())), f"<script>{assets.own('shim.js')}</script>"]
    if drop_tiles:
        heads.append(f"<script>{assets.own('no_tiles.js')}</script>")
    rest = [part for part in document.parts if part.kind != "library"]
    heads += [_piece(part, drop_tiles) for part in rest if part.where == "head" and part.kind != "markup"]
    body = [_piece(part, drop_tiles) for part in rest if part.where == "body" or part.kind == "markup"]
    made = compose(
        title=html_text(document.title.strip() or "map"),
        lang="en" if document.lang.lower().startswith("en") else "zh",
        header="\n".join(heads),
        body="\n".join(body),
        script="",
    )
    return with_policy(made)


def _piece(part: Part, drop_tiles: bool) -> str:
    if part.kind == "style":
        return f"<style>{part.text}</style>"
    if part.kind == "script":
        return f"<script>{_closed(checked_script(part.text, drop_tiles=drop_tiles, trusted=trusts()))}</script>"
    return part.text


def _closed(script: str) -> str:
    """Return a script in which nothing, standing in a string, changes how a browser reads the page.

    >>> _closed("a('<!-- <SCRIPT')")
    "a('\\\\x3c!-- \\\\x3cSCRIPT')"
    """
    return re.sub(r"<(?=!--|/?script)", r"\\x3c", script, flags=re.IGNORECASE)


def _file(address: str) -> str:
    """Return the name of the file of a library, whatever its host and version.

    >>> _file("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.min.js?x=1")
    'leaflet.js'
    """
    name = urlsplit(address.strip()).path.rsplit("/", 1)[-1].lower()
    return re.sub(r"\.min(?=\.(?:js|css)$)", "", name)


def _library(address: str) -> str:
    """Return the element that stands for a library; empty for one that is not needed."""
    name = _file(address)
    if name in _LIBRARIES:
        tag, content = _LIBRARIES[name]
        text = content()
        return f"<{tag}>{text}</{tag}>" if text else ""
    if _DROPPED.fullmatch(name):
        return ""
    raise DataError(f"needs {address[:160]}, which a page without network cannot load; {_CURE}")
