"""Townships coloured by a share of theirs: what a public map may show in place of sites."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from ..webmap import Page
from .context import Atlas

Shades = Sequence[tuple[float, str]]
"""Least percentage of each class and its colour, from the highest class to that of 0."""


def add_township_shares(
    page: Page,
    atlas: Atlas,
    name: str,
    areas: gpd.GeoDataFrame,
    percent: npt.NDArray[np.float64],
    *,
    shades: Shades,
    popup: Sequence[tuple[str, str] | tuple[str, str, int]],
    key: str,
    **options: Any,
) -> None:
    """Add the areas of townships by the class of their percentage; ``popup`` follows the name of the township."""
    state = [next((f"{low:g}" for low, _ in shades if value >= low), "0") for value in percent]
    tops = ["100", *(f"{low:g}" for low, _ in shades[:-1])]
    page.add_polygons(
        name,
        atlas.coarsened(areas.assign(state=state, percent=percent.round(), evidence="modelled")),
        color="#ffffff",
        weight=0.8,
        fill=shades[0][1],
        fill_opacity=0.65,
        popup=[(atlas.name, atlas.say("乡镇片区", "Township")), *popup],
        style_by="state",
        styles={
            f"{low:g}": {"fill": colour, "label": f"{low:g}–{top} %"}
            for (low, colour), top in zip(shades, tops, strict=True)
            if f"{low:g}" in set(state)
        },
        key=key,
        **options,
    )
