"""What ``check`` says of a use is what the command then does: yes and status 0, or no and the very line of status 2."""

import functools
import json
import warnings

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine, from_origin

from nanyi_gis.cli import main
from nanyi_gis.datum import shift_frame
from nanyi_gis.inspection import inspect_file, inspect_files
from nanyi_gis.study import load_study

STUDY = load_study()
WEST, SOUTH, EAST, NORTH = STUDY.bounds
STEP = 2000.0


def heights(rows=60, columns=60):
    """Hills of 400 to 1,500 m, a median near the true one, so that no unit but metres fits."""
    y, x = np.mgrid[0:rows, 0:columns]
    return 950.0 + 400.0 * np.sin(x / 6.0) * np.cos(y / 7.0) + 150.0 * np.sin(x / 2.0)


def dem(path, values=None, *, crs="EPSG:4544", transform=None, dtype="float32", nodata=-9999.0, unit=None, scale=None):
    grid = heights() if values is None else values
    stack = grid if grid.ndim == 3 else grid[None]
    transform = transform or from_origin(WEST - 8000.0, NORTH + 8000.0, STEP, STEP * (NORTH - SOUTH + 16000.0) / 120e3)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=stack.shape[2],
        height=stack.shape[1],
        count=stack.shape[0],
        dtype=dtype,
        crs=crs,
        transform=transform,
        nodata=nodata,
    ) as file:
        file.write(stack.astype(dtype))
        if unit is not None:
            file.units = (unit,)
        if scale is not None:
            file.scales = (scale,)
    return path


def with_patch(value):
    grid = heights()
    grid[20:30, 20:30] = value
    return grid


DEGREES = from_origin(105.0, 28.7, 0.03, 0.02)

RASTERS = {
    "metres": lambda p: dem(p),
    "feet declared": lambda p: dem(p, heights() / 0.3048, unit="ft"),
    "feet undeclared": lambda p: dem(p, heights() / 0.3048),
    "centimetres declared": lambda p: dem(p, heights() * 100, unit="cm", dtype="int32"),
    "decimetres undeclared": lambda p: dem(p, heights() * 10),
    "decimetres by scale": lambda p: dem(p, heights() * 10, scale=0.1, dtype="int16"),
    "void undeclared": lambda p: dem(p, with_patch(-32768), nodata=None, dtype="int16"),
    "void of zeros": lambda p: dem(p, with_patch(0), nodata=None, dtype="int16"),
    "no CRS": lambda p: dem(p, crs=None),
    "only nodata": lambda p: dem(p, np.full((60, 60), -9999.0)),
    "three bands": lambda p: dem(p, np.stack([heights()] * 3)),
    "rotated": lambda p: dem(p, transform=Affine(1900, 200, WEST, 200, -1900, NORTH)),
    "degrees": lambda p: dem(p, crs="EPSG:4326", transform=DEGREES),
    "axes swapped": lambda p: dem(p, crs="EPSG:4326", transform=from_origin(27.6, 106.5, 0.02, 0.02)),
    "degrees under metres": lambda p: dem(p, transform=DEGREES),
    "metres under degrees": lambda p: dem(p, crs="EPSG:4326"),
    "longitude + 360": lambda p: dem(p, crs="EPSG:4326", transform=from_origin(465.0, 28.7, 0.03, 0.02)),
    "zone in the easting": lambda p: dem(p, transform=from_origin(35_500_000.0, NORTH, STEP, STEP)),
    "Alps": lambda p: dem(p, heights() + 1000, crs="EPSG:32632", transform=from_origin(4e5, 5.2e6, STEP, STEP)),
    "Web Mercator": lambda p: dem(p, crs="EPSG:3857", transform=from_origin(1.169e7, 3.34e6, STEP, STEP)),
    "no raster": lambda p: p.write_text("heights") and p,
}

SQUARE = shapely.box(WEST + 2e4, SOUTH + 2e4, WEST + 4e4, SOUTH + 4e4)
BOW = shapely.Polygon([(WEST, SOUTH), (WEST + 2e4, SOUTH + 2e4), (WEST + 2e4, SOUTH), (WEST, SOUTH + 2e4)])
MIDDLE = (WEST + EAST) / 2, (SOUTH + NORTH) / 2
LINES = [
    shapely.LineString([MIDDLE, (MIDDLE[0] + 5000, MIDDLE[1])]),
    shapely.LineString([(MIDDLE[0] + 5000, MIDDLE[1]), (MIDDLE[0] + 5000, MIDDLE[1] + 4000)]),
]
POINTS = [shapely.Point(MIDDLE), shapely.Point(MIDDLE[0] + 5000, MIDDLE[1] + 4000)]


