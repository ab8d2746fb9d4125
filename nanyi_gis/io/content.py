"""What a file is by its content, whatever it is called, and which contents reach beyond the file."""

import html
import mmap
import os
import re
import xml.parsers.expat
import zipfile
from pathlib import Path
from typing import IO

from .._consent import forces, trusts
from ..errors import DataError
from .disk import check_no_pipe, check_on_disk
from .parquet import pyarrow_parquet
from .sqlite_schema import check_tables

HEAD = 65_536
"""Bytes at the start of a file among which GDAL looks for the marks of a format."""

MOST_UNPACKED = 2_000_000_000
"""Bytes that an archive may hold when unpacked."""

SQLITE, ZIP, SHAPE, PARQUET = b"SQLite format 3\0", b"PK\x03\x04", b"\0\0\x27\x0a", b"PAR1"
_ROOTS = {"kml": "KML", "gpx": "GPX", "osm": "OSM", "FeatureCollection": "GML"}
# what GDAL looks for in the first bytes, wherever it stands there, and what the file then is
_REACHING = {
    b"<OGRVRTDataSource": "an OGR VRT, which may read other files",
    b"<OGRVRTLayer": "an OGR VRT, which may read other files",
    b"<OGRVRTWarpedLayer": "an OGR VRT, which may read other files",
    b"<OGRVRTUnionLayer": "an OGR VRT, which may read other files",
    b"<VRTDataset": "a raster VRT, which may read other files",
    b"<GDAL_WMS": "the description of a map server",
    b"<GDAL_WMTS": "the description of a map server",
    b"<WMT_MS_Capabilities": "the description of a map server",
    b"<WMS_Capabilities": "the description of a map server",
    b"<WMS_Tile_Service": "the description of a map server",
    b"<TileMap": "the description of a map server",
    b"<Services": "the description of a map server",
    b"<Capabilities": "the description of a map server",
    b"<WCS_GDAL": "the description of a coverage server",
    b"<OGRWFSDataSource": "the description of a feature server",
    b"<WFS_Capabilities": "the description of a feature server",
    b"<GDALTileIndexDataset": "an index of other rasters",
    b"<MRF_META": "an MRF, which may read other files",
    b"gdal_streamed_alg": "a GDAL pipeline, which may read other files",
    b'"stac_version"': "a STAC catalogue, which names other files",
    b'"asset_templates"': "a STAC catalogue, which names other files",
    b"tiledMapService": "the description of a map server",
    b'"tileInfo"': "the description of a map server",
    b'".zgroup"': "a Zarr index, which may read other files",
    b".zarray": "a Zarr index, which may read other files",
    b"<OGRElasticDataSource": "the description of a feature server",
    b"<ElasticSearch": "the description of a feature server",
}
_LISTS = ("an OGR VRT", "a raster VRT", "a GDAL pipeline", "a STAC", "an index", "a Zarr", "an MRF")
_LARGEST_LIST = 256_000_000
_REMOTE = re.compile(
    rb"[>\"'\s,=:/;\[(|](/vsi(?:curl|s3|gs|az|adls|oss|swift|webhdfs|hdfs)|(?:https?|ftp|s3|gs)://"
    rb"|(?:wms|wmts|wcs|wfs\d*|csw|oapif|ogcapi|pg|postgresql|mysql|mssql|odbc|oci|hana|mongodb\w*|adbc|es|ngw|carto|eedai?)"
    rb":|adbc_)",
    re.IGNORECASE,
)
_ADDRESS_IN_METADATA = re.compile(rb"<MDI\s[^<>]*>\s*https?://[^<]*</MDI>", re.IGNORECASE)  # read by nobody
_FOLDED = {mark.lower(): what for mark, what in _REACHING.items()}
_MARK = re.compile(b"|".join(re.escape(mark) for mark in _FOLDED))
_LINKED_CRS = re.compile(
    rb'"crs"\s*:\s*\{\s*(?:"properties"\s*:\s*\{[^{}]*\}\s*,\s*)?"type"\s*:\s*"(?:link|url)"', re.IGNORECASE
)
_PARTS = {
    "SHP": (".shp", ".shx", ".dbf", ".prj", ".cpg", ".cst", ".qix", ".sbn", ".sbx", ".idm", ".ind"),
    "MapInfo": (".tab", ".dat", ".map", ".id", ".ind", ".dbf", ".mif", ".mid"),
}
_JSON_TYPE = re.compile(rb'"type"\s*:\s*"(?:FeatureCollection|Feature|Topology|Point|LineString|Polygon|Multi\w+|Geom)')
_ESRI_JSON = re.compile(rb'"(?:geometryType|spatialReference|displayFieldName|fieldAliases)"\s*:')
_COORDINATES = re.compile(rb'"coordinates"\s*:\s*\[')  # sorted keys put them before any type
_CURE = "give GPKG, SHP, GeoJSON or Parquet, or a GeoTIFF for a raster"
_TRUST = "give GPKG, SHP, GeoJSON or Parquet, or --trust if the file is your own"
_NONE = "is none of the formats of layers here"


