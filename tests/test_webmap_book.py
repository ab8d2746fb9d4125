"""Many pages in one file: opened in place, in either language, with the map where the reader has put it."""

import json
import re

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from browser import open_page
from reading import unpacked

from nanyi_gis.errors import ParameterError
from nanyi_gis.webmap import Book, Card, Menu, Page, cover_html

BOUNDS = (105.0, 27.6, 106.4, 28.6)
WORDS = {"zh": ("高程", "路网", "驻地", "年份"), "en": ("Bands", "Roads", "Seats", "Year")}
RELIEF = np.random.default_rng(2).integers(0, 255, (40, 60, 4)).astype(np.uint8)


def heights():
    x, y = np.arange(500_000, 530_000, 1000.0), np.arange(3_120_000, 3_090_000, -1000.0)
    values = np.hypot(*np.meshgrid(x - 500_000, y - 3_120_000)).astype("float32") / 20
    return xr.DataArray(values, dims=("y", "x"), coords={"y": y, "x": x}).rio.write_crs(4544)


def page(lang, key, **options):
    bands, roads, seats, year = WORDS[lang]
    title = {"bands": bands, "roads": roads}[key]
    nav = [("index.html", "H"), Menu("M", [("bands.html", bands), ("roads.html", roads)])]
    other = {"zh": "en", "en": "zh"}[lang]
    made = Page(
        title=title, bounds=BOUNDS, lang=lang, path=f"{key}.html", nav=nav,
        other=(f"atlas.html#theme={key}&lang={other}", other.upper()), **options,
    )  # fmt: skip
    made.add_raster(f"r {lang}", RELIEF, bounds=BOUNDS, format="lossless", key="relief")
    frame = gpd.GeoDataFrame(
        {"zh": ["古蔺", "叙永"], "en": ["Gulin", "Xuyong"], "id": ["gl", "xy"]},
        geometry=gpd.points_from_xy([105.81, 105.44], [28.03, 28.16]), crs=4326,
    )  # fmt: skip
    made.add_points(seats, frame, label=lang, labels=True, popup=[(lang, lang)], key="seats", ids="id")
    if key == "roads":
        for name, west in (("2022", 105.1), ("2026", 105.6)):
            area = gpd.GeoDataFrame(geometry=[shapely.box(west, 28.0, west + 0.3, 28.5)], crs=4326)
            made.add_polygons(name, area, group=year, exclusive=True, shown=name == "2026", key=f"y{name}")
        made.add_switch(year, ["2022", "2026"])
    else:
        made.add_value_grid(bands, heights(), unit="m", key="height")
    made.add_table(title, pd.DataFrame({"a": ["x", "y"], "b": [2.0, 1.0]}))
    return made


def cover(lang):
    picture = b"\x89PNG" + b"0" * 400
    cards = [Card(address=f"{key}.html", title=key, summary="s", picture=picture) for key in ("bands", "roads")]
    return cover_html(title=f"<{lang}>", subtitle="", lang=lang, lead=[], cards=cards, key_figures=[], sections=[])


def make(**options):
    pages = {lang: [page(lang, key) for key in ("bands", "roads")] for lang in ("zh", "en")}
    return Book("图集", pages=pages, covers={lang: cover(lang) for lang in pages}, **options)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return make().save(tmp_path_factory.mktemp("book") / "图 集" / "atlas.html")


