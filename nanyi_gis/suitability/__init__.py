"""Suitability of land for any use: criteria, memberships, hard constraints, FAO classes, limiting factors.

A use is a criteria file: crops are embedded, and wind, solar, wellness or hazards need no code, only a file.
"""

from ..climate import Climate, load_climate
from .evaluate import areas_table, evaluate
from .explain import Explanation, explain
from .feasibility import feasibility
from .memberships import memberships
from .run import Outcome, evaluate_file
from .use import Criterion, Crop, LandUse, Target
from .use_file import embedded_crops, load_crop, load_use
from .vocabulary import CLASSES, limiting_names

__all__ = [
    "CLASSES",
    "Climate",
    "Criterion",
    "Crop",
    "Explanation",
    "LandUse",
    "Outcome",
    "Target",
    "areas_table",
    "embedded_crops",
    "evaluate",
    "evaluate_file",
    "explain",
    "feasibility",
    "limiting_names",
    "load_climate",
    "load_crop",
    "load_use",
    "memberships",
]
