"""Loading a DEM: what comes out is the land that went in, or one line that says why not."""

import re
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pyproj
import pytest
import rasterio
import rasterio.shutil
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.crs import CRS
from rasterio.features import rasterize

from nanyi_gis.dem import load_dem
from nanyi_gis.dem.voids import fill_voids
from nanyi_gis.errors import DataError, NanyiError, ParameterError
from nanyi_gis.io import data_file, sha256
from nanyi_gis.raster import RasterFile, group_tiles, window_of
from nanyi_gis.study import load_study
from nanyi_gis.terrain import band_areas, elevation_bands

SHARED = Path(__file__).parents[2] / "shared"
REFERENCE = SHARED / "data/dem/reference_dem_15s.tif"
CELL = 250.0


@pytest.fixture(scope="module")
def study():
    return load_study()


@pytest.fixture(scope="module")
def frame(study):
    """Transform and shape of a raster that reaches 10 km beyond the counties, off the working grid's lines."""
    west, south, east, north = study.bounds
    transform = Affine(CELL, 0, west - 10_017, 0, -CELL, north + 10_033)
    return transform, (int((north - south + 20_000) / CELL) + 1, int((east - west + 20_000) / CELL) + 1)


def centres(transform, shape):
    x = transform.c + transform.a * (np.arange(shape[1]) + 0.5)
    y = transform.f + transform.e * (np.arange(shape[0]) + 0.5)
    return np.meshgrid(x, y)


def plane(x, y):
    """Rise 4 m a km eastward and fall 3 m a km northward, about 1,000 m in the middle."""
    return 1000 + 0.004 * (x - 574_000) - 0.003 * (y - 3_108_000)


def write(path, values, transform, *, crs="EPSG:4544", nodata=None, unit=None, scale=None, tags=None):
    profile = {
        "driver": "GTiff",
        "height": values.shape[-2],
        "width": values.shape[-1],
        "count": 1 if values.ndim == 2 else values.shape[0],
        "dtype": values.dtype,
        "crs": crs,
        "transform": transform,
        "nodata": nodata,
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values[None] if values.ndim == 2 else values)
        if unit:
            dataset.units = [unit]
        if scale:
            dataset.scales = [scale]
        dataset.update_tags(**(tags or {}))
    return path


def write_vrt(path, source):
    """Write a virtual raster over one file by hand, with a name relative to nothing."""
    with rasterio.open(source) as dataset:
        width, height, transform = dataset.width, dataset.height, dataset.transform
        crs, dtype = dataset.crs.to_wkt(), {"float32": "Float32", "int16": "Int16"}[dataset.dtypes[0]]
    numbers = ", ".join(repr(float(number)) for number in transform.to_gdal())
    path.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>{escape(crs)}</SRS>'
        f'<GeoTransform>{numbers}</GeoTransform><VRTRasterBand dataType="{dtype}" band="1">'
        f"<NoDataValue>-32768</NoDataValue><SimpleSource><SourceFilename>{source.resolve()}</SourceFilename>"
        f"<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def plane_file(tmp_path, frame):
    return write(tmp_path / "plane.tif", plane(*centres(*frame)).astype("float32"), frame[0])


def test_a_plane_comes_back_exactly_on_a_finer_grid(plane_file, study):
    dem = load_dem(plane_file, study=study, resolution=100)
    x, y = np.meshgrid(dem.x, dem.y)
    assert dem.name == "elevation"
    assert dem.dtype == np.float32
    assert dem.dims == ("y", "x")
    assert np.abs(dem.values - plane(x, y)).max() < 0.01
    assert dem.rio.crs == CRS.from_epsg(4544)
    assert dem.rio.resolution() == (100.0, -100.0)
    assert dem.rio.transform() == study.grid(100, margin_m=6000).transform
    assert dem.attrs["demonstration"] is False


def test_its_own_resolution_is_kept_but_not_finer_than_30_m(plane_file, study, tmp_path, frame):
    assert load_dem(plane_file, study=study).rio.resolution()[0] == CELL
    fine = study.grid(25, margin_m=6500)
    file = write(tmp_path / "fine.tif", np.full(fine.shape, 900, "int16"), fine.transform)
    dem = load_dem(file, study=study)
    assert dem.rio.resolution()[0] == 30
    assert dem.attrs["report"]["resampling"] == "cubic"


