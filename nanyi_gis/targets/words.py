"""The words of verdicts, beside their codes, in Chinese and English: one catalogue for tables and pages."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from ..suitability import Crop, limiting_names
from ..units import area_rounded, area_text, interval_text
from .verdict import Verdict

Names = Mapping[str, str]
Pair = tuple[str, ...]  # Chinese, English of pages, English of tables where it differs

# units of 10,000 as the language has them; tables of numbers keep 万亩, which their columns are named for
_UNITS: dict[str, dict[str, str]] = {
    "zh": {"mu": "万亩", "tonnes": "万吨", "one_mu": "亩", "liquor": "酱酒"},
    "en": {"mu": "× 10,000 mu", "tonnes": "× 10,000 t", "one_mu": "mu", "liquor": "sauce-aroma liquor"},
    "table": {"mu": "万亩", "tonnes": "万t", "one_mu": "亩", "liquor": "酱酒"},
}

_KINDS: dict[str, Pair] = {
    "renovate": ("改造提升", "renovate"),
    "new": ("新建", "new"),
    "sum": ("合计", "sum"),
    "base": ("基地", "base"),
}

_TESTS: dict[str, Pair] = {
    "area": ("{kind}面积", "area: {kind}"),
    "county": ("{kind}", "county: {kind}"),
    "belt": ("左岸 {within_km:g} km 内", "belt: {kind}"),
    "balance": ("产粮平衡", "balance: {kind}"),
}

_AREA: dict[str, Pair] = {
    "plenty": (
        "土地不是限制：S1+S2 为目标的 {ratio} 倍{least}",
        "the land is not what limits: S1 and S2 land is {ratio} times the target{least}",
    ),
    "tight": (
        "偏紧：S1+S2 为目标的 {ratio} 倍{least}，尚未扣除其他用途",
        "tight: S1 and S2 land is {ratio} times the target{least} before other uses are taken off",
    ),
    "needs_marginal": (
        "须用勉强适宜地：S1+S2 只及目标的 {percent}",
        "only with marginal land: S1 and S2 reach {percent} of the target, S3 is needed",
    ),
    "short": (
        "连同勉强适宜地仍不足：S1+S2 只及目标的 {percent}",
        "the suitable land, marginal included, falls short: S1 and S2 reach {percent} of the target",
    ),
    "uncertain": (
        "不能断定：S1+S2 为目标的 {ratio} 倍，连同 S3 为 {ratio_s3} 倍，但目标落在误差区间之内（{times} 倍）",
        "uncertain: S1 and S2 land is {ratio} times the target, with S3 {ratio_s3} times, but the target lies within "
        "the error ({times} times)",
    ),
}
_LEAST: Pair = ("（误差低端 {least} 倍）", " ({least} times at the low end of the error)")
_RANGE: Pair = (
    "；S1+S2 共 {map} {mu}（5–95 %：{good}）",
    "; that is {map} {mu} of S1 and S2 (5-95 %: {good})",
)
_UNSTABLE: Pair = (
    "；不稳定：{constant}在其误差内变动即令面积变化四分之一以上",
    "; unstable: within its own error, {constant} alone moves the area by more than a quarter",
)
_IN_BAND: Pair = ("；其中 {share:.0%} 在{band}内", "; {share:.0%} of it lies in {band} ({in_band} {mu})")
_BANDS: dict[bool, Pair] = {
    True: ("规划海拔带", "the plan's band"),
    False: ("最适海拔带", "the altitude bands that suit it best"),
}
_COUNTY: Pair = (
    "{kind} S1+S2 {land}，为该作物目标 {asked:g} {mu}的 {share_zh}",
    "{kind} alone has {land} of S1 and S2, {share_en} the crop's {asked:g} {mu}",
)
_BELT: Pair = (
    "S1+S2 {land}，为目标 {asked:g} {mu}的 {share_zh}；另有 S3 {marginal} {mu}{why}；"
    "带长 {length_km:g} km 则处处须宽 {width_km:.1f} km，沿全部 {frontage_km:g} km 岸线则为 {frontage_width_km:.1f} km",
    "within {within_km:g} km of the left bank lie {land} of S1 and S2, {share_en} the {asked:g} {mu}, "
    "and {marginal} {mu} of S3{why}; a belt of {length_km:g} km would have to be {width_km:.1f} km wide "
    "throughout, one along all {frontage_km:g} km of frontage {frontage_width_km:.1f} km",
)
_LAND: Pair = ("{map} {mu}（5–95 %：{good}）", "{map} {mu} (5-95 %: {good})")
_IN_TIMES = 2.0  # from here on shares are told as so many times
_MANY_TIMES = 10.0  # and from here on as whole ones
_WHY: Pair = ("（主要受{cause}限制）", " (mostly for {cause})")
_GRAIN: Pair = (
    "{asked:g} {mu}可产粮 {grain_low:.1f}–{grain_high:.1f} {tonnes}，为新增 {capacity:g} {tonnes}酒所需 {need:g} "
    "{tonnes}的 {share_low:.0%}–{share_high:.0%}；全部自给须 {area_low:.0f}–{area_high:.0f} {mu}，"
    "S1+S2 共 {good} {mu}：",
    "{asked:g} {mu} yield {grain_low:.1f}-{grain_high:.1f} {tonnes} of grain, {share_low:.0%}-{share_high:.0%} of the "
    "{need:g} {tonnes} that {capacity:g} {tonnes} of new liquor need; that need would take "
    "{area_low:.0f}-{area_high:.0f} {mu}, while S1 and S2 land is {good} {mu} in all: ",
)
_BALANCE: dict[str, Pair] = {
    "grain_enough": ("基地产粮够用", "the base feeds the new capacity"),
    "grain_unsure": ("只有高产才够用", "the base feeds the new capacity only at high yields"),
    "grain_short": (
        "基地不足以供给新增产能，不足部分须外调",
        "the base cannot feed the new capacity, grain must come from elsewhere",
    ),
}
_LIMITS: Pair = ("；S3 与 N 的主因：{causes}", "; S3 and N for {causes}")

_GROUNDS: dict[str, Pair] = {
    "terrain_only": (
        "仅按地形与模型气候评价，未给出的图层（土壤、地类、保护地、永久基本农田）未参与",
        "suitability by terrain and modelled climate only",
    ),
    "layers": (
        "用了给定的图层：{layers}；未给出的（土壤、保护地、永久基本农田等）未参与",
        "suitability by terrain, modelled climate and the layers given: {layers}",
    ),
    "cover_taken_off": (
        "已按给定的地类图扣除林地、水面、建设用地，果园还扣除耕地；现有果园、权属与保护地未扣除",
        "forest, water and built land, and for orchards cropland, are taken off by the land cover given; existing "
        "orchards, ownership and reserves are not",
    ),
    "not_taken_off": (
        "除非给出图层，未扣除已利用、权属、林地与保护地",
        "land already used, owned, forested or protected is not taken off unless layers were given",
    ),
    "small_fields": (
        "未扣除过小地块、梯坎与道路",
        "no allowance for fields too small to work, terraces or access roads",
    ),
    "farmland": (
        "新建果园不得占用永久基本农田（国办发〔2020〕44号），图层未给出时未剔除",
        "new orchards must keep off permanent basic farmland (Guobanfa 2020 No. 44), not masked unless given",
        "new orchards must keep off permanent basic farmland (国办发〔2020〕44号), not masked unless given",
    ),
    "straight_distance": (
        "左岸距离为到县界沿河段的直线距离，精度约 1 km",
        "straight distance to the county outline along the river, good to 1 km",
    ),
    "grain": (
        "产粮平衡假定：每吨{liquor}用粮 {grain_per_tonne:g} 吨；亩产 {yield_low:g}–{yield_high:g} kg；"
        "一年一季；{source}",
        "{grain_per_tonne:g} t of sorghum per t of {liquor}; {yield_low:g}-{yield_high:g} kg per {one_mu}; one crop a "
        "year; {source}",
    ),
}
_SCOPES: dict[str, Pair] = {
    "all": ("{clause}：计全部土地", "{clause}: all land counts", "within all zones"),
    "county": (
        "{clause}：目标只在{county}，只计该县土地",
        "{clause}: the target is for {county} alone, and only its land counts",
        "within {county}",
    ),
    "elsewhere": (
        "{clause}：目标所在的县不在所给边界中，按全部土地计",
        "{clause}: the county of the target is not among the boundaries, so all land counts",
        "within all zones, since {county}, where the plan has it, is not among them",
    ),
}


def kind(verdict: Verdict, *, lang: str = "table", names: Names | None = None) -> str:
    """Return what was tested: which target, which county, how near to the bank.

    ``lang`` is ``zh``, ``en`` or ``table`` (English with 万亩, for files); ``names`` renames counties.
    """
    if verdict.test == "belt":
        return f"within {verdict.numbers['within_km']:g} km"
    if verdict.test == "balance":
        return "grain for liquor"
    if verdict.test == "county":
        return (names or {}).get(verdict.kind, verdict.kind)
    pair = _KINDS.get(verdict.kind)
    return verdict.kind if pair is None else _of(pair, lang)


def title(verdict: Verdict, *, lang: str, names: Names | None = None) -> str:
    """Return the name of the test for a reader."""
    shown = {"kind": kind(verdict, lang=lang, names=names), **verdict.numbers}
    return _of(_TESTS[verdict.test], lang).format(**shown)


def assessment(verdict: Verdict, *, lang: str = "table", names: Names | None = None) -> str:
    """Return what a verdict says, as a sentence.

    >>> from nanyi_gis.targets import Land
    >>> found = Verdict(crop="plum", clause="F-30", test="area", code="tight", asked=5, ratio=1.2,
    ...                 land=Land(s1_s2=6, s1_s2_s3=9, in_band=3), plan_band=True)
    >>> assessment(found, lang="zh")
    '偏紧：S1+S2 为目标的 1.2 倍，尚未扣除其他用途；其中 50% 在规划海拔带内。'
    """
    shown: dict[str, Any] = {
        **_UNITS[lang],
        **verdict.numbers,
        **_areas(verdict, lang),
        "kind": kind(verdict, lang=lang, names=names),
        "asked": verdict.asked,
        "share": verdict.land.share_in_band,
        "band": _of(_BANDS[verdict.plan_band], lang),
        "why": "",
    }
    if verdict.land.unstable:
        shown["constant"] = verdict.land.unstable[1 if lang == "zh" else 0]
    if verdict.test == "belt" and verdict.causes:
        shown["why"] = _of(_WHY, lang).format(cause=factor(verdict.causes[0][0], lang=lang))
    text = "".join(_of(pair, lang) for pair in _sentence(verdict)).format(**shown)
    if verdict.test in {"area", "county"} and verdict.causes:
        comma = "、" if lang == "zh" else ", "
        named = comma.join(f"{factor(name, lang=lang)} {share:.0%}" for name, share in verdict.causes)
        text += _of(_LIMITS, lang).format(causes=named)
    return text + ("。" if lang == "zh" else "")


def _areas(verdict: Verdict, lang: str) -> dict[str, str]:
    """Return areas and their share of the target as their intervals support them."""
    land, asked, dash = verdict.land, verdict.asked, "–" if lang == "zh" else "-"
    ends, every = (land.s1_s2_low, land.s1_s2_high), (land.s1_s2_s3_low, land.s1_s2_s3_high)
    own = area_text(land.s1_s2, *ends, digits=_digits(verdict))
    good = interval_text(*ends, dash=dash) if land.known else own
    # shares are those of the areas as they are printed, so that a reader who divides finds the same
    ratio, low, high = (
        (area_rounded(area, *ends) / asked for area in (land.s1_s2, *ends)) if land.known else (verdict.ratio,) * 3
    )
    percent, mu = f"{ratio:.0%}", _UNITS[lang]["mu"]
    return {
        "map": own,
        "good": good,
        "land": _of(_LAND, lang).format(map=own, good=good, mu=mu) if land.known else f"{own} {mu}",
        "ratio": _times(ratio),
        "ratio_s3": _times(area_rounded(land.s1_s2_s3, *every) / asked),
        "times": f"{_times(low)}{dash}{_times(high)}",
        "least": _of(_LEAST, lang).format(least=_times(low)) if land.known else "",
        "percent": percent,
        "share_zh": f"{_times(ratio)} 倍" if ratio >= _IN_TIMES else percent,
        "share_en": f"{_times(ratio)} times" if ratio >= _IN_TIMES else f"{percent} of",
        "in_band": area_text(land.in_band, *ends),
        "marginal": area_text(verdict.numbers.get("marginal", math.nan), *every),
    }


def _times(ratio: float) -> str:
    """Return how many times as a reader needs it.

    >>> _times(0.26), _times(3.04), _times(21.4)
    ('0.3', '3.0', '21')
    """
    return f"{ratio:.0f}" if ratio >= _MANY_TIMES else f"{ratio:.1f}"


def _digits(verdict: Verdict) -> int:
    return 0 if verdict.test == "balance" else 1


def _sentence(verdict: Verdict) -> list[Pair]:
    told = [_RANGE] if verdict.land.known else []
    jumps = [_UNSTABLE] if verdict.land.unstable else []
    if verdict.test == "area":
        return [_AREA[verdict.code], *told, *([_IN_BAND] if verdict.land.s1_s2 > 0 else []), *jumps]
    if verdict.test == "balance":
        return [_GRAIN, _BALANCE[verdict.code]]
    return [_COUNTY, *jumps] if verdict.test == "county" else [_BELT]


def factor(name: str, *, lang: str) -> str:
    """Return the name of a limiting factor in a language; a criterion of the user's own keeps its name.

    >>> factor("slope", lang="zh"), factor("wind", lang="zh")
    ('坡度', 'wind')
    """
    shown = "zh" if lang == "zh" else "en"
    for known in ("en", "zh"):
        codes = {word: code for code, word in limiting_names(lang=known).items()}
        if name in codes:
            return limiting_names(lang=shown)[codes[name]]
    return name


def sources_of(crop: Crop) -> dict[str, str]:
    """Return the source of a crop's grain balance by language."""
    english = str(crop.balance.get("source", ""))
    return {"zh": str(crop.balance.get("source_zh", english)), "en": english, "table": english}


