import errno
import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from shapely.geometry import box
from terrain_rasters import hills

from nanyi_gis import cli, terrain
from nanyi_gis.dem import load_dem
from nanyi_gis.study import load_study

FAR = Affine(100, 0, 300_000, 0, -100, 4_000_000)  # UTM 17N, far from the counties


def write_dem(path: Path, values, *, transform=FAR, crs="EPSG:32617", nodata=np.nan, unit="", bands=1) -> Path:
    values = np.asarray(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"height": values.shape[0], "width": values.shape[1]}
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=bands,
        dtype=values.dtype.name,
        crs=crs,
        transform=transform,
        nodata=nodata,
        **shape,
    ) as dataset:
        for band in range(1, bands + 1):
            dataset.write(values, band)
        if unit:
            dataset.set_band_unit(1, unit)
    return path


@pytest.fixture
def dem(tmp_path) -> Path:
    return write_dem(tmp_path / "dem.tif", hills((90, 70), void_share=0.05))


def run(*arguments) -> int:
    return cli.main(["bands", *map(str, arguments)])


def table_of(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "band_areas.csv", encoding="utf-8-sig")


def test_bands_and_areas_of_any_dem(dem, tmp_path, capsys):
    out = tmp_path / "result"
    assert run(dem, "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == ["band_areas.csv", "bands.tif"]
    assert capsys.readouterr().out.splitlines() == [str(out / "bands.tif"), str(out / "band_areas.csv")]
    with rasterio.open(out / "bands.tif") as dataset, rasterio.open(dem) as source:
        values, heights = dataset.read(1), source.read(1)
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (dataset.dtypes[0], dataset.nodata) == ("uint8", 0)
        assert (dataset.crs, dataset.transform) == (source.crs, source.transform)
        assert dataset.tags(1)["CATEGORY_1"] == "<700"
        assert dataset.tags(1)["CATEGORY_4"] == ">=1200"
        assert dataset.tags()["EDGES_M"] == "700,900,1200"
        assert dataset.tags()["SOURCE"] == "dem.tif"
        colours = dataset.colormap(1)
        assert len({colours[code] for code in range(1, 5)}) == 4
    assert np.array_equal(values, np.where(np.isnan(heights), 0, np.digitize(heights, [700, 900, 1200]) + 1))
    table = table_of(out)
    assert list(table.columns) == ["zone", "band", "area_km2", "share", "area_wanmu"]
    assert table["zone"].unique().tolist() == ["all"]
    assert table["band"].tolist() == ["<700", "700-900", "900-1200", ">=1200"]
    assert table["share"].sum() == pytest.approx(1, abs=1e-5)
    assert np.allclose(table["area_wanmu"] * 20 / 3, table["area_km2"], atol=1e-4)  # 1 wanmu is 6.6667 km2


def test_own_edges_and_zones(dem, tmp_path):
    halves = gpd.GeoDataFrame(
        {"label": ["北", "南"]},
        geometry=[box(300_000, 3_995_500, 307_000, 4_000_000), box(300_000, 3_991_000, 307_000, 3_995_500)],
        crs=32617,
    )
    layer = tmp_path / "分区 图层.gpkg"
    halves.to_crs(4326).to_file(layer)
    out = tmp_path / "结 果"
    assert run(dem, "--out", out, "--zones", layer, "--name-column", "label", "--edges", "500, 1000.5") == 0
    table = table_of(out)
    assert table["zone"].unique().tolist() == ["北", "南"]
    assert table["band"].unique().tolist() == ["<500", "500-1000.5", ">=1000.5"]


def test_a_chinese_path_with_spaces(tmp_path):
    path = write_dem(tmp_path / "高程 数据" / "数字高程 模型.tif", hills((20, 20)))
    assert run(path, "--out", tmp_path / "输出 目录") == 0
    with rasterio.open(tmp_path / "输出 目录" / "bands.tif") as dataset:
        assert dataset.tags()["SOURCE"] == "数字高程 模型.tif"


def test_the_counties_are_the_zones_where_the_dem_reaches_them(tmp_path, capsys):
    west, south, east, north = load_study().bounds_wgs84(margin_m=2000)
    grid = Affine((east - west) / 300, 0, west, 0, (south - north) / 250, north)
    path = write_dem(tmp_path / "dem.tif", hills((250, 300)), transform=grid, crs="EPSG:4326")
    assert run(path, "--out", tmp_path / "out") == 0
    areas = table_of(tmp_path / "out").groupby("zone")["area_km2"].sum()
    expected = load_study().counties.set_index("name_zh")["area_km2"]
    assert areas.to_dict() == pytest.approx(expected.to_dict(), rel=2e-3)
    assert capsys.readouterr().err == ""


def test_a_dem_of_half_a_county_says_so(tmp_path, capsys):
    west, south, east, north = load_study().bounds_wgs84()
    grid = Affine((east - west) / 300, 0, west, 0, (south - north) / 500, north)
    path = write_dem(tmp_path / "dem.tif", hills((250, 300)), transform=grid, crs="EPSG:4326")
    assert run(path, "--out", tmp_path / "out") == 0
    notes = capsys.readouterr().err
    assert "叙永县" in notes
    assert "shares refer to that part" in notes


@pytest.mark.parametrize(("unit", "factor"), [("ft", 0.3048), ("dm", 0.1)])
def test_heights_in_a_declared_unit_become_metres(tmp_path, unit, factor):
    metres = hills((40, 50), dtype="float64")
    write_dem(tmp_path / "metres.tif", metres)
    write_dem(tmp_path / "other.tif", metres / factor, unit=unit)
    assert (
        run(tmp_path / "metres.tif", "--out", tmp_path / "a")
        == run(tmp_path / "other.tif", "--out", tmp_path / "b")
        == 0
    )
    assert table_of(tmp_path / "a").equals(table_of(tmp_path / "b"))


@pytest.mark.parametrize(("unit", "factor"), [("feet", 0.3048), ("decimetres", 0.1)])
def test_an_undeclared_unit_is_suspected_where_the_heights_are_known(tmp_path, capsys, unit, factor):
    metres = load_dem(None, study=load_study())
    transform, crs = metres.rio.transform(), metres.rio.crs
    metres = metres.values
    other = write_dem(tmp_path / "other.tif", metres / np.float32(factor), transform=transform, crs=crs)
    assert run(other, "--out", tmp_path / "out") == 2
    assert f"seems to be in {unit}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    right = write_dem(
        tmp_path / "metres.tif",
        np.nan_to_num(metres, nan=-9999).astype("int16"),
        transform=transform,
        crs=crs,
        nodata=-9999,
    )
    assert run(right, "--out", tmp_path / "out") == 0


