"""What a GeoPackage or SQLite file holds beside tables: views and virtual tables, whose content is computed."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from ..errors import DataError

_STEPS = 50_000_000
_EVERY = 10_000
_OWN = ("gpkg_", "rtree_", "sqlite_", "spatial_ref_sys", "geometry_columns", "spatialite", "idx_")
_MODULES = {
    *("rtree", "rtree_i32", "fts3", "fts4", "fts5", "geopoly"),
    *("virtualspatialindex", "virtualelementary", "virtualknn", "virtualknn2"),
}
# in every SpatiaLite file; no layers, and nobody asks them
_SPATIALITE = {
    *("spatial_ref_sys_all", "geom_cols_ref_sys", "vector_layers", "vector_layers_auth"),
    *("vector_layers_statistics", "vector_layers_field_infos"),
}
_MODULE = re.compile(r"\busing\s+[\"'`\[]?(\w+)", re.IGNORECASE)
_CURE = "save the view as a layer of its own, or --trust if the file is your own"


def check_tables(path: Path) -> None:
    """Refuse a file in which a layer, or a table that GDAL asks first, is a view or a foreign virtual table.

    A view is a query that runs when it is read, and may have no end; a virtual table may read other files.

    Raises
    ------
    DataError
        Names the view; says so too if the file is no database that SQLite reads.
    """
    try:
        with closing(_opened(path)) as base:
            budget = iter(range(_STEPS // _EVERY))
            base.set_progress_handler(lambda: next(budget, None) is None, _EVERY)
            found = base.execute("SELECT lower(type), name, coalesce(sql, '') FROM sqlite_master").fetchall()
            schema = [row for row in found if not _is_spatialite(base, *row)]
            _check_schema(path, schema)
            layers = _registered(base, {name for _, name, _ in found})
    except (sqlite3.Error, UnicodeError) as error:
        raise DataError(f"{path} is no database that can be read ({error}); get the file again") from error
    views = {str(name).lower() for kind, name, _ in schema if kind == "view"}
    computed = sorted(layer for layer in layers if layer.lower() in views)
    if computed:
        raise DataError(f"{path} has a layer that is a view, {computed[0]!r}, whose query may have no end; {_CURE}")


def _opened(path: Path) -> sqlite3.Connection:
    """Return a connection that cannot write; it looks into a log of changes (-wal) if there is one, as GDAL does."""
    place = f"file:{quote(str(path.absolute()))}?mode=ro"
    log = path.with_name(f"{path.name}-wal")
    return sqlite3.connect(place if log.exists() and log.stat().st_size else f"{place}&immutable=1", uri=True)


def _is_spatialite(base: sqlite3.Connection, kind: str, name: str, sql: str) -> bool:
    """Tell a view that SpatiaLite makes in each of its files, and that comes to an end."""
    if kind != "view" or name not in _SPATIALITE or re.search(r"\bwith\b", sql, re.IGNORECASE):
        return False
    base.execute(f"SELECT count(*) FROM {name}").fetchone()  # noqa: S608 (a name of the list)
    return True


def _check_schema(path: Path, schema: Iterable[tuple[str, str, str]]) -> None:
    for kind, name, sql in schema:
        if kind == "view" and str(name).lower().startswith(_OWN):
            raise DataError(f"{path} has a view in place of the table {name!r}; get the file again")
        module = _MODULE.search(sql) if re.match(r"\s*create\s+virtual", sql, re.IGNORECASE) else None
        if module and module[1].lower() not in _MODULES:
            raise DataError(
                f"{path} has the virtual table {name!r} of {module[1]}, which may read other files; {_CURE}"
            )


def _registered(base: sqlite3.Connection, tables: set[str]) -> set[str]:
    """Return the names of layers as the file lists them."""
    found: set[str] = set()
    lists = {
        "gpkg_contents": "table_name",
        "gpkg_geometry_columns": "table_name",
        "views_geometry_columns": "view_name",
    }
    for table, column in lists.items():
        if table in tables:
            found |= {str(name) for (name,) in base.execute(f"SELECT {column} FROM {table} LIMIT 100000")}  # noqa: S608
    if "gpkg_contents" not in tables:  # SQLite's driver takes any view for a layer
        found |= {str(name) for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    return found
