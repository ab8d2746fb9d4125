"""What a planner reads on the pages, held to the data by another way: menus, colours, badges, tables, words."""

import csv
import json
import re
from collections import Counter

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from pyproj import Transformer
from reading import Read, unpacked
from scipy.stats import norm

from nanyi_gis import atlas as room
from nanyi_gis import suitability, uncertainty
from nanyi_gis.atlas import cover, imagery
from nanyi_gis.atlas.context import Atlas as Made
from nanyi_gis.atlas.doubts import crop_doubt
from nanyi_gis.atlas.figures import Figure
from nanyi_gis.atlas.inputs import embedded_inputs
from nanyi_gis.atlas.links import item_words
from nanyi_gis.atlas.page import AtlasPage
from nanyi_gis.atlas.pages import access, contents, make_pages, overview
from nanyi_gis.atlas.pages import suitability as crop_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.atlas.townships import catchments
from nanyi_gis.io import data_file
from nanyi_gis.webmap import Page

RESOLUTION = 1000.0


class Atlas:
    """An atlas of the South Wing in one language, coarse, with every page read."""

    def __init__(self, made: Made, pages: list[AtlasPage]) -> None:
        self.lang, self.made, self.pages = made.lang, made, pages
        self.read = {page.file: Read(page.page.html()) for page in self.pages}
        self.cover = Read(cover.make(self.made, self.pages, embedded_inputs(self.made)))
        self.figures = {(f.page, f.name): f for page in self.pages for f in page.figures}


@pytest.fixture(scope="module")
def both() -> dict[str, Atlas]:
    """The atlas in both languages, made together as a build makes them."""
    made = prepare(
        study=None, dem=[], roads=None, boundaries=None, assume_datum=None, layers=[], crops=[],
        resolution=RESOLUTION, lang="zh", public=False, noding="vertices", rasters={}, population=None,
    )  # fmt: skip
    other = made.in_language("en")
    pages = [page for _, group in make_pages(made, other) for page in group]
    return {one.lang: Atlas(one, [page for page in pages if page.page.lang == one.lang]) for one in (made, other)}


@pytest.fixture(scope="module")
def zh(both) -> Atlas:
    return both["zh"]


@pytest.fixture(scope="module")
def en(both) -> Atlas:
    return both["en"]


def places() -> list[dict[str, str]]:
    """Return the rows of the gazetteer as they stand in the file."""
    with data_file("places/places.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def cells(dem: xr.DataArray, inside: np.ndarray, count: int = 60) -> list[tuple[int, int, float, float]]:
    """Return row, column, longitude and latitude of cells whose neighbours are inside too, spread evenly."""
    core = inside.copy()
    for axis in (0, 1):
        for step in (1, -1):
            core &= np.roll(inside, step, axis)
    rows, columns = np.nonzero(core)
    chosen = np.linspace(0, len(rows) - 1, count).astype(int)
    to_degrees = Transformer.from_crs(dem.rio.crs, 4326, always_xy=True)
    return [
        (r, c, *to_degrees.transform(float(dem.x[c]), float(dem.y[r])))
        for r, c in zip(rows[chosen], columns[chosen], strict=True)
    ]


def alike(codes: np.ndarray, row: int, column: int) -> bool:
    """Return whether the cells around have the same code, so that warping cannot pick another."""
    return bool((codes[row - 1 : row + 2, column - 1 : column + 2] == codes[row, column]).all())


# ---- the way through the atlas -------------------------------------------------------------


def test_menus_follow_the_tasks_of_the_plan(zh, en):
    for read in zh.read.values():
        assert list(read.menus) == [
            "红色文化",
            "酱酒",
            "康养",
            "能源建材",
            "林果",
            "基础设施",
            "保障与核对",
        ]  # groups without a page are not shown
    menus = zh.read["overview.html"].menus
    fruit = ["高程分带", "甜橙", "乌蒙脆李", "猕猴桃", "毛竹(楠竹)", "慈竹", "加工与物流", "林竹"]
    assert [label for _, label in menus["林果"]] == fruit
    assert [label for _, label in menus["红色文化"]] == ["红色旅游路"]
    assert [label for _, label in menus["酱酒"]] == ["酿酒糯红高粱"]
    assert [label for _, label in menus["康养"]] == ["避暑康养", "就医", "医疗次中心", "服务均等"]
    built = ["路网", "上高速", "乘火车", "水利", "应急避难", "充电设施", "电网", "通信基站"]
    assert [label for _, label in menus["基础设施"]] == built
    assert [label for _, label in menus["能源建材"]] == ["风电与光伏", "建材"]
    assert [label for _, label in menus["保障与核对"]] == ["规划条目", "监测", "灾害与避难", "与已知产地核对"]
    groups = ["Red culture", "Liquor", "Wellness", "Energy, materials", "Forest, fruit", "Infrastructure"]
    groups += ["Safeguards"]
    assert list(en.read["overview.html"].menus) == groups
    assert en.read["overview.html"].menus["Liquor"][0][1] == "Glutinous sorghum for liquor"


def test_a_page_marks_itself_and_leads_home(zh):
    for file, read in zh.read.items():
        assert read.current == [file]
        assert ("index.html", "首页") in read.links
        assert ("overview.html", "总览") in read.links


def test_the_first_page_lists_what_the_menus_list(zh):
    linked = [address for address, _ in zh.cover.links if address in zh.read]  # not files, other language, plan's cards
    in_menus = [address for links in zh.read["bands.html"].menus.values() for address, _ in links]
    assert linked == ["overview.html", "townships.html", *in_menus]
    assert sorted(linked) == sorted(zh.read)


# ---- evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "layer", "zh_badge", "en_badge"),
    [
        ("bands.html", 0, "模型", "modelled"),  # relief
        ("bands.html", 1, "模型", "modelled"),
        ("suitability_plum.html", 1, "模型", "modelled"),
        ("overview.html", "酱酒组团（示意）|Liquor clusters (schematic)", "示意", "schematic"),
        ("overview.html", "铁路|Railways", "示意", "schematic"),
        ("overview.html", "赤水河（沿县界）|Chishui River (along the boundary)", "推算", "derived"),
        ("overview.html", "乡镇驻地|Township seats", "", ""),
    ],
)
def test_badges_say_how_a_layer_is_known(zh, en, file, layer, zh_badge, en_badge):
    for atlas, badge, number in ((zh, zh_badge, 0), (en, en_badge, 1)):
        read = atlas.read[file]
        name = read.names()[layer] if isinstance(layer, int) else layer.split("|")[number]
        assert read.layer(name)["meta"]["evidence"] == badge


