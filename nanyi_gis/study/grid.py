"""The working CRS of the embedded study, and the grid class under its name of old."""

from ..raster import Bounds, Grid

__all__ = ["CRS", "Bounds", "Grid"]

CRS = "EPSG:4544"
