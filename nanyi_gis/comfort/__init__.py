"""How a climate feels: indices as records, hot days, and how sure a ranking of places by them is."""

from .files import COMFORT_FILES, ComfortFiles, comfort_files, write_comfort
from .formulas import holiday_climate, humidex, rated, temperature_humidity, wind_effect
from .hot_days import hot_days
from .index import ComfortIndex, comfort_indices, governing, load_index
from .ranks import (
    Criterion,
    RankedPlaces,
    rank_by,
    rank_probabilities,
    rank_scores,
    ranked,
    read_criteria,
    weighted_scores,
)

__all__ = [
    "COMFORT_FILES",
    "ComfortFiles",
    "ComfortIndex",
    "Criterion",
    "RankedPlaces",
    "comfort_files",
    "comfort_indices",
    "governing",
    "holiday_climate",
    "hot_days",
    "humidex",
    "load_index",
    "rank_by",
    "rank_probabilities",
    "rank_scores",
    "ranked",
    "rated",
    "read_criteria",
    "temperature_humidity",
    "weighted_scores",
    "wind_effect",
    "write_comfort",
]
