"""The raster door: whatever a file declares, the clean raster comes out; what it does not declare is told."""

import filecmp
import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from pyproj import CRS
from raster_files import CELL, HOLE, NORTH, SHAPE, TRANSFORM, WEST, relief, write
from scipy.io import netcdf_file
from shapely import LineString, Point

from nanyi_gis.cli import main
from nanyi_gis.dem import load_dem
from nanyi_gis.errors import DataError, ParameterError
from nanyi_gis.raster import Findings, Grid, RasterFile, open_raster, read_raster, read_unit
from nanyi_gis.study import load_study

UNITS = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937, "dm": 0.1, "cm": 0.01, "km": 1000.0}
DTYPES = ("int16", "uint16", "int32", "float32", "float64")


def holed(heights=None):
    """Return the relief with a patch that is missing."""
    values = relief() if heights is None else heights.copy()
    values[HOLE] = np.nan
    return values


def stored(heights, dtype, *, factor=1.0, scale=1.0, offset=0.0, code=-9999.0):
    """Return metres as a file would hold them, the patch filled with a code."""
    numbers = (heights / factor - offset) / scale
    if np.dtype(dtype).kind in "iu":
        numbers = np.rint(numbers)
    return np.where(np.isnan(heights), code, numbers).astype(dtype)


def tolerance(dtype, factor, scale):
    step = factor * scale
    return step * 0.5 + 1e-3 if np.dtype(dtype).kind in "iu" else 1e-3 + 1e-5 * step  # 100 km in single precision


def fits(values, heights, within):
    np.testing.assert_array_equal(np.isnan(values), np.isnan(heights))
    np.testing.assert_allclose(values, heights, atol=within, rtol=0)


# the table: unit x scale and offset x type, void declared

SCALES = [(1.0, 0.0), (0.1, 0.0), (0.5, 100.0), (2.0, -50.0)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("unit", UNITS)
def test_unit_scale_and_offset_are_applied_together(tmp_path, unit, dtype):
    for number, (scale, offset) in enumerate(SCALES):
        factor = UNITS[unit]
        numbers = (np.array([300, 1900]) / factor - offset) / scale
        whole = np.dtype(dtype).kind in "iu"
        if whole and (factor * scale > 50 or numbers.max() > np.iinfo(dtype).max - 1):
            continue  # the type cannot hold these heights
        code = 60_000 if dtype == "uint16" and numbers.max() < 59_000 else 1 if dtype == "uint16" else -9999
        file = write(
            tmp_path / f"{number}.tif",
            stored(holed(), dtype, factor=factor, scale=scale, offset=offset, code=code),
            unit=unit, scale=scale, offset=offset, nodata=code,
        )  # fmt: skip
        within = tolerance(dtype, factor, scale)
        with open_raster(file) as raster:
            fits(raster.read(), holed(), within)
            assert raster.findings.by_cause == {"nodata or mask": 150}
        fits(read_raster(file, kind="elevation").values, holed(), within)


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [("UNITS", "feet", 0.3048), ("unit", "US survey feet", 1200 / 3937), ("ZUNITS", "decimeters", 0.1), ("", "", 1.0)],
)
def test_a_unit_in_the_tags(tmp_path, name, unit, factor):
    file = write(tmp_path / "a.tif", stored(relief(), "float32", factor=factor), tags={name: unit} if name else None)
    with open_raster(file) as raster:
        fits(raster.read(), relief(), 1e-3)
        assert raster.file.unit == read_unit(unit)


@pytest.mark.parametrize(
    ("crs", "factor", "datum"),
    [("EPSG:4544+8228", 0.3048, "NAVD88 height (ft)"), ("EPSG:4544+6360", 1200 / 3937, "NAVD88 height (ftUS)"),
     ("EPSG:4544+5773", 1.0, "EGM96 height")],
)  # fmt: skip
def test_the_unit_of_the_vertical_crs(tmp_path, crs, factor, datum):
    file = write(tmp_path / "a.tif", stored(holed(), "float32", factor=factor), crs=crs, nodata=-9999)
    with open_raster(file) as raster:
        fits(raster.read(), holed(), 1e-3)
        assert raster.file.vertical_datum == datum
        assert raster.file.grid.crs.to_epsg() == 4544


