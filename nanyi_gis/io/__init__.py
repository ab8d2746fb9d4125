"""Reading and writing: rasters, vectors, tables, provenance; whole or not at all."""

from .atomic import atomic_path, staged
from .catalogue import provenance_table
from .embedded import data_file, data_files
from .mapping import read_mapping, read_toml
from .provenance import EVIDENCE, Evidence, Provenance, read_provenance, sha256
from .raster import GDAL_ERRORS, category_tags, like, read_raster, write_cog
from .table import write_csv
from .vector import read_vector, write_geojson, write_gpkg

__all__ = [
    "EVIDENCE",
    "GDAL_ERRORS",
    "Evidence",
    "Provenance",
    "atomic_path",
    "category_tags",
    "data_file",
    "data_files",
    "like",
    "provenance_table",
    "read_mapping",
    "read_provenance",
    "read_raster",
    "read_toml",
    "read_vector",
    "sha256",
    "staged",
    "write_cog",
    "write_csv",
    "write_geojson",
    "write_gpkg",
]
