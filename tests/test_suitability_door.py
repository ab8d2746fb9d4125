"""The raster door of suitability: whatever a file declares, maps and explanations are those of the clean file."""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from nanyi_gis import raster
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError
from nanyi_gis.suitability import evaluate_file, explain_file, load_use
from nanyi_gis.suitability.partition import Partition

HEIGHT, WIDTH, CELL = 24, 30, 90.0
WEST, NORTH = 550_000.0, 3_100_000.0
HOLE = (slice(8, 13), slice(10, 17))
TRANSFORM = Affine(CELL, 0, WEST, 0, -CELL, NORTH)
FACTORS = {"m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937, "dm": 0.1, "cm": 0.01}


def heights():
    """Whole metres, so that every unit can store them; slopes and bands of all kinds."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.round(820 + 500 * np.sin(rows / 6) * np.cos(columns / 7) + 3 * columns)


def write(path, stored, *, dtype, crs="EPSG:4544", transform=TRANSFORM, nodata=None, unit="", scale=1.0, offset=0.0,
          tags=None, mask=None, alpha=None):  # fmt: skip
    bands = 1 if alpha is None else 2
    profile = {"driver": "GTiff", "height": stored.shape[0], "width": stored.shape[1], "count": bands, "dtype": dtype}
    inside = {"GDAL_TIFF_INTERNAL_MASK": mask == "internal"}
    with (
        rasterio.Env(**inside),
        rasterio.open(path, "w", **profile, crs=crs, transform=transform, nodata=nodata) as dataset,
    ):
        dataset.write(stored.astype(dtype), 1)
        if alpha is not None:
            dataset.write(alpha.astype(dtype), 2)
            dataset.colorinterp = [rasterio.enums.ColorInterp.gray, rasterio.enums.ColorInterp.alpha]
        if unit:
            dataset.units = [unit] if bands == 1 else [unit, ""]
        dataset.scales, dataset.offsets = (scale,) * bands, (offset,) * bands
        if tags:
            dataset.update_tags(**tags)
        if mask is not None:
            there = np.full(stored.shape, 255, np.uint8)
            there[HOLE] = 0
            dataset.write_mask(there)
    return path


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The same land in metres, whole and with a declared hole."""
    folder = tmp_path_factory.mktemp("clean")
    holed = heights()
    holed[HOLE] = -9999
    return {
        "whole": write(folder / "whole.tif", heights(), dtype="float32", nodata=-9999),
        "holed": write(folder / "holed.tif", holed, dtype="float32", nodata=-9999),
    }


@pytest.fixture(scope="module")
def right_maps(clean, tmp_path_factory):
    """Maps of the clean files."""
    folder = tmp_path_factory.mktemp("right")
    return {name: mapped(path, folder / name) for name, path in clean.items()}


@pytest.fixture(scope="module")
def right_words(clean):
    """Explanations of the clean files, beside the hole."""
    return {name: explain_file(*place(12, 17), path, use="plum") for name, path in clean.items()}


def codes(folder, use="plum"):
    with rasterio.open(folder / f"class_{use}.tif") as cls, rasterio.open(folder / f"suitability_{use}.tif") as score:
        return cls.read(1), score.read(1)


def mapped(dem, folder, **options):
    outcome = evaluate_file(dem, folder, crops=["plum"], **options)
    return *codes(folder), outcome


@dataclass(frozen=True)
class Way:
    """One way of writing the same heights."""

    name: str
    dtype: str = "float32"
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    nodata: float | None = None
    void: float | None = None
    tags: tuple[tuple[str, str], ...] = ()
    crs: str = "EPSG:4544"
    factor: float = 1.0
    mask: str | None = None
    alpha: bool = False

    def write(self, path):
        stored = (heights() / self.factor - self.offset) / self.scale
        stored = np.round(stored) if np.dtype(self.dtype).kind in "iu" else stored
        if self.void is not None:
            stored[HOLE] = self.void
        cover = None
        if self.alpha:
            cover = np.full(stored.shape, 255.0)
            cover[HOLE] = 0
        return write(path, stored, dtype=self.dtype, unit=self.unit, scale=self.scale, offset=self.offset,
                     nodata=self.nodata, tags=dict(self.tags), crs=self.crs, mask=self.mask, alpha=cover)  # fmt: skip

    @property
    def holed(self):
        return self.void is not None or self.mask is not None or self.alpha


WAYS = [
    Way("feet by band unit", unit="ft", factor=0.3048),
    Way("US survey feet", unit="us-ft", factor=1200 / 3937),
    Way("feet by the tag UNITS", tags=(("UNITS", "feet"),), factor=0.3048),
    Way("feet by the vertical CRS", crs="EPSG:4544+6360", factor=1200 / 3937),
    Way("centimetres", dtype="int32", unit="cm", factor=0.01),
    Way("decimetres by unit", dtype="int16", unit="dm", factor=0.1),
    Way("decimetres by scale", dtype="int16", scale=0.1),
    Way("scale and offset", dtype="int16", scale=0.5, offset=500.0),
    Way("scale in feet", dtype="float32", unit="ft", scale=0.1, offset=100.0, factor=0.3048),
    Way("internal mask", mask="internal"),
    Way("mask beside the file", mask="beside"),
    Way("alpha band", dtype="float32", alpha=True),
    *(Way(f"undeclared {code:g}", void=code) for code in (-32768.0, -9999.0, 32767.0, -3.4e38, -9999.99, -999.0)),
    Way("undeclared NaN", void=math.nan),
    Way("undeclared infinity", void=-math.inf),
    Way("another code than declared", dtype="int16", nodata=-9999, void=-32768.0),
    Way("nodata 0, voids -9999", dtype="int16", nodata=0, void=-9999.0),
    Way("nodata off by rounding", nodata=-3.40282306e38, void=-3.4028235e38),
    Way("decimetres with a code", dtype="int16", scale=0.1, nodata=-32768, void=-32768.0),
    Way("feet with an undeclared code", dtype="int32", unit="ft", scale=0.1, factor=0.3048, void=-32768.0),
    Way("centimetres with 0 declared", dtype="int32", unit="cm", factor=0.01, nodata=0, void=0.0),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_way_of_writing_gives_the_map_of_the_clean_file(tmp_path, right_maps, way):
    path = way.write(tmp_path / "dem.tif")
    cls, score, outcome = mapped(path, tmp_path / "out")
    right = right_maps["holed" if way.holed else "whole"]
    # feet are stored as floats of 24 bits: a height at a limit may fall on either side
    off = 0 if way.factor in (1.0, 0.1, 0.01) else 4
    assert (cls != right[0]).sum() <= off
    assert np.abs(score.astype(int) - right[1]).max() <= (0 if not off else 100)
    assert (score != right[1]).sum() <= 4 * off
    np.testing.assert_array_equal(cls == 0, right[0] == 0)
    if way.holed:
        assert (cls[HOLE] == 0).all()
    converted = "converted to metres"
    assert any(converted in note for note in outcome.notes) == (way.factor != 1.0)
    undeclared = way.void is not None and way.void != way.nodata and math.isfinite(way.void)
    near = way.nodata is not None and way.void is not None and abs(way.nodata) > 1e30
    assert any("does not declare" in note for note in outcome.notes) == (undeclared and not near)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_every_way_of_writing_gives_the_words_of_the_clean_file(tmp_path, right_words, way):
    path = way.write(tmp_path / "dem.tif")
    right = "holed" if way.holed else "whole"
    told, known = explain_file(*place(12, 17), path, use="plum"), right_words[right]
    assert told.elevation == pytest.approx(known.elevation, abs=0.016)
    assert told.slope == pytest.approx(known.slope, abs=0.02)
    assert (told.grade, told.band) == (known.grade, known.band)


@pytest.mark.parametrize("way", WAYS[::6], ids=lambda way: way.name)
def test_samples_and_layers_come_in_by_the_same_door(tmp_path, clean, way, capsys):
    path = way.write(tmp_path / "dem.tif")
    ph = write(tmp_path / "ph.tif", np.full((HEIGHT, WIDTH), 62), dtype="uint8", scale=0.1)
    for file, out in ((path, "out"), (clean["holed" if way.holed else "whole"], "right")):
        options = ["--crop", "plum", "--samples", "20", "--layer", f"soil_ph={ph}", "--out", str(tmp_path / out)]
        assert main(["suitability", str(file), *options]) == 0, capsys.readouterr().err
    for name in ("band_probability", "robustness_plum"):
        found, right = (rasterio.open(tmp_path / out / f"{name}.tif").read(1) for out in ("out", "right"))
        np.testing.assert_array_equal(np.isnan(found), np.isnan(right))
        assert np.nanmax(np.abs(found - right)) <= (2e-3 if way.factor == 1.0 else 0.4)
    spread, known = (pd.read_csv(tmp_path / out / "band_area_distribution.csv") for out in ("out", "right"))
    np.testing.assert_allclose(spread["expected_km2"], known["expected_km2"], rtol=1e-4)


@pytest.mark.parametrize(
    ("dtype", "scale", "offset", "nodata", "void"),
    [
        ("uint8", 0.1, 0.0, None, None),
        ("int16", 0.01, 3.0, -32768, -32768),
        ("float32", 1.0, 0.0, None, -9999),
        ("float32", 1.0, 0.0, -3.40282306e38, -3.4028235e38),
        ("float64", 2.0, 0.0, math.nan, math.nan),
    ],
)
def test_layers_are_physical_values(tmp_path, clean, dtype, scale, offset, nodata, void):
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    acid = 5.0 + 0.1 * ((rows + columns) % 20)
    plain = acid.copy()
    stored = (acid - offset) / scale
    stored = np.round(stored) if dtype != "float64" else stored
    if void is not None:
        stored[HOLE], plain[HOLE] = void, math.nan
    if dtype in {"float32"}:
        plain = np.where(np.isnan(plain), plain, stored)
    given = write(tmp_path / "given.tif", stored, dtype=dtype, scale=scale, offset=offset, nodata=nodata)
    right = write(tmp_path / "right.tif", plain, dtype="float32", nodata=math.nan)
    found, known = (
        mapped(clean["whole"], tmp_path / path.stem, layers={"soil_ph": path})[:2] for path in (given, right)
    )
    assert (found[0] != known[0]).sum() <= 2  # a value at a limit, in 32 bits
    assert np.abs(found[1].astype(int) - known[1]).max() <= 1
    lon, lat = place(3, 4)
    told, true = (explain_file(lon, lat, clean["whole"], use="plum", layers={"soil_ph": p}) for p in (given, right))
    acidity = [next(r.value for r in one.reasons if r.criterion == "soil_ph") for one in (told, true)]
    assert acidity[0] == pytest.approx(acidity[1], abs=1e-5)


@pytest.mark.parametrize(("factor", "name"), [(3.2808399, "feet"), (10.0, "decimetres"), (100.0, "centimetres")])
def test_a_unit_that_is_not_declared_is_suspected_by_both_commands(tmp_path, capsys, factor, name):
    known = raster.RasterFile.of(write(tmp_path / "known.tif", heights(), dtype="float32"))
    other = write(tmp_path / "other.tif", heights() * factor, dtype="float64")
    for call in (
        lambda: evaluate_file(other, tmp_path / "out", crops=["plum"], expected=known),
        lambda: explain_file(*place(3, 4), other, use="plum", expected=known),
    ):
        with pytest.raises(DataError, match=f"other.tif declares no unit and seems to be in {name}"):
            call()
    assert not (tmp_path / "out").exists()


def test_the_commands_say_of_feet_what_bands_says(tmp_path, capsys):
    from nanyi_gis.dem import known_heights
    from nanyi_gis.study import load_study

    terrain = known_heights(load_study())
    grid = terrain.grid.window(slice(300, 420), slice(300, 420))
    feet = np.asarray(terrain.read(slice(300, 420), slice(300, 420))) / 0.3048
    path = write(tmp_path / "feet.tif", feet, dtype="float32", transform=grid.transform)
    lines = []
    for command in (
        ["bands", str(path), "--out", str(tmp_path / "b")],
        ["suitability", str(path), "--crop", "plum", "--out", str(tmp_path / "s")],
        ["explain", "105.5", "28.2", "--dem", str(path), "--crop", "plum"],
    ):
        assert main(command) == 2
        lines.append(capsys.readouterr().err.strip())
    assert "declares no unit and seems to be in feet" in lines[0]
    assert len(set(lines)) == 1


def test_patches_of_zero_are_told(tmp_path):
    stored = heights()
    stored[HOLE] = 0
    path = write(tmp_path / "dem.tif", stored, dtype="float32")
    outcome = evaluate_file(path, tmp_path / "out", crops=["plum"])
    assert any("35 cells of exactly 0" in note and "gdal_edit.py -a_nodata 0" in note for note in outcome.notes)
    with rasterio.open(tmp_path / "out/class_plum.tif") as dataset:
        assert "35 cells of exactly 0" in dataset.tags()["notes"]


@pytest.mark.parametrize("scheduler_like", [True, False])
def test_missing_cells_are_counted_once_however_windows_are_cut(tmp_path, monkeypatch, scheduler_like):
    from nanyi_gis.suitability import job as jobs

    across = 7 if scheduler_like else WIDTH

    def windows(self, workers):
        return [
            (top, min(top + 5, HEIGHT), left, min(left + across, WIDTH))
            for top in range(0, HEIGHT, 5)
            for left in range(0, WIDTH, across)
        ]

    monkeypatch.setattr(jobs.Job, "windows", windows)
    stored = heights()
    stored[HOLE] = -9999
    path = write(tmp_path / "dem.tif", stored, dtype="float32")
    outcome = evaluate_file(path, tmp_path / "out", crops=["plum"])
    assert any("customary code: 35)" in note or "35 customary code" in note for note in outcome.notes)


def place(row, column, *, crs=4544, transform=TRANSFORM):
    x, y = transform * (column + 0.5, row + 0.5)
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)


def soil(path, kind):
    """Write an acidity of the soil on a grid of another kind, with voids."""
    rows, columns = np.mgrid[0:60, 0:60]
    values = 4.2 + 3.6 * (0.5 + 0.5 * np.sin(rows / 3.1) * np.cos(columns / 4.7))
    values[20:23, 30:36] = np.nan
    if kind == "coarse":
        return write(path, values[:8, :9], dtype="float32", transform=Affine(500, 0, WEST - 137, 0, -500, NORTH + 61))
    if kind == "offset":
        return write(path, values, dtype="float32", transform=Affine(90, 0, WEST - 31, 0, -90, NORTH + 77))
    if kind == "fine":
        return write(path, values, dtype="float32", transform=Affine(40, 0, WEST + 200, 0, -40, NORTH - 100))
    if kind == "south-up":
        return write(path, values, dtype="float32", transform=Affine(60, 0, WEST, 0, 60, NORTH - 60 * 60))
    west, north = pyproj.Transformer.from_crs(4544, 4326, always_xy=True).transform(WEST, NORTH)
    if kind == "degrees":
        transform = Affine(0.0006, 0, west - 0.001, 0, -0.0006, north + 0.001)
        return write(path, values, dtype="float32", crs="EPSG:4326", transform=transform)
    # UTM zone 49 lies two zones to the east, so its grid stands turned by some degrees here
    x, y = pyproj.Transformer.from_crs(4544, 32649, always_xy=True).transform(WEST, NORTH)
    return write(path, values, dtype="float32", crs="EPSG:32649", transform=Affine(75, 0, x - 500, 0, -75, y + 500))


@pytest.fixture(scope="module", params=["coarse", "offset", "fine", "south-up", "degrees", "turned"])
def layered(request, tmp_path_factory):
    """A map of a DEM with a hole and a layer on another grid."""
    folder = tmp_path_factory.mktemp(request.param)
    holed = heights()
    holed[HOLE] = -9999
    dem = write(folder / "dem.tif", holed, dtype="float32", nodata=-9999)
    layer = soil(folder / "ph.tif", request.param)
    evaluate_file(dem, folder / "out", crops=["plum"], layers={"soil_ph": layer})
    with rasterio.open(folder / "out/limiting_plum.tif") as dataset:
        limiting = dataset.read(1)
    return dem, layer, *codes(folder / "out"), limiting


@settings(max_examples=8, deadline=None)
@given(row=st.integers(0, HEIGHT - 1), column=st.integers(0, WIDTH - 1))
def test_explanation_and_map_agree_on_every_cell(layered, row, column):
    dem, layer, cls, score, limiting = layered
    agree(dem, layer, cls, score, limiting, row, column)


def test_explanation_and_map_agree_at_the_rim_and_beside_voids(layered):
    dem, layer, cls, score, limiting = layered
    rim = [(0, 0), (HEIGHT - 1, WIDTH - 1), (0, 13)]
    for row, column in [*rim, (7, 10), (13, 16), (10, 12)]:
        agree(dem, layer, cls, score, limiting, row, column)


def agree(dem, layer, cls, score, limiting, row, column):
    from nanyi_gis.errors import ParameterError

    lon, lat = place(row, column)
    if cls[row, column] == 0:
        with pytest.raises(ParameterError, match="has no elevation"):
            explain_file(lon, lat, dem, use="plum", layers={"soil_ph": layer})
        return
    told = explain_file(lon, lat, dem, use="plum", layers={"soil_ph": layer})
    assert told.score == score[row, column]
    assert told.grade.split()[0] == {1: "S1", 2: "S2", 3: "S3", 4: "N"}[cls[row, column]]
    names = load_use("plum").factors()
    assert told.limiting.startswith(names[limiting[row, column]])


@pytest.mark.parametrize(("down", "across"), [(1, 30), (5, 7), (24, 1)])
def test_a_window_of_a_layer_is_that_of_the_whole(tmp_path, down, across):
    grid = raster.RasterFile.of(write(tmp_path / "dem.tif", heights(), dtype="float32")).grid
    for kind in ("coarse", "fine", "degrees", "turned"):
        layer = raster.RasterFile.of(soil(tmp_path / f"{kind}.tif", kind), kind="quantity")
        for nearest in (True, False):
            with layer.open() as reader:
                whole = raster.read_aligned(reader, grid, nearest=nearest)
                for top in range(0, HEIGHT, down):
                    for left in range(0, WIDTH, across):
                        span = slice(top, min(top + down, HEIGHT)), slice(left, min(left + across, WIDTH))
                        part = raster.read_aligned(reader, grid, *span, nearest=nearest)
                        np.testing.assert_array_equal(part, whole[span])


def test_interpolation_is_exact_for_a_plane_and_against_scipy(tmp_path):
    from scipy.ndimage import map_coordinates

    grid = raster.RasterFile.of(write(tmp_path / "dem.tif", heights(), dtype="float32")).grid
    rows, columns = np.mgrid[0:40, 0:40]
    transform = Affine(150, 0, WEST - 900, 0, -150, NORTH + 900)
    plane = write(tmp_path / "plane.tif", 3 * columns - 2.0 * rows, dtype="float32", transform=transform)
    u, v = np.meshgrid(grid.columns(np.arange(WIDTH)), grid.rows(np.arange(HEIGHT)))
    column, row = (u - transform.c) / 150 - 0.5, (v - transform.f) / -150 - 0.5
    with raster.open_raster(plane, kind="quantity") as reader:
        found = raster.read_aligned(reader, grid)
    np.testing.assert_allclose(found, 3 * column - 2 * row, atol=1e-4)
    waves = np.sin(rows / 5) + np.cos(columns / 3)
    with raster.open_raster(
        write(tmp_path / "waves.tif", waves, dtype="float64", transform=transform), kind="quantity"
    ) as reader:
        found = raster.read_aligned(reader, grid)
    np.testing.assert_allclose(found, map_coordinates(waves, [row, column], order=1), atol=1e-5)


def test_a_finer_layer_is_averaged_and_codes_are_not(tmp_path):
    grid = raster.Grid(pyproj.CRS(4544), Affine(90, 0, WEST, 0, -90, NORTH), 2, 2)
    fine = np.arange(36.0).reshape(6, 6)
    path = write(tmp_path / "fine.tif", fine, dtype="float32", transform=Affine(30, 0, WEST, 0, -30, NORTH))
    with raster.open_raster(path, kind="quantity") as reader:
        # a cell is the mean of the nine finer ones; a code is that under the centre
        np.testing.assert_allclose(raster.read_aligned(reader, grid), [[7, 10], [25, 28]])
        np.testing.assert_array_equal(raster.read_aligned(reader, grid, nearest=True), [[7, 10], [25, 28]])
    fine[0:2, 0:2] = np.nan
    path = write(tmp_path / "holed.tif", fine, dtype="float32", transform=Affine(30, 0, WEST, 0, -30, NORTH))
    with raster.open_raster(path, kind="quantity") as reader:
        # five of nine are left: 2, 8, 12, 13, 14
        assert raster.read_aligned(reader, grid)[0, 0] == pytest.approx(49 / 5)


def test_voids_of_a_layer_neither_spread_nor_shrink(tmp_path):
    values = np.full((4, 4), 5.0)
    values[1, 1] = np.nan
    path = write(tmp_path / "ph.tif", values, dtype="float32", transform=Affine(60, 0, WEST, 0, -60, NORTH))
    grid = raster.Grid(pyproj.CRS(4544), Affine(20, 0, WEST, 0, -20, NORTH), 12, 12)
    with raster.open_raster(path, kind="quantity") as reader:
        found = raster.read_aligned(reader, grid)
    expected = np.full((12, 12), 5.0)
    expected[3:6, 3:6] = np.nan
    np.testing.assert_array_equal(found, expected)


def zones_of(*boxes, names=None):
    shapes = [shapely.box(WEST + a * CELL, NORTH - d * CELL, WEST + b * CELL, NORTH - c * CELL) for a, b, c, d in boxes]
    return gpd.GeoDataFrame({"name": names or list("abcdef")[: len(shapes)]}, geometry=shapes, crs="EPSG:4544")


def test_overlapping_zones_each_have_their_full_area(tmp_path, clean):
    # a has columns 0-20, b columns 10-30, c lies within both: every cell counts in each zone that holds its centre
    zones = zones_of((0, 20, 0, 24), (10, 30, 0, 24), (12, 18, 2, 6))
    cls, _, outcome = mapped(clean["whole"], tmp_path / "out", zones=zones)
    with rasterio.open(tmp_path / "out/limiting_plum.tif") as dataset:
        assert dataset.read(1).any()
    with raster.open_raster(clean["whole"]) as reader:
        cell = raster.Areas.of(reader.file.grid).rows(0, HEIGHT) / 1e6
    table = outcome.areas["plum"].groupby(["zone", "class"])["area_km2"].sum()
    for name, part in {"a": np.s_[:, :20], "b": np.s_[:, 10:], "c": np.s_[2:6, 12:18]}.items():
        for code, grade in ((1, "S1"), (2, "S2"), (3, "S3"), (4, "N")):
            expected = cell[part][cls[part] == code].sum()
            assert table[name, grade] == pytest.approx(expected, abs=1e-6)
    # what holds the land back is counted in each too: 小计 of S3 and N over the causes is their area
    county = outcome.feasibility[outcome.feasibility["test"] == "county"]
    assert set(county["kind"]) == {"a", "b", "c"}


def test_zones_of_bands_and_of_suitability_agree(tmp_path, clean):
    zones = zones_of((0, 20, 0, 24), (10, 30, 3, 24))
    path = tmp_path / "zones.gpkg"
    zones.to_file(path)
    assert main(["bands", str(clean["holed"]), "--zones", str(path), "--out", str(tmp_path / "b")]) == 0
    command = ["suitability", str(clean["holed"]), "--crop", "plum", "--zones", str(path)]
    assert main([*command, "--out", str(tmp_path / "s")]) == 0
    bands = pd.read_csv(tmp_path / "b/band_areas.csv").set_index(["zone", "band"])["area_km2"]
    areas = pd.read_csv(tmp_path / "s/areas_plum.csv").groupby(["zone", "band"])["area_km2"].sum()
    joined = bands.to_frame("bands").join(areas.to_frame("areas"), how="outer")
    np.testing.assert_allclose(joined["areas"], joined["bands"], atol=1e-5)


@pytest.mark.parametrize("shape", [shapely.Point(WEST + 500, NORTH - 500), shapely.LineString([(0, 0), (1, 1)])])
def test_only_polygons_are_zones(tmp_path, clean, shape):
    zones = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shape], crs="EPSG:4544")
    with pytest.raises(DataError, match="must be polygons"):
        evaluate_file(clean["whole"], tmp_path / "out", crops=["plum"], zones=zones)


