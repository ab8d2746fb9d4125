"""Files that reach where they should not: other files, servers, queries without end, entities, pipes.

Each kind is tried under every innocent suffix at every door. A server on loopback counts what arrives: nothing may.
The secret is a file of ours outside the folder of the hostile one; nothing of it may come out.
"""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from raster_files import relief, write
from rasterio.vrt import WarpedVRT

from nanyi_gis import io
from nanyi_gis._consent import trusting
from nanyi_gis.cli import main
from nanyi_gis.errors import DataError, NanyiError
from nanyi_gis.inspection import inspect_files
from nanyi_gis.io import OFFLINE, RASTERS, VECTORS, declared_crs, read_vector, read_ways, read_zones, vector_layers
from nanyi_gis.raster import RasterFile, open_raster, read_header
from nanyi_gis.raster.hdf5 import external
from nanyi_gis.study import load_study
from nanyi_gis.study.record import read_record

SECRET = "rootsecret"
SERVER = """
import http.server, sys
class Hits(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(sys.argv[2], "a") as log:
            log.write(self.path + "\\n")
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_HEAD = do_POST = do_GET
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Hits).serve_forever()
"""


class Server:
    """The address of a server in a process of its own, and what arrived there."""

    def __init__(self, log, port):
        self.log, self.url = log, f"http://127.0.0.1:{port}"

    @property
    def hits(self):
        return self.log.read_text().split() if self.log.exists() else []


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "hits"
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port), str(log)])
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.1)
    yield Server(log, port)
    process.kill()
    process.wait()


@pytest.fixture(autouse=True)
def nothing_arrives(request):
    if "server" not in request.fixturenames:
        yield
        return
    server = request.getfixturevalue("server")
    before = server.hits
    yield
    assert server.hits == before


VRT = (
    '<VRTDataset rasterXSize="72" rasterYSize="60"><SRS>EPSG:4544</SRS>'
    "<GeoTransform>540000, 900, 0, 3140000, 0, -900</GeoTransform>"
    '<VRTRasterBand dataType="{type}" band="1"{band}>{source}</VRTRasterBand></VRTDataset>'
)


def virtual(name, *, relative=0, dtype="Float64", band=""):
    source = f'<SimpleSource><SourceFilename relativeToVRT="{relative}">{name}</SourceFilename></SimpleSource>'
    return VRT.format(source=source, type=dtype, band=band)


def raw(file):
    source = (
        f'<SourceFilename relativeToVRT="0">{file}</SourceFilename><ImageOffset>0</ImageOffset>'
        "<PixelOffset>1</PixelOffset><LineOffset>72</LineOffset>"
    )
    return VRT.format(source=source, type="Byte", band=' subClass="VRTRawRasterBand"')


POINTS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": "a"}, "geometry": {"type": "Point", "coordinates": [105.5, 28.1]}}
    ],
}
GML = (
    '<?xml version="1.0"?>{doctype}<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" '
    'xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><ogr:p gml:id="a"><ogr:geometryProperty>'
    '<gml:Point srsName="EPSG:4326"><gml:coordinates>105,28</gml:coordinates></gml:Point></ogr:geometryProperty>'
    "<ogr:name>{name}</ogr:name></ogr:p></gml:featureMember></ogr:FeatureCollection>"
)
KML = (
    '<?xml version="1.0"?>{doctype}<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>f</name>{more}'
    "<Placemark><name>{name}</name><Point><coordinates>105.5,28.1</coordinates></Point></Placemark></Folder>"
    "</Document></kml>"
)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
)


def ogr_vrt(source, layer="secret"):
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="{layer}"><SrcDataSource>{source}</SrcDataSource>'
        f"<SrcLayer>{layer}</SrcLayer><GeometryType>wkbPoint</GeometryType><LayerSRS>EPSG:4326</LayerSRS>"
        '<GeometryField encoding="PointFromColumns" x="x" y="y"/></OGRVRTLayer></OGRVRTDataSource>'
    )