def test_the_unit_given_by_hand_goes_before_all(tmp_path):
    file = write(tmp_path / "a.tif", stored(relief(), "float32", factor=0.1), unit="ft")
    with open_raster(file, unit="dm") as raster:
        fits(raster.read(), relief(), 1e-3)
    with pytest.raises(ParameterError, match="vertical_unit is 'ell'"):
        RasterFile.of(file, unit="ell")


# what is missing, declared or not

CODES = {
    -32768: DTYPES, -9999: ("int16", "int32", "float32", "float64"), -99999: ("int32", "float32", "float64"),
    32767: ("int16", "int32", "float32"), 65535: ("uint16", "int32"), -3.4e38: ("float32", "float64"),
    -3.4028234663852886e38: ("float32", "float64"), -9999.99: ("float32", "float64"), -999: ("int16", "float32"),
    np.inf: ("float32", "float64"), -np.inf: ("float32", "float64"), np.nan: ("float32", "float64"),
    1e31: ("float32",), -2147483648: ("int32", "float64"), 2147483647: ("int32",),
}  # fmt: skip


@pytest.mark.parametrize("code", CODES, ids=str)
@pytest.mark.parametrize("unit", ["m", "ft", "dm", ""])
def test_codes_that_are_not_declared_are_missing_in_every_unit(tmp_path, code, unit):
    factor = UNITS.get(unit, 1.0)
    for dtype in CODES[code]:
        if np.dtype(dtype).kind in "iu" and not np.iinfo(dtype).min <= code <= np.iinfo(dtype).max:
            continue
        if code == 65535 and dtype == "int32":
            continue
        if code == 32767 and dtype != "int16" and unit == "dm":
            continue  # 3,276.7 m in a type that can hold more is a height
        file = write(tmp_path / f"{dtype}.tif", stored(holed(), dtype, factor=factor, code=code), unit=unit)
        with open_raster(file) as raster:
            fits(raster.read(), holed(), tolerance(dtype, factor, 1))
            (cause,) = raster.findings.by_cause
            assert raster.findings.by_cause[cause] == 150
            finite = np.isfinite(code)
            assert cause == ("not finite" if not finite else cause)
            assert bool(raster.notes()) == (finite or factor != 1.0)


@pytest.mark.parametrize("code", [-9999.0, -3.4e38, 1e20, 0.1, -1e-5, 12345.678], ids=str)
def test_nodata_is_met_within_rounding_of_floats(tmp_path, code):
    file = write(tmp_path / "a.tif", stored(holed(), "float32", code=np.float32(code)), nodata=code)
    with rasterio.open(file, "r+") as dataset:
        dataset.update_tags(ns="", note="x")
    text = f"{code:.6g}" if abs(code) < 1e30 else "-3.4e+38"
    vrt = tmp_path / "a.vrt"
    vrt.write_text(virtual(file, nodata=text), encoding="utf-8")
    for path in (file, vrt):
        with open_raster(path) as raster:
            fits(raster.read(), holed(), 1e-3)
            assert raster.findings.by_cause == {"nodata or mask": 150}


def virtual(file, *, nodata=None, dtype="Float32", more="", crs=4544):
    """Return a VRT over one file."""
    mark = "" if nodata is None else f"<NoDataValue>{nodata}</NoDataValue>"
    numbers = ", ".join(repr(float(x)) for x in TRANSFORM.to_gdal())
    return (
        f'<VRTDataset rasterXSize="{SHAPE[1]}" rasterYSize="{SHAPE[0]}"><SRS>EPSG:{crs}</SRS>'
        f'<GeoTransform>{numbers}</GeoTransform><VRTRasterBand dataType="{dtype}" band="1">{mark}{more}'
        f"<SimpleSource><SourceFilename>{file}</SourceFilename><SourceBand>1</SourceBand></SimpleSource>"
        "</VRTRasterBand></VRTDataset>"
    )


