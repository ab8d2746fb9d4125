"""What the plan asks of the land and of the network: verdicts as codes with numbers, their words, and minutes."""

from .feasibility import COLUMNS, feasibility, judge, main_band
from .lengths import BEYOND, county_lengths
from .people import county_totals, population_rules, seat_townships, township_population, townships
from .planner import (
    FACILITIES,
    MINUTES,
    SCENARIOS,
    county_hospitals,
    facility_nodes,
    isochrones,
    network_layers,
    place_townships,
    red_loop,
    scenario_graphs,
    seats_beyond,
    township_minutes,
)
from .reach import land_within
from .uncertain import WITH, WITHOUT, uncertain_graphs, uncertain_minutes
from .uses import crops_with_target, study_climate, study_crops, study_use
from .verdict import ENOUGH, GRAIN_CODES, LAND_CODES, PLENTY, Land, Verdict, grain_code, land_code
from .words import assessment, assumption_lines, assumptions, factor, sources_of, title

__all__ = [
    "BEYOND",
    "COLUMNS",
    "ENOUGH",
    "FACILITIES",
    "GRAIN_CODES",
    "LAND_CODES",
    "MINUTES",
    "PLENTY",
    "SCENARIOS",
    "WITH",
    "WITHOUT",
    "Land",
    "Verdict",
    "assessment",
    "assumption_lines",
    "assumptions",
    "county_hospitals",
    "county_lengths",
    "county_totals",
    "crops_with_target",
    "facility_nodes",
    "factor",
    "feasibility",
    "grain_code",
    "isochrones",
    "judge",
    "land_code",
    "land_within",
    "main_band",
    "network_layers",
    "place_townships",
    "population_rules",
    "red_loop",
    "scenario_graphs",
    "seat_townships",
    "seats_beyond",
    "sources_of",
    "study_climate",
    "study_crops",
    "study_use",
    "title",
    "township_minutes",
    "township_population",
    "townships",
    "uncertain_graphs",
    "uncertain_minutes",
]
