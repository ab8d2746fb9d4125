"""The elevation profile under a map, and tables whose rows bring the map to a place."""

import base64
import gzip
import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from browser import CONTROLS, open_page
from markupsafe import Markup

from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.webmap import Page, table_html

BOUNDS = (105.0, 27.6, 106.4, 28.6)
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>`${alert(3)}`{{ 7 * 7 }}"


def stations(*, branch="main", south=28.0, count=101, step=500.0, **columns):
    """Return a branch that runs east from 105.2, a station every 500 m, falling from 900 m by 2 m a station."""
    m = step * np.arange(count)
    given = {"branch": branch, "m": m, "z": 900.0 - 2.0 * np.arange(count), "lon": 105.2 + m / 1e5, "lat": south}
    return pd.DataFrame({**given, **columns})


def road(table):
    """Return the line through the stations of each branch."""
    lines = [shapely.LineString(own[["lon", "lat"]].to_numpy()) for _, own in table.groupby("branch", sort=False)]
    return gpd.GeoDataFrame({"name": [f"road {i}" for i in range(len(lines))]}, geometry=lines, crs=4326)


def record_of(html):
    texts = re.findall(r'json" id="[^"]+">(.*?)</script>', html)
    return next(json.loads(text) for text in texts if '"branches"' in text)


@pytest.fixture
def page():
    return Page(title="T", bounds=BOUNDS, lang="en")


@pytest.mark.browser
def test_the_profile_moves_a_mark_on_the_road_and_the_road_moves_the_profile(tmp_path, page):
    table = pd.concat([stations(), stations(branch="spur", south=28.3, count=41)])
    page.add_lines("Road", road(table), label="name", popup=[("name", "Name")], weight=4)
    page.add_profile("Profile", table, names={"main": "Main road", "spur": "Spur"})
    where = "() => { const s = nanyi.profileState(); return [s.branch, s.m, s.z]; }"
    on_map = """() => { const found = []; nanyi.map.eachLayer(({ options, _latlng: at }) => {
        if (options.className === 'ny-profile-mark') found.push([at.lng, at.lat]); }); return found; }"""
    with open_page(page.save(tmp_path / "a.html")) as opened:
        svg = opened.locator(".ny-profile svg")
        assert opened.evaluate(on_map) == []
        # half way along the axis is half way along the branch: 25 km of 50, 800 m high, at 105.45
        box = svg.bounding_box()
        middle = box["x"] + 52 + (box["width"] - 52 - 14) / 2
        opened.mouse.move(middle, box["y"] + box["height"] / 2)
        assert opened.evaluate(where) == [0, 25_000, 800]
        assert opened.evaluate(on_map) == [pytest.approx([105.45, 28.0], abs=1e-5)]
        assert opened.locator(".ny-profile-said").inner_text() == "25.0 km · 800 m"
        # a press on the road, which opens its popup as well
        opened.click_at(105.3, 28.0)
        branch, m, z = opened.evaluate(where)
        assert (branch, m) == (0, pytest.approx(10_000, abs=1500))
        assert z == 900 - 2 * m / 500
        opened.locator(".ny-popup").wait_for()
        opened.keyboard.press("Escape")
        # on the other branch, which the profile then shows
        opened.click_at(105.3, 28.3)
        assert opened.evaluate(where)[0] == 1
        assert opened.locator(".ny-profile select").input_value() == "1"
        assert opened.evaluate(on_map)[0] == pytest.approx([105.3, 28.3], abs=0.02)
        # away from the road nothing moves
        before = opened.evaluate(where)
        opened.click_at(105.8, 27.8)
        assert opened.evaluate(where) == before
        opened.assert_clean()