def hostile(secret, url):
    """Return texts by what they are; each is refused whatever the file is called."""
    service = f'<Service name="TMS"><ServerUrl>{url}/tms/${{z}}/${{x}}/${{y}}.png</ServerUrl></Service>'
    return {
        "ogr vrt": ogr_vrt(secret),
        "ogr vrt behind a comment": f"<!-- a layer -->\n{ogr_vrt(secret)}",
        "ogr vrt of a server": ogr_vrt(f"{url}/v.geojson"),
        "ogr vrt of curl": ogr_vrt(f"/vsicurl/{url}/v.csv"),
        "ogr vrt of layers alone": f'<OGRVRTLayer name="x"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>',
        "raw band": raw(secret),
        "vrt of a file elsewhere": virtual(secret.with_suffix(".tif")),
        "vrt of a server": virtual(f"{url}/a.tif"),
        "vrt of curl": virtual(f"/vsicurl/{url}/a.tif"),
        "vrt of curl, relative": virtual(f"/vsicurl/{url}/a.tif", relative=1),
        "vrt of an archive": virtual("/vsizip/a.zip/a.tif"),
        "vrt in an attribute": VRT.format(
            source=f'<SimpleSource SourceFilename="{secret}"></SimpleSource>', type="Float64", band=""
        ),
        "vrt in another case": virtual(secret.with_suffix(".tif")).replace("SourceFilename", "sourcefilename"),
        "vrt upwards": virtual("../secret.tif", relative=1),
        "vrt of inline xml": virtual(virtual(secret.with_suffix(".tif")).replace("<", "&lt;").replace('"', "&quot;")),
        "vrt with python": VRT.format(
            source="<PixelFunctionType>f</PixelFunctionType><PixelFunctionLanguage>Python</PixelFunctionLanguage>"
            "<PixelFunctionCode><![CDATA[def f(*a): open('ran', 'w')]]></PixelFunctionCode>",
            type="Byte",
            band=' subClass="VRTDerivedRasterBand"',
        ),
        "vrt with entities": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret}">]>{virtual("&a;")}',
        "wms": f"<GDAL_WMS>{service}<DataWindow/></GDAL_WMS>",
        "wms in small letters": f"<gdal_wms>{service}<DataWindow/></gdal_wms>",
        "wmts": f"<GDAL_WMTS><GetCapabilitiesUrl>{url}/wmts</GetCapabilitiesUrl></GDAL_WMTS>",
        "wcs": f"<WCS_GDAL><ServiceURL>{url}/wcs?</ServiceURL><CoverageName>x</CoverageName></WCS_GDAL>",
        "wfs": f"<OGRWFSDataSource><URL>{url}/wfs</URL></OGRWFSDataSource>",
        "tile map": f'<TileMap version="1.0.0" tilemapservice="{url}"></TileMap>',
        "tile index": f"<GDALTileIndexDataset><IndexDataset>{url}</IndexDataset></GDALTileIndexDataset>",
        "pipeline": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {url}/p.json ! filter"}
        ),
        "stac": json.dumps({"type": "FeatureCollection", "stac_version": "1.0.0", "features": [], "links": [url]}),
        "esri service": json.dumps({"currentVersion": 10.01, "tileInfo": {"u": url}}),
        "zarr": json.dumps({".zgroup": {}, "refs": {"a/0": [f"{url}/a"]}}),
        "crs link": json.dumps(POINTS | {"crs": {"type": "link", "properties": {"href": f"{url}/crs"}}}),
        "crs link at the end": json.dumps(POINTS | {"crs": {"properties": {"url": f"{url}/crs"}, "type": "url"}}),
        "kml bomb": KML.format(doctype=BOMB + "]>", name="&j;", more=""),
        "kml external": KML.format(doctype=f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret}">]>', name="&a;", more=""),
        "gml bomb": GML.format(doctype=BOMB + "]>", name="&j;"),
        "gml external": GML.format(doctype=f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret}">]>', name="&a;"),
        "gpx external": f'<!DOCTYPE gpx SYSTEM "{url}/gpx.dtd"><gpx><wpt lat="28" lon="105"/></gpx>',
        "ers": f'DatasetHeader Begin\nVersion = "6.0"\nDataFile = "{secret}"\nDatasetHeader End\n',
        "postgres": f"PG:host=127.0.0.1 port={url[-5:]}",
    }


SUFFIXES = [
    *(".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz", ".gpx", ".gml", ".osm", ".fgb", ".tab", ".dxf", ".parquet"),
    *(".sqlite", ".zip", ".dbf", ".pbf", "", ".tif", ".vrt", ".hgt", ".img", ".asc", ".nc", ".bil", ".jp2", ".png"),
]
DOORS = [RasterFile.of, read_header, read_vector, vector_layers]
CHECKED = {".geojson", ".tif"}


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "secret"
    path.write_text(f"x,y,name\n105.5,28.1,{SECRET}\n" * 400)
    shutil.copy(path, path.with_suffix(".csv"))
    write(path.with_suffix(".tif"), relief())
    return path


@pytest.fixture(scope="module")
def study():
    return load_study()


def refused(door, path):
    with pytest.raises(NanyiError) as met:
        door(path)
    text = str(met.value)
    assert "\n" not in text
    assert SECRET not in text
    return text


@pytest.mark.parametrize("kind", hostile(Path("/x"), "http://h:80000"))
def test_a_hostile_content_is_refused_under_every_suffix_at_every_door(tmp_path, secret, server, study, kind):
    text = hostile(secret, server.url)[kind]
    paths = [tmp_path / f"layer{suffix}" for suffix in SUFFIXES]
    for path in paths:
        path.write_text(text, encoding="utf-8")
        for door in DOORS if path.suffix in CHECKED else (RasterFile.of, read_vector):
            refused(door, path)
    for reports in inspect_files([path for path in paths if path.suffix in CHECKED], study=study).values():
        assert not any(use.possible for report in reports for use in report.uses)
    assert not (tmp_path / "ran").exists()
    assert not Path("ran").exists()


