"""Slope, aspect, hillshade, elevation bands, hypsometry and true areas of any elevation raster."""

from ..raster import cell_areas
from .bands import PLAN_EDGES, band_areas, band_labels, band_limits, elevation_bands
from .files import BandFiles, write_bands
from .hypsometry import hypsometric_curve
from .surface import aspect, hillshade, slope
from .zonal import zone_heights

__all__ = [
    "PLAN_EDGES",
    "BandFiles",
    "aspect",
    "band_areas",
    "band_labels",
    "band_limits",
    "cell_areas",
    "elevation_bands",
    "hillshade",
    "hypsometric_curve",
    "slope",
    "write_bands",
    "zone_heights",
]
