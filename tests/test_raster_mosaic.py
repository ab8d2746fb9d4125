"""Tiles on one grid: each judged alone, none hides another's heights, and what is missing stays where it was."""

import importlib

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from pyproj import Transformer
from raster_files import write

from nanyi_gis.dem import load_dem
from nanyi_gis.errors import DataError
from nanyi_gis.raster import Grid, RasterFile, mosaic, refuse_other_unit
from nanyi_gis.study import load_study

STEP = 100.0
WEST, NORTH = 560_000.0, 3_120_000.0


def plane(x, y):
    return 1000 + 0.01 * (x - WEST) - 0.004 * (y - NORTH)


def centres(transform, shape):
    x = transform.c + transform.a * (np.arange(shape[1]) + 0.5)
    y = transform.f + transform.e * (np.arange(shape[0]) + 0.5)
    return np.meshgrid(x, y)


def tile(path, *, left=0, width=60, height=80, code=np.nan, rim=0, factor=1.0, shift=0.0, crs="EPSG:4544", **declared):
    """Write a tile whose left edge lies ``left`` cells from the west; a rim of cells holds a code."""
    transform = Affine(STEP, 0, WEST + left * STEP + shift, 0, -STEP, NORTH + shift)
    x, y = centres(transform, (height, width))
    if crs != "EPSG:4544":
        x, y = Transformer.from_crs(4544, crs, always_xy=True).transform(x, y)
        transform = Affine(STEP, 0, x.min() - STEP / 2, 0, -STEP, y.max() + STEP / 2)
        height, width = int(np.ptp(y) / STEP) + 1, int(np.ptp(x) / STEP) + 1
        x, y = Transformer.from_crs(crs, 4544, always_xy=True).transform(*centres(transform, (height, width)))
    values = (plane(x, y) / factor).astype("float32")
    if rim:
        values[:, :rim] = values[:, -rim:] = values[:rim] = values[-rim:] = code
    return write(path, values, transform=transform, crs=crs, **declared)


def joined(*paths, resolution=STEP, left=0, right=110, **kept):
    grid = Grid.from_bounds(
        (WEST + left * STEP, NORTH - 80 * STEP, WEST + right * STEP, NORTH), resolution=resolution, crs="EPSG:4544"
    )
    return grid, mosaic([RasterFile.of(path, **kept) for path in paths], grid)


def away(grid, values):
    """Return how far values are from the plane, NaN where there is none."""
    return np.abs(values - plane(*centres(grid.transform, grid.shape)))


