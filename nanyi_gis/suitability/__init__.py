"""Suitability of land for any use: criteria, memberships, hard constraints, FAO classes, limiting factors.

A use is a criteria file: crops are embedded, and wind, solar, wellness or hazards need no code, only a file.
"""

import importlib
from typing import Any

from ..climate import Climate, load_climate
from .areas import areas_table
from .blocks import as_heights
from .evaluate import Inputs, beside, evaluate, margined_rows, prepare, the_use
from .explain import Explanation, explain, explain_file, reasons_of
from .frame import AREA_UNIT_M2, Frame, nodata_of, regime_border
from .given import read_layers
from .job import Job, read_layer
from .land_rules import IN_FORCE, Exclusion, LandRules, Need
from .memberships import memberships, memberships_strip
from .model import Model, build_model
from .partition import Partition
from .run import Beside, Outcome, evaluate_file, refuse_unknown_layers, result_names
from .styles import SCORE_RAMP, limiting_style, ramp_qml
from .use import MANAGEMENTS, Criterion, Crop, LandUse, Target, managed_uses
from .use_file import embedded_crops, embedded_uses, load_crop, load_use
from .vocabulary import (
    CLASS_COLOURS,
    CLASS_LETTERS,
    CLASSES,
    CLASSES_ZH,
    IRRIGATION,
    IRRIGATION_COLOURS,
    IRRIGATION_ZH,
    band_names,
    limiting_names,
)

__all__ = [
    "AREA_UNIT_M2",
    "CLASSES",
    "CLASSES_ZH",
    "CLASS_COLOURS",
    "CLASS_LETTERS",
    "IN_FORCE",
    "IRRIGATION",
    "IRRIGATION_COLOURS",
    "IRRIGATION_ZH",
    "MANAGEMENTS",
    "SCORE_RAMP",
    "Beside",
    "Climate",
    "Criterion",
    "Crop",
    "Exclusion",
    "Explanation",
    "Frame",
    "Inputs",
    "Job",
    "LandRules",
    "LandUse",
    "Model",
    "Need",
    "Outcome",
    "Partition",
    "Target",
    "areas_table",
    "as_heights",
    "band_names",
    "beside",
    "build_model",
    "embedded_crops",
    "embedded_uses",
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
    "managed_uses",
    "margined_rows",
    "memberships",
    "memberships_strip",
    "nodata_of",
    "prepare",
    "ramp_qml",
    "read_layer",
    "read_layers",
    "reasons_of",
    "refuse_unknown_layers",
    "regime_border",
    "result_names",
    "the_use",
]


def __getattr__(name: str) -> Any:
    """Return ``feasibility``, which lives in the room of targets and keeps its name here."""
    if name == "feasibility":
        return importlib.import_module("nanyi_gis.targets").feasibility
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