def test_what_a_file_is_and_what_to_do_stand_in_the_line(tmp_path, secret):
    for name, content, words in [
        ("a.geojson", ogr_vrt(secret), "is an OGR VRT, which may read other files; give GPKG, SHP, GeoJSON or Parquet"),
        ("a.tif", "<GDAL_WMS/>", "is the description of a map server, and no file makes the program go online"),
        ("a.vrt", raw(secret), "has a VRTRawRasterBand, which may read other files; write it with gdalbuildvrt"),
        ("b.vrt", virtual(secret.with_suffix(".tif")), "lies outside its folder; put the files beside the VRT"),
        ("c.kml", KML.format(doctype="<!DOCTYPE kml>", name="a", more=""), "declares a document type (DOCTYPE)"),
    ]:
        path = tmp_path / name
        path.write_text(content)
        assert words in refused(read_vector if name.endswith(("json", "kml")) else RasterFile.of, path)


def test_trust_lets_a_file_name_others_on_disk_but_no_server_and_no_script(tmp_path, secret, server):
    own = tmp_path / "own.vrt"
    own.write_text(virtual(secret.with_suffix(".tif")))
    with trusting():
        file = RasterFile.of(own)
    assert file.trusted  # and carries it to where it is read
    np.testing.assert_allclose(file.read(), relief())
    layer = tmp_path / "own.geojson"
    layer.write_text(ogr_vrt(secret.with_suffix(".csv")))
    with trusting():
        assert SECRET in set(read_vector(layer)["name"])
    texts = hostile(secret, server.url)
    for kind in ("vrt of a server", "vrt of curl", "wms", "wmts", "wcs", "vrt with python", "vrt with entities"):
        path = tmp_path / "remote.tif"
        path.write_text(texts[kind])
        with trusting(), pytest.raises(NanyiError):
            RasterFile.of(path).read()
    texts |= {name: ogr_vrt(f"{name}:host=127.0.0.1") for name in ("PG", "MYSQL", "ADBC", "WFS", "OAPIF")}
    for kind in ("ogr vrt of a server", "ogr vrt of curl", "wfs", "pipeline", "kml external", "gml bomb", "PG", "ADBC"):
        path = tmp_path / "remote.geojson"
        path.write_text(texts[kind])
        with trusting(), pytest.raises(NanyiError):
            read_vector(path)
    assert not Path("ran").exists()


def spelt(text):
    return "".join(f"&#{ord(letter)};" for letter in text)


def test_an_address_in_other_letters_is_one_too_for_netcdf_has_a_network_of_its_own(tmp_path, server):
    for number, name in enumerate([spelt(f'NETCDF:"{server.url}/a.nc":a'), f"NETCDF:{server.url}/a.nc:a"]):
        path = tmp_path / f"{number}.vrt"
        path.write_text(virtual(name))
        outer = tmp_path / "outer.vrt"
        outer.write_text(virtual(path))
        for file in (path, outer):
            with trusting():
                assert "it names a server (http://...)" in refused(RasterFile.of, file)


def test_an_address_that_is_mere_metadata_is_no_source(tmp_path):
    write(tmp_path / "a.tif", relief())
    path = tmp_path / "a.vrt"
    told = '<Metadata><MDI key="SOURCE">https://example.org/dem</MDI></Metadata><VRTRasterBand'
    path.write_text(virtual("a.tif", relative=1).replace("<VRTRasterBand", told, 1))
    np.testing.assert_allclose(RasterFile.of(path).read(), relief())


def test_the_drivers_that_reach_are_on_no_list():
    reaching = {
        *("VRT", "WMS", "WMTS", "WCS", "HTTP", "GTI", "STACIT", "STACTA", "EEDA", "EEDAI", "MRF", "PLMOSAIC", "ERS"),
        *("Zarr", "PDS", "PDS4", "ISIS3", "VICAR", "PCIDSK", "PAux", "DERIVED", "KMLSUPEROVERLAY", "Rasterlite"),
        *("OGR_VRT", "WFS", "OAPIF", "OGCAPI", "GDALG", "CSW", "Elasticsearch", "Carto", "AmigoCloud", "PLSCENES"),
        *("NGW", "GPSBabel", "ADBC", "MVT", "MBTiles", "PMTiles", "PostgreSQL", "MySQL", "ODBC", "MSSQLSpatial"),
    }
    assert not reaching & {*RASTERS, *VECTORS}
    with rasterio.Env() as env:
        known = set(env.drivers())
    assert {"GTiff", "HFA", "AAIGrid", "SRTMHGT", "netCDF"} <= known & set(RASTERS)
    assert {"GPKG", "ESRI Shapefile", "GeoJSON", "GPX", "OSM"} <= set(pyogrio.list_drivers(read=True)) & VECTORS


