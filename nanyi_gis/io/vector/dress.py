"""What a GeoPackage holds beside its layers: names of fields for readers, and styles that QGIS finds by itself."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

_DATE = "2000-01-01T00:00:00.000Z"  # one date in every file, as in the layers

_COLUMNS = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
"""
_STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME);
"""
_SCHEMA = "http://www.geopackage.org/spec121/#extension_schema"


def dress(path: Path, *, aliases: Mapping[str, Mapping[str, str]], styles: Mapping[str, str]) -> None:
    """Write aliases (``gpkg_data_columns``) and styles (``layer_styles``, each the default) into a GeoPackage.

    Parameters
    ----------
    path : Path
        A GeoPackage that nobody else has open; what it lacks of the layers and columns named is passed over.
    aliases : mapping
        Alias by column by layer; one that stands twice in a layer gets a number behind it.
    styles : mapping
        QML by layer.

    Raises
    ------
    sqlite3.Error
        As SQLite tells it, e.g. of a full disk.
    """
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("PRAGMA temp_store=MEMORY")
        geometry = dict(connection.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
        tables = [row[0] for row in connection.execute("SELECT table_name FROM gpkg_contents")]
        if aliases:
            _write_aliases(connection, [name for name in tables if name in aliases], aliases)
        if styles:
            connection.executescript(_STYLES)
            _list_styles(connection, len([name for name in tables if name in styles]))
            connection.executemany(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
                " styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)"
                " VALUES ('', '', ?, ?, ?, ?, '', 1, '', '', '', ?)",
                [
                    (name, geometry.get(name, ""), name[:30], styles[name], _DATE)
                    for name in sorted(tables)
                    if name in styles
                ],
            )
        connection.commit()


def _write_aliases(connection: sqlite3.Connection, layers: list[str], aliases: Mapping[str, Mapping[str, str]]) -> None:
    connection.executescript(_COLUMNS)
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        connection.execute(
            "INSERT INTO gpkg_extensions VALUES (?, NULL, 'gpkg_schema', ?, 'read-write')", (table, _SCHEMA)
        )
    for layer in sorted(layers):
        columns = [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (layer,))]
        named = {column: aliases[layer][column] for column in columns if column in aliases[layer]}
        connection.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
            [(layer, column, name, name) for column, name in zip(named, _distinct(named.values()), strict=True)],
        )


def _list_styles(connection: sqlite3.Connection, count: int) -> None:
    """List the table of styles among the contents, without which GDAL, and so QGIS, does not see it."""
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (_DATE,),
    )
    counted = "SELECT count(*) FROM sqlite_master WHERE name = 'gpkg_ogr_contents'"
    if connection.execute(counted).fetchone()[0]:
        connection.execute("INSERT INTO gpkg_ogr_contents VALUES ('layer_styles', ?)", (count,))


def _distinct(names: Iterable[str]) -> list[str]:
    """Return names with numbers behind those that stand there already.

    >>> _distinct(["名称", "类别", "名称"])
    ['名称', '类别', '名称 2']
    """
    found: list[str] = []
    for name in names:
        shown, number = name, 1
        while shown in found:
            number += 1
            shown = f"{name} {number}"
        found.append(shown)
    return found
