"""Files that claim too much: refused before a cell is read, lifted by consent."""

import struct
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rasterio.transform import from_origin
from scipy import ndimage

from nanyi_gis import _limits
from nanyi_gis._consent import forcing
from nanyi_gis.accessibility import od_cost_matrix
from nanyi_gis.cli import main
from nanyi_gis.dem import load_dem
from nanyi_gis.errors import DataError, OutputError, ParameterError
from nanyi_gis.inspection import inspect_file
from nanyi_gis.io import read_mapping, read_vector, valid_polygons
from nanyi_gis.raster import Grid, RasterFile, Reader, Zones, ZoneSums, read_raster
from nanyi_gis.raster.findings import judged_zeros
from nanyi_gis.raster.patches import ZeroPatches
from nanyi_gis.study import load_study
from nanyi_gis.suitability import evaluate_file
from nanyi_gis.terrain import files, write_bands
from nanyi_gis.travel_time import travel_time
from nanyi_gis.uncertainty import band_area_distribution, weight_robustness
from nanyi_gis.webmap import Page

EDGES = [700.0, 900.0, 1200.0]


def small(path, values=None, *, cell=1500.0, **options):
    values = np.full((100, 100), 800, np.int16) if values is None else values
    profile = {"driver": "GTiff", "count": 1, "dtype": values.dtype.name, "crs": "EPSG:4544", "nodata": -9999}
    profile |= {"height": values.shape[0], "width": values.shape[1]}
    with rasterio.open(path, "w", transform=from_origin(440000, 3150000, cell, cell), **profile | options) as file:
        file.write(values, 1)
    return path


def claiming(folder, width, height, *, side=150_000.0):
    """A VRT of a few bytes that draws a raster of 100 x 100 cells out to any size."""
    small(folder / "small.tif")
    path = folder / "claims.vrt"
    path.write_text(
        f'<VRTDataset rasterXSize="{width}" rasterYSize="{height}"><SRS>EPSG:4544</SRS>'
        f"<GeoTransform>440000,{side / width},0,3150000,0,-{side / height}</GeoTransform>"
        '<VRTRasterBand dataType="Int16" band="1"><NoDataValue>-9999</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">small.tif</SourceFilename><SourceBand>1</SourceBand>'
        f'<SrcRect xOff="0" yOff="0" xSize="100" ySize="100"/><DstRect xOff="0" yOff="0" xSize="{width}" '
        f'ySize="{height}"/></SimpleSource></VRTRasterBand></VRTDataset>'
    )
    return path


@pytest.fixture
def unread(monkeypatch):
    def fail(*_, **__):
        raise AssertionError("a cell was read")

    monkeypatch.setattr(Reader, "_measured", fail)
    monkeypatch.setattr(Reader, "stored", fail)


