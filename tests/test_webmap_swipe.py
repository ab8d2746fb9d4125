"""Two layers side by side: the divider cuts them, keys move it, the address holds it, the difference counts right."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import open_page
from test_webmap_browser import grid

from nanyi_gis.errors import ParameterError
from nanyi_gis.webmap import Book, Page

BOUNDS = (105.0, 27.6, 106.4, 28.6)
COLOURS = {1: (200, 0, 0), 2: (0, 200, 0), 3: (0, 0, 200)}
CLASSES = {1: "S1", 2: "S2", 3: "S3"}


def crop(key, codes):
    """Return a page of a crop: one of two views shows."""
    page = Page(title=f"Crop {key}", bounds=BOUNDS, lang="en", path=f"{key}.html")
    values = np.array(codes, dtype=np.uint8)
    for name, shown in (("class", True), ("chance", False)):
        page.add_raster(
            f"{name}", values, palette=COLOURS, bounds=BOUNDS, group="View", exclusive=True, shown=shown, key=name,
            rank="better_first", legend=[(COLOURS[code], label) for code, label in CLASSES.items()],
        )  # fmt: skip
    page.add_value_grid("Class", grid(values, nodata=0), classes=CLASSES, key="class_grid")
    return page


def rings(inner, outer):
    frame = {"minutes": [15.0, 30.0]}
    shapes = [shapely.box(*inner), shapely.box(*outer) - shapely.box(*inner)]
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=4326)


def years():
    page = Page(title="Access", bounds=BOUNDS, lang="en", path="access.html")
    styles = {15.0: {"fill": "#00204c", "label": "15"}, 30.0: {"fill": "#e1cc55", "label": "30"}}
    places = {
        "2022": ((105.2, 28.0, 105.4, 28.2), (105.1, 27.9, 105.6, 28.3)),
        "today": ((105.2, 28.0, 105.5, 28.2), (105.1, 27.9, 105.8, 28.3)),
        "complete": ((105.2, 28.0, 105.5, 28.2), (105.1, 27.9, 105.8, 28.3)),
    }
    for year, (inner, outer) in places.items():
        page.add_polygons(
            year, rings(inner, outer), style_by="minutes", styles=styles, group="Year", exclusive=True,
            shown=year == "today", key=year, rank="minutes", popup=[("minutes", "min")],
        )  # fmt: skip
    page.add_switch("Year", list(places))
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swipe")
    years().save(folder / "access.html")
    pages = [crop("orange", [[1, 2], [3, 0]]), crop("plum", [[2, 2], [1, 3]]), years()]
    Book("B", pages={"en": pages}).save(folder / "atlas.html")
    return folder


CUT = """() => Object.fromEntries(Object.values(nanyi.parts).filter(part => nanyi.map.hasLayer(part.group))
    .map(part => [part.meta.key, nanyi.map.getPane(part.pane).style.clipPath !== '']))"""


def opened_at(opened, path, address):
    opened.goto("about:blank")
    opened.goto(path.resolve().as_uri() + address)
    opened.wait_for_selector("body[data-ready='1']", state="attached")


@pytest.mark.browser
def test_two_years_are_compared_by_pointer_and_keys(folder):
    with open_page(folder / "access.html") as page:
        button = page.locator("[data-tool=compare]")
        button.click()
        line = page.locator(".ny-divider")
        line.wait_for()
        assert page.evaluate(CUT) == {"today": True, "complete": True}
        assert button.get_attribute("aria-pressed") == "true"
        assert [line.locator(f".ny-divider-{side}").inner_text() for side in ("left", "right")] == ["today", "complete"]
        selects = page.locator(".ny-compare select")
        selects.nth(1).select_option("2022")
        page.wait_for_function("() => nanyi.swipe.said() === 'today|2022@0.5'")
        assert page.evaluate(CUT) == {"2022": True, "today": True}
        line = page.locator(".ny-divider")
        line.focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        assert line.get_attribute("aria-valuenow") == "40"
        box = page.locator(".folium-map").bounding_box()
        at = line.bounding_box()
        page.mouse.move(at["x"] + 2, at["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.75 * box["width"], at["y"] + 60, steps=4)
        page.mouse.up()
        assert line.get_attribute("aria-valuenow") == "75"
        page.wait_for_timeout(400)
        assert "swipe=today|2022@0.75" in page.evaluate("location.hash")
        legend = page.locator(".ny-legend").inner_text()
        assert "today" in legend
        assert "2022" in legend
        line.focus()
        page.keyboard.press("Escape")
        assert line.count() == 0
        assert page.evaluate(CUT) == {"today": False}
        assert page.locator(".ny-scenario input:checked").count() == 1
        page.assert_clean()


@pytest.mark.browser
def test_what_is_drawn_changes_at_the_divider(folder):
    """A point inside 2022's 30 minutes only in the later year is coloured on its side of the line alone."""
    with open_page(folder / "access.html") as page:
        opened_at(page, folder / "access.html", "#map=10/28.1/105.7&swipe=2022|today@0.3")
        hit = """([lon, lat]) => { const p = nanyi.map.latLngToContainerPoint([lat, lon]);
            const box = nanyi.map.getContainer().getBoundingClientRect();
            return document.elementFromPoint(box.left + p.x, box.top + p.y).tagName; }"""
        assert page.evaluate(hit, [105.7, 28.1]) == "path"  # right of the line: today reaches it
        page.evaluate("nanyi.swipe.start('2022', 'today', { share: 0.9 })")
        page.wait_for_function("() => nanyi.swipe.said() === '2022|today@0.9'")
        assert page.evaluate(hit, [105.7, 28.1]) != "path"  # left of it: 2022 does not
        page.evaluate("nanyi.map.panBy([80, 0], { animate: false })")
        assert page.evaluate(hit, [105.7, 28.1]) != "path"
        page.assert_clean()


