"""Pages in a real browser: they draw, follow their switches, and never run what a name says."""

import csv

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from browser import CONTROLS, open_page
from folium.plugins import MarkerCluster

from nanyi_gis.io import disarmed
from nanyi_gis.webmap import Menu, Page, charts, save_offline

pytestmark = pytest.mark.browser

BOUNDS = (105.0, 27.6, 106.4, 28.6)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "`${alert(3)}`",
    "\"'><svg onload=alert(4)>",
    "{{ 7 * 7 }}{% for a in b %}",
    "行\u2028分\u2029隔",
    "<!--<script>",
    "\\u003cb\\u003e &lt;b&gt; &amp;",
    "javascript:alert(5)",
]


def points(names, **columns):
    step = np.linspace(0.1, 1.2, len(names))
    geometry = gpd.points_from_xy(105 + step, 27.7 + step * 0.6)
    return gpd.GeoDataFrame({"name": names, **columns}, geometry=geometry, crs=4326)


def grid(values, *, nodata=np.nan):
    """Return a raster in EPSG:3857 over BOUNDS, so that its cells are the page's cells."""
    radius = 6378137.0
    west, south, east, north = BOUNDS
    left, right = np.radians([west, east]) * radius
    bottom, top = radius * np.log(np.tan(np.pi / 4 + np.radians([south, north]) / 2))
    rows, columns = values.shape
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top - (np.arange(rows) + 0.5) * (top - bottom) / rows
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(3857).rio.write_nodata(nodata)


def test_names_are_shown_and_never_run(tmp_path):
    name = " ".join(HOSTILE)
    page = Page(
        title=name, subtitle=name, bounds=BOUNDS, provenance=[name], notice=name, review=name,
        nav=[("a.html", name)], home="index.html",
    )  # fmt: skip
    frame = points(HOSTILE, note=HOSTILE, source=HOSTILE, evidence=HOSTILE, kind=HOSTILE, metres=500.0)
    page.add_points(
        name, frame, label="name", labels=True, popup=[("note", name)], uncertainty="metres", group=name,
        style_by="kind", styles={value: {"label": value} for value in HOSTILE},
    )  # fmt: skip
    lines = gpd.GeoDataFrame({"name": HOSTILE[:1]}, geometry=[shapely.LineString([(105, 28), (106, 28.1)])], crs=4326)
    page.add_lines("line", lines, label="name", popup=[("name", name)])
    areas = gpd.GeoDataFrame({"name": HOSTILE[:1]}, geometry=[shapely.box(105.1, 28.3, 105.6, 28.5)], crs=4326)
    page.add_polygons("area", areas, label="name", labels=True, popup=[("name", name)], group=name, exclusive=True)
    page.add_raster(name, np.full((2, 2, 4), 99, np.uint8), bounds=BOUNDS, legend=[("#fff", name)], evidence=name)
    page.add_value_grid(
        name, grid(np.ones((4, 4), np.uint8), nodata=0), classes={1: name}, reasons={1: name}, unit=name
    )
    page.add_switch("scenario", [name], title=name)
    page.add_table(name, pd.DataFrame({"a": HOSTILE}), columns={"a": name}, note=name)
    page.add_chart(name, charts.bar_chart(dict.fromkeys(HOSTILE, 1.0), title=name))
    page.add_text(name, [name])
    target = page.save(tmp_path / "hostile.html")
    with open_page(target) as opened:
        assert opened.locator("h1").text_content() == name
        assert opened.locator(".ny-legend").text_content().count("onerror=alert(1)") >= 2
        for i, text in enumerate(HOSTILE):
            assert opened.locator(".ny-table tbody td").nth(i).text_content() == text
        search = opened.locator(".ny-search input")
        for text in ("<img", "onload", "javascript:", "`${", "{{ 7"):
            search.fill(text)
            assert text in opened.locator(".ny-found li").first.text_content()
            search.press("Enter")
            opened.locator(".ny-popup h3", has_text=text).wait_for()
        opened.keyboard.press("Escape")
        opened.move_to(*opened.evaluate("[nanyi.map.getCenter().lng, nanyi.map.getCenter().lat]"))
        assert name in opened.locator(".ny-readout").text_content()
        assert (
            opened.evaluate(
                "document.querySelectorAll('.ny-popup img, .ny-label *, .ny-side script, .ny-bar img').length"
            )
            == 0
        )
        opened.assert_clean()


