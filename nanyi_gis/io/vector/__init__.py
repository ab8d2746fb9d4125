"""The vector door: reading any layer, its names and attributes made plain, and writing."""

from .dbf import Encoding, shapefile_encoding
from .layers import Layer, declared_crs, split_layer, vector_layers
from .names import NAME_COLUMNS, name_column, names_of
from .osm import check_osm_file, is_osm_file, read_nodes, read_ways
from .plain import plain_columns, plain_value
from .polygons import read_zones, repaired, valid_polygons
from .read import read_vector, reading_once, row_notes
from .write import write_geojson, write_gpkg

__all__ = [
    "NAME_COLUMNS",
    "Encoding",
    "Layer",
    "check_osm_file",
    "declared_crs",
    "is_osm_file",
    "name_column",
    "names_of",
    "plain_columns",
    "plain_value",
    "read_nodes",
    "read_vector",
    "read_ways",
    "read_zones",
    "reading_once",
    "repaired",
    "row_notes",
    "shapefile_encoding",
    "split_layer",
    "valid_polygons",
    "vector_layers",
    "write_geojson",
    "write_gpkg",
]
