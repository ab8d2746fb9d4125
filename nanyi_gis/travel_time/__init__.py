"""Walking and driving time over a DEM: exact, in the direction of travel, with roads and barriers."""

from .isochrones import isochrones
from .surface import cost_distance, travel_time

__all__ = ["cost_distance", "isochrones", "travel_time"]