def test_nodata_out_of_the_range_of_an_unsigned_type_is_wrapped(tmp_path):
    values = stored(holed(), "uint16", factor=0.1, code=65536 - 9999)
    file = write(tmp_path / "a.tif", values, unit="dm")
    vrt = tmp_path / "a.vrt"
    vrt.write_text(virtual(file, nodata=-9999, dtype="UInt16", more="<UnitType>dm</UnitType>"), encoding="utf-8")
    with open_raster(vrt) as raster:
        assert raster.file.unit == "decimetre"
        if raster.file.nodata is not None:
            fits(raster.read(), holed(), 0.06)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("code", [None, -9999])
def test_masks_inside_and_beside_a_file(tmp_path, inside, code):
    values = stored(holed(), "int16", code=700)
    if code is not None:
        values[:2] = code
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=inside), rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", height=SHAPE[0], width=SHAPE[1], count=1, dtype="int16",
        crs="EPSG:4544", transform=TRANSFORM, nodata=code,
    ) as dataset:  # fmt: skip
        dataset.write(values, 1)
        dataset.write_mask(~np.isnan(holed()))
    assert (tmp_path / "a.tif.msk").exists() != inside
    expected = holed()
    if code is not None:
        expected[:2] = np.nan
    with open_raster(tmp_path / "a.tif") as raster:
        fits(raster.read(), expected, 0.5)
        assert raster.findings.by_cause == {"nodata or mask": int(np.isnan(expected).sum())}
    values = read_raster(tmp_path / "a.tif")  # without a kind the mask holds too
    np.testing.assert_array_equal(np.isnan(values.values), np.isnan(holed()) | np.isnan(expected))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32"])
def test_an_alpha_band_is_a_mask_in_every_type(tmp_path, dtype):
    heights = holed(np.full(SHAPE, 120.0)) + np.arange(SHAPE[1])
    alpha = np.where(np.isnan(heights), 0, 255)
    alpha[0, 0] = 1  # nearly clear is still there
    file = write(tmp_path / "a.tif", stored(heights, dtype, code=50), alpha=alpha.astype(dtype))
    with open_raster(file) as raster:
        fits(raster.read(), heights, 1e-3)
    fits(read_raster(file, kind="quantity").values, heights, 1e-3)


def test_findings_of_windows_add_up_to_those_of_the_file(tmp_path):
    values = stored(holed(), "float32", code=-9999)
    values[0, :5] = np.nan
    values[1, :7] = 20_000
    file = write(tmp_path / "a.tif", values)
    with open_raster(file) as raster:
        raster.read()
        whole = raster.findings
    with open_raster(file) as raster:
        for rows, columns in itertools.product(range(0, 60, 13), range(0, 72, 17)):
            raster.read(slice(rows, rows + 13), slice(columns, columns + 17))
        assert raster.findings == whole
    assert whole.by_cause == {"not finite": 5, "customary code": 150, "no height on land": 7}
    assert Findings() + whole == whole


# windows, thinned reads, Dask


@pytest.fixture
def mixed(tmp_path):
    """A file in feet with a hole, in tiles of 16 cells."""
    return write(tmp_path / "mixed.tif", stored(holed(), "int16", factor=0.3048), unit="ft", nodata=-9999,
                 tiled=True, blockxsize=16, blockysize=16)  # fmt: skip


@pytest.mark.parametrize("margin", [0, 1, 3, 80])
def test_windows_with_margins_are_parts_of_the_whole(mixed, margin):
    with open_raster(mixed) as raster:
        whole = np.pad(raster.read(), margin, constant_values=np.nan)
        for rows, columns in [((0, 60), (0, 72)), ((0, 5), (0, 5)), ((55, 60), (70, 72)), ((20, 31), (29, 50))]:
            part = raster.read(slice(*rows), slice(*columns), margin=margin)
            expected = whole[rows[0] : rows[1] + 2 * margin, columns[0] : columns[1] + 2 * margin]
            np.testing.assert_array_equal(part, expected)
        assert raster.read(slice(5, 5)).shape == (0, 72)
        assert raster.read(slice(9, 3), slice(2, 4)).shape == (0, 2)
        assert raster.stored(slice(70, 90)).shape == (0, 72)


