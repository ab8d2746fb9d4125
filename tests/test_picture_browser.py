"""The map saved as a picture from the page: our own layers on a canvas that may be read, at the right places."""

import base64
import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from browser import open_page
from PIL import Image

from nanyi_gis.webmap import Page

pytestmark = pytest.mark.browser
BOUNDS = (105.0, 27.9, 106.2, 28.5)


def make_page(folder: Path, *, lang: str = "zh") -> Path:
    page = Page(title="高程分带", subtitle="示例", lang=lang, bounds=BOUNDS, notice="示范", provenance=["来源: 甲"])
    image = np.zeros((40, 80), np.uint8)
    image[:, 40:] = 1
    page.add_raster(
        "右半", image, palette={1: (255, 0, 0)}, bounds=(105.1, 28.0, 106.1, 28.4), legend=[((255, 0, 0), "红")]
    )
    areas = gpd.GeoDataFrame({"a": ["甲县"]}, geometry=[shapely.box(105.2, 28.05, 105.4, 28.2)], crs=4326)
    page.add_polygons("绿区", areas, color="#006400", fill="#00ff00", fill_opacity=1.0, label="a", labels=True)
    line = gpd.GeoDataFrame(geometry=[shapely.LineString([(105.15, 28.3), (105.5, 28.3)])], crs=4326)
    page.add_lines("蓝线", line, color="#0000ff", weight=6)
    spot = gpd.GeoDataFrame({"n": ["太平镇"]}, geometry=gpd.points_from_xy([105.8], [28.2]), crs=4326)
    page.add_points("黑点", spot, color="#000000", radius=9, label="n", labels=True)
    return page.save(folder / "page.html")


SCRIPT = """() => { const canvas = nanyi.picture({words: nanyi.words});
  return canvas.toDataURL("image/png"); }"""


def picture_of(page) -> Image.Image:
    found = page.evaluate(SCRIPT)
    return Image.open(io.BytesIO(base64.b64decode(found.partition(",")[2]))).convert("RGB")


def colour_at(page, picture: Image.Image, lon: float, lat: float) -> tuple[int, int, int]:
    """Return the colour of a place: the map lies 16 pixels from the left and 62 from the top, two dots a pixel."""
    script = "([lon, lat]) => { const p = nanyi.map.latLngToContainerPoint([lat, lon]); return [p.x, p.y]; }"
    x, y = page.evaluate(script, [lon, lat])
    return picture.getpixel((round(2 * (x + 16)), round(2 * (y + 62))))


def test_the_picture_shows_every_layer_at_its_place(tmp_path):
    with open_page(make_page(tmp_path)) as page:
        picture = picture_of(page)
        assert colour_at(page, picture, 106.0, 28.35) == (255, 0, 0)
        assert colour_at(page, picture, 105.22, 28.07) == (0, 255, 0)
        assert colour_at(page, picture, 105.3, 28.3) == (0, 0, 255)
        assert colour_at(page, picture, 105.8, 28.2) == (0, 0, 0)
        assert colour_at(page, picture, 105.4, 28.35) not in {(255, 0, 0), (0, 255, 0)}
        page.assert_clean()


def test_the_picture_follows_the_view_and_what_is_on(tmp_path):
    with open_page(make_page(tmp_path)) as page:
        page.layer("绿区").uncheck()
        page.evaluate("nanyi.map.setView([28.2, 105.6], 11, {animate: false})")
        picture = picture_of(page)
        assert colour_at(page, picture, 105.35, 28.15) != (0, 255, 0)
        assert colour_at(page, picture, 105.8, 28.25) == (255, 0, 0)


def test_title_legend_and_notes_are_on_the_picture(tmp_path):
    with open_page(make_page(tmp_path)) as page:
        picture = picture_of(page)
        width = page.evaluate("nanyi.map.getContainer().getBoundingClientRect().width")
        array = np.asarray(picture)
        legend = array[2 * 70 :, round(2 * (width + 32)) :]
        for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)):
            assert (legend == colour).all(axis=2).sum() > 20, colour
        assert (array[: 2 * 58] < 100).all(axis=2).sum() > 300  # the title
        assert (array[-2 * 60 :, : round(2 * width)] < 130).all(axis=2).sum() > 100  # notes, review, day


def test_the_button_saves_a_file(tmp_path):
    with open_page(make_page(tmp_path)) as page:
        with page.expect_download() as caught:
            page.locator("button[aria-label='存为图片']").click()
        name = caught.value.suggested_filename
        assert name.startswith("高程分带 20")
        assert name.endswith(".png")
        caught.value.save_as(tmp_path / "saved.png")
        with Image.open(tmp_path / "saved.png") as saved:
            assert saved.size[0] > 1000
        page.assert_clean()
