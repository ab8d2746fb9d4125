"""Walking and driving time over a DEM: exact, in the direction of travel, with roads and barriers."""

from .barriers import barrier_cells
from .isochrones import isochrones
from .report import result_notes, result_tags
from .surface import cost_distance, travel_time

__all__ = ["barrier_cells", "cost_distance", "isochrones", "result_notes", "result_tags", "travel_time"]
