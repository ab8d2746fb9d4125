"""Climate from stations: lapse rates and gradients with height, regimes, and how sure each constant is."""

from .file import load_climate, parse_climate
from .model import Climate
from .variable import CLIMATE_VARIABLES, Anchor, Constant, Variable

__all__ = [
    "CLIMATE_VARIABLES",
    "Anchor",
    "Climate",
    "Constant",
    "Variable",
    "load_climate",
    "parse_climate",
]