SOUND_VECTORS = {
    "a.gpkg": "GPKG", "a.sqlite": "SQLite", "a.shp": "ESRI Shapefile", "a.geojson": "GeoJSON", "a.json": "GeoJSON",
    "a.geojsonl": "GeoJSONSeq", "a.fgb": "FlatGeobuf", "a.kml": "LIBKML", "a.kmz": "LIBKML", "a.gml": "GML",
    "a.tab": "MapInfo File", "a.mif": "MapInfo File", "a.gdb": "OpenFileGDB", "a.txt.json": "JSONFG", "a.gpx": "GPX",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "driver", "part"),
    [("a.mif", "MapInfo File", "a.mid"), ("a.tab", "MapInfo File", "a.dat"), ("a.gdb", "OpenFileGDB", "")],
)
def test_parts_of_a_layer_that_are_links_elsewhere_are_refused(tmp_path, name, driver, part):
    path = tmp_path / "here" / name
    path.parent.mkdir()
    pyogrio.write_dataframe(gpd.GeoDataFrame.from_features(POINTS["features"], crs=4326), path, driver=driver)
    file = path.with_name(part) if part else max(path.glob("*.gdbtable"))
    shutil.move(file, tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert "is a link to a file elsewhere; copy it" in refused(read_vector, path)
    with trusting():
        assert len(read_vector(path)) == 1
    (tmp_path / "link").symlink_to(path.parent)
    file.unlink()
    shutil.move(tmp_path / "elsewhere", file)
    assert len(read_vector(tmp_path / "link" / name)) == 1


@pytest.mark.parametrize("name", ["a.shp.zip", "a.shz", "a.zip", "a.gpkg"])
def test_an_archive_is_named_with_the_cure(tmp_path, name):
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        archive.writestr("a.geojson", json.dumps(POINTS))
    assert "is an archive (zip), which is not read as a layer; unpack it" in refused(read_vector, tmp_path / name)


def test_a_geojson_with_sorted_keys_has_its_coordinates_first(tmp_path):
    ring = shapely.Point(105.5, 28.1).buffer(0.1, quad_segs=1000)
    text = json.dumps(gpd.GeoSeries([ring], crs=4326).__geo_interface__, sort_keys=True)
    assert text.index('"type"') > 65_536
    (tmp_path / "a.geojson").write_text(text)
    assert read_vector(tmp_path / "a.geojson").geometry.iloc[0].equals(ring)


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c"
JOINED = "SELECT a.srid FROM spatial_ref_sys AS a LEFT JOIN a AS b"


@pytest.mark.parametrize("query", [JOINED, ENDLESS])
def test_the_views_of_every_spatialite_file_are_no_layers(tmp_path, query):
    path = tmp_path / "a.sqlite"
    points = gpd.GeoDataFrame.from_features(POINTS["features"], crs=4326)
    pyogrio.write_dataframe(points, path, driver="SQLite", layer="a")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute(f"CREATE VIEW spatial_ref_sys_all AS {query}")
        base.commit()
    if query == ENDLESS:
        assert "view in place of the table 'spatial_ref_sys_all'" in refused(read_vector, path)
    else:
        assert len(read_vector(path)) == 1


@pytest.mark.parametrize("name", SOUND_VECTORS)
def test_sound_layers_of_every_format_are_read(tmp_path, name):
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=shapely.points([[105.5, 28.1], [105.6, 28.2]]), crs=4326)
    options = {"layer": "waypoints"} if name == "a.gpx" else {}
    pyogrio.write_dataframe(frame, tmp_path / name, driver=SOUND_VECTORS[name], **options)
    found = read_vector(tmp_path / name)
    assert sorted(found["name" if "name" in found else "Name"]) == ["a", "b"]
    np.testing.assert_allclose(found.geometry.x.sort_values(), [105.5, 105.6], atol=1e-6)


@pytest.mark.parametrize("name", ["a.parquet", "topo.json", "esri.json"])
def test_sound_layers_that_gdal_does_not_write(tmp_path, name):
    path = tmp_path / name
    if name == "a.parquet":
        gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105.5, 28.1)], crs=4326).to_parquet(path)
    elif name == "topo.json":
        shape = {"type": "Point", "coordinates": [105.5, 28.1], "properties": {"name": "a"}}
        objects = {"t": {"type": "GeometryCollection", "geometries": [shape]}}
        path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": []}))
    else:
        row = {"attributes": {"name": "a"}, "geometry": {"x": 105.5, "y": 28.1}}
        fields = [{"name": "name", "type": "esriFieldTypeString"}]
        about = {"geometryType": "esriGeometryPoint", "spatialReference": {"wkid": 4326}, "fields": fields}
        path.write_text(json.dumps(about | {"features": [row]}))
    if name == "topo.json":  # has no CRS of its own
        assert "has no CRS" in refused(read_vector, path)
    else:
        assert list(read_vector(path)["name"]) == ["a"]


