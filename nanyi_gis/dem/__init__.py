"""Loading a DEM: any elevation files in, one checked array of metres on the working grid out."""

from .load import DEMONSTRATION, DemReport, load_dem

__all__ = ["DEMONSTRATION", "DemReport", "load_dem"]