def test_demonstration_terrain_says_so_on_every_page(zh, en):
    for read in (*zh.read.values(), zh.cover):
        assert any(text.startswith("示范地形：高程为模型生成") for text in read.texts)
    for read in (*en.read.values(), en.cover):
        assert any(text.startswith("Demonstration terrain") for text in read.texts)


def test_the_first_page_explains_each_grade(zh):
    rows = {row["数据"]: row for row in zh.cover.rows("数据依据与可信度")}
    graded = {
        "规划或统计公布": "official",
        "实测": "surveyed",
        "由地图或名录采集": "digitised",
        "由其他数据计算": "derived",
        "示意：位置或走向不准确": "schematic",
        "模型生成，非观测": "modelled",
    }
    records = {row["title_zh"]: row["evidence"] for row in embedded_inputs(zh.made).to_dict("records")}
    assert {title: graded[row["依据"]] for title, row in rows.items()} == records


# ---- bands ---------------------------------------------------------------------------------


def test_band_colours_and_legend_are_those_of_the_elevations(zh):
    read, dem = zh.read["bands.html"], zh.made.dem
    labels = ["<700 m · 甜橙", "700-900 m · 乌蒙脆李", "900-1200 m · 猕猴桃", ">=1200 m"]
    bands = np.digitize(dem.values, [700, 900, 1200])
    tried = 0
    for row, column, lon, lat in cells(dem, zh.made.zones.values > 0):
        if alike(bands, row, column):
            tried += 1
            assert read.seen("高程分带", lon, lat).replace(" ", "") == labels[bands[row, column]].replace(" ", "")
    assert tried > 15


def test_bands_are_named_in_the_read_out_with_the_plans_item(zh):
    meta = zh.read["bands.html"].grid("高程带")
    assert [name.split(" · ")[-1] for name in meta["classes"].values()][:3] == ["甜橙", "乌蒙脆李", "猕猴桃"]
    assert meta["reasons"] == {
        **{
            code: item_words(zh.made.plan.item(number), lang="zh")
            for code, number in (("1", "F-24"), ("2", "F-23"), ("3", "F-22"))
        },
        "4": "规划未设果业圈层",
    }
    assert all(text.startswith("四(五)3 · ") for code, text in meta["reasons"].items() if code != "4")
    assert zh.read["bands.html"].grid("高程")["unit"] == "m"
    assert zh.read["bands.html"].grid("坡度")["unit"] == "°"


