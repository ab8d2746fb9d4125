"""The development plan as typed records: clauses, targets, places, corridors, checks."""

from .arithmetic import COMPUTABLE, Recomputed, recompute, recompute_all
from .capacity import BeltRoom, GrainBalance, fruit_belt_room, grain_balance
from .corridors import STATUSES, corridor_nodes, load_corridors, load_nodes, unlocated_corridors
from .layers import (
    FruitBelt,
    Wellness,
    fruit_belts,
    liquor_clusters,
    red_sites,
    wellness,
    wellness_cores,
    wellness_points,
)
from .places import (
    WORKING_CRS,
    find_place,
    load_aliases,
    load_places,
    located,
    of_kind,
    uncertainty_circles,
    unlocated,
)
from .public import PUBLIC_GRID_M, PUBLIC_HEIGHT_M, Withheld, coarse_text, coarse_texts, withheld
from .quantity import COUNTIES, UNITS_EN, Quantity, convert
from .records import KINDS, THEMES, VERDICTS, Check, Clause, Figure, Item, Milestone
from .register import Plan, load_plan
from .totals import fruit_totals, medical_subcentres, power_totals, subtotals, township_counts

__all__ = [
    "COMPUTABLE",
    "COUNTIES",
    "KINDS",
    "PUBLIC_GRID_M",
    "PUBLIC_HEIGHT_M",
    "STATUSES",
    "THEMES",
    "UNITS_EN",
    "VERDICTS",
    "WORKING_CRS",
    "BeltRoom",
    "Check",
    "Clause",
    "Figure",
    "FruitBelt",
    "GrainBalance",
    "Item",
    "Milestone",
    "Plan",
    "Quantity",
    "Recomputed",
    "Wellness",
    "Withheld",
    "coarse_text",
    "coarse_texts",
    "convert",
    "corridor_nodes",
    "find_place",
    "fruit_belt_room",
    "fruit_belts",
    "fruit_totals",
    "grain_balance",
    "liquor_clusters",
    "load_aliases",
    "load_corridors",
    "load_nodes",
    "load_places",
    "load_plan",
    "located",
    "medical_subcentres",
    "of_kind",
    "power_totals",
    "recompute",
    "recompute_all",
    "red_sites",
    "subtotals",
    "township_counts",
    "uncertainty_circles",
    "unlocated",
    "unlocated_corridors",
    "wellness",
    "wellness_cores",
    "wellness_points",
    "withheld",
]