@pytest.mark.parametrize(
    ("name", "driver", "dtype"),
    [
        *[("a.tif", "GTiff", "float32"), ("a.img", "HFA", "float32"), ("a.bil", "EHdr", "float32")],
        *[("a.dat", "ENVI", "float32"), ("a.asc", "AAIGrid", "float32"), ("a.jp2", "JP2OpenJPEG", "uint16")],
        *[("a.sdat", "SAGA", "float32"), ("a.nc", "netCDF", "float32"), ("a.grd", "GS7BG", "float32")],
        *[("a.xyz", "XYZ", "float32"), ("b.grd", "GSAG", "float32"), ("c.grd", "GSBG", "float32")],
        *[("a.png", "PNG", "uint16"), ("a.gpkg", "GPKG", "float32")],
    ],
)
def test_sound_rasters_of_every_format_are_opened(tmp_path, name, driver, dtype):
    source = write(tmp_path / "source.tif", np.round(relief()).astype(dtype))
    rasterio.shutil.copy(source, tmp_path / name, driver=driver)
    source.unlink()
    header = read_header(tmp_path / name)
    assert (header.height, header.width, header.bands) == (60, 72, 1)
    with rasterio.open(tmp_path / name) as dataset:
        assert dataset.driver == driver


class TestVirtualRasters:
    def test_files_beside_and_below_are_read(self, tmp_path):
        (tmp_path / "tiles").mkdir()
        write(tmp_path / "tiles" / "a.tif", relief())
        inner = tmp_path / "inner.vrt"
        inner.write_text(virtual("tiles/a.tif", relative=1))
        outer = tmp_path / "outer.vrt"
        outer.write_text(virtual(tmp_path / "inner.vrt"))
        for path in (inner, outer):
            np.testing.assert_allclose(RasterFile.of(path).read(), relief())

    def test_one_that_warps_a_file_beside_it_is_read(self, tmp_path, secret):
        write(tmp_path / "a.tif", relief())
        path = tmp_path / "warped.vrt"
        with rasterio.open(tmp_path / "a.tif") as source, WarpedVRT(source, crs="EPSG:4326") as warped:
            rasterio.shutil.copy(warped, path, driver="VRT")
        assert RasterFile.of(path).grid.crs.to_epsg() == 4326
        text = path.read_text()
        assert ">a.tif<" in text
        path.write_text(text.replace('relativeToVRT="1">a.tif', f'relativeToVRT="0">{secret.with_suffix(".tif")}'))
        assert "lies outside its folder" in refused(RasterFile.of, path)

    @pytest.mark.parametrize("name", ["link.tif", "folder/secret.tif"])
    def test_a_link_that_leads_elsewhere_is_refused(self, tmp_path, secret, name):
        (tmp_path / "link.tif").symlink_to(secret.with_suffix(".tif"))
        (tmp_path / "folder").symlink_to(secret.parent)
        path = tmp_path / "a.vrt"
        path.write_text(virtual(name, relative=1))
        assert "lies outside its folder" in refused(RasterFile.of, path)

    def test_one_that_is_its_own_source_or_swells_is_refused(self, tmp_path):
        path = tmp_path / "a.vrt"
        path.write_text(virtual("a.vrt", relative=1))
        assert "without end" in refused(RasterFile.of, path)
        write(tmp_path / "leaf.tif", relief())
        source = virtual("{}", relative=1)
        head, part, tail = source.partition("<SimpleSource>")
        one, close, end = tail.partition("</SimpleSource>")
        below = "leaf.tif"
        for level in range(4):
            path = tmp_path / f"level{level}.vrt"
            path.write_text(head + (part + one.format(below) + close) * 40 + end)
            below = path.name
        assert "reads over 1,000,000 files" in refused(RasterFile.of, path)

    def test_an_inner_file_is_held_to_the_same_rules(self, tmp_path, secret, server):
        for kind, text in hostile(secret, server.url).items():
            (tmp_path / "inner.tif").write_text(text)
            path = tmp_path / "outer.vrt"
            path.write_text(virtual("inner.tif", relative=1))
            with pytest.raises(NanyiError):
                pytest.fail(f"{kind}: {RasterFile.of(path).read()}")