def test_band_table_adds_up(zh):
    rows = zh.read["bands.html"].rows("各县各带面积")
    assert [row["县"] for row in rows] == ["叙永县"] * 4 + ["古蔺县"] * 4 + ["两县合计"] * 4
    for start in (0, 4, 8):
        assert sum(float(row["%"]) for row in rows[start : start + 4]) == pytest.approx(100, abs=0.2)
    for row in rows:
        assert float(row["万亩"]) == pytest.approx(float(row["km²"].replace(",", "")) * 0.15, abs=0.02)
    for one, two, both in zip(rows[:4], rows[4:8], rows[8:], strict=True):
        parts = [float(row["km²"].replace(",", "")) for row in (one, two, both)]
        assert parts[0] + parts[1] == pytest.approx(parts[2], abs=0.11)
    words = next(chart for chart in zh.read["bands.html"].charts if "两县合计" in chart)
    assert not [word for word in words if word.startswith("100")]  # shares need no total


# ---- crops ---------------------------------------------------------------------------------

CLASS_WORDS = {1: "S1 高度适宜", 2: "S2 中度适宜", 3: "S3 勉强适宜", 4: "N 不适宜"}


@pytest.fixture(scope="module")
def plum(zh) -> xr.Dataset:
    return suitability.evaluate(zh.made.dem, crop="plum")


def test_class_and_score_are_seen_where_they_are(zh, plum):
    read = zh.read["suitability_plum.html"]
    grades, tens = plum["cls"].values, plum["score"].values // 10
    tried: Counter[str] = Counter()
    for row, column, lon, lat in cells(zh.made.dem, zh.made.zones.values > 0, 200):
        if alike(grades, row, column):
            tried["class"] += 1
            assert read.seen("适宜等级", lon, lat) == CLASS_WORDS[grades[row, column]]
        if alike(tens, row, column):
            tried["score"] += 1
            low = int(tens[row, column]) * 10
            assert read.seen("得分", lon, lat) == f"{low}–{low + 10}"
    assert tried["class"] > 50
    assert tried["score"] > 5


def test_the_limiting_factor_is_named(zh, en, plum):
    codes = plum["limiting"].values
    names = dict(zip(plum["limiting"].attrs["flag_values"], plum["limiting"].attrs["flag_meanings"], strict=True))
    chinese = {"slope": "坡度", "annual mean temperature": "年均温", "annual rain": "年降水量", "elevation": "海拔"}
    tried: Counter[str] = Counter()
    for row, column, lon, lat in cells(zh.made.dem, zh.made.zones.values > 0, 300):
        name = names[codes[row, column]]
        if alike(codes, row, column):
            assert en.read["suitability_plum.html"].seen("Limiting factor", lon, lat) == name
            if name in chinese:
                tried[name] += 1
                assert zh.read["suitability_plum.html"].seen("限制因子", lon, lat) == chinese[name]
    assert tried


def test_read_outs_of_a_crop_have_words(zh):
    read = zh.read["suitability_plum.html"]
    assert read.grid("等级")["classes"] == {str(code): words for code, words in CLASS_WORDS.items()}
    bands = list(read.grid("海拔带")["classes"].values())
    assert len(bands) == 4
    assert "700" in bands[0]
    assert "1200" in bands[-1]
    assert read.grid("限制因子")["classes"]["2"] == "坡度"


def printed(text: str) -> tuple[float, float]:
    """Return a printed area and half of its last place; a 0 may have been rounded to hundreds.

    >>> printed("1200*"), printed("41 (0–70)*"), printed("0.3"), printed("0")
    ((1200.0, 50.0), (41.0, 0.5), (0.3, 0.05), (0.0, 50.0))
    """
    number = text.split(" ")[0].rstrip("*").replace(",", "")
    whole, _, decimals = number.partition(".")
    zeros = len(whole) - len(whole.rstrip("0"))
    last = -len(decimals) if decimals else zeros if whole != "0" else 2
    return float(number), 0.5 * 10.0**last


def agrees(text: str, value: float) -> bool:
    """Return whether a printed area is a rounding of a value."""
    shown, half = printed(text)
    return abs(shown - value) <= half * 1.001


