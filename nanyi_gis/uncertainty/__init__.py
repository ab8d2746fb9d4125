"""How sure the layers are: altitude bands under errors of the DEM, score classes under other weights."""

from .bands import band_area_distribution, band_probability
from .files import Doubts, doubt_names
from .ranks import critical_weights, rank_stability, zone_memberships
from .weights import weight_robustness

__all__ = [
    "Doubts",
    "band_area_distribution",
    "band_probability",
    "critical_weights",
    "doubt_names",
    "rank_stability",
    "weight_robustness",
    "zone_memberships",
]
