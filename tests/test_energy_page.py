"""The page of wind and solar power: dated rules, the plan's megawatts, and nothing of sites in public."""

import dataclasses

import pytest
from reading import Read

from nanyi_gis import targets
from nanyi_gis.atlas.pages import energy, make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.study import load_study
from nanyi_gis.suitability import load_use

GIVEN = {
    "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": [], "crops": [], "resolution": 1000.0, "rasters": {}, "population": None, "lang": "zh",
}  # fmt: skip


@pytest.fixture(scope="module")
def atlas():
    return prepare(**GIVEN, public=False)


def read(atlas) -> Read:
    [[page]] = [group for _, group in make_pages(atlas, only=[energy.FILE])]
    return Read(page.page.html())


@pytest.fixture(scope="module")
def page(atlas) -> Read:
    return read(atlas)


def test_the_record_names_the_items_that_the_files_want():
    asked = targets.energy_record(load_study())
    for use, items in ((asked.wind_use, asked.wind), (asked.solar_use, asked.solar)):
        assert {need.item for need in load_use(use).land.needs} == set(items)


def test_what_is_wanted_stands_against_the_land(page):
    rows = page.rows("规划装机与未被排除的土地")
    wanted = {(row["用途"], row["县"]): row["规划（MW）"] for row in rows}
    assert wanted[("风电", "叙永县")] == "200"
    assert wanted[("风电", "古蔺县")] == "100–150"
    assert wanted[("地面光伏", "叙永县")] == "1,200"
    assert {wanted[(use, county)] for use, county in wanted if use == "风电" and "县" not in county} <= {"300–350"}
    assert all(row["判断"].endswith("（就已判断的规则而言）") for row in rows)


def test_each_rule_is_told_with_its_days_and_whether_it_was_judged(page):
    rows = {row["排除条件"]: row for row in page.rows("地面光伏：每条规则排除多少土地")}
    fields = rows["耕地(2023年通知)"]
    assert fields["2026-02-28"] == "缺图层，未判断"
    assert fields["规划发布时"] == "无"
    assert fields["有效期"] == "2023-03-20 至 今"
    assert fields["依据"] == "自然资办发〔2023〕12号"
    assert rows["坡度大于25°"]["2026-02-28"] == "已判断"
    wind = {row["排除条件"]: row for row in page.rows("风电：每条规则排除多少土地")}
    assert wind["天然乔木林(竹林)地(2019年通知)"]["2026-02-28"] == "已失效"
    text = " ".join(page.texts)
    assert "上限" in text
    assert "晴空光照" in page.names()
    assert "到电网的距离不知道" in text


def test_land_is_no_megawatts_while_rules_of_fields_and_forests_are_not_judged(page):
    told = [line for line in page.texts if line.startswith(("风电：", "地面光伏："))]
    assert len(told) == 2
    assert all("不折算兆瓦" in line and "MW" not in line for line in told)


def test_a_public_page_shows_no_land_and_no_item(atlas):
    public = read(prepare(**GIVEN, public=True))
    text = " ".join(public.texts)
    assert "E-0" not in text
    assert "箭竹坪" not in text
    assert "规划装机与未被排除的土地" not in public.tables
    assert len(public.rows("各乡镇片区未被排除的土地")) > 30


def test_a_study_without_a_record_has_no_page(atlas):
    files = {key: path for key, path in atlas.study.files.items() if key != "systems"}
    bare = dataclasses.replace(atlas, study=dataclasses.replace(atlas.study, files=files), shared={})
    [entry] = energy.entries(bare)
    assert "names no items of wind" in entry.lacks[1]
    assert energy.items_of(bare) == []
