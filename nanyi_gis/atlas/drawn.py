"""What is put on a page, kept as it was given, so that the printed sheet of the same theme shows the same."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import xarray as xr

from ..colours import Colour
from ..webmap import Page


@dataclass(frozen=True, kw_only=True)
class Features:
    """A layer of points, lines or polygons with the options of ``Page.add_points`` and its like, defaults included."""

    kind: str
    name: str
    frame: gpd.GeoDataFrame
    options: Mapping[str, Any]

    @property
    def shown(self) -> bool:
        """Whether the layer is on when the page opens."""
        return bool(self.options["shown"])

    @property
    def group(self) -> str:
        """Heading of the layer switch under which it stands."""
        return str(self.options["group"] or "")

    @property
    def exclusive(self) -> bool:
        """Whether but one layer of the group is on at a time."""
        return bool(self.options["exclusive"])


@dataclass(frozen=True, kw_only=True)
class Classes:
    """A raster of classes in the working CRS, 0 where there is none, with colours and names by code."""

    name: str
    title: str
    codes: xr.DataArray
    palette: Mapping[int, Colour]
    labels: Mapping[int, str]
    opacity: float
    shown: bool
    group: str
    exclusive: bool
    evidence: str


class MapPage(Page):
    """A page that keeps what it shows.

    Attributes
    ----------
    drawn : list of Features and Classes
        From the lowest up.

    >>> page = MapPage(title="Wells", lang="en", bounds=(105, 28, 106, 29))
    >>> page.add_points("Wells", gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([105.5], [28.5]), crs=4326))
    >>> [(layer.name, layer.options["radius"]) for layer in page.drawn]
    [('Wells', 5)]
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.drawn: list[Features | Classes] = []

    def add_points(self, name: str, gdf: gpd.GeoDataFrame, **options: Any) -> None:
        """Add points, see :meth:`Page.add_points`."""
        super().add_points(name, gdf, **options)
        self._keep("points", super().add_points, name, gdf, options)

    def add_lines(self, name: str, gdf: gpd.GeoDataFrame, **options: Any) -> None:
        """Add lines, see :meth:`Page.add_lines`."""
        super().add_lines(name, gdf, **options)
        self._keep("lines", super().add_lines, name, gdf, options)

    def add_polygons(self, name: str, gdf: gpd.GeoDataFrame, **options: Any) -> None:
        """Add areas, see :meth:`Page.add_polygons`."""
        super().add_polygons(name, gdf, **options)
        self._keep("polygons", super().add_polygons, name, gdf, options)

    def _keep(
        self, kind: str, method: Callable[..., None], name: str, gdf: gpd.GeoDataFrame, options: Mapping[str, Any]
    ) -> None:
        given = inspect.signature(method).bind(name, gdf, **options)
        given.apply_defaults()
        self.drawn.append(Features(kind=kind, name=name, frame=gdf, options=given.arguments))


def keep_classes(page: Page, layer: Classes) -> None:
    """Let a page keep a raster of classes, of which it has but the picture; any other page forgets it."""
    if isinstance(page, MapPage):
        page.drawn.append(layer)
