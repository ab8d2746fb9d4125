"""Climate from stations: lapse rates and gradients with height, regimes, and how sure each constant is."""

from .checks import published_checks
from .file import load_climate, parse_climate
from .layers import KELVIN, is_kelvin, layer_sd, refuse_implausible
from .model import Climate
from .plausible import plausible_range
from .variable import CLIMATE_VARIABLES, Anchor, Constant, Variable

__all__ = [
    "CLIMATE_VARIABLES",
    "KELVIN",
    "Anchor",
    "Climate",
    "Constant",
    "Variable",
    "is_kelvin",
    "layer_sd",
    "load_climate",
    "parse_climate",
    "plausible_range",
    "published_checks",
    "refuse_implausible",
]
