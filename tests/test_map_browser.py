"""The map on screens of any size, by pointer, keyboard and on paper; all in a browser."""

import io
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
import xarray as xr
from browser import open_page

from nanyi_gis.webmap import Gazetteer, GazetteerItem, GazetteerPlace, Page

pytestmark = pytest.mark.browser

BOUNDS = (105.0, 27.6, 106.4, 28.6)
SIZES = [(1366, 657), (768, 1024), (700, 500), (390, 844)]
WEST = shapely.box(105.1, 27.7, 105.7, 28.5)
EAST = shapely.box(105.7, 27.7, 106.3, 28.5)
SEEN = "() => { const b = nanyi.map.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }"


def frame(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)


def make(**options) -> Page:
    """Return a page of two counties with neighbours, towns that repeat, a raster of values and a table."""
    page = Page(title="试图", bounds=BOUNDS, provenance=["来源一"], **options)
    around = [shapely.box(104.0, 28.5, 107.0, 29.5), shapely.box(106.3, 27.0, 107.5, 28.5)]
    page.add_polygons(
        "邻县", frame(around, name=["北县", "赤水市"]), label="name", labels=True, label_style="muted", group="底图"
    )
    page.add_polygons(
        "县界",
        frame([WEST, EAST], name=["叙永县", "古蔺县"]),
        label="name",
        labels=True,
        label_style="major",
        group="底图",
    )
    spots = [shapely.Point(*at) for at in ((105.3, 28.2), (105.9, 27.9), (106.35, 28.0))]
    page.add_points(
        "乡镇", frame(spots, name=["二郎镇", "太平镇", "赤水市"], note=["甲", "乙", "丙"]), label="name", labels=True,
        popup=[("note", "说明")], group="地点", key="towns",
    )  # fmt: skip
    page.add_text("说明", ["文字"])
    return page


def grid(values):
    x = np.linspace(104.9, 106.5, values.shape[1])
    y = np.linspace(28.7, 27.5, values.shape[0])
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4326)


def fills(opened) -> None:
    """Assert that the whole extent is in view and is most of it, in one direction at least."""
    west, south, east, north = opened.evaluate(SEEN)
    assert shapely.box(west, south, east, north).covers(shapely.box(*BOUNDS))
    assert max(1.4 / (east - west), 1.0 / (north - south)) > 0.5


