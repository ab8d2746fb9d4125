"""What a page says of itself, in Chinese and in English."""

from typing import Literal

Lang = Literal["zh", "en"]

HTML_LANG: dict[str, str] = {"zh": "zh-CN", "en": "en"}

REVIEW: dict[str, str] = {
    "zh": "示意图 · 未经审图",
    "en": "Sketch map · not reviewed",
}

_WORDS: dict[str, tuple[str, str]] = {
    "home": ("首页", "Home"),
    "skip": ("跳到地图", "Skip to map"),
    "skip_text": ("跳到正文", "Skip to content"),
    "map": ("地图", "Map"),
    "pages": ("页面", "Pages"),
    "layers": ("图层", "Layers"),
    "legend": ("图例", "Legend"),
    "other": ("其他图层", "Other layers"),
    "search": ("搜索地名、坐标、条目", "Search places, items"),
    "search_hint": (
        "地名（汉字、拼音、首字母如 tpz）、坐标（105.40 28.30、105°24′E 28°18′N、E N 米）、规划条目编号或条款",
        "Names, pinyin, initials (tpz), coordinates (105.40 28.30, 105°24′E 28°18′N, grid E N), "
        "number or clause of an item",
    ),
    "coordinates": ("坐标", "Coordinates"),
    "nothing": ("没有找到", "Nothing found"),
    "extent": ("全图", "Full extent"),
    "fullscreen": ("全屏", "Full screen"),
    "measure": ("测距、测面积", "Measure distance or area"),
    "measure_hint": (
        "单击加点，回到起点得面积；双击或 Esc 结束，再按 Esc 清除",
        "Click to add points, on the first one for an area; double-click or Esc ends, Esc again clears",
    ),
    "perimeter": ("周长", "perimeter"),
    "area": ("面积", "area"),
    "area_closed": ("闭合面积", "closed: area"),
    "mu": ("亩", "mu"),
    "wanmu": ("万亩", "× 10,000 mu"),
    "print": ("打印", "Print"),
    "compare": ("对比", "Compare"),
    "left": ("左侧图层", "Layer on the left"),
    "right": ("右侧图层", "Layer on the right"),
    "swipe": ("卷帘", "Swipe"),
    "difference": ("差异", "Difference"),
    "divider": ("分隔线：左右方向键移动", "Divider: moved with the arrow keys"),
    "picture": ("存为图片", "Save as picture"),
    "made": ("制图日期：{}", "Made: {}"),
    "zoom_in": ("放大", "Zoom in"),
    "zoom_out": ("缩小", "Zoom out"),
    "scale": ("比例尺", "Scale"),
    "degrees": (
        "图廓数字为经纬度（CGCS2000，图上与 WGS-84 相同）",
        "Figures along the edge: longitude and latitude (CGCS2000, at map scale equal to WGS-84)",
    ),
    "north": ("北", "N"),
    "north_title": ("上方为北", "North is up"),
    "move": ("移动指针或点按地图读数", "Move over or tap the map to read values"),
    "sources": ("来源与说明", "Sources and notes"),
    "shared": ("此处有 {} 个地点", "{} places at this point"),
    "shared_key": ("同一点上的地点数，点按列出", "Places that share one point; a click lists them"),
    "uncertainty": ("位置误差范围", "Position uncertainty"),
    "uncertainty_m": ("位置误差约 {} m", "position within about {} m"),
    "panel": ("图表", "Charts and tables"),
    "enlarge": ("展开查看", "Enlarge"),
    "csv": ("存为 CSV", "Save as CSV"),
    "close": ("关闭", "Close"),
    "items_of": ("规划条目", "Items of the plan"),
    "quote": ("规划原文", "Words of the plan"),
    "search_table": ("搜索表格", "Search the table"),
    "rows_shown": ("显示 {} / {} 行", "{} of {} rows"),
    "all_rows": ("全部显示", "Show all"),
    "none_chosen": ("— 未选择 —", "— none —"),
    "print_sheet": ("打印本页（A4）", "Print this sheet (A4)"),
    "profile_branch": ("路段", "Branch"),
    "profile_place": ("沿线位置", "Place along the road"),
    "profile_grade": ("坡度 {} %", "grade {} %"),
    "profile_over": ("红色：陡于该等级的限值", "Red: steeper than the class allows"),
    "profile_hint": (
        "移动指针或用方向键沿路移动；点按地图上的道路，在此显示其位置",
        "Move over the profile or use the arrow keys; a press on the road shows its place here",
    ),
    "no_height": ("无高程", "height unknown"),
    "source": ("来源", "Source"),
    "as_of": ("时点", "As of"),
    "state": ("状态截至 {}。", "State as of {}."),
    "age": ("距今 {} 天。", "That was {} days ago."),
    "stale": (
        "距今 {} 天，已超过一年：请先核对此后的开通情况。",
        "That was {} days ago, more than a year: check first what has opened since.",
    ),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "nojs": ("此页需要启用 JavaScript 才能显示地图。", "This page needs JavaScript to show the map."),
    "old": (
        "浏览器版本过旧，无法完整显示此页；请用内核为 Chromium 80（Chrome、Edge、360、QQ 浏览器等）、"
        "Firefox 113、Safari 16.4 或更新的浏览器。",
        "This browser is too old to show all of this page; use one with Chromium 80 (Chrome, Edge and others), "
        "Firefox 113, Safari 16.4 or newer.",
    ),
}

