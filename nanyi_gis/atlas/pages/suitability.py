"""A page for each crop: class, score, limiting factor, band probability, areas, the plan's target."""

import warnings
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from rasterio.errors import NotGeoreferencedWarning

from ... import suitability, targets, uncertainty
from ...colours import Colour, hex_colour
from ...io import like
from ...units import area_rounded, decimals_of, interval_text
from ...webmap import Page, charts
from ..context import Atlas
from ..doubts import SAMPLES, CropDoubt, Known, by_zone_and_class, ends_of, figure_span, rounded_areas
from ..entry import GROUPS, Entry, file_of
from ..figures import Figure
from ..imagery import Picture, coloured
from ..irrigation import add_irrigation
from ..known import add_published, lacking
from ..land import by_class, judge_land
from ..links import asked_words, links_of
from ..page import AtlasPage, add_boundaries, add_classes, add_heights, add_relief, add_seats, shell, small_picture
from ..scores import add_score, add_score_values
from ..townships import catchments

FIFTHS: dict[int, Colour] = {
    1: (247, 255, 247),
    2: (209, 190, 133),
    3: (57, 171, 190),
    4: (38, 95, 171),
    5: (0, 19, 76),
}
_VERDICT = ("#101010", "#0a5a28", "#5aa06e", "#c8d2dc", "#c8d2dc", "#e4be13")  # the two ends are one thing
_WORKERS = 2  # warping, packing and the compiled pass release the interpreter


def entries(atlas: Atlas) -> list[Entry]:
    """Return an entry for each crop of the study, in the group of the plan's theme that asks for it."""
    found = [
        Entry(
            file=file_of(crop),
            zh=crop.name_zh,
            en=crop.name_en[:1].upper() + crop.name_en[1:],
            group=_group(atlas, crop),
            order=10.0 + number,
        )
        for number, crop in enumerate(atlas.crops)
    ]
    none = Entry(
        file="suitability.html",
        zh="作物适宜性",
        en="Crop suitability",
        group="forest_fruit",
        lacks=("没有作物参数文件", "the study names no crop file"),
    )
    return found or [none]


def make(atlas: Atlas) -> list[AtlasPage]:
    """Return the suitability pages, one a crop."""
    townships = catchments(atlas)
    chances = atlas.once(("suitability", "chances"), lambda: band_chances(atlas))
    atlas.once(("suitability", "fields"), uncertainty.KeptFields)
    _ = atlas.relief_file, atlas.zones, atlas.belts, atlas.contents  # made before the threads share them
    if not lacking(atlas):
        _ = atlas.validation
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=_WORKERS) as pool:
        # rasterio silences this itself, but Python's filters are shared between threads, so it may slip through
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        wanted = [crop for crop in atlas.crops if atlas.wants(file_of(crop))]
        return list(pool.map(lambda crop: _crop_page(atlas, crop, townships, chances), wanted))


def _group(atlas: Atlas, crop: suitability.Crop) -> str:
    """Return the theme of the first item of the plan that asks for the crop."""
    asked = [atlas.plan.item(target.clause).theme for target in crop.targets if atlas.plan.has(target.clause)]
    return next((theme for theme in asked if theme in GROUPS), "forest_fruit")


