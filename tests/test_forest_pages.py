"""The pages of forest, building materials and the grid: what they say with and without the data they lack."""

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from reading import Read
from terrain_rasters import raster

from nanyi_gis import targets
from nanyi_gis.atlas.pages import contents, make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.errors import DataError
from nanyi_gis.forest import forest_areas
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import like, write_cog
from nanyi_gis.study import load_study

FILES = ("forest", "materials", "power")
GIVEN = {
    "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": [], "crops": [], "resolution": 2000.0, "rasters": {}, "population": None, "lang": "zh",
}  # fmt: skip


@pytest.fixture(scope="module")
def pages(coarse_atlas) -> dict[str, Read]:
    return {name: Read.of_file(coarse_atlas / f"{name}.html") for name in FILES}


def made(atlas, name: str) -> Read:
    [[page]] = [group for _, group in make_pages(atlas, only=[f"{name}.html"])]
    return Read(page.page.html())


@pytest.fixture(scope="module")
def covered(tmp_path_factory):
    """An atlas with land cover, a mill, a quarry, a reserve and a viewpoint of the user's."""
    folder = tmp_path_factory.mktemp("own")
    codes = np.where(np.add.outer(np.arange(120), np.arange(130)) % 2, 10, 40).astype(np.uint8)
    cover = raster(codes, origin=(105.1, 28.6), step=(0.01, -0.01), crs="EPSG:4326")
    write_cog(cover, folder / "cover.tif", nodata=0)
    # in the middle of the counties
    mill, quarry = shapely.Point(105.44, 28.17), shapely.Point(105.81, 28.05)
    for name, shape in {
        "pulp_mill": mill,
        "quarries": quarry,
        "viewpoints": shapely.Point(105.83, 28.05),
        "reserves": shapely.box(105.9, 28.0, 106.0, 28.1),
    }.items():
        write_gpkg({name: gpd.GeoDataFrame({"name": [name]}, geometry=[shape], crs=4326)}, folder / f"{name}.gpkg")
    layers = [folder / f"{name}.gpkg" for name in ("pulp_mill", "quarries", "viewpoints", "reserves")]
    return prepare(**GIVEN | {"rasters": {"land_cover": folder / "cover.tif"}, "layers": layers}, public=False)


def test_the_records_name_items_of_the_plan_alone():
    study = load_study()
    assert targets.forest_record(study).yield_t_per_ha == pytest.approx((10.5, 19.5))
    assert targets.items_of(targets.power_record(study)) == ["I-25", "I-26", "I-27", "I-28"]
    assert set(targets.items_of(targets.materials_record(study))) == {f"E-{n:02d}" for n in (9, 10, 11, 12, 13, 14, 15)}
    none = dataclasses.replace(study, files={key: path for key, path in study.files.items() if key != "systems"})
    assert targets.forest_record(none) is targets.materials_record(none) is targets.power_record(none) is None


def test_a_study_without_the_records_has_no_such_pages(covered):
    files = {key: path for key, path in covered.study.files.items() if key != "systems"}
    bare = dataclasses.replace(covered, study=dataclasses.replace(covered.study, files=files))
    lacking = {entry.file for entry in contents(bare) if not entry.made}
    assert {f"{name}.html" for name in FILES} <= lacking


def test_the_plans_forest_is_held_against_itself(pages):
    rows = {row["项目"]: row["数值"] for row in pages["forest"].rows("规划各数是否相符")}
    assert rows["规划森林面积"] == "495 万亩 = 3,300 km²"
    assert rows["由两者得土地面积"] == "6,168 km²"  # 3,300 / 0.535
    assert rows["按面积算的覆盖率"] == "53.6 %"
    assert rows["每公顷蓄积"] == "50.5 m³"  # 16,650,000 / 330,000
    text = " ".join(pages["forest"].texts)
    assert "没有土地覆被数据" in text
    assert "请向制图单位提供土地覆被栅格" in text
    assert "卫星土地覆被分不出竹与树" in text


def test_pulp_is_arithmetic_over_ranges(pages):
    rows = {row["项目"]: row["数值"] for row in pages["forest"].rows("竹浆要多少竹林")}
    assert rows["所需竹林，亩产 1 t"] == "120–135 万亩"
    assert rows["所需竹林，亩产取区间"] == "92–193 万亩"  # 120 / 1.3, 135 / 0.7
    assert "可信度低" in " ".join(pages["forest"].texts)