@pytest.mark.browser
def test_the_address_restores_a_comparison_and_back_ends_it(folder):
    with open_page(folder / "access.html") as page:
        opened_at(page, folder / "access.html", "#year=2022&swipe=2022|complete@0.25")
        assert page.evaluate("nanyi.swipe.said()") == "2022|complete@0.25"
        assert page.locator(".ny-divider").get_attribute("aria-valuenow") == "25"
        page.locator(".ny-scenario label", has_text="today").click()  # another year is chosen: the comparison ends
        assert page.locator(".ny-divider, .ny-compare").count() == 0
        assert page.evaluate(CUT) == {"today": False}
        for odd in ("2022|2022@0.5", "2022|none@0.5", "2022|today@7", "2022|today@NaN", "<b>|today@0.5", "a" * 200):
            opened_at(page, folder / "access.html", f"#swipe={odd}")
            assert page.evaluate("nanyi.swipe.said()") is None
            assert page.evaluate(CUT) == {"today": False}
        page.assert_clean()


@pytest.mark.browser
def test_the_difference_of_two_years_counts_classes(folder):
    """Steps by hand: between 105.4 and 105.5 one class quicker, between 105.6 and 105.8 newly reached."""
    with open_page(folder / "access.html") as page:
        opened_at(page, folder / "access.html", "#swipe=2022|today@difference")
        steps = """places => { const row = key => [...nanyi.rows.values()].find(row => row.key === key);
            const page = nanyi.read('shell_page');
            const { shape, steps } = nanyi.differences(page, row('2022'), row('today'));
            return places.map(([lon, lat]) => { const at = L.CRS.EPSG3857.project(L.latLng(lat, lon));
                const column = Math.floor((at.x - shape.low.x) / (shape.high.x - shape.low.x) * shape.width);
                const line = Math.floor((shape.high.y - at.y) / (shape.high.y - shape.low.y) * shape.height);
                return steps[line * shape.width + column]; }); }"""
        places = [[105.3, 28.1], [105.45, 28.1], [105.55, 28.1], [105.7, 28.1], [106.0, 28.1], [105.3, 27.95]]
        assert page.evaluate(steps, places) == [0, -1, 0, "gained", None, 0]
        legend = page.locator(".ny-difference").inner_text()
        assert "2022 → today" in legend
        assert "quicker by one class" in legend
        assert "slower" not in legend
        assert page.evaluate(CUT) == {}
        page.locator(".ny-close").click()
        assert page.evaluate(CUT) == {"2022": False}
        assert page.locator(".ny-difference").count() == 0
        page.assert_clean()


@pytest.mark.browser
def test_two_crops_of_a_book_are_compared(folder):
    with open_page(folder / "atlas.html") as page:
        page.locator("[data-tool=compare]").click()
        page.locator(".ny-divider").wait_for()
        assert page.evaluate("nanyi.swipe.said()") == "class|plum.class@0.5"
        assert page.evaluate(CUT) == {"class": True, "plum.class": True}
        assert "Crop plum · class" in page.locator(".ny-legend").inner_text()
        page.move_to(105.3, 28.4)
        readout = page.locator(".ny-readout").inner_text()
        assert readout.split("\n")[:4] == ["Class", "S1", "Crop plum · class", "S2"]
        page.locator(".ny-compare label", has_text="Difference").click()
        page.locator(".ny-difference").wait_for()
        entries = page.locator(".ny-difference .ny-entry").all_inner_texts()
        # S1 to S2, S2 to S2, S3 to S1; the fourth cell has no orange
        assert entries == ["better by two classes or more", "the same class", "worse by one class"]
        page.evaluate("nanyi.state.settle()")
        address = page.evaluate("location.hash")
        assert address.endswith("swipe=class|plum.class@difference")
        opened_at(page, folder / "atlas.html", address)
        assert page.locator(".ny-difference .ny-entry").count() == 3
        page.evaluate("nanyi.book.go({ theme: 'access' })")
        page.wait_for_function("() => nanyi.book.theme === 'access' && document.body.dataset.ready === '1'")
        assert page.evaluate("[nanyi.swipe.said(), document.querySelectorAll('.ny-divider, .ny-compare').length]") == [
            None,
            0,
        ]
        page.assert_clean()


@pytest.mark.browser
def test_a_page_without_a_choice_has_no_comparison(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.locator("[data-tool=compare]").is_hidden()
        opened.assert_clean()


def test_an_unknown_rank_is_refused():
    with pytest.raises(ParameterError, match="rank of layer 'r' is 'up'"):
        Page(title="T", bounds=BOUNDS).add_raster("r", np.zeros((2, 2, 4), np.uint8), bounds=BOUNDS, rank="up")
