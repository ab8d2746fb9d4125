"""What a page draws: layers, grids under the cursor, a profile; each a record that our script reads."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import ParameterError
from . import rasters
from .cards import FactCard, Place, card_data, card_texts, joined
from .grids import class_record
from .painted import Painted, check_rank, look
from .profile import profile_record
from .rasters import Bounds, Colour, check_bounds, encode
from .vectors import PopupColumn, feature_record, geographic, layer_evidence, layer_words

Styles = Mapping[Any, Mapping[str, Any]]
_LABEL_STYLES = ("", "major", "muted")


class Layers(Painted):
    """The layers, grids and the profile of a page, in the order in which they are added.

    Every one has a ``key``, which is the same in each language of the page and stands in its addresses.
    """

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
        key: str | None = None,
        rank: str | None = None,
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
            ``webp`` for images, and cells that the page paints for classes.
        palette : mapping, optional
            Colour by class code; other codes are transparent.
        evidence : str, optional
            Grade (e.g. ``modelled``), shown beside the name.
        key : str, optional
            What the layer is called in the page's address, the same in each language; ``n`` and its number if not
            given.
        rank : str, optional
            What the order of the classes means where two such layers are compared: ``minutes``, ``better_first`` or
            ``more_last``; classes without an order if not given. The classes of a raster are read from the value
            grid of key ``KEY_grid``.
        """
        data: dict[str, Any]
        edges = check_bounds(bounds)
        if palette is not None and format is None and not isinstance(image, bytes):
            said, data = class_record(np.asarray(image), palette, edges)
        else:
            content = image if isinstance(image, bytes) else encode(np.asarray(image), palette, format)
            said, data = {}, {"bounds": list(edges), "image": rasters.data_address(content)}
        meta = self._meta(name, "raster", shown=shown, group=group, exclusive=exclusive, evidence=evidence, key=key)
        meta |= {**look(opacity, legend, legend_title), **said}
        meta["crisp"] = palette is not None or format in {"png", "lossless"}
        meta["rank"] = check_rank(rank, name=name)
        self._add({"meta": meta, "texts": {}, "data": data}, reader="layer")

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
        ids: str | None = None,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
        key: str | None = None,
        items: str | None = None,
    ) -> None:
        """Add lines; see :meth:`add_points` for what the options share.

        ``dash`` is a pattern such as ``"6 4"``; ``casing`` a colour drawn a little wider underneath.
        """
        base = {"color": color, "weight": weight, "dash": dash, "casing": casing}
        self._add_features(
            name, gdf, "lines", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            key=key, ids=ids, items=items,
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
        label_style: str = "",
        search: Sequence[str] | None = None,
        ids: str | None = None,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
        key: str | None = None,
        rank: str | None = None,
        items: str | None = None,
    ) -> None:
        """Add areas; no ``fill`` draws outlines only. See :meth:`add_points` and, for rank, :meth:`add_raster`.

        ``label_style`` is ``major`` for the areas that the page is about, whose names are the largest, or ``muted``
        for those around them, whose names are grey and keep outside the major ones.
        """
        if label_style not in _LABEL_STYLES:
            raise ParameterError(f"label_style of layer {name!r} is {label_style!r}, but must be major or muted")
        base = {"color": color, "weight": weight, "dash": dash, "fill": fill, "fill_opacity": fill_opacity}
        self._add_features(
            name, gdf, "polygons", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            key=key, ids=ids, rank=rank, label_style=label_style, items=items,
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
        ids: str | None = None,
        uncertainty: str | None = None,
        cluster: bool = False,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
        key: str | None = None,
        items: str | None = None,
        legend_title: str | None = None,
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
        shown, group, exclusive, legend_title
            Whether it is on at first; its theme; whether only one layer of that theme shows; heading of the legend.
        evidence : str, optional
            Grade shown beside the name; if not given, the column ``evidence`` where it says
            schematic, modelled or derived throughout.
        key : str, optional
            What the layer is called in the page's address; see :meth:`add_raster`.
        ids : str, optional
            Column of the features' own ids, unique in the layer and the same in each language, by which addresses
            and cards name them; their numbers if not given.
        items : str, optional
            Column of the keys of cards that concern each feature, a list or a text with semicolons; the popup leads
            to them.

        Raises
        ------
        DataError
            If the layer has no CRS or holds other geometries.
        ParameterError
            If a column or a style is unknown, a key is taken, or ids repeat.
        """
        base = {"fill": color, "radius": radius, "shape": shape, "weight": 1.5}
        self._add_features(
            name, gdf, "points", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            uncertainty=uncertainty, cluster=cluster, key=key, ids=ids, items=items, legend_title=legend_title,
        )  # fmt: skip

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
        record["meta"]["key"] = self._free_key("profile", name=title)
        self._add(record, reader="profile")

    def add_cards(
        self, cards: Iterable[FactCard], *, places: Mapping[str, Place] | None = None, key: str = "cards"
    ) -> None:
        """Add the cards themselves, which this page opens in place, and in a book every page.

        Parameters
        ----------
        cards : iterable of FactCard
            What they say, each under its key.
        places : mapping, optional
            Name, longitude and latitude of the places to which cards lead, by id.
        key : str
            What the record is called; see :meth:`add_raster`.

        Raises
        ------
        ParameterError
            If the page was made without ``cards``, two cards have one key, or a card leads to an unknown place.
        """
        if self.cards is None:
            raise ParameterError("the page knows no cards; give it their index, Page(cards=CardIndex(...))")
        known = dict(places or {})
        meta = {"key": self._free_key(key, name=key), "name": key}
        texts = layer_words(card_texts(cards, names=self.cards.names, places=known), above=20_000)
        self._add({"meta": meta, "texts": texts, "data": card_data(known)}, reader="cards")

    # ---- inner -----------------------------------------------------------------------------

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
        key: str | None,
        ids: str | None,
        items: str | None,
        rank: str | None = None,
        label_style: str = "",
        legend_title: str | None = None,
    ) -> None:
        frame = geographic(gdf, name=name, coarse_on=self._coarse)
        meta = self._meta(name, kind, shown=shown, group=group, exclusive=exclusive, evidence=evidence, key=key)
        more, texts, data = feature_record(
            frame, kind, base, name=name, popup=popup, label=label, search=search, style_by=style_by, styles=styles,
            uncertainty=uncertainty, ids=ids, items=items, lang=self.lang, said=self._said,
        )  # fmt: skip
        if items is not None:
            self._named.update(key for keys in joined(frame[items].tolist()) for key in keys.split(";") if key)
        meta["evidence"] = meta["evidence"] or layer_evidence(frame, lang=self.lang)
        meta["rank"] = check_rank(rank, name=name)
        meta["legendTitle"] = legend_title or ""
        meta.update(more, always=always and label is not None, labelZoom=label_zoom, cluster=cluster)
        meta["labelStyle"] = label_style
        self._cluster = self._cluster or cluster
        self._add({"meta": meta, "texts": texts, "data": data}, reader="layer")
