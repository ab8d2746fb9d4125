import errno
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rioxarray  # noqa: F401
import xarray as xr
from rasterio.transform import from_origin
from shapely.geometry import Point

from nanyi_gis import io
from nanyi_gis.errors import DataError, OutputError


def raster(values: np.ndarray, *, nodata: float | None = None) -> xr.DataArray:
    rows, columns = values.shape
    data = xr.DataArray(
        values, dims=("y", "x"), coords={"y": 1000.0 - 30 * np.arange(rows) - 15, "x": 30 * np.arange(columns) + 15.0}
    )
    data = data.rio.write_crs(4544).rio.write_transform(from_origin(0, 1000, 30, 30))
    return data if nodata is None else data.rio.write_nodata(nodata)


def test_cog_round_trip_keeps_values_grid_and_classes(tmp_path):
    codes = np.arange(600 * 700, dtype=np.uint8).reshape(600, 700) % 4
    path = io.write_cog(
        raster(codes, nodata=0),
        tmp_path / "类别 图.tif",
        categories={1: "low", 2: "mid", 3: "high"},
        colours={1: (230, 159, 0), 2: (86, 180, 233), 3: (0, 158, 115)},
        tags={"source": "test"},
    )
    with rasterio.open(path) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.overviews(1)
        assert dataset.colormap(1)[2][:3] == (86, 180, 233)
        assert dataset.tags()["source"] == "test"
        assert dataset.tags(1)["CATEGORY_3"] == "high"
        np.testing.assert_array_equal(dataset.read(1), codes)
    back = io.read_raster(path)
    assert back.rio.crs.to_epsg() == 4544
    assert sorted(p.name for p in tmp_path.iterdir()) == ["类别 图.tif"]


def test_same_raster_gives_same_bytes(tmp_path):
    values = np.linspace(0, 1, 90000, dtype=np.float32).reshape(300, 300)
    first = io.write_cog(raster(values), tmp_path / "a.tif").read_bytes()
    assert io.write_cog(raster(values), tmp_path / "b.tif").read_bytes() == first


def test_same_layers_give_same_geopackage(tmp_path):
    frame = gpd.GeoDataFrame({"name_zh": ["太平"]}, geometry=[Point(106, 28)], crs=4326)
    first = io.write_gpkg({"places": frame}, tmp_path / "a.gpkg")
    second = io.write_gpkg({"places": frame}, tmp_path / "b.gpkg")
    assert first.read_bytes() == second.read_bytes()
    assert io.read_vector(first, layer="places")["name_zh"].tolist() == ["太平"]


def test_a_tag_without_text_is_no_tag(tmp_path):
    path = io.write_cog(raster(np.ones((2, 2))), tmp_path / "a.tif", tags={"EMPTY": "", "KEPT": "yes"})
    with rasterio.open(path) as dataset:
        assert dataset.tags()["KEPT"] == "yes"
        assert not dataset.tags().get("EMPTY")


def test_float_nodata_becomes_nan(tmp_path):
    values = np.array([[1, -9999], [3, 4]], dtype=np.float32)
    path = io.write_cog(raster(values, nodata=-9999), tmp_path / "dem.tif")
    assert np.isnan(io.read_raster(path).values).sum() == 1


@pytest.mark.parametrize(
    ("content", "message"), [(None, "no file"), (b"not a raster", "no raster that GDAL reads"), (b"", "no raster")]
)
def test_read_raster_refuses(tmp_path, content, message):
    path = tmp_path / "dem.tif"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        io.read_raster(path)


def test_read_raster_refuses_missing_crs_and_bands(tmp_path):
    profile = {"driver": "GTiff", "width": 2, "height": 2, "dtype": "uint8", "transform": from_origin(0, 2, 1, 1)}
    with rasterio.open(tmp_path / "nocrs.tif", "w", count=1, **profile) as dataset:
        dataset.write(np.ones((1, 2, 2), np.uint8))
    with rasterio.open(tmp_path / "rgb.tif", "w", count=3, crs="EPSG:4326", **profile) as dataset:
        dataset.write(np.ones((3, 2, 2), np.uint8))
    with pytest.raises(DataError, match="no CRS"):
        io.read_raster(tmp_path / "nocrs.tif")
    with pytest.raises(DataError, match="more than one band"):
        io.read_raster(tmp_path / "rgb.tif")


def test_read_vector_refuses(tmp_path):
    with pytest.raises(DataError, match="no file"):
        io.read_vector(tmp_path / "none.gpkg")
    (tmp_path / "bad.geojson").write_text("{")
    with pytest.raises(DataError, match="no vector layer"):
        io.read_vector(tmp_path / "bad.geojson")
    gpd.GeoDataFrame({"a": [1]}, geometry=[Point(0, 0)], crs=4544).to_file(tmp_path / "nocrs.shp", engine="pyogrio")
    (tmp_path / "nocrs.prj").unlink()
    with pytest.raises(DataError, match="no CRS"):
        io.read_vector(tmp_path / "nocrs.shp")