def test_coarser_cells_are_means_of_the_pixels_they_cover(study, tmp_path):
    fine = study.grid(125, margin_m=7000)
    rng = np.random.default_rng(1)
    values = rng.integers(500, 1500, fine.shape).astype("int16")
    dem = load_dem(write(tmp_path / "a.tif", values, fine.transform), study=study, resolution=500)
    assert dem.attrs["report"]["resampling"] == "average"
    i = round((fine.transform.f - (dem.y.values[40] + 250)) / 125)
    j = round((dem.x.values[60] - 250 - fine.transform.c) / 125)
    assert dem.values[40, 60] == pytest.approx(values[i : i + 4, j : j + 4].mean(), abs=0.01)


def test_geographic_tiles_of_srtm_join_without_a_seam(study, tmp_path):
    names = ["N27E105", "N27E106", "N28E105", "N28E106"]
    for name in names:
        south, west = int(name[1:3]), int(name[4:7])
        latitude = south + 1 - np.arange(1201)[:, None] / 1200
        longitude = west + np.arange(1201)[None] / 1200
        heights = np.rint(1000 + 300 * (latitude - 28) + 200 * (longitude - 105.75))
        heights[600, 600] = -32768 if name == "N27E105" else heights[600, 600]
        (tmp_path / f"{name}.hgt").write_bytes(heights.astype(">i2").tobytes())
    dem = load_dem([tmp_path / f"{name}.hgt" for name in names], study=study, resolution=200)
    to_degrees = pyproj.Transformer.from_crs(4544, 4326, always_xy=True)
    longitude, latitude = to_degrees.transform(*np.meshgrid(dem.x, dem.y))
    expected = 1000 + 300 * (latitude - 28) + 200 * (longitude - 105.75)
    assert np.abs(dem.values - expected).max() < 1.5
    report = dem.attrs["report"]
    assert [source["name"] for source in report["sources"]] == [f"{name}.hgt" for name in names]
    assert report["vertical_datum"].startswith("EGM96")
    assert report["sources"][0]["driver"] == "SRTMHGT"
    assert report["sources"][0]["nodata"] == -32768
    assert report["sources"][0]["pixel_m"] == pytest.approx(87, abs=1)


def test_tiles_the_first_counts_where_they_overlap_whatever_their_crs(plane_file, study, tmp_path, frame):
    transform, _ = frame
    high = np.full((60, 60), 1234, "int16")
    same_grid = write(tmp_path / "patch.tif", high, transform * Affine.translation(200, 200))
    x, y = transform * (230, 230)
    first = load_dem([same_grid, plane_file], study=study)
    last = load_dem([plane_file, same_grid], study=study)
    assert first.sel(x=x, y=y, method="nearest") == pytest.approx(1234)
    assert last.sel(x=x, y=y, method="nearest") == pytest.approx(plane(x, y), abs=2)
    lon, lat = pyproj.Transformer.from_crs(4544, 4326, always_xy=True).transform(x, y)
    degrees = write(tmp_path / "deg.tif", high, Affine(0.002, 0, lon - 0.06, 0, -0.002, lat + 0.06), crs="EPSG:4326")
    mixed = load_dem([degrees, plane_file], study=study)
    assert mixed.sel(x=x, y=y, method="nearest") == pytest.approx(1234)
    assert np.isfinite(mixed.values).all()


def test_a_vrt_and_a_path_with_spaces_in_chinese(plane_file, study, tmp_path):
    folder = tmp_path / "高程 数据"
    folder.mkdir()
    moved = folder / "南翼 地形.tif"
    moved.write_bytes(plane_file.read_bytes())
    vrt = write_vrt(folder / "拼接 图.vrt", moved)
    direct, through = load_dem(moved, study=study, resolution=500), load_dem(vrt, study=study, resolution=500)
    np.testing.assert_array_equal(direct.values, through.values)
    assert through.attrs["report"]["sources"][0] | {"sha256": ""} == {
        "name": "拼接 图.vrt",
        "sha256": "",
        "driver": "VRT",
        "crs": "EPSG:4544",
        "pixel_m": CELL,
        "nodata": -32768.0,
        "nodata_declared": True,
        "unit": "metre",
        "unit_declared": False,
        "vertical_datum": "unknown",
    }


