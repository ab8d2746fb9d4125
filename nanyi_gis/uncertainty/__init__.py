"""How sure the layers are: bands under errors of the DEM, scores under other weights, land under all errors."""

from .bands import band_area_distribution, band_probability
from .fields import KeptFields
from .files import Doubts, doubt_names
from .heights import HeightError
from .land import TOTAL, SampledLand, doubt_table, interval_of, sampled_land, suitability_doubt, table_of
from .ranks import critical_weights, rank_stability, zone_memberships
from .weights import dirichlet_weights, weight_robustness

__all__ = [
    "TOTAL",
    "Doubts",
    "HeightError",
    "KeptFields",
    "SampledLand",
    "band_area_distribution",
    "band_probability",
    "critical_weights",
    "dirichlet_weights",
    "doubt_names",
    "doubt_table",
    "interval_of",
    "rank_stability",
    "sampled_land",
    "suitability_doubt",
    "table_of",
    "weight_robustness",
    "zone_memberships",
]
