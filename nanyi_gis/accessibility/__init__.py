"""Who reaches what, when: cost matrices, service areas, catchments, scenarios, closures, equity, tours."""

from pkgutil import resolve_name
from typing import Any

from .areas import service_area
from .catchment import FAST_DECAY, SLOW_DECAY, cumulative_opportunities, decay_weights, e2sfca, two_sfca
from .compare import scenario_difference
from .critical import bridge_pairs, critical_edges
from .equity import gini, share_within
from .haul import HaulSheds, haul_sheds
from .hybrid import hybrid_minutes, walking
from .matrix import closest_facility, detour_index, od_cost_matrix
from .population import nearest_areas, spread_population, spread_rules, zonal_population
from .report import AccessTables, access_tables
from .tour import Tour, cheapest_tour

__all__ = [
    "FAST_DECAY",
    "SLOW_DECAY",
    "AccessTables",
    "HaulSheds",
    "Tour",
    "access_tables",
    "bridge_pairs",
    "cheapest_tour",
    "closest_facility",
    "critical_edges",
    "cumulative_opportunities",
    "decay_weights",
    "detour_index",
    "e2sfca",
    "gini",
    "haul_sheds",
    "hybrid_minutes",
    "nearest_areas",
    "od_cost_matrix",
    "scenario_difference",
    "service_area",
    "share_within",
    "spread_population",
    "spread_rules",
    "two_sfca",
    "walking",
    "zonal_population",
]

# Names that stood here before the planner's questions had a room of their own; they are found there when asked for.
_MOVED = (
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
    "planner",
)


def __getattr__(name: str) -> Any:
    if name in _MOVED:
        return resolve_name("nanyi_gis.targets.planner" if name == "planner" else f"nanyi_gis.targets:{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
