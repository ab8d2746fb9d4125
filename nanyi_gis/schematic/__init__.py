"""The schematic network of a study: chains of places, with published lengths, as nodes and edges."""

from .agreement import distance_table, markdown_table, terrain_table, time_table
from .calibration import Sinuosity, fit_model, load_model, load_sinuosity, published_ratios
from .chains import (
    Chain,
    Records,
    Sources,
    load_records,
    network_nodes,
    network_places,
    sources_of,
    uncertain_links,
)
from .tables import schematic_tables, township_homes, township_nodes

__all__ = [
    "Chain",
    "Records",
    "Sinuosity",
    "Sources",
    "distance_table",
    "fit_model",
    "load_model",
    "load_records",
    "load_sinuosity",
    "markdown_table",
    "network_nodes",
    "network_places",
    "published_ratios",
    "schematic_tables",
    "sources_of",
    "terrain_table",
    "time_table",
    "township_homes",
    "township_nodes",
    "uncertain_links",
]
