"""The road and rail graph: building, impedance, scenarios, compiling, snapping."""

from .agreement import distance_table, markdown_table, time_table
from .assemble import components, graph_to_frames
from .build import build_graph, read_roads
from .calibration import load_sinuosity
from .compiled import NO_STOPPING, CostNetwork, compile_graph
from .graph_type import Graph
from .notes import graph_notes
from .paths import cheapest_path, path_edges
from .scenario import OwnScenario, load_scenario, scenario, scenarios
from .schematic import township_nodes
from .snap import Places, snap_points
from .speeds import SlopeRule, Speeds, load_speeds

__all__ = [
    "NO_STOPPING",
    "CostNetwork",
    "Graph",
    "OwnScenario",
    "Places",
    "SlopeRule",
    "Speeds",
    "build_graph",
    "cheapest_path",
    "compile_graph",
    "components",
    "distance_table",
    "graph_notes",
    "graph_to_frames",
    "load_scenario",
    "load_sinuosity",
    "load_speeds",
    "markdown_table",
    "path_edges",
    "read_roads",
    "scenario",
    "scenarios",
    "snap_points",
    "time_table",
    "township_nodes",
]
