"""The travel-time command: what it writes, and one clear line for each bad input."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely import LineString, Point

from nanyi_gis import cli
from nanyi_gis.io import read_raster
from nanyi_gis.travel_time import travel_time

GRID = Affine(30, 0, 500_000, 0, -30, 3_100_000)


def write_dem(path, values, *, transform=GRID, crs="EPSG:4544", **options):
    values = np.asarray(values)
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": values.dtype.name}
    profile = {"driver": "GTiff", "transform": transform, "crs": crs, "nodata": np.nan, **shape, **options}
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values, 1)
    return path


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(2)
    z = np.cumsum(rng.normal(size=(40, 50)), axis=1).astype(np.float32)
    z[:, 20] = np.nan
    write_dem(tmp_path / "dem.tif", z)
    points = gpd.GeoDataFrame(
        {"wait": [0.0, 5.0], "bad": [-1.0, 2.0]},
        geometry=[Point(500_100, 3_099_700), Point(501_000, 3_099_000)],
        crs="EPSG:4544",
    )
    points.to_crs(4326).to_file(tmp_path / "points.gpkg")
    roads = gpd.GeoDataFrame(
        {"highway": ["primary"]}, geometry=[LineString([(500_000, 3_099_700), (501_500, 3_099_700)])], crs="EPSG:4544"
    )
    roads.to_file(tmp_path / "roads.gpkg")
    river = gpd.GeoDataFrame(geometry=[LineString([(500_400, 3_100_000), (500_400, 3_098_800)])], crs="EPSG:4544")
    river.to_file(tmp_path / "river.gpkg")
    return tmp_path


def run(folder, *arguments):
    paths = [str(folder / a) if str(a).endswith((".tif", ".gpkg", ".geojson", ".toml")) else str(a) for a in arguments]
    return cli.main(["travel-time", *paths])


def test_minutes_are_a_float32_cog_on_the_dems_grid(folder, capsys):
    assert run(folder, "dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--nearest", "n.tif") == 0
    assert capsys.readouterr().out.splitlines() == [str(folder / "t.tif"), str(folder / "n.tif")]
    dem = read_raster(folder / "dem.tif")
    expected = travel_time(dem, gpd.read_file(folder / "points.gpkg"), nearest=True)
    with rasterio.open(folder / "t.tif") as out, rasterio.open(folder / "n.tif") as owners:
        assert out.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (out.dtypes[0], out.transform, out.crs) == ("float32", GRID, dem.rio.crs)
        assert np.isnan(out.nodata)
        assert out.tags()["UNITS"] == "minutes"
        assert out.tags()["POINT_COUNT"] == "2"
        np.testing.assert_array_equal(out.read(1), expected.values)
        assert (owners.dtypes[0], owners.nodata) == ("int32", -1)
        np.testing.assert_array_equal(owners.read(1), expected["nearest"].values)


def test_same_input_same_bytes(folder):
    for name in ("a.tif", "b.tif"):
        assert run(folder, "dem.tif", "--from", "points.gpkg", "--out", name, "--limit", "20") == 0
    assert (folder / "a.tif").read_bytes() == (folder / "b.tif").read_bytes()


def test_a_car_is_faster_and_cut_roads_are_told(folder, capsys):
    base = ["dem.tif", "--from", "points.gpkg", "--roads", "roads.gpkg"]
    assert run(folder, *base, "--out", "walk.tif") == 0
    assert run(folder, *base, "--out", "car.tif", "--mode", "car") == 0
    walk, car = read_raster(folder / "walk.tif").values, read_raster(folder / "car.tif").values
    assert (car[np.isfinite(car)] <= walk[np.isfinite(car)] + 1e-5).all()
    assert car[10, 45] == pytest.approx(42 * 30 / 50_000 * 60, rel=1e-4)
    capsys.readouterr()
    cut = [*base, "--mode", "car", "--barriers", "river.gpkg", "--out", "cut.tif"]
    assert run(folder, *cut, "--direction", "to", "--start-column", "wait") == 0
    assert "1 roads interrupted at barriers" in capsys.readouterr().err


def test_heights_in_feet_are_metres(folder):
    z = np.tile(np.arange(6, dtype=np.float32) * 30, (4, 1))
    write_dem(folder / "m.tif", z)
    path = write_dem(folder / "ft.tif", z / 0.3048)
    with rasterio.open(path, "r+") as dataset:
        dataset.set_band_unit(1, "ft")
    gpd.GeoDataFrame(geometry=[Point(500_010, 3_099_990)], crs="EPSG:4544").to_file(folder / "one.gpkg")
    for name in ("m", "ft"):
        assert run(folder, f"{name}.tif", "--from", "one.gpkg", "--out", f"{name}_t.tif") == 0
    np.testing.assert_allclose(read_raster(folder / "ft_t.tif"), read_raster(folder / "m_t.tif"), rtol=1e-5)


def refused(folder, capsys, *arguments):
    before = sorted(path.name for path in folder.iterdir())
    assert run(folder, *arguments) == 2
    assert sorted(path.name for path in folder.iterdir()) == before
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def with_roads(folder, name, **columns):
    frame = gpd.GeoDataFrame(
        columns, geometry=[LineString([(500_000, 3_099_700), (501_000, 3_099_700)])], crs="EPSG:4544"
    )
    frame.to_file(folder / name)
    return name


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"speed_kmh": [0.0]}, "bad.gpkg: speed_kmh of row 1 is 0, but"),
        ({"speed_kmh": [-5.0]}, "speed_kmh of row 1 is -5, but"),
        ({"speed_kmh": ["fast"]}, "speed_kmh of row 1 is 'fast', but"),
        ({"highway": ["canal"]}, "unknown road class 'canal'"),
    ],
)
def test_bad_roads_are_named(folder, capsys, columns, words):
    with_roads(folder, "bad.gpkg", **columns)
    arguments = ["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--roads", "bad.gpkg"]
    for mode in ("car", "walk"):
        assert words in refused(folder, capsys, *arguments, "--mode", mode)


@pytest.mark.parametrize("columns", [{"speed_kmh": [np.nan]}, {"highway": [None], "lanes": [2]}, {"lanes": [2]}])
def test_roads_without_a_class_are_village_roads_as_in_a_network(folder, columns):
    with_roads(folder, "plain.gpkg", **columns)
    arguments = ["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--roads", "plain.gpkg", "--mode", "car"]
    assert run(folder, *arguments) == 0
    with rasterio.open(folder / "t.tif") as minutes:
        # From the cell of the first point 29 cells of 30 m east, at 20 km/h.
        assert minutes.read(1)[10, 32] == pytest.approx(60 * 0.87 / 20, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["dem.tif", "--from", "nothing.gpkg", "--out", "t.tif"], "no file"),
        (["nothing.tif", "--from", "points.gpkg", "--out", "t.tif"], "no"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--mode", "fly"], "mode is 'fly'"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--direction", "up"], "direction is 'up'"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--limit", "-1"], "limit_minutes is -1"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--path-factor", "0"], "path_factor is 0"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--start-column", "x"], "no such column"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--start-column", "bad"], "zero or more"),
        (["dem.tif", "--from", "points.gpkg", "--out", "dem.tif"], "same file"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--nearest", "t.tif"], "same file"),
        (["dem.tif", "--from", "points.gpkg", "--out", "dem.tif/t.tif"], "cannot write"),
        (["dem.tif", "--from", "roads.gpkg", "--out", "t.tif"], "must be points"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--roads", "points.gpkg"], "must be lines"),
        (["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--barriers", "points.gpkg"], "must be lines"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(folder, capsys, arguments, words):
    assert words in refused(folder, capsys, *arguments)


def test_sources_outside_or_on_nodata(folder, capsys):
    far = gpd.GeoDataFrame(geometry=[Point(400_000, 3_099_700)], crs="EPSG:4544")
    far.to_file(folder / "far.gpkg")
    void = gpd.GeoDataFrame(geometry=[Point(500_000 + 20.5 * 30, 3_099_700)], crs="EPSG:4544")
    void.to_file(folder / "void.gpkg")
    arguments = ["--out", "t.tif", "--from"]
    assert "1 of 1 sources lie outside the DEM" in refused(folder, capsys, "dem.tif", *arguments, "far.gpkg")
    assert "source 0 lies on nodata" in refused(folder, capsys, "dem.tif", *arguments, "void.gpkg")
    assert run(folder, "dem.tif", *arguments, "void.gpkg", "--max-snap", "40") == 0
    assert "1 points moved" in capsys.readouterr().err


def test_lines_without_a_crs(folder, capsys):
    bare = gpd.GeoDataFrame({"speed_kmh": [20.0]}, geometry=[LineString([(500_000, 3_099_700), (501_000, 3_099_700)])])
    for name in ("bare.gpkg", "bare.shp"):
        with pytest.warns(UserWarning, match="'crs' was not provided"):
            bare.to_file(folder / name)
        arguments = ["dem.tif", "--from", "points.gpkg", "--out", "t.tif", "--roads"]
        assert "CRS" in refused(folder, capsys, *arguments, folder / name)


def test_a_geographic_dem_works_as_it_is(folder):
    write_dem(folder / "geo.tif", np.zeros((20, 20), np.float32), transform=Affine(0.001, 0, 105, 0, -0.001, 28),
              crs="EPSG:4326")  # fmt: skip
    gpd.GeoDataFrame(geometry=[Point(105.0105, 27.9895)], crs="EPSG:4490").to_file(folder / "geo.gpkg")
    assert run(folder, "geo.tif", "--from", "geo.gpkg", "--out", "geo_t.tif") == 0
    minutes = read_raster(folder / "geo_t.tif").values
    assert minutes[10, 10] == 0
    assert minutes[9, 10] > minutes[10, 11] > 0


def test_a_stretched_projection_is_told(folder, capsys):
    write_dem(folder / "web.tif", np.zeros((9, 9), np.float32), transform=Affine(30, 0, 11_710_000, 0, -30, 3_250_000),
              crs="EPSG:3857")  # fmt: skip
    gpd.GeoDataFrame(geometry=[Point(11_710_100, 3_249_900)], crs="EPSG:3857").to_file(folder / "web.gpkg")
    assert run(folder, "web.tif", "--from", "web.gpkg", "--out", "web_t.tif") == 0
    assert "1.14 times their length" in capsys.readouterr().err
    assert run(folder, "dem.tif", "--from", "points.gpkg", "--out", "t.tif") == 0
    assert "times their length" not in capsys.readouterr().err
