"""Kinds of odd files found by trying more of each kind that failed before."""

import json
import math
import re
from dataclasses import replace
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

from nanyi_gis._validation import numbers
from nanyi_gis.accessibility import zonal_population
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError
from nanyi_gis.io import diagnose, name_column, names_of, read_zones, row_notes
from nanyi_gis.raster import Findings, RasterFile, read_raster, read_unit
from nanyi_gis.suitability import evaluate_file, explain_file

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


def test_a_layer_that_declares_another_length_is_converted_to_the_criterion_s(tmp_path: Path) -> None:
    """2 m of soil in the file are 200 cm for the criterion, not 2."""
    path = a_raster(tmp_path / "depth.tif", unit="m", value=2.0)
    file = RasterFile.of(path, kind="quantity").in_unit("cm")
    assert file.read()[0, 0] == 200.0
    assert file.notes(Findings()) == ("depth.tif has values in metres; converted to centimetres",)
    assert RasterFile.of(path, kind="quantity").in_unit("pH").read()[0, 0] == 2.0
    packed = replace(RasterFile.of(path, kind="quantity"), scale=0.5, offset=1.0).in_unit("cm")
    assert packed.read()[0, 0] == 200.0  # (2 x 0.5 + 1) m


def test_suitability_and_explain_read_a_depth_in_metres_as_the_criterion_s_centimetres(tmp_path: Path) -> None:
    dem = a_raster(tmp_path / "dem.tif", unit="m", value=800.0)
    in_m = a_raster(tmp_path / "m.tif", unit="m", value=0.75)
    in_cm = a_raster(tmp_path / "cm.tif", unit="cm", value=75.0)
    longitude, latitude = 105.12, 28.56
    told = [explain_file(longitude, latitude, dem, crop="plum", layers={"soil_depth": file}) for file in (in_m, in_cm)]
    depths = [next(reason for reason in one.reasons if reason.criterion == "soil_depth") for one in told]
    assert [reason.value for reason in depths] == [75.0, 75.0]
    assert told[0].score == told[1].score


def test_explain_refuses_a_layer_that_no_use_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dem = a_raster(tmp_path / "dem.tif", unit="m", value=800.0)
    assert main(["explain", "105.12", "28.56", "--dem", str(dem), "--crop", "plum", "--layer", f"ph={dem}"]) == 2
    assert "layer 'ph' is used by none of the uses; give one of: soil_ph" in capsys.readouterr().err


@pytest.mark.parametrize("unit", ["persons/km2", "people per sq km", "km-2", "人/平方公里", "Population density"])
def test_a_density_of_people_is_not_taken_for_people_per_cell(tmp_path: Path, unit: str) -> None:
    raster = read_raster(a_raster(tmp_path / "people.tif", unit=unit, value=50.0), kind="quantity")
    counties = gpd.GeoDataFrame({"name_zh": ["x"]}, geometry=[shapely.box(105.0, 28.0, 106.0, 29.0)], crs=4326)
    towns = gpd.GeoDataFrame({"county": ["x"]}, geometry=[shapely.Point(105.12, 28.56)], crs=4326)
    with pytest.raises(DataError, match="a density; multiply it by the cells' area"):
        zonal_population(raster, towns, counties)
    raster.attrs["units"] = "people per cell"
    assert zonal_population(raster, towns, counties)["population"].sum() == 12 * 50.0


def test_a_population_raster_beside_own_points_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = a_raster(tmp_path / "people.tif")
    points = a_layer(tmp_path / "points.gpkg", [shapely.Point(105.5, 28.1)], ["a"])
    given = ["access", "--from", str(points), "--population", str(people), "--out", str(tmp_path / "out")]
    assert main(given) == 2
    assert "has no effect with --from" in capsys.readouterr().err


def test_land_cover_of_another_legend_is_refused_and_single_codes_are_told(tmp_path: Path) -> None:
    """Criteria of the embedded crops know ESA WorldCover's codes (10, 20, ...), not GlobeLand30's 255 or 1 to 9."""
    dem = a_raster(tmp_path / "dem.tif", unit="m", value=800.0)
    other = a_raster(tmp_path / "cover.tif", value=3.0)
    with pytest.raises(DataError, match=r"cover.tif has the codes 3, but land_cover of plum knows only 10, 20, 30"):
        explain_file(105.12, 28.56, dem, crop="plum", layers={"land_cover": other})
    with pytest.raises(DataError, match=r"cover.tif has the codes 3, but"):
        evaluate_file(dem, crops=["plum"], out=tmp_path / "out", layers={"land_cover": other})
    with rasterio.open(other, "r+") as dataset:
        dataset.write(np.array([[20, 20, 20, 110], [20, 20, 20, 20], [30, 30, 30, 30]], np.float32), 1)
    told = explain_file(105.12, 28.56, dem, crop="plum", layers={"land_cover": other})
    assert any("does not know (110); 8.3% of its land is not judged by it" in note for note in told.notes)


@pytest.mark.parametrize(
    ("text", "cure"),
    [("50,5", "50.5"), ("1,200", "1200"), ("1\uff0c200", "1200"), ("1,200,000", "1200000"), ("-3,25", "-3.25")],
)
def test_the_cure_of_a_comma_is_the_number_that_was_meant(text: str, cure: str) -> None:
    with pytest.raises(DataError, match=f"must be a number; write {re.escape(cure)}$"):
        numbers(pd.DataFrame({"beds": [text]}), "beds", name="supply", least=None)


@pytest.mark.parametrize("empty", [None, " "])
def test_points_without_an_id_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], empty: str | None) -> None:
    points = a_layer(tmp_path / "points.gpkg", [shapely.Point(105.5, 28.1), shapely.Point(105.6, 28.1)], ["a", "b"])
    gpd.read_file(points).assign(code=["x", empty]).to_file(points)
    assert main(["access", "--from", str(points), "--id", "code", "--out", str(tmp_path / "out")]) == 2
    assert "points.gpkg: code of row 2 is empty, but --id needs one for every point" in capsys.readouterr().err