@pytest.mark.parametrize(
    ("unit", "factor", "name"),
    [("ft", 0.3048, "foot"), ("us-ft", 1200 / 3937, "US survey foot"), ("dm", 0.1, "decimetre")],
)
def test_a_declared_unit_is_converted_and_said(study, tmp_path, frame, unit, factor, name):
    heights = plane(*centres(*frame))
    file = write(tmp_path / "u.tif", (heights / factor).astype("float32"), frame[0], unit=unit)
    dem = load_dem(file, study=study, resolution=500)
    assert dem.attrs["report"]["converted_from"] == name
    x, y = np.meshgrid(dem.x, dem.y)
    assert np.abs(dem.values - plane(x, y)).max() < 0.05


def test_scale_and_the_unit_given_by_hand(study, tmp_path, frame):
    heights = plane(*centres(*frame))
    scaled = write(tmp_path / "s.tif", np.rint(heights * 10).astype("int16"), frame[0], unit="m", scale=0.1)
    by_hand = write(tmp_path / "h.tif", (heights * 10).astype("float32"), frame[0])
    for dem in (
        load_dem(scaled, study=study, resolution=500),
        load_dem(by_hand, study=study, resolution=500, vertical_unit="dm"),
    ):
        x, y = np.meshgrid(dem.x, dem.y)
        assert np.abs(dem.values - plane(x, y)).max() < 0.1


@pytest.mark.parametrize(("factor", "unit"), [(3.28084, "feet"), (10, "decimetres"), (100, "centimetres")])
def test_an_undeclared_unit_is_suspected_and_refused(study, tmp_path, frame, factor, unit):
    file = write(tmp_path / "u.tif", (plane(*centres(*frame)) * factor).astype("float32"), frame[0])
    with pytest.raises(DataError, match=rf"seems to be in {unit}: its median .* times the .* m expected") as caught:
        load_dem(file, study=study, resolution=500)
    assert "\n" not in str(caught.value)


def test_compound_crs_gives_datum_and_unit(study, tmp_path, frame):
    heights = plane(*centres(*frame))
    egm = write(tmp_path / "e.tif", heights.astype("float32"), frame[0], crs="EPSG:4544+5773")
    report = load_dem(egm, study=study, resolution=500).attrs["report"]
    assert report["vertical_datum"] == "EGM96 height"
    assert report["sources"][0]["crs"] == "EPSG:4544"
    assert (
        RasterFile.of(write(tmp_path / "n.tif", heights.astype("float32"), frame[0], crs="EPSG:4544+8228")).unit
        == "foot"
    )
    tagged = write(tmp_path / "t.tif", heights.astype("float32"), frame[0], tags={"VERTICAL_DATUM": "EGM2008"})
    assert RasterFile.of(tagged).vertical_datum == "EGM2008"


def test_voids_small_ones_are_filled_large_ones_left_and_both_counted(study, tmp_path):
    grid = study.grid(CELL, margin_m=8000)
    heights = plane(*centres(grid.transform, grid.shape)).astype("float32")
    heights[100:103, 100:103] = -9999
    heights[150, 180] = -9999
    heights[180:200, 200:220] = -9999
    file = write(tmp_path / "v.tif", heights, grid.transform, nodata=-9999)
    dem = load_dem(file, study=study, max_void_km2=1.0)
    report = dem.attrs["report"]
    cell = CELL**2 / 1e6
    assert (report["voids"], report["voids_filled"]) == (3, 2)
    assert report["voids_filled_km2"] == pytest.approx(10 * cell)
    assert report["voids_left_km2"] == pytest.approx(400 * cell)
    assert report["covered"] == pytest.approx(1 - 400 * cell / (study.counties.area.sum() / 1e6), abs=1e-4)
    x, y = np.meshgrid(dem.x, dem.y)
    assert np.isnan(dem.values).sum() == 400
    assert np.nanmax(np.abs(dem.values - plane(x, y))) < 0.01
    assert np.isfinite(load_dem(file, study=study, max_void_km2=30).values).all()