class TestFilesBeside:
    @pytest.mark.parametrize("end", [".tif.ovr", ".ovr", ".tif.msk", ".msk"])
    def test_overviews_and_masks_that_are_no_tiff_are_refused(self, tmp_path, secret, server, end):
        write(tmp_path / "a.tif", relief())
        (tmp_path / f"a{end}").write_text(virtual(f"/vsicurl/{server.url}/o.tif"))
        assert "is no TIFF, as overviews and masks beside a raster are" in refused(RasterFile.of, tmp_path / "a.tif")

    def test_metadata_that_name_overviews_elsewhere_are_refused(self, tmp_path, server):
        path = write(tmp_path / "a.tif", relief())
        with rasterio.open(path, "r+") as dataset:
            dataset.update_tags(ns="OVERVIEWS", OVERVIEW_FILE=f"/vsicurl/{server.url}/o.tif")
        assert "names a file of overviews" in refused(RasterFile.of, path)
        path = write(tmp_path / "b.tif", relief())
        (tmp_path / "b.tif.aux.xml").write_text(
            f'<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">{server.url}/o</MDI></Metadata>'
            "</PAMDataset>"
        )
        assert "names other files" in refused(RasterFile.of, path)

    def test_true_overviews_masks_and_statistics_are_taken(self, tmp_path):
        path = write(tmp_path / "a.tif", relief())
        with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, "r+") as dataset:
            dataset.build_overviews([2])
        assert (tmp_path / "a.tif.ovr").exists()
        (tmp_path / "a.tif.aux.xml").write_text(
            '<PAMDataset><PAMRasterBand band="1"><Metadata><MDI key="STATISTICS_MAXIMUM">1600</MDI></Metadata>'
            "</PAMRasterBand></PAMDataset>"
        )
        np.testing.assert_allclose(RasterFile.of(path).read(), relief())

    def test_bare_numbers_behind_a_link_are_refused(self, tmp_path, secret):
        (tmp_path / "a.bil").symlink_to(secret)
        (tmp_path / "a.hdr").write_text("NROWS 10\nNCOLS 10\nNBITS 8\nULXMAP 5e5\nULYMAP 3e6\nXDIM 9\nYDIM 9\n")
        refused(RasterFile.of, tmp_path / "a.bil")


def heap(base):
    return b"HEAP" + bytes(4) + (64).to_bytes(8, "little") * 2 + base


def test_hdf5_with_its_numbers_in_other_files_is_told_from_its_bytes(tmp_path):
    # laid out by hand after the format specification; h5py is no dependency
    signature = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0" + bytes(48)
    message = b"\x01\0\0\0" + b"\1\0\1\0" + (128).to_bytes(8, "little")
    link = b"\x01\x08\x40\x01v" + (11).to_bytes(2, "little") + b"\0/etc/a\0/v\0"
    layout = b"\x04\x03" + (128).to_bytes(8, "little")
    made = {
        "keeps its numbers in other files": (message, heap(b"/etc/passwd\0")),
        "is put together from other files": (layout, b"GCOL\1\0\0\0"),
        "has links into other files": (link, b""),
    }
    path = tmp_path / "a.nc"
    for words, (part, there) in made.items():
        path.write_bytes((signature + part).ljust(128, b"\0") + there)
        assert external(path) == words
        assert words in refused(RasterFile.of, path)
        path.write_bytes((signature + part).ljust(128, b"\0") + (b"" if there else b"x") + b"PAEH")
        if there:
            assert external(path) is None  # numbers that look so by chance lead nowhere


class TestDatabases:
    ENDLESS = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)"

    def made(self, path, *statements):
        frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105.5, 28.1)], crs=4326)
        io.write_gpkg({"towns": frame}, path)
        with contextlib.closing(sqlite3.connect(path)) as base, base:
            for statement in statements:
                base.execute(statement)
        return path

    @pytest.mark.parametrize("data", ["features", "attributes"])
    @pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.tif"])
    def test_a_layer_that_is_a_query_is_refused_at_once(self, tmp_path, data, name):
        made = self.made(
            tmp_path / "made.gpkg",
            f"CREATE VIEW v AS {self.ENDLESS} SELECT i AS fid, (SELECT geom FROM towns) AS geom FROM c",
            f"INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('v', '{data}', 'v', 4326)",
            "INSERT INTO gpkg_geometry_columns VALUES ('v', 'geom', 'POINT', 4326, 0, 0)",
        )
        path = shutil.move(made, tmp_path / name)
        start = time.monotonic()
        assert "has a layer that is a view, 'v'" in refused(read_vector, path)
        refused(RasterFile.of, path)
        assert time.monotonic() - start < 5

    def test_a_view_in_place_of_a_table_of_the_format_is_refused(self, tmp_path):
        path = self.made(
            tmp_path / "a.gpkg",
            "ALTER TABLE gpkg_contents RENAME TO old",
            f"CREATE VIEW gpkg_contents AS {self.ENDLESS} SELECT old.* FROM c, old",
        )
        assert "view in place of the table 'gpkg_contents'" in refused(read_vector, path)

    def test_a_virtual_table_that_reads_files_is_refused(self, tmp_path):
        path = self.made(
            tmp_path / "a.gpkg",
            "PRAGMA writable_schema = ON",
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES "
            "('table', 'x', 'x', 0, 'CREATE VIRTUAL TABLE x USING VirtualOGR(''/etc/passwd'')')",
        )
        assert "virtual table 'x' of VirtualOGR" in refused(read_vector, path)

    def test_tables_beside_a_view_that_is_no_layer_are_read(self, tmp_path):
        path = self.made(tmp_path / "a.gpkg", f"CREATE VIEW v AS {self.ENDLESS} SELECT i FROM c")
        assert list(read_vector(path)["name"]) == ["a"]


