"""One page of the atlas: a folium map with its shell, layers, legend and panels, in one file."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd

from ..errors import ParameterError
from . import assets
from ._text import HTML_LANG, REVIEW, rank_words, words
from .cards import CardIndex
from .elements import Record, Shell
from .gazetteer import Gazetteer
from .grid_zone import gauss_kruger
from .layers import Layers
from .navigation import Link, Menu, as_menu, links_of
from .offline import offline_html, write_text
from .rasters import Bounds, check_bounds
from .records import check_key, slug
from .templates import render

MAP: dict[str, Any] = {
    "zoom_control": False,
    "attribution_control": False,
    "max_zoom": 17,
    "zoom_snap": 0.25,
    "zoom_delta": 0.5,
    "wheel_px_per_zoom_level": 120,
    "track_resize": False,  # our script watches the map's own size
}
"""Options of the map of every page, as folium names them."""


class Page(Layers):
    """A self-contained page: title, map, layer switch, legend, read-outs, side panels, sources.

    Parameters
    ----------
    title, subtitle : str
        What the map shows.
    lang : str
        ``zh`` or ``en``: language of the page's own words and of the document.
    bounds : tuple of float
        West, south, east, north of the first view, in WGS-84 degrees.
    home : str, optional
        Address of the atlas' first page.
    review : str, optional
        Text of the map-review field; a page never carries a number of its own making.
    provenance : sequence of str
        Lines on sources and methods at the foot.
    notice : str, optional
        A banner under the title, e.g. that the terrain is a demonstration.
    nav : sequence of (address, label) or Menu
        Links to the other pages; a :class:`Menu` holds those that belong together.
    path : str, optional
        This page's address in ``nav``, to mark it; found by the title if not given.
    other : (address, label), optional
        Link to the same page in the other language.
    crs : str
        Gauss-Kruger zone on CGCS2000 whose coordinates the read-out shows; in any other CRS it shows degrees alone.
    legend_open : bool
        Whether the legend starts unfolded; the layer switch shows most symbols as well.
    series, dated : str
        What the page belongs to and of when its data are; both stand on the printed sheet.
    gazetteer : Gazetteer, optional
        Places that the search field knows besides those of the layers.
    key : str, optional
        What the page is called in addresses, the same in each language; the name of the file in ``path`` if not given.
    cards : CardIndex, optional
        The cards to which popups and tables may lead, see :meth:`Page.add_cards`.
    wide : bool
        Whether the side panel takes the larger part of a wide screen, for a page whose table is the thing.
    coarse_m : float
        Grid in metres of ``crs`` on which every coordinate of points, lines and areas is put, for public maps.
    said : callable, optional
        Puts the sources of features into the language of the page; the raw text stays in a tooltip.
    within : geopandas.GeoSeries, optional
        Areas outside of which value grids are cut, which halves the page of a study that fills half its box.

    Attributes
    ----------
    map : folium.Map
        The map underneath; folium elements may be added to it.

    Raises
    ------
    ParameterError
        If the language is unknown, the bounds are no box on the earth, or the key is no key.

    >>> page = Page(title="Bands", lang="en", bounds=(105, 27.6, 106.4, 28.5))
    >>> "<title>Bands</title>" in page.html()
    True
    """

    def __init__(
        self,
        *,
        title: str,
        bounds: Bounds,
        subtitle: str = "",
        lang: str = "zh",
        home: str | None = "index.html",
        review: str | None = None,
        provenance: Sequence[str] = (),
        notice: str | None = None,
        nav: Sequence[Link | Menu] = (),
        path: str | None = None,
        other: Link | None = None,
        crs: str = "EPSG:4544",
        legend_open: bool = True,
        series: str = "",
        dated: str = "",
        gazetteer: Gazetteer | None = None,
        key: str | None = None,
        cards: CardIndex | None = None,
        wide: bool = False,
        coarse_m: float = 0.0,
        said: Callable[[str], str] | None = None,
        within: gpd.GeoSeries | None = None,
    ) -> None:
        if lang not in HTML_LANG:
            raise ParameterError(f"lang is {lang!r}, but must be one of: zh, en")
        super().__init__()
        self.cards = cards
        self.wide = wide
        self.title = str(title)
        self.subtitle = str(subtitle)
        self.lang = lang
        self.bounds = check_bounds(bounds)
        self.home = home
        self.review = REVIEW[lang] if review is None else str(review)
        self.provenance = list(provenance)
        self.notice = notice
        self.nav = list(nav)
        self.path = path
        self.other = other
        self._grid = gauss_kruger(crs)
        self._said = said
        self.within = within
        self._coarse = (str(crs), float(coarse_m)) if coarse_m else None
        self.legend_open = legend_open
        self.series = str(series)
        self.dated = str(dated)
        self.gazetteer = gazetteer
        self.key = slug(Path(path or "").stem, default="page") if key is None else key
        check_key(self.key, name=f"page {self.title!r}")
        self._switches: list[dict[str, Any]] = []
        west, south, east, north = self.bounds
        self.map = folium.Map(
            location=[(south + north) / 2, (west + east) / 2], zoom_start=9, tiles=None, font_size="13px", **MAP
        )
        self._shell = Shell()
        self.map.add_child(self._shell)

    def add_switch(self, name: str, options: Sequence[str], *, title: str | None = None) -> None:
        """Show an exclusive group as a row of buttons above the map, e.g. a scenario by year.

        ``name`` is the ``group`` of the layers, ``options`` their names, in the order shown. The first switch of a
        page stands in its address as ``year``, with the key of the layer chosen.
        """
        self._switches.append({"name": str(name), "options": [str(o) for o in options], "title": title or str(name)})

    @property
    def plain(self) -> bool:
        """Whether the map holds nothing but what this class adds; elements of folium's need a file of their own."""
        return all(isinstance(child, Shell | Record) for child in self.map._children.values())

    # ---- the document ----------------------------------------------------------------------

    def html(self) -> str:
        """Return the page as one HTML document; the same page gives the same text."""
        spec = self.spec()
        cluster = assets.cluster_head() if self._cluster else ""
        self._shell.head = (
            f"{cluster}<style>{assets.page_css()}</style>\n<script>{assets.own('old.js')}</script>\n"
            f"<script>\n{assets.page_js()}</script>"
        )
        self._shell.before, self._shell.after = spec["before"], spec["after"]
        self._shell.record = {
            **spec["page"],
            "records": [[record.get_name(), record.reader] for record in self._records],
        }
        return offline_html(self.map, title=spec["title"], lang=self.lang)

    def spec(self) -> dict[str, Any]:
        """Return the page as data, from which our script builds it: what a book holds of it.

        ``before`` and ``after`` are the HTML around the map, ``page`` what the script needs to know, ``records`` the
        layers, grids and profile as ``reader``, ``meta``, ``texts`` and ``data``: words stand in ``meta`` and
        ``texts``, and ``data`` are the same in each language.

        """
        self._check_cells()
        phrase = words(self.lang)
        context = {
            "page": self,
            "words": phrase,
            "panels": self._panels,
            "profile": self._profile,
            "as_menu": as_menu,
            "current": self.path if self.path is not None else self._current(),
        }
        west, south, east, north = self.bounds
        return {
            "key": self.key,
            "lang": self.lang,
            "name": self.title,
            "title": f"{self.title} – {self.subtitle}" if self.subtitle else self.title,
            "before": render("before.html", context),
            "after": render("after.html", context),
            "page": {
                "key": self.key,
                "words": phrase,
                "bounds": [[south, west], [north, east]],
                "switches": self._switches,
                "grid": self._grid,
                "legendOpen": self.legend_open,
                "ranks": rank_words(self.lang),
                "series": self.series,
                "dated": self.dated,
                "gazetteer": None if self.gazetteer is None else self.gazetteer.record,
                "items": None if self.gazetteer is None else self.gazetteer.items_record(self.lang),
                "cards": None if self.cards is None else self.cards.record(self._named),
            },
            "records": [{"reader": record.reader, **record.record} for record in self._records],
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page, whole or not at all, and return its path.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return write_text(self.html(), path)

    # ---- inner -----------------------------------------------------------------------------

    def _current(self) -> str:
        return next((address for address, label in links_of(self.nav) if label == self.title), "")