def test_areas_by_county_are_those_of_the_evaluation(zh, plum):
    counties = {name: number for number, name in enumerate(zh.made.counties, start=1)}
    rows = {row["名称"]: row for row in _county_rows(zh.read["suitability_plum.html"])}
    cell = (RESOLUTION / 1000) ** 2
    for name, number in counties.items():
        here = zh.made.zones.values == number
        for grade, code in (("S1", 1), ("S2", 2), ("S3", 3), ("N", 4)):
            counted = float((here & (plum["cls"].values == code)).sum()) * cell
            assert agrees(rows[name][f"{grade} km²"], counted)
        good = float((here & np.isin(plum["cls"].values, (1, 2))).sum()) * cell
        assert agrees(rows[name]["S1+S2 万亩（5–95 %）"], good * 0.15)


def _county_rows(read: Read) -> list[dict[str, str]]:
    return next(
        [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        for title, rows in read.tables.items()
        if title == "各县面积"
    )


def test_township_areas_add_up_to_the_counties(zh):
    read = zh.read["suitability_plum.html"]
    towns = read.rows("各乡镇面积")
    assert len(towns) > 40
    for grade in ("S2 km²", "N km²"):
        parts = [printed(row[grade]) for row in towns]
        whole = [printed(row[grade]) for row in _county_rows(read)]
        slack = sum(min(half, 5.0) for _, half in parts) + sum(half for _, half in whole)
        assert sum(value for value, _ in parts) == pytest.approx(sum(value for value, _ in whole), abs=slack)


def test_figures_of_a_crop_are_in_its_table(zh):
    for row in _county_rows(zh.read["suitability_plum.html"]):
        for grade in ("S1", "S2", "S3", "N"):
            figure = zh.figures["suitability_plum.html", f"乌蒙脆李 {row['名称']} {grade}"]
            assert agrees(row[f"{grade} km²"], figure.value)
            assert (figure.clause, figure.unit, figure.evidence) == ("F-27、F-30", "km²", "modelled")


def class_km2(atlas: Atlas, crop: str) -> Counter[str]:
    """Return the exact areas of a crop's classes, as the manifest has them, in the counties that the plan asks."""
    name = next(made.name_zh for made in atlas.made.crops if made.id == crop)
    found: Counter[str] = Counter()
    for county in ["古蔺县"] if crop == "sorghum" else atlas.made.counties:
        for grade in ("S1", "S2", "S3", "N"):
            found[grade] += atlas.figures[f"suitability_{crop}.html", f"{name} {county} {grade}"].value
    return found


@pytest.mark.parametrize("crop", ["orange", "plum", "kiwifruit", "sorghum"])
def test_verdicts_on_the_page_follow_from_its_table(zh, en, crop):
    """Recompute the word of each target from the interval of its land, by the rule in words."""
    targets = {
        "orange": {"F-26": 30, "F-29": 10, "F-26 + F-29": 40},
        "plum": {"F-27": 15, "F-30": 5, "F-27 + F-30": 20},
        "kiwifruit": {"F-28": 5, "F-31": 5, "F-28 + F-31": 10},
        "sorghum": {"L-15": 30},
    }[crop]
    made = next(one for one in zh.made.crops if one.id == crop)
    intervals = crop_doubt(zh.made, made, catchments(zh.made)).counties.set_index(["zone", "class"])
    asks = "古蔺县" if crop == "sorghum" else uncertainty.TOTAL
    ends = {name: intervals.loc[(asks, name), ["low_km2", "high_km2"]] * 0.15 for name in ("S1+S2", "S1+S2+S3")}
    (low, high), (all_low, all_high) = ends["S1+S2"], ends["S1+S2+S3"]
    read, english = (atlas.read[f"suitability_{crop}.html"] for atlas in (zh, en))
    rows, others = read.rows("规划目标评估"), english.rows("Assessment of")
    called = {
        lang: {
            clause: between.join(item_words(zh.made.plan.item(number), lang=lang) for number in clause.split(" + "))
            for clause in targets
        }
        for lang, between in (("zh", "；"), ("en", "; "))
    }  # clause and words of the items, which lead to their cards; numbers alone say nothing
    assert [row["条款"] for row in rows[: len(targets)]] == list(called["zh"].values())
    assert [row["Clause"] for row in others[: len(targets)]] == list(called["en"].values())
    assert len(rows) == len(others)
    for clause, asked in targets.items():
        word, words = (
            ("土地不是限制", "not what limits") if low >= 3 * asked
            else ("偏紧", "tight") if low >= asked
            else ("不能断定", "uncertain") if high >= asked
            else ("须用勉强适宜地", "only with marginal") if all_low >= asked
            else ("不能断定", "uncertain") if all_high >= asked
            else ("仍不足", "falls short")
        )  # fmt: skip
        first = next(row["评估"] for row in rows if row["条款"] == called["zh"][clause])
        assert word in first, (clause, low, high)
        assert words in next(row["Assessment"] for row in others if row["Clause"] == called["en"][clause])
        span = re.search(r"S1\+S2 共 [\d.]+ 万亩（5–95 %：([\d.]+)–([\d.]+)）", first)
        assert span, first
        assert agrees(span[1], low), (span[1], low)
        assert agrees(span[2], high), (span[2], high)


@pytest.mark.parametrize(("crop", "asked"), [("orange", 40.0), ("plum", 20.0), ("sorghum", 30.0)])
def test_the_chart_sets_all_targets_against_their_land(zh, crop, asked):
    read = zh.read[f"suitability_{crop}.html"]
    km2 = class_km2(zh, crop)
    words = next(chart for chart in read.charts if "规划目标" in chart)
    target, *shown = [word for word in words if word.endswith("万亩")]
    assert float(target.split()[0]) == asked
    assert agrees(shown[0], km2["S1"] * 0.15)
    assert agrees(shown[1], (km2["S1"] + km2["S2"]) * 0.15)
    whole, low, high, belt = (printed(word)[0] for word in shown[1:5])
    assert low <= high
    assert belt <= whole


def test_belt_rows_stand_on_the_orange_page_alone(zh):
    tests = [row["检验"] for row in zh.read["suitability_orange.html"].rows("规划目标评估")]
    assert [name for name in tests if name.startswith("左岸")] == ["左岸 2 km 内", "左岸 5 km 内", "左岸 10 km 内"]
    assert not [r for r in zh.read["suitability_plum.html"].rows("规划目标评估") if r["检验"].startswith("左岸")]
    assert [r["检验"] for r in zh.read["suitability_sorghum.html"].rows("规划目标评估")][-1] == "产粮平衡"


def test_the_chance_of_the_band_is_shown_in_fifths(zh):
    assert crop_pages.fifths(np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])).tolist() == [
        1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5,
    ]  # fmt: skip
    assert crop_pages.fifths(np.array([np.nan])).tolist() == [0]
    read, dem = zh.read["suitability_plum.html"], zh.made.dem
    legend = [label for _, label in read.layer("分带概率")["meta"]["legend"]]
    assert legend == ["0–20 %", "20–40 %", "40–60 %", "60–80 %", "80–100 %"]
    sigma = float(dem.attrs["HEIGHT_RMSE_M"])
    tried: set[str] = set()
    for row, column, lon, lat in cells(dem, zh.made.zones.values > 0, 400):
        near = dem.values[row - 1 : row + 2, column - 1 : column + 2].astype(float)
        shares = np.ceil((norm.cdf((900 - near) / sigma) - norm.cdf((700 - near) / sigma)) * 5)
        if (shares == shares[1, 1]).all():
            tried.add(read.seen("分带概率", lon, lat))
            assert read.seen("分带概率", lon, lat) == legend[int(max(shares[1, 1], 1)) - 1], near[1, 1]
    assert len(tried) >= 2  # a belt of 200 m is hardly certain anywhere where heights err by 90
    assert "处于规划海拔带的概率" in read.layer("分带概率")["meta"]["legendTitle"]
    assert "分带概率" not in zh.read["suitability_sorghum.html"].names()


