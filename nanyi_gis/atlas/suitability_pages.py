"""A page for each crop: class, score, limiting factor, band probability, areas, the plan's target."""

import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from rasterio.errors import NotGeoreferencedWarning

from .. import suitability, uncertainty
from ..io import like
from ..suitability import styles, vocabulary
from ..webmap import Page, charts
from .assessment import assessments, assumption_lines, localised, river_reach
from .context import KM2_TO_WANMU, Atlas
from .figures import Figure
from .imagery import Colour, Picture, coloured, thumbnail
from .page import AtlasPage, add_boundaries, add_classes, add_relief, shell
from .townships import catchments

CROPS = ("orange", "plum", "kiwifruit", "sorghum", "bamboo")
SIGMA_M = 15.0
_WORKERS = 2  # warping, packing and the compiled pass release the interpreter
_STEP = 10  # a score image has a colour for every ten points


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the suitability pages, one a crop."""
    townships = catchments(atlas)
    chances = _chances(atlas)
    _ = atlas.relief_file, atlas.zones, atlas.belts  # made before the threads share them
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        # rasterio silences this itself, but Python's filters are shared between threads, so it may slip through
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return list(pool.map(lambda crop: _crop_page(atlas, crop, townships, chances), CROPS))


def _crop_page(atlas: Atlas, name: str, townships: xr.DataArray, chances: Mapping[str, xr.DataArray]) -> AtlasPage:
    crop = suitability.load_crop(name)
    file = f"suitability_{name}.html"
    result = suitability.evaluate(atlas.dem, crop=crop, zones=townships)
    by_township = suitability.areas_table(result)
    by_county = _by_county(by_township, townships)
    reach = river_reach(atlas, crop, result)
    targets = suitability.feasibility({name: by_county}, crops={name: localised(atlas, crop)}, reach=reach)
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say("立地适宜性：地形与模型气候", "Site suitability from terrain and modelled climate"),
        sources=[
            atlas.say(
                "适宜性: 限制因子法 (FAO 1976) 与加权得分；气候按台站递减率推算（模型）；未用土壤、地类与保护地图层。",
                "Suitability: FAO (1976) limiting conditions and a weighted score; climate from stations by lapse rate "
                "(modelled); without soil, land use and reserves.",
            )
        ],
    )
    add_relief(page, atlas)
    view = atlas.say("视图", "View")
    cls = _add_views(page, atlas, result, view)
    _add_probability(page, atlas, chances.get(name), view)
    add_boundaries(page, atlas)
    _add_read_out(page, atlas, result)
    _add_panels(page, atlas, by_county, by_township, targets, reach)
    return AtlasPage(
        file=file,
        title=page.title,
        summary=atlas.say(
            f"{crop.name_zh}：等级、得分、限制因子、分带概率，各县各乡镇面积与规划目标。",
            f"{crop.name_en}: class, score, limiting factor, band probability, areas by county and township, "
            "the plan's target.",
        ),
        page=page,
        thumbnail=thumbnail(
            [
                (atlas.relief.values, atlas.relief.bounds),
                (coloured(cls, vocabulary.CLASS_COLOURS, opacity=0.75), cls.bounds),
            ],
            bounds=atlas.bounds,
            lines=[(atlas.study.counties.geometry, "#20313f", 2)],
        ),
        figures=_figures(atlas, crop, file, by_county),
    )


def _add_views(page: Page, atlas: Atlas, result: xr.Dataset, view: str) -> Picture:
    """Add class, score and limiting factor as one exclusive group; return the class image."""
    add = partial(add_classes, page, atlas, group=view, exclusive=True)
    grades = vocabulary.CLASSES if atlas.lang == "en" else vocabulary.CLASSES_ZH
    cls = add(atlas.say("适宜等级", "Class"), result["cls"], vocabulary.CLASS_COLOURS, grades)
    score = result["score"].values
    tens = like(atlas.dem, np.where(score <= 100, score // _STEP + 1, 0).astype(np.uint8), name="tens")
    ramp = {code: _score_colour((code - 0.5) * _STEP) for code in range(1, 100 // _STEP + 2)}
    spans = {code: f"{(code - 1) * _STEP}–{code * _STEP}" for code in range(1, 11)}
    add(atlas.say("得分", "Score"), tens.rio.write_nodata(0), ramp, spans, shown=False)
    words = vocabulary.limiting_names(lang=atlas.lang)
    present = [int(code) for code in np.unique(result["limiting"].values[atlas.zones.values > 0]) if code]
    named = {code: words.get(code, str(code)) for code in present}
    palette = styles.limiting_style(named)[1]
    add(atlas.say("限制因子", "Limiting factor"), result["limiting"], palette, named, shown=False)
    return cls


def _chances(atlas: Atlas) -> dict[str, xr.DataArray]:
    """Return for each crop with a belt the chance that a cell lies in it although the DEM errs, in fifths 1 to 5."""
    chances = uncertainty.band_probability(atlas.dem, edges=vocabulary.PLAN_EDGES, sigma=SIGMA_M, every_band=True)
    fifths = {}
    for belt, chance in zip(atlas.belts, chances.values, strict=True):
        if belt is not None:
            codes = np.clip(np.ceil(np.nan_to_num(chance * 5)), 1, 5).astype(np.uint8)
            codes[np.isnan(chance)] = 0
            fifths[belt.crop] = like(atlas.dem, codes, name="band_probability").rio.write_nodata(0)
    return fifths


def _add_probability(page: Page, atlas: Atlas, chance: xr.DataArray | None, view: str) -> None:
    """Add the chance that a cell lies in the crop's band although the DEM errs."""
    if chance is None:
        return
    colours: dict[int, Colour] = {
        1: (208, 214, 222),
        2: (166, 189, 219),
        3: (116, 169, 207),
        4: (43, 140, 190),
        5: (4, 90, 141),
    }
    add_classes(
        page,
        atlas,
        atlas.say("分带概率", "Band probability"),
        chance,
        colours,
        {code: f"{(code - 1) * 20}–{code * 20} %" for code in colours},
        group=view,
        exclusive=True,
        shown=False,
        legend_title=atlas.say(
            f"处于规划海拔带的概率（高程误差 σ={SIGMA_M:g} m）", f"Probability of the plan's band (σ={SIGMA_M:g} m)"
        ),
    )


