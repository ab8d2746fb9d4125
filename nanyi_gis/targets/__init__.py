"""The plan's targets set against what the land gives: verdicts as codes with numbers, and their words."""

from .feasibility import COLUMNS, feasibility, judge, main_band
from .reach import land_within
from .verdict import ENOUGH, GRAIN_CODES, LAND_CODES, PLENTY, Land, Verdict, grain_code, land_code
from .words import assessment, assumption_lines, assumptions, factor, sources_of, title

__all__ = [
    "COLUMNS",
    "ENOUGH",
    "GRAIN_CODES",
    "LAND_CODES",
    "PLENTY",
    "Land",
    "Verdict",
    "assessment",
    "assumption_lines",
    "assumptions",
    "factor",
    "feasibility",
    "grain_code",
    "judge",
    "land_code",
    "land_within",
    "main_band",
    "sources_of",
    "title",
]
