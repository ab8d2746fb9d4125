"""Cells painted on canvases, and very many points and lines, in a real browser."""

import io

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import open_page
from PIL import Image

from nanyi_gis.webmap import Page

pytestmark = pytest.mark.browser

BOUNDS = (105.0, 27.6, 106.4, 28.6)
RED, BLUE = (230, 20, 20), (20, 20, 230)
RADIUS = 6378137.0
COLOUR = """(name) => {
    const canvas = [...document.querySelectorAll('canvas')].find(node => node.getAttribute('aria-label') === name);
    return [...canvas.getContext('2d').getImageData(0, 0, 1, 1).data]; }"""
DARK = """() => {
    const canvas = document.querySelector('canvas');
    const copy = document.createElement('canvas'); // Chromium warns of a canvas that is read twice
    copy.width = canvas.width;
    copy.height = canvas.height;
    copy.getContext('2d').drawImage(canvas, 0, 0);
    const { data } = copy.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += data[i] < 80 && data[i + 2] < 100 && data[i + 3] > 200;
    return count; }"""


def up(latitude):
    return RADIUS * np.arcsinh(np.tan(np.radians(latitude)))


def corner(row, column, shape):
    """Return longitude and latitude of the north-west corner of a cell of a grid over BOUNDS."""
    west, south, east, north = BOUNDS
    longitude = west + (east - west) * column / shape[1]
    y = up(north) - (up(north) - up(south)) * row / shape[0]
    return longitude, float(np.degrees(np.arctan(np.sinh(y / RADIUS))))


def shot(opened):
    return np.asarray(Image.open(io.BytesIO(opened.page.screenshot())).convert("RGB")).astype(int)


def chequered(shape=(40, 56)):
    rows, columns = np.indices(shape)
    return np.where((rows + columns) % 2, 1, 2).astype(np.uint8)


@pytest.mark.parametrize("zoom", [9, 11, 14])
def test_painted_cells_lie_within_a_pixel_of_their_place(tmp_path, zoom):
    codes = chequered()
    page = Page(title="T", bounds=BOUNDS)
    page.add_raster("r", codes, bounds=BOUNDS, palette={1: RED, 2: BLUE})
    with open_page(page.save(tmp_path / "a.html")) as opened:
        for row, column in ((20, 28), (13, 33)):
            lon, lat = corner(row, column, codes.shape)
            opened.evaluate(f"() => nanyi.map.setView([{lat}, {lon}], {zoom}, {{animate: false}})")
            opened.page.wait_for_timeout(100)
            x, y = opened.spot(lon, lat)
            seen = shot(opened)
            for dx, dy in ((-2, -2), (2, -2), (-2, 2), (2, 2)):  # a pixel off and one for the rounding of the spot
                code = codes[row + (0 if dy > 0 else -1), column + (0 if dx > 0 else -1)]
                want = np.array(RED if code == 1 else BLUE)
                got = seen[int(np.floor(y + dy)), int(np.floor(x + dx))]
                assert np.abs(got - want).max() < 12, (zoom, row, column, dx, dy)
        opened.assert_clean()


def test_a_layer_is_painted_from_a_grid_that_comes_later_and_read_as_it_is_painted(tmp_path):
    from test_webmap_browser import grid

    values = np.full((30, 42), 12.0, np.float32)
    values[:, 21:] = 37.0
    values[:3] = np.nan
    page = Page(title="T", bounds=BOUNDS)
    page.add_painted("score", "values", palette={2: RED, 4: BLUE}, breaks=[0, 10, 20, 30], legend=[(RED, "10")])
    page.add_value_grid("value", grid(values), key="values", unit="m")
    page.add_value_grid("class", of="values", breaks=[0, 10, 20, 30], classes={2: "low", 4: "high"})
    west, east, empty = (105.3, 28.0), (106.2, 28.0), (105.3, 28.58)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        for (lon, lat), colour in ((west, RED), (east, BLUE)):
            x, y = opened.spot(lon, lat)
            assert np.abs(shot(opened)[int(y), int(x)] - colour).max() < 12
        read = "places => places.map(([lng, lat]) => nanyi.grids.map(grid => nanyi.valueText(grid, {lng, lat})))"
        assert opened.evaluate(read, [west, east, empty]) == [["12 m", "low"], ["37 m", "high"], [None, None]]
        assert opened.locator("canvas").count() == 1
        opened.assert_clean()


