"""The schematic network of a study: chains of places, with published lengths, as nodes and edges."""

from .agreement import distance_table, markdown_table, time_table
from .calibration import load_sinuosity
from .chains import Chain, Records, Sources, load_records, network_places, sources_of, uncertain_links
from .tables import schematic_tables, township_homes, township_nodes

__all__ = [
    "Chain",
    "Records",
    "Sources",
    "distance_table",
    "load_records",
    "load_sinuosity",
    "markdown_table",
    "network_places",
    "schematic_tables",
    "sources_of",
    "time_table",
    "township_homes",
    "township_nodes",
    "uncertain_links",
]
