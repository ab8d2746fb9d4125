"""Reading and writing: vectors, tables, provenance; whole or not at all. Rasters have a room of their own."""

from typing import TYPE_CHECKING, Any

from .atomic import atomic_path, staged, write_cause
from .catalogue import folder_provenance, layer_provenance, provenance_table
from .content import check_no_server, check_vector_file, check_xml, head_of, is_xml, reaches
from .crossings import mended, validity
from .disk import check_no_pipe, check_on_disk
from .drivers import OFFLINE, PLAIN_FILES, RASTERS, VECTORS, offline
from .embedded import data_file, data_files
from .formulas import disarmed, is_formula
from .guard import guarded, reason
from .lock import sole_writer
from .manifest import MANIFEST, Verified, verify_manifest
from .mapping import hold_bytes, known_keys, read_mapping, read_toml
from .placement import crs_label, diagnose, horizontal, is_drawing, misplaced, near, placed
from .proof import nothing_logged, unproven, write_bytes, write_text
from .provenance import EVIDENCE, Evidence, Provenance, read_provenance, record_text, sha256
from .raw_path import raw_path
from .side_files import files_read, files_written
from .sqlite_schema import check_tables
from .suffix import check_suffix
from .table import csv_text, read_table, write_csv
from .targets import refuse_overlap, refuse_unwritable
from .vector import (
    Layer,
    check_osm_file,
    declared_crs,
    is_osm_file,
    name_column,
    names_of,
    plain_columns,
    plain_value,
    read_nodes,
    read_vector,
    read_ways,
    read_zones,
    reading_once,
    repaired,
    row_notes,
    split_layer,
    valid_polygons,
    vector_layers,
    write_geojson,
    write_gpkg,
)
from .workbook import legal, new_workbook, text_width

if TYPE_CHECKING:
    from ..raster import GDAL_ERRORS, category_tags, like, read_raster, write_cog

__all__ = [
    "EVIDENCE",
    "GDAL_ERRORS",
    "MANIFEST",
    "OFFLINE",
    "PLAIN_FILES",
    "RASTERS",
    "VECTORS",
    "Evidence",
    "Layer",
    "Provenance",
    "Verified",
    "atomic_path",
    "category_tags",
    "check_no_pipe",
    "check_no_server",
    "check_on_disk",
    "check_osm_file",
    "check_suffix",
    "check_tables",
    "check_vector_file",
    "check_xml",
    "crs_label",
    "csv_text",
    "data_file",
    "data_files",
    "declared_crs",
    "diagnose",
    "disarmed",
    "files_read",
    "files_written",
    "folder_provenance",
    "guarded",
    "head_of",
    "hold_bytes",
    "horizontal",
    "is_drawing",
    "is_formula",
    "is_osm_file",
    "is_xml",
    "known_keys",
    "layer_provenance",
    "legal",
    "like",
    "mended",
    "misplaced",
    "name_column",
    "names_of",
    "near",
    "new_workbook",
    "nothing_logged",
    "offline",
    "placed",
    "plain_columns",
    "plain_value",
    "provenance_table",
    "raw_path",
    "reaches",
    "read_mapping",
    "read_nodes",
    "read_provenance",
    "read_raster",
    "read_table",
    "read_toml",
    "read_vector",
    "read_ways",
    "read_zones",
    "reading_once",
    "reason",
    "record_text",
    "refuse_overlap",
    "refuse_unwritable",
    "repaired",
    "row_notes",
    "sha256",
    "sole_writer",
    "split_layer",
    "staged",
    "text_width",
    "unproven",
    "valid_polygons",
    "validity",
    "vector_layers",
    "verify_manifest",
    "write_bytes",
    "write_cause",
    "write_cog",
    "write_csv",
    "write_geojson",
    "write_gpkg",
    "write_text",
]

_OF_RASTER = {"GDAL_ERRORS", "category_tags", "like", "read_raster", "write_cog"}


def __getattr__(name: str) -> Any:
    """Find the names of rasters where they were before rasters had a room of their own."""
    if name in _OF_RASTER:
        from .. import raster

        return getattr(raster, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