def test_undeclared_missing_cells_do_not_count(tmp_path):
    values = hills((40, 50)).astype("int16")
    values[:20] = -9999
    assert run(write_dem(tmp_path / "dem.tif", values, nodata=None), "--out", tmp_path / "out") == 0
    assert table_of(tmp_path / "out")["area_km2"].sum() == pytest.approx(20 * 50 * 0.01, rel=5e-3)
    declared = write_dem(tmp_path / "declared.tif", values, nodata=-9999)
    assert run(declared, "--out", tmp_path / "declared") == 0
    assert table_of(tmp_path / "out").equals(table_of(tmp_path / "declared"))


def test_same_input_same_bytes(dem, tmp_path):
    sums = []
    for name in ("a", "b"):
        assert run(dem, "--out", tmp_path / name) == 0
        sums.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((tmp_path / name).iterdir())])
    assert sums[0] == sums[1]


def test_a_second_run_replaces_the_first_and_keeps_other_files(dem, tmp_path):
    out = tmp_path / "out"
    assert run(dem, "--out", out) == 0
    (out / "notes.txt").write_text("mine")
    assert run(dem, "--out", out, "--edges", "1000") == 0
    assert sorted(path.name for path in out.iterdir()) == ["band_areas.csv", "bands.tif", "notes.txt"]
    assert table_of(out)["band"].tolist() == ["<1000", ">=1000"]


