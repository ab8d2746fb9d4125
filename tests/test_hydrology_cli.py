"""``nanyi-gis hydrology``: files, tags, notes, and one line for bad input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from terrain_rasters import raster

from nanyi_gis.cli import main
from nanyi_gis.hydrology import depressions, drainage, hydrology_files
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import write_cog

ORIGIN = (560_000.0, 3_110_000.0)
CODES = {1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0), 128: (-1, 1)}


def relief():
    """Return a rough V-shaped valley with a hollow in it and some cells without height."""
    y, x = np.indices((60, 50), dtype=float)
    z = 600.0 + 4 * np.abs(x - 25) + 2 * (59 - y) + np.random.default_rng(2).normal(0, 0.4, (60, 50))
    z = np.minimum(z, 715.0 + 5 * np.hypot(x - 40, y - 15))
    z[40:42, 3] = np.nan
    return z.astype("float32")


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("water")
    z = relief()
    write_cog(raster(z, origin=ORIGIN), folder / "dem.tif", nodata=-9999)
    degrees = raster(z, origin=(105.5, 28.1), step=(0.0003, -0.0003), crs="EPSG:4326")
    write_cog(degrees, folder / "degrees.tif", nodata=-9999)
    write_cog(raster(z, origin=ORIGIN, step=(120.0, -120.0)), folder / "coarse.tif", nodata=-9999)
    write_cog(raster(np.full((20, 20), np.nan, "float32"), origin=ORIGIN), folder / "blank.tif", nodata=-9999)
    write_cog(raster(np.ones_like(z), origin=ORIGIN), folder / "people.tif", nodata=-9999)
    far = raster(np.ones((5, 5), "float32"), origin=(500_000.0, 3_000_000.0))
    write_cog(far, folder / "far.tif", nodata=-9999)
    middle = ORIGIN[0] + 25 * 30
    shapes = {
        "river": [shapely.LineString([(middle, ORIGIN[1] + 10), (middle, ORIGIN[1] - 59 * 30 - 10)])],
        "coarse_river": [shapely.LineString([(ORIGIN[0] + 3000, ORIGIN[1]), (ORIGIN[0] + 3000, ORIGIN[1] - 7080)])],
        "far": [shapely.LineString([(400_000, 3_000_000), (401_000, 3_000_000)])],
        "karst": [shapely.Point(ORIGIN[0] + 40 * 30, ORIGIN[1] - 15 * 30).buffer(100)],
        "dam": [shapely.LineString([(ORIGIN[0] + 150, ORIGIN[1] - 1200), (ORIGIN[0] + 1350, ORIGIN[1] - 1200)])],
        "points": [shapely.Point(middle, ORIGIN[1] - 300)],
    }
    for name, geometry in shapes.items():
        write_gpkg(
            {"a": gpd.GeoDataFrame({"n": [1] * len(geometry)}, geometry=geometry, crs=4544)}, folder / f"{name}.gpkg"
        )
    return folder


def degrees_of(x, y):
    point = gpd.GeoSeries.from_xy([x], [y], crs=4544).to_crs(4326).iloc[0]
    return f"{point.x:.9f},{point.y:.9f}"


PLACE = degrees_of(ORIGIN[0] + 25 * 30, ORIGIN[1] - 40 * 30)
FLANK = degrees_of(ORIGIN[0] + 47 * 30, ORIGIN[1] - 40 * 30)


def read(path):
    with rasterio.open(path) as source:
        return source.read(1), source.tags(), source.nodata


def test_the_files_and_what_they_hold(desk, tmp_path, capsys):
    out = tmp_path / "o"
    assert main(["hydrology", str(desk / "dem.tif"), "--out", str(out), "--streams", "0.05"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[:-1] == [str(out / name) for name in hydrology_files()]
    assert sorted(path.name for path in out.iterdir()) == sorted(hydrology_files())
    assert "depressions, the deepest" in told.err
    z = relief().astype(np.float64)
    known = ~np.isnan(z)
    filled, tags, _ = read(out / "filled.tif")
    assert (filled[known] >= z[known].astype(np.float32)).all()
    assert tags["DEPRESSION_METHOD"] == "fill"
    assert tags["STREAMS_KM2"] == "0.05"
    assert tags["EVIDENCE"] == "modelled"
    direction, _, nodata = read(out / "direction.tif")
    assert nodata == 255
    assert (direction[~known] == 255).all()
    total, _, _ = read(out / "accumulation.tif")
    # each cell has itself and what its donors have; all of it leaves
    sums = np.where(known, 1, 0)
    for (i, j), code in np.ndenumerate(direction):
        if code in CODES:
            sums[i + CODES[int(code)][0], j + CODES[int(code)][1]] += total[i, j]
    np.testing.assert_array_equal(total[known], sums[known])
    assert total[direction == 0].sum() == known.sum()
    hand, _, _ = read(out / "hand.tif")
    assert np.nanmin(hand) == 0
    streams = gpd.read_file(out / "streams.gpkg", layer="streams")
    areas = gpd.read_file(out / "streams.gpkg", layer="catchments")
    assert set(areas["stream"]) == set(streams["stream"])
    assert {"order", "length_m", "upstream_km2", "to"} <= set(streams.columns)
    table = pd.read_csv(out / "depressions.csv")
    found = depressions(raster(z, origin=ORIGIN), drainage(raster(z, origin=ORIGIN), depressions="fill")["filled"])
    assert len(table) == len(found) == len(gpd.read_file(out / "depressions.gpkg"))
    np.testing.assert_allclose(table["volume_m3"], found["volume_m3"], rtol=1e-3, atol=1)


def test_shared_water_changes_the_accumulation_alone(desk, tmp_path):
    for method in ("d8", "dinf"):
        out = ["--out", str(tmp_path / method), "--streams", "0.05", "--method", method]
        assert main(["hydrology", str(desk / "dem.tif"), *out]) == 0
    one, two = (read(tmp_path / method / "accumulation.tif")[0] for method in ("d8", "dinf"))
    assert (one != two).any()
    for name in ("direction.tif", "hand.tif", "filled.tif"):
        np.testing.assert_array_equal(*(read(tmp_path / method / name)[0] for method in ("d8", "dinf")))


def test_breach_cuts_and_a_kept_basin_stays(desk, tmp_path, capsys):
    run = ["hydrology", str(desk / "dem.tif"), "--streams", "0.05", "--out"]
    assert main([*run, str(tmp_path / "cut"), "--depressions", "breach"]) == 0
    cut, tags, _ = read(tmp_path / "cut" / "filled.tif")
    assert tags["RAISED_M3"] == "0"
    assert (cut < relief() - 5).any()
    rule = ["--keep-inside", str(desk / "karst.gpkg"), "--keep-deeper", "5"]
    assert main([*run, str(tmp_path / "kept"), *rule]) == 0
    assert "1 kept as closed basins" in capsys.readouterr().err
    direction, tags, _ = read(tmp_path / "kept" / "direction.tif")
    assert tags["DEPRESSIONS_KEPT"] == "1"
    assert direction[15, 40] == 0


def test_a_dam_gives_its_curve_and_its_water(desk, tmp_path, capsys):
    out = tmp_path / "o"
    more = ["--people", str(desk / "people.tif"), "--roads", str(desk / "river.gpkg")]
    arguments = ["hydrology", str(desk / "dem.tif"), "--out", str(out), "--dam", f"{PLACE},30", *more]
    assert main(arguments) == 0
    assert "full at " in capsys.readouterr().out
    table = pd.read_csv(out / "reservoir.csv")
    assert len(table) == 20
    assert {"level_m", "depth_m", "area_km2", "volume_m3", "people", "road_km"} == set(table.columns)
    assert table["volume_m3"].is_monotonic_increasing
    # a V with sides of 4 m and a fall of 2 m a cell: a pyramid over the section at the wall's face
    assert table["volume_m3"].iloc[-1] == pytest.approx(29**3 / (3 * 4 * 2) * 900, rel=0.1)
    water = gpd.read_file(out / "reservoir.gpkg", layer="reservoir")
    assert water.geometry.area.iloc[-1] / 900 == table["people"].iloc[-1]
    assert len(gpd.read_file(out / "reservoir.gpkg", layer="dam")) == 1
    by_line = ["--dam-line", str(desk / "dam.gpkg"), "--crest", "665"]
    assert main(["hydrology", str(desk / "dem.tif"), "--out", str(tmp_path / "line"), *by_line]) == 0


def test_a_stage_gives_a_screening_that_says_what_it_is(desk, tmp_path, capsys):
    run = ["hydrology", str(desk / "dem.tif"), "--stage", "6", "--rivers", str(desk / "river.gpkg"), "--out"]
    assert main([*run, str(tmp_path / "o")]) == 0
    told = capsys.readouterr().err
    assert "is a screening" in told
    assert "unfit for design" not in told
    depth, tags, _ = read(tmp_path / "o" / "flood.tif")
    assert tags["STAGE_M"] == "6"
    assert tags["RIVERS_BURNED"] == "yes"
    assert np.nanmax(depth) == 6.0
    arguments = ["--stage", "6", "--coarse", "--out", str(tmp_path / "c")]
    assert main(["hydrology", str(desk / "coarse.tif"), *arguments]) == 0
    assert "cells of 120 m are over 30 m: the screening is unfit for design" in capsys.readouterr().err


def test_coarse_cells_need_rivers_or_a_word(desk, tmp_path, capsys):
    run = ["hydrology", str(desk / "coarse.tif"), "--out", str(tmp_path / "o")]
    assert main(run) == 2
    assert "gorges look like dams" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
    assert main([*run, "--rivers", str(desk / "coarse_river.gpkg")]) == 0


def test_a_dem_in_degrees_and_the_same_bytes_again(desk, tmp_path):
    for name in ("a", "b"):
        assert main(["hydrology", str(desk / "degrees.tif"), "--out", str(tmp_path / name), "--stage", "3"]) == 0
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


BAD = [
    ("dem.tif --streams 0", "streams is 0.0 km2"),
    ("dem.tif --streams 0.0001", "give at least one cell"),
    ("dem.tif --streams 900", "the DEM has only "),
    ("dem.tif --streams nan", "streams is nan"),
    ("dem.tif --method d16", "d16"),
    ("dem.tif --depressions none", "none"),
    ("dem.tif --keep-deeper -1", "deeper is -1"),
    ("dem.tif --keep-inside far.gpkg", "far.gpkg"),
    ("dem.tif --rivers far.gpkg", "none of 1 rivers reaches the DEM"),
    ("dem.tif --rivers points.gpkg", "points.gpkg"),
    ("dem.tif --rivers none.gpkg", "no file"),
    ("dem.tif --stage 0", "stage is 0.0 m"),
    ("dem.tif --dam 105.4", "must be LON,LAT,HEIGHT"),
    ("dem.tif --dam a,b,c", "must be LON,LAT,HEIGHT"),
    ("dem.tif --dam 105.4,28.1,40", "outside the DEM"),
    (f"dem.tif --dam {PLACE},0", "dam height is 0"),
    (f"dem.tif --dam {PLACE},nan", "dam height is nan"),
    (f"dem.tif --dam {PLACE},900", "is off a valley"),
    (f"dem.tif --dam {FLANK},30", "is off a valley"),
    ("dem.tif --dam-line dam.gpkg", "add --crest"),
    ("dem.tif --crest 700", "no effect without --dam-line"),
    (f"dem.tif --dam {PLACE},30 --roads far.gpkg", "none of 1 roads reaches the DEM"),
    (f"dem.tif --dam {PLACE},30 --people far.tif", "people do not reach the DEM"),
    ("dem.tif --roads river.gpkg", "no effect without --dam"),
    ("dem.tif --dam-line river.gpkg --crest 700", "dam"),
    ("dem.tif --coarse --rivers river.gpkg", "no effect with --rivers"),
    ("blank.tif", "blank.tif"),
    ("none.tif", "none.tif"),
    ("river.gpkg", "river.gpkg"),
]


@pytest.mark.parametrize(("words", "said"), BAD)
def test_bad_input_is_one_line_and_writes_nothing(desk, tmp_path, capsys, words, said):
    dem, *options = words.split()
    files = [str(desk / word) if word.endswith((".gpkg", "far.tif")) else word for word in options]
    out = tmp_path / "o"
    assert main(["hydrology", str(desk / dem), "--out", str(out), *files]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not out.exists()