def test_cells_of_a_hidden_layer_are_painted_when_it_is_first_shown(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_raster("a", chequered(), bounds=BOUNDS, palette={1: RED, 2: RED}, group="g", exclusive=True)
    page.add_raster("b", chequered(), bounds=BOUNDS, palette={1: BLUE, 2: BLUE}, group="g", exclusive=True)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.evaluate(COLOUR, "a") == [*RED, 255]
        assert opened.locator("canvas").count() == 1
        opened.layer("b").click()
        assert opened.evaluate(COLOUR, "b") == [*BLUE, 255]
        assert opened.locator("canvas").count() == 1
        opened.assert_clean()


def many_points(count=2000):
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(105.05, 106.35, count), rng.uniform(27.65, 28.5, count)
    lon[0], lat[0] = 105.7, 28.55  # alone, north of the others
    names = [f"point {i}" for i in range(count)]
    kinds = ["a" if i % 2 else "b" for i in range(count)]
    frame = {"name": names, "kind": kinds, "value": np.arange(count)}
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def test_many_points_stand_on_one_canvas_and_answer(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_points(
        "many", many_points(), label="name", popup=[("value", "value")], style_by="kind",
        styles={"a": {"color": "#0072B2", "shape": "square"}, "b": {"color": "#D55E00"}},
    )  # fmt: skip
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.locator("canvas").count() == 1
        assert opened.locator(".leaflet-marker-icon").count() == 0
        x, y = opened.spot(105.7, 28.55)
        assert np.abs(shot(opened)[int(y), int(x)] - [0xD5, 0x5E, 0]).max() < 12
        opened.move_to(105.7, 28.55)
        opened.locator(".leaflet-tooltip", has_text="point 0").wait_for()
        opened.click_at(105.7, 28.55)
        assert opened.locator(".ny-popup h3").inner_text() == "point 0"
        assert opened.locator(".ny-popup dd").inner_text() == "0"
        opened.wait_for_timeout(400)
        assert opened.evaluate("location.hash").endswith("card=n1:0")
        search = opened.locator(".ny-search input")
        search.fill("point 1234")
        search.press("Enter")
        opened.locator(".ny-popup h3", has_text="point 1234").wait_for()
        opened.layer("many").click()
        opened.wait_for_selector(".ny-popup", state="detached")
        assert opened.locator("canvas").count() == 0
        opened.assert_clean()


def test_names_of_many_points_are_drawn_where_they_do_not_meet(tmp_path):
    page = Page(title="T", bounds=BOUNDS)
    page.add_points("many", many_points(), label="name", labels=True, label_zoom=12)
    with open_page(page.save(tmp_path / "a.html")) as opened:
        assert opened.evaluate(DARK) == 0
        opened.evaluate("() => nanyi.map.setView([28.1, 105.7], 12, {animate: false})")
        assert opened.evaluate(DARK) > 100
        opened.assert_clean()


def test_many_lines_stand_on_one_canvas_and_answer(tmp_path):
    rng = np.random.default_rng(5)
    starts = rng.uniform([105.1, 27.7], [106.2, 28.2], (3000, 2))
    shapes = [shapely.LineString(start + rng.normal(0, 0.004, (8, 2)).cumsum(axis=0)) for start in starts]
    shapes[7] = shapely.LineString([(105.2, 28.5), (106.2, 28.5)])
    frame = gpd.GeoDataFrame({"name": [f"road {i}" for i in range(3000)]}, geometry=shapes, crs=4326)
    page = Page(title="T", bounds=BOUNDS)
    areas = gpd.GeoDataFrame({"name": ["area"]}, geometry=[shapely.box(105.1, 28.3, 106.3, 28.56)], crs=4326)
    page.add_polygons("area", areas, fill="#ffffff", label="name", popup=[("name", "area")])
    page.add_lines("roads", frame, color="#b4002d", weight=3, label="name", popup=[("name", "road")])
    with open_page(page.save(tmp_path / "a.html")) as opened:
        x, y = opened.spot(105.7, 28.5)
        assert np.abs(shot(opened)[int(y), int(x)] - [0xB4, 0, 0x2D]).max() < 40
        opened.click_at(105.7, 28.5)
        assert opened.locator(".ny-popup h3").inner_text() == "road 7"
        opened.keyboard.press("Escape")
        opened.click_at(105.7, 28.44)  # beside the road, the area below it answers
        opened.locator(".ny-popup h3", has_text="area").wait_for()
        opened.assert_clean()
