"""The atlas as one file: every page in both languages, alone in a folder, with the views that pages hand over."""

import json
import re
import shutil

import pytest
from browser import open_page
from reading import unpacked

BOOK = "atlas.html"


@pytest.fixture(scope="module")
def stored(coarse_atlas):
    """What stands in the book by its name."""
    html = (coarse_atlas / BOOK).read_text(encoding="utf-8")
    return dict(re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, re.DOTALL))


def test_the_book_has_every_page_in_both_languages(coarse_atlas, stored):
    files = {path.stem for path in coarse_atlas.glob("*.html")} - {"atlas"}
    assert set(json.loads(stored["ny-book"])["order"]) == files
    assert {name for name in stored if name.startswith("t-")} == {
        f"t-{k}-{lang}" for k in files for lang in ("zh", "en")
    }
    assert (coarse_atlas / BOOK).stat().st_size < 6_000_000


def test_keys_are_the_same_in_both_languages_and_are_names(stored):
    """A key that is a mere number would change its meaning when a layer is added before it."""
    for theme in json.loads(stored["ny-book"])["order"]:
        if theme == "index":
            continue
        zh, en = (unpacked(stored[f"t-{theme}-{lang}"]) for lang in ("zh", "en"))
        keys = [record["meta"]["key"] for record in zh["records"]]
        assert keys == [record["meta"]["key"] for record in en["records"]], theme
        assert [key for key in keys if re.fullmatch(r"n\d+", key)] == [], theme
        for ours, theirs in zip(zh["records"], en["records"], strict=True):
            assert ours["data"] == theirs["data"], (theme, ours["meta"]["key"])


def test_the_relief_is_stored_once(stored):
    specs = [unpacked(text) for name, text in stored.items() if name.startswith("t-") and "index" not in name]
    relief = {record["data"] for spec in specs for record in spec["records"] if record["meta"]["key"] == "relief"}
    assert len(relief) == 1
    assert len(specs) >= 24


def test_the_text_beside_the_pages_says_what_to_open(coarse_atlas):
    raw = (coarse_atlas / "先看我.txt").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n")  # as Windows' editors need it
    text = raw.decode("utf-8-sig")
    for word in ("全部解压", "index.html", BOOK, "Edge", "U盘"):
        assert word in text
    assert "nanyi-gis" not in text


def ready(page, theme, lang):
    page.wait_for_function(
        f"() => document.body.dataset.ready === '1' && nanyi.book.theme === '{theme}'"
        f" && document.documentElement.lang.startsWith('{lang}')"
    )


@pytest.mark.browser
@pytest.mark.slow
def test_the_book_alone_opens_its_themes(coarse_atlas, tmp_path):
    """Some of them; every theme is opened from beside the pages, see the journeys."""
    alone = tmp_path / "微信 下载 #1%" / "图集 (1).html"
    alone.parent.mkdir()
    shutil.copy(coarse_atlas / BOOK, alone)
    with open_page(alone, size=(1366, 657)) as page:
        for lang, theme in (("zh", "overview"), ("en", "suitability_plum"), ("en", "plan_items"), ("en", "index")):
            page.evaluate("view => nanyi.book.go(view)", {"theme": theme, "lang": lang})
            ready(page, theme, lang)
            assert page.locator("h1").inner_text().strip()
            assert re.search("未经审图|not reviewed", page.locator("body").inner_text()), theme
            page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_hands_its_view_to_the_other_language(coarse_atlas):
    with open_page(coarse_atlas / "access_hospital.html") as page:
        page.locator(".ny-scenario label").nth(2).click()
        page.evaluate("nanyi.map.setView([28.1, 105.6], 11, { animate: false })")
        page.layer("地形晕渲").uncheck()
        page.locator(".ny-other").click()
        page.wait_for_url(re.compile(r"/atlas\.html#"))
        page.wait_for_selector("body[data-ready='1']", state="attached")
        view = page.evaluate("nanyi.state.get()")
        assert (view["theme"], view["lang"], view["year"]) == ("access_hospital", "en", "complete")
        assert view["map"] == pytest.approx([11, 28.1, 105.6], abs=1e-3)
        assert "relief" not in view["on"]
        assert "counties" in view["on"]
        page.assert_clean()


@pytest.mark.browser
@pytest.mark.slow
def test_two_crops_of_the_atlas_are_compared(coarse_atlas):
    with open_page(coarse_atlas / BOOK, size=(1366, 657)) as page:
        page.evaluate("view => nanyi.book.go(view)", {"theme": "suitability_orange"})
        ready(page, "suitability_orange", "zh")
        page.locator("[data-tool=compare]").click()
        page.locator(".ny-divider").wait_for()
        page.locator(".ny-compare select").nth(1).select_option("suitability_plum.class")
        page.wait_for_function("() => nanyi.swipe.said() === 'class|suitability_plum.class@0.5'")
        assert "乌蒙脆李 · 适宜等级" in page.locator(".ny-legend").inner_text()
        page.locator(".ny-compare label", has_text="差异").click()
        page.locator(".ny-difference").wait_for()
        assert page.locator(".ny-difference .ny-entry").count() >= 3
        page.assert_clean()
