"""Makers of the embedded data: county outlines and river frontage, terrain modelled whole or below a real surface."""

from .boundaries import rebuild as rebuild_boundaries
from .demo_dem import ON_SURFACE, Recipe, build_demo_dem, known_heights, relief_on, surface_bounds

__all__ = [
    "ON_SURFACE",
    "Recipe",
    "build_demo_dem",
    "known_heights",
    "rebuild_boundaries",
    "relief_on",
    "surface_bounds",
]
