"""Loading a DEM: any elevation files in, one checked array of metres on the working grid out."""

from .checks import check_coverage
from .load import DEMONSTRATION, DemReport, known_heights, load_dem, read_dem

__all__ = ["DEMONSTRATION", "DemReport", "check_coverage", "known_heights", "load_dem", "read_dem"]
