"""The road and rail graph: building, impedance, scenarios, compiling, snapping."""

from pkgutil import resolve_name
from typing import Any

from .assemble import components, graph_to_frames
from .build import Tables, build_graph, read_roads
from .compiled import NO_STOPPING, CostNetwork, compile_graph
from .direct import compile_roads
from .edges import EdgeTable
from .graph_type import Graph
from .insert import insert_places
from .node_barriers import part_at_barriers
from .noding import NODINGS, Segments, node_lines
from .notes import graph_notes, road_notes
from .osm import BARRIER_TAGS, WAY_TAGS, osm_roads
from .paths import cheapest_path, path_edges
from .places import PlacedNetwork, with_places
from .placing import geodesic_lengths, metres_between
from .scenario import OwnScenario, load_scenario, require_open, scenario, scenarios
from .snap import PARTS, Places, snap_points
from .speeds import SlopeRule, Speeds, load_speeds
from .tags import WayTags, way_tags

__all__ = [
    "BARRIER_TAGS",
    "NODINGS",
    "NO_STOPPING",
    "PARTS",
    "WAY_TAGS",
    "CostNetwork",
    "EdgeTable",
    "Graph",
    "OwnScenario",
    "PlacedNetwork",
    "Places",
    "Segments",
    "SlopeRule",
    "Speeds",
    "Tables",
    "WayTags",
    "build_graph",
    "cheapest_path",
    "compile_graph",
    "compile_roads",
    "components",
    "geodesic_lengths",
    "graph_notes",
    "graph_to_frames",
    "insert_places",
    "load_scenario",
    "load_speeds",
    "metres_between",
    "node_lines",
    "osm_roads",
    "part_at_barriers",
    "path_edges",
    "read_roads",
    "require_open",
    "road_notes",
    "scenario",
    "scenarios",
    "snap_points",
    "way_tags",
    "with_places",
]

# Names that stood here before the schematic network had a room of its own; they are found there when asked for.
_MOVED = ("distance_table", "load_sinuosity", "markdown_table", "time_table", "township_nodes")


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        return resolve_name(f"nanyi_gis.schematic:{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
