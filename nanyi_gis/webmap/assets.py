"""Libraries and our own scripts and styles, as text to put into a page."""

import base64
import importlib
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from ..errors import MissingExtraError

_SCRIPTS = (
    "decode.js",
    "projection.js",
    "coordinates.js",
    "open.js",
    "state.js",
    "cells.js",
    "canvas.js",
    "popups.js",
    "layers.js",
    "marks.js",
    "switch.js",
    "readout.js",
    "search.js",
    "labels.js",
    "measure.js",
    "fullscreen.js",
    "print.js",
    "focus.js",
    "png.js",
    "profile.js",
    "difference.js",
    "swipe.js",
    "cards.js",
    "filter.js",
    "sheets.js",
    "table.js",
    "age.js",
    "menu.js",
    "start.js",
)


def leaflet_js() -> str:
    """Return Leaflet's script, with marker images that need no file beside the page.

    Without tiles a map has no highest zoom, and marker clusters fail; so it gets one.
    """
    icons = "".join(
        f"{key}:{data_uri('leaflet', f'images/{name}')!r},"
        for key, name in (
            ("iconUrl", "marker-icon.png"),
            ("iconRetinaUrl", "marker-icon-2x.png"),
            ("shadowUrl", "marker-shadow.png"),
        )
    )
    return (
        f"{_text('leaflet', 'leaflet.js')}\ndelete L.Icon.Default.prototype._getIconUrl;"
        f"L.Icon.Default.mergeOptions({{{icons}}});L.Map.mergeOptions({{maxZoom:18}});"
    )


def leaflet_css() -> str:
    """Return Leaflet's style sheet with its images inside."""
    css = _text("leaflet", "leaflet.css").replace("behavior: url(#default#VML);", "")
    return re.sub(r"url\((images/[\w.-]+)\)", lambda match: f"url({data_uri('leaflet', match[1])})", css)


def cluster_js() -> str:
    """Return the script of Leaflet.markercluster."""
    return _text("leaflet_markercluster", "leaflet.markercluster.js")


def cluster_css() -> str:
    """Return the style sheets of Leaflet.markercluster."""
    names = ("MarkerCluster.css", "MarkerCluster.Default.css")
    return "\n".join(_text("leaflet_markercluster", name) for name in names)


def cluster_head() -> str:
    """Return what a page with marker clusters has in its head."""
    return f"<style>{cluster_css()}</style><script>{cluster_js()}</script>"


def page_js() -> str:
    """Return the scripts of a page, in the order in which they build on each other."""
    return "\n".join(own(name) for name in _SCRIPTS)


def page_css() -> str:
    """Return the styles of a page."""
    return f"{own('page.css')}{own('cards.css')}{own('sheets.css')}"


def book_js() -> str:
    """Return the scripts of a book, which opens one page after the other."""
    return f"{page_js()}\n{own('book.js')}"


@cache
def own(name: str) -> str:
    """Return a file of the ``static`` folder as text; of scripts without indents and lines of comment alone."""
    text = (files(__package__) / "static" / name).read_text(encoding="utf-8")
    return _bare(text) if name.endswith(".js") else text


def _bare(script: str) -> str:
    """Return a script without what only its readers need; no text of our scripts goes over several lines.

    >>> _bare("if (a) {\\n  // why\\n\\n  b();\\n}\\n")
    'if (a) {\\nb();\\n}\\n'
    """
    lines = (line.strip() for line in script.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


@cache
def data_uri(package: str, name: str) -> str:
    """Return an image of an XStatic package as a ``data:`` address."""
    return "data:image/png;base64," + base64.b64encode((_folder(package) / name).read_bytes()).decode("ascii")


@cache
def _text(package: str, name: str) -> str:
    text = (_folder(package) / name).read_text(encoding="utf-8")
    return re.sub(r"\s*//[#@] sourceMappingURL=\S+\s*$", "", text)


def _folder(package: str) -> Path:
    try:
        module = importlib.import_module(f"xstatic.pkg.{package}")
    except ImportError as error:
        name = {"leaflet": "XStatic-Leaflet", "leaflet_markercluster": "XStatic-Leaflet-MarkerCluster"}[package]
        raise MissingExtraError(f"{name} is not installed, but pages need it; install it with pip") from error
    return Path(module.BASE_DIR)
