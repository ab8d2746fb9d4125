import math
import os
import shutil
import subprocess

import numpy as np
import pytest
import rasterio
import xarray as xr
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import cbook
from pyproj import Geod, Transformer
from terrain_rasters import hills, raster

from nanyi_gis import io, terrain
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.raster import Grid

gradients = st.floats(-5, 5).map(lambda value: round(value, 3))
signs = st.sampled_from([-1, 1])
OPERATIONS = [terrain.slope, terrain.aspect, terrain.hillshade]


def azimuth_of_descent(east: float, north: float) -> float:
    return math.degrees(math.atan2(-east, -north)) % 360


def circular(a, b):
    off = np.abs(np.asarray(a, dtype=float) - b) % 360
    return np.minimum(off, 360 - off)


def test_slope_and_aspect_of_one_window_by_hand():
    # dz/deast = (120 - 118) / 40 = 0.05, dz/dnorth = (190 - 38) / 40 = 3.8
    dem = raster([[50, 45, 50], [30, 30, 30], [8, 10, 10]], step=(5, -5))
    assert float(terrain.slope(dem)[1, 1]) == pytest.approx(math.degrees(math.atan(math.hypot(0.05, 3.8))), abs=1e-5)
    assert float(terrain.aspect(dem)[1, 1]) == pytest.approx(180 + math.degrees(math.atan(0.05 / 3.8)), abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(east=gradients, north=gradients, sign_x=signs, sign_y=signs, width=st.sampled_from([10.0, 30.0, 47.5]))
def test_a_tilted_plane_has_its_closed_form_whichever_way_the_grid_runs(east, north, sign_x, sign_y, width):
    empty = raster(np.zeros((4, 5)), step=(sign_x * width, sign_y * 30.0))
    dem = empty + east * (empty.x - 5e5) + north * (empty.y - 3.1e6)
    dem = dem.transpose("y", "x")
    slope, aspect = terrain.slope(dem).values[1:-1, 1:-1], terrain.aspect(dem).values[1:-1, 1:-1]
    assert slope == pytest.approx(math.degrees(math.atan(math.hypot(east, north))), abs=1e-5)
    if math.hypot(east, north) > 0:
        assert circular(aspect, azimuth_of_descent(east, north)).max() < 1e-4
    assert ((aspect == -1) | ((aspect >= 0) & (aspect < 360))).all()


@pytest.mark.parametrize(("east", "north", "expected"), [(0, -1, 0), (-1, 0, 90), (0, 1, 180), (1, 0, 270)])
def test_aspect_is_clockwise_from_north(east, north, expected):
    y, x = np.mgrid[60:-1:-30, 0:61:30]
    assert float(terrain.aspect(raster(east * x + north * y))[1, 1]) == expected


def test_a_flat_cell_has_no_slope_and_aspect_minus_one():
    dem = raster(np.full((3, 4), 700, dtype="int16"))
    assert terrain.slope(dem).values[1, 1:3].tolist() == [0, 0]
    assert terrain.aspect(dem).values[1, 1:3].tolist() == [-1, -1]


@pytest.fixture(scope="module")
def jacksboro() -> np.ndarray:
    return cbook.get_sample_data("jacksboro_fault_dem.npz")["elevation"]


def gdaldem(mode: str, folder, values, *, step, nodata=None, options=()) -> np.ndarray:
    """Return what GDAL's own program makes of a DEM, NaN for nodata."""
    if shutil.which("gdaldem") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("gdaldem is missing on CI; install gdal-bin")
        pytest.skip("gdaldem (gdal-bin) is not installed")
    profile = {"driver": "GTiff", "count": 1, "height": values.shape[0], "width": values.shape[1], "nodata": nodata}
    source, target = folder / "dem.tif", folder / f"{mode}.tif"
    grid = Affine(step[0], 0, 5e5, 0, step[1], 4e6)
    with rasterio.open(source, "w", dtype=values.dtype.name, crs="EPSG:32617", transform=grid, **profile) as dataset:
        dataset.write(values, 1)
    subprocess.run(["gdaldem", mode, source, target, "-q", *options], check=True, capture_output=True)
    with rasterio.open(target) as dataset:
        found = dataset.read(1).astype(float)
        found[found == dataset.nodata] = np.nan
    return found


def with_voids(values, dtype):
    """Return real terrain with a void, a voided corner and a voided edge cell, as an array of ``dtype``."""
    voided = values.astype(dtype)
    for cell in ((100, 100), (0, 0), (200, -1), (50, 51)):
        voided[cell] = -9999
    return voided


@pytest.mark.parametrize("dtype", ["int16", "float32", "float64"])
@pytest.mark.parametrize("step", [(80.0, -80.0), (70.0, -92.0)])
def test_slope_agrees_with_gdaldem_on_real_terrain(jacksboro, tmp_path, dtype, step):
    values = with_voids(jacksboro, dtype)
    theirs = gdaldem("slope", tmp_path, values, step=step, nodata=-9999)
    ours = terrain.slope(io.read_raster(tmp_path / "dem.tif"))
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    assert np.nanmax(np.abs(ours.values - theirs)) <= 0.01
    assert ours.dtype == np.float32


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_aspect_agrees_with_gdaldem_on_real_terrain(jacksboro, tmp_path, dtype):
    values = with_voids(jacksboro, dtype)
    theirs = gdaldem("aspect", tmp_path, values, step=(80.0, -80.0), nodata=-9999)
    ours = terrain.aspect(io.read_raster(tmp_path / "dem.tif")).values
    flat = ours == -1
    assert flat.sum() > 0
    # gdaldem writes nodata where the ground is flat
    assert np.array_equal(np.isnan(ours) | flat, np.isnan(theirs))
    assert circular(ours, theirs)[~np.isnan(theirs)].max() <= 0.01


def test_hillshade_agrees_with_gdaldem_on_real_terrain(jacksboro, tmp_path):
    values = with_voids(jacksboro, "float32")
    options = ("-az", "300", "-alt", "35", "-z", "2")
    theirs = gdaldem("hillshade", tmp_path, values, step=(80.0, -80.0), nodata=-9999, options=options)
    ours = terrain.hillshade(io.read_raster(tmp_path / "dem.tif"), azimuth=300, altitude=35, z_factor=2).values
    assert np.array_equal(ours == 0, np.isnan(theirs))
    assert np.abs(ours - np.nan_to_num(theirs)).max() <= 1


@settings(max_examples=40, deadline=None)
@given(east=gradients, north=gradients, azimuth=st.integers(0, 359), altitude=st.integers(0, 90))
def test_hillshade_is_the_cosine_between_normal_and_sun(east, north, azimuth, altitude):
    y, x = np.mgrid[60:-1:-30, 0:61:30]
    shade = int(terrain.hillshade(raster(east * x + north * y), azimuth=azimuth, altitude=altitude)[1, 1])
    a, h = math.radians(azimuth), math.radians(altitude)
    sun = np.array([math.sin(a) * math.cos(h), math.cos(a) * math.cos(h), math.sin(h)])
    normal = np.array([-east, -north, 1.0]) / math.sqrt(east**2 + north**2 + 1)
    assert abs(shade - (1 + 254 * max(0.0, float(sun @ normal)))) <= 0.5 + 1e-6


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_outer_ring_and_windows_with_nodata_have_no_answer(operation):
    values = hills((7, 8))
    values[3, 4] = np.nan
    found = operation(raster(values)).values
    void = np.isnan(found) if found.dtype.kind == "f" else found == 0
    expected = np.ones((7, 8), dtype=bool)
    expected[1:-1, 1:-1] = False
    expected[2:5, 3:6] = True
    assert np.array_equal(void, expected)


@pytest.mark.parametrize(
    ("values", "nodata"),
    [
        (np.array([[1, 2, 3, 4], [1, -9999, 3, 4], [1, 2, 3, 4]], dtype="int16"), -9999),
        (np.array([[1, 2, 3, 4], [1, -9999, 3, 4], [1, 2, 3, 4]], dtype="int32"), -9999),
        (np.array([[1, 2, 3, 4], [1, -9999, 3, 4], [1, 2, 3, 4]], dtype="float32"), -9999),
        (np.array([[1, 2, 3, 4], [1, np.inf, 3, 4], [1, 2, 3, 4]], dtype="float64"), None),
    ],
)
def test_every_kind_of_nodata_counts(values, nodata):
    assert np.isnan(terrain.slope(raster(values, nodata=nodata))).all()
    assert np.isnan(terrain.aspect(raster(values, nodata=nodata))).all()
    assert (terrain.hillshade(raster(values, nodata=nodata)) == 0).all()


def test_an_unsigned_dem_without_nodata_is_read_as_it_is():
    values = np.tile(np.array([0, 30, 60, 90], dtype="uint8"), (3, 1))
    assert terrain.slope(raster(values)).values[1, 1:3].tolist() == [45, 45]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2)])