def test_thinned_reads_take_cells_of_the_whole(mixed):
    with open_raster(mixed) as raster:
        whole, thin = raster.read(), raster.read(shape=(20, 24))
        np.testing.assert_array_equal(thin, whole[1::3, 1::3])
        with pytest.raises(ParameterError, match="a thinned window has none"):
            raster.read(shape=(5, 5), margin=1)
        with pytest.raises(ParameterError, match="margin"):
            raster.read(margin=-1)


@pytest.mark.parametrize("kind", ["elevation", "quantity", "code", None])
@pytest.mark.parametrize("chunks", [7, 32, 500])
def test_dask_blocks_have_the_bits_of_the_whole(mixed, kind, chunks):
    whole = read_raster(mixed, kind=kind)
    lazy = read_raster(mixed, kind=kind, chunks=chunks)
    assert lazy.chunks is not None
    assert lazy.dtype == whole.dtype
    np.testing.assert_array_equal(lazy.compute(scheduler="threads").values, whole.values)
    assert Grid.of(lazy) == Grid.of(whole)


def test_kinds_of_reading(tmp_path):
    codes = write(tmp_path / "codes.tif", np.arange(12, dtype="uint8").reshape(3, 4), nodata=0)
    assert read_raster(codes).dtype == np.uint8
    assert read_raster(codes).rio.nodata == 0
    assert read_raster(codes, kind="code").dtype == np.uint8
    assert read_raster(codes, kind="quantity").values[0].tolist() == pytest.approx([np.nan, 1, 2, 3], nan_ok=True)
    rain = write(tmp_path / "rain.tif", np.full((3, 4), 20_000, "float32"), unit="mm")
    assert read_raster(rain, kind="quantity").values.max() == 20_000  # no height, so no limit, and no unit of length
    assert read_raster(rain).attrs["units"] == "mm"
    with pytest.raises(ParameterError, match="kind"):
        read_raster(rain, kind="height")


def test_a_mistake_of_the_caller_is_not_laid_on_the_file(mixed):
    with pytest.raises(KeyError, match="mine"), open_raster(mixed):
        raise KeyError("mine")


# zeros


def test_patches_of_zero_with_cliffs_are_named_and_a_shore_is_not(tmp_path):
    inland = relief()
    inland[HOLE] = 0
    with open_raster(write(tmp_path / "inland.tif", inland.astype("float32"))) as raster:
        raster.read()
        (note,) = raster.notes()
        assert "150 cells of exactly 0 bordered by jumps of over 100 m" in note
        assert "gdal_edit.py -a_nodata 0" in note
    shore = np.maximum(np.round(np.add.outer(np.zeros(60), np.arange(72.0) * 8 - 200)), 0)
    low = np.where(np.random.default_rng(4).random(SHAPE) < 0.1, 0, 20)
    for number, values in enumerate((shore, low)):
        with open_raster(write(tmp_path / f"{number}.tif", values.astype("int16"))) as raster:
            raster.read()
            assert raster.findings.zeros.plain > 0
            assert not raster.notes()


def test_a_hole_beside_a_sea_is_found_patch_by_patch(tmp_path):
    heights = np.maximum(np.add.outer(np.zeros(60), np.arange(72.0) * 30 - 600), 0)
    heights[10:14, 60:64] = 0
    with open_raster(write(tmp_path / "a.tif", heights.astype("float32"))) as raster:
        raster.read()
        assert raster.findings.zeros.void_like == 16
        assert raster.findings.zeros.plain == 60 * 21


def test_a_raster_of_nothing_but_zero_is_told(tmp_path):
    with open_raster(write(tmp_path / "a.tif", np.zeros(SHAPE, "int16"), unit="m")) as raster:
        raster.read()
        assert "border no other height" in raster.notes()[0]


# the CRS survives, whichever driver reads


