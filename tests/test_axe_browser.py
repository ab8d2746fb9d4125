"""Every page of the atlas, clean, and before axe-core without a serious fault; both languages, wide and narrow."""

import re

import pytest
from axe import faults
from browser import open_page
from test_map_browser import make

pytestmark = pytest.mark.browser
SIZES = [(1366, 657), (390, 844)]
UNLIKE = ("index", "overview", "suitability_orange", "plan_items", "townships", "route")
LIKE_ANOTHER = re.compile("suitability_(?!orange)|access_(?!hospital)|siting_(?!sub_centres|charging)")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_of_each_thing(tmp_path, lang, size):
    page = make(lang=lang, nav=[("a.html", "A"), ("b.html", "B")], notice="n", other=("b.html", "English"))
    with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
        assert faults(opened) == []
        opened.locator(".ny-point").first.click(force=True)
        opened.locator(".leaflet-popup").wait_for()
        opened.wait_for_timeout(300)
        assert faults(opened) == []
        opened.locator(".ny-search input").fill("太平")
        assert faults(opened) == []
        opened.assert_clean()


@pytest.mark.slow
@pytest.mark.parametrize(("atlas", "size"), [("coarse_atlas", (390, 844)), ("coarse_english", (1366, 657))])
def test_every_page_of_the_atlas(request, atlas, size):
    """Each page once a language and once a size: what is the same in both languages is seen at both sizes.

    Of pages alike, axe-core sees one; in English those that differ most.
    """
    found = {}
    paths = sorted(request.getfixturevalue(atlas).glob("*.html"))
    for path in paths if atlas == "coarse_atlas" else [path for path in paths if path.stem in UNLIKE]:
        with open_page(path, size=size, ready=path.name != "index.html") as opened:
            if path.name == "index.html" and size[0] < 400:
                assert opened.evaluate("document.documentElement.scrollHeight") < 350 * len(paths)
            if not LIKE_ANOTHER.match(path.name) and (worst := faults(opened)):
                found[path.name] = worst
            assert opened.locator("h1").inner_text().strip()
            words = opened.locator("body").inner_text()
            assert re.search("示范地形|Demonstration terrain", words), path.name
            assert re.search("未经审图|not reviewed", words), path.name
            opened.assert_clean()
    assert found == {}