def stored(html):
    return dict(re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', html, re.DOTALL))


def test_a_book_repeats_to_the_byte_and_holds_everything_once(book):
    html = book.read_text(encoding="utf-8")
    assert make().html() == html
    found = stored(html)
    assert {name for name in found if name[:2] == "t-"} == {
        f"t-{key}-{lang}" for key in ("index", "bands", "roads") for lang in ("zh", "en")
    }
    assert sum("data:image/webp" in text for text in found.values()) == 1  # the relief of four pages
    specs = {name: unpacked(text) for name, text in found.items() if name.startswith(("t-bands", "t-roads"))}
    relief = {spec["records"][0]["data"] for spec in specs.values()}
    assert len(relief) == 1
    assert f"b-{next(iter(relief))}" in found
    assert len({json.dumps(spec["records"][1]["texts"]) for spec in specs.values()}) == 2  # the words, one a language


@pytest.mark.parametrize(
    ("pages", "fault"),
    [
        (lambda: {"zh": []}, "no pages"),
        (lambda: {"zh": [page("en", "bands")]}, "page 'bands' is in 'en'"),
        (lambda: {"zh": [page("zh", "bands"), page("zh", "bands")]}, "two pages of the book have key 'bands'"),
        (lambda: {"zh": [page("zh", "bands")], "en": [page("en", "roads")]}, "pages bands in 'zh', but roads in 'en'"),
        (lambda: {"zh": [Page(title="T", bounds=BOUNDS, key="index")]}, "key 'index', which is that of the first page"),
        (lambda: {"zh": [foreign()]}, "holds elements of folium"),
        (lambda: {"zh": [page("zh", "bands")], "en": [other()]}, "page 'bands' differs in 'zh' and 'en': layer 'more'"),
    ],
)
def test_a_book_that_cannot_be(pages, fault):
    with pytest.raises(ParameterError, match=fault):
        Book("B", pages=pages())


def foreign():
    made = page("zh", "bands")
    made.map.add_child(folium.Marker([28, 105]))
    return made


def other():
    made = page("en", "bands")
    made.add_raster("more", RELIEF, bounds=BOUNDS, key="more")
    return made


STATE = "() => { const v = nanyi.state.get(); return [v.theme, v.lang, v.on, v.year, v.card]; }"


def ready(opened, theme, lang):
    opened.wait_for_function(
        f"() => document.body.dataset.ready === '1' && nanyi.book.theme === '{theme}'"
        f" && document.documentElement.lang.startsWith('{lang}')"
    )


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1366, 657), (390, 844)])
def test_a_reader_goes_through_the_book_and_back(book, size):
    with open_page(book, size=size) as opened:
        assert opened.locator("h1").inner_text() == "<zh>"
        assert opened.evaluate("location.hash") == "#theme=index&lang=zh"
        opened.locator("a.card").nth(1).click()
        ready(opened, "roads", "zh")
        assert opened.title() == "路网"
        assert opened.locator(".ny-table tbody tr").count() == 2
        opened.evaluate("nanyi.map.setView([28.1, 105.6], 11, { animate: false })")
        opened.locator(".ny-scenario label", has_text="2022").click()
        opened.evaluate("nanyi.state.set({ card: 'seats:xy' }, { push: true })")
        assert opened.locator(".ny-popup h3").inner_text() == "叙永"
        opened.locator(".ny-other").click()
        ready(opened, "roads", "en")
        assert opened.evaluate(STATE) == ["roads", "en", ["relief", "seats"], "y2022", "seats:xy"]
        assert opened.locator(".ny-popup h3").inner_text() == "Xuyong"
        assert opened.evaluate("nanyi.map.getZoom()") == 11
        opened.locator(".ny-menu summary").click()
        opened.locator(".ny-menu a", has_text="Bands").click()
        ready(opened, "bands", "en")
        assert opened.evaluate("[nanyi.map.getZoom(), nanyi.rows.size, nanyi.grids.length]") == [11, 2, 1]
        assert opened.locator(".ny-label").count() >= 1
        opened.go_back()
        ready(opened, "roads", "en")
        assert opened.evaluate(STATE) == ["roads", "en", ["relief", "seats"], "y2022", "seats:xy"]
        opened.go_back()
        ready(opened, "roads", "zh")
        assert opened.evaluate(STATE)[3:] == ["y2022", "seats:xy"]
        opened.go_back()
        opened.locator(".ny-popup").wait_for(state="detached")
        opened.go_back()
        ready(opened, "index", "zh")
        opened.go_forward()
        ready(opened, "roads", "zh")
        assert opened.evaluate("document.querySelectorAll('.folium-map').length") == 1
        opened.assert_clean()


@pytest.mark.browser
def test_the_address_opens_a_theme_and_nothing_else(book):
    with open_page(book) as opened:
        where = book.resolve().as_uri()
        for address, theme, lang in (
            ("#theme=roads&lang=en&map=11/28.1/105.6&on=seats&year=y2022&card=seats:gl", "roads", "en"),
            ("#theme=<img src=x onerror=alert(1)>&lang=__proto__", "index", "zh"),
            ("#theme=constructor&lang=toString", "index", "zh"),
            ("#lang=en", "index", "en"),
            ("#theme=bands&map=NaN/1/2&on=%E0%A4%A", "bands", "zh"),
        ):
            opened.goto("about:blank")
            opened.goto(where + address)
            ready(opened, theme, lang)
            if theme == "roads":
                assert opened.evaluate(STATE) == ["roads", "en", ["seats"], "y2022", "seats:gl"]
                assert opened.locator(".ny-popup h3").inner_text() == "Gulin"
            opened.assert_clean()


@pytest.mark.browser
def test_a_theme_leaves_nothing_behind(book):
    """Opened thirty times, a page has the symbols, names, places and listeners of the first time."""
    count = """() => [document.querySelectorAll('*').length, nanyi.places.length, nanyi.rows.size, nanyi.lasting.length,
        document.querySelectorAll('.ny-label').length]"""
    with open_page(book) as opened:
        opened.evaluate("nanyi.book.go({ theme: 'roads' })")
        ready(opened, "roads", "zh")
        first = opened.evaluate(count)
        for _ in range(15):
            opened.evaluate("() => { nanyi.book.go({ theme: 'bands' }); return nanyi.book.go({ theme: 'roads' }); }")
        ready(opened, "roads", "zh")
        assert opened.evaluate(count) == first
        opened.locator(".ny-search input").fill("叙永")
        assert opened.locator(".ny-found li").count() == 1
        opened.assert_clean()