class TestView:
    @pytest.mark.parametrize(
        "size", [*SIZES, (761, 1024), (790, 1024), (815, 900), (1920, 969), (320, 568), (1366, 300)]
    )
    def test_the_counties_fill_the_map_at_every_size(self, tmp_path, size):
        page = make()
        page.add_raster(
            "r",
            np.zeros((2, 2, 4), np.uint8),
            bounds=BOUNDS,
            legend=[("#123456", f"一类很长很长的名称 {i}") for i in range(6)],
        )
        with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
            fills(opened)
            opened.locator(".ny-tools button").nth(2).click(force=True)
            fills(opened)
            opened.assert_clean()

    def test_it_is_fitted_anew_until_the_reader_has_moved_it(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html"), size=(700, 500)) as opened:
            small = opened.evaluate("nanyi.map.getZoom()")
            opened.set_viewport_size({"width": 1920, "height": 969})
            opened.wait_for_function("before => nanyi.map.getZoom() > before + 0.5", arg=small)
            fills(opened)
            assert opened.evaluate("[nanyi.moved, location.hash]") == [False, ""]  # that was no move of the reader's
            before = opened.evaluate("nanyi.map.getSize().x")
            opened.locator(".ny-side-toggle").click()
            opened.wait_for_function("before => nanyi.map.getSize().x > before + 100", arg=before)
            fills(opened)
            opened.set_viewport_size({"width": 768, "height": 1024})  # a tablet that is turned
            opened.wait_for_function("() => nanyi.map.getSize().x < 800")
            fills(opened)
            opened.evaluate("nanyi.map.setView([28.0, 105.5], 12, {animate: false})")
            opened.set_viewport_size({"width": 1024, "height": 768})
            opened.wait_for_function("() => nanyi.map.getSize().x > 800")
            assert opened.evaluate("nanyi.map.getZoom()") == 12
            opened.locator(".ny-tools button").nth(2).click()  # the whole extent: fitted anew from here on
            opened.set_viewport_size({"width": 700, "height": 500})
            opened.wait_for_function("() => nanyi.map.getSize().x < 720")
            fills(opened)
            opened.assert_clean()

    @pytest.mark.parametrize("size", SIZES)
    def test_popups_keep_clear_of_the_boxes(self, tmp_path, size):
        page = make()
        edges = [shapely.Point(*at) for at in ((105.02, 28.58), (106.38, 28.58), (105.02, 27.62), (106.38, 27.62))]
        long = ["一段相当长的说明文字，用来撑开弹窗的宽度与高度。" * 3] * 4
        page.add_points(
            "角", frame(edges, name=list("甲乙丙丁"), note=long), label="name", popup=[("note", "n")], key="edges"
        )
        script = """() => { const popup = document.querySelector('.leaflet-popup').getBoundingClientRect();
            const meets = (p, q) => p.left < q.right - 1 && p.right > q.left + 1
                && p.top < q.bottom - 1 && p.bottom > q.top + 1;
            return ['.ny-search input', '.ny-tools', '.ny-layers', '.ny-legend[open]'].filter(name => {
                const node = document.querySelector(name);
                return node && node.offsetWidth && meets(node.getBoundingClientRect(), popup); }); }"""
        with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
            for i in range(4):
                opened.evaluate(f"Object.values(nanyi.parts).find(p => p.meta.key === 'edges').items[{i}].openPopup()")
                opened.wait_for_timeout(450)
                assert opened.evaluate(script) == []
                opened.evaluate("nanyi.map.closePopup()")
            opened.assert_clean()


class TestNames:
    @pytest.mark.parametrize("size", SIZES)
    def test_counties_are_the_largest_and_those_around_keep_outside(self, tmp_path, size):
        with open_page(make().save(tmp_path / "a.html"), size=size) as opened:
            names = opened.locator(".ny-label").all_inner_texts()
            assert {"叙永县", "古蔺县"} <= set(names)
            assert names.count("赤水市") <= 1
            font = """name => parseFloat(getComputedStyle([...document.querySelectorAll('.ny-label')]
                .find(node => node.textContent === name)).fontSize)"""
            assert opened.evaluate(font, "古蔺县") > max(
                opened.evaluate(font, n) for n in names if n[-1] != "县" or n == "北县"
            )
            corners = """() => [...document.querySelectorAll('.ny-muted')].map(node => {
                const map = nanyi.map.getContainer().getBoundingClientRect(); const box = node.getBoundingClientRect();
                return [[box.left, box.top], [box.right, box.bottom]].map(([x, y]) => {
                    const at = nanyi.map.containerPointToLatLng([x - map.left, y - map.top]);
                    return [at.lng, at.lat]; }); })"""
            for (west, north), (east, south) in opened.evaluate(corners):
                assert not shapely.box(west, south, east, north).intersects(
                    shapely.union_all([WEST, EAST]).buffer(-1e-3)
                )
            opened.assert_clean()

    def test_townships_are_named_at_the_opening_zoom(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html"), size=(1366, 657)) as opened:
            assert {"二郎镇", "太平镇"} <= set(opened.locator(".ny-label").all_inner_texts())


PLACES = Gazetteer(
    [
        GazetteerPlace(key="c", zh="古蔺县", en="Gulin", pinyin="", initials="glx", rank=0, lon=105.9, lat=28.0),
        GazetteerPlace(key="s", zh="古蔺站", en="Gulin station", pinyin="", initials="glz", rank=2, lon=105.8,
                       lat=28.1),
        GazetteerPlace(key="t", zh="太平镇", en="Taiping Town", pinyin="", initials="tpz", rank=1, lon=105.9, lat=27.9,
                       items=("I-16",)),
        GazetteerPlace(key="x", zh="石厢子彝族乡", en="Shixiangzi Yi Township", pinyin="", initials="sxzyzx", rank=1,
                       lon=105.5, lat=27.8, items=("I-16",)),
        GazetteerPlace(key="n", zh="古蔺外县", en="Gulin Outer", pinyin="", initials="glwx", rank=3, lon=106.4,
                       lat=28.0),
    ],
    kinds=[("县", "County"), ("乡镇", "Township"), ("站点", "Station"), ("周边", "Nearby")],
    items=[GazetteerItem(id="I-16", clauses="四(五)3", zh="红色旅游路 446 km", en="red-tourism roads 446 km")],
)  # fmt: skip


def found(opened, text):
    opened.locator(".ny-search input").fill(text)
    return opened.locator(".ny-found li[role=option] > span").all_inner_texts()


TYPED = {  # and what is found first
    "太平": "太平镇", "taiping": "太平镇", "tai ping": "太平镇", "Tàipíng": "太平镇", "tai4ping2": "太平镇",
    "tpz": "太平镇", "TPZ": "太平镇", "sxz": "石厢子彝族乡", "shí xiāng zi": "石厢子彝族乡",
    "古蔺": "古蔺县", "gulin": "古蔺县",
    "I-16": "红色旅游路 446 km", "i-16": "红色旅游路 446 km", "四(五)3": "红色旅游路 446 km",
    "四（五）3": "红色旅游路 446 km", "446": "红色旅游路 446 km",
}  # fmt: skip
SPOTS = [
    "105.40 28.30", "28.30, 105.40", "105.40°E 28.30°N", "105°24'E 28°18'N", "28°18′N，105°24′E",
    "东经105°24′ 北纬28°18′", "105 24 0 28 18 0",
]  # fmt: skip
NOWHERE = ["116.40 39.90", "105.40 128.30", "105°70′ 28°18′", "1 2 3", "539000 9", "e n"]


class TestSearch:
    def test_places_and_items_are_found(self, tmp_path):
        with open_page(make(gazetteer=PLACES).save(tmp_path / "a.html")) as opened:
            assert {typed: found(opened, typed)[0] for typed in TYPED} == TYPED
            # the counties come before stations and what lies around
            assert found(opened, "古蔺") == ["古蔺县", "古蔺站", "古蔺外县"]
            for typed in NOWHERE:
                assert found(opened, typed) == [], typed
                assert opened.locator(".ny-none").inner_text() == "没有找到"
            opened.assert_clean()

    def test_coordinates_are_places(self, tmp_path):
        east, north = pyproj.Transformer.from_crs(4490, 4544, always_xy=True).transform(105.4, 28.3)
        metres = [f"E {east:.0f} N {north:.0f}", f"X={north:.1f} Y={east:.1f}", f"{north:.0f}, 35{east:.0f}"]
        page = make()
        page.add_value_grid("高程", grid(np.full((9, 9), 740.0)), unit="m")
        with open_page(page.save(tmp_path / "a.html")) as opened:
            for text in (*metres, *SPOTS):
                assert found(opened, text) == ["105.40000°E 28.30000°N"], text
            opened.keyboard.press("Enter")
            popup = opened.locator(".leaflet-popup")
            assert "740 m" in popup.inner_text()
            assert "105.40000°E" in popup.inner_text()
            center = opened.evaluate("[nanyi.map.getCenter().lng, nanyi.map.getCenter().lat]")
            assert center == pytest.approx([105.4, 28.3], abs=0.1)
            opened.keyboard.press("Escape")
            assert opened.locator(".ny-pin").count() == 0
            opened.assert_clean()

    def test_the_inverse_projection_agrees_with_proj(self, tmp_path):
        rng = np.random.default_rng(3)
        lon, lat = rng.uniform(103.5, 106.5, 50), rng.uniform(26, 30, 50)
        east, north = pyproj.Transformer.from_crs(4490, 4544, always_xy=True).transform(lon, lat)
        with open_page(make().save(tmp_path / "a.html")) as opened:
            got = opened.evaluate(
                "p => p.map(([x, y]) => nanyi.gaussKruegerInverse(x, y, 105))", np.c_[east, north].tolist()
            )
        np.testing.assert_allclose(got, np.c_[lon, lat], atol=1e-8)

    def test_a_place_of_the_gazetteer_without_a_layer_gets_a_pin(self, tmp_path):
        with open_page(make(gazetteer=PLACES).save(tmp_path / "a.html")) as opened:
            found(opened, "sxz")
            opened.keyboard.press("Enter")
            assert "石厢子彝族乡" in opened.locator(".leaflet-popup").inner_text()
            assert opened.locator(".ny-pin").count() == 1
            opened.assert_clean()

    def test_features_without_a_label_are_found_by_their_texts_and_initials(self, tmp_path):
        page = make()
        own = frame([shapely.Point(105.6, 28.3)], 名称=["龙马泉"], 数=[3])
        page.add_points("自有", own, popup=[("名称", "名称"), ("数", "数")])
        with open_page(page.save(tmp_path / "a.html")) as opened:
            assert found(opened, "龙马") == ["龙马泉"]
            if opened.evaluate("nanyi.initialsOf('龙马泉')"):  # as far as the browser knows the order of characters
                assert found(opened, "lmq") == ["龙马泉"]
            opened.locator(".ny-search input").press("Enter")
            assert "龙马泉" in opened.locator(".leaflet-popup").inner_text()
            opened.assert_clean()


class TestMeasure:
    @pytest.mark.parametrize("size", SIZES)
    def test_a_press_on_a_symbol_takes_its_place(self, tmp_path, size):
        geodesic = pyproj.Geod(ellps="GRS80").inv(105.3, 28.2, 105.9, 27.9)[2] / 1000
        with open_page(make().save(tmp_path / "a.html"), size=size) as opened:
            opened.locator(".ny-tools button[aria-pressed]").first.click()
            opened.click_at(105.3, 28.2)
            opened.click_at(105.9, 27.9)
            assert opened.locator(".leaflet-popup").count() == 0
            opened.keyboard.press("Escape")
            text = opened.locator(".ny-measure").inner_text()
            assert float(text.split(" km")[0]) == pytest.approx(
                geodesic, abs=0.006
            )  # its own place, to the last digit shown
            opened.keyboard.press("Escape")
            assert opened.locator(".ny-measure").is_hidden()
            opened.locator(".ny-point").first.click(force=True)  # symbols open again
            assert opened.locator(".leaflet-popup").count() == 1
            opened.assert_clean()

    def test_a_press_on_the_first_point_closes_an_area(self, tmp_path):
        ring = [(105.3, 27.9), (106.0, 27.9), (106.0, 28.4), (105.3, 28.4)]
        area, perimeter = pyproj.Geod(ellps="GRS80").polygon_area_perimeter(*zip(*ring, strict=True))
        with open_page(make(lang="en").save(tmp_path / "a.html"), size=(1366, 657)) as opened:
            opened.locator(".ny-tools button[aria-pressed]").first.click()
            for at in (*ring, ring[0]):
                opened.click_at(*at)
            text = opened.locator(".ny-measure").inner_text()
            assert opened.locator(".ny-tools button[aria-pressed=true]").count() == 0
            opened.assert_clean()
        numbers = text.replace("km²", "km").split(" km")
        assert float(numbers[0].split()[-1]) == pytest.approx(perimeter / 1000, rel=0.01)  # a pixel of the map
        assert float(numbers[1].split()[-1]) == pytest.approx(abs(area) / 1e6, rel=0.02)

    def test_areas_and_lengths_are_those_on_the_ellipsoid(self, tmp_path):
        rng = np.random.default_rng(5)
        with open_page(make().save(tmp_path / "a.html")) as opened:
            for _ in range(20):
                corners = rng.uniform([105.0, 27.6], [106.4, 28.6], (5, 2))
                hull = shapely.convex_hull(shapely.MultiPoint(corners)).exterior.coords[:-1]
                area = abs(pyproj.Geod(ellps="GRS80").polygon_area_perimeter(*zip(*hull, strict=True))[0])
                script = "p => nanyi.measured.area(p.map(([lng, lat]) => ({lng, lat})))"
                assert opened.evaluate(script, [list(at) for at in hull]) == pytest.approx(area, rel=3e-4)


class TestKeyboard:
    @pytest.mark.parametrize("size", [(1366, 657), (390, 844)])
    def test_controls_come_before_symbols_which_are_one_stop(self, tmp_path, size):
        with open_page(make(nav=[("a.html", "页面")]).save(tmp_path / "a.html"), size=size) as opened:
            opened.wait_for_timeout(150)
            stops = []
            for _ in range(60):
                opened.keyboard.press("Tab")
                stop = opened.evaluate("() => document.activeElement.className || document.activeElement.tagName")
                if stop == "BODY":
                    break
                stops.append(str(stop))
            symbols = [i for i, stop in enumerate(stops) if "leaflet-marker-icon" in stop]
            assert len(symbols) == 1
            controls = opened.locator(".ny-search input, .ny-tools button:visible").count()
            assert symbols[0] > controls
            assert not any("leaflet-interactive" in stop and "marker" not in stop for stop in stops)

    def test_the_skip_link_leads_to_the_map(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html")) as opened:
            opened.keyboard.press("Tab")
            link = opened.locator(".ny-skip")
            assert opened.evaluate("document.activeElement.className") == "ny-skip"
            assert opened.locator(link.get_attribute("href")).count() == 1
            opened.keyboard.press("Enter")
            assert opened.evaluate("document.activeElement === nanyi.map.getContainer()")
            opened.assert_clean()

    def test_arrows_go_from_symbol_to_symbol_and_escape_closes_what_enter_opened(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html"), size=(1366, 657)) as opened:
            opened.locator(".leaflet-marker-icon[tabindex='0']").focus()
            name = "() => document.activeElement.getAttribute('aria-label')"
            opened.keyboard.press("Home")
            assert opened.evaluate(name) == "二郎镇"
            opened.keyboard.press("ArrowRight")
            assert opened.evaluate(name) == "太平镇"
            opened.keyboard.press("Enter")
            opened.locator(".leaflet-popup").wait_for()
            assert "close-button" in opened.evaluate("document.activeElement.className")
            opened.keyboard.press("Escape")
            opened.locator(".leaflet-popup").wait_for(state="detached")
            assert opened.evaluate(name) == "太平镇"
            opened.assert_clean()

    def test_values_are_read_by_the_keys(self, tmp_path):
        page = make()
        page.add_value_grid("高程", grid(np.full((9, 9), 740.0)), unit="m")
        with open_page(page.save(tmp_path / "a.html")) as opened:
            opened.keyboard.press("Tab")
            opened.keyboard.press("Enter")  # the skip link
            opened.keyboard.press("ArrowRight")
            opened.wait_for_function("() => document.querySelector('.ny-readout').textContent.includes('740 m')")
            assert opened.locator(".ny-readout").get_attribute("aria-live") == "polite"

    def test_rings_are_seen_on_what_they_stand_on(self, tmp_path):
        with open_page(make(nav=[("a.html", "页面")]).save(tmp_path / "a.html")) as opened:
            opened.keyboard.press("Tab")
            for selector, ground in (
                (".ny-nav a", "#1d3b4f"),
                (".ny-search input", "#ffffff"),
                (".ny-point", "#ffffff"),
            ):
                opened.locator(selector).first.focus()
                outline = opened.evaluate("() => getComputedStyle(document.activeElement).outlineColor")
                assert contrast(outline, ground) >= 3, selector


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2."""

    def light(colour: str) -> float:
        if colour.startswith("#"):
            parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        else:
            parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in parts)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


class TestReadout:
    def test_a_class_says_which_factor_decides_it(self, tmp_path):
        page = make()
        page.add_value_grid("得分", grid(np.full((9, 9), 92.0)))
        page.add_value_grid(
            "等级", grid(np.full((9, 9), 3.0)), classes={3: "勉强适宜"}, because=("因子", "等级由最差因子（{}）决定")
        )
        page.add_value_grid("因子", grid(np.full((9, 9), 5.0)), classes={5: "年降水量"})
        with open_page(page.save(tmp_path / "a.html")) as opened:
            opened.move_to(105.5, 28.0)
            lines = opened.locator(".ny-values").inner_text().splitlines()
            assert "等级由最差因子（年降水量）决定" in lines
            opened.assert_clean()


class TestPaper:
    @pytest.mark.parametrize("size", SIZES)
    def test_the_sheet_is_filled_and_says_what_it_is(self, tmp_path, size):
        page = make(series="某规划图集", dated="数据时点：规划 2022-03-14", legend_open=False)
        with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
            before = opened.evaluate("[nanyi.map.getZoom(), nanyi.map.getCenter().lng]")
            documents = {
                paper: opened.pdf(format=paper, landscape=True, prefer_css_page_size=False) for paper in ("A4", "A3")
            }
            opened.evaluate("dispatchEvent(new Event('beforeprint'))")
            opened.emulate_media(media="print")
            assert opened.locator(".ny-legend").get_attribute("open") is not None
            assert opened.locator(".ny-legend").is_visible()
            text = opened.locator(".ny-sheet").inner_text()
            for word in ("图例", "1:", "某规划图集", "2022-03-14", "制图日期", "乡镇"):
                assert word in text, word
            assert opened.locator(".ny-frame span").count() >= 8
            west, south, east, north = opened.evaluate(SEEN)
            assert shapely.box(west, south, east, north).covers(shapely.box(*BOUNDS))
            assert max(1.4 / (east - west), 1.0 / (north - south)) > 0.82
            opened.evaluate("dispatchEvent(new Event('afterprint'))")
            opened.emulate_media(media="screen")
            assert opened.locator(".ny-frame").count() == 0
            assert opened.locator(".leaflet-bottom .ny-legend").count() == 1
            assert opened.evaluate("[nanyi.map.getZoom(), nanyi.map.getCenter().lng]") == pytest.approx(
                before, abs=0.01
            )
            opened.assert_clean()
        for paper, sides in {"A4": (842, 595), "A3": (1191, 842)}.items():
            boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", documents[paper])
            assert len(boxes) == 2  # the sheet, and the panel behind it
            assert [float(side) for side in boxes[0]] == pytest.approx(sides, abs=2)

    def test_the_number_of_the_scale_is_that_of_the_paper(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html"), size=(1366, 657)) as opened:
            opened.evaluate("dispatchEvent(new Event('beforeprint'))")
            opened.emulate_media(media="print")
            number = int(opened.locator(".ny-a4").inner_text().removeprefix("1:").replace(",", ""))
            middle, pixels = opened.evaluate(
                """() => { const map = nanyi.map; const {x, y} = map.getSize();
                const [a, b] = [-100, 100].map(d => map.containerPointToLatLng([x / 2 + d, y / 2]));
                return [[a.lng, a.lat, b.lng, b.lat], 200]; }"""
            )
            metres = pyproj.Geod(ellps="GRS80").inv(*middle)[2]
            assert metres / (pixels * 0.0254 / 96) == pytest.approx(number, rel=0.01)
            assert number % 10_000 == 0

    def test_the_reader_s_own_view_is_printed(self, tmp_path):
        with open_page(make().save(tmp_path / "a.html"), size=(1366, 657)) as opened:
            opened.evaluate("nanyi.map.setView([28.2, 105.3], 12, {animate: false})")
            opened.evaluate("dispatchEvent(new Event('beforeprint'))")
            assert opened.evaluate("[nanyi.map.getCenter().lng, nanyi.map.getCenter().lat]") == pytest.approx(
                [105.3, 28.2], abs=0.01
            )
            assert opened.evaluate("nanyi.map.getZoom()") > 10.5
            opened.evaluate("dispatchEvent(new Event('afterprint'))")
            assert opened.evaluate("nanyi.map.getZoom()") == 12


def test_the_saved_table_has_the_digits_of_the_model(tmp_path):
    page = make()
    page.add_table("表", pd.DataFrame({"乡镇": ["甲"], "分钟": [148.27331933011283]}), digits={"分钟": 0})
    with open_page(page.save(tmp_path / "a.html")) as opened, opened.expect_download() as download:
        opened.get_by_role("button", name="存为 CSV").click()
        saved = download.value.path().read_bytes()
    assert pd.read_csv(io.BytesIO(saved), encoding="utf-8-sig")["分钟"].tolist() == [148.3]