def check_vector_file(path: str | os.PathLike[str]) -> None:
    """Refuse a vector file that is none by its content, or that reaches beyond itself.

    Raises
    ------
    DataError
        Says what the file is. Trust lifts it, but for what is no file on disk or has entities.
    """
    source = check_on_disk(path)
    if source.is_dir():
        _check_folder(source)
        return
    head = head_of(source)
    if not head.strip():
        raise DataError(f"{source} is no vector layer that can be read (it is empty); get the file again")
    root = check_xml(source, head)
    check_no_server(source, head)
    if trusts():
        return
    reaching = reaches(head)
    if reaching:
        raise DataError(f"{source} is {reaching}; {_TRUST}")
    kind = _kind(source, head, root)
    if kind is None:
        raise DataError(
            f"{source} is no vector layer that can be read (its content {_NONE}); give GPKG, SHP, GeoJSON or Parquet"
        )
    if kind in _PARTS:
        _check_parts(source, _PARTS[kind])
    elif kind == "SQLite":
        check_tables(source)
    elif kind == "JSON":
        _check_crs(source)
    elif kind == "DXF":  # its blocks may hold blocks without end
        raise DataError(f"{source} is a drawing (DXF), which has no CRS; save its layer as GPKG with one")


def head_of(path: Path, size: int = HEAD) -> bytes:
    """Return the first bytes of a file.

    Raises
    ------
    DataError
        If it may not be read.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(size)
    except PermissionError as error:
        raise DataError(f"{path} may not be read ({error.strerror}); check its permissions") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the file, or get it again") from error


def reaches(head: bytes) -> str | None:
    """Return what a file is that reaches beyond itself, by its first bytes; None if it does not.

    >>> reaches(b"<gdal_wms><Service/></gdal_wms>"), reaches(b'{"type": "FeatureCollection"}')
    ('the description of a map server', None)
    """
    found = _MARK.search(head.lower())
    return _FOLDED[found[0]] if found else None


def check_no_server(path: Path, head: bytes) -> None:
    """Refuse what describes a server or names one among its sources, trusted or not.

    Raises
    ------
    DataError
        For files that may name others; data themselves may hold addresses.
    """
    what = reaches(head)
    if what is None:
        return
    if "server" in what:
        raise DataError(f"{path} is {what}, and no file makes the program go online; {_CURE}")
    found = _REMOTE.search(_spelt_out(head_of(path, _LARGEST_LIST))) if what.startswith(_LISTS) else None
    if found:
        name = found[1].decode("ascii", "replace")
        raise DataError(f"{path} is {what}; it names a server ({name}...), and no file makes the program go online")


def _spelt_out(content: bytes) -> bytes:
    """Return XML with its references as the characters they stand for, without addresses that are mere metadata.

    >>> _spelt_out(b"&#104;ttp"), _spelt_out(b'<MDI key="SOURCE">https://example.org</MDI>')
    (b'http', b'')
    """
    text = html.unescape(_ADDRESS_IN_METADATA.sub(b"", content).decode("latin-1"))
    return text.encode("latin-1", "replace")


def is_xml(head: bytes) -> bool:
    """Tell whether text starts as XML does."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _root_of(path: Path, head: bytes) -> str | None:
    """Return the name of the root element, without its prefix; None for what is no XML.

    Raises
    ------
    DataError
        If a document type is declared before it: entities may swell without end, or name other files.
    """
    if not is_xml(head) and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    with open(path, "rb") as stream:
        return _root(stream, path)


