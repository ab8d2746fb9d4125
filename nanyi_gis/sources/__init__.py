"""Makers of the embedded data: county outlines and river frontage, demonstration terrain."""

from .boundaries import rebuild as rebuild_boundaries
from .demo_dem import Recipe, build_demo_dem, known_heights

__all__ = ["Recipe", "build_demo_dem", "known_heights", "rebuild_boundaries"]
