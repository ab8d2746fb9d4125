"""Sound little files of every kind that a command reads, from which the broken ones are made."""

import json
import shutil
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import rioxarray
import shapely
from rasterio.shutil import copy as copy_raster
from rasterio.transform import from_origin

DATA = Path(__file__).resolve().parents[2] / "data"
WEST, SOUTH, EAST, NORTH = 105.30, 28.05, 105.46, 28.20
"""The one county of the little study, in degrees."""


@dataclass(frozen=True)
class Seed:
    """A sound file with those beside it; ``files`` holds their bytes by name, ``main`` names what a command is given.

    ``kind`` says which readers take it: raster, polygons, lines, points, use, climate, speeds, scenario,
    known, road or study.
    ``targets`` are the files that are broken.
    """

    name: str
    kind: str
    main: str
    files: dict[str, bytes]
    targets: tuple[str, ...]


STUDY = """
id = "little"
title_zh = "小县"
title_en = "Little"
crs = "EPSG:4544"
edges = [700, 900, 1200]
counties = "counties.geojson"
places = "places.csv"
corridors = "corridors.geojson"
plan = "plan"
plan_title_zh = "示例规划"
plan_title_en = "an example plan"
plan_source_zh = "示例来源"
plan_source_en = "an example source"
crops = ["plum.toml"]
climate = "climate.toml"
census = "census.toml"
known_places = "known.csv"
dem = "dem.tif"

[seats]
"小县" = "510524100"
"""
STATIONS = """
id = "stations"
bbox = [104.0, 27.0, 107.0, 30.0]
[[regime]]
id = "west"
polygon = "west.geojson"
[[regime]]
id = "rest"
[transition]
width_m = 3000
[[station]]
id = "a"
regime = "west"
elevation = 400
lon = 105.3
lat = 28.1
mean_temperature = 17.6
mean_temperature_sd = 0.2
rain = 900
[[station]]
id = "b"
regime = "west"
elevation = 1200
mean_temperature = 13.5
mean_temperature_sd = 0.2
[[station]]
id = "c"
regime = "rest"
elevation = 500
mean_temperature = 17.9
mean_temperature_sd = 0.3
rain = 1100
[variable.mean_temperature]
unit = "degC"
lapse = "fit"
source = "made for this"
[variable.rain]
unit = "mm"
gradient = { west = 40, rest = 20 }
gradient_range = { west = [25, 55], rest = [10, 30] }
from_elevation = 500
cap = 1500
cap_sd = 50
uncertainty = 50
errs_like = "mean_temperature"
correlation = -0.2
source = "made for this"
"""
KNOWN = """作物,地点,类型,经度,纬度,半径（米）,最低海拔,最高海拔,有无,面积（万亩）,年份,把握,来源
plum,城关镇,片,105.36,28.10,2000,700,900,有,0.1,2021,高,made here
plum,东镇,点,,,500,,,无,,,低,made here
plum,,县,,,,,1200,有,,2020,中,made here
"""
SCENARIO = {
    "title": "own",
    "year": 2025,
    "add": [{"from": "township-510524100", "to": "township-510524101", "highway": "primary", "speed_kmh": 60}],
    "close": [],
    "speed": [],
}
OSM = """<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6">
<node id="1" lat="28.10" lon="105.34"/><node id="2" lat="28.10" lon="105.38"/><node id="3" lat="28.10" lon="105.42"/>
<node id="4" lat="28.15" lon="105.38"/><node id="5" lat="28.07" lon="105.38"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="secondary"/><tag k="maxspeed" v="40"/></way>
<way id="11"><nd ref="4"/><nd ref="2"/><tag k="highway" v="tertiary"/><tag k="oneway" v="yes"/></way>
<way id="12"><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="name" v="老街"/></way>
</osm>
"""


def make(folder: Path) -> tuple[list[Seed], Path]:
    """Write the seeds into ``folder`` and return them, with the folder of the little study."""
    folder.mkdir(parents=True, exist_ok=True)
    study = write_study(folder / "study")
    seeds = [*_rasters(folder), *_layers(folder), *_parameters(folder), *_studies(study)]
    return seeds, study


def heights(rows: int = 48, columns: int = 56) -> np.ndarray:
    """Return hills of 500 to 1,500 m."""
    row, column = np.mgrid[0:rows, 0:columns].astype("float64")
    return 1000 + 350 * np.sin(column / 9) * np.cos(row / 7) + 3 * row - 2 * column


