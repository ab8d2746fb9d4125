"""What the plan asks of the engines: the planner's questions to the network, and its targets."""

from .planner import (
    FACILITIES,
    MINUTES,
    SCENARIOS,
    county_totals,
    facility_nodes,
    isochrones,
    network_layers,
    place_townships,
    red_loop,
    scenario_graphs,
    township_minutes,
    township_population,
    townships,
)

__all__ = [
    "FACILITIES",
    "MINUTES",
    "SCENARIOS",
    "county_totals",
    "facility_nodes",
    "isochrones",
    "network_layers",
    "place_townships",
    "red_loop",
    "scenario_graphs",
    "township_minutes",
    "township_population",
    "townships",
]
