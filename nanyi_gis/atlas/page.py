"""What a page module hands to the build, and the shell that all pages share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import xarray as xr

from ..webmap import Page
from .context import Atlas
from .figures import Figure
from .imagery import Colour, Picture, classes

PAGES = (
    ("index.html", "首页", "Home"),
    ("overview.html", "总览", "Overview"),
    ("bands.html", "高程分带", "Elevation bands"),
    ("suitability_orange.html", "甜橙", "Orange"),
    ("suitability_plum.html", "脆李", "Plum"),
    ("suitability_kiwifruit.html", "猕猴桃", "Kiwifruit"),
    ("suitability_sorghum.html", "糯高粱", "Sorghum"),
    ("suitability_bamboo.html", "竹", "Bamboo"),
    ("network.html", "路网", "Network"),
    ("access_hospital.html", "就医", "To hospital"),
    ("access_motorway.html", "上高速", "To motorways"),
    ("access_railway.html", "乘火车", "To trains"),
)


@dataclass(frozen=True, kw_only=True)
class AtlasPage:
    """A finished page with what the first page and the manifest say of it."""

    file: str
    title: str
    summary: str
    page: Page
    thumbnail: bytes
    figures: tuple[Figure, ...]


def shell(atlas: Atlas, *, file: str, subtitle: str, sources: Iterable[str] = (), legend_open: bool = True) -> Page:
    """Return an empty page with title, navigation, sources, notice and review field."""
    titles = {address: atlas.say(zh, en) for address, zh, en in PAGES}
    return Page(
        title=titles[file],
        subtitle=subtitle,
        lang=atlas.lang,
        bounds=atlas.bounds,
        provenance=[*atlas.sources_note(), *sources],
        notice=atlas.notice,
        nav=list(titles.items()),
        path=file,
        legend_open=legend_open,
    )


def add_boundaries(page: Page, atlas: Atlas) -> None:
    """Add counties, neighbours and the river frontage: the frame of every map."""
    base = atlas.say("底图", "Base")
    page.add_polygons(
        atlas.say("相邻县区", "Neighbouring counties"),
        atlas.study.neighbours,
        color="#8a949b",
        weight=0.8,
        fill="#ffffff",
        fill_opacity=0.45,
        label=atlas.name,
        labels=True,
        label_zoom=8,
        group=base,
    )
    page.add_polygons(
        atlas.say("两县县界", "The two counties"),
        atlas.study.counties,
        color="#20313f",
        weight=2.2,
        label=atlas.name,
        popup=[
            (atlas.name, atlas.say("县", "County")),
            ("area_km2", atlas.say("面积 (km²)", "Area (km²)"), 1),
        ],
        group=base,
    )
    page.add_lines(
        atlas.say("赤水河（沿县界）", "Chishui River (along the boundary)"),
        atlas.study.frontage,
        color="#0072B2",
        weight=3,
        popup=[
            ("neighbour", atlas.say("对岸", "Opposite bank")),
            ("length_km", atlas.say("长度 (km)", "Length (km)"), 1),
        ],
        group=base,
    )


def add_relief(page: Page, atlas: Atlas) -> None:
    """Add the shaded relief, the ground of the theme."""
    page.add_raster(
        atlas.say("地形晕渲", "Shaded relief"),
        atlas.relief_file,
        bounds=atlas.relief.bounds,
        group=atlas.say("地形", "Terrain"),
        evidence=atlas.terrain_evidence,
    )


def add_classes(
    page: Page,
    atlas: Atlas,
    name: str,
    codes: xr.DataArray,
    palette: Mapping[int, Colour],
    labels: Mapping[int, str],
    *,
    group: str,
    opacity: float = 0.8,
    shown: bool = True,
    exclusive: bool = False,
    legend_title: str | None = None,
) -> Picture:
    """Add a raster of classes inside the counties, with a legend of the labelled codes; return its picture."""
    picture = classes(codes, inside=atlas.zones)
    page.add_raster(
        name,
        picture.values,
        palette=palette,
        bounds=picture.bounds,
        opacity=opacity,
        group=group,
        exclusive=exclusive,
        shown=shown,
        legend=[(palette[code], label) for code, label in labels.items()],
        legend_title=legend_title,
        evidence=atlas.terrain_evidence,
    )
    return picture
