"""How sure the layers are: altitude bands under errors of the DEM, score classes under other weights, land under all."""

from .bands import band_area_distribution, band_probability
from .files import Doubts, doubt_names
from .heights import HeightError
from .land import TOTAL, doubt_table, suitability_doubt
from .ranks import critical_weights, rank_stability, zone_memberships
from .weights import weight_robustness

__all__ = [
    "TOTAL",
    "Doubts",
    "HeightError",
    "band_area_distribution",
    "band_probability",
    "critical_weights",
    "doubt_names",
    "doubt_table",
    "rank_stability",
    "suitability_doubt",
    "weight_robustness",
    "zone_memberships",
]