def classic_netcdf(path, **names):
    """Write netCDF 3 with a grid mapping of another name than rioxarray's."""
    mapping = names.get("mapping", "crs")
    with netcdf_file(path, "w") as file:
        for axis, size, start, step in (("y", SHAPE[0], NORTH, -CELL), ("x", SHAPE[1], WEST, CELL)):
            file.createDimension(axis, size)
            variable = file.createVariable(axis, "f8", (axis,))
            variable[:] = start + step * (np.arange(size) + 0.5)
            variable.units, variable.standard_name = "m", f"projection_{axis}_coordinate"
        crs = file.createVariable(mapping, "i4", ())
        crs.spatial_ref = rasterio.CRS.from_epsg(4544).to_wkt()
        crs.grid_mapping_name = "transverse_mercator"
        for name in names.get("variables", ("elevation",)):
            band = file.createVariable(name, "i2", ("y", "x"))
            band[:] = stored(holed(), "int16", factor=0.3048)
            band._FillValue = np.int16(-9999)
            band.units, band.grid_mapping = names.get("unit", "feet"), mapping
    return path


def hgt(path):
    size = 1201
    rows, columns = np.mgrid[0:size, 0:size]
    path.write_bytes((500 + rows // 4 + columns // 8).astype(">i2").tobytes())
    return path


def every_driver(folder):
    heights = stored(relief(), "float32")
    yield write(folder / "a.tif", heights)
    yield write(folder / "a.img", heights, driver="HFA")
    yield text_grid(folder / "a.asc")
    vrt = folder / "a.vrt"
    vrt.write_text(virtual(folder / "a.tif"), encoding="utf-8")
    yield vrt
    yield classic_netcdf(folder / "a.nc")
    yield classic_netcdf(folder / "b.nc", mapping="transverse_mercator")
    yield hgt(folder / "N28E105.hgt")


def text_grid(path):
    """Write an ESRI grid of text with its .prj."""
    head = f"ncols {SHAPE[1]}\nnrows {SHAPE[0]}\nxllcorner {WEST}\nyllcorner {NORTH - CELL * SHAPE[0]}\n"
    rows = "\n".join(" ".join(f"{value:.1f}" for value in row) for row in relief())
    path.write_text(f"{head}cellsize {CELL}\nNODATA_value -9999\n{rows}\n")
    path.with_suffix(".prj").write_text(CRS(4544).to_wkt("WKT1_ESRI"))
    return path


def test_the_crs_survives_arithmetic_for_every_driver(tmp_path):
    names = set()
    for file in every_driver(tmp_path):
        read = read_raster(file)
        names.add(RasterFile.of(file).driver)
        for result in (read, read.where(read > 700), read.where(read > 700).astype("float64"), read[::2, ::2]):
            found = Grid.of(result).crs
            assert found.to_epsg(min_confidence=20) == (4326 if file.suffix == ".hgt" else 4544), file.name
    assert names == {"GTiff", "HFA", "AAIGrid", "VRT", "netCDF", "SRTMHGT"}


def test_netcdf_in_feet_is_the_clean_raster(tmp_path):
    fits(read_raster(classic_netcdf(tmp_path / "a.nc"), kind="elevation").values, holed(), 0.16)


def test_one_variable_of_several_is_named(tmp_path, study):
    file = classic_netcdf(tmp_path / "two.nc", variables=("before", "after"))
    with pytest.raises(DataError, match=r"holds 2 rasters .* name one as FILE:variable: before, after"):
        read_raster(file)
    with pytest.raises(DataError, match=r"no raster 'later'; it holds: before, after"):
        read_raster(f"{file}:later")
    fits(read_raster(f"{file}:after", kind="elevation").values, holed(), 0.16)
    assert RasterFile.of(f"{file}:after").name == "two.nc"
    dem = load_dem(f"{file}:after", study=study, least_coverage=0, resolution=900)
    assert len(dem.attrs["report"]["sources"][0]["sha256"]) == 64
    assert main(["bands", f"{file}:after", "--out", str(tmp_path / "bands")]) == 0


@pytest.mark.parametrize(
    ("text", "unit"),
    [("m", "metre"), ("Metres", "metre"), ("METER", "metre"), ("[m]", "metre"), ("(m)", "metre"), ("米", "metre"),
     ("m a.s.l.", "metre"), ("m above sea level", "metre"), ("meters above EGM96 geoid", "metre"), ("m (MSL)", "metre"),
     ("metres, AMSL", "metre"), ("ft", "foot"), ("Feet", "foot"), ("international feet", "foot"), ("英尺", "foot"),
     ("US survey foot", "US survey foot"), ("us_survey_feet", "US survey foot"), ("ftUS", "US survey foot"),
     ("Foot_US", "US survey foot"), ("us-ft", "US survey foot"), ("dm", "decimetre"), ("0.1 m", "decimetre"),
     ("1/10 m", "decimetre"), ("m*10", "decimetre"), ("10 cm", "decimetre"), ("0.01 metres", "centimetre"),
     ("cm", "centimetre"), ("厘米", "centimetre"), ("mm", "millimetre"), ("km", "kilometre"), ("1000 m", ""),
     ("yards", "yard"), ("fathoms", "fathom"), ("", ""), ("m/s", ""), ("m2", ""), ("degC", ""), ("1", ""), ("K", ""),
     ("people", ""), ("minutes", ""), ("100", ""), ("x", ""), ("()", ""), ("10 m", "")],
)  # fmt: skip
def test_words_for_units(text, unit):
    assert read_unit(text) == unit


def test_a_unit_that_is_none_of_height_is_told(tmp_path):
    with open_raster(write(tmp_path / "a.tif", relief().astype("float32"), unit="gpm")) as raster:
        raster.read()
        assert raster.notes() == ("a.tif has the unit 'gpm', which is none of height; taken as metres",)


# what is refused


def test_refusals(tmp_path):
    heights = relief().astype("float32")
    cases = {
        "rotated": write(tmp_path / "r.tif", heights, transform=Affine(900, 9, WEST, 9, -900, NORTH)),
        "complex numbers": write(tmp_path / "c.tif", heights.astype("complex64")),
        r"has the scale inf": write(tmp_path / "s.tif", heights, scale=np.inf),
        "has no CRS": write(tmp_path / "n.tif", heights, crs=None),
        "look like degrees": write(tmp_path / "d.tif", heights, transform=Affine(0.01, 0, 105, 0, -0.01, 28.5)),
        "set EPSG:4523": write(tmp_path / "z.tif", heights, transform=Affine(900, 0, 35_540_000, 0, -900, NORTH)),
        "axes are swapped": write(
            tmp_path / "x.tif", heights, crs=4326, transform=Affine(0.01, 0, 28, 0, -0.01, 106)
        ),
        r"longitude is \+ 360": write(
            tmp_path / "l.tif", heights, crs=4326, transform=Affine(0.01, 0, 465, 0, -0.01, 29)
        ),
        "look like metres": write(tmp_path / "m.tif", heights, crs=4326),
        "cells of 9e\\+08 m": write(tmp_path / "h.tif", heights, transform=Affine(9e8, 0, WEST, 0, -9e8, NORTH)),
        "cells of 1e-06 m": write(tmp_path / "t.tif", heights, transform=Affine(1e-6, 0, WEST, 0, -1e-6, NORTH)),
        "depths downward": write(tmp_path / "e.tif", heights, crs="EPSG:4544+5715"),
    }  # fmt: skip
    for message, path in cases.items():
        with pytest.raises(DataError, match=message) as caught:
            RasterFile.of(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    palette = write(tmp_path / "p.tif", np.ones(SHAPE, "uint8"))
    with rasterio.open(palette, "r+") as dataset:
        dataset.write_colormap(1, {1: (255, 0, 0, 255)})
    with pytest.raises(DataError, match="colour table"):
        RasterFile.of(palette)
    assert read_raster(palette).dtype == np.uint8


def test_other_planets_have_no_counties_but_are_read(tmp_path, study):
    moon = write(tmp_path / "moon.tif", relief().astype("float32"), crs="+proj=longlat +R=1737400 +no_defs",
                 transform=Affine(0.01, 0, 105, 0, -0.01, 28.5))  # fmt: skip
    assert read_raster(moon, kind="elevation").shape == SHAPE
    assert main(["bands", str(moon), "--out", str(tmp_path / "bands")]) == 0
    areas = pd.read_csv(tmp_path / "bands" / "band_areas.csv")
    # a cell of 0.01 degrees on a sphere of 1,737.4 km, summed over 72 columns and the latitudes 27.9 to 28.5
    sphere = 1737.4**2 * np.radians(0.72) * (np.sin(np.radians(28.5)) - np.sin(np.radians(27.9)))
    assert areas["area_km2"].sum() == pytest.approx(sphere, rel=1e-4)
    with pytest.raises(DataError, match=r"covers 0\.0 %"):
        load_dem(moon, study=study)


def test_what_rounding_leaves_of_a_rotation_is_none(tmp_path):
    file = write(
        tmp_path / "r.tif", relief().astype("float32"), transform=Affine(900, 1e-12, WEST, -1e-12, -900, NORTH)
    )
    assert RasterFile.of(file).grid == Grid("EPSG:4544", TRANSFORM, SHAPE[1], SHAPE[0])


@pytest.mark.parametrize("west", [0.0, -0.5, 180.0, -180.0])
def test_worlds_counted_from_any_meridian_are_taken(tmp_path, west):
    columns = 180 if west == 180 else 360
    file = write(
        tmp_path / "w.tif", np.full((180, columns), 9, "int16"), crs=4326, transform=Affine(1, 0, west, 0, -1, 90)
    )
    assert RasterFile.of(file).grid.width == columns


# commands: the same figures from every file


@pytest.fixture(scope="module")
def study():
    return load_study()


def variants(folder):
    """Write the same land in many ways; the first is the clean one."""
    heights = holed()
    yield write(folder / "clean.tif", stored(heights, "float32", code=np.nan), nodata=np.nan)
    yield write(folder / "feet.tif", stored(heights, "float64", factor=0.3048), unit="ft", nodata=-9999)
    yield write(folder / "tag.tif", stored(heights, "float64", factor=0.3048), tags={"UNITS": "feet"})
    yield write(folder / "dm.tif", stored(heights, "int16", scale=0.1, code=32767), scale=0.1)
    yield write(
        folder / "offset.tif", stored(heights, "int32", scale=0.1, offset=-5), scale=0.1, offset=-5, nodata=-9999
    )
    yield write(folder / "cm.tif", stored(heights, "int32", factor=0.01, code=-32768), unit="cm")
    yield write(folder / "float.tif", stored(heights, "float32", code=-3.4e38))
    yield write(folder / "nan.tif", stored(heights, "float32", code=np.nan))
    yield write(folder / "mask.tif", stored(heights, "float32", code=0), mask=~np.isnan(heights))
    yield write(folder / "alpha.tif", stored(heights, "float32", code=0), alpha=(~np.isnan(heights)).astype("float32"))


def run(arguments, capsys):
    status = main([str(part) for part in arguments])
    told = capsys.readouterr().err
    assert status == 0, told
    return told


def test_bands_are_the_same_from_every_file(tmp_path, capsys):
    areas = []
    for file in variants(tmp_path):
        run(["bands", file, "--out", tmp_path / file.stem], capsys)
        areas.append(pd.read_csv(tmp_path / file.stem / "band_areas.csv"))
        assert areas[0]["area_km2"].sum() > 1000
        pd.testing.assert_frame_equal(areas[-1], areas[0], rtol=1e-3, obj=file.name)


def test_travel_times_are_the_same_from_every_file(tmp_path, capsys):
    gpd.GeoDataFrame(geometry=[Point(WEST + 9_450, NORTH - 9_450)], crs=4544).to_file(tmp_path / "p.gpkg")
    minutes = []
    for file in variants(tmp_path):
        out = tmp_path / f"{file.stem}_min.tif"
        run(["travel-time", file, "--from", tmp_path / "p.gpkg", "--out", out], capsys)
        minutes.append(read_raster(out).values)
        assert np.isnan(minutes[-1]).sum() == 150
        np.testing.assert_allclose(minutes[-1], minutes[0], rtol=1e-3, err_msg=file.name)


def test_a_network_has_the_same_slopes_from_every_file(tmp_path, capsys):
    line = LineString([(WEST + 2_000, NORTH - 5_000), (WEST + 30_000, NORTH - 9_000), (WEST + 60_000, NORTH - 50_000)])
    gpd.GeoDataFrame({"highway": ["primary"]}, geometry=[line], crs=4544).to_file(tmp_path / "r.gpkg")
    times = []
    for file in variants(tmp_path):
        out = tmp_path / f"{file.stem}.gpkg"
        run(["network", "--roads", tmp_path / "r.gpkg", "--dem", file, "--out", out], capsys)
        times.append(gpd.read_file(out, layer="edges")["travel_time"].to_numpy())
        np.testing.assert_allclose(times[-1], times[0], rtol=1e-3, err_msg=file.name)


def test_load_dem_is_the_same_from_every_file(tmp_path, study):
    loaded = []
    for file in variants(tmp_path):
        loaded.append(load_dem(file, study=study, resolution=900, least_coverage=0, max_void_km2=0).values)
        np.testing.assert_array_equal(np.isnan(loaded[-1]), np.isnan(loaded[0]), err_msg=file.name)
        np.testing.assert_allclose(loaded[-1], loaded[0], atol=0.1, err_msg=file.name)


def test_population_is_the_same_however_it_is_stored(tmp_path, capsys):
    people = np.round(holed() / 10)
    files = [
        write(tmp_path / "clean.tif", people.astype("float32"), nodata=np.nan),
        write(tmp_path / "scaled.tif", stored(people, "int16", scale=0.5), scale=0.5, nodata=-9999),
        write(tmp_path / "code.tif", stored(people, "int16", code=-32768)),
        write(tmp_path / "float.tif", stored(people, "float32", code=-3.4e38)),
        write(tmp_path / "mask.tif", stored(people, "uint16", code=7), mask=~np.isnan(people)),
        write(tmp_path / "alpha.tif", stored(people, "uint8", code=7), alpha=255 * (~np.isnan(people)).astype("uint8")),
    ]  # fmt: skip
    for file in files:
        run(["access", "--population", file, "--scenario", "2022", "--out", tmp_path / file.stem], capsys)
    for file in files[1:]:
        for name in ("summary.csv", "od_minutes.csv", "nearest.csv"):
            assert filecmp.cmp(tmp_path / "clean" / name, tmp_path / file.stem / name, shallow=False), (file.name, name)


@pytest.mark.parametrize("factor", [3.28084, 10.0, 100.0, 0.001])
def test_undeclared_units_are_suspected_by_every_command(tmp_path, capsys, study, factor):
    file = write(tmp_path / "u.tif", (relief() * factor).astype("float64"))
    gpd.GeoDataFrame(geometry=[Point(WEST + 9_450, NORTH - 9_450)], crs=4544).to_file(tmp_path / "p.gpkg")
    commands = [
        ["bands", file, "--out", tmp_path / "b"],
        ["travel-time", file, "--from", tmp_path / "p.gpkg", "--out", tmp_path / "t.tif"],
        ["network", "--dem", file, "--out", tmp_path / "n.gpkg"],
        ["suitability", file, "--crop", "plum", "--out", tmp_path / "s"],
        ["explain", "105.8", "28.1", "--dem", file],
    ]
    for command in commands:
        assert main([str(part) for part in command]) == 2, command
        message = capsys.readouterr().err
        assert "declares no unit and seems to be in" in message
        assert message.count("\n") == 1
    with pytest.raises(DataError, match="seems to be in"):
        load_dem(file, study=study, least_coverage=0)


def test_a_small_drawing_round_the_origin_is_no_raster_in_degrees(tmp_path):
    """Ten cells of 30 m at (0, 0) lie within 360 units of it, as degrees do; their size tells them apart."""
    profile = {"driver": "GTiff", "width": 10, "height": 10, "count": 1, "dtype": "float32", "crs": "EPSG:4544"}
    for size in (30.0, 0.01):
        with rasterio.open(tmp_path / "toy.tif", "w", transform=Affine(size, 0, 0, 0, -size, 300), **profile) as toy:
            toy.write(np.full((1, 10, 10), 800, "float32"))
        if size == 30.0:
            assert float(read_raster(tmp_path / "toy.tif", kind="elevation").mean()) == 800
        else:
            with pytest.raises(DataError, match="look like degrees"):
                read_raster(tmp_path / "toy.tif", kind="elevation")
