"""Suitability of land for any use: criteria, memberships, hard constraints, FAO classes, limiting factors.

A use is a criteria file: crops are embedded, and wind, solar, wellness or hazards need no code, only a file.
"""

import importlib
from typing import Any

from ..climate import Climate, load_climate
from .evaluate import areas_table, evaluate
from .explain import Explanation, explain, explain_file
from .memberships import memberships
from .run import Outcome, evaluate_file
from .styles import SCORE_RAMP, limiting_style
from .use import Criterion, Crop, LandUse, Target
from .use_file import embedded_crops, load_crop, load_use
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
    "LandUse",
    "Outcome",
    "Target",
    "areas_table",
    "band_names",
    "embedded_crops",
    "evaluate",
    "evaluate_file",
    "explain",
    "explain_file",
    "feasibility",
    "limiting_names",
    "limiting_style",
    "load_climate",
    "load_crop",
    "load_use",
    "memberships",
]


def __getattr__(name: str) -> Any:
    """Return ``feasibility``, which lives in the room of targets and keeps its name here."""
    if name == "feasibility":
        return importlib.import_module("nanyi_gis.targets").feasibility
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
