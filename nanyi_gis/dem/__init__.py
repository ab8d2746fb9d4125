"""Loading a DEM: any elevation files in, one checked array of metres on the working grid out."""

from .load import DEMONSTRATION, DemReport, known_heights, load_dem, read_dem

__all__ = ["DEMONSTRATION", "DemReport", "known_heights", "load_dem", "read_dem"]