def _root(stream: IO[bytes], path: Path) -> str | None:
    parser = xml.parsers.expat.ParserCreate()
    found: list[str] = []
    declared: list[str] = []

    def start(name: str, _attributes: object) -> None:
        found.append(name)
        raise StopIteration  # nothing behind is parsed, and no entity takes its room

    def doctype(name: str, *_: object) -> None:
        declared.append(name)
        raise StopIteration

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = start, doctype
    try:
        while True:
            block = stream.read(HEAD)
            parser.Parse(block, not block)
            if not block:
                break
    except (xml.parsers.expat.ExpatError, StopIteration, LookupError, ValueError):  # an unknown encoding among them
        pass  # what follows is the reader's to judge
    if declared:
        raise DataError(
            f"{path} declares a document type (DOCTYPE), as no geodata does; remove it, or get the file again"
        )
    return found[0].rsplit(":", 1)[-1] if found else None


def check_xml(path: Path, head: bytes) -> str | None:
    """Refuse XML with a document type, trusted or not; return the name of its root, None for what is no XML.

    Raises
    ------
    DataError
        See :func:`_root_of`.
    """
    root = _root_of(path, head)
    if is_xml(head) and re.search(rb"<!(?:DOCTYPE|ENTITY)", head, re.IGNORECASE):
        raise DataError(
            f"{path} declares a document type (DOCTYPE), as no geodata does; remove it, or get the file again"
        )
    return root


def _kind(source: Path, head: bytes, root: str | None) -> str | None:
    """Return the family of a format that is read here; ``root`` is the name of the root of XML."""
    suffix = source.suffix.lower()
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
    if head.startswith(SQLITE):
        return "SQLite"
    if head.startswith(SHAPE):
        return "SHP"
    if head.startswith(b"fgb\x03"):
        return "FlatGeobuf"
    if head.startswith(PARQUET):
        _check_parquet(source)
        return "Parquet" if suffix in {".parquet", ".geoparquet"} else None
    if head.startswith(ZIP):
        return _archive(source)
    if is_xml(head) or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _ROOTS.get(root or "") or ("GML" if b"opengis.net/gml" in head else None)
    if text[:1] in (b"{", b"["):
        return "JSON" if any(mark.search(head) for mark in (_JSON_TYPE, _ESRI_JSON, _COORDINATES)) else None
    if b"OSMHeader" in head[:64] or suffix == ".pbf":
        return "OSM"  # told from a broken one block by block
    return _by_suffix(suffix, head, text)


def _by_suffix(suffix: str, head: bytes, text: bytes) -> str | None:
    """Return the family of a format that has no mark of its own; only what its name says is then tried by GDAL."""
    if suffix in {".shp", ".shx", ".dbf"}:
        return None if suffix == ".shp" and not head.startswith(SHAPE) else "SHP"
    if suffix == ".dxf" and (re.match(rb"\s*(?:999|0)\s", head) or head.startswith(b"AutoCAD Binary DXF")):
        return "DXF"
    if suffix == ".tab":
        return "MapInfo" if _is_native_table(text) else None
    if suffix in {".mif", ".mid"}:
        return "MapInfo" if text[:7].lower() == b"version" else None
    return None