class TestArchives:
    def test_what_swells_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr("nanyi_gis.io.content.MOST_UNPACKED", 10_000_000)
        path = tmp_path / "a.kmz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", KML.format(doctype="", name="a", more=""))
            archive.writestr("big", bytes(12_000_000))
        assert path.stat().st_size < 20_000
        assert "when unpacked, but at most 0.01 GB are taken; cut out what you need" in refused(read_vector, path)

    def test_entities_and_other_archives(self, tmp_path, secret):
        path = tmp_path / "a.kmz"
        text = KML.format(doctype=f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret}">]>', name="&a;", more="")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", text)
        assert "DOCTYPE" in refused(read_vector, path)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:  # behind a long comment
            archive.writestr("doc.kml", text.replace("<!DOCTYPE", f"<!-- {'x' * 200_000} --><!DOCTYPE"))
        assert "DOCTYPE" in refused(read_vector, path)
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.vrt", ogr_vrt(secret))
        refused(read_vector, path)

    def test_links_of_a_kml_are_not_followed(self, tmp_path, server):
        path = tmp_path / "a.kml"
        more = f"<NetworkLink><Link><href>{server.url}/n.kml</href></Link></NetworkLink>"
        style = f"<styleUrl>{server.url}/s.kml#a</styleUrl>"
        path.write_text(KML.format(doctype="", name="a", more=more).replace("<Point>", f"{style}<Point>"))
        assert len(read_vector(path)) == 1

    def test_reading_a_gml_leaves_nothing_behind(self, tmp_path):
        path = tmp_path / "a.gml"
        path.write_text(GML.format(doctype="", name="a"))
        assert len(read_vector(path)) == 1
        assert [file.name for file in tmp_path.iterdir()] == ["a.gml"]

    def test_schemas_of_a_gml_are_not_fetched(self, tmp_path, server):
        path = tmp_path / "a.gml"
        where = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://ogr.maptools.org/ '
        text = GML.format(doctype="", name="a").replace("xmlns:ogr", f'{where}{server.url}/s.xsd" xmlns:ogr', 1)
        path.write_text(text)
        assert len(read_vector(path)) == 1


class TestNames:
    @pytest.mark.parametrize("door", [RasterFile.of, read_header, read_vector, vector_layers, read_zones])
    def test_only_files_on_disk_are_opened(self, tmp_path, server, door, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "http:" / "127.0.0.1").mkdir(parents=True)
        with zipfile.ZipFile("a.zip", "w") as archive:
            archive.writestr("b.geojson", json.dumps(POINTS))
        for name in [
            *(
                f"{server.url}/a.tif",
                f"/vsicurl/{server.url}/a.tif",
                f"vrt://{server.url}/a.tif",
                "/vsizip/a.zip/b.geojson",
            ),
            *(
                "zip://a.zip!b.geojson",
                f"WMS:{server.url}",
                f"WFS:{server.url}",
                f"GeoJSON:{server.url}",
                json.dumps(POINTS),
            ),
            *(virtual("/etc/passwd"), "PG:host=127.0.0.1", "MYSQL:x", "http://127.0.0.1", f"OAPIF:{server.url}"),
        ]:
            refused(door, name)

    @pytest.mark.parametrize(
        "door", [RasterFile.of, read_header, read_vector, vector_layers, io.read_toml, io.check_osm_file]
    )
    @pytest.mark.parametrize("suffix", ["", ".tif", ".gpkg", ".parquet", ".osm", ".json"])
    def test_a_pipe_a_device_and_a_socket_are_refused_without_waiting(self, tmp_path, door, suffix):
        pipe = tmp_path / f"pipe{suffix}"
        os.mkfifo(pipe)
        for path in (pipe, "/dev/zero", "/dev/null"):
            assert "is a pipe, a device or a socket; give a file on disk" in refused(door, path)

    @pytest.mark.parametrize("end", [".dbf", ".prj", ".cpg", ".shx"])
    def test_parts_of_a_shapefile_are_files_beside_it(self, tmp_path, secret, end):
        frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105.5, 28.1)], crs=4326)
        frame.to_file(tmp_path / "a.shp")
        (tmp_path / f"a{end}").unlink(missing_ok=True)
        (tmp_path / f"a{end}").symlink_to(secret)
        assert "is a link to a file elsewhere" in refused(read_vector, tmp_path / "a.shp")
        (tmp_path / f"a{end}").unlink()
        os.mkfifo(tmp_path / f"a{end}")
        assert "is a pipe" in refused(read_vector, tmp_path / "a.shp")

    @pytest.mark.parametrize("end", [".tfw", ".tif.aux.xml", ".tif.ovr", ".tif.msk", ".prj", ".IMD", ".xml", ".aux"])
    def test_what_stands_beside_a_raster_is_no_pipe(self, tmp_path, end):
        path = write(tmp_path / "a.tif", relief())
        os.mkfifo(tmp_path / f"a{end}")
        assert "is a pipe" in refused(RasterFile.of, path)

    def test_a_linked_dataset_is_read(self, tmp_path):
        (tmp_path / "store").mkdir()
        (tmp_path / "work").mkdir()
        frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(105.5, 28.1)], crs=4326)
        frame.to_file(tmp_path / "store" / "a.shp")
        for part in (tmp_path / "store").iterdir():
            (tmp_path / "work" / part.name).symlink_to(part)
        assert list(read_vector(tmp_path / "work" / "a.shp")["name"]) == ["a"]
        write(tmp_path / "store" / "a.tif", relief())
        (tmp_path / "work" / "a.tif").symlink_to(tmp_path / "store" / "a.tif")
        np.testing.assert_allclose(RasterFile.of(tmp_path / "work" / "a.tif").read(), relief())

    def test_a_study_names_files_of_its_own_folder(self, tmp_path):
        assert main(["init", str(tmp_path / "own")]) == 0
        record = tmp_path / "own" / "study.toml"
        text = record.read_text(encoding="utf-8")
        (tmp_path / "elsewhere.geojson").write_text("{}")
        (tmp_path / "own" / "link.geojson").symlink_to(tmp_path / "elsewhere.geojson")
        for place in ("../elsewhere.geojson", str(tmp_path / "elsewhere.geojson"), "link.geojson"):
            record.write_text(text.replace('"counties.geojson"', json.dumps(place)), encoding="utf-8")
            with pytest.raises(DataError, match="lies outside the study's folder; copy it there, or --trust"):
                read_record(record)
            with trusting():
                assert read_record(record)[1].counties == place