@pytest.mark.usefixtures("unread")
class TestBeforeACellIsRead:
    def test_bands_and_suitability_refuse_a_million_by_a_million_cells(self, tmp_path):
        dem = claiming(tmp_path, 1_000_000, 1_000_000)
        with pytest.raises(DataError, match=r"1,000,000,000,000 cells .* limit of 50,000,000,000; clip it .*--force"):
            write_bands(dem, tmp_path / "out", edges=EDGES)
        with pytest.raises(DataError, match="limit of 50,000,000,000"):
            evaluate_file(dem, tmp_path / "out", crops=["plum"])
        assert not (tmp_path / "out").exists()

    def test_a_side_of_many_cells(self, tmp_path):
        with pytest.raises(DataError, match="a side of 20,000,000 cells"):
            write_bands(claiming(tmp_path, 20, 20_000_000), tmp_path / "out", edges=EDGES)

    def test_many_uses_take_longer_than_a_day(self, tmp_path, monkeypatch):
        monkeypatch.setattr(_limits, "MOST_HOURS", 1e-9)
        with pytest.raises(DataError, match="hours, above the limit"):
            evaluate_file(claiming(tmp_path, 10_000, 10_000), tmp_path / "out", crops=["plum"])

    def test_what_is_read_whole_must_fit_into_the_memory(self, tmp_path):
        dem = claiming(tmp_path, 3_000_000, 3_000_000)
        with pytest.raises(DataError, match=r"at least 54,000\.0 GB of memory"):  # 2 bytes stored, 4 as a float
            read_raster(dem, kind="elevation")

    def test_the_atlas_refuses_a_file_with_too_many_cells_over_the_counties(self, tmp_path):
        with pytest.raises(DataError, match="cells in the area, above the limit"):
            load_dem(claiming(tmp_path, 1_000_000, 1_000_000), study=load_study(), resolution=500)

    def test_a_disk_without_room(self, tmp_path, monkeypatch):
        monkeypatch.setattr(_limits.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
        with pytest.raises(OutputError, match="needs at least"):
            write_bands(claiming(tmp_path, 10_000, 10_000), tmp_path / "out", edges=EDGES)

    def test_the_command_line_says_it_in_one_line(self, tmp_path, capsys):
        dem = claiming(tmp_path, 1_000_000, 1_000_000)
        assert main(["bands", str(dem), "--out", str(tmp_path / "out")]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_check_says_no_where_the_commands_will(tmp_path):
    (report,) = inspect_file(claiming(tmp_path, 1_000_000, 1_000_000), study=load_study())
    said = {command: use.verdict for use in report.uses for command in use.commands}
    for command in ("bands", "suitability", "travel-time", "build --dem", "access --population"):
        assert said[command].startswith("no: claims.vrt has "), command
        assert "--force" in said[command]


def test_the_limits_are_lifted_by_consent():
    with forcing():
        _limits.hold("all", 2, 1, cure="none")
        _limits.hold_memory("all", 1e18)
        _limits.hold_samples(10**9)


def test_a_country_passes():
    _limits.hold_cells("china.tif", 200_000, 60_000, task="suitability")  # 12,000 million cells of 30 m
    _limits.hold_disk(".", 15_000_000, layers=3)


def test_samples_zones_matrices_pages_and_grids_are_bounded(monkeypatch):
    dem = Grid.from_bounds((0, 0, 60, 60), resolution=30, crs="EPSG:4544").array(np.zeros((2, 2)), nodata=np.nan)
    for sampled in (
        lambda: band_area_distribution(dem, sigma=10, correlation_length=90, samples=10**8),
        lambda: weight_robustness(dem, crop="plum", samples=10**8),
    ):
        with pytest.raises(ParameterError, match="samples is 100,000,000, above the limit"):
            sampled()
    with pytest.raises(DataError, match="zones"):
        _limits.hold_zones(10**7, 2)
    with pytest.raises(ParameterError, match=r"resolution 0\.01 m makes a grid"):
        load_dem(study=load_study(), resolution=0.01)
    monkeypatch.setattr(_limits, "MOST_PAGE_FEATURES", 3)
    points = gpd.GeoDataFrame({"name": list("abcd")}, geometry=gpd.points_from_xy(range(4), range(4)), crs=4326)
    with pytest.raises(DataError, match="layer 'many' has 4 features, above the limit of 3"):
        Page(title="p", bounds=(0, 0, 4, 4)).add_points("many", points)
    monkeypatch.setattr(_limits, "GIGABYTE", 1.0)
    monkeypatch.setattr(_limits, "free_memory", lambda: 10)
    with pytest.raises(DataError, match="travel time over 4 cells"):
        travel_time(dem, points)
    import networkx as nx

    graph = nx.MultiDiGraph(crs="EPSG:4544")
    graph.add_nodes_from((n, {"x": 1000.0 * n, "y": 0.0}) for n in range(2))
    graph.add_edge(0, 1, travel_time=60.0)
    with pytest.raises(DataError, match="a matrix of 2 origins by 2 destinations"):
        od_cost_matrix(graph, [0, 1], [0, 1])


def test_files_that_a_container_keeps_in_memory_are_free(tmp_path):
    for name, text in (
        ("max", "4000"),
        ("current", "3900"),
        ("stat", "anon 300\ninactive_file 3000\nactive_file 500\n"),
    ):
        (tmp_path / f"memory.{name}").write_text(text)
    assert _limits._container(tmp_path) == 3600
    (tmp_path / "memory.stat").write_text("odd")
    assert _limits._container(tmp_path) == 100


def test_memory_of_a_container(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    assert _limits._container(tmp_path) == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert _limits._container(tmp_path) > 1 << 50
    assert _limits._container(tmp_path / "none") > 1 << 50


class TestDamaged:
    def test_a_tiff_that_is_cut_off(self, tmp_path):
        whole = small(tmp_path / "a.tif", np.arange(10_000, dtype=np.int16).reshape(100, 100))
        (tmp_path / "cut.tif").write_bytes(whole.read_bytes()[:10_000])
        with pytest.raises(DataError, match=r"end .it has 10,000 bytes"):
            RasterFile.of(tmp_path / "cut.tif")

    def test_a_tiff_whose_header_claims_more_than_it_stores(self, tmp_path):
        content = bytearray(small(tmp_path / "a.tif").read_bytes())
        first = struct.unpack("<I", content[4:8])[0]
        for entry in range(first + 2, first + 2 + 12 * struct.unpack("<H", content[first : first + 2])[0], 12):
            if struct.unpack("<H", content[entry : entry + 2])[0] in (256, 257):  # width and height
                content[entry : entry + 12] = content[entry : entry + 2] + struct.pack("<HII", 4, 1, 1_000_000)
        (tmp_path / "claims.tif").write_bytes(content)
        with pytest.raises(DataError, match=r"claims\.tif cannot be read to the end .its 1,000,000 x 1,000,000 cells"):
            RasterFile.of(tmp_path / "claims.tif")

    def test_a_sparse_one_is_sound(self, tmp_path):
        profile = {"driver": "GTiff", "count": 1, "dtype": "int16", "crs": "EPSG:4544", "height": 4096, "width": 4096}
        with rasterio.open(
            tmp_path / "a.tif", "w", tiled=True, SPARSE_OK=True, transform=from_origin(0, 3e6, 30, 30), **profile
        ):
            pass
        assert RasterFile.of(tmp_path / "a.tif").grid.shape == (4096, 4096)


heights = hnp.arrays(np.float32, (9, 7), elements=st.sampled_from([0.0, 0.0, 50.0, 900.0, np.nan]))
cuts = st.lists(st.integers(1, 8), max_size=8).map(lambda rows: [0, *sorted(set(rows)), 9])


@settings(deadline=None, max_examples=200)
@given(heights, cuts)
def test_zeros_are_judged_alike_in_strips_of_any_height(values, rows):
    patches = ZeroPatches()
    for top, bottom in pairwise(rows):
        patches.add(values[top:bottom])
    assert patches.finish() == judged_zeros(values)[0]


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(np.uint8, (9, 7), elements=st.integers(0, 3)), cuts)
def test_areas_are_the_same_to_the_last_bit_in_strips_of_any_height(codes, rows):
    grid = Grid.from_bounds((440000, 3150000, 440000 + 7 * 30, 3150000 + 9 * 30), resolution=30, crs="EPSG:4544")
    triangle = shapely.Polygon([(440000, 3150000), (440200, 3150000), (440100, 3150270)])
    zones = Zones.of(gpd.GeoDataFrame({"name": ["a"]}, geometry=[triangle], crs="EPSG:4544"), grid)
    once, parted = ZoneSums(zones, grid, 4), ZoneSums(zones, grid, 4)
    once.add(codes, 0)
    for top, bottom in pairwise(rows):
        parted.add(codes[top:bottom], top)
    assert (once.total == parted.total).all()


def test_bands_has_the_same_bytes_in_strips_of_any_height(tmp_path, monkeypatch):
    y, x = np.mgrid[0:1100, 0:200]
    values = (900 + 400 * np.sin(x / 20) * np.cos(y / 90)).astype(np.int16)
    values[500:530, 50:80] = 0
    dem = small(tmp_path / "dem.tif", values, cell=30.0)
    found = {}
    for cells in (1, 200 * 512, 10**9):
        monkeypatch.setattr(files, "STRIP_CELLS", cells)
        done = write_bands(dem, tmp_path / str(cells), edges=EDGES)
        assert any("900 cells of exactly 0" in note for note in done.notes)
        found[cells] = [path.read_bytes() for path in done.files]
    assert found[1] == found[200 * 512] == found[10**9]
    # 30 m cells, of which a patch count: all cells have a height, so the areas add up to those of the raster
    assert done.areas["area_km2"].sum() == pytest.approx(1100 * 200 * 900e-6, rel=2e-3)
    assert ndimage.label(values == 0)[1] == 1


BAD = {
    "long.toml": b"a = 1\n" * 600_000,
    "sections.toml": b"[" + b".".join([b"a"] * 100_000) + b"]\nx = 1",
    "inline.toml": b"x = {" + b".".join([b'"a"'] * 5_000) + b" = 1}",
    "hex.toml": b"a = 0x" + b"f" * 100_000,
    "above.toml": b"a = 1e400",
    "text.toml": b"a = '" + b"x" * 200_000 + b"'",
    "nul.toml": b"a = '\0'",
    "twice.json": b'{"a": 1, "b": {"c": 1, "c": 2}}',
    "nan.json": b'{"a": NaN}',
    "above.json": b'{"a": -1e400}',
    "digits.json": b'{"a": ' + b"9" * 4_000 + b"}",
    "half.json": b'{"a": "\\ud800"}',
    "nul.json": b'{"a": "\\u0000"}',
}


@pytest.mark.parametrize("name", BAD)
def test_odd_files_of_parameters_are_one_short_line(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD[name])
    with pytest.raises(DataError) as caught:
        read_mapping(path)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_infinite_limits_of_a_crop_file_stay(tmp_path):
    (tmp_path / "own.toml").write_text("band = [-inf, 700]")
    assert read_mapping(tmp_path / "own.toml") == {"band": [-np.inf, 700]}


def test_a_parquet_of_deep_collections_is_refused_before_geos_sees_it(tmp_path):
    from pyarrow import parquet

    path = tmp_path / "deep.parquet"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105, 28)], crs=4490).to_parquet(path)
    told = parquet.read_schema(path).metadata
    deep = struct.pack("<BII", 1, 7, 1) * 100_000 + struct.pack("<BIdd", 1, 1, 105.0, 28.0)
    table = pa.table({"name": ["a"], "geometry": pa.array([deep], pa.binary())}).replace_schema_metadata(told)
    parquet.write_table(table, path)
    with pytest.raises(DataError, match="nested deeper than 64 levels"):
        read_vector(path)