def write_dem(path: Path, *, rows: int = 48, columns: int = 56, dtype: str = "int16", **options: object) -> Path:
    """Write a DEM over the little county."""
    step_x, step_y = (EAST - WEST + 0.02) / columns, (NORTH - SOUTH + 0.02) / rows
    profile = {"driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": dtype, "crs": "EPSG:4326"}
    profile |= {"transform": from_origin(WEST - 0.01, NORTH + 0.01, step_x, step_y), "nodata": -32768, **options}
    with rasterio.open(path, "w", **profile) as file:
        file.write(heights(rows, columns).astype(dtype), 1)
    return path


def write_tiles(folder: Path) -> Path:
    """Write the two tiles around the little county as Copernicus names and lays them out, with fewer cells."""
    folder.mkdir(parents=True, exist_ok=True)
    step = 1 / 360
    for south in (27, 28):
        profile = {"driver": "GTiff", "height": 360, "width": 360, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
        profile |= {"transform": from_origin(105 - step / 2, south + 1 + step / 2, step, step), "compress": "deflate"}
        name = f"Copernicus_DSM_COG_10_N{south}_00_E105_00_DEM.tif"
        with rasterio.open(folder / name, "w", **profile) as file:
            file.write(heights(360, 360).astype("float32"), 1)
    return folder


def write_study(folder: Path) -> Path:
    """Write the little study: one county, three townships, a corridor, a crop and a plan of one item."""
    (folder / "plan").mkdir(parents=True, exist_ok=True)
    county = shapely.box(WEST, SOUTH, EAST, NORTH)
    gpd.GeoDataFrame({"name": ["小县"], "name_en": ["Little"]}, geometry=[county], crs=4326).to_file(
        folder / "counties.geojson", engine="pyogrio"
    )
    line = shapely.LineString([(105.34, 28.10), (105.42, 28.15)])
    row = {"id": "T-1", "name_zh": "一路", "name_en": "a road", "mode": "road", "status_now": "construction"}
    row |= {"evidence": "schematic", "as_of": "2026", "source": "made here"}
    gpd.GeoDataFrame([row], geometry=[line], crs=4326).to_file(folder / "corridors.geojson", engine="pyogrio")
    head = (DATA / "places" / "places.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    rows = [
        _place(head, "seat", "城关镇", "township;county_seat", "510524100", 105.36, 28.10),
        _place(head, "east", "东镇", "township", "510524101", 105.42, 28.12),
        _place(head, "north", "北镇", "township", "510524102", 105.38, 28.17),
    ]
    (folder / "places.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    (folder / "census.toml").write_text('as_of = "2020-11-01"\n[county]\n"小县" = 320000\n', encoding="utf-8")
    (folder / "known.csv").write_text(KNOWN, encoding="utf-8")
    shutil.copy(DATA / "crops" / "plum.toml", folder / "plum.toml")
    shutil.copy(DATA / "climate" / "south_wing.toml", folder / "climate.toml")
    item = {"id": "F-01", "name_zh": "果园", "name_en": "orchards", "kind": ["area"], "theme": "forest_fruit"}
    item |= {"counties": ["小县"], "counties_uncertain": False, "scope": "counties", "clauses": ["一"]}
    item |= {"quote": "果园一万亩", "quantities": [{"value": 1, "unit": "万亩", "year": 2025}], "lead_stated": False}
    item |= {"evidence": "official", "public": True}
    (folder / "plan" / "items.json").write_text(json.dumps([item], ensure_ascii=False), encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    write_dem(folder / "dem.tif", rows=120, columns=130)
    return folder


def _place(head: str, ident: str, name: str, kind: str, code: str, lon: float, lat: float) -> str:
    known = {"id": ident, "name_zh": name, "name_en": ident, "county": "小县", "county_uncertain": "false"}
    known |= {"kind": kind, "theme": "general", "lon": str(lon), "lat": str(lat), "uncertainty_m": "500"}
    known |= {"located": "true", "representative": "false", "code": code, "public": "true", "evidence": "digitised"}
    known |= {"licence": "test", "as_of": "2026", "source": "made here"}
    return ",".join(known.get(column, "") for column in head.split(","))


def _rasters(folder: Path) -> Iterable[Seed]:
    place = folder / "rasters"
    place.mkdir(exist_ok=True)
    write_dem(place / "plain.tif")
    write_dem(place / "tiled.tif", dtype="float32", tiled=True, blockxsize=16, blockysize=16, compress="deflate")
    copy_raster(place / "plain.tif", place / "cog.tif", driver="COG")
    copy_raster(place / "plain.tif", place / "grid.asc", driver="AAIGrid")
    shutil.copy(place / "plain.tif", place / "tile.tif")
    (place / "of.vrt").write_text(_vrt("tile.tif"), encoding="utf-8")
    _write_hgt(place / "N28E105.hgt")
    names = [["plain.tif"], ["tiled.tif"], ["cog.tif"], ["of.vrt", "tile.tif"], ["N28E105.hgt"]]
    names.append(["grid.asc", *sorted(p.name for p in place.glob("grid.*") if p.suffix in {".prj", ".xml"})])
    with rioxarray.open_rasterio(place / "plain.tif") as source:
        source.isel(band=0, drop=True).rename("heights").to_netcdf(place / "heights.nc", engine="scipy")
    names.append(["heights.nc"])
    for files in names:
        yield _seed(place, "raster", files)


def _vrt(tile: str) -> str:
    step_x, step_y = (EAST - WEST + 0.02) / 56, (NORTH - SOUTH + 0.02) / 48
    return f"""<VRTDataset rasterXSize="56" rasterYSize="48">
  <SRS>EPSG:4326</SRS>
  <GeoTransform>{WEST - 0.01}, {step_x}, 0, {NORTH + 0.01}, 0, {-step_y}</GeoTransform>
  <VRTRasterBand dataType="Int16" band="1"><NoDataValue>-32768</NoDataValue>
    <SimpleSource><SourceFilename relativeToVRT="1">{tile}</SourceFilename><SourceBand>1</SourceBand>
      <SrcRect xOff="0" yOff="0" xSize="56" ySize="48"/><DstRect xOff="0" yOff="0" xSize="56" ySize="48"/>
    </SimpleSource>
  </VRTRasterBand>
</VRTDataset>
"""


def _write_hgt(path: Path) -> None:
    """Write a tile of a degree, mostly one height so that it packs well; 1,201 is the least that HGT knows."""
    values = np.full((1201, 1201), 800, dtype=">i2")
    values[200:1100:7, 300:900:5] = 1100
    path.write_bytes(values.tobytes())


def _layers(folder: Path) -> Iterable[Seed]:
    place = folder / "layers"
    place.mkdir(exist_ok=True)
    points = gpd.GeoDataFrame(
        {"name": ["医院", "school", "=1+1"], "beds": [120, 0, 35], "since": ["2020-01-01", None, "2021-05-06"]},
        geometry=gpd.points_from_xy([105.36, 105.41, 105.38], [28.10, 28.11, 28.16]),
        crs=4326,
    )
    places = [(105.34, 28.10), (105.38, 28.10), (105.42, 28.10), (105.38, 28.15), (105.38, 28.07)]
    pairs = [(0, 1), (1, 2), (1, 3), (1, 4)]
    lines = gpd.GeoDataFrame(
        {"highway": ["primary", "secondary", "tertiary", "residential"], "name": ["一路", "b", "c", "d"]},
        geometry=[shapely.LineString([places[u], places[v]]) for u, v in pairs],
        crs=4326,
    )
    west, east = shapely.box(WEST, SOUTH, 105.38, NORTH), shapely.box(105.38, SOUTH, EAST, NORTH)
    polygons = gpd.GeoDataFrame({"name": ["西乡", "east"], "code": [1, 2]}, geometry=[west, east], crs=4326)
    for kind, frame in (("points", points), ("lines", lines), ("polygons", polygons)):
        stem = kind
        frame.to_file(place / f"{stem}.gpkg", engine="pyogrio", layer=stem)
        frame.to_file(place / f"{stem}.shp", engine="pyogrio", encoding="utf-8")
        frame.to_file(place / f"{stem}.geojson", engine="pyogrio")
        frame.to_parquet(place / f"{stem}.parquet")
        frame.to_file(place / f"{stem}.fgb", engine="pyogrio", driver="FlatGeobuf")
        (place / f"{stem}.kml").write_text(_kml(frame), encoding="utf-8")
        for suffix in ("gpkg", "geojson", "parquet", "fgb", "kml"):
            yield _seed(place, kind, [f"{stem}.{suffix}"])
        sides = [f"{stem}.{s}" for s in ("shp", "shx", "dbf", "prj", "cpg") if (place / f"{stem}.{s}").is_file()]
        yield _seed(place, kind, sides)
    (place / "track.gpx").write_text(_gpx(lines, points), encoding="utf-8")
    (place / "roads.osm").write_text(OSM, encoding="utf-8")
    (place / "roads.osm.pbf").write_bytes(_pbf(places, pairs))
    for name in ("track.gpx", "roads.osm", "roads.osm.pbf"):
        yield _seed(place, "lines", [name])


def _kml(frame: gpd.GeoDataFrame) -> str:
    def coordinates(shape: shapely.Geometry) -> str:
        return " ".join(f"{x:.5f},{y:.5f}" for x, y in shapely.get_coordinates(shape))

    drawn = {
        "Point": "<Point><coordinates>{}</coordinates></Point>",
        "LineString": "<LineString><coordinates>{}</coordinates></LineString>",
        "Polygon": "<Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon>",
    }
    marks = [
        f"<Placemark><name>{name}</name><description>made here</description>"
        f"{drawn[shape.geom_type].format(coordinates(shape))}</Placemark>"
        for name, shape in zip(frame["name"], frame.geometry, strict=True)
    ]
    inner = "\n".join(marks)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return f"{head}\n{inner}\n</Document></kml>\n"


def _gpx(lines: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> str:
    marks = [f'<wpt lat="{p.y}" lon="{p.x}"><name>w</name></wpt>' for p in points.geometry]
    tracks = [
        "<trk><name>t</name><trkseg>"
        + "".join(f'<trkpt lat="{y}" lon="{x}"><ele>800</ele></trkpt>' for x, y in shapely.get_coordinates(line))
        + "</trkseg></trk>"
        for line in lines.geometry
    ]
    head = '<?xml version="1.0"?>\n<gpx version="1.1" creator="here" xmlns="http://www.topografix.com/GPX/1/1">'
    return "\n".join([head, *marks, *tracks, "</gpx>"])


def _pbf(places: list[tuple[float, float]], pairs: list[tuple[int, int]]) -> bytes:
    """Return an OSM extract as PBF, by the format's description: a header and one block of plain nodes and ways."""
    strings = [b"", b"highway", b"secondary"]
    table = b"".join(_bytes(1, text) for text in strings)
    nodes = b"".join(
        _bytes(
            1, _number(1, _zigzag(i + 1)) + _number(8, _zigzag(round(lat * 1e7))) + _number(9, _zigzag(round(x * 1e7)))
        )
        for i, (x, lat) in enumerate(places)
    )
    ways = b"".join(
        _bytes(
            3, _number(1, 10 + i) + _bytes(2, _varint(1)) + _bytes(3, _varint(2)) + _bytes(8, _deltas([u + 1, v + 1]))
        )
        for i, (u, v) in enumerate(pairs)
    )
    block = _bytes(1, table) + _bytes(2, nodes) + _bytes(2, ways)
    head = _bytes(4, b"OsmSchema-V0.6") + _bytes(4, b"DenseNodes")
    return _blob(b"OSMHeader", head) + _blob(b"OSMData", block)


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _number(2, len(content)) + _bytes(3, zlib.compress(content))
    header = _bytes(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _deltas(numbers: list[int]) -> bytes:
    steps = [b - a for a, b in zip([0, *numbers], numbers, strict=False)]
    return b"".join(_varint(_zigzag(step)) for step in steps)


def _parameters(folder: Path) -> Iterable[Seed]:
    place = folder / "parameters"
    place.mkdir(exist_ok=True)
    shutil.copy(DATA / "crops" / "orange.toml", place / "use.toml")
    shutil.copy(DATA / "climate" / "south_wing.toml", place / "climate.toml")
    (place / "stations.toml").write_text(STATIONS, encoding="utf-8")
    land = gpd.GeoDataFrame({"name": ["west"]}, geometry=[shapely.box(WEST, SOUTH, (WEST + EAST) / 2, NORTH)], crs=4326)
    land.to_file(place / "west.geojson", engine="pyogrio")
    shutil.copy(DATA / "network" / "speeds.toml", place / "speeds.toml")
    shutil.copy(DATA / "route" / "prizes.toml", place / "prizes.toml")
    (place / "scenario.json").write_text(json.dumps(SCENARIO, indent=1), encoding="utf-8")
    (place / "changes.toml").write_text('year = 2025\n[[close]]\nfrom = "a"\nto = "b"\n', encoding="utf-8")
    (place / "known.csv").write_text(KNOWN, encoding="utf-8")
    kinds = {"use.toml": "use", "climate.toml": "climate", "speeds.toml": "speeds"}
    kinds |= {"scenario.json": "scenario", "changes.toml": "scenario", "known.csv": "known", "prizes.toml": "road"}
    for name, kind in kinds.items():
        yield _seed(place, kind, [name])
    yield _seed(place, "climate", ["stations.toml", "west.geojson"])


def _studies(study: Path) -> Iterable[Seed]:
    """Yield the little study once for each of its files, so that every one is broken as often as other seeds."""
    names = sorted(p.relative_to(study).as_posix() for p in study.rglob("*") if p.is_file())
    files = {f"study/{name}": (study / name).read_bytes() for name in names}
    for name in names:
        if name != "dem.tif":
            yield Seed(f"study with {name}", "study", "study", files, (f"study/{name}",))


def _seed(place: Path, kind: str, names: list[str]) -> Seed:
    files = {name: (place / name).read_bytes() for name in names}
    return Seed(names[0], kind, names[0], files, tuple(names))