def test_darker_blue_is_a_greater_chance():
    light = [sum(colour) for _, colour in sorted(crop_pages.FIFTHS.items())]
    assert light == sorted(light, reverse=True)


def test_views_exclude_each_other_and_the_class_shows_first(zh):
    read = zh.read["suitability_plum.html"]
    views = [read.layer(name)["meta"] for name in ("适宜等级", "得分", "限制因子", "分带概率")]
    assert [meta["shown"] for meta in views] == [True, False, False, False]
    assert all(meta["exclusive"] and meta["group"] == "视图" for meta in views)


def test_the_first_of_several_masks_rules():
    """Water goes before protected areas, these before built-up land, however the layers were given."""
    values = np.full((4, 8), 800, "float32")
    coords = {"y": 3_100_000.0 - 100.0 * np.arange(4), "x": 500_000.0 + 100.0 * np.arange(8)}
    dem = xr.DataArray(values, dims=("y", "x"), coords=coords).rio.write_crs("EPSG:4544")
    bits = {"water": 1, "protected": 2, "built": 4}
    masks = {
        name: dem.copy(data=np.tile((np.arange(8) & bit) > 0, (4, 1)).astype("uint8")) for name, bit in bits.items()
    }
    names = suitability.limiting_names(lang="zh")
    for order in (["water", "protected", "built"], ["built", "protected", "water"]):
        result = suitability.evaluate(dem, crop="sorghum", layers={name: masks[name] for name in order})
        words = {"water": "水域", "protected": "保护地", "built": "建设用地"}
        for column in range(1, 8):
            first = next(name for name in bits if column & bits[name])
            assert names[int(result["limiting"].values[1, column])] == words[first]
        assert names[int(result["limiting"].values[1, 0])] not in words.values()


