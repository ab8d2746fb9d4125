"""The layers of a vector file, and which of them is meant."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import pyogrio

from ..._validation import check_choice
from ...errors import DataError, ParameterError
from ..content import check_vector_file
from ..disk import check_on_disk
from ..drivers import check_vector_driver, offline
from ..guard import guarded
from ..parquet import pyarrow_parquet
from ..raw_path import raw_path
from .dbf import RAW
from .osm import check_osm_file, is_osm_file

CURE = "give GPKG, SHP, GeoJSON or Parquet"
Kind = Literal["polygon", "line", "point"]
KINDS: tuple[str, ...] = get_args(Kind)

_PARQUET = {".parquet", ".geoparquet"}
_TABLES = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".ods"}
_FOLDERS = {".kml", ".kmz"}
_LONGITUDE = {"lon", "lng", "long", "longitude", "x", "经度", "东经", "lon_wgs84", "lng_wgs84", "point_x"}
_LATITUDE = {"lat", "latitude", "y", "纬度", "北纬", "lat_wgs84", "point_y"}
_WKT = {"wkt", "geom", "the_geom", "geometry", "geom_wkt", "shape"}
_OSM = {"point": "points", "line": "lines", "polygon": "multipolygons"}  # the others repeat these by relation
_GPX = {"point": ("waypoints",), "line": ("tracks", "routes"), None: ("tracks", "routes", "waypoints")}
_WORDS = {"polygon": "polygons", "line": "lines", "point": "points"}


@dataclass(frozen=True)
class Layer:
    """A layer with geometry.

    Attributes
    ----------
    name : str
        As the file calls it.
    geometry : str
        GDAL's word: ``Point``, ``MultiPolygon``, ``Unknown``, ...
    features : int
        How many; -1 where counting would read the whole file (OSM extracts).
    """

    name: str
    geometry: str
    features: int

    @property
    def kind(self) -> str | None:
        """``polygon``, ``line`` or ``point``; None for a layer that may hold any."""
        name = self.geometry.split(" ")[0].lower()
        return next((kind for kind in KINDS if kind in name), "polygon" if "surface" in name else None)

    def __str__(self) -> str:
        return self.name if self.features < 0 else f"{self.name} ({self.geometry}, {self.features})"


def split_layer(path: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """Return file and layer of ``FILE:layer``; a whole that exists, and a drive's letter, stay as they are.

    Of several ways to split the longest file that is there is meant.
    """
    whole = Path(path)
    text = str(path)
    if whole.exists() or ":" not in text:
        return whole, None
    for place in (i for i in range(len(text) - 1, 1, -1) if text[i] == ":"):
        if Path(text[:place]).exists() and text[place + 1 :]:
            return Path(text[:place]), text[place + 1 :]
    return whole, None


def vector_layers(path: str | os.PathLike[str]) -> list[Layer]:
    """Return the layers of a file that have geometry, also those without features.

    Raises
    ------
    DataError
        If the file is missing, is no vector file, or is a table without geometry.
    """
    source = Path(path)
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    check_on_disk(path)
    if source.suffix.lower() in _TABLES:
        raise DataError(_table_text(source))
    check_vector_file(source)
    if is_parquet(source):
        pyarrow_parquet()
        return [Layer(source.stem, "Unknown", -1)]
    osm = is_osm_file(source)
    if osm:
        check_osm_file(source)
    with offline(source), guarded(source, what="vector layer", cure=_cure(source)):
        found = [(str(name), str(kind)) for name, kind in pyogrio.list_layers(raw_path(source)) if kind is not None]
        counts = [-1 if osm else _count(source, name) for name, _ in found]
    return [Layer(name, kind, count) for (name, kind), count in zip(found, counts, strict=True)]


def _cure(source: Path) -> str:
    shapefile = source.suffix.lower() == ".shp"
    if shapefile and not any(source.with_suffix(end).exists() for end in (".shx", ".SHX")):
        return "copy the .shx that belongs to it"
    return CURE


def _count(source: Path, layer: str) -> int:
    # names of fields are not asked for in the encoding that a .cpg declares, which may be wrong
    encoding = RAW if source.suffix.lower() == ".shp" else None
    about = pyogrio.read_info(raw_path(source), layer=layer, encoding=encoding)
    check_vector_driver(source, str(about["driver"]))
    return int(about["features"])


def declared_crs(path: str | os.PathLike[str], layer: str) -> str | None:
    """Return the CRS that a layer declares, as GDAL words it, whether or not it can be used.

    Raises
    ------
    DataError
        If the file cannot be looked at.
    """
    check_vector_file(path)
    with offline(path), guarded(path):
        found = pyogrio.read_info(raw_path(path), layer=layer, encoding="ISO-8859-1")["crs"]
    return None if found is None else str(found)


def is_parquet(path: Path) -> bool:
    """Tell by its name whether a file is GeoParquet."""
    return path.suffix.lower() in _PARQUET


def chosen_layers(path: Path, *, layer: str | None, kind: str | None) -> list[Layer]:
    """Return the layers to read: the named one, the only one of the kind, or all those that belong together.

    The folders of a KML belong together, so do the tracks, routes and waypoints of a GPX.

    Raises
    ------
    DataError
        If none is of the kind.
    ParameterError
        If several are, or none has the name; the layers are named.
    """
    if kind is not None:
        check_choice(kind, KINDS, name="kind")
    layers = vector_layers(path)
    if layer is not None:
        return [_named(layers, layer, path)]
    if is_osm_file(path):
        return [_osm_layer(layers, kind, path)]
    filled = [one for one in layers if one.features]
    if not filled:
        raise DataError(f"{path} holds no features with geometry; give a layer of points, lines or polygons")
    if path.suffix.lower() == ".gpx":
        filled = [one for one in filled if one.name in _GPX[kind]] if kind != "polygon" else []
        return filled or _none_of(kind, layers, path)
    fitting = [one for one in filled if kind is None or one.kind in (kind, None)]
    if not fitting:
        return _none_of(kind, filled, path)
    if path.suffix.lower() in _FOLDERS:
        return fitting
    sure = [one for one in fitting if one.kind is not None]
    if kind is not None and len(sure) == 1:
        return sure
    if len(fitting) > 1:
        raise ParameterError(_several(path, kind, fitting))
    return fitting


def _osm_layer(layers: list[Layer], kind: str | None, path: Path) -> Layer:
    layers = [one for one in layers if one.name in _OSM.values()]
    if kind is None:
        with offline(path), guarded(path, what="unbroken OSM extract", cure="fetch it again"):
            counts = [len(pyogrio.read_dataframe(raw_path(path), layer=one.name, max_features=1)) for one in layers]
        filled = [one for one, count in zip(layers, counts, strict=True) if count]
        if len(filled) != 1:
            if not filled:
                raise DataError(f"{path} holds no features; give an extract with points, lines or areas")
            raise ParameterError(_several(path, kind, filled))
        return filled[0]
    found = next((one for one in layers if one.name == _OSM[kind]), None)
    if found is None:
        raise DataError(f"{path} is no OSM extract by its content; name it by what it is, e.g. .gpx or .kml")
    return found


def _named(layers: list[Layer], name: str, path: Path) -> Layer:
    found = next((one for one in layers if one.name == name), None)
    if found is None and len(layers) == 1 and is_parquet(path):
        return layers[0]
    if found is None:
        known = ", ".join(one.name for one in layers) or "none with geometry"
        raise ParameterError(f"{path} has no layer {name!r} with geometry; layers are: {known}")
    return found


def _none_of(kind: str | None, layers: list[Layer], path: Path) -> list[Layer]:
    wanted = "features with geometry" if kind is None else _WORDS[kind]
    raise DataError(f"{path} must be {wanted}, but holds no {wanted}; its layers are {', '.join(map(str, layers))}")


def _several(path: Path, kind: str | None, layers: list[Layer]) -> str:
    of = "" if kind is None else f" of {_WORDS[kind]}"
    names = ", ".join(one.name for one in layers)
    return (
        f"{path} has {len(layers)} layers{of}: {names}; save one alone, or name it, e.g. {path.name}:{layers[0].name}"
    )


def _table_text(path: Path) -> str:
    """Return why a table is no layer, with its columns of coordinates if it has some."""
    columns = _header(path)
    plain = {column.casefold(): column for column in columns}
    lon, lat, wkt = (next((plain[n] for n in plain if n in known), None) for known in (_LONGITUDE, _LATITUDE, _WKT))
    head = f"{path} is a table without geometry"
    save = "save it as GPKG or GeoJSON with its CRS, e.g. by QGIS (Add Delimited Text Layer)"
    if lon and lat:
        return f"{head}; its columns {lon} and {lat} look like longitude and latitude: {save}"
    if wkt:
        return f"{head}; its column {wkt} looks like WKT: {save}"
    found = f"; its columns are {', '.join(columns[:12])}" if columns else ""
    return f"{head}{found}; give GPKG, SHP, GeoJSON or Parquet"


def _header(path: Path) -> list[str]:
    if path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return []
    with open(path, "rb") as stream:
        line = stream.readline(10_000)
    for encoding in ("utf-8-sig", "gb18030", "latin-1"):
        try:
            text = line.decode(encoding)
        except UnicodeDecodeError:
            continue
        separator = max(",;\t", key=text.count)
        return [part.strip().strip('"') for part in text.strip().split(separator) if part.strip()]
    return []