def test_a_script_that_gets_in_all_the_same_is_stopped_by_the_policy(tmp_path):
    target = Page(title="T", bounds=BOUNDS).save(tmp_path / "a.html")
    with open_page(target) as opened:
        opened.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data: onerror=alert(1)>')")
        opened.evaluate("fetch('https://example.org/').catch(() => 0)")
        opened.wait_for_timeout(200)
        assert opened.dialogs == []
        assert opened.requests == []


def test_projection_agrees_with_proj(tmp_path):
    target = Page(title="T", bounds=BOUNDS).save(tmp_path / "a.html")
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(103, 107.5, 50), rng.uniform(26, 30, 50)
    east, north = pyproj.Transformer.from_crs(4490, 4544, always_xy=True).transform(lon, lat)
    with open_page(target) as opened:
        found = opened.evaluate("places => places.map(([x, y]) => nanyi.gaussKrueger(x, y))", np.c_[lon, lat].tolist())
    np.testing.assert_allclose(found, np.c_[east, north], atol=1e-3)


def test_legend_panels_and_readout_follow_the_switch(tmp_path):
    page = Page(title="T", bounds=BOUNDS, lang="en")
    page.add_points("Places", points(["a", "b"]), label="name")
    for name in ("2022", "today"):
        area = gpd.GeoDataFrame(geometry=[shapely.box(105.1, 28.0, 105.6, 28.5)], crs=4326)
        page.add_polygons(name, area, group="Scenario", exclusive=True, shown=name == "today")
        page.add_text(f"About {name}", "text", follows=name)
        page.add_value_grid(f"Minutes {name}", grid(np.full((4, 4), 7.0, np.float32)), unit="min", follows=name)
    page.add_switch("Scenario", ["2022", "today"])
    with open_page(page.save(tmp_path / "a.html")) as opened:
        legend, side, readout = (opened.locator(f".ny-{part}") for part in ("legend", "side", "readout"))
        assert "Places" in legend.inner_text()
        opened.layer("Places").uncheck()
        assert "Places" not in legend.inner_text()
        assert opened.locator(".ny-point").count() == 0
        assert "Scenario · today" in legend.inner_text()
        opened.locator(".ny-scenario label", has_text="2022").click()
        assert "Scenario · 2022" in legend.inner_text()
        assert "today" not in legend.inner_text()
        assert "About 2022" in side.inner_text()
        assert "About today" not in side.inner_text()
        opened.move_to(105.9, 27.8)
        assert "Minutes 2022" in readout.inner_text()
        assert "7 min" in readout.inner_text()
        assert "today" not in readout.inner_text()
        opened.assert_clean()