def test_the_mill_is_not_placed_but_tried_in_each_township(pages):
    read = pages["forest"]
    sheds = read.rows("浆厂供应圈")
    assert 15 < len(sheds) <= 23  # the located townships of 叙永
    for row in sheds:
        within = [float(row[f"{limit} 分内宜竹土地（万亩）"]) for limit in (30, 60, 90)]
        assert within == sorted(within)
    means = [float(row["平均运距（km）"]) for row in sheds]
    assert means == sorted(means)
    assert "浆厂的位置没有公开来源" in " ".join(read.texts)
    assert not [name for name in read.names() if "永丰" in name]


def test_forest_roads_keep_to_50_km(pages):
    rows = pages["forest"].rows("林区公路：先修哪里")
    lengths = [float(row["长度（km）"]) for row in rows]
    assert sum(lengths) <= 50.05 * 1.01
    assert min(lengths) >= 2.0
    assert "未证明整体最优" in " ".join(pages["forest"].texts)


def test_parks_are_drawn_and_works_without_a_place_are_not(pages):
    read = pages["materials"]
    rows = read.rows("各园区、厂矿的运输圈")
    assert {row["园区、厂矿"] for row in rows} == {"石屏大理石园区", "鱼化大理石园区"}
    text = " ".join(read.texts)
    assert "叙永红狮水泥" in text
    assert "规划只写名称，没有位置" in text
    assert "是否与保护地、景观冲突不能判断" in text


def test_corridors_grow_with_their_spacing(pages):
    rows = pages["power"].rows("间距的代价")
    lengths = [float(row["长度（km）"]) for row in rows if row["长度（km）"] != "–"]
    assert lengths == sorted(lengths)
    assert all(float(row["比直线"]) >= 1.0 for row in rows if row["比直线"] != "–")
    text = " ".join(pages["power"].texts)
    assert "只示方法" in text
    assert "沿干线按间距布置充电点" in text


def test_the_public_page_of_the_grid_has_no_corridor_and_no_voltage():
    read = made(prepare(**GIVEN, public=True), "power")
    text = " ".join(read.texts)
    assert "公开版不画电力设施" in text
    assert not re.search(r"\d+ ?kV|\d+ ?千伏|变电站前期", text, re.IGNORECASE)
    assert not [name for name in read.names() if "走廊" in name]


def test_land_cover_is_added_up_from_its_own_cells(covered):
    read = made(covered, "forest")
    rows = {row["项目"]: row["数值"] for row in read.rows("规划各数是否相符")}
    table = forest_areas(covered.raster_files["land_cover"], zones=covered.study.counties, accuracy=0.767).table
    assert rows["叙永县（土地覆被）"].startswith(f"{table.loc[0, 'forest_km2']:,.0f} km² (")
    towns = read.rows("各乡镇片区")
    whole = sum(float(row["森林（km²）"].replace(",", "")) for row in towns)
    assert whole == pytest.approx(table["forest_km2"].sum(), abs=len(towns) * 0.5 + 2)
    assert "没有土地覆被数据" not in " ".join(read.texts)
    assert len(read.rows("浆厂供应圈")) == 1  # the mill of the user's


def test_quarries_reserves_and_views_of_the_users(covered):
    read = made(covered, "materials")
    rows = {row["园区、厂矿"]: row for row in read.rows("外运与冲突")}
    quarry = rows["quarries"]
    assert float(quarry["距保护地"].split()[0]) == pytest.approx(8.9, abs=0.1)  # 0.09 degrees of longitude at 28 N
    assert quarry["被几个观景点看到"] in {"0", "1"}
    assert rows["石屏大理石园区"]["距保护地"] == "–"  # known to 3 km


def test_bamboo_land_on_trees_is_no_more_than_all_of_it():
    grid = raster(np.array([[1, 2], [3, 1]], np.uint8), origin=(500_050.0, 3_100_050.0), step=(100.0, -100.0))
    zones = like(grid, np.array([[1, 1], [1, 0]]), name="zones")
    trees = like(grid, np.array([[1, 0], [1, 1]]), name="trees")
    every = targets.bamboo_land([grid], grades=(1, 2), zones=zones)
    some = targets.bamboo_land([grid], grades=(1, 2), zones=zones, trees=trees)
    assert every.values.round(4).tolist() == [[0.01, 0.01], [0.0, 0.0]]
    assert some.values.round(4).tolist() == [[0.01, 0.0], [0.0, 0.0]]
    with pytest.raises(DataError, match="no criteria file of bamboo"):
        targets.bamboo_land([], grades=(1,), zones=zones)