def assumptions(
    verdict: Verdict, *, lang: str = "table", names: Names | None = None, sources: Mapping[str, str] | None = None
) -> list[str]:
    """Return what a verdict rests on, in words: its land, then its grounds, then the caller's remarks."""
    found = [] if verdict.test != "area" or verdict.kind == "sum" else [_scope(verdict, lang, names)]
    found += [_ground(code, verdict, lang, sources) for code in verdict.grounds]
    return found + list(verdict.remarks)


def assumption_lines(
    verdicts: Iterable[Verdict], *, lang: str, names: Names | None = None, sources: Mapping[str, str] | None = None
) -> list[str]:
    """Return what all verdicts rest on, each ground once, as lines for a page.

    Remarks are left out: they are in the caller's words.
    """
    given = list(verdicts)
    lines = dict.fromkeys(_ground(code, v, lang, sources) for v in given for code in v.grounds if code != "grain")
    lines |= dict.fromkeys(_scope(v, lang, names) for v in given if v.test == "area" and v.scope != "all")
    lines |= dict.fromkeys(_ground("grain", v, lang, sources) for v in given if v.test == "balance")
    return [line + ("。" if lang == "zh" else "") for line in lines]


def _scope(verdict: Verdict, lang: str, names: Names | None) -> str:
    bare = verdict.county.removesuffix("县")
    county = next((shown for zh, shown in (names or {}).items() if zh.removesuffix("县") == bare), verdict.county)
    return _of(_SCOPES[verdict.scope], lang).format(clause=verdict.clause, county=county)


def _ground(code: str, verdict: Verdict, lang: str, sources: Mapping[str, str] | None) -> str:
    comma = "、" if lang == "zh" else ", "
    layers = comma.join(factor(name, lang=lang) for name in verdict.layers)
    shown = {**_UNITS[lang], **verdict.numbers, "source": (sources or {}).get(lang, ""), "layers": layers}
    return _of(_GROUNDS[code], lang).format(**shown).rstrip("；; ")


def _of(pair: Pair, lang: str) -> str:
    return pair[0] if lang == "zh" else pair[-1] if lang == "table" else pair[1]