def test_rasters_too_small_for_a_window_have_no_answer(operation, shape):
    dem = raster(np.ones(shape)).rio.write_transform(Affine(30, 0, 499_985, 0, -30, 3_100_015))
    found = operation(dem)
    assert found.shape == shape
    assert (found == 0).all() if found.dtype.kind == "u" else np.isnan(found).all()


def test_an_all_nan_dem_gives_nan():
    assert np.isnan(terrain.slope(raster(np.full((5, 5), np.nan)))).all()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_result_keeps_the_grid_and_the_caller_keeps_the_dem(operation):
    dem = raster(hills((6, 7), void_share=0.05), nodata=-9999)
    dem.attrs["vertical"] = "EGM96"
    before = dem.copy(deep=True)
    found = operation(dem)
    xr.testing.assert_identical(dem, before)
    assert found.name == operation.__name__
    assert found.attrs["units"]
    assert found.rio.crs == dem.rio.crs
    assert found.rio.transform() == dem.rio.transform()
    assert found.rio.nodata == 0 if found.dtype == np.uint8 else np.isnan(found.rio.nodata)


@settings(max_examples=25, deadline=None)
@given(data=st.data(), seed=st.integers(0, 99), geographic=st.booleans())
def test_dask_blocks_give_the_same_bits(data, seed, geographic):
    pytest.importorskip("dask")
    shape = (23, 17)
    place = {"step": (0.01, -0.01), "origin": (105.0, 28.5), "crs": 4326} if geographic else {}
    dem = raster(hills(shape, seed=seed, void_share=0.02), **place)
    chunks = tuple(tuple(data.draw(parts(size))) for size in shape)
    for operation in OPERATIONS:
        whole, blocks = operation(dem), operation(dem.chunk({"y": chunks[0], "x": chunks[1]}))
        assert blocks.chunks == chunks
        assert np.array_equal(whole.values, blocks.values, equal_nan=whole.dtype.kind == "f")
        assert blocks.dtype == whole.dtype


