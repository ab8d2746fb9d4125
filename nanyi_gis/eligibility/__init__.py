"""Which land a use may take at all: exclusions with the dates of their rules, what each costs, sites, megawatts."""

from ..suitability import IN_FORCE, Exclusion, LandRules, Need
from .capacity import AS_FAR, ENOUGH, NOT_ENOUGH, ON_PART, TIGHT, capacity, needs_table
from .costs import Costs, exclusion_costs
from .eligible import ELIGIBLE, EXCLUDED, NO_LAYER, UNKNOWN, check_setbacks, day_of, eligible
from .files import LandFiles, judged_in_part, land_files, write_eligibility
from .layers import LayerLike
from .sites import site_cells, sites

__all__ = [
    "AS_FAR",
    "ELIGIBLE",
    "ENOUGH",
    "EXCLUDED",
    "IN_FORCE",
    "NOT_ENOUGH",
    "NO_LAYER",
    "ON_PART",
    "TIGHT",
    "UNKNOWN",
    "Costs",
    "Exclusion",
    "LandFiles",
    "LandRules",
    "LayerLike",
    "Need",
    "capacity",
    "check_setbacks",
    "day_of",
    "eligible",
    "exclusion_costs",
    "judged_in_part",
    "land_files",
    "needs_table",
    "site_cells",
    "sites",
    "write_eligibility",
]