def _crop_page(
    atlas: Atlas, crop: suitability.Crop, townships: xr.DataArray, chances: Mapping[str, xr.DataArray]
) -> AtlasPage:
    file = file_of(crop)
    judged = atlas.once((file, "judged"), lambda: judge_land(atlas, crop, townships))
    result, by_county, doubt, verdicts = judged.result, judged.by_county, judged.doubt, judged.verdicts
    by_township, unsure = (judged.named(table, townships) for table in (judged.by_township, doubt.townships))
    page = shell(
        atlas,
        file=file,
        subtitle=atlas.say("立地适宜性：地形与模型气候", "Site suitability from terrain and modelled climate"),
        sources=[_method(atlas, crop)],
    )
    add_relief(page, atlas)
    view = atlas.say("视图", "View")
    cls = _add_views(page, atlas, result, view)
    _add_chance(page, atlas, doubt, view)
    _add_probability(page, atlas, chances.get(crop.id), doubt.sigma, view)
    add_boundaries(page, atlas)
    add_seats(page, atlas)
    _add_read_out(page, atlas, crop, result)
    shown = by_county.assign(zone=by_county["zone"].map(atlas.county_names))
    intervals = _renamed(doubt.counties, atlas)
    known = by_zone_and_class(intervals)
    _add_area_chart(page, atlas, shown)
    _add_verdicts(page, atlas, crop, verdicts)
    add_published(page, atlas, crop)
    add_irrigation(page, atlas, crop, result, shown, known, group=view)
    _add_tables(page, atlas, (shown, known), (by_township, by_zone_and_class(unsure)), doubt)
    _add_unstable(page, atlas, intervals)
    return AtlasPage(
        file=file,
        title=page.title,
        summary=atlas.say(
            f"{crop.name_zh}：等级、得分、限制因子、分带概率，各县各乡镇面积与规划目标。",
            f"{page.title}: class, score, limiting factor, band probability, areas by county and township, "
            "the plan's target.",
        ),
        page=page,
        thumbnail=small_picture(atlas, (coloured(cls, suitability.CLASS_COLOURS, opacity=0.75), cls.bounds)),
        figures=_figures(atlas, crop, file, shown, known),
        main_table=_county_title(atlas),
    )


def _county_title(atlas: Atlas) -> str:
    return atlas.say("各县面积", "Area by county")


def _method(atlas: Atlas, crop: suitability.Crop) -> str:
    """Return how the land is judged, and which rasters of the user's own are in it."""
    names = {c.id: c.name_en if atlas.lang == "en" else c.name_zh for c in crop.criteria}
    used = [names.get(name, name) for name in atlas.rasters_for(crop)]
    zh, en = (
        "适宜性: 限制因子法 (FAO 1976) 与加权得分；",
        "Suitability: FAO (1976) limiting conditions and a weighted score; ",
    )
    if not used:
        return atlas.say(
            f"{zh}气候按台站递减率推算（模型）；未用土壤、地类与保护地图层。",
            f"{en}climate from stations by lapse rate (modelled); without soil, land use and reserves.",
        )
    return atlas.say(
        f"{zh}用给定的栅格: {'、'.join(used)}；其余气候按台站递减率推算（模型）。"
        "地类图不能区分基本农田与一般耕地，也认不出已有果园。",
        f"{en}rasters given: {', '.join(used)}; other climate from stations by lapse rate (modelled). "
        "Land cover cannot tell basic farmland from other cropland, nor existing orchards.",
    )


def _add_views(page: Page, atlas: Atlas, result: xr.Dataset, view: str) -> Picture:
    """Add class, score and limiting factor as one exclusive group; return the class image."""
    add = partial(add_classes, page, atlas, group=view, exclusive=True)
    grades = suitability.CLASSES if atlas.lang == "en" else suitability.CLASSES_ZH
    cls = add(
        atlas.say("适宜等级", "Class"),
        result["cls"],
        suitability.CLASS_COLOURS,
        grades,
        key="class",
        rank="better_first",
    )
    add_score(page, atlas, result, group=view)
    words = _factor_names(atlas, result)
    present = [int(code) for code in np.unique(result["limiting"].values[atlas.zones.values > 0]) if code]
    named = {code: words.get(code, str(code)) for code in present}
    palette = suitability.limiting_style(named)[1]
    title = atlas.say("限制因子（等级由最差因子决定）", "Limiting factor (the class is that of the worst factor)")
    name = atlas.say("限制因子", "Limiting factor")
    add(name, result["limiting"], palette, named, shown=False, legend_title=title, key="limiting")
    return cls


def band_chances(atlas: Atlas) -> dict[str, xr.DataArray]:
    """Return for each crop with a belt the chance that a cell lies in it although the DEM errs, in fifths 1 to 5."""
    sigma = uncertainty.HeightError.of(atlas.dem.attrs).sigma
    chances = uncertainty.band_probability(atlas.dem, edges=atlas.study.edges, sigma=sigma, every_band=True)
    return {
        belt.crop: like(atlas.dem, fifths(chance), name="band_probability").rio.write_nodata(0)
        for belt, chance in zip(atlas.belts, chances.values, strict=True)
        if belt is not None
    }


