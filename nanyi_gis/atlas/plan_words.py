"""Words of the plan in both languages: agencies, kinds, verdicts, and what the figures of its checks are."""

import re
from collections.abc import Iterable

from ..plan import UNITS_EN, Item

Pair = tuple[str, str]

KINDS: dict[str, Pair] = {
    "point": ("点", "point"),
    "line": ("线", "line"),
    "area": ("面", "area"),
    "network": ("网络", "network"),
    "target": ("指标", "target"),
    "project": ("项目", "project"),
}
VERDICTS: dict[str, Pair] = {
    "OK": ("一致", "consistent"),
    "FLAG": ("需注意", "take note"),
    "CONTRADICTION": ("矛盾", "contradiction"),
    "AMBIGUOUS": ("表述不明", "ambiguous"),
}
AGENCIES: dict[str, str] = {  # as the plan shortens them; English by their tasks, none of it official
    "市委": "City Party committee",
    "市政府": "City government",
    "市人民政府": "City government",
    "指挥部": "South Wing headquarters",
    "叙永县": "Xuyong County",
    "古蔺县": "Gulin County",
    "市乡村振兴局": "Rural revitalisation",
    "市交通运输局": "Transport",
    "市住房城乡建设局": "Housing and construction",
    "市农业农村局": "Agriculture and rural affairs",
    "市医保局": "Health insurance",
    "市卫生健康委": "Health commission",
    "市发展改革委": "Development and reform",
    "市口岸物流办": "Ports and logistics",
    "市城管执法局": "Urban management",
    "市委党校": "City Party school",
    "市委党研室": "Party history office",
    "市委宣传部": "Publicity department",
    "市委组织部": "Organisation department",
    "市市场监管局": "Market regulation",
    "市应急局": "Emergency management",
    "市教育体育局": "Education and sports",
    "市数字经济发展局": "Digital economy",
    "市文化广电旅游局": "Culture, broadcasting and tourism",
    "市林业竹业局": "Forestry and bamboo",
    "市民政局": "Civil affairs",
    "市气象局": "Meteorology",
    "市水务局": "Water",
    "市消防救援支队": "Fire and rescue",
    "市生态环境局": "Ecology and environment",
    "市经济合作外事局": "Economic cooperation and foreign affairs",
    "市经济和信息化局": "Economy and information",
    "市自然资源和规划局": "Natural resources and planning",
    "市财政局": "Finance",
    "市退役军人局": "Veterans affairs",
    "市通信发展办公室": "Communications office",
    "市酒业发展局": "Liquor industry",
    "市金融工作局": "Financial work",
}
FIGURES: dict[str, Pair] = {  # inputs and results of the checks
    "land_official": ("两县面积（县情公布）", "land, as the counties publish it"),
    "land_wikipedia": ("两县面积（中文维基）", "land, Chinese Wikipedia"),
    "land_polygons": ("两县面积（县界量算）", "land, from the polygons"),
    "forest_area": ("森林面积", "forest area"),
    "land_implied": ("由覆盖率反推的面积", "land implied by the cover"),
    "cover_official": ("按公布面积的覆盖率", "cover by the published land"),
    "cover_wikipedia": ("按维基面积的覆盖率", "cover by Wikipedia's land"),
    "cover_polygons": ("按量算面积的覆盖率", "cover by the polygons' land"),
    "city_stock": ("全市蓄积量", "growing stock of the city"),
    "city_forest": ("全市森林面积", "forest of the city"),
    "stock_per_ha": ("每公顷蓄积", "stock a hectare"),
    "city_stock_per_ha": ("全市每公顷蓄积", "stock a hectare, city"),
    "share_of_city_forest": ("占全市森林", "share of the city's forest"),
    "share_of_city_stock": ("占全市蓄积", "share of the city's stock"),
    "actions": ("行动数", "number of actions"),
    "area": ("面积", "area"),
    "planned": ("规划数", "planned"),
    "built": ("2022 年建成", "built in 2022"),
    "started": ("2022 年启动", "started in 2022"),
    "undated": ("未定年份", "without a date"),
    "undated_xuyong": ("未定年份（叙永）", "without a date, Xuyong"),
    "undated_gulin": ("未定年份（古蔺）", "without a date, Gulin"),
    "frontage_bijie_xuyong": ("叙永—毕节段岸线", "bank, Xuyong to Bijie"),
    "frontage_bijie_gulin": ("古蔺—毕节段岸线", "bank, Gulin to Bijie"),
    "frontage_jinsha": ("古蔺—金沙段岸线", "bank, Gulin to Jinsha"),
    "frontage_renhuai": ("古蔺—仁怀段岸线", "bank, Gulin to Renhuai"),
    "frontage_xishui": ("古蔺—习水段岸线", "bank, Gulin to Xishui"),
    "river_length": ("可布局的左岸长度（假定）", "left bank that the belt could follow (assumed)"),
    "orange_area": ("甜橙面积", "orange area"),
    "width_50km": ("按百里（50 km）折算宽度", "width over 50 km"),
    "frontage": ("沿河县界合计", "frontage in all"),
    "width_river": ("按左岸长度折算宽度", "width along the left bank"),
    "sorghum_per_liquor": ("每吨酱酒用粮", "sorghum a tonne of liquor"),
    "yield_low": ("亩产（低）", "yield, low"),
    "yield_high": ("亩产（高）", "yield, high"),
    "land": ("两县面积", "land of both counties"),
    "grain_needed": ("新增产能需粮", "grain that the new capacity needs"),
    "grain_low": ("基地产粮（低）", "grain of the base, low"),
    "grain_high": ("基地产粮（高）", "grain of the base, high"),
    "liquor_low": ("可酿酱酒（低）", "liquor from it, low"),
    "liquor_high": ("可酿酱酒（高）", "liquor from it, high"),
    "share_low": ("占新增产能（低）", "share of the new capacity, low"),
    "share_high": ("占新增产能（高）", "share of the new capacity, high"),
    "area_low": ("自给所需面积（低）", "area for all of it, low"),
    "area_high": ("自给所需面积（高）", "area for all of it, high"),
    "land_share_low": ("占两县面积（低）", "share of both counties, low"),
    "land_share_high": ("占两县面积（高）", "share of both counties, high"),
    "gdp_2021": ("两县 2021 年地区生产总值", "GDP of both counties, 2021"),
    "firms_low": ("点名企业产值（低）", "output of the named firms, low"),
    "firms_high": ("点名企业产值（高）", "output of the named firms, high"),
    "unnamed_low": ("无承担者的产值（低）", "output without a bearer, low"),
    "unnamed_high": ("无承担者的产值（高）", "output without a bearer, high"),
    "outputs": ("各产业产值合计", "outputs of the sectors in all"),
    "value_added_share": ("隐含增加值率", "implied share of value added"),
    "growth": ("隐含年均增速", "implied growth a year"),
    "cost_I-07": ("泸古高速投资", "cost of the Luzhou–Gulin motorway"),
    "cost_I-10": ("渝叙筠高速投资", "cost of the Yuxujun motorway"),
    "cost_I-12": ("古仁高速投资", "cost of the Gulin–Renhuai motorway"),
    "cost_I-03": ("叙毕铁路投资", "cost of the Xuyong–Bijie railway"),
    "cost_I-08": ("古金高速投资", "cost of the Gulin–Jinsha motorway"),
    "cost_I-02": ("隆叙铁路扩能投资", "cost of the Longchang–Xuyong upgrade"),
    "per_project": ("每个项目平均投资", "investment a project"),
    "corridors": ("六条走廊合计", "six corridors in all"),
    "share": ("占总投资", "share of the total"),
    "land_per_mw": ("每兆瓦用地", "land a megawatt"),
    "area_mu": ("面积（万亩）", "area in mu"),
    "solar": ("光伏合计", "solar power in all"),
    "on_ground": ("其中地面", "of it on the ground"),
    "shuiliao_taiping": ("水潦—太平公路", "Shuiliao–Taiping road"),
    "shixiangzi_xuyong": ("石厢子—叙永县城公路", "Shixiangzi–Xuyong road"),
    "straight_chain": ("直线距离", "straight distance"),
    "two_roads": ("两条公路合计", "the two roads"),
    "rest": ("其余", "the rest"),
    "sinuosity": ("弯曲系数", "sinuosity"),
    "named": ("点名高速", "motorways named"),
    "open": ("规划时已通车", "open when the plan was made"),
    "under_construction": ("规划时在建", "under construction then"),
    "not_started": ("规划时未开工", "not started then"),
    "unbuilt_2025": ("2025 年底未建成", "not built by the end of 2025"),
    "first": ("“多点”名单", "places of the first list"),
    "second": ("项目名单", "places of the second list"),
    "shared": ("两处都列", "in both"),
    "union": ("合并后", "in either"),
}
_REMARKS: dict[str, str] = {  # remarks of the records, which are in English, for Chinese readers
    "rounding": "属取整",
    "sums right, but the areas very probably overlap": "合计无误，但面积很可能重叠",
    "soft edge of 100 m": "边界留 100 m 缓冲",
    "of scale: the base cannot feed the capacity; imports are implied": "规模矛盾：基地供不上新增产能，须外购",
    "wording": "措辞",
    "status needs a date": "状态须注明时点",
    "soft": "程度较轻",
    "alias table needed": "须用异名表",
    "wording trap": "措辞易误读",
}
_SOURCES: dict[str, Pair] = {  # of the figures of checks, whose records mix the languages
    "county profile pages, 2,977 + 3,184": ("县情网页，2,977 + 3,184", "county profile pages, 2,977 + 3,184"),
    "zh.wikipedia, 2,973.19 + 3,183.72": ("中文维基，2,973.19 + 3,183.72", "Chinese Wikipedia, 2,973.19 + 3,183.72"),
    "Amap polygons on the ellipsoid, 2,972.3 + 3,187.9": (
        "高德县界椭球面积，2,972.3 + 3,187.9",
        "Amap polygons on the ellipsoid, 2,972.3 + 3,187.9",
    ),
    "Amap polygons on the ellipsoid": ("高德县界椭球面积", "Amap polygons on the ellipsoid"),
    "Amap polygons, boundary along the Chishui": ("高德县界沿赤水河段", "Amap polygons, boundary along the Chishui"),
    "assumed length of the left bank that the belt could follow, C-06": (
        "假定可布局的左岸长度",
        "assumed length of the left bank that the belt could follow",
    ),
    "the five lengths added; the inventory printed 211": ("五段相加", "the five lengths added"),
    "compiler's knowledge, high confidence": ("编者经验，把握高", "compiler's knowledge, high confidence"),
    "compiler's knowledge, low confidence": ("编者经验，把握低", "compiler's knowledge, low confidence"),
    "compiler's knowledge, about": ("编者经验，约数", "compiler's knowledge, about"),
    "Renhuai, 36 万亩 to 8 万 t, jiangnews.cn": (
        "仁怀 36 万亩产约 8 万吨，jiangnews.cn",
        "Renhuai, 360,000 mu to 80,000 t, jiangnews.cn",
    ),
    "Erlang 2021, 2.2 万亩 at 318 kg/亩, published; the inventory had about 300 (Luxian 郎糯红19); "
    "one grower reached 425": (
        "二郎 2021 年公布：2.2 万亩，亩产 318 kg；个别农户 425 kg",
        "Erlang 2021, published: 22,000 mu at 318 kg a mu; one grower reached 425",
    ),
    "Luzhou section, wanbiaoku.com 2024-03-19": (
        "泸州段，wanbiaoku.com 2024-03-19",
        "Luzhou section, wanbiaoku.com 2024-03-19",
    ),
    "Sichuan-Yunnan part, tus8.com 2017": ("川滇段，tus8.com 2017", "Sichuan-Yunnan part, tus8.com 2017"),
    "about, ppfocus.com": ("约数，ppfocus.com", "about, ppfocus.com"),
    "town to town, computed": ("镇到镇直线，计算", "town to town, computed"),
}
_UNITS: dict[str, str] = {"万t": "10,000 t", "kg/亩": "kg a mu", "万m³": "10,000 m³", "%/a": "% a year"}
_UNITS_ZH: dict[str, str] = {"万t": "万吨", "t/t": "吨/吨", "%/a": "%/年", "m³/ha": "m³/公顷", "ha/MW": "公顷/MW"}


