"""Modelled terrain: the demonstration DEM on real block means, and relief on a real surface of coarse cells."""

from .build import build_demo_dem
from .known import known_heights
from .model import Recipe
from .surface import ON_SURFACE, relief_on, surface_bounds

__all__ = ["ON_SURFACE", "Recipe", "build_demo_dem", "known_heights", "relief_on", "surface_bounds"]