def test_staged_leaves_nothing_after_a_failure(tmp_path):
    target = tmp_path / "new" / "deep"
    with pytest.raises(RuntimeError), io.staged(target) as stage:
        (stage / "half.txt").write_text("half")
        raise RuntimeError
    assert not (tmp_path / "new").exists()


def test_staged_keeps_the_old_content_when_it_fails(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), io.staged(tmp_path) as stage:
        (stage / "data").mkdir()
        raise RuntimeError
    assert (tmp_path / "data" / "old.txt").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_staged_replaces_its_own_files_and_keeps_the_others(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    (tmp_path / "data" / "new.txt").write_text("old")
    (tmp_path / "other.txt").write_text("mine")
    with io.staged(tmp_path) as stage:
        (stage / "data" / "deep").mkdir(parents=True)
        (stage / "data" / "new.txt").write_text("new")
        (stage / "data" / "deep" / "deepest.txt").write_text("new")
        (stage / "index.html").write_text("page")
    assert contents(tmp_path) == {
        "data/mine.txt": "mine",
        "data/new.txt": "new",
        "data/deep/deepest.txt": "new",
        "index.html": "page",
        "other.txt": "mine",
    }


def test_staged_puts_back_what_it_replaced_when_a_later_move_fails(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "z.txt").mkdir()
    with pytest.raises(OutputError, match="a folder has the name of a file"), io.staged(tmp_path) as stage:
        (stage / "a.txt").write_text("new")
        (stage / "b" / "c").mkdir(parents=True)
        (stage / "b" / "c" / "d.txt").write_text("new")
        (stage / "z.txt").write_text("new")
    assert contents(tmp_path) == {"a.txt": "old"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "z.txt"]


def test_a_full_disk_is_explained(tmp_path):
    with pytest.raises(OutputError, match="the disk is full"), io.atomic_path(tmp_path / "a.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_explained(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot write"), io.staged(tmp_path / "file" / "deeper"):
        pass


def test_csv_is_plain_utf_8(tmp_path):
    path = io.write_csv(pd.DataFrame({"县": ["叙永"], "area": [1 / 3]}), tmp_path / "t.csv")
    assert path.read_bytes() == "县,area\n叙永,0.333333\n".encode()


def test_provenance_must_be_there_and_valid(tmp_path):
    data = tmp_path / "x.csv"
    data.write_text("a\n")
    with pytest.raises(DataError, match="is missing beside"):
        io.read_provenance(data)
    Path(f"{data}.toml").write_text('title = "x"\n')
    with pytest.raises(DataError, match="no valid provenance record"):
        io.read_provenance(data)


def test_a_truncated_raster_is_called_damaged(tmp_path):
    values = np.random.default_rng(1).normal(size=(600, 600)).astype(np.float32)
    whole = io.write_cog(raster(values), tmp_path / "whole.tif").read_bytes()
    half = tmp_path / "half.tif"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="cannot be read to the end"):
        io.read_raster(half)


def test_geometry_that_cannot_be_is_one_line(tmp_path):
    path = tmp_path / "bad.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {},'
        ' "geometry": {"type": "Polygon", "coordinates": [[[105, 28]]]}}]}'
    )
    with pytest.raises(DataError, match="no vector layer that can be read") as caught:
        io.read_vector(path)
    assert "\n" not in str(caught.value)


def test_the_geometry_column_of_a_parquet_file_may_have_any_name(tmp_path):
    path = tmp_path / "points.parquet"
    gpd.GeoDataFrame({"geom": [Point(106, 28)]}, geometry="geom", crs=4326).to_parquet(path)
    assert io.read_vector(path).geometry.name == "geometry"


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8", "ISO-8859-1"])
@pytest.mark.parametrize("declared", [True, False])
def test_chinese_in_a_shapefile_without_declared_encoding(tmp_path, encoding, declared):
    name = "Nansi" if encoding == "ISO-8859-1" else "叙永县"
    frame = gpd.GeoDataFrame(
        {"县名": [name]} if name != "Nansi" else {"name": [name]}, geometry=[Point(106, 28)], crs=4326
    )
    frame.to_file(tmp_path / "县.shp", encoding=encoding)
    if not declared:
        (tmp_path / "县.cpg").unlink()
    back = io.read_vector(tmp_path / "县.shp")
    assert back.iloc[0, 0] == name
    assert back.columns[0] == frame.columns[0]


def test_columns_that_a_geopackage_has_no_room_for_get_other_names(tmp_path):
    frame = gpd.GeoDataFrame(
        {"fid": ["a", "b"], "Name": [1, 2], "name": [3, 4], "geom": ["x", "y"]},
        geometry=[Point(106, 28), Point(106, 29)],
        crs=4326,
    )
    back = io.read_vector(io.write_gpkg({"own": frame}, tmp_path / "a.gpkg"))
    assert list(back.columns) == ["fid_2", "Name", "name_2", "geom_2", "geometry"]
    assert back["fid_2"].tolist() == ["a", "b"]
    assert list(frame.columns) == ["fid", "Name", "name", "geom", "geometry"]