def test_a_parquet_of_many_parts_is_taken(tmp_path):
    parts = shapely.multipolygons(
        shapely.box(np.arange(500) * 1e-3 + 105, 28.0, np.arange(500) * 1e-3 + 105.0005, 28.1)
    )
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[parts], crs=4490).to_parquet(tmp_path / "a.parquet")
    assert read_vector(tmp_path / "a.parquet").geometry.iloc[0].equals(parts)


def test_an_outline_that_crosses_itself_without_end_is_refused_before_repair():
    far = np.random.default_rng(0).random((3_000, 2))  # each of its sides crosses 23 % of the others
    with pytest.raises(DataError, match=r"crosses itself 1,0\d\d,\d{3} times, above the limit"):
        valid_polygons(gpd.GeoSeries([shapely.box(0, 0, 1, 1), shapely.Polygon(far)]))
    turn = np.linspace(0, 4 * np.pi, 2_001)  # twice round, with one crossing
    spiral = shapely.Polygon(np.column_stack([np.cos(turn), np.sin(turn)]) * (1 + turn / 10)[:, None])
    assert valid_polygons(gpd.GeoSeries([spiral]))[1].all()


def test_a_layer_of_many_columns(tmp_path):
    names = ", ".join(f'"c{k}": 1' for k in range(6_000))
    point = '{"type": "Point", "coordinates": [105, 28]}'
    path = tmp_path / "a.geojson"
    path.write_text(
        f'{{"type": "FeatureCollection", "features": [{{"type": "Feature", "properties": {{{names}}}, '
        f'"geometry": {point}}}]}}'
    )
    with pytest.raises(DataError, match=r"has 6,001 columns, above the limit of 5,000"):
        read_vector(path)
