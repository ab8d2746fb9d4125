"""Writing what is handed on: the project, the workbook, the KML, the drawing."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd

from ..context import Atlas
from ..pages import bands
from . import qml
from .looks import CLOSED, EXCLUSIVE, GROUPS, fields_of
from .project import SLOPE_RAMP, Sheet, write_project
from .symbol import Look

FILES = ("nanyi.qgz",)
"""Names of the files, beside ``nanyi.gpkg``."""


def package_styles(looks: Sequence[Look], names: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the QML of each table of the GeoPackage; none for one that mixes points, lines and areas."""
    found: dict[str, str] = {}
    for look in looks:
        if not look.geometry and look.symbol is not None and look.table not in found:
            found[look.table] = qml.style(look, names.get(look.table, {}))
    return found


def write_handoff(atlas: Atlas, folder: Path, *, layers: Mapping[str, pd.DataFrame], looks: Sequence[Look]) -> None:
    """Write the files of :data:`FILES` into ``folder``, where ``nanyi.gpkg`` lies; it is staged by the caller."""
    names = fields_of(atlas, layers)
    groups = {key: atlas.say(*words) for key, words in GROUPS.items()}
    title = atlas.say(f"{atlas.study.title_zh}空间规划图集", f"Atlas of {atlas.study.title_en}")
    west, south, east, north = map(float, atlas.study.counties.total_bounds)
    margin = 0.03 * max(east - west, north - south)
    write_project(
        folder / "nanyi.qgz",
        looks,
        _sheets(atlas),
        names=names,
        groups=groups,
        exclusive=EXCLUSIVE,
        closed=CLOSED,
        title=title,
        crs=atlas.study.crs,
        package="nanyi.gpkg",
        extent=(west - margin, south - margin, east + margin, north + margin),
    )


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