def agency(name: str, lang: str) -> str:
    """Return an agency as the plan has it, or what it does in English; one that is not in the list stays.

    >>> agency("市水务局", "en"), agency("市水务局", "zh"), agency("县水利局", "en")
    ('Water', '市水务局', '县水利局')
    """
    return AGENCIES.get(name, name) if lang == "en" else name


def agencies(names: Iterable[str], lang: str) -> str:
    """Return several agencies as one text."""
    return (", " if lang == "en" else "、").join(agency(name, lang) for name in names)


def lead(item: Item, lang: str) -> str:
    """Return the lead agencies of an item, and that its clause names none where they only stand for it."""
    text = agencies(item.lead, lang)
    remark = " (not named in the clause)" if lang == "en" else "（条款未写明）"
    return text + remark if text and not item.lead_stated else text


def figure(name: str, lang: str) -> str:
    """Return what a figure of a check is; the key with blanks where it is not in the list.

    >>> figure("rest", "zh"), figure("new_key", "en")
    ('其余', 'new key')
    """
    pair = FIGURES.get(name)
    return name.replace("_", " ") if pair is None else pair[lang == "en"]


def remark(text: str, lang: str) -> str:
    """Return the remark of a check for a reader.

    >>> remark("wording", "zh"), remark("wording", "en")
    ('措辞', 'wording')
    """
    return _REMARKS.get(text, text) if lang == "zh" else text