# ---- places, corridors, network ------------------------------------------------------------


def test_each_kind_of_place_is_drawn_as_often_as_it_is_located(zh):
    located = [row for row in places() if row["located"] == "true"]
    read = zh.read["overview.html"]
    for kind, name in {
        "township": "乡镇驻地", "county_seat": "县城", "red_site": "红色遗址", "distillery": "酒企酒镇",
        "wellness": "康养点", "scenic": "景区", "station": "铁路车站", "interchange": "高速互通",
    }.items():  # fmt: skip
        assert read.layer(name)["meta"]["features"] == sum(kind in row["kind"].split(";") for row in located), kind
    shown = {name: read.layer(name)["meta"]["shown"] for name in ("乡镇驻地", "红色遗址", "铁路车站")}
    assert shown == {"乡镇驻地": True, "红色遗址": True, "铁路车站": False}


def test_what_has_no_place_is_listed(zh):
    lost = {row["name_zh"] for row in places() if row["located"] != "true"}
    listed = zh.read["overview.html"].rows("未定位项目")
    assert lost <= {row["名称"] for row in listed}
    assert f"未定位项目（{len(listed)}）" in zh.cover.tables
    assert {row["类别"] for row in listed} >= {"走廊", "酱酒配套"}


def test_corridors_are_drawn_by_their_status(zh):
    lines = gpd.read_file(data_file("network/corridors.geojson"))
    read = zh.read["overview.html"]
    dashes = {"open": None, "construction": "9 5", "planned": "2 6", "unknown": "1 5"}
    words = {"open": "已通车", "construction": "在建", "planned": "规划", "unknown": "未查明"}
    assert {status: style[2] for status, style in overview.STATUS.items()} == dashes
    assert {status: style[0] for status, style in overview.STATUS.items()} == words
    located = lines[lines.geometry.notna() & ~lines.geometry.is_empty]
    for mode, name in (("rail", "铁路"), ("motorway", "高速公路")):
        found = set(located.loc[located["mode"] == mode, "status_now"])
        classes = read.layer(name)["meta"]["classes"]
        labels = [style["label"].split(" · ")[-1] for style in classes if style.get("label")]
        assert set(labels) >= {words[status] for status in found}, labels
        for style in classes:
            label = style.get("label", "").split(" · ")[-1]
            for status, word in words.items():
                if label == word and status in found:
                    assert style.get("dash") == dashes[status], (name, label)


@pytest.mark.parametrize(("layer", "road"), [("铁路", "叙永至毕节铁路"), ("高速公路", "古金高速")])
def test_a_road_under_construction_in_2022_and_open_now_says_both(zh, layer, road):
    record = zh.read["overview.html"].layer(layer)
    texts, data = unpacked(record["texts"]), unpacked(record["data"])
    place = texts["label"].index(road)
    popup = zip(record["meta"]["popup"], texts["values"], strict=True)
    card = {label: values[place] for label, values in popup}
    assert (card["2022-03 状态"], card["现状"]) == ("在建", "已通车")
    assert record["meta"]["classes"][data["c"][place]]["label"].endswith("已通车")


def test_key_figures_are_the_plans(zh, en):
    rows = {row["项目"]: row for row in zh.read["overview.html"].rows("关键数字")}
    for name, value, clause in (
        ("地区生产总值", "≥700 亿元", "G-02"),
        ("酱酒 · 新增酱酒年产能", "20 万吨/年", "L-01"),
        ("特色林果 · 森林面积", "495 万亩", "F-13"),
    ):
        assert rows[name]["数值"] == value
        assert clause in rows[name]["条款或方法"]
    total = sum(float(rows[name]["数值"].split()[0].replace(",", "")) for name in ("叙永县", "古蔺县"))
    assert float(rows["两县合计"]["数值"].split()[0]) == pytest.approx(total * 0.15, abs=0.1)
    assert rows["两县合计"]["数值"].endswith("万亩")
    english = {row["Item"]: row["Value"] for row in en.read["overview.html"].rows("Key figures")}
    assert english["Both counties"].endswith("× 10,000 mu")


