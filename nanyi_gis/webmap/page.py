"""One page of the atlas: a folium map with its shell, layers, legend and panels, in one file."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from ..colours import hex_colour
from ..errors import ParameterError
from . import assets, rasters
from ._text import HTML_LANG, REVIEW, evidence_word, words
from .elements import Record, Shell
from .grid_zone import gauss_kruger
from .grids import grid_record
from .navigation import Link, Menu, as_menu, links_of
from .offline import offline_html, write_text
from .panels import Panels
from .profile import profile_record
from .rasters import Bounds, Colour, check_bounds, encode
from .templates import render
from .vectors import PopupColumn, feature_record, geographic, layer_evidence

Styles = Mapping[Any, Mapping[str, Any]]


class Page(Panels):
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
    crs : str
        Gauss-Kruger zone on CGCS2000 whose coordinates the read-out shows; in any other CRS it shows degrees alone.
    legend_open : bool
        Whether the legend starts unfolded; the layer switch shows most symbols as well.

    Attributes
    ----------
    map : folium.Map
        The map underneath; folium elements may be added to it.

    Raises
    ------
    ParameterError
        If the language is unknown or the bounds are no box on the earth.

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
        crs: str = "EPSG:4544",
        legend_open: bool = True,
    ) -> None:
        if lang not in HTML_LANG:
            raise ParameterError(f"lang is {lang!r}, but must be one of: zh, en")
        super().__init__()
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
        self._grid = gauss_kruger(crs)
        self.legend_open = legend_open
        self._profile = ""
        self._switches: list[dict[str, Any]] = []
        self._cluster = False
        self._shown: set[str] = set()
        self._count = 0
        west, south, east, north = self.bounds
        self.map = folium.Map(
            location=[(south + north) / 2, (west + east) / 2],
            zoom_start=9,
            tiles=None,
            zoom_control=False,
            attribution_control=False,
            maxZoom=17,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=120,
            font_size="13px",
        )
        self._shell = Shell()
        self.map.add_child(self._shell)

    # ---- layers ----------------------------------------------------------------------------

    def add_raster(
        self,
        name: str,
        image: npt.NDArray[np.uint8] | bytes,
        *,
        bounds: Bounds,
        opacity: float = 1.0,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        legend: Sequence[tuple[str | Colour, str]] = (),
        legend_title: str | None = None,
        format: str | None = None,  # noqa: A002
        palette: Mapping[int, Colour] | None = None,
        evidence: str | None = None,
    ) -> None:
        """Add an image that is already in Web Mercator (see :func:`warp_to_mercator`).

        Parameters
        ----------
        name : str
            Name in the layer switch; layers of the same name and group are switched together.
        image : array of uint8
            Shape (rows, columns, 4) in red, green, blue, alpha; or, with ``palette``, class
            codes of shape (rows, columns); or the bytes of a PNG or WebP file.
        bounds : tuple of float
            West, south, east, north of the image's outer edge in WGS-84 degrees.
        opacity : float
            From 0 to 1.
        shown, group, exclusive
            Whether it is on at first; its theme; whether only one layer of that theme shows.
        legend : sequence of (colour, label)
            Entries of the legend.
        legend_title : str, optional
            Heading in the legend if other than ``name``.
        format : str, optional
            ``webp`` (quality 75, for relief), ``lossless`` (WebP) or ``png``; if not given,
            ``webp`` for images and ``lossless`` for classes.
        palette : mapping, optional
            Colour by class code; other codes are transparent.
        evidence : str, optional
            Grade (e.g. ``modelled``), shown beside the name.
        """
        if not 0 <= opacity <= 1:
            raise ParameterError(f"opacity is {opacity}, but must lie between 0 and 1")
        content = image if isinstance(image, bytes) else encode(np.asarray(image), palette, format)
        meta = self._meta(name, "raster", shown=shown, group=group, exclusive=exclusive, evidence=evidence)
        meta["opacity"] = opacity
        meta["crisp"] = palette is not None or format in {"png", "lossless"}
        meta["legend"] = [[hex_colour(colour), str(label)] for colour, label in legend]
        meta["legendTitle"] = legend_title or ""
        self._add(
            {"meta": meta, "data": {"bounds": list(check_bounds(bounds)), "image": rasters.data_address(content)}}
        )

    def add_lines(
        self,
        name: str,
        gdf: gpd.GeoDataFrame,
        *,
        color: str = "#0072B2",
        weight: float = 2,
        dash: str | None = None,
        casing: str | None = None,
        popup: Sequence[PopupColumn] = (),
        label: str | None = None,
        labels: bool = False,
        label_zoom: float = 0,
        search: Sequence[str] | None = None,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
    ) -> None:
        """Add lines; see :meth:`add_points` for what the options share.

        ``dash`` is a pattern such as ``"6 4"``; ``casing`` a colour drawn a little wider underneath.
        """
        base = {"color": color, "weight": weight, "dash": dash, "casing": casing}
        self._add_features(
            name, gdf, "lines", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
        )  # fmt: skip

    def add_polygons(
        self,
        name: str,
        gdf: gpd.GeoDataFrame,
        *,
        color: str = "#20313f",
        fill: str | None = None,
        fill_opacity: float = 0.2,
        weight: float = 1.5,
        dash: str | None = None,
        popup: Sequence[PopupColumn] = (),
        label: str | None = None,
        labels: bool = False,
        label_zoom: float = 0,
        search: Sequence[str] | None = None,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
    ) -> None:
        """Add areas; no ``fill`` draws outlines only. See :meth:`add_points` for the other options."""
        base = {"color": color, "weight": weight, "dash": dash, "fill": fill, "fill_opacity": fill_opacity}
        self._add_features(
            name, gdf, "polygons", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
        )  # fmt: skip

    def add_points(
        self,
        name: str,
        gdf: gpd.GeoDataFrame,
        *,
        color: str = "#D55E00",
        radius: float = 5,
        shape: str = "circle",
        popup: Sequence[PopupColumn] = (),
        label: str | None = None,
        labels: bool = False,
        label_zoom: float = 0,
        search: Sequence[str] | None = None,
        uncertainty: str | None = None,
        cluster: bool = False,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
    ) -> None:
        """Add points.

        Parameters
        ----------
        name : str
            Name in the layer switch; layers of the same name and group are switched together.
        gdf : geopandas.GeoDataFrame
            Points in any CRS; not changed. Columns ``source``, ``as_of``, ``evidence`` and
            ``uncertainty_m`` are shown at the foot of each popup.
        color, radius, shape
            CSS colour, radius in pixels, and circle, square, triangle, diamond or star.
        popup : sequence of (column, label) or (column, label, decimals)
            What a click shows.
        label : str, optional
            Column of names, shown under the cursor and found by the search box.
        labels, label_zoom
            Whether names stay on the map, and from which zoom level.
        search : sequence of str, optional
            Further columns to be found by; ``name_zh``, ``name_en``, ``pinyin`` if not given.
        uncertainty : str, optional
            Column of radii in metres, drawn as a circle when a point is clicked or on demand.
        cluster : bool
            Whether close points are drawn as one with their number.
        style_by, styles
            Column, and the style of each of its values: ``color``, ``radius``, ``shape``,
            ``label``, and for lines and areas ``weight``, ``dash``, ``fill``, ``fill_opacity``.
            Values without a style get the layer's own.
        shown, group, exclusive
            Whether it is on at first; its theme; whether only one layer of that theme shows.
        evidence : str, optional
            Grade shown beside the name; if not given, the column ``evidence`` where it says
            schematic, modelled or derived throughout.

        Raises
        ------
        DataError
            If the layer has no CRS or holds other geometries.
        ParameterError
            If a column or a style is unknown.
        """
        base = {"fill": color, "radius": radius, "shape": shape, "weight": 1.5}
        self._add_features(
            name, gdf, "points", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            uncertainty=uncertainty, cluster=cluster,
        )  # fmt: skip

    def add_value_grid(
        self,
        name: str,
        da: xr.DataArray,
        *,
        unit: str = "",
        decimals: int = 0,
        step: float = 1,
        classes: Mapping[int, str] | None = None,
        reasons: Mapping[int, str] | None = None,
        max_cells: int = 330_000,
        follows: str | None = None,
    ) -> None:
        """Add a line to the read-out: the value of a raster under the cursor.

        Parameters
        ----------
        name, unit, decimals
            What the line says; several grids make several lines.
        da : xarray.DataArray
            Dimensions ``y, x`` in any CRS; merged to at most ``max_cells`` cells.
        step : float
            Values are kept in steps of this size.
        classes : mapping, optional
            Name by code, for rasters of classes.
        reasons : mapping, optional
            A sentence by code, shown under the line.
        follows : str, optional
            Name of a layer; the line shows only while that layer does.
        """
        record = grid_record(
            da, name=str(name), unit=unit, decimals=decimals, step=step, classes=classes, reasons=reasons,
            max_cells=max_cells, follows=follows,
        )  # fmt: skip
        self._count += 1
        self.map.add_child(Record(record, number=self._count, reader="grid"))

    def add_profile(
        self,
        title: str,
        table: pd.DataFrame,
        *,
        names: Mapping[Any, str] | None = None,
        marks: pd.DataFrame | None = None,
        stretches: pd.DataFrame | None = None,
    ) -> None:
        """Add the elevation profile of a road under the map, linked with it both ways.

        The pointer, or the arrow keys, on the profile move a mark along the road; a press on the road shows the
        place on the profile.

        Parameters
        ----------
        title : str
            What the profile shows.
        table : pandas.DataFrame
            Stations in order: ``branch``; ``m``, metres along it; ``z``, height in metres, empty where unknown;
            ``lon`` and ``lat`` in WGS-84 degrees. Where given: ``grade``, of the way on to the next station in
            percent; ``over``, whether that is steeper than the road may be; ``span``, the word for a tunnel or bridge.
        names : mapping, optional
            Name of each branch for readers.
        marks : pandas.DataFrame, optional
            Places along the road: ``branch``, ``m``, ``name``.
        stretches : pandas.DataFrame, optional
            Stretches that are shaded: ``branch``, ``from_m``, ``to_m``, ``name``.

        Raises
        ------
        ParameterError
            If a column is missing, or the page has a profile already.
        DataError
            If a value is no number, the metres fall along a branch, or a mark names an unknown branch.
        """
        if self._profile:
            raise ParameterError(f"the page has the profile {self._profile!r} already; put the branches into one table")
        record = profile_record(table, title=str(title), names=names, marks=marks, stretches=stretches)
        self._profile = str(title)
        self._count += 1
        self.map.add_child(Record(record, number=self._count, reader="profile"))

    def add_switch(self, name: str, options: Sequence[str], *, title: str | None = None) -> None:
        """Show an exclusive group as a row of buttons above the map, e.g. a scenario by year.

        ``name`` is the ``group`` of the layers, ``options`` their names, in the order shown.
        """
        self._switches.append({"name": str(name), "options": [str(o) for o in options], "title": title or str(name)})

    # ---- the document ----------------------------------------------------------------------

    def html(self) -> str:
        """Return the page as one HTML document; the same page gives the same text."""
        phrase = words(self.lang)
        context = {
            "page": self,
            "words": phrase,
            "panels": self._panels,
            "profile": self._profile,
            "as_menu": as_menu,
            "current": self.path if self.path is not None else self._current(),
        }
        cluster = (
            f"<style>{assets.cluster_css()}</style><script>{assets.cluster_js()}</script>" if self._cluster else ""
        )
        self._shell.head = f"{cluster}<style>{assets.own('page.css')}</style>\n<script>\n{assets.page_js()}</script>"
        self._shell.before = render("before.html", context)
        self._shell.after = render("after.html", context)
        west, south, east, north = self.bounds
        self._shell.record = {
            "words": phrase,
            "bounds": [[south, west], [north, east]],
            "switches": self._switches,
            "grid": self._grid,
            "legendOpen": self.legend_open,
        }
        title = f"{self.title} – {self.subtitle}" if self.subtitle else self.title
        return offline_html(self.map, title=title, lang=self.lang)

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

    def _meta(
        self, name: str, kind: str, *, shown: bool, group: str | None, exclusive: bool, evidence: str | None
    ) -> dict[str, Any]:
        if exclusive and group is None:
            raise ParameterError(f"layer {name!r} is exclusive, but has no group; name the group it belongs to")
        if exclusive and shown:
            others = {entry for entry in self._shown if entry.startswith(f"{group}\1")} - {f"{group}\1{name}"}
            shown = not others
            if shown:
                self._shown.add(f"{group}\1{name}")
        return {
            "name": str(name),
            "kind": kind,
            "order": self._count + 1,
            "shown": shown,
            "group": str(group or ""),
            "exclusive": exclusive,
            "evidence": evidence_word(evidence, self.lang) if evidence else "",
        }

    def _add_features(
        self,
        name: str,
        gdf: gpd.GeoDataFrame,
        kind: str,
        base: Mapping[str, Any],
        *,
        popup: Sequence[PopupColumn],
        label: str | None,
        always: bool,
        label_zoom: float,
        search: Sequence[str] | None,
        style_by: str | None,
        styles: Styles | None,
        shown: bool,
        group: str | None,
        exclusive: bool,
        evidence: str | None,
        uncertainty: str | None = None,
        cluster: bool = False,
    ) -> None:
        frame = geographic(gdf, name=name)
        meta = self._meta(name, kind, shown=shown, group=group, exclusive=exclusive, evidence=evidence)
        more, data = feature_record(
            frame, kind, base, name=name, popup=popup, label=label, search=search, style_by=style_by, styles=styles,
            uncertainty=uncertainty, lang=self.lang,
        )  # fmt: skip
        meta["evidence"] = meta["evidence"] or layer_evidence(frame, lang=self.lang)
        meta.update(more, always=always and label is not None, labelZoom=label_zoom, cluster=cluster)
        self._cluster = self._cluster or cluster
        self._add({"meta": meta, "data": data})

    def _add(self, record: dict[str, Any]) -> None:
        self._count += 1
        self.map.add_child(Record(record, number=self._count, reader="layer"))
