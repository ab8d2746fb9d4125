"""Reading and writing: rasters, vectors, tables, provenance; whole or not at all."""

from .atomic import atomic_path, staged
from .catalogue import provenance_table
from .embedded import data_file, data_files
from .guard import guarded
from .placement import diagnose, misplaced, near, placed
from .provenance import EVIDENCE, Evidence, Provenance, read_provenance, sha256
from .raster import GDAL_ERRORS, category_tags, like, read_raster, write_cog
from .table import write_csv
from .vector import (
    Layer,
    check_osm_file,
    is_osm_file,
    name_column,
    names_of,
    plain_columns,
    plain_value,
    read_vector,
    read_zones,
    repaired,
    row_notes,
    split_layer,
    valid_polygons,
    vector_layers,
    write_geojson,
    write_gpkg,
)

__all__ = [
    "EVIDENCE",
    "GDAL_ERRORS",
    "Evidence",
    "Layer",
    "Provenance",
    "atomic_path",
    "category_tags",
    "check_osm_file",
    "data_file",
    "data_files",
    "diagnose",
    "guarded",
    "is_osm_file",
    "like",
    "misplaced",
    "name_column",
    "names_of",
    "near",
    "placed",
    "plain_columns",
    "plain_value",
    "provenance_table",
    "read_provenance",
    "read_raster",
    "read_vector",
    "read_zones",
    "repaired",
    "row_notes",
    "sha256",
    "split_layer",
    "staged",
    "valid_polygons",
    "vector_layers",
    "write_cog",
    "write_csv",
    "write_geojson",
    "write_gpkg",
]
