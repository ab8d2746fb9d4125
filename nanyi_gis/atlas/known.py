"""What is known to grow where, held against the model: judged once, for its own page and for those of the crops."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from .. import suitability, targets
from ..study import load_study
from ..units import km2_to_wanmu
from ..webmap import Page
from .entry import VALIDATION, file_of

if TYPE_CHECKING:
    from .context import Atlas


def lacking(atlas: "Atlas") -> tuple[str, str] | None:
    """Return what the study lacks to be held against known places, in Chinese and English."""
    if "known_places" not in atlas.study.files:
        return ("没有已知产地表", "the study names no known places")
    if not atlas.crops:
        return ("没有作物参数文件", "the study names no crop file")
    if atlas.study.climate is None and any(crop.with_layers(atlas.rasters).asks_climate for crop in atlas.crops):
        return ("没有气候文件", "the study names no climate")
    return None


def crops_to_judge(atlas: "Atlas") -> tuple[suitability.Crop, ...]:
    """Return the crops whose known places some page shows that is asked for."""
    if atlas.wants(VALIDATION):
        return atlas.crops
    return tuple(crop for crop in atlas.crops if atlas.wants(file_of(crop)))


def validated(atlas: "Atlas", crops: Sequence[suitability.Crop]) -> targets.Validation:
    """Return the known places of the study where these crops grow or not, with what the model says of each.

    Counties are those of the study, whichever boundaries the atlas has.
    """
    area = load_study(study=atlas.folder)
    places = targets.load_known_places(area.files["known_places"], study=area, crops=atlas.crops)
    known = [crop for crop in crops if places["crop"].eq(crop.id).any()] or atlas.crops
    return targets.validate(places, atlas.dem, crops=known, climate=atlas.study.climate, layers=atlas.rasters)


def place_names(atlas: "Atlas", places: pd.DataFrame) -> "pd.Series[str]":
    """Return how each known place is called: by its place, else its county, else all counties."""
    first, other = ("place_en", "place_zh") if atlas.lang == "en" else ("place_zh", "place_en")
    own = places[first].where(places[first].ne(""), places[other])
    return own.where(own.ne(""), places["county"]).where(lambda name: name.ne(""), atlas.both)


def verdict_word(atlas: "Atlas", verdict: str) -> str:
    """Return whether model and knowledge agree, in words."""
    words = {
        targets.HIT: ("相符", "hit"),
        targets.MISS: ("不符", "miss"),
        targets.NOT_JUDGED: ("未判", "not judged"),
    }
    return atlas.say(*words[verdict])


def _two_digits(area: float) -> float:
    """Return an area with two digits, and at most one decimal: no single place supports more.

    >>> _two_digits(185.5), _two_digits(6.25), _two_digits(0.04)
    (190.0, 6.2, 0.0)
    """
    return round(area, min(1, 1 - math.floor(math.log10(area)))) if area > 0 else 0.0


def add_published(page: Page, atlas: "Atlas", crop: suitability.Crop) -> None:
    """Set what is published as grown beside the model's land of the same places, where anything is published."""
    if lacking(atlas):
        return
    places = atlas.validation.places
    own = places[(places["crop"] == crop.id) & places["extent_wanmu"].notna()]
    if own.empty:
        return
    page.add_table(
        atlas.say("公布的现有种植与模型土地", "What is published as grown, and the model's land there"),
        pd.DataFrame(
            {
                "place": list(place_names(atlas, own)),
                "published": list(own["extent_wanmu"]),
                "year": [f"{year:.0f}" if year == year else "" for year in own["year"]],
                "model": [_two_digits(float(area)) for area in km2_to_wanmu(own["S1_km2"] + own["S2_km2"])],
                "verdict": [verdict_word(atlas, verdict) for verdict in own["verdict"]],
            }
        ),
        columns={
            "place": atlas.say("地点", "Place"),
            "published": atlas.say("公布（万亩）", "Published (10,000 mu)"),
            "year": atlas.say("年份", "Year"),
            "model": atlas.say("模型 S1+S2（万亩）", "Model S1+S2 (10,000 mu)"),
            "verdict": atlas.say("核对", "Check"),
        },
        digits={"published": 2},
        note=atlas.say(
            "公布的种植如属实，适宜土地至少有这么多：面积区间低于公布面积的部分是模型误差偏宽所致，不表示土地不足。"
            "来源见“与已知产地核对”页。",
            "If what is published is right, there is at least so much suitable land: where an interval reaches "
            "below it, the model's doubt is too wide. For the sources see the page of known places.",
        ),
    )
