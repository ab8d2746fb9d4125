"""The chooser of townships and the dots by year, in Chromium without any network."""

import re

import pytest
from browser import open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN = ".ny-leaf:not([hidden])"
TITLED = "name => document.querySelector('.ny-leaf:not([hidden]) h2').textContent.startsWith(name)"
FENSHUI, TAIPING, DONGXIN = "510524108", "510525103", "510525117"


@pytest.fixture(scope="module")
def townships(coarse_atlas):
    return coarse_atlas / "townships.html"


def test_a_township_is_chosen_from_the_list_and_restored_from_the_address(townships):
    with open_page(townships) as page:
        assert page.locator(SHOWN).count() == 0
        page.locator(".ny-choose select").select_option(FENSHUI)
        assert page.locator(f"{SHOWN} h2").inner_text().startswith("分水镇")
        page.wait_for_function("() => location.hash.includes('card=sheet:510524108')")
        near = "const c = nanyi.map.getCenter(); return Math.hypot(c.lng - 105.27, c.lat - 27.87) < 0.25;"
        page.wait_for_function(f"() => {{ {near} }}")
        page.wait_for_function("() => location.hash.includes('map=')")
        address = page.evaluate("location.hash")
        page.assert_clean()
        page.goto("about:blank")
        page.goto(townships.as_uri() + address)
        page.wait_for_selector("body[data-ready='1']", state="attached")
        assert page.locator(f"{SHOWN} h2").inner_text().startswith("分水镇")
        assert page.locator(".ny-choose select").input_value() == FENSHUI
        page.locator(".ny-choose select").select_option("")
        assert page.locator(SHOWN).count() == 0
        page.assert_clean()


def test_back_and_forward_go_from_township_to_township(townships):
    with open_page(townships) as page:
        for code in (FENSHUI, TAIPING):
            page.locator(".ny-choose select").select_option(code)
        page.go_back()
        page.wait_for_function(TITLED, arg="分水镇")
        page.go_forward()
        page.wait_for_function(TITLED, arg="太平镇")
        page.assert_clean()


@pytest.mark.parametrize("place", [(105.2711, 27.8743), (105.2911, 27.9043)], ids=["dot", "land"])
def test_a_press_on_the_dot_or_the_land_nearest_to_it_shows_its_sheet(townships, place):
    with open_page(townships) as page:
        page.click_at(*place)
        assert page.locator(f"{SHOWN} h2").inner_text().startswith("分水镇")
        page.assert_clean()


def test_a_search_shows_the_sheet_and_one_without_a_place_is_chosen_all_the_same(townships):
    with open_page(townships) as page:
        page.locator(".ny-search input").fill("石厢子彝族乡")
        page.locator(".ny-found li").first.click()
        page.wait_for_selector(SHOWN)
        assert page.locator(f"{SHOWN} h2").inner_text().startswith("石厢子彝族乡")
        page.locator(".ny-choose select").select_option(DONGXIN)
        assert page.locator(f"{SHOWN} h2").inner_text().startswith("东新镇")
        assert "未找到可靠坐标" in page.locator(SHOWN).inner_text()
        page.assert_clean()


def test_the_farthest_township_is_one_sort_and_one_press_away(townships):
    with open_page(townships) as page:
        table = page.locator(".ny-panel", has_text=re.compile("全部乡镇总表")).locator("table")
        head = table.locator("th button", has_text="类设施合计")
        head.click()
        head.click()
        values = table.locator("tbody tr").evaluate_all(
            "(rows, at) => rows.map((row) => Number(row.cells[at].dataset.v)).filter(Number.isFinite)",
            table.locator("th").evaluate_all("(heads) => heads.findIndex((h) => h.textContent.includes('类设施合计'))"),
        )
        assert values == sorted(values, reverse=True)
        name = table.locator("tbody tr").first.locator("td").first.inner_text()
        table.locator("tbody tr").first.locator("button").click()
        assert page.locator(f"{SHOWN} h2").inner_text().startswith(name)
        assert table.locator("tr.ny-chosen-row").count() == 1
        page.assert_clean()


def test_each_sheet_prints_on_one_page(townships):
    with open_page(townships) as page:
        for code in (FENSHUI, TAIPING, "510524214", "510524100", DONGXIN):
            page.locator(".ny-choose select").select_option(code)
            printed = page.pdf(format="A4", landscape=True)
            assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1, code
        page.assert_clean()


def test_the_dots_show_the_minutes_of_the_year_and_the_legend_follows(coarse_atlas):
    with open_page(coarse_atlas / "access_hospital.html") as page:

        def fills() -> list[str]:
            return page.evaluate(
                "() => [...document.querySelectorAll('.ny-point svg path')].map((path) => path.getAttribute('fill'))"
            )

        seen = {}
        for year in ("规划时 2022-03", "现状 2026-02", "规划建成", "变化"):
            page.locator(".ny-scenario label", has_text=year).click()
            seen[year] = fills()
            shown = page.locator(".ny-legend-block:not([hidden]) h3").all_text_contents()
            assert any("节省" in title for title in shown) is (year == "变化"), shown
            assert any("分钟数" in title for title in shown) is (year != "变化"), shown
        assert len({tuple(colours) for colours in seen.values()}) == 4
        page.assert_clean()
