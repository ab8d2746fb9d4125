"""Land of a crop that is suitable only with irrigation: a view of its own, a line of the read-out, a table."""

import numpy as np
import pandas as pd
import xarray as xr

from .. import suitability
from ..io import like
from ..units import area_rounded, km2_to_wanmu
from ..webmap import Page
from .context import Atlas
from .doubts import Known, ends_of
from .page import add_classes


def add_irrigation(
    page: Page,
    atlas: Atlas,
    crop: suitability.Crop,
    result: xr.Dataset,
    by_county: pd.DataFrame,
    known: Known,
    *,
    group: str,
) -> None:
    """Show where a crop needs irrigation and how much land that is, for the crops that are irrigated.

    Parameters
    ----------
    page, atlas : Page, Atlas
        Where to, and of what.
    crop, result : Crop, Dataset
        The crop and its evaluation.
    by_county : DataFrame
        Areas with the columns zone and irrigation_km2, zones named as shown.
    known : Known
        Intervals by zone and class; these areas are rounded as that of S1 to S3.
    group : str
        Name of the exclusive group of views.
    """
    if not crop.is_irrigated:
        return
    named = suitability.IRRIGATION if atlas.lang == "en" else suitability.IRRIGATION_ZH
    words = {code + 1: word for code, word in named.items()}
    suitable = np.isin(result["cls"].values, (1, 2, 3))
    codes = np.where(suitable, result["irrigation"].values + 1, 0).astype(np.uint8)  # land of class N asks for nothing
    shown = like(atlas.dem, codes, name="irrigation").rio.write_nodata(0)
    name = atlas.say("灌溉", "Irrigation")
    add_classes(
        page,
        atlas,
        name,
        shown,
        {code + 1: colour for code, colour in suitability.IRRIGATION_COLOURS.items()},
        words,
        group=group,
        exclusive=True,
        shown=False,
        key="irrigation",
        legend_title=atlas.say(
            f"灌溉（S1–S3 土地，{_need(crop, 'zh')}）", f"Irrigation (S1 to S3 land, {_need(crop, 'en')})"
        ),
    )
    page.add_value_grid(name, of="irrigation", classes=words, key="irrigation_grid")
    rows = []
    for zone, area in by_county.groupby("zone", sort=False)["irrigation_km2"].sum().items():
        low, high = ends_of(known, str(zone), "S1+S2+S3")
        wanmu = [km2_to_wanmu(value) for value in (float(area), low, high)]
        rows.append((zone, area_rounded(float(area), low, high), area_rounded(*wanmu)))
    dry = pd.DataFrame(rows, columns=["zone", "irrigation_km2", "wanmu"])
    page.add_table(
        atlas.say(f"{named[1]}（S1–S3 土地中）", f"{named[1].capitalize()} (of S1 to S3 land)"),
        dry,
        columns={
            "zone": atlas.say("名称", "Name"),
            "irrigation_km2": "km²",
            "wanmu": atlas.say("万亩", "10,000 mu"),
        },
        digits={"irrigation_km2": 0, "wanmu": 0},
        note=atlas.say(
            "等级按能灌溉评定：降水不足是管理要求，不降低等级；含勉强适宜 S3 的土地，故可大于 S1+S2；未核实水源。",
            "Classes are those of irrigated land: too little rain is a need of management and lowers no class. S3 land "
            "counts, so it may be more than S1 and S2. Whether there is water was not checked.",
        ),
    )


def _need(crop: suitability.Crop, lang: str) -> str:
    """Return below which rain the crop needs irrigation, in words."""
    dry = [criterion for criterion in crop.criteria if criterion.need is not None]
    if lang == "zh":
        return "、".join(f"{c.name_zh}不足 {c.need:g} mm 者需灌溉" for c in dry)
    return ", ".join(f"{c.name_en} below {c.need:g} mm needs it" for c in dry)
