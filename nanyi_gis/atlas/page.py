"""What a page module hands to the build, and the shell that all pages share."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr

from ..colours import Colour
from ..plan import PUBLIC_GRID_M, of_kind
from ..raster import Bounds
from ..webmap import Link, Menu, Page, slug
from . import mask
from .context import Atlas
from .drawn import Classes, MapPage, keep_classes
from .entry import BOOK, GROUPS, INDEX
from .figures import Figure
from .gazetteer import gazetteer
from .imagery import Picture, classes, thumbnail
from .links import card_index, with_items

_MARGIN_M = 2000.0
BASE = ("底图", "Base")
"""Heading of the layers that frame every map, in Chinese and English."""


@dataclass(frozen=True, kw_only=True)
class AtlasPage:
    """A finished page with what the first page and the manifest say of it.

    ``key`` is True for the page whose figures stand on the first page. ``main_table`` is the title of the table that
    the printed sheet of the page carries before any other; the others follow in their order.
    """

    file: str
    title: str
    summary: str
    page: Page
    thumbnail: bytes
    figures: tuple[Figure, ...]
    key: bool = False
    main_table: str = ""


def menu(atlas: Atlas) -> list[Link | Menu]:
    """Return the navigation: the first page, pages without a group, a menu for each group that has pages."""
    found: list[Link | Menu] = [(INDEX, atlas.say("首页", "Home"))]
    for group, names in GROUPS.items():
        links = [(entry.file, atlas.say(entry.zh, entry.en)) for entry in atlas.pages if entry.group == group]
        found += links if not group else [Menu(atlas.say(*names), links)] if links else []
    return found


def other_language(atlas: Atlas, file: str) -> Link:
    """Return the link to the same page in the other language, which stands in the single file of all pages."""
    return f"{BOOK}#theme={slug(Path(file).stem, default='page')}&lang={atlas.say('en', 'zh')}", atlas.say(
        "English", "中文"
    )


def shell(
    atlas: Atlas, *, file: str, subtitle: str, sources: Iterable[str] = (), legend_open: bool = True, wide: bool = False
) -> Page:
    """Return an empty page with title, navigation, sources, notice, review field and the index of the cards."""
    titles = {entry.file: atlas.say(entry.zh, entry.en) for entry in atlas.pages}
    return (MapPage if atlas.on_paper else Page)(
        title=titles[file],
        subtitle=subtitle,
        lang=atlas.lang,
        bounds=atlas.bounds,
        provenance=[*atlas.sources_note(), *sources],
        notice=atlas.notice,
        nav=menu(atlas),
        path=file,
        other=other_language(atlas, file),
        crs=atlas.study.crs,
        legend_open=legend_open,
        series=atlas.title,
        dated=dated(atlas),
        gazetteer=atlas.once("gazetteer", lambda: gazetteer(atlas)),
        cards=card_index(atlas),
        wide=wide,
        review=atlas.review,
        coarse_m=PUBLIC_GRID_M if atlas.public else 0.0,
        said=atlas.said,
        within=around(atlas, _MARGIN_M),
    )


def around(atlas: Atlas, metres: float) -> gpd.GeoSeries:
    """Return the counties with a margin, as one area: what lies beyond is not stored in the pages."""
    counties = atlas.study.counties

    def area() -> gpd.GeoSeries:
        return gpd.GeoSeries([shapely.union_all(counties.geometry.values).buffer(metres)], crs=counties.crs)

    return atlas.once(f"around {metres:g}", area)


def dated(atlas: Atlas) -> str:
    """Return of when the data of every page are, as far as the study says it."""
    names = {"plan": ("规划", "plan"), "today": ("现状", "roads and places")}
    found = [
        f"{atlas.say(*words)} {atlas.study.dates[key]}" for key, words in names.items() if atlas.study.dates.get(key)
    ]
    years = re.findall(r"\b(?:19|20)\d\d\b", str(atlas.study.counties.iloc[0]["as_of"]))
    found += [f"{atlas.say('边界', 'boundaries')} {max(years)}"] if years else []
    return atlas.say("数据时点：", "Data as of: ") + atlas.say("；", "; ").join(found) if found else ""


def small_picture(
    atlas: Atlas,
    *layers: tuple[npt.NDArray[np.uint8], Bounds],
    lines: Sequence[tuple[gpd.GeoSeries, str, int]] = (),
    points: Sequence[tuple[gpd.GeoSeries, str]] = (),
) -> bytes:
    """Return a page's picture for the first page: layers (RGBA and bounds) on the relief, lines, the counties."""
    relief = (atlas.relief.values, atlas.relief.bounds)
    outlines = (atlas.study.counties.geometry, "#20313f", 2)
    return thumbnail(
        [relief, *layers],
        bounds=atlas.bounds,
        dimmed=atlas.surroundings.geometry,
        lines=[*lines, outlines],
        points=points,
    )