@st.composite
def parts(draw, size):
    cuts = sorted(draw(st.sets(st.integers(1, size - 1), max_size=5)))
    return [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]


def test_dask_stays_lazy_and_takes_integers_with_nodata():
    array = pytest.importorskip("dask.array")
    values = hills((40, 40)).astype("int16")
    values[20, 20] = -9999
    dem = raster(values, nodata=-9999)
    lazy = terrain.slope(dem.chunk({"y": 16, "x": 16}))
    assert isinstance(lazy.data, array.Array)
    assert np.array_equal(lazy.values, terrain.slope(dem).values, equal_nan=True)


def test_many_strips_on_threads_equal_one_window_at_a_time():
    values = hills((1200, 2000))
    found = terrain.slope(raster(values)).values
    random = np.random.default_rng(1)
    for row, column in zip(random.integers(1, 1199, 50), random.integers(1, 1999, 50), strict=True):
        window = raster(values[row - 1 : row + 2, column - 1 : column + 2])
        assert found[row, column] == float(terrain.slope(window)[1, 1])


@pytest.mark.parametrize("latitude", [-89.9, -60.0, 0.0, 28.0, 75.0, 89.5])
def test_spacing_of_a_geographic_grid_is_the_geodesic_distance(latitude):
    step = 1 / 3600
    east, north = Grid.of(raster(np.zeros((3, 3)), step=(step, -step), origin=(105, latitude), crs=4326)).spacing()
    geod = Geod(ellps="WGS84")
    across = geod.line_length([105, 105 + step], [latitude - step] * 2)
    along = geod.line_length([105, 105], [latitude - 1.5 * step, latitude - 0.5 * step])
    assert east[1] == pytest.approx(across, rel=1e-7)
    assert north[1] == pytest.approx(-along, rel=1e-7)


