"""Kinds of odd files found by trying more of each kind that failed before."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from pyproj import CRS

from nanyi_gis.io import diagnose
from nanyi_gis.raster import RasterFile, read_unit

PLACE = Affine(900, 0, 510_120, 0, -900, 3_162_240)


def a_raster(path: Path, *, unit: str = "", tags: dict[str, str] | None = None, value: float = 3000.0) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=3, count=1, dtype="float32", crs="EPSG:4544", transform=PLACE
    ) as dataset:
        dataset.write(np.full((1, 3, 4), value, np.float32))
        dataset.units = [unit]
        dataset.update_tags(1, **(tags or {}))
    return path


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("usfeet", "US survey foot"),
        ("us_ft", "US survey foot"),
        ("U.S. survey feet", "US survey foot"),
        ("英尺(ft)", "foot"),
        ("elevation in feet", "foot"),
        ("高程(米)", "metre"),
        ("高程\uff08米\uff09", "metre"),
        ("单位\uff1a米", "metre"),
        ("米(1985国家高程基准)", "metre"),
        ("Elevation [m]", "metre"),
        ("mamsl", "metre"),
        ("elevation (0.1 m)", "decimetre"),
        ("m/s", ""),
        ("ft/s", ""),
        ("hPa", ""),
        ("inch", ""),
        ("()", ""),
        (":", ""),
    ],
)
def test_units_are_read_in_the_spellings_of_files(text: str, unit: str) -> None:
    assert read_unit(text) == unit


@pytest.mark.parametrize(
    "key", ["z_unit", "ZUNIT", "vertical_unit", "VERT_UNITS", "band_units", "Vertical Units", "unit_of_measure", "单位"]
)
def test_tags_of_a_unit_are_known_in_other_spellings(tmp_path: Path, key: str) -> None:
    file = RasterFile.of(a_raster(tmp_path / "dem.tif", tags={key: "feet"}))
    assert file.unit == "foot"
    assert file.read()[0, 0] == pytest.approx(3000 * 0.3048)


def test_a_tag_counts_where_the_band_says_nothing_of_use(tmp_path: Path) -> None:
    assert RasterFile.of(a_raster(tmp_path / "dem.tif", unit="unknown", tags={"UNITS": "feet"})).unit == "foot"


def test_a_tag_of_another_axis_is_no_unit_of_height(tmp_path: Path) -> None:
    file = RasterFile.of(a_raster(tmp_path / "dem.tif", tags={"x#units": "km", "time_units": "m"}))
    assert file.unit == ""


def test_the_area_of_a_crs_that_came_as_text_is_its_code_s() -> None:
    """A raster's CRS comes without its area of use; 710 km east of zone 35 is a wrong number all the same."""
    as_text = CRS.from_wkt(rasterio.CRS.from_epsg(4523).to_wkt())
    assert as_text.area_of_use is None
    box = (36_210_120.0, 3_055_140.0, 36_337_920.0, 3_162_240.0)
    assert diagnose(box, as_text) == diagnose(box, CRS(4523))
    assert "set EPSG:4524" in str(diagnose(box, as_text))
