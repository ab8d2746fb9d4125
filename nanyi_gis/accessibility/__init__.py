"""Who reaches what, when: cost matrices, service areas, catchments, scenarios, closures, equity, tours."""

from .areas import service_area
from .catchment import FAST_DECAY, SLOW_DECAY, cumulative_opportunities, decay_weights, e2sfca, two_sfca
from .compare import scenario_difference
from .critical import bridge_pairs, critical_edges
from .equity import gini, share_within
from .hybrid import hybrid_minutes, walking
from .matrix import closest_facility, detour_index, od_cost_matrix
from .planner import (
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
from .population import county_totals, spread_population, zonal_population
from .report import AccessTables, access_tables
from .tour import Tour, cheapest_tour

__all__ = [
    "FAST_DECAY",
    "SLOW_DECAY",
    "AccessTables",
    "Tour",
    "access_tables",
    "bridge_pairs",
    "cheapest_tour",
    "closest_facility",
    "county_totals",
    "critical_edges",
    "cumulative_opportunities",
    "decay_weights",
    "detour_index",
    "e2sfca",
    "facility_nodes",
    "gini",
    "hybrid_minutes",
    "isochrones",
    "network_layers",
    "od_cost_matrix",
    "place_townships",
    "red_loop",
    "scenario_difference",
    "scenario_graphs",
    "service_area",
    "share_within",
    "spread_population",
    "township_minutes",
    "township_population",
    "townships",
    "two_sfca",
    "walking",
    "zonal_population",
]
