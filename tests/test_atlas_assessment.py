"""The plan's targets against the land, in both languages of the atlas."""

from types import SimpleNamespace

import pandas as pd
import pytest

from nanyi_gis.atlas.assessment import assessments, assumption_lines, localised
from nanyi_gis.suitability import feasibility, load_crop

COUNTIES = pd.DataFrame({"name_zh": ["叙永县", "古蔺县"], "name_en": ["Xuyong", "Gulin"]})


def page(lang: str, counties: pd.DataFrame = COUNTIES) -> SimpleNamespace:
    return SimpleNamespace(lang=lang, name=f"name_{lang}", study=SimpleNamespace(counties=counties))


def judged(atlas: SimpleNamespace) -> pd.DataFrame:
    """Judge sorghum with 100 km2 of S2 in the first county and 400 in the second."""
    zones = atlas.study.counties[atlas.name]
    land = pd.DataFrame({"zone": zones, "band": "< 700 m", "class": "S2", "area_km2": [100.0, 400.0]})
    crop = localised(atlas, load_crop("sorghum"))
    return feasibility({"sorghum": land}, crops={"sorghum": crop})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_target_of_one_county_takes_its_land_in_both_languages(lang):
    base = judged(page(lang)).iloc[0]
    assert base["clause"] == "L-15"
    assert base["s1_s2_wanmu"] == pytest.approx(60.0)
    assert base["ratio"] == pytest.approx(2.0)


def test_a_county_that_is_not_among_the_zones_is_said():
    others = pd.DataFrame({"name_zh": ["甲", "乙"], "name_en": ["A", "B"]})
    base = judged(page("en", others)).iloc[0]
    assert base["s1_s2_wanmu"] == pytest.approx(75.0)
    assert base["assumptions"].startswith("within all zones, since 古蔺, where the plan has it, is not among them")
    assert "L-15：目标所在的县不在所给边界中，按全部土地计。" in assumption_lines(
        page("zh", others), judged(page("zh", others))
    )


def test_chinese_pages_say_which_county_counts():
    lines = assumption_lines(page("zh"), judged(page("zh")))
    assert "L-15：目标只在古蔺县，只计该县土地。" in lines


def test_english_pages_have_no_chinese():
    atlas = page("en")
    table = judged(atlas)
    words = [*assessments(atlas, table, reach=None)["words"], *assumption_lines(atlas, table)]
    assert not [text for text in words if any("\u4e00" <= letter <= "\u9fff" for letter in text)]
    assert "30 × 10,000 mu yield" in " ".join(words)


@pytest.mark.parametrize(
    ("name", "band"), [("plum", ["规划海拔带", "the plan's band"]), ("sorghum", ["最适海拔带", "best"])]
)
def test_only_bands_of_the_plan_are_called_so(name, band):
    land = pd.DataFrame({"zone": ["古蔺县"], "band": "700-900 m", "class": "S2", "area_km2": [100.0]})
    table = feasibility({name: land})
    for lang, words in zip(("zh", "en"), band, strict=True):
        assert words in assessments(page(lang), table, reach=None)["words"].iloc[0]
