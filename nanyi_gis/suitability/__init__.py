"""Crop suitability: criteria, memberships, hard constraints, FAO classes, limiting factors, the plan's targets."""

import importlib
from typing import Any

from .climate import Climate, load_climate
from .crop import Criterion, Crop, Target
from .crop_file import embedded_crops, load_crop
from .evaluate import areas_table, evaluate
from .explain import Explanation, explain
from .run import Outcome, evaluate_file
from .styles import SCORE_RAMP, limiting_style
from .vocabulary import CLASS_COLOURS, CLASS_LETTERS, CLASSES, CLASSES_ZH, band_names, limiting_names

__all__ = [
    "CLASSES",
    "CLASSES_ZH",
    "CLASS_COLOURS",
    "CLASS_LETTERS",
    "SCORE_RAMP",
    "Climate",
    "Criterion",
    "Crop",
    "Explanation",
    "Outcome",
    "Target",
    "areas_table",
    "band_names",
    "embedded_crops",
    "evaluate",
    "evaluate_file",
    "explain",
    "feasibility",
    "limiting_names",
    "limiting_style",
    "load_climate",
    "load_crop",
]


def __getattr__(name: str) -> Any:
    """Return ``feasibility``, which lives in the room of targets and keeps its name here."""
    if name == "feasibility":
        return importlib.import_module("nanyi_gis.targets").feasibility
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