def test_values_under_the_cursor_are_those_of_the_raster(tmp_path):
    rng = np.random.default_rng(7)
    heights = rng.uniform(200, 1900, (30, 40)).astype(np.float32)
    heights[0, :] = np.nan
    classes = rng.integers(0, 4, (30, 40)).astype(np.uint8)
    page = Page(title="T", bounds=BOUNDS)
    page.add_value_grid("h", grid(heights), unit="m", step=0.5, decimals=1)
    page.add_value_grid("c", grid(classes, nodata=0), classes={1: "one", 2: "two", 3: "three"})
    rows, columns = np.unravel_index(rng.integers(0, 1200, 80), (30, 40))
    frame = grid(heights)
    to_degrees = pyproj.Transformer.from_crs(3857, 4326, always_xy=True)
    places = [to_degrees.transform(float(frame.x[c]), float(frame.y[r])) for r, c in zip(rows, columns, strict=True)]
    script = "places => places.map(([lng, lat]) => nanyi.grids.map(grid => nanyi.valueAt(grid, {lng, lat})))"
    with open_page(page.save(tmp_path / "a.html")) as opened:
        found = opened.evaluate(script, [list(place) for place in places])
        outside = opened.evaluate(script, [[104.9, 28.0], [105.5, 28.7]])
        opened.assert_clean()
    assert outside == [[None, None], [None, None]]
    for (height, code), r, c in zip(found, rows, columns, strict=True):
        assert height is None if np.isnan(heights[r, c]) else abs(height - heights[r, c]) <= 0.25001
        assert code == (classes[r, c] or None)


def test_large_layers_draw_the_same_as_small_ones(tmp_path):
    rng = np.random.default_rng(11)
    starts = rng.uniform([105.1, 27.7], [106.2, 28.4], (3000, 2))
    shapes = [shapely.LineString(start + rng.normal(0, 0.005, (8, 2)).cumsum(axis=0)) for start in starts]
    frame = gpd.GeoDataFrame({"name": [f"road {i}" for i in range(3000)]}, geometry=shapes, crs=4326)
    page = Page(title="T", bounds=BOUNDS)
    page.add_lines("few", frame.iloc[:50], label="name")
    page.add_lines("many", frame, label="name")
    script = """() => Object.values(nanyi.parts).map(part =>
        part.items.slice(0, 50).map(item => item.getLatLngs().flat(2).map(at => [at.lng, at.lat])))"""
    with open_page(page.save(tmp_path / "a.html")) as opened:
        few, many = opened.evaluate(script)
        assert opened.locator("canvas").count() == 1
        opened.assert_clean()
    assert few == many
    expected = [shapely.get_coordinates(shape) for shape in shapes[:50]]
    np.testing.assert_allclose(np.vstack(few), np.vstack(expected), atol=0.50001e-5)


