"""The light page of the register and its notices in a browser: offline, filtered, on a phone, on paper."""

import csv
import re

import pytest
from axe import faults
from browser import open_page
from test_monitor_page import DAY, HEADS, TEMPLATE

from nanyi_gis.atlas import write_monitor_page, write_notices
from nanyi_gis.monitor import report
from nanyi_gis.study import load_study

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with both pages, in a path with Chinese and blanks."""
    made = tmp_path_factory.mktemp("监测 台账")
    sheet = made / "填报.csv"
    with sheet.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADS, *TEMPLATE])
    found = report(load_study(), [sheet], as_of=DAY, published=False)
    write_monitor_page(found, made)
    write_notices(found, made)
    return made


@pytest.mark.parametrize("name", ["monitor.html", "notices.html"])
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_pages_are_clean_fit_and_can_be_used_by_all(folder, name, size):
    """What axe-core finds depends little on the size: it sees each page at one."""
    with open_page(folder / name, size=size, ready=False) as opened:
        assert opened.evaluate("document.documentElement.scrollWidth") <= size[0]
        if (name == "monitor.html") == (size[0] < 400):
            assert faults(opened) == []
        opened.assert_clean()


def test_the_table_is_searched_and_chosen_from_without_a_network(folder):
    with open_page(folder / "monitor.html", size=(1366, 768), ready=False) as opened:
        table = opened.locator("table[data-search]").first
        rows = table.locator("tbody tr:not([hidden])")
        assert rows.count() == 245
        opened.get_by_label("状态", exact=True).first.select_option("滞后")
        assert rows.count() == 2
        opened.get_by_label("县", exact=True).first.select_option("古蔺")
        assert rows.count() == 1
        opened.locator("button", has_text="全部").first.click()
        assert rows.count() == 245
        opened.locator("input[type=search]").first.fill("二郎互通")
        opened.wait_for_timeout(300)
        assert rows.count() == 1
        assert "已完成" in rows.first.inner_text()
        opened.locator("input[type=search]").first.fill("")
        opened.get_by_label("牵头单位", exact=True).first.select_option("市水务局")
        assert rows.count() == 11
        opened.assert_clean()


def test_a_line_leads_to_its_values_by_the_keys(folder):
    with open_page(folder / "monitor.html", size=(1366, 768), ready=False) as opened:
        link = opened.locator("td a", has_text="县域医疗次中心").first
        link.focus()
        opened.keyboard.press("Enter")
        opened.wait_for_timeout(100)
        shown = opened.locator(".nm-item:target")
        assert shown.count() == 1
        assert "W-12" in shown.inner_text()
        opened.assert_clean()


def test_printed_notices_begin_a_page_for_every_agency(folder):
    agencies = {owner for line in load_study().plan.items for owner in line.lead}
    with open_page(folder / "notices.html", size=(1366, 768), ready=False) as opened:
        data = opened.page.pdf(format="A4", prefer_css_page_size=True, outline=True, tagged=True)
        titles = opened.locator("section h2").all_inner_texts()
    named = [
        bytes.fromhex(text).decode("utf-16") for text in re.findall(r"/Title <(FEFF[0-9A-F]+)>", data.decode("latin-1"))
    ]
    for agency in agencies:
        assert f"关于{agency}牵头事项进展情况的通报" in named
    assert len(re.findall(rb"/Type /Page\b", data)) > len(titles)


def test_printed_the_page_shows_the_rows_that_were_chosen(folder):
    with open_page(folder / "monitor.html", size=(1366, 768), ready=False) as opened:
        whole = len(re.findall(rb"/Type /Page\b", opened.page.pdf(format="A4")))
        opened.get_by_label("状态", exact=True).first.select_option("滞后")
        few = len(re.findall(rb"/Type /Page\b", opened.page.pdf(format="A4")))
    assert few < whole
