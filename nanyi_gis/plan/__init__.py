"""The development plan as typed records: clauses, targets, places, corridors, checks."""

from .corridors import STATUSES, corridor_nodes, load_corridors, load_nodes, unlocated_corridors
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
from .quantity import COUNTIES, UNITS_EN, Quantity, convert
from .records import KINDS, THEMES, VERDICTS, Check, Clause, Figure, Item, Milestone
from .register import Plan, load_plan

__all__ = [
    "COUNTIES",
    "KINDS",
    "STATUSES",
    "THEMES",
    "UNITS_EN",
    "VERDICTS",
    "WORKING_CRS",
    "Check",
    "Clause",
    "Figure",
    "Item",
    "Milestone",
    "Plan",
    "Quantity",
    "convert",
    "corridor_nodes",
    "find_place",
    "load_aliases",
    "load_corridors",
    "load_nodes",
    "load_places",
    "load_plan",
    "located",
    "of_kind",
    "uncertainty_circles",
    "unlocated",
    "unlocated_corridors",
]
