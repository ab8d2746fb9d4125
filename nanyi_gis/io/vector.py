"""Reading and writing of vector layers."""

import os
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely.errors import GEOSException

from ..errors import DataError, OutputError
from .atomic import atomic_path

_FIXED_TIME = "2000-01-01T00:00:00.000Z"
_DBF_HEADER, _DBF_CODE_PAGE = 32, 29
_UNDECLARED = (0x00, 0x03, 0x57)  # none, or the system's code page of the machine that wrote it


def read_vector(path: str | os.PathLike[str], *, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector layer that has a CRS: GeoPackage, Shapefile, GeoJSON, GeoParquet or what GDAL reads.

    A shapefile that does not declare its encoding is read as UTF-8 if it is that, else as GB18030.

    Raises
    ------
    DataError
        If the file is missing, unreadable, empty, or has no CRS or no geometry.
    """
    source = Path(path)
    if not source.exists():
        raise DataError(f"no file {source}; check the path")
    try:
        if source.suffix.lower() in {".parquet", ".geoparquet"}:
            frame = gpd.read_parquet(source)
        else:
            frame = gpd.read_file(source, layer=layer, encoding=shapefile_encoding(source))
    except (DataSourceError, DataLayerError, GEOSException, ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(
            f"{source} is no vector layer that can be read ({reason}); give GPKG, SHP, GeoJSON or Parquet"
        ) from error
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name not in (None, "geometry"):
        frame = frame.drop(columns="geometry", errors="ignore").rename_geometry("geometry")
    if not isinstance(frame, gpd.GeoDataFrame) or "geometry" not in frame or frame.empty:
        raise DataError(f"{source} holds no features with geometry; give a layer of points, lines or polygons")
    if frame.crs is None:
        raise DataError(f"{source} has no CRS; add a .prj or save it again with one, e.g. EPSG:4326")
    return frame


def shapefile_encoding(path: str | os.PathLike[str]) -> str | None:
    """Return the encoding of a shapefile's attributes where the file does not declare it, else None.

    Without a ``.cpg`` file and a code page in the ``.dbf`` GDAL takes Latin-1, which garbles Chinese.
    UTF-8 seldom fits by chance, so it is tried first; GB18030 (of which GBK is a part) comes next.
    """
    source = Path(path)
    if source.suffix.lower() != ".shp" or any(source.with_suffix(end).exists() for end in (".cpg", ".CPG")):
        return None
    table = next((name for end in (".dbf", ".DBF") if (name := source.with_suffix(end)).exists()), None)
    if table is None:
        return None
    content = table.read_bytes()
    if len(content) < _DBF_HEADER or content[_DBF_CODE_PAGE] not in _UNDECLARED:
        return None
    start = int.from_bytes(content[8:10], "little")
    names = b" ".join(content[at : at + 11].split(b"\0")[0] for at in range(_DBF_HEADER, start - 1, _DBF_HEADER))
    text = names + b" " + content[start:]
    for encoding in ("ascii", "utf-8", "gb18030"):
        try:
            text.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if encoding == "ascii" else encoding
    return None


def write_gpkg(layers: Mapping[str, pd.DataFrame], path: str | os.PathLike[str]) -> Path:
    """Write several layers into one GeoPackage, whole or not at all, the same bytes each time.

    A frame without geometry becomes an attribute table. A column whose name GeoPackage keeps for
    itself (``fid``, ``geom``), or that differs from another in case only, gets a number behind it.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    target = Path(path)
    previous = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_TIME})
    try:
        with atomic_path(target) as temporary:
            for name, frame in layers.items():
                pyogrio.write_dataframe(_with_free_names(frame), temporary, layer=name, driver="GPKG")
    except (DataSourceError, DataLayerError) as error:
        raise OutputError(f"cannot write {target}: {error}; free some space or choose another folder") from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": previous})
    return target


def _with_free_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with columns renamed where GeoPackage, blind to case, would see a name twice."""
    geometry = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    taken, renamed = {"fid", "geom"}, {}
    for column in (column for column in frame.columns if column != geometry):
        name, number = str(column), 1
        while name.casefold() in taken:
            number += 1
            name = f"{column}_{number}"
        taken.add(name.casefold())
        renamed[column] = name
    return frame.rename(columns=renamed)


def write_geojson(frame: gpd.GeoDataFrame, path: str | os.PathLike[str], *, digits: int = 6) -> Path:
    """Write RFC 7946 GeoJSON: WGS-84, right-handed rings, coordinates of ``digits`` decimals."""
    target = Path(path)
    geographic = frame.to_crs(4326)
    geographic = geographic.set_geometry(shapely.set_precision(geographic.geometry.values, 10.0**-digits))
    with atomic_path(target) as temporary:
        geographic.to_file(
            temporary, driver="GeoJSON", engine="pyogrio", index=False, RFC7946="YES", COORDINATE_PRECISION=digits
        )
    return target