def fifths(chance: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.uint8]:
    """Return chances 0 to 1 in fifths, each with its upper edge: 1 to 20 %, ..., 5 to 100 %; 0 where unknown.

    >>> fifths(np.array([0.0, 0.2, 0.21, 0.8, 0.81, 1.0, np.nan])).tolist()
    [1, 1, 2, 4, 5, 5, 0]
    """
    codes = np.clip(np.ceil(np.nan_to_num(chance * 5)), 1, 5)
    return np.where(np.isnan(chance), 0, codes).astype(np.uint8)


def _add_probability(page: Page, atlas: Atlas, chance: xr.DataArray | None, sigma: float, view: str) -> None:
    """Add the chance that a cell lies in the crop's band although the DEM errs."""
    if chance is not None:
        title = atlas.say(
            f"处于规划海拔带的概率（高程误差 σ={sigma:g} m）", f"Probability of the plan's band (σ={sigma:g} m)"
        )
        _add_fifths(page, atlas, atlas.say("分带概率", "Band probability"), chance, title, view, key="band_chance")


def _add_chance(page: Page, atlas: Atlas, doubt: CropDoubt, view: str) -> None:
    """Add the chance that a cell is S1 or S2 although climate, limits and heights err."""
    chance = like(atlas.dem, fifths(doubt.chance.values), name="chance").rio.write_nodata(0)
    title = atlas.say(
        f"S1 或 S2 的概率（气候、界限、高程 σ={doubt.sigma:g} m 同时有误差）",
        f"Probability of S1 or S2 (climate, limits and heights, σ={doubt.sigma:g} m, err together)",
    )
    _add_fifths(page, atlas, atlas.say("适宜概率", "Probability of S1 or S2"), chance, title, view, key="chance")


def _add_fifths(page: Page, atlas: Atlas, name: str, chance: xr.DataArray, title: str, view: str, *, key: str) -> None:
    words = {code: f"{(code - 1) * 20}–{code * 20} %" for code in FIFTHS}
    add_classes(
        page, atlas, name, chance, FIFTHS, words, group=view, exclusive=True, shown=False, legend_title=title,
        key=key, rank="more_last",
    )  # fmt: skip


def _add_read_out(page: Page, atlas: Atlas, crop: suitability.Crop, result: xr.Dataset) -> None:
    grades = suitability.CLASSES if atlas.lang == "en" else suitability.CLASSES_ZH
    words = _factor_names(atlas, result)
    add_heights(page, atlas)
    bands = {code - 1: name for code, name in suitability.band_names(atlas.study.edges).items()}
    page.add_value_grid(
        atlas.say("海拔带", "Band"), of="elevation", breaks=atlas.study.edges, classes=bands, key="band"
    )
    add_score_values(page, atlas, result)
    limit = atlas.say("限制因子", "Limited by")
    page.add_value_grid(
        atlas.say("等级", "Class"),
        of="class",
        classes=grades,
        key="class_grid",
        because=(limit, atlas.say("等级由最差因子（{}）决定", "the class is that of the worst factor ({})")),
    )
    page.add_value_grid(
        limit,
        of="limiting",
        classes={int(code): words.get(int(code), str(code)) for code in np.unique(result["limiting"].values) if code},
        reasons=suitability.reasons_of(crop, lang=atlas.lang),
        key="limiting_grid",
    )


def _factor_names(atlas: Atlas, result: xr.Dataset) -> dict[int, str]:
    """Return the name of each code of the limiting layer; criteria of the crop file's own keep their names."""
    limiting = result["limiting"].attrs
    own = dict(zip(limiting["flag_values"], limiting["flag_meanings"], strict=True))
    return own | suitability.limiting_names(lang=atlas.lang)


