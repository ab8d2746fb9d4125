"""Kinds of odd files found by trying more of each kind that failed before."""

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import shapely.geometry
from affine import Affine
from pyproj import CRS

from nanyi_gis.errors import DataError
from nanyi_gis.io import diagnose, name_column, names_of, read_zones, row_notes
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


@pytest.mark.parametrize(
    "label",
    [
        "NAME_3",
        "NAM",
        "镇名",
        "街道名称",
        "乡镇(街道)",
        "name:zh",
        "行政村",
        "区县名",
        "Label",
        "标题",
        "ADM3_ZH",
        "所在乡镇",
    ],
)
def test_names_are_found_under_labels_that_speak_of_them(label: str) -> None:
    frame = pd.DataFrame({"code": ["510524100", "510524101"], "面积": ["12", "13"], label: ["太平镇", "二郎镇"]})
    assert name_column(frame) == label


def test_the_column_that_tells_features_apart_holds_their_names() -> None:
    frame = pd.DataFrame({"NAME_1": ["四川"] * 2, "NAME_2": ["泸州"] * 2, "NAME_3": ["叙永", "古蔺"]})
    assert name_column(frame) == "NAME_3"


@pytest.mark.parametrize("label", ["乡镇代码", "村编号", "县面积", "filename", "镇人口", "highway", "小区数"])
def test_labels_of_codes_and_sizes_hold_no_names(label: str) -> None:
    assert name_column(pd.DataFrame({label: ["a", "b"]})) is None


def test_numbers_under_a_label_of_names_are_none() -> None:
    assert name_column(pd.DataFrame({"县区号": ["510524", "510525"], "街道x": [1, 2]})) is None


def test_words_for_nothing_and_blanks_are_no_names() -> None:
    frame = pd.DataFrame({"name": ["NULL", "<Null>", " \u3000 ", "甲\n镇", "nan", None]})
    assert names_of(frame).tolist() == ["no name 1", "no name 2", "no name 3", "甲 镇", "no name 4", "no name 5"]


def a_layer(path: Path, shapes: list[shapely.Geometry], names: list[str]) -> Path:
    gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4326).to_file(path)
    return path


WHOLE = shapely.box(105.4, 28.0, 105.6, 28.1)


def test_a_zone_with_a_coordinate_that_is_no_number_is_told(tmp_path: Path) -> None:
    """A box passes over NaN, so that the zone would be repaired to nothing and vanish."""
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(105.4, 28.0), (105.5, math.nan), (105.6, 28.1), (105.4, 28.0)])
        path = a_layer(tmp_path / "zones.gpkg", [WHOLE, broken], ["a", "b"])
    zones = read_zones(path)
    assert zones["name"].tolist() == ["a"]
    assert row_notes(zones) == ["zones.gpkg: left out: coordinates not finite 1"]


def test_a_zone_without_area_is_told(tmp_path: Path) -> None:
    flat = shapely.Polygon([(105.4, 28.0), (105.5, 28.0), (105.6, 28.0), (105.4, 28.0)])
    zones = read_zones(a_layer(tmp_path / "zones.gpkg", [WHOLE, flat], ["a", "b"]))
    assert zones["name"].tolist() == ["a"]
    assert row_notes(zones) == ["zones.gpkg: left out: polygons without area 1"]
    with pytest.raises(DataError, match=r"flat.gpkg holds only polygons without area"):
        read_zones(a_layer(tmp_path / "flat.gpkg", [flat], ["b"]))


def test_a_geojson_in_gbk_is_named_with_the_cure(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"name": "叙永"}, "geometry": shapely.geometry.mapping(WHOLE)}
    path = tmp_path / "zones.geojson"
    path.write_bytes(json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False).encode("gbk"))
    with pytest.raises(DataError, match=r"its text is no UTF-8, byte 0x.*; save it as UTF-8"):
        read_zones(path)


def test_remarks_of_gdal_on_files_read_in_full_are_not_passed_on(tmp_path: Path) -> None:
    shape = shapely.geometry.mapping(WHOLE)
    features = [{"type": "Feature", "id": 1, "properties": {"name": name}, "geometry": shape} for name in ("a", 5, [1])]
    path = tmp_path / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    zones = read_zones(path)
    assert len(zones) == 3
    assert row_notes(zones) == []
