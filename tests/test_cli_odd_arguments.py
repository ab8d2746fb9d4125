"""What people type by mistake ends in one line that names it; nothing is written."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from nanyi_gis.cli import main
from nanyi_gis.io import write_gpkg
from nanyi_gis.raster import write_cog

WEST, NORTH, CELL = 540_000.0, 3_100_000.0, 90.0

BANDS = "bands dem.tif --out o"
SUITABILITY = "suitability dem.tif --crop plum --out o"
TRAVEL = "travel-time dem.tif --from points.gpkg --out t.tif"
NETWORK = "network --roads roads.gpkg --out n.gpkg"
HYDROLOGY = "hydrology dem.tif --out o"
VIEWSHED = "viewshed dem.tif --observers points.gpkg --out o"
SUN = "sun dem.tif --out o"
SITE = "site --model p-median --roads roads.gpkg --clients points.gpkg --p 1 --out o"
HAUL = "haul --roads roads.gpkg --from points.gpkg --to points.gpkg --tonnes beds --out o"
CORRIDOR = "corridor dem.tif --from points.gpkg --to points.gpkg --out o"
HAZARD = "hazard dem.tif --out o"
ACCESS = "access --roads roads.gpkg --from points.gpkg --to points.gpkg --out o"

# A command as in a shell, {} where the odd argument stands; the argument; words of the line.
CASES = [
    # a file that is not there, is a folder, is empty, or is of another kind
    ("bands {} --out o", "none.tif", "no file none.tif"),
    ("bands {} --out o", "folder", "folder"),
    ("bands {} --out o", "empty", "empty"),
    ("bands {} --out o", "text.txt", "text.txt"),
    ("bands {} --out o", "roads.gpkg", "roads.gpkg"),
    ("bands {} --out o", "", "is empty"),
    ("bands {} --out o", "文件 一.tif", "no file 文件 一.tif"),
    ("bands {} --out o", "x" * 5000, "name too long"),
    (BANDS + " --zones {}", "none.gpkg", "no file none.gpkg"),
    (BANDS + " --zones {}", "folder", "folder"),
    (BANDS + " --zones {}", "dem.tif", "dem.tif"),
    (BANDS + " --zones {}", "points.gpkg", "points.gpkg"),
    (SUITABILITY + " --roads {}", "empty", "empty"),
    (SUITABILITY + " --climate {}", "bytes.toml", "no valid TOML"),
    (SUITABILITY + " --climate {}", "folder", "folder"),
    (SUITABILITY + " --layer {}", "soil_ph=none.tif", "no file none.tif"),
    ("suitability dem.tif --out o --crop {}", "deep.toml", "deep.toml"),
    (TRAVEL + " --roads {}", "points.gpkg", "points.gpkg"),
    (TRAVEL + " --speeds {}", "deep.toml", "nested deeper"),
    (TRAVEL + " --speeds {}", "digits.toml", "too many digits"),
    (TRAVEL + " --barriers {}", "text.txt", "text.txt"),
    ("travel-time dem.tif --out t.tif --from {}", "roads.gpkg", "roads.gpkg"),
    ("viewshed {} --observers points.gpkg --out o", "text.txt", "text.txt"),
    ("viewshed dem.tif --out o --observers {}", "roads.gpkg", "roads.gpkg"),
    (VIEWSHED + " --radius {}", "1e999", "radius is inf"),
    (VIEWSHED + " --frequency-mhz {}", "-900", "frequency_mhz is -900"),
    (VIEWSHED + " --curvature {}", "flat", "flat"),
    ("sun {} --day 80 --out o", "roads.gpkg", "roads.gpkg"),
    (SUN + " --day {}", "21.6.", "must be a date as YYYY-MM-DD"),
    (SUN + " --day {}", "400", "day is 400"),
    (SUN + " --day 80 --linke {}", "nan", "linke is nan"),
    (SUN + " --year --albedo {}", "20", "must be 0 to 1"),
    (SUN + " --year --day {}", "80", "both given"),
    ("hydrology {} --out o", "text.txt", "text.txt"),
    (HYDROLOGY + " --streams {}", "1e999", "streams is inf"),
    (HYDROLOGY + " --dam {}", "105,28", "must be LON,LAT,HEIGHT"),
    (HYDROLOGY + " --dam {}", "400,28,50", "longitude is 400"),
    (HYDROLOGY + " --rivers {}", "points.gpkg", "points.gpkg"),
    (HYDROLOGY + " --stage {}", "-2", "stage is -2"),
    (HYDROLOGY + " --dam 105.4,28,50 --people {}", "text.txt", "text.txt"),
    ("hazard {} --out o", "text.txt", "text.txt"),
    (HAZARD + " --soil {}", "deep.toml", "nested deeper"),
    (HAZARD + " --inventory {}", "dem.tif", "dem.tif"),
    (HAZARD + " --shelters {}", "roads.gpkg", "roads.gpkg"),
    (HAZARD + " --roads {}", "points.gpkg", "points.gpkg"),
    (NETWORK + " --changes {}", "list.json", "holds a list"),
    (NETWORK + " --changes {}", "deep.json", "nested deeper"),
    (NETWORK + " --changes {}", "folder", "is a folder"),
    (NETWORK + " --dem {}", "text.txt", "text.txt"),
    (ACCESS + " --changes {}", "bytes.toml", "no valid TOML"),
    (SITE + " --candidates {}", "roads.gpkg", "roads.gpkg"),
    (SITE + " --fixed {}", "folder.gpkg", "folder.gpkg"),
    (SITE + " --closed {}", "none.txt", "no file none.txt"),
    (SITE + " --changes {}", "bytes.toml", "no valid TOML"),
    (SITE + " --weights {}", " ", "must not be empty"),
    (SITE + " --seconds {}", "nan", "seconds is nan"),
    ("site --model p-median --p 1 --out o --cost {}", "folder", "folder"),
    ("site --model p-median --p 1 --out o --cost {}", "empty", "can be read"),
    ("site --model p-median --p 1 --out o --cost {}", "dem.tif", "can be read"),
    ("site --p 1 --out o --model {}", "mean", "mean"),
    ("access --population {} --out o", "points.gpkg", "points.gpkg"),
    ("explain 105.4 28.0 --dem {}", "points.gpkg", "points.gpkg"),
    ("build --out m --dem {}", "none.tif", "no file none.tif"),
    ("build --out m --boundaries {}", "text.txt", "text.txt"),
    # numbers that are none, not finite, or out of their range
    (BANDS + " --edges {}", "", "edges"),
    (BANDS + " --edges {}", "nan", "edges"),
    (BANDS + " --edges {}", "700,,900", "edges"),
    (BANDS + " --edges {}", "900,700", "must rise strictly"),
    (BANDS + " --edges {}", "9" * 400, "edges"),
    (SUITABILITY + " --samples 20 --seed {}", "-1", "--seed is -1"),
    (SUITABILITY + " --samples {}", "-1", "--samples is -1"),
    (SUITABILITY + " --samples 20 --sigma {}", "nan", "sigma is nan"),
    (SUITABILITY + " --threads {}", "0", "threads"),
    (SUITABILITY + " --weights {}", "elevation=nan", "--weights is 'nan'"),
    (SUITABILITY + " --weights {}", "elevation", "must be NAME=VALUE"),
    (TRAVEL + " --limit {}", "-5", "limit"),
    (TRAVEL + " --limit {}", "nan", "limit"),
    (TRAVEL + " --path-factor {}", "0", "path_factor"),
    (TRAVEL + " --max-snap {}", "-1", "max_snap"),
    (TRAVEL + " --mode {}", "fly", "mode is 'fly'"),
    (TRAVEL + " --direction {}", "", "direction is ''"),
    (TRAVEL + " --start-column {}", "minutes", "minutes"),
    (NETWORK + " --tolerance {}", "-1", "tolerance_m is -1"),
    (NETWORK + " --waiting {}", "inf", "waiting_min is inf"),
    ("network --out n.gpkg --scenario {}", "2022-13-45", "2022-13-45"),
    (ACCESS + " --minutes {}", "30,15", "must rise strictly"),
    (ACCESS + " --minutes {}", "", "minutes is ''"),
    (ACCESS + " --snap-limit {}", "0", "limit_m is 0"),
    (ACCESS + " --scenario {}", " , ", "scenario is empty"),
    (ACCESS + " --id {}", "nr", "nr"),
    (ACCESS + " --supply {}", "beds", "beds"),
    ("explain {} 28.0", "east", "east"),
    ("explain {} 28.0", "nan", "nan"),
    ("explain 28.0 {}", "105.4", "105.4"),
    ("build --out m --resolution {}", "-30", "resolution is -30"),
    # places to write to
    ("bands dem.tif --out {}", "", "is empty"),
    ("bands dem.tif --out {}", "text.txt/o", "a part of the path is a file"),
    (NETWORK.replace("n.gpkg", "{}"), "folder.gpkg", "a folder has the name of a file"),
    ("travel-time dem.tif --from points.gpkg --out {}", "dem.tif", "same file"),
    # what is no option, no command, or lacks its value
    ("bands dem.tif {}", "--out", "requires an argument"),
    ("bands dem.tif --out o {}", "--nothing", "--nothing"),
    ("bands {}", "dem.tif", "--out"),
    ("plan {}", "extra", "extra"),
    ("plan --format {}", "xml", "xml"),
    ("rebuild {}", "sea", "sea"),
    ("{}", "fly", "fly"),
    ("{}", "", "No such command"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with a DEM, points and roads, and with files of which nothing can be made."""
    folder = tmp_path_factory.mktemp("desk")
    heights = np.linspace(500, 1300, 20 * 30, dtype="float32").reshape(20, 30)
    rows, columns = NORTH - CELL * (np.arange(20) + 0.5), WEST + CELL * (np.arange(30) + 0.5)
    dem = xr.DataArray(heights, coords={"y": rows, "x": columns}, dims=("y", "x")).rio.write_crs(4544)
    write_cog(dem, folder / "dem.tif", nodata=-9999)
    places = [(WEST + 400, NORTH - 400), (WEST + 2000, NORTH - 1000)]
    write_gpkg({"p": gpd.GeoDataFrame(geometry=shapely.points(places), crs=4544)}, folder / "points.gpkg")
    roads = gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=[shapely.LineString(places)], crs=4544)
    write_gpkg({"r": roads}, folder / "roads.gpkg")
    (folder / "folder").mkdir()
    (folder / "folder.gpkg").mkdir()
    for name, content in {
        "empty": b"",
        "text.txt": b"no data",
        "bytes.toml": bytes(range(128, 256)),
        "deep.toml": b"a = " + b"[" * 5000,
        "deep.json": b'{"a": ' + b"[" * 50_000,
        "digits.toml": b"a = " + b"1" * 5000,
        "list.json": b"[1]",
    }.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(("command", "odd", "words"), CASES, ids=[f"{c.split()[0]} {o[:20]}" for c, o, _ in CASES])
def test_an_odd_argument_is_one_line(desk, monkeypatch, capsys, command, odd, words):
    monkeypatch.chdir(desk)
    before = sorted(desk.rglob("*"))
    assert main([part.replace("{}", odd) for part in command.split(" ")]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("nanyi-gis: ")
    assert words in lines[0]
    assert "unexpected" not in lines[0].replace("Got unexpected extra", "")
    assert len(lines[0]) < 600
    assert sorted(desk.rglob("*")) == before
