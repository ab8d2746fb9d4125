"""``nanyi-gis viewshed``: files, tags, notes, and one line for bad input."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from terrain_rasters import hills, raster

from nanyi_gis.cli import main
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import write_cog
from nanyi_gis.visibility import mast_notes, radio_viewshed, viewshed

ORIGIN = (560_000.0, 3_110_000.0)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sight")
    z = hills((60, 60), seed=4)
    z[20:23, 30] = np.nan
    write_cog(raster(z, origin=ORIGIN), folder / "dem.tif", nodata=-9999)
    write_cog(raster(z, origin=ORIGIN, step=(30.0, -20.0)), folder / "oblong.tif", nodata=-9999)
    degrees = raster(z, origin=(105.5, 28.1), step=(0.0003, -0.0003), crs="EPSG:4326")
    write_cog(degrees, folder / "degrees.tif", nodata=-9999)
    write_cog(raster(z[::4, ::4], origin=ORIGIN, step=(120.0, -120.0)), folder / "coarse.tif", nodata=-9999)
    at = {
        "good": [(ORIGIN[0] + 300 + 9, ORIGIN[1] - 300 + 12), (ORIGIN[0] + 900, ORIGIN[1] - 900)],
        "outside": [(ORIGIN[0] - 3000, ORIGIN[1])],
        "nodata": [(ORIGIN[0] + 30 * 30, ORIGIN[1] - 30 * 21)],
        "doubled": [(ORIGIN[0] + 300, ORIGIN[1] - 300)] * 2,
    }
    for name, places in at.items():
        frame = gpd.GeoDataFrame(
            {"name": [f"=v{i}" for i in range(len(places))], "x": 7}, geometry=shapely.points(places), crs=4544
        )
        write_gpkg({"p": frame}, folder / f"{name}.gpkg")
    return folder


def run(desk, *arguments, out):
    return main(
        ["viewshed", str(desk / "dem.tif"), "--observers", str(desk / "good.gpkg"), "--out", str(out), *arguments]
    )


def test_files_and_their_tags(desk, tmp_path, capsys):
    assert run(desk, "--radius", "1200", "--height", "20", out=tmp_path / "o") == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[:2] == [str(tmp_path / "o" / "visible.tif"), str(tmp_path / "o" / "observers.csv")]
    assert "2 observers see " in told.out
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["observers.csv", "visible.tif"]
    with rasterio.open(desk / "dem.tif") as source:
        dem = raster(source.read(1), origin=ORIGIN, nodata=-9999)
    points = gpd.read_file(desk / "good.gpkg")
    wanted = viewshed(dem, points, height=20, radius=1200)
    with rasterio.open(tmp_path / "o" / "visible.tif") as source:
        np.testing.assert_array_equal(source.read(1), wanted.values)
        assert source.nodata == 65_535
        assert (source.read(1)[20:23, 30] == 65_535).all()
        tags = source.tags()
    assert tags["CURVATURE"] == "light"
    assert tags["EARTH_RADIUS_FACTOR"] == "1.16667"
    assert tags["RADIUS_M"] == "1200"
    assert tags["EVIDENCE"] == "modelled"
    assert tags["METHOD"].startswith("exact line of sight")
    table = pd.read_csv(tmp_path / "o" / "observers.csv")
    assert table["observer"].tolist() == [0, 1]
    assert table["name"].tolist() == ["'=v0", "'=v1"]
    assert table["given_x"].tolist() == [7, 7]
    assert table["moved_m"].tolist() == [15.0, 0.0]
    assert table["cells_seen"].tolist() == wanted.attrs["cells_seen"]
    assert table["cells_unknown"].tolist() == wanted.attrs["cells_unknown"]
    np.testing.assert_allclose(table["km2_seen"], table["cells_seen"] * 0.0009, rtol=2e-3, atol=1e-3)


def test_a_frequency_gives_clear_paths_and_losses_over_the_radio_earth(desk, tmp_path, capsys):
    assert run(desk, "--radius", "900", "--frequency-mhz", "900", out=tmp_path / "o") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5
    with rasterio.open(desk / "dem.tif") as source:
        dem = raster(source.read(1), origin=ORIGIN, nodata=-9999)
    path = radio_viewshed(dem, gpd.read_file(desk / "good.gpkg"), frequency_mhz=900, radius=900)
    with rasterio.open(tmp_path / "o" / "loss.tif") as source:
        np.testing.assert_array_equal(source.read(1), path["loss_db"].values)
        assert source.tags()["CURVATURE"] == "radio"
        assert source.tags()["FREQUENCY_MHZ"] == "900"
    with rasterio.open(tmp_path / "o" / "clear.tif") as source:
        np.testing.assert_array_equal(source.read(1), path["clear"].values)
    table = pd.read_csv(tmp_path / "o" / "observers.csv")
    assert table["cells_clear"].tolist() == path.attrs["cells_clear"]
    assert (table["cells_clear"] <= table["cells_seen"]).all()


def test_without_a_radius_a_small_dem_is_looked_over_whole(desk, tmp_path):
    assert run(desk, out=tmp_path / "o") == 0
    with rasterio.open(tmp_path / "o" / "visible.tif") as source:
        assert float(source.tags()["RADIUS_M"]) == pytest.approx(30 * 60 * np.sqrt(2), rel=1e-5)


def test_the_same_bytes_again(desk, tmp_path):
    for name in ("a", "b"):
        assert run(desk, "--radius", "600", "--frequency-mhz", "700", out=tmp_path / name) == 0
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_coarse_or_modelled_dem_is_unfit_for_a_mast(desk, tmp_path, capsys):
    arguments = ["--observers", str(desk / "good.gpkg"), "--out", str(tmp_path / "o"), "--radius", "900"]
    assert main(["viewshed", str(desk / "coarse.tif"), *arguments]) == 0
    assert "cells of 120 m are unfit for siting a mast" in capsys.readouterr().err
    assert main(["viewshed", str(desk / "dem.tif"), *arguments]) == 0
    assert "unfit" not in capsys.readouterr().err
    assert "demonstration terrain" in mast_notes(90.0, demonstration=True, modelled=True)[0]
    assert mast_notes(100.0) == ()


BAD = [
    ("dem.tif good.gpkg --radius 0", "radius is 0.0 m"),
    ("dem.tif good.gpkg --radius 20", "cells are 30 m wide"),
    ("dem.tif good.gpkg --radius 50000", "from corner to corner"),
    ("dem.tif good.gpkg --radius nan", "radius is nan"),
    ("dem.tif good.gpkg --height -2", "height is -2.0 m"),
    ("dem.tif good.gpkg --height nan", "height is nan"),
    ("dem.tif good.gpkg --target-height -1", "target_height is -1.0 m"),
    ("dem.tif good.gpkg --frequency-mhz 0", "frequency_mhz is 0"),
    ("dem.tif outside.gpkg", "1 of 1 observers lie outside the DEM"),
    ("dem.tif nodata.gpkg", "lie where the DEM has no height"),
    ("dem.tif doubled.gpkg", "0 and 1 are at the same place"),
    ("oblong.tif good.gpkg", "30 m x 20 m, but lines of sight need equal sides"),
    ("degrees.tif good.gpkg", "in degrees, but lines of sight need metres"),
    ("dem.tif none.gpkg", "no file"),
    ("none.tif good.gpkg", "none.tif"),
    ("dem.tif dem.tif", "dem.tif"),
]


@pytest.mark.parametrize(("words", "said"), BAD)
def test_bad_input_is_one_line_and_writes_nothing(desk, tmp_path, capsys, words, said):
    dem, points, *options = words.split()
    out = tmp_path / "o"
    assert main(["viewshed", str(desk / dem), "--observers", str(desk / points), "--out", str(out), *options]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
    assert not out.exists()


def test_no_result_over_an_input(desk, tmp_path, capsys):
    (tmp_path / "visible.tif").write_bytes((desk / "dem.tif").read_bytes())
    arguments = ["--observers", str(desk / "good.gpkg"), "--out", str(tmp_path)]
    assert main(["viewshed", str(tmp_path / "visible.tif"), *arguments]) == 2
    assert "visible.tif" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["visible.tif"]