def _add_read_out(page: Page, atlas: Atlas, result: xr.Dataset) -> None:
    grades = vocabulary.CLASSES if atlas.lang == "en" else vocabulary.CLASSES_ZH
    words = vocabulary.limiting_names(lang=atlas.lang)
    page.add_value_grid(atlas.say("高程", "Elevation"), atlas.dem, unit="m", step=5)
    page.add_value_grid(
        atlas.say("海拔带", "Band"), result["band"], classes=vocabulary.band_names(vocabulary.PLAN_EDGES)
    )
    page.add_value_grid(atlas.say("得分", "Score"), result["score"])
    page.add_value_grid(atlas.say("等级", "Class"), result["cls"], classes=grades)
    page.add_value_grid(
        atlas.say("限制因子", "Limited by"),
        result["limiting"],
        classes={int(code): words.get(int(code), str(code)) for code in np.unique(result["limiting"].values) if code},
    )


def _add_panels(
    page: Page,
    atlas: Atlas,
    by_county: pd.DataFrame,
    by_township: pd.DataFrame,
    targets: pd.DataFrame,
    reach: pd.DataFrame | None,
) -> None:
    county = _wide(by_county)
    grades = list(vocabulary.CLASS_LETTERS.values())
    page.add_chart(
        atlas.say("各县面积（km²）", "Area by county (km²)"),
        charts.grouped_bar(
            county["zone"].tolist(),
            {grade: county[grade].tolist() for grade in grades},
            title=atlas.say("各县各等级面积", "Area by county and class"),
            stacked=True,
            colours=[_hex(vocabulary.CLASS_COLOURS[code]) for code in vocabulary.CLASS_COLOURS],
        ),
    )
    asked = targets[targets["test"] == "area"]
    if len(asked):
        row = asked.iloc[-1]  # the sum, where there are several targets
        page.add_chart(
            atlas.say("规划目标与适宜土地（万亩）", "The plan's target and suitable land (10,000 mu)"),
            charts.bar_chart(
                {
                    atlas.say("规划目标", "target"): float(row["target_wanmu"]),
                    "S1": float(row["s1_wanmu"]),
                    "S1+S2": float(row["s1_s2_wanmu"]),
                    atlas.say("带内 S1+S2", "S1+S2 in band"): float(row["in_band_s1_s2_wanmu"]),
                },
                title=atlas.say("规划目标与适宜土地", "Target and suitable land"),
                unit=atlas.say(" 万亩", ""),
                digits=1,
                colours=("#20313f", "#1a7837", "#7fbf7b", "#009E73"),
            ),
            note=atlas.say(
                "适宜不等于可用：未扣除已利用、林地、农田与保护地。",
                "Suitable is not available: land in use, forest, farmland and reserves are not taken off.",
            ),
        )
        page.add_table(
            atlas.say("规划目标评估", "Assessment of the target"),
            assessments(atlas, targets, reach=reach),
            columns={
                "clause": atlas.say("条款", "Clause"),
                "shown": atlas.say("检验", "Test"),
                "words": atlas.say("评估", "Assessment"),
            },
            sortable=False,
        )
        page.add_text(atlas.say("评估的前提", "What the assessment rests on"), assumption_lines(atlas, targets))
    for title, table, note in (
        (atlas.say("各县面积", "Area by county"), county, None),
        (
            atlas.say("各乡镇面积（最近驻地）", "Area by township (nearest seat)"),
            _wide(by_township),
            atlas.say(
                "按最近乡镇驻地划分，不是行政界线。",
                "Land goes to the nearest township seat; these are no administrative boundaries.",
            ),
        ),
    ):
        page.add_table(
            title,
            table.assign(wanmu=(table["S1"] + table["S2"]) * KM2_TO_WANMU),
            columns={
                "zone": atlas.say("名称", "Name"),
                **{grade: f"{grade} km²" for grade in grades},
                "wanmu": atlas.say("S1+S2 万亩", "S1+S2 10,000 mu"),
            },
            digits={**dict.fromkeys(grades, 1), "wanmu": 2},
            note=note,
        )


