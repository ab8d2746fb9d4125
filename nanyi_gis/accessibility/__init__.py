"""Who reaches what, when: cost matrices, service areas, catchments, scenarios, closures, equity, tours."""

from pkgutil import resolve_name
from typing import Any

from .areas import service_area
from .catchment import FAST_DECAY, SLOW_DECAY, cumulative_opportunities, decay_weights, e2sfca, two_sfca
from .compare import scenario_difference
from .critical import bridge_pairs, critical_edges
from .equity import TheilParts, access_from, gini, lorenz_curve, palma, share_within, theil, theil_parts
from .equity_files import EQUITY_FILES, EquityTables, equity_tables, write_equity
from .equity_summary import MEASURES, UNREACHABLE, equity_summary
from .haul import HaulSheds, haul_sheds
from .hybrid import hybrid_minutes, walking
from .matrix import closest_facility, detour_index, od_cost_matrix
from .minutes_table import MINUTES_COLUMNS, minutes_table, read_minutes
from .plan_changes import CHANGES, FAILS, HOLDS, OPEN, nobody_worse_off, plan_changes, scenario_changes
from .population import nearest_areas, spread_population, spread_rules, zonal_population
from .report import AccessTables, access_tables
from .tour import Tour, cheapest_tour, tour_days

__all__ = [
    "CHANGES",
    "EQUITY_FILES",
    "FAILS",
    "FAST_DECAY",
    "HOLDS",
    "MEASURES",
    "MINUTES_COLUMNS",
    "OPEN",
    "SLOW_DECAY",
    "UNREACHABLE",
    "AccessTables",
    "EquityTables",
    "HaulSheds",
    "TheilParts",
    "Tour",
    "access_from",
    "access_tables",
    "bridge_pairs",
    "cheapest_tour",
    "closest_facility",
    "critical_edges",
    "cumulative_opportunities",
    "decay_weights",
    "detour_index",
    "e2sfca",
    "equity_summary",
    "equity_tables",
    "gini",
    "haul_sheds",
    "hybrid_minutes",
    "lorenz_curve",
    "minutes_table",
    "nearest_areas",
    "nobody_worse_off",
    "od_cost_matrix",
    "palma",
    "plan_changes",
    "read_minutes",
    "scenario_changes",
    "scenario_difference",
    "service_area",
    "share_within",
    "spread_population",
    "spread_rules",
    "theil",
    "theil_parts",
    "tour_days",
    "two_sfca",
    "walking",
    "write_equity",
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