def test_an_undeclared_code_for_missing_cells_is_found(study, tmp_path, frame):
    heights = plane(*centres(*frame)).astype("int16")
    heights[100:105, 100:105] = -32768
    dem = load_dem(write(tmp_path / "v.tif", heights, frame[0]), study=study)
    source = dem.attrs["report"]["sources"][0]
    assert (source["nodata"], source["nodata_declared"]) == (None, False)
    assert source["missing"] == {"customary code": 25}
    assert "customary code: 25" in dem.attrs["report"]["notes"][0]
    assert np.nanmin(dem.values) > 500


def test_what_does_not_cover_the_counties_is_refused_with_the_share(study, tmp_path, frame):
    transform, shape = frame
    heights = plane(*centres(*frame)).astype("float32")
    file = write(tmp_path / "half.tif", heights[:, : shape[1] // 2], transform)
    with pytest.raises(DataError, match=r"covers \d+\.\d % of the counties; [\d,]+ km2 are missing") as caught:
        load_dem(file, study=study)
    share = float(re.search(r"covers ([\d.]+) %", str(caught.value))[1])
    missing = float(re.search(r"([\d,]+) km2", str(caught.value))[1].replace(",", ""))
    edge = transform.c + CELL * (shape[1] // 2)
    west, south, _, north = study.bounds
    kept = study.counties.geometry.clip_by_rect(west, south, edge, north).area.sum() / study.counties.area.sum()
    assert share == pytest.approx(100 * kept, abs=0.5)
    assert missing == pytest.approx((1 - kept) * 6160, rel=0.02)
    far = write(tmp_path / "far.tif", heights, Affine(0.01, 0, 10, 0, -0.01, 50), crs="EPSG:4326")
    with pytest.raises(DataError, match=r"covers 0\.0 % of the counties; 6,1\d\d km2 are missing"):
        load_dem(far, study=study)


def test_a_damaged_file_is_said_to_be_damaged(study, tmp_path, frame):
    heights = np.random.default_rng(1).normal(900, 100, frame[1]).astype("float32")
    write(tmp_path / "whole.tif", heights, frame[0])
    half = tmp_path / "half.tif"
    rasterio.shutil.copy(tmp_path / "whole.tif", half, driver="COG")  # its directory stands first
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    vrt = write_vrt(tmp_path / "tiles.vrt", tmp_path / "whole.tif")
    vrt.write_text(vrt.read_text(encoding="utf-8").replace("whole.tif", "gone.tif"), encoding="utf-8")
    for path in (half, vrt):
        with pytest.raises(DataError, match=f"{path.name} cannot be read to the end"):
            load_dem(path, study=study, resolution=500)
    with pytest.raises(DataError, match=r"half\.tif cannot be read to the end"):
        load_dem([tmp_path / "whole.tif", half], study=study, resolution=500)


def test_files_that_are_no_dem(study, tmp_path, frame, plane_file):
    transform, shape = frame
    heights = plane(*centres(*frame)).astype("float32")
    (tmp_path / "notes.txt").write_text("900 m")
    broken = tmp_path / "broken.tif"
    broken.write_bytes(plane_file.read_bytes()[:5000])
    cases = [
        (tmp_path / "none.tif", r"no file .*none\.tif"),
        (tmp_path, "is a folder"),
        (tmp_path / "notes.txt", "is no raster that GDAL reads"),
        (broken, "broken.tif"),
        (write(tmp_path / "two.tif", np.stack([heights, heights]), transform), "has 2 bands"),
        (write(tmp_path / "empty.tif", np.full(shape, -9999, "float32"), transform, nodata=-9999), "only nodata"),
        (write(tmp_path / "nan.tif", np.full(shape, np.nan, "float32"), transform, nodata=np.nan), "only nodata"),
        (write(tmp_path / "code.tif", np.full(shape, 20000, "float32"), transform, unit="m"), "land lies between"),
    ]
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning):
        cases.append((write(tmp_path / "bare.tif", heights, Affine.identity(), crs=None), "has no CRS"))
    for path, message in cases:
        with pytest.raises(DataError, match=message) as caught:
            load_dem(path, study=study, resolution=500)
        assert "\n" not in str(caught.value)
    with pytest.raises(ParameterError, match="list of DEM files is empty"):
        load_dem([], study=study)


@pytest.mark.parametrize("resolution", [0, -30, float("nan"), 1, 50_000, "wide"])
def test_absurd_resolutions_are_refused_before_work(plane_file, study, resolution):
    with pytest.raises(ParameterError, match="resolution"):
        load_dem(plane_file, study=study, resolution=resolution)


def test_options_out_of_range(plane_file, study):
    for options in ({"max_void_km2": -1}, {"least_coverage": -0.1}, {"vertical_unit": "cubit"}):
        with pytest.raises(NanyiError):
            load_dem(plane_file, study=study, resolution=500, **options)


def test_dask_progress_and_the_file_left_alone(plane_file, study):
    before, seen = sha256(plane_file), []
    eager = load_dem(plane_file, study=study, resolution=500, progress=seen.append)
    lazy = load_dem(plane_file, study=study, resolution=500, chunks=64)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert lazy.chunks is not None
    assert lazy.attrs["report"] == eager.attrs["report"]
    np.testing.assert_array_equal(lazy.values, eager.values)
    assert sha256(plane_file) == before


def test_the_default_is_the_demonstration_terrain_unchanged(study):
    dem = load_dem(study=study)
    with rasterio.open(data_file("dem/demo_dem_90m.tif")) as dataset:
        np.testing.assert_array_equal(dem.values, dataset.read(1).astype("float32"))
    assert dem.attrs["demonstration"] is True
    assert dem.attrs["report"]["demonstration"] is True
    assert load_dem(study=study, resolution=300).attrs["demonstration"] is True


def test_only_the_pixels_needed_are_asked_for(tmp_path, study):
    country = RasterFile.of(
        write(tmp_path / "c.tif", np.zeros((400, 600), "int16"), Affine(0.1, 0, 75, 0, -0.1, 55), crs="EPSG:4326")
    )
    rows, columns = window_of(country, study.bounds, crs=study.crs)
    assert (columns.stop - columns.start, rows.stop - rows.start) == (13, 10)
    assert window_of(country, (0, 0, 1000, 1000), crs=study.crs) is None


def test_tiles_off_the_lattice_are_kept_apart(tmp_path):
    def tile(name, west):
        values = np.zeros((10, 10), "int16")
        return RasterFile.of(write(tmp_path / name, values, Affine(1, 0, west, 0, -1, 3e6), crs="EPSG:4544"))

    groups = group_tiles([tile("a.tif", 5e5), tile("b.tif", 5e5 + 10), tile("c.tif", 5e5 + 20.5)])
    assert [[t.name for t in group] for group in groups] == [["a.tif", "b.tif"], ["c.tif"]]


@given(
    arrays(np.float32, (9, 11), elements=st.floats(0, 2000, width=32)),
    arrays(np.bool_, (9, 11), elements=st.booleans()),
)
def test_filled_cells_lie_within_the_extremes_and_the_rest_is_untouched(heights, missing):
    given_heights = np.where(missing, np.float32(np.nan), heights)
    before = given_heights.copy()
    filled, voids = fill_voids(given_heights, cell_km2=0.01, max_void_km2=0.2)
    np.testing.assert_array_equal(given_heights, before)
    np.testing.assert_array_equal(filled[~missing], heights[~missing])
    new = filled[missing & np.isfinite(filled)]
    if new.size:
        assert heights[~missing].min() - 0.01 <= new.min()
        assert new.max() <= heights[~missing].max() + 0.01
    assert round(voids.filled_km2 / 0.01) == new.size
    assert voids.filled <= voids.count


@pytest.mark.shared
@pytest.mark.skipif(not REFERENCE.is_file(), reason="no check data in ../shared")
@pytest.mark.parametrize("resolution", [None, 30])
def test_the_reference_dem_gives_the_published_band_shares(study, resolution):
    dem = load_dem(REFERENCE, study=study, resolution=resolution)
    areas = band_areas(elevation_bands(dem), zones=study.counties)
    total = areas.groupby("band", sort=False)["area_km2"].sum()
    shares = (100 * total / total.sum()).to_numpy()
    line = re.search(r"below 700 m [^:]*?above [\d.]+ %", (SHARED / "data/README.md").read_text(encoding="utf-8"))[0]
    published = [float(number) for number in re.findall(r"(\d+\.\d) %", line)]
    assert len(published) == 4
    np.testing.assert_allclose(shares, published, atol=1.0)
    inside = rasterize(study.counties.geometry, out_shape=dem.shape, transform=dem.rio.transform()).astype(bool)
    assert dem.values[inside].mean() == pytest.approx(984, abs=2)