def test_search_finds_chinese_and_latin_names(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_points("places", points(["二郎镇", "太平镇"], name_en=["Erlang", "Tai ping"]), label="name", shown=False)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        search = opened.locator(".ny-search input")
        for typed, name in (("太平", "太平镇"), ("erl", "二郎镇"), ("taiping", "太平镇")):
            search.fill(typed)
            assert opened.locator(".ny-found li span").all_text_contents() == [name]
        search.press("ArrowDown")
        search.press("Enter")
        assert opened.layer("places").is_checked()
        search.fill("nowhere")
        assert opened.locator(".ny-found").inner_text() == "没有找到"
        opened.assert_clean()


def test_uncertainty_is_drawn_on_demand(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_points(
        "p", points(["a", "b"], metres=[3000.0, np.nan]), label="name", popup=[("name", "n")], uncertainty="metres"
    )
    circles = "() => { let n = 0; nanyi.map.eachLayer(layer => n += layer instanceof L.Circle); return n; }"
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.evaluate(circles) == 0
        opened.locator(".ny-point").first.click()
        assert opened.evaluate(circles) == 1
        opened.keyboard.press("Escape")
        opened.layer("位置误差范围").check()
        opened.wait_for_timeout(50)
        assert opened.evaluate(circles) >= 1
        opened.assert_clean()


@pytest.mark.parametrize(("lang", "says"), [("zh", "此处有 3 个地点"), ("en", "3 places at this point")])
def test_places_at_one_point_are_one_mark_that_lists_them(tmp_path, lang, says):
    page = Page(title="T", bounds=BOUNDS, lang=lang)
    seat, other = shapely.Point(105.5, 28.1), shapely.Point(105.9, 28.2)
    towns = gpd.GeoDataFrame({"name": ["甲镇", "乙镇"], "h": ["400 m", "900 m"]}, geometry=[seat, other], crs=4326)
    sites = gpd.GeoDataFrame({"name": ["旧址", "<b>酒厂"]}, geometry=[seat, seat], crs=4326)
    page.add_points("towns", towns, label="name", popup=[("h", "height")])
    page.add_points("sites", sites, label="name", popup=[("name", "name")], shape="star", color="#C8102E")
    page.add_points("again", sites.iloc[:1], label="name", shape="square")  # the same place in a second layer
    seen = lambda: opened.locator(".ny-point:visible").count()  # noqa: E731
    with open_page(page.save(tmp_path / "a.html")) as opened:
        mark = opened.locator(".ny-mark")
        assert mark.count() == 1
        assert mark.inner_text() == "3"
        assert seen() == 1  # 乙镇 alone
        assert mark.get_attribute("aria-label").startswith(says)
        assert opened.locator(".ny-legend .ny-count").is_visible()
        # by the keyboard: to the mark, into its list, to a place, and back
        mark.focus()
        opened.keyboard.press("Enter")
        listed = opened.locator(".ny-shared button, .ny-shared .ny-plain")
        assert opened.locator(".ny-popup h3").inner_text() == says
        assert [row.split()[0] for row in listed.locator("span").all_inner_texts()] == ["甲镇", "旧址", "<b>酒厂"]
        assert "sites · again" in listed.nth(1).inner_text()
        assert opened.evaluate("document.activeElement.textContent").startswith("甲镇")
        opened.keyboard.press("Tab")
        opened.keyboard.press("Shift+Tab")
        opened.keyboard.press("Enter")
        opened.locator(".ny-popup dd", has_text="400 m").wait_for()
        assert opened.evaluate("document.activeElement.className").startswith("leaflet-popup-close-button")
        opened.keyboard.press("Enter")
        assert opened.evaluate("document.activeElement.classList.contains('ny-mark')")
        opened.keyboard.press("Enter")
        opened.keyboard.press("Escape")
        opened.locator(".ny-shared").wait_for(state="detached")
        assert opened.evaluate("document.activeElement.classList.contains('ny-mark')")
        # the mark follows the switch
        opened.layer("sites").uncheck()
        assert mark.inner_text() == "2"
        opened.layer("again").uncheck()
        assert mark.count() == 0
        assert seen() == 2
        assert not opened.locator(".ny-legend .ny-count").is_visible()
        opened.layer("sites").check()
        opened.layer("towns").uncheck()
        assert mark.inner_text() == "2"
        assert seen() == 0
        opened.layer("sites").uncheck()
        opened.layer("again").check()
        assert (mark.count(), seen()) == (0, 1)
        # the search box finds what stands under a mark
        opened.layer("sites").check()
        opened.layer("towns").check()
        opened.locator(".ny-search input").fill("甲镇")
        opened.locator(".ny-search input").press("Enter")
        opened.locator(".ny-popup dd", has_text="400 m").wait_for()
        opened.assert_clean()


def test_many_points_at_one_place_are_one_mark_too(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    rng = np.random.default_rng(3)
    spread = gpd.points_from_xy(rng.uniform(105.1, 106.3, 1600), rng.uniform(27.7, 28.5, 1600))
    pile = gpd.points_from_xy(np.full(40, 105.7), np.full(40, 28.05))
    frame = gpd.GeoDataFrame({"n": range(1640)}, geometry=[*spread, *pile], crs=4326)
    page.add_points("p", frame, popup=[("n", "n")])
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.locator(".ny-mark").all_inner_texts() == ["40"]
        assert opened.locator("canvas[aria-label='p']").count() == 1  # so many points are drawn together
        opened.locator(".ny-mark").click()
        assert opened.locator(".ny-shared button").count() == 40
        opened.locator(".ny-shared button").nth(7).click()
        assert opened.locator(".ny-popup dd").inner_text() == "1607"
        opened.assert_clean()


def test_tables_sort_by_value(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_table("t", pd.DataFrame({"n": ["c", "a", "b"], "v": [1000.5, np.nan, 20.0]}), digits={"v": 0})
    with open_page(page.save(tmp_path / "a.html")) as opened:
        column = lambda: opened.locator(".ny-table tbody td:first-child").all_text_contents()  # noqa: E731
        heads = opened.locator(".ny-table th button")
        heads.nth(1).click()
        assert column() == ["b", "c", "a"]
        heads.nth(1).click()
        assert column() == ["c", "b", "a"]
        heads.nth(0).click()
        assert column() == ["a", "b", "c"]
        opened.assert_clean()


def test_tables_enlarge_and_save_as_csv(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    table = pd.DataFrame({"n": ["=HYPERLINK(1)", 'say "hi"', "古蔺"], "v": [1000.5, np.nan, 20.0]})
    page.add_table("面积 表", table, digits={"v": 0})
    with open_page(page.save(tmp_path / "a.html")) as opened:
        opened.get_by_role("button", name="展开查看").click()
        assert opened.locator("dialog .ny-table").is_visible()
        opened.keyboard.press("Escape")
        assert opened.locator(".ny-side .ny-table").is_visible()
        with opened.expect_download() as download:
            opened.get_by_role("button", name="存为 CSV").click()
        download.value.save_as(tmp_path / "t.csv")
        assert download.value.suggested_filename == "面积_表.csv"
        opened.assert_clean()
    saved = pd.read_csv(tmp_path / "t.csv", encoding="utf-8-sig")
    assert saved["n"].tolist() == ["'=HYPERLINK(1)", 'say "hi"', "古蔺"]
    pd.testing.assert_series_equal(saved["v"], table["v"])


HOSTILE_CELLS = [
    *(
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹣1",
        " =1",
        "\u3000＝1",
        "\ufeff=1",
    ),
    *("\u200b=1", "\u2060@x", '"=1', "“=1", "`=1", "-", "-5 °C", "-1,200", "+86 830", "\u2212 1", "\u3164=1"),
    *("'=1", "-3.5", "+3", "1e-5", "古蔺-叙永", "a=b", ""),
]


def test_the_saved_table_disarms_formulas_as_the_package_does(tmp_path):
    """The page's rule and that of io.disarmed are two; they say the same of each cell."""
    page = Page(title="T", bounds=BOUNDS)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        told = opened.evaluate("(cells) => cells.map(nanyi.disarmed)", HOSTILE_CELLS)
        opened.assert_clean()
    assert told == [disarmed(text) for text in HOSTILE_CELLS]


def test_headings_and_infinite_numbers_are_saved_as_texts(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_table("t", pd.DataFrame({"=n": ["＝1", "-2"], "v": [-np.inf, -2.5]}))
    with open_page(page.save(tmp_path / "a.html")) as opened:
        with opened.expect_download() as download:
            opened.get_by_role("button", name="存为 CSV").click()
        download.value.save_as(tmp_path / "t.csv")
        opened.assert_clean()
    rows = list(csv.reader((tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [rows[0][0], rows[1][0], rows[2]] == ["'=n", "'＝1", ["-2", "-2.5"]]
    assert rows[1][1][:1] not in {"=", "+", "-", "@"}


def test_distance_is_that_of_the_grid(tmp_path):
    page = Page(title="T", bounds=BOUNDS, lang="en")
    geodesic = pyproj.Geod(ellps="GRS80").inv(105.3, 27.9, 106.0, 28.3)[2] / 1000
    with open_page(page.save(tmp_path / "a.html")) as opened:
        opened.locator(".ny-tools button[aria-pressed]").first.click()
        opened.click_at(105.3, 27.9)
        opened.click_at(106.0, 28.3)
        opened.keyboard.press("Escape")  # ends, and keeps the figure
        text = opened.locator(".ny-measure").inner_text()
        opened.keyboard.press("Escape")
        assert opened.locator(".ny-measure").is_hidden()
        opened.assert_clean()
    assert float(text.removesuffix(" km")) == pytest.approx(geodesic, rel=0.005)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080), (390, 800), (768, 1024), (820, 1180)])
def test_controls_lie_inside_the_map_and_do_not_overlap(tmp_path, size):
    page = Page(title="T", bounds=BOUNDS, notice="n", nav=[("a.html", "页面")] * 7)
    for i in range(12):
        page.add_points(f"图层 {i}", points(["a"]), group=f"g{i % 4}")
    page.add_raster(
        "r", np.zeros((2, 2, 4), np.uint8), bounds=BOUNDS, legend=[("#123456", f"{i} m") for i in range(14)]
    )
    page.add_text("说明", ["text"])
    script = (
        "() => { "
        + CONTROLS
        + """
        const meet = (p, q) => p.left < q.right && p.right > q.left && p.top < q.bottom && p.bottom > q.top;
        const hits = [];
        for (const [a, p] of inside) for (const [b, q] of inside) if (a < b && meet(p, q)) hits.push([a, b]);
        return [out.map(([name]) => name), hits, document.documentElement.scrollWidth > innerWidth]; }"""
    )
    with open_page(page.save(tmp_path / "a.html"), size=size) as opened:
        assert opened.evaluate(script) == [[], [], False]
        opened.assert_clean()


@pytest.mark.parametrize("width", [768, 800, 900, 1366])
def test_the_whole_extent_is_shown_however_little_the_boxes_leave(tmp_path, width):
    page = Page(title="T", bounds=BOUNDS)
    page.add_points("一个名字很长的图层，使图例和图层框变宽", points(["a"]))
    page.add_text("说明", ["text"])
    seen = "() => { const b = nanyi.map.getBounds(); return [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]; }"
    with open_page(page.save(tmp_path / "a.html"), size=(width, 900)) as opened:
        for _ in range(2):
            west, south, east, north = opened.evaluate(seen)
            assert shapely.box(west, south, east, north).covers(shapely.box(*BOUNDS))
            assert east - west < 8 * (BOUNDS[2] - BOUNDS[0])
            for box in (".ny-legend", ".ny-layers"):  # as a reader who opens both and asks for the whole extent
                opened.evaluate(f"() => document.querySelector('{box}').open = true")
            opened.locator(".ny-tools button").nth(2).click(force=True)
            opened.page.wait_for_timeout(400)
        opened.assert_clean()


def test_print_has_title_map_legend_and_review_but_no_tools(tmp_path):
    page = Page(title="标题", bounds=BOUNDS, provenance=["来源一"])
    page.add_points("p", points(["a", "b"]), label="name")
    with open_page(page.save(tmp_path / "a.html")) as opened:
        opened.evaluate("dispatchEvent(new Event('beforeprint'))")
        opened.emulate_media(media="print")
        for shown in (".ny-titles", ".folium-map", ".ny-legend", ".leaflet-control-scale", ".ny-north", ".ny-review"):
            assert opened.locator(shown).is_visible(), shown
        for gone in (".ny-tools", ".ny-search", ".ny-layers", ".ny-readout"):
            assert not opened.locator(gone).is_visible(), gone
        assert opened.pdf(prefer_css_page_size=True)[:4] == b"%PDF"
        opened.assert_clean()


def test_any_folium_map_opens_offline(tmp_path):
    folium_map = folium.Map([28, 105.5], zoom_start=9, tiles=None, max_zoom=16)
    folium.Marker([28, 105.5], popup="hello <b>there</b>", icon=folium.Icon(color="red")).add_to(folium_map)
    folium.Marker([28.2, 105.2], tooltip="t").add_to(folium_map)
    frame = points(["a", "b"])
    folium.GeoJson(frame, popup=folium.GeoJsonPopup(["name"]), tooltip=folium.GeoJsonTooltip(["name"])).add_to(
        folium_map
    )
    MarkerCluster([[28.1, 105.1], [28.1, 105.1001]]).add_to(folium_map)
    folium.LayerControl().add_to(folium_map)
    with open_page(save_offline(folium_map, tmp_path / "a.html"), ready=False) as opened:
        opened.locator(".leaflet-marker-icon").first.wait_for()
        assert opened.locator(".marker-cluster").count() == 1
        opened.locator(".leaflet-marker-icon").first.click()
        assert "there" in opened.locator(".leaflet-popup-content").inner_text()
        opened.assert_clean()


def test_clusters_open_offline_in_a_page(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=gpd.points_from_xy([105.5, 105.501], [28, 28]), crs=4326)
    page.add_points("p", frame, label="name", cluster=True)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.locator(".marker-cluster").count() == 1
        opened.assert_clean()


@pytest.mark.parametrize("size", [(1366, 657), (768, 1024), (390, 844)])
def test_menus_of_pages_open_and_close_by_key_and_pointer(tmp_path, size):
    links = [(f"{name}.html", f"页面{name}") for name in "abcd"]
    page = Page(
        title="T", bounds=BOUNDS, notice="n", path="b.html",
        nav=[("index.html", "首页"), *(Menu(f"基础设施{i}", links) for i in range(7))],
    )  # fmt: skip
    with open_page(page.save(tmp_path / "b.html"), size=size) as opened:
        assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
        menus = opened.locator(".ny-menu")
        first, last = menus.nth(0), menus.nth(6)
        first.locator("summary").focus()
        opened.keyboard.press("Enter")
        assert first.get_attribute("open") is not None
        assert first.locator("a[aria-current=page]").inner_text() == "页面b"
        opened.keyboard.press("Tab")
        assert opened.evaluate("document.activeElement.getAttribute('href')") == "a.html"
        opened.keyboard.press("Escape")
        assert first.get_attribute("open") is None
        assert opened.evaluate("document.activeElement.tagName") == "SUMMARY"
        first.locator("summary").click()
        last.locator("summary").click()
        assert [first.get_attribute("open"), last.get_attribute("open")] == [None, ""]
        for link in last.locator("a").all():
            box = link.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= size[0]
            spot = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            on_top = "([x, y]) => document.elementFromPoint(x, y).getAttribute('href')"
            assert opened.evaluate(on_top, spot) == link.get_attribute("href")
        opened.click_at(105.5, 28.0)
        assert last.get_attribute("open") is None
        opened.assert_clean()


def test_the_read_out_is_in_the_zone_of_the_page(tmp_path):
    lon, lat = 117.9, 29.25
    east, north = pyproj.Transformer.from_crs(4490, 4548, always_xy=True).transform(lon, lat)
    page = Page(title="T", bounds=(117.4, 29.0, 118.2, 29.6), crs="EPSG:4548")
    with open_page(page.save(tmp_path / "a.html")) as opened:
        spot = "([lon, lat]) => nanyi.gaussKrueger(lon, lat, 117, 500000)"
        assert opened.evaluate(spot, [lon, lat]) == pytest.approx([east, north], abs=0.002)
        opened.move_to(lon, lat)
        grid = opened.locator(".ny-grid")
        assert grid.get_attribute("title") == "EPSG:4548"
        digits = "".join(letter for letter in grid.text_content().split("N")[0] if letter.isdigit())
        assert abs(int(digits) - east) < 300  # a pixel of the map
    plain = Page(title="T", bounds=(117.4, 29.0, 118.2, 29.6), crs="EPSG:32650")
    with open_page(plain.save(tmp_path / "b.html")) as opened:
        opened.move_to(lon, lat)
        assert opened.locator(".ny-grid").count() == 0
        assert "117.9" in opened.locator(".ny-place").inner_text()