_RANKS: dict[str, dict[str, tuple[str, str]]] = {
    # how a difference reads, from the left layer to the right one, by what the order of the classes means
    "": {"0": ("相同", "the same"), "1": ("不同", "different")},
    "minutes": {
        "gained": ("新进入 {}", "newly {}"),
        "-2": ("快 2 档及以上", "quicker by two classes or more"),
        "-1": ("快 1 档", "quicker by one class"),
        "0": ("同一档", "the same class"),
        "1": ("慢 1 档", "slower by one class"),
        "2": ("慢 2 档及以上", "slower by two classes or more"),
        "lost": ("不再 {}", "no longer {}"),
    },
    "better_first": {
        "-2": ("高 2 级及以上", "better by two classes or more"),
        "-1": ("高 1 级", "better by one class"),
        "0": ("同级", "the same class"),
        "1": ("低 1 级", "worse by one class"),
        "2": ("低 2 级及以上", "worse by two classes or more"),
    },
    "more_last": {
        "-2": ("低 2 档及以上", "lower by two classes or more"),
        "-1": ("低 1 档", "lower by one class"),
        "0": ("同一档", "the same class"),
        "1": ("高 1 档", "higher by one class"),
        "2": ("高 2 档及以上", "higher by two classes or more"),
    },
}
RANKS = tuple(rank for rank in _RANKS if rank)

_EVIDENCE: dict[str, tuple[str, str]] = {
    "official": ("官方", "official"),
    "surveyed": ("实测", "surveyed"),
    "digitised": ("数字化", "digitised"),
    "derived": ("推算", "derived"),
    "schematic": ("示意", "schematic"),
    "modelled": ("模型", "modelled"),
}


def words(lang: str) -> dict[str, str]:
    """Return every phrase of the page's own in one language.

    >>> words("en")["legend"]
    'Legend'
    """
    return {key: pair[lang == "en"] for key, pair in _WORDS.items()}


def rank_words(lang: str) -> dict[str, dict[str, str]]:
    """Return how differences read in one language, by the rank of the classes and the step.

    >>> rank_words("en")["minutes"]["-1"]
    'quicker by one class'
    """
    return {rank: {step: pair[lang == "en"] for step, pair in steps.items()} for rank, steps in _RANKS.items()}


def evidence_word(evidence: str, lang: str) -> str:
    """Return the word for an evidence grade; an unknown grade stays as it is.

    >>> evidence_word("schematic", "zh")
    '示意'
    """
    pair = _EVIDENCE.get(evidence)
    return evidence if pair is None else pair[lang == "en"]
