"""Crop suitability: criteria, memberships, hard constraints, FAO classes, limiting factors, the plan's targets."""

from .climate import Climate, load_climate
from .crop import Criterion, Crop, Target
from .crop_file import embedded_crops, load_crop
from .evaluate import areas_table, evaluate
from .explain import Explanation, explain
from .feasibility import feasibility
from .run import Outcome, evaluate_file
from .vocabulary import CLASSES, limiting_names

__all__ = [
    "CLASSES",
    "Climate",
    "Criterion",
    "Crop",
    "Explanation",
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
]