def test_zones_given_that_miss_the_dem_are_refused_by_the_command(tmp_path, clean, capsys):
    far = zones_of((0, 20, 0, 24)).set_geometry(zones_of((0, 20, 0, 24)).translate(1e6))
    far.to_file(tmp_path / "far.gpkg")
    command = ["suitability", str(clean["whole"]), "--crop", "plum", "--zones", str(tmp_path / "far.gpkg")]
    assert main([*command, "--out", str(tmp_path / "s")]) == 2
    assert "zones and raster do not overlap" in capsys.readouterr().err


def test_rings_cut_zones_by_distance(tmp_path):
    grid = raster.RasterFile.of(write(tmp_path / "dem.tif", heights(), dtype="float32")).grid
    bank = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(WEST, NORTH + 5000), (WEST, NORTH - 9000)])], crs="EPSG:4544"
    )
    # the orange asks for 2, 5 and 10 km; the raster is 2.7 km wide, so columns 0-21 lie within 2 km
    partition = Partition.of(zones_of((0, 30, 0, 24)), grid, frontage=bank, uses=[load_use("orange")])
    assert partition.rings == (2.0, 5.0, 10.0)
    (sheet,) = partition.sheets(grid)
    assert (sheet[:, :22] == 0).all()
    assert (sheet[:, 22:] == 1).all()
    assert partition.count == 4
    (part,) = partition.sheets(grid.window(slice(3, 9), slice(20, 25)))
    np.testing.assert_array_equal(part, sheet[3:9, 20:25])


@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_undeclared_codes_of_a_layer_are_counted_and_told(tmp_path, clean, shift):
    values = np.full((HEIGHT, WIDTH), 6.2)
    values[2:4, 5:8] = -9999
    path = write(
        tmp_path / "ph.tif", values, dtype="float32", transform=TRANSFORM * Affine.translation(shift / CELL, 0)
    )
    outcome = mapped(clean["whole"], tmp_path / "out", layers={"soil_ph": path})[2]
    told = [note for note in outcome.notes if note.startswith("ph.tif has missing cells")]
    assert len(told) == 1
    assert "customary code: 6)" in told[0]
