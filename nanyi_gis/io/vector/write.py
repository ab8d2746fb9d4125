"""Writing of vector layers."""

import os
import sqlite3
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from ...errors import DataError
from ..atomic import atomic_path
from ..guard import reason
from ..proof import nothing_logged, unproven, write_bytes
from ..raw_path import plainly_named
from ..suffix import check_suffix
from .dress import dress
from .proof import prove_gpkg

# one date in every file; what SQLite sorts stays in memory, not on the disk of /tmp
_SETTINGS = {"OGR_CURRENT_DATE": "2000-01-01T00:00:00.000Z", "OGR_SQLITE_PRAGMA": "temp_store=MEMORY"}
_VERSION = "1.2"  # which QGIS of 2018 and ArcGIS read without a warning; nothing of later ones is used
_MOST_COLUMNS = 1990  # SQLite takes 2,000 with key and geometry


def write_gpkg(
    layers: Mapping[str, pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    aliases: Mapping[str, Mapping[str, str]] | None = None,
    styles: Mapping[str, str] | None = None,
) -> Path:
    """Write several layers into one GeoPackage, whole or not at all, the same bytes each time.

    A frame without geometry becomes an attribute table. A column whose name GeoPackage keeps for
    itself (``fid``, ``geom``), or that differs from another in case only, gets a number behind it.

    Parameters
    ----------
    layers : mapping
        Frame by name of its layer.
    path : path
        Target, ``.gpkg``.
    aliases : mapping, optional
        For readers, the name of each column by layer; GDAL, QGIS and ArcGIS show it (``gpkg_data_columns``).
    styles : mapping, optional
        QML by layer; QGIS draws the layer so without being asked (``layer_styles``).

    Raises
    ------
    DataError
        If a layer has more columns than a GeoPackage holds.
    ParameterError
        If the name does not end in .gpkg.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> wells = gpd.GeoDataFrame({"name": ["甲"]}, geometry=gpd.points_from_xy([105.4], [28.2]), crs=4326)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_gpkg({"wells": wells}, Path(folder) / "wells.gpkg")
    ...     gpd.read_file(path, layer="wells")["name"].tolist()
    ['甲']
    """
    target = check_suffix(path, [".gpkg"], what="a GeoPackage")
    for name, frame in layers.items():
        if frame.shape[1] > _MOST_COLUMNS:
            raise DataError(
                f"layer {name} has {frame.shape[1]} columns, but a GeoPackage holds at most {_MOST_COLUMNS}; "
                "leave out those that are not needed"
            )
    previous = {name: pyogrio.get_gdal_config_option(name) for name in _SETTINGS}
    pyogrio.set_gdal_config_options(_SETTINGS)
    try:
        with atomic_path(target) as temporary:
            written = {name: _with_free_names(frame) for name, frame in layers.items()}
            with nothing_logged(target, "pyogrio"), plainly_named(temporary) as plain:
                for name, frame in written.items():
                    pyogrio.write_dataframe(frame, plain, layer=name, driver="GPKG", VERSION=_VERSION)
            if aliases or styles:
                dress(temporary, aliases=aliases or {}, styles=styles or {})
            prove_gpkg(temporary, written)
    except (DataSourceError, DataLayerError, sqlite3.Error) as error:
        raise unproven(target, reason(error)) from error
    finally:
        pyogrio.set_gdal_config_options(previous)
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
    """Write RFC 7946 GeoJSON: WGS-84, right-handed rings, coordinates of ``digits`` decimals.

    >>> import tempfile
    >>> wells = gpd.GeoDataFrame({"name": ["甲"]}, geometry=gpd.points_from_xy([105.4], [28.2]), crs=4326)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = write_geojson(wells, Path(folder) / "wells.geojson").read_text(encoding="utf-8")
    >>> '"coordinates": [ 105.4, 28.2 ]' in text
    True
    """
    target = check_suffix(path, [".geojson", ".json"], what="GeoJSON")
    geographic = frame.to_crs(4326)
    geographic = geographic.set_geometry(shapely.set_precision(geographic.geometry.values, 10.0**-digits))
    text = BytesIO()
    geographic.to_file(
        text,
        driver="GeoJSON",
        engine="pyogrio",
        layer=target.stem,
        index=False,
        RFC7946="YES",
        COORDINATE_PRECISION=digits,
    )
    with atomic_path(target) as temporary:
        write_bytes(temporary, text.getbuffer())
    return target
