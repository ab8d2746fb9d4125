"""Names that libraries take for addresses, options or drivers are names of files, on the way in and out."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from nanyi_gis.cli import main
from nanyi_gis.errors import NanyiError
from nanyi_gis.io import read_vector, write_csv, write_geojson, write_gpkg
from nanyi_gis.raster import open_raster, read_header, write_cog

WEST, NORTH, CELL = 540_000.0, 3_100_000.0, 90.0
NAMES = [
    *(
        "a!b",
        "a;b",
        "a#b",
        "a?b",
        "a%20b",
        "a'b",
        'a"b',
        "a:b",
        " lead",
        "trail ",
        "trail.",
        "-dash",
        "a&b",
        "a=b",
        "a,b",
    ),
    *("中文", "🦜", "é", "new\nline", "tab\tbed", "x" * 200, "{a}", "[a]", "$a", "~a", "a\\b", "a|b", "<a>"),
    *("vsizip", "vsimem", "NETCDF:x", "GTIFF_DIR:1:x", "GPKG:a", "JSON:a", "HDF5:a", "zip+a", "zip:a!b", "file:a"),
    *("s3:a", "http:a", "gzip:", "a.zip!b", "a.tif:b", "WFS:a"),
]
# what each folder holds: a decoy of another value under the name that a library may take the path for
DECOYS = ["a", "b", "x", "b.tif", "b.gpkg", "a.tif", "a.gpkg", "x.tif"]


def raster(value):
    rows, columns = NORTH - CELL * (np.arange(4) + 0.5), WEST + CELL * (np.arange(5) + 0.5)
    cells = np.full((4, 5), value, "float32")
    return xr.DataArray(cells, coords={"y": rows, "x": columns}, dims=("y", "x")).rio.write_crs(4544)


def layer(value):
    return gpd.GeoDataFrame({"value": [value]}, geometry=[shapely.Point(WEST, NORTH)], crs=4544)


def decoy(folder):
    write_cog(raster(1.0), folder / "decoy.tif")
    write_gpkg({"p": layer(1)}, folder / "decoy.gpkg")
    for name in DECOYS:
        original = folder / ("decoy.gpkg" if name.endswith("gpkg") else "decoy.tif")
        (folder / name).write_bytes(original.read_bytes())


def read_value(path):
    with open_raster(path, kind="quantity") as opened:
        return float(opened.read()[0, 0])


@pytest.mark.parametrize("absolute", [False, True], ids=["relative", "absolute"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
def test_a_file_is_read_and_written_under_its_own_name(tmp_path, monkeypatch, name, absolute):
    monkeypatch.chdir(tmp_path)
    decoy(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    base = f"{tmp_path}/" if absolute else ""
    write_cog(raster(7.0), f"{base}{name}.tif")
    write_gpkg({"p": layer(7), "q": layer(8)}, f"{base}{name}.gpkg")
    write_geojson(layer(7), f"{base}{name}.geojson")
    write_csv(pd.DataFrame({"a": [7]}), f"{base}{name}.csv")
    written = {f"{name}{end}" for end in (".tif", ".gpkg", ".geojson", ".csv")}
    assert {path.name for path in tmp_path.iterdir()} - set(before) == written
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name not in written} == before
    assert read_value(f"{base}{name}.tif") == 7.0
    assert read_header(f"{base}{name}.tif").bands == 1
    assert read_vector(f"{base}{name}.gpkg", layer="p")["value"].tolist() == [7]
    assert read_vector(f"{base}{name}.gpkg:q")["value"].tolist() == [8]
    assert read_vector(f"{base}{name}.geojson")["value"].tolist() == [7]


@pytest.mark.parametrize("name", ["a!b", "a;b", "a?b", "s3:a", "zip+a", "file:a", "NETCDF:a", " a", "a ", "中文\n"])
def test_a_folder_may_have_any_name_too(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_cog(raster(7.0), f"{name}/deep/r.tif")
    write_gpkg({"p": layer(7)}, f"{name}/deep/l.gpkg")
    assert read_value(f"{name}/deep/r.tif") == 7.0
    assert read_vector(f"{name}/deep/l.gpkg")["value"].tolist() == [7]
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert sorted(path.name for path in (tmp_path / name / "deep").iterdir()) == ["l.gpkg", "r.tif"]


@pytest.mark.parametrize("name", ["a!b", "a;b", "sieben:7"])
def test_a_shapefile_keeps_its_side_files(tmp_path, name):
    layer(7).to_file(tmp_path / "plain.shp")
    for end in (".shp", ".dbf", ".shx", ".prj", ".cpg"):
        (tmp_path / f"plain{end}").rename(tmp_path / f"{name}{end}")
    frame = read_vector(tmp_path / f"{name}.shp")
    assert frame["value"].tolist() == [7]
    assert frame.crs.to_epsg() == 4544


def test_names_of_gdal_for_what_is_no_file_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cog(raster(1.0), "r.tif")
    for name in (
        "/vsimem/r.tif",
        "/vsigzip/r.tif",
        "zip://r.tif",
        "GTIFF_DIR:1:r.tif",
        "vrt://r.tif",
        "/vsisubfile/0,r.tif",
    ):
        for read in (read_value, read_vector):
            with pytest.raises(NanyiError):
                read(name)


@pytest.mark.parametrize("name", ["a!b", "a;b", "-a", "NETCDF:a"])
def test_commands_take_such_names(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    write_cog(raster(800.0), "dem.tif")
    Path("dem.tif").rename(f"{name}.tif")
    write_gpkg({"p": layer(7).set_geometry([shapely.Point(WEST + 100, NORTH - 100)])}, "p.gpkg")
    Path("p.gpkg").rename(f"{name}.gpkg")
    assert main(["bands", f"--out=o{name}", "--", f"{name}.tif"]) == 0, capsys.readouterr().err
    assert {path.name for path in Path(f"o{name}").iterdir()} == {"bands.tif", "band_areas.csv"}
    arguments = [f"--from={name}.gpkg", f"--out={name}_minutes.tif", "--", f"{name}.tif"]
    assert main(["travel-time", *arguments]) == 0, capsys.readouterr().err
    assert Path(f"{name}_minutes.tif").is_file()