def missing(folder):
    return folder / "nothing.tif"


def no_raster(folder):
    (folder / "text.tif").write_text("not a raster")
    return folder / "text.tif"


def without_crs(folder):
    return write_dem(folder / "dem.tif", hills((9, 9)), crs=None)


def multi_band(folder):
    return write_dem(folder / "dem.tif", hills((9, 9)), bands=3)


def all_nodata(folder):
    return write_dem(folder / "dem.tif", np.full((9, 9), np.nan, dtype="float32"))


def all_coded_nodata(folder):
    return write_dem(folder / "dem.tif", np.full((9, 9), -32768, dtype="int16"), nodata=-32768)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (missing, "no file"),
        (no_raster, "is no raster that GDAL reads"),
        (without_crs, "has no CRS"),
        (multi_band, "has 3 bands"),
        (all_nodata, "only nodata"),
        (all_coded_nodata, "only nodata"),
    ],
)
def test_an_unfit_dem_is_one_clear_line_and_nothing_written(make, words, tmp_path, capsys):
    assert run(make(tmp_path), "--out", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--edges", "900,700"], "must rise strictly"),
        (["--edges", "700,abc"], "edges hold 'abc'"),
        (["--edges", ""], "edges hold ''"),
        (["--edges", "nan"], "finite number"),
        (["--zones", "nowhere.gpkg"], "no file nowhere.gpkg"),
        (["--name-column", "county"], "no effect without --zones"),
    ],
)
def test_unfit_options_are_refused(options, words, dem, tmp_path, capsys):
    assert run(dem, "--out", tmp_path / "out", *options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_unfit_zones_are_refused(dem, tmp_path, capsys):
    far = gpd.GeoDataFrame({"name": ["far"]}, geometry=[box(10, 50, 11, 51)], crs=4326)
    far.to_file(tmp_path / "far.gpkg")
    assert run(dem, "--out", tmp_path / "out", "--zones", tmp_path / "far.gpkg") == 2
    assert "do not overlap" in capsys.readouterr().err
    assert run(dem, "--out", tmp_path / "out", "--zones", tmp_path / "far.gpkg", "--name-column", "county") == 2
    assert "name_column is 'county'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made(dem, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert run(dem, "--out", tmp_path / "file" / "out") == 2
    assert "cannot write to" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_folder_without_permission(dem, tmp_path, capsys, monkeypatch):
    def forbidden(**_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("nanyi_gis.io.stage.tempfile.mkdtemp", forbidden)
    assert run(dem, "--out", tmp_path / "out") == 2
    assert "no permission" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_help_has_an_example(capsys):
    assert cli.main(["bands", "--help"]) == 0
    assert "Example: nanyi-gis bands dem.tif" in capsys.readouterr().out


@pytest.mark.shared
def test_bands_of_the_reference_dem(shared, tmp_path):
    assert run(shared / "data/dem/reference_dem_15s.tif", "--out", tmp_path / "out") == 0
    areas = table_of(tmp_path / "out").groupby("band")["area_km2"].sum()[terrain.band_labels(terrain.PLAN_EDGES)]
    assert (areas / areas.sum() * 100).tolist() == pytest.approx([21.9, 14.9, 33.2, 30.0], abs=1.0)


def test_a_zone_that_crosses_itself_counts_as_meant(dem, tmp_path, capsys):
    west, north = FAR * (0, 0)
    east, south = FAR * (60, 80)
    bow_tie = shapely.Polygon([(west, south), (east, north), (west, north), (east, south)])
    gpd.GeoDataFrame({"name": ["bow"]}, geometry=[bow_tie], crs="EPSG:32617").to_file(tmp_path / "bow.gpkg")
    assert run(dem, "--out", tmp_path / "out", "--zones", tmp_path / "bow.gpkg") == 0
    told = capsys.readouterr().err.splitlines()
    assert sum("1 of 1 polygons cross or cover themselves and were repaired" in line for line in told) == 1
    for line in (line for line in told if "heights for" in line):
        assert 0 < float(line.split("heights for ")[1].split("%")[0]) < 100
