"""Everything outside the counties is dimmed, by one mask, on every map."""

import io
import re

import numpy as np
import pytest
import shapely
from browser import open_page
from PIL import Image
from reading import Read

from nanyi_gis.atlas.imagery import thumbnail
from nanyi_gis.atlas.mask import surroundings
from nanyi_gis.study import load_study

OUTSIDE = {
    "northwest, in no neighbour": (105.18, 28.47),  # where the relief has not yet faded
    "corner of the grid": (106.36, 27.66),
    "neighbour": (106.1, 28.4),
}
INSIDE = (105.62, 27.96)


def test_the_mask_is_all_but_the_counties():
    study = load_study()
    around = surroundings(study).geometry.iloc[0]
    counties = shapely.union_all(study.counties.geometry.to_crs(4326).values)
    assert around.is_valid
    assert shapely.area(shapely.intersection(around, counties)) < 1e-9
    west, south, east, north = counties.bounds
    view = shapely.box(west - 3, south - 3, east + 3, north + 3)
    assert view.difference(counties).difference(around).area < 1e-9


def test_a_thumbnail_pales_outside_and_not_inside():
    study = load_study()
    bounds = study.bounds_wgs84(margin_m=3000)
    dark = np.full((60, 60, 4), (60, 60, 60, 255), np.uint8)
    picture = thumbnail([(dark, bounds)], bounds=bounds, dimmed=surroundings(study).geometry)
    image = np.asarray(Image.open(io.BytesIO(picture)).convert("L")).astype(int)
    centre = study.counties.to_crs(4326).geometry.iloc[1].representative_point()
    top, bottom = (np.arcsinh(np.tan(np.radians(edge))) for edge in (bounds[3], bounds[1]))
    row = int((top - np.arcsinh(np.tan(np.radians(centre.y)))) / (top - bottom) * image.shape[0])
    column = int((centre.x - bounds[0]) / (bounds[2] - bounds[0]) * image.shape[1])
    assert image[row, column] < 75
    assert image[3, 3] > 130
    assert image[-4, -4] > 130


def test_every_map_has_the_mask_switched_on(coarse_atlas):
    files = [path for path in sorted(coarse_atlas.glob("*.html")) if path.name != "atlas.html"]
    maps = [read for read in map(Read.of_file, files) if read.names()]
    assert len(maps) >= 8
    for read in maps:
        assert read.layer("县外区域（淡化）")["meta"]["shown"]


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("file", ["overview.html", "suitability_orange.html", "access_hospital.html"])
def test_a_map_dims_what_lies_outside(coarse_atlas, file):
    """A page in a browser, with the mask and without: paler at every place outside, the same inside."""
    with open_page(coarse_atlas / file) as page:
        page.evaluate("nanyi.map.fitBounds([[27.55, 105.05], [28.6, 106.45]], { animate: false })")
        mask = page.layer("县外区域")
        assert mask.is_checked()
        for box in page.page.locator(".ny-rows input[type=checkbox]").all():
            if box.is_checked() and not re.search("晕渲|县外", box.locator("..").inner_text()):
                box.uncheck()
        dimmed = colours(page)
        mask.uncheck()
        plain = colours(page)
        for name in OUTSIDE:
            assert dimmed[name] > plain[name] + 5, name
        assert dimmed["inside"] == pytest.approx(plain["inside"], abs=1)
        page.assert_clean()


def colours(page):
    """Return the mean lightness of the map around each place."""
    show = "value => { document.querySelector('.leaflet-control-container').style.visibility = value }"
    page.evaluate(show, "hidden")
    page.page.wait_for_timeout(250)
    image = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("L")).astype(float)
    page.evaluate(show, "visible")
    found = {}
    for name, place in {**OUTSIDE, "inside": INSIDE}.items():
        x, y = (round(value) for value in page.spot(*place))
        found[name] = image[y - 6 : y + 7, x - 6 : x + 7].mean()
    return found
