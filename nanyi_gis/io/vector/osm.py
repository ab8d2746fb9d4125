"""OpenStreetMap extracts: told by their name, and checked block by block before GDAL reads them."""

import os
import re
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pyogrio

from ...errors import DataError
from ..content import check_vector_file
from ..disk import check_on_disk
from ..drivers import offline
from ..guard import guarded
from ..raw_path import raw_path

Box = tuple[float, float, float, float]

_CURE = "fetch it again"


def is_osm_file(path: str | os.PathLike[str]) -> bool:
    """Tell by its name whether a file is an OSM extract.

    >>> is_osm_file("sichuan.osm.pbf"), is_osm_file("roads.gpkg")
    (True, False)
    """
    return str(path).lower().endswith((".osm.pbf", ".pbf", ".osm"))


def check_osm_file(path: str | os.PathLike[str]) -> None:
    """Refuse an extract that is missing, or a PBF that is cut short or none.

    GDAL may read a file that is cut between two blocks without complaint.

    Raises
    ------
    DataError
        Says at which byte.
    """
    source = Path(path)
    if check_on_disk(path).is_dir():
        raise DataError(f"{source} is a folder; give an OSM extract in it")
    if source.suffix.lower() == ".pbf":
        _check_blocks(source)


def read_ways(
    path: str | os.PathLike[str],
    *,
    key: str,
    tags: Sequence[str],
    also: Mapping[str, str] | None = None,
    bbox: Box | None = None,
) -> gpd.GeoDataFrame:
    """Return the ways of an OSM extract that have a tag ``key``, as lines in EPSG:4326 in the order of their ids.

    Parameters
    ----------
    path : path
        ``.osm.pbf`` or ``.osm``.
    key : str
        ``highway``, ``waterway``, ``railway`` or another tag of lines.
    tags : sequence of str
        Further tags, one column each, empty where a way lacks one.
    also : mapping of str to str, optional
        Ways with one of these tags come too, e.g. ``{"route": "ferry"}``; ``key`` is empty where they lack it.
    bbox : tuple of float, optional
        West, south, east, north in degrees: ways that reach into it, whole.

    Raises
    ------
    DataError
        If the file is missing, broken or cut short, or no way has the tag.
    """
    wanted = [f"{key} IS NOT NULL", *(f'other_tags LIKE \'%"{k}"=>"{v}"%\'' for k, v in (also or {}).items())]
    frame = _features(
        path, layer="lines", columns=["osm_id", "name", key, "other_tags"], where=" OR ".join(wanted), bbox=bbox
    )
    if frame.empty:
        where = "" if bbox is None else f" in the box {', '.join(f'{value:g}' for value in bbox)}"
        raise DataError(f"{Path(path)} holds no ways with a {key} tag{where}; give an extract with roads")
    frame = _with_tags(frame, tags)
    frame[key] = frame[key].fillna("")
    ordered = frame.assign(_order=frame["osm_id"].astype("int64")).sort_values("_order", kind="stable")
    return ordered.drop(columns="_order").reset_index(drop=True)


def read_nodes(
    path: str | os.PathLike[str], *, key: str, tags: Sequence[str], bbox: Box | None = None
) -> gpd.GeoDataFrame:
    """Return the nodes of an OSM extract that have a tag ``key``, as points in EPSG:4326; none is no fault.

    Parameters
    ----------
    key : str
        ``barrier``, ``place`` or another tag of points.
    tags : sequence of str
        Further tags, one column each, empty where a node lacks one.

    Raises
    ------
    DataError
        If the file is missing, broken or cut short.
    """
    where = f"{key} IS NOT NULL"
    columns = ["osm_id", key, "other_tags"]
    return _with_tags(_features(path, layer="points", columns=columns, where=where, bbox=bbox), tags)


def _features(
    path: str | os.PathLike[str], *, layer: str, columns: list[str], where: str, bbox: Box | None
) -> gpd.GeoDataFrame:
    source = Path(path)
    check_osm_file(source)
    check_vector_file(source)
    with offline(), guarded(source, what="unbroken OSM extract", cure="fetch it again"):
        return pyogrio.read_dataframe(raw_path(source), layer=layer, columns=columns, where=where, bbox=bbox)


def _with_tags(frame: gpd.GeoDataFrame, tags: Sequence[str]) -> gpd.GeoDataFrame:
    """Return the features with a column a tag, taken from GDAL's text of all other tags."""
    others = frame["other_tags"].fillna("").astype(str)
    rest = {
        name: others.str.extract(rf'"{re.escape(name)}"=>"((?:[^"\\]|\\.)*)"', expand=False).fillna("") for name in tags
    }
    return frame.drop(columns="other_tags").assign(**rest)


def _check_blocks(path: Path) -> None:
    """Walk over the blocks of a PBF file: each says how long it is, and the last must end the file."""
    size = path.stat().st_size
    with open(path, "rb") as stream:
        position, kinds = 0, []
        while position < size:
            head = stream.read(4)
            if len(head) < 4:
                raise DataError(f"{path} is cut short at byte {position} of a block; {_CURE}")
            length = struct.unpack(">I", head)[0]
            if length > 64 * 1024:
                raise DataError(f"{path} is no OSM PBF file (block header of {length} bytes at {position}); {_CURE}")
            header = stream.read(length)
            kind, data = _blob_header(header)
            if len(header) < length or data < 0:
                raise DataError(f"{path} is cut short or broken at byte {position}; {_CURE}")
            kinds.append(kind)
            position += 4 + length + data
            if position > size:
                raise DataError(f"{path} is cut short: {size} bytes, but its last block ends at {position}; {_CURE}")
            stream.seek(position)
    if not kinds or kinds[0] != b"OSMHeader":
        raise DataError(f"{path} is no OSM PBF file; {_CURE}")


def _blob_header(header: bytes) -> tuple[bytes, int]:
    """Return type and data size from a BlobHeader message (protobuf fields 1 and 3)."""
    kind, size, i = b"", -1, 0
    while i < len(header):
        tag = header[i]
        value, i = _varint(header, i + 1)
        if tag & 7 == 2:
            if tag >> 3 == 1:
                kind = header[i : i + value]
            i += value
        elif tag >> 3 == 3:
            size = value
    return kind, size


def _varint(data: bytes, i: int) -> tuple[int, int]:
    value = shift = 0
    while i < len(data):
        byte = data[i]
        value |= (byte & 0x7F) << shift
        shift += 7
        i += 1
        if byte < 0x80:
            break
    return value, i