@pytest.mark.parametrize("latitude", [-88.0, -55.0, 0.0, 28.0, 70.0, 89.0])
@pytest.mark.parametrize("south_up", [False, True])
def test_a_plane_over_the_ellipsoid_seen_in_degrees(latitude, south_up):
    step = 3 / 3600
    empty = raster(np.zeros((3, 3)), step=(step, step if south_up else -step), origin=(105, latitude), crs=4326)
    local = f"+proj=aeqd +lat_0={float(empty.y[1])} +lon_0={float(empty.x[1])} +ellps=WGS84"
    x, y = Transformer.from_crs(4326, local, always_xy=True).transform(*np.meshgrid(empty.x, empty.y))
    dem = empty + 0.3 * x - 0.4 * y
    assert float(terrain.slope(dem)[1, 1]) == pytest.approx(math.degrees(math.atan(0.5)), abs=1e-3)
    assert float(circular(terrain.aspect(dem)[1, 1], azimuth_of_descent(0.3, -0.4))) < 2e-3


def test_a_row_on_the_pole_has_no_slope():
    dem = raster(hills((5, 6)), step=(1.0, -1.0), origin=(0, 92 - 1.0), crs=4326)
    with pytest.raises(DataError, match=r"y reaches 91 degrees, but latitudes end at 90"):
        terrain.slope(dem)
    found = terrain.slope(raster(hills((5, 6)), step=(1.0, 1.0), origin=(0, 88), crs=4326)[:3])
    assert np.isfinite(found[1, 1:-1]).all()
    assert np.isnan(terrain.slope(raster(hills((3, 6)), step=(1.0, -1e-12), origin=(0, 90), crs=4326))).all()


def test_a_grid_in_feet_is_measured_in_metres():
    feet = np.tile([0, 100, 200], (3, 1))
    dem = raster(feet * 1200 / 3937, step=(100, -100), origin=(984_000, 200_000), crs="EPSG:2263")
    assert float(terrain.slope(dem)[1, 1]) == pytest.approx(45, abs=1e-5)


def test_the_coordinates_count_after_slicing_not_a_stale_transform():
    dem = raster(np.tile(np.arange(0, 300, 30.0), (9, 1))).rio.write_transform(Affine(30, 0, 0, 0, -30, 0))
    assert terrain.slope(dem[::2, ::2]).values[1, 1] == pytest.approx(45)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("dem", "words"),
    [
        (xr.DataArray(np.ones((3, 3)), dims=("y", "x")), "no CRS"),
        (raster(np.ones((3, 3))).rename(y="lat", x="lon"), "dimensions lat, lon"),
        (raster(np.ones((3, 3))).transpose("x", "y"), "dimensions x, y"),
        (raster(np.ones((0, 3))), "at least one cell"),
        (raster(np.ones((4, 4)))[:, [0, 1, 3]], "unevenly spaced x"),
        (raster(np.ones((3, 3)), crs=3857), "reproject the DEM"),
        (raster(np.ones((3, 3)).astype(bool)), "integers or floats"),
        (raster(np.ones((3, 3)), step=(0, -30)), "cell size of 0"),
        (raster(np.ones((3, 3)), crs="EPSG:4978"), "geographic or projected"),
    ],
)
def test_unfit_grids_are_refused(operation, dem, words):
    with pytest.raises(DataError, match=words):
        operation(dem)


def test_a_rotated_raster_is_refused(tmp_path):
    path = tmp_path / "rotated.tif"
    grid = Affine.translation(5e5, 3.1e6) * Affine.rotation(20) * Affine.scale(30, -30)
    with rasterio.open(
        path, "w", driver="GTiff", width=4, height=4, count=1, dtype="float32", crs=4544, transform=grid
    ) as dataset:
        dataset.write(np.ones((1, 4, 4), dtype="float32"))
    with pytest.raises(DataError, match="rotated"):
        terrain.slope(io.read_raster(path))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"altitude": 91}, "altitude is 91"),
        ({"altitude": -1}, "altitude is -1"),
        ({"azimuth": math.nan}, "azimuth is nan"),
        ({"z_factor": 0}, "z_factor is 0"),
    ],
)
def test_hillshade_refuses_impossible_suns(options, words):
    with pytest.raises(ParameterError, match=words):
        terrain.hillshade(raster(np.ones((3, 3))), **options)
