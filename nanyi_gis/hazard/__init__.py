"""Landslides without pretending, shelters of a given list, and roads that cross prone ground.

Without an inventory nothing here is validated: the infinite slope gives the share of draws of an assumed soil, the
index of a criteria file an order. With one, a model is judged on blocks of ground that it has not seen, beside slope.
"""

from .closures import CLOSED_SHARES, closures, road_exposure
from .factors import terrain_factors
from .files import HazardFiles, InventoryAsked, RoadsAsked, SheltersAsked, hazard_files, write_hazard
from .inventory import LEAST_SLIDES, Inventory, read_places
from .ranks import RankStability, index_stability, rank_agreement, ranks_kept
from .shelters import SHELTER_KINDS, WALK_MINUTES, Coverage, ShelterKind, shelter_coverage
from .skill import auc, calibration_table, roc_table
from .soil import Soil, read_soil, soil_of
from .stability import MOST_FACTOR, NOT_VALIDATED, infinite_slope
from .susceptibility import MODELS, CrossValidation, cross_validate, susceptibility
from .thresholds import exceeded, threshold_table
from .water import specific_area

__all__ = [
    "CLOSED_SHARES",
    "LEAST_SLIDES",
    "MODELS",
    "MOST_FACTOR",
    "NOT_VALIDATED",
    "SHELTER_KINDS",
    "WALK_MINUTES",
    "Coverage",
    "CrossValidation",
    "HazardFiles",
    "Inventory",
    "InventoryAsked",
    "RankStability",
    "RoadsAsked",
    "ShelterKind",
    "SheltersAsked",
    "Soil",
    "auc",
    "calibration_table",
    "closures",
    "cross_validate",
    "exceeded",
    "hazard_files",
    "index_stability",
    "infinite_slope",
    "rank_agreement",
    "ranks_kept",
    "read_places",
    "read_soil",
    "road_exposure",
    "roc_table",
    "shelter_coverage",
    "soil_of",
    "specific_area",
    "susceptibility",
    "terrain_factors",
    "threshold_table",
    "write_hazard",
]