def _add_area_chart(page: Page, atlas: Atlas, by_county: pd.DataFrame) -> None:
    county = by_class(by_county)
    page.add_chart(
        atlas.say("各县面积（km²）", "Area by county (km²)"),
        charts.grouped_bar(
            county["zone"].tolist(),
            {grade: county[grade].tolist() for grade in suitability.CLASS_LETTERS.values()},
            title=atlas.say("各县各等级面积", "Area by county and class"),
            stacked=True,
            colours=[hex_colour(colour) for colour in suitability.CLASS_COLOURS.values()],
        ),
        note=_classes_note(atlas),
    )


def _classes_note(atlas: Atlas) -> str:
    """Return what the letters of the classes mean."""
    words = suitability.CLASSES if atlas.lang == "en" else suitability.CLASSES_ZH
    factor = atlas.say(
        "限制因子：条件最差、决定等级的那一项（如坡度、年均温）。",
        " The limiting factor is the worst condition, such as slope or temperature, which decides the class.",
    )
    return atlas.say("、", ", ").join(words.values()) + atlas.say("。", ".") + factor


def _add_verdicts(page: Page, atlas: Atlas, crop: suitability.Crop, verdicts: tuple[targets.Verdict, ...]) -> None:
    """Add target and land as a chart, what follows as a table, and what it rests on."""
    asked = [verdict for verdict in verdicts if verdict.test == "area"]
    if not asked:
        return
    last = asked[-1]  # the sum, where there are several targets
    ends = last.land.s1_s2_low, last.land.s1_s2_high
    page.add_chart(
        atlas.say("规划目标与适宜土地（万亩）", "The plan's target and suitable land (10,000 mu)"),
        charts.bar_chart(
            {
                atlas.say("规划目标", "target"): last.asked,
                "S1": area_rounded(last.land.s1, *ends),
                "S1+S2": area_rounded(last.land.s1_s2, *ends),
                atlas.say("S1+S2 低值 (5 %)", "S1+S2 low (5 %)"): area_rounded(ends[0], *ends),
                atlas.say("S1+S2 高值 (95 %)", "S1+S2 high (95 %)"): area_rounded(ends[1], *ends),
                atlas.say("规划海拔带内的 S1+S2", "S1+S2 in the plan's band"): area_rounded(last.land.in_band, *ends),
            },
            title=atlas.say("规划目标与适宜土地", "Target and suitable land"),
            unit=atlas.say(" 万亩", ""),
            digits=decimals_of(*ends),
            colours=_VERDICT,
        ),
        note=_not_available(atlas, crop),
    )
    names, lang = atlas.county_names, atlas.lang
    rows = [
        (asked_words(atlas, verdict.clause), targets.title(verdict, lang=lang, names=names),
         targets.assessment(verdict, lang=lang, names=names))
        for verdict in verdicts
    ]  # fmt: skip
    head = [atlas.say("条款", "Clause"), atlas.say("检验", "Test"), atlas.say("评估", "Assessment")]
    page.add_table(
        atlas.say("规划目标评估", "Assessment of the target"),
        pd.DataFrame(rows, columns=head),
        items={head[0]: [links_of(atlas).in_text(verdict.clause) for verdict in verdicts]},
        sortable=False,
    )
    page.add_text(
        atlas.say("评估的前提", "What the assessment rests on"),
        targets.assumption_lines(verdicts, lang=lang, names=names, sources=targets.sources_of(crop)),
    )


def _not_available(atlas: Atlas, crop: suitability.Crop) -> str:
    """Return what of the suitable land is not to be had, and whether a land cover that was given took it off."""
    if "land_cover" not in atlas.rasters_for(crop):
        return atlas.say(
            "适宜不等于可用：未扣除已利用、林地、农田与保护地。",
            "Suitable is not available: land in use, forest, farmland and reserves are not taken off.",
        )
    return atlas.say(
        "已按地类图扣除不可用的地类；现有果园、权属与保护地未扣除。",
        "Land that the land cover shows as not to be had is taken off; orchards that stand, ownership and reserves "
        "are not.",
    )


