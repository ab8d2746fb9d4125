"""Forest by land cover: areas with interval, estimates from reference points, thresholds, supply, forest roads."""

from .cover import ACCURACY, FOREST_CODES, ForestAreas, forest_areas, true_interval
from .estimate import AreaEstimates, area_estimates, error_matrix
from .files import FOREST_FILES, ForestFiles, forest_files, write_forest
from .roads import ForestRoads, forest_roads
from .supply import carbon_sink, pulp_land, share_needed
from .threshold import CoverThreshold, cover_threshold

__all__ = [
    "ACCURACY",
    "FOREST_CODES",
    "FOREST_FILES",
    "AreaEstimates",
    "CoverThreshold",
    "ForestAreas",
    "ForestFiles",
    "ForestRoads",
    "area_estimates",
    "carbon_sink",
    "cover_threshold",
    "error_matrix",
    "forest_areas",
    "forest_files",
    "forest_roads",
    "pulp_land",
    "share_needed",
    "true_interval",
    "write_forest",
]