@pytest.mark.browser
def test_the_profile_is_used_by_keys_and_says_where_it_is(tmp_path, page):
    grade = np.where(np.arange(101) == 3, 9.5, -0.4)
    table = stations(grade=grade, over=grade > 8, span=["tunnel" if i in (50, 51) else "" for i in range(101)])
    gaps = pd.DataFrame({"branch": ["main"], "from_m": [20_000.0], "to_m": [24_000.0], "name": ["serves nothing"]})
    sites = pd.DataFrame({"branch": "main", "m": [0.0, 200.0, 50_000.0], "name": ["甲", "乙", "丙"]})
    page.add_profile("Profile", table, stretches=gaps, marks=sites)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        svg = opened.locator(".ny-profile svg")
        assert svg.get_attribute("role") == "slider"
        assert opened.locator(".ny-profile select").count() == 0  # one branch, nothing to choose
        svg.focus()
        opened.keyboard.press("End")
        assert opened.locator(".ny-profile-said").inner_text() == "50.0 km · 700 m · grade -0.4 %"
        opened.keyboard.press("Home")
        for _ in range(3):
            opened.keyboard.press("ArrowRight")
        assert svg.get_attribute("aria-valuetext") == "1.5 km · 894 m · grade 9.5 %"
        assert svg.get_attribute("aria-valuenow") == "1500"
        for _ in range(8):
            opened.keyboard.press("PageUp")
        said = "21.5 km · 814 m · grade -0.4 % · serves nothing"
        assert opened.locator(".ny-profile-said").inner_text() == said
        assert opened.locator(".ny-over").count() == 1
        assert opened.locator(".ny-span-mark title").text_content() == "tunnel"
        assert opened.locator(".ny-tick").count() == 3
        shown = opened.locator(".ny-profile-chart > svg > text").all_text_contents()
        assert [name for name in shown if name in set("甲乙丙")] == ["甲", "丙"]  # 乙 would stand on 甲
        opened.keyboard.press("Enter")
        opened.wait_for_function("() => nanyi.map.getZoom() >= 13")  # it may get there in steps
        opened.assert_clean()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1280, 800), (1366, 657), (390, 800), (768, 1024)])
def test_map_and_profile_share_the_window(tmp_path, page, size):
    for i in range(12):
        page.add_points(f"Layer {i}", gpd.GeoDataFrame(geometry=[shapely.Point(105.5, 28)], crs=4326))
    page.add_profile("Profile", stations(count=3000, step=50.0))
    page.add_text("Text", ["text"])
    script = (
        "() => { "
        + CONTROLS
        + """
        const profile = document.querySelector('.ny-profile').getBoundingClientRect();
        const wide = document.documentElement.scrollWidth > innerWidth;
        return [out.map(([name]) => name), profile.top >= map.bottom - 1, wide, map.height]; }"""
    )
    with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
        out, below, wide, height = opened.evaluate(script)
        assert (out, below, wide) == ([], True, False)
        assert height > 250
        opened.locator(".ny-profile summary").click()
        opened.wait_for_timeout(150)
        assert opened.evaluate("nanyi.map.getSize().y") == opened.evaluate("nanyi.map.getContainer().clientHeight")
        opened.assert_clean()


