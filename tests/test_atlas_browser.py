"""The atlas as a planner meets it: opened from disk in Chromium, without any network."""

import re
from pathlib import Path

import pytest
import rasterio
from browser import open_page
from pyproj import Transformer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACE = (105.81, 28.00)  # in Gulin, away from symbols


@pytest.fixture(scope="module", params=["zh", "en"])
def atlas(request) -> Path:
    return request.getfixturevalue({"zh": "coarse_atlas", "en": "coarse_english"}[request.param])


def test_the_first_page_leads_to_every_other(atlas):
    with open_page(atlas / "index.html", ready=False) as page:
        targets = [link.get_attribute("href") for link in page.locator("a.card").all()]
        others = {"index.html", "atlas.html"}  # the single file of all pages is no theme
        assert sorted(targets) == sorted(p.name for p in atlas.glob("*.html") if p.name not in others)
        page.locator("a.card").nth(1).click()
        page.wait_for_selector("body[data-ready='1']", state="attached")
        page.assert_clean()


def test_the_first_page_sorts_its_tables(atlas):
    with open_page(atlas / "index.html", ready=False) as page:
        page.locator("table.ny-sortable th button").first.click()
        assert page.locator("th[aria-sort='ascending']").count() == 1
        page.assert_clean()


def test_the_bands_page_reads_the_raster_under_the_cursor(atlas):
    with rasterio.open(atlas / "data" / "bands.tif") as dataset:
        spot = Transformer.from_crs(4326, dataset.crs, always_xy=True).transform(*PLACE)
        code = next(dataset.sample([spot]))[0]
    label = ["<700", "700-900", "900-1200", ">=1200"][code - 1]
    with open_page(atlas / "bands.html") as page:
        page.move_to(*PLACE)
        assert label in page.locator("body").inner_text()
        page.assert_clean()


def test_years_switch_on_the_network_page(atlas):
    with open_page(atlas / "network.html") as page:
        choices = page.locator("label", has_text=re.compile("2022-03|2026-02|规划建成|Plan complete"))
        assert choices.count() == 3
        for number in range(3):
            choices.nth(number).click()
        page.assert_clean()


def test_a_crop_page_switches_its_views(atlas):
    with open_page(atlas / "suitability_kiwifruit.html") as page:
        views = page.locator("input[type=radio]")
        assert views.count() == 6
        for number in range(6):
            views.nth(number).check()
        page.assert_clean()