def source(text: str, lang: str) -> str:
    """Return where a figure of a check is from; nothing where that is the check itself.

    >>> source("C-07", "zh"), source("C-07, corrected 2025-11", "zh"), source("dcwnkz.com", "zh")
    ('', '2025-11 更正', 'dcwnkz.com')
    """
    own = re.fullmatch(r"C-\d{2}(?:, corrected (\d{4}-\d{2}))?", text)
    if own:
        return "" if own[1] is None else (f"corrected {own[1]}" if lang == "en" else f"{own[1]} 更正")
    pair = _SOURCES.get(text)
    return text if pair is None else pair[lang == "en"]


def unit(text: str, lang: str, *, english: dict[str, str]) -> str:
    """Return the unit of a figure; ``english`` are those of the plan's quantities.

    >>> unit("万t", "en", english={}), unit("万t", "zh", english={}), unit("km", "en", english={})
    ('10,000 t', '万吨', 'km')
    """
    return _UNITS_ZH.get(text, text) if lang == "zh" else (_UNITS | english).get(text, text)


def amount(number: str, name: str, lang: str) -> str:
    """Return a number with its unit, one that is a power of ten behind a cross.

    >>> amount("300", "亿元", "zh"), amount("300", "亿元", "en"), amount("5", "个", "en")
    ('300 亿元', '300 × 100 M yuan', '5')
    """
    shown = unit(name, lang, english=UNITS_EN)
    return f"{number} × {shown}" if shown[:1].isdigit() else f"{number} {shown}".strip()