def _is_native_table(text: bytes) -> bool:
    """Tell whether a MapInfo table has its rows in the files beside it, not in other tables."""
    low = text.lower()
    native = low.startswith(b"!table") and re.search(rb"type\s+(?:native|dbf)", low) is not None
    return native and not re.search(rb"open\s+table|create\s+view|seamless|file\s+\"", low)


def _archive(source: Path) -> str | None:
    """Return KML for a KMZ whose unpacked size is within the limit.

    Raises
    ------
    DataError
        For other archives.
    """
    if source.suffix.lower() != ".kmz":
        raise DataError(
            f"{source} is an archive (zip), which is not read as a layer; unpack it, and give the file in it"
        )
    try:
        with zipfile.ZipFile(source) as archive:
            members = archive.infolist()
            check_unpacked(source, sum(member.file_size for member in members))
            for member in members:
                if member.filename.lower().endswith(".kml"):
                    _check_member(source, archive, member)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError(
            f"{source} is no vector layer that can be read ({error}); give GPKG, SHP, GeoJSON or Parquet"
        ) from error
    return "KML"


def _check_member(source: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as stream:
        head = stream.read(HEAD)
    with archive.open(member) as stream:
        _root(stream, source)
    if reaches(head):
        raise DataError(f"{source} holds {reaches(head)}; {_TRUST}")


def check_unpacked(source: Path, size: int) -> None:
    """Refuse what is larger unpacked than the limit.

    Raises
    ------
    DataError
        Unless limits are lifted.
    """
    if size > MOST_UNPACKED and not forces():
        raise DataError(
            f"{source} holds {size / 1e9:,.1f} GB when unpacked, but at most {MOST_UNPACKED / 1e9:g} GB are taken; "
            "cut out what you need, or --force"
        )


def _check_parquet(source: Path) -> None:
    parquet = pyarrow_parquet()
    try:
        facts = parquet.read_metadata(source)
        stored = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
        size = max(stored, 4 * facts.num_rows * facts.num_columns)  # a column that repeats one value takes no room
    except Exception:  # noqa: BLE001 (the reader says what is wrong with it)
        return
    check_unpacked(source, size)


def _check_parts(source: Path, parts: tuple[str, ...]) -> None:
    """Refuse a layer in several files if one is a pipe, or a link out of the folder where it lies."""
    homes = {source.parent.resolve(), source.resolve().parent}
    for ends in parts:
        for side in (source.with_suffix(ends), source.with_suffix(ends.upper())):
            check_no_pipe(side)
            if side.is_symlink() and side.resolve().parent not in homes:
                raise DataError(f"{side} is a link to a file elsewhere; copy it beside {source.name}, or --trust")


def _check_crs(source: Path) -> None:
    """Refuse a GeoJSON whose CRS is an address."""
    with open(source, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        linked = _LINKED_CRS.search(content)
    if linked:
        raise DataError(f"{source} gives its CRS as a link, which is not followed; save it again in EPSG:4326")


def _check_folder(source: Path) -> None:
    """Refuse a folder that is no file geodatabase and holds no shapefiles."""
    if source.suffix.lower() in {".parquet", ".geoparquet"}:
        raise DataError(f"{source} is a folder; give one GeoParquet file")
    homes = {source.resolve(), (source / "a00000001.gdbtable").resolve().parent}
    for entry in source.iterdir():
        check_no_pipe(entry)
        linked = entry.suffix.lower() == ".gdbtable" and entry.is_symlink() and entry.resolve().parent not in homes
        if linked and not trusts():
            raise DataError(f"{entry} is a link to a file elsewhere; copy it into {source.name}, or --trust")
    names = [entry.name.lower() for entry in source.iterdir()]
    if source.suffix.lower() == ".gdb" and any(name.endswith(".gdbtable") for name in names):
        return
    shapes = [entry for entry in source.iterdir() if entry.suffix.lower() == ".shp"]
    if not shapes and not trusts():
        raise DataError(f"{source} is a folder, no vector layer that can be read; give a file in it")
    for shape in shapes:
        check_vector_file(shape)
