"""What a command writes never is what it reads, has the suffix of its format, and can be written."""

import ast
import os
import unicodedata
from pathlib import Path

import click
import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
import xarray as xr

from nanyi_gis import io
from nanyi_gis.atlas import build_atlas
from nanyi_gis.cli import app, main
from nanyi_gis.cli._command import StrictCommand
from nanyi_gis.cli._effects import EFFECTS
from nanyi_gis.cli._paths import OutputFile, OutputFolder
from nanyi_gis.errors import OutputError, ParameterError
from nanyi_gis.io import files_read, refuse_overlap, refuse_unwritable, write_csv, write_geojson, write_gpkg
from nanyi_gis.raster import write_cog
from nanyi_gis.suitability import evaluate_file
from nanyi_gis.terrain import write_bands
from nanyi_gis.webmap import save_offline

WEST, NORTH, CELL = 540_000.0, 3_100_000.0, 90.0
PLACES = [(WEST + 400, NORTH - 400), (WEST + 2000, NORTH - 1000)]


def dem_array():
    heights = np.linspace(500, 1300, 20 * 30, dtype="float32").reshape(20, 30)
    rows, columns = NORTH - CELL * (np.arange(20) + 0.5), WEST + CELL * (np.arange(30) + 0.5)
    return xr.DataArray(heights, coords={"y": rows, "x": columns}, dims=("y", "x")).rio.write_crs(4544)


def points():
    return gpd.GeoDataFrame(geometry=shapely.points(PLACES), crs=4544)