def test_tiles_are_converted_each_from_its_own_unit(tmp_path):
    paths = tile(tmp_path / "m.tif"), tile(tmp_path / "ft.tif", left=50, factor=0.3048, unit="ft")
    grid, made = joined(*paths)
    assert away(grid, made.values).max() < 0.01
    assert [t.unit for t in made.tiles] == ["", "foot"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("code", [-9999, -32768, -3.4e38])
def test_tiles_have_each_their_own_nodata(tmp_path, code, order):
    pair = (
        tile(tmp_path / "a.tif", code=code, rim=4, nodata=code),
        tile(tmp_path / "b.tif", left=48, code=-9999, rim=4),
    )  # fmt: skip
    grid, made = joined(*(pair[i] for i in order))
    inner = away(grid, made.values)[6:-6, 6:-8]
    assert np.nanmax(inner) < 0.01
    assert not np.isnan(inner).any()


@pytest.mark.parametrize("rim", [1, 20])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_rim_of_zeros_never_hides_a_neighbour(tmp_path, rim, order):
    pair = tile(tmp_path / "a.tif", width=70, code=0, rim=rim), tile(tmp_path / "b.tif", left=70 - 2 * rim, width=90)
    grid, made = joined(*(pair[i] for i in order), left=rim + 1, right=150 - 2 * rim)
    part = made.values[rim + 1 : -(rim + 1)]
    inner = away(grid, made.values)[rim + 1 : -(rim + 1)]
    assert np.nanmax(inner) < 0.01
    assert not np.isnan(part).any()
    assert any(found.zeros_look_missing for found in made.findings)


def test_a_tile_of_zeros_yields_to_one_with_heights(tmp_path):
    zeros = write(tmp_path / "z.tif", np.zeros((80, 60), "float32"), transform=Affine(STEP, 0, WEST, 0, -STEP, NORTH))
    grid, made = joined(zeros, tile(tmp_path / "b.tif", width=110))
    assert away(grid, made.values).max() < 0.01


def test_a_shore_stays_at_zero(tmp_path):
    transform = Affine(STEP, 0, WEST, 0, -STEP, NORTH)
    sea = np.maximum(np.add.outer(np.zeros(80), np.arange(110.0) * 4 - 200), 0).astype("float32")
    paths = [write(tmp_path / f"{n}.tif", sea, transform=transform) for n in "ab"]
    _, made = joined(*paths)
    assert (made.values[:, :49] == 0).all()
    assert not made.findings[0].zeros_look_missing


def test_a_tile_off_the_lattice_and_one_in_another_zone(tmp_path):
    paths = (
        tile(tmp_path / "gk.tif"),
        tile(tmp_path / "off.tif", left=40, width=40, shift=33.0),
        tile(tmp_path / "utm.tif", left=70, width=50, crs="EPSG:32648"),
    )
    grid, made = joined(*paths)
    assert len(made.method.split("+")) == 1
    inner = away(grid, made.values)[4:-4, 2:-2]
    assert not np.isnan(inner).any()
    assert inner.max() < 0.05


def test_one_tile_in_feet_without_a_word_is_refused_alone(tmp_path):
    study = load_study()
    known = RasterFile.of(study.dem)
    heights = known.read(slice(600, 900), slice(600, 900))
    corner = known.grid.window(slice(600, 900), slice(600, 900)).transform
    right = corner * Affine.translation(300, 0)
    beside = known.read(slice(600, 900), slice(900, 1200))
    good = write(tmp_path / "good.tif", np.nan_to_num(heights, nan=-9999), transform=corner, nodata=-9999)
    feet = write(tmp_path / "feet.tif", np.nan_to_num(beside, nan=-9999) / 0.3048, transform=right)
    refuse_other_unit(RasterFile.of(good), known)
    for tiles in ([good, feet], [feet, good]):
        with pytest.raises(DataError, match=r"feet\.tif declares no unit and seems to be in feet"):
            load_dem(tiles, study=study, least_coverage=0)


# resampling


def test_parts_give_what_one_piece_gives(tmp_path, monkeypatch):
    module = importlib.import_module("nanyi_gis.raster.mosaic")
    random = np.random.default_rng(5)
    values = random.normal(1000, 200, (200, 220)).astype("float32")
    values[random.random(values.shape) < 0.05] = np.nan
    file = write(tmp_path / "a.tif", values, transform=Affine(40, 0, WEST - 300, 0, -40, NORTH + 300))
    for resolution in (150.0, 33.0):
        grid = Grid.from_bounds((WEST, NORTH - 7000, WEST + 7000, NORTH), resolution=resolution, crs="EPSG:4544")
        monkeypatch.setattr(module, "_PART", 4096)
        whole = mosaic([RasterFile.of(file)], grid).values
        for side in (7, 16, 50):
            monkeypatch.setattr(module, "_PART", side)
            parts = mosaic([RasterFile.of(file)], grid).values
            np.testing.assert_array_equal(np.isnan(parts), np.isnan(whole))
            np.testing.assert_allclose(parts, whole, rtol=1e-5)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("declared", [np.nan, None, -9999])
def test_scattered_voids_do_not_spread(tmp_path, share, declared):
    random = np.random.default_rng(6)
    shape = (300, 300)
    gone = random.random(shape) < share
    code = -9999 if declared == -9999 else np.nan
    values = np.where(gone, code, 1000.0).astype("float32")
    file = write(tmp_path / "a.tif", values, transform=Affine(40, 0, WEST, 0, -40, NORTH), nodata=declared)
    inside = (WEST + 400, NORTH - 11_600, WEST + 11_600, NORTH - 400)
    coarse = mosaic([RasterFile.of(file)], Grid.from_bounds(inside, resolution=120, crs="EPSG:4544"))
    assert coarse.method == "average"
    # a mean of nine pixels is missing only if all nine are
    assert np.isnan(coarse.values).mean() <= share**9 + 4 * np.sqrt(share**9 / coarse.values.size) + 1e-4
    np.testing.assert_allclose(coarse.values[~np.isnan(coarse.values)], 1000, rtol=1e-6)
    same = mosaic([RasterFile.of(file)], Grid.from_bounds(inside, resolution=40, crs="EPSG:4544"))
    assert same.method == "cubic"
    before = gone[10:290, 10:290]
    after = np.isnan(same.values)
    # the grid is the file's own: at most the cells that were missing are so, within four standard errors
    assert after.mean() <= before.mean() + 4 * np.sqrt(share / before.size)
    np.testing.assert_allclose(same.values[~after], 1000, rtol=1e-5)


def test_averages_are_true(tmp_path):
    random = np.random.default_rng(7)
    values = random.integers(300, 1800, (120, 150)).astype("int16")
    values[10:20, 30:50] = -9999
    file = write(tmp_path / "a.tif", values, transform=Affine(50, 0, WEST, 0, -50, NORTH), nodata=-9999)
    grid = Grid("EPSG:4544", Affine(250, 0, WEST, 0, -250, NORTH), 30, 24)
    made = mosaic([RasterFile.of(file)], grid).values
    pixels = np.where(values == -9999, np.nan, values.astype(float)).reshape(24, 5, 30, 5)
    count = (~np.isnan(pixels)).sum(axis=(1, 3))
    total = np.nansum(pixels, axis=(1, 3))
    expected = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    np.testing.assert_array_equal(np.isnan(made), np.isnan(expected))
    np.testing.assert_allclose(made, expected, rtol=1e-5)


# suspicion


@pytest.fixture(scope="module")
def known():
    return RasterFile.of(load_study().dem)


def land(known, folder, *, factor=1.0, rows=slice(200, 800), columns=slice(200, 800), name="a.tif", **options):
    part = known.grid.window(rows, columns)
    heights = known.read(rows, columns) / factor
    return write(folder / name, heights.astype("float32"), transform=part.transform, nodata=np.nan, **options)


@pytest.mark.parametrize(
    ("factor", "unit"), [(0.3048, "feet"), (0.1, "decimetres"), (0.01, "centimetres"), (1000.0, "kilometres")]
)
def test_units_are_suspected_in_every_layout(tmp_path, known, factor, unit):
    plain = land(known, tmp_path, factor=factor)
    cog = tmp_path / "cog.tif"
    rasterio.shutil.copy(plain, cog, driver="COG", blocksize=128, overview_resampling="average")
    with rasterio.open(cog) as dataset:
        assert dataset.overviews(1)
    strip = land(known, tmp_path, factor=factor, name="strip.tif", rows=slice(600, 602))
    for path in (plain, cog, strip):
        with pytest.raises(DataError, match=f"seems to be in {unit}"):
            refuse_other_unit(RasterFile.of(path), known)
    refuse_other_unit(RasterFile.of(plain, unit="ft"), known)  # said by hand, so nothing to suspect


def test_metres_are_not_suspected_nor_land_elsewhere(tmp_path, known):
    refuse_other_unit(RasterFile.of(land(known, tmp_path)), known)
    far = write(
        tmp_path / "far.tif", np.full((20, 20), 4000, "int16"), crs=4326, transform=Affine(0.1, 0, 10, 0, -0.1, 46)
    )
    refuse_other_unit(RasterFile.of(far), known)


def test_a_country_in_feet_of_which_the_counties_are_a_corner(tmp_path, known):
    size = 6000
    west, north = 105.0, 28.9
    file = tmp_path / "big.tif"
    transform = Affine(0.002, 0, west, 0, -0.002, north)
    with rasterio.open(
        file, "w", driver="GTiff", height=size, width=size, count=1, dtype="int16", crs=4326, transform=transform,
        tiled=True, compress="deflate", nodata=-9999,
    ) as dataset:  # fmt: skip
        block = np.full((900, 900), -9999, "int16")
        there = Grid(4326, transform, 900, 900)
        x, y = np.meshgrid(there.columns(np.arange(900)), there.rows(np.arange(900)))
        column, row = known.grid.place(*Transformer.from_crs(4326, 4544, always_xy=True).transform(x, y))
        inside = (column >= 0) & (row >= 0) & (column < known.grid.width) & (row < known.grid.height)
        heights = known.read()
        found = heights[row[inside].astype(int), column[inside].astype(int)]
        block[inside] = np.where(np.isnan(found), -9999, np.rint(found / 0.3048))
        dataset.write(block, 1, window=((0, 900), (0, 900)))
    with pytest.raises(DataError, match="seems to be in feet"):
        refuse_other_unit(RasterFile.of(file), known)


def test_a_piece_of_a_few_kilometres_in_feet_is_suspected_by_its_relief(tmp_path, known):
    """Another survey of the same land: the relief is right, the single hills lie elsewhere."""
    rows, columns = slice(500, 600), slice(700, 800)
    other = known.read(rows, columns)[::-1, ::-1]
    part = known.grid.window(rows, columns)
    values = np.where(np.isnan(other), -9999, other / 0.3048).astype("float32")
    file = write(tmp_path / "piece.tif", values, transform=part.transform, nodata=-9999)
    with pytest.raises(DataError, match="seems to be in"):
        refuse_other_unit(RasterFile.of(file), known)
    plane = write(tmp_path / "plane.tif", np.full((100, 100), 3300, "float32"), transform=part.transform)
    refuse_other_unit(RasterFile.of(plane), known)