@pytest.mark.browser
def test_names_of_a_profile_and_of_places_are_never_run(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    table = stations(span=HOSTILE)
    extra = pd.DataFrame({"branch": "main", "from_m": 0.0, "to_m": 1e4, "m": [20_000.0], "name": HOSTILE})
    page.add_profile(HOSTILE, pd.concat([table, stations(branch=HOSTILE)]), marks=extra, stretches=extra)
    page.add_table("t", pd.DataFrame({"a": [HOSTILE]}), zoom=[(105.1, 27.9, 105.3, 28.1)])
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.locator(".ny-profile summary").text_content() == HOSTILE
        assert HOSTILE in opened.locator(".ny-profile option").nth(1).text_content()
        opened.locator(".ny-profile svg").focus()
        opened.keyboard.press("ArrowRight")
        assert HOSTILE in opened.locator(".ny-profile-said").text_content()
        assert opened.locator(".ny-profile img, .ny-side img").count() == 0
        opened.assert_clean()


@pytest.mark.browser
def test_a_press_on_a_row_brings_the_map_to_its_place(tmp_path, page):
    frame = pd.DataFrame({"gap": ["12–20 km", "nowhere"], "km": [8.0, 1.0]})
    page.add_table("Gaps", frame, zoom=[(105.4, 28.0, 105.5, 28.05), None])
    with open_page(page.save(tmp_path / "a.html")) as opened:
        rows = opened.locator(".ny-table tbody tr")
        assert rows.nth(1).locator("button").count() == 0
        rows.nth(0).locator("button").click()
        opened.wait_for_timeout(600)
        seen = list(map(float, opened.evaluate("nanyi.map.getBounds().toBBoxString()").split(",")))
        assert shapely.box(*seen).covers(shapely.box(105.4, 28.0, 105.5, 28.05))
        assert seen[2] - seen[0] < 0.6
        opened.get_by_role("button", name="Enlarge").click()
        opened.locator("dialog .ny-zoom").click()
        opened.wait_for_selector("dialog", state="detached")
        opened.assert_clean()


def test_a_profile_is_the_same_each_time_and_packed_where_it_is_long():
    pages = []
    for _ in range(2):
        page = Page(title="T", bounds=BOUNDS)
        page.add_profile("Profile", stations(count=9000, step=50.0, grade=1.5))
        pages.append(page.html())
    assert pages[0] == pages[1]
    bare = len(Page(title="T", bounds=BOUNDS).html())
    assert len(pages[0]) - bare < 120_000
    record = record_of(pages[0])
    assert record["meta"]["branches"] == [["main", 9000]]
    assert gzip.decompress(base64.b64decode(record["data"]["z"]))


def test_rows_of_two_branches_may_stand_among_each_other(page):
    table = pd.concat([stations(count=3), stations(branch="spur", count=2)]).iloc[[0, 3, 1, 4, 2]]
    page.add_profile("Profile", table)
    record = record_of(page.html())
    assert record["meta"]["branches"] == [["main", 3], ["spur", 2]]
    assert record["data"]["m"] == [0, 500, 1000, 0, 500]


def test_heights_may_be_unknown(page):
    page.add_profile("Profile", stations(z=np.r_[np.full(50, np.nan), np.full(51, 400.0)]))
    assert '"h":[null,' in page.html()


mark = pd.DataFrame({"branch": ["main"], "m": [1.0], "name": ["a"]})


@pytest.mark.parametrize(
    ("table", "options", "error", "says"),
    [
        (stations().drop(columns="lon"), {}, ParameterError, "lon"),
        (stations().drop(columns="branch"), {}, ParameterError, "branch"),
        (stations().iloc[:0], {}, DataError, "no rows"),
        (stations().iloc[::-1], {}, DataError, "falls from 50000 to 49500 m along branch 'main'; sort its rows by m"),
        (stations(lat=np.nan), {}, DataError, "lat of row 1 is empty"),
        (stations(), {"marks": mark.assign(branch="x")}, DataError, "name branch 'x'"),
        (stations(), {"marks": mark.drop(columns="name")}, ParameterError, "name"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_profile_is_refused(page, table, options, error, says):
    with pytest.raises(error, match=re.escape(says)):
        page.add_profile("Profile", table, **options)


def test_a_page_has_one_profile(page):
    page.add_profile("First", stations())
    with pytest.raises(ParameterError, match="has the profile 'First' already"):
        page.add_profile("Second", stations())


def test_places_of_rows_are_one_a_row_and_on_the_earth():
    frame = pd.DataFrame({"a": ["x", "y"]})
    with pytest.raises(ParameterError, match="2 rows and 1 places"):
        table_html(frame, zoom=[None])
    with pytest.raises(ParameterError):
        table_html(frame, zoom=[None, (500_000.0, 3_000_000.0, 500_001.0, 3_000_001.0)])
    told = table_html(frame, zoom=[(105, 28, 105.5, 28.25), None])
    assert isinstance(told, Markup)
    assert 'data-zoom="105.00000,28.00000,105.50000,28.25000">x</button>' in told
    assert '<td class="ny-span">y</td>' in told
