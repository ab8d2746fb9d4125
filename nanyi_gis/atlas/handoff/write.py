"""Writing what is handed on: the project, the workbook, the KML, the drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd

from ..context import Atlas
from ..cover import trust_table
from ..inputs import embedded_inputs
from ..page import AtlasPage
from ..pages import bands
from . import qml
from .catalogue import CLOSED, EXCLUSIVE, GROUPS, fields_of
from .drawing import write_dxf
from .earth import write_kml
from .project import SLOPE_RAMP, Sheet, project, write_project
from .spoken import spoken
from .symbol import Look
from .workbook import Table, write_workbook

FILES = ("nanyi.qgz", "tables.xlsx", "nanyi.kml", "nanyi.dxf")
"""Names of the files, beside ``nanyi.gpkg``."""


def package_styles(looks: Sequence[Look], names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the QML of each table of the GeoPackage; none for one that mixes points, lines and areas."""
    found: dict[str, str] = {}
    for look in looks:
        if not look.geometry and look.symbol is not None and look.table not in found:
            found[look.table] = qml.style(look, names.get(look.table, {}))
    return found


def write_handoff(
    atlas: Atlas,
    folder: Path,
    *,
    layers: Mapping[str, pd.DataFrame],
    looks: Sequence[Look],
    pages: Sequence[AtlasPage] = (),
) -> None:
    """Write the files of :data:`FILES` into ``folder``, where ``nanyi.gpkg`` lies; it is staged by the caller.

    What the pages and layers withhold in public is in none of them.
    """
    names = fields_of(atlas, layers)
    groups = {key: atlas.say(*words) for key, words in GROUPS.items()}
    west, south, east, north = map(float, atlas.study.counties.total_bounds)
    margin = 0.03 * max(east - west, north - south)
    document = project(
        [look for look in looks if look.in_project],
        _sheets(atlas),
        names=names,
        groups=groups,
        exclusive=EXCLUSIVE,
        closed=CLOSED,
        title=atlas.title,
        crs=atlas.study.crs,
        package="nanyi.gpkg",
        extent=(west - margin, south - margin, east + margin, north + margin),
    )
    write_project(folder / "nanyi.qgz", document)
    tables = [*_page_tables(atlas, pages), *_layer_tables(atlas, layers, looks, names)]
    write_workbook(folder / "tables.xlsx", tables, title=atlas.title, lang=atlas.lang)
    note = "\n".join([*dict.fromkeys(page.page.review for page in pages), *atlas.sources_note()])
    told = [look if look.group == "own" else replace(look, frame=spoken(atlas, look.frame)) for look in looks]
    write_kml(folder / "nanyi.kml", told, names=names, groups=groups, title=atlas.title, note=note, lang=atlas.lang)
    write_dxf(folder / "nanyi.dxf", looks, crs=atlas.study.crs, title=atlas.study.title_en)


def _page_tables(atlas: Atlas, pages: Sequence[AtlasPage]) -> list[Table]:
    first = atlas.say("首页", "Home")
    given = [(page.title, table) for page in pages for table in page.page.tables]
    given.append((first, trust_table(atlas, embedded_inputs(atlas))))
    return [
        Table(
            title=table.title,
            where=where,
            sheet=f"{where} {table.title}",
            frame=table.frame,
            columns=table.columns,
            digits=table.digits,
            texts=table.texts,
            note=table.note,
        )
        for where, table in given
    ]


def _layer_tables(
    atlas: Atlas,
    layers: Mapping[str, pd.DataFrame],
    looks: Sequence[Look],
    names: Mapping[str, Mapping[str, str]],
) -> list[Table]:
    """Return a table for each layer of the GeoPackage, without its geometry, under the names of its fields."""
    titles = {look.table: atlas.say("路网", "Network") if look.subset else look.title for look in looks}
    found = []
    for name, frame in layers.items():
        plain = pd.DataFrame(frame.drop(columns=getattr(frame, "_geometry_column_name", None) or []))
        plain = plain if name.startswith("own_") else spoken(atlas, plain)
        heads = {str(column): names.get(name, {}).get(str(column), str(column)) for column in plain.columns}
        title = titles.get(name, name)
        sheet = atlas.say(f"图层 {title}", f"Layer {title}")
        found.append(Table(title=atlas.title, where=f"nanyi.gpkg {name}", sheet=sheet, frame=plain, columns=heads))
    return found


def _sheets(atlas: Atlas) -> list[Sheet]:
    palette, labels = atlas.band_palette, bands.band_names(atlas)
    limits = [0.0, *(limit for limit, _ in SLOPE_RAMP)]
    words = [f"{low:g}–{high:g}°" for low, high in pairwise(limits)]
    words[0], words[-1] = f"≤{limits[1]:g}°", f">{limits[-2]:g}°"
    return [
        Sheet(
            file="bands.tif",
            title=atlas.say("高程分带", "Elevation bands"),
            group="terrain",
            classes=[(code, palette[code], label) for code, label in enumerate(labels, start=1)],
            opacity=0.65,
        ),
        Sheet(
            file="slope.tif",
            title=atlas.say("坡度（度）", "Slope (degrees)"),
            group="terrain",
            steps=[(limit, colour, word) for (limit, colour), word in zip(SLOPE_RAMP, words, strict=True)],
            shown=False,
        ),
    ]