def _add_tables(
    page: Page,
    atlas: Atlas,
    counties: tuple[pd.DataFrame, Known],
    townships: tuple[pd.DataFrame, Known],
    doubt: CropDoubt,
) -> None:
    """Add the areas by county and by township, each with its intervals."""
    grades = list(suitability.CLASS_LETTERS.values())
    interval = atlas.say(
        f"面积按其误差范围取整；区间为 5–95 %：{SAMPLES} 次抽样，气候、等级界限与高程（σ={doubt.sigma:g} m）同时变动"
        f"（每 {doubt.step}×{doubt.step} 个格取一个）。等级由最差因子决定，误差多使等级变差，故区间多偏在图上面积之下。"
        "* 为不稳定。",
        f"Areas are rounded to what their intervals support; intervals are 5-95 % of {SAMPLES} samples in which "
        f"climate, limits and heights (σ={doubt.sigma:g} m) err together (one cell of each {doubt.step} by "
        f"{doubt.step}). The worst factor decides, so errors make a class worse more often than better, and intervals "
        "lie mostly below the map's area. * is unstable.",
    )
    tables = [(_county_title(atlas), *counties, interval)]
    if townships[0]["zone"].nunique() > counties[0]["zone"].nunique():  # else no seat is located
        title = atlas.say("各乡镇面积（最近驻地）", "Area by township (nearest seat)")
        note = atlas.say(
            "按最近乡镇驻地划分，不是行政界线。",
            "Land goes to the nearest township seat; these are no administrative boundaries.",
        )
        tables.append((title, *townships, note))
    for title, areas, known, remark in tables:
        rounded, texts = rounded_areas(by_class(areas), known)
        page.add_table(
            title,
            rounded,
            texts=texts,
            columns={
                "zone": atlas.say("名称", "Name"),
                **{grade: f"{grade} km²" for grade in grades},
                "wanmu": atlas.say("S1+S2 万亩（5–95 %）", "S1+S2 10,000 mu (5–95 %)"),
            },
            note=remark,
        )


def _add_unstable(page: Page, atlas: Atlas, intervals: pd.DataFrame) -> None:
    """Say which areas of the counties hang on one constant, and on which."""
    jumps = intervals[intervals["unstable"] & intervals["class"].isin([*suitability.CLASS_LETTERS.values(), "S1+S2"])]
    if jumps.empty:
        return
    constant = "constant" if atlas.lang == "en" else "constant_zh"
    ends = (sorted(pair) for pair in zip(jumps["constant_down_km2"], jumps["constant_up_km2"], strict=True))
    moves = [interval_text(low, high) for low, high in ends]
    rows = list(zip(jumps["zone"], jumps["class"], jumps[constant], moves, strict=True))
    heads = [
        atlas.say("名称", "Name"),
        atlas.say("等级", "Class"),
        atlas.say("起作用的常数", "Constant"),
        atlas.say("面积变动 km²", "Area moves, km²"),
    ]
    page.add_table(
        atlas.say("不稳定的面积", "Unstable areas"),
        pd.DataFrame(rows, columns=heads),
        note=atlas.say(
            "单个常数上下变动一个标准差，面积即变化四分之一以上。",
            "One constant, moved by one standard deviation, moves the area by more than a quarter.",
        ),
    )


def _renamed(known: pd.DataFrame, atlas: Atlas) -> pd.DataFrame:
    """Return intervals of counties by the names that the atlas shows."""
    names = atlas.county_names | {uncertainty.TOTAL: atlas.both}
    return known.assign(zone=[names.get(zone, zone) for zone in known["zone"]])


def _figures(
    atlas: Atlas, crop: suitability.Crop, file: str, by_county: pd.DataFrame, known: Known
) -> tuple[Figure, ...]:
    table = by_class(by_county)
    asked = [target.clause for target in crop.targets]
    clause, items = "、".join(asked), links_of(atlas).known(asked)
    return tuple(
        Figure(
            page=file,
            name=f"{atlas.say(crop.name_zh, crop.name_en)} {row['zone']} {grade}",
            value=round(float(row[grade]), 3),
            **figure_span(*ends_of(known, row["zone"], grade)),
            unit="km²",
            clause=clause,
            items=items,
            method=atlas.say("限制因子法", "limiting conditions (FAO 1976)") + f", {atlas.terrain_name}",
            evidence=atlas.terrain_evidence,
        )
        for row in table.to_dict("records")
        for grade in suitability.CLASS_LETTERS.values()
    )
