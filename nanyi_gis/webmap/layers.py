"""What a page draws: layers, grids under the cursor, a profile; each a record that our script reads."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import ParameterError
from . import rasters
from .grids import class_record
from .painted import Painted, look
from .profile import profile_record
from .rasters import Bounds, Colour, check_bounds, encode
from .vectors import PopupColumn, feature_record, geographic, layer_evidence

Styles = Mapping[Any, Mapping[str, Any]]


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
    ) -> None:
        """Add lines; see :meth:`add_points` for what the options share.

        ``dash`` is a pattern such as ``"6 4"``; ``casing`` a colour drawn a little wider underneath.
        """
        base = {"color": color, "weight": weight, "dash": dash, "casing": casing}
        self._add_features(
            name, gdf, "lines", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            key=key, ids=ids,
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
        ids: str | None = None,
        style_by: str | None = None,
        styles: Styles | None = None,
        shown: bool = True,
        group: str | None = None,
        exclusive: bool = False,
        evidence: str | None = None,
        key: str | None = None,
    ) -> None:
        """Add areas; no ``fill`` draws outlines only. See :meth:`add_points` for the other options."""
        base = {"color": color, "weight": weight, "dash": dash, "fill": fill, "fill_opacity": fill_opacity}
        self._add_features(
            name, gdf, "polygons", base, popup=popup, label=label, always=labels, label_zoom=label_zoom, search=search,
            style_by=style_by, styles=styles, shown=shown, group=group, exclusive=exclusive, evidence=evidence,
            key=key, ids=ids,
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
        key : str, optional
            What the layer is called in the page's address; see :meth:`add_raster`.
        ids : str, optional
            Column of the features' own ids, unique in the layer and the same in each language, by which addresses
            and cards name them; their numbers if not given.

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
            uncertainty=uncertainty, cluster=cluster, key=key, ids=ids,
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
    ) -> None:
        frame = geographic(gdf, name=name)
        meta = self._meta(name, kind, shown=shown, group=group, exclusive=exclusive, evidence=evidence, key=key)
        more, texts, data = feature_record(
            frame, kind, base, name=name, popup=popup, label=label, search=search, style_by=style_by, styles=styles,
            uncertainty=uncertainty, ids=ids, lang=self.lang,
        )  # fmt: skip
        meta["evidence"] = meta["evidence"] or layer_evidence(frame, lang=self.lang)
        meta.update(more, always=always and label is not None, labelZoom=label_zoom, cluster=cluster)
        self._cluster = self._cluster or cluster
        self._add({"meta": meta, "texts": texts, "data": data}, reader="layer")