def roads():
    return gpd.GeoDataFrame({"highway": ["tertiary"]}, geometry=[shapely.LineString(PLACES)], crs=4544)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Inputs, and folders that hold inputs under the names of results."""
    folder = tmp_path_factory.mktemp("desk")
    write_cog(dem_array(), folder / "dem.tif", nodata=-9999)
    write_gpkg({"p": points()}, folder / "points.gpkg")
    write_geojson(points(), folder / "p.geojson")
    write_gpkg({"r": roads()}, folder / "roads.gpkg")
    zones = gpd.GeoDataFrame({"name": ["z"]}, geometry=[shapely.box(WEST, NORTH - 900, WEST + 900, NORTH)], crs=4544)
    zones.to_file(folder / "zones.shp")
    (folder / "speeds.toml").write_text("[speed_kmh]\ntertiary = 30\n")
    (folder / "year.toml").write_text("year = 2025\n")
    for copy, original in {
        "o/bands.tif": "dem.tif",
        "o/suitability_plum.tif": "dem.tif",
        "o/feasibility.csv": "dem.tif",
        "o/limiting_plum.tif.aux.xml": "dem.tif",
        "o/band_areas.csv": "roads.gpkg",
        "o/service_areas.gpkg": "points.gpkg",
        "maps/data/nanyi.gpkg": "roads.gpkg",
        "maps/data/slope.tif": "dem.tif",
        "maps/index.html": "p.geojson",
    }.items():
        (folder / copy).parent.mkdir(parents=True, exist_ok=True)
        (folder / copy).write_bytes((folder / original).read_bytes())
    (folder / "link.tif").symlink_to("dem.tif")
    (folder / "linked").symlink_to("o", target_is_directory=True)
    os.link(folder / "dem.tif", folder / "hard.tif")
    os.link(folder / "zones.dbf", folder / "table.tif")
    tiles = "<VRTDataset><VRTRasterBand><SimpleSource><SourceFilename relativeToVRT='1'>dem.tif</SourceFilename>"
    (folder / "tiles.vrt").write_text(tiles)
    return folder


def state(folder):
    return {path: path.read_bytes() if path.is_file() else b"" for path in sorted(folder.rglob("*"))}


def refused(desk, capsys, command, words):
    """Hold that a command ends with 2 and one line with these words, and that nothing on the desk changed."""
    before = state(desk)
    assert main(command.split(" ")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert state(desk) == before


PAIRS = [
    "travel-time dem.tif --from p.geojson --out p.geojson",
    "travel-time dem.tif --from points.gpkg --out dem.tif",
    "travel-time dem.tif --from points.gpkg --out link.tif",
    "travel-time link.tif --from points.gpkg --out dem.tif",
    "travel-time dem.tif --from points.gpkg --out hard.tif",
    "travel-time dem.tif --from points.gpkg --out o/../dem.tif",
    "travel-time dem.tif --from points.gpkg --out {}/dem.tif",
    "travel-time tiles.vrt --from points.gpkg --out dem.tif",
    "travel-time dem.tif --from points.gpkg:p --out points.gpkg",
    "travel-time dem.tif --from points.gpkg --out t.tif --nearest t.tif",
    "travel-time dem.tif --from points.gpkg --out t.tif --nearest o/../t.tif",
    "travel-time dem.tif --from points.gpkg --out t.tif --nearest dem.tif",
    "travel-time dem.tif --from points.gpkg --barriers zones.shp --out table.tif",
    "travel-time dem.tif --from points.gpkg --roads roads.gpkg --speeds speeds.toml --out speeds.toml",
    "network --roads roads.gpkg --out roads.gpkg",
    "network --roads roads.gpkg:r --out roads.gpkg",
    "network --changes year.toml --out year.toml",
    "network --dem dem.tif --out dem.tif",
    "bands o/bands.tif --out o",
    "bands o/bands.tif --out linked",
    "bands dem.tif --zones o/band_areas.csv --out o",
    "suitability o/suitability_plum.tif --crop plum --out o",
    "suitability dem.tif --crop plum --layer soil_ph=o/suitability_plum.tif --out o",
    "suitability dem.tif --crop plum --layer soil_ph=o/limiting_plum.tif.aux.xml --out o",
    "suitability dem.tif --crop plum --zones o/feasibility.csv --out o",
    "access --roads roads.gpkg --from points.gpkg --to o/service_areas.gpkg --out o",
    "build --layer maps/data/nanyi.gpkg --out maps",
    "build --dem maps/data/slope.tif --out maps",
    "build --layer maps/index.html --out maps",
    "offline maps/index.html --out maps/index.html",
]


@pytest.mark.parametrize("command", PAIRS)
def test_no_result_is_an_input(desk, monkeypatch, capsys, command):
    monkeypatch.chdir(desk)
    before = state(desk)
    assert main(command.format(desk).split(" ")) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "is the same file as" in lines[0]
    assert state(desk) == before


def test_embedded_data_and_a_studys_files_are_inputs_too(tmp_path, capsys):
    dem = io.data_file("dem/demo_dem_90m.tif")
    before = dem.stat()
    assert main(["travel-time", "none.tif", "--from", "none.gpkg", "--out", str(dem)]) == 2
    assert "--study" in capsys.readouterr().err
    assert dem.stat() == before
    assert main(["init", str(tmp_path / "mine")]) == 0
    record = tmp_path / "mine/study.toml"
    record.write_text(record.read_text(encoding="utf-8") + '\ndem = "bands.tif"\n', encoding="utf-8")


def test_a_file_beside_the_results_may_be_read(desk, tmp_path, capsys):
    """Only the very file that is written is refused, not what shares its folder."""
    (tmp_path / "bands").mkdir()
    inside = tmp_path / "bands/dem.tif"
    inside.write_bytes((desk / "dem.tif").read_bytes())
    assert main(["bands", str(inside), "--out", str(inside.parent)]) == 0
    assert sorted(path.name for path in inside.parent.iterdir()) == ["band_areas.csv", "bands.tif", "dem.tif"]


def test_forms_of_unicode_and_case_are_seen_through(tmp_path, monkeypatch):
    composed, apart = (unicodedata.normalize(form, "é.tif") for form in ("NFC", "NFD"))
    with pytest.raises(ParameterError, match="same file"):
        refuse_overlap(reads={"dem": [tmp_path / composed]}, writes={"out": [tmp_path / apart]})
    refuse_overlap(reads={"dem": [tmp_path / "a.tif"]}, writes={"out": [tmp_path / "b.tif"]})
    monkeypatch.setattr("nanyi_gis.io.targets.blind_to_case", lambda folder: True)
    with pytest.raises(ParameterError, match="same file"):
        refuse_overlap(reads={"dem": [tmp_path / "DEM.tif"]}, writes={"out": [tmp_path / "dem.tif"]})


def test_a_link_that_leads_nowhere_is_the_file_it_names(tmp_path):
    (tmp_path / "link.tif").symlink_to("new.tif")
    with pytest.raises(ParameterError, match="same file as that of --out"):
        refuse_overlap(reads={}, writes={"--out": [tmp_path / "new.tif"], "--nearest": [tmp_path / "link.tif"]})


def test_nothing_is_written_into_a_geodatabase_that_is_read(tmp_path):
    (tmp_path / "roads.gdb").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "roads.gdb")
    for name in ("roads.gdb/x.gpkg", "roads.gdb/deep/x.gpkg", "link/x.gpkg"):
        with pytest.raises(ParameterError, match=r"lies in --roads .*roads\.gdb, which is read as a whole"):
            refuse_overlap(reads={"--roads": [f"{tmp_path / 'roads.gdb'}:roads"]}, writes={"--out": [tmp_path / name]})
    refuse_overlap(reads={"--roads": [tmp_path / "roads.gdb"]}, writes={"--out": [tmp_path / "x.gpkg"]})


def test_side_files_are_read_with_a_file(tmp_path):
    for name in ("a.shp", "a.dbf", "a.SHX", "a.shp.xml", "b.dbf"):
        (tmp_path / name).touch()
    assert {path.name for path in files_read(tmp_path / "a.shp")} == {"a.shp", "a.dbf", "a.SHX", "a.shp.xml"}
    assert files_read(f'HDF5:"{tmp_path}/rain.h5":july') == [tmp_path / "rain.h5"]
    assert files_read(f"{tmp_path}/a.shp:layer")[0] == tmp_path / "a.shp"


@pytest.mark.parametrize("writer", ["bands", "suitability", "build"])
def test_the_functions_refuse_it_too(desk, tmp_path, writer):
    names = {"bands": "bands.tif", "suitability": "class_plum.tif", "build": "data/bands.tif"}
    dem = tmp_path / names[writer]
    dem.parent.mkdir(exist_ok=True)
    dem.write_bytes((desk / "dem.tif").read_bytes())
    before = dem.read_bytes()
    with pytest.raises(ParameterError, match="same file as dem"):
        if writer == "bands":
            write_bands(dem, tmp_path, edges=[700])
        elif writer == "suitability":
            evaluate_file(dem, tmp_path, crops=["plum"])
        else:
            build_atlas(tmp_path, dem=[dem])
    assert dem.read_bytes() == before


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("network --out roads.shp", "--out is roads.shp, but a GeoPackage must end in .gpkg; name it roads.gpkg"),
        ("network --out n", "name it n.gpkg"),
        ("network --out .gpkg", "must end in .gpkg"),
        ("travel-time dem.tif --from points.gpkg --out x.png", "name it x.tif"),
        ("travel-time dem.tif --from points.gpkg --out x", "must end in .tif or .tiff"),
        ("travel-time dem.tif --from points.gpkg --out x.tif --nearest x.csv", "--nearest is x.csv"),
        ("travel-time dem.tif --from points.gpkg --out x.tif.gpkg", "must end in .tif"),
        ("rebuild dem --out dem.png", "a GeoTIFF must end in .tif"),
        ("travel-time dem.tif --from points.gpkg --out dem.tif/t.tif", "a part of the path is a file"),
        ("bands dem.tif --out dem.tif", "the name belongs to a file"),
        ("bands none.tif --out p.geojson", "the name belongs to a file"),
        ("bands none.tif --out p.geojson/a/b", "a part of the path is a file"),
        ("init p.geojson", "the name belongs to a file"),
        ("access --out dem.tif", "the name belongs to a file"),
        ("network --out " + "n" * 300 + ".gpkg", "too long"),
    ],
)
def test_names_and_places_are_refused_at_once(desk, monkeypatch, capsys, command, words):
    monkeypatch.chdir(desk)
    refused(desk, capsys, command, words)


def test_any_case_of_a_suffix_is_taken(desk, tmp_path):
    assert main(["network", "--roads", str(desk / "roads.gpkg"), "--out", str(tmp_path / "N.GPKG")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["N.GPKG"]


def test_writers_keep_to_suffixes(tmp_path):
    with pytest.raises(ParameterError, match=r"a GeoPackage must end in \.gpkg; name it a\.gpkg"):
        write_gpkg({"p": points()}, tmp_path / "a.shp")
    with pytest.raises(ParameterError, match=r"must end in \.geojson or \.json"):
        write_geojson(points(), tmp_path / "a.gpkg")
    with pytest.raises(ParameterError, match=r"must end in \.tif or \.tiff"):
        write_cog(dem_array(), tmp_path / "a.png")
    with pytest.raises(ParameterError, match=r"must end in \.csv"):
        write_csv(points()[[]], tmp_path / "a.xlsx")
    with pytest.raises(ParameterError, match=r"must end in \.html"):
        folium = pytest.importorskip("folium")
        save_offline(folium.Map([28, 105], tiles=None), tmp_path / "a.tif")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_refused_without_a_trace(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_args, **_options: False)  # root may write everywhere
    with pytest.raises(OutputError, match="no permission to write there"):
        refuse_unwritable(tmp_path / "new/deep", folder=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("access --id name --out a", "--id is 'name', but has no effect without --from or --to"),
        ("access --supply beds --out a", "--supply is 'beds', but has no effect without --to"),
        ("access --from points.gpkg --population dem.tif --out a", "has no effect with --from"),
        ("bands dem.tif --name-column n --out a", "has no effect without --zones"),
        ("build --assume-datum gcj02 --out a", "has no effect without --boundaries"),
        ("network --tolerance 1 --out n.gpkg", "--tolerance is 1.0, but has no effect without --roads"),
        ("network --roads x.osm.pbf --tolerance 2 --out n.gpkg", "has no effect with --roads"),
        ("network --roads roads.gpkg --waiting 20 --out n.gpkg", "--waiting is 20.0, but has no effect with --roads"),
        ("network --roads roads.gpkg --freight --out n.gpkg", "--freight is set, but has no effect with --roads"),
        ("suitability dem.tif --sigma 10 --out a", "--sigma is 10.0, but has no effect without --samples"),
        ("suitability dem.tif --samples 0 --seed 0 --out a", "--seed is 0, but has no effect without --samples"),
        ("suitability dem.tif --correlation-length 5 --out a", "has no effect without --samples"),
        ("suitability dem.tif --scheduler tcp://h:1 --threads 2 --out a", "--threads is 2, but has no effect"),
        ("travel-time dem.tif --from points.gpkg --mode car --out t.tif", "has no effect without --roads"),
        ("travel-time dem.tif --from points.gpkg --speeds speeds.toml --out t.tif", "no effect without roads"),
        ("plan --format csv --lang en", "--lang is 'en', but has no effect with --format"),
        ("sources --format json --lang zh", "--lang is 'zh', but has no effect with --format"),
        # twice, empty, below zero, not finite
        ("network --out n.gpkg --out m.gpkg", "--out is given 2 times, but counts once"),
        ("bands dem.tif --out a --edges 700 --edges 900", "--edges is given 2 times"),
        ("build --layer roads.gpkg --layer roads.gpkg --out a", "--layer has 'roads.gpkg' 2 times"),
        ("suitability dem.tif --weights slope=1,slope=2 --out a", "--weights gives 'slope' twice"),
        ("suitability dem.tif --layer soil_ph=a --layer soil_ph=b --out a", "--layer gives 'soil_ph' twice"),
        ("suitability dem.tif --weights , --out a", "--weights is ','"),
        ("suitability dem.tif --crop plum --use , --out a", "uses is empty"),
        ("explain 105 28 --crop ,", "crops is empty"),
        ("explain 105 28 --crop plum,plum", "'plum' is given twice"),
        ("access --scenario 2022,2022 --out a", "which has one twice"),
        ("access --roads roads.gpkg --from points.gpkg --to points.gpkg --minutes -15,30 --out a", "begin with -15"),
        ("travel-time dem.tif --from points.gpkg --limit inf --out t.tif", "limit is inf"),
        ("network --changes empty.toml --out n.gpkg", "empty.toml changes nothing"),
        ("network --changes empty.json --out n.gpkg", "empty.json changes nothing"),
        ("network --roads roads.gpkg --speeds empty.toml --out n.gpkg", "empty.toml holds no speeds"),
    ],
)
def test_an_option_without_effect_is_refused(desk, monkeypatch, capsys, command, words):
    monkeypatch.chdir(desk)
    Path("empty.toml").touch()
    Path("empty.json").write_text("{}")
    refused(desk, capsys, command, words)


@pytest.mark.parametrize("option", ["--weights", "--scheduler"])
def test_an_empty_text_is_no_value(desk, monkeypatch, capsys, option):
    monkeypatch.chdir(desk)
    assert main(["suitability", "dem.tif", "--out", "a", option, " "]) == 2
    assert f"{option} is ' ', but must not be empty" in capsys.readouterr().err


def test_roads_that_no_use_asks_for_are_refused(desk, tmp_path):
    text = io.data_file("crops/plum.toml").read_text(encoding="utf-8")
    parts = text.split("[[criterion]]")
    kept = [part for part in parts if 'id = "road_distance"' not in part]
    assert len(kept) == len(parts) - 1
    own = tmp_path / "own.toml"
    own.write_text("[[criterion]]".join(kept).replace('id = "plum"', 'id = "own"'), encoding="utf-8")
    with pytest.raises(ParameterError, match="roads have no effect: own has no criterion road_distance"):
        evaluate_file(desk / "dem.tif", tmp_path / "out", crops=[own], roads=roads())


def every_command(group=app, ctx=None):
    context = ctx or click.Context(app)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from every_command(found, context)
        else:
            yield found


def test_every_command_is_strict_and_says_what_it_writes():
    commands = list(every_command())
    assert len(commands) >= 12
    for command in commands:
        assert isinstance(command, StrictCommand), f"{command.name}: make it with cli._command.command"
        for param in command.params:
            written = isinstance(param.type, OutputFile | OutputFolder)
            assert written or not {"out", "nearest"} & {param.name}, (
                f"{command.name} {param.name}: OutputFile or Folder"
            )


def test_every_effect_names_options_that_are_there():
    known = {command.name: {param.name for param in command.params} for command in every_command()}
    for name, effects in EFFECTS.items():
        for effect in effects:
            assert {effect.option, *effect.needs, *effect.without} <= known[name]


@pytest.mark.parametrize(
    "command",
    [
        "bands dem.tif --out new",
        "suitability dem.tif --crop plum --samples 20 --out new",
        "access --roads roads.gpkg --from points.gpkg --to points.gpkg --supply beds --out new",
        "init new",
        "travel-time dem.tif --from points.gpkg --out new/t.tif --nearest new/n.tif",
        "network --roads roads.gpkg --out new/n.gpkg",
        "offline map.html --out new/o.html",
        "viewshed dem.tif --observers points.gpkg --radius 900 --frequency-mhz 900 --out new",
        "sun dem.tif --day 80 --out new",
        "hydrology dem.tif --stage 5 --out new",
        "hazard dem.tif --shelters points.gpkg --roads roads.gpkg --from points.gpkg --to points.gpkg --out new",
        "site --model p-median --p 1 --roads roads.gpkg --clients points.gpkg --out new",
        "haul --from points.gpkg --to points.gpkg --tonnes beds --roads roads.gpkg --out new",
        "monitor init --out new/sheet.xlsx",
        "monitor report --as-of 2024-06-30 --out new",
        "monitor check --out new",
    ],
)
def test_what_is_written_is_what_was_declared(desk, tmp_path, monkeypatch, command):
    for name in ("dem.tif", "roads.gpkg"):
        (tmp_path / name).write_bytes((desk / name).read_bytes())
    write_gpkg({"p": points().assign(beds=[3, 4])}, tmp_path / "points.gpkg")
    folium.Map([28, 105], tiles=None).save(tmp_path / "map.html")
    monkeypatch.chdir(tmp_path)
    arguments = command.split(" ")
    assert main(arguments) == 0
    found = app.get_command(click.Context(app), arguments[0])
    if isinstance(found, click.Group):
        _, *arguments = arguments
        found = found.get_command(click.Context(found), arguments[0])
    ctx = found.make_context(arguments[0], arguments[1:])
    declared = [
        path
        for param in found.params
        if isinstance(param.type, OutputFile | OutputFolder)
        for target in param.type.targets(ctx.params[param.name], ctx.params)
        for path in io.files_written(target)
    ]
    assert {path for path in Path("new").rglob("*") if path.is_file()} <= set(declared)


def test_tables_are_written_in_one_place():
    package = Path(io.__file__).parent.parent
    banned = {"to_csv", "to_excel", "writer", "DictWriter", "ExcelWriter"}
    for path in package.rglob("*.py"):
        if path.relative_to(package).as_posix() == "io/table.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in banned, f"{path}:{node.lineno}: use io.write_csv or io.csv_text"