def _by_county(by_township: pd.DataFrame, townships: xr.DataArray) -> pd.DataFrame:
    """Return areas by county from those by township catchment, which never cross a county."""
    county = dict(zip(townships.attrs["names"], townships.attrs["counties"], strict=True))
    named = by_township.assign(zone=by_township["zone"].map(county))
    return named.groupby(["zone", "band", "class"], sort=False, as_index=False)[["area_km2", "area_wanmu"]].sum()


def _wide(areas: pd.DataFrame) -> pd.DataFrame:
    """Return one row a zone with the area of each class in km²."""
    table = areas.pivot_table(index="zone", columns="class", values="area_km2", aggfunc="sum", sort=False)
    return table.reindex(columns=list(vocabulary.CLASS_LETTERS.values()), fill_value=0.0).reset_index()


def _figures(atlas: Atlas, crop: suitability.Crop, file: str, by_county: pd.DataFrame) -> tuple[Figure, ...]:
    table = _wide(by_county)
    clause = "、".join(target.clause for target in crop.targets)
    return tuple(
        Figure(
            page=file,
            name=f"{atlas.say(crop.name_zh, crop.name_en)} {row['zone']} {grade}",
            value=round(float(row[grade]), 3),
            unit="km²",
            clause=clause,
            method=atlas.say("限制因子法", "limiting conditions (FAO 1976)") + f", {atlas.terrain_name}",
            evidence=atlas.terrain_evidence,
        )
        for row in table.to_dict("records")
        for grade in vocabulary.CLASS_LETTERS.values()
    )


def _score_colour(score: float) -> Colour:
    levels = [level for level, _ in styles.SCORE_RAMP]
    red, green, blue = (
        round(float(np.interp(score, levels, [colour[channel] for _, colour in styles.SCORE_RAMP])))
        for channel in range(3)
    )
    return red, green, blue


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
