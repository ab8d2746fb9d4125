"""Water of the study: rivers, basins and the screening by hand, and the page as a planner reads it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from reading import Read
from terrain_rasters import raster

from nanyi_gis import targets
from nanyi_gis.atlas.pages import make_pages
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.study import load_study
from nanyi_gis.targets import FRONTAGE, OTHER, WaterRecord, water

GIVEN = {
    "study": None, "dem": [], "roads": None, "noding": "vertices", "boundaries": None, "assume_datum": None,
    "layers": [], "crops": [], "resolution": 900.0, "rasters": {}, "population": None, "lang": "zh",
}  # fmt: skip


def two_valleys():
    """Return two V-shaped valleys side by side that fall to the south, sides of 5 m and a fall of 1 m a cell."""
    y, x = np.indices((60, 41), dtype=float)
    return raster(500.0 + 5 * np.minimum(np.abs(x - 10), np.abs(x - 30)) + (59 - y))


def asked(**changed):
    given = {"streams_km2": 0.1, "main_km2": 0.2, "frontage_m": 100.0, "stages_m": (6.0, 11.0), "basins": 1}
    return WaterRecord(**{**given, **changed})


def test_rivers_basins_and_a_screening_by_hand():
    dem = two_valleys()
    x, y = dem["x"].values, dem["y"].values
    zones = dem.copy(data=np.ones(dem.shape, np.uint8))
    frontage = gpd.GeoDataFrame(geometry=[shapely.LineString([(x[10], y[0]), (x[10], y[59])])], crs=4544)
    found = water(dem, zones=zones, frontage=frontage, asked=asked())
    assert set(found.streams["river"]) == {FRONTAGE, OTHER}
    assert found.screened
    codes = found.reached.values
    row = codes[40]
    # the river's cell and its neighbours 5 m up are reached by 6 m, two cells by 11 m, along the slope down the valley
    assert row[10] == row[30] == 1
    assert row[9] in (1, 2)
    assert row[14] == 0
    assert codes[40, 12] in (0, 2)
    areas = found.areas
    assert (areas["km2_11"] >= areas["km2_6"]).all()
    assert areas["km2_6"].sum() == pytest.approx((codes == 1).sum() * 0.0009, rel=5e-3)
    assert areas["km2_11"].sum() == pytest.approx((codes > 0).sum() * 0.0009, rel=5e-3)
    assert len(found.basin_km2) == 2  # the largest, and all others
    assert sum(found.basin_km2) == pytest.approx(60 * 41 * 0.0009, rel=5e-3)
    assert found.hollows.empty
    none = water(dem, zones=zones, frontage=frontage.iloc[:0], asked=asked())
    assert set(none.streams["river"]) == {OTHER}
    assert none.frontage_basin == 0


def test_coarse_cells_are_not_screened():
    dem = two_valleys()
    wide = raster(dem.values, step=(120.0, -120.0))
    zones = wide.copy(data=np.ones(wide.shape, np.uint8))
    frontage = gpd.GeoDataFrame(geometry=[], crs=4544)
    found = water(wide, zones=zones, frontage=frontage, asked=asked(streams_km2=2.0, main_km2=4.0))
    assert not found.screened
    assert not found.reached.values.any()


def test_the_record_names_items_of_the_plan_without_a_number():
    study = load_study()
    record = targets.water_record(study)
    plan = targets.whole_plan(study)
    for number in targets.items_of(record):
        item = plan.item(number)
        assert item.clauses == ("四(六)3",)
        assert not item.quantities


def page_of(*, public):
    atlas = prepare(**GIVEN, public=public)
    [[page]] = [group for _, group in make_pages(atlas, only=["water.html"])]
    return page, Read(page.page.html())


def test_the_page_quotes_the_plan_and_draws_no_reservoir():
    page, read = page_of(public=False)
    text = " ".join(read.texts)
    assert "加快永宁水库、观口水库、金龙水库等一批大中型水库前期工作" in page.page.html()
    assert "本页不画坝、不写库容" in text
    assert "格网 900 m，粗于 100 m" in text
    assert page.figures == ()
    assert {"流域", "河网（由地形推算）"} <= set(read.names())
    assert "淹没筛查" not in read.names()
    assert len(page.page.html()) < 1_200_000
    rows = read.rows("水利条目核对")
    assert len(rows) == 11
    assert {row["数量"] for row in rows} == {"规划未写数量"}


def test_the_public_page_names_no_reservoir_and_tells_no_height():
    _, read = page_of(public=True)
    text = " ".join(read.texts)
    for name in ("永宁水库", "观口水库", "金龙水库"):
        assert name not in text
    assert "公开版不引用相应条目" in text
    assert len(read.rows("水利条目核对")) == 8