def test_lengths_of_the_network_are_sums_of_its_links_inside_the_counties_and_beyond(zh):
    """The parts inside are found again by 400 points along each link, so to a four-hundredth of its length."""
    keys = {
        "motorway": "高速公路",
        "rail": "铁路",
        "primary": "国省干线（二级公路）",
        "secondary": "三级公路（含红色旅游路）",
    }
    outline = zh.made.study.outline
    shapely.prepare(outline)
    for name, graph in zh.made.graphs.items():
        heading = {"2022": "规划时 2022-03", "today": "现状 2026-02", "complete": "规划建成"}[name]
        rows = {row["等级"]: row for row in zh.read["network.html"].rows(f"县内里程 (km)：叙永县、古蔺县 · {heading}")}
        sums: Counter[str] = Counter()
        inside: Counter[str] = Counter()
        for _, _, data in graph.edges(data=True):
            if not data.get("reversed"):
                points = shapely.line_interpolate_point(data["geometry"], (np.arange(400) + 0.5) / 400, normalized=True)
                sums[data["highway"]] += data["length"] / 1000
                inside[data["highway"]] += data["length"] / 1000 * shapely.intersects(outline, points).mean()
        for key, label in keys.items():
            both, beyond = (float(rows[label][column].replace(",", "")) for column in ("两县合计", "县外"))
            assert both + beyond == pytest.approx(sums[key], abs=1.01), (name, key)
            assert both == pytest.approx(inside[key], abs=0.51 + 0.005 * sums[key]), (name, key)


def test_years_stand_in_order_and_today_shows(zh):
    years = ["规划时 2022-03", "现状 2026-02", "规划建成"]
    for file in ("network.html", "access_hospital.html"):
        read = zh.read[file]
        switch = next(record["switches"] for record in read.records if record.get("switches"))
        assert switch[0]["options"] == years + ["变化"] * (file != "network.html")
        assert [read.layer(year)["meta"]["shown"] for year in years] == [False, True, False]


def test_townships_are_coloured_by_what_they_save():
    table = pd.DataFrame(
        {
            "2022": [40.0, 40.0, 40.0, 40.0, 40.0, 40.0, np.inf, np.inf],
            "complete": [39.0, 38.9, 25.0, 24.9, 10.0, 9.0, 12.0, np.inf],
        }
    )
    table["saved_complete"] = table["2022"] - table["complete"]
    assert access.saving_classes(table).tolist() == ["0", "1", "1", "2", "2", "3", "4", "0"]
    assert access.saving_classes(table[["2022"]]).tolist() == ["0"] * 8


def test_rings_of_minutes_do_not_overlap(zh):
    areas = gpd.GeoDataFrame(
        {"minutes": [30.0, 15.0]}, geometry=gpd.points_from_xy([0, 0], [0, 0]).buffer([2.0, 1.0]), crs=4544
    )
    rings = access._rings(areas)
    assert rings["minutes"].tolist() == [15.0, 30.0]
    # equal polygons of radius 1 and 2: the ring is three times the inner one
    assert rings.geometry.iloc[1].area == pytest.approx(3 * rings.geometry.iloc[0].area)
    classes = zh.read["access_hospital.html"].layer("现状 2026-02")["meta"]["classes"]
    colours = {style["label"]: style["fill"] for style in classes if style.get("label")}
    assert list(colours) == ["≤ 15 分钟", "≤ 30 分钟", "≤ 45 分钟", "≤ 60 分钟", "≤ 90 分钟"]
    light = [sum(bytes.fromhex(colour[1:])) for colour in colours.values()]
    assert light == sorted(light)  # nearer is darker


def test_township_minutes_in_the_table_are_rounded_and_saved_adds_up(zh):
    rows = zh.read["access_hospital.html"].rows("各乡镇用时")
    assert len(rows) == 46
    for row in rows:
        before, after, saved = (row[key] for key in ("规划时 2022-03", "规划建成", "节省"))
        if "–" not in (before, after, saved):
            assert float(before) - float(after) == pytest.approx(float(saved), abs=1.01)
    seats = {"叙永镇", "彰德街道"}  # the townships where the county seats lie, by the codes of the study
    assert seats <= {row["乡镇"] for row in rows if row["规划时 2022-03"] == "0"}