def add_boundaries(page: Page, atlas: Atlas) -> None:
    """Add counties, what dims their surroundings, neighbours and the river frontage: the frame of every map."""
    base = atlas.say(*BASE)
    page.add_polygons(
        atlas.say("县外区域（淡化）", "Outside the study (dimmed)"),
        atlas.surroundings,
        weight=0,
        fill=mask.COLOUR,
        fill_opacity=mask.OPACITY,
        group=base,
        key="outside",
    )
    if len(atlas.study.neighbours):
        page.add_polygons(
            atlas.say("相邻县区", "Neighbouring counties"),
            atlas.study.neighbours,
            color="#8a949b",
            weight=0.8,
            fill=mask.COLOUR,
            fill_opacity=0.0,
            label=atlas.name,
            labels=True,
            label_style="muted",
            group=base,
            key="neighbours",
        )
    page.add_polygons(
        atlas.outlines,
        atlas.study.counties,
        color="#20313f",
        weight=2.2,
        label=atlas.name,
        labels=True,
        label_style="major",
        popup=[
            (atlas.name, atlas.say("县", "County")),
            ("area_km2", atlas.say("面积 (km²)", "Area (km²)"), 1),
        ],
        group=base,
        key="counties",
    )
    bank: list[tuple[str, str] | tuple[str, str, int]] = [
        ("neighbour", atlas.say("对岸", "Opposite bank")),
        ("length_km", atlas.say("长度 (km)", "Length (km)"), 1),
    ]
    frontage = atlas.study.frontage
    if len(frontage):
        if "neighbour" in frontage:
            frontage = frontage.assign(neighbour=frontage["neighbour"].fillna("").map(atlas.named))
        page.add_lines(
            atlas.say("{}（沿县界）", "{} (along the boundary)").format(atlas.river),
            frontage,
            color="#0072B2",
            weight=3,
            popup=[column for column in bank if column[0] in frontage],
            group=base,
            key="river",
        )


def add_seats(page: Page, atlas: Atlas) -> None:
    """Add the township seats as small dots with their names, for pages whose theme has no places of its own."""
    seats = of_kind(atlas.located, "township")
    if seats.empty:
        return
    page.add_points(
        atlas.say("乡镇驻地", "Township seats"),
        with_items(seats, atlas).assign(
            shown_name=seats[atlas.name].where(seats[atlas.name] != "", seats["name_zh"]),
            county_name=seats["county"].map(atlas.county),
        ),
        color="#55626b",
        radius=2.5,
        label="shown_name",
        labels=True,
        search=["name_zh", "name_en", "name_pinyin"],
        popup=[("name_zh", atlas.say("名称", "Chinese name")), ("county_name", atlas.say("县", "County"))],
        group=atlas.say(*BASE),
        key="seats",
        ids="id",
        items="items",
    )


def add_relief(page: Page, atlas: Atlas) -> None:
    """Add the shaded relief, the ground of the theme."""
    page.add_raster(
        atlas.say("地形晕渲", "Shaded relief"),
        atlas.relief_file,
        bounds=atlas.relief.bounds,
        group=atlas.say("地形", "Terrain"),
        evidence=atlas.terrain_evidence,
        key="relief",
    )


def add_heights(page: Page, atlas: Atlas) -> None:
    """Add the height under the cursor; none is rounded into another elevation band."""
    page.add_value_grid(
        atlas.say("高程", "Elevation"),
        atlas.dem,
        unit="m",
        step=atlas.height_step,
        edges=atlas.study.edges,
        key="elevation",
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
    key: str | None = None,
    rank: str | None = None,
) -> Picture:
    """Add a raster of classes inside the counties, with a legend of the labelled codes; return its picture."""
    picture = classes(codes, inside=atlas.zones)
    layer = Classes(
        name=name,
        title=legend_title or name,
        codes=codes,
        palette=palette,
        labels=labels,
        opacity=opacity,
        shown=shown,
        group=group,
        exclusive=exclusive,
        evidence=atlas.terrain_evidence,
    )
    keep_classes(page, layer)
    page.add_raster(name, picture.values, palette=palette, bounds=picture.bounds, key=key, rank=rank, **_drawn(layer))
    return picture


def add_graded(
    page: Page, layer: Classes, *, of: str, breaks: Sequence[float], key: str, rank: str | None = None
) -> None:
    """Add classes of a quantity, painted from its value grid of key ``of``: a code is how many breaks are reached."""
    keep_classes(page, layer)
    page.add_painted(layer.name, of, palette=layer.palette, breaks=breaks, key=key, rank=rank, **_drawn(layer))


def _drawn(layer: Classes) -> dict[str, Any]:
    """Return what a page is told of a raster of classes beside its cells and colours."""
    return {
        "opacity": layer.opacity,
        "group": layer.group,
        "exclusive": layer.exclusive,
        "shown": layer.shown,
        "legend": [(layer.palette[code], label) for code, label in layer.labels.items()],
        "legend_title": layer.title,
        "evidence": layer.evidence,
    }