def layer(path, shapes, *, crs="EPSG:4544", layers=None, **columns):
    frame = gpd.GeoDataFrame({"name": [f"n{i}" for i in range(len(shapes))], **columns}, geometry=shapes, crs=crs)
    target = path.with_suffix(".gpkg")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        if layers is None:
            frame.to_file(target)
    for name, part in (layers or {}).items():
        frame.iloc[part].to_file(target, layer=name)
    return target


def shapefile(path, *, cpg):
    frame = gpd.GeoDataFrame({"name": ["叙永县", "古蔺县"]}, geometry=list(STUDY.counties.geometry), crs="EPSG:4544")
    target = path.with_suffix(".shp")
    frame.to_file(target, encoding="gbk")
    target.with_suffix(".cpg").write_text(cpg)
    return target


def swapped(path):
    target = path.with_suffix(".geojson")
    ring = [[28.0, 105.4], [28.0, 105.5], [28.1, 105.5], [28.0, 105.4]]
    feature = {"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    target.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return target


def kml(path):
    """Two folders with a square each."""
    ring = "105.4,28.0 105.5,28.0 105.5,28.1 105.4,28.1 105.4,28.0"
    shape = f"<Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs>"
    mark = f"<Placemark><name>a</name>{shape}</Polygon></Placemark>"
    folders = "".join(f"<Folder><name>{name}</name>{mark}</Folder>" for name in ("one", "two"))
    target = path.with_suffix(".kml")
    target.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>')
    return target


def gpx(path):
    points = "".join(f'<trkpt lat="28.0" lon="{105.7 + i / 100}"/>' for i in range(5))
    target = path.with_suffix(".gpx")
    target.write_text(
        '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><name>walk</name><trkseg>{points}</trkseg></trk></gpx>"
    )
    return target


def osm(path, *, highway="primary"):
    nodes = "".join(f'<node id="{i}" lat="28.0" lon="{105.7 + i / 100}" version="1"/>' for i in range(1, 4))
    ways = "".join(
        f'<way id="{i}" version="1"><nd ref="{i}"/><nd ref="{i + 1}"/><tag k="highway" v="{highway}"/></way>'
        for i in (1, 2)
    )
    target = path.with_suffix(".osm")
    target.write_text(f'<osm version="0.6">{nodes}{ways if highway else ""}</osm>')
    return target


def table(path):
    target = path.with_suffix(".csv")
    target.write_text("name,lon,lat\na,105.5,28.0\n")
    return target


ZONES = {
    "clean": lambda p: layer(p, [SQUARE]),
    "bow-tie": lambda p: layer(p, [BOW]),
    "with a point and a line": lambda p: layer(p, [SQUARE, POINTS[0], LINES[0]]),
    "two layers": lambda p: layer(p, [SQUARE, BOW], layers={"a": [0], "b": [1]}),
    "one without geometry": lambda p: layer(p, [SQUARE, None, SQUARE]),
    "no CRS": lambda p: layer(p, [SQUARE], crs=None),
    "axes swapped": swapped,
    "GBK called UTF-8": lambda p: shapefile(p, cpg="UTF-8"),
    "GBK called ISO": lambda p: shapefile(p, cpg="ISO-8859-1"),
    "zone in the easting": lambda p: layer(p, [shapely.affinity.translate(SQUARE, 35_000_000)]),
    "degrees under metres": lambda p: layer(p, [shapely.box(105.4, 28.0, 105.5, 28.1)]),
    "two folders of a KML": kml,
    "a table": table,
}

ROADS = {
    "plain": lambda p: layer(p, LINES),
    "with classes": lambda p: layer(p, LINES, highway=["primary", "secondary"]),
    "an unknown class": lambda p: layer(p, LINES, highway=["primary", "hyperloop"]),
    "unknown classes": lambda p: layer(p, LINES, highway=["hyperloop", "hyperloop"]),
    "speed in words": lambda p: layer(p, LINES, speed_kph=["50 mph", "40"]),
    "speed missing": lambda p: layer(p, LINES, speed_kph=[50.0, np.nan]),
    "speed of zero": lambda p: layer(p, LINES, speed_kph=[50.0, 0.0]),
    "status in words": lambda p: layer(p, LINES, status=["existing road", "existing road"]),
    "ids twice": lambda p: layer(p, LINES, id=["a", "a"]),
    "no CRS": lambda p: layer(p, LINES, crs=None),
    "degrees under metres": lambda p: layer(p, [shapely.LineString([(105.4, 28.0), (105.5, 28.0)])]),
    "a track": gpx,
    "an OSM extract": osm,
    "OSM without roads": lambda p: osm(p, highway=""),
    "OSM of unknown roads": lambda p: osm(p, highway="hyperloop"),
}

PLACES = {
    "plain": lambda p: layer(p, POINTS),
    "people": lambda p: layer(p, POINTS, population=[100, 200]),
    "people in text": lambda p: layer(p, POINTS, population=["100", "many"]),
    "endless people": lambda p: layer(p, POINTS, population=[100.0, np.inf]),
    "nobody": lambda p: layer(p, POINTS, population=[0, 0]),
    "one empty": lambda p: layer(p, [POINTS[0], None, POINTS[1]]),
    "multi-points of one": lambda p: layer(p, [shapely.MultiPoint([point]) for point in POINTS]),
    "multi-points of two": lambda p: layer(p, [shapely.MultiPoint(POINTS)]),
    "no CRS": lambda p: layer(p, POINTS, crs=None),
}


def counties(**columns):
    return STUDY.counties[["name_zh", "geometry"]].assign(**columns)


def boundary(path, frame):
    frame.to_file(path.with_suffix(".gpkg"))
    return path.with_suffix(".gpkg")


BOUNDARIES = {
    "GCJ-02": lambda p: boundary(p, shift_frame(counties(), target="gcj02")),
    "elsewhere": lambda p: layer(p, [shapely.affinity.translate(SQUARE, 0, 1e6)]),
    "no names": lambda p: boundary(p, counties(text="x")[["text", "geometry"]]),
    "overlapping": lambda p: layer(p, [SQUARE, SQUARE]),
    "bow-tie": lambda p: layer(p, [BOW]),
    "no CRS": lambda p: layer(p, [SQUARE], crs=None),
}

PARAMETERS = {
    "suitability --crop": '[[criterion]]\nid = "elevation"\n',
    "suitability --climate": "[[regime]]\nelevation = 'high'\n",
    "network --speeds": "[speed_kmh]\nprimary = -5\n",
    "network --changes": "[[close]]\nroad = 'x'\n",
}


@functools.cache  # a file is asked of once for all its uses, as check does it
def verdicts(path):
    reports = inspect_files([path], study=STUDY)[str(path)]
    return {name: use.verdict for report in reports for use in report.uses for name in use.commands or ("any",)}


def said(path, command):
    """Return what check says of a use; of a file that is nothing, of any use."""
    found = verdicts(path)
    return found.get(command) or found["any"]


def agree(verdict, arguments, capsys):
    capsys.readouterr()
    status = main([str(argument) for argument in arguments])
    words = capsys.readouterr().err.splitlines()
    if verdict.startswith("yes"):
        assert status == 0, (verdict, words)
    else:
        assert status == 2, verdict
        assert words[-1] == f"nanyi-gis: {verdict.removeprefix('no: ')}"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A DEM, roads and places that are sound."""
    folder = tmp_path_factory.mktemp("sound")
    return {
        "dem": dem(folder / "sound.tif"),
        "roads": layer(folder / "sound_roads", LINES),
        "places": layer(folder / "sound_places", POINTS),
    }


@pytest.fixture(scope="module")
def raster(tmp_path_factory):
    """Make a raster once for all commands that may be given it; none of them may change it."""
    folder = tmp_path_factory.mktemp("高程")

    @functools.cache
    def make(name):
        (folder / name).mkdir()
        return RASTERS[name](folder / name / "高程.tif")

    return make


@pytest.mark.parametrize("name", RASTERS)
def test_bands(name, raster, tmp_path, capsys):
    path = raster(name)
    agree(said(path, "bands"), ["bands", path, "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize("name", RASTERS)
def test_suitability(name, raster, tmp_path, capsys):
    path = raster(name)
    agree(said(path, "suitability"), ["suitability", path, "--crop", "plum", "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize("name", RASTERS)
def test_travel_time(name, raster, tmp_path, capsys):
    path = raster(name)
    point = tmp_path / "start"
    try:
        with rasterio.open(path) as file:
            x, y = file.transform * (file.width / 2 + 0.5, file.height / 2 + 0.5)
            start = layer(point, [shapely.Point(x, y)], crs=file.crs or "EPSG:4544")
    except rasterio.errors.RasterioIOError:
        start = layer(point, POINTS)
    arguments = ["travel-time", path, "--from", start, "--out", tmp_path / "minutes.tif"]
    agree(said(path, "travel-time"), arguments, capsys)


@pytest.mark.parametrize(
    "name",
    ["metres", "feet declared", "no CRS", "only nodata", "rotated", "degrees", "metres under degrees", "Web Mercator"],
)
def test_viewshed(name, raster, tmp_path, capsys):
    path = raster(name)
    with rasterio.open(path) as file:
        x, y = file.transform * (file.width / 2 + 0.5, file.height / 2 + 0.5)
        eyes = layer(tmp_path / "eyes", [shapely.Point(x, y)], crs=file.crs or "EPSG:4544")
    agree(said(path, "viewshed"), ["viewshed", path, "--observers", eyes, "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize("name", ["metres", "no CRS", "only nodata", "degrees", "Web Mercator"])
def test_sun(name, raster, tmp_path, capsys):
    path = raster(name)
    agree(said(path, "sun"), ["sun", path, "--day", "80", "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize(
    "name", ["metres", "feet declared", "no CRS", "only nodata", "rotated", "degrees", "Web Mercator"]
)
def test_hydrology(name, raster, tmp_path, capsys):
    path = raster(name)
    agree(said(path, "hydrology"), ["hydrology", path, "--out", tmp_path / "out"], capsys)


@pytest.mark.parametrize("name", ["feet declared", "feet undeclared", "no CRS", "three bands"])
def test_a_dem_for_the_network(name, raster, tmp_path, base, capsys):
    path = raster(name)
    arguments = ["network", "--roads", base["roads"], "--dem", path, "--out", tmp_path / "net.gpkg"]
    agree(said(path, "network --dem"), arguments, capsys)


@pytest.mark.parametrize("name", ["feet undeclared", "only nodata", "Alps", "rotated", "zone in the easting"])
def test_a_dem_that_the_atlas_refuses(name, raster, tmp_path, capsys):
    path = raster(name)
    verdict = said(path, "build --dem")
    assert verdict.startswith("no: ")
    agree(verdict, ["build", "--dem", path, "--out", tmp_path / "maps"], capsys)


@pytest.mark.parametrize("name", ["metres", "no CRS", "three bands", "rotated"])
def test_layers_of_suitability(name, raster, tmp_path, base, capsys):
    path = raster(name)
    arguments = ["suitability", base["dem"], "--crop", "plum", "--layer", f"soil_ph={path}", "--out", tmp_path / "out"]
    agree(said(path, "suitability --layer"), arguments, capsys)


@pytest.mark.parametrize("name", ["metres", "no CRS", "Alps", "axes swapped"])
def test_population(name, raster, tmp_path, capsys):
    path = raster(name)
    arguments = ["access", "--population", path, "--scenario", "2022", "--out", tmp_path / "out"]
    agree(said(path, "access --population"), arguments, capsys)


@pytest.mark.parametrize("name", ZONES)
def test_zones(name, tmp_path, base, capsys):
    path = ZONES[name](tmp_path / "zones")
    if name == "two layers":
        path = f"{path}:a"
    verdict = said(path, "bands --zones")
    agree(verdict, ["bands", base["dem"], "--zones", path, "--out", tmp_path / "out"], capsys)
    arguments = ["suitability", base["dem"], "--crop", "plum", "--zones", path, "--out", tmp_path / "out2"]
    agree(said(path, "suitability --zones"), arguments, capsys)


@pytest.mark.parametrize("name", ROADS)
def test_roads(name, tmp_path, base, capsys):
    path = ROADS[name](tmp_path / "roads")
    agree(said(path, "network"), ["network", "--roads", path, "--out", tmp_path / "net.gpkg"], capsys)
    arguments = ["travel-time", base["dem"], "--from", base["places"], "--mode", "car", "--roads", path]
    agree(said(path, "travel-time --roads"), [*arguments, "--out", tmp_path / "minutes.tif"], capsys)
    arguments = ["suitability", base["dem"], "--crop", "plum", "--roads", path, "--out", tmp_path / "out"]
    agree(said(path, "suitability --roads"), arguments, capsys)


@pytest.mark.parametrize("name", ["plain", "with classes", "unknown classes", "status in words", "no CRS"])
def test_roads_of_access(name, tmp_path, base, capsys):
    path = ROADS[name](tmp_path / "roads")
    arguments = ["access", "--roads", path, "--from", base["places"], "--to", base["places"], "--out", tmp_path / "out"]
    agree(said(path, "access --roads"), arguments, capsys)


def test_roads_elsewhere_that_the_atlas_refuses(tmp_path, capsys, kept_only):
    kept_only("network")
    away = [shapely.affinity.translate(line, 0, 3e5) for line in LINES]
    path = layer(tmp_path / "roads", away)
    verdict = said(path, "build --roads")
    assert verdict.startswith("no: ")
    agree(verdict, ["build", "--roads", path, "--out", tmp_path / "maps"], capsys)


@pytest.mark.parametrize("name", PLACES)
def test_places(name, tmp_path, base, capsys):
    path = PLACES[name](tmp_path / "places")
    access = ["access", "--roads", base["roads"], "--scenario", "2022", "--out", tmp_path / "out"]
    agree(said(path, "access --from"), [*access, "--from", path, "--to", base["places"]], capsys)
    agree(said(path, "access --to"), [*access, "--from", base["places"], "--to", path], capsys)
    arguments = ["travel-time", base["dem"], "--from", path, "--out", tmp_path / "minutes.tif"]
    agree(said(path, "travel-time --from"), arguments, capsys)
    square = dem(tmp_path / "square.tif", transform=from_origin(WEST, NORTH, 2000.0, 2000.0))
    arguments = ["viewshed", square, "--observers", path, "--out", tmp_path / "sight"]
    agree(said(path, "viewshed --observers"), arguments, capsys)


@pytest.mark.parametrize("name", ["clean", "with a point and a line", "axes swapped", "no CRS"])
def test_barriers(name, tmp_path, base, capsys):
    path = ZONES[name](tmp_path / "rivers")
    arguments = ["travel-time", base["dem"], "--from", base["places"], "--barriers", path]
    agree(said(path, "travel-time --barriers"), [*arguments, "--out", tmp_path / "minutes.tif"], capsys)


@pytest.mark.parametrize("name", BOUNDARIES)
def test_boundaries_that_the_atlas_refuses(name, tmp_path, capsys):
    path = BOUNDARIES[name](tmp_path / "县界")
    verdict = said(path, "build --boundaries")
    assert verdict.startswith("no: ")
    agree(verdict, ["build", "--boundaries", path, "--out", tmp_path / "maps"], capsys)


@pytest.mark.parametrize("name", ["axes swapped", "no CRS", "degrees under metres"])
def test_layers_that_the_atlas_refuses(name, tmp_path, capsys):
    path = ZONES[name](tmp_path / "layer")
    verdict = said(path, "build --layer")
    assert verdict.startswith("no: ")
    agree(verdict, ["build", "--layer", path, "--out", tmp_path / "maps"], capsys)


@pytest.mark.parametrize("command", PARAMETERS)
def test_parameters(command, tmp_path, base, capsys):
    path = tmp_path / "own.toml"
    path.write_text(PARAMETERS[command])
    name, option = command.split()
    first = [base["dem"]] if name == "suitability" else ["--roads", base["roads"], "--scenario", "2022"]
    verdict = said(path, command)
    assert verdict.startswith("no: ")
    agree(verdict, [name, *first, option, path, "--out", tmp_path / "out.gpkg"], capsys)


def test_the_embedded_parameters_are_taken():
    from nanyi_gis.io import data_file

    for file, command in {
        "crops/plum.toml": "suitability --crop",
        "climate/south_wing.toml": "suitability --climate",
        "network/speeds.toml": "network --speeds",
        "route/prizes.toml": "route",
    }.items():
        (report,) = inspect_file(data_file(file), study=STUDY)
        assert [(use.commands, use.verdict) for use in report.uses] == [((command,), "yes")]