class TestOffline:
    def test_options_hold_within_the_reader_alone(self, tmp_path):
        path = tmp_path / "a.geojson"
        path.write_text(json.dumps(POINTS))
        pyogrio.set_gdal_config_options({"GDAL_HTTP_MAX_RETRY": "3"})
        try:
            with io.offline(), io.offline():
                assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") == OFFLINE["GDAL_HTTP_PROXY"]
            assert read_vector(path).crs.to_epsg() == 4326
            assert declared_crs(path, "a") == "EPSG:4326"
            assert pyogrio.get_gdal_config_option("GDAL_HTTP_MAX_RETRY") == 3
            assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") is None
        finally:
            pyogrio.set_gdal_config_options({"GDAL_HTTP_MAX_RETRY": None})

    def test_an_open_raster_cannot_go_online(self, tmp_path):
        with open_raster(write(tmp_path / "a.tif", relief())):
            assert rasterio.env.getenv()["GDAL_HTTP_PROXY"] == OFFLINE["GDAL_HTTP_PROXY"]


class TestCommands:
    def test_every_command_refuses_in_one_line_and_writes_nothing(self, tmp_path, secret, server, capsys):
        layer, raster = tmp_path / "layer.geojson", tmp_path / "dem.tif"
        layer.write_text(ogr_vrt(secret.with_suffix(".csv")))
        raster.write_text(raw(secret))
        good = write(tmp_path / "good.tif", relief())
        out = tmp_path / "out"
        for arguments in [
            ["check", layer],
            ["check", raster],
            ["bands", raster, "--out", out],
            ["bands", good, "--zones", layer, "--out", out],
            ["suitability", raster, "--crop", "plum", "--out", out],
            ["suitability", good, "--crop", "plum", "--roads", layer, "--out", out],
            ["build", "--layer", layer, "--out", out],
            ["build", "--boundaries", layer, "--out", out],
            ["network", "--roads", layer, "--out", tmp_path / "out.gpkg"],
            ["travel-time", good, "--from", layer, "--out", tmp_path / "out.tif"],
            ["travel-time", raster, "--from", layer, "--out", tmp_path / "out.tif"],
            ["access", "--from", layer, "--to", layer, "--out", tmp_path / "out.csv"],
        ]:
            code = main([str(argument) for argument in arguments])
            told = capsys.readouterr()
            assert code == 2, arguments
            assert "VRT" in told.out + told.err, arguments
            assert SECRET not in told.out + told.err, arguments
        assert not list(tmp_path.glob("out*"))

    def test_an_extract_with_a_document_type_is_refused(self, tmp_path):
        path = tmp_path / "a.osm"
        path.write_text('<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "b">]><osm version="0.6"/>')
        assert "DOCTYPE" in refused(lambda file: read_ways(file, key="highway", tags=[]), path)