def test_shares_of_people_are_those_of_the_table(zh):
    """With 29 % of a county in its seat, four townships as published, the rest equal: the central rule, by hand."""
    people = {"叙永": 552979, "古蔺": 651958}
    seats = {"叙永镇": 1, "彰德街道": 2, "金兰街道": 2}
    told = {"石厢子彝族乡": 6800, "二郎镇": 65000, "马蹄镇": 27000, "石屏镇": 38000}
    every = zh.read["access_hospital.html"].rows("各乡镇用时")
    others = Counter(row["县"] for row in every if row["乡镇"] not in {*seats, *told})
    known = Counter(dict.fromkeys(people, 0))
    for row in every:
        known[row["县"]] += told.get(row["乡镇"], 0)

    def weight(row):
        total = people[row["县"]]
        if row["乡镇"] in seats:
            return 0.29 * total / seats[row["乡镇"]]
        return told.get(row["乡镇"], (0.71 * total - known[row["县"]]) / others[row["县"]])

    assert sum(map(weight, every)) == pytest.approx(sum(people.values()))
    rows = [row for row in every if row["现状 2026-02"] != "–"]
    for limit in (30, 60):
        near = sum(weight(row) for row in rows if float(row["现状 2026-02"]) <= limit)
        shown = zh.figures["access_hospital.html", f"县级医院 现状 2026-02 ≤{limit} min"]
        share = 100 * near / sum(map(weight, rows))
        assert shown.value == pytest.approx(share, abs=3)  # minutes are rounded; 3 % are two townships
        assert shown.low <= shown.value <= shown.high
    assert shown.clause == "W-11"
    assert zh.figures["access_railway.html", "客运车站 现状 2026-02 ≤60 min"].clause == "G-03"


# ---- the first page ------------------------------------------------------------------------


def test_checks_keep_their_verdicts(zh):
    words = {"OK": "一致", "FLAG": "需注意", "CONTRADICTION": "矛盾", "AMBIGUOUS": "表述不明"}
    checks = json.loads(data_file("plan/checks.json").read_text(encoding="utf-8"))
    shown = {row["编号"]: row for row in zh.cover.rows("规划数字的一致性检查")}
    assert len(shown) == 23
    for check in checks:
        given = check["verdict"] if isinstance(check["verdict"], list) else check["verdict"].split("/")
        assert shown[check["id"]]["结论"] == " / ".join(words[part.strip()] for part in given)
        assert shown[check["id"]]["检查"] == check["title_zh"]
        assert shown[check["id"]]["计算"].startswith(check["result_zh"][:10])


def test_the_first_page_says_which_pages_were_not_made(zh):
    assert not [title for title in zh.cover.tables if title.startswith("未生成")]
    assert contents(zh.made) == zh.made.contents
    assert all(entry.made for entry in zh.made.contents)


def test_sources_name_document_grid_and_zone(zh, en):
    lines = zh.made.sources_note()
    assert any("EPSG:4544" in line for line in lines)
    assert any(line == "规划: 泸州市人民政府办公室 2022-03-14" for line in lines)
    assert any(f"格网 {RESOLUTION:g} m" in line and "示范地形" in line for line in lines)
    assert any("General Office of Luzhou" in line for line in en.made.sources_note())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2972.34, "km²", "2,972.3 km²"),
        (12345.6, "km", "12,346 km"),
        (30.0, "万亩", "30 万亩"),
        ("≥700", "亿元", "≥700 亿元"),
    ],
)
def test_figures_are_rounded_for_readers(value, unit, text):
    figure = Figure(page="p", name="n", value=value, unit=unit, clause="", method="", evidence="derived")
    assert figure.text == text


def test_pictures_are_transparent_outside_the_counties(zh):
    picture = imagery.classes(zh.made.bands, inside=zh.made.zones)
    shown = imagery.coloured(picture, {1: (1, 2, 3)}, opacity=0.5)
    assert shown[picture.values == 1][0].tolist() == [1, 2, 3, 128]
    assert (shown[picture.values != 1][:, 3] == 0).all()
    west, _, _, north = zh.made.bounds
    assert zh.read["bands.html"].seen("高程分带", west + 0.001, north - 0.001) == ""


def test_the_grid_under_the_cursor_is_that_of_the_study(zh):
    record = next(record for record in zh.read["bands.html"].records if "grid" in record)
    assert record["grid"] == {"name": "EPSG:4544", "meridian": 105.0, "easting": 500000.0}
    other = Read(Page(title="T", bounds=(105, 27, 106, 28), crs="EPSG:32648").html())
    assert next(record for record in other.records if "grid" in record)["grid"] is None


def test_the_room_has_one_door():
    atlas = ["OUTPUTS", "PAGES", "build_atlas", "make_sheets", "page_weights", "weight_table"]
    assert room.__all__ == [*atlas, "write_monitor_page", "write_notices"]
